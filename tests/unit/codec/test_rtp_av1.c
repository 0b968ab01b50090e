/* AV1 payloads, byte by byte: RTP payload format for AV1, 4.4 and 5. */
#include "codec/av1_obu.h"
#include "codec/peek.h"
#include "tests/unit/codec/support.h"
#include <string.h>

enum { Z = 0x80, Y = 0x40, W1 = 0x10, W2 = 0x20, W3 = 0x30, N = 0x08 };
/* OBU headers without a size, and with one */
enum {
	SEQ = 1 << 3,
	TD = 2 << 3,
	FRAME_HEADER = 3 << 3,
	TILES = 4 << 3,
	COPY = 7 << 3,
	META = 5 << 3,
	FRAME = 6 << 3,
	PADDING = 15 << 3,
	EXT = 4,
	SIZE = 2,
};
#define KEY 0x10, 0x55   /* KEY_FRAME, shown */
#define INTER 0x30, 0x66 /* INTER_FRAME, shown */
#define DELIMITER TD | SIZE, 0

static int setup(void **state)
{
	*state = ts_test_depacketizer_new(TS_CODEC_AV1);
	return 0;
}

static int teardown(void **state)
{
	ts_test_depacketizer_free(*state);
	return 0;
}

/* Not reduced: 320x180, the shortest there is. 000 still 0 reduced 0 | timing 0, delay 0, points
 * 00000, idc 000000000000, level 00000 | 1000 0111 w 100111111 h 10110011 | ids 0 | tools ... */
#define FULL 0x00, 0x00, 0x00, 0x04, 0x3c, 0xfe, 0xcc, 0x00, 0x00, 0x00
#define FULL_LEN 10

static void start_with_key(struct ts_test_depacketizer *f)
{
	assert_int_equal(PUSH(f, NEXT | MARKER, W2 | N, 1 + FULL_LEN, SEQ, FULL, FRAME, KEY), 0);
	EXPECT(f, true, false, DELIMITER, SEQ | SIZE, FULL_LEN, FULL, FRAME | SIZE, 2, KEY);
}

static void sequence_headers(void **state)
{
	struct ts_av1_sequence s;
	static const uint8_t full[] = {FULL};
	(void)state;
	assert_int_equal(ts_av1_read_sequence(&s, full, sizeof full), 0);
	assert_int_equal(s.width * 1000 + s.height, 320180);
	assert_int_equal(s.bit_depth, 8);
	assert_int_equal(s.profile, 0);
	assert_false(s.reduced);
	for (size_t n = 0; n < 8; n++)
		assert_int_equal(ts_av1_read_sequence(&s, full, n), TS_EBADMSG);
	/* 320x180 with timing: 0 0 0 1, 32 bits, 32 bits, 1, and a uvlc of 31 zeros or of more;
	 * what is behind 32 of them is not read in two ways */
	uint8_t timed[40] = {0x04};
	timed[8] = 0x02;
	timed[12] = 0x02; /* 31 zeros, 1, 31 bits */
	assert_int_equal(ts_av1_read_sequence(&s, timed, sizeof timed), 0);
	timed[12] = 0x01;
	assert_int_equal(ts_av1_read_sequence(&s, timed, sizeof timed), TS_EBADMSG);
	static const uint8_t profile3[] = {0x60, 0, 0, 4, 0x3c, 0xfe, 0xcc, 0, 0, 0};
	assert_int_equal(ts_av1_read_sequence(&s, profile3, sizeof profile3), TS_EBADMSG);
}

