/* Who only listens gets long frames, and who speaks does not. */
#include "mixer/audio/listener.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void as_long_as_they_take(void **state)
{
	static const struct {
		struct ts_audio_limits limits;
		uint8_t loss, most_ms, ms;
	} rows[] = {
		{{.codec = TS_CODEC_OPUS}, 0, 60, 60},
		{{.codec = TS_CODEC_OPUS}, 0, 40, 40},
		{{.codec = TS_CODEC_OPUS}, 0, 20, 0},
		{{.codec = TS_CODEC_OPUS}, 0, 0, 0},
		{{.codec = TS_CODEC_OPUS}, 1, 60, 0},
		{{.codec = TS_CODEC_OPUS, .maxptime_ms = 120}, 0, 60, 60},
		{{.codec = TS_CODEC_OPUS, .maxptime_ms = 60}, 0, 60, 60},
		{{.codec = TS_CODEC_OPUS, .maxptime_ms = 59}, 0, 60, 40},
		{{.codec = TS_CODEC_OPUS, .maxptime_ms = 39}, 0, 60, 0},
		{{.codec = TS_CODEC_OPUS, .ptime_ms = 20}, 0, 60, 0},
		{{.codec = TS_CODEC_OPUS, .ptime_ms = 60}, 0, 60, 0},
		{{.codec = TS_CODEC_PCMU}, 0, 60, 0},
		{{.codec = TS_CODEC_G722}, 0, 60, 0},
		{{.codec = TS_CODEC_NONE}, 0, 60, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ts_audio_way way = {.loss = rows[i].loss};
		assert_int_equal(
			ts_listener_longest(&rows[i].limits, &way, rows[i].most_ms), rows[i].ms);
	}
}

static bool follow(struct ts_listener *l, int64_t ms, bool speaks, bool pause, uint8_t longest_ms)
{
	const struct ts_listener_now now = {.speaks = speaks,
		.pause = pause,
		.longest_ms = longest_ms,
		.now_ns = ms * TS_NS_PER_MS};
	return ts_listener_follow(l, &now);
}

static void after_ten_seconds_in_a_pause(void **state)
{
	struct ts_listener l = {.spoke_ns = 5000 * TS_NS_PER_MS};
	(void)state;
	assert_false(follow(&l, 14999, false, true, 60));
	assert_false(follow(&l, 15000, false, false, 60));
	assert_false(follow(&l, 34999, false, false, 60));
	assert_int_equal(l.frame_ms, 0);
	assert_true(follow(&l, 35000, false, false, 60)); /* they do not stop talking */
	assert_int_equal(l.frame_ms, 60);
	assert_true(follow(&l, 35120, true, false, 60));
	assert_int_equal(l.frame_ms, 0);
	assert_false(follow(&l, 45000, false, true, 60));
	assert_true(follow(&l, 45120, false, true, 60));
	assert_int_equal(l.frame_ms, 60);
	/* less at once, more in a pause */
	assert_true(follow(&l, 45240, false, false, 40));
	assert_int_equal(l.frame_ms, 40);
	assert_false(follow(&l, 45360, false, false, 60));
	assert_true(follow(&l, 45480, false, true, 60));
	assert_true(follow(&l, 45600, false, false, 0));
	assert_int_equal(l.frame_ms, 0);
	/* who speaks all the time */
	for (int ms = 46000; ms < 90000; ms += 120) assert_false(follow(&l, ms, true, false, 60));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_long_as_they_take),
		cmocka_unit_test(after_ten_seconds_in_a_pause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
