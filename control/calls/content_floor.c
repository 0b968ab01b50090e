/* The floors of rooms: who holds one, whose slides are shown, who presents without BFCP. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/calls/content_core.h"

#define SILENT_NS (30 * TS_NS_PER_S)
#define LOOK_NS TS_NS_PER_S
/* A room whose slides come and whose BFCP does not: somebody between has lost it. */
#define PLAIN_NS (3 * TS_NS_PER_S)

struct ts_content_floor {
	struct ts_contents *contents;
	struct ts_room *room;
	struct ts_bfcp_room *bfcp;
	struct ts_timer timer;
	unsigned entered;   /* by functions of here, whom it must outlive */
	bool closing;       /* nobody is told any more */
	GQueue contents_of; /* struct ts_presenter: those with BFCP */
	GQueue others;      /* struct ts_presenter: those who present without */
};

static enum ts_floor_rule rule_of(const struct ts_contents *all)
{
	return (enum ts_floor_rule)all->config->content.takeover;
}

_Static_assert((int)TS_FLOOR_NEWEST == (int)TS_CONTENT_NEWEST &&
		(int)TS_FLOOR_FIRST == (int)TS_CONTENT_FIRST &&
		(int)TS_FLOOR_QUEUE == (int)TS_CONTENT_QUEUE,
	"the setting is the rule");

/* ---- who */

static struct ts_content *content_of(struct ts_presenter *presenter)
{
	return ts_container_of(presenter, struct ts_content, presenter);
}

static struct ts_presenter *find_by_user(const GQueue *list, const struct ts_bfcp_user *user)
{
	for (const GList *l = list->head; l; l = l->next)
		if (((struct ts_presenter *)l->data)->user == user) return l->data;
	return NULL;
}

static struct ts_presenter *find_by_participant(
	const GQueue *list, const struct ts_participant *participant)
{
	for (const GList *l = list->head; l; l = l->next)
		if (((struct ts_presenter *)l->data)->participant == participant) return l->data;
	return NULL;
}

struct ts_content *ts_content_floor_find(
	const struct ts_content_floor *floor, const struct ts_participant *participant)
{
	struct ts_presenter *found = floor ? find_by_participant(&floor->contents_of, participant)
					   : NULL;
	return found ? content_of(found) : NULL;
}

struct ts_bfcp_user *ts_content_floor_holder(const struct ts_content_floor *floor)
{
	return ts_bfcp_room_holder(floor->bfcp);
}

struct ts_participant *ts_content_floor_whose(
	const struct ts_content_floor *floor, const struct ts_bfcp_user *user)
{
	const struct ts_presenter *found = find_by_user(&floor->contents_of, user);
	if (!found) found = find_by_user(&floor->others, user);
	return found ? found->participant : NULL;
}

struct ts_content_floor *ts_content_floor_of(struct ts_contents *all, struct ts_room *room)
{
	return g_hash_table_lookup(all->floors, room);
}

/* ---- life */

/* Whatever is told may come back here and end what the floor is there for. */
static void enter(struct ts_content_floor *floor)
{
	floor->entered++;
}

static void leave(struct ts_content_floor *floor)
{
	struct ts_contents *all = floor->contents;
	if (--floor->entered || floor->contents_of.length || floor->others.length) return;
	ts_loop_timer_cancel(all->loop, &floor->timer);
	g_hash_table_remove(all->floors, floor->room);
	ts_bfcp_room_free(floor->bfcp);
	g_free(floor);
}

/* ---- time */

/* When they begin to count as one without BFCP; INT64_MAX: not as it is. */
static int64_t plain_ns(const struct ts_content *c)
{
	return c->spoke || c->plain || !c->presents_ns ? INT64_MAX : c->presents_ns + PLAIN_NS;
}

