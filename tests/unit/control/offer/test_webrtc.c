#include "base/address.h"
#include "base/error.h"
#include "mixer/output/ladder.h"
#include "tests/unit/control/negotiation.h"
#include "tests/unit/control/offers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- endpoints */

static void answers_chromium(void **state)
{
	(void)state;
	ts_negotiate(CHROMIUM, TS_OFFER_JOIN);
	const struct ts_transport_config *t = &ts_n_plan->transport;
	assert_int_equal(t->n_media, 2);
	assert_string_equal(t->remote.ufrag, "hDKY");
	assert_string_equal(t->remote.pwd, "kmd9OfkTchNRPcpOEq3etPYK");
	assert_string_equal(t->remote_fingerprint, "sha-256 " OFFER_FP);
	/* not the one over TCP, not the name of mDNS */
	assert_int_equal(t->remote.n_candidates, 1);
	assert_string_equal(t->remote.candidate[0].foundation, "2149714113");
	assert_int_equal(t->remote.candidate[0].priority, 2122194687);
	assert_int_equal(ts_address_port(&t->remote.candidate[0].address), 56226);
	assert_int_equal(t->dtls_role, TS_DTLS_SERVER);
	assert_false(t->ice_controlling);
	assert_int_equal(strlen(t->cname), TS_CNAME_LEN);

	assert_int_equal(ts_n_audio()->kind, TS_AUDIO);
	assert_string_equal(ts_n_audio()->mid, "0");
	assert_int_equal(ts_n_audio()->n_pt, 4); /* Opus, RED, keys in two clocks */
	assert_int_equal(ts_n_audio()->pt[1].codec, TS_CODEC_RED);
	assert_int_equal(ts_n_audio()->pt[1].apt, 111);
	assert_int_equal(ts_n_audio()->send_red_pt, 63);
	assert_true(ts_n_audio()->peer_fec);
	assert_false(ts_n_audio()->peer_dtx);
	assert_int_equal(ts_n_audio()->pt[0].codec, TS_CODEC_OPUS);
	assert_int_equal(ts_n_audio()->pt[0].apt, -1);
	assert_int_equal(ts_n_audio()->pt[0].clock_hz, 48000);
	assert_int_equal(ts_n_audio()->send_pt, 111);
	assert_int_equal(ts_n_audio()->send_rtx_pt, 0);
	assert_int_equal(ts_n_audio()->ext.mid, 4);
	assert_int_equal(ts_n_audio()->ext.audio_level, 1);
	assert_int_equal(ts_n_audio()->ext.abs_send_time, 0);
	assert_int_equal(ts_n_audio()->remote_ssrc[0], 2580214609u);
	assert_false(ts_n_audio()->nack || ts_n_audio()->pli || ts_n_audio()->fir ||
		ts_n_audio()->remb || ts_n_audio()->twcc);

	assert_int_equal(ts_n_video()->send_pt, 96);
	assert_int_equal(ts_n_video()->send_rtx_pt, 97);
	assert_int_equal(ts_n_video()->send_codec, TS_CODEC_VP8);
	assert_int_equal(ts_n_video()->n_pt, 12);
	assert_int_equal(ts_n_find_pt(ts_n_video(), 109)->apt, 108);
	assert_int_equal(ts_n_find_pt(ts_n_video(), 109)->codec, TS_CODEC_H264);
	assert_true(
		ts_n_video()->nack && ts_n_video()->pli && ts_n_video()->fir && ts_n_video()->remb);
	assert_false(ts_n_video()->twcc);
	assert_int_equal(ts_n_video()->ext.abs_send_time, 2);
	assert_int_equal(ts_n_video()->ext.twcc, 0);
	assert_int_equal(ts_n_video()->ext.video_orientation, 0);
	assert_int_equal(ts_n_video()->ext.rid, 0);
	assert_int_equal(ts_n_video()->remote_ssrc[0], 796784879);
	assert_int_equal(ts_n_video()->remote_ssrc[1], 137031850);
	assert_int_equal(ts_n_video()->remote_ssrc[2], 0);

	assert_true(ts_says("o=- 77 1 IN IP4 127.0.0.1"));
	assert_true(ts_says("a=group:BUNDLE 0 1"));
	assert_true(ts_says("m=audio 20000 UDP/TLS/RTP/SAVPF 63 111 110 126"));
	assert_true(ts_says("a=rtpmap:63 red/48000/2"));
	assert_true(ts_says("a=fmtp:63 111/111"));
	assert_true(ts_says(
		"m=video 20000 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117"));
	assert_true(ts_says("c=IN IP4 198.51.100.7"));
	assert_true(ts_says("a=candidate:2 1 udp 2130706175 2001:db8::7 20002 typ host"));
	assert_int_equal(ts_says("a=end-of-candidates"), 1); /* on the tagged line */
	assert_true(ts_says("a=setup:passive"));
	assert_true(ts_says("a=sendrecv"));
	assert_true(ts_says("a=rtcp-rsize"));
	assert_true(ts_says("a=fmtp:96 max-fs=36864;max-fr=60;x-google-start-bitrate=800"));
	assert_true(ts_says("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1"));
	assert_true(ts_says("a=msid:tessera video"));
	assert_false(ts_says("a=ice-options:trickle"));
	char line[64];
	snprintf(line, sizeof(line), "a=ssrc-group:FID %u %u", ts_n_video()->send_ssrc,
		ts_n_video()->send_rtx_ssrc);
	assert_true(ts_says(line));
	snprintf(line, sizeof(line), "a=ssrc:%u cname:%s", ts_n_audio()->send_ssrc, t->cname);
	assert_true(ts_says(line));
	static const char *const never[] = {
		"transport-cc", "red/90000", "ulpfec", " CN/", "VP9", "toffset", "stream-id"};
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(ts_n_text, never[i])) fail_msg("%s", never[i]);
}

