/* VP9, AV1 and H.265 from an encoder over RTP payloads to pictures: colours, sizes, depths, losses,
 * what is refused. */
#include "base/counter.h"
#include "codec/av1_obu.h"
#include "codec/extradata.h"
#include "codec/h265.h"
#include "codec/peek.h"
#include "codec/picture_pool.h"
#include "tests/unit/codec/sender.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static const enum ts_codec codecs[] = {TS_CODEC_VP9, TS_CODEC_AV1, TS_CODEC_H265};
enum { N_CODECS = 3, MTU = 60 };

struct receiver {
	struct ts_test_depacketizer *in;
	struct ts_video_decoder *decoder;
	int n, lose; /* payloads of the picture; which of them is lost, -1: none */
	bool lost;
	int units, broken, err;
	AVFrame *picture; /* the last */
};

static void receiver_open(struct receiver *r, enum ts_codec codec)
{
	*r = (struct receiver){.in = ts_test_depacketizer_new(codec), .lose = -1};
	assert_int_equal(ts_video_decoder_open(&r->decoder, codec), 0);
}

static void receiver_close(struct receiver *r)
{
	ts_test_depacketizer_free(r->in);
	ts_video_decoder_close(&r->decoder);
	av_frame_free(&r->picture);
}

static void take(void *arg, const uint8_t *payload, size_t len, bool last)
{
	struct receiver *r = arg;
	const int n = r->n++;
	if (n == r->lose) {
		r->lost = true;
		return;
	}
	const int flags = (n == 0 || (n == 1 && r->lose == 0) ? NEXT : 0) | (last ? MARKER : 0) |
		(r->lost ? GAP : 0);
	r->lost = false;
	ts_test_push(r->in, flags, payload, len);
	while (!ts_depacketizer_pull(r->in->d, r->in->unit, &r->in->info)) {
		AVFrame *picture;
		r->units++;
		if (r->in->info.broken) {
			r->broken++;
			av_packet_unref(r->in->unit);
			continue;
		}
		r->err = ts_video_decode(r->decoder, r->in->unit, &picture);
		av_packet_unref(r->in->unit);
		if (r->err) continue;
		av_frame_free(&r->picture);
		r->picture = picture;
	}
}

static void send_picture(struct receiver *r, struct ts_test_sender *s, bool key, int lose)
{
	r->n = 0;
	r->lose = lose;
	assert_true(ts_test_sender_encode(s, key));
	ts_test_sender_cut(s, MTU, take, r);
}

static void assert_bars(const struct receiver *r, int width, int height)
{
	enum { NEAR = 4 };
	assert_non_null(r->picture);
	assert_int_equal(r->picture->format, AV_PIX_FMT_YUV420P);
	assert_int_equal(r->picture->width, width);
	assert_int_equal(r->picture->height, height);
	for (int i = 0; i < TS_TEST_PATCHES; i++)
		for (int p = 0; p < 3; p++) {
			const int mean = ts_test_patch_mean(r->picture, i, p);
			if (abs(mean - ts_test_patch[i][p]) > NEAR)
				fail_msg("bar %d plane %d: %d, not %d", i, p, mean,
					ts_test_patch[i][p]);
		}
}

static void colours(enum AVPixelFormat format, int width, int height)
{
	for (int i = 0; i < N_CODECS; i++) {
		struct ts_test_sender s;
		struct receiver r;
		if (!ts_test_sender_open(&s, codecs[i], width, height, format)) continue;
		receiver_open(&r, codecs[i]);
		for (int n = 0; n < 5; n++) send_picture(&r, &s, !n, -1);
		assert_int_equal(r.broken, 0);
		assert_int_equal(r.units, 5);
		assert_bars(&r, width, height);
		ts_test_sender_close(&s);
		receiver_close(&r);
	}
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), 0);
}

static void bars_arrive(void **state)
{
	(void)state;
	colours(AV_PIX_FMT_YUV420P, 320, 180);
}

static void ten_bits_arrive(void **state)
{
	(void)state;
	colours(AV_PIX_FMT_YUV420P10, 320, 180);
}

