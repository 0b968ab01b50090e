#include "tests/peer/ears.h"

#include "base/error.h"
#include <string.h>

int ts_ears_init(struct ts_ears *e, bool decode, bool straight, const char *pcm_path)
{
	memset(e, 0, sizeof *e);
	e->decode = decode;
	e->straight = straight;
	ts_click_init(&e->click, 9000);
	if (pcm_path && !(e->pcm = fopen(pcm_path, "wb"))) return TS_EIO;
	int err = ts_jitter_create(&e->jitter, TS_AUDIO_RATE_HZ);
	return err ? err : ts_audio_decoder_open(&e->decoder, TS_CODEC_OPUS);
}

void ts_ears_fini(struct ts_ears *e)
{
	ts_jitter_destroy(&e->jitter);
	ts_audio_decoder_close(&e->decoder);
	if (e->pcm) fclose(e->pcm);
}

static void hear(struct ts_ears *e, const int16_t *pcm)
{
	struct ts_tones tones;
	ts_tones_detect(&tones, pcm);
	ts_click_feed(&e->click, pcm, TS_AUDIO_FRAME);
	/* joining in the middle of a tone is no click */
	if (e->frames == 50) e->click.loudest_dbfs = -120;
	for (int who = 0; who < TS_TONE_PEOPLE; who++) e->heard[who] += tones.present >> who & 1;
	if (e->frames < EARS_FRAMES_MAX) e->present[e->frames] = tones.present;
	e->frames++;
	if (e->pcm) fwrite(pcm, sizeof *pcm, TS_AUDIO_FRAME, e->pcm);
}

void ts_ears_packet(struct ts_ears *e, struct ts_packet *p)
{
	e->packets++;
	e->bytes += p->len;
	if (e->last_arrival_ns && p->arrival_ns - e->last_arrival_ns > e->max_gap_ns)
		e->max_gap_ns = p->arrival_ns - e->last_arrival_ns;
	e->last_arrival_ns = p->arrival_ns;
	if (e->decode && !e->straight) {
		ts_jitter_push(e->jitter, p);
		return;
	}
	int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES];
	if (e->decode &&
		ts_audio_decode(e->decoder, p->payload, p->payload_len, pcm,
			TS_AUDIO_PACKET_MAX_SAMPLES) == TS_AUDIO_FRAME) {
		hear(e, pcm);
		if (e->lips) ts_lips_hear(e->lips, pcm, p->capture_ns);
	}
	ts_packet_unref(&p);
}

void ts_ears_tick(struct ts_ears *e, int64_t now_ns)
{
	if (!e->decode || e->straight || !e->packets) return;
	int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES] = {0};
	for (;;) {
		struct ts_packet *p = NULL;
		enum ts_jitter_verdict verdict = ts_jitter_pop(e->jitter, &p, now_ns);
		int n = TS_AUDIO_FRAME;
		if (verdict == TS_JITTER_PLAY || verdict == TS_JITTER_SKIP)
			n = ts_audio_decode(e->decoder, p->payload, p->payload_len, pcm,
				TS_AUDIO_PACKET_MAX_SAMPLES);
		else if (verdict == TS_JITTER_LOST)
			n = ts_audio_conceal(e->decoder, p ? p->payload : NULL,
				p ? p->payload_len : 0, pcm, TS_AUDIO_FRAME);
		else if (e->frames)
			n = ts_audio_conceal(e->decoder, NULL, 0, pcm, TS_AUDIO_FRAME);
		ts_packet_unref(&p);
		if (verdict == TS_JITTER_SKIP) continue;
		if (verdict != TS_JITTER_PLAY) e->concealed++;
		if (n == TS_AUDIO_FRAME) hear(e, pcm);
		return;
	}
}
