/* How often an address may join, and who counts as one. (Bodies, rooms, people, watchers:
 * test_join; PINs: test_admission.) */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "config/config.h"
#include "control/rooms/throttle.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/offers.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { BURST = 3, PERIOD_S = 3600 };

static void limit_joins(void *arg)
{
	(void)arg;
	ts_server.api.joins = ts_throttle_new(&(struct ts_throttle_config){
		.period_ns = PERIOD_S * TS_NS_PER_S, .burst = BURST, .max_addresses = 100});
}

static void unlimit_joins(void *arg)
{
	(void)arg;
	ts_throttle_free(ts_server.api.joins);
	ts_server.api.joins = NULL;
}

static int setup(void **state)
{
	if (ts_server_setup(state)) return -1;
	ts_on_loop(ts_server.loop, limit_joins, NULL);
	return 0;
}

static int teardown(void **state)
{
	ts_on_loop(ts_server.loop, unlimit_joins, NULL);
	return ts_server_teardown(state);
}

/* Of the wrong type, so that no room is needed: what matters is how far it gets. */
static int try_to_join(const char *target, const char *headers)
{
	return ts_fetch(ts_server.port, "POST", target, headers, "x")->status;
}

static void spend(const char *headers)
{
	static const char *const targets[BURST] = {"/join/a", "/whip/b", "/whep/c"};
	for (int i = 0; i < BURST; i++) assert_int_equal(try_to_join(targets[i], headers), 415);
	assert_int_equal(try_to_join("/join/a", headers), 429);
}

static void joins_of_an_address_are_few(void **state)
{
	char value[256];
	int64_t before = ts_count_get(TS_C_JOINS_REFUSED);
	(void)state;
	spend("");
	assert_true(ts_count_get(TS_C_JOINS_REFUSED) - before == BURST + 1);
	const struct response *r = ts_fetch(
		ts_server.port, "POST", "/whep/d", TS_SDP_HEADER, CHROMIUM_RECVONLY);
	assert_int_equal(r->status, 429);
	assert_string_equal(ts_fetched(r, "Content-Type", value), "application/problem+json");
	int seconds = atoi(ts_fetched(r, "Retry-After", value));
	assert_true(seconds > PERIOD_S - 60 && seconds <= PERIOD_S);
	json_t *json = json_loads(r->body, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "type")),
		"urn:tessera:problem:too-many-joins");
	json_decref(json);

	/* all else goes on, for that client too */
	assert_int_equal(ts_fetch(ts_server.port, "OPTIONS", "/join/a", "", NULL)->status, 204);
	assert_int_equal(ts_fetch(ts_server.port, "GET", "/v1/rooms", "", NULL)->status, 200);
	assert_int_equal(ts_fetch(ts_server.port, "DELETE", "/s/00", "", NULL)->status, 404);
}

static void nobody_is_believed_without_proxies(void **state)
{
	(void)state;
	spend("X-Forwarded-For: 198.51.100.1\r\n");
	assert_int_equal(try_to_join("/join/a", "X-Forwarded-For: 198.51.100.2\r\n"), 429);
	assert_int_equal(try_to_join("/join/a", ""), 429);
}

static void clients_behind_a_proxy_are_told_apart(void **state)
{
	char err[TS_CONFIG_ERR_MAX];
	(void)state;
	assert_int_equal(ts_config_set(&ts_server.config, "http.trusted_proxies=127.0.0.1", err,
				 sizeof(err)),
		0);
	ts_on_loop(ts_server.loop, unlimit_joins, NULL);
	ts_server_restart();
	ts_on_loop(ts_server.loop, limit_joins, NULL);
	spend("X-Forwarded-For: 198.51.100.1\r\n");
	spend("X-Forwarded-For: 198.51.100.1, 198.51.100.2\r\n");
	spend("X-Forwarded-For: 2001:db8:1:2::1\r\n");
	assert_int_equal(try_to_join("/join/a", "X-Forwarded-For: 2001:db8:1:2:ffff::2\r\n"), 429);
	assert_int_equal(try_to_join("/join/a", "X-Forwarded-For: 2001:db8:1:3::1\r\n"), 415);
	spend(""); /* the proxy itself */
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(joins_of_an_address_are_few),
		T(nobody_is_believed_without_proxies),
		T(clients_behind_a_proxy_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
