/* H.263: payloads of RFC 2190 and RFC 4629 in and out, its parameters, its encoder's rate, what is
 * refused. */
#include "codec/h263.h"
#include "codec/registry.h"
#include "tests/unit/codec/support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T_FRAME = 6000 };

static const enum ts_codec both[] = {TS_CODEC_H263, TS_CODEC_H263_1998};

/* ---- parameters */

static void parameters(void **state)
{
	static const struct {
		const char *fmtp;
		uint8_t sqcif, qcif, cif, cif4;
		uint32_t max_br;
	} rows[] = {
		{NULL, 2, 2, 0, 0, 640},
		{"", 2, 2, 0, 0, 640},
		{"CIF=1;QCIF=1", 0, 1, 1, 0, 0},
		{"CIF4=2; CIF=1; QCIF=1; SQCIF=1", 1, 1, 1, 2, 0},
		{"QCIF=2 CIF=3 MaxBR=1920", 0, 2, 3, 0, 1920},
		{"QCIF=2/CIF=3/MaxBR=1920", 0, 2, 3, 0, 1920},
		{"qcif=2;maxbr=640;F=1;K=2", 0, 2, 0, 0, 640},
		{"4CIF=2 CIF=1", 0, 0, 1, 2, 0},
		{"profile=0;level=10", 2, 2, 0, 0, 640},
		{"PROFILE=0;LEVEL=20", 1, 1, 2, 0, 1280},
		{"profile=3;level=30;QCIF=1", 0, 1, 0, 0, 3840},
		{"level=45", 2, 2, 0, 0, 1280},
		{"level=99", 2, 2, 0, 0, 640},
		{"level=30;MaxBR=1000", 1, 1, 1, 0, 1000},
		{"CUSTOM=360,240,2", 2, 2, 0, 0, 640},
		{"CUSTOM=360,240,2;CIF=2", 0, 0, 2, 0, 0},
		{"QCIF=0;CIF=33;SQCIF=x", 2, 2, 0, 0, 640},
		{"QCIF=99999999999999999999;CIF=4", 0, 0, 4, 0, 0},
		{"=;;/ / =1;QCIF", 2, 2, 0, 0, 640},
	};
	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct ts_format f;
			const struct ts_codec_info *info = ts_codec_info(both[k]);
			assert_int_equal(info->parse_fmtp(&f, rows[i].fmtp), 0);
			const uint8_t want[] = {
				rows[i].sqcif, rows[i].qcif, rows[i].cif, rows[i].cif4};
			if (memcmp(want, f.h263_mpi, sizeof want) ||
				f.h263_max_br != rows[i].max_br)
				fail_msg("%s: %u %u %u %u, %u", rows[i].fmtp, f.h263_mpi[0],
					f.h263_mpi[1], f.h263_mpi[2], f.h263_mpi[3], f.h263_max_br);
			assert_int_equal(f.codec, both[k]);
		}
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(ts_codec_find("H263", 90000, 0), TS_CODEC_H263);
	assert_int_equal(ts_codec_find("h263-1998", 90000, 0), TS_CODEC_H263_1998);
	assert_int_equal(ts_codec_find("H263-2000", 90000, 0), TS_CODEC_H263_1998);
	assert_int_equal(ts_codec_find("H263-3000", 90000, 0), TS_CODEC_NONE);
	assert_int_equal(ts_codec_find("H263", 8000, 0), TS_CODEC_NONE);
}

static void allowed(void **state)
{
	struct ts_format f;
	(void)state;
	ts_codec_info(TS_CODEC_H263)->parse_fmtp(&f, "QCIF=2;CIF=4");
	assert_true(ts_format_allows(&f, 176, 144, 15));
	assert_false(ts_format_allows(&f, 176, 144, 16));
	assert_true(ts_format_allows(&f, 352, 288, 7));
	assert_false(ts_format_allows(&f, 352, 288, 10));
	assert_false(ts_format_allows(&f, 128, 96, 1));
	assert_false(ts_format_allows(&f, 176, 100, 1));
}

