#include "control/recordings/sidecar.h"

#include "control/recordings/files.h"
#include "control/rooms/registry.h"
#include "control/rooms/windows.h"
#include "mixer/sink/writer.h"
#include <string.h>

const char *ts_recording_state_name(enum ts_recording_state state)
{
	static const char *const names[TS_RECORDING_STATES] = {[TS_RECORDING_RUNS] = "recording",
		[TS_RECORDING_PAUSED] = "paused",
		[TS_RECORDING_FINISHING] = "finishing",
		[TS_RECORDING_DONE] = "done",
		[TS_RECORDING_FAILED] = "failed"};
	return names[state];
}

const char *ts_stream_kind_name(enum ts_stream_kind kind)
{
	static const char *const names[TS_STREAM_KINDS] = {[TS_STREAM_CAMERA] = "camera",
		[TS_STREAM_SLIDES] = "slides",
		[TS_STREAM_VOICE] = "voice"};
	return names[kind];
}

static struct ts_recording *recording_new(void)
{
	struct ts_recording *r = g_new0(struct ts_recording, 1);
	r->parts = g_array_new(FALSE, TRUE, sizeof(struct ts_recording_part));
	r->tracks = g_array_new(FALSE, TRUE, sizeof(struct ts_recording_track));
	return r;
}

static void recording_free(struct ts_recording *r)
{
	g_array_unref(r->parts);
	g_array_unref(r->tracks);
	g_free(r);
}

bool ts_sidecar_id_ok(const char *id)
{
	return strlen(id) == TS_ULID_LEN &&
		strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == TS_ULID_LEN;
}

/* ---- writing */

static json_t *files_json(const struct ts_recording *r)
{
	json_t *array = json_array();
	for (guint i = 0; i < r->parts->len; i++) {
		const struct ts_recording_part *p = &g_array_index(
			r->parts, struct ts_recording_part, i);
		char file[TS_WRITER_NAME_MAX + 16];
		ts_writer_file(file, sizeof(file), r->id, i + 1, r->container);
		json_array_append_new(array,
			json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:i, s:b}", "file", file, "bytes",
				(json_int_t)p->bytes, "start_ms", (json_int_t)p->start_ms,
				"duration_ms", (json_int_t)p->duration_ms, "packets",
				(json_int_t)p->packets, "width", p->width, "height", p->height,
				"seekable", p->seekable));
	}
	return array;
}

/* start_ms: after the recording's first picture, by the clock: with pauses. */
static json_t *tracks_json(const struct ts_recording *r)
{
	json_t *array = json_array();
	for (guint i = 0; i < r->tracks->len; i++) {
		const struct ts_recording_track *t = &g_array_index(
			r->tracks, struct ts_recording_track, i);
		char file[TS_WRITER_NAME_MAX + 16];
		ts_files_track_name(file, sizeof(file), r->id, (size_t)t->number);
		json_array_append_new(array,
			json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, "
				  "s:i, s:i}",
				"file", file, "number", t->number, "participant", t->participant,
				"name", t->name, "kind", ts_stream_kind_name(t->kind), "codec",
				t->codec, "bytes", (json_int_t)t->bytes, "first_ms",
				(json_int_t)t->first_ms, "start_ms",
				(json_int_t)(r->first_ms ? t->first_ms - r->first_ms : 0),
				"duration_ms", (json_int_t)t->duration_ms, "packets",
				(json_int_t)t->packets, "lost", (json_int_t)t->lost, "width",
				t->width, "height", t->height));
	}
	return array;
}

char *ts_sidecar_text(const struct ts_recording *r, json_t *events)
{
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b, "
		"s:o, s:i, s:o}",
		"id", r->id, "room", r->room, "name", r->name, "format",
		ts_container_name(r->container), "view", r->view, "state",
		ts_recording_state_name(r->state), "reason", r->reason, "automatic", r->automatic,
		"created_ms", (json_int_t)r->created_ms, "first_ms", (json_int_t)r->first_ms,
		"last_ms", (json_int_t)r->last_ms, "ended_ms", (json_int_t)r->ended_ms,
		"duration_ms", (json_int_t)r->duration_ms, "dropped", (json_int_t)r->dropped,
		"files", files_json(r), "with_tracks", r->with_tracks, "tracks", tracks_json(r),
		"captions", r->captions, "journal", events);
	char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	json_decref(json);
	return text;
}

/* ---- reading */

static int64_t number_of(const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);
	const json_int_t n = json_is_integer(value) ? json_integer_value(value) : 0;
	/* milliseconds and bytes, added up and multiplied later */
	return n > 0 && n < INT64_C(1) << 50 ? n : 0;
}

