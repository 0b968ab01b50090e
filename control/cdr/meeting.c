#include "control/cdr/meeting.h"
#include "base/random.h"
#include "control/json/json.h"
#include <glib.h>

struct ts_meeting {
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1];
	int64_t began_ms;
	char why[32];     /* the last one left */
	GHashTable *here; /* key -> [owned] when they came */
	json_t *who;      /* those who left */
	size_t people, peak, by_kind[TS_KIND_COUNT];
	struct {
		char id[TS_ULID_LEN + 1], name[TS_NAME_MAX + 1];
		int64_t ms;
	} longest;
	uint32_t codecs[2]; /* seen, a bit each: of sound, of pictures */
};

_Static_assert(TS_CODEC_COUNT <= 32, "a bit each");

struct ts_meeting *ts_meeting_new(const char *room_id, int64_t now_ms)
{
	struct ts_meeting *meeting = g_new0(struct ts_meeting, 1);
	ts_ulid(meeting->id, now_ms);
	g_strlcpy(meeting->room, room_id, sizeof(meeting->room));
	meeting->began_ms = now_ms;
	meeting->here = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	meeting->who = json_array();
	return meeting;
}

void ts_meeting_free(struct ts_meeting *meeting)
{
	if (!meeting) return;
	g_hash_table_unref(meeting->here);
	json_decref(meeting->who);
	g_free(meeting);
}

void ts_meeting_came(struct ts_meeting *meeting, uint64_t key, int64_t now_ms)
{
	g_hash_table_insert(
		meeting->here, g_memdup2(&key, sizeof(key)), g_memdup2(&now_ms, sizeof(now_ms)));
	meeting->people++;
	if (ts_meeting_here(meeting) > meeting->peak) meeting->peak = ts_meeting_here(meeting);
}

bool ts_meeting_has(const struct ts_meeting *meeting, uint64_t key)
{
	return g_hash_table_contains(meeting->here, &key);
}

static void note_codec(uint32_t *seen, enum ts_codec codec)
{
	if (codec != TS_CODEC_NONE) *seen |= UINT32_C(1) << codec;
}

static json_t *text_or_null(const char *text)
{
	json_t *json = text && *text ? json_string(text) : NULL;
	return json ? json : json_null();
}

void ts_meeting_left(struct ts_meeting *meeting, uint64_t key,
	const struct ts_participant_info *info, const struct ts_summary *media, const char *why,
	int64_t now_ms)
{
	const int64_t came_ms = *(const int64_t *)g_hash_table_lookup(meeting->here, &key),
		      ms = now_ms > came_ms ? now_ms - came_ms : 0;
	g_hash_table_remove(meeting->here, &key);
	g_strlcpy(meeting->why, why, sizeof(meeting->why));
	meeting->by_kind[info->kind]++;
	if (ms >= meeting->longest.ms) {
		meeting->longest.ms = ms;
		g_strlcpy(meeting->longest.id, info->id, sizeof(meeting->longest.id));
		g_strlcpy(meeting->longest.name, info->name, sizeof(meeting->longest.name));
	}
	const struct ts_media_summary *const both[] = {&media->audio, &media->video};
	for (size_t i = 0; i < 2; i++) {
		note_codec(&meeting->codecs[i], both[i]->in);
		note_codec(&meeting->codecs[i], both[i]->out);
	}
	if (json_array_size(meeting->who) >= TS_MEETING_WHO) return;
	json_array_append_new(meeting->who,
		json_pack("{s:s, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:o}", "id", info->id, "name",
			text_or_null(info->name), "identity", text_or_null(info->identity), "kind",
			ts_kind_name(info->kind), "role", text_or_null(info->role), "joined_ms",
			(json_int_t)came_ms, "left_ms", (json_int_t)now_ms, "duration_ms",
			(json_int_t)ms, "reason", text_or_null(why)));
}

size_t ts_meeting_here(const struct ts_meeting *meeting)
{
	return g_hash_table_size(meeting->here);
}

int64_t ts_meeting_began_ms(const struct ts_meeting *meeting)
{
	return meeting->began_ms;
}

static json_t *codecs_json(uint32_t seen)
{
	json_t *array = json_array();
	for (int codec = 0; codec < TS_CODEC_COUNT; codec++)
		if (seen >> codec & 1)
			json_array_append_new(
				array, json_string(ts_codec_name((enum ts_codec)codec)));
	return array;
}

json_t *ts_meeting_json(
	const struct ts_meeting *meeting, json_t *recordings, json_t *outputs, int64_t now_ms)
{
	json_t *by_kind = json_object();
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		if (meeting->by_kind[kind])
			json_object_set_new(by_kind, ts_kind_name((enum ts_kind)kind),
				json_integer((json_int_t)meeting->by_kind[kind]));
	const int64_t ms = now_ms > meeting->began_ms ? now_ms - meeting->began_ms : 0;
	const size_t named = json_array_size(meeting->who);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:I, s:o, s:{s:s, s:o, s:I}, "
			 "s:O, s:I, s:o, s:o, s:o, s:o}",
		"type", "room", "id", meeting->id, "room", meeting->room, "began_ms",
		(json_int_t)meeting->began_ms, "ended_ms", (json_int_t)now_ms, "duration_ms",
		(json_int_t)ms, "reason", *meeting->why ? meeting->why : "left", "people",
		(json_int_t)meeting->people, "peak", (json_int_t)meeting->peak, "by_kind", by_kind,
		"longest", "id", meeting->longest.id, "name", text_or_null(meeting->longest.name),
		"duration_ms", (json_int_t)meeting->longest.ms, "who", meeting->who, "not_named",
		(json_int_t)(meeting->people > named ? meeting->people - named : 0), "audio_codecs",
		codecs_json(meeting->codecs[0]), "video_codecs", codecs_json(meeting->codecs[1]),
		"recordings", recordings, "outputs", outputs);
}
