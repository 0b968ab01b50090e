/* lips - are sound and picture of one participant together in the mix? How old each of their marked
 * pictures and each beginning of their tone is, by the mix's own clock.
 *
 *   sender:   picture n and beep k are captured at times known here
 *   receiver: picture n and beep k are in the mix at times that its sender reports tell
 *
 * Both ages have the same beginning, so their difference is what somebody sees and hears. Opus adds
 * CODING to the sound, on the way in and on the way out, as to anybody's.
 * Thread  sent, began: any; the others: the strand of the peer that receives.
 */
#ifndef TS_TESTS_PEER_LIPS_H
#define TS_TESTS_PEER_LIPS_H

#include "tests/media/tone.h"
#include <stddef.h>

enum { LIPS_PICTURES_MAX = 4096, LIPS_SOUNDS_MAX = 256 };

struct ts_lips_age { int64_t at_ns, age_ns; }; /* at_ns: since the participant began to send */

struct ts_lips {
	int who; /* -1: nobody is watched */
	int last_frame;
	int64_t silent_samples;
	struct ts_lips_age picture[LIPS_PICTURES_MAX], sound[LIPS_SOUNDS_MAX];
	size_t n_pictures, n_sounds;
};

/* By all senders of the process. */
void ts_lips_began(int who, const struct ts_tone *tone, int64_t start_ns);
void ts_lips_sent(int who, int frame, int64_t capture_ns);

void ts_lips_init(struct ts_lips *lips, int who);
void ts_lips_saw(struct ts_lips *lips, int who, int frame, int64_t capture_ns);
/* int16[TS_AUDIO_FRAME] that begin at that time. */
void ts_lips_hear(struct ts_lips *lips, const int16_t *pcm, int64_t capture_ns);

#endif
