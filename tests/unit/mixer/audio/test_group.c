/* Which sound a receiver is sent: by what it takes and by what its way loses. */
#include "mixer/audio/group.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- what is chosen */

static void each_gets_what_it_takes(void **state)
{
	static const struct {
		const char *name;
		struct ts_audio_limits limits;
		struct ts_audio_way way;
		struct ts_audio_profile profile;
		struct ts_audio_delivery delivery;
	} rows[] = {
#define O .codec = TS_CODEC_OPUS
		{"a browser", {O, .fec = true, .red = true}, {0}, {32000, 5, 20, false, false},
			{0}},
		{"no FEC", {O}, {0}, {32000, 0, 20, false, false}, {0}},
		{"no FEC, whatever is lost", {O}, {.loss = 2}, {32000, 0, 20, false, false}, {0}},
		{"silence is a pause", {O, .dtx = true}, {0}, {32000, 0, 20, false, false},
			{.dtx = true}},
		{"few bits", {O, .max_bps = 17000}, {0}, {16000, 0, 20, false, false}, {0}},
		{"exactly that", {O, .max_bps = 24000}, {0}, {24000, 0, 20, false, false}, {0}},
		{"more than we have", {O, .max_bps = UINT32_MAX}, {0}, {32000, 0, 20, false, false},
			{0}},
		{"fewer than Opus knows", {O, .max_bps = 1}, {0}, {6000, 0, 20, false, false}, {0}},
		{"long packets", {O, .ptime_ms = 60}, {0}, {32000, 0, 60, false, false}, {0}},
		{"no such length", {O, .ptime_ms = 50}, {0}, {32000, 0, 40, false, false}, {0}},
		{"longer than all", {O, .ptime_ms = 65535}, {0}, {32000, 0, 60, false, false}, {0}},
		{"wished, but too long", {O, .ptime_ms = 60, .maxptime_ms = 40}, {0},
			{32000, 0, 40, false, false}, {0}},
		{"a short wish", {O, .ptime_ms = 3, .maxptime_ms = 120}, {0},
			{32000, 0, 20, false, false}, {0}},
		{"a short limit", {O, .maxptime_ms = 10}, {0}, {32000, 0, 10, false, false}, {0}},
		{"shorter than all", {O, .maxptime_ms = 1}, {0}, {32000, 0, 10, false, false}, {0}},
		{"lossy", {O, .fec = true}, {.loss = 1}, {32000, 10, 20, false, false}, {0}},
		{"very lossy", {O, .fec = true}, {.loss = 2}, {32000, 25, 20, false, false}, {0}},
		{"lossy, with RED", {O, .fec = true, .red = true}, {.loss = 1},
			{32000, 5, 20, false, false}, {1, false}},
		{"very lossy, with RED", {O, .fec = true, .red = true}, {.loss = 2},
			{32000, 5, 20, false, false}, {2, false}},
		{"room for one copy", {O, .fec = true, .red = true}, {.loss = 2, .no_red = 1},
			{32000, 10, 20, false, false}, {1, false}},
		{"one is enough", {O, .fec = true, .red = true}, {.loss = 1, .no_red = 1},
			{32000, 5, 20, false, false}, {1, false}},
		{"room for none", {O, .fec = true, .red = true}, {.loss = 2, .no_red = 2},
			{32000, 25, 20, false, false}, {0}},
		{"narrow", {O, .fec = true}, {.narrow = true}, {16000, 5, 20, false, false}, {0}},
		{"narrow and lossy", {O, .fec = true, .red = true}, {.loss = 2, .narrow = true},
			{16000, 25, 20, false, false}, {0}},
		{"narrow, and takes less", {O, .max_bps = 9000}, {.narrow = true},
			{8000, 0, 20, false, false}, {0}},
		{"a telephone",
			{.codec = TS_CODEC_PCMU, .max_bps = 100, .ptime_ms = 60, .red = true},
			{.loss = 2}, {0}, {0}},
#undef O
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_audio_profile profile;
		struct ts_audio_delivery delivery;
		ts_audio_choose(&profile, &delivery, &rows[i].limits, &rows[i].way);
		if (!ts_audio_profile_equal(&profile, &rows[i].profile))
			fail_msg("%s: %u bit/s, FEC for %u %%, %u ms", rows[i].name,
				profile.bitrate_bps, profile.fec_percent, profile.frame_ms);
		if (delivery.red != rows[i].delivery.red || delivery.dtx != rows[i].delivery.dtx)
			fail_msg("%s: RED %u, DTX %d", rows[i].name, delivery.red, delivery.dtx);
	}
}

