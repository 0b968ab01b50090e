/* H.264 payloads, byte by byte. A slice here is its header byte, a body whose first bits say
 * first_mb_in_slice 0, slice type 7, picture parameter set 0 (1 0001000 1), and filling. */
#include "tests/unit/codec/support.h"
#include <stdlib.h>
#include <string.h>

#define SPS 0x67, 0x42, 0xc0, 0x1f, 0xda, 0x11 /* id 0 */
#define PPS 0x68, 0xce, 0x3c                   /* id 0, of SPS 0 */
#define IDR 0x65, 0x88, 0x84, 0x21
#define P_SLICE 0x41, 0x9a, 0x24, 0x31
#define P_SLICE_2ND 0x41, 0x2a, 0x24, 0x31 /* first_mb_in_slice is not 0 */
#define START 0, 0, 0, 1

static int setup(void **state)
{
	*state = ts_test_depacketizer_new(TS_CODEC_H264);
	return 0;
}

static int teardown(void **state)
{
	ts_test_depacketizer_free(*state);
	return 0;
}

static void start_with_key(struct ts_test_depacketizer *f)
{
	assert_int_equal(PUSH(f, NEXT, 24, 0, 6, SPS, 0, 3, PPS), 0);
	assert_int_equal(PUSH(f, MARKER, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR);
	ts_test_expect_none(f);
}

static void single_and_stap_a(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE);
	/* a STAP-A of slices, with a zero length between */
	assert_int_equal(PUSH(f, NEXT | MARKER, 24, 0, 4, P_SLICE, 0, 0, 0, 4, P_SLICE_2ND), 0);
	EXPECT(f, false, false, START, P_SLICE, START, P_SLICE_2ND);
}

static void fu_a(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, 0x5c, 0x81, 0x9a, 0x24), 0);
	assert_int_equal(PUSH(f, 0, 0x5c, 0x01, 0x31), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, MARKER, 0x5c, 0x41, 0x77), 0);
	EXPECT(f, false, false, START, 0x41, 0x9a, 0x24, 0x31, 0x77);
	/* begin and end in one is useless, but means something */
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x5c, 0xc1, 0x9a, 0x24), 0);
	EXPECT(f, false, false, START, 0x41, 0x9a, 0x24);
}

static void fu_a_parameter_sets(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT, 0x7c, 0x87, 0x42, 0xc0), 0);
	assert_int_equal(PUSH(f, 0, 0x7c, 0x47, 0x1f, 0xda, 0x11), 0);
	assert_int_equal(PUSH(f, 0, PPS), 0);
	assert_int_equal(PUSH(f, MARKER, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR);
}

static void unit_without_marker_ends_at_next_timestamp(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, P_SLICE), 0);
	assert_int_equal(PUSH(f, 0, P_SLICE_2ND), 0);
	ts_test_expect_none(f);
	/* this packet completes two units */
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE, 1), 0);
	EXPECT(f, false, false, START, P_SLICE, START, P_SLICE_2ND);
	assert_int_equal(f->info.timestamp_rtp, f->timestamp - 3000);
	EXPECT(f, false, false, START, P_SLICE, 1);
	assert_int_equal(f->info.timestamp_rtp, f->timestamp);
	ts_test_expect_none(f);
}

/* Some phones send SPS and PPS with a timestamp of their own, or only once. */
static void parameter_sets_are_kept_for_every_keyframe(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT | MARKER, 24, 0, 6, SPS, 0, 3, PPS), 0);
	ts_test_expect_none(f);
	for (int k = 0; k < 3; k++) {
		assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
		EXPECT(f, true, false, START, SPS, START, PPS, START, IDR);
		assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
		EXPECT(f, false, false, START, P_SLICE);
	}
}

