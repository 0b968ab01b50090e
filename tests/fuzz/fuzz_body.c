/* JSON bodies of the API; the first byte chooses shape and use. A body that is taken reads the same
 * again from what it prints as, a patch gives a lawful body or a reason, whatever it is merged
 * into. */
#include "control/api/calls.h"
#include "control/json/shapes.h"
#include "control/schema/body.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const struct ts_shape *shape;
	enum ts_use use;
	const char *base; /* of a patch: what it is merged into */
} bodies[] = {
	{&ts_shape_room, TS_USE_BODY, NULL},
	{&ts_shape_room, TS_USE_PATCH,
		"{\"video\":{\"width\":1280,\"height\":720,\"fps\":30,\"bitrate_kbps\":1500},"
		"\"layout\":\"grid\","
		"\"max_participants\":50,\"max_watchers\":500,\"locked\":false}"},
	{&ts_shape_participant, TS_USE_PATCH,
		"{\"name\":\"a\",\"role\":null,\"muted\":false,\"video_muted\":true,\"gain_db\":"
		"0.5}"},
	{&ts_shape_own, TS_USE_PATCH, "{\"name\":\"a\",\"muted\":true}"},
	{&ts_shape_layout, TS_USE_PATCH,
		"{\"spotlight\":[],\"pins\":[\"a\"],\"order\":[\"a\",\"b\"]}"},
	{&ts_shape_layout_document, TS_USE_BODY, NULL},
	{&ts_shape_call, TS_USE_BODY, NULL},
};

/* A refusal says where and why. */
static void check_reason(int status, const struct ts_shape_error *error)
{
	if (status != 400 && status != 422) abort();
	if (!memchr(error->pointer, '\0', sizeof(error->pointer))) abort();
	if (!*error->detail || !memchr(error->detail, '\0', sizeof(error->detail))) abort();
	if (*error->pointer && *error->pointer != '/') abort();
}

static void merge(const json_t *patch, const struct ts_shape *shape, const char *base)
{
	struct ts_shape_error error = {"", ""};
	json_t *target = json_loads(base, 0, NULL), *again;
	if (!target || ts_body_merge(target, (json_t *)(uintptr_t)patch)) abort();
	if (!ts_shape_check(shape, TS_USE_BODY, target, &error) && !*error.detail) abort();
	again = json_deep_copy(target);
	if (ts_body_merge(again, (json_t *)(uintptr_t)patch) || !json_equal(again, target))
		abort(); /* RFC 7396: the same again */
	json_decref(again);
	json_decref(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_shape_error error;
	int status = 0;
	if (!size) return 0;
	const size_t i = data[0] % (sizeof(bodies) / sizeof(bodies[0]));
	json_t *json = ts_body_parse(
		(const char *)data + 1, size - 1, bodies[i].shape, bodies[i].use, &status, &error);
	if (!json) {
		check_reason(status, &error);
		return 0;
	}
	char *text = json_dumps(json, JSON_COMPACT);
	json_t *again = text
		? ts_body_parse(text, strlen(text), bodies[i].shape, bodies[i].use, &status, &error)
		: NULL;
	if (!again || !json_equal(json, again)) abort();
	if (bodies[i].base) merge(json, bodies[i].shape, bodies[i].base);
	json_decref(again);
	json_decref(json);
	free(text);
	return 0;
}
