/* Writing over /v1: rooms are made, replaced, patched and removed, participants changed and kicked;
 * what is refused, and why. */
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON "Content-Type: application/json\r\n"
#define MERGE "Content-Type: application/merge-patch+json\r\n"

static const struct response *send_json(
	const char *method, const char *target, const char *headers, const char *body)
{
	return ts_fetch(ts_server.port, method, target, headers, body);
}

static int status_of(const char *method, const char *target, const char *headers, const char *body)
{
	return send_json(method, target, headers, body)->status;
}

/* A member of the response's body, by a path of names; freed by the next call. */
static const json_t *member(const struct response *r, const char *a, const char *b)
{
	static json_t *json;
	json_decref(json);
	json = json_loads(r->body, 0, NULL);
	const json_t *value = json_object_get(json, a);
	return b ? json_object_get(value, b) : value;
}

static void check_problem(
	const char *name, const struct response *r, int status, const char *pointer)
{
	char type[256];
	const char *got;
	if (r->status != status)
		fail_msg("%s: %d instead of %d: %s", name, r->status, status, r->body);
	assert_string_equal(ts_fetched(r, "Content-Type", type), "application/problem+json");
	got = json_string_value(member(r, "pointer", NULL));
	if (pointer && (!got || strcmp(got, pointer) != 0))
		fail_msg("%s: pointer %s", name, got ? got : "none");
	if (!pointer && got) fail_msg("%s: pointer %s", name, got);
}

static void makes_rooms(void **state)
{
	char value[256];
	(void)state;
	const struct response *r = send_json("POST", "/v1/rooms", JSON,
		"{\"id\":\"a\",\"pin\":\"1234\",\"video\":{\"fps\":15}}");
	assert_int_equal(r->status, 201);
	assert_string_equal(ts_fetched(r, "Location", value), "/v1/rooms/a");
	assert_non_null(ts_fetched(r, "ETag", value));
	assert_true(json_is_true(member(r, "pin_set", NULL)));
	assert_null(strstr(r->body, "1234"));
	assert_int_equal(json_integer_value(member(r, "video", "fps")), 15);
	assert_int_equal(json_integer_value(member(r, "video", "width")), 1280);
	check_problem("again", send_json("POST", "/v1/rooms", JSON, "{\"id\":\"a\"}"), 409, "/id");

	r = send_json("POST", "/v1/rooms", JSON, "{}");
	assert_int_equal(r->status, 201);
	assert_int_equal(json_string_length(member(r, "id", NULL)), TS_ULID_LEN);
	check_problem("too many", send_json("PUT", "/v1/rooms/c", JSON, "{}"), 503, NULL);
	assert_int_equal(status_of("DELETE", "/v1/rooms/a", "", NULL), 204);
	assert_int_equal(status_of("DELETE", "/v1/rooms/a", "", NULL), 404);
	assert_int_equal(status_of("PUT", "/v1/rooms/c", JSON, "{}"), 201);
	assert_int_equal(status_of("PUT", "/v1/rooms/c", JSON, "{\"id\":\"c\"}"), 200);
}

/* Their id is written to `id`. */
static void join_room(const char *room, char id[TS_ULID_LEN + 1])
{
	char path[64], location[256];
	snprintf(path, sizeof(path), "/join/%s", room);
	ts_fetched(ts_server_join(path), "Location", location);
	snprintf(path, sizeof(path), "/v1/rooms/%s/participants", room);
	const struct response *r = send_json("GET", path, "", NULL);
	const json_t *items = member(r, "items", NULL);
	snprintf(id, TS_ULID_LEN + 1, "%s",
		json_string_value(
			json_object_get(json_array_get(items, json_array_size(items) - 1), "id")));
}

