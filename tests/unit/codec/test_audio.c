#include "base/counter.h"
#include "codec/audio.h"
#include "codec/level.h"
#include "tests/unit/codec/support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = TS_AUDIO_FRAME, RATE = TS_AUDIO_RATE_HZ };

/* Voice-like: some harmonics under a slow envelope; glide in Hz a second. */
static void voice_glide(int16_t pcm[N], int frame, double hz, double glide)
{
	for (int i = 0; i < N; i++) {
		double t = (frame * (double)N + i) / RATE, v = 0;
		for (int k = 1; k < 6; k++) v += sin(2 * M_PI * (hz + glide / 2 * t) * k * t) / k;
		pcm[i] = (int16_t)(5000 * v * (0.6 + 0.4 * sin(2 * M_PI * 3 * t)));
	}
}

static void voice(int16_t pcm[N], int frame, double hz)
{
	voice_glide(pcm, frame, hz, 0);
}

static double energy(const int16_t *pcm, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++) sum += (double)pcm[i] * pcm[i];
	return sum / n;
}

static struct ts_audio_encoder *encoder(int loss_percent)
{
	struct ts_audio_encoder *e;
	struct ts_audio_encoder_config config = {
		.codec = TS_CODEC_OPUS, .bitrate_bps = 32000, .loss_percent = loss_percent};
	assert_int_equal(ts_audio_encoder_open(&e, &config), 0);
	return e;
}

static struct ts_audio_decoder *decoder(void)
{
	struct ts_audio_decoder *d;
	assert_int_equal(ts_audio_decoder_open(&d, TS_CODEC_OPUS), 0);
	return d;
}

static void round_trip(void **state)
{
	struct ts_audio_encoder *e = encoder(10);
	struct ts_audio_decoder *d = decoder();
	int16_t in[N], out[TS_AUDIO_PACKET_MAX_SAMPLES];
	uint8_t packet[TS_AUDIO_PACKET_MAX_BYTES];
	double sent = 0, got = 0;
	size_t bytes = 0;
	(void)state;
	for (int f = 0; f < 100; f++) {
		voice(in, f, 180);
		int len = ts_audio_encode(e, in, packet, sizeof packet);
		assert_true(len > 0);
		assert_int_equal(ts_audio_payload_samples(TS_CODEC_OPUS, packet, (size_t)len), N);
		assert_int_equal(
			ts_audio_decode(d, packet, (size_t)len, out, TS_AUDIO_PACKET_MAX_SAMPLES),
			N);
		bytes += (size_t)len;
		if (f < 10) continue;
		sent += energy(in, N);
		got += energy(out, N);
	}
	assert_true(got > 0.7 * sent && got < 1.4 * sent);
	assert_true(bytes * 8 / 2 > 20000 && bytes * 8 / 2 < 40000);
	ts_audio_encoder_close(&e);
	ts_audio_decoder_close(&d);
}

static double error_when_lost(int loss_percent, bool fec)
{
	struct ts_audio_encoder *e = encoder(loss_percent);
	struct ts_audio_decoder *d = decoder(), *whole = decoder();
	static uint8_t packet[60][TS_AUDIO_PACKET_MAX_BYTES];
	int len[60];
	int16_t in[N], out[N], ref[N];
	double err = 0;
	for (int f = 0; f < 60; f++) {
		voice_glide(in, f, 120, 300); /* glides, so that mere repetition is wrong */
		len[f] = ts_audio_encode(e, in, packet[f], sizeof packet[f]);
		assert_true(len[f] > 0);
	}
	for (int f = 0; f < 60; f++) {
		assert_int_equal(ts_audio_decode(whole, packet[f], (size_t)len[f], ref, N), N);
		if (f % 6 == 5 && f < 59)
			assert_int_equal(ts_audio_conceal(d, fec ? packet[f + 1] : NULL,
						 fec ? (size_t)len[f + 1] : 0, out, N),
				N);
		else
			assert_int_equal(ts_audio_decode(d, packet[f], (size_t)len[f], out, N), N);
		if (f % 6 != 5 || f < 12) continue;
		double diff = 0;
		for (int i = 0; i < N; i++) diff += pow(out[i] - ref[i], 2);
		err += diff / N / (energy(ref, N) + 1);
	}
	ts_audio_encoder_close(&e);
	ts_audio_decoder_close(&d);
	ts_audio_decoder_close(&whole);
	return err;
}

