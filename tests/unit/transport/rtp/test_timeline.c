#include "transport/rtp/timeline.h"

#include "base/packet.h"
#include "tests/unit/transport/rtp_make.h"

#include <stdbool.h>
#include <stdlib.h>

/* A peer whose wall clock shows WALL at our 0 and runs ppm fast; its streams have clocks of their
 * own. */
enum { AUDIO_HZ = 48000, VIDEO_HZ = 90000 };
#define WALL_NS (3900000000LL * TS_NS_PER_S)
#define WAY_NS (15 * TS_MS)

static double ppm;
static int64_t stepped_ns; /* by what the wall clock was set */

static int64_t wall_of(int64_t our_ns)
{
	return WALL_NS + stepped_ns + our_ns + (int64_t)((double)our_ns * ppm * 1e-6);
}

static uint64_t ntp_of(int64_t our_ns)
{
	uint64_t wall = (uint64_t)wall_of(our_ns);
	return wall / TS_NS_PER_S << 32 | ((wall % TS_NS_PER_S) << 32) / TS_NS_PER_S;
}

struct stream {
	struct ts_timeline timeline;
	uint32_t hz, rtp0;
	double ppm; /* of its sampling */
	int64_t way_ns;
};

static struct ts_peer_clock peer;

static uint32_t rtp_of(const struct stream *s, int64_t our_ns)
{
	double ticks = (double)our_ns * (1 + s->ppm * 1e-6) / 1e9 * s->hz;
	return s->rtp0 + (uint32_t)(int64_t)ticks;
}

static void report(struct stream *s, int64_t sent_ns, int64_t late_ns)
{
	ts_timeline_report(&s->timeline, &peer, ntp_of(sent_ns), rtp_of(s, sent_ns), s->hz,
		sent_ns + s->way_ns + late_ns);
}

static int64_t capture(const struct stream *s, int64_t at_ns)
{
	return ts_timeline_capture_ns(
		&s->timeline, &peer, rtp_of(s, at_ns), at_ns + s->way_ns + 5 * TS_MS);
}

static int setup(void **state)
{
	(void)state;
	ppm = 0;
	stepped_ns = 0;
	peer = (struct ts_peer_clock){0};
	return 0;
}

static struct stream audio(void)
{
	return (struct stream){.hz = AUDIO_HZ, .rtp0 = 0xffff0000u, .way_ns = WAY_NS};
}

static struct stream video(void)
{
	return (struct stream){.hz = VIDEO_HZ, .rtp0 = 0xfff00000u, .way_ns = WAY_NS};
}

static void near(int64_t got, int64_t wanted, int64_t within)
{
	if (llabs(got - wanted) > within)
		fail_msg("%.3f ms instead of %.3f", (double)got / 1e6, (double)wanted / 1e6);
}

static void before_reports_nothing_is_known(void **state)
{
	struct stream s = audio();
	(void)state;
	assert_int_equal(capture(&s, TS_NS_PER_S), TS_CAPTURE_UNKNOWN);
	report(&s, TS_NS_PER_S, 0);
	near(capture(&s, 2 * TS_NS_PER_S), 2 * TS_NS_PER_S + WAY_NS, TS_MS / 10);
	/* what is known of the way there is taken off */
	ts_peer_clock_rtt(&peer, 2 * WAY_NS);
	near(capture(&s, 2 * TS_NS_PER_S), 2 * TS_NS_PER_S, TS_MS / 10);
	ts_timeline_restart(&s.timeline); /* another SSRC */
	assert_int_equal(capture(&s, 3 * TS_NS_PER_S), TS_CAPTURE_UNKNOWN);
}

/* An hour, over the wraps of both RTP clocks, of clocks that are off by 200 ppm, with reports that
 * are late at random: sound and picture of one instant have one capture time. */
static void sound_and_picture_agree(void **state)
{
	static const double off[] = {0, 200, -200};
	(void)state;
	for (int i = 0; i < 9; i++) {
		setup(NULL);
		uint32_t rng = 77;
		ppm = off[i / 3];
		struct stream a = audio(), v = video();
		a.ppm = off[i % 3];
		v.way_ns = 135 * TS_MS; /* another way, 120 ms longer */
		for (int64_t at = 1; at < 3600; at++) {
			int64_t ns = at * TS_NS_PER_S;
			if (at % 5 == 0) report(&a, ns, ts_test_random(&rng) % 40 * TS_MS);
			if (at % 4 == 0)
				report(&v, ns + 7 * TS_MS, ts_test_random(&rng) % 40 * TS_MS);
			if (at < 10) continue;
			near(capture(&a, ns), capture(&v, ns), 6 * TS_MS);
			/* the best of a dozen reports was some ms late */
			if (at > 60) near(capture(&a, ns), ns + WAY_NS, 40 * TS_MS);
		}
	}
}

static void a_clock_that_is_set_is_followed(void **state)
{
	struct stream a = audio(), v = video();
	(void)state;
	for (int at = 1; at < 20; at++) {
		report(&a, at * TS_NS_PER_S, 0);
		report(&v, at * TS_NS_PER_S, 0);
	}
	static const int64_t steps[] = {7200, -86400};
	for (int k = 0; k < 2; k++) {
		int64_t from = 20 + 20 * k;
		stepped_ns += steps[k] * TS_NS_PER_S;
		for (int64_t at = from; at < from + 6; at++) {
			report(&a, at * TS_NS_PER_S, 0);
			report(&v, at * TS_NS_PER_S, 0);
		}
		int64_t ns = (from + 7) * TS_NS_PER_S;
		near(capture(&a, ns), ns + WAY_NS, TS_MS);
		near(capture(&v, ns), ns + WAY_NS, TS_MS);
	}
}

