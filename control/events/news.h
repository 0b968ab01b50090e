/* news - notices what changed in rooms and puts it into events; keeps what readers know already.
 *
 *   registry's watcher --> marks on rooms and members --flush--> room.*, participant.*,
 *                                                                layout.updated
 *   a look 4 times a second --> levels; what changes without a word (a camera, a codec)
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_EVENTS_NEWS_H
#define TS_CONTROL_EVENTS_NEWS_H

#include "control/events/event_log.h"
#include "control/events/events.h"

struct ts_news;

struct ts_news_receiver {
	void (*wanted)(void *arg);                        /* there is something to flush, soon */
	void (*tell)(void *arg, struct ts_event *event);  /* [take] */
	void *arg;
};

struct ts_news *ts_news_new(struct ts_api *api, struct ts_event_log *log,
	const struct ts_news_receiver *teller);
void ts_news_free(struct ts_news *news);

void ts_news_flush(struct ts_news *news);
void ts_news_poll(struct ts_news *news);
/* Of every room with somebody in it, to one who is new; the others are told no sooner or later for
 * that. */
void ts_news_emit_levels(struct ts_news *news, const struct ts_news_receiver *to);
/* [give] All that the scope may know. */
json_t *ts_news_snapshot(struct ts_news *news, const struct ts_events_scope *scope);

#endif
