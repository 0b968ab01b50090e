/* branding - what a room or view shows of images, as JSON. Thread  control. */
#ifndef TS_CONTROL_JSON_BRANDING_H
#define TS_CONTROL_JSON_BRANDING_H

#include "mixer/room/branding.h"
#include <jansson.h>

/* "layout", "#RRGGBB", "image:NAME" */
bool ts_background_ok(const char *text);
#define TS_BACKGROUND_PATTERN \
	"^(layout|#[0-9A-Fa-f]{6}|image:[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63})$"
/* Of a checked body: `background`, `watermark`, `captions`. */
void ts_branding_read(struct ts_branding *out, const json_t *json);
/* Adds all three. Not 0: out of memory. */
int ts_branding_add(json_t *json, const struct ts_branding *branding);

#endif
