/* image_file - a still image as a file (PNG, JPEG, WebP), looked through before a decoder sees it:
 * what it is, how large it would become, and of its bytes only those that the pixels need.
 *
 *   bytes from outside --ts_image_file_read--> kind, size, orientation
 *                                          \-> the same file without metadata
 *
 * A decoder allocates and works by what a file says of itself. So sizes are limited here, by the
 * numbers of the head, and what is a door to more work than pixels never reaches it: compressed
 * text and colour profiles of PNG (a bomb of their own), metadata, animations, further pictures
 * behind the first, JPEGs of a thousand scans.
 * Thread  any; pure. The lengths of all parts are checked, their contents are the decoder's matter.
 * Source  PNG (W3C, third edition) 5, 11.2; ITU-T T.81 B; RFC 9649 2; EXIF for the orientation.
 * Full    the limits below; TS_ELIMIT.
 */
#ifndef TS_CODEC_IMAGE_FILE_H
#define TS_CODEC_IMAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

enum {
	TS_IMAGE_SIDE_MAX = 8192,
	TS_IMAGE_PIXELS_MAX = 16 * 1024 * 1024,
	TS_IMAGE_SCANS_MAX = 32, /* of a progressive JPEG; encoders make about ten */
};

enum ts_image_kind { TS_IMAGE_NONE, TS_IMAGE_PNG, TS_IMAGE_JPEG, TS_IMAGE_WEBP };
const char *ts_image_kind_type(enum ts_image_kind kind); /* its media type; NULL of NONE */

struct ts_image_file {
	enum ts_image_kind kind;
	int width, height;    /* as coded, before it is turned */
	int orientation;      /* 1 to 8, as of EXIF; 1: upright */
	uint8_t *data;        /* [give] from malloc, with TS_IMAGE_PADDING zeroes behind */
	size_t len;
};
enum { TS_IMAGE_PADDING = 64 }; /* what libavcodec may read past the end */

/* TS_EUNSUPPORTED: it is none of the three, or of a variant that is not decoded; TS_EBADMSG: it
 * is damaged, or ends too early; TS_ELIMIT: it is larger than may be; TS_ENOMEM. After an error
 * *why is a sentence for whoever sent it, and out->data NULL. */
int ts_image_file_read(struct ts_image_file *out, const uint8_t *data, size_t len,
	const char **why);

#endif
