/* vp8_descriptor - the payload descriptor in front of each VP8 payload.
 *
 * Thread  none: plain functions. Source RFC 7741 4.2. Private to codec/.
 */
#ifndef TS_CODEC_VP8_DESCRIPTOR_H
#define TS_CODEC_VP8_DESCRIPTOR_H

#include "base/bytes.h"
#include <stdbool.h>

enum {
	/* first byte */
	TS_VP8_HAS_EXT = 0x80,
	TS_VP8_STARTS_PARTITION = 0x10,
	TS_VP8_PARTITION = 0x07,
	/* the extension byte */
	TS_VP8_HAS_PICTURE_ID = 0x80,
	TS_VP8_HAS_TL0PICIDX = 0x40,
	TS_VP8_HAS_TID = 0x20,
	TS_VP8_HAS_KEYIDX = 0x10,
	TS_VP8_LONG_PICTURE_ID = 0x80,
};

/* Skips the descriptor and returns its first byte; bad in r if it is cut off. */
static inline uint8_t ts_vp8_read_descriptor(struct ts_rd *r)
{
	uint8_t first = ts_rd_u8(r);
	if (!(first & TS_VP8_HAS_EXT)) return first;
	uint8_t ext = ts_rd_u8(r);
	if (ext & TS_VP8_HAS_PICTURE_ID && ts_rd_u8(r) & TS_VP8_LONG_PICTURE_ID) ts_rd_u8(r);
	if (ext & TS_VP8_HAS_TL0PICIDX) ts_rd_u8(r);
	if (ext & (TS_VP8_HAS_TID | TS_VP8_HAS_KEYIDX)) ts_rd_u8(r);
	return first;
}

static inline bool ts_vp8_starts_frame(uint8_t descriptor)
{
	return descriptor & TS_VP8_STARTS_PARTITION && !(descriptor & TS_VP8_PARTITION);
}

#endif
