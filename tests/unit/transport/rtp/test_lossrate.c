#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/lossrate.h"

#define S TS_NS_PER_S

/* A way for the rate: takes so much, loses the rest and a share of all; 100 packets a second. */
struct way {
	struct ts_lossrate loss;
	double target_bps; /* without a cap */
	double takes_bps, loses;
	uint32_t random;
	int64_t now_ns;
	double bps, least_bps;
};

static void pass(struct way *w, int64_t for_ns)
{
	int64_t end_ns = w->now_ns + for_ns;
	w->least_bps = 1e12;
	while (w->now_ns < end_ns) {
		w->bps = w->target_bps < w->loss.cap_bps ? w->target_bps : w->loss.cap_bps;
		if (w->bps < w->least_bps) w->least_bps = w->bps;
		double passes = w->bps > w->takes_bps ? w->takes_bps / w->bps : 1;
		passes *= 1 - w->loses;
		for (int i = 0; i < 10; i++, w->now_ns += 10 * TS_MS)
			ts_lossrate_packet(&w->loss, w->now_ns,
				ts_test_random(&w->random) / 4294967296.0 >= passes);
		struct ts_lossrate_input in = {.target_bps = w->bps, .acked_bps = w->bps * passes};
		ts_lossrate_update(&w->loss, &in, w->now_ns);
	}
}

static void after_a_minute(void **state)
{
	static const struct {
		const char *name;
		double takes_bps, loses, least, most; /* the rates of the last half minute */
	} rows[] = {
		{"nothing is lost", 1e9, 0, 2e6, 2e6},
		{"1 % is nothing", 1e9, 0.01, 1.9e6, 2e6},
		{"5 % that stay", 1e9, 0.05, 1.2e6, 2e6},
		{"10 % that stay", 1e9, 0.1, 1.2e6, 2e6},
		{"20 % that stay", 1e9, 0.2, 1.2e6, 2e6},
		{"a policer", 1e6, 0, 0.7e6, 1.2e6},
		{"a policer and 10 %", 1e6, 0.1, 0.6e6, 1.3e6},
		{"a policer of a tenth", 0.2e6, 0, 0.12e6, 0.26e6},
		{"all is lost", 0, 0, 0, 0.01e6},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct way w = {.target_bps = 2e6,
			.takes_bps = rows[i].takes_bps,
			.loses = rows[i].loses,
			.random = 77,
			.now_ns = 100 * S};
		ts_lossrate_init(&w.loss);
		pass(&w, 30 * S);
		pass(&w, 30 * S);
		if (w.least_bps < rows[i].least || w.bps > rows[i].most)
			fail_msg("%s: %.0f to %.0f", rows[i].name, w.least_bps, w.bps);
	}
}

static void inherent_loss_is_forgotten(void **state)
{
	struct way w = {
		.target_bps = 2e6, .takes_bps = 1e9, .loses = 0.15, .random = 7, .now_ns = 10 * S};
	(void)state;
	ts_lossrate_init(&w.loss);
	pass(&w, 20 * S);
	assert_true(w.loss.inherent > 0.08 && w.loss.inherent < 0.25);
	w.loses = 0;
	pass(&w, 10 * S);
	assert_true(w.loss.inherent < 0.01);
	assert_true(w.bps == 2e6);
}

/* Told as lost, and there a little later. */
static void late_ones_are_not_lost(void **state)
{
	struct ts_lossrate l;
	struct ts_lossrate_input in = {.target_bps = 1e6, .acked_bps = 1e6};
	int64_t now = 100 * S;
	(void)state;
	ts_lossrate_init(&l);
	for (int i = 0; i < 100; i++, now += 10 * TS_MS) {
		ts_lossrate_packet(&l, now, i % 2);
		if (i % 2) ts_lossrate_found(&l, now);
	}
	ts_lossrate_update(&l, &in, now);
	assert_false(l.testing);
	assert_true(l.cap_bps == TS_LOSSRATE_FREE);
	ts_lossrate_found(&l, now); /* of the window before */
	assert_int_equal(l.lost, 0);
}

static void reports(void **state)
{
	struct ts_lossrate l;
	struct ts_lossrate_input in = {.target_bps = 1e6, .acked_bps = 0.8e6};
	int64_t now = 100 * S;
	(void)state;
	ts_lossrate_init(&l);
	ts_lossrate_report(&l, 0, &in, now);
	assert_true(l.cap_bps == TS_LOSSRATE_FREE);
	ts_lossrate_report(&l, 0.2, &in, now += S);
	assert_true(l.cap_bps < 0.7e6 && l.testing);
	in.target_bps = l.cap_bps;
	ts_lossrate_report(&l, 0, &in, now += S); /* it was too much */
	assert_false(l.testing);
	assert_true(l.cap_bps < 0.7e6 && l.inherent == 0);
	for (int i = 0; i < 60 && l.cap_bps < TS_LOSSRATE_FREE; i++)
		ts_lossrate_report(&l, 0, &in, now += S);
	assert_true(l.cap_bps == TS_LOSSRATE_FREE);
}

static void probe_lifts_the_cap(void **state)
{
	struct way w = {.target_bps = 2e6, .takes_bps = 1e6, .random = 7, .now_ns = 10 * S};
	(void)state;
	ts_lossrate_init(&w.loss);
	pass(&w, 10 * S);
	assert_true(w.loss.cap_bps < 1.2e6);
	w.loss.testing = false;
	ts_lossrate_passed(&w.loss, 1.8e6);
	assert_true(w.loss.cap_bps == 1.8e6);
	ts_lossrate_passed(&w.loss, 1e6);
	assert_true(w.loss.cap_bps == 1.8e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_minute),
		cmocka_unit_test(inherent_loss_is_forgotten),
		cmocka_unit_test(late_ones_are_not_lost),
		cmocka_unit_test(reports),
		cmocka_unit_test(probe_lifts_the_cap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
