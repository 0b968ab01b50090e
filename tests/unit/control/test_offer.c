#include "base/error.h"
#include "control/offer.h"
#include "tests/unit/control/answer_check.h"
#include "tests/unit/control/offers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- one offer, its plan and its answer */

static struct ts_sdp *offer, *answer;
static struct ts_negotiated *plan;
static char text[TS_ANSWER_MAX + 1], err[160];

static uint32_t count_up(void *arg) { return ++*(uint32_t *)arg; }

static const struct ts_transport_local local = {
	.ufrag = "tess",
	.pwd = "0123456789abcdefghijkl",
	.candidate = {"1 1 UDP 2130706431 198.51.100.7 20000 typ host", "2 1 UDP 2130706175 2001:db8::7 20002 typ host"},
	.n_candidates = 2,
};
static const struct ts_answer_ids ids = {.fingerprint = "sha-256 " OFFER_FP, .session_id = 77, .session_version = 1};

static int setup(void **state)
{
	(void)state;
	plan = malloc(sizeof(*plan));
	return !plan;
}

static int teardown(void **state)
{
	(void)state;
	ts_sdp_destroy(&offer);
	ts_sdp_destroy(&answer);
	free(plan);
	return 0;
}

static int make_plan(const char *sdp, size_t len, const struct ts_offer_policy *policy)
{
	uint32_t seed = 1000;
	struct ts_offer_policy p = *policy;
	p.random = count_up;
	p.arg = &seed;
	ts_sdp_destroy(&offer);
	ts_sdp_destroy(&answer);
	int rc = ts_sdp_parse(&offer, sdp, len, err, sizeof(err));
	return rc ? rc : ts_answer_plan(plan, offer, &p, err, sizeof(err));
}

static void write_answer(void)
{
	struct ts_wr w = ts_wr(text, TS_ANSWER_MAX);
	assert_int_equal(ts_answer_write(&w, plan, &local, &ids), 0);
	text[ts_wr_len(&w)] = '\0';
	if (ts_sdp_parse(&answer, text, ts_wr_len(&w), err, sizeof(err))) fail_msg("%s", err);
	struct answer_check check;
	const char *wrong = answer_check(&check, offer, answer);
	if (*wrong) fail_msg("%s\n%s", wrong, text);
	assert_true(answer_matches_plan(answer, plan));
}

static void negotiate(const char *sdp, enum ts_offer_kind kind)
{
	struct ts_offer_policy policy = {.kind = kind, .start_bitrate_kbps = 800};
	if (make_plan(sdp, strlen(sdp), &policy)) fail_msg("%s", err);
	write_answer();
}

static bool says(const char *line)
{
	size_t len = strlen(line);
	for (const char *s = text; (s = strstr(s, line)); s++)
		if ((s == text || s[-1] == '\n') && s[len] == '\r') return true;
	return false;
}

static const struct ts_media_config *audio(void) { return &plan->transport.media[plan->audio_media]; }
static const struct ts_media_config *video(void) { return &plan->transport.media[plan->video_media]; }

static const struct ts_pt *find_pt(const struct ts_media_config *cfg, int pt)
{
	for (size_t i = 0; i < cfg->n_pt; i++)
		if (cfg->pt[i].pt == pt) return &cfg->pt[i];
	return NULL;
}

/* ---- endpoints */

