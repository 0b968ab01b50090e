/* HLS over HTTP: who gets in, what is held until it is there. Pieces are put into the stream's
 * window by hand. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "control/hls/core.h"
#include "mixer/room/views.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSON "Content-Type: application/json\r\n"

static struct ts_pool *pool;
static char key[TS_SECRET_LEN + 1];

static void take_pool(void *arg)
{
	(void)arg;
	ts_server.api.hls->pool = pool;
}

static int setup(void **state)
{
	const struct ts_pool_config config = {.name = "video", .threads = 1};
	if (ts_server_setup(state) || ts_pool_create(&pool, &config)) return -1;
	ts_on_loop(ts_server.loop, take_pool, NULL);
	return 0;
}

static void count_segmenters(void *n)
{
	*(guint *)n = ts_server.api.hls->segmenters;
}

static void stop_all(void *arg)
{
	struct ts_hls *hls = ts_server.api.hls;
	(void)arg;
	while (hls->streams->len) ts_hls_stop(hls, hls->streams->pdata[0]);
}

static int teardown(void **state)
{
	guint left = 1;
	ts_on_loop(ts_server.loop, stop_all, NULL);
	while (left) ts_on_loop(ts_server.loop, count_segmenters, &left);
	const int err = ts_server_teardown(state);
	ts_pool_destroy(&pool);
	return err;
}

static void read_key(void *arg)
{
	struct ts_hls_info info;
	(void)arg;
	ts_hls_info(ts_hls_find(ts_server.api.hls, "tv"), &info);
	memcpy(key, info.key, sizeof(key));
}

static void begin(const char *body)
{
	assert_int_equal(ts_fetch(ts_server.port, "PUT", "/v1/rooms/tv", JSON, body)->status, 201);
	ts_on_loop(ts_server.loop, read_key, NULL);
}

enum { BEGINS = 1, ENDS = 2 };

struct adding {
	unsigned flags;
	size_t rendition;
	int64_t period;
};

static void add_part(void *arg)
{
	const struct adding *adding = arg;
	struct ts_hls_stream *s = ts_hls_find(ts_server.api.hls, "tv");
	struct ts_hls_rendition *r = &s->rendition[adding->rendition];
	struct ts_cut_part *part = calloc(1, sizeof(*part));
	part->bytes = ts_blob_new(5);
	memcpy(part->bytes->bytes, adding->flags & BEGINS ? "first" : "other", 5);
	part->begins = part->independent = adding->flags & BEGINS;
	part->ends = adding->flags & ENDS;
	part->period = adding->period;
	part->duration_ns = part->told_ns = TS_PLAYLIST_PART_NS;
	if (!r->window.next_init) {
		part->init = ts_blob_new(4);
		memcpy(part->init->bytes, "init", 4);
		part->width = part->height = part->fps = 16;
		strcpy(part->video, "avc1.42c01f");
	}
	ts_hls_rendition_add(r, part);
	r->parts = 0; /* or the first who asks gets none of it */
}

static void add_to(size_t rendition, int64_t period, unsigned flags)
{
	struct adding adding = {flags, rendition, period};
	ts_on_loop(ts_server.loop, add_part, &adding);
}

static void add(unsigned flags)
{
	add_to(0, 0, flags);
}

static const struct response *get(const char *file, const char *headers)
{
	char target[200];
	snprintf(target, sizeof(target), "/hls/tv/%s/%s", key, file);
	return ts_fetch(ts_server.port, "GET", target, headers, NULL);
}

static int ask(const char *file)
{
	char target[200];
	snprintf(target, sizeof(target), "/hls/tv/%s/%s", key, file);
	const int fd = ts_dial(ts_server.port);
	ts_send_request(fd, "GET", target, "", NULL);
	return fd;
}

static void wait_for(int64_t waiting)
{
	while (ts_count_get(TS_C_HLS_WAITING) != waiting) usleep(1000);
}

