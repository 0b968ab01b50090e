#include "mixer/source/source.h"

#include "base/au.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "codec/packetize.h"
#include "codec/sprop.h"
#include "layout/compositor.h"
#include "mixer/source/decode_budget.h"
#include "mixer/sync/lipsync.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { W = 64, H = 48, SMALL = 32 };
#define FRAME_NS (TS_NS_PER_S / 30)

/* ---- a camera of 30/s */

static struct ts_pool *pool;
static struct ts_packet_pool *packets;
static struct ts_source *source;
static struct ts_video_encoder *encoder;
static enum ts_codec codec;
static uint32_t timestamp;
static int width = W, height = H;
static int64_t capture_ns;
static uint8_t layer; /* of what is pushed */
static struct ts_video_limits limits;

static void use_codec(enum ts_codec which)
{
	const struct ts_video_encoder_config config = {.codec = which,
		.width = width,
		.height = height,
		.fps = 30,
		.bitrate_bps = 200000,
		.packetization_mode = 1};
	ts_video_encoder_close(&encoder);
	codec = which;
	assert_int_equal(ts_video_encoder_open(&encoder, &config), 0);
}

static int setup(void **state)
{
	(void)state;
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	ts_fake_time_cpu(0);
	width = W;
	height = H;
	capture_ns = TS_CAPTURE_UNKNOWN;
	layer = 0;
	limits = ts_video_limits;
	assert_int_equal(ts_pool_create(&pool, &(struct ts_pool_config){.threads = 2}), 0);
	assert_int_equal(ts_packet_pool_create(&packets, 2048), 0);
	assert_int_equal(ts_source_create(&source, pool), 0);
	use_codec(TS_CODEC_VP8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_source_unref(&source);
	assert_null(source);
	ts_pool_destroy(&pool);
	ts_video_encoder_close(&encoder);
	ts_packet_pool_close(&packets);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8) + ts_count_get(TS_C_DEC_VIDEO_H264), 0);
	ts_video_limits = limits;
	return 0;
}

static void push_bytes(const void *bytes, size_t len, bool marker, bool gap)
{
	struct ts_packet *p = ts_packet_get(packets);
	assert_non_null(p);
	memcpy(p->buf, bytes, len);
	p->payload = p->data = p->buf;
	p->payload_len = p->len = (uint32_t)len;
	p->timestamp_rtp = timestamp;
	p->marker = marker;
	p->gap = gap;
	p->codec = (uint8_t)codec;
	p->layer = layer;
	p->turns = 1;
	p->arrival_ns = ts_now_ns();
	p->capture_ns = capture_ns;
	ts_source_push(source, p);
}

/* BARE: without the parameter sets, which `sets_left_out` is given instead. */
enum how { KEY = 1, GAP = 2, BARE = 4 };

static struct ts_parameter_sets sets_left_out;

/* In a STAP-A they lie as in what a description told. */
static bool leave_out(const uint8_t *bytes, size_t len)
{
	enum { STAP_A = 24 };
	if ((bytes[0] & 0x1f) != STAP_A) return false;
	assert_in_range(len, 2, sizeof sets_left_out.bytes);
	sets_left_out.len = (uint16_t)(len - 1);
	memcpy(sets_left_out.bytes, bytes + 1, len - 1);
	return true;
}

/* Pushed, but not yet looked at. */
static void queue_unit(enum how how)
{
	AVFrame *f = av_frame_alloc();
	AVPacket *packet = av_packet_alloc();
	struct ts_au *au;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = width;
	f->height = height;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, width, height},
		(struct ts_colour){(uint8_t)(timestamp / 3000 % 200), 128, 128});
	assert_int_equal(ts_video_encode(encoder, f, how & KEY, packet), 0);
	assert_int_equal(ts_packetize(&au, codec, 1, packet, TS_MTU_PAYLOAD), 0);
	timestamp += 3000;
	for (uint32_t i = 0; i < au->n; i++)
		if (!(how & BARE) || !leave_out(ts_au_bytes(au, i), au->pay[i].len))
			push_bytes(ts_au_bytes(au, i), au->pay[i].len, i + 1 == au->n,
				how & GAP && i == 0);
	ts_au_unref(&au);
	av_packet_free(&packet);
	av_frame_free(&f);
}

