#include "mixer/audio/audio.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/strand.h"
#include "base/ticker.h"
#include "mixer/audio/coder.h"
#include "mixer/audio/comfort.h"
#include "mixer/audio/limiter.h"
#include "mixer/audio/listener.h"
#include "mixer/audio/mix.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_OWN_NS (500 * TS_NS_PER_MS)
#define LIE_NS TS_NS_PER_S /* an older sound is none: its sender's clock says something else */
enum { TICKS_PER_S = TS_AUDIO_RATE_HZ / TS_AUDIO_FRAME };
/* those of group.h, and behind them the mixes of volumes.h */
enum { ALL_GROUPS = TS_AUDIO_GROUPS + TS_AUDIO_TASTES };

struct member {
	struct ts_audio_member m;
	const int16_t *pcm;      /* of this tick; NULL: not in the sum, or nothing of a play */
	struct ts_mix_gain gain; /* with which it is in the sum */
	bool is_played_to;       /* alone, in this tick */
	float played_duck;       /* ... and wants the voices no louder than that */
	float ducked;            /* by so much they are quieter for them now: 1 - gain */
	int64_t own_until_ns;    /* gets a mix of their own until then */
	bool begins;             /* ... which fades in with the next tick */
	struct ts_coder *own;    /* NULL: listens to the mix of their group */
	size_t group;            /* of those who have a sender */
	struct ts_listener listener;
};

struct plan {
	size_t n;
	struct member member[];
};

struct ts_audio {
	struct ts_strand *strand;
	struct ts_task wake;
	_Atomic(struct plan *) pending;

	/* strand */
	struct ts_ticker ticker;
	struct plan *plan;
	struct ts_audio_groups groups;
	struct ts_tastes tastes;             /* by lists that the plan holds */
	struct ts_coder *shared[ALL_GROUPS]; /* NULL: nobody listens */
	struct ts_comfort comfort;
	struct ts_limiter limiter; /* of the mix that sinks take as samples */
	AVPacket *samples;         /* refers to that for a call */
	bool regroup;              /* who listens to the shared mixes has changed */
	/* of what is in the sum: the longest since a capture, whose, and the longest of the
	 * others */
	int64_t delay_ns, next_delay_ns;
	uint64_t delay_key;
	int32_t sum[TS_AUDIO_FRAME], private_sum[TS_AUDIO_FRAME];
	float duck; /* gain of all voices in the sum */

	void (*done)(void *arg);
	void *done_arg;
};

static const struct ts_ticker_counts counts = {.run = TS_C_TICKS_AUDIO,
	.skipped = TS_C_TICKS_SKIPPED_AUDIO,
	.delayed = TS_C_TICKS_DELAYED_AUDIO};

/* Another room's mix may tick the voices that it has as well. */
static void let_go(struct ts_audio *a)
{
	for (size_t i = 0; a->plan && i < a->plan->n; i++) {
		const struct ts_audio_member *m = &a->plan->member[i].m;
		if (m->voice) ts_voice_let_go(m->voice, a);
		if (m->ear) ts_hold_release(&m->ear->hold, a);
	}
}

static void plan_free(struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->n; i++) {
		ts_voice_unref(&plan->member[i].m.voice);
		ts_sender_unref(&plan->member[i].m.sender);
		ts_sink_unref(&plan->member[i].m.sink);
		ts_ear_unref(&plan->member[i].m.ear);
		ts_play_unref(&plan->member[i].m.play);
		ts_volumes_unref(&plan->member[i].m.volumes);
		ts_coder_destroy(&plan->member[i].own);
	}
	free(plan);
}

