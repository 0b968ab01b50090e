#include "control/offer/engine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"

static struct ts_sdp *parse(const char *text)
{
	struct ts_sdp *sdp;
	char err[200];
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err)))
		fail_msg("%s in\n%s", err, text);
	return sdp;
}

static void knows_protocols(void **state)
{
	static const struct {
		const char *proto;
		int is;
	} rows[] = {
		{"RTP/AVP", 0},
		{"rtp/avpf", TS_PROTO_FEEDBACK},
		{"RTP/SAVP", TS_PROTO_SECURE},
		{"RTP/SAVPF", TS_PROTO_SECURE | TS_PROTO_FEEDBACK},
		{"UDP/TLS/RTP/SAVPF", TS_PROTO_SECURE | TS_PROTO_FEEDBACK | TS_PROTO_DTLS},
		{"TCP/DTLS/RTP/SAVP", TS_PROTO_SECURE | TS_PROTO_DTLS},
		{"UDP/TLS/RTP/AVP", -1},
		{"udptl", -1},
		{"", -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_line_proto(rows[i].proto) != rows[i].is)
			fail_msg("%s: %d", rows[i].proto, ts_line_proto(rows[i].proto));
}

/* RFC 4796: a list of tokens. */
static void finds_slides(void **state)
{
	static const struct {
		const char *content;
		bool slides;
	} rows[] = {
		{"a=content:slides\r\n", true},
		{"a=content:main,slides\r\n", true},
		{"a=content:main, slides ,alt\r\n", true},
		{"a=content:slides,\r\n", true},
		{"a=content:slideshow\r\n", false},
		{"a=content:no-slides\r\n", false},
		{"a=content:,\r\n", false},
		{"a=content\r\n", false},
		{"", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[400];
		snprintf(text, sizeof(text), HEAD "m=video 4000 RTP/AVP 97\r\n%s", rows[i].content);
		struct ts_sdp *sdp = parse(text);
		if (ts_line_is_slides(&sdp->media[0]) != rows[i].slides)
			fail_msg("%s", rows[i].content);
		ts_sdp_destroy(&sdp);
	}
}

static void describes_a_line(void **state)
{
	(void)state;
	struct ts_answer_line line;
	struct ts_sdp *sdp = parse(HEAD "m=application 9 UDP/BFCP *\r\na=mid:one\r\n"
					"m=audio 0 RTP/AVP\r\na=mid:not a token\r\n");
	ts_line_describe(&line, &sdp->media[0]);
	assert_string_equal(line.kind, "application");
	assert_string_equal(line.proto, "UDP/BFCP");
	assert_string_equal(line.format, "*");
	assert_string_equal(line.mid, "one");
	assert_int_equal(line.offer_line, 6);
	assert_string_equal(ts_line_refuse(&sdp->media[0], 0), "neither audio nor video");
	ts_line_describe(&line, &sdp->media[1]);
	assert_string_equal(line.format, "0"); /* a line has one */
	assert_string_equal(line.mid, "");
	assert_null(ts_line_refuse(&sdp->media[1], TS_PROTO_DTLS));
	ts_sdp_destroy(&sdp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_protocols),
		cmocka_unit_test(finds_slides),
		cmocka_unit_test(describes_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
