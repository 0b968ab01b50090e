#include "control/cdr/cdr.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/calls/call.h"
#include "control/cdr/file.h"
#include "control/cdr/meeting.h"
#include "control/json/json.h"
#include "control/outputs/outlets.h"
#include "control/recordings/recordings.h"
#include "control/rooms/registry.h"
#include "control/rooms/summary.h"
#include "control/stats/stats.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_PER_MB ((int64_t)1 << 20)

enum { THINGS_MAX = 50 }; /* recordings, and outputs, that a line names */

struct ts_cdr {
	struct ts_cdr_config with;
	struct ts_cdr_file *file;           /* NULL: none is written, but calls are told */
	GHashTable *meetings;               /* ts_room -> [owned] ts_meeting */
	const struct ts_cdr_events *events; /* NULL: nobody watches */
	void *events_arg;
};

/* ---- a line */

static json_t *text_or_null(const char *text)
{
	json_t *json = text && *text ? json_string(text) : NULL;
	return json ? json : json_null(); /* what a peer says need not be UTF-8 */
}

static json_t *number_or_null(int64_t value)
{
	return value ? json_integer(value) : json_null();
}

/* Who is called is told without what a URI may hide: PINs and passwords. */
static json_t *call_json(const struct ts_call_info *call)
{
	char peer[TS_SIP_TEXT_MAX];
	ts_call_peer_shown(call, peer);
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		call->id, "direction", call->dialled ? "out" : "in", "peer", text_or_null(peer),
		"address", text_or_null(call->address), "user_agent", text_or_null(call->agent),
		"secure", call->secure, "outcome", text_or_null(call->outcome), "code",
		number_or_null(call->code), "reason", text_or_null(call->reason), "sip_cause",
		number_or_null(call->sip_cause), "q850_cause", number_or_null(call->q850_cause),
		"answered_ms", number_or_null(call->answered_unix_ms));
}

/* Takes json. */
static void add_line(struct ts_cdr *cdr, json_t *json)
{
	if (!cdr->file) {
		json_decref(json);
		return;
	}
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(json);
	if (text) ts_cdr_file_add(cdr->file, text, strlen(text));
	free(text);
}

static void tell_participant(const struct ts_cdr *cdr, const char *room_id, json_t *line)
{
	if (line && cdr->events)
		cdr->events->participant(cdr->events_arg, room_id,
			json_string_value(json_object_get(line, "id")), json_incref(line));
}

static void write_line(struct ts_cdr *cdr, struct ts_room *room,
	const struct ts_participant_info *info, const struct ts_summary *summary,
	const struct ts_call_info *call, const char *why)
{
	const int64_t now_ms = ts_unix_ms_from_ns(ts_now_ns());
	const struct ts_room_config *config = ts_room_config(room);
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:b, s:I, s:I, s:I, s:o, s:o, s:o, "
		"s:o}",
		"type", "participant", "id", info->id, "room", ts_room_id_told(config), "name",
		text_or_null(info->name), "identity", text_or_null(info->identity), "kind",
		ts_kind_name(info->kind), "role", text_or_null(info->role), "waiting",
		*config->waits_for != 0, "joined_ms", (json_int_t)info->joined_unix_ms, "left_ms",
		(json_int_t)now_ms, "duration_ms", (json_int_t)(now_ms - info->joined_unix_ms),
		"reason", text_or_null(why), "audio", ts_media_summary_json(&summary->audio, true),
		"video", ts_media_summary_json(&summary->video, false), "sip",
		call ? call_json(call) : json_null());
	tell_participant(cdr, ts_room_id_told(config), json);
	add_line(cdr, json);
}