static void new_parameter_sets_go_before_other_pictures_once(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, PPS), 0); /* the same again */
	assert_int_equal(PUSH(f, MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE);
	assert_int_equal(PUSH(f, NEXT, PPS, 0x80), 0);
	assert_int_equal(PUSH(f, 0, 0x68, 0x5e, 0x3c), 0); /* id 1 */
	assert_int_equal(PUSH(f, MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, PPS, 0x80, START, 0x68, 0x5e, 0x3c, START, P_SLICE);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE);
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, 0x80, START, 0x68, 0x5e, 0x3c, START, IDR);
}

static void idr_without_parameter_sets_is_no_key(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, PPS), 0); /* of an SPS that never came */
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, true, START, P_SLICE);
	start_with_key(f);
}

/* A keyframe whose SPS may be among the lost packets could be of another size than the SPS that is
 * known. */
static void key_after_lost_sps_is_not_trusted(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER | GAP, IDR), 0);
	ts_test_expect_none(f);
	/* that sender repeats them no more, so it seems: the next one counts */
	assert_int_equal(PUSH(f, NEXT | MARKER | GAP, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR);
}

static void what_nobody_needs_is_left_out(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, 0x09, 0x30), 0);                /* delimiter */
	assert_int_equal(PUSH(f, 0, 0x06, 0x05, 0x01, 0x00, 0x80), 0); /* SEI */
	assert_int_equal(PUSH(f, 0, 0x0e, 0x40), 0);                   /* prefix of SVC */
	assert_int_equal(PUSH(f, 0, P_SLICE), 0);
	assert_int_equal(PUSH(f, 0, 0x74, 0x88, 0x11), 0); /* slice of an SVC layer */
	assert_int_equal(PUSH(f, 0, 0x1f, 1, 2), 0);       /* undefined types, to be ignored */
	assert_int_equal(PUSH(f, 0, 0x00, 1, 2), 0);
	assert_int_equal(PUSH(f, MARKER, 0x0c, 0xff, 0xff, 0x80), 0); /* filler */
	EXPECT(f, false, false, START, P_SLICE);
	/* and a unit of nothing else is none, but breaks nothing */
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x06, 0x05, 0x01, 0x00, 0x80), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE);
}

static void gaps(void **state)
{
	struct ts_test_depacketizer *f = *state;
	/* the middle of a fragmented unit */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, 0x5c, 0x81, 0x9a, 0x24), 0);
	assert_int_equal(PUSH(f, GAP, 0x5c, 0x01, 0x31), 0);
	assert_int_equal(PUSH(f, MARKER, 0x5c, 0x41, 0x77), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, true, START, P_SLICE);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, true, START, P_SLICE);
	start_with_key(f);
	/* the first slice of a picture: the second shows it */
	assert_int_equal(PUSH(f, NEXT | GAP, P_SLICE_2ND), 0);
	assert_int_equal(PUSH(f, MARKER, P_SLICE_2ND), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	/* the last packet, with the marker: the unit before it is not whole, the one behind it
	 * is */
	assert_int_equal(PUSH(f, NEXT, P_SLICE), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER | GAP, P_SLICE, 5), 0);
	EXPECT(f, false, true, START, P_SLICE, 5);
	ts_test_expect_none(f);
	start_with_key(f);
	/* between units: a whole one, or more, is lost */
	assert_int_equal(PUSH(f, NEXT | MARKER | GAP, P_SLICE), 0);
	EXPECT(f, false, true, START, P_SLICE);
	/* a keyframe makes all good */
	start_with_key(f);
	/* a gap before mere padding counts, padding as such does not */
	assert_int_equal(ts_test_push(f, NEXT, NULL, 0), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE);
	assert_int_equal(ts_test_push(f, NEXT | GAP, NULL, 0), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, true, START, P_SLICE);
}

