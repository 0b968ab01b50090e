#include "mixer/room/personal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_NS (4 * TS_NS_PER_S) /* after no encoder could be had */

/* ---- what is wanted */

static enum ts_self self_of(const struct ts_participant *p)
{
	return p->wants.self == TS_SELF_ROOM ? p->room->config.self : p->wants.self;
}

static bool is_of_use(const struct ts_layout_doc *doc, const struct ts_room_view *base)
{
	struct ts_layout_error err;
	return !ts_layout_check(doc, base->config.width, base->config.height, &err);
}

/* What they should have, and as far as that is known whether they may; base NULL: nothing of their
 * own. */
static enum ts_personal_state read_wish(
	const struct ts_participant *p, struct ts_personal_wish *out)
{
	const enum ts_self self = self_of(p);
	struct ts_layout_doc *doc = p->wants.doc;
	*out = (struct ts_personal_wish){0};
	if (!p->receiver.codec || !ts_participant_is_here(p) || p->unproven || p->room->card ||
		!ts_participant_fits_view(p, p->home))
		return TS_PERSONAL_NONE;
	if (doc == p->home->scene.doc) doc = NULL;
	const bool apart = self != TS_SELF_SHOW && ts_participant_is_on_stage(p);
	if (!doc && !apart) return TS_PERSONAL_NONE;
	*out = (struct ts_personal_wish){.base = p->home,
		.doc = doc,
		.apart = apart ? p->key : 0,
		.in_corner = apart && self == TS_SELF_CORNER};
	if (!doc || is_of_use(doc, p->home)) return TS_PERSONAL_OWN;
	out->doc = NULL;
	if (!apart) out->base = NULL;
	return TS_PERSONAL_UNFIT;
}

static bool same_wish(const struct ts_personal_wish *a, const struct ts_personal_wish *b)
{
	return a->base == b->base && a->doc == b->doc && a->apart == b->apart &&
		a->in_corner == b->in_corner;
}

static void set_wish(struct ts_room_view *v, const struct ts_personal_wish *wish)
{
	struct ts_layout_doc *before = v->wish.doc;
	v->wish = *wish;
	if (v->wish.doc) ts_layout_doc_ref(v->wish.doc);
	if (before) ts_layout_doc_unref(&before);
}

/* ---- the views */

static struct ts_room_view *find_view(struct ts_room *r, const struct ts_personal_wish *wish)
{
	for (struct ts_room_view *v = r->main.next; v; v = v->next)
		if (v->wish.base && same_wish(&v->wish, wish)) return v;
	return NULL;
}

/* It is as its home, but for what it is there for. True: its canvas is another. */
static bool follow_base(struct ts_room_view *v)
{
	struct ts_room_view *base = v->wish.base;
	struct ts_room_view_config config = base->config;
	struct ts_layout_doc *doc = v->wish.doc ? v->wish.doc : base->scene.doc;
	struct ts_wishes wishes = base->scene.wishes;
	memcpy(config.id, v->config.id, sizeof config.id);
	config.hidden = true;
	if (v->wish.doc) wishes.pinned.n = 0; /* they are of regions of another layout */
	if (doc != v->scene.doc) ts_scene_set_doc(&v->scene, doc);
	ts_scene_set_wishes(&v->scene, &wishes);
	ts_scene_set_apart(&v->scene, v->wish.apart, v->wish.in_corner);
	return ts_room_view_use_config(v, &config);
}

static void choose_again(struct ts_participant *p)
{
	const int err = p->receiver.codec ? ts_participant_choose(p) : 0;
	/* whoever is without memory keeps what they are sent, and tries again */
	if (err == TS_EUNSUPPORTED) ts_receiver_release(&p->receiver);
}

static void use_shared(struct ts_participant *p)
{
	if (!p->personal) return;
	p->personal->sharers--;
	p->personal = NULL;
	choose_again(p);
}

/* An error: they have the shared one. */
static int use_own(struct ts_participant *p, struct ts_room_view *v)
{
	struct ts_room_view *before = p->personal;
	if (before) before->sharers--;
	v->sharers++;
	p->personal = v;
	const int err = ts_participant_choose(p);
	if (err) use_shared(p);
	return err;
}

