/* parse - layout documents from JSON. Every value is checked where it is read, so that the error
 * can point at it; what concerns several values (overlaps) is checked as soon as the last of them
 * is there. */
#include "base/error.h"
#include "layout/json_where.h"
#include "layout/reader.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_FIELDS(table) (sizeof(table) / sizeof((table)[0]))

/* ---- a region */

#define READ_INTO(name, type, call)                                            \
	static void name(struct ts_reader *r, const json_t *value, void *into) \
	{                                                                      \
		type *o = into;                                                \
		call;                                                          \
	}

READ_INTO(region_x, struct ts_doc_region, ts_read_fraction(r, value, &o->box.x))
READ_INTO(region_y, struct ts_doc_region, ts_read_fraction(r, value, &o->box.y))
READ_INTO(region_w, struct ts_doc_region, ts_read_fraction(r, value, &o->box.w))
READ_INTO(region_h, struct ts_doc_region, ts_read_fraction(r, value, &o->box.h))
READ_INTO(region_z, struct ts_doc_region, ts_read_int(r, value, -1000, 1000, &o->z))
READ_INTO(region_show, struct ts_doc_region, ts_read_selector(r, value, &o->show))
READ_INTO(region_label, struct ts_doc_region, o->label = ts_read_bool(r, value))
READ_INTO(region_background, struct ts_doc_region,
	(ts_read_colour(r, value, &o->background), o->has_background = true))
READ_INTO(border_width, struct ts_doc_region, ts_read_fraction(r, value, &o->border))
READ_INTO(border_colour, struct ts_doc_region, ts_read_colour(r, value, &o->border_colour))
READ_INTO(region_radius, struct ts_doc_region, ts_read_fraction(r, value, &o->radius))
READ_INTO(grid_columns, struct ts_doc_region, ts_read_int(r, value, 1, TS_REGIONS_MAX, &o->columns))
READ_INTO(grid_rows, struct ts_doc_region, ts_read_int(r, value, 1, TS_REGIONS_MAX, &o->rows))

static void region_else(struct ts_reader *r, const json_t *value, void *into)
{
	struct ts_doc_region *region = into;
	if (json_is_string(value) && !strcmp(json_string_value(value), "blank"))
		region->otherwise.show = TS_SHOW_BLANK;
	else
		ts_read_selector(r, value, &region->otherwise);
}

static void region_fit(struct ts_reader *r, const json_t *value, void *into)
{
	struct ts_doc_region *region = into;
	const char *s = json_is_string(value) ? json_string_value(value) : "";
	if (!strcmp(s, "fill"))
		region->fit = TS_FIT_FILL;
	else if (!strcmp(s, "fit"))
		region->fit = TS_FIT_FIT;
	else
		ts_read_complain(r, "fit is \"fill\" (cropped) or \"fit\" (letterboxed)");
}

static void region_border(struct ts_reader *r, const json_t *value, void *into)
{
	static const struct ts_read_field fields[] = {
		{"width", border_width, true}, {"color", border_colour, true}};
	ts_read_object(r, value, fields, N_FIELDS(fields), into);
}

static void region_grid(struct ts_reader *r, const json_t *value, void *into)
{
	static const struct ts_read_field fields[] = {
		{"columns", grid_columns, true}, {"rows", grid_rows, true}};
	struct ts_doc_region *region = into;
	if (json_is_string(value) && !strcmp(json_string_value(value), "auto")) {
		region->grid = TS_GRID_AUTO;
	} else if (!json_is_object(value)) {
		ts_read_complain(r, "grid is \"auto\" or {\"columns\":3,\"rows\":2}");
	} else {
		region->grid = TS_GRID_FIXED;
		ts_read_object(r, value, fields, N_FIELDS(fields), into);
	}
}

static bool is_zero(const struct ts_fraction *f)
{
	return f->num == 0;
}

