/* pictures - decoded pictures on their way from one source to each view that shows it.
 *
 *   decoder's strand --push--> [ 8 of view 0 ] --take: the newest that is due--> strand of view 0
 *                         \--> [ 8 of view 1 ] --take--------------------------> strand of view 1
 *
 * Views take at their own pace, and none waits for another: each has a ring of references.
 * Edge    Where pictures come as often as ticks, at about their moment, jitter makes one miss its
 *         tick and two meet at the next. So of two that are due the newer stays if it is due for
 *         less than its slack: from then on each tick has one picture, a tick later, until their
 *         phase has moved by the slack.
 * Thread  push: one strand; take: each view's. Full: the oldest picture makes room, and is counted;
 *         one that a newer replaces at its tick is not: views may tick more seldom than pictures
 *         come.
 * Begin   A view that begins to show what others show already takes the newest picture at once, due
 *         or not: the next one of slides may be seconds away.
 */
#ifndef TS_MIXER_SOURCE_PICTURES_H
#define TS_MIXER_SOURCE_PICTURES_H

#include "base/ring.h"
#include "mixer/source/picture.h"

enum {
	TS_VIEW_MAIN,
	/* views of a room at a time, personal ones and those included that are about to end */
	TS_VIEWS_MAX = 24,
	/* what may wait for sound (mixer/sync/lipsync.h); each costs memory that its decoder keeps
	 * for good, once it was needed */
	TS_PICTURES_QUEUED = 8,
};

struct ts_pictures {
	struct {
		struct ts_ring ring;
		struct ts_picture *next; /* popped, not yet due */
	} view[TS_VIEWS_MAX];
	_Atomic(struct ts_picture *) last; /* pushed; NULL: none, or somebody looks at it */
	atomic_uint begins;                /* set of views */
};

/* Zeroed before. TS_ENOMEM: nothing is left to free. */
int ts_pictures_init(struct ts_pictures *pictures);
void ts_pictures_fini(struct ts_pictures *pictures);
/* To the views of the set, which may be empty: then nothing is kept for those that begin. */
void ts_pictures_push(struct ts_pictures *pictures, struct ts_picture *picture /* [take] */,
                      unsigned views);
/* The view begins to show it, as others do: see Begin. Thread: any. */
void ts_pictures_begin(struct ts_pictures *pictures, int view);
/* Nobody shows it: keeps none for those that begin. Thread: any. */
void ts_pictures_forget(struct ts_pictures *pictures);
/* The newest picture that is due (see Edge), NULL when there is no newer one than the view's last.
 * [give] */
struct ts_picture *ts_pictures_take(struct ts_pictures *pictures, int view, int64_t now_ns);

#endif
