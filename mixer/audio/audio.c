#include "mixer/audio/audio_model.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/strand.h"
#include "mixer/audio/mix.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_OWN_NS (500 * TS_NS_PER_MS)
enum { TICKS_PER_S = TS_AUDIO_RATE_HZ / TS_AUDIO_FRAME };
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

static void plan_free(struct ts_audio_plan *plan)
{
	for (size_t i = 0; plan && i < plan->n; i++) {
		ts_voice_unref(&plan->member[i].m.voice);
		ts_sender_unref(&plan->member[i].m.sender);
		ts_sink_unref(&plan->member[i].m.sink);
		ts_ear_unref(&plan->member[i].m.ear);
		ts_play_unref(&plan->member[i].m.play);
		ts_volumes_unref(&plan->member[i].m.volumes);
		ts_coder_destroy(&plan->member[i].own);
		ts_hearing_fini(&plan->member[i].hearing);
	}
	free(plan);
}

/* Members who stay keep their own mix, and the frames that they have. Both lists ascend by key. */
static void keep_own(struct ts_audio_plan *fresh, struct ts_audio_plan *before, int64_t now_ns)
{
	size_t old = 0;
	for (size_t i = 0; i < fresh->n; i++) fresh->member[i].listener.spoke_ns = now_ns;
	for (size_t i = 0; before && i < fresh->n; i++) {
		struct ts_audio_entry *to = &fresh->member[i];
		while (old < before->n && before->member[old].m.key < to->m.key) old++;
		if (old == before->n) break;
		struct ts_audio_entry *from = &before->member[old];
		if (from->m.key == to->m.key && from->m.voice == to->m.voice) {
			to->part = from->part;
			to->at = from->at;
			to->lead = from->lead;
		}
		if (from->m.key != to->m.key || from->m.sender != to->m.sender ||
			from->m.codec != to->m.codec)
			continue;
		to->own_until_ns = from->own_until_ns;
		to->listener = from->listener;
		to->ducked = from->ducked;
		to->stays = true;
		to->hearing = from->hearing;
		from->hearing = (struct ts_hearing){0};
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

static void begin_hearing(struct ts_audio_plan *fresh)
{
	for (size_t i = 0; i < fresh->n; i++) {
		struct ts_audio_entry *e = &fresh->member[i];
		if (!e->stays) ts_hearing_begin(&e->hearing, e->m.volumes);
	}
}

/* Which channels somebody hears. */
static unsigned planes_of(const struct ts_audio_plan *plan)
{
	unsigned planes = TS_BUS_ONE;
	for (size_t i = 0; i < plan->n; i++)
		planes |= ts_audio_planes_of(&plan->member[i].m.profile);
	return planes;
}

/* Likewise both ascend. */
static void begin_anew(struct ts_audio_plan *fresh, const struct ts_audio_plan *before)
{
	size_t old = 0;
	for (size_t i = 0; i < fresh->n; i++) {
		struct ts_audio_entry *to = &fresh->member[i];
		while (before && old < before->n && before->member[old].m.key < to->m.key) old++;
		const bool was_here = before && old < before->n &&
			before->member[old].m.key == to->m.key;
		to->begins = was_here ? before->member[old].begins : to->m.anew && to->m.sender;
	}
}

static void take_plan(struct ts_audio *a)
{
	struct ts_audio_plan *fresh = atomic_exchange_explicit(
		&a->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	let_go(a);
	keep_own(fresh, a->plan, ts_now_ns());
	begin_anew(fresh, a->plan);
	begin_hearing(fresh);
	a->planes = planes_of(fresh);
	struct ts_audio_plan *before = a->plan; /* it holds the volumes of the groups of before */
	a->plan = fresh;
	ts_audio_form_groups(a);
	plan_free(before);
}

/* ---- one tick ---- */

/* Their own mix begins where the shared one is. */
static void start_own(struct ts_audio *a, struct ts_audio_entry *e)
{
	const struct ts_coder_receiver only = {e->m.sender, e->m.delivery};
	struct ts_sender *scratch[1];
	/* in the tick after a regroup nobody may have listened to that of their group yet */
	const struct ts_coder *as = e->begins ? NULL : ts_audio_like(a, e->group);
	if (ts_coder_create(&e->own, e->m.codec, &e->m.profile, as)) return;
	if (ts_coder_send_to(e->own, &only, 1, scratch)) ts_coder_destroy(&e->own);
	a->regroup = true;
}

/* Back to the shared mix; if nobody listened to that, it continues from theirs. */
static void end_own(struct ts_audio *a, struct ts_audio_entry *e)
{
	struct ts_coder **shared = &a->shared[e->group];
	if (!*shared) {
		*shared = e->own; /* receivers: regroup */
		e->own = NULL;
		const struct ts_audio_profile profile = ts_audio_group(a, e->group).profile;
		ts_coder_set(*shared, &profile);
	}
	ts_coder_destroy(&e->own);
	a->regroup = true;
}

static bool has_own(const struct ts_audio_entry *e, int64_t now_ns)
{
	const bool apart = e->hearing.to &&
		e->group < TS_AUDIO_GROUPS; /* all shared ones are taken */
	return e->own_until_ns > now_ns || e->m.hears != 0 || apart;
}

/* Who only listens gets longer frames, where the room has it so. */
static void follow_listeners(struct ts_audio *a, int64_t now_ns)
{
	bool changed = false, pause = true;
	if (a->ticker.tick % TS_LISTENER_TICKS) return;
	for (size_t i = 0; i < a->plan->n; i++) pause &= !a->plan->member[i].part.mid;
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_audio_entry *e = &a->plan->member[i];
		if (!e->m.sender || (!e->m.listener_ms && !e->listener.frame_ms)) continue;
		const struct ts_listener_now now = {.speaks = has_own(e, now_ns),
			.pause = pause,
			.longest_ms = e->m.listener_ms,
			.now_ns = now_ns};
		changed |= ts_listener_follow(&e->listener, &now);
	}
	if (changed) ts_audio_form_groups(a);
}

/* Changes of volumes that begin, or are over. */
static void follow_hearings(struct ts_audio *a, int64_t now_ns)
{
	bool changed = false;
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_audio_entry *e = &a->plan->member[i];
		changed |= ts_hearing_follow(&e->hearing, e->m.volumes, now_ns);
	}
	if (changed) ts_audio_form_groups(a);
}

static void follow_talkers(struct ts_audio *a, int64_t now_ns)
{
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_audio_entry *e = &a->plan->member[i];
		if (!e->m.sender) continue;
		if (e->begins) e->own_until_ns = now_ns + KEEP_OWN_NS;
		bool wants = has_own(e, now_ns);
		if (wants && !e->own)
			start_own(a, e);
		else if (!wants && e->own)
			end_own(a, e);
	}
}

