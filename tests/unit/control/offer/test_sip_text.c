/* The m=text line of SIP: what is taken of an offer, what is answered, offers of ours. */
#include "base/error.h"
#include "control/offer/sip.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                        \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" \
	"m=audio 40000 RTP/AVP 0\r\n"
#define T140 "a=rtpmap:100 t140/1000\r\n"
#define RED "a=rtpmap:101 red/1000\r\n"
#define PRINT                                                                             \
	"a=setup:actpass\r\na=fingerprint:sha-256 0A:00:00:00:00:00:00:00:00:00:00:00:00" \
	":00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\r\n"
#define KEY "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20"

static uint32_t next_random(void *arg)
{
	static uint32_t n;
	(void)arg;
	return ++n * 2654435761u;
}

static const struct ts_sip_sdp_policy takes = {.srtp = TS_SIP_SRTP_OFFERED,
	.fingerprint = "sha-256 AB:CD",
	.random = next_random,
	.text = TS_SIP_TEXT_ACCEPT};

static struct ts_sdp *parse(const char *text)
{
	struct ts_sdp *sdp = NULL;
	char err[200];
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err)))
		fail_msg("%s in\n%s", err, text);
	return sdp;
}

static int answer(
	struct ts_sip_session *s, const char *lines, const struct ts_sip_sdp_policy *policy)
{
	char text[2000], err[200];
	snprintf(text, sizeof(text), HEAD "%s", lines);
	struct ts_sdp *sdp = parse(text);
	const int rc = ts_sip_sdp_answer(s, sdp, policy, err, sizeof(err));
	ts_sdp_destroy(&sdp);
	return rc;
}

static const char *written(const struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	static char text[16384];
	const struct ts_transport_local local = {.port = {{20000, 20001}, {20002, 20003}}};
	struct ts_wr w = ts_wr(text, sizeof(text) - 1);
	assert_int_equal(ts_sip_sdp_write(&w, s, &local, "192.0.2.99", policy), 0);
	text[ts_wr_len(&w)] = '\0';
	return text;
}

