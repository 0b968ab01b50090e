#include "config/keys.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* Decimal digits only: strtol alone would take " +1", "0x1" and "1 ". */
static bool parse_number(const char *text, long lo, long hi, long *out)
{
	if (!g_ascii_isdigit(text[0]) || strspn(text, "0123456789") != strlen(text)) return false;
	errno = 0;
	long v = strtol(text, NULL, 10);
	if (errno || v < lo || v > hi) return false;
	*out = v;
	return true;
}

static bool is_address(const char *text)
{
	unsigned char raw[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1;
}

static void store(char **field, const char *text)
{
	g_free(*field);
	*field = g_strdup(text);
}

void ts_config_key_allowed(const struct ts_config_key *key, char *buf, size_t cap)
{
	if (key->allowed)
		g_strlcpy(buf, key->allowed, cap);
	else
		snprintf(buf, cap, "%s from %d to %d",
			key->step == 2 ? "an even number" : "a number", key->min, key->max);
}

/* ---- int */

static bool int_parse(const struct ts_config_key *key, void *field, const char *text)
{
	long v;
	if (!parse_number(text, key->min, key->max, &v) || v % key->step) return false;
	*(int *)field = (int)v;
	return true;
}
static void int_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	g_string_append_printf(out, "%d", *(const int *)field);
}
const struct ts_config_type ts_type_int = {int_parse, int_print, NULL};

/* ---- choice: an int that holds the index of a word */

static bool choice_parse(const struct ts_config_key *key, void *field, const char *text)
{
	for (int i = 0; key->choices[i]; i++) {
		if (strcmp(text, key->choices[i])) continue;
		*(int *)field = i;
		return true;
	}
	return false;
}
static void choice_print(const struct ts_config_key *key, const void *field, GString *out)
{
	g_string_append(out, key->choices[*(const int *)field]);
}
const struct ts_config_type ts_type_choice = {choice_parse, choice_print, NULL};

/* ---- endpoint: ADDR:PORT, [ADDR6]:PORT */

static bool endpoint_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	struct ts_endpoint e = {0};
	const char *colon = strrchr(text, ':');
	long port;
	if (!colon || !parse_number(colon + 1, 0, 65535, &port)) return false;
	const char *addr = text;
	size_t len = (size_t)(colon - text);
	bool bracketed = len >= 2 && addr[0] == '[' && addr[len - 1] == ']';
	if (bracketed) {
		addr++;
		len -= 2;
	}
	if (!len || len >= sizeof(e.addr)) return false;
	memcpy(e.addr, addr, len);
	unsigned char raw[sizeof(struct in6_addr)];
	if (inet_pton(bracketed ? AF_INET6 : AF_INET, e.addr, raw) != 1) return false;
	e.port = (uint16_t)port;
	*(struct ts_endpoint *)field = e;
	return true;
}
static void endpoint_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	const struct ts_endpoint *e = field;
	bool v6 = strchr(e->addr, ':');
	g_string_append_printf(out, "%s%s%s:%u", v6 ? "[" : "", e->addr, v6 ? "]" : "", e->port);
}
const struct ts_config_type ts_type_endpoint = {endpoint_parse, endpoint_print, NULL};

/* The same; "" is none, whose address is "". */
static bool endpoint_or_none_parse(const struct ts_config_key *key, void *field, const char *text)
{
	if (*text) return endpoint_parse(key, field, text);
	*(struct ts_endpoint *)field = (struct ts_endpoint){0};
	return true;
}
static void endpoint_or_none_print(const struct ts_config_key *key, const void *field, GString *out)
{
	if (*((const struct ts_endpoint *)field)->addr) endpoint_print(key, field, out);
}
const struct ts_config_type ts_type_endpoint_or_none = {
	endpoint_or_none_parse, endpoint_or_none_print, NULL};

/* ---- listeners: [https:]ENDPOINT;... */

