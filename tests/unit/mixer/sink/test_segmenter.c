/* A live stream's pieces, made of units that the test pushes at times of its own. */
#include "mixer/sink/segmenter.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/strand.h"
#include "container/playlist.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct {
	struct ts_pool *pool;
	struct ts_loop *loop;
	struct ts_segmenter *segmenter;
	struct ts_sink *video, *audio;
	int n_parts, n_begins, n_gaps, n_inits, n_done, width, fps;
	bool ended;
	int seen_width;
	int64_t late_ns, duration_ns, came_ns,
		age_ns; /* age: of the end of the part that took longest */
} t;

static void on_part(void *arg, struct ts_cut_part *part)
{
	(void)arg;
	t.n_parts++;
	t.n_begins += part->begins;
	t.n_gaps += part->discontinuity;
	t.n_inits += part->init != NULL;
	if (part->init) t.seen_width = part->width;
	t.ended = part->ends;
	t.duration_ns += part->duration_ns;
	t.came_ns = ts_now_ns();
	const int64_t age_ns = t.came_ns - part->time_ns - part->duration_ns;
	if (age_ns > t.age_ns) t.age_ns = age_ns;
	ts_cut_part_free(part);
}

static void on_done(void *arg)
{
	(void)arg;
	t.n_done++;
}

static int make(void **state)
{
	static const struct ts_segmenter_events events = {on_part, on_done};
	const struct ts_pool_config pool = {.name = "video", .threads = 1};
	(void)state;
	memset(&t, 0, sizeof(t));
	t.width = 320;
	t.fps = 30;
	if (ts_pool_create(&t.pool, &pool) || ts_loop_create(&t.loop, "control")) return -1;
	const struct ts_segmenter_config config = {
		.pool = t.pool, .control = t.loop, .grid_ns = ts_now_ns()};
	if (ts_segmenter_create(&t.segmenter, &config, &events, NULL)) return -1;
	t.video = ts_segmenter_video(t.segmenter);
	t.audio = ts_segmenter_audio(t.segmenter);
	return !t.video || !t.audio;
}

static int unmake(void **state)
{
	(void)state;
	ts_sink_unref(&t.video);
	ts_sink_unref(&t.audio);
	ts_segmenter_finish(t.segmenter);
	const int parts = t.n_parts;
	ts_fake_time_run();
	assert_int_equal(t.n_parts, parts); /* none after finish */
	assert_int_equal(t.n_done, 1);
	ts_segmenter_destroy(&t.segmenter);
	ts_pool_destroy(&t.pool);
	ts_loop_destroy(&t.loop);
	return 0;
}

static void push(struct ts_sink *sink, uint8_t *bytes, size_t len, bool key)
{
	AVPacket *p = av_packet_alloc();
	const struct ts_unit_time time = {
		.capture_ns = ts_now_ns(), .now_ns = ts_now_ns(), .duration_ns = 0};
	p->data = bytes;
	p->size = (int)len;
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	assert_int_equal(sink->ops->packet(sink, p, &time), 0);
	p->data = NULL;
	av_packet_free(&p);
}

/* SPS and PPS before the slice of a keyframe; each width has others. */
static void push_picture(struct ts_sink *sink, bool key)
{
	static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0, 0, 0, 1,
		0x68, 0xcb, 0x83, 0xcb, 0x20};
	uint8_t bytes[500];
	size_t n = 0;
	memset(bytes, 0x5a, sizeof(bytes));
	if (key) {
		memcpy(bytes, sets, sizeof(sets));
		bytes[9] = (uint8_t)(t.width >> 2 | 1);
		n = sizeof(sets);
		const struct ts_stream_params params = {
			.codec = TS_CODEC_H264, .width = t.width, .height = 180, .fps = t.fps};
		sink->ops->start(sink, &params);
	}
	memcpy(bytes + n, (const uint8_t[]){0, 0, 0, 1, key ? 0x65 : 0x41}, 5);
	push(sink, bytes, sizeof(bytes), key);
}