static const struct {
	const char *name;
	uint8_t bytes[8];
	size_t len;
} malformed[] = {
	{"STAP-A cut in a length", {24, 0}, 2},
	{"STAP-A with a length beyond its end", {24, 0, 5, 1, 2, 3}, 6},
	{"STAP-A in STAP-A", {24, 0, 3, 24, 0, 0}, 6},
	{"FU-A in STAP-A", {24, 0, 3, 0x5c, 0x81, 0x9a}, 6},
	{"FU-A without its header", {0x5c}, 1},
	{"FU-A of a FU-A", {0x5c, 0x9c, 1, 2}, 4},
	{"FU-A of type 0", {0x5c, 0x80, 1, 2}, 4},
	{"STAP-B", {25, 0, 0, 0, 1, 0x41}, 6},
	{"MTAP16", {26, 0, 0, 0, 1, 0x41}, 6},
	{"FU-B", {29, 0x81, 0, 0, 1}, 5},
	{"SPS without id", {0x67, 0x42, 0xc0, 0x1f}, 4},
	{"SPS id 32", {0x67, 0x42, 0xc0, 0x1f, 0x04, 0x20}, 6},
	{"PPS without id", {0x68}, 1},
	{"PPS with an endless id", {0x68, 0, 0, 0, 0, 0, 0, 0}, 8},
};

static void malformed_packets(void **state)
{
	struct ts_test_depacketizer *f = *state;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		start_with_key(f);
		assert_int_equal(PUSH(f, NEXT, P_SLICE), 0);
		int err = ts_test_push(f, 0, malformed[i].bytes, malformed[i].len);
		if (err != TS_EBADMSG) fail_msg("%s: %s", malformed[i].name, ts_strerror(err));
		assert_int_equal(PUSH(f, MARKER, P_SLICE_2ND), 0);
		ts_test_expect_none(f); /* that unit is lost */
		assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
		EXPECT(f, false, true, START, P_SLICE);
	}
	/* fragments that do not fit together */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, 0x5c, 0x81, 0x9a, 0x24), 0);
	assert_int_equal(PUSH(f, 0, 0x5c, 0x05, 0x9a, 0x24), TS_EBADMSG);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, 0x5c, 0x81, 0x9a, 0x24), 0);
	assert_int_equal(PUSH(f, MARKER, P_SLICE), TS_EBADMSG);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x5c, 0x81, 0x9a, 0x24), 0); /* never ended */
	ts_test_expect_none(f);
	start_with_key(f);
}

