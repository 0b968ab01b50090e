/* A voice from a telephone: clocks of 8 kHz, comfort noise, keys pressed, another codec in
 * mid-call. */
#include "base/clock.h"
#include "base/counter.h"
#include "codec/audio.h"
#include "codec/level.h"
#include "mixer/audio/mix.h"
#include "mixer/audio/voice.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME };
#define FRAME_NS (20 * TS_NS_PER_MS)

struct phone {
	struct ts_packet_pool *pool;
	struct ts_voice *voice;
	struct ts_audio_encoder *encoder;
	enum ts_codec codec;
	int64_t tick;
	int64_t seq;        /* 0: the tick */
	uint32_t timestamp; /* 0: by the tick */
	int told;           /* -dBov; 0: no level */
	int heard, loud;    /* ticks */
};

static void set_codec(struct phone *ph, enum ts_codec codec)
{
	const struct ts_audio_encoder_config config = {.codec = codec, .bitrate_bps = 32000};
	ts_audio_encoder_close(&ph->encoder);
	ph->codec = codec;
	assert_int_equal(ts_audio_encoder_open(&ph->encoder, &config), 0);
}

static void phone_init(struct phone *ph, enum ts_codec codec)
{
	memset(ph, 0, sizeof *ph);
	ph->tick = 50;
	assert_int_equal(ts_packet_pool_create(&ph->pool, 64), 0);
	assert_int_equal(ts_voice_create(&ph->voice), 0);
	set_codec(ph, codec);
}

static void phone_fini(struct phone *ph)
{
	ts_voice_unref(&ph->voice);
	ts_audio_encoder_close(&ph->encoder);
	ts_packet_pool_close(&ph->pool);
}

static void send(struct phone *ph, enum ts_codec codec, const uint8_t *payload, size_t len)
{
	struct ts_packet *p = ts_packet_get(ph->pool);
	assert_non_null(p);
	if (len) memcpy(p->buf, payload, len);
	p->payload = p->data = p->buf;
	p->payload_len = p->len = (uint32_t)len;
	p->codec = (uint8_t)codec;
	p->level = ph->told ? (uint8_t)ph->told : 255;
	p->vad = 1;
	p->turns = 255;
	p->ssrc = 1;
	p->ext_seq = ph->seq ? ph->seq++ : ph->tick;
	p->seq = (uint16_t)p->ext_seq;
	p->timestamp_rtp = ph->timestamp ? ph->timestamp
					 : (uint32_t)(ph->tick * (ts_codec_clock_hz(codec) / 50));
	p->arrival_ns = ph->tick * FRAME_NS;
	ts_voice_push(ph->voice, p);
}

static void send_tone(struct phone *ph)
{
	int16_t pcm[N];
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	for (int i = 0; i < N; i++)
		pcm[i] = (int16_t)(8000 *
			sin(2 * M_PI * 440 * (double)(ph->tick * N + i) / TS_AUDIO_RATE_HZ));
	int len = ts_audio_encode(ph->encoder, pcm, payload, sizeof payload);
	assert_true(len > 0);
	send(ph, ph->codec, payload, (size_t)len);
}

static void tick(struct phone *ph)
{
	const int16_t *pcm = ts_voice_tick(ph->voice, ph->tick * FRAME_NS + 5 * TS_NS_PER_MS);
	ph->heard += pcm != NULL;
	ph->loud += pcm && ts_level_dbov(pcm, N) > -25;
	ph->tick++;
}

static void talk(struct phone *ph, int ticks)
{
	ph->heard = ph->loud = 0;
	for (int k = 0; k < ticks; k++) {
		send_tone(ph);
		tick(ph);
	}
}

static void telephone_codecs_are_heard(void **state)
{
	static const enum ts_codec codecs[] = {
		TS_CODEC_G722, TS_CODEC_PCMU, TS_CODEC_PCMA, TS_CODEC_G729};
	(void)state;
	for (int c = 0; c < 4; c++) {
		struct phone ph;
		struct ts_voice_info info;
		phone_init(&ph, codecs[c]);
		talk(&ph, 50);
		assert_in_range(ph.loud, 46, 50);
		ts_voice_info(ph.voice, &info);
		assert_int_equal(info.codec, codecs[c]);
		/* it says none: measured */
		assert_true(info.level_dbov >= -17 && info.level_dbov <= -13);
		for (int k = 0; k < 25; k++) tick(&ph);
		ts_voice_info(ph.voice, &info);
		assert_int_equal(info.level_dbov, -127);
		phone_fini(&ph);
	}
}

