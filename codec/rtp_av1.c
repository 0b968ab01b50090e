/* RTP payload format for AV1, version 1.0.0 of the Alliance for Open Media: section numbers are its
 * own. One unit is a temporal unit, all of its spatial layers, each OBU with its size as decoders
 * want it, behind a temporal delimiter. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/av1_obu.h"
#include "codec/rtp_format.h"
#include <string.h>

enum {
	/* the aggregation header, 4.4 */
	CONTINUES = 0x80, /* Z */
	GOES_ON = 0x40,   /* Y */
	COUNT_SHIFT = 4,  /* W */
	COUNT = 3,
	SIZE_MAX_BYTES = 5,
	/* of a temporal unit: four spatial layers, each with as many hidden frames as encoders put
	 * before one; a decoder runs all of them before anybody looks at the clock */
	FRAMES_MAX = 16,
};

struct av1 {
	bool open; /* the last OBU goes on in the next packet */
	bool has_sequence, reduced, key;
	uint8_t frames;
	size_t obu_at; /* the OBU being joined, as it was sent */
};

static void av1_begin(void *state, bool gap, enum ts_entry entry)
{
	(void)gap; /* a keyframe says by its sequence header that nothing is missing before it */
	(void)entry;
	*(struct av1 *)state = (struct av1){0};
}

static int put(struct ts_unit *unit, const uint8_t *bytes, size_t n)
{
	uint8_t *at = n ? ts_unit_add(unit, n) : NULL;
	if (n && !at) return TS_ELIMIT;
	if (n) memcpy(at, bytes, n);
	return 0;
}

/* 5: delimiters, lists of tiles and padding are of no use to the receiver; neither is a copy of a
 * frame's header, which after the frame a decoder would take for another one. */
static bool is_taken(uint8_t type)
{
	switch (type) {
	case TS_OBU_SEQUENCE_HEADER:
	case TS_OBU_FRAME_HEADER:
	case TS_OBU_TILE_GROUP:
	case TS_OBU_METADATA:
	case TS_OBU_FRAME: return true;
	default: return false;
	}
}

/* What the OBU means for the unit. TS_EAGAIN: the beginning of a frame is missing; TS_ELIMIT: too
 * many frames. */
static int note(struct av1 *a, const struct ts_obu *obu)
{
	struct ts_av1_sequence s;
	switch (obu->type) {
	case TS_OBU_SEQUENCE_HEADER:
		if (ts_av1_read_sequence(&s, obu->payload, obu->len)) return TS_EBADMSG;
		a->has_sequence = true;
		a->reduced = s.reduced;
		return 0;
	case TS_OBU_FRAME:
	case TS_OBU_FRAME_HEADER:
		if (a->frames == FRAMES_MAX) return TS_ELIMIT;
		if (!a->frames) a->key = a->has_sequence && ts_av1_is_key(obu, a->reduced);
		a->frames++;
		return 0;
	case TS_OBU_TILE_GROUP: return a->frames ? 0 : TS_EAGAIN;
	default: return 0;
	}
}

/* The OBU at obu_at is whole. It gets a size, or is cut out again. */
static int close_obu(struct av1 *a, struct ts_unit *unit)
{
	struct ts_rd r = ts_rd(unit->buf->data + a->obu_at, unit->len - a->obu_at);
	struct ts_obu obu;
	const size_t head = r.p[0] & TS_OBU_HAS_EXT ? 2 : 1;
	a->open = false;
	if (!ts_obu_next(&obu, &r)) return TS_EBADMSG;
	const int err = is_taken(obu.type) ? note(a, &obu) : 0;
	if (err) return err;
	if (!is_taken(obu.type)) {
		unit->len = a->obu_at;
		return 0;
	}
	uint8_t size[SIZE_MAX_BYTES];
	const size_t n = ts_put_leb128(size, (uint32_t)obu.len);
	const size_t from = (size_t)(obu.payload - unit->buf->data), to = a->obu_at + head + n;
	/* what it was sent with, a size too perhaps, and what is behind it, gives way */
	if (to > from && !ts_unit_add(unit, to - from)) return TS_ELIMIT;
	uint8_t *start = unit->buf->data + a->obu_at;
	memmove(unit->buf->data + to, unit->buf->data + from, obu.len);
	memcpy(start + head, size, n);
	start[0] |= TS_OBU_HAS_SIZE;
	unit->len = to + obu.len;
	return 0;
}

/* One element of a packet: an OBU, or a part of one. */
static int join_element(struct av1 *a, struct ts_unit *unit, struct ts_rd element)
{
	if (!a->open) a->obu_at = unit->len;
	a->open = true;
	return put(unit, element.p, ts_rd_left(&element));
}

static int av1_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	static const uint8_t delimiter[] = {TS_OBU_TEMPORAL_DELIMITER << 3 | TS_OBU_HAS_SIZE, 0};
	struct av1 *a = state;
	struct ts_rd r = ts_rd(payload, len);
	const uint8_t head = ts_rd_u8(&r);
	const unsigned count = head >> COUNT_SHIFT & COUNT;
	if (!(head & CONTINUES) == a->open) return a->open ? TS_EBADMSG : TS_EAGAIN;
	if (!ts_rd_left(&r)) return TS_EBADMSG;
	int err = unit->len ? 0 : put(unit, delimiter, sizeof delimiter);
	for (unsigned i = 1; !err && ts_rd_left(&r); i++) {
		/* the last of a stated number has no length of its own, and nothing behind it */
		struct ts_rd element = ts_rd_sub(
			&r, i == count ? ts_rd_left(&r) : ts_rd_leb128(&r));
		if (element.bad || (count && i > count)) return TS_EBADMSG;
		if (!ts_rd_left(&element)) continue;
		err = join_element(a, unit, element);
		const bool goes_on = head & GOES_ON && !ts_rd_left(&r);
		if (!err && !goes_on) err = close_obu(a, unit);
	}
	return err;
}

static bool av1_is_open(const void *state)
{
	return ((const struct av1 *)state)->open;
}

static int av1_end(void *state, struct ts_unit *unit, bool *key)
{
	const struct av1 *a = state;
	(void)unit;
	if (a->open) return TS_EBADMSG;
	*key = a->key;
	return a->frames ? 0 : TS_EAGAIN;
}

const struct ts_rtp_format ts_rtp_av1 = {
	.state_bytes = sizeof(struct av1),
	.begin = av1_begin,
	.join = av1_join,
	.is_open = av1_is_open,
	.end = av1_end,
};
