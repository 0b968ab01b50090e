/* breakouts - the ends of meetings, and breakouts, become events. Thread  control. */
#ifndef TS_CONTROL_API_BREAKOUTS_H
#define TS_CONTROL_API_BREAKOUTS_H

struct ts_api;
struct ts_meetings;

void ts_ending_events(struct ts_api *api, struct ts_meetings *meetings);

#endif
