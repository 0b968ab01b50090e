/* The bytes of a SIP connection, whole, one by one, and endless. */
#include "control/sip/frame.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ts_sip_frame frame;

static int begin(void **state)
{
	(void)state;
	frame = (struct ts_sip_frame){0};
	return 0;
}

static int end(void **state)
{
	(void)state;
	ts_sip_frame_fini(&frame);
	return 0;
}

/* What came of text in pieces of step bytes: "M12 K B400" for a message of 12 bytes, a keep-alive,
 * bad. */
static const char *told(const char *text, size_t step)
{
	static char out[512];
	size_t n_out = 0, len = strlen(text);
	*out = '\0';
	for (size_t from = 0; from < len; from += step) {
		const uint8_t *at = (const uint8_t *)text + from;
		size_t left = len - from < step ? len - from : step;
		while (left) {
			enum ts_sip_frame_result result = ts_sip_frame_push(&frame, &at, &left);
			char *to = out + n_out;
			size_t cap = sizeof(out) - n_out;
			if (result == TS_FRAME_MESSAGE)
				n_out += (size_t)snprintf(to, cap, "M%zu ", frame.len);
			if (result == TS_FRAME_KEEPALIVE) n_out += (size_t)snprintf(to, cap, "K ");
			if (result == TS_FRAME_BAD) {
				snprintf(to, cap, "B%d ", frame.code);
				return out;
			}
		}
	}
	return out;
}

#define START "OPTIONS sip:h SIP/2.0\r\n" /* 23 bytes */

static void cuts_messages(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{START "Content-Length: 0\r\n\r\n", "M44 "},
		{START "Content-Length: 5\r\n\r\nabcde", "M49 "},
		{START "l: 5\r\n\r\nabcde" START "L:0\r\n\r\n", "M36 M30 "},
		{START "content-length \t:\t5 \r\n\r\nabcde", "M52 "},
		{START "Content-Length:\r\n 5\r\n\r\nabcde", "M51 "},
		{START "Content-Length: 0005\r\n\r\nabcde", "M52 "},
		{START "Content-Length: 0\n\n", "M42 "},
		{START "X: l: 3\r\nl: 0\r\n\r\n", "M40 "},
		{START "X: a\r\n Content-Length: 9\r\nl: 0\r\n\r\n", "M57 "},
		{"\r\n\r\n", "K "},
		{"\r\n\r\n\r\n\r\n" START "l: 0\r\n\r\n\r\n\r\n", "K K M31 K "},
		{"\r\n" START "l: 0\r\n\r\n\r\n" START "l: 0\r\n\r\n", "M31 M31 "},
		{START "l: 0\r\n", ""},
		{START "l: 5\r\n\r\nabc", ""},
		{START "\r\n", "B400 "},
		{START "X: 1\r\n\r\n", "B400 "},
		{START "l: -1\r\n\r\n", "B400 "},
		{START "l: +1\r\n\r\n", "B400 "},
		{START "l: 1x\r\n\r\n", "B400 "},
		{START "l: 1 1\r\n\r\n", "B400 "},
		{START "l:\r\n\r\n", "B400 "},
		{START "l: 0\r\nContent-Length: 0\r\n\r\n", "B400 "},
		{START "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "B400 "},
		{START "l: 65535\r\n\r\n", "B513 "},
		{START "l: 4294967296\r\n\r\n", "B513 "},
		{START "l: 18446744073709551617\r\n\r\n", "B513 "},
		{START "l: 99999999999999999999x\r\n\r\n", "B400 "},
		{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "B400 "},
	};
	static const size_t steps[] = {1, 2, 3, 7, 1000};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
			begin(state);
			const char *said = told(rows[i].text, steps[s]);
			if (strcmp(said, rows[i].told) != 0)
				fail_msg("%s\nby %zu: %s, not %s", rows[i].text, steps[s], said,
					rows[i].told);
			end(state);
		}
	}
}

static void bad_is_for_good(void **state)
{
	(void)state;
	assert_string_equal(told(START "l: x\r\n\r\n", 100), "B400 ");
	assert_string_equal(told(START "l: 0\r\n\r\n", 100), "B400 ");
}

static void a_begun_message_is_told(void **state)
{
	(void)state;
	assert_false(ts_sip_frame_is_begun(&frame));
	told("\r\n", 1);
	assert_false(ts_sip_frame_is_begun(&frame));
	told("O", 1);
	assert_true(ts_sip_frame_is_begun(&frame));
	told("PTIONS sip:h SIP/2.0\r\nl: 1\r\n\r\n", 1);
	assert_true(ts_sip_frame_is_begun(&frame));
	assert_string_equal(told("x", 1), "M32 ");
	assert_false(ts_sip_frame_is_begun(&frame));
}

/* Neither memory nor what is read twice grows with what somebody sends. */
static void endless_header_ends(void **state)
{
	size_t n = 0;
	const uint8_t *at;
	(void)state;
	for (enum ts_sip_frame_result result = TS_FRAME_MORE; result == TS_FRAME_MORE; n++) {
		at = (const uint8_t *)"x";
		result = ts_sip_frame_push(&frame, &at, &(size_t){1});
		assert_true(n <= TS_SIP_FRAME_HEADER_MAX);
	}
	assert_int_equal(frame.code, 513);
	assert_true(frame.cap <= 2 * TS_SIP_FRAME_HEADER_MAX);
}

static void largest_message_is_taken(void **state)
{
	static char text[TS_SIP_FRAME_MAX + 1];
	(void)state;
	int n = snprintf(
		text, sizeof(text), START "Content-Length: %d\r\n\r\n", TS_SIP_FRAME_MAX - 48);
	assert_int_equal(n, 48);
	memset(text + n, 'b', sizeof(text) - 1 - (size_t)n);
	assert_string_equal(told(text, 8192), "M65535 ");
}

/* A connection that waits holds nothing of the message before, and goes on as if new; one that is
 * bad stays so. */
static void memory_is_given_back(void **state)
{
	(void)state;
	assert_string_equal(told(START "l: 5\r\n\r\nabcde", 100), "M36 ");
	ts_sip_frame_let_go(&frame);
	assert_int_equal(frame.cap, 0);
	assert_null(frame.buf);
	assert_false(ts_sip_frame_is_begun(&frame));
	assert_string_equal(told("\r\n\r\n" START "l: 0\r\n\r\n", 1), "K M31 ");
	ts_sip_frame_let_go(&frame);
	assert_string_equal(told(START "l: x\r\n\r\n", 100), "B400 ");
	ts_sip_frame_let_go(&frame);
	assert_int_equal(frame.cap, 0);
	assert_string_equal(told(START "l: 0\r\n\r\n", 100), "B400 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cuts_messages),
		cmocka_unit_test_setup_teardown(bad_is_for_good, begin, end),
		cmocka_unit_test_setup_teardown(a_begun_message_is_told, begin, end),
		cmocka_unit_test_setup_teardown(endless_header_ends, begin, end),
		cmocka_unit_test_setup_teardown(largest_message_is_taken, begin, end),
		cmocka_unit_test_setup_teardown(memory_is_given_back, begin, end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
