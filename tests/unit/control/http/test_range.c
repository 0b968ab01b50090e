#include "control/http/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_ranges(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		int64_t size;
		enum ts_range is;
		int64_t first, len;
	} rows[] = {
		{NULL, 100, TS_RANGE_WHOLE, 0, 100},
		{"bytes=0-9", 100, TS_RANGE_PART, 0, 10},
		{"Bytes= 0-9 ", 100, TS_RANGE_PART, 0, 10},
		{"bytes=90-", 100, TS_RANGE_PART, 90, 10},
		{"bytes=99-99", 100, TS_RANGE_PART, 99, 1},
		{"bytes=90-1000", 100, TS_RANGE_PART, 90, 10},
		{"bytes=-10", 100, TS_RANGE_PART, 90, 10},
		{"bytes=-1000", 100, TS_RANGE_PART, 0, 100},
		{"bytes=0-99999999999999999999999999", 100, TS_RANGE_PART, 0, 100},
		{"bytes=99999999999999999999999999-", 100, TS_RANGE_NONE, 0, 0},
		{"bytes=100-", 100, TS_RANGE_NONE, 0, 0},
		{"bytes=-0", 100, TS_RANGE_NONE, 0, 0},
		{"bytes=0-", 0, TS_RANGE_NONE, 0, 0},
		{"bytes=-5", 0, TS_RANGE_NONE, 0, 0},
		/* no range that we take: all of it */
		{"bytes=9-0", 100, TS_RANGE_WHOLE, 0, 100},
		{"bytes=0-1,5-6", 100, TS_RANGE_WHOLE, 0, 100},
		{"bytes=-", 100, TS_RANGE_WHOLE, 0, 100},
		{"bytes=", 100, TS_RANGE_WHOLE, 0, 100},
		{"bytes=x", 100, TS_RANGE_WHOLE, 0, 100},
		{"bytes=5", 100, TS_RANGE_WHOLE, 0, 100},
		{"lines=0-9", 100, TS_RANGE_WHOLE, 0, 100},
		{"", 100, TS_RANGE_WHOLE, 0, 100},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t first, len;
		const enum ts_range is = ts_range_parse(rows[i].header, rows[i].size, &first, &len);
		if (is != rows[i].is) fail_msg("%s: %d", rows[i].header, is);
		if (is == TS_RANGE_NONE) continue;
		if (first != rows[i].first || len != rows[i].len)
			fail_msg(
				"%s: %lld, %lld", rows[i].header, (long long)first, (long long)len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ranges)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
