/* picture - a decoded picture or a canvas on its way between strands, with what it needs to be
 * drawn or coded. Counted: immutable once there is a second reference.
 *
 * Thread  ref, unref: any.
 */
#ifndef TS_MIXER_SOURCE_PICTURE_H
#define TS_MIXER_SOURCE_PICTURE_H

#include "base/ref.h"
#include <libavutil/frame.h>
#include <stdlib.h>

struct ts_picture {
	struct ts_ref refs;
	AVFrame *frame;
	int rotation;       /* of a camera's: degrees clockwise to turn it by before it is shown */
	/* of a camera's: when it could be shown, not to be shown before, and how soon before a tick
	 * that may still be too late for the next one like it */
	int64_t ready_ns, due_ns, slack_ns;
	/* of a camera's: TS_CAPTURE_UNKNOWN, or on our clock; of a canvas: the time of its tick */
	int64_t capture_ns;
	int64_t tick;       /* of a canvas: counted from the view's epoch */
};

/* frame: [take], also when out of memory: NULL. */
static inline struct ts_picture *ts_picture_new(AVFrame *frame)
{
	struct ts_picture *p = (struct ts_picture *)calloc(1, sizeof *p);
	if (!p) {
		av_frame_free(&frame);
		return NULL;
	}
	ts_ref_init(&p->refs, 1);
	p->frame = frame;
	return p;
}

static inline struct ts_picture *ts_picture_ref(struct ts_picture *p)
{
	ts_ref_get(&p->refs);
	return p;
}

/* Also of NULL. */
static inline void ts_picture_unref(struct ts_picture **picture)
{
	struct ts_picture *p = *picture;
	*picture = NULL;
	if (!p || !ts_ref_put(&p->refs)) return;
	av_frame_free(&p->frame);
	free(p);
}

#endif
