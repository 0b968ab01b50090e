#include "mixer/room/views.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct ts_canvas canvas_of(const struct ts_room_view_config *c)
{
	const uint32_t kbps = c->bitrate_kbps ? c->bitrate_kbps
					      : ts_ladder_auto_kbps(c->width, c->height, c->fps);
	return (struct ts_canvas){c->width, c->height, c->fps, kbps * 1000, c->ladder};
}

static bool same_video(const struct ts_room_view_config *a, const struct ts_room_view_config *b)
{
	return a->width == b->width && a->height == b->height && a->fps == b->fps &&
		a->bitrate_kbps == b->bitrate_kbps &&
		!memcmp(&a->ladder, &b->ladder, sizeof a->ladder);
}

/* Whoever asks for a snapshot again within it is shown cameras that are decoded by then. */
#define LOOK_NS (2 * TS_NS_PER_S)

static bool is_main(const struct ts_room_view *v)
{
	return v == &v->room->main;
}

static bool is_listed(const struct ts_room_view *v)
{
	return !v->removed && !v->config.hidden;
}

/* ---- looking */

struct ts_room_view *ts_room_find_view(struct ts_room *r, const char *id)
{
	for (struct ts_room_view *v = &r->main; v; v = v->next)
		if (!v->removed && !strcmp(v->config.id, id)) return v;
	return NULL;
}

struct ts_room_view *ts_room_main_view(struct ts_room *r)
{
	return &r->main;
}

struct ts_room_view *ts_room_next_view(struct ts_room *r, const struct ts_room_view *v)
{
	(void)r;
	struct ts_room_view *next = v->next;
	while (next && !is_listed(next)) next = next->next;
	return next;
}

static size_t count_views(const struct ts_room *r)
{
	size_t n = 0;
	for (const struct ts_room_view *v = &r->main; v; v = v->next) n += is_listed(v);
	return n;
}

const struct ts_room_view_config *ts_room_view_config(const struct ts_room_view *v)
{
	return &v->config;
}

bool ts_room_view_is_main(const struct ts_room_view *v)
{
	return is_main(v);
}

size_t ts_room_view_receivers(const struct ts_room_view *v)
{
	size_t n = 0;
	for (const struct ts_participant *p = v->room->first; p; p = p->next)
		n += ts_participant_sees(p) == v && p->receiver.codec;
	return n;
}

static bool is_of(const struct ts_room_sink *sink, const struct ts_room_view *v)
{
	return sink->view ? sink->view == v : is_main(v);
}

size_t ts_room_view_sinks(const struct ts_room_view *v)
{
	size_t n = 0;
	for (const struct ts_room_sink *s = v->room->sinks; s; s = s->next)
		n += s->video_codec && is_of(s, v);
	return n;
}

size_t ts_room_view_outputs(const struct ts_room_view *v)
{
	return v->n_sent;
}

bool ts_room_view_is_wanted(const struct ts_room_view *v)
{
	return is_main(v) || v->scene.n_outputs || v->looked_ns || ts_room_view_sinks(v);
}

void ts_room_look_at_view(struct ts_room_view *v)
{
	const bool seen = ts_room_view_is_seen(v);
	if (is_main(v) || v->removed || v->room->closing || !v->room->first) return;
	v->looked_ns = ts_now_ns();
	if (!seen) ts_room_replan(v->room);
}

bool ts_room_forget_looks(struct ts_room *r, int64_t now_ns)
{
	bool over = false;
	for (struct ts_room_view *v = &r->main; v; v = v->next) {
		if (!v->looked_ns || now_ns - v->looked_ns < LOOK_NS) continue;
		v->looked_ns = 0;
		over = true;
	}
	return over;
}

int ts_room_view_region_of(
	const struct ts_room_view *v, const struct ts_participant *p, enum ts_shows shows)
{
	return ts_scene_region_of(&v->scene, p->key, shows);
}

struct ts_room_view *ts_room_view_of_output(struct ts_room *r, const struct ts_output *output)
{
	for (struct ts_room_view *v = &r->main; v && output; v = v->next)
		for (size_t i = 0; i < v->scene.n_outputs; i++)
			if (v->scene.output[i] == output) return v;
	return NULL;
}

struct ts_room_view *ts_room_told_view(const struct ts_room *r)
{
	return r->told_view;
}

void ts_room_touch_view(struct ts_room_view *v, enum ts_room_change what)
{
	struct ts_room *r = v->room;
	struct ts_room_view *outer = r->told_view; /* whoever is told may change another one */
	if (v->config.hidden) return;
	r->told_view = v;
	ts_room_touch(r, what, NULL);
	r->told_view = outer;
}

/* ---- who receives which */

static const char *why_none(int err)
{
	return err == TS_EUNSUPPORTED ? "decoder-too-small" : "no-encoder";
}