static void fec_beats_concealment(void **state)
{
	(void)state;
	double fec = error_when_lost(20, true), plc = error_when_lost(20, false);
	if (fec > 0.5 * plc) fail_msg("error with FEC %.3f, without %.3f", fec, plc);
}

/* A stream that moves from encoder A to its copy goes on as if nothing had been: bit-identical
 * packets, so bit-identical sound. */
static void copy_continues_exactly(void **state)
{
	struct ts_audio_encoder *a = encoder(10), *b = encoder(10);
	int16_t in[N], other[N], x[N], y[N];
	uint8_t pa[TS_AUDIO_PACKET_MAX_BYTES], pb[TS_AUDIO_PACKET_MAX_BYTES];
	struct ts_audio_decoder *stays = decoder(), *moves = decoder();
	(void)state;
	for (int f = 0; f < 60; f++) {
		voice(in, f, 150);
		voice(other, f, 333);
		if (f == 30) ts_audio_encoder_copy(b, a);
		int la = ts_audio_encode(a, in, pa, sizeof pa),
		    lb = ts_audio_encode(b, f < 30 ? other : in, pb, sizeof pb);
		assert_true(la > 0 && lb > 0);
		if (f >= 30) {
			assert_int_equal(la, lb);
			assert_memory_equal(pa, pb, (size_t)la);
		}
		assert_int_equal(ts_audio_decode(stays, pa, (size_t)la, x, N), N);
		assert_int_equal(
			ts_audio_decode(moves, f < 30 ? pa : pb, (size_t)(f < 30 ? la : lb), y, N),
			N);
		assert_memory_equal(x, y, sizeof x);
	}
	/* and the two are independent from then on */
	voice(other, 7, 500);
	assert_true(ts_audio_encode(b, other, pb, sizeof pb) > 0);
	voice(in, 60, 150);
	int la = ts_audio_encode(a, in, pa, sizeof pa);
	assert_int_equal(ts_audio_decode(stays, pa, (size_t)la, x, N), N);
	assert_true(energy(x, N) > 1e5);
	ts_audio_encoder_close(&a);
	ts_audio_encoder_close(&b);
	ts_audio_decoder_close(&stays);
	ts_audio_decoder_close(&moves);
}

static void bad_payloads(void **state)
{
	struct ts_audio_decoder *d = decoder();
	int16_t out[TS_AUDIO_PACKET_MAX_SAMPLES];
	uint8_t bytes[400];
	uint32_t seed = 7;
	(void)state;
	assert_int_equal(
		ts_audio_decode(d, bytes, 0, out, TS_AUDIO_PACKET_MAX_SAMPLES), TS_EBADMSG);
	assert_int_equal(ts_audio_payload_samples(TS_CODEC_OPUS, bytes, 0), TS_EBADMSG);
	for (int k = 0; k < 2000; k++) {
		size_t len = ts_test_random(&seed) % sizeof bytes;
		for (size_t i = 0; i < len; i++) bytes[i] = (uint8_t)ts_test_random(&seed);
		int samples = ts_audio_payload_samples(TS_CODEC_OPUS, bytes, len);
		int n = ts_audio_decode(d, bytes, len, out, TS_AUDIO_PACKET_MAX_SAMPLES);
		assert_true(n < 0 || (n == samples && n <= TS_AUDIO_PACKET_MAX_SAMPLES));
		n = ts_audio_conceal(d, bytes, len, out, N);
		assert_int_equal(n, N);
	}
	/* more than there is room for */
	struct ts_audio_encoder *e = encoder(0);
	voice(out, 0, 200);
	int len = ts_audio_encode(e, out, bytes, sizeof bytes);
	assert_true(len > 0);
	assert_true(ts_audio_decode(d, bytes, (size_t)len, out, N / 2) < 0);
	ts_audio_encoder_close(&e);
	ts_audio_decoder_close(&d);
}

