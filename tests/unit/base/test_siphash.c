#include "base/siphash.h"
#include "tests/unit/base/cmocka_all.h"

/* The paper's vector (appendix A), and its authors' list for inputs 00, 00 01, ...: vectors.h of
 * the reference code. */
static void known_answers(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {{0, 0x726fdb47dd0e0e31u}, {1, 0x74f839c593dc67fdu}, {7, 0xab0200f58b01d137u},
		{8, 0x93f5f5799a932462u}, {15, 0xa129ca6149be45e5u}, {16, 0x3f2acc7f57c29bdbu}};
	uint8_t key[16], data[16];
	(void)state;
	for (uint8_t i = 0; i < 16; i++) key[i] = data[i] = i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(ts_siphash(key, data, rows[i].len) == rows[i].hash);
}

static void own_key_stays(void **state)
{
	(void)state;
	assert_true(ts_siphash_own("a", 1) == ts_siphash_own("a", 1));
	assert_false(ts_siphash_own("a", 1) == ts_siphash_own("b", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers), cmocka_unit_test(own_key_stays)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
