/* What the server says of itself, and whom it lets in, while it is overloaded. */
#include "base/counter.h"
#include "control/api/health.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/offers.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_level(void *arg)
{
	ts_server.engine.load.overload.level = *(enum ts_overload_level *)arg;
}

static void load_to(enum ts_overload_level level)
{
	ts_on_loop(ts_server.loop, set_level, &level);
}

static const struct response *get(const char *target)
{
	return ts_fetch(ts_server.port, "GET", target, "", NULL);
}

static void assert_told(const struct response *r, const char *status, int level, const char *step)
{
	json_t *json = json_loads(r->body, 0, NULL);
	const json_t *overload = json_object_get(json, "overload");
	assert_int_equal(r->status, 200);
	assert_string_equal(json_string_value(json_object_get(json, "status")), status);
	assert_int_equal(json_integer_value(json_object_get(overload, "level")), level);
	assert_string_equal(json_string_value(json_object_get(overload, "step")), step);
	json_decref(json);
}

static void assert_refused(const struct response *r)
{
	json_t *json = json_loads(r->body, 0, NULL);
	assert_int_equal(r->status, 503);
	assert_string_equal(
		json_string_value(json_object_get(json, "type")), "urn:tessera:problem:overloaded");
	json_decref(json);
}

static void health_shows_the_level(void **state)
{
	(void)state;
	assert_told(get("/healthz"), "ok", 0, "none");
	assert_told(get("/readyz"), "ready", 0, "none");
	load_to(TS_OVERLOAD_FROZEN_TILES);
	assert_told(get("/healthz"), "ok", 4, "frozen-tiles");
	assert_told(get("/readyz"), "ready", 4, "frozen-tiles");
	load_to(TS_OVERLOAD_NO_CAMERAS);
	assert_told(get("/healthz"), "ok", 5, "no-cameras");
	assert_refused(get("/readyz"));
}

static void nobody_new_may_join(void **state)
{
	char value[256], again[512];
	static const char *const doors[] = {"/join/a", "/whip/a", "/whep/a"};
	(void)state;
	load_to(TS_OVERLOAD_NO_CAMERAS);
	char *location = strdup(ts_fetched(ts_server_join("/join/a"), "Location", value));
	load_to(TS_OVERLOAD_NO_JOINS);
	const int64_t before = ts_count_get(TS_C_JOINS_REFUSED);
	for (size_t i = 0; i < 3; i++) {
		const struct response *r = ts_fetch(
			ts_server.port, "POST", doors[i], TS_SDP_HEADER, CHROMIUM);
		assert_refused(r);
		assert_in_range(atoi(ts_fetched(r, "Retry-After", value)), TS_OVERLOAD_RETRY_MIN_S,
			TS_OVERLOAD_RETRY_MAX_S);
	}
	assert_int_equal(ts_count_get(TS_C_JOINS_REFUSED) - before, 3);
	/* who has a place comes back to it */
	snprintf(again, sizeof(again), "%sTessera-Session: %s\r\n", TS_SDP_HEADER, location);
	int fd = ts_dial(ts_server.port);
	static struct response response;
	ts_send_request(fd, "POST", "/join/a", again, CHROMIUM);
	ts_server_ready(2, 0);
	ts_read_response(fd, 1, &response);
	close(fd);
	assert_int_equal(response.status, 201);
	free(location);
	load_to(TS_OVERLOAD_NONE);
	assert_int_equal(ts_server_join("/join/b")->status, 201);
}

static void step_up(void *arg)
{
	int64_t now_ns = 1000000000;
	(void)arg;
	ts_server.api.engine = &ts_server.engine;
	ts_overload_init(&ts_server.engine.load.overload, TS_OVERLOAD_NO_JOINS);
	ts_overload_events(&ts_server.api);
	for (int i = 0; i < 3; i++)
		ts_load_feed(&ts_server.engine,
			&(struct ts_pressure){1100, TS_PRESSURE_ENCODE_SKIPPED},
			now_ns += 250000000);
}

static void an_event_tells_each_step(void **state)
{
	char text[8192] = "";
	size_t len = 0;
	(void)state;
	int fd = ts_dial(ts_server.port);
	ts_send_request(fd, "GET", "/v1/events", "", NULL);
	while (!strstr(text, "event: snapshot") && len < sizeof(text) - 1) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
		assert_true(n > 0);
		text[len += (size_t)n] = '\0';
	}
	ts_on_loop(ts_server.loop, step_up, NULL);
	while (!strstr(text, "encode-skipped") && len < sizeof(text) - 1) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
		assert_true(n > 0);
		text[len += (size_t)n] = '\0';
	}
	close(fd);
	assert_non_null(strstr(text, "event: overload"));
	assert_non_null(strstr(text,
		"{\"level\":1,\"step\":\"fewer-steps\",\"before\":0,\"because\":\"encode-"
		"skipped\"}"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		T(health_shows_the_level),
		T(nobody_new_may_join),
		T(an_event_tells_each_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
