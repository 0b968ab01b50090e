/* Sums in all and by the hour: minutes go to the hour they were spent in, old hours make way. */
#include "control/stats/sums.h"
#include "tests/unit/base/cmocka_all.h"
#include <math.h>

#define HOUR INT64_C(3600000)
#define MIN INT64_C(60000)
#define T0 (480000 * HOUR) /* an hour begins */

static const struct ts_sums *hour(const struct ts_tally *t, size_t ago)
{
	int64_t begins_ms;
	const struct ts_sums *sums = ts_tally_hour(t, ago, &begins_ms);
	if (sums) assert_int_equal(begins_ms % HOUR, 0);
	return sums;
}

static void minutes_go_to_their_hour(void **state)
{
	struct ts_tally t;
	(void)state;
	ts_tally_init(&t, T0 + 50 * MIN);
	ts_tally_came(&t, TS_KIND_WEBRTC, true, T0 + 50 * MIN);
	ts_tally_came(&t, TS_KIND_SIP, true, T0 + 55 * MIN);
	ts_tally_left(&t, TS_KIND_WEBRTC, T0 + 70 * MIN);
	ts_tally_run(&t, T0 + 150 * MIN);
	assert_int_equal(t.all.present_ms[TS_KIND_WEBRTC], 20 * MIN);
	assert_int_equal(t.all.present_ms[TS_KIND_SIP], 95 * MIN);
	assert_int_equal(hour(&t, 2)->present_ms[TS_KIND_WEBRTC], 10 * MIN);
	assert_int_equal(hour(&t, 2)->present_ms[TS_KIND_SIP], 5 * MIN);
	assert_int_equal(hour(&t, 1)->present_ms[TS_KIND_SIP], 60 * MIN);
	assert_int_equal(hour(&t, 0)->present_ms[TS_KIND_SIP], 30 * MIN);
	assert_int_equal(t.all.peak, 2);
	assert_int_equal(hour(&t, 0)->peak, 1); /* who stays counts in each hour */
	assert_int_equal(hour(&t, 2)->joined[TS_KIND_SIP], 1);
	assert_int_equal(hour(&t, 0)->joined[TS_KIND_SIP], 0);
}

static void a_day_later_hours_make_way(void **state)
{
	struct ts_tally t;
	(void)state;
	ts_tally_init(&t, T0);
	ts_tally_refused(&t, TS_REFUSED_AS_FULL, T0);
	ts_tally_run(&t, T0 + 23 * HOUR);
	assert_int_equal(hour(&t, 23)->refused[TS_REFUSED_AS_FULL], 1);
	ts_tally_run(&t, T0 + 24 * HOUR);
	assert_null(hour(&t, 23));
	ts_tally_refused(&t, TS_REFUSED_AS_FULL, T0 + 24 * HOUR); /* takes the same place */
	assert_int_equal(hour(&t, 0)->refused[TS_REFUSED_AS_FULL], 1);
	assert_int_equal(t.all.refused[TS_REFUSED_AS_FULL], 2);
}

/* Also where nobody asked for a month. */
static void a_long_silence(void **state)
{
	struct ts_tally t;
	(void)state;
	ts_tally_init(&t, T0);
	ts_tally_came(&t, TS_KIND_WHEP, true, T0);
	ts_tally_run(&t, T0 + 720 * HOUR + 30 * MIN);
	assert_int_equal(t.all.present_ms[TS_KIND_WHEP], 720 * HOUR + 30 * MIN);
	assert_int_equal(hour(&t, 0)->present_ms[TS_KIND_WHEP], 30 * MIN);
	for (size_t i = 1; i < TS_SUMS_HOURS; i++)
		assert_int_equal(hour(&t, i)->present_ms[TS_KIND_WHEP], HOUR);
}