static void take_nobody(void *arg)
{
	(void)arg;
	ts_server.engine.load.overload.level = TS_OVERLOAD_NO_JOINS;
}

static void who_may_join_gets_the_key(void **state)
{
	static const struct {
		const char *target;
		int status;
		const char *type;
	} rows[] = {
		{"/hls/nobody/index.m3u8", 404, "no-such-stream"},
		{"/hls/a%2fb/index.m3u8", 404, "no-such-stream"},
		{"/hls/tv/index.m3u8", 401, "pin-needed"},
		{"/hls/tv/index.m3u8?pin=", 401, "pin-needed"},
		{"/hls/tv/index.m3u8?pin=4712", 403, "wrong-pin"},
		{"/hls/tv/4711/live.m3u8", 404, "no-such-stream"},
		{"/hls/tv/00000000000000000000000000000000/live.m3u8", 404, "no-such-stream"},
		{"/hls/nobody/00000000000000000000000000000000/live.m3u8", 404, "no-such-stream"},
	};
	char value[256];
	(void)state;
	begin("{\"hls\":\"always\",\"pin\":\"4711\"}");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct response *r = ts_fetch(
			ts_server.port, "GET", rows[i].target, "", NULL);
		assert_int_equal(r->status, rows[i].status);
		assert_non_null(strstr(r->body, rows[i].type));
		assert_null(strstr(r->body, key));
	}
	add(BEGINS);
	add(ENDS);
	const struct response *r = ts_fetch(
		ts_server.port, "GET", "/hls/tv/index.m3u8?pin=4711", "", NULL);
	assert_int_equal(r->status, 200);
	snprintf(value, sizeof(value), "\n%s/live.m3u8\n", key);
	assert_non_null(strstr(r->body, value));
	assert_string_equal(ts_fetched(r, "Cache-Control", value), "private, no-store");
	assert_null(strstr(get("index.m3u8", "")->body, key)); /* relative to where it stands */
	/* another PIN is another key */
	char before[TS_SECRET_LEN + 1];
	memcpy(before, key, sizeof(before));
	assert_int_equal(
		ts_fetch(ts_server.port, "PATCH", "/v1/rooms/tv",
			"Content-Type: application/merge-patch+json\r\n", "{\"pin\":\"9999\"}")
			->status,
		200);
	assert_int_equal(get("live.m3u8", "")->status, 404);
	ts_on_loop(ts_server.loop, read_key, NULL);
	assert_string_not_equal(before, key);
	assert_int_equal(get("live.m3u8", "")->status, 200);
	/* locked: nobody new, those inside go on */
	ts_fetch(ts_server.port, "PATCH", "/v1/rooms/tv",
		"Content-Type: application/merge-patch+json\r\n", "{\"locked\":true}");
	assert_int_equal(
		ts_fetch(ts_server.port, "GET", "/hls/tv/index.m3u8?pin=9999", "", NULL)->status,
		423);
	r = get("index.m3u8", "");
	assert_int_equal(r->status, 423);
	assert_non_null(strstr(r->body, "room-locked"));
	assert_int_equal(get("live.m3u8", "")->status, 200);
	assert_int_equal(get("s0.m4s", "")->status, 200);
	ts_fetch(ts_server.port, "PATCH", "/v1/rooms/tv",
		"Content-Type: application/merge-patch+json\r\n", "{\"locked\":false}");
	assert_int_equal(get("index.m3u8", "")->status, 200);
	/* nor while the server takes nobody */
	ts_on_loop(ts_server.loop, take_nobody, NULL);
	assert_int_equal(get("index.m3u8", "")->status, 503);
	assert_int_equal(get("live.m3u8", "")->status, 200);
}

