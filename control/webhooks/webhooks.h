/* webhooks - the list of those who are sent events: of the configuration file and of REST, and what
 * became of it.
 *
 *   webhooks.url, STATE/webhooks/, REST --> [ list ] --put, events--> courier's thread
 *                                               ^---- how it goes ----/
 *
 * Thread  control; nothing here waits for a receiver.
 * Full    webhooks.max. Events: spool.h, courier.h.
 * Source  Standard Webhooks 1.0.0; docs/WEBHOOKS.md.
 */
#ifndef TS_CONTROL_WEBHOOKS_WEBHOOKS_H
#define TS_CONTROL_WEBHOOKS_WEBHOOKS_H

#include "control/webhooks/courier.h"
#include "control/webhooks/hook.h"

struct ts_webhooks;

/* Reads the stored ones, begins the thread. TS_EINVAL: that of the file makes no sense (logged);
 * TS_EIO, TS_ENOMEM. */
int ts_webhooks_create(
	struct ts_webhooks **out, struct ts_loop *control, const struct ts_config *config);
void ts_webhooks_destroy(struct ts_webhooks **webhooks);
/* changed: whether any are there may be another now. */
void ts_webhooks_watch(
	struct ts_webhooks *webhooks, void (*changed)(void *arg), void *arg);

/* data: JSON of n bytes; id: of the event, "": it has none. */
void ts_webhooks_event(struct ts_webhooks *webhooks, enum ts_event_kind kind, const char *id,
	const char *data, size_t n);
/* Is anybody sent anything? */
bool ts_webhooks_any(const struct ts_webhooks *webhooks);

/* NULL: no more */
const struct ts_hook *ts_webhooks_at(const struct ts_webhooks *webhooks, size_t i);
const struct ts_hook *ts_webhooks_find(const struct ts_webhooks *webhooks, const char *id);
/* Settings that were checked against ts_shape_webhook; id NULL: a new one. TS_EINVAL: error tells
 * why not; TS_ELIMIT; TS_EEXIST: it is the file's; TS_EIO (logged). */
int ts_webhooks_put(struct ts_webhooks *webhooks, const char *id, const json_t *settings,
	const struct ts_hook **out, struct ts_shape_error *error);
/* With what is queued for it. TS_EEXIST: it is the file's; TS_EIO. */
int ts_webhooks_remove(struct ts_webhooks *webhooks, const char *id);
struct ts_courier *ts_webhooks_courier(const struct ts_webhooks *webhooks);

/* [give] As GET shows them. */
json_t *ts_webhook_json(const struct ts_webhooks *webhooks, const struct ts_hook *hook);
json_t *ts_webhook_letters_json(const struct ts_webhooks *webhooks, const struct ts_hook *hook);

#endif