static void limits(void **state)
{
	struct ts_test_depacketizer *f = *state;
	static uint8_t big[1500] = {P_SLICE};
	start_with_key(f);
	int err = ts_test_push(f, NEXT, big, sizeof big), n = 0;
	for (; !err && n < 3000; n++) err = ts_test_push(f, 0, big, sizeof big);
	assert_int_equal(err, TS_ELIMIT);
	assert_true(n > 1300 && n < 1500); /* 2 MB */
	assert_int_equal(ts_test_push(f, MARKER, big, sizeof big), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	err = ts_test_push(f, NEXT, big, 5);
	for (n = 1; !err && n < 3000; n++) err = ts_test_push(f, 0, big, 5);
	assert_int_equal(err, TS_ELIMIT);
	assert_int_equal(n, 2049);
	start_with_key(f);
	/* parameter sets have a limit of their own */
	static uint8_t sps[1200] = {SPS};
	assert_int_equal(ts_test_push(f, NEXT, sps, sizeof sps), TS_ELIMIT);
	start_with_key(f);
}

/* ---- what old room systems, cameras and gateways send ---- */

#define MARKED_I 0x41, 0x88, 0x84, 0x21     /* slice type 7, but no IDR */
#define MARKED_I_2ND 0x41, 0x28, 0x84, 0x21 /* first_mb_in_slice 1, slice type 2 */
#define IDR_2ND 0x65, 0x28, 0x84, 0x21
#define RECOVERY(...) 0x06, 0x06, __VA_ARGS__, 0x80
#define OUR_RECOVERY_0 0x06, 0x06, 0x01, 0x84, 0x80

static void depacketizer_sprop(struct ts_test_depacketizer *f, const char *fmtp)
{
	struct ts_parameter_sets sets = {0};
	ts_sprop_read(&sets, TS_CODEC_H264, fmtp);
	ts_depacketizer_parameter_sets(f->d, &sets);
}

/* RFC 6184 8.1: parameter sets that only the description tells. */
static void parameter_sets_of_the_description(void **state)
{
	struct ts_test_depacketizer *f = *state;
	depacketizer_sprop(f,
		"packetization-mode=1;sprop-parameter-sets=Z0LAH9oR,aM48;profile-level-id=42c01f");
	assert_int_equal(PUSH(f, NEXT | MARKER, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR);
	/* the stream's own win */
	assert_int_equal(PUSH(f, NEXT, 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x12), 0);
	assert_int_equal(PUSH(f, MARKER, IDR), 0);
	EXPECT(f, true, false, START, 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x12, START, PPS, START, IDR);
}

static void sprop_texts(void **state)
{
	static const struct {
		const char *name, *fmtp;
		int len;
	} rows[] = {
		{"none", NULL, 0},
		{"another parameter", "packetization-mode=1", 0},
		{"two", "sprop-parameter-sets=Z0LAH9oR,aM48", 8 + 5},
		{"other case, blanks",
			"Packetization-Mode=1; SPROP-Parameter-Sets = Z0LAH9oR,aM48 ; x=y", 8 + 5},
		{"padding, and one without", "sprop-parameter-sets=aM48gA==,aM48gA", 6 + 6},
		{"trailing and doubled commas", "sprop-parameter-sets=,Z0LAH9oR,,aM48,", 8 + 5},
		{"a blank behind a comma", "sprop-parameter-sets=Z0LAH9oR, aM48", 8 + 5},
		{"no base64", "sprop-parameter-sets=?!,aM48", 5},
		{"an IDR slice among them", "sprop-parameter-sets=ZYiEIQ==,aM48", 5},
		{"empty", "sprop-parameter-sets=", 0},
		{"no value", "sprop-parameter-sets", 0},
		{"a name that only begins so", "sprop-parameter-sets-x=Z0LAH9oR", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_parameter_sets sets = {0};
		ts_sprop_read(&sets, TS_CODEC_H264, rows[i].fmtp);
		if (sets.len != rows[i].len) fail_msg("%s: %d", rows[i].name, sets.len);
	}
	/* more than there is room for: what does not fit is left out */
	char fmtp[4096] = "sprop-parameter-sets=";
	for (int i = 0; i < 300; i++) strcat(fmtp, "Z0LAH9oR,");
	struct ts_parameter_sets sets = {0};
	ts_sprop_read(&sets, TS_CODEC_H264, fmtp);
	assert_int_equal(sets.len, 1024);
}

/* H.D.2.8: a stream without IDR pictures is begun at a recovery point or at a picture of I slices;
 * libavcodec is told by an SEI message of ours. */
static void entries_without_idr(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT, 24, 0, 6, SPS, 0, 3, PPS), 0);
	assert_int_equal(PUSH(f, MARKER, P_SLICE), 0);
	EXPECT(f, false, true, START, SPS, START, PPS, START, P_SLICE);
	/* an I picture of two slices */
	assert_int_equal(PUSH(f, NEXT, MARKED_I), 0);
	assert_int_equal(PUSH(f, MARKER, MARKED_I_2ND), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, OUR_RECOVERY_0, START, MARKED_I,
		START, MARKED_I_2ND);
	/* while nothing is missing they are pictures like others */
	assert_int_equal(PUSH(f, NEXT | MARKER, MARKED_I), 0);
	EXPECT(f, false, false, START, MARKED_I);
	/* after a loss the IDR picture that was asked for is waited for, but not without end */
	assert_int_equal(PUSH(f, NEXT | MARKER | GAP, MARKED_I), 0);
	EXPECT(f, false, true, START, MARKED_I);
	f->timestamp += 90000;
	assert_int_equal(PUSH(f, NEXT | MARKER, MARKED_I), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, OUR_RECOVERY_0, START, MARKED_I);
	/* the same when the decoder refused something */
	ts_depacketizer_lose_references(f->d);
	assert_int_equal(PUSH(f, NEXT | MARKER, MARKED_I), 0);
	EXPECT(f, false, true, START, MARKED_I);
}

static void entries_that_are_none(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT, 24, 0, 6, SPS, 0, 3, PPS), 0);
	/* the first slice is I, the second P */
	assert_int_equal(PUSH(f, 0, MARKED_I), 0);
	assert_int_equal(PUSH(f, MARKER, P_SLICE_2ND), 0);
	EXPECT(f, false, true, START, SPS, START, PPS, START, MARKED_I, START, P_SLICE_2ND);
	/* without parameter sets */
	struct ts_test_depacketizer *g = ts_test_depacketizer_new(TS_CODEC_H264);
	assert_int_equal(PUSH(g, NEXT | MARKER, MARKED_I), 0);
	ts_test_expect_none(g);
	ts_test_depacketizer_free(g);
}