static void push_unit(enum how how)
{
	queue_unit(how);
	ts_source_flush(source);
	ts_fake_time_run();
}

static void push_units(int n)
{
	for (int i = 0; i < n; i++) {
		ts_fake_time_after(FRAME_NS);
		push_unit(0);
	}
}

static struct ts_source_stats stats(void)
{
	struct ts_source_stats out;
	ts_source_stats(source, &out);
	return out;
}

static bool wants(void)
{
	return ts_source_wants_keyframe(source, ts_now_ns());
}

/* ---- pictures */

static void units_become_pictures_with_their_due_time(void **state)
{
	(void)state;
	assert_int_equal(stats().codec, TS_CODEC_NONE);
	push_unit(KEY);
	push_units(2);
	struct ts_picture *p = ts_source_take(source, TS_VIEW_MAIN, ts_now_ns() + FRAME_NS / 2);
	assert_non_null(p);
	assert_int_equal(p->due_ns, ts_now_ns());
	assert_int_equal(p->ready_ns, ts_now_ns());
	assert_int_equal(p->capture_ns, TS_CAPTURE_UNKNOWN);
	assert_int_equal(p->rotation, 90);
	assert_int_equal(p->frame->width, W);
	ts_picture_unref(&p);
	assert_null(ts_source_take(source, TS_VIEW_MAIN, ts_now_ns()));
	assert_int_equal(stats().codec, TS_CODEC_VP8);
	assert_int_equal(stats().pictures, 3);
	assert_int_equal(stats().width, W);
	assert_int_equal(stats().height, H);
	assert_int_equal(stats().last_packet_ns, ts_now_ns());
	assert_int_equal(ts_count_get(TS_C_DROP_PICTURE), 0);
}

/* The sound of who shows it is played 150 ms after its capture: so are the pictures. */
static void pictures_wait_for_their_sound(void **state)
{
	(void)state;
	struct ts_lipsync *lipsync;
	struct ts_lipsync_info info;
	assert_int_equal(ts_lipsync_create(&lipsync), 0);
	ts_source_set_lipsync(source, lipsync);
	for (int n = 0; n < 30; n++) {
		ts_fake_time_after(FRAME_NS);
		ts_lipsync_sound(lipsync, 150 * TS_NS_PER_MS, 150 * TS_NS_PER_MS, ts_now_ns());
		capture_ns = ts_now_ns() - 30 * TS_NS_PER_MS;
		push_unit(n ? 0 : KEY);
		struct ts_picture *p = ts_source_take(source, TS_VIEW_MAIN, ts_now_ns());
		/* the tick is here just before a picture */
		if (n > 6) assert_in_range(ts_now_ns() - p->capture_ns, 133000000, 167000000);
		ts_picture_unref(&p);
	}
	ts_lipsync_info(lipsync, &info, ts_now_ns());
	assert_true(info.known);
	assert_true(info.skew_ns > -20 * TS_NS_PER_MS && info.skew_ns < 20 * TS_NS_PER_MS);
	assert_int_equal(ts_count_get(TS_C_DROP_PICTURE), 0);
	ts_lipsync_unref(&lipsync);
}

static void the_peer_may_change_codec_in_mid_stream(void **state)
{
	(void)state;
	push_unit(KEY);
	use_codec(TS_CODEC_H264);
	push_unit(KEY);
	assert_int_equal(stats().pictures, 2);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_H264), 1);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8), 0);
	codec = TS_CODEC_OPUS; /* no video at all: dropped */
	for (int i = 0; i < 100; i++) push_bytes("x", 1, true, false);
	ts_source_flush(source);
	ts_fake_time_run();
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_H264), 1);
}

