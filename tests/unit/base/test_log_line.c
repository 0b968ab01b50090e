#include "base/log.h"
#include "base/log_line.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static char out[4096];

static const char *json(const char *event, const char *pairs)
{
	const struct ts_log_record record = {
		.level = TS_LOG_INFO, .unix_ms = 1700000000123, .event = event, .pairs = pairs};
	out[ts_log_json_line(out, sizeof(out), &record)] = '\0';
	return out + strlen("{\"ts\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\",");
}

static void time_is_as_gmtime_has_it(void **state)
{
	char s[TS_LOG_TIME_MAX];
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {{0, "1970-01-01T00:00:00.000Z"}, {951782400000, "2000-02-29T00:00:00.000Z"},
		{1709251199999, "2024-02-29T23:59:59.999Z"},
		{1709251200000, "2024-03-01T00:00:00.000Z"},
		{1735689599999, "2024-12-31T23:59:59.999Z"},
		{4107542400000, "2100-03-01T00:00:00.000Z"}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ts_log_time(s, rows[i].ms), strlen(rows[i].text));
		assert_string_equal(s, rows[i].text);
	}
}

static void pairs_become_members(void **state)
{
	static const struct {
		const char *pairs, *json;
	} rows[] = {
		{"", "\"event\":\"e\"}"},
		{"a=1 b=two", "\"event\":\"e\",\"a\":\"1\",\"b\":\"two\"}"},
		{"a=\"x y\" b=", "\"event\":\"e\",\"a\":\"x y\",\"b\":\"\"}"},
		{"kept=the one before c=3",
			"\"event\":\"e\",\"kept\":\"the one before\",\"c\":\"3\"}"},
		{"a= b=2", "\"event\":\"e\",\"a\":\"\",\"b\":\"2\"}"},
		{"calls did not end", "\"event\":\"e\",\"text\":\"calls did not end\"}"},
		{"level=error event=x ts=1",
			"\"event\":\"e\",\"level_\":\"error\",\"event_\":\"x\",\"ts_\":\"1\"}"},
		{"a=\"q \\\" b=1 \\\\\" c=2",
			"\"event\":\"e\",\"a\":\"q \\\" b=1 \\\\\",\"c\":\"2\"}"},
		{"a=\"\\n\\x1b\"", "\"event\":\"e\",\"a\":\"\\n\\\\x1b\"}"},
		{"a=\"no end", "\"event\":\"e\",\"a\":\"no end\"}"},
		{"a=\"end \\", "\"event\":\"e\",\"a\":\"end \\\\\"}"},
		{"a=\xff\"b", "\"event\":\"e\",\"a\":\"\\ufffd\\\"b\"}"},
		{"a=\xe2\x82", "\"event\":\"e\",\"a\":\"\\ufffd\\ufffd\"}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(json("e", rows[i].pairs), rows[i].json);
}

/* Whatever somebody is called: their name is one value of one line. */
static void no_name_makes_a_pair(void **state)
{
	static const char *const names[] = {"\" level=error event=\"forged", "\\", "\\\"", "a\\",
		"\n{\"event\":\"forged\"}",
		"\xe2\x80\xae"
		"gpj.exe",
		"\xe2\x80\xa8 x", "\x01\x7f\xc2\x9b", "\xf0\x9f\x98\x80", "\",\"event\":\"forged"};
	char pairs[512];
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(pairs, sizeof(pairs), "name=%s last=yes", TS_LOG_STR(names[i]));
		const char *line = json("joined", pairs);
		assert_memory_equal(line, "\"event\":\"joined\",\"name\":\"", 25);
		const char *end = line + strlen(line) - strlen("\",\"last\":\"yes\"}");
		assert_string_equal(end, "\",\"last\":\"yes\"}");
		for (const char *c = line + 25; c < end; c++) {
			assert_in_range((unsigned char)*c, 0x20, 0xfe);
			if (*c == '\\')
				c++;
			else
				assert_int_not_equal(*c, '"');
		}
		assert_null(strstr(line, "\xe2\x80"));
	}
}

static void what_is_too_long_is_cut_and_whole(void **state)
{
	char pairs[3000];
	(void)state;
	for (size_t cap = 256; cap < 400; cap++) {
		const struct ts_log_record record = {.event = "e", .pairs = pairs};
		memset(pairs, 'x', sizeof(pairs));
		memcpy(pairs, "a=1 b=", 6);
		pairs[sizeof(pairs) - 1] = '\0';
		const size_t n = ts_log_json_line(out, cap, &record);
		assert_in_range(n, 1, cap - 1);
		out[n] = '\0';
		assert_string_equal(out + n - strlen(",\"a\":\"1\",\"cut\":true}"),
			",\"a\":\"1\",\"cut\":true}");
		assert_in_range(ts_log_journal_message(out, cap, &record), 1, cap - 1);
		assert_in_range(ts_log_text_line(out, cap, &record), 1, cap - 1);
	}
}

static void the_journal_gets_fields(void **state)
{
	const struct ts_log_record record = {.level = TS_LOG_WARN,
		.event = "joined",
		.pairs = "room=a name=\"An\\nn\" kept-by=me level=3"};
	(void)state;
	out[ts_log_journal_message(out, sizeof(out), &record)] = '\0';
	assert_string_equal(out,
		"PRIORITY=4\nSYSLOG_IDENTIFIER=tessera\nTESSERA_EVENT=joined\n"
		"MESSAGE=joined room=a name=\"An\\nn\" kept-by=me level=3\n"
		"TESSERA_ROOM=a\nTESSERA_NAME=An\\nn\nTESSERA_KEPT_BY=me\nTESSERA_LEVEL_=3\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_as_gmtime_has_it),
		cmocka_unit_test(pairs_become_members),
		cmocka_unit_test(no_name_makes_a_pair),
		cmocka_unit_test(what_is_too_long_is_cut_and_whole),
		cmocka_unit_test(the_journal_gets_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
