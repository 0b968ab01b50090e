/* G.729: libbcg729 behind audio.h, and libavcodec's decoder, which is another one, beside it. */
#include "base/counter.h"
#include "codec/audio.h"
#include "codec/registry.h"
#include "codec/resample.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = TS_AUDIO_FRAME, FRAMES = 150, LOW = N / 6, BYTES = 20 };

/* Speech-like: a pitch that glides, two formants that move, syllables and pauses. */
static void talk(int16_t *pcm, int frame)
{
	static double phase;
	if (!frame) phase = 0;
	for (int i = 0; i < N; i++) {
		const double t = (frame * N + i) / 48000.0;
		const double pitch = 120 + 30 * sin(2 * M_PI * 0.7 * t);
		const double loud = fmax(0, sin(2 * M_PI * 3 * t)) * 0.8 + 0.02;
		const double f1 = 500 + 200 * sin(2 * M_PI * 1.3 * t),
			     f2 = 1500 + 500 * sin(2 * M_PI * 0.9 * t);
		double x = 0;
		phase += 2 * M_PI * pitch / 48000;
		for (int k = 1; k <= 24; k++) {
			const double f = k * pitch;
			const double gain = exp(-pow((f - f1) / 150, 2)) +
				0.5 * exp(-pow((f - f2) / 200, 2)) + 0.02;
			x += gain * sin(k * phase);
		}
		pcm[i] = (int16_t)lrint(5000 * loud * x);
	}
}

static struct ts_audio_encoder *encoder(void)
{
	struct ts_audio_encoder *e;
	const struct ts_audio_encoder_config config = {.codec = TS_CODEC_G729};
	assert_int_equal(ts_audio_encoder_open(&e, &config), 0);
	return e;
}

static struct ts_audio_decoder *decoder(void)
{
	struct ts_audio_decoder *d;
	assert_int_equal(ts_audio_decoder_open(&d, TS_CODEC_G729), 0);
	return d;
}

/* How alike the loudness of both is over time, in frames of 20 ms: -1 .. 1. A codec that models a
 * voice keeps no waveform. */
static double alike(const double *a, const double *b, int n)
{
	double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
	for (int i = 0; i < n; i++) {
		ma += a[i] / n;
		mb += b[i] / n;
	}
	for (int i = 0; i < n; i++) {
		ab += (a[i] - ma) * (b[i] - mb);
		aa += (a[i] - ma) * (a[i] - ma);
		bb += (b[i] - mb) * (b[i] - mb);
	}
	return ab / sqrt(aa * bb);
}

static double rms(const int16_t *pcm, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++) sum += (double)pcm[i] * pcm[i];
	return sqrt(sum / n);
}

/* The best correlation of waveforms over lags up to 30 ms. */
static double correlation(const int16_t *a, const int16_t *b, int n)
{
	double best = 0;
	for (int lag = 0; lag < 1440; lag += 6) {
		double ab = 0, aa = 1, bb = 1;
		for (int i = 0; i + lag < n; i += 3) {
			ab += (double)a[i] * b[i + lag];
			aa += (double)a[i] * a[i];
			bb += (double)b[i + lag] * b[i + lag];
		}
		const double c = ab / sqrt(aa * bb);
		if (c > best) best = c;
	}
	return best;
}

static int16_t in[FRAMES][N], out[FRAMES][N];
static uint8_t packets[FRAMES][BYTES];

static void encode_all(void)
{
	struct ts_audio_encoder *e = encoder();
	for (int f = 0; f < FRAMES; f++) {
		talk(in[f], f);
		assert_int_equal(ts_audio_encode(e, in[f], packets[f], sizeof packets[f]), BYTES);
	}
	ts_audio_encoder_close(&e);
}

