#include "base/error.h"
#include "codec/h265.h"

enum { SUB_LAYERS = 7, PROFILE_BITS = 88, SIDE_MAX = 16384, DPB_MAX = 16, DEPTH_MAX = 16 };

static void skip(struct ts_bits *b, unsigned bits)
{
	for (; bits > 32; bits -= 32) ts_bits_u(b, 32);
	ts_bits_u(b, bits);
}

/* 7.3.3 */
static uint8_t read_profile(struct ts_bits *b, unsigned sub_layers)
{
	bool profile[SUB_LAYERS] = {false}, level[SUB_LAYERS] = {false};
	ts_bits_u(b, 3); /* general_profile_space, general_tier_flag */
	const uint8_t idc = (uint8_t)ts_bits_u(b, 5);
	skip(b, PROFILE_BITS - 8);
	ts_bits_u(b, 8); /* general_level_idc */
	for (unsigned i = 0; i < sub_layers; i++) {
		profile[i] = ts_bits_u(b, 1);
		level[i] = ts_bits_u(b, 1);
	}
	if (sub_layers) skip(b, 2 * (8 - sub_layers));
	for (unsigned i = 0; i < sub_layers; i++)
		skip(b, (profile[i] ? PROFILE_BITS : 0) + (level[i] ? 8 : 0));
	return idc;
}

/* 7.4.3.2.1: the margins, in units of chroma. */
static void read_window(struct ts_h265_sps *s, struct ts_bits *b)
{
	const int x = s->chroma_format_idc == 1 || s->chroma_format_idc == 2 ? 2 : 1;
	const int y = s->chroma_format_idc == 1 ? 2 : 1;
	uint32_t side[4];
	for (int i = 0; i < 4; i++) {
		side[i] = ts_bits_ue(b);
		if (side[i] > SIDE_MAX) b->bad = true;
	}
	s->width -= x * (int)(side[0] + side[1]);
	s->height -= y * (int)(side[2] + side[3]);
}

static void read_pictures(struct ts_h265_sps *s, struct ts_bits *b, unsigned sub_layers)
{
	for (unsigned i = ts_bits_u(b, 1) ? 0 : sub_layers; i <= sub_layers; i++) {
		const uint32_t pictures = ts_bits_ue(b) + 1;
		ts_bits_ue(b); /* reordered ones */
		ts_bits_ue(b); /* latency */
		if (pictures > DPB_MAX) b->bad = true;
		s->pictures = (uint8_t)pictures;
	}
}

int ts_h265_sps_parse(struct ts_h265_sps *out, const uint8_t *nal, size_t len)
{
	struct ts_bits b = ts_h265_bits(nal, len);
	struct ts_h265_sps s = {0};
	ts_bits_u(&b, 4); /* VPS */
	const unsigned sub_layers = ts_bits_u(&b, 3);
	ts_bits_u(&b, 1);
	if (sub_layers >= SUB_LAYERS) return TS_EBADMSG;
	s.profile_idc = read_profile(&b, sub_layers);
	const uint32_t id = ts_bits_ue(&b), chroma = ts_bits_ue(&b);
	if (chroma == 3) ts_bits_u(&b, 1);
	const uint32_t w = ts_bits_ue(&b), h = ts_bits_ue(&b);
	if (b.bad || id >= TS_H265_SPS_MAX || chroma > 3 || !w || !h || w > SIDE_MAX ||
		h > SIDE_MAX)
		return TS_EBADMSG;
	s.id = (uint8_t)id;
	s.chroma_format_idc = (uint8_t)chroma;
	s.coded_width = s.width = (int)w;
	s.coded_height = s.height = (int)h;
	if (ts_bits_u(&b, 1)) read_window(&s, &b);
	const uint32_t luma = ts_bits_ue(&b) + 8, deep = ts_bits_ue(&b) + 8;
	if (luma > DEPTH_MAX || deep > DEPTH_MAX) return TS_EBADMSG;
	s.bit_depth = (uint8_t)(luma > deep ? luma : deep);
	if (ts_bits_ue(&b) > 12) return TS_EBADMSG; /* log2_max_pic_order_cnt_lsb_minus4 */
	read_pictures(&s, &b, sub_layers);
	if (b.bad || s.width < 1 || s.height < 1) return TS_EBADMSG;
	*out = s;
	return 0;
}
