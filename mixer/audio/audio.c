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
#include "mixer/audio/listener.h"
#include "mixer/audio/mix.h"
#include <stdlib.h>
#include <string.h>

#define KEEP_OWN_NS (500 * TS_NS_PER_MS)
#define LIE_NS TS_NS_PER_S /* an older sound is none: its sender's clock says something else */
enum { TICKS_PER_S = TS_AUDIO_RATE_HZ / TS_AUDIO_FRAME };

struct member {
	struct ts_audio_member m;
	const int16_t *pcm;   /* of this tick; NULL: not in the sum, or nothing of a play */
	bool is_played_to;    /* alone, in this tick */
	int64_t own_until_ns; /* gets a mix of their own until then */
	bool begins;          /* ... which fades in with the next tick */
	struct ts_coder *own; /* NULL: listens to the mix of their group */
	size_t group;         /* of those who have a sender */
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
	struct ts_coder *shared[TS_AUDIO_GROUPS]; /* NULL: nobody listens */
	struct ts_comfort comfort;
	struct ts_limiter limiter; /* of the mix that sinks take as samples */
	AVPacket *samples;         /* refers to that for a call */
	bool regroup;              /* who listens to the shared mixes has changed */
	/* of what is in the sum: the longest since a capture, whose, and the longest of the
	 * others */
	int64_t delay_ns, next_delay_ns;
	uint64_t delay_key;
	int32_t sum[TS_AUDIO_FRAME], private_sum[TS_AUDIO_FRAME];
	int16_t scaled[TS_AUDIO_FRAME];

	void (*done)(void *arg);
	void *done_arg;
};

static const struct ts_ticker_counts counts = {.run = TS_C_TICKS_AUDIO,
	.skipped = TS_C_TICKS_SKIPPED_AUDIO,
	.delayed = TS_C_TICKS_DELAYED_AUDIO};

/* Another room's mix may tick the voices that it has as well. */
static void let_go(struct ts_audio *a)
{
	for (size_t i = 0; a->plan && i < a->plan->n; i++)
		if (a->plan->member[i].m.voice) ts_voice_let_go(a->plan->member[i].m.voice, a);
}

