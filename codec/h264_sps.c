#include "codec/h264_sps.h"
#include "base/error.h"
#include "codec/h264.h"

enum {
	MB = 16,
	MB_SIDE_MAX = 1024, /* 16384 pixels: what VP8 can say, and more than any level holds */
	REFS_MAX = 16,
	DEPTH_MAX = 14,
	CYCLE_MAX = 255,
	SET3 = 0x10,
	LEVEL_1B = 11,
};

/* Those whose parameter sets go on with chroma format, depth and scaling lists. */
static bool is_high(uint8_t profile)
{
	static const uint8_t high[] = {
		100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
	for (size_t i = 0; i < sizeof high; i++)
		if (high[i] == profile) return true;
	return false;
}

static void skip_scaling_list(struct ts_bits *b, unsigned n)
{
	int32_t last = 8, next = 8;
	for (unsigned i = 0; i < n && !b->bad; i++) {
		if (next) next = (int32_t)(((uint32_t)last + (uint32_t)ts_bits_se(b)) & 0xff);
		if (next) last = next;
	}
}

static void read_high(struct ts_h264_sps *s, struct ts_bits *b)
{
	uint32_t chroma = ts_bits_ue(b);
	if (chroma > 3) b->bad = true;
	s->chroma_format_idc = (uint8_t)chroma;
	if (chroma == 3) ts_bits_u(b, 1); /* separate_colour_plane_flag */
	uint32_t luma_depth = 8 + (ts_bits_ue(b) & 0xff), chroma_depth = 8 + (ts_bits_ue(b) & 0xff);
	s->bit_depth = (uint8_t)(luma_depth > chroma_depth ? luma_depth : chroma_depth);
	if (s->bit_depth > DEPTH_MAX) b->bad = true;
	ts_bits_u(b, 1); /* qpprime_y_zero_transform_bypass_flag */
	if (!ts_bits_u(b, 1)) return;
	for (unsigned i = 0; i < (chroma == 3 ? 12u : 8u); i++)
		if (ts_bits_u(b, 1)) skip_scaling_list(b, i < 6 ? 16 : 64);
}

static void skip_order_count(struct ts_bits *b)
{
	uint32_t type = ts_bits_ue(b);
	if (type == 0) {
		ts_bits_ue(b);
	} else if (type == 1) {
		ts_bits_u(b, 1);
		ts_bits_se(b);
		ts_bits_se(b);
		uint32_t n = ts_bits_ue(b);
		if (n > CYCLE_MAX) b->bad = true;
		for (uint32_t i = 0; i < n && !b->bad; i++) ts_bits_se(b);
	} else if (type > 2) {
		b->bad = true;
	}
}

static void read_size(struct ts_h264_sps *s, struct ts_bits *b)
{
	uint32_t w = ts_bits_ue(b), h = ts_bits_ue(b), frames = ts_bits_u(b, 1), crop[4] = {0};
	if (w >= MB_SIDE_MAX || h >= MB_SIDE_MAX) b->bad = true;
	if (!frames) ts_bits_u(b, 1); /* mb_adaptive_frame_field_flag */
	ts_bits_u(b, 1);              /* direct_8x8_inference_flag */
	if (ts_bits_u(b, 1))
		for (int i = 0; i < 4; i++) crop[i] = ts_bits_ue(b);
	if (b->bad) return;
	s->mb_w = w + 1;
	s->mb_h = (h + 1) * (2 - frames);
	uint64_t unit_x = s->chroma_format_idc == 1 || s->chroma_format_idc == 2 ? 2 : 1;
	uint64_t unit_y = (s->chroma_format_idc == 1 ? 2u : 1u) * (2 - frames);
	uint64_t cut_x = unit_x * ((uint64_t)crop[0] + crop[1]),
		 cut_y = unit_y * ((uint64_t)crop[2] + crop[3]);
	if (cut_x >= (uint64_t)s->mb_w * MB || cut_y >= (uint64_t)s->mb_h * MB) {
		b->bad = true;
		return;
	}
	s->width = (int)(s->mb_w * MB - cut_x);
	s->height = (int)(s->mb_h * MB - cut_y);
}

int ts_h264_sps_parse(struct ts_h264_sps *out, const uint8_t *nal, size_t len)
{
	struct ts_bits b = ts_bits(nal, len);
	struct ts_h264_sps s = {.chroma_format_idc = 1, .bit_depth = 8};
	s.profile_idc = (uint8_t)ts_bits_u(&b, 8);
	s.constraints = (uint8_t)ts_bits_u(&b, 8);
	s.level_idc = (uint8_t)ts_bits_u(&b, 8);
	uint32_t id = ts_bits_ue(&b);
	if (id >= TS_H264_SPS_MAX) return TS_EBADMSG;
	s.id = (uint8_t)id;
	if (is_high(s.profile_idc)) read_high(&s, &b);
	ts_bits_ue(&b); /* log2_max_frame_num_minus4 */
	skip_order_count(&b);
	s.refs = ts_bits_ue(&b);
	ts_bits_u(&b, 1); /* gaps_in_frame_num_value_allowed_flag */
	if (s.refs > REFS_MAX) return TS_EBADMSG;
	read_size(&s, &b);
	if (b.bad) return TS_EBADMSG;
	*out = s;
	return 0;
}

uint32_t ts_h264_sps_dpb_frames(const struct ts_h264_sps *s)
{
	static const struct {
		uint8_t idc;
		uint32_t mbs; /* MaxDpbMbs */
	} levels[] = {{9, 396}, {10, 396}, {11, 900}, {12, 2376}, {21, 4752}, {22, 8100},
		{31, 18000}, {32, 20480}, {40, 32768}, {42, 34816}, {50, 110400}, {51, 184320},
		{60, 696320}};
	uint32_t mbs = levels[0].mbs;
	bool is_1b = s->level_idc == LEVEL_1B && s->constraints & SET3 && !is_high(s->profile_idc);
	for (size_t i = 0;
		i < sizeof levels / sizeof *levels && !is_1b && levels[i].idc <= s->level_idc; i++)
		mbs = levels[i].mbs;
	uint32_t frames = mbs / (s->mb_w * s->mb_h);
	return frames < REFS_MAX ? frames : REFS_MAX;
}
