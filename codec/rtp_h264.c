/* RTP payload format for H.264, RFC 6184. Section numbers below are its own, those with H. are of ITU-T H.264. */
#include "base/bytes.h"
#include "base/error.h"
#include "base/media.h"
#include "codec/rtp_format.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAL_SLICE = 1,
	NAL_IDR = 5,
	NAL_SEI = 6,
	NAL_SPS = 7,
	NAL_PPS = 8,
	NAL_SINGLE_MAX = 23,
	STAP_A = 24,
	FU_A = 28,
	FU_START = 0x80,
	FU_END = 0x40,
	TYPE = 0x1f,
	F_NRI = 0xe0,
	N_SPS = 32,
	N_PPS = 256,
	PARAMS_MAX_BYTES = 1024,
	START_CODE = 4,
};

/* ---- parameter sets ---- */

struct params {
	bool fresh;     /* not yet in front of a picture */
	uint8_t sps_id; /* PPS: which SPS it builds on */
	uint16_t len;
	uint8_t data[];
};

struct h264 {
	struct params *sps[N_SPS], *pps[N_PPS]; /* the latest of each id */
	size_t nal_at;                          /* where the NAL unit being joined begins, behind its start code */
	uint8_t nal_type;
	bool fu_open;
	bool has_slice, is_idr;
	bool knows_params; /* those of the unit's first slice are here */
	bool sps_came;     /* since the last IDR picture */
	bool sps_expected; /* it did before the last IDR picture, too */
	bool gap;          /* anything lost since the last IDR picture */
};

static void h264_fini(void *state)
{
	struct h264 *h = state;
	for (int i = 0; i < N_SPS; i++) free(h->sps[i]);
	for (int i = 0; i < N_PPS; i++) free(h->pps[i]);
}

/* ue(v), H.9.1. The ids we look for stand within the first bytes of a NAL unit, in which no two zero bytes follow each other, so
 * there are no emulation prevention bytes to skip. */
static uint32_t read_ue(const uint8_t *p, size_t n_bytes, size_t *bit)
{
	unsigned zeros = 0;
	uint32_t v = 0;
	for (; *bit < n_bytes * 8 && !(p[*bit / 8] >> (7 - *bit % 8) & 1); ++*bit) zeros++;
	if (zeros > 16 || *bit + zeros >= n_bytes * 8) return UINT32_MAX;
	for (unsigned i = 0; i <= zeros; i++, ++*bit) v = v << 1 | (p[*bit / 8] >> (7 - *bit % 8) & 1);
	return v - 1;
}

static int params_store(struct params **slot, const uint8_t *nal, size_t len, uint8_t sps_id)
{
	struct params *p = *slot;
	if (p && p->len == len && memcmp(p->data, nal, len) == 0) return 0;
	if (len > PARAMS_MAX_BYTES) return TS_ELIMIT;
	p = realloc(p, sizeof *p + len);
	if (!p) return TS_ENOMEM;
	*slot = p;
	p->fresh = true;
	p->sps_id = sps_id;
	p->len = (uint16_t)len;
	memcpy(p->data, nal, len);
	return 0;
}

static int take_sps(struct h264 *h, const uint8_t *nal, size_t len)
{
	size_t bit = 4 * 8; /* header, profile_idc, constraint flags, level_idc */
	uint32_t id = read_ue(nal, len, &bit);
	if (id >= N_SPS) return TS_EBADMSG;
	h->sps_came = true;
	return params_store(&h->sps[id], nal, len, (uint8_t)id);
}

static int take_pps(struct h264 *h, const uint8_t *nal, size_t len)
{
	size_t bit = 8;
	uint32_t id = read_ue(nal, len, &bit), sps_id = read_ue(nal, len, &bit);
	if (id >= N_PPS || sps_id >= N_SPS) return TS_EBADMSG;
	return params_store(&h->pps[id], nal, len, (uint8_t)sps_id);
}

