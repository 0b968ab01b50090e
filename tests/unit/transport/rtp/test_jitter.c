#include "transport/rtp/jitter.h"

#include "base/counter.h"
#include "base/media.h"
#include "tests/unit/transport/rtp_make.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { HZ = 48000, TICK_MS = 20, TICK_SAMPLES = 960, PENDING_MAX = 512, LOG_MAX = 400 };

/* One sender, a network and a playout that pops by the tick, all on one made-up clock. */
struct sim {
	struct ts_packet_pool *pool;
	struct ts_jitter *jitter;
	uint32_t rng;

	/* the sender */
	int frame_ms;
	double ppm; /* its clock against ours: > 0 is fast */
	uint32_t ssrc, ts0;
	int64_t ext_seq;
	int64_t sent; /* frames since start_ns */
	int64_t start_ns;
	int (*level)(int64_t frame);   /* RFC 6464; NULL: not given */
	bool (*silent)(int64_t frame); /* DTX: nothing is sent; NULL: never */

	/* the network */
	/* jitter: uniform from 0, or, heavy_tail, exponential with that mean, up to 8 times it */
	int64_t delay_ns, jitter_ns;
	bool heavy_tail;
	unsigned loss_permille;
	uint8_t codec;                      /* 0: one without FEC */
	int64_t stall_from_ns, stall_to_ns; /* nothing arrives between; then everything at once */
	struct ts_packet *pending[PENDING_MAX];
	int n_pending;

	/* the playout */
	int64_t now_ns;
	int have;              /* samples left over */
	char log[LOG_MAX + 1]; /* a letter for each verdict: P L F (lost, with FEC at hand) S W */
	int n_log;

	/* results since reset() */
	int64_t pushed, network_lost, played, lost, fec, skipped, waited, waited_in_speech, ticks;
	double delay_sum_ms, delay_max_ms;
	int64_t last_seq;
	int last_level;
	bool cut; /* waited after a loud packet */
};

static void reset(struct sim *s)
{
	s->pushed = s->network_lost = s->played = s->lost = s->fec = s->skipped = s->waited =
		s->waited_in_speech = s->ticks = 0;
	s->delay_sum_ms = s->delay_max_ms = 0;
	s->n_log = 0;
	s->log[0] = 0;
}

static void sim_init(struct sim *s)
{
	*s = (struct sim){.rng = 2463534242u,
		.frame_ms = 20,
		.ssrc = 0x1234,
		.ts0 = 0xfffff000u,
		.ext_seq = 65536 + 65530,
		.start_ns = 1000 * TS_MS,
		.now_ns = 1000 * TS_MS,
		.delay_ns = 10 * TS_MS};
	assert_int_equal(ts_packet_pool_create(&s->pool, 2048), 0);
	assert_int_equal(ts_jitter_create(&s->jitter, HZ), 0);
}

static void sim_fini(struct sim *s)
{
	for (int i = 0; i < s->n_pending; i++) ts_packet_unref(&s->pending[i]);
	ts_jitter_destroy(&s->jitter);
	assert_null(s->jitter);
	ts_packet_pool_close(&s->pool);
}

static int64_t frame_time_ns(const struct sim *s, int64_t frame)
{
	return s->start_ns + (int64_t)((double)(frame * s->frame_ms * TS_MS) / (1 + s->ppm * 1e-6));
}

static int64_t sim_jitter(struct sim *s)
{
	if (!s->jitter_ns) return 0;
	double of_it = ts_test_random(&s->rng) / 4294967296.0;
	if (s->heavy_tail)
		for (of_it /= 10; of_it < 8 && ts_test_random(&s->rng) % 11 > 0;) of_it += 0.1;
	return (int64_t)((double)s->jitter_ns * of_it);
}

static void sim_send(struct sim *s, int64_t frame)
{
	if (s->silent && s->silent(frame)) return;
	int64_t seq = s->ext_seq++;
	if (ts_test_random(&s->rng) % 1000 < s->loss_permille) {
		s->network_lost++;
		return;
	}
	int64_t at = frame_time_ns(s, frame) + s->delay_ns;
	at += sim_jitter(s);
	if (at >= s->stall_from_ns && at < s->stall_to_ns) at = s->stall_to_ns;
	struct ts_rtp_header h = {.pt = 111,
		.seq = (uint16_t)seq,
		.ssrc = s->ssrc,
		.timestamp_rtp = s->ts0 + (uint32_t)(frame * s->frame_ms * HZ / 1000)};
	/* when it would have come without jitter */
	int64_t mark = frame_time_ns(s, frame) + s->delay_ns;
	struct ts_packet *p = ts_test_packet(s->pool, &h, &mark, sizeof(mark), at);
	p->ext_seq = seq;
	p->codec = s->codec;
	if (s->level) p->level = (uint8_t)s->level(frame);
	assert_true(s->n_pending < PENDING_MAX);
	int i = s->n_pending++;
	for (; i > 0 && s->pending[i - 1]->arrival_ns > at; i--) s->pending[i] = s->pending[i - 1];
	s->pending[i] = p;
}