static void answers_firefox(void **state)
{
	(void)state;
	ts_negotiate(FIREFOX, TS_OFFER_JOIN);
	assert_int_equal(ts_n_plan->transport.remote.n_candidates, 1); /* of component 1 */
	assert_string_equal(ts_n_plan->transport.remote_fingerprint, "sha-256 " OFFER_FP);
	assert_true(ts_says("m=video 20000 UDP/TLS/RTP/SAVPF 120 124"));
	assert_int_equal(ts_n_video()->send_codec, TS_CODEC_VP8);
	assert_int_equal(ts_n_plan->video_format.vp8_max_fs, 12288);
	assert_int_equal(ts_n_audio()->ext.audio_level, 1);
	assert_false(ts_n_plan->media[ts_n_plan->audio_media].rtcp_rsize);
	assert_true(ts_n_plan->media[ts_n_plan->video_media].rtcp_rsize);
}

static void answers_aiortc(void **state)
{
	(void)state;
	ts_negotiate(AIORTC, TS_OFFER_JOIN);
	assert_string_equal(ts_n_plan->transport.remote.ufrag, "SXAp"); /* of the tagged line */
	assert_int_equal(ts_n_plan->transport.remote.n_candidates, 1);
	assert_int_equal(ts_n_audio()->ext.audio_level, 2);
	assert_int_equal(ts_n_video()->ext.abs_send_time, 0);
	assert_null(strstr(ts_n_text, "abs-send-time"));
	assert_false(ts_n_video()->fir);
	assert_true(ts_n_video()->nack && ts_n_video()->remb);
}

static void answers_gstreamer(void **state)
{
	(void)state;
	ts_negotiate(GSTREAMER, TS_OFFER_JOIN);
	assert_true(ts_says("a=recvonly"));
	assert_false(ts_n_audio()->send || ts_n_video()->send);
	assert_int_equal(ts_n_video()->n_pt, 1);
	assert_false(ts_n_video()->nack);
	assert_true(ts_n_video()->pli && ts_n_video()->fir);
	assert_null(strstr(ts_n_text, "a=ssrc"));
	assert_null(strstr(ts_n_text, "msid"));
}

static void answers_a_watcher(void **state)
{
	(void)state;
	ts_negotiate(CHROMIUM_RECVONLY, TS_OFFER_WATCH);
	assert_true(ts_says("a=sendonly"));
	assert_int_equal(ts_n_audio()->n_pt + ts_n_video()->n_pt, 0);
	assert_true(ts_n_audio()->send && ts_n_video()->send);
	assert_int_equal(ts_n_audio()->ext.audio_level, 0); /* no sound comes from it */
	assert_int_equal(ts_n_video()->send_rtx_pt, 97);

	ts_negotiate(CHROMIUM, TS_OFFER_WATCH); /* it may offer more than we take */
	assert_true(ts_says("a=sendonly"));
	assert_int_equal(ts_n_video()->n_pt, 0);

	ts_negotiate(CHROMIUM, TS_OFFER_CONTRIBUTE);
	assert_true(ts_says("a=recvonly"));
	assert_false(ts_n_video()->send);
}

static void refuses_lines_it_cannot_use(void **state)
{
	(void)state;
	ts_negotiate(CHROMIUM_ALL, TS_OFFER_JOIN);
	assert_int_equal(ts_n_plan->n_lines, 4);
	assert_int_equal(ts_n_plan->transport.n_media, 2);
	assert_true(ts_says("a=group:BUNDLE 0 1"));
	assert_true(ts_says("m=video 0 UDP/TLS/RTP/SAVPF 96"));
	assert_true(ts_says("m=application 0 UDP/DTLS/SCTP webrtc-datachannel"));
	assert_string_equal(ts_n_plan->line[2].refused, "a second line of its kind");
}

/* ---- directions, roles, extensions */

static void directions_are_mirrored(void **state)
{
	(void)state;
	static const struct {
		const char *offered;
		enum ts_offer_kind kind;
		const char *ours;
	} rows[] = {
		{"sendrecv", TS_OFFER_JOIN, "sendrecv"},
		{"sendonly", TS_OFFER_JOIN, "recvonly"},
		{"recvonly", TS_OFFER_JOIN, "sendonly"},
		{"sendrecv", TS_OFFER_WATCH, "sendonly"},
		{"recvonly", TS_OFFER_WATCH, "sendonly"},
		{"sendonly", TS_OFFER_WATCH, NULL},
		{"sendrecv", TS_OFFER_CONTRIBUTE, "recvonly"},
		{"sendonly", TS_OFFER_CONTRIBUTE, "recvonly"},
		{"recvonly", TS_OFFER_CONTRIBUTE, NULL},
		{"inactive", TS_OFFER_JOIN, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[1024], line[32];
		struct ts_offer_policy policy = {.kind = rows[i].kind};
		snprintf(sdp, sizeof(sdp), "%sa=%s\n",
			ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_SECURE), rows[i].offered);
		int rc = ts_n_make_plan(sdp, strlen(sdp), &policy);
		if (!rows[i].ours) {
			assert_int_equal(rc, TS_EUNSUPPORTED);
			continue;
		}
		assert_int_equal(rc, 0);
		ts_n_make_answer();
		snprintf(line, sizeof(line), "a=%s", rows[i].ours);
		if (!ts_says(line)) fail_msg("%s: %s", rows[i].offered, ts_n_text);
	}
	/* one line carries something, the other nothing: answered, RFC 3264 6.1 */
	ts_negotiate(OFFER_HEAD "a=group:BUNDLE 0 1\n" CHROMIUM_AUDIO("inactive")
			     CHROMIUM_VIDEO("1", "sendrecv"),
		TS_OFFER_JOIN);
	assert_true(ts_says("a=inactive"));
	assert_null(ts_n_plan->line[0].refused);
	assert_int_equal(ts_n_audio()->n_pt, 0);
	assert_false(ts_n_audio()->send);
	/* the one that carries something is taken, though it comes second */
	ts_negotiate(OFFER_HEAD "a=group:BUNDLE 1 2\n" CHROMIUM_VIDEO("1", "inactive")
			     CHROMIUM_VIDEO("2", "sendrecv"),
		TS_OFFER_JOIN);
	assert_non_null(ts_n_plan->line[0].refused);
	assert_string_equal(ts_n_video()->mid, "2");
	assert_true(ts_says("a=group:BUNDLE 2"));
}

