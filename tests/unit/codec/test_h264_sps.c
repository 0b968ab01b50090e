/* Sequence parameter sets, made bit by bit, and what of a stream they let through. */
#include "codec/h264_gate.h"
#include "codec/h264_sps.h"
#include "tests/unit/codec/support.h"
#include <stdbool.h>
#include <string.h>

/* ---- writing */

struct bits {
	uint8_t bytes[512];
	size_t n; /* bits */
};

static void u(struct bits *b, unsigned n, uint32_t v)
{
	while (n--) {
		if (v >> n & 1) b->bytes[b->n / 8] |= (uint8_t)(0x80 >> b->n % 8);
		b->n++;
	}
}

static void ue(struct bits *b, uint32_t v)
{
	unsigned zeros = 0;
	while ((uint64_t)(v + 1) >> (zeros + 1)) zeros++;
	u(b, zeros, 0);
	u(b, zeros + 1, v + 1);
}

struct want {
	unsigned profile, level, id, chroma, depth, refs, mb_w, mb_h, interlaced, crop_bottom,
		order_type, lists, set;
	bool huge_delta; /* of the first scaling list */
};

/* Into nal, with emulation prevention; its length. */
static size_t make_sps(uint8_t *nal, const struct want *w)
{
	struct bits b = {0};
	u(&b, 8, w->profile);
	u(&b, 8, w->set);
	u(&b, 8, w->level);
	ue(&b, w->id);
	if (w->profile >= 100 || w->profile == 44) {
		ue(&b, w->chroma);
		if (w->chroma == 3) u(&b, 1, 0);
		ue(&b, w->depth - 8);
		ue(&b, w->depth - 8);
		u(&b, 1, 0);
		u(&b, 1, w->lists);
		for (int i = 0; w->lists && i < (w->chroma == 3 ? 12 : 8); i++) {
			u(&b, 1, 1);
			/* +2147483647 */
			if (w->huge_delta) ue(&b, 4294967293u);
			/* +1, -1 */
			for (int k = w->huge_delta; k < (i < 6 ? 16 : 64); k++)
				ue(&b, k % 2 ? 1 : 2);
		}
	}
	ue(&b, 0);
	ue(&b, w->order_type);
	if (w->order_type == 0) ue(&b, 2);
	if (w->order_type == 1) {
		u(&b, 1, 0);
		ue(&b, 5);
		ue(&b, 6);
		ue(&b, 3);
		for (int i = 0; i < 3; i++) ue(&b, 7);
	}
	ue(&b, w->refs);
	u(&b, 1, 0);
	ue(&b, w->mb_w - 1);
	ue(&b, w->mb_h / (w->interlaced ? 2 : 1) - 1);
	u(&b, 1, !w->interlaced);
	if (w->interlaced) u(&b, 1, 0);
	u(&b, 1, 1);
	u(&b, 1, w->crop_bottom > 0);
	if (w->crop_bottom) ue(&b, 0), ue(&b, 0), ue(&b, 0), ue(&b, w->crop_bottom);
	u(&b, 1, 0);
	u(&b, 1, 1);
	size_t n = 0, zeros = 0;
	nal[n++] = 0x67;
	for (size_t i = 0; i < (b.n + 7) / 8; i++) {
		if (zeros >= 2 && b.bytes[i] <= 3) {
			nal[n++] = 3;
			zeros = 0;
		}
		nal[n++] = b.bytes[i];
		zeros = b.bytes[i] ? 0 : zeros + 1;
	}
	return n;
}

static struct want basic(unsigned mb_w, unsigned mb_h)
{
	return (struct want){.profile = 66,
		.level = 40,
		.chroma = 1,
		.depth = 8,
		.refs = 1,
		.mb_w = mb_w,
		.mb_h = mb_h};
}

/* ---- reading */