static void answers_chromium(void **state)
{
	(void)state;
	negotiate(CHROMIUM, TS_OFFER_JOIN);
	const struct ts_transport_config *t = &plan->transport;
	assert_int_equal(t->n_media, 2);
	assert_string_equal(t->remote_ufrag, "hDKY");
	assert_string_equal(t->remote_pwd, "kmd9OfkTchNRPcpOEq3etPYK");
	assert_string_equal(t->remote_fingerprint, "sha-256 " OFFER_FP);
	assert_int_equal(t->n_remote_candidates, 2); /* not the TCP one */
	assert_string_equal(t->remote_candidate[0],
		"2149714113 1 udp 2122194687 192.0.2.2 56226 typ host generation 0 network-id 1");
	assert_int_equal(t->dtls_role, TS_DTLS_SERVER);
	assert_false(t->ice_controlling);
	assert_int_equal(strlen(t->cname), TS_CNAME_LEN);

	assert_int_equal(audio()->kind, TS_AUDIO);
	assert_string_equal(audio()->mid, "0");
	assert_int_equal(audio()->n_pt, 1);
	assert_int_equal(audio()->pt[0].codec, TS_CODEC_OPUS);
	assert_int_equal(audio()->pt[0].apt, -1);
	assert_int_equal(audio()->pt[0].clock_hz, 48000);
	assert_int_equal(audio()->send_pt, 111);
	assert_int_equal(audio()->send_rtx_pt, 0);
	assert_int_equal(audio()->ext.mid, 4);
	assert_int_equal(audio()->ext.audio_level, 1);
	assert_int_equal(audio()->ext.abs_send_time, 0);
	assert_int_equal(audio()->remote_ssrc[0], 2580214609u);
	assert_false(audio()->nack || audio()->pli || audio()->fir || audio()->remb || audio()->twcc);

	assert_int_equal(video()->send_pt, 96);
	assert_int_equal(video()->send_rtx_pt, 97);
	assert_int_equal(video()->send_codec, TS_CODEC_VP8);
	assert_int_equal(video()->n_pt, 12);
	assert_int_equal(find_pt(video(), 109)->apt, 108);
	assert_int_equal(find_pt(video(), 109)->codec, TS_CODEC_H264);
	assert_true(video()->nack && video()->pli && video()->fir && video()->remb);
	assert_false(video()->twcc);
	assert_int_equal(video()->ext.abs_send_time, 2);
	assert_int_equal(video()->ext.twcc, 0);
	assert_int_equal(video()->ext.video_orientation, 0);
	assert_int_equal(video()->ext.rid, 0);
	assert_int_equal(video()->remote_ssrc[0], 796784879);
	assert_int_equal(video()->remote_ssrc[1], 137031850);
	assert_int_equal(video()->remote_ssrc[2], 0);

	assert_true(says("o=- 77 1 IN IP4 127.0.0.1"));
	assert_true(says("a=group:BUNDLE 0 1"));
	assert_true(says("m=audio 20000 UDP/TLS/RTP/SAVPF 111"));
	assert_true(says("m=video 20000 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117"));
	assert_true(says("c=IN IP4 198.51.100.7"));
	assert_true(says("a=candidate:2 1 UDP 2130706175 2001:db8::7 20002 typ host"));
	assert_true(says("a=end-of-candidates"));
	assert_true(says("a=setup:passive"));
	assert_true(says("a=sendrecv"));
	assert_true(says("a=rtcp-rsize"));
	assert_true(says("a=fmtp:96 x-google-start-bitrate=800"));
	assert_true(says("a=msid:tessera video"));
	assert_false(says("a=ice-options:trickle"));
	char line[64];
	snprintf(line, sizeof(line), "a=ssrc-group:FID %u %u", video()->send_ssrc, video()->send_rtx_ssrc);
	assert_true(says(line));
	snprintf(line, sizeof(line), "a=ssrc:%u cname:%s", audio()->send_ssrc, t->cname);
	assert_true(says(line));
	static const char *const never[] = {"transport-cc", "red/", "ulpfec", "telephone-event", "VP9", "toffset", "stream-id"};
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(text, never[i])) fail_msg("%s", never[i]);
}

static void answers_firefox(void **state)
{
	(void)state;
	negotiate(FIREFOX, TS_OFFER_JOIN);
	assert_int_equal(plan->transport.n_remote_candidates, 1); /* of component 1 */
	assert_string_equal(plan->transport.remote_fingerprint, "sha-256 " OFFER_FP);
	assert_true(says("m=video 20000 UDP/TLS/RTP/SAVPF 120 124"));
	assert_int_equal(video()->send_codec, TS_CODEC_VP8);
	assert_int_equal(plan->video_format.vp8_max_fs, 12288);
	assert_int_equal(audio()->ext.audio_level, 1);
	assert_false(plan->media[plan->audio_media].rtcp_rsize);
	assert_true(plan->media[plan->video_media].rtcp_rsize);
}

