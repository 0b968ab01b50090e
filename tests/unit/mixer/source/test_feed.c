#include "mixer/source/feed.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct ts_source {
	struct ts_source_stats stats;
};

void ts_source_stats(const struct ts_source *source, struct ts_source_stats *out)
{
	*out = source->stats;
}

#define MS(n) ((n)*TS_NS_PER_MS)

static void without_a_source_nothing_flows(void **state)
{
	(void)state;
	struct ts_feed feed = {0};
	struct ts_refusal told = {0};
	assert_false(ts_feed_watch(&feed, false, MS(1000)));
	assert_false(ts_feed_new_error(&feed, &told));
}

static void it_is_on_from_the_first_packet_to_2700_ms_after_the_last(void **state)
{
	(void)state;
	struct ts_source source = {{0}};
	struct ts_feed feed = {.source = &source};
	assert_false(ts_feed_watch(&feed, false, MS(1000)));
	source.stats.last_packet_ns = MS(1000);
	assert_true(ts_feed_watch(&feed, false, MS(1001)));
	assert_true(feed.on);
	assert_false(ts_feed_watch(&feed, false, MS(3699)));
	assert_true(ts_feed_watch(&feed, false, MS(3700)));
	assert_false(feed.on);
}

static void while_the_peer_is_stalled_it_stays_as_it_was(void **state)
{
	(void)state;
	struct ts_source source = {{.last_packet_ns = MS(1000)}};
	struct ts_feed feed = {.source = &source};
	ts_feed_watch(&feed, false, MS(1001));
	assert_false(ts_feed_watch(&feed, true, MS(9000)));
	assert_true(feed.on);
	assert_true(ts_feed_watch(&feed, false, MS(9001)));
	assert_false(ts_feed_watch(&feed, true, MS(9002)));
	assert_false(feed.on);
}

static void pictures_are_counted_by_the_second(void **state)
{
	(void)state;
	struct ts_source source = {{0}};
	struct ts_feed feed = {.source = &source};
	ts_feed_watch(&feed, false, MS(5000));
	source.stats.pictures = 10;
	ts_feed_watch(&feed, false, MS(5500)); /* not a second yet */
	assert_int_equal(feed.fps, 0);
	source.stats.pictures = 31;
	ts_feed_watch(&feed, false, MS(6050));
	assert_int_equal(feed.fps, 30); /* 31 in 1050 ms, rounded */
}

static void an_error_is_new_once(void **state)
{
	(void)state;
	struct ts_source source = {{0}};
	struct ts_feed feed = {.source = &source};
	struct ts_refusal told = {0};
	assert_false(ts_feed_new_error(&feed, &told));
	source.stats.error = (struct ts_refusal){.kind = TS_REFUSED_SIZE, .width = 8000};
	assert_true(ts_feed_new_error(&feed, &told));
	assert_int_equal(told.width, 8000);
	assert_false(ts_feed_new_error(&feed, &told));
	source.stats.error = (struct ts_refusal){0};
	assert_true(ts_feed_new_error(&feed, &told));
	assert_int_equal(told.kind, TS_REFUSED_NOT);
}

/* REMB would stop the layer that is still decoded. */
static void layers_are_told_less_only_after_a_while(void **state)
{
	(void)state;
	struct ts_feed feed = {0};
	assert_int_equal(ts_feed_layers_bps(&feed, 75000, MS(1000)), 75000);
	assert_int_equal(ts_feed_layers_bps(&feed, 3000000, MS(1001)), 3000000);
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(2000)), 3000000);
	assert_int_equal(ts_feed_layers_bps(&feed, 750000, MS(7999)), 3000000);
	assert_true(feed.less_ns == MS(8000));
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(8000)), 260000);
	assert_true(feed.less_ns == 0);
	assert_int_equal(ts_feed_layers_bps(&feed, 750000, MS(8001)), 750000);
	/* a step down, and a second one before the first was told */
	assert_int_equal(ts_feed_layers_bps(&feed, 3000000, MS(8002)), 3000000);
	assert_int_equal(ts_feed_layers_bps(&feed, 750000, MS(8010)), 3000000);
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(12010)), 3000000);
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(14011)), 3000000);
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(18010)), 260000);
	assert_int_equal(ts_feed_layers_bps(&feed, 750000, MS(18011)), 750000);
	/* less, and more again before it was told */
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(19000)), 750000);
	assert_int_equal(ts_feed_layers_bps(&feed, 750000, MS(20000)), 750000);
	assert_int_equal(ts_feed_layers_bps(&feed, 260000, MS(25001)), 750000);
}

static void a_change_of_layer_is_told_once(void **state)
{
	(void)state;
	struct ts_source source = {{0}};
	struct ts_feed feed = {.source = &source, .n_layers = 3, .told_layer = -1};
	source.stats.layer = -1;
	assert_false(ts_feed_new_layer(&feed));
	source.stats.layer = 2;
	assert_true(ts_feed_new_layer(&feed));
	assert_false(ts_feed_new_layer(&feed));
	feed.n_layers = 0;
	source.stats.layer = 0;
	assert_false(ts_feed_new_layer(&feed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_are_told_less_only_after_a_while),
		cmocka_unit_test(a_change_of_layer_is_told_once),
		cmocka_unit_test(without_a_source_nothing_flows),
		cmocka_unit_test(it_is_on_from_the_first_packet_to_2700_ms_after_the_last),
		cmocka_unit_test(while_the_peer_is_stalled_it_stays_as_it_was),
		cmocka_unit_test(pictures_are_counted_by_the_second),
		cmocka_unit_test(an_error_is_new_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
