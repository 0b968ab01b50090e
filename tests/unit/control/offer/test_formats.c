#include "base/error.h"
#include "tests/unit/control/negotiation.h"
#include "tests/unit/control/offers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void sends_what_the_offer_names_first(void **state)
{
	(void)state;
	static const struct {
		const char *name, *formats, *attrs;
		enum ts_codec codec;
		int pt, rtx, mode;
	} rows[] = {
		{"VP8 first", "96 97 108 109", CHROMIUM_VP8 CHROMIUM_H264, TS_CODEC_VP8, 96, 97, 0},
		{"H.264 first", "108 109 96 97", CHROMIUM_VP8 CHROMIUM_H264, TS_CODEC_H264, 108,
			109, 1},
		{"unknown first", "45 98 96", CHROMIUM_REST CHROMIUM_VP8, TS_CODEC_VP8, 96, 0, 0},
		{"constrained baseline, mode 1", "104 116 102 114 108 109", CHROMIUM_H264,
			TS_CODEC_H264, 108, 109, 1},
		{"mode before profile", "114 116", CHROMIUM_H264, TS_CODEC_H264, 116, 0, 1},
		{"baseline before main", "116 102 103", CHROMIUM_H264, TS_CODEC_H264, 102, 103, 1},
		{"mode 0 where there is nothing else", "104 114", CHROMIUM_H264, TS_CODEC_H264, 114,
			0, 0},
		{"42c0 is constrained too", "102 100",
			CHROMIUM_H264 OFFER_H264("100", "1", "42c01e"), TS_CODEC_H264, 100, 0, 1},
		{"4d80 is constrained too", "102 100",
			CHROMIUM_H264 OFFER_H264("100", "1", "4D801E"), TS_CODEC_H264, 100, 0, 1},
		{"high 4:2:2 is not ours", "100 96", CHROMIUM_VP8 OFFER_H264("100", "1", "7a001f"),
			TS_CODEC_VP8, 96, 0, 0},
		{"interleaved is not ours", "100 96", CHROMIUM_VP8 OFFER_H264("100", "2", "42e01f"),
			TS_CODEC_VP8, 96, 0, 0},
		{"no fmtp: mode 0", "100", "a=rtpmap:100 h264/90000\n", TS_CODEC_H264, 100, 0, 0},
		{"among RTCP's numbers", "70 96", CHROMIUM_VP8 "a=rtpmap:70 VP8/90000\n",
			TS_CODEC_VP8, 96, 0, 0},
		{"named twice", "96 96 97", CHROMIUM_VP8, TS_CODEC_VP8, 96, 97, 0},
		{"RTX without nack", "96 97", "a=rtpmap:96 VP8/90000\n" OFFER_RTX("97", "96"),
			TS_CODEC_VP8, 96, 0, 0},
		{"feedback for all", "96 97",
			"a=rtpmap:96 VP8/90000\na=rtcp-fb:* nack\n" OFFER_RTX("97", "96"),
			TS_CODEC_VP8, 96, 97, 0},
		{"RTX of another clock", "96 97",
			"a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtpmap:97 rtx/48000\n"
			"a=fmtp:97 apt=96\n",
			TS_CODEC_VP8, 96, 0, 0},
		{"VP8 of another clock", "100 96", CHROMIUM_VP8 "a=rtpmap:100 VP8/8000\n",
			TS_CODEC_VP8, 96, 0, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[8192];
		snprintf(sdp, sizeof(sdp), "%sm=video 9 UDP/TLS/RTP/SAVPF %s\na=rtcp-mux\n%s%s",
			OFFER_HEAD, rows[i].formats, OFFER_SECURE, rows[i].attrs);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		const struct ts_media_config *cfg = ts_n_video();
		if (cfg->send_codec != rows[i].codec || cfg->send_pt != rows[i].pt ||
			cfg->send_rtx_pt != rows[i].rtx ||
			ts_n_plan->packetization_mode != rows[i].mode ||
			!cfg->send_rtx_pt != !cfg->send_rtx_ssrc)
			fail_msg("%s: sends %d, RTX %d, mode %d", rows[i].name, cfg->send_pt,
				cfg->send_rtx_pt, ts_n_plan->packetization_mode);
	}
}

static void takes_no_more_formats_than_fit(void **state)
{
	(void)state;
	char sdp[16384];
	int n = snprintf(sdp, sizeof(sdp), OFFER_HEAD "m=video 9 UDP/TLS/RTP/SAVPF");
	for (int pt = 0; pt < 128; pt++) n += snprintf(sdp + n, sizeof(sdp) - (size_t)n, " %d", pt);
	n += snprintf(
		sdp + n, sizeof(sdp) - (size_t)n, "\na=rtcp-mux\na=rtcp-fb:* nack\n" OFFER_SECURE);
	for (int pt = 0; pt < 128; pt++) {
		if (pt % 2)
			n += snprintf(sdp + n, sizeof(sdp) - (size_t)n,
				"a=rtpmap:%d rtx/90000\na=fmtp:%d apt=%d\n", pt, pt, pt - 1);
		else
			n += snprintf(
				sdp + n, sizeof(sdp) - (size_t)n, "a=rtpmap:%d VP8/90000\n", pt);
	}
	ts_negotiate(sdp, TS_OFFER_JOIN);
	assert_int_equal(ts_n_video()->n_pt, TS_PT_MAX);
	assert_int_equal(ts_n_video()->pt[TS_PT_MAX - 1].apt, TS_PT_MAX - 2);
}

/* ---- codecs that we receive alone */

#define VIDEO_OF(direction, pts, lines)                                               \
	OFFER_HEAD "m=video 9 UDP/TLS/RTP/SAVPF " pts "\na=rtcp-mux\n" direction "\n" \
		   "a=rtcp-fb:* nack\n" OFFER_SECURE lines

static void received_ones_come_last(void **state)
{
	(void)state;
	ts_negotiate(VIDEO_OF("a=sendrecv", "98 99 45 46 49 96 97",
			     "a=rtpmap:98 VP9/90000\na=fmtp:98 profile-id=2\n"
			     "a=rtpmap:99 rtx/90000\na=fmtp:99 apt=98\n"
			     "a=rtpmap:45 AV1/90000\na=fmtp:45 level-idx=5;profile=0;tier=0\n"
			     "a=rtpmap:46 rtx/90000\na=fmtp:46 apt=45\n"
			     "a=rtpmap:49 H265/90000\n"
			     "a=fmtp:49 level-id=156;profile-id=1;tier-flag=0;tx-mode=SRST\n"
			     "a=rtpmap:96 VP8/90000\n"
			     "a=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n"),
		TS_OFFER_JOIN);
	assert_true(ts_says("m=video 20000 UDP/TLS/RTP/SAVPF 96 97 98 99 45 46 49"));
	assert_true(ts_says("a=fmtp:98 profile-id=2;max-fs=36864;max-fr=60;"
			    "x-google-start-bitrate=800"));
	assert_true(ts_says("a=fmtp:45 level-idx=5;profile=0;tier=0;x-google-start-bitrate=800"));
	assert_true(ts_says("a=fmtp:49 profile-id=1;tier-flag=0;level-id=120;tx-mode=SRST;"
			    "x-google-start-bitrate=800"));
	assert_true(ts_says("a=sendrecv"));
	assert_int_equal(ts_n_video()->send_codec, TS_CODEC_VP8);
	assert_int_equal(ts_n_video()->n_pt, 7);
}

/* What we could not send is taken all the same: the answer says so. */
static void received_ones_alone(void **state)
{
	static const struct {
		const char *name, *offer;
	} rows[] = {
		{"sendrecv", VIDEO_OF("a=sendrecv", "98", "a=rtpmap:98 VP9/90000\n")},
		{"sendonly", VIDEO_OF("a=sendonly", "98", "a=rtpmap:98 VP9/90000\n")},
		{"sendonly, AV1", VIDEO_OF("a=sendonly", "45", "a=rtpmap:45 AV1/90000\n")},
		{"sendonly, H.265", VIDEO_OF("a=sendonly", "49", "a=rtpmap:49 H265/90000\n")},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ts_negotiate(rows[i].offer, TS_OFFER_JOIN);
		if (!ts_says("a=recvonly") || ts_n_video()->send || ts_n_video()->n_pt != 1)
			fail_msg("%s", rows[i].name);
	}
}

static void variants_that_are_not_taken(void **state)
{
	static const char *const rows[] = {
		VIDEO_OF("a=recvonly", "98", "a=rtpmap:98 VP9/90000\n"), /* we cannot send it */
		VIDEO_OF("a=sendonly", "98", "a=rtpmap:98 VP9/90000\na=fmtp:98 profile-id=1\n"),
		VIDEO_OF("a=sendonly", "98", "a=rtpmap:98 VP9/90000\na=fmtp:98 profile-id=3\n"),
		VIDEO_OF("a=sendonly", "45", "a=rtpmap:45 AV1/90000\na=fmtp:45 profile=1\n"),
		VIDEO_OF("a=sendonly", "45", "a=rtpmap:45 AV1/90000\na=fmtp:45 level-idx=32\n"),
		VIDEO_OF("a=sendonly", "49", "a=rtpmap:49 H265/90000\na=fmtp:49 profile-id=3\n"),
		VIDEO_OF("a=sendonly", "49",
			"a=rtpmap:49 H265/90000\na=fmtp:49 sprop-max-don-diff=2\n"),
		VIDEO_OF("a=sendonly", "49", "a=rtpmap:49 H265/90000\na=fmtp:49 tx-mode=MRST\n"),
		VIDEO_OF("a=sendonly", "49", "a=rtpmap:49 H265/90000\na=fmtp:49 tier-flag=2\n"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_n_make_plan(rows[i], strlen(rows[i]),
			    &(const struct ts_offer_policy){.kind = TS_OFFER_JOIN}) !=
			TS_EUNSUPPORTED)
			fail_msg("%s", strstr(rows[i], "m=video"));
}

static void those_that_are_switched_off(void **state)
{
	(void)state;
	ts_codecs_off = 1u << TS_CODEC_VP9;
	ts_negotiate(
		VIDEO_OF("a=sendonly", "98 45", "a=rtpmap:98 VP9/90000\na=rtpmap:45 AV1/90000\n"),
		TS_OFFER_JOIN);
	ts_codecs_off = 0;
	assert_true(ts_says("m=video 20000 UDP/TLS/RTP/SAVPF 45"));
}

static void feedback_holds_for_every_format(void **state)
{
	(void)state;
	ts_negotiate(ONE_VIDEO("96 108",
			     "a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack pli \n"
			     "a=rtcp-fb:96 NACK\n" CHROMIUM_H264),
		TS_OFFER_JOIN);
	assert_true(ts_n_video()->nack && ts_n_video()->pli);
	assert_false(ts_n_video()->fir || ts_n_video()->remb);
	assert_true(ts_says("a=rtcp-fb:108 ccm fir"));
	assert_false(ts_says("a=rtcp-fb:96 ccm fir"));
}

#define RED_OFFER(formats, attributes)                    \
	OFFER_HEAD "m=audio 9 UDP/TLS/RTP/SAVPF " formats \
		   "\na=mid:0\na=rtcp-mux\n" OFFER_SECURE attributes
#define OPUS "a=rtpmap:111 opus/48000/2\na=fmtp:111 usedtx=1\n"

static void red_is_taken_where_it_holds_opus(void **state)
{
	static const struct {
		const char *name, *offer, *answer;
		int red; /* what is sent by; 0: not */
	} rows[] = {
		{"a browser's",
			RED_OFFER("111 63", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n"),
			"63 111", 63},
		{"first of all",
			RED_OFFER("63 111", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n"),
			"63 111", 63},
		{"several copies",
			RED_OFFER(
				"111 63", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111/111\n"),
			"63 111", 63},
		{"alone", RED_OFFER("111 63", OPUS "a=rtpmap:63 RED/48000/2\na=fmtp:63 111\n"),
			"63 111", 63},
		{"without parameters", RED_OFFER("111 63", OPUS "a=rtpmap:63 red/48000/2\n"), "111",
			0},
		{"of another",
			RED_OFFER("111 63", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/0\n"),
			"111", 0},
		{"of itself",
			RED_OFFER("111 63", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 63/63\n"),
			"111", 0},
		{"of nonsense",
			RED_OFFER("111 63", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/-\n"),
			"111", 0},
		{"of another clock",
			RED_OFFER("111 63", OPUS "a=rtpmap:63 red/8000\na=fmtp:63 111/111\n"),
			"111", 0},
		{"of G.711", RED_OFFER("0 63", "a=rtpmap:63 red/8000\na=fmtp:63 0/0\n"), "0", 0},
		{"a number of RTCP's",
			RED_OFFER("111 70", OPUS "a=rtpmap:70 red/48000/2\na=fmtp:70 111/111\n"),
			"111", 0},
		{"twice",
			RED_OFFER("111 63 60",
				OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n"
				     "a=rtpmap:60 red/48000/2\na=fmtp:60 111/111\n"),
			"63 111", 63},
		{"two kinds of Opus",
			RED_OFFER("111 109 63",
				OPUS "a=rtpmap:109 opus/48000/2\na=rtpmap:63 "
				     "red/48000/2\na=fmtp:63 109/109\n"),
			"111 63 109", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[64];
		ts_negotiate(rows[i].offer, TS_OFFER_JOIN);
		snprintf(line, sizeof(line), "m=audio 20000 UDP/TLS/RTP/SAVPF %s", rows[i].answer);
		if (!ts_says(line)) fail_msg("%s: %s", rows[i].name, ts_n_text);
		if (ts_n_audio()->send_red_pt != rows[i].red)
			fail_msg("%s: sends RED by %d", rows[i].name, ts_n_audio()->send_red_pt);
		if (!strstr(rows[i].offer, "opus")) continue;
		assert_int_equal(ts_n_audio()->send_pt, 111);
		assert_true(ts_n_audio()->peer_dtx);
		assert_false(ts_n_audio()->peer_fec);
	}
}

/* Where it is written is all that changes: what we send is negotiated alike. */
static void red_stands_where_the_policy_says(void **state)
{
	static const struct {
		enum ts_red_place place;
		const char *answer;
		int red;
	} rows[] = {
		{TS_RED_FIRST, "63 111", 63},
		{TS_RED_AS_OFFERED, "111 63", 63},
		{TS_RED_OFF, "111", 0},
	};
	static const char *const offer = RED_OFFER(
		"111 63 0", OPUS "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n");
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_offer_policy policy = {.kind = TS_OFFER_JOIN, .red = rows[i].place};
		char line[64];
		assert_int_equal(ts_n_make_plan(offer, strlen(offer), &policy), 0);
		ts_n_make_answer();
		snprintf(line, sizeof(line), "m=audio 20000 UDP/TLS/RTP/SAVPF %s", rows[i].answer);
		if (!ts_says(line)) fail_msg("%d: %s", rows[i].place, ts_n_text);
		assert_int_equal(ts_n_audio()->send_red_pt, rows[i].red);
		assert_int_equal(ts_n_audio()->send_pt, 111);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_what_the_offer_names_first),
		cmocka_unit_test(takes_no_more_formats_than_fit),
		cmocka_unit_test(received_ones_come_last),
		cmocka_unit_test(received_ones_alone),
		cmocka_unit_test(variants_that_are_not_taken),
		cmocka_unit_test(those_that_are_switched_off),
		cmocka_unit_test(feedback_holds_for_every_format),
		cmocka_unit_test(red_is_taken_where_it_holds_opus),
		cmocka_unit_test(red_stands_where_the_policy_says),
	};
	return cmocka_run_group_tests(tests, ts_n_setup, ts_n_teardown);
}