/* a + b <= 1 */
static bool fits_in_one(const struct ts_fraction *a, const struct ts_fraction *b)
{
	return a->num * b->den + b->num * a->den <= a->den * b->den;
}

static void complain_at(struct ts_reader *r, const char *key, const char *reason)
{
	const size_t at = ts_read_enter(r, key);
	ts_read_complain(r, "%s", reason);
	ts_read_leave(r, at);
}

static void check_region(struct ts_reader *r, const struct ts_doc_region *region)
{
	const struct ts_fraction half = {1, 2};
	const struct ts_box *b = &region->box;
	if (is_zero(&b->w)) complain_at(r, "w", "the region has no width");
	if (is_zero(&b->h)) complain_at(r, "h", "the region has no height");
	if (!fits_in_one(&b->x, &(struct ts_fraction){0, 1}))
		complain_at(r, "x", "the region lies off the canvas");
	if (!fits_in_one(&b->y, &(struct ts_fraction){0, 1}))
		complain_at(r, "y", "the region lies off the canvas");
	if (!fits_in_one(&b->x, &b->w))
		complain_at(r, "w", "x + w is more than 1: the region leaves the canvas");
	if (!fits_in_one(&b->y, &b->h))
		complain_at(r, "h", "y + h is more than 1: the region leaves the canvas");
	if (region->grid != TS_GRID_NONE &&
		(region->show.show >= TS_SHOW_IMAGE || region->otherwise.show == TS_SHOW_IMAGE ||
			region->otherwise.show == TS_SHOW_TEXT))
		complain_at(r, "grid", "an image or text is shown once: a grid is for people");
	if (!fits_in_one(&region->border, &half))
		complain_at(r, "border", "the border is wider than half the canvas");
	if (!fits_in_one(&region->radius, &half))
		complain_at(r, "radius", "the radius is more than half the canvas");
}

static void read_region(struct ts_reader *r, const json_t *value, struct ts_doc_region *region)
{
	static const struct ts_read_field fields[] = {
		{"x", region_x, true},
		{"y", region_y, true},
		{"w", region_w, true},
		{"h", region_h, true},
		{"show", region_show, true},
		{"z", region_z, false},
		{"else", region_else, false},
		{"fit", region_fit, false},
		{"grid", region_grid, false},
		{"label", region_label, false},
		{"border", region_border, false},
		{"radius", region_radius, false},
		{"background", region_background, false},
	};
	*region = (struct ts_doc_region){.otherwise.show = TS_SHOW_NOBODY,
		.label = true,
		.border = {0, 1},
		.radius = {0, 1}};
	ts_read_object(r, value, fields, N_FIELDS(fields), region);
	if (!r->bad) check_region(r, region);
}

/* ---- a variant */

/* a + b > c */
static bool sum_is_more(
	const struct ts_fraction *a, const struct ts_fraction *b, const struct ts_fraction *c)
{
	const __int128 left = (__int128)(a->num * b->den + b->num * a->den) * c->den;
	return left > (__int128)c->num * a->den * b->den;
}

static bool overlap(const struct ts_box *a, const struct ts_box *b)
{
	return sum_is_more(&a->x, &a->w, &b->x) && sum_is_more(&b->x, &b->w, &a->x) &&
		sum_is_more(&a->y, &a->h, &b->y) && sum_is_more(&b->y, &b->h, &a->y);
}

static void check_overlaps(struct ts_reader *r, const struct ts_doc_variant *v, size_t last)
{
	const struct ts_doc_region *region = &v->region[last];
	for (size_t i = 0; i < last; i++) {
		if (v->region[i].z != region->z || !overlap(&v->region[i].box, &region->box))
			continue;
		const size_t at = ts_read_enter(r, "z");
		ts_read_complain(r, "regions %zu and %zu overlap and have the same z (%d)", i, last,
			region->z);
		ts_read_leave(r, at);
		return;
	}
}

