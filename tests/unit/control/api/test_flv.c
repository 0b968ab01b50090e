/* HTTP-FLV over HTTP: who gets in, what is sent, who is left. Tags are put into the stream by
 * hand. */
#include "base/clock.h"
#include "base/counter.h"
#include "container/flv.h"
#include "control/flv/core.h"
#include "mixer/room/views.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JSON "Content-Type: application/json\r\n"
#define PATCH "Content-Type: application/merge-patch+json\r\n"

static char key[TS_SECRET_LEN + 1];

static void read_key(void *arg)
{
	struct ts_flv_info info;
	(void)arg;
	ts_flv_info(ts_flv_find(ts_server.api.flv, "tv"), &info);
	memcpy(key, info.key, sizeof(key));
}

static void begin(const char *body)
{
	assert_int_equal(ts_fetch(ts_server.port, "PUT", "/v1/rooms/tv", JSON, body)->status, 201);
	ts_on_loop(ts_server.loop, read_key, NULL);
}

static int patch(const char *body)
{
	return ts_fetch(ts_server.port, "PATCH", "/v1/rooms/tv", PATCH, body)->status;
}

struct adding {
	const char *text;
	size_t n; /* so often */
	bool key;
};

static void add_tag(void *arg)
{
	const struct adding *adding = arg;
	const size_t len = strlen(adding->text);
	struct ts_flv_stream *s = ts_flv_find(ts_server.api.flv, "tv");
	static const char head[] = "HEADHEADHEADHopening";
	struct ts_blob *opening = ts_blob_new(sizeof(head) - 1);
	memcpy(opening->bytes, head, sizeof(head) - 1);
	struct ts_tag tag = {.bytes = ts_blob_new(len * adding->n),
		.opening = opening,
		.video = true,
		.key = adding->key};
	for (size_t i = 0; i < adding->n; i++)
		memcpy(tag.bytes->bytes + i * len, adding->text, len);
	ts_flv_tags_add(&s->tags, &tag);
	ts_blob_unref(&opening);
	ts_flv_serve(ts_server.api.flv, ts_now_ns());
}

static void add(const char *text, size_t n, bool is_key)
{
	struct adding adding = {text, n, is_key};
	ts_on_loop(ts_server.loop, add_tag, &adding);
}

static int watch(const char *target)
{
	const int fd = ts_dial(ts_server.port);
	ts_send_request(fd, "GET", target, "", NULL);
	return fd;
}

static int watch_by_key(void)
{
	char target[200];
	snprintf(target, sizeof(target), "/flv/tv/%s.flv", key);
	return watch(target);
}

static void wait_for(int64_t viewers)
{
	while (ts_count_get(TS_C_FLV_VIEWERS) != viewers) usleep(1000);
}

/* Reads until that was there; false: the connection ended before. */
static bool reads(int fd, const char *text)
{
	static char all[1 << 16];
	size_t n = 0;
	ssize_t got;
	all[0] = '\0';
	while (!strstr(all, text)) {
		if ((got = read(fd, all + n, sizeof(all) - 1 - n)) <= 0) return false;
		n += (size_t)got;
		all[n] = '\0';
	}
	return true;
}