static void takes_the_dtls_role_left_over(void **state)
{
	(void)state;
	static const struct {
		const char *setup, *ours;
		enum ts_dtls_role role;
	} rows[] = {
		{"a=setup:actpass\n", "a=setup:passive", TS_DTLS_SERVER},
		{"a=setup:active\n", "a=setup:passive", TS_DTLS_SERVER},
		{"a=setup:passive\n", "a=setup:active", TS_DTLS_CLIENT},
		{"", "a=setup:passive", TS_DTLS_SERVER},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[1024];
		snprintf(sdp, sizeof(sdp), "%s%s",
			ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF",
				OFFER_ICE "a=fingerprint:sha-256 " OFFER_FP "\n"),
			rows[i].setup);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		assert_true(ts_says(rows[i].ours));
		assert_int_equal(ts_n_plan->transport.dtls_role, rows[i].role);
	}
}

static void takes_the_strongest_fingerprint(void **state)
{
	(void)state;
#define SHA512 OFFER_FP ":" OFFER_FP
	ts_negotiate(ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF",
			     "a=fingerprint:sha-256 " OFFER_FP "\na=fingerprint:SHA-512 " SHA512
			     "\na=fingerprint:sha-1024 00\na=fingerprint:sha-256 " OFFER_FP
			     "\n" OFFER_ICE),
		TS_OFFER_JOIN);
	assert_string_equal(ts_n_plan->transport.remote_fingerprint, "sha-512 " SHA512);
}

static void takes_extensions_the_policy_names(void **state)
{
	(void)state;
	struct ts_offer_policy policy = {.twcc = true, .cvo = true, .trickle = true};
	assert_int_equal(ts_n_make_plan(CHROMIUM, strlen(CHROMIUM), &policy), 0);
	ts_n_make_answer();
	assert_int_equal(ts_n_video()->ext.twcc, 3);
	assert_int_equal(ts_n_audio()->ext.twcc, 3);
	assert_int_equal(ts_n_video()->ext.video_orientation, 13);
	assert_int_equal(ts_n_audio()->ext.video_orientation, 0);
	assert_true(ts_n_video()->twcc);
	assert_true(ts_says("a=rtcp-fb:96 transport-cc"));
	assert_true(ts_says("a=ice-options:trickle"));
	assert_null(strstr(ts_n_text, "x-google-start-bitrate"));
}

#define EXT_TWCC "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

static void plan_twcc(const char *sdp, enum ts_offer_kind kind)
{
	struct ts_offer_policy policy = {.kind = kind, .twcc = true};
	assert_int_equal(ts_n_make_plan(sdp, strlen(sdp), &policy), 0);
	ts_n_make_answer();
}

/* Of what is sent as of what is received, sound included: one path carries both. */
static void numbers_what_is_sent(void **state)
{
	(void)state;
	plan_twcc(CHROMIUM, TS_OFFER_JOIN);
	assert_true(ts_n_video()->send_twcc && ts_n_audio()->send_twcc);
	assert_true(ts_n_video()->twcc && ts_n_audio()->twcc);
	assert_true(ts_says("a=rtcp-fb:111 transport-cc"));
	assert_int_equal(ts_says("a=extmap:3 " EXT_TWCC), 2);

	plan_twcc(CHROMIUM_RECVONLY, TS_OFFER_WATCH); /* nothing comes from a watcher */
	assert_true(ts_n_video()->send_twcc && ts_n_audio()->send_twcc);
	plan_twcc(CHROMIUM, TS_OFFER_CONTRIBUTE);
	assert_false(ts_n_video()->send_twcc || ts_n_audio()->send_twcc);
	assert_true(ts_n_video()->twcc);

	/* sound alone: feedback would cost more than it is worth */
	plan_twcc(OFFER_HEAD "a=group:BUNDLE 0\n" CHROMIUM_AUDIO("sendrecv"), TS_OFFER_JOIN);
	assert_false(ts_n_audio()->send_twcc || ts_n_audio()->twcc);
	assert_null(strstr(ts_n_text, "transport-"));
	/* without the feedback that goes with it, or without RTX */
	plan_twcc(
		ONE_VIDEO("96", "a=rtpmap:96 VP8/90000\na=extmap:3 " EXT_TWCC "\n"), TS_OFFER_JOIN);
	assert_int_equal(ts_n_video()->ext.twcc, 0);
	plan_twcc(
		ONE_VIDEO("96", "a=rtpmap:96 VP8/90000\na=extmap:3 " EXT_TWCC "\n" OFFER_FB("96")),
		TS_OFFER_JOIN);
	assert_true(ts_n_video()->twcc);
	assert_false(ts_n_video()->send_twcc);
	/* one way: what the peer sends, or takes */
	static const char *const ways[] = {"sendonly", "recvonly"};
	for (int i = 0; i < 2; i++) {
		char sdp[4096];
		snprintf(sdp, sizeof(sdp), "%sa=extmap:3/%s " EXT_TWCC "\n",
			ONE_VIDEO("96 97", CHROMIUM_VP8), ways[i]);
		plan_twcc(sdp, TS_OFFER_JOIN);
		assert_int_equal(ts_n_video()->ext.twcc, 3);
		assert_int_equal(ts_n_video()->send_twcc, i);
	}
}

