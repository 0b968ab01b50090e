#include "base/error.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/estimate.h"

#define S TS_NS_PER_S
#define START (1000 * S)
#define PEER (-50 * S)

static const struct ts_estimate_config config = {300000, 50000, 5000000};

static struct ts_estimate *make(void)
{
	struct ts_estimate *e = NULL;
	if (ts_estimate_create(&e, &config)) fail();
	return e;
}

enum { PACKETS = 2000 };

/* Sends bps for for_ns in packets of 10 ms; each 100 ms what has arrived is told; way_ns is that of
 * a packet, as it grows by grows each; a share of 1 / lost_of is lost. Returns when it is then. */
struct course {
	uint32_t bps;
	int64_t for_ns, grows_ns;
	int lost_of;
	int told_times; /* each message: 0 and 1 once */
};

static int64_t go(struct ts_estimate *e, const struct course *c, int64_t now_ns)
{
	static struct ts_estimate_packet packet[PACKETS];
	static int64_t arrives_ns[PACKETS];
	int64_t way_ns = 40 * TS_MS, came = 0;
	assert_true(c->for_ns / (10 * TS_MS) <= PACKETS);
	uint32_t bytes = c->bps / 800;
	for (int64_t t = 0, i = 0; t < c->for_ns; t += 10 * TS_MS, i++) {
		ts_estimate_sent(e, bytes, now_ns + t);
		bool lost = c->lost_of && i % c->lost_of == 0;
		arrives_ns[i] = now_ns + t + way_ns;
		packet[i] = (struct ts_estimate_packet){.sent_ns = now_ns + t,
			.arrived_ns = lost ? TS_ESTIMATE_LOST : PEER + arrives_ns[i],
			.bytes = bytes};
		way_ns += c->grows_ns;
		if (i % 10 != 9) continue;
		int64_t told = came;
		while (came <= i && arrives_ns[came] < now_ns + t) came++;
		for (int k = 0; k < (c->told_times ? c->told_times : 1); k++)
			ts_estimate_feedback(
				e, packet + told, (size_t)(came - told), now_ns + t + 1);
	}
	return now_ns + c->for_ns;
}

static void config_is_checked(void **state)
{
	static const struct ts_estimate_config bad[] = {
		{0, 0, 0}, {100, 0, 1000}, {100, 200, 1000}, {2000, 100, 1000}};
	struct ts_estimate *e = NULL;
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(bad); i++)
		assert_int_equal(ts_estimate_create(&e, &bad[i]), TS_EINVAL);
	e = make();
	assert_int_equal(ts_estimate_bps(e), 300000);
	ts_estimate_destroy(&e);
	assert_null(e);
}

static void courses(void **state)
{
	static const struct {
		const char *name;
		struct course course;
		uint32_t least, most;
	} rows[] = {
		{"rises with what is sent", {1000000, 10 * S, 0, 0, 0}, 500000, 1550000},
		{"not by the same told twice", {300000, 2 * S, 0, 0, 2}, 300000, 400000},
		{"stays where little is sent", {100000, 20 * S, 0, 0, 0}, 300000, 300000},
		{"sinks where a queue grows", {300000, 3 * S, 3 * TS_MS, 0, 0}, 50000, 260000},
		{"all is lost", {300000, 10 * S, 0, 1, 0}, 50000, 100000},
		{"half is lost", {300000, 10 * S, 0, 2, 0}, 50000, 200000},
		{"nothing in the packets", {0, 10 * S, 0, 0, 0}, 300000, 300000},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_estimate *e = make();
		go(e, &rows[i].course, START);
		uint32_t bps = ts_estimate_bps(e);
		if (bps < rows[i].least || bps > rows[i].most)
			fail_msg("%s: %u", rows[i].name, bps);
		ts_estimate_destroy(&e);
	}
}

static void peer_limits(void **state)
{
	static const struct course course = {300000, 5 * S, 0, 0, 0};
	struct ts_estimate *e = make();
	struct ts_probe probe;
	(void)state;
	int64_t now = go(e, &course, START);
	ts_estimate_limit(e, 200000, now);
	assert_int_equal(ts_estimate_bps(e), 200000);
	assert_false(ts_estimate_probe(e, &probe, 5000000, now));
	ts_estimate_limit(e, 1, now);
	assert_int_equal(ts_estimate_bps(e), config.min_bps);
	ts_estimate_limit(e, 0, now);
	assert_true(ts_estimate_bps(e) >= 300000);
	assert_true(ts_estimate_probe(e, &probe, 5000000, now));
	ts_estimate_destroy(&e);
}

/* A peer that gave feedback and gives none any more. What is not sent cannot be answered. */
static void silence(void **state)
{
	static const struct course course = {300000, 5 * S, 0, 0, 0};
	struct ts_estimate *e = make();
	(void)state;
	int64_t now = go(e, &course, START);
	uint32_t before = ts_estimate_bps(e);
	now += 100 * S;
	for (int i = 0; i < 190; i++, now += 10 * TS_MS) ts_estimate_sent(e, 400, now);
	assert_int_equal(ts_estimate_bps(e), before);
	for (int i = 0; i < 310; i++, now += 10 * TS_MS) ts_estimate_sent(e, 400, now);
	assert_in_range(ts_estimate_bps(e), before * 0.4, before * 0.6);
	for (int i = 0; i < 6000; i++, now += 10 * TS_MS) ts_estimate_sent(e, 400, now);
	assert_int_equal(ts_estimate_bps(e), config.min_bps);
	ts_estimate_destroy(&e);
}

