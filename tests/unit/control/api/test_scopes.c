/* Who may do what: each route of the table by each kind of credential, as the table says. The body
 * is announced as too large, so that what is allowed is answered by 413 and nothing is done. */
#include "base/counter.h"
#include "control/api/api.h"
#include "control/identity/api_keys.h"
#include "control/identity/identity.h"
#include "control/identity/jwt.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/identity/tokens.h"
#include "tests/unit/control/offers.h"
#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define API_TOKEN "0123456789abcdef-api"
#define TOO_LARGE "Content-Length: 9999999\r\n"

static void set(const char *assignment)
{
	char err[TS_CONFIG_ERR_MAX];
	if (ts_config_set(&ts_server.config, assignment, err, sizeof(err))) fail_msg("%s", err);
}

/* With a token, a JWKS of one HS256 key and a signing key that is the same. */
static int setup(void **state)
{
	if (ts_server_setup(state)) return -1;
	g_autofree char *jwks = token_jwks("h", TOKEN_SECRET);
	g_autofree char *path = g_build_filename(ts_server.state_dir, "jwks.json", NULL),
			*line = g_strdup_printf("identity.signing_key=%s", path);
	if (!g_file_set_contents(path, jwks, -1, NULL)) return -1;
	set("http.api_token=" API_TOKEN);
	set("join.policy=pin");
	set("join.pin=4321");
	set(line);
	ts_server_restart();
	return 0;
}

struct made {
	struct ts_api_key like;
	char text[TS_API_KEY_TEXT_MAX + 1];
};

static void make_on_loop(void *arg)
{
	struct made *made = arg;
	const struct ts_api_key *key;
	if (ts_api_keys_make(
		    ts_identity_keys(ts_server.api.identity), &made->like, 1, made->text, &key))
		abort();
}

static void make_key(struct made *made, unsigned scopes, const char *room)
{
	made->like = (struct ts_api_key){.scopes = scopes};
	g_strlcpy(made->like.room, room, sizeof(made->like.room));
	ts_on_loop(ts_server.loop, make_on_loop, made);
}

static char *make_jwt(const char *room, const char *scope, int64_t exp)
{
	g_autofree char *payload = g_strdup_printf(
		"{\"exp\":%lld,\"room\":\"%s\",\"scope\":\"%s\"}", (long long)exp, room, scope);
	return token_of(TOKEN_HS256("h"), payload, TOKEN_SECRET);
}

static const char *method_of(const struct ts_route *route)
{
	switch (route->method) {
	case TS_GET: return "GET";
	case TS_POST: return "POST";
	case TS_PUT: return "PUT";
	case TS_PATCH: return "PATCH";
	case TS_DELETE: break;
	}
	return "DELETE";
}

/* Its pattern with that room, and "x" for all else. */
static char *path_of(const struct ts_route *route, const char *room)
{
	GString *path = g_string_new(NULL);
	for (const char *c = route->path; *c; c++) {
		if (*c != '{') {
			g_string_append_c(path, *c);
			continue;
		}
		g_string_append(path, g_str_has_prefix(c, "{room}") ? room : "x");
		c = strchr(c, '}');
	}
	return g_string_free(path, FALSE);
}

static int ask(const struct ts_route *route, const char *room, const char *bearer, char type[64])
{
	g_autofree char *path = path_of(route, room);
	g_autofree char *headers = g_strdup_printf(TOO_LARGE "%s%s%s",
		bearer ? "Authorization: Bearer " : "", bearer ? bearer : "", bearer ? "\r\n" : "");
	const struct response *r = ts_fetch(ts_server.port, method_of(route), path, headers, NULL);
	const char *found = strstr(r->body, "urn:tessera:problem:");
	*type = '\0';
	if (found) sscanf(found + strlen("urn:tessera:problem:"), "%63[a-z-]", type);
	return r->status;
}

static void expect(const struct ts_route *route, const char *room, const char *what,
	const char *bearer, int status, const char *type)
{
	char got[64];
	const int is = ask(route, room, bearer, got);
	if (is != status || strcmp(got, type) != 0)
		fail_msg("%s %s (%s) by %s: %d %s, not %d %s", method_of(route), route->path, room,
			what, is, got, status, type);
}

