/* H.265 payloads, byte by byte (RFC 7798), and what is read of its parameter sets. */
#include "codec/decoder_kind.h"
#include "codec/h265.h"
#include "codec/peek.h"
#include "codec/sprop.h"
#include "tests/unit/codec/support.h"
#include <stdlib.h>
#include <string.h>

/* general profile, its flags, level 3.1, with emulation prevention */
#define LEVEL \
	0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x00, 0x5d
/* 320x184 shown as 320x180, 8 bits, 5 pictures; made by the tables of 7.3.2.2 */
#define SPS 0x42, 0x01, 0x01, 0x01, LEVEL, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x79, 0x65, 0xc0, 0x20
#define VPS 0x40, 0x01, 0x0c, 0x01
#define PPS 0x44, 0x01, 0xc0, 0x71
#define IDR 0x26, 0x01, 0xaf, 0x55
#define CRA 0x2a, 0x01, 0xaf, 0x66
#define TRAIL 0x02, 0x01, 0xd0, 0x77
#define RASL 0x10, 0x01, 0xd0, 0x78
#define MORE 0x02, 0x01, 0x50, 0x79 /* a slice that is not the first */
#define START 0, 0, 0, 1
#define SETS START, VPS, START, SPS, START, PPS
enum { AP = 0x60, FU = 0x62, S = 0x80, E = 0x40, TRAIL_TYPE = 1, IDR_TYPE = 19 };
#define SPS_LEN 28

static int setup(void **state)
{
	*state = ts_test_depacketizer_new(TS_CODEC_H265);
	return 0;
}

static int teardown(void **state)
{
	ts_test_depacketizer_free(*state);
	return 0;
}

static void start_with_key(struct ts_test_depacketizer *f)
{
	assert_int_equal(PUSH(f, NEXT, AP, 1, 0, 4, VPS, 0, SPS_LEN, SPS, 0, 4, PPS), 0);
	assert_int_equal(PUSH(f, MARKER, IDR), 0);
	EXPECT(f, true, false, SETS, START, IDR);
}

static void packets_of_each_kind(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	/* 4.4.1 */
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, false, START, TRAIL);
	/* 4.4.2: two slices, and an SEI message and a delimiter, which go */
	assert_int_equal(PUSH(f, NEXT | MARKER, AP, 1, 0, 3, 0x46, 1, 0x50, 0, 4, TRAIL, 0, 4, MORE,
				 0, 4, 0x4e, 1, 5, 6),
		0);
	EXPECT(f, false, false, START, TRAIL, START, MORE);
	/* 4.4.3 */
	assert_int_equal(PUSH(f, NEXT, FU, 1, S | TRAIL_TYPE, 0xd0), 0);
	assert_int_equal(PUSH(f, 0, FU, 1, TRAIL_TYPE, 1, 2), 0);
	assert_int_equal(PUSH(f, MARKER, FU, 1, E | TRAIL_TYPE, 3), 0);
	EXPECT(f, false, false, START, 0x02, 0x01, 0xd0, 1, 2, 3);
	/* 4.4.4: PACI and what is not defined are ignored, and so are other layers */
	assert_int_equal(PUSH(f, NEXT, TRAIL), 0);
	assert_int_equal(PUSH(f, 0, 0x64, 1, 1, 2, 3), 0);
	assert_int_equal(PUSH(f, 0, 0x7e, 1, 1, 2, 3), 0);
	assert_int_equal(PUSH(f, 0, 0x02, 0x09, 0xd0, 9), 0);
	assert_int_equal(PUSH(f, 0, FU, 0x09, S | TRAIL_TYPE, 0xd0), 0);
	assert_int_equal(PUSH(f, MARKER, FU, 0x09, E | TRAIL_TYPE, 3), 0);
	EXPECT(f, false, false, START, TRAIL);
	ts_test_expect_none(f);
}

