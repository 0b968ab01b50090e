#include "control/calls/content.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "control/bfcp/link.h"
#include "control/bfcp/server.h"
#include "control/rooms/registry.h"

#define SILENT_NS (30 * TS_NS_PER_S)
#define LOOK_NS TS_NS_PER_S

struct ts_contents {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	struct ts_bfcp_ports *ports;
	GHashTable *floors; /* by struct ts_room */
	GHashTable *users;  /* by id: GUINT_TO_POINTER -> 1 */
	ts_contents_changed changed;
	void *changed_arg;
};

/* Of one room. */
struct floor {
	struct ts_contents *contents;
	struct ts_room *room;
	struct ts_bfcp_room *bfcp;
	struct ts_timer timer;
	bool closing;       /* nobody is told any more */
	GQueue contents_of; /* struct ts_content: those with BFCP */
	GQueue others;      /* struct other: those who present without */
};

struct ts_content {
	struct ts_contents *contents;
	struct floor *floor;                /* NULL: in no room */
	struct ts_participant *participant; /* likewise */
	struct ts_bfcp_user *user;
	struct ts_bfcp_link *link;
	bool reliable;
	int64_t shown_ns; /* when they last presented, or got the floor */
	GList at;
};

struct other {
	struct floor *floor;
	struct ts_participant *participant;
	struct ts_bfcp_user *user;
	GList at;
};

static enum ts_floor_rule rule_of(const struct ts_contents *all)
{
	return (enum ts_floor_rule)all->config->content.takeover;
}

_Static_assert((int)TS_FLOOR_NEWEST == (int)TS_CONTENT_NEWEST &&
		(int)TS_FLOOR_FIRST == (int)TS_CONTENT_FIRST &&
		(int)TS_FLOOR_QUEUE == (int)TS_CONTENT_QUEUE,
	"the setting is the rule");

/* ---- users: ids are told to all in a room, and a call may go to another */

static uint16_t new_id(struct ts_contents *all)
{
	uint16_t id;
	do id = (uint16_t)ts_random_u32();
	while (!id || g_hash_table_contains(all->users, GUINT_TO_POINTER(id)));
	g_hash_table_add(all->users, GUINT_TO_POINTER(id));
	return id;
}

static void free_user(struct ts_contents *all, struct ts_bfcp_user *user)
{
	g_hash_table_remove(all->users, GUINT_TO_POINTER(ts_bfcp_user_id(user)));
	ts_bfcp_user_free(user, ts_now_ns());
}

/* ---- floors */

static struct ts_participant *participant_of(
	const struct floor *floor, const struct ts_bfcp_user *user)
{
	for (const GList *l = floor->contents_of.head; l; l = l->next) {
		const struct ts_content *c = l->data;
		if (c->user == user) return c->participant;
	}
	for (const GList *l = floor->others.head; l; l = l->next) {
		const struct other *o = l->data;
		if (o->user == user) return o->participant;
	}
	return NULL;
}

static void arm(struct floor *floor)
{
	const struct ts_bfcp_user *holder = ts_bfcp_room_holder(floor->bfcp);
	int64_t due_ns = ts_bfcp_room_due_ns(floor->bfcp);
	const int64_t look_ns = ts_now_ns() + LOOK_NS;
	/* is it shown what they took the floor for? */
	if (holder && ts_bfcp_user_conference(holder) && look_ns < due_ns) due_ns = look_ns;
	if (due_ns == INT64_MAX)
		ts_loop_timer_cancel(floor->contents->loop, &floor->timer);
	else
		ts_loop_timer_set(floor->contents->loop, &floor->timer, due_ns);
}

/* Whose slides are shown: of those with BFCP who holds the floor alone; of the others by the rule
 * NEWEST everybody's, of which layouts prefer the newest. */
static void allow(struct floor *floor)
{
	const struct ts_bfcp_user *holder = ts_bfcp_room_holder(floor->bfcp);
	const bool all = rule_of(floor->contents) == TS_FLOOR_NEWEST;
	for (const GList *l = floor->contents_of.head; l; l = l->next) {
		const struct ts_content *c = l->data;
		ts_participant_allow_slides(c->participant, c->user == holder);
	}
	for (const GList *l = floor->others.head; l; l = l->next) {
		const struct other *o = l->data;
		ts_participant_allow_slides(o->participant, all || o->user == holder);
	}
}