static int make_view(
	struct ts_room_view **out, struct ts_room *r, const struct ts_personal_wish *wish)
{
	struct ts_room_view_config config = wish->base->config;
	config.hidden = true;
	snprintf(config.id, sizeof config.id, "=own-%llu", (unsigned long long)++r->personal_made);
	const int err = ts_room_add_view(r, &config, wish->base->scene.doc, out);
	if (err) return err;
	set_wish(*out, wish);
	follow_base(*out);
	r->n_personal++;
	ts_extras_begin(&r->engine->extras, ts_now_ns());
	ts_count(TS_C_PERSONAL_VIEWS);
	return 0;
}

void ts_room_end_personal(struct ts_room_view *v)
{
	static const struct ts_personal_wish none;
	if (!v->wish.base) return;
	set_wish(v, &none);
	v->room->n_personal--;
	v->room->engine->extras.n--;
	ts_count_add(TS_C_PERSONAL_VIEWS, -1);
}

/* Of one with sharers they go home. */
static void remove_view(struct ts_room_view *v)
{
	for (struct ts_participant *p = v->room->first; p && v->sharers; p = p->next)
		if (p->personal == v) use_shared(p);
	ts_room_remove_view(v);
}

/* ---- who has which */

static enum ts_personal_state may_begin(const struct ts_room *r, int64_t now_ns)
{
	static const enum ts_personal_state of[] = {[TS_EXTRAS_FIT] = TS_PERSONAL_OWN,
		[TS_EXTRAS_FULL] = TS_PERSONAL_FULL,
		[TS_EXTRAS_BUSY] = TS_PERSONAL_BUSY,
		[TS_EXTRAS_SOON] = TS_PERSONAL_BUSY,
		[TS_EXTRAS_OVERLOADED] = TS_PERSONAL_OVERLOADED};
	const struct ts_engine *e = r->engine;
	if (r->relief.no_personal_views) return TS_PERSONAL_OVERLOADED;
	if (r->n_personal >= TS_ROOM_PERSONAL_MAX) return TS_PERSONAL_ROOM_FULL;
	return of[ts_extras_may(&e->extras, ts_engine_overload(e), now_ns)];
}

static enum ts_personal_state begin(
	struct ts_participant *p, const struct ts_personal_wish *wish, int64_t now_ns)
{
	struct ts_room_view *v;
	const enum ts_personal_state may = may_begin(p->room, now_ns);
	if (may != TS_PERSONAL_OWN) return may;
	if (now_ns < p->personal_again_ns) return TS_PERSONAL_FAILED;
	int err = make_view(&v, p->room, wish);
	if (!err) {
		err = use_own(p, v);
		if (err) remove_view(v);
	}
	if (!err) return TS_PERSONAL_OWN;
	/* those that were removed last have not ended yet */
	if (err == TS_ELIMIT) return TS_PERSONAL_ROOM_FULL;
	p->personal_again_ns = now_ns + AGAIN_NS;
	return TS_PERSONAL_FAILED;
}

/* Has what they want, or gets what is there. */
static bool is_served(struct ts_participant *p, const struct ts_personal_wish *wish)
{
	struct ts_room_view *v = find_view(p->room, wish);
	if (v && v == p->personal) return true;
	if (v) return !use_own(p, v);
	if (!p->personal || p->personal->sharers > 1) return false;
	/* theirs alone: another composition of the same encoder */
	set_wish(p->personal, wish);
	return true;
}

/* Who keeps what they have, or goes home: so that places are free before others come. */
static void settle(struct ts_room *r)
{
	for (struct ts_participant *p = r->first; p; p = p->next) {
		struct ts_personal_wish wish;
		p->personal_state = read_wish(p, &wish);
		if (!wish.base || r->relief.no_personal_views || !is_served(p, &wish))
			use_shared(p);
	}
	for (struct ts_room_view *v = r->main.next; v; v = v->next)
		if (v->wish.base && !v->sharers) remove_view(v);
}

static void admit(struct ts_room *r, int64_t now_ns)
{
	r->personal_waits = false;
	r->personal_again_ns = INT64_MAX;
	for (struct ts_participant *p = r->first; p; p = p->next) {
		struct ts_personal_wish wish;
		if (p->personal || p->personal_state == TS_PERSONAL_NONE) continue;
		read_wish(p, &wish);
		if (!wish.base) continue; /* UNFIT */
		struct ts_room_view *v = r->relief.no_personal_views ? NULL : find_view(r, &wish);
		const enum ts_personal_state got = v && !use_own(p, v) ? TS_PERSONAL_OWN
								       : begin(p, &wish, now_ns);
		/* of a layout that is of no use it is said whatever becomes of the rest */
		if (got != TS_PERSONAL_OWN) p->personal_state = got;
		if (got == TS_PERSONAL_OWN) continue;
		r->personal_waits = true;
		if (p->personal_again_ns < r->personal_again_ns)
			r->personal_again_ns = p->personal_again_ns;
	}
}