static bool listeners_parse(const struct ts_config_key *key, void *field, const char *text)
{
	struct ts_listeners l = {0};
	g_auto(GStrv) items = g_strsplit(text, ";", TS_LISTENERS_MAX + 1);
	for (char **item = items; *item; item++) {
		const char *at = g_strstrip(*item);
		if (l.n == TS_LISTENERS_MAX) return false;
		l.item[l.n].tls = g_str_has_prefix(at, "https:");
		if (l.item[l.n].tls)
			at += strlen("https:");
		else if (g_str_has_prefix(at, "http:"))
			at += strlen("http:");
		if (!endpoint_parse(key, &l.item[l.n++].at, at)) return false;
	}
	if (!l.n) return false;
	*(struct ts_listeners *)field = l;
	return true;
}
static void listeners_print(const struct ts_config_key *key, const void *field, GString *out)
{
	const struct ts_listeners *l = field;
	for (size_t i = 0; i < l->n; i++) {
		g_string_append_printf(out, "%s%s", i ? ";" : "", l->item[i].tls ? "https:" : "");
		endpoint_print(key, &l->item[i].at, out);
	}
}
const struct ts_config_type ts_type_listeners = {listeners_parse, listeners_print, NULL};

/* ---- ports: FIRST-LAST */

static bool ports_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	const char *dash = strchr(text, '-');
	if (!dash || dash - text > 5) return false;
	char head[6] = {0};
	memcpy(head, text, (size_t)(dash - text));
	long first, last;
	if (!parse_number(head, 1024, 65535, &first) ||
		!parse_number(dash + 1, first, 65535, &last))
		return false;
	*(struct ts_port_range *)field = (struct ts_port_range){(uint16_t)first, (uint16_t)last};
	return true;
}
static void ports_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	const struct ts_port_range *r = field;
	g_string_append_printf(out, "%u-%u", r->first, r->last);
}
const struct ts_config_type ts_type_ports = {ports_parse, ports_print, NULL};

/* ---- size: WIDTHxHEIGHT */

static bool size_parse(const struct ts_config_key *key, void *field, const char *text)
{
	const char *x = strchr(text, 'x');
	if (!x || x - text > 5) return false;
	char head[6] = {0};
	memcpy(head, text, (size_t)(x - text));
	long width, height;
	if (!parse_number(head, key->min, key->max, &width) ||
		!parse_number(x + 1, key->min, key->max, &height))
		return false;
	*(struct ts_size *)field = (struct ts_size){(int)width, (int)height};
	return true;
}
static void size_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	const struct ts_size *s = field;
	g_string_append_printf(out, "%dx%d", s->width, s->height);
}
const struct ts_config_type ts_type_size = {size_parse, size_print, NULL};

/* ---- texts; all may be empty */

static void text_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	g_string_append(out, *(char *const *)field);
}
static void text_fini(void *field)
{
	g_clear_pointer((char **)field, g_free);
}

/* every byte of text is a visible ASCII character (RFC 6750 tokens and URLs are made of those) */
static bool visible(const char *text)
{
	for (; *text; text++)
		if (!g_ascii_isgraph(*text)) return false;
	return true;
}

static bool url_parse(const struct ts_config_key *key, void *field, const char *text)
{
	size_t len = strlen(text);
	if (len > (size_t)key->max || !visible(text) || strpbrk(text, "\"<>\\^`{}|?#"))
		return false;
	if (len) {
		const char *host = text;
		if (g_str_has_prefix(text, "https://"))
			host += strlen("https://");
		else if (g_str_has_prefix(text, "http://"))
			host += strlen("http://");
		else
			return false;
		if (!g_ascii_isalnum(*host) && *host != '[') return false;
	}
	while (len && text[len - 1] == '/') len--;
	g_autofree char *bare = g_strndup(text, len);
	store(field, bare);
	return true;
}
const struct ts_config_type ts_type_url = {url_parse, text_print, text_fini};

static bool token_parse(const struct ts_config_key *key, void *field, const char *text)
{
	size_t len = strlen(text);
	if (len && (len < (size_t)key->min || len > (size_t)key->max || !visible(text)))
		return false;
	store(field, text);
	return true;
}
const struct ts_config_type ts_type_token = {token_parse, text_print, text_fini};

