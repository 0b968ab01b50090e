/* Layouts over HTTP: chosen, tried, refused, stored, kept over a restart. */
#include "tests/unit/control/api_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#define JSON_HEADER "Content-Type: application/json\r\n"
#define ONE_REGION(name, more)                                 \
	"{\"name\":\"" name "\",\"variants\":[{\"regions\":[{" \
	"\"x\":0,\"y\":0,\"w\":1,\"h\":\"1/2\",\"show\":\"next\"" more "}]}]}"

static const struct response *get(const char *path)
{
	return ts_fetch(ts_server.port, "GET", path, "", NULL);
}

static const struct response *send_json(
	const char *method, const char *path, const char *headers, const char *body)
{
	char all[512];
	snprintf(all, sizeof(all), JSON_HEADER "%s", headers);
	return ts_fetch(ts_server.port, method, path, all, body);
}

static const struct response *put(const char *path, const char *body)
{
	return send_json("PUT", path, "", body);
}

static void assert_status(const struct response *r, int status)
{
	if (r->status != status) fail_msg("%d instead of %d: %s", r->status, status, r->body);
}

static void assert_problem(const struct response *r, int status, const char *pointer)
{
	assert_status(r, status);
	json_t *json = json_loads(r->body, 0, NULL);
	const char *is = json_string_value(json_object_get(json, "pointer"));
	if (!is || strcmp(is, pointer) != 0) fail_msg("%s: not at %s", r->body, pointer);
	json_decref(json);
}

/* "name w of each region" */
static const char *room_shows(const char *body)
{
	static char text[256];
	json_t *json = json_loads(body, 0, NULL), *region;
	size_t i,
		len = (size_t)snprintf(
			text, sizeof(text), "%s", json_string_value(json_object_get(json, "name")));
	json_array_foreach(json_object_get(json, "regions"), i, region)
	{
		const char *id = json_string_value(json_object_get(region, "participant"));
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %d%s",
			(int)json_integer_value(json_object_get(region, "w")), id ? "" : "-");
	}
	json_decref(json);
	return text;
}

static void is_chosen_by_name_or_given(void **state)
{
	(void)state;
	ts_server_join("/join/r?name=Ann");
	ts_server_join("/join/r?name=Bob");
	assert_string_equal(room_shows(get("/v1/rooms/r/layout")->body), "grid 640 640");
	const struct response *r = put("/v1/rooms/r/layout?dry_run=true", "{\"name\":\"speaker\"}");
	assert_status(r, 200);
	assert_string_equal(room_shows(r->body), "speaker 854 426 426- 426- 428- 426-");
	assert_string_equal(room_shows(get("/v1/rooms/r/layout")->body), "grid 640 640");
	r = put("/v1/rooms/r/layout", "{\"name\":\"speaker\"}");
	assert_status(r, 200);
	assert_string_equal(room_shows(r->body), "speaker 854 426 426- 426- 428- 426-");
	r = put("/v1/rooms/r/layout", ONE_REGION("mine", ""));
	assert_status(r, 200);
	assert_string_equal(room_shows(r->body), "mine 1280");
	assert_string_equal(room_shows(get("/v1/rooms/r/layout")->body), "mine 1280");
	assert_non_null(strstr(get("/v1/rooms/r")->body, "\"layout\":\"mine\""));
}

static void bad_ones_change_nothing(void **state)
{
	(void)state;
	ts_server_join("/join/r?name=Ann");
	assert_problem(put("/v1/rooms/r/layout", "{\"name\":\"nice\"}"), 422, "/name");
	assert_problem(put("/v1/rooms/r/layout", ONE_REGION("t", ",\"z\":\"top\"")), 422,
		"/variants/0/regions/0/z");
	assert_problem(put("/v1/rooms/r/layout", ONE_REGION("t", ",\"z\":NaN")), 400,
		"/variants/0/regions/0/z");
	assert_problem(put("/v1/rooms/r/layout", "{\"name\":7}"), 422, "/variants");
	assert_problem(put("/v1/rooms/r/layout", "{}"), 422, "/name");
	assert_problem(put("/v1/rooms/r/layout", "[]"), 422, "");
	assert_problem(put("/v1/rooms/r/layout", ""), 400, "");
	assert_problem(
		put("/v1/rooms/r/layout",
			"{\"name\":\"t\",\"variants\":[{\"regions\":[{\"x\":0,\"y\":0,\"w\":1,"
			"\"h\":\"1/5000\",\"show\":\"next\"}]}]}"),
		422, "/variants/0/regions/0/h");
	assert_problem(put("/v1/rooms/r/layout?dry_run=perhaps", "{\"name\":\"speaker\"}"), 400,
		"/dry_run");
	assert_status(ts_fetch(ts_server.port, "PUT", "/v1/rooms/r/layout",
			      "Content-Type: text/plain\r\n", "{\"name\":\"speaker\"}"),
		415);
	assert_status(put("/v1/rooms/nowhere/layout", "{\"name\":\"speaker\"}"), 404);
	assert_string_equal(room_shows(get("/v1/rooms/r/layout")->body), "grid 1280");
}

