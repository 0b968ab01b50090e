#include "base/clock.h"
#include "base/error.h"
#include "tests/media/clip.h"
#include "tests/media/mark.h"
#include "tests/media/scene.h"

#include <libavcodec/avcodec.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A receiver that shares no code with tessera: payloads back into the codec's bytes, by the text of
 * RFC 6184 5.7, 5.8 and RFC 7741 4.2. */
static void append(AVPacket *unit, const uint8_t *bytes, size_t n)
{
	const int at = unit->size;
	assert_int_equal(av_grow_packet(unit, (int)n), 0);
	memcpy(unit->data + at, bytes, n);
}

static void append_nal(AVPacket *unit, const uint8_t *nal, size_t n)
{
	append(unit, (const uint8_t[]){0, 0, 0, 1}, 4);
	append(unit, nal, n);
}

static void join_h264(AVPacket *unit, const uint8_t *p, size_t n)
{
	switch (p[0] & 31) {
	case 24:
		for (size_t at = 1; at + 2 < n; at += 2u + (size_t)(p[at] << 8 | p[at + 1]))
			append_nal(unit, p + at + 2, (size_t)(p[at] << 8 | p[at + 1]));
		break;
	case 28:
		if (p[1] & 0x80)
			append_nal(
				unit, (const uint8_t[]){(uint8_t)((p[0] & 0xe0) | (p[1] & 31))}, 1);
		append(unit, p + 2, n - 2);
		break;
	default: append_nal(unit, p, n);
	}
}

static AVCodecContext *decoder_open(enum ts_codec codec)
{
	const AVCodec *c = avcodec_find_decoder(
		codec == TS_CODEC_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_VP8);
	AVCodecContext *dec = avcodec_alloc_context3(c);
	dec->thread_count = 1;
	dec->flags |= AV_CODEC_FLAG_LOW_DELAY;
	assert_int_equal(avcodec_open2(dec, c, NULL), 0);
	return dec;
}

static void decode(AVCodecContext *dec, const struct ts_au *au, AVFrame *out)
{
	AVPacket *unit = av_packet_alloc();
	for (uint32_t i = 0; i < au->n; i++) {
		const uint8_t *p = ts_au_bytes(au, i);
		assert_in_range(au->pay[i].len, 2, TS_MTU_PAYLOAD);
		if (dec->codec_id == AV_CODEC_ID_H264) {
			join_h264(unit, p, au->pay[i].len);
		} else {
			/* no extensions; S on the first */
			assert_int_equal(p[0], i == 0 ? 0x10 : 0);
			append(unit, p + 1, au->pay[i].len - 1u);
		}
	}
	assert_int_equal(avcodec_send_packet(dec, unit), 0);
	assert_int_equal(avcodec_receive_frame(dec, out), 0);
	av_packet_free(&unit);
}

static struct ts_colour mean_of(const AVFrame *f, int x, int y, int w, int h)
{
	int sum[3] = {0, 0, 0};
	for (int p = 0; p < 3; p++) {
		const int s = p ? 2 : 1;
		for (int i = y / s; i < (y + h) / s; i++)
			for (int k = x / s; k < (x + w) / s; k++)
				sum[p] += f->data[p][i * f->linesize[p] + k];
		sum[p] /= w / s * (h / s);
	}
	return (struct ts_colour){(uint8_t)sum[0], (uint8_t)sum[1], (uint8_t)sum[2]};
}

/* Every picture comes out, first as it is and then scaled into a tile of 160x90, with its mark and
 * its wall. */