static void malformed(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[12];
		size_t len;
		int err;
	} rows[] = {
		{"one byte", {0x02}, 1, TS_EBADMSG},
		{"the forbidden bit", {0x82, 1, 0xd0, 1}, 4, TS_EBADMSG},
		{"AP: a length beyond the end", {AP, 1, 0, 5, TRAIL}, 8, TS_EBADMSG},
		{"AP: of no header", {AP, 1, 0, 1, 2}, 5, TS_EBADMSG},
		{"AP within AP", {AP, 1, 0, 4, AP, 1, 0, 0}, 8, TS_EBADMSG},
		{"FU: nothing behind its header", {FU, 1, S | TRAIL_TYPE}, 3, TS_EBADMSG},
		{"FU: cut", {FU, 1}, 2, TS_EBADMSG},
		{"FU of FU", {FU, 1, S | 49, 1}, 4, TS_EBADMSG},
		{"FU: not its beginning", {FU, 1, TRAIL_TYPE, 1}, 4, 0},
		{"a picture's later slice", {MORE}, 4, 0},
		{"SPS of nothing", {0x42, 1, 1}, 3, TS_EBADMSG},
		{"PPS of id 64", {0x44, 1, 0x02, 0x08}, 4, TS_EBADMSG},
	};
	struct ts_test_depacketizer *f = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		start_with_key(f);
		const int err = ts_test_push(f, NEXT | MARKER, rows[i].bytes, rows[i].len);
		if (err != rows[i].err) fail_msg("%s: %s", rows[i].name, ts_strerror(err));
		ts_test_expect_none(f);
	}
	/* within a FU: another packet, another one's start, another type */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, FU, 1, S | TRAIL_TYPE, 0xd0), 0);
	assert_int_equal(PUSH(f, MARKER, TRAIL), TS_EBADMSG);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, FU, 1, S | TRAIL_TYPE, 0xd0), 0);
	assert_int_equal(PUSH(f, MARKER, FU, 1, S | TRAIL_TYPE, 0xd0), TS_EBADMSG);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, FU, 1, S | TRAIL_TYPE, 0xd0), 0);
	assert_int_equal(PUSH(f, MARKER, FU, 1, E | IDR_TYPE, 1), TS_EBADMSG);
	/* whose end never comes */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, FU, 1, S | TRAIL_TYPE, 0xd0), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, true, START, TRAIL);
	ts_test_expect_none(f);
}

static void keyframes_and_parameter_sets(void **state)
{
	struct ts_test_depacketizer *f = *state;
	/* no parameter sets yet: it cannot be decoded */
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	/* those of before stand in front of each; with a timestamp of their own, too */
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	EXPECT(f, true, false, SETS, START, IDR);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x44, 1, 0xc0, 0x72), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, false, START, 0x44, 1, 0xc0, 0x72, START, TRAIL);
	/* lost, where each keyframe had them in front */
	start_with_key(f);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, IDR), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	ts_test_expect_none(f);
}

/* H.8.1.3: begun at a CRA picture, those that refer to what was before it cannot be decoded. */
static void leading_pictures(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, CRA), 0);
	EXPECT(f, true, false, SETS, START, CRA);
	assert_int_equal(PUSH(f, NEXT | MARKER, RASL), 0);
	EXPECT(f, false, false, START, RASL);
	/* after a loss */
	start_with_key(f);
	ts_depacketizer_lose_references(f->d);
	assert_int_equal(PUSH(f, NEXT | MARKER, CRA), 0);
	EXPECT(f, true, false, SETS, START, CRA);
	assert_int_equal(PUSH(f, NEXT | MARKER, RASL), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, false, START, TRAIL);
	/* until the next */
	assert_int_equal(PUSH(f, NEXT | MARKER, CRA), 0);
	EXPECT(f, true, false, SETS, START, CRA);
	assert_int_equal(PUSH(f, NEXT | MARKER, RASL), 0);
	EXPECT(f, false, false, START, RASL);
}

