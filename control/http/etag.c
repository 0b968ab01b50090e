#include "control/http/etag.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include <glib.h>
#include <string.h>

enum { TAGS_MAX = 16 };

bool ts_etag_named(const char *list, const char *etag, bool weak)
{
	g_auto(GStrv) tags = g_strsplit(list, ",", TAGS_MAX);
	for (char **tag = tags; *tag && *etag; tag++) {
		const char *one = g_strstrip(*tag);
		if (weak && g_str_has_prefix(one, "W/")) one += 2;
		if (!strcmp(one, "*") || !strcmp(one, etag)) return true;
	}
	return false;
}

bool ts_precondition(struct ts_request *request, const char *etag, const char *why)
{
	const char *match = ts_request_header(request, "If-Match");
	const char *none = ts_request_header(request, "If-None-Match");
	if ((!match || ts_etag_named(match, etag, false)) &&
		(!none || !ts_etag_named(none, etag, true)))
		return true;
	ts_problem_make(request, 412, "changed", NULL, "%s", why);
	if (*etag) ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
	return false;
}
