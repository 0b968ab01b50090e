/* guard - what is asked of a request before its handler sees it, beyond the API token.
 *
 * A server on localhost that asks for no token trusts whoever can reach it, and a page of any
 * origin can reach it by a name of its own that resolves to 127.0.0.1 (DNS rebinding). So its API
 * answers only to names that cannot be bent: addresses, localhost, and the host of http.public_url.
 * Thread  control.
 */
#ifndef TS_CONTROL_HTTP_GUARD_H
#define TS_CONTROL_HTTP_GUARD_H

#include <stdbool.h>

struct ts_config;

/* A name that no page of another site can bend: an address, localhost, the host of http.public_url.
 * host: the Host header, NULL when there is none. */
bool ts_guard_is_fixed(const struct ts_config *config, const char *host);
/* The same, or the API asks for a token, which such a page does not know. */
bool ts_guard_host_ok(const struct ts_config *config, const char *host);

#endif
