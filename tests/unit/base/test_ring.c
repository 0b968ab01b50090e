#include "base/error.h"
#include "base/ring.h"
#include "tests/unit/base/cmocka_all.h"
#include <pthread.h>
#include <sched.h>

static void *item(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

static void keeps_order_and_refuses_when_full(void **state)
{
	(void)state;
	for (size_t cap = 1; cap <= 8; cap *= 2) {
		struct ts_ring ring;
		assert_int_equal(ts_ring_init(&ring, cap), 0);
		size_t in = 0, out = 0;
		assert_null(ts_ring_pop(&ring));
		for (int round = 0; round < 20; round++) { /* wraps round */
			while (in - out < cap) assert_int_equal(ts_ring_push(&ring, item(in++)), 0);
			assert_int_equal(ts_ring_push(&ring, item(in)), TS_EFULL);
			assert_int_equal(ts_ring_count(&ring), cap);
			for (size_t n = cap - cap / 2; n; n--)
				assert_ptr_equal(ts_ring_pop(&ring), item(out++));
			assert_int_equal(ts_ring_count(&ring), in - out);
		}
		while (out < in) assert_ptr_equal(ts_ring_pop(&ring), item(out++));
		assert_null(ts_ring_pop(&ring));
		ts_ring_fini(&ring);
	}
}

enum { ITEMS = 200000 };
static int payload[ITEMS];

static void *produce(void *arg)
{
	struct ts_ring *ring = arg;
	for (int i = 0; i < ITEMS; i++) {
		payload[i] = i; /* a plain write: ThreadSanitizer checks that push publishes it */
		while (ts_ring_push(ring, &payload[i]) == TS_EFULL) sched_yield();
	}
	return NULL;
}

static void two_threads(void **state)
{
	(void)state;
	struct ts_ring ring;
	assert_int_equal(ts_ring_init(&ring, 64), 0);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, produce, &ring), 0);
	for (int i = 0; i < ITEMS;) {
		int *got = ts_ring_pop(&ring);
		if (!got) {
			sched_yield();
			continue;
		}
		assert_int_equal(*got, i);
		i++;
	}
	pthread_join(thread, NULL);
	assert_null(ts_ring_pop(&ring));
	ts_ring_fini(&ring);
}

/* What is new counts more: full, the oldest makes room. */
static void the_oldest_makes_room(void **state)
{
	struct ts_ring r;
	int item[8];
	(void)state;
	assert_int_equal(ts_ring_init(&r, 4), 0);
	for (int i = 0; i < 4; i++) assert_null(ts_ring_push_newer(&r, &item[i]));
	assert_ptr_equal(ts_ring_push_newer(&r, &item[4]), &item[0]);
	assert_ptr_equal(ts_ring_pop_newer(&r), &item[1]);
	assert_null(ts_ring_push_newer(&r, &item[5]));
	assert_ptr_equal(ts_ring_push_newer(&r, &item[6]), &item[2]);
	for (int i = 3; i < 7; i++) assert_ptr_equal(ts_ring_pop_newer(&r), &item[i]);
	assert_null(ts_ring_pop_newer(&r));
	ts_ring_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_and_refuses_when_full),
		cmocka_unit_test(two_threads),
		cmocka_unit_test(the_oldest_makes_room),
	};
	return cmocka_run_group_tests_name("base/ring", tests, NULL, NULL);
}