static void follow_bases(struct ts_room *r)
{
	for (struct ts_room_view *v = r->main.next; v; v = v->next) {
		if (!v->wish.base || !follow_base(v)) continue;
		for (struct ts_participant *p = r->first; p; p = p->next)
			if (p->personal == v) choose_again(p);
	}
}

void ts_room_choose_personal(struct ts_room *r)
{
	settle(r);
	follow_bases(r);
	admit(r, ts_now_ns());
}

bool ts_room_personal_is_due(const struct ts_room *r, int64_t now_ns)
{
	return r->personal_waits && now_ns >= r->personal_again_ns &&
		may_begin(r, now_ns) == TS_PERSONAL_OWN;
}

/* ---- what is told */

const char *ts_personal_because(enum ts_personal_state state)
{
	static const char *const names[TS_PERSONAL_STATES] = {[TS_PERSONAL_FULL] = "limit",
		[TS_PERSONAL_BUSY] = "load",
		[TS_PERSONAL_OVERLOADED] = "overload",
		[TS_PERSONAL_ROOM_FULL] = "room-limit",
		[TS_PERSONAL_UNFIT] = "layout",
		[TS_PERSONAL_FAILED] = "no-encoder"};
	return names[state];
}

static void count(enum ts_personal_state before, enum ts_personal_state now)
{
	static const enum ts_counter refused[TS_PERSONAL_STATES] = {
		[TS_PERSONAL_FULL] = TS_C_PERSONAL_LIMIT,
		[TS_PERSONAL_BUSY] = TS_C_PERSONAL_LOAD,
		[TS_PERSONAL_OVERLOADED] = TS_C_PERSONAL_OVERLOAD,
		[TS_PERSONAL_ROOM_FULL] = TS_C_PERSONAL_ROOM,
		[TS_PERSONAL_UNFIT] = TS_C_PERSONAL_LAYOUT,
		[TS_PERSONAL_FAILED] = TS_C_PERSONAL_ENCODER};
	if (!ts_personal_because(now)) return;
	ts_count(refused[now]);
	if (before == TS_PERSONAL_OWN) ts_count(TS_C_PERSONAL_FALLBACKS);
}

static void tell(struct ts_participant *p)
{
	const enum ts_personal_state before = p->personal_told, now = p->personal_state;
	const char *because = ts_personal_because(now);
	if (before == now) return;
	p->personal_told = now;
	count(before, now);
	ts_info("personal view", "room=%s participant=%s state=%s%s%s", p->room->config.id, p->id,
		now == TS_PERSONAL_NONE          ? "none"
			: now == TS_PERSONAL_OWN ? "own"
						 : "shared",
		because ? " reason=" : "", because ? because : "");
	ts_room_touch(p->room, TS_ROOM_PERSONAL, p);
}

/* Whoever is told may make somebody leave. */
void ts_room_tell_personal(struct ts_room *r)
{
	for (struct ts_participant *p = r->first, *next; p && !r->closing; p = next) {
		next = p->next;
		tell(p);
	}
}

/* What they would be sent of the view, and its drawing. */
static int64_t pixels_of(const struct ts_participant *p)
{
	const struct ts_room_view_config *c = &ts_participant_sees(p)->config;
	const struct ts_step *step = p->receiver.output
		? &ts_output_config(p->receiver.output)->step
		: &ts_participant_sees(p)->scene.ladder.step[0];
	return (int64_t)c->width * c->height * c->fps +
		(int64_t)step->width * step->height * step->fps;
}

static int64_t pixels_of_view(const struct ts_room_view *v)
{
	int64_t n = (int64_t)v->config.width * v->config.height * v->config.fps;
	for (size_t i = 0; i < v->scene.n_outputs; i++) {
		const struct ts_step *step = &ts_output_config(v->scene.output[i])->step;
		n += (int64_t)step->width * step->height * step->fps;
	}
	return n;
}

