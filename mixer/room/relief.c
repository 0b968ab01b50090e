/* relief - what a room does less of while the server is overloaded (mixer/overload/overload.h says
 * what each level means). */
#include "base/log.h"
#include "mixer/room/engine.h"
#include "mixer/room/model.h"

enum { HALVED_FROM_FPS = 10 };

static struct ts_relief relief_of(const struct ts_room *r)
{
	const enum ts_overload_level level = ts_engine_overload(r->engine);
	return (struct ts_relief){.fewer_steps = level >= TS_OVERLOAD_FEWER_STEPS,
		.fast_encoders = level >= TS_OVERLOAD_FAST_ENCODERS,
		.frozen_tiles = level >= TS_OVERLOAD_FROZEN_TILES,
		.no_cameras = level >= TS_OVERLOAD_NO_CAMERAS,
		.half_rate = level >= TS_OVERLOAD_HALF_RATE};
}

/* Who receives what, as a number: another one when that has changed. */
static uint64_t receivers_print(const struct ts_room *r)
{
	uint64_t print = 0xcbf29ce484222325;
	for (const struct ts_participant *p = r->first; p; p = p->next) {
		const struct ts_receiver *by = &p->receiver;
		print = (print ^ (by->output ? ts_output_id(by->output) : 0)) * 0x100000001b3;
		print = (print ^ (by->next ? ts_output_id(by->next) : 0)) * 0x100000001b3;
	}
	return print;
}

static bool move_receivers(struct ts_room *r)
{
	const uint64_t before = receivers_print(r);
	for (struct ts_room_view *v = &r->main; v; v = v->next)
		ts_scene_relieve(&v->scene, r->relief.fewer_steps, r->relief.fast_encoders);
	if (!ts_room_move_receivers(r)) ts_error("receivers not moved", "room=%s", r->config.id);
	return receivers_print(r) != before;
}

/* Is anything sent that would be drawn at half its rate? */
static bool draws_fast(const struct ts_room *r)
{
	for (const struct ts_room_view *v = &r->main; v; v = v->next)
		if (v->scene.n_outputs && v->config.fps >= HALVED_FROM_FPS) return true;
	return false;
}

static bool show_held(struct ts_room *r)
{
	bool changed = false;
	for (struct ts_participant *p = r->first; p; p = p->next) {
		changed |= p->camera.held;
		ts_participant_hold_camera(p);
	}
	return changed;
}

/* There may be hundreds of rooms, and the machine is at its limit: one for which nothing changes
 * has nothing to do. */
static void on_changed(struct ts_load_watch *watch)
{
	struct ts_room *r = ts_container_of(watch, struct ts_room, load);
	const struct ts_relief before = r->relief, now = relief_of(r);
	r->relief = now;
	bool changed = now.half_rate != before.half_rate && draws_fast(r);
	if (now.fewer_steps != before.fewer_steps || now.fast_encoders != before.fast_encoders)
		changed |= move_receivers(r);
	if (before.no_cameras && !now.no_cameras) changed |= show_held(r);
	if (now.frozen_tiles != before.frozen_tiles) changed |= ts_room_freeze(r);
	if (changed) ts_room_schedule_plan(r);
}

void ts_room_relief_begin(struct ts_room *r)
{
	r->load.changed = on_changed;
	ts_load_watch(r->engine, &r->load);
	r->relief = relief_of(r);
	ts_scene_relieve(&r->main.scene, r->relief.fewer_steps, r->relief.fast_encoders);
}

void ts_room_relief_end(struct ts_room *r)
{
	ts_load_unwatch(r->engine, &r->load);
}

int ts_room_draws_every(const struct ts_room_view *v)
{
	return ts_engine_overload(v->room->engine) >= TS_OVERLOAD_HALF_RATE &&
			v->config.fps >= HALVED_FROM_FPS
		? 2
		: 1;
}

/* What is presented is read, and changes at once. */
int ts_room_transition_ms(const struct ts_room_view *v)
{
	const bool relaxed = ts_engine_overload(v->room->engine) == TS_OVERLOAD_NONE;
	return relaxed && !v->config.hidden ? v->room->config.transition_ms : 0;
}

/* ---- cameras */

/* Would its pictures be drawn if nothing were wrong? */
static bool is_seen(const struct ts_room *r, const struct ts_participant *p)
{
	if (!p->camera.source || p->video_muted || p->camera.held ||
		!atomic_load_explicit(&p->camera.on, memory_order_relaxed))
		return false;
	for (const struct ts_room_view *v = &r->main; v; v = v->next)
		if (ts_room_view_is_wanted(v) &&
			ts_scene_region_of(&v->scene, p->key, TS_SHOWS_CAMERA) >= 0)
			return true;
	return false;
}

/* Of those who are seen the ones who spoke last stay live, and where fewer have spoken those who
 * came first. */
static void choose_live(struct ts_room *r)
{
	uint64_t spoke[TS_SPEAKERS_MAX];
	const size_t n_spoke = ts_speakers_order(&r->main.scene.speakers, spoke);
	int live = TS_OVERLOAD_LIVE_TILES;
	for (size_t i = 0; i < n_spoke && live; i++) {
		struct ts_participant *p = ts_room_by_key(r, spoke[i]);
		if (!p || !p->camera.frozen) continue;
		p->camera.frozen = false;
		live--;
	}
	for (struct ts_participant *p = r->first; p && live; p = p->next) {
		if (!p->camera.frozen) continue;
		p->camera.frozen = false;
		live--;
	}
}

bool ts_room_freeze(struct ts_room *r)
{
	bool changed = false;
	for (struct ts_participant *p = r->first; p; p = p->next) {
		p->camera.was_frozen = p->camera.frozen;
		p->camera.frozen = r->relief.frozen_tiles && is_seen(r, p);
	}
	if (r->relief.frozen_tiles) choose_live(r);
	for (const struct ts_participant *p = r->first; p; p = p->next)
		changed |= p->camera.frozen != p->camera.was_frozen;
	return changed;
}

/* One that was shown before went off for a moment, or its participant came back: it costs no more
 * than before. */
void ts_participant_hold_camera(struct ts_participant *p)
{
	const bool on = atomic_load_explicit(&p->camera.on, memory_order_relaxed);
	p->camera.held = on && !p->camera.shown && p->room->relief.no_cameras;
	p->camera.shown |= on && !p->camera.held;
}
