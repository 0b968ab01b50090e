#include "base/clock.h"
#include "base/histogram.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static char text[16384];

static void sorts_into_buckets(void **state)
{
	(void)state;
	ts_observe(TS_STAGE_ENCODE, 50 * TS_NS_PER_US); /* on the bound: below */
	ts_observe(TS_STAGE_ENCODE, 51 * TS_NS_PER_US);
	ts_observe(TS_STAGE_ENCODE, 3 * TS_NS_PER_MS);
	ts_observe(TS_STAGE_ENCODE, 2 * TS_NS_PER_S);
	assert_true(ts_histograms_print(text, sizeof(text)) < sizeof(text));
	assert_non_null(strstr(text, "# TYPE tessera_stage_seconds histogram\n"));
	assert_non_null(strstr(text, "_bucket{stage=\"encode\",le=\"5e-05\"} 1\n"));
	assert_non_null(strstr(text, "_bucket{stage=\"encode\",le=\"0.0001\"} 2\n"));
	assert_non_null(strstr(text, "_bucket{stage=\"encode\",le=\"0.0025\"} 2\n"));
	assert_non_null(strstr(text, "_bucket{stage=\"encode\",le=\"0.005\"} 3\n"));
	assert_non_null(strstr(text, "_bucket{stage=\"encode\",le=\"0.1\"} 3\n"));
	assert_non_null(strstr(text, "_bucket{stage=\"encode\",le=\"+Inf\"} 4\n"));
	assert_non_null(strstr(text, "_sum{stage=\"encode\"} 2.003101000\n"));
	assert_non_null(strstr(text, "_count{stage=\"encode\"} 4\n"));
	assert_non_null(strstr(text, "_count{stage=\"decode\"} 0\n"));
	ts_observe(TS_STAGE_AV_SKEW, 20 * TS_NS_PER_MS);
	ts_histograms_print(text, sizeof(text));
	assert_non_null(strstr(text, "# TYPE tessera_av_skew_seconds histogram\n"));
	assert_non_null(strstr(text, "tessera_av_skew_seconds_bucket{le=\"0.02\"} 1\n"));
	assert_non_null(strstr(text, "tessera_av_skew_seconds_count{} 1\n"));
}

static void tells_the_length(void **state)
{
	char small[10];
	(void)state;
	size_t len = ts_histograms_print(NULL, 0);
	assert_int_equal(ts_histograms_print(small, sizeof(small)), len);
	assert_int_equal(strlen(small), sizeof(small) - 1);
	assert_int_equal(ts_histograms_print(text, sizeof(text)), len);
	assert_int_equal(strlen(text), len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_into_buckets), cmocka_unit_test(tells_the_length)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
