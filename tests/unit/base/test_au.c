#include "base/au.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void payloads_lie_one_after_the_other(void **state)
{
	(void)state;
	struct ts_au *au = ts_au_create(4, 100);
	assert_non_null(au);
	assert_int_equal(au->n, 0);
	assert_false(au->key);
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *at = ts_au_add(au, 10 * i + 5);
		assert_non_null(at);
		memset(at, (int)i, 10 * i + 5);
	}
	assert_int_equal(au->n, 3);
	assert_int_equal(au->data_len, 5 + 15 + 25);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(au->pay[i].len, 10 * i + 5);
		for (uint32_t k = 0; k < au->pay[i].len; k++)
			assert_int_equal(ts_au_bytes(au, i)[k], i);
	}
	ts_au_unref(&au);
	assert_null(au);
}

static void refuses_what_does_not_fit(void **state)
{
	(void)state;
	struct ts_au *au = ts_au_create(2, 100);
	assert_null(ts_au_add(au, 101));
	assert_null(ts_au_add(au, UINT32_MAX));
	assert_non_null(ts_au_add(au, 99));
	assert_null(ts_au_add(au, 2));
	assert_non_null(ts_au_add(au, 1));
	assert_null(ts_au_add(au, 0)); /* two payloads are in */
	assert_int_equal(au->n, 2);
	ts_au_unref(&au);

	au = ts_au_create(2, 70000);
	assert_null(ts_au_add(au, 65536)); /* the length has 16 bits */
	assert_non_null(ts_au_add(au, 65535));
	ts_au_unref(&au);
}

/* Every byte that was promised may be written: AddressSanitizer watches the end of the
 * allocation. */
static void room_is_as_promised(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 20; n++) {
		struct ts_au *au = ts_au_create(n, n * 7);
		assert_int_equal((uintptr_t)au->data % 16, 0);
		for (uint32_t i = 0; i < n; i++) memset(ts_au_add(au, 7), 0xff, 7);
		for (uint32_t i = 0; i < n; i++) assert_int_equal(au->pay[i].off, i * 7);
		assert_null(ts_au_add(au, 0));
		ts_au_unref(&au);
	}
}

/* What ended is used again, for a unit of another shape. */
static void comes_clean(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		struct ts_au *au = ts_au_create(1 + i % 7, 300 * (i % 5) + 1);
		assert_int_equal(au->n, 0);
		assert_int_equal(au->data_len, 0);
		assert_int_equal(atomic_load(&au->refs.n), 1);
		assert_false(au->key);
		memset(ts_au_add(au, 300 * (i % 5) + 1), 0xee, 300 * (i % 5) + 1);
		au->key = au->talk_start = true;
		ts_au_unref(&au);
	}
}

static void references_are_counted(void **state)
{
	(void)state;
	struct ts_au *a = ts_au_create(1, 1), *b = ts_au_ref(a);
	ts_au_unref(&a);
	*ts_au_add(b, 1) = 9;
	assert_int_equal(*ts_au_bytes(b, 0), 9);
	ts_au_unref(&b);
	ts_au_unref(&b); /* NULL: nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_lie_one_after_the_other),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(room_is_as_promised),
		cmocka_unit_test(comes_clean),
		cmocka_unit_test(references_are_counted),
	};
	return cmocka_run_group_tests_name("base/au", tests, NULL, NULL);
}
