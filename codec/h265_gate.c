/* What of H.265 goes on to libavcodec: Main and Main 10, in sizes and with as many reference
 * pictures as are taken. Any SPS of a unit counts: the decoder asks for a format again when another
 * one is put in use, and its size is looked at there as well. */
#include "codec/decoder_kind.h"
#include "codec/h265.h"
#include <string.h>

/* As for H.264: the larger the picture, the fewer are kept; but always as many as the level's
 * largest picture has (A.4.2). */
enum { PICTURES_FREE = 6, PICTURES_PX = 65536 * 256, DEPTH_MAX = 10 };

struct h265_gate {
	struct ts_h265_sps sps[TS_H265_SPS_MAX]; /* width 0: none */
	uint32_t pictures;                       /* the most of any of them */
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

static void keep(struct h265_gate *g, const struct ts_h265_sps *s, struct ts_gate *out)
{
	if (!memcmp(s, &g->sps[s->id], sizeof *s)) return;
	g->sps[s->id] = *s;
	out->renewed = true;
	g->pictures = 0;
	for (int i = 0; i < TS_H265_SPS_MAX; i++)
		if (g->sps[i].width && g->sps[i].pictures > g->pictures)
			g->pictures = g->sps[i].pictures;
}

static int h265_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	struct h265_gate *g = state;
	const uint8_t *at = unit->data, *end = unit->data + unit->size;
	struct ts_h265_sps s;
	struct ts_nal nal;
	int err = 0;
	while (!err && ts_nal_next(&nal, &at, end)) {
		if (nal.len <= TS_H265_HEADER_BYTES || ts_h265_type(nal.p[0]) != TS_H265_SPS ||
			ts_h265_sps_parse(&s, nal.p, nal.len))
			continue;
		keep(g, &s, out);
		err = judge(&s, out);
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
