/* body - JSON bodies of requests: read, checked against their shape, merged.
 *
 * Source  RFC 8259; RFC 7396 (merge patch).
 */
#ifndef TS_CONTROL_SCHEMA_BODY_H
#define TS_CONTROL_SCHEMA_BODY_H

#include "control/schema/shape.h"

struct ts_request;

/* Is that what Content-Type says: application/json, or for a patch application/merge-patch+json as
 * well? */
bool ts_body_is_json(const struct ts_request *request, enum ts_use use);
/* The body. [give]; NULL: it was refused, and that answered. */
json_t *ts_body_read(struct ts_request *request, const struct ts_shape *shape, enum ts_use use);

/* The pure part. [give] or NULL, with the status and the reason of the refusal. */
json_t *ts_body_parse(const char *text, size_t len, const struct ts_shape *shape, enum ts_use use,
	int *status, struct ts_shape_error *error);
/* Members of patch replace those of target, null removes, objects are merged in depth. 0 or
 * TS_ENOMEM. */
int ts_body_merge(json_t *target, json_t *patch);

#endif
