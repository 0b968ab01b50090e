/* h265 - what the files of this folder share about H.265's syntax: NAL unit types, and the sequence
 * parameter set as far as it decides what a stream costs. Private to codec/.
 *
 *   NAL unit: [ F, type 6 bits, layer 6 bits, temporal id 3 bits | payload ]
 *
 * NAL units of Annex B and their bits are those of codec/h264.h.
 * Thread  none: plain functions.
 * Source  ITU-T H.265 7.3.1.2, 7.3.2.2, 7.3.3, 7.4.2.2; RFC 7798 1.1.4, 4.4.
 */
#ifndef TS_CODEC_H265_H
#define TS_CODEC_H265_H

#include "codec/h264.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_H265_HEADER_BYTES = 2,
	TS_H265_RADL_N = 6,
	TS_H265_RASL_N = 8,
	TS_H265_RASL_R = 9,
	TS_H265_BLA_FIRST = 16, /* of the pictures at which decoding may begin ... */
	TS_H265_IDR_W_RADL = 19,
	TS_H265_IDR_N_LP = 20,
	TS_H265_CRA = 21,
	TS_H265_IRAP_LAST = 23, /* ... 22 and 23 are reserved */
	TS_H265_SLICE_LAST = 31,
	TS_H265_VPS = 32,
	TS_H265_SPS = 33,
	TS_H265_PPS = 34,
	TS_H265_NAL_LAST = 47,
	TS_H265_AP = 48,
	TS_H265_FU = 49,
	TS_H265_PACI = 50,
	TS_H265_VPS_MAX = 16, /* ids */
	TS_H265_SPS_MAX = 16,
	TS_H265_PPS_MAX = 64,
};

static inline uint8_t ts_h265_type(uint8_t first)
{
	return first >> 1 & 0x3f;
}
/* Of the layers beyond the base layer: of scalable streams, which nobody here decodes. */
static inline bool ts_h265_is_enhancement(const uint8_t *header)
{
	return header[0] & 1 || header[1] >> 3;
}
static inline bool ts_h265_is_irap(uint8_t type)
{
	return type >= TS_H265_BLA_FIRST && type <= TS_H265_IRAP_LAST;
}
/* The bits behind a NAL unit's header. */
static inline struct ts_bits ts_h265_bits(const uint8_t *nal, size_t len)
{
	return len > 1 ? ts_bits(nal + 1, len - 1) : ts_bits(nal, 0);
}

struct ts_h265_sps {
	uint8_t id, profile_idc, chroma_format_idc;
	uint8_t bit_depth;    /* the larger of luma's and chroma's */
	uint8_t pictures;     /* the decoder keeps at most, the current one among them */
	int coded_width, coded_height;
	int width, height;    /* as shown */
};

/* nal: with its header. TS_EBADMSG: cut off, or values that the standard forbids. */
int ts_h265_sps_parse(struct ts_h265_sps *out, const uint8_t *nal, size_t len);

#endif