static int put_start_code(struct ts_unit *unit)
{
	uint8_t *at = ts_unit_add(unit, START_CODE);
	if (!at) return TS_ELIMIT;
	memcpy(at, (const uint8_t[START_CODE]){0, 0, 0, 1}, START_CODE);
	return 0;
}

static int put_bytes(struct ts_unit *unit, const uint8_t *bytes, size_t n)
{
	uint8_t *at = ts_unit_add(unit, n);
	if (!at) return TS_ELIMIT;
	memcpy(at, bytes, n);
	return 0;
}

static int put_params(struct ts_unit *unit, struct params *p, bool all)
{
	if (!p || !(all || p->fresh)) return 0;
	p->fresh = false;
	int err = put_start_code(unit);
	return err ? err : put_bytes(unit, p->data, p->len);
}

/* An IDR picture gets all parameter sets in front, others those that are new: some senders give them a packet, or
 * even a timestamp, of their own, and whoever starts at a key packet must find them inside. */
static int put_all_params(struct h264 *h, struct ts_unit *unit, bool idr)
{
	int err = 0;
	for (int i = 0; i < N_SPS && !err; i++) err = put_params(unit, h->sps[i], idr);
	for (int i = 0; i < N_PPS && !err; i++)
		if (h->pps[i] && h->sps[h->pps[i]->sps_id]) err = put_params(unit, h->pps[i], idr);
	return err;
}

/* ---- payloads to access unit ---- */

static void h264_begin(void *state, bool gap)
{
	struct h264 *h = state;
	h->fu_open = h->has_slice = h->is_idr = h->knows_params = false;
	if (gap) h->gap = true;
}

static bool is_slice(unsigned type)
{
	return type >= NAL_SLICE && type <= NAL_IDR;
}

/* The first slice of a picture must be the one of its first macroblock, or packets before it are missing (arbitrary slice
 * order exists in the baseline profile on paper only). body: what follows the NAL unit's header, some bytes of it. */
static int first_slice(struct h264 *h, struct ts_unit *unit, const uint8_t *body, size_t len)
{
	size_t bit = 0;
	if (read_ue(body, len, &bit) != 0) return TS_EAGAIN;
	read_ue(body, len, &bit); /* slice_type */
	uint32_t pps = read_ue(body, len, &bit);
	h->has_slice = true;
	h->is_idr = h->nal_type == NAL_IDR;
	h->knows_params = pps < N_PPS && h->pps[pps] && h->sps[h->pps[pps]->sps_id];
	return put_all_params(h, unit, h->is_idr);
}

/* Opens a NAL unit in the access unit. Only slices and parameter sets go on: delimiters, filler and SEI are of no use to the decoder, and
 * the layers of SVC and MVC beyond its reach. */
static int nal_open(struct h264 *h, struct ts_unit *unit, uint8_t header, const uint8_t *body, size_t len)
{
	h->nal_type = header & TYPE;
	if (is_slice(h->nal_type) && !h->has_slice) {
		int err = first_slice(h, unit, body, len);
		if (err) return err;
	}
	int err = put_start_code(unit);
	h->nal_at = unit->len;
	return err ? err : put_bytes(unit, &header, 1);
}

static int nal_close(struct h264 *h, struct ts_unit *unit)
{
	if (is_slice(h->nal_type)) return 0;
	const uint8_t *nal = unit->buf->data + h->nal_at;
	size_t len = unit->len - h->nal_at;
	unit->len = h->nal_at - START_CODE;
	if (h->nal_type == NAL_SPS) return take_sps(h, nal, len);
	if (h->nal_type == NAL_PPS) return take_pps(h, nal, len);
	return 0;
}

static int join_nal(struct h264 *h, struct ts_unit *unit, const uint8_t *nal, size_t len)
{
	int err = nal_open(h, unit, nal[0], nal + 1, len - 1);
	if (!err) err = put_bytes(unit, nal + 1, len - 1);
	return err ? err : nal_close(h, unit);
}

