/* When there is room for one more thing that nobody needs. */
#include "mixer/overload/extras.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum ts_extras_verdict may(const struct ts_extras *e, int64_t now_ns)
{
	return ts_extras_may(e, TS_OVERLOAD_NONE, now_ns);
}

static void as_many_as_there_may_be(void **state)
{
	struct ts_extras e = {.most = 1};
	(void)state;
	assert_int_equal(may(&e, 0), TS_EXTRAS_FIT);
	ts_extras_begin(&e, 0);
	assert_int_equal(may(&e, 100 * TS_NS_PER_S), TS_EXTRAS_FULL);
	e.n--;
	assert_int_equal(may(&e, 100 * TS_NS_PER_S), TS_EXTRAS_FIT);
	e.most = 0;
	assert_int_equal(may(&e, 100 * TS_NS_PER_S), TS_EXTRAS_FULL);
}

static void none_while_there_is_enough_to_do(void **state)
{
	struct ts_extras e = {.most = 9};
	(void)state;
	ts_extras_feed(&e, 2000); /* one look is none */
	assert_int_equal(may(&e, 0), TS_EXTRAS_FIT);
	for (int i = 0; i < 3; i++) ts_extras_feed(&e, 1000);
	assert_int_equal(may(&e, 0), TS_EXTRAS_BUSY);
	for (int i = 0; i < 40; i++) ts_extras_feed(&e, 0);
	assert_int_equal(e.permille, 0);
	assert_int_equal(may(&e, 0), TS_EXTRAS_FIT);
	for (int level = TS_OVERLOAD_NONE + 1; level < TS_OVERLOAD_COUNT; level++)
		assert_int_equal(
			ts_extras_may(&e, (enum ts_overload_level)level, 0), TS_EXTRAS_OVERLOADED);
}

static void few_begin_at_once(void **state)
{
	struct ts_extras e = {.most = 1000};
	int64_t now_ns = 7 * TS_NS_PER_S;
	int begun = 0;
	(void)state;
	for (; may(&e, now_ns) == TS_EXTRAS_FIT; begun++) ts_extras_begin(&e, now_ns);
	assert_int_equal(begun, TS_EXTRAS_BURST);
	assert_int_equal(may(&e, now_ns + TS_EXTRAS_EACH_NS - 1), TS_EXTRAS_SOON);
	/* for ten seconds whenever one may */
	for (int i = 0; i < 1000; i++) {
		now_ns += TS_NS_PER_S / 100;
		if (may(&e, now_ns) != TS_EXTRAS_FIT) continue;
		ts_extras_begin(&e, now_ns);
		begun++;
	}
	assert_in_range(begun, TS_EXTRAS_BURST + 19, TS_EXTRAS_BURST + 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_there_may_be),
		cmocka_unit_test(none_while_there_is_enough_to_do),
		cmocka_unit_test(few_begin_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
