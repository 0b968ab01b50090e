/* Types of the [sip] section, and what its keys mean together. */
#include "config/sip.h"
#include "base/error.h"
#include "config/fetch.h"
#include "config/keys.h"
#include "config/place.h"
#include <arpa/inet.h>
#include <string.h>

static const char *const protocols[] = {
	[TS_SIP_UDP] = "udp:", [TS_SIP_TCP] = "tcp:", [TS_SIP_TLS] = "tls:"};

/* ---- listeners: udp:ADDR:PORT;tcp:ADDR:PORT;tls:ADDR:PORT */

static bool listener_parse(const char *text, enum ts_sip_protocol *protocol, struct ts_endpoint *at)
{
	for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++) {
		if (!g_str_has_prefix(text, protocols[i])) continue;
		*protocol = (enum ts_sip_protocol)i;
		return ts_type_endpoint.parse(NULL, at, text + strlen(protocols[i]));
	}
	return false;
}
static bool listeners_parse(const struct ts_config_key *key, void *field, const char *text)
{
	struct ts_sip_listeners l = {0};
	g_auto(GStrv) item = g_strsplit(text, ";", -1);
	(void)key;
	for (char **at = item; *text && *at; at++, l.n++)
		if (l.n == TS_SIP_LISTENERS_MAX ||
			!listener_parse(g_strstrip(*at), &l.item[l.n].protocol, &l.item[l.n].at))
			return false;
	*(struct ts_sip_listeners *)field = l;
	return true;
}
static void listeners_print(const struct ts_config_key *key, const void *field, GString *out)
{
	const struct ts_sip_listeners *l = field;
	for (size_t i = 0; i < l->n; i++) {
		g_string_append_printf(out, "%s%s", i ? ";" : "", protocols[l->item[i].protocol]);
		ts_type_endpoint.print(key, &l->item[i].at, out);
	}
}
const struct ts_config_type ts_type_sip_listeners = {listeners_parse, listeners_print, NULL};

/* ---- lists, comma-separated */

static bool is_visible(const char *text)
{
	for (; *text; text++)
		if (!g_ascii_isgraph(*text)) return false;
	return true;
}

static bool user_ok(const char *text)
{
	const char *colon = strchr(text, ':');
	return is_visible(text) && colon && colon > text && strlen(colon) > 4 &&
		!memchr(text, '"', (size_t)(colon - text));
}

static bool network_ok(const char *text)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 2);
	unsigned char raw[sizeof(struct in6_addr)];
	if (!part[0]) return false; /* g_strsplit makes nothing of "" */
	bool v4 = inet_pton(AF_INET, part[0], raw) == 1,
	     v6 = inet_pton(AF_INET6, part[0], raw) == 1;
	guint64 bits = 0;
	if (!v4 && !v6) return false;
	return !part[1] || g_ascii_string_to_unsigned(part[1], 10, 0, v4 ? 32 : 128, &bits, NULL);
}

static bool number_ok(const char *text)
{
	const char *equals = strchr(text, '=');
	return is_visible(text) && equals && equals > text && equals[1];
}

static bool dial_ok(const char *text)
{
	struct ts_place place;
	return ts_place_parse(&place, TS_PLACES_DIAL, text);
}

static bool stream_ok(const char *text)
{
	struct ts_place place;
	return ts_place_parse(&place, TS_PLACES_OUTPUTS, text);
}

/* of [inputs], whose list is one like these */
static bool fetch_ok(const char *text)
{
	struct ts_place place;
	return ts_place_parse(&place, TS_PLACES_INPUTS, text);
}

/* of [webhooks], likewise; whether there are such events is asked above this floor */
static bool event_name_ok(const char *text)
{
	return *text && strlen(text) <= 64 &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz.*") == strlen(text);
}

/* A name server: the resolver knows no names before it has one. */
static bool server_ok(const char *text)
{
	struct ts_endpoint at;
	return ts_type_endpoint.parse(NULL, &at, text) && at.port;
}

static bool list_parse(void *field, const char *text, bool (*item_ok)(const char *))
{
	char **item = text[0] ? g_strsplit(text, ",", -1) : NULL;
	size_t n = item ? g_strv_length(item) : 0;
	for (size_t i = 0; i < n; i++) {
		if (item_ok(g_strstrip(item[i]))) continue;
		g_strfreev(item);
		return false;
	}
	ts_strings_fini(field);
	*(struct ts_strings *)field = (struct ts_strings){item, n};
	return true;
}
static bool users_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, user_ok);
}
static bool networks_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, network_ok);
}
static bool numbers_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, number_ok);
}
int ts_language_named(const char *name)
{
	static const char *const names[TS_LANGUAGES] = {"en", "de", "fr", "es", "zh"};
	for (int i = 0; i < TS_LANGUAGES; i++)
		if (!strcmp(name, names[i])) return i;
	return -1;
}

