/* Playout and the queue in front of a view, together: which tick shows which picture. */
#include "mixer/source/playout.h"

#include "base/clock.h"
#include "base/counter.h"
#include "mixer/source/pictures.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TICKS_PER_S = 30, SECONDS = 60, MAX = SECONDS * 120 + 8 };
#define TICK_NS (TS_NS_PER_S / TICKS_PER_S)

struct run {
	/* the camera */
	int64_t period_ns, phase_ns;
	double ppm;
	int jitter_ms; /* uniform, +- */
	bool without_slack;
	/* counted after a second, for a start */
	int shown, repeated, skipped, uneven;
	double delay_ms;
};

static uint32_t rng;

static int64_t jitter(int ms)
{
	rng = rng * 1664525u + 1013904223u;
	return ms ? (int64_t)(rng >> 8) % (2 * ms * TS_NS_PER_MS) - ms * TS_NS_PER_MS : 0;
}

static void push(struct ts_pictures *queue, struct ts_playout *playout, const struct run *r,
	int64_t n, int64_t ready_ns)
{
	struct ts_picture *p = ts_picture_new(av_frame_alloc());
	assert_non_null(p);
	p->tick = n;
	p->ready_ns = p->due_ns = ready_ns;
	p->slack_ns = ts_playout_slack_ns(
		playout, (uint32_t)(n * (r->period_ns * 9 / 1000) / 100), p->due_ns);
	if (r->without_slack) p->slack_ns = 0;
	ts_pictures_push(queue, p, 1 << TS_VIEW_MAIN);
}

static void run(struct run *r)
{
	struct ts_pictures queue = {0};
	struct ts_playout playout;
	int64_t n = 0, last = -1, ready_ns = 0, last_kept = 0;
	rng = 9;
	ts_playout_init(&playout);
	assert_int_equal(ts_pictures_init(&queue), 0);
	r->shown = r->repeated = r->skipped = r->uneven = 0;
	r->delay_ms = 0;
	for (int tick = 1; tick < SECONDS * TICKS_PER_S; tick++) {
		int64_t now_ns = tick * TICK_NS;
		for (;; n++) {
			int64_t at_ns = 1000 * TS_NS_PER_MS +
				(int64_t)((double)(n * r->period_ns) / (1 + r->ppm * 1e-6)) +
				r->phase_ns;
			if (!ready_ns) ready_ns = at_ns + jitter(r->jitter_ms);
			if (ready_ns > now_ns) break;
			push(&queue, &playout, r, n, ready_ns);
			ready_ns = 0;
		}
		struct ts_picture *p = ts_pictures_take(&queue, TS_VIEW_MAIN, now_ns);
		if (tick > 2 * TICKS_PER_S) {
			r->repeated += !p;
			if (p && p->tick > last + 1) r->skipped += (int)(p->tick - last - 1);
			if (p) r->delay_ms += (double)(now_ns - p->ready_ns) / 1e6;
			r->shown += p != NULL;
			r->uneven += p && last_kept && tick - last_kept > 1;
		}
		if (p) last = p->tick;
		if (p) last_kept = tick;
		ts_picture_unref(&p);
	}
	r->delay_ms /= r->shown ? r->shown : 1;
	ts_pictures_fini(&queue);
}

/* Pictures come 30 a second, each up to 5 ms early or late, at whatever moment between two ticks:
 * each is shown, at one tick but for one of them, when the others come to be a tick later. */
static void jitter_of_5_ms_is_not_seen(void **state)
{
	double sum[2] = {0};
	int worst_before = 0;
	(void)state;
	for (int phase = 0; phase < 33; phase++) {
		struct run r = {.period_ns = TICK_NS,
			.phase_ns = phase * TS_NS_PER_MS,
			.jitter_ms = 5,
			.without_slack = true};
		run(&r);
		sum[0] += r.delay_ms;
		if (r.skipped > worst_before) worst_before = r.skipped;
		r.without_slack = false;
		run(&r);
		sum[1] += r.delay_ms;
		if (r.skipped || r.repeated > 1)
			fail_msg("phase %d ms: %d skipped, %d repeated", phase, r.skipped,
				r.repeated);
	}
	print_message("  waits for the tick %.1f ms on average over all phases, %.1f without "
		      "slack (and then up to %d of 1740 skipped)\n",
		sum[1] / 33, sum[0] / 33, worst_before);
	assert_true(worst_before > 300); /* what it is for */
	assert_true(sum[1] - sum[0] < 33 * 8.0);
}