static void sim_arrive(struct sim *s)
{
	int n = 0;
	for (; n < s->n_pending && s->pending[n]->arrival_ns <= s->now_ns; n++) {
		ts_jitter_push(s->jitter, s->pending[n]);
		s->pushed++;
	}
	s->n_pending -= n;
	memmove(s->pending, s->pending + n, sizeof(s->pending[0]) * (size_t)s->n_pending);
}

static void note(struct sim *s, char letter)
{
	if (s->n_log == LOG_MAX) return;
	s->log[s->n_log++] = letter;
	s->log[s->n_log] = 0;
}

static void sim_played(struct sim *s, const struct ts_packet *p)
{
	int64_t mark;
	memcpy(&mark, p->payload, sizeof(mark));
	double delay_ms = (double)(s->now_ns - mark) / 1e6 + s->have * 1000.0 / HZ;
	s->delay_sum_ms += delay_ms;
	if (delay_ms > s->delay_max_ms) s->delay_max_ms = delay_ms;
	s->played++;
}

static void sim_pop(struct sim *s)
{
	s->ticks++;
	while (s->have < TICK_SAMPLES) {
		struct ts_packet *p = NULL;
		int64_t have_ns = (int64_t)s->have * TS_NS_PER_S / HZ;
		enum ts_jitter_verdict v = ts_jitter_pop(s->jitter, &p, s->now_ns + have_ns);
		if (v == TS_JITTER_PLAY || v == TS_JITTER_SKIP) {
			assert_non_null(p);
			/* in order, each once */
			assert_true(p->ssrc != s->ssrc || p->ext_seq > s->last_seq);
			s->last_seq = p->ext_seq;
			s->waited_in_speech += s->cut && p->level < 60;
			s->cut = false;
			s->last_level = p->level;
		}
		if (v == TS_JITTER_PLAY) {
			note(s, 'P');
			sim_played(s, p);
			s->have += s->frame_ms * HZ / 1000;
		} else if (v == TS_JITTER_LOST) {
			note(s, p ? 'F' : 'L');
			s->lost++;
			s->fec += p != NULL;
			if (p) assert_true(p->ext_seq > s->last_seq + 1);
			s->have += s->frame_ms * HZ / 1000;
		} else if (v == TS_JITTER_SKIP) {
			note(s, 'S');
			s->skipped++;
		} else {
			note(s, 'W');
			assert_null(p);
			s->waited++;
			s->cut = s->last_level < 60;
			s->have = TICK_SAMPLES;
		}
		if (p) ts_packet_unref(&p);
	}
	s->have -= TICK_SAMPLES;
}

static void sim_run(struct sim *s, int64_t for_ms)
{
	for (int64_t end = s->now_ns + for_ms * TS_MS; s->now_ns < end;) {
		s->now_ns += TICK_MS * TS_MS;
		while (frame_time_ns(s, s->sent) <= s->now_ns) sim_send(s, s->sent++);
		sim_arrive(s);
		sim_pop(s);
	}
}

static double delay_ms(const struct sim *s)
{
	return s->played ? s->delay_sum_ms / (double)s->played : 0;
}
static double target_ms(const struct sim *s)
{
	return (double)ts_jitter_target_ns(s->jitter) / 1e6;
}
/* Packets that came but were neither played nor skipped, of those that came, in permille. */
static double late_permille(const struct sim *s)
{
	return (double)(s->pushed - s->played - s->skipped) * 1000 / (double)s->pushed;
}

static void report(const struct sim *s, const char *what)
{
	print_message(
		"  %-34s delay mean %5.1f max %5.1f ms, target %5.1f | of %lld packets: late %.2f "
		"permille, lost %lld (fec %lld), "
		"skipped %lld, waits %lld\n",
		what, delay_ms(s), s->delay_max_ms, target_ms(s), (long long)s->pushed,
		late_permille(s), (long long)s->lost, (long long)s->fec, (long long)s->skipped,
		(long long)s->waited);
}

static int talk_with_pauses(int64_t frame)
{
	return frame % 100 < 75 ? 30 : 90;
}

/* ---- clean paths ---- */

