#include "base/counter.h"
#include "base/error.h"
#include "control/sdp/sdp.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/offers.h"
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct response *post(const char *target, const char *headers, const char *body)
{
	return ts_fetch(ts_server.port, "POST", target, headers, body);
}

/* Is it a problem of that status, type and pointer ("": none) that a program can read? */
static void check_problem(const char *what, const struct response *r, int status, const char *type,
	const char *pointer)
{
	char value[256];
	if (r->status != status)
		fail_msg("%s: status %d, not %d: %s", what, r->status, status, r->body);
	assert_string_equal(ts_fetched(r, "Content-Type", value), "application/problem+json");
	json_t *json = json_loads(r->body, 0, NULL), *p = json_object_get(json, "pointer");
	char uri[80] = "urn:tessera:problem:";
	strcat(uri, type);
	assert_string_equal(
		json_string_value(json_object_get(json, "type")), *type ? uri : "about:blank");
	assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
	assert_non_null(json_string_value(json_object_get(json, "title")));
	assert_true(json_string_length(json_object_get(json, "detail")) > 5);
	if (strcmp(p ? json_string_value(p) : "", pointer) != 0)
		fail_msg("%s: another pointer: %s", what, r->body);
	json_decref(json);
}

/* media.max_picture, in macroblocks */
static void largest_picture_is_told(void **state)
{
	static const struct {
		struct ts_size size;
		const char *max_fs;
	} rows[] = {{{4096, 2304}, " max-fs=36864;"}, {{1920, 1080}, " max-fs=8160;"},
		{{1080, 1920}, " max-fs=8160;"}, {{640, 480}, " max-fs=1200;"}};
	const struct ts_size usual = ts_server.config.media.max_picture;
	char location[256];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ts_server.config.media.max_picture = rows[i].size;
		const struct response *r = ts_server_join("/join/standup?name=Zoe");
		assert_int_equal(r->status, 201);
		if (!strstr(r->body, rows[i].max_fs)) fail_msg("%s: %s", rows[i].max_fs, r->body);
		ts_fetched(r, "Location", location);
		assert_int_equal(
			ts_fetch(ts_server.port, "DELETE", location, "", NULL)->status, 200);
	}
	ts_server.config.media.max_picture = usual;
}

static void joins_and_leaves(void **state)
{
	char location[256], value[256], err[200];
	(void)state;
	const struct response *r = ts_server_join(
		"/join/standup?name=Zo%C3%AB+B&max_height=360&max_fps=15&max_kbps=500");
	assert_int_equal(r->status, 201);
	assert_string_equal(ts_fetched(r, "Content-Type", value), "application/sdp");
	assert_string_equal(ts_fetched(r, "Vary", value), "Origin");
	assert_non_null(ts_fetched(r, "ETag", value));
	assert_int_equal(value[0], '"');
	assert_non_null(ts_fetched(r, "Location", location));
	assert_int_equal(strlen(location), 3 + TS_SECRET_LEN);
	assert_memory_equal(location, "/s/", 3);

	struct ts_sdp *answer = NULL;
	assert_int_equal(ts_sdp_parse(&answer, r->body, r->body_len, err, sizeof(err)), 0);
	assert_int_equal(answer->n_media, 2);
	assert_non_null(strstr(r->body, "127.0.0.1 20000 typ host"));
	assert_non_null(strstr(r->body, OFFER_FP));
	ts_sdp_destroy(&answer);

	assert_string_equal(ts_fake.last_join.name, "Zo\xc3\xab B");
	assert_int_equal(ts_fake.last_join.kind, TS_KIND_WEBRTC);
	assert_int_equal(ts_fake.last_join.need.max_height, 360);
	assert_int_equal(ts_fake.last_join.need.max_fps, 15);
	assert_int_equal(ts_fake.last_join.need.max_kbps, 500);
	assert_int_equal(ts_fake.last_join.transport.n_media, 2);
	assert_true(ts_fake.last_join.audio_media >= 0 && ts_fake.last_join.video_media >= 0);
	assert_string_equal(ts_fake.last_join.transport.remote.ufrag, "hDKY");

	assert_int_equal(ts_fetch(ts_server.port, "DELETE", location, "", NULL)->status, 200);
	assert_int_equal(ts_fake.participants, 0);
	assert_int_equal(ts_fake.rooms, 0);
	assert_string_equal(ts_fake.last_reason, "delete");
	check_problem("again", ts_fetch(ts_server.port, "DELETE", location, "", NULL), 404,
		"no-such-session", "");
}

