/* Packets of an input given on, with the times at which they are played. */
#include "mixer/leg/copies.h"

#include "base/error.h"
#include "container/remux.h"
#include "tests/unit/base/cmocka_all.h"
#include <libavcodec/codec_par.h>
#include <libavutil/avutil.h>

#define MS TS_NS_PER_MS
#define BASE (1000 * TS_NS_PER_S)

static struct ts_copies copies;
static struct ts_pace pace;
static struct ts_coded *coded;

static int make(void **state)
{
	AVCodecParameters *par = avcodec_parameters_alloc();
	(void)state;
	par->codec_id = AV_CODEC_ID_H264;
	struct ts_coded_format *format = ts_coded_format_create(par);
	assert_int_equal(ts_copies_init(&copies), 0);
	coded = ts_copies_of(&copies, TS_VIDEO);
	ts_copies_begin(&copies, TS_VIDEO, format);
	ts_pace_init(&pace, false);
	assert_int_equal(ts_coded_open(coded), 0);
	ts_coded_format_unref(&format);
	avcodec_parameters_free(&par);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	ts_coded_close(coded);
	ts_coded_leave(coded);
	ts_copies_fini(&copies);
	return 0;
}

/* Times in ms; NONE: none. */
#define NONE INT64_MIN
static void add(int64_t pts, int64_t dts)
{
	AVPacket *p = av_packet_alloc();
	assert_int_equal(av_new_packet(p, 100), 0);
	p->pts = pts == NONE ? AV_NOPTS_VALUE : pts * MS;
	p->dts = dts == NONE ? AV_NOPTS_VALUE : dts * MS;
	p->duration = 40 * MS;
	ts_copies_add(&copies, &pace, TS_VIDEO, p);
	av_packet_free(&p);
}

/* What the player plays: its place is known from now on. */
static void play(int64_t pts)
{
	ts_pace_due(
		&pace, ts_pace_line(&pace, TS_VIDEO, pts * MS, 40 * MS), BASE - TS_PACE_LEAD_NS);
}

static void expect(int64_t pts, int64_t dts)
{
	struct ts_coded_unit *u = ts_coded_pop(coded);
	assert_non_null(u);
	assert_int_equal(u->packet->pts, BASE + pts * MS);
	if (dts == NONE)
		assert_int_equal(u->packet->dts, AV_NOPTS_VALUE);
	else
		assert_int_equal(u->packet->dts, BASE + dts * MS);
	ts_coded_free(&u);
}

static void they_wait_for_the_clock(void **state)
{
	(void)state;
	add(5000, 4920);
	add(5080, 4960);
	assert_null(ts_coded_pop(coded));
	play(5000);
	add(5040, 5000); /* a B-frame */
	expect(0, -80);
	expect(80, -40);
	expect(40, 0);
	assert_null(ts_coded_pop(coded));
}

static void times_that_are_missing(void **state)
{
	(void)state;
	play(0);
	add(0, NONE);
	add(NONE, 40);
	add(NONE, NONE);
	expect(0, NONE);
	expect(40, 40);
	expect(80, NONE);
}

/* The clock is set back while pictures are out of order: they stay in theirs. */
static void the_clock_is_set_back(void **state)
{
	(void)state;
	play(0);
	add(0, -40);
	add(120, 0);
	ts_pace_late(&pace, 500 * MS);
	add(80, 40);
	add(40, 80);
	add(240, 120);
	add(200, 160);
	expect(0, -40);
	expect(120, 0);
	expect(80, 40);
	expect(40, 80);
	expect(740, 620);
	expect(700, 660);
}

static void jumps_are_left_out(void **state)
{
	(void)state;
	play(0);
	add(0, 0);
	add(3600000, 3600000);
	add(3600040, 3600040);
	expect(0, 0);
	expect(40, 40);
	expect(80, 80);
	/* the pace knows of it once it is played */
	ts_pace_line(&pace, TS_VIDEO, 3600000 * MS, 40 * MS);
	add(3600080, 3600080);
	expect(120, 120);
	add(1000, 1000); /* and back */
	expect(160, 160);
}

static void a_loop_goes_on_behind_what_was(void **state)
{
	(void)state;
	play(0);
	add(0, 0);
	add(40, 40);
	play(40);
	ts_copies_again(&copies, &pace);
	ts_pace_again(&pace, TS_NS_PER_S);
	add(0, 0);
	expect(0, 0);
	expect(40, 40);
	assert_null(ts_coded_pop(coded)); /* its place is not known yet */
	play(0);
	add(40, 40);
	expect(1000, 1000);
	expect(1040, 1040);
}

static void what_waits_is_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < TS_COPIES_WAIT + 10; i++) add(i, i);
	play(0);
	add(200, 200);
	expect(11, 11);
}

static void what_is_not_open_gets_nothing(void **state)
{
	(void)state;
	play(0);
	assert_int_equal(ts_coded_open(coded), TS_EEXIST);
	add(0, 0);
	ts_coded_close(coded);
	add(40, 40);
	expect(0, 0);
	assert_null(ts_coded_pop(coded));
	add(80, 80);
	ts_coded_leave(coded);
	assert_int_equal(ts_coded_open(coded), 0);
	add(120, 120);
	struct ts_coded_unit *u = ts_coded_pop(coded);
	assert_int_equal(u->number, 4);
	ts_coded_free(&u);
	/* full: the numbers tell */
	for (int i = 0; i < 1030; i++) add(160, 160);
	int n = 0;
	for (; (u = ts_coded_pop(coded)); n++) ts_coded_free(&u);
	assert_int_equal(n, 1024);
	add(160, 160);
	u = ts_coded_pop(coded);
	assert_int_equal(u->number, 4 + 1030 + 1);
	ts_coded_free(&u);
	/* what came when it was being closed is not for who opens it next */
	add(160, 160);
	ts_coded_close(coded);
	ts_coded_leave(coded);
	assert_int_equal(ts_coded_open(coded), 0);
	assert_null(ts_coded_pop(coded));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(they_wait_for_the_clock),
		TEST(times_that_are_missing),
		TEST(the_clock_is_set_back),
		TEST(jumps_are_left_out),
		TEST(a_loop_goes_on_behind_what_was),
		TEST(what_waits_is_bounded),
		TEST(what_is_not_open_gets_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
