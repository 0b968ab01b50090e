/* Sequences of keys, with time as a parameter. */
#include "control/keypad/reader.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static const char table_text[] =
	"*6=mute *7=volume-down *1=layout *12=layout:grid *123=layout:stage 5=hand ##=hangup";

/* '.' is a time-out. What comes out: names of actions, or keys in () that are none. */
static void sequences(void **state)
{
	static const struct {
		const char *pressed, *out;
	} rows[] = {
		{"*6", "mute "},
		{"*6*7*6", "mute volume-down mute "},
		{"*.6.", "(*) "},
		{"*9", "(*9) "},
		{"9", ""},
		{"1234", ""}, /* a PIN that came late: not a word */
		{"1234#.", "(#) "},
		{"5", "hand "},
		{"5*6", "hand mute "},
		{"*5", "hand "}, /* no sequence, but its last key is one */
		{"**6", "mute "},
		{"***.", "(*) "},
		{"*1.", "layout "},
		{"*1*6", "layout mute "},
		{"*15", "layout hand "},
		{"*19", "layout "},
		{"*12.", "layout:grid "},
		{"*123", "layout:stage "},
		{"*124", "layout:grid "},
		{"*125", "layout:grid hand "},
		{"*12*6", "layout:grid mute "},
		{"##", "hangup "},
		{"#*6", "mute "},
		{"#.", "(#) "},
		{".", ""},
		{"*8*6", "(*8) mute "},
		{"AAAA*6", "mute "},
	};
	struct ts_keys table = {.n = 0};
	(void)state;
	assert_true(ts_keys_read(&table, table_text, false));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_key_reader r = {.text = ""};
		char out[200] = "";
		int64_t due_ns = 0;
		for (const char *key = rows[i].pressed; *key; key++) {
			struct ts_key_read read = {.rest = *key};
			do {
				if (*key == '.')
					ts_key_reader_expire(&r, &table, &read);
				else
					ts_key_reader_push(&r, &table, read.rest, ++due_ns, &read);
				char text[TS_KEYS_ACTION_TEXT] = "";
				if (read.verdict == TS_KEYS_FOUND)
					ts_key_entry_print(text, read.entry);
				else if (read.verdict == TS_KEYS_UNKNOWN)
					snprintf(text, sizeof(text), "(%s)", read.keys);
				if (*text) strcat(strcat(out, text), " ");
			} while (read.rest);
			if (*r.text && *key != '.') assert_int_equal(r.due_ns, due_ns);
		}
		if (strcmp(out, rows[i].out)) fail_msg("%s: %s", rows[i].pressed, out);
	}
}

static void longest_sequence(void **state)
{
	struct ts_keys table = {.n = 0};
	struct ts_key_reader r = {.text = ""};
	struct ts_key_read read;
	(void)state;
	assert_true(ts_keys_read(&table, "11111111=mute", false));
	for (int i = 0; i < 7; i++) {
		ts_key_reader_push(&r, &table, '1', 1, &read);
		assert_int_equal(read.verdict, TS_KEYS_WAIT);
	}
	/* the table shrinks while a sequence is under way */
	struct ts_keys none = {.n = 0};
	struct ts_key_reader other = r;
	ts_key_reader_push(&other, &none, '1', 1, &read);
	assert_int_equal(read.verdict, TS_KEYS_UNKNOWN);
	assert_string_equal(read.keys, "11111111");
	ts_key_reader_push(&r, &table, '1', 1, &read);
	assert_int_equal(read.verdict, TS_KEYS_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences),
		cmocka_unit_test(longest_sequence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
