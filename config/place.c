#include "config/place.h"
#include <glib.h>
#include <string.h>

static const char *const schemes[][8] = {
	[TS_PLACES_DIAL] = {NULL},
	[TS_PLACES_OUTPUTS] = {"rtmp", "rtmps", "srt", "rtsp", "udp", "rtp", "icecast", NULL},
	[TS_PLACES_INPUTS] = {"http", "https", "rtmp", "rtmps", "rtsp", "srt", NULL},
};

static bool parse_ports(struct ts_place *out, const char *text)
{
	g_auto(GStrv) part = g_strsplit(text, "-", 2);
	guint64 first, last;
	if (!part[0] || !g_ascii_string_to_unsigned(part[0], 10, 1, 65535, &first, NULL))
		return false;
	last = first;
	if (part[1] && !g_ascii_string_to_unsigned(part[1], 10, first, 65535, &last, NULL))
		return false;
	out->first = (uint16_t)first;
	out->last = (uint16_t)last;
	return true;
}

static bool parse_name(struct ts_place *out, const char *text)
{
	bool letter = false;
	if (!*text || strlen(text) >= sizeof(out->host)) return false;
	for (const char *c = text; *c; c++) {
		if (!g_ascii_isalnum(*c) && !strchr(".-_", *c)) return false;
		letter |= g_ascii_isalpha(*c);
	}
	g_strlcpy(out->host, text, sizeof(out->host));
	return letter; /* "1.2.3" is a mistyped address */
}

/* Behind the scheme. */
static bool parse_where(struct ts_place *out, const char *text)
{
	char where[300];
	if (strlen(text) >= sizeof(where)) return false;
	g_strlcpy(where, text, sizeof(where));
	char *at = where, *ports = NULL, *colon = strrchr(where, ':');
	if (*at == '[') {
		char *close = strchr(++at, ']');
		if (!close || (close[1] && close[1] != ':')) return false;
		if (close[1]) ports = close + 2;
		*close = '\0';
	} else if (colon && strchr(where, ':') == colon) {
		*colon = '\0';
		ports = colon + 1;
	}
	if (ports && !parse_ports(out, ports)) return false;
	return ts_network_parse(&out->network, at) || (text[0] != '[' && parse_name(out, at));
}

bool ts_place_parse(struct ts_place *out, enum ts_place_list list, const char *text)
{
	const char *sign = list == TS_PLACES_DIAL ? NULL : strstr(text, "://");
	*out = (struct ts_place){.last = 0};
	if (!sign) return list != TS_PLACES_INPUTS && parse_where(out, text);
	if ((size_t)(sign - text) >= sizeof(out->scheme)) return false;
	memcpy(out->scheme, text, (size_t)(sign - text));
	if (!g_strv_contains(schemes[list], out->scheme)) return false;
	out->everywhere = list == TS_PLACES_INPUTS && !strcmp(sign + 3, "*");
	return out->everywhere || parse_where(out, sign + 3);
}

bool ts_place_has_ports(const struct ts_place *place, unsigned first, unsigned last)
{
	return !place->last || (first >= place->first && last <= place->last);
}

bool ts_place_has_host(const struct ts_place *place, const char *host)
{
	return *place->host && !g_ascii_strcasecmp(place->host, host);
}

bool ts_place_has_address(const struct ts_place *place, const struct sockaddr_storage *address)
{
	return !place->everywhere && !*place->host && ts_network_has(&place->network, address);
}
