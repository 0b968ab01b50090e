#include "control/schema/body.h"
#include "base/error.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include <glib.h>
#include <string.h>

#define MERGE_TYPE "application/merge-patch+json"
#define JSON_TYPE "application/json"

bool ts_body_is_json(const struct ts_request *request, enum ts_use use)
{
	const char *type = ts_request_header(request, "Content-Type");
	g_autofree char *name = g_strdup(type ? type : "");
	name[strcspn(name, ";")] = '\0';
	g_strstrip(name);
	return !g_ascii_strcasecmp(name, JSON_TYPE) ||
		(use == TS_USE_PATCH && !g_ascii_strcasecmp(name, MERGE_TYPE));
}

json_t *ts_body_parse(const char *text, size_t len, const struct ts_shape *shape, enum ts_use use,
	int *status, struct ts_shape_error *error)
{
	json_error_t bad;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &bad);
	error->pointer[0] = '\0';
	if (!json) {
		*status = 400;
		g_snprintf(error->detail, sizeof(error->detail), "not JSON: line %d, column %d: %s",
			bad.line, bad.column, bad.text);
		return NULL;
	}
	if (ts_shape_check(shape, use, json, error)) return json;
	*status = 422;
	json_decref(json);
	return NULL;
}

json_t *ts_body_read(struct ts_request *request, const struct ts_shape *shape, enum ts_use use)
{
	struct ts_shape_error error;
	size_t len;
	int status;
	if (!ts_body_is_json(request, use)) {
		const char *wanted = use == TS_USE_PATCH ? MERGE_TYPE : JSON_TYPE;
		ts_problem_make(request, 415, "content-type", NULL,
			"the body is sent as Content-Type: %s", wanted);
		ts_reply_header(request, use == TS_USE_PATCH ? "Accept-Patch" : "Accept", wanted);
		ts_reply_send(request);
		return NULL;
	}
	const char *text = ts_request_body(request, &len);
	json_t *json = ts_body_parse(text, len, shape, use, &status, &error);
	if (!json && status == 400)
		ts_problem(request, status, "json", NULL, "%s", error.detail);
	else if (!json)
		ts_problem(request, status, "field", error.pointer, "%s %s",
			*error.pointer ? error.pointer : "the body", error.detail);
	return json;
}

int ts_body_merge(json_t *target, json_t *patch)
{
	const char *key;
	json_t *value;
	json_object_foreach(patch, key, value)
	{
		json_t *old = json_object_get(target, key);
		int rc = 0;
		if (json_is_null(value)) {
			json_object_del(target, key);
		} else if (!json_is_object(value)) {
			rc = json_object_set(target, key, value);
		} else {
			if (!json_is_object(old))
				rc = json_object_set_new(target, key, old = json_object());
			if (!rc) rc = ts_body_merge(old, value);
		}
		if (rc) return TS_ENOMEM;
	}
	return 0;
}