static void keys_cannot_be_tried_for_ever(void **state)
{
	(void)state;
	int status = 0;
	begin("{\"hls\":\"always\"}");
	for (int i = 0; i < 150 && status != 429; i++)
		status = ts_fetch(ts_server.port, "GET", "/hls/tv/x/live.m3u8", "", NULL)->status;
	assert_int_equal(status, 429);
	add(BEGINS | ENDS);
	/* who has the right one is let in all the same */
	assert_int_equal(get("live.m3u8", "")->status, 200);
}

static int patch(const char *body)
{
	return ts_fetch(ts_server.port, "PATCH", "/v1/rooms/tv",
		"Content-Type: application/merge-patch+json\r\n", body)
		->status;
}

/* Players go on asking for a while, which must not look as if they guessed. */
static void viewers_of_what_has_ended_guess_nothing(void **state)
{
	static const char *const ends[] = {
		"{\"pin\":\"9999\"}", "{\"hls\":\"off\"}", "{\"hls\":\"always\"}", NULL};
	(void)state;
	const int64_t before = ts_count_get(TS_C_SECRETS_SESSION);
	begin("{\"hls\":\"always\",\"pin\":\"4711\"}");
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		if (ends[i])
			assert_int_equal(patch(ends[i]), 200);
		else
			ts_fetch(ts_server.port, "DELETE", "/v1/rooms/tv", "", NULL);
		for (int k = 0; k < 150; k++) assert_int_equal(get("live.m3u8", "")->status, 404);
		assert_int_equal(ts_count_get(TS_C_SECRETS_SESSION), before);
	}
	/* where there never was any */
	for (int k = 0; k < 150; k++)
		assert_int_equal(
			ts_fetch(ts_server.port, "GET", "/hls/none/x/live.m3u8", "", NULL)->status,
			404);
}

static void pieces_and_their_headers(void **state)
{
	char value[256];
	(void)state;
	begin("{\"hls\":\"always\"}");
	add(BEGINS);
	add(ENDS);
	const int64_t bytes = ts_count_get(TS_C_HLS_BYTES);
	const struct response *r = get("s0.m4s", "");
	assert_int_equal(r->status, 200);
	assert_string_equal(r->body, "firstother");
	assert_string_equal(ts_fetched(r, "Content-Length", value), "10");
	assert_string_equal(ts_fetched(r, "Content-Type", value), "video/mp4");
	assert_string_equal(
		ts_fetched(r, "Cache-Control", value), "public, max-age=3600, immutable");
	assert_string_equal(ts_fetched(r, "ETag", value), "\"s0.m4s\"");
	assert_int_equal(get("s0.m4s", "If-None-Match: \"s0.m4s\"\r\n")->status, 304);
	assert_string_equal(get("s0.1.m4s", "")->body, "other");
	assert_string_equal(get("i0.mp4", "")->body, "init");
	r = get("live.m3u8", "Origin: https://elsewhere.example\r\n");
	assert_string_equal(ts_fetched(r, "Cache-Control", value), "public, max-age=1");
	assert_string_equal(ts_fetched(r, "Access-Control-Allow-Origin", value), "*");
	r = get("live.m3u8?_HLS_msn=0", "");
	assert_string_equal(ts_fetched(r, "Cache-Control", value), "public, max-age=6");
	assert_int_equal(ts_count_get(TS_C_HLS_BYTES) - bytes, 10 + 5 + 4); /* no playlists */
	static const char *const absent[] = {
		"s1.m4s", "x.m4s", "s1.1.m4s", "s2.0.m4s", "i1.mp4", "s0.2.m4s"};
	for (size_t i = 0; i < G_N_ELEMENTS(absent); i++) {
		r = get(absent[i], "");
		assert_int_equal(r->status, 404);
		assert_string_equal(ts_fetched(r, "Cache-Control", value), "no-store");
	}
	static const char *const bad[] = {"live.m3u8?_HLS_msn=3", "live.m3u8?_HLS_part=0",
		"live.m3u8?_HLS_msn=-1", "live.m3u8?_HLS_msn=99999999999999999999",
		"live.m3u8?_HLS_msn=1&_HLS_part=16"};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_int_equal(get(bad[i], "")->status, 400);
}

