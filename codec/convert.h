/* convert - makes any decoded picture YUV420P, BT.601 limited range. Private to codec/.
 *
 *   YUV420P, 601 or nothing said ----------------------------------------> as it is, no copy
 *   YUV420P, another matrix or full range --> 3x3 matrix on YUV -----------> new picture
 *   another pixel format --> swscale to YUV420P --> (matrix, as above) ----> new picture
 *
 * Colours are only reinterpreted where the stream says so. Primaries and transfer are left alone:
 * their difference between BT.601 and BT.709 is below what a conference shows.
 * Thread  that of its owner.
 * Full    new pictures come from the pool of the decoder, and count as its own do (picture_pool.h):
 *         TS_ENOMEM.
 */
#ifndef TS_CODEC_CONVERT_H
#define TS_CODEC_CONVERT_H

#include "base/media.h"
#include <libavutil/frame.h>
#include <stdint.h>

struct SwsContext;
struct ts_picture_pool;

/* 14-bit fixed point. u and v are differences from 128: y' = c + ky y + ku u + kv v, u' = 128 + uu
 * u + uv v, v' likewise */
struct ts_colour_matrix { int32_t c, ky, ku, kv, uu, uv, vu, vv; };

struct ts_convert {
	struct SwsContext *sws;
	struct ts_colour_matrix matrix;
	int matrix_space, matrix_range; /* what matrix was made for; -1: nothing yet */
	int32_t *add;                    /* of one row of chroma, to the luma beside it */
	int add_cap;
};

void ts_convert_init(struct ts_convert *convert);
void ts_convert_fini(struct ts_convert *convert);
/* Replaces *frame, if need be, by its conversion (timestamps are kept). TS_ENOMEM,
 * TS_EUNSUPPORTED. */
int ts_convert(struct ts_convert *convert, struct ts_picture_pool *pictures, AVFrame **frame);

#endif
