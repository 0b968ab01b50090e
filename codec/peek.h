/* peek - the size of a picture, read from the RTP payload that begins its keyframe: of a stream
 * that nobody decodes, so that it can be known what it would be good for.
 *
 *   VP8    descriptor | frame tag | 9d 01 2a | width, height
 *   H.264  SPS, alone or in a STAP-A
 *   VP9    descriptor with sizes, of which the last is the largest layer's; else the frame header
 *   AV1    sequence header
 *   H.265  SPS, alone or in an AP
 *
 * Bounded reader; nothing is kept.
 * Thread  none: plain functions. Source RFC 7741 4, RFC 6386 9.1, RFC 6184 5.6 and 5.7.1, RFC 9628
 * 4.2, RTP payload format for AV1 4.4, RFC 7798 4.4.
 */
#ifndef TS_CODEC_PEEK_H
#define TS_CODEC_PEEK_H

#include "base/media.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: it tells none, as most do not; width and height are as before. */
bool ts_peek_size(enum ts_codec codec, const uint8_t *payload, size_t len, int *width, int *height);

#endif
