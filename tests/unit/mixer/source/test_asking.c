#include "base/clock.h"
#include "mixer/source/asking.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS

static struct ts_asking asking;
static int64_t now_ns;

static int setup(void **state)
{
	(void)state;
	asking = (struct ts_asking){.target = -1};
	now_ns = 1000 * TS_NS_PER_S;
	return 0;
}

/* How often in that time, looked at each 10 ms; every request must be for these layers. */
static int count(const struct ts_asking_need *need, int64_t ms, unsigned layers)
{
	int n = 0;
	for (const int64_t end_ns = now_ns + ms * MS; now_ns < end_ns; now_ns += 10 * MS) {
		const unsigned set = ts_asking_layers(&asking, need, now_ns);
		if (set) assert_int_equal(set, layers);
		n += set != 0;
	}
	return n;
}

static void what_waits_for_nothing_asks_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(count(&(struct ts_asking_need){.shown = true}, 5000, 0), 0);
	assert_int_equal(
		count(&(struct ts_asking_need){.taken = 2, .target = 2, .shown = true}, 5000, 0),
		0);
}

static void requests_become_rare_until_one_is_served(void **state)
{
	(void)state;
	struct ts_asking_need need = {.waits = true, .shown = true};
	assert_int_equal(count(&need, 2000, 1), 5);
	assert_int_equal(count(&need, 6000, 1), 4);    /* at 2000, 2800, 4400, 7600 ms */
	assert_int_equal(count(&need, 120000, 1), 12); /* at 14 s, then 10 s apart */
	need.keyframes++;
	assert_int_equal(count(&need, 2000, 1), 5);
}

static void before_anything_is_decoded_the_target_is_asked_for(void **state)
{
	(void)state;
	struct ts_asking_need need = {.taken = -1, .target = -1, .waits = true, .shown = true};
	assert_int_equal(count(&need, 1000, 0), 0);
	need.target = 1;
	assert_int_equal(ts_asking_layers(&asking, &need, now_ns), 1u << 1);
}

static void the_next_layer_has_a_pace_of_its_own(void **state)
{
	(void)state;
	struct ts_asking_need need = {.taken = 0, .target = 2, .shown = true};
	assert_int_equal(count(&need, 30000, 1u << 2), 11);
	need.waits = true; /* what is decoded asks at once, and for itself */
	now_ns += MS;
	assert_int_equal(ts_asking_layers(&asking, &need, now_ns), 1);
	need.waits = false;
	need.target = 1; /* and so does another one */
	assert_int_equal(ts_asking_layers(&asking, &need, now_ns), 1u << 1);
	need.taken = 1;
	assert_int_equal(count(&need, 5000, 0), 0);
	need.target = 2; /* as at first */
	assert_int_equal(count(&need, 2000, 1u << 2), 5);
}

static void of_hidden_layers_no_next_one_is_asked_for(void **state)
{
	(void)state;
	struct ts_asking_need need = {.taken = 0, .target = 1};
	assert_int_equal(count(&need, 5000, 0), 0);
	need.shown = true;
	assert_int_equal(ts_asking_layers(&asking, &need, now_ns), 1u << 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(what_waits_for_nothing_asks_for_nothing),
		TEST(requests_become_rare_until_one_is_served),
		TEST(before_anything_is_decoded_the_target_is_asked_for),
		TEST(the_next_layer_has_a_pace_of_its_own),
		TEST(of_hidden_layers_no_next_one_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