/* Packets between those of another codec cost it nothing, unless they begin a keyframe; when
 * nothing but them comes, they are followed all the same. */
static void packets_of_another_codec_change_nothing_in_between(void **state)
{
	(void)state;
	push_unit(KEY);
	for (int i = 0; i < 100; i++) {
		codec = TS_CODEC_H264;
		push_bytes("\x41\x9a", 2, true, false);
		codec = TS_CODEC_VP8;
		push_units(1);
	}
	assert_int_equal(stats().pictures, 101);
	assert_false(wants());
	codec = TS_CODEC_H264;
	for (int i = 0; i < 32; i++, timestamp += 3000) {
		push_bytes("\x41\x9a", 2, true, false);
		ts_source_flush(source);
		ts_fake_time_run();
		assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_H264), i == 31);
	}
	push_bytes("\x41\x9a", 2, true, false);
	ts_source_flush(source);
	ts_fake_time_run();
	assert_true(wants());
}

/* Each change is a decoder that is opened: as dear as a picture. */
static void changes_of_codec_are_not_for_nothing(void **state)
{
	(void)state;
	push_unit(KEY);
	for (int i = 0; i < 300 && !stats().error.kind; i++) {
		codec = i & 1 ? TS_CODEC_VP8 : TS_CODEC_H264;
		if (i & 1)
			push_bytes("\x10\x10", 2, false, false);
		else
			push_bytes("\x67\x42", 2, false, false);
		timestamp += 3000;
		ts_source_flush(source);
		ts_fake_time_run();
	}
	assert_int_equal(stats().error.kind, TS_REFUSED_DEMANDING);
}

static void what_nobody_shows_is_not_decoded(void **state)
{
	(void)state;
	push_unit(KEY);
	ts_source_set_shown(source, TS_VIEW_MAIN, false);
	ts_fake_time_run();
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8), 0);
	push_units(3);
	assert_int_equal(stats().pictures, 1);
	assert_false(wants());
	ts_source_set_shown(source, TS_VIEW_MAIN, true);
	assert_true(wants());
	ts_source_set_shown(source, TS_VIEW_MAIN, true); /* nothing */
	push_units(1);
	assert_int_equal(stats().pictures, 1);
	push_unit(KEY);
	assert_int_equal(stats().pictures, 2);
	assert_false(wants());
}

/* While one of two views shows it, the other comes and goes without a keyframe. */
static void two_views_show_it_for_themselves(void **state)
{
	(void)state;
	const int other = TS_VIEW_MAIN + 1;
	push_unit(KEY);
	ts_source_set_shown(source, other, true);
	assert_false(wants());
	push_units(1);
	struct ts_picture *a = ts_source_take(source, TS_VIEW_MAIN, ts_now_ns() + FRAME_NS / 2);
	struct ts_picture *b = ts_source_take(source, other, ts_now_ns() + FRAME_NS / 2);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	ts_picture_unref(&a);
	ts_picture_unref(&b);
	ts_source_set_shown(source, TS_VIEW_MAIN, false);
	push_units(1);
	assert_null(ts_source_take(source, TS_VIEW_MAIN, ts_now_ns()));
	b = ts_source_take(source, other, ts_now_ns());
	assert_non_null(b);
	ts_picture_unref(&b);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8), 1);
	ts_source_set_shown(source, other, false);
	ts_fake_time_run();
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8), 0);
}

static void before_anything_came_showing_requests_nothing(void **state)
{
	(void)state;
	ts_source_set_shown(source, TS_VIEW_MAIN, false);
	ts_source_set_shown(source, TS_VIEW_MAIN, true);
	assert_false(wants());
	struct ts_source *again = ts_source_ref(source);
	ts_source_unref(&again);
}

