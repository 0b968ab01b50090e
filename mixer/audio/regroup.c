/* regroup - which listeners share an encoder, and which encoders of before go on as whose. */
#include "base/log.h"
#include "mixer/audio/audio_model.h"
#include <stdlib.h>
#include <string.h>

enum { ALL_GROUPS = TS_AUDIO_ALL_GROUPS };

static bool listens(const struct ts_audio_member *m)
{
	return m->sender || (m->sink && m->codec);
}

static struct ts_audio_profile profile_of(const struct ts_audio_entry *e)
{
	struct ts_audio_profile profile = e->m.profile;
	if (e->listener.frame_ms) profile.frame_ms = e->listener.frame_ms;
	return profile;
}

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

struct ts_taste ts_audio_group(const struct ts_audio *a, size_t g)
{
	return group_at(&a->groups, &a->tastes, g);
}

/* Where there is no room for the mix of a change, it is a step. */
static size_t join_group(struct ts_audio *a, struct ts_audio_entry *e)
{
	/* long frames (listener.h) are for those who all hear the same */
	struct ts_hearing *h = &e->hearing;
	struct ts_taste taste = {.volumes = h->to, .codec = e->m.codec, .profile = e->m.profile};
	size_t t = TS_AUDIO_TASTES;
	if (h->since_ns) {
		taste.from = h->from;
		taste.since_ns = h->since_ns;
		t = ts_tastes_join(&a->tastes, &taste);
		if (t == TS_AUDIO_TASTES) taste.since_ns = h->since_ns = 0;
	}
	if (t == TS_AUDIO_TASTES && h->to) t = ts_tastes_join(&a->tastes, &taste);
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

/* How near an encoder of before is to what a group needs; the rest is ts_coder_set's. */
enum nearness {
	THE_SAME,
	OTHER_PROFILE,
	CAME_THERE, /* by a change that is over */
	COMES_FROM, /* what the change begins with, and nobody stays there */
	NEARNESSES
};

static bool suits(const struct ts_taste *its, const struct ts_taste *wanted, enum nearness how)
{
	if (its->codec != wanted->codec || its->profile.stereo != wanted->profile.stereo ||
		its->profile.music != wanted->profile.music)
		return false;
	if (how == COMES_FROM)
		return wanted->since_ns && its->since_ns != wanted->since_ns &&
			ts_volumes_equal(its->volumes, wanted->from);
	struct ts_taste as = *its;
	if (how > THE_SAME) as.profile = wanted->profile;
	if (how == CAME_THERE && !wanted->since_ns) as.since_ns = 0;
	return ts_taste_equal(&as, wanted);
}

/* It is taken out. */
static struct ts_coder *find_coder(
	struct groups_before *before, const struct ts_taste *wanted, enum nearness how)
{
	for (size_t i = 0; i < ALL_GROUPS; i++) {
		struct ts_coder *c = before->coder[i];
		if (!c) continue;
		struct ts_taste its = group_at(&before->groups, &before->tastes, i);
		its.profile = *ts_coder_profile(c);
		if (!suits(&its, wanted, how)) continue;
		before->coder[i] = NULL;
		return c;
	}
	return NULL;
}

void ts_audio_form_groups(struct ts_audio *a)
{
	struct groups_before before = {.groups = a->groups, .tastes = a->tastes};
	memcpy(before.coder, a->shared, sizeof before.coder);
	memset(a->shared, 0, sizeof a->shared);
	a->groups.n = a->tastes.n = 0;
	/* Sinks first: whoever finds no mix of their own taste gets an encoder of their own, and a
	 * recording would hear what it is not to hear. */
	for (int sinks = 1; sinks >= 0; sinks--)
		for (size_t i = 0; i < a->plan->n; i++) {
			struct ts_audio_entry *e = &a->plan->member[i];
			if (listens(&e->m) && (e->m.sink != NULL) == sinks)
				e->group = join_group(a, e);
		}
	for (enum nearness how = 0; how < NEARNESSES; how++) {
		for (size_t g = 0; g < ALL_GROUPS; g++) {
			const struct ts_taste of = ts_audio_group(a, g);
			if (!of.codec || a->shared[g]) continue;
			a->shared[g] = find_coder(&before, &of, how);
			if (a->shared[g]) ts_coder_set(a->shared[g], &of.profile);
		}
	}
	for (size_t g = 0; g < ALL_GROUPS; g++) ts_coder_destroy(&before.coder[g]);
	a->regroup = true;
}

/* Another mix of the same codec says the same to whoever heard it; that of a change begins as what
 * it comes from. */
const struct ts_coder *ts_audio_like(const struct ts_audio *a, size_t group)
{
	const struct ts_taste of = ts_audio_group(a, group);
	const struct ts_coder *some = NULL;
	if (a->shared[group]) return a->shared[group];
	for (size_t g = 0; g < ALL_GROUPS; g++) {
		const struct ts_taste its = ts_audio_group(a, g);
		if (!a->shared[g] || ts_coder_codec(a->shared[g]) != of.codec) continue;
		if (of.since_ns && suits(&its, &of, COMES_FROM)) return a->shared[g];
		if (!some || its.profile.stereo == of.profile.stereo) some = a->shared[g];
	}
	return some;
}

/* A shared mix exists while somebody listens to it. receivers, scratch: room for all. */
static void group(struct ts_audio *a, size_t g, struct ts_coder_receiver *receivers,
	struct ts_sender **scratch)
{
	struct ts_sink *sinks[TS_CODER_SINKS];
	size_t n = 0, n_sinks = 0;
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct ts_audio_entry *e = &a->plan->member[i];
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
	const struct ts_taste of = ts_audio_group(a, g);
	if ((!a->shared[g] &&
		    ts_coder_create(&a->shared[g], of.codec, &of.profile, ts_audio_like(a, g))) ||
		ts_coder_send_to(a->shared[g], receivers, n, scratch) ||
		ts_coder_set_sinks(a->shared[g], sinks, n_sinks)) {
		a->regroup = true; /* out of memory: again next tick */
		ts_log_limited(TS_LOG_ERROR, "listeners without sound",
			"error=no-memory listeners=%zu", n + n_sinks);
	}
}

void ts_audio_group_listeners(struct ts_audio *a)
{
	if (!a->regroup) return;
	a->regroup = false;
	const size_t room = a->plan->n + 1;
	struct ts_coder_receiver *receivers = malloc(room * sizeof *receivers);
	struct ts_sender **scratch = malloc(room * sizeof *scratch);
	/* what a change comes from may end here: its copy is made first */
	for (size_t k = 0; receivers && scratch && k < ALL_GROUPS; k++) {
		const size_t g = (k + TS_AUDIO_GROUPS) % ALL_GROUPS;
		if (ts_audio_group(a, g).codec) group(a, g, receivers, scratch);
	}
	if (!receivers || !scratch) a->regroup = true; /* out of memory: again next tick */
	free(receivers);
	free(scratch);
}
