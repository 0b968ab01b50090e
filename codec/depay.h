/* depay - joins the RTP payloads of one video stream into access units.
 *
 *   packets in order (gap marked) --push--> [ one access unit, <= 2 MB, <= 2048 packets ] --pull--> AVPacket
 *
 * After a gap the units that lack data are dropped until the format can vouch for a unit again; `broken` says that references
 * are missing and the decoder needs a key picture. H.264 takes modes 0 and 1 (single NAL, STAP-A, FU-A), output is Annex B with
 * SPS and PPS in front of IDR pictures; VP8 takes every descriptor of RFC 7741.
 * Thread  the decoder strand of the source. Source RFC 6184 5, RFC 7741 4.
 */
#ifndef TS_CODEC_DEPAY_H
#define TS_CODEC_DEPAY_H

#include "base/media.h"
#include "base/packet.h"
#include <libavcodec/packet.h>

struct ts_depay;

/* Beside the AVPacket (data, AV_PKT_FLAG_KEY). */
struct ts_unit_info {
	uint32_t timestamp_rtp;
	int64_t arrival_ns;  /* of the unit's last packet */
	bool broken;         /* something before this unit is lost: references may be missing */
	int rotation;        /* degrees clockwise, from CVO if known; 0 */
};

int ts_depay_create(struct ts_depay **out, enum ts_codec codec);
void ts_depay_destroy(struct ts_depay **depay);
/* Takes no reference: bytes are copied once, into the unit. TS_EBADMSG: malformed, dropped. */
int ts_depay_push(struct ts_depay *depay, const struct ts_packet *packet);
/* Call until TS_EAGAIN after each push. out: an owned AVPacket (padded as libavcodec wants). */
int ts_depay_pull(struct ts_depay *depay, AVPacket *out, struct ts_unit_info *info);

#endif
