/* proof - whether a host of plain RTP wants what we send there, of which somebody else may have
 * told us. Pure.
 *
 *   told only --valid RTP, RTCP, STUN from the host, or a proven round trip of the signalling-->
 *      |   ^                                                           proven: everything goes
 *      |   '------------------------- 10 s without a sign -------------------'
 *      `--> openers only: an RTP packet without payload after 0, 1, 2, 4, 6, 10, 14, 22, 30 and
 *           46 s, then nothing
 *
 * A description, and over UDP its source as well, proves nothing: who sends it names any victim. So
 * RFC 9000's rule holds, at most three times what came: ten openers of 12 bytes each for the two
 * m-lines are less than the INVITE. They open a NAT, and the way to a peer that waits for us as we
 * wait for it. A sign counts for its host, whatever the port: a host that talks to us is no victim.
 * Who only receives must send RTCP, as RFC 3550 6 has everybody do, or STUN.
 * Thread  that of the transport.
 * Source  RFC 9000 8.1, 7675 (consent), 6263 (keepalives), 3550 6.2.
 */
#ifndef TS_TRANSPORT_NET_PROOF_H
#define TS_TRANSPORT_NET_PROOF_H

#include "base/address.h"
#include <stddef.h>

enum { TS_PROOF_HOSTS = 4, TS_PROOF_OPENERS = 10 };

struct ts_proof {
	struct {
		struct sockaddr_storage host; /* family 0: none */
		int64_t ns;                   /* its last sign */
	} sign[TS_PROOF_HOSTS];
};

/* Something valid came from there. The host that was silent for longest makes room. */
void ts_proof_sign(struct ts_proof *proof, const struct sockaddr_storage *from, int64_t now_ns);
bool ts_proof_holds(const struct ts_proof *proof, const struct sockaddr_storage *to,
	int64_t now_ns);

/* The openers to one address; all zero: none sent yet. */
struct ts_opener {
	unsigned n;
	int64_t next_ns;
};
/* Is it time for one? Books it. */
bool ts_opener_due(struct ts_opener *opener, int64_t now_ns);

#endif