/* ---- picture headers */

static void headers(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[12];
		int err, w, h, intra;
	} rows[] = {
		/* 100000 tttttttt 10 000 fff i */
		{"QCIF intra", {0, 0, 0x80, 0x02, 0x08, 0}, 0, 176, 144, 1},
		{"QCIF inter", {0, 0, 0x80, 0x02, 0x0a, 0}, 0, 176, 144, 0},
		{"SQCIF", {0, 0, 0x83, 0xfe, 0x04, 0}, 0, 128, 96, 1},
		{"CIF", {0, 0, 0x80, 0x02, 0x0c, 0}, 0, 352, 288, 1},
		{"CIF4", {0, 0, 0x80, 0x02, 0x10, 0}, 0, 704, 576, 1},
		{"CIF16", {0, 0, 0x80, 0x02, 0x14, 0}, 0, 1408, 1152, 1},
		{"forbidden", {0, 0, 0x80, 0x02, 0x00, 0}, TS_EBADMSG, 0, 0, 0},
		{"reserved", {0, 0, 0x80, 0x02, 0x18, 0}, TS_EBADMSG, 0, 0, 0},
		{"a group of blocks", {0, 0, 0x84, 0x02, 0x08, 0}, TS_EBADMSG, 0, 0, 0},
		/* 111 | 001 | 010 + 15 | 000 + 6 */
		{"plus QCIF", {0, 0, 0x80, 0x02, 0x1c, 0xa0, 0x02, 0x00, 0x40}, 0, 176, 144, 1},
		{"plus inter", {0, 0, 0x80, 0x02, 0x1c, 0xa0, 0x02, 0x04, 0x40}, 0, 176, 144, 0},
		{"plus inter, short", {0, 0, 0x80, 0x02, 0x1c, 0x10, 0x00, 0x00}, 0, 0, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_h263_picture p;
		const int err = ts_h263_read_picture(&p, rows[i].bytes, sizeof rows[i].bytes);
		if (err != rows[i].err ||
			(!err &&
				(p.width != rows[i].w || p.height != rows[i].h ||
					p.intra != rows[i].intra)))
			fail_msg("%s: %d, %dx%d, intra %d", rows[i].name, err, p.width, p.height,
				p.intra);
		/* cut short it is read within its bounds */
		for (size_t len = 0; len < sizeof rows[i].bytes; len++)
			ts_h263_read_picture(&p, rows[i].bytes, len);
	}
}

/* ---- RFC 2190 by hand */

/* 00 00 80 02 08 aa bb cc: an intra QCIF picture. */
static void mode_a(void **state)
{
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H263);
	(void)state;
	PUSH(t, 0, 0x00, 0x40, 0, 0, 0, 0, 0x80, 0x02, 0x08, 0xaa);
	PUSH(t, MARKER, 0x00, 0x40, 0, 0, 0, 0, 0x84, 0xcc);
	EXPECT(t, true, false, 0, 0, 0x80, 0x02, 0x08, 0xaa, 0, 0, 0x84, 0xcc);
	/* the first packet is lost */
	PUSH(t, NEXT | GAP | MARKER, 0x00, 0x40, 0, 0, 0, 0, 0x84, 0xcc);
	ts_test_expect_none(t);
	ts_test_depacketizer_free(t);
}

/* A byte in two halves: 3 bits in the first packet, 5 in the second. */
static void halves(void **state)
{
	static const struct {
		const char *name;
		uint8_t head[12];
		size_t len;
	} rows[] = {
		{"mode A", {0x18, 0x40}, 4},
		{"mode B", {0x98, 0x40}, 8},
		{"mode C", {0xd8, 0x40}, 12},
	};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H263);
		uint8_t second[14];
		/* ebit 5: 101..... */
		PUSH(t, 0, 0x05, 0x40, 0, 0, 0, 0, 0x80, 0x02, 0x08, 0xbf);
		memcpy(second, rows[i].head, rows[i].len);
		second[rows[i].len] = 0xe6; /* sbit 3: ...00110 */
		second[rows[i].len + 1] = 0x77;
		ts_test_push(t, MARKER, second, rows[i].len + 2);
		EXPECT(t, true, false, 0, 0, 0x80, 0x02, 0x08, 0xa6, 0x77);
		ts_test_depacketizer_free(t);
	}
}