static void fields(void **state)
{
	(void)state;
	for (unsigned order = 0; order < 3; order++)
		for (unsigned chroma = 0; chroma < 4; chroma++)
			for (unsigned lists = 0; lists < 2; lists++)
				for (unsigned interlaced = 0; interlaced < 2; interlaced++) {
					struct want w = {.profile = 100,
						.level = 31,
						.id = 31,
						.chroma = chroma,
						.depth = 8 + chroma,
						.refs = 3,
						.mb_w = 120,
						.mb_h = 68,
						.interlaced = interlaced,
						.crop_bottom = interlaced ? 2 : 4,
						.order_type = order,
						.lists = lists};
					uint8_t nal[512];
					struct ts_h264_sps s;
					size_t n = make_sps(nal, &w);
					assert_int_equal(ts_h264_sps_parse(&s, nal, n), 0);
					assert_int_equal(s.profile_idc, 100);
					assert_int_equal(s.level_idc, 31);
					assert_int_equal(s.id, 31);
					assert_int_equal(s.chroma_format_idc, chroma);
					assert_int_equal(s.bit_depth, 8 + chroma);
					assert_int_equal(s.refs, 3);
					assert_int_equal(s.mb_w, 120);
					assert_int_equal(s.mb_h, 68);
					assert_int_equal(s.width, 1920);
					assert_int_equal(s.height,
						chroma == 1          ? 1080
							: interlaced ? 1084
								     : 1084);
				}
}

static void cut_off_anywhere(void **state)
{
	struct want w = {.profile = 100,
		.level = 40,
		.chroma = 3,
		.depth = 10,
		.refs = 16,
		.mb_w = 120,
		.mb_h = 68,
		.crop_bottom = 4,
		.order_type = 1,
		.lists = 1};
	uint8_t nal[512];
	struct ts_h264_sps s;
	size_t n = make_sps(nal, &w);
	(void)state;
	for (size_t len = 0; len + 2 < n; len++)
		assert_int_equal(ts_h264_sps_parse(&s, nal, len), TS_EBADMSG);
	static const struct want bad[] = {
		{.profile = 66, .id = 32, .refs = 1, .mb_w = 10, .mb_h = 10},
		{.profile = 66, .refs = 17, .mb_w = 10, .mb_h = 10},
		{.profile = 66, .refs = 1, .mb_w = 1025, .mb_h = 1},
		{.profile = 66, .refs = 1, .mb_w = 10, .mb_h = 10, .crop_bottom = 80},
		{.profile = 66, .refs = 1, .mb_w = 10, .mb_h = 10, .order_type = 3},
		{.profile = 100, .chroma = 4, .depth = 8, .refs = 1, .mb_w = 10, .mb_h = 10},
		{.profile = 100, .chroma = 1, .depth = 15, .refs = 1, .mb_w = 10, .mb_h = 10},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		n = make_sps(nal, &bad[i]);
		if (ts_h264_sps_parse(&s, nal, n) != TS_EBADMSG) fail_msg("row %zu", i);
	}
}

/* Deltas of scaling lists are read modulo 256, however large (under UBSan). */
static void huge_deltas(void **state)
{
	const struct want w = {.profile = 100,
		.level = 40,
		.chroma = 1,
		.depth = 8,
		.refs = 1,
		.mb_w = 10,
		.mb_h = 10,
		.lists = 1,
		.huge_delta = true};
	uint8_t nal[1024];
	struct ts_h264_sps s;
	(void)state;
	assert_int_equal(ts_h264_sps_parse(&s, nal, make_sps(nal, &w)), 0);
	assert_int_equal(s.mb_w, 10);
}

/* Table A-1, MaxDpbMbs. */
static void frames_of_a_level(void **state)
{
	static const struct {
		unsigned level, mb_w, mb_h, frames;
	} rows[] = {{10, 11, 9, 4}, {11, 22, 18, 2}, {13, 22, 18, 6}, {22, 45, 36, 5},
		{31, 80, 45, 5}, {40, 120, 68, 4}, {41, 120, 68, 4}, {42, 120, 68, 4},
		{50, 120, 68, 13}, {51, 120, 68, 16}, {51, 256, 144, 5}, {62, 256, 144, 16},
		{40, 22, 18, 16}, {0, 11, 9, 4}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_h264_sps s = {.profile_idc = 66,
			.level_idc = (uint8_t)rows[i].level,
			.mb_w = rows[i].mb_w,
			.mb_h = rows[i].mb_h};
		assert_int_equal(ts_h264_sps_dpb_frames(&s), rows[i].frames);
	}
}

