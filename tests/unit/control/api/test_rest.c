#include "base/counter.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct response *get(const char *target)
{
	return ts_fetch(ts_server.port, "GET", target, "", NULL);
}

/* The body as JSON; strings "*" in `pattern` stand for anything. */
static bool matches(const json_t *json, const json_t *pattern)
{
	const char *key;
	json_t *value;
	size_t i;
	if (json_is_string(pattern) && !strcmp(json_string_value(pattern), "*"))
		return json != NULL;
	if (json_typeof(json) != json_typeof(pattern)) return false;
	if (json_is_object(pattern)) {
		if (json_object_size(json) != json_object_size(pattern)) return false;
		json_object_foreach((json_t *)(uintptr_t)pattern, key, value)
		{
			const json_t *other = json_object_get(json, key);
			if (!other || !matches(other, value)) return false;
		}
		return true;
	}
	if (json_is_array(pattern)) {
		if (json_array_size(json) != json_array_size(pattern)) return false;
		json_array_foreach((json_t *)(uintptr_t)pattern, i,
			value) if (!matches(json_array_get(json, i), value)) return false;
		return true;
	}
	return json_equal(json, pattern);
}

static void check_json(const struct response *r, const char *pattern)
{
	char value[256];
	json_error_t error;
	assert_int_equal(r->status, 200);
	assert_string_equal(ts_fetched(r, "Content-Type", value), "application/json");
	json_t *json = json_loads(r->body, 0, &error), *want = json_loads(pattern, 0, &error);
	if (!want) fail_msg("the test's own JSON: %s", error.text);
	if (!json || !matches(json, want)) fail_msg("%s\n  is not\n%s", r->body, pattern);
	json_decref(json);
	json_decref(want);
}

#define ROOM(id)                                                                           \
	"{\"id\":\"" id                                                                    \
	"\",\"video\":{\"width\":1280,\"height\":720,\"fps\":30,\"bitrate_kbps\":1500,"    \
	"\"ladder\":\"close\"},"                                                           \
	"\"layout\":\"grid\",\"transition_ms\":0,\"agc\":false,\"denoise\":false,"         \
	"\"self\":\"show\","                                                               \
	"\"max_participants\":2,\"max_watchers\":1,\"record\":\"off\",\"recorded\":false," \
	"\"tones\":{\"join\":false,\"leave\":false,\"alone\":false,\"recorded\":false},"   \
	"\"streamed\":false,\"audio\":{\"mode\":\"voice\",\"floor_db\":0.0},"              \
	"\"hls\":\"off\",\"flv\":\"off\",\"keypad\":{},\"pin_set\":false,"                 \
	"\"wait_for_host\":false,\"when_host_leaves\":\"stay\",\"host_grace_s\":0,"        \
	"\"background\":null,\"watermark\":null,\"captions\":null,"                        \
	"\"number\":null,\"language\":null,"                                               \
	"\"host_pin_set\":false,\"waiting\":0,"                                            \
	"\"max_duration_s\":0,\"valid_from_ms\":null,\"valid_until_ms\":null,"             \
	"\"mute_on_entry\":\"off\",\"template\":null,\"ends_ms\":null,"                    \
	"\"breakout_of\":null,"                                                            \
	"\"locked\":false}"

static void shows_rooms(void **state)
{
	char value[256], later[256];
	(void)state;
	check_json(get("/v1/rooms"), "{\"items\":[]}");
	ts_server_join("/join/standup");
	ts_server_join("/join/b");
	check_json(get("/v1/rooms"), "{\"items\":[" ROOM("standup") "," ROOM("b") "]}");
	const struct response *r = get("/v1/rooms/standup");
	check_json(r, ROOM("standup"));
	assert_non_null(ts_fetched(r, "ETag", value));
	assert_string_equal(ts_fetched(get("/v1/rooms/standup/layout"), "ETag", later), value);
	ts_server_join("/join/standup");
	assert_string_not_equal(
		ts_fetched(get("/v1/rooms/standup/participants"), "ETag", later), value);
	assert_int_equal(get("/v1/rooms/none")->status, 404);
	assert_null(ts_fetched(get("/v1/rooms"), "Access-Control-Allow-Origin", value));
}

