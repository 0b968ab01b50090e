/* vp9_header - the payload descriptor in front of each VP9 payload, and what the header of a frame
 * says before its probabilities: whether it is a keyframe, and how large. A frame of another
 * kind may tell a size, too. Private to codec/.
 *
 *   RTP payload: [ descriptor | part of one layer's frame ]
 *
 * Thread  none: plain functions.
 * Source  RFC 9628 4.2 (descriptor); VP9 bitstream specification 6.2, 7.2 (uncompressed header).
 */
#ifndef TS_CODEC_VP9_HEADER_H
#define TS_CODEC_VP9_HEADER_H

#include "base/bytes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_vp9_descriptor {
	bool begins, ends;  /* B, E: of the frame of one layer */
	bool predicted;     /* P: from earlier pictures */
	bool has_layer;     /* L: the next three are told */
	bool depends;       /* D: on the frame of the next lower layer */
	uint8_t spatial, temporal;
	int32_t picture_id; /* 7 or 15 bits; -1: not told */
	/* V: of the highest layer that the scalability structure tells; 0: none */
	uint16_t width, height;
};

/* Reads it and leaves r at the frame. TS_EBADMSG: cut off, or more references than there may be. */
int ts_vp9_read_descriptor(struct ts_vp9_descriptor *out, struct ts_rd *r);

struct ts_vp9_header {
	bool key;
	bool deep; /* of a keyframe: 12 bits */
	uint8_t profile;
	int width, height; /* 0: those of a picture that it refers to, or cut off */
};
/* TS_EBADMSG: no frame, or cut off; a frame that only shows an earlier one is none that is key. */
int ts_vp9_read_header(struct ts_vp9_header *out, const uint8_t *frame, size_t len);

/* The frames of a superframe (annex B), the whole unit if it is none. Gives how many, 8 at most; 0:
 * its index is wrong. */
enum { TS_VP9_FRAMES_MAX = 8 };
size_t ts_vp9_frames(size_t len[TS_VP9_FRAMES_MAX], const uint8_t *unit, size_t n);

#endif
