/* recv - the receiving half of one m-line, or of one simulcast layer of it: takes plain RTP packets
 * of its SSRCs, undoes RTX, orders video, finds gaps and asks for what is missing, keeps the statistics of receiver reports.
 *
 *   packet --> payload type known? --> RTX: unwrap --> duplicate?
 *      --> video: reorder buffer --> in order --> out.packet
 *          audio: straight       -------------> out.packet
 *          RED: frames of packets that are missing first, then its own
 *   due --> NACK list (again after 1.25 rtt, 20 ms at least, 50 while rtt is not known, until
 *           patience ends) --> RTCP
 *
 * The reorder buffer holds at most 512 packets and waits at most max(300 ms, 5 rtt), bounded by 1
 * s, for a gap to be filled (20 ms when NACK was not negotiated); then the gap is declared lost and
 * what is behind it flows with `gap` set on its first packet; a hole of 96 packets or more is
 * declared lost at once. A jump of sequence numbers too large to be loss, numbers set back
 * (restart.h), or a new SSRC of the same m-line (the newest wins; a former one when that was silent
 * for 100 ms), starts afresh.
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
