#include "base/random.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void bytes_fill_exactly(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 600; n += 37) { /* getrandom may cut what is longer than 256 */
		uint8_t buf[640];
		uint8_t seen[600] = {0};
		memset(buf, 0, sizeof(buf));
		/* a byte stays 0 twenty times with p = 2^-160 */
		for (int round = 0; round < 20; round++) {
			ts_random_bytes(buf, n);
			for (size_t i = 0; i < n; i++) seen[i] |= buf[i];
		}
		for (size_t i = 0; i < n; i++) assert_int_not_equal(seen[i], 0);
		for (size_t i = n; i < sizeof(buf); i++) assert_int_equal(buf[i], 0);
	}
}

static void u32_uses_every_bit(void **state)
{
	(void)state;
	uint32_t ones = 0, zeroes = 0;
	for (int i = 0; i < 200; i++) {
		uint32_t v = ts_random_u32();
		ones |= v;
		zeroes |= ~v;
	}
	assert_int_equal(ones, UINT32_MAX);
	assert_int_equal(zeroes, UINT32_MAX);
}

/* The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41. */
static void ulid_time_part(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *digits;
	} rows[] = {
		{1469918176385, "01ARYZ6S41"},
		{0, "0000000000"},
		{31, "000000000Z"},
		{32, "0000000010"},
		{(1LL << 48) - 1, "7ZZZZZZZZZ"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char id[TS_ULID_LEN + 1];
		ts_ulid(id, rows[i].ms);
		assert_int_equal(strlen(id), TS_ULID_LEN);
		assert_memory_equal(id, rows[i].digits, 10);
	}
}

static void ulid_random_part(void **state)
{
	(void)state;
	uint32_t seen[TS_ULID_LEN] = {0};
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	for (int round = 0; round < 1000; round++) {
		char id[TS_ULID_LEN + 1];
		ts_ulid(id, 1469918176385);
		for (int i = 0; i < TS_ULID_LEN; i++) {
			const char *at = strchr(digits, id[i]);
			assert_non_null(at);
			seen[i] |= 1U << (at - digits);
		}
	}
	for (int i = 10; i < TS_ULID_LEN; i++) assert_int_equal(seen[i], UINT32_MAX);
}

static void ulids_sort_by_time(void **state)
{
	(void)state;
	char last[TS_ULID_LEN + 1] = "", id[TS_ULID_LEN + 1];
	for (int64_t ms = 1700000000000; ms < 1700000000100; ms++) {
		ts_ulid(id, ms);
		assert_true(strcmp(last, id) < 0);
		memcpy(last, id, sizeof(id));
	}
}

static void secret_is_hex(void **state)
{
	(void)state;
	char a[TS_SECRET_LEN + 1], b[TS_SECRET_LEN + 1];
	ts_secret(a);
	ts_secret(b);
	assert_int_equal(strlen(a), TS_SECRET_LEN);
	assert_int_equal(strspn(a, "0123456789abcdef"), TS_SECRET_LEN);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_fill_exactly),
		cmocka_unit_test(u32_uses_every_bit),
		cmocka_unit_test(ulid_time_part),
		cmocka_unit_test(ulid_random_part),
		cmocka_unit_test(ulids_sort_by_time),
		cmocka_unit_test(secret_is_hex),
	};
	return cmocka_run_group_tests_name("base/random", tests, NULL, NULL);
}
