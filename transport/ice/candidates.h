/* candidates - which of the peer's candidates are checked: each once, at most 32 of one ICE
 * generation, none where nobody should be sent. Pure, but for ts_own_address.
 *
 * A check goes to whatever address the peer names, and libnice keeps every candidate and looks
 * through all of them for each packet: so both are bounded before it hears of them.
 * Thread  the net thread's.   Source  RFC 8445 19.5.1 (amplification), 8838 (trickle).
 */
#ifndef TS_TRANSPORT_ICE_CANDIDATES_H
#define TS_TRANSPORT_ICE_CANDIDATES_H

#include "transport/ice/description.h"
#include "transport/net/own_address.h"
#include <sys/socket.h>

struct ts_candidates {
	size_t n;
	struct sockaddr_storage taken[TS_CAND_MAX];
};

/* A new generation: the peer has other credentials. */
void ts_candidates_forget(struct ts_candidates *candidates);
/* May it be checked? Then it is booked. loopback: we are on it ourselves. */
bool ts_candidates_take(struct ts_candidates *candidates, const struct ts_own_addresses *own,
	const struct sockaddr_storage *address, bool loopback);

#endif
