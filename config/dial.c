#include "config/dial.h"
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

static bool parse_ports(struct ts_dial_rule *out, const char *text)
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

static bool parse_network(struct ts_dial_rule *out, const char *text)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 2); /* of "": nothing */
	guint64 bits;
	if (!part[0]) return false;
	if (inet_pton(AF_INET, part[0], out->network) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, part[0], out->network) == 1)
		out->family = AF_INET6;
	else
		return false;
	bits = out->family == AF_INET ? 32 : 128;
	if (part[1] && !g_ascii_string_to_unsigned(part[1], 10, 0, bits, &bits, NULL)) return false;
	out->bits = (unsigned)bits;
	return true;
}

static bool parse_name(struct ts_dial_rule *out, const char *text)
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

bool ts_dial_rule_parse(struct ts_dial_rule *out, const char *text)
{
	char where[300];
	*out = (struct ts_dial_rule){.last = 0};
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
	return parse_network(out, at) || (text[0] != '[' && parse_name(out, at));
}
