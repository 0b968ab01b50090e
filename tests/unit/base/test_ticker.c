#include "base/ticker.h"

#include "base/clock.h"
#include "base/strand.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define EPOCH_NS (1000 * TS_NS_PER_S)

static const struct ts_ticker_counts counts = {.run = TS_C_TICKS_VIDEO,
	.skipped = TS_C_TICKS_SKIPPED_VIDEO,
	.delayed = TS_C_TICKS_DELAYED_VIDEO};

enum { RUNS = 400 };

static struct fixture {
	struct ts_pool *pool;
	struct ts_strand *strand;
	struct ts_ticker ticker;
	int n, calls;
	bool stop;
	int64_t tick[RUNS], time_ns[RUNS];
	int64_t work_ns; /* how long the next tick takes */
} f;

static void on_tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_ticker *t = ts_container_of(timer, struct ts_ticker, timer);
	f.calls++;
	if (f.stop) {
		ts_ticker_stop(t);
		return;
	}
	if (!ts_ticker_begin(t, now_ns)) return;
	f.tick[f.n] = t->tick;
	f.time_ns[f.n++] = ts_ticker_time_ns(t);
	ts_fake_time_set(ts_now_ns() + f.work_ns);
	f.work_ns = 0;
	ts_ticker_end(t);
}

static int setup(void **state)
{
	(void)state;
	f = (struct fixture){0};
	ts_fake_time_set(EPOCH_NS);
	ts_pool_create(&f.pool, &(struct ts_pool_config){.threads = 1});
	ts_strand_create(&f.strand, f.pool, TS_CLASS_TICK);
	ts_ticker_init(&f.ticker, f.strand, EPOCH_NS, &counts, on_tick);
	ts_ticker_set_rate(&f.ticker, 30);
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	return 0;
}

static void ignore(void *arg)
{
	(void)arg;
}

static int teardown(void **state)
{
	(void)state;
	ts_strand_close(f.strand, ignore, NULL);
	ts_pool_destroy(&f.pool);
	return 0;
}

/* Each deadline is computed from the epoch: after ten seconds the 300th tick is where it belongs,
 * though a period is no whole number. */
static void deadlines_do_not_drift(void **state)
{
	(void)state;
	ts_ticker_start(&f.ticker, EPOCH_NS);
	ts_fake_time_until(EPOCH_NS + 10 * TS_NS_PER_S);
	assert_int_equal(f.n, 300);
	for (int i = 0; i < f.n; i++) {
		assert_int_equal(f.tick[i], i + 1);
		assert_int_equal(f.time_ns[i], EPOCH_NS + (i + 1) * TS_NS_PER_S / 30);
	}
	assert_int_equal(ts_count_get(TS_C_TICKS_VIDEO), 300);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 0);
	assert_int_equal(ts_count_get(TS_C_TICKS_DELAYED_VIDEO), 0);
}

static void ticks_whose_time_has_passed_are_skipped(void **state)
{
	(void)state;
	ts_ticker_start(&f.ticker, EPOCH_NS);
	/* tick 1 ends at 233 ms: 2 to 5 have passed, 6 began at 200 */
	f.work_ns = 200 * TS_NS_PER_MS;
	ts_fake_time_until(EPOCH_NS + TS_NS_PER_S / 2);
	assert_int_equal(f.tick[0], 1);
	assert_int_equal(f.tick[1], 6);
	assert_int_equal(f.time_ns[1], EPOCH_NS + 200 * TS_NS_PER_MS);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 4);
}

/* Of every other tick nothing is counted: neither run, nor skipped, nor delayed. */
static void every_other_tick_runs(void **state)
{
	(void)state;
	ts_ticker_set_every(&f.ticker, 2);
	ts_ticker_start(&f.ticker, EPOCH_NS);
	ts_fake_time_until(EPOCH_NS + TS_NS_PER_S);
	assert_int_equal(f.n, 15);
	for (int i = 0; i < f.n; i++) {
		assert_int_equal(f.tick[i], 2 * (i + 1));
		assert_int_equal(f.time_ns[i], EPOCH_NS + 2 * (i + 1) * TS_NS_PER_S / 30);
	}
	assert_int_equal(ts_count_get(TS_C_TICKS_VIDEO), 15);
	f.work_ns = 201 * TS_NS_PER_MS; /* 32 ends at 1267 ms: 34 and 36 have passed, 38 began */
	ts_fake_time_until(EPOCH_NS + 2 * TS_NS_PER_S);
	assert_int_equal(f.tick[16], 38);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 2);
	assert_int_equal(ts_count_get(TS_C_TICKS_DELAYED_VIDEO), 0);
	ts_ticker_set_every(&f.ticker, 4);
	ts_fake_time_until(EPOCH_NS + 3 * TS_NS_PER_S);
	assert_int_equal(f.tick[f.n - 1], 88);
	ts_ticker_set_every(&f.ticker, 0);
	ts_fake_time_until(EPOCH_NS + 4 * TS_NS_PER_S);
	assert_int_equal(f.tick[f.n - 1], 120);
	assert_int_equal(f.tick[f.n - 2], 119);
}

