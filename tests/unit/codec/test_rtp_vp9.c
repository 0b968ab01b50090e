/* VP9 payloads, byte by byte: RFC 9628. */
#include "codec/peek.h"
#include "codec/vp9_header.h"
#include "tests/unit/codec/support.h"
#include <string.h>

/* 320x180 */
#define KEY 0x82, 0x49, 0x83, 0x42, 0x20, 0x13, 0xf0, 0x0b, 0x30
#define INTER 0x86, 0x77
enum {
	I = 0x80,
	P = 0x40,
	L = 0x20,
	F = 0x10,
	B = 0x08,
	E = 0x04,
	V = 0x02,
};
/* the byte of a layer, and the index behind it where F is not set */
#define LAYER(tid, sid, d) (uint8_t)((tid) << 5 | (sid) << 1 | (d))

static int setup(void **state)
{
	*state = ts_test_depacketizer_new(TS_CODEC_VP9);
	return 0;
}

static int teardown(void **state)
{
	ts_test_depacketizer_free(*state);
	return 0;
}

static void start_with_key(struct ts_test_depacketizer *f)
{
	assert_int_equal(PUSH(f, NEXT | MARKER, B | E, KEY), 0);
	EXPECT(f, true, false, KEY);
}

static const struct {
	const char *name;
	uint8_t bytes[16];
	size_t len;
} descriptors[] = {
	{"plain", {B | E | P}, 1},
	{"7-bit picture id", {I | B | E | P, 0x11}, 2},
	{"15-bit picture id", {I | B | E | P, 0x91, 0x23}, 3},
	{"layer and TL0PICIDX", {L | B | E | P, LAYER(2, 0, 0), 0x07}, 3},
	{"flexible: one reference", {I | P | L | F | B | E, 0x11, LAYER(1, 0, 0), 0x02}, 4},
	{"three references", {I | P | F | B | E, 0x11, 0x03, 0x05, 0x02}, 5},
	{"flexible, of no reference", {I | F | B | E, 0x11}, 2},
	{"structure: nothing", {B | E | P | V, 0x00}, 2},
	{"structure: two sizes", {B | E | P | V, 0x30, 0, 160, 0, 90, 1, 64, 0, 180}, 10},
	{"structure: a group of two", {B | E | P | V, 0x08, 2, 0x00, 0x28, 1, 2}, 7},
	{"all of them",
		{I | P | L | F | B | E | V, 0xff, 0xff, LAYER(1, 0, 0), 0x02, 0x18, 1, 64, 0, 180,
			1, 0x04, 1},
		13},
};

static void every_descriptor(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++) {
		uint8_t payload[32];
		const size_t n = descriptors[i].len;
		memcpy(payload, descriptors[i].bytes, n);
		memcpy(payload + n, (uint8_t[]){INTER}, 2);
		if (ts_test_push(f, NEXT | MARKER, payload, n + 2))
			fail_msg("%s", descriptors[i].name);
		EXPECT(f, false, false, INTER);
		/* cut off anywhere, and with nothing behind it */
		for (size_t len = 1; len <= n; len++)
			if (ts_test_push(f, NEXT | MARKER, payload, len) != TS_EBADMSG)
				fail_msg("%s: %zu bytes", descriptors[i].name, len);
		ts_test_expect_none(f);
		start_with_key(f);
	}
	/* four references; N never ends */
	assert_int_equal(
		PUSH(f, NEXT | MARKER, I | P | F | B | E, 1, 3, 5, 7, 8, INTER), TS_EBADMSG);
}

static void frames_of_several_packets(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, P | B, INTER), 0);
	assert_int_equal(PUSH(f, 0, P, 1, 2), 0);
	assert_int_equal(PUSH(f, MARKER, P | E, 3), 0);
	EXPECT(f, false, false, INTER, 1, 2, 3);
	/* without a marker the next timestamp ends it */
	assert_int_equal(PUSH(f, NEXT, P | B | E, INTER), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, P | B | E, INTER, 9), 0);
	EXPECT(f, false, false, INTER);
	EXPECT(f, false, false, INTER, 9);
	/* a frame without its end, a beginning within a frame, what is behind the end */
	assert_int_equal(PUSH(f, NEXT | MARKER, P | B, INTER), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, P | B, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, P | B | E, INTER), TS_EBADMSG);
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, P | B | E, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, P | E, 1), TS_EBADMSG);
	ts_test_expect_none(f);
}

static void a_packet_of_another_picture(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, I | P | B, 5, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, I | P | E, 6, 1), TS_EBADMSG);
	ts_test_expect_none(f);
}

/* Annex B: the frames, then the index: marker, sizes of 4 bytes, marker. */
#define INDEX3(a, b, c) 0xda, a, 0, 0, 0, b, 0, 0, 0, c, 0, 0, 0, 0xda

