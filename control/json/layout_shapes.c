/* layout_shapes - what the API takes and gives of layouts. Documents are checked by layout/parse.c;
 * here they are described. */
#include "control/json/shapes.h"
#include "layout/model.h"

#define SHAPE(id, shape_name, fields, text) \
	const struct ts_shape id = TS_SHAPE(shape_name, fields, text)
#define PIXELS TS_F_INT, .min = 0, .max = 65535
#define NAME .ok = ts_layout_name_ok, .pattern = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$"

/* ---- what a room shows */

static const char *const source_kinds[] = {"camera", "slides", NULL};

static const struct ts_field canvas_fields[] = {{"width", PIXELS}, {"height", PIXELS}};
static const struct ts_shape canvas = TS_SHAPE(NULL, canvas_fields, NULL);

static const struct ts_field region_fields[] = {
	{"x", PIXELS},
	{"y", PIXELS},
	{"w", PIXELS},
	{"h", PIXELS},
	{"z", TS_F_INT, .help = "The larger one covers the smaller"},
	{"show", TS_F_STRING, .help = "The selector of the region"},
	{"participant", TS_F_STRING, TS_F_NULL, .help = "Who is shown"},
	{"source", TS_F_STRING, TS_F_NULL, .choices = source_kinds},
};
static const struct ts_shape region = TS_SHAPE(
	"Region", region_fields, "A tile, in pixels of the canvas");

#define PEOPLE(text) TS_F_LIST, .max = TS_REGIONS_MAX, .help = text
static const struct ts_field layout_fields[] = {
	{"name", TS_F_STRING, TS_F_READ, .help = "Of the layout"},
	{"canvas", TS_F_OBJECT, TS_F_READ, .of = &canvas},
	{"variant", TS_F_INT, TS_F_READ, .min = 0, .max = TS_LAYOUT_VARIANTS_MAX,
		.help = "Index of the variant that applies now"},
	{"regions", TS_F_LIST, TS_F_READ, .of = &region},
	{"hidden", TS_F_LIST, TS_F_READ,
		.help = "Ids of those who could be shown, but for want of room"},
	{"spotlight", PEOPLE("Ids of those who are taken for the speakers, whoever speaks")},
	{"pins", PEOPLE("Ids of those who are shown before all others, and do not take turns")},
	{"order", PEOPLE("Ids in the order of tiles; all others follow")},
};
SHAPE(ts_shape_layout, "LayoutNow", layout_fields,
	"What the main view shows, and what moderators asked for");

/* ---- documents */

static const struct ts_field overflow_fields[] = {
	{"count", TS_F_BOOL, TS_F_OPTIONAL, .help = "The last tile tells how many are not shown"},
	{"rotate_s", TS_F_INT, TS_F_OPTIONAL, .min = 0, .max = 3600,
		.help = "They take turns every so many seconds; 0: never"},
};
static const struct ts_shape overflow = TS_SHAPE(NULL, overflow_fields, NULL);

static const struct ts_field when_fields[] = {
	{"presentation", TS_F_BOOL, TS_F_OPTIONAL, .help = "Somebody presents, or nobody does"},
	{"aspect_min", TS_F_ANY, TS_F_OPTIONAL,
		.help = "Width : height of the canvas, a number or a fraction such as \"16/9\""},
	{"aspect_max", TS_F_ANY, TS_F_OPTIONAL, .help = "Likewise"},
};
static const struct ts_shape when = TS_SHAPE(NULL, when_fields, NULL);

#define FRACTION(text) TS_F_ANY, .help = text
static const char *const fits[] = {"fill", "fit", NULL};
static const struct ts_field border_fields[] = {{"width", FRACTION("Of the canvas's height")},
	{"color", TS_F_STRING, .help = "Such as #ffffff"}};