static void recovery_points(void **state)
{
	static const struct {
		const char *name;
		uint8_t sei[24];
		size_t len;
		uint8_t ours[8];
		size_t ours_len;
	} rows[] = {
		{"at once", {RECOVERY(0x01, 0xc4)}, 5, {OUR_RECOVERY_0}, 5},
		{"after 14 frames", {RECOVERY(0x02, 0x1e, 0x08)}, 6,
			{0x06, 0x06, 0x02, 0x1e, 0x10, 0x80}, 6},
		{"behind another message", {0x06, 0x05, 0x02, 0xaa, 0xbb, 0x06, 0x01, 0xc4, 0x80},
			9, {OUR_RECOVERY_0}, 5},
		{"cut off", {0x06, 0x06}, 2, {0}, 0},
		{"another message alone", {0x06, 0x05, 0x02, 0xaa, 0xbb, 0x80}, 6, {0}, 0},
		{"a size beyond the unit", {0x06, 0x05, 0xff, 0xff, 0x06, 0x80}, 6, {0}, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_test_depacketizer *f = ts_test_depacketizer_new(TS_CODEC_H264);
		uint8_t want[64] = {START, SPS, START, PPS}, *at = want + 17;
		assert_int_equal(PUSH(f, NEXT, 24, 0, 6, SPS, 0, 3, PPS), 0);
		assert_int_equal(ts_test_push(f, 0, rows[i].sei, rows[i].len), 0);
		assert_int_equal(PUSH(f, MARKER, P_SLICE), 0);
		if (rows[i].ours_len) {
			memcpy(at, (const uint8_t[]){START}, 4);
			memcpy(at + 4, rows[i].ours, rows[i].ours_len);
			at += 4 + rows[i].ours_len;
		}
		memcpy(at, (const uint8_t[]){START, P_SLICE}, 8);
		print_message("%s\n", rows[i].name);
		ts_test_expect(
			f, rows[i].ours_len, !rows[i].ours_len, want, (size_t)(at + 8 - want));
		ts_test_depacketizer_free(f);
	}
}

/* RFC 6184 5.1 wants the marker on the last packet of a picture; old room systems set it on each
 * slice. */
static void marker_on_every_slice(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT, 24, 0, 6, SPS, 0, 3, PPS), 0);
	assert_int_equal(PUSH(f, MARKER, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR); /* how should we know */
	assert_int_equal(PUSH(f, MARKER, IDR_2ND), 0);
	assert_int_equal(PUSH(f, 0, 0x7c, 0x85, 0x28, 0x77), 0); /* a third one in fragments */
	assert_int_equal(PUSH(f, MARKER, 0x7c, 0x45, 0x78), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR, START, IDR_2ND, START, 0x65,
		0x28, 0x77, 0x78);
	assert_int_equal(PUSH(f, MARKER, P_SLICE_2ND), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE, START, P_SLICE_2ND);
}

