/* cookie - proves that who calls over UDP gets what we send to that address, without a place held
 * for them or anything kept of them.
 *
 *   INVITE sip:room@host --too many who may be forged--> 302, Contact: <sip:room@host;tsway=COOKIE>
 *   INVITE sip:room@host;tsway=COOKIE --same address, for half a minute at least-->
 *                                    as good as one over TCP
 *
 * Who forges their address never sees the cookie. It is a keyed hash of the address and the half
 * minute.
 * Thread  any; pure, but for the key of this process.
 * Source  RFC 3261 8.1.3.4 (a caller follows a 302), after RFC 9000 8.1.2 (Retry).
 */
#ifndef TS_CONTROL_SIP_COOKIE_H
#define TS_CONTROL_SIP_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_SIP_CONTACT_MAX = 512 };

/* Is it in the URI uri[n] that somebody at address (text) calls? */
bool ts_sip_cookie_good(const char *uri, size_t n, const char *address, int64_t now_ns);
/* A header line "Contact: <URI with a cookie>", CRLF included; false: no sip: URI, or too long. */
bool ts_sip_cookie_contact(char out[TS_SIP_CONTACT_MAX], const char *uri, size_t n,
	const char *address, int64_t now_ns);

#endif
