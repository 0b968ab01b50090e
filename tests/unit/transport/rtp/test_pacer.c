#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/pacer.h"

enum { LEN = 1000, OVERHEAD = 60, MEDIA = 1 };

struct world {
	struct ts_pacer p;
	int64_t now_ns;
	int packets, repairs, paddings, units, wakeups; /* that went out */
	uint8_t last;                                   /* tag of the unit that went out last */
	int64_t longest_ns;                             /* from push to a unit's last packet */
	bool no_padding;
};

static struct world *make(uint32_t bps, bool firm)
{
	static struct world w;
	ts_pacer_fini(&w.p);
	w = (struct world){.now_ns = 1000 * TS_MS};
	ts_pacer_set_rate(&w.p, bps, firm, w.now_ns);
	return &w;
}

static struct ts_au *make_au(uint32_t n, bool key, uint8_t tag, int64_t now_ns)
{
	struct ts_au *au = ts_au_create(n, n * LEN);
	for (uint32_t i = 0; i < n; i++) memset(ts_au_add(au, LEN), tag, LEN);
	au->key = key;
	au->capture_ns = now_ns;
	return au;
}

static void run(struct world *w)
{
	struct ts_pacer_turn turn;
	while (ts_pacer_next(&w->p, &turn, w->now_ns)) {
		if (turn.kind == TS_PACER_PADDING) {
			if (w->no_padding) {
				ts_pacer_end_probe(&w->p);
				continue;
			}
			w->paddings++;
			ts_pacer_spent(&w->p, LEN + OVERHEAD, w->now_ns);
		} else if (turn.kind == TS_PACER_REPAIR) {
			w->repairs++;
			ts_pacer_spent(&w->p, LEN + OVERHEAD, w->now_ns);
		} else {
			w->packets += (int)turn.n;
			for (uint32_t i = 0; i < turn.n; i++)
				ts_pacer_spent(&w->p, LEN + OVERHEAD, w->now_ns);
			if (turn.from + turn.n == turn.au->n) {
				int64_t took_ns = w->now_ns - turn.au->capture_ns;
				if (took_ns > w->longest_ns) w->longest_ns = took_ns;
				w->last = *ts_au_bytes(turn.au, 0);
				w->units++;
			}
			ts_au_unref(&turn.au);
		}
	}
	assert_true(ts_pacer_due_ns(&w->p) > w->now_ns); /* it would spin */
}

static void run_until(struct world *w, int64_t until_ns)
{
	for (int64_t due; (due = ts_pacer_due_ns(&w->p)) <= until_ns; w->wakeups++) {
		w->now_ns = due > w->now_ns ? due : w->now_ns;
		run(w);
	}
	w->now_ns = until_ns;
}

static uint32_t push(struct world *w, uint32_t n, bool key, uint8_t tag)
{
	struct ts_au *au = make_au(n, key, tag, w->now_ns);
	uint32_t dropped = ts_pacer_push(&w->p, MEDIA, au, w->now_ns);
	ts_au_unref(&au);
	run(w);
	return dropped;
}

static void without_a_rate_everything_goes_at_once(void **state)
{
	(void)state;
	struct world *w = make(0, false);
	assert_false(ts_pacer_paces(&w->p));
	for (int i = 0; i < 10; i++) assert_int_equal(push(w, 200, true, 1), 0);
	assert_int_equal(w->packets, 2000);
	assert_true(ts_pacer_due_ns(&w->p) == INT64_MAX);
}

/* On a fast link: a frame's packets in one turn, no timer. */
static void small_units_do_not_wait(void **state)
{
	(void)state;
	struct world *w = make(25000000, true);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(push(w, 10, i == 0, 1), 0); /* 3.4 ms of the rate */
		assert_int_equal(w->packets, 10 * (i + 1));
		assert_true(ts_pacer_due_ns(&w->p) == INT64_MAX);
		w->now_ns += 33 * TS_MS;
	}
	/* only known to pass: a frame of the rate itself, 2.5 times under that of the pacer */
	w = make(2500000 * 5 / 2, false);
	for (int i = 0; i < 100; i++) {
		push(w, 10, i == 0, 1);
		assert_int_equal(w->packets, 10 * (i + 1));
		w->now_ns += 33 * TS_MS;
	}
	assert_int_equal(w->wakeups, 0);
}

