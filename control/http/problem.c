#include "control/http/problem.h"
#include "control/http/http.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = {
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{409, "Conflict"},
		{410, "Gone"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{422, "Unprocessable Content"},
		{423, "Locked"},
		{428, "Precondition Required"},
		{421, "Misdirected Request"},
		{429, "Too Many Requests"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{507, "Insufficient Storage"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
		if (titles[i].status == status) return titles[i].title;
	return "Internal Server Error";
}

static json_t *make(int status, const char *type, const char *pointer, const char *detail)
{
	g_autofree char *uri = type ? g_strconcat("urn:tessera:problem:", type, NULL)
				    : g_strdup("about:blank");
	/* details may quote what a client sent */
	g_autofree char *text = g_utf8_make_valid(detail, -1);
	return json_pack("{s:s, s:s, s:i, s:s, s:s*}", "type", uri, "title", title_of(status),
		"status", status, "detail", text, "pointer", pointer);
}

void ts_problem_make(struct ts_request *request, int status, const char *type, const char *pointer,
	const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	g_autofree char *detail = g_strdup_vprintf(fmt, args);
	va_end(args);
	json_t *json = make(status, type, pointer, detail);
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(json);
	if (text)
		ts_reply(request, status, "application/problem+json", text, strlen(text),
			TS_BODY_FREE);
	else
		ts_reply(request, status, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_header(request, "Cache-Control", "no-store");
}

void ts_json_make(struct ts_request *request, int status, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(json);
	if (!text) {
		ts_problem_make(request, 503, NULL, NULL, "out of memory");
		return;
	}
	ts_reply(request, status, "application/json", text, strlen(text), TS_BODY_FREE);
	ts_reply_header(request, "Cache-Control", "no-store");
}

void ts_reply_json(struct ts_request *request, json_t *json, const char *etag)
{
	ts_json_make(request, 200, json);
	if (etag) ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
}

void ts_reply_nothing(struct ts_request *request)
{
	ts_reply(request, 204, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_send(request);
}
