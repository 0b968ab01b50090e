#include "mixer/output/output.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "codec/video.h"
#include "layout/compositor.h"
#include "mixer/output/rtp_sink.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { W = 64, H = 36, UNITS = 200 };

/* ---- a sink that takes notes */

static struct {
	struct ts_sink sink;
	enum ts_sink_wants wants;
	int starts, stops, frees, packets, err, publish_err;
	size_t published;
	struct ts_stream_params params;
	bool key[UNITS];
	struct ts_unit_time time[UNITS];
} notes;

static enum ts_sink_wants sink_wants(struct ts_sink *sink, int64_t now_ns)
{
	assert_ptr_equal(sink, &notes.sink);
	assert_int_equal(now_ns, ts_now_ns());
	return notes.wants;
}

static void sink_start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	assert_ptr_equal(sink, &notes.sink);
	notes.starts++;
	notes.params = *params;
}

static int sink_packet(
	struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	assert_ptr_equal(sink, &notes.sink);
	if (notes.err) return notes.err;
	notes.key[notes.packets] = packet->flags & AV_PKT_FLAG_KEY;
	notes.time[notes.packets++] = *time;
	return 0;
}

static void sink_stop(struct ts_sink *sink)
{
	assert_ptr_equal(sink, &notes.sink);
	notes.stops++;
}

static void sink_free(struct ts_sink *sink)
{
	assert_ptr_equal(sink, &notes.sink);
	notes.frees++;
}

static const struct ts_sink_ops ops = {sink_wants, sink_start, sink_packet, sink_stop, sink_free};

int ts_rtp_sink_create(struct ts_sink **out)
{
	/* two outputs have the same one here */
	if (notes.sink.ops)
		ts_sink_ref(&notes.sink);
	else
		ts_sink_init(&notes.sink, &ops);
	*out = &notes.sink;
	return 0;
}

int ts_rtp_sink_publish(struct ts_sink *sink, const struct ts_receiving *list, size_t n)
{
	assert_ptr_equal(sink, &notes.sink);
	(void)list;
	notes.published = n;
	return notes.publish_err;
}

/* ---- an encoder that does */

struct ts_video_encoder {
	int unused;
};

static struct {
	int opened, open, open_err, encode_err;
	struct ts_video_encoder_config config;
	uint32_t bitrate_bps;
	uint8_t top, middle; /* luma of the last picture */
	int width, height;
	struct ts_video_encoder encoder;
} coder;

int ts_video_encoder_open(
	struct ts_video_encoder **out, const struct ts_video_encoder_config *config)
{
	coder.opened++;
	coder.config = *config;
	if (coder.open_err) return coder.open_err;
	coder.open++;
	coder.bitrate_bps = config->bitrate_bps;
	*out = &coder.encoder;
	return 0;
}

void ts_video_encoder_close(struct ts_video_encoder **encoder)
{
	if (*encoder) coder.open--;
	*encoder = NULL;
}

int ts_video_encoder_set_bitrate(struct ts_video_encoder *encoder, uint32_t bps)
{
	assert_ptr_equal(encoder, &coder.encoder);
	coder.bitrate_bps = bps;
	return 0;
}

int ts_video_encode(
	struct ts_video_encoder *encoder, const AVFrame *picture, bool key, AVPacket *out)
{
	assert_ptr_equal(encoder, &coder.encoder);
	coder.width = picture->width;
	coder.height = picture->height;
	coder.top = picture->data[0][picture->width / 2];
	coder.middle =
		picture->data[0][picture->height / 2 * picture->linesize[0] + picture->width / 2];
	if (coder.encode_err) return coder.encode_err;
	out->flags = key ? AV_PKT_FLAG_KEY : 0;
	return 0;
}

/* ---- an output of 30/s */

static struct ts_pool *pool;
static struct ts_output *output;
static int64_t tick;

static struct ts_output *make(struct ts_step step)
{
	const struct ts_output_config config = {
		.codec = TS_CODEC_H264, .packetization_mode = 1, .step = step, .tick_fps = 30};
	struct ts_output *o;
	assert_int_equal(ts_output_create(&o, pool, &config), 0);
	return o;
}

static int setup(void **state)
{
	(void)state;
	memset(&notes, 0, sizeof(notes));
	memset(&coder, 0, sizeof(coder));
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	assert_int_equal(
		ts_pool_create(&pool, &(struct ts_pool_config){.name = "test", .threads = 1}), 0);
	output = make((struct ts_step){
		.width = W, .height = H, .fps = 30, .bitrate_bps = 100000, .level_idc = 31});
	notes.wants = TS_SINK_PACKETS;
	tick = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_output_unref(&output);
	ts_pool_destroy(&pool);
	assert_int_equal(coder.open, 0);
	assert_int_equal(notes.starts, notes.stops);
	assert_true(notes.frees > 0);
	return 0;
}

static AVFrame *canvas(void)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = W;
	f->height = H;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, W, H}, (struct ts_colour){200, 128, 128});
	return f;
}

static void push(struct ts_output *o)
{
	tick++;
	ts_output_push(o, canvas(), &(struct ts_output_time){tick, 1, tick * 1000});
	ts_fake_time_run();
}

