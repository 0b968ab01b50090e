/* RTP payload format for H.261: RFC 4587. Payloads may begin and end in the middle of a byte.
 *
 *   SBIT 3 | EBIT 3 | I | V | GOBN 4 | MBAP 5 | QUANT 5 | HMVD 5 | VMVD 5
 *
 * What we send is cut at groups of blocks alone, so that the second half is 0: the encoder sees to
 * it that each fits (h263_encoder.c). */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/h261.h"
#include "codec/rtp_format.h"
#include <string.h>

enum {
	HEAD_BYTES = 4,
	/* as of H.263: each macroblock is coded by itself once in 132 pictures (H.261 3.4) */
	STALE_UNITS = 15,
};

struct h261 {
	bool open;
	enum ts_entry entry;
	unsigned free_bits;   /* of the unit's last byte, 0 .. 7 */
	unsigned stale_units; /* since the last keyframe */
};

static void h261_begin(void *state, bool gap, enum ts_entry entry)
{
	struct h261 *h = state;
	(void)gap; /* the start code tells what a gap leaves open */
	h->open = false;
	h->entry = entry;
	h->free_bits = 0;
}

static bool h261_begins(const uint8_t *payload, size_t len)
{
	return len > HEAD_BYTES &&
		ts_h261_is_picture_start(payload + HEAD_BYTES, len - HEAD_BYTES, payload[0] >> 5);
}

static bool h261_continues(const void *state, const uint8_t *payload, size_t len)
{
	const struct h261 *h = state;
	return h->open && !h261_begins(payload, len);
}

static int h261_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct h261 *h = state;
	struct ts_rd r = ts_rd(payload, len);
	const uint8_t *head = ts_rd_bytes(&r, HEAD_BYTES);
	const size_t n = ts_rd_left(&r);
	if (!head || !n) return TS_EBADMSG;
	if (!h->open && !h261_begins(payload, len)) return TS_EAGAIN;
	h->open = true;
	return ts_unit_add_bits(unit, &h->free_bits, r.p, n, head[0] >> 5, head[0] >> 2 & 7);
}

static int h261_end(void *state, struct ts_unit *unit, bool *key)
{
	struct h261 *h = state;
	struct ts_h261_picture picture;
	if (!unit->len || ts_h261_read_picture(&picture, unit->buf->data, unit->len))
		return TS_EBADMSG;
	if (h->stale_units <= STALE_UNITS) h->stale_units++;
	*key = picture.intra || (h->entry == TS_ENTRY_ANY && h->stale_units > STALE_UNITS);
	if (picture.intra) h->stale_units = 0;
	return 0;
}

/* ---- out */

static bool fits(size_t from, size_t to, size_t mtu)
{
	return HEAD_BYTES + (to + 7) / 8 - from / 8 <= mtu;
}

static int h261_packetize(
	struct ts_au **out, const AVPacket *packet, int packetization_mode, size_t mtu)
{
	enum { V = 1 };
	const uint8_t *p = packet->data;
	const size_t size = (size_t)packet->size, end = 8 * size;
	/* of two payloads in a row one is more than half full */
	const size_t most = 4 + 4 * size / mtu;
	struct ts_h261_picture picture;
	(void)packetization_mode;
	if (ts_h261_read_picture(&picture, p, size)) return TS_EINVAL;
	struct ts_au *au = ts_au_create((uint32_t)most, (uint32_t)(size + most * (HEAD_BYTES + 1)));
	if (!au) return TS_ENOMEM;
	for (size_t from = 0; from < end;) {
		/* the picture's header goes with the first group */
		size_t to = ts_h261_next_start(p, size, from ? from + 16 : 20);
		if (!from && to < end) to = ts_h261_next_start(p, size, to + 16);
		while (to < end) {
			const size_t next = ts_h261_next_start(p, size, to + 16);
			if (!fits(from, next, mtu)) break;
			to = next;
		}
		const size_t first = from / 8, n = (to + 7) / 8 - first;
		uint8_t *at = fits(from, to, mtu) ? ts_au_add(au, (uint32_t)(HEAD_BYTES + n))
						  : NULL;
		if (!at) {
			ts_au_unref(&au);
			return TS_EINVAL;
		}
		memset(at, 0, HEAD_BYTES);
		at[0] = (uint8_t)(from % 8 << 5 | (8 - to % 8) % 8 << 2 | V);
		memcpy(at + HEAD_BYTES, p + first, n);
		from = to;
	}
	*out = au;
	return 0;
}

const struct ts_rtp_format ts_rtp_h261 = {
	.state_bytes = sizeof(struct h261),
	.begins = h261_begins,
	.continues = h261_continues,
	.begin = h261_begin,
	.join = h261_join,
	.end = h261_end,
	.packetize = h261_packetize,
};
