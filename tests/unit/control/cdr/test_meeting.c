/* The line of a meeting: who, how many, the longest, and what is left out. */
#include "control/cdr/meeting.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static void leave(struct ts_meeting *m, uint64_t key, const char *name, enum ts_kind kind,
	enum ts_codec codec, int64_t now_ms)
{
	char id[TS_ULID_LEN + 1];
	const struct ts_participant_info info = {
		.id = id, .name = name, .identity = "", .role = "guest", .kind = kind};
	const struct ts_summary media = {.audio = {.in = codec}};
	snprintf(id, sizeof(id), "P%llu", (unsigned long long)key);
	ts_meeting_left(m, key, &info, &media, "left", now_ms);
}

static json_int_t number(const json_t *json, const char *name)
{
	if (!json_is_integer(json_object_get(json, name))) fail_msg("%s is no number", name);
	return json_integer_value(json_object_get(json, name));
}

static void who_was_there(void **state)
{
	struct ts_meeting *m = ts_meeting_new("board", 1000);
	(void)state;
	ts_meeting_came(m, 1, 1000);
	ts_meeting_came(m, 2, 2000);
	assert_true(ts_meeting_has(m, 2));
	leave(m, 2, "Bea", TS_KIND_SIP, TS_CODEC_G722, 9000);
	assert_false(ts_meeting_has(m, 2));
	ts_meeting_came(m, 3, 9500);
	assert_int_equal(ts_meeting_here(m), 2);
	leave(m, 1, "Ann", TS_KIND_WEBRTC, TS_CODEC_OPUS, 11000);
	leave(m, 3, "", TS_KIND_SIP, TS_CODEC_NONE, 9000); /* the clock was set back */
	json_t *line = ts_meeting_json(m, json_pack("[s]", "R1"), json_array(), 11000);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "type")), "room");
	assert_string_equal(json_string_value(json_object_get(line, "room")), "board");
	assert_int_equal(number(line, "people"), 3);
	assert_int_equal(number(line, "peak"), 2);
	assert_int_equal(number(line, "duration_ms"), 10000);
	assert_int_equal(number(json_object_get(line, "by_kind"), ts_kind_name(TS_KIND_SIP)), 2);
	const json_t *longest = json_object_get(line, "longest");
	assert_string_equal(json_string_value(json_object_get(longest, "name")), "Ann");
	assert_int_equal(number(longest, "duration_ms"), 10000);
	const json_t *who = json_object_get(line, "who");
	assert_int_equal(json_array_size(who), 3);
	assert_int_equal(number(json_array_get(who, 2), "duration_ms"), 0);
	assert_true(json_is_null(json_object_get(json_array_get(who, 2), "name")));
	assert_int_equal(json_array_size(json_object_get(line, "audio_codecs")), 2);
	assert_int_equal(json_array_size(json_object_get(line, "video_codecs")), 0);
	assert_int_equal(json_array_size(json_object_get(line, "recordings")), 1);
	json_decref(line);
	ts_meeting_free(m);
}

static void a_crowd_is_counted(void **state)
{
	struct ts_meeting *m = ts_meeting_new("hall", 1);
	(void)state;
	for (uint64_t key = 1; key <= TS_MEETING_WHO + 50; key++) ts_meeting_came(m, key, 1);
	for (uint64_t key = 1; key <= TS_MEETING_WHO + 50; key++)
		leave(m, key, "x", TS_KIND_WHEP, TS_CODEC_NONE, 2);
	json_t *line = ts_meeting_json(m, json_array(), json_array(), 2);
	assert_int_equal(number(line, "people"), TS_MEETING_WHO + 50);
	assert_int_equal(number(line, "peak"), TS_MEETING_WHO + 50);
	assert_int_equal(number(line, "not_named"), 50);
	assert_int_equal(json_array_size(json_object_get(line, "who")), TS_MEETING_WHO);
	json_decref(line);
	ts_meeting_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_there),
		cmocka_unit_test(a_crowd_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
