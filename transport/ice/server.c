#include "transport/ice/server.h"
#include "base/error.h"
#include <glib.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *scheme, *transport;
	enum ts_ice_server_kind kind;
	uint16_t port;
} forms[] = {
	{"stun:", "", TS_ICE_STUN, 3478},
	{"turn:", "", TS_ICE_TURN_UDP, 3478},
	{"turn:", "?transport=udp", TS_ICE_TURN_UDP, 3478},
	{"turn:", "?transport=tcp", TS_ICE_TURN_TCP, 3478},
	{"turns:", "", TS_ICE_TURN_TLS, 5349},
	{"turns:", "?transport=tcp", TS_ICE_TURN_TLS, 5349},
};

/* HOST, HOST:PORT, [V6] or [V6]:PORT. */
static bool split(const char *text, size_t len, char host[256], uint16_t *port)
{
	const char *end = text + len,
		   *host_end = *text == '[' ? memchr(text, ']', len) : memchr(text, ':', len);
	if (*text == '[' && !host_end) return false;
	const char *from = *text == '[' ? text + 1 : text, *rest = host_end ? host_end : end;
	if (*text == '[') rest++;
	size_t n = (size_t)((host_end ? host_end : end) - from);
	if (!n || n >= 256) return false;
	memcpy(host, from, n);
	host[n] = '\0';
	if (rest == end) return true;
	char *after;
	unsigned long value = strtoul(rest + 1, &after, 10);
	*port = (uint16_t)value;
	return *rest == ':' && after == end && value > 0 && value <= 65535;
}

static int look_up(struct ts_ice_server *out, const char *host)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct addrinfo *list;
	if (getaddrinfo(host, NULL, &hints, &list)) return TS_ENOTFOUND;
	int rc = getnameinfo(list->ai_addr, list->ai_addrlen, out->address, sizeof(out->address),
		NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(list);
	return rc ? TS_ENOTFOUND : 0;
}

int ts_ice_server_parse(struct ts_ice_server *out, const char *url)
{
	char host[256];
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		const char *query = strchr(url, '?');
		if (!g_str_has_prefix(url, forms[i].scheme) ||
			strcmp(query ? query : "", forms[i].transport))
			continue;
		const char *at = url + strlen(forms[i].scheme);
		*out = (struct ts_ice_server){.kind = forms[i].kind, .port = forms[i].port};
		if (!split(at, query ? (size_t)(query - at) : strlen(at), host, &out->port))
			return TS_EINVAL;
		return look_up(out, host);
	}
	return TS_EINVAL;
}

void ts_turn_credentials(const struct ts_turn_account *a, int64_t unix_s,
	char user[TS_TURN_USER_MAX], char password[TS_TURN_PASSWORD_MAX])
{
	uint8_t digest[20];
	gsize len = sizeof(digest);
	if (!*a->secret) {
		snprintf(user, TS_TURN_USER_MAX, "%s", a->user);
		snprintf(password, TS_TURN_PASSWORD_MAX, "%s", a->password);
		return;
	}
	snprintf(user, TS_TURN_USER_MAX, "%lld%s%s", (long long)(unix_s + a->ttl_s),
		*a->user ? ":" : "", a->user);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *)a->secret, strlen(a->secret));
	g_hmac_update(hmac, (const guchar *)user, -1);
	g_hmac_get_digest(hmac, digest, &len);
	g_hmac_unref(hmac);
	g_autofree char *text = g_base64_encode(digest, len);
	snprintf(password, TS_TURN_PASSWORD_MAX, "%s", text);
}
