/* An input from its start to its end, on threads and clocks as they are: for tsan, too. */
#include "mixer/leg/input.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/strand.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static char folder[64];
static struct ts_loop *control;
static struct ts_pool *pool;

/* What was told, under the lock. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int connected, stalled, back, failed, closed, gone;
	struct ts_input_info info;
} told = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct ts_leg *leg;
static struct ts_feed camera, slides;
static struct ts_voice *voice;
static struct ts_input_way way;
static int start_err;

static void note(int *what)
{
	pthread_mutex_lock(&told.lock);
	++*what;
	pthread_cond_broadcast(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static void on_connected(void *arg)
{
	(void)arg;
	note(&told.connected);
}

static void on_stalled(void *arg, bool stalled)
{
	(void)arg;
	note(stalled ? &told.stalled : &told.back);
}

static void on_failed(void *arg, const char *reason)
{
	(void)arg;
	assert_non_null(reason);
	note(&told.failed);
	leg->ops->close(leg); /* as the participant does */
}

static void on_closed(void *arg)
{
	(void)arg;
	note(&told.closed);
}

static void on_changed(void *arg, const struct ts_input_info *info)
{
	(void)arg;
	pthread_mutex_lock(&told.lock);
	told.info = *info;
	pthread_cond_broadcast(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static void on_gone(void *arg)
{
	(void)arg;
	note(&told.gone);
}

static const struct ts_leg_events events = {
	.connected = on_connected, .stalled = on_stalled, .failed = on_failed, .closed = on_closed};

static const char *guard(void *arg, const char *url, struct ts_demuxer_way *out)
{
	(void)arg;
	snprintf(out->url, sizeof out->url, "%s", url);
	snprintf(out->scheme, sizeof out->scheme, "%.*s", (int)strcspn(url, ":"), url);
	snprintf(out->host, sizeof out->host, "127.0.0.1");
	return strstr(url, "refused") ? "refused" : NULL;
}

static void wait_for(const int *what)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	pthread_mutex_lock(&told.lock);
	while (!*what)
		if (pthread_cond_timedwait(&told.changed, &told.lock, &until)) break;
	assert_true(*what);
	pthread_mutex_unlock(&told.lock);
}

static void start(struct ts_task *task)
{
	const struct ts_leg_config config = {.control = control,
		.way = &way,
		.voice = voice,
		.camera = &camera,
		.slides = &slides,
		.events = &events};
	(void)task;
	start_err = ts_input_leg.start(&leg, &config);
}

static void close_leg(struct ts_task *task)
{
	(void)task;
	leg->ops->close(leg);
}

static void begin(const char *url, bool loop)
{
	static struct ts_task task = {.fn = start};
	memset(&told.connected, 0, sizeof told - offsetof(__typeof__(told), connected));
	way = (struct ts_input_way){.media_dir = folder,
		.loop = loop,
		.guard = guard,
		.changed = on_changed,
		.gone = on_gone};
	snprintf(way.url, sizeof way.url, "%s", url);
	assert_int_equal(ts_voice_create(&voice), 0);
	assert_int_equal(ts_source_create(&camera.source, pool), 0);
	ts_loop_post(control, &task);
}

static void end(bool ask)
{
	static struct ts_task task = {.fn = close_leg};
	if (ask) ts_loop_post(control, &task);
	wait_for(&told.closed);
	assert_int_equal(told.gone, 1);
	assert_int_equal(start_err, 0);
	ts_voice_unref(&voice);
	ts_source_unref(&camera.source);
}

/* Pictures and sound that the mixer would have for so long. */
static void consume(int ms, int *pictures, int *frames)
{
	*pictures = *frames = 0;
	for (int64_t at = ts_now_ns(), until = at + ms * TS_NS_PER_MS; at < until;
		at += 20 * TS_NS_PER_MS) {
		const struct timespec due = {at / TS_NS_PER_S, at % TS_NS_PER_S};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		struct ts_picture *p = ts_source_take(camera.source, TS_VIEW_MAIN, at);
		*pictures += p != NULL;
		ts_picture_unref(&p);
		const int16_t *pcm = ts_voice_tick(voice, at);
		for (int i = 0; pcm && i < TS_AUDIO_FRAME; i++)
			if (abs(pcm[i]) > 3000) {
				++*frames;
				break;
			}
	}
}

static int make(void **state)
{
	const struct ts_pool_config config = {.name = "video", .threads = 1};
	char command[600];
	(void)state;
	strcpy(folder, "/tmp/tessera-input.XXXXXX");
	if (!mkdtemp(folder)) return -1;
	snprintf(command, sizeof command,
		"cd %s && ffmpeg -v error -y -f lavfi -i testsrc=s=160x90:r=25:d=1 -f lavfi -i "
		"sine=f=440:r=48000:d=1 -af volume=4 -c:v mpeg4 -c:a pcm_s16le film.mkv && "
		"ffmpeg -v error -y -i film.mkv -vn -c:a copy film.wav && "
		"ffmpeg -v error -y -f lavfi -i testsrc=s=160x90:r=25:d=5.4 -f lavfi -i "
		"sine=f=440:r=48000:d=5.4 -af volume=4 -c:v mpeg4 -g 90 -sc_threshold 1000000000 "
		"-c:a pcm_s16le rare.mkv",
		folder);
	if (system(command)) return -1;
	if (ts_loop_create(&control, "control") || ts_loop_start(control)) return -1;
	return ts_pool_create(&pool, &config);
}

static int unmake(void **state)
{
	char command[100];
	(void)state;
	ts_loop_destroy(&control);
	ts_pool_destroy(&pool);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static void test_loop(void **state)
{
	int pictures, frames;
	(void)state;
	begin("media:film.mkv", true);
	wait_for(&told.connected);
	consume(2500, &pictures, &frames);
	/* 25 a second, through two seams; machines are late at times */
	assert_in_range(pictures, 45, 65);
	assert_in_range(frames, 100, 125);
	end(true);
	assert_int_equal(told.failed, 0);
}

static void test_end(void **state)
{
	int pictures, frames;
	(void)state;
	begin("media:film.wav", false);
	wait_for(&told.connected);
	consume(500, &pictures, &frames);
	assert_int_equal(pictures, 0);
	assert_in_range(frames, 10, 25);
	end(false);
	assert_int_equal(told.info.state, TS_INPUT_ENDED);
	assert_string_equal(told.info.reason, "it is over");
	assert_string_equal(told.info.audio_codec, "pcm_s16le");
}

/* Keyframes alone, 3.6 s apart: each at its time, and so is what follows; sound goes on. */
static void test_sparse(void **state)
{
	int pictures, frames;
	(void)state;
	begin("media:rare.mkv", false);
	ts_source_set_sparse(camera.source, true);
	wait_for(&told.connected);
	consume(2000, &pictures, &frames);
	assert_int_equal(pictures, 1);
	assert_in_range(frames, 40, 100);
	ts_source_set_sparse(camera.source, false);
	consume(1000, &pictures, &frames);
	assert_int_equal(pictures, 0);
	consume(2000, &pictures, &frames);
	/* from 3.6 s of the film on, 25 a second; a machine that is late shows one each second */
	assert_in_range(pictures, 1, 45);
	assert_in_range(frames, 40, 100);
	end(false);
	assert_int_equal(told.info.state, TS_INPUT_ENDED);
}

static void test_pattern(void **state)
{
	int pictures, frames;
	(void)state;
	begin("test:", false);
	wait_for(&told.connected);
	consume(2200, &pictures, &frames);
	assert_in_range(pictures, 40, 56);
	assert_in_range(frames, 5, 25); /* 200 ms of 2 s */
	end(true);
}

static void test_failures(void **state)
{
	static const char *const urls[] = {"media:none", "http://127.0.0.1:1/x", "rtsp://refused/"};
	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		begin(urls[i], false);
		end(false);
		assert_int_equal(told.info.state, TS_INPUT_FAILED);
		assert_true(*told.info.reason);
	}
}

/* What is live is tried again, and can be ended while it waits. */
static void test_retries(void **state)
{
	(void)state;
	begin("rtmp://127.0.0.1:1/live/x", false);
	for (int i = 0; i < 400; i++) {
		pthread_mutex_lock(&told.lock);
		const bool tried = told.info.state == TS_INPUT_RETRYING && told.info.retries >= 2;
		pthread_mutex_unlock(&told.lock);
		if (tried) break;
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	end(true);
	assert_int_equal(told.connected, 0);
	assert_true(told.info.retries >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_retries),
	};
	return cmocka_run_group_tests(tests, make, unmake);
}
