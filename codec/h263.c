#include "codec/h263.h"
#include "base/error.h"

struct bits {
	const uint8_t *p;
	size_t n, at; /* in bits */
	bool bad;
};

static uint32_t get(struct bits *b, unsigned n)
{
	uint32_t v = 0;
	if (n > b->n - b->at) {
		b->bad = true;
		b->at = b->n;
		return 0;
	}
	for (; n; n--, b->at++) v = v << 1 | (b->p[b->at / 8] >> (7 - b->at % 8) & 1u);
	return v;
}

bool ts_h263_is_start(const uint8_t *p, size_t more)
{
	return more >= 3 && !p[0] && !p[1] && p[2] & 0x80;
}

bool ts_h263_is_picture_start(const uint8_t *p, size_t len)
{
	return len >= 3 && !p[0] && !p[1] && (p[2] & 0xfc) == 0x80;
}

static int set_format(struct ts_h263_picture *out, uint32_t format)
{
	static const uint16_t size[][2] = {[TS_H263_SQCIF] = {128, 96},
		[TS_H263_QCIF] = {176, 144},
		[TS_H263_CIF] = {352, 288},
		[TS_H263_CIF4] = {704, 576},
		[TS_H263_CIF16] = {1408, 1152}};
	if (format < TS_H263_SQCIF || format > TS_H263_CIF16) return TS_EBADMSG;
	out->format = (int)format;
	out->width = size[format][0];
	out->height = size[format][1];
	return 0;
}

/* 5.1.4 to 5.1.5 */
static int read_plus(struct ts_h263_picture *out, struct bits *b)
{
	enum { CUSTOM = 6, TYPE_I = 0 };
	const bool full = get(b, 3) == 1; /* UFEP */
	uint32_t format = 0;
	if (full) {
		format = get(b, 3);
		get(b, 15);
	}
	out->intra = get(b, 3) == TYPE_I;
	get(b, 6);
	if (get(b, 1)) get(b, 2); /* CPM, PSBI */
	if (!full) return b->bad ? TS_EBADMSG : 0;
	if (format != CUSTOM) return b->bad ? TS_EBADMSG : set_format(out, format);
	get(b, 4); /* pixel aspect ratio */
	const uint32_t w = get(b, 9);
	get(b, 1);
	const uint32_t h = get(b, 9);
	if (b->bad || !h) return TS_EBADMSG;
	out->width = (int)(w + 1) * 4;
	out->height = (int)h * 4;
	return 0;
}

int ts_h263_read_picture(struct ts_h263_picture *out, const uint8_t *p, size_t len)
{
	enum { PSC_TR_BITS = 22 + 8, EXTENDED = 7, HEAD_MAX = 32 };
	struct bits b = {.p = p, .n = 8 * (len < HEAD_MAX ? len : HEAD_MAX)};
	*out = (struct ts_h263_picture){0};
	if (!ts_h263_is_picture_start(p, len)) return TS_EBADMSG;
	b.at = b.n < PSC_TR_BITS ? b.n : PSC_TR_BITS;
	get(&b, 5); /* marker, "not H.261", split screen, document camera, freeze release */
	const uint32_t format = get(&b, 3);
	if (format == EXTENDED) return read_plus(out, &b);
	out->intra = !get(&b, 1);
	return b.bad ? TS_EBADMSG : set_format(out, format);
}