struct remains {
	int64_t after_s;
	bool there;
};

static void look_for_remains(void *arg)
{
	struct remains *r = arg;
	struct ts_hls *hls = ts_server.api.hls;
	hls->forget.fn(&hls->forget, ts_now_ns() + r->after_s * TS_NS_PER_S);
	r->there = hls->remains->len;
}

static bool remains_after(int64_t s)
{
	struct remains r = {.after_s = s};
	ts_on_loop(ts_server.loop, look_for_remains, &r);
	return r.there;
}

static void held_until_it_is_there(void **state)
{
	static struct response r;
	(void)state;
	begin("{\"hls\":\"always\"}");
	const int index = ask("index.m3u8");
	wait_for(1);
	add(BEGINS);
	wait_for(1); /* not before a segment is whole */
	add(ENDS);
	ts_read_response(index, 1, &r);
	assert_int_equal(r.status, 200);
	close(index);
	const int list = ask("live.m3u8?_HLS_msn=1&_HLS_part=1"), part = ask("s1.0.m4s"),
		  gone = ask("live.m3u8?_HLS_msn=2");
	wait_for(3);
	close(gone);
	wait_for(2);
	add(BEGINS);
	ts_read_response(part, 1, &r);
	assert_string_equal(r.body, "first");
	close(part);
	wait_for(1);
	add(0);
	ts_read_response(list, 1, &r);
	assert_non_null(strstr(r.body, "URI=\"s1.1.m4s\"\n"));
	close(list);
	/* one that ends answers those that wait */
	const int last = ask("live.m3u8?_HLS_msn=1");
	wait_for(1);
	assert_int_equal(ts_fetch(ts_server.port, "DELETE", "/v1/rooms/tv", "", NULL)->status, 204);
	ts_read_response(last, 1, &r);
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(r.body, "\ns1.m4s\n#EXT-X-ENDLIST\n"));
	assert_null(strstr(r.body, "PRELOAD-HINT"));
	close(last);
	assert_int_equal(ts_count_get(TS_C_HLS_WAITING), 0);
	/* for those who watched, and nobody new */
	assert_non_null(strstr(get("live.m3u8?_HLS_msn=2", "")->body, "ENDLIST"));
	assert_string_equal(get("s1.m4s", "")->body, "firstother");
	assert_int_equal(get("s1.2.m4s", "")->status, 404); /* it was hinted at */
	assert_int_equal(get("index.m3u8", "")->status, 404);
	assert_true(remains_after(59));
	assert_false(remains_after(61));
	assert_int_equal(get("live.m3u8", "")->status, 404);
	assert_int_equal(ts_count_get(TS_C_HLS_BYTES_HELD), 0);
}

struct look {
	int64_t after_s;
	bool rests;
};

static void look_after(void *arg)
{
	struct look *look = arg;
	struct ts_hls *hls = ts_server.api.hls;
	struct ts_hls_stream *s = ts_hls_find(hls, "tv");
	for (size_t i = 0; i < s->n_renditions; i++)
		s->rendition[i].parts = 1; /* as if they had come by themselves */
	ts_hls_on_rest(&hls->rest, ts_now_ns() + look->after_s * TS_NS_PER_S);
	look->rests = s->rendition[0].resting;
}

static bool rests_after(int64_t s)
{
	struct look look = {.after_s = s};
	ts_on_loop(ts_server.loop, look_after, &look);
	return look.rests;
}