#define EXT_MID "urn:ietf:params:rtp-hdrext:sdes:mid"
#define EXT_LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

static void extensions_have_directions_and_ids(void **state)
{
	(void)state;
	static const struct {
		const char *ext;
		unsigned level;
		const char *ours;
	} rows[] = {
		{"a=extmap:1 " EXT_LEVEL "\n", 1, "a=extmap:1 " EXT_LEVEL},
		{"a=extmap:1/sendonly " EXT_LEVEL "\n", 1, "a=extmap:1/recvonly " EXT_LEVEL},
		{"a=extmap:1/recvonly " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:1/inactive " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:14 " EXT_LEVEL "\n", 14, "a=extmap:14 " EXT_LEVEL},
		{"a=extmap:15 " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:4096 " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:1 " EXT_LEVEL "s\n", 0, NULL},
		{"a=extmap:3 " EXT_MID "\na=extmap:3 " EXT_LEVEL "\na=mid:0\n", 0,
			"a=extmap:3 " EXT_MID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[1024];
		snprintf(sdp, sizeof(sdp), "%s%s",
			ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_SECURE), rows[i].ext);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		assert_int_equal(ts_n_audio()->ext.audio_level, rows[i].level);
		if (rows[i].ours ? !ts_says(rows[i].ours) : strstr(ts_n_text, "extmap") != NULL)
			fail_msg("%s\n%s", rows[i].ext, ts_n_text);
	}
}

#define EXT_CAPTURE "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"

/* Both ways or not at all. */
static void capture_times_are_taken_and_told(void **state)
{
	static const struct {
		const char *ext;
		unsigned id;
	} rows[] = {
		{"a=extmap:6 " EXT_CAPTURE "\n", 6}, {"a=extmap:6/sendonly " EXT_CAPTURE "\n", 0}};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char sdp[1024];
		snprintf(sdp, sizeof(sdp), "%s%s",
			ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_SECURE), rows[i].ext);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		assert_int_equal(ts_n_audio()->ext.abs_capture_time, rows[i].id);
		assert_int_equal(ts_says("a=extmap:6 " EXT_CAPTURE), rows[i].id != 0);
	}
}

static void ssrcs_are_new(void **state)
{
	(void)state;
	/* count_up makes 1001, 1002, ...: both are the peer's already */
	ts_negotiate(ONE_VIDEO("96 97", CHROMIUM_VP8 "a=ssrc:1001 cname:x\na=ssrc:1002 cname:x\n"),
		TS_OFFER_JOIN);
	assert_int_equal(ts_n_video()->send_ssrc, 1003);
	assert_int_equal(ts_n_video()->send_rtx_ssrc, 1004);
}

static void an_ice_lite_peer_is_controlled(void **state)
{
	(void)state;
	ts_negotiate(OFFER_HEAD "a=ice-lite\na=fingerprint:sha-256 " OFFER_FP
				"\na=setup:passive\n" OFFER_ICE
				"m=audio 9 RTP/SAVPF 111\na=rtcp-mux\na=rtpmap:111 opus/48000\n",
		TS_OFFER_JOIN);
	assert_true(ts_n_plan->transport.ice_controlling);
	assert_true(ts_says("m=audio 20000 RTP/SAVPF 111"));
	assert_string_equal(ts_n_audio()->mid, "");
	assert_null(strstr(ts_n_text, "a=mid"));
	assert_null(strstr(ts_n_text, "a=group"));
}

static void transport_may_stand_on_a_refused_line(void **state)
{
	(void)state;
	ts_negotiate(OFFER_HEAD
		"a=group:BUNDLE 3 0\n" CHROMIUM_DATA
		"m=audio 0 UDP/TLS/RTP/SAVPF 111\na=bundle-only\na=mid:0\na=rtcp-mux\n"
		"a=rtpmap:111 opus/48000/2\n",
		TS_OFFER_JOIN);
	assert_string_equal(ts_n_plan->transport.remote.ufrag, "hDKY");
	assert_int_equal(ts_n_plan->tag, 1);
	assert_true(ts_says("a=group:BUNDLE 0"));
}

/* ---- offers that cannot be answered */