static void test_answers(void **state)
{
	static const struct {
		const char *name, *lines;
		bool used;
		struct ts_t140_format format;
		const char *has;
	} rows[] = {
		{"with RED",
			"m=text 40002 RTP/AVP 101 100\r\n" T140 RED "a=fmtp:101 100/100/100\r\n",
			true, {100, 101, 2, 30},
			"m=text 20010 RTP/AVP 101 100\r\na=rtpmap:100 t140/1000\r\n"
			"a=fmtp:100 cps=90\r\na=rtpmap:101 red/1000\r\n"
			"a=fmtp:101 100/100/100\r\na=sendrecv\r\n"},
		{"more than we repeat",
			"m=text 40002 RTP/AVP 101 100\r\n" T140 RED
			"a=fmtp:101 100/100/100/100/100/100\r\n",
			true, {100, 101, 3, 30}, "a=fmtp:101 100/100/100/100\r\n"},
		{"once", "m=text 40002 RTP/AVP 101 100\r\n" T140 RED "a=fmtp:101 100/100\r\n", true,
			{100, 101, 1, 30}, "a=fmtp:101 100/100\r\n"},
		{"of another codec",
			"m=text 40002 RTP/AVP 101 100\r\n" T140 RED "a=fmtp:101 99/99\r\n", true,
			{100, 0, 0, 30}, "m=text 20010 RTP/AVP 100\r\n"},
		{"RED that says nothing", "m=text 40002 RTP/AVP 101 100\r\n" T140 RED, true,
			{100, 0, 0, 30}, "m=text 20010 RTP/AVP 100\r\n"},
		{"without", "m=text 40002 RTP/AVP 100\r\n" T140, true, {100, 0, 0, 30},
			"m=text 20010 RTP/AVP 100\r\n"},
		{"a pace", "m=text 40002 RTP/AVP 100\r\n" T140 "a=fmtp:100 cps=12\r\n", true,
			{100, 0, 0, 12}, "m=text 20010 "},
		{"a pace beyond", "m=text 40002 RTP/AVP 100\r\n" T140 "a=fmtp:100 cps=99999\r\n",
			true, {100, 0, 0, TS_T140_CPS_MAX}, "m=text 20010 "},
		{"one way", "m=text 40002 RTP/AVP 100\r\n" T140 "a=sendonly\r\n", true,
			{100, 0, 0, 30}, "a=recvonly\r\n"},
		{"keys",
			"m=text 40002 RTP/SAVP 100\r\n" T140
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
			true, {100, 0, 0, 30},
			"m=text 20010 RTP/SAVP 100\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"},
		{"keys, and a fingerprint for whoever likes that better",
			"m=text 40002 RTP/SAVP 100\r\n" T140 PRINT
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
			true, {100, 0, 0, 30},
			"m=text 20010 RTP/SAVP 100\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"},
		{"in the clear, and a fingerprint", "m=text 40002 RTP/AVP 100\r\n" T140 PRINT, true,
			{100, 0, 0, 30}, "m=text 20010 RTP/AVP 100\r\n"},
		{"disabled", "m=text 0 RTP/AVP 100\r\n" T140, false, {0}, "m=text 0 RTP/AVP 100"},
		{"another clock", "m=text 40002 RTP/AVP 100\r\na=rtpmap:100 t140/8000\r\n", false,
			{0}, "m=text 0 "},
		{"over DTLS", "m=text 40002 UDP/TLS/RTP/SAVP 100\r\n" T140, false, {0},
			"m=text 0 "},
		{"keys that are none", "m=text 40002 RTP/SAVP 100\r\n" T140, false, {0},
			"m=text 0 "},
		{"MSRP", "m=message 40002 TCP/MSRP *\r\n", false, {0}, "m=message 0 "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		assert_int_equal(answer(s, rows[i].lines, &takes), 0);
		s->text.local_port = 20010;
		const char *text = written(s, &takes);
		const struct ts_t140_format *f = &s->text.format;
		if (s->text.used != rows[i].used || !strstr(text, rows[i].has) ||
			(rows[i].used &&
				(f->pt != rows[i].format.pt || f->red_pt != rows[i].format.red_pt ||
					f->generations != rows[i].format.generations ||
					f->cps != rows[i].format.cps)))
			fail_msg("%s:\n%s", rows[i].name, text);
		free(s);
	}
}

/* Off; a second line; no port of ours. A re-INVITE that takes it away, and brings it back. */
static void test_lines(void **state)
{
	static const struct ts_sip_sdp_policy off = {.random = next_random};
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	(void)state;
	assert_int_equal(answer(s, "m=text 40002 RTP/AVP 100\r\n" T140, &off), 0);
	assert_false(s->text.used);
	assert_non_null(strstr(written(s, &off), "m=text 0 "));
	memset(s, 0, sizeof(*s));
	assert_int_equal(
		answer(s, "m=text 40002 RTP/AVP 100\r\n" T140 "m=text 40004 RTP/AVP 100\r\n" T140,
			&takes),
		0);
	assert_int_equal(s->text.port, 40002);
	assert_non_null(strstr(written(s, &takes), "m=text 0 RTP/AVP 100\r\nm=text 0 "));
	s->text.local_port = 20010;
	assert_non_null(strstr(written(s, &takes), "m=text 20010 "));
	assert_int_equal(answer(s, "m=text 0 RTP/AVP 100\r\n", &takes), 0);
	assert_false(s->text.used);
	assert_int_equal(answer(s, "m=text 40006 RTP/AVP 100\r\n" T140, &takes), 0);
	assert_true(s->text.used && s->text.port == 40006);
	/* text alone is no call */
	char err[200];
	struct ts_sdp *sdp = parse(
		"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
		"t=0 0\r\nm=text 40002 RTP/AVP 100\r\n" T140);
	struct ts_sip_session *alone = calloc(1, sizeof(*alone));
	assert_int_equal(ts_sip_sdp_answer(alone, sdp, &takes, err, sizeof(err)), TS_EUNSUPPORTED);
	ts_sdp_destroy(&sdp);
	free(alone);
	free(s);
}

static void test_offer(void **state)
{
	static const struct ts_sip_sdp_policy offers = {
		.srtp = TS_SIP_SRTP_OFF, .random = next_random, .text = TS_SIP_TEXT_OFFER};
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	char err[200];
	(void)state;
	ts_sip_sdp_offer(s, &offers);
	s->text.local_port = 20010;
	assert_non_null(strstr(written(s, &offers), "m=text 20010 RTP/AVP 97 98\r\n"));
	struct ts_sdp *sdp = parse(HEAD "m=video 0 RTP/AVP 96\r\nm=text 40002 RTP/AVP 98\r\n"
					"a=rtpmap:98 t140/1000\r\n");
	assert_int_equal(ts_sip_sdp_read_answer(s, sdp, &offers, err, sizeof(err)), 0);
	ts_sdp_destroy(&sdp);
	assert_true(s->text.used && !s->text.format.red_pt && s->text.port == 40002);
	/* a refresh of ours has the same lines */
	ts_sip_sdp_offer(s, &offers);
	assert_non_null(strstr(written(s, &offers), "m=text 20010 RTP/AVP 98\r\n"));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_offer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
