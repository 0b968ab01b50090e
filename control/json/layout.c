#include "control/json/json.h"
#include <glib.h>
#include <stdlib.h>

enum { PREVIEW_PEOPLE_MAX = 100 };

/* ---- a room's layout */

static json_t *region_json(struct ts_room *room, const struct ts_layout_doc *doc,
	const struct ts_layout *layout, size_t i)
{
	const struct ts_region *region = &layout->region[i];
	const struct ts_rect *rect = &region->rect;
	struct ts_participant *participant = region->occupant
		? ts_room_by_key(room, region->occupant)
		: NULL;
	struct ts_participant_info info = {.id = NULL};
	char show[TS_SELECTOR_MAX + 16];
	ts_selector_text(
		&doc->variant[layout->variant].region[region->item].show, show, sizeof(show));
	if (participant) ts_participant_info(participant, &info);
	const char *source = region->shows == TS_SHOWS_SLIDES ? "slides" : "camera";
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s?, s:s?}", "x", rect->x, "y", rect->y,
		"w", rect->w, "h", rect->h, "z", region->z, "show", show, "participant", info.id,
		"source", info.id ? source : NULL);
}

static bool is_in(const struct ts_layout *layout, uint64_t key)
{
	for (size_t i = 0; i < layout->n; i++)
		if (layout->region[i].occupant == key) return true;
	return false;
}

/* Who is connected and could be shown, but has no region. */
static json_t *hidden_json(struct ts_room *room, const struct ts_layout *layout)
{
	json_t *array = json_array();
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (info.kind == TS_KIND_WHEP || info.state == TS_P_CONNECTING ||
			is_in(layout, ts_participant_key(p)))
			continue;
		json_array_append_new(array, json_string(info.id));
	}
	return array;
}

/* Those of them who are still here. */
static json_t *wish_json(struct ts_room *room, const struct ts_wish *wish)
{
	json_t *array = json_array();
	for (size_t i = 0; i < wish->n; i++) {
		struct ts_participant *participant = ts_room_by_key(room, wish->key[i]);
		struct ts_participant_info info;
		if (!participant) continue;
		ts_participant_info(participant, &info);
		json_array_append_new(array, json_string(info.id));
	}
	return array;
}

json_t *ts_layout_now_json(
	struct ts_room *room, const struct ts_layout_doc *doc, const struct ts_layout *layout)
{
	const struct ts_wishes *wishes = ts_room_wishes(room);
	json_t *regions = json_array();
	for (size_t i = 0; i < layout->n; i++)
		json_array_append_new(regions, region_json(room, doc, layout, i));
	return json_pack("{s:s, s:{s:i, s:i}, s:i, s:o, s:o, s:o, s:o, s:o}", "name", doc->name,
		"canvas", "width", layout->canvas_w, "height", layout->canvas_h, "variant",
		layout->variant, "regions", regions, "hidden", hidden_json(room, layout),
		"spotlight", wish_json(room, &wishes->spotlight), "pins",
		wish_json(room, &wishes->pinned), "order", wish_json(room, &wishes->order));
}

/* ---- drawings */

static void solve(struct ts_layout *out, const struct ts_layout_doc *doc, size_t people,
	bool presentation, int w, int h)
{
	struct ts_person person[PREVIEW_PEOPLE_MAX];
	if (people > PREVIEW_PEOPLE_MAX) people = PREVIEW_PEOPLE_MAX;
	for (size_t i = 0; i < people; i++)
		person[i] = (struct ts_person){i + 1, "", "", "", presentation && i == people - 1};
	const struct ts_policy policy = {
		.doc = doc, .canvas_w = w, .canvas_h = h, .person = person, .n_people = people};
	ts_policy_place(out, &policy, NULL);
}

/* A calm colour of its own for each person. */
static void add_fill(GString *svg, const struct ts_region *region)
{
	const struct ts_rgb *b = &region->looks.background;
	if (region->clear)
		g_string_append(svg, "fill=\"#fff\" fill-opacity=\".12\"");
	else if (!region->occupant)
		g_string_append_printf(svg, "fill=\"#%02x%02x%02x\"", b->r, b->g, b->b);
	else if (region->shows == TS_SHOWS_SLIDES)
		g_string_append(svg, "fill=\"#f4f1e8\"");
	else
		g_string_append_printf(svg, "fill=\"hsl(%u,32%%,42%%)\"",
			(unsigned)(region->occupant * 137 % 360));
}

static void add_region(GString *svg, const struct ts_region *region)
{
	const struct ts_rect *r = &region->rect;
	const struct ts_looks *looks = &region->looks;
	const int size = (r->w < r->h ? r->w : r->h) / 3, in = looks->border_px;
	g_string_append_printf(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" ",
		r->x + in / 2, r->y + in / 2, r->w > in ? r->w - in : 0, r->h > in ? r->h - in : 0,
		looks->radius_px);
	add_fill(svg, region);
	/* thin lines part tiles that touch */
	if (in)
		g_string_append_printf(svg, " stroke=\"#%02x%02x%02x\" stroke-width=\"%d\"/>",
			looks->border.r, looks->border.g, looks->border.b, in);
	else
		g_string_append(svg, " stroke=\"#000\" stroke-opacity=\".5\" stroke-width=\"2\"/>");
	if (!region->occupant) return;
	const bool slides = region->shows == TS_SHOWS_SLIDES;
	g_string_append_printf(svg, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\">",
		r->x + r->w / 2, r->y + r->h / 2 + size * 7 / 20, size, slides ? "#555" : "#fff");
	if (slides)
		g_string_append(svg, "\xe2\x96\xa4</text>"); /* U+25A4, a page of lines */
	else
		g_string_append_printf(svg, "%u</text>", (unsigned)region->occupant);
	if (region->more)
		g_string_append_printf(svg,
			"<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"#fff\" "
			"text-anchor=\"end\">+%d</text>",
			r->x + r->w - size / 4, r->y + r->h - size / 4, size / 2, region->more);
}

static int by_z(const void *a, const void *b)
{
	const struct ts_region *r = a, *s = b;
	return r->z != s->z ? (r->z < s->z ? -1 : 1) : (r->item > s->item) - (r->item < s->item);
}

char *ts_layout_svg(const struct ts_layout_doc *doc, size_t people, bool presentation, int canvas_w,
	int canvas_h)
{
	struct ts_layout layout;
	GString *svg = g_string_new(NULL);
	solve(&layout, doc, people, presentation, canvas_w, canvas_h);
	qsort(layout.region, layout.n, sizeof(layout.region[0]), by_z);
	g_string_append_printf(svg,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		"height=\"%d\" "
		"font-family=\"sans-serif\" text-anchor=\"middle\"><rect width=\"100%%\" "
		"height=\"100%%\" "
		"fill=\"#%02x%02x%02x\"/>",
		canvas_w, canvas_h, canvas_w, canvas_h, doc->background.r, doc->background.g,
		doc->background.b);
	for (size_t i = 0; i < layout.n; i++)
		if (layout.region[i].occupant || layout.region[i].blank)
			add_region(svg, &layout.region[i]);
	g_string_append(svg, "</svg>\n");
	return g_string_free(svg, FALSE);
}

json_t *ts_layout_json(struct ts_room *room)
{
	return ts_layout_now_json(room, ts_room_layout_doc(room), ts_room_layout(room));
}
