/* texts - tells readers of events what is written in rooms. Thread: control. */
#ifndef TS_CONTROL_API_TEXTS_H
#define TS_CONTROL_API_TEXTS_H

struct ts_api;

/* From now on messages and captions of api->texts go out as events. */
void ts_text_events(struct ts_api *api);

#endif