static bool is_guarded(const struct ts_route *route)
{
	return route->flags & (TS_ROUTE_TOKEN | TS_ROUTE_JOIN);
}

static void every_guarded_route_has_a_scope(void **state)
{
	size_t n = 0;
	(void)state;
	for (size_t i = 0; i < ts_n_routes; i++) {
		const struct ts_route *route = &ts_routes[i];
		const bool open = !strcmp(route->path, "/v1/openapi.json");
		if (is_guarded(route) != (route->scope != 0))
			fail_msg("%s %s", method_of(route), route->path);
		/* nothing of the API is open by oversight */
		if (g_str_has_prefix(route->path, "/v1/") && !open && !is_guarded(route))
			fail_msg("%s %s is open", method_of(route), route->path);
		n += is_guarded(route);
	}
	assert_true(n > 80);
}

static void each_route_by_each_scope(void **state)
{
	(void)state;
	for (size_t s = 0; s < ts_n_scope_names; s++) {
		struct made key;
		make_key(&key, ts_scope_names[s].bits, "*");
		g_autofree char *jwt = make_jwt(
			"*", ts_scope_names[s].name, (int64_t)time(NULL) + 600);
		for (size_t i = 0; i < ts_n_routes; i++) {
			const struct ts_route *route = &ts_routes[i];
			if (!is_guarded(route)) continue;
			const bool may = ts_scope_names[s].bits & (route->scope | TS_SCOPE_ADMIN);
			const bool ok = may && (ts_scope_names[s].bits & route->scope);
			assert_int_equal(may, ok);
			expect(route, "a", ts_scope_names[s].name, key.text, ok ? 413 : 403,
				ok ? "" : "insufficient-scope");
			expect(route, "a", ts_scope_names[s].name, jwt, ok ? 413 : 403,
				ok ? "" : "insufficient-scope");
		}
	}
}

static void each_route_by_who_has_none(void **state)
{
	g_autofree char *scopeless = make_jwt("*", "", (int64_t)time(NULL) + 600);
	(void)state;
	for (size_t i = 0; i < ts_n_routes; i++) {
		const struct ts_route *route = &ts_routes[i];
		if (!is_guarded(route)) continue;
		const bool joins = route->flags & TS_ROUTE_JOIN;
		expect(route, "a", "nothing", NULL, joins ? 413 : 401, "");
		expect(route, "a", "the API token", API_TOKEN, 413, "");
		expect(route, "a", "a JWT of no scope", scopeless, 403, "insufficient-scope");
	}
}

static void each_route_by_who_has_some_rooms(void **state)
{
	struct made key;
	(void)state;
	make_key(&key, TS_SCOPE_ALL, "a*");
	g_autofree char *jwt = make_jwt("a*", "admin", (int64_t)time(NULL) + 600);
	const char *const bearers[] = {key.text, jwt};
	for (size_t i = 0; i < 2 * ts_n_routes; i++) {
		const struct ts_route *route = &ts_routes[i / 2];
		const char *bearer = bearers[i % 2];
		if (!is_guarded(route)) continue;
		const bool of_room = strstr(route->path, "{room}");
		assert_int_equal(of_room, ts_route_is_of_room(route));
		const bool ok = of_room || route->flags & TS_ROUTE_SHARED;
		expect(route, "ab", "who has a*", bearer, ok ? 413 : 403, ok ? "" : "other-room");
		if (of_room) expect(route, "b", "who has a*", bearer, 403, "other-room");
		if (of_room) expect(route, "A", "who has a*", bearer, 403, "other-room");
	}
}

/* ---- one by one */

static const struct response *get(const char *path, const char *bearer)
{
	g_autofree char *headers = g_strdup_printf("Authorization: Bearer %s\r\n", bearer);
	return ts_fetch(ts_server.port, "GET", path, headers, NULL);
}

static const struct response *send_to(
	const char *method, const char *path, const char *bearer, const char *json)
{
	g_autofree char *headers = g_strdup_printf(
		"Authorization: Bearer %s\r\nContent-Type: application/json\r\n", bearer);
	return ts_fetch(ts_server.port, method, path, headers, json);
}