static void sets_what_is_a_participant_s_own(void **state)
{
	char ann[TS_ULID_LEN + 1], bob[TS_ULID_LEN + 1], path[96], body[160];
	(void)state;
	assert_int_equal(status_of("PUT", "/v1/rooms/own", JSON, "{\"self\":\"corner\"}"), 201);
	join_room("own", ann);
	join_room("own", bob);
	snprintf(path, sizeof(path), "/v1/rooms/own/participants/%s", ann);
	const struct response *r = send_json("PATCH", path, MERGE, "{\"self\":\"hide\"}");
	assert_int_equal(r->status, 200);
	assert_string_equal(json_string_value(member(r, "self", NULL)), "hide");
	assert_string_equal(json_string_value(member(r, "personal", "state")), "shared");
	assert_string_equal(json_string_value(member(r, "personal", "because")), "limit");

	snprintf(body, sizeof(body), "{\"volumes\":{\"%s\":0.3},\"self\":null}", bob);
	r = send_json("PATCH", path, MERGE, body);
	assert_true(json_is_null(member(r, "self", NULL)));
	assert_true(json_is_null(member(r, "personal", NULL)));
	assert_float_equal(json_number_value(member(r, "volumes", bob)), 0.3, 0);
	assert_int_equal(status_of("PATCH", path, MERGE, "{\"name\":\"x\"}"), 200);
	r = send_json("GET", path, "", NULL);
	assert_float_equal(json_number_value(member(r, "volumes", bob)), 0.3, 0);
	snprintf(body, sizeof(body), "{\"volumes\":{\"%s\":null,\"nobody\":null}}", bob);
	r = send_json("PATCH", path, MERGE, body);
	assert_null(member(r, "volumes", bob));

	/* nothing of what is refused */
	static const char *const wrong[][2] = {{"{\"self\":\"away\",\"name\":\"y\"}", "/self"},
		{"{\"layout\":\"nowhere\",\"name\":\"y\"}", "/layout"},
		{"{\"volumes\":{\"nobody\":1.5},\"name\":\"y\"}", "/volumes"},
		{"{\"volumes\":7,\"name\":\"y\"}", "/volumes"},
		{"{\"personal\":null,\"name\":\"y\"}", "/personal"},
		{"{\"room\":\"else\",\"volumes\":{},\"name\":\"y\"}", "/volumes"},
		{"{\"room\":\"else\",\"view\":\"none\",\"name\":\"y\"}", "/view"}};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check_problem(wrong[i][0], send_json("PATCH", path, MERGE, wrong[i][0]), 422,
			wrong[i][1]);
	snprintf(body, sizeof(body), "{\"volumes\":{\"%s\":0.5}}", ann);
	check_problem("oneself", send_json("PATCH", path, MERGE, body), 422, "/volumes");
	/* each entry is looked for among all: so many, and no more */
	g_autoptr(GString) many = g_string_new("{\"volumes\":{");
	for (int i = 0; i < 33; i++) g_string_append_printf(many, "\"x%d\":null,", i);
	g_string_append(many, "\"x\":null}}");
	check_problem("many", send_json("PATCH", path, MERGE, many->str), 422, "/volumes");
	snprintf(body, sizeof(body), "{\"volumes\":{\"%s\":4.5}}", bob);
	assert_int_equal(status_of("PATCH", path, MERGE, body), 422);
	r = send_json("GET", path, "", NULL);
	assert_string_equal(json_string_value(member(r, "name", NULL)), "x");
	assert_string_equal(json_string_value(member(r, "room", NULL)), "own");
	assert_int_equal(status_of("DELETE", "/v1/rooms/own", "", NULL), 204);
}

