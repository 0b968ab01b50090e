#include "codec/picture_pool.h"
#include "base/counter.h"
#include "base/ref.h"
#include "codec/video.h"
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ALIGN = 64, SLACK = 64 /* libavcodec's reads past a row */, PLANES = 3 };

struct ts_video_limits ts_video_limits = {
	.picture_px = 4096 * 2304, .memory_bytes = INT64_C(1) << 30};

struct ts_picture_account {
	struct ts_ref refs; /* the pool and its buffers */
	atomic_int n;       /* buffers that exist */
	int max;
	size_t bytes; /* of one */
};

static void account_unref(struct ts_picture_account *a)
{
	if (ts_ref_put(&a->refs)) free(a);
}

static void buffer_free(void *opaque, uint8_t *data)
{
	struct ts_picture_account *a = opaque;
	av_free(data);
	ts_count_add(TS_C_PICTURE_MEMORY, -(int64_t)a->bytes);
	atomic_fetch_sub_explicit(&a->n, 1, memory_order_relaxed);
	account_unref(a);
}

static AVBufferRef *buffer_alloc(void *opaque, size_t size)
{
	struct ts_picture_account *a = opaque;
	if (atomic_load_explicit(&a->n, memory_order_relaxed) >= a->max) return NULL;
	if (ts_count_get(TS_C_PICTURE_MEMORY) + (int64_t)size > ts_video_limits.memory_bytes)
		return NULL;
	/* A damaged picture leaves parts of its buffer as they were: nothing, or an older picture
	 * of the same stream, but never what lay in this memory before. */
	uint8_t *data = av_mallocz(size);
	AVBufferRef *buf = data ? av_buffer_create(data, size, buffer_free, a, 0) : NULL;
	if (!buf) {
		av_free(data);
		return NULL;
	}
	ts_ref_get(&a->refs);
	atomic_fetch_add_explicit(&a->n, 1, memory_order_relaxed);
	ts_count_add(TS_C_PICTURE_MEMORY, (int64_t)size);
	return buf;
}

static void pool_free(void *opaque)
{
	account_unref(opaque);
}

void ts_picture_pool_fini(struct ts_picture_pool *p)
{
	av_buffer_pool_uninit(&p->pool);
	p->account = NULL;
}

static int sample_bytes(const AVFrame *frame)
{
	return frame->format == AV_PIX_FMT_YUV420P10 ? 2 : 1;
}

/* As avcodec_default_get_buffer2 lays pictures out, but all planes in one buffer. ctx NULL: not for
 * a decoder. */
static int open_pool(struct ts_picture_pool *p, AVCodecContext *ctx, const AVFrame *frame)
{
	int w = frame->width, h = frame->height, align[AV_NUM_DATA_POINTERS];
	if (ctx) avcodec_align_dimensions2(ctx, &w, &h, align);
	/* so that rows of chroma are aligned too */
	const int bytes = sample_bytes(frame);
	w = (bytes * w + 2 * ALIGN - 1) / (2 * ALIGN) * (2 * ALIGN);
	ts_picture_pool_fini(p);
	struct ts_picture_account *a = calloc(1, sizeof *a);
	if (!a) return AVERROR(ENOMEM);
	int at = 0;
	for (int i = 0; i < PLANES; i++) {
		p->linesize[i] = i ? w / 2 : w;
		p->offset[i] = at;
		at += p->linesize[i] * (i ? (h + 1) / 2 : h) + SLACK;
		at = (at + ALIGN - 1) / ALIGN * ALIGN;
	}
	a->bytes = (size_t)at + ALIGN;
	ts_ref_init(&a->refs, 1);
	p->pool = av_buffer_pool_init2(a->bytes, a, buffer_alloc, pool_free);
	if (!p->pool) {
		free(a);
		return AVERROR(ENOMEM);
	}
	p->account = a;
	p->bare = !ctx;
	p->sample_bytes = bytes;
	p->width = frame->width;
	p->height = frame->height;
	return 0;
}

static int take(struct ts_picture_pool *p, AVFrame *frame)
{
	p->account->max = p->max;
	frame->buf[0] = av_buffer_pool_get(p->pool);
	if (!frame->buf[0]) {
		p->full = true;
		return AVERROR(ENOMEM);
	}
	uint8_t *base = (uint8_t *)(((uintptr_t)frame->buf[0]->data + ALIGN - 1) / ALIGN * ALIGN);
	for (int i = 0; i < PLANES; i++) {
		frame->data[i] = base + p->offset[i];
		frame->linesize[i] = p->linesize[i];
	}
	frame->extended_data = frame->data;
	return 0;
}

/* Of layers the smallest has a sixteenth of the largest one's area, or another stream began. */
static bool fits(const struct ts_picture_pool *p, const AVFrame *frame)
{
	enum { LAYERS_AREA = 16 };
	if (!p->pool || p->bare || p->sample_bytes != sample_bytes(frame)) return false;
	if (p->width == frame->width && p->height == frame->height) return true;
	return p->layered && frame->width <= p->width && frame->height <= p->height &&
		(int64_t)frame->width * frame->height * LAYERS_AREA >=
		(int64_t)p->width * p->height;
}

int ts_picture_pool_get_buffer2(struct ts_picture_pool *p, AVCodecContext *ctx, AVFrame *frame)
{
	if (frame->format != AV_PIX_FMT_YUV420P && frame->format != AV_PIX_FMT_YUVJ420P &&
		frame->format != AV_PIX_FMT_YUV420P10)
		return AVERROR(EINVAL);
	if (!fits(p, frame)) {
		int err = open_pool(p, ctx, frame);
		if (err) return err;
	}
	return take(p, frame);
}

/* A stream that has just changed its size may still show a picture of before; a larger one opens
 * another pool. */
int ts_picture_pool_get(struct ts_picture_pool *p, AVFrame *frame)
{
	if (!p->pool || frame->width > p->width || frame->height > p->height) {
		int err = open_pool(p, NULL, frame);
		if (err) return err;
	}
	return take(p, frame);
}