/* Whatever is wrong, it is told in the same words, and nothing of what was sent. */
static void refusals_say_nothing(void **state)
{
	const int64_t now = (int64_t)time(NULL);
	char first[4096] = "", header[256];
	(void)state;
	g_autofree char
		*expired = make_jwt("*", "admin", now - 60),
		*forged = token_of(TOKEN_HS256("h"),
			"{\"exp\":9999999999,\"room\":\"*\",\"scope\":\"admin\"}", "another"),
		*kid = token_of(TOKEN_HS256("zzz"),
			"{\"exp\":9999999999,\"room\":\"*\",\"scope\":\"admin\"}", TOKEN_SECRET),
		*aud = token_of(TOKEN_HS256("h"),
			"{\"exp\":9999999999,\"aud\":\"x\",\"room\":\"*\",\"scope\":\"admin\"}",
			TOKEN_SECRET);
	const char *const bad[] = {expired, forged, kid, aud,
		"tsk_nobody_00000000000000000000000000000000", "tsk_", "wrong",
		"eyJhbGciOiJub25lIn0.e30."};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct response *r = get("/v1/rooms", bad[i]);
		assert_int_equal(r->status, 401);
		assert_string_equal(ts_fetched(r, "WWW-Authenticate", header),
			"Bearer realm=\"tessera\", error=\"invalid_token\"");
		if (!*first) g_strlcpy(first, r->body, sizeof(first));
		assert_string_equal(r->body, first);
	}
	const struct response *r = ts_fetch(ts_server.port, "GET", "/v1/rooms", "", NULL);
	assert_int_equal(r->status, 401);
	assert_string_equal(ts_fetched(r, "WWW-Authenticate", header), "Bearer realm=\"tessera\"");
}

/* Forged ones are guesses; what a holder has that is too old is none. */
static void forged_ones_are_counted(void **state)
{
	(void)state;
	g_autofree char *expired = make_jwt("*", "admin", (int64_t)time(NULL) - 600),
			*good = make_jwt("*", "moderate", (int64_t)time(NULL) + 600),
			*forged = token_of(TOKEN_HS256("h"), "{}", "another");
	for (int i = 0; i < 40; i++) assert_int_equal(get("/v1/rooms", expired)->status, 401);
	assert_int_equal(get("/v1/rooms", forged)->status, 401);
	int refused = 0;
	for (int i = 0; i < 30; i++) refused += get("/v1/rooms", forged)->status == 429;
	assert_in_range(refused, 15, 25);
	assert_int_equal(get("/v1/rooms", good)->status, 429);
	/* and of joins it is the same count */
	g_autofree char *target = g_strdup_printf("/join/a?token=%s", forged);
	assert_int_equal(
		ts_fetch(ts_server.port, "POST", target, TS_SDP_HEADER, "no offer")->status, 429);
}

/* Who has a JWT or a key is not known as who has http.api_token is: guesses at that are few. */
static void a_credential_lets_nobody_guess(void **state)
{
	struct made key;
	(void)state;
	make_key(&key, TS_SCOPE_MODERATE, "*");
	g_autofree char *jwt = make_jwt("*", "watch", (int64_t)time(NULL) + 600);
	int refused = 0;
	for (int i = 0; i < 30; i++) {
		char guess[40];
		assert_int_equal(get("/v1/rooms", key.text)->status, 200);
		assert_int_equal(get("/v1/rooms", jwt)->status, 403);
		snprintf(guess, sizeof(guess), "a-guess-at-the-token-%d", i);
		refused += get("/v1/rooms", guess)->status == 429;
	}
	assert_in_range(refused, 15, 25);
	/* who has shown http.api_token is known */
	assert_int_equal(get("/v1/rooms", API_TOKEN)->status, 429);
}

