#include "base/text.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void appends_piece_after_piece(void **state)
{
	char buf[32];
	(void)state;
	struct ts_text t = ts_text(buf, sizeof(buf));
	assert_string_equal(buf, "");
	ts_text_append(&t, "%d", 48);
	ts_text_append(&t, "%s", "");
	ts_text_append(&t, "%c%s", ' ', "kHz");
	assert_string_equal(buf, "48 kHz");
	assert_int_equal(t.len, 6);
}

static void counts_past_the_end(void **state)
{
	char buf[8];
	(void)state;
	memset(buf, 'x', sizeof(buf));
	struct ts_text t = ts_text(buf, 6); /* and two bytes to guard */
	ts_text_append(&t, "%s", "12345");
	assert_true(t.len < t.cap); /* the NUL took the last one */
	ts_text_append(&t, "%s", "6789");
	ts_text_append(&t, "%s", "abc");
	assert_memory_equal(buf, "12345\0xx", 8);
	assert_int_equal(t.len, 12);
}

static void cuts_within_a_piece(void **state)
{
	char buf[4];
	(void)state;
	struct ts_text t = ts_text(buf, sizeof(buf));
	ts_text_append(&t, "a");
	ts_text_append(&t, "%u", 1234567u);
	assert_string_equal(buf, "a12");
	assert_int_equal(t.len, 8);
}

static void counts_without_a_buffer(void **state)
{
	(void)state;
	struct ts_text t = ts_text(NULL, 0);
	ts_text_append(&t, "%s", "12345");
	ts_text_append(&t, "%s", "678");
	assert_int_equal(t.len, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_piece_after_piece),
		cmocka_unit_test(counts_past_the_end),
		cmocka_unit_test(cuts_within_a_piece),
		cmocka_unit_test(counts_without_a_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
