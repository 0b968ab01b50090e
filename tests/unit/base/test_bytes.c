#include "base/bytes.h"
#include "tests/unit/base/cmocka_all.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void reads_network_order(void **state)
{
	(void)state;
	struct ts_rd r = ts_rd(bytes, sizeof(bytes));
	assert_int_equal(ts_rd_u8(&r), 1);
	assert_int_equal(ts_rd_u16(&r), 0x0203);
	assert_int_equal(ts_rd_u24(&r), 0x040506);
	assert_int_equal(ts_rd_u32(&r), 0x0708090a);
	assert_int_equal(ts_rd_left(&r), 0);
	assert_false(r.bad);
}

static void bad_stays_and_reads_zero(void **state)
{
	(void)state;
	struct ts_rd r = ts_rd(bytes, 3);
	assert_int_equal(ts_rd_u32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(ts_rd_u8(&r), 0); /* though a byte would be there */
	assert_null(ts_rd_bytes(&r, 0));
	assert_true(ts_rd_sub(&r, 0).bad);
}

static void part_ends_where_declared(void **state)
{
	(void)state;
	struct ts_rd r = ts_rd(bytes, sizeof(bytes));
	struct ts_rd part = ts_rd_sub(&r, 4);
	assert_int_equal(ts_rd_u32(&part), 0x01020304);
	assert_int_equal(ts_rd_u8(&part), 0);
	assert_true(part.bad);
	assert_false(r.bad);
	assert_int_equal(ts_rd_u8(&r), 5);

	part = ts_rd_sub(&r, 6);
	assert_true(part.bad && r.bad);
	assert_int_equal(ts_rd_left(&part), 0);
	r = ts_rd(bytes, 1);
	assert_null(ts_rd_bytes(&r, SIZE_MAX));
}

static void writes_and_stops_at_the_end(void **state)
{
	(void)state;
	uint8_t buf[11];
	memset(buf, 0xee, sizeof(buf));
	struct ts_wr w = ts_wr(buf, 10);
	ts_wr_u8(&w, 1);
	ts_wr_u16(&w, 0x0203);
	ts_wr_u24(&w, 0x040506);
	ts_wr_u32(&w, 0x0708090a);
	assert_false(w.bad);
	assert_int_equal(ts_wr_len(&w), 10);
	assert_memory_equal(buf, bytes, 10);
	ts_wr_u8(&w, 0);
	assert_true(w.bad);
	assert_int_equal(ts_wr_len(&w), 10);
	assert_int_equal(buf[10], 0xee);

	w = ts_wr(buf, 3);
	ts_wr_u32(&w, 0xffffffff); /* all or nothing */
	assert_true(w.bad);
	ts_wr_u8(&w, 0xff);
	assert_null(ts_wr_skip(&w, 0));
	assert_memory_equal(buf, bytes, 10);
	assert_int_equal(ts_wr_len(&w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_network_order),
		cmocka_unit_test(bad_stays_and_reads_zero),
		cmocka_unit_test(part_ends_where_declared),
		cmocka_unit_test(writes_and_stops_at_the_end),
	};
	return cmocka_run_group_tests_name("base/bytes", tests, NULL, NULL);
}
