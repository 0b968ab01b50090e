/* G.722 against libavcodec, and against the sums of the test vectors in ../shared/media where they
 * are. */
#include "codec/g722.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "../shared/media/conformance/g722/"

enum { BYTES = 160, FRAMES = 100, FILE_MAX = 1 << 18 };

static AVCodecContext *open_libav(const AVCodec *codec)
{
	AVCodecContext *ctx = avcodec_alloc_context3(codec);
	assert_non_null(ctx);
	ctx->sample_rate = 16000;
	ctx->sample_fmt = AV_SAMPLE_FMT_S16;
	av_channel_layout_default(&ctx->ch_layout, 1);
	assert_int_equal(avcodec_open2(ctx, codec, NULL), 0);
	return ctx;
}

/* Frames that lead every part of the arithmetic to its limits: silence, voice, noise, full scale
 * squares. */
static void make_sound(int16_t pcm[2 * BYTES], int frame, uint32_t *seed)
{
	for (int i = 0; i < 2 * BYTES; i++) {
		double t = (frame * 2 * BYTES + i) / 16000.0;
		switch (frame / 10 % 4) {
		case 0: pcm[i] = 0; break;
		case 1:
			pcm[i] = (int16_t)(9000 * sin(2 * M_PI * 300 * t) +
				6000 * sin(2 * M_PI * 5100 * t));
			break;
		case 2: pcm[i] = (int16_t)ts_test_random(seed); break;
		default: pcm[i] = i / 20 % 2 ? INT16_MAX : INT16_MIN;
		}
	}
}

static void libav_decodes_alike(AVCodecContext *ctx, const uint8_t *bytes, const int16_t *pcm)
{
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	assert_int_equal(av_new_packet(packet, BYTES), 0);
	memcpy(packet->data, bytes, BYTES);
	assert_int_equal(avcodec_send_packet(ctx, packet), 0);
	assert_int_equal(avcodec_receive_frame(ctx, frame), 0);
	assert_int_equal(frame->nb_samples, 2 * BYTES);
	assert_memory_equal(frame->data[0], pcm, 2 * BYTES * sizeof(pcm[0]));
	av_frame_free(&frame);
	av_packet_free(&packet);
}

static void decodes_as_libavcodec(void **state)
{
	AVCodecContext *ctx = open_libav(avcodec_find_decoder(AV_CODEC_ID_ADPCM_G722));
	struct ts_g722 encoder, decoder;
	uint32_t seed = 9;
	(void)state;
	ts_g722_init(&encoder);
	ts_g722_init(&decoder);
	for (int f = 0; f < FRAMES; f++) {
		int16_t in[2 * BYTES], out[2 * BYTES];
		uint8_t bytes[BYTES];
		make_sound(in, f, &seed);
		ts_g722_encode(&encoder, in, bytes, BYTES);
		for (int i = 0; f >= 60 && i < BYTES; i++)
			bytes[i] = (uint8_t)ts_test_random(&seed); /* what no encoder makes */
		ts_g722_decode(&decoder, bytes, out, BYTES);
		libav_decodes_alike(ctx, bytes, out);
	}
	avcodec_free_context(&ctx);
}

static size_t read_file(const char *path, uint8_t *out)
{
	FILE *f = fopen(path, "rb");
	if (!f) return 0;
	size_t n = fread(out, 1, FILE_MAX, f);
	fclose(f);
	return n;
}

static void check_sum(const void *data, size_t n, const char *want)
{
	uint8_t sum[32];
	char text[65];
	struct AVSHA *sha = av_sha_alloc();
	assert_int_equal(av_sha_init(sha, 256), 0);
	av_sha_update(sha, data, n);
	av_sha_final(sha, sum);
	av_free(sha);
	for (int i = 0; i < 32; i++) snprintf(text + 2 * i, 3, "%02x", sum[i]);
	assert_string_equal(text, want);
}

static void check_decoded(const uint8_t *bytes, size_t n, const char *want)
{
	static int16_t pcm[2 * FILE_MAX];
	struct ts_g722 decoder;
	ts_g722_init(&decoder);
	ts_g722_decode(&decoder, bytes, pcm, n);
	check_sum(pcm, 2 * n * sizeof(pcm[0]), want);
}

/* Sums of sippy/libg722's tests. */
static void vectors(void **state)
{
	static uint8_t bytes[FILE_MAX], encoded[FILE_MAX];
	static int16_t pcm[FILE_MAX / 2];
	(void)state;
	size_t n = read_file(FOLDER "test.g722", bytes);
	if (!n) skip();
	check_decoded(bytes, n, "a886f22d37ecd356e1963072bc481ed2c5dd12539428188d9779d33a520f3ff8");
	n = read_file(FOLDER "fullscale.g722", bytes);
	check_decoded(bytes, n, "e70c92cd2068d112839db12bfaa787cc0ea9a809b64fbf62fd78b6041cd9fbcc");

	n = read_file(FOLDER "pcminb.dat", bytes); /* big-endian */
	for (size_t i = 0; i < n / 2; i++)
		pcm[i] = (int16_t)(uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	struct ts_g722 encoder;
	ts_g722_init(&encoder);
	ts_g722_encode(&encoder, pcm, encoded, n / 4);
	check_sum(
		encoded, n / 4, "fc0abeb220fc66fc7d5429758dff26b56bdc9e2d64ce701a5b2489ba3a2fb877");
}

/* Frame 10 of 20 is lost. The first 5 ms after it, against what would have been heard. */
static double error_after_loss(int follow)
{
	static int16_t ref[20 * 2 * BYTES];
	uint8_t bytes[20][BYTES];
	struct ts_g722 encoder, whole, holed;
	double err = 0;
	ts_g722_init(&encoder);
	ts_g722_init(&whole);
	ts_g722_init(&holed);
	for (int f = 0; f < 20; f++) {
		int16_t in[2 * BYTES];
		for (int i = 0; i < 2 * BYTES; i++) {
			double t = (f * 2 * BYTES + i) / 16000.0;
			in[i] = (int16_t)(8000 * sin(2 * M_PI * 437 * t) +
				3000 * sin(2 * M_PI * 4711 * t));
		}
		ts_g722_encode(&encoder, in, bytes[f], BYTES);
		ts_g722_decode(&whole, bytes[f], ref + f * 2 * BYTES, BYTES);
	}
	for (int f = 0; f < 20; f++) {
		int16_t out[2 * BYTES];
		if (f == 10) { /* made up as well as can be */
			if (follow)
				ts_g722_follow(
					&holed, ref + 10 * 2 * BYTES - TS_G722_BEFORE, BYTES);
			continue;
		}
		ts_g722_decode(&holed, bytes[f], out, BYTES);
		for (int i = 0; f == 11 && i < 80; i++)
			err += pow(out[i] - ref[f * 2 * BYTES + i], 2);
	}
	return err;
}

/* The decoder that followed what was made up is where the encoder is. */
static void follows_through_a_loss(void **state)
{
	(void)state;
	double with = error_after_loss(1), without = error_after_loss(0);
	if (with > 0.5 * without) fail_msg("error %.0f with, %.0f without", with, without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_as_libavcodec),
		cmocka_unit_test(vectors),
		cmocka_unit_test(follows_through_a_loss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
