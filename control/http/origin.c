#include "control/http/origin.h"
#include "config/config.h"
#include "control/http/guard.h"
#include <glib.h>
#include <string.h>

/* Scheme and what follows "://"; NULL: no origin of a page, such as "null". */
static const char *authority_of(const char *origin)
{
	const char *colon = strstr(origin, "://");
	return colon && colon > origin && colon[3] ? colon + 3 : NULL;
}

/* "host" is "host:443" of an https page and "host:80" of an http one. */
static char *with_port(const char *authority, const char *scheme)
{
	const char *bracket = strchr(authority, ']');
	if (strchr(bracket ? bracket : authority, ':')) return g_ascii_strdown(authority, -1);
	g_autofree char *lower = g_ascii_strdown(authority, -1);
	return g_strconcat(lower, g_str_has_prefix(scheme, "https:") ? ":443" : ":80", NULL);
}

/* A proxy may have taken TLS off: the host asked has no scheme, so that of the page counts for
 * both. */
static bool is_host(const char *origin, const char *host)
{
	const char *authority = authority_of(origin);
	if (!authority || !host) return false;
	g_autofree char *a = with_port(authority, origin), *b = with_port(host, origin);
	return !strcmp(a, b);
}

static bool is_public_url(const struct ts_config *config, const char *origin)
{
	g_autofree char *url = g_strdup(config->http.public_url);
	char *authority = strstr(url, "://");
	if (!authority) return false;
	authority[3 + strcspn(authority + 3, "/")] = '\0';
	return is_host(origin, authority + 3) &&
		!g_ascii_strncasecmp(origin, url, (size_t)(authority - url));
}

static bool is_named(const struct ts_config *config, const char *origin)
{
	const struct ts_strings *list = &config->http.allowed_origins;
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->item[i], "*") || !g_ascii_strcasecmp(list->item[i], origin))
			return true;
	return false;
}

/* A name that only we can have given to this server. */
static bool is_host_ours(const struct ts_config *config, const char *host)
{
	const struct ts_strings *list = &config->http.allowed_origins;
	if (ts_guard_is_fixed(config, host)) return true;
	for (size_t i = 0; i < list->n; i++)
		if (is_host(list->item[i], host)) return true;
	return false;
}

enum ts_origin ts_origin_judge(const struct ts_config *config, const struct ts_origin_words *words)
{
	const char *site = words->fetch_site ? words->fetch_site : "", *origin = words->origin;
	bool same = !strcmp(site, "same-origin");
	if (!origin && !*site) return TS_ORIGIN_NONE;
	if (is_named(config, origin ? origin : "")) return TS_ORIGIN_NAMED;
	if (!strcmp(site, "cross-site") || !strcmp(site, "same-site")) return TS_ORIGIN_FOREIGN;
	if (origin && !same && !is_host(origin, words->host) && !is_public_url(config, origin))
		return TS_ORIGIN_FOREIGN;
	return words->tls || is_host_ours(config, words->host) ? TS_ORIGIN_OWN : TS_ORIGIN_BENT;
}
