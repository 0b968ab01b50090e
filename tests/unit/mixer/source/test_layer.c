#include "mixer/source/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { Q, H, F, ALL = 1 << Q | 1 << H | 1 << F };
#define MS TS_NS_PER_MS
#define BEGIN_NS (1000 * TS_NS_PER_S)

static struct ts_layers layers;
static struct ts_layer_need need;
static int64_t now_ns;

static int setup(void **state)
{
	(void)state;
	ts_layers_init(&layers, 3);
	now_ns = BEGIN_NS;
	need = (struct ts_layer_need){0};
	return 0;
}

static void sizes(void)
{
	ts_layers_size(&layers, Q, 320, 180);
	ts_layers_size(&layers, H, 640, 360);
	ts_layers_size(&layers, F, 1280, 720);
}

static int choose(void)
{
	return ts_layers_choose(&layers, &need, now_ns);
}

/* Pictures of these layers, 30 a second. */
static int flow(unsigned set, int64_t ms)
{
	int chosen = layers.chosen;
	for (int64_t end_ns = now_ns + ms * MS; now_ns < end_ns; now_ns += 33 * MS) {
		for (size_t i = 0; i < 3; i++)
			if (set >> i & 1) ts_layers_packet(&layers, i, now_ns);
		chosen = choose();
	}
	return chosen;
}

static void tile(int width, int height)
{
	need.width = width;
	need.height = height;
}

static void the_smallest_that_fills_is_taken(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int width, height;
		bool crop, turned;
		int expected;
	} rows[] = {
		{"exactly", 320, 180, true, false, Q},
		{"a sixteenth larger", 340, 191, true, false, Q},
		{"more", 342, 192, true, false, H},
		{"half of the canvas", 640, 360, true, false, H},
		{"all of it", 1280, 720, true, false, F},
		{"more than there is", 1920, 1080, true, false, F},
		{"tiny", 32, 18, true, false, Q},
		{"cut to a square", 320, 320, true, false, H},
		{"a square with bars", 320, 320, false, false, Q},
		{"turned, cut", 180, 320, true, true, Q},
		{"turned, into one that lies", 320, 180, true, true, H},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setup(state);
		sizes();
		tile(rows[i].width, rows[i].height);
		need.crop = rows[i].crop;
		need.turned = rows[i].turned;
		if (flow(ALL, 4000) != rows[i].expected)
			fail_msg("%s: %d", rows[i].name, layers.chosen);
	}
}

/* The description may have told them in another order than their sizes. */
static void sizes_count_not_the_order(void **state)
{
	(void)state;
	ts_layers_size(&layers, 0, 1280, 720);
	ts_layers_size(&layers, 1, 640, 360);
	ts_layers_size(&layers, 2, 320, 180);
	tile(320, 180);
	assert_int_equal(flow(ALL, 4000), 2);
	tile(1280, 720);
	assert_int_equal(flow(ALL, 100), 0);
}

static void sizes_not_known_are_guessed_from_others(void **state)
{
	(void)state;
	ts_layers_size(&layers, H, 640, 360);
	tile(320, 180);
	assert_int_equal(flow(ALL, 4000), Q);
	tile(1280, 720);
	assert_int_equal(flow(ALL, 100), F);
	setup(state); /* of none is anything known: the best */
	tile(320, 180);
	assert_int_equal(flow(ALL, 4000), F);
}

static void nothing_is_chosen_before_anything_comes(void **state)
{
	(void)state;
	sizes();
	tile(320, 180);
	assert_int_equal(choose(), -1);
	ts_layers_packet(&layers, H, now_ns);
	assert_int_equal(choose(), H);
}

/* Where it is shown is told a moment after its first packets. */
static void the_first_stays_until_a_tile_is_known(void **state)
{
	(void)state;
	sizes();
	ts_layers_packet(&layers, Q, now_ns);
	assert_int_equal(choose(), Q);
	assert_int_equal(flow(ALL, 1000), Q);
	tile(1280, 720);
	assert_int_equal(flow(ALL, 33), F);
	tile(0, 0);
	assert_int_equal(flow(ALL, 10000), F);
}

static void up_at_once_and_down_after_three_seconds(void **state)
{
	(void)state;
	sizes();
	tile(1280, 720);
	assert_int_equal(flow(ALL, 100), F);
	tile(320, 180);
	assert_int_equal(flow(ALL, 2900), F);
	tile(1280, 720); /* for a moment */
	assert_int_equal(flow(ALL, 100), F);
	tile(320, 180);
	assert_int_equal(flow(ALL, 2900), F);
	assert_int_equal(flow(ALL, 300), Q);
	tile(640, 360);
	assert_int_equal(flow(ALL, 33), H);
}

