#include "mixer/sync/lipsync.h"

#include "base/packet.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS
#define FRAME_NS (TS_NS_PER_S / 30)

/* A participant whose sound needs sound_ns from the capture to the mix, and whose pictures need
 * picture_ns until they are decoded; each plays as it is told. */
struct peer {
	struct ts_lipsync *lipsync;
	int64_t now_ns, next_picture_ns, next_sound_ns;
	int64_t sound_ns, picture_ns, spread_ns;
	int64_t wait_ns; /* the sound's, as it is: follows what it is told at once */
	int64_t due_ns;  /* of the last picture, from its capture */
	bool no_sound, no_picture;
	int64_t grid_ns; /* ticks are there, and each period from there; 0: at any moment */
	uint32_t rng;
};

static int64_t next_tick(const struct peer *p, int64_t ns)
{
	return ns + FRAME_NS - 1 - (ns - p->grid_ns + FRAME_NS - 1) % FRAME_NS;
}

static void peer_init(struct peer *p)
{
	*p = (struct peer){.now_ns = 100 * TS_NS_PER_S, .rng = 3};
	p->next_picture_ns = p->next_sound_ns = p->now_ns;
	assert_int_equal(ts_lipsync_create(&p->lipsync), 0);
}

static void picture(struct peer *p)
{
	p->rng = p->rng * 1664525u + 1013904223u;
	int64_t late_ns = p->spread_ns ? (int64_t)(p->rng >> 4) % p->spread_ns : 0;
	int64_t capture_ns = p->now_ns - p->picture_ns - late_ns;
	int64_t due_ns = ts_lipsync_picture(p->lipsync, capture_ns, p->now_ns, 200 * MS);
	assert_true(due_ns >= p->now_ns && due_ns <= p->now_ns + 200 * MS);
	p->due_ns = due_ns - capture_ns;
	int64_t tick_ns = p->grid_ns ? next_tick(p, due_ns)
				     : due_ns + (int64_t)(p->rng >> 4) % FRAME_NS;
	ts_lipsync_shown(p->lipsync, capture_ns, due_ns, tick_ns);
}

static void play(struct peer *p, int64_t for_ns)
{
	for (int64_t end = p->now_ns + for_ns; p->now_ns < end; p->now_ns += MS) {
		if (p->now_ns >= p->next_sound_ns) {
			if (!p->no_sound)
				p->wait_ns = ts_lipsync_sound(p->lipsync, p->sound_ns + p->wait_ns,
					p->sound_ns, p->now_ns);
			p->next_sound_ns += 20 * MS;
		}
		if (p->now_ns >= p->next_picture_ns) {
			if (!p->no_picture) picture(p);
			p->next_picture_ns += FRAME_NS;
		}
	}
}

static struct ts_lipsync_info info_of(const struct peer *p)
{
	struct ts_lipsync_info info;
	ts_lipsync_info(p->lipsync, &info, p->now_ns);
	return info;
}

static void whichever_is_early_waits(void **state)
{
	static const struct {
		const char *name;
		int sound_ms, picture_ms, spread_ms;
		int wait_ms; /* of the sound */
		int skew_ms, within;
	} rows[] = {
		{"alike", 40, 25, 0, 0, 0, 10},
		{"sound late: the picture waits", 160, 30, 10, 0, 0, 10},
		{"picture 120 ms late", 40, 160, 0, 136, 0, 12},
		{"picture 120 ms late, unevenly", 40, 150, 20, 142, 0, 15},
		{"room system", 60, 200, 5, 160, 0, 12},
		{"too late for the sound", 40, 400, 0, 200, 176, 12},
		{"too late for the picture", 500, 40, 0, 0, -244, 12},
		{"a lie", 40, 4000, 0, 0, 3976, 20},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct peer p;
		peer_init(&p);
		p.sound_ns = rows[i].sound_ms * MS;
		p.picture_ns = rows[i].picture_ms * MS;
		p.spread_ns = rows[i].spread_ms * MS;
		play(&p, 10 * TS_NS_PER_S);
		struct ts_lipsync_info info = info_of(&p);
		assert_true(info.known);
		print_message("  %-32s sound waits %3lld ms, picture behind it by %lld ms\n",
			rows[i].name, (long long)(info.sound_wait_ns / MS),
			(long long)(info.skew_ns / MS));
		assert_true(llabs(info.skew_ns - rows[i].skew_ms * MS) <= rows[i].within * MS);
		assert_true(llabs(info.sound_wait_ns - rows[i].wait_ms * MS) <= 12 * MS);
		ts_lipsync_unref(&p.lipsync);
		assert_null(p.lipsync);
	}
}

