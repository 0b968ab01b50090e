/* recv - the receiving half of one m-line, or of one simulcast layer of it: takes plain RTP packets
 * of its SSRCs, undoes RTX, orders video, finds gaps and asks for what is missing, keeps the
 * statistics of receiver reports.
 *
 *   packet --> payload type known? --> RTX: unwrap --> duplicate?
 *      --> video: reorder buffer --> in order --> out.packet
 *          audio: straight       -------------> out.packet
 *          RED: frames of packets that are missing first, then its own
 *   due --> NACK list (again after 1.25 rtt, 20 ms at least, 50 while rtt is not known, until
 *           patience ends; where answers take longer than that rtt, by what they take) --> RTCP
 *
 * The reorder buffer holds at most 512 packets and waits at most max(300 ms, 5 rtt), bounded by 1
 * s, for a gap to be filled; where rtt is 300 ms or more 2.5 rtt, with a keyframe requested beside;
 * 20 ms when NACK was not negotiated. Then the gap is declared lost and what is behind it flows
 * with `gap` set on its first packet; a hole of 96 packets or more is declared lost at once, and so
 * are more than 32 of which the first is missing for 100 ms. A jump of sequence numbers too large
 * to be loss, numbers set back (restart.h), or a new SSRC of the same m-line (the newest wins; a
 * former one when that was silent for 100 ms), starts afresh.
 * Thread  the transport's net thread; takes no lock, reads no clock. Source RFC 3550 6.4.1, A.1,
 *         A.3, A.8; 4585; 4588; 2198.
 */
#ifndef TS_TRANSPORT_RTP_RECV_H
#define TS_TRANSPORT_RTP_RECV_H

#include "base/bytes.h"
#include "base/packet.h"
#include "transport/rtp/media_config.h"

struct ts_peer_clock;

struct ts_rtp_recv_out {
	void (*packet)(void *arg, struct ts_packet *packet); /* [take] */
	void *arg;
	/* of all streams of the peer (timeline.h); NULL: capture times are not told */
	struct ts_peer_clock *clock;
};

struct ts_rtp_recv;

int ts_rtp_recv_create(struct ts_rtp_recv **out, const struct ts_media_config *media,
	uint32_t local_ssrc, const struct ts_rtp_recv_out *consumer);
/* Another description: payload types, extensions and feedback from now on; the kind stays. */
void ts_rtp_recv_update(struct ts_rtp_recv *recv, const struct ts_media_config *media);
void ts_rtp_recv_destroy(struct ts_rtp_recv **recv);

/* [take] packet: ts_rtp_parse was done, arrival_ns set. Fills ext_seq, codec, gap, capture_ns. */
void ts_rtp_recv_packet(struct ts_rtp_recv *recv, struct ts_packet *packet, int64_t now_ns);
/* Runs what is due (gives up on gaps, which may call out.packet) and appends NACK packets to w when
 * there are any: where reduced-size RTCP was not negotiated, put an RR and SDES into w before and
 * forget them when w did not grow. */
void ts_rtp_recv_run(struct ts_rtp_recv *recv, struct ts_wr *w, int64_t now_ns);
/* A packet had to be asked for again on a round trip of 300 ms or more: should that fail as well, a
 * keyframe that is asked for now is here as soon as it is known. True once. */
bool ts_rtp_recv_wants_keyframe(struct ts_rtp_recv *recv);
/* when run is wanted next; INT64_MAX: never */
int64_t ts_rtp_recv_due_ns(const struct ts_rtp_recv *recv);

void ts_rtp_recv_sender_report(struct ts_rtp_recv *recv, uint32_t ssrc, uint64_t ntp,
	uint32_t timestamp_rtp, int64_t now_ns);
/* The stream ended: whatever comes next and is not its continuation begins a new one, without
 * waiting for a second packet. */
void ts_rtp_recv_bye(struct ts_rtp_recv *recv, uint32_t ssrc);
/* Video that nobody decodes: what is missing is not asked for, nor counted as lost. */
void ts_rtp_recv_set_wanted(struct ts_rtp_recv *recv, bool wanted);
/* until then answers to NACKs tell */
void ts_rtp_recv_set_rtt(struct ts_rtp_recv *recv, int64_t rtt_ns);
/* A keyframe has just been requested: what is missing now is given up, as nothing will be shown
 * before it, and so is what is missing when it begins. Whatever was behind flows at once. */
void ts_rtp_recv_await_keyframe(struct ts_rtp_recv *recv);
/* One that was requested has begun to come since then, a second ago at most, is not whole and lacks
 * nothing for good: to request another would only bring a second one, and a thin way has no room
 * for that. */
bool ts_rtp_recv_keyframe_comes(const struct ts_rtp_recv *recv, int64_t since_ns, int64_t now_ns);
/* As far as reports and answers tell, at most a second; 0: not known. */
int64_t ts_rtp_recv_rtt_ns(const struct ts_rtp_recv *recv);
/* Our report block about the present SSRC; false when nothing was received yet. Starts a new
 * interval. */
struct ts_rtcp_report;
bool ts_rtp_recv_report(struct ts_rtp_recv *recv, struct ts_rtcp_report *out, int64_t now_ns);
/* its media or RTX stream */
bool ts_rtp_recv_owns_ssrc(const struct ts_rtp_recv *recv, uint32_t ssrc);
uint32_t ts_rtp_recv_ssrc(const struct ts_rtp_recv *recv);                 /* 0: none yet */
/* Fills the _in, lost and jitter fields. */
void ts_rtp_recv_stats(const struct ts_rtp_recv *recv, struct ts_media_stats *stats);

#endif
