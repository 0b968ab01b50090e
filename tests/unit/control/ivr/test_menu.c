/* What keys and time do in the menu of a caller, as tables. */
#include "control/ivr/menu.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* A script: digits and '*', '#' are pressed; 'p' a pause of 1 s, 'P' one of 10 s, or until
 * something happens; 'x' what was tried is wrong. Acts are written as they come: s SHOW, a ASK,
 * t TRY with what was entered, l LATE, ! the last try was wrong. */
static void play(const char *script, size_t length, char *out, size_t cap)
{
	struct ts_menu menu;
	int64_t now_ns = 5 * TS_NS_PER_S;
	*out = '\0';
	ts_menu_begin(&menu, now_ns);
	ts_menu_ask(&menu, TS_MENU_PIN, length, now_ns);
	for (; *script; script++) {
		enum ts_menu_act act = TS_MENU_NOTHING;
		const size_t n = strlen(out);
		const int s = *script == 'P' ? 10 : *script == 'p' ? 1 : 0;
		if (*script == 'x') {
			if (ts_menu_wrong(&menu, now_ns)) snprintf(out + n, cap - n, "! ");
			continue;
		}
		if (!s) act = ts_menu_digit(&menu, *script, now_ns);
		for (int tenths = 0; tenths < 10 * s && act == TS_MENU_NOTHING; tenths++) {
			now_ns += TS_NS_PER_S / 10;
			act = ts_menu_run(&menu, now_ns);
		}
		switch (act) {
		case TS_MENU_NOTHING: break;
		case TS_MENU_SHOW: snprintf(out + n, cap - n, "s "); break;
		case TS_MENU_ASK: snprintf(out + n, cap - n, "a "); break;
		case TS_MENU_LATE: snprintf(out + n, cap - n, "l "); break;
		case TS_MENU_TRY: snprintf(out + n, cap - n, "t%s ", menu.digits); break;
		}
	}
}

static void keys_and_time(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		size_t length;
		const char *acts;
	} rows[] = {
		{"1234", 4, "s s s t1234 "}, /* as many as there are */
		{"1234", 0, "s s s s "},     /* how many is not known */
		{"12#", 0, "s s t12 "},
		{"#", 4, "a "}, /* nothing was entered */
		{"12*1234", 4, "s s s s s s t1234 "},
		{"*", 4, "s "},
		{"1A2B", 0, "s s "},    /* keys that no telephone has */
		{"12P", 0, "s s t12 "}, /* nothing follows */
		{"1pp2pp3pp", 0, "s s s "},
		{"P", 0, ""},
		{"PP", 0, "a "}, /* asked again */
		{"PPPP", 0, "a a "},
		{"PPPPPPPP", 0, "a a a l "},    /* their time is over */
		{"PPPPPPPP1#P", 0, "a a a l "}, /* ... and nothing counts any more */
		{"1#x2#x3#x4#", 0, "s t1 s t2 s t3 ! "},
		{"1111x2222x3333x4444", 4, "s s s t1111 s s s t2222 s s s t3333 ! "},
		{"1#x#", 0, "s t1 a "},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char acts[256];
		play(rows[i].script, rows[i].length, acts, sizeof(acts));
		if (strcmp(acts, rows[i].acts) != 0)
			fail_msg("%s: \"%s\" is not \"%s\"", rows[i].script, acts, rows[i].acts);
	}
}

static void digits_are_bounded(void **state)
{
	(void)state;
	struct ts_menu menu;
	ts_menu_begin(&menu, 0);
	ts_menu_ask(&menu, TS_MENU_NUMBER, 1000, 0); /* of a length that nobody enters */
	for (int i = 0; i < TS_MENU_DIGITS_MAX; i++)
		assert_int_equal(ts_menu_digit(&menu, '7', 0), TS_MENU_SHOW);
	assert_int_equal(ts_menu_digit(&menu, '7', 0), TS_MENU_NOTHING);
	assert_int_equal(strlen(menu.digits), TS_MENU_DIGITS_MAX);
	assert_int_equal(ts_menu_digit(&menu, '#', 0), TS_MENU_TRY);
}

static void each_question_has_tries_of_its_own_in_one_time(void **state)
{
	(void)state;
	struct ts_menu menu;
	ts_menu_begin(&menu, 0);
	ts_menu_ask(&menu, TS_MENU_NUMBER, 0, 0);
	assert_false(ts_menu_wrong(&menu, 0));
	assert_false(ts_menu_wrong(&menu, 0));
	ts_menu_ask(&menu, TS_MENU_PIN, 4, 50 * TS_NS_PER_S);
	assert_false(ts_menu_wrong(&menu, 50 * TS_NS_PER_S));
	assert_int_equal(ts_menu_run(&menu, TS_MENU_ENTER_NS - 1), TS_MENU_NOTHING);
	assert_int_equal(ts_menu_run(&menu, TS_MENU_ENTER_NS), TS_MENU_LATE);
	assert_int_equal(ts_menu_digit(&menu, '1', TS_MENU_ENTER_NS), TS_MENU_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_time),
		cmocka_unit_test(digits_are_bounded),
		cmocka_unit_test(each_question_has_tries_of_its_own_in_one_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
