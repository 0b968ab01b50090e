/* Why somebody receives what they receive: the sentences, and the routes that give them. */
#include "base/media.h"
#include "control/json/reasons.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/fake_room.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const struct ts_room_config room = {.id = "r", .width = 1280, .height = 720, .fps = 30};

/* Somebody about whom nothing is wrong. */
static const struct ts_participant_info fine = {
	.id = "1",
	.name = "Ann",
	.identity = "",
	.role = "",
	.state = TS_P_CONNECTED,
	.audio_codec = TS_CODEC_OPUS,
	.audio_sent_codec = TS_CODEC_OPUS,
	.level_dbov = -30,
	.camera = {.active = true, .codec = TS_CODEC_VP8, .width = 1280, .height = 720, .fps = 30},
	.tile_w = 640,
	.tile_h = 360,
	.slides_region = -1,
	.receives_codec = TS_CODEC_H264,
	.receives = {.width = 1280, .height = 720, .fps = 30, .bitrate_bps = 1500000},
	.receives_bps = 1500000,
	.receivers = 1,
	.keyframe_credit = 3,
	.network = {.reports = 5, .sent_bps = 1600000, .estimate_bps = 3000000, .rtt_us = 20000},
};
static const struct ts_step third = {.width = 640, .height = 360, .fps = 30, .bitrate_bps = 500000};

static const char *said(const struct ts_reasons *r, enum ts_about about)
{
	static char all[TS_REASONS_MAX * TS_REASON_TEXT];
	all[0] = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->reason[i].about == about)
			strcat(strcat(all, all[0] ? " " : ""), r->reason[i].text);
	return all;
}

static struct ts_reasons find(const struct ts_participant_info *info, bool to_themselves)
{
	struct ts_reasons out;
	const struct ts_reasons_of of = {.info = info,
		.room = &room,
		.layout = "grid",
		.places = 4,
		.taken = 4,
		.to_themselves = to_themselves};
	ts_reasons_find(&out, &of);
	return out;
}

static void assert_says(
	const struct ts_participant_info *info, enum ts_about about, const char *words)
{
	const struct ts_reasons r = find(info, false);
	if (!strstr(said(&r, about), words))
		fail_msg("\"%s\" does not say \"%s\"", said(&r, about), words);
}

static void one_with_a_view_of_their_own(void **state)
{
	(void)state;
	struct ts_personal_info personal = {.state = TS_PERSONAL_OWN,
		.self = TS_SELF_HIDE,
		.sharers = 1,
		.pixels_per_s = 55296000};
	const struct ts_reasons_of of = {.info = &fine,
		.room = &room,
		.personal = &personal,
		.layout = "grid",
		.places = 4,
		.taken = 4,
		.to_themselves = true};
	struct ts_reasons r;
	ts_reasons_find(&r, &of);
	assert_non_null(strstr(said(&r, TS_ABOUT_PICTURE),
		"It is a view of your own, without yourself, which 1 receive: it costs 55.3 "
		"megapixels"));
	personal.sharers = 0;
	for (int state_of = TS_PERSONAL_FULL; state_of < TS_PERSONAL_STATES; state_of++) {
		personal.state = (enum ts_personal_state)state_of;
		ts_reasons_find(&r, &of);
		assert_non_null(strstr(said(&r, TS_ABOUT_PICTURE),
			state_of == TS_PERSONAL_UNFIT
				? "The layout of your own has no use on this canvas"
				: "You want a view of your own and are sent the shared one: "));
	}
}

static void one_who_is_well(void **state)
{
	(void)state;
	assert_says(&fine, TS_ABOUT_PICTURE,
		"They are sent 1280x720 at 30 pictures a second and 1500 kbit/s, which is "
		"all that");
	const struct ts_reasons r = find(&fine, false);
	assert_string_equal(said(&r, TS_ABOUT_NEEDS), "");
	assert_says(&fine, TS_ABOUT_LINK, "carries 3000 kbit/s, of which 1600 are used");
	assert_says(
		&fine, TS_ABOUT_SHOWN, "in a tile of 640x360 (region 0 of the layout \"grid\")");
	assert_says(&fine, TS_ABOUT_HEARD, "They are heard when they speak");
}