static void variant_regions(struct ts_reader *r, const json_t *value, void *into)
{
	struct ts_doc_variant *v = into;
	const size_t n = json_array_size(value);
	size_t cells = 0;
	if (!json_is_array(value) || n < 1 || n > TS_REGIONS_MAX) {
		ts_read_complain(r, "a list of 1 to %d regions is needed here", TS_REGIONS_MAX);
		return;
	}
	v->region = calloc(n, sizeof(*v->region));
	r->no_memory |= !v->region;
	for (v->n = 0; v->region && v->n < n && !r->bad; v->n++) {
		const size_t at = ts_read_enter_index(r, v->n);
		struct ts_doc_region *region = &v->region[v->n];
		read_region(r, json_array_get(value, v->n), region);
		if (!r->bad) check_overlaps(r, v, v->n);
		cells += region->grid == TS_GRID_FIXED ? (size_t)(region->columns * region->rows)
						       : 1;
		if (cells > TS_REGIONS_MAX)
			ts_read_complain(r, "a variant has at most %d tiles", TS_REGIONS_MAX);
		ts_read_leave(r, at);
	}
}

static void variant_max(struct ts_reader *r, const json_t *value, void *into)
{
	int max = 0;
	ts_read_int(r, value, 1, 10000, &max);
	((struct ts_doc_variant *)into)->max = (size_t)max;
}

static void when_presentation(struct ts_reader *r, const json_t *value, void *into)
{
	((struct ts_doc_variant *)into)->presentation = ts_read_bool(r, value) ? TS_YES : TS_NO;
}

static void read_aspect(struct ts_reader *r, const json_t *value, struct ts_fraction *out)
{
	ts_read_fraction(r, value, out);
	if (!r->bad && is_zero(out))
		ts_read_complain(r, "a shape is width : height, for example \"16/9\", and not 0");
}

READ_INTO(when_aspect_min, struct ts_doc_variant, read_aspect(r, value, &o->aspect_min))
READ_INTO(when_aspect_max, struct ts_doc_variant, read_aspect(r, value, &o->aspect_max))

static void variant_when(struct ts_reader *r, const json_t *value, void *into)
{
	static const struct ts_read_field fields[] = {
		{"presentation", when_presentation, false},
		{"aspect_min", when_aspect_min, false},
		{"aspect_max", when_aspect_max, false},
	};
	struct ts_doc_variant *v = into;
	ts_read_object(r, value, fields, N_FIELDS(fields), v);
	const struct ts_fraction *min = &v->aspect_min, *max = &v->aspect_max;
	if (!r->bad && max->num && min->num * max->den > max->num * min->den)
		complain_at(r, "aspect_max",
			"aspect_max is less than aspect_min: the variant fits no canvas");
}

static void read_variant(struct ts_reader *r, const json_t *value, struct ts_doc_variant *v)
{
	static const struct ts_read_field fields[] = {{"regions", variant_regions, true},
		{"max", variant_max, false}, {"when", variant_when, false}};
	v->aspect_min = v->aspect_max = (struct ts_fraction){0, 1};
	ts_read_object(r, value, fields, N_FIELDS(fields), v);
}

/* ---- the document */

static void doc_name(struct ts_reader *r, const json_t *value, void *into)
{
	const char *s = json_string_value(value);
	if (s && ts_layout_name_ok(s))
		strcpy(((struct ts_layout_doc *)into)->name, s);
	else
		ts_read_complain(r,
			"a name is 1 to %d of A-Z a-z 0-9 . _ ~ - and does not begin with a dot",
			TS_LAYOUT_NAME_MAX);
}

READ_INTO(doc_background, struct ts_layout_doc, ts_read_colour(r, value, &o->background))
READ_INTO(overflow_count, struct ts_layout_doc, o->count_overflow = ts_read_bool(r, value))
READ_INTO(overflow_rotate, struct ts_layout_doc, ts_read_int(r, value, 0, 3600, &o->rotate_s))