static void odd_sizes_arrive(void **state)
{
	(void)state;
	for (int i = 0; i < N_CODECS; i++) {
		struct ts_test_sender s;
		struct receiver r;
		/* H.265's pictures have whole chroma: its encoder takes even sizes alone */
		const int w = codecs[i] == TS_CODEC_H265 ? 322 : 321;
		const int h = codecs[i] == TS_CODEC_H265 ? 182 : 183;
		if (!ts_test_sender_open(&s, codecs[i], w, h, AV_PIX_FMT_YUV420P)) continue;
		receiver_open(&r, codecs[i]);
		for (int n = 0; n < 2; n++) send_picture(&r, &s, !n, -1);
		assert_bars(&r, w, h);
		ts_test_sender_close(&s);
		receiver_close(&r);
	}
}

/* The stream goes on in another size, with a keyframe: larger, smaller. */
static void sizes_change(void **state)
{
	static const int sizes[][2] = {{320, 180}, {640, 360}, {160, 90}};
	(void)state;
	for (int i = 0; i < N_CODECS; i++) {
		struct receiver r;
		receiver_open(&r, codecs[i]);
		for (int k = 0; k < 3; k++) {
			struct ts_test_sender s;
			if (!ts_test_sender_open(
				    &s, codecs[i], sizes[k][0], sizes[k][1], AV_PIX_FMT_YUV420P))
				break;
			for (int n = 0; n < 3; n++) send_picture(&r, &s, !n, -1);
			assert_bars(&r, sizes[k][0], sizes[k][1]);
			ts_test_sender_close(&s);
		}
		receiver_close(&r);
	}
}

/* Whatever payload is lost, nothing is decoded until the next keyframe, which is. */
static void losses_break_until_a_keyframe(void **state)
{
	(void)state;
	for (int i = 0; i < N_CODECS; i++)
		for (int lose = 0; lose < 4; lose++) {
			struct ts_test_sender s;
			struct receiver r;
			if (!ts_test_sender_open(&s, codecs[i], 320, 180, AV_PIX_FMT_YUV420P))
				continue;
			receiver_open(&r, codecs[i]);
			send_picture(&r, &s, true, -1);
			assert_non_null(r.picture);
			assert_true(r.n > 4);
			send_picture(&r, &s, true, lose);
			const int units = r.units;
			send_picture(&r, &s, false, -1);
			assert_int_equal(r.units - units, 1);
			assert_true(r.in->info.broken);
			send_picture(&r, &s, true, -1);
			assert_false(r.in->info.broken);
			assert_int_equal(r.err, 0);
			assert_bars(&r, 320, 180);
			ts_test_sender_close(&s);
			receiver_close(&r);
		}
}

static void refused_as(struct receiver *r, enum ts_refusal_kind kind, int err)
{
	assert_int_equal(r->err, err);
	assert_int_equal(ts_video_decoder_refusal(r->decoder)->kind, kind);
	assert_null(r->picture);
}

static void large_ones_are_refused(void **state)
{
	const struct ts_video_limits was = ts_video_limits;
	(void)state;
	for (int i = 0; i < N_CODECS; i++) {
		struct ts_test_sender s;
		struct receiver r;
		if (!ts_test_sender_open(&s, codecs[i], 640, 360, AV_PIX_FMT_YUV420P)) continue;
		receiver_open(&r, codecs[i]);
		ts_video_limits.picture_px = 320 * 180;
		send_picture(&r, &s, true, -1);
		refused_as(&r, TS_REFUSED_SIZE, TS_ELIMIT);
		ts_video_limits = was;
		ts_video_limits.memory_bytes = 640 * 360;
		send_picture(&r, &s, true, -1);
		refused_as(&r, TS_REFUSED_MEMORY, TS_ENOMEM);
		ts_video_limits = was;
		/* and taken when it fits */
		send_picture(&r, &s, true, -1);
		assert_bars(&r, 640, 360);
		ts_test_sender_close(&s);
		receiver_close(&r);
	}
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), 0);
}

static void other_chroma_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < N_CODECS; i++) {
		struct ts_test_sender s;
		struct receiver r;
		if (!ts_test_sender_open(&s, codecs[i], 320, 180, AV_PIX_FMT_YUV444P)) continue;
		receiver_open(&r, codecs[i]);
		send_picture(&r, &s, true, -1);
		refused_as(&r, TS_REFUSED_FORMAT, TS_EUNSUPPORTED);
		ts_test_sender_close(&s);
		receiver_close(&r);
	}
}

