/* Which payloads begin a keyframe. */
#include "tests/unit/base/cmocka_all.h"
#include "transport/rtp/keystart.h"

#include <stdlib.h>
#include <string.h>

static void first_packets_of_keyframes(void **state)
{
	static const struct {
		const char *name;
		enum ts_codec codec;
		bool begins;
		size_t len;
		uint8_t bytes[12];
	} rows[] = {
		{"VP8 key", TS_CODEC_VP8, true, 2, {0x10, 0x50}},
		{"VP8 delta", TS_CODEC_VP8, false, 2, {0x10, 0x51}},
		{"VP8 key, not its first packet", TS_CODEC_VP8, false, 2, {0x00, 0x50}},
		{"VP8 second partition", TS_CODEC_VP8, false, 2, {0x11, 0x50}},
		{"VP8 all of the descriptor", TS_CODEC_VP8, true, 7,
			{0x90, 0xf0, 0x81, 0x01, 0x02, 0x03, 0x50}},
		{"VP8 short picture ID", TS_CODEC_VP8, true, 4, {0x90, 0x80, 0x01, 0x50}},
		{"VP8 a delta behind it", TS_CODEC_VP8, false, 4, {0x90, 0x80, 0x01, 0x51}},
		{"VP8 cut off", TS_CODEC_VP8, false, 3, {0x90, 0x80, 0x01}},
		{"H.264 IDR", TS_CODEC_H264, true, 2, {0x65, 0}},
		{"H.264 SPS", TS_CODEC_H264, true, 2, {0x67, 0}},
		{"H.264 slice", TS_CODEC_H264, false, 2, {0x41, 0}},
		{"H.264 first fragment of an IDR", TS_CODEC_H264, true, 3, {0x7c, 0x85, 0}},
		{"H.264 a later one", TS_CODEC_H264, false, 3, {0x7c, 0x05, 0}},
		{"H.264 AUD and SPS in one", TS_CODEC_H264, true, 8,
			{0x78, 0, 2, 0x09, 0x10, 0, 1, 0x67}},
		{"H.264 two slices in one", TS_CODEC_H264, false, 7,
			{0x78, 0, 1, 0x41, 0, 1, 0x41}},
		{"H.264 STAP-A that lies", TS_CODEC_H264, false, 4, {0x78, 0xff, 0xff, 0x67}},
		{"H.263 intra", TS_CODEC_H263, true, 9, {0, 0x40, 0, 0, 0, 0, 0x80, 0x02, 0x08}},
		{"H.263 inter", TS_CODEC_H263, false, 9, {0, 0x50, 0, 0, 0, 0, 0x80, 0x02, 0x0a}},
		{"H.263 a group of blocks", TS_CODEC_H263, false, 9,
			{0, 0x40, 0, 0, 0, 0, 0x84, 0x02, 0x08}},
		{"H.263 mode B", TS_CODEC_H263, false, 11,
			{0x80, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0x80}},
		{"H.263 cut off", TS_CODEC_H263, false, 6, {0, 0x40, 0, 0, 0, 0}},
		{"H263-1998 intra", TS_CODEC_H263_1998, true, 5, {0x04, 0, 0x80, 0x02, 0x08}},
		{"H263-1998 inter", TS_CODEC_H263_1998, false, 5, {0x04, 0, 0x80, 0x02, 0x0a}},
		{"H263-1998 more of it", TS_CODEC_H263_1998, false, 5, {0, 0, 0x80, 0x02, 0x08}},
		{"H263-1998 with VRC", TS_CODEC_H263_1998, true, 6,
			{0x06, 0, 0x11, 0x80, 0x02, 0x08}},
		{"H263-1998 plus intra", TS_CODEC_H263_1998, true, 8,
			{0x04, 0, 0x80, 0x02, 0x1c, 0xa0, 0x02, 0x00}},
		{"H263-1998 plus inter", TS_CODEC_H263_1998, false, 8,
			{0x04, 0, 0x80, 0x02, 0x1c, 0xa0, 0x02, 0x04}},
		{"H263-1998 plus, short", TS_CODEC_H263_1998, false, 8,
			{0x04, 0, 0x80, 0x02, 0x1c, 0x10, 0x00, 0x00}},
		{"nothing", TS_CODEC_H264, false, 0, {0}},
		{"sound", TS_CODEC_OPUS, false, 2, {0x65, 0}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ts_begins_keyframe(rows[i].codec, rows[i].bytes, rows[i].len) != rows[i].begins)
			fail_msg("%s", rows[i].name);
}

/* From the heap, so that AddressSanitizer sees the end. */
static void any_bytes(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		const size_t len = (size_t)(rand() % 20);
		uint8_t *bytes = malloc(len + 1);
		assert_non_null(bytes);
		for (size_t k = 0; k < len; k++) bytes[k] = (uint8_t)rand();
		uint8_t *exact = len ? realloc(bytes, len) : bytes;
		static const enum ts_codec codecs[] = {
			TS_CODEC_VP8, TS_CODEC_H264, TS_CODEC_H263, TS_CODEC_H263_1998};
		ts_begins_keyframe(codecs[i % 4], exact, len);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_packets_of_keyframes),
		cmocka_unit_test(any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
