/* volumes - how loud single others are to one listener, by the key of a member: few of many, and
 * all others alike. Listeners with equal ones hear the same mix.
 *
 *   sum of all x others + (gain - others) x each who is in it, and in the list --> that taste's mix
 *
 * Where the list names voices that lead (an interpreter), others are so loud only while one of them
 * is heard, and as they are else. What is played to all is as loud to all.
 *
 * Who changes from one list to another hears the first turn into the second within 100 ms
 * (mixer/audio/hearing.h); who change alike at once share the mix of that meanwhile.
 * Counted, and constant once made.
 * Thread  any.
 * Full    TS_VOLUMES_MAX in one list of a participant's own; TS_AUDIO_ROWS lists of one codec and
 *         profile in a room: further listeners hear all as they are.
 */
#ifndef TS_MIXER_AUDIO_VOLUMES_H
#define TS_MIXER_AUDIO_VOLUMES_H

#include "base/ref.h"
#include "mixer/audio/group.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_VOLUMES_MAX = 16,
	TS_VOLUME_MAX = 4,    /* a gain: 12 dB */
	TS_AUDIO_ROWS = 16,   /* mixes of a room that stay */
	TS_AUDIO_TASTES = 32, /* and those of moments */
};

struct ts_volume {
	uint64_t key;
	float gain; /* linear; 0: not heard, 1: as it is */
	bool leads, follows; /* follows: that gain times the others' */
};

struct ts_volumes {
	struct ts_ref refs;
	float others; /* the gain of all whom it does not name */
	bool led;     /* some of it lead */
	size_t n;
	struct ts_volume of[]; /* ascending by key */
};

/* A sorted copy of so many different keys; others are as they are. TS_EINVAL: one is there twice;
 * TS_ENOMEM. */
int ts_volumes_create(struct ts_volumes **out, const struct ts_volume *of, size_t n);
/* The same, and others have that gain. */
int ts_volumes_create_over(struct ts_volumes **out, float others, const struct ts_volume *of,
	size_t n);
/* What it says of that key; NULL: nothing. list may be NULL. */
const struct ts_volume *ts_volumes_find(const struct ts_volumes *list, uint64_t key);
/* What it makes of that key's gain, where nobody leads; list may be NULL. */
float ts_volumes_gain(const struct ts_volumes *list, uint64_t key);
struct ts_volumes *ts_volumes_ref(struct ts_volumes *volumes);
void ts_volumes_unref(struct ts_volumes **volumes); /* also of NULL */
bool ts_volumes_equal(const struct ts_volumes *a, const struct ts_volumes *b); /* also of NULL */

/* The mixes of a room: an encoder each, for those of one list, codec and profile. */
struct ts_tastes {
	size_t n;
	struct ts_taste {
		const struct ts_volumes *volumes; /* the listeners hold it */
		/* they come from that list; since_ns 0: they are there */
		const struct ts_volumes *from;
		int64_t since_ns;
		enum ts_codec codec;
		struct ts_audio_profile profile;
	} of[TS_AUDIO_TASTES];
};
/* The index of the mix for one more listener; TS_AUDIO_TASTES: there is none. */
size_t ts_tastes_join(struct ts_tastes *tastes, const struct ts_taste *taste);
static inline bool ts_taste_equal(const struct ts_taste *a, const struct ts_taste *b)
{
	return a->codec == b->codec && ts_audio_profile_equal(&a->profile, &b->profile) &&
		a->since_ns == b->since_ns && ts_volumes_equal(a->volumes, b->volumes) &&
		(!a->since_ns || ts_volumes_equal(a->from, b->from));
}

#endif