/* What is decoded and is not what was sent, as its checksum says, is an error, which a keyframe is
 * requested for: libavcodec would show it. */
static void damage_of_h265_is_an_error(void **state)
{
	struct ts_test_sender s;
	struct receiver r;
	(void)state;
	if (!ts_test_sender_open(&s, TS_CODEC_H265, 320, 180, AV_PIX_FMT_YUV420P)) skip();
	receiver_open(&r, TS_CODEC_H265);
	assert_true(ts_test_sender_encode(&s, true));
	const uint8_t *at = s.packet->data, *end = at + s.packet->size;
	for (struct ts_nal nal; ts_nal_next(&nal, &at, end);)
		if (ts_h265_is_irap(ts_h265_type(nal.p[0])))
			for (size_t i = nal.len / 2; i < nal.len; i++)
				s.packet->data[nal.p + i - s.packet->data] ^= 0x2a;
	assert_int_equal(ts_video_decode(r.decoder, s.packet, &r.picture), TS_EBADMSG);
	assert_null(r.picture);
	send_picture(&r, &s, true, -1);
	assert_int_equal(r.units, 1);
	assert_int_equal(r.err, 0);
	assert_bars(&r, 320, 180);
	ts_test_sender_close(&s);
	receiver_close(&r);
}

/* What a damaged picture does not cover shows nothing that lay in memory before. */
static void buffers_of_pictures_begin_as_zeros(void **state)
{
	struct ts_picture_pool pool = {.max = 1};
	AVFrame *f = av_frame_alloc();
	(void)state;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = f->height = 64;
	mallopt(M_PERTURB, 0x55); /* AddressSanitizer has its own way */
	assert_int_equal(ts_picture_pool_get(&pool, f), 0);
	mallopt(M_PERTURB, 0);
	for (int p = 0; p < 3; p++)
		for (int y = 0; y < (p ? 32 : 64); y++)
			for (int x = 0; x < (p ? 32 : 64); x++)
				assert_int_equal(f->data[p][y * f->linesize[p] + x], 0);
	av_frame_free(&f);
	ts_picture_pool_fini(&pool);
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), 0);
}

/* ---- AV1's frames that tell their own size */

enum { OWN = 200, OWN_BITS = 8 };

static bool bit(const uint8_t *p, size_t at)
{
	return p[at / 8] >> (7 - at % 8) & 1;
}

static void put_bits(uint8_t *p, size_t at, unsigned n, uint32_t v)
{
	for (unsigned i = 0; i < n; i++, at++) {
		const uint8_t mask = (uint8_t)(0x80 >> at % 8);
		p[at / 8] = (uint8_t)((p[at / 8] & ~mask) | (v >> (n - 1 - i) & 1 ? mask : 0));
	}
}

/* 5.5.1: the sequence of OWN x OWN becomes one of side x side. */
static void shrink_sequence(uint8_t *p, size_t len, unsigned side)
{
	const uint32_t want = (OWN_BITS - 1) << 20 | (OWN_BITS - 1) << 16 | (OWN - 1) << 8 |
		(OWN - 1);
	uint32_t seen = 0;
	for (size_t at = 0; at < 8 * len; at++) {
		seen = (seen << 1 | bit(p, at)) & 0xffffff;
		if (at < 24 || seen != want) continue;
		put_bits(p, at - 15, OWN_BITS, side - 1);
		put_bits(p, at - 7, OWN_BITS, side - 1);
		return;
	}
	fail();
}

/* 5.9.2, 5.9.5: a keyframe says frame_size_override_flag, and behind its order hint OWN x OWN: two
 * bytes more, so that the tiles stay where bytes begin. */
static void tell_own_size(uint8_t *out, const uint8_t *in, size_t len)
{
	enum { SCREEN = 5, ORDER_HINT = 7 };
	const size_t flag = bit(in, SCREEN) ? 7 : 6, at = flag + 1 + ORDER_HINT;
	memcpy(out, in, at / 8 + 1);
	put_bits(out, flag, 1, 1);
	put_bits(out, at, OWN_BITS, OWN - 1);
	put_bits(out, at + OWN_BITS, OWN_BITS, OWN - 1);
	for (size_t i = at; i < 8 * len; i++) put_bits(out, i + 16, 1, bit(in, i));
}

