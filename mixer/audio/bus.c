#include "mixer/audio/bus.h"

#include <math.h>
#include <string.h>

static bool has(unsigned planes, enum ts_bus_plane plane)
{
	return planes >> plane & 1;
}

static float left_of(float at)
{
	return at == 0 ? 1 : (float)(M_SQRT2 * cos((at + 1) * M_PI_4));
}

struct ts_bus_place ts_bus_place(float from, float to)
{
	const struct ts_bus_place place = {
		{left_of(from), left_of(to)}, {left_of(-from), left_of(-to)}};
	return place;
}

void ts_bus_clear(struct ts_bus *bus, unsigned planes)
{
	for (enum ts_bus_plane p = 0; p < TS_BUS_PLANES; p++)
		if (has(planes, p)) memset(bus->plane[p], 0, sizeof bus->plane[p]);
}

static struct ts_mix_gain times(struct ts_mix_gain a, struct ts_mix_gain b)
{
	return (struct ts_mix_gain){a.from * b.from, a.to * b.to};
}

static bool is_nothing(struct ts_mix_gain gain)
{
	return gain.from == 0 && gain.to == 0;
}

static void add(
	struct ts_bus *bus, enum ts_bus_plane plane, const int16_t *pcm, struct ts_mix_gain gain)
{
	if (!is_nothing(gain)) ts_mix_add(bus->plane[plane], pcm, gain);
}

void ts_bus_add(struct ts_bus *bus, unsigned planes, const struct ts_bus_part *part,
	struct ts_mix_gain more)
{
	const struct ts_mix_gain gain = times(part->gain, more), opposite = {-gain.from, -gain.to};
	if (has(planes, TS_BUS_MONO)) add(bus, TS_BUS_MONO, part->mid, gain);
	if (!(planes & TS_BUS_TWO)) return;
	add(bus, TS_BUS_LEFT, part->mid, times(gain, part->place.left));
	add(bus, TS_BUS_RIGHT, part->mid, times(gain, part->place.right));
	if (!part->side) return;
	add(bus, TS_BUS_LEFT, part->side, gain);
	add(bus, TS_BUS_RIGHT, part->side, opposite);
}

void ts_bus_copy(struct ts_bus *to, const struct ts_bus *from, unsigned planes)
{
	for (enum ts_bus_plane p = 0; p < TS_BUS_PLANES; p++)
		if (has(planes, p)) memcpy(to->plane[p], from->plane[p], sizeof to->plane[p]);
}

void ts_bus_scale(struct ts_bus *bus, unsigned planes, struct ts_mix_gain gain)
{
	for (enum ts_bus_plane p = 0; p < TS_BUS_PLANES; p++)
		if (has(planes, p)) ts_mix_scale(bus->plane[p], gain);
}