/* ---- losses */

static void after_a_loss_nothing_comes_out_until_a_keyframe(void **state)
{
	(void)state;
	push_unit(KEY);
	push_units(2);
	push_unit(GAP);
	push_units(2);
	assert_int_equal(stats().pictures, 3);
	assert_true(wants());
	push_unit(KEY);
	push_units(1);
	assert_int_equal(stats().pictures, 5);
	assert_false(wants());
}

/* A frozen tile, or one that left the layout: its keyframe would serve nobody. */
static void what_is_no_longer_shown_requests_nothing(void **state)
{
	(void)state;
	push_unit(KEY);
	push_unit(GAP);
	assert_true(wants());
	ts_source_set_shown(source, TS_VIEW_MAIN, false);
	ts_fake_time_run();
	ts_fake_time_after(20 * TS_NS_PER_S);
	assert_false(wants());
	push_units(3);
	assert_false(wants());
	ts_source_set_shown(source, TS_VIEW_MAIN, true);
	ts_fake_time_run();
	assert_true(wants());
}

/* 400 ms apart five times, then with pauses that double up to ten seconds. */
static void requests_for_keyframes_become_rare(void **state)
{
	(void)state;
	push_unit(KEY);
	push_unit(GAP);
	int n = 0;
	for (int ms = 0; ms < 4000; ms += 10) {
		n += wants();
		ts_fake_time_after(10 * TS_NS_PER_MS);
	}
	assert_in_range(n, 6, 8); /* at 0, 400 .. 2000, 2800 */
	n = 0;
	for (int s = 0; s < 1200; s++) {
		n += wants();
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
	assert_in_range(n, 11, 14); /* two minutes */
	push_unit(KEY);
	push_unit(GAP);
	n = 0;
	for (int ms = 0; ms < 1990; ms += 10) {
		n += wants();
		ts_fake_time_after(10 * TS_NS_PER_MS);
	}
	assert_int_equal(n, 5); /* as at first */
}

/* A keyframe that cannot be decoded has served no request. */
static void requests_become_rare_while_keyframes_are_damaged(void **state)
{
	(void)state;
	push_unit(KEY);
	push_unit(GAP);
	int n = 0;
	for (int ms = 0; ms < 60000; ms += 10) {
		if (wants()) {
			/* a keyframe of VP8 by its first partition, without anything behind */
			static const uint8_t damaged[] = {0x10, 0x10, 0xff, 0xff, 0x9d, 0x01, 0x2a,
				W & 0xff, W >> 8, H & 0xff, H >> 8};
			n++;
			timestamp += 3000;
			push_bytes(damaged, sizeof damaged, true, false);
			ts_source_flush(source);
			ts_fake_time_run();
		}
		ts_fake_time_after(10 * TS_NS_PER_MS);
	}
	assert_in_range(n, 8, 16);
	assert_int_equal(stats().pictures, 1);
}

static void a_full_queue_drops_the_new_and_marks_the_hole(void **state)
{
	(void)state;
	push_unit(KEY);
	for (int i = 0; i < 1030; i++) push_bytes("\x10", 1, false, false);
	assert_int_equal(ts_count_get(TS_C_DROP_QUEUE_FULL), 6);
	ts_source_flush(source); /* more than half full: though no unit has ended */
	ts_fake_time_run();
	timestamp += 3000;
	push_units(2);
	assert_int_equal(stats().pictures, 1);
	push_unit(KEY);
	assert_int_equal(stats().pictures, 2);
}

/* ---- what is too much */

static void a_stream_that_takes_too_much_time_pauses(void **state)
{
	(void)state;
	push_unit(KEY);
	ts_fake_time_cpu(100 * TS_NS_PER_MS); /* each picture */
	for (int i = 0; i < 30 && !stats().error.kind; i++) push_units(1);
	assert_int_equal(stats().error.kind, TS_REFUSED_DEMANDING);
	assert_int_equal(stats().error.width, W);
	assert_int_equal(ts_count_get(TS_C_DECODE_BUDGET), 1);
	uint64_t before = stats().pictures;
	ts_fake_time_cpu(0);
	push_unit(KEY);
	push_units(30);
	assert_int_equal(stats().pictures, before);
	assert_false(wants()); /* of no use during the pause */
	push_units(31);
	assert_true(wants());
	push_unit(KEY);
	assert_int_equal(stats().pictures, before + 1);
	assert_int_equal(stats().error.kind, TS_REFUSED_DEMANDING); /* told for a while longer */
	push_units(30 * 6);
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
}

static void units_that_waited_too_long_are_left_for_a_keyframe(void **state)
{
	(void)state;
	push_unit(KEY);
	const int64_t now_ns = ts_now_ns();
	ts_fake_time_set(now_ns - TS_BUDGET_BEHIND_NS - TS_NS_PER_MS);
	queue_unit(0);
	ts_fake_time_set(now_ns);
	ts_source_flush(source);
	ts_fake_time_run();
	assert_int_equal(ts_count_get(TS_C_DECODE_BUDGET), 1);
	assert_true(wants());
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
}

static void a_picture_too_large_is_refused_until_it_changes(void **state)
{
	(void)state;
	use_codec(TS_CODEC_H264);
	ts_video_limits.picture_px = SMALL * SMALL;
	push_unit(KEY);
	assert_int_equal(stats().error.kind, TS_REFUSED_SIZE);
	assert_int_equal(stats().error.width, W);
	assert_int_equal(ts_count_get(TS_C_DECODE_REFUSED), 1);
	assert_false(wants()); /* of the same kind it would be no use */
	push_units(3);
	assert_false(wants());
	width = height = SMALL;
	use_codec(TS_CODEC_H264);
	push_unit(KEY);
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
	assert_int_equal(stats().pictures, 1);
}

static void a_want_of_memory_is_forgotten_once_there_is_some(void **state)
{
	(void)state;
	ts_video_limits.memory_bytes = 0;
	push_unit(KEY);
	assert_int_equal(stats().error.kind, TS_REFUSED_MEMORY);
	assert_false(wants());
	ts_video_limits = limits;
	ts_fake_time_after(5 * TS_NS_PER_S);
	push_units(1);
	assert_true(wants());
	assert_int_equal(stats().error.kind, TS_REFUSED_MEMORY); /* as far as is known */
	push_unit(KEY);
	assert_int_equal(stats().pictures, 1);
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
}

static void a_refusal_is_forgotten_when_it_is_hidden(void **state)
{
	(void)state;
	ts_video_limits.picture_px = SMALL * SMALL;
	push_unit(KEY);
	assert_int_equal(stats().error.kind, TS_REFUSED_SIZE);
	ts_source_set_shown(source, TS_VIEW_MAIN, false);
	ts_fake_time_run();
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
}

static void parameter_sets_of_a_description_are_taken_at_any_time(void **state)
{
	(void)state;
	struct ts_parameter_sets sets = {0};
	ts_source_set_parameter_sets(source, &sets); /* none */
	ts_sprop_read(&sets, TS_CODEC_H264, "sprop-parameter-sets=Z0IACpZTBYmI,aMljiA==");
	assert_true(sets.len > 0);
	ts_source_set_parameter_sets(source, &sets);
	ts_source_set_parameter_sets(source, &sets); /* before the first was looked at */
	ts_fake_time_run();
	use_codec(TS_CODEC_H264);
	push_unit(KEY);
	ts_source_set_parameter_sets(source, &sets);
	ts_fake_time_run();
	push_unit(KEY);
	assert_int_equal(stats().pictures, 2);       /* the stream's own replace them */
	ts_source_set_parameter_sets(source, &sets); /* never looked at */
}

/* ---- layers of simulcast: 0 is half as large as 1, both lie on their side */

static struct ts_video_encoder *other_encoder;

static void use_layers(enum ts_codec which)
{
	ts_source_set_layers(source, 2);
	use_codec(which);
	other_encoder = encoder;
	encoder = NULL;
	width = W / 2;
	height = H / 2;
	use_codec(which);
}

static void close_layers(void)
{
	ts_video_encoder_close(&other_encoder);
}

/* One picture of that layer; 50 ms later where it is the smaller. */
static void push_layer(uint8_t which, enum how how)
{
	struct ts_video_encoder *small = encoder;
	layer = which;
	if (which) {
		encoder = other_encoder;
		width = W;
		height = H;
	} else {
		ts_fake_time_after(50 * TS_NS_PER_MS);
	}
	push_unit(how);
	encoder = small;
	width = W / 2;
	height = H / 2;
}

static void show_as(int w, int h)
{
	ts_source_set_tile(source, TS_VIEW_MAIN,
		&(struct ts_layer_need){.width = w, .height = h, .turned = false});
}

static void a_layer_is_changed_at_its_keyframe(enum ts_codec which)
{
	use_layers(which);
	push_layer(0, KEY);
	push_layer(1, KEY); /* nobody asked for it: only its size is read */
	assert_int_equal(stats().layer, 0);
	assert_int_equal(stats().pictures, 1);
	assert_int_equal(stats().width, W / 2);
	assert_int_equal(ts_source_wanted_layers(source), 1);
	show_as(H, W); /* as it is turned */
	for (int i = 0; i < 4; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 1);
	assert_int_equal(stats().layer, 0);
	assert_int_equal(stats().pictures, 5); /* the old one goes on */
	assert_int_equal(ts_source_wanted_layers(source), 3);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 2);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 0); /* not at once again */
	ts_fake_time_after(400 * TS_NS_PER_MS);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 2);
	push_layer(1, KEY);
	assert_int_equal(stats().layer, 1);
	assert_int_equal(stats().width, W);
	assert_int_equal(stats().pictures, 6);
	assert_int_equal(ts_count_get(TS_C_LAYER_SWITCHED), 1);
	push_layer(0, 0);
	push_layer(1, 0);
	assert_int_equal(stats().pictures, 7);
	assert_int_equal(ts_source_wanted_layers(source), 2);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 0);
	for (int i = 0; i < 21; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().pictures, 28);
	assert_int_equal(stats().layers[0].width, W / 2);
	assert_int_equal(stats().layers[1].height, H);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8) + ts_count_get(TS_C_DEC_VIDEO_H264), 1);
	close_layers();
}

