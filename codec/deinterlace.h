/* deinterlace - makes one whole picture of an interlaced one: keeps the first field, and makes each
 * row of the other from the rows above and below. Private to codec/.
 *
 *   rows 0 2 4 ... of the first field --> 0, (0+2)/2, 2, (2+4)/2, 4 ...
 *
 * Half the rows and half the movement of 50i are lost, combs do not appear. The better filters
 * (bwdif) are libavfilter's, which the server does without.
 * Pure. Thread  any.
 */
#ifndef TS_CODEC_DEINTERLACE_H
#define TS_CODEC_DEINTERLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In place. uint8[rows][stride]; top: the first field has the even rows. */
void ts_deinterlace(uint8_t *plane, ptrdiff_t stride, int width, int rows, bool top);

#endif