/* Senders that set the marker on each slice. */
static void early_markers(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, false, START, TRAIL);
	assert_int_equal(PUSH(f, MARKER, MORE), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, false, START, TRAIL, START, MORE);
}

static void gaps(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, TRAIL), 0);
	assert_int_equal(PUSH(f, GAP | MARKER, MORE), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, TRAIL), 0);
	EXPECT(f, false, true, START, TRAIL);
	start_with_key(f);
}

/* sprop-vps, -sps and -pps: a stream that brings none of its own (RFC 7798 7.1). */
static void sets_of_the_description(void **state)
{
	struct ts_test_depacketizer *f = *state;
	struct ts_parameter_sets sets = {0};
	ts_sprop_read(&sets, TS_CODEC_H265,
		"profile-id=1; sprop-vps=QAEMAQ==; "
		"sprop-sps=QgEBAQAAAwAAAwAAAwAAAwAAXaAKCAufeWXAIA==;"
		"sprop-pps=RAHAcQ; sprop-sps=%%%;sprop-parameter-sets=Z0LAHtk=");
	assert_int_equal(sets.len, 2 + 4 + 2 + SPS_LEN + 2 + 4);
	ts_depacketizer_parameter_sets(f->d, &sets);
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	EXPECT(f, true, false, SETS, START, IDR);
}

#define HEAD(profile) 0x42, 0x01, 0x01, profile, LEVEL

static void parameter_sets_decide(void **state)
{
	static const struct {
		const char *name;
		uint8_t sps[40];
		size_t len;
		enum ts_refusal_kind refused;
		int width, height, depth, pictures;
	} rows[] = {
		{"plain", {SPS}, SPS_LEN, TS_REFUSED_NOT, 320, 180, 8, 5},
		{"10 bits", {HEAD(2), 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x6d, 0x96, 0x5c, 0x02}, 28,
			TS_REFUSED_NOT, 320, 180, 10, 5},
		{"12 bits", {HEAD(1), 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x65, 0x96, 0x5c, 0x02}, 28,
			TS_REFUSED_FORMAT, 320, 180, 12, 5},
		{"4:4:4", {HEAD(1), 0x90, 0x01, 0x41, 0x01, 0x73, 0xef, 0x2c, 0xb8, 0x04}, 28,
			TS_REFUSED_FORMAT, 320, 182, 8, 5},
		{"16384x8640",
			{HEAD(1), 0xa0, 0x00, 0x20, 0x00, 0x80, 0x02, 0x1c, 0x16, 0x59, 0x70, 0x08},
			30, TS_REFUSED_SIZE, 16384, 8640, 8, 5},
		{"8 pictures of 4096x2304",
			{HEAD(1), 0xa0, 0x00, 0x80, 0x08, 0x00, 0x90, 0x16, 0x58, 0x8c, 0x02}, 29,
			TS_REFUSED_REFERENCES, 4096, 2304, 8, 8},
		{"three temporal layers",
			{0x42, 0x01, 0x05, 0x01, LEVEL, 0x00, 0x00, 0xa0, 0x0a, 0x08, 0x0b, 0x9f,
				0x79, 0x65, 0xcb, 0x97, 0x00, 0x80},
			31, TS_REFUSED_NOT, 320, 180, 8, 5},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_h265_sps s;
		if (ts_h265_sps_parse(&s, rows[i].sps, rows[i].len)) fail_msg("%s", rows[i].name);
		if (s.width != rows[i].width || s.height != rows[i].height ||
			s.bit_depth != rows[i].depth || s.pictures != rows[i].pictures)
			fail_msg("%s: %dx%d, %d bits, %d pictures", rows[i].name, s.width, s.height,
				s.bit_depth, s.pictures);
		for (size_t n = 0; n < 22; n++)
			assert_int_equal(ts_h265_sps_parse(&s, rows[i].sps, n), TS_EBADMSG);
		static const uint8_t used[] = {START, PPS, START, IDR};
		uint8_t unit[64] = {START};
		memcpy(unit + 4, rows[i].sps, rows[i].len);
		memcpy(unit + 4 + rows[i].len, used, sizeof used);
		AVPacket packet = {.data = unit, .size = (int)(rows[i].len + 4 + sizeof used)};
		void *gate = calloc(1, ts_h265_decoder.state_bytes);
		struct ts_gate out = {0};
		const int err = ts_h265_decoder.gate(gate, &packet, &out);
		if (out.refusal.kind != rows[i].refused || !err != !rows[i].refused || !out.renewed)
			fail_msg("%s: %d", rows[i].name, out.refusal.kind);
		out = (struct ts_gate){0};
		ts_h265_decoder.gate(gate, &packet, &out);
		assert_false(out.renewed);
		free(gate);
	}
}

