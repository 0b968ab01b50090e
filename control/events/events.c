#include "control/events/events.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "control/events/event_log.h"
#include "control/events/news.h"
#include "control/events/queue.h"
#include "control/events/seats.h"
#include "control/http/context.h"
#include "control/http/problem.h"
#include "control/identity/identity.h"
#include "control/json/json.h"
#include "control/rooms/rest.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define BEHIND_MAX_BYTES (1024 * 1024)
#define LOOK_NS (250 * TS_NS_PER_MS) /* levels, and what changes without a word */
#define KEEP_ALIVE_NS (15 * TS_NS_PER_S)

struct ts_events {
	struct ts_loop *loop;
	struct ts_api *api;
	struct ts_event_log *log;
	struct ts_news *news;
	struct ts_timer flush, look, keep_alive;
	GQueue readers; /* of seats, oldest first */
	void (*tap)(void *arg, const struct ts_event *event);
	void *tap_arg;
};

struct reader {
	struct ts_events *events;
	struct ts_request *request;
	struct ts_events_scope scope;
	struct ts_event_seat seat; /* in events->readers */
	struct ts_event_queue queue;
	bool last;  /* nothing follows what is queued */
	bool moved; /* to the room of the scope, of which they know nothing yet */
};

/* ---- readers */

static struct reader *reader_of(GList *link)
{
	return ts_container_of(link, struct reader, seat.link);
}

static void push(struct reader *reader, struct ts_event_text *text)
{
	if (reader->last || reader->seat.cut) return;
	ts_event_queue_push(&reader->queue, text);
	ts_stream_wake(reader->request);
}

static long read_events(void *arg, char *buf, size_t cap)
{
	struct reader *reader = arg;
	size_t n = ts_event_queue_read(&reader->queue, buf, cap);
	return !n && reader->last ? TS_STREAM_END : (long)n;
}

/* With nobody to tell. */
static void stop_timers(struct ts_events *events)
{
	if (events->readers.head) return;
	ts_loop_timer_cancel(events->loop, &events->keep_alive);
	if (!events->tap) ts_loop_timer_cancel(events->loop, &events->look);
}

static void on_end(void *arg, bool delivered)
{
	struct reader *reader = arg;
	struct ts_events *events = reader->events;
	(void)delivered;
	g_queue_unlink(&events->readers, &reader->seat.link);
	ts_event_queue_fini(&reader->queue);
	g_free(reader);
	ts_count_add(TS_C_EVENT_READERS, -1);
	stop_timers(events);
}

static bool reads(const struct reader *reader, const struct ts_event *event)
{
	if (reader->moved) return false;
	if (reader->scope.waits && strcmp(event->left, reader->scope.person) != 0) return false;
	if (event->for_all) return true;
	if (reader->scope.caller && !ts_caller_has_room(reader->scope.caller, event->room))
		return false;
	return !*reader->scope.room || !strcmp(reader->scope.room, event->room);
}

static struct ts_event_text *words_for(const struct reader *reader, struct ts_event *event)
{
	if (!*reader->scope.person) return event->api;
	if (*event->only && strcmp(event->only, reader->scope.person) != 0 &&
		strcmp(event->also, reader->scope.person) != 0)
		return NULL;
	return event->for_left && strcmp(event->left, reader->scope.person) != 0 ? NULL
										 : event->person;
}

static bool is_moved(const struct reader *reader, const struct ts_event *event)
{
	return *event->moved_to && !strcmp(event->left, reader->scope.person);
}

/* A participant who left gets that as their last event; one who was moved reads on in the other
 * room, from a snapshot that follows the news of now. */
static void enqueue(struct reader *reader, struct ts_event *event)
{
	if (!reads(reader, event)) return;
	struct ts_event_text *text = words_for(reader, event);
	if (text) push(reader, text);
	if (is_moved(reader, event)) {
		g_strlcpy(reader->scope.room, event->moved_to, sizeof(reader->scope.room));
		reader->scope.waits = event->waits;
		reader->moved = true;
		return;
	}
	if (*reader->scope.person &&
		(!strcmp(event->left, reader->scope.person) || event->room_gone)) {
		reader->last = true;
		ts_stream_wake(reader->request);
	}
}

/* Their key was removed, or their token has expired. */
static bool is_void(const struct reader *reader)
{
	const struct ts_identity *identity = reader->events->api->identity;
	return identity && reader->scope.caller &&
		!ts_identity_is_current(
			identity, reader->scope.caller, ts_unix_ms_from_ns(ts_now_ns()) / 1000);
}

static void cut(struct reader *reader)
{
	reader->seat.cut = true;
	ts_stream_cut(reader->request);
}