static void arm(struct ts_content_floor *floor)
{
	const struct ts_bfcp_user *holder = ts_bfcp_room_holder(floor->bfcp);
	int64_t due_ns = ts_bfcp_room_due_ns(floor->bfcp);
	const int64_t look_ns = ts_now_ns() + LOOK_NS;
	/* is it shown what they took the floor for? */
	if (holder && ts_bfcp_user_conference(holder) && look_ns < due_ns) due_ns = look_ns;
	for (const GList *l = floor->contents_of.head; l; l = l->next)
		due_ns = MIN(due_ns, plain_ns(content_of(l->data)));
	if (due_ns == INT64_MAX)
		ts_loop_timer_cancel(floor->contents->loop, &floor->timer);
	else
		ts_loop_timer_set(floor->contents->loop, &floor->timer, due_ns);
}

/* ---- whose slides are shown */

/* Of those with BFCP who holds the floor alone; of the others by the rule NEWEST everybody's, of
 * which layouts prefer the newest. */
static bool is_allowed(
	const struct ts_content_floor *floor, const struct ts_presenter *p, bool other)
{
	return p->user == ts_bfcp_room_holder(floor->bfcp) ||
		(other && rule_of(floor->contents) == TS_FLOOR_NEWEST);
}

/* One to whom what they were told is not right; NULL: none. */
static struct ts_presenter *next_to_tell(const struct ts_content_floor *floor, bool *allowed)
{
	for (const GList *l = floor->contents_of.head; l; l = l->next) {
		struct ts_presenter *p = l->data;
		if (content_of(p)->plain) continue; /* stands among the others */
		*allowed = is_allowed(floor, p, false);
		if (!p->judged || p->allowed != *allowed) return p;
	}
	for (const GList *l = floor->others.head; l; l = l->next) {
		struct ts_presenter *p = l->data;
		*allowed = is_allowed(floor, p, true);
		if (!p->judged || p->allowed != *allowed) return p;
	}
	return NULL;
}

/* What each is told may change the lists: they are read anew for the next. */
static void allow(struct ts_content_floor *floor)
{
	struct ts_presenter *p;
	bool allowed;
	while ((p = next_to_tell(floor, &allowed))) {
		p->judged = true;
		p->allowed = allowed;
		ts_participant_allow_slides(p->participant, allowed);
	}
}

/* ---- what the server tells */

static void on_send(void *arg, struct ts_bfcp_user *user, const void *bytes, size_t n)
{
	struct ts_content_floor *floor = arg;
	struct ts_content *c = ts_bfcp_user_arg(user);
	if (c && c->link) ts_bfcp_link_send(c->link, bytes, n);
	arm(floor);
}

/* Those who go on presenting without BFCP have the floor again when nobody else has it. */
static bool resume_others(struct ts_content_floor *floor)
{
	for (const GList *l = floor->others.tail; l; l = l->prev)
		if (ts_bfcp_user_seize(((const struct ts_presenter *)l->data)->user, ts_now_ns()))
			return true;
	return false;
}

static void on_held(void *arg, struct ts_bfcp_room *bfcp)
{
	struct ts_content_floor *floor = arg;
	struct ts_contents *all = floor->contents;
	struct ts_bfcp_user *holder = ts_bfcp_room_holder(bfcp);
	if (floor->closing) return;
	/* which calls this again */
	if (!holder && resume_others(floor)) return;
	struct ts_presenter *held = holder ? find_by_user(&floor->contents_of, holder) : NULL;
	if (held) content_of(held)->shown_ns = ts_now_ns();
	const struct ts_participant *p = holder ? ts_content_floor_whose(floor, holder) : NULL;
	ts_info("floor", "room=%s participant=%s", ts_room_config(floor->room)->id,
		p ? ts_participant_id(p) : "none");
	enter(floor);
	allow(floor);
	arm(floor);
	if (all->changed && !ts_registry_is_hidden(all->registry, floor->room))
		all->changed(all->changed_arg, floor->room);
	leave(floor);
}

