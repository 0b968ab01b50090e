/* params - query parameters, checked as the shape of a route says, which the OpenAPI document shows
 * too.
 * Thread  control. */
#ifndef TS_CONTROL_SCHEMA_PARAMS_H
#define TS_CONTROL_SCHEMA_PARAMS_H

#include <stdbool.h>

struct ts_request;
struct ts_shape;

/* As the row of that name says; *out stays when it is not there. False: answered. */
bool ts_ask_int(struct ts_request *request, const struct ts_shape *query, const char *name,
	int *out);
/* true, 1, false or 0; false when it is not there. False: answered. */
bool ts_ask_flag(struct ts_request *request, const char *name, bool *out);

#endif