/* A layout that has no variant for the new canvas is refused, though nobody names it. */
static void canvas_and_layout_go_together(void **state)
{
	static const char wide[] =
		"{\"name\":\"wide\",\"variants\":[{\"when\":{\"aspect_min\":1},\"regions\":["
		"{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"next\"}]}]}";
	(void)state;
	assert_int_equal(status_of("PUT", "/v1/layouts/wide", JSON, wide), 201);
	assert_int_equal(status_of("PUT", "/v1/rooms/r", JSON, "{\"layout\":\"wide\"}"), 201);
	static const char tall[] = "{\"video\":{\"width\":360,\"height\":640}}";
	check_problem("room", send_json("PATCH", "/v1/rooms/r", MERGE, tall), 422, "/layout");
	check_problem("new view of main's layout",
		send_json("PUT", "/v1/rooms/r/views/v", JSON, tall), 422, "/layout");
	assert_int_equal(status_of("PUT", "/v1/rooms/r/views/v", JSON, "{}"), 201);
	check_problem(
		"view", send_json("PATCH", "/v1/rooms/r/views/v", MERGE, tall), 422, "/layout");
	assert_int_equal(status_of("PATCH", "/v1/rooms/r", MERGE, "{\"locked\":true}"), 200);
	assert_int_equal(status_of("PATCH", "/v1/rooms/r", MERGE,
				 "{\"video\":{\"width\":360,\"height\":640},\"layout\":\"grid\"}"),
		200);
	assert_int_equal(status_of("DELETE", "/v1/layouts/wide", "", NULL), 204);
}

static void stays_when_empty(void **state)
{
	char location[256];
	(void)state;
	assert_int_equal(status_of("PUT", "/v1/rooms/kept", JSON, "{}"), 201);
	ts_fetched(ts_server_join("/join/kept"), "Location", location);
	assert_int_equal(status_of("DELETE", location, "", NULL), 200);
	assert_int_equal(status_of("GET", "/v1/rooms/kept", "", NULL), 200);

	ts_fetched(ts_server_join("/join/joined"), "Location", location);
	assert_int_equal(status_of("PATCH", "/v1/rooms/joined", MERGE, "{\"locked\":true}"), 200);
	assert_int_equal(status_of("DELETE", location, "", NULL), 200);
	assert_int_equal(status_of("GET", "/v1/rooms/joined", "", NULL), 404);

	ts_fetched(ts_server_join("/join/joined"), "Location", location);
	assert_int_equal(status_of("PUT", "/v1/rooms/joined", JSON, "{}"), 200);
	assert_int_equal(status_of("DELETE", location, "", NULL), 200);
	assert_int_equal(status_of("GET", "/v1/rooms/joined", "", NULL), 200);
}

static void patches_rooms(void **state)
{
	(void)state;
	assert_int_equal(
		status_of("PUT", "/v1/rooms/r", JSON, "{\"max_watchers\":7,\"pin\":\"secret\"}"),
		201);
	const struct response *r = send_json(
		"PATCH", "/v1/rooms/r", MERGE, "{\"video\":{\"width\":640,\"height\":360}}");
	assert_int_equal(r->status, 200);
	assert_int_equal(json_integer_value(member(r, "video", "width")), 640);
	assert_int_equal(json_integer_value(member(r, "video", "fps")), 30);
	r = send_json("PATCH", "/v1/rooms/r", MERGE, "{\"transition_ms\":400}");
	assert_int_equal(json_integer_value(member(r, "transition_ms", NULL)), 400);
	assert_int_equal(status_of("PATCH", "/v1/rooms/r", MERGE, "{\"transition_ms\":1001}"), 422);
	assert_int_equal(status_of("PATCH", "/v1/rooms/r", MERGE, "{\"transition_ms\":-1}"), 422);
	r = send_json("PATCH", "/v1/rooms/r", MERGE, "{\"agc\":true,\"denoise\":true}");
	assert_true(json_is_true(member(r, "agc", NULL)));
	r = send_json("PATCH", "/v1/rooms/r", MERGE, "{\"agc\":null}"); /* the server's */
	assert_true(json_is_false(member(r, "agc", NULL)));
	assert_true(json_is_true(member(r, "denoise", NULL)));
	assert_int_equal(status_of("PATCH", "/v1/rooms/r", MERGE, "{\"denoise\":1}"), 422);
	/* it follows the size */
	r = send_json("PATCH", "/v1/rooms/r", MERGE, "{\"video\":{\"bitrate_kbps\":0}}");
	int64_t small = json_integer_value(member(r, "video", "bitrate_kbps"));
	r = send_json(
		"PATCH", "/v1/rooms/r", MERGE, "{\"video\":{\"width\":1920,\"height\":1080}}");
	assert_true(json_integer_value(member(r, "video", "bitrate_kbps")) > small);
	r = send_json("PATCH", "/v1/rooms/r", MERGE, "{\"video\":{\"width\":640,\"height\":360}}");
	assert_int_equal(json_integer_value(member(r, "video", "bitrate_kbps")), small);
	assert_int_equal(json_integer_value(member(r, "max_watchers", NULL)), 7);
	assert_true(json_is_true(member(r, "pin_set", NULL)));
	r = send_json("PATCH", "/v1/rooms/r", JSON,
		"{\"video\":null,\"max_watchers\":null,\"pin\":null,\"locked\":true}");
	assert_int_equal(json_integer_value(member(r, "video", "width")), 1280);
	assert_int_equal(json_integer_value(member(r, "max_watchers", NULL)), 1);
	assert_false(json_is_true(member(r, "pin_set", NULL)));
	assert_true(json_is_true(member(r, "locked", NULL)));
	assert_int_equal(json_integer_value(member(r, "transition_ms", NULL)), 400);
	r = send_json("PUT", "/v1/rooms/r", JSON, "{}"); /* replaced, not merged */
	assert_false(json_is_true(member(r, "locked", NULL)));
	assert_int_equal(json_integer_value(member(r, "transition_ms", NULL)), 0);
}