/* A key as a tone is noted, and hardly heard by others. */
static void tones_of_keys_are_noted(void **state)
{
	(void)state;
	for (int listening = 0; listening < 2; listening++) {
		struct phone ph;
		phone_init(&ph, TS_CODEC_PCMU);
		ts_voice_listen_for_tones(ph.voice, listening);
		for (int k = 0; k < 15; k++) {
			int16_t pcm[N];
			uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
			for (int i = 0; i < N; i++) {
				const double t = (double)(ph.tick * N + i) / TS_AUDIO_RATE_HZ;
				pcm[i] = (int16_t)(k < 10 ? 6000 * sin(2 * M_PI * 770 * t) +
							6000 * sin(2 * M_PI * 1336 * t)
							  : 0);
			}
			int len = ts_audio_encode(ph.encoder, pcm, payload, sizeof payload);
			send(&ph, ph.codec, payload, (size_t)len);
			tick(&ph);
		}
		assert_int_equal(ts_voice_take_tone(ph.voice), listening ? '5' : 0);
		assert_int_equal(ts_voice_take_tone(ph.voice), 0);
		if (listening)
			assert_in_range(ph.loud, 0, 1);
		else
			assert_in_range(ph.loud, 8, 11);
		phone_fini(&ph);
	}
}

/* What stands for silence is silent at once, and neither a codec nor a reason to conceal. */
static void comfort_noise_is_silence(void **state)
{
	struct phone ph;
	struct ts_voice_info info;
	(void)state;
	phone_init(&ph, TS_CODEC_PCMU);
	talk(&ph, 25);
	ph.loud = 0;
	for (int k = 0; k < 25; k++) {
		if (k == 0 || k == 10) send(&ph, TS_CODEC_CN, (const uint8_t[]){60}, 1);
		tick(&ph);
	}
	assert_in_range(ph.loud, 0, 2); /* what was still in the buffer */
	ts_voice_info(ph.voice, &info);
	assert_int_equal(info.codec, TS_CODEC_PCMU);
	talk(&ph, 25);
	assert_in_range(ph.loud, 22, 25);
	phone_fini(&ph);
}

/* RFC 3551 4.5.6: G.729 has its own, two bytes of Annex B. */
static void comfort_noise_of_g729(void **state)
{
	struct phone ph;
	(void)state;
	phone_init(&ph, TS_CODEC_G729);
	talk(&ph, 25);
	ph.loud = 0;
	ph.seq = ph.tick; /* nothing is missing in a pause */
	const int64_t concealed = ts_count_get(TS_C_AUDIO_CONCEALED);
	for (int k = 0; k < 25; k++) {
		if (k == 0 || k == 10) send(&ph, TS_CODEC_G729, (const uint8_t[]){0x4a, 0x31}, 2);
		tick(&ph);
	}
	assert_in_range(ph.loud, 0, 2);
	assert_int_equal(ts_count_get(TS_C_AUDIO_CONCEALED), concealed);
	talk(&ph, 25);
	assert_in_range(ph.loud, 22, 25);
	phone_fini(&ph);
}

static void keys_do_not_disturb(void **state)
{
	struct phone ph;
	struct ts_voice_info info;
	(void)state;
	phone_init(&ph, TS_CODEC_PCMA);
	talk(&ph, 25);
	for (int k = 0; k < 15; k++) { /* as the transport gives them */
		send(&ph, TS_CODEC_DTMF, NULL, 0);
		tick(&ph);
	}
	ts_voice_info(ph.voice, &info);
	assert_int_equal(info.codec, TS_CODEC_PCMA);
	talk(&ph, 25);
	assert_in_range(ph.loud, 22, 25);
	phone_fini(&ph);
}

static void codec_changes_in_mid_call(void **state)
{
	struct phone ph;
	(void)state;
	phone_init(&ph, TS_CODEC_OPUS);
	talk(&ph, 25);
	assert_true(ph.loud > 20);
	set_codec(&ph, TS_CODEC_G722);
	talk(&ph, 25);
	assert_in_range(ph.loud, 20, 25);
	set_codec(&ph, TS_CODEC_PCMU);
	talk(&ph, 25);
	assert_in_range(ph.loud, 20, 25);
	set_codec(&ph, TS_CODEC_OPUS);
	talk(&ph, 25);
	assert_in_range(ph.loud, 20, 25);
	phone_fini(&ph);
}

/* ---- noise, levels, pauses */

static void send_noise(struct phone *ph, int amplitude, bool told)
{
	static uint32_t seed = 3;
	int16_t pcm[N];
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	for (int i = 0; i < N; i++)
		pcm[i] = (int16_t)((int32_t)(seed = seed * 1664525u + 1013904223u) / 65536 *
			amplitude / 32768);
	int len = ts_audio_encode(ph->encoder, pcm, payload, sizeof payload);
	assert_true(len > 0);
	ph->told = told ? -ts_level_dbov(pcm, N) : 0;
	send(ph, ph->codec, payload, (size_t)len);
	ph->told = 0;
}

/* A fan: neither its decoder nor a mix of its own is kept busy with it, whether its level is told,
 * read, or heard. */
