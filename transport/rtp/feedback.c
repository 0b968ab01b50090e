#include "transport/rtp/feedback.h"
#include "base/clock.h"
#include "base/error.h"

#define STEP_NS (250 * TS_NS_PER_US)
#define REFERENCE_NS (64 * TS_NS_PER_MS)

enum { MISSING, SMALL, LARGE, RESERVED }; /* as on the wire; in one bit: MISSING, SMALL */
enum { VECTOR = 0x8000, TWO_BITS = 0x4000, VECTOR_ONE = 14, VECTOR_TWO = 7, RUN_BITS = 13 };
/* Beyond that (years) a peer's times are made up, and counting them on would overflow. */
#define REFERENCE_MAX (INT64_C(1) << 33)

/* The next chunk that has any statuses. False: none is left. */
static bool open_chunk(struct ts_feedback *f)
{
	while (!f->in_chunk) {
		if (ts_rd_left(&f->chunks) < 2) return false;
		f->chunk = ts_rd_u16(&f->chunks);
		if (!(f->chunk & VECTOR))
			f->in_chunk = f->chunk & ((1 << RUN_BITS) - 1);
		else
			f->in_chunk = f->chunk & TWO_BITS ? VECTOR_TWO : VECTOR_ONE;
	}
	return true;
}

static unsigned next_status(struct ts_feedback *f)
{
	unsigned at = --f->in_chunk; /* the first of a vector stands highest */
	f->left--;
	f->number++;
	if (!(f->chunk & VECTOR)) return f->chunk >> RUN_BITS & 3;
	return f->chunk & TWO_BITS ? f->chunk >> 2 * at & 3 : f->chunk >> at & 1;
}

int ts_feedback_begin(struct ts_feedback *f, struct ts_rd fci)
{
	*f = (struct ts_feedback){0};
	f->number = ts_rd_u16(&fci);
	f->left = ts_rd_u16(&fci);
	f->reference = ts_rd_u24(&fci);
	ts_rd_u8(&fci);
	if (fci.bad || f->left > TS_FEEDBACK_STATUSES_MAX) return TS_EBADMSG;
	f->chunks = fci;
	struct ts_feedback ahead = *f;
	size_t steps = 0;
	while (ahead.left) {
		if (!open_chunk(&ahead)) return TS_EBADMSG;
		unsigned n = 1, status = next_status(&ahead);
		if (status == RESERVED) return TS_EBADMSG;
		if (!(ahead.chunk & VECTOR)) { /* the rest of a run at once */
			unsigned rest = ahead.in_chunk < ahead.left ? ahead.in_chunk : ahead.left;
			ahead.in_chunk -= rest;
			ahead.left -= rest;
			n += rest;
		}
		steps += (size_t)n * status;
	}
	/* the status is the number of bytes of its step */
	if (steps > ts_rd_left(&ahead.chunks)) return TS_EBADMSG;
	f->steps = ahead.chunks;
	return 0;
}

bool ts_feedback_next(struct ts_feedback *f, struct ts_feedback_status *out)
{
	if (!f->left || !open_chunk(f)) return false;
	out->number = f->number;
	unsigned status = next_status(f);
	if (status == SMALL) f->at_ns += ts_rd_u8(&f->steps) * STEP_NS;
	if (status == LARGE) f->at_ns += (int16_t)ts_rd_u16(&f->steps) * STEP_NS;
	out->came = status != MISSING;
	out->at_ns = f->at_ns;
	return true;
}

int64_t ts_feedback_start_ns(struct ts_feedback_clock *c, const struct ts_feedback *f)
{
	int32_t since = (int32_t)((f->reference - (uint32_t)c->reference) << 8) / 256;
	c->reference = c->begun ? c->reference + since : f->reference;
	c->begun = true;
	if (c->reference > REFERENCE_MAX || c->reference < -REFERENCE_MAX)
		c->reference = f->reference;
	return c->reference * REFERENCE_NS;
}
