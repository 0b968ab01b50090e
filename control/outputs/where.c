#include "control/outputs/where.h"

#include "base/address.h"
#include "base/interfaces.h"
#include "config/stream_rule.h"
#include <string.h>
#include <strings.h>

struct address {
	int family;
	uint8_t bytes[16];
};

static bool inside(const struct address *a, int family, const uint8_t *network, unsigned bits)
{
	const unsigned whole = bits / 8, rest = bits % 8;
	if (a->family != family || memcmp(a->bytes, network, whole) != 0) return false;
	return !rest || (a->bytes[whole] ^ network[whole]) >> (8 - rest) == 0;
}

/* IPv4 inside of IPv6 counts as what it is. */
static struct sockaddr_storage unwrap(const struct sockaddr_storage *from)
{
	struct sockaddr_storage out = *from;
	struct sockaddr_in6 six;
	struct sockaddr_in four = {.sin_family = AF_INET};
	if (from->ss_family != AF_INET6) return out;
	memcpy(&six, from, sizeof(six));
	if (!ts_address_inner(&four.sin_addr, &six.sin6_addr)) return out;
	four.sin_port = six.sin6_port;
	out = (struct sockaddr_storage){0};
	memcpy(&out, &four, sizeof(four));
	return out;
}

static struct address bytes_of(const struct sockaddr_storage *from)
{
	struct address a = {.family = from->ss_family};
	if (from->ss_family == AF_INET)
		memcpy(a.bytes, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	else
		memcpy(a.bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
	return a;
}

static bool is_multicast(const struct address *a)
{
	static const uint8_t v4[] = {224}, v6[] = {0xff};
	return inside(a, AF_INET, v4, 4) || inside(a, AF_INET6, v6, 8);
}

/* Metadata services that are not link-local. */
static bool is_metadata(const struct address *a)
{
	static const struct {
		int family;
		uint8_t bytes[16];
		unsigned bits;
	} rows[] = {
		{AF_INET, {100, 100, 100, 200}, 32},
		{AF_INET, {192, 0, 0, 192}, 32},
		{AF_INET6, {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128},
		{AF_INET6, {0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (inside(a, rows[i].family, rows[i].bytes, rows[i].bits)) return true;
	return false;
}

static bool is_never(
	const struct sockaddr_storage *to, const struct address *a, const struct ts_stream_url *url)
{
	if ((to->ss_family != AF_INET && to->ss_family != AF_INET6) || is_metadata(a)) return true;
	switch (ts_address_kind(to)) {
	case TS_ADDRESS_LINK_LOCAL: return true;
	case TS_ADDRESS_NOBODY: return !url->listen; /* to listen on all is possible */
	case TS_ADDRESS_NEVER:
		return !is_multicast(a) ||
			(url->protocol != TS_STREAM_UDP && url->protocol != TS_STREAM_RTP);
	default: return false;
	}
}

/* Only a rule that has the address may lead there. */
static bool needs_address(
	const struct sockaddr_storage *to, const struct address *a, const struct ts_stream_url *url)
{
	return url->listen || is_multicast(a) || ts_address_kind(to) != TS_ADDRESS_USUAL ||
		ts_interfaces_have((const struct sockaddr *)to);
}

/* What nobody answers could flood somebody who asked for nothing: only to whom a rule names. */
static bool is_unasked(const struct ts_stream_url *url)
{
	return url->protocol == TS_STREAM_UDP || url->protocol == TS_STREAM_RTP;
}

static bool is_for(const struct ts_stream_rule *rule, const struct ts_stream_url *url)
{
	if (*rule->scheme && strcmp(rule->scheme, ts_stream_protocol_name(url->protocol)) != 0)
		return false;
	const unsigned last = url->port + (url->protocol == TS_STREAM_RTP ? 1U : 0U); /* RTCP's */
	return !rule->to.last || (url->port >= rule->to.first && last <= rule->to.last);
}

static bool fits(const struct ts_stream_rule *rule, const struct sockaddr_storage *to,
	const struct address *a, const struct ts_stream_url *url)
{
	if (!is_for(rule, url)) return false;
	const bool special = needs_address(to, a, url);
	/* 0.0.0.0/0 names nobody in particular */
	if (!*rule->to.host)
		return inside(a, rule->to.family, rule->to.network, rule->to.bits) &&
			(rule->to.bits || (!special && !is_unasked(url)));
	if (strcasecmp(url->host, rule->to.host) != 0) return false;
	return !special ||
		(ts_address_kind(to) == TS_ADDRESS_LOOPBACK && !strcasecmp(url->host, "localhost"));
}

bool ts_where_ok(const struct ts_strings *rules, const struct sockaddr_storage *given,
	const struct ts_stream_url *url)
{
	const struct sockaddr_storage to = unwrap(given);
	const struct address a = bytes_of(&to);
	struct ts_stream_rule rule;
	if (is_never(&to, &a, url)) return false;
	for (size_t i = 0; i < rules->n; i++)
		if (ts_stream_rule_parse(&rule, rules->item[i]) && fits(&rule, &to, &a, url))
			return true;
	return !rules->n && !is_unasked(url) && !needs_address(&to, &a, url);
}

bool ts_where_could_be(const struct ts_strings *rules, const struct ts_stream_url *url)
{
	struct sockaddr_storage to;
	struct ts_stream_rule rule;
	if (ts_address_parse(&to, *url->host ? url->host : "0.0.0.0", url->port))
		return ts_where_ok(rules, &to, url);
	for (size_t i = 0; i < rules->n; i++)
		if (ts_stream_rule_parse(&rule, rules->item[i]) && is_for(&rule, url) &&
			(*rule.to.host ? !strcasecmp(url->host, rule.to.host)
				       : rule.to.bits || !is_unasked(url)))
			return true;
	return !rules->n && !is_unasked(url);
}

bool ts_where_is_named(const struct ts_strings *rules, const struct ts_stream_url *url)
{
	struct sockaddr_storage to;
	struct ts_stream_rule rule;
	if (ts_address_parse(&to, url->host, url->port)) return true;
	for (size_t i = 0; i < rules->n; i++)
		if (ts_stream_rule_parse(&rule, rules->item[i]) && is_for(&rule, url) &&
			!strcasecmp(url->host, rule.to.host))
			return true;
	return false;
}
