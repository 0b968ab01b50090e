/* What one camera may take of the machine. Time is the test's. */
#include "mixer/source/decode_budget.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS
#define SHARE (750 * MS)

/* So many units a second, each of that cost and age, for `ms`: how many were decoded. */
struct load {
	const char *name;
	int fps;
	int64_t cpu_ns, waited_ns, share_ns;
	int least, most; /* decoded in 20 s */
};

static int run(struct ts_decode_budget *b, const struct load *l, int64_t *now_ns, int64_t span_ns)
{
	int decoded = 0;
	for (int64_t end = *now_ns + span_ns; *now_ns < end; *now_ns += TS_NS_PER_S / l->fps) {
		if (!ts_decode_budget_allows(b, *now_ns)) continue;
		ts_decode_budget_spend(b, *now_ns, l->cpu_ns, l->waited_ns, l->share_ns);
		decoded++;
	}
	return decoded;
}

static void loads(void **state)
{
	static const struct load rows[] = {
		{"720p30", 30, 2 * MS, 5 * MS, SHARE, 600, 601},
		{"1080p30 of a slow machine", 30, 12 * MS, 5 * MS, SHARE, 600, 601},
		{"720p60", 60, 3 * MS, 5 * MS, SHARE, 1200, 1201},
		{"120 a second, small", 120, 1 * MS, 5 * MS, SHARE, 2400, 2401},
		{"4K at 30 of 18 ms", 30, 18 * MS, 5 * MS, SHARE, 600, 601},
		/* the audit's: what it may decode at the first is the burst; then pauses grow */
		{"600 empty pictures a second", 600, 2 * MS, 5 * MS, SHARE, 100, 1600},
		{"150 of 7 ms", 150, 7 * MS, 5 * MS, SHARE, 50, 900},
		{"5000 of next to nothing", 5000, 10000, 5 * MS, SHARE, 200, 2000},
		{"one core", 25, 40 * MS, 5 * MS, SHARE, 15, 200},
		/* the machine cannot keep up: who takes less than their share goes on, who takes
		 * more gives way */
		{"late, within its share", 30, 2 * MS, 600 * MS, 100 * MS, 600, 601},
		{"late, beyond it", 30, 15 * MS, 600 * MS, 100 * MS, 5, 200},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_decode_budget b;
		int64_t now_ns = 1000 * TS_NS_PER_S;
		ts_decode_budget_init(&b, now_ns);
		int n = run(&b, &rows[i], &now_ns, 20 * TS_NS_PER_S);
		if (n < rows[i].least || n > rows[i].most) fail_msg("%s: %d", rows[i].name, n);
	}
}

/* CPU time over a minute stays below the limit, whatever is sent. */
static void the_limit_holds(void **state)
{
	(void)state;
	for (int fps = 20; fps <= 2000; fps *= 3)
		for (int64_t cpu_ns = MS / 4; cpu_ns < 50 * MS; cpu_ns *= 3) {
			const struct load l = {"", fps, cpu_ns, 0, SHARE, 0, 0};
			struct ts_decode_budget b;
			int64_t now_ns = 0, span_ns = 60 * TS_NS_PER_S;
			ts_decode_budget_init(&b, now_ns);
			int64_t used_ns = run(&b, &l, &now_ns, span_ns) * cpu_ns;
			assert_true(used_ns <=
				span_ns * TS_BUDGET_CPU_PERCENT / 100 + 2 * TS_BUDGET_CPU_BURST_NS);
		}
}

/* After a stall packets come in a burst; that is no attack. */
static void bursts_are_let_through(void **state)
{
	struct ts_decode_budget b;
	int64_t now_ns = 0;
	(void)state;
	ts_decode_budget_init(&b, now_ns);
	for (int s = 0; s < 10; s++, now_ns += 3 * TS_NS_PER_S)
		for (int i = 0; i < 90; i++)
			assert_int_equal(
				ts_decode_budget_spend(&b, now_ns, 3 * MS, 300 * MS, SHARE),
				TS_BUDGET_GO_ON);
}

static void pauses_double_and_are_forgotten(void **state)
{
	struct ts_decode_budget b;
	int64_t now_ns = 0;
	(void)state;
	ts_decode_budget_init(&b, now_ns);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(ts_decode_budget_spend(&b, now_ns, TS_NS_PER_S, 0, SHARE),
			TS_BUDGET_EXCEEDED);
		int64_t want_ns = i < 4 ? TS_BUDGET_PAUSE_NS << i : TS_BUDGET_PAUSE_MAX_NS;
		assert_int_equal(b.until_ns - now_ns, want_ns);
		assert_false(ts_decode_budget_allows(&b, b.until_ns - 1));
		assert_true(ts_decode_budget_allows(&b, b.until_ns));
		now_ns = b.until_ns;
	}
	now_ns += TS_BUDGET_FORGET_NS;
	assert_int_equal(
		ts_decode_budget_spend(&b, now_ns, TS_NS_PER_S, 0, SHARE), TS_BUDGET_EXCEEDED);
	assert_int_equal(b.until_ns - now_ns, TS_BUDGET_PAUSE_NS);
}

static void what_is_far_too_late_is_dropped(void **state)
{
	struct ts_decode_budget b;
	(void)state;
	ts_decode_budget_init(&b, 0);
	assert_int_equal(ts_decode_budget_spend(&b, 0, MS, TS_BUDGET_BEHIND_NS + 1, SHARE),
		TS_BUDGET_BEHIND);
	assert_true(ts_decode_budget_allows(&b, 0));
}

static void a_pause_that_is_ended_still_counts(void **state)
{
	(void)state;
	struct ts_decode_budget b;
	int64_t now_ns = 1000 * TS_NS_PER_S;
	ts_decode_budget_init(&b, now_ns);
	ts_decode_budget_resume(&b, now_ns); /* there is none */
	assert_true(ts_decode_budget_allows(&b, now_ns));
	assert_int_equal(
		ts_decode_budget_spend(&b, now_ns, TS_NS_PER_S, 0, SHARE), TS_BUDGET_EXCEEDED);
	now_ns += 100 * MS;
	assert_false(ts_decode_budget_allows(&b, now_ns));
	ts_decode_budget_resume(&b, now_ns);
	assert_true(ts_decode_budget_allows(&b, now_ns));
	/* what came in since then, and no more */
	assert_int_equal(ts_decode_budget_spend(&b, now_ns, 50 * MS, 0, SHARE), TS_BUDGET_GO_ON);
	assert_int_equal(ts_decode_budget_spend(&b, now_ns, 50 * MS, 0, SHARE), TS_BUDGET_EXCEEDED);
	assert_false(ts_decode_budget_allows(&b, now_ns + 2 * TS_BUDGET_PAUSE_NS - MS));
	assert_true(ts_decode_budget_allows(&b, now_ns + 2 * TS_BUDGET_PAUSE_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(the_limit_holds),
		cmocka_unit_test(bursts_are_let_through),
		cmocka_unit_test(pauses_double_and_are_forgotten),
		cmocka_unit_test(what_is_far_too_late_is_dropped),
		cmocka_unit_test(a_pause_that_is_ended_still_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
