/* G.711 codes, resampling, concealment, and the three telephone codecs behind audio.h. */
#include "base/counter.h"
#include "codec/audio.h"
#include "codec/g711.h"
#include "codec/plc.h"
#include "codec/resample.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = TS_AUDIO_FRAME, RATE = TS_AUDIO_RATE_HZ, FRAMES = 50 };

static const enum ts_codec codecs[] = {TS_CODEC_G722, TS_CODEC_PCMU, TS_CODEC_PCMA};
enum { N_CODECS = 3 };

static double energy(const int16_t *pcm, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++) sum += (double)pcm[i] * pcm[i];
	return sum / n;
}

static void tone(int16_t *pcm, int n, int64_t at, double hz, double rate)
{
	for (int i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(10000 * sin(2 * M_PI * hz * (double)(at + i) / rate));
}

/* ---- G.711 */

static void libav_decodes_alike(enum AVCodecID id, int16_t (*from)(uint8_t))
{
	const AVCodec *codec = avcodec_find_decoder(id);
	AVCodecContext *ctx = avcodec_alloc_context3(codec);
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	av_channel_layout_default(&ctx->ch_layout, 1);
	ctx->sample_rate = 8000;
	assert_int_equal(avcodec_open2(ctx, codec, NULL), 0);
	assert_int_equal(av_new_packet(packet, 256), 0);
	for (int i = 0; i < 256; i++) packet->data[i] = (uint8_t)i;
	assert_int_equal(avcodec_send_packet(ctx, packet), 0);
	assert_int_equal(avcodec_receive_frame(ctx, frame), 0);
	for (int i = 0; i < 256; i++)
		assert_int_equal(((int16_t *)frame->data[0])[i], from((uint8_t)i));
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&ctx);
}

/* Five bits of precision whatever the level, values that stay themselves, and no value out of
 * order. */
static void codes_are_near(uint8_t (*to)(int16_t), int16_t (*from)(uint8_t))
{
	int before = INT16_MIN;
	for (int x = INT16_MIN; x <= INT16_MAX; x++) {
		int16_t v = from(to((int16_t)x));
		if (abs(v - x) > abs(x) / 28 + 16) fail_msg("%d becomes %d", x, v);
		if (v < before) fail_msg("%d becomes %d, less than the one before", x, v);
		assert_int_equal(from(to(v)), v);
		before = v;
	}
}

static void g711(void **state)
{
	(void)state;
	libav_decodes_alike(AV_CODEC_ID_PCM_MULAW, ts_g711_from_u);
	libav_decodes_alike(AV_CODEC_ID_PCM_ALAW, ts_g711_from_a);
	codes_are_near(ts_g711_to_u, ts_g711_from_u);
	codes_are_near(ts_g711_to_a, ts_g711_from_a);
}

/* ---- resampling */

/* Gain in dB of a tone that goes down and up again. */
static double there_and_back(int factor, double hz)
{
	struct ts_resample down, up;
	double sent = 0, got = 0;
	ts_resample_init(&down, factor);
	ts_resample_init(&up, factor);
	for (int f = 0; f < 20; f++) {
		int16_t in[N], low[N / 3], out[N];
		tone(in, N, f * N, hz, RATE);
		ts_resample_down(&down, in, low, (size_t)(N / factor));
		ts_resample_up(&up, low, out, (size_t)(N / factor));
		if (f < 2) continue;
		sent += energy(in, N);
		got += energy(out, N);
	}
	return 10 * log10(got / sent + 1e-9);
}

