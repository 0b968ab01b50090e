#include "base/clock.h"
#include "base/error.h"
#include "tests/relay/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 20000, BYTES = 1250 }; /* 10 ms at 1 Mbit/s */
#define MS TS_NS_PER_MS

static struct ts_link_item item[N];

static int64_t through_ns(struct ts_link *b, int64_t now_ns, size_t *which)
{
	int64_t at_ns;
	struct ts_link_item *i = ts_link_pop(b, now_ns, &at_ns);
	if (!i) return -1;
	*which = (size_t)(i - item);
	return at_ns;
}

static void without_a_rate_all_pass_at_once(void **state)
{
	(void)state;
	struct ts_link b;
	size_t which;
	ts_link_init(&b, &(struct ts_link_config){.queue_ns = 1});
	assert_int_equal(ts_link_due_ns(&b), INT64_MAX);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(ts_link_push(&b, &item[i], BYTES, 7 * MS), 0);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(through_ns(&b, 7 * MS, &which), 7 * MS);
		assert_int_equal(which, i);
	}
	assert_int_equal(through_ns(&b, 8 * MS, &which), -1);
	assert_int_equal(ts_link_due_ns(&b), INT64_MAX);
	assert_int_equal(ts_link_waited_ns(&b, 0.95), 0);
}

/* 1 Mbit/s offered twice that: half goes through at an even pace, after the queue is full with its
 * 100 ms. */
static void it_paces_and_drops_at_the_tail(void **state)
{
	(void)state;
	struct ts_link b;
	int through = 0, full = 0;
	int64_t last_ns = 0, most_ns = 0;
	size_t which;
	ts_link_init(&b, &(struct ts_link_config){.rate_bps = 1000000, .queue_ns = 100 * MS});
	for (int i = 0; i < N; i++) {
		const int64_t now_ns = i * 5 * MS;
		for (int64_t at_ns; (at_ns = through_ns(&b, now_ns, &which)) >= 0; through++) {
			assert_int_equal(at_ns - last_ns, 10 * MS);
			last_ns = at_ns;
			if (at_ns - (int64_t)which * 5 * MS > most_ns)
				most_ns = at_ns - (int64_t)which * 5 * MS;
		}
		const int err = ts_link_push(&b, &item[i], BYTES, now_ns);
		full += err == TS_EFULL;
		assert_true(err == 0 || err == TS_EFULL);
	}
	assert_in_range(through, N / 2 - 15, N / 2);
	assert_in_range(full, N / 2 - 15, N / 2);
	assert_int_equal(b.full, full);
	assert_int_equal(b.sent, through);
	assert_int_equal(b.bytes_sent, (uint64_t)through * BYTES);
	assert_in_range(most_ns, 100 * MS, 110 * MS);
	/* what waits, without its own sending */
	assert_in_range(ts_link_waited_ns(&b, 0.5), 90 * MS, 100 * MS);
	assert_in_range(ts_link_waited_ns(&b, 0.95), 90 * MS, 100 * MS);
	assert_in_range(b.waited_max_ns, 90 * MS, 100 * MS);
	/* after a rest the queue is empty again */
	const int64_t later_ns = N * 5 * MS + 1000 * MS;
	while (through_ns(&b, later_ns, &which) >= 0) continue;
	assert_int_equal(ts_link_push(&b, &item[0], BYTES, later_ns), 0);
	assert_int_equal(ts_link_due_ns(&b), later_ns + 10 * MS);
}

static void bytes_are_a_limit_too(void **state)
{
	(void)state;
	struct ts_link b;
	size_t which;
	ts_link_init(&b, &(struct ts_link_config){.rate_bps = 1000000, .queue_bytes = 2 * BYTES});
	for (size_t i = 0; i < 3; i++) assert_int_equal(ts_link_push(&b, &item[i], BYTES, 0), 0);
	assert_int_equal(ts_link_push(&b, &item[3], BYTES, 0), TS_EFULL);
	assert_int_equal(through_ns(&b, 10 * MS, &which), 10 * MS);
	assert_int_equal(ts_link_push(&b, &item[3], BYTES, 10 * MS), 0);
	assert_int_equal(ts_link_push(&b, &item[4], BYTES, 10 * MS), TS_EFULL);
}

/* 3 Mbit/s with 100 ms in its queue falls to 300 kbit/s: that is a second now, and half of what was
 * being sent takes ten times as long. */
static void another_rate_counts_for_what_waits(void **state)
{
	(void)state;
	struct ts_link b;
	size_t which;
	struct ts_link_config c = {.rate_bps = 3000000, .queue_ns = 200 * MS};
	ts_link_init(&b, &c);
	for (size_t i = 0; i < 30; i++) /* 3.333 ms each */
		assert_int_equal(ts_link_push(&b, &item[i], BYTES, 0), 0);
	c.rate_bps = 300000;
	ts_link_set(&b, &c, 10 * MS / 6);
	assert_in_range(ts_link_due_ns(&b), 18 * MS, 19 * MS); /* 1.67 + 16.67 */
	assert_int_equal(ts_link_push(&b, &item[30], BYTES, 2 * MS), TS_EFULL);
	int64_t last_ns = 0, at_ns;
	for (size_t i = 0; i < 30; i++) {
		at_ns = through_ns(&b, INT64_MAX, &which);
		assert_int_equal(which, i);
		if (i) assert_in_range(at_ns - last_ns, 33 * MS, 34 * MS);
		last_ns = at_ns;
	}
	assert_in_range(last_ns, 980 * MS, 990 * MS);
	assert_in_range(b.waited_max_ns, 940 * MS, 960 * MS);
	/* and back: what waits hurries */
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(ts_link_push(&b, &item[i], BYTES, 1000 * MS), 0);
	c.rate_bps = 0;
	ts_link_set(&b, &c, 1000 * MS);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(through_ns(&b, 1000 * MS, &which), 1000 * MS);
}

/* A wake-up that comes late makes no hole in the link. */
static void popped_late_it_was_through_in_time(void **state)
{
	(void)state;
	struct ts_link b;
	size_t which;
	ts_link_init(&b, &(struct ts_link_config){.rate_bps = 1000000});
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ts_link_push(&b, &item[i], BYTES, (int64_t)i * MS), 0);
	assert_int_equal(through_ns(&b, 9 * MS, &which), -1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(through_ns(&b, 100 * MS, &which), (int64_t)(i + 1) * 10 * MS);
}

static void counts_begin_anew(void **state)
{
	(void)state;
	struct ts_link b;
	size_t which;
	ts_link_init(&b, &(struct ts_link_config){.rate_bps = 1000000});
	for (size_t i = 0; i < 3; i++) ts_link_push(&b, &item[i], BYTES, 0);
	while (through_ns(&b, 100 * MS, &which) >= 0) continue;
	assert_int_equal(ts_link_waited_ns(&b, 1), 20 * MS);
	ts_link_forget(&b);
	assert_int_equal(b.sent + b.bytes_sent + b.full, 0);
	assert_int_equal(ts_link_waited_ns(&b, 1), 0);
	ts_link_push(&b, &item[0], BYTES, 100 * MS);
	assert_int_equal(through_ns(&b, 110 * MS, &which), 110 * MS);
	assert_int_equal(b.sent, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_all_pass_at_once),
		cmocka_unit_test(it_paces_and_drops_at_the_tail),
		cmocka_unit_test(bytes_are_a_limit_too),
		cmocka_unit_test(another_rate_counts_for_what_waits),
		cmocka_unit_test(popped_late_it_was_through_in_time),
		cmocka_unit_test(counts_begin_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