/* Members who stay keep their own mix, and the frames that they have. Both lists ascend by key. */
static void keep_own(struct plan *fresh, struct plan *before, int64_t now_ns)
{
	size_t old = 0;
	for (size_t i = 0; i < fresh->n; i++) fresh->member[i].listener.spoke_ns = now_ns;
	for (size_t i = 0; before && i < fresh->n; i++) {
		struct member *to = &fresh->member[i];
		while (old < before->n && before->member[old].m.key < to->m.key) old++;
		if (old == before->n) break;
		struct member *from = &before->member[old];
		if (from->m.key == to->m.key && from->m.voice == to->m.voice) {
			to->gain = from->gain;
			to->pcm = from->pcm;
		}
		if (from->m.key != to->m.key || from->m.sender != to->m.sender ||
			from->m.codec != to->m.codec)
			continue;
		to->own_until_ns = from->own_until_ns;
		to->listener = from->listener;
		to->ducked = from->ducked;
		to->own = from->own;
		from->own = NULL;
		if (!to->own) continue;
		ts_coder_set(to->own, &to->m.profile);
		if (from->m.delivery.red == to->m.delivery.red &&
			from->m.delivery.dtx == to->m.delivery.dtx)
			continue;
		const struct ts_coder_receiver only = {to->m.sender, to->m.delivery};
		struct ts_sender *scratch[1];
		if (ts_coder_send_to(to->own, &only, 1, scratch)) ts_coder_destroy(&to->own);
	}
}

/* Likewise both ascend. */
static void begin_anew(struct plan *fresh, const struct plan *before)
{
	size_t old = 0;
	for (size_t i = 0; i < fresh->n; i++) {
		struct member *to = &fresh->member[i];
		while (before && old < before->n && before->member[old].m.key < to->m.key) old++;
		const bool was_here = before && old < before->n &&
			before->member[old].m.key == to->m.key;
		to->begins = was_here ? before->member[old].begins : to->m.anew && to->m.sender;
	}
}

static bool listens(const struct ts_audio_member *m)
{
	return m->sender || (m->sink && m->codec);
}

static struct ts_audio_profile profile_of(const struct member *e)
{
	struct ts_audio_profile profile = e->m.profile;
	if (e->listener.frame_ms) profile.frame_ms = e->listener.frame_ms;
	return profile;
}

/* What the group is of; codec NONE: there is none of that index. */
static struct ts_taste group_at(
	const struct ts_audio_groups *groups, const struct ts_tastes *tastes, size_t g)
{
	static const struct ts_taste none;
	if (g >= TS_AUDIO_GROUPS)
		return g - TS_AUDIO_GROUPS < tastes->n ? tastes->of[g - TS_AUDIO_GROUPS] : none;
	if (g >= groups->n) return none;
	return (struct ts_taste){
		.codec = groups->group[g].codec, .profile = groups->group[g].profile};
}

static struct ts_taste group_of(const struct ts_audio *a, size_t g)
{
	return group_at(&a->groups, &a->tastes, g);
}

static size_t join_group(struct ts_audio *a, const struct member *e)
{
	/* long frames (listener.h) are for those who all hear the same */
	const struct ts_taste taste = {e->m.volumes, e->m.codec, e->m.profile};
	const size_t t = e->m.volumes ? ts_tastes_join(&a->tastes, &taste) : TS_AUDIO_TASTES;
	if (t < TS_AUDIO_TASTES) return TS_AUDIO_GROUPS + t;
	const struct ts_audio_profile profile = profile_of(e);
	return ts_audio_groups_join(&a->groups, e->m.codec, &profile);
}

/* The groups of before, whose encoders may go on. */
struct groups_before {
	struct ts_audio_groups groups;
	struct ts_tastes tastes;
	struct ts_coder *coder[ALL_GROUPS];
};

/* One that may go on as the group's: of the same volumes and codec, and of its profile where that
 * counts. It is taken out. */
static struct ts_coder *find_coder(
	struct groups_before *before, const struct ts_taste *wanted, bool of_profile)
{
	for (size_t i = 0; i < ALL_GROUPS; i++) {
		struct ts_coder *c = before->coder[i];
		if (!c) continue;
		struct ts_taste its = group_at(&before->groups, &before->tastes, i);
		its.profile = of_profile ? *ts_coder_profile(c) : wanted->profile;
		if (!ts_taste_equal(&its, wanted)) continue;
		before->coder[i] = NULL;
		return c;
	}
	return NULL;
}