/* USER or USER=LANGUAGE */
static bool lobby_ok(const char *item)
{
	enum { USER_MAX = 64 };
	const size_t n = strspn(
		item, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-+*#");
	if (!n || n > USER_MAX) return false;
	return !item[n] || (item[n] == '=' && ts_language_named(item + n + 1) >= 0);
}
static bool lobby_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, lobby_ok);
}
static bool dial_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, dial_ok);
}
static bool streams_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, stream_ok);
}
static bool fetch_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, fetch_ok);
}
static bool event_names_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, event_name_ok);
}
static void list_print(const struct ts_config_key *key, const void *field, GString *out)
{
	const struct ts_strings *s = field;
	(void)key;
	for (size_t i = 0; i < s->n; i++)
		g_string_append_printf(out, "%s%s", i ? "," : "", s->item[i]);
}
static void list_fini(void *field)
{
	ts_strings_fini(field);
}
const struct ts_config_type ts_type_sip_users = {users_parse, list_print, list_fini};
const struct ts_config_type ts_type_sip_networks = {networks_parse, list_print, list_fini};
const struct ts_config_type ts_type_sip_numbers = {numbers_parse, list_print, list_fini};
const struct ts_config_type ts_type_sip_lobby = {lobby_parse, list_print, list_fini};
const struct ts_config_type ts_type_stream_rules = {streams_parse, list_print, list_fini};
static bool servers_parse(const struct ts_config_key *key, void *field, const char *text)
{
	(void)key;
	return list_parse(field, text, server_ok);
}
const struct ts_config_type ts_type_sip_servers = {servers_parse, list_print, list_fini};
const struct ts_config_type ts_type_sip_dial = {dial_parse, list_print, list_fini};
const struct ts_config_type ts_type_event_names = {event_names_parse, list_print, list_fini};
const struct ts_config_type ts_type_fetch = {fetch_parse, list_print, list_fini};

/* ---- texts; may be empty */

static bool store(void *field, const char *text)
{
	g_free(*(char **)field);
	*(char **)field = g_strdup(text);
	return true;
}
static bool uri_parse(const struct ts_config_key *key, void *field, const char *text)
{
	bool sip = g_str_has_prefix(text, "sip:") || g_str_has_prefix(text, "sips:");
	if (*text &&
		(!sip || !is_visible(text) || strpbrk(text, "<>\"") ||
			strlen(text) > (size_t)key->max))
		return false;
	return store(field, text);
}
static bool address_parse(const struct ts_config_key *key, void *field, const char *text)
{
	unsigned char raw[sizeof(struct in6_addr)];
	(void)key;
	if (*text && inet_pton(AF_INET, text, raw) != 1 && inet_pton(AF_INET6, text, raw) != 1)
		return false;
	return store(field, text);
}
static void text_print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	g_string_append(out, *(char *const *)field);
}
static void text_fini(void *field)
{
	g_clear_pointer((char **)field, g_free);
}
const struct ts_config_type ts_type_sip_uri = {uri_parse, text_print, text_fini};
const struct ts_config_type ts_type_sip_address = {address_parse, text_print, text_fini};

/* ---- together */

int ts_config_check_sip(const struct ts_config *config, char *err, size_t cap)
{
	bool policed = config->sip.policy == TS_SIP_OPEN || config->sip.users.n ||
		config->sip.allow.n;
	for (size_t i = 0; i < config->sip.listen.n; i++) {
		const struct ts_endpoint *at = &config->sip.listen.item[i].at;
		if (config->sip.listen.item[i].protocol == TS_SIP_TLS &&
			(!*config->sip.cert || !*config->sip.key)) {
			snprintf(err, cap, "sip.listen: tls: needs sip.cert and sip.key");
			return TS_EINVAL;
		}
		if (policed || ts_endpoint_is_loopback(at)) continue;
		snprintf(err, cap,
			"sip.listen: %s can be reached from other machines, and without a policy "
			"everyone there could "
			"call into any room; set sip.users or sip.allow, or sip.policy=open, or "
			"listen on 127.0.0.1",
			at->addr);
		return TS_EINVAL;
	}
	for (size_t i = 0; config->sip.websocket && !policed && i < config->http.listen.n; i++) {
		const struct ts_endpoint *at = &config->http.listen.item[i].at;
		if (ts_endpoint_is_loopback(at)) continue;
		snprintf(err, cap,
			"sip.websocket: http.listen %s can be reached from other machines; set "
			"sip.users or sip.allow, or sip.policy=open",
			at->addr);
		return TS_EINVAL;
	}
	if (config->sip.registrar && !config->sip.users.n) {
		snprintf(err, cap, "sip.registrar: on needs sip.users; nobody else may register");
		return TS_EINVAL;
	}
	if (config->sip.min_expires_s > config->sip.max_expires_s) {
		snprintf(err, cap, "sip.max_expires is less than sip.min_expires");
		return TS_EINVAL;
	}
	if (config->sip.min_session_expires_s > config->sip.session_expires_s &&
		config->sip.session_expires_s) {
		snprintf(err, cap, "sip.session_expires is less than sip.min_session_expires");
		return TS_EINVAL;
	}
	return 0;
}