/* The halves do not fit into one byte: bit by bit. */
static void shifted(void **state)
{
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H263);
	(void)state;
	PUSH(t, 0, 0x04, 0x40, 0, 0, 0, 0, 0x80, 0x02, 0x08, 0xaf); /* 1010 */
	PUSH(t, 0, 0x02, 0x40, 0, 0, 0xb7);                         /* 101101 */
	PUSH(t, MARKER, 0x00, 0x40, 0, 0, 0xff, 0x01);
	/* 1010 1011 01 11111111 00000001 */
	EXPECT(t, true, false, 0, 0, 0x80, 0x02, 0x08, 0xab, 0x7f, 0xc0, 0x40);
	ts_test_depacketizer_free(t);
}

static void malformed(void **state)
{
	static const struct {
		size_t len;
		uint8_t bytes[14];
	} rows[] = {
		{1, {0}},
		{4, {0, 0x40, 0, 0}},
		{7, {0x80, 0x40}},
		{8, {0x80, 0x40}},
		{11, {0xc0, 0x40}},
		{12, {0xc0, 0x40}},
		{5, {0x27, 0x40, 0, 0, 0}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H263);
		PUSH(t, 0, 0x00, 0x40, 0, 0, 0, 0, 0x80, 0x02, 0x08, 0xaa);
		assert_int_equal(ts_test_push(t, MARKER, rows[i].bytes, rows[i].len), TS_EBADMSG);
		ts_test_expect_none(t);
		ts_test_depacketizer_free(t);
	}
}

/* ---- RFC 4629 by hand */

static void plus(void **state)
{
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H263_1998);
	(void)state;
	PUSH(t, 0, 0x04, 0x00, 0x80, 0x02, 0x08, 0xaa);
	PUSH(t, 0, 0x00, 0x00, 0xbb, 0x01);
	PUSH(t, MARKER, 0x04, 0x00, 0x84, 0xcc);
	EXPECT(t, true, false, 0, 0, 0x80, 0x02, 0x08, 0xaa, 0xbb, 0x01, 0, 0, 0x84, 0xcc);
	/* VRC, and the header of the picture once more (PLEN 3) */
	PUSH(t, NEXT, 0x06, 0x00, 0x21, 0x80, 0x02, 0x0a, 0x11);
	PUSH(t, MARKER, 0x04, 0x18, 0x80, 0x02, 0x0a, 0x84, 0x22);
	EXPECT(t, false, false, 0, 0, 0x80, 0x02, 0x0a, 0x11, 0, 0, 0x84, 0x22);
	/* no marker: the next picture ends it */
	PUSH(t, NEXT, 0x04, 0x00, 0x80, 0x06, 0x0a, 0x33);
	PUSH(t, NEXT, 0x04, 0x00, 0x80, 0x0a, 0x0a, 0x44);
	EXPECT(t, false, false, 0, 0, 0x80, 0x06, 0x0a, 0x33);
	assert_int_equal(PUSH(t, 0, 0x01, 0xf8, 1, 2), TS_EBADMSG);
	assert_int_equal(PUSH(t, NEXT, 0x04), TS_EBADMSG);
	ts_test_depacketizer_free(t);
}

/* A peer that answers no request for a keyframe is shown all the same, some pictures later. */
static void without_keyframes(void **state)
{
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H263);
	int taken = 0;
	(void)state;
	PUSH(t, MARKER, 0x00, 0x40, 0, 0, 0, 0, 0x80, 0x02, 0x08, 0xaa);
	EXPECT(t, true, false, 0, 0, 0x80, 0x02, 0x08, 0xaa);
	for (int i = 0; i < 40; i++) {
		AVPacket *unit = av_packet_alloc();
		struct ts_unit_info info;
		t->timestamp += T_FRAME;
		PUSH(t, MARKER | (i ? 0 : GAP), 0x00, 0x50, 0, 0, 0, 0, 0x80, 0x02, 0x0a, 0xaa);
		assert_int_equal(ts_depacketizer_pull(t->d, unit, &info), 0);
		if (unit->flags & AV_PKT_FLAG_KEY && !taken) taken = i;
		assert_int_equal(info.broken, !taken);
		av_packet_free(&unit);
	}
	assert_in_range(taken, 15, 20);
	ts_test_depacketizer_free(t);
}

