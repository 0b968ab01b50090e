#include "base/counter.h"
#include "control/rooms/admission.h"
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
static void tries(
	const char *what, const char *target, const char *bearer, int status, const char *type)
{
	char headers[400], uri[80];
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "%s%s%s",
		bearer ? "Authorization: Bearer " : "", bearer ? bearer : "", bearer ? "\r\n" : "");
	/* an offer that is taken only when the door is open: refused later, by 400 */
	const struct response *r = ts_fetch(ts_server.port, "POST", target, headers, "no offer");
	snprintf(uri, sizeof(uri), "\"urn:tessera:problem:%s\"", status == 400 ? "offer" : type);
	if (r->status != status || !strstr(r->body, uri))
		fail_msg("%s: %d %s", what, r->status, r->body);
}
enum { IN = 400 };

static struct ts_room_config *room_of(const char *id)
{
	return (struct ts_room_config *)(uintptr_t)ts_room_config(
		ts_registry_find(ts_server.registry, id));
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
	tries("no PIN anywhere", "/join/r", NULL, 401, "pin-needed"); /* as where there is one */
	tries("none is right", "/join/r?pin=2468", NULL, 403, "wrong-pin");
	set("join.pin=2468");
	tries("none", "/join/r", NULL, 401, "pin-needed");
	const struct response *r = ts_fetch(
		ts_server.port, "POST", "/join/r", TS_SDP_HEADER, CHROMIUM);
	assert_non_null(ts_fetched(r, "WWW-Authenticate", value));
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
	assert_int_equal(
		ts_fetch(ts_server.port, "POST", "/join/r", headers, "no offer")->status, IN);
	/* a place among the people is none among the watchers, who would come by it to join */
	assert_int_equal(
		ts_fetch(ts_server.port, "POST", "/whep/r", headers, "no offer")->status, 423);
}

/* Whoever guesses is stopped, also by a right guess at last; nobody is punished for not knowing. */
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
	const struct response *r = ts_fetch(
		ts_server.port, "POST", "/join/r?pin=2468", TS_SDP_HEADER, CHROMIUM);
	assert_int_equal(r->status, 429);
	assert_in_range(atoi(ts_fetched(r, "Retry-After", value)), 1, 5);
}

/* The proof is a cookie: others who guess from the same address do not lock out who knew the
 * PIN. */
static void a_pass_outlives_the_guesses_of_others(void **state)
{
	char cookie[256], headers[600];
	(void)state;
	set("join.policy=pin");
	set("join.pin=2468");
	assert_non_null(ts_fetched(ts_server_join("/join/r?pin=2468"), "Set-Cookie", cookie));
	assert_non_null(strstr(cookie, "HttpOnly; SameSite=Strict"));
	cookie[strcspn(cookie, ";")] = '\0';
	for (int i = 0; i < 11; i++)
		ts_fetch(ts_server.port, "POST", "/join/r?pin=1111", TS_SDP_HEADER, "x");
	tries("without", "/join/r?pin=2468", NULL, 429, "too-many-attempts");
	const struct {
		const char *what, *target, *add;
		int status;
	} rows[] = {{"with the pass", "/join/r?pin=2468", "", IN},
		{"a pass opens nothing", "/join/r", "", 401},
		{"nor makes wrong right", "/join/r?pin=2469", "", 403},
		{"of another room", "/join/s?pin=2468", "", 429},
		{"forged", "/join/r?pin=2468", "0", 429}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(headers, sizeof(headers), TS_SDP_HEADER "Cookie: %s%s\r\n", cookie,
			rows[i].add);
		const struct response *r = ts_fetch(
			ts_server.port, "POST", rows[i].target, headers, "no offer");
		if (r->status != rows[i].status) fail_msg("%s: %d", rows[i].what, r->status);
	}
	set("join.pin=1357"); /* a pass is made of the PIN: it ends with it */
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "Cookie: %s\r\n", cookie);
	assert_int_equal(
		ts_fetch(ts_server.port, "POST", "/join/r?pin=1357", headers, "no offer")->status,
		429);
}

/* Whatever else is wrong with a join, or who is there already, is for those who know the PIN. */
static void nothing_is_told_before_the_pin(void **state)
{
	(void)state;
	assert_int_equal(ts_server_join("/join/r?identity=alice")->status, 201);
	strcpy(room_of("r")->pin, "4711");
	static const struct {
		const char *target, *headers, *body;
		int right;
	} rows[] = {{"/join/r?identity=alice", TS_SDP_HEADER, CHROMIUM, 409},
		{"/join/r?identity=bob", TS_SDP_HEADER, "no offer", 400},
		{"/join/r?max_height=x", TS_SDP_HEADER, CHROMIUM, 400},
		{"/join/r?name=%ff", TS_SDP_HEADER, CHROMIUM, 400},
		{"/join/r?name=", "Content-Type: text/plain\r\n", "x", 415},
		{"/whep/r?name=", TS_SDP_HEADER "Accept: text/html\r\n", CHROMIUM, 406},
		{"/whip/r?slides=%ff", TS_SDP_HEADER, CHROMIUM, 400}};
	char first[1024] = "";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char target[80];
		const struct response *r = ts_fetch(
			ts_server.port, "POST", rows[i].target, rows[i].headers, rows[i].body);
		if (r->status != 401) fail_msg("%s: %d %s", rows[i].target, r->status, r->body);
		if (!i) snprintf(first, sizeof(first), "%.1000s", r->body);
		assert_string_equal(first, r->body);
		snprintf(target, sizeof(target), "%s&pin=4712", rows[i].target);
		r = ts_fetch(ts_server.port, "POST", target, rows[i].headers, rows[i].body);
		if (r->status != 403) fail_msg("%s: %d %s", target, r->status, r->body);
		snprintf(target, sizeof(target), "%s&pin=4711", rows[i].target);
		r = ts_fetch(ts_server.port, "POST", target, rows[i].headers, rows[i].body);
		if (r->status != rows[i].right) fail_msg("%s: %d %s", target, r->status, r->body);
	}
	/* nor by OPTIONS: the same for a room that is there and one that is not */
	char there[4096];
	snprintf(there, sizeof(there), "%.4000s",
		ts_fetch(ts_server.port, "OPTIONS", "/join/r", "", NULL)->head);
	const char *not_there = ts_fetch(ts_server.port, "OPTIONS", "/join/s", "", NULL)->head;
	assert_string_equal(strstr(there, "\r\nAllow"), strstr(not_there, "\r\nAllow"));
}