/* An encoder for nobody is dear. */
static void nothing_is_cut_for_nobody(void **state)
{
	static struct response r;
	(void)state;
	begin("{\"hls\":\"always\"}");
	assert_true(rests_after(0));
	/* who guesses wakes nobody up */
	assert_int_equal(
		ts_fetch(ts_server.port, "GET", "/hls/tv/x/live.m3u8", "", NULL)->status, 404);
	assert_true(rests_after(0));
	const int index = ask("index.m3u8");
	wait_for(1);
	assert_false(rests_after(0));
	add(BEGINS);
	add(ENDS);
	ts_read_response(index, 1, &r);
	assert_int_equal(r.status, 200);
	close(index);
	assert_false(rests_after(58));
	assert_true(rests_after(61));
	assert_int_equal(ts_count_get(TS_C_HLS_BYTES_HELD), 0);
	/* what was cut before is not for those who come now */
	const int again = ask("live.m3u8"), after = ask("index.m3u8");
	wait_for(2);
	assert_false(rests_after(0));
	add(ENDS);
	add(BEGINS);
	wait_for(2);
	add(ENDS);
	ts_read_response(again, 1, &r);
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(r.body, "MEDIA-SEQUENCE:1\n"));
	close(again);
	wait_for(0);
	ts_read_response(after, 1, &r);
	assert_int_equal(r.status, 200);
	close(after);
}

struct state {
	size_t rendition;
	bool resting;
};

static void read_state(void *arg)
{
	struct state *state = arg;
	state->resting = ts_hls_find(ts_server.api.hls, "tv")->rendition[state->rendition].resting;
}

static bool rests(size_t rendition)
{
	struct state state = {.rendition = rendition};
	ts_on_loop(ts_server.loop, read_state, &state);
	return state.resting;
}

static void begin_earlier(void *arg)
{
	(void)arg;
	ts_hls_find(ts_server.api.hls, "tv")->grid_ns -= 17 * TS_NS_PER_S;
}

/* The sizes that there are stand in the index; each is cut when it is asked for, by the numbers
 * that the others have. */
static void renditions(void **state)
{
	static struct response r;
	(void)state;
	begin("{\"hls\":\"always\"}");
	ts_server_join("/join/tv");
	ts_on_loop(ts_server.loop, begin_earlier, NULL);
	const int sinks = ts_fake.sinks;
	const int index = ask("index.m3u8");
	wait_for(1);
	for (int i = 5; i < 8; i++) {
		add_to(0, i, BEGINS);
		add_to(0, i, ENDS);
	}
	ts_read_response(index, 1, &r);
	close(index);
	assert_non_null(strstr(r.body,
		"BANDWIDTH=1714000,CODECS=\"avc1.42c01f,mp4a.40.2\",RESOLUTION=1280x720,"
		"FRAME-RATE=30\nlive.m3u8\n"));
	assert_non_null(strstr(r.body,
		"BANDWIDTH=614000,CODECS=\"avc1.42c01e,mp4a.40.2\",RESOLUTION=640x360,"
		"FRAME-RATE=30\nr1-live.m3u8\n"));
	assert_non_null(strstr(r.body, "RESOLUTION=320x180,FRAME-RATE=15\nr2-live.m3u8\n"));
	/* one that sleeps is said to be where the others are, less one segment */
	const struct response *list = get("live.m3u8", "");
	assert_non_null(strstr(list->body, "MEDIA-SEQUENCE:5\n"));
	assert_true(!rests(0) && rests(1) && rests(2));
	assert_int_equal(ts_fake.sinks, sinks);
	assert_int_equal(get("r3-live.m3u8", "")->status, 404);
	assert_int_equal(get("r3-s5.m4s", "")->status, 404);
	/* the list is held until something whole is there, or, behind a number, anything */
	const int first = ask("r1-live.m3u8"), next = ask("r1-live.m3u8?_HLS_msn=7&_HLS_part=1");
	/* also where the number is of before it was ever cut: there is nothing to list */
	const int before = ask("r1-live.m3u8?_HLS_msn=5");
	wait_for(3);
	assert_true(!rests(1) && rests(2));
	assert_int_equal(ts_fake.sinks, sinks + 1);
	add_to(1, 8, BEGINS);
	ts_read_response(next, 1, &r);
	close(next);
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(r.body, "MEDIA-SEQUENCE:8\n"));
	assert_non_null(strstr(r.body, "URI=\"r1-s8.0.m4s\""));
	ts_read_response(before, 1, &r);
	close(before);
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(r.body, "URI=\"r1-s8.0.m4s\""));
	assert_non_null(strstr(
		r.body, "EXT-X-RENDITION-REPORT:URI=\"live.m3u8\",LAST-MSN=7,LAST-PART=1\n"));
	wait_for(1);
	add_to(1, 8, ENDS);
	ts_read_response(first, 1, &r);
	close(first);
	assert_non_null(strstr(r.body, "\nr1-s8.m4s\n"));
	assert_int_equal(get("r1-s8.m4s", "")->status, 200);
	assert_int_equal(get("r1-s7.m4s", "")->status, 404);
	/* a segment more than periods, in all that are there: who comes later has their numbers */
	add_to(0, 8, BEGINS | ENDS);
	add_to(0, 8, BEGINS | ENDS);
	add_to(1, 8, BEGINS | ENDS);
	const int late = ask("r2-live.m3u8");
	wait_for(1);
	add_to(2, 9, BEGINS | ENDS);
	ts_read_response(late, 1, &r);
	close(late);
	assert_non_null(strstr(r.body, "MEDIA-SEQUENCE:10\n"));
	/* each rests for itself */
	assert_true(rests_after(61));
	assert_true(rests(1) && rests(2));
	assert_int_equal(ts_fake.sinks, sinks);
	assert_int_equal(ts_count_get(TS_C_HLS_BYTES_HELD), 0);
}