/* Encoders of before go on where there is a group like theirs, or one that lacks an encoder. */
static void form_groups(struct ts_audio *a)
{
	struct groups_before before = {.groups = a->groups, .tastes = a->tastes};
	memcpy(before.coder, a->shared, sizeof before.coder);
	memset(a->shared, 0, sizeof a->shared);
	a->groups.n = a->tastes.n = 0;
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (listens(&e->m)) e->group = join_group(a, e);
	}
	for (size_t g = 0; g < ALL_GROUPS; g++) {
		const struct ts_taste of = group_of(a, g);
		if (of.codec) a->shared[g] = find_coder(&before, &of, true);
	}
	for (size_t g = 0; g < ALL_GROUPS; g++) {
		const struct ts_taste of = group_of(a, g);
		if (!of.codec || a->shared[g]) continue;
		a->shared[g] = find_coder(&before, &of, false);
		if (a->shared[g]) ts_coder_set(a->shared[g], &of.profile);
	}
	for (size_t g = 0; g < ALL_GROUPS; g++) ts_coder_destroy(&before.coder[g]);
	a->regroup = true;
}

static void take_plan(struct ts_audio *a)
{
	struct plan *fresh = atomic_exchange_explicit(&a->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	let_go(a);
	keep_own(fresh, a->plan, ts_now_ns());
	begin_anew(fresh, a->plan);
	struct plan *before = a->plan; /* it holds the volumes of the groups of before */
	a->plan = fresh;
	form_groups(a);
	plan_free(before);
}

/* ---- one tick ---- */

/* From where it was to where it is to be; goes_on: they were in the sum of the last tick. */
static void follow_gain(const struct ts_audio *a, struct member *e, bool goes_on)
{
	const float db = ts_voice_gain_db(e->m.voice),
		    to = e->m.gain * (db == 0 ? 1.0f : powf(10.0f, db / 20.0f)) * a->duck;
	e->gain.from = goes_on ? e->gain.to : to;
	e->gain.to = to;
}

/* Down within 100 ms, up within 400. */
static float duck_on(float duck, float to)
{
	const float down = 0.2f, up = 0.05f;
	return to < duck ? fmaxf(duck - down, to) : fminf(duck + up, to);
}

static void note_delay(struct ts_audio *a, const struct member *e)
{
	int64_t delay_ns = ts_voice_delay_ns(e->m.voice);
	if (delay_ns > LIE_NS) return;
	if (delay_ns > a->delay_ns) {
		a->next_delay_ns = a->delay_ns;
		a->delay_ns = delay_ns;
		a->delay_key = e->m.key;
	} else if (delay_ns > a->next_delay_ns) {
		a->next_delay_ns = delay_ns;
	}
}

static void add_voice(struct ts_audio *a, struct member *e, int64_t now_ns)
{
	const bool was_in = e->pcm != NULL;
	if (!e->m.voice) return;
	e->pcm = NULL;
	if (!ts_voice_hold(e->m.voice, a)) return;
	if (e->m.muted) {
		ts_voice_skip(e->m.voice, now_ns);
		return;
	}
	e->pcm = ts_voice_tick(e->m.voice, now_ns);
	if (!e->pcm) return;
	e->own_until_ns = now_ns + KEEP_OWN_NS;
	follow_gain(a, e, was_in);
	ts_mix_add(a->sum, e->pcm, e->gain);
	note_delay(a, e);
}

static struct member *find_member(struct plan *plan, uint64_t key)
{
	size_t low = 0, high = plan->n;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		if (plan->member[mid].m.key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < plan->n && plan->member[low].m.key == key ? &plan->member[low] : NULL;
}

/* What is played to all is in the sum; who is played to alone gets a mix of their own. Meanwhile
 * voices are as much quieter as is wished. */
static void add_plays(struct ts_audio *a, int64_t now_ns)
{
	float duck = 1;
	for (size_t i = 0; i < a->plan->n; i++) {
		a->plan->member[i].is_played_to = false;
		a->plan->member[i].played_duck = 1;
	}
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->m.play || !(e->pcm = ts_play_tick(e->m.play))) continue;
		struct member *to = e->m.to ? find_member(a->plan, e->m.to) : NULL;
		if (!e->m.to) {
			ts_mix_add(a->sum, e->pcm, ts_mix_unity());
			duck = fminf(duck, 1 - e->m.ducks);
		} else if (to && (to->m.sender || to->m.ear)) {
			to->is_played_to = true;
			to->played_duck = fminf(to->played_duck, 1 - e->m.ducks);
			to->own_until_ns = now_ns + KEEP_OWN_NS;
		}
	}
	a->duck = duck_on(a->duck, duck);
}

