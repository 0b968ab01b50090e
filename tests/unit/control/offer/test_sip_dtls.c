/* How keys are agreed on over SIP without ICE: what is answered to what, by which policy, and when
 * DTLS begins anew. */
#include "base/error.h"
#include "control/offer/sip.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define BYTES                                                                                      \
	":00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:" \
	"00:00\r\n"
#define PRINT "a=fingerprint:sha-256 0A" BYTES
#define PRINT2 "a=fingerprint:sha-256 0B" BYTES
#define CRYPTO \
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n"
#define ACTPASS "a=setup:actpass\r\n"

static uint32_t next_random(void *arg)
{
	static uint32_t n;
	(void)arg;
	return ++n * 2654435761u;
}

enum { SDES_FIRST = 1, NO_SDES = 2 };

static struct ts_sip_sdp_policy policy_of(enum ts_sip_srtp srtp, int flags)
{
	return (struct ts_sip_sdp_policy){.srtp = srtp,
		.prefer_sdes = flags & SDES_FIRST,
		.no_sdes = flags & NO_SDES,
		.fingerprint = "sha-256 FF:00",
		.random = next_random};
}

static int answer(
	struct ts_sip_session *s, const char *text, const struct ts_sip_sdp_policy *policy)
{
	struct ts_sdp *sdp = NULL;
	char err[200] = "";
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err))) fail_msg("%s", err);
	int rc = ts_sip_sdp_answer(s, sdp, policy, err, sizeof(err));
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

#define AVP "m=audio 4000 RTP/AVP 0\r\n"
#define SAVP "m=audio 4000 RTP/SAVP 0\r\n"
#define TLS "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n"
#define TLS_AVPF "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n"