static void two_moderators(void **state)
{
	char etag[256], headers[300];
	(void)state;
	ts_server_join("/join/r?name=Ann");
	ts_fetched(get("/v1/rooms/r/layout"), "ETag", etag);
	snprintf(headers, sizeof(headers), "If-Match: %s\r\n", etag);
	assert_status(send_json("PUT", "/v1/rooms/r/layout", headers, "{\"name\":\"pip\"}"), 200);
	assert_status(
		send_json("PUT", "/v1/rooms/r/layout", headers, "{\"name\":\"speaker\"}"), 412);
	assert_status(send_json("PATCH", "/v1/rooms/r/layout", headers, "{\"pins\":[]}"), 412);
	ts_fetched(get("/v1/rooms/r/layout"), "ETag", etag);
	snprintf(headers, sizeof(headers), "If-Match: %s\r\n", etag);
	assert_status(
		send_json("PUT", "/v1/rooms/r/layout", headers, "{\"name\":\"speaker\"}"), 200);
}

/* The id of the n-th participant; the caller's own. */
static void id_of(size_t n, char out[64])
{
	json_t *json = json_loads(get("/v1/rooms/r/participants")->body, 0, NULL);
	const json_t *person = json_array_get(json_object_get(json, "items"), n);
	snprintf(out, 64, "%s", json_string_value(json_object_get(person, "id")));
	json_decref(json);
}

static void spotlight_pins_and_order(void **state)
{
	char ann[64], bob[64], body[256], first[256];
	(void)state;
	ts_server_join("/join/r?name=Ann");
	ts_server_join("/join/r?name=Bob");
	id_of(0, ann);
	id_of(1, bob);
	assert_status(put("/v1/rooms/r/layout", "{\"name\":\"pip\"}"), 200);
	snprintf(first, sizeof(first), "\"show\":\"speaker\",\"participant\":\"%s\"", ann);
	assert_non_null(strstr(get("/v1/rooms/r/layout")->body, first));

	snprintf(body, sizeof(body), "{\"spotlight\":[\"%s\"],\"order\":[\"%s\",\"%s\"]}", bob, bob,
		ann);
	const struct response *r = send_json("PATCH", "/v1/rooms/r/layout", "", body);
	assert_status(r, 200);
	snprintf(first, sizeof(first), "\"show\":\"speaker\",\"participant\":\"%s\"", bob);
	assert_non_null(strstr(r->body, first));
	snprintf(body, sizeof(body), "\"spotlight\":[\"%s\"],\"pins\":[],\"order\":[\"%s\",\"%s\"]",
		bob, bob, ann);
	assert_non_null(strstr(r->body, body));

	snprintf(body, sizeof(body), "{\"pins\":[\"%s\"],\"spotlight\":null}", ann);
	r = send_json("PATCH", "/v1/rooms/r/layout", "", body); /* what is not named stays */
	assert_status(r, 200);
	snprintf(body, sizeof(body), "\"spotlight\":[],\"pins\":[\"%s\"],\"order\":[\"%s\",\"%s\"]",
		ann, bob, ann);
	assert_non_null(strstr(r->body, body));

	snprintf(body, sizeof(body), "{\"pins\":[\"%s\",\"nobody\"]}", ann);
	assert_problem(send_json("PATCH", "/v1/rooms/r/layout", "", body), 422, "/pins/1");
	assert_problem(send_json("PATCH", "/v1/rooms/r/layout", "", "{\"pins\":7}"), 422, "/pins");
	assert_problem(
		send_json("PATCH", "/v1/rooms/r/layout", "", "{\"pins\":[7]}"), 422, "/pins/0");
	assert_problem(
		send_json("PATCH", "/v1/rooms/r/layout", "", "{\"name\":\"pip\"}"), 422, "/name");
}

