/* RTP payload formats for H.263: RFC 2190 ("H263", payload type 34) and RFC 4629 ("H263-1998",
 * "H263-2000"). The bitstream is the same; RFC 2190 may cut it in the middle of a byte. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/h263.h"
#include "codec/rtp_format.h"
#include <string.h>

enum {
	/* So many pictures without a keyframe in a broken stream: the peer does not answer requests
	 * for one. Each macroblock is coded by itself once in 132 pictures (H.263 4.4), so what is
	 * shown becomes whole again. */
	STALE_UNITS = 15,
	/* RFC 2190 5.1 to 5.3: lengths of the header in modes A, B, C */
	A_BYTES = 4,
	B_BYTES = 8,
	C_BYTES = 12,
	F = 0x80,
	P = 0x40,
	/* RFC 4629 5.1 */
	PLUS_BYTES = 2,
	PLUS_P = 0x04,
	PLUS_V = 0x02,
};

struct h263 {
	bool open;
	enum ts_entry entry;
	unsigned free_bits;   /* of the unit's last byte, 0 .. 7 */
	unsigned stale_units; /* since the last keyframe */
};

static void h263_begin(void *state, bool gap, enum ts_entry entry)
{
	struct h263 *h = state;
	(void)gap; /* the start code tells what a gap leaves open */
	h->open = false;
	h->entry = entry;
	h->free_bits = 0;
}

static int h263_end(void *state, struct ts_unit *unit, bool *key)
{
	struct h263 *h = state;
	struct ts_h263_picture picture;
	if (!unit->len || ts_h263_read_picture(&picture, unit->buf->data, unit->len))
		return TS_EBADMSG;
	if (h->stale_units <= STALE_UNITS) h->stale_units++;
	*key = picture.intra || (h->entry == TS_ENTRY_ANY && h->stale_units > STALE_UNITS);
	if (picture.intra) h->stale_units = 0;
	return 0;
}

/* ---- RFC 2190 */

/* The header's length by its mode. */
static size_t header_bytes(uint8_t first)
{
	return !(first & F) ? A_BYTES : !(first & P) ? B_BYTES : C_BYTES;
}

static bool h263_begins(const uint8_t *payload, size_t len)
{
	const size_t head = len ? header_bytes(payload[0]) : 0;
	return len > head && ts_h263_is_picture_start(payload + head, len - head);
}

static bool h263_continues(const void *state, const uint8_t *payload, size_t len)
{
	const struct h263 *h = state;
	return h->open && !h263_begins(payload, len);
}

static int h263_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct h263 *h = state;
	struct ts_rd r = ts_rd(payload, len);
	const uint8_t *head = ts_rd_bytes(&r, header_bytes(payload[0]));
	const size_t n = ts_rd_left(&r);
	if (!head || !n) return TS_EBADMSG;
	if (!h->open && !ts_h263_is_picture_start(r.p, n)) return TS_EAGAIN;
	h->open = true;
	return ts_unit_add_bits(unit, &h->free_bits, r.p, n, head[0] >> 3 & 7, head[0] & 7);
}

/* ---- RFC 4629 */

static bool plus_begins(const uint8_t *payload, size_t len)
{
	struct ts_rd r = ts_rd(payload, len);
	const uint16_t head = ts_rd_u16(&r);
	if (head >> 8 & PLUS_V) ts_rd_u8(&r);
	ts_rd_bytes(&r, head >> 3 & 0x3f);
	return head >> 8 & PLUS_P && (ts_rd_u8(&r) & 0xfc) == 0x80 && !r.bad;
}

static bool plus_continues(const void *state, const uint8_t *payload, size_t len)
{
	const struct h263 *h = state;
	return h->open && !plus_begins(payload, len);
}

/* P: two bytes of zero that every start code begins with were left out. The repeated picture header
 * is for who lost the first packet, of which we show nothing. */
static int plus_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct h263 *h = state;
	struct ts_rd r = ts_rd(payload, len);
	const uint16_t head = ts_rd_u16(&r);
	const size_t zeros = head >> 8 & PLUS_P ? 2 : 0;
	if (head >> 8 & PLUS_V) ts_rd_u8(&r);
	ts_rd_bytes(&r, head >> 3 & 0x3f);
	const size_t n = ts_rd_left(&r);
	if (r.bad || !n) return TS_EBADMSG;
	if (!h->open && !plus_begins(payload, len)) return TS_EAGAIN;
	h->open = true;
	uint8_t *at = ts_unit_add(unit, zeros + n);
	if (!at) return TS_ELIMIT;
	memset(at, 0, zeros);
	memcpy(at + zeros, r.p, n);
	return 0;
}

const struct ts_rtp_format ts_rtp_h263 = {
	.state_bytes = sizeof(struct h263),
	.begins = h263_begins,
	.continues = h263_continues,
	.begin = h263_begin,
	.join = h263_join,
	.end = h263_end,
	.packetize = ts_h263_packetize,
};

const struct ts_rtp_format ts_rtp_h263_1998 = {
	.state_bytes = sizeof(struct h263),
	.begins = plus_begins,
	.continues = plus_continues,
	.begin = h263_begin,
	.join = plus_join,
	.end = h263_end,
	.packetize = ts_h263_1998_packetize,
};