static void who_may_join_may_watch(void **state)
{
	static const struct {
		const char *target;
		int status;
		const char *type;
	} rows[] = {
		{"/flv/nobody.flv", 404, "no-such-stream"},
		{"/flv/a%2fb.flv", 404, "no-such-stream"},
		{"/flv/tv.flv", 401, "pin-needed"},
		{"/flv/tv.flv?pin=4712", 403, "wrong-pin"},
		{"/flv/tv/4711.flv", 404, "no-such-stream"},
		{"/flv/tv/00000000000000000000000000000000.flv", 404, "no-such-stream"},
		{"/flv/nobody/00000000000000000000000000000000.flv", 404, "no-such-stream"},
	};
	(void)state;
	begin("{\"flv\":\"always\",\"pin\":\"4711\"}");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct response *r = ts_fetch(
			ts_server.port, "GET", rows[i].target, "", NULL);
		assert_int_equal(r->status, rows[i].status);
		assert_non_null(strstr(r->body, rows[i].type));
		assert_null(strstr(r->body, key));
	}
	const int by_pin = watch("/flv/tv.flv?pin=4711"), by_key = watch_by_key();
	wait_for(2);
	add("first", 1, true);
	assert_true(reads(by_pin, "first"));
	assert_true(reads(by_key, "first"));
	/* locked: nobody new, those who watch go on */
	assert_int_equal(patch("{\"locked\":true}"), 200);
	char target[200];
	snprintf(target, sizeof(target), "/flv/tv/%s.flv", key);
	assert_int_equal(ts_fetch(ts_server.port, "GET", target, "", NULL)->status, 423);
	add("second", 1, false);
	assert_true(reads(by_key, "second"));
	assert_int_equal(patch("{\"locked\":false}"), 200);
	/* another PIN is another key, and who watches has to know it */
	assert_int_equal(patch("{\"pin\":\"9999\"}"), 200);
	wait_for(0);
	const int64_t guesses = ts_count_get(TS_C_SECRETS_SESSION);
	assert_int_equal(ts_fetch(ts_server.port, "GET", target, "", NULL)->status, 404);
	assert_int_equal(ts_count_get(TS_C_SECRETS_SESSION), guesses);
	close(by_pin);
	close(by_key);
}

static void one_begins_with_the_opening(void **state)
{
	(void)state;
	begin("{\"flv\":\"always\"}");
	add("Key", 1, true);
	add("more", 1, false);
	const int fd = watch("/flv/tv.flv");
	/* the stream rested, so what was there is gone; it begins with the next keyframe */
	wait_for(1);
	add("Again", 1, true);
	assert_true(reads(fd, "HEADHEADHEADHopeningAgain"));
	const int other = watch_by_key();
	assert_true(reads(other, "HEADHEADHEADHopeningAgain"));
	/* the end of it: what was sent is whole */
	assert_int_equal(patch("{\"flv\":\"off\"}"), 200);
	assert_true(reads(fd, "0\r\n\r\n"));
	wait_for(0);
	close(fd);
	close(other);
}

static void use_viewers(void *arg)
{
	ts_server.config.flv.max_viewers = *(const int *)arg;
}

static void as_many_watch_as_may(void **state)
{
	int fd[8], most = 30;
	char value[256];
	(void)state;
	begin("{\"flv\":\"always\"}");
	ts_on_loop(ts_server.loop, use_viewers, &most);
	for (int i = 0; i < 8; i++) fd[i] = watch_by_key();
	wait_for(8);
	const struct response *r = ts_fetch(ts_server.port, "GET", "/flv/tv.flv", "", NULL);
	assert_int_equal(r->status, 503); /* 8 of one address */
	assert_non_null(strstr(r->body, "too-many-viewers"));
	assert_string_equal(ts_fetched(r, "Retry-After", value), "10");
	for (int i = 0; i < 8; i++) close(fd[i]);
	wait_for(0);
	most = 2;
	ts_on_loop(ts_server.loop, use_viewers, &most);
	fd[0] = watch_by_key();
	fd[1] = watch_by_key();
	wait_for(2);
	assert_int_equal(ts_fetch(ts_server.port, "GET", "/flv/tv.flv", "", NULL)->status, 503);
	close(fd[0]);
	close(fd[1]);
	wait_for(0);
}

static void serve_later(void *arg)
{
	ts_flv_serve(ts_server.api.flv, ts_now_ns() + *(int64_t *)arg * TS_NS_PER_S);
}

static void serve_in(int64_t s)
{
	ts_on_loop(ts_server.loop, serve_later, &s);
}

static void who_takes_nothing_is_left(void **state)
{
	(void)state;
	begin("{\"flv\":\"always\"}");
	const int64_t stalled = ts_count_get(TS_C_FLV_STALLED);
	const int fd = watch_by_key();
	wait_for(1);
	serve_in(29); /* nothing was made */
	assert_int_equal(ts_count_get(TS_C_FLV_VIEWERS), 1);
	add("x", 8 << 20, true); /* more than sockets hold */
	serve_in(9);
	assert_int_equal(ts_count_get(TS_C_FLV_VIEWERS), 1);
	serve_in(11);
	wait_for(0);
	assert_int_equal(ts_count_get(TS_C_FLV_STALLED) - stalled, 1);
	close(fd);
	const int silent = watch_by_key();
	wait_for(1);
	serve_in(31);
	wait_for(0);
	close(silent);
}

