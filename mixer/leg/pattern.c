#include "mixer/leg/pattern.h"

#include "base/media.h"
#include <math.h>
#include <string.h>

enum {
	PERIOD_S = 2,
	BARS = 8,
	BLOCK = 40,
	BLOCK_Y = TS_PATTERN_H * 3 / 4,
	TONE_HZ = 1000,
	TONE_SAMPLES = TS_AUDIO_RATE_HZ / 5, /* 200 ms */
	FADE = TS_AUDIO_RATE_HZ / 100,
	LEVEL = 8000, /* -12 dBov */
};

/* 75 % bars, BT.601: white, yellow, cyan, green, magenta, red, blue, black */
static const uint8_t bars[BARS][3] = {{180, 128, 128}, {162, 44, 142}, {131, 156, 44},
	{112, 72, 58}, {84, 184, 198}, {65, 100, 212}, {35, 212, 114}, {16, 128, 128}};

static void fill(AVFrame *f, int p, int x, int y, int w, int h, uint8_t value)
{
	for (int row = y; row < y + h; row++)
		memset(f->data[p] + (ptrdiff_t)row * f->linesize[p] + x, value, (size_t)w);
}

static void rectangle(AVFrame *f, int x, int y, int w, int h, const uint8_t yuv[3])
{
	fill(f, 0, x, y, w, h, yuv[0]);
	fill(f, 1, x / 2, y / 2, w / 2, h / 2, yuv[1]);
	fill(f, 2, x / 2, y / 2, w / 2, h / 2, yuv[2]);
}

AVFrame *ts_pattern_picture(int64_t n)
{
	static const uint8_t white[3] = {235, 128, 128}, black[3] = {16, 128, 128};
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = 0; /* AV_PIX_FMT_YUV420P */
	f->width = TS_PATTERN_W;
	f->height = TS_PATTERN_H;
	if (av_frame_get_buffer(f, 64) < 0) {
		av_frame_free(&f);
		return NULL;
	}
	for (int i = 0; i < BARS; i++)
		rectangle(
			f, i * TS_PATTERN_W / BARS, 0, TS_PATTERN_W / BARS, TS_PATTERN_H, bars[i]);
	rectangle(f, 0, BLOCK_Y, TS_PATTERN_W, BLOCK, black);
	const int period = PERIOD_S * TS_PATTERN_FPS, at = (int)(n % period);
	rectangle(f, (TS_PATTERN_W - BLOCK) * at / (period - 1) / 2 * 2, BLOCK_Y, BLOCK, BLOCK,
		white);
	return f;
}

void ts_pattern_sound(int16_t *pcm, int n, int64_t from)
{
	for (int i = 0; i < n; i++) {
		const int at = (int)((from + i) % (PERIOD_S * TS_AUDIO_RATE_HZ));
		const int left = TONE_SAMPLES - at, edge = at < left ? at : left;
		const double gain = edge >= FADE ? 1 : edge > 0 ? (double)edge / FADE : 0;
		pcm[i] = (int16_t)lround(
			gain * LEVEL * sin(2 * 3.14159265358979 * TONE_HZ * at / TS_AUDIO_RATE_HZ));
	}
}
