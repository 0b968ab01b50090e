/* Which numbers have come. */
#include "tests/unit/base/cmocka_all.h"
#include "transport/rtp/seen.h"
#include <stdlib.h>
#include <string.h>

static void doubles_are_told(void **state)
{
	struct ts_seen seen = {0};
	(void)state;
	assert_true(ts_seen_add(&seen, 99, 100));
	assert_false(ts_seen_add(&seen, 100, 100));
	assert_true(ts_seen_add(&seen, 100, 103));
	assert_true(ts_seen_lacks(&seen, 103, 102));
	assert_true(ts_seen_add(&seen, 103, 102));
	assert_false(ts_seen_lacks(&seen, 103, 102));
	assert_true(ts_seen_lacks(&seen, 103, 104));
	assert_true(ts_seen_add(&seen, 103, 103 + TS_SEEN)); /* a jump forgets all */
	assert_true(ts_seen_lacks(&seen, 103 + TS_SEEN, 104));
	assert_false(ts_seen_lacks(&seen, 103 + TS_SEEN, 103)); /* too old to know */
}

/* Against a table of all numbers. */
static void as_a_plain_table_says(void **state)
{
	enum { N = 20000 };
	static bool came[N];
	struct ts_seen seen = {0};
	int64_t high = 0;
	(void)state;
	srand(1);
	for (int i = 0; i < 50000; i++) {
		int64_t seq = high + rand() % 40 - 34;
		if (i % 997 == 0) seq = high + rand() % 1500;
		if (seq < 1 || seq >= N) continue;
		assert_int_equal(ts_seen_lacks(&seen, high, seq), !came[seq]);
		assert_int_equal(ts_seen_add(&seen, high, seq), !came[seq]);
		came[seq] = true;
		if (seq > high) high = seq;
	}
	assert_true(high > N / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_told),
		cmocka_unit_test(as_a_plain_table_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
