/* picture_pool - where a decoder's pictures lie, and what they are converted to: counted, and
 * bounded for each decoder and for all together.
 *
 *   libavcodec get_buffer2 --> [ buffers of one size, used again ] --> AVFrame
 *                  convert -->                       --> source, view, tile ... --> back, or freed
 *
 * Buffers begin as zeros, and hold pictures of one decoder alone: what a damaged picture does not
 * cover tells nothing of others.
 * A stream decides how many pictures its decoder keeps; without a bound some kilobytes hold
 * hundreds of megabytes.
 * Thread  get: the decoder's strand; pictures go back from any. A pool that is closed lives until
 *         its last picture is back.
 * Full    no picture: the decoder refuses the unit. Private to codec/.
 */
#ifndef TS_CODEC_PICTURE_POOL_H
#define TS_CODEC_PICTURE_POOL_H

#include <libavutil/frame.h>
#include <stdbool.h>

struct AVCodecContext;

struct ts_picture_pool {
	AVBufferPool *pool;
	struct ts_picture_account *account; /* of the pool; outlives it */
	int width, height;                  /* aligned as the decoder wants it */
	int linesize[3], offset[3];
	int sample_bytes;                   /* 1; 2: of more than 8 bits */
	int max; /* pictures at once; set by the owner */
	/* pictures of several sizes take turns (spatial layers): smaller ones lie in the buffers of
	 * the largest; set by the owner */
	bool layered;
	bool bare; /* laid out without the margins of a decoder */
	bool full; /* a picture was refused since this was last cleared */
};

void ts_picture_pool_fini(struct ts_picture_pool *pool);
/* For AVCodecContext.get_buffer2: YUV420P, YUVJ420P and YUV420P10 only. 0 or an AVERROR. */
int ts_picture_pool_get_buffer2(
	struct ts_picture_pool *pool, struct AVCodecContext *ctx, AVFrame *frame);
/* Planes of YUV420P, of frame->width and height, for what is made of a decoded picture. 0 or an
 * AVERROR. */
int ts_picture_pool_get(struct ts_picture_pool *pool, AVFrame *frame);

#endif