static void elements(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	/* W 0: every element has a length; delimiters and padding go */
	assert_int_equal(PUSH(f, NEXT | MARKER, 0, 1, TD, 3, FRAME, INTER, 2, PADDING, 9), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | SIZE, 2, INTER);
	/* W 1: the rest of the packet */
	assert_int_equal(PUSH(f, NEXT | MARKER, W1, FRAME, INTER), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | SIZE, 2, INTER);
	/* a size that was sent though it should not be, in a longer form than needed too, and bytes
	 * behind it */
	assert_int_equal(PUSH(f, NEXT | MARKER, W1, FRAME | SIZE, 2, INTER, 0x99), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | SIZE, 2, INTER);
	assert_int_equal(PUSH(f, NEXT | MARKER, W1, FRAME | SIZE, 0x82, 0x80, 0, INTER), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | SIZE, 2, INTER);
	/* the extension stays: layers */
	assert_int_equal(PUSH(f, NEXT, W1, FRAME | EXT, 0x20, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, W1, FRAME | EXT, 0x28, INTER), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | EXT | SIZE, 0x20, 2, INTER, FRAME | EXT | SIZE,
		0x28, 2, INTER);
	/* a header, tiles and metadata apart */
	assert_int_equal(PUSH(f, NEXT | MARKER, W3, 1, META, 3, FRAME_HEADER, INTER, TILES, 7), 0);
	EXPECT(f, false, false, DELIMITER, META | SIZE, 0, FRAME_HEADER | SIZE, 2, INTER,
		TILES | SIZE, 1, 7);
	ts_test_expect_none(f);
}

static void fragments(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, W2 | Y, 1, META, FRAME, 0x30), 0);
	assert_int_equal(PUSH(f, 0, W1 | Z | Y, 0x66), 0);
	assert_int_equal(PUSH(f, MARKER, W2 | Z, 2, 0x67, 0x68, META), 0);
	EXPECT(f, false, false, DELIMITER, META | SIZE, 0, FRAME | SIZE, 4, INTER, 0x67, 0x68,
		META | SIZE, 0);
	/* the header's extension and size may be cut off from it */
	assert_int_equal(PUSH(f, NEXT, W1 | Y, FRAME | EXT), 0);
	assert_int_equal(PUSH(f, MARKER, W1 | Z, 0x20, INTER), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | EXT | SIZE, 0x20, 2, INTER);
	/* of 128 bytes and more the size has two */
	uint8_t large[200] = {W1, FRAME, INTER},
		want[203] = {DELIMITER, FRAME | SIZE, 198, 1, INTER};
	assert_int_equal(ts_test_push(f, NEXT | MARKER, large, sizeof large), 0);
	ts_test_expect(f, false, false, want, 3 + 2 + 198);
	/* the marker within an OBU ends nothing; the next timestamp does, and it is not whole */
	assert_int_equal(PUSH(f, NEXT | MARKER, W1 | Y, FRAME, INTER), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, W1, FRAME, INTER), 0);
	EXPECT(f, false, true, DELIMITER, FRAME | SIZE, 2, INTER);
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
		{"an aggregation header alone", {W1}, 1, TS_EBADMSG},
		{"a length beyond the end", {0, 9, FRAME, 1}, 4, TS_EBADMSG},
		{"a length that never ends", {0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1},
			10, TS_EBADMSG},
		{"a continuation of nothing", {W1 | Z, 1}, 2, 0},
		{"a size beyond the end", {W1, FRAME | SIZE, 9, INTER}, 5, TS_EBADMSG},
		{"the forbidden bit", {W1, 0x80 | FRAME, INTER}, 4, TS_EBADMSG},
		{"an extension that is cut off", {W1, FRAME | EXT}, 2, TS_EBADMSG},
		{"a sequence header of nothing", {W1, SEQ}, 2, TS_EBADMSG},
		{"tiles of no frame", {W1, TILES, 1}, 3, 0},
	};
	struct ts_test_depacketizer *f = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		start_with_key(f);
		const int err = ts_test_push(f, NEXT | MARKER, rows[i].bytes, rows[i].len);
		if (err != rows[i].err) fail_msg("%s: %s", rows[i].name, ts_strerror(err));
		ts_test_expect_none(f);
	}
	/* begun, and then something else */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, W1 | Y, FRAME, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, W1, FRAME, INTER), TS_EBADMSG);
	ts_test_expect_none(f);
}