static void watches(void **state)
{
	int fd = ts_dial(ts_server.port);
	struct response *r = malloc(sizeof(*r));
	(void)state;
	ts_send_request(fd, "POST", "/whep/standup", TS_SDP_HEADER, CHROMIUM_RECVONLY);
	ts_server_ready(1, 0);
	ts_read_response(fd, 1, r);
	assert_int_equal(r->status, 201);
	assert_int_equal(ts_fake.last_join.kind, TS_KIND_WHEP);
	assert_true(ts_fake.last_join.transport.media[0].send);
	assert_int_equal(ts_fake.last_join.transport.media[0].n_pt, 0);
	check_problem("one watcher only", post("/whep/standup", TS_SDP_HEADER, CHROMIUM_RECVONLY),
		409, "room-full", "");
	close(fd);
	free(r);
}

/* A sender alone: nothing is sent to it, and it counts as one of the people. */
static void contributes(void **state)
{
	int fd = ts_dial(ts_server.port);
	struct response *r = malloc(sizeof(*r));
	(void)state;
	ts_send_request(fd, "POST", "/whip/standup", TS_SDP_HEADER, CHROMIUM);
	ts_server_ready(1, 0);
	ts_read_response(fd, 1, r);
	assert_int_equal(r->status, 201);
	assert_int_equal(ts_fake.last_join.kind, TS_KIND_WHIP);
	assert_int_equal(ts_fake.last_join.transport.n_media, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_false(ts_fake.last_join.transport.media[i].send);
		assert_true(ts_fake.last_join.transport.media[i].n_pt > 0);
	}
	assert_null(strstr(r->body, "a=sendrecv"));
	check_problem("who only receives", post("/whip/standup", TS_SDP_HEADER, CHROMIUM_RECVONLY),
		422, "offer", "");
	close(fd);
	free(r);
}

