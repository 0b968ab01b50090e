/* recordings - tells readers of events about recordings. Thread: control. */
#ifndef TS_CONTROL_API_RECORDINGS_H
#define TS_CONTROL_API_RECORDINGS_H

struct ts_api;

/* From now on changes of api->recordings go out as events, where there are any. */
void ts_recording_events(struct ts_api *api);

#endif
