/* bytes - bounded reader and writer for protocol bytes, network byte order. Parsers of outside
 * bytes use nothing else.
 *
 * An access past the end returns zeroes, writes nothing and sets `bad`, which stays set: read a
 * whole header, then check once. `ts_rd_sub` cuts out a declared length first; parse the part only
 * through the new reader.
 * Thread  none (a value on the stack).
 */
#ifndef TS_BASE_BYTES_H
#define TS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ts_rd {
	const uint8_t *p, *end;
	bool bad;
};
struct ts_wr {
	uint8_t *start, *p, *end;
	bool bad;
};

static inline struct ts_rd ts_rd(const void *buf, size_t n)
{
	/* nothing may be nowhere: NULL + 0 is undefined */
	return (struct ts_rd){buf, n ? (const uint8_t *)buf + n : buf, false};
}
static inline size_t ts_rd_left(const struct ts_rd *r)
{
	return (size_t)(r->end - r->p);
}

/* n bytes in place, or NULL and bad. */
static inline const uint8_t *ts_rd_bytes(struct ts_rd *r, size_t n)
{
	if (r->bad || ts_rd_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	const uint8_t *at = r->p;
	r->p += n;
	return at;
}
static inline uint8_t ts_rd_u8(struct ts_rd *r)
{
	const uint8_t *b = ts_rd_bytes(r, 1);
	return b ? b[0] : 0;
}
static inline uint16_t ts_rd_u16(struct ts_rd *r)
{
	const uint8_t *b = ts_rd_bytes(r, 2);
	return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}
static inline uint32_t ts_rd_u24(struct ts_rd *r)
{
	const uint8_t *b = ts_rd_bytes(r, 3);
	return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}
static inline uint32_t ts_rd_u32(struct ts_rd *r)
{
	const uint8_t *b = ts_rd_bytes(r, 4);
	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}
/* A reader over the next n bytes, which are skipped in r. Bad (and empty) if r has fewer. */
static inline struct ts_rd ts_rd_sub(struct ts_rd *r, size_t n)
{
	const uint8_t *b = ts_rd_bytes(r, n);
	return b ? ts_rd(b, n) : (struct ts_rd){NULL, NULL, true};
}

static inline struct ts_wr ts_wr(void *buf, size_t cap)
{
	return (struct ts_wr){buf, buf, (uint8_t *)buf + cap, false};
}
static inline size_t ts_wr_len(const struct ts_wr *w)
{
	return (size_t)(w->p - w->start);
}
/* Reserves n bytes to be filled in by the caller, or NULL and bad. */
static inline uint8_t *ts_wr_skip(struct ts_wr *w, size_t n)
{
	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return NULL;
	}
	uint8_t *at = w->p;
	w->p += n;
	return at;
}
static inline void ts_wr_bytes(struct ts_wr *w, const void *src, size_t n)
{
	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return;
	}
	if (n) memcpy(w->p, src, n); /* (nothing may come from nowhere) */
	w->p += n;
}
static inline void ts_wr_u8(struct ts_wr *w, uint8_t v)
{
	ts_wr_bytes(w, &v, 1);
}
static inline void ts_wr_u16(struct ts_wr *w, uint16_t v)
{
	uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};
	ts_wr_bytes(w, b, 2);
}
static inline void ts_wr_u24(struct ts_wr *w, uint32_t v)
{
	uint8_t b[3] = {(uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	ts_wr_bytes(w, b, 3);
}
static inline void ts_wr_u32(struct ts_wr *w, uint32_t v)
{
	uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	ts_wr_bytes(w, b, 4);
}

#endif
