#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/probing.h"

#define S TS_NS_PER_S
#define AT (100 * S)

/* n packets of 1000 bytes, left and came so far apart; result 0: none. */
static double shown(struct ts_probing *p, int n, int64_t sent_us, int64_t arrived_us, int64_t now)
{
	for (int i = 0; i < n; i++)
		ts_probing_packet(p, p->probe.cluster, now + i * sent_us * TS_NS_PER_US,
			-AT + i * arrived_us * TS_NS_PER_US, 1000);
	return ts_probing_result(p, now + 200 * TS_MS);
}

static void results(void **state)
{
	/* asked for: 900 kbit/s, so 5000 bytes, 8.9 ms a packet */
	static const struct {
		const char *name;
		int n;
		int64_t sent_us, arrived_us;
		double bps;
		bool passed;
	} rows[] = {
		{"passed", 6, 8889, 8889, 900e3, true},
		{"passed, jitter brought it together", 6, 8889, 6000, 900e3, true},
		{"filled the way", 6, 8889, 20000, 0.95 * 400e3, false},
		{"nearly passed", 6, 8889, 10500, 0.95 * 762e3, true},
		{"held back and let go at once", 6, 8889, 1000, 0, false},
		{"most did not come", 3, 8889, 8889, 0, false},
		{"some did not", 4, 8889, 8889, 0, false},
		{"left too fast", 6, 2000, 2000, 1.2 * 900e3, true},
		{"left at once", 6, 0, 8889, 0, false},
		{"came at once", 6, 8889, 0, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_probing p = {0};
		struct ts_probe probe;
		assert_true(ts_probing_next(&p, &probe, 300e3, 3e6, AT));
		assert_int_equal(probe.bps, 900000);
		assert_int_equal(probe.bytes, 5000);
		double bps = shown(&p, rows[i].n, rows[i].sent_us, rows[i].arrived_us, AT);
		if (bps < 0.99 * rows[i].bps || bps > 1.01 * rows[i].bps)
			fail_msg("%s: %.0f", rows[i].name, bps);
		bool again = ts_probing_next(&p, &probe, 900e3, 3e6, AT + S);
		if (again != rows[i].passed) fail_msg("%s: next %d", rows[i].name, again);
	}
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
		assert_true(ts_probing_next(&p, &probe, target, 3e6, now));
		assert_false(ts_probing_next(&p, &probe, target, 3e6, now)); /* one at a time */
		assert_int_equal(probe.bps, asked[i]);
		int64_t us = 8000000000LL / asked[i];
		target = shown(&p, (int)probe.bytes / 1000 + 1, us, us, now);
		assert_true(target > 0.95 * asked[i]);
	}
	assert_false(ts_probing_next(&p, &probe, target, 3e6, now)); /* nobody wants more */
	assert_true(probe.bytes >= 8600 && probe.bytes < 8700);      /* 20 ms of it */
}

static void fails_and_waits(void **state)
{
	static const int64_t waits_s[] = {5, 5, 10, 10};
	struct ts_probing p = {0};
	struct ts_probe probe;
	int64_t now = AT;
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(waits_s); i++) {
		assert_true(ts_probing_next(&p, &probe, 300e3, 3e6, now));
		shown(&p, 6, 8889, 30000, now);
		now += 200 * TS_MS + waits_s[i] * S;
		assert_false(ts_probing_next(&p, &probe, 300e3, 3e6, now - 1));
	}
	assert_true(ts_probing_next(&p, &probe, 300e3, 3e6, now)); /* no result of this one */
	assert_false(ts_probing_next(&p, &probe, 300e3, 3e6, now + 1600 * TS_MS));
	assert_int_equal(p.n_failed, 5);
	ts_probing_packet(&p, probe.cluster, now, now, 1000); /* too late */
	assert_int_equal(p.packets, 0);
}

static void numbers_and_strangers(void **state)
{
	struct ts_probing p = {0};
	struct ts_probe probe;
	int64_t now = AT;
	(void)state;
	for (int i = 1; i < 600; i++, now += 20 * S) {
		assert_true(ts_probing_next(&p, &probe, 300e3, 3e6, now));
		assert_int_equal(probe.cluster, (i - 1) % 255 + 1);
		ts_probing_packet(&p, (uint8_t)(probe.cluster + 1), now, now, 1000);
		assert_int_equal(p.packets, 0);
	}
	ts_probing_defer(&p, now + S);
	assert_false(ts_probing_next(&p, &probe, 300e3, 3e6, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),
		cmocka_unit_test(faster_and_faster),
		cmocka_unit_test(fails_and_waits),
		cmocka_unit_test(numbers_and_strangers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
