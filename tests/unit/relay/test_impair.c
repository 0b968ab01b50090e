#include "base/clock.h"
#include "base/error.h"
#include "tests/relay/impair.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 200000 };
#define MS TS_NS_PER_MS

static void assert_near(double is, double want, double tolerance)
{
	if (fabs(is - want) > tolerance) print_message("%g is not %g +- %g\n", is, want, tolerance);
	assert_true(fabs(is - want) <= tolerance);
}

/* Without a bottleneck in front of it. */
static int send_one(struct ts_impair *im, size_t bytes, int64_t now_ns, int64_t *due_ns)
{
	struct ts_impair_fate fate;
	ts_impair_draw(im, bytes, &fate);
	return ts_impair_out(im, &fate, now_ns, due_ns);
}

static void nothing_is_done_by_default(void **state)
{
	(void)state;
	struct ts_impair im;
	ts_impair_init(&im, &(struct ts_impair_config){0}, 1);
	for (int i = 1; i < 1000; i++) {
		int64_t due_ns;
		assert_int_equal(send_one(&im, 1200, i * MS, &due_ns), 0);
		assert_int_equal(due_ns, i * MS);
	}
	assert_int_equal(im.stats.in, 999);
	assert_int_equal(im.stats.bytes_in, 999 * 1200);
}

static void losses_have_their_rate_and_are_independent(void **state)
{
	(void)state;
	struct ts_impair im;
	int lost = 0, pairs = 0, before = 0;
	ts_impair_init(&im, &(struct ts_impair_config){.loss = 0.05}, 3);
	for (int i = 0; i < N; i++) {
		int64_t due_ns;
		const int now = send_one(&im, 100, i, &due_ns) == TS_EAGAIN;
		lost += now;
		pairs += now && before;
		before = now;
	}
	assert_near((double)lost / N, 0.05, 0.002);
	assert_near((double)pairs / lost, 0.05, 0.01);
	assert_int_equal(im.stats.lost, lost);
	assert_int_equal(im.stats.lost_in_bursts, 0);
}

static void bursts_have_their_rate_and_length(void **state)
{
	(void)state;
	static const struct {
		double share, len;
	} table[] = {{0.05, 5}, {0.02, 20}, {0.3, 3}, {0.1, 1}};
	for (size_t t = 0; t < sizeof(table) / sizeof(table[0]); t++) {
		struct ts_impair im;
		int lost = 0, bursts = 0, before = 0;
		ts_impair_init(&im,
			&(struct ts_impair_config){
				.burst = table[t].share, .burst_len = table[t].len},
			5 + t);
		for (int i = 0; i < N; i++) {
			int64_t due_ns;
			const int now = send_one(&im, 100, i, &due_ns) == TS_EAGAIN;
			lost += now;
			bursts += now && !before;
			before = now;
		}
		assert_near((double)lost / N, table[t].share, 0.1 * table[t].share);
		assert_near((double)lost / bursts, table[t].len, 0.1 * table[t].len);
		assert_int_equal(im.stats.lost_in_bursts, lost);
	}
}

static void jitter_is_uniform_and_keeps_order(void **state)
{
	(void)state;
	struct ts_impair im;
	int64_t last_ns = 0;
	double sum_ms = 0, least_ms = 1e9, most_ms = 0;
	ts_impair_init(
		&im, &(struct ts_impair_config){.delay_ns = 40 * MS, .jitter_ns = 30 * MS}, 1);
	for (int i = 0; i < N; i++) { /* far enough apart that order does not bend the delays */
		int64_t due_ns;
		const int64_t now_ns = i * 50 * MS;
		assert_int_equal(send_one(&im, 100, now_ns, &due_ns), 0);
		assert_true(due_ns > last_ns);
		last_ns = due_ns;
		const double ms = (double)(due_ns - now_ns) / MS;
		sum_ms += ms;
		least_ms = fmin(least_ms, ms);
		most_ms = fmax(most_ms, ms);
	}
	assert_near(sum_ms / N, 55, 0.2);
	assert_near(least_ms, 40, 0.1);
	assert_near(most_ms, 70, 0.1);

	ts_impair_init(&im, &(struct ts_impair_config){.jitter_ns = 100 * MS}, 1);
	last_ns = 0;
	for (int i = 0; i < N; i++) { /* and close together */
		int64_t due_ns;
		send_one(&im, 100, i * MS, &due_ns);
		assert_true(due_ns > last_ns && due_ns >= i * MS && due_ns <= (i + 100) * MS + N);
		last_ns = due_ns;
	}
}