static void are_stored_and_last(void **state)
{
	char etag[256], headers[300], value[256];
	(void)state;
	assert_status(get("/v1/layouts/mine"), 404);
	const struct response *r = put("/v1/layouts/mine?dry_run=true", ONE_REGION("mine", ""));
	assert_status(r, 200);
	assert_status(get("/v1/layouts/mine"), 404);
	r = put("/v1/layouts/mine", ONE_REGION("mine", ""));
	assert_status(r, 201);
	assert_string_equal(ts_fetched(r, "Location", value), "/v1/layouts/mine");
	ts_fetched(r, "ETag", etag);
	snprintf(headers, sizeof(headers), "If-Match: %s\r\n", etag);
	assert_status(send_json("PUT", "/v1/layouts/mine", headers,
			      ONE_REGION("mine", ",\"fit\":\"fit\"")),
		200);
	assert_status(send_json("PUT", "/v1/layouts/mine", headers, ONE_REGION("mine", "")), 412);
	assert_status(send_json("PUT", "/v1/layouts/mine", "If-None-Match: *\r\n",
			      ONE_REGION("mine", "")),
		412);
	assert_status(put("/v1/layouts/also", ONE_REGION("also", "")), 201);

	ts_server_restart();
	r = get("/v1/layouts/mine");
	assert_status(r, 200);
	assert_string_equal(r->body, ONE_REGION("mine", ",\"fit\":\"fit\""));
	assert_non_null(strstr(get("/v1/layouts")->body,
		"{\"name\":\"portrait\",\"shipped\":true},{\"name\":\"also\","
		"\"shipped\":false},{\"name\":\"mine\",\"shipped\":false}]"));
	ts_server_join("/join/r?name=Ann");
	assert_status(put("/v1/rooms/r/layout", "{\"name\":\"mine\"}"), 200);
	assert_status(ts_fetch(ts_server.port, "DELETE", "/v1/layouts/mine", "", NULL), 204);
	assert_status(ts_fetch(ts_server.port, "DELETE", "/v1/layouts/mine", "", NULL), 404);
	/* who shows it goes on */
	assert_string_equal(room_shows(get("/v1/rooms/r/layout")->body), "mine 1280");
}

static void shipped_ones_stay(void **state)
{
	(void)state;
	assert_status(put("/v1/layouts/grid", ONE_REGION("grid", "")), 409);
	assert_status(ts_fetch(ts_server.port, "DELETE", "/v1/layouts/grid", "", NULL), 409);
	assert_status(put("/v1/layouts/.hidden", ONE_REGION("x", "")), 404);
	assert_status(put("/v1/layouts/..%2Fx", ONE_REGION("x", "")), 404);
	assert_problem(put("/v1/layouts/mine", ONE_REGION("other", "")), 422, "/name");
	assert_problem(put("/v1/layouts/mine", "{\"name\":\"mine\"}"), 422, "/variants");
}

/* Files that somebody else put there. */
static void reads_what_can_be_read(void **state)
{
	static const struct {
		const char *file, *text;
	} files[] = {
		{"good.json", ONE_REGION("good", "")},
		{"other.json", ONE_REGION("name", "")},
		{"grid.json", ONE_REGION("grid", "")},
		{"bad.json", "{"},
		{".good.json.x", "{"},
		{"note.txt", "hello"},
	};
	char path[160];
	(void)state;
	snprintf(path, sizeof(path), "%s/layouts", ts_server.state_dir);
	mkdir(path, 0755);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/layouts/%s", ts_server.state_dir, files[i].file);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fputs(files[i].text, file);
		fclose(file);
	}
	ts_server_restart();
	assert_non_null(strstr(get("/v1/layouts")->body,
		"{\"name\":\"portrait\",\"shipped\":true},{\"name\":\"good\",\"shipped\":false}]"));
}

static void cannot_be_written(void **state)
{
	(void)state;
	/* no folder */
	FILE *file = fopen(strcat(strcpy((char[96]){0}, ts_server.state_dir), "/layouts"), "w");
	assert_non_null(file);
	fclose(file);
	assert_status(put("/v1/layouts/mine", ONE_REGION("mine", "")), 503);
	assert_status(get("/v1/layouts/mine"), 404);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (; (text = strstr(text, what)); text++) n++;
	return n;
}

