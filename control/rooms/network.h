/* network - the part of an IPv6 address that one customer, or one site, has. Pure.
 *
 * Thread  none.
 */
#ifndef TS_CONTROL_ROOMS_NETWORK_H
#define TS_CONTROL_ROOMS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

enum { TS_NETWORK_CUSTOMER_BYTES = 8, TS_NETWORK_SITE_BYTES = 6, TS_NETWORK_MAX = 46 };

/* Its first bytes, the others zero: "2001:db8:1::". False: address is not IPv6 (nor IPv4 mapped into it); out is "" then. */
bool ts_network_of(char out[TS_NETWORK_MAX], const char *address, size_t bytes);

#endif
