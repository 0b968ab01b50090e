/* melody - a tone that changes every 160 ms in an order of its own for each person, so that a
 * listener can say of each 20 ms frame whether it is the one that was sent: by the tones alone,
 * without a clock that both ends share.
 *
 *   sent      | a a a a a a a a | b b b b ...        slots of 8 frames, a tone never follows itself
 *   heard     . . . a a ? a a a a b b b b b ...      aligned anew every second, since a jitter
 *                                                    buffer's delay moves
 *
 * The tones are those of tone.h: person `who` has the 8 of number who % 3 + 3 k.
 * Thread  any. Pure.
 */
#ifndef TS_TESTS_MEDIA_MELODY_H
#define TS_TESTS_MEDIA_MELODY_H

#include <stddef.h>
#include <stdint.h>

/* the melody is 41 s long, then it begins again */
enum { TS_MELODY_FRAMES = 2048, TS_MELODY_SLOT_FRAMES = 8 };

/* Which of tone.h's tones they send in that frame, from 0 on. */
unsigned ts_melody_tone(unsigned who, int64_t frame);
/* Their sound, int16[960] a frame: the phase runs on when the tone changes. phase: 0 before the
 * first frame. */
void ts_melody_fill(unsigned who, int64_t frame, double *phase, int16_t *pcm);

struct ts_melody_heard {
	/* from the first second on of which 9/10 were right: before it they may not have been
	 * there */
	size_t frames, right;
	size_t moves;         /* seconds that were aligned otherwise than the second before */
};
/* present[n]: of each frame heard, one after the other, the bits of ts_tones_detect. A frame is
 * right when it holds the tone that was sent then and none of the sender's other seven. At the edge
 * of a slot both tones are right. */
void ts_melody_judge(struct ts_melody_heard *out, unsigned who, const uint64_t *present, size_t n);

#endif
