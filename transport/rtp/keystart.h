/* keystart - does a payload begin a keyframe? Looked at where one was requested: what is missing
 * before it is worth nothing any more, and another request would only bring a second one.
 *
 *   VP8   first partition, frame header with P = 0
 *   H.263 a picture's start code with I; PB-frames, modes B and C are none
 *   H.261 a picture's start code, with the release of a frozen one
 *   VP9   the lowest layer's frame, P = 0
 *   AV1   N: a coded video sequence begins
 *   H.265 VPS, SPS, PPS, IDR, BLA or CRA slice: as H.264's, in AP and FU
 *   H.264 SPS or IDR slice: alone, the first fragment of one, or in a STAP-A
 *
 * Pictures that become whole without an IDR (H.264 recovery points) are not seen; nor is a keyframe
 * whose first packet is lost, until that comes again.
 * Thread  none: a plain function.
 * Source  RFC 7741 4.2, 4.3; RFC 6184 5.2, 5.7, 5.8; RFC 2190 5.1; RFC 4629 5.1; RFC 4587 4.1;
 *         RFC 9628 4.2; RTP payload format for AV1 4.4; RFC 7798 4.4.
 */
#ifndef TS_TRANSPORT_RTP_KEYSTART_H
#define TS_TRANSPORT_RTP_KEYSTART_H

#include "base/media.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ts_begins_keyframe(enum ts_codec codec, const uint8_t *payload, size_t len);

#endif
