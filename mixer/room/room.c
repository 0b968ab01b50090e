#include "mixer/room/room.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "mixer/room/model.h"
#include <assert.h>
#include <malloc.h>
#include <stdlib.h>

#define HOUSEKEEPING_NS (250 * TS_NS_PER_MS)
#define TIDY_NS TS_NS_PER_S

static const enum ts_counter kind_gauge[TS_KIND_COUNT] = {
	[TS_KIND_WEBRTC] = TS_C_PARTICIPANTS_WEBRTC,
	[TS_KIND_WHIP] = TS_C_PARTICIPANTS_WHIP,
	[TS_KIND_WHEP] = TS_C_PARTICIPANTS_WHEP,
	[TS_KIND_SIP] = TS_C_PARTICIPANTS_SIP,
	[TS_KIND_INPUT] = TS_C_PARTICIPANTS_INPUT,
	[TS_KIND_MACHINE] = TS_C_PARTICIPANTS_MACHINE,
};

void ts_room_touch(struct ts_room *r, enum ts_room_change what, struct ts_participant *participant)
{
	r->revision++;
	if (r->events.changed) r->events.changed(r->arg, r, what, participant);
}

void ts_room_schedule_plan(struct ts_room *r)
{
	ts_loop_post(r->engine->control, &r->replan_task);
}

static void on_replan(struct ts_task *task)
{
	struct ts_room *r = ts_container_of(task, struct ts_room, replan_task);
	if (!r->closing) ts_room_replan(r);
}

static void on_housekeeping(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_room *r = ts_container_of(timer, struct ts_room, housekeeping);
	bool changed = ts_room_forget_looks(r, now_ns);
	changed |= ts_room_personal_is_due(r, now_ns);
	for (struct ts_participant *p = r->first; p; p = p->next)
		changed |= ts_participant_watch_feeds(p, now_ns);
	for (struct ts_participant *p = r->first; p; p = p->next)
		ts_participant_watch_receiver(p, now_ns);
	ts_room_set_bitrates(r);
	if (changed) ts_room_replan(r);
	ts_loop_timer_set(r->engine->control, timer, now_ns + HOUSEKEEPING_NS);
}

/* Pictures and canvases, which glibc would keep. Decoders end on strands of their own, some time
 * after their room. */
static void give_memory_back(struct ts_timer *timer, int64_t now_ns)
{
	(void)timer;
	(void)now_ns;
	malloc_trim(0);
}

static void tidy_later(struct ts_engine *engine)
{
	engine->tidy.fn = give_memory_back;
	ts_loop_timer_set(engine->control, &engine->tidy, ts_now_ns() + TIDY_NS);
}

/* ---- closing: participants' transports, the view's strand and the audio's must all have ended
 * ---- */

static void closed_if_done(struct ts_room *r)
{
	if (!r->closing || r->leaving || !r->strands_gone) return;
	struct ts_room_events events = r->events;
	void *arg = r->arg;
	ts_info("room closed", "room=%s", r->config.id);
	ts_count_add(TS_C_ROOMS, -1);
	if (events.closed) events.closed(arg, r);
	ts_scene_fini(&r->main.scene);
	free(r->card);
	ts_room_free_matrix(r);
	tidy_later(r->engine);
	free(r);
}

/* Posted behind everything that control was told about this room: none of its other tasks is queued
 * any more. */
static void on_strands_closed(struct ts_task *task)
{
	struct ts_room *r = ts_container_of(task, struct ts_room, strands_task);
	r->strands_gone = true;
	closed_if_done(r);
}

void ts_room_strand_closed(struct ts_room *r)
{
	if (atomic_fetch_sub(&r->strands_open, 1) == 1)
		ts_loop_post(r->engine->control, &r->strands_task);
}

static void audio_closed(void *arg)
{
	ts_room_strand_closed(arg);
}

void ts_room_participant_gone(struct ts_room *r)
{
	r->leaving--;
	closed_if_done(r);
}