/* ---- what the encoder makes goes through */

static struct ts_video_encoder *encoder(enum ts_codec codec, int w, int h, int fps, uint32_t bps)
{
	struct ts_video_encoder *e;
	const struct ts_video_encoder_config config = {
		.codec = codec, .width = w, .height = h, .fps = fps, .bitrate_bps = bps};
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	return e;
}

static const struct size_row {
	int w, h, fps;
	uint32_t bps;
	double psnr;
} size_rows[] = {
	{128, 96, 7, 24000, 24},
	{176, 144, 7, 28000, 24},
	{176, 144, 10, 48000, 26},
	{176, 144, 15, 96000, 27},
	{352, 288, 15, 192000, 27},
	{352, 288, 15, 384000, 29},
};

/* Returns the mean PSNR. Noise at a low quantizer makes groups that are larger than a packet. */
static size_t cut_inside; /* payloads of mode B, or of RFC 4629 without a start code */

static double there_and_back(
	enum ts_codec codec, const struct size_row *row, bool noise, size_t mtu)
{
	struct ts_video_encoder *e = encoder(codec, row->w, row->h, row->fps, row->bps);
	struct ts_video_decoder *d;
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(codec);
	AVFrame *in = ts_test_picture(row->w, row->h), *out;
	AVPacket *packet = av_packet_alloc(), *unit = av_packet_alloc();
	double psnr = 0, bytes = 0;
	int n = 0, frames = 10 * row->fps;
	assert_int_equal(ts_video_decoder_open(&d, codec), 0);
	for (int i = 0; i < frames; i++) {
		struct ts_au *au;
		struct ts_unit_info info;
		(noise ? ts_test_draw_noise : ts_test_draw_scene)(in, i);
		int err = ts_video_encode(e, in, i == 0, packet);
		if (err == TS_EAGAIN) continue;
		assert_int_equal(err, 0);
		bytes += packet->size;
		assert_int_equal(ts_packetize(&au, codec, 0, packet, mtu), 0);
		t->timestamp += T_FRAME;
		for (uint32_t k = 0; k < au->n; k++) {
			assert_true(au->pay[k].len <= mtu);
			const uint8_t first = ts_au_bytes(au, k)[0];
			cut_inside += codec == TS_CODEC_H263 ? first >> 7 : !(first & 4);
			struct ts_packet p = ts_test_packet(
				ts_au_bytes(au, k), au->pay[k].len, t->timestamp, k + 1 == au->n);
			assert_int_equal(ts_depacketizer_push(t->d, &p), 0);
		}
		assert_int_equal(au->key, (packet->flags & AV_PKT_FLAG_KEY) != 0);
		assert_int_equal(ts_depacketizer_pull(t->d, unit, &info), 0);
		assert_int_equal(unit->size, packet->size);
		assert_memory_equal(unit->data, packet->data, (size_t)packet->size);
		assert_int_equal(unit->flags & AV_PKT_FLAG_KEY, packet->flags & AV_PKT_FLAG_KEY);
		assert_int_equal(ts_video_decode(d, unit, &out), 0);
		assert_int_equal(out->width, row->w);
		psnr += ts_test_psnr(in, out);
		n++;
		av_frame_free(&out);
		av_packet_unref(unit);
		ts_au_unref(&au);
	}
	const double bps = bytes * 8 / 10;
	printf("%s %dx%d@%d %u: %.0f bit/s, %d of %d pictures, %.1f dB\n", ts_codec_name(codec),
		row->w, row->h, row->fps, row->bps, bps, n, frames, psnr / n);
	if (!noise) assert_true(bps < 1.1 * row->bps);
	av_packet_free(&packet);
	av_packet_free(&unit);
	av_frame_free(&in);
	ts_test_depacketizer_free(t);
	ts_video_decoder_close(&d);
	ts_video_encoder_close(&e);
	return psnr / n;
}

