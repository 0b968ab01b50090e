#include "base/error.h"
#include "control/webhooks/segment.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

enum { TEXTS = 3 };
static const char *const texts[TEXTS] = {"{\"a\":1}", "", "{\"b\":[1,2,3]}"};

static size_t write_file(uint8_t *out, uint64_t first)
{
	size_t at = TS_SEGMENT_HEAD;
	ts_segment_write_head(out, 7, first);
	for (size_t i = 0; i < TEXTS; i++) {
		const struct ts_segment_record r = {.seq = first + i,
			.ms = 1000 + (int64_t)i,
			.text = (const uint8_t *)texts[i],
			.len = strlen(texts[i])};
		ts_segment_write(out + at, &r);
		at += TS_SEGMENT_RECORD + r.len;
	}
	return at;
}

static void test_what_is_written_is_read(void **state)
{
	uint8_t file[512];
	const size_t n = write_file(file, 41);
	struct ts_segment_whole whole;
	struct ts_segment_record r;
	(void)state;
	assert_true(ts_segment_scan(file, n, 0, &whole));
	assert_int_equal(whole.salt, 7);
	assert_int_equal(whole.first, 41);
	assert_int_equal(whole.next, 44);
	assert_int_equal(whole.end, n);
	assert_int_equal(whole.n, 3);
	assert_int_equal(whole.text_bytes, strlen(texts[0]) + strlen(texts[2]));
	assert_int_equal(ts_segment_read(file + TS_SEGMENT_HEAD, n - TS_SEGMENT_HEAD, 41, &r), 0);
	assert_int_equal(r.ms, 1000);
	assert_memory_equal(r.text, texts[0], r.len);
	/* from the second on */
	assert_true(ts_segment_scan(file, n, 42, &whole));
	assert_int_equal(whole.n, 2);
	assert_int_equal(whole.at, TS_SEGMENT_HEAD + TS_SEGMENT_RECORD + strlen(texts[0]));
	assert_true(ts_segment_scan(file, n, 99, &whole));
	assert_int_equal(whole.n, 0);
}

/* Cut anywhere, or a bit changed anywhere: a whole beginning is read, and nothing else. */
static void test_what_is_damaged_ends_it(void **state)
{
	uint8_t file[512], copy[512];
	const size_t n = write_file(file, 1);
	struct ts_segment_whole whole;
	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		if (!ts_segment_scan(file, cut, 0, &whole)) {
			assert_true(cut < TS_SEGMENT_HEAD);
			continue;
		}
		assert_true(whole.end <= cut && whole.n < TEXTS);
	}
	for (size_t bit = 0; bit < n * 8; bit++) {
		memcpy(copy, file, n);
		copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (!ts_segment_scan(copy, n, 0, &whole)) {
			assert_true(bit / 8 < TS_SEGMENT_HEAD);
			continue;
		}
		assert_true(bit / 8 >= whole.end && whole.n < TEXTS);
	}
}

static void test_lengths_and_order_are_bounded(void **state)
{
	uint8_t file[512];
	struct ts_segment_record r;
	(void)state;
	write_file(file, 1);
	uint8_t *record = file + TS_SEGMENT_HEAD;
	assert_int_equal(ts_segment_read(record, 100, 2, &r), TS_EBADMSG);
	assert_int_equal(ts_segment_read(record, TS_SEGMENT_RECORD - 1, 1, &r), TS_EAGAIN);
	assert_int_equal(ts_segment_read(record, TS_SEGMENT_RECORD, 1, &r), TS_EAGAIN);
	memset(record + 8, 0xff, 8);
	assert_int_equal(ts_segment_read(record, 400, 1, &r), TS_EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_what_is_damaged_ends_it),
		cmocka_unit_test(test_lengths_and_order_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