static const struct ts_shape border = TS_SHAPE(NULL, border_fields, NULL);
static const struct ts_field part_fields[] = {
	{"x", FRACTION("Of the canvas's width: a number, or a fraction such as \"2/3\"")},
	{"y", FRACTION("Of the canvas's height")},
	{"w", FRACTION("Of the canvas's width")},
	{"h", FRACTION("Of the canvas's height")},
	{"show", TS_F_STRING,
		.help = "participant:ID, identity:NAME, presentation, role:NAME, speaker or next"},
	{"else", TS_F_STRING, TS_F_OPTIONAL,
		.help = "A selector for when nobody fits the first, or blank"},
	{"z", TS_F_INT, TS_F_OPTIONAL, .min = -1000, .max = 1000},
	{"fit", TS_F_STRING, TS_F_OPTIONAL, .choices = fits, .help = "Cropped, or letterboxed"},
	{"grid", TS_F_ANY, TS_F_OPTIONAL, .help = "auto, or an object of columns and rows"},
	{"label", TS_F_BOOL, TS_F_OPTIONAL, .help = "The name is shown"},
	{"border", TS_F_OBJECT, TS_F_OPTIONAL, .of = &border},
	{"radius", TS_F_ANY, TS_F_OPTIONAL, .help = "Of the corners, of the canvas's height"},
	{"background", TS_F_STRING, TS_F_OPTIONAL,
		.help = "A colour, of letterbox bars and empty tiles"},
};
static const struct ts_shape part = TS_SHAPE("LayoutRegion", part_fields, "Where, and who");

static const struct ts_field variant_fields[] = {
	{"max", TS_F_INT, TS_F_OPTIONAL, .min = 1, .max = 10000,
		.help = "How many people it shows"},
	{"when", TS_F_OBJECT, TS_F_OPTIONAL, .of = &when},
	{"regions", TS_F_LIST, .of = &part, .max = TS_REGIONS_MAX},
};
static const struct ts_shape variant = TS_SHAPE("LayoutVariant", variant_fields, NULL);

static const struct ts_field document_fields[] = {
	{"name", TS_F_STRING, TS_F_NEEDED, NAME},
	{"background", TS_F_STRING, TS_F_OPTIONAL, .help = "A colour such as #101418"},
	{"overflow", TS_F_OBJECT, TS_F_OPTIONAL, .of = &overflow},
	{"variants", TS_F_LIST, TS_F_OPTIONAL, .of = &variant, .max = TS_LAYOUT_VARIANTS_MAX,
		.help = "The first that fits applies. Without any, the body of a room's layout "
			"names one that is there already"},
};
SHAPE(ts_shape_layout_document, "Layout", document_fields,
	"A layout as its author writes it: docs/LAYOUTS.md");

static const struct ts_field item_fields[] = {
	{"name", TS_F_STRING, .help = "As in the path"},
	{"shipped", TS_F_BOOL, .help = "It comes with the server and never changes"},
};
static const struct ts_shape item = TS_SHAPE("LayoutName", item_fields, NULL);
static const struct ts_field list_fields[] = {{"items", TS_F_LIST, .of = &item}};
SHAPE(ts_shape_layouts, "Layouts", list_fields, "Shipped ones first, then by name");

/* ---- query parameters */

static const struct ts_field dry_run_query[] = {
	{"dry_run", TS_F_BOOL, .help = "Only tells whether it could be done, and what would be"}};
SHAPE(ts_shape_dry_run_query, NULL, dry_run_query, NULL);

#define PREVIEW(side_max)                                                                    \
	{"count", TS_F_INT, .min = 0, .max = TS_PREVIEW_PEOPLE_MAX, .help = "People"},       \
		{"width", TS_F_INT, .min = 16, .max = (side_max), .help = "Of the canvas"},  \
		{"height", TS_F_INT, .min = 16, .max = (side_max), .help = "Of the canvas"}, \
	{                                                                                    \
		"presentation", TS_F_BOOL, .help = "The last one presents"                   \
	}
static const struct ts_field preview_query[] = {PREVIEW(4096)}, picture_query[] = {PREVIEW(1920)};
SHAPE(ts_shape_preview_query, NULL, preview_query, NULL);
SHAPE(ts_shape_picture_query, NULL, picture_query, NULL);
