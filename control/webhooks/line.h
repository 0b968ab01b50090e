/* line - the way of one webhook's events: its queue, the batch that is under way, when the next try
 * is, its dead letters.
 *
 *   add --> [ spool ] --batch--> POST --delivered--> pop, the next batch
 *                          ^              \-- later, refused --> wait --> the same batch again
 *                          \---------------------/            \-- given up --> [ letters ]
 *
 * One batch at a time, so that events come in order: of a room, and of all. Each is sent until it
 * is delivered, is older than webhooks.retry_hours, or was refused webhooks.refusals times; so one
 * may come more than once, under the same webhook-id.
 * Thread  the courier's.
 * Full    the spool's matter: what it refuses is dropped and counted.
 * Source  Standard Webhooks 1.0.0.
 */
#ifndef TS_CONTROL_WEBHOOKS_LINE_H
#define TS_CONTROL_WEBHOOKS_LINE_H

#include "config/config.h"
#include "control/webhooks/hook.h"
#include "control/webhooks/letters.h"
#include "control/webhooks/posts.h"
#include <stdbool.h>

struct ts_line;
struct ts_loop;

enum ts_line_state {
	TS_LINE_IDLE,
	TS_LINE_SENDING,
	TS_LINE_WAITING,
	TS_LINE_GONE,
	TS_LINE_OFF,
};

/* A copy of what is told of it. */
struct ts_line_info {
	enum ts_line_state state;
	size_t queued, queued_bytes;
	int64_t oldest_ms; /* 0: none */
	bool disk_full;
	uint64_t delivered, dropped, dead; /* events since the start */
	unsigned failures;
	int status; /* 0: none yet, or no answer */
	char error[TS_LETTER_REASON_MAX];
	int64_t delivered_ms, next_ms; /* 0: not yet, not waiting */
};

struct ts_line_config {
	struct ts_loop *loop;
	struct ts_posts *posts;
	const struct ts_config *config;
	const char *folder; /* of all queues */
	void (*changed)(void *arg); /* soon asked for by ts_line_info */
	void *arg;
};

/* hook: a reference is taken. */
struct ts_line *ts_line_open(const struct ts_line_config *config, struct ts_hook *hook);
/* What is under way is broken off, and sent again after the next start. */
void ts_line_close(struct ts_line *line);
void ts_line_remove(struct ts_line *line); /* and its files */

/* It is set to that from now on; a wait ends, and so does being gone. */
void ts_line_set(struct ts_line *line, struct ts_hook *hook);
const struct ts_hook *ts_line_hook(const struct ts_line *line);
/* event: JSON. If the hook does not want the kind, nothing. */
void ts_line_add(struct ts_line *line, enum ts_event_kind kind, GBytes *event, int64_t unix_ms);
/* An event of type webhook.test, past the queue. done: the last. NULL: no memory. */
struct ts_post *ts_line_test(
	struct ts_line *line, void (*done)(void *arg, const struct ts_post *post), void *arg);
/* Dead letters go to the end of the queue, as far as it takes them. */
void ts_line_redeliver(struct ts_line *line);
void ts_line_clear_letters(struct ts_line *line);
void ts_line_sync(struct ts_line *line);

void ts_line_info(const struct ts_line *line, struct ts_line_info *out);
const struct ts_letters *ts_line_letters(const struct ts_line *line);

#endif
