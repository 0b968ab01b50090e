/* network - a network of addresses, as rules name it: "10.0.0.0/8", "2001:db8::/32", one address.
 *
 * Pure. Thread  any.
 */
#ifndef TS_BASE_NETWORK_H
#define TS_BASE_NETWORK_H

#include "base/address.h"

struct ts_network {
	int family;        /* AF_INET, AF_INET6 */
	uint8_t bytes[16]; /* 4 of them, or 16 */
	unsigned bits;     /* those that count */
};

/* False: that is none. */
bool ts_network_parse(struct ts_network *out, const char *text);
/* The address as it is: IPv4 inside of IPv6 is in networks of IPv6 (ts_address_unwrap). */
bool ts_network_has(const struct ts_network *network, const struct sockaddr_storage *address);
/* Of its first address. */
enum ts_address_kind ts_network_kind(const struct ts_network *network);

#endif
