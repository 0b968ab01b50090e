/* health - tells readers of /v1/events of each step of the overload ladder. */
#ifndef TS_CONTROL_API_HEALTH_H
#define TS_CONTROL_API_HEALTH_H

struct ts_api;

/* Watches the engine of api, whose events are there already. */
void ts_overload_events(struct ts_api *api);

#endif