/* The same when nobody pulled in between, and when the first slice came in an aggregate. */
static void marker_on_every_slice_unpulled(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT | MARKER, 24, 0, 6, SPS, 0, 3, PPS, 0, 4, IDR), 0);
	assert_int_equal(PUSH(f, MARKER, 24, 0, 4, IDR_2ND), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, P_SLICE), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR, START, IDR_2ND);
	ts_test_expect_none(f);
}

static void marker_on_every_packet(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x5c, 0x81, 0x9a, 0x24), 0);
	assert_int_equal(PUSH(f, MARKER, 0x5c, 0x01, 0x31), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, MARKER, 0x5c, 0x41, 0x77), 0);
	EXPECT(f, false, false, START, 0x41, 0x9a, 0x24, 0x31, 0x77);
	/* a second field has the timestamp of the first, but is a picture of its own */
	assert_int_equal(PUSH(f, MARKER, P_SLICE), 0);
	EXPECT(f, false, false, START, P_SLICE);
	/* parameter sets with a marker of their own */
	assert_int_equal(PUSH(f, NEXT | MARKER, SPS), 0);
	assert_int_equal(PUSH(f, MARKER, PPS), 0);
	assert_int_equal(PUSH(f, MARKER, IDR), 0);
	EXPECT(f, true, false, START, SPS, START, PPS, START, IDR);
}

/* ---- the other direction ---- */

static struct ts_au *packetize(int mode, size_t mtu, const void *bytes, size_t len, int err)
{
	struct ts_au *au;
	AVPacket *p = av_packet_alloc();
	p->data = (uint8_t *)(uintptr_t)bytes;
	p->size = (int)len;
	p->flags = AV_PKT_FLAG_KEY;
	assert_int_equal(ts_packetize(&au, TS_CODEC_H264, mode, p, mtu), err);
	assert_int_equal(!au, !!err);
	av_packet_free(&p);
	return au;
}

static void expect_payload(const struct ts_au *au, uint32_t i, const void *bytes, size_t len)
{
	assert_true(i < au->n);
	assert_int_equal(au->pay[i].len, len);
	assert_memory_equal(ts_au_bytes(au, i), bytes, len);
}

static void packetize_mode_1(void **state)
{
	(void)state;
	uint8_t in[600] = {START, 0x09, 0x30, START, SPS, START, PPS, 0, 0, 0, 1, 0x65},
		*slice = in + 6 + 10 + 7 + 4;
	for (int i = 1; i < 501; i++) slice[i] = (uint8_t)(i % 250 + 1);
	struct ts_au *au = packetize(1, 104, in, (size_t)(slice + 501 - in), 0);
	assert_true(au->key);
	assert_int_equal(au->n, 1 + 5);
	expect_payload(au, 0, (uint8_t[]){0x78, 0, 6, SPS, 0, 3, PPS}, 14);
	for (uint32_t i = 1; i < 6; i++) { /* 500 bytes in 5 equal parts */
		const uint8_t *p = ts_au_bytes(au, i);
		assert_int_equal(au->pay[i].len, 102);
		assert_int_equal(p[0], 0x7c);
		assert_int_equal(p[1], 5 | (i == 1 ? 0x80 : 0) | (i == 5 ? 0x40 : 0));
		assert_memory_equal(p + 2, slice + 1 + (i - 1) * 100, 100);
	}
	ts_au_unref(&au);
	/* exactly the MTU still goes as it is, one more does not */
	au = packetize(1, 501, in, (size_t)(slice + 501 - in), 0);
	assert_int_equal(au->n, 2);
	expect_payload(au, 1, slice, 501);
	ts_au_unref(&au);
	au = packetize(1, 500, in, (size_t)(slice + 501 - in), 0);
	assert_int_equal(au->n, 3);
	assert_int_equal(au->pay[1].len, 252);
	assert_int_equal(au->pay[2].len, 252);
	ts_au_unref(&au);
}