static void a_layer_of_vp8_is_changed_at_its_keyframe(void **state)
{
	(void)state;
	a_layer_is_changed_at_its_keyframe(TS_CODEC_VP8);
}

static void a_layer_of_h264_is_changed_at_its_keyframe(void **state)
{
	(void)state;
	a_layer_is_changed_at_its_keyframe(TS_CODEC_H264);
}

static void a_layer_that_stops_gives_way(void **state)
{
	(void)state;
	use_layers(TS_CODEC_VP8);
	show_as(H, W);
	push_layer(1, KEY);
	push_layer(0, KEY);
	assert_int_equal(stats().layer, 1);
	for (int i = 0; i < 12; i++) push_layer(0, 0);
	assert_int_equal(stats().next_layer, 0);
	assert_int_equal(stats().layer, 1);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 1);
	push_layer(0, KEY);
	assert_int_equal(stats().layer, 0);
	assert_int_equal(stats().pictures, 2);
	close_layers();
}

static void of_hidden_layers_nothing_is_asked(void **state)
{
	(void)state;
	use_layers(TS_CODEC_VP8);
	show_as(H, W);
	push_layer(0, KEY);
	push_layer(1, KEY);
	ts_source_set_shown(source, TS_VIEW_MAIN, false);
	ts_fake_time_run();
	assert_int_equal(ts_source_wanted_layers(source), 0);
	for (int i = 0; i < 10; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
		assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 0);
	}
	assert_int_equal(stats().layer, -1);
	ts_source_set_shown(source, TS_VIEW_MAIN, true);
	ts_fake_time_run();
	push_layer(0, 0);
	push_layer(1, 0);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 2);
	push_layer(1, KEY);
	assert_int_equal(stats().layer, 1);
	assert_int_equal(stats().pictures, 2);
	close_layers();
}