static void passes_and_stops(void **state)
{
	static const struct {
		int factor;
		double hz, least_db, most_db;
	} rows[] = {
		{6, 100, -0.1, 0.1},
		{6, 1000, -0.1, 0.1},
		{6, 3300, -0.5, 0.1},
		{6, 4400, -90, -55},
		{6, 7000, -90, -55},
		{6, 15000, -90, -55},
		{3, 100, -0.1, 0.1},
		{3, 3000, -0.1, 0.1},
		{3, 6900, -0.5, 0.1},
		{3, 8000, -90, -55},
		{3, 12000, -90, -55},
		{3, 20000, -90, -55},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double db = there_and_back(rows[i].factor, rows[i].hz);
		if (db < rows[i].least_db || db > rows[i].most_db)
			fail_msg("by %d at %.0f Hz: %.2f dB", rows[i].factor, rows[i].hz, db);
	}
}

/* However the samples are cut into calls, the same comes out. */
static void chunks_do_not_matter(void **state)
{
	struct ts_resample a, b;
	int16_t in[960], x[2880], y[2880];
	uint32_t seed = 3;
	(void)state;
	for (int i = 0; i < 960; i++) in[i] = (int16_t)ts_test_random(&seed);
	ts_resample_init(&a, 3);
	ts_resample_init(&b, 3);
	ts_resample_up(&a, in, x, 960);
	for (size_t at = 0, n; at < 960; at += n) {
		n = 1 + ts_test_random(&seed) % 200;
		if (n > 960 - at) n = 960 - at;
		ts_resample_up(&b, in + at, y + 3 * at, n);
	}
	assert_memory_equal(x, y, sizeof x);
}

/* ---- concealment */

static void plc_continues(void **state)
{
	(void)state;
	for (int rate = 8000; rate <= 16000; rate += 8000) {
		struct ts_plc plc;
		int16_t pcm[320], ref[320];
		const int n = rate / 50;
		int at = 0, worst = 0;
		ts_plc_init(&plc, rate);
		for (int f = 0; f < 10; f++, at += n) {
			tone(pcm, n, at, 137, rate);
			ts_plc_good(&plc, pcm, (size_t)n);
		}
		int16_t last = pcm[n - 1];
		tone(ref, n, at, 137, rate);
		ts_plc_lost(&plc, pcm, (size_t)n);
		for (int i = 0; i < rate / 100; i++)
			worst = abs(pcm[i] - ref[i]) > worst ? abs(pcm[i] - ref[i]) : worst;
		if (worst > 1500) fail_msg("%d Hz: off by %d of 10000", rate, worst);
		assert_true(abs(pcm[0] - last) < 1200); /* no step */
		/* longer: less and less, then nothing */
		double before = energy(pcm, n);
		for (int f = 0; f < 3; f++) {
			ts_plc_lost(&plc, pcm, (size_t)n);
			assert_true(energy(pcm, n) <= before);
			before = energy(pcm, n);
		}
		assert_true(before == 0);
		/* and back without a step */
		tone(pcm, n, at + 4 * n + n / 3, 137, rate);
		ts_plc_good(&plc, pcm, (size_t)n);
		assert_true(abs(pcm[0]) < 1500);
		for (int i = 1; i < n; i++) assert_true(abs(pcm[i] - pcm[i - 1]) < 2500);
	}
}

/* A sound without a period of voices: its repetition begins elsewhere, but without a jump. */
static void plc_begins_without_a_step(void **state)
{
	struct ts_plc plc;
	int16_t pcm[160];
	(void)state;
	for (int end = 5; end < 15; end++) {
		ts_plc_init(&plc, 8000);
		for (int f = 0; f < end; f++) {
			tone(pcm, 160, f * 160, 17, 8000);
			ts_plc_good(&plc, pcm, 160);
		}
		int16_t last = pcm[159];
		ts_plc_lost(&plc, pcm, 160);
		if (abs(pcm[0] - last) > 400) fail_msg("from %d to %d", last, pcm[0]);
		for (int i = 1; i < 160; i++) assert_true(abs(pcm[i] - pcm[i - 1]) < 1000);
	}
}

/* ---- behind audio.h */

