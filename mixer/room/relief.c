/* relief - what a room does less of while the server is overloaded (mixer/overload/overload.h says
 * what each level means). */
#include "base/log.h"
#include "mixer/room/engine.h"
#include "mixer/room/model.h"

enum { HALVED_FROM_FPS = 10 };

static bool is_at(const struct ts_room *r, enum ts_overload_level level)
{
	return ts_engine_overload(r->engine) >= level;
}

static void relieve_scene(struct ts_room *r)
{
	ts_scene_relieve(
		&r->scene, is_at(r, TS_OVERLOAD_FEWER_STEPS), is_at(r, TS_OVERLOAD_FAST_ENCODERS));
}

static void on_changed(struct ts_load_watch *watch)
{
	struct ts_room *r = ts_container_of(watch, struct ts_room, load);
	relieve_scene(r);
	if (!ts_room_move_receivers(r)) ts_error("receivers not moved", "room=%s", r->config.id);
	if (!is_at(r, TS_OVERLOAD_NO_CAMERAS))
		for (struct ts_participant *p = r->first; p; p = p->next) p->camera.held = false;
	ts_room_want_plan(r);
}

void ts_room_relief_begin(struct ts_room *r)
{
	r->load.changed = on_changed;
	ts_load_watch(r->engine, &r->load);
	relieve_scene(r);
}

void ts_room_relief_end(struct ts_room *r)
{
	ts_load_unwatch(r->engine, &r->load);
}

int ts_room_draws_every(const struct ts_room *r)
{
	return is_at(r, TS_OVERLOAD_HALF_RATE) && r->config.fps >= HALVED_FROM_FPS ? 2 : 1;
}

/* ---- cameras */

/* Would its pictures be drawn if nothing were wrong? */
static bool is_seen(const struct ts_room *r, const struct ts_participant *p)
{
	return p->camera.source && !p->video_muted && !p->camera.held &&
		atomic_load_explicit(&p->camera.on, memory_order_relaxed) &&
		ts_scene_region_of(&r->scene, p->key, TS_SHOWS_CAMERA) >= 0;
}

/* Of those who are seen the ones who spoke last stay live, and where fewer have spoken those who
 * came first. */
void ts_room_freeze(struct ts_room *r)
{
	uint64_t spoke[TS_SPEAKERS_MAX];
	const bool freezes = is_at(r, TS_OVERLOAD_FROZEN_TILES);
	const size_t n_spoke = freezes ? ts_speakers_order(&r->scene.speakers, spoke) : 0;
	int live = TS_OVERLOAD_LIVE_TILES;
	for (struct ts_participant *p = r->first; p; p = p->next)
		p->camera.frozen = freezes && is_seen(r, p);
	if (!freezes) return;
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

void ts_participant_hold_camera(struct ts_participant *p)
{
	p->camera.held = is_at(p->room, TS_OVERLOAD_NO_CAMERAS) &&
		atomic_load_explicit(&p->camera.on, memory_order_relaxed);
}
