/* Every shipped layout with 1 to 13 people at the four shapes, drawn by the real compositor: what
 * each tile shows is checked by its colours, and eight of the pictures against
 * tests/unit/layout/golden/ (TS_GOLDEN=write makes them anew: look at them then). */
#include "layout/compositor.h"
#include "layout/png.h"
#include "layout/policy.h"
#include "layout/preview.h"
#include "layout/stack.h"

#include <cairo.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEOPLE = 13 };

/* Muhammad */
static const char *const names[PEOPLE] = {"Ada Lovelace", "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf",
	"\xd7\x99\xd7\x95\xd7\xa1\xd7\x99 \xd7\x9b\xd7\x94\xd7\x9f",    /* Yosi Cohen */
	"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e",                         /* Wang Xiaoming */
	"\xe0\xa4\xb5\xe0\xa4\xbf\xe0\xa4\xb5\xe0\xa5\x87\xe0\xa4\x95", /* Vivek */
	"Zo\xc3\xab \xf0\x9f\x98\x80",
	"A name that is much too long for any of these tiles to hold", "Alan", "Grace", "Edsger",
	"Hedy", "Radia", "Donald"};

static AVFrame *frame_of(int w, int h)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	return f;
}

/* Plain walls, so that goldens are small. */
static struct ts_colour wall_of(size_t who)
{
	return (struct ts_colour){(uint8_t)(120 + 8 * (who % 5)),
		(uint8_t)(128 + 40 * cos((double)who * 2.4)),
		(uint8_t)(128 + 40 * sin((double)who * 2.4))};
}

static void draw_ellipse(AVFrame *f, double cx, double cy, double rx, double ry, struct ts_colour c)
{
	const uint8_t colour[3] = {c.y, c.u, c.v};
	for (int p = 0; p < 3; p++) {
		const int s = p > 0;
		for (int y = 0; y < f->height >> s; y++)
			for (int x = 0; x < f->width >> s; x++)
				if (hypot((((x << s) + 0.5) - cx) / rx,
					    (((y << s) + 0.5) - cy) / ry) < 1)
					f->data[p][y * f->linesize[p] + x] = colour[p];
	}
}

static AVFrame *camera_of(size_t who)
{
	const int w = who % 4 == 3 ? 360 : 640, h = 360;
	AVFrame *f = frame_of(w, h);
	ts_draw_fill(f, &(struct ts_rect){0, 0, w, h}, wall_of(who));
	draw_ellipse(f, w / 2.0, h * 1.1, h * 0.40, h * 0.42, (struct ts_colour){50, 128, 128});
	draw_ellipse(f, w / 2.0, h * 0.45, h * 0.15, h * 0.20, (struct ts_colour){170, 110, 150});
	return f;
}

/* ---- the scene: everybody has a camera but each fifth; the first is muted, the second speaks; the
 * last may present */

struct scene {
	struct ts_label_maker *maker;
	AVFrame *camera[PEOPLE], *slide;
	struct ts_preview_person who[PEOPLE];
	struct ts_layout layout;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	assert_int_equal(ts_label_maker_create(&s->maker), 0);
	s->slide = ts_preview_slide(1280, 720);
	for (size_t i = 0; i < PEOPLE; i++) {
		s->camera[i] = i % 5 == 4 ? NULL : camera_of(i);
		s->who[i] = (struct ts_preview_person){
			.key = i + 1, .name = names[i], .camera = s->camera[i], .slides = s->slide};
	}
	s->who[0].marks = TS_MARK_MUTED;
	s->who[1].marks = TS_MARK_SPEAKING;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	for (size_t i = 0; i < PEOPLE; i++) av_frame_free(&s->camera[i]);
	av_frame_free(&s->slide);
	ts_label_maker_destroy(&s->maker);
	free(s);
	return 0;
}

static AVFrame *draw(
	struct scene *s, struct ts_layout_doc *doc, size_t n, bool presents, int w, int h)
{
	static const uint64_t speaker[] = {2};
	static const struct ts_wishes none;
	struct ts_person person[PEOPLE] = {{0}};
	for (size_t i = 0; i < n; i++)
		person[i] = (struct ts_person){i + 1, "", "", "", presents && i == n - 1};
	const struct ts_policy policy = {.doc = doc,
		.canvas_w = w,
		.canvas_h = h,
		.person = person,
		.n_people = n,
		.speaker = speaker,
		.n_speakers = n > 1,
		.wishes = &none};
	ts_policy_place(&s->layout, &policy, NULL);
	AVFrame *canvas = frame_of(w, h);
	ts_preview_draw(canvas, &s->layout, s->who, n, s->maker);
	return canvas;
}

