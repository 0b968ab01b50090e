#include "control/machines/budget.h"
#include "control/machines/message.h"

#include "base/clock.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static const char *read_text(struct ts_machine_message *out, const char *text)
{
	return ts_machine_message_read(out, (const uint8_t *)text, strlen(text));
}

static void orders_are_read(void **state)
{
	static const struct {
		const char *text;
		enum ts_machine_order order;
		const char *name, *word, *view;
	} rows[] = {
		{"{\"event\":\"mark\",\"mark\":{\"name\":\"a\"}}", TS_ORDER_MARK, "a", "", ""},
		{"{\"event\":\"mark\",\"name\":\"\\u00e9\"}", TS_ORDER_MARK, "\xc3\xa9", "", ""},
		{"{\"event\":\"clear\",\"streamSid\":\"x\"}", TS_ORDER_CLEAR, "", "", ""},
		{"{\"event\":\"hear\",\"hears\":\"all\"}", TS_ORDER_HEAR, "", "all", ""},
		{"{\"event\":\"snapshot\",\"id\":\"1\",\"view\":\"v\"}", TS_ORDER_SNAPSHOT, "", "1",
			"v"},
		{"{\"event\":\"snapshot\"}", TS_ORDER_SNAPSHOT, "", "", ""},
		{"{\"event\":\"stop\"}", TS_ORDER_STOP, "", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_machine_message m;
		assert_null(read_text(&m, rows[i].text));
		assert_int_equal(m.order, rows[i].order);
		assert_string_equal(m.name, rows[i].name);
		assert_string_equal(m.word, rows[i].word);
		assert_string_equal(m.view, rows[i].view);
		ts_machine_message_fini(&m);
	}
}

static void sound_is_base64(void **state)
{
	struct ts_machine_message m;
	(void)state;
	assert_null(read_text(&m, "{\"event\":\"media\",\"media\":{\"payload\":\"AAECAwQ=\"}}"));
	assert_int_equal(m.payload_len, 5);
	assert_memory_equal(m.payload, "\0\1\2\3\4", 5);
	ts_machine_message_fini(&m);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const rows[] = {"", "{", "[]", "1", "{\"event\":1}", "{\"event\":\"\"}",
		"{\"event\":\"what\"}", "{\"event\":\"stop\",\"event\":\"clear\"}",
		"{\"event\":\"media\"}", "{\"event\":\"media\",\"media\":\"AAAA\"}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"AAA\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"A===\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"A A=\"}}", "{\"event\":\"mark\"}",
		"{\"event\":\"mark\",\"name\":7}", "{\"event\":\"mark\",\"name\":\"a\\u0000b\"}",
		"{\"event\":\"hear\"}", "{\"event\":\"hear\",\"hears\":[]}",
		"{\"event\":\"snapshot\",\"view\":\"0123456789012345678901234567890123\"}",
		"{\"event\":\"stop\"} x"};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_machine_message m;
		if (!read_text(&m, rows[i])) fail_msg("%s was read", rows[i]);
		ts_machine_message_fini(&m);
	}
}

static void names_have_a_limit(void **state)
{
	char text[300], name[TS_MACHINE_NAME_MAX + 2];
	struct ts_machine_message m;
	(void)state;
	memset(name, 'n', sizeof(name));
	name[TS_MACHINE_NAME_MAX] = '\0';
	snprintf(text, sizeof(text), "{\"event\":\"mark\",\"name\":\"%s\"}", name);
	assert_null(read_text(&m, text));
	name[TS_MACHINE_NAME_MAX] = 'n';
	name[TS_MACHINE_NAME_MAX + 1] = '\0';
	snprintf(text, sizeof(text), "{\"event\":\"mark\",\"name\":\"%s\"}", name);
	assert_non_null(read_text(&m, text));
}

static void ten_times_what_can_be_heard_is_too_much(void **state)
{
	struct ts_budget b = {0};
	int64_t now_ns = 1000 * TS_NS_PER_S;
	(void)state;
	/* a minute at once, then as fast as is allowed for an hour */
	for (int i = 0; i < TS_BUDGET_BURST; i++) assert_true(ts_budget_take(&b, 1, now_ns));
	for (int s = 0; s < 3600; s++) {
		now_ns += TS_NS_PER_S;
		assert_true(ts_budget_take(&b, TS_BUDGET_PER_S, now_ns));
	}
	assert_false(ts_budget_take(&b, 1, now_ns));
	assert_true(ts_budget_take(&b, 1, now_ns + TS_NS_PER_S));
	/* a pause earns no more than the burst */
	now_ns += 3600 * TS_NS_PER_S;
	assert_true(ts_budget_take(&b, TS_BUDGET_BURST, now_ns));
	assert_false(ts_budget_take(&b, 1, now_ns));
}

static void who_lags_is_cut_after_five_seconds(void **state)
{
	struct ts_lag lag = {0};
	(void)state;
	for (int i = 1; i < TS_LAG_MAX; i++) assert_true(ts_lag_drop(&lag, 1));
	assert_false(ts_lag_drop(&lag, 1));
	/* half of all lost: later, but as well */
	lag = (struct ts_lag){0};
	int n = 0;
	while (ts_lag_drop(&lag, 1) && ++n < 10000) ts_lag_pass(&lag);
	assert_in_range(n, 300, 320);
	assert_int_equal(ts_lag_told(&lag), n + 1);
	assert_int_equal(ts_lag_told(&lag), 0);
	/* one of ten: never */
	lag = (struct ts_lag){0};
	for (int i = 0; i < 100000; i++) {
		assert_true(ts_lag_drop(&lag, 1));
		for (int k = 0; k < 9; k++) ts_lag_pass(&lag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_read),
		cmocka_unit_test(sound_is_base64),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(names_have_a_limit),
		cmocka_unit_test(ten_times_what_can_be_heard_is_too_much),
		cmocka_unit_test(who_lags_is_cut_after_five_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
