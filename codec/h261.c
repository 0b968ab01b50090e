#include "codec/h261.h"
#include "base/error.h"

enum {
	START_ZEROS = 15, /* and a one */
	START_BITS = 20,  /* with GN, 0 of a picture */
	RELEASE_BIT = 27, /* of PTYPE: split screen, camera, release */
	FORMAT_BIT = 28,
	HEAD_BITS = 32,
	GROUPS_QCIF = 3, /* 1, 3, 5 */
	GROUPS_CIF = 12,
	SPARE_MAX = 8,
};

/* 0 behind the end. */
static uint32_t bits(const uint8_t *p, size_t len, size_t at, unsigned n)
{
	uint32_t v = 0;
	for (; n; n--, at++) v = v << 1 | (at / 8 < len ? p[at / 8] >> (7 - at % 8) & 1u : 0);
	return v;
}

size_t ts_h261_next_start(const uint8_t *p, size_t len, size_t from)
{
	unsigned zeros = 0;
	for (size_t i = from / 8; i < len; i++) {
		unsigned byte = p[i];
		if (i == from / 8)
			byte |= 0xff00u >> from % 8 & 0xff; /* what stands before counts not */
		if (!byte) {
			zeros += 8;
			continue;
		}
		unsigned lead = 0, trail = 0;
		while (!(byte & 0x80u >> lead)) lead++;
		while (!(byte & 1u << trail)) trail++;
		if (zeros + lead >= START_ZEROS) {
			const size_t at = 8 * i + lead - START_ZEROS;
			if (at >= from) return at;
		}
		zeros = trail;
	}
	return 8 * len;
}

bool ts_h261_is_picture_start(const uint8_t *p, size_t len, size_t bit)
{
	return bit + START_BITS <= 8 * len && bits(p, len, bit, START_BITS) == 0x10;
}

/* Is the first macroblock of the group at that bit, MBA 1, coded by itself (MTYPE 0001 or, with
 * MQUANT, 0000 001)? */
static bool begins_intra(const uint8_t *p, size_t len, size_t at)
{
	at += START_BITS + 5;                              /* GQUANT */
	for (int i = 0; bits(p, len, at, 1); i++, at += 9) /* GEI, GSPARE */
		if (i == SPARE_MAX) return false;
	at++;
	while (bits(p, len, at, 11) == 0xf && at < 8 * len) at += 11; /* stuffing */
	return bits(p, len, at, 5) == 0x11 || bits(p, len, at, 8) == 0x81;
}

int ts_h261_read_picture(struct ts_h261_picture *out, const uint8_t *p, size_t len)
{
	int groups = 0;
	bool intra = true;
	*out = (struct ts_h261_picture){0};
	if (8 * len < HEAD_BITS || !ts_h261_is_picture_start(p, len, 0)) return TS_EBADMSG;
	const bool cif = bits(p, len, FORMAT_BIT, 1);
	out->width = cif ? 352 : 176;
	out->height = cif ? 288 : 144;
	for (size_t at = START_BITS; (at = ts_h261_next_start(p, len, at)) < 8 * len;
		at += START_BITS) {
		if (at + START_BITS > 8 * len || ts_h261_is_picture_start(p, len, at)) break;
		groups++;
		intra = intra && begins_intra(p, len, at);
	}
	out->intra = bits(p, len, RELEASE_BIT, 1) ||
		(intra && groups == (cif ? GROUPS_CIF : GROUPS_QCIF));
	return 0;
}

size_t ts_h261_largest_group(const uint8_t *p, size_t len)
{
	size_t from = 0, largest = 0;
	size_t at = ts_h261_next_start(p, len, START_BITS); /* of the first group */
	while (from < 8 * len) {
		at = at < 8 * len ? ts_h261_next_start(p, len, at + START_BITS) : at;
		const size_t n = (at + 7) / 8 - from / 8;
		if (n > largest) largest = n;
		from = at;
	}
	return largest;
}

void ts_h261_release(uint8_t *p, size_t len)
{
	if (8 * len >= HEAD_BITS) p[RELEASE_BIT / 8] |= 0x80 >> RELEASE_BIT % 8;
}