void ts_room_close(struct ts_room *r)
{
	if (r->closing) return;
	assert(!r->sinks && !r->plays);
	r->closing = true;
	ts_room_relief_end(r);
	ts_room_forget_departed(r);
	while (r->first) ts_participant_leave(r->first, "room-closed");
	ts_loop_timer_cancel(r->engine->control, &r->housekeeping);
	ts_room_close_views(r);
	ts_audio_close(r->audio, audio_closed, r);
}

/* ---- life ---- */

static int make_strands(struct ts_room *r)
{
	int err = ts_view_create(&r->main.view, r->engine->tick, r->epoch_ns);
	if (!err) err = ts_audio_create(&r->audio, r->engine->audio, r->epoch_ns);
	atomic_init(&r->strands_open, 2);
	return err;
}

static void ignore(void *arg)
{
	(void)arg;
}

/* When in the period of a tick a room ticks. Each next room falls into the largest gap that those
 * before have left: multiples of the golden section, 2^32 / 1.618. */
static int64_t phase_ns(struct ts_engine *engine, int fps)
{
	uint32_t of_period = engine->rooms_made++ * UINT32_C(2654435769);
	return of_period * (TS_NS_PER_S / fps) >> 32;
}

int ts_room_create(struct ts_room **out, struct ts_engine *engine,
	const struct ts_room_config *config, const struct ts_room_events *events, void *arg)
{
	struct ts_room *r = calloc(1, sizeof *r);
	if (!r) return TS_ENOMEM;
	r->engine = engine;
	r->config = *config;
	r->events = *events;
	r->arg = arg;
	r->next_key = 1;
	r->epoch_ns = ts_now_ns() - phase_ns(engine, config->fps);
	r->replan_task.fn = on_replan;
	r->housekeeping.fn = on_housekeeping;
	r->strands_task.fn = on_strands_closed;
	ts_room_main_init(r);
	ts_room_stage_init(r);
	int err = make_strands(r);
	if (err) {
		if (r->main.view) ts_view_close(r->main.view, ignore, NULL);
		ts_scene_fini(&r->main.scene);
		free(r);
		return err;
	}
	ts_room_relief_begin(r);
	ts_count(TS_C_ROOMS);
	ts_info("room created", "room=%s width=%d height=%d fps=%d kbps=%u", config->id,
		config->width, config->height, config->fps, ts_room_bitrate_kbps(config));
	*out = r;
	return 0;
}

void ts_room_append(struct ts_room *r, struct ts_participant *p, int64_t now_ns)
{
	p->prev = r->last;
	if (r->last)
		r->last->next = p;
	else
		r->first = p;
	r->last = p;
	r->count[p->kind]++;
	ts_count(kind_gauge[p->kind]);
	if (p->prev) return;
	ts_loop_timer_set(r->engine->control, &r->housekeeping, now_ns + HOUSEKEEPING_NS);
	ts_room_stage_run(r, now_ns);
}

/* Watchers have a limit of their own. */
bool ts_room_is_full(
	const struct ts_room *r, enum ts_kind kind, const struct ts_participant *replaces)
{
	/* one goes for them */
	if (replaces && ts_kinds_share_places(replaces->kind, kind)) return false;
	size_t watchers = r->count[TS_KIND_WHEP], people = 0;
	if (kind == TS_KIND_WHEP) return watchers >= r->config.max_watchers;
	for (int k = 0; k < TS_KIND_COUNT; k++) people += r->count[k];
	return people - watchers >= r->config.max_participants;
}

