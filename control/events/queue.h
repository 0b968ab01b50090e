/* queue - what one reader of events has not read yet. Pure.
 *
 *   push --> [ snapshot | joined A | updated B | levels r ... ] --read--> bytes of the stream
 *
 * Events that say how a thing is now (ts_event_text.about) make way for a later one about the same
 * thing, unless the reader has begun to read them: whoever reads slowly gets the last state, and
 * their queue grows with what there is, not with how often it changes. What happened once (joined,
 * left, removed) is never left out, nor does anything change its place with it.
 * Thread  one.
 * Full    its owner looks at behind_bytes.
 */
#ifndef TS_CONTROL_EVENTS_QUEUE_H
#define TS_CONTROL_EVENTS_QUEUE_H

#include "control/events/event_log.h"
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct ts_event_queue {
	GQueue texts;        /* of ts_event_text, referenced */
	GHashTable *latest;  /* about -> link of the last text about it */
	size_t offset;       /* of the first, already read */
	size_t behind_bytes; /* queued; snapshots do not count */
};

void ts_event_queue_init(struct ts_event_queue *queue);
void ts_event_queue_fini(struct ts_event_queue *queue);
/* takes a reference of its own */
void ts_event_queue_push(struct ts_event_queue *queue, struct ts_event_text *text);
/* How many bytes went into buf; 0: nothing is queued. */
size_t ts_event_queue_read(struct ts_event_queue *queue, char *buf, size_t cap);

#endif
