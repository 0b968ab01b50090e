/* client_address - whose request it is, for limits and the log, also where proxies that we trust
 * stand between.
 *
 *   X-Forwarded-For: SAID, CLIENT, OUTER     from PROXY
 *       -> the last of SAID, CLIENT, OUTER, PROXY that is no trusted proxy
 *
 * Each proxy writes to the end whom it got the request from; what stands before the first one that
 * is not ours was written by nobody we know, and is not believed. Without trusted proxies the
 * header says nothing.
 * Pure. Thread  any.
 */
#ifndef TS_CONTROL_HTTP_CLIENT_ADDRESS_H
#define TS_CONTROL_HTTP_CLIENT_ADDRESS_H

#include "config/config.h"
#include <netinet/in.h>
#include <stdbool.h>

/* Is it one of the proxies? networks: numeric addresses too; "10.0.0.0/8", "::1". */
bool ts_client_address_trusts(const struct in6_addr *address, const struct ts_strings *networks);

/* forwarded: all values of the header with commas between; NULL: there is none. */
struct in6_addr ts_client_address(
	const struct in6_addr *peer, const char *forwarded, const struct ts_strings *trusted);

#endif