/* A join may give http.api_token in place of the PIN: that is a way to guess at it, too. */
static void joins_are_no_way_to_guess(void **state)
{
	static const char *const settings[] = {
		"join.policy=pin", "join.policy=open", "join.policy=open", "join.policy=open"};
	static const char *const headers[] = {TS_SDP_HEADER, TS_SDP_HEADER,
		TS_SDP_HEADER "Origin: https://evil.example\r\n", TS_SDP_HEADER};
	struct made key;
	(void)state;
	for (size_t way = 0; way < sizeof(settings) / sizeof(settings[0]); way++) {
		set(settings[way]);
		ts_server_restart();
		/* by a key, lest the address be known */
		make_key(&key, TS_SCOPE_MODERATE, "*");
		if (way == 1) send_to("PUT", "/v1/rooms/a", key.text, "{\"host_pin\":\"9876\"}");
		for (int i = 0; i < 12; i++) {
			char target[80];
			snprintf(
				target, sizeof(target), "/join/a?token=a-guess-at-the-token-%d", i);
			ts_fetch(ts_server.port, "POST", target, headers[way], "no offer");
		}
		/* where a page of another site guesses, the others of its address are not locked
		 * out */
		g_autofree char *right = g_strconcat(
			headers[way], "Authorization: Bearer " API_TOKEN "\r\n", NULL);
		const struct response *r = ts_fetch(
			ts_server.port, "GET", "/v1/rooms", right, NULL);
		if (r->status != 429) fail_msg("%zu: %d", way, r->status);
		const int others = get("/v1/rooms", API_TOKEN)->status;
		if (others != (way == 2 ? 200 : 429)) fail_msg("%zu: others %d", way, others);
		if (way == 1) send_to("DELETE", "/v1/rooms/a", key.text, NULL);
	}
}

/* The answer to the head of an image that comes in chunks, of which none is sent. */
static int start_image(const char *bearer)
{
	static struct response r;
	g_autofree char *head = g_strdup_printf(
		"POST /v1/images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
		"Content-Type: image/png\r\nAuthorization: Bearer %s\r\n\r\n",
		bearer);
	int fd = ts_dial(ts_server.port);
	struct pollfd waits = {.fd = fd, .events = POLLIN};
	assert_int_equal(write(fd, head, strlen(head)), strlen(head));
	if (poll(&waits, 1, 5000) != 1) fail_msg("%s: it reads on", bearer);
	ts_read_response(fd, 1, &r);
	close(fd);
	return r.status;
}

/* How much of a body is read tells nothing of a token, and who may send one is known by theirs. */
static void images_are_no_way_to_guess(void **state)
{
	struct made key;
	(void)state;
	make_key(&key, TS_SCOPE_ALL, "*");
	for (int i = 0; i < 12; i++)
		assert_int_equal(start_image("a-guess-at-the-token"), i < 10 ? 401 : 429);
	assert_int_equal(ts_server.body_max, 0);
	assert_int_equal(start_image(API_TOKEN), 429);
	/* not by what others behind the same address guess */
	g_autofree char *headers = g_strdup_printf(
		"Authorization: Bearer %s\r\nContent-Length: 99999999\r\n", key.text);
	const int64_t before = ts_count_get(TS_C_SECRETS_API_TOKEN);
	ts_fetch(ts_server.port, "POST", "/v1/images", headers, NULL);
	assert_int_equal(ts_server.body_max, ts_server.config.images.max_upload_kb * 1024);
	assert_int_equal(ts_count_get(TS_C_SECRETS_API_TOKEN), before);
}

static void lists_hold_ones_own_rooms(void **state)
{
	(void)state;
	assert_int_equal(send_to("PUT", "/v1/rooms/ab", API_TOKEN, "{}")->status, 201);
	assert_int_equal(send_to("PUT", "/v1/rooms/b", API_TOKEN, "{}")->status, 201);
	struct made key;
	make_key(&key, TS_SCOPE_MODERATE, "a*");
	const struct response *r = get("/v1/rooms", key.text);
	assert_int_equal(r->status, 200);
	assert_non_null(strstr(r->body, "\"id\":\"ab\""));
	assert_null(strstr(r->body, "\"id\":\"b\""));
	assert_int_equal(get("/v1/events?room=b", key.text)->status, 403);
	/* one that is there and one that is not are the same */
	g_autofree char *there = g_strdup(get("/v1/rooms/b", key.text)->body);
	assert_string_equal(get("/v1/rooms/c", key.text)->body, there);
	/* "b" has a session in it: nobody can be moved to it */
	const struct response *joined = ts_server_join("/join/ab?pin=4321");
	assert_int_equal(joined->status, 201);
	r = get("/v1/rooms/ab/participants", key.text);
	char id[27] = "", path[100];
	const char *at = strstr(r->body, "\"id\":\"");
	assert_non_null(at);
	sscanf(at, "\"id\":\"%26s", id);
	snprintf(path, sizeof(path), "/v1/rooms/ab/participants/%s", id);
	r = send_to("PATCH", path, key.text, "{\"room\":\"b\",\"view\":\"x\"}");
	assert_int_equal(r->status, 403);
	assert_non_null(strstr(r->body, "other-room"));
}