/* As an output does: a keyframe first, then whenever one is wanted. */
static void live(int pictures, bool first)
{
	uint8_t sound[20] = {0x21};
	for (int i = 0; i < pictures; i++) {
		const bool key = t.video->ops->wants(t.video, ts_now_ns()) == TS_SINK_KEYFRAME;
		push_picture(t.video, key || (first && !i));
		push(t.audio, sound, sizeof(sound), true);
		ts_fake_time_after(TS_NS_PER_S / t.fps + t.late_ns);
	}
}

static void keyframes_are_asked_for(void **state)
{
	(void)state;
	live(10 * t.fps, true);
	assert_in_range(t.n_begins, 5, 6);
	assert_int_equal(t.n_gaps, 0);
	assert_int_equal(t.n_inits, 1);
	assert_true(t.duration_ns > 9 * TS_NS_PER_S);
	/* one picture, and what the strand sleeps */
	assert_true(t.age_ns <= 90 * TS_NS_PER_MS);
	assert_int_equal(ts_segmenter_dropped(t.segmenter), 0);
}

static void nobody_is_there_for_a_while(void **state)
{
	(void)state;
	live(40, true);
	const int parts = t.n_parts;
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_true(t.n_parts == parts + 1 && t.ended); /* what there was */
	live(40, true);
	assert_int_equal(t.n_gaps, 1);
	assert_int_equal(t.n_inits, 1);
}

/* Nobody watches: the output need not encode for it, nor make keyframes. */
static void wants_nothing_while_it_is_idle(void **state)
{
	(void)state;
	ts_segmenter_set_idle(t.segmenter, true);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_NOTHING);
	assert_int_equal(t.audio->ops->wants(t.audio, ts_now_ns()), TS_SINK_NOTHING);
	live(40, true);
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_int_equal(t.n_parts, 0);
	ts_segmenter_set_idle(t.segmenter, false);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_KEYFRAME);
	live(40, true);
	assert_true(t.n_parts >= 2 && t.n_inits == 1 && !t.n_gaps);
	ts_segmenter_set_idle(t.segmenter, true);
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_true(t.ended);
	ts_segmenter_set_idle(t.segmenter, false);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_KEYFRAME);
	live(40, true);
	assert_int_equal(t.n_gaps, 1);
}

static void one_picture_a_second(void **state)
{
	(void)state;
	t.fps = 1;
	t.late_ns = 100 * TS_NS_PER_MS;
	live(20, true);
	assert_int_equal(t.n_gaps, 0);
	assert_in_range(t.n_begins, 9, 11);
	assert_true(t.duration_ns >= 17 * TS_NS_PER_S);
}

/* Control stands still: what it has no room for is gone, but not what all that follows needs. */
static void a_lost_init_is_told_later(void **state)
{
	(void)state;
	push_picture(t.video, true);
	for (int i = 0; i < 80; i++) {
		ts_fake_time_set(ts_now_ns() + 20 * TS_NS_PER_MS);
		t.width = i >= 70 ? 640 : 320 + 4 * (i % 2); /* each is a segment */
		push_picture(t.video, true);
	}
	ts_fake_time_run();
	assert_int_equal(t.n_parts, 64);
	assert_int_equal(t.n_inits, 64);
	live(90, false);
	assert_in_range(t.n_parts, 68, 75);
	assert_int_equal(t.n_inits, 65);
	assert_int_equal(t.seen_width, 640);
	assert_int_equal(t.n_gaps, 64);
}

static void another_output(void **state)
{
	(void)state;
	live(40, true);
	struct ts_sink *before = t.video;
	t.video = ts_segmenter_video(t.segmenter);
	t.width = 640;
	push_picture(t.video, false); /* nothing before its keyframe */
	live(40, true);
	const int parts = t.n_parts;
	push_picture(before, true); /* too late */
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_int_equal(t.n_inits, 2);
	assert_int_equal(t.n_gaps, 1);
	assert_in_range(t.n_parts, parts, parts + 1);
	ts_sink_unref(&before);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(keyframes_are_asked_for),
		TEST(nobody_is_there_for_a_while),
		TEST(wants_nothing_while_it_is_idle),
		TEST(one_picture_a_second),
		TEST(a_lost_init_is_told_later),
		TEST(another_output),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
