#include "control/machines/machines.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/http/http.h"
#include "control/machines/core.h"
#include "control/machines/texts.h"
#include "control/rooms/drain.h"
#include "control/rooms/registry.h"
#include <string.h>

/* ---- what happens in rooms */

static void notify_room(struct ts_machines *all, const struct ts_room *room,
	const struct ts_participant *about, json_t *json)
{
	for (GList *at = all->agents.head, *next; at; at = next) {
		struct ts_agent *a = at->data;
		next = at->next;
		if (!a->participant || a->participant == about ||
			ts_participant_room(a->participant) != room ||
			ts_participant_state(a->participant) == TS_P_CONNECTING)
			continue;
		ts_agent_tell(a, json_incref(json));
	}
	json_decref(json);
}

static void tell_presence(struct ts_machines *all, const struct ts_room *room,
	struct ts_participant *p, const char *event)
{
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	notify_room(all, room, p,
		json_pack("{s:s, s:s, s:s, s:s}", "event", event, "participant", info.id, "name",
			info.name, "kind", ts_kind_name(info.kind)));
}

static void on_changed(
	void *arg, struct ts_room *room, enum ts_room_change what, struct ts_participant *p)
{
	struct ts_machines *all = arg;
	if (!all->agents.length || !p) return;
	if (what == TS_ROOM_JOINED) tell_presence(all, room, p, "joined");
	if (what == TS_ROOM_LEFT) {
		tell_presence(all, room, p, "left");
		if (all->draining) ts_loop_post(all->with.loop, &all->look);
	}
	if (what != TS_ROOM_PARTICIPANT || ts_participant_kind(p) != TS_KIND_MACHINE) return;
	for (GList *at = all->agents.head; at; at = at->next) {
		struct ts_agent *a = at->data;
		if (a->participant == p) ts_agent_look(a);
	}
}

static void on_digit(void *arg, struct ts_room *room, struct ts_participant *p, char digit)
{
	struct ts_machines *all = arg;
	if (all->agents.length)
		notify_room(all, room, NULL, ts_machine_digit_json(ts_participant_id(p), digit));
}

/* ---- the end of the server */

/* Draining, a program alone keeps no room. One by one: who goes may take others along. */
static void on_look(struct ts_task *task)
{
	struct ts_machines *all = ts_container_of(task, struct ts_machines, look);
	for (GList *at = all->agents.head; at && all->draining;) {
		struct ts_agent *a = at->data;
		at = at->next;
		if (!a->participant || a->over ||
			ts_room_first_person(ts_participant_room(a->participant)))
			continue;
		ts_agent_finish(a, TS_CLOSE_GOING, "draining");
		at = all->agents.head;
	}
}

static void on_drain(void *arg, const struct ts_drain_info *info)
{
	struct ts_machines *all = arg;
	all->draining = info->draining;
	if (all->draining) ts_loop_post(all->with.loop, &all->look);
}

void ts_machines_close(struct ts_machines *all)
{
	all->closing = true;
	for (GList *at = all->agents.head; at;) {
		struct ts_agent *a = at->data;
		at = at->next;
		if (a->over) continue;
		ts_agent_finish(a, TS_CLOSE_GOING, "server-stops");
		at = all->agents.head;
	}
}

/* ---- one more */

static bool has_place(const struct ts_machines *all, const char *room, const char *customer)
{
	const struct ts_config *config = all->with.config;
	int in_room = 0, of_address = 0;
	for (GList *at = all->agents.head; at; at = at->next) {
		const struct ts_agent *a = at->data;
		in_room += !a->over && !strcmp(a->room, room);
		of_address += !strcmp(a->customer, customer);
	}
	return (int)all->agents.length < config->machines.max &&
		in_room < config->machines.max_per_room &&
		of_address < config->machines.max_per_address;
}

