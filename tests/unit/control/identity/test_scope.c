#include "control/identity/caller.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

static void lists_are_read_and_written(void **state)
{
	static const struct {
		const char *text, *back;
		unsigned bits;
	} rows[] = {
		{"", "", 0},
		{"join", "join", TS_SCOPE_JOIN},
		{"watch join", "join watch", TS_SCOPE_JOIN | TS_SCOPE_WATCH},
		{"publish", "publish", TS_SCOPE_PUBLISH},
		{"publish:slides publish:camera publish:audio", "publish", TS_SCOPE_PUBLISH},
		{"publish:audio", "publish:audio", TS_SCOPE_AUDIO},
		{"admin", "admin", TS_SCOPE_ALL},
		{"admin join", "admin", TS_SCOPE_ALL},
		{"openid profile dial", "dial", TS_SCOPE_DIAL},
		{"JOIN Admin adminx admi", "", 0},
		{"  join  ", "join", TS_SCOPE_JOIN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned bits = 99;
		char back[TS_SCOPE_TEXT_MAX];
		assert_true(ts_scope_read(&bits, rows[i].text));
		assert_int_equal(bits, rows[i].bits);
		ts_scope_write(back, sizeof(back), bits);
		assert_string_equal(back, rows[i].back);
	}
	unsigned bits;
	char longest[TS_SCOPE_TEXT_MAX + 2];
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_false(ts_scope_read(&bits, longest));
	assert_false(ts_scope_read(&bits, "join\tadmin"));
	assert_false(ts_scope_read(&bits, "join\"admin"));
	assert_int_equal(bits, 0);
}

static void one_of_what_is_needed_is_enough(void **state)
{
	(void)state;
	assert_true(ts_scope_allows(TS_SCOPE_AUDIO, TS_SCOPE_PUBLISH));
	assert_false(ts_scope_allows(TS_SCOPE_JOIN, TS_SCOPE_PUBLISH));
	assert_true(ts_scope_allows(TS_SCOPE_ALL, TS_SCOPE_DIAL));
	/* all but admin is not admin, and a route without a scope is for who has all */
	assert_false(ts_scope_allows(TS_SCOPE_ALL & ~(unsigned)TS_SCOPE_ADMIN, TS_SCOPE_ADMIN));
	assert_false(ts_scope_allows(TS_SCOPE_ALL & ~(unsigned)TS_SCOPE_ADMIN, 0));
	assert_true(ts_scope_allows(TS_SCOPE_ALL, 0));
}

static void patterns_of_rooms(void **state)
{
	static const struct {
		const char *pattern, *room;
		bool has;
	} rows[] = {
		{"*", "a", true},
		{"*", "", true},
		{"a", "a", true},
		{"a", "A", false},
		{"a", "ab", false},
		{"sales-*", "sales-7", true},
		{"sales-*", "sales-", true},
		{"sales-*", "sales", false},
		{"sales-*", "xsales-7", false},
		{"*-eu", "a-eu", true},
		{"*-eu", "-e", false},
		{"a*a", "a", false}, /* what stands before and behind may not be the same letter */
		{"a*a", "aa", true},
		{"a*b", "axxb", true},
		{"a*b", "axxbc", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_room_pattern_has(rows[i].pattern, rows[i].room) != rows[i].has)
			fail_msg("%s %s", rows[i].pattern, rows[i].room);
	static const char *const bad[] = {"", "a*b*c", "**", "a b", "a/b", "a?", "\xc3\xa4",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ts_room_pattern_ok(bad[i])) fail_msg("\"%s\" is taken", bad[i]);
	assert_true(ts_room_pattern_ok("a.b_c~d-*"));
}

static void the_whole_server_is_no_room(void **state)
{
	struct ts_caller all = {.room = "*"}, some = {.room = "a*"};
	(void)state;
	assert_true(ts_caller_has_room(&all, ""));
	assert_false(ts_caller_has_room(&some, ""));
	assert_true(ts_caller_has_room(&some, "ab"));
	assert_false(ts_caller_has_room(&some, "b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_and_written),
		cmocka_unit_test(one_of_what_is_needed_is_enough),
		cmocka_unit_test(patterns_of_rooms),
		cmocka_unit_test(the_whole_server_is_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
