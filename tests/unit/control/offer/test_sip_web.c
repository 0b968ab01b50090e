/* Offers of browsers over SIP: who is one, where a call has what was agreed, what stays. */
#include "base/error.h"
#include "control/offer/sip.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define GROUP "a=group:BUNDLE 0 1\r\n"
#define ICE "a=ice-ufrag:aaaa\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbbbb\r\n"
#define ICE2 "a=ice-ufrag:cccc\r\na=ice-pwd:dddddddddddddddddddddddd\r\n"
#define PRINT(x)                                                          \
	"a=fingerprint:sha-256 " x                                        \
	":00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00" \
	":00:00:00:00:00:00:00:00:00:00\r\n"
#define PATH ICE PRINT("0A") "a=setup:actpass\r\na=rtcp-mux\r\n"
#define AUDIO "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
#define OPUS "a=rtpmap:111 opus/48000/2\r\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
#define VP8                                                                       \
	"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n" \
	"a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"

static uint32_t next_random(void *arg)
{
	static uint32_t n;
	(void)arg;
	return ++n * 2654435761u;
}

static const struct ts_offer_policy web = {.kind = TS_OFFER_JOIN, .random = next_random};
static const struct ts_sip_sdp_policy policy = {
	.web = &web, .fingerprint = "sha-256 FF:00", .random = next_random};

static int answer(struct ts_sip_session *s, const char *text)
{
	struct ts_sdp *sdp = NULL;
	char err[200] = "";
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err))) fail_msg("%s", err);
	int rc = ts_sip_sdp_answer(s, sdp, &policy, err, sizeof(err));
	ts_sdp_destroy(&sdp);
	return rc;
}

static const char *written(const struct ts_sip_session *s)
{
	static char text[32768];
	static struct ts_transport_local local;
	strcpy(local.ice.ufrag, "ours");
	strcpy(local.ice.pwd, "0123456789012345678901");
	struct ts_wr w = ts_wr(text, sizeof(text) - 1);
	assert_int_equal(ts_sip_sdp_write(&w, s, &local, "192.0.2.99", &policy), 0);
	text[ts_wr_len(&w)] = '\0';
	return text;
}

static struct ts_sip_session *begin(const char *offer)
{
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	assert_int_equal(answer(s, offer), 0);
	return s;
}

#define BOTH HEAD GROUP AUDIO PATH OPUS VIDEO PATH VP8

