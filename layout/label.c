#include "layout/label.h"

#include "base/error.h"
#include "layout/icon.h"
#include "layout/image.h"
#include "layout/label_maker.h"
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

enum { TILE_MIN_W = 64, TILE_MIN_H = 40, TILE_MAX = 4096 };

#define NAME_MARKS ((unsigned)TS_MARK_MUTED | TS_MARK_PINNED | TS_MARK_HAND)

static int even(double v)
{
	return 2 * (int)ceil(v / 2);
}

static int min_int(int a, int b)
{
	return a < b ? a : b;
}
static int max_int(int a, int b)
{
	return a > b ? a : b;
}

/* ---- what to draw, and where */

/* Larger tiles have larger letters, but not in proportion: 12 px at 102 lines, 19 at 360, 29 at
 * 720. */
static int type_size(const struct ts_rect *tile)
{
	return 9 + min_int(tile->h, tile->w * 3 / 4) / 36;
}

static int margin_of(const struct ts_rect *tile)
{
	return max_int(2, type_size(tile) * 6 / 10) & ~1;
}

static bool is_large_enough(const struct ts_rect *tile)
{
	return tile->w >= TILE_MIN_W && tile->h >= TILE_MIN_H;
}

bool ts_label_for(struct ts_label_spec *out, enum ts_label_kind kind, const char *name,
	unsigned marks, const struct ts_rect *tile)
{
	memset(out, 0, sizeof(*out));
	out->kind = kind;
	const int smaller = min_int(min_int(tile->w, tile->h), TILE_MAX);
	char clean[TS_NAME_TEXT_MAX + 1];
	ts_name_clean(clean, name);
	switch (kind) {
	case TS_LABEL_INITIALS:
		out->size_px = smaller * 9 / 20 & ~3;
		ts_name_initials(out->text, clean);
		return out->size_px >= 8;
	case TS_LABEL_STALLED: out->size_px = max_int(smaller / 4 & ~3, 16); return smaller >= 32;
	case TS_LABEL_NAME: out->marks = marks & NAME_MARKS; break;
	default: break;
	}
	memcpy(out->text, clean, sizeof(out->text));
	out->size_px = type_size(tile);
	if (kind == TS_LABEL_CARD) out->size_px = max_int(min_int(tile->h * 2 / 5, 96), 8);
	/* thirds of 1280: 426 and 428 */
	out->max_w_px = min_int(tile->w - 2 * margin_of(tile) - 4, TILE_MAX) & ~15;
	return is_large_enough(tile) && (*out->text || out->marks);
}

bool ts_label_image(
	struct ts_image_spec *out, enum ts_label_kind kind, const struct ts_region *region)
{
	const struct ts_rect *r = &region->rect;
	const int disc = min_int(r->w, r->h) * 3 / 5 & ~3;
	*out = (struct ts_image_spec){.w = r->w,
		.h = r->h,
		.shape = region->fit == TS_FIT_FIT ? TS_IMAGE_FIT : TS_IMAGE_FILL,
		.opacity = 256};
	if (kind == TS_LABEL_AVATAR) *out = (struct ts_image_spec){disc, disc, TS_IMAGE_DISC, 256};
	return out->w >= 8 && out->h >= 8;
}

static int name_height(int type_px)
{
	return even(1.75 * type_px);
}

void ts_label_place(enum ts_label_kind kind, const struct ts_overlay *label,
	const struct ts_region *region, int *x, int *y)
{
	const struct ts_rect *r = &region->rect;
	/* away from the border and the curve of the corner */
	const int in = (margin_of(r) + region->looks.border_px / 2 + region->looks.radius_px / 4) &
		~1;
	*x = r->x + ((r->w - label->w) / 2 & ~1);
	*y = r->y + ((r->h - label->h) / 2 & ~1);
	if ((kind == TS_LABEL_INITIALS || kind == TS_LABEL_AVATAR) && region->looks.label &&
		is_large_enough(r)) { /* clear of the name, in small tiles */
		const int over = *y + label->h - (r->y + r->h - in - name_height(type_size(r)));
		if (over > 0) *y -= min_int(over + 1, *y - r->y) & ~1;
	}
	if (kind == TS_LABEL_NAME) *x = r->x + in, *y = r->y + r->h - in - label->h;
	if (kind == TS_LABEL_MORE) *x = r->x + r->w - in - label->w, *y = r->y + in;
}

/* Of type and discs, as ts_label_for has them, but not rounded: between two sizes it grows
 * steadily. */
static double size_in(enum ts_label_kind kind, const struct ts_rect *tile)
{
	const double w = tile->w, h = tile->h;
	if (kind == TS_LABEL_INITIALS || kind == TS_LABEL_STALLED || kind == TS_LABEL_CARD ||
		kind == TS_LABEL_AVATAR)
		return fmin(w, h);
	return 9 + fmin(h, w * 3 / 4) / 36;
}

