/* keyframe - what a keyframe says of the track that begins with it. Plain functions. */
#ifndef TS_MIXER_SINK_KEYFRAME_H
#define TS_MIXER_SINK_KEYFRAME_H

#include "container/muxer.h"
#include "mixer/sink/queue.h"

/* False: there are no parameter sets in it, which H.264 needs. */
bool ts_keyframe_track(const struct ts_unit *unit, struct ts_track *out);
/* Can what was begun with one go on with the other? */
bool ts_keyframe_same(const struct ts_track *a, const struct ts_track *b);

#endif