static void clean_path_has_little_delay(void **state)
{
	(void)state;
	static const int frames_ms[] = {10, 20, 40, 60};
	for (size_t i = 0; i < TS_ARRAY_LEN(frames_ms); i++) {
		for (int phase_ms = 0; phase_ms < 20; phase_ms += 5) {
			struct sim s;
			sim_init(&s);
			s.frame_ms = frames_ms[i];
			s.start_ns += phase_ms * TS_MS;
			s.level = talk_with_pauses;
			sim_run(&s, 1000);
			reset(&s);
			sim_run(&s, 20000);
			char what[64];
			snprintf(what, sizeof(what), "clean, %d ms packets, phase %d", frames_ms[i],
				phase_ms);
			if (phase_ms == 5) report(&s, what);
			assert_int_equal(s.waited + s.lost + s.skipped, 0);
			assert_true(delay_ms(&s) >= 9.9 && delay_ms(&s) <= 30);
			assert_true(target_ms(&s) == 20);
			sim_fini(&s);
		}
	}
}

static void small_jitter_stays_within_30_ms(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.jitter_ns = 5 * TS_MS;
	sim_run(&s, 2000);
	reset(&s);
	sim_run(&s, 60000);
	report(&s, "5 ms uniform jitter");
	assert_true(delay_ms(&s) <= 35);
	assert_int_equal(s.waited + s.lost + s.skipped, 0);
	sim_fini(&s);
}

/* ---- loss and jitter ---- */

static void jitter_and_loss_lose_next_to_nothing_late(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int jitter_ms;
		unsigned loss;
		int (*level)(int64_t);
		int frame_ms;
		bool heavy_tail;
	} rows[] = {
		{"30 ms jitter, 5 % loss", 30, 50, NULL, 20, false},
		{"30 ms jitter, 5 % loss, levels", 30, 50, talk_with_pauses, 20, false},
		{"30 ms jitter, 5 % loss, 10 ms packets", 30, 50, NULL, 10, false},
		{"30 ms jitter, 5 % loss, 60 ms packets", 30, 50, talk_with_pauses, 60, false},
		{"100 ms jitter, 10 % loss", 100, 100, talk_with_pauses, 20, false},
		{"60 ms jitter, no loss", 60, 0, NULL, 20, false},
		{"exponential jitter, mean 10, 2 % loss", 10, 20, talk_with_pauses, 20, true},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct sim s;
		sim_init(&s);
		s.jitter_ns = rows[i].jitter_ms * TS_MS;
		s.loss_permille = rows[i].loss;
		s.level = rows[i].level;
		s.frame_ms = rows[i].frame_ms;
		s.heavy_tail = rows[i].heavy_tail;
		sim_run(&s, 5000);
		reset(&s);
		sim_run(&s, 120000);
		report(&s, rows[i].name);
		assert_true(late_permille(&s) < 10);
		/* concealed is what was lost, once, and little more; with the next packet at hand
		 * where it could be there */
		int64_t concealed_ms = s.lost * s.frame_ms + s.waited * TICK_MS -
			s.skipped * s.frame_ms;
		assert_true(llabs(concealed_ms - s.network_lost * s.frame_ms) <=
			s.ticks * TICK_MS / 100);
		assert_true(s.fec >= s.lost * (1000 - (int)rows[i].loss) / 1000 * 8 / 10);
		/* most of it */
		int64_t tail_ms = s.heavy_tail ? 4 * rows[i].jitter_ms : rows[i].jitter_ms;
		assert_true(target_ms(&s) <= tail_ms + 40);
		assert_true(delay_ms(&s) <= tail_ms + 30);
		sim_fini(&s);
	}
}

/* FEC data come with the packet after the lost one: as long as that takes is waited. */
static void loss_makes_time_for_fec(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint8_t codec;
		unsigned loss;
		int jitter_ms, target_min_ms, target_max_ms;
		int repaired; /* percent */
	} rows[] = {
		{"5 % loss, Opus", TS_CODEC_OPUS, 50, 0, 35, 45, 90},
		{"5 % loss, no FEC", TS_CODEC_PCMU, 50, 0, 20, 20, 0},
		{"0.5 % loss, Opus", TS_CODEC_OPUS, 5, 0, 20, 20, 0},
		{"5 % loss, 30 ms jitter, Opus", TS_CODEC_OPUS, 50, 30, 50, 65, 93},
		{"5 % loss, 30 ms jitter, no FEC", TS_CODEC_PCMU, 50, 30, 35, 45, 0},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		int64_t lost = 0, fec = 0;
		/* of the sender against the ticks */
		for (int phase_ms = 0; phase_ms < 20; phase_ms += 5) {
			struct sim s;
			sim_init(&s);
			s.loss_permille = rows[i].loss;
			s.jitter_ns = rows[i].jitter_ms * TS_MS;
			s.codec = rows[i].codec;
			s.start_ns += phase_ms * TS_MS;
			sim_run(&s, 5000);
			reset(&s);
			sim_run(&s, 60000);
			report(&s, rows[i].name);
			assert_in_range(
				target_ms(&s), rows[i].target_min_ms, rows[i].target_max_ms);
			lost += s.network_lost;
			fec += s.fec;
			sim_fini(&s);
		}
		assert_true(fec * 100 >= lost * rows[i].repaired);
	}
}