/* `moderate` opens the room's routes, but not what is of `record` and `stream`. */
static void fields_of_other_scopes(void **state)
{
	static const struct {
		const char *body, *scope;
		unsigned bits;
	} rows[] = {
		{"{\"record\":\"always\"}", "scope=\"record\"", TS_SCOPE_RECORD},
		{"{\"hls\":\"always\"}", "scope=\"stream\"", TS_SCOPE_STREAM},
		{"{\"flv\":\"always\"}", "scope=\"stream\"", TS_SCOPE_STREAM},
		{"{\"keypad\":{\"11\":\"all:record\"}}", "scope=\"record\"", TS_SCOPE_RECORD},
	};
	struct made host;
	(void)state;
	make_key(&host, TS_SCOPE_MODERATE, "*");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made both;
		make_key(&both, TS_SCOPE_MODERATE | rows[i].bits, "*");
		const struct response *r = send_to("PUT", "/v1/rooms/a", host.text, rows[i].body);
		assert_int_equal(r->status, 403);
		assert_non_null(strstr(r->head, rows[i].scope));
		assert_int_equal(
			send_to("POST", "/v1/rooms", host.text, rows[i].body)->status, 403);
		assert_non_null(strstr(get("/v1/rooms", API_TOKEN)->body, "\"items\":[]"));
		if (rows[i].bits == TS_SCOPE_STREAM) continue; /* here nothing can be streamed */
		assert_int_equal(
			send_to("PUT", "/v1/rooms/a", both.text, rows[i].body)->status, 201);
		/* what is as it was is nobody's matter */
		assert_int_equal(
			send_to("PATCH", "/v1/rooms/a", host.text, rows[i].body)->status, 200);
		assert_int_equal(
			send_to("PATCH", "/v1/rooms/a", host.text, "{\"locked\":true}")->status,
			200);
		/* but PUT would turn it off, apart from keys, which record nothing then */
		const int off = strstr(rows[i].body, "keypad") ? 200 : 403;
		assert_int_equal(send_to("PUT", "/v1/rooms/a", host.text, "{}")->status, off);
		assert_int_equal(send_to("PUT", "/v1/rooms/a", both.text, "{}")->status, 200);
		assert_int_equal(
			send_to("PATCH", "/v1/rooms/a", host.text, rows[i].body)->status, 403);
		assert_int_equal(send_to("DELETE", "/v1/rooms/a", host.text, NULL)->status, 204);
	}
}

