#include "control/join/ice_links.h"
#include "base/clock.h"
#include "control/http/http.h"
#include "transport/ice/server.h"
#include <glib.h>
#include <string.h>

/* RFC 9110 5.6.4; the configuration lets no control characters in. */
static void append_quoted(GString *out, const char *name, const char *value)
{
	g_string_append_printf(out, "; %s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\') g_string_append_c(out, '\\');
		g_string_append_c(out, *value);
	}
	g_string_append_c(out, '"');
}

void ts_ice_links_add(struct ts_request *request, const struct ts_config *config)
{
	g_autoptr(GString) link = g_string_new(NULL);
	const struct ts_turn_account account = {config->ice.turn_user, config->ice.turn_password,
		config->ice.turn_secret, config->ice.turn_ttl_s};
	char user[TS_TURN_USER_MAX], password[TS_TURN_PASSWORD_MAX];
	if (*config->ice.stun) {
		g_string_printf(link, "<%s>; rel=\"ice-server\"", config->ice.stun);
		ts_reply_header(request, "Link", link->str);
	}
	if (!*config->ice.turn) return;
	ts_turn_credentials(&account, ts_unix_ms_from_ns(ts_now_ns()) / 1000, user, password);
	g_string_printf(link, "<%s>; rel=\"ice-server\"", config->ice.turn);
	append_quoted(link, "username", user);
	append_quoted(link, "credential", password);
	g_string_append(link, "; credential-type=\"password\"");
	ts_reply_header(request, "Link", link->str);
}