static void rewrite(AVPacket *packet, unsigned side)
{
	uint8_t *out = av_malloc((size_t)packet->size + 64);
	struct ts_rd r = ts_rd(packet->data, (size_t)packet->size);
	size_t n = 0;
	for (struct ts_obu obu; ts_obu_next(&obu, &r);) {
		const size_t more = obu.type == TS_OBU_FRAME ? 2 : 0;
		out[n++] = (uint8_t)(obu.type << 3 | TS_OBU_HAS_SIZE);
		n += ts_put_leb128(out + n, (uint32_t)(obu.len + more));
		if (more)
			tell_own_size(out + n, obu.payload, obu.len);
		else
			memcpy(out + n, obu.payload, obu.len);
		if (obu.type == TS_OBU_SEQUENCE_HEADER) shrink_sequence(out + n, obu.len, side);
		n += obu.len + more;
	}
	const int flags = packet->flags;
	av_packet_unref(packet);
	assert_return_code(av_new_packet(packet, (int)n), 0);
	memcpy(packet->data, out, n);
	packet->flags = flags;
	av_free(out);
}

/* It may be smaller than the sequence's and never larger: what is counted and judged is the
 * sequence's. */
static void frames_larger_than_their_sequence_are_refused(void **state)
{
	static const unsigned sides[] = {OWN, 16, OWN};
	struct ts_test_sender s;
	struct receiver r;
	(void)state;
	if (!ts_test_sender_open(&s, TS_CODEC_AV1, OWN, OWN, AV_PIX_FMT_YUV420P)) skip();
	receiver_open(&r, TS_CODEC_AV1);
	for (int i = 0; i < 3; i++) {
		av_frame_free(&r.picture);
		assert_true(ts_test_sender_encode(&s, true));
		rewrite(s.packet, sides[i]);
		r.n = 0;
		ts_test_sender_cut(&s, MTU, take, &r);
		assert_int_equal(r.units, i + 1);
		assert_int_equal(!r.err, sides[i] == OWN);
		if (!r.err)
			assert_int_equal(r.picture->width * 1000 + r.picture->height, OWN * 1001);
	}
	ts_test_sender_close(&s);
	receiver_close(&r);
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), 0);
}

/* ---- VP9 after a refusal */

static void send_one(struct receiver *r, int width, int height, enum AVPixelFormat format)
{
	struct ts_test_sender s;
	av_frame_free(&r->picture);
	if (!ts_test_sender_open(&s, TS_CODEC_VP9, width, height, format)) skip();
	send_picture(r, &s, true, -1);
	ts_test_sender_close(&s);
}

/* What came before a stream that is refused is taken behind it as if that had never been. */
static void vp9_goes_on_after_a_refusal(void **state)
{
	const struct ts_video_limits was = ts_video_limits;
	struct receiver r;
	(void)state;
	ts_video_limits.picture_px = 320 * 180;
	receiver_open(&r, TS_CODEC_VP9);
	send_one(&r, 160, 90, AV_PIX_FMT_YUV420P);
	assert_bars(&r, 160, 90);
	/* too large, and so large that libavcodec gives up before it asks */
	static const int large[][2] = {{640, 360}, {1280, 720}};
	for (int i = 0; i < 2; i++) {
		send_one(&r, large[i][0], large[i][1], AV_PIX_FMT_YUV420P);
		refused_as(&r, TS_REFUSED_SIZE, TS_ELIMIT);
		send_one(&r, 160, 90, AV_PIX_FMT_YUV420P);
		assert_int_equal(r.err, 0);
		assert_bars(&r, 160, 90);
	}
	/* of another profile, in a size that is taken */
	send_one(&r, 320, 180, AV_PIX_FMT_YUV444P);
	refused_as(&r, TS_REFUSED_FORMAT, TS_EUNSUPPORTED);
	send_one(&r, 160, 90, AV_PIX_FMT_YUV420P);
	assert_bars(&r, 160, 90);
	ts_video_limits = was;
	receiver_close(&r);
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), 0);
}