/* To all. Cutting one off ends it at once, or later: the list is walked with care. */
static void enqueue_for_all(struct ts_events *events, struct ts_event *event)
{
	for (GList *link = events->readers.head, *next; link; link = next) {
		struct reader *reader = reader_of(link);
		next = link->next;
		if (!reader->seat.cut && is_void(reader)) {
			cut(reader);
			continue;
		}
		enqueue(reader, event);
		if (reader->seat.cut || reader->queue.behind_bytes <= BEHIND_MAX_BYTES) continue;
		ts_count(TS_C_EVENT_READERS_CUT);
		ts_info("event reader cut", "behind_bytes=%zu", reader->queue.behind_bytes);
		cut(reader);
	}
}

/* ---- telling */

static void on_event(void *arg, struct ts_event *event)
{
	struct ts_events *events = arg;
	if (event->seq) ts_event_log_keep(events->log, event);
	if (events->tap) events->tap(events->tap_arg, event);
	enqueue_for_all(events, event);
	ts_event_unref(event);
}

static void on_event_for_one(void *arg, struct ts_event *event)
{
	enqueue(arg, event);
	ts_event_unref(event);
}

static void push_waiting(struct reader *reader)
{
	struct ts_event *event = ts_event_passing(TS_EVENT_WAITING, reader->scope.room, NULL,
		json_pack("{s:s}", "room", reader->scope.room));
	push(reader, event->person);
	ts_event_unref(event);
}

static json_t *snapshot_for(struct ts_events *events, const struct ts_events_scope *scope)
{
	json_t *json = ts_news_snapshot(events->news, scope);
	if (json)
		json_object_set_new(json, "node",
			*scope->person ? ts_own_node_json(events->api) : ts_node_json(events->api));
	return json;
}

static void push_snapshot(struct reader *reader)
{
	struct ts_events *events = reader->events;
	if (reader->scope.waits) {
		push_waiting(reader);
		return;
	}
	struct ts_event_text *text = ts_event_log_snapshot(
		events->log, snapshot_for(events, &reader->scope));
	push(reader, text);
	ts_event_text_unref(text);
}

static void on_flush(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_events *events = ts_container_of(timer, struct ts_events, flush);
	(void)now_ns;
	ts_news_flush(events->news);
	for (GList *link = events->readers.head; link; link = link->next) {
		struct reader *reader = reader_of(link);
		if (!reader->moved) continue;
		reader->moved = false;
		push_snapshot(reader);
	}
}

static void on_news(void *arg)
{
	struct ts_events *events = arg;
	ts_loop_timer_set(events->loop, &events->flush,
		ts_now_ns()); /* the next turn; unlike a task it can be cancelled */
}

static void on_poll(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_events *events = ts_container_of(timer, struct ts_events, look);
	ts_news_poll(events->news);
	/* the last of them may have been cut off */
	if (events->readers.head) ts_loop_timer_set(events->loop, timer, now_ns + LOOK_NS);
}

/* An id without data moves what the reader will ask from when it comes back, and dispatches
 * nothing. */
static void on_keep_alive(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_events *events = ts_container_of(timer, struct ts_events, keep_alive);
	struct ts_event_text *text = ts_event_log_position(events->log);
	for (GList *link = events->readers.head, *next; link; link = next) {
		struct reader *reader = reader_of(link);
		next = link->next;
		if (!reader->seat.cut && is_void(reader))
			cut(reader);
		else
			push(reader, text);
	}
	ts_event_text_unref(text);
	if (events->readers.head) ts_loop_timer_set(events->loop, timer, now_ns + KEEP_ALIVE_NS);
}

/* ---- opening */

/* What they missed of the room before is not in their scope any more. */
static bool missed_a_move(const struct reader *reader, struct ts_event *event)
{
	for (; event && *reader->scope.person; event = ts_event_log_next(event))
		if (is_moved(reader, event)) return true;
	return false;
}

static void push_missed(struct reader *reader, const char *last_id)
{
	struct ts_events *events = reader->events;
	struct ts_event *event = NULL;
	if (reader->scope.waits) {
		push_waiting(reader);
		return;
	}
	if (last_id && !ts_event_log_find(events->log, last_id, &event) &&
		!missed_a_move(reader, event)) {
		for (; event; event = ts_event_log_next(event)) enqueue(reader, event);
		return;
	}
	if (last_id) {
		struct ts_event_text *reset = ts_event_text_new("event: reset\ndata: {}\n\n");
		push(reader, reset);
		ts_event_text_unref(reset);
	}
	push_snapshot(reader);
}

