/* H.265 payloads to access units, RFC 7798: section numbers are its own, those with H. are of ITU-T
 * H.265. Output is Annex B: slices of the base layer, in front of each keyframe all parameter sets.
 * DONL fields stand only where sprop-max-don-diff said so, which is not agreed to. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/h265.h"
#include "codec/rtp_format.h"
#include <stdlib.h>
#include <string.h>

enum {
	PARAMS_MAX_BYTES = 1024,
	START_CODE = 4,
	FU_START = 0x80,
	FU_END = 0x40,
	FU_TYPE = 0x3f,
	FORBIDDEN = 0x80,
	N_SETS = TS_H265_VPS_MAX + TS_H265_SPS_MAX + TS_H265_PPS_MAX,
	SPS_AT = TS_H265_VPS_MAX,
	PPS_AT = SPS_AT + TS_H265_SPS_MAX,
};

struct set {
	bool fresh; /* not yet in front of a picture */
	uint16_t len;
	uint8_t data[];
};

struct h265 {
	struct set
		*set[N_SETS]; /* the latest of each id, VPS first, PPS last: as they are needed */
	size_t nal_at;        /* where the NAL unit being joined begins, behind its start code */
	uint8_t nal_type;
	bool fu_open, fu_left_out; /* the latter: of a layer or a type that is not taken */
	bool has_slice, is_key, is_skipped, ended;
	/* decoding began at a picture whose leading pictures refer to what was before: H.8.1.3 */
	bool after_entry;
	bool broken; /* as the unit was begun */
	/* kinds of parameter sets: that came since the last keyframe, that came before it */
	uint8_t came, expected;
	bool gap; /* anything lost since the last keyframe */
};

static void h265_fini(void *state)
{
	struct h265 *h = state;
	for (int i = 0; i < N_SETS; i++) free(h->set[i]);
}

/* ---- parameter sets */

/* The place of a parameter set by its kind and id; -1: malformed. */
static int place_of(const uint8_t *nal, size_t len)
{
	struct ts_bits b = ts_h265_bits(nal, len);
	struct ts_h265_sps sps;
	uint32_t id;
	switch (ts_h265_type(nal[0])) {
	case TS_H265_VPS: id = ts_bits_u(&b, 4); return b.bad ? -1 : (int)id;
	case TS_H265_SPS: return ts_h265_sps_parse(&sps, nal, len) ? -1 : SPS_AT + sps.id;
	case TS_H265_PPS:
		id = ts_bits_ue(&b);
		return b.bad || id >= TS_H265_PPS_MAX ? -1 : PPS_AT + (int)id;
	default: return -1;
	}
}

static int keep(struct h265 *h, const uint8_t *nal, size_t len)
{
	const int at = place_of(nal, len);
	if (at < 0) return TS_EBADMSG;
	h->came |= (uint8_t)(1 << (ts_h265_type(nal[0]) - TS_H265_VPS));
	struct set *s = h->set[at];
	if (s && s->len == len && !memcmp(s->data, nal, len)) return 0;
	if (len > PARAMS_MAX_BYTES) return TS_ELIMIT;
	struct set *longer = realloc(s, sizeof *s + len);
	if (!longer) return TS_ENOMEM;
	h->set[at] = s = longer;
	s->fresh = true;
	s->len = (uint16_t)len;
	memcpy(s->data, nal, len);
	return 0;
}

static int h265_parameter_sets(void *state, const uint8_t *nal, size_t len)
{
	struct h265 *h = state;
	if (len <= TS_H265_HEADER_BYTES || ts_h265_is_enhancement(nal)) return TS_EBADMSG;
	const uint8_t came = h->came;
	const int err = keep(h, nal, len);
	h->came = came; /* the stream owes nobody a repetition */
	return err;
}

static int put(struct ts_unit *unit, const uint8_t *bytes, size_t n)
{
	uint8_t *at = ts_unit_add(unit, n);
	if (!at) return TS_ELIMIT;
	memcpy(at, bytes, n);
	return 0;
}

static int put_start_code(struct ts_unit *unit)
{
	return put(unit, (const uint8_t[START_CODE]){0, 0, 0, 1}, START_CODE);
}

