/* bus - a sum of voices, for receivers of one channel and for those of two. Pure.
 *
 *   mid, side x gain --+--> MONO            mid as it is, wherever the voice is placed
 *                      +--> LEFT, RIGHT     (mid x place) +- side
 *
 * The sum of one channel is a sum of its own, not left + right: who listens by telephone hears each
 * voice as loud as in a room without stereo, sample by sample. Places are of equal power, and a
 * voice in the middle is in each channel as it came.
 * Shapes  int32[TS_AUDIO_FRAME] each; mid and side int16[TS_AUDIO_FRAME]: (L + R) / 2 and
 *         (L - R) / 2.
 * Thread  none: plain functions.
 */
#ifndef TS_MIXER_AUDIO_BUS_H
#define TS_MIXER_AUDIO_BUS_H

#include "base/media.h"
#include "mixer/audio/mix.h"
#include <stdbool.h>
#include <stdint.h>

enum ts_bus_plane { TS_BUS_MONO, TS_BUS_LEFT, TS_BUS_RIGHT, TS_BUS_PLANES };
/* Sets of planes: which are worked on. */
enum { TS_BUS_ONE = 1 << TS_BUS_MONO, TS_BUS_TWO = 1 << TS_BUS_LEFT | 1 << TS_BUS_RIGHT };

struct ts_bus { int32_t plane[TS_BUS_PLANES][TS_AUDIO_FRAME]; };

/* Where a voice is, in the course of a frame. */
struct ts_bus_place { struct ts_mix_gain left, right; };

/* What one voice is in the sum. */
struct ts_bus_part {
	const int16_t *mid, *side; /* side NULL: it has one channel */
	struct ts_mix_gain gain;
	struct ts_bus_place place;
};

static inline struct ts_bus_place ts_bus_middle(void)
{
	return (struct ts_bus_place){{1, 1}, {1, 1}};
}
/* A voice that goes from one place to the other within the frame: -1 left .. 1 right. */
struct ts_bus_place ts_bus_place(float from, float to);

void ts_bus_clear(struct ts_bus *bus, unsigned planes);
/* Adds the part, its gain times `more`; more {-1, -1} takes out exactly what was added. */
void ts_bus_add(struct ts_bus *bus, unsigned planes, const struct ts_bus_part *part,
	struct ts_mix_gain more);
void ts_bus_copy(struct ts_bus *to, const struct ts_bus *from, unsigned planes);
void ts_bus_scale(struct ts_bus *bus, unsigned planes, struct ts_mix_gain gain);

#endif