/* In private_sum, what is louder or quieter to those listeners. */
static void apply_volumes(struct ts_audio *a, const struct ts_volumes *volumes)
{
	for (size_t i = 0; i < volumes->n; i++) {
		const struct member *e = find_member(a->plan, volumes->of[i].key);
		if (!e || !e->pcm || !e->m.voice) continue;
		const float more = volumes->of[i].gain - 1;
		ts_mix_add(a->private_sum, e->pcm,
			(struct ts_mix_gain){more * e->gain.from, more * e->gain.to});
	}
}

/* What one hears who has a mix of their own: not themselves, others as loud as they wish, what is
 * played to them alone, and all of it as loud as they wish. */
static const int32_t *sum_for(struct ts_audio *a, struct member *to)
{
	int32_t *sum = a->private_sum;
	const float duck = duck_on(1 - to->ducked, to->played_duck);
	ts_mix_without(sum, a->sum, to->pcm, to->gain);
	if (to->group >= TS_AUDIO_GROUPS) apply_volumes(a, to->m.volumes);
	ts_mix_scale(sum, (struct ts_mix_gain){1 - to->ducked, duck});
	to->ducked = 1 - duck;
	for (size_t i = 0; to->is_played_to && i < a->plan->n; i++) {
		const struct member *e = &a->plan->member[i];
		if (e->m.play && e->pcm && e->m.to == to->m.key)
			ts_mix_add(sum, e->pcm, ts_mix_unity());
	}
	if (to->m.hears != 0) ts_mix_scale(sum, (struct ts_mix_gain){to->m.hears, to->m.hears});
	return sum;
}

/* Another mix of the same codec says the same to whoever heard it. */
static const struct ts_coder *like(const struct ts_audio *a, size_t group)
{
	if (a->shared[group]) return a->shared[group];
	const enum ts_codec codec = group_of(a, group).codec;
	for (size_t g = 0; g < ALL_GROUPS; g++)
		if (a->shared[g] && ts_coder_codec(a->shared[g]) == codec) return a->shared[g];
	return NULL;
}

/* Their own mix begins where the shared one is. */
static void start_own(struct ts_audio *a, struct member *e)
{
	const struct ts_coder_receiver only = {e->m.sender, e->m.delivery};
	struct ts_sender *scratch[1];
	/* in the tick after a regroup nobody may have listened to that of their group yet */
	const struct ts_coder *as = e->begins ? NULL : like(a, e->group);
	if (ts_coder_create(&e->own, e->m.codec, &e->m.profile, as)) return;
	if (ts_coder_send_to(e->own, &only, 1, scratch)) ts_coder_destroy(&e->own);
	a->regroup = true;
}

/* Back to the shared mix; if nobody listened to that, it continues from theirs. */
static void end_own(struct ts_audio *a, struct member *e)
{
	struct ts_coder **shared = &a->shared[e->group];
	if (!*shared) {
		*shared = e->own; /* receivers: regroup */
		e->own = NULL;
		const struct ts_audio_profile profile = group_of(a, e->group).profile;
		ts_coder_set(*shared, &profile);
	}
	ts_coder_destroy(&e->own);
	a->regroup = true;
}

