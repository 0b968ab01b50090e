/* Networks that are simulated: what is sent, what arrives, what the peer says about it. */
#include "mixer/scene/tier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS
#define S TS_NS_PER_S

static const struct ts_tier_rates five = {5, {1500000, 900000, 500000, 250000, 120000}};
enum { AUDIO_BPS = 64000, TOP = 0, LAST = 4 };

/* A way of so many bit/s (0: any), with random loss, and what its peer tells. */
struct way {
	uint32_t bps;
	int loss_permille;
	bool remb;          /* else nothing but reports */
	bool cc;            /* there is an estimate */
	int motion_percent; /* of the step's rate that the encoder makes */
	uint32_t cap_bps;   /* TMMBR */
};

static struct ts_tier tier;
static struct ts_network network;
static struct ts_tier_facts facts;
static int64_t now_ns, moved_ns;
static int downs, ups;

static int setup(void **state)
{
	(void)state;
	now_ns = 1000 * S;
	moved_ns = INT64_MIN / 2;
	downs = ups = 0;
	network = (struct ts_network){0};
	facts = (struct ts_tier_facts){.network = &network,
		.rates = &five,
		.audio_bps = AUDIO_BPS,
		.shared = true,
		.others_bps = UINT32_MAX,
		.taken_bps = {1500000, 900000, 500000, 250000, 120000}};
	ts_tier_init(&tier, now_ns);
	return 0;
}

static size_t step(void)
{
	return ts_tier_step(&tier, &five);
}

static void note(enum ts_tier_change change)
{
	downs += change == TS_TIER_DOWN;
	ups += change == TS_TIER_UP;
	if (change != TS_TIER_STAYS) moved_ns = now_ns;
	facts.moving = now_ns - moved_ns < 300 * MS;
}

/* Goes on for so long; an event each 100 ms, a report each second, both as a peer would tell. */
static void go(const struct way *w, int64_t ms)
{
	for (int64_t at = 0; at < ms; at += 100) {
		uint64_t sent = (uint64_t)five.bps[step()] * (uint32_t)w->motion_percent / 100;
		sent = sent * 106 / 100 + AUDIO_BPS;
		uint64_t passes = w->bps && w->bps < sent ? w->bps : sent;
		network.sent_bps = (uint32_t)sent;
		network.peer_bps = w->cap_bps;
		if (w->remb)
			network.peer_bps = (uint32_t)(w->bps && w->bps < sent ? w->bps
									      : sent * 3 / 2);
		if (w->cc) {
			network.estimate_bps = w->bps ? w->bps : 5000000;
			network.app_limited = sent < network.estimate_bps;
		}
		if (now_ns / MS % 1000 == 0) {
			network.reports++;
			network.loss_permille = (uint16_t)((sent - passes) * 1000 / sent +
				(uint64_t)w->loss_permille);
		}
		note(ts_tier_run(&tier, &facts, now_ns));
		now_ns += 100 * MS;
	}
}

static void request(void)
{
	note(ts_tier_keyframe_request(&tier, &facts, now_ns));
}

/* ---- rows: a way, and the step that its receiver has after some time */