static void rooms_have_ladders(void **state)
{
	static const char own[] = "[{\"width\":1280,\"height\":720,\"fps\":30,\"kbps\":2000},"
				  "{\"width\":640,\"height\":360,\"fps\":15,\"kbps\":300}]";
	char body[400];
	(void)state;
	const struct response *r = send_json("PUT", "/v1/rooms/l", JSON, "{}");
	assert_string_equal(json_string_value(member(r, "video", "ladder")), "close");
	snprintf(body, sizeof(body), "{\"video\":{\"ladder\":%s}}", own);
	r = send_json("PATCH", "/v1/rooms/l", MERGE, body);
	assert_int_equal(r->status, 200);
	json_t *want = json_loads(own, 0, NULL);
	assert_true(json_equal(member(r, "video", "ladder"), want));
	json_decref(want);
	r = send_json("PATCH", "/v1/rooms/l", MERGE, "{\"locked\":true}");
	assert_int_equal(json_array_size(member(r, "video", "ladder")), 2);
	r = send_json("PATCH", "/v1/rooms/l", MERGE, "{\"video\":{\"ladder\":\"one\"}}");
	assert_string_equal(json_string_value(member(r, "video", "ladder")), "one");
	r = send_json("PATCH", "/v1/rooms/l", MERGE, "{\"video\":{\"ladder\":null}}");
	assert_string_equal(json_string_value(member(r, "video", "ladder")), "close");
	check_problem("none", send_json("PUT", "/v1/rooms/l", JSON, "{\"video\":{\"ladder\":[]}}"),
		422, "/video/ladder/0");
	check_problem("a word",
		send_json("PUT", "/v1/rooms/l", JSON, "{\"video\":{\"ladder\":\"tall\"}}"), 422,
		"/video/ladder");
	check_problem("a number",
		send_json("PUT", "/v1/rooms/l", JSON, "{\"video\":{\"ladder\":1}}"), 422,
		"/video/ladder");
	check_problem("a field",
		send_json("PUT", "/v1/rooms/l", JSON,
			"{\"video\":{\"ladder\":[{\"width\":640,\"height\":360,\"fps\":15}]}}"),
		422, "/video/ladder/0/kbps");
	check_problem("order",
		send_json("PUT", "/v1/rooms/l", JSON,
			"{\"video\":{\"ladder\":["
			"{\"width\":640,\"height\":360,\"fps\":15,\"kbps\":100},"
			"{\"width\":1280,\"height\":720,\"fps\":15,\"kbps\":200}]}}"),
		422, "/video/ladder/1");
}