/* Pictures that always come as long before a tick are shown as long after they are due. */
static void where_ticks_fall_does_not_matter(void **state)
{
	static const int sounds_ms[] = {40, 90, 160}, pictures_ms[] = {30, 90, 160};
	(void)state;
	for (int i = 0; i < 3; i++) {
		int64_t worst_ns = 0;
		for (int phase_ms = 1; phase_ms < 33; phase_ms += 3) {
			struct peer p;
			peer_init(&p);
			p.grid_ns = p.now_ns - TS_NS_PER_S + phase_ms * MS;
			p.sound_ns = sounds_ms[i] * MS;
			p.picture_ns = pictures_ms[2 - i] * MS;
			play(&p, 10 * TS_NS_PER_S);
			int64_t skew_ns = info_of(&p).skew_ns;
			/* a picture may be half a tick before a sound that does not wait */
			if (!p.wait_ns && skew_ns < 0 && skew_ns >= -TS_LIPSYNC_TICK_NS)
				skew_ns = 0;
			if (llabs(skew_ns) > worst_ns) worst_ns = llabs(skew_ns);
			ts_lipsync_unref(&p.lipsync);
		}
		print_message("  sound needs %d, pictures %d ms: off by %lld ms at most\n",
			sounds_ms[i], pictures_ms[2 - i], (long long)(worst_ns / MS));
		assert_true(worst_ns <= 9 * MS);
	}
}

/* The sound does not wander with every picture. */
static void sound_moves_seldom(void **state)
{
	struct peer p;
	int moves = 0;
	(void)state;
	peer_init(&p);
	p.sound_ns = 40 * MS;
	p.picture_ns = 140 * MS;
	p.spread_ns = 30 * MS;
	play(&p, 5 * TS_NS_PER_S);
	for (int i = 0; i < 3000; i++) {
		int64_t was = p.wait_ns;
		play(&p, 20 * MS);
		moves += p.wait_ns != was;
	}
	print_message("  %d moves in a minute\n", moves);
	assert_true(moves <= 20);
	ts_lipsync_unref(&p.lipsync);
}

static void a_stall_of_the_picture_is_forgotten(void **state)
{
	struct peer p;
	(void)state;
	peer_init(&p);
	p.sound_ns = 40 * MS;
	p.picture_ns = 30 * MS;
	play(&p, 5 * TS_NS_PER_S);
	p.no_picture = true;
	play(&p, 500 * MS);
	p.no_picture = false;
	p.picture_ns = 300 * MS; /* what had queued up comes late, for a while */
	play(&p, 300 * MS);
	p.picture_ns = 20 * MS;
	play(&p, 1 * TS_NS_PER_S);
	assert_int_equal(p.wait_ns, 0); /* the sound did not even begin to wait */
	play(&p, 3 * TS_NS_PER_S);
	assert_int_equal(p.wait_ns, 0);
	assert_true(llabs(info_of(&p).skew_ns) <= 40 * MS);
	ts_lipsync_unref(&p.lipsync);
}

static void one_alone_waits_for_nothing(void **state)
{
	struct peer p;
	(void)state;
	peer_init(&p);
	p.sound_ns = 40 * MS;
	p.picture_ns = 200 * MS;
	play(&p, 5 * TS_NS_PER_S);
	assert_true(p.wait_ns > 100 * MS);
	p.no_picture = true; /* the camera is off */
	play(&p, 4 * TS_NS_PER_S);
	assert_int_equal(p.wait_ns, 0);
	assert_false(info_of(&p).known);
	p.no_picture = false;
	p.picture_ns = 30 * MS;
	p.sound_ns = 200 * MS;
	play(&p, 2 * TS_NS_PER_S);
	assert_true(p.due_ns > 150 * MS);
	p.no_sound = true;
	play(&p, 6 * TS_NS_PER_S);
	assert_int_equal(p.due_ns, 30 * MS);
	assert_false(info_of(&p).known);
	ts_lipsync_unref(&p.lipsync);
}

static void without_capture_times_all_is_as_it_comes(void **state)
{
	struct ts_lipsync *l;
	struct ts_lipsync_info info;
	(void)state;
	assert_int_equal(ts_lipsync_create(&l), 0);
	ts_lipsync_sound(l, 200 * MS, 200 * MS, 1000 * MS);
	assert_int_equal(ts_lipsync_picture(l, TS_CAPTURE_UNKNOWN, 1000 * MS, 200 * MS), 1000 * MS);
	ts_lipsync_shown(l, TS_CAPTURE_UNKNOWN, 1000 * MS, 1001 * MS);
	ts_lipsync_info(l, &info, 1002 * MS);
	assert_false(info.known);
	assert_int_equal(info.picture_ns, 0);
	ts_lipsync_unref(&l);
	ts_lipsync_unref(&l); /* none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whichever_is_early_waits),
		cmocka_unit_test(where_ticks_fall_does_not_matter),
		cmocka_unit_test(sound_moves_seldom),
		cmocka_unit_test(a_stall_of_the_picture_is_forgotten),
		cmocka_unit_test(one_alone_waits_for_nothing),
		cmocka_unit_test(without_capture_times_all_is_as_it_comes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