bool ts_participant_fits_view(const struct ts_participant *p, const struct ts_room_view *view)
{
	struct ts_ladder steps;
	if (!p->receiver.codec) return true;
	ts_ladder_fit(&view->scene.ladder, &p->receiver.need, &steps);
	return steps.n > 0;
}

/* After an error they are in the one before. Who has a view of their own has one of the new home
 * with the next plan. */
static int go_home(struct ts_participant *p, struct ts_room_view *view)
{
	struct ts_room_view *before = p->home;
	if (p->personal && !ts_participant_fits_view(p, view)) return TS_EUNSUPPORTED;
	p->home = view;
	if (p->personal) return 0;
	if (!p->receiver.codec) return 0;
	const int err = ts_participant_choose(p);
	if (err) p->home = before;
	return err;
}

void ts_participant_use_view(struct ts_participant *p, struct ts_room_view *view)
{
	if (view->room == p->room && !view->removed) go_home(p, view);
}

int ts_participant_set_view(struct ts_participant *p, struct ts_room_view *view)
{
	if (p->state == TS_P_ENDED || view->removed || view->room != p->room) return TS_ECLOSED;
	if (p->home == view) return 0;
	const int err = go_home(p, view);
	if (err) return err;
	ts_count(TS_C_VIEW_CHANGES);
	ts_info("view", "room=%s participant=%s view=%s", p->room->config.id, p->id,
		view->config.id);
	ts_room_schedule_plan(p->room);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	return 0;
}

struct ts_room_view *ts_participant_view(const struct ts_participant *p)
{
	return p->home;
}

static void hide_feeds(struct ts_participant *p, int slot)
{
	static const struct ts_layer_need nothing;
	struct ts_source *source[] = {p->camera.source, p->slides.source};
	for (size_t i = 0; i < sizeof source / sizeof source[0]; i++) {
		if (!source[i]) continue;
		ts_source_set_shown(source[i], slot, false);
		ts_source_set_tile(source[i], slot, &nothing);
	}
}

void ts_participant_leave_views(struct ts_participant *p)
{
	for (struct ts_room_view *v = p->room->main.next; v; v = v->next) hide_feeds(p, v->slot);
	ts_participant_leave_personal(p);
	p->home = &p->room->main;
}

/* ---- settings */

/* Who is sent an output of another view until one of theirs is there: its clock is another now. */
static void cut_over(struct ts_room_view *v)
{
	for (struct ts_participant *p = v->room->first; p; p = p->next)
		if (ts_participant_sees(p) != v && p->receiver.next &&
			ts_room_view_of_output(v->room, p->receiver.output) == v)
			ts_receiver_cut_over(&p->receiver);
}

bool ts_room_view_use_config(struct ts_room_view *v, const struct ts_room_view_config *config)
{
	const bool video = !same_video(&v->config, config);
	const struct ts_canvas canvas = canvas_of(config);
	if (v->config.fps != config->fps) cut_over(v);
	v->config = *config;
	if (video) ts_scene_set_canvas(&v->scene, &canvas);
	return video;
}

static struct ts_room_view_config config_of_main(const struct ts_room_config *c)
{
	return (struct ts_room_view_config){.id = "main",
		.width = c->width,
		.height = c->height,
		.fps = c->fps,
		.bitrate_kbps = c->bitrate_kbps,
		.ladder = c->ladder,
		.branding = c->branding};
}

bool ts_room_main_use_config(struct ts_room *r)
{
	const struct ts_room_view_config config = config_of_main(&r->config);
	return ts_room_view_use_config(&r->main, &config);
}

int ts_room_change_view(struct ts_room_view *v, const struct ts_room_view_config *config)
{
	struct ts_room *r = v->room;
	struct ts_room_view_config fresh = *config;
	assert(!is_main(v));
	if (r->closing || v->removed) return TS_ECLOSED;
	memcpy(fresh.id, v->config.id, sizeof fresh.id);
	fresh.hidden = v->config.hidden;
	if (ts_room_view_use_config(v, &fresh) && !ts_room_move_receivers(r))
		ts_error("receivers not moved", "room=%s view=%s", r->config.id, v->config.id);
	ts_room_schedule_plan(r);
	ts_info("view changed", "room=%s view=%s width=%d height=%d fps=%d", r->config.id,
		v->config.id, fresh.width, fresh.height, fresh.fps);
	ts_room_touch_view(v, TS_ROOM_VIEW_CHANGED);
	return 0;
}

/* ---- coming and going */

void ts_room_main_init(struct ts_room *r)
{
	struct ts_room_view *v = &r->main;
	v->room = r;
	v->slot = TS_VIEW_MAIN;
	v->config = config_of_main(&r->config);
	const struct ts_canvas canvas = canvas_of(&v->config);
	ts_scene_init(&v->scene, r->engine->video, &canvas);
}

/* Behind the last; *slot: one that is free, -1: none. */
static struct ts_room_view **end_of(struct ts_room *r, int *slot)
{
	unsigned taken = 0;
	struct ts_room_view *last = &r->main;
	for (struct ts_room_view *v = &r->main; v; v = v->next) {
		taken |= 1u << v->slot;
		last = v;
	}
	const int free_slot = __builtin_ctz(~taken);
	*slot = free_slot < TS_VIEWS_MAX ? free_slot : -1;
	return &last->next;
}

