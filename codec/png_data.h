/* png_data - does the compressed data of a PNG hold as much as its picture needs, and no more?
 *
 *   IHDR -> rows x (1 + bytes of a row), of all passes
 *   IDAT, IDAT ... --inflate, 64 KB at a time--> counted
 *
 * A decoder goes on inflating what no row needs: 4 MB of zeroes, compressed twice, would keep it
 * busy for a quarter of an hour with a picture of one pixel.
 * Thread  any but those of media: 0.2 s for 16 million pixels.
 * Source  PNG (W3C, third edition) 7, 8.1, 10.1, 11.2.1.
 */
#ifndef TS_CODEC_PNG_DATA_H
#define TS_CODEC_PNG_DATA_H

#include <stddef.h>
#include <stdint.h>

/* png: of whole chunks, as of ts_image_file_read. TS_EBADMSG: it holds more or less, or is
 * damaged; TS_ENOMEM. */
int ts_png_data_check(const uint8_t *png, size_t len);

#endif
