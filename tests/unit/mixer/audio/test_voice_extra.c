/* Voices that wait for their picture, for a while: what is lost, late or falls away then. And
 * voices that wait for nothing: they are played as they came. */
#include "base/clock.h"
#include "base/counter.h"
#include "codec/audio.h"
#include "codec/level.h"
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

enum { N = TS_AUDIO_FRAME, LOOP = 500, HELD = 32 };
#define MS TS_NS_PER_MS
#define FRAME_NS (20 * MS)

/* Ten seconds, coded once and sent round and round. */
struct clip {
	enum ts_codec codec;
	int len[LOOP];
	uint8_t payload[LOOP][TS_AUDIO_PACKET_MAX_BYTES];
};
static struct clip speech, words, tone, hush, law; /* all Opus, but for the last: mu-law */
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
	make_clip(&speech, TS_CODEC_OPUS, pcm);
	for (int i = 0; i < LOOP * N; i++)
		pcm[i] = (int16_t)(9000 * sin(2 * M_PI * 220 * i / TS_AUDIO_RATE_HZ));
	make_clip(&tone, TS_CODEC_OPUS, pcm);
	make_clip(&law, TS_CODEC_PCMU, pcm);
	for (int i = 0; i < LOOP * N; i++)
		if (i / N % 25 >= 20) pcm[i] = 0;
	make_clip(&words, TS_CODEC_OPUS, pcm);
	for (int i = 0; i < LOOP * N; i++) pcm[i] /= 450;
	make_clip(&hush, TS_CODEC_OPUS, pcm);
	free(pcm);
	return ts_packet_pool_create(&pool, 512);
}

static int teardown(void **state)
{
	(void)state;
	ts_packet_pool_close(&pool);
	return 0;
}

/* One participant: their packets come `before_ns` before each tick. */
struct peer {
	struct ts_voice *voice;
	struct ts_lipsync *lipsync;
	int64_t now_ns, before_ns, sent;
	int level; /* -dBov; 255: not told */
	struct ts_packet *held[HELD];
	int n_held;
	const int16_t *heard; /* at the last tick */
};

static void peer_init(struct peer *p, int64_t before_ns)
{
	*p = (struct peer){.now_ns = TS_NS_PER_S, .before_ns = before_ns, .level = 255};
	assert_int_equal(ts_voice_create(&p->voice), 0);
	assert_int_equal(ts_lipsync_create(&p->lipsync), 0);
	ts_voice_set_lipsync(p->voice, p->lipsync);
}

static void peer_fini(struct peer *p)
{
	for (int i = 0; i < p->n_held; i++) ts_packet_unref(&p->held[i]);
	ts_voice_unref(&p->voice);
	ts_lipsync_unref(&p->lipsync);
}

static struct ts_packet *next_packet(
	struct peer *p, enum ts_codec codec, const uint8_t *payload, int len)
{
	struct ts_packet *packet = ts_packet_get(pool);
	assert_non_null(packet);
	memcpy(packet->buf, payload, (size_t)len);
	packet->payload = packet->data = packet->buf;
	packet->payload_len = packet->len = (uint32_t)len;
	packet->codec = (uint8_t)codec;
	packet->level = (uint8_t)p->level;
	packet->vad = packet->turns = 255;
	packet->ssrc = 1;
	packet->ext_seq = 70000 + p->sent;
	packet->seq = (uint16_t)packet->ext_seq;
	packet->timestamp_rtp = (uint32_t)(p->sent * (ts_codec_clock_hz(codec) / 50));
	packet->arrival_ns = p->now_ns - p->before_ns;
	packet->capture_ns = packet->arrival_ns - 15 * MS;
	p->sent++;
	return packet;
}

static struct ts_packet *of_clip(struct peer *p, const struct clip *clip)
{
	const int at = (int)(p->sent % LOOP);
	return next_packet(p, clip->codec, clip->payload[at], clip->len[at]);
}

/* Their picture is so old; 0: there is none. */
static void tick(struct peer *p, int picture_ms)
{
	if (picture_ms) ts_lipsync_picture(p->lipsync, p->now_ns - picture_ms * MS, p->now_ns, 0);
	p->heard = ts_voice_tick(p->voice, p->now_ns);
	p->now_ns += FRAME_NS;
}

static void talk(struct peer *p, const struct clip *clip, int ticks, int picture_ms)
{
	for (int i = 0; i < ticks; i++) {
		ts_voice_push(p->voice, of_clip(p, clip));
		tick(p, picture_ms);
	}
}

