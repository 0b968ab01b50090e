/* stats - meetings that are over become events. Thread  control. */
#ifndef TS_CONTROL_API_STATS_H
#define TS_CONTROL_API_STATS_H

struct ts_api;
struct ts_cdr;

void ts_meeting_events(struct ts_api *api, struct ts_cdr *cdr);

#endif