static void a_refusal_is_forgotten_with_its_layer(void **state)
{
	(void)state;
	use_layers(TS_CODEC_VP8);
	ts_video_limits.picture_px = SMALL * SMALL;
	show_as(H, W);
	push_layer(1, KEY);
	assert_int_equal(stats().error.kind, TS_REFUSED_SIZE);
	for (int i = 0; i < 4; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 0);
	assert_int_equal(stats().error.kind, TS_REFUSED_SIZE);
	push_layer(0, KEY);
	assert_int_equal(stats().layer, 0);
	assert_int_equal(stats().pictures, 1);
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
	close_layers();
}

/* While another one is shown nothing of it is lost by trying. */
static void a_layer_that_is_refused_leaves_the_other(void **state)
{
	(void)state;
	use_layers(TS_CODEC_VP8);
	push_layer(0, KEY);
	push_layer(1, KEY);
	show_as(H, W);
	ts_video_limits.picture_px = SMALL * SMALL;
	for (int i = 0; i < 4; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 1);
	push_layer(1, KEY);
	for (int i = 0; i < 4; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 0);
	assert_int_equal(stats().layer, 0);
	assert_int_equal(stats().pictures, 9);
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT);
	assert_int_equal(ts_count_get(TS_C_DECODE_REFUSED), 1);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 0);
	ts_video_limits = limits;
	for (int i = 0; i < 10 * 20; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 1);
	push_layer(1, KEY);
	assert_int_equal(stats().layer, 1);
	assert_int_equal(stats().pictures, 210);
	close_layers();
}

