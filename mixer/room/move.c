/* move - a participant goes from one room to another, with their leg, voice, feeds and senders.
 *
 *   control:  left the old room's list --> in the new one's --> both plans, at once
 *   sound     of the new room from its next tick on; who ticks the voice: base/hold.h
 *   picture   of the old room until the first keyframe of the new one, for which the old room keeps
 *             them among those who departed
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"

/* ---- what the old room still sends */

static void depart(struct ts_room *from, struct ts_participant *p)
{
	p->departed_from = from;
	p->next_departed = from->departed;
	from->departed = p;
}

void ts_participant_arrive(struct ts_participant *p)
{
	struct ts_room *from = p->departed_from;
	if (!from) return;
	struct ts_participant **at = &from->departed;
	while (*at != p) at = &(*at)->next_departed;
	*at = p->next_departed;
	p->departed_from = NULL;
	p->next_departed = NULL;
	if (!from->closing) ts_room_schedule_plan(from);
}

void ts_participant_arrive_now(struct ts_participant *p)
{
	if (!p->departed_from) return;
	ts_receiver_cut_over(&p->receiver);
	ts_participant_arrive(p);
}

void ts_room_forget_departed(struct ts_room *r)
{
	while (r->departed) ts_participant_arrive(r->departed);
}

/* ---- the move */

/* Of the new room. Nothing of it that fits: they receive no video until something does. */
static void change_output(struct ts_participant *p, struct ts_room *from)
{
	if (!p->receiver.codec) return;
	int err = ts_participant_choose(p);
	if (err) {
		ts_info("no video sent", "room=%s participant=%s reason=%s", p->room->config.id,
			p->id, err == TS_EUNSUPPORTED ? "decoder-too-small" : "no-encoder");
		ts_receiver_release(&p->receiver);
	} else if (p->receiver.next) {
		depart(from, p);
	}
}

int ts_participant_move(struct ts_participant *p, struct ts_room *to)
{
	struct ts_room *from = p->room;
	const int64_t now_ns = ts_now_ns();
	if (p->state == TS_P_ENDED || to->closing) return TS_ECLOSED;
	if (to == from) return TS_OK;
	if (p->ready || p->predecessor || p->successor) return TS_EAGAIN;
	if (ts_room_is_full(to, p->kind, NULL)) return TS_ELIMIT;
	ts_info("moved", "room=%s participant=%s to=%s", from->config.id, p->id, to->config.id);
	ts_participant_arrive_now(p);

	p->moves_to = to;
	ts_room_take_out(from, p);
	p->moves_to = NULL;

	ts_participant_leave_views(p);
	ts_receiver_release(&p->content);
	p->room = to;
	p->home = &to->main;
	p->key = to->next_key++;
	p->moved_ns = now_ns;
	p->camera.frozen = p->camera.was_frozen = false;
	ts_room_append(to, p, now_ns);
	ts_participant_hold_camera(p);
	change_output(p, from);
	if (!from->closing) ts_room_replan(from);
	ts_room_replan(to);

	p->moved_from = from;
	if (p->events && p->events->moved) p->events->moved(p->events_arg, to);
	ts_room_touch(to, TS_ROOM_JOINED, p);
	p->moved_from = NULL;
	ts_room_rest_if_empty(from);
	return TS_OK;
}

struct ts_room *ts_participant_moves_to(const struct ts_participant *p)
{
	return p->moves_to;
}

struct ts_room *ts_participant_moved_from(const struct ts_participant *p)
{
	return p->moved_from;
}
