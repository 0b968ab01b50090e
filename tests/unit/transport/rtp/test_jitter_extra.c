/* A delay that is wanted longer for what is no jitter (ts_jitter_set_extra), and no longer. */
#include "base/media.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/jitter.h"
#include <stdbool.h>
#include <stdlib.h>

enum { HZ = 48000 };
#define FRAME_NS (20 * TS_MS)

/* A steady stream, popped 5 ms after each packet came. */
struct flow {
	struct ts_packet_pool *pool;
	struct ts_jitter *jitter;
	int64_t now_ns, seq;
	uint8_t level;
	double ahead; /* samples more than the ticks took: what the playout's speed made of it */
	int played, lost, waited, skipped;
};

static void flow_init(struct flow *f)
{
	*f = (struct flow){.now_ns = 1000 * TS_MS, .seq = 70000, .level = 20};
	assert_int_equal(ts_packet_pool_create(&f->pool, 256), 0);
	assert_int_equal(ts_jitter_create(&f->jitter, HZ), 0);
}

static void flow_fini(struct flow *f)
{
	ts_jitter_destroy(&f->jitter);
	ts_packet_pool_close(&f->pool);
}

static void push(struct flow *f)
{
	struct ts_rtp_header h = {.pt = 111,
		.seq = (uint16_t)f->seq,
		.ssrc = 1,
		.timestamp_rtp = (uint32_t)(f->seq * 960)};
	struct ts_packet *p = ts_test_packet(f->pool, &h, "opus", 4, f->now_ns - 5 * TS_MS);
	p->ext_seq = f->seq++;
	p->level = f->level;
	ts_jitter_push(f->jitter, p);
}

/* Plays at that speed: 1.005 takes 0.5 % more than it is given time. */
static void pop(struct flow *f, double speed)
{
	double needs = 960 * speed;
	while (f->ahead < needs) {
		struct ts_packet *p = NULL;
		int64_t ahead_ns = (int64_t)(f->ahead * 1e9 / HZ);
		switch (ts_jitter_pop(f->jitter, &p, f->now_ns + ahead_ns)) {
		case TS_JITTER_PLAY:
			f->played++;
			f->ahead += 960;
			break;
		case TS_JITTER_LOST:
			f->lost++;
			f->ahead += 960;
			break;
		case TS_JITTER_WAIT:
			f->waited++;
			f->ahead = needs;
			break;
		case TS_JITTER_SKIP: f->skipped++; break;
		}
		if (p) ts_packet_unref(&p);
	}
	f->ahead -= needs;
	f->now_ns += FRAME_NS;
}

static void run(struct flow *f, int ticks, double speed)
{
	f->played = f->lost = f->waited = f->skipped = 0;
	for (int i = 0; i < ticks; i++) {
		push(f);
		pop(f, speed);
	}
}

static int delay_ms(const struct flow *f)
{
	return (int)(ts_jitter_delay_ns(f->jitter) / TS_MS);
}

/* Extra is raised in the middle of speech; a packet is lost, another comes too late. */
static void speech_is_not_stopped_for_it(void **state)
{
	(void)state;
	struct flow f;
	flow_init(&f);
	run(&f, 100, 1);
	ts_jitter_set_extra(f.jitter, 180 * TS_MS);
	run(&f, 50, 1);
	assert_int_equal(f.played, 50);
	f.seq++; /* lost */
	pop(&f, 1);
	run(&f, 50, 1);
	assert_true(f.waited + f.lost <= 1);
	pop(&f, 1); /* late */
	push(&f);
	run(&f, 50, 1);
	assert_true(f.waited + f.lost <= 1);
	assert_true(delay_ms(&f) < 60);
	flow_fini(&f);
}

static void silence_is_waited_in(void **state)
{
	(void)state;
	struct flow f;
	flow_init(&f);
	run(&f, 100, 1);
	ts_jitter_set_extra(f.jitter, 100 * TS_MS);
	f.level = 90;
	run(&f, 50, 1);
	assert_in_range(f.waited, 4, 6);
	assert_in_range(delay_ms(&f), 105, 135);
	ts_jitter_set_extra(f.jitter, 0);
	run(&f, 50, 1);
	assert_in_range(f.skipped, 4, 6);
	assert_in_range(delay_ms(&f), 5, 35);
	flow_fini(&f);
}

static void after_a_pause_it_is_there(void **state)
{
	(void)state;
	struct flow f;
	flow_init(&f);
	run(&f, 100, 1);
	ts_jitter_set_extra(f.jitter, 100 * TS_MS);
	for (int i = 0; i < 25; i++) { /* nothing is sent, as DTX has it; one may still be there */
		struct ts_packet *last = NULL;
		ts_jitter_pop(f.jitter, &last, f.now_ns);
		if (last) ts_packet_unref(&last);
		f.now_ns += FRAME_NS;
	}
	for (int i = 0; i < 50; i++) {
		struct ts_rtp_header h = {.pt = 111,
			.seq = (uint16_t)f.seq,
			.ssrc = 1,
			.timestamp_rtp = (uint32_t)((f.seq + 25) * 960)};
		struct ts_packet *p = ts_test_packet(f.pool, &h, "opus", 4, f.now_ns - 5 * TS_MS);
		p->ext_seq = f.seq++;
		p->level = 20;
		ts_jitter_push(f.jitter, p);
		pop(&f, 1);
	}
	assert_in_range(delay_ms(&f), 105, 135);
	assert_int_equal(f.lost + f.skipped, 0);
	flow_fini(&f);
}

/* It falls to nothing at once: who plays 0.5 % faster follows without a cut. */
static void what_falls_away_is_not_cut_out(void **state)
{
	(void)state;
	static const int falls_to_ms[] = {0, 40, 80};
	for (size_t i = 0; i < TS_ARRAY_LEN(falls_to_ms); i++) {
		struct flow f;
		flow_init(&f);
		ts_jitter_set_extra(f.jitter, 180 * TS_MS);
		run(&f, 100, 1);
		assert_in_range(delay_ms(&f), 185, 215);
		ts_jitter_set_extra(f.jitter, falls_to_ms[i] * TS_MS);
		run(&f, 250, 1); /* until the playout has found out */
		assert_int_equal(f.skipped, 0);
		while (delay_ms(&f) > falls_to_ms[i] + 25) {
			run(&f, 50, 1.005);
			assert_int_equal(f.skipped, 0);
		}
		flow_fini(&f);
	}
}

/* One that does not follow is cut all the same, in the end; and a stall at any time. */
static void too_long_is_too_long(void **state)
{
	(void)state;
	struct flow f;
	flow_init(&f);
	ts_jitter_set_extra(f.jitter, 180 * TS_MS);
	run(&f, 100, 1);
	ts_jitter_set_extra(f.jitter, 0);
	run(&f, 60 * 50, 1);
	assert_true(delay_ms(&f) <= 85);

	ts_jitter_set_extra(f.jitter, 40 * TS_MS);
	run(&f, 50, 1);
	for (int i = 0; i < 20; i++) pop(&f, 1);
	for (int i = 0; i < 20; i++) push(&f);
	run(&f, 10, 1);
	assert_true(delay_ms(&f) <= 40 + 60 + ts_jitter_target_ns(f.jitter) / TS_MS);
	flow_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speech_is_not_stopped_for_it),
		cmocka_unit_test(silence_is_waited_in),
		cmocka_unit_test(after_a_pause_it_is_there),
		cmocka_unit_test(what_falls_away_is_not_cut_out),
		cmocka_unit_test(too_long_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
