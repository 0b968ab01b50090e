/* h264_gate - what of an H.264 stream goes on to libavcodec: only what was negotiated and what
 * memory allows.
 *
 *   access unit --> SPS, PPS kept by id --> the SPS that its slices use --> 0, or why not
 *
 * Parameter sets may change in mid-stream, stand anywhere in the unit, and name each other by id as
 * in the decoder, so every NAL unit that libavcodec will find is looked at, a few bits of each
 * slice included.
 * Thread  that of its owner, the decoder. Private to codec/.
 */
#ifndef TS_CODEC_H264_GATE_H
#define TS_CODEC_H264_GATE_H

#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/video.h"

struct ts_h264_gate {
	struct ts_h264_sps sps[TS_H264_SPS_MAX];   /* mb_w 0: none */
	struct ts_refusal refusal[TS_H264_SPS_MAX]; /* of each */
	uint8_t sps_of[TS_H264_PPS_MAX];            /* 1 + the id of its SPS; 0: no such PPS */
	bool idr;                                   /* the unit looked at last has an IDR slice */
	uint32_t refs;                              /* of its SPS */
	/* it brought one that differs from the one before */
	bool new_sps;
};

/* unit: Annex B. 0; else TS_ELIMIT or TS_EUNSUPPORTED and *why. What is malformed is left to the
 * decoder, which refuses it. */
int ts_h264_gate(struct ts_h264_gate *gate, const uint8_t *unit, size_t len,
	struct ts_refusal *why);

#endif
