/* outputs - tells readers of events about outputs. Thread: control. */
#ifndef TS_CONTROL_API_OUTPUTS_H
#define TS_CONTROL_API_OUTPUTS_H

struct ts_api;

/* From now on changes of api->outlets go out as events, where there are any. */
void ts_output_events(struct ts_api *api);

#endif
