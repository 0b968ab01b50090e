/* Units of Annex B as MP4 holds them. */
#include "codec/avcc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* SPS and PPS of x264 for 320x180, baseline. */
static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0x9a, 0x6e,
	0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0f, 0x23, 0xc5, 0x0a, 0x92, 0, 0, 0,
	1, 0x68, 0xcb, 0x83, 0xcb, 0x20};

static void annex_b_becomes_lengths(void **state)
{
	(void)state;
	/* a delimiter, both sets, a slice behind a short start code, another behind a long one */
	uint8_t unit[128] = {0, 0, 0, 1, 9, 0xf0}, out[256];
	size_t n = 6;
	memcpy(unit + n, sets, sizeof sets);
	n += sizeof sets;
	memcpy(unit + n, (const uint8_t[]){0, 0, 1, 0x65, 1, 2, 3, 0, 0, 0, 1, 0x65, 4}, 13);
	n += 13;
	static const uint8_t wanted[] = {0, 0, 0, 4, 0x65, 1, 2, 3, 0, 0, 0, 2, 0x65, 4};
	assert_true(ts_avcc_bound(n) <= sizeof out);
	assert_int_equal(ts_avcc_write(out, unit, n), sizeof wanted);
	assert_memory_equal(out, wanted, sizeof wanted);
	assert_int_equal(ts_avcc_write(out, sets, sizeof sets), 0);
	/* many of one byte: more lengths than bytes */
	for (size_t i = 0; i + 4 <= sizeof unit; i += 4) memcpy(unit + i, "\0\0\1\x65", 4);
	assert_int_equal(ts_avcc_write(out, unit, sizeof unit), sizeof unit / 4 * 5);
	/* no PPS; no room */
	assert_int_equal(ts_avcc_record(out, sizeof out, sets, 27), 0);
	for (size_t cap = 0; cap < 39; cap++)
		assert_int_equal(ts_avcc_record(out, cap, sets, sizeof sets), 0);
}

static void sets_become_a_record(void **state)
{
	(void)state;
	uint8_t record[64];
	char name[TS_AVCC_NAME_MAX];
	assert_int_equal(ts_avcc_record(record, sizeof record, sets, sizeof sets), 11 + 23 + 5);
	assert_memory_equal(record, ((const uint8_t[]){1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, 23}), 8);
	assert_memory_equal(record + 8, sets + 4, 23);
	assert_memory_equal(record + 31, ((const uint8_t[]){1, 0, 5, 0x68}), 4);
	ts_avcc_name(name, record);
	assert_string_equal(name, "avc1.42c00d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(annex_b_becomes_lengths),
		cmocka_unit_test(sets_become_a_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
