#include "codec/registry.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

static void finds_by_rtpmap(void **state)
{
	static const struct {
		const char *name;
		uint32_t clock;
		unsigned channels;
		enum ts_codec codec;
	} rows[] = {
		{"opus", 48000, 2, TS_CODEC_OPUS},
		{"OPUS", 48000, 0, TS_CODEC_OPUS},
		{"opus", 16000, 2, TS_CODEC_NONE},
		{"H264", 90000, 0, TS_CODEC_H264},
		{"h264", 90000, 1, TS_CODEC_H264},
		{"VP8", 90000, 0, TS_CODEC_VP8},
		{"G722", 8000, 0, TS_CODEC_G722},
		{"pcmu", 8000, 1, TS_CODEC_PCMU},
		{"PCMA", 8000, 2, TS_CODEC_NONE},
		{"CN", 8000, 1, TS_CODEC_CN},
		{"CN", 16000, 1, TS_CODEC_NONE},
		/* what endpoints write wrongly: RFC 7587 7, 3551 4.5.2 */
		{"OPUS", 48000, 1, TS_CODEC_OPUS},
		{"opus", 48000, 3, TS_CODEC_NONE},
		{"opus", 16000, 2, TS_CODEC_NONE},
		{"G722", 16000, 1, TS_CODEC_G722},
		{"g722", 16000, 0, TS_CODEC_G722},
		{"G722", 48000, 1, TS_CODEC_NONE},
		{"PCMU", 8000, 2, TS_CODEC_NONE},
		{"PCMU", 16000, 1, TS_CODEC_NONE},
		{"telephone-event", 8000, 1, TS_CODEC_DTMF},
		{"telephone-event", 48000, 0, TS_CODEC_DTMF},
		{"red", 48000, 2, TS_CODEC_RED},
		{"red", 90000, 0, TS_CODEC_NONE},
		{"VP9", 90000, 0, TS_CODEC_VP9},
		{"AV1", 90000, 0, TS_CODEC_AV1},
		{"h265", 90000, 1, TS_CODEC_H265},
		{"AV1X", 90000, 0, TS_CODEC_NONE},
		{"H264-SVC", 90000, 0, TS_CODEC_NONE},
		{"", 90000, 0, TS_CODEC_NONE},
		{"rtx", 90000, 0, TS_CODEC_NONE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(ts_codec_find(rows[i].name, rows[i].clock, rows[i].channels),
			rows[i].codec);
}

static void every_row_is_complete(void **state)
{
	(void)state;
	assert_null(ts_codec_info(TS_CODEC_NONE));
	assert_null(ts_codec_info(TS_CODEC_AAC)); /* never sent: no row */
	for (int c = TS_CODEC_NONE + 1; c < TS_CODEC_AAC; c++) {
		const struct ts_codec_info *info = ts_codec_info(c);
		assert_non_null(info);
		assert_int_equal(info->codec, c);
		assert_int_equal(info->clock_hz, ts_codec_clock_hz(c));
		assert_int_equal(ts_codec_find(info->sdp_name, info->clock_hz, info->channels), c);
		assert_true(info->parse_fmtp && info->write_fmtp);
		assert_int_equal(!info->rtp, ts_codec_media(c) == TS_AUDIO);
		bool stands_alone = c != TS_CODEC_CN && c != TS_CODEC_DTMF && c != TS_CODEC_RED;
		assert_int_equal(!info->audio, ts_codec_media(c) == TS_VIDEO || !stands_alone);
		const bool received = c == TS_CODEC_VP9 || c == TS_CODEC_AV1 || c == TS_CODEC_H265;
		assert_int_equal(info->can_send, stands_alone && !received);
		assert_true(info->can_receive);
		assert_int_equal(!info->decoder, ts_codec_media(c) == TS_AUDIO);
		if (received) assert_int_equal(info->n_offers, 0);
	}
}

/* Every codec is a row; what it offers can be read, and by numbers that nothing else of its kind
 * has. */
static void offers_of_rows(void **state)
{
	(void)state;
	const struct ts_codec_info *info;
	bool taken[2][128] = {{false}};
	size_t n = 0;
	for (; (info = ts_codec_row(n)); n++) {
		assert_ptr_equal(info, ts_codec_info(info->codec));
		assert_true(info->n_offers <= sizeof info->offer / sizeof *info->offer);
		for (size_t k = 0; k < info->n_offers; k++) {
			const struct ts_codec_offer *offer = &info->offer[k];
			struct ts_format format;
			bool *at = &taken[ts_codec_media(info->codec)][offer->pt & 127];
			assert_int_equal(info->parse_fmtp(&format, offer->fmtp), 0);
			/* RFC 5761 4 */
			assert_true(offer->pt < 64 || (offer->pt >= 96 && offer->pt < 128));
			assert_false(*at);
			*at = true;
		}
	}
	assert_int_equal(n, TS_CODEC_AAC - 1);
}

/* where the level of an answer must stay below ours (RFC 6184 8.1) */
#define TAKES ";max-fs=8192;max-mbps=245760"

/* what the other side offers, and our answer to it */
static const struct {
	const char *offer;
	int err;
	const char *answer;
} h264_rows[] = {
	/* Chromium */
	{"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f", 0,
		"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=420028"},
	{"level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f", 0,
		"level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e028"},
	{"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f", 0,
		"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d0028"},
	{"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f", 0,
		"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640028"},
	/* GStreamer, baresip */
	{"packetization-mode=1;profile-level-id=42c01e;sprop-parameter-sets=Z0LAHtoC,aM48gA==", 0,
		"packetization-mode=1;profile-level-id=42c01e" TAKES},
	{"profile-level-id=42E01F; packetization-mode=0", 0,
		"packetization-mode=0;profile-level-id=42e01f" TAKES},
	/* one level for both directions: never above the offer, and not above our own */
	{"profile-level-id=420033;packetization-mode=1", 0,
		"packetization-mode=1;profile-level-id=420028"},
	{"level-asymmetry-allowed=0;profile-level-id=640c15;packetization-mode=1", 0,
		"packetization-mode=1;profile-level-id=640c15" TAKES},
	/* level 1b keeps or loses its flag */
	{"profile-level-id=42f00b", 0, "packetization-mode=0;profile-level-id=42f00b" TAKES},
	{"profile-level-id=42f00b;level-asymmetry-allowed=1", 0,
		"level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e028"},
	/* Poly and Cisco: a low level lifted by max-fs, to be answered in kind */
	{"profile-level-id=42E016;packetization-mode=1;max-fs=3600;max-mbps=108000", 0,
		"packetization-mode=1;profile-level-id=42e016" TAKES},
	{"profile-level-id=428016;max-fs=8160;max-mbps=490000", 0,
		"packetization-mode=0;profile-level-id=428016" TAKES},
	/* no level at all */
	{"profile-level-id=428027", 0, "packetization-mode=0;profile-level-id=428027" TAKES},
	{"profile-level-id=428028", 0, "packetization-mode=0;profile-level-id=428028"},
	/* nothing said: RFC 6184 8.1 */
	{NULL, 0, "packetization-mode=0;profile-level-id=42000a" TAKES},
	{"", 0, "packetization-mode=0;profile-level-id=42000a" TAKES},
	{" ;; =;x;packetization-mode = 1 ;", 0,
		"packetization-mode=1;profile-level-id=42000a" TAKES},
	/* extended whose stream is baseline as well */
	{"profile-level-id=58e01f", 0, "packetization-mode=0;profile-level-id=58e01f" TAKES},
	{"profile-level-id=58001f", TS_EUNSUPPORTED, NULL},
	{"profile-level-id=6e001f", TS_EUNSUPPORTED, NULL}, /* high 10 */
	{"profile-level-id=7a001f", TS_EUNSUPPORTED, NULL}, /* high 4:2:2 */
	{"profile-level-id=f4001f", TS_EUNSUPPORTED, NULL}, /* high 4:4:4 */
	{"packetization-mode=2;profile-level-id=42e01f", TS_EUNSUPPORTED, NULL},
	{"packetization-mode=x;profile-level-id=42e01f", TS_EUNSUPPORTED, NULL},
	{"profile-level-id=42e01", TS_EBADMSG, NULL},
	{"profile-level-id=42e01fff", TS_EBADMSG, NULL},
	{"profile-level-id=42e0zz", TS_EBADMSG, NULL},
	{"profile-level-id", TS_EBADMSG, NULL},
};

static void h264_answers(void **state)
{
	const struct ts_codec_info *info = ts_codec_info(TS_CODEC_H264);
	(void)state;
	for (size_t i = 0; i < sizeof h264_rows / sizeof *h264_rows; i++) {
		struct ts_format f;
		char answer[TS_FMTP_MAX];
		int err = info->parse_fmtp(&f, h264_rows[i].offer);
		if (err != h264_rows[i].err)
			fail_msg("%s: %s", h264_rows[i].offer, ts_strerror(err));
		if (err) continue;
		assert_int_equal(f.codec, TS_CODEC_H264);
		info->write_fmtp(answer, &f, &(const struct ts_fmtp_wish){.dtx = true});
		assert_string_equal(answer, h264_rows[i].answer);
	}
}

static void limits_are_read(void **state)
{
	const struct ts_codec_info *info = ts_codec_info(TS_CODEC_H264);
	struct ts_format f;
	(void)state;
	assert_int_equal(
		info->parse_fmtp(&f,
			"profile-level-id=42e00c;max-fs=3600;max-mbps=108000;max-br=99999999999"),
		0);
	assert_int_equal(f.max_fs, 3600);
	assert_int_equal(f.max_mbps, 108000);
	assert_int_equal(f.max_br, UINT32_MAX);
	assert_int_equal(ts_codec_info(TS_CODEC_VP8)->parse_fmtp(&f, "max-fr=30;max-fs=920"), 0);
	assert_int_equal(f.vp8_max_fs, 920);
	assert_int_equal(f.vp8_max_fr, 30);
	assert_int_equal(ts_codec_info(TS_CODEC_OPUS)
				 ->parse_fmtp(&f,
					 "minptime=10; "
					 "useinbandfec=1;stereo=1;usedtx=0;maxplaybackrate=16000;"
					 "maxaveragebitrate=20000"),
		0);
	assert_true(f.useinbandfec && f.stereo && !f.usedtx);
	assert_int_equal(f.maxplaybackrate, 16000);
	assert_int_equal(f.maxaveragebitrate, 20000);
}

static void start_bitrate_is_appended(void **state)
{
	struct ts_format f;
	char answer[TS_FMTP_MAX];
	(void)state;
	const struct ts_codec_info *h264 = ts_codec_info(TS_CODEC_H264),
				   *vp8 = ts_codec_info(TS_CODEC_VP8);
	assert_int_equal(h264->parse_fmtp(&f, "profile-level-id=42e01f;packetization-mode=1"), 0);
	const struct ts_fmtp_wish begin = {.start_bitrate_kbps = 800}, none = {0};
	h264->write_fmtp(answer, &f, &begin);
	assert_string_equal(answer,
		"packetization-mode=1;profile-level-id=42e01f" TAKES ";x-google-start-bitrate=800");
	assert_int_equal(vp8->parse_fmtp(&f, NULL), 0);
	vp8->write_fmtp(answer, &f, &begin);
	assert_string_equal(answer, "max-fs=36864;max-fr=60;x-google-start-bitrate=800");
	vp8->write_fmtp(answer, &f, &none);
	assert_string_equal(answer, "max-fs=36864;max-fr=60");
}

/* What a line takes: a camera up to 1920x1088, slides as much as is decoded at all. */
static void wishes_are_written(void **state)
{
	static const struct {
		enum ts_codec codec;
		const char *offer;
		struct ts_fmtp_wish wish;
		const char *answer;
	} rows[] = {
		{TS_CODEC_H264, "profile-level-id=42e01f;level-asymmetry-allowed=1",
			{.slides = true},
			"level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e033"},
		{TS_CODEC_H264, "profile-level-id=42e01f", {.slides = true},
			"packetization-mode=0;profile-level-id=42e01f;max-fs=36864;"
			"max-mbps=983040"},
		{TS_CODEC_H264, "profile-level-id=42e034", {.slides = true},
			"packetization-mode=0;profile-level-id=42e033"},
		{TS_CODEC_H264, "profile-level-id=42e01f;level-asymmetry-allowed=1",
			{.slides = true, .max_picture_mb = 22080},
			"level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e032"},
		{TS_CODEC_H264, "profile-level-id=42e01f", {.max_picture_mb = 36864},
			"packetization-mode=0;profile-level-id=42e01f" TAKES},
		{TS_CODEC_H264, "profile-level-id=42e01f", {.max_picture_mb = 8160},
			"packetization-mode=0;profile-level-id=42e01f;max-fs=8160;max-mbps=245760"},
		{TS_CODEC_H264, "profile-level-id=42e028", {.max_picture_mb = 3600},
			"packetization-mode=0;profile-level-id=42e01f"},
		{TS_CODEC_H264, "profile-level-id=42e01f;level-asymmetry-allowed=1",
			{.max_picture_mb = 1200},
			"level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01e"},
		{TS_CODEC_H264, "profile-level-id=42e028", {.slides = true, .max_picture_mb = 3600},
			"packetization-mode=0;profile-level-id=42e01f"},
		{TS_CODEC_VP8, "", {.max_picture_mb = 8160}, "max-fs=8160;max-fr=60"},
		{TS_CODEC_OPUS, "", {.dtx = true}, "minptime=10;useinbandfec=1;usedtx=1"},
		{TS_CODEC_OPUS, "", {.dtx = false}, "minptime=10;useinbandfec=1"},
		{TS_CODEC_PCMU, "", {.dtx = true}, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format f;
		char answer[TS_FMTP_MAX];
		assert_int_equal(ts_codec_info(rows[i].codec)->parse_fmtp(&f, rows[i].offer), 0);
		ts_codec_info(rows[i].codec)->write_fmtp(answer, &f, &rows[i].wish);
		assert_string_equal(answer, rows[i].answer);
	}
}

static void receivers_limits(void **state)
{
	static const struct {
		enum ts_codec codec;
		const char *fmtp;
		int w, h, fps;
		bool allowed;
	} rows[] = {
		{TS_CODEC_H264, "profile-level-id=42e01f", 1280, 720, 30, true},
		{TS_CODEC_H264, "profile-level-id=42e01f", 1280, 720, 60, false},
		{TS_CODEC_H264, "profile-level-id=42e01f", 1920, 1080, 15, false},
		{TS_CODEC_H264, "profile-level-id=42e028", 1920, 1080, 30, true},
		{TS_CODEC_H264, "profile-level-id=42e01e", 1280, 720, 30, false},
		{TS_CODEC_H264, "profile-level-id=42e01e", 640, 360, 30, true},
		{TS_CODEC_H264, "profile-level-id=42e00d;max-fs=3600;max-mbps=108000", 1280, 720,
			30, true},
		{TS_CODEC_H264, "profile-level-id=42e00a", 1024, 16, 1,
			false}, /* within 99 macroblocks, but too wide */
		{TS_CODEC_H264, "profile-level-id=42f00b", 320, 180, 15, false}, /* 1b */
		{TS_CODEC_H264, "profile-level-id=42e00b", 320, 180, 12, true},
		{TS_CODEC_H264, "profile-level-id=4200ff", 1920, 1080, 60, true},
		{TS_CODEC_H264, "", 176, 144, 15, true},
		{TS_CODEC_VP8, "", 1920, 1080, 60, true},
		{TS_CODEC_VP8, "max-fs=3600;max-fr=30", 1280, 720, 30, true},
		{TS_CODEC_VP8, "max-fs=3600;max-fr=30", 1280, 720, 31, false},
		{TS_CODEC_VP8, "max-fs=3599", 1280, 720, 30, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format f;
		assert_int_equal(ts_codec_info(rows[i].codec)->parse_fmtp(&f, rows[i].fmtp), 0);
		if (ts_format_allows(&f, rows[i].w, rows[i].h, rows[i].fps) != rows[i].allowed)
			fail_msg("row %zu", i);
	}
}

/* Instead of libavcodec's, for the program: one that lacks a decoder. */
static const char *absent;

const AVCodec *avcodec_find_decoder_by_name(const char *name)
{
	void *at = NULL;
	for (const AVCodec *c; (c = av_codec_iterate(&at));)
		if (av_codec_is_decoder(c) && !strcmp(c->name, name))
			return absent && !strcmp(name, absent) ? NULL : c;
	return NULL;
}

static void decoders_that_libavcodec_lacks_are_told(void **state)
{
	(void)state;
	assert_int_equal(ts_video_decoders_missing(), 0);
	absent = "hevc";
	assert_int_equal(ts_video_decoders_missing(), 1u << TS_CODEC_H265);
	absent = "libdav1d";
	assert_int_equal(ts_video_decoders_missing(), 1u << TS_CODEC_AV1);
	absent = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_rtpmap),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(offers_of_rows),
		cmocka_unit_test(h264_answers),
		cmocka_unit_test(limits_are_read),
		cmocka_unit_test(start_bitrate_is_appended),
		cmocka_unit_test(receivers_limits),
		cmocka_unit_test(wishes_are_written),
		cmocka_unit_test(decoders_that_libavcodec_lacks_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
