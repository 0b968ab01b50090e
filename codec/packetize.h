/* packetize - cuts one encoded picture into RTP payloads, once for all receivers.
 *
 * H.264: packetization-mode 1 (STAP-A for the small parameter sets, single NAL, FU-A of equal size)
 * or mode 0 (single NAL only; the encoder must have made slices that fit, larger ones are
 * TS_EINVAL). VP8: descriptor without PictureID, so that payloads can be shared. H.263: at groups
 * of blocks (RFC 2190 mode A), within those that are too large at macroblocks (mode B), by RFC 4629
 * anywhere. H.261: at groups of blocks alone; larger ones are TS_EINVAL. Payloads of one unit but
 * the last are of equal length where the format allows it (UDP
 * GSO).
 * Thread  the output's strand. Source RFC 6184 5.4-5.8, RFC 7741 4.2, RFC 2190 5, RFC 4629 5, RFC
 * 4587 4.
 */
#ifndef TS_CODEC_PACKETIZE_H
#define TS_CODEC_PACKETIZE_H

#include "base/au.h"
#include "base/media.h"
#include <libavcodec/packet.h>

/* Makes *out [give] with payloads of at most mtu bytes; media_time and capture_ns are left to the
 * caller. */
int ts_packetize(struct ts_au **out, enum ts_codec codec, int packetization_mode,
	const AVPacket *packet, size_t mtu);

#endif
