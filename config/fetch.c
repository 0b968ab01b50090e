#include "config/fetch.h"
#include "base/address.h"
#include "config/place.h"
#include <arpa/inet.h>
#include <glib.h>
#include <netdb.h>
#include <string.h>

static const struct {
	const char *name;
	uint16_t port;
	bool by_name; /* the certificate proves who answers */
} schemes[] = {
	{"http", 80, false},
	{"https", 443, true},
	{"rtmp", 1935, false},
	{"rtmps", 443, true},
	{"rtsp", 554, false},
	{"srt", 0, false},
};

static int scheme_at(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (!strcmp(schemes[i].name, name)) return (int)i;
	return -1;
}

/* ---- addresses */

/* IPv4 that is written as IPv6 is reached as what it is; behind other prefixes it is not. */
static void unmap(struct sockaddr_storage *a)
{
	struct sockaddr_in6 six;
	if (a->ss_family != AF_INET6) return;
	memcpy(&six, a, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) ts_address_unwrap(a);
}

/* Does the rule name a network that is not public, and no more than such a one? */
static bool is_express(const struct ts_network *net)
{
	return net->bits >= (net->family == AF_INET ? 8 : 7) &&
		ts_network_kind(net) != TS_ADDRESS_USUAL;
}

/* ---- rules */

struct asked {
	const struct ts_url *url;
	uint16_t port;
	bool numeric;
};

/* A rule of its scheme and port? */
static bool is_for(struct ts_place *rule, const char *text, const struct asked *asked)
{
	return ts_place_parse(rule, TS_PLACES_INPUTS, text) &&
		!strcmp(rule->scheme, asked->url->scheme) &&
		ts_place_has_ports(rule, asked->port, asked->port);
}

static bool address_ok(const struct ts_strings *rules, const struct asked *asked,
	struct sockaddr_storage *a, bool named)
{
	unmap(a);
	const enum ts_address_kind kind = ts_address_kind(a);
	if (kind == TS_ADDRESS_NEVER || kind == TS_ADDRESS_NOBODY) return false;
	if (kind == TS_ADDRESS_USUAL && named) return true;
	for (size_t i = 0; i < rules->n; i++) {
		struct ts_place rule;
		if (!is_for(&rule, rules->item[i], asked) || !ts_place_has_address(&rule, a))
			continue;
		if (kind == TS_ADDRESS_USUAL || is_express(&rule.network)) return true;
	}
	return false;
}

static const char not_named[] = "inputs.allow of this server does not name that host";

/* Options in the query go before those that we set: with mode=listener it would wait at a port of
 * this machine for whoever comes. */
static bool is_srt_query_ok(const char *rest)
{
	static const char *const options[] = {"streamid", "passphrase", "pbkeylen", "latency"};
	const char *at = strchr(rest, '?');
	while (at && at[1]) {
		const size_t len = strcspn(++at, "=&");
		bool known = !len && *at != '=';
		for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
			known |= strlen(options[i]) == len && !memcmp(options[i], at, len);
		if (!known) return false;
		at = strchr(at, '&');
	}
	return true;
}

static const char *look(struct asked *asked, struct ts_url *url, const char *text)
{
	struct sockaddr_storage a;
	if (!ts_url_parse(url, text)) return "this is no URL that can be opened";
	const int scheme = scheme_at(url->scheme);
	if (scheme < 0) return "URLs of this scheme are not opened";
	if (!url->port && !schemes[scheme].port) return "the URL must name a port";
	if (!strcmp(url->scheme, "srt") && !is_srt_query_ok(url->rest))
		return "of SRT, streamid, passphrase, pbkeylen and latency alone may be set";
	*asked = (struct asked){.url = url,
		.port = url->port ? url->port : schemes[scheme].port,
		.numeric = ts_address_parse(&a, url->host, 1)};
	return NULL;
}

/* Does a rule let the host be asked for, whatever its addresses are? */
static bool is_named(const struct ts_strings *rules, const struct asked *asked)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct ts_place rule;
		if (is_for(&rule, rules->item[i], asked) &&
			(rule.everywhere || ts_place_has_host(&rule, asked->url->host)))
			return true;
	}
	return false;
}

static bool has_network(const struct ts_strings *rules, const struct asked *asked)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct ts_place rule;
		if (is_for(&rule, rules->item[i], asked) && !rule.everywhere && !*rule.host)
			return true;
	}
	return false;
}

const char *ts_fetch_glance(const struct ts_strings *rules, const char *text)
{
	struct asked asked;
	struct ts_url url;
	struct sockaddr_storage a;
	const char *why = look(&asked, &url, text);
	if (why) return why;
	const bool named = is_named(rules, &asked);
	if (asked.numeric && ts_address_parse(&a, url.host, 1))
		return address_ok(rules, &asked, &a, named) ? NULL : not_named;
	/* where a network is named, a name may lead into it */
	return named || has_network(rules, &asked) ? NULL : not_named;
}

const char *ts_fetch_admit(struct ts_fetched *out, const struct ts_strings *rules, const char *text,
	const struct ts_fetch_resolver *resolver)
{
	struct sockaddr_storage a[TS_FETCH_ADDRESSES_MAX];
	struct asked asked;
	char numeric[INET6_ADDRSTRLEN];
	const char *why = look(&asked, &out->as_asked, text);
	if (why) return why;
	const bool named = is_named(rules, &asked);
	if (!named && !has_network(rules, &asked)) return not_named;
	size_t n = ts_address_parse(&a[0], out->as_asked.host, 1)
		? 1
		: resolver->fn(resolver->arg, out->as_asked.host, a, TS_FETCH_ADDRESSES_MAX);
	if (!n) return "the host has no address";
	for (size_t i = 0; i < n; i++)
		if (!address_ok(rules, &asked, &a[i], named))
			return asked.numeric ? not_named
					     : "the host has an address that inputs.allow does not "
					       "name";
	struct ts_url to = out->as_asked;
	to.port = asked.port;
	ts_address_text(numeric, &a[0]);
	const bool by_name = schemes[scheme_at(to.scheme)].by_name && !asked.numeric;
	return ts_url_to(out->url, sizeof(out->url), &to, by_name ? to.host : numeric)
		? NULL
		: "the URL is too long";
}

bool ts_fetch_may_reach(
	const struct ts_strings *rules, const char *text, const struct sockaddr_storage *address)
{
	struct sockaddr_storage a = *address;
	struct asked asked;
	struct ts_url url;
	return !look(&asked, &url, text) && address_ok(rules, &asked, &a, is_named(rules, &asked));
}

size_t ts_fetch_addresses(const struct addrinfo *list, struct sockaddr_storage *out, size_t max)
{
	size_t n = 0;
	for (const struct addrinfo *i = list; i; i = i->ai_next)
		if (i->ai_family == AF_INET || i->ai_family == AF_INET6) {
			/* what is beyond would not be looked at */
			if (n == max) return 0;
			memcpy(&out[n++], i->ai_addr, i->ai_addrlen);
		}
	return n;
}