static void on_send(void *arg, struct ts_bfcp_user *user, const void *bytes, size_t n)
{
	struct floor *floor = arg;
	struct ts_content *c = ts_bfcp_user_arg(user);
	if (c && c->link) ts_bfcp_link_send(c->link, bytes, n);
	arm(floor);
}

/* Those who go on presenting without BFCP have the floor again when nobody else has it. */
static bool resume_others(struct floor *floor)
{
	for (const GList *l = floor->others.tail; l; l = l->prev)
		if (ts_bfcp_user_seize(((const struct other *)l->data)->user, ts_now_ns()))
			return true;
	return false;
}

static void on_held(void *arg, struct ts_bfcp_room *bfcp)
{
	struct floor *floor = arg;
	struct ts_bfcp_user *holder = ts_bfcp_room_holder(bfcp);
	if (floor->closing) return;
	/* which calls this again */
	if (!holder && resume_others(floor)) return;
	for (const GList *l = floor->contents_of.head; l; l = l->next) {
		struct ts_content *c = l->data;
		if (c->user == holder) c->shown_ns = ts_now_ns();
	}
	const struct ts_participant *p = holder ? participant_of(floor, holder) : NULL;
	ts_info("floor", "room=%s participant=%s", ts_room_config(floor->room)->id,
		p ? ts_participant_id(p) : "none");
	allow(floor);
	arm(floor);
	struct ts_contents *all = floor->contents;
	if (all->changed && !ts_registry_is_hidden(all->registry, floor->room))
		all->changed(all->changed_arg, floor->room);
}

static void watch_holder(struct floor *floor, int64_t now_ns)
{
	const struct ts_bfcp_user *holder = ts_bfcp_room_holder(floor->bfcp);
	for (const GList *l = floor->contents_of.head; l; l = l->next) {
		struct ts_content *c = l->data;
		if (c->user != holder) continue;
		if (ts_participant_presents(c->participant)) c->shown_ns = now_ns;
		if (now_ns - c->shown_ns < SILENT_NS) return;
		ts_count(TS_C_FLOOR_SILENT);
		ts_bfcp_user_revoke(c->user, now_ns);
		return;
	}
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct floor *floor = ts_container_of(timer, struct floor, timer);
	ts_bfcp_room_run(floor->bfcp, now_ns);
	watch_holder(floor, now_ns);
	arm(floor);
}

static const struct ts_bfcp_ops floor_ops = {.send = on_send, .held = on_held};

/* ---- those who present without BFCP */

static struct other *find_other(const struct floor *floor, const struct ts_participant *p)
{
	for (GList *l = floor->others.head; l; l = l->next)
		if (((struct other *)l->data)->participant == p) return l->data;
	return NULL;
}

static struct ts_content *find_content(
	const struct floor *floor, const struct ts_participant *participant)
{
	for (GList *l = floor ? floor->contents_of.head : NULL; l; l = l->next)
		if (((struct ts_content *)l->data)->participant == participant) return l->data;
	return NULL;
}

static struct floor *floor_of(struct ts_contents *all, struct ts_room *room)
{
	return g_hash_table_lookup(all->floors, room);
}

static void free_if_unused(struct floor *floor)
{
	struct ts_contents *all = floor->contents;
	if (floor->contents_of.length || floor->others.length) return;
	ts_loop_timer_cancel(all->loop, &floor->timer);
	g_hash_table_remove(all->floors, floor->room);
	ts_bfcp_room_free(floor->bfcp);
	g_free(floor);
}

static void begin_other(struct floor *floor, struct ts_participant *p)
{
	struct ts_participant_info info;
	struct other *o = g_new0(struct other, 1);
	ts_participant_info(p, &info);
	const struct ts_bfcp_user_config config = {
		.id = new_id(floor->contents), .name = info.name};
	o->floor = floor;
	o->participant = p;
	o->user = ts_bfcp_user_new(&config);
	o->at.data = o;
	g_queue_push_tail_link(&floor->others, &o->at);
	ts_bfcp_user_enter(o->user, floor->bfcp, ts_now_ns());
	if (!ts_bfcp_user_seize(o->user, ts_now_ns())) allow(floor);
}

