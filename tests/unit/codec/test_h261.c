/* H.261: where its pictures and groups begin, payloads of RFC 4587 in and out, its parameters, what
 * its encoder makes. */
#include "codec/h261.h"
#include "codec/registry.h"
#include "tests/unit/codec/support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T_FRAME = 6000 };

static void parameters(void **state)
{
	static const struct {
		const char *fmtp;
		uint8_t qcif, cif;
	} rows[] = {
		{NULL, 1, 0},
		{"", 1, 0},
		{"CIF=2;QCIF=1", 1, 2},
		{"QCIF=2 CIF=4 MaxBR=1920", 2, 4},
		{"cif=3;D=1", 0, 3},
		{"CIF=9", 0, 4},
		{"D=1", 1, 0},
		{"SQCIF=1;CIF4=1", 1, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format f;
		assert_int_equal(ts_codec_info(TS_CODEC_H261)->parse_fmtp(&f, rows[i].fmtp), 0);
		const uint8_t want[TS_H263_SIZES] = {0, rows[i].qcif, rows[i].cif, 0};
		if (memcmp(want, f.h263_mpi, sizeof want)) fail_msg("%s", rows[i].fmtp);
		assert_int_equal(f.codec, TS_CODEC_H261);
		assert_int_equal(f.h263_max_br, 0);
	}
	assert_int_equal(ts_codec_find("h261", 90000, 0), TS_CODEC_H261);
	assert_true(ts_codec_has_sizes(TS_CODEC_H261));
	assert_false(ts_codec_has_sizes(TS_CODEC_H264));
}

/* ---- bits */

struct writer {
	uint8_t byte[64];
	size_t n; /* bits */
};

static void put(struct writer *w, const char *bits)
{
	for (; *bits; bits++) {
		if (*bits == ' ') continue;
		if (*bits == '1') w->byte[w->n / 8] |= (uint8_t)(0x80 >> w->n % 8);
		w->n++;
	}
}

#define START "0000 0000 0000 0001 "

static void starts(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 24; shift++)
		for (size_t ones = 0; ones < 2; ones++) {
			struct writer w = {.n = 0};
			for (size_t i = 0; i < shift; i++) put(&w, ones ? "1" : "0");
			put(&w, START "0101 1111 1");
			const size_t len = (w.n + 7) / 8;
			assert_int_equal(ts_h261_next_start(w.byte, len, 0), shift);
			assert_int_equal(ts_h261_next_start(w.byte, len, shift), shift);
			/* what is behind its first zero is too short */
			assert_int_equal(ts_h261_next_start(w.byte, len, shift + 1), 8 * len);
			assert_false(ts_h261_is_picture_start(w.byte, len, shift));
			for (size_t cut = 0; cut < len; cut++) ts_h261_next_start(w.byte, cut, 0);
		}
}

static void pictures(void **state)
{
	static const char intra[] = "01000 0 1 0001 1111", inter[] = "01000 0 1 1 1111 1";
	static const struct {
		const char *name, *ptype, *first, *third, *fifth;
		int w, intra;
	} rows[] = {
		{"all coded by themselves", "000 0 11", intra, intra, intra, 176, 1},
		{"with MQUANT, spare bytes, stuffing", "000 0 11", "01000 0 1 0000001 11",
			"01000 1 11111111 0 1 0001 1", "01000 0 00000001111 1 0001 1", 176, 1},
		{"one is not", "000 0 11", intra, inter, intra, 176, 0},
		{"one is missing", "000 0 11", intra, intra, NULL, 176, 0},
		{"CIF has more", "000 1 11", intra, intra, intra, 352, 0},
		{"release", "001 0 11", inter, inter, inter, 176, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct writer w = {.n = 0};
		struct ts_h261_picture p;
		put(&w, START "0000 00001");
		put(&w, rows[i].ptype);
		put(&w, "0");
		put(&w, START "0001");
		put(&w, rows[i].first);
		put(&w, START "0011");
		put(&w, rows[i].third);
		if (rows[i].fifth) {
			put(&w, START "0101");
			put(&w, rows[i].fifth);
		}
		const size_t len = (w.n + 7) / 8;
		assert_int_equal(ts_h261_read_picture(&p, w.byte, len), 0);
		if (p.width != rows[i].w || p.intra != rows[i].intra)
			fail_msg("%s: %d, %d", rows[i].name, p.width, p.intra);
		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1);
			memcpy(exact, w.byte, cut);
			ts_h261_read_picture(&p, exact, cut);
			ts_h261_largest_group(exact, cut);
			free(exact);
		}
		ts_h261_release(w.byte, len);
		assert_int_equal(ts_h261_read_picture(&p, w.byte, len), 0);
		assert_true(p.intra);
	}
}

/* ---- RFC 4587 by hand */

/* SBIT, EBIT, V */
#define HEAD(s, e) (uint8_t)((s) << 5 | (e) << 2 | 1), 0, 0, 0