static void the_step_that_fits(void **state)
{
	static const struct {
		const char *name;
		struct way way;
		int64_t ms;
		size_t step;
		int changes_most;
	} rows[] = {
		{"fast, REMB", {.remb = true, .motion_percent = 100}, 60000, TOP, 0},
		{"fast, reports", {.motion_percent = 100}, 60000, TOP, 0},
		{"fast, estimate", {.cc = true, .motion_percent = 100}, 60000, TOP, 0},
		/* the trap: a REMB of 1.5 times of hardly anything */
		{"still picture, REMB", {.remb = true, .motion_percent = 5}, 60000, TOP, 0},
		{"still picture, estimate", {.bps = 300000, .cc = true, .motion_percent = 5}, 60000,
			TOP, 0},
		{"500 kbit/s, REMB", {.bps = 500000, .remb = true, .motion_percent = 100}, 4000, 3,
			1},
		{"500 kbit/s, reports", {.bps = 500000, .motion_percent = 100}, 4000, 3, 1},
		{"500 kbit/s, estimate", {.bps = 500000, .cc = true, .motion_percent = 100}, 4000,
			3, 1},
		{"700 kbit/s, estimate", {.bps = 700000, .cc = true, .motion_percent = 100}, 60000,
			2, 1},
		{"100 kbit/s, estimate", {.bps = 100000, .cc = true, .motion_percent = 100}, 60000,
			LAST, 1},
		{"1.2 Mbit/s, shared: others shall not suffer",
			{.bps = 1200000, .cc = true, .motion_percent = 100}, 60000, 1, 1},
		{"5 % loss", {.loss_permille = 50, .motion_percent = 100}, 60000, TOP, 0},
		{"5 % loss, REMB", {.loss_permille = 50, .remb = true, .motion_percent = 100},
			60000, TOP, 0},
		{"TMMBR of 400 kbit/s", {.cap_bps = 400000, .motion_percent = 100}, 60000, 3, 1},
		{"TMMBR of 400 kbit/s, still", {.cap_bps = 400000, .motion_percent = 5}, 60000, TOP,
			0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		setup(NULL);
		go(&rows[i].way, rows[i].ms);
		if (step() != rows[i].step || downs + ups > rows[i].changes_most)
			fail_msg("%s: step %zu, %d down, %d up", rows[i].name, step(), downs, ups);
		assert_int_equal(tier.why, step() ? TS_TIER_NETWORK : TS_TIER_FREE);
	}
}

/* ---- up */

static const struct way fast = {.motion_percent = 100};
static const struct way thin = {.bps = 500000, .motion_percent = 100};
static const struct way fast_cc = {.cc = true, .motion_percent = 100};
static const struct way thin_cc = {.bps = 500000, .cc = true, .motion_percent = 100};

static void without_an_estimate_up_by_trials(void **state)
{
	(void)state;
	go(&thin, 5000);
	assert_int_equal(step(), 3);
	const int64_t down_ns = tier.changed_ns;
	assert_int_equal(tier.trial_ns - down_ns, 10 * S);
	go(&fast, 5000);
	assert_int_equal(ups, 0);
	go(&fast, 3000);
	assert_int_equal(ups, 1);
	assert_int_equal(step(), 2);
	assert_int_equal(tier.why, TS_TIER_NETWORK);
	assert_int_equal(tier.changed_ns - down_ns, 10 * S);
	go(&fast, 22000);
	assert_int_equal(step(), TOP);
	assert_int_equal(tier.why, TS_TIER_FREE);
	assert_int_equal(tier.trial_ns, INT64_MAX);
}

static void a_trial_that_fails_is_over_at_once_and_the_next_one_waits_longer(void **state)
{
	(void)state;
	const int64_t every[] = {20 * S, 40 * S, 40 * S};
	go(&thin, 5000);
	for (size_t i = 0; i < sizeof(every) / sizeof(*every); i++) {
		while (ups == (int)i) go(&thin, 100);
		assert_int_equal(step(), 2);
		const int64_t up_ns = tier.changed_ns;
		go(&thin, 2000);
		assert_int_equal(step(), 3);
		assert_true(tier.changed_ns - up_ns < 2 * S);
		assert_int_equal(tier.trial_ns - tier.changed_ns, every[i]);
	}
	assert_int_equal(downs, 4);
}

static void no_trial_where_reports_are_bad(void **state)
{
	(void)state;
	const struct way lossy = {.loss_permille = 150, .motion_percent = 100};
	go(&lossy, 60000);
	assert_int_equal(step(), LAST);
	assert_int_equal(ups, 0);
}

static void with_an_estimate_up_as_far_as_it_has_fitted_for_3_s(void **state)
{
	(void)state;
	go(&thin_cc, 5000);
	assert_int_equal(step(), 3);
	const int64_t open_ns = now_ns;
	go(&fast_cc, 10000);
	assert_int_equal(step(), TOP);
	assert_int_equal(ups, 1);
	assert_in_range(tier.changed_ns - open_ns, 3 * S, 4 * S);
}

/* A link that swings between 3 Mbit/s and 300 kbit/s: down at once, up ever later. */
static void a_link_that_swings(void **state)
{
	(void)state;
	const struct way wide = {.bps = 3000000, .cc = true, .motion_percent = 100},
			 narrow = {.bps = 300000, .cc = true, .motion_percent = 100};
	go(&wide, 15000);
	for (int i = 0; i < 6; i++) {
		go(&narrow, 300);
		assert_true(step() >= 3);
		go(&narrow, 14700);
		assert_true(step() >= 3);
		go(&wide, 15000);
		assert_int_equal(step(), TOP);
	}
	assert_int_equal(downs, 6);
	assert_int_equal(ups, 6);
}

/* Ups that are lost soon after make the next ones wait longer. */
static void who_falls_back_waits_longer(void **state)
{
	(void)state;
	go(&thin_cc, 4000);
	for (int64_t for_ns = 6 * S; for_ns <= 12 * S; for_ns += 6 * S) {
		int before = ups;
		while (ups == before) go(&fast_cc, 100);
		go(&thin_cc, 4000);
		assert_int_equal(step(), 3);
		assert_int_equal(tier.fits_for_ns, for_ns);
	}
}

static void a_new_estimate_has_time_to_find_its_way(void **state)
{
	(void)state;
	const struct way low = {.bps = 300000, .cc = true, .motion_percent = 100};
	go(&low, 1900);
	assert_int_equal(step(), TOP);
	assert_int_equal(tier.target_bps, UINT32_MAX);
	go(&low, 300);
	assert_true(step() >= 3);
}

/* They need not wait until it has learned: what stands on the way has shown what passes. */
static void a_new_estimate_that_a_queue_confirms_counts_at_once(void **state)
{
	(void)state;
	const struct way low = {.bps = 300000, .cc = true, .motion_percent = 100};
	go(&low, 300);
	network.way_queue_ms = 99;
	go(&low, 100);
	assert_int_equal(step(), TOP);
	network.way_queue_ms = 100;
	go(&low, 100);
	assert_true(step() >= 3);
	assert_int_equal(tier.why, TS_TIER_NETWORK);
}

/* A queue of others, in which as much arrives as before, lowers no estimate. */
static void a_queue_alone_is_no_reason(void **state)
{
	(void)state;
	network.way_queue_ms = 300;
	go(&fast_cc, 5000);
	assert_int_equal(step(), TOP);
}

/* Only what a probe has filled the way with says so much at once. */
static void a_new_estimate_of_a_filled_way_counts_at_once(void **state)
{
	(void)state;
	const struct way low = {.bps = 300000, .cc = true, .motion_percent = 100};
	network.filled = true;
	go(&low, 100);
	assert_true(step() >= 3);
	assert_int_equal(tier.why, TS_TIER_NETWORK);
}

/* Sent with 0.7 of its rate a step is better than the one below; one that others have is sent with
 * what they take. */
static void the_step_above_with_part_of_its_rate(void **state)
{
	static const struct {
		const char *name;
		uint32_t taken_bps; /* of the step above */
		uint32_t bps;
		size_t step;
	} rows[] = {
		{"0.7 of it, nobody has it", 0, 900000 * 7 / 10, 1},
		{"less", 0, 900000 * 6 / 10, 2},
		{"others take all of it", 900000, 900000 * 7 / 10, 2},
		{"others take 0.8 of it", 900000 * 8 / 10, 900000 * 8 / 10, 1},
		{"others take 0.6 of it", 900000 * 6 / 10, 900000 * 7 / 10, 1},
		{"what others take is no more than its rate", UINT32_MAX, 900000, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		setup(NULL);
		go(&thin_cc, 5000);
		assert_int_equal(step(), 3);
		facts.taken_bps[1] = rows[i].taken_bps;
		const struct way w = {
			.bps = (uint32_t)(rows[i].bps * UINT64_C(112) / 100 * 106 / 100) +
				AUDIO_BPS,
			.cc = true,
			.motion_percent = 100};
		go(&w, 20000);
		if (step() != rows[i].step) fail_msg("%s: step %zu", rows[i].name, step());
	}
}

/* Who is squeezed goes where they do not hold up others, if these could have more. */
static void who_is_squeezed_with_others_stays(void **state)
{
	(void)state;
	const struct way w = {.bps = 1200000, .cc = true, .motion_percent = 100};
	facts.others_bps = 1150000;
	go(&w, 20000);
	assert_int_equal(step(), TOP);
	facts.others_bps = 1500000;
	go(&w, 20000);
	assert_true(step() > TOP);
}

static void the_target_is_what_video_may_take(void **state)
{
	(void)state;
	facts.shared = false;
	const struct way w = {.bps = 1200000, .cc = true, .motion_percent = 100};
	go(&w, 20000);
	assert_int_equal(step(), TOP); /* alone: its bitrate follows */
	assert_int_equal(tier.target_bps, (1200000 - AUDIO_BPS) * UINT64_C(100) / 106);
	assert_int_equal(ts_tier_wanted_bps(&tier, &facts), 1500000 * 106 / 100 + AUDIO_BPS);
	go(&thin_cc, 1000);
	assert_int_equal(
		ts_tier_next_bps(&tier, &facts), 500000 * 106 / 100 * 110 / 100 + AUDIO_BPS);
	assert_int_equal(
		ts_tier_wanted_bps(&tier, &facts), 1500000 * 106 / 100 * 110 / 100 + AUDIO_BPS);
	network.estimate_bps = 1000; /* less than sound takes */
	ts_tier_run(&tier, &facts, now_ns);
	assert_int_equal(tier.target_bps, 0);
}

/* ---- keyframe requests */

static void who_goes_on_requesting_goes_to_the_last_step(void **state)
{
	(void)state;
	int64_t down_ns[2] = {0};
	const int64_t begin_ns = now_ns;
	for (int i = 0; i < 300; i++) {
		request();
		if (downs && downs <= 2 && !down_ns[downs - 1]) down_ns[downs - 1] = now_ns;
		go(&fast, 100);
	}
	assert_int_equal(downs, 2);
	assert_int_equal(ups, 0);
	assert_int_equal(step(), LAST);
	assert_int_equal(down_ns[0] - begin_ns, 300 * MS);
	assert_in_range(down_ns[1] - down_ns[0], S, 3 * S);
	assert_int_equal(tier.why, TS_TIER_KEYFRAMES);
	assert_int_equal(tier.keyframe_requests, 300);
	/* it stops: up again, a step at a time */
	go(&fast, 9000);
	assert_int_equal(ups, 0);
	go(&fast, 2000);
	assert_int_equal(step(), 3);
	go(&fast, 40000);
	assert_int_equal(step(), TOP);
}

static void with_an_estimate_likewise(void **state)
{
	(void)state;
	go(&fast_cc, 5000);
	for (int i = 0; i < 100; i++) {
		request();
		go(&fast_cc, 100);
	}
	assert_int_equal(step(), LAST);
	assert_int_equal(tier.why, TS_TIER_KEYFRAMES);
	go(&fast_cc, 9000);
	assert_int_equal(step(), LAST);
	go(&fast_cc, 2000);
	assert_int_equal(step(), 3);
}

static void a_few_requests_cost_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		request();
		go(&fast, 700);
	}
	assert_int_equal(step(), TOP);
	assert_int_equal(tier.keyframe_requests, 20);
}

