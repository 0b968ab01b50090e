/* view - a view of a room as JSON, and the shapes of it. */
#include "control/json/branding.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/windows.h"
#include "mixer/room/views.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* ---- shapes */

static const struct ts_field when_fields[] = {
	{"aspect_min", TS_F_NUMBER, TS_F_NULL | TS_F_OPTIONAL, .min = 0, .max = TS_ASPECT_MAX,
		.help = "Width : height of their window is at least this; null: any"},
	{"aspect_max", TS_F_NUMBER, TS_F_NULL | TS_F_OPTIONAL, .min = 0, .max = TS_ASPECT_MAX,
		.help = "At most this; null: any"},
};
static const struct ts_shape when = TS_SHAPE(NULL, when_fields, NULL);

static const struct ts_field view_fields[] = {
	{"id", TS_F_STRING, TS_F_OPTIONAL, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN,
		.help = "Chosen by whoever makes the view. Never changes; main is always there"},
	{"video", TS_F_OBJECT, .of = &ts_shape_video,
		.help = "As of a room; what is left out is the room's"},
	{"layout", TS_F_STRING, .ok = ts_layout_name_ok,
		.pattern = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$", .help = "Its name"},
	{"labels", TS_F_BOOL, .help = "Names are shown where the layout says so; false: nowhere"},
	{"background", TS_F_STRING, TS_F_NULL, .ok = ts_background_ok,
		.pattern = TS_BACKGROUND_PATTERN,
		.help = "Behind the tiles: a colour, image:NAME, or layout: as that says; null: "
			"as of the room"},
	{"watermark", TS_F_OBJECT, TS_F_NULL, .of = &ts_shape_watermark,
		.help = "An image over the tiles; null: that of the room. Of opacity 0: none"},
	{"captions", TS_F_OBJECT, TS_F_NULL, .of = &ts_shape_caption_style,
		.help = "What is said is written over it (docs/TEXT.md); null: it is not"},
	{"when", TS_F_OBJECT, TS_F_NULL, .of = &when,
		.help = "Who tells a window of such a shape receives it; of several views the one "
			"that was made first. null: nobody does by themselves"},
	{"receivers", TS_F_INT, TS_F_READ, .help = "Who receives it"},
	{"sinks", TS_F_INT, TS_F_READ, .help = "Recordings and outputs that take it"},
	{"encoders", TS_F_INT, TS_F_READ, .help = "0: it costs nothing now"},
	{"now", TS_F_OBJECT, TS_F_READ, .of = &ts_shape_layout, .help = "What it shows now"},
};
const struct ts_shape ts_shape_view = TS_SHAPE("View", view_fields,
	"A picture of the room, composed and coded while somebody receives it: docs/VIEWS.md");

static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_view, .help = "main first, then in order of making"}};
const struct ts_shape ts_shape_views = TS_SHAPE("Views", list_fields, NULL);

static const struct ts_field snapshot_query[] = {
	{"view", TS_F_STRING, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN,
		.help = "Of which; main if left out"},
};
const struct ts_shape ts_shape_snapshot_query = TS_SHAPE(NULL, snapshot_query, NULL);

/* ---- json */

static json_t *aspect_json(double aspect)
{
	return aspect > 0 ? json_real(aspect) : json_null();
}

static json_t *when_json(const struct ts_room_view_config *c)
{
	if (c->aspect_min <= 0 && c->aspect_max <= 0) return json_null();
	return json_pack("{s:o, s:o}", "aspect_min", aspect_json(c->aspect_min), "aspect_max",
		aspect_json(c->aspect_max));
}

json_t *ts_view_settings_json(const struct ts_room_view *view)
{
	const struct ts_room_view_config *c = ts_room_view_config(view);
	const uint32_t kbps = c->bitrate_kbps ? c->bitrate_kbps
					      : ts_ladder_auto_kbps(c->width, c->height, c->fps);
	json_t *json = json_pack("{s:s, s:{s:i, s:i, s:i, s:I, s:o}, s:s, s:b, s:o}", "id", c->id,
		"video", "width", c->width, "height", c->height, "fps", c->fps, "bitrate_kbps",
		(json_int_t)kbps, "ladder", ts_ladder_json(&c->ladder), "layout",
		ts_room_view_layout_doc(view)->name, "labels", !c->no_labels, "when", when_json(c));
	if (json && ts_branding_add(json, &c->branding)) json_decref(json), json = NULL;
	return json;
}

json_t *ts_view_json(struct ts_room *room, struct ts_room_view *view)
{
	json_t *json = ts_view_settings_json(view);
	const struct ts_layout *layout = ts_room_view_layout(view);
	if (!json) return NULL;
	json_object_set_new(
		json, "receivers", json_integer((json_int_t)ts_room_view_receivers(view)));
	json_object_set_new(json, "sinks", json_integer((json_int_t)ts_room_view_sinks(view)));
	json_object_set_new(json, "encoders", json_integer((json_int_t)ts_room_view_outputs(view)));
	json_object_set_new(
		json, "now", ts_layout_now_json(room, ts_room_view_layout_doc(view), layout));
	return json;
}

json_t *ts_views_json(struct ts_room *room)
{
	json_t *array = json_array();
	for (struct ts_room_view *v = ts_room_main_view(room); v; v = ts_room_next_view(room, v))
		json_array_append_new(array, ts_view_json(room, v));
	return array;
}