static void what_stops_gives_way_to_the_best_that_comes(void **state)
{
	(void)state;
	sizes();
	tile(1280, 720);
	assert_int_equal(flow(ALL, 1000), F);
	assert_int_equal(flow(1 << Q | 1 << H, 400), F);
	assert_int_equal(flow(1 << Q | 1 << H, 200), H);
	assert_int_equal(flow(1 << Q, 600), Q);
	assert_int_equal(flow(1 << Q | 1 << H, 900), Q); /* back, but for how long? */
	assert_int_equal(flow(1 << Q | 1 << H, 300), H);
	assert_int_equal(flow(ALL, 900), H);
	assert_int_equal(flow(ALL, 300), F);
}

static void silence_of_all_changes_nothing(void **state)
{
	(void)state;
	sizes();
	tile(1280, 720);
	assert_int_equal(flow(ALL, 1000), F);
	now_ns += 5 * TS_NS_PER_S;
	assert_int_equal(choose(), F);
	assert_int_equal(flow(ALL, 33), F);
}

/* Whichever of them is the first to come again, and however often. */
static void silence_ends_with_any_layer(void **state)
{
	static const unsigned chosen[] = {Q, H, F};
	(void)state;
	for (int first = Q; first <= F; first++)
		for (int i = 0; i < 3; i++) {
			setup(NULL);
			sizes();
			tile(320 << i, 180 << i);
			assert_int_equal(flow(ALL, 5000), chosen[i]);
			for (int outage = 0; outage < 6; outage++) {
				now_ns += outage % 2 ? 600 * MS : 20 * TS_NS_PER_S;
				ts_layers_packet(&layers, (size_t)first, now_ns);
				assert_int_equal(choose(), chosen[i]);
				now_ns += 30 * MS;
				assert_int_equal(flow(ALL, 2000), chosen[i]);
			}
			/* but who does not come again with the others has stopped */
			now_ns += 5 * TS_NS_PER_S;
			flow(ALL & ~(1u << chosen[i]), 700);
			assert_int_not_equal(layers.chosen, chosen[i]);
		}
}

/* One that was lost often is not waited for where nothing else comes. */
static void the_only_one_is_taken_at_once(void **state)
{
	(void)state;
	sizes();
	tile(640, 360);
	flow(ALL, 1000);
	for (int i = 0; i < 8; i++)
		assert_int_equal(flow(i % 2 ? 1 << H : 1 << F, 700), i % 2 ? H : F);
}

/* A way that carries the best layer now and then costs a keyframe now and then, not each second. */
static void what_is_lost_again_and_again_is_waited_for_longer(void **state)
{
	(void)state;
	int changes = 0, before = F;
	sizes();
	tile(1280, 720);
	assert_int_equal(flow(ALL, 1000), F);
	for (int s = 0; s < 60; s++) {
		const unsigned set = s % 4 < 2 ? 1 << Q | 1 << H : ALL; /* 2 s without, 2 s with */
		for (int k = 0; k < 10; k++) {
			const int now = flow(set, 100);
			changes += now != before;
			before = now;
		}
	}
	assert_in_range(changes, 1, 6);
	assert_int_equal(flow(ALL, 17000), F); /* and is taken again in the end */
	assert_int_equal(flow(ALL, 31000), F);
	assert_int_equal(flow(1 << Q | 1 << H, 700), H);
	assert_int_equal(flow(ALL, 1200), F); /* as at first */
}

static void what_the_decoder_refuses_is_left(void **state)
{
	(void)state;
	sizes();
	tile(1280, 720);
	assert_int_equal(flow(ALL, 1000), F);
	layers.layer[F].refused = true;
	assert_int_equal(flow(ALL, 33), H);
	assert_int_equal(flow(ALL, 10000), H);
}

/* Sizes that a peer made up: nothing overflows, something is chosen. */
static void hostile_sizes_do_no_harm(void **state)
{
	(void)state;
	ts_layers_size(&layers, Q, 65535, 65535);
	ts_layers_size(&layers, F, 1, 65535);
	tile(65535, 65535);
	need.crop = true;
	assert_in_range(flow(ALL, 4000), Q, F);
	ts_layers_packet(&layers, Q, 0); /* older than all */
	assert_in_range(flow(ALL, 4000), Q, F);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(the_smallest_that_fills_is_taken),
		TEST(sizes_count_not_the_order),
		TEST(sizes_not_known_are_guessed_from_others),
		TEST(nothing_is_chosen_before_anything_comes),
		TEST(the_first_stays_until_a_tile_is_known),
		TEST(up_at_once_and_down_after_three_seconds),
		TEST(what_stops_gives_way_to_the_best_that_comes),
		TEST(silence_of_all_changes_nothing),
		TEST(silence_ends_with_any_layer),
		TEST(the_only_one_is_taken_at_once),
		TEST(what_is_lost_again_and_again_is_waited_for_longer),
		TEST(what_the_decoder_refuses_is_left),
		TEST(hostile_sizes_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