/* n ticks of a thirtieth of a second. */
static void run(int n)
{
	for (int i = 0; i < n; i++) {
		push(output);
		ts_fake_time_after(TS_NS_PER_S / 30);
	}
}

static int keys(void)
{
	int n = 0;
	for (int i = 0; i < notes.packets; i++) n += notes.key[i];
	return n;
}

/* ---- tests */

static void without_anybody_there_is_no_encoder(void **state)
{
	(void)state;
	notes.wants = TS_SINK_NOTHING;
	run(3);
	assert_int_equal(coder.opened, 0);
	notes.wants = TS_SINK_PACKETS;
	run(1);
	assert_int_equal(coder.open, 1);
	notes.wants = TS_SINK_NOTHING;
	run(1);
	assert_int_equal(coder.open, 0);
	assert_int_equal(notes.stops, 1);
	assert_int_equal(notes.packets, 1);
}

static void the_sink_is_started_before_the_first_packet_a_keyframe(void **state)
{
	(void)state;
	run(3);
	assert_int_equal(notes.starts, 1);
	assert_int_equal(notes.params.codec, TS_CODEC_H264);
	assert_int_equal(notes.params.packetization_mode, 1);
	assert_int_equal(notes.params.width, W);
	assert_int_equal(notes.params.height, H);
	assert_int_equal(notes.params.fps, 30);
	assert_int_equal(coder.config.bitrate_bps, 100000);
	assert_int_equal(coder.config.level_idc, 31);
	assert_int_equal(notes.packets, 3);
	assert_true(notes.key[0]);
	assert_false(notes.key[1]);
	assert_int_equal(notes.time[2].media_time, 3 * 3000);
	assert_int_equal(notes.time[2].capture_ns, 3000);
	assert_int_equal(ts_count_get(TS_C_KEYFRAMES_SENT), 1);
}

/* However often they are requested, by the sink or by others: two are half a second apart. */
static void keyframes_keep_to_their_budget(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		ts_output_request_keyframe(output);
		notes.wants = i % 2 ? TS_SINK_KEYFRAME : TS_SINK_PACKETS;
		run(1);
	}
	assert_in_range(keys(), 4, 5);
	int64_t last_ns = INT64_MIN / 2;
	for (int i = 0; i < notes.packets; i++) {
		if (!notes.key[i]) continue;
		assert_true(notes.time[i].now_ns - last_ns >= 500 * TS_NS_PER_MS);
		last_ns = notes.time[i].now_ns;
	}
	notes.wants = TS_SINK_PACKETS;
	run(60); /* one that was still owed, and no more */
	assert_in_range(keys(), 4, 6);
}

static void a_request_after_quiet_is_served_at_the_next_tick(void **state)
{
	(void)state;
	run(30);
	ts_output_request_keyframe(output);
	run(1);
	assert_true(notes.key[30]);
	notes.wants = TS_SINK_KEYFRAME; /* within its window: at its end */
	run(1);
	notes.wants = TS_SINK_PACKETS;
	run(20);
	assert_int_equal(keys(), 3);
	assert_false(notes.key[31]);
}

static void a_step_of_fewer_pictures_takes_some_of_the_ticks(void **state)
{
	(void)state;
	struct ts_output *slow = make((struct ts_step){.width = W, .height = H, .fps = 10});
	for (int i = 0; i < 9; i++) push(slow);
	assert_int_equal(notes.packets, 3);
	assert_int_equal(notes.time[1].media_time - notes.time[0].media_time, 9000);
	ts_output_unref(&slow);
	ts_fake_time_run();
}

/* At half of the ticks what is drawn is thinned, not what is not: evenly, and no more than the step
 * has. */
static void of_what_is_drawn_a_step_takes_its_share(void **state)
{
	static const struct {
		int fps, every, taken; /* of 60 ticks */
	} rows[] = {{20, 1, 40}, {20, 2, 30}, {15, 2, 30}, {30, 2, 30}, {10, 2, 20}, {5, 2, 10}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_output *o = make(
			(struct ts_step){.width = W, .height = H, .fps = rows[i].fps});
		notes.packets = 0;
		for (int t = rows[i].every; t <= 60; t += rows[i].every) {
			const struct ts_output_time time = {t, rows[i].every, 0};
			ts_output_push(o, canvas(), &time);
			ts_fake_time_run();
		}
		assert_int_equal(notes.packets, rows[i].taken);
		if (rows[i].taken == 60 / rows[i].every)
			for (int p = 1; p < notes.packets; p++)
				assert_int_equal(
					notes.time[p].media_time - notes.time[p - 1].media_time,
					3000 * rows[i].every);
		ts_output_unref(&o);
		ts_fake_time_run();
	}
}

static void a_third_canvas_is_dropped_and_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		ts_output_push(output, canvas(), &(struct ts_output_time){i, 1, 0});
	assert_int_equal(ts_count_get(TS_C_ENCODE_SKIPPED), 1);
	ts_fake_time_run();
	assert_int_equal(notes.packets, 2);
}