static void limits_are_what_the_peer_said(void **state)
{
	const struct ts_media_config media = {.send = true,
		.send_codec = TS_CODEC_OPUS,
		.send_red_pt = 63,
		.max_audio_bps = 20000,
		.ptime_ms = 40,
		.maxptime_ms = 60,
		.peer_fec = true,
		.peer_dtx = true};
	struct ts_media_config held = media;
	struct ts_audio_limits l;
	(void)state;
	held.send = false;
	ts_audio_limits_read(&l, NULL);
	assert_int_equal(l.codec, TS_CODEC_NONE);
	ts_audio_limits_read(&l, &held);
	assert_int_equal(l.codec, TS_CODEC_NONE);
	ts_audio_limits_read(&l, &media);
	assert_int_equal(l.codec, TS_CODEC_OPUS);
	assert_int_equal(l.max_bps, 20000);
	assert_int_equal(l.ptime_ms, 40);
	assert_int_equal(l.maxptime_ms, 60);
	assert_true(l.fec && l.dtx && l.red);
}

static void the_cost_counts_headers_and_copies(void **state)
{
	const struct ts_audio_profile usual = {32000, 5, 20, false, false},
				      longer = {32000, 5, 60, false, false};
	(void)state;
	assert_int_equal(
		ts_audio_cost_bps(&usual, &(const struct ts_audio_delivery){0}), 32000 + 50 * 464);
	assert_int_equal(ts_audio_cost_bps(&usual, &(const struct ts_audio_delivery){.red = 2}),
		3 * 32000 + 50 * (464 + 64));
	assert_int_equal(ts_audio_cost_bps(&longer, &(const struct ts_audio_delivery){0}),
		32000 + 464 * 1000 / 60);
	assert_int_equal(ts_audio_cost_bps(&(const struct ts_audio_profile){0},
				 &(const struct ts_audio_delivery){0}),
		64000 + 50 * 464);
}

/* ---- the way */

static const struct ts_audio_limits browser = {.codec = TS_CODEC_OPUS, .fec = true, .red = true};

struct path {
	struct ts_audio_way way;
	struct ts_network n;
	int64_t now_ns;
};

static bool video_report(struct path *p, uint16_t permille)
{
	p->now_ns += TS_NS_PER_S;
	p->n.loss_permille = permille;
	p->n.reports++;
	return ts_audio_way_follow(&p->way, &browser, &p->n, p->now_ns);
}

static bool audio_report(struct path *p, uint16_t permille)
{
	p->now_ns += TS_NS_PER_S;
	p->n.audio_loss_permille = permille;
	p->n.audio_reports++;
	return ts_audio_way_follow(&p->way, &browser, &p->n, p->now_ns);
}

static void loss_counts_when_it_is_told_twice(void **state)
{
	struct path p = {.now_ns = TS_NS_PER_S};
	(void)state;
	assert_false(video_report(&p, 200));
	for (int i = 0; i < 10; i++) /* the same report, told again */
		assert_false(ts_audio_way_follow(&p.way, &browser, &p.n, p.now_ns));
	assert_false(video_report(&p, 0));
	assert_false(video_report(&p, 30));
	assert_true(video_report(&p, 30));
	assert_int_equal(p.way.loss, 1);
	assert_false(audio_report(&p, 79));
	assert_false(audio_report(&p, 80));
	assert_true(audio_report(&p, 1000));
	assert_int_equal(p.way.loss, 2);
	assert_false(audio_report(&p, 1000));
	/* from good to the worst at once */
	p = (struct path){.now_ns = TS_NS_PER_S};
	assert_false(audio_report(&p, 100));
	assert_true(audio_report(&p, 100));
	assert_int_equal(p.way.loss, 2);
}