static int64_t extra_ns(const struct peer *p)
{
	struct ts_lipsync_info info;
	ts_lipsync_info(p->lipsync, &info, p->now_ns);
	return info.sound_wait_ns;
}

static int longest_silence(const int16_t *pcm)
{
	int run = 0, most = 0;
	for (int i = 0; pcm && i < N; i++) {
		run = abs(pcm[i]) < 3 ? run + 1 : 0;
		if (run > most) most = run;
	}
	return pcm ? most : N;
}

/* Pauses of 100 ms, as between words, in which the gate stays open; the peer says no levels. */
static void it_gets_there_between_two_words(void **state)
{
	struct peer p;
	(void)state;
	peer_init(&p, 5 * MS);
	talk(&p, &words, 100, 20);
	assert_true(ts_voice_delay_ns(p.voice) < 60 * MS);
	const int64_t concealed = ts_count_get(TS_C_AUDIO_CONCEALED);
	talk(&p, &words, 190, 160); /* ends within a word */
	assert_true(ts_voice_delay_ns(p.voice) > 140 * MS);
	assert_true(ts_count_get(TS_C_AUDIO_CONCEALED) - concealed <= 12);
	peer_fini(&p);
}

/* The delay has just begun to follow: one packet is lost, and one is concealed. */
static void a_lost_packet_is_a_lost_packet(void **state)
{
	(void)state;
	for (int picture_ms = 20; picture_ms <= 260; picture_ms += 40) {
		struct peer p;
		int silent = 0;
		peer_init(&p, 5 * MS);
		talk(&p, &tone, 100, 20);
		talk(&p, &tone, 50, picture_ms);
		struct ts_packet *lost = of_clip(&p, &tone);
		ts_packet_unref(&lost);
		tick(&p, picture_ms);
		for (int i = 0; i < 20; i++) {
			talk(&p, &tone, 1, picture_ms);
			silent += longest_silence(p.heard) > 48;
		}
		if (silent) fail_msg("picture %d ms: %d ticks of silence", picture_ms, silent);
		peer_fini(&p);
	}
}

/* The camera goes off, or its pictures get quicker: nothing is cut out of speech. */
static void an_extra_that_falls_cuts_nothing_out(void **state)
{
	static const int later_ms[] = {0, 20, 60};
	(void)state;
	for (size_t i = 0; i < sizeof later_ms / sizeof *later_ms; i++) {
		struct peer p;
		peer_init(&p, 5 * MS);
		talk(&p, &tone, 40 * 50, 180);
		assert_true(extra_ns(&p) > 100 * MS);
		assert_true(ts_voice_delay_ns(p.voice) > 120 * MS);
		const int64_t skipped = ts_count_get(TS_C_AUDIO_SKIPPED);
		talk(&p, &tone, 60 * 50, later_ms[i]);
		assert_true(extra_ns(&p) < 80 * MS);
		assert_int_equal(ts_count_get(TS_C_AUDIO_SKIPPED), skipped);
		assert_true(ts_voice_delay_ns(p.voice) < (later_ms[i] + 70) * MS);
		peer_fini(&p);
	}
}

/* ... and a stall meanwhile leaves no more behind than ever. */
static void a_stall_meanwhile_is_made_good(void **state)
{
	(void)state;
	struct peer p;
	peer_init(&p, 5 * MS);
	talk(&p, &tone, 40 * 50, 180);
	talk(&p, &tone, 4 * 50, 0);
	for (int i = 0; i < 25; i++) {
		p.held[p.n_held++] = of_clip(&p, &tone);
		tick(&p, 0);
	}
	for (int i = 0; i < 25; i++) {
		p.held[i]->arrival_ns = p.now_ns - p.before_ns;
		ts_voice_push(p.voice, p.held[i]);
	}
	p.n_held = 0;
	talk(&p, &tone, 50, 0);
	assert_true(ts_voice_delay_ns(p.voice) < 360 * MS);
	peer_fini(&p);
}

/* What a voice that is played slower lacks is no whole number of anything. */
static void a_stall_of_a_bent_voice_has_no_holes(void **state)
{
	(void)state;
	for (int phase = 0; phase < 100; phase++) {
		struct peer p;
		peer_init(&p, 5 * MS);
		talk(&p, &tone, 150 + phase, 120); /* grows: slower than it came */
		for (int i = 0; i < 8; i++) {
			const int64_t concealed = ts_count_get(TS_C_AUDIO_CONCEALED);
			p.held[p.n_held++] = of_clip(&p, &tone);
			tick(&p, 120);
			const int64_t more = ts_count_get(TS_C_AUDIO_CONCEALED) - concealed;
			assert_in_range(more, 0, 1);
			if (i < 2) assert_true(longest_silence(p.heard) < 48);
		}
		peer_fini(&p);
	}
}

