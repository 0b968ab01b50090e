/* captions - what was said during one recording, as WebVTT in a file beside it: ID.vtt.
 *
 *   final caption of the room --add, in the time of the recording--> text --now and then--> ID.vtt
 *
 * Times count from the recording's first picture or sound, without pauses, over all of its parts. A
 * caption begins when its first interim words came.
 * Thread  control.
 * Full    beyond TS_RECORDED_CAPTIONS_MAX bytes nothing is added.
 */
#ifndef TS_CONTROL_RECORDINGS_CAPTIONS_H
#define TS_CONTROL_RECORDINGS_CAPTIONS_H

#include "control/recordings/recording.h"
#include <glib.h>

struct ts_caption;

enum { TS_RECORDED_CAPTIONS_MAX = 4 << 20 };

/* Begins zeroed. */
struct ts_recorded_captions {
	GString *text;                /* NULL: nothing was said yet */
	bool dirty;                   /* more than is in the file */
	int64_t paused_ms, pause_ms;  /* all pauses that are over; begin of this one, 0: none */
};

void ts_recorded_captions_pause(struct ts_recorded_captions *captions, bool paused,
	int64_t unix_ms);
/* r->captions counts it. */
void ts_recorded_captions_add(struct ts_recorded_captions *captions, struct ts_recording *r,
	const struct ts_caption *caption);
void ts_recorded_captions_fini(struct ts_recorded_captions *captions);

#endif
