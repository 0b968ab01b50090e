#include "control/http/patience.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

enum { VISITS = 64 };
#define LIMIT_NS 1000

static struct ts_patience patience;
static struct ts_visit visit[VISITS];
static char cut[VISITS]; /* 'l': late, 'f': too many */
static int n_cut;

static void on_cut(struct ts_visit *v, bool late)
{
	assert_int_equal(cut[v - visit], 0);
	cut[v - visit] = late ? 'l' : 'f';
	n_cut++;
}

static void start(size_t max, size_t max_per_address)
{
	memset(visit, 0, sizeof(visit));
	memset(cut, 0, sizeof(cut));
	n_cut = 0;
	ts_patience_init(&patience,
		&(struct ts_patience_config){.limit_ns = LIMIT_NS,
			.max = max,
			.max_per_address = max_per_address,
			.cut = on_cut});
}

static void end(void)
{
	for (int i = 0; i < VISITS; i++)
		if (visit[i].link.data) ts_patience_close(&patience, &visit[i]);
	ts_patience_fini(&patience);
}

static void cuts_who_is_late(void **state)
{
	(void)state;
	start(10, 10);
	assert_true(ts_patience_due_ns(&patience) == INT64_MAX);
	ts_patience_open(&patience, &visit[0], "a", 0);
	ts_patience_open(&patience, &visit[1], "a", 10);
	ts_patience_open(&patience, &visit[2], NULL, 20);
	assert_int_equal(ts_patience_due_ns(&patience), LIMIT_NS);
	ts_patience_stop(&patience, &visit[0]); /* is served, for as long as it takes */
	assert_int_equal(ts_patience_due_ns(&patience), 10 + LIMIT_NS);
	ts_patience_expire(&patience, 9 + LIMIT_NS);
	assert_int_equal(n_cut, 0);
	ts_patience_expire(&patience, 10 + LIMIT_NS);
	assert_int_equal(n_cut, 1);
	assert_int_equal(cut[1], 'l');
	ts_patience_wait(&patience, &visit[0], 5000); /* its next request */
	ts_patience_wait(&patience, &visit[1], 5000); /* too late: it is closing */
	ts_patience_expire(&patience, 5000);
	assert_int_equal(cut[2], 'l');
	assert_int_equal(ts_patience_due_ns(&patience), 5000 + LIMIT_NS);
	ts_patience_expire(&patience, 6000);
	assert_int_equal(cut[0], 'l');
	assert_int_equal(n_cut, 3);
	assert_true(ts_patience_due_ns(&patience) == INT64_MAX);
	end();
}

static void waiting_again_takes_the_last_place(void **state)
{
	(void)state;
	start(3, 3);
	for (int i = 0; i < 3; i++) ts_patience_open(&patience, &visit[i], "a", i);
	ts_patience_wait(&patience, &visit[0], 10);
	ts_patience_open(&patience, &visit[3], "a", 11);
	ts_patience_open(&patience, &visit[4], "a", 12);
	ts_patience_open(&patience, &visit[5], "a", 13);
	assert_int_equal(cut[1], 'f');
	assert_int_equal(cut[2], 'f');
	assert_int_equal(cut[0], 'f');
	assert_int_equal(n_cut, 3);
	end();
}

static void of_too_many_the_first_goes(void **state)
{
	char address[8];
	(void)state;
	start(4, 2);
	ts_patience_open(&patience, &visit[0], "a", 0);
	ts_patience_open(&patience, &visit[1], "b", 1);
	ts_patience_open(&patience, &visit[2], "b", 2);
	/* the first of its own address, not that of all */
	ts_patience_open(&patience, &visit[3], "b", 3);
	assert_int_equal(cut[1], 'f');
	assert_int_equal(n_cut, 1);
	ts_patience_open(&patience, &visit[4], "c", 4);
	assert_int_equal(n_cut, 1);
	ts_patience_open(&patience, &visit[5], "d", 5);
	assert_int_equal(cut[0], 'f');
	assert_int_equal(n_cut, 2);
	for (int i = 6; i < 40; i++) { /* who is served stays, whoever comes */
		if (i == 6) ts_patience_stop(&patience, &visit[5]);
		snprintf(address, sizeof(address), "%d", i);
		ts_patience_open(&patience, &visit[i], address, i);
	}
	assert_int_equal(cut[5], 0);
	assert_int_equal(n_cut, 2 + 34);
	end();
}

static void when_all_are_served_the_newcomer_goes(void **state)
{
	(void)state;
	start(4, 2);
	for (int i = 0; i < 2; i++) {
		ts_patience_open(&patience, &visit[i], "a", i);
		ts_patience_stop(&patience, &visit[i]);
	}
	ts_patience_open(&patience, &visit[2], "a", 2);
	assert_int_equal(cut[2], 'f');
	for (int i = 3; i < 5; i++) {
		ts_patience_open(&patience, &visit[i], "b", i);
		ts_patience_stop(&patience, &visit[i]);
	}
	ts_patience_open(&patience, &visit[5], "c", 5);
	assert_int_equal(cut[5], 'f');
	assert_int_equal(n_cut, 2);
	ts_patience_close(&patience, &visit[0]); /* room again */
	ts_patience_open(&patience, &visit[6], "a", 6);
	assert_int_equal(n_cut, 2);
	end();
}

static void proxies_have_no_limit_of_their_own(void **state)
{
	(void)state;
	start(20, 2);
	for (int i = 0; i < 20; i++) ts_patience_open(&patience, &visit[i], NULL, i);
	assert_int_equal(n_cut, 0);
	ts_patience_open(&patience, &visit[20], NULL, 20);
	assert_int_equal(cut[0], 'f');
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_who_is_late),
		cmocka_unit_test(waiting_again_takes_the_last_place),
		cmocka_unit_test(of_too_many_the_first_goes),
		cmocka_unit_test(when_all_are_served_the_newcomer_goes),
		cmocka_unit_test(proxies_have_no_limit_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