/* They are out of the list before others may have the floor again. */
static void end_other(struct other *o)
{
	struct floor *floor = o->floor;
	g_queue_unlink(&floor->others, &o->at);
	free_user(floor->contents, o->user);
	g_free(o);
}

static struct floor *need_floor(struct ts_contents *all, struct ts_room *room)
{
	struct floor *floor = floor_of(all, room);
	if (floor) return floor;
	floor = g_new0(struct floor, 1);
	floor->contents = all;
	floor->room = room;
	floor->timer.fn = on_timer;
	floor->bfcp = ts_bfcp_room_new(rule_of(all), &floor_ops, floor);
	g_queue_init(&floor->contents_of);
	g_queue_init(&floor->others);
	g_hash_table_insert(all->floors, room, floor);
	return floor;
}

/* They began to present, or ceased to. */
static void follow(struct ts_contents *all, struct ts_room *room, struct ts_participant *p)
{
	struct floor *floor = floor_of(all, room);
	struct other *o = floor ? find_other(floor, p) : NULL;
	const bool presents = ts_participant_has_slides(p) && !find_content(floor, p);
	if (presents && !o) {
		begin_other(need_floor(all, room), p);
	} else if (!presents && o) {
		end_other(o);
		free_if_unused(floor);
	}
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_contents *all = arg;
	if (!participant) return;
	if (what == TS_ROOM_PARTICIPANT || what == TS_ROOM_JOINED) {
		follow(all, room, participant);
	} else if (what == TS_ROOM_LEFT) {
		struct floor *floor = floor_of(all, room);
		struct other *o = floor ? find_other(floor, participant) : NULL;
		if (!o) return;
		end_other(o);
		free_if_unused(floor);
	}
}

/* The room tells no more of who leaves it. */
static void on_closing(void *arg, struct ts_room *room)
{
	struct floor *floor = floor_of(arg, room);
	if (!floor) return;
	floor->closing = true;
	while (floor->others.head) end_other(floor->others.head->data);
	free_if_unused(floor);
}

/* ---- calls */

void ts_content_set_hosts(struct ts_content *c, const char *told, const char *signals)
{
	if (c) ts_bfcp_link_set_hosts(c->link, told, signals);
}

static bool on_received(void *arg, const void *bytes, size_t n, int64_t now_ns)
{
	return ts_bfcp_user_receive(((struct ts_content *)arg)->user, bytes, n, now_ns);
}

static void on_lost(void *arg, int64_t now_ns)
{
	ts_bfcp_user_lost(((struct ts_content *)arg)->user, now_ns);
}

static struct ts_content *open_content(
	struct ts_contents *all, struct ts_sip_session *s, const char *name)
{
	struct ts_sip_bfcp *b = &s->bfcp;
	struct ts_content *c = g_new0(struct ts_content, 1);
	b->user = new_id(all);
	while (!b->conference) b->conference = ts_random_u32();
	const struct ts_bfcp_link_config config = {.conference = b->conference,
		.user = b->user,
		.reliable = b->reliable,
		.local = s->transport.local_address,
		.received = on_received,
		.lost = on_lost,
		.arg = c};
	c->contents = all;
	c->reliable = b->reliable;
	c->at.data = c;
	if (ts_bfcp_link_open(&c->link, all->ports, &config)) {
		g_hash_table_remove(all->users, GUINT_TO_POINTER(b->user));
		b->user = 0;
		g_free(c);
		return NULL;
	}
	const struct ts_bfcp_user_config user = {.conference = b->conference,
		.id = b->user,
		.floor_id = b->floor_id,
		.reliable = b->reliable,
		.version = b->version ? b->version
			: b->reliable ? 1
				      : 2,
		.name = name,
		.arg = c};
	c->user = ts_bfcp_user_new(&user);
	return c;
}