static void speech_passes(void **state)
{
	struct ts_audio_decoder *d = decoder();
	double before[FRAMES], after[FRAMES];
	(void)state;
	encode_all();
	for (int f = 0; f < FRAMES; f++) {
		assert_int_equal(ts_audio_payload_samples(TS_CODEC_G729, packets[f], BYTES), N);
		assert_int_equal(ts_audio_decode(d, packets[f], BYTES, out[f], N), N);
		before[f] = rms(in[f], N);
		after[f] = rms(out[f], N);
	}
	ts_audio_decoder_close(&d);
	const double c = correlation(&in[10][0], &out[10][0], (FRAMES - 12) * N);
	if (c < 0.85) fail_msg("waveforms: %.3f", c);
	assert_true(
		alike(before, after + 1, FRAMES - 1) > 0.85 || alike(before, after, FRAMES) > 0.85);
}

/* What we send is understood by a decoder that we did not write, nor libbcg729's authors. */
static void libav_understands(void **state)
{
	AVCodecContext *ctx = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_G729));
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	struct ts_resample up;
	(void)state;
	av_channel_layout_default(&ctx->ch_layout, 1);
	ctx->sample_rate = 8000;
	assert_int_equal(avcodec_open2(ctx, NULL, NULL), 0);
	ts_resample_init(&up, 6);
	encode_all();
	for (int f = 0; f < FRAMES; f++)
		for (int half = 0; half < 2; half++) {
			assert_int_equal(av_new_packet(packet, BYTES / 2), 0);
			memcpy(packet->data, packets[f] + half * BYTES / 2, BYTES / 2);
			assert_int_equal(avcodec_send_packet(ctx, packet), 0);
			assert_int_equal(avcodec_receive_frame(ctx, frame), 0);
			ts_resample_up(
				&up, (int16_t *)frame->data[0], out[f] + half * N / 2, LOW / 2);
			av_packet_unref(packet);
		}
	const double c = correlation(&in[10][0], &out[10][0], (FRAMES - 12) * N);
	if (c < 0.85) fail_msg("%.3f", c);
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&ctx);
}

/* Every tenth packet is lost: what is made up is no silence, and what follows is as before. */
static void losses_are_made_up(void **state)
{
	struct ts_audio_decoder *d = decoder();
	double made = 0, sent = 0;
	(void)state;
	encode_all();
	for (int f = 0; f < FRAMES; f++) {
		if (f % 10 == 9) {
			assert_int_equal(ts_audio_conceal(d, NULL, 0, out[f], N), N);
			if (rms(in[f - 1], N) > 500 && rms(in[f], N) > 500) {
				made += rms(out[f], N);
				sent += rms(in[f], N);
			}
		} else {
			assert_int_equal(ts_audio_decode(d, packets[f], BYTES, out[f], N), N);
		}
	}
	if (made < sent / 3 || made > sent * 2) fail_msg("%.0f of %.0f", made, sent);
	const double c = correlation(&in[10][0], &out[10][0], (FRAMES - 12) * N);
	if (c < 0.7) fail_msg("%.3f", c);
	/* odd lengths, long ones */
	static int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES];
	for (int n = 120; n <= TS_AUDIO_PACKET_MAX_SAMPLES; n += 120)
		assert_int_equal(ts_audio_conceal(d, NULL, 0, pcm, n), n);
	assert_int_equal(ts_audio_conceal(d, NULL, 0, pcm, 0), 0);
	ts_audio_decoder_close(&d);
}

/* Moved from one encoder to another a receiver hears no seam: the second one's packets, behind the
 * first's, decode to nearly the same. */
