#include "control/api/layout_body.h"
#include "base/error.h"
#include "control/http/problem.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <jansson.h>
#include <string.h>

void ts_layout_refuse(struct ts_request *request, int status, const struct ts_layout_error *err)
{
	ts_problem(request, status, "layout", err->pointer, "%s%s%s", err->pointer,
		*err->pointer ? ": " : "", err->reason);
}

bool ts_layout_is_json(struct ts_request *request)
{
	if (ts_body_is_json(request, TS_USE_BODY)) return true;
	ts_problem_make(request, 415, "content-type", NULL,
		"the body is sent as Content-Type: application/json");
	ts_reply_header(request, "Accept", "application/json");
	ts_reply_send(request);
	return false;
}

struct ts_layout_doc *ts_layout_document(
	struct ts_request *request, const char *text, size_t len, bool is_json)
{
	struct ts_layout_error err;
	struct ts_layout_doc *doc = NULL;
	const int rc = ts_layout_parse(&doc, text, len, &err);
	if (rc == TS_EBADMSG)
		ts_layout_refuse(request, is_json ? 422 : 400, &err);
	else if (rc)
		ts_reply_later(request, rc);
	return doc;
}

struct ts_layout_doc *ts_layout_body(struct ts_request *request, const char *name)
{
	size_t len;
	const char *text = ts_request_body(request, &len);
	if (!ts_layout_is_json(request)) return NULL;
	json_t *json = json_loadb(text, len, 0, NULL);
	struct ts_layout_doc *doc = ts_layout_document(request, text, len, json != NULL);
	json_decref(json);
	if (!doc || !strcmp(doc->name, name)) return doc;
	ts_problem(request, 422, "layout", "/name",
		"/name: the layout's name is \"%.64s\", as in the path", name);
	ts_layout_doc_unref(&doc);
	return NULL;
}