int ts_room_join(struct ts_room *r, const struct ts_join *join, ts_join_ready ready, void *arg,
	struct ts_participant **out)
{
	if (r->closing) return TS_ECLOSED;
	struct ts_participant *replaces = join->replaces;
	if (replaces && replaces->room != r) replaces = NULL;
	/* one place, one who comes for it */
	if (replaces && replaces->predecessor) replaces = replaces->predecessor;
	if (ts_room_is_full(r, join->kind, replaces)) return TS_ELIMIT;
	struct ts_participant *p = NULL;
	int err = ts_participant_create(&p, r, join);
	if (err) return err;
	err = ts_participant_start(p, join);
	if (err) {
		ts_participant_free(p);
		return err;
	}
	p->ready = ready;
	p->ready_arg = arg;
	ts_room_append(r, p, p->joined_ns);
	if (replaces) ts_participant_replace(p, replaces);
	ts_info("joined", "room=%s participant=%s kind=%s name=%s", r->config.id, p->id,
		ts_kind_name(p->kind), TS_LOG_STR(p->name));
	*out = p;
	ts_room_touch(r, TS_ROOM_JOINED, p);
	return 0;
}

/* Into the list behind prev, NULL: as the first. */
static void link_behind(struct ts_room *r, struct ts_participant *prev, struct ts_participant *p)
{
	p->prev = prev;
	p->next = prev ? prev->next : r->first;
	if (p->next)
		p->next->prev = p;
	else
		r->last = p;
	if (prev)
		prev->next = p;
	else
		r->first = p;
}

static void unlink_from(struct ts_room *r, struct ts_participant *p)
{
	if (p->prev)
		p->prev->next = p->next;
	else
		r->first = p->next;
	if (p->next)
		p->next->prev = p->prev;
	else
		r->last = p->prev;
	p->prev = p->next = NULL;
}

void ts_room_change_places(struct ts_room *r, struct ts_participant *p, struct ts_participant *by)
{
	uint64_t key = p->key;
	struct ts_participant *before_by = by->prev == p ? NULL : by->prev;
	unlink_from(r, by);
	link_behind(r, p, by); /* next to p, who then goes to where by was */
	unlink_from(r, p);
	link_behind(r, before_by ? before_by : by, p);
	p->key = by->key;
	by->key = key;
}

void ts_room_take_out(struct ts_room *r, struct ts_participant *p)
{
	struct ts_participant *next = p->next, *prev = p->prev;
	unlink_from(r, p);
	p->next = next, p->prev = prev; /* for who reads them a last time */
	r->count[p->kind]--;
	ts_count_add(kind_gauge[p->kind], -1);
	ts_room_touch(r, TS_ROOM_LEFT, p);
	p->prev = p->next = NULL;
}

void ts_room_rest_if_empty(struct ts_room *r)
{
	if (r->first) return;
	ts_loop_timer_cancel(r->engine->control, &r->housekeeping);
	ts_room_stage_stop(r);
	if (!r->closing && r->events.empty) r->events.empty(r->arg, r);
}

void ts_room_remove(struct ts_room *r, struct ts_participant *p)
{
	r->leaving++;
	ts_room_take_out(r, p);
	ts_participant_leave_views(p);
	ts_room_rest_if_empty(r);
}

/* ---- looking ---- */

const struct ts_room_config *ts_room_config(const struct ts_room *r)
{
	return &r->config;
}
uint64_t ts_room_revision(const struct ts_room *r)
{
	return r->revision;
}
size_t ts_room_count(const struct ts_room *r, enum ts_kind kind)
{
	return r->count[kind];
}
struct ts_participant *ts_room_first(struct ts_room *r)
{
	return r->first;
}
struct ts_participant *ts_room_next(struct ts_participant *p)
{
	return p->next;
}
const struct ts_layout *ts_room_layout(const struct ts_room *r)
{
	return &r->main.scene.layout;
}
struct ts_participant *ts_participant_predecessor(const struct ts_participant *p)
{
	return p->predecessor;
}
uint64_t ts_participant_key(const struct ts_participant *p)
{
	return p->key;
}

const char *ts_participant_id(const struct ts_participant *p)
{
	return p->id;
}

struct ts_participant *ts_room_by_key(struct ts_room *r, uint64_t key)
{
	for (struct ts_participant *p = r->first; p; p = p->next)
		if (p->key == key) return p;
	return NULL;
}
