#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/probing.h"

#define S TS_NS_PER_S
#define AT (100 * S)

static bool next(struct ts_probing *p, struct ts_probe *out, double target_bps, int64_t now)
{
	struct ts_probing_input in = {.target_bps = target_bps, .wanted_bps = 3e6};
	return ts_probing_next(p, out, &in, now);
}

#define LOST INT64_MIN

static void tell(struct ts_probing *p, uint8_t cluster, int64_t sent_ns, int64_t arrived_ns)
{
	ts_probing_told(p, cluster, sent_ns, 1000);
	if (arrived_ns != LOST) ts_probing_arrived(p, cluster, sent_ns, arrived_ns, 1000);
}

/* n packets of 1000 bytes, the first ones lost; left and came so far apart. Result 0: none. */
static double shown(
	struct ts_probing *p, int n, int lost, int64_t sent_us, int64_t arrived_us, int64_t now)
{
	for (int i = 0; i < n; i++)
		tell(p, p->probe.cluster, now + i * sent_us * TS_NS_PER_US,
			i < lost ? LOST : -AT + i * arrived_us * TS_NS_PER_US);
	return ts_probing_result(p, now + 200 * TS_MS);
}

static void results(void **state)
{
	/* asked for: 900 kbit/s, so 3000 bytes, 8.9 ms a packet */
	static const struct {
		const char *name;
		int n, lost;
		int64_t sent_us, arrived_us;
		double bps;
		bool passed;
	} rows[] = {
		{"passed", 6, 0, 8889, 8889, 900e3, true},
		{"one of them lost", 6, 1, 8889, 8889, 900e3, true},
		{"passed, jitter brought it together", 6, 0, 8889, 6000, 900e3, true},
		{"filled the way", 6, 0, 8889, 20000, 0.95 * 400e3, false},
		{"nearly passed", 6, 0, 8889, 10500, 0.95 * 762e3, true},
		{"held back and let go at once", 6, 0, 8889, 1000, 0, false},
		{"most did not come", 6, 3, 8889, 8889, 0, false},
		{"left too fast", 6, 0, 2000, 2000, 1.2 * 900e3, true},
		{"left at once", 6, 0, 0, 8889, 0, false},
		{"came at once", 6, 0, 8889, 0, 0, false},
		{"came backward", 6, 0, 8889, -8889, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_probing p = {0};
		struct ts_probe probe;
		assert_true(next(&p, &probe, 300e3, AT));
		assert_int_equal(probe.bps, 900000);
		assert_int_equal(probe.bytes, 3000);
		double bps = shown(
			&p, rows[i].n, rows[i].lost, rows[i].sent_us, rows[i].arrived_us, AT);
		if (bps < 0.99 * rows[i].bps || bps > 1.01 * rows[i].bps)
			fail_msg("%s: %.0f", rows[i].name, bps);
		bool again = next(&p, &probe, 900e3, AT + S);
		if (again != rows[i].passed) fail_msg("%s: next %d", rows[i].name, again);
	}
}

/* Before anything is known: all that is wanted, but no more bytes than a thin way bears. */
static void the_first_one(void **state)
{
	static const struct {
		const char *name;
		int64_t arrived_us; /* apart; left 2319 us apart */
		double bps;
		bool filled;
	} rows[] = {
		{"passed", 2319, 3450e3, false},
		{"nearly", 2700, 0.95 * 2963e3, false},
		{"filled the way", 16000, 0.95 * 500e3, true},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_probing p = {0};
		struct ts_probe probe;
		assert_true(next(&p, &probe, 0, AT));
		assert_in_range(probe.bps, 3449000, 3450000);
		assert_int_equal(probe.bytes, 6000);
		const double bps = shown(&p, 6, 0, 2319, rows[i].arrived_us, AT);
		if (bps < 0.99 * rows[i].bps || bps > 1.01 * rows[i].bps)
			fail_msg("%s: %.0f", rows[i].name, bps);
		if (ts_probing_filled(&p) != rows[i].filled) fail_msg("%s", rows[i].name);
	}
	/* jitter that spreads arrivals makes it less sure, and it is read in the way's favour */
	static const int64_t by_ms[] = {3, -3, 0, 0, -3, 3}; /* the same line through them */
	struct ts_probing even = {0}, uneven = {0};
	struct ts_probe probe;
	assert_true(next(&even, &probe, 0, AT) && next(&uneven, &probe, 0, AT));
	for (int k = 0; k < 6; k++) {
		const int64_t sent_ns = AT + k * 2319 * TS_NS_PER_US;
		const int64_t came_ns = -AT + k * 4000 * TS_NS_PER_US;
		tell(&even, 1, sent_ns, came_ns);
		tell(&uneven, 1, sent_ns, came_ns + by_ms[k] * TS_MS);
	}
	const double sure = ts_probing_result(&even, AT + S),
		     less = ts_probing_result(&uneven, AT + S);
	assert_true(sure > 0 && less > sure);
}

/* +- 20 ms, each packet for itself: a probe that lasts as long as it is asked for is read right. */
static void jitter(void **state)
{
	uint32_t random = 3;
	double sum[2] = {0};
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct ts_probing p = {0};
		struct ts_probing_input in = {1e6, 3e6, 13 * TS_MS};
		struct ts_probe probe;
		assert_true(ts_probing_next(&p, &probe, &in, AT));
		assert_in_range(probe.bytes, 19000, 20000); /* 52 ms of 3 Mbit/s */
		for (int k = 0; k < 20; k++) {
			int64_t us = 2667 * k, off_us = ts_test_random(&random) % 40000;
			tell(&p, probe.cluster, AT + us * TS_NS_PER_US,
				(us * (1 + i % 2) + off_us) * TS_NS_PER_US);
		}
		sum[i % 2] += ts_probing_result(&p, AT + S);
	}
	assert_true(sum[0] / 100 > 2.2e6 && sum[0] / 100 < 3.1e6);
	assert_true(sum[1] / 100 > 1.2e6 && sum[1] / 100 < 1.8e6); /* a link of half as much */
}