static void a_thin_way(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.receives = third;
	p.receives_bps = 430000;
	p.limited_by = TS_LIMITED_BY_NETWORK;
	p.step_wants_bps = 1080000;
	p.network.estimate_bps = 700000;
	p.network.loss_permille = 123;
	p.network.queue_ms = 80;
	assert_says(&p, TS_ABOUT_PICTURE, "640x360 at 30 pictures a second and 430 kbit/s.");
	assert_says(&p, TS_ABOUT_PICTURE, "The way to them takes no more");
	assert_says(&p, TS_ABOUT_NEEDS, "must carry 1080 kbit/s");
	assert_says(&p, TS_ABOUT_NEEDS, "estimated at 700 kbit/s.");
	assert_says(
		&p, TS_ABOUT_LINK, "12.3 % of the pictures' packets were lost on the way: a bad");
	assert_says(&p, TS_ABOUT_LINK, "waits 80 ms");
	p.changes_step = p.refreshes = true;
	p.step_trial_unix_ms = 1;
	assert_says(&p, TS_ABOUT_PICTURE, "about to be sent another step");
	assert_says(&p, TS_ABOUT_PICTURE, "(intra refresh)");
	assert_says(&p, TS_ABOUT_NEEDS, "tried from time to time");
	p.network.app_limited = true;
	assert_says(&p, TS_ABOUT_NEEDS, "700 kbit/s, which is what is known to pass");
	p.network = (struct ts_network){.reports = 0};
	assert_says(&p, TS_ABOUT_LINK, "Nothing is known");
	p.network.peer_bps = 400000;
	assert_says(&p, TS_ABOUT_LINK, "They say that they take 400 kbit/s; 0 are sent");
}

static void what_was_asked_for(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.receives = third;
	p.limited_by = TS_LIMITED_BY_ASKED;
	p.need.max_height = 400;
	assert_says(&p, TS_ABOUT_PICTURE, "asked for at most 400 lines (max_height)");
	p.need = (struct ts_need){.max_kbps = 600};
	assert_says(&p, TS_ABOUT_PICTURE, "asked for at most 600 kbit/s");
	p.need = (struct ts_need){.max_fps = 15};
	assert_says(&p, TS_ABOUT_PICTURE, "at most 15 pictures");
	p.limited_by = TS_LIMITED_BY_DECODER;
	assert_says(&p, TS_ABOUT_PICTURE, "Their decoder");
	p.receives.width = 0;
	assert_says(&p, TS_ABOUT_PICTURE, "sent no picture");
	p.state = TS_P_CONNECTING;
	assert_says(&p, TS_ABOUT_PICTURE, "not connected yet");
	p.kind = TS_KIND_WHIP;
	assert_says(&p, TS_ABOUT_PICTURE, "nothing is sent");
}

static void keyframes(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.receivers = 4;
	assert_says(&p, TS_ABOUT_KEYFRAMES, "4 receivers share");
	p.keyframe_credit = 0;
	p.keyframe_requests = 17;
	assert_says(&p, TS_ABOUT_KEYFRAMES, "again and again, 17 so far");
	p.keyframe_owed = true;
	assert_says(&p, TS_ABOUT_KEYFRAMES, "costs the 4 who share");
}

static void shown_and_heard(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.region = -1;
	assert_says(&p, TS_ABOUT_SHOWN, "others are in the 4 places");
	const struct ts_reasons_of elsewhere = {
		.info = &p, .room = &room, .layout = "stage", .places = 4, .taken = 3};
	struct ts_reasons r;
	ts_reasons_find(&r, &elsewhere);
	assert_non_null(strstr(said(&r, TS_ABOUT_SHOWN), "\"stage\" has no place for them"));
	p.state = TS_P_CONNECTING;
	assert_says(&p, TS_ABOUT_SHOWN, "not shown yet: they are not connected");
	p.state = TS_P_CONNECTED;
	p.region = 1;
	p.video_muted = true;
	assert_says(&p, TS_ABOUT_SHOWN, "hidden by the API");
	p.video_muted = false;
	p.camera.active = false;
	assert_says(&p, TS_ABOUT_SHOWN, "no picture comes");
	p.kind = TS_KIND_WHEP;
	assert_says(&p, TS_ABOUT_SHOWN, "watchers are not shown");
	assert_says(&p, TS_ABOUT_HEARD, "watchers are not heard");
	p = fine;
	p.muted_by = TS_MUTED_SELF;
	assert_says(&p, TS_ABOUT_HEARD, "they muted themselves");
	p.muted_by = TS_MUTED_API;
	assert_says(&p, TS_ABOUT_HEARD, "by the API");
	p.muted_by = TS_MUTED_NOT;
	p.gain_db = -50;
	assert_says(&p, TS_ABOUT_HEARD, "turned down by 50 dB");
	p.audio_codec = TS_CODEC_NONE;
	assert_says(&p, TS_ABOUT_HEARD, "no sound has come");
}

