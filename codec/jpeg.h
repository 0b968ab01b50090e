/* jpeg - a picture as a JPEG file in memory. Thread any; some ms at 720p: never on a tick. */
#ifndef TS_CODEC_JPEG_H
#define TS_CODEC_JPEG_H

#include <libavutil/frame.h>
#include <stddef.h>
#include <stdint.h>

/* picture: YUV420P, BT.601 limited range. *out [give], from malloc. TS_ENOMEM, TS_EUNSUPPORTED. */
int ts_jpeg(uint8_t **out, size_t *len, const AVFrame *picture);

#endif