/* A compound about both media tells of sound at once, of pictures 100 ms later. */
static void one_burst_in_the_reports_of_both_is_told_once(void **state)
{
	struct path p = {.now_ns = TS_NS_PER_S};
	(void)state;
	assert_false(audio_report(&p, 100));
	assert_false(video_report(&p, 100));
	assert_int_equal(p.way.loss, 0);
	assert_false(audio_report(&p, 0));
	assert_false(video_report(&p, 0));
	/* both at once */
	p.n.reports++;
	assert_false(audio_report(&p, 500));
	p.n.loss_permille = 500;
	p.n.reports++;
	assert_false(video_report(&p, 0));
	/* a calm medium does not hide the other */
	assert_true(audio_report(&p, 100));
	assert_int_equal(p.way.loss, 2);
}

static void it_is_over_when_it_was_calm_for_30_s(void **state)
{
	struct path p = {.now_ns = TS_NS_PER_S, .way = {.loss = 2}};
	(void)state;
	for (int i = 0; i < 30; i++) assert_false(video_report(&p, 39));
	assert_false(video_report(&p, 40)); /* once: from the beginning */
	for (int i = 0; i < 30; i++) assert_false(video_report(&p, 39));
	assert_true(video_report(&p, 39));
	assert_int_equal(p.way.loss, 1);
	for (int i = 0; i < 60; i++) assert_false(video_report(&p, 10)); /* between the two */
	for (int i = 0; i < 30; i++) assert_false(video_report(&p, 9));
	assert_true(video_report(&p, 9));
	assert_int_equal(p.way.loss, 0);
	for (int i = 0; i < 100; i++) assert_false(video_report(&p, 0));
}

static bool bandwidth(struct path *p, uint32_t estimate, bool app_limited, uint32_t peer,
	uint32_t sent, int seconds)
{
	bool changed = false;
	p->n.estimate_bps = estimate;
	p->n.app_limited = app_limited;
	p->n.peer_bps = peer;
	p->n.sent_bps = sent;
	for (int i = 0; i < 10 * seconds; i++) {
		p->now_ns += TS_NS_PER_S / 10;
		changed |= ts_audio_way_follow(&p->way, &browser, &p->n, p->now_ns);
	}
	return changed;
}

static void a_narrow_way_is_one_that_was_tried(void **state)
{
	struct path p = {.now_ns = TS_NS_PER_S};
	(void)state;
	assert_false(bandwidth(&p, 60000, true, 0, 60000, 10));  /* no more was sent */
	assert_false(bandwidth(&p, 0, false, 90000, 60000, 10)); /* nor here: REMB is 1.5 of it */
	assert_false(bandwidth(&p, 300000, false, 0, 300000, 10));
	assert_true(bandwidth(&p, 90000, false, 0, 120000, 2));
	assert_true(p.way.narrow);
	assert_false(bandwidth(&p, 120000, false, 0, 80000, 60)); /* neither */
	assert_false(bandwidth(&p, 160000, false, 0, 80000, 9));
	assert_true(bandwidth(&p, 160000, false, 0, 80000, 2));
	/* by REMB, and back though it can never be large while so little is sent */
	assert_true(bandwidth(&p, 0, false, 80000, 120000, 2));
	assert_true(p.way.narrow);
	assert_true(bandwidth(&p, 0, false, 70000, 45000, 11));
	assert_false(p.way.narrow);
}

