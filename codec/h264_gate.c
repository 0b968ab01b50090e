#include "codec/h264_gate.h"
#include "base/error.h"
#include "codec/decoder_kind.h"
#include <string.h>

enum { BASELINE = 66, MAIN = 77, EXTENDED = 88, HIGH = 100, REFS_FREE = 4 };

/* More references than REFS_FREE are for small pictures: so many macroblocks in all, twice what
 * level 4 has. */
#define REFS_MB_MAX 65536u

static bool is_negotiated(uint8_t profile)
{
	return profile == BASELINE || profile == MAIN || profile == EXTENDED || profile == HIGH;
}

static uint32_t refs_allowed(const struct ts_h264_sps *s)
{
	uint32_t by_level = ts_h264_sps_dpb_frames(s),
		 by_memory = REFS_MB_MAX / (s->mb_w * s->mb_h);
	uint32_t allowed = by_level < by_memory ? by_level : by_memory;
	return allowed < REFS_FREE ? REFS_FREE : allowed;
}

static void judge(const struct ts_h264_sps *s, struct ts_refusal *why)
{
	*why = (struct ts_refusal){.width = (uint16_t)s->width, .height = (uint16_t)s->height};
	if (!is_negotiated(s->profile_idc) || s->chroma_format_idc > 1 || s->bit_depth != 8) {
		why->kind = TS_REFUSED_FORMAT;
		why->detail = s->profile_idc;
	} else if (!ts_picture_is_allowed((int)s->mb_w * 16, (int)s->mb_h * 16)) {
		why->kind = TS_REFUSED_SIZE;
	} else if (s->refs > refs_allowed(s)) {
		why->kind = TS_REFUSED_REFERENCES;
		why->detail = (uint16_t)s->refs;
	} else if (s->width < TS_PICTURE_MIN || s->height < TS_PICTURE_MIN) {
		why->kind = TS_REFUSED_SIZE;
	}
}

static void read_sps(struct ts_h264_gate *g, const struct ts_nal *nal)
{
	struct ts_h264_sps s;
	if (ts_h264_sps_parse(&s, nal->p, nal->len)) return;
	if (!memcmp(&s, &g->sps[s.id], sizeof s)) return;
	g->sps[s.id] = s;
	g->new_sps = true;
	judge(&s, &g->refusal[s.id]);
}

static void read_pps(struct ts_h264_gate *g, const struct ts_nal *nal)
{
	struct ts_bits b = ts_bits(nal->p, nal->len);
	uint32_t id = ts_bits_ue(&b), sps = ts_bits_ue(&b);
	if (!b.bad && id < TS_H264_PPS_MAX && sps < TS_H264_SPS_MAX)
		g->sps_of[id] = (uint8_t)(sps + 1);
}

static const struct ts_refusal *read_slice(struct ts_h264_gate *g, const struct ts_nal *nal)
{
	struct ts_bits b = ts_bits(nal->p, nal->len);
	ts_bits_ue(&b); /* first_mb_in_slice */
	ts_bits_ue(&b); /* slice_type */
	uint32_t pps = ts_bits_ue(&b);
	if ((nal->p[0] & TS_NAL_TYPE) == TS_NAL_IDR) g->idr = true;
	if (b.bad || pps >= TS_H264_PPS_MAX || !g->sps_of[pps]) return NULL;
	const int sps = g->sps_of[pps] - 1;
	if (!g->sps[sps].mb_w) return NULL;
	if (g->sps[sps].refs > g->refs) g->refs = g->sps[sps].refs;
	return g->refusal[sps].kind ? &g->refusal[sps] : NULL;
}

int ts_h264_gate(struct ts_h264_gate *g, const uint8_t *unit, size_t len, struct ts_refusal *why)
{
	const uint8_t *at = unit, *end = unit + len;
	const struct ts_refusal *refusal = NULL;
	struct ts_nal nal;
	g->idr = g->new_sps = false;
	g->refs = 0;
	while (ts_nal_next(&nal, &at, end)) {
		unsigned type = nal.len ? nal.p[0] & TS_NAL_TYPE : 0;
		const struct ts_refusal *its = NULL;
		if (type == TS_NAL_SPS) read_sps(g, &nal);
		if (type == TS_NAL_PPS) read_pps(g, &nal);
		if (type >= TS_NAL_SLICE && type <= TS_NAL_IDR) its = read_slice(g, &nal);
		if (its && !refusal) refusal = its;
	}
	if (!refusal) return 0;
	*why = *refusal;
	return why->kind == TS_REFUSED_SIZE ? TS_ELIMIT : TS_EUNSUPPORTED;
}

static int gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	struct ts_h264_gate *g = state;
	const int err = ts_h264_gate(g, unit->data, (size_t)unit->size, &out->refusal);
	out->refs = g->refs;
	out->renewed = g->new_sps;
	out->no_key = !g->idr;
	return err;
}

const struct ts_decoder_kind ts_h264_decoder = {
	.library = "h264", .state_bytes = sizeof(struct ts_h264_gate), .gate = gate};
