#include "codec/h264.h"

/* Points to the next 00 00 01, or to end. */
static const uint8_t *find_start(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 3) {
		if (p[2] > 1)
			p += 3; /* no start code can begin at any of them */
		else if (p[0] || p[1] || !p[2])
			p++;
		else
			return p;
	}
	return end;
}

bool ts_nal_next(struct ts_nal *nal, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = find_start(*at, end);
	if (p == end) return false;
	nal->p = p + 3;
	*at = find_start(nal->p, end);
	nal->len = (size_t)(*at - nal->p);
	/* zeros belong to the next start code: B.1 */
	while (nal->len && !nal->p[nal->len - 1]) nal->len--;
	return true;
}

struct ts_bits ts_bits(const uint8_t *nal, size_t len)
{
	return (struct ts_bits){.p = nal + (len ? 1 : 0), .end = nal + len};
}

static void next_byte(struct ts_bits *b)
{
	if (b->p < b->end && b->zeros >= 2 && *b->p == 3) {
		b->p++;
		b->zeros = 0;
	}
	if (b->p == b->end) {
		b->bad = true;
		b->byte = 0;
		b->n = 8;
		return;
	}
	b->byte = *b->p++;
	b->zeros = b->byte ? 0 : b->zeros + 1;
	b->n = 8;
}

static uint32_t next_bit(struct ts_bits *b)
{
	if (!b->n) next_byte(b);
	b->n--;
	return b->byte >> b->n & 1;
}

uint32_t ts_bits_u(struct ts_bits *b, unsigned n)
{
	uint32_t v = 0;
	while (n--) v = v << 1 | next_bit(b);
	return b->bad ? 0 : v;
}

uint32_t ts_bits_ue(struct ts_bits *b)
{
	unsigned zeros = 0;
	while (!b->bad && !next_bit(b)) zeros++;
	if (zeros > 31) b->bad = true; /* 2^32 - 1 itself is used by nothing */
	uint32_t rest = b->bad ? 0 : ts_bits_u(b, zeros);
	return b->bad ? 0 : (UINT32_C(1) << zeros) - 1 + rest;
}

int32_t ts_bits_se(struct ts_bits *b)
{
	uint32_t k = ts_bits_ue(b);
	return k & 1 ? (int32_t)(k / 2 + 1) : -(int32_t)(k / 2);
}
