/* api - everything the server answers over HTTP: one table of routes, and what happens before a
 * handler runs.
 *
 *   request -> path in the table? -> OPTIONS | method there? -> body size, API token -> handler
 *       -> reply or problem+json
 *
 * Thread  control. Handlers are reached through the table only.
 */
#ifndef TS_CONTROL_API_API_H
#define TS_CONTROL_API_API_H

#include "control/http/context.h"
#include "control/http/route.h"

extern const struct ts_route ts_routes[];
extern const size_t ts_n_routes;

void ts_api_handle(void *api, struct ts_request *request); /* a ts_http_handler */
/* As of struct ts_http_config: more for an upload of who may make one. */
enum { TS_BODY_MAX_BYTES = 64 * 1024 };
size_t ts_api_body_max(void *api, const struct ts_request *request);

#endif
