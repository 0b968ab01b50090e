/* layout_json - layouts as the API shows them: what a room's main view shows, and drawings of documents. Thread control. */
#ifndef TS_CONTROL_JSON_LAYOUT_JSON_H
#define TS_CONTROL_JSON_LAYOUT_JSON_H

#include "mixer/room.h"
#include <jansson.h>

/* The room's people in a layout that was solved from doc for them. [give]; NULL: out of memory. */
json_t *ts_layout_now_json(struct ts_room *room, const struct ts_layout_doc *doc, const struct ts_layout *layout);

/* The document with `people` people, the last of them presenting or not, as an SVG drawing. [give] free; NULL: out of memory. */
char *ts_layout_svg(const struct ts_layout_doc *doc, size_t people, bool presentation, int canvas_w, int canvas_h);

#endif