/* They were in no room, and of how their media went nothing is kept. */
static void on_not_admitted(void *arg, const struct ts_call_info *call)
{
	struct ts_cdr *cdr = arg;
	ts_stats_refused(cdr->with.stats, "", "call-not-admitted");
	json_t *json = json_pack(
		"{s:s, s:s, s:n, s:o, s:n, s:s, s:n, s:b, s:I, s:I, s:I, s:o, s:n, s:n, s:o}",
		"type", "participant", "id", call->participant, "room", "name",
		text_or_null(call->name), "identity", "kind", ts_kind_name(TS_KIND_SIP), "role",
		"waiting", 0, "joined_ms", (json_int_t)call->began_unix_ms, "left_ms",
		(json_int_t)call->ended_unix_ms, "duration_ms",
		(json_int_t)(call->ended_unix_ms - call->began_unix_ms), "reason",
		text_or_null(call->reason), "audio", "video", "sip", call_json(call));
	tell_participant(cdr, "", json);
	add_line(cdr, json);
}

/* ---- meetings */

static json_t *recordings_json(struct ts_cdr *cdr, const char *room_id, int64_t since_ms)
{
	const struct ts_recording *r;
	json_t *ids = json_array();
	size_t at = 0;
	while (cdr->with.recordings &&
		(r = ts_recordings_next(cdr->with.recordings, room_id, &at)) != NULL)
		if ((!r->ended_ms || r->ended_ms >= since_ms) && json_array_size(ids) < THINGS_MAX)
			json_array_append_new(ids, json_string(r->id));
	return ids;
}

static json_t *outputs_json(struct ts_cdr *cdr, const char *room_id, int64_t since_ms)
{
	const struct ts_outlet *o;
	json_t *ids = json_array();
	size_t at = 0;
	while (cdr->with.outlets && (o = ts_outlets_next(cdr->with.outlets, room_id, &at)) != NULL)
		if ((ts_outlet_is_running(o) || o->since_ms >= since_ms) &&
			json_array_size(ids) < THINGS_MAX)
			json_array_append_new(ids, json_string(o->id));
	return ids;
}

static void end_meeting(struct ts_cdr *cdr, struct ts_room *room, int64_t now_ms)
{
	const char *room_id = ts_room_config(room)->id;
	struct ts_meeting *meeting = g_hash_table_lookup(cdr->meetings, room);
	if (!meeting || ts_meeting_here(meeting)) return;
	const int64_t since_ms = ts_meeting_began_ms(meeting);
	json_t *line = ts_meeting_json(meeting, recordings_json(cdr, room_id, since_ms),
		outputs_json(cdr, room_id, since_ms), now_ms);
	if (line && cdr->events)
		cdr->events->meeting(cdr->events_arg, room_id,
			json_string_value(json_object_get(line, "id")), json_incref(line));
	g_hash_table_remove(cdr->meetings, room);
	add_line(cdr, line);
}

static void come(struct ts_cdr *cdr, struct ts_room *room, struct ts_participant *p)
{
	const int64_t now_ms = ts_unix_ms_from_ns(ts_now_ns());
	const enum ts_participant_state state = ts_participant_state(p);
	struct ts_meeting *meeting = g_hash_table_lookup(cdr->meetings, room);
	if (state == TS_P_CONNECTING || state == TS_P_ENDED ||
		!ts_kind_is_person(ts_participant_kind(p)))
		return;
	if (!meeting) {
		meeting = ts_meeting_new(ts_room_config(room)->id, now_ms);
		g_hash_table_insert(cdr->meetings, room, meeting);
		ts_stats_meeting(cdr->with.stats, ts_room_config(room)->id);
	}
	const uint64_t key = ts_participant_key(p);
	if (!ts_meeting_has(meeting, key)) ts_meeting_came(meeting, key, now_ms);
}

/* ---- people */