/* What is sent, in bits a second with headers and a quarter more, never exceeds what is there. */
static void red_is_as_much_as_the_way_carries(void **state)
{
	static const struct {
		uint32_t estimate;
		bool app_limited;
		uint32_t peer, sent;
		uint8_t red;
		bool narrow;
	} rows[] = {
		{0, false, 0, 300000, 2, false}, /* nothing is known */
		{99000, false, 0, 99000, 0, true},
		{100000, false, 0, 100000, 0, false}, /* 5/4 of 88800 are not there */
		{110000, false, 0, 100000, 0, false},
		{111000, false, 0, 100000, 1, false},
		{120000, false, 0, 100000, 1, false},
		{150000, false, 0, 100000, 1, false},
		{152000, false, 0, 100000, 1, false},
		{153000, false, 0, 100000, 2, false},
		{200000, false, 0, 100000, 2, false},
		{110000, true, 0, 110000, 2, false},  /* no more was tried */
		{0, false, 120000, 130000, 1, false}, /* REMB under what is sent */
		{0, false, 120000, 90000, 2, false},  /* and not */
		{300000, false, 105000, 130000, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct path p = {.now_ns = TS_NS_PER_S};
		struct ts_audio_profile profile;
		struct ts_audio_delivery delivery;
		/* the loss comes with the estimate, and is told at once */
		p.n.estimate_bps = rows[i].estimate;
		p.n.app_limited = rows[i].app_limited;
		p.n.peer_bps = rows[i].peer;
		p.n.sent_bps = rows[i].sent;
		for (int k = 0; k < 2; k++) {
			p.n.audio_reports++;
			p.n.audio_loss_permille = 100;
			ts_audio_way_follow(&p.way, &browser, &p.n, p.now_ns);
		}
		ts_audio_choose(&profile, &delivery, &browser, &p.way);
		if (delivery.red > rows[i].red) fail_msg("row %zu: %u at once", i, delivery.red);
		bandwidth(&p, rows[i].estimate, rows[i].app_limited, rows[i].peer, rows[i].sent, 3);
		ts_audio_choose(&profile, &delivery, &browser, &p.way);
		if (delivery.red != rows[i].red || p.way.narrow != rows[i].narrow)
			fail_msg("row %zu: %u, narrow %d", i, delivery.red, p.way.narrow);
	}
}

static void a_copy_more_where_it_fitted_for_10_s(void **state)
{
	struct path p = {.now_ns = TS_NS_PER_S, .way = {.loss = 2}};
	(void)state;
	bandwidth(&p, 120000, false, 0, 120000, 2);
	assert_int_equal(p.way.no_red, 1);
	assert_false(bandwidth(&p, 160000, false, 0, 120000, 9));
	assert_false(bandwidth(&p, 140000, false, 0, 120000, 1)); /* anew */
	assert_false(bandwidth(&p, 160000, false, 0, 120000, 9));
	assert_true(bandwidth(&p, 160000, false, 0, 120000, 2));
	assert_int_equal(p.way.no_red, 0);
	assert_false(bandwidth(&p, 120000, false, 0, 120000, 1)); /* a dip */
	assert_false(bandwidth(&p, 160000, false, 0, 120000, 1));
	assert_int_equal(p.way.no_red, 0);
}

/* After it was narrow, an estimate of what is known to pass counts for as much. */
static void narrow_is_left_for_what_fits(void **state)
{
	struct path p = {.now_ns = TS_NS_PER_S, .way = {.narrow = true}};
	(void)state;
	assert_false(bandwidth(&p, 50000, true, 0, 40000, 60));
	assert_true(bandwidth(&p, 60000, true, 0, 40000, 11));
	/* 10 ms frames: what was wanted takes more than 150 kbit/s */
	const struct ts_audio_limits dear = {
		.codec = TS_CODEC_OPUS, .red = true, .maxptime_ms = 10};
	struct ts_network n = {.estimate_bps = 170000};
	struct ts_audio_way way = {.narrow = true, .loss = 2};
	for (int64_t ms = 0; ms < 60000; ms += 100)
		ts_audio_way_follow(&way, &dear, &n, (ms + 1) * TS_NS_PER_MS);
	struct ts_audio_profile profile;
	struct ts_audio_delivery delivery;
	ts_audio_choose(&profile, &delivery, &dear, &way);
	assert_true(ts_audio_cost_bps(&profile, &delivery) / 4 * 5 <= 170000);
	assert_int_equal(delivery.red, 1);
}

/* ---- groups */

static void like_receivers_share_and_the_rest_meets(void **state)
{
	struct ts_audio_groups g = {0};
	const struct ts_audio_profile usual = {32000, 5, 20, false, false};
	(void)state;
	const size_t first = ts_audio_groups_join(&g, TS_CODEC_OPUS, &usual);
	for (int i = 0; i < 100; i++)
		assert_int_equal(ts_audio_groups_join(&g, TS_CODEC_OPUS, &usual), first);
	assert_int_equal(g.n, 1);
	const struct ts_audio_profile none = {0};
	const size_t pcmu = ts_audio_groups_join(&g, TS_CODEC_PCMU, &none);
	assert_int_not_equal(pcmu, first);
	assert_int_equal(ts_audio_groups_join(&g, TS_CODEC_PCMU, &none), pcmu);
	/* as many kinds as a hostile crowd can make */
	static const uint8_t frames[] = {10, 20, 40, 60}, fecs[] = {0, 5, 10, 25};
	for (uint32_t bps = 6000; bps < 40000; bps += 2000)
		for (int f = 0; f < 4; f++)
			for (int l = 0; l < 4; l++) {
				const struct ts_audio_profile p = {
					bps, fecs[l], frames[f], false, false};
				const size_t at = ts_audio_groups_join(&g, TS_CODEC_OPUS, &p);
				assert_true(at < g.n && g.group[at].codec == TS_CODEC_OPUS);
				const struct ts_audio_profile *got = &g.group[at].profile;
				assert_true(got->bitrate_bps <= bps);
				assert_true(got->frame_ms <= frames[f]);
				assert_true(fecs[l] || !got->fec_percent);
			}
	assert_int_equal(g.n, TS_AUDIO_GROUPS_OPUS + 1);
	assert_true(ts_audio_profile_equal(&g.group[first].profile, &usual));
	ts_audio_groups_join(&g, TS_CODEC_PCMA, &none);
	ts_audio_groups_join(&g, TS_CODEC_G722, &none);
	ts_audio_groups_join(&g, TS_CODEC_G729, &none);
	assert_int_equal(g.n, TS_AUDIO_GROUPS);
}

/* The usual kinds keep their places and bits, whoever else comes, and when. */
static void odd_wishes_drag_nobody(void **state)
{
	static const struct ts_audio_profile usual[] = {{32000, 5, 20, false, false},
		{32000, 10, 20, false, false}, {32000, 0, 20, false, false}};
	static const struct ts_audio_profile odd[] = {{6000, 5, 20, false, false},
		{8000, 0, 60, false, false}, {12000, 5, 10, false, false},
		{16000, 5, 20, false, false}, {24000, 0, 20, false, false},
		{32000, 5, 60, false, false}};
	(void)state;
	for (int odd_first = 0; odd_first < 2; odd_first++) {
		struct ts_audio_groups g = {0};
		for (int turn = 0; turn < 2; turn++)
			if (turn == odd_first)
				for (size_t i = 0; i < 3; i++)
					ts_audio_groups_join(&g, TS_CODEC_OPUS, &usual[i]);
			else
				for (size_t i = 0; i < 6; i++)
					ts_audio_groups_join(&g, TS_CODEC_OPUS, &odd[i]);
		for (size_t i = 0; i < 3; i++) {
			const size_t at = ts_audio_groups_join(&g, TS_CODEC_OPUS, &usual[i]);
			if (!ts_audio_profile_equal(&g.group[at].profile, &usual[i]))
				fail_msg("usual kind %zu: %u bit/s", i,
					g.group[at].profile.bitrate_bps);
		}
		assert_int_equal(g.n, TS_AUDIO_GROUPS_OPUS);
	}
}

static void one_too_many_joins_where_least_is_lost(void **state)
{
	struct ts_audio_groups g = {0};
	static const struct ts_audio_profile three[] = {{16000, 5, 20, false, false},
		{32000, 5, 60, false, false}, {8000, 5, 20, false, false}};
	(void)state;
	for (size_t i = 0; i < 3; i++) ts_audio_groups_join(&g, TS_CODEC_OPUS, &three[i]);
	/* a peer with maxaveragebitrate=6000 */
	assert_int_equal(ts_audio_groups_join(&g, TS_CODEC_OPUS,
				 &(struct ts_audio_profile){6000, 5, 20, false, false}),
		2);
	assert_int_equal(ts_audio_groups_join(&g, TS_CODEC_OPUS,
				 &(struct ts_audio_profile){24000, 5, 20, false, false}),
		0); /* not of much lower bitrate, though that group would lose nothing */
	assert_int_equal(g.group[0].profile.bitrate_bps, 16000);
	assert_int_equal(g.group[1].profile.bitrate_bps, 32000);
	assert_int_equal(ts_audio_groups_join(&g, TS_CODEC_OPUS,
				 &(struct ts_audio_profile){32000, 5, 40, false, false}),
		1);
}

/* Stereo goes to who wished for it, in rooms that have it; music is no speech. */
static void what_a_room_is_for_makes_the_profile(void **state)
{
	static const struct {
		const char *name;
		enum ts_audio_mode mode;
		bool wishes, narrow;
		uint32_t most, bps;
		bool stereo, music;
		uint8_t fec;
	} row[] = {
		{"voice", TS_AUDIO_VOICE, true, false, 0, 32000, false, false, 5},
		{"music", TS_AUDIO_MUSIC, true, false, 0, 96000, true, true, 0},
		{"music in one channel", TS_AUDIO_MUSIC, false, false, 0, 64000, false, true, 0},
		{"music, little of it", TS_AUDIO_MUSIC, true, false, 50000, 48000, true, true, 0},
		{"music, a narrow way", TS_AUDIO_MUSIC, true, true, 0, 32000, true, true, 0},
		{"spatial", TS_AUDIO_SPATIAL, true, false, 0, 64000, true, false, 5},
		{"spatial in one channel", TS_AUDIO_SPATIAL, false, false, 0, 32000, false, false,
			5},
		{"spatial, a narrow way", TS_AUDIO_SPATIAL, true, true, 0, 32000, true, false, 5},
	};
	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct ts_audio_limits limits = {.codec = TS_CODEC_OPUS,
			.fec = true,
			.dtx = true,
			.max_bps = row[i].most,
			.stereo = row[i].wishes,
			.mode = row[i].mode};
		const struct ts_audio_way way = {.narrow = row[i].narrow};
		struct ts_audio_profile profile;
		struct ts_audio_delivery delivery;
		print_message("%s\n", row[i].name);
		ts_audio_choose(&profile, &delivery, &limits, &way);
		assert_int_equal(profile.bitrate_bps, row[i].bps);
		assert_int_equal(profile.stereo, row[i].stereo);
		assert_int_equal(profile.music, row[i].music);
		assert_int_equal(profile.fec_percent, row[i].fec);
		assert_int_equal(delivery.dtx, !row[i].music);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_room_is_for_makes_the_profile),
		cmocka_unit_test(each_gets_what_it_takes),
		cmocka_unit_test(limits_are_what_the_peer_said),
		cmocka_unit_test(the_cost_counts_headers_and_copies),
		cmocka_unit_test(loss_counts_when_it_is_told_twice),
		cmocka_unit_test(one_burst_in_the_reports_of_both_is_told_once),
		cmocka_unit_test(it_is_over_when_it_was_calm_for_30_s),
		cmocka_unit_test(red_is_as_much_as_the_way_carries),
		cmocka_unit_test(a_copy_more_where_it_fitted_for_10_s),
		cmocka_unit_test(narrow_is_left_for_what_fits),
		cmocka_unit_test(a_narrow_way_is_one_that_was_tried),
		cmocka_unit_test(like_receivers_share_and_the_rest_meets),
		cmocka_unit_test(odd_wishes_drag_nobody),
		cmocka_unit_test(one_too_many_joins_where_least_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