static void a_burst_is_spread(void **state)
{
	(void)state;
	struct world *w = make(8480000, true); /* 1000 packets a second */
	push(w, 100, true, 1);
	assert_in_range(w->packets, 4, 6);
	for (int i = 1; i <= 9; i++) {
		run_until(w, (1000 + i * 10) * TS_MS);
		assert_in_range(w->packets, i * 10, i * 10 + 10);
	}
	run_until(w, 2000 * TS_MS);
	assert_int_equal(w->packets, 100);
	assert_in_range(w->longest_ns, 90 * TS_MS, 101 * TS_MS);
	assert_in_range(w->wakeups, 15, 22); /* pieces of 5 ms */
	assert_true(ts_pacer_due_ns(&w->p) == INT64_MAX);
}

/* A timer that comes late loses no time, but time without work is not saved up. */
static void late_wakeups_are_made_good(void **state)
{
	(void)state;
	struct world *w = make(8480000, true);
	push(w, 100, true, 1);
	for (int i = 0; w->units == 0 && i < 100; i++) {
		w->now_ns = ts_pacer_due_ns(&w->p) + 3 * TS_MS;
		run(w);
	}
	assert_in_range(w->longest_ns, 90 * TS_MS, 110 * TS_MS);
	w->now_ns += 10 * TS_NS_PER_S;
	w->packets = 0;
	push(w, 100, true, 1);
	assert_in_range(w->packets, 4, 6);
}

static void what_does_not_wait_counts(void **state)
{
	(void)state;
	struct world *w = make(848000, true);
	for (int i = 0; i < 10; i++) ts_pacer_spent(&w->p, 1060, w->now_ns); /* 100 ms of it */
	push(w, 1, true, 1);
	assert_int_equal(w->packets, 0);
	run_until(w, 1090 * TS_MS);
	assert_int_equal(w->packets, 0);
	run_until(w, 1101 * TS_MS);
	assert_int_equal(w->packets, 1);
	/* a debt is no more than half a second, whatever was sent */
	for (int i = 0; i < 100000; i++) ts_pacer_spent(&w->p, UINT16_MAX, w->now_ns);
	push(w, 1, true, 1);
	run_until(w, 1602 * TS_MS);
	assert_int_equal(w->packets, 2);
}

static void repairs_go_before_new_video(void **state)
{
	(void)state;
	struct world *w = make(848000, true);
	push(w, 10, true, 1);
	assert_int_equal(w->packets, 1);
	for (uint16_t i = 0; i < 5; i++) ts_pacer_push_repair(&w->p, MEDIA, i);
	run_until(w, 1055 * TS_MS);
	assert_int_equal(w->repairs, 5);
	assert_int_equal(w->packets, 1);
	run_until(w, 1300 * TS_MS);
	assert_int_equal(w->packets, 10);
	for (int i = 0; i < 1000; i++) ts_pacer_push_repair(&w->p, MEDIA, 1);
	assert_int_equal(w->p.n_repair, TS_PACER_REPAIRS);
}

/* A step of twice what the pacer lets through, for 10 s. */
static void the_queue_is_bounded_and_frames_are_dropped_whole(void **state)
{
	(void)state;
	struct world *w = make(1000000, true);
	uint32_t dropped = 0, pushed = 0;
	int64_t oldest_ns = 0;
	for (int i = 0; i < 300; i++) {
		uint32_t n = i % 60 ? 8 : 16;
		dropped += push(w, n, i % 60 == 0, (uint8_t)i);
		pushed += n;
		int64_t waits_ns = ts_pacer_waits_ns(&w->p, w->now_ns);
		if (waits_ns > oldest_ns) oldest_ns = waits_ns;
		run_until(w, w->now_ns + 33 * TS_MS);
	}
	run_until(w, w->now_ns + TS_NS_PER_S);
	assert_int_equal(w->packets + dropped, pushed);
	assert_true(dropped > pushed / 3);
	assert_int_equal(w->p.n_unit, 0);
	assert_int_equal(w->p.bytes, 0);
	assert_true(oldest_ns < 340 * TS_MS);
	assert_true(w->longest_ns < 450 * TS_MS);
}

