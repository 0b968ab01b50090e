/* fragment - what a client tells about its side of ICE after the offer, and our answer to an ICE
 * restart, as application/trickle-ice-sdpfrag.
 *
 *   a=ice-ufrag:EsAw                            credentials for all, or for the m-line below which
 *                                               they stand
 *   a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
 *   m=audio 9 UDP/TLS/RTP/SAVPF 0
 *   a=mid:0
 *   a=candidate:... (several)
 *   a=end-of-candidates
 *
 * All m-lines share one transport, so it does not matter below which of them a candidate stands.
 * Candidates that we cannot use (TCP, names, another component) are left out; more than TS_CAND_MAX
 * as well.
 * Thread  any. Source  RFC 8840 9, 9725 4.3.
 */
#ifndef TS_CONTROL_JOIN_FRAGMENT_H
#define TS_CONTROL_JOIN_FRAGMENT_H

#include "base/bytes.h"
#include "transport/transport.h"

/* ufrag and pwd are "" when the fragment names none. TS_EBADMSG, TS_ELIMIT, TS_EINVAL with a
 * sentence in err, of our words only; TS_ENOMEM. */
int ts_fragment_read(struct ts_ice_description *out, const char *text, size_t n_bytes, char *err,
	size_t err_cap);

/* Our credentials and candidates below one m-line of that kind and mid ("": none). TS_EFULL. */
int ts_fragment_write(struct ts_wr *w, const char *kind, const char *mid,
	const struct ts_transport_local *local);

#endif
