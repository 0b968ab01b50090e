#include "tests/media/melody.h"

#include "base/media.h"
#include "tests/media/tone.h"
#include <math.h>

enum {
	PEOPLE = 3,
	TONES = 8,
	WINDOW = 50, /* frames aligned together */
	REACH = 25,  /* frames: how far the delay may move from one window to the next */
};

unsigned ts_melody_tone(unsigned who, int64_t frame)
{
	const uint64_t slot = (uint64_t)(frame % TS_MELODY_FRAMES + TS_MELODY_FRAMES) %
		TS_MELODY_FRAMES / TS_MELODY_SLOT_FRAMES;
	/* steps of 1 to 7, so that no tone follows itself */
	unsigned tone = 0;
	uint64_t random = 0x9e3779b97f4a7c15ULL * (who + 1);
	for (uint64_t i = 0; i <= slot; i++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		tone = (tone + 1 + (unsigned)(random >> 33) % (TONES - 1)) % TONES;
	}
	return who % PEOPLE + PEOPLE * tone;
}

void ts_melody_fill(unsigned who, int64_t frame, double *phase, int16_t *pcm)
{
	const double step = 2 * M_PI * ts_tone_hz(ts_melody_tone(who, frame)) / TS_AUDIO_RATE_HZ;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		pcm[i] = (int16_t)lrint(6000 * sin(*phase));
		*phase = fmod(*phase + step, 2 * M_PI);
	}
}

/* ---- judging */

struct score {
	uint64_t own; /* bits of the sender's tones */
	uint8_t tone[TS_MELODY_FRAMES];
};

static int is_right(const struct score *s, uint64_t present, int64_t sent)
{
	const uint64_t now = 1ULL << s->tone[sent % TS_MELODY_FRAMES],
		       next = 1ULL << s->tone[(sent + 1) % TS_MELODY_FRAMES];
	const uint64_t heard = present & s->own;
	return heard && !(heard & ~(now | next));
}

static size_t count_right(const struct score *s, const uint64_t *present, size_t n, int64_t sent)
{
	size_t right = 0;
	for (size_t i = 0; i < n; i++) right += (size_t)is_right(s, present[i], sent + (int64_t)i);
	return right;
}

/* The place in the melody, of those in [from, from + n_places), at which most of the window is
 * right. Of equal ones the nearest to the middle. */
static int64_t align(
	const struct score *s, const uint64_t *present, size_t n, int64_t from, int64_t n_places)
{
	int64_t best = from + n_places / 2;
	size_t most = count_right(s, present, n, best);
	for (int64_t away = 1; away <= n_places / 2; away++) {
		for (int side = -1; side <= 1; side += 2) {
			const int64_t at = from + n_places / 2 + side * away;
			const size_t right = count_right(s, present, n, at);
			if (right <= most) continue;
			most = right;
			best = at;
		}
	}
	return best;
}

void ts_melody_judge(struct ts_melody_heard *out, unsigned who, const uint64_t *present, size_t n)
{
	struct score s = {0};
	*out = (struct ts_melody_heard){0};
	for (int64_t i = 0; i < TS_MELODY_FRAMES; i++) s.tone[i] = (uint8_t)ts_melody_tone(who, i);
	for (unsigned k = 0; k < TONES; k++) s.own |= 1ULL << (who % PEOPLE + PEOPLE * k);
	int64_t sent = TS_MELODY_FRAMES; /* what `at` is, once known; positive always */
	for (size_t at = 0; at < n; at += WINDOW, sent += WINDOW) {
		const size_t len = n - at < WINDOW ? n - at : WINDOW;
		const int64_t reach = out->frames ? REACH : TS_MELODY_FRAMES / 2 - 1;
		const int64_t from = TS_MELODY_FRAMES + sent % TS_MELODY_FRAMES - reach;
		const int64_t found = align(&s, present + at, len, from, 2 * reach + 1);
		const size_t right = count_right(&s, present + at, len, found);
		if (!out->frames && right * 10 < len * 9) continue;
		out->moves += out->frames && found % TS_MELODY_FRAMES != sent % TS_MELODY_FRAMES;
		sent = found;
		out->right += right;
		out->frames += len;
	}
}