static void a_layer_that_takes_too_much_time_gives_way(void **state)
{
	(void)state;
	use_layers(TS_CODEC_VP8);
	show_as(H, W);
	push_layer(1, KEY);
	ts_fake_time_cpu(100 * TS_NS_PER_MS);
	for (int i = 0; i < 30 && !stats().error.kind; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().error.kind, TS_REFUSED_DEMANDING);
	assert_int_equal(stats().layer, 1);
	ts_fake_time_cpu(TS_NS_PER_MS);
	uint64_t before = stats().pictures;
	for (int i = 0; i < 3; i++) {
		push_layer(0, 0);
		push_layer(1, KEY); /* of what costs too much */
	}
	assert_int_equal(stats().pictures, before);
	assert_int_equal(stats().next_layer, 0);
	assert_int_equal(ts_source_wants_keyframe(source, ts_now_ns()), 1);
	push_layer(0, KEY);
	assert_int_equal(stats().layer, 0);
	for (int i = 0; i < 9 * 20; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().pictures, before + 1 + 9 * 20);
	assert_int_equal(ts_count_get(TS_C_DECODE_BUDGET), 1);
	assert_int_equal(stats().error.kind, TS_REFUSED_NOT); /* it was told for a while */
	for (int i = 0; i < 2 * 20; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 1); /* it may have become better */
	push_layer(1, KEY);
	assert_int_equal(stats().layer, 1);
	close_layers();
}

