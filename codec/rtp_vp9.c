/* RTP payload format for VP9, RFC 9628: section numbers are its own. One unit is a picture: the
 * frames of all spatial layers that came, as a superframe, whose last frame is the one that is
 * shown (VP9 bitstream specification, annex B). */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/rtp_format.h"
#include "codec/vp9_header.h"
#include <string.h>

enum { FRAMES_MAX = 8, INDEX_MARKER = 0xc0, INDEX_SIZE_BYTES = 4 };

struct vp9 {
	bool open;              /* a frame was begun and has not ended */
	bool gap;               /* right before the unit */
	bool indexed;           /* the superframe's index is written */
	uint8_t spatial;        /* of the last frame */
	uint8_t n;              /* frames */
	size_t end[FRAMES_MAX]; /* of each, in the unit */
	int32_t picture_id;     /* of the unit */
};

static void vp9_begin(void *state, bool gap, enum ts_entry entry)
{
	(void)entry;
	*(struct vp9 *)state = (struct vp9){.gap = gap};
}

/* The first packet of a layer's frame. */
static int open_frame(struct vp9 *v, const struct ts_vp9_descriptor *d)
{
	const uint8_t spatial = d->has_layer ? d->spatial : 0;
	if (v->open || v->n == FRAMES_MAX) return TS_EBADMSG;
	if (v->n && spatial <= v->spatial) return TS_EBADMSG;
	/* whatever it is predicted from is lost, or was never sent */
	if (!v->n && spatial && (v->gap || d->depends)) return TS_EAGAIN;
	if (!v->n) v->picture_id = d->picture_id;
	v->open = true;
	v->spatial = spatial;
	v->n++;
	return 0;
}

static int vp9_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct vp9 *v = state;
	struct ts_rd r = ts_rd(payload, len);
	struct ts_vp9_descriptor d;
	int err = ts_vp9_read_descriptor(&d, &r);
	const size_t n = ts_rd_left(&r);
	if (err || !n) return TS_EBADMSG;
	if (d.begins)
		err = open_frame(v, &d);
	else if (!v->open)
		return v->n ? TS_EBADMSG : TS_EAGAIN;
	else if (d.has_layer && d.spatial != v->spatial)
		return TS_EBADMSG;
	if (!err && d.picture_id != v->picture_id) err = TS_EBADMSG;
	if (err) return err;
	uint8_t *at = ts_unit_add(unit, n);
	if (!at) return TS_ELIMIT;
	memcpy(at, r.p, n);
	v->end[v->n - 1] = unit->len;
	if (d.ends) v->open = false;
	return 0;
}

/* Annex B.2: what takes them apart again finds this behind them. */
static int write_index(const struct vp9 *v, struct ts_unit *unit)
{
	const size_t bytes = 2 + (size_t)v->n * INDEX_SIZE_BYTES;
	uint8_t *at = ts_unit_add(unit, bytes);
	if (!at) return TS_ELIMIT;
	at[0] = at[bytes - 1] = (uint8_t)(INDEX_MARKER | (INDEX_SIZE_BYTES - 1) << 3 | (v->n - 1));
	for (unsigned i = 0; i < v->n; i++) {
		const size_t size = v->end[i] - (i ? v->end[i - 1] : 0);
		for (unsigned k = 0; k < INDEX_SIZE_BYTES; k++)
			at[1 + INDEX_SIZE_BYTES * i + k] = (uint8_t)(size >> 8 * k);
	}
	return 0;
}

static int vp9_end(void *state, struct ts_unit *unit, bool *key)
{
	struct vp9 *v = state;
	struct ts_vp9_header first;
	if (v->open || !v->n) return TS_EBADMSG;
	if (ts_vp9_read_header(&first, unit->buf->data, v->end[0])) return TS_EBADMSG;
	*key = first.key;
	if (v->n == 1 || v->indexed) return 0;
	v->indexed = true;
	return write_index(v, unit);
}

const struct ts_rtp_format ts_rtp_vp9 = {
	.state_bytes = sizeof(struct vp9),
	.begin = vp9_begin,
	.join = vp9_join,
	.end = vp9_end,
};