static void round_trips(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof size_rows / sizeof *size_rows; i++) {
			const double psnr = there_and_back(
				both[k], &size_rows[i], false, TS_MTU_PAYLOAD);
			if (psnr < size_rows[i].psnr) fail_msg("%.1f dB", psnr);
		}
}

static void large_groups(void **state)
{
	static const struct size_row row = {352, 288, 15, 8000000, 0};
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		cut_inside = 0;
		there_and_back(both[k], &row, true, TS_MTU_PAYLOAD);
		assert_true(cut_inside > 0);
	}
}

/* A rate takes effect with the next picture, without a keyframe. */
static void rate_changes(void **state)
{
	struct ts_video_encoder *e = encoder(TS_CODEC_H263, 352, 288, 15, 384000);
	AVFrame *in = ts_test_picture(352, 288);
	AVPacket *packet = av_packet_alloc();
	double bytes[2] = {0};
	uint32_t seed = 5;
	(void)state;
	for (int i = 0; i < 120; i++) {
		if (i == 60) assert_int_equal(ts_video_encoder_set_bitrate(e, 192000), 0);
		/* hard to code: all of the rate is used */
		for (int k = 0; k < 288 * in->linesize[0]; k++)
			in->data[0][k] = (uint8_t)(120 + ts_test_random(&seed) % 16);
		if (ts_video_encode(e, in, false, packet)) continue;
		assert_int_equal(packet->flags & AV_PKT_FLAG_KEY, i ? 0 : AV_PKT_FLAG_KEY);
		if (i >= 75 || (i < 60 && i >= 15)) bytes[i >= 75] += packet->size;
		av_packet_unref(packet);
	}
	assert_true(bytes[1] * 8 / 3 < 1.15 * 192000);
	assert_true(bytes[1] < 0.7 * bytes[0]);
	av_packet_free(&packet);
	av_frame_free(&in);
	ts_video_encoder_close(&e);
}

/* No name of a size makes us allocate for it. */
static void too_large(void **state)
{
	/* 111 001 110+15 000+6 0 aspect 4, (511+1)*4 x 288*4 */
	static const uint8_t cif16[] = {0, 0, 0x80, 0x02, 0x14, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t custom[] = {
		0, 0, 0x80, 0x02, 0x1c, 0xe0, 0x02, 0x00, 0x40, 0x8f, 0xfc, 0x90, 0, 0, 0, 0};
	AVPacket *unit = av_packet_alloc();
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ts_video_decoder *d;
		AVFrame *out;
		const uint8_t *bytes = i ? custom : cif16;
		const int n = i ? (int)sizeof custom : (int)sizeof cif16;
		assert_int_equal(ts_video_decoder_open(&d, TS_CODEC_H263), 0);
		assert_int_equal(av_new_packet(unit, n), 0);
		memcpy(unit->data, bytes, (size_t)n);
		unit->flags = AV_PKT_FLAG_KEY;
		assert_int_equal(ts_video_decode(d, unit, &out), TS_ELIMIT);
		assert_int_equal(ts_video_decoder_refusal(d)->kind, TS_REFUSED_SIZE);
		av_packet_unref(unit);
		ts_video_decoder_close(&d);
	}
	av_packet_free(&unit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters),
		cmocka_unit_test(names),
		cmocka_unit_test(allowed),
		cmocka_unit_test(headers),
		cmocka_unit_test(mode_a),
		cmocka_unit_test(halves),
		cmocka_unit_test(shifted),
		cmocka_unit_test(malformed),
		cmocka_unit_test(plus),
		cmocka_unit_test(without_keyframes),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(large_groups),
		cmocka_unit_test(rate_changes),
		cmocka_unit_test(too_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
