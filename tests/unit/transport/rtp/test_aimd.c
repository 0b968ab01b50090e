#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/aimd.h"

#define S TS_NS_PER_S
#define AT (100 * S)

/* Feedback each 100 ms, all as in. */
static int64_t updates(struct ts_aimd *a, const struct ts_aimd_input *in, int n, int64_t now_ns)
{
	for (int i = 0; i < n; i++, now_ns += 100 * TS_MS) ts_aimd_update(a, in, now_ns);
	return now_ns;
}

static void after_ten_seconds(void **state)
{
	static const struct {
		const char *name;
		struct ts_aimd_input in;
		double least, most;
	} rows[] = {
		{"8 % a second",
			{TS_USAGE_NORMAL, 1e6, 1e6, 1e6, 50 * TS_MS, 0, false, false, false, false},
			2.1e6 * 0.7, 1.52e6},
		{"not above what is acknowledged",
			{TS_USAGE_NORMAL, 0.7e6, 0.7e6, 1e6, 50 * TS_MS, 0, false, false, false,
				false},
			1.06e6, 1.061e6},
		{"nothing acknowledged",
			{TS_USAGE_NORMAL, 0, 0, 1e6, 50 * TS_MS, 0, false, false, false, false},
			1e6, 1e6},
		{"limited by the application",
			{TS_USAGE_NORMAL, 1e6, 1e6, 1e6, 50 * TS_MS, 0, true, false, false, false},
			1e6, 1e6},
		{"a queue that empties",
			{TS_USAGE_UNDER, 1e6, 1e6, 1e6, 50 * TS_MS, 0, false, false, false, false},
			1e6, 1e6},
		{"overuse",
			{TS_USAGE_OVER, 0.9e6, 0.9e6, 1e6, 50 * TS_MS, 100 * TS_MS, false, false,
				false, false},
			0.85 * 0.9e6, 0.85 * 0.9e6},
		{"overuse, nothing acknowledged",
			{TS_USAGE_OVER, 0, 0, 1e6, 50 * TS_MS, 0, false, false, false, false}, 5e4,
			5e4},
		{"overuse of others, little sent",
			{TS_USAGE_OVER, 0.15e6, 0.15e6, 0.15e6, 50 * TS_MS, 0, true, false, false,
				false},
			0.15e6, 0.15e6},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_aimd a;
		ts_aimd_init(&a, 1e6, 5e4, 1e7);
		updates(&a, &rows[i].in, 101, AT);
		if (a.bps < rows[i].least - 1 || a.bps > rows[i].most + 1)
			fail_msg("%s: %.0f", rows[i].name, a.bps);
	}
}

static void one_overuse(void **state)
{
	static const struct {
		const char *name;
		bool limited;
		double acked, sent, bps;
	} rows[] = {
		{"what arrives decides", false, 0.8e6, 1e6, 0.68e6},
		{"little sent takes little", true, 0.15e6, 0.15e6, 0.85e6},
		{"little sent, less arrives", true, 0.2e6, 0.5e6, 0.17e6},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_aimd a;
		struct ts_aimd_input in = {TS_USAGE_OVER, rows[i].acked, rows[i].acked,
			rows[i].sent, 50 * TS_MS, 0, rows[i].limited, false, false, false};
		ts_aimd_init(&a, 1e6, 5e4, 1e7);
		ts_aimd_update(&a, &in, AT);
		if (a.bps < rows[i].bps - 1 || a.bps > rows[i].bps + 1)
			fail_msg("%s: %.0f", rows[i].name, a.bps);
		ts_aimd_update(&a, &in, AT + 1); /* not twice in a round trip */
		if (!rows[i].limited) assert_true(a.bps >= rows[i].bps - 1);
	}
}

/* Near the rate at which it became too much: by packets, not by shares. */
static void slower_near_capacity(void **state)
{
	struct ts_aimd a;
	struct ts_aimd_input in = {
		TS_USAGE_OVER, 1e6, 1e6, 1e6, 100 * TS_MS, 0, false, false, false, false};
	int64_t now;
	(void)state;
	ts_aimd_init(&a, 1e6, 5e4, 1e7);
	now = updates(&a, &in, 1, AT);
	in.usage = TS_USAGE_NORMAL;
	updates(&a, &in, 11, now);
	assert_true(a.bps > 0.85e6 + 20e3 &&
		a.bps < 0.85e6 + 50e3); /* 8300 bit each 200 ms: 41 kbit/s */
	in.acked_bps = 1.3e6;           /* the link has become wider */
	now = updates(&a, &in, 11, now + 1100 * TS_MS);
	assert_true(a.bps > 0.85e6 + 80e3);
}

/* What we have filled ourselves is emptied by a fifth of what passes, not for ever. */
static void drains(void **state)
{
	struct ts_aimd a;
	struct ts_aimd_input in = {
		TS_USAGE_OVER, 1e6, 0.3e6, 3e6, 100 * TS_MS, 2 * S, false, false, false, false};
	(void)state;
	ts_aimd_init(&a, 3e6, 5e4, 1e7);
	int64_t now = updates(&a, &in, 1, AT);
	assert_true(ts_aimd_bps(&a) == 0.06e6);
	assert_true(a.bps > 0.25e6 && a.bps < 0.26e6);
	in.usage = TS_USAGE_UNDER;
	now = updates(&a, &in, 20, now);
	assert_true(ts_aimd_bps(&a) == 0.06e6);
	in.queue_ns = 10 * TS_MS;
	now = updates(&a, &in, 1, now);
	assert_true(ts_aimd_bps(&a) == a.bps);
	ts_aimd_init(&a, 3e6, 5e4, 1e7); /* somebody else fills it */
	in.usage = TS_USAGE_OVER;
	in.queue_ns = 2 * S;
	now = updates(&a, &in, 1, now);
	in.usage = TS_USAGE_NORMAL;
	updates(&a, &in, 32, now);
	assert_true(ts_aimd_bps(&a) == a.bps);
}

static void stays_in_bounds(void **state)
{
	struct ts_aimd a;
	uint32_t random = 9;
	(void)state;
	ts_aimd_init(&a, 3e5, 5e4, 1e6);
	for (int i = 0; i < 100000; i++) {
		struct ts_aimd_input in = {(enum ts_usage)(ts_test_random(&random) % 3),
			ts_test_random(&random) % 5 ? ts_test_random(&random) : 0,
			ts_test_random(&random) % 5 ? ts_test_random(&random) / 2 : 0,
			ts_test_random(&random), ts_test_random(&random), ts_test_random(&random),
			ts_test_random(&random) & 1, ts_test_random(&random) % 3 == 0,
			ts_test_random(&random) % 3 == 0, ts_test_random(&random) % 3 == 0};
		ts_aimd_update(&a, &in, AT + i * (int64_t)(random % 100) * TS_MS);
		if (i % 1000 == 0) ts_aimd_set(&a, random);
		assert_true(a.bps >= 5e4 && a.bps <= 1e6);
		assert_true(ts_aimd_bps(&a) >= 5e4 && ts_aimd_bps(&a) <= 1e6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_ten_seconds),
		cmocka_unit_test(one_overuse),
		cmocka_unit_test(slower_near_capacity),
		cmocka_unit_test(drains),
		cmocka_unit_test(stays_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
