/* stage - who is where in the main view: what the layout policy is told, and when it is asked again. */
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "mixer/room/model.h"
#include <string.h>

#define LISTENING_NS (100 * TS_NS_PER_MS)

static const int64_t no_turn = -1;

/* Who can be shown: everybody who is here and does more than watch. */
static bool is_on_stage(const struct ts_participant *p)
{
	return p->kind != TS_KIND_WHEP && ts_participant_is_here(p);
}

static size_t people_of(const struct ts_room *r, struct ts_person *people)
{
	size_t n = 0;
	for (const struct ts_participant *p = r->first; p && n < TS_PEOPLE_MAX; p = p->next)
		if (is_on_stage(p))
			people[n++] = (struct ts_person){.key = p->key,
				.id = p->id,
				.identity = p->identity,
				.role = p->role,
				.slides_since_ns = p->slides_since_ns};
	return n;
}

static size_t arrange(struct ts_layout *out, const struct ts_room *r, const struct ts_layout_doc *doc, bool anew)
{
	struct ts_person people[TS_PEOPLE_MAX];
	uint64_t speaker[TS_SPEAKERS_MAX];
	const struct ts_policy policy = {
		.doc = doc,
		.canvas_w = r->config.width,
		.canvas_h = r->config.height,
		.person = people,
		.n_people = people_of(r, people),
		.speaker = speaker,
		.n_speakers = ts_speakers_order(&r->speakers, speaker),
		.wishes = &r->wishes,
		.turn = r->turn,
		.anew = anew,
	};
	return ts_policy_place(out, &policy, &r->layout);
}

void ts_room_arrange(struct ts_room *r)
{
	struct ts_layout fresh;
	r->n_hidden = arrange(&fresh, r, r->doc, r->lay_anew);
	r->lay_anew = false;
	bool changed = !ts_layout_same(&fresh, &r->layout);
	r->layout = fresh;
	if (changed) ts_room_touch(r, TS_ROOM_LAYOUT, NULL);
}

/* ---- time: who speaks, whose turn it is ---- */

static bool hear_speakers(struct ts_room *r, int64_t now_ns)
{
	struct ts_talk talk[TS_PEOPLE_MAX];
	size_t n = 0;
	for (const struct ts_participant *p = r->first; p && n < TS_PEOPLE_MAX; p = p->next) {
		struct ts_voice_info voice = {0};
		if (!is_on_stage(p)) continue;
		if (p->voice) ts_voice_info(p->voice, &voice);
		talk[n++] = (struct ts_talk){p->key, voice.speech && p->muted_by == TS_MUTED_NOT, voice.speech_dbov};
	}
	return ts_speakers_update(&r->speakers, talk, n, now_ns);
}

static bool take_turns(struct ts_room *r, int64_t now_ns)
{
	if (!r->doc->rotate_s || !r->n_hidden) {
		r->turn_ns = no_turn;
		return false;
	}
	if (r->turn_ns == no_turn) r->turn_ns = now_ns;
	if (now_ns - r->turn_ns < r->doc->rotate_s * TS_NS_PER_S) return false;
	r->turn_ns = now_ns;
	r->turn++;
	return true;
}

static void on_listening(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_room *r = ts_container_of(timer, struct ts_room, listening);
	bool changed = hear_speakers(r, now_ns);
	changed |= take_turns(r, now_ns);
	if (changed) ts_room_replan(r);
	ts_loop_timer_set(r->engine->control, timer, now_ns + LISTENING_NS);
}

void ts_room_stage_init(struct ts_room *r)
{
	r->doc = ts_layout_doc_ref(ts_layout_shipped(0));
	r->turn_ns = no_turn;
	r->listening.fn = on_listening;
	ts_speakers_init(&r->speakers, TS_SPEAKER_HOLD_NS);
	ts_room_arrange(r); /* nobody is there: background and variant */
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

void ts_room_set_layout(struct ts_room *r, struct ts_layout_doc *doc)
{
	if (r->closing) return;
	ts_layout_doc_ref(doc);
	ts_layout_doc_unref(&r->doc);
	r->doc = doc;
	r->lay_anew = true;
	ts_info("layout", "room=%s name=%s", r->config.id, doc->name);
	ts_room_touch(r, TS_ROOM_LAYOUT, NULL); /* also when it looks the same so far */
	ts_room_replan(r);
}

void ts_room_try_layout(const struct ts_room *r, const struct ts_layout_doc *doc, struct ts_layout *out)
{
	arrange(out, r, doc, true);
}

const struct ts_layout_doc *ts_room_layout_doc(const struct ts_room *r)
{
	return r->doc;
}

static bool same_wish(const struct ts_wish *a, const struct ts_wish *b)
{
	return a->n == b->n && memcmp(a->key, b->key, a->n * sizeof a->key[0]) == 0;
}

void ts_room_set_wishes(struct ts_room *r, const struct ts_wishes *wishes)
{
	if (r->closing) return;
	r->lay_anew = r->lay_anew || !same_wish(&r->wishes.order, &wishes->order);
	r->wishes = *wishes;
	ts_room_touch(r, TS_ROOM_LAYOUT, NULL);
	ts_room_replan(r);
}

const struct ts_wishes *ts_room_wishes(const struct ts_room *r)
{
	return &r->wishes;
}
