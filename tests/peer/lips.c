#include "tests/peer/lips.h"

#include "base/clock.h"
#include "base/packet.h"
#include <stdatomic.h>
#include <stdlib.h>

enum { WHO_MAX = 64, FRAMES = 1 << 12 };
#define PAUSE_SAMPLES (TS_AUDIO_RATE_HZ / 10)
/* Opus looks 6.5 ms ahead, ours and the sender's; half of the tone is reached 2.5 ms after its
 * beginning. */
#define CODING_NS (155 * TS_NS_PER_MS / 10)

static struct {
	atomic_int_fast64_t start_ns, phase_ns, period_ns, loud;
	atomic_int_fast64_t capture_ns[FRAMES];
} senders[WHO_MAX];

void ts_lips_began(int who, const struct ts_tone *tone, int64_t start_ns)
{
	if (who < 0 || who >= WHO_MAX) return;
	senders[who].phase_ns = tone->phase_ms * TS_NS_PER_MS;
	senders[who].period_ns = tone->period_ms * TS_NS_PER_MS;
	senders[who].loud = tone->amplitude / 2;
	senders[who].start_ns = start_ns;
}

void ts_lips_sent(int who, int frame, int64_t capture_ns)
{
	if (who >= 0 && who < WHO_MAX) senders[who].capture_ns[frame & (FRAMES - 1)] = capture_ns;
}

void ts_lips_init(struct ts_lips *l, int who)
{
	*l = (struct ts_lips){.who = who < WHO_MAX ? who : -1, .last_frame = -1};
}

void ts_lips_saw(struct ts_lips *l, int who, int frame, int64_t capture_ns)
{
	if (who != l->who || frame == l->last_frame) return;
	l->last_frame = frame;
	const int64_t was_ns = senders[who].capture_ns[frame & (FRAMES - 1)];
	if (!was_ns || capture_ns == TS_CAPTURE_UNKNOWN || l->n_pictures == LIPS_PICTURES_MAX)
		return;
	l->picture[l->n_pictures++] = (struct ts_lips_age){
		capture_ns - senders[who].start_ns, capture_ns - was_ns};
}

static void began(struct ts_lips *l, int64_t at_ns)
{
	const int64_t since_ns = at_ns - senders[l->who].start_ns;
	const int64_t age_ns = (since_ns - senders[l->who].phase_ns) % senders[l->who].period_ns;
	if (l->n_sounds == LIPS_SOUNDS_MAX) return;
	l->sound[l->n_sounds++] = (struct ts_lips_age){since_ns, age_ns - CODING_NS};
}

void ts_lips_hear(struct ts_lips *l, const int16_t *pcm, int64_t capture_ns)
{
	if (l->who < 0 || !senders[l->who].start_ns || capture_ns == TS_CAPTURE_UNKNOWN) return;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		if (abs(pcm[i]) < senders[l->who].loud) {
			l->silent_samples++;
			continue;
		}
		if (l->silent_samples > PAUSE_SAMPLES)
			began(l, capture_ns + (int64_t)i * TS_NS_PER_S / TS_AUDIO_RATE_HZ);
		l->silent_samples = 0;
	}
}