/* All of them, or those that are new. */
static int put_sets(struct h265 *h, struct ts_unit *unit, bool all)
{
	int err = 0;
	for (int i = 0; i < N_SETS && !err; i++) {
		struct set *s = h->set[i];
		if (!s || !(all || s->fresh)) continue;
		s->fresh = false;
		err = put_start_code(unit);
		if (!err) err = put(unit, s->data, s->len);
	}
	return err;
}

static bool has_any(const struct h265 *h, int from, int to)
{
	for (int i = from; i < to; i++)
		if (h->set[i]) return true;
	return false;
}

/* ---- payloads to access unit */

static void h265_begin(void *state, bool gap, enum ts_entry entry)
{
	struct h265 *h = state;
	h->gap |= gap;
	h->fu_open = h->has_slice = h->is_key = h->is_skipped = h->ended = false;
	h->broken = entry != TS_ENTRY_KEY;
}

static bool is_slice(unsigned type)
{
	return type <= TS_H265_SLICE_LAST;
}

/* first_slice_segment_in_pic_flag, H.7.3.6.1. body: what follows the header. */
static bool is_first(const uint8_t *body, size_t len)
{
	return len && body[0] & 0x80;
}

static int first_slice(struct h265 *h, struct ts_unit *unit, const uint8_t *body, size_t len)
{
	if (!is_first(body, len)) return TS_EAGAIN;
	h->has_slice = true;
	h->is_key = ts_h265_is_irap(h->nal_type);
	/* their references are those that decoding began without */
	h->is_skipped = h->after_entry &&
		(h->nal_type == TS_H265_RASL_N || h->nal_type == TS_H265_RASL_R);
	if (h->is_key) h->after_entry = h->broken;
	return put_sets(h, unit, h->is_key);
}

static int nal_open(struct h265 *h, struct ts_unit *unit, const uint8_t header[2],
	const uint8_t *body, size_t len)
{
	h->nal_type = ts_h265_type(header[0]);
	int err = is_slice(h->nal_type) && !h->has_slice ? first_slice(h, unit, body, len) : 0;
	if (!err) err = put_start_code(unit);
	h->nal_at = unit->len;
	return err ? err : put(unit, header, TS_H265_HEADER_BYTES);
}

/* Only slices stay: delimiters, SEI messages and filler are of no use to the decoder. */
static int nal_close(struct h265 *h, struct ts_unit *unit)
{
	if (is_slice(h->nal_type)) return 0;
	const uint8_t *nal = unit->buf->data + h->nal_at;
	const size_t len = unit->len - h->nal_at;
	unit->len = h->nal_at - START_CODE;
	const bool is_set = h->nal_type >= TS_H265_VPS && h->nal_type <= TS_H265_PPS;
	return is_set ? keep(h, nal, len) : 0;
}

static int join_nal(struct h265 *h, struct ts_unit *unit, const uint8_t *nal, size_t len)
{
	if (len <= TS_H265_HEADER_BYTES || ts_h265_is_enhancement(nal)) return 0;
	const uint8_t *body = nal + TS_H265_HEADER_BYTES;
	len -= TS_H265_HEADER_BYTES;
	int err = nal_open(h, unit, nal, body, len);
	if (!err) err = put(unit, body, len);
	return err ? err : nal_close(h, unit);
}

static int join_ap(struct h265 *h, struct ts_unit *unit, struct ts_rd r) /* 4.4.2 */
{
	while (ts_rd_left(&r)) {
		struct ts_rd nal = ts_rd_sub(&r, ts_rd_u16(&r));
		const size_t len = ts_rd_left(&nal);
		if (nal.bad || len < TS_H265_HEADER_BYTES) return TS_EBADMSG;
		if (ts_h265_type(nal.p[0]) > TS_H265_NAL_LAST) return TS_EBADMSG;
		const int err = join_nal(h, unit, nal.p, len);
		if (err) return err;
	}
	return 0;
}

