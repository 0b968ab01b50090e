/* What people type: letters, lines, erasures; and texts of several for one who cannot tell them
 * apart. */
#include "control/rtt/mix.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000000)
#define LS "\xe2\x80\xa8"

static char got[8000];

static void add(const char *text)
{
	assert_true(strlen(got) + strlen(text) < sizeof(got));
	strcat(got, text);
}

static int reset(void **state)
{
	(void)state;
	*got = '\0';
	return 0;
}

/* ---- typing */

static void on_typed(void *arg, enum ts_typed_kind kind, const char *text)
{
	(void)arg;
	add(kind == TS_TYPED_TEXT ? text : kind == TS_TYPED_LINE ? "/" : "<");
}

static void on_line(void *arg, const char *line)
{
	(void)arg;
	add("{");
	add(line);
	add("}");
}

static const struct ts_typing_events events = {on_typed, on_line, NULL};

static void test_typing(void **state)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"a line", "Hi\r\n", "Hi/{Hi}"},
		{"its separators",
			"a" LS "b\xe2\x80\xa9"
			"c\rd\n",
			"a/{a}b/{b}c/{c}d/{d}"},
		{"empty ones are none", "\n\n", "//"},
		{"erased", "Helo\blo\n", "Helo<lo/{Hello}"},
		{"a letter of several bytes", "a€\bb\n", "a€<b/{ab}"},
		{"more than there was", "a\b\b\bb\n", "a<<<b/{b}"},
		{"a mark of order, a bell", "\xef\xbb\xbfHi\a\n", "Hi/{Hi}"},
		{"direction and isolates",
			"a\xe2\x80\xae"
			"b\xe2\x81\xa6"
			"c\n",
			"abc/{abc}"},
		{"a graphic rendition",
			"a\xc2\x9b"
			"1;31mb\n",
			"ab/{ab}"},
		{"a string for machines",
			"a\xc2\x98"
			"secret\xc2\x9c"
			"b\n",
			"ab/{ab}"},
		{"an interruption",
			"a\x1b"
			"ab\n",
			"ab/{ab}"},
		{"no UTF-8",
			"a\xff"
			"b\xe2\x28\n",
			"a\xef\xbf\xbd"
			"b\xef\xbf\xbd(/{a\xef\xbf\xbd"
			"b\xef\xbf\xbd(}"},
		{"a tab", "a\tb\n", "a b/{a b}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int by_byte = 0; by_byte < 2; by_byte++) {
			struct ts_typing t = {.len = 0};
			*got = '\0';
			if (by_byte)
				for (const char *p = rows[i].text; *p; p++)
					ts_typing_take(&t, p, 1, &events);
			else
				ts_typing_take(&t, rows[i].text, strlen(rows[i].text), &events);
			if (strcmp(got, rows[i].expected) != 0)
				fail_msg("%s: %s, not %s", rows[i].name, got, rows[i].expected);
		}
	}
}

static void test_long_line(void **state)
{
	struct ts_typing t = {.len = 0};
	(void)state;
	for (int i = 0; i < TS_TYPED_LINE_MAX; i++) ts_typing_take(&t, "x", 1, &events);
	assert_non_null(strstr(got, "x/{xxx"));
	assert_int_equal(t.len, 0);
	*got = '\0';
	ts_typing_take(&t, "rest", 4, &events);
	ts_typing_end(&t, &events);
	assert_string_equal(got, "rest{rest}");
}

/* ---- mix */

static void put(void *arg, const char *text)
{
	(void)arg;
	add(text);
}

static void type(struct ts_mix *m, uint64_t who, const char *text, int64_t now_ns)
{
	char name[8];
	snprintf(name, sizeof(name), "P%d", (int)who);
	for (; *text; text++) {
		const char letter[2] = {*text, '\0'};
		const struct ts_mix_input in = {who, name,
			*text == '\n'           ? TS_TYPED_LINE
				: *text == '\b' ? TS_TYPED_ERASE
						: TS_TYPED_TEXT,
			*text == '\n' || *text == '\b' ? "" : letter};
		ts_mix_take(m, &in, now_ns, put, NULL);
	}
}

static void test_turns(void **state)
{
	struct ts_mix m;
	(void)state;
	ts_mix_init(&m);
	type(&m, 2, "Hello", 1 * S);
	type(&m, 4, "Me too", 1 * S);
	assert_true(ts_mix_run(&m, 1 * S, put, NULL));
	assert_string_equal(got, "[P2] Hello");
	type(&m, 2, " all.", 1 * S + S / 2); /* no space yet: it may be 3.5 */
	assert_string_equal(got, "[P2] Hello all.");
	type(&m, 2, " ", 1 * S + S / 2);
	assert_false(ts_mix_run(&m, 1 * S + S / 2, put, NULL));
	assert_string_equal(got, "[P2] Hello all. " LS "[P4] Me too");
	/* the end of a line; the next one has a name again */
	type(&m, 4, "\n", 2 * S);
	type(&m, 4, "More", 2 * S);
	assert_string_equal(got, "[P2] Hello all. " LS "[P4] Me too" LS "[P4] More");
	/* nothing for a while */
	type(&m, 2, "X", 2 * S);
	ts_mix_run(&m, 2 * S + TS_MIX_IDLE_NS - 1, put, NULL);
	assert_null(strchr(got, 'X'));
	ts_mix_run(&m, 2 * S + TS_MIX_IDLE_NS, put, NULL);
	assert_string_equal(got, "[P2] Hello all. " LS "[P4] Me too" LS "[P4] More" LS "[P2] X");
	ts_mix_fini(&m);
}

/* Who writes on and on gives way between two words; names cannot be erased. */
static void test_long_turn(void **state)
{
	struct ts_mix m;
	(void)state;
	ts_mix_init(&m);
	type(&m, 2, "ab\b\b\b\b", 0);
	assert_string_equal(got, "[P2] ab\b\b");
	type(&m, 4, "cd\b", 0);
	for (int64_t t = 1; t <= 12; t++) type(&m, 2, "on ", t * S);
	assert_non_null(strstr(got, "on " LS "[P4] c"));
	/* they wrote no more */
	assert_non_null(strstr(got, "[P4] c" LS "[P2] on on "));
	ts_mix_fini(&m);
}

static void test_full(void **state)
{
	struct ts_mix m;
	(void)state;
	ts_mix_init(&m);
	type(&m, 2, "x", 0);
	for (uint64_t who = 10; who < 10 + TS_MIX_WAITING + 5; who++) type(&m, who, "y", 0);
	assert_int_equal(m.waiting.length, TS_MIX_WAITING);
	assert_int_equal(m.dropped, 5);
	for (int i = 0; i < TS_MIX_WAITING_BYTES + 10; i++) type(&m, 10, "z", 0);
	assert_true(m.dropped > 5 && m.dropped < 20);
	ts_mix_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_typing, reset),
		cmocka_unit_test_setup(test_long_line, reset),
		cmocka_unit_test_setup(test_turns, reset),
		cmocka_unit_test_setup(test_long_turn, reset),
		cmocka_unit_test_setup(test_full, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
