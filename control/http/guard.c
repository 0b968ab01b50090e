#include "control/http/guard.h"
#include "config/config.h"
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

/* The name in "name:port" or "[v6]:port", cut out in place. */
static char *cut_name(char *host)
{
	if (*host == '[') {
		host++;
		host[strcspn(host, "]")] = '\0';
	} else {
		host[strcspn(host, ":")] = '\0';
	}
	size_t len = strlen(host);
	if (len && host[len - 1] == '.') host[len - 1] = '\0';
	return host;
}

static bool is_address(const char *name)
{
	struct in6_addr parsed;
	return inet_pton(AF_INET, name, &parsed) == 1 || inet_pton(AF_INET6, name, &parsed) == 1;
}

static bool is_localhost(const char *name)
{
	size_t len = strlen(name);
	const char *last = len >= 9 ? name + len - 9 : "";
	return !g_ascii_strcasecmp(last, "localhost") && (last == name || last[-1] == '.');
}

static bool is_public_name(const struct ts_config *config, const char *name)
{
	const char *url = strstr(config->http.public_url, "://");
	if (!url) return false;
	g_autofree char *host = g_strdup(url + 3);
	host[strcspn(host, "/")] = '\0';
	return !g_ascii_strcasecmp(cut_name(host), name);
}

/* Of names, addresses and ports; what else a client may say there is nobody's name. */
static const char host_bytes[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%";

bool ts_guard_host_ok(const struct ts_config *config, const char *host)
{
	return ts_config_asks(config) || ts_guard_is_fixed(config, host);
}

bool ts_guard_is_fixed(const struct ts_config *config, const char *host)
{
	if (host && host[strspn(host, host_bytes)]) return false;
	g_autofree char *copy = g_strdup(host ? host : "");
	const char *name = cut_name(copy);
	return is_address(name) || is_localhost(name) || is_public_name(config, name);
}
