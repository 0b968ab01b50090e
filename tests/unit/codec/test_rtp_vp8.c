/* VP8 payloads, byte by byte. */
#include "tests/unit/codec/support.h"
#include <stdlib.h>
#include <string.h>

#define KEY 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 0x55
#define INTER 0x31, 0x02, 0x00, 0x77

static int setup(void **state)
{
	*state = ts_test_depacketizer_new(TS_CODEC_VP8);
	return 0;
}

static int teardown(void **state)
{
	ts_test_depacketizer_free(*state);
	return 0;
}

static void start_with_key(struct ts_test_depacketizer *f)
{
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, KEY), 0);
	EXPECT(f, true, false, KEY);
}

static const struct {
	const char *name;
	uint8_t bytes[8];
	size_t len;
} descriptors[] = {
	{"plain", {0x10}, 1},
	{"non-reference", {0x30}, 1},
	{"extension byte only", {0x90, 0x00}, 2},
	{"7-bit PictureID", {0x90, 0x80, 0x11}, 3},
	{"15-bit PictureID", {0x90, 0x80, 0x91, 0x23}, 4},
	{"TL0PICIDX", {0x90, 0x40, 0x07}, 3},
	{"TID", {0x90, 0x20, 0x40}, 3},
	{"KEYIDX", {0x90, 0x10, 0x03}, 3},
	{"all of them", {0x90, 0xf0, 0xff, 0xff, 0x07, 0x61}, 6},
};

static void every_descriptor(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++) {
		uint8_t payload[16];
		memcpy(payload, descriptors[i].bytes, descriptors[i].len);
		memcpy(payload + descriptors[i].len, (uint8_t[]){INTER}, 4);
		assert_int_equal(
			ts_test_push(f, NEXT | MARKER, payload, descriptors[i].len + 4), 0);
		EXPECT(f, false, false, INTER);
		/* cut off anywhere, and with nothing behind it */
		for (size_t len = 1; len <= descriptors[i].len; len++) {
			int err = ts_test_push(f, NEXT | MARKER, payload, len);
			if (err != TS_EBADMSG)
				fail_msg("%s, %zu bytes: %s", descriptors[i].name, len,
					ts_strerror(err));
		}
		ts_test_expect_none(f);
		start_with_key(f);
	}
}

static void frames_of_several_packets(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT, 0x10, INTER), 0);
	assert_int_equal(PUSH(f, 0, 0x00, 1, 2), 0);
	assert_int_equal(PUSH(f, 0, 0x11, 3), 0); /* another partition */
	assert_int_equal(PUSH(f, MARKER, 0x01, 4), 0);
	EXPECT(f, false, false, INTER, 1, 2, 3, 4);
	/* no marker; then the next frame, in one packet */
	assert_int_equal(PUSH(f, NEXT, 0x10, INTER), 0);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, INTER, 9), 0);
	EXPECT(f, false, false, INTER);
	EXPECT(f, false, false, INTER, 9);
	/* two frames of one timestamp: an invisible reference before a visible frame */
	assert_int_equal(PUSH(f, NEXT, 0x10, INTER), 0);
	assert_int_equal(PUSH(f, MARKER, 0x10, INTER, 8), 0);
	EXPECT(f, false, false, INTER);
	EXPECT(f, false, false, INTER, 8);
	ts_test_expect_none(f);
}

static void gaps(void **state)
{
	struct ts_test_depacketizer *f = *state;
	/* nothing before the first keyframe can be shown */
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, INTER), 0);
	EXPECT(f, false, true, INTER);
	start_with_key(f);
	/* in a frame */
	assert_int_equal(PUSH(f, NEXT, 0x10, INTER), 0);
	assert_int_equal(PUSH(f, GAP | MARKER, 0x00, 1), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, INTER), 0);
	EXPECT(f, false, true, INTER);
	start_with_key(f);
	/* its first packet */
	assert_int_equal(PUSH(f, NEXT | GAP, 0x00, 1), 0);
	assert_int_equal(PUSH(f, MARKER, 0x00, 1), 0);
	ts_test_expect_none(f);
	start_with_key(f);
	/* its first packet, the partition's start being there */
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, 0x11, 1, 2, 3), 0);
	ts_test_expect_none(f);
	/* a keyframe right behind the gap is whole */
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, 0x10, KEY), 0);
	EXPECT(f, true, false, KEY);
	/* a keyframe that lost its end */
	assert_int_equal(PUSH(f, NEXT, 0x10, KEY), 0);
	assert_int_equal(PUSH(f, NEXT | GAP | MARKER, 0x10, INTER), 0);
	EXPECT(f, false, true, INTER);
	ts_test_expect_none(f);
}

static void short_frames(void **state)
{
	struct ts_test_depacketizer *f = *state;
	start_with_key(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, 0x31, 0x02), 0);
	ts_test_expect_none(f);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, INTER), 0);
	EXPECT(f, false, true, INTER);
	assert_int_equal(PUSH(f, NEXT | MARKER, 0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a), 0);
	ts_test_expect_none(f);
}

static void packetize_and_depacketize(void **state)
{
	struct ts_test_depacketizer *f = *state;
	static uint8_t bytes[6000] = {INTER};
	uint32_t seed = 5;
	AVPacket *in = av_packet_alloc();
	start_with_key(f);
	for (int k = 0; k < 300; k++) {
		size_t len = 3 + ts_test_random(&seed) % (sizeof bytes - 3),
		       mtu = 64 + ts_test_random(&seed) % 1200;
		struct ts_au *au;
		for (size_t i = 3; i < len; i++) bytes[i] = (uint8_t)ts_test_random(&seed);
		in->data = bytes;
		in->size = (int)len;
		assert_int_equal(ts_packetize(&au, TS_CODEC_VP8, 0, in, mtu), 0);
		assert_int_equal(au->n, (len + mtu - 2) / (mtu - 1));
		f->timestamp += 3000;
		for (uint32_t i = 0; i < au->n; i++) {
			assert_int_equal(ts_au_bytes(au, i)[0], i ? 0x00 : 0x10);
			assert_true(au->pay[i].len <= mtu);
			if (i + 1 < au->n) assert_int_equal(au->pay[i].len, au->pay[0].len);
			assert_int_equal(ts_test_push(f, i + 1 == au->n ? MARKER : 0,
						 ts_au_bytes(au, i), au->pay[i].len),
				0);
		}
		ts_test_expect(f, false, false, bytes, len);
		ts_au_unref(&au);
	}
	av_packet_free(&in);
}

/* Given with one picture, it holds for those that follow, and survives a loss. */
static void rotation_stays(void **state)
{
	struct ts_test_depacketizer *f = *state;
	static const uint8_t turns[] = {255, 1, 255, 255, 3, 0, 255, 7};
	static const int degrees[] = {0, 90, 90, 90, 270, 0, 0, 0};
	static const uint8_t payload[] = {0x10, KEY};
	for (size_t i = 0; i < sizeof(turns); i++) {
		struct ts_packet p = ts_test_packet(
			payload, sizeof(payload), (uint32_t)(3000 * i), 1);
		p.turns = turns[i];
		p.gap = i == 3;
		assert_int_equal(ts_depacketizer_push(f->d, &p), 0);
		assert_int_equal(ts_depacketizer_pull(f->d, f->unit, &f->info), 0);
		assert_int_equal(f->info.rotation, degrees[i]);
		av_packet_unref(f->unit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(frames_of_several_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(short_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(packetize_and_depacketize, setup, teardown),
		cmocka_unit_test_setup_teardown(rotation_stays, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