static bool has_own(const struct member *e, int64_t now_ns)
{
	return e->own_until_ns > now_ns || e->m.hears != 0;
}

/* Who only listens gets longer frames, where the room has it so. */
static void follow_listeners(struct ts_audio *a, int64_t now_ns)
{
	bool changed = false, pause = true;
	if (a->ticker.tick % TS_LISTENER_TICKS) return;
	for (size_t i = 0; i < a->plan->n; i++) pause &= !a->plan->member[i].pcm;
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->m.sender || (!e->m.listener_ms && !e->listener.frame_ms)) continue;
		const struct ts_listener_now now = {.speaks = has_own(e, now_ns),
			.pause = pause,
			.longest_ms = e->m.listener_ms,
			.now_ns = now_ns};
		changed |= ts_listener_follow(&e->listener, &now);
	}
	if (changed) form_groups(a);
}

static void follow_talkers(struct ts_audio *a, int64_t now_ns)
{
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->m.sender) continue;
		if (e->begins) e->own_until_ns = now_ns + KEEP_OWN_NS;
		bool wants = has_own(e, now_ns);
		if (wants && !e->own)
			start_own(a, e);
		else if (!wants && e->own)
			end_own(a, e);
	}
}

/* A shared mix exists while somebody listens to it. receivers, scratch: room for all. */
static void group(struct ts_audio *a, size_t g, struct ts_coder_receiver *receivers,
	struct ts_sender **scratch)
{
	struct ts_sink *sinks[TS_CODER_SINKS];
	size_t n = 0, n_sinks = 0;
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct member *e = &a->plan->member[i];
		if (!listens(&e->m) || e->group != g || e->own) continue;
		if (e->m.sender)
			receivers[n++] = (struct ts_coder_receiver){e->m.sender, e->m.delivery};
		else if (n_sinks < TS_CODER_SINKS)
			sinks[n_sinks++] = e->m.sink;
	}
	if (!n && !n_sinks) {
		ts_coder_destroy(&a->shared[g]);
		return;
	}
	const struct ts_taste of = group_of(a, g);
	if ((!a->shared[g] && ts_coder_create(&a->shared[g], of.codec, &of.profile, like(a, g))) ||
		ts_coder_send_to(a->shared[g], receivers, n, scratch) ||
		ts_coder_set_sinks(a->shared[g], sinks, n_sinks)) {
		a->regroup = true; /* out of memory: again next tick */
		ts_log_limited(TS_LOG_ERROR, "listeners without sound",
			"error=no-memory listeners=%zu", n + n_sinks);
	}
}

static void group_listeners(struct ts_audio *a)
{
	if (!a->regroup) return;
	a->regroup = false;
	const size_t room = a->plan->n + 1;
	struct ts_coder_receiver *receivers = malloc(room * sizeof *receivers);
	struct ts_sender **scratch = malloc(room * sizeof *scratch);
	for (size_t g = 0; receivers && scratch && g < ALL_GROUPS; g++)
		if (group_of(a, g).codec) group(a, g, receivers, scratch);
	if (!receivers || !scratch) a->regroup = true; /* out of memory: again next tick */
	free(receivers);
	free(scratch);
}

static void make_comfort(struct ts_audio *a, int64_t now_ns)
{
	float present = TS_COMFORT_NONE;
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct member *e = &a->plan->member[i];
		float noise = e->pcm && e->m.voice ? ts_voice_noise_dbov(e->m.voice)
						   : TS_COMFORT_NONE;
		if (noise > present) present = noise;
	}
	ts_comfort_tick(&a->comfort, present, now_ns);
	ts_comfort_add(&a->comfort, a->sum);
}