static void an_overloaded_server(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.overload = TS_OVERLOAD_FROZEN_TILES;
	p.draws_every = 2;
	p.camera.frozen = true;
	assert_says(
		&p, TS_ABOUT_PICTURE, "overloaded, and does less for all: step \"frozen-tiles\"");
	assert_says(&p, TS_ABOUT_PICTURE, "only 15 a second are drawn");
	assert_says(&p, TS_ABOUT_SHOWN, "only the cameras of the 3 who spoke last are live");
	p.limited_by = TS_LIMITED_BY_OVERLOAD;
	assert_says(&p, TS_ABOUT_PICTURE, "leaves out the step");
	p.overload = TS_OVERLOAD_NONE;
	assert_says(&p, TS_ABOUT_PICTURE, "no further encoder");
}

static void who_fell_silent(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.state = TS_P_STALLED;
	assert_says(&p, TS_ABOUT_HEARD, "They are not heard: nothing comes from them any more.");
}

static void sound_alone_is_known(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.network = (struct ts_network){.audio_reports = 1, .audio_loss_permille = 31};
	assert_says(&p, TS_ABOUT_LINK, "3.1 % of the sound's packets were lost");
}

static void said_to_themselves(void **state)
{
	(void)state;
	struct ts_participant_info p = fine;
	p.muted_by = TS_MUTED_SELF;
	p.receives = third;
	p.limited_by = TS_LIMITED_BY_NETWORK;
	const struct ts_reasons r = find(&p, true);
	assert_string_equal(said(&r, TS_ABOUT_HEARD), "You are not heard: you muted yourself.");
	assert_non_null(strstr(said(&r, TS_ABOUT_PICTURE), "The way to you takes"));
}

/* Whatever the numbers, each sentence ends and there is room for all. */
static void wild_numbers(void **state)
{
	(void)state;
	struct ts_participant_info p;
	for (int fill = 0; fill < 256; fill += 85) {
		p = fine;
		memset(&p.network, fill & 0x7f, sizeof(p.network));
		p.network.app_limited = fill & 1;
		p.receives = third;
		p.receives_bps = p.step_wants_bps = (uint32_t)fill << 24;
		p.limited_by = TS_LIMITED_BY_NETWORK;
		memset(&p.need, fill & 0x7f, sizeof(p.need));
		p.gain_db = 20;
		const struct ts_reasons r = find(&p, true);
		assert_in_range(r.n, 4, TS_REASONS_MAX - 1);
		for (size_t i = 0; i < r.n; i++) {
			const size_t len = strlen(r.reason[i].text);
			assert_int_equal(r.reason[i].text[len - 1], '.');
		}
	}
}

/* ---- the routes */

static json_t *get(const char *format, const char *id, int status)
{
	char path[200];
	snprintf(path, sizeof(path), format, id);
	const struct response *r = ts_fetch(ts_server.port, "GET", path, "", NULL);
	assert_int_equal(r->status, status);
	json_t *json = json_loads(r->body, 0, NULL);
	assert_non_null(json);
	return json;
}

static json_t *quality_of(const char *id)
{
	return get("/v1/rooms/r/participants/%s/quality", id, 200);
}

static double number(const json_t *quality, const char *of, const char *name)
{
	const json_t *value = json_object_get(json_object_get(quality, of), name);
	if (!json_is_number(value)) fail_msg("%s.%s is no number", of, name);
	return json_number_value(value);
}