/* A stream that was refused may become smaller without a keyframe: frames say so (6.2, 7.2). */
static void vp9_says_when_a_refused_size_changes(void **state)
{
	enum { WIDTH = 33, HEIGHT = 49, BYTES_N = 9 };
	const struct ts_video_limits was = ts_video_limits;
	uint8_t bytes[2 * BYTES_N + 4] = {0x86}; /* no keyframe, shown, of a size of its own */
	AVPacket unit = {.data = bytes, .size = BYTES_N};
	struct receiver r;
	(void)state;
	ts_video_limits.picture_px = 320 * 180;
	receiver_open(&r, TS_CODEC_VP9);
	put_bits(bytes, WIDTH, 16, 640 - 1);
	put_bits(bytes, HEIGHT, 16, 360 - 1);
	assert_false(ts_video_decoder_would_take(r.decoder, &unit));
	put_bits(bytes, WIDTH, 16, 320 - 1);
	put_bits(bytes, HEIGHT, 16, 180 - 1);
	assert_true(ts_video_decoder_would_take(r.decoder, &unit));
	assert_false(ts_video_decoder_would_take(r.decoder, &unit));
	/* any of a superframe's counts */
	memcpy(bytes + BYTES_N, bytes, BYTES_N);
	memcpy(bytes + 2 * BYTES_N, (const uint8_t[]){0xc1, BYTES_N, BYTES_N, 0xc1}, 4);
	put_bits(bytes + BYTES_N, WIDTH, 16, 640 - 1);
	unit.size = sizeof bytes;
	assert_false(ts_video_decoder_would_take(r.decoder, &unit));
	put_bits(bytes + BYTES_N, WIDTH, 16, 160 - 1);
	assert_true(ts_video_decoder_would_take(r.decoder, &unit));
	ts_video_limits = was;
	receiver_close(&r);
}

/* ---- what is read of payloads and units without decoding them */

static void peek(void *arg, const uint8_t *payload, size_t len, bool last)
{
	struct {
		enum ts_codec codec;
		int width, height, told;
	} *p = arg;
	(void)last;
	p->told += ts_peek_size(p->codec, payload, len, &p->width, &p->height);
}

static void sizes_are_told(void **state)
{
	(void)state;
	for (int i = 0; i < N_CODECS; i++) {
		struct {
			enum ts_codec codec;
			int width, height, told;
		} p = {.codec = codecs[i]};
		struct ts_test_sender s;
		uint8_t extra[1024];
		if (!ts_test_sender_open(&s, codecs[i], 642, 362, AV_PIX_FMT_YUV420P)) continue;
		assert_true(ts_test_sender_encode(&s, true));
		ts_test_sender_cut(&s, MTU, peek, &p);
		assert_int_equal(p.told, 1);
		assert_int_equal(p.width, 642);
		assert_int_equal(p.height, 362);
		const size_t n = ts_extradata(
			codecs[i], s.packet->data, (size_t)s.packet->size, extra, sizeof extra);
		assert_int_equal(n > 0, ts_needs_extradata(codecs[i]));
		if (n)
			assert_int_equal(ts_extradata(codecs[i], s.packet->data,
						 (size_t)s.packet->size, extra, n - 1),
				0);
		assert_true(ts_test_sender_encode(&s, false));
		ts_test_sender_cut(&s, MTU, peek, &p);
		assert_int_equal(p.told, 1);
		ts_test_sender_close(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_arrive),
		cmocka_unit_test(ten_bits_arrive),
		cmocka_unit_test(odd_sizes_arrive),
		cmocka_unit_test(sizes_change),
		cmocka_unit_test(losses_break_until_a_keyframe),
		cmocka_unit_test(large_ones_are_refused),
		cmocka_unit_test(other_chroma_is_refused),
		cmocka_unit_test(damage_of_h265_is_an_error),
		cmocka_unit_test(buffers_of_pictures_begin_as_zeros),
		cmocka_unit_test(frames_larger_than_their_sequence_are_refused),
		cmocka_unit_test(vp9_goes_on_after_a_refusal),
		cmocka_unit_test(vp9_says_when_a_refused_size_changes),
		cmocka_unit_test(sizes_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