static void shows_participants(void **state)
{
	char target[200], value[256];
	(void)state;
	ts_server_join("/join/r?name=Ann");
#define NO_LATENCY                                                                            \
	"{\"network_ms\":null,\"jitter_buffer_ms\":null,\"decode_ms\":null,\"tick_ms\":null," \
	"\"compose_ms\":null,\"encode_ms\":null,\"pacer_ms\":null}"
	const char *quiet =
		"{\"items\":[{\"id\":\"*\",\"name\":\"Ann\",\"identity\":null,\"room\":\"r\","
		"\"view\":\"main\","
		"\"kind\":\"webrtc\",\"state\":\"connected\","
		"\"role\":null,"
		"\"avatar\":null,\"avatar_url\":null,"
		"\"muted\":false,\"muted_by\":null,\"video_muted\":false,"
		"\"speaking\":false,\"gain_db\":0.0,"
		"\"listen_db\":0.0,\"agc\":null,\"denoise\":null,\"hand\":false,\"hand_ms\":null,"
		"\"audio\":{\"codec\":null,\"level_dbov\":-127,\"agc_db\":0.0},"
		"\"sources\":[],\"receives\":null,\"content\":null,"
		"\"stats\":{\"loss\":0.0,\"jitter_ms\":0.0,\"rtt_ms\":null,\"av_skew_ms\":null,"
		"\"kbps_in\":0,\"kbps_out\":0,\"available_kbps\":null,\"queue_ms\":0,"
		"\"latency\":" NO_LATENCY "},"
		"\"layout\":null,\"self\":null,\"volumes\":{},\"volumes_heard\":true,"
		"\"channel\":null,\"interprets\":null,"
		"\"personal\":null,\"attributes\":{},"
		"\"user_agent\":null}]}";
	check_json(get("/v1/rooms/r/participants"), quiet);

	/* between requests the loop does not look at it */
	struct ts_participant_info *info = &ts_fake.info;
	info->state = TS_P_STALLED;
	info->speaking = true;
	info->level_dbov = -30;
	info->audio_codec = TS_CODEC_OPUS;
	info->camera = (struct ts_source_info){.active = true,
		.codec = TS_CODEC_H264,
		.width = 640,
		.height = 360,
		.fps = 29,
		.error = {.kind = TS_REFUSED_SIZE, .width = 5120, .height = 2880}};
	info->region = 3;
	info->receives_codec = TS_CODEC_VP8;
	info->receives = (struct ts_step){
		.width = 1280, .height = 720, .fps = 30, .bitrate_bps = 1500000};
	info->video_stats.rtt_us = 12500;
	info->audio_stats.jitter_us = 2500;
	info->latency = (struct ts_latency){.network_ns = 6250 * TS_NS_PER_US,
		.jitter_buffer_ns = 40 * TS_NS_PER_MS,
		.decode_ns = 3500 * TS_NS_PER_US,
		.tick_ns = 17 * TS_NS_PER_MS,
		.compose_ns = 2 * TS_NS_PER_MS,
		.encode_ns = 8 * TS_NS_PER_MS};
	const char *busy =
		"{\"id\":\"*\",\"name\":\"Ann\",\"identity\":null,\"room\":\"r\","
		"\"view\":\"main\","
		"\"kind\":\"webrtc\",\"state\":\"stalled\",\"role\":null,"
		"\"avatar\":null,\"avatar_url\":null,"
		"\"muted\":false,"
		"\"muted_by\":null,\"video_muted\":false,\"speaking\":true,\"gain_db\":0.0,"
		"\"listen_db\":0.0,\"agc\":null,\"denoise\":null,\"hand\":false,\"hand_ms\":null,"
		"\"audio\":{\"codec\":\"opus\",\"level_dbov\":-30,\"agc_db\":0.0},"
		"\"sources\":[{\"kind\":\"camera\",\"codec\":\"h264\",\"width\":640,\"height\":360,"
		"\"fps\":29,"
		"\"tiles\":[{\"view\":\"main\",\"region\":3}],"
		"\"frozen\":false,"
		"\"error\":\"picture too large: 5120x2880, at most 9437184 pixels, 8192 a side\","
		"\"layer\":null,\"simulcast\":[]}],"
		"\"receives\":{\"view\":\"main\",\"codec\":\"vp8\",\"width\":1280,\"height\":720,"
		"\"fps\":30,\"kbps\":1500,\"limited_by\":null},\"content\":null,"
		"\"stats\":{\"loss\":0.0,\"jitter_ms\":2.5,\"rtt_ms\":12.5,\"av_skew_ms\":null,"
		"\"kbps_in\":0,\"kbps_out\":0,\"available_kbps\":null,\"queue_ms\":0,"
		"\"latency\":{\"network_ms\":6.25,\"jitter_buffer_ms\":40.0,\"decode_ms\":3.5,"
		"\"tick_ms\":17.0,\"compose_ms\":2.0,\"encode_ms\":8.0,\"pacer_ms\":null}},"
		"\"layout\":null,\"self\":null,\"volumes\":{},\"volumes_heard\":true,"
		"\"channel\":null,\"interprets\":null,"
		"\"personal\":null,\"attributes\":{},"
		"\"user_agent\":null}";
	json_t *list = json_loads(get("/v1/rooms/r/participants")->body, 0, NULL);
	json_t *first = json_array_get(json_object_get(list, "items"), 0);
	snprintf(target, sizeof(target), "/v1/rooms/r/participants/%s",
		json_string_value(json_object_get(first, "id")));
	json_decref(list);
	const struct response *r = get(target);
	check_json(r, busy);
	assert_non_null(ts_fetched(r, "ETag", value));

	assert_int_equal(get("/v1/rooms/r/participants/01ARZ3NDEKTSV4RRFFQ69G5FAV")->status, 404);
	assert_int_equal(get("/v1/rooms/x/participants/01ARZ3NDEKTSV4RRFFQ69G5FAV")->status, 404);
	assert_int_equal(get("/v1/rooms/x/participants")->status, 404);
}

