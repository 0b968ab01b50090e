#include "mixer/scene/receiver.h"

#include "base/error.h"
#include "tests/unit/mixer/scene/fake_output.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ts_scene scene;
static const struct ts_ladder_plan wide = {.preset = TS_LADDER_WIDE};
static struct ts_canvas canvas(int width, int height, int fps, uint32_t bitrate_bps)
{
	return (struct ts_canvas){width, height, fps, bitrate_bps, wide};
}

static int setup(void **state)
{
	(void)state;
	ts_fake_outputs = (struct ts_fake_outputs){0};
	const struct ts_canvas hd = canvas(1280, 720, 30, 1500000);
	ts_scene_init(&scene, NULL, &hd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_scene_fini(&scene);
	assert_int_equal(ts_fake_outputs.alive, 0);
	return 0;
}

static struct ts_receiver receiver(enum ts_codec codec, int max_height)
{
	struct ts_receiver r = {
		.codec = codec, .packetization_mode = 1, .need = {.max_height = max_height}};
	ts_tier_init(&r.tier, 0);
	return r;
}

static void set_canvas(struct ts_canvas c)
{
	ts_scene_set_canvas(&scene, &c);
}

static void choose(struct ts_receiver *r)
{
	assert_int_equal(ts_receiver_choose(r, &scene), 0);
}

static int height(const struct ts_receiver *r)
{
	return ts_output_config(r->output)->step.height;
}

static void like_needs_share_an_output(void **state)
{
	(void)state;
	struct ts_receiver a = receiver(TS_CODEC_H264, 0), b = receiver(TS_CODEC_H264, 800),
			   small = receiver(TS_CODEC_H264, 400);
	choose(&a);
	choose(&b);
	choose(&small);
	assert_ptr_equal(a.output, b.output);
	assert_ptr_not_equal(a.output, small.output);
	assert_int_equal(height(&a), 720);
	assert_int_equal(height(&small), 360);
	assert_int_equal(scene.n_outputs, 2);
	ts_output_unref(&a.output);
	ts_output_unref(&b.output);
	ts_output_unref(&small.output);
}

static void codecs_and_modes_do_not_share(void **state)
{
	(void)state;
	struct ts_receiver h264 = receiver(TS_CODEC_H264, 0), mode0 = receiver(TS_CODEC_H264, 0),
			   vp8 = receiver(TS_CODEC_VP8, 0), vp8_too = receiver(TS_CODEC_VP8, 0);
	mode0.packetization_mode = 0;
	vp8_too.packetization_mode = 0;
	vp8_too.need.level_idc = 31;
	choose(&h264);
	choose(&mode0);
	choose(&vp8);
	choose(&vp8_too);
	assert_int_equal(scene.n_outputs, 3);
	assert_ptr_equal(vp8.output, vp8_too.output); /* mode and level are H.264's */
	assert_int_equal(ts_output_config(vp8.output)->packetization_mode, 0);
	ts_output_unref(&h264.output);
	ts_output_unref(&mode0.output);
	ts_output_unref(&vp8.output);
	ts_output_unref(&vp8_too.output);
}

static void choosing_again_lets_go_of_the_one_before(void **state)
{
	(void)state;
	struct ts_receiver r = receiver(TS_CODEC_VP8, 0);
	choose(&r);
	struct ts_output *before = r.output;
	assert_int_equal(ts_fake_output_refs(before), 2); /* the scene's and the receiver's */
	choose(&r);
	assert_ptr_equal(r.output, before);
	assert_int_equal(ts_fake_output_refs(before), 2);
	set_canvas(canvas(640, 360, 30, 500000));
	choose(&r);
	assert_int_equal(height(&r), 360);
	assert_int_equal(ts_fake_output_refs(before), 1);
	ts_output_unref(&r.output);
}

static void a_decoder_that_takes_no_step_gets_none(void **state)
{
	(void)state;
	struct ts_receiver r = receiver(TS_CODEC_H264, 0);
	choose(&r);
	struct ts_output *before = r.output;
	r.need.max_mb = 10; /* less than QCIF */
	assert_int_equal(ts_receiver_choose(&r, &scene), TS_EUNSUPPORTED);
	assert_ptr_equal(r.output, before);
	ts_output_unref(&r.output);
}

static void out_of_memory_the_best_that_fits_is_shared(void **state)
{
	(void)state;
	struct ts_receiver large = receiver(TS_CODEC_H264, 0), small = receiver(TS_CODEC_H264, 180),
			   middle = receiver(TS_CODEC_H264, 400), none = receiver(TS_CODEC_VP8, 0);
	choose(&large);
	choose(&small);
	ts_fake_outputs.create_err = TS_ENOMEM;
	choose(&middle);
	assert_ptr_equal(middle.output, small.output);
	assert_int_equal(ts_receiver_choose(&none, &scene), TS_ENOMEM);
	assert_null(none.output);
	ts_output_unref(&large.output);
	ts_output_unref(&small.output);
	ts_output_unref(&middle.output);
}

/* VP8 under the number of H.264, or pictures by another clock, are worse than none. */
static void out_of_memory_what_no_longer_fits_is_let_go(void **state)
{
	(void)state;
	struct ts_receiver other = receiver(TS_CODEC_VP8, 0), slower = receiver(TS_CODEC_VP8, 0);
	choose(&other);
	choose(&slower);
	ts_fake_outputs.create_err = TS_ENOMEM;
	other.codec = TS_CODEC_H264;
	assert_int_equal(ts_receiver_choose(&other, &scene), TS_ENOMEM);
	assert_null(other.output);
	set_canvas(canvas(1280, 720, 15, 1500000));
	assert_int_equal(ts_receiver_choose(&slower, &scene), TS_ENOMEM);
	assert_null(slower.output);
}

/* mixer/overload: on the way up no encoder is opened anew, on the way back the fast ones are. */
static void fast_outputs_are_for_newcomers(void **state)
{
	(void)state;
	struct ts_receiver old = receiver(TS_CODEC_VP8, 0), late = receiver(TS_CODEC_VP8, 200),
			   later = receiver(TS_CODEC_VP8, 200);
	choose(&old);
	const struct ts_output *before = old.output;
	ts_scene_relieve(&scene, false, true);
	choose(&old);
	choose(&late);
	choose(&later);
	assert_ptr_equal(old.output, before);
	assert_true(ts_output_config(late.output)->fastest);
	assert_ptr_equal(late.output, later.output);
	ts_scene_relieve(&scene, false, false);
	choose(&old);
	choose(&late);
	assert_ptr_equal(old.output, before);
	assert_false(ts_output_config(late.output)->fastest);
	assert_ptr_not_equal(late.output, later.output);
	ts_output_unref(&old.output);
	ts_output_unref(&late.output);
	ts_output_unref(&later.output);
}

/* Those who lose packets and cannot ask for them again share one more output. */
static void intra_refresh_is_for_those_without_nack(void **state)
{
	(void)state;
	struct ts_receiver sound = receiver(TS_CODEC_H264, 0), lossy = sound, like = sound,
			   nack = sound, vp8 = receiver(TS_CODEC_VP8, 0);
	lossy.refresh.on = like.refresh.on = nack.refresh.on = vp8.refresh.on = true;
	nack.has_nack = true;
	enum { N = 5 };
	struct ts_receiver *const all[N] = {&sound, &lossy, &like, &nack, &vp8};
	for (int i = 0; i < N; i++) choose(all[i]);
	assert_ptr_not_equal(lossy.output, sound.output);
	assert_true(ts_output_config(lossy.output)->refresh);
	assert_ptr_equal(lossy.output, like.output);
	assert_ptr_equal(nack.output, sound.output);
	assert_false(ts_output_config(vp8.output)->refresh);
	lossy.refresh.on = false;
	choose(&lossy);
	assert_ptr_equal(lossy.output, sound.output);
	ts_scene_relieve(&scene, true, false);
	choose(&like);
	assert_ptr_equal(like.output, sound.output);
	for (int i = 0; i < N; i++) ts_output_unref(&all[i]->output);
}

static void steps_can_be_fewer(void **state)
{
	(void)state;
	struct ts_receiver half = receiver(TS_CODEC_VP8, 400);
	choose(&half);
	assert_int_equal(height(&half), 360);
	ts_scene_relieve(&scene, true, false);
	choose(&half);
	assert_int_equal(height(&half), 180);
	/* another canvas meanwhile */
	ts_scene_set_canvas(&scene,
		&(struct ts_canvas){.width = 640, .height = 360, .fps = 30, .bitrate_bps = 500000});
	choose(&half);
	assert_int_equal(height(&half), 360);
	const size_t fewer = scene.ladder.n;
	ts_scene_relieve(&scene, false, false);
	assert_true(fewer < scene.ladder.n);
	ts_output_unref(&half.output);
}

static void there_are_so_many_outputs_and_no_more(void **state)
{
	(void)state;
	struct ts_receiver r[TS_VIEW_OUTPUTS_MAX + 4];
	size_t n = 0;
	for (; n < TS_VIEW_OUTPUTS_MAX + 4; n++) {
		r[n] = receiver(TS_CODEC_H264, 0);
		r[n].need.max_height = n % 2 ? 0 : 400;
		r[n].need.level_idc = (int)(10 + n); /* each says another one */
		r[n].output = NULL;
		choose(&r[n]);
	}
	assert_true(scene.n_outputs <= TS_VIEW_OUTPUTS_MAX);
	while (n) ts_output_unref(&r[--n].output);
}

/* ---- from one output to the next */

/* Somebody who is sent the first step. */
static struct ts_receiver watching(enum ts_codec codec)
{
	struct ts_receiver r = receiver(codec, 0);
	choose(&r);
	assert_true(ts_receiver_switched(&r, ts_output_id(r.output)));
	assert_true(r.sent);
	return r;
}

static void limit(struct ts_receiver *r, uint32_t bps)
{
	r->tier.limit_bps = bps;
	choose(r);
}

static void who_is_sent_one_keeps_it_until_the_next_begins(void **state)
{
	(void)state;
	struct ts_receiver r = watching(TS_CODEC_H264);
	struct ts_output *first = r.output;
	limit(&r, 500000);
	assert_ptr_equal(r.output, first);
	assert_non_null(r.next);
	const uint32_t id = ts_output_id(r.next);
	assert_int_equal(ts_fake_output_refs(r.next), 2);
	choose(&r); /* again: no other */
	assert_int_equal(ts_output_id(r.next), id);
	assert_int_equal(ts_fake_output_refs(r.next), 2);
	assert_true(ts_receiver_switched(&r, id));
	assert_int_equal(height(&r), 360);
	assert_null(r.next);
	assert_int_equal(ts_fake_output_refs(first), 1);
	limit(&r, UINT32_MAX);
	assert_ptr_equal(r.next, first);
	ts_receiver_release(&r);
	assert_null(r.next);
	assert_null(r.output);
	assert_int_equal(ts_fake_output_refs(first), 1);
}

static void a_change_may_be_called_off_or_be_another(void **state)
{
	(void)state;
	struct ts_receiver r = watching(TS_CODEC_H264);
	struct ts_output *first = r.output;
	limit(&r, 500000);
	const uint32_t id = ts_output_id(r.next);
	limit(&r, 150000);
	assert_int_equal(ts_output_config(r.next)->step.height, 180);
	assert_false(ts_receiver_switched(&r, id)); /* it was too late to call it off */
	assert_false(r.sent);
	assert_true(ts_receiver_switched(&r, ts_output_id(r.next)));
	assert_int_equal(height(&r), 180);
	limit(&r, UINT32_MAX);
	assert_ptr_equal(r.next, first);
	limit(&r, 150000);
	assert_null(r.next);
	limit(&r, UINT32_MAX);
	ts_receiver_give_up(&r);
	assert_null(r.next);
	assert_int_equal(height(&r), 180);
	ts_receiver_release(&r);
}

/* The old output cannot go on under the new payload type, or by another clock. */
static void another_codec_or_clock_does_not_wait(void **state)
{
	(void)state;
	struct ts_receiver r = watching(TS_CODEC_VP8), slower = watching(TS_CODEC_VP8);
	r.codec = TS_CODEC_H264;
	choose(&r);
	assert_null(r.next);
	assert_int_equal(ts_output_config(r.output)->codec, TS_CODEC_H264);
	assert_false(r.sent);
	set_canvas(canvas(1280, 720, 15, 1500000));
	choose(&slower);
	assert_null(slower.next);
	ts_receiver_release(&r);
	ts_receiver_release(&slower);
}

static void without_a_place_for_another_output_they_share(void **state)
{
	(void)state;
	struct ts_receiver r = watching(TS_CODEC_H264), small = receiver(TS_CODEC_H264, 180);
	choose(&small);
	ts_fake_outputs.create_err = TS_ENOMEM;
	limit(&r, 500000);
	assert_true(r.shares);
	assert_ptr_equal(r.next, small.output);
	ts_fake_outputs.create_err = 0;
	choose(&r);
	assert_false(r.shares);
	assert_int_equal(ts_output_config(r.next)->step.height, 360);
	ts_receiver_release(&r);
	ts_receiver_release(&small);
}

static void the_tier_chooses_among_what_they_may_have(void **state)
{
	(void)state;
	struct ts_receiver r = receiver(TS_CODEC_H264, 400);
	struct ts_tier_rates rates;
	ts_receiver_rates(&r, &scene, &rates);
	assert_int_equal(rates.n, 2);
	assert_int_equal(rates.bps[0], 500000);
	assert_int_equal(rates.bps[1], 150000);
	limit(&r, 100000);
	assert_int_equal(height(&r), 180);
	ts_receiver_release(&r);
}

static struct ts_output *top(enum ts_codec codec, bool any_codec, struct ts_output *now)
{
	const struct ts_top_wish wish = {
		.codec = codec, .step = scene.ladder.step[0], .any_codec = any_codec, .now = now};
	return ts_scene_top_output(&scene, &wish);
}

/* One that renews itself has none, for its receivers' sake. */
static void the_top_output_is_one_that_has_keyframes(void **state)
{
	(void)state;
	struct ts_receiver r = receiver(TS_CODEC_H264, 0);
	r.refresh.on = true;
	r.has_nack = false;
	choose(&r);
	assert_true(ts_output_config(r.output)->refresh);
	ts_fake_output_receive(r.output, 1);
	struct ts_output *own = top(TS_CODEC_H264, false, NULL);
	assert_ptr_not_equal(own, r.output);
	assert_false(ts_output_config(own)->refresh);
	ts_output_unref(&own);
	ts_receiver_release(&r);
}

/* Whoever takes the largest step whatever the network does saves an encoder where they can. */
static void the_top_output_is_one_that_is_received(void **state)
{
	(void)state;
	/* nobody is there: one of their own, which they keep */
	struct ts_output *own = top(TS_CODEC_H264, false, NULL);
	struct ts_output *again = top(TS_CODEC_H264, false, own);
	assert_ptr_equal(again, own);
	assert_int_equal(ts_output_config(own)->step.height, 720);
	ts_output_unref(&again);
	/* somebody receives the same in another mode: that */
	struct ts_receiver r = receiver(TS_CODEC_H264, 0), small = receiver(TS_CODEC_H264, 400);
	r.packetization_mode = 0;
	choose(&r);
	choose(&small);
	ts_fake_output_receive(r.output, 1);
	ts_fake_output_receive(small.output, 9);
	again = top(TS_CODEC_H264, false, own);
	assert_ptr_equal(again, r.output);
	ts_output_unref(&again);
	/* not if they moved a while ago alone */
	struct ts_top_wish keep = {
		.codec = TS_CODEC_H264, .step = scene.ladder.step[0], .keep = true, .now = own};
	again = ts_scene_top_output(&scene, &keep);
	assert_ptr_equal(again, own);
	ts_output_unref(&again);
	/* both are received: they stay where they are */
	ts_fake_output_receive(own, 1);
	ts_fake_output_receive(r.output, 5);
	again = top(TS_CODEC_H264, false, own);
	assert_ptr_equal(again, own);
	ts_output_unref(&again);
	/* another codec only where any is as good */
	again = top(TS_CODEC_VP8, true, NULL);
	assert_int_equal(ts_output_config(again)->codec, TS_CODEC_H264);
	ts_output_unref(&again);
	again = top(TS_CODEC_VP8, false, NULL);
	assert_int_equal(ts_output_config(again)->codec, TS_CODEC_VP8);
	ts_output_unref(&again);
	/* of another size the old one is of no use */
	set_canvas(canvas(640, 360, 30, 500000));
	keep.step = scene.ladder.step[0];
	again = ts_scene_top_output(&scene, &keep);
	assert_ptr_not_equal(again, own);
	assert_int_equal(ts_output_config(again)->step.height, 360);
	ts_output_unref(&again);
	ts_output_unref(&own);
	ts_receiver_release(&r);
	ts_receiver_release(&small);
}

/* What others are sent of each step, which is what one would be sent too. */
static void what_others_are_sent_is_known(void **state)
{
	(void)state;
	uint32_t taken_bps[TS_LADDER_MAX];
	struct ts_receiver a = receiver(TS_CODEC_H264, 0), small = receiver(TS_CODEC_H264, 400),
			   vp8 = receiver(TS_CODEC_VP8, 0);
	choose(&a);
	choose(&small);
	choose(&vp8);
	ts_fake_output_receive(a.output, 1);
	ts_fake_output_receive(small.output, 1);
	ts_fake_output_receive(vp8.output, 1);
	ts_receiver_taken(&a, &scene, taken_bps);
	assert_int_equal(taken_bps[0], 0); /* theirs alone, and of VP8 another's */
	size_t told = 0;
	for (size_t i = 0; i < TS_LADDER_MAX; i++) {
		if (!taken_bps[i]) continue;
		assert_int_equal(taken_bps[i], ts_output_bitrate(small.output));
		told++;
	}
	assert_int_equal(told, 1);
	ts_fake_output_receive(a.output, 2);
	ts_receiver_taken(&a, &scene, taken_bps);
	assert_int_equal(taken_bps[0], ts_output_bitrate(a.output));
	ts_receiver_release(&a);
	ts_receiver_release(&small);
	ts_receiver_release(&vp8);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(like_needs_share_an_output),
		TEST(codecs_and_modes_do_not_share),
		TEST(choosing_again_lets_go_of_the_one_before),
		TEST(a_decoder_that_takes_no_step_gets_none),
		TEST(out_of_memory_the_best_that_fits_is_shared),
		TEST(out_of_memory_what_no_longer_fits_is_let_go),
		TEST(fast_outputs_are_for_newcomers),
		TEST(intra_refresh_is_for_those_without_nack),
		TEST(steps_can_be_fewer),
		TEST(there_are_so_many_outputs_and_no_more),
		TEST(who_is_sent_one_keeps_it_until_the_next_begins),
		TEST(a_change_may_be_called_off_or_be_another),
		TEST(another_codec_or_clock_does_not_wait),
		TEST(without_a_place_for_another_output_they_share),
		TEST(the_tier_chooses_among_what_they_may_have),
		TEST(the_top_output_is_one_that_is_received),
		TEST(the_top_output_is_one_that_has_keyframes),
		TEST(what_others_are_sent_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