void ts_participant_personal_info(const struct ts_participant *p, struct ts_personal_info *out)
{
	const struct ts_room_view *v = p->personal;
	*out = (struct ts_personal_info){.state = p->personal_state, .self = self_of(p)};
	if (p->personal_state == TS_PERSONAL_NONE) return;
	out->sharers = v ? v->sharers : 0;
	out->encoders = v ? v->n_sent : 0;
	out->pixels_per_s = v ? pixels_of_view(v) : pixels_of(p);
}

/* ---- what is asked for */

int ts_participant_set_wants(struct ts_participant *p, const struct ts_wants *wants)
{
	if (p->state == TS_P_ENDED) return TS_ECLOSED;
	if (p->wants.self == wants->self && p->wants.doc == wants->doc) return 0;
	struct ts_layout_doc *before = p->wants.doc;
	p->wants = *wants;
	if (p->wants.doc) ts_layout_doc_ref(p->wants.doc);
	if (before) ts_layout_doc_unref(&before);
	p->personal_again_ns = 0;
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	ts_room_replan(p->room);
	return 0;
}

const struct ts_wants *ts_participant_wants(const struct ts_participant *p)
{
	return &p->wants;
}

static bool volume_is_ok(const struct ts_participant *p, const struct ts_volume *v)
{
	return v->key != p->key && ts_room_by_key(p->room, v->key) && v->gain >= 0 &&
		v->gain <= TS_VOLUME_MAX;
}

/* [take] fresh */
static void use_volumes(struct ts_participant *p, struct ts_volumes *fresh)
{
	if (ts_volumes_equal(p->volumes, fresh)) {
		ts_volumes_unref(&fresh);
		return;
	}
	ts_volumes_unref(&p->volumes);
	p->volumes = fresh;
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	ts_room_schedule_plan(p->room);
}

int ts_participant_set_volumes(struct ts_participant *p, const struct ts_volume *of, size_t n)
{
	struct ts_volumes *fresh = NULL;
	if (p->state == TS_P_ENDED) return TS_ECLOSED;
	if (n > TS_VOLUMES_MAX) return TS_ELIMIT;
	for (size_t i = 0; i < n; i++)
		if (!volume_is_ok(p, &of[i])) return TS_EINVAL;
	const int err = n ? ts_volumes_create(&fresh, of, n) : 0;
	if (!err) use_volumes(p, fresh);
	return err;
}

const struct ts_volumes *ts_participant_volumes(const struct ts_participant *p)
{
	return p->volumes;
}

bool ts_participant_volumes_heard(const struct ts_participant *p)
{
	return p->volumes_heard;
}

/* ---- coming and going */

/* Without the one of that key; out of memory: with it, which does nothing. */
static void drop_volume(struct ts_participant *p, uint64_t key)
{
	struct ts_volume left[TS_VOLUMES_MAX];
	struct ts_volumes *fresh = NULL;
	size_t n = 0;
	for (size_t i = 0; p->volumes && i < p->volumes->n; i++)
		if (p->volumes->of[i].key != key) left[n++] = p->volumes->of[i];
	if (!p->volumes || n == p->volumes->n) return;
	if (n && ts_volumes_create(&fresh, left, n)) return;
	use_volumes(p, fresh);
}

void ts_participant_leave_personal(struct ts_participant *p)
{
	if (p->personal) p->personal->sharers--;
	p->personal = NULL;
	p->personal_state = p->personal_told = TS_PERSONAL_NONE;
	ts_volumes_unref(&p->volumes);
	p->volumes_heard = false;
	for (struct ts_participant *other = p->room->first; other; other = other->next)
		drop_volume(other, p->key);
}

void ts_participant_copy_personal(struct ts_participant *p, const struct ts_participant *old)
{
	struct ts_layout_doc *before = p->wants.doc;
	p->wants = old->wants;
	if (p->wants.doc) ts_layout_doc_ref(p->wants.doc);
	if (before) ts_layout_doc_unref(&before);
	ts_volumes_unref(&p->volumes);
	if (old->volumes) p->volumes = ts_volumes_ref(old->volumes);
}

void ts_participant_free_personal(struct ts_participant *p)
{
	if (p->wants.doc) ts_layout_doc_unref(&p->wants.doc);
	ts_volumes_unref(&p->volumes);
}
