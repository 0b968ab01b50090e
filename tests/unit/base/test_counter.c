#include "base/counter.h"
#include "tests/unit/base/cmocka_all.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *print(void)
{
	size_t n = ts_count_print(NULL, 0);
	char *text = malloc(n + 1);
	assert_non_null(text);
	assert_int_equal(ts_count_print(text, n + 1), n);
	assert_int_equal(strlen(text), n);
	return text;
}

static void counts_up_and_down(void **state)
{
	(void)state;
	int64_t before = ts_count_get(TS_C_ROOMS);
	ts_count(TS_C_ROOMS);
	ts_count_add(TS_C_ROOMS, 5);
	ts_count_add(TS_C_ROOMS, -4);
	assert_int_equal(ts_count_get(TS_C_ROOMS), before + 2);
	ts_count_add(TS_C_ROOMS, -2);
}

static void rows_are_printed(void **state)
{
	(void)state;
	ts_count_add(TS_C_DROP_SRTP_AUTH, 3000000000);
	ts_count_add(TS_C_HTTP_REQUESTS, 2);
	char *text = print();
	assert_non_null(strstr(text,
		"# HELP tessera_rooms Rooms that exist\n# TYPE tessera_rooms gauge\n"
		"tessera_rooms 0\n"));
	assert_non_null(strstr(text, "# TYPE tessera_packets_dropped_total counter\n"));
	assert_non_null(
		strstr(text, "\ntessera_packets_dropped_total{reason=\"srtp_auth\"} 3000000000\n"));
	assert_non_null(strstr(text, "\ntessera_http_requests_total 2\n"));
	free(text);
}

static void old_names_say_the_same(void **state)
{
	(void)state;
	ts_count_add(TS_C_TICKS_SKIPPED_AUDIO, 7);
	ts_count_add(TS_C_TICKS_DELAYED_AUDIO, 5);
	char *text = print();
	assert_non_null(strstr(text, "\ntessera_ticks_skipped_total{media=\"audio\"} 7\n"));
	assert_non_null(strstr(text, "\ntessera_ticks_late_total{media=\"audio\"} 7\n"));
	assert_non_null(strstr(text,
		"\n# HELP tessera_ticks_late_total Old name of tessera_ticks_skipped_total\n"));
	free(text);
}

/* Prometheus refuses a family whose rows do not stand together, and one without a help text is of
 * no help. */
static void each_family_once(void **state)
{
	(void)state;
	char *text = print(), *rest = text, families[256][80];
	int n = 0, rows = 0;
	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		char name[80], help[8] = "";
		if (line[0] != '#') {
			assert_int_equal(sscanf(line, "%79[a-z_0-9]", name), 1);
			assert_string_equal(name, families[n - 1]);
			rows++;
		} else if (sscanf(line, "# HELP %79s %7s", name, help) >= 1) {
			assert_true(strlen(help) > 0);
			for (int i = 0; i < n; i++) assert_string_not_equal(families[i], name);
			assert_in_range(n, 0, 255);
			strcpy(families[n++], name);
		}
	}
	assert_int_equal(rows, TS_COUNTER_COUNT + 2); /* old names of two */
	free(text);
}

static void short_buffer_is_cut_and_ended(void **state)
{
	(void)state;
	char small[101];
	size_t n = ts_count_print(NULL, 0);
	memset(small, 'x', sizeof(small));
	assert_int_equal(ts_count_print(small, 100), n);
	assert_int_equal(strlen(small), 99);
	assert_int_equal(small[100], 'x');
}

static void *count_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10000; i++) ts_count(TS_C_RX_PACKETS);
	return NULL;
}

static void threads_lose_nothing(void **state)
{
	(void)state;
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
	for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
	assert_int_equal(ts_count_get(TS_C_RX_PACKETS), 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_up_and_down),
		cmocka_unit_test(rows_are_printed),
		cmocka_unit_test(old_names_say_the_same),
		cmocka_unit_test(each_family_once),
		cmocka_unit_test(short_buffer_is_cut_and_ended),
		cmocka_unit_test(threads_lose_nothing),
	};
	return cmocka_run_group_tests_name("base/counter", tests, NULL, NULL);
}