static void says_why_not(void **state)
{
	(void)state;
#define FPR "a=fingerprint:sha-256 " OFFER_FP "\n"
#define SAVPF "UDP/TLS/RTP/SAVPF"
	static const struct {
		const char *sdp;
		int rc;
		const char *err;
	} rows[] = {
		{OFFER_HEAD, TS_EUNSUPPORTED, "no audio or video m= line"},
		{OFFER_HEAD CHROMIUM_DATA, TS_EUNSUPPORTED, "no audio or video m= line"},
		{ONE_AUDIO("0", SAVPF, OFFER_SECURE), TS_EUNSUPPORTED,
			"line 5: m= cannot be used: disabled by the offer"},
		{ONE_AUDIO("9", "RTP/FOO", OFFER_SECURE), TS_EUNSUPPORTED,
			"line 5: m= cannot be used: unknown transport protocol"},
		{OFFER_HEAD "m=audio 9 RTP/SAVPF 0\n", TS_EUNSUPPORTED,
			"line 5: m= cannot be used: no rtcp-mux"},
		{OFFER_HEAD "m=audio 9 RTP/SAVPF 0\na=rtcp-mux\n", TS_EINVAL,
			"line 5: a=ice-ufrag is missing in this m= section"},
		{OFFER_HEAD "m=audio 9 RTP/SAVPF 3\na=rtcp-mux\n", TS_EUNSUPPORTED,
			"line 5: m= cannot be used: no codec in common"},
		{OFFER_HEAD "a=group:BUNDLE 1\nm=audio 9 RTP/SAVPF 0\na=rtcp-mux\na=mid:0\n"
			    "m=audio 0 x y\na=mid:1\n",
			TS_EUNSUPPORTED,
			"line 6: m= cannot be used: not in the first BUNDLE group"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=bundle-only\n"), TS_EUNSUPPORTED,
			"line 5: m= cannot be used: bundle-only outside of BUNDLE"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=inactive\n"), TS_EUNSUPPORTED,
			"no m= line would carry anything in a direction possible here"},
		{ONE_AUDIO("9", SAVPF, FPR), TS_EINVAL,
			"line 5: a=ice-ufrag is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, FPR "a=ice-ufrag:abcd\n"), TS_EINVAL,
			"line 5: a=ice-pwd is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, FPR "a=ice-ufrag:abc\n"), TS_EINVAL,
			"line 9: a=ice-ufrag needs 4 to 256 characters without blanks"},
		{ONE_AUDIO("9", SAVPF, FPR "a=ice-ufrag:abcd\na=ice-pwd:short\n"), TS_EINVAL,
			"line 10: a=ice-pwd needs 22 to 256 characters without blanks"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE), TS_EINVAL,
			"line 5: a=fingerprint of a known hash is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE "a=fingerprint:md5 00\n"), TS_EINVAL,
			"line 5: a=fingerprint of a known hash is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE "a=fingerprint:sha-256 00\n"), TS_EINVAL,
			"line 10: a=fingerprint has the wrong form or length"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE FPR "a=setup:holdconn\n"), TS_EINVAL,
			"line 11: a=setup is none of actpass, active, passive"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=mid:a b\n"), TS_EINVAL,
			"line 12: a=mid is no token of at most 32 characters"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=mid:0\nm=audio 0 x y\na=mid:0\n"), TS_EINVAL,
			"line 14: this a=mid was used before"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=mid:a:b\n"), TS_EINVAL,
			"line 12: a=mid is no token of at most 32 characters"},
		{"v=0\nfoo\nm=\n", TS_EBADMSG,
			"line 3: m= needs media, port, protocol and a format"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_offer_policy policy = {0};
		int rc = ts_n_make_plan(rows[i].sdp, strlen(rows[i].sdp), &policy);
		assert_string_equal(ts_n_err, rows[i].err);
		assert_int_equal(rc, rows[i].rc);
	}
}

static void without_a_bundle_one_line_is_taken(void **state)
{
	(void)state;
	ts_negotiate(OFFER_HEAD CHROMIUM_AUDIO("sendrecv") CHROMIUM_VIDEO("1", "sendrecv"),
		TS_OFFER_JOIN);
	assert_int_equal(ts_n_plan->transport.n_media, 1);
	assert_int_equal(ts_n_plan->video_media, -1);
	assert_true(ts_says("m=video 0 UDP/TLS/RTP/SAVPF 96"));
	assert_null(strstr(ts_n_text, "a=group"));
}

/* RFC 7874 3: G.711 is everybody's; where Opus is, it would only be worse. */
static void takes_telephone_codecs_where_there_is_no_opus(void **state)
{
	(void)state;
	static const struct {
		const char *formats, *maps, *ours;
		enum ts_codec codec;
	} rows[] = {
		{"0", "", "m=audio 20000 UDP/TLS/RTP/SAVPF 0", TS_CODEC_PCMU},
		{"8", "", "m=audio 20000 UDP/TLS/RTP/SAVPF 8", TS_CODEC_PCMA},
		{"9", "", "m=audio 20000 UDP/TLS/RTP/SAVPF 9", TS_CODEC_G722},
		{"8 0", "a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=ptime:20\n",
			"m=audio 20000 UDP/TLS/RTP/SAVPF 8 0", TS_CODEC_PCMA},
		{"0", "a=rtpmap:0 nonsense\n", "m=audio 20000 UDP/TLS/RTP/SAVPF 0", TS_CODEC_PCMU},
		{"0", "a=rtpmap:0 opus/48000/2\n", "m=audio 20000 UDP/TLS/RTP/SAVPF 0",
			TS_CODEC_OPUS},
		{"110", "a=rtpmap:110 PCMA/8000/1\n", "m=audio 20000 UDP/TLS/RTP/SAVPF 110",
			TS_CODEC_PCMA},
		{"0 8 13", "", "m=audio 20000 UDP/TLS/RTP/SAVPF 0 8", TS_CODEC_PCMU},
		{"9 0 111 8", "a=rtpmap:111 opus/48000/2\n", "m=audio 20000 UDP/TLS/RTP/SAVPF 111",
			TS_CODEC_OPUS},
		{"3 18 0", "", "m=audio 20000 UDP/TLS/RTP/SAVPF 0", TS_CODEC_PCMU},
		{"111", "a=rtpmap:111 opus/48000/1\n", "m=audio 20000 UDP/TLS/RTP/SAVPF 111",
			TS_CODEC_OPUS},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int kind = TS_OFFER_JOIN; kind <= TS_OFFER_CONTRIBUTE; kind++) {
			char sdp[1024];
			snprintf(sdp, sizeof(sdp),
				OFFER_HEAD "m=audio 9 UDP/TLS/RTP/SAVPF %s\na=rtcp-mux\n%s%s",
				rows[i].formats, rows[i].maps, OFFER_SECURE);
			ts_negotiate(sdp, (enum ts_offer_kind)kind);
			if (!ts_says(rows[i].ours)) fail_msg("%s\n%s", rows[i].ours, ts_n_text);
			if (ts_n_audio()->send)
				assert_int_equal(ts_n_audio()->send_codec, rows[i].codec);
			if (ts_n_audio()->n_pt)
				assert_int_equal(ts_n_audio()->pt[0].codec, rows[i].codec);
		}
	}
}