static void after_a_drop_nothing_goes_until_a_keyframe(void **state)
{
	(void)state;
	struct world *w = make(100000, true);
	push(w, 3, true, 1);
	for (uint8_t i = 2; i < 6; i++) {
		assert_int_equal(push(w, 3, false, i), 0);
		w->now_ns += 60 * TS_MS;
	}
	w->now_ns += 60 * TS_MS;
	/* the one that was begun stays */
	assert_int_equal(push(w, 3, false, 6), 4 * 3 + 3);
	assert_true(ts_pacer_needs_keyframe(&w->p, MEDIA));
	assert_false(ts_pacer_needs_keyframe(&w->p, 0));
	assert_int_equal(push(w, 3, false, 7), 3);
	assert_int_equal(push(w, 3, true, 8), 0);
	assert_false(ts_pacer_needs_keyframe(&w->p, MEDIA));
	assert_int_equal(push(w, 3, false, 9), 0);
	run_until(w, w->now_ns + 2 * TS_NS_PER_S);
	assert_int_equal(w->units, 3);
	assert_int_equal(w->last, 9);
}

/* What stands before a keyframe is of no use any more. */
static void a_keyframe_takes_the_place_of_what_waits(void **state)
{
	(void)state;
	struct world *w = make(100000, true);
	push(w, 3, true, 1);
	for (uint8_t i = 2; i < 5; i++) push(w, 3, false, i);
	push(w, 3, true, 5);
	push(w, 3, false, 6);
	assert_int_equal(w->p.n_unit, 6);
	w->now_ns += 300 * TS_MS;
	/* the rest of 1; 2, 3, 4; and itself: still old */
	assert_int_equal(push(w, 3, false, 7), 2 + 3 * 3 + 3);
	assert_int_equal(w->p.n_unit, 2);
	assert_int_equal(w->p.bytes, 5 * (LEN + OVERHEAD)); /* one of 5 went out */
	run_until(w, w->now_ns + 2 * TS_NS_PER_S);
	assert_int_equal(w->last, 6);
	assert_int_equal(w->units, 2);
}

/* One that takes longer than what is let wait: the frames behind it would be dropped each time. */
static void a_large_keyframe_hurries(void **state)
{
	(void)state;
	struct world *w = make(1272000, true);   /* 150 packets a second */
	uint32_t dropped = push(w, 45, true, 1); /* 300 ms of it */
	for (uint8_t i = 0; i < 30; i++) {
		run_until(w, w->now_ns + 33 * TS_MS);
		dropped += push(w, 2, false, 2);
	}
	assert_int_equal(dropped, 0);
	assert_in_range(w->longest_ns, 150 * TS_MS, 251 * TS_MS);
}

static void a_soft_rate_drops_nothing(void **state)
{
	(void)state;
	struct world *w = make(1000000, false);
	uint32_t dropped = 0;
	for (int i = 0; i < 300; i++) {
		dropped += push(w, i % 60 ? 16 : 60, i % 60 == 0, 1);
		run_until(w, w->now_ns + 33 * TS_MS);
	}
	assert_int_equal(dropped, 0);
	assert_true(w->longest_ns <= 105 * TS_MS);
}

