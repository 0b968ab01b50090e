#include "tests/unit/codec/support.h"
#include <libavcodec/defs.h>
#include <libavutil/adler32.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint32_t ts_test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	return *state ^= *state << 5;
}

AVFrame *ts_test_picture(int w, int h)
{
	AVFrame *f = av_frame_alloc();
	assert_non_null(f);
	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	assert_int_equal(av_frame_get_buffer(f, 64), 0);
	return f;
}

void ts_test_draw_scene(AVFrame *f, int t)
{
	uint32_t seed = 1 + (uint32_t)t;
	assert_int_equal(av_frame_make_writable(f), 0);
	int bx = (t * 3) % (f->width - f->width / 4), by = f->height / 3, bw = f->width / 4,
	    bh = f->height / 3;
	for (int y = 0; y < f->height; y++)
		for (int x = 0; x < f->width; x++) {
			int v = 60 + (x + t) * 90 / f->width + y * 60 / f->height;
			if (x >= bx && x < bx + bw && y >= by && y < by + bh)
				v = 40 + ((x - bx) * 7 ^ (y - by) * 5) % 160;
			f->data[0][y * f->linesize[0] + x] = (uint8_t)(v +
				(int)(ts_test_random(&seed) >> 30));
		}
	for (int p = 1; p < 3; p++)
		for (int y = 0; y < (f->height + 1) / 2; y++)
			for (int x = 0; x < (f->width + 1) / 2; x++)
				f->data[p][y * f->linesize[p] + x] = (uint8_t)(100 +
					(p == 1 ? x + t : y) * 50 / f->width);
}

void ts_test_draw_noise(AVFrame *f, int t)
{
	assert_int_equal(av_frame_make_writable(f), 0);
	for (int y = 0; y < f->height; y++)
		for (int x = 0; x < f->width; x++) {
			uint32_t s = (uint32_t)((x + 2 * t) / 2 * 7919 + y / 2 * 104729 + 1);
			f->data[0][y * f->linesize[0] + x] = (uint8_t)(64 +
				((ts_test_random(&s), ts_test_random(&s)) & 127));
		}
	for (int p = 1; p < 3; p++)
		for (int y = 0; y < (f->height + 1) / 2; y++)
			memset(f->data[p] + y * f->linesize[p], 128, (size_t)(f->width + 1) / 2);
}

/* white, yellow, cyan, green, magenta, red, blue, black */
const uint8_t ts_test_patch[TS_TEST_PATCHES][3] = {
	{180, 128, 128},
	{162, 44, 142},
	{131, 156, 44},
	{112, 72, 58},
	{84, 184, 198},
	{65, 100, 212},
	{35, 212, 114},
	{16, 128, 128},
};

void ts_test_draw_patches(AVFrame *f)
{
	assert_int_equal(av_frame_make_writable(f), 0);
	for (int p = 0; p < 3; p++) {
		int w = p ? f->width / 2 : f->width, h = p ? f->height / 2 : f->height;
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++)
				f->data[p][y * f->linesize[p] + x] =
					ts_test_patch[x * TS_TEST_PATCHES / w][p];
	}
}

int ts_test_patch_mean(const AVFrame *f, int patch, int plane)
{
	int w = plane ? f->width / 2 : f->width, h = plane ? f->height / 2 : f->height;
	int bar = w / TS_TEST_PATCHES, n = 0;
	long sum = 0;
	for (int y = h / 4; y < h * 3 / 4; y++)
		for (int x = patch * bar + bar / 4; x < patch * bar + bar * 3 / 4; x++, n++)
			sum += f->data[plane][y * f->linesize[plane] + x];
	return (int)((sum + n / 2) / n);
}

double ts_test_psnr(const AVFrame *a, const AVFrame *b)
{
	double sum = 0;
	assert_int_equal(a->width, b->width);
	assert_int_equal(a->height, b->height);
	for (int y = 0; y < a->height; y++)
		for (int x = 0; x < a->width; x++) {
			double d = a->data[0][y * a->linesize[0] + x] -
				b->data[0][y * b->linesize[0] + x];
			sum += d * d;
		}
	return 10 * log10(255. * 255. / (sum / a->width / a->height + 1e-9));
}

