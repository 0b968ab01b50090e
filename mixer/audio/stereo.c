#include "mixer/audio/stereo.h"

#include "base/error.h"
#include <stdlib.h>

struct ts_stereo {
	struct ts_pcm_queue *queue;
	struct ts_pcm_side side;
	int16_t pairs[2 * TS_AUDIO_PACKET_MAX_SAMPLES];
};

int ts_stereo_open(struct ts_stereo **out, struct ts_pcm_queue *queue)
{
	struct ts_stereo *s = *out = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	s->queue = queue;
	queue->side = &s->side;
	return 0;
}

void ts_stereo_close(struct ts_stereo **stereo, struct ts_pcm_queue *queue)
{
	queue->side = NULL;
	free(*stereo);
	*stereo = NULL;
}

/* n pairs, or an error. */
static int split(struct ts_stereo *s, int n)
{
	int16_t *mid = ts_pcm_queue_at(s->queue, s->queue->count),
		*side = ts_pcm_queue_side_at(s->queue, s->queue->count);
	for (int i = 0; i < n; i++) {
		const int left = s->pairs[2 * i], right = s->pairs[2 * i + 1];
		mid[i] = (int16_t)((left + right) / 2);
		side[i] = (int16_t)((left - right) / 2);
	}
	return n;
}

static int most(const struct ts_stereo *s, int n)
{
	const int room = ts_pcm_queue_room(s->queue);
	n = n < room ? n : room;
	return n < TS_AUDIO_PACKET_MAX_SAMPLES ? n : TS_AUDIO_PACKET_MAX_SAMPLES;
}

int ts_stereo_decode(
	struct ts_stereo *s, struct ts_audio_decoder *decoder, const uint8_t *payload, size_t len)
{
	const int cap = most(s, TS_AUDIO_PACKET_MAX_SAMPLES);
	return split(s, ts_audio_decode(decoder, payload, len, s->pairs, cap));
}

int ts_stereo_conceal(struct ts_stereo *s, struct ts_audio_decoder *decoder,
	const uint8_t *next_payload, size_t len, int samples)
{
	samples = most(s, samples);
	return split(s, ts_audio_conceal(decoder, next_payload, len, s->pairs, samples));
}