static int join_stap_a(struct h264 *h, struct ts_unit *unit, struct ts_rd r) /* 5.7.1 */
{
	while (ts_rd_left(&r)) {
		struct ts_rd nal = ts_rd_sub(&r, ts_rd_u16(&r));
		if (nal.bad) return TS_EBADMSG;
		size_t len = ts_rd_left(&nal);
		if (!len) continue;
		if ((nal.p[0] & TYPE) > NAL_SINGLE_MAX) return TS_EBADMSG;
		int err = join_nal(h, unit, nal.p, len);
		if (err) return err;
	}
	return 0;
}

static int join_fu_a(struct h264 *h, struct ts_unit *unit, struct ts_rd r, uint8_t indicator) /* 5.8 */
{
	uint8_t header = ts_rd_u8(&r);
	size_t len = ts_rd_left(&r);
	int err = 0;
	if (r.bad || !(header & TYPE) || (header & TYPE) > NAL_SINGLE_MAX) return TS_EBADMSG;
	if (header & FU_START) {
		if (h->fu_open) return TS_EBADMSG;
		err = nal_open(h, unit, (indicator & F_NRI) | (header & TYPE), r.p, len);
		h->fu_open = true;
	} else if (!h->fu_open) {
		return TS_EAGAIN;
	} else if ((header & TYPE) != h->nal_type) {
		return TS_EBADMSG;
	}
	if (!err && len) err = put_bytes(unit, r.p, len);
	if (err || !(header & FU_END)) return err;
	h->fu_open = false;
	return nal_close(h, unit);
}

static int h264_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct h264 *h = state;
	struct ts_rd r = ts_rd(payload, len);
	uint8_t first = ts_rd_u8(&r);
	unsigned type = first & TYPE;
	if (type == FU_A) return join_fu_a(h, unit, r, first);
	if (h->fu_open) return TS_EBADMSG;
	if (type == STAP_A) return join_stap_a(h, unit, r);
	if (type == 0 || type > FU_A + 1) return 0;   /* undefined, to be ignored: 5.2 */
	if (type > NAL_SINGLE_MAX) return TS_EBADMSG; /* of interleaved mode, which we never agree to */
	return join_nal(h, unit, payload, len);
}

static int h264_end(void *state, const struct ts_unit *unit, bool *key)
{
	struct h264 *h = state;
	(void)unit;
	if (h->fu_open) return TS_EBADMSG;
	if (!h->has_slice) return TS_EAGAIN;
	*key = h->is_idr;
	if (!h->is_idr) return 0;
	/* A sender that precedes each IDR picture by its SPS did not this time, and packets are lost: it may have been another one. */
	bool sps_lost = h->gap && h->sps_expected && !h->sps_came;
	h->sps_expected = h->sps_came;
	h->sps_came = h->gap = false;
	return sps_lost || !h->knows_params ? TS_EBADMSG : 0;
}

/* ---- access unit to payloads ---- */

struct nal {
	const uint8_t *p;
	size_t len;
};

/* Points to the next 00 00 01, or to end. */
static const uint8_t *find_start(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 3) {
		if (p[2] > 1)
			p += 3; /* no start code can begin at any of them */
		else if (p[0] || p[1] || !p[2])
			p++;
		else
			return p;
	}
	return end;
}

/* Takes the next NAL unit out of Annex B bytes [*at, end); false when there is none. */
static bool next_nal(struct nal *nal, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = find_start(*at, end);
	if (p == end) return false;
	nal->p = p + 3;
	*at = find_start(nal->p, end);
	nal->len = (size_t)(*at - nal->p);
	while (nal->len && !nal->p[nal->len - 1]) nal->len--; /* zeros belong to the next start code: H.B.1 */
	return true;
}

struct packetizer {
	struct ts_au *au;
	int mode;
	size_t mtu;
	struct nal small[8];         /* parameter sets waiting to share a packet */
	size_t n_small, small_bytes; /* bytes as STAP-A */
};

static int put_single(struct packetizer *z, const struct nal *nal)
{
	uint8_t *out = ts_au_add(z->au, (uint32_t)nal->len);
	if (!out) return TS_ELIMIT;
	memcpy(out, nal->p, nal->len);
	return 0;
}