static void a_noisy_phone_falls_silent_and_its_words_are_heard(void **state)
{
	static const struct {
		enum ts_codec codec;
		bool told;
	} rows[] = {{TS_CODEC_PCMU, false}, {TS_CODEC_PCMA, false}, {TS_CODEC_G722, false},
		{TS_CODEC_OPUS, false}, {TS_CODEC_OPUS, true}};
	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		struct phone ph;
		struct ts_voice_info info;
		phone_init(&ph, rows[r].codec);
		for (int k = 0; k < 500; k++) {
			if (k == 250) ph.heard = 0;
			send_noise(&ph, 250, rows[r].told); /* -47 dBov */
			tick(&ph);
			ts_voice_info(ph.voice, &info);
			assert_false(info.speech);
		}
		assert_in_range(ph.heard, 0, 12);
		assert_false(info.talking);
		talk(&ph, 10);
		assert_in_range(ph.loud, 7, 10);
		phone_fini(&ph);
	}
}

/* 10 to 200 ms in a packet, RFC 3551 4.2, changing in mid-call. */
static void packets_of_every_length_are_heard(void **state)
{
	static const int lengths_ms[] = {20, 10, 30, 40, 60, 120, 160, 200, 20};
	static uint8_t tone[1600];
	struct phone ph;
	uint32_t timestamp = 8000;
	int64_t due_ms = 0;
	(void)state;
	phone_init(&ph, TS_CODEC_PCMU);
	for (int i = 0; i < 1600; i++) tone[i] = i % 16 < 8 ? 0x90 : 0x10;
	ph.seq = 1000;
	for (size_t l = 0; l < sizeof lengths_ms / sizeof lengths_ms[0]; l++) {
		due_ms = ph.tick * 20;
		for (int k = 0; k < 150; k++, tick(&ph)) {
			if (k == 50) ph.loud = 0;
			for (; due_ms <= ph.tick * 20; due_ms += lengths_ms[l]) {
				ph.timestamp = timestamp;
				send(&ph, TS_CODEC_PCMU, tone, (size_t)lengths_ms[l] * 8);
				timestamp += (uint32_t)lengths_ms[l] * 8;
			}
		}
		assert_in_range(ph.loud, 97, 100);
	}
	phone_fini(&ph);
}

/* A sender that pauses (DTX): nothing is made up, no islands of noise, and the next word is there
 * at once. */
static void dtx_is_a_pause(void **state)
{
	struct phone ph;
	(void)state;
	phone_init(&ph, TS_CODEC_OPUS);
	ph.seq = 5000; /* without gaps, as RFC 7587 has it */
	talk(&ph, 50);
	for (int k = 0; k < 100; k++) {
		int64_t concealed = ts_count_get(TS_C_AUDIO_CONCEALED);
		/* CELT, 20 ms */
		if (k % 20 == 0) send(&ph, TS_CODEC_OPUS, (const uint8_t[]){0xd8, 0xff}, k ? 1 : 2);
		ph.loud = 0;
		const int16_t *pcm = ts_voice_tick(
			ph.voice, ph.tick++ * FRAME_NS + 5 * TS_NS_PER_MS);
		if (k < 5) continue; /* what was in the buffer, and its end */
		assert_int_equal(ts_count_get(TS_C_AUDIO_CONCEALED), concealed);
		assert_true(!pcm || ts_level_dbov(pcm, N) == -127);
	}
	talk(&ph, 25);
	assert_in_range(ph.loud, 22, 25);
	phone_fini(&ph);
}

/* 10 s of a tone of -45 dBov, between threads of ours. */
static int heard_at_the_end(bool ungated)
{
	struct phone ph;
	int16_t pcm[N];
	int heard = 0;
	phone_init(&ph, TS_CODEC_PCMU);
	if (ungated) ts_voice_set_ungated(ph.voice);
	for (int i = 0; i < N; i++) pcm[i] = (int16_t)lround(260 * sin(i * 6.283185307 / 48));
	for (int t = 0; t < 500; t++, ph.tick++) {
		send(&ph, TS_CODEC_PCM, (const uint8_t *)pcm, sizeof pcm);
		const int16_t *out = ts_voice_tick(ph.voice, ph.tick * FRAME_NS);
		heard += t >= 400 && out && ts_level_dbov(out, N) > -50;
	}
	for (int t = 0; t < 25; t++, ph.tick++) ts_voice_tick(ph.voice, ph.tick * FRAME_NS);
	/* nothing comes: not in the mix */
	assert_null(ts_voice_tick(ph.voice, ph.tick * FRAME_NS));
	phone_fini(&ph);
	return heard;
}

static void test_ungated(void **state)
{
	(void)state;
	assert_int_equal(heard_at_the_end(false), 0); /* a hum, to a microphone's gate */
	assert_in_range(heard_at_the_end(true), 98, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(telephone_codecs_are_heard),
		cmocka_unit_test(tones_of_keys_are_noted),
		cmocka_unit_test(comfort_noise_is_silence),
		cmocka_unit_test(comfort_noise_of_g729),
		cmocka_unit_test(keys_do_not_disturb),
		cmocka_unit_test(codec_changes_in_mid_call),
		cmocka_unit_test(a_noisy_phone_falls_silent_and_its_words_are_heard),
		cmocka_unit_test(packets_of_every_length_are_heard),
		cmocka_unit_test(dtx_is_a_pause),
		cmocka_unit_test(test_ungated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
