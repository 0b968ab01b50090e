/* audio_model - the insides of a room's sound, shared by the files that make it up: audio.c has its
 * life and its tick, hear.c the sums, ears.c what programs hear, regroup.c who shares an encoder.
 *
 * Thread  the audio strand, but for pending.
 */
#ifndef TS_MIXER_AUDIO_AUDIO_MODEL_H
#define TS_MIXER_AUDIO_AUDIO_MODEL_H

#include "base/ticker.h"
#include "mixer/audio/audio.h"
#include "mixer/audio/bus.h"
#include "mixer/audio/coder.h"
#include "mixer/audio/comfort.h"
#include "mixer/audio/hearing.h"
#include "mixer/audio/limiter.h"
#include "mixer/audio/listener.h"

/* those of group.h, and behind them the mixes of volumes.h */
enum { TS_AUDIO_ALL_GROUPS = TS_AUDIO_GROUPS + TS_AUDIO_TASTES };

struct ts_audio_entry {
	struct ts_audio_member m;
	struct ts_bus_part part; /* in the sum of this tick; mid NULL: not, or nothing of a play */
	float at;                /* its place */
	struct ts_mix_gain lead; /* at the ends of the tick, how much it leads: 0 .. 1 */
	bool is_played_to;       /* alone, in this tick */
	float played_duck;       /* ... and wants the voices no louder than that */
	float ducked;            /* by so much they are quieter for them now: 1 - gain */
	int64_t own_until_ns;    /* gets a mix of their own until then */
	bool begins;             /* ... which fades in with the next tick */
	struct ts_coder *own;    /* NULL: listens to the mix of their group */
	size_t group;            /* of those who have a sender */
	struct ts_listener listener;
	bool stays;              /* they were in the plan before */
	struct ts_hearing hearing;
};

struct ts_audio_plan {
	size_t n;
	struct ts_audio_entry member[];
};

struct ts_audio {
	struct ts_strand *strand;
	struct ts_task wake;
	_Atomic(struct ts_audio_plan *) pending;

	/* strand */
	struct ts_ticker ticker;
	struct ts_audio_plan *plan;
	unsigned planes; /* of the sum: those that somebody hears, and TS_BUS_ONE */
	struct ts_audio_groups groups;
	struct ts_tastes tastes;                      /* by lists that the plan holds */
	struct ts_coder *shared[TS_AUDIO_ALL_GROUPS]; /* NULL: nobody listens */
	struct ts_comfort comfort;
	struct ts_limiter limiter[2]; /* of the mix that sinks take as samples, by channels - 1 */
	AVPacket *samples;            /* refers to that for a call */
	bool regroup;                 /* who listens to the shared mixes has changed */
	/* of what is in the sum: the longest since a capture, whose, and the longest of the
	 * others */
	int64_t delay_ns, next_delay_ns;
	uint64_t delay_key;
	struct ts_bus sum, private_sum;
	float duck; /* gain of all voices in the sum */

	void (*done)(void *arg);
	void *done_arg;
};

static inline unsigned ts_audio_planes_of(const struct ts_audio_profile *profile)
{
	return profile->stereo ? TS_BUS_TWO : TS_BUS_ONE;
}

/* ---- hear.c */

/* What is played and who speaks, in the sum of this tick; the noise between sentences as well. */
void ts_audio_sum(struct ts_audio *audio, int64_t now_ns);
/* What one hears who has a mix of their own, in private_sum. */
void ts_audio_sum_for(struct ts_audio *audio, struct ts_audio_entry *to, int64_t now_ns);
/* What those of a taste hear, likewise. */
void ts_audio_sum_of_taste(struct ts_audio *audio, const struct ts_taste *taste, int64_t now_ns);

/* NULL: they are not in the plan. */
struct ts_audio_entry *ts_audio_find(struct ts_audio_plan *plan, uint64_t key);

/* ---- ears.c: after the sums of this tick; uses private_sum */

void ts_audio_give_to_ears(struct ts_audio *audio, int64_t now_ns);

/* ---- regroup.c */

/* Encoders of before go on where there is a group like theirs, or one that lacks an encoder. */
void ts_audio_form_groups(struct ts_audio *audio);
/* What the group is of; codec NONE: there is none of that index. */
struct ts_taste ts_audio_group(const struct ts_audio *audio, size_t group);
/* A coder that says the same as that of the group to whoever heard it; NULL: none. */
const struct ts_coder *ts_audio_like(const struct ts_audio *audio, size_t group);
/* Who listens to the shared mixes, if that has changed. */
void ts_audio_group_listeners(struct ts_audio *audio);

#endif
