/* calls - calls as the API shows them. Thread  control. */
#ifndef TS_CONTROL_API_CALLS_H
#define TS_CONTROL_API_CALLS_H

#include "control/calls/call.h"
#include "control/schema/shape.h"

struct ts_api;

extern const struct ts_shape ts_shape_call, ts_shape_calls, ts_shape_ladder;

/* Whoever reads events hears of calls: call.updated, the call as GET shows it, and its room. */
void ts_call_events(struct ts_api *api);

#endif
