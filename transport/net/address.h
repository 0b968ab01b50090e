/* address - socket addresses: comparing them, and which of them nothing may be sent to because a stranger named them. Pure, but
 * for ts_own_address, which asks the kernel.
 *
 * Thread  any.   Source  RFC 6890 (special-purpose addresses), 4291 2.5.5 (IPv4-mapped ones count as IPv4).
 */
#ifndef TS_TRANSPORT_NET_ADDRESS_H
#define TS_TRANSPORT_NET_ADDRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Numeric text and a port; false, and family 0: no address. */
bool ts_address_parse(struct sockaddr_storage *out, const char *text, uint16_t port);
socklen_t ts_address_len(const struct sockaddr_storage *address);
bool ts_address_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
bool ts_address_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b); /* host and port */

enum ts_address_kind {
	TS_ADDRESS_USUAL,
	TS_ADDRESS_NOBODY,     /* 0.0.0.0 and ::, or family 0: on hold, or nothing told */
	TS_ADDRESS_LOOPBACK,   /* for those who are there themselves */
	TS_ADDRESS_LINK_LOCAL, /* likewise: metadata services of clouds live here */
	TS_ADDRESS_PRIVATE,    /* RFC 1918, 6598, 4193: as good as usual, unless somebody says not */
	TS_ADDRESS_NEVER,      /* multicast, broadcast, reserved, "this network" */
};
enum ts_address_kind ts_address_kind(const struct sockaddr_storage *address);
/* May we send to `told`, which somebody at `by` named? NOBODY may be told. */
bool ts_address_may_tell(const struct sockaddr_storage *told, const struct sockaddr_storage *by);

/* ---- our own sockets that take media: what is sent there comes back to us */

enum { TS_OWN_SLOTS = 65536 };

/* Sockets by a hash of address and port; that two share a slot matters only for addresses of this machine. */
struct ts_own_addresses {
	atomic_uint n[TS_OWN_SLOTS];
};

void ts_own_address_add(struct ts_own_addresses *own, const struct sockaddr_storage *address);
void ts_own_address_remove(struct ts_own_addresses *own, const struct sockaddr_storage *address);
/* Is it a socket of ours, to be asked of addresses that strangers name? */
bool ts_own_address(const struct ts_own_addresses *own, const struct sockaddr_storage *address);

#endif
