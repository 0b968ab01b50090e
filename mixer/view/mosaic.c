#include "mixer/view/mosaic.h"

#include "base/error.h"
#include "layout/compositor.h"
#include "layout/tile.h"
#include <libavutil/imgutils.h>
#include <string.h>

enum { ALIGN = 64 };

#define ALL_TILES(plan) ((plan)->n_tiles ? ~0ull >> (64 - (plan)->n_tiles) : 0)

/* ---- the canvas */

/* Pool buffers hold one I420 canvas each. */
static AVFrame *canvas_get(struct ts_mosaic *m)
{
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = m->width;
	f->height = m->height;
	f->color_range = AVCOL_RANGE_MPEG;
	f->colorspace = AVCOL_SPC_SMPTE170M;
	f->buf[0] = m->pool ? av_buffer_pool_get(m->pool) : NULL;
	if (!f->buf[0] ||
		av_image_fill_arrays(f->data, f->linesize, f->buf[0]->data, AV_PIX_FMT_YUV420P,
			m->width, m->height, ALIGN) < 0)
		av_frame_free(&f);
	return f;
}

static void begin_empty(struct ts_mosaic *m, AVFrame *canvas)
{
	const struct ts_rect all = {0, 0, m->width, m->height};
	if (!m->covered && !ts_brand_draw_ground(&m->brand, m->plan, canvas))
		ts_draw_fill(canvas, &all, ts_colour_of(m->plan->background));
	m->brand.glass.lies = false;
	ts_band_begin(&m->band);
	for (size_t i = 0; i < m->plan->n_tiles; i++) m->tile[i].glass.lies = false;
	m->changed = m->stale_corners = ALL_TILES(m->plan);
}

/* A canvas that may be drawn on: the last one if nobody reads it any more, else a copy; an empty
 * one where all is drawn anew. */
static int canvas_ready(struct ts_mosaic *m)
{
	if (m->canvas && av_frame_is_writable(m->canvas)) return 0;
	AVFrame *fresh = canvas_get(m);
	if (!fresh) return TS_ENOMEM;
	const uint64_t redraw = ts_stack_redraw(&m->stack, m->changed);
	if (m->canvas && redraw != m->stack.seen)
		av_frame_copy(fresh, m->canvas);
	else
		begin_empty(m, fresh);
	av_frame_free(&m->canvas);
	m->canvas = fresh;
	return 0;
}

/* ---- plans */

static bool same_place(const struct ts_region *a, const struct ts_region *b)
{
	return !memcmp(&a->rect, &b->rect, sizeof(a->rect)) && a->z == b->z &&
		a->looks.radius_px == b->looks.radius_px && a->clear == b->clear &&
		ts_region_is_drawn(a) == ts_region_is_drawn(b);
}

static bool same_regions(const struct ts_view_plan *a, const struct ts_view_plan *b)
{
	if (a->width != b->width || a->height != b->height || a->n_tiles != b->n_tiles ||
		memcmp(&a->background, &b->background, sizeof(a->background)) != 0)
		return false;
	for (size_t i = 0; i < a->n_tiles; i++)
		if (!same_place(&a->tile[i].region, &b->tile[i].region)) return false;
	return true;
}

/* Marks and labels are looked at every tick. */
static bool is_drawn_alike(const struct ts_view_tile *a, const struct ts_view_tile *b)
{
	const struct ts_region *r = &a->region, *s = &b->region;
	return a->source == b->source && r->occupant == s->occupant && r->blank == s->blank &&
		r->more == s->more && r->fit == s->fit && r->shows == s->shows &&
		!memcmp(&r->looks, &s->looks, sizeof(r->looks)) &&
		!memcmp(a->label, b->label, sizeof(a->label));
}

static size_t first_with(const struct ts_view_plan *plan, const struct ts_source *source)
{
	size_t i = 0;
	while (i < plan->n_tiles && plan->tile[i].source != source) i++;
	return i;
}

/* The picture that the source's tile showed under the last plan, so that nobody blinks when others
 * come and go. */
static struct ts_picture *inherit(struct ts_mosaic *m, const struct ts_source *source)
{
	if (!source || !m->plan) return NULL;
	const size_t i = first_with(m->plan, source);
	if (i == m->plan->n_tiles) return NULL;
	struct ts_picture *picture = m->tile[i].picture;
	m->tile[i].picture = NULL;
	return picture;
}

/* Another room's view may take from the sources that it has as well. */
static void let_go(struct ts_mosaic *m)
{
	for (size_t i = 0; m->plan && i < m->plan->n_tiles; i++)
		if (m->plan->tile[i].source)
			ts_source_let_go(m->plan->tile[i].source, m->plan->view, m);
}

