/* Pages of other origins at the joining routes: what a browser would be told, and what the server
 * does. */
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/offers.h"
#include <stdio.h>
#include <string.h>

#define EVIL "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n"

static void set(const char *assignment)
{
	char err[TS_CONFIG_ERR_MAX];
	if (ts_config_set(&ts_server.config, assignment, err, sizeof(err))) fail_msg("%s", err);
}

static const char *allowed_origin(const struct response *r)
{
	static char value[256];
	return ts_fetched(r, "Access-Control-Allow-Origin", value) ? value : "";
}

static const struct response *post(const char *target, const char *headers)
{
	char all[600];
	snprintf(all, sizeof(all), TS_SDP_HEADER "%s", headers);
	return ts_fetch(ts_server.port, "POST", target, all, "no offer"); /* 400: let in */
}

static void who_may_join(void **state)
{
	static const struct {
		const char *what, *headers;
		int status;
		const char *allows;
	} rows[] = {
		{"an encoder", "", 400, ""},
		{"an encoder that calls us something", "Host: tessera.lan:8080\r\n", 400, ""},
		{"another site", EVIL, 403, ""},
		{"another site, older browser", "Origin: http://evil.example\r\n", 403, ""},
		{"null", "Origin: null\r\n", 403, ""},
		{"no origin, but a word of the browser", "Sec-Fetch-Site: cross-site\r\n", 403, ""},
		{"another port", "Origin: http://127.0.0.1:1\r\nSec-Fetch-Site: same-site\r\n", 403,
			""},
		{"a secret that nobody asked for", EVIL "Authorization: Bearer 1234\r\n", 403, ""},
		{"named", "Origin: https://good.example\r\nSec-Fetch-Site: cross-site\r\n", 400,
			"*"},
		{"a rebound name",
			"Host: evil.example\r\nOrigin: http://evil.example\r\n"
			"Sec-Fetch-Site: same-origin\r\n",
			421, ""},
	};
	static const char *const routes[] = {"/join/r", "/whip/r", "/whep/r"};
	(void)state;
	set("http.allowed_origins=https://good.example");
	for (size_t i = 0; i < 3 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct response *r = post(routes[i % 3], rows[i / 3].headers);
		if (r->status != rows[i / 3].status)
			fail_msg("%s: %d %s", rows[i / 3].what, r->status, r->body);
		assert_string_equal(allowed_origin(r), rows[i / 3].allows);
	}
	assert_int_equal(ts_fake.rooms, 0);
}

/* The PIN proves that the page was given it; a preflight cannot bring it, and is agreed to. */
static void who_knows_the_secret_may(void **state)
{
	(void)state;
	set("join.policy=pin");
	set("join.pin=2468");
	const struct response *r = ts_fetch(ts_server.port, "OPTIONS", "/join/r",
		EVIL "Access-Control-Request-Method: POST\r\n", NULL);
	assert_string_equal(allowed_origin(r), "*");
	r = post("/join/r", EVIL);
	assert_int_equal(r->status, 401);
	assert_string_equal(allowed_origin(r), "*");
	assert_int_equal(post("/join/r?pin=1111", EVIL)->status, 403);
	assert_int_equal(post("/join/r?pin=2468", EVIL)->status, 400);
}

/* Its address is the secret. */
static void sessions_are_open_to_who_knows_them(void **state)
{
	char location[256], value[256];
	(void)state;
	assert_non_null(ts_fetched(ts_server_join("/join/r"), "Location", location));
	const struct response *r = ts_fetch(ts_server.port, "OPTIONS", location,
		EVIL "Access-Control-Request-Method: PATCH\r\n", NULL);
	assert_string_equal(allowed_origin(r), "*");
	assert_non_null(strstr(ts_fetched(r, "Access-Control-Allow-Methods", value), "PATCH"));
	assert_int_equal(ts_fetch(ts_server.port, "GET", location, EVIL, NULL)->status, 200);
	r = ts_fetch(ts_server.port, "OPTIONS", "/s/00000000000000000000000000000000", EVIL, NULL);
	assert_int_equal(r->status, 404);
	assert_string_equal(allowed_origin(r), "");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		T(who_may_join),
		T(who_knows_the_secret_may),
		T(sessions_are_open_to_who_knows_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
