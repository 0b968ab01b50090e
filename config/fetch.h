/* fetch - where the server may get media from: whether the rules of inputs.allow (config/place.h)
 * let a URL through. A star stands for all public addresses.
 *
 *   URL --> scheme named? --> host named, or resolved --> each address: public, or in a network
 *       that was named expressly --> a URL with that address in place of the name
 *
 * A name that is allowed reaches public addresses alone: what is private, of this machine or link
 * local is reached only where a rule names its network. Multicast and "this network" never are.
 * The address that was looked at is the one that is used: a second answer of the DNS changes
 * nothing. https and rtmps keep the name, which their certificate must bear: whoever answers at
 * another address has none.
 * Thread  any; the resolver may block.
 * Source  RFC 6890 (base/address.h), RFC 4291 2.5.5.2 (IPv4 in IPv6).
 */
#ifndef TS_CONFIG_FETCH_H
#define TS_CONFIG_FETCH_H

#include "base/url.h"
#include "config/config.h"
#include <sys/socket.h>

enum { TS_FETCH_ADDRESSES_MAX = 64 };

/* Addresses of a host into out[max]; how many, 0: none. */
typedef size_t ts_fetch_resolve(
	void *arg, const char *host, struct sockaddr_storage *out, size_t max);
struct addrinfo;
/* Those that getaddrinfo has found. More than max are as none. */
size_t ts_fetch_addresses(
	const struct addrinfo *list, struct sockaddr_storage *out, size_t max);

struct ts_fetch_resolver { ts_fetch_resolve *fn; void *arg; };

struct ts_fetched {
	char url[TS_URL_MAX + 64]; /* to be opened */
	struct ts_url as_asked;
};

/* NULL: it may; else why not, in words. */
const char *ts_fetch_admit(struct ts_fetched *out, const struct ts_strings *rules,
	const char *url, const struct ts_fetch_resolver *resolver);
/* The same without resolving names: what is refused whatever they resolve to. */
const char *ts_fetch_glance(const struct ts_strings *rules, const char *url);

/* Where a name was looked up by somebody else: may a connection for that URL go to the address? */
bool ts_fetch_may_reach(const struct ts_strings *rules, const char *url,
	const struct sockaddr_storage *address);

#endif