/* ---- what the picture must show */

/* The region that is seen at a place; NULL: background. */
static const struct ts_region *region_at(
	const struct ts_layout *l, const struct ts_stack *stack, int x, int y)
{
	for (size_t i = stack->n; i-- > 0;) {
		const struct ts_region *r = &l->region[stack->order[i]];
		if (x >= r->rect.x && x < r->rect.x + r->rect.w && y >= r->rect.y &&
			y < r->rect.y + r->rect.h)
			return r;
	}
	return NULL;
}

static void expect(const AVFrame *c, int x, int y, struct ts_colour want, const char *what)
{
	const int is[3] = {c->data[0][y * c->linesize[0] + x],
		c->data[1][y / 2 * c->linesize[1] + x / 2],
		c->data[2][y / 2 * c->linesize[2] + x / 2]};
	if (abs(is[0] - want.y) > 4 || abs(is[1] - want.u) > 4 || abs(is[2] - want.v) > 4)
		fail_msg("%s at %d,%d: %d %d %d, not %d %d %d", what, x, y, is[0], is[1], is[2],
			want.y, want.u, want.v);
}

/* A camera that fills its tile shows its wall at half height near both sides: beside the head,
 * above name and shoulders. */
static void check_tile(const AVFrame *c, const struct ts_layout *l, const struct ts_stack *stack,
	const struct ts_region *r)
{
	const size_t who = (size_t)r->occupant - 1;
	const int inset = r->looks.border_px + 8;
	if (r->rect.w < 60 || r->rect.h < 60) return;
	if (r->shows == TS_SHOWS_SLIDES || who % 5 == 4 || r->fit == TS_FIT_FIT) return;
	for (int right = 0; right < 2; right++) {
		const int x = right ? r->rect.x + r->rect.w - 1 - inset : r->rect.x + inset,
			  y = r->rect.y + r->rect.h / 2;
		if (region_at(l, stack, x, y) == r && r->rect.w * 10 > r->rect.h * 9)
			expect(c, x, y, wall_of(who), names[who]);
	}
}

static void check_background(
	const AVFrame *c, const struct ts_layout *l, const struct ts_stack *stack)
{
	for (int y = 1; y < l->canvas_h; y += 6)
		for (int x = 1; x < l->canvas_w; x += 6)
			if (!region_at(l, stack, x, y))
				expect(c, x, y, ts_colour_of(l->background), "background");
}

/* White letters on a dark box. */
static void check_label(const AVFrame *c, const struct ts_layout *l, const struct ts_stack *stack,
	const struct ts_region *r)
{
	int darkest = 255, brightest = 0;
	if (!r->looks.label || r->rect.w < 80 || r->rect.h < 60 || r->shows == TS_SHOWS_SLIDES)
		return;
	const int top = r->rect.y + r->rect.h * 2 / 3, left = r->rect.x + r->looks.border_px + 8;
	for (int y = top; y < r->rect.y + r->rect.h - 8; y++)
		for (int x = left; x < left + 60; x++) {
			if (region_at(l, stack, x, y) != r) return;
			const int v = c->data[0][y * c->linesize[0] + x];
			darkest = v < darkest ? v : darkest;
			brightest = v > brightest ? v : brightest;
		}
	if (brightest < 185 || darkest > 90)
		fail_msg("%s: the name, %d to %d", names[r->occupant - 1], darkest, brightest);
}

static void check(struct scene *s, struct ts_layout_doc *doc, size_t n, bool presents, int w, int h)
{
	AVFrame *c = draw(s, doc, n, presents, w, h);
	struct ts_stack stack;
	ts_stack_make(&stack, s->layout.region, s->layout.n);
	assert_true(stack.n >= 1);
	check_background(c, &s->layout, &stack);
	for (size_t i = 0; i < stack.n; i++) {
		const struct ts_region *r = &s->layout.region[stack.order[i]];
		if (!r->occupant) continue;
		check_tile(c, &s->layout, &stack, r);
		check_label(c, &s->layout, &stack, r);
	}
	av_frame_free(&c);
}