void ts_events_open(
	struct ts_events *events, struct ts_request *request, const struct ts_events_scope *scope)
{
	const struct ts_event_seat newcomer = {
		.person = scope->person, .address = ts_request_address(request)};
	struct ts_event_seat *victim;
	if (!ts_event_seats_admit(&events->readers, &newcomer, &victim)) {
		ts_problem_make(
			request, 503, "too-many-readers", NULL, "too many others read events");
		ts_reply_header(request, "Retry-After", "10");
		ts_reply_send(request);
		return;
	}
	if (victim) {
		victim->cut = true;
		ts_stream_cut(ts_container_of(victim, struct reader, seat)->request);
	}
	struct reader *reader = g_new0(struct reader, 1);
	reader->events = events;
	reader->request = request;
	reader->scope = *scope;
	reader->seat = (struct ts_event_seat){.person = reader->scope.person,
		.address = ts_request_address(request),
		.link.data = &reader->seat};
	ts_event_queue_init(&reader->queue);
	/* what is not told yet is in the snapshot, and must not follow it */
	ts_news_flush(events->news);
	ts_reply_stream(request, "text/event-stream", read_events, reader);
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_header(request, "X-Accel-Buffering", "no"); /* nginx */
	push_missed(reader, ts_request_header(request, "Last-Event-ID"));
	if (!events->readers.head) {
		if (!events->tap)
			ts_loop_timer_set(events->loop, &events->look, ts_now_ns() + LOOK_NS);
		ts_loop_timer_set(events->loop, &events->keep_alive, ts_now_ns() + KEEP_ALIVE_NS);
	}
	g_queue_push_tail_link(&events->readers, &reader->seat.link);
	ts_count(TS_C_EVENT_READERS);
	ts_news_emit_levels(
		events->news, &(struct ts_news_receiver){.tell = on_event_for_one, .arg = reader});
	ts_request_on_end(request, on_end, reader);
	ts_reply_send(request);
}

void ts_events_emit(struct ts_events *events, enum ts_event_kind kind, const char *room_id,
	const char *id, json_t *data)
{
	struct ts_event *event = data ? ts_event_new(events->log, kind, room_id, data, NULL) : NULL;
	if (!event) return;
	ts_event_is_state(event, kind, id);
	on_event(events, event);
}

void ts_events_emit_in_room(struct ts_events *events, enum ts_event_kind kind, const char *room_id,
	json_t *api, json_t *person)
{
	struct ts_event *event = api && person
		? ts_event_new(events->log, kind, room_id, api, person)
		: NULL;
	if (!event) {
		json_decref(api);
		json_decref(person);
		return;
	}
	ts_event_is_state(event, kind, "");
	on_event(events, event);
}

void ts_events_emit_once(
	struct ts_events *events, const struct ts_event_once *once, json_t *api, json_t *person)
{
	if (!api || !person) {
		json_decref(api);
		json_decref(person);
		return;
	}
	struct ts_event *event = once->passing
		? ts_event_passing(once->kind, once->room, api, person)
		: ts_event_new(events->log, once->kind, once->room, api, person);
	if (once->only[0]) g_strlcpy(event->only, once->only[0], sizeof(event->only));
	if (once->only[1]) g_strlcpy(event->also, once->only[1], sizeof(event->also));
	on_event(events, event);
}

void ts_events_emit_to_all(struct ts_events *events, enum ts_event_kind kind, const char *id,
	json_t *api, json_t *person)
{
	struct ts_event *event = api && person ? ts_event_new(events->log, kind, "", api, person)
					       : NULL;
	if (!event) {
		json_decref(api);
		json_decref(person);
		return;
	}
	event->for_all = true;
	ts_event_is_state(event, kind, id);
	on_event(events, event);
}

void ts_events_tap(
	struct ts_events *events, void (*tap)(void *arg, const struct ts_event *event), void *arg)
{
	const bool looked = events->tap || events->readers.head;
	events->tap = tap;
	events->tap_arg = arg;
	if (tap && !looked) ts_loop_timer_set(events->loop, &events->look, ts_now_ns() + LOOK_NS);
	stop_timers(events);
}

/* ---- life */

int ts_events_create(struct ts_events **out, struct ts_loop *loop, struct ts_api *api)
{
	struct ts_events *events = g_new0(struct ts_events, 1);
	events->loop = loop;
	events->api = api;
	events->flush.fn = on_flush;
	events->look.fn = on_poll;
	events->keep_alive.fn = on_keep_alive;
	g_queue_init(&events->readers);
	events->log = ts_event_log_new();
	const struct ts_news_receiver teller = {.wanted = on_news, .tell = on_event, .arg = events};
	events->news = ts_news_new(api, events->log, &teller);
	*out = events;
	return 0;
}

void ts_events_destroy(struct ts_events **eventsp)
{
	struct ts_events *events = *eventsp;
	*eventsp = NULL;
	if (!events) return;
	g_assert(!events->readers.head);
	ts_loop_timer_cancel(events->loop, &events->flush);
	ts_loop_timer_cancel(events->loop, &events->look);
	ts_news_free(events->news);
	ts_event_log_free(events->log);
	g_free(events);
}
