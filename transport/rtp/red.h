/* red - payloads of redundant audio: a frame, and before it copies of earlier ones, so that a lost
 * packet's frame comes with the next packet.
 *
 *    0                   1                    2                   3
 *   |1|   block PT  |  timestamp offset (14)    |   block length (10)   |  each redundant block
 *   |0|   block PT  |                                                      the frame itself
 *   |  data of the blocks, in the same order ...
 *
 * The packet's timestamp is that of the frame; an earlier one is `offset` ticks older. Offsets end
 * at 16383 (341 ms of Opus), lengths at 1023 bytes.
 * Thread  none: plain functions.
 * Source  RFC 2198 3.
 */
#ifndef TS_TRANSPORT_RTP_RED_H
#define TS_TRANSPORT_RTP_RED_H

#include <stddef.h>
#include <stdint.h>

enum {
	TS_RED_BLOCKS_MAX = 8, /* of what is read, the frame itself included */
	TS_RED_OFFSET_MAX = 16383,
	TS_RED_BLOCK_BYTES_MAX = 1023,
};

struct ts_red_block {
	uint8_t pt;
	uint16_t offset; /* ticks before the packet's timestamp; the last block: 0 */
	uint32_t len;    /* may be 0: nothing of that frame is known */
	const uint8_t *data;
};

struct ts_red {
	size_t n; /* 1 or more; the last one is the frame itself, the oldest comes first */
	struct ts_red_block block[TS_RED_BLOCKS_MAX];
};

/* The blocks point into payload[len]. TS_EBADMSG: too many of them, or they do not fit. */
int ts_red_parse(struct ts_red *out, const uint8_t *payload, size_t len);
/* Bytes that ts_red_write makes; 0: it cannot be written (an offset or length too large). */
size_t ts_red_bytes(const struct ts_red *red);
/* Into out[ts_red_bytes(red)]. */
void ts_red_write(uint8_t *out, const struct ts_red *red);
/* Gives all blocks of a payload of ours the payload type of one receiver. */
void ts_red_set_pt(uint8_t *payload, size_t len, uint8_t pt);

#endif
