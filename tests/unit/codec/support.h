/* support - pictures, packets and a small sender for the tests of codec/. Includes cmocka with what
 * it wants before it. */
#ifndef TS_TESTS_UNIT_CODEC_SUPPORT_H
#define TS_TESTS_UNIT_CODEC_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "codec/depacketize.h"
#include "codec/packetize.h"
#include "codec/video.h"

uint32_t ts_test_random(uint32_t *state); /* xorshift: the same everywhere */

AVFrame *ts_test_picture(int w, int h);
/* Camera-like: a soft background that pans, a textured block that moves, a little noise. */
void ts_test_draw_scene(AVFrame *f, int t);
/* Noise that moves as a whole: hard to code. */
void ts_test_draw_noise(AVFrame *f, int t);
enum { TS_TEST_PATCHES = 8 };
/* Eight vertical bars: 75 % colour bars, BT.601 limited. */
extern const uint8_t ts_test_patch[TS_TEST_PATCHES][3];
void ts_test_draw_patches(AVFrame *f);
/* The mean of a plane in the middle half of a bar. */
int ts_test_patch_mean(const AVFrame *f, int patch, int plane);
double ts_test_psnr(const AVFrame *a, const AVFrame *b); /* luma */
uint32_t ts_test_hash(const AVFrame *f);                 /* of all visible samples */

/* A packet outside any pool; payload must stay valid. */
struct ts_packet ts_test_packet(const void *payload, size_t len, uint32_t timestamp_rtp,
	int marker);

/* A depacketizer under test, fed byte by byte. */
struct ts_test_depacketizer {
	struct ts_depacketizer *d;
	AVPacket *unit;
	struct ts_unit_info info; /* of the unit last expected */
	uint32_t timestamp;
};

struct ts_test_depacketizer *ts_test_depacketizer_new(enum ts_codec codec);
void ts_test_depacketizer_free(struct ts_test_depacketizer *t);
enum { NEXT = 1, MARKER = 2, GAP = 4 }; /* NEXT: with the next timestamp */
int ts_test_push(struct ts_test_depacketizer *t, int flags, const void *payload, size_t len);
/* The next unit must be these bytes, padded. */
void ts_test_expect(struct ts_test_depacketizer *t, bool key, bool broken, const void *bytes,
	size_t len);
void ts_test_expect_none(struct ts_test_depacketizer *t);
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__}
#define PUSH(t, flags, ...) ts_test_push(t, flags, BYTES(__VA_ARGS__))
#define EXPECT(t, key, broken, ...) ts_test_expect(t, key, broken, BYTES(__VA_ARGS__))

/* The packets that an encoder's pictures made, to be pushed one after another. */
struct ts_test_stream {
	enum ts_codec codec;
	size_t n_units, n;
	struct ts_au *units[512];
	struct { uint16_t unit, payload; uint32_t timestamp_rtp; bool marker; } packet[8192];
};

void ts_test_stream_add(struct ts_test_stream *s, const AVPacket *packet, int packetization_mode,
	uint32_t timestamp_rtp);
struct ts_packet ts_test_stream_packet(const struct ts_test_stream *s, size_t i);
void ts_test_stream_free(struct ts_test_stream *s);

#endif