struct ts_overlay *ts_label_fitted(enum ts_label_kind kind, const struct ts_overlay *label,
	const struct ts_rect *made_for, const struct ts_rect *tile)
{
	const double ratio = size_in(kind, tile) / size_in(kind, made_for);
	double by_w = ratio, by_h = ratio;
	if (kind == TS_LABEL_IMAGE) {
		by_w = (double)tile->w / made_for->w;
		by_h = (double)tile->h / made_for->h;
		/* one that is shown whole keeps its shape */
		if (label->w < made_for->w || label->h < made_for->h)
			by_w = by_h = fmin(by_w, by_h);
	}
	const int w = max_int(2, 2 * (int)lrint(label->w * by_w / 2)),
		  h = max_int(2, 2 * (int)lrint(label->h * by_h / 2));
	return w == label->w && h == label->h ? NULL : ts_overlay_scaled(label, w, h);
}

/* ---- text */

int ts_label_maker_create(struct ts_label_maker **out)
{
	struct ts_label_maker *m = calloc(1, sizeof(*m));
	if (!m) return TS_ENOMEM;
	m->fonts = pango_cairo_font_map_new();
	m->context = pango_font_map_create_context(m->fonts);
	pango_context_set_language(m->context, pango_language_from_string("en"));
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(m->context, options);
	cairo_font_options_destroy(options);
	*out = m;
	return 0;
}

void ts_label_maker_destroy(struct ts_label_maker **maker)
{
	struct ts_label_maker *m = *maker;
	*maker = NULL;
	if (!m) return;
	g_object_unref(m->context);
	g_object_unref(m->fonts);
	free(m);
}

/* One line of text, and where it stands in a box around the height of plain letters. */
struct line {
	PangoLayout *layout;
	double w, ascent, descent; /* of the font, not of this text: all names stand alike */
};

static struct line line_of(struct ts_label_maker *m, const char *text, double size_px,
	PangoWeight weight, double max_w)
{
	struct line line = {.layout = pango_layout_new(m->context)};
	PangoFontDescription *font = pango_font_description_from_string(TS_LABEL_FAMILIES);
	pango_font_description_set_absolute_size(font, size_px * PANGO_SCALE);
	pango_font_description_set_weight(font, weight);
	pango_layout_set_font_description(line.layout, font);
	pango_layout_set_single_paragraph_mode(line.layout, TRUE);
	pango_layout_set_text(line.layout, text, -1);
	PangoRectangle box;
	pango_layout_get_extents(line.layout, NULL, &box);
	if (box.width > max_w * PANGO_SCALE) {
		pango_layout_set_ellipsize(line.layout, PANGO_ELLIPSIZE_END);
		pango_layout_set_width(line.layout, (int)(max_w * PANGO_SCALE));
		pango_layout_get_extents(line.layout, NULL, &box);
	}
	PangoFontMetrics *metrics = pango_context_get_metrics(m->context, font, NULL);
	line.w = fmin((double)box.width / PANGO_SCALE, max_w);
	line.ascent = (double)pango_font_metrics_get_ascent(metrics) / PANGO_SCALE;
	line.descent = (double)pango_font_metrics_get_descent(metrics) / PANGO_SCALE;
	pango_font_metrics_unref(metrics);
	pango_font_description_free(font);
	return line;
}

/* Its left end at x, the middle of plain letters at middle. */
static void show_line(cairo_t *cr, const struct line *line, double x, double middle)
{
	const double baseline = middle + (line->ascent - line->descent) / 2;
	PangoRectangle box;
	pango_layout_get_extents(line->layout, NULL, &box);
	cairo_move_to(cr, x - (double)box.x / PANGO_SCALE,
		baseline - (double)pango_layout_get_baseline(line->layout) / PANGO_SCALE);
	pango_cairo_show_layout(cr, line->layout);
}

/* ---- drawings */

struct drawing {
	cairo_surface_t *surface;
	cairo_t *cr;
	int w, h;
};

static struct drawing drawing_of(int w, int h)
{
	struct drawing d = {cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h), NULL, w, h};
	d.cr = cairo_create(d.surface);
	return d;
}

static struct ts_overlay *finish(struct drawing *d)
{
	struct ts_overlay *out = NULL;
	cairo_surface_flush(d->surface);
	if (cairo_status(d->cr) == CAIRO_STATUS_SUCCESS)
		out = ts_overlay_from_argb(cairo_image_surface_get_data(d->surface),
			cairo_image_surface_get_stride(d->surface), d->w, d->h);
	cairo_destroy(d->cr);
	cairo_surface_destroy(d->surface);
	return out;
}

static void rounded_box(cairo_t *cr, double w, double h, double radius)
{
	cairo_new_path(cr);
	cairo_arc(cr, w - radius, radius, radius, -M_PI / 2, 0);
	cairo_arc(cr, w - radius, h - radius, radius, 0, M_PI / 2);
	cairo_arc(cr, radius, h - radius, radius, M_PI / 2, M_PI);
	cairo_arc(cr, radius, radius, radius, M_PI, M_PI * 3 / 2);
	cairo_close_path(cr);
}