/* Those who take samples get the mix that all hear who do not talk. */
static void give_samples(struct ts_audio *a, const struct ts_coder_tick *tick)
{
	int16_t pcm[TS_AUDIO_FRAME];
	bool made = false;
	const struct ts_unit_time time = {.media_time = tick->number * TS_AUDIO_FRAME,
		.capture_ns = tick->time_ns - TS_LIMITER_NS,
		.now_ns = tick->time_ns,
		.duration_ns = TS_NS_PER_S / TICKS_PER_S};
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_sink *sink = a->plan->member[i].m.sink;
		if (!sink || a->plan->member[i].m.codec) continue;
		if (!a->samples && !(a->samples = av_packet_alloc())) return;
		if (!made) ts_limiter_run(&a->limiter, pcm, tick->sum);
		made = true;
		a->samples->data = (uint8_t *)pcm;
		a->samples->size = sizeof pcm;
		sink->ops->packet(sink, a->samples, &time);
	}
	if (!made) {
		ts_limiter_init(&a->limiter);
		return;
	}
	a->samples->data = NULL;
	a->samples->size = 0;
}

static void run_own(struct ts_audio *a, struct member *e, struct ts_coder_tick *tick)
{
	tick->sum = sum_for(a, e);
	/* the first tick of one who came from another room */
	if (e->begins) ts_mix_scale(a->private_sum, (struct ts_mix_gain){0, 1});
	e->begins = false;
	ts_coder_run(e->own, tick);
}

static void run_tastes(struct ts_audio *a, struct ts_coder_tick *tick)
{
	const int32_t *sum = tick->sum;
	for (size_t t = 0; t < a->tastes.n; t++) {
		struct ts_coder *coder = a->shared[TS_AUDIO_GROUPS + t];
		if (!coder) continue;
		memcpy(a->private_sum, a->sum, sizeof a->sum);
		apply_volumes(a, a->tastes.of[t].volumes);
		tick->sum = a->private_sum;
		ts_coder_run(coder, tick);
	}
	tick->sum = sum;
}

/* ---- ears */

static size_t find_talkers(const struct ts_audio *a, uint64_t keys[TS_EAR_TALKERS])
{
	size_t n = 0;
	for (size_t i = 0; i < a->plan->n && n < TS_EAR_TALKERS; i++) {
		const struct member *e = &a->plan->member[i];
		if (e->m.voice && e->pcm && ts_voice_is_talking(e->m.voice)) keys[n++] = e->m.key;
	}
	return n;
}

static const int32_t *sum_of_one(struct ts_audio *a, uint64_t key)
{
	const struct member *one = find_member(a->plan, key);
	memset(a->private_sum, 0, sizeof a->private_sum);
	if (one && one->m.voice && one->pcm) ts_mix_add(a->private_sum, one->pcm, one->gain);
	return a->private_sum;
}

static void give_to_ears(struct ts_audio *a, const struct ts_coder_tick *tick)
{
	uint64_t talkers[TS_EAR_TALKERS];
	int16_t pcm[TS_AUDIO_FRAME];
	size_t n_talkers = SIZE_MAX; /* not looked for yet */
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		struct ts_ear *ear = e->m.ear;
		if (!ear || !ts_hold_take(&ear->hold, a)) continue;
		if (n_talkers == SIZE_MAX) n_talkers = find_talkers(a, talkers);
		const enum ts_ear_hears hears = ts_ear_hears(ear);
		const int32_t *sum = hears == TS_EAR_ALL ? a->sum
			: hears == TS_EAR_ONE
			? sum_of_one(a, atomic_load_explicit(&ear->one, memory_order_relaxed))
			: sum_for(a, e);
		ts_limiter_run(&ear->limiter, pcm, sum);
		ear->ops->hear(ear,
			&(struct ts_ear_tick){.mix = a,
				.self = e->m.key,
				.time_ns = tick->time_ns,
				.pcm = pcm,
				.talkers = talkers,
				.n_talkers = n_talkers});
	}
}

