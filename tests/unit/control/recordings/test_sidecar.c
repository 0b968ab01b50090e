#include "control/recordings/sidecar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char id[] = "01M8CGH4868AC6PX48V1YQGZ93";

static struct ts_recording *read_text(const char *text)
{
	return ts_sidecar_read(id, text, strlen(text), NULL);
}

static void drop(struct ts_recording *r)
{
	g_array_unref(r->parts);
	g_array_unref(r->tracks);
	g_free(r);
}

static void test_there_and_back(void **state)
{
	(void)state;
	struct ts_recording r = {.container = TS_CONTAINER_WEBM,
		.state = TS_RECORDING_DONE,
		.reason = "stopped",
		.created_ms = 5,
		.duration_ms = 3000};
	const struct ts_recording_part part = {
		.bytes = 10, .width = 64, .height = 36, .seekable = true};
	json_t *events;
	strcpy(r.id, id);
	strcpy(r.room, "a");
	strcpy(r.name, "B \"c\"");
	r.parts = g_array_new(FALSE, TRUE, sizeof(part));
	g_array_append_val(r.parts, part);
	g_array_append_val(r.parts, part);
	const struct ts_recording_track track = {.number = 3,
		.participant = "01M8CGH4868AC6PX48V1YQGZ95",
		.name = "Ann",
		.kind = TS_STREAM_CAMERA,
		.codec = "vp8",
		.bytes = 7,
		.width = 640,
		.height = 360};
	r.with_tracks = true;
	r.tracks = g_array_new(FALSE, TRUE, sizeof(track));
	g_array_append_val(r.tracks, track);
	char *text = ts_sidecar_text(&r, json_pack("[{s:s}]", "event", "joined"));
	assert_non_null(strstr(text, "01M8CGH4868AC6PX48V1YQGZ93-2.webm"));
	struct ts_recording *back = ts_sidecar_read(id, text, strlen(text), &events);
	assert_non_null(back);
	assert_string_equal(back->room, "a");
	assert_string_equal(back->name, "B \"c\"");
	assert_int_equal(back->container, TS_CONTAINER_WEBM);
	assert_int_equal(back->state, TS_RECORDING_DONE);
	assert_int_equal(back->bytes, 20);
	assert_int_equal(back->parts->len, 2);
	assert_int_equal(json_array_size(events), 1);
	assert_true(back->with_tracks);
	assert_int_equal(back->tracks->len, 1);
	const struct ts_recording_track *t = &g_array_index(
		back->tracks, struct ts_recording_track, 0);
	assert_int_equal(t->number, 3);
	assert_string_equal(t->name, "Ann");
	assert_string_equal(t->codec, "vp8");
	assert_int_equal(t->width, 640);
	json_decref(events);
	drop(back);
	g_array_unref(r.parts);
	g_array_unref(r.tracks);
	free(text);
}

/* A file that somebody else put there makes no path, no overflow, no crash. */
static void test_what_is_none(void **state)
{
	(void)state;
	static const char *const none[] = {"", "{", "[]", "{}", "{\"id\": 5}",
		"{\"id\": \"01M8CGH4868AC6PX48V1YQGZ93\"}",
		"{\"id\": \"01M8CGH4868AC6PX48V1YQGZ93\", \"room\": \"../a\", \"format\": \"mp4\"}",
		"{\"id\": \"01M8CGH4868AC6PX48V1YQGZ93\", \"room\": \"a\", \"format\": \"exe\"}",
		"{\"id\": \"01M8CGH4868AC6PX48V1YQGZ94\", \"room\": \"a\", \"format\": \"mp4\"}"};
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) assert_null(read_text(none[i]));
	struct ts_recording *r = read_text(
		"{\"id\": \"01M8CGH4868AC6PX48V1YQGZ93\", \"room\": \"a\", \"format\": \"mp4\", "
		"\"state\": \"?\", \"duration_ms\": -5, \"created_ms\": 9223372036854775807, "
		"\"files\": [{\"bytes\": 9223372036854775807}, {\"bytes\": \"x\"}, 7]}");
	assert_non_null(r);
	assert_int_equal(r->state, TS_RECORDING_FAILED);
	assert_int_equal(r->duration_ms, 0);
	assert_int_equal(r->created_ms, 0);
	assert_int_equal(r->bytes, 0);
	assert_int_equal(r->parts->len, 3);
	drop(r);
}

static void test_ids(void **state)
{
	(void)state;
	assert_true(ts_sidecar_id_ok(id));
	assert_false(ts_sidecar_id_ok("../../../../etc/passwd0000"));
	assert_false(ts_sidecar_id_ok("01M8CGH4868AC6PX48V1YQGZ9"));
	assert_false(ts_sidecar_id_ok("01m8cgh4868ac6px48v1yqgz93"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
