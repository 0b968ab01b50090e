#include "control/api/branding.h"

#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/images/images.h"
#include "control/json/branding.h"
#include <string.h>

bool ts_has_image(
	struct ts_api *api, struct ts_request *request, const char *name, const char *pointer)
{
	if (api->images && ts_images_find(api->images, name)) return true;
	if (request)
		ts_problem(request, 422, "no-such-image", pointer, "there is no image \"%.64s\"",
			name);
	return false;
}

bool ts_read_branding(struct ts_api *api, struct ts_request *request, const json_t *body,
	const struct ts_branding *now, struct ts_branding *out)
{
	ts_branding_read(out, body);
	const bool new_ground = out->ground == TS_GROUND_IMAGE &&
		(!now || strcmp(now->backdrop, out->backdrop) != 0);
	const char *watermark = out->watermark.image;
	const bool new_watermark = *watermark &&
		(!now || strcmp(now->watermark.image, watermark) != 0);
	return (!new_ground || ts_has_image(api, request, out->backdrop, "/background")) &&
		(!new_watermark || ts_has_image(api, request, watermark, "/watermark/image"));
}