static void some_are_held_back_and_overtaken(void **state)
{
	(void)state;
	struct ts_impair im;
	int64_t latest_ns = 0;
	int overtaken = 0;
	ts_impair_init(&im,
		&(struct ts_impair_config){
			.delay_ns = 10 * MS, .reorder = 0.02, .reorder_by_ns = 25 * MS},
		9);
	for (int i = 0; i < N; i++) {
		int64_t due_ns;
		const int64_t now_ns = i * 10 * MS;
		assert_int_equal(send_one(&im, 100, now_ns, &due_ns), 0);
		const int64_t late_ns = due_ns - now_ns - 10 * MS;
		assert_true(late_ns == 0 || late_ns == 25 * MS);
		overtaken += due_ns < latest_ns;
		if (due_ns > latest_ns) latest_ns = due_ns;
	}
	assert_near((double)im.stats.held_back / N, 0.02, 0.002);
	/* 25 ms late, 10 ms apart: two pass */
	assert_near((double)overtaken / (double)im.stats.held_back, 2, 0.1);
}

static void some_come_twice(void **state)
{
	(void)state;
	struct ts_impair im;
	struct ts_impair_fate fate;
	int twice = 0;
	ts_impair_init(&im, &(struct ts_impair_config){.twice = 0.03, .twice_by_ns = 4 * MS}, 9);
	for (int i = 0; i < N; i++) {
		int64_t due_ns;
		ts_impair_draw(&im, 100, &fate);
		assert_int_equal(ts_impair_out(&im, &fate, (i + 1) * MS, &due_ns), 0);
		assert_int_equal(due_ns, (i + 1) * MS);
		assert_true(fate.twice_by_ns == 0 || fate.twice_by_ns == 4 * MS);
		twice += fate.twice_by_ns > 0;
	}
	assert_near((double)twice / N, 0.03, 0.002);
	assert_int_equal(im.stats.twice, twice);
}

static void the_bottleneck_is_as_set(void **state)
{
	(void)state;
	struct ts_impair im;
	struct ts_link_config link;
	ts_impair_init(&im, &(struct ts_impair_config){.rate_bps = 500000}, 1);
	ts_impair_link(&im, &link);
	assert_int_equal(link.rate_bps, 500000);
	assert_int_equal(link.queue_ns, 200 * MS);
	assert_int_equal(link.queue_bytes, 0);
}

static void the_seed_decides(void **state)
{
	(void)state;
	const struct ts_impair_config config = {
		.loss = 0.1, .burst = 0.1, .jitter_ns = 50 * MS, .reorder = 0.1};
	struct ts_impair a, b, c, d;
	int differ = 0;
	ts_impair_init(&a, &config, 1);
	ts_impair_init(&b, &config, 1);
	ts_impair_init(&c, &config, 2);
	/* other delays must not change which ones are lost */
	ts_impair_init(
		&d, &(struct ts_impair_config){.loss = 0.1, .burst = 0.1, .delay_ns = 7 * MS}, 1);
	for (int i = 0; i < 10000; i++) {
		int64_t due_a = 0, due_b = 0, due_c = 0, due_d = 0;
		const int err_a = send_one(&a, 100, i * MS, &due_a),
			  err_b = send_one(&b, 100, i * MS, &due_b);
		const int err_c = send_one(&c, 100, i * MS, &due_c),
			  err_d = send_one(&d, 100, i * MS, &due_d);
		assert_true(err_a == err_b && due_a == due_b);
		assert_int_equal(err_a, err_d);
		differ += err_a != err_c;
	}
	assert_true(differ > 1000);
}

