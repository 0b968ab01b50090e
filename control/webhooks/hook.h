/* hook - what one webhook is set to, as a constant that control and the courier's thread share; and
 * its JSON: bodies of requests, stored files, what GET shows.
 *
 * The secret is write-only: what is shown is its last four characters.
 * Thread  any: it does not change; counted.
 */
#ifndef TS_CONTROL_WEBHOOKS_HOOK_H
#define TS_CONTROL_WEBHOOKS_HOOK_H

#include "base/random.h"
#include "base/ref.h"
#include "base/url.h"
#include "control/events/kinds.h"
#include "control/schema/shape.h"
#include "control/webhooks/sign.h"

extern const struct ts_shape ts_shape_webhook, ts_shape_webhooks, ts_shape_webhook_test,
	ts_shape_dead_letters;

enum { TS_HOOK_EVENTS_MAX = 64 };
#define TS_HOOK_OF_FILE "file" /* the id of the one that the configuration file names */

struct ts_hook {
	struct ts_ref refs;
	char id[TS_ULID_LEN + 1];
	char url[TS_URL_MAX];
	char secret[TS_SIGN_SECRET_MAX];
	struct ts_sign_key key;
	char **events;   /* as given; none: all but levels */
	uint64_t kinds;  /* what they mean: a bit for each enum ts_event_kind */
	bool enabled, by_file;
	int64_t created_ms;
};

/* [give] NULL: they make no sense, and error tells where. json was checked against
 * ts_shape_webhook. */
struct ts_hook *ts_hook_from_json(const json_t *json, const char *id, int64_t created_ms,
	struct ts_shape_error *error);
struct ts_hook *ts_hook_ref(struct ts_hook *hook);
void ts_hook_unref(void *hook); /* also of NULL; the last wipes the secret */

/* [give] What a PATCH is merged into, and what is stored: with the secret. */
json_t *ts_hook_settings(const struct ts_hook *hook);
/* [give] The same for everybody to see: the URL masked, of the secret its end. */
json_t *ts_hook_shown(const struct ts_hook *hook);

bool ts_hook_wants(const struct ts_hook *hook, enum ts_event_kind kind);
const char *ts_hook_event_name(enum ts_event_kind kind);

#endif
