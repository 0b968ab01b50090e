/* latch - from whom a socket of plain RTP takes packets, and where its answers go (symmetric RTP).
 * Pure.
 *
 *   nobody heard ---valid packet---> peer = its source ---valid packet of another source, allowed
 *      |  answers go where              answers go to the peer      ---> peer = that
 *      |  the description told
 *      +--<-- told another address (re-INVITE)
 *
 * Behind a NAT an endpoint tells an address where it cannot be reached; what works is the source of
 * its packets. But whoever reaches the port could send packets, so another source than the peer is
 * allowed only
 *   - where SRTP proves the sender,
 *   - from the peer's host with the same SSRC and numbers that go on: its NAT gave it another port,
 *   - from another host with the same SSRC, after four numbers in a row and nothing of the peer for
 *     half a second,
 *   - from the host that was told or that signals, after 3 s without a valid packet or RTCP of the
 *     peer,
 *   - from the address that was told or the host that signals, while the peer is neither host: a
 *     stranger was quicker,
 *   - within 3 s of the very first packet, from the address that was told.
 * So the stream of a peer that is silent goes to no stranger.
 * Thread  that of the socket's owner.   Source  RFC 4961, 7362 4, 3550 A.1.
 */
#ifndef TS_TRANSPORT_NET_LATCH_H
#define TS_TRANSPORT_NET_LATCH_H

#include "base/address.h"

/* What is not encrypted of a packet. RTCP: the SSRC that reports, and 0. */
struct ts_latch_packet {
	uint32_t ssrc;
	uint16_t seq;
};

struct ts_latch {
	bool proves;    /* valid packets can only come from the peer: SRTP */
	/* the peer sends from the host it told, though perhaps from another port: no NAT between */
	bool same_host;
	/* family 0: nobody yet; signal: where the signalling comes from, for its host */
	struct sockaddr_storage told, signal, peer;
	struct ts_latch_packet last;                /* of the peer */
	/* valid packets of the peer: the first of all, the last */
	int64_t first_ns, heard_ns;
	struct {
		struct sockaddr_storage from;
		uint16_t seq;
		int n; /* numbers in a row */
	} stranger; /* who goes on with the peer's stream */
};

/* What the description says; family 0: nothing, or on hold. Another address than before starts
 * afresh. */
void ts_latch_set_told(struct ts_latch *latch, const struct sockaddr_storage *told);
/* Might a packet from there be the peer's? If so and if it proves valid, tell ts_latch_heard. */
bool ts_latch_allows(struct ts_latch *latch, const struct sockaddr_storage *from,
	const struct ts_latch_packet *packet, int64_t now_ns);
/* RTCP on a socket that RTP shares: it moves nothing. */
bool ts_latch_allows_rtcp(const struct ts_latch *latch, const struct sockaddr_storage *from);
/* true: answers go elsewhere from now on. */
bool ts_latch_heard(struct ts_latch *latch, const struct sockaddr_storage *from,
	const struct ts_latch_packet *packet, int64_t now_ns);
/* Valid RTCP with this SSRC came: if it is the peer's, the peer is there, though silent. */
void ts_latch_alive(struct ts_latch *latch, uint32_t ssrc, int64_t now_ns);
/* Where answers go; NULL: nowhere. */
const struct sockaddr_storage *ts_latch_to(const struct ts_latch *latch);

#endif
