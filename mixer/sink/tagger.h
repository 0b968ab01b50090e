/* tagger - a live stream as FLV: what taps put into its queue becomes tags (container/flv.h), each
 * made once for all who watch.
 *
 *   taps --> queue --take, as often as the owner likes--> tags --> emit
 *
 * Taps request a keyframe every two seconds, within the budget of the output. Nothing comes before
 * the first keyframe. A tag takes one copy of what was coded: no strand is needed for that.
 * Thread  the owner's; taps as of tap.h.
 * Full    queue.h says what is dropped. Out of memory: tags are left out, pictures up to the next
 *         keyframe.
 */
#ifndef TS_MIXER_SINK_TAGGER_H
#define TS_MIXER_SINK_TAGGER_H

#include "base/blob.h"
#include "mixer/output/sink.h"
#include <stdbool.h>

struct ts_tagger;

struct ts_tag {
	struct ts_blob *bytes;
	struct ts_blob *opening; /* what it needs to be understood; lent */
	bool video, key;
	uint32_t ms;
};

int ts_tagger_create(struct ts_tagger **out, bool stereo);
/* A sink for pictures of one output, H.264; for sound, AAC. [give]; NULL: out of memory. */
struct ts_sink *ts_tagger_video(struct ts_tagger *tagger);
struct ts_sink *ts_tagger_audio(struct ts_tagger *tagger);
/* Its taps want nothing for now; what comes after begins with a keyframe. */
void ts_tagger_set_idle(struct ts_tagger *tagger, bool idle);
/* All that is there. tag->bytes: [give]. */
void ts_tagger_take(struct ts_tagger *tagger, void (*emit)(void *arg, const struct ts_tag *tag),
	void *arg);
int64_t ts_tagger_dropped(const struct ts_tagger *tagger); /* units so far */
/* Its taps may go on, and are heard no more. Also of NULL. */
void ts_tagger_destroy(struct ts_tagger **tagger);

#endif