/* A path that gets worse: the delay grows by waiting for packets that are overtaken, not by giving
 * them up first. */
static void rising_jitter_costs_few_packets(void **state)
{
	(void)state;
	int64_t lost = 0, waited = 0;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		struct sim s;
		sim_init(&s);
		s.rng = seed * 7919;
		s.jitter_ns = 40 * TS_MS;
		sim_run(&s, 10000);
		s.jitter_ns = 100 * TS_MS;
		reset(&s);
		sim_run(&s, 10000);
		lost += s.lost;
		waited += s.waited;
		sim_fini(&s);
	}
	print_message("  jitter rises from 40 to 100 ms, 20 times: lost %lld, waited %lld\n",
		(long long)lost, (long long)waited);
	assert_true(lost <= 20 * 3); /* giving up at once would lose 13 each time */
	assert_true(waited <= 20 * 5);
}

static void single_loss_is_one_lost_verdict_with_fec(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.delay_ns = 0;
	/* 15 to 20 ms of delay: the next packet is not there yet when one is missing */
	s.start_ns -= 15 * TS_MS;
	sim_run(&s, 1000);
	reset(&s);
	s.loss_permille = 1000;
	sim_run(&s, 20);
	s.loss_permille = 0;
	sim_run(&s, 480);
	assert_int_equal(s.network_lost, 1);
	assert_int_equal(s.lost + s.waited, 1); /* concealed for 20 ms, no longer */
	assert_int_equal(s.played, 24);
	sim_fini(&s);
}

static void loss_with_the_next_packet_there_offers_fec(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.start_ns += 14 * TS_MS; /* 14 + 10 ms: arrives 4 ms after a tick, so it waits 16 + 20 */
	s.jitter_ns = 12 * TS_MS;
	s.level = talk_with_pauses;
	sim_run(&s, 5000);
	s.jitter_ns = 0;
	reset(&s);
	s.loss_permille = 1000;
	sim_run(&s, 20);
	s.loss_permille = 0;
	sim_run(&s, 480);
	assert_int_equal(s.lost, 1);
	assert_int_equal(s.fec, 1);
	assert_int_equal(s.waited, 0);
	sim_fini(&s);
}

static void stall_then_burst_comes_back_to_target(void **state)
{
	(void)state;
	static const int stalls_ms[] = {100, 300, 800, 1500};
	for (size_t i = 0; i < TS_ARRAY_LEN(stalls_ms); i++) {
		struct sim s;
		sim_init(&s);
		s.level = talk_with_pauses;
		sim_run(&s, 5000);
		s.stall_from_ns = s.now_ns;
		s.stall_to_ns = s.now_ns + stalls_ms[i] * TS_MS;
		reset(&s);
		sim_run(&s, stalls_ms[i] + 200);
		char what[64];
		snprintf(what, sizeof(what), "%d ms stall, and 200 ms after it", stalls_ms[i]);
		report(&s, what);
		reset(&s);
		sim_run(&s, 200);
		assert_true(delay_ms(&s) <= target_ms(&s) + 70); /* within one breath */
		assert_true(stalls_ms[i] > 1000 ||
			(target_ms(&s) >= 75 &&
				target_ms(&s) <= 130)); /* over 1 s is a new start */
		sim_run(&s, 15000);
		reset(&s);
		sim_run(&s, 5000);
		report(&s, "  15 s later");
		assert_true(delay_ms(&s) <= 45);
		assert_int_equal(s.waited + s.lost, 0);
		sim_fini(&s);
	}
}

static void outage_with_loss_does_not_leave_delay(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	sim_run(&s, 2000);
	reset(&s);
	s.loss_permille = 1000;
	sim_run(&s, 700);
	s.loss_permille = 0;
	sim_run(&s, 300);
	report(&s, "700 ms outage, all lost");
	reset(&s);
	sim_run(&s, 2000);
	assert_true(delay_ms(&s) <= 40);
	assert_int_equal(s.waited + s.lost + s.skipped, 0);
	sim_fini(&s);
}

