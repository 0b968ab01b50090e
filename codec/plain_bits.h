/* plain_bits - reads bits of VP9 and AV1 headers, which have no emulation prevention bytes (those
 * of H.264 and H.265: codec/h264.h). Private to codec/.
 *
 * Past the end values are 0, and `bad` stays set: read a whole header, then check once.
 * Thread  none: a value on the stack. Source  AV1 specification 4.10.2, 4.10.3; VP9's 4.10.
 */
#ifndef TS_CODEC_PLAIN_BITS_H
#define TS_CODEC_PLAIN_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_plain_bits {
	const uint8_t *p;
	size_t at, n; /* in bits */
	bool bad;
};

static inline struct ts_plain_bits ts_plain_bits(const uint8_t *p, size_t len)
{
	return (struct ts_plain_bits){.p = p, .n = 8 * len};
}

/* n <= 32 */
static inline uint32_t ts_plain_u(struct ts_plain_bits *b, unsigned n)
{
	uint32_t v = 0;
	if (b->bad || b->n - b->at < n) {
		b->bad = true;
		return 0;
	}
	for (; n; n--, b->at++) v = v << 1 | (b->p[b->at / 8] >> (7 - b->at % 8) & 1);
	return v;
}

/* 4.10.3: as many zeros as there are bits behind the 1; the value is of no use to us. 32 zeros are
 * bad: what they mean nobody may send, and decoders differ in where they read on. */
static inline void ts_plain_skip_uvlc(struct ts_plain_bits *b)
{
	unsigned zeros = 0;
	while (!b->bad && !ts_plain_u(b, 1))
		if (++zeros == 32) b->bad = true;
	ts_plain_u(b, zeros);
}

#endif
