/* What is kept of a call's messages. What of a message may be shown:
 * tests/fuzz/fuzz_sip_trace.c. */
#include "control/sip/trace.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static void sum(const struct ts_sip_trace *trace)
{
	size_t bytes = 0;
	for (const GList *link = trace->messages.head; link; link = link->next) {
		const struct ts_sip_traced *m = link->data;
		assert_int_equal(strlen(m->text), m->len);
		bytes += m->len;
	}
	assert_int_equal(bytes, trace->bytes);
}

static void the_last_ones_stay(void **state)
{
	struct ts_sip_trace trace;
	char text[16];
	(void)state;
	ts_sip_trace_init(&trace);
	for (int i = 0; i < 100; i++) {
		int n = snprintf(text, sizeof(text), "message %d", i);
		ts_sip_trace_add(&trace, i & 1, i, text, (size_t)n);
	}
	assert_int_equal(trace.messages.length, TS_SIP_TRACE_MESSAGES);
	const struct ts_sip_traced *first = trace.messages.head->data,
				   *last = trace.messages.tail->data;
	assert_string_equal(first->text, "message 52");
	assert_string_equal(last->text, "message 99");
	assert_true(last->sent && last->at_unix_ms == 99);
	sum(&trace);
	ts_sip_trace_fini(&trace);
}

static void long_ones_push_others_out(void **state)
{
	struct ts_sip_trace trace;
	char text[TS_SIP_TRACE_BYTES];
	(void)state;
	memset(text, 'x', sizeof(text));
	ts_sip_trace_init(&trace);
	for (int i = 0; i < TS_SIP_TRACE_MESSAGES; i++) {
		ts_sip_trace_add(&trace, false, i, text, sizeof(text) - 1);
		assert_true(trace.bytes <= TS_SIP_TRACE_ALL_BYTES);
	}
	assert_int_equal(trace.messages.length, TS_SIP_TRACE_ALL_BYTES / (TS_SIP_TRACE_BYTES - 1));
	for (int i = 0; i < 10; i++) ts_sip_trace_add(&trace, false, i, "", 0);
	sum(&trace);
	ts_sip_trace_fini(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_ones_stay), cmocka_unit_test(long_ones_push_others_out)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
