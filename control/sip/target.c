#include "control/sip/target.h"
#include "base/address.h"
#include "config/dial.h"
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

enum { STREAM_FIRST = 5060, STREAM_LAST = 5099 };

struct address {
	int family; /* 0: none that we know */
	uint8_t bytes[16];
	uint16_t port;
};

static bool inside(const struct address *a, int family, const uint8_t *network, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	if (a->family != family || memcmp(a->bytes, network, whole) != 0) return false;
	return !rest || (a->bytes[whole] ^ network[whole]) >> (8 - rest) == 0;
}

/* IPv4 inside of IPv6 counts as what it is. */
static void unwrap(struct address *a)
{
	struct in6_addr six;
	struct in_addr four;
	if (a->family != AF_INET6) return;
	memcpy(&six, a->bytes, sizeof(six));
	if (!ts_address_inner(&four, &six)) return;
	a->family = AF_INET;
	memcpy(a->bytes, &four, sizeof(four));
}

static struct address address_of(const struct sockaddr *to)
{
	struct address a = {.family = 0};
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	if (to->sa_family == AF_INET) {
		memcpy(&in, to, sizeof(in));
		memcpy(a.bytes, &in.sin_addr, 4);
		a.port = ntohs(in.sin_port);
		a.family = AF_INET;
	} else if (to->sa_family == AF_INET6) {
		memcpy(&in6, to, sizeof(in6));
		memcpy(a.bytes, &in6.sin6_addr, 16);
		a.port = ntohs(in6.sin6_port);
		a.family = AF_INET6;
	}
	unwrap(&a);
	return a;
}

static bool is_never(const struct address *a)
{
	static const struct {
		int family;
		uint8_t network[16];
		unsigned bits;
	} rows[] = {
		{AF_INET, {0}, 8},
		/* link-local, with the metadata of most clouds */
		{AF_INET, {169, 254}, 16},
		{AF_INET, {100, 100, 100, 200}, 32}, /* metadata of one */
		{AF_INET, {192, 0, 0, 192}, 32},     /* and of another */
		{AF_INET, {224}, 4},
		{AF_INET, {240}, 4},
		{AF_INET6, {0}, 128},
		{AF_INET6, {0xfe, 0x80}, 10},
		{AF_INET6, {0xff}, 8},
		{AF_INET6, {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128},
		{AF_INET6, {0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128},
	};
	if (!a->family) return true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (inside(a, rows[i].family, rows[i].network, rows[i].bits)) return true;
	return false;
}

static bool is_loopback(const struct address *a)
{
	static const uint8_t v4[4] = {127}, v6[16] = {[15] = 1};
	return inside(a, AF_INET, v4, 8) || inside(a, AF_INET6, v6, 128);
}

/* A call to it would come back to this machine (hairpinning). */
static bool is_mapped(const struct address *a, const char *text)
{
	struct sockaddr_storage to;
	if (!text || !ts_address_parse(&to, text, a->port)) return false;
	struct address mapped = address_of((const struct sockaddr *)&to);
	return mapped.family == a->family &&
		!memcmp(mapped.bytes, a->bytes, a->family == AF_INET ? 4 : 16);
}

static bool is_ours(const struct ts_sip_target_policy *policy, const struct address *a)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	if (is_loopback(a) || is_mapped(a, policy->also_mapped)) return true;
	for (size_t i = 0; i < policy->n_mapped; i++)
		if (is_mapped(a, policy->mapped[i])) return true;
	if (!policy->is_ours) return false;
	memcpy(&in.sin_addr, a->bytes, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, a->bytes, sizeof(in6.sin6_addr));
	return policy->is_ours(a->family == AF_INET ? (const void *)&in : (const void *)&in6);
}

bool ts_sip_target_never(const struct sockaddr *to)
{
	struct address a = address_of(to);
	return is_never(&a) || !a.port;
}

static bool port_ok(uint16_t port, enum ts_sip_protocol protocol)
{
	return protocol == TS_SIP_UDP || (port >= STREAM_FIRST && port <= STREAM_LAST);
}

static bool rule_fits(const struct ts_sip_target_policy *policy, const char *text,
	const struct address *a, enum ts_sip_protocol protocol, const char *host)
{
	struct ts_dial_rule rule;
	if (!ts_dial_rule_parse(&rule, text)) return false;
	if (rule.last ? a->port < rule.first || a->port > rule.last : !port_ok(a->port, protocol))
		return false;
	if (!*rule.host)
		return inside(a, rule.family, rule.network, rule.bits) &&
			(rule.bits || !is_ours(policy, a));
	/* a name that leads to this machine is somebody's trick, unless it is the name of
	 * loopback */
	return host && !strcasecmp(host, rule.host) &&
		(!is_ours(policy, a) || (is_loopback(a) && !strcasecmp(host, "localhost")));
}

bool ts_sip_target_ok(const struct ts_sip_target_policy *policy, const struct sockaddr *to,
	enum ts_sip_protocol protocol, const char *host)
{
	struct address a = address_of(to);
	if (is_never(&a) || !a.port) return false;
	for (size_t i = 0; i < policy->n_rules; i++)
		if (rule_fits(policy, policy->rules[i], &a, protocol, host)) return true;
	if (policy->n_rules) return false;
	return port_ok(a.port, protocol) && (policy->local || !is_ours(policy, &a));
}
