#include "mixer/sink/queue.h"

#include "base/clock.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ts_unit_queue *queue;
static AVPacket *packet;
static uint8_t bytes[4096];

static int make(void **state)
{
	(void)state;
	const struct ts_unit_limits limits = {100 * 1024, 2 * TS_NS_PER_S};
	packet = av_packet_alloc();
	packet->data = bytes;
	packet->size = sizeof(bytes);
	return ts_unit_queue_create(&queue, &limits);
}

static int unmake(void **state)
{
	(void)state;
	packet->data = NULL;
	av_packet_free(&packet);
	ts_unit_queue_unref(&queue);
	return 0;
}

static bool push(enum ts_unit_kind kind, bool key, int64_t ms)
{
	const struct ts_unit unit = {.kind = kind,
		.packet = packet,
		.key = key,
		.tap = kind == TS_UNIT_VIDEO,
		.time_ns = ms * TS_NS_PER_MS};
	return ts_unit_queue_push(queue, &unit);
}

/* Returns how many there were. */
static int take_all(void)
{
	int n = 0;
	struct ts_unit *unit = ts_unit_queue_take(queue);
	for (; unit; n++) {
		struct ts_unit *next = unit->next;
		ts_unit_queue_release(queue, unit);
		unit = next;
	}
	return n;
}

static void test_keeps_the_order(void **state)
{
	(void)state;
	assert_true(push(TS_UNIT_VIDEO, true, 1));
	assert_true(push(TS_UNIT_AUDIO, true, 2));
	assert_true(ts_unit_queue_command(queue, TS_UNIT_PAUSE, 3));
	struct ts_unit *unit = ts_unit_queue_take(queue);
	const enum ts_unit_kind kinds[] = {TS_UNIT_VIDEO, TS_UNIT_AUDIO, TS_UNIT_PAUSE};
	for (int i = 0; i < 3; i++) {
		struct ts_unit *next = unit->next;
		assert_int_equal(unit->kind, kinds[i]);
		if (unit->packet) {
			assert_ptr_not_equal(unit->packet->data, bytes); /* a copy of its own */
			assert_int_equal(unit->packet->size, sizeof(bytes));
		}
		ts_unit_queue_release(queue, unit);
		unit = next;
	}
	assert_null(unit);
	assert_null(ts_unit_queue_take(queue));
}

static void test_full_drops_up_to_the_next_keyframe(void **state)
{
	(void)state;
	int n = 0;
	while (push(TS_UNIT_VIDEO, n == 0, n)) n++;
	assert_in_range(n, 20, 25);                           /* 100 kB of 4 kB each */
	assert_false(ts_unit_queue_needs_keyframe(queue, 0)); /* there is no room for one */
	assert_true(push(TS_UNIT_AUDIO, true, n));            /* sound goes on */
	assert_int_equal(take_all(), n + 1);
	assert_true(ts_unit_queue_needs_keyframe(queue, 0));
	assert_false(push(TS_UNIT_VIDEO, false, n + 1)); /* there is room, but a hole before it */
	assert_true(push(TS_UNIT_VIDEO, true, n + 2));
	assert_false(ts_unit_queue_needs_keyframe(queue, 0));
	assert_true(push(TS_UNIT_VIDEO, false, n + 3));
	assert_int_equal(ts_unit_queue_dropped(queue), 2);
}

static void test_bounded_in_time(void **state)
{
	(void)state;
	packet->size = 10;
	assert_true(push(TS_UNIT_VIDEO, true, 1000));
	assert_true(push(TS_UNIT_VIDEO, false, 2900));
	assert_false(push(TS_UNIT_VIDEO, false, 3100));
	assert_int_equal(take_all(), 2);
	/* after a while with nothing in it, time counts anew */
	assert_true(push(TS_UNIT_VIDEO, true, 900000));
	assert_true(push(TS_UNIT_VIDEO, false, 901000));
}

static void test_idle_takes_nothing_and_drops_nothing(void **state)
{
	(void)state;
	ts_unit_queue_set_idle(queue, true);
	assert_false(push(TS_UNIT_VIDEO, true, 1));
	assert_int_equal(ts_unit_queue_dropped(queue), 0);
	ts_unit_queue_set_idle(queue, false);
	assert_true(push(TS_UNIT_VIDEO, true, 2));
}

enum { EACH = 2000 };

static void *push_many(void *arg)
{
	for (int i = 0; i < EACH; i++) {
		const struct ts_unit unit = {.kind = TS_UNIT_AUDIO,
			.packet = packet,
			.tap = *(const uint32_t *)arg,
			.time_ns = i};
		ts_unit_queue_push(queue, &unit);
	}
	return NULL;
}

/* From two threads: none is lost that was not refused, and each thread's order stays. */
static void test_two_who_push(void **state)
{
	(void)state;
	static const uint32_t who[2] = {1, 2};
	pthread_t thread[2];
	int64_t last[3] = {-1, -1, -1}, taken = 0;
	packet->size = 10;
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, push_many, (void *)(uintptr_t)&who[i]);
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 2000; i++) {
			struct ts_unit *unit = ts_unit_queue_take(queue);
			for (; unit; taken++) {
				struct ts_unit *next = unit->next;
				assert_true(unit->time_ns > last[unit->tap]);
				last[unit->tap] = unit->time_ns;
				ts_unit_queue_release(queue, unit);
				unit = next;
			}
		}
		for (int i = 0; i < 2 && !turn; i++) pthread_join(thread[i], NULL);
	}
	assert_int_equal(taken + ts_unit_queue_dropped(queue), 2 * EACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keeps_the_order, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_full_drops_up_to_the_next_keyframe, make, unmake),
		cmocka_unit_test_setup_teardown(test_bounded_in_time, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_idle_takes_nothing_and_drops_nothing, make, unmake),
		cmocka_unit_test_setup_teardown(test_two_who_push, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