/* A thin way makes them request, but the way decides. */
static void requests_on_a_thin_way(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		if (step() == TOP) request();
		go(&thin, 100);
	}
	assert_int_equal(tier.why, TS_TIER_NETWORK);
	assert_int_equal(step(), 3);
}

/* ---- what peers may say */

static void whatever_numbers_come(void **state)
{
	(void)state;
	static const uint32_t odd[] = {0, 1, 1000, INT32_MAX, UINT32_MAX};
	enum { N = sizeof(odd) / sizeof(*odd) };
	const struct ts_tier_rates none = {0}, one = {1, {UINT32_MAX}};
	for (int i = 0; i < N * N * N * N; i++) {
		network = (struct ts_network){.estimate_bps = odd[i % N],
			.peer_bps = odd[i / N % N],
			.sent_bps = odd[i / N / N % N],
			.loss_permille = (uint16_t)odd[i / N / N / N],
			.reports = (uint32_t)i,
			.app_limited = i % 7 == 0};
		facts.rates = i % 3 == 0 ? &none : i % 3 == 1 ? &one : &five;
		ts_tier_run(&tier, &facts, now_ns);
		ts_tier_keyframe_request(&tier, &facts, now_ns);
		ts_tier_wanted_bps(&tier, &facts);
		ts_tier_next_bps(&tier, &facts);
		assert_true(ts_tier_step(&tier, facts.rates) < TS_LADDER_MAX);
		now_ns += S;
	}
}

