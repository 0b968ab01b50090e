/* av1_obu - open bitstream units: their headers, and of a sequence header what decides what a
 * stream costs. Private to codec/.
 *
 *   OBU: [ type, extension?, size? | temporal id, spatial id | size as leb128 | payload ]
 *
 * Thread  none: plain functions. Source  AV1 bitstream specification 4.10.5, 5.3, 5.5.
 */
#ifndef TS_CODEC_AV1_OBU_H
#define TS_CODEC_AV1_OBU_H

#include "base/bytes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_obu_type {
	TS_OBU_SEQUENCE_HEADER = 1,
	TS_OBU_TEMPORAL_DELIMITER = 2,
	TS_OBU_FRAME_HEADER = 3,
	TS_OBU_TILE_GROUP = 4,
	TS_OBU_METADATA = 5,
	TS_OBU_FRAME = 6,
	TS_OBU_REDUNDANT_FRAME_HEADER = 7,
	TS_OBU_TILE_LIST = 8,
	TS_OBU_PADDING = 15,
};
enum {
	TS_OBU_HAS_EXT = 0x04,
	TS_OBU_HAS_SIZE = 0x02,
	TS_LEB128_MAX = 8, /* bytes */
};

struct ts_obu {
	uint8_t type, spatial, temporal;
	const uint8_t *payload;
	size_t len;
};

/* Bad in r: cut off, or above 32 bits. */
uint32_t ts_rd_leb128(struct ts_rd *r);
/* Bytes written, at most 5. */
size_t ts_put_leb128(uint8_t *out, uint32_t value);
/* The next OBU in r, which is left behind it; one without a size goes to the end of r. False: there
 * is none, or it is cut off. */
bool ts_obu_next(struct ts_obu *out, struct ts_rd *r);

struct ts_av1_sequence {
	uint8_t profile, bit_depth;
	bool reduced;      /* of a still picture: its frames say no type */
	int width, height; /* of the largest frame */
};
/* TS_EBADMSG: cut off, or of a profile that does not exist. */
int ts_av1_read_sequence(struct ts_av1_sequence *out, const uint8_t *payload, size_t len);
/* Of a frame or a frame's header: is it a keyframe that is shown at once? */
bool ts_av1_is_key(const struct ts_obu *obu, bool reduced);

#endif
