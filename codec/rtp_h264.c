/* H.264 payloads to access units, RFC 6184 (the other way: rtp_h264_packetize.c). Section numbers
 * below are its own, those with H. are of ITU-T H.264. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/h264.h"
#include "codec/rtp_format.h"
#include <stdlib.h>
#include <string.h>

enum {
	PARAMS_MAX_BYTES = 1024,
	START_CODE = 4,
	SEI_RECOVERY_POINT = 6,
	NO_RECOVERY_POINT = -1,
	SLICE_TYPES = 5, /* H.7.4.3: a type and that plus five mean the same */
	SLICE_I = 2,
};

/* ---- parameter sets ---- */

struct params {
	bool fresh;     /* not yet in front of a picture */
	uint8_t sps_id; /* PPS: which SPS it builds on */
	uint16_t len;
	uint8_t data[];
};

struct h264 {
	struct params *sps[TS_H264_SPS_MAX], *pps[TS_H264_PPS_MAX]; /* the latest of each id */
	size_t nal_at; /* where the NAL unit being joined begins, behind its start code */
	uint8_t nal_type;
	bool fu_open;
	bool has_slice, is_idr;
	bool knows_params; /* those of the unit's first slice are here */
	bool sps_came;     /* since the last IDR picture */
	bool sps_expected; /* it did before the last IDR picture, too */
	bool gap;          /* anything lost since the last IDR picture */
	/* where decoding may begin without an IDR picture, H.D.2.8 */
	enum ts_entry entry;
	bool all_intra;             /* every slice of the unit so far */
	int32_t recovery_frame_cnt; /* of the SEI message of this unit, or NO_RECOVERY_POINT */
	size_t entry_at, entry_len; /* our own SEI message in the unit; len 0: none */
	/* end was called: it may be called again, when more slices come */
	bool ended;
};