static void the_smallest_layer_pauses_as_one_stream_does(void **state)
{
	(void)state;
	use_layers(TS_CODEC_VP8);
	show_as(H / 2, W / 2);
	push_layer(0, KEY);
	ts_fake_time_cpu(100 * TS_NS_PER_MS);
	for (int i = 0; i < 30 && !stats().error.kind; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().error.kind, TS_REFUSED_DEMANDING);
	ts_fake_time_cpu(0);
	const uint64_t before = stats().pictures;
	show_as(H, W); /* no larger one in its place */
	for (int i = 0; i < 30; i++) {
		push_layer(0, KEY);
		push_layer(1, KEY);
	}
	assert_int_equal(stats().pictures, before);
	assert_int_equal(stats().layer, 0);
	for (int i = 0; i < 15; i++) {
		push_layer(0, KEY);
		push_layer(1, KEY);
	}
	assert_int_equal(stats().layer, 1);
	close_layers();
}

/* The next layer is told of them as well. */
static void parameter_sets_of_a_description_are_those_of_each_layer(bool early)
{
	use_layers(TS_CODEC_H264);
	push_layer(0, KEY);
	push_layer(1, KEY | BARE);
	/* its size is read, nothing else of it */
	layer = 1;
	push_bytes(sets_left_out.bytes + 2,
		(size_t)(sets_left_out.bytes[0] << 8 | sets_left_out.bytes[1]), false, false);
	if (early) ts_source_set_parameter_sets(source, &sets_left_out);
	show_as(H, W);
	for (int i = 0; i < 4; i++) {
		push_layer(0, 0);
		push_layer(1, 0);
	}
	assert_int_equal(stats().next_layer, 1);
	if (!early) ts_source_set_parameter_sets(source, &sets_left_out);
	push_layer(1, KEY | BARE);
	push_layer(1, 0);
	assert_int_equal(stats().layer, 1);
	assert_int_equal(stats().pictures, 7);
	close_layers();
}

static void parameter_sets_told_early_are_those_of_each_layer(void **state)
{
	(void)state;
	parameter_sets_of_a_description_are_those_of_each_layer(true);
}

static void parameter_sets_told_late_are_those_of_each_layer(void **state)
{
	(void)state;
	parameter_sets_of_a_description_are_those_of_each_layer(false);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(units_become_pictures_with_their_due_time),
		TEST(pictures_wait_for_their_sound),
		TEST(the_peer_may_change_codec_in_mid_stream),
		TEST(packets_of_another_codec_change_nothing_in_between),
		TEST(changes_of_codec_are_not_for_nothing),
		TEST(what_nobody_shows_is_not_decoded),
		TEST(two_views_show_it_for_themselves),
		TEST(before_anything_came_showing_requests_nothing),
		TEST(after_a_loss_nothing_comes_out_until_a_keyframe),
		TEST(what_is_no_longer_shown_requests_nothing),
		TEST(requests_for_keyframes_become_rare),
		TEST(requests_become_rare_while_keyframes_are_damaged),
		TEST(a_full_queue_drops_the_new_and_marks_the_hole),
		TEST(a_stream_that_takes_too_much_time_pauses),
		TEST(units_that_waited_too_long_are_left_for_a_keyframe),
		TEST(a_picture_too_large_is_refused_until_it_changes),
		TEST(a_want_of_memory_is_forgotten_once_there_is_some),
		TEST(a_refusal_is_forgotten_when_it_is_hidden),
		TEST(parameter_sets_of_a_description_are_taken_at_any_time),
		TEST(a_layer_of_vp8_is_changed_at_its_keyframe),
		TEST(a_layer_of_h264_is_changed_at_its_keyframe),
		TEST(a_layer_that_stops_gives_way),
		TEST(of_hidden_layers_nothing_is_asked),
		TEST(a_refusal_is_forgotten_with_its_layer),
		TEST(a_layer_that_is_refused_leaves_the_other),
		TEST(a_layer_that_takes_too_much_time_gives_way),
		TEST(the_smallest_layer_pauses_as_one_stream_does),
		TEST(parameter_sets_told_early_are_those_of_each_layer),
		TEST(parameter_sets_told_late_are_those_of_each_layer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
