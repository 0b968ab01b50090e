/* event_log - the numbers and the words of events, and a bounded memory of those that were.
 *
 *   id = BOOT.N      BOOT: 8 hex digits of this start of the server; N: 1, 2, 3 ...
 *
 * Thread  one.
 * Full    the oldest are forgotten beyond 4096 events or 4 MB.
 */
#ifndef TS_CONTROL_EVENTS_EVENT_LOG_H
#define TS_CONTROL_EVENTS_EVENT_LOG_H

#include "base/random.h"
#include "control/events/kinds.h"
#include "mixer/room/room.h"
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* As it goes over the wire, shared by all readers. */
struct ts_event_text {
	int refs;
	bool uncounted; /* a snapshot: no measure of how far a reader is behind */
	/* [owned] of which thing this is the state; a later one stands for it. NULL: it happened
	 * once */
	char *about;
	size_t len, data_at, data_len; /* data: the JSON among bytes */
	char bytes[];
};

enum { TS_EVENT_ID_MAX = 40 };
struct ts_event {
	int refs;
	enum ts_event_kind kind;
	char id[TS_EVENT_ID_MAX]; /* "": it is not numbered */
	uint64_t seq; /* 0: not numbered, and not kept */
	GList link;
	char room[TS_ROOM_ID_MAX + 1];
	char left[TS_ULID_LEN + 1]; /* who left by it; "" nobody */
	char moved_to[TS_ROOM_ID_MAX + 1]; /* the room they went to; "" none */
	bool waits;     /* they went to wait for the host of moved_to */
	bool for_left;  /* of participants only who left by it is told */
	/* of participants only that one is told, "": all; and the other, "": none */
	char only[TS_ULID_LEN + 1], also[TS_ULID_LEN + 1];
	bool room_gone;
	bool for_all;   /* whatever room readers read of */
	struct ts_event_text *api, *person; /* person NULL: not for those who are in the room */
};

struct ts_event_log;

struct ts_event_log *ts_event_log_new(void);
void ts_event_log_free(struct ts_event_log *log);

/* [give] The next event, `kind` with the data that readers of either sort get. [take] both; person
 * may be NULL. */
struct ts_event *ts_event_new(struct ts_event_log *log, enum ts_event_kind kind, const char *room,
	json_t *api, json_t *person);
/* The same, neither numbered nor kept. */
struct ts_event *ts_event_passing(enum ts_event_kind kind, const char *room, json_t *api,
	json_t *person);
void ts_event_unref(struct ts_event *event);
/* It says how one thing is now: `id` within the room, "" the room itself. */
void ts_event_is_state(struct ts_event *event, enum ts_event_kind kind, const char *id);

void ts_event_log_keep(struct ts_event_log *log, struct ts_event *event);
/* *out: the first after the one of that id, NULL when that was the last. TS_ENOTFOUND: of another
 * start, or forgotten. */
int ts_event_log_find(struct ts_event_log *log, const char *id, struct ts_event **out);
struct ts_event *ts_event_log_next(struct ts_event *event); /* NULL: no more */

/* [give] A snapshot with the id of the last event. [take] data. */
struct ts_event_text *ts_event_log_snapshot(struct ts_event_log *log, json_t *data);
struct ts_event_text *ts_event_log_position(struct ts_event_log *log); /* [give] that id alone */
struct ts_event_text *ts_event_text_new(const char *text);
struct ts_event_text *ts_event_text_ref(struct ts_event_text *text);
void ts_event_text_unref(void *text);

#endif
