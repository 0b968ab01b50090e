#include "mixer/view/view.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "layout/compositor.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- what a view holds, answered by the test: counted, and nothing else */

struct ts_source {
	int refs;
};
struct ts_voice {
	int refs;
};
struct ts_painting {
	int refs;
};

enum { PUSHES = 100 };

struct ts_output {
	int refs, n, width, every;
	int64_t tick[PUSHES], capture_ns[PUSHES];
	AVFrame *last;
};

struct ts_source *ts_source_ref(struct ts_source *s)
{
	s->refs++;
	return s;
}

void ts_source_unref(struct ts_source **s)
{
	if (*s) (*s)->refs--;
	*s = NULL;
}

bool ts_source_hold(struct ts_source *s, int view, const void *by)
{
	(void)s;
	(void)view;
	(void)by;
	return true;
}

void ts_source_let_go(struct ts_source *s, int view, const void *by)
{
	(void)s;
	(void)view;
	(void)by;
}

struct ts_picture *ts_source_take(struct ts_source *s, int view, int64_t now_ns)
{
	(void)view;
	(void)s;
	(void)now_ns;
	return NULL;
}

struct ts_voice *ts_voice_ref(struct ts_voice *v)
{
	v->refs++;
	return v;
}

void ts_voice_unref(struct ts_voice **v)
{
	if (*v) (*v)->refs--;
	*v = NULL;
}

void ts_voice_info(const struct ts_voice *voice, struct ts_voice_info *out)
{
	(void)voice;
	*out = (struct ts_voice_info){0};
}

struct ts_painting *ts_painting_ref(struct ts_painting *p)
{
	p->refs++;
	return p;
}

void ts_painting_unref(struct ts_painting **p)
{
	if (*p) (*p)->refs--;
	*p = NULL;
}

const struct ts_overlay *ts_painting_get(const struct ts_painting *p)
{
	(void)p;
	return NULL;
}

struct ts_output *ts_output_ref(struct ts_output *o)
{
	o->refs++;
	return o;
}

void ts_output_unref(struct ts_output **o)
{
	if (*o) (*o)->refs--;
	*o = NULL;
}

void ts_output_push(struct ts_output *o, AVFrame *canvas, const struct ts_output_time *time)
{
	o->width = canvas->width;
	o->every = time->every;
	o->tick[o->n] = time->tick;
	o->capture_ns[o->n++] = time->capture_ns;
	av_frame_free(&o->last);
	o->last = canvas;
}

/* ---- a view of 160x90 */

static struct ts_pool *pool;
static struct ts_view *view;
static struct ts_source source;
static struct ts_voice voice;
static struct ts_painting label;
static struct ts_output output;
static int64_t epoch_ns;
static int closed;

static int setup(void **state)
{
	(void)state;
	memset(&output, 0, sizeof(output));
	closed = 0;
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	ts_pool_create(&pool, &(struct ts_pool_config){.threads = 1});
	epoch_ns = ts_now_ns() - 5 * TS_NS_PER_MS;
	assert_int_equal(ts_view_create(&view, pool, epoch_ns), 0);
	return 0;
}

static void on_closed(void *arg)
{
	++*(int *)arg;
}

static int teardown(void **state)
{
	(void)state;
	ts_view_close(view, on_closed, &closed);
	ts_pool_destroy(&pool);
	av_frame_free(&output.last);
	assert_int_equal(closed, 1);
	assert_int_equal(source.refs, 0);
	assert_int_equal(voice.refs, 0);
	assert_int_equal(label.refs, 0);
	assert_int_equal(output.refs, 0);
	return 0;
}

static struct ts_view_plan plan_of(int fps, bool received)
{
	struct ts_view_plan plan = {.width = 160, .height = 90, .fps = fps, .n_tiles = 1};
	plan.tile[0] = (struct ts_view_tile){.region = {.rect = {0, 0, 160, 90}, .occupant = 1},
		.source = &source,
		.voice = &voice};
	plan.tile[0].label[TS_LABEL_NAME] = &label;
	if (received) plan.output[plan.n_outputs++] = &output;
	return plan;
}

static void publish(int fps, bool received)
{
	const struct ts_view_plan plan = plan_of(fps, received);
	assert_int_equal(ts_view_publish(view, &plan), 0);
}

/* ---- tests */

