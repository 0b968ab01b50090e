/* image - images and what rooms show of them as JSON, and the shapes of it. */
#include "control/images/images.h"
#include "control/json/branding.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include <glib.h>
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define NAME_PATTERN "[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}"

/* ---- images */

static const struct ts_field image_fields[] = {
	{"name", TS_F_STRING, .ok = ts_image_name_ok, .pattern = "^" NAME_PATTERN "$"},
	{"width", TS_F_INT, .min = 1, .max = 65535,
		.help = "As it is kept: turned upright, of at most 1920 x 1080 pixels in all"},
	{"height", TS_F_INT, .min = 1, .max = 65535},
	{"bytes", TS_F_INT, .help = "Of its file, a PNG"},
	{"created_ms", TS_F_INT, .min = 0, .max = 9e15, .help = "In milliseconds since 1970"},
};
const struct ts_shape ts_shape_image = TS_SHAPE(
	"Image", image_fields, "A picture that rooms can show: docs/BRANDING.md");

static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_image, .help = "By name"}};
const struct ts_shape ts_shape_images = TS_SHAPE("Images", list_fields, NULL);

static const struct ts_field query_fields[] = {
	{"name", TS_F_STRING, .ok = ts_image_name_ok, .pattern = "^" NAME_PATTERN "$",
		.help = "A ULID where it is left out"},
};
const struct ts_shape ts_shape_image_query = TS_SHAPE(NULL, query_fields, NULL);

json_t *ts_image_json(const struct ts_image_entry *e)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:I}", "name", e->name, "width", e->width, "height",
		e->height, "bytes", (json_int_t)e->bytes, "created_ms", (json_int_t)e->created_ms);
}

/* ---- what a room or view shows of them */

static const char *const places[] = {
	"top-left", "top-right", "bottom-left", "bottom-right", "middle", NULL};
_Static_assert(sizeof(places) / sizeof(*places) == TS_PLACE_MIDDLE + 2,
	"places are those of mixer/view/plan.h");

static const struct ts_field watermark_fields[] = {
	{"image", TS_F_STRING, TS_F_NEEDED, .ok = ts_image_name_ok, .pattern = "^" NAME_PATTERN "$",
		.help = "Its name"},
	{"position", TS_F_STRING, .choices = places, .help = "bottom-right where it is left out"},
	{"opacity", TS_F_NUMBER, .min = 0, .max = 1,
		.help = "Besides the image's own; 0.7 where it is left out, 0: none is drawn"},
	{"size", TS_F_NUMBER, .min = 0.01, .max = 1,
		.help = "Its width, of the canvas's; 0.12 where it is left out"},
};
const struct ts_shape ts_shape_watermark = TS_SHAPE("Watermark", watermark_fields, NULL);

static const char *const caption_sizes[] = {"small", "medium", "large", NULL};
_Static_assert(sizeof(caption_sizes) / sizeof(*caption_sizes) == TS_CAPTION_SIZES + 1,
	"sizes are those of layout/caption.h");
static const char *const caption_contrasts[] = {"normal", "high", NULL};

static const struct ts_field caption_style_fields[] = {
	{"size", TS_F_STRING, .choices = caption_sizes, .help = "medium where it is left out"},
	{"contrast", TS_F_STRING, .choices = caption_contrasts,
		.help = "high: on black, in heavier letters; normal where it is left out"},
};
const struct ts_shape ts_shape_caption_style = TS_SHAPE("CaptionStyle", caption_style_fields, NULL);

static bool read_colour(struct ts_rgb *out, const char *text)
{
	if (text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6 || text[7])
		return false;
	const guint64 rgb = g_ascii_strtoull(text + 1, NULL, 16);
	*out = (struct ts_rgb){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};
	return true;
}

bool ts_background_ok(const char *text)
{
	struct ts_rgb colour;
	return !strcmp(text, "layout") || read_colour(&colour, text) ||
		(g_str_has_prefix(text, "image:") && ts_image_name_ok(text + 6));
}

static void read_captions(struct ts_caption_style *out, const json_t *json)
{
	const char *size = json_string_value(json_object_get(json, "size"));
	const char *contrast = json_string_value(json_object_get(json, "contrast"));
	*out = (struct ts_caption_style){.shown = json_is_object(json), .size = TS_CAPTION_MEDIUM};
	for (int i = 0; size && caption_sizes[i]; i++)
		if (!strcmp(size, caption_sizes[i])) out->size = (enum ts_caption_size)i;
	out->high_contrast = contrast && !strcmp(contrast, "high");
}

void ts_branding_read(struct ts_branding *out, const json_t *json)
{
	const char *background = json_string_value(json_object_get(json, "background"));
	const json_t *w = json_object_get(json, "watermark");
	const char *image = json_string_value(json_object_get(w, "image"));
	const char *position = json_string_value(json_object_get(w, "position"));
	const json_t *opacity = json_object_get(w, "opacity"), *size = json_object_get(w, "size");
	*out = (struct ts_branding){.ground = TS_GROUND_UNSET};
	if (background && read_colour(&out->colour, background)) {
		out->ground = TS_GROUND_COLOUR;
	} else if (background && g_str_has_prefix(background, "image:")) {
		out->ground = TS_GROUND_IMAGE;
		g_strlcpy(out->backdrop, background + 6, sizeof(out->backdrop));
	} else if (background) {
		out->ground = TS_GROUND_LAYOUT;
	}
	read_captions(&out->captions, json_object_get(json, "captions"));
	if (!image) return;
	g_strlcpy(out->watermark.image, image, sizeof(out->watermark.image));
	out->watermark.place = TS_PLACE_BOTTOM_RIGHT;
	for (int i = 0; position && places[i]; i++)
		if (!strcmp(position, places[i])) out->watermark.place = (enum ts_place)i;
	out->watermark.opacity = opacity ? json_number_value(opacity) : 0.7;
	out->watermark.size = size ? json_number_value(size) : 0.12;
}

static json_t *background_json(const struct ts_branding *b)
{
	switch (b->ground) {
	case TS_GROUND_UNSET: return json_null();
	case TS_GROUND_LAYOUT: return json_string("layout");
	case TS_GROUND_COLOUR:
		return json_sprintf("#%02x%02x%02x", b->colour.r, b->colour.g, b->colour.b);
	case TS_GROUND_IMAGE: return json_sprintf("image:%s", b->backdrop);
	}
	return NULL;
}

static json_t *captions_json(const struct ts_caption_style *c)
{
	return c->shown ? json_pack("{s:s, s:s}", "size", caption_sizes[c->size], "contrast",
				  caption_contrasts[c->high_contrast])
			: json_null();
}

int ts_branding_add(json_t *json, const struct ts_branding *b)
{
	const struct ts_watermark *w = &b->watermark;
	json_t *watermark = *w->image
		? json_pack("{s:s, s:s, s:f, s:f}", "image", w->image, "position", places[w->place],
			  "opacity", w->opacity, "size", w->size)
		: json_null();
	const int err = json_object_set_new(json, "background", background_json(b));
	const int more = json_object_set_new(json, "captions", captions_json(&b->captions));
	return json_object_set_new(json, "watermark", watermark) || err || more ? -1 : 0;
}
