/* send - one outgoing RTP stream: numbers the packets, remembers what was sent, answers NACKs,
 * writes sender reports.
 *
 *   au --> header + extensions + payload --> wire.commit_rtp (protect, batch)
 *          history (with RTX): sequence number -> (au, index), the last 2 s and at most 2048
 *          packets, none of which is before the last keyframe
 *
 * Once a second a packet says when what is in it was captured, if the unit and the peer know of
 * that (abs-capture-time).
 * Sequence numbers run on whatever encoder the units come from, and are given when a packet goes
 * out; timestamp = au->media_time + a random offset. Where units begin to count from another epoch
 * (the receiver was moved to another room) the offset changes with them, so that timestamps go on.
 * With RTX a resend is a new packet on the RTX SSRC (RFC 4588). With NACK alone it is the same
 * packet, protected bytes that were kept (repeat.h): protecting a sequence number twice could
 * repeat an AEAD nonce. Without either nothing is kept.
 * Thread  the transport's net thread; takes no lock, reads no clock. Pure but for `wire`: unit
 *         tests give a wire of their own.
 * Source  RFC 3550 5.1, 6.4.1; RFC 4585 6.2.1; RFC 4588; RFC 8285; RFC 2198.
 */
#ifndef TS_TRANSPORT_RTP_SEND_H
#define TS_TRANSPORT_RTP_SEND_H

#include "base/au.h"
#include "base/bytes.h"
#include "transport/rtp/media_config.h"

/* Where finished packets go; for the length of one call. reserve: room for one packet of at most
 * cap plain bytes (trailer room is behind it), NULL when the batch cannot take more now (the packet
 * is dropped). commit: len plain bytes were written there; commit_rtp writes a transport-wide
 * number at number_at (0: the packet has none) and returns how many protected bytes are there now,
 * until the next reserve, 0: none went out. commit_again: len bytes were written there that
 * commit_rtp had protected. */
struct ts_wire {
	uint8_t *(*reserve)(void *arg, size_t cap);
	size_t (*commit_rtp)(void *arg, size_t len, size_t number_at, int64_t now_ns);
	void (*commit_rtcp)(void *arg, size_t len);
	void (*commit_again)(void *arg, size_t len, int64_t now_ns);
	void *arg;
};

struct ts_rtp_send;

int ts_rtp_send_create(struct ts_rtp_send **out, const struct ts_media_config *media,
	const char *cname);
/* Another description with the same SSRCs: payload types, codec and extensions from now on. Numbers
 * run on, and so does the timestamp when the clock rate is another. */
void ts_rtp_send_update(struct ts_rtp_send *send, const struct ts_media_config *media);
void ts_rtp_send_destroy(struct ts_rtp_send **send);

void ts_rtp_send_au(struct ts_rtp_send *send, struct ts_au *au, const struct ts_wire *wire,
	int64_t now_ns);
/* The same in parts: payloads [from .. from + n), all parts of one unit before any of another. */
void ts_rtp_send_part(struct ts_rtp_send *send, struct ts_au *au, uint32_t from, uint32_t n,
	const struct ts_wire *wire, int64_t now_ns);
/* A packet without payload, the next of its numbers: it opens NATs on its way, and asks for nothing
 * but an answer (RFC 6263 4.1). */
void ts_rtp_send_opener(struct ts_rtp_send *send, const struct ts_wire *wire, int64_t now_ns);
/* A NACK item: pid and the bit mask of following lost packets. Resends are limited to 1/2 of the
 * stream's recent rate plus a burst, and one packet is not resent twice within half an rtt. */
void ts_rtp_send_nack(struct ts_rtp_send *send, uint16_t pid, uint16_t blp,
	const struct ts_wire *wire, int64_t now_ns);
/* One number of it, later. */
void ts_rtp_send_again(struct ts_rtp_send *send, uint16_t seq, const struct ts_wire *wire,
	int64_t now_ns);
/* A packet that only takes up room, on the RTX SSRC: one of the last packets once more, or nothing
 * but padding where none is kept, or sent yet. False: without RTX. */
bool ts_rtp_send_padding(struct ts_rtp_send *send, const struct ts_wire *wire, int64_t now_ns);
/* A report block of the peer about this stream. */
struct ts_rtcp_report;
void ts_rtp_send_report(struct ts_rtp_send *send, const struct ts_rtcp_report *report,
	int64_t now_ns);
/* Appends an SR with these report blocks (about what we receive) and the SDES with our CNAME.
 * false, and nothing written, when no packet was sent in the last 10 s: the caller writes an RR.
 * Call it at every RTCP interval: it also lets old history go. */
bool ts_rtp_send_sr(struct ts_rtp_send *send, struct ts_wr *w, const struct ts_rtcp_report *reports,
	size_t n, int64_t now_ns);
/* its media or RTX stream */
bool ts_rtp_send_owns_ssrc(const struct ts_rtp_send *send, uint32_t ssrc);
uint32_t ts_rtp_send_ssrc(const struct ts_rtp_send *send);
/* smoothed, from report blocks; 0: not known yet */
int64_t ts_rtp_send_rtt_ns(const struct ts_rtp_send *send);
/* Fills the _out, rtt and remote fields. */
void ts_rtp_send_stats(const struct ts_rtp_send *send, struct ts_media_stats *stats);

#endif
