/* announcements - tells readers of events about announcements. Thread: control. */
#ifndef TS_CONTROL_API_ANNOUNCEMENTS_H
#define TS_CONTROL_API_ANNOUNCEMENTS_H

struct ts_api;

/* From now on those of api->announcements go out as events, where there are any. */
void ts_announcement_events(struct ts_api *api);

#endif
