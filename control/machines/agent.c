/* agent - one program, from the 101 to its end: what it is told, and when it is cut. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "control/http/http.h"
#include "control/machines/core.h"
#include "control/machines/texts.h"
#include <stdlib.h>
#include <string.h>

enum {
	MESSAGE_MAX = 64 * 1024,
	PICTURE_MAX = 1 << 20, /* waits beside a second of sound */
	HEAD_BYTES = 8,
	JSON_BYTES = 200, /* about a frame in JSON */
	FRAMES_PER_S = 50,
	GO_ON_FRAMES = 500, /* 10 s: who was told to wait may go on */
	CLOSE_REMOVED = 4000,
};

/* ---- its end */

void ts_agent_free(struct ts_agent *a)
{
	if (a->machine) ts_machine_forget(a->machine);
	ts_machine_unref(&a->machine);
	g_hash_table_destroy(a->talkers);
	g_free(a);
}

void ts_agent_unref(struct ts_agent *a)
{
	if (--a->refs) return;
	g_queue_unlink(&a->all->agents, &a->link);
	ts_count_add(TS_C_MACHINES, -1);
	ts_agent_free(a);
}

static void close_socket(struct ts_agent *a, unsigned code, const char *reason)
{
	if (a->over) return;
	ts_agent_tell(a, json_pack("{s:s, s:s}", "event", "stop", "reason", reason));
	a->over = true;
	if (a->ws) ts_websocket_close(a->ws, code, reason);
}

void ts_agent_finish(struct ts_agent *a, unsigned code, const char *reason)
{
	close_socket(a, code, reason);
	if (a->participant) ts_participant_leave(a->participant, reason);
}

static void on_left(void *arg, const char *reason)
{
	struct ts_agent *a = arg;
	const bool with_room = !strcmp(reason, "room-closed");
	a->participant = NULL;
	ts_machine_forget(a->machine);
	ts_info("machine ended", "room=%s participant=%s reason=%s", a->room, a->id,
		TS_LOG_STR(reason));
	close_socket(a, with_room ? TS_CLOSE_GOING : CLOSE_REMOVED, reason);
	ts_agent_unref(a);
}

static void on_moved(void *arg, struct ts_room *to)
{
	struct ts_agent *a = arg;
	g_strlcpy(a->room, ts_room_id_told(ts_room_config(to)), sizeof(a->room));
	/* whom it heard alone is not there */
	if (strcmp(a->hears, "all") != 0) ts_agent_hear(a, "others");
	ts_agent_tell(a,
		json_pack("{s:s, s:s, s:s}", "event", "moved", "room", a->room, "hears", a->hears));
}

const struct ts_participant_events ts_agent_participant_events = {
	.moved = on_moved, .left = on_left};

/* ---- what it is told */

void ts_agent_tell(struct ts_agent *a, json_t *json)
{
	char *text = json && a->ws && !a->over ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text) return;
	const int err = ts_websocket_send(
		a->ws, TS_FRAMES_TEXT, (const uint8_t *)text, strlen(text));
	free(text);
	if (err != TS_EFULL) return;
	/* it takes back what a lag of frames is cut for: soon it is */
	ts_lag_drop(&a->lag, 1);
}

static size_t second_of(const struct ts_agent *a)
{
	size_t frame = a->codec == TS_CODEC_PCM ? (size_t)a->rate_hz / FRAMES_PER_S * 2 : 160;
	frame = a->framing == TS_FRAMING_JSON ? frame * 4 / 3 + JSON_BYTES : frame + HEAD_BYTES;
	return frame * FRAMES_PER_S;
}

static int send_json_frame(struct ts_agent *a, const struct ts_machine_told *told)
{
	json_t *json = ts_machine_media_json(a->id, told);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text) return TS_ENOMEM;
	const int err = ts_websocket_send(
		a->ws, TS_FRAMES_TEXT, (const uint8_t *)text, strlen(text));
	free(text);
	return err;
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static int send_binary_frame(struct ts_agent *a, const struct ts_machine_told *told)
{
	uint8_t bytes[HEAD_BYTES + TS_AUDIO_FRAME * 2];
	const size_t head = a->framing == TS_FRAMING_RAW ? 0 : HEAD_BYTES;
	put_u32(bytes, told->number);
	put_u32(bytes + 4, told->time_ms);
	memcpy(bytes + head, told->data, told->len);
	return ts_websocket_send(a->ws, TS_FRAMES_BINARY, bytes, head + told->len);
}

/* Each second: what was lost both ways, and whether it may send again. */
static void look_around(struct ts_agent *a)
{
	a->frames = 0;
	const uint32_t dropped = ts_lag_told(&a->lag);
	if (dropped) ts_agent_tell(a, ts_machine_dropped_json("out", dropped));
	if (a->unspoken) ts_agent_tell(a, ts_machine_dropped_json("in", a->unspoken));
	a->unspoken = 0;
	if (!a->held_off || ts_machine_waiting(a->machine) > GO_ON_FRAMES) return;
	a->held_off = false;
	ts_agent_tell(a, json_pack("{s:s}", "event", "xon"));
}

static void cut(struct ts_agent *a)
{
	ts_count(TS_C_MACHINES_SLOW);
	ts_log_limited(TS_LOG_INFO, "machine slow", "room=%s participant=%s", a->room, a->id);
	ts_agent_finish(a, TS_CLOSE_POLICY, "too-slow");
}

