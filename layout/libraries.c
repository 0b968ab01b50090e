#include "layout/libraries.h"
#include <jansson.h>
#include <libyuv/version.h>
#include <pango/pangocairo.h>

void ts_layout_libraries(struct ts_libraries *list)
{
	char version[16];
	snprintf(version, sizeof(version), "%d", LIBYUV_VERSION);
	ts_library_add(list, "libyuv_built", version);
	ts_library_add(list, "pango", pango_version_string());
	ts_library_add(list, "cairo", cairo_version_string());
	ts_library_add(list, "jansson", jansson_version_str());
}
