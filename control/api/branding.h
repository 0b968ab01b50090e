/* branding - are the images there that a body names? Thread  control. */
#ifndef TS_CONTROL_API_BRANDING_H
#define TS_CONTROL_API_BRANDING_H

#include "control/http/context.h"
#include "mixer/room/branding.h"
#include <jansson.h>

struct ts_request;

/* `background` and `watermark` of a checked body. now: as it was until now, whose images may be
 * gone; NULL: it is made. False: answered. */
bool ts_read_branding(struct ts_api *api, struct ts_request *request, const json_t *body,
	const struct ts_branding *now, struct ts_branding *out);
/* Is it there? False: answered. */
bool ts_has_image(struct ts_api *api, struct ts_request *request, const char *name,
	const char *pointer);

#endif