static void refuses_bodies(void **state)
{
	static const struct {
		const char *name, *body;
		int status;
		const char *pointer;
	} rows[] = {
		{"nothing", "", 400, NULL},
		{"not JSON", "{\"locked\":tru}", 400, NULL},
		{"more than one", "{}{}", 400, NULL},
		{"a name twice", "{\"locked\":true,\"locked\":false}", 400, NULL},
		{"a NUL", "{\"pin\":\"12\\u0000345\"}", 400, NULL},
		{"half a surrogate", "{\"pin\":\"\\ud800\"}", 400, NULL},
		{"a list", "[]", 422, ""},
		{"unknown", "{\"colour\":1}", 422, "/colour"},
		{"unknown, in depth", "{\"video\":{\"a/b~c\":1}}", 422, "/video/a~1b~0c"},
		{"read only", "{\"pin_set\":true}", 422, "/pin_set"},
		{"not a number", "{\"max_participants\":\"5\"}", 422, "/max_participants"},
		{"not whole", "{\"max_participants\":5.5}", 422, "/max_participants"},
		{"too small", "{\"max_participants\":0}", 422, "/max_participants"},
		{"too large", "{\"video\":{\"width\":1e9}}", 422, "/video/width"},
		{"odd", "{\"video\":{\"width\":641}}", 422, "/video/width"},
		{"null", "{\"locked\":null}", 422, "/locked"},
		{"no layout", "{\"layout\":5}", 422, "/layout"},
		{"short PIN", "{\"pin\":\"123\"}", 422, "/pin"},
		{"PIN with a space", "{\"pin\":\"12 34\"}", 422, "/pin"},
		{"another id", "{\"id\":\"x\"}", 422, "/id"},
		{"no id", "{\"id\":\"a/b\"}", 422, "/id"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_problem(rows[i].name, send_json("PUT", "/v1/rooms/r", JSON, rows[i].body),
			rows[i].status, rows[i].pointer);
	check_problem("no type", send_json("PUT", "/v1/rooms/r", "", "{}"), 415, NULL);
	check_problem("a patch's type", send_json("PUT", "/v1/rooms/r", MERGE, "{}"), 415, NULL);
	check_problem("no such id", send_json("PUT", "/v1/rooms/a%20b", JSON, "{}"), 404, NULL);
	check_problem("no such room", send_json("PATCH", "/v1/rooms/r", MERGE, "{}"), 404, NULL);
	assert_int_equal(status_of("GET", "/v1/rooms/r", "", NULL), 404);
	assert_int_equal(
		status_of("PUT", "/v1/rooms/r", JSON, " {\"max_participants\":5.0}\n"), 201);
}

static void compares_tags(void **state)
{
	char etag[256], header[400];
	(void)state;
	check_problem("no room", send_json("PUT", "/v1/rooms/r", JSON "If-Match: *\r\n", "{}"), 412,
		NULL);
	assert_int_equal(status_of("PUT", "/v1/rooms/r", JSON "If-None-Match: *\r\n", "{}"), 201);
	check_problem("a room", send_json("PUT", "/v1/rooms/r", JSON "If-None-Match: *\r\n", "{}"),
		412, NULL);
	ts_fetched(send_json("GET", "/v1/rooms/r", "", NULL), "ETag", etag);
	snprintf(header, sizeof(header), MERGE "If-Match: \"x\", %s\r\n", etag);
	assert_int_equal(status_of("PATCH", "/v1/rooms/r", header, "{\"locked\":true}"), 200);
	check_problem(
		"old", send_json("PATCH", "/v1/rooms/r", header, "{\"locked\":true}"), 412, NULL);
	snprintf(header, sizeof(header), "If-Match: %s\r\n", etag);
	check_problem("old", send_json("DELETE", "/v1/rooms/r", header, NULL), 412, NULL);
	ts_fetched(send_json("GET", "/v1/rooms/r", "", NULL), "ETag", etag);
	snprintf(header, sizeof(header), "If-Match: W/%s\r\n", etag);
	check_problem("weak", send_json("DELETE", "/v1/rooms/r", header, NULL), 412, NULL);
	assert_int_equal(status_of("DELETE", "/v1/rooms/r", "If-Match: *\r\n", NULL), 204);
}

static void join_one(char target[200], const char *name)
{
	char query[64];
	snprintf(query, sizeof(query), "/join/r?name=%s", name);
	ts_server_join(query);
	const struct response *r = send_json("GET", "/v1/rooms/r/participants", "", NULL);
	snprintf(target, 200, "/v1/rooms/r/participants/%s",
		json_string_value(
			json_object_get(json_array_get(member(r, "items", NULL), 0), "id")));
}

static void changes_participants(void **state)
{
	char target[200], long_name[200] = "{\"name\":\"";
	(void)state;
	join_one(target, "Ann");
	const struct response *r = send_json("PATCH", target, MERGE,
		"{\"name\":\"B\\u00f6b\",\"muted\":true,\"video_muted\":true,\"gain_db\":-6.5,"
		"\"role\":\"guest\"}");
	assert_int_equal(r->status, 200);
	assert_string_equal(json_string_value(member(r, "name", NULL)),
		"B\xc3\xb6"
		"b");
	assert_true(json_is_true(member(r, "muted", NULL)));
	assert_string_equal(json_string_value(member(r, "muted_by", NULL)), "api");
	assert_true(json_is_true(member(r, "video_muted", NULL)));
	assert_true(json_real_value(member(r, "gain_db", NULL)) == -6.5);
	assert_string_equal(json_string_value(member(r, "role", NULL)), "guest");
	r = send_json("PATCH", target, MERGE, "{\"agc\":false,\"denoise\":true}");
	assert_true(json_is_false(member(r, "agc", NULL)));
	assert_true(json_is_true(member(r, "denoise", NULL)));
	r = send_json("PATCH", target, MERGE, "{\"agc\":null}");
	assert_true(json_is_null(member(r, "agc", NULL)));
	assert_true(json_is_true(member(r, "denoise", NULL)));
	r = send_json("PATCH", target, MERGE, "{\"muted\":false,\"gain_db\":null,\"role\":null}");
	assert_true(json_is_null(member(r, "muted_by", NULL)));
	assert_true(json_is_null(member(r, "role", NULL)));
	assert_true(json_real_value(member(r, "gain_db", NULL)) == 0);

	check_problem(
		"loud", send_json("PATCH", target, MERGE, "{\"gain_db\":21}"), 422, "/gain_db");
	check_problem(
		"kind", send_json("PATCH", target, MERGE, "{\"kind\":\"sip\"}"), 422, "/kind");
	check_problem("role", send_json("PATCH", target, MERGE, "{\"role\":\"\"}"), 422, "/role");
	check_problem(
		"line", send_json("PATCH", target, MERGE, "{\"name\":\"a\\nb\"}"), 422, "/name");
	memset(long_name + 9, 'x', TS_NAME_MAX + 1);
	strcat(long_name, "\"}");
	check_problem("long", send_json("PATCH", target, MERGE, long_name), 422, "/name");

	assert_int_equal(status_of("DELETE", target, "If-Match: \"x\"\r\n", NULL), 412);
	assert_int_equal(status_of("DELETE", target, "", NULL), 204);
	assert_string_equal(ts_fake.last_reason, "kicked");
	assert_int_equal(status_of("DELETE", target, "", NULL), 404);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		T(makes_rooms),
		T(sets_what_is_a_participant_s_own),
		T(canvas_and_layout_go_together),
		T(stays_when_empty),
		T(patches_rooms),
		T(rooms_have_ladders),
		T(refuses_bodies),
		T(compares_tags),
		T(changes_participants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
