/* Payloads that begin or end in the middle of a byte: RFC 2190, RFC 4587. */
#include "base/error.h"
#include "codec/rtp_format.h"
#include <string.h>

int ts_unit_add_bits(struct ts_unit *unit, unsigned *free_bits, const uint8_t *p, size_t len,
	unsigned sbit, unsigned ebit)
{
	if (8 * len <= sbit + ebit) return TS_EBADMSG;
	if (sbit && *free_bits == 8 - sbit) { /* one byte was sent in two halves */
		unit->buf->data[unit->len - 1] |= p[0] & (uint8_t)(0xff >> sbit);
		p++;
		len--;
		sbit = 0;
		*free_bits = len ? 0 : ebit;
	}
	if (!len) return 0;
	uint8_t *at = ts_unit_add(unit, len);
	if (!at) return TS_ELIMIT;
	if (!sbit && !*free_bits) {
		memcpy(at, p, len);
		at[len - 1] &= (uint8_t)(0xff << ebit);
		*free_bits = ebit;
		return 0;
	}
	/* neither is there a hole, nor does anything fit: bit by bit */
	const size_t first = 8 * (unit->len - len) - *free_bits, n = 8 * len - sbit - ebit;
	memset(at, 0, len);
	for (size_t i = 0; i < n; i++) {
		const size_t from = sbit + i, to = first + i;
		if (p[from / 8] >> (7 - from % 8) & 1)
			unit->buf->data[to / 8] |= (uint8_t)(0x80 >> to % 8);
	}
	const size_t bytes = (first + n + 7) / 8;
	*free_bits = (unsigned)(8 * bytes - (first + n));
	unit->len = bytes;
	return 0;
}