static void each_tick_goes_to_the_outputs_with_its_time(void **state)
{
	(void)state;
	publish(30, true);
	ts_fake_time_until(epoch_ns + TS_NS_PER_S);
	assert_int_equal(output.n, 30);
	for (int i = 0; i < output.n; i++) {
		assert_int_equal(output.tick[i], i + 1);
		assert_int_equal(output.capture_ns[i], epoch_ns + (i + 1) * TS_NS_PER_S / 30);
	}
	assert_int_equal(output.width, 160);
	assert_int_equal(ts_count_get(TS_C_TICKS_VIDEO), 30);
}

static void without_outputs_nothing_ticks(void **state)
{
	(void)state;
	publish(30, false);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(ts_count_get(TS_C_TICKS_VIDEO), 0);
	publish(30, true);
	ts_fake_time_after(TS_NS_PER_S);
	const int n = output.n;
	assert_in_range(n, 29, 30);
	assert_true(output.tick[0] > 29); /* time went on */
	publish(30, false);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(output.n, n);
	assert_int_equal(output.refs, 0);
}

static void another_rate_goes_on_in_time(void **state)
{
	(void)state;
	publish(30, true);
	ts_fake_time_until(epoch_ns + TS_NS_PER_S);
	publish(10, true);
	ts_fake_time_until(epoch_ns + 2 * TS_NS_PER_S);
	assert_in_range(output.n, 39, 41);
	for (int i = 1; i < output.n; i++)
		assert_true(output.capture_ns[i] > output.capture_ns[i - 1]);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 0);
}

/* The ticks keep their numbers and times: an output of half the rate takes all that are drawn. */
static void half_of_the_ticks_may_be_left_out(void **state)
{
	(void)state;
	struct ts_view_plan plan = plan_of(30, true);
	plan.every = 2;
	assert_int_equal(ts_view_publish(view, &plan), 0);
	ts_fake_time_until(epoch_ns + TS_NS_PER_S);
	assert_int_equal(output.n, 15);
	for (int i = 0; i < output.n; i++) {
		assert_int_equal(output.tick[i], 2 * (i + 1));
		assert_int_equal(output.capture_ns[i], epoch_ns + 2 * (i + 1) * TS_NS_PER_S / 30);
	}
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_VIDEO), 0);
	assert_int_equal(
		ts_count_get(TS_C_TICKS_VIDEO), 15); /* shares of it are of what is drawn */
	assert_int_equal(output.every, 2);
	publish(30, true);
	ts_fake_time_until(epoch_ns + 2 * TS_NS_PER_S);
	assert_int_equal(output.n, 15 + 29); /* from the next that was to be drawn on */
}

/* The last of many plans is taken, and those before it let go of what they named. */
static void a_plan_is_taken_whole_and_once(void **state)
{
	(void)state;
	publish(30, true);
	publish(30, true);
	assert_int_equal(source.refs, 1);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_int_equal(source.refs, 1);
	publish(30, true);
	assert_int_equal(source.refs, 2); /* until the next tick */
	assert_int_equal(label.refs, 2);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_int_equal(voice.refs, 1);
	publish(30, true); /* never taken: closed with the view */
}

struct looker {
	struct ts_view_capture look;
	int n;
	bool saw;
};

static void looked(struct ts_view_capture *look, AVFrame *canvas)
{
	struct looker *l = ts_container_of(look, struct looker, look);
	l->n++;
	l->saw = canvas != NULL;
	av_frame_free(&canvas);
}

static void somebody_may_look_without_an_output(void **state)
{
	(void)state;
	struct looker l = {.look.looked = looked};
	assert_int_equal(ts_view_capture(view, &l.look), 0);
	ts_fake_time_run();
	assert_int_equal(l.n, 1);
	assert_false(l.saw); /* no plan yet */
	publish(30, false);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	ts_view_capture(view, &l.look);
	ts_fake_time_run();
	assert_int_equal(l.n, 2);
	assert_true(l.saw);
	publish(30, true);
	ts_fake_time_after(TS_NS_PER_S);
	ts_view_capture(view, &l.look);
	ts_fake_time_run();
	assert_int_equal(l.n, 3);
	assert_true(l.saw);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_tick_goes_to_the_outputs_with_its_time),
		TEST(without_outputs_nothing_ticks),
		TEST(another_rate_goes_on_in_time),
		TEST(half_of_the_ticks_may_be_left_out),
		TEST(a_plan_is_taken_whole_and_once),
		TEST(somebody_may_look_without_an_output),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
