/* openapi - the OpenAPI document, made from a table of routes and the shapes that its rows name.
 *
 * Thread  any; pure.   Source  OpenAPI 3.1.
 */
#ifndef TS_CONTROL_SCHEMA_OPENAPI_H
#define TS_CONTROL_SCHEMA_OPENAPI_H

#include <jansson.h>
#include <stddef.h>

struct ts_route;
struct ts_shape;

struct ts_openapi {
	const struct ts_route *routes;
	size_t n_routes;
	const struct ts_shape *problem; /* of every refusal */
	/* of the server; "": the one that the document comes from */
	const char *url;
};

json_t *ts_openapi_json(const struct ts_openapi *api); /* [give]; NULL: out of memory */

#endif