static void chooses_keys(void **state)
{
	enum { REFUSED, CLEAR, SDES, DTLS };
	static const struct {
		const char *name, *lines;
		enum ts_sip_srtp srtp;
		int flags, result;
	} rows[] = {
		{"DTLS", TLS PRINT ACTPASS, TS_SIP_SRTP_OFFERED, 0, DTLS},
		{"DTLS with feedback", TLS_AVPF PRINT ACTPASS, TS_SIP_SRTP_REQUIRED, 0, DTLS},
		{"DTLS, where keys may not be told", TLS PRINT ACTPASS, TS_SIP_SRTP_REQUIRED,
			NO_SDES, DTLS},
		{"DTLS, off", TLS PRINT ACTPASS, TS_SIP_SRTP_OFF, 0, REFUSED},
		{"DTLS over TCP", "m=audio 4000 TCP/DTLS/RTP/SAVP 0\r\n" PRINT ACTPASS,
			TS_SIP_SRTP_OFFERED, 0, REFUSED},
		{"no fingerprint", TLS ACTPASS, TS_SIP_SRTP_OFFERED, 0, REFUSED},
		{"a hash that nobody knows", TLS "a=fingerprint:sha-3 00\r\n" ACTPASS,
			TS_SIP_SRTP_OFFERED, 0, REFUSED},
		{"holdconn", TLS PRINT "a=setup:holdconn\r\n", TS_SIP_SRTP_OFFERED, 0, REFUSED},
		{"best effort, both", AVP PRINT ACTPASS CRYPTO, TS_SIP_SRTP_OFFERED, 0, DTLS},
		{"best effort, both, the other first", AVP PRINT ACTPASS CRYPTO,
			TS_SIP_SRTP_OFFERED, SDES_FIRST, SDES},
		{"both under TLS, the other first", TLS_AVPF PRINT ACTPASS CRYPTO,
			TS_SIP_SRTP_OFFERED, SDES_FIRST, SDES},
		{"SDES first, but none there", TLS PRINT ACTPASS, TS_SIP_SRTP_OFFERED, SDES_FIRST,
			DTLS},
		{"both, DTLS alone", SAVP PRINT ACTPASS CRYPTO, TS_SIP_SRTP_DTLS, SDES_FIRST, DTLS},
		{"SDES, DTLS alone", SAVP CRYPTO, TS_SIP_SRTP_DTLS, 0, REFUSED},
		{"clear, DTLS alone", AVP, TS_SIP_SRTP_DTLS, 0, REFUSED},
		{"SDES", SAVP CRYPTO, TS_SIP_SRTP_OFFERED, 0, SDES},
		{"SDES, which may not be told", SAVP CRYPTO, TS_SIP_SRTP_OFFERED, NO_SDES, REFUSED},
		{"best effort SDES, which may not be told", AVP CRYPTO, TS_SIP_SRTP_OFFERED,
			NO_SDES, CLEAR},
		{"clear, required, keys may not be told", AVP, TS_SIP_SRTP_REQUIRED, NO_SDES,
			REFUSED},
		{"clear", AVP, TS_SIP_SRTP_OFFERED, 0, CLEAR},
		/* what the setting says of offers of ours is nothing to theirs */
		{"clear, both", AVP, TS_SIP_SRTP_BOTH, 0, CLEAR},
		{"SDES, both", AVP CRYPTO, TS_SIP_SRTP_BOTH, 0, SDES},
		{"both and both", AVP CRYPTO PRINT ACTPASS, TS_SIP_SRTP_BOTH, 0, DTLS},
		{"clear, both required", AVP, TS_SIP_SRTP_REQUIRED_BOTH, 0, REFUSED},
		{"both required, keys may not be told", SAVP CRYPTO PRINT ACTPASS,
			TS_SIP_SRTP_REQUIRED_BOTH, NO_SDES | SDES_FIRST, DTLS},
		{"both, and the roles make no sense", SAVP PRINT "a=setup:holdconn\r\n" CRYPTO,
			TS_SIP_SRTP_OFFERED, 0, SDES},
		{"both, and the hash is unknown", SAVP "a=fingerprint:sha-3 00\r\n" ACTPASS CRYPTO,
			TS_SIP_SRTP_OFFERED, 0, SDES},
		{"both, and the suite is unknown",
			SAVP PRINT ACTPASS "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA\r\n",
			TS_SIP_SRTP_OFFERED, SDES_FIRST, DTLS},
		{"the certificate for all lines, a key for this one", PRINT ACTPASS AVP CRYPTO,
			TS_SIP_SRTP_OFFERED, 0, DTLS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_sip_sdp_policy policy = policy_of(rows[i].srtp, rows[i].flags);
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		char offer[2048];
		snprintf(offer, sizeof(offer), HEAD "%s", rows[i].lines);
		int rc = answer(s, offer, &policy);
		const struct ts_plain_config *plain = &s->transport.media[0].plain;
		const int result = rc         ? REFUSED
			: plain->dtls         ? DTLS
			: plain->keys.profile ? SDES
					      : CLEAR;
		if (result != rows[i].result) fail_msg("%s: %d", rows[i].name, result);
		if (!rc) {
			const char *text = written(s, &policy);
			if (!strstr(text, "a=fingerprint:sha-256 FF:00") != (result != DTLS) ||
				!strstr(text, "a=setup:passive") != (result != DTLS) ||
				!strstr(text, "a=crypto:") != (result != SDES))
				fail_msg("%s:\n%s", rows[i].name, text);
		}
		free(s);
	}
}

/* One step of a call, and whether DTLS began anew by it. */
static void begins_anew(void **state)
{
	static const struct {
		const char *name, *lines;
		bool anew;
		enum ts_dtls_role role;
	} rows[] = {
		{"first", TLS PRINT ACTPASS, true, TS_DTLS_SERVER},
		{"the same", TLS PRINT ACTPASS, false, TS_DTLS_SERVER},
		{"on hold", TLS PRINT ACTPASS "a=sendonly\r\n", false, TS_DTLS_SERVER},
		{"another address", "m=audio 5000 UDP/TLS/RTP/SAVP 0\r\n" PRINT ACTPASS, false,
			TS_DTLS_SERVER},
		{"another certificate", TLS PRINT2 ACTPASS, true, TS_DTLS_SERVER},
		{"a tls-id", TLS PRINT2 ACTPASS "a=tls-id:abcdefghijklmnopqrst\r\n", true,
			TS_DTLS_SERVER},
		{"the same tls-id", TLS PRINT2 ACTPASS "a=tls-id:abcdefghijklmnopqrst\r\n", false,
			TS_DTLS_SERVER},
		{"another tls-id", TLS PRINT2 ACTPASS "a=tls-id:tsrqponmlkjihgfedcba\r\n", true,
			TS_DTLS_SERVER},
		{"we shall begin",
			TLS PRINT2 "a=setup:passive\r\na=tls-id:tsrqponmlkjihgfedcba\r\n", true,
			TS_DTLS_CLIENT},
		{"we may choose: as before", TLS PRINT2 ACTPASS "a=tls-id:tsrqponmlkjihgfedcba\r\n",
			false, TS_DTLS_CLIENT},
		{"keys in the description", SAVP CRYPTO, false, TS_DTLS_CLIENT},
		{"and back", TLS PRINT2 ACTPASS, true, TS_DTLS_SERVER},
	};
	const struct ts_sip_sdp_policy policy = policy_of(TS_SIP_SRTP_OFFERED, 0);
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	const struct ts_plain_config *plain = &s->transport.media[0].plain;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t before = plain->dtls_generation;
		char offer[2048];
		snprintf(offer, sizeof(offer), HEAD "%s", rows[i].lines);
		if (answer(s, offer, &policy)) fail_msg("%s: refused", rows[i].name);
		if ((plain->dtls_generation != before) != rows[i].anew)
			fail_msg("%s: %u then %u", rows[i].name, before, plain->dtls_generation);
		if (plain->dtls && plain->dtls_role != rows[i].role)
			fail_msg("%s: role", rows[i].name);
	}
	free(s);
}

