/* trunks - tells readers of events about SIP trunks. Thread: control. */
#ifndef TS_CONTROL_API_TRUNKS_H
#define TS_CONTROL_API_TRUNKS_H

struct ts_api;

/* From now on those of api->calls go out as events. */
void ts_trunk_events(struct ts_api *api);

#endif