static int put_fu_a(struct packetizer *z, const struct nal *nal)
{
	size_t left = nal->len - 1, n = (left + z->mtu - 3) / (z->mtu - 2), chunk = (left + n - 1) / n;
	const uint8_t *from = nal->p + 1;
	for (size_t i = 0; left; i++) {
		size_t len = left < chunk ? left : chunk;
		uint8_t *out = ts_au_add(z->au, (uint32_t)len + 2);
		if (!out) return TS_ELIMIT;
		left -= len;
		out[0] = (uint8_t)((nal->p[0] & F_NRI) | FU_A);
		out[1] = (uint8_t)((nal->p[0] & TYPE) | (i ? 0 : FU_START) | (left ? 0 : FU_END));
		memcpy(out + 2, from, len);
		from += len;
	}
	return 0;
}

static int put_small(struct packetizer *z)
{
	size_t n = z->n_small;
	z->n_small = 0;
	if (n == 0) return 0;
	if (n == 1) return put_single(z, &z->small[0]);
	uint8_t *out = ts_au_add(z->au, (uint32_t)z->small_bytes);
	if (!out) return TS_ELIMIT;
	struct ts_wr w = ts_wr(out, z->small_bytes);
	uint8_t nri = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t its = z->small[i].p[0] & F_NRI;
		nri = its > nri ? its : nri; /* 5.7: the highest of all */
	}
	ts_wr_u8(&w, nri | STAP_A);
	for (size_t i = 0; i < n; i++) {
		ts_wr_u16(&w, (uint16_t)z->small[i].len);
		ts_wr_bytes(&w, z->small[i].p, z->small[i].len);
	}
	assert(!w.bad);
	return 0;
}

static int put_nal(struct packetizer *z, const struct nal *nal)
{
	unsigned type = nal->p[0] & TYPE;
	if (z->mode == 0) return nal->len > z->mtu ? TS_EINVAL : put_single(z, nal);
	bool small = type >= NAL_SEI && type <= NAL_PPS && 1 + 2 + nal->len <= z->mtu;
	bool full = z->n_small == sizeof z->small / sizeof *z->small || z->small_bytes + 2 + nal->len > z->mtu;
	if (!small || full) {
		int err = put_small(z);
		if (err) return err;
	}
	if (!small) return nal->len > z->mtu ? put_fu_a(z, nal) : put_single(z, nal);
	if (!z->n_small) z->small_bytes = 1;
	z->small[z->n_small++] = *nal;
	z->small_bytes += 2 + nal->len;
	return 0;
}

static bool is_sent(const struct nal *nal)
{
	unsigned type = nal->len ? nal->p[0] & TYPE : 0;
	return type >= NAL_SLICE && type <= NAL_PPS; /* no delimiters, no filler */
}

static int h264_pay(struct ts_au **out, const AVPacket *packet, int mode, size_t mtu)
{
	const uint8_t *end = packet->data + packet->size, *at = packet->data;
	struct nal nal;
	size_t n = 0, bytes = 0;
	while (next_nal(&nal, &at, end)) {
		n += 2 + nal.len / (mtu - 2);
		bytes += nal.len;
	}
	struct packetizer z = {.au = ts_au_create((uint32_t)n, (uint32_t)(bytes + 3 * n)), .mode = mode, .mtu = mtu};
	if (!z.au) return TS_ENOMEM;
	int err = 0;
	for (at = packet->data; !err && next_nal(&nal, &at, end);)
		if (is_sent(&nal)) err = put_nal(&z, &nal);
	if (!err) err = put_small(&z);
	if (!err && !z.au->n) err = TS_EINVAL;
	if (err) ts_au_unref(&z.au);
	*out = z.au;
	return err;
}

const struct ts_rtp_format ts_rtp_h264 = {
	.state_bytes = sizeof(struct h264),
	.fini = h264_fini,
	.begin = h264_begin,
	.join = h264_join,
	.end = h264_end,
	.pay = h264_pay,
};