static void doc_overflow(struct ts_reader *r, const json_t *value, void *into)
{
	static const struct ts_read_field fields[] = {
		{"count", overflow_count, false}, {"rotate_s", overflow_rotate, false}};
	ts_read_object(r, value, fields, N_FIELDS(fields), into);
}

static bool has_variant_with(const struct ts_layout_doc *doc, enum ts_whether presentation)
{
	for (size_t i = 0; i < doc->n; i++)
		if (doc->variant[i].presentation == TS_EITHER ||
			doc->variant[i].presentation == presentation)
			return true;
	return false;
}

static void doc_variants(struct ts_reader *r, const json_t *value, void *into)
{
	struct ts_layout_doc *doc = into;
	const size_t n = json_array_size(value);
	if (!json_is_array(value) || n < 1 || n > TS_LAYOUT_VARIANTS_MAX) {
		ts_read_complain(
			r, "a list of 1 to %d variants is needed here", TS_LAYOUT_VARIANTS_MAX);
		return;
	}
	doc->variant = calloc(n, sizeof(*doc->variant));
	r->no_memory |= !doc->variant;
	for (doc->n = 0; doc->variant && doc->n < n && !r->bad; doc->n++) {
		const size_t at = ts_read_enter_index(r, doc->n);
		read_variant(r, json_array_get(value, doc->n), &doc->variant[doc->n]);
		ts_read_leave(r, at);
	}
	if (!r->bad && !has_variant_with(doc, TS_NO))
		ts_read_complain(r, "no variant is for a room without a presentation");
	if (!r->bad && !has_variant_with(doc, TS_YES))
		ts_read_complain(r, "no variant is for a room with a presentation");
}

static void read_doc(struct ts_reader *r, const json_t *root, struct ts_layout_doc *doc)
{
	static const struct ts_read_field fields[] = {
		{"name", doc_name, true},
		{"variants", doc_variants, true},
		{"background", doc_background, false},
		{"overflow", doc_overflow, false},
	};
	doc->background = (struct ts_rgb){9, 9, 11};
	doc->count_overflow = true;
	ts_read_object(r, root, fields, N_FIELDS(fields), doc);
	if (r->bad) return;
	doc->text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15));
	r->no_memory |= !doc->text;
}

static int load(json_t **root, const char *text, size_t len, struct ts_layout_error *err)
{
	json_error_t why;
	*root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (*root) return 0;
	if (json_error_code(&why) == json_error_out_of_memory) return TS_ENOMEM;
	const size_t at = why.position > 0 ? (size_t)why.position : 0;
	ts_json_where(err->pointer, sizeof(err->pointer), text, len, at);
	snprintf(err->reason, sizeof(err->reason), "line %d, column %d: %.160s", why.line,
		why.column, why.text);
	return TS_EBADMSG;
}

int ts_layout_parse(
	struct ts_layout_doc **out, const char *text, size_t len, struct ts_layout_error *err)
{
	struct ts_reader r = {.err = err};
	*err = (struct ts_layout_error){"", ""};
	if (len > TS_LAYOUT_TEXT_MAX) {
		ts_read_complain(&r, "a layout has at most %d bytes", TS_LAYOUT_TEXT_MAX);
		return TS_EBADMSG;
	}
	json_t *root;
	const int rc = load(&root, text, len, err);
	if (rc) return rc;
	struct ts_layout_doc *doc = calloc(1, sizeof(*doc));
	if (doc) {
		ts_ref_init(&doc->refs, 1);
		read_doc(&r, root, doc);
	}
	json_decref(root);
	if (!doc || r.bad || r.no_memory) {
		/* what could not be read for want of memory is missed further on */
		const bool bad = doc && !r.no_memory;
		ts_layout_doc_unref(&doc);
		return bad ? TS_EBADMSG : TS_ENOMEM;
	}
	*out = doc;
	return 0;
}