static void leave(
	struct ts_cdr *cdr, struct ts_room *room, struct ts_participant *p, const char *why)
{
	const int64_t now_ms = ts_unix_ms_from_ns(ts_now_ns());
	const bool moves = ts_participant_moves_to(p);
	struct ts_participant_info info;
	struct ts_summary summary;
	ts_participant_info(p, &info);
	ts_summary_of(&summary, &info);
	ts_stats_pictures(ts_registry_member(cdr->with.registry, p), &summary);
	struct ts_meeting *meeting = g_hash_table_lookup(cdr->meetings, room);
	if (meeting && ts_meeting_has(meeting, ts_participant_key(p)))
		ts_meeting_left(meeting, ts_participant_key(p), &info, &summary,
			moves ? "moved" : why, now_ms);
	if (!moves) {
		const struct ts_call_info *call = ts_calls_left(cdr->with.calls, info.id, &summary);
		if (call)
			ts_stats_call(cdr->with.stats, ts_room_config(room)->id, call->dialled,
				call->answered_unix_ms != 0);
		write_line(cdr, room, &info, &summary, call, why);
	}
	/* one whose people are elsewhere for a time goes on */
	if (!ts_registry_is_held(cdr->with.registry, room)) end_meeting(cdr, room, now_ms);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_cdr *cdr = arg;
	if (!participant) return;
	if (what == TS_ROOM_LEFT)
		leave(cdr, room, participant, ts_participant_left_because(participant));
	else if (what == TS_ROOM_JOINED || what == TS_ROOM_PARTICIPANT)
		come(cdr, room, participant);
}

/* Who waits has been in no meeting. */
static void on_waits(void *arg, struct ts_room *hidden, enum ts_room_change what,
	struct ts_participant *participant)
{
	if (what == TS_ROOM_LEFT && participant && !ts_participant_moves_to(participant))
		leave(arg, hidden, participant, ts_participant_left_because(participant));
}

/* Nobody tells of those who are in it that they leave, and a held one may go with nobody in it. */
static void on_closing(void *arg, struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		leave(arg, room, p, "room-closed");
	end_meeting(arg, room, ts_unix_ms_from_ns(ts_now_ns()));
}

/* Those who were elsewhere have come back, or never will. */
static void on_released(void *arg, struct ts_room *room)
{
	end_meeting(arg, room, ts_unix_ms_from_ns(ts_now_ns()));
}

/* ---- life */

int ts_cdr_create(struct ts_cdr **out, const struct ts_cdr_config *with)
{
	static const struct ts_registry_watcher watcher = {.changed = on_changed,
		.waits = on_waits,
		.closing = on_closing,
		.released = on_released};
	struct ts_cdr *cdr = g_new0(struct ts_cdr, 1);
	cdr->with = *with;
	cdr->meetings = g_hash_table_new_full(
		NULL, NULL, NULL, (GDestroyNotify)(void (*)(void))ts_meeting_free);
	*out = cdr;
	ts_registry_watch(with->registry, &watcher, cdr);
	if (with->calls) ts_calls_watch_not_admitted(with->calls, on_not_admitted, cdr);
	if (!*with->config->cdr.file) return 0;
	int rc = ts_cdr_file_create(
		&cdr->file, with->config->cdr.file, with->config->cdr.max_mb * BYTES_PER_MB);
	if (rc) ts_cdr_destroy(out);
	return rc;
}

void ts_cdr_watch(struct ts_cdr *cdr, const struct ts_cdr_events *events, void *arg)
{
	cdr->events = events;
	cdr->events_arg = arg;
}

void ts_cdr_reopen(struct ts_cdr *cdr)
{
	if (cdr->file) ts_cdr_file_reopen(cdr->file);
}

void ts_cdr_destroy(struct ts_cdr **cdrp)
{
	struct ts_cdr *cdr = *cdrp;
	*cdrp = NULL;
	if (!cdr) return;
	ts_registry_unwatch(cdr->with.registry, cdr);
	if (cdr->with.calls) ts_calls_watch_not_admitted(cdr->with.calls, NULL, NULL);
	ts_cdr_file_destroy(&cdr->file);
	g_hash_table_unref(cdr->meetings);
	g_free(cdr);
}
