#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/sent.h"

static struct ts_sent sent;

static void fill(int n)
{
	memset(&sent, 0, sizeof(sent));
	ts_sent_init(&sent);
	for (int i = 0; i < n; i++) ts_sent_add(&sent, (uint32_t)(100 + i % 1000), 0, i * TS_MS);
}

static void remembers_what_went_out(void **state)
{
	(void)state;
	fill(0);
	assert_int_equal(ts_sent_number(&sent), 1);
	ts_sent_add(&sent, 1200, 0, 5);
	ts_sent_add(&sent, 90, 7, 6);
	ts_sent_add(&sent, 70000, 0, 7);
	assert_int_equal(ts_sent_number(&sent), 4);
	const struct ts_sent_packet *p = ts_sent_take(&sent, 1, true);
	assert_true(p && p->sent_ns == 5 && p->bytes == 1200 && p->probe == 0);
	p = ts_sent_take(&sent, 2, false);
	assert_true(p && p->sent_ns == 6 && p->bytes == 90 && p->probe == 7);
	p = ts_sent_take(&sent, 3, true);
	assert_true(p && p->bytes == UINT16_MAX);
}

static void each_is_told_once(void **state)
{
	(void)state;
	fill(10);
	const struct ts_sent_packet *p = ts_sent_take(&sent, 4, true);
	assert_true(p && !p->late);
	assert_non_null(ts_sent_take(&sent, 3, false));
	assert_null(ts_sent_take(&sent, 3, false));
	p = ts_sent_take(&sent, 3, true);
	assert_true(p && p->late);
	assert_null(ts_sent_take(&sent, 3, true));
	assert_null(ts_sent_take(&sent, 3, false));
}

static void unknown_and_old_numbers_are_nothing(void **state)
{
	(void)state;
	fill(0);
	for (uint32_t n = 0; n < 65536; n++) assert_null(ts_sent_take(&sent, (uint16_t)n, true));
	fill(5);
	for (uint32_t n = 0; n < 65536; n++)
		assert_int_equal(ts_sent_take(&sent, (uint16_t)n, true) != NULL, n >= 1 && n <= 5);
	fill(5000);
	assert_null(ts_sent_take(&sent, 5001, true));
	assert_null(ts_sent_take(&sent, 5000 - TS_SENT_RING, true));
	assert_non_null(ts_sent_take(&sent, 5000 - TS_SENT_RING + 1, true));
	assert_non_null(ts_sent_take(&sent, 5000, true));
}

static void numbers_wrap(void **state)
{
	(void)state;
	for (int n = 65530; n < 65545; n++) {
		fill(n);
		for (int back = 0; back < TS_SENT_RING; back++) {
			const struct ts_sent_packet *p = ts_sent_take(
				&sent, (uint16_t)(n - back), true);
			assert_non_null(p);
			assert_true(p->sent_ns == (n - 1 - back) * TS_MS);
		}
		assert_null(ts_sent_take(&sent, (uint16_t)(n + 1), true));
		assert_null(ts_sent_take(&sent, (uint16_t)(n - TS_SENT_RING), true));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_what_went_out),
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(unknown_and_old_numbers_are_nothing),
		cmocka_unit_test(numbers_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