static struct ts_audio_encoder *encoder(enum ts_codec codec)
{
	struct ts_audio_encoder *e;
	struct ts_audio_encoder_config config = {.codec = codec, .bitrate_bps = 64000};
	assert_int_equal(ts_audio_encoder_open(&e, &config), 0);
	return e;
}

static void voice(int16_t pcm[N], int frame, double hz)
{
	for (int i = 0; i < N; i++) {
		double t = (frame * (double)N + i) / RATE, v = 0;
		for (int k = 1; k < 6; k++) v += sin(2 * M_PI * hz * k * t) / k;
		pcm[i] = (int16_t)(5000 * v);
	}
}

/* 4 ms later the same comes out, with little noise; and a lost frame is far better made up than
 * left out. */
static void round_trip(void **state)
{
	enum { DELAY = 4 * RATE / 1000 - 8 };
	(void)state;
	for (int c = 0; c < N_CODECS; c++) {
		static int16_t in[FRAMES * N], out[FRAMES * N];
		struct ts_audio_encoder *e = encoder(codecs[c]);
		struct ts_audio_decoder *d;
		assert_int_equal(ts_audio_decoder_open(&d, codecs[c]), 0);
		for (int f = 0; f < FRAMES; f++) {
			uint8_t packet[TS_AUDIO_PACKET_MAX_BYTES];
			voice(in + f * N, f, 160);
			assert_int_equal(
				ts_audio_encode(e, in + f * N, packet, sizeof packet), 160);
			assert_int_equal(ts_audio_payload_samples(codecs[c], packet, 160), N);
			if (f == 40)
				assert_int_equal(ts_audio_conceal(d, NULL, 0, out + f * N, N), N);
			else
				assert_int_equal(
					ts_audio_decode(d, packet, 160, out + f * N, N), N);
		}
		double best[2] = {1e30, 1e30}, signal = energy(in, FRAMES * N);
		/* G.722's filters add 1.4 ms */
		for (int shift = DELAY; shift < DELAY + 96; shift++) {
			double noise[2] = {0};
			for (int i = 10 * N; i < 41 * N; i++)
				noise[i >= 40 * N] += pow(out[i + shift] - in[i], 2);
			if (noise[0] >= best[0]) continue;
			best[0] = noise[0];
			best[1] = noise[1];
		}
		double snr = 10 * log10(signal / (best[0] / (30 * N))),
		       lost = 10 * log10(signal / (best[1] / N));
		if (snr < 20) fail_msg("%s: %.1f dB", ts_codec_name(codecs[c]), snr);
		if (lost < 3)
			fail_msg("%s: a lost frame has %.1f dB", ts_codec_name(codecs[c]), lost);
		ts_audio_encoder_close(&e);
		ts_audio_decoder_close(&d);
	}
}

static void copy_continues_exactly(void **state)
{
	(void)state;
	for (int c = 0; c < N_CODECS; c++) {
		struct ts_audio_encoder *a = encoder(codecs[c]), *b = encoder(codecs[c]);
		for (int f = 0; f < 40; f++) {
			int16_t in[N], other[N];
			uint8_t pa[160], pb[160];
			voice(in, f, 150);
			voice(other, f, 333);
			if (f == 20) ts_audio_encoder_copy(b, a);
			assert_int_equal(ts_audio_encode(a, in, pa, sizeof pa), 160);
			assert_int_equal(
				ts_audio_encode(b, f < 20 ? other : in, pb, sizeof pb), 160);
			if (f >= 20) assert_memory_equal(pa, pb, sizeof pa);
		}
		ts_audio_encoder_close(&a);
		ts_audio_encoder_close(&b);
	}
}

