/* ears - what programs that listen hear, as samples of one channel. */
#include "mixer/audio/audio_model.h"
#include <string.h>

static size_t find_talkers(const struct ts_audio *a, uint64_t keys[TS_EAR_TALKERS])
{
	size_t n = 0;
	for (size_t i = 0; i < a->plan->n && n < TS_EAR_TALKERS; i++) {
		const struct ts_audio_entry *e = &a->plan->member[i];
		if (e->m.voice && e->part.mid && ts_voice_is_talking(e->m.voice))
			keys[n++] = e->m.key;
	}
	return n;
}

/* As loud as it hears them: who is kept from it stays so. */
static void sum_of_one(struct ts_audio *a, const struct ts_audio_entry *e)
{
	const uint64_t key = atomic_load_explicit(&e->m.ear->one, memory_order_relaxed);
	const struct ts_audio_entry *one = ts_audio_find(a->plan, key);
	const float gain = ts_volumes_gain(e->hearing.to, key);
	ts_bus_clear(&a->private_sum, TS_BUS_ONE);
	if (one && one->m.voice && one->part.mid)
		ts_bus_add(
			&a->private_sum, TS_BUS_ONE, &one->part, (struct ts_mix_gain){gain, gain});
}

static void sum_of_all(struct ts_audio *a, const struct ts_audio_entry *e, int64_t now_ns)
{
	const struct ts_taste taste = {
		.volumes = e->hearing.to, .from = e->hearing.from, .since_ns = e->hearing.since_ns};
	ts_audio_sum_of_taste(a, &taste, now_ns);
}

static void sum_for(struct ts_audio *a, struct ts_audio_entry *e, int64_t now_ns)
{
	switch (ts_ear_hears(e->m.ear)) {
	case TS_EAR_ALL: sum_of_all(a, e, now_ns); break;
	case TS_EAR_ONE: sum_of_one(a, e); break;
	default: ts_audio_sum_for(a, e, now_ns);
	}
}

void ts_audio_give_to_ears(struct ts_audio *a, int64_t now_ns)
{
	uint64_t talkers[TS_EAR_TALKERS];
	int16_t pcm[TS_AUDIO_FRAME];
	size_t n_talkers = SIZE_MAX; /* not looked for yet */
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_audio_entry *e = &a->plan->member[i];
		struct ts_ear *ear = e->m.ear;
		if (!ear || !ts_hold_take(&ear->hold, a)) continue;
		if (n_talkers == SIZE_MAX) n_talkers = find_talkers(a, talkers);
		sum_for(a, e, now_ns);
		ts_limiter_run(&ear->limiter, pcm, a->private_sum.plane[TS_BUS_MONO]);
		ear->ops->hear(ear,
			&(struct ts_ear_tick){.mix = a,
				.self = e->m.key,
				.time_ns = now_ns,
				.pcm = pcm,
				.talkers = talkers,
				.n_talkers = n_talkers});
	}
}