/* A session's secret is nowhere to be seen. */
static void keeps_secrets(void **state)
{
	char location[256];
	static const char *const targets[] = {"/v1/rooms", "/v1/rooms/r",
		"/v1/rooms/r/participants", "/v1/rooms/r/layout", "/metrics"};
	(void)state;
	ts_fetched(ts_server_join("/join/r"), "Location", location);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct response *r = get(targets[i]);
		assert_null(strstr(r->body, location + 3));
		assert_null(strstr(r->head, location + 3));
	}
}

static void shows_the_layout(void **state)
{
	(void)state;
	ts_server_join("/join/r?name=Ann");
	ts_server_join("/join/r?name=Bob");
	ts_fake.layout = (struct ts_layout){.canvas_w = 1280,
		.canvas_h = 720,
		.variant = 3, /* of the grid: without a presentation */
		.n = 2,
		.region = {{.rect = {0, 0, 640, 360}, .occupant = 1},
			{.rect = {640, 0, 640, 360}, .z = 1, .occupant = 77}}};
	check_json(get("/v1/rooms/r/layout"),
		"{\"name\":\"grid\",\"canvas\":{\"width\":1280,\"height\":720},\"variant\":3,"
		"\"regions\":["
		"{\"x\":0,\"y\":0,\"w\":640,\"h\":360,\"z\":0,\"show\":\"next\",\"participant\":"
		"\"*\",\"source\":\"camera\"},"
		"{\"x\":640,\"y\":0,\"w\":640,\"h\":360,\"z\":1,\"show\":\"next\",\"participant\":"
		"null,\"source\":null}],"
		"\"hidden\":[\"*\"],\"spotlight\":[],\"pins\":[],\"order\":[]}");
	assert_int_equal(get("/v1/rooms/x/layout")->status, 404);
}

static void knows_paths_and_methods(void **state)
{
	char value[256];
	(void)state;
	assert_int_equal(get("/v1")->status, 404);
	assert_int_equal(get("/v1/rooms/")->status, 404);
	assert_int_equal(get("/../etc/passwd")->status, 404);
	const struct response *r = ts_fetch(ts_server.port, "DELETE", "/v1/rooms", "", NULL);
	assert_int_equal(r->status, 405);
	assert_string_equal(ts_fetched(r, "Allow", value), "OPTIONS, GET, HEAD, POST");
	r = get("/join/r");
	assert_int_equal(r->status, 405);
	assert_string_equal(ts_fetched(r, "Allow", value), "OPTIONS, POST");
	r = ts_fetch(ts_server.port, "HEAD", "/v1/rooms", "", NULL);
	assert_int_equal(r->status, 200);
	assert_string_equal(ts_fetched(r, "Content-Length", value), "12");

	static const char *const preflight =
		"Origin: https://x.example\r\nAccess-Control-Request-Method: POST\r\n";
	r = ts_fetch(ts_server.port, "OPTIONS", "/join/r", preflight, NULL);
	assert_int_equal(r->status, 204);
	assert_null(ts_fetched(r, "Access-Control-Allow-Origin", value));
	assert_null(ts_fetched(r, "Access-Control-Allow-Methods", value));
	assert_int_equal(ts_config_set(&ts_server.config, "http.allowed_origins=https://x.example",
				 value, sizeof(value)),
		0);
	r = ts_fetch(ts_server.port, "OPTIONS", "/join/r", preflight, NULL);
	assert_int_equal(r->status, 204);
	assert_string_equal(ts_fetched(r, "Access-Control-Allow-Origin", value), "*");
	assert_string_equal(ts_fetched(r, "Access-Control-Allow-Methods", value), "OPTIONS, POST");
	assert_string_equal(ts_fetched(r, "Accept-Post", value), "application/sdp");
	assert_non_null(
		strstr(ts_fetched(r, "Access-Control-Allow-Headers", value), "Content-Type"));
	r = ts_fetch(ts_server.port, "OPTIONS", "/v1/rooms", "", NULL);
	assert_int_equal(r->status, 204);
	assert_null(ts_fetched(r, "Access-Control-Allow-Origin", value));
}

