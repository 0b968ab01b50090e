#include "tests/media/mark.h"
#include "base/error.h"

#include <assert.h>
#include <string.h>

enum {
	COLUMNS = 8,
	ROWS = 6,
	CELLS = COLUMNS * ROWS,
	SAMPLES = 6,       /* a cell is read at SAMPLES x SAMPLES points of its inner half */
	CONTRAST_MIN = 60, /* between the darkest and the brightest cell, of 219 drawn */
	BLACK = 16,
	WHITE = 235,
};

/* CRC-24 of RFC 4880 section 6.1, over the 24 bits of who and frame. */
static uint32_t crc24(uint32_t data)
{
	uint32_t crc = 0xb704ce ^ data;
	for (int i = 0; i < 24; i++) {
		crc <<= 1;
		if (crc & 0x1000000) crc ^= 0x1864cfb;
	}
	return crc & 0xffffff;
}

static uint64_t code_of(struct ts_mark mark)
{
	const uint32_t data = (uint32_t)mark.who << 16 | mark.frame;
	return (uint64_t)data << 24 | crc24(data);
}

/* Where the box is, in pixels: around (cx, cy), for a picture whose shorter side is `side`. */
struct box {
	double cx, cy, side;
};

static double column_x(const struct box *b, double column)
{
	return b->cx + (column - COLUMNS / 2.0) * b->side / 9;
}
static double row_y(const struct box *b, double row)
{
	return b->cy + (row - ROWS / 2.0) * b->side / 12;
}

static void fill(AVFrame *f, int plane, const int x[2], const int y[2], uint8_t value)
{
	for (int i = y[0]; i < y[1]; i++)
		memset(f->data[plane] + (ptrdiff_t)i * f->linesize[plane] + x[0], value,
			(size_t)(x[1] - x[0]));
}

void ts_mark_draw(AVFrame *picture, struct ts_mark mark)
{
	const int w = picture->width, h = picture->height;
	assert(picture->format == AV_PIX_FMT_YUV420P && w >= 64 && h >= 64);
	const struct box box = {w / 2.0, h / 2.0, w < h ? w : h};
	const uint64_t code = code_of(mark);
	for (int i = 0; i < CELLS; i++) {
		const int column = i % COLUMNS, row = i / COLUMNS;
		const int x[2] = {(int)column_x(&box, column), (int)column_x(&box, column + 1)};
		const int y[2] = {(int)row_y(&box, row), (int)row_y(&box, row + 1)};
		fill(picture, 0, x, y, code >> (CELLS - 1 - i) & 1 ? WHITE : BLACK);
	}
	const int x[2] = {(int)column_x(&box, 0) / 2, (int)column_x(&box, COLUMNS) / 2};
	const int y[2] = {(int)row_y(&box, 0) / 2, (int)row_y(&box, ROWS) / 2};
	fill(picture, 1, x, y, 128);
	fill(picture, 2, x, y, 128);
}

static int cell_mean(const AVFrame *canvas, const struct box *box, int cell)
{
	const int column = cell % COLUMNS, row = cell / COLUMNS;
	int sum = 0;
	for (int i = 0; i < SAMPLES; i++) {
		const int y = (int)row_y(box, row + 0.25 + 0.5 * (i + 0.5) / SAMPLES);
		for (int k = 0; k < SAMPLES; k++) {
			const int x = (int)column_x(box, column + 0.25 + 0.5 * (k + 0.5) / SAMPLES);
			sum += canvas->data[0][(ptrdiff_t)y * canvas->linesize[0] + x];
		}
	}
	return sum / (SAMPLES * SAMPLES);
}

static int read_box(struct ts_mark *out, const AVFrame *canvas, const struct box *box)
{
	int mean[CELLS], low = 255, high = 0;
	for (int i = 0; i < CELLS; i++) {
		mean[i] = cell_mean(canvas, box, i);
		if (mean[i] < low) low = mean[i];
		if (mean[i] > high) high = mean[i];
	}
	if (high - low < CONTRAST_MIN) return TS_EAGAIN;
	uint64_t code = 0;
	for (int i = 0; i < CELLS; i++) code = code << 1 | (2 * mean[i] > low + high);
	const struct ts_mark mark = {(uint8_t)(code >> 40), (uint16_t)(code >> 24)};
	if (code_of(mark) != code) return TS_EAGAIN;
	*out = mark;
	return 0;
}

static double min(double a, double b)
{
	return a < b ? a : b;
}
static double max(double a, double b)
{
	return a > b ? a : b;
}

/* What the shorter side of a source of this shape measures in the tile. */
static double side_in_tile(double aspect, const struct ts_rect *tile, enum ts_fit fit)
{
	/* the source is aspect x 1 */
	const double zoom_w = tile->w / aspect, zoom_h = tile->h;
	const double zoom = fit == TS_FIT_FILL ? max(zoom_w, zoom_h) : min(zoom_w, zoom_h);
	return zoom * min(aspect, 1);
}

int ts_mark_read(struct ts_mark *out, const AVFrame *canvas, const struct ts_rect *tile)
{
	const double aspects[] = {
		16 / 9.0, 4 / 3.0, (double)tile->w / tile->h, 1, 3 / 4.0, 9 / 16.0};
	struct box box = {tile->x + tile->w / 2.0, tile->y + tile->h / 2.0, 0};
	for (size_t i = 0; i < 2 * sizeof(aspects) / sizeof(aspects[0]); i++) {
		box.side = side_in_tile(aspects[i / 2], tile, i % 2 ? TS_FIT_FIT : TS_FIT_FILL);
		/* cropped away in part */
		if (box.side * 8 / 9 > tile->w || box.side / 2 > tile->h) continue;
		if (read_box(out, canvas, &box) == 0) return 0;
	}
	return TS_EAGAIN;
}
