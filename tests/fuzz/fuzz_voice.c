/* One participant's sound as the network may bring it, to what the mix hears: { u8 how, u8 length,
 * bytes }*. how: 0-2 codec (0 Opus, G.722, PCMU, PCMA, comfort noise, a key), 3 a step of the
 * sequence number or of the timestamp follows (4 bytes), 4 another SSRC, 5 a tick before it, 6 with
 * a level (1 byte), 7 a picture is so old (1 byte, of 2 ms): the sound waits for it. */
#include "base/bytes.h"
#include "base/clock.h"
#include "mixer/audio/voice.h"
#include "mixer/sync/lipsync.h"
#include <stdlib.h>
#include <string.h>

enum { PACKETS_MAX = 500, POOL = 1024 };

static const struct {
	enum ts_codec codec;
	uint32_t samples_rtp;
} kinds[8] = {{TS_CODEC_OPUS, 960}, {TS_CODEC_G722, 160}, {TS_CODEC_PCMU, 160},
	{TS_CODEC_PCMA, 160}, {TS_CODEC_CN, 160}, {TS_CODEC_DTMF, 0}, {TS_CODEC_OPUS, 960},
	{TS_CODEC_OPUS, 480}};

static volatile unsigned heard; /* so that all of it is read */

static void tick(struct ts_voice *voice, int64_t *now_ns)
{
	struct ts_voice_info info;
	*now_ns += 20 * TS_NS_PER_MS;
	const int16_t *pcm = ts_voice_tick(voice, *now_ns);

	for (int i = 0; pcm && i < TS_AUDIO_FRAME; i++) heard += (unsigned)pcm[i];
	ts_voice_info(voice, &info);
	if (info.level_dbov > 0 || info.level_dbov < -127) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_rd r = ts_rd(data, size);
	struct ts_packet_pool *pool;
	struct ts_voice *voice;
	struct ts_lipsync *lipsync;
	int64_t now_ns = TS_NS_PER_S, ext_seq = 1000;
	uint32_t timestamp = 0, ssrc = 1;
	if (ts_packet_pool_create(&pool, POOL) || ts_voice_create(&voice) ||
		ts_lipsync_create(&lipsync))
		abort();
	ts_voice_set_lipsync(voice, lipsync);
	for (int i = 0; i < PACKETS_MAX && ts_rd_left(&r) > 1; i++) {
		uint8_t how = ts_rd_u8(&r);
		if (how & 32) tick(voice, &now_ns);
		struct ts_packet *p = ts_packet_get(pool);
		if (!p) abort(); /* it holds more than it may */
		if (how & 8) {
			uint32_t step = ts_rd_u32(&r);
			ext_seq += (int16_t)(step >> 16);
			timestamp += step;
		}
		if (how & 16) ssrc++;
		int64_t picture_ns = how & 128 ? (int64_t)ts_rd_u8(&r) * 2 * TS_NS_PER_MS : 0;
		for (int k = 0; picture_ns && k < 8; k++)
			ts_lipsync_picture(lipsync, now_ns - picture_ns, now_ns, 0);
		p->level = how & 64 ? ts_rd_u8(&r) & 127 : 255;
		size_t len = ts_rd_u8(&r);
		if (len > ts_rd_left(&r)) len = ts_rd_left(&r);
		p->payload = p->data;
		if (len) memcpy(p->payload, ts_rd_bytes(&r, len), len);
		p->len = p->payload_len = kinds[how & 7].codec == TS_CODEC_DTMF ? 0 : (uint32_t)len;
		p->codec = (uint8_t)kinds[how & 7].codec;
		p->ssrc = ssrc;
		p->ext_seq = ++ext_seq;
		p->seq = (uint16_t)ext_seq;
		p->timestamp_rtp = timestamp += kinds[how & 7].samples_rtp;
		p->arrival_ns = now_ns;
		p->capture_ns = now_ns - 5 * TS_NS_PER_MS;
		ts_voice_push(voice, p);
	}
	for (int i = 0; i < 4; i++) tick(voice, &now_ns);
	ts_voice_skip(voice, now_ns);
	ts_voice_unref(&voice);
	ts_lipsync_unref(&lipsync);
	ts_packet_pool_close(&pool);
	return 0;
}