static void mix_once(struct ts_audio *a, int64_t now_ns)
{
	memset(a->sum, 0, sizeof a->sum);
	a->delay_ns = a->next_delay_ns = 0;
	add_plays(a, now_ns);
	for (size_t i = 0; i < a->plan->n; i++) add_voice(a, &a->plan->member[i], now_ns);
	make_comfort(a, now_ns);
	follow_listeners(a, now_ns);
	follow_talkers(a, now_ns);
	group_listeners(a);
	struct ts_coder_tick tick = {.sum = a->sum,
		.number = a->ticker.tick,
		.time_ns = now_ns,
		.delay_ns = a->delay_ns};
	for (size_t g = 0; g < TS_AUDIO_GROUPS; g++)
		if (a->shared[g]) ts_coder_run(a->shared[g], &tick);
	run_tastes(a, &tick);
	give_samples(a, &tick);
	give_to_ears(a, &tick);
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->own) continue;
		tick.delay_ns = e->m.key == a->delay_key ? a->next_delay_ns : a->delay_ns;
		run_own(a, e, &tick);
	}
}

static void close_shared(struct ts_audio *a)
{
	for (size_t g = 0; g < ALL_GROUPS; g++) ts_coder_destroy(&a->shared[g]);
}

static void on_tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_audio *a = ts_container_of(timer, struct ts_audio, ticker.timer);
	take_plan(a);
	if (!a->plan || !a->plan->n) {
		ts_ticker_stop(&a->ticker);
		close_shared(a);
		return;
	}
	if (!ts_ticker_begin(&a->ticker, now_ns)) return;
	int64_t began_ns = ts_now_ns();
	/* the deadline, not the moment of a late worker: playout stays even */
	mix_once(a, ts_ticker_time_ns(&a->ticker));
	ts_observe(TS_STAGE_AUDIO, ts_now_ns() - began_ns);
	ts_ticker_end(&a->ticker);
}

/* A plan came while the clock stood still. */
static void on_wake(struct ts_task *task)
{
	struct ts_audio *a = ts_container_of(task, struct ts_audio, wake);
	ts_ticker_start(&a->ticker, ts_now_ns());
}

int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns)
{
	struct ts_audio *a = calloc(1, sizeof *a);
	if (!a) return TS_ENOMEM;
	ts_comfort_init(&a->comfort);
	ts_limiter_init(&a->limiter);
	a->duck = 1;
	a->wake.fn = on_wake;
	int err = ts_strand_create(&a->strand, pool, TS_CLASS_TICK);
	if (err) {
		free(a);
		return err;
	}
	ts_ticker_init(&a->ticker, a->strand, epoch_ns, &counts, on_tick);
	ts_ticker_set_rate(&a->ticker, TICKS_PER_S);
	*out = a;
	return 0;
}

int ts_audio_publish(struct ts_audio *a, const struct ts_audio_member *members, size_t n)
{
	struct plan *fresh = calloc(1, sizeof *fresh + n * sizeof fresh->member[0]);
	if (!fresh) return TS_ENOMEM;
	fresh->n = n;
	for (size_t i = 0; i < n; i++) {
		fresh->member[i].m = members[i];
		if (members[i].voice) ts_voice_ref(members[i].voice);
		if (members[i].sender) ts_sender_ref(members[i].sender);
		if (members[i].sink) ts_sink_ref(members[i].sink);
		if (members[i].ear) ts_ear_ref(members[i].ear);
		if (members[i].play) ts_play_ref(members[i].play);
		if (members[i].volumes) ts_volumes_ref(members[i].volumes);
	}
	plan_free(atomic_exchange_explicit(&a->pending, fresh, memory_order_acq_rel));
	ts_strand_post(a->strand, &a->wake);
	return 0;
}

static void audio_free(void *arg)
{
	struct ts_audio *a = arg;
	plan_free(atomic_exchange(&a->pending, NULL));
	let_go(a);
	plan_free(a->plan);
	close_shared(a);
	av_packet_free(&a->samples);
	a->done(a->done_arg);
	free(a);
}

void ts_audio_close(struct ts_audio *a, void (*done)(void *arg), void *arg)
{
	a->done = done;
	a->done_arg = arg;
	ts_strand_close(a->strand, audio_free, a);
}
