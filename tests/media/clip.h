/* clip - a short coded video of one person, made in memory before a test starts, then sent again
 * and again.
 *
 *   pictures of tests/media/scene.h with the mark (who, frame) --libavcodec--> units
 *       --ts_packetize--> struct ts_au
 *
 * Coded with the settings of a browser's sender: low delay, one slice, constant bitrate, a keyframe
 * only at the start. To repeat the clip, or to answer a PLI, start again at frame 0.
 * Thread  ts_clip_get and ts_clip_forget_all: one (that which sets up the test); a clip is
 *         immutable, all else: any.
 */
#ifndef TS_TESTS_MEDIA_CLIP_H
#define TS_TESTS_MEDIA_CLIP_H

#include "base/au.h"
#include "base/media.h"
#include "layout/compositor.h"
#include "layout/compositor.h"
#include <stdbool.h>
#include <stdbool.h>

struct ts_clip_spec {
	uint8_t who;
	enum ts_codec codec;      /* H264 (baseline, packetization-mode 1), VP8 */
	int width, height, fps;
	int kbps;
	int frames;
	bool bars;                /* eight upright colour bars (ts_clip_bars) instead of a person */
};

/* Their colours from left to right: BT.601 limited, 75 %. */
extern const struct ts_colour ts_clip_bars[8];

struct ts_clip;

/* Makes the clip, or finds it among those made before; it lives until ts_clip_forget_all.
 * TS_ENOMEM, TS_EUNSUPPORTED. */
int ts_clip_get(const struct ts_clip **out, const struct ts_clip_spec *spec);
void ts_clip_forget_all(void);
/* The same from a file: its first video track, H.264 or VP8, whose first picture is a keyframe, not
 * marked; spec.frames tells how many. TS_EIO: not to be read; TS_EUNSUPPORTED. */
int ts_clip_load(const struct ts_clip **out, const char *path);

const struct ts_clip_spec *ts_clip_spec(const struct ts_clip *clip);
/* A copy [give] of one picture's unit, for the caller's timeline. frame < spec.frames. NULL: out of
 * memory. */
struct ts_au *ts_clip_unit(const struct ts_clip *clip, int frame, int64_t media_time,
	int64_t capture_ns);

#endif
