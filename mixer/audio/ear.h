/* ear - what takes the samples that a member of the mix hears, each 20 ms, in place of packets.
 *
 *   mix --20 ms, and who talks in them--> ear     others: all but the member (mix-minus)
 *                                                 all:    the member too
 *                                                 one:    one member alone, as loud as in the mix
 *
 * Whom a matrix keeps from the member is kept from the ear, in each of these.
 * Each ear has a mix of its own, which costs a sum and a limiter; nothing is encoded here.
 * Thread  hear: the audio strand; one at a time, also of a member who goes to another room. What it
 *         hears is set by any thread, from the next tick on.
 * Life    counted: plans and the leg hold it.
 * Full    of those who talk at one time TS_EAR_TALKERS are told.
 */
#ifndef TS_MIXER_AUDIO_EAR_H
#define TS_MIXER_AUDIO_EAR_H

#include "base/hold.h"
#include "base/ref.h"
#include "mixer/audio/limiter.h"

enum ts_ear_hears { TS_EAR_OTHERS, TS_EAR_ALL, TS_EAR_ONE };
enum { TS_EAR_TALKERS = 32 };

struct ts_ear;

struct ts_ear_tick {
	const void *mix;     /* whose it is; another one: keys are those of another room */
	uint64_t self;       /* the member's key */
	int64_t time_ns;     /* the tick's deadline, on our clock */
	const int16_t *pcm;  /* [TS_AUDIO_FRAME] mono at 48 kHz */
	const uint64_t *talkers; /* [n_talkers] keys, ascending; the member may be among them */
	size_t n_talkers;
};

struct ts_ear_ops {
	void (*hear)(struct ts_ear *ear, const struct ts_ear_tick *tick);
	void (*free)(struct ts_ear *ear); /* [take]; on the thread of the last unref */
};

/* Embedded in whatever hears. */
struct ts_ear {
	const struct ts_ear_ops *ops;
	struct ts_ref refs;
	struct ts_hold hold;        /* of the strand that ticks */
	struct ts_limiter limiter;  /* strand */
	atomic_int hears;
	atomic_uint_fast64_t one;   /* key of the member that TS_EAR_ONE is about */
};

/* With one reference; hears all others. */
static inline void ts_ear_init(struct ts_ear *ear, const struct ts_ear_ops *ops)
{
	ear->ops = ops;
	ts_ref_init(&ear->refs, 1);
	atomic_init(&ear->hold.by, NULL);
	ts_limiter_init(&ear->limiter);
	atomic_init(&ear->hears, TS_EAR_OTHERS);
	atomic_init(&ear->one, 0);
}

static inline void ts_ear_set(struct ts_ear *ear, enum ts_ear_hears hears, uint64_t one)
{
	atomic_store_explicit(&ear->one, one, memory_order_relaxed);
	atomic_store_explicit(&ear->hears, hears, memory_order_relaxed);
}

static inline enum ts_ear_hears ts_ear_hears(struct ts_ear *ear)
{
	return (enum ts_ear_hears)atomic_load_explicit(&ear->hears, memory_order_relaxed);
}

static inline struct ts_ear *ts_ear_ref(struct ts_ear *ear)
{
	ts_ref_get(&ear->refs);
	return ear;
}

/* Also of NULL. */
static inline void ts_ear_unref(struct ts_ear **ear)
{
	struct ts_ear *e = *ear;
	*ear = NULL;
	if (e && ts_ref_put(&e->refs)) e->ops->free(e);
}

#endif
