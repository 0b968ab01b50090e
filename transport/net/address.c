#include "transport/net/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

bool ts_address_parse(struct sockaddr_storage *out, const char *text, uint16_t port)
{
	struct sockaddr_in *in4 = (void *)out;
	struct sockaddr_in6 *in6 = (void *)out;
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
	}
	return out->ss_family != AF_UNSPEC;
}

socklen_t ts_address_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/* The port is at the same place in both families. */
static uint16_t port_of(const struct sockaddr_storage *a)
{
	return ntohs(((const struct sockaddr_in *)(const void *)a)->sin_port);
}

bool ts_address_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family) return false;
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;
		return x->sin_addr.s_addr == y->sin_addr.s_addr;
	}
	const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;
	return a->ss_family == AF_INET6 && IN6_ARE_ADDR_EQUAL(&x->sin6_addr, &y->sin6_addr);
}

bool ts_address_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	return ts_address_same_host(a, b) && port_of(a) == port_of(b);
}

/* ---- kinds */

static enum ts_address_kind kind_of_v4(uint32_t a)
{
	static const struct {
		uint32_t net;
		int bits;
		enum ts_address_kind kind;
	} table[] = {
		{0x00000000, 32, TS_ADDRESS_NOBODY},     /* 0.0.0.0 */
		{0x00000000, 8, TS_ADDRESS_NEVER},       /* 0.0.0.0/8 */
		{0x7f000000, 8, TS_ADDRESS_LOOPBACK},    /* 127.0.0.0/8 */
		{0xa9fe0000, 16, TS_ADDRESS_LINK_LOCAL}, /* 169.254.0.0/16 */
		{0xe0000000, 3, TS_ADDRESS_NEVER},       /* 224.0.0.0/4, 240.0.0.0/4: multicast, reserved, broadcast */
		{0x0a000000, 8, TS_ADDRESS_PRIVATE},     /* 10.0.0.0/8 */
		{0xac100000, 12, TS_ADDRESS_PRIVATE},    /* 172.16.0.0/12 */
		{0xc0a80000, 16, TS_ADDRESS_PRIVATE},    /* 192.168.0.0/16 */
		{0x64400000, 10, TS_ADDRESS_PRIVATE},    /* 100.64.0.0/10 */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!((a ^ table[i].net) >> (32 - table[i].bits))) return table[i].kind;
	return TS_ADDRESS_USUAL;
}

static enum ts_address_kind kind_of_v6(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_UNSPECIFIED(a)) return TS_ADDRESS_NOBODY;
	if (IN6_IS_ADDR_LOOPBACK(a)) return TS_ADDRESS_LOOPBACK;
	if (IN6_IS_ADDR_MULTICAST(a)) return TS_ADDRESS_NEVER;
	if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a)) {
		uint32_t v4;
		memcpy(&v4, &a->s6_addr[12], sizeof(v4));
		return kind_of_v4(ntohl(v4));
	}
	if (IN6_IS_ADDR_LINKLOCAL(a)) return TS_ADDRESS_LINK_LOCAL;
	return (a->s6_addr[0] & 0xfe) == 0xfc ? TS_ADDRESS_PRIVATE : TS_ADDRESS_USUAL;
}

enum ts_address_kind ts_address_kind(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return kind_of_v4(ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr));
	if (a->ss_family == AF_INET6) return kind_of_v6(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	return TS_ADDRESS_NOBODY;
}

bool ts_address_may_tell(const struct sockaddr_storage *told, const struct sockaddr_storage *by)
{
	enum ts_address_kind kind = ts_address_kind(told);
	if (kind == TS_ADDRESS_NOBODY) return true;
	if (kind == TS_ADDRESS_NEVER) return false;
	if (kind == TS_ADDRESS_LOOPBACK || kind == TS_ADDRESS_LINK_LOCAL) return ts_address_kind(by) == kind;
	return true;
}

/* ---- our own sockets */

static size_t slot_of(const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in4 = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;
	uint32_t host = in4->sin_addr.s_addr, word[4];
	if (a->ss_family == AF_INET6) {
		memcpy(word, &in6->sin6_addr, sizeof(word));
		host = word[0] ^ word[1] * 3 ^ word[2] * 5 ^ word[3] * 7;
	}
	return ((host * 2654435761u) >> 16 ^ port_of(a)) & (TS_OWN_SLOTS - 1);
}

void ts_own_address_add(struct ts_own_addresses *own, const struct sockaddr_storage *a)
{
	atomic_fetch_add_explicit(&own->n[slot_of(a)], 1, memory_order_relaxed);
}

void ts_own_address_remove(struct ts_own_addresses *own, const struct sockaddr_storage *a)
{
	atomic_fetch_sub_explicit(&own->n[slot_of(a)], 1, memory_order_relaxed);
}

/* What can be bound to is ours; no list of interfaces has to be kept up to date. */
static bool is_local(struct sockaddr_storage address)
{
	((struct sockaddr_in *)(void *)&address)->sin_port = 0;
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool local = fd >= 0 && !bind(fd, (const void *)&address, ts_address_len(&address));
	if (fd >= 0) close(fd);
	return local;
}

bool ts_own_address(const struct ts_own_addresses *own, const struct sockaddr_storage *a)
{
	if (a->ss_family != AF_INET && a->ss_family != AF_INET6) return false;
	return atomic_load_explicit(&own->n[slot_of(a)], memory_order_relaxed) && is_local(*a);
}