static void release(struct ts_mosaic_tile *tile)
{
	ts_picture_unref(&tile->picture);
	ts_corners_fini(&tile->corners);
	ts_glass_fini(&tile->glass);
}

/* Seen areas add up to the canvas, and none lies over another. */
static bool is_covered(const struct ts_mosaic *m, const struct ts_view_plan *plan)
{
	int64_t area = 0;
	for (size_t i = 0; i < m->stack.n; i++) {
		const struct ts_region *r = &plan->tile[m->stack.order[i]].region;
		if (m->stack.above[m->stack.order[i]] || r->looks.radius_px || r->clear)
			return false;
		area += (int64_t)r->rect.w * r->rect.h;
	}
	return area == (int64_t)m->width * m->height;
}

static void use_size(struct ts_mosaic *m, int width, int height)
{
	if (m->pool && m->width == width && m->height == height) return;
	m->width = width;
	m->height = height;
	av_buffer_pool_uninit(&m->pool);
	const int bytes = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, width, height, ALIGN);
	m->pool = av_buffer_pool_init((size_t)bytes, NULL);
}

static void draw_all_anew(struct ts_mosaic *m, const struct ts_view_plan *plan)
{
	av_frame_free(&m->canvas);
	m->changed = ALL_TILES(plan);
}

static bool same_brand(const struct ts_view_plan *plan, const struct ts_view_plan *before)
{
	const struct ts_view_brand *a = &plan->brand, *b = &before->brand;
	return plan->width == before->width && plan->height == before->height &&
		!memcmp(&plan->background, &before->background, sizeof(plan->background)) &&
		a->backdrop == b->backdrop && a->watermark == b->watermark &&
		a->place == b->place && a->margin_px == b->margin_px;
}

/* Tiles are where the plan has them. */
static void arrive(struct ts_mosaic *m)
{
	ts_transition_stop(&m->transition);
	av_frame_free(&m->canvas);
	m->changed = ALL_TILES(m->plan);
	for (size_t i = 0; i < m->plan->n_tiles; i++)
		ts_corners_use(&m->tile[i].corners, m->plan->tile[i].region.looks.radius_px);
}

static void set_out(struct ts_mosaic *m)
{
	for (size_t i = 0; i < m->plan->n_tiles; i++) {
		ts_corners_fini(&m->tile[i].corners);
		ts_corners_init(&m->tile[i].corners, ts_transition_radius(&m->transition, i));
	}
}

static void arrange(struct ts_mosaic *m, const struct ts_view_plan *plan)
{
	struct ts_region region[TS_REGIONS_MAX];
	use_size(m, plan->width, plan->height);
	for (size_t i = 0; i < plan->n_tiles; i++) region[i] = plan->tile[i].region;
	ts_stack_make(&m->stack, region, plan->n_tiles);
	m->covered = is_covered(m, plan);
	draw_all_anew(m, plan);
}

/* What goes is shown by the canvas of before: on that one the watermark and captions, which stay,
 * are not. */
static AVFrame *without_overlays(const struct ts_mosaic *m, const struct ts_view_plan *plan)
{
	AVFrame *bare = NULL;
	struct ts_glass glass = m->brand.glass, band = m->band.glass;
	if (!m->canvas || !(glass.lies || band.lies) || !plan->transition_ms) return NULL;
	bare = av_frame_alloc();
	if (!bare) return NULL;
	bare->format = m->canvas->format;
	bare->width = m->canvas->width;
	bare->height = m->canvas->height;
	if (av_frame_get_buffer(bare, 0) < 0 || av_frame_copy(bare, m->canvas) < 0)
		av_frame_free(&bare);
	if (!bare) return NULL;
	ts_glass_lift(&band, bare);
	ts_glass_lift(&glass, bare);
	return bare;
}