static void plan_free(struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->n; i++) {
		ts_voice_unref(&plan->member[i].m.voice);
		ts_sender_unref(&plan->member[i].m.sender);
		ts_sink_unref(&plan->member[i].m.sink);
		ts_play_unref(&plan->member[i].m.play);
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
		if (from->m.key != to->m.key || from->m.sender != to->m.sender ||
			from->m.codec != to->m.codec)
			continue;
		to->own_until_ns = from->own_until_ns;
		to->listener = from->listener;
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

/* One that may go on as the group's: of its profile, else of its codec. It is taken out. */
static struct ts_coder *find_coder(
	struct ts_coder **coders, enum ts_codec codec, const struct ts_audio_profile *profile)
{
	for (size_t i = 0; i < TS_AUDIO_GROUPS; i++) {
		struct ts_coder *c = coders[i];
		if (!c || ts_coder_codec(c) != codec) continue;
		if (profile && !ts_audio_profile_equal(ts_coder_profile(c), profile)) continue;
		coders[i] = NULL;
		return c;
	}
	return NULL;
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

/* Encoders of before go on where there is a group like theirs, or one that lacks an encoder. */
static void form_groups(struct ts_audio *a)
{
	struct ts_coder *before[TS_AUDIO_GROUPS];
	memcpy(before, a->shared, sizeof before);
	memset(a->shared, 0, sizeof a->shared);
	a->groups.n = 0;
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		const struct ts_audio_profile profile = profile_of(e);
		if (listens(&e->m))
			e->group = ts_audio_groups_join(&a->groups, e->m.codec, &profile);
	}
	for (size_t g = 0; g < a->groups.n; g++)
		a->shared[g] = find_coder(
			before, a->groups.group[g].codec, &a->groups.group[g].profile);
	for (size_t g = 0; g < a->groups.n; g++) {
		if (a->shared[g]) continue;
		a->shared[g] = find_coder(before, a->groups.group[g].codec, NULL);
		if (a->shared[g]) ts_coder_set(a->shared[g], &a->groups.group[g].profile);
	}
	for (size_t i = 0; i < TS_AUDIO_GROUPS; i++) ts_coder_destroy(&before[i]);
	a->regroup = true;
}

static void take_plan(struct ts_audio *a)
{
	struct plan *fresh = atomic_exchange_explicit(&a->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	let_go(a);
	keep_own(fresh, a->plan, ts_now_ns());
	begin_anew(fresh, a->plan);
	plan_free(a->plan);
	a->plan = fresh;
	form_groups(a);
}

/* ---- one tick ---- */

/* What of them is in the sum. */
static const int16_t *in_the_sum(struct ts_audio *a, const struct member *e)
{
	if (!e->pcm || e->m.gain == 1.0f) return e->pcm;
	ts_mix_gain(a->scaled, e->pcm, e->m.gain);
	return a->scaled;
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
	e->pcm = NULL;
	e->is_played_to = false;
	if (!e->m.voice || !ts_voice_hold(e->m.voice, a)) return;
	if (e->m.muted) {
		ts_voice_skip(e->m.voice, now_ns);
		return;
	}
	e->pcm = ts_voice_tick(e->m.voice, now_ns);
	if (!e->pcm) return;
	e->own_until_ns = now_ns + KEEP_OWN_NS;
	ts_mix_add(a->sum, in_the_sum(a, e));
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

/* What is played to all is in the sum; who is played to alone gets a mix of their own. */
static void add_plays(struct ts_audio *a, int64_t now_ns)
{
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->m.play || !(e->pcm = ts_play_tick(e->m.play))) continue;
		struct member *to = e->m.to ? find_member(a->plan, e->m.to) : NULL;
		if (!e->m.to) {
			ts_mix_add(a->sum, e->pcm);
		} else if (to && to->m.sender) {
			to->is_played_to = true;
			to->own_until_ns = now_ns + KEEP_OWN_NS;
		}
	}
}

/* The sum as one hears it to whom something is played alone, or who has it louder; *own: what of it
 * is theirs, and not in it. */
static const int32_t *sum_for(struct ts_audio *a, const struct member *to, const int16_t **own)
{
	*own = in_the_sum(a, to);
	if (!to->is_played_to && to->m.hears == 0) return a->sum;
	memcpy(a->private_sum, a->sum, sizeof a->sum);
	for (size_t i = 0; to->is_played_to && i < a->plan->n; i++) {
		const struct member *e = &a->plan->member[i];
		if (e->m.play && e->pcm && e->m.to == to->m.key) ts_mix_add(a->private_sum, e->pcm);
	}
	if (to->m.hears == 0) return a->private_sum;
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		a->private_sum[i] = (int32_t)((float)(a->private_sum[i] - (*own ? (*own)[i] : 0)) *
			to->m.hears);
	*own = NULL;
	return a->private_sum;
}

/* Another mix of the same codec says the same to whoever heard it. */
static const struct ts_coder *like(const struct ts_audio *a, size_t group)
{
	if (a->shared[group]) return a->shared[group];
	for (size_t g = 0; g < a->groups.n; g++)
		if (a->shared[g] && a->groups.group[g].codec == a->groups.group[group].codec)
			return a->shared[g];
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
		ts_coder_set(*shared, &a->groups.group[e->group].profile);
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
	if ((!a->shared[g] &&
		    ts_coder_create(&a->shared[g], a->groups.group[g].codec,
			    &a->groups.group[g].profile, like(a, g))) ||
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
	for (size_t g = 0; receivers && scratch && g < a->groups.n; g++)
		group(a, g, receivers, scratch);
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
		.capture_ns = tick->time_ns,
		.now_ns = tick->time_ns,
		.duration_ns = TS_NS_PER_S / TICKS_PER_S};
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_sink *sink = a->plan->member[i].m.sink;
		if (!sink || a->plan->member[i].m.codec) continue;
		if (!a->samples && !(a->samples = av_packet_alloc())) return;
		if (!made) ts_mix_finish(pcm, tick->sum, NULL, &a->limiter);
		made = true;
		a->samples->data = (uint8_t *)pcm;
		a->samples->size = sizeof pcm;
		sink->ops->packet(sink, a->samples, &time);
	}
	if (!made) return;
	a->samples->data = NULL;
	a->samples->size = 0;
}

/* The first tick of one who came from another room. */
static void fade_in(struct ts_audio *a, const int32_t *sum, const int16_t *own)
{
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		const int64_t heard = (int64_t)sum[i] - (own ? own[i] : 0);
		a->private_sum[i] = (int32_t)(heard * i / TS_AUDIO_FRAME);
	}
}

static void run_own(struct ts_audio *a, struct member *e, struct ts_coder_tick *tick)
{
	const int16_t *own;
	tick->sum = sum_for(a, e, &own);
	if (e->begins) {
		fade_in(a, tick->sum, own);
		tick->sum = a->private_sum;
		own = NULL;
		e->begins = false;
	}
	ts_coder_run(e->own, tick, own);
}

static void mix_once(struct ts_audio *a, int64_t now_ns)
{
	memset(a->sum, 0, sizeof a->sum);
	a->delay_ns = a->next_delay_ns = 0;
	for (size_t i = 0; i < a->plan->n; i++) add_voice(a, &a->plan->member[i], now_ns);
	add_plays(a, now_ns);
	make_comfort(a, now_ns);
	follow_listeners(a, now_ns);
	follow_talkers(a, now_ns);
	group_listeners(a);
	struct ts_coder_tick tick = {.sum = a->sum,
		.number = a->ticker.tick,
		.time_ns = now_ns,
		.delay_ns = a->delay_ns};
	for (size_t g = 0; g < a->groups.n; g++)
		if (a->shared[g]) ts_coder_run(a->shared[g], &tick, NULL);
	give_samples(a, &tick);
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->own) continue;
		tick.delay_ns = e->m.key == a->delay_key ? a->next_delay_ns : a->delay_ns;
		run_own(a, e, &tick);
	}
}

static void close_shared(struct ts_audio *a)
{
	for (size_t g = 0; g < TS_AUDIO_GROUPS; g++) ts_coder_destroy(&a->shared[g]);
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
		if (members[i].play) ts_play_ref(members[i].play);
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