/* Clocks that differ cost one picture each time that they have moved by one. */
static void clocks_that_differ_cost_what_they_must(void **state)
{
	static const int ppms[] = {500, -500, 50, -50};
	(void)state;
	for (int i = 0; i < 4; i++) {
		for (int phase = 0; phase < 33; phase += 3) {
			struct run r = {.period_ns = TICK_NS,
				.phase_ns = phase * TS_NS_PER_MS,
				.ppm = ppms[i],
				.jitter_ms = 5};
			run(&r);
			assert_in_range(r.skipped + r.repeated, 0, 2);
		}
	}
}

/* At other rates nothing is shown less often than before. */
static void other_rates_lose_nothing(void **state)
{
	static const int rates[] = {15, 24, 25, 60};
	(void)state;
	for (int i = 0; i < 4; i++) {
		for (int phase = 0; phase < 33; phase += 4) {
			struct run r = {.period_ns = TS_NS_PER_S / rates[i],
				.phase_ns = phase * TS_NS_PER_MS,
				.jitter_ms = 4};
			run(&r);
			int possible = rates[i] < TICKS_PER_S ? rates[i] : TICKS_PER_S;
			assert_true(r.shown >= possible * (SECONDS - 2) - 2);
			assert_true(r.delay_ms < 45);
			if (rates[i] == 25) assert_int_equal(r.skipped, 0);
		}
	}
}

static void slack_follows_the_spread(void **state)
{
	struct ts_playout p;
	int64_t slack_ns = 0;
	(void)state;
	ts_playout_init(&p);
	rng = 4;
	for (int n = 0; n < 1200; n++) /* even ones need the least */
		slack_ns = ts_playout_slack_ns(&p, (uint32_t)n * 3000, n * TICK_NS);
	assert_true(slack_ns == 4 * TS_NS_PER_MS);
	for (int n = 1200; n < 1300; n++)
		slack_ns = ts_playout_slack_ns(&p, (uint32_t)n * 3000, n * TICK_NS + jitter(8));
	assert_true(slack_ns > 12 * TS_NS_PER_MS && slack_ns < 22 * TS_NS_PER_MS);
	for (int n = 0; n < 100000; n++) { /* nonsense */
		slack_ns = ts_playout_slack_ns(&p, rng * 77, n * TICK_NS + jitter(30000));
		assert_true(slack_ns >= 4 * TS_NS_PER_MS && slack_ns <= 28 * TS_NS_PER_MS);
	}
}

/* What waits must fit in the queue: the faster pictures come, the shorter. */
static void how_long_one_may_wait(void **state)
{
	static const struct {
		int fps, least_ms, most_ms;
	} rows[] = {{10, 200, 200}, {30, 180, 200}, {60, 90, 105}, {120, 40, 55}};
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct ts_playout p;
		int64_t most_ns = 0;
		ts_playout_init(&p);
		for (int n = 0; n < 200; n++)
			most_ns = ts_playout_wait_max_ns(
				&p, TS_NS_PER_S + n * TS_NS_PER_S / rows[i].fps);
		assert_in_range(most_ns / TS_NS_PER_MS, rows[i].least_ms, rows[i].most_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jitter_of_5_ms_is_not_seen),
		cmocka_unit_test(clocks_that_differ_cost_what_they_must),
		cmocka_unit_test(other_rates_lose_nothing),
		cmocka_unit_test(slack_follows_the_spread),
		cmocka_unit_test(how_long_one_may_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
