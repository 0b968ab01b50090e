#include "control/calls/content.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/calls/content_core.h"

/* ---- users: ids are told to all in a room, and a call may go to another */

uint16_t ts_content_new_id(struct ts_contents *all)
{
	uint16_t id;
	do id = (uint16_t)ts_random_u32();
	while (!id || g_hash_table_contains(all->users, GUINT_TO_POINTER(id)));
	g_hash_table_add(all->users, GUINT_TO_POINTER(id));
	return id;
}

void ts_content_free_user(struct ts_contents *all, struct ts_bfcp_user *user)
{
	g_hash_table_remove(all->users, GUINT_TO_POINTER(ts_bfcp_user_id(user)));
	ts_bfcp_user_free(user, ts_now_ns());
}

/* ---- calls */

void ts_content_set_hosts(struct ts_content *c, const char *told, const char *signals)
{
	if (c) ts_bfcp_link_set_hosts(c->link, told, signals);
}

static bool on_received(void *arg, const void *bytes, size_t n, int64_t now_ns)
{
	return ts_content_floor_receive(arg, bytes, n, now_ns);
}

static void on_lost(void *arg, int64_t now_ns)
{
	ts_content_floor_lost(arg, now_ns);
}

static struct ts_content *open_content(
	struct ts_contents *all, struct ts_sip_session *s, const char *name)
{
	struct ts_sip_bfcp *b = &s->bfcp;
	struct ts_content *c = g_new0(struct ts_content, 1);
	b->user = ts_content_new_id(all);
	while (!b->conference) b->conference = ts_random_u32();
	const struct ts_bfcp_link_config config = {.conference = b->conference,
		.user = b->user,
		.reliable = b->reliable,
		.fingerprint = b->fingerprint,
		.local = s->transport.local_address,
		.received = on_received,
		.lost = on_lost,
		.arg = c};
	c->contents = all;
	c->reliable = b->reliable;
	g_strlcpy(c->fingerprint, b->fingerprint, sizeof c->fingerprint);
	c->presenter.at.data = &c->presenter;
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
	c->presenter.user = ts_bfcp_user_new(&user);
	return c;
}

void ts_content_update(struct ts_content **content, struct ts_contents *all,
	struct ts_sip_session *s, const char *name)
{
	struct ts_content *c = *content;
	struct ts_participant *p = c ? c->presenter.participant : NULL;
	if (c &&
		(!s->bfcp.used || s->bfcp.reliable != c->reliable ||
			strcmp(s->bfcp.fingerprint, c->fingerprint) != 0))
		ts_content_close(content);
	if (!*content && s->bfcp.used) {
		*content = open_content(all, s, name);
		if (p) ts_content_enter(*content, p);
	}
	if (*content)
		s->bfcp.local_port = ts_bfcp_link_port((*content)->link);
	else
		s->bfcp.local_port = 0;
}

void ts_content_enter(struct ts_content *c, struct ts_participant *p)
{
	if (!c ||
		(p && c->presenter.participant == p &&
			ts_content_floor_of(c->contents, ts_participant_room(p)) ==
				c->presenter.floor))
		return;
	ts_content_floor_leave(c);
	if (p) ts_content_floor_enter(c, p);
}

void ts_content_close(struct ts_content **content)
{
	struct ts_content *c = *content;
	*content = NULL;
	if (!c) return;
	struct ts_participant *p = c->presenter.participant;
	struct ts_contents *all = c->contents;
	ts_content_floor_leave(c);
	ts_bfcp_link_close(&c->link);
	ts_content_free_user(all, c->presenter.user);
	g_free(c);
	/* they go on without it */
	if (p) ts_participant_allow_slides(p, true);
}

/* ---- looking */

struct ts_participant *ts_contents_presenter(
	struct ts_contents *all, struct ts_room *room, int64_t *since_ns)
{
	const struct ts_content_floor *floor = all ? ts_content_floor_of(all, room) : NULL;
	const struct ts_bfcp_user *holder = floor ? ts_content_floor_holder(floor) : NULL;
	if (!holder) return NULL;
	*since_ns = ts_bfcp_user_since_ns(holder);
	return ts_content_floor_whose(floor, holder);
}

bool ts_contents_info(
	struct ts_contents *all, struct ts_participant *participant, struct ts_content_info *out)
{
	const struct ts_content_floor *floor = all
		? ts_content_floor_of(all, ts_participant_room(participant))
		: NULL;
	const struct ts_content *c = ts_content_floor_find(floor, participant);
	*out = (struct ts_content_info){.reliable = false};
	if (!c) return false;
	out->reliable = c->reliable;
	out->secure = *c->fingerprint != '\0';
	out->version = ts_bfcp_user_heard(c->presenter.user);
	out->floor = ts_bfcp_user_floor(c->presenter.user);
	ts_bfcp_link_from(c->link, out->from, sizeof out->from);
	return true;
}

/* ---- life */

const char *ts_contents_fingerprint(const struct ts_contents *all)
{
	return ts_bfcp_ports_fingerprint(all->ports);
}

void ts_contents_watch(struct ts_contents *all, ts_contents_changed changed, void *arg)
{
	all->changed = changed;
	all->changed_arg = arg;
}

struct ts_contents *ts_contents_new(
	struct ts_loop *loop, struct ts_registry *registry, const struct ts_config *config)
{
	struct ts_contents *all = g_new0(struct ts_contents, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->ports = ts_bfcp_ports_new(
		loop, (uint16_t)config->media.ports.first, (uint16_t)config->media.ports.last);
	all->floors = g_hash_table_new(NULL, NULL);
	all->users = g_hash_table_new(NULL, NULL);
	ts_registry_watch(registry, &ts_content_floor_watcher, all);
	return all;
}

void ts_contents_free(struct ts_contents *all)
{
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	/* a server that had to stop leaves people in its rooms */
	GList *rooms = g_hash_table_get_keys(all->floors);
	for (const GList *l = rooms; l; l = l->next) ts_content_floor_close(all, l->data);
	g_list_free(rooms);
	ts_bfcp_ports_free(all->ports);
	g_hash_table_unref(all->floors);
	g_hash_table_unref(all->users);
	g_free(all);
}