/* RTCDTMFSender sends in the clock of the voice, or in 8000: both are taken, from who sends. */
static void takes_keys_that_are_pressed(void **state)
{
	(void)state;
	for (int kind = TS_OFFER_JOIN; kind <= TS_OFFER_CONTRIBUTE; kind++) {
		ts_negotiate(CHROMIUM_ALL, (enum ts_offer_kind)kind);
		const bool hears = kind != TS_OFFER_WATCH;
		assert_int_equal(ts_says("a=rtpmap:110 telephone-event/48000"), hears);
		assert_int_equal(ts_says("a=rtpmap:126 telephone-event/8000"), hears);
		assert_false(ts_says("a=rtpmap:13 CN/8000"));
		int keys = 0;
		for (size_t i = 0; i < ts_n_audio()->n_pt; i++)
			keys += ts_n_audio()->pt[i].codec == TS_CODEC_DTMF;
		assert_int_equal(keys, hears ? 2 : 0);
	}
}

static void groups_that_hold_nothing_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *group;
		size_t n_media;
		const char *ours; /* NULL: no group in the answer */
	} rows[] = {
		{"a=group:BUNDLE 0 1\n", 2, "a=group:BUNDLE 0 1"},
		{"a=group:BUNDLE\na=group:BUNDLE 0 1\n", 2, "a=group:BUNDLE 0 1"},
		{"a=group:BUNDLE 7 8\na=group:BUNDLE 1 0\n", 2, "a=group:BUNDLE 1 0"},
		{"a=group:BUNDLE 9 0 x 1\n", 2, "a=group:BUNDLE 0 1"},
		{"a=group:BUNDLE 1\na=group:BUNDLE 0\n", 1, "a=group:BUNDLE 1"},
		{"a=group:LS 0 1\n", 1, NULL},
		{"a=group:BUNDLE\n", 1, NULL},
		{"a=group:BUNDLE 5\n", 1, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[8192];
		snprintf(sdp, sizeof(sdp),
			OFFER_HEAD "%s" CHROMIUM_AUDIO("sendrecv") CHROMIUM_VIDEO("1", "sendrecv"),
			rows[i].group);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		assert_int_equal(ts_n_plan->transport.n_media, rows[i].n_media);
		if (rows[i].ours ? !ts_says(rows[i].ours) : strstr(ts_n_text, "a=group") != NULL)
			fail_msg("%s\n%s", rows[i].group, ts_n_text);
	}
}

static void one_good_fingerprint_will_do(void **state)
{
	(void)state;
	ts_negotiate(
		ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF",
			"a=fingerprint:sha-512 00:11\na=fingerprint:sha-256 " OFFER_FP
			"\na=fingerprint:sha-1 "
			"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:0a:1b:2c:3d\n" OFFER_ICE),
		TS_OFFER_JOIN);
	assert_string_equal(ts_n_plan->transport.remote_fingerprint, "sha-256 " OFFER_FP);
}

static void odd_lines_are_answered(void **state)
{
	(void)state;
	static const struct {
		const char *lines, *says;
	} rows[] = {
		{"m=video 0 UDP/TLS/RTP/SAVPF\n", "m=video 0 UDP/TLS/RTP/SAVPF 0"},
		{"m=video 0\n", "m=video 0 RTP/AVP 0"},
		{"m=text 9 UDP/TLS/RTP/SAVPF 98\na=rtpmap:98 t140/1000\n",
			"m=text 0 UDP/TLS/RTP/SAVPF 98"},
		{"m=application 9 UDP/BFCP\n", "m=application 0 UDP/BFCP 0"},
		{"m=image 0 udptl t38\nc=IN IP7 x\n", "m=image 0 udptl t38"},
		{"m=message 9 TCP/MSRP *\n", "m=message 0 TCP/MSRP *"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[2048];
		snprintf(sdp, sizeof(sdp), "%s%s",
			ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_SECURE), rows[i].lines);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		assert_true(ts_says("m=audio 20000 UDP/TLS/RTP/SAVPF 111"));
		if (!ts_says(rows[i].says)) fail_msg("%s\n%s", rows[i].says, ts_n_text);
	}
	ts_negotiate(OFFER_HEAD "m=Audio 9 UDP/TLS/RTP/SAVPF 111\na=RTCP-MUX\n"
				"a=rtpmap:111 opus/48000/2\n" OFFER_SECURE,
		TS_OFFER_JOIN);
	assert_true(ts_says("m=Audio 20000 UDP/TLS/RTP/SAVPF 111"));
}

