#include "mixer/view/painter.h"

#include "base/error.h"
#include "base/strand.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ts_pool *pool;
static const struct ts_rect tile = {0, 0, 320, 180};

static int setup(void **state)
{
	const struct ts_pool_config config = {.name = "test", .threads = 2};
	struct ts_painter *painter;
	assert_int_equal(ts_pool_create(&pool, &config), 0);
	assert_int_equal(ts_painter_create(&painter, pool), 0);
	*state = painter;
	return 0;
}

static void set(void *flag)
{
	atomic_store((atomic_bool *)flag, true);
}

static void close_painter(struct ts_painter *painter)
{
	static atomic_bool done;
	atomic_store(&done, false);
	ts_painter_close(painter, set, &done);
	ts_pool_destroy(&pool); /* waits for the strand */
	assert_true(atomic_load(&done));
}

static struct ts_painting *want(struct ts_painter *painter, const char *name)
{
	struct ts_label_spec spec;
	assert_true(ts_label_for(&spec, TS_LABEL_NAME, name, 0, &tile));
	struct ts_painting *p = ts_painter_request(painter, &spec);
	assert_non_null(p);
	return p;
}

/* Ten seconds for fonts that are read for the first time on a busy machine. */
static const struct ts_overlay *wait_for(const struct ts_painting *p)
{
	for (int i = 0; i < 10000 && !ts_painting_get(p); i++) usleep(1000);
	assert_non_null(ts_painting_get(p));
	return ts_painting_get(p);
}

static void equal_specs_share_a_painting(void **state)
{
	struct ts_painter *painter = *state;
	struct ts_painting *a = want(painter, "Ada"), *again = want(painter, "Ada"),
			   *b = want(painter, "Bob");
	assert_ptr_equal(a, again);
	assert_ptr_not_equal(a, b);
	const struct ts_overlay *overlay = wait_for(a);
	assert_true(overlay->w > 20 && overlay->h > 10);
	assert_null(ts_painting_get(NULL));
	ts_painting_unref(&a);
	assert_null(a);
	ts_painting_unref(&again);
	ts_painting_unref(&b);
	close_painter(painter);
}

static void a_painting_outlives_the_painter(void **state)
{
	struct ts_painter *painter = *state;
	struct ts_painting *drawn = want(painter, "Ada"), *waiting[50];
	wait_for(drawn);
	char name[16];
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		waiting[i] = want(painter, name);
	}
	close_painter(painter);
	assert_true(ts_painting_get(drawn)->w > 0);
	ts_painting_unref(&drawn);
	for (int i = 0; i < 50; i++) {
		/* what was asked for before is drawn */
		assert_non_null(ts_painting_get(waiting[i]));
		ts_painting_unref(&waiting[i]);
	}
}

/* However many names there were, those that nobody shows are forgotten; what is held stays. */
static void the_table_is_bounded(void **state)
{
	struct ts_painter *painter = *state;
	struct ts_painting *held = want(painter, "held");
	wait_for(held);
	char name[16];
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		struct ts_painting *p = want(painter, name);
		if (i % 100 == 0) wait_for(p);
		ts_painting_unref(&p);
	}
	struct ts_painting *again = want(painter, "held");
	assert_ptr_equal(again, held);
	ts_painting_unref(&again);
	ts_painting_unref(&held);
	close_painter(painter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(equal_specs_share_a_painting, setup),
		cmocka_unit_test_setup(a_painting_outlives_the_painter, setup),
		cmocka_unit_test_setup(the_table_is_bounded, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