static void a_copy_continues(void **state)
{
	struct ts_audio_encoder *a = encoder(), *b = encoder();
	struct ts_audio_decoder *d = decoder(), *seam = decoder();
	double error = 0, signal = 0;
	(void)state;
	for (int f = 0; f < FRAMES; f++) {
		static int16_t x[N], y[N];
		uint8_t pa[BYTES], pb[BYTES];
		talk(in[f], f);
		if (f == 50) ts_audio_encoder_copy(b, a);
		assert_int_equal(ts_audio_encode(a, in[f], pa, BYTES), BYTES);
		memcpy(pb, pa, BYTES);
		if (f >= 50) assert_int_equal(ts_audio_encode(b, in[f], pb, BYTES), BYTES);
		assert_int_equal(ts_audio_decode(d, pa, BYTES, x, N), N);
		assert_int_equal(ts_audio_decode(seam, pb, BYTES, y, N), N);
		for (int i = 0; f >= 50 && f < 60 && i < N; i++) {
			error += (double)(x[i] - y[i]) * (x[i] - y[i]);
			signal += (double)x[i] * x[i];
		}
	}
	const double snr = 10 * log10(signal / (error + 1));
	if (snr < 6) fail_msg("%.1f dB", snr);
	ts_audio_encoder_close(&a);
	ts_audio_encoder_close(&b);
	ts_audio_decoder_close(&d);
	ts_audio_decoder_close(&seam);
}

/* RFC 3551 4.5.6: any number of frames, the last one perhaps comfort noise. */
static void lengths(void **state)
{
	static const struct {
		size_t len;
		int samples;
	} rows[] = {{0, TS_EBADMSG}, {1, TS_EBADMSG}, {2, 480}, {3, TS_EBADMSG}, {9, TS_EBADMSG},
		{10, 480}, {12, 960}, {15, TS_EBADMSG}, {20, 960}, {22, 1440}, {60, 2880},
		{200, TS_AUDIO_PACKET_MAX_SAMPLES}, {202, TS_EBADMSG}, {210, TS_EBADMSG}};
	static int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES];
	uint8_t bytes[210] = {0};
	struct ts_audio_decoder *d = decoder();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(ts_audio_payload_samples(TS_CODEC_G729, bytes, rows[i].len),
			rows[i].samples);
		assert_int_equal(
			ts_audio_decode(d, bytes, rows[i].len, pcm, TS_AUDIO_PACKET_MAX_SAMPLES),
			rows[i].samples);
	}
	assert_int_equal(ts_audio_decode(d, bytes, 20, pcm, 900), TS_ELIMIT);
	ts_audio_decoder_close(&d);
}

static void annex_b(void **state)
{
	static const struct {
		const char *fmtp;
		bool on;
		const char *answer;
	} rows[] = {{NULL, true, "annexb=yes"}, {"annexb=yes", true, "annexb=yes"},
		{"annexb=no", false, "annexb=no"}, {"ANNEXB=NO", false, "annexb=no"},
		{"x=y; annexb=no", false, "annexb=no"}, {"annexb=north", true, "annexb=yes"}};
	const struct ts_codec_info *info = ts_codec_info(TS_CODEC_G729);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format f;
		char text[TS_FMTP_MAX];
		assert_int_equal(info->parse_fmtp(&f, rows[i].fmtp), 0);
		assert_int_equal(f.annexb, rows[i].on);
		info->write_fmtp(text, &f, &(struct ts_fmtp_wish){0});
		assert_string_equal(text, rows[i].answer);
	}
}

static void are_counted(void **state)
{
	(void)state;
	struct ts_audio_encoder *e = encoder();
	struct ts_audio_decoder *d = decoder();
	assert_int_equal(ts_count_get(TS_C_ENC_AUDIO_G729), 1);
	assert_int_equal(ts_count_get(TS_C_DEC_AUDIO_G729), 1);
	ts_audio_encoder_close(&e);
	ts_audio_decoder_close(&d);
	assert_int_equal(ts_count_get(TS_C_ENC_AUDIO_G729), 0);
	assert_int_equal(ts_count_get(TS_C_DEC_AUDIO_G729), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speech_passes),
		cmocka_unit_test(libav_understands),
		cmocka_unit_test(losses_are_made_up),
		cmocka_unit_test(a_copy_continues),
		cmocka_unit_test(lengths),
		cmocka_unit_test(annex_b),
		cmocka_unit_test(are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
