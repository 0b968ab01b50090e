/* engine - what all rooms of the process share: the control loop, the network threads, the worker
 * pools.
 *
 * Thread  made, with zeros, and destroyed by main; afterwards constant, but for what control counts
 *         and times.
 */
#ifndef TS_MIXER_ROOM_ENGINE_H
#define TS_MIXER_ROOM_ENGINE_H

#include "base/task.h"
#include "mixer/overload/extras.h"
#include "mixer/room/load.h"
#include <stdint.h>

struct ts_loop;
struct ts_gallery;
struct ts_painter;
struct ts_nets;
struct ts_pool;

struct ts_engine {
	struct ts_loop *control; /* the only writer of rooms */
	struct ts_nets *nets;
	struct ts_pool *video;   /* one worker per core: encodes, decodes */
	/* views: a tick is short, and must not wait until an encode is done */
	struct ts_pool *tick;
	struct ts_pool *audio;   /* raised priority; shares no queue with video */
	struct ts_painter *painter; /* NULL: no names in the picture */
	struct ts_gallery *gallery; /* NULL: no images either */
	uint32_t rooms_made;     /* control; spreads their ticks */
	struct ts_timer tidy;    /* memory is given back some time after a room has closed */
	struct ts_load load;     /* control; how much is too much */
	struct ts_extras extras; /* control; personal views of all rooms */
	size_t audio_rows;       /* control; rows of matrices of all rooms (mixer/room/matrix.h) */
};

/* What the server does less of now. Thread: control. */
static inline enum ts_overload_level ts_engine_overload(const struct ts_engine *engine)
{
	return engine->load.overload.level;
}

#endif
