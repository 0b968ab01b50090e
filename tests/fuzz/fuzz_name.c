/* Names in paths: what the router hands out of them; as those of layouts, which become file names;
 * as those of people, which are drawn. */
#include "control/api/api.h"
#include "layout/model.h"
#include "layout/name.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void check_route(const char *method, const char *before, const char *name, const char *after)
{
	static struct ts_route_match match;
	char allow[80];
	g_autofree char *path = g_strconcat(before, name, after, NULL);
	ts_route_find(&match, ts_routes, ts_n_routes, method, path);
	if (match.route && !(match.methods & match.route->method)) abort();
	for (size_t i = 0; i < TS_ROUTE_PARAMS; i++)
		if (!memchr(match.param[i], '\0', sizeof(match.param[i]))) abort();
	ts_route_allow(allow, sizeof(allow), match.methods);
	if (!ts_layout_name_ok(match.param[0])) return;
	/* a file name that stays where it is put */
	if (strchr(match.param[0], '/') || match.param[0][0] == '.' ||
		strlen(match.param[0]) > TS_LAYOUT_NAME_MAX)
		abort();
	for (const char *p = match.param[0]; *p; p++)
		if (!g_ascii_isalnum(*p) && !strchr("._~-", *p)) abort();
}

static void check_person(const char *name)
{
	char clean[TS_NAME_TEXT_MAX + 1], again[TS_NAME_TEXT_MAX + 1],
		initials[TS_INITIALS_MAX + 1];
	ts_name_clean(clean, name);
	if (!memchr(clean, '\0', sizeof(clean)) || !g_utf8_validate(clean, -1, NULL)) abort();
	ts_name_clean(again, clean);
	if (memcmp(clean, again, sizeof(clean)) != 0) abort();
	ts_name_initials(initials, clean);
	if (!memchr(initials, '\0', sizeof(initials)) || !g_utf8_validate(initials, -1, NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = g_strndup((const char *)data, size);
	check_route("PUT", "/v1/layouts/", name, "");
	check_route("GET", "/v1/layouts/", name, "/preview.svg");
	check_route("PATCH", "/v1/rooms/r/participants/", name, "");
	check_route(name, "/join/", name, "");
	check_route("DELETE", name, "", "");
	check_person(name);
	g_free(name);
	return 0;
}
