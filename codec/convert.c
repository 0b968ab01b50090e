#include "codec/convert.h"
#include "base/error.h"
#include "codec/picture_pool.h"
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIX = 14, HALF = 1 << (FIX - 1) };

void ts_convert_init(struct ts_convert *c)
{
	*c = (struct ts_convert){.matrix_space = -1, .matrix_range = -1};
}

void ts_convert_fini(struct ts_convert *c)
{
	sws_freeContext(c->sws);
	free(c->add);
}

/* ---- new pictures ---- */

static AVFrame *new_picture(struct ts_picture_pool *pictures, const AVFrame *like)
{
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = like->width;
	f->height = like->height;
	if (av_frame_copy_props(f, like) < 0 || ts_picture_pool_get(pictures, f)) {
		av_frame_free(&f);
		return NULL;
	}
	f->colorspace = AVCOL_SPC_SMPTE170M;
	f->color_range = AVCOL_RANGE_MPEG;
	return f;
}

/* ---- matrix ---- */

struct luma_weights {
	double r, b;
};

static const struct luma_weights bt601 = {0.299, 0.114};

/* ITU-T H.273 table 4. NULL: BT.601, or nothing said. */
static const struct luma_weights *other_weights(enum AVColorSpace space)
{
	static const struct luma_weights bt709 = {0.2126, 0.0722}, bt2020 = {0.2627, 0.0593},
					 smpte240m = {0.212, 0.087}, fcc = {0.30, 0.11};
	switch (space) {
	case AVCOL_SPC_BT709: return &bt709;
	case AVCOL_SPC_BT2020_NCL:
	case AVCOL_SPC_BT2020_CL: return &bt2020;
	case AVCOL_SPC_SMPTE240M: return &smpte240m;
	case AVCOL_SPC_FCC: return &fcc;
	default: return NULL;
	}
}

static int32_t fix(double v)
{
	return (int32_t)lround(v * (1 << FIX));
}

/* From YUV of that space over RGB to BT.601, folded into one matrix. Grey stays grey in either, so
 * u' and v' do not depend on y, and y' takes y as it is but for its range. */
static void make_matrix(struct ts_colour_matrix *m, enum AVColorSpace space, bool full_range)
{
	const struct luma_weights *from = other_weights(space) ? other_weights(space) : &bt601;
	const double kr = from->r, kb = from->b, kr6 = bt601.r, kb6 = bt601.b, kg6 = 1 - kr6 - kb6;
	double red_v = 2 * (1 - kr), blue_u = 2 * (1 - kb); /* r = y + red_v v, b = y + blue_u u */
	double green_u = -kb * blue_u / (1 - kr - kb), green_v = -kr * red_v / (1 - kr - kb);
	double ku = kb6 * blue_u + kg6 * green_u, kv = kr6 * red_v + kg6 * green_v;
	double y_in = full_range ? 255 : 219, c_in = full_range ? 255 : 224,
	       y_offset = full_range ? 0 : 16;
	double c_scale = 224 / c_in;

	m->ky = fix(219 / y_in);
	m->c = fix(16) - fix(219 / y_in * y_offset) + HALF;
	m->ku = fix(219 / c_in * ku);
	m->kv = fix(219 / c_in * kv);
	m->uu = fix(c_scale * (blue_u - ku) / (2 * (1 - kb6)));
	m->uv = fix(c_scale * -kv / (2 * (1 - kb6)));
	m->vu = fix(c_scale * -ku / (2 * (1 - kr6)));
	m->vv = fix(c_scale * (red_v - kv) / (2 * (1 - kr6)));
}

static uint8_t clip(int32_t v)
{
	return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)v;
}

/* One row of chroma, and what it adds to the luma beside it, for each of the two columns and rows
 * it covers. */
static void chroma_row(const struct ts_colour_matrix *m, const uint8_t *const in[2],
	uint8_t *const out[2], int32_t *add, int n)
{
	for (int i = 0; i < n; i++) {
		int32_t u = in[0][i] - 128, v = in[1][i] - 128;
		out[0][i] = clip(((m->uu * u + m->uv * v + HALF) >> FIX) + 128);
		out[1][i] = clip(((m->vu * u + m->vv * v + HALF) >> FIX) + 128);
		add[2 * i] = add[2 * i + 1] = m->ku * u + m->kv * v + m->c;
	}
}

