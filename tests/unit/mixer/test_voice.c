/* A voice from a telephone: clocks of 8 kHz, comfort noise, keys pressed, another codec in mid-call. */
#include "base/clock.h"
#include "codec/audio.h"
#include "codec/level.h"
#include "mixer/mix.h"
#include "mixer/voice.h"
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
	int heard, loud; /* ticks */
};

static void set_codec(struct phone *ph, enum ts_codec codec)
{
	const struct ts_audio_encoder_config config = {codec, 32000, 0};
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
	p->level = p->turns = 255;
	p->ssrc = 1;
	p->ext_seq = ph->tick;
	p->seq = (uint16_t)ph->tick;
	p->timestamp_rtp = (uint32_t)(ph->tick * (ts_codec_clock_hz(codec) / 50));
	p->arrival_ns = ph->tick * FRAME_NS;
	ts_voice_push(ph->voice, p);
}

static void send_tone(struct phone *ph)
{
	int16_t pcm[N];
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	for (int i = 0; i < N; i++)
		pcm[i] = (int16_t)(8000 * sin(2 * M_PI * 440 * (double)(ph->tick * N + i) / TS_AUDIO_RATE_HZ));
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
	static const enum ts_codec codecs[] = {TS_CODEC_G722, TS_CODEC_PCMU, TS_CODEC_PCMA};
	(void)state;
	for (int c = 0; c < 3; c++) {
		struct phone ph;
		struct ts_voice_info info;
		phone_init(&ph, codecs[c]);
		talk(&ph, 50);
		assert_in_range(ph.loud, 46, 50);
		ts_voice_info(ph.voice, &info);
		assert_int_equal(info.codec, codecs[c]);
		assert_true(info.level_dbov >= -17 && info.level_dbov <= -13); /* it says none: measured */
		for (int k = 0; k < 25; k++) tick(&ph);
		ts_voice_info(ph.voice, &info);
		assert_int_equal(info.level_dbov, -127);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(telephone_codecs_are_heard),
		cmocka_unit_test(comfort_noise_is_silence),
		cmocka_unit_test(keys_do_not_disturb),
		cmocka_unit_test(codec_changes_in_mid_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
