#include "base/clock.h"
#include "base/error.h"
#include "base/pipe.h"
#include "base/thread.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

enum { CAP = 40000, ALL = 3 << 20 };

static int64_t soon(void)
{
	return ts_now_ns() + 20 * TS_NS_PER_S; /* never reached */
}

static void takes_all_or_nothing(void **state)
{
	struct ts_pipe *p;
	static uint8_t bytes[CAP], out[CAP];
	(void)state;
	for (size_t i = 0; i < CAP; i++) bytes[i] = (uint8_t)(i * 31);
	assert_int_equal(ts_pipe_create(&p, CAP), 0);
	assert_int_equal(ts_pipe_read(p, out, sizeof out, 0), TS_EAGAIN);
	assert_int_equal(ts_pipe_write(p, bytes, 0), 0);
	assert_int_equal(ts_pipe_write(p, bytes, 30000), 0);
	assert_int_equal(ts_pipe_write(p, bytes, 10001), TS_EFULL);
	assert_int_equal(ts_pipe_write(p, bytes, 10000), 0);
	assert_int_equal(ts_pipe_write(p, bytes, 1), TS_EFULL);
	assert_int_equal(ts_pipe_read(p, out, 29000, soon()), 29000);
	assert_memory_equal(out, bytes, 29000);
	/* around the end of the ring */
	assert_int_equal(ts_pipe_write(p, bytes, 20000), 0);
	assert_int_equal(ts_pipe_read(p, out, CAP, soon()), 31000);
	assert_memory_equal(out, bytes + 29000, 1000);
	assert_memory_equal(out + 1000, bytes, 10000);
	assert_memory_equal(out + 11000, bytes, 20000);
	ts_pipe_unref(&p);
	assert_null(p);
	ts_pipe_unref(&p);
}

static void grows_while_wrapped(void **state)
{
	struct ts_pipe *p;
	static uint8_t bytes[CAP], out[CAP];
	(void)state;
	for (size_t i = 0; i < CAP; i++) bytes[i] = (uint8_t)(i * 7);
	assert_int_equal(ts_pipe_create(&p, CAP), 0);
	assert_int_equal(ts_pipe_write(p, bytes, 12000), 0);
	assert_int_equal(ts_pipe_read(p, out, 10000, soon()), 10000);
	assert_int_equal(ts_pipe_write(p, bytes + 12000, 10000), 0);
	assert_int_equal(ts_pipe_write(p, bytes + 22000, 18000), 0);
	assert_int_equal(ts_pipe_read(p, out, CAP, soon()), 30000);
	assert_memory_equal(out, bytes + 10000, 30000);
	ts_pipe_unref(&p);
}

static void ends_after_what_is_in_it(void **state)
{
	struct ts_pipe *p;
	uint8_t out[8];
	(void)state;
	assert_int_equal(ts_pipe_create(&p, 8), 0);
	assert_int_equal(ts_pipe_write(p, "abc", 3), 0);
	ts_pipe_end(p);
	assert_int_equal(ts_pipe_write(p, "d", 1), TS_ECLOSED);
	assert_int_equal(ts_pipe_read(p, out, 2, soon()), 2);
	assert_int_equal(ts_pipe_read(p, out, 8, soon()), 1);
	assert_int_equal(ts_pipe_read(p, out, 8, soon()), 0);
	ts_pipe_unref(&p);
}

static void closed_is_read_no_more(void **state)
{
	struct ts_pipe *p;
	uint8_t out[8];
	(void)state;
	assert_int_equal(ts_pipe_create(&p, 8), 0);
	assert_int_equal(ts_pipe_write(p, "abc", 3), 0);
	ts_pipe_close(p);
	assert_int_equal(ts_pipe_write(p, "d", 1), TS_ECLOSED);
	assert_int_equal(ts_pipe_read(p, out, 8, soon()), 0);
	ts_pipe_unref(&p);
}

static void *write_all(void *arg)
{
	struct ts_pipe *p = arg;
	uint8_t bytes[997];
	uint32_t n = 0;
	while (n < ALL) {
		size_t len = 1 + n % sizeof bytes;
		if (len > ALL - n) len = ALL - n;
		for (size_t i = 0; i < len; i++) bytes[i] = (uint8_t)((n + i) * 13 >> 3);
		while (ts_pipe_write(p, bytes, len) == TS_EFULL) sched_yield();
		n += (uint32_t)len;
	}
	ts_pipe_end(p);
	ts_pipe_unref(&p);
	return NULL;
}

static void threads_see_the_same(void **state)
{
	struct ts_pipe *p;
	pthread_t writer;
	static uint8_t out[5000];
	uint32_t at = 0;
	int n;
	(void)state;
	assert_int_equal(ts_pipe_create(&p, 20000), 0);
	assert_int_equal(ts_thread_start(&writer, "writer", write_all, ts_pipe_ref(p)), 0);
	while ((n = ts_pipe_read(p, out, sizeof out, soon())) > 0)
		for (int i = 0; i < n; i++, at++)
			if (out[i] != (uint8_t)(at * 13 >> 3)) fail_msg("byte %u", at);
	assert_int_equal(n, 0);
	assert_int_equal(at, ALL);
	pthread_join(writer, NULL);
	ts_pipe_unref(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_all_or_nothing),
		cmocka_unit_test(grows_while_wrapped),
		cmocka_unit_test(ends_after_what_is_in_it),
		cmocka_unit_test(closed_is_read_no_more),
		cmocka_unit_test(threads_see_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
