/* h264 - what the files of this folder share about H.264's syntax: NAL unit types, units of Annex
 * B, bits. Private to codec/.
 *
 * Thread  none: plain functions.
 * Source  ITU-T H.264 7.3, 7.4.1, 9.1, annex B; RFC 6184 5.2 (packet types).
 */
#ifndef TS_CODEC_H264_H
#define TS_CODEC_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_NAL_SLICE = 1,
	TS_NAL_IDR = 5,
	TS_NAL_SEI = 6,
	TS_NAL_SPS = 7,
	TS_NAL_PPS = 8,
	TS_NAL_SINGLE_MAX = 23,
	TS_STAP_A = 24,
	TS_FU_A = 28,
	TS_FU_START = 0x80,
	TS_FU_END = 0x40,
	TS_NAL_TYPE = 0x1f,
	TS_F_NRI = 0xe0,
	TS_H264_SPS_MAX = 32, /* ids, 7.4.2.1.1 */
	TS_H264_PPS_MAX = 256,
};

struct ts_nal {
	const uint8_t *p; /* its header, behind the start code */
	size_t len;
};

/* Takes the next NAL unit out of Annex B bytes [*at, end); false when there is none. */
bool ts_nal_next(struct ts_nal *nal, const uint8_t **at, const uint8_t *end);

/* Reads the bits of a NAL unit from behind its header on, without the emulation prevention bytes
 * (7.4.1). */
struct ts_bits {
	const uint8_t *p, *end;
	unsigned zeros;   /* bytes of zero right before p */
	unsigned n, byte; /* bits left of the byte at hand */
	/* read past the end, or a code that is too long; values are 0 from then on */
	bool bad;
};

struct ts_bits ts_bits(const uint8_t *nal, size_t len);
uint32_t ts_bits_u(struct ts_bits *bits, unsigned n); /* n <= 32 */
uint32_t ts_bits_ue(struct ts_bits *bits);            /* 9.1 */
int32_t ts_bits_se(struct ts_bits *bits);             /* 9.1.1 */

#endif
