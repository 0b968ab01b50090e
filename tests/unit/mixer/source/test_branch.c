/* branch: copies that keep nothing of the pool, are bounded in all, and belong to one at a time. */
#include "mixer/source/branch.h"

#include "base/error.h"
#include "tests/unit/base/cmocka_all.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 64, RING = 512, PAYLOAD = 1200 };

static struct {
	struct ts_packet_pool *pool;
	struct ts_branch *branch;
	atomic_bool done;
} b;

static int make(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	return ts_packet_pool_create(&b.pool, POOL) || ts_branch_create(&b.branch);
}

static int unmake(void **state)
{
	(void)state;
	ts_branch_unref(&b.branch);
	ts_packet_pool_close(&b.pool);
	return 0;
}

static struct ts_packet *packet(int64_t seq)
{
	struct ts_packet *p = ts_packet_get(b.pool);
	assert_non_null(p);
	p->len = PAYLOAD + 12;
	p->payload = p->data + 12;
	p->payload_len = PAYLOAD;
	memset(p->payload, (int)seq, PAYLOAD);
	p->ext_seq = seq;
	return p;
}

static void push(struct ts_branch *branch, int64_t seq)
{
	struct ts_packet *p = packet(seq);
	ts_branch_push(branch, p);
	ts_packet_unref(&p);
}

static int drain(struct ts_branch *branch)
{
	struct ts_packet *p;
	int n = 0;
	for (; (p = ts_branch_pop(branch)); n++) ts_branch_free(&p);
	return n;
}

static void who_never_pops_keeps_nothing_of_the_pool(void **state)
{
	struct ts_packet *p[POOL];
	(void)state;
	assert_int_equal(ts_branch_open(b.branch), 0);
	for (int i = 0; i < 2 * RING; i++) push(b.branch, i);
	for (int i = 0; i < POOL; i++) p[i] = packet(i); /* all of them are there */
	for (int i = 0; i < POOL; i++) ts_packet_unref(&p[i]);
	assert_int_equal(drain(b.branch), RING);
}

static void what_is_popped_is_a_copy(void **state)
{
	struct ts_packet *p = packet(7);
	(void)state;
	ts_branch_open(b.branch);
	ts_branch_push(b.branch, p);
	p->gap = 1;
	p->level = 3;
	memset(p->buf, 0, sizeof(p->buf));
	ts_packet_unref(&p);
	p = ts_branch_pop(b.branch);
	assert_non_null(p);
	assert_int_equal(p->gap, 0);
	assert_int_equal(p->level, 0);
	assert_int_equal(p->ext_seq, 7);
	assert_int_equal(p->payload_len, PAYLOAD);
	for (int i = 0; i < PAYLOAD; i++) assert_int_equal(p->payload[i], 7);
	ts_branch_free(&p);
	assert_null(ts_branch_pop(b.branch));
}

static void all_together_are_bounded(void **state)
{
	enum { N = TS_BRANCHES_BYTES / (RING * PAYLOAD) + 2 };
	struct ts_branch *many[N];
	int n = 0;
	(void)state;
	for (int i = 0; i < N; i++) {
		assert_int_equal(ts_branch_create(&many[i]), 0);
		ts_branch_open(many[i]);
		for (int k = 0; k < RING; k++) push(many[i], k);
	}
	for (int i = 0; i < N - 1; i++) n += drain(many[i]);
	assert_in_range(n, TS_BRANCHES_BYTES / (PAYLOAD + 400), TS_BRANCHES_BYTES / PAYLOAD);
	assert_true(n < (N - 1) * RING);
	/* there is room again; what is left within one goes with it */
	push(b.branch, 1);
	assert_int_equal(drain(b.branch), 0); /* it is not open */
	for (int k = 0; k < RING; k++) push(many[0], k);
	assert_int_equal(drain(many[0]), RING);
	for (int i = 0; i < N; i++) ts_branch_unref(&many[i]);
	ts_branch_open(b.branch);
	for (int k = 0; k < RING; k++) push(b.branch, k);
	assert_int_equal(drain(b.branch), RING);
}

static void it_is_of_one_until_that_has_left(void **state)
{
	(void)state;
	assert_int_equal(ts_branch_open(b.branch), 0);
	assert_int_equal(ts_branch_open(b.branch), TS_EEXIST);
	push(b.branch, 1);
	ts_branch_close(b.branch);
	push(b.branch, 2);
	assert_int_equal(ts_branch_open(b.branch), TS_EEXIST);
	assert_false(ts_branch_is_open(b.branch));
	assert_int_equal(drain(b.branch), 1);
	ts_branch_leave(b.branch);
	assert_int_equal(ts_branch_open(b.branch), 0);
	assert_int_equal(drain(b.branch), 0);
}

static void *pop(void *arg)
{
	int64_t *last = arg;
	struct ts_packet *p;
	bool done;
	do {
		done = atomic_load(&b.done);
		while ((p = ts_branch_pop(b.branch))) {
			if (p->ext_seq <= *last || p->gap || p->level) abort();
			*last = p->ext_seq;
			ts_branch_free(&p);
		}
	} while (!done);
	return NULL;
}

/* As the source does, which says what is lost before it. */
static void who_pushed_may_write_on(void **state)
{
	int64_t last = 0;
	pthread_t popper;
	(void)state;
	ts_branch_open(b.branch);
	assert_int_equal(pthread_create(&popper, NULL, pop, &last), 0);
	for (int i = 1; i <= 5000; i++) {
		struct ts_packet *p = packet(i);
		ts_branch_push(b.branch, p);
		p->gap = p->level = 1;
		ts_packet_unref(&p);
	}
	atomic_store(&b.done, true);
	pthread_join(popper, NULL);
	assert_true(last > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(who_never_pops_keeps_nothing_of_the_pool),
		TEST(what_is_popped_is_a_copy),
		TEST(all_together_are_bounded),
		TEST(it_is_of_one_until_that_has_left),
		TEST(who_pushed_may_write_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