static void every_tile_shows_whom_the_layout_says(void **state)
{
	static const int shapes[][2] = {{640, 360}, {480, 360}, {480, 480}, {360, 640}};
	struct ts_layout_doc *doc;
	size_t n_docs = 0;
	for (; (doc = ts_layout_shipped(n_docs)); n_docs++)
		for (int shape = 0; shape < 4; shape++)
			for (size_t n = 1; n <= PEOPLE; n++)
				for (int presents = 0; presents < 2; presents++)
					check(*state, doc, n, presents, shapes[shape][0],
						shapes[shape][1]);
	assert_in_range(n_docs, 8, 100);
}

/* ---- against pictures that were looked at */

static const struct golden {
	const char *layout;
	size_t n;
	bool presents;
	int w, h;
} goldens[] = {
	{"grid", 5, false, 640, 360},
	{"speaker", 6, false, 640, 360},
	{"pip", 3, false, 640, 360},
	{"presentation", 4, true, 640, 360},
	{"side-by-side", 2, false, 480, 360},
	{"lecture", 13, false, 512, 288},
	{"portrait", 4, false, 360, 640},
	{"grid", 9, true, 480, 480},
};

struct reader {
	const uint8_t *p;
	size_t left;
};

static cairo_status_t read_bytes(void *arg, unsigned char *data, unsigned int len)
{
	struct reader *r = arg;
	if (len > r->left) return CAIRO_STATUS_READ_ERROR;
	memcpy(data, r->p, len);
	r->p += len;
	r->left -= len;
	return CAIRO_STATUS_SUCCESS;
}

static double psnr(cairo_surface_t *a, cairo_surface_t *b)
{
	const int w = cairo_image_surface_get_width(a), h = cairo_image_surface_get_height(a);
	double sum = 0;
	for (int y = 0; y < h; y++) {
		const uint8_t *p = cairo_image_surface_get_data(a) +
			y * cairo_image_surface_get_stride(a);
		const uint8_t *q = cairo_image_surface_get_data(b) +
			y * cairo_image_surface_get_stride(b);
		for (int x = 0; x < 4 * w; x++)
			if (x % 4 != 3) sum += (p[x] - q[x]) * (p[x] - q[x]);
	}
	return 10 * log10(255.0 * 255.0 / (sum / (3.0 * w * h) + 1e-9));
}

static void write_file(const char *path, const uint8_t *data, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

/* Other versions of fonts move letters a little: 30 dB are left for that, a tile in a wrong place
 * is below 25. */
static void goldens_are_met(void **state)
{
	const char *mode = getenv("TS_GOLDEN");
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		const struct golden *g = &goldens[i];
		struct ts_layout_doc *doc = ts_layout_shipped_named(g->layout);
		assert_non_null(doc);
		AVFrame *c = draw(*state, doc, g->n, g->presents, g->w, g->h);
		char path[128];
		uint8_t *png;
		size_t len;
		snprintf(path, sizeof(path), "tests/unit/layout/golden/%s-%zu-%dx%d%s.png",
			g->layout, g->n, g->w, g->h, g->presents ? "-slides" : "");
		assert_int_equal(ts_png(&png, &len, c), 0);
		if (mode && !strcmp(mode, "write")) write_file(path, png, len);
		cairo_surface_t *is = cairo_image_surface_create_from_png_stream(
			read_bytes, &(struct reader){png, len});
		cairo_surface_t *want = cairo_image_surface_create_from_png(path);
		assert_int_equal(cairo_surface_status(is), CAIRO_STATUS_SUCCESS);
		if (cairo_surface_status(want) != CAIRO_STATUS_SUCCESS)
			fail_msg("%s cannot be read", path);
		assert_int_equal(cairo_image_surface_get_width(want), g->w);
		assert_int_equal(cairo_image_surface_get_height(want), g->h);
		const double db = psnr(is, want);
		print_message("%s: %.1f dB, %zu bytes\n", path, db, len);
		assert_true(db >= 30);
		cairo_surface_destroy(is);
		cairo_surface_destroy(want);
		free(png);
		av_frame_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_tile_shows_whom_the_layout_says, setup, teardown),
		cmocka_unit_test_setup_teardown(goldens_are_met, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