static void gauges_follow(void **state)
{
	int64_t enc = ts_count_get(TS_C_ENC_AUDIO_OPUS), dec = ts_count_get(TS_C_DEC_AUDIO_OPUS);
	struct ts_audio_encoder *e = encoder(0);
	struct ts_audio_decoder *d = decoder(), *none;
	(void)state;
	assert_int_equal(ts_count_get(TS_C_ENC_AUDIO_OPUS), enc + 1);
	assert_int_equal(ts_count_get(TS_C_DEC_AUDIO_OPUS), dec + 1);
	ts_audio_encoder_close(&e);
	ts_audio_decoder_close(&d);
	ts_audio_decoder_close(&d);
	assert_int_equal(ts_count_get(TS_C_ENC_AUDIO_OPUS), enc);
	assert_int_equal(ts_count_get(TS_C_DEC_AUDIO_OPUS), dec);
	assert_int_equal(ts_audio_decoder_open(&none, TS_CODEC_VP8), TS_EUNSUPPORTED);
}

/* What mixer/audio/audio.c does in a silent room: the packet of silence again and again, then the
 * encoder goes on where it stopped. */
static void a_packet_of_silence_may_be_repeated(void **state)
{
	static const int16_t zeros[N];
	struct ts_audio_encoder *e = encoder(5);
	struct ts_audio_decoder *d;
	int16_t in[N], out[TS_AUDIO_PACKET_MAX_SAMPLES];
	uint8_t packet[TS_AUDIO_PACKET_MAX_BYTES];
	int len = 0, loudest = -127;
	(void)state;
	assert_int_equal(ts_audio_decoder_open(&d, TS_CODEC_OPUS), 0);
	for (int round = 0; round < 3; round++) {
		for (int f = 0; f < 50; f++) {
			for (int i = 0; i < N; i++)
				in[i] = (int16_t)(6000 *
					sin(2 * M_PI * 180 * (f * N + i) / 48000.0) *
					(1 + sin(2 * M_PI * 3 * (f * N + i) / 48000.0)));
			len = ts_audio_encode(e, in, packet, sizeof packet);
			assert_true(len > 0);
			assert_int_equal(ts_audio_decode(d, packet, (size_t)len, out,
						 TS_AUDIO_PACKET_MAX_SAMPLES),
				N);
			int want = ts_level_dbov(in, N), got = ts_level_dbov(out, N);
			if (f >= 2 && want > -20) /* at once, and no louder than it is */
				assert_in_range(got - want + 20, 14, 26);
		}
		for (int f = 0; f < 20; f++) {
			len = ts_audio_encode(e, zeros, packet, sizeof packet);
			ts_audio_decode(d, packet, (size_t)len, out, TS_AUDIO_PACKET_MAX_SAMPLES);
		}
		assert_in_range(len, 1, 128);
		for (int f = 0; f < 1000; f++) {
			assert_int_equal(ts_audio_decode(d, packet, (size_t)len, out,
						 TS_AUDIO_PACKET_MAX_SAMPLES),
				N);
			int level = ts_level_dbov(out, N);
			if (level > loudest) loudest = level;
		}
	}
	print_message("  a silent packet has %d bytes; repeated, at most %d dBov\n", len, loudest);
	assert_true(loudest <= -75);
	ts_audio_encoder_close(&e);
	ts_audio_decoder_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(fec_beats_concealment),
		cmocka_unit_test(copy_continues_exactly),
		cmocka_unit_test(bad_payloads),
		cmocka_unit_test(gauges_follow),
		cmocka_unit_test(a_packet_of_silence_may_be_repeated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