static int join(struct ts_agent *a, const struct ts_machine_wish *wish)
{
	struct ts_member *member;
	struct ts_participant_info info;
	struct ts_join *join = g_new(struct ts_join, 1);
	*join = *wish->join;
	join->kind = TS_KIND_MACHINE;
	join->leg = &ts_machine_leg;
	join->way = a->machine;
	join->audio_media = 0;
	join->video_media = join->slides_media = -1;
	join->transport.n_media = 1;
	join->transport.media[0].n_pt = wish->speaks ? 1 : 0;
	join->events = &ts_agent_participant_events;
	join->events_arg = a;
	g_strlcpy(join->from, a->address, sizeof(join->from));
	const int err = ts_registry_join(a->all->with.registry, a->room, join, NULL, NULL, &member);
	g_free(join);
	if (err) return err;
	a->participant = member->participant;
	a->refs = 1;
	member->is_named = wish->is_named;
	if (wish->expires_ns) ts_registry_expire_at(member, wish->expires_ns);
	ts_participant_info(a->participant, &info);
	g_strlcpy(a->id, info.id, sizeof(a->id));
	return TS_OK;
}

static struct ts_agent *agent_new(struct ts_machines *all, const struct ts_request *request,
	const char *room_id, const struct ts_machine_wish *wish)
{
	struct ts_agent *a = g_new0(struct ts_agent, 1);
	a->all = all;
	a->codec = wish->codec;
	a->rate_hz = wish->rate_hz;
	a->framing = wish->framing;
	a->speaks = wish->speaks;
	a->looks = wish->looks;
	a->began_ms = ts_unix_ms_from_ns(ts_now_ns());
	g_strlcpy(a->room, room_id, sizeof(a->room));
	g_strlcpy(a->hears, wish->hears, sizeof(a->hears));
	g_strlcpy(a->address, ts_request_address(request), sizeof(a->address));
	if (!ts_address_network(a->customer, a->address, TS_ADDRESS_CUSTOMER_BYTES))
		g_strlcpy(a->customer, a->address, sizeof(a->customer));
	a->talkers = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	a->link.data = a;
	return a;
}

static bool is_there(struct ts_registry *registry, const char *room_id, const char *whom)
{
	struct ts_room *room = ts_registry_find(registry, room_id);
	if (!strcmp(whom, "others") || !strcmp(whom, "all")) return true;
	for (struct ts_participant *p = room ? ts_room_first(room) : NULL; p; p = ts_room_next(p))
		if (!strcmp(ts_participant_id(p), whom)) return true;
	return false;
}

int ts_machines_open(struct ts_machines *all, struct ts_request *request, const char *room_id,
	const struct ts_machine_wish *wish)
{
	if (all->closing) return TS_ECLOSED;
	struct ts_agent *a = agent_new(all, request, room_id, wish);
	if (!ts_agent_is_asked_for(a, request)) {
		ts_agent_free(a);
		return TS_OK;
	}
	int err = !has_place(all, room_id, a->customer)               ? TS_ELIMIT
		: !is_there(all->with.registry, room_id, wish->hears) ? TS_ENOTFOUND
								      : TS_OK;
	if (!err)
		err = ts_machine_create(&a->machine,
			&(struct ts_machine_config){.control = all->with.loop,
				.codec = wish->codec,
				.rate_hz = wish->rate_hz,
				.heard = ts_agent_heard,
				.arg = a});
	if (!err) err = join(a, wish);
	if (err) {
		ts_agent_free(a);
		return err;
	}
	g_queue_push_tail_link(&all->agents, &a->link);
	ts_count(TS_C_MACHINES);
	ts_agent_hear(a, wish->hears);
	ts_info("machine", "room=%s participant=%s codec=%s rate=%d hears=%s speaks=%d client=%s",
		a->room, a->id, ts_codec_name(a->codec), a->rate_hz, a->hears, a->speaks,
		a->address);
	ts_agent_accept(a, request);
	return TS_OK;
}

/* ---- life of all */

void ts_machines_create(struct ts_machines **out, const struct ts_machines_config *config)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .digit = on_digit};
	struct ts_machines *all = g_new0(struct ts_machines, 1);
	all->with = *config;
	all->look.fn = on_look;
	g_queue_init(&all->agents);
	ts_registry_watch(config->registry, &watcher, all);
	ts_drain_watch(config->drain, &(struct ts_drain_watcher){.changed = on_drain}, all);
	*out = all;
}

void ts_machines_destroy(struct ts_machines **machines)
{
	struct ts_machines *all = *machines;
	*machines = NULL;
	if (!all) return;
	ts_registry_unwatch(all->with.registry, all);
	/* pictures that were on their way when the loop ended */
	while (all->agents.head) {
		struct ts_agent *a = all->agents.head->data;
		a->refs = 1;
		ts_agent_unref(a);
	}
	g_free(all);
}