static void h264_fini(void *state)
{
	struct h264 *h = state;
	for (int i = 0; i < TS_H264_SPS_MAX; i++) free(h->sps[i]);
	for (int i = 0; i < TS_H264_PPS_MAX; i++) free(h->pps[i]);
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

static int keep_sps(struct h264 *h, const uint8_t *nal, size_t len)
{
	struct ts_bits b = ts_bits(nal, len);
	ts_bits_u(&b, 24); /* profile_idc, constraint flags, level_idc */
	uint32_t id = ts_bits_ue(&b);
	if (b.bad || id >= TS_H264_SPS_MAX) return TS_EBADMSG;
	h->sps_came = true;
	return params_store(&h->sps[id], nal, len, (uint8_t)id);
}

static int keep_pps(struct h264 *h, const uint8_t *nal, size_t len)
{
	struct ts_bits b = ts_bits(nal, len);
	uint32_t id = ts_bits_ue(&b), sps_id = ts_bits_ue(&b);
	if (b.bad || id >= TS_H264_PPS_MAX || sps_id >= TS_H264_SPS_MAX) return TS_EBADMSG;
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

/* A picture at which decoding may begin gets all parameter sets in front, others those that are
 * new: some senders give them a packet, or even a timestamp, of their own, and whoever starts at a
 * key packet must find them inside. */
static int put_all_params(struct h264 *h, struct ts_unit *unit, bool all)
{
	int err = 0;
	for (int i = 0; i < TS_H264_SPS_MAX && !err; i++) err = put_params(unit, h->sps[i], all);
	for (int i = 0; i < TS_H264_PPS_MAX && !err; i++)
		if (h->pps[i] && h->sps[h->pps[i]->sps_id]) err = put_params(unit, h->pps[i], all);
	return err;
}

static int h264_parameter_sets(void *state, const uint8_t *nal, size_t len)
{
	struct h264 *h = state;
	switch (len ? nal[0] & TS_NAL_TYPE : 0) {
	case TS_NAL_SPS: {
		bool came = h->sps_came;
		int err = keep_sps(h, nal, len);
		h->sps_came = came; /* the stream owes nobody a repetition */
		return err;
	}
	case TS_NAL_PPS: return keep_pps(h, nal, len);
	default: return TS_EBADMSG;
	}
}

/* ---- where decoding may begin ---- */

/* The recovery point message of an SEI NAL unit, H.7.3.2.3.1, D.1.8; NO_RECOVERY_POINT when it has
 * none. */
static int32_t read_recovery_point(const uint8_t *nal, size_t len)
{
	struct ts_bits b = ts_bits(nal, len);
	while (!b.bad) {
		uint32_t type = 0, size = 0, byte;
		do type += byte = ts_bits_u(&b, 8);
		while (byte == 255);
		do size += byte = ts_bits_u(&b, 8);
		while (byte == 255);
		if (b.bad) break;
		if (type == SEI_RECOVERY_POINT) {
			uint32_t count = ts_bits_ue(&b);
			return b.bad || count > UINT16_MAX ? NO_RECOVERY_POINT : (int32_t)count;
		}
		while (size-- && !b.bad) ts_bits_u(&b, 8);
	}
	return NO_RECOVERY_POINT;
}

/* Tells libavcodec to begin here and to show nothing before the picture is whole again: it begins
 * at IDR pictures and at recovery points alone. */
static int put_recovery_point(struct h264 *h, struct ts_unit *unit, uint32_t count)
{
	uint8_t nal[16] = {TS_NAL_SEI, SEI_RECOVERY_POINT};
	unsigned zeros = 0, bit = 3 * 8;
	while ((count + 1) >> (zeros + 1)) zeros++;
	uint64_t code = count +
		/* ue(v), then exact_match_flag and broken_link_flag 0, changing_slice_group_idc 0,
		 * stop bit */
		1;
	unsigned n = 2 * zeros + 1;
	code = code << 5 | 1;
	n += 5;
	for (unsigned i = 0; i < n; i++, bit++)
		nal[bit / 8] |= (uint8_t)((code >> (n - 1 - i) & 1) << (7 - bit % 8));
	size_t bytes = (n + 7) / 8;
	nal[2] = (uint8_t)bytes;
	nal[3 + bytes] = 0x80; /* rbsp_trailing_bits */
	h->entry_at = unit->len;
	h->entry_len = START_CODE + 4 + bytes;
	int err = put_start_code(unit);
	return err ? err : put_bytes(unit, nal, 4 + bytes);
}

/* Cuts our message out again: not all slices were what the first one promised. */
static void drop_recovery_point(struct h264 *h, struct ts_unit *unit)
{
	uint8_t *at = unit->buf->data + h->entry_at;
	memmove(at, at + h->entry_len, unit->len - h->entry_at - h->entry_len);
	unit->len -= h->entry_len;
	h->entry_len = 0;
}

/* ---- payloads to access unit ---- */

static void h264_begin(void *state, bool gap, enum ts_entry entry)
{
	struct h264 *h = state;
	h->fu_open = h->has_slice = h->is_idr = h->knows_params = h->ended = false;
	h->all_intra = true;
	h->entry = entry;
	h->entry_len = 0;
	h->recovery_frame_cnt = NO_RECOVERY_POINT;
	if (gap) h->gap = true;
}

static bool is_slice(unsigned type)
{
	return type >= TS_NAL_SLICE && type <= TS_NAL_IDR;
}

struct slice {
	uint32_t first_mb, type, pps;
};

/* The first three fields of a slice header, H.7.3.3. body: what follows the NAL unit's header, some
 * bytes of it. */
static struct slice read_slice(const uint8_t *body, size_t len)
{
	struct ts_bits b = {.p = body, .end = body + len};
	struct slice s = {.first_mb = ts_bits_ue(&b)};
	if (b.bad) s.first_mb = UINT32_MAX;
	s.type = ts_bits_ue(&b);
	s.pps = ts_bits_ue(&b);
	if (b.bad) s.pps = UINT32_MAX;
	return s;
}

/* The first slice of a picture must be the one of its first macroblock, or packets before it are
 * missing (arbitrary slice order exists in the baseline profile on paper only: libavcodec does not
 * decode it). */
static int first_slice(struct h264 *h, struct ts_unit *unit, const struct slice *s)
{
	if (s->first_mb) return TS_EAGAIN;
	bool intra = s->type % SLICE_TYPES == SLICE_I,
	     marked = h->recovery_frame_cnt != NO_RECOVERY_POINT;
	bool enters = h->nal_type != TS_NAL_IDR &&
		((marked && h->entry != TS_ENTRY_KEY) || (intra && h->entry == TS_ENTRY_ANY));
	h->has_slice = true;
	h->is_idr = h->nal_type == TS_NAL_IDR;
	h->knows_params = s->pps < TS_H264_PPS_MAX && h->pps[s->pps] &&
		h->sps[h->pps[s->pps]->sps_id];
	int err = put_all_params(h, unit, h->is_idr || enters);
	if (!err && enters)
		err = put_recovery_point(h, unit, marked ? (uint32_t)h->recovery_frame_cnt : 0);
	return err;
}

static int open_slice(struct h264 *h, struct ts_unit *unit, const uint8_t *body, size_t len)
{
	struct slice s = read_slice(body, len);
	if (s.type % SLICE_TYPES != SLICE_I) h->all_intra = false;
	return h->has_slice ? 0 : first_slice(h, unit, &s);
}

/* Opens a NAL unit in the access unit. Only slices and parameter sets go on: delimiters and filler
 * are of no use to the decoder, of SEI only the recovery point, which is written anew where it is
 * needed, and the layers of SVC and MVC are beyond its reach. */
static int nal_open(
	struct h264 *h, struct ts_unit *unit, uint8_t header, const uint8_t *body, size_t len)
{
	h->nal_type = header & TS_NAL_TYPE;
	int err = is_slice(h->nal_type) ? open_slice(h, unit, body, len) : 0;
	if (!err) err = put_start_code(unit);
	h->nal_at = unit->len;
	return err ? err : put_bytes(unit, &header, 1);
}

static int nal_close(struct h264 *h, struct ts_unit *unit)
{
	if (is_slice(h->nal_type)) return 0;
	const uint8_t *nal = unit->buf->data + h->nal_at;
	size_t len = unit->len - h->nal_at;
	unit->len = h->nal_at - START_CODE;
	if (h->nal_type == TS_NAL_SPS) return keep_sps(h, nal, len);
	if (h->nal_type == TS_NAL_PPS) return keep_pps(h, nal, len);
	if (h->nal_type == TS_NAL_SEI && !h->has_slice) {
		int32_t count = read_recovery_point(nal, len);
		if (count != NO_RECOVERY_POINT) h->recovery_frame_cnt = count;
	}
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
		if ((nal.p[0] & TS_NAL_TYPE) > TS_NAL_SINGLE_MAX) return TS_EBADMSG;
		int err = join_nal(h, unit, nal.p, len);
		if (err) return err;
	}
	return 0;
}

/* 5.8 */
static int join_fu_a(struct h264 *h, struct ts_unit *unit, struct ts_rd r, uint8_t indicator)
{
	uint8_t header = ts_rd_u8(&r);
	size_t len = ts_rd_left(&r);
	int err = 0;
	if (r.bad || !(header & TS_NAL_TYPE) || (header & TS_NAL_TYPE) > TS_NAL_SINGLE_MAX)
		return TS_EBADMSG;
	if (header & TS_FU_START) {
		if (h->fu_open) return TS_EBADMSG;
		err = nal_open(h, unit, (indicator & TS_F_NRI) | (header & TS_NAL_TYPE), r.p, len);
		h->fu_open = true;
	} else if (!h->fu_open) {
		return TS_EAGAIN;
	} else if ((header & TS_NAL_TYPE) != h->nal_type) {
		return TS_EBADMSG;
	}
	if (!err && len) err = put_bytes(unit, r.p, len);
	if (err || !(header & TS_FU_END)) return err;
	h->fu_open = false;
	return nal_close(h, unit);
}

static int h264_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct h264 *h = state;
	struct ts_rd r = ts_rd(payload, len);
	uint8_t first = ts_rd_u8(&r);
	unsigned type = first & TS_NAL_TYPE;
	if (type == TS_FU_A) return join_fu_a(h, unit, r, first);
	if (h->fu_open) return TS_EBADMSG;
	if (type == TS_STAP_A) return join_stap_a(h, unit, r);
	if (type == 0 || type > TS_FU_A + 1) return 0; /* undefined, to be ignored: 5.2 */
	/* of interleaved mode, which we never agree to */
	if (type > TS_NAL_SINGLE_MAX) return TS_EBADMSG;
	return join_nal(h, unit, payload, len);
}