/* Wherever between two ticks the packets come: on a perfect network nothing is resampled. */
static void on_a_perfect_network_all_is_as_it_came(void **state)
{
	static int16_t decoded[LOOP * N];
	struct ts_audio_decoder *decoder;
	(void)state;
	assert_int_equal(ts_audio_decoder_open(&decoder, TS_CODEC_PCMU), 0);
	for (int i = 0; i < LOOP; i++)
		assert_int_equal(ts_audio_decode(decoder, law.payload[i], (size_t)law.len[i],
					 decoded + i * N, N),
			N);
	ts_audio_decoder_close(&decoder);
	for (int half_ms = 0; half_ms < 40; half_ms++) {
		struct peer p;
		int same = 0;
		peer_init(&p, half_ms * MS / 2);
		talk(&p, &law, 50, 0);
		for (int i = 0; i < 20 * 50; i++) {
			talk(&p, &law, 1, 0);
			assert_non_null(p.heard);
			for (int back = 1; back <= 4; back++) {
				const int at = (int)((p.sent - back) % LOOP) * N - 16;
				if (at < 0 || memcmp(p.heard, decoded + at, N * sizeof *decoded))
					continue;
				same++;
				break;
			}
		}
		if (same < 20 * 50 - 20 * 2 - 1) /* the tone's end does not meet its beginning */
			fail_msg("%.1f ms before the tick: %d of 1000 as they came", half_ms / 2.0,
				same);
		peer_fini(&p);
	}
}

/* Whatever comes: memory is its own, and it ends. */
static void survives_nonsense(void **state)
{
	static const uint8_t dtx[] = {0xd8, 0xff}, noise[] = {60};
	uint32_t rng = 11;
	(void)state;
	for (int round = 0; round < 60; round++) {
		struct peer p;
		int picture_ms = 0;
		peer_init(&p, (int64_t)(round % 40) * MS / 2);
		for (int i = 0; i < 1500; i++) {
			rng = rng * 1664525u + 1013904223u;
			const uint32_t r = rng >> 8;
			if (r % 97 == 0) picture_ms = (int)(r >> 8 & 511);
			if (r % 61 == 0) p.level = r >> 9 & 1 ? 255 : r >> 10 & 1 ? 57 : 15;
			struct ts_packet *packet = r >> 3 & 15
				? of_clip(&p,
					  p.level > 50 && p.level < 200 ? &hush
						  : r >> 12 & 255       ? &speech
									: &law)
				: r >> 7 & 1 ? next_packet(&p, TS_CODEC_OPUS, dtx, 1 + (r >> 8 & 1))
					     : next_packet(&p, TS_CODEC_CN, noise, 1);
			if (r % 53 == 1 || i % 500 > 480)
				ts_packet_unref(&packet);
			else
				ts_voice_push(p.voice, packet);
			if (r % 211 == 2)
				ts_voice_skip(p.voice, p.now_ns);
			else
				tick(&p, picture_ms);
		}
		peer_fini(&p);
	}
}

/* A word, then nothing: the voice was about to be played slower when silence came. */
static void silence_after_a_word_is_survived(void **state)
{
	(void)state;
	for (int half_ms = 0; half_ms < 40; half_ms++) {
		struct peer p;
		peer_init(&p, half_ms * MS / 2);
		p.level = 127;
		talk(&p, &hush, 50, 0);
		p.level = 57;
		talk(&p, &hush, 62, 500);
		p.level = 15;
		talk(&p, &tone, 1, 500);
		ts_voice_push(p.voice, next_packet(&p, TS_CODEC_OPUS, (const uint8_t[]){0xd8}, 1));
		for (int i = 0; i < 100; i++) tick(&p, 500);
		peer_fini(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_after_a_word_is_survived),
		cmocka_unit_test(it_gets_there_between_two_words),
		cmocka_unit_test(a_lost_packet_is_a_lost_packet),
		cmocka_unit_test(an_extra_that_falls_cuts_nothing_out),
		cmocka_unit_test(a_stall_meanwhile_is_made_good),
		cmocka_unit_test(a_stall_of_a_bent_voice_has_no_holes),
		cmocka_unit_test(on_a_perfect_network_all_is_as_it_came),
		cmocka_unit_test(survives_nonsense),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