/* ---- clocks ---- */

static void drift_is_followed_for_an_hour(void **state)
{
	(void)state;
	static const struct {
		double ppm;
		int (*level)(int64_t);
	} rows[] = {
		{200, talk_with_pauses},
		{-200, talk_with_pauses},
		{200, NULL},
		{-200, NULL},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct sim s;
		sim_init(&s);
		s.ppm = rows[i].ppm;
		s.level = rows[i].level;
		s.jitter_ns = 4 * TS_MS;
		sim_run(&s, 2000);
		double worst = 0;
		int64_t moves = 0;
		for (int minute = 0; minute < 60; minute++) {
			reset(&s);
			/* marks are by our clock already: what grows is the delay in the buffer
			 * alone */
			sim_run(&s, 60000);
			if (s.delay_max_ms > worst) worst = s.delay_max_ms;
			moves += s.skipped + s.waited;
			/* not given: 255 is no speech either */
			assert_int_equal(s.waited_in_speech, 0);
			assert_int_equal(s.lost, 0);
			assert_true(delay_ms(&s) >= 4);
		}
		print_message(
			"  %+.0f ppm for 1 h, %s: delay mean at the end %.1f ms, worst %.1f, %lld "
			"moves\n",
			rows[i].ppm, rows[i].level ? "levels" : "no levels", delay_ms(&s), worst,
			(long long)moves);
		assert_true(worst <= (rows[i].level ? 60 : 105));
		assert_true(moves >= 25 && moves <= 80); /* 720 ms in steps of 20 are 36 */
		sim_fini(&s);
	}
}

/* A phone says no levels: what the playout's gate says takes their place. Before it was asked, each
 * of these moves was a hard cut in the middle of a word, and the delay stood 60 ms over its target
 * for good. */
static bool phone_talks(int64_t frame)
{
	return frame % 225 < 150;
}

static int64_t frame_of(const struct sim *s, const struct ts_packet *p)
{
	return (uint32_t)(p->timestamp_rtp - s->ts0) / (uint32_t)(s->frame_ms * HZ / 1000);
}

static void run_phone(struct sim *s, int64_t for_ms, bool gated, int64_t *cut_in_speech)
{
	int64_t heard_until_ns = 0;
	for (int64_t end = s->now_ns + for_ms * TS_MS; s->now_ns < end;) {
		s->now_ns += TICK_MS * TS_MS;
		while (frame_time_ns(s, s->sent) <= s->now_ns) sim_send(s, s->sent++);
		sim_arrive(s);
		if (gated) ts_jitter_set_quiet(s->jitter, -60, s->now_ns >= heard_until_ns, false);
		s->ticks++;
		for (bool more = s->have < TICK_SAMPLES; more;) {
			struct ts_packet *p = NULL;
			enum ts_jitter_verdict v = ts_jitter_pop(s->jitter, &p, s->now_ns);
			bool talks = p && phone_talks(frame_of(s, p));
			if (talks) heard_until_ns = s->now_ns + 600 * TS_MS;
			more = v == TS_JITTER_SKIP;
			s->skipped += v == TS_JITTER_SKIP;
			*cut_in_speech += v == TS_JITTER_SKIP && talks;
			s->waited += v == TS_JITTER_WAIT;
			s->waited_in_speech += v == TS_JITTER_WAIT && phone_talks(s->sent - 3) &&
				phone_talks(s->sent);
			if (v == TS_JITTER_PLAY) sim_played(s, p);
			if (p) ts_packet_unref(&p);
		}
	}
}

static void a_phones_drift_is_made_good_in_its_pauses(void **state)
{
	(void)state;
	static const int ppms[] = {200, 50, -50, -200};
	for (size_t i = 0; i < TS_ARRAY_LEN(ppms); i++) {
		int64_t cut[2] = {0};
		double mean[2];
		for (int gated = 0; gated < 2; gated++) {
			struct sim s;
			sim_init(&s);
			s.ppm = ppms[i];
			s.jitter_ns = 4 * TS_MS;
			run_phone(&s, 2000, gated, &cut[gated]);
			reset(&s);
			run_phone(&s, 3600 * 1000, gated, &cut[gated]);
			mean[gated] = delay_ms(&s);
			print_message("  %+d ppm for 1 h, %s: %lld packets cut out of speech, %lld "
				      "skipped, %lld waits (%lld in speech), "
				      "delay mean %.1f ms\n",
				ppms[i], gated ? "gate known" : "before", (long long)cut[gated],
				(long long)s.skipped, (long long)s.waited,
				(long long)s.waited_in_speech, mean[gated]);
			if (gated) assert_int_equal(s.waited_in_speech, 0);
			sim_fini(&s);
		}
		assert_int_equal(cut[1], 0);
		assert_true(mean[1] <= 40);
		if (ppms[i] == 200) assert_true(cut[0] >= 15);
	}
}

