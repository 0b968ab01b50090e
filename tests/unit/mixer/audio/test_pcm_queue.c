#include "mixer/audio/pcm_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME };
#define RATIO(speed) ((uint64_t)((speed)*4294967296.0))

static struct ts_pcm_queue queue;
static int16_t frame[N];
static int16_t next; /* sample: they count up */

static int setup(void **state)
{
	(void)state;
	memset(&queue, 0, sizeof queue);
	ts_resample_prepare();
	next = 1000;
	return 0;
}

static void write_sound(int n)
{
	for (int i = 0; i < n; i++) {
		*ts_pcm_queue_at(&queue, queue.count++) = next++;
		if (next > 20000) next = 1000;
	}
}

static void what_goes_in_comes_out_a_little_later(void **state)
{
	(void)state;
	ts_pcm_queue_silence(&queue, N);
	assert_int_equal(queue.quiet, N);
	assert_false(ts_pcm_queue_take(&queue, frame, NULL));
	write_sound(2 * N);
	assert_true(ts_pcm_queue_take(&queue, frame, NULL));
	assert_int_equal(frame[TS_RESAMPLE_SIDE - 1], 0);
	assert_int_equal(frame[TS_RESAMPLE_SIDE], 1000);
	assert_int_equal(frame[N - 1], 1000 + N - 1 - TS_RESAMPLE_SIDE);
	assert_true(ts_pcm_queue_take(&queue, frame, NULL));
	assert_int_equal(frame[0], 1000 + N - TS_RESAMPLE_SIDE);
	ts_pcm_queue_silence(&queue, 2 * N);
	assert_true(ts_pcm_queue_take(&queue, frame, NULL)); /* the last 16 samples */
	assert_int_equal(frame[TS_RESAMPLE_SIDE], 0);
	assert_false(ts_pcm_queue_take(&queue, frame, NULL));
	assert_int_equal(queue.count, 0);
}

/* What is skipped ends as what follows it. */
static void a_skip_is_joined(void **state)
{
	(void)state;
	write_sound(N);
	next = 15000;
	write_sound(N);
	ts_pcm_queue_skip(&queue, N);
	assert_int_equal(queue.count, N);
	next = 3000;
	write_sound(N);
	ts_pcm_queue_join(&queue, N);
	const int16_t *joined = ts_pcm_queue_at(&queue, N);
	assert_in_range(joined[0], 14000, 15000);
	assert_in_range(joined[TS_PCM_QUEUE_SEAM / 2], 8000, 10500);
	assert_int_equal(joined[TS_PCM_QUEUE_SEAM], 3000 + TS_PCM_QUEUE_SEAM);
}

/* A slow one needs fewer samples than a frame has, and there are no more: silence takes what is
 * there. */
static void silence_of_a_bent_one_takes_no_more_than_there_is(void **state)
{
	(void)state;
	for (int needs = 956; needs <= 966; needs++) {
		setup(NULL);
		ts_pcm_queue_bend(&queue, RATIO((needs - 0.5) / N));
		assert_int_equal(ts_pcm_queue_needs(&queue), needs);
		ts_pcm_queue_silence(&queue, needs);
		assert_false(ts_pcm_queue_take(&queue, frame, NULL));
		assert_false(queue.bent);
		assert_in_range(queue.count, 0, 6);
	}
}

static void whatever_comes_the_count_is_true(void **state)
{
	(void)state;
	uint32_t rng = 5;
	for (int tick = 0; tick < 20000; tick++) {
		rng = rng * 1664525u + 1013904223u;
		if (rng >> 28 == 0) ts_pcm_queue_straighten(&queue);
		if (rng >> 28 > 10)
			ts_pcm_queue_bend(
				&queue, RATIO(0.995 + 0.01 * (double)(rng >> 16 & 255) / 255));
		while (queue.count < ts_pcm_queue_needs(&queue)) {
			rng = rng * 1664525u + 1013904223u;
			int n = (int)(1 + (rng >> 24) % 16) * 120;
			if (tick % 50 < 25)
				ts_pcm_queue_silence(&queue, n);
			else
				write_sound(n);
			if (rng >> 20 & 1) ts_pcm_queue_cut(&queue, queue.count - n / 2);
		}
		ts_pcm_queue_take(&queue, frame, NULL);
		assert_in_range(queue.count, 0, TS_PCM_QUEUE_MAX);
		assert_in_range(queue.quiet, 0, queue.count);
	}
}

static void when_full_silence_is_shorter(void **state)
{
	(void)state;
	write_sound(TS_PCM_QUEUE_MAX - 100);
	ts_pcm_queue_silence(&queue, 960);
	assert_int_equal(queue.count, TS_PCM_QUEUE_MAX);
	assert_int_equal(ts_pcm_queue_room(&queue), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_goes_in_comes_out_a_little_later, setup),
		cmocka_unit_test_setup(a_skip_is_joined, setup),
		cmocka_unit_test_setup(silence_of_a_bent_one_takes_no_more_than_there_is, setup),
		cmocka_unit_test_setup(whatever_comes_the_count_is_true, setup),
		cmocka_unit_test_setup(when_full_silence_is_shorter, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