static void a_clock_that_goes_back(void **state)
{
	struct ts_tally t;
	(void)state;
	ts_tally_init(&t, T0 + 10 * MIN);
	ts_tally_came(&t, TS_KIND_SIP, true, T0 + 10 * MIN);
	ts_tally_run(&t, T0);
	assert_int_equal(t.all.present_ms[TS_KIND_SIP], 0);
	ts_tally_run(&t, T0 + 5 * MIN);
	assert_int_equal(t.all.present_ms[TS_KIND_SIP], 5 * MIN);
	ts_tally_left(&t, TS_KIND_SIP, T0 + 5 * MIN);
	ts_tally_left(&t, TS_KIND_SIP, T0 + 5 * MIN); /* of one who was not counted */
	assert_int_equal(t.here[TS_KIND_SIP], 0);
}

static void inputs_are_no_people(void **state)
{
	struct ts_tally t;
	(void)state;
	ts_tally_init(&t, T0);
	ts_tally_came(&t, TS_KIND_INPUT, true, T0);
	assert_int_equal(t.all.peak, 0);
	ts_tally_came(&t, TS_KIND_WHIP, false, T0); /* moved here */
	assert_int_equal(t.all.peak, 1);
	assert_int_equal(t.all.joined[TS_KIND_WHIP], 0);
}

static void bins(void **state)
{
	static const struct {
		double value;
		size_t n, bin;
	} row[] = {{0, 7, 0}, {1, 7, 0}, {1.49, 7, 0}, {1.5, 7, 1}, {4.41, 7, 6}, {4.5, 7, 6},
		{5, 8, 7}, {4.99, 8, 7}, {99, 8, 7}, {-3, 8, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		if (ts_bin_of(row[i].value, row[i].n) != row[i].bin)
			fail_msg("%f is in %zu", row[i].value, ts_bin_of(row[i].value, row[i].n));
	assert_int_equal(ts_bin_of(NAN, 8), 0);
}

static void media(void **state)
{
	struct ts_tally t;
	const struct ts_summary one = {.audio = {.in = TS_CODEC_OPUS,
					       .out = TS_CODEC_G722,
					       .bytes_in = 10,
					       .bytes_out = 20,
					       .mos_in = 4.4},
		.video = {.in = TS_CODEC_VP8, .bytes_in = 1000, .score_in = 3.2, .score_out = 5}};
	(void)state;
	ts_tally_init(&t, T0);
	ts_tally_media(&t, &one, T0);
	ts_tally_media(&t, &one, T0);
	assert_int_equal(t.all.bytes_in, 2020);
	assert_int_equal(t.all.codec_in[TS_CODEC_OPUS], 2);
	assert_int_equal(t.all.codec_out[TS_CODEC_OPUS], 0);
	assert_int_equal(t.all.codec_in[TS_CODEC_NONE], 0);
	assert_int_equal(t.all.mos_in[6], 2);
	assert_int_equal(t.all.mos_out[0], 0); /* none is not a bad one */
	assert_int_equal(t.all.picture_in[4], 2);
	assert_int_equal(t.all.picture_out[7], 2);
	assert_int_equal(hour(&t, 0)->bytes_out, 40);
}

static void calls_and_reasons(void **state)
{
	struct ts_tally t;
	(void)state;
	ts_tally_init(&t, T0);
	ts_tally_call(&t, false, true, T0);
	ts_tally_call(&t, true, false, T0);
	ts_tally_meeting(&t, T0);
	assert_int_equal(t.all.calls_in, 1);
	assert_int_equal(t.all.calls_out, 1);
	assert_int_equal(t.all.calls_answered, 1);
	assert_int_equal(hour(&t, 0)->meetings, 1);
	assert_int_equal(ts_refused_named("wrong-pin"), TS_REFUSED_AS_WRONG_PIN);
	assert_int_equal(ts_refused_named("what"), TS_REFUSED_AS_OTHER);
	assert_string_equal(ts_refused_name(TS_REFUSED_AS_OVER), "room-over");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minutes_go_to_their_hour),
		cmocka_unit_test(a_day_later_hours_make_way),
		cmocka_unit_test(a_long_silence),
		cmocka_unit_test(a_clock_that_goes_back),
		cmocka_unit_test(inputs_are_no_people),
		cmocka_unit_test(bins),
		cmocka_unit_test(media),
		cmocka_unit_test(calls_and_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
