/* orders - what a program says: sound, and the messages of message.h. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/machines/core.h"
#include "control/machines/message.h"
#include "control/machines/texts.h"
#include "control/rooms/windows.h"
#include "mixer/room/snapshot.h"
#include "mixer/room/views.h"
#include <stdlib.h>
#include <string.h>

enum {
	BAD_MAX = 20,           /* messages that cannot be read; then it is cut */
	HOLD_OFF_FRAMES = 1000, /* 20 s wait to be spoken: it is told to wait */
	FRAME_BYTES_MIN = 160,
};
#define SHOT_NS (250 * TS_NS_PER_MS)

static void complain(struct ts_agent *a, const char *about, const char *why)
{
	ts_agent_tell(a, ts_machine_error_json(about, why));
}

/* Of what makes no sense at all. */
static void reject(struct ts_agent *a, const char *about, const char *why)
{
	if (++a->bad < BAD_MAX) {
		complain(a, about, why);
		return;
	}
	ts_count(TS_C_MACHINES_BAD);
	ts_agent_finish(a, TS_CLOSE_POLICY, "bad-messages");
}

static double frames_of(const struct ts_agent *a, size_t len)
{
	const size_t frame = a->codec == TS_CODEC_PCM ? (size_t)a->rate_hz / 50 * 2
						      : FRAME_BYTES_MIN;
	return len > frame ? (double)len / (double)frame : 1;
}

static void speak(struct ts_agent *a, const uint8_t *data, size_t len)
{
	if (!a->speaks) {
		reject(a, "media", "this connection does not speak");
		return;
	}
	const int lost = ts_machine_speak(a->machine, data, len);
	if (lost == TS_EBADMSG)
		reject(a, "media", "a packet of Opus is 20 ms");
	else if (lost > 0)
		a->unspoken += (uint32_t)lost;
	if (a->held_off || ts_machine_waiting(a->machine) < HOLD_OFF_FRAMES) return;
	a->held_off = true;
	ts_agent_tell(a, json_pack("{s:s}", "event", "xoff"));
}

static void mark(struct ts_agent *a, const char *name)
{
	if (ts_machine_mark(a->machine, name))
		complain(a, "mark",
			a->speaks ? "too many marks wait" : "there is nothing to be spoken");
}

static void hear(struct ts_agent *a, const char *whom)
{
	if (ts_agent_hear(a, whom))
		complain(a, "hear", "nobody of that id is in the room");
	else
		ts_agent_tell(a, json_pack("{s:s, s:s}", "event", "hears", "hears", a->hears));
}

/* ---- pictures */

static void on_shot(void *arg, int err, uint8_t *jpeg, size_t len)
{
	struct ts_agent *a = arg;
	a->shooting = false;
	if (a->ws && !a->over && err)
		complain(a, "snapshot", "there is no picture now");
	else if (a->ws && !a->over) {
		ts_agent_tell(a, ts_machine_snapshot_json(a->shot_id, jpeg, len));
		a->spare = ts_websocket_waiting(a->ws);
	}
	free(jpeg);
	ts_agent_unref(a);
}

static void shoot(struct ts_agent *a, const struct ts_machine_message *message)
{
	const int64_t now_ns = ts_now_ns();
	struct ts_room *room = a->participant ? ts_participant_room(a->participant) : NULL;
	struct ts_room_view *view = !room ? NULL
		: *message->view
		? ts_view_id_ok(message->view) ? ts_room_find_view(room, message->view) : NULL
		: ts_room_main_view(room);
	if (!a->looks) {
		complain(a, "snapshot", "the token does not have the scope moderate");
	} else if (!view) {
		complain(a, "snapshot", "there is no such view");
	} else if (a->shooting || now_ns - a->shot_ns < SHOT_NS) {
		complain(a, "snapshot", "one at a time, four a second");
	} else if (ts_room_snapshot(view, on_shot, a)) {
		complain(a, "snapshot", "there is no picture now");
	} else {
		g_strlcpy(a->shot_id, message->word, sizeof(a->shot_id));
		a->shot_ns = now_ns;
		a->shooting = true;
		a->refs++;
	}
}

/* ---- messages */

static void obey(struct ts_agent *a, const struct ts_machine_message *message)
{
	switch (message->order) {
	case TS_ORDER_MEDIA: speak(a, message->payload, message->payload_len); break;
	case TS_ORDER_MARK: mark(a, message->name); break;
	case TS_ORDER_CLEAR: ts_machine_clear(a->machine); break;
	case TS_ORDER_HEAR: hear(a, message->word); break;
	case TS_ORDER_SNAPSHOT: shoot(a, message); break;
	case TS_ORDER_STOP: ts_agent_finish(a, TS_CLOSE_NORMAL, "stopped"); break;
	case TS_ORDERS: break;
	}
}

static bool may(struct ts_agent *a, double frames)
{
	if (ts_budget_take(&a->budget, frames, ts_now_ns())) return true;
	ts_count(TS_C_MACHINES_FLOOD);
	ts_log_limited(TS_LOG_INFO, "machine floods", "room=%s participant=%s", a->room, a->id);
	ts_agent_finish(a, TS_CLOSE_POLICY, "too-much");
	return false;
}

void ts_agent_message(struct ts_agent *a, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	struct ts_machine_message message;
	if (a->over || !a->participant) return;
	if (kind == TS_FRAMES_BINARY) {
		if (may(a, frames_of(a, len))) speak(a, data, len);
		return;
	}
	const char *why = ts_machine_message_read(&message, data, len);
	const bool media = !why && message.order == TS_ORDER_MEDIA;
	if (may(a, media ? frames_of(a, message.payload_len) : TS_BUDGET_ORDER)) {
		if (why)
			reject(a, "message", why);
		else
			obey(a, &message);
	}
	ts_machine_message_fini(&message);
}
