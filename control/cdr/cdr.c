#include "control/cdr/cdr.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/calls/call.h"
#include "control/cdr/file.h"
#include "control/json/json.h"
#include "control/rooms/registry.h"
#include "control/rooms/summary.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_PER_MB ((int64_t)1 << 20)

struct ts_cdr {
	struct ts_registry *registry;
	struct ts_calls *calls;
	struct ts_cdr_file *file; /* NULL: none is written, but calls are told */
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
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(json);
	if (text) ts_cdr_file_add(cdr->file, text, strlen(text));
	free(text);
}

static void write_line(struct ts_cdr *cdr, struct ts_room *room, struct ts_participant *participant,
	const struct ts_participant_info *info, const struct ts_summary *summary,
	const struct ts_call_info *call)
{
	const int64_t now_ms = ts_unix_ms_from_ns(ts_now_ns());
	const struct ts_room_config *config = ts_room_config(room);
	json_t *json = json_pack(
		"{s:s, s:s, s:o, s:o, s:s, s:o, s:b, s:I, s:I, s:I, s:o, s:o, s:o, "
		"s:o}",
		"id", info->id, "room", ts_room_id_told(config), "name", text_or_null(info->name),
		"identity", text_or_null(info->identity), "kind", ts_kind_name(info->kind), "role",
		text_or_null(info->role), "waiting", *config->waits_for != 0, "joined_ms",
		(json_int_t)info->joined_unix_ms, "left_ms", (json_int_t)now_ms, "duration_ms",
		(json_int_t)(now_ms - info->joined_unix_ms), "reason",
		text_or_null(ts_participant_left_because(participant)), "audio",
		ts_media_summary_json(&summary->audio, true), "video",
		ts_media_summary_json(&summary->video, false), "sip",
		call ? call_json(call) : json_null());
	add_line(cdr, json);
}

/* They were in no room, and of how their media went nothing is kept. */
static void on_not_admitted(void *arg, const struct ts_call_info *call)
{
	add_line(arg,
		json_pack("{s:s, s:n, s:o, s:n, s:s, s:n, s:b, s:I, s:I, s:I, s:o, s:n, s:n, s:o}",
			"id", call->participant, "room", "name", text_or_null(call->name),
			"identity", "kind", ts_kind_name(TS_KIND_SIP), "role", "waiting", 0,
			"joined_ms", (json_int_t)call->began_unix_ms, "left_ms",
			(json_int_t)call->ended_unix_ms, "duration_ms",
			(json_int_t)(call->ended_unix_ms - call->began_unix_ms), "reason",
			text_or_null(call->reason), "audio", "video", "sip", call_json(call)));
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_cdr *cdr = arg;
	struct ts_participant_info info;
	struct ts_summary summary;
	if (what != TS_ROOM_LEFT || !participant || ts_participant_moves_to(participant)) return;
	ts_participant_info(participant, &info);
	ts_summary_of(&summary, &info);
	const struct ts_call_info *call = ts_calls_left(cdr->calls, info.id, &summary);
	if (cdr->file) write_line(cdr, room, participant, &info, &summary, call);
}

/* ---- life */

int ts_cdr_create(struct ts_cdr **out, const struct ts_config *config, struct ts_registry *registry,
	struct ts_calls *calls)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .waits = on_changed};
	struct ts_cdr *cdr = g_new0(struct ts_cdr, 1);
	cdr->registry = registry;
	cdr->calls = calls;
	*out = cdr;
	ts_registry_watch(registry, &watcher, cdr);
	if (!*config->cdr.file) return 0;
	int rc = ts_cdr_file_create(
		&cdr->file, config->cdr.file, config->cdr.max_mb * BYTES_PER_MB);
	if (rc)
		ts_cdr_destroy(out);
	else
		ts_calls_watch_not_admitted(calls, on_not_admitted, cdr);
	return rc;
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
	ts_registry_unwatch(cdr->registry, cdr);
	ts_calls_watch_not_admitted(cdr->calls, NULL, NULL);
	ts_cdr_file_destroy(&cdr->file);
	g_free(cdr);
}