void ts_content_update(struct ts_content **content, struct ts_contents *all,
	struct ts_sip_session *s, const char *name)
{
	struct ts_content *c = *content;
	struct ts_participant *p = c ? c->participant : NULL;
	if (c && (!s->bfcp.used || s->bfcp.reliable != c->reliable)) {
		ts_content_close(content);
	}
	if (!*content && s->bfcp.used) {
		*content = open_content(all, s, name);
		if (p) ts_content_enter(*content, p);
	}
	if (*content)
		s->bfcp.local_port = ts_bfcp_link_port((*content)->link);
	else
		s->bfcp.local_port = 0;
}

static void leave_floor(struct ts_content *c)
{
	struct floor *floor = c->floor;
	if (!floor) return;
	g_queue_unlink(&floor->contents_of, &c->at);
	c->floor = NULL;
	c->participant = NULL;
	ts_bfcp_user_enter(c->user, NULL, ts_now_ns());
	free_if_unused(floor);
}

void ts_content_enter(struct ts_content *c, struct ts_participant *p)
{
	struct ts_room *room = p ? ts_participant_room(p) : NULL;
	if (!c || (p && c->participant == p && c->floor->room == room)) return;
	leave_floor(c);
	if (!p) return;
	struct floor *floor = need_floor(c->contents, room);
	struct other *o = find_other(floor, p);
	if (o) end_other(o);
	c->floor = floor;
	c->participant = p;
	g_queue_push_tail_link(&floor->contents_of, &c->at);
	ts_bfcp_user_enter(c->user, floor->bfcp, ts_now_ns());
	ts_participant_allow_slides(p, false);
}

void ts_content_close(struct ts_content **content)
{
	struct ts_content *c = *content;
	*content = NULL;
	if (!c) return;
	struct ts_participant *p = c->participant;
	struct ts_contents *all = c->contents;
	leave_floor(c);
	ts_bfcp_link_close(&c->link);
	free_user(all, c->user);
	g_free(c);
	/* they go on without it */
	if (p) ts_participant_allow_slides(p, true);
}

/* ---- looking */

struct ts_participant *ts_contents_presenter(
	struct ts_contents *all, struct ts_room *room, int64_t *since_ns)
{
	const struct floor *floor = all ? floor_of(all, room) : NULL;
	const struct ts_bfcp_user *holder = floor ? ts_bfcp_room_holder(floor->bfcp) : NULL;
	if (!holder) return NULL;
	*since_ns = ts_bfcp_user_since_ns(holder);
	return participant_of(floor, holder);
}

bool ts_contents_info(
	struct ts_contents *all, struct ts_participant *participant, struct ts_content_info *out)
{
	const struct floor *floor = all ? floor_of(all, ts_participant_room(participant)) : NULL;
	const struct ts_content *c = find_content(floor, participant);
	*out = (struct ts_content_info){.reliable = false};
	if (!c) return false;
	out->reliable = c->reliable;
	out->version = ts_bfcp_user_heard(c->user);
	out->floor = ts_bfcp_user_floor(c->user);
	ts_bfcp_link_from(c->link, out->from, sizeof out->from);
	return true;
}

/* ---- life */

void ts_contents_watch(struct ts_contents *all, ts_contents_changed changed, void *arg)
{
	all->changed = changed;
	all->changed_arg = arg;
}

struct ts_contents *ts_contents_new(
	struct ts_loop *loop, struct ts_registry *registry, const struct ts_config *config)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing};
	struct ts_contents *all = g_new0(struct ts_contents, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->ports = ts_bfcp_ports_new(
		loop, (uint16_t)config->media.ports.first, (uint16_t)config->media.ports.last);
	all->floors = g_hash_table_new(NULL, NULL);
	all->users = g_hash_table_new(NULL, NULL);
	ts_registry_watch(registry, &watcher, all);
	return all;
}

void ts_contents_free(struct ts_contents *all)
{
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	/* a server that had to stop leaves people in its rooms */
	GList *rooms = g_hash_table_get_keys(all->floors);
	for (const GList *l = rooms; l; l = l->next) on_closing(all, l->data);
	g_list_free(rooms);
	ts_bfcp_ports_free(all->ports);
	g_hash_table_unref(all->floors);
	g_hash_table_unref(all->users);
	g_free(all);
}