#define H264_AS(fmtp) "a=rtpmap:96 H264/90000\na=fmtp:96 " fmtp "\n"

static void hears_what_a_decoder_takes(void **state)
{
	(void)state;
	static const struct {
		const char *lines;
		uint32_t mb, mb_per_s;
		int fps;
		uint32_t kbps;
	} rows[] = {
		/* what browsers say, whatever they decode */
		{H264_AS("profile-level-id=42e01f"), 0, 0, 0, 0},
		{H264_AS("profile-level-id=640034"), 0, 0, 0, 0},
		{H264_AS("profile-level-id=42e01e"), 1620, 40500, 0, 10000},
		{H264_AS("profile-level-id=42e00d"), 396, 11880, 0, 768},
		{H264_AS("profile-level-id=42e016;max-fs=3600;max-mbps=108000"), 3600, 108000, 0,
			4000},
		{"a=rtpmap:96 VP8/90000\n", 0, 0, 0, 0},
		{"a=rtpmap:96 VP8/90000\na=fmtp:96 max-fs=1200;max-fr=15\n", 1200, 0, 15, 0},
		{"b=TIAS:700000\na=rtpmap:96 VP8/90000\n", 0, 0, 0, 700},
		{"b=TIAS:300000\nb=AS:9999\n" H264_AS("profile-level-id=42e01f"), 0, 0, 0, 300},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[2048];
		struct ts_need need = {.max_height = 720};
		snprintf(sdp, sizeof(sdp), "%s%s", ONE_VIDEO("96", ""), rows[i].lines);
		ts_negotiate(sdp, TS_OFFER_WATCH);
		ts_answer_limit(&need, ts_n_plan);
		if (need.max_mb != rows[i].mb || need.max_mb_per_s != rows[i].mb_per_s ||
			need.max_fps != rows[i].fps || need.max_kbps != rows[i].kbps)
			fail_msg("%s: %u %u %d %u", rows[i].lines, need.max_mb, need.max_mb_per_s,
				need.max_fps, need.max_kbps);
		assert_int_equal(need.max_height, 720);
	}
}

static void needs_room(void **state)
{
	(void)state;
	ts_negotiate(CHROMIUM_ALL, TS_OFFER_JOIN);
	size_t len = strlen(ts_n_text);
	struct ts_wr w = ts_wr(ts_n_text, len - 1);
	assert_int_equal(ts_answer_write(&w, ts_n_plan, &ts_n_local, &ts_n_ids), TS_EFULL);
	w = ts_wr(ts_n_text, len);
	assert_int_equal(ts_answer_write(&w, ts_n_plan, &ts_n_local, &ts_n_ids), 0);
	assert_int_equal(ts_wr_len(&w), len);
	/* before there is a candidate: port 9 */
	struct ts_transport_local none = {.ice.ufrag = "tess", .ice.pwd = "0123456789abcdefghijkl"};
	w = ts_wr(ts_n_text, sizeof(ts_n_text) - 1);
	assert_int_equal(ts_answer_write(&w, ts_n_plan, &none, &ts_n_ids), 0);
	assert_true(ts_says("m=audio 9 UDP/TLS/RTP/SAVPF 63 111 110 126"));
}

/* ---- offers as they were recorded, where they are at hand */

static void answers_recorded_offers(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		enum ts_offer_kind kind;
		enum ts_codec codec;
		size_t n_lines;
	} rows[] = {
		{"chromium156_audio_video", TS_OFFER_JOIN, TS_CODEC_VP8, 2},
		{"chromium156_recvonly", TS_OFFER_WATCH, TS_CODEC_VP8, 2},
		{"chromium156_simulcast_plus_screen_data", TS_OFFER_JOIN, TS_CODEC_VP8, 4},
		{"firefox153_audio_video", TS_OFFER_JOIN, TS_CODEC_VP8, 2},
		{"firefox153_recvonly", TS_OFFER_WATCH, TS_CODEC_VP8, 2},
		{"firefox153_simulcast_plus_screen_data", TS_OFFER_JOIN, TS_CODEC_VP8, 4},
		{"roamhq-wrtc-0.10_offer", TS_OFFER_JOIN, TS_CODEC_VP8, 2},
		{"simple-whip-client_gst1.22_offer", TS_OFFER_CONTRIBUTE, TS_CODEC_NONE, 2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static char sdp[TS_SDP_BYTES_MAX];
		char path[256];
		snprintf(path, sizeof(path),
			"../shared/media/conformance/sdp_browser/generated_here/%s.sdp",
			rows[i].file);
		FILE *f = fopen(path, "r");
		if (!f) skip();
		size_t n = fread(sdp, 1, sizeof(sdp), f);
		fclose(f);
		struct ts_offer_policy policy = {.kind = rows[i].kind};
		if (ts_n_make_plan(sdp, n, &policy)) fail_msg("%s: %s", rows[i].file, ts_n_err);
		ts_n_make_answer();
		assert_int_equal(ts_n_answer->n_media, rows[i].n_lines);
		assert_int_equal(ts_n_plan->transport.n_media, 2);
		assert_int_equal(ts_n_video()->send_codec, rows[i].codec);
		assert_int_equal(
			ts_n_audio()->send_codec, rows[i].codec ? TS_CODEC_OPUS : TS_CODEC_NONE);
	}
}

/* The second video line is the presentation: a browser names it in the query, others by
 * a=content. */
