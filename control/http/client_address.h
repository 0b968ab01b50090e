/* client_address - whose request it is, for limits and the log, also where proxies that we trust stand between.
 *
 *   X-Forwarded-For: SAID, CLIENT, OUTER     from PROXY      -> the last of SAID, CLIENT, OUTER, PROXY that is no trusted proxy
 *
 * Each proxy writes to the end whom it got the request from; what stands before the first one that is not ours was written
 * by nobody we know, and is not believed. Without trusted proxies the header says nothing.
 * Pure. Thread  any.
 */
#ifndef TS_CONTROL_HTTP_CLIENT_ADDRESS_H
#define TS_CONTROL_HTTP_CLIENT_ADDRESS_H

#include "config/config.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* One form for both families: IPv4 as ::ffff:a.b.c.d. False: neither. */
bool ts_address_read(struct in6_addr *out, const struct sockaddr *from);
/* networks: numeric addresses too; "10.0.0.0/8", "::1". */
bool ts_address_is_in(const struct in6_addr *address, const struct ts_strings *networks);

/* forwarded: all values of the header with commas between; NULL: there is none. */
struct in6_addr ts_client_address(
	const struct in6_addr *peer, const char *forwarded, const struct ts_strings *trusted);

/* As text; of IPv6 the first 64 bits, which one customer has, so that they share a limit. */
void ts_address_print(char out[INET6_ADDRSTRLEN], const struct in6_addr *address);

#endif