static bool path_parse(const struct ts_config_key *key, void *field, const char *text)
{
	if (strlen(text) > (size_t)key->max) return false;
	store(field, text); /* whether the file is there is seen when it is read */
	return true;
}
const struct ts_config_type ts_type_path = {path_parse, text_print, text_fini};

/* SCHEME:HOST[:PORT][?transport=udp|tcp] (RFC 7064, 7065), of one of the schemes in choices */
static bool ice_url_parse(const struct ts_config_key *key, void *field, const char *text)
{
	const char *host = *text ? NULL : "x";
	for (const char *const *scheme = key->choices; *scheme; scheme++)
		if (g_str_has_prefix(text, *scheme)) host = text + strlen(*scheme);
	if (!host || strlen(text) > (size_t)key->max || !visible(text) ||
		strpbrk(text, "\"<>;,/@\\"))
		return false;
	if (!g_ascii_isalnum(*host) && *host != '[') return false;
	const char *query = strchr(host, '?');
	if (query &&
		(key->choices[1] == NULL ||
			(strcmp(query, "?transport=udp") && strcmp(query, "?transport=tcp"))))
		return false;
	store(field, text);
	return true;
}
const struct ts_config_type ts_type_ice_url = {ice_url_parse, text_print, text_fini};

static bool name_parse(const struct ts_config_key *key, void *field, const char *text)
{
	if (strlen(text) > (size_t)key->max) return false;
	for (const char *c = text; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("._-", *c)) return false;
	store(field, text);
	return true;
}
const struct ts_config_type ts_type_name = {name_parse, text_print, text_fini};

/* ---- lists, comma-separated */

static bool is_address_or_interface(const char *text)
{
	/* an interface may come up later: whether it is there is asked by
	 * ts_config_local_addresses */
	return is_address(text) || (strlen(text) < IF_NAMESIZE && !strpbrk(text, "/: \t"));
}

static bool list_parse(void *field, const char *text, bool (*item_ok)(const char *))
{
	char **item = text[0] ? g_strsplit(text, ",", -1) : NULL;
	size_t n = item ? g_strv_length(item) : 0;
	for (size_t i = 0; i < n; i++) {
		g_strstrip(item[i]);
		if (item[i][0] && item_ok(item[i])) continue;
		g_strfreev(item);
		return false;
	}
	ts_strings_fini(field);
	*(struct ts_strings *)field = (struct ts_strings){item, n};
	return true;
}
static bool addresses_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, is_address);
}
static bool interfaces_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, is_address_or_interface);
}
/* RFC 6454 6.1: scheme://host[:port], without a path */
static bool is_origin(const char *text)
{
	size_t scheme = g_str_has_prefix(text, "https://") ? 8
		: g_str_has_prefix(text, "http://")        ? 7
							   : 0;
	if (!strcmp(text, "*")) return true;
	return scheme && text[scheme] && strlen(text) <= 300 &&
		!strpbrk(text + scheme, "/?#@* \t\"\\") && visible(text);
}
static bool origins_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, is_origin);
}
/* Not trimmed away: an empty one would let everybody in. */
static bool tokens_parse(const struct ts_config_key *key, void *field, const char *text)
{
	g_auto(GStrv) item = g_strsplit(text, ",", -1);
	for (char **token = item; *text && *token; token++) {
		size_t len = strlen(g_strstrip(*token));
		if (len < (size_t)key->min || len > (size_t)key->max || !visible(*token))
			return false;
	}
	return list_parse(field, text, visible);
}
static void list_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	const struct ts_strings *s = field;
	for (size_t i = 0; i < s->n; i++)
		g_string_append_printf(out, "%s%s", i ? "," : "", s->item[i]);
}
static void list_fini(void *field)
{
	ts_strings_fini(field);
}
const struct ts_config_type ts_type_tokens = {tokens_parse, list_print, list_fini};
const struct ts_config_type ts_type_origins = {origins_parse, list_print, list_fini};
const struct ts_config_type ts_type_addresses = {addresses_parse, list_print, list_fini};
const struct ts_config_type ts_type_interfaces = {interfaces_parse, list_print, list_fini};

void ts_strings_fini(struct ts_strings *strings)
{
	g_strfreev(strings->item);
	*strings = (struct ts_strings){0};
}
