/* matrix - who hears whom (mixer/room/matrix.h) as JSON and back, and its shape.
 *
 *   {"entries":[{"from":"role:coach","to":"*","off":true}, ..], "rows":1}
 */
#ifndef TS_CONTROL_JSON_MATRIX_H
#define TS_CONTROL_JSON_MATRIX_H

#include "control/schema/shape.h"
#include "mixer/room/matrix.h"

extern const struct ts_shape ts_shape_matrix;

json_t *ts_matrix_json(const struct ts_room *room);
/* Of a checked body. False: entry `at` names an end that is none. */
bool ts_matrix_read(struct ts_matrix *out, const json_t *body, size_t *at);

#endif