static void luma_row(int32_t ky, const uint8_t *y, const int32_t *add, uint8_t *out, int n)
{
	for (int i = 0; i < n; i++) out[i] = clip((ky * y[i] + add[i]) >> FIX);
}

/* For one row of chroma, and what it adds. */
static int make_room(struct ts_convert *c, int width)
{
	if (width + 1 <= c->add_cap) return 0;
	int32_t *add = realloc(c->add, ((size_t)width + 1) * sizeof *add);
	if (!add) return TS_ENOMEM;
	c->add = add;
	c->add_cap = width + 1;
	return 0;
}

static void apply_matrix(struct ts_convert *c, const AVFrame *in, AVFrame *out)
{
	for (int row = 0; row < (in->height + 1) / 2; row++) {
		const uint8_t *uv[2];
		uint8_t *uv_out[2];
		for (int p = 0; p < 2; p++) {
			uv[p] = in->data[1 + p] + (ptrdiff_t)row * in->linesize[1 + p];
			uv_out[p] = out->data[1 + p] + (ptrdiff_t)row * out->linesize[1 + p];
		}
		chroma_row(&c->matrix, uv, uv_out, c->add, (in->width + 1) / 2);
		for (int y = 2 * row; y < 2 * row + 2 && y < in->height; y++)
			luma_row(c->matrix.ky, in->data[0] + (ptrdiff_t)y * in->linesize[0], c->add,
				out->data[0] + (ptrdiff_t)y * out->linesize[0], in->width);
	}
}

/* ---- steps ---- */

/* RGB becomes BT.601, YUV of other formats keeps its matrix; the range stays (swscale would forget
 * about it on some of its paths). */
static int to_yuv420p(
	struct ts_convert *c, struct ts_picture_pool *pictures, AVFrame **frame, bool full_range)
{
	const AVFrame *in = *frame;
	c->sws = sws_getCachedContext(c->sws, in->width, in->height, in->format, in->width,
		in->height, AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
	if (!c->sws) return TS_EUNSUPPORTED;
	const int *space = sws_getCoefficients(SWS_CS_ITU601);
	if (sws_setColorspaceDetails(
		    c->sws, space, full_range, space, full_range, 0, 1 << 16, 1 << 16) < 0)
		return TS_EUNSUPPORTED;
	AVFrame *out = new_picture(pictures, in);
	if (!out) return TS_ENOMEM;
	sws_scale(c->sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height, out->data,
		out->linesize);
	out->colorspace = in->colorspace;
	av_frame_free(frame);
	*frame = out;
	return 0;
}

static int to_bt601(
	struct ts_convert *c, struct ts_picture_pool *pictures, AVFrame **frame, bool full_range)
{
	const AVFrame *in = *frame;
	if (make_room(c, in->width)) return TS_ENOMEM;
	AVFrame *out = new_picture(pictures, in);
	if (!out) return TS_ENOMEM;
	if (c->matrix_space != (int)in->colorspace || c->matrix_range != full_range) {
		make_matrix(&c->matrix, in->colorspace, full_range);
		c->matrix_space = (int)in->colorspace;
		c->matrix_range = full_range;
	}
	apply_matrix(c, in, out);
	av_frame_free(frame);
	*frame = out;
	return 0;
}

static bool is_full_range(const AVFrame *f)
{
	switch (f->format) {
	case AV_PIX_FMT_YUVJ420P:
	case AV_PIX_FMT_YUVJ422P:
	case AV_PIX_FMT_YUVJ444P: return true;
	case AV_PIX_FMT_GBRP: return false; /* of the YUV that swscale makes of it */
	default: return f->color_range == AVCOL_RANGE_JPEG;
	}
}

int ts_convert(struct ts_convert *c, struct ts_picture_pool *pictures, AVFrame **frame)
{
	bool full_range = is_full_range(*frame);
	if ((*frame)->format != AV_PIX_FMT_YUV420P && (*frame)->format != AV_PIX_FMT_YUVJ420P) {
		int err = to_yuv420p(c, pictures, frame, full_range);
		if (err) return err;
	}
	if (!full_range && !other_weights((*frame)->colorspace)) return 0;
	return to_bt601(c, pictures, frame, full_range);
}
