/* webhooks - sends events on to webhooks. Thread: control. */
#ifndef TS_CONTROL_API_WEBHOOKS_H
#define TS_CONTROL_API_WEBHOOKS_H

struct ts_api;

/* From now on what readers of api->events are told goes to api->webhooks as well, while there are
 * any. */
void ts_webhook_events(struct ts_api *api);

#endif
