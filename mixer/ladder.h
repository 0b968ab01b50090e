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

/* What a receiver can take; 0: no limit. The last three in macroblocks of 16x16: of a picture, a second, and the longer side. */
struct ts_need {
	int max_height, max_fps;
	uint32_t max_kbps;
	uint32_t max_mb, max_mb_per_s, max_mb_side;
};
/* Lowers the need to what the peer said about its decoder (profile-level-id with max-fs, max-mbps and max-br; VP8's max-fs and
 * max-fr) and its line: kbps of b=TIAS, or of b=AS less what headers take; 0: not said. */
struct ts_format;
void ts_need_limit(struct ts_need *need, const struct ts_format *format, uint32_t kbps);
/* Of a b=AS, the kbit/s that are left for payload (RFC 3890 1.1: AS counts IP, UDP and RTP headers). */
static inline uint32_t ts_need_from_as(uint32_t as_kbps)
{
	return as_kbps - as_kbps / 20;
}

void ts_ladder_make(struct ts_ladder *ladder, int canvas_w, int canvas_h, int fps, uint32_t bitrate_bps);
/* The largest step within the need, the smallest one if none is. */
size_t ts_ladder_pick(const struct ts_ladder *ladder, const struct ts_need *need);

#endif
