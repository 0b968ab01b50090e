/* hear - the sums of a tick: that of all who are heard, and from it what one hears, or those of one
 * taste. */
#include "base/clock.h"
#include "mixer/audio/audio_model.h"
#include <math.h>
#include <string.h>

#define KEEP_OWN_NS (500 * TS_NS_PER_MS)
#define LIE_NS TS_NS_PER_S /* an older sound is none: its sender's clock says something else */
#define GLIDE 0.1f         /* of a place in a tick: from one side to the other in 400 ms */

static const struct ts_mix_gain once = {1, 1}, out = {-1, -1};

/* From where it was to where it is to be; goes_on: they were in the sum of the last tick. */
static void follow_gain(const struct ts_audio *a, struct ts_audio_entry *e, bool goes_on)
{
	const float db = ts_voice_gain_db(e->m.voice),
		    to = e->m.gain * (db == 0 ? 1.0f : powf(10.0f, db / 20.0f)) * a->duck;
	e->part.gain.from = goes_on ? e->part.gain.to : to;
	e->part.gain.to = to;
}

/* Who was not heard is at once where they are to be. */
static void follow_place(struct ts_audio_entry *e, bool goes_on)
{
	const float from = goes_on ? e->at : e->m.place, far = e->m.place - from;
	e->at = from + fminf(fmaxf(far, -GLIDE), GLIDE);
	e->part.place = e->at == 0 && from == 0 ? ts_bus_middle() : ts_bus_place(from, e->at);
}

/* Down within 100 ms, up within 400. */
static float duck_on(float duck, float to)
{
	const float down = 0.2f, up = 0.05f;
	return to < duck ? fmaxf(duck - down, to) : fminf(duck + up, to);
}

/* A lead is heard on for as long as it takes to draw breath. */
static void follow_lead(struct ts_audio_entry *e)
{
	const float up = 0.2f, down = 0.02f;
	e->lead.from = e->lead.to;
	e->lead.to = e->part.mid ? fminf(e->lead.to + up, 1) : fmaxf(e->lead.to - down, 0);
}

static void note_delay(struct ts_audio *a, const struct ts_audio_entry *e)
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

static void add_voice(struct ts_audio *a, struct ts_audio_entry *e, int64_t now_ns)
{
	const bool was_in = e->part.mid != NULL;
	if (!e->m.voice) return;
	e->part.mid = e->part.side = NULL;
	if (!ts_voice_hold(e->m.voice, a)) return;
	if (e->m.muted) {
		ts_voice_skip(e->m.voice, now_ns);
		return;
	}
	e->part.mid = ts_voice_tick(e->m.voice, now_ns);
	if (!e->part.mid) return;
	e->part.side = ts_voice_side(e->m.voice);
	e->own_until_ns = now_ns + KEEP_OWN_NS;
	follow_gain(a, e, was_in);
	follow_place(e, was_in);
	ts_bus_add(&a->sum, a->planes, &e->part, once);
	note_delay(a, e);
}

struct ts_audio_entry *ts_audio_find(struct ts_audio_plan *plan, uint64_t key)
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
		struct ts_audio_entry *e = &a->plan->member[i];
		if (!e->m.play) continue;
		e->part = (struct ts_bus_part){
			.mid = ts_play_tick(e->m.play), .gain = once, .place = ts_bus_middle()};
		if (!e->part.mid) continue;
		struct ts_audio_entry *to = e->m.to ? ts_audio_find(a->plan, e->m.to) : NULL;
		if (!e->m.to) {
			ts_bus_add(&a->sum, a->planes, &e->part, once);
			duck = fminf(duck, 1 - e->m.ducks);
		} else if (to && (to->m.sender || to->m.ear)) {
			to->is_played_to = true;
			to->played_duck = fminf(to->played_duck, 1 - e->m.ducks);
			to->own_until_ns = now_ns + KEEP_OWN_NS;
		}
	}
	a->duck = duck_on(a->duck, duck);
}

static void make_comfort(struct ts_audio *a, int64_t now_ns)
{
	int32_t noise[TS_AUDIO_FRAME] = {0};
	float present = TS_COMFORT_NONE;
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct ts_audio_entry *e = &a->plan->member[i];
		float its = e->part.mid && e->m.voice ? ts_voice_noise_dbov(e->m.voice)
						      : TS_COMFORT_NONE;
		if (its > present) present = its;
	}
	ts_comfort_tick(&a->comfort, present, now_ns);
	if (!ts_comfort_add(&a->comfort, noise)) return;
	for (enum ts_bus_plane p = 0; p < TS_BUS_PLANES; p++)
		for (int i = 0; a->planes >> p & 1 && i < TS_AUDIO_FRAME; i++)
			a->sum.plane[p][i] += noise[i];
}

void ts_audio_sum(struct ts_audio *a, int64_t now_ns)
{
	ts_bus_clear(&a->sum, a->planes);
	a->delay_ns = a->next_delay_ns = 0;
	add_plays(a, now_ns);
	for (size_t i = 0; i < a->plan->n; i++) {
		struct ts_audio_entry *e = &a->plan->member[i];
		add_voice(a, e, now_ns);
		follow_lead(e);
	}
	make_comfort(a, now_ns);
}

/* ---- what one hears, and those of one taste */

