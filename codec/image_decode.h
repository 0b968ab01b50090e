/* image_decode - a still image file of PNG, JPEG or WebP to pixels, by libavcodec.
 *
 *   struct ts_image_file (limited, without metadata) --decoder--> swscale --> BGRA
 *
 * libavcodec has all three and is here anyway; no other library is needed. It is given one packet,
 * one thread, and the size that image_file.h allowed; what it does not fill of its picture is zero.
 * Thread  any but those of media: 16 million pixels take up to half a second, and memory of up to
 *         12 bytes a pixel.
 */
#ifndef TS_CODEC_IMAGE_DECODE_H
#define TS_CODEC_IMAGE_DECODE_H

#include "codec/image_file.h"
#include <libavutil/frame.h>

/* AV_PIX_FMT_BGRA, sRGB, alpha not multiplied in, not turned yet: [give] *out. TS_EBADMSG: it is
 * damaged; TS_ENOMEM; *why is a sentence then, as of ts_image_file_read. */
int ts_image_decode(AVFrame **out, const struct ts_image_file *file, const char **why);

#endif