static void knows_browsers(void **state)
{
	static const struct {
		const char *name, *offer;
		bool web;
	} rows[] = {
		{"a bundle", BOTH, true},
		{"one line alone", HEAD AUDIO PATH OPUS, true},
		{"two paths", HEAD AUDIO PATH OPUS VIDEO PATH VP8, false},
		{"one out of the bundle",
			HEAD "a=group:BUNDLE 0\r\n" AUDIO PATH OPUS VIDEO PATH VP8, false},
		{"two paths, one of them off",
			HEAD AUDIO PATH OPUS
			"m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
			true},
		{"candidates that fit",
			HEAD
			"m=audio 4000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.7\r\n" PATH OPUS
			"a=candidate:1 1 udp 1 192.0.2.7 4000 typ host\r\n",
			true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		int rc = answer(s, rows[i].offer);
		if (rows[i].web ? rc || !s->is_web : s->is_web)
			fail_msg("%s: %d %d", rows[i].name, rc, s->is_web);
		free(s);
	}
}

/* Somebody between has put themselves into c= and m=, but not into the candidates. */
static void tells_mismatch(void **state)
{
	static const char offer[] = HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n" ICE
					 "a=candidate:1 1 udp 1 192.0.2.7 4000 typ host\r\n";
	(void)state;
	struct ts_sip_session *s = begin(offer);
	assert_false(s->is_web);
	assert_non_null(strstr(written(s), "a=ice-mismatch\r\n"));
	free(s);
	s = begin(HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n" ICE
		       "a=candidate:1 1 udp 1 192.0.2.7 4000 typ host\r\n");
	assert_null(strstr(written(s), "ice"));
	free(s);
}

static void has_slots(void **state)
{
	(void)state;
	/* video first */
	struct ts_sip_session *s = begin(HEAD GROUP VIDEO PATH VP8 AUDIO PATH OPUS);
	assert_int_equal(s->transport.kind, TS_TRANSPORT_ICE);
	assert_int_equal(s->audio_media, 0);
	assert_int_equal(s->video_media, 1);
	assert_int_equal(s->transport.n_media, 2);
	assert_int_equal(s->transport.media[0].kind, TS_AUDIO);
	assert_int_equal(s->transport.media[1].send_codec, TS_CODEC_VP8);
	assert_int_not_equal(s->transport.media[1].send_rtx_ssrc, 0);
	const char *text = written(s);
	assert_non_null(strstr(text, "a=fingerprint:sha-256 FF:00\r\n"));
	assert_non_null(strstr(text, "a=setup:passive\r\n"));
	assert_true(strstr(text, "m=video") < strstr(text, "m=audio"));
	free(s);

	s = begin(HEAD AUDIO PATH OPUS); /* and video may come later */
	assert_int_equal(s->video_media, -1);
	assert_int_equal(s->transport.n_media, 2);
	assert_int_equal(answer(s, BOTH), 0);
	assert_int_equal(s->video_media, 1);
	assert_true(s->transport.media[1].send);
	free(s);
}

static void holds_and_resumes(void **state)
{
	(void)state;
	struct ts_sip_session *s = begin(BOTH);
	const struct ts_transport_config first = s->transport;
	assert_false(s->hold);
	assert_int_equal(answer(s,
				 HEAD GROUP AUDIO PATH OPUS "a=sendonly\r\n" VIDEO PATH VP8
							    "a=inactive\r\n"),
		0);
	assert_true(s->hold);
	assert_string_equal(s->transport.cname, first.cname);
	assert_int_equal(s->transport.media[0].n_pt, first.media[0].n_pt);
	assert_int_equal(s->transport.media[1].n_pt, 0);
	assert_non_null(strstr(written(s), "a=recvonly\r\n"));
	assert_int_equal(answer(s,
				 HEAD GROUP AUDIO PATH OPUS "a=inactive\r\n" VIDEO PATH VP8
							    "a=inactive\r\n"),
		0); /* both sides hold */
	assert_int_equal(answer(s, BOTH), 0);
	assert_false(s->hold);
	/* Chromium shows nothing of a stream that begins anew under its SSRC */
	assert_int_not_equal(s->transport.media[0].send_ssrc, first.media[0].send_ssrc);
	assert_int_not_equal(s->transport.media[1].send_ssrc, first.media[1].send_ssrc);
	const struct ts_transport_config again = s->transport;
	assert_int_equal(answer(s, BOTH), 0); /* nothing is new: a refresh */
	assert_int_equal(s->transport.media[0].send_ssrc, again.media[0].send_ssrc);
	assert_int_equal(s->transport.media[1].send_rtx_ssrc, again.media[1].send_rtx_ssrc);
	free(s);
}

static void takes_lines_away(void **state)
{
	(void)state;
	struct ts_sip_session *s = begin(BOTH);
	assert_int_equal(answer(s,
				 HEAD "a=group:BUNDLE 0\r\n" AUDIO PATH OPUS
				      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n" VP8),
		0);
	assert_int_equal(s->transport.n_media, 2); /* its place stays */
	assert_false(s->transport.media[1].send);
	assert_int_equal(s->transport.media[1].n_pt, 0);
	assert_non_null(strstr(written(s), "m=video 0 "));
	assert_int_equal(answer(s,
				 HEAD "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n" OPUS
				      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" VP8),
		0);
	assert_true(s->hold);
	assert_non_null(strstr(written(s), "m=audio 0 "));
	assert_int_equal(answer(s, BOTH), 0);
	assert_false(s->hold);
	free(s);
}

static void refuses_other_lines(void **state)
{
	(void)state;
	struct ts_sip_session *s = begin(HEAD GROUP AUDIO PATH OPUS VIDEO PATH VP8
		"m=image 4002 udptl t38\r\n"
		"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
		"m=message 5060 sip null\r\n");
	const char *text = written(s);
	assert_non_null(strstr(text, "m=image 0 udptl t38\r\n"));
	assert_non_null(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
	assert_non_null(strstr(text, "m=message 0 sip null\r\n"));
	assert_non_null(strstr(text, "a=group:BUNDLE 0 1\r\n"));
	free(s);
}

static void follows_the_path(void **state)
{
	(void)state;
	struct ts_sip_session *s = begin(
		HEAD AUDIO ICE PRINT("0A") "a=setup:passive\r\na=rtcp-mux\r\n" OPUS);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_CLIENT);
	assert_string_equal(s->transport.remote.ufrag, "aaaa");
	/* ICE restarts, DTLS goes on in its roles though actpass would let us choose */
	assert_int_equal(
		answer(s, HEAD AUDIO ICE2 PRINT("0A") "a=setup:actpass\r\na=rtcp-mux\r\n" OPUS), 0);
	assert_string_equal(s->transport.remote.ufrag, "cccc");
	assert_int_equal(s->transport.dtls_role, TS_DTLS_CLIENT);
	assert_non_null(strstr(written(s), "a=setup:active\r\n"));
	/* and where nothing is said of it */
	assert_int_equal(answer(s, HEAD AUDIO ICE2 PRINT("0A") "a=rtcp-mux\r\n" OPUS), 0);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_CLIENT);
	/* what is said counts */
	assert_int_equal(
		answer(s, HEAD AUDIO ICE2 PRINT("0A") "a=setup:active\r\na=rtcp-mux\r\n" OPUS), 0);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_SERVER);
	assert_non_null(strstr(written(s), "a=setup:passive\r\n"));
	assert_int_equal(
		answer(s, HEAD AUDIO ICE2 PRINT("0A") "a=setup:passive\r\na=rtcp-mux\r\n" OPUS), 0);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_CLIENT);
	assert_non_null(strstr(written(s), "a=setup:active\r\n"));
	assert_int_not_equal(
		answer(s, HEAD AUDIO ICE2 PRINT("0A") "a=setup:holdconn\r\na=rtcp-mux\r\n" OPUS),
		0);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_CLIENT);
	/* another certificate: DTLS begins anew */
	assert_int_equal(
		answer(s, HEAD AUDIO ICE2 PRINT("0B") "a=setup:actpass\r\na=rtcp-mux\r\n" OPUS), 0);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_SERVER);
	assert_non_null(strstr(s->transport.remote_fingerprint, "0B"));
	free(s);

	s = begin(HEAD "a=ice-lite\r\n" AUDIO PATH OPUS);
	assert_true(s->transport.ice_controlling);
	free(s);
}