static void a_tick_that_begins_late_is_delayed_not_skipped(void **state)
{
	(void)state;
	ts_ticker_start(&f.ticker, EPOCH_NS);
	f.work_ns = 50 * TS_NS_PER_MS; /* until 83: tick 2, of 66, begins 17 ms late */
	ts_fake_time_until(EPOCH_NS + 150 * TS_NS_PER_MS);
	assert_int_equal(f.tick[1], 2);
	assert_int_equal(f.tick[2], 3);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 0);
	assert_int_equal(ts_count_get(TS_C_TICKS_DELAYED_VIDEO), 1);
}

static void another_rate_goes_on_from_the_same_epoch(void **state)
{
	(void)state;
	ts_ticker_start(&f.ticker, EPOCH_NS);
	/* tick 10 ran at 333, 11 is set to 367 */
	ts_fake_time_until(EPOCH_NS + 335 * TS_NS_PER_MS);
	ts_ticker_set_rate(&f.ticker, 15);
	assert_int_equal(f.ticker.tick, 6); /* at 400: not before 367 */
	int calls = f.calls;
	ts_fake_time_until(EPOCH_NS + 390 * TS_NS_PER_MS);
	assert_int_equal(f.calls, calls + 1); /* the timer of the old rate: not yet */
	assert_int_equal(f.n, 10);
	ts_fake_time_until(EPOCH_NS + 480 * TS_NS_PER_MS);
	assert_int_equal(f.n, 12);
	assert_int_equal(f.time_ns[10], EPOCH_NS + 400 * TS_NS_PER_MS);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 0);
}

static void a_stopped_ticker_stands_still_and_counts_on_when_started(void **state)
{
	(void)state;
	ts_ticker_start(&f.ticker, EPOCH_NS);
	ts_ticker_start(&f.ticker, EPOCH_NS + TS_NS_PER_S / 2); /* runs already: nothing */
	f.stop = true;
	ts_fake_time_until(EPOCH_NS + 5 * TS_NS_PER_S);
	assert_int_equal(f.calls, 1);
	assert_false(f.ticker.running);
	f.stop = false;
	ts_ticker_start(&f.ticker, EPOCH_NS + 5 * TS_NS_PER_S);
	ts_fake_time_after(TS_NS_PER_S / 30 + 1);
	assert_int_equal(f.tick[0], 151);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 0);
}

/* Ten years at 60 a second. */
static void years_do_not_overflow(void **state)
{
	(void)state;
	int64_t years_ns = 10ll * 365 * 86400 * TS_NS_PER_S;
	ts_ticker_set_rate(&f.ticker, 60);
	ts_ticker_start(&f.ticker, EPOCH_NS + years_ns);
	assert_int_equal(f.ticker.tick, 10ll * 365 * 86400 * 60 + 1);
	assert_int_equal(ts_ticker_time_ns(&f.ticker), EPOCH_NS + years_ns + TS_NS_PER_S / 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(deadlines_do_not_drift, setup, teardown),
		cmocka_unit_test_setup_teardown(
			ticks_whose_time_has_passed_are_skipped, setup, teardown),
		cmocka_unit_test_setup_teardown(every_other_tick_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_tick_that_begins_late_is_delayed_not_skipped, setup, teardown),
		cmocka_unit_test_setup_teardown(
			another_rate_goes_on_from_the_same_epoch, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_stopped_ticker_stands_still_and_counts_on_when_started, setup, teardown),
		cmocka_unit_test_setup_teardown(years_do_not_overflow, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
