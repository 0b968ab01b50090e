#include "control/admission.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/offers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Configuration is read by the loop only while a request runs. */
static void set(const char *assignment)
{
	char err[TS_CONFIG_ERR_MAX];
	assert_int_equal(ts_config_set(&ts_server.config, assignment, err, sizeof(err)), 0);
}

/* Answered 201, or with that status and problem. */
static void tries(const char *what, const char *target, const char *bearer, int status, const char *type)
{
	char headers[400], uri[80];
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "%s%s%s", bearer ? "Authorization: Bearer " : "",
		bearer ? bearer : "", bearer ? "\r\n" : "");
	/* an offer that is taken only when the door is open: refused later, by 400 */
	const struct response *r = ts_fetch(ts_server.port, "POST", target, headers, "no offer");
	snprintf(uri, sizeof(uri), "\"urn:tessera:problem:%s\"", status == 400 ? "offer" : type);
	if (r->status != status || !strstr(r->body, uri)) fail_msg("%s: %d %s", what, r->status, r->body);
}
enum { IN = 400 };

static struct ts_room_config *room_of(const char *id)
{
	return (struct ts_room_config *)(uintptr_t)ts_room_config(ts_registry_find(ts_server.registry, id));
}

static void open_unless_the_room_has_a_pin(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++, set("join.policy=open")) {
		tries("open", "/join/r", NULL, IN, "");
		tries("not asked for", "/join/r?pin=1", "x", IN, "");
	}
	assert_int_equal(ts_server_join("/join/r")->status, 201);
	strcpy(room_of("r")->pin, "4711");
	tries("none", "/join/r", NULL, 401, "pin-needed");
	tries("empty", "/join/r?pin=", "", 401, "pin-needed");
	tries("wrong", "/join/r?pin=4712", NULL, 403, "wrong-pin");
	tries("shorter", "/join/r?pin=471", NULL, 403, "wrong-pin");
	tries("longer", "/whep/r?pin=47114711", NULL, 403, "wrong-pin");
	tries("unreadable", "/whip/r?pin=%ff", NULL, 403, "wrong-pin");
	tries("right", "/join/r?pin=4711", NULL, IN, "");
	tries("escaped", "/whip/r?pin=%34711", NULL, IN, "");
	tries("bearer", "/whep/r", "4711", IN, "");
	tries("bearer first", "/whep/r?pin=4711", "4712", 403, "wrong-pin");
	tries("another room", "/join/s", NULL, IN, "");
}

static void by_pin(void **state)
{
	char value[256];
	(void)state;
	set("join.policy=pin");
	tries("no PIN anywhere", "/join/r", NULL, 403, "room-without-pin");
	set("join.pin=2468");
	tries("none", "/join/r", NULL, 401, "pin-needed");
	const struct response *r = ts_fetch(ts_server.port, "POST", "/join/r", TS_SDP_HEADER, CHROMIUM);
	assert_non_null(ts_fetched(r, "WWW-Authenticate", value));
	assert_string_equal(ts_fetched(r, "Access-Control-Allow-Origin", value), "*");
	tries("the common one", "/join/r?pin=2468", NULL, IN, "");
	assert_int_equal(ts_server_join("/join/r?pin=2468")->status, 201);
	strcpy(room_of("r")->pin, "4711");
	tries("the common one where there is another", "/join/r?pin=2468", NULL, 403, "wrong-pin");
	tries("the room's own", "/join/r?pin=4711", NULL, IN, "");
}

static void by_token(void **state)
{
	(void)state;
	set("join.policy=token");
	set("join.tokens=first-token-0123456,second-token-012345");
	tries("none", "/join/r", NULL, 401, "token-needed");
	tries("wrong", "/join/r", "first-token-0123457", 403, "wrong-token");
	tries("both", "/join/r", "first-token-0123456,second-token-012345", 403, "wrong-token");
	tries("first", "/join/r", "first-token-0123456", IN, "");
	tries("second, in the query", "/join/r?pin=second-token-012345", NULL, IN, "");
}

static void locked(void **state)
{
	(void)state;
	assert_int_equal(ts_server_join("/join/r")->status, 201);
	room_of("r")->locked = true;
	tries("locked", "/join/r", NULL, 423, "room-locked");
	strcpy(room_of("r")->pin, "4711");
	tries("only who knows the PIN is told", "/join/r", NULL, 401, "pin-needed");
	tries("locked", "/join/r?pin=4711", NULL, 423, "room-locked");
	tries("another room", "/join/s", NULL, IN, "");
}

static void locks_are_not_for_who_was_in(void **state)
{
	char location[256], headers[400];
	(void)state;
	assert_non_null(ts_fetched(ts_server_join("/join/r"), "Location", location));
	room_of("r")->locked = true;
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "Tessera-Session: %s\r\n", location + 3);
	assert_int_equal(ts_fetch(ts_server.port, "POST", "/join/r", headers, "no offer")->status, IN);
}

/* Who guesses is stopped, also when he guesses right at last; nobody is punished for not knowing. */
static void guesses_are_few(void **state)
{
	char value[256];
	(void)state;
	set("join.policy=pin");
	set("join.pin=2468");
	for (int i = 0; i < 20; i++) tries("none", "/join/r", NULL, 401, "pin-needed");
	for (int i = 0; i < 20; i++) tries("right", "/join/r?pin=2468", NULL, IN, "");
	for (int i = 0; i < 10; i++) tries("wrong", "/join/r?pin=1111", NULL, 403, "wrong-pin");
	tries("too often", "/join/r?pin=1111", NULL, 429, "too-many-attempts");
	const struct response *r = ts_fetch(ts_server.port, "POST", "/join/r?pin=2468", TS_SDP_HEADER, CHROMIUM);
	assert_int_equal(r->status, 429);
	assert_in_range(atoi(ts_fetched(r, "Retry-After", value)), 1, 5);
}

static void compares_secrets(void **state)
{
	(void)state;
	assert_true(ts_same_secret("abc", "abc"));
	assert_false(ts_same_secret("abd", "abc"));
	assert_false(ts_same_secret("ab", "abc"));
	assert_false(ts_same_secret("abcabc", "abc"));
	assert_false(ts_same_secret("", "abc"));
	assert_false(ts_same_secret("abc", ""));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		T(open_unless_the_room_has_a_pin),
		T(by_pin),
		T(by_token),
		T(locked),
		T(locks_are_not_for_who_was_in),
		T(guesses_are_few),
		cmocka_unit_test(compares_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
