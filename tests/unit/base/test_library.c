#include "base/library.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void versions_are_compared_by_their_numbers(void **state)
{
	static const struct {
		const char *a, *b;
		int sign;
	} rows[] = {
		{"3.0.9", "3.0.22", -1},
		{"3.0.22", "3.0.22", 0},
		{"3.5.0", "3.0.22", 1},
		{"5.1.9-0+deb12u1", "5.1.9", 0},
		{"5.1", "5.1.0", 0},
		{"5.1", "5.1.1", -1},
		{"10", "9.9", 1},
		{"1.3.1-rc2", "1.3.1", 0},
		{"", "0.1", -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int there = ts_version_compare(rows[i].a, rows[i].b),
		    back = ts_version_compare(rows[i].b, rows[i].a);
		assert_int_equal((there > 0) - (there < 0), rows[i].sign);
		assert_int_equal((back > 0) - (back < 0), -rows[i].sign);
	}
}

static void what_is_too_old_is_known_by_its_branch(void **state)
{
	static const struct {
		const char *name, *version, *floor;
	} rows[] = {
		{"openssl", "3.0.19", "3.0.22"},
		{"openssl", "1.1.1", "3.0.22"},
		{"openssl", "3.0.22", NULL},
		{"openssl", "3.5.1", "3.5.7"},
		{"openssl", "3.5.9", NULL},
		{"openssl", "3.6.0", NULL},
		{"ffmpeg", "5.1.8-0+deb12u1", "5.1.9"},
		{"ffmpeg", "7.1", "7.1.5"},
		{"ffmpeg", "7.10.2", NULL},
		{"ffmpeg", "7.1.1-1", "7.1.5"},
		{"ffmpeg", "7.1.5-0+deb13u1", NULL},
		{"ffmpeg", "N-12345-gabcdef", NULL}, /* a build that tells no number */
		{"unheard-of", "0.0.1", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ts_libraries list = {.n = 0};
		const char *why = NULL;
		ts_library_add(&list, rows[i].name, rows[i].version);
		const char *floor = ts_library_floor(&list.item[0], &why);
		assert_int_equal(floor != NULL, rows[i].floor != NULL);
		if (floor) assert_string_equal(floor, rows[i].floor);
		assert_int_equal(floor != NULL, why != NULL);
	}
}

static void a_version_is_one_word_and_the_list_is_bounded(void **state)
{
	struct ts_libraries list = {.n = 0};
	(void)state;
	ts_library_add(&list, "x", "1.2.3 \"quoted\" key=value");
	assert_string_equal(list.item[0].version, "1.2.3");
	ts_library_add(&list, "y", "a version that is much too long to be kept in here");
	assert_string_equal(list.item[1].version, "a");
	for (int i = 0; i < 2 * TS_LIBRARIES_MAX; i++)
		ts_library_add_numbers(&list, "z", 59, 37, 100);
	assert_int_equal(list.n, TS_LIBRARIES_MAX);
	assert_string_equal(list.item[TS_LIBRARIES_MAX - 1].version, "59.37.100");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_compared_by_their_numbers),
		cmocka_unit_test(what_is_too_old_is_known_by_its_branch),
		cmocka_unit_test(a_version_is_one_word_and_the_list_is_bounded),
	};
	return cmocka_run_group_tests_name("base/library", tests, NULL, NULL);
}
