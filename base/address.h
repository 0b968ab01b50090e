/* address - network addresses in their two shapes, and which of them nothing may be sent to because
 * a stranger named them.
 *
 *   sockaddr_storage   host and port of a socket
 *   in6_addr           a host alone, for limits and rules; IPv4 as ::ffff:a.b.c.d, so that one form
 *                      has both
 *
 * Pure. Thread  any.
 * Source  RFC 6890 (special-purpose addresses), 4291 2.5.5, 6052, 8215, 7915, 3056, 4380, 5214:
 *         IPv4 inside of IPv6 counts as IPv4, or as private where it cannot be told.
 */
#ifndef TS_BASE_ADDRESS_H
#define TS_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* ---- sockets */

/* Numeric text and a port; false, and family 0: no address. */
bool ts_address_parse(struct sockaddr_storage *out, const char *text, uint16_t port);
uint16_t ts_address_port(const struct sockaddr_storage *address);
/* Without the port; false, and out is "": family 0. */
bool ts_address_text(char out[INET6_ADDRSTRLEN], const struct sockaddr_storage *address);
socklen_t ts_address_len(const struct sockaddr_storage *address);
bool ts_address_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/* host and port */
bool ts_address_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

enum ts_address_kind {
	TS_ADDRESS_USUAL,
	TS_ADDRESS_NOBODY,     /* 0.0.0.0 and ::, or family 0: on hold, or nothing told */
	TS_ADDRESS_LOOPBACK,   /* for those who are there themselves */
	TS_ADDRESS_LINK_LOCAL, /* likewise: metadata services of clouds live here */
	/* RFC 1918, 6598, 4193; tunnels, benchmarks, a NAT64 of one's own: as good as usual, unless
	 * somebody says not */
	TS_ADDRESS_PRIVATE,
	TS_ADDRESS_NEVER,      /* multicast, broadcast, reserved, "this network" */
};
enum ts_address_kind ts_address_kind(const struct sockaddr_storage *address);
/* An IPv6 address that stands for an IPv4 one (mapped, SIIT, NAT64, 6to4, compatible) becomes that,
 * with its port. */
void ts_address_unwrap(struct sockaddr_storage *address);
/* A metadata service of a cloud whose address is not link-local. */
bool ts_address_is_metadata(const struct sockaddr_storage *address);
/* May we send to `told`, which somebody at `by` named? NOBODY may be told. */
bool ts_address_may_name(const struct sockaddr_storage *told, const struct sockaddr_storage *by);

/* ---- hosts */

/* False: neither IPv4 nor IPv6. */
bool ts_address_read(struct in6_addr *out, const struct sockaddr *from);
/* Numeric text of either family; the bits of the family, 0: it is no address. */
int ts_address_scan(struct in6_addr *out, const char *text);
/* network: "10.0.0.0/8", or a numeric address. False for what is neither. */
bool ts_address_is_in(const struct in6_addr *address, const char *network);
/* As text; of IPv6 the first 64 bits, which one customer has, so that they share a limit. */
void ts_address_print(char out[INET6_ADDRSTRLEN], const struct in6_addr *address);

enum { TS_ADDRESS_CUSTOMER_BYTES = 8, TS_ADDRESS_SITE_BYTES = 6 };

/* The first bytes of IPv6 text, the others zero: "2001:db8:1::". False, and out is "": it is not
 * IPv6 (nor IPv4 mapped into it). */
bool ts_address_network(char out[INET6_ADDRSTRLEN], const char *address, size_t bytes);

#endif
