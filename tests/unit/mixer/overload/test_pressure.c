#include "mixer/overload/pressure.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LOOK_NS (250 * TS_NS_PER_MS)

/* 250 ms of four rooms with a quarter of two cores used. */
static const struct ts_load_look before = {.at_ns = 3600 * TS_NS_PER_S,
	.cpu_ns = 77 * TS_NS_PER_S,
	.cores_milli = 2000,
	.sound = {5000, 3, 10},
	.video = {3000, 7, 20},
	.encode_skipped = 9,
	.video_pool = {0, 2},
	.tick_pool = {0, 2},
	.audio_pool = {0, 2}};

static struct ts_load_look later(void)
{
	struct ts_load_look now = before;
	now.at_ns += LOOK_NS;
	now.cpu_ns += LOOK_NS / 2;
	now.sound.run += 50;
	now.video.run += 30;
	return now;
}

static struct ts_pressure of(const struct ts_load_look *now)
{
	struct ts_pressure pressure;
	ts_pressure_of(&pressure, &before, now);
	return pressure;
}

static void quiet(struct ts_load_look *now)
{
	(void)now;
}
static void all_cpu(struct ts_load_look *now)
{
	now->cpu_ns = before.cpu_ns + 2 * LOOK_NS;
}
static void one_core(struct ts_load_look *now)
{
	now->cores_milli = 500;
}
static void sound_skips(struct ts_load_look *now)
{
	now->sound.skipped += 1;
}
static void sound_late(struct ts_load_look *now)
{
	now->sound.delayed += 13;
}
static void ticks_skip(struct ts_load_look *now)
{
	now->video.skipped += 2;
}
static void ticks_late(struct ts_load_look *now)
{
	now->video.delayed += 16;
}
static void encodes_skip(struct ts_load_look *now)
{
	now->encode_skipped += 4;
}
static void decodes_wait(struct ts_load_look *now)
{
	now->video_pool.waiting = 9;
}
static void views_wait(struct ts_load_look *now)
{
	now->tick_pool.waiting = 9;
}
static void sound_waits(struct ts_load_look *now)
{
	now->audio_pool.waiting = 9;
}
static void net_waits(struct ts_load_look *now)
{
	now->net_wait_ns = 60 * TS_NS_PER_MS;
}

static void each_signal_can_be_too_much(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct ts_load_look *now);
		enum ts_pressure_kind kind;
		int least, most;
	} rows[] = {
		{"quiet", quiet, TS_PRESSURE_CPU, 200, 300},
		{"all CPU", all_cpu, TS_PRESSURE_CPU, 1000, 1100},
		{"a quota", one_core, TS_PRESSURE_CPU, 1000, 1100},
		{"a skipped tick of sound", sound_skips, TS_PRESSURE_SOUND_SKIPPED, 1800, 2100},
		{"late sound", sound_late, TS_PRESSURE_SOUND_DELAYED, 1000, 1100},
		{"skipped ticks", ticks_skip, TS_PRESSURE_TICKS_SKIPPED, 1200, 1300},
		{"late ticks", ticks_late, TS_PRESSURE_TICKS_DELAYED, 1000, 1100},
		{"skipped encodes", encodes_skip, TS_PRESSURE_ENCODE_SKIPPED, 1300, 1400},
		{"decodes wait", decodes_wait, TS_PRESSURE_QUEUE_VIDEO, 1100, 1200},
		{"views wait", views_wait, TS_PRESSURE_QUEUE_TICK, 1100, 1200},
		{"sound waits", sound_waits, TS_PRESSURE_QUEUE_SOUND, 1100, 1200},
		{"the net thread is behind", net_waits, TS_PRESSURE_NET, 1200, 1200},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ts_load_look now = later();
		rows[i].change(&now);
		const struct ts_pressure p = of(&now);
		if (p.kind != rows[i].kind || p.permille < rows[i].least ||
			p.permille > rows[i].most)
			fail_msg("%s: %s %d", rows[i].name, ts_pressure_name(p.kind), p.permille);
	}
}

static void the_highest_counts(void **state)
{
	(void)state;
	struct ts_load_look now = later();
	ticks_late(&now);
	net_waits(&now);
	all_cpu(&now);
	assert_int_equal(of(&now).kind, TS_PRESSURE_NET);
}

/* No tick, no thread, no time, numbers that went back or ran away: no division by nothing. */
static void odd_numbers_are_no_pressure(void **state)
{
	(void)state;
	struct ts_load_look now = before;
	assert_int_equal(of(&now).permille, 0); /* the same time */
	now.at_ns -= LOOK_NS;
	assert_int_equal(of(&now).permille, 0);
	now = (struct ts_load_look){.at_ns = before.at_ns + LOOK_NS, .cpu_ns = -1};
	assert_int_equal(of(&now).permille, 0);
	now = later();
	now.cores_milli = 0;
	now.cpu_ns = INT64_MAX;
	now.video_pool = (struct ts_load_pool){5, 0};
	assert_in_range(of(&now).permille, 0, 100000);
	now.cores_milli = 1;
	now.net_wait_ns = INT64_MAX;
	assert_in_range(of(&now).permille, 1000, 100000);
}

static void every_signal_has_a_name(void **state)
{
	(void)state;
	for (int k = 0; k < TS_PRESSURE_COUNT; k++)
		assert_true(strlen(ts_pressure_name((enum ts_pressure_kind)k)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signal_can_be_too_much),
		cmocka_unit_test(the_highest_counts),
		cmocka_unit_test(odd_numbers_are_no_pressure),
		cmocka_unit_test(every_signal_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
