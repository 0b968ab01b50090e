#include "mixer/room/branding.h"

#include "mixer/room/model.h"
#include "mixer/view/gallery.h"
#include "mixer/view/subtitle.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool same_watermark(const struct ts_watermark *a, const struct ts_watermark *b)
{
	return !strcmp(a->image, b->image) && a->place == b->place && a->opacity == b->opacity &&
		a->size == b->size;
}

static bool same_colour(struct ts_rgb a, struct ts_rgb b)
{
	return a.r == b.r && a.g == b.g && a.b == b.b;
}

static bool same_captions(const struct ts_caption_style *a, const struct ts_caption_style *b)
{
	return a->shown == b->shown && a->size == b->size && a->high_contrast == b->high_contrast;
}

bool ts_branding_same(const struct ts_branding *a, const struct ts_branding *b)
{
	return a->ground == b->ground && same_colour(a->colour, b->colour) &&
		!strcmp(a->backdrop, b->backdrop) && same_watermark(&a->watermark, &b->watermark) &&
		same_captions(&a->captions, &b->captions);
}

/* What a view says counts before what its room says. */
static struct ts_branding branding_of(const struct ts_room_view *v)
{
	struct ts_branding b = v->room->config.branding;
	const struct ts_branding *own = &v->config.branding;
	if (v == &v->room->main) return b;
	if (own->ground != TS_GROUND_UNSET) {
		b.ground = own->ground;
		b.colour = own->colour;
		memcpy(b.backdrop, own->backdrop, sizeof b.backdrop);
	}
	if (*own->watermark.image) b.watermark = own->watermark;
	return b;
}

static int even(double v)
{
	return 2 * (int)lround(v / 2);
}

static void plan_watermark(
	struct ts_gallery *gallery, const struct ts_watermark *w, struct ts_view_plan *plan)
{
	const int width = even(w->size * plan->width);
	const struct ts_image_spec spec = {.w = width < plan->width ? width : plan->width & ~1,
		.h = plan->height & ~1,
		.shape = TS_IMAGE_FIT,
		.opacity = (int)lround(w->opacity * 256)};
	if (!*w->image || spec.opacity <= 0 || spec.w <= 0 || spec.h <= 0) return;
	plan->brand.watermark = ts_gallery_request(gallery, w->image, &spec);
	plan->brand.place = w->place;
	plan->brand.margin_px = even(plan->height / 40.0);
}

static bool same_spec(const struct ts_caption_spec *a, const struct ts_caption_spec *b)
{
	return same_captions(&a->style, &b->style) && a->w == b->w && a->h == b->h &&
		!strcmp(a->text, b->text);
}

/* The drawing of before where nothing else is said. */
static void plan_captions(struct ts_room_view *v, struct ts_view_plan *plan)
{
	struct ts_painter *painter = v->room->engine->painter;
	struct ts_caption_spec spec = {
		.style = v->config.branding.captions, .w = plan->width, .h = plan->height};
	snprintf(spec.text, sizeof spec.text, "%s", v->room->captions);
	if (!spec.style.shown || !*spec.text || !painter) {
		ts_painting_unref(&v->captions.painting);
		return;
	}
	if (!v->captions.painting || !same_spec(&v->captions.spec, &spec)) {
		ts_painting_unref(&v->captions.painting);
		v->captions.painting = ts_subtitle_request(painter, &spec);
		v->captions.spec = spec;
	}
	if (v->captions.painting) plan->brand.captions = ts_painting_ref(v->captions.painting);
}

bool ts_room_shows_captions(const struct ts_room *r)
{
	for (const struct ts_room_view *v = &r->main; v; v = v->next)
		if (v->config.branding.captions.shown) return true;
	return false;
}

void ts_room_plan_brand(struct ts_room_view *v, struct ts_view_plan *plan)
{
	struct ts_gallery *gallery = v->room->engine->gallery;
	const struct ts_branding b = branding_of(v);
	const struct ts_image_spec whole = {.w = plan->width & ~1,
		.h = plan->height & ~1,
		.shape = TS_IMAGE_FILL,
		.opacity = 256};
	plan->background = b.ground == TS_GROUND_COLOUR ? b.colour : v->scene.layout.background;
	if (v->config.hidden) return; /* a presentation, which is shown as it is */
	if (b.ground == TS_GROUND_IMAGE)
		plan->brand.backdrop = ts_gallery_request(gallery, b.backdrop, &whole);
	plan_watermark(gallery, &b.watermark, plan);
	plan_captions(v, plan);
}

static void plan_text(
	const struct ts_room *r, const struct ts_selector *text, struct ts_view_tile *tile)
{
	struct ts_painter *painter = r->engine->painter;
	struct ts_label_spec spec;
	if (painter && ts_label_for(&spec, TS_LABEL_CARD, text->value, 0, &tile->region.rect))
		tile->label[TS_LABEL_CARD] = ts_painter_request(painter, &spec);
}

void ts_room_plan_images(
	const struct ts_room_view *v, const struct ts_participant *p, struct ts_view_tile *tile)
{
	struct ts_gallery *gallery = v->room->engine->gallery;
	const struct ts_selector *names = ts_region_names(
		v->scene.doc, &v->scene.layout, &tile->region);
	struct ts_image_spec spec;
	if (names && names->show == TS_SHOW_TEXT)
		plan_text(v->room, names, tile);
	else if (names && ts_label_image(&spec, TS_LABEL_IMAGE, &tile->region))
		tile->label[TS_LABEL_IMAGE] = ts_gallery_request(gallery, names->value, &spec);
	if (p && *p->avatar && tile->region.shows == TS_SHOWS_CAMERA &&
		ts_label_image(&spec, TS_LABEL_AVATAR, &tile->region))
		tile->label[TS_LABEL_AVATAR] = ts_gallery_request(gallery, p->avatar, &spec);
}

void ts_room_release_brand(struct ts_view_plan *plan)
{
	ts_painting_unref(&plan->brand.backdrop);
	ts_painting_unref(&plan->brand.watermark);
	ts_painting_unref(&plan->brand.captions);
}

static bool shows(const struct ts_room_view *v, const char *name)
{
	const struct ts_branding b = branding_of(v);
	return (b.ground == TS_GROUND_IMAGE && !strcmp(b.backdrop, name)) ||
		!strcmp(b.watermark.image, name) || ts_layout_doc_has_image(v->scene.doc, name);
}

bool ts_room_shows_image(const struct ts_room *r, const char *name)
{
	for (const struct ts_room_view *v = &r->main; v; v = v->next)
		if (shows(v, name)) return true;
	for (const struct ts_participant *p = r->first; p; p = p->next)
		if (!strcmp(p->avatar, name)) return true;
	return false;
}
