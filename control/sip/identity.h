/* identity - who calls, as a trusted trunk asserts it: P-Asserted-Identity, else Remote-Party-ID,
 * and whether they wish not to be named. Pure.
 *
 *   P-Asserted-Identity: "Alice" <sip:+4930555@carrier>, <tel:+4930555>  -> Alice
 *   the same with Privacy: id (or user, header)                          -> Anonymous
 *   Remote-Party-ID: "Bob" <sip:77@pbx>;party=calling;privacy=off        -> Bob
 *   neither, or nothing that can be read                                 -> "", From counts
 *
 * Thread  none.
 * Source  RFC 3325 9.1, 9.3 (Privacy: id), 3323 4.2; draft-ietf-sip-privacy-04 (Remote-Party-ID).
 */
#ifndef TS_CONTROL_SIP_IDENTITY_H
#define TS_CONTROL_SIP_IDENTITY_H

#include <stddef.h>

/* Values of the headers, several of one kind joined by commas; NULL: there is none. cap at least
 * 16. */
struct ts_sip_asserted {
	const char *p_asserted, *remote_party, *privacy;
	size_t n_asserted, n_party, n_privacy;
};
void ts_sip_identity(char *out, size_t cap, const struct ts_sip_asserted *asserted);

#endif
