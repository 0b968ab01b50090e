#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mixer/scene/refresh.h"

#define S TS_NS_PER_S

static struct ts_refresh refresh;
static struct ts_network network;
static int64_t now_ns;

static int setup(void **state)
{
	(void)state;
	refresh = (struct ts_refresh){0};
	network = (struct ts_network){0};
	now_ns = 100 * S;
	return 0;
}

/* A second later. */
static bool report(int permille)
{
	network.reports++;
	network.loss_permille = (uint16_t)permille;
	return ts_refresh_run(&refresh, &network, now_ns += S);
}

static void loss_in_two_reports(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_false(report(300));
		for (int k = 0; k < 5; k++) /* told once */
			assert_false(ts_refresh_run(&refresh, &network, now_ns += S / 4));
		assert_false(report(19));
	}
	assert_false(refresh.on);
	assert_false(report(20));
	assert_true(report(20));
	assert_true(refresh.on);
	assert_false(report(500)); /* it is already */
}

static void a_minute_without_any(void **state)
{
	(void)state;
	report(50);
	report(50);
	for (int i = 0; i < 59; i++) assert_false(report(0));
	assert_true(report(0));
	assert_false(refresh.on);
	assert_false(report(0));
	report(50);
	report(50);
	for (int i = 0; i < 50; i++) report(0);
	report(30);
	report(30);
	for (int i = 0; i < 59; i++) report(0);
	assert_true(refresh.on);
	now_ns += S;
	assert_true(ts_refresh_run(&refresh, &network, now_ns)); /* no report at all */
}

static void requests_of_whoever_reports_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(ts_refresh_keyframe_request(&refresh, now_ns += 10 * S));
	assert_false(refresh.on);
	now_ns += 60 * S;
	assert_false(ts_refresh_keyframe_request(&refresh, now_ns));
	assert_false(ts_refresh_keyframe_request(&refresh, now_ns += S));
	assert_true(ts_refresh_keyframe_request(&refresh, now_ns += S));
	assert_false(ts_refresh_run(&refresh, &network, now_ns += 59 * S));
	assert_true(ts_refresh_run(&refresh, &network, now_ns += S));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(loss_in_two_reports),
		TEST(a_minute_without_any),
		TEST(requests_of_whoever_reports_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