static void packetize_mode_0(void **state)
{
	(void)state;
	const uint8_t in[] = {START, SPS, START, PPS, 0, 0, 1, IDR, 0, 0, 1, P_SLICE_2ND, 0, 0};
	struct ts_au *au = packetize(0, 64, in, sizeof in, 0);
	assert_int_equal(au->n, 4);
	expect_payload(au, 0, (uint8_t[]){SPS}, 6);
	expect_payload(au, 1, (uint8_t[]){PPS}, 3);
	expect_payload(au, 2, (uint8_t[]){IDR}, 4);
	expect_payload(au, 3, (uint8_t[]){P_SLICE_2ND}, 4);
	ts_au_unref(&au);
	uint8_t large[100] = {START, P_SLICE};
	memset(large + 8, 7, 92);
	packetize(0, 64, large, sizeof large, TS_EINVAL);
	packetize(1, 64, (uint8_t[]){1, 2, 3}, 3, TS_EINVAL);
	packetize(1, 64, (uint8_t[]){START}, 4, TS_EINVAL);
}

/* Random units of random NAL sizes at random MTUs come back as they were. */
static void packetize_and_depacketize(void **state)
{
	struct ts_test_depacketizer *f = *state;
	uint32_t seed = 99;
	static uint8_t in[20000];
	start_with_key(f);
	for (int k = 0; k < 300; k++) {
		size_t len = 0;
		for (unsigned n = 1 + ts_test_random(&seed) % 6, i = 0; i < n; i++) {
			memcpy(in + len, (uint8_t[]){START, 0x41, i ? 0x2a : 0x9a}, 6);
			len += 6;
			for (unsigned body = ts_test_random(&seed) % 3000; body--;)
				in[len++] = (uint8_t)(1 + ts_test_random(&seed) % 255);
		}
		struct ts_au *au = packetize(1, 64 + ts_test_random(&seed) % 1400, in, len, 0);
		f->timestamp += 3000;
		for (uint32_t i = 0; i < au->n; i++)
			assert_int_equal(ts_test_push(f, i + 1 == au->n ? MARKER : 0,
						 ts_au_bytes(au, i), au->pay[i].len),
				0);
		ts_test_expect(f, false, false, in, len);
		ts_au_unref(&au);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(single_and_stap_a, setup, teardown),
		cmocka_unit_test_setup_teardown(fu_a, setup, teardown),
		cmocka_unit_test_setup_teardown(fu_a_parameter_sets, setup, teardown),
		cmocka_unit_test_setup_teardown(
			unit_without_marker_ends_at_next_timestamp, setup, teardown),
		cmocka_unit_test_setup_teardown(
			parameter_sets_are_kept_for_every_keyframe, setup, teardown),
		cmocka_unit_test_setup_teardown(
			new_parameter_sets_go_before_other_pictures_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			idr_without_parameter_sets_is_no_key, setup, teardown),
		cmocka_unit_test_setup_teardown(key_after_lost_sps_is_not_trusted, setup, teardown),
		cmocka_unit_test_setup_teardown(what_nobody_needs_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(malformed_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(parameter_sets_of_the_description, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_without_idr, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(marker_on_every_slice, setup, teardown),
		cmocka_unit_test_setup_teardown(marker_on_every_slice_unpulled, setup, teardown),
		cmocka_unit_test_setup_teardown(marker_on_every_packet, setup, teardown),
		cmocka_unit_test(sprop_texts),
		cmocka_unit_test(recovery_points),
		cmocka_unit_test(packetize_mode_1),
		cmocka_unit_test(packetize_mode_0),
		cmocka_unit_test_setup_teardown(packetize_and_depacketize, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
