/* exif - which way up a picture is, by its EXIF data. Pure. Thread any.
 *
 * Source  EXIF 2.32 4.6.2 (a TIFF header, IFD 0), tag 0x0112.
 * Full    the first 256 entries of the first directory are looked at.
 */
#ifndef TS_CODEC_EXIF_H
#define TS_CODEC_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* data: from the TIFF header ("II*\0" or "MM\0*") on. 1 to 8; 1, upright, also where nothing is
 * said, or nothing that makes sense. */
int ts_exif_orientation(const uint8_t *data, size_t len);

#endif