static int steady_noise(int64_t frame)
{
	(void)frame;
	return 50;
}

/* After a stall the delay is too long by 50 ms and more. Noise of -50 dBov is no silence by itself,
 * but once the playout says so. */
static void a_known_level_is_silence_by_what_the_playout_says(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		struct sim s;
		sim_init(&s);
		s.level = steady_noise;
		if (told) ts_jitter_set_quiet(s.jitter, -47, false, false);
		s.stall_from_ns = s.now_ns + 1000 * TS_MS;
		s.stall_to_ns = s.stall_from_ns + 70 * TS_MS;
		sim_run(&s, 12000);
		reset(&s);
		sim_run(&s, 1000);
		report(&s, told ? "noise, called silence" : "noise");
		assert_true(told ? delay_ms(&s) <= 31 : delay_ms(&s) >= 50);
		sim_fini(&s);
	}
}

/* ---- pauses ---- */

static bool dtx(int64_t frame)
{
	return frame % 150 >= 80 && frame % 20 != 0;
} /* in the last 70 of 150 one packet per 400 ms */

static void dtx_is_waiting_not_loss(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.silent = dtx;
	sim_run(&s, 6000);
	reset(&s);
	sim_run(&s, 60000);
	report(&s, "DTX");
	assert_int_equal(s.lost, 0);
	assert_int_equal(s.skipped, 0);
	assert_int_equal(s.played, s.pushed);
	assert_true(s.delay_max_ms <= 45);
	sim_fini(&s);
}

static void dtx_with_jitter_and_loss_keeps_every_word(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.silent = dtx;
	s.jitter_ns = 30 * TS_MS;
	s.loss_permille = 50;
	s.level = talk_with_pauses;
	sim_run(&s, 6000);
	reset(&s);
	sim_run(&s, 120000);
	report(&s, "DTX, 30 ms jitter, 5 % loss");
	assert_true(late_permille(&s) < 10);
	assert_true(delay_ms(&s) <= 75);
	sim_fini(&s);
}

/* The first packet of a sentence is lost: it is concealed right before the second, not somewhere in
 * the pause. */
static void a_lost_onset_is_concealed_where_it_was(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.silent = dtx;
	s.jitter_ns = 30 * TS_MS; /* so that there is a delay to see it in time */
	sim_run(&s, 20000);
	s.jitter_ns = 0;
	while (s.sent % 150 != 145) sim_run(&s, 20);
	reset(&s);
	while (s.sent % 150 != 0) sim_run(&s, 20);
	s.loss_permille = 1000;
	sim_run(&s, 20);
	s.loss_permille = 0;
	sim_run(&s, 200);
	assert_int_equal(s.network_lost, 1);
	assert_int_equal(s.lost, 1);
	assert_non_null(strstr(s.log, "WFPPP"));
	sim_fini(&s);
}

static bool silent_for_an_hour(int64_t frame)
{
	return frame >= 500 && frame < 500 + 180000;
}

static void long_silence_with_drift_starts_at_once(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s);
	s.ppm = -200;
	s.silent = silent_for_an_hour;
	sim_run(&s, 10000);
	sim_run(&s, 3590 * 1000);
	s.jitter_ns = 8 * TS_MS;
	sim_run(&s, 11000);
	reset(&s);
	sim_run(&s, 3000);
	report(&s, "after an hour of nothing");
	assert_true(s.played >= 145);
	assert_int_equal(s.lost, 0);
	assert_true(delay_ms(&s) <= 45);
	sim_fini(&s);
}

/* ---- breaks ---- */

static void new_ssrc_and_restarted_timestamps_start_afresh(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t ssrc, ts0;
		int64_t seq_jump;
	} rows[] = {
		{"new ssrc", 0x777, 99, 131072},
		{"same ssrc, timestamps jump back", 0x1234, 0x80000000u, 0},
		{"same ssrc, timestamps jump ahead", 0x1234, 0x10000000u, 0},
		{"same ssrc, numbers jump", 0x1234, 0xfffff000u, 1000},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct sim s;
		sim_init(&s);
		sim_run(&s, 3000);
		s.ssrc = rows[i].ssrc;
		s.ts0 = rows[i].ts0;
		s.ext_seq += rows[i].seq_jump;
		s.last_seq = 0;
		sim_run(&s, 500);
		reset(&s);
		sim_run(&s, 2000);
		report(&s, rows[i].name);
		assert_int_equal(s.played, 100);
		assert_int_equal(s.lost + s.waited + s.skipped, 0);
		assert_true(delay_ms(&s) <= 30);
		sim_fini(&s);
	}
}