static void set_token(void *arg)
{
	free(ts_server.config.http.api_token);
	ts_server.config.http.api_token = strdup(arg);
}

static void asks_for_the_token(void **state)
{
	static const struct {
		const char *name, *header;
		int status;
	} rows[] = {
		{"none", "", 401},
		{"right", "Authorization: Bearer 0123456789abcdef\r\n", 200},
		{"scheme in small letters", "Authorization: bearer 0123456789abcdef\r\n", 200},
		{"wrong", "Authorization: Bearer 0123456789abcdeF\r\n", 401},
		{"shorter", "Authorization: Bearer 0123456789abcde\r\n", 401},
		{"longer", "Authorization: Bearer 0123456789abcdef0\r\n", 401},
		{"twice", "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n", 401},
		{"empty", "Authorization: Bearer \r\n", 401},
		{"other scheme", "Authorization: Basic 0123456789abcdef\r\n", 401},
	};
	char value[256];
	(void)state;
	ts_on_loop(ts_server.loop, set_token, (void *)(uintptr_t) "0123456789abcdef");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct response *r = ts_fetch(
			ts_server.port, "GET", "/v1/rooms", rows[i].header, NULL);
		if (r->status != rows[i].status) fail_msg("%s: %d", rows[i].name, r->status);
		if (r->status == 401)
			assert_memory_equal(ts_fetched(r, "WWW-Authenticate", value), "Bearer ", 7);
	}
	assert_int_equal(get("/metrics")->status, 401);
	assert_int_equal(get("/healthz")->status, 200);
	assert_int_equal(get("/")->status, 200);
	assert_int_equal(ts_server_join("/join/r")->status, 201);
}

static void prints_metrics(void **state)
{
	char value[256];
	(void)state;
	const struct response *r = get("/metrics");
	assert_string_equal(
		ts_fetched(r, "Content-Type", value), "text/plain; version=0.0.4; charset=utf-8");
	assert_non_null(strstr(r->body, "\ntessera_joins_total{result=\"accepted\"} "));
	assert_non_null(strstr(r->body, "# TYPE tessera_rooms gauge\n"));
	assert_int_equal(r->body[r->body_len - 1], '\n');
	check_json(get("/healthz"),
		"{\"status\":\"ok\",\"overload\":{\"level\":0,\"step\":\"none\"}}");
}

static void serves_the_page(void **state)
{
	static const struct {
		const char *path, *type, *text;
	} rows[] = {
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/?room=standup", "text/html; charset=utf-8", "</html>"},
		{"/web/app.js", "text/javascript; charset=utf-8", "import"},
		{"/web/style.css", "text/css; charset=utf-8", "prefers-color-scheme"},
		{"/web/icon.svg", "image/svg+xml", "<svg"},
	};
	char value[256], header[300];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct response *r = get(rows[i].path);
		assert_int_equal(r->status, 200);
		assert_string_equal(ts_fetched(r, "Content-Type", value), rows[i].type);
		assert_non_null(strstr(r->body, rows[i].text));
		assert_non_null(strstr(
			ts_fetched(r, "Content-Security-Policy", value), "default-src 'none'"));
		assert_string_equal(ts_fetched(r, "X-Content-Type-Options", value), "nosniff");
		assert_non_null(ts_fetched(r, "ETag", value));
		snprintf(header, sizeof(header), "If-None-Match: \"other\", W/%s\r\n", value);
		assert_int_equal(
			ts_fetch(ts_server.port, "GET", rows[i].path, header, NULL)->status, 304);
		assert_int_equal(ts_fetch(ts_server.port, "GET", rows[i].path,
					 "If-None-Match: \"other\"\r\n", NULL)
					 ->status,
			200);
	}
	/* what the policy forbids */
	const struct response *r = get("/");
	assert_null(strstr(r->body, "<style"));
	assert_null(strstr(r->body, " style="));
	assert_null(strstr(r->body, " onclick="));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		T(shows_rooms),
		T(shows_participants),
		T(keeps_secrets),
		T(shows_the_layout),
		T(knows_paths_and_methods),
		T(asks_for_the_token),
		T(prints_metrics),
		T(serves_the_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
