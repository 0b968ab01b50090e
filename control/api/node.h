/* node - tells readers of events when the server drains, or does not any more.
 * Thread  control. */
#ifndef TS_CONTROL_API_NODE_H
#define TS_CONTROL_API_NODE_H

struct ts_api;

/* Watches the drain of api, whose events are there already. */
void ts_node_events(struct ts_api *api);

#endif
