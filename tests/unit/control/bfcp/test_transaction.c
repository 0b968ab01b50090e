#include "control/bfcp/transaction.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

#define S INT64_C(1000000000)

static void repeated_until_acknowledged(void **state)
{
	struct ts_bfcp_transactions t = {0};
	static const int64_t at[] = {S / 2, 3 * S / 2, 7 * S / 2};
	bool failed;
	(void)state;
	assert_int_equal(ts_bfcp_due_ns(&t), INT64_MAX);
	const uint16_t number = ts_bfcp_next_number(&t);
	ts_bfcp_sent(&t, TS_BFCP_OF_FLOOR, number, "abc", 3, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ts_bfcp_due_ns(&t), at[i]);
		assert_null(ts_bfcp_due(&t, at[i] - 1, &failed));
		const struct ts_bfcp_out *out = ts_bfcp_due(&t, at[i], &failed);
		assert_non_null(out);
		assert_false(failed);
		assert_memory_equal(out->bytes, "abc", 3);
		assert_null(ts_bfcp_due(&t, at[i], &failed));
	}
	assert_int_equal(ts_bfcp_due_ns(&t), 15 * S / 2);
	assert_non_null(ts_bfcp_due(&t, 15 * S / 2, &failed));
	assert_true(failed);
	assert_int_equal(ts_bfcp_due_ns(&t), INT64_MAX);
	assert_false(ts_bfcp_acked(&t, number));
}

static void newer_of_a_kind_takes_the_place(void **state)
{
	struct ts_bfcp_transactions t = {.next = 65534};
	bool failed;
	(void)state;
	const uint16_t old = ts_bfcp_next_number(&t), fresh = ts_bfcp_next_number(&t);
	assert_int_equal(old, 65535);
	assert_int_equal(fresh, 1);
	ts_bfcp_sent(&t, TS_BFCP_OF_FLOOR, old, "old", 3, 0);
	ts_bfcp_sent(&t, TS_BFCP_OF_FLOOR, fresh, "new", 3, S / 4);
	ts_bfcp_sent(&t, TS_BFCP_OF_REQUEST, 2, "req", 3, 0);
	assert_false(ts_bfcp_acked(&t, old));
	assert_memory_equal(ts_bfcp_due(&t, S / 2, &failed)->bytes, "req", 3);
	assert_true(ts_bfcp_acked(&t, 2));
	assert_memory_equal(ts_bfcp_due(&t, S, &failed)->bytes, "new", 3);
	assert_true(ts_bfcp_acked(&t, fresh));
	assert_null(ts_bfcp_due(&t, 100 * S, &failed));
}

static void same_answer_for_ten_seconds(void **state)
{
	struct ts_bfcp_transactions t = {0};
	uint8_t large[TS_BFCP_MESSAGE_MAX + 1] = {0};
	(void)state;
	ts_bfcp_answered(&t, 5, TS_BFCP_HELLO, "ack", 3, 0);
	assert_memory_equal(ts_bfcp_repeated(&t, 5, TS_BFCP_HELLO, 10 * S - 1)->bytes, "ack", 3);
	assert_null(ts_bfcp_repeated(&t, 5, TS_BFCP_HELLO, 10 * S));
	assert_null(ts_bfcp_repeated(&t, 5, TS_BFCP_FLOOR_QUERY, 0));
	assert_null(ts_bfcp_repeated(&t, 6, TS_BFCP_HELLO, 0));
	for (uint16_t n = 10; n < 10 + TS_BFCP_ANSWERS; n++)
		ts_bfcp_answered(&t, n, TS_BFCP_HELLO, "x", 1, 0);
	assert_null(ts_bfcp_repeated(&t, 5, TS_BFCP_HELLO, 1));
	assert_non_null(ts_bfcp_repeated(&t, 10, TS_BFCP_HELLO, 1));
	ts_bfcp_answered(&t, 20, TS_BFCP_HELLO, large, sizeof large, 0);
	assert_null(ts_bfcp_repeated(&t, 20, TS_BFCP_HELLO, 1));
	ts_bfcp_sent(&t, TS_BFCP_OF_FLOOR, 1, large, sizeof large, 0);
	assert_int_equal(ts_bfcp_due_ns(&t), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeated_until_acknowledged),
		cmocka_unit_test(newer_of_a_kind_takes_the_place),
		cmocka_unit_test(same_answer_for_ten_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
