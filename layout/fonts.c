#include "layout/fonts.h"
#include <pango/pangocairo.h>

int ts_fonts_missing(const char *text)
{
	PangoFontMap *map = pango_cairo_font_map_new();
	PangoFontFamily **families = NULL;
	int n_families = 0, missing = -1;
	if (!map) return -1;
	pango_font_map_list_families(map, &families, &n_families);
	g_free(families);
	if (n_families) {
		PangoContext *context = pango_font_map_create_context(map);
		PangoLayout *layout = pango_layout_new(context);
		pango_layout_set_text(layout, text, -1);
		missing = pango_layout_get_unknown_glyphs_count(layout);
		g_object_unref(layout);
		g_object_unref(context);
	}
	g_object_unref(map);
	return missing;
}
