#include "base/sanitizer.h"
#include "base/secret.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static void compares_secrets(void **state)
{
	(void)state;
	assert_true(ts_same_secret("abc", "abc"));
	assert_false(ts_same_secret("abd", "abc"));
	assert_false(ts_same_secret("ab", "abc"));
	assert_false(ts_same_secret("abcabc", "abc"));
	assert_false(ts_same_secret("", "abc"));
	assert_false(ts_same_secret("abc", ""));
}

/* Is it in a mapping that core files leave out? VmFlags "dd" of smaps, proc(5). */
static bool is_left_out(const void *memory)
{
	char line[512];
	bool within = false, out = false;
	FILE *maps = fopen("/proc/self/smaps", "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			within = (uintptr_t)memory >= from && (uintptr_t)memory < to;
		if (within && !strncmp(line, "VmFlags:", 8)) out = strstr(line, " dd") != NULL;
	}
	if (maps) fclose(maps);
	return out;
}

static void memory_for_keys_is_in_no_core(void **state)
{
	static unsigned char *taken[300];
	(void)state;
	for (size_t i = 0; i < 300; i++) {
		taken[i] = ts_secret_alloc(TS_SECRET_BYTES);
		assert_non_null(taken[i]);
		for (size_t k = 0; k < TS_SECRET_BYTES; k++) assert_int_equal(taken[i][k], 0);
		memset(taken[i], 0xa5, TS_SECRET_BYTES);
	}
#ifndef TS_SANITIZES_ADDRESSES
	assert_true(is_left_out(taken[0]));
	assert_true(is_left_out(taken[299]));
	assert_false(is_left_out(taken));
#else
	(void)is_left_out;
#endif
	for (size_t i = 0; i < 300; i++) ts_secret_free(taken[i]);
	ts_secret_free(NULL);
	unsigned char *again = ts_secret_alloc(TS_SECRET_BYTES);
	for (size_t k = 0; k < TS_SECRET_BYTES; k++) assert_int_equal(again[k], 0);
	ts_secret_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(compares_secrets),
		cmocka_unit_test(memory_for_keys_is_in_no_core)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