static void odd_payloads(void **state)
{
	static int16_t out[TS_AUDIO_PACKET_MAX_SAMPLES];
	static uint8_t bytes[2000];
	uint32_t seed = 5;
	(void)state;
	for (int c = 0; c < N_CODECS; c++) {
		struct ts_audio_decoder *d;
		assert_int_equal(ts_audio_decoder_open(&d, codecs[c]), 0);
		assert_int_equal(
			ts_audio_decode(d, bytes, 0, out, TS_AUDIO_PACKET_MAX_SAMPLES), TS_EBADMSG);
		assert_int_equal(ts_audio_decode(d, bytes, 1601, out, TS_AUDIO_PACKET_MAX_SAMPLES),
			TS_EBADMSG);
		assert_int_equal(ts_audio_payload_samples(codecs[c], bytes, 0), TS_EBADMSG);
		assert_int_equal(ts_audio_decode(d, bytes, 160, out, N - 1), TS_ELIMIT);
		for (int k = 0; k < 300; k++) {
			size_t len = 1 + ts_test_random(&seed) % 960;
			for (size_t i = 0; i < len; i++) bytes[i] = (uint8_t)ts_test_random(&seed);
			assert_int_equal(
				ts_audio_decode(d, bytes, len, out, TS_AUDIO_PACKET_MAX_SAMPLES),
				6 * len);
			int lost = (int)(120 * (1 + ts_test_random(&seed) % 48));
			assert_int_equal(ts_audio_conceal(d, bytes, len, out, lost), lost);
		}
		ts_audio_decoder_close(&d);
	}
}

static void gauges_follow(void **state)
{
	static const enum ts_counter rows[N_CODECS] = {
		TS_C_ENC_AUDIO_G722, TS_C_ENC_AUDIO_PCMU, TS_C_ENC_AUDIO_PCMA};
	struct ts_audio_decoder *none;
	(void)state;
	for (int c = 0; c < N_CODECS; c++) {
		struct ts_audio_encoder *e = encoder(codecs[c]);
		assert_int_equal(ts_count_get(rows[c]), 1);
		ts_audio_encoder_close(&e);
		assert_int_equal(ts_count_get(rows[c]), 0);
	}
	assert_int_equal(ts_audio_decoder_open(&none, TS_CODEC_CN), TS_EUNSUPPORTED);
	assert_int_equal(ts_audio_decoder_open(&none, TS_CODEC_DTMF), TS_EUNSUPPORTED);
}

static void payloads_tell_their_level(void **state)
{
	(void)state;
	uint8_t payload[160];
	int16_t pcm[160];
	int dbov = 1;
	tone(pcm, 160, 0, 440, 8000);
	for (int i = 0; i < 160; i++) payload[i] = ts_g711_to_u(pcm[i]);
	assert_true(ts_audio_payload_level(TS_CODEC_PCMU, payload, 160, &dbov));
	assert_in_range(-dbov, 13, 14); /* a sine of amplitude 10000 */
	for (int i = 0; i < 160; i++) payload[i] = ts_g711_to_a(pcm[i]);
	assert_true(ts_audio_payload_level(TS_CODEC_PCMA, payload, 160, &dbov));
	assert_in_range(-dbov, 13, 14);
	memset(payload, 0xff, sizeof payload); /* zero, in the u-law */
	assert_true(ts_audio_payload_level(TS_CODEC_PCMU, payload, 160, &dbov));
	assert_int_equal(dbov, -127);
	assert_true(ts_audio_payload_level(TS_CODEC_PCMU, payload, 0, &dbov));
	assert_int_equal(dbov, -127);
	assert_false(ts_audio_payload_level(TS_CODEC_G722, payload, 160, &dbov));
	assert_false(ts_audio_payload_level(TS_CODEC_OPUS, payload, 160, &dbov));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g711),
		cmocka_unit_test(passes_and_stops),
		cmocka_unit_test(chunks_do_not_matter),
		cmocka_unit_test(plc_continues),
		cmocka_unit_test(plc_begins_without_a_step),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(copy_continues_exactly),
		cmocka_unit_test(odd_payloads),
		cmocka_unit_test(payloads_tell_their_level),
		cmocka_unit_test(gauges_follow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
