/* What libre cannot read: which answer it gets, and what of RFC 2543 is mended. */
#include "control/sip/bad.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEADERS                                                                            \
	"Via: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n" \
	"Call-ID: c\r\nCSeq: 1 OPTIONS\r\n"

static char text[65536];

static const char *answer(const char *message)
{
	size_t n = ts_sip_bad_answer(text, message, strlen(message), NULL);
	text[n] = '\0';
	return text;
}

static void answers_by_what_is_wrong(void **state)
{
	static const struct {
		const char *message, *status;
	} rows[] = {
		{"OPTIONS sip:h; x SIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"\r\n\r\nOPTIONS  sip:h SIP/2.0\r\n" HEADERS "\r\n",
			"SIP/2.0 400 Bad Request\r\n"},
		{"OPTIONS sip:h SIP/7.0\r\n" HEADERS "\r\n",
			"SIP/2.0 505 Version Not Supported\r\n"},
		{"REGISTER sip:h SIP/2.0\r\n" HEADERS "\r\n",
			"SIP/2.0 405 Method Not Allowed\r\nAllow: INVITE"},
		{"INVITE http://h/x SIP/2.0\r\n" HEADERS "\r\n",
			"SIP/2.0 416 Unsupported URI Scheme\r\n"},
		{"INVITE x-y.1+:// SIP/2.0\r\n" HEADERS "\r\n",
			"SIP/2.0 416 Unsupported URI Scheme\r\n"},
		{"INVITE h SIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"INVITE 1http://h SIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"INVITE : SIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"INVITE SIP:: SIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"INVITE tel: SIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"ACK sip:h; x SIP/2.0\r\n" HEADERS "\r\n", ""},
		{"SIP/2.0 200 OK\r\n" HEADERS "\r\n", ""},
		{"OPTIONS\r\n" HEADERS "\r\n", ""},
		{"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n", ""},
		{"noise", ""},
		{"A\tBCD", ""}, /* no blank at all */
		{"OPTIONS\tsip:h\tSIP/2.0\r\n" HEADERS "\r\n", "SIP/2.0 400 Bad Request\r\n"},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *said = answer(rows[i].message);
		if (strncmp(said, rows[i].status, strlen(rows[i].status)) != 0 ||
			!*said != !*rows[i].status)
			fail_msg("%s: %s", rows[i].message, said);
	}
}

static void copies_what_a_response_needs(void **state)
{
	(void)state;
	static const char message[] =
		"JUMP x y SIP/2.0\r\nv: SIP/2.0/UDP h\r\n ;branch=z9hG4bKa\r\n"
		"Via: SIP/2.0/UDP g\r\n"
		"Subject: no\r\nf : <sip:a@h>\r\nFrom: <sip:z@h>\r\nTo: b\r\nI: c\r\n"
		"CSeq: 1 JUMP\r\n\r\nVia: body\r\n";
	assert_string_equal(answer(message),
		"SIP/2.0 400 Bad Request\r\nv: SIP/2.0/UDP h\r\n ;branch=z9hG4bKa\r\n"
		"Via: SIP/2.0/UDP g\r\n"
		"f : <sip:a@h>\r\nTo: b\r\nI: c\r\nCSeq: 1 JUMP\r\nServer: tessera\r\n"
		"Content-Length: 0\r\n\r\n");
}

static void answers_nothing_that_does_not_fit(void **state)
{
	static char message[2 * TS_SIP_BAD_BYTES];
	(void)state;
	size_t n = (size_t)snprintf(message, sizeof(message), "OPTIONS x y SIP/2.0\r\n" HEADERS);
	while (n + 40 < sizeof(message))
		n += (size_t)snprintf(message + n, sizeof(message) - n, "Via: SIP/2.0/UDP h\r\n");
	assert_int_equal(ts_sip_bad_answer(text, message, n, NULL), 0);
}

#define OLD(method)                                                                        \
	method " sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h, SIP/2.0/UDP g;branch=z9\r\nFrom: " \
	       "<sip:a@h>\r\nTo: b\r\nCall-ID: c\r\n"                                      \
	       "CSeq: 7 " method "\r\n\r\nbody"

static const char *mend(const char *message)
{
	size_t n = ts_sip_mend_2543(text, sizeof(text), message, strlen(message), "192.0.2.1:5060");
	text[n] = '\0';
	return text;
}

static void mends_what_is_old(void **state)
{
	char invite[64] = "", ack[64] = "";
	(void)state;
	const char *at = strstr(mend(OLD("INVITE")), ";branch=z9hG4bK2543");
	assert_non_null(at);
	memcpy(invite, at, strcspn(at, ","));
	assert_non_null(strstr(text,
		"INVITE sip:b@h SIP/2.0\r\nContact: <sip:192.0.2.1:5060>\r\n"
		"Via: SIP/2.0/UDP h;branch=z9hG4bK2543"));
	assert_non_null(
		strstr(text, ", SIP/2.0/UDP g;branch=z9\r\nFrom: <sip:a@h>;tag=2543\r\nTo: b\r\n"));
	assert_non_null(strstr(text, "\r\n\r\nbody"));
	at = strstr(mend(OLD("ACK")), ";branch=z9hG4bK2543");
	memcpy(ack, at, strcspn(at, ","));
	assert_string_equal(invite, ack);
	assert_string_equal(mend("OPTIONS sip:h SIP/2.0\r\n" HEADERS "\r\n"), "");
	assert_string_equal(
		mend("OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;;\r\nCall-ID: c\r\n\r\n"), "");
	assert_int_equal(ts_sip_mend_2543(text, strlen(OLD("INVITE")), OLD("INVITE"),
				 strlen(OLD("INVITE")), "h"),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_by_what_is_wrong),
		cmocka_unit_test(copies_what_a_response_needs),
		cmocka_unit_test(answers_nothing_that_does_not_fit),
		cmocka_unit_test(mends_what_is_old),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
