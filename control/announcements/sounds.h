/* sounds - what can be played by name: tunes that are drawn here.
 *
 * Thread  control. Each is drawn when it is asked for first, and kept.
 */
#ifndef TS_CONTROL_ANNOUNCEMENTS_SOUNDS_H
#define TS_CONTROL_ANNOUNCEMENTS_SOUNDS_H

#include "mixer/audio/sound.h"
#include <stdbool.h>

enum ts_tune {
	TS_TUNE_CHIME,    /* something is about to be said */
	TS_TUNE_JOIN,     /* two notes up */
	TS_TUNE_LEAVE,    /* two notes down */
	TS_TUNE_ALONE,    /* for who waits, to be looped */
	TS_TUNE_RECORDED, /* as telephones have it */
	TS_TUNE_DONE,     /* keys were pressed, and something was done */
	TS_TUNE_REFUSED,  /* ... and it was not */
	TS_TUNE_COUNT
};

struct ts_sounds;

struct ts_sounds *ts_sounds_new(void);
void ts_sounds_free(struct ts_sounds *sounds);
const char *ts_tune_name(enum ts_tune tune);
bool ts_tune_named(enum ts_tune *out, const char *name);
/* NULL: no memory. Stays the table's. */
struct ts_sound *ts_sounds_tune(struct ts_sounds *sounds, enum ts_tune tune);

#endif