static void answers_aiortc(void **state)
{
	(void)state;
	negotiate(AIORTC, TS_OFFER_JOIN);
	assert_string_equal(plan->transport.remote_ufrag, "SXAp"); /* of the tagged line */
	assert_int_equal(plan->transport.n_remote_candidates, 1);
	assert_int_equal(audio()->ext.audio_level, 2);
	assert_int_equal(video()->ext.abs_send_time, 0);
	assert_null(strstr(text, "abs-send-time"));
	assert_false(video()->fir);
	assert_true(video()->nack && video()->remb);
}

static void answers_gstreamer(void **state)
{
	(void)state;
	negotiate(GSTREAMER, TS_OFFER_JOIN);
	assert_true(says("a=recvonly"));
	assert_false(audio()->send || video()->send);
	assert_int_equal(video()->n_pt, 1);
	assert_false(video()->nack);
	assert_true(video()->pli && video()->fir);
	assert_null(strstr(text, "a=ssrc"));
	assert_null(strstr(text, "msid"));
}

static void answers_a_watcher(void **state)
{
	(void)state;
	negotiate(CHROMIUM_RECVONLY, TS_OFFER_WATCH);
	assert_true(says("a=sendonly"));
	assert_int_equal(audio()->n_pt + video()->n_pt, 0);
	assert_true(audio()->send && video()->send);
	assert_int_equal(audio()->ext.audio_level, 0); /* no sound comes from him */
	assert_int_equal(video()->send_rtx_pt, 97);

	negotiate(CHROMIUM, TS_OFFER_WATCH); /* he may offer more than we take */
	assert_true(says("a=sendonly"));
	assert_int_equal(video()->n_pt, 0);

	negotiate(CHROMIUM, TS_OFFER_CONTRIBUTE);
	assert_true(says("a=recvonly"));
	assert_false(video()->send);
}

static void refuses_lines_it_cannot_use(void **state)
{
	(void)state;
	negotiate(CHROMIUM_ALL, TS_OFFER_JOIN);
	assert_int_equal(plan->n_lines, 4);
	assert_int_equal(plan->transport.n_media, 2);
	assert_true(says("a=group:BUNDLE 0 1"));
	assert_true(says("m=video 0 UDP/TLS/RTP/SAVPF 96"));
	assert_true(says("m=application 0 UDP/DTLS/SCTP webrtc-datachannel"));
	assert_string_equal(plan->line[2].refused, "a second line of its kind");
}

/* ---- formats */

