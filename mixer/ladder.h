/* ladder - the fixed steps of size, rate and bitrate in which a view is sent; pure.
 *
 *   canvas 1280x720@30, 1500 kbit/s -> 720p 1500 | 360p 500 | 180p15 150
 *
 * What a receiver asks for is rounded down to a step, so that receivers with like needs share one encoder. Thread any.
 */
#ifndef TS_MIXER_LADDER_H
#define TS_MIXER_LADDER_H

#include <stddef.h>
#include <stdint.h>

enum { TS_LADDER_MAX = 4 };

struct ts_step { int width, height, fps; uint32_t bitrate_bps; };
struct ts_ladder { size_t n; struct ts_step step[TS_LADDER_MAX]; }; /* largest first */

/* What a receiver can take; 0: no limit. */
struct ts_need { int max_height, max_fps; uint32_t max_kbps; };

void ts_ladder_make(struct ts_ladder *ladder, int canvas_w, int canvas_h, int fps, uint32_t bitrate_bps);
/* The largest step within the need, the smallest one if none is. */
size_t ts_ladder_pick(const struct ts_ladder *ladder, const struct ts_need *need);

#endif
