#include "control/outputs/where.h"

#include "base/address.h"
#include "base/interfaces.h"
#include "config/place.h"
#include <string.h>
#include <strings.h>

static bool is_multicast(const struct sockaddr_storage *a)
{
	static const struct ts_network v4 = {AF_INET, {224}, 4}, v6 = {AF_INET6, {0xff}, 8};
	return ts_network_has(&v4, a) || ts_network_has(&v6, a);
}

static bool is_never(const struct sockaddr_storage *to, const struct ts_stream_url *url)
{
	if ((to->ss_family != AF_INET && to->ss_family != AF_INET6) || ts_address_is_metadata(to))
		return true;
	switch (ts_address_kind(to)) {
	case TS_ADDRESS_LINK_LOCAL: return true;
	case TS_ADDRESS_NOBODY: return !url->listen; /* to listen on all is possible */
	case TS_ADDRESS_NEVER:
		return !is_multicast(to) ||
			(url->protocol != TS_STREAM_UDP && url->protocol != TS_STREAM_RTP);
	default: return false;
	}
}

/* Only a rule that has the address may lead there. */
static bool needs_address(const struct sockaddr_storage *to, const struct ts_stream_url *url)
{
	return url->listen || is_multicast(to) || ts_address_kind(to) != TS_ADDRESS_USUAL ||
		ts_interfaces_have((const struct sockaddr *)to);
}

/* What nobody answers could flood somebody who asked for nothing: only to whom a rule names. */
static bool is_unasked(const struct ts_stream_url *url)
{
	return url->protocol == TS_STREAM_UDP || url->protocol == TS_STREAM_RTP;
}

static bool is_for(struct ts_place *rule, const char *text, const struct ts_stream_url *url)
{
	if (!ts_place_parse(rule, TS_PLACES_OUTPUTS, text)) return false;
	if (*rule->scheme && strcmp(rule->scheme, ts_stream_protocol_name(url->protocol)) != 0)
		return false;
	const unsigned last = url->port + (url->protocol == TS_STREAM_RTP ? 1U : 0U); /* RTCP's */
	return ts_place_has_ports(rule, url->port, last);
}

static bool fits(const struct ts_place *rule, const struct sockaddr_storage *to,
	const struct ts_stream_url *url)
{
	const bool special = needs_address(to, url);
	/* 0.0.0.0/0 names nobody in particular */
	if (!*rule->host)
		return ts_place_has_address(rule, to) &&
			(rule->network.bits || (!special && !is_unasked(url)));
	if (!ts_place_has_host(rule, url->host)) return false;
	return !special ||
		(ts_address_kind(to) == TS_ADDRESS_LOOPBACK && !strcasecmp(url->host, "localhost"));
}

bool ts_where_ok(const struct ts_strings *rules, const struct sockaddr_storage *given,
	const struct ts_stream_url *url)
{
	struct sockaddr_storage to = *given;
	struct ts_place rule;
	ts_address_unwrap(&to);
	if (is_never(&to, url)) return false;
	for (size_t i = 0; i < rules->n; i++)
		if (is_for(&rule, rules->item[i], url) && fits(&rule, &to, url)) return true;
	return !rules->n && !is_unasked(url) && !needs_address(&to, url);
}

bool ts_where_could_be(const struct ts_strings *rules, const struct ts_stream_url *url)
{
	struct sockaddr_storage to;
	struct ts_place rule;
	if (ts_address_parse(&to, *url->host ? url->host : "0.0.0.0", url->port))
		return ts_where_ok(rules, &to, url);
	for (size_t i = 0; i < rules->n; i++)
		if (is_for(&rule, rules->item[i], url) &&
			(*rule.host ? ts_place_has_host(&rule, url->host)
				    : rule.network.bits || !is_unasked(url)))
			return true;
	return !rules->n && !is_unasked(url);
}

bool ts_where_is_named(const struct ts_strings *rules, const struct ts_stream_url *url)
{
	struct sockaddr_storage to;
	struct ts_place rule;
	if (ts_address_parse(&to, url->host, url->port)) return true;
	for (size_t i = 0; i < rules->n; i++)
		if (is_for(&rule, rules->item[i], url) && ts_place_has_host(&rule, url->host))
			return true;
	return false;
}