static void one_report_that_lies_is_not_believed(void **state)
{
	struct stream s = audio();
	(void)state;
	for (int at = 1; at < 5; at++) report(&s, at * TS_NS_PER_S, 0);
	s.rtp0 += 3 * AUDIO_HZ; /* its RTP time is 3 s off, once */
	report(&s, 5 * TS_NS_PER_S, 0);
	s.rtp0 -= 3 * AUDIO_HZ;
	near(capture(&s, 5 * TS_NS_PER_S), 5 * TS_NS_PER_S + WAY_NS, TS_MS);
	ts_timeline_report(&s.timeline, &peer, 0, 12345, AUDIO_HZ, 6 * TS_NS_PER_S);
	ts_timeline_report(&s.timeline, &peer, UINT64_MAX, 1, AUDIO_HZ, 6 * TS_NS_PER_S);
	ts_timeline_report(&s.timeline, &peer, 1, 1, 0, 6 * TS_NS_PER_S);
	near(capture(&s, 6 * TS_NS_PER_S), 6 * TS_NS_PER_S + WAY_NS, TS_MS);
	/* it stays so: timestamps that began anew */
	s.rtp0 += 3 * AUDIO_HZ;
	report(&s, 7 * TS_NS_PER_S, 0);
	report(&s, 8 * TS_NS_PER_S, 0);
	near(capture(&s, 9 * TS_NS_PER_S), 9 * TS_NS_PER_S + WAY_NS, TS_MS);
}

/* A gateway that gives each stream a clock of its own: they cannot be compared. */
static void a_stream_with_another_clock_has_no_capture_time(void **state)
{
	static const int64_t off_ms[] = {700, 5000, 3600000};
	(void)state;
	for (int i = 0; i < 3; i++) {
		setup(NULL);
		struct stream a = audio(), v = video();
		for (int at = 1; at < 30; at++) {
			report(&a, at * TS_NS_PER_S, 0);
			stepped_ns = -off_ms[i] * TS_MS;
			report(&v, at * TS_NS_PER_S + 1, 0);
			stepped_ns = 0;
		}
		int64_t ns = 30 * TS_NS_PER_S;
		assert_true(capture(&a, ns) == TS_CAPTURE_UNKNOWN ||
			capture(&v, ns) == TS_CAPTURE_UNKNOWN);
	}
}

static void without_reports_for_long_nothing_is_known(void **state)
{
	struct stream s = audio();
	(void)state;
	report(&s, TS_NS_PER_S, 0);
	near(capture(&s, 200 * TS_NS_PER_S), 200 * TS_NS_PER_S + WAY_NS, TS_MS);
	assert_int_equal(capture(&s, 400 * TS_NS_PER_S), TS_CAPTURE_UNKNOWN);
	report(&s, 500 * TS_NS_PER_S, 0);
	near(capture(&s, 501 * TS_NS_PER_S), 501 * TS_NS_PER_S + WAY_NS, TS_MS);
}

/* A camera 80 ms behind its reports, as it says with abs-capture-time. */
static void what_a_packet_says_itself_counts_more(void **state)
{
	struct stream v = video();
	(void)state;
	for (int64_t at = 1; at < 20; at++) {
		int64_t ns = at * TS_NS_PER_S;
		report(&v, ns, 0);
		if (at >= 5)
			ts_timeline_captured(
				&v.timeline, ntp_of(ns - 80 * TS_MS), rtp_of(&v, ns), VIDEO_HZ, ns);
		near(capture(&v, ns), ns + WAY_NS - (at >= 5 ? 80 * TS_MS : 0), TS_MS);
	}
}

static void survives_nonsense(void **state)
{
	struct stream s = audio();
	uint32_t rng = 5;
	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t ntp = (uint64_t)ts_test_random(&rng) << 32 | ts_test_random(&rng);
		int64_t now = (int64_t)(ts_test_random(&rng) % 1000) * TS_NS_PER_S;
		uint32_t hz = i % 3 ? AUDIO_HZ : ts_test_random(&rng) >> i % 32;
		if (i % 2)
			ts_timeline_report(&s.timeline, &peer, ntp, ts_test_random(&rng), hz, now);
		else
			ts_timeline_captured(&s.timeline, ntp, ts_test_random(&rng), hz, now);
		ts_peer_clock_rtt(&peer, (int64_t)ntp);
		int64_t ns = ts_timeline_capture_ns(&s.timeline, &peer, ts_test_random(&rng), now);
		if (ns == TS_CAPTURE_UNKNOWN) continue;
		assert_true(ns > now - 15 * TS_NS_PER_S && ns < now + TS_NS_PER_S);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(before_reports_nothing_is_known, setup),
		cmocka_unit_test_setup(sound_and_picture_agree, setup),
		cmocka_unit_test_setup(a_clock_that_is_set_is_followed, setup),
		cmocka_unit_test_setup(one_report_that_lies_is_not_believed, setup),
		cmocka_unit_test_setup(a_stream_with_another_clock_has_no_capture_time, setup),
		cmocka_unit_test_setup(without_reports_for_long_nothing_is_known, setup),
		cmocka_unit_test_setup(what_a_packet_says_itself_counts_more, setup),
		cmocka_unit_test_setup(survives_nonsense, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
