/* engine - what all rooms of the process share: the control loop, the network threads, the worker pools.
 *
 * Thread  made and destroyed by main; afterwards constant.
 */
#ifndef TS_MIXER_ENGINE_H
#define TS_MIXER_ENGINE_H

struct ts_loop;
struct ts_painter;
struct ts_nets;
struct ts_pool;

struct ts_engine {
	struct ts_loop *control; /* the only writer of rooms */
	struct ts_nets *nets;
	struct ts_pool *video;   /* one worker per core: ticks, encodes, decodes */
	struct ts_pool *audio;   /* raised priority; shares no queue with video */
	struct ts_painter *painter; /* NULL: no names in the picture */
};

#endif