void ts_mosaic_set_plan(struct ts_mosaic *m, const struct ts_view_plan *plan)
{
	const bool same = m->plan && same_regions(m->plan, plan);
	const bool moved = m->transition.runs;
	struct ts_mosaic_tile fresh[TS_REGIONS_MAX] = {0};
	let_go(m);
	AVFrame *bare = same ? NULL : without_overlays(m, plan);
	ts_transition_follow(&m->transition, m->plan, plan, bare ? bare : m->canvas, m->now_ns);
	av_frame_free(&bare);
	for (size_t i = 0; i < plan->n_tiles; i++) {
		const struct ts_view_tile *tile = &plan->tile[i];
		fresh[i].first = (uint8_t)(tile->source ? first_with(plan, tile->source) : i);
		if (fresh[i].first == i) fresh[i].picture = inherit(m, tile->source);
		if (!same) {
			ts_corners_init(&fresh[i].corners, tile->region.looks.radius_px);
			continue;
		}
		if (!is_drawn_alike(&m->plan->tile[i], tile)) m->changed |= 1ull << i;
		fresh[i].corners = m->tile[i].corners;
		m->tile[i].corners = (struct ts_corners){0};
		fresh[i].glass = m->tile[i].glass;
		m->tile[i].glass = (struct ts_glass){.save = NULL};
		fresh[i].marks = m->tile[i].marks;
		fresh[i].labels = m->tile[i].labels;
	}
	for (size_t i = 0; i < TS_REGIONS_MAX; i++) release(&m->tile[i]);
	memcpy(m->tile, fresh, sizeof(fresh));
	const bool rebrands = m->plan && !same_brand(plan, m->plan);
	if (!same)
		arrange(m, plan);
	else if (rebrands)
		draw_all_anew(m, plan);
	if (rebrands) ts_brand_reset(&m->brand);
	m->plan = plan;
	if (m->transition.runs)
		set_out(m);
	else if (moved)
		arrive(m);
}

/* ---- a tick */

static unsigned marks_of(const struct ts_mosaic *m, const struct ts_view_tile *tile)
{
	/* who is alone on the canvas need not be marked among others */
	if (!tile->voice || m->stack.n < 2) return tile->region.marks;
	struct ts_voice_info voice;
	ts_voice_info(tile->voice, &voice);
	return tile->region.marks | (voice.talking ? TS_MARK_SPEAKING : 0);
}

static unsigned labels_of(const struct ts_view_tile *tile)
{
	unsigned set = 0;
	for (int k = 0; k < TS_LABEL_KINDS; k++)
		if (ts_painting_get(tile->label[k])) set |= 1u << k;
	return set;
}

static void read_source(struct ts_mosaic *m, size_t i, int64_t now_ns, uint64_t *fresh)
{
	const struct ts_view_tile *tile = &m->plan->tile[i];
	struct ts_mosaic_tile *state = &m->tile[i];
	struct ts_picture *picture = tile->source && state->first == i &&
			ts_source_hold(tile->source, m->plan->view, m)
		? ts_source_take(tile->source, m->plan->view, now_ns)
		: NULL;
	if (picture) {
		ts_picture_unref(&state->picture);
		state->picture = picture;
		*fresh |= 1ull << i;
	}
	const unsigned marks = marks_of(m, tile), labels = labels_of(tile);
	if (*fresh >> state->first & 1 || marks != state->marks || labels != state->labels)
		m->changed |= 1ull << i;
	state->marks = marks;
	state->labels = labels;
}

/* But for its labels. */
static struct ts_tile tile_of(const struct ts_mosaic *m, size_t i)
{
	const struct ts_picture *picture = m->tile[m->tile[i].first].picture;
	return (struct ts_tile){.region = &m->plan->tile[i].region,
		.marks = m->tile[i].marks,
		.picture = picture ? picture->frame : NULL,
		.rotation = picture ? picture->rotation : 0};
}

static void draw_tile(struct ts_mosaic *m, size_t i)
{
	const struct ts_view_tile *view = &m->plan->tile[i];
	struct ts_mosaic_tile *state = &m->tile[i];
	struct ts_tile tile = tile_of(m, i);
	for (int k = 0; k < TS_LABEL_KINDS; k++) tile.label[k] = ts_painting_get(view->label[k]);
	if (m->stale_corners >> i & 1)
		ts_corners_save(&state->corners, m->canvas, &view->region.rect);
	m->stale_corners = (m->stale_corners & ~(1ull << i)) | m->stack.above[i];
	if (view->region.clear && !ts_glass_lay(&state->glass, m->canvas, &view->region.rect))
		return;
	ts_tile_draw(m->canvas, &tile, &state->corners);
}

/* What is beneath them is about to be drawn, or they are. */
static void lift(struct ts_mosaic *m, uint64_t redraw)
{
	ts_band_lift(&m->band, m->canvas);
	for (size_t at = m->stack.n; at-- > 0;) {
		const size_t i = m->stack.order[at];
		if (!(redraw >> i & 1)) continue;
		ts_brand_lift(&m->brand, m->canvas, &m->plan->tile[i].region.rect);
	}
	for (size_t at = m->stack.n; at-- > 0;) {
		const size_t i = m->stack.order[at];
		if (redraw >> i & 1) ts_glass_lift(&m->tile[i].glass, m->canvas);
	}
}

/* ---- a tick on the way */