static void keyframes(void **state)
{
	struct ts_test_depacketizer *f = *state;
	/* without a sequence header none begins here */
	assert_int_equal(PUSH(f, NEXT | MARKER, W1, FRAME, KEY), 0);
	EXPECT(f, false, true, DELIMITER, FRAME | SIZE, 2, KEY);
	/* hidden, or shown again: the sequence header alone makes none */
	assert_int_equal(
		PUSH(f, NEXT | MARKER, W2 | N, 1 + FULL_LEN, SEQ, FULL, FRAME, 0x00, 0x55), 0);
	EXPECT(f, false, true, DELIMITER, SEQ | SIZE, FULL_LEN, FULL, FRAME | SIZE, 2, 0, 0x55);
	start_with_key(f);
	/* a gap breaks until the next one */
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, W1, FRAME, INTER), 0);
	EXPECT(f, false, true, DELIMITER, FRAME | SIZE, 2, INTER);
	start_with_key(f);
	/* a gap within */
	assert_int_equal(PUSH(f, NEXT, W2 | N | Y, 1 + FULL_LEN, SEQ, FULL, FRAME, KEY), 0);
	assert_int_equal(PUSH(f, GAP | MARKER, W1 | Z, 7), 0);
	ts_test_expect_none(f);
	/* nothing but metadata is no picture */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, W1, META, 1), 0);
	ts_test_expect_none(f);
}

/* A decoder runs all frames of a unit in one go: there are not as many of them as the sender
 * likes. */
static void frames_of_a_unit_are_bounded(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	for (int n = 0; n < 16; n++)
		assert_int_equal(PUSH(f, n ? n == 15 ? MARKER : 0 : NEXT, W1,
					 n & 1 ? FRAME_HEADER : FRAME, INTER),
			0);
	assert_int_equal(ts_depacketizer_pull(f->d, f->unit, &f->info), 0);
	assert_int_equal(f->unit->size, 2 + 16 * 4);
	for (int n = 0; n < 16; n++)
		assert_int_equal(PUSH(f, n ? 0 : NEXT, W1, FRAME_HEADER, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, W1, FRAME, INTER), TS_ELIMIT);
	ts_test_expect_none(f);
	start_with_key(f);
	/* all in one packet */
	uint8_t many[1 + 17 * 4] = {0};
	for (int n = 0; n < 17; n++)
		memcpy(many + 1 + 4 * n, (const uint8_t[]){3, FRAME, INTER}, 4);
	assert_int_equal(ts_test_push(f, NEXT | MARKER, many, sizeof many), TS_ELIMIT);
	ts_test_expect_none(f);
	/* copies of a header, which behind its frame would begin another one, are left out */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, W2, 3, FRAME, INTER, COPY, INTER), 0);
	EXPECT(f, false, false, DELIMITER, FRAME | SIZE, 2, INTER);
}

static void sizes_told(void **state)
{
	static const uint8_t key[] = {W2 | N, 1 + FULL_LEN, SEQ, FULL, FRAME, KEY},
			     alone[] = {W1 | N, SEQ, FULL}, rest[] = {W1 | Z, SEQ, FULL},
			     other[] = {W1, FRAME, INTER};
	int w = 0, h = 0;
	(void)state;
	assert_true(ts_peek_size(TS_CODEC_AV1, key, sizeof key, &w, &h));
	assert_int_equal(w * 1000 + h, 320180);
	assert_true(ts_peek_size(TS_CODEC_AV1, alone, sizeof alone, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_AV1, rest, sizeof rest, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_AV1, other, sizeof other, &w, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequence_headers),
		cmocka_unit_test_setup_teardown(elements, setup, teardown),
		cmocka_unit_test_setup_teardown(fragments, setup, teardown),
		cmocka_unit_test_setup_teardown(malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(keyframes, setup, teardown),
		cmocka_unit_test_setup_teardown(frames_of_a_unit_are_bounded, setup, teardown),
		cmocka_unit_test(sizes_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