struct look {
	int64_t after_s;
	bool rests;
};

static void look_at_rest(void *arg)
{
	struct look *look = arg;
	struct ts_flv *all = ts_server.api.flv;
	all->beat.fn(&all->beat, ts_now_ns() + look->after_s * TS_NS_PER_S);
	look->rests = ts_flv_find(all, "tv")->resting;
}

static bool rests_after(int64_t s)
{
	struct look look = {.after_s = s};
	ts_on_loop(ts_server.loop, look_at_rest, &look);
	return look.rests;
}

static void nothing_is_made_for_nobody(void **state)
{
	(void)state;
	begin("{\"flv\":\"always\"}");
	assert_true(rests_after(0));
	const int fd = watch_by_key();
	wait_for(1);
	assert_false(rests_after(6));
	close(fd);
	wait_for(0);
	assert_false(rests_after(10));
	assert_true(rests_after(12));
}

static void start_of_view(void *arg)
{
	struct ts_room *room = ts_registry_find(ts_server.registry, "tv");
	struct ts_flv_stream *s;
	(void)arg;
	assert_int_equal(
		ts_flv_start(ts_server.api.flv, room, ts_room_find_view(room, "portrait"), &s), 0);
	assert_non_null(s->held.sink.view);
}

static void has_no_view(void *arg)
{
	(void)arg;
	assert_null(ts_flv_find(ts_server.api.flv, "tv")->held.sink.view);
}

/* Nobody is in the room, so that the room does not know of it. */
static void one_that_rests_lets_go_of_a_view_that_is_removed(void **state)
{
	static const char *const path = "/v1/rooms/tv/views/portrait";
	(void)state;
	assert_int_equal(ts_fetch(ts_server.port, "PUT", "/v1/rooms/tv", JSON, "{}")->status, 201);
	assert_int_equal(ts_fetch(ts_server.port, "PUT", path, JSON, "{}")->status, 201);
	ts_on_loop(ts_server.loop, start_of_view, NULL);
	assert_int_equal(ts_fetch(ts_server.port, "DELETE", path, "", NULL)->status, 204);
	ts_on_loop(ts_server.loop, has_no_view, NULL);
}

static bool is_live(void)
{
	return ts_flv_find(ts_server.api.flv, "tv")->held.attached;
}

static void go_and_come_back(void *arg)
{
	struct ts_registry *registry = ts_server.registry;
	struct ts_room *room = ts_registry_find(registry, "tv");
	struct ts_participant *p = ts_room_first(room);
	(void)arg;
	assert_true(is_live());
	ts_registry_hold(registry, room, true);
	assert_int_equal(ts_registry_move(registry, p, "elsewhere"), 0);
	assert_true(is_live());
	assert_int_equal(ts_registry_move(registry, p, "tv"), 0);
	ts_registry_hold(registry, room, false);
	assert_true(is_live());
	ts_registry_hold(registry, room, true);
	assert_int_equal(ts_registry_move(registry, p, "elsewhere"), 0);
	ts_registry_hold(registry, room, false);
	assert_false(is_live());
}

/* In breakouts, that is: until they are over with nobody back. */
static void lasts_while_all_are_elsewhere(void **state)
{
	(void)state;
	begin("{\"flv\":\"always\"}");
	ts_server_join("/join/tv");
	ts_on_loop(ts_server.loop, go_and_come_back, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_that_rests_lets_go_of_a_view_that_is_removed),
		TEST(lasts_while_all_are_elsewhere),
		TEST(who_may_join_may_watch),
		TEST(one_begins_with_the_opening),
		TEST(as_many_watch_as_may),
		TEST(who_takes_nothing_is_left),
		TEST(nothing_is_made_for_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
