/* Voices whose senders' clocks are off, for minutes: what comes out of them, and when. */
#include "base/clock.h"
#include "base/counter.h"
#include "codec/audio.h"
#include "mixer/audio/voice.h"
#include "mixer/sync/lipsync.h"
#include "tests/unit/common/speech.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME, LOOP = 500 };
#define MS TS_NS_PER_MS
#define FRAME_NS (20 * MS)

/* Ten seconds of speech, coded once and sent round and round. */
struct clip {
	enum ts_codec codec;
	int len[LOOP];
	uint8_t payload[LOOP][TS_AUDIO_PACKET_MAX_BYTES];
};

static struct clip clips[2];
static struct ts_packet_pool *pool;

static void make_clip(struct clip *clip, enum ts_codec codec, const int16_t *pcm)
{
	const struct ts_audio_encoder_config config = {.codec = codec, .bitrate_bps = 32000};
	struct ts_audio_encoder *encoder = NULL;
	clip->codec = codec;
	assert_int_equal(ts_audio_encoder_open(&encoder, &config), 0);
	for (int i = 0; i < LOOP; i++)
		clip->len[i] = ts_audio_encode(
			encoder, pcm + i * N, clip->payload[i], sizeof clip->payload[i]);
	ts_audio_encoder_close(&encoder);
}

static int setup(void **state)
{
	(void)state;
	int16_t *pcm = ts_speech_make(0, TS_AUDIO_RATE_HZ, LOOP / 50, -20);
	make_clip(&clips[0], TS_CODEC_PCMU, pcm);
	make_clip(&clips[1], TS_CODEC_OPUS, pcm);
	free(pcm);
	return ts_packet_pool_create(&pool, 512);
}

static int teardown(void **state)
{
	(void)state;
	ts_packet_pool_close(&pool);
	return 0;
}

struct result {
	double delay_ms, delay_max_ms; /* from the capture to the mix */
	int64_t skipped, concealed;
	int heard;
};

struct sender {
	const struct clip *clip;
	double ppm;
	int64_t jitter_ns, sent, stall_from, stall_to;
	uint32_t rng;
};

static int64_t captured_ns(const struct sender *s, int64_t n)
{
	return TS_NS_PER_S + (int64_t)((double)(n * FRAME_NS) / (1 + s->ppm * 1e-6));
}

static void send(struct sender *s, struct ts_voice *voice, int64_t arrival_ns)
{
	int at = (int)(s->sent % LOOP);
	struct ts_packet *p = ts_packet_get(pool);
	assert_non_null(p);
	memcpy(p->buf, s->clip->payload[at], (size_t)s->clip->len[at]);
	p->payload = p->data = p->buf;
	p->payload_len = p->len = (uint32_t)s->clip->len[at];
	p->codec = (uint8_t)s->clip->codec;
	p->level = p->turns = 255;
	p->ssrc = 1;
	p->ext_seq = 70000 + s->sent;
	p->seq = (uint16_t)p->ext_seq;
	p->timestamp_rtp = (uint32_t)(s->sent * (ts_codec_clock_hz(s->clip->codec) / 50));
	p->capture_ns = captured_ns(s, s->sent);
	p->arrival_ns = arrival_ns;
	ts_voice_push(voice, p);
}

/* Arrives when? In order; a stall holds up what would come within. */
static int64_t arrival_of(struct sender *s, int64_t last_ns)
{
	s->rng = s->rng * 1664525u + 1013904223u;
	int64_t at = captured_ns(s, s->sent) + 15 * MS +
		(s->jitter_ns ? (int64_t)(s->rng >> 4) % s->jitter_ns : 0);
	if (at >= s->stall_from && at < s->stall_to) at = s->stall_to;
	return at > last_ns ? at : last_ns;
}

static struct result listen(struct sender *s, int seconds)
{
	struct ts_voice *voice;
	struct ts_lipsync *lipsync;
	struct ts_lipsync_info info;
	struct result r = {0};
	assert_int_equal(ts_voice_create(&voice), 0);
	assert_int_equal(ts_lipsync_create(&lipsync), 0);
	ts_voice_set_lipsync(voice, lipsync);
	s->rng = 7;
	s->sent = 0;
	int64_t next_ns = arrival_of(s, 0);
	double sum = 0;
	int n = 0;
	for (int64_t now = TS_NS_PER_S; now < (seconds + 1) * TS_NS_PER_S; now += FRAME_NS) {
		for (; next_ns <= now; next_ns = arrival_of(s, next_ns)) {
			send(s, voice, next_ns);
			s->sent++;
		}
		r.heard += ts_voice_tick(voice, now) != NULL;
		if (now < 4 * TS_NS_PER_S) { /* a start */
			r.skipped = ts_count_get(TS_C_AUDIO_SKIPPED);
			r.concealed = ts_count_get(TS_C_AUDIO_CONCEALED);
			continue;
		}
		ts_lipsync_info(lipsync, &info, now);
		double ms = (double)info.sound_ns / 1e6;
		sum += ms;
		n++;
		if (ms > r.delay_max_ms) r.delay_max_ms = ms;
	}
	r.delay_ms = sum / n;
	r.skipped = ts_count_get(TS_C_AUDIO_SKIPPED) - r.skipped;
	r.concealed = ts_count_get(TS_C_AUDIO_CONCEALED) - r.concealed;
	ts_voice_unref(&voice);
	ts_lipsync_unref(&lipsync);
	return r;
}