/* A call that is a browser's stays one, and what is refused changes nothing. */
static void stays_what_it_is(void **state)
{
	(void)state;
	struct ts_sip_session *s = begin(BOTH), *before = malloc(sizeof(*before));
	*before = *s;
	assert_int_not_equal(answer(s, HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n"), 0);
	assert_memory_equal(s, before, sizeof(*s));
	free(s);
	free(before);

	s = begin(HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n");
	assert_int_not_equal(answer(s, BOTH), 0);
	assert_false(s->is_web);
	free(s);
}

/* To a browser that registered here. What it answers is read as its offers are. */
static void offers_browsers(void **state)
{
	static const char answered[] = HEAD GROUP AUDIO ICE
		PRINT("0A") "a=setup:active\r\na=rtcp-mux\r\n" OPUS VIDEO ICE PRINT(
			"0A") "a=setup:active\r\na=rtcp-mux\r\n"
			      "a=rtpmap:96 VP8/90000\r\n";
	static const char undecided[] = HEAD AUDIO PATH OPUS "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n";
	struct ts_sip_sdp_policy to_browser = policy;
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	struct ts_sdp *sdp = NULL;
	char err[200] = "", offer[32768];
	(void)state;
	to_browser.to_browser = true;
	ts_sip_sdp_offer(s, &to_browser);
	assert_true(s->transport.offering);
	assert_true(s->transport.ice_controlling);
	assert_int_equal(s->transport.kind, TS_TRANSPORT_ICE);
	snprintf(offer, sizeof(offer), "%s", written(s));
	assert_non_null(strstr(offer, "a=group:BUNDLE 0 1\r\n"));
	assert_non_null(strstr(offer, "a=setup:actpass\r\n"));
	assert_non_null(strstr(offer, "apt="));
	assert_non_null(strstr(offer, "transport-wide-cc"));
	assert_null(strstr(offer, "H263"));
	assert_null(strstr(offer, "a=crypto"));
	const uint32_t ssrc = s->web.transport.media[0].send_ssrc;
	assert_int_equal(ts_sdp_parse(&sdp, offer, strlen(offer), err, sizeof(err)), 0);
	ts_sdp_destroy(&sdp);

	assert_int_equal(ts_sdp_parse(&sdp, undecided, strlen(undecided), err, sizeof(err)), 0);
	assert_int_equal(ts_sip_sdp_read_answer(s, sdp, &to_browser, err, sizeof(err)), TS_EINVAL);
	assert_string_equal(err, "a=setup:actpass is no answer");
	ts_sdp_destroy(&sdp);
	assert_int_equal(ts_sdp_parse(&sdp, answered, strlen(answered), err, sizeof(err)), 0);
	assert_int_equal(ts_sip_sdp_read_answer(s, sdp, &to_browser, err, sizeof(err)), 0);
	ts_sdp_destroy(&sdp);
	assert_false(s->transport.offering);
	assert_int_equal(s->transport.dtls_role, TS_DTLS_SERVER);
	assert_true(s->transport.ice_controlling);
	assert_int_equal(s->transport.media[0].send_ssrc, ssrc);
	assert_int_equal(s->transport.media[1].send_codec, TS_CODEC_VP8);
	assert_string_equal(s->transport.remote.ufrag, "aaaa");
	assert_int_equal(answer(s, BOTH), 0); /* and their own offers later */
	assert_int_equal(s->transport.dtls_role, TS_DTLS_SERVER);
	free(s);

	s = calloc(1, sizeof(*s)); /* sound alone */
	to_browser.no_video = true;
	ts_sip_sdp_offer(s, &to_browser);
	assert_null(strstr(written(s), "m=video"));
	free(s);
}

/* A re-INVITE without a description: what is in use, on the path of before. */
static void offers_again(void **state)
{
	static const char answered[] = HEAD GROUP AUDIO ICE
		PRINT("0A") "a=setup:active\r\na=rtcp-mux\r\n" OPUS VIDEO ICE PRINT(
			"0A") "a=setup:active\r\na=rtcp-mux\r\n"
			      "a=rtpmap:96 VP8/90000\r\n";
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct ts_sip_session *s = begin(BOTH);
		const uint32_t first = s->media[1].ssrc;
		const struct ts_sip_sdp_policy again = policy;
		struct ts_sdp *sdp = NULL;
		char err[200] = "";
		if (held)
			assert_int_equal(answer(s,
						 HEAD GROUP AUDIO PATH OPUS
						 "a=inactive\r\n" VIDEO PATH VP8 "a=inactive\r\n"),
				0);
		ts_sip_sdp_offer(s, &again);
		const char *offer = written(s);
		assert_int_equal(s->transport.kind, TS_TRANSPORT_ICE);
		assert_false(s->transport.offering);
		if (!strstr(offer, "a=group:BUNDLE 0 1\r\n") ||
			!strstr(offer, "a=setup:actpass\r\n") || strstr(offer, "a=setup:passive") ||
			!strstr(offer, "a=rtcp-mux\r\n") ||
			!strstr(offer, "a=ice-ufrag:ours\r\n") ||
			!strstr(offer, "a=sendrecv\r\n") || strstr(offer, "a=inactive") ||
			!strstr(offer, "a=mid:1\r\n"))
			fail_msg("%s", offer);
		const uint32_t ssrc = s->web.transport.media[1].send_ssrc;
		assert_true(held ? ssrc != first : ssrc == first);
		assert_int_equal(
			ts_sdp_parse(&sdp, answered, strlen(answered), err, sizeof(err)), 0);
		assert_int_equal(ts_sip_sdp_read_answer(s, sdp, &again, err, sizeof(err)), 0);
		ts_sdp_destroy(&sdp);
		assert_false(s->hold);
		assert_int_equal(s->transport.media[1].send_ssrc, ssrc);
		assert_int_equal(s->transport.dtls_role, TS_DTLS_SERVER);
		assert_null(strstr(written(s), "actpass"));
		free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_browsers),
		cmocka_unit_test(tells_mismatch),
		cmocka_unit_test(has_slots),
		cmocka_unit_test(holds_and_resumes),
		cmocka_unit_test(takes_lines_away),
		cmocka_unit_test(refuses_other_lines),
		cmocka_unit_test(follows_the_path),
		cmocka_unit_test(stays_what_it_is),
		cmocka_unit_test(offers_browsers),
		cmocka_unit_test(offers_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
