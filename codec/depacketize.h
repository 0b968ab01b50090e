/* depacketize - joins the RTP payloads of one video stream into access units.
 *
 *   packets in order (gap marked) --push--> [ one access unit, <= 2 MB, <= 2048 packets ]
 *       --pull--> AVPacket
 *
 * Only whole units come out: one that lacks data, at its front too, is dropped. From a loss (and
 * from the start) on until the next keyframe every unit is `broken`: references are missing, it
 * must not be shown. A unit ends by its marker or by the next timestamp; from a sender that sets
 * the marker on each slice (seen by what follows it: the unit is then given out once more, whole)
 * by the latter alone. H.264 takes modes 0 and 1 (single NAL, STAP-A, FU-A); output is Annex B,
 * slices and parameter sets only, the latest SPS and PPS of each id in front of keyframes, wherever
 * the sender put them. Key is an IDR picture; in a broken stream also one with a recovery point SEI
 * message, and, at the start or after a second without a keyframe, one of I slices alone: those
 * have such a message in front, by which libavcodec begins there and shows nothing before the
 * pictures are whole. VP8 takes every descriptor of RFC 7741, H.263 modes A to C of RFC 2190, and
 * RFC 4629, H.261 RFC 4587; in a broken stream these are key after 15 pictures without one, too.
 * VP9: a unit is a picture with all its spatial layers, as a superframe. AV1: a temporal unit, key
 * where a sequence header and a keyframe that is shown begin it. H.265: Annex B as of H.264, key is
 * an IRAP picture; leading pictures of one that a broken stream began at are left out.
 * Thread  the decoder strand of the source. Source RFC 6184 5, RFC 7741 4,
 *         RFC 2190, RFC 4629, RFC 4587, ITU-T H.264 D.2.8, RFC 9628 4, RTP payload format for
 *         AV1 4, RFC 7798 4.
 */
#ifndef TS_CODEC_DEPACKETIZE_H
#define TS_CODEC_DEPACKETIZE_H

#include "base/media.h"
#include "base/packet.h"
#include "codec/sprop.h"
#include <libavcodec/packet.h>
#include <stdbool.h>

struct ts_depacketizer;

/* Beside the AVPacket (data, AV_PKT_FLAG_KEY). */
struct ts_unit_info {
	uint32_t timestamp_rtp;
	int64_t arrival_ns;  /* of the unit's last packet */
	int64_t capture_ns;  /* likewise; TS_CAPTURE_UNKNOWN */
	/* something since the last keyframe is lost (or there was none): references may be
	 * missing */
	bool broken;
	/* degrees clockwise to turn it by before it is shown (video-orientation) */
	int rotation;
};

int ts_depacketizer_create(struct ts_depacketizer **out, enum ts_codec codec);
void ts_depacketizer_destroy(struct ts_depacketizer **depacketizer);
/* What the description told; the stream's own, which come later, replace them id by id. Ignored by
 * formats that have none. */
void ts_depacketizer_parameter_sets(struct ts_depacketizer *depacketizer,
	const struct ts_parameter_sets *sets);
/* The decoder refused a unit: all is broken until the next keyframe. */
void ts_depacketizer_lose_references(struct ts_depacketizer *depacketizer);
/* Takes no reference: bytes are copied once, into the unit. TS_EBADMSG: malformed, TS_ELIMIT: the
 * unit is too large; it is dropped and TS_C_DROP_PAYLOAD_BAD counted here. */
int ts_depacketizer_push(struct ts_depacketizer *depacketizer, const struct ts_packet *packet);
/* Call until TS_EAGAIN after each push. out: an owned AVPacket, padded as libavcodec wants. Give it
 * back (av_packet_unref) before the next push and its buffer is used again; kept longer, the next
 * unit costs an allocation. */
int ts_depacketizer_pull(struct ts_depacketizer *depacketizer, AVPacket *out,
	struct ts_unit_info *info);

#endif