static int make_view(struct ts_room_view **out, struct ts_room *r,
	const struct ts_room_view_config *config, int slot)
{
	struct ts_room_view *v = calloc(1, sizeof *v);
	if (!v) return TS_ENOMEM;
	v->room = r;
	v->slot = slot;
	v->config = *config;
	const struct ts_canvas canvas = canvas_of(config);
	ts_scene_init(&v->scene, r->engine->video, &canvas);
	ts_scene_relieve(&v->scene, r->relief.fewer_steps, r->relief.fast_encoders);
	const int err = ts_view_create(&v->view, r->engine->tick, r->epoch_ns);
	if (err) {
		ts_scene_fini(&v->scene);
		free(v);
		return err;
	}
	*out = v;
	return 0;
}

int ts_room_add_view(struct ts_room *r, const struct ts_room_view_config *config,
	struct ts_layout_doc *doc, struct ts_room_view **out)
{
	struct ts_room_view *v;
	int slot;
	if (r->closing) return TS_ECLOSED;
	if (ts_room_find_view(r, config->id)) return TS_EEXIST;
	struct ts_room_view **at = end_of(r, &slot);
	if (slot < 0 || (!config->hidden && count_views(r) >= TS_ROOM_VIEWS_MAX)) return TS_ELIMIT;
	const int err = make_view(&v, r, config, slot);
	if (err) return err;
	struct ts_wishes wishes = r->main.scene.wishes;
	wishes.pinned.n = 0;
	ts_scene_set_wishes(&v->scene, &wishes);
	ts_scene_set_doc(&v->scene, doc ? doc : r->main.scene.doc);
	/* who spoke until now */
	v->scene.speakers = r->main.scene.speakers;
	*at = v;
	atomic_fetch_add(&r->strands_open, 1);
	ts_count_add(TS_C_VIEWS, !config->hidden);
	ts_info("view created", "room=%s view=%s width=%d height=%d fps=%d", r->config.id,
		config->id, config->width, config->height, config->fps);
	*out = v;
	ts_room_touch_view(v, TS_ROOM_VIEW_CREATED);
	return 0;
}

/* Main it is from now on, or no video where that has nothing for them. */
static void send_home(struct ts_participant *p)
{
	p->home = &p->room->main;
	if (!p->receiver.codec || p->personal) return;
	const int err = ts_participant_choose(p);
	if (!err) return;
	ts_info("no video sent", "room=%s participant=%s reason=%s", p->room->config.id, p->id,
		why_none(err));
	ts_receiver_release(&p->receiver);
}

void ts_room_remove_view(struct ts_room_view *v)
{
	struct ts_room *r = v->room;
	assert(!is_main(v));
	if (r->closing || v->removed) return;
	v->removed = true;
	ts_room_end_personal(v);
	for (struct ts_participant *p = r->first; p; p = p->next)
		if (p->home == v) send_home(p);
	for (struct ts_room_sink *s = r->sinks; s; s = s->next)
		if (s->view == v) s->view = NULL;
	ts_count_add(TS_C_VIEWS, -!v->config.hidden);
	ts_info("view removed", "room=%s view=%s", r->config.id, v->config.id);
	ts_room_touch_view(v, TS_ROOM_VIEW_REMOVED);
	ts_room_schedule_plan(r);
}

/* On a worker. */
static void main_closed(void *arg)
{
	struct ts_room_view *v = arg;
	ts_room_strand_closed(v->room);
}

static void view_closed(void *arg)
{
	struct ts_room_view *v = arg;
	struct ts_room *r = v->room;
	free(v);
	ts_room_strand_closed(r);
}

static void end_view(struct ts_room_view *v)
{
	ts_room_view_count_composed(v, false);
	for (struct ts_participant *p = v->room->first; p; p = p->next) hide_feeds(p, v->slot);
	ts_painting_unref(&v->captions.painting);
	ts_scene_fini(&v->scene);
	ts_view_close(v->view, view_closed, v);
}

void ts_room_end_views(struct ts_room *r)
{
	for (struct ts_room_view **at = &r->main.next, *v; (v = *at);) {
		if (!v->removed || v->scene.n_outputs) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		end_view(v);
	}
}

void ts_room_close_views(struct ts_room *r)
{
	while (r->main.next) {
		struct ts_room_view *v = r->main.next;
		r->main.next = v->next;
		ts_count_add(TS_C_VIEWS, -is_listed(v));
		ts_room_end_personal(v);
		end_view(v);
	}
	ts_room_view_count_composed(&r->main, false);
	ts_painting_unref(&r->main.captions.painting);
	ts_scene_release_outputs(&r->main.scene);
	ts_view_close(r->main.view, main_closed, &r->main);
}