/* Reports each second while 300 kbit/s or the target, if it is less, are sent. */
static int64_t reported(struct ts_estimate *e, int n, uint16_t permille, int64_t now)
{
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < 100; k++, now += 10 * TS_MS)
			ts_estimate_sent(e, ts_estimate_bps(e) / 800, now);
		ts_estimate_report(e, permille, 80 * TS_MS, now);
	}
	return now;
}

static void reports_alone(void **state)
{
	struct ts_estimate *e = make();
	struct ts_probe probe;
	(void)state;
	int64_t now = reported(e, 10, 0, START);
	uint32_t high = ts_estimate_bps(e);
	assert_in_range(high, 500000, 800000);                    /* 8 % a second */
	assert_false(ts_estimate_probe(e, &probe, 5000000, now)); /* nothing would come of it */
	now = reported(e, 1, 300, now);
	assert_true(ts_estimate_bps(e) < 0.7 * high);
	now = reported(e, 20, 1000, now);
	assert_int_equal(ts_estimate_bps(e), config.min_bps);
	ts_estimate_destroy(&e);
}

/* Five packets at what is wanted, before anything else: who is behind a thin way is known before
 * pictures are on it, and who is not loses nothing by it. */
static void what_passes_is_known_before_it_is_used(void **state)
{
	static const struct {
		const char *name;
		int64_t apart_us; /* as they arrive */
		uint32_t least_bps, most_bps;
		bool filled;
	} rows[] = {
		{"wide", 2783, 2800000, 2875000, false},
		{"thin", 24000, 180000, 420000, true},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_estimate *e = make();
		struct ts_estimate_packet packet[6];
		struct ts_probe probe, second;
		assert_false(ts_estimate_known(e));
		assert_false(ts_estimate_probe(e, &probe, 300000, START)); /* the guess is enough */
		assert_true(ts_estimate_probe(e, &probe, 2500000, START));
		assert_int_equal(probe.bps, 2875000);
		assert_int_equal(probe.bytes, 6000);
		assert_false(ts_estimate_probe(e, &second, 2500000, START + TS_MS));
		for (int k = 0; k < 6; k++) {
			packet[k] = (struct ts_estimate_packet){
				.sent_ns = START + k * 2783 * TS_NS_PER_US,
				.arrived_ns = PEER + START + k * rows[i].apart_us * TS_NS_PER_US,
				.bytes = 1000,
				.probe = probe.cluster};
			ts_estimate_sent(e, 1000, packet[k].sent_ns);
		}
		const int64_t now = START + 200 * TS_MS;
		assert_false(ts_estimate_known(e));
		ts_estimate_feedback(e, packet, 6, now);
		assert_true(ts_estimate_known(e));
		const uint32_t bps = ts_estimate_bps(e);
		if (bps < rows[i].least_bps || bps > rows[i].most_bps)
			fail_msg("%s: %u", rows[i].name, bps);
		assert_int_equal(ts_estimate_filled(e, now), rows[i].filled);
		assert_false(ts_estimate_filled(e, now + 3 * S)); /* for now */
		ts_estimate_destroy(&e);
	}
}

static void limit_alone(void **state)
{
	struct ts_estimate *e = make();
	(void)state;
	ts_estimate_limit(e, 900000, START);
	assert_int_equal(ts_estimate_bps(e), 900000); /* the peer has measured it */
	ts_estimate_limit(e, UINT32_MAX, START);
	assert_int_equal(ts_estimate_bps(e), config.max_bps);
	ts_estimate_limit(e, 200000, START);
	assert_int_equal(ts_estimate_bps(e), 200000);
	reported(e, 3, 0, START);
	assert_int_equal(ts_estimate_bps(e), 200000);
	ts_estimate_destroy(&e);
}

/* Feedback counts, a report's loss (of repaired packets, perhaps) does not. */
static void feedback_before_reports(void **state)
{
	static const struct course course = {300000, 5 * S, 0, 0, 0};
	struct ts_estimate *e = make();
	(void)state;
	int64_t now = go(e, &course, START);
	uint32_t before = ts_estimate_bps(e);
	ts_estimate_report(e, 500, 80 * TS_MS, now);
	ts_estimate_report(e, 65535, -5, now);
	assert_int_equal(ts_estimate_bps(e), before);
	ts_estimate_destroy(&e);
}

static void times_that_cannot_be(void **state)
{
	static const int64_t times[] = {
		INT64_MIN, INT64_MIN + 1, -1, 0, START + 1, START - 61 * S, INT64_MAX};
	struct ts_estimate *e = make();
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(times); i++)
		for (size_t k = 0; k < TS_ARRAY_LEN(times); k++) {
			struct ts_estimate_packet p = {times[i], times[k], UINT32_MAX, 1, i == k};
			ts_estimate_feedback(e, &p, 1, START);
			p.sent_ns = START - S;
			ts_estimate_feedback(e, &p, 1, START - (int64_t)i * S);
		}
	ts_estimate_feedback(e, NULL, 0, START);
	assert_in_range(ts_estimate_bps(e), config.min_bps, 450000);
	ts_estimate_destroy(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_is_checked),
		cmocka_unit_test(courses),
		cmocka_unit_test(peer_limits),
		cmocka_unit_test(silence),
		cmocka_unit_test(reports_alone),
		cmocka_unit_test(what_passes_is_known_before_it_is_used),
		cmocka_unit_test(limit_alone),
		cmocka_unit_test(feedback_before_reports),
		cmocka_unit_test(times_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
