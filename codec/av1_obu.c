#include "codec/av1_obu.h"
#include "base/error.h"
#include "codec/plain_bits.h"

enum { FORBIDDEN = 0x80, PROFILES = 3, KEY_FRAME = 0 };

uint32_t ts_rd_leb128(struct ts_rd *r)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < TS_LEB128_MAX; i++) {
		const uint8_t byte = ts_rd_u8(r);
		value |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (byte & 0x80) continue;
		if (value > UINT32_MAX) break;
		return r->bad ? 0 : (uint32_t)value;
	}
	r->bad = true;
	return 0;
}

size_t ts_put_leb128(uint8_t *out, uint32_t value)
{
	size_t n = 0;
	do {
		out[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	return n;
}

bool ts_obu_next(struct ts_obu *out, struct ts_rd *r)
{
	if (!ts_rd_left(r)) return false;
	const uint8_t head = ts_rd_u8(r);
	const uint8_t ext = head & TS_OBU_HAS_EXT ? ts_rd_u8(r) : 0;
	const size_t len = head & TS_OBU_HAS_SIZE ? ts_rd_leb128(r) : ts_rd_left(r);
	*out = (struct ts_obu){.type = head >> 3 & 15,
		.temporal = ext >> 5,
		.spatial = ext >> 3 & 3,
		.payload = ts_rd_bytes(r, len),
		.len = len};
	return !r->bad && !(head & FORBIDDEN);
}

/* 5.5.1 to 5.5.4; gives the bits of a buffer delay's length. */
static unsigned skip_timing(struct ts_plain_bits *b)
{
	if (!ts_plain_u(b, 1)) return 0;
	ts_plain_u(b, 32);
	ts_plain_u(b, 32);
	if (ts_plain_u(b, 1)) ts_plain_skip_uvlc(b);
	if (!ts_plain_u(b, 1)) return 0;
	const unsigned delay_bits = ts_plain_u(b, 5) + 1;
	ts_plain_u(b, 32);
	ts_plain_u(b, 10);
	return delay_bits;
}

static void skip_operating_points(struct ts_plain_bits *b)
{
	const unsigned delay_bits = skip_timing(b);
	const bool display_delay = ts_plain_u(b, 1);
	for (unsigned n = ts_plain_u(b, 5) + 1; n; n--) {
		ts_plain_u(b, 12);
		if (ts_plain_u(b, 5) > 7) ts_plain_u(b, 1); /* tier */
		if (delay_bits && ts_plain_u(b, 1)) {
			ts_plain_u(b, delay_bits);
			ts_plain_u(b, delay_bits);
			ts_plain_u(b, 1);
		}
		if (display_delay && ts_plain_u(b, 1)) ts_plain_u(b, 4);
	}
}

/* The tools: what follows depends on their flags. */
static void skip_tools(struct ts_plain_bits *b, bool reduced)
{
	ts_plain_u(b, 3);
	if (!reduced) {
		ts_plain_u(b, 4);
		const bool order_hint = ts_plain_u(b, 1);
		if (order_hint) ts_plain_u(b, 2);
		/* chosen by each frame, or forced on: then a word about whole-pixel vectors */
		const bool screen = ts_plain_u(b, 1) || ts_plain_u(b, 1);
		if (screen && !ts_plain_u(b, 1)) ts_plain_u(b, 1);
		if (order_hint) ts_plain_u(b, 3);
	}
	ts_plain_u(b, 3);
}

int ts_av1_read_sequence(struct ts_av1_sequence *out, const uint8_t *payload, size_t len)
{
	struct ts_plain_bits b = ts_plain_bits(payload, len);
	struct ts_av1_sequence s = {.profile = (uint8_t)ts_plain_u(&b, 3)};
	ts_plain_u(&b, 1); /* still_picture */
	s.reduced = ts_plain_u(&b, 1);
	if (s.reduced)
		ts_plain_u(&b, 5);
	else
		skip_operating_points(&b);
	const unsigned width_bits = ts_plain_u(&b, 4) + 1, height_bits = ts_plain_u(&b, 4) + 1;
	s.width = (int)ts_plain_u(&b, width_bits) + 1;
	s.height = (int)ts_plain_u(&b, height_bits) + 1;
	if (!s.reduced && ts_plain_u(&b, 1)) ts_plain_u(&b, 7); /* frame ids */
	skip_tools(&b, s.reduced);
	s.bit_depth = ts_plain_u(&b, 1) ? 10 : 8;
	if (s.profile == 2 && s.bit_depth == 10 && ts_plain_u(&b, 1)) s.bit_depth = 12;
	if (b.bad || s.profile >= PROFILES) return TS_EBADMSG;
	*out = s;
	return 0;
}

bool ts_av1_is_key(const struct ts_obu *obu, bool reduced)
{
	struct ts_plain_bits b = ts_plain_bits(obu->payload, obu->len);
	if (obu->type != TS_OBU_FRAME && obu->type != TS_OBU_FRAME_HEADER) return false;
	if (reduced) return true;
	const bool again = ts_plain_u(&b, 1);
	const bool key = ts_plain_u(&b, 2) == KEY_FRAME, shown = ts_plain_u(&b, 1);
	return !b.bad && !again && key && shown;
}