static void settings_change_on_the_way(void **state)
{
	(void)state;
	struct ts_impair im;
	int64_t due_ns;
	ts_impair_init(&im, &(struct ts_impair_config){.loss = 1}, 1);
	for (int i = 0; i < 100; i++) assert_int_equal(send_one(&im, 1, i, &due_ns), TS_EAGAIN);
	ts_impair_set(&im, &(struct ts_impair_config){.burst = 1});
	for (int i = 0; i < 100; i++) assert_int_equal(send_one(&im, 1, i, &due_ns), TS_EAGAIN);
	ts_impair_set(&im, &(struct ts_impair_config){0});
	for (int i = 0; i < 100; i++) assert_int_equal(send_one(&im, 1, i, &due_ns), 0);
	assert_int_equal(im.stats.in, 300);
}

static void options_are_read(void **state)
{
	(void)state;
	struct ts_impair_config c = {0};
	assert_int_equal(ts_impair_option(&c, "loss", "5"), 0);
	assert_near(c.loss, 0.05, 1e-9);
	assert_int_equal(ts_impair_option(&c, "burst", "0.5%"), 0);
	assert_near(c.burst, 0.005, 1e-9);
	assert_int_equal(ts_impair_option(&c, "burst-len", "8"), 0);
	assert_near(c.burst_len, 8, 1e-9);
	assert_int_equal(ts_impair_option(&c, "delay", "30ms"), 0);
	assert_int_equal(c.delay_ns, 30 * MS);
	assert_int_equal(ts_impair_option(&c, "jitter", "30"), 0);
	assert_int_equal(c.jitter_ns, 30 * MS);
	assert_int_equal(ts_impair_option(&c, "queue", "1.5s"), 0);
	assert_int_equal(c.queue_ns, 1500 * MS);
	assert_int_equal(ts_impair_option(&c, "rate", "800k"), 0);
	assert_int_equal(c.rate_bps, 800000);
	assert_int_equal(ts_impair_option(&c, "rate", "1.5M"), 0);
	assert_int_equal(c.rate_bps, 1500000);
	assert_int_equal(ts_impair_option(&c, "queue-bytes", "64k"), 0);
	assert_int_equal(c.queue_bytes, 64000);
	assert_int_equal(ts_impair_option(&c, "twice", "2"), 0);
	assert_near(c.twice, 0.02, 1e-9);

	static const char *const bad[][2] = {{"loss", ""}, {"loss", "x"}, {"loss", "101"},
		{"loss", "-1"}, {"loss", "5ms"}, {"loss", "nan"}, {"delay", "3 ms"},
		{"delay", "1h"}, {"rate", "1G"}, {"rate", "1e20"}};
	const struct ts_impair_config before = c;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ts_impair_option(&c, bad[i][0], bad[i][1]), TS_EINVAL);
	assert_int_equal(ts_impair_option(&c, "colour", "5"), TS_ENOTFOUND);
	assert_memory_equal(&c, &before, sizeof(c));

	const char *name, *help;
	size_t n = 0;
	while (ts_impair_option_help(n, &name, &help)) {
		assert_int_equal(ts_impair_option(&c, name, "1"), 0);
		n++;
	}
	assert_int_equal(n, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_done_by_default),
		cmocka_unit_test(losses_have_their_rate_and_are_independent),
		cmocka_unit_test(bursts_have_their_rate_and_length),
		cmocka_unit_test(jitter_is_uniform_and_keeps_order),
		cmocka_unit_test(some_are_held_back_and_overtaken),
		cmocka_unit_test(some_come_twice),
		cmocka_unit_test(the_bottleneck_is_as_set),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(settings_change_on_the_way),
		cmocka_unit_test(options_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
