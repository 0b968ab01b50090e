/* h264_sps - the sequence parameter set as far as it decides what a stream costs: profile, format,
 * size, references.
 *
 * It is read before libavcodec sees it, which allocates what the bytes ask for. Bounded reader;
 * nothing is kept.
 * Thread  none: plain functions.
 * Source  ITU-T H.264 7.3.2.1.1, 7.4.2.1.1, A.3.1, table A-1. Private to codec/.
 */
#ifndef TS_CODEC_H264_SPS_H
#define TS_CODEC_H264_SPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_h264_sps {
	uint8_t id, profile_idc, constraints, level_idc;
	uint8_t chroma_format_idc; /* 0: grey, 1: 4:2:0, 2: 4:2:2, 3: 4:4:4 */
	uint8_t bit_depth;         /* the larger of luma's and chroma's */
	uint32_t refs;             /* max_num_ref_frames */
	uint32_t mb_w, mb_h;       /* macroblocks of a frame */
	int width, height;         /* of a frame as shown */
};

/* nal: with its header. TS_EBADMSG: cut off, or values that the standard forbids. */
int ts_h264_sps_parse(struct ts_h264_sps *out, const uint8_t *nal, size_t len);
/* How many frames a decoder of the stated level holds (A.3.1), 16 at most; for a level that is not
 * known those of the next lower one. */
uint32_t ts_h264_sps_dpb_frames(const struct ts_h264_sps *sps);

#endif