/* Offers of ours, and what may be answered. */
static void offers(void **state)
{
	static const struct {
		const char *name, *lines;
		bool good;
		enum ts_dtls_role role;
	} rows[] = {
		{"active", TLS_AVPF PRINT "a=setup:active\r\n", true, TS_DTLS_SERVER},
		{"passive", TLS_AVPF PRINT "a=setup:passive\r\n", true, TS_DTLS_CLIENT},
		{"no a=setup is active", TLS_AVPF PRINT, true, TS_DTLS_SERVER},
		{"actpass is no answer", TLS_AVPF PRINT ACTPASS, false, TS_DTLS_SERVER},
		{"no fingerprint", TLS_AVPF "a=setup:active\r\n", false, TS_DTLS_SERVER},
		{"in the clear", AVP, false, TS_DTLS_SERVER},
		{"keys that were not asked for", TLS_AVPF CRYPTO, false, TS_DTLS_SERVER},
	};
	const struct ts_sip_sdp_policy policy = policy_of(TS_SIP_SRTP_DTLS, 0);
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		struct ts_sdp *sdp = NULL;
		char text[2048], err[200] = "";
		ts_sip_sdp_offer(s, &policy);
		const char *offer = written(s, &policy);
		assert_non_null(strstr(offer, "UDP/TLS/RTP/SAVPF"));
		assert_non_null(strstr(offer, "a=setup:actpass\r\n"));
		assert_null(strstr(offer, "a=crypto"));
		snprintf(text, sizeof(text), HEAD "%sm=video 0 UDP/TLS/RTP/SAVPF 96\r\n",
			rows[i].lines);
		assert_int_equal(ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err)), 0);
		int rc = ts_sip_sdp_read_answer(s, sdp, &policy, err, sizeof(err));
		ts_sdp_destroy(&sdp);
		if (!rc != rows[i].good) fail_msg("%s: %d %s", rows[i].name, rc, err);
		const struct ts_plain_config *plain = &s->transport.media[0].plain;
		if (!rc && (!plain->dtls || plain->dtls_role != rows[i].role))
			fail_msg("%s: role", rows[i].name);
		free(s);
	}
	/* where keys may not stand in the description, but must be */
	const struct ts_sip_sdp_policy required = policy_of(TS_SIP_SRTP_REQUIRED, NO_SDES);
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	ts_sip_sdp_offer(s, &required);
	assert_non_null(strstr(written(s, &required), "UDP/TLS/RTP/SAVPF"));
	free(s);
}