static void another_ladder_keeps_the_limit(void **state)
{
	(void)state;
	const struct ts_tier_rates three = {3, {3000000, 1000000, 400000}},
				   low = {2, {200000, 100000}};
	go(&thin_cc, 5000);
	assert_int_equal(ts_tier_step(&tier, &three), 2);
	assert_int_equal(ts_tier_step(&tier, &low), 0);
	facts.rates = &low;
	ts_tier_run(&tier, &facts, now_ns);
	assert_int_equal(tier.why, TS_TIER_FREE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(the_step_that_fits),
		TEST(without_an_estimate_up_by_trials),
		TEST(a_trial_that_fails_is_over_at_once_and_the_next_one_waits_longer),
		TEST(no_trial_where_reports_are_bad),
		TEST(with_an_estimate_up_as_far_as_it_has_fitted_for_3_s),
		TEST(a_link_that_swings),
		TEST(who_falls_back_waits_longer),
		TEST(a_new_estimate_has_time_to_find_its_way),
		TEST(a_new_estimate_that_a_queue_confirms_counts_at_once),
		TEST(a_queue_alone_is_no_reason),
		TEST(a_new_estimate_of_a_filled_way_counts_at_once),
		TEST(the_step_above_with_part_of_its_rate),
		TEST(who_is_squeezed_with_others_stays),
		TEST(the_target_is_what_video_may_take),
		TEST(who_goes_on_requesting_goes_to_the_last_step),
		TEST(with_an_estimate_likewise),
		TEST(a_few_requests_cost_nothing),
		TEST(requests_on_a_thin_way),
		TEST(whatever_numbers_come),
		TEST(another_ladder_keeps_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
