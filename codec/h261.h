/* h261 - what is read of H.261 pictures without decoding them: where one begins, and its groups of
 * blocks, at any bit; its size; whether it refers to another one.
 *
 *   PSC 0000 0000 0000 0001 0000 | TR 5 | PTYPE 6 | PEI ...      a picture
 *   GBSC 0000 0000 0000 0001 | GN 4 (1 .. 12) | GQUANT 5 | GEI   a group of blocks
 *
 * H.261 has no picture type. A picture counts as one that refers to no other when it says that a
 * frozen picture may be released, which is the answer to a request for a keyframe, or when all its
 * groups are there and begin with a macroblock that is coded by itself.
 * Bounded reader; nothing is kept.
 * Thread  none: plain functions. Private to codec/. Source ITU-T H.261 4.2.
 */
#ifndef TS_CODEC_H261_H
#define TS_CODEC_H261_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_h261_picture {
	int width, height; /* QCIF or CIF */
	bool intra;
};

/* The first bit of the first start code at bit `from` or behind; 8 * len: there is none. */
size_t ts_h261_next_start(const uint8_t *p, size_t len, size_t from);
/* Does a picture begin at that bit? */
bool ts_h261_is_picture_start(const uint8_t *p, size_t len, size_t bit);
/* TS_EBADMSG: no picture. */
int ts_h261_read_picture(struct ts_h261_picture *out, const uint8_t *p, size_t len);
/* Bytes that its largest group of blocks touches, the first with the picture's header. */
size_t ts_h261_largest_group(const uint8_t *p, size_t len);
/* Marks a whole picture as one that releases a frozen one. */
void ts_h261_release(uint8_t *p, size_t len);

#endif
