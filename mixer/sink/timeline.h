/* timeline - when in a file something is that happened at a time of the process's clock; pure.
 *
 *   clock  --+==========+-----------+====+-->        = recorded   - paused
 *            r          p           r    p
 *   file     0======================+=====           a pause takes no time in the file
 *
 * What is recorded begins with a keyframe at or after `from`, and ends where the pause began. Sound
 * before that keyframe is left out. With sound alone it begins with the first of it.
 * Thread  none: plain functions.
 */
#ifndef TS_MIXER_SINK_TIMELINE_H
#define TS_MIXER_SINK_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

struct ts_timeline {
	enum { TS_TIMELINE_OPENING, TS_TIMELINE_RUNNING, TS_TIMELINE_PAUSED } state;
	int64_t from_ns;     /* OPENING: not before */
	int64_t begin_ns;    /* RUNNING, PAUSED: of the clock, at base_ns of the file */
	int64_t base_ns;
	int64_t cut_ns;      /* PAUSED: what is of then or later is left out */
	int64_t end_ns;      /* of the file: as far as it was used */
};

void ts_timeline_init(struct ts_timeline *timeline, int64_t from_ns);
void ts_timeline_pause(struct ts_timeline *timeline, int64_t now_ns);
void ts_timeline_resume(struct ts_timeline *timeline, int64_t now_ns);
/* False: it is not in the file. leads: a keyframe, or sound where there are no pictures. */
bool ts_timeline_place(struct ts_timeline *timeline, int64_t time_ns, int64_t duration_ns,
	bool leads, int64_t *file_ns);

#endif
