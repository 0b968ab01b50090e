/* calls - calls as the API shows them. Thread  control. */
#ifndef TS_CONTROL_API_CALLS_H
#define TS_CONTROL_API_CALLS_H

struct ts_api;

/* Whoever reads events hears of calls: call.updated, the call as GET shows it, and its room. */
void ts_call_events(struct ts_api *api);
/* And who presents: presentation.updated. */
void ts_presentation_events(struct ts_api *api);

#endif