/* Whether the payload goes on with the picture that was ended: a slice that is not the first, or a
 * part of one. */
static bool h264_continues(const void *state, const uint8_t *payload, size_t len)
{
	const struct h264 *h = state;
	unsigned type = payload[0] & TS_NAL_TYPE;
	if (!h->has_slice) return false;
	if (type == TS_STAP_A && len > 3) {
		payload += 3;
		len -= 3;
		type = payload[0] & TS_NAL_TYPE;
	} else if (type == TS_FU_A && len > 2 && payload[1] & TS_FU_START) {
		payload += 1;
		len -= 1;
		type = payload[0] & TS_NAL_TYPE;
	}
	return is_slice(type) && len > 1 && read_slice(payload + 1, len - 1).first_mb != 0;
}

static bool h264_is_open(const void *state)
{
	const struct h264 *h = state;
	return h->fu_open;
}

static int h264_end(void *state, struct ts_unit *unit, bool *key)
{
	struct h264 *h = state;
	bool again = h->ended;
	if (h->fu_open) return TS_EBADMSG;
	if (!h->has_slice) return TS_EAGAIN;
	h->ended = true;
	if (h->entry_len && h->recovery_frame_cnt == NO_RECOVERY_POINT && !h->all_intra)
		drop_recovery_point(h, unit);
	*key = h->is_idr || h->entry_len;
	if (!*key) return 0;
	if (!h->knows_params) return TS_EBADMSG;
	if (again || !h->is_idr) return 0;
	/* A sender that precedes each IDR picture by its SPS did not this time, and packets are
	 * lost: it may have been another one. */
	bool sps_lost = h->gap && h->sps_expected && !h->sps_came;
	h->sps_expected = h->sps_came;
	h->sps_came = h->gap = false;
	return sps_lost ? TS_EBADMSG : 0;
}

const struct ts_rtp_format ts_rtp_h264 = {
	.state_bytes = sizeof(struct h264),
	.fini = h264_fini,
	.begin = h264_begin,
	.join = h264_join,
	.end = h264_end,
	.continues = h264_continues,
	.is_open = h264_is_open,
	.parameter_sets = h264_parameter_sets,
	.packetize = ts_h264_packetize,
};