static void faster_and_faster(void **state)
{
	struct ts_probing p = {0};
	struct ts_probe probe;
	static const uint32_t asked[] = {900000, 1800000, 3450000};
	double target = 300e3;
	int64_t now = AT;
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(asked); i++, now += 300 * TS_MS) {
		assert_true(next(&p, &probe, target, now));
		assert_false(next(&p, &probe, target, now)); /* one at a time */
		assert_in_range(probe.bps, asked[i] * 0.99, asked[i] * 1.01);
		int64_t us = 8000000000LL / asked[i];
		target = shown(&p, (int)probe.bytes / 1000 + 4, 0, us, us, now);
		assert_true(target > 0.95 * asked[i]);
	}
	assert_false(next(&p, &probe, target, now));            /* nobody wants more */
	assert_true(probe.bytes >= 8600 && probe.bytes < 8700); /* 20 ms of it */
}

static void fails_and_waits(void **state)
{
	static const int64_t waits_s[] = {5, 5, 10, 10};
	struct ts_probing p = {0};
	struct ts_probe probe;
	int64_t now = AT;
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(waits_s); i++) {
		assert_true(next(&p, &probe, 300e3, now));
		shown(&p, 6, 0, 8889, 30000, now);
		now += 200 * TS_MS + waits_s[i] * S;
		assert_false(next(&p, &probe, 300e3, now - 1));
	}
	assert_true(next(&p, &probe, 300e3, now)); /* no result of this one */
	assert_false(next(&p, &probe, 300e3, now + 1600 * TS_MS));
	assert_int_equal(p.n_failed, 5);
	tell(&p, probe.cluster, now, now); /* too late */
	assert_int_equal(p.packets, 0);
}

/* Told as lost, and there after all: it counts as sent once. */
static void late_ones(void **state)
{
	struct ts_probing once = {0}, twice = {0};
	struct ts_probe probe;
	(void)state;
	assert_true(next(&once, &probe, 300e3, AT) && next(&twice, &probe, 300e3, AT));
	for (int i = 0; i < 6; i++) tell(&twice, probe.cluster, AT + i * 9 * TS_MS, LOST);
	for (int i = 0; i < 6; i++) {
		tell(&once, probe.cluster, AT + i * 9 * TS_MS, i * 9 * TS_MS);
		ts_probing_arrived(&twice, probe.cluster, AT + i * 9 * TS_MS, i * 9 * TS_MS, 1000);
	}
	double bps = ts_probing_result(&once, AT + S);
	assert_true(bps > 800e3 && bps < 1000e3);
	assert_true(ts_probing_result(&twice, AT + S) == bps);
}

static void numbers_and_strangers(void **state)
{
	struct ts_probing p = {0};
	struct ts_probe probe;
	int64_t now = AT;
	(void)state;
	for (int i = 1; i < 600; i++, now += 20 * S) {
		assert_true(next(&p, &probe, 300e3, now));
		assert_int_equal(probe.cluster, (i - 1) % 255 + 1);
		tell(&p, (uint8_t)(probe.cluster + 1), now, now);
		assert_int_equal(p.packets, 0);
	}
	ts_probing_defer(&p, now + S);
	assert_false(next(&p, &probe, 300e3, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),
		cmocka_unit_test(the_first_one),
		cmocka_unit_test(jitter),
		cmocka_unit_test(faster_and_faster),
		cmocka_unit_test(fails_and_waits),
		cmocka_unit_test(late_ones),
		cmocka_unit_test(numbers_and_strangers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
