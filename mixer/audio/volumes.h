/* volumes - how loud single others are to one listener, by the key of a member: few of many.
 * Listeners with equal ones hear the same mix.
 *
 *   sum of all + (gain - 1) x each who is in it, and in the list --> the mix of that taste
 *
 * Counted, and constant once made.
 * Thread  any.
 * Full    TS_VOLUMES_MAX in one list; TS_AUDIO_TASTES mixes: further listeners hear all as they
 *         are.
 */
#ifndef TS_MIXER_AUDIO_VOLUMES_H
#define TS_MIXER_AUDIO_VOLUMES_H

#include "base/ref.h"
#include "mixer/audio/group.h"
#include <stddef.h>
#include <stdint.h>

enum {
	TS_VOLUMES_MAX = 16,
	TS_VOLUME_MAX = 4,    /* a gain: 12 dB */
	TS_AUDIO_TASTES = 16, /* mixes of a room */
};

struct ts_volume { uint64_t key; float gain; }; /* linear; 0: not heard, 1: as it is */

struct ts_volumes {
	struct ts_ref refs;
	size_t n;
	struct ts_volume of[]; /* ascending by key */
};

/* A sorted copy of so many different keys. TS_EINVAL: one is there twice; TS_ENOMEM. */
int ts_volumes_create(struct ts_volumes **out, const struct ts_volume *of, size_t n);
struct ts_volumes *ts_volumes_ref(struct ts_volumes *volumes);
void ts_volumes_unref(struct ts_volumes **volumes); /* also of NULL */
bool ts_volumes_equal(const struct ts_volumes *a, const struct ts_volumes *b); /* also of NULL */

/* The mixes of a room: an encoder each, for those of one list, codec and profile. */
struct ts_tastes {
	size_t n;
	struct ts_taste {
		const struct ts_volumes *volumes; /* the listeners hold it */
		enum ts_codec codec;
		struct ts_audio_profile profile;
	} of[TS_AUDIO_TASTES];
};
/* The index of the mix for one more listener; TS_AUDIO_TASTES: there is none. */
size_t ts_tastes_join(struct ts_tastes *tastes, const struct ts_taste *taste);
static inline bool ts_taste_equal(const struct ts_taste *a, const struct ts_taste *b)
{
	return a->codec == b->codec && ts_audio_profile_equal(&a->profile, &b->profile) &&
		ts_volumes_equal(a->volumes, b->volumes);
}

#endif