static const struct ts_bfcp_ops floor_ops = {.send = on_send, .held = on_held};

/* ---- those who present without BFCP */

static void begin_other(struct ts_content_floor *floor, struct ts_participant *p)
{
	struct ts_participant_info info;
	struct ts_presenter *o = g_new0(struct ts_presenter, 1);
	ts_participant_info(p, &info);
	const struct ts_bfcp_user_config config = {
		.id = ts_content_new_id(floor->contents), .name = info.name};
	o->floor = floor;
	o->participant = p;
	o->user = ts_bfcp_user_new(&config);
	o->at.data = o;
	g_queue_push_tail_link(&floor->others, &o->at);
	ts_bfcp_user_enter(o->user, floor->bfcp, ts_now_ns());
	if (!ts_bfcp_user_seize(o->user, ts_now_ns())) allow(floor);
}

/* They are out of the list before others may have the floor again. */
static void end_other(struct ts_presenter *o)
{
	struct ts_content_floor *floor = o->floor;
	g_queue_unlink(&floor->others, &o->at);
	ts_content_free_user(floor->contents, o->user);
	g_free(o);
}

static void end_other_of(struct ts_content_floor *floor, const struct ts_participant *p)
{
	struct ts_presenter *o = find_by_participant(&floor->others, p);
	if (o) end_other(o);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns);

/* It is entered: the caller leaves it. */
static struct ts_content_floor *need_floor(struct ts_contents *all, struct ts_room *room)
{
	struct ts_content_floor *floor = ts_content_floor_of(all, room);
	if (!floor) {
		floor = g_new0(struct ts_content_floor, 1);
		floor->contents = all;
		floor->room = room;
		floor->timer.fn = on_timer;
		floor->bfcp = ts_bfcp_room_new(rule_of(all), &floor_ops, floor);
		g_queue_init(&floor->contents_of);
		g_queue_init(&floor->others);
		g_hash_table_insert(all->floors, room, floor);
	}
	enter(floor);
	return floor;
}

/* Slides come, or no more: of one with BFCP that was never heard they count after a while. */
static void note_slides(struct ts_content *c, bool has_slides)
{
	if (!has_slides)
		c->presents_ns = 0;
	else if (!c->presents_ns)
		c->presents_ns = ts_now_ns();
}

/* They began to present, or ceased to. */
static void follow(struct ts_contents *all, struct ts_room *room, struct ts_participant *p)
{
	struct ts_content_floor *floor = ts_content_floor_of(all, room);
	const bool has_slides = ts_participant_has_slides(p);
	if (!floor && !has_slides) return;
	floor = need_floor(all, room);
	struct ts_content *c = ts_content_floor_find(floor, p);
	if (c) note_slides(c, has_slides);
	const bool presents = has_slides && (!c || c->plain);
	struct ts_presenter *o = find_by_participant(&floor->others, p);
	if (presents && !o)
		begin_other(floor, p);
	else if (!presents && o)
		end_other(o);
	if (c) arm(floor);
	leave(floor);
}

/* ---- those with BFCP that was never heard */

static void begin_plain(struct ts_content *c)
{
	ts_info("content without bfcp", "room=%s participant=%s",
		ts_room_config(c->presenter.floor->room)->id,
		ts_participant_id(c->presenter.participant));
	c->plain = true;
	follow(c->contents, c->presenter.floor->room, c->presenter.participant);
}

/* They know what a floor is. */
static void end_plain(struct ts_content *c)
{
	struct ts_content_floor *floor = c->presenter.floor;
	c->plain = false;
	c->presents_ns = ts_now_ns(); /* what was heard may be nothing */
	c->presenter.judged = false;
	end_other_of(floor, c->presenter.participant);
	allow(floor);
	arm(floor);
}