/* A parameter set that no slice uses costs nothing, whatever it says. */
static void the_sps_that_is_used_decides(void **state)
{
	/* PPS 1 names SPS 1, which is of 16384x8640; a slice of each */
	static const uint8_t bytes[] = {START, SPS, START, HEAD(1), 0x48, 0x00, 0x08, 0x00, 0x20,
		0x00, 0x87, 0x05, 0x96, 0x5c, 0x02, START, PPS, START, 0x44, 0x01, 0x4b, START, IDR,
		START, 0x02, 0x01, 0xa4, 0x77};
	enum { OTHER = 8 };
	void *gate = calloc(1, ts_h265_decoder.state_bytes);
	AVPacket packet = {.data = (uint8_t *)bytes, .size = sizeof bytes - OTHER};
	struct ts_gate out = {0};
	struct ts_h265_sps s;
	(void)state;
	assert_int_equal(ts_h265_sps_parse(&s, bytes + 4 + SPS_LEN + 4, 30), 0);
	assert_int_equal(s.id * 100000 + s.width, 116384);
	assert_int_equal(ts_h265_decoder.gate(gate, &packet, &out), 0);
	assert_int_equal(out.refusal.kind, TS_REFUSED_NOT);
	assert_int_equal(out.refs, 5);
	packet.size = sizeof bytes;
	assert_int_equal(ts_h265_decoder.gate(gate, &packet, &out), TS_ELIMIT);
	assert_int_equal(out.refusal.kind, TS_REFUSED_SIZE);
	/* in a unit of its own, too */
	out = (struct ts_gate){0};
	packet = (AVPacket){.data = (uint8_t *)bytes + sizeof bytes - OTHER, .size = OTHER};
	assert_int_equal(ts_h265_decoder.gate(gate, &packet, &out), TS_ELIMIT);
	free(gate);
}

static void sizes_told(void **state)
{
	static const uint8_t alone[] = {SPS}, ap[] = {AP, 1, 0, 4, VPS, 0, SPS_LEN, SPS},
			     cut[] = {AP, 1, 0, 9, VPS}, slice[] = {IDR};
	int w = 0, h = 0;
	(void)state;
	assert_true(ts_peek_size(TS_CODEC_H265, alone, sizeof alone, &w, &h));
	assert_int_equal(w * 1000 + h, 320180);
	assert_true(ts_peek_size(TS_CODEC_H265, ap, sizeof ap, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_H265, cut, sizeof cut, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_H265, slice, sizeof slice, &w, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packets_of_each_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(keyframes_and_parameter_sets, setup, teardown),
		cmocka_unit_test_setup_teardown(leading_pictures, setup, teardown),
		cmocka_unit_test_setup_teardown(early_markers, setup, teardown),
		cmocka_unit_test_setup_teardown(gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(sets_of_the_description, setup, teardown),
		cmocka_unit_test(parameter_sets_decide),
		cmocka_unit_test(the_sps_that_is_used_decides),
		cmocka_unit_test(sizes_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