static void units_and_bytes_are_bounded(void **state)
{
	(void)state;
	struct world *w = make(1000, false);
	struct ts_au *au = make_au(1, false, 1, w->now_ns);
	for (int i = 0; i < 1000; i++) ts_pacer_push(&w->p, MEDIA, au, w->now_ns);
	assert_true(w->p.n_unit <= TS_PACER_UNITS);
	ts_pacer_forget(&w->p, MEDIA);
	assert_int_equal(au->refs.n, 1);
	for (int i = 0; i < 1000; i++) {
		struct ts_au *key = make_au(500, true, 1, w->now_ns);
		ts_pacer_push(&w->p, MEDIA, key, w->now_ns);
		ts_au_unref(&key);
		assert_true(w->p.bytes <= TS_PACER_BYTES + 500u * (LEN + OVERHEAD));
	}
	ts_au_unref(&au);
	ts_pacer_fini(&w->p);
	assert_int_equal(w->p.n_unit, 0);
}

static void one_line_is_forgotten_alone(void **state)
{
	(void)state;
	struct world *w = make(100000, true);
	push(w, 3, true, 1);
	struct ts_au *other = make_au(2, true, 9, w->now_ns);
	ts_pacer_push(&w->p, 2, other, w->now_ns);
	ts_pacer_push_repair(&w->p, MEDIA, 1);
	ts_pacer_push_repair(&w->p, 2, 2);
	ts_pacer_forget(&w->p, MEDIA);
	assert_int_equal(w->p.n_unit, 1);
	assert_int_equal(w->p.n_repair, 1);
	assert_int_equal(w->p.bytes, 2 * (LEN + OVERHEAD));
	run_until(w, w->now_ns + TS_NS_PER_S);
	assert_int_equal(w->last, 9);
	assert_int_equal(other->refs.n, 1);
	ts_au_unref(&other);
}

static void what_is_held_waits_but_for_probes(void **state)
{
	(void)state;
	struct world *w = make(0, false);
	ts_pacer_hold(&w->p, w->now_ns + 400 * TS_MS);
	assert_true(ts_pacer_paces(&w->p));
	push(w, 3, true, 1);
	ts_pacer_push_repair(&w->p, MEDIA, 9);
	ts_pacer_probe(&w->p, 1, 8480000, 5 * 1060, w->now_ns);
	run_until(w, 1399 * TS_MS);
	assert_int_equal(w->packets + w->repairs, 0);
	assert_int_equal(w->paddings, 5);
	run_until(w, 1400 * TS_MS);
	assert_int_equal(w->packets, 3);
	assert_int_equal(w->repairs, 1);
	ts_pacer_hold(&w->p, w->now_ns + 400 * TS_MS);
	push(w, 3, false, 2);
	ts_pacer_release(&w->p);
	run(w);
	assert_int_equal(w->packets, 6);
	assert_false(ts_pacer_paces(&w->p));
}

static void what_is_dropped_is_dropped_whole(void **state)
{
	(void)state;
	struct world *w = make(0, false);
	assert_int_equal(ts_pacer_drop(&w->p), 0);
	assert_false(ts_pacer_needs_keyframe(&w->p, MEDIA));
	ts_pacer_hold(&w->p, w->now_ns + 400 * TS_MS);
	push(w, 3, true, 1);
	push(w, 2, false, 2);
	assert_int_equal(ts_pacer_drop(&w->p), 5);
	assert_true(ts_pacer_needs_keyframe(&w->p, MEDIA));
	assert_false(ts_pacer_needs_keyframe(&w->p, 0));
	ts_pacer_release(&w->p);
	assert_int_equal(push(w, 2, false, 3), 2);
	assert_int_equal(push(w, 2, true, 4), 0);
	assert_int_equal(w->last, 4);
	assert_int_equal(w->units, 1);
}

static void a_probe_is_padding_at_its_rate(void **state)
{
	(void)state;
	struct world *w = make(1000000, true);
	assert_true(ts_pacer_probe(&w->p, 3, 8480000, 15 * 1060, w->now_ns)); /* 15 ms */
	assert_false(ts_pacer_probe(&w->p, 4, 8480000, 1000, w->now_ns));
	run(w);
	assert_in_range(w->paddings, 1, 2);
	run_until(w, 1007 * TS_MS);
	assert_in_range(w->paddings, 7, 9);
	run_until(w, 2000 * TS_MS);
	assert_int_equal(w->paddings, 15);
	assert_int_equal(w->p.probe.cluster, 0);
	assert_true(ts_pacer_due_ns(&w->p) == INT64_MAX);
}

