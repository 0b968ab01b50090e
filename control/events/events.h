/* events - what happens in rooms, told to whoever reads /v1/events or /s/{secret}/events
 * (server-sent events).
 *
 *   registry --changed--> marks --once a turn--> event N
 *      event N --+--> past (bounded ring, for those who come back)
 *                +--> queue of each reader --> its stream
 *
 * Events are numbered here alone; id = BOOT.N. A new reader gets a snapshot, one that comes back
 * with Last-Event-ID what it missed, or `reset` and a snapshot when that is unknown here or too
 * long ago. Many changes of one thing in one turn of the loop are one event, which carries the
 * thing as GET shows it then. Levels are not numbered and not kept: at most 4 times a second.
 * Thread  control.
 * Source  WHATWG HTML 9.2 (server-sent events).
 * Full    past: the oldest are forgotten. What a reader has not read of the state of a thing makes
 *         way for the last state (queue.h); one that is 1 MB behind all the same is closed. How
 *         many may read: seats.h.
 */
#ifndef TS_CONTROL_EVENTS_EVENTS_H
#define TS_CONTROL_EVENTS_EVENTS_H

#include "control/events/kinds.h"
#include "control/rooms/registry.h"
#include <jansson.h>
#include <stdbool.h>

struct ts_api;
struct ts_caller;
struct ts_events;
struct ts_loop;
struct ts_request;

/* Watches the registry of api, which keeps a pointer to it. */
int ts_events_create(struct ts_events **out, struct ts_loop *loop, struct ts_api *api);
/* After the HTTP server, which holds the readers. */
void ts_events_destroy(struct ts_events **events);

/* Whose events: of every room (""), of one; or of the room of one participant, in the words that
 * they may read. */
struct ts_events_scope {
	char room[TS_ROOM_ID_MAX + 1];
	/* the participant's id; the stream ends when they left. "": the API */
	char person[TS_ULID_LEN + 1];
	bool waits; /* they wait for a host of that room, and know nothing of it */
	/* of the API: who reads, whose rooms alone they are told of, and nothing once they are not
	 * who they were (ts_identity_is_current). Of the request. */
	const struct ts_caller *caller;
};
/* Answers the request with a stream. */
void ts_events_open(struct ts_events *events, struct ts_request *request,
	const struct ts_events_scope *scope);
/* How a thing of others than rooms is now: `kind` of that id with data [take], for readers of the
 * API alone. */
void ts_events_emit(struct ts_events *events, enum ts_event_kind kind, const char *room_id,
	const char *id, json_t *data);
/* The same, and `person` [take] for those who are in the room. */
void ts_events_emit_in_room(struct ts_events *events, enum ts_event_kind kind, const char *room_id,
	json_t *api, json_t *person);
/* What happened once in a room, which nothing later stands for: data [take] of readers of the API,
 * and of those in the room, or of two of them alone. */
struct ts_event_once {
	enum ts_event_kind kind;
	const char *room;
	const char *only[2]; /* ids of participants; NULL: all of them are told */
	bool passing;        /* not numbered and not kept */
};
void ts_events_emit_once(struct ts_events *events, const struct ts_event_once *once, json_t *api,
	json_t *person);
/* As ts_events_emit_in_room of what concerns all rooms, for every reader: data [take] of those of
 * the API, and of participants. */
void ts_events_emit_to_all(struct ts_events *events, enum ts_event_kind kind, const char *id,
	json_t *api, json_t *person);

/* tap: is told of each event that readers of the API of all rooms get, within the call that causes
 * it; it may neither emit nor tap. NULL: no more. */
struct ts_event;
void ts_events_tap(struct ts_events *events,
	void (*tap)(void *arg, const struct ts_event *event), void *arg);

#endif