static void keys_are_made_and_removed(void **state)
{
	char key[TS_API_KEY_TEXT_MAX + 1] = "", path[80];
	(void)state;
	static const struct {
		const char *body;
		int status;
	} rows[] = {
		{"{}", 422},
		{"{\"scopes\":[]}", 422},
		{"{\"scopes\":[\"root\"]}", 422},
		{"{\"scopes\":[\"record\"],\"room\":\"a*b*\"}", 422},
		{"{\"scopes\":[\"record\"],\"id\":\"mine\"}", 422},
		{"{\"scopes\":[\"record\"],\"hash\":\"x\"}", 422},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(send_to("POST", "/v1/keys", API_TOKEN, rows[i].body)->status,
			rows[i].status);
	const struct response *r = send_to("POST", "/v1/keys", API_TOKEN,
		"{\"scopes\":[\"record\",\"metrics\"],\"room\":\"*\",\"name\":\"n\"}");
	assert_int_equal(r->status, 201);
	assert_non_null(strstr(r->head, "no-store"));
	sscanf(strstr(r->body, "tsk_"), "%165[A-Za-z0-9_]", key);
	assert_int_equal(get("/v1/rooms/a/recordings", key)->status, 200);
	assert_int_equal(get("/v1/rooms", key)->status, 403);
	r = get("/v1/keys", API_TOKEN);
	assert_null(strstr(r->body, strrchr(key, '_')));
	assert_null(strstr(r->body, "hash"));
	assert_null(strstr(r->body, "\"last_used_ms\":null"));
	snprintf(path, sizeof(path), "/v1/keys/%.12s", key + 4);
	assert_int_equal(send_to("DELETE", path, key, NULL)->status, 403);
	assert_int_equal(send_to("DELETE", path, API_TOKEN, NULL)->status, 204);
	assert_int_equal(send_to("DELETE", path, API_TOKEN, NULL)->status, 404);
	assert_int_equal(get("/v1/rooms/a/recordings", key)->status, 401);
}

static void tokens_are_made(void **state)
{
	char token[1024] = "";
	(void)state;
	assert_int_equal(
		send_to("POST", "/v1/tokens", API_TOKEN, "{\"scopes\":[\"join\"]}")->status, 422);
	assert_int_equal(send_to("POST", "/v1/tokens", API_TOKEN,
				 "{\"room\":\"a\",\"scopes\":[\"join\"],\"role\":\"host\"}")
				 ->status,
		422);
	const struct response *r = send_to("POST", "/v1/tokens", API_TOKEN,
		"{\"room\":\"a\",\"scopes\":[\"moderate\"],\"ttl_s\":60}");
	assert_int_equal(r->status, 201);
	sscanf(strstr(r->body, "\"ey"), "\"%1023[A-Za-z0-9_.-]", token);
	assert_int_equal(get("/v1/rooms/a/participants", token)->status, 404);
	assert_int_equal(get("/v1/rooms/b/participants", token)->status, 403);
	static const char *const bad[] = {"\"avatar\":\"http://x.example/\"", "\"avatar\":7",
		"\"attributes\":{\"a\":7}", "\"attributes\":[]", "\"attributes\":{\"a b\":\"c\"}"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		g_autofree char *body = g_strdup_printf(
			"{\"room\":\"a\",\"scopes\":[\"join\"],%s}", bad[i]);
		assert_int_equal(send_to("POST", "/v1/tokens", API_TOKEN, body)->status, 422);
	}
	assert_int_equal(send_to("POST", "/v1/tokens", API_TOKEN,
				 "{\"room\":\"a\",\"scopes\":[\"join\"],\"avatar\":"
				 "\"https://x.example/\",\"attributes\":{\"team\":\"red\"}}")
				 ->status,
		201);
	assert_int_equal(send_to("POST", "/v1/tokens", token, "{}")->status, 403);
}

/* Who trusts everybody on this machine has nobody to ask for keys. */
static void an_open_server_makes_no_keys(void **state)
{
	(void)state;
	set("http.api_token=");
	set("identity.signing_key=");
	ts_server_restart();
	const struct response *r = send_to("POST", "/v1/keys", "", "{\"scopes\":[\"record\"]}");
	assert_int_equal(r->status, 409);
	assert_int_equal(get("/v1/rooms", "whatever")->status, 200);
	/* but one with stored keys asks for them, whatever its config says */
	struct made key;
	make_key(&key, TS_SCOPE_MODERATE, "*");
	ts_server_restart();
	assert_int_equal(get("/v1/rooms", "whatever")->status, 401);
	assert_int_equal(get("/v1/rooms", key.text)->status, 200);
}

/* ---- joining */

static int join_by(const char *target, const char *bearer, char type[64])
{
	g_autofree char *headers = g_strdup_printf(TS_SDP_HEADER "%s%s%s",
		bearer ? "Authorization: Bearer " : "", bearer ? bearer : "", bearer ? "\r\n" : "");
	const struct response *r = ts_fetch(ts_server.port, "POST", target, headers, "no offer");
	const char *found = strstr(r->body, "urn:tessera:problem:");
	*type = '\0';
	if (found) sscanf(found + strlen("urn:tessera:problem:"), "%63[a-z-]", type);
	return r->status;
}

static void joining(void **state)
{
	const int64_t now = (int64_t)time(NULL);
	(void)state;
	g_autofree char *join = make_jwt("a", "join", now + 60),
			*watch = make_jwt("a", "watch", now + 60),
			*old = make_jwt("a", "join", now - 60);
	g_autofree char *in_query = g_strdup_printf("/join/a?token=%s", join),
			*as_pin = g_strdup_printf("/join/a?pin=%s", join);
	const struct {
		const char *target, *bearer;
		int status;
		const char *type;
	} rows[] = {
		{"/join/a", NULL, 401, "pin-needed"},
		{"/join/a", "4321", 400, "offer"},
		{"/join/a?token=4321", NULL, 400, "offer"},
		{"/join/a", join, 400, "offer"},
		{in_query, NULL, 400, "offer"},
		{as_pin, NULL, 400, "offer"},
		{"/join/a", API_TOKEN, 400, "offer"},
		{"/join/b", join, 403, "other-room"},
		{"/whep/a", join, 403, "insufficient-scope"},
		{"/whip/a", join, 403, "insufficient-scope"},
		{"/whep/a", watch, 400, "offer"},
		{"/join/a", watch, 403, "insufficient-scope"},
		{"/join/a", old, 401, "invalid-token"},
		{"/join/a", "not-the-pin", 403, "wrong-pin"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char type[64];
		const int status = join_by(rows[i].target, rows[i].bearer, type);
		if (status != rows[i].status || strcmp(type, rows[i].type) != 0)
			fail_msg("%zu %.30s: %d %s", i, rows[i].target, status, type);
	}
}

/* What the token says goes before what the query does, and stays. */
static void names_and_roles_of_tokens(void **state)
{
	char headers[1400], location[256], target[300];
	(void)state;
	g_autofree char *payload = g_strdup_printf(
		"{\"exp\":%lld,\"room\":\"a\",\"scope\":\"join publish\",\"name\":\"Ann\",\"sub\":"
		"\"u1\",\"role\":\"host\",\"avatar\":\"https://a.example/u1.png\","
		"\"attributes\":{\"team\":\"red\"}}",
		(long long)time(NULL) + 60);
	g_autofree char *token = token_of(TOKEN_HS256("h"), payload, TOKEN_SECRET);
	snprintf(target, sizeof(target), "/join/a?name=Boss&identity=other");
	snprintf(headers, sizeof(headers), TS_SDP_HEADER "Authorization: Bearer %s\r\n", token);
	int fd = ts_dial(ts_server.port);
	static struct response r;
	ts_send_request(fd, "POST", target, headers, CHROMIUM);
	ts_server_ready(1, 0);
	ts_read_response(fd, 1, &r);
	assert_int_equal(r.status, 201);
	assert_null(strstr(r.head, "Set-Cookie"));
	g_strlcpy(location, ts_fetched(&r, "Location", target), sizeof(location));
	const struct response *own = get(location, "");
	assert_non_null(strstr(own->body, "\"name\":\"Ann\""));
	assert_non_null(strstr(own->body, "\"avatar_url\":\"https://a.example/u1.png\""));
	assert_non_null(strstr(own->body, "\"attributes\":{\"team\":\"red\"}"));
	own = get("/v1/rooms/a/participants", API_TOKEN);
	assert_non_null(strstr(own->body, "\"identity\":\"u1\""));
	assert_non_null(strstr(own->body, "\"attributes\":{\"team\":\"red\"}"));
	assert_null(strstr(own->body, "\"role\":\"host\"")); /* without moderate it is no host */
	own = send_to("PATCH", location, "", "{\"name\":\"Boss\"}");
	assert_int_equal(own->status, 409);
	assert_non_null(strstr(own->body, "name-fixed"));
	own = send_to("PATCH", location, "", "{\"muted\":true}");
	assert_int_equal(own->status, 200);
}

static int join_until(int64_t exp, const char *more)
{
	static struct response r;
	g_autofree char *payload = g_strdup_printf(
				"{\"exp\":%lld,\"room\":\"a\",\"scope\":\"join\"}", (long long)exp),
			*token = token_of(TOKEN_HS256("h"), payload, TOKEN_SECRET),
			*headers = g_strdup_printf(
				TS_SDP_HEADER "Authorization: Bearer %s\r\n%s", token, more);
	const int before = ts_fake.participants;
	int fd = ts_dial(ts_server.port);
	ts_send_request(fd, "POST", "/join/a", headers, CHROMIUM);
	ts_server_ready(before + 1, 0);
	ts_read_response(fd, 1, &r);
	return r.status;
}

/* As users of other servers expect it, unless the operator wants it otherwise. */
static void who_is_in_stays_when_the_token_expires(void **state)
{
	const int64_t now = (int64_t)time(NULL);
	(void)state;
	set("identity.leeway_s=0");
	assert_int_equal(join_until(now + 2, ""), 201);
	set("identity.at_expiry=leave");
	assert_int_equal(join_until(now + 2, ""), 201);
	ts_server_wait(&ts_fake.participants, 1);
	assert_string_equal(ts_fake.last_reason, "token-expired");
	assert_true((int64_t)time(NULL) >= now + 2);
	g_usleep(200000);
	assert_int_equal(ts_fake.participants, 1);
	/* one who has left, and one whose token lasts, are asked for by no timer */
	assert_int_equal(join_until(now + 253402300799 - 2000000000, ""), 201);
}

/* The secret of the session alone: the place is theirs as the token gave it, and ends with it. */
static void coming_back_without_the_token_gives_no_more(void **state)
{
	const int64_t now = (int64_t)time(NULL);
	static struct response r;
	char location[256];
	(void)state;
	set("identity.leeway_s=0");
	set("identity.at_expiry=leave");
	set("join.policy=open");
	g_autofree char *payload = g_strdup_printf(
				"{\"exp\":%lld,\"room\":\"a\",\"scope\":\"join\","
				"\"name\":\"Ann\",\"sub\":\"u1\"}",
				(long long)now + 2),
			*token = token_of(TOKEN_HS256("h"), payload, TOKEN_SECRET),
			*bearer = g_strdup_printf("Authorization: Bearer %s\r\n", token),
			*more = g_strdup(bearer);
	for (int i = 0; i < 2; i++) {
		g_autofree char *headers = g_strconcat(TS_SDP_HEADER, more, NULL);
		int fd = ts_dial(ts_server.port);
		ts_send_request(fd, "POST", "/join/a?name=Boss", headers, CHROMIUM);
		ts_server_ready(i + 1, 0);
		ts_read_response(fd, 1, &r);
		close(fd);
		assert_int_equal(r.status, 201);
		if (strstr(r.body, "a=sendrecv")) fail_msg("%d may send", i);
		ts_fetched(&r, "Location", location);
		g_free(more);
		more = g_strdup_printf("Tessera-Session: %s\r\n", location + 3);
	}
	assert_non_null(ts_fake.last_join.replaces);
	assert_string_equal(ts_fake.last_join.identity, "u1");
	assert_string_equal(ts_fake.last_join.name, "Ann");
	assert_int_equal(send_to("PATCH", location, "", "{\"name\":\"Boss\"}")->status, 409);
	ts_server_wait(&ts_fake.participants, 0);
	assert_string_equal(ts_fake.last_reason, "token-expired");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, ts_server_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_guarded_route_has_a_scope),
		TEST(each_route_by_each_scope),
		TEST(each_route_by_who_has_none),
		TEST(each_route_by_who_has_some_rooms),
		TEST(refusals_say_nothing),
		TEST(forged_ones_are_counted),
		TEST(a_credential_lets_nobody_guess),
		TEST(joins_are_no_way_to_guess),
		TEST(images_are_no_way_to_guess),
		TEST(lists_hold_ones_own_rooms),
		TEST(fields_of_other_scopes),
		TEST(keys_are_made_and_removed),
		TEST(tokens_are_made),
		TEST(an_open_server_makes_no_keys),
		TEST(joining),
		TEST(names_and_roles_of_tokens),
		TEST(who_is_in_stays_when_the_token_expires),
		TEST(coming_back_without_the_token_gives_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
