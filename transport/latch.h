/* latch - from whom a socket of plain RTP takes packets, and where its answers go (symmetric RTP). Pure.
 *
 *   nobody heard ---valid packet---> peer = its source ---valid packet of another source, allowed---> peer = that
 *      |  answers go where the description told             answers go to the peer
 *      +--<-- told another address (re-INVITE)
 *
 * Behind a NAT an endpoint tells an address where it cannot be reached; what works is the source of its packets. But whoever
 * reaches the port could send packets, so another source than the peer is allowed only
 *   - after 3 s without a valid packet of the peer,
 *   - where SRTP proves the sender,
 *   - within 3 s of the very first packet, if it is the address that was told: a stranger may have been quicker.
 * Thread  that of the socket's owner.   Source  RFC 4961, 7362 4.
 */
#ifndef TS_TRANSPORT_LATCH_H
#define TS_TRANSPORT_LATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ts_latch {
	bool proves;    /* valid packets can only come from the peer: SRTP */
	bool same_host; /* the peer sends from the host it told, though perhaps from another port: no NAT between */
	struct sockaddr_storage told, peer; /* family 0: nobody yet */
	int64_t first_ns, heard_ns;         /* valid packets of the peer: the first of all, the last */
};

/* What the description says; family 0: nothing, or on hold. Another address than before starts afresh. */
void ts_latch_tell(struct ts_latch *latch, const struct sockaddr_storage *told);
/* Might a packet from there be the peer's? If so and if it proves valid, tell ts_latch_heard. */
bool ts_latch_allows(const struct ts_latch *latch, const struct sockaddr_storage *from, int64_t now_ns);
/* true: answers go elsewhere from now on. */
bool ts_latch_heard(struct ts_latch *latch, const struct sockaddr_storage *from, int64_t now_ns);
/* Where answers go; NULL: nowhere. */
const struct sockaddr_storage *ts_latch_to(const struct ts_latch *latch);

bool ts_address_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
bool ts_address_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b); /* host and port */

#endif