/* White on a dark box that lets the picture through. */
static struct ts_overlay *draw_name(struct ts_label_maker *m, const struct ts_label_spec *spec)
{
	const double size = spec->size_px, pad = 0.55 * size, icon = 1.1 * size, gap = 0.3 * size;
	const int n_icons = !!(spec->marks & TS_MARK_MUTED) + !!(spec->marks & TS_MARK_PINNED) +
		!!(spec->marks & TS_MARK_HAND);
	const double icons = n_icons * icon + (n_icons && *spec->text ? gap : 0);
	const double room = fmax(spec->max_w_px - 2 * pad - icons, size);
	const struct line line = line_of(m, spec->text, size, PANGO_WEIGHT_MEDIUM, room);
	struct drawing d = drawing_of(even(2 * pad + icons + line.w), name_height(spec->size_px));
	rounded_box(d.cr, d.w, d.h, 0.4 * size);
	cairo_clip(d.cr);
	cairo_set_source_rgba(d.cr, 0.05, 0.06, 0.08, 0.62);
	cairo_paint(d.cr);

	double x = pad - (n_icons ? 0.15 * size : 0);
	if (spec->marks & TS_MARK_HAND) ts_icon_hand(d.cr, x, (d.h - icon) / 2, icon), x += icon;
	if (spec->marks & TS_MARK_PINNED)
		ts_icon_pinned(d.cr, x, (d.h - icon) / 2, icon), x += icon;
	if (spec->marks & TS_MARK_MUTED) ts_icon_muted(d.cr, x, (d.h - icon) / 2, icon), x += icon;
	cairo_set_source_rgb(d.cr, 1, 1, 1);
	show_line(d.cr, &line, x + (n_icons ? gap : 0), d.h / 2.0);
	g_object_unref(line.layout);
	return finish(&d);
}

static struct ts_overlay *draw_card(struct ts_label_maker *m, const struct ts_label_spec *spec)
{
	const double least = spec->size_px / 3.0;
	double size = spec->size_px;
	struct line line = line_of(m, spec->text, size, PANGO_WEIGHT_MEDIUM, 1e6);
	/* smaller, a little more than in proportion as letters stand on whole pixels, and only then
	 * cut */
	while (line.w > spec->max_w_px) {
		const bool cut = size <= least;
		size = fmax(0.98 * size * spec->max_w_px / line.w, least);
		g_object_unref(line.layout);
		line = line_of(
			m, spec->text, size, PANGO_WEIGHT_MEDIUM, cut ? spec->max_w_px : 1e6);
		if (cut) break;
	}
	struct drawing d = drawing_of(even(line.w + 2), even(1.75 * size));
	cairo_set_source_rgb(d.cr, 1, 1, 1);
	show_line(d.cr, &line, 1, d.h / 2.0);
	g_object_unref(line.layout);
	return finish(&d);
}

static void disc(cairo_t *cr, double size)
{
	cairo_arc(cr, size / 2, size / 2, size / 2, 0, 2 * M_PI);
	cairo_fill(cr);
}

static struct ts_overlay *draw_initials(struct ts_label_maker *m, const struct ts_label_spec *spec)
{
	const double size = spec->size_px;
	struct drawing d = drawing_of(spec->size_px, spec->size_px);
	cairo_set_source_rgba(d.cr, 1, 1, 1, 0.16);
	disc(d.cr, size);
	cairo_set_source_rgba(d.cr, 1, 1, 1, *spec->text ? 0.95 : 0.4);
	if (*spec->text) {
		const struct line line = line_of(
			m, spec->text, 0.42 * size, PANGO_WEIGHT_NORMAL, size);
		show_line(d.cr, &line, (size - line.w) / 2, size / 2);
		g_object_unref(line.layout);
	} else {
		ts_icon_person(d.cr, 0, 0, size);
	}
	return finish(&d);
}

static struct ts_overlay *draw_stalled(const struct ts_label_spec *spec)
{
	const double size = spec->size_px;
	struct drawing d = drawing_of(spec->size_px, spec->size_px);
	cairo_set_source_rgba(d.cr, 0.05, 0.06, 0.08, 0.62);
	disc(d.cr, size);
	ts_icon_no_signal(d.cr, 0.2 * size, 0.18 * size, 0.6 * size);
	return finish(&d);
}

struct ts_overlay *ts_label_draw(struct ts_label_maker *m, const struct ts_label_spec *spec)
{
	switch (spec->kind) {
	case TS_LABEL_INITIALS: return draw_initials(m, spec);
	case TS_LABEL_STALLED: return draw_stalled(spec);
	case TS_LABEL_CARD: return draw_card(m, spec);
	default: return draw_name(m, spec);
	}
}
