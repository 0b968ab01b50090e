/* layout_body - layouts in the bodies of requests, and what is answered where they are wrong.
 * Thread  control. */
#ifndef TS_CONTROL_API_LAYOUT_BODY_H
#define TS_CONTROL_API_LAYOUT_BODY_H

#include "control/http/http.h"
#include "layout/model.h"
#include <stdbool.h>

/* The type of the body; false: answered (415). */
bool ts_layout_is_json(struct ts_request *request);
/* The document in a text. is_json: jansson reads it, so what is wrong is a value (422, not 400).
 * [give]; NULL: answered. */
struct ts_layout_doc *ts_layout_document(struct ts_request *request, const char *text, size_t len,
	bool is_json);
/* The document in the body, whose name must be this one. [give]; NULL: answered. */
struct ts_layout_doc *ts_layout_body(struct ts_request *request, const char *name);
void ts_layout_refuse(struct ts_request *request, int status, const struct ts_layout_error *err);

#endif