/* The gain of those whom the list does not name. */
static struct ts_mix_gain others_of(struct ts_audio *a, const struct ts_volumes *list)
{
	struct ts_mix_gain lead = {0, 0};
	if (!list) return once;
	if (!list->led) return (struct ts_mix_gain){list->others, list->others};
	for (size_t i = 0; i < list->n; i++) {
		if (!list->of[i].leads) continue;
		const struct ts_audio_entry *e = ts_audio_find(a->plan, list->of[i].key);
		if (!e) continue;
		lead.from = fmaxf(lead.from, e->lead.from);
		lead.to = fmaxf(lead.to, e->lead.to);
	}
	const float less = list->others - 1;
	return (struct ts_mix_gain){1 + less * lead.from, 1 + less * lead.to};
}

static struct ts_mix_gain between(
	struct ts_mix_gain from, struct ts_mix_gain to, struct ts_mix_gain turn)
{
	return (struct ts_mix_gain){from.from + (to.from - from.from) * turn.from,
		from.to + (to.to - from.to) * turn.to};
}

/* Two lists, of which one turns into the other; from NULL may be a list, too: of nobody. */
struct change {
	const struct ts_volumes *from, *to;
	struct ts_mix_gain turn, from_others, to_others, others;
};

static struct ts_mix_gain gain_in(
	const struct ts_volumes *list, struct ts_mix_gain others, uint64_t key)
{
	const struct ts_volume *its = ts_volumes_find(list, key);
	if (!its) return others;
	return its->follows ? (struct ts_mix_gain){others.from * its->gain, others.to * its->gain}
			    : (struct ts_mix_gain){its->gain, its->gain};
}

/* One of either list, who is not as loud as others. */
static void apply_to(struct ts_audio *a, unsigned planes, const struct change *c, uint64_t key)
{
	const struct ts_audio_entry *e = ts_audio_find(a->plan, key);
	if (!e || !e->part.mid || !e->m.voice) return;
	const struct ts_mix_gain gain = between(
		gain_in(c->from, c->from_others, key), gain_in(c->to, c->to_others, key), c->turn);
	ts_bus_add(&a->private_sum, planes, &e->part,
		(struct ts_mix_gain){gain.from - c->others.from, gain.to - c->others.to});
}

/* In private_sum, what is louder or quieter to those listeners; `self` is not in it, 0: all are. */
static void apply_volumes(struct ts_audio *a, unsigned planes, const struct ts_taste *taste,
	int64_t now_ns, uint64_t self)
{
	struct change c = {.to = taste->volumes, .turn = ts_hearing_turn(taste->since_ns, now_ns)};
	c.from = taste->since_ns ? taste->from : c.to;
	c.from_others = others_of(a, c.from);
	c.to_others = others_of(a, c.to);
	c.others = between(c.from_others, c.to_others, c.turn);
	ts_bus_scale(&a->private_sum, planes, c.others);
	const struct ts_mix_gain back = {1 - c.others.from, 1 - c.others.to};
	for (size_t i = 0; (back.from != 0 || back.to != 0) && i < a->plan->n; i++) {
		const struct ts_audio_entry *e = &a->plan->member[i];
		if (e->m.play && e->part.mid && !e->m.to)
			ts_bus_add(&a->private_sum, planes, &e->part, back);
	}
	for (size_t i = 0; c.to && i < c.to->n; i++)
		if (c.to->of[i].key != self) apply_to(a, planes, &c, c.to->of[i].key);
	for (size_t i = 0; c.from != c.to && c.from && i < c.from->n; i++)
		if (c.from->of[i].key != self && !ts_volumes_find(c.to, c.from->of[i].key))
			apply_to(a, planes, &c, c.from->of[i].key);
}

void ts_audio_sum_of_taste(struct ts_audio *a, const struct ts_taste *taste, int64_t now_ns)
{
	const unsigned planes = ts_audio_planes_of(&taste->profile);
	ts_bus_copy(&a->private_sum, &a->sum, planes);
	apply_volumes(a, planes, taste, now_ns, 0);
}

/* Not themselves, others as loud as they wish, what is played to them alone, and all of it as loud
 * as they wish. */
void ts_audio_sum_for(struct ts_audio *a, struct ts_audio_entry *to, int64_t now_ns)
{
	const unsigned planes = ts_audio_planes_of(&to->m.profile);
	const float duck = duck_on(1 - to->ducked, to->played_duck);
	ts_bus_copy(&a->private_sum, &a->sum, planes);
	if (to->part.mid) ts_bus_add(&a->private_sum, planes, &to->part, out);
	if (to->hearing.to || to->hearing.since_ns) {
		const struct ts_taste taste = {.volumes = to->hearing.to,
			.from = to->hearing.from,
			.since_ns = to->hearing.since_ns};
		apply_volumes(a, planes, &taste, now_ns, to->m.key);
	}
	ts_bus_scale(&a->private_sum, planes, (struct ts_mix_gain){1 - to->ducked, duck});
	to->ducked = 1 - duck;
	for (size_t i = 0; to->is_played_to && i < a->plan->n; i++) {
		const struct ts_audio_entry *e = &a->plan->member[i];
		if (e->m.play && e->part.mid && e->m.to == to->m.key)
			ts_bus_add(&a->private_sum, planes, &e->part, once);
	}
	if (to->m.hears != 0)
		ts_bus_scale(
			&a->private_sum, planes, (struct ts_mix_gain){to->m.hears, to->m.hears});
}
