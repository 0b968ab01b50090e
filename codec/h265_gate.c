/* What of H.265 goes on to libavcodec: Main and Main 10, in sizes and with as many reference
 * pictures as are taken. The SPS that a slice names by its PPS counts, as units bring those of
 * other streams, too; the decoder asks for a format again when another one is put in use, and its
 * size is looked at there as well. */
#include "codec/decoder_kind.h"
#include "codec/h265.h"
#include <string.h>

/* As for H.264: the larger the picture, the fewer are kept; but always as many as the level's
 * largest picture has (A.4.2). */
enum { PICTURES_FREE = 6, PICTURES_PX = 65536 * 256, DEPTH_MAX = 10 };

struct h265_gate {
	struct ts_h265_sps sps[TS_H265_SPS_MAX]; /* width 0: none */
	uint8_t sps_of[TS_H265_PPS_MAX];         /* 1 + the id of its SPS; 0: no such PPS */
	uint32_t pictures;                       /* the most of any of them that is taken */
};

static uint32_t pictures_allowed(const struct ts_h265_sps *s)
{
	const uint32_t n = (uint32_t)(PICTURES_PX / (s->coded_width * s->coded_height));
	return n < PICTURES_FREE ? PICTURES_FREE : n;
}

static int judge(const struct ts_h265_sps *s, struct ts_gate *out)
{
	if (s->chroma_format_idc != 1 || s->bit_depth > DEPTH_MAX)
		return ts_gate_refuse(out, TS_REFUSED_FORMAT, s->width, s->height, s->profile_idc);
	if (!ts_picture_is_allowed(s->coded_width, s->coded_height) || s->width < TS_PICTURE_MIN ||
		s->height < TS_PICTURE_MIN)
		return ts_gate_refuse(out, TS_REFUSED_SIZE, s->width, s->height, 0);
	if (s->pictures > pictures_allowed(s))
		return ts_gate_refuse(out, TS_REFUSED_REFERENCES, s->width, s->height, s->pictures);
	return 0;
}

static void read_sps(struct h265_gate *g, const struct ts_nal *nal, struct ts_gate *out)
{
	struct ts_h265_sps s;
	if (ts_h265_sps_parse(&s, nal->p, nal->len)) return;
	if (!memcmp(&s, &g->sps[s.id], sizeof s)) return;
	g->sps[s.id] = s;
	out->renewed = true;
	g->pictures = 0;
	for (int i = 0; i < TS_H265_SPS_MAX; i++) {
		struct ts_gate its;
		if (g->sps[i].width && g->sps[i].pictures > g->pictures && !judge(&g->sps[i], &its))
			g->pictures = g->sps[i].pictures;
	}
}

static void read_pps(struct h265_gate *g, const struct ts_nal *nal)
{
	struct ts_bits b = ts_h265_bits(nal->p, nal->len);
	const uint32_t id = ts_bits_ue(&b), sps = ts_bits_ue(&b);
	if (!b.bad && id < TS_H265_PPS_MAX && sps < TS_H265_SPS_MAX)
		g->sps_of[id] = (uint8_t)(sps + 1);
}

/* 7.3.6.1 */
static int judge_slice(struct h265_gate *g, const struct ts_nal *nal, struct ts_gate *out)
{
	struct ts_bits b = ts_h265_bits(nal->p, nal->len);
	ts_bits_u(&b, ts_h265_is_irap(ts_h265_type(nal->p[0])) ? 2 : 1);
	const uint32_t pps = ts_bits_ue(&b);
	if (b.bad || pps >= TS_H265_PPS_MAX || !g->sps_of[pps]) return 0;
	const struct ts_h265_sps *s = &g->sps[g->sps_of[pps] - 1];
	return s->width ? judge(s, out) : 0;
}

static int h265_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	struct h265_gate *g = state;
	const uint8_t *at = unit->data, *end = unit->data + unit->size;
	struct ts_nal nal;
	int err = 0;
	while (ts_nal_next(&nal, &at, end)) {
		if (nal.len <= TS_H265_HEADER_BYTES) continue;
		const uint8_t type = ts_h265_type(nal.p[0]);
		if (type == TS_H265_SPS) read_sps(g, &nal, out);
		if (type == TS_H265_PPS) read_pps(g, &nal);
		if (type <= TS_H265_SLICE_LAST && !err) err = judge_slice(g, &nal, out);
	}
	out->refs = g->pictures;
	return err;
}

const struct ts_decoder_kind ts_h265_decoder = {.library = "hevc",
	.deep = true,
	.strict = true,
	.tainted = true, /* a checksum that did not match stays for the next picture */
	.state_bytes = sizeof(struct h265_gate),
	.gate = h265_gate};
