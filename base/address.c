#include "base/address.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool ts_address_text(char out[INET6_ADDRSTRLEN], const struct sockaddr_storage *a)
{
	const void *host = a->ss_family == AF_INET
		? (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr
		: (const void *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	*out = '\0';
	return a->ss_family != AF_UNSPEC &&
		inet_ntop(a->ss_family, host, out, INET6_ADDRSTRLEN) != NULL;
}

socklen_t ts_address_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/* The port is at the same place in both families. */
uint16_t ts_address_port(const struct sockaddr_storage *a)
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
	return ts_address_same_host(a, b) && ts_address_port(a) == ts_address_port(b);
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
		/* 224.0.0.0/4, 240.0.0.0/4: multicast, reserved, broadcast */
		{0xe0000000, 3, TS_ADDRESS_NEVER},
		{0x0a000000, 8, TS_ADDRESS_PRIVATE},  /* 10.0.0.0/8 */
		{0xac100000, 12, TS_ADDRESS_PRIVATE}, /* 172.16.0.0/12 */
		{0xc0a80000, 16, TS_ADDRESS_PRIVATE}, /* 192.168.0.0/16 */
		{0x64400000, 10, TS_ADDRESS_PRIVATE}, /* 100.64.0.0/10 */
		{0xc0000000, 24, TS_ADDRESS_PRIVATE}, /* 192.0.0.0/24: IETF protocols */
		{0xc6120000, 15, TS_ADDRESS_PRIVATE}, /* 198.18.0.0/15: benchmarks */
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!((a ^ table[i].net) >> (32 - table[i].bits))) return table[i].kind;
	return TS_ADDRESS_USUAL;
}

struct prefix {
	uint8_t bytes[12];
	unsigned bits;
};

static bool begins_with(const struct in6_addr *a, const struct prefix *p)
{
	const unsigned whole = p->bits / 8, rest = p->bits % 8;
	if (memcmp(a->s6_addr, p->bytes, whole) != 0) return false;
	return !rest || (a->s6_addr[whole] ^ p->bytes[whole]) >> (8 - rest) == 0;
}

/* The IPv4 that it stands for; false: none. */
static bool inner_of(struct in_addr *out, const struct in6_addr *a)
{
	static const struct {
		struct prefix prefix;
		unsigned at;
	} rows[] = {
		{{{[10] = 0xff, 0xff}, 96}, 12},      /* ::ffff:a.b.c.d, mapped */
		{{{[8] = 0xff, 0xff}, 96}, 12},       /* ::ffff:0:a.b.c.d, SIIT */
		{{{0x00, 0x64, 0xff, 0x9b}, 96}, 12}, /* 64:ff9b::a.b.c.d, NAT64 */
		{{{0x20, 0x02}, 16}, 2},              /* 2002:ab:cd::, 6to4 */
		{{{0}, 96}, 12},                      /* ::a.b.c.d, compatible */
	};
	if (IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LOOPBACK(a)) return false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!begins_with(a, &rows[i].prefix)) continue;
		memcpy(out, &a->s6_addr[rows[i].at], sizeof(*out));
		return true;
	}
	return false;
}

void ts_address_unwrap(struct sockaddr_storage *a)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four = {.sin_family = AF_INET};
	if (a->ss_family != AF_INET6) return;
	memcpy(&six, a, sizeof(six));
	if (!inner_of(&four.sin_addr, &six.sin6_addr)) return;
	four.sin_port = six.sin6_port;
	memset(a, 0, sizeof(*a));
	memcpy(a, &four, sizeof(four));
}

bool ts_address_is_metadata(const struct sockaddr_storage *a)
{
	static const char *const known[] = {
		"100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct sockaddr_storage one;
		if (ts_address_parse(&one, known[i], 0) && ts_address_same_host(&one, a))
			return true;
	}
	return false;
}

/* 0000:5efe or 0200:5efe before it: another host behind whatever prefix (RFC 5214). */
static enum ts_address_kind kind_of_isatap(const struct in6_addr *a)
{
	static const uint8_t sign[] = {0x00, 0x00, 0x5e, 0xfe};
	const uint8_t id[] = {a->s6_addr[8] & 0xfd, a->s6_addr[9], a->s6_addr[10], a->s6_addr[11]};
	uint32_t v4;
	if (memcmp(id, sign, sizeof(id)) != 0) return TS_ADDRESS_USUAL;
	memcpy(&v4, &a->s6_addr[12], sizeof(v4));
	const enum ts_address_kind kind = kind_of_v4(ntohl(v4));
	if (kind == TS_ADDRESS_USUAL || kind == TS_ADDRESS_PRIVATE) return TS_ADDRESS_PRIVATE;
	return kind == TS_ADDRESS_NOBODY ? TS_ADDRESS_NEVER : kind;
}