static void refuse_sinks(void *arg)
{
	(void)arg;
	ts_fake.sink_err = TS_ELIMIT;
}

static int count_lines(FILE *file, const char *text)
{
	char line[1024];
	int n = 0;
	rewind(file);
	while (fgets(line, sizeof(line), file)) n += strstr(line, text) != NULL;
	return n;
}

static void a_full_room_is_told_of_once(void **state)
{
	FILE *log = tmpfile();
	const int before = dup(STDERR_FILENO);
	(void)state;
	begin("{\"hls\":\"always\"}");
	dup2(fileno(log), STDERR_FILENO);
	ts_on_loop(ts_server.loop, refuse_sinks, NULL);
	ts_server_join("/join/tv");
	for (int i = 0; i < 3; i++) {
		ts_on_loop(ts_server.loop, refuse_sinks, NULL);
		patch(i % 2 ? "{\"locked\":false}" : "{\"locked\":true}");
	}
	const int sinks = ts_fake.sinks;
	patch("{\"locked\":false}");
	dup2(before, STDERR_FILENO);
	close(before);
	assert_int_equal(count_lines(log, "room=tv error="), 1);
	fclose(log);
	assert_int_equal(sinks, 0);
	assert_int_equal(ts_fake.sinks, 1); /* tried again all the same */
}

static void use_waiting(void *arg)
{
	ts_server.config.hls.max_waiting = *(const int *)arg;
}

static void set_waiting(int n)
{
	ts_on_loop(ts_server.loop, use_waiting, &n);
}

static void as_many_wait_as_may(void **state)
{
	(void)state;
	begin("{\"hls\":\"always\"}");
	set_waiting(2);
	const int one = ask("s0.0.m4s"), two = ask("live.m3u8?_HLS_msn=0");
	wait_for(2);
	const struct response *r = get("live.m3u8?_HLS_msn=0", "");
	char value[256];
	assert_int_equal(r->status, 503);
	assert_string_equal(ts_fetched(r, "Retry-After", value), "1");
	close(one);
	close(two);
	wait_for(0);
}

static int ask_as(const char *client)
{
	char target[200], header[100];
	snprintf(target, sizeof(target), "/hls/tv/%s/live.m3u8?_HLS_msn=0", key);
	snprintf(header, sizeof(header), "X-Forwarded-For: %s\r\n", client);
	const int fd = ts_dial(ts_server.port);
	ts_send_request(fd, "GET", target, header, NULL);
	return fd;
}