static int open_fu(struct h265 *h, struct ts_unit *unit, const uint8_t *payload, struct ts_rd r)
{
	const uint8_t type = payload[2] & FU_TYPE;
	const uint8_t header[] = {(uint8_t)((payload[0] & 0x81) | type << 1), payload[1]};
	if (h->fu_open || type > TS_H265_NAL_LAST) return TS_EBADMSG;
	h->fu_open = true;
	h->nal_type = type;
	h->fu_left_out = ts_h265_is_enhancement(header);
	return h->fu_left_out ? 0 : nal_open(h, unit, header, r.p, ts_rd_left(&r));
}

static int join_fu(struct h265 *h, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct ts_rd r = ts_rd(payload, len);
	ts_rd_u16(&r);
	const uint8_t head = ts_rd_u8(&r); /* 4.4.3 */
	int err = 0;
	if (r.bad || !ts_rd_left(&r)) return TS_EBADMSG;
	if (head & FU_START)
		err = open_fu(h, unit, payload, r);
	else if (!h->fu_open)
		return TS_EAGAIN;
	else if ((head & FU_TYPE) != h->nal_type)
		return TS_EBADMSG;
	if (!err && !h->fu_left_out) err = put(unit, r.p, ts_rd_left(&r));
	if (err || !(head & FU_END)) return err;
	h->fu_open = false;
	return h->fu_left_out ? 0 : nal_close(h, unit);
}

static int h265_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct h265 *h = state;
	if (len < TS_H265_HEADER_BYTES || payload[0] & FORBIDDEN) return TS_EBADMSG;
	const uint8_t type = ts_h265_type(payload[0]);
	if (type == TS_H265_FU) return join_fu(h, unit, payload, len);
	if (h->fu_open) return TS_EBADMSG;
	if (type == TS_H265_AP)
		return join_ap(
			h, unit, ts_rd(payload + TS_H265_HEADER_BYTES, len - TS_H265_HEADER_BYTES));
	if (type > TS_H265_NAL_LAST) return 0; /* PACI and undefined ones: 4.4.4, to be ignored */
	return join_nal(h, unit, payload, len);
}

/* Whether the payload goes on with the picture that was ended: a slice that is not the first. */
static bool h265_continues(const void *state, const uint8_t *payload, size_t len)
{
	const struct h265 *h = state;
	if (!h->has_slice || len <= TS_H265_HEADER_BYTES + 1) return false;
	uint8_t type = ts_h265_type(payload[0]);
	const uint8_t *body = payload + TS_H265_HEADER_BYTES;
	if (type == TS_H265_FU) {
		if (!(body[0] & FU_START)) return false;
		type = *body++ & FU_TYPE;
	} else if (type == TS_H265_AP && len > 7) {
		body = payload + 6;
		type = ts_h265_type(payload[4]);
	}
	return is_slice(type) && !is_first(body, 1);
}

static bool h265_is_open(const void *state)
{
	return ((const struct h265 *)state)->fu_open;
}

static int h265_end(void *state, struct ts_unit *unit, bool *key)
{
	struct h265 *h = state;
	(void)unit;
	if (h->fu_open) return TS_EBADMSG;
	if (!h->has_slice || h->is_skipped) return TS_EAGAIN;
	*key = h->is_key;
	const bool again = h->ended; /* its marker came too early */
	h->ended = true;
	if (!*key) return 0;
	const bool knows = has_any(h, 0, SPS_AT) && has_any(h, SPS_AT, PPS_AT) &&
		has_any(h, PPS_AT, N_SETS);
	if (!knows || again) return knows ? 0 : TS_EBADMSG;
	/* A sender that precedes each keyframe by its parameter sets did not this time, and packets
	 * are lost: they may have been others. */
	const bool sets_lost = h->gap && (h->expected & ~h->came);
	h->expected = h->came;
	h->came = 0;
	h->gap = false;
	return sets_lost ? TS_EBADMSG : 0;
}

const struct ts_rtp_format ts_rtp_h265 = {
	.state_bytes = sizeof(struct h265),
	.fini = h265_fini,
	.begin = h265_begin,
	.join = h265_join,
	.end = h265_end,
	.continues = h265_continues,
	.is_open = h265_is_open,
	.parameter_sets = h265_parameter_sets,
};