/* The API: slowed, counted, and the administrator who was right before is not locked out by others
 * of the same address. */
static void api_tokens_are_few(void **state)
{
	(void)state;
	set("http.api_token=0123456789abcdef");
	int64_t before = ts_count_get(TS_C_SECRETS_API_TOKEN);
	static const char *const targets[] = {"/v1/rooms", "/metrics", "/v1/events"};
	for (int i = 0; i < 12; i++) {
		const struct response *r = ts_fetch(ts_server.port, "GET", targets[i % 3],
			"Authorization: Bearer 0123456789abcdeg\r\n", NULL);
		assert_int_equal(r->status, i < 10 ? 401 : 429);
	}
	assert_int_equal(ts_count_get(TS_C_SECRETS_API_TOKEN) - before, 12);
	const char *right = "Authorization: Bearer 0123456789abcdef\r\n";
	assert_int_equal(ts_fetch(ts_server.port, "GET", "/v1/rooms", right, NULL)->status, 429);
	assert_int_equal(ts_fetch(ts_server.port, "GET", "/v1/rooms", "", NULL)->status, 401);
}

static void the_administrator_is_known(void **state)
{
	const char *right = "Authorization: Bearer 0123456789abcdef\r\n";
	(void)state;
	set("http.api_token=0123456789abcdef");
	assert_int_equal(ts_fetch(ts_server.port, "GET", "/v1/rooms", right, NULL)->status, 200);
	for (int i = 0; i < 12; i++)
		ts_fetch(ts_server.port, "GET", "/v1/rooms",
			"Authorization: Bearer wrong-wrong-wrong-\r\n", NULL);
	assert_int_equal(ts_fetch(ts_server.port, "GET", "/v1/rooms", right, NULL)->status, 200);
}

static void session_addresses_are_few(void **state)
{
	char location[256];
	(void)state;
	assert_non_null(ts_fetched(ts_server_join("/join/r"), "Location", location));
	static const char *const methods[] = {"GET", "PATCH", "DELETE", "OPTIONS", "POST"};
	int refused = 0;
	for (int i = 0; i < 110; i++) {
		int status = ts_fetch(ts_server.port, methods[i % 5],
			"/s/0123456789abcdef0123456789abcdef", "", NULL)
				     ->status;
		assert_true(status == 404 || status == 429);
		refused += status == 429;
	}
	assert_in_range(refused, 5, 10);
	/* the right one always */
	assert_int_equal(ts_fetch(ts_server.port, "GET", location, "", NULL)->status, 200);
}

/* blanks about a token do not count (RFC 9110 5.5), any number stands before it, its scheme has no
 * case (11.1) */
static void reads_bearer_tokens(void **state)
{
	static const struct {
		const char *value;
		int status;
	} rows[] = {{"Bearer abcdefghijklmnop", IN}, {"bearer abcdefghijklmnop", IN},
		{"BEARER  abcdefghijklmnop", IN}, {"Bearer abcdefghijklmnop ", IN},
		{"Bearer abcdefghijklmnop\t", IN}, {"Bearer \t abcdefghijklmnop \t ", IN},
		{" \tBearer abcdefghijklmnop", IN}, {"Bearer\tabcdefghijklmnop", IN},
		{"Bearer", 401}, {"Bearer ", 401}, {"abcdefghijklmnop", 401},
		{"Bearerabcdefghijklmnop", 401}, {"Basic abcdefghijklmnop", 401},
		{"Bearer abcdefgh ijklmnop", 403}, {"Bearer Abcdefghijklmnop", 403}};
	(void)state;
	set("join.policy=token");
	set("join.tokens=abcdefghijklmnop");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char headers[200];
		snprintf(headers, sizeof(headers), TS_SDP_HEADER "Authorization: %s\r\n",
			rows[i].value);
		const struct response *r = ts_fetch(
			ts_server.port, "POST", "/whip/r", headers, "no offer");
		if (r->status != rows[i].status) fail_msg("\"%s\": %d", rows[i].value, r->status);
	}
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
		T(a_pass_outlives_the_guesses_of_others),
		T(nothing_is_told_before_the_pin),
		T(api_tokens_are_few),
		T(the_administrator_is_known),
		T(session_addresses_are_few),
		T(reads_bearer_tokens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
