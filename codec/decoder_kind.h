/* decoder_kind - what video_decoder.c must know of one codec: libavcodec's decoder, and the gate
 * that looks at each unit before libavcodec allocates what its bytes ask for. One constant a codec,
 * reached by the registry. Private to codec/.
 *
 *   unit --gate--> refused, or how many pictures the decoder will keep --> libavcodec
 *
 * Thread  that of the decoder.
 */
#ifndef TS_CODEC_DECODER_KIND_H
#define TS_CODEC_DECODER_KIND_H

#include "codec/video.h"

/* What a gate found; zeroed before each call. */
struct ts_gate {
	struct ts_refusal refusal; /* why the unit is not for the decoder */
	uint32_t refs;             /* pictures that the decoder keeps for reference */
	int64_t own_bytes; /* of pictures that the library allocates itself, not out of our pool */
	/* the largest area that the library may allocate for; another one makes it be opened anew,
	 * with a keyframe. 0: as ts_picture_is_allowed says */
	int64_t max_px;
	/* the unit's parameters differ from those before: a stream that was refused may be taken */
	bool renewed;
	bool no_key; /* a unit at which decoding begins is no keyframe proper: errors follow */
};

struct ts_decoder_kind {
	const char *library; /* the decoder's name */
	bool deep;           /* pictures of 10 bits, too */
	bool unsized;        /* libavcodec asks for a pixel format before it knows the size, too */
	bool strict;         /* the library tells of damage only if it is to stop there */
	bool tainted;        /* after an error flushing it does not make it as new */
	bool layered;        /* a unit may hold pictures of several sizes */
	int max_width, max_height; /* 0: what ts_picture_is_allowed says */
	size_t state_bytes;        /* zeroed memory for the gate */
	/* 0; else TS_ELIMIT or TS_EUNSUPPORTED and out->refusal. What is malformed is left to
	 * libavcodec, which refuses it, or TS_EBADMSG where that may read it in another way. NULL:
	 * all is said above. */
	int (*gate)(void *state, const AVPacket *unit, struct ts_gate *out);
};

/* Sets the refusal: TS_ELIMIT for a size, TS_EUNSUPPORTED for all else. */
int ts_gate_refuse(struct ts_gate *gate, enum ts_refusal_kind kind, int width, int height,
	unsigned detail);

extern const struct ts_decoder_kind ts_h264_decoder, ts_vp8_decoder, ts_h263_decoder,
	ts_h263_1998_decoder, ts_h261_decoder, ts_vp9_decoder, ts_av1_decoder, ts_h265_decoder;

#endif
