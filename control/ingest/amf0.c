#include "control/ingest/amf0.h"

/* AMF 0, 2.1 */
enum {
	NUMBER = 0,
	BOOLEAN = 1,
	STRING = 2,
	OBJECT = 3,
	NOTHING = 5,
	UNDEFINED = 6,
	REFERENCE = 7,
	ECMA_ARRAY = 8,
	OBJECT_END = 9,
	STRICT_ARRAY = 10,
	DATE = 11,
	LONG_STRING = 12,
	UNSUPPORTED = 13,
	XML = 15,
	TYPED_OBJECT = 16
};

/* ---- reading */

double ts_amf_read_number(struct ts_rd *r)
{
	if (ts_rd_u8(r) != NUMBER) r->bad = true;
	const uint64_t bits = (uint64_t)ts_rd_u32(r) << 32;
	const uint64_t all = bits | ts_rd_u32(r);
	double value;
	memcpy(&value, &all, sizeof value);
	return r->bad ? 0 : value;
}

void ts_amf_read_string(struct ts_rd *r, char *out, size_t cap)
{
	const uint8_t type = ts_rd_u8(r);
	const size_t n = type == LONG_STRING ? ts_rd_u32(r) : ts_rd_u16(r);
	const uint8_t *text = ts_rd_bytes(r, n);
	*out = '\0';
	if ((type != STRING && type != LONG_STRING) || n >= cap || (text && memchr(text, 0, n)))
		r->bad = true;
	if (r->bad) return;
	memcpy(out, text, n);
	out[n] = '\0';
}

static void skip(struct ts_rd *r, int depth);

static void skip_pairs(struct ts_rd *r, int depth)
{
	char name[1];
	while (ts_amf_next(r, name, sizeof name)) skip(r, depth);
}

static void skip(struct ts_rd *r, int depth)
{
	const uint8_t type = ts_rd_u8(r);
	if (depth == 0) r->bad = true;
	if (r->bad) return;
	switch (type) {
	case NUMBER: ts_rd_bytes(r, 8); break;
	case BOOLEAN: ts_rd_bytes(r, 1); break;
	case STRING: ts_rd_bytes(r, ts_rd_u16(r)); break;
	case TYPED_OBJECT:
		ts_rd_bytes(r, ts_rd_u16(r));
		skip_pairs(r, depth - 1);
		break;
	case ECMA_ARRAY:
		ts_rd_bytes(r, 4);
		skip_pairs(r, depth - 1);
		break;
	case OBJECT: skip_pairs(r, depth - 1); break;
	case NOTHING:
	case UNDEFINED:
	case UNSUPPORTED: break;
	case REFERENCE: ts_rd_bytes(r, 2); break;
	case STRICT_ARRAY:
		/* each value takes a byte at least: what claims more is bad before long */
		for (uint32_t n = ts_rd_u32(r); n && !r->bad; n--) skip(r, depth - 1);
		break;
	case DATE: ts_rd_bytes(r, 10); break;
	case LONG_STRING:
	case XML: ts_rd_bytes(r, ts_rd_u32(r)); break;
	default: r->bad = true; break;
	}
}

void ts_amf_skip(struct ts_rd *r)
{
	skip(r, TS_AMF_DEPTH);
}

bool ts_amf_enter(struct ts_rd *r)
{
	struct ts_rd look = *r;
	const uint8_t type = ts_rd_u8(&look);
	if (type == ECMA_ARRAY) ts_rd_u32(&look);
	if ((type != OBJECT && type != ECMA_ARRAY) || look.bad) {
		ts_amf_skip(r);
		return false;
	}
	*r = look;
	return true;
}

bool ts_amf_next(struct ts_rd *r, char *name, size_t cap)
{
	const size_t n = ts_rd_u16(r);
	const uint8_t *text = ts_rd_bytes(r, n);
	if (r->bad) return false;
	if (!n) {
		struct ts_rd look = *r;
		if (ts_rd_u8(&look) == OBJECT_END && !look.bad) {
			*r = look;
			return false;
		}
	}
	const size_t kept = n < cap ? n : cap - 1;
	memcpy(name, text, kept);
	name[kept] = '\0';
	return true;
}

bool ts_amf_is_string(const struct ts_rd *r)
{
	return ts_rd_left(r) && (*r->p == STRING || *r->p == LONG_STRING);
}

/* ---- writing */

void ts_amf_number(struct ts_wr *w, double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	ts_wr_u8(w, NUMBER);
	ts_wr_u32(w, (uint32_t)(bits >> 32));
	ts_wr_u32(w, (uint32_t)bits);
}

void ts_amf_name(struct ts_wr *w, const char *name)
{
	const size_t n = strlen(name);
	ts_wr_u16(w, (uint16_t)n);
	ts_wr_bytes(w, name, n);
}

void ts_amf_string(struct ts_wr *w, const char *text)
{
	ts_wr_u8(w, STRING);
	ts_amf_name(w, text);
}

void ts_amf_null(struct ts_wr *w)
{
	ts_wr_u8(w, NOTHING);
}

void ts_amf_object(struct ts_wr *w)
{
	ts_wr_u8(w, OBJECT);
}

void ts_amf_end(struct ts_wr *w)
{
	ts_wr_u24(w, OBJECT_END);
}
