/* bench_transition - what a tick costs while tiles move, in us of CPU time (mean): people like a
 * webcam's, 640x360, on a canvas of 1280x720, between a grid and one large tile with a column of
 * others, composed and coded as H.264 at 1.5 Mbit/s.
 *
 *   rest     the mean of both layouts          cuts     from one to the other each 9 ticks
 *   moving   likewise, with transitions that last so long: tiles never rest
 *
 *   bench_transition [TICKS]
 */
#include "base/clock.h"
#include "codec/video.h"
#include "mixer/view/mosaic.h"
#include "tests/media/scene.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PEOPLE = 16, FRAMES = 15, WAY = 9, FPS = 30, W = 1280, H = 720 };

/* A source of the bench has a new picture at each tick; the mixer's own is not linked. */
struct ts_source {
	AVFrame *frame[FRAMES];
	int next;
};

static struct ts_source people[PEOPLE];

struct ts_picture *ts_source_take(struct ts_source *s, int view, int64_t now_ns)
{
	(void)view, (void)now_ns;
	AVFrame *frame = av_frame_clone(s->frame[s->next++ % FRAMES]);
	return frame ? ts_picture_new(frame) : NULL;
}

bool ts_source_hold(struct ts_source *s, int view, const void *by)
{
	(void)s, (void)view, (void)by;
	return true;
}

void ts_source_let_go(struct ts_source *s, int view, const void *by)
{
	(void)s, (void)view, (void)by;
}

static void make_people(void)
{
	for (int who = 0; who < PEOPLE; who++) {
		struct ts_scene *scene;
		if (ts_scene_create(&scene, (uint8_t)who, 640, 360)) abort();
		for (int i = 0; i < FRAMES; i++) {
			AVFrame *drawn = ts_scene_draw(scene, i, (double)i / FPS);
			if (!drawn || !(people[who].frame[i] = av_frame_clone(drawn))) abort();
			av_frame_free(&drawn);
		}
		ts_scene_destroy(&scene);
	}
}

/* ---- layouts */

static struct ts_view_plan empty_plan(int transition_ms)
{
	return (struct ts_view_plan){
		.width = W, .height = H, .fps = FPS, .transition_ms = transition_ms};
}

static void add(struct ts_view_plan *plan, struct ts_rect rect)
{
	const size_t i = plan->n_tiles++;
	plan->tile[i] = (struct ts_view_tile){
		.region = {.rect = rect, .occupant = i + 1}, .source = &people[i]};
}

static struct ts_view_plan grid(size_t n, int transition_ms)
{
	struct ts_view_plan plan = empty_plan(transition_ms);
	struct ts_layout layout;
	ts_grid(&layout, n, W, H);
	for (size_t i = 0; i < n; i++) add(&plan, layout.region[i].rect);
	return plan;
}

static struct ts_view_plan large(int n, int transition_ms)
{
	struct ts_view_plan plan = empty_plan(transition_ms);
	const int h = H / (n - 1) & ~1;
	add(&plan, (struct ts_rect){0, 0, W - 320, H});
	for (int i = 1; i < n; i++) add(&plan, (struct ts_rect){W - 320, (i - 1) * h, 320, h});
	return plan;
}

/* ---- ticks */

struct cost {
	double compose_us, encode_us;
};

static int64_t cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * TS_NS_PER_S + t.tv_nsec;
}

/* Another of the plans each WAY ticks. */
static struct cost run(const struct ts_view_plan *const plan[2], int ticks)
{
	static struct ts_mosaic m;
	const struct ts_video_encoder_config config = {.codec = TS_CODEC_H264,
		.width = W,
		.height = H,
		.fps = FPS,
		.bitrate_bps = 1500000,
		.packetization_mode = 1};
	struct ts_video_encoder *encoder;
	struct cost cost = {0};
	AVPacket *unit = av_packet_alloc();
	if (!unit || ts_video_encoder_open(&encoder, &config)) abort();
	for (int who = 0; who < PEOPLE; who++) people[who].next = 0;
	for (int i = 0; i < ticks + WAY; i++) { /* the first way is not counted */
		const int64_t begin_ns = cpu_ns();
		if (i % WAY == 0) ts_mosaic_set_plan(&m, plan[i / WAY % 2]);
		ts_mosaic_draw(&m, (int64_t)i * TS_NS_PER_S / FPS);
		const int64_t drawn_ns = cpu_ns();
		ts_video_encode(encoder, m.canvas, i == 0, unit);
		av_packet_unref(unit);
		if (i < WAY) continue;
		cost.compose_us += (double)(drawn_ns - begin_ns) / 1e3 / ticks;
		cost.encode_us += (double)(cpu_ns() - drawn_ns) / 1e3 / ticks;
	}
	av_packet_free(&unit);
	ts_video_encoder_close(&encoder);
	ts_mosaic_fini(&m);
	m = (struct ts_mosaic){0};
	return cost;
}

static double sum(struct cost c)
{
	return c.compose_us + c.encode_us;
}

static void measure(int n, int ticks)
{
	static struct ts_view_plan a[2], b[2]; /* cut, moving */
	for (int moves = 0; moves < 2; moves++) {
		a[moves] = grid((size_t)n, moves * WAY * 1000 / FPS);
		b[moves] = large(n, moves * WAY * 1000 / FPS);
	}
	const struct ts_view_plan *const rest[2][2] = {{&a[0], &a[0]}, {&b[0], &b[0]}},
					 *const cuts[2] = {&a[0], &b[0]},
					 *const moving[2] = {&a[1], &b[1]};
	const struct cost one = run(rest[0], ticks), other = run(rest[1], ticks);
	const struct cost r = {
		(one.compose_us + other.compose_us) / 2, (one.encode_us + other.encode_us) / 2};
	const struct cost c = run(cuts, ticks), m = run(moving, ticks);
	printf("%6d %8.0f %8.0f %8.0f %8.0f %8.0f %8.0f %+8.1f %% %+8.1f %%\n", n, r.compose_us,
		r.encode_us, c.compose_us, c.encode_us, m.compose_us, m.encode_us,
		100 * (sum(m) / sum(r) - 1), 100 * (sum(m) / sum(c) - 1));
}

int main(int argc, char **argv)
{
	static const int counts[] = {2, 4, 9, 16};
	const int ticks = argc > 1 ? atoi(argv[1]) : 40 * WAY;
	if (ticks < 1) return 2;
	make_people();
	printf("us of CPU a tick    rest              cuts            moving       both, moving "
	       "against\n");
	printf("%6s %8s %8s %8s %8s %8s %8s %10s %10s\n", "people", "compose", "encode", "compose",
		"encode", "compose", "encode", "rest", "cuts");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) measure(counts[i], ticks);
	for (int who = 0; who < PEOPLE; who++)
		for (int i = 0; i < FRAMES; i++) av_frame_free(&people[who].frame[i]);
	return 0;
}
