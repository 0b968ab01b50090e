#include "control/api/libraries.h"
#include "base/log.h"
#include "codec/libraries.h"
#include "container/libraries.h"
#include "control/sip/libraries.h"
#include "layout/libraries.h"
#include "transport/libraries.h"
#include <glib.h>
#include <microhttpd.h>

void ts_libraries_list(struct ts_libraries *list)
{
	ts_transport_libraries(list);
	ts_codec_libraries(list);
	ts_container_libraries(list);
	ts_layout_libraries(list);
	ts_sip_libraries(list);
	ts_library_add(list, "libmicrohttpd", MHD_get_version());
	ts_library_add_numbers(
		list, "glib", glib_major_version, glib_minor_version, glib_micro_version);
}

void ts_libraries_log(const struct ts_libraries *list)
{
	GString *line = g_string_new(NULL);
	const char *why = "";
	for (size_t i = 0; i < list->n; i++)
		g_string_append_printf(
			line, "%s%s=%s", i ? " " : "", list->item[i].name, list->item[i].version);
	ts_info("libraries", "%s", line->str);
	g_string_free(line, TRUE);
	for (size_t i = 0; i < list->n; i++) {
		const char *floor = ts_library_floor(&list->item[i], &why);
		if (floor)
			ts_warn("library too old", "library=%s version=%s at_least=%s why=%s",
				list->item[i].name, list->item[i].version, floor, TS_LOG_STR(why));
	}
}
