/* api - everything the server answers over HTTP: one table of routes, and what happens before a handler runs.
 *
 *   request -> path in the table? -> OPTIONS | method there? -> body size, API token -> handler -> reply or problem+json
 *
 * Thread  control. Handlers (join.c, rest.c, web.c, ...) are reached through the table only.
 */
#ifndef TS_CONTROL_API_API_H
#define TS_CONTROL_API_API_H

#include "control/http/http.h"
#include "control/rooms/registry.h"
#include "control/http/route.h"

struct ts_api {
	const struct ts_config *config;
	struct ts_registry *registry;
	const char *fingerprint; /* of our DTLS certificate: ts_nets_fingerprint */
	struct ts_admission *admission;
	struct ts_layout_store *layouts;
	struct ts_engine *engine; /* draws pictures; NULL: none are drawn */
	struct ts_events *events;
	struct ts_calls *calls; /* NULL: no SIP */
	struct ts_throttle *joins; /* per address; NULL: no limit */
};

extern const struct ts_route ts_routes[];
extern const size_t ts_n_routes;

void ts_api_handle(void *api, struct ts_request *request); /* a ts_http_handler */

/* The room of a path; answers 404 and returns NULL when there is none. */
struct ts_room *ts_api_room(struct ts_api *api, struct ts_request *request, const char *room_id);

#endif