static struct ts_packet *packet(struct ts_packet_pool *pool, int64_t seq, int64_t ms, size_t len)
{
	struct ts_rtp_header h = {
		.pt = 111, .seq = (uint16_t)seq, .ssrc = 1, .timestamp_rtp = (uint32_t)(seq * 960)};
	struct ts_packet *p = ts_test_packet(pool, &h, "opus", len, ms * TS_MS);
	p->ext_seq = seq;
	return p;
}

static enum ts_jitter_verdict pop_at(struct ts_jitter *j, int64_t ms, int64_t *seq)
{
	struct ts_packet *p;
	enum ts_jitter_verdict v = ts_jitter_pop(j, &p, ms * TS_MS);
	*seq = p ? p->ext_seq : -1;
	if (p) ts_packet_unref(&p);
	return v;
}

static void padding_late_and_double_packets(void **state)
{
	(void)state;
	struct ts_packet_pool *pool;
	struct ts_jitter *j;
	assert_int_equal(ts_packet_pool_create(&pool, 64), 0);
	assert_int_equal(ts_jitter_create(&j, HZ), 0);
	int64_t seq, late = ts_count_get(TS_C_DROP_LATE), twice = ts_count_get(TS_C_DROP_DUPLICATE);
	assert_int_equal(pop_at(j, 0, &seq), TS_JITTER_WAIT);
	ts_jitter_push(j, packet(pool, 1001, 20, 4)); /* the second comes first */
	ts_jitter_push(j, packet(pool, 1000, 21, 4));
	ts_jitter_push(j, packet(pool, 1000, 22, 4));
	assert_int_equal(ts_count_get(TS_C_DROP_DUPLICATE), twice + 1);
	assert_int_equal(pop_at(j, 45, &seq), TS_JITTER_PLAY);
	assert_int_equal(seq, 1000);
	ts_jitter_push(j, packet(pool, 1002, 46, 0)); /* padding: neither played nor lost */
	ts_jitter_push(j, packet(pool, 1003, 60, 4));
	assert_int_equal(pop_at(j, 65, &seq), TS_JITTER_PLAY);
	assert_int_equal(seq, 1001);
	assert_true(ts_jitter_depth_ns(j) >= 20 * TS_MS);
	assert_int_equal(pop_at(j, 105, &seq), TS_JITTER_PLAY);
	assert_int_equal(seq, 1003);
	assert_int_equal(ts_jitter_depth_ns(j), 0);
	ts_jitter_push(j, packet(pool, 1001, 106, 4));
	assert_int_equal(ts_count_get(TS_C_DROP_LATE), late + 1);
	ts_jitter_destroy(&j);
	ts_packet_pool_close(&pool);
}

/* A key is held for 400 ms: 20 packets with the timestamp of its beginning, then sound goes on
 * where the clock is. Nothing is lost, nothing starts afresh, and the delay stays. Then the codec
 * changes to one of another clock. */
static void a_telephone_event_between(void **state)
{
	(void)state;
	struct ts_packet_pool *pool;
	struct ts_jitter *j;
	assert_int_equal(ts_packet_pool_create(&pool, 64), 0);
	assert_int_equal(ts_jitter_create(&j, HZ), 0);
	int played = 0, lost = 0;
	for (int64_t k = 0; k < 80; k++) {
		struct ts_packet *p = packet(pool, 2000 + k, k * 20, k < 30 || k >= 50 ? 4 : 0);
		if (!p->payload_len) p->timestamp_rtp = (uint32_t)(2030 * 960);
		ts_jitter_push(j, p);
		int64_t seq;
		enum ts_jitter_verdict v = pop_at(j, k * 20 + 5, &seq);
		played += v == TS_JITTER_PLAY;
		lost += v == TS_JITTER_LOST;
	}
	assert_int_equal(lost, 0);
	assert_in_range(played, 57, 60);
	assert_true(ts_jitter_target_ns(j) <= 30 * TS_MS);

	ts_jitter_restart(j, 8000);
	assert_int_equal(ts_jitter_depth_ns(j), 0);
	played = 0;
	for (int64_t k = 80; k < 130; k++) {
		struct ts_packet *p = packet(pool, 2000 + k, k * 20, 4);
		int64_t seq;
		p->timestamp_rtp = (uint32_t)(k * 160);
		ts_jitter_push(j, p);
		played += pop_at(j, k * 20 + 5, &seq) == TS_JITTER_PLAY;
	}
	assert_in_range(played, 48, 50);
	ts_jitter_destroy(&j);
	ts_packet_pool_close(&pool);
}