static void sends_what_the_offer_names_first(void **state)
{
	(void)state;
	static const struct {
		const char *name, *formats, *attrs;
		enum ts_codec codec;
		int pt, rtx, mode;
	} rows[] = {
		{"VP8 first", "96 97 108 109", CHROMIUM_VP8 CHROMIUM_H264, TS_CODEC_VP8, 96, 97, 0},
		{"H.264 first", "108 109 96 97", CHROMIUM_VP8 CHROMIUM_H264, TS_CODEC_H264, 108, 109, 1},
		{"unknown first", "45 98 96", CHROMIUM_REST CHROMIUM_VP8, TS_CODEC_VP8, 96, 0, 0},
		{"constrained baseline, mode 1", "104 116 102 114 108 109", CHROMIUM_H264, TS_CODEC_H264, 108, 109, 1},
		{"mode before profile", "114 116", CHROMIUM_H264, TS_CODEC_H264, 116, 0, 1},
		{"baseline before main", "116 102 103", CHROMIUM_H264, TS_CODEC_H264, 102, 103, 1},
		{"mode 0 where there is nothing else", "104 114", CHROMIUM_H264, TS_CODEC_H264, 114, 0, 0},
		{"42c0 is constrained too", "102 100", CHROMIUM_H264 OFFER_H264("100", "1", "42c01e"), TS_CODEC_H264, 100, 0, 1},
		{"4d80 is constrained too", "102 100", CHROMIUM_H264 OFFER_H264("100", "1", "4D801E"), TS_CODEC_H264, 100, 0, 1},
		{"high 4:2:2 is not ours", "100 96", CHROMIUM_VP8 OFFER_H264("100", "1", "7a001f"), TS_CODEC_VP8, 96, 0, 0},
		{"interleaved is not ours", "100 96", CHROMIUM_VP8 OFFER_H264("100", "2", "42e01f"), TS_CODEC_VP8, 96, 0, 0},
		{"no fmtp: mode 0", "100", "a=rtpmap:100 h264/90000\n", TS_CODEC_H264, 100, 0, 0},
		{"among RTCP's numbers", "70 96", CHROMIUM_VP8 "a=rtpmap:70 VP8/90000\n", TS_CODEC_VP8, 96, 0, 0},
		{"named twice", "96 96 97", CHROMIUM_VP8, TS_CODEC_VP8, 96, 97, 0},
		{"RTX without nack", "96 97", "a=rtpmap:96 VP8/90000\n" OFFER_RTX("97", "96"), TS_CODEC_VP8, 96, 0, 0},
		{"feedback for all", "96 97", "a=rtpmap:96 VP8/90000\na=rtcp-fb:* nack\n" OFFER_RTX("97", "96"), TS_CODEC_VP8, 96, 97, 0},
		{"RTX of another clock", "96 97", "a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtpmap:97 rtx/48000\na=fmtp:97 apt=96\n",
			TS_CODEC_VP8, 96, 0, 0},
		{"VP8 of another clock", "100 96", CHROMIUM_VP8 "a=rtpmap:100 VP8/8000\n", TS_CODEC_VP8, 96, 0, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[8192];
		snprintf(sdp, sizeof(sdp), "%sm=video 9 UDP/TLS/RTP/SAVPF %s\na=rtcp-mux\n%s%s", OFFER_HEAD, rows[i].formats,
			OFFER_SECURE, rows[i].attrs);
		negotiate(sdp, TS_OFFER_JOIN);
		const struct ts_media_config *cfg = video();
		if (cfg->send_codec != rows[i].codec || cfg->send_pt != rows[i].pt || cfg->send_rtx_pt != rows[i].rtx ||
			plan->packetization_mode != rows[i].mode || !cfg->send_rtx_pt != !cfg->send_rtx_ssrc)
			fail_msg("%s: sends %d, RTX %d, mode %d", rows[i].name, cfg->send_pt, cfg->send_rtx_pt, plan->packetization_mode);
	}
}

static void takes_no_more_formats_than_fit(void **state)
{
	(void)state;
	char sdp[16384];
	int n = snprintf(sdp, sizeof(sdp), OFFER_HEAD "m=video 9 UDP/TLS/RTP/SAVPF");
	for (int pt = 0; pt < 128; pt++) n += snprintf(sdp + n, sizeof(sdp) - (size_t)n, " %d", pt);
	n += snprintf(sdp + n, sizeof(sdp) - (size_t)n, "\na=rtcp-mux\na=rtcp-fb:* nack\n" OFFER_SECURE);
	for (int pt = 0; pt < 128; pt++) {
		if (pt % 2) n += snprintf(sdp + n, sizeof(sdp) - (size_t)n, "a=rtpmap:%d rtx/90000\na=fmtp:%d apt=%d\n", pt, pt, pt - 1);
		else n += snprintf(sdp + n, sizeof(sdp) - (size_t)n, "a=rtpmap:%d VP8/90000\n", pt);
	}
	negotiate(sdp, TS_OFFER_JOIN);
	assert_int_equal(video()->n_pt, TS_PT_MAX);
	assert_int_equal(video()->pt[TS_PT_MAX - 1].apt, TS_PT_MAX - 2);
}

static void feedback_holds_for_every_format(void **state)
{
	(void)state;
	negotiate(ONE_VIDEO("96 108", "a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack pli \na=rtcp-fb:96 NACK\n" CHROMIUM_H264), TS_OFFER_JOIN);
	assert_true(video()->nack && video()->pli);
	assert_false(video()->fir || video()->remb);
	assert_true(says("a=rtcp-fb:108 ccm fir"));
	assert_false(says("a=rtcp-fb:96 ccm fir"));
}

/* ---- directions, roles, extensions */

static void directions_are_mirrored(void **state)
{
	(void)state;
	static const struct { const char *offered; enum ts_offer_kind kind; const char *ours; } rows[] = {
		{"sendrecv", TS_OFFER_JOIN, "sendrecv"}, {"sendonly", TS_OFFER_JOIN, "recvonly"}, {"recvonly", TS_OFFER_JOIN, "sendonly"},
		{"sendrecv", TS_OFFER_WATCH, "sendonly"}, {"recvonly", TS_OFFER_WATCH, "sendonly"}, {"sendonly", TS_OFFER_WATCH, NULL},
		{"sendrecv", TS_OFFER_CONTRIBUTE, "recvonly"}, {"sendonly", TS_OFFER_CONTRIBUTE, "recvonly"},
		{"recvonly", TS_OFFER_CONTRIBUTE, NULL}, {"inactive", TS_OFFER_JOIN, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[1024], line[32];
		struct ts_offer_policy policy = {.kind = rows[i].kind};
		snprintf(sdp, sizeof(sdp), "%sa=%s\n", ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_SECURE), rows[i].offered);
		int rc = make_plan(sdp, strlen(sdp), &policy);
		if (!rows[i].ours) {
			assert_int_equal(rc, TS_EUNSUPPORTED);
			continue;
		}
		assert_int_equal(rc, 0);
		write_answer();
		snprintf(line, sizeof(line), "a=%s", rows[i].ours);
		if (!says(line)) fail_msg("%s: %s", rows[i].offered, text);
	}
	/* one line carries something, the other nothing: answered, RFC 3264 6.1 */
	negotiate(OFFER_HEAD "a=group:BUNDLE 0 1\n" CHROMIUM_AUDIO("inactive") CHROMIUM_VIDEO("1", "sendrecv"), TS_OFFER_JOIN);
	assert_true(says("a=inactive"));
	assert_null(plan->line[0].refused);
	assert_int_equal(audio()->n_pt, 0);
	assert_false(audio()->send);
	/* the one that carries something is taken, though it comes second */
	negotiate(OFFER_HEAD "a=group:BUNDLE 1 2\n" CHROMIUM_VIDEO("1", "inactive") CHROMIUM_VIDEO("2", "sendrecv"), TS_OFFER_JOIN);
	assert_non_null(plan->line[0].refused);
	assert_string_equal(video()->mid, "2");
	assert_true(says("a=group:BUNDLE 2"));
}

static void takes_the_dtls_role_left_over(void **state)
{
	(void)state;
	static const struct { const char *setup, *ours; enum ts_dtls_role role; } rows[] = {
		{"a=setup:actpass\n", "a=setup:passive", TS_DTLS_SERVER}, {"a=setup:active\n", "a=setup:passive", TS_DTLS_SERVER},
		{"a=setup:passive\n", "a=setup:active", TS_DTLS_CLIENT}, {"", "a=setup:passive", TS_DTLS_SERVER},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[1024];
		snprintf(sdp, sizeof(sdp), "%s%s", ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_ICE "a=fingerprint:sha-256 " OFFER_FP "\n"),
			rows[i].setup);
		negotiate(sdp, TS_OFFER_JOIN);
		assert_true(says(rows[i].ours));
		assert_int_equal(plan->transport.dtls_role, rows[i].role);
	}
}