static void draw_moving(struct ts_mosaic *m, const struct ts_motion_tile *at)
{
	const size_t i = (size_t)at->index;
	struct ts_corners *corners = &m->tile[i].corners;
	struct ts_region region;
	struct ts_tile tile = tile_of(m, i);
	ts_transition_tile(&m->transition, &m->plan->tile[i], at, m->now_ns, &region, &tile);
	ts_corners_use(corners, region.looks.radius_px);
	ts_corners_save(corners, m->canvas, &region.rect);
	ts_tile_draw(m->canvas, &tile, corners);
}

/* Without memory for what is beneath it, it is there at once. */
static void draw_fading(struct ts_mosaic *m, const struct ts_motion_tile *at)
{
	const struct ts_rect *rect = &at->region.rect;
	AVFrame *beneath = canvas_get(m);
	if (beneath) ts_draw_blended(beneath, rect, m->canvas, TS_MOTION_WHOLE);
	draw_moving(m, at);
	if (beneath) ts_draw_blended(m->canvas, rect, beneath, TS_MOTION_WHOLE - at->share);
	av_frame_free(&beneath);
}

static bool is_all(const struct ts_mosaic *m, const struct ts_motion_tile *at)
{
	return at->share == TS_MOTION_WHOLE && !at->region.looks.radius_px && !at->region.clear &&
		at->region.rect.w == m->width && at->region.rect.h == m->height;
}

/* All of the canvas: nearly everything is in another place each time. */
static void draw_on_the_way(struct ts_mosaic *m)
{
	const struct ts_transition *t = &m->transition;
	const struct ts_rect all = {0, 0, m->width, m->height};
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	const size_t n = ts_motion_at(&t->motion, m->now_ns, list);
	AVFrame *canvas = canvas_get(m);
	if (!canvas) return;
	av_frame_free(&m->canvas);
	m->canvas = canvas;
	m->brand.glass.lies = false;
	ts_band_begin(&m->band);
	if ((!n || !is_all(m, &list[0])) && !ts_brand_draw_ground(&m->brand, m->plan, canvas))
		ts_draw_fill(
			canvas, &all, ts_colour_of(ts_motion_background(&t->motion, m->now_ns)));
	for (size_t i = 0; i < n; i++) {
		if (list[i].index < 0)
			ts_draw_blended(canvas, &list[i].region.rect, t->before, list[i].share);
		else if (list[i].share < TS_MOTION_WHOLE)
			draw_fading(m, &list[i]);
		else
			draw_moving(m, &list[i]);
	}
	ts_brand_finish(&m->brand, &m->plan->brand, canvas);
	ts_band_finish(&m->band, canvas);
}

void ts_mosaic_draw(struct ts_mosaic *m, int64_t now_ns)
{
	uint64_t fresh = 0;
	m->now_ns = now_ns;
	for (size_t i = 0; i < m->plan->n_tiles; i++) read_source(m, i, now_ns, &fresh);
	const bool has_come = ts_brand_changed(&m->brand, &m->plan->brand),
		   says = ts_band_changed(&m->band, m->plan->brand.captions);
	if (m->transition.runs && ts_motion_is_over(&m->transition.motion, now_ns)) arrive(m);
	if (m->transition.runs) {
		draw_on_the_way(m);
		return;
	}
	if (has_come) draw_all_anew(m, m->plan);
	m->says |= says;
	if (m->canvas && !m->says && !(m->changed & m->stack.seen)) return;
	if (canvas_ready(m)) return; /* what changed is drawn when there is memory again */
	const uint64_t redraw = ts_stack_redraw(&m->stack, m->changed);
	lift(m, redraw);
	for (size_t at = 0; at < m->stack.n; at++)
		if (redraw >> m->stack.order[at] & 1) draw_tile(m, m->stack.order[at]);
	ts_brand_finish(&m->brand, &m->plan->brand, m->canvas);
	ts_band_finish(&m->band, m->canvas);
	m->changed = 0;
	m->says = false;
}

/* ---- life */

void ts_mosaic_rest(struct ts_mosaic *m)
{
	let_go(m);
	for (size_t i = 0; i < TS_REGIONS_MAX; i++) ts_picture_unref(&m->tile[i].picture);
	ts_brand_reset(&m->brand);
	ts_band_fini(&m->band);
	if (m->transition.runs) arrive(m);
	av_frame_free(&m->canvas);
}

void ts_mosaic_fini(struct ts_mosaic *m)
{
	let_go(m);
	ts_transition_stop(&m->transition);
	for (size_t i = 0; i < TS_REGIONS_MAX; i++) release(&m->tile[i]);
	av_frame_free(&m->canvas);
	ts_brand_reset(&m->brand);
	ts_band_fini(&m->band);
	av_buffer_pool_uninit(&m->pool);
}
