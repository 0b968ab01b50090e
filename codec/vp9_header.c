#include "codec/vp9_header.h"
#include "base/error.h"
#include "codec/plain_bits.h"

enum {
	/* the first byte, 4.2 */
	HAS_PICTURE_ID = 0x80,
	PREDICTED = 0x40,
	HAS_LAYER = 0x20,
	FLEXIBLE = 0x10,
	BEGINS = 0x08,
	ENDS = 0x04,
	HAS_STRUCTURE = 0x02,
	LONG_PICTURE_ID = 0x80,
	MORE = 0x01, /* N: another reference follows */
	REFERENCES_MAX = 3,
	/* scalability structure */
	HAS_SIZES = 0x10,
	HAS_GROUP = 0x08,
	/* frame header */
	FRAME_MARKER = 2,
	SYNC_CODE = 0x498342,
	SRGB = 7,
};

static void read_layer(struct ts_vp9_descriptor *d, struct ts_rd *r, bool flexible)
{
	const uint8_t layer = ts_rd_u8(r);
	d->has_layer = true;
	d->temporal = layer >> 5;
	d->spatial = layer >> 1 & 7;
	d->depends = layer & 1;
	if (!flexible) ts_rd_u8(r); /* TL0PICIDX */
}

static void read_structure(struct ts_vp9_descriptor *d, struct ts_rd *r)
{
	const uint8_t head = ts_rd_u8(r);
	for (int n = (head >> 5) + 1; head & HAS_SIZES && n; n--) {
		d->width = ts_rd_u16(r);
		d->height = ts_rd_u16(r);
	}
	for (uint8_t n = head & HAS_GROUP ? ts_rd_u8(r) : 0; n && !r->bad; n--)
		ts_rd_bytes(r, ts_rd_u8(r) >> 2 & 3); /* how far back each of its references is */
}

int ts_vp9_read_descriptor(struct ts_vp9_descriptor *out, struct ts_rd *r)
{
	struct ts_vp9_descriptor d = {.picture_id = -1};
	const uint8_t first = ts_rd_u8(r);
	d.begins = first & BEGINS;
	d.ends = first & ENDS;
	d.predicted = first & PREDICTED;
	if (first & HAS_PICTURE_ID) {
		d.picture_id = ts_rd_u8(r);
		if (d.picture_id & LONG_PICTURE_ID)
			d.picture_id = (d.picture_id & 0x7f) << 8 | ts_rd_u8(r);
	}
	if (first & HAS_LAYER) read_layer(&d, r, first & FLEXIBLE);
	if (first & FLEXIBLE && first & PREDICTED) {
		int n = 1;
		while (ts_rd_u8(r) & MORE && !r->bad) n++;
		if (n > REFERENCES_MAX) return TS_EBADMSG;
	}
	if (first & HAS_STRUCTURE) read_structure(&d, r);
	if (r->bad) return TS_EBADMSG;
	*out = d;
	return 0;
}

static void read_sides(struct ts_vp9_header *h, struct ts_plain_bits *b)
{
	h->width = (int)ts_plain_u(b, 16) + 1;
	h->height = (int)ts_plain_u(b, 16) + 1;
	if (b->bad) h->width = h->height = 0;
}

static void read_colours(struct ts_vp9_header *h, struct ts_plain_bits *b)
{
	if (h->profile >= 2) h->deep = ts_plain_u(b, 1);
	if (ts_plain_u(b, 3) != SRGB) {
		ts_plain_u(b, 1); /* range */
		if (h->profile & 1) ts_plain_u(b, 3);
	} else if (h->profile & 1) {
		ts_plain_u(b, 1);
	}
}

static void read_size(struct ts_vp9_header *h, struct ts_plain_bits *b)
{
	if (ts_plain_u(b, 24) != SYNC_CODE) b->bad = true;
	read_colours(h, b);
	read_sides(h, b);
}

/* No keyframe: 6.2, 7.2. The size is that of one of three references, or told. */
static void read_other(struct ts_vp9_header *h, struct ts_plain_bits b, bool hidden, bool resilient)
{
	const bool intra = hidden && ts_plain_u(&b, 1);
	if (!resilient) ts_plain_u(&b, 2); /* reset_frame_context */
	if (intra) {
		if (ts_plain_u(&b, 24) != SYNC_CODE) return;
		if (h->profile) read_colours(h, &b);
		ts_plain_u(&b, 8); /* refresh_frame_flags */
	} else {
		ts_plain_u(&b, 8);
		ts_plain_u(&b, 3 * 4); /* references, and their signs */
		for (int i = 0; i < 3; i++)
			if (ts_plain_u(&b, 1)) return;
	}
	read_sides(h, &b);
}

int ts_vp9_read_header(struct ts_vp9_header *out, const uint8_t *frame, size_t len)
{
	struct ts_plain_bits b = ts_plain_bits(frame, len);
	struct ts_vp9_header h = {0};
	if (ts_plain_u(&b, 2) != FRAME_MARKER) return TS_EBADMSG;
	h.profile = (uint8_t)ts_plain_u(&b, 1);
	h.profile |= (uint8_t)(ts_plain_u(&b, 1) << 1);
	if (h.profile == 3) ts_plain_u(&b, 1);
	if (!ts_plain_u(&b, 1)) { /* show_existing_frame */
		h.key = !ts_plain_u(&b, 1);
		const bool shown = ts_plain_u(&b, 1), resilient = ts_plain_u(&b, 1);
		if (h.key)
			read_size(&h, &b);
		else
			read_other(&h, b, !shown, resilient);
	}
	if (b.bad) return TS_EBADMSG;
	*out = h;
	return 0;
}

size_t ts_vp9_frames(size_t len[TS_VP9_FRAMES_MAX], const uint8_t *unit, size_t n)
{
	const uint8_t marker = n ? unit[n - 1] : 0;
	const size_t frames = (marker & 7) + 1u, bytes = (marker >> 3 & 3) + 1u,
		     index = 2 + frames * bytes;
	len[0] = n;
	if ((marker & 0xe0) != 0xc0 || n < index || unit[n - index] != marker) return n > 0;
	const uint8_t *at = unit + n - index + 1;
	size_t left = n - index;
	for (size_t i = 0; i < frames; i++) {
		len[i] = 0;
		for (size_t k = 0; k < bytes; k++) len[i] |= (size_t)*at++ << 8 * k;
		if (!len[i] || len[i] > left) return 0;
		left -= len[i];
	}
	return frames;
}