static void takes_the_strongest_fingerprint(void **state)
{
	(void)state;
#define SHA512 OFFER_FP ":" OFFER_FP
	negotiate(ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", "a=fingerprint:sha-256 " OFFER_FP "\na=fingerprint:SHA-512 " SHA512
		"\na=fingerprint:sha-1024 00\na=fingerprint:sha-256 " OFFER_FP "\n" OFFER_ICE), TS_OFFER_JOIN);
	assert_string_equal(plan->transport.remote_fingerprint, "sha-512 " SHA512);
}

static void takes_extensions_the_policy_names(void **state)
{
	(void)state;
	struct ts_offer_policy policy = {.twcc = true, .cvo = true, .trickle = true};
	assert_int_equal(make_plan(CHROMIUM, strlen(CHROMIUM), &policy), 0);
	write_answer();
	assert_int_equal(video()->ext.twcc, 3);
	assert_int_equal(audio()->ext.twcc, 3);
	assert_int_equal(video()->ext.video_orientation, 13);
	assert_int_equal(audio()->ext.video_orientation, 0);
	assert_true(video()->twcc);
	assert_true(says("a=rtcp-fb:96 transport-cc"));
	assert_true(says("a=ice-options:trickle"));
	assert_null(strstr(text, "x-google-start-bitrate"));
}