static void memory_is_bounded_when_nobody_pops(void **state)
{
	(void)state;
	struct ts_packet_pool *pool;
	struct ts_jitter *j;
	assert_int_equal(ts_packet_pool_create(&pool, 110), 0); /* 2 s are 100 packets */
	assert_int_equal(ts_jitter_create(&j, HZ), 0);
	int64_t full = ts_count_get(TS_C_DROP_JBUF_FULL), seq;
	for (int i = 0; i < 1000; i++) ts_jitter_push(j, packet(pool, 5000 + i, i * 20, 4));
	assert_true(ts_count_get(TS_C_DROP_JBUF_FULL) - full >= 890);
	assert_true(ts_jitter_depth_ns(j) <= 2040 * TS_MS);
	int skipped = 0;
	while (pop_at(j, 20000, &seq) == TS_JITTER_SKIP) skipped++;
	assert_true(skipped > 80);
	assert_true(seq >= 5990);
	ts_jitter_destroy(&j);
	ts_packet_pool_close(&pool);
}

/* Whatever comes in whatever order: no crash, nothing leaks (the pool is small), pops end. */
static void survives_nonsense(void **state)
{
	(void)state;
	struct ts_packet_pool *pool;
	struct ts_jitter *j;
	assert_int_equal(ts_packet_pool_create(&pool, 140), 0);
	assert_int_equal(ts_jitter_create(&j, HZ), 0);
	uint32_t rng = 7;
	int64_t seq = 1 << 20, now_ns = TS_MS, got;
	for (int i = 0; i < 200000; i++) {
		uint32_t r = ts_test_random(&rng);
		seq += r % 64 == 0 ? (int)(ts_test_random(&rng) % 400) - 200 : 1;
		now_ns += r >> 8 & 0x3ffffff;
		struct ts_rtp_header h = {.pt = 111,
			.seq = (uint16_t)seq,
			.ssrc = r % 997 == 0 ? r : 1,
			.timestamp_rtp = r % 128 == 1 ? r : (uint32_t)(now_ns / 20833)};
		struct ts_packet *p = ts_test_packet(pool, &h, "x", r >> 4 & 1, now_ns);
		p->ext_seq = seq;
		p->level = (uint8_t)(r >> 5 & 127);
		ts_jitter_push(j, p);
		for (int k = 0; k < 200 && pop_at(j, now_ns / TS_MS, &got) == TS_JITTER_SKIP; k++)
			assert_true(k < 199);
		assert_true(ts_jitter_target_ns(j) >= 20 * TS_MS &&
			ts_jitter_target_ns(j) <= 500 * TS_MS);
	}
	ts_jitter_destroy(&j);
	ts_packet_pool_close(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_path_has_little_delay),
		cmocka_unit_test(small_jitter_stays_within_30_ms),
		cmocka_unit_test(jitter_and_loss_lose_next_to_nothing_late),
		cmocka_unit_test(loss_makes_time_for_fec),
		cmocka_unit_test(rising_jitter_costs_few_packets),
		cmocka_unit_test(single_loss_is_one_lost_verdict_with_fec),
		cmocka_unit_test(loss_with_the_next_packet_there_offers_fec),
		cmocka_unit_test(stall_then_burst_comes_back_to_target),
		cmocka_unit_test(outage_with_loss_does_not_leave_delay),
		cmocka_unit_test(drift_is_followed_for_an_hour),
		cmocka_unit_test(a_phones_drift_is_made_good_in_its_pauses),
		cmocka_unit_test(a_known_level_is_silence_by_what_the_playout_says),
		cmocka_unit_test(dtx_is_waiting_not_loss),
		cmocka_unit_test(dtx_with_jitter_and_loss_keeps_every_word),
		cmocka_unit_test(a_lost_onset_is_concealed_where_it_was),
		cmocka_unit_test(long_silence_with_drift_starts_at_once),
		cmocka_unit_test(new_ssrc_and_restarted_timestamps_start_afresh),
		cmocka_unit_test(padding_late_and_double_packets),
		cmocka_unit_test(a_telephone_event_between),
		cmocka_unit_test(memory_is_bounded_when_nobody_pops),
		cmocka_unit_test(survives_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