/* At 200 ppm they are off by a packet in 100 s: each would be skipped or waited for. An hour of it
 * without decoding: test_drift.c, test_jitter.c. */
static void drift_is_not_heard(void **state)
{
	static const int ppms[] = {0, 200, -200};
	(void)state;
	for (int c = 0; c < 2; c++) {
		double without_ms = 0;
		for (int i = 0; i < 3; i++) {
			struct sender s = {.clip = &clips[c], .ppm = ppms[i], .jitter_ns = 4 * MS};
			int64_t began_ns = ts_cpu_ns();
			/* the one without drift is the same at any time */
			int seconds = !ppms[i] ? 60 : c ? 310 : 620;
			struct result r = listen(&s, seconds);
			print_message("  %s %+d ppm: delay %.1f ms, at most %.1f; "
				      "skipped %lld, made up %lld; heard %d s; CPU %.1f s\n",
				ts_codec_name(s.clip->codec), ppms[i], r.delay_ms, r.delay_max_ms,
				(long long)r.skipped, (long long)r.concealed, r.heard / 50,
				(double)(ts_cpu_ns() - began_ns) / 1e9);
			assert_int_equal(r.skipped, 0);
			assert_int_equal(r.concealed, 0);
			assert_true(r.heard > seconds / 2 * 50);
			if (i == 0) without_ms = r.delay_ms;
			assert_true(fabs(r.delay_ms - without_ms) < 10);
			assert_true(r.delay_max_ms < without_ms + 25);
		}
	}
}

/* What a stall leaves is made good without end of cuts. */
static void after_a_stall_the_delay_comes_back(void **state)
{
	(void)state;
	for (int c = 0; c < 2; c++) {
		struct sender s = {.clip = &clips[c],
			.jitter_ns = 4 * MS,
			.stall_from = 20 * TS_NS_PER_S,
			.stall_to = 20 * TS_NS_PER_S + 250 * MS};
		struct result r = listen(&s, 60);
		print_message("  %s: delay %.1f ms, at most %.1f; skipped %lld, made up %lld\n",
			ts_codec_name(s.clip->codec), r.delay_ms, r.delay_max_ms,
			(long long)r.skipped, (long long)r.concealed);
		assert_true(r.delay_ms < 75);
		assert_in_range(r.skipped, 0, 14);
	}
}

/* Whatever speed it is played at: a tone stays a tone, without a click where that changes. */
static void a_bent_tone_has_no_clicks(void **state)
{
	enum { TONE_LOOP = LOOP };
	static struct clip tone;
	int16_t *pcm = calloc(TONE_LOOP * N, sizeof *pcm);
	struct ts_voice *voice;
	(void)state;
	for (int i = 0; i < TONE_LOOP * N; i++)
		pcm[i] = (int16_t)(8000 * sin(2 * M_PI * 300 * i / TS_AUDIO_RATE_HZ) *
			(0.75 + 0.25 * sin(2 * M_PI * 4 * i / TS_AUDIO_RATE_HZ)));
	make_clip(&tone, TS_CODEC_PCMU, pcm);
	free(pcm);
	struct sender s = {.clip = &tone, .ppm = 3000, .rng = 7};
	assert_int_equal(ts_voice_create(&voice), 0);
	int64_t next_ns = arrival_of(&s, 0);
	int16_t last = 0, before = 0;
	int worst = 0, heard = 0;
	for (int64_t now = TS_NS_PER_S; now < 60 * TS_NS_PER_S; now += FRAME_NS) {
		for (; next_ns <= now; next_ns = arrival_of(&s, next_ns)) {
			send(&s, voice, next_ns);
			s.sent++;
		}
		const int16_t *out = ts_voice_tick(voice, now);
		for (int i = 0; out && i < N; i++) {
			/* the second difference of such a tone is small: a click is not */
			int bend = out[i] - 2 * last + before;
			if (heard > 25 * N && abs(bend) > worst) worst = abs(bend);
			before = last;
			last = out[i];
			heard++;
		}
	}
	print_message("  worst second difference %d of a tone whose own is %d\n", worst,
		(int)(8000 * pow(2 * M_PI * 300 / TS_AUDIO_RATE_HZ, 2)));
	assert_true(heard > 55 * 50 * N);
	assert_true(worst < 700); /* mu-law's steps are up to 512 there */
	ts_voice_unref(&voice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bent_tone_has_no_clicks),
		cmocka_unit_test(after_a_stall_the_delay_comes_back),
		cmocka_unit_test(drift_is_not_heard),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
