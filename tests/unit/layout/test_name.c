#include "layout/name.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_are_cleaned(void **state)
{
	(void)state;
	static const struct {
		const char *name, *clean;
	} table[] = {
		{"Ada Lovelace", "Ada Lovelace"}, {"", ""},
		{"  \t Ada \r\n\n Lovelace  ", "Ada Lovelace"},
		{"a\x01\x02\x7f"
		 "b",
			"a b"},
		{"a\xc2\x85"
		 "b\xe2\x80\xa8"
		 "c\xe2\x80\xa9"
		 "d\xc2\xa0"
		 "e\xe3\x80\x80"
		 "f",
			"a b c d e f"},
		{"evil\xe2\x80\xaegnp.exe", "evilgnp.exe"}, /* right-to-left override */
		{"\xe2\x81\xa6"
		 "a\xe2\x81\xa9\xe2\x80\x8f\xe2\x80\x8e\xd8\x9c"
		 "b",
			"ab"}, /* isolates, marks */
		{"a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad"
		 "b",
			"ab"}, /* zero width, BOM, soft hyphen */
		{"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
			"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"}, /* ZWJ */
		/* ZWNJ in Persian */
		{"\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xb1", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xb1"},
		{"\xcc\x81\xcc\x82"
		 "a",
			"a"}, /* marks on nothing */
		{"a\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86"
		 "b",
			"a\xcc\x81\xcc\x82\xcc\x83\xcc\x84"
			"b"},
		{"a\xff\xfe"
		 "b\xc3",
			"a\xef\xbf\xbd\xef\xbf\xbd"
			"b\xef\xbf\xbd"},                                 /* not UTF-8 */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
	};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		char clean[TS_NAME_TEXT_MAX + 1];
		ts_name_clean(clean, table[i].name);
		assert_string_equal(clean, table[i].clean);
		for (size_t k = strlen(clean); k < sizeof(clean); k++)
			assert_int_equal(clean[k], 0);
	}
}

static void initials_stand_for_names(void **state)
{
	(void)state;
	static const struct {
		const char *name, *initials;
	} table[] = {
		{"Ada Lovelace", "AL"},
		{"ada", "A"},
		{"Johann Sebastian von Bach", "JB"},
		{"(Bob) \"Smith\"", "BS"},
		{"room 42", "R4"},
		{"!!!", "!"},
		{"", ""},
		{"\xc3\xa9mile zola", "\xc3\x89Z"},
		{"e\xcc\x81mile zola", "E\xcc\x81Z"},
		{"\xc7\x86 x", "\xc7\x85X"}, /* the title case of a digraph */
		{"\xd7\x99\xd7\x95\xd7\xa1\xd7\x99 \xd7\x9b\xd7\x94\xd7\x9f", "\xd7\x99\xd7\x9b"},
		{"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e", "\xe7\x8e\x8b"},
		{"\xd9\x85\xd8\xad\xd9\x85\xd8\xaf \xd8\xb9\xd9\x84\xd9\x8a", "\xd9\x85"},
		{"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf \xe0\xa4\x95",
			"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf"},
		{"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7",
			"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"},
		{"\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x9a\x80 x",
			"\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x9a\x80"},
		{"Ada \xe7\x8e\x8b", "A"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		char initials[TS_INITIALS_MAX + 1];
		ts_name_initials(initials, table[i].name);
		assert_string_equal(initials, table[i].initials);
	}
}

/* Whatever comes in, what goes out is valid, short and without controls. */
static void anything_becomes_harmless(void **state)
{
	(void)state;
	GRand *r = g_rand_new_with_seed(1);
	for (int i = 0; i < 20000; i++) {
		char name[300], clean[TS_NAME_TEXT_MAX + 1], initials[TS_INITIALS_MAX + 1];
		size_t len = 0, want = (size_t)g_rand_int_range(r, 0, 260);
		while (len < want) {
			if (i % 3 == 0)
				name[len++] = (char)g_rand_int_range(r, 1, 256);
			else
				len += (size_t)g_unichar_to_utf8(
					(gunichar)g_rand_int_range(
						r, 1, i % 3 == 1 ? 0x3000 : 0x20000),
					name + len);
		}
		name[len] = '\0';
		ts_name_clean(clean, name);
		ts_name_initials(initials, clean);
		assert_true(
			g_utf8_validate(clean, -1, NULL) && g_utf8_validate(initials, -1, NULL));
		for (const char *p = clean; *p; p = g_utf8_next_char(p))
			assert_false(g_unichar_iscntrl(g_utf8_get_char(p)));
		char again[TS_NAME_TEXT_MAX + 1];
		ts_name_clean(again, clean);
		assert_string_equal(again, clean);
	}
	g_rand_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cleaned),
		cmocka_unit_test(initials_stand_for_names),
		cmocka_unit_test(anything_becomes_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