static const struct ts_bus *sum_of_sink(
	struct ts_audio *a, const struct ts_audio_entry *e, const struct ts_coder_tick *tick)
{
	const struct ts_taste taste = {.volumes = e->hearing.to,
		.from = e->hearing.from,
		.since_ns = e->hearing.since_ns,
		.profile = e->m.profile};
	if (!taste.volumes && !taste.since_ns) return tick->sum;
	ts_audio_sum_of_taste(a, &taste, tick->time_ns);
	return &a->private_sum;
}

/* Those who take samples get the mix that all hear who do not talk, in so many channels. */
static void give_samples(struct ts_audio *a, const struct ts_coder_tick *tick, int channels)
{
	int16_t pcm[2 * TS_AUDIO_FRAME];
	struct ts_limiter *limiter = &a->limiter[channels - 1];
	const struct ts_bus *sum = NULL;
	bool made = false;
	const struct ts_unit_time time = {.media_time = tick->number * TS_AUDIO_FRAME,
		.capture_ns = tick->time_ns - TS_LIMITER_NS,
		.now_ns = tick->time_ns,
		.duration_ns = TS_NS_PER_S / TICKS_PER_S};
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct ts_audio_member *m = &a->plan->member[i].m;
		if (!m->sink || m->codec || m->profile.stereo != (channels == 2)) continue;
		if (!a->samples && !(a->samples = av_packet_alloc())) return;
		if (!made) sum = sum_of_sink(a, &a->plan->member[i], tick);
		if (!made && channels == 2)
			ts_limiter_run_stereo(
				limiter, pcm, sum->plane[TS_BUS_LEFT], sum->plane[TS_BUS_RIGHT]);
		else if (!made)
			ts_limiter_run(limiter, pcm, sum->plane[TS_BUS_MONO]);
		made = true;
		a->samples->data = (uint8_t *)pcm;
		a->samples->size = channels * TS_AUDIO_FRAME * (int)sizeof pcm[0];
		m->sink->ops->packet(m->sink, a->samples, &time);
	}
	if (!made) {
		ts_limiter_init(limiter);
		return;
	}
	a->samples->data = NULL;
	a->samples->size = 0;
}

static void run_own(struct ts_audio *a, struct ts_audio_entry *e, struct ts_coder_tick *tick)
{
	ts_audio_sum_for(a, e, tick->time_ns);
	tick->sum = &a->private_sum;
	/* the first tick of one who came from another room */
	if (e->begins)
		ts_bus_scale(&a->private_sum, ts_audio_planes_of(&e->m.profile),
			(struct ts_mix_gain){0, 1});
	e->begins = false;
	ts_coder_run(e->own, tick);
}

static void run_tastes(struct ts_audio *a, struct ts_coder_tick *tick)
{
	const struct ts_bus *sum = tick->sum;
	for (size_t t = 0; t < a->tastes.n; t++) {
		struct ts_coder *coder = a->shared[TS_AUDIO_GROUPS + t];
		if (!coder) continue;
		ts_audio_sum_of_taste(a, &a->tastes.of[t], tick->time_ns);
		tick->sum = &a->private_sum;
		ts_coder_run(coder, tick);
	}
	tick->sum = sum;
}

static void mix_once(struct ts_audio *a, int64_t now_ns)
{
	ts_audio_sum(a, now_ns);
	follow_hearings(a, now_ns);
	follow_listeners(a, now_ns);
	follow_talkers(a, now_ns);
	ts_audio_group_listeners(a);
	struct ts_coder_tick tick = {.sum = &a->sum,
		.number = a->ticker.tick,
		.time_ns = now_ns,
		.delay_ns = a->delay_ns};
	for (size_t g = 0; g < TS_AUDIO_GROUPS; g++)
		if (a->shared[g]) ts_coder_run(a->shared[g], &tick);
	run_tastes(a, &tick);
	give_samples(a, &tick, 1);
	give_samples(a, &tick, 2);
	ts_audio_give_to_ears(a, now_ns);
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_audio_entry *e = &a->plan->member[i];
		if (!e->own) continue;
		tick.delay_ns = e->m.key == a->delay_key ? a->next_delay_ns : a->delay_ns;
		run_own(a, e, &tick);
	}
}

static void close_shared(struct ts_audio *a)
{
	for (size_t g = 0; g < TS_AUDIO_ALL_GROUPS; g++) ts_coder_destroy(&a->shared[g]);
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
	ts_limiter_init(&a->limiter[0]);
	ts_limiter_init(&a->limiter[1]);
	a->planes = TS_BUS_ONE;
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
	struct ts_audio_plan *fresh = calloc(1, sizeof *fresh + n * sizeof fresh->member[0]);
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
