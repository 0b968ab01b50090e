#include "tests/media/scene.h"
#include "base/error.h"
#include "tests/media/mark.h"

#include <libavutil/buffer.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	GRAIN_SAMPLES = 1 << 16,
	WALL_LUMA = 110,
	HEAD_LUMA = 165,
};

struct ts_scene {
	uint8_t who;
	int w, h;
	uint32_t seed;
	uint8_t *wall; /* uint8[h][w], luma with its soft pattern */
	int8_t *grain; /* int8[GRAIN_SAMPLES + w], -3 .. 3 */
	AVBufferPool *pool;
};

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/* Golden angle: the hues of any first n people are well apart. */
struct ts_colour ts_scene_colour(uint8_t who)
{
	const double hue = who * 2.399963, radius = 62 - 14 * (who / 8 % 3);
	return (struct ts_colour){WALL_LUMA, (uint8_t)lrint(128 + radius * cos(hue)),
		(uint8_t)lrint(128 + radius * sin(hue))};
}

uint8_t ts_scene_colour_owner(struct ts_colour colour, int n)
{
	int best = 0, best_distance = 1 << 30;
	for (int who = 0; who < n; who++) {
		const struct ts_colour c = ts_scene_colour((uint8_t)who);
		const int du = c.u - colour.u, dv = c.v - colour.v;
		if (du * du + dv * dv >= best_distance) continue;
		best_distance = du * du + dv * dv;
		best = who;
	}
	return (uint8_t)best;
}

static void paint_wall(struct ts_scene *s)
{
	for (int y = 0; y < s->h; y++) {
		for (int x = 0; x < s->w; x++) {
			const double pattern = sin(x * 0.05 + s->who) * sin(y * 0.07) +
				0.5 * sin((x + 2 * y) * 0.013);
			s->wall[(size_t)y * (size_t)s->w + (size_t)x] = (uint8_t)(WALL_LUMA +
				8 * pattern);
		}
	}
}

int ts_scene_create(struct ts_scene **out, uint8_t who, int width, int height)
{
	struct ts_scene *s = calloc(1, sizeof(*s));
	if (!s) return TS_ENOMEM;
	*s = (struct ts_scene){.who = who, .w = width, .h = height, .seed = who + 1u};
	s->wall = malloc((size_t)width * (size_t)height);
	s->grain = malloc((size_t)(GRAIN_SAMPLES + width));
	s->pool = av_buffer_pool_init((size_t)width * (size_t)height * 3 / 2 + 64, NULL);
	if (!s->wall || !s->grain || !s->pool) {
		ts_scene_destroy(&s);
		return TS_ENOMEM;
	}
	paint_wall(s);
	for (int i = 0; i < GRAIN_SAMPLES + width; i++)
		s->grain[i] =
			(int8_t)((int)(next_random(&s->seed) % 4 + next_random(&s->seed) % 4) - 3);
	*out = s;
	return 0;
}

void ts_scene_destroy(struct ts_scene **scene)
{
	struct ts_scene *s = *scene;
	if (!s) return;
	*scene = NULL;
	free(s->wall);
	free(s->grain);
	av_buffer_pool_uninit(&s->pool);
	free(s);
}

static AVFrame *new_picture(struct ts_scene *s)
{
	AVFrame *f = av_frame_alloc();
	AVBufferRef *buf = av_buffer_pool_get(s->pool);
	if (!f || !buf) {
		av_frame_free(&f);
		av_buffer_unref(&buf);
		return NULL;
	}
	f->buf[0] = buf;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = s->w;
	f->height = s->h;
	f->linesize[0] = s->w;
	f->linesize[1] = f->linesize[2] = s->w / 2;
	f->data[0] = buf->data;
	f->data[1] = f->data[0] + (ptrdiff_t)s->w * s->h;
	f->data[2] = f->data[1] + (ptrdiff_t)s->w * s->h / 4;
	return f;
}

/* Columns of the head in a row; empty when first >= last. */
struct span {
	int first, last;
};

/* An ellipse in the middle 70 % of the picture that sways and nods. */
static struct span head_in_row(const struct ts_scene *s, int y, double time_s)
{
	const double rx = 0.24 * s->w, ry = 0.36 * s->h;
	const double cx = s->w * (0.5 + 0.06 * sin(2.1 * time_s + s->who)),
		     cy = s->h * (0.5 + 0.03 * sin(3.3 * time_s));
	const double dy = (y + 0.5 - cy) / ry;
	if (fabs(dy) >= 1) return (struct span){0, 0};
	const double half = rx * sqrt(1 - dy * dy);
	return (struct span){(int)(cx - half), (int)(cx + half)};
}

static void draw_luma(struct ts_scene *s, AVFrame *f, double time_s)
{
	for (int y = 0; y < s->h; y++) {
		uint8_t *row = f->data[0] + (ptrdiff_t)y * f->linesize[0];
		const uint8_t *wall = s->wall + (ptrdiff_t)y * s->w;
		const int8_t *grain = s->grain + next_random(&s->seed) % GRAIN_SAMPLES;
		const struct span head = head_in_row(s, y, time_s);
		for (int x = 0; x < s->w; x++) row[x] = (uint8_t)(wall[x] + grain[x]);
		for (int x = head.first; x < head.last; x++)
			row[x] = (uint8_t)(row[x] + HEAD_LUMA - WALL_LUMA);
	}
}

static void draw_chroma(struct ts_scene *s, AVFrame *f, double time_s)
{
	const struct ts_colour c = ts_scene_colour(s->who);
	for (int y = 0; y < s->h / 2; y++) {
		const struct span head = head_in_row(s, 2 * y, time_s);
		for (int p = 1; p < 3; p++) {
			uint8_t *row = f->data[p] + (ptrdiff_t)y * f->linesize[p];
			memset(row, p == 1 ? c.u : c.v, (size_t)s->w / 2);
			/* skin */
			if (head.first < head.last)
				memset(row + head.first / 2, p == 1 ? 108 : 148,
					(size_t)(head.last - head.first) / 2);
		}
	}
}

AVFrame *ts_scene_draw(struct ts_scene *s, int number, double time_s)
{
	AVFrame *f = new_picture(s);
	if (!f) return NULL;
	draw_luma(s, f, time_s);
	draw_chroma(s, f, time_s);
	ts_mark_draw(f, (struct ts_mark){s->who, (uint16_t)number});
	return f;
}
