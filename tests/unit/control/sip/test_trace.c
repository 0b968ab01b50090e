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

#define TOKEN "0123456789abcdef0123"
#define HIDDEN "(hidden)"

static void what_is_hidden(void **state)
{
	static const struct {
		const char *message, *shown;
	} rows[] = {
		/* bodies of keys */
		{"INFO sip:r@h SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\n"
		 "Signal=5\r\nDuration=9\r\n",
			"INFO sip:r@h SIP/2.0\r\n"
			"Content-Type: application/dtmf-relay\r\n\r\n" HIDDEN "\r\n" HIDDEN "\r\n"},
		{"CONTENT-TYPE : Application/DTMF\r\n\r\n5",
			"CONTENT-TYPE : Application/DTMF\r\n\r\n" HIDDEN},
		{"c:application/dtmf;x=y\r\n\r\n5\r\n",
			"c:application/dtmf;x=y\r\n\r\n" HIDDEN "\r\n"},
		{"Content-Type:\r\n application\r\n /dtmf\r\nX: 1\r\n\r\n5",
			"Content-Type:\r\n application\r\n /dtmf\r\nX: 1\r\n\r\n" HIDDEN},
		{"c: application/vnd.nortelnetworks.digits\n\nd=5\n",
			"c: application/vnd.nortelnetworks.digits\n\n" HIDDEN "\n"},
		{"c: multipart/mixed;boundary=b\n\n--b\nContent-Type: application/dtmf\n\n"
		 "5\n--b\n\nv=0\n",
			"c: multipart/mixed;boundary=b\n\n--b\n"
			"Content-Type: application/dtmf\n\n" HIDDEN "\n--b\n\nv=0\n"},
		{"INFO sip:r@h SIP/2.0\n\nsignal= 5\n",
			"INFO sip:r@h SIP/2.0\n\nsignal" HIDDEN "\n"},
		{"Accept: application/dtmf\nc: application/sdp\n\nv=0\nc=IN IP4 1\n",
			"Accept: application/dtmf\nc: application/sdp\n\nv=0\nc=IN IP4 1\n"},
		/* pins */
		{"INVITE sip:r@h;pin=12 SIP/2.0\n", "INVITE sip:r@h;pin=" HIDDEN " SIP/2.0\n"},
		{"Contact: <sip:r@h;PIN=12;x>\n", "Contact: <sip:r@h;PIN=" HIDDEN ";x>\n"},
		{"Refer-To: <sip:r@h;x=1;pin=12?Replaces=a>;pin=3\n",
			"Refer-To: <sip:r@h;x=1;pin=" HIDDEN ">;pin=" HIDDEN "\n"},
		{"Refer-To: <sip:r@h?To=sip%3ar%40h%3Bpin%3D12>\n",
			"Refer-To: <sip:r@h?To=sip%3ar%40h%3Bpin%3D" HIDDEN ">\n"},
		{"r: <sip:a;pin=12@h>\n", "r: <sip:a;pin=" HIDDEN ">\n"},
		{"X: ;pin=\n;pin", "X: ;pin=" HIDDEN "\n;pin"},
		/* tokens */
		{"INVITE sip:" TOKEN "@h SIP/2.0\n", "INVITE sip:" HIDDEN "@h SIP/2.0\n"},
		{"To: <sips:" TOKEN ";x@h>, <sip:" TOKEN ":p@h>\n",
			"To: <sips:" HIDDEN ";x@h>, <sip:" HIDDEN ":p@h>\n"},
		{"To: <sip:a" TOKEN "@h>\n", "To: <sip:a" TOKEN "@h>\n"},
		{"Call-ID: " TOKEN "@h\n", "Call-ID: " TOKEN "@h\n"},
	};
	char text[TS_SIP_TRACE_BYTES];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ts_sip_trace_text(text, sizeof(text), rows[i].message, strlen(rows[i].message));
		assert_string_equal(text, rows[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_ones_stay),
		cmocka_unit_test(what_is_hidden), cmocka_unit_test(long_ones_push_others_out)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