#define EXT_MID "urn:ietf:params:rtp-hdrext:sdes:mid"
#define EXT_LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

static void extensions_have_directions_and_ids(void **state)
{
	(void)state;
	static const struct { const char *ext; unsigned level; const char *ours; } rows[] = {
		{"a=extmap:1 " EXT_LEVEL "\n", 1, "a=extmap:1 " EXT_LEVEL},
		{"a=extmap:1/sendonly " EXT_LEVEL "\n", 1, "a=extmap:1/recvonly " EXT_LEVEL},
		{"a=extmap:1/recvonly " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:1/inactive " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:14 " EXT_LEVEL "\n", 14, "a=extmap:14 " EXT_LEVEL},
		{"a=extmap:15 " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:4096 " EXT_LEVEL "\n", 0, NULL},
		{"a=extmap:1 " EXT_LEVEL "s\n", 0, NULL},
		{"a=extmap:3 " EXT_MID "\na=extmap:3 " EXT_LEVEL "\na=mid:0\n", 0, "a=extmap:3 " EXT_MID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[1024];
		snprintf(sdp, sizeof(sdp), "%s%s", ONE_AUDIO("9", "UDP/TLS/RTP/SAVPF", OFFER_SECURE), rows[i].ext);
		negotiate(sdp, TS_OFFER_JOIN);
		assert_int_equal(audio()->ext.audio_level, rows[i].level);
		if (rows[i].ours ? !says(rows[i].ours) : strstr(text, "extmap") != NULL) fail_msg("%s\n%s", rows[i].ext, text);
	}
}

static void ssrcs_are_new(void **state)
{
	(void)state;
	/* count_up makes 1001, 1002, ...: both are the peer's already */
	negotiate(ONE_VIDEO("96 97", CHROMIUM_VP8 "a=ssrc:1001 cname:x\na=ssrc:1002 cname:x\n"), TS_OFFER_JOIN);
	assert_int_equal(video()->send_ssrc, 1003);
	assert_int_equal(video()->send_rtx_ssrc, 1004);
}

static void an_ice_lite_peer_is_controlled(void **state)
{
	(void)state;
	negotiate(OFFER_HEAD "a=ice-lite\na=fingerprint:sha-256 " OFFER_FP "\na=setup:passive\n" OFFER_ICE
		"m=audio 9 RTP/SAVPF 111\na=rtcp-mux\na=rtpmap:111 opus/48000\n", TS_OFFER_JOIN);
	assert_true(plan->transport.ice_controlling);
	assert_true(says("m=audio 20000 RTP/SAVPF 111"));
	assert_string_equal(audio()->mid, "");
	assert_null(strstr(text, "a=mid"));
	assert_null(strstr(text, "a=group"));
}

static void transport_may_stand_on_a_refused_line(void **state)
{
	(void)state;
	negotiate(OFFER_HEAD "a=group:BUNDLE 3 0\n" CHROMIUM_DATA
		"m=audio 0 UDP/TLS/RTP/SAVPF 111\na=bundle-only\na=mid:0\na=rtcp-mux\na=rtpmap:111 opus/48000/2\n", TS_OFFER_JOIN);
	assert_string_equal(plan->transport.remote_ufrag, "hDKY");
	assert_int_equal(plan->tag, 1);
	assert_true(says("a=group:BUNDLE 0"));
}

/* ---- offers that cannot be answered */

static void says_why_not(void **state)
{
	(void)state;
#define FPR "a=fingerprint:sha-256 " OFFER_FP "\n"
#define SAVPF "UDP/TLS/RTP/SAVPF"
	static const struct { const char *sdp; int rc; const char *err; } rows[] = {
		{OFFER_HEAD, TS_EUNSUPPORTED, "no audio or video m= line"},
		{OFFER_HEAD CHROMIUM_DATA, TS_EUNSUPPORTED, "no audio or video m= line"},
		{ONE_AUDIO("0", SAVPF, OFFER_SECURE), TS_EUNSUPPORTED, "line 5: m= cannot be used: disabled by the offer"},
		{ONE_AUDIO("9", "RTP/FOO", OFFER_SECURE), TS_EUNSUPPORTED, "line 5: m= cannot be used: unknown transport protocol"},
		{OFFER_HEAD "m=audio 9 RTP/SAVPF 0\n", TS_EUNSUPPORTED, "line 5: m= cannot be used: no rtcp-mux"},
		{OFFER_HEAD "m=audio 9 RTP/SAVPF 0\na=rtcp-mux\n", TS_EUNSUPPORTED, "line 5: m= cannot be used: no codec in common"},
		{OFFER_HEAD "a=group:BUNDLE 1\nm=audio 9 RTP/SAVPF 0\na=rtcp-mux\na=mid:0\n", TS_EUNSUPPORTED,
			"line 6: m= cannot be used: not in the first BUNDLE group"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=bundle-only\n"), TS_EUNSUPPORTED,
			"line 5: m= cannot be used: bundle-only outside of BUNDLE"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=inactive\n"), TS_EUNSUPPORTED,
			"no m= line would carry anything in a direction possible here"},
		{ONE_AUDIO("9", SAVPF, FPR), TS_EINVAL, "line 5: a=ice-ufrag is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, FPR "a=ice-ufrag:abcd\n"), TS_EINVAL, "line 5: a=ice-pwd is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, FPR "a=ice-ufrag:abc\n"), TS_EINVAL, "line 9: a=ice-ufrag needs 4 to 256 characters without blanks"},
		{ONE_AUDIO("9", SAVPF, FPR "a=ice-ufrag:abcd\na=ice-pwd:short\n"), TS_EINVAL,
			"line 10: a=ice-pwd needs 22 to 256 characters without blanks"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE), TS_EINVAL, "line 5: a=fingerprint of a known hash is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE "a=fingerprint:md5 00\n"), TS_EINVAL,
			"line 5: a=fingerprint of a known hash is missing in this m= section"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE "a=fingerprint:sha-256 00\n"), TS_EINVAL,
			"line 10: a=fingerprint has the wrong form or length"},
		{ONE_AUDIO("9", SAVPF, OFFER_ICE FPR "a=setup:holdconn\n"), TS_EINVAL, "line 11: a=setup is none of actpass, active, passive"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=mid:a b\n"), TS_EINVAL, "line 12: a=mid is no token of at most 32 characters"},
		{ONE_AUDIO("9", SAVPF, OFFER_SECURE "a=mid:0\nm=audio 0 x y\na=mid:0\n"), TS_EINVAL, "line 14: this a=mid was used before"},
		{"v=0\nfoo\nq=\n", TS_EBADMSG, "line 3: unknown type letter q"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_offer_policy policy = {0};
		int rc = make_plan(rows[i].sdp, strlen(rows[i].sdp), &policy);
		assert_string_equal(err, rows[i].err);
		assert_int_equal(rc, rows[i].rc);
	}
}

static void without_a_bundle_one_line_is_taken(void **state)
{
	(void)state;
	negotiate(OFFER_HEAD CHROMIUM_AUDIO("sendrecv") CHROMIUM_VIDEO("1", "sendrecv"), TS_OFFER_JOIN);
	assert_int_equal(plan->transport.n_media, 1);
	assert_int_equal(plan->video_media, -1);
	assert_true(says("m=video 0 UDP/TLS/RTP/SAVPF 96"));
	assert_null(strstr(text, "a=group"));
}

static void needs_room(void **state)
{
	(void)state;
	negotiate(CHROMIUM_ALL, TS_OFFER_JOIN);
	size_t len = strlen(text);
	struct ts_wr w = ts_wr(text, len - 1);
	assert_int_equal(ts_answer_write(&w, plan, &local, &ids), TS_EFULL);
	w = ts_wr(text, len);
	assert_int_equal(ts_answer_write(&w, plan, &local, &ids), 0);
	assert_int_equal(ts_wr_len(&w), len);
	/* before there is a candidate: port 9 */
	struct ts_transport_local none = {.ufrag = "tess", .pwd = "0123456789abcdefghijkl"};
	w = ts_wr(text, sizeof(text) - 1);
	assert_int_equal(ts_answer_write(&w, plan, &none, &ids), 0);
	assert_true(says("m=audio 9 UDP/TLS/RTP/SAVPF 111"));
}

/* ---- offers as they were recorded, where they are at hand */

static void answers_recorded_offers(void **state)
{
	(void)state;
	static const struct { const char *file; enum ts_offer_kind kind; enum ts_codec codec; size_t n_lines; } rows[] = {
		{"chromium156_audio_video", TS_OFFER_JOIN, TS_CODEC_VP8, 2}, {"chromium156_recvonly", TS_OFFER_WATCH, TS_CODEC_VP8, 2},
		{"chromium156_simulcast_plus_screen_data", TS_OFFER_JOIN, TS_CODEC_VP8, 4},
		{"firefox153_audio_video", TS_OFFER_JOIN, TS_CODEC_VP8, 2}, {"firefox153_recvonly", TS_OFFER_WATCH, TS_CODEC_VP8, 2},
		{"firefox153_simulcast_plus_screen_data", TS_OFFER_JOIN, TS_CODEC_VP8, 4},
		{"roamhq-wrtc-0.10_offer", TS_OFFER_JOIN, TS_CODEC_VP8, 2},
		{"simple-whip-client_gst1.22_offer", TS_OFFER_CONTRIBUTE, TS_CODEC_NONE, 2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static char sdp[TS_SDP_BYTES_MAX];
		char path[256];
		snprintf(path, sizeof(path), "../shared/media/conformance/sdp_browser/generated_here/%s.sdp", rows[i].file);
		FILE *f = fopen(path, "r");
		if (!f) skip();
		size_t n = fread(sdp, 1, sizeof(sdp), f);
		fclose(f);
		struct ts_offer_policy policy = {.kind = rows[i].kind};
		if (make_plan(sdp, n, &policy)) fail_msg("%s: %s", rows[i].file, err);
		write_answer();
		assert_int_equal(answer->n_media, rows[i].n_lines);
		assert_int_equal(plan->transport.n_media, 2);
		assert_int_equal(video()->send_codec, rows[i].codec);
		assert_int_equal(audio()->send_codec, rows[i].codec ? TS_CODEC_OPUS : TS_CODEC_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_chromium),
		cmocka_unit_test(answers_firefox),
		cmocka_unit_test(answers_aiortc),
		cmocka_unit_test(answers_gstreamer),
		cmocka_unit_test(answers_a_watcher),
		cmocka_unit_test(refuses_lines_it_cannot_use),
		cmocka_unit_test(sends_what_the_offer_names_first),
		cmocka_unit_test(takes_no_more_formats_than_fit),
		cmocka_unit_test(feedback_holds_for_every_format),
		cmocka_unit_test(directions_are_mirrored),
		cmocka_unit_test(takes_the_dtls_role_left_over),
		cmocka_unit_test(takes_the_strongest_fingerprint),
		cmocka_unit_test(takes_extensions_the_policy_names),
		cmocka_unit_test(extensions_have_directions_and_ids),
		cmocka_unit_test(ssrcs_are_new),
		cmocka_unit_test(an_ice_lite_peer_is_controlled),
		cmocka_unit_test(transport_may_stand_on_a_refused_line),
		cmocka_unit_test(says_why_not),
		cmocka_unit_test(without_a_bundle_one_line_is_taken),
		cmocka_unit_test(needs_room),
		cmocka_unit_test(answers_recorded_offers),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