static void presentation(void **state)
{
	static const char text[] = OFFER_HEAD "a=group:BUNDLE 0 1 2\n" CHROMIUM_AUDIO("sendrecv")
		CHROMIUM_VIDEO("1", "sendrecv") CHROMIUM_VIDEO("2", "sendonly");
	static const char marked[] = OFFER_HEAD "a=group:BUNDLE 0 2 1\n" CHROMIUM_AUDIO("sendrecv")
		CHROMIUM_VIDEO("2", "sendrecv") "a=content:speaker,slides\n" CHROMIUM_VIDEO(
			"1", "sendrecv");
	struct ts_offer_policy policy = {.kind = TS_OFFER_JOIN, .slides_mid = "2"};
	(void)state;
	assert_int_equal(ts_n_make_plan(text, strlen(text), &policy), 0);
	ts_n_make_answer();
	const struct ts_media_config *slides = &ts_n_plan->transport.media[ts_n_plan->slides_media];
	assert_string_equal(slides->mid, "2");
	assert_false(slides->send);
	assert_true(slides->n_pt > 0);
	assert_string_equal(ts_n_video()->mid, "1");
	assert_true(ts_n_video()->send);
	assert_int_equal(ts_says("a=recvonly"), 1);

	policy.slides_mid = NULL;
	assert_int_equal(ts_n_make_plan(text, strlen(text), &policy), 0);
	assert_int_equal(ts_n_plan->slides_media, -1);
	assert_int_equal(ts_n_plan->transport.n_media, 2);

	for (int kind = TS_OFFER_JOIN; kind <= TS_OFFER_CONTRIBUTE; kind++) {
		policy.kind = (enum ts_offer_kind)kind;
		assert_int_equal(ts_n_make_plan(marked, strlen(marked), &policy), 0);
		ts_n_make_answer();
		if (kind == TS_OFFER_WATCH) {
			assert_int_equal(ts_n_plan->slides_media, -1);
			continue;
		}
		assert_string_equal(ts_n_plan->transport.media[ts_n_plan->slides_media].mid, "2");
		assert_string_equal(ts_n_video()->mid, "1");
		assert_int_equal(ts_n_plan->media[ts_n_plan->slides_media].dir, TS_SDP_RECVONLY);
	}
	policy.slides_mid = "9";
	assert_int_equal(ts_n_make_plan(text, strlen(text), &policy), TS_EINVAL);
}

/* What a credential does not allow is not taken from them, whatever they send; they receive all
 * the same. */
static void what_is_withheld(void **state)
{
	static const char text[] = OFFER_HEAD "a=group:BUNDLE 0 1 2\n" CHROMIUM_AUDIO("sendrecv")
		CHROMIUM_VIDEO("1", "sendrecv") CHROMIUM_VIDEO("2", "sendonly");
	(void)state;
	for (unsigned withheld = 0; withheld < 8; withheld++) {
		const struct ts_offer_policy policy = {
			.kind = TS_OFFER_JOIN, .slides_mid = "2", .withheld = withheld};
		assert_int_equal(ts_n_make_plan(text, strlen(text), &policy), 0);
		ts_n_make_answer();
		const struct ts_media_config *slides =
			&ts_n_plan->transport.media[ts_n_plan->slides_media];
		assert_int_equal(!ts_n_audio()->n_pt, !!(withheld & TS_WITHHOLD_AUDIO));
		assert_int_equal(!ts_n_video()->n_pt, !!(withheld & TS_WITHHOLD_CAMERA));
		assert_int_equal(!slides->n_pt, !!(withheld & TS_WITHHOLD_SLIDES));
		assert_true(ts_n_audio()->send && ts_n_video()->send);
		assert_int_equal(ts_says("a=sendonly"),
			!!(withheld & TS_WITHHOLD_AUDIO) + !!(withheld & TS_WITHHOLD_CAMERA));
		assert_int_equal(ts_says("a=inactive"), !!(withheld & TS_WITHHOLD_SLIDES));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_withheld),
		cmocka_unit_test(answers_chromium),
		cmocka_unit_test(answers_firefox),
		cmocka_unit_test(answers_aiortc),
		cmocka_unit_test(answers_gstreamer),
		cmocka_unit_test(answers_a_watcher),
		cmocka_unit_test(refuses_lines_it_cannot_use),
		cmocka_unit_test(directions_are_mirrored),
		cmocka_unit_test(takes_the_dtls_role_left_over),
		cmocka_unit_test(takes_the_strongest_fingerprint),
		cmocka_unit_test(takes_extensions_the_policy_names),
		cmocka_unit_test(numbers_what_is_sent),
		cmocka_unit_test(extensions_have_directions_and_ids),
		cmocka_unit_test(capture_times_are_taken_and_told),
		cmocka_unit_test(ssrcs_are_new),
		cmocka_unit_test(an_ice_lite_peer_is_controlled),
		cmocka_unit_test(transport_may_stand_on_a_refused_line),
		cmocka_unit_test(says_why_not),
		cmocka_unit_test(without_a_bundle_one_line_is_taken),
		cmocka_unit_test(takes_keys_that_are_pressed),
		cmocka_unit_test(takes_telephone_codecs_where_there_is_no_opus),
		cmocka_unit_test(groups_that_hold_nothing_are_none),
		cmocka_unit_test(one_good_fingerprint_will_do),
		cmocka_unit_test(odd_lines_are_answered),
		cmocka_unit_test(hears_what_a_decoder_takes),
		cmocka_unit_test(needs_room),
		cmocka_unit_test(answers_recorded_offers),
		cmocka_unit_test(presentation),
	};
	return cmocka_run_group_tests(tests, ts_n_setup, ts_n_teardown);
}