static void text_of(const json_t *json, const char *name, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(json, name));
	g_strlcpy(out, text ? text : "", cap);
}

static enum ts_recording_state state_of(const json_t *json)
{
	const char *text = json_string_value(json_object_get(json, "state"));
	for (int i = 0; text && i < TS_RECORDING_STATES; i++)
		if (!strcmp(text, ts_recording_state_name((enum ts_recording_state)i)))
			return (enum ts_recording_state)i;
	return TS_RECORDING_FAILED;
}

static void read_parts(struct ts_recording *r, const json_t *files)
{
	size_t i;
	const json_t *file;
	json_array_foreach(files, i, file)
	{
		if (i == TS_WRITER_PARTS_MAX) break;
		struct ts_recording_part p = {.bytes = number_of(file, "bytes"),
			.start_ms = number_of(file, "start_ms"),
			.duration_ms = number_of(file, "duration_ms"),
			.packets = number_of(file, "packets"),
			.width = (int)(number_of(file, "width") & 0xffff),
			.height = (int)(number_of(file, "height") & 0xffff),
			.seekable = json_is_true(json_object_get(file, "seekable"))};
		r->bytes += p.bytes;
		g_array_append_val(r->parts, p);
	}
}

static int kind_named(const char *name)
{
	for (int i = 0; name && i < TS_STREAM_KINDS; i++)
		if (!strcmp(name, ts_stream_kind_name((enum ts_stream_kind)i))) return i;
	return -1;
}

static void read_tracks(struct ts_recording *r, const json_t *tracks)
{
	size_t i;
	const json_t *track;
	json_array_foreach(tracks, i, track)
	{
		const int kind = kind_named(json_string_value(json_object_get(track, "kind")));
		const int64_t number = number_of(track, "number");
		if (i == TS_RECORDING_TRACKS_MAX) break;
		if (kind < 0 || number < 1 || number > TS_RECORDING_TRACKS_MAX) continue;
		struct ts_recording_track t = {.number = (int)number,
			.kind = (enum ts_stream_kind)kind,
			.bytes = number_of(track, "bytes"),
			.first_ms = number_of(track, "first_ms"),
			.duration_ms = number_of(track, "duration_ms"),
			.packets = number_of(track, "packets"),
			.lost = number_of(track, "lost"),
			.width = (int)(number_of(track, "width") & 0xffff),
			.height = (int)(number_of(track, "height") & 0xffff)};
		text_of(track, "participant", t.participant, sizeof(t.participant));
		text_of(track, "name", t.name, sizeof(t.name));
		text_of(track, "codec", t.codec, sizeof(t.codec));
		r->track_bytes += t.bytes;
		g_array_append_val(r->tracks, t);
	}
}

static bool read_all(struct ts_recording *r, const json_t *json, const char *id)
{
	const char *format = json_string_value(json_object_get(json, "format"));
	text_of(json, "id", r->id, sizeof(r->id));
	text_of(json, "room", r->room, sizeof(r->room));
	text_of(json, "name", r->name, sizeof(r->name));
	text_of(json, "view", r->view, sizeof(r->view));
	/* of before there were views, or nobody's */
	if (!ts_view_id_ok(r->view)) g_strlcpy(r->view, "main", sizeof(r->view));
	text_of(json, "reason", r->reason, sizeof(r->reason));
	r->state = state_of(json);
	r->automatic = json_is_true(json_object_get(json, "automatic"));
	r->created_ms = number_of(json, "created_ms");
	r->first_ms = number_of(json, "first_ms");
	r->last_ms = number_of(json, "last_ms");
	r->ended_ms = number_of(json, "ended_ms");
	r->duration_ms = number_of(json, "duration_ms");
	r->dropped = number_of(json, "dropped");
	r->with_tracks = json_is_true(json_object_get(json, "with_tracks"));
	r->captions = (int)(number_of(json, "captions") & 0xfffff);
	read_parts(r, json_object_get(json, "files"));
	read_tracks(r, json_object_get(json, "tracks"));
	return !strcmp(r->id, id) && ts_room_id_ok(r->room) && format &&
		ts_container_named(&r->container, format);
}

struct ts_recording *ts_sidecar_read(const char *id, const char *text, size_t len, json_t **events)
{
	json_t *json = ts_sidecar_id_ok(id) ? json_loadb(text, len, 0, NULL) : NULL;
	struct ts_recording *r = json_is_object(json) ? recording_new() : NULL;
	if (r && !read_all(r, json, id)) g_clear_pointer(&r, recording_free);
	if (events) *events = r ? json_incref(json_object_get(json, "journal")) : NULL;
	json_decref(json);
	return r;
}