/* What each figure is made of. */
static void judge(const char *id)
{
	ts_fake.info = fine;
	ts_fake.info.network.reports = 0;
	ts_fake.info.latency.jitter_buffer_ns = 50 * 1000000;
	ts_fake.info.network.audio_jitter_us = 40000;
	ts_fake.info.audio_stats.jitter_us = 7000000; /* of what they send: in the buffer */
	json_t *q = quality_of(id);
	assert_float_equal(number(q, "sound_in", "delay_ms"), 10 + 50 + 60, 1e-6);
	assert_float_equal(number(q, "sound_out", "delay_ms"), 10 + 80 + 60, 1e-6);
	assert_true(json_is_null(
		json_object_get(json_object_get(q, "sound_out"), "loss"))); /* not known */
	json_decref(q);

	/* sound's own loss, not the pictures', and what repairs it */
	ts_fake.info = fine;
	ts_fake.info.network.loss_permille = 500;
	ts_fake.info.network.audio_reports = 1;
	ts_fake.info.network.audio_loss_permille = 100;
	q = quality_of(id);
	const double plain = number(q, "sound_out", "mos");
	assert_float_equal(number(q, "sound_out", "loss"), 0.1, 1e-9);
	json_decref(q);
	ts_fake.info.audio_sent_red = 2;
	q = quality_of(id);
	assert_float_equal(number(q, "sound_out", "loss"), 0.1, 1e-9);
	assert_true(number(q, "sound_out", "mos") > plain + 0.5);
	json_decref(q);

	/* half of the pictures, a camera that stands still */
	ts_fake.info = fine;
	ts_fake.info.draws_every = 2;
	ts_fake.info.camera.frozen = true;
	q = quality_of(id);
	assert_float_equal(number(q, "picture_out", "fps"), 15, 0);
	assert_float_equal(number(q, "picture_in", "score"), 1, 1e-9);
	json_decref(q);

	ts_fake.info = fine;
	ts_fake.info.state = TS_P_STALLED;
	q = quality_of(id);
	assert_true(json_is_null(json_object_get(q, "sound_in")));
	json_decref(q);
	ts_fake.info = fine;
}

static void routes_answer(void **state)
{
	(void)state;
	char session[256], path[300];
	ts_fake.info = fine;
	ts_fake.info.network.loss_permille = 100;
	const struct response *joined = ts_server_join("/join/r?name=Ann");
	ts_fetched(joined, "Location", session);
	json_t *people = get("/v1/rooms/%s/participants", "r", 200);
	const char *id = json_string_value(
		json_object_get(json_array_get(json_object_get(people, "items"), 0), "id"));

	json_t *explain = get("/v1/rooms/r/participants/%s/explain", id, 200);
	assert_string_equal(json_string_value(json_object_get(explain, "name")), "Ann");
	assert_true(json_is_true(json_object_get(explain, "heard")));
	json_t *network = json_object_get(explain, "network");
	assert_int_equal(json_integer_value(json_object_get(network, "estimate_kbps")), 3000);
	assert_true(json_is_null(json_object_get(network, "peer_kbps")));
	assert_true(json_real_value(json_object_get(network, "loss")) == 0.1);
	json_decref(explain);

	json_t *quality = get("/v1/rooms/r/participants/%s/quality", id, 200);
	const double in = json_real_value(
			     json_object_get(json_object_get(quality, "sound_in"), "mos")),
		     out = json_real_value(
			     json_object_get(json_object_get(quality, "sound_out"), "mos"));
	assert_true(in > 4.3 && out < in && out > 3);
	json_decref(quality);
	judge(id);

	snprintf(path, sizeof(path), "%s/explain", session);
	json_t *own = get("%s", path, 200);
	assert_string_equal(json_string_value(json_object_get(own, "id")), id);
	json_decref(own);
	snprintf(path, sizeof(path), "%s/quality", session);
	json_decref(get("%s", path, 200));
	json_decref(people);
	json_decref(get("/v1/rooms/r/participants/%s/explain", "nobody", 404));
	json_decref(get("/v1/rooms/none/participants/%s/quality", "nobody", 404));
	json_decref(get("/s/%s/explain", "00000000000000000000000000000000", 404));
}

#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_with_a_view_of_their_own),
		cmocka_unit_test(one_who_is_well),
		cmocka_unit_test(a_thin_way),
		cmocka_unit_test(what_was_asked_for),
		cmocka_unit_test(keyframes),
		cmocka_unit_test(shown_and_heard),
		cmocka_unit_test(an_overloaded_server),
		cmocka_unit_test(who_fell_silent),
		cmocka_unit_test(sound_alone_is_known),
		cmocka_unit_test(said_to_themselves),
		cmocka_unit_test(wild_numbers),
		T(routes_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