/* One offer of ours with keys of both kinds, and what kinds of peers make of it. */
static void offers_both(void **state)
{
	enum { REFUSED, CLEAR, SDES, SDES_32, DTLS };
#define KEY(tag, suite) \
	"a=crypto:" tag " " suite " inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n"
#define ACTIVE "a=setup:active\r\n"
	static const char suite_80[] = KEY("1", "AES_CM_128_HMAC_SHA1_80"),
			  suite_32[] = KEY("2", "AES_CM_128_HMAC_SHA1_32"),
			  wrong_tag[] = KEY("3", "AES_CM_128_HMAC_SHA1_80"),
			  wrong_suite[] = KEY("1", "AES_CM_128_HMAC_SHA1_32");
	static const struct {
		const char *name, *line, *keys;
		enum ts_sip_srtp srtp;
		int flags, result;
	} rows[] = {
		{"a telephone of before SRTP", AVP, "", TS_SIP_SRTP_BOTH, 0, CLEAR},
		{"and SRTP is required", SAVP, "", TS_SIP_SRTP_REQUIRED_BOTH, 0, REFUSED},
		{"one that makes it RTP/AVP", AVP, "", TS_SIP_SRTP_REQUIRED_BOTH, 0, REFUSED},
		{"keys in the description (a PBX)", AVP, suite_80, TS_SIP_SRTP_BOTH, 0, SDES},
		{"and the profile that says so", SAVP, suite_80, TS_SIP_SRTP_BOTH, 0, SDES},
		{"the second suite", SAVP, suite_32, TS_SIP_SRTP_REQUIRED_BOTH, 0, SDES_32},
		{"DTLS (a softphone)", AVP, PRINT ACTIVE, TS_SIP_SRTP_BOTH, 0, DTLS},
		{"its profile (RFC 5764)", TLS, PRINT ACTIVE, TS_SIP_SRTP_BOTH, 0, DTLS},
		{"DTLS, required", SAVP, PRINT ACTIVE, TS_SIP_SRTP_REQUIRED_BOTH, 0, DTLS},
		{"we shall begin", SAVP, PRINT "a=setup:passive\r\n", TS_SIP_SRTP_REQUIRED_BOTH, 0,
			DTLS},
		{"one that repeats both", SAVP, PRINT ACTIVE CRYPTO, TS_SIP_SRTP_REQUIRED_BOTH, 0,
			DTLS},
		{"one that repeats both, keys first", SAVP, PRINT ACTIVE CRYPTO,
			TS_SIP_SRTP_REQUIRED_BOTH, SDES_FIRST, SDES},
		{"both, but no role", SAVP, PRINT ACTPASS CRYPTO, TS_SIP_SRTP_REQUIRED_BOTH, 0,
			SDES},
		{"a role that is none", SAVP, PRINT ACTPASS, TS_SIP_SRTP_REQUIRED_BOTH, 0, REFUSED},
		{"another tag", SAVP, wrong_tag, TS_SIP_SRTP_REQUIRED_BOTH, 0, REFUSED},
		{"another suite under our tag", SAVP, wrong_suite, TS_SIP_SRTP_REQUIRED_BOTH, 0,
			REFUSED},
		{"keys that we may not tell", AVP, suite_80, TS_SIP_SRTP_BOTH, NO_SDES, CLEAR},
		{"DTLS where keys may not be told", AVP, PRINT ACTIVE, TS_SIP_SRTP_BOTH, NO_SDES,
			DTLS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_sip_sdp_policy policy = policy_of(rows[i].srtp, rows[i].flags);
		const bool required = rows[i].srtp == TS_SIP_SRTP_REQUIRED_BOTH;
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		struct ts_sdp *sdp = NULL;
		char text[2048], err[200] = "";
		ts_sip_sdp_offer(s, &policy);
		const char *offer = written(s, &policy);
		if (!strstr(offer, required ? " RTP/SAVP " : " RTP/AVP ") ||
			!strstr(offer, "a=fingerprint:sha-256 FF:00\r\na=setup:actpass\r\n") ||
			!strstr(offer, "a=rtcp-mux\r\n") ||
			!strstr(offer, "a=crypto:2 ") != !!(rows[i].flags & NO_SDES))
			fail_msg("%s: offered\n%s", rows[i].name, offer);
		snprintf(text, sizeof(text), HEAD "%s%sm=video 0 RTP/AVP 96\r\n", rows[i].line,
			rows[i].keys);
		assert_int_equal(ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err)), 0);
		const int rc = ts_sip_sdp_read_answer(s, sdp, &policy, err, sizeof(err));
		ts_sdp_destroy(&sdp);
		const struct ts_plain_config *plain = &s->transport.media[0].plain;
		const int result = rc                                      ? REFUSED
			: plain->dtls                                      ? DTLS
			: plain->keys.profile == TS_SRTP_NONE              ? CLEAR
			: plain->keys.profile == TS_SRTP_AES128_CM_SHA1_32 ? SDES_32
									   : SDES;
		if (result != rows[i].result) fail_msg("%s: %d %s", rows[i].name, result, err);
		/* once it is agreed on, offers of ours have that alone, new lines as well */
		if (!rc) {
			ts_sip_sdp_offer(s, &policy);
			const char *again = written(s, &policy), *video = strstr(again, "m=video");
			const bool keyed = result == SDES || result == SDES_32;
			if (!video || !strstr(again, "a=fingerprint") != (result != DTLS) ||
				!strstr(video, "a=fingerprint") != (result != DTLS) ||
				!strstr(again, "a=crypto") != !keyed ||
				!strstr(video, "a=crypto") != !keyed)
				fail_msg("%s: then\n%s", rows[i].name, again);
		}
		free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_keys),
		cmocka_unit_test(begins_anew),
		cmocka_unit_test(offers),
		cmocka_unit_test(offers_both),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