static void refuses_bad_requests(void **state)
{
	static const struct {
		const char *name, *target, *headers, *body;
		int status;
		const char *type, *pointer;
	} rows[] = {
		{"no type", "/join/r", "", CHROMIUM, 415, "content-type", ""},
		{"other type", "/join/r", "Content-Type: application/json\r\n", "{}", 415,
			"content-type", ""},
		{"accepts html", "/join/r", TS_SDP_HEADER "Accept: text/html, image/*;q=0.8\r\n",
			CHROMIUM, 406, "accept", ""},
		{"room with a space", "/join/a%20b", TS_SDP_HEADER, CHROMIUM, 400, "room-id",
			"/room"},
		{"room with a slash", "/join/a%2Fb", TS_SDP_HEADER, CHROMIUM, 400, "room-id",
			"/room"},
		{"room of 65",
			"/join/"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			TS_SDP_HEADER, CHROMIUM, 400, "room-id", "/room"},
		{"empty body", "/join/r", TS_SDP_HEADER, "", 400, "offer", ""},
		{"no SDP", "/join/r", TS_SDP_HEADER, "hello", 400, "offer", ""},
		{"no media", "/join/r", TS_SDP_HEADER, OFFER_HEAD, 422, "offer", ""},
		{"name not UTF-8", "/join/r?name=%ff", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/name"},
		{"name with a newline", "/join/r?name=a%0Ab", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/name"},
		{"name with a NUL", "/join/r?name=a%00b", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/name"},
		{"name with a bad escape", "/join/r?name=%4", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/name"},
		{"height 0", "/join/r?max_height=0", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/max_height"},
		{"height -1", "/join/r?max_height=-1", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/max_height"},
		{"height 1e3", "/join/r?max_height=1e3", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/max_height"},
		{"no height", "/join/r?max_height=", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/max_height"},
		{"fps too many", "/join/r?max_fps=99999999999999999999999", TS_SDP_HEADER, CHROMIUM,
			400, "query", "/max_fps"},
		{"kbps words", "/join/r?max_kbps=lots", TS_SDP_HEADER, CHROMIUM, 400, "query",
			"/max_kbps"},
	};
	int64_t refused = ts_count_get(TS_C_JOINS_REFUSED);
	size_t n = sizeof(rows) / sizeof(rows[0]);
	(void)state;
	for (size_t i = 0; i < n; i++)
		check_problem(rows[i].name, post(rows[i].target, rows[i].headers, rows[i].body),
			rows[i].status, rows[i].type, rows[i].pointer);
	assert_int_equal(ts_count_get(TS_C_JOINS_REFUSED) - refused, n);
	assert_int_equal(ts_fake.rooms, 0);
	assert_non_null(strstr(post("/join/r", TS_SDP_HEADER, "v=0\r\nm=\r\n")->body, "line 2"));
}

static void takes_any_spelling_of_types(void **state)
{
	static const char *const headers[] = {"Content-Type: Application/SDP; charset=utf-8\r\n",
		TS_SDP_HEADER "Accept: */*\r\n",
		TS_SDP_HEADER "Accept: text/html,application/*;q=0.1\r\n"};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (post("/join/r", headers[i], "x")->status != 400) fail_msg("%s", headers[i]);
}

static const struct response *come_back(const char *target, const char *secret)
{
	char headers[400];
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "Tessera-Session: %s\r\n", secret);
	int fd = ts_dial(ts_server.port), wanted = ts_fake.participants + 1;
	static struct response r;
	ts_send_request(fd, "POST", target, headers, CHROMIUM);
	ts_server_ready(wanted, 0);
	ts_read_response(fd, 1, &r);
	close(fd);
	return &r;
}

/* Rooms are for two. Another's place is not to be had by taking their name. */
static void comes_back_by_the_old_secret(void **state)
{
	char first[256], other[256], headers[400];
	(void)state;
	assert_int_equal(ts_server_join("/join/r?identity=zo%C3%AB")->status, 201);
	assert_non_null(ts_fetched(ts_server_join("/join/s?identity=b"), "Location", other));
	assert_string_equal(ts_fake.last_join.identity, "b");
	assert_null(ts_fake.last_join.replaces);
	assert_non_null(ts_fetched(ts_server_join("/join/r?identity=a"), "Location", first));
	check_problem(
		"full", post("/join/r?identity=c", TS_SDP_HEADER, CHROMIUM), 409, "room-full", "");

	/* one goes for them; the identity need not be repeated */
	assert_int_equal(come_back("/join/r", first + 3)->status, 201);
	assert_non_null(ts_fake.last_join.replaces);
	assert_string_equal(ts_fake.last_join.identity, "a");
	check_problem("no proof", post("/join/s?identity=b", TS_SDP_HEADER, CHROMIUM), 409,
		"identity-taken", "/identity");
	check_problem("no such session",
		post("/join/r?identity=zo%C3%AB",
			TS_SDP_HEADER "Tessera-Session: 00000000000000000000000000000000\r\n",
			CHROMIUM),
		409, "identity-taken", "/identity");
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "Tessera-Session: %s\r\n", other + 3);
	check_problem("of another room", post("/join/r?identity=zo%C3%AB", headers, CHROMIUM), 409,
		"identity-taken", "/identity");
	check_problem("too long",
		post("/join/q?identity="
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			TS_SDP_HEADER, CHROMIUM),
		400, "query", "/identity");
}

/* Who was still coming back tries again: it is their old place all the same, not one more. */
static void chains_are_no_places(void **state)
{
	char first[256], second[256];
	(void)state;
	assert_non_null(ts_fetched(ts_server_join("/join/r?identity=a"), "Location", first));
	ts_fake.info.state = TS_P_CONNECTING;
	assert_non_null(ts_fetched(come_back("/join/r", first + 3), "Location", second));
	const struct ts_participant *old = ts_fake.last_join.replaces;
	assert_int_equal(come_back("/join/r?identity=a", second + 3)->status, 201);
	assert_ptr_equal(ts_fake.last_join.replaces, old);
}

/* RFC 8839 5.4; what libnice would refuse must not be blamed on the room. */
static void names_the_ice_line(void **state)
{
	static const char *const bad[] = {"hD_Y", "hD-Y", "hD=Y", "hD.Y", "hD:Y", "hD\xc3\xa4"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		g_auto(GStrv) parts = g_strsplit(CHROMIUM, "a=ice-ufrag:hDKY", -1);
		g_autofree char *with = g_strconcat("a=ice-ufrag:", bad[i], NULL),
				*offer = g_strjoinv(with, parts);
		const struct response *r = post("/whip/r", TS_SDP_HEADER, offer);
		assert_int_equal(r->status, 400);
		if (!strstr(r->body, "a=ice-ufrag")) fail_msg("%s: %s", bad[i], r->body);
	}
}

/* Names for TURN are given to who joined, and to nobody else. */
static void tells_ice_servers(void **state)
{
	static const char *const sets[] = {"ice.stun=stun:192.0.2.1:3478",
		"ice.turn=turn:192.0.2.1:3478?transport=udp", "ice.turn_user=some\"body",
		"ice.turn_password=pass\\word", "join.policy=pin", "join.pin=2468"};
	char err[TS_CONFIG_ERR_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		assert_int_equal(ts_config_set(&ts_server.config, sets[i], err, sizeof(err)), 0);
	const struct response *r = ts_server_join("/join/r?pin=2468");
	assert_int_equal(r->status, 201);
	assert_non_null(strstr(r->head, "Link: <stun:192.0.2.1:3478>; rel=\"ice-server\"\r\n"));
	assert_non_null(strstr(r->head,
		"Link: <turn:192.0.2.1:3478?transport=udp>; rel=\"ice-server\"; "
		"username=\"some\\\"body\"; "
		"credential=\"pass\\\\word\"; credential-type=\"password\"\r\n"));
	char location[256];
	r = ts_fetch(ts_server.port, "GET", ts_fetched(r, "Location", location), "",
		NULL); /* for a later restart of ICE */
	assert_non_null(strstr(r->head, "Link: <turn:"));
	static const char *const targets[] = {
		"/join/s?pin=2468", "/whip/s?pin=2468", "/whep/r?pin=2468", "/join/s"};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		r = ts_fetch(ts_server.port, "OPTIONS", targets[i],
			"Authorization: Bearer 2468\r\n", NULL);
		assert_int_equal(r->status, 204);
		assert_null(strstr(r->head, "Link: "));
	}
	r = ts_fetch(ts_server.port, "POST", "/join/s?pin=2468", TS_SDP_HEADER, "no offer");
	assert_null(strstr(r->head, "Link: "));
	assert_null(
		strstr(ts_fetch(ts_server.port, "OPTIONS", "/healthz", "", NULL)->head, "Link: "));
}

static void presents(void **state)
{
	(void)state;
	assert_int_equal(ts_server_join("/join/r?slides=1")->status, 201);
	assert_int_equal(ts_fake.last_join.video_media, -1);
	assert_true(ts_fake.last_join.slides_media >= 0);
	assert_int_equal(ts_server_join("/join/s")->status, 201);
	assert_int_equal(ts_fake.last_join.slides_media, -1);
	check_problem("no such line", post("/join/r?slides=7", TS_SDP_HEADER, CHROMIUM), 400,
		"offer", "");
	check_problem("a line of sound", post("/join/r?slides=0", TS_SDP_HEADER, CHROMIUM), 400,
		"offer", "");
}

static void limits_names(void **state)
{
	char target[400] = "/join/r?name=";
	size_t len = strlen(target);
	(void)state;
	for (int i = 0; i < TS_NAME_MAX; i++) target[len + (size_t)i] = 'n';
	assert_int_equal(ts_server_join(target)->status, 201);
	assert_int_equal(strlen(ts_fake.last_join.name), TS_NAME_MAX);
	target[len + TS_NAME_MAX] = 'n';
	check_problem("129 bytes", post(target, TS_SDP_HEADER, CHROMIUM), 400, "query", "/name");
}

static void limits_bodies(void **state)
{
	char *body = malloc(70001);
	(void)state;
	memset(body, 'v', 70000);
	body[70000] = '\0';
	check_problem("70 kB", post("/join/r", TS_SDP_HEADER, body), 413, "", "");
	free(body);
}

static void refuses_when_full(void **state)
{
	char value[256];
	(void)state;
	ts_server_join("/join/a");
	ts_server_join("/join/a");
	check_problem("third", post("/join/a", TS_SDP_HEADER, CHROMIUM), 409, "room-full", "");
	ts_server_join("/join/b");
	const struct response *r = post("/join/c", TS_SDP_HEADER, CHROMIUM);
	check_problem("third room", r, 503, "too-many-rooms", "");
	assert_non_null(ts_fetched(r, "Retry-After", value));
}

static void tells_when_the_room_cannot(void **state)
{
	struct response *r = malloc(sizeof(*r));
	int fd = ts_dial(ts_server.port);
	(void)state;
	ts_fake.join_err = TS_EIO; /* read by the loop only after a request came */
	check_problem("no transport", post("/join/a", TS_SDP_HEADER, CHROMIUM), 503, "io", "");
	assert_int_equal(ts_fake.rooms, 0);
	ts_fake.join_err = 0;

	ts_send_request(fd, "POST", "/join/a", TS_SDP_HEADER, CHROMIUM);
	ts_server_ready(1, TS_EIO);
	ts_read_response(fd, 1, r);
	check_problem("not ready", r, 503, "io", "");
	ts_server_wait(&ts_fake.rooms, 0);
	close(fd);
	free(r);
}

static void client_that_goes_away_has_left(void **state)
{
	int fd = ts_dial(ts_server.port);
	(void)state;
	ts_send_request(fd, "POST", "/join/a", TS_SDP_HEADER, CHROMIUM);
	ts_server_wait(&ts_fake.participants, 1);
	close(fd);
	ts_server_wait(&ts_fake.rooms, 0);
	assert_string_equal(ts_fake.last_reason, "client-gone");
}

static void many_join_at_once(void **state)
{
	int fd[4];
	static const char *const rooms[] = {"/join/a", "/join/b", "/join/a", "/join/b"};
	char seen[4][256];
	struct response *r = malloc(sizeof(*r));
	(void)state;
	for (int i = 0; i < 4; i++) {
		fd[i] = ts_dial(ts_server.port);
		ts_send_request(fd[i], "POST", rooms[i], TS_SDP_HEADER, CHROMIUM);
	}
	ts_server_wait(&ts_fake.participants, 4);
	close(fd[1]); /* while the others wait */
	ts_server_ready(3, 0);
	for (int i = 0; i < 4; i++) {
		if (i == 1) continue;
		ts_read_response(fd[i], 1, r);
		assert_int_equal(r->status, 201);
		assert_non_null(ts_fetched(r, "Location", seen[i]));
		close(fd[i]);
	}
	assert_string_not_equal(seen[0], seen[2]);
	assert_int_equal(ts_fetch(ts_server.port, "DELETE", seen[3], "", NULL)->status, 200);
	ts_server_wait(&ts_fake.rooms, 1);
	free(r);
}

/* The server stops while somebody waits for their answer. */
static void stopping_ends_waiting_joins(void **state)
{
	int fd = ts_dial(ts_server.port);
	(void)state;
	ts_send_request(fd, "POST", "/join/a", TS_SDP_HEADER, CHROMIUM);
	ts_server_wait(&ts_fake.participants, 1);
	ts_server_teardown(NULL);
	assert_int_equal(ts_fake.participants, 0);
	ts_server_setup(NULL);
	close(fd);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		T(largest_picture_is_told),
		T(joins_and_leaves),
		T(watches),
		T(contributes),
		T(refuses_bad_requests),
		T(takes_any_spelling_of_types),
		T(comes_back_by_the_old_secret),
		T(chains_are_no_places),
		T(names_the_ice_line),
		T(tells_ice_servers),
		T(presents),
		T(limits_names),
		T(limits_bodies),
		T(refuses_when_full),
		T(tells_when_the_room_cannot),
		T(client_that_goes_away_has_left),
		T(many_join_at_once),
		T(stopping_ends_waiting_joins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