/* ---- the gate */

static size_t unit_with(uint8_t *out, const struct want *w)
{
	static const uint8_t start[] = {0, 0, 0, 1}, slice[] = {0x65, 0x88, 0x84, 0x21};
	struct bits pps = {0};
	ue(&pps, 0);
	ue(&pps, w->id);
	u(&pps, 8, 0xff);
	size_t n = 0;
	memcpy(out, start, 4);
	n = 4 + make_sps(out + 4, w);
	memcpy(out + n, start, 4);
	out[n + 4] = 0x68;
	memcpy(out + n + 5, pps.bytes, (pps.n + 7) / 8);
	n += 5 + (pps.n + 7) / 8;
	memcpy(out + n, start, 4);
	memcpy(out + n + 4, slice, sizeof slice);
	return n + 4 + sizeof slice;
}

static void what_goes_through(void **state)
{
	static const struct {
		const char *name;
		struct want w;
		int kind;
	} rows[] = {
		{"baseline", {.profile = 66, .level = 31, .refs = 1, .mb_w = 80, .mb_h = 45}, 0},
		{"main", {.profile = 77, .level = 31, .refs = 2, .mb_w = 80, .mb_h = 45}, 0},
		{"extended", {.profile = 88, .level = 31, .refs = 2, .mb_w = 80, .mb_h = 45}, 0},
		{"high",
			{.profile = 100,
				.level = 40,
				.chroma = 1,
				.depth = 8,
				.refs = 4,
				.mb_w = 120,
				.mb_h = 68},
			0},
		{"grey",
			{.profile = 100,
				.level = 40,
				.chroma = 0,
				.depth = 8,
				.refs = 4,
				.mb_w = 120,
				.mb_h = 68},
			0},
		{"high 10",
			{.profile = 110,
				.level = 40,
				.chroma = 1,
				.depth = 10,
				.refs = 1,
				.mb_w = 120,
				.mb_h = 68},
			TS_REFUSED_FORMAT},
		{"high with 10 bit",
			{.profile = 100,
				.level = 40,
				.chroma = 1,
				.depth = 10,
				.refs = 1,
				.mb_w = 20,
				.mb_h = 20},
			TS_REFUSED_FORMAT},
		{"4:2:2",
			{.profile = 122,
				.level = 40,
				.chroma = 2,
				.depth = 8,
				.refs = 1,
				.mb_w = 20,
				.mb_h = 20},
			TS_REFUSED_FORMAT},
		{"4:4:4",
			{.profile = 244,
				.level = 40,
				.chroma = 3,
				.depth = 8,
				.refs = 1,
				.mb_w = 20,
				.mb_h = 20},
			TS_REFUSED_FORMAT},
		{"4:4:4 that says high",
			{.profile = 100,
				.level = 40,
				.chroma = 3,
				.depth = 8,
				.refs = 1,
				.mb_w = 20,
				.mb_h = 20},
			TS_REFUSED_FORMAT},
		{"CAVLC 4:4:4",
			{.profile = 44,
				.level = 40,
				.chroma = 3,
				.depth = 8,
				.refs = 1,
				.mb_w = 20,
				.mb_h = 20},
			TS_REFUSED_FORMAT},
		{"16 references, level 4",
			{.profile = 77, .level = 40, .refs = 16, .mb_w = 120, .mb_h = 68},
			TS_REFUSED_REFERENCES},
		{"16 references, level 5.1",
			{.profile = 77, .level = 51, .refs = 16, .mb_w = 120, .mb_h = 68},
			TS_REFUSED_REFERENCES},
		{"5 of level 5, which x264's slow preset makes",
			{.profile = 77, .level = 50, .refs = 5, .mb_w = 120, .mb_h = 68}, 0},
		{"16 of a small one",
			{.profile = 77, .level = 40, .refs = 16, .mb_w = 22, .mb_h = 18}, 0},
		{"4 though its level holds 2",
			{.profile = 66, .level = 11, .refs = 4, .mb_w = 22, .mb_h = 18}, 0},
		{"5 of them", {.profile = 66, .level = 11, .refs = 5, .mb_w = 22, .mb_h = 18},
			TS_REFUSED_REFERENCES},
		{"4096x2304", {.profile = 66, .level = 51, .refs = 1, .mb_w = 256, .mb_h = 144}, 0},
		{"2304x4096", {.profile = 66, .level = 51, .refs = 1, .mb_w = 144, .mb_h = 256}, 0},
		{"5120x2880", {.profile = 66, .level = 52, .refs = 1, .mb_w = 320, .mb_h = 180},
			TS_REFUSED_SIZE},
		{"8208x64", {.profile = 66, .level = 52, .refs = 1, .mb_w = 513, .mb_h = 4},
			TS_REFUSED_SIZE},
		{"8192x64", {.profile = 66, .level = 52, .refs = 1, .mb_w = 512, .mb_h = 4}, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_h264_gate g = {0};
		struct ts_refusal why = {0};
		uint8_t unit[600];
		size_t n = unit_with(unit, &rows[i].w);
		int err = ts_h264_gate(&g, unit, n, &why);
		if (why.kind != rows[i].kind || !err != !rows[i].kind)
			fail_msg("%s: %d", rows[i].name, why.kind);
		assert_true(g.idr);
	}
}

/* Each slice is judged by the parameter sets that it names, wherever they came. */
static void sets_change_in_mid_stream(void **state)
{
	struct ts_h264_gate g = {0};
	struct ts_refusal why = {0};
	uint8_t unit[600], slice[] = {0, 0, 1, 0x41, 0x9a, 0x24};
	struct want w = basic(40, 23);
	(void)state;
	assert_int_equal(ts_h264_gate(&g, unit, unit_with(unit, &w), &why), 0);
	assert_true(g.new_sps);
	assert_int_equal(ts_h264_gate(&g, slice, sizeof slice, &why), 0);
	assert_false(g.new_sps || g.idr);
	w.id = 1; /* PPS 0 now builds on another one */
	w.refs = 16;
	w.mb_w = 120;
	w.mb_h = 68;
	assert_int_equal(ts_h264_gate(&g, unit, unit_with(unit, &w), &why), TS_EUNSUPPORTED);
	assert_int_equal(ts_h264_gate(&g, slice, sizeof slice, &why), TS_EUNSUPPORTED);
	w = basic(40, 23);
	assert_int_equal(ts_h264_gate(&g, unit, unit_with(unit, &w), &why), 0);
	/* one that no slice uses hurts nobody, one hidden inside a slice is found */
	w.id = 7;
	w.profile = 244;
	w.chroma = 3;
	size_t n = 4 + make_sps(unit + 4, &w);
	assert_int_equal(ts_h264_gate(&g, unit, n, &why), 0);
	assert_int_equal(ts_h264_gate(&g, slice, sizeof slice, &why), 0);
	w.id = 0;
	memcpy(unit, (const uint8_t[]){0, 0, 1, 0x65, 0x88, 0x84, 0, 0, 1}, 9);
	n = 9 + make_sps(unit + 9, &w);
	ts_h264_gate(&g, unit, n, &why);
	assert_int_equal(ts_h264_gate(&g, slice, sizeof slice, &why), TS_EUNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(huge_deltas),
		cmocka_unit_test(fields),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(frames_of_a_level),
		cmocka_unit_test(what_goes_through),
		cmocka_unit_test(sets_change_in_mid_stream),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
