/* play - a sound that is being played into a room's mix, to all or to one.
 *
 *   control: create --> a member of the audio plan --tick: 20 ms--> sum, or one's own mix
 *            ended <--posted-- its last frame, or the frame that fades out after stop
 *
 * Thread  create, stop, forget, unref: control; tick: the audio strand. Counted.
 * Life    `ended` comes once, on control, unless it was forgotten before. A play that no plan holds
 *         any more does not end by itself.
 */
#ifndef TS_MIXER_AUDIO_PLAY_H
#define TS_MIXER_AUDIO_PLAY_H

#include "mixer/audio/sound.h"
#include <stdbool.h>

struct ts_loop;
struct ts_play;

struct ts_play_config {
	struct ts_loop *control;
	struct ts_sound *sound; /* a reference is taken */
	bool loop;              /* until it is stopped */
	float gain;             /* linear */
	void (*ended)(void *arg);
	void *arg;
};

/* TS_EINVAL: the sound is empty; TS_ENOMEM. */
int ts_play_create(struct ts_play **out, const struct ts_play_config *config);
struct ts_play *ts_play_ref(struct ts_play *play);
void ts_play_unref(struct ts_play **play); /* also of NULL */
void ts_play_stop(struct ts_play *play);
void ts_play_forget(struct ts_play *play);
/* int16[TS_AUDIO_FRAME], until the next tick; NULL: it has ended. */
const int16_t *ts_play_tick(struct ts_play *play);

#endif