static void media_of_a_probe_saves_padding(void **state)
{
	(void)state;
	struct world *w = make(1000000, true);
	ts_pacer_probe(&w->p, 3, 8480000, 15 * 1060, w->now_ns);
	push(w, 10, true, 1); /* at the rate of the probe */
	run_until(w, 1020 * TS_MS);
	assert_int_equal(w->packets, 10);
	assert_int_equal(w->paddings, 5);
}

static void a_probe_ends(void **state)
{
	(void)state;
	struct world *w = make(1000000, true);
	w->no_padding = true; /* there is no RTX */
	ts_pacer_probe(&w->p, 3, 8480000, 1000, w->now_ns);
	run(w);
	assert_int_equal(w->p.probe.cluster, 0);
	w->no_padding = false;
	/* of whatever size: 128 KB and half a second */
	ts_pacer_probe(&w->p, 3, UINT32_MAX, UINT32_MAX, w->now_ns);
	run_until(w, w->now_ns + TS_NS_PER_S);
	assert_in_range(w->paddings, 120, 130);
	w->paddings = 0;
	ts_pacer_probe(&w->p, 3, 10000, UINT32_MAX, w->now_ns);
	run_until(w, w->now_ns + 5 * TS_NS_PER_S);
	assert_in_range(w->paddings, 1, 2);
	assert_int_equal(w->p.probe.cluster, 0);
	assert_false(ts_pacer_probe(&w->p, 0, 1, 1, w->now_ns));
	assert_false(ts_pacer_probe(&w->p, 1, 0, 1, w->now_ns));
	assert_false(ts_pacer_probe(&w->p, 1, 1, 0, w->now_ns));
}

/* The largest numbers there are: nothing overflows (UBSan), nothing spins. */
static void extreme_rates_are_harmless(void **state)
{
	(void)state;
	static const uint32_t rates[] = {1, 1000, UINT32_MAX, 0};
	for (size_t i = 0; i < TS_ARRAY_LEN(rates); i++)
		for (int firm = 0; firm < 2; firm++) {
			struct world *w = make(rates[i], firm);
			for (int k = 0; k < 50; k++) {
				push(w, 100, k % 10 == 0, 1);
				ts_pacer_set_rate(
					&w->p, rates[(i + (size_t)k) % 4], firm, w->now_ns);
				run_until(w, w->now_ns + (k % 7) * TS_NS_PER_S);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_everything_goes_at_once),
		cmocka_unit_test(small_units_do_not_wait),
		cmocka_unit_test(a_burst_is_spread),
		cmocka_unit_test(late_wakeups_are_made_good),
		cmocka_unit_test(what_does_not_wait_counts),
		cmocka_unit_test(repairs_go_before_new_video),
		cmocka_unit_test(the_queue_is_bounded_and_frames_are_dropped_whole),
		cmocka_unit_test(after_a_drop_nothing_goes_until_a_keyframe),
		cmocka_unit_test(a_keyframe_takes_the_place_of_what_waits),
		cmocka_unit_test(a_large_keyframe_hurries),
		cmocka_unit_test(a_soft_rate_drops_nothing),
		cmocka_unit_test(units_and_bytes_are_bounded),
		cmocka_unit_test(one_line_is_forgotten_alone),
		cmocka_unit_test(what_is_held_waits_but_for_probes),
		cmocka_unit_test(what_is_dropped_is_dropped_whole),
		cmocka_unit_test(a_probe_is_padding_at_its_rate),
		cmocka_unit_test(media_of_a_probe_saves_padding),
		cmocka_unit_test(a_probe_ends),
		cmocka_unit_test(extreme_rates_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
