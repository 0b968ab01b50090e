/* Tables of keys: what is one, what is none, and how a room's stand over the server's. */
#include "config/keypad.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static void entries(void **state)
{
	static const struct {
		const char *keys, *action;
		bool good, host;
		const char *again; /* NULL: as action */
	} rows[] = {
		{"*6", "mute", true, false, NULL},
		{"0", "hangup", true, false, NULL},
		{"##", "help", true, false, NULL},
		{"12345678", "hand", true, false, NULL},
		{"*A", "keyframe", true, false, NULL},
		{"*1", "layout", true, true, NULL},
		{"*1", "layout:grid", true, true, NULL},
		{"*1", "all:layout:my-layout.2", true, false, NULL},
		{"*2", "all:spotlight", true, false, NULL},
		{"*6", "all:mute", true, false, "mute"},
		{"*5", "none", true, false, NULL},
		{"123456789", "hand", false, false, NULL},
		{"", "hand", false, false, NULL},
		{"*a", "hand", false, false, NULL},
		{"* 1", "hand", false, false, NULL},
		{"*6", "", false, false, NULL},
		{"*6", "mutes", false, false, NULL},
		{"*6", "mut", false, false, NULL},
		{"*6", "mute:me", false, false, NULL},
		{"*6", "all:", false, false, NULL},
		{"*6", "all:all:mute", false, false, NULL},
		{"*10", "view", true, false, NULL},
		{"*10", "view:portrait", true, false, NULL},
		{"*10", "all:view", true, false, "view"},
		{"*10", "view:", false, false, NULL},
		{"*10", "mute:x", false, false, NULL},
		{"*1", "layout:", false, false, NULL},
		{"*1", "layout:.hidden", false, false, NULL},
		{"*1", "layout:a/b", false, false, NULL},
		{"*1", "layout:a b", false, false, NULL},
		{"*1",
			"layout:"
			"0123456789012345678901234567890123456789012345678901234567890123",
			true, true, NULL},
		{"*1",
			"layout:"
			"01234567890123456789012345678901234567890123456789012345678901234",
			false, false, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_key_entry e;
		char text[TS_KEYS_ACTION_TEXT];
		const bool good = ts_key_entry_read(&e, rows[i].keys, rows[i].action);
		if (good != rows[i].good) fail_msg("%s=%s", rows[i].keys, rows[i].action);
		if (!good) continue;
		ts_key_entry_print(text, &e);
		assert_int_equal(e.host, rows[i].host);
		assert_string_equal(e.keys, rows[i].keys);
		assert_string_equal(text, rows[i].again ? rows[i].again : rows[i].action);
	}
}

static void a_room_over_the_server(void **state)
{
	struct ts_keys k = {.n = 0};
	(void)state;
	assert_true(ts_keys_read(&k, "*6=mute, *7=volume-down,*8=volume-up", false));
	assert_int_equal(k.n, 3);
	assert_true(ts_keys_read(&k, " *7=none *6=hand *1=layout:grid *9=none ", false));
	assert_int_equal(k.n, 3);
	assert_string_equal(k.entry[0].keys, "*6");
	assert_int_equal(k.entry[0].action, TS_KEY_HAND);
	assert_string_equal(k.entry[1].keys, "*8");
	assert_string_equal(k.entry[2].name, "grid");
	k.n = 0;
	assert_true(ts_keys_read(&k, "*7=none", true));
	assert_int_equal(k.n, 1);
}

static void what_is_no_table(void **state)
{
	static const char *const texts[] = {"*6", "=mute", "*6=", "*6=mute;*7=hand", "*6=mute *7",
		"*6 = mute",
		"*1=layout:0123456789012345678901234567890123456789012345678901234567890"
		"123456789012345"
		"0123456789012345678901234567890123456789"};
	char many[1000] = "";
	struct ts_keys k = {.n = 0};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ts_keys_read(&k, texts[i], false)) fail_msg("%s", texts[i]);
	k.n = 0;
	for (int i = 0; i < TS_KEYS_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%d=mute ", 100 + i);
	assert_true(ts_keys_read(&k, many, false));
	assert_int_equal(k.n, TS_KEYS_MAX);
	assert_true(ts_keys_read(&k, "100=hand", false)); /* in place of one */
	assert_false(ts_keys_read(&k, "99=hand", false));
	assert_int_equal(k.n, TS_KEYS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(a_room_over_the_server),
		cmocka_unit_test(what_is_no_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