static void layers_become_a_superframe(void **state)
{
	struct ts_test_depacketizer *f = *state;
	assert_int_equal(PUSH(f, NEXT, L | B | E, LAYER(0, 0, 0), 0, KEY), 0);
	assert_int_equal(PUSH(f, 0, L | B, LAYER(0, 1, 1), 0, INTER), 0);
	assert_int_equal(PUSH(f, 0, L | E, LAYER(0, 1, 1), 0, 1), 0);
	assert_int_equal(PUSH(f, MARKER, L | B | E, LAYER(0, 2, 1), 0, INTER), 0);
	EXPECT(f, true, false, KEY, INTER, 1, INTER, INDEX3(9, 3, 2));
	/* the layer in between is left out (not needed, or none is sent) */
	assert_int_equal(PUSH(f, NEXT, L | P | B | E, LAYER(0, 0, 0), 1, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, L | P | B | E, LAYER(0, 2, 0), 1, INTER), 0);
	EXPECT(f, false, false, INTER, INTER, 0xd9, 2, 0, 0, 0, 2, 0, 0, 0, 0xd9);
	/* one alone needs no index */
	assert_int_equal(PUSH(f, NEXT | MARKER, L | P | B | E, LAYER(0, 0, 0), 2, INTER), 0);
	EXPECT(f, false, false, INTER);
	ts_test_expect_none(f);
}

static void layers_that_cannot_be(void **state)
{
	struct ts_test_depacketizer *f = *state;
	/* twice the same, or downwards */
	for (int second = 0; second < 2; second++) {
		start_with_key(f);
		assert_int_equal(PUSH(f, NEXT, L | P | B | E, LAYER(0, 1, 0), 0, INTER), 0);
		assert_int_equal(
			PUSH(f, MARKER, L | P | B | E, LAYER(0, second, 0), 0, INTER), TS_EBADMSG);
	}
	/* of another layer in the middle of a frame */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, L | P | B, LAYER(0, 0, 0), 0, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, L | P | E, LAYER(0, 1, 0), 0, 1), TS_EBADMSG);
	/* depends on a layer that did not come */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, L | P | B | E, LAYER(0, 1, 1), 0, INTER), 0);
	ts_test_expect_none(f);
}

static void gaps(void **state)
{
	struct ts_test_depacketizer *f = *state;
	/* nothing before the first keyframe can be shown */
	assert_int_equal(PUSH(f, NEXT | MARKER, P | B | E, INTER), 0);
	EXPECT(f, false, true, INTER);
	start_with_key(f);
	/* the beginning */
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, P | E, 1), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	/* the lowest layer of a keyframe: the next one begins, and is none */
	assert_int_equal(PUSH(f, NEXT | GAP, L | B | E, LAYER(0, 1, 0), 0, KEY), 0);
	assert_int_equal(PUSH(f, MARKER, L | B | E, LAYER(0, 2, 1), 0, INTER), 0);
	ts_test_expect_none(f);
	/* a layer in the middle */
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, L | P | B | E, LAYER(0, 0, 0), 0, INTER), 0);
	assert_int_equal(PUSH(f, GAP | MARKER, L | P | B | E, LAYER(0, 2, 0), 0, INTER), 0);
	ts_test_expect_none(f);
	/* a keyframe right behind the gap is whole */
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, B | E, KEY), 0);
	EXPECT(f, true, false, KEY);
}

static void headers(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[12];
		size_t len;
		bool bad, key;
		int width;
	} rows[] = {
		{"a keyframe", {KEY}, 9, false, true, 320},
		{"cut", {KEY}, 8, true, false, 0},
		{"no start code", {0x82, 0x49, 0x83, 0x43, 0x20, 0x13, 0xf0, 0x0b, 0x30}, 9, true,
			false, 0},
		{"another frame", {INTER}, 1, false, false, 0},
		{"an earlier one again", {0x8a}, 1, false, false, 0},
		{"no frame", {0x42}, 1, true, false, 0},
		{"profile 2: one bit more", {0x92, 0x49, 0x83, 0x42, 0x10, 0x09, 0xf8, 0x05, 0x98},
			9, false, true, 320},
		{"nothing", {0}, 0, true, false, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_vp9_header h;
		const int err = ts_vp9_read_header(&h, rows[i].bytes, rows[i].len);
		if ((err != 0) != rows[i].bad ||
			(!err && (h.key != rows[i].key || h.width != rows[i].width)))
			fail_msg("%s: %d", rows[i].name, err);
	}
}

static void sizes_told(void **state)
{
	static const uint8_t plain[] = {B, KEY}, upper[] = {L | B, LAYER(0, 1, 0), 0, KEY},
			     told[] = {L | B | V, 0, 0, 0x30, 0, 160, 0, 90, 2, 0x80, 1, 0x68, KEY},
			     middle[] = {0, KEY}, inter[] = {B | P, INTER};
	int w = 0, h = 0;
	(void)state;
	assert_true(ts_peek_size(TS_CODEC_VP9, plain, sizeof plain, &w, &h));
	assert_int_equal(w * 1000 + h, 320180);
	assert_true(ts_peek_size(TS_CODEC_VP9, told, sizeof told, &w, &h));
	assert_int_equal(w * 1000 + h, 640360);
	assert_false(ts_peek_size(TS_CODEC_VP9, upper, sizeof upper, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_VP9, middle, sizeof middle, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_VP9, inter, sizeof inter, &w, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(frames_of_several_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(a_packet_of_another_picture, setup, teardown),
		cmocka_unit_test_setup_teardown(layers_become_a_superframe, setup, teardown),
		cmocka_unit_test_setup_teardown(layers_that_cannot_be, setup, teardown),
		cmocka_unit_test_setup_teardown(gaps, setup, teardown),
		cmocka_unit_test(headers),
		cmocka_unit_test(sizes_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
