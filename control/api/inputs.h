/* inputs - tells readers of events about inputs. Thread: control. */
#ifndef TS_CONTROL_API_INPUTS_H
#define TS_CONTROL_API_INPUTS_H

struct ts_api;

/* From now on changes of api->inputs go out as events, where there are any. */
void ts_input_events(struct ts_api *api);

#endif
