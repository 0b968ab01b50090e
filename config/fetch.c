#include "config/fetch.h"
#include "base/address.h"
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

bool ts_fetch_rule_parse(struct ts_fetch_rule *out, const char *text)
{
	const char *mark = strstr(text, "://");
	*out = (struct ts_fetch_rule){.everywhere = false};
	if (!mark || (size_t)(mark - text) >= sizeof(out->scheme)) return false;
	memcpy(out->scheme, text, (size_t)(mark - text));
	if (scheme_at(out->scheme) < 0) return false;
	out->everywhere = !strcmp(mark + 3, "*");
	return out->everywhere || ts_dial_rule_parse(&out->at, mark + 3);
}

/* ---- addresses */

/* Addresses are read and written as bytes: the same memory as two structs is no good C. */
static size_t place_of(int family)
{
	return family == AF_INET ? offsetof(struct sockaddr_in, sin_addr)
				 : offsetof(struct sockaddr_in6, sin6_addr);
}

static const uint8_t *bytes_of(const struct sockaddr_storage *a)
{
	return (const uint8_t *)a + place_of(a->ss_family);
}

static void set(struct sockaddr_storage *out, int family, const uint8_t *bytes)
{
	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)family;
	memcpy((uint8_t *)out + place_of(family), bytes, family == AF_INET ? 4 : 16);
}

/* IPv4 that is written as IPv6 counts as what it is; *inner: what another prefix leads to. */
static void unmap(struct sockaddr_storage *a, struct sockaddr_storage *inner)
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b}, mapped[12] = {[10] = 0xff, 0xff};
	uint8_t six[16];
	inner->ss_family = AF_UNSPEC;
	if (a->ss_family != AF_INET6) return;
	memcpy(six, bytes_of(a), sizeof(six));
	if (!memcmp(six, mapped, sizeof(mapped)))
		set(a, AF_INET, six + 12);
	else if (!memcmp(six, nat64, sizeof(nat64)))
		set(inner, AF_INET, six + 12);
	else if (six[0] == 0x20 && six[1] == 0x02) /* 6to4 */
		set(inner, AF_INET, six + 2);
}

static enum ts_address_kind kind_of(
	const struct sockaddr_storage *a, const struct sockaddr_storage *inner)
{
	if (inner->ss_family != AF_UNSPEC) return ts_address_kind(inner);
	if (a->ss_family == AF_INET6) { /* site-local, RFC 3879 */
		const uint8_t *six = bytes_of(a);
		if (six[0] == 0xfe && (six[1] & 0xc0) == 0xc0) return TS_ADDRESS_PRIVATE;
	}
	return ts_address_kind(a);
}

static bool is_in(const struct sockaddr_storage *a, const struct ts_dial_rule *net)
{
	const uint8_t *bytes = bytes_of(a);
	if (net->family != a->ss_family) return false;
	for (unsigned bit = 0; bit < net->bits; bit++)
		if ((bytes[bit / 8] ^ net->network[bit / 8]) >> (7 - bit % 8) & 1) return false;
	return true;
}

/* Does the rule name a network that is not public, and no more than such a one? */
static bool is_express(const struct ts_dial_rule *net)
{
	struct sockaddr_storage base, inner;
	set(&base, net->family, net->network);
	unmap(&base, &inner);
	return net->bits >= (net->family == AF_INET ? 8 : 7) &&
		kind_of(&base, &inner) != TS_ADDRESS_USUAL;
}

/* ---- rules */

struct asked {
	const struct ts_url *url;
	uint16_t port;
	bool numeric;
};

static bool port_fits(const struct ts_fetch_rule *rule, uint16_t port)
{
	return rule->everywhere || !rule->at.last ||
		(port >= rule->at.first && port <= rule->at.last);
}

/* Does a rule let the host be asked for, whatever its addresses are? */
static bool names(const struct ts_fetch_rule *rule, const struct asked *asked)
{
	if (strcmp(rule->scheme, asked->url->scheme) != 0 || !port_fits(rule, asked->port))
		return false;
	return rule->everywhere ||
		(*rule->at.host && !g_ascii_strcasecmp(rule->at.host, asked->url->host));
}

static bool address_ok(const struct ts_strings *rules, const struct asked *asked,
	struct sockaddr_storage *a, bool named)
{
	struct sockaddr_storage inner;
	unmap(a, &inner);
	const enum ts_address_kind kind = kind_of(a, &inner);
	if (kind == TS_ADDRESS_NEVER || kind == TS_ADDRESS_NOBODY) return false;
	if (kind == TS_ADDRESS_USUAL && named) return true;
	for (size_t i = 0; i < rules->n; i++) {
		struct ts_fetch_rule rule;
		if (!ts_fetch_rule_parse(&rule, rules->item[i]) || rule.everywhere ||
			*rule.at.host || strcmp(rule.scheme, asked->url->scheme) != 0 ||
			!port_fits(&rule, asked->port) || !is_in(a, &rule.at))
			continue;
		if (kind == TS_ADDRESS_USUAL || is_express(&rule.at)) return true;
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

static bool is_named(const struct ts_strings *rules, const struct asked *asked)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct ts_fetch_rule rule;
		if (ts_fetch_rule_parse(&rule, rules->item[i]) && names(&rule, asked)) return true;
	}
	return false;
}

static bool has_network(const struct ts_strings *rules, const struct asked *asked)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct ts_fetch_rule rule;
		if (ts_fetch_rule_parse(&rule, rules->item[i]) && !rule.everywhere &&
			!*rule.at.host && !strcmp(rule.scheme, asked->url->scheme) &&
			port_fits(&rule, asked->port))
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

size_t ts_fetch_resolve_by_system(
	void *arg, const char *host, struct sockaddr_storage *out, size_t max)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	size_t n = 0;
	(void)arg;
	if (getaddrinfo(host, NULL, &hints, &list)) return 0;
	for (const struct addrinfo *i = list; i; i = i->ai_next)
		if (i->ai_family == AF_INET || i->ai_family == AF_INET6) {
			/* what is beyond would not be looked at */
			if (n == max) {
				n = 0;
				break;
			}
			memcpy(&out[n++], i->ai_addr, i->ai_addrlen);
		}
	freeaddrinfo(list);
	return n;
}
