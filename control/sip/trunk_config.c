#include "control/sip/trunk_config.h"
#include "control/sip/number.h"
#include <glib.h>
#include <string.h>

struct ts_trunk_config *ts_trunk_config_new(void)
{
	struct ts_trunk_config *config = g_new0(struct ts_trunk_config, 1);
	ts_ref_init(&config->ref, 1);
	return config;
}

struct ts_trunk_config *ts_trunk_config_ref(struct ts_trunk_config *config)
{
	ts_ref_get(&config->ref);
	return config;
}

void ts_trunk_config_unref(struct ts_trunk_config *config)
{
	if (!config || !ts_ref_put(&config->ref)) return;
	g_strfreev(config->dial);
	g_strfreev(config->numbers);
	g_strfreev(config->headers);
	g_strfreev(config->codecs);
	explicit_bzero(config->password, sizeof(config->password));
	g_free(config);
}

static bool is_host(const char *host)
{
	for (const char *c = host; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr(".-_:", *c)) return false;
	return *host;
}

bool ts_trunk_host_split(const char *text, char *host, size_t cap, uint16_t *port)
{
	const char *colon = strchr(text, ':');
	size_t n;
	*port = 0;
	if (*text == '[') {
		const char *close = strchr(++text, ']');
		if (!close || (close[1] && close[1] != ':')) return false;
		n = (size_t)(close - text);
		colon = close[1] ? close + 1 : NULL;
	} else {
		if (colon && strchr(colon + 1, ':')) return false; /* IPv6 needs brackets */
		n = colon ? (size_t)(colon - text) : strlen(text);
	}
	if (n >= cap) return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (colon) {
		guint64 value;
		if (!g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &value, NULL))
			return false;
		*port = (uint16_t)value;
	}
	return is_host(host);
}

bool ts_trunk_number(const char *to, char *out, size_t cap)
{
	char text[TS_TRUNK_TEXT_MAX];
	if (!g_ascii_strncasecmp(to, "tel:", 4)) to += 4;
	size_t n = strcspn(to, ";");
	if (!n || n >= sizeof(text) || n >= cap) return false;
	memcpy(text, to, n);
	text[n] = '\0';
	return ts_sip_number_strip(out, cap, text);
}

static bool put_format(enum ts_trunk_format format, const char *number, char *out, size_t cap)
{
	const char *prefix = "";
	if (*number == '+' && format != TS_TRUNK_E164) {
		prefix = format == TS_TRUNK_00 ? "00" : "";
		number++;
	}
	if (!*number || strlen(prefix) + strlen(number) >= cap) return false;
	g_snprintf(out, cap, "%s%s", prefix, number);
	return true;
}

bool ts_trunk_rewrite(
	const struct ts_trunk_config *config, const char *number, char *out, size_t cap)
{
	char rewritten[TS_TRUNK_TEXT_MAX];
	size_t n = config->dial ? g_strv_length(config->dial) : 0;
	return ts_sip_number_rewrite(rewritten, sizeof(rewritten), number,
		       (const char *const *)config->dial, n) &&
		put_format(config->format, rewritten, out, cap);
}