static void payloads(void **state)
{
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H261);
	(void)state;
	/* 00 01 00 90: a QCIF picture that releases; three bits of the last byte are the next's */
	PUSH(t, 0, HEAD(0, 3), 0x00, 0x01, 0x00, 0x9c, 0xaf);
	PUSH(t, MARKER, HEAD(5, 0), 0xfd, 0x77);
	EXPECT(t, true, false, 0x00, 0x01, 0x00, 0x9c, 0xad, 0x77);
	/* the same that begins in the middle of a byte */
	PUSH(t, NEXT | MARKER, HEAD(4, 0), 0xf0, 0x00, 0x10, 0x09, 0xca);
	EXPECT(t, true, false, 0x00, 0x01, 0x00, 0x9c, 0xa0);
	/* the first packet is lost */
	PUSH(t, NEXT | GAP | MARKER, HEAD(0, 0), 0x00, 0x01, 0x20, 0xcc);
	ts_test_expect_none(t);
	/* no marker: the next picture ends it */
	PUSH(t, NEXT, HEAD(0, 0), 0x00, 0x01, 0x00, 0x9c, 0x33);
	PUSH(t, NEXT, HEAD(0, 0), 0x00, 0x01, 0x00, 0x8c, 0x44);
	EXPECT(t, true, false, 0x00, 0x01, 0x00, 0x9c, 0x33);
	ts_test_depacketizer_free(t);
}

static void malformed(void **state)
{
	static const struct {
		size_t len;
		uint8_t bytes[8];
	} rows[] = {{1, {0}}, {3, {1, 0, 0}}, {4, {1, 0, 0, 0}}, {5, {HEAD(5, 3), 0xff}}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H261);
		PUSH(t, 0, HEAD(0, 0), 0x00, 0x01, 0x00, 0x9c, 0xaa);
		assert_int_equal(ts_test_push(t, MARKER, rows[i].bytes, rows[i].len), TS_EBADMSG);
		ts_test_expect_none(t);
		ts_test_depacketizer_free(t);
	}
}

/* ---- what the encoder makes goes through */

static void there_and_back(int w, int h, int fps, uint32_t bps, bool noise, double least_db)
{
	struct ts_video_encoder *e;
	const struct ts_video_encoder_config config = {
		.codec = TS_CODEC_H261, .width = w, .height = h, .fps = fps, .bitrate_bps = bps};
	struct ts_video_decoder *d;
	struct ts_test_depacketizer *t = ts_test_depacketizer_new(TS_CODEC_H261);
	AVFrame *in = ts_test_picture(w, h), *out;
	AVPacket *packet = av_packet_alloc(), *unit = av_packet_alloc();
	double psnr = 0, bytes = 0;
	int n = 0, keys = 0, frames = 10 * fps;
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	assert_int_equal(ts_video_decoder_open(&d, TS_CODEC_H261), 0);
	for (int i = 0; i < frames; i++) {
		struct ts_au *au;
		struct ts_unit_info info;
		(noise ? ts_test_draw_noise : ts_test_draw_scene)(in, i);
		const int err = ts_video_encode(e, in, i == 0, packet);
		if (err == TS_EAGAIN) continue;
		assert_int_equal(err, 0);
		assert_int_equal(packet->pts, i);
		bytes += packet->size;
		keys += packet->flags & AV_PKT_FLAG_KEY;
		assert_int_equal(ts_packetize(&au, TS_CODEC_H261, 0, packet, TS_MTU_PAYLOAD), 0);
		t->timestamp += T_FRAME;
		for (uint32_t k = 0; k < au->n; k++) {
			assert_true(au->pay[k].len <= TS_MTU_PAYLOAD);
			struct ts_packet p = ts_test_packet(
				ts_au_bytes(au, k), au->pay[k].len, t->timestamp, k + 1 == au->n);
			assert_int_equal(ts_depacketizer_push(t->d, &p), 0);
		}
		assert_int_equal(ts_depacketizer_pull(t->d, unit, &info), 0);
		assert_int_equal(unit->size, packet->size);
		assert_memory_equal(unit->data, packet->data, (size_t)packet->size);
		if (packet->flags & AV_PKT_FLAG_KEY) assert_true(unit->flags & AV_PKT_FLAG_KEY);
		assert_int_equal(ts_video_decode(d, unit, &out), 0);
		assert_int_equal(out->width, w);
		psnr += ts_test_psnr(in, out);
		n++;
		av_frame_free(&out);
		av_packet_unref(unit);
		av_packet_unref(packet);
		ts_au_unref(&au);
	}
	printf("%dx%d@%d %u%s: %.0f bit/s, %d of %d pictures, %d keyframes, %.1f dB\n", w, h, fps,
		bps, noise ? " noise" : "", bytes * 8 / 10, n, frames, keys, n ? psnr / n : 0);
	if (!noise) {
		assert_true(bytes * 8 / 10 < 1.1 * bps);
		assert_true(n > frames * 9 / 10);
		assert_true(keys <= 2 + frames / 100);
		assert_true(psnr / n > least_db);
	}
	av_packet_free(&packet);
	av_packet_free(&unit);
	av_frame_free(&in);
	ts_test_depacketizer_free(t);
	ts_video_decoder_close(&d);
	ts_video_encoder_close(&e);
}

static void round_trips(void **state)
{
	(void)state;
	there_and_back(176, 144, 7, 28000, false, 24);
	there_and_back(176, 144, 15, 96000, false, 27);
	there_and_back(352, 288, 15, 192000, false, 27);
	there_and_back(352, 288, 15, 384000, false, 28);
}

/* Groups that do not fit into a packet are coded again, coarser; what cannot be helped is left
 * out. */
static void large_groups(void **state)
{
	(void)state;
	there_and_back(352, 288, 15, 8000000, true, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters),
		cmocka_unit_test(starts),
		cmocka_unit_test(pictures),
		cmocka_unit_test(payloads),
		cmocka_unit_test(malformed),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(large_groups),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
