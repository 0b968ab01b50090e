/* hosting - what hosts do about guests who wait: by the API, and on their own page.
 * Thread  control. */
#ifndef TS_CONTROL_JOIN_HOSTING_H
#define TS_CONTROL_JOIN_HOSTING_H

struct ts_api;
struct ts_request;
struct ts_room;

/* Each answers: the list; that one is let in, or stays, as the body says; that they are refused. */
void ts_reply_waiting(struct ts_api *api, struct ts_request *request, struct ts_room *room);
void ts_change_waiting(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	const char *id);
void ts_refuse_waiting(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	const char *id);

#endif