static void give_frame(struct ts_agent *a, const struct ts_machine_told *told)
{
	const size_t waiting = ts_websocket_waiting(a->ws), second = second_of(a);
	if (waiting <= second) a->spare = 0;
	uint32_t lost = ts_machine_lost(a->machine);
	if (waiting > second + a->spare) {
		ts_count(TS_C_MACHINE_LOST_OUT);
		lost++;
	} else {
		const int err = a->framing == TS_FRAMING_JSON ? send_json_frame(a, told)
							      : send_binary_frame(a, told);
		if (err == TS_ECLOSED) return;
		lost += err != 0;
	}
	if (lost && !ts_lag_drop(&a->lag, lost)) {
		cut(a);
		return;
	}
	if (!lost) ts_lag_pass(&a->lag);
	if (++a->frames >= FRAMES_PER_S && !lost) look_around(a);
}

static void tell_talk(struct ts_agent *a, const struct ts_machine_told *told)
{
	const gpointer key = GSIZE_TO_POINTER((gsize)told->key);
	const bool talks = told->what == TS_MACHINE_TALKS;
	struct ts_participant *p = a->participant
		? ts_room_by_key(ts_participant_room(a->participant), told->key)
		: NULL;
	struct ts_participant_info info = {.name = NULL};
	if (p) ts_participant_info(p, &info);
	if (talks && !p) return;
	if (talks) g_hash_table_insert(a->talkers, key, g_strdup(info.id));
	const char *id = g_hash_table_lookup(a->talkers, key);
	if (!id) return;
	const bool same = p && !strcmp(info.id, id);
	ts_agent_tell(a, ts_machine_talk_json(id, same ? info.name : NULL, talks, told->time_ms));
	if (!talks) g_hash_table_remove(a->talkers, key);
}

void ts_agent_heard(void *arg, const struct ts_machine_told *told)
{
	struct ts_agent *a = arg;
	if (!a->ws || a->over) return;
	switch (told->what) {
	case TS_MACHINE_FRAME: give_frame(a, told); break;
	case TS_MACHINE_TALKS:
	case TS_MACHINE_SILENT: tell_talk(a, told); break;
	case TS_MACHINE_MARK:
	case TS_MACHINE_CLEARED: ts_agent_tell(a, ts_machine_mark_json(told)); break;
	}
}

int ts_agent_hear(struct ts_agent *a, const char *whom)
{
	uint64_t key = 0;
	const bool others = !strcmp(whom, "others"), all = !strcmp(whom, "all");
	for (struct ts_participant *p = others || all || !a->participant
			? NULL
			: ts_room_first(ts_participant_room(a->participant));
		p && !key; p = ts_room_next(p))
		if (!strcmp(ts_participant_id(p), whom)) key = ts_participant_key(p);
	if (!others && !all && !key) return TS_ENOTFOUND;
	g_strlcpy(a->hears, whom, sizeof(a->hears));
	ts_machine_hear(a->machine, others ? TS_EAR_OTHERS : all ? TS_EAR_ALL : TS_EAR_ONE, key);
	return TS_OK;
}

void ts_agent_look(struct ts_agent *a)
{
	struct ts_participant_info info;
	if (!a->participant) return;
	ts_participant_info(a->participant, &info);
	const bool muted = info.muted_by != TS_MUTED_NOT;
	if (muted == a->muted) return;
	a->muted = muted;
	ts_agent_tell(a, json_pack("{s:s, s:b}", "event", "muted", "muted", muted));
}

/* ---- its WebSocket */

/* Not within the HTTP server's turn: others are told that it is here. */
static void on_open(struct ts_task *task)
{
	static const char *const framings[TS_FRAMINGS] = {[TS_FRAMING_BINARY] = "binary",
		[TS_FRAMING_RAW] = "raw",
		[TS_FRAMING_JSON] = "json"};
	struct ts_agent *a = ts_container_of(task, struct ts_agent, open);
	const struct ts_machine_start start = {.room = a->room,
		.participant = a->id,
		.hears = a->hears,
		.codec = a->codec,
		.rate_hz = a->rate_hz,
		.speaks = a->speaks,
		.framing = framings[a->framing],
		.began_ms = a->began_ms};
	if (!a->over && a->participant) {
		ts_agent_tell(a, ts_machine_connected_json());
		ts_agent_tell(a, ts_machine_start_json(&start));
		ts_machine_open(a->machine);
		ts_agent_look(a);
	}
	ts_agent_unref(a);
}

static void on_opened(void *arg)
{
	struct ts_agent *a = arg;
	a->open.fn = on_open;
	a->refs++;
	if (ts_loop_post(a->all->with.loop, &a->open)) a->refs--; /* it has ended */
}

static void on_message(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	ts_agent_message(arg, kind, data, len);
}

static void on_closed(void *arg)
{
	struct ts_agent *a = arg;
	a->ws = NULL;
	a->over = true;
	if (a->participant) ts_participant_leave(a->participant, "client-gone");
	ts_agent_unref(a);
}

static void configure(struct ts_websocket_config *out, struct ts_agent *a)
{
	static const struct ts_websocket_events events = {on_opened, on_message, on_closed};
	*out = (struct ts_websocket_config){.protocol = "tessera.media",
		.protocol_optional = true,
		.message_max = MESSAGE_MAX,
		.queue_max = 2 * second_of(a) + PICTURE_MAX,
		.send_buffer_bytes = (int)second_of(a),
		.events = &events,
		.arg = a};
}

bool ts_agent_is_asked_for(struct ts_agent *a, struct ts_request *request)
{
	struct ts_websocket_config config;
	configure(&config, a);
	return ts_websocket_check(request, &config);
}

void ts_agent_accept(struct ts_agent *a, struct ts_request *request)
{
	struct ts_websocket_config config;
	configure(&config, a);
	a->ws = ts_websocket_accept(request, &config);
	if (a->ws)
		a->refs++;
	else if (a->participant)
		ts_participant_leave(a->participant, "refused");
}