static void draws_them(void **state)
{
	char value[256];
	(void)state;
	const struct response *r = get(
		"/v1/layouts/speaker/preview.svg?count=5&width=640&height=360");
	assert_status(r, 200);
	assert_string_equal(ts_fetched(r, "Content-Type", value), "image/svg+xml");
	assert_non_null(strstr(r->body, "viewBox=\"0 0 640 360\""));
	assert_int_equal(count(r->body, "<text"), 5);
	r = get("/v1/layouts/speaker/preview.svg?count=20&presentation=true");
	assert_int_equal(count(r->body, "<text"), 8 + 1); /* slides, seven people, "+12" */
	assert_non_null(strstr(r->body, ">+12<"));
	assert_problem(get("/v1/layouts/speaker/preview.svg?count=many"), 400, "/count");
	assert_problem(get("/v1/layouts/speaker/preview.svg?width=99999"), 400, "/width");
	assert_status(get("/v1/layouts/nowhere/preview.svg"), 404);
}

/* No painter draws here: what is right gets as far as that. */
static void drafts_are_drawn(void **state)
{
	static const char path[] = "/v1/layouts/mine/preview.png?count=3&width=640&height=360";
	(void)state;
	assert_status(send_json("POST", path, "", ONE_REGION("mine", "")), 503);
	assert_problem(send_json("POST", path, "", ONE_REGION("other", "")), 422, "/name");
	assert_problem(send_json("POST", path, "", ONE_REGION("mine", ",\"z\":1.5")), 422,
		"/variants/0/regions/0/z");
	assert_status(send_json("POST", path, "", "{\"name\":"), 400);
	assert_problem(send_json("POST", "/v1/layouts/mine/preview.png?width=1922", "",
			       ONE_REGION("mine", "")),
		400, "/width");
	assert_status(ts_fetch(ts_server.port, "POST", path, "Content-Type: text/plain\r\n",
			      ONE_REGION("mine", "")),
		415);
	assert_int_equal(ts_server.api.drawing.n, 0);
	char value[256];
	const struct response *r = send_json("POST", path, "", ONE_REGION("mine", ""));
	assert_null(ts_fetched(r, "Retry-After", value)); /* there is no painter */
	for (int i = 0; i < TS_PLACES_OF_ADDRESS; i++)
		assert_true(ts_places_take(&ts_server.api.drawing, "127.0.0.1"));
	r = send_json("POST", path, "", ONE_REGION("mine", ""));
	assert_status(r, 503);
	assert_non_null(ts_fetched(r, "Retry-After", value));
	assert_status(get("/v1/layouts/speaker/preview.png"), 503);
	ts_server.api.drawing.n = 0;
	assert_status(get("/v1/layouts/mine"), 404); /* nothing is stored */
}

static void rooms_are_made_with_one(void **state)
{
	(void)state;
	assert_status(send_json("POST", "/v1/rooms", "", "{\"id\":\"r\",\"layout\":\"pip\"}"), 201);
	assert_non_null(strstr(get("/v1/rooms/r")->body, "\"layout\":\"pip\""));
	assert_status(send_json("PATCH", "/v1/rooms/r", "", "{\"locked\":true}"), 200);
	assert_non_null(strstr(get("/v1/rooms/r")->body, "\"layout\":\"pip\""));
	assert_problem(
		send_json("PATCH", "/v1/rooms/r", "", "{\"layout\":\"nice\"}"), 422, "/layout");
	assert_problem(
		send_json("PATCH", "/v1/rooms/r", "", "{\"layout\":\"a b\"}"), 422, "/layout");
	assert_status(send_json("PATCH", "/v1/rooms/r", "", "{\"layout\":\"speaker\"}"), 200);
	assert_non_null(strstr(get("/v1/rooms/r/layout")->body, "\"name\":\"speaker\""));
	assert_status(put("/v1/rooms/r/layout", ONE_REGION("mine", "")), 200);
	assert_status(send_json("PATCH", "/v1/rooms/r", "", "{\"locked\":false}"),
		200); /* one that has no name here stays */
	assert_non_null(strstr(get("/v1/rooms/r/layout")->body, "\"name\":\"mine\""));
	assert_status(put("/v1/rooms/r", "{}"), 200);
	assert_non_null(strstr(get("/v1/rooms/r/layout")->body, "\"name\":\"grid\""));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ts_server_setup, ts_server_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_chosen_by_name_or_given),
		TEST(bad_ones_change_nothing),
		TEST(two_moderators),
		TEST(spotlight_pins_and_order),
		TEST(are_stored_and_last),
		TEST(shipped_ones_stay),
		TEST(reads_what_can_be_read),
		TEST(cannot_be_written),
		TEST(draws_them),
		TEST(drafts_are_drawn),
		TEST(rooms_are_made_with_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
