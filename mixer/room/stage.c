/* stage - who is where in the main view: what the layout policy is told, and when it is asked
 * again. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "mixer/room/model.h"
#include <stdlib.h>

#define LISTENING_NS (100 * TS_NS_PER_MS)

bool ts_participant_is_on_stage(const struct ts_participant *p)
{
	const bool only_hears = p->kind == TS_KIND_MACHINE && !p->voice;
	return p->kind != TS_KIND_WHEP && !only_hears && ts_participant_is_here(p) &&
		ts_participant_may(p, TS_MAY_SPEAK | TS_MAY_CAMERA | TS_MAY_PRESENT);
}

static size_t people_of(const struct ts_room *r, struct ts_person *people)
{
	size_t n = 0;
	for (const struct ts_participant *p = r->first; p && n < TS_PEOPLE_MAX; p = p->next)
		if (ts_participant_is_on_stage(p))
			people[n++] = (struct ts_person){.key = p->key,
				.id = p->id,
				.identity = p->identity,
				.role = p->role,
				.slides_since_ns = p->slides_since_ns};
	return n;
}

void ts_room_arrange(struct ts_room_view *v)
{
	struct ts_person people[TS_PEOPLE_MAX];
	if (!ts_scene_arrange(&v->scene, people, people_of(v->room, people)) || v->removed) return;
	ts_room_touch_view(v, v == &v->room->main ? TS_ROOM_LAYOUT : TS_ROOM_VIEW_CHANGED);
}

/* ---- time: who speaks, whose turn it is ---- */

static size_t talk_of(const struct ts_room *r, struct ts_talk *talk)
{
	size_t n = 0;
	for (const struct ts_participant *p = r->first; p && n < TS_PEOPLE_MAX; p = p->next) {
		struct ts_voice_info voice = {0};
		if (!ts_participant_is_on_stage(p)) continue;
		if (p->voice) ts_voice_info(p->voice, &voice);
		talk[n++] = (struct ts_talk){
			p->key, voice.speech && ts_participant_is_heard(p), voice.speech_dbov};
	}
	return n;
}

/* Whoever is told may make them leave. */
static void read_tones(struct ts_room *r, int64_t now_ns)
{
	for (struct ts_participant *p = r->first, *next; p && !r->closing; p = next) {
		next = p->next;
		ts_participant_read_tones(p, now_ns);
	}
}

static void end_notices(struct ts_room *r, int64_t now_ns)
{
	for (struct ts_participant *p = r->first; p; p = p->next)
		if (ts_participant_notice_is_over(p, now_ns)) ts_room_schedule_plan(r);
}

static void on_listening(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_room *r = ts_container_of(timer, struct ts_room, listening);
	struct ts_talk talk[TS_PEOPLE_MAX];
	ts_loop_timer_set(r->engine->control, timer, now_ns + LISTENING_NS);
	read_tones(r, now_ns); /* after it nobody may be here, and the timer be off */
	if (r->closing) return;
	end_notices(r, now_ns);
	const size_t n = talk_of(r, talk);
	bool changed = false;
	for (struct ts_room_view *v = &r->main; v; v = v->next)
		changed |= ts_scene_update_talk(&v->scene, talk, n, now_ns) &&
			ts_room_view_is_wanted(v);
	if (changed) ts_room_replan(r);
}

void ts_room_stage_init(struct ts_room *r)
{
	r->listening.fn = on_listening;
	ts_room_arrange(&r->main); /* nobody is there: background and variant */
}

void ts_room_stage_run(struct ts_room *r, int64_t now_ns)
{
	ts_loop_timer_set(r->engine->control, &r->listening, now_ns + LISTENING_NS);
}

void ts_room_stage_stop(struct ts_room *r)
{
	ts_loop_timer_cancel(r->engine->control, &r->listening);
}

/* ---- what the API asks for ---- */

void ts_room_view_set_layout(struct ts_room_view *v, struct ts_layout_doc *doc)
{
	if (v->room->closing) return;
	ts_scene_set_doc(&v->scene, doc);
	ts_info("layout", "room=%s view=%s name=%s", v->room->config.id, v->config.id, doc->name);
	/* also when it looks the same so far */
	ts_room_touch_view(v, v == &v->room->main ? TS_ROOM_LAYOUT : TS_ROOM_VIEW_CHANGED);
	ts_room_replan(v->room);
}

const struct ts_layout_doc *ts_room_view_layout_doc(const struct ts_room_view *v)
{
	return v->scene.doc;
}

const struct ts_layout *ts_room_view_layout(struct ts_room_view *v)
{
	struct ts_person people[TS_PEOPLE_MAX];
	/* who asks may be answering an event: another one would have them ask again */
	if (!ts_room_view_is_wanted(v))
		v->room->revision += ts_scene_arrange(
			&v->scene, people, people_of(v->room, people));
	return &v->scene.layout;
}

void ts_room_set_layout(struct ts_room *r, struct ts_layout_doc *doc)
{
	ts_room_view_set_layout(&r->main, doc);
}

void ts_room_try_layout(
	const struct ts_room *r, const struct ts_layout_doc *doc, struct ts_layout *out)
{
	struct ts_person people[TS_PEOPLE_MAX];
	ts_scene_try(&r->main.scene, doc, people, people_of(r, people), out);
}

const struct ts_layout_doc *ts_room_layout_doc(const struct ts_room *r)
{
	return r->main.scene.doc;
}

int ts_room_set_card(struct ts_room *r, const struct ts_room_card *card)
{
	if (r->closing) return TS_ECLOSED;
	if (card && !r->card && !(r->card = malloc(sizeof *card))) return TS_ENOMEM;
	if (card) {
		*r->card = *card;
	} else {
		free(r->card);
		r->card = NULL;
	}
	ts_room_schedule_plan(r);
	return 0;
}

void ts_room_set_wishes(struct ts_room *r, const struct ts_wishes *wishes)
{
	if (r->closing) return;
	for (struct ts_room_view *v = &r->main; v; v = v->next) {
		struct ts_wishes its = *wishes;
		if (v != &r->main) its.pinned.n = 0; /* they are of main's regions */
		ts_scene_set_wishes(&v->scene, &its);
	}
	ts_room_touch_view(&r->main, TS_ROOM_LAYOUT);
	ts_room_replan(r);
}

const struct ts_wishes *ts_room_wishes(const struct ts_room *r)
{
	return &r->main.scene.wishes;
}