/* Whoever has the key from one address must not take the stream from all others. */
static void one_address_leaves_places_to_others(void **state)
{
	static struct response r;
	char err[TS_CONFIG_ERR_MAX], value[256];
	int fd[30];
	(void)state;
	assert_int_equal(ts_config_set(&ts_server.config, "http.trusted_proxies=127.0.0.1", err,
				 sizeof(err)),
		0);
	ts_server_restart();
	ts_on_loop(ts_server.loop, take_pool, NULL);
	begin("{\"hls\":\"always\"}");
	set_waiting(100);
	for (int i = 0; i < 10; i++) fd[i] = ask_as("2001:db8:1:2::1");
	wait_for(10);
	const int more = ask_as("2001:db8:1:2:ffff::2"); /* of the same customer */
	ts_read_response(more, 1, &r);
	assert_int_equal(r.status, 503);
	assert_string_equal(ts_fetched(&r, "Retry-After", value), "1");
	assert_int_equal(ts_count_get(TS_C_HLS_WAITING), 10); /* at once */
	close(more);
	for (int i = 10; i < 20; i++) fd[i] = ask_as("2001:db8:1:3::1");
	wait_for(20);
	/* those who go make room */
	for (int i = 0; i < 10; i++) close(fd[i]);
	wait_for(10);
	for (int i = 0; i < 10; i++) fd[i] = ask_as("2001:db8:1:2::1");
	wait_for(20);
	for (int i = 0; i < 20; i++) close(fd[i]);
	wait_for(0);
	/* a tenth of few is too few */
	set_waiting(30);
	for (int i = 0; i < 8; i++) fd[i] = ask_as("198.51.100.1");
	wait_for(8);
	const int ninth = ask_as("198.51.100.1");
	ts_read_response(ninth, 1, &r);
	assert_int_equal(r.status, 503);
	close(ninth);
	for (int i = 0; i < 8; i++) close(fd[i]);
	wait_for(0);
}

static void the_page_is_there(void **state)
{
	(void)state;
	const struct response *r = ts_fetch(ts_server.port, "GET", "/watch/tv", "", NULL);
	assert_int_equal(r->status, 200);
	assert_non_null(strstr(r->body, "../web/watch.js"));
}

static void start_of_view(void *arg)
{
	struct ts_room *room = ts_registry_find(ts_server.registry, "tv");
	struct ts_hls_stream *s;
	(void)arg;
	assert_int_equal(
		ts_hls_start(ts_server.api.hls, room, ts_room_find_view(room, "portrait"), &s), 0);
	assert_non_null(s->rendition[0].held.sink.view);
}

static void has_no_view(void *arg)
{
	const struct ts_hls_stream *s = ts_hls_find(ts_server.api.hls, "tv");
	(void)arg;
	assert_null(s->view);
	for (size_t i = 0; i < s->n_renditions; i++) assert_null(s->rendition[i].held.sink.view);
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
	return ts_hls_find(ts_server.api.hls, "tv")->rendition[0].held.attached;
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
	begin("{\"hls\":\"always\"}");
	ts_server_join("/join/tv");
	ts_on_loop(ts_server.loop, go_and_come_back, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_that_rests_lets_go_of_a_view_that_is_removed),
		TEST(lasts_while_all_are_elsewhere),
		TEST(who_may_join_gets_the_key),
		TEST(keys_cannot_be_tried_for_ever),
		TEST(viewers_of_what_has_ended_guess_nothing),
		TEST(pieces_and_their_headers),
		TEST(held_until_it_is_there),
		TEST(nothing_is_cut_for_nobody),
		TEST(renditions),
		TEST(a_full_room_is_told_of_once),
		TEST(as_many_wait_as_may),
		TEST(one_address_leaves_places_to_others),
		TEST(the_page_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
