#include "layout/caption.h"

#include "layout/label_maker.h"
#include <math.h>
#include <string.h>

enum { TYPE_MIN_PX = 9, CANVAS_MIN = 96 };

/* Height of its letters. */
static int type_px(const struct ts_caption_spec *spec)
{
	static const int per_mille[TS_CAPTION_SIZES] = {36, 48, 66};
	const int by_h = spec->h * per_mille[spec->style.size] / 1000,
		  by_w = spec->w * per_mille[spec->style.size] / 1000;
	const int px = by_h < by_w ? by_h : by_w;
	return px < TYPE_MIN_PX ? TYPE_MIN_PX : px;
}

static PangoLayout *layout_of(
	struct ts_label_maker *m, const struct ts_caption_spec *spec, int width_px)
{
	PangoLayout *layout = pango_layout_new(m->context);
	PangoFontDescription *font = pango_font_description_from_string(TS_LABEL_FAMILIES);
	pango_font_description_set_absolute_size(font, type_px(spec) * PANGO_SCALE);
	pango_font_description_set_weight(
		font, spec->style.high_contrast ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_MEDIUM);
	pango_layout_set_font_description(layout, font);
	pango_layout_set_width(layout, width_px * PANGO_SCALE);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_auto_dir(layout, TRUE);
	pango_layout_set_text(layout, spec->text, -1);
	pango_font_description_free(font);
	return layout;
}

/* Where the last rows begin, and how many there are. */
static int first_row(PangoLayout *layout, int *n_rows)
{
	const int n = pango_layout_get_line_count(layout);
	*n_rows = n < TS_CAPTION_ROWS ? n : TS_CAPTION_ROWS;
	return n - *n_rows;
}

static void show_rows(cairo_t *cr, PangoLayout *layout, double pad, double row_px)
{
	int n_rows;
	const int first = first_row(layout, &n_rows);
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	for (int i = 0; i < first; i++) pango_layout_iter_next_line(iter);
	for (int i = 0; i < n_rows; i++, pango_layout_iter_next_line(iter)) {
		PangoRectangle box;
		pango_layout_iter_get_line_extents(iter, NULL, &box);
		const double baseline = (double)(pango_layout_iter_get_baseline(iter) - box.y) /
			PANGO_SCALE;
		cairo_move_to(cr, pad + (double)box.x / PANGO_SCALE,
			pad / 2 + i * row_px + (row_px - (double)box.height / PANGO_SCALE) / 2 +
				baseline);
		pango_cairo_show_layout_line(cr, pango_layout_iter_get_line_readonly(iter));
	}
	pango_layout_iter_free(iter);
}

static struct ts_overlay *draw(
	const struct ts_caption_spec *spec, PangoLayout *layout, int w, int pad)
{
	int n_rows;
	struct ts_overlay *out = NULL;
	first_row(layout, &n_rows);
	const double row_px = 1.35 * type_px(spec);
	int h = 2 * (int)ceil((n_rows * row_px + pad) / 2);
	if (h > (spec->h & ~1)) h = spec->h & ~1;
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
	cairo_t *cr = cairo_create(surface);
	cairo_set_source_rgba(cr, 0, 0, 0, spec->style.high_contrast ? 1 : 0.66);
	cairo_paint(cr);
	cairo_set_source_rgb(cr, 1, 1, 1);
	show_rows(cr, layout, pad, row_px);
	cairo_surface_flush(surface);
	if (cairo_status(cr) == CAIRO_STATUS_SUCCESS)
		out = ts_overlay_from_argb(cairo_image_surface_get_data(surface),
			cairo_image_surface_get_stride(surface), w, h);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return out;
}

struct ts_overlay *ts_caption_draw(struct ts_label_maker *m, const struct ts_caption_spec *spec)
{
	if (!*spec->text || spec->w < CANVAS_MIN || spec->h < CANVAS_MIN) return NULL;
	const int pad = type_px(spec);
	/* lines of 60 letters are read with ease */
	const int widest = 32 * type_px(spec), room = spec->w * 9 / 10;
	const int w = 2 * ((room < widest ? room : widest) / 2);
	PangoLayout *layout = layout_of(m, spec, w - 2 * pad);
	struct ts_overlay *out = draw(spec, layout, w, pad);
	g_object_unref(layout);
	return out;
}