uint32_t ts_test_hash(const AVFrame *f)
{
	AVAdler h = 1;
	for (int p = 0; p < 3; p++)
		for (int y = 0; y < (p ? (f->height + 1) / 2 : f->height); y++)
			h = av_adler32_update(h, f->data[p] + y * f->linesize[p],
				(size_t)(p ? (f->width + 1) / 2 : f->width));
	return (uint32_t)h;
}

struct ts_packet ts_test_packet(const void *payload, size_t len, uint32_t timestamp_rtp, int marker)
{
	struct ts_packet p;
	memset(&p, 0, offsetof(struct ts_packet, buf));
	p.payload = (uint8_t *)(uintptr_t)payload;
	p.payload_len = (uint32_t)len;
	p.timestamp_rtp = timestamp_rtp;
	p.marker = (uint8_t)marker;
	p.turns = 255;
	return p;
}

struct ts_test_depacketizer *ts_test_depacketizer_new(enum ts_codec codec)
{
	struct ts_test_depacketizer *t = calloc(1, sizeof *t);
	assert_non_null(t);
	t->unit = av_packet_alloc();
	assert_int_equal(ts_depacketizer_create(&t->d, codec), 0);
	return t;
}

void ts_test_depacketizer_free(struct ts_test_depacketizer *t)
{
	ts_depacketizer_destroy(&t->d);
	av_packet_free(&t->unit);
	free(t);
}

int ts_test_push(struct ts_test_depacketizer *t, int flags, const void *payload, size_t len)
{
	if (flags & NEXT) t->timestamp += 3000;
	struct ts_packet p = ts_test_packet(payload, len, t->timestamp, !!(flags & MARKER));
	p.gap = !!(flags & GAP);
	return ts_depacketizer_push(t->d, &p);
}

void ts_test_expect(
	struct ts_test_depacketizer *t, bool key, bool broken, const void *bytes, size_t len)
{
	static const uint8_t padding[AV_INPUT_BUFFER_PADDING_SIZE];
	assert_int_equal(ts_depacketizer_pull(t->d, t->unit, &t->info), 0);
	assert_int_equal(t->unit->size, len);
	assert_memory_equal(t->unit->data, bytes, len);
	assert_memory_equal(t->unit->data + len, padding, sizeof padding);
	assert_int_equal(!!(t->unit->flags & AV_PKT_FLAG_KEY), key);
	assert_int_equal(t->info.broken, broken);
	av_packet_unref(t->unit);
}

void ts_test_expect_none(struct ts_test_depacketizer *t)
{
	assert_int_equal(ts_depacketizer_pull(t->d, t->unit, &t->info), TS_EAGAIN);
}

void ts_test_stream_add(
	struct ts_test_stream *s, const AVPacket *packet, int mode, uint32_t timestamp_rtp)
{
	struct ts_au *au;
	assert_true(s->n_units < 512);
	assert_int_equal(ts_packetize(&au, s->codec, mode, packet, TS_MTU_PAYLOAD), 0);
	for (uint32_t i = 0; i < au->n; i++) {
		assert_true(au->pay[i].len > 0 && au->pay[i].len <= TS_MTU_PAYLOAD);
		assert_true(s->n < 8192);
		s->packet[s->n].unit = (uint16_t)s->n_units;
		s->packet[s->n].payload = (uint16_t)i;
		s->packet[s->n].timestamp_rtp = timestamp_rtp;
		s->packet[s->n++].marker = i + 1 == au->n;
	}
	s->units[s->n_units++] = au;
}

struct ts_packet ts_test_stream_packet(const struct ts_test_stream *s, size_t i)
{
	const struct ts_au *au = s->units[s->packet[i].unit];
	uint32_t k = s->packet[i].payload;
	struct ts_packet p = ts_test_packet(ts_au_bytes(au, k), au->pay[k].len,
		s->packet[i].timestamp_rtp, s->packet[i].marker);
	p.arrival_ns = (int64_t)i + 1;
	return p;
}

void ts_test_stream_free(struct ts_test_stream *s)
{
	for (size_t i = 0; i < s->n_units; i++) ts_au_unref(&s->units[i]);
	s->n = s->n_units = 0;
}