static void check_clip(const struct ts_clip_spec *spec)
{
	const struct ts_clip *clip;
	const int64_t start_ns = ts_now_ns();
	assert_int_equal(ts_clip_get(&clip, spec), 0);
	const int64_t took_ns = ts_now_ns() - start_ns;
	AVCodecContext *dec = decoder_open(spec->codec);
	AVFrame *pic = av_frame_alloc(), *canvas = av_frame_alloc();
	canvas->format = AV_PIX_FMT_YUV420P;
	canvas->width = 1280;
	canvas->height = 720;
	assert_int_equal(av_frame_get_buffer(canvas, 0), 0);
	int64_t bytes = 0;
	for (int i = 0; i < 2 * spec->frames; i++) { /* it can be played again from the start */
		const int frame = i % spec->frames;
		struct ts_au *au = ts_clip_unit(clip, frame, 1000 + i, 77);
		assert_int_equal(au->key, frame == 0);
		assert_int_equal(au->media_time, 1000 + i);
		assert_int_equal(au->capture_ns, 77);
		decode(dec, au, pic);
		bytes += au->data_len;
		ts_au_unref(&au);

		struct ts_mark mark = {0, 0};
		const struct ts_rect all = {0, 0, pic->width, pic->height},
				     tile = {202, 106, 160, 90};
		assert_int_equal(ts_mark_read(&mark, pic, &all), 0);
		assert_true(mark.who == spec->who && mark.frame == frame);
		ts_draw_picture(
			canvas, &tile, pic, TS_FIT_FILL, 0, (struct ts_colour){16, 128, 128});
		assert_int_equal(ts_mark_read(&mark, canvas, &tile), 0);
		assert_true(mark.who == spec->who && mark.frame == frame);
		const struct ts_colour wall = mean_of(
					       pic, 0, 0, pic->width / 20 * 2, pic->height & ~1),
				       is = ts_scene_colour(spec->who);
		const int off = abs(wall.u - is.u) + abs(wall.v - is.v);
		/* few bits: the first pictures are coarse */
		assert_in_range(off, 0, spec->kbps < 400 ? 20 : 12);
		if (off <= 12) assert_int_equal(ts_scene_colour_owner(wall, 16), spec->who);
		av_frame_unref(pic);
	}
	print_message("%s %dx%d at %d kbit/s, %d pictures: made in %d ms, %d kbit/s\n",
		ts_codec_name(spec->codec), spec->width, spec->height, spec->kbps, spec->frames,
		(int)(took_ns / TS_NS_PER_MS), (int)(bytes * 4 * spec->fps / spec->frames / 1000));
	av_frame_free(&canvas);
	av_frame_free(&pic);
	avcodec_free_context(&dec);
}

static void clips_carry_their_marks(void **state)
{
	(void)state;
	static const struct ts_clip_spec specs[] = {
		{1, TS_CODEC_H264, 640, 360, 30, 600, 150, false},
		{2, TS_CODEC_VP8, 640, 360, 30, 600, 150, false},
		{3, TS_CODEC_H264, 640, 360, 30, 100, 60, false},
		{4, TS_CODEC_VP8, 640, 360, 30, 100, 60, false},
		{5, TS_CODEC_H264, 320, 180, 15, 80, 45, false},
		{6, TS_CODEC_VP8, 320, 180, 15, 80, 45, false},
		{7, TS_CODEC_H264, 640, 480, 30, 400, 30, false},
		{8, TS_CODEC_VP8, 360, 640, 30, 400, 30, false},
		{9, TS_CODEC_H264, 160, 90, 30, 60, 60, false},
	};
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) check_clip(&specs[i]);
	ts_clip_forget_all();
}

static void a_clip_is_made_once(void **state)
{
	(void)state;
	const struct ts_clip_spec spec = {1, TS_CODEC_VP8, 160, 90, 30, 100, 4, false};
	const struct ts_clip *a, *b, *c;
	assert_int_equal(ts_clip_get(&a, &spec), 0);
	assert_int_equal(ts_clip_get(&b, &spec), 0);
	assert_ptr_equal(a, b);
	const struct ts_clip_spec other = {2, TS_CODEC_VP8, 160, 90, 30, 100, 4, false};
	assert_int_equal(ts_clip_get(&c, &other), 0);
	assert_ptr_not_equal(a, c);
	assert_int_equal(ts_clip_spec(c)->who, 2);
	const struct ts_clip_spec sound = {2, TS_CODEC_OPUS, 160, 90, 30, 100, 4, false};
	assert_int_equal(ts_clip_get(&c, &sound), TS_EUNSUPPORTED);
	ts_clip_forget_all();
}

static void walls_are_told_apart(void **state)
{
	(void)state;
	for (int who = 0; who < 16; who++) {
		for (int k = 0; k < 9; k++) { /* a level or three off, as coding makes them */
			struct ts_colour c = ts_scene_colour((uint8_t)who);
			c.u = (uint8_t)(c.u + 3 * (k % 3 - 1));
			c.v = (uint8_t)(c.v + 3 * (k / 3 - 1));
			assert_int_equal(ts_scene_colour_owner(c, 16), who);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clips_carry_their_marks),
		cmocka_unit_test(a_clip_is_made_once),
		cmocka_unit_test(walls_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