static void an_encoder_that_does_not_open_is_tried_again_after_a_second(void **state)
{
	(void)state;
	coder.open_err = TS_ENOMEM;
	run(29);
	assert_int_equal(coder.opened, 1);
	assert_int_equal(ts_count_get(TS_C_ENCODER_FAILED), 1);
	coder.open_err = 0;
	run(3);
	assert_int_equal(coder.opened, 2);
	assert_int_equal(notes.starts, 1);
	assert_true(notes.key[0]);
}

/* The references of everybody have a hole: the next one within the budget is a keyframe. */
static void what_the_sink_does_not_take_is_followed_by_a_keyframe(void **state)
{
	(void)state;
	run(30);
	notes.err = TS_EINVAL;
	run(1);
	assert_int_equal(ts_count_get(TS_C_ENCODE_SKIPPED), 1);
	notes.err = 0;
	run(1);
	assert_true(notes.key[30]);
	assert_int_equal(keys(), 2);
}

static void a_picture_that_is_not_coded_is_counted(void **state)
{
	(void)state;
	coder.encode_err = TS_EAGAIN;
	run(2);
	assert_int_equal(ts_count_get(TS_C_ENCODE_SKIPPED), 2);
	coder.encode_err = 0;
	run(1);
	assert_true(notes.key[0]); /* still owed */
}

static void pictures_are_scaled_to_the_step(void **state)
{
	(void)state;
	run(1);
	assert_int_equal(coder.width, W);
	struct ts_output *half = make((struct ts_step){.width = W / 2, .height = H / 2, .fps = 30});
	push(half);
	assert_int_equal(coder.width, W / 2);
	assert_int_equal(coder.top, 200);
	struct ts_output *bars = make(
		(struct ts_step){.width = 32, .height = 32, .fps = 30, .letterbox = true});
	push(bars);
	assert_int_equal(coder.height, 32);
	assert_int_equal(coder.top, 16);
	assert_int_equal(coder.middle, 200);
	ts_output_unref(&half);
	ts_output_unref(&bars);
	ts_fake_time_run();
}

/* From the next picture on, and for an encoder that is opened again. */
static void the_bitrate_moves_while_it_runs(void **state)
{
	(void)state;
	run(1);
	assert_int_equal(ts_output_bitrate(output), 100000);
	ts_output_set_bitrate(output, 70000);
	assert_int_equal(coder.bitrate_bps, 100000);
	run(1);
	assert_int_equal(coder.bitrate_bps, 70000);
	assert_int_equal(ts_output_bitrate(output), 70000);
	assert_int_equal(ts_output_config(output)->step.bitrate_bps, 100000);
	notes.wants = TS_SINK_NOTHING;
	run(1);
	notes.wants = TS_SINK_PACKETS;
	run(1);
	assert_int_equal(coder.config.bitrate_bps, 70000);
	assert_int_equal(keys(), 2);
}

static void each_has_a_number_of_its_own(void **state)
{
	(void)state;
	struct ts_output *other = make((struct ts_step){.width = W, .height = H, .fps = 10});
	assert_int_not_equal(ts_output_id(output), 0);
	assert_int_not_equal(ts_output_id(output), ts_output_id(other));
	run(1);
	assert_int_equal(notes.params.output, ts_output_id(output));
	ts_output_unref(&other);
	ts_fake_time_run();
}

static void the_receivers_published_last_are_counted(void **state)
{
	(void)state;
	const struct ts_receiving list[2] = {{0}};
	assert_int_equal(ts_output_publish(output, list, 2), 0);
	assert_int_equal(notes.published, 2);
	assert_int_equal(ts_output_receivers(output), 2);
	notes.publish_err = TS_ENOMEM;
	assert_int_equal(ts_output_publish(output, list, 1), TS_ENOMEM);
	assert_int_equal(ts_output_receivers(output), 2);
	assert_int_equal(ts_output_config(output)->codec, TS_CODEC_H264);
}

static void the_last_reference_ends_it(void **state)
{
	(void)state;
	struct ts_output *again = ts_output_ref(output);
	run(1);
	ts_output_push(output, canvas(), &(struct ts_output_time){100, 1, 0}); /* still waiting */
	ts_output_unref(&again);
	assert_null(again);
	assert_int_equal(notes.frees, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(without_anybody_there_is_no_encoder),
		TEST(the_sink_is_started_before_the_first_packet_a_keyframe),
		TEST(keyframes_keep_to_their_budget),
		TEST(a_request_after_quiet_is_served_at_the_next_tick),
		TEST(a_step_of_fewer_pictures_takes_some_of_the_ticks),
		TEST(of_what_is_drawn_a_step_takes_its_share),
		TEST(a_third_canvas_is_dropped_and_counted),
		TEST(an_encoder_that_does_not_open_is_tried_again_after_a_second),
		TEST(what_the_sink_does_not_take_is_followed_by_a_keyframe),
		TEST(a_picture_that_is_not_coded_is_counted),
		TEST(pictures_are_scaled_to_the_step),
		TEST(the_bitrate_moves_while_it_runs),
		TEST(each_has_a_number_of_its_own),
		TEST(the_receivers_published_last_are_counted),
		TEST(the_last_reference_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
