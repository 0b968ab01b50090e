#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/rivals.h"

#define S TS_NS_PER_S

/* A link of 1 Mbit/s: others send so much, whatever we do; we what we want, as far as we may. */
struct link {
	struct ts_rivals rivals;
	double others_bps, ours_bps;
	bool app_limited;
	double queue_s, queue_max_s, sent_bps, least_share;
	int64_t now_ns;
	int ours; /* times that it was said to be */
};

static void link_init(struct link *l, double ours_bps, double others_bps)
{
	*l = (struct link){.ours_bps = ours_bps,
		.others_bps = others_bps,
		.sent_bps = ours_bps,
		.queue_s = 0.2,
		.queue_max_s = 0.3,
		.least_share = 1,
		.now_ns = 100 * S};
}

static void run(struct link *l, double for_s)
{
	for (int i = 0; i < for_s * 10; i++, l->now_ns += 100 * TS_MS) {
		double bps = l->ours_bps, cap = ts_rivals_cap_bps(&l->rivals);
		if (bps > cap) bps = cap;
		if (bps / l->ours_bps < l->least_share) l->least_share = bps / l->ours_bps;
		l->sent_bps += (bps - l->sent_bps) / 4;
		l->queue_s += 0.1 * ((bps + l->others_bps) / 1e6 - 1);
		if (l->queue_s < 0) l->queue_s = 0;
		if (l->queue_s > l->queue_max_s) l->queue_s = l->queue_max_s;
		const struct ts_rivals_input in = {.queue_ns = (int64_t)(l->queue_s * 1e9),
			.rtt_ns = (int64_t)((0.04 + l->queue_s) * 1e9),
			.sent_bps = l->sent_bps,
			.app_limited = l->app_limited,
			.passes = bps <= 1e6};
		ts_rivals_update(&l->rivals, &in, l->now_ns);
		l->ours += l->rivals.ours;
	}
}

static void whose_queue_it_is(void **state)
{
	static const struct {
		const char *name;
		double ours_bps, others_bps;
		bool app_limited, present;
		double least_share; /* of what is wanted that was sent at least */
	} rows[] = {
		{"TCP beside us", 500e3, 700e3, false, true, 0.7},
		{"nearly all of it TCP", 100e3, 950e3, false, true, 0.7},
		{"ours alone", 1000e3, 0, false, false, 0.7},
		{"ours, and sent at twice the rate", 2000e3, 0, false, false, 0.7},
		{"little of us, nothing to leave out", 100e3, 950e3, true, true, 1},
		{"none", 500e3, 300e3, false, false, 1},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct link l;
		link_init(&l, rows[i].ours_bps, rows[i].others_bps);
		l.app_limited = rows[i].app_limited;
		run(&l, 6);
		if (l.rivals.present != rows[i].present ||
			l.least_share < rows[i].least_share - 0.01 ||
			l.least_share > rows[i].least_share + 0.01)
			fail_msg("%s: present %d, sent %.2f at least", rows[i].name,
				l.rivals.present, l.least_share);
	}
}

/* They are gone: the next test finds it out, and an empty queue at once. */
static void they_may_leave(void **state)
{
	struct link l;
	(void)state;
	link_init(&l, 1000e3, 300e3);
	l.queue_max_s = 1;
	run(&l, 6);
	assert_true(l.rivals.present);
	l.others_bps = 0; /* what is left is kept up by us */
	run(&l, 30);
	assert_false(l.rivals.present);
	assert_true(l.ours >= 1);
	link_init(&l, 500e3, 700e3);
	run(&l, 6);
	assert_true(l.rivals.present);
	l.others_bps = 0;
	run(&l, 1);
	assert_false(l.rivals.present);
}

/* One test each 20 s: it costs. */
static void seldom(void **state)
{
	struct link l;
	int tests = 0;
	(void)state;
	link_init(&l, 500e3, 700e3);
	for (int i = 0; i < 600; i++) {
		bool was = l.rivals.began_ns;
		run(&l, 0.1);
		tests += !was && l.rivals.began_ns;
	}
	assert_in_range(tests, 2, 4);
	assert_true(l.rivals.present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_queue_it_is),
		cmocka_unit_test(they_may_leave),
		cmocka_unit_test(seldom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