bool ts_content_floor_receive(struct ts_content *c, const void *bytes, size_t n, int64_t now_ns)
{
	struct ts_content_floor *floor = c->presenter.floor;
	if (!floor) return false;
	enter(floor);
	if (c->plain) end_plain(c);
	const bool valid = ts_bfcp_user_receive(c->presenter.user, bytes, n, now_ns);
	c->spoke |= valid;
	leave(floor);
	return valid;
}

void ts_content_floor_lost(struct ts_content *c, int64_t now_ns)
{
	struct ts_content_floor *floor = c->presenter.floor;
	if (!floor) return;
	enter(floor);
	ts_bfcp_user_lost(c->presenter.user, now_ns);
	leave(floor);
}

static void look_for_plain(struct ts_content_floor *floor, int64_t now_ns)
{
	for (GList *l = floor->contents_of.head; l; l = l->next)
		if (now_ns >= plain_ns(content_of(l->data))) {
			begin_plain(content_of(l->data));
			return; /* the list may be another; the timer is due again for the next */
		}
}

/* ---- the timer */

static void watch_holder(struct ts_content_floor *floor, int64_t now_ns)
{
	struct ts_presenter *held = find_by_user(
		&floor->contents_of, ts_bfcp_room_holder(floor->bfcp));
	if (!held) return;
	struct ts_content *c = content_of(held);
	if (ts_participant_presents(held->participant)) c->shown_ns = now_ns;
	if (now_ns - c->shown_ns < SILENT_NS) return;
	ts_count(TS_C_FLOOR_SILENT);
	ts_bfcp_user_revoke(held->user, now_ns);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_content_floor *floor = ts_container_of(timer, struct ts_content_floor, timer);
	enter(floor);
	ts_bfcp_room_run(floor->bfcp, now_ns);
	watch_holder(floor, now_ns);
	look_for_plain(floor, now_ns);
	arm(floor);
	leave(floor);
}

/* ---- what the registry tells */

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_contents *all = arg;
	if (!participant) return;
	if (what == TS_ROOM_PARTICIPANT || what == TS_ROOM_JOINED) {
		follow(all, room, participant);
	} else if (what == TS_ROOM_LEFT) {
		struct ts_content_floor *floor = ts_content_floor_of(all, room);
		if (!floor) return;
		enter(floor);
		end_other_of(floor, participant);
		leave(floor);
	}
}

void ts_content_floor_close(struct ts_contents *all, struct ts_room *room)
{
	struct ts_content_floor *floor = ts_content_floor_of(all, room);
	if (!floor) return;
	floor->closing = true;
	enter(floor);
	while (floor->others.head) end_other(floor->others.head->data);
	leave(floor);
}

/* The room tells no more of who leaves it. */
static void on_closing(void *arg, struct ts_room *room)
{
	ts_content_floor_close(arg, room);
}

const struct ts_registry_watcher ts_content_floor_watcher = {
	.changed = on_changed, .closing = on_closing};

/* ---- calls */

void ts_content_floor_leave(struct ts_content *c)
{
	struct ts_content_floor *floor = c->presenter.floor;
	if (!floor) return;
	enter(floor);
	g_queue_unlink(&floor->contents_of, &c->presenter.at);
	c->presenter.floor = NULL;
	c->presenter.participant = NULL;
	c->plain = false;
	c->presents_ns = 0;
	ts_bfcp_user_enter(c->presenter.user, NULL, ts_now_ns());
	leave(floor);
}

void ts_content_floor_enter(struct ts_content *c, struct ts_participant *p)
{
	struct ts_content_floor *floor = need_floor(c->contents, ts_participant_room(p));
	end_other_of(floor, p);
	c->presenter.floor = floor;
	c->presenter.participant = p;
	c->presenter.judged = false;
	g_queue_push_tail_link(&floor->contents_of, &c->presenter.at);
	note_slides(c, ts_participant_has_slides(p));
	ts_bfcp_user_enter(c->presenter.user, floor->bfcp, ts_now_ns());
	allow(floor);
	arm(floor);
	leave(floor);
}