static enum ts_address_kind kind_of_v6(const struct in6_addr *a)
{
	static const struct {
		struct prefix prefix;
		enum ts_address_kind kind;
	} table[] = {
		{{{0xff}, 8}, TS_ADDRESS_NEVER}, /* multicast */
		{{{0xfe, 0x80}, 10}, TS_ADDRESS_LINK_LOCAL},
		{{{0xfe, 0xc0}, 10}, TS_ADDRESS_PRIVATE}, /* site-local, of old */
		{{{0xfc}, 7}, TS_ADDRESS_PRIVATE},        /* unique local */
		{{{0x01}, 64}, TS_ADDRESS_NEVER},         /* 100::/64: discarded */
		{{{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48},
			TS_ADDRESS_PRIVATE},              /* a NAT64 of one's own */
		{{{0x20, 0x01}, 23}, TS_ADDRESS_PRIVATE}, /* 2001::/23: Teredo, benchmarks */
	};
	struct in_addr inner;
	if (IN6_IS_ADDR_UNSPECIFIED(a)) return TS_ADDRESS_NOBODY;
	if (IN6_IS_ADDR_LOOPBACK(a)) return TS_ADDRESS_LOOPBACK;
	if (inner_of(&inner, a)) return kind_of_v4(ntohl(inner.s_addr));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (begins_with(a, &table[i].prefix)) return table[i].kind;
	return kind_of_isatap(a);
}

enum ts_address_kind ts_address_kind(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return kind_of_v4(
			ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr));
	if (a->ss_family == AF_INET6)
		return kind_of_v6(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	return TS_ADDRESS_NOBODY;
}

bool ts_address_may_name(const struct sockaddr_storage *told, const struct sockaddr_storage *by)
{
	enum ts_address_kind kind = ts_address_kind(told);
	if (kind == TS_ADDRESS_NOBODY) return true;
	if (kind == TS_ADDRESS_NEVER) return false;
	if (kind == TS_ADDRESS_LOOPBACK || kind == TS_ADDRESS_LINK_LOCAL)
		return ts_address_kind(by) == kind;
	return true;
}

/* ---- hosts */

enum { V4_BITS = 32, V6_BITS = 128 };

static struct in6_addr mapped(const struct in_addr *four)
{
	struct in6_addr six = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(six.s6_addr + 12, four, sizeof(*four));
	return six;
}

bool ts_address_read(struct in6_addr *out, const struct sockaddr *from)
{
	if (from->sa_family == AF_INET)
		*out = mapped(&((const struct sockaddr_in *)(const void *)from)->sin_addr);
	else if (from->sa_family == AF_INET6)
		*out = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	else
		return false;
	return true;
}

int ts_address_scan(struct in6_addr *out, const char *text)
{
	struct in_addr four;
	if (inet_pton(AF_INET6, text, out) == 1) return V6_BITS;
	if (inet_pton(AF_INET, text, &four) != 1) return 0;
	*out = mapped(&four);
	return V4_BITS;
}

static bool same_bits(const struct in6_addr *a, const struct in6_addr *b, int bits)
{
	int bytes = bits / 8, rest = bits % 8;
	if (memcmp(a, b, (size_t)bytes) != 0) return false;
	return !rest || !((a->s6_addr[bytes] ^ b->s6_addr[bytes]) >> (8 - rest));
}

bool ts_address_is_in(const struct in6_addr *address, const char *network)
{
	char text[INET6_ADDRSTRLEN + sizeof("/128")];
	struct in6_addr base;
	snprintf(text, sizeof(text), "%s", network);
	char *slash = strchr(text, '/');
	if (slash) *slash = '\0';
	int family_bits = ts_address_scan(&base, text),
	    bits = slash ? atoi(slash + 1) : family_bits;
	if (bits < 0 || bits > family_bits) return false; /* no prefix: nobody is in it */
	return family_bits && same_bits(address, &base, V6_BITS - family_bits + bits);
}

void ts_address_print(char out[INET6_ADDRSTRLEN], const struct in6_addr *address)
{
	struct in6_addr network = *address;
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		inet_ntop(AF_INET, address->s6_addr + 12, out, INET6_ADDRSTRLEN);
		return;
	}
	memset(network.s6_addr + TS_ADDRESS_CUSTOMER_BYTES, 0,
		sizeof(network) - TS_ADDRESS_CUSTOMER_BYTES);
	inet_ntop(AF_INET6, &network, out, INET6_ADDRSTRLEN);
}

bool ts_address_network(char out[INET6_ADDRSTRLEN], const char *address, size_t bytes)
{
	struct in6_addr six;
	*out = '\0';
	if (inet_pton(AF_INET6, address, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) return false;
	memset(six.s6_addr + bytes, 0, sizeof(six) - bytes);
	return inet_ntop(AF_INET6, &six, out, INET6_ADDRSTRLEN) != NULL;
}
