/* target - may a message of ours go to that address? The rules of sip.dial, and what is never
 * called. Pure but for is_ours.
 *
 * Never: unspecified, broadcast, multicast and reserved addresses, link-local ones, the metadata
 * services of clouds, and IPv6 addresses that hide one of those (mapped, NAT64, 6to4). This
 * machine, by loopback or by any other address of it, also one that a NAT maps to it: only where a
 * rule names the address, which a name that leads there does not, but for "localhost"; or without
 * rules on a server that loopback alone reaches. Without rules: every other address; over UDP any
 * port, over TCP and TLS 5060 to 5099, which are SIP's own.
 * Thread  none.   Source  RFC 6890 (special addresses).
 */
#ifndef TS_CONTROL_SIP_TARGET_H
#define TS_CONTROL_SIP_TARGET_H

#include "config/config.h"
#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

struct ts_sip_target_policy {
	const char *const *rules; /* items of sip.dial */
	size_t n_rules;
	bool local;               /* all listeners are on loopback */
	/* is it this machine's? NULL: loopback alone is, and what a NAT maps to this machine */
	bool (*is_ours)(const struct sockaddr *address);
	/* numeric addresses by which others reach this machine through a 1:1 NAT; one may be "" */
	const char *const *mapped;
	size_t n_mapped;
	const char *also_mapped;  /* NULL: none */
};

/* host: the name that led there, or NULL. The address has been looked up: the name alone proves
 * nothing. */
bool ts_sip_target_ok(const struct ts_sip_target_policy *policy, const struct sockaddr *to,
	enum ts_sip_protocol protocol, const char *host);
/* Nobody may name it in sip.dial either. */
bool ts_sip_target_never(const struct sockaddr *to);

#endif
