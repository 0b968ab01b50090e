/* segmenter - a live stream in pieces: what taps put into its queue becomes parts of segments
 * (cutter.h), which control gets as they are there.
 *
 *   taps --> queue --20 times a second--> [ strand: cutter ] --parts--> [ ring: 64 ] --> control
 *
 * Taps request a keyframe every two seconds, on a grid that several segmenters may share
 * (cutter.h), within the budget of the output.
 * Thread  create, taps, finish, destroy: control, where `part` and `done` are called; cutting is
 *         done on a strand of class encode.
 * Life    control finishes it; `done` is its last word.
 * Full    queue.h says what is dropped. Where control takes no parts for half a minute, they are
 *         left out up to the next segment, which says so by a discontinuity.
 */
#ifndef TS_MIXER_SINK_SEGMENTER_H
#define TS_MIXER_SINK_SEGMENTER_H

#include "mixer/output/sink.h"
#include "mixer/sink/cutter.h"

struct ts_loop;
struct ts_pool;
struct ts_segmenter;

struct ts_segmenter_events {
	void (*part)(void *arg, struct ts_cut_part *part); /* [give] */
	void (*done)(void *arg);                           /* after finish: destroy it */
};

struct ts_segmenter_config {
	struct ts_pool *pool;
	struct ts_loop *control;
	bool stereo;     /* its sound */
	int64_t grid_ns; /* when the clock of its pieces, and of those that go with them, begins */
};
int ts_segmenter_create(struct ts_segmenter **out, const struct ts_segmenter_config *config,
	const struct ts_segmenter_events *events, void *arg);
/* A sink for pictures of one output, H.264; for sound, AAC. [give]; NULL: out of memory. */
struct ts_sink *ts_segmenter_video(struct ts_segmenter *segmenter);
struct ts_sink *ts_segmenter_audio(struct ts_segmenter *segmenter);
/* Its taps want nothing for now, and what there is goes out within a second or so; what comes after
 * begins with a keyframe, and with a discontinuity where that was for over a second. */
void ts_segmenter_set_idle(struct ts_segmenter *segmenter, bool idle);
int64_t ts_segmenter_dropped(const struct ts_segmenter *segmenter); /* units so far */
void ts_segmenter_finish(struct ts_segmenter *segmenter);
void ts_segmenter_destroy(struct ts_segmenter **segmenter); /* also of NULL */

#endif
