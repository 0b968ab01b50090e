#include "mixer/output/picture_score.h"
#include "tests/unit/base/cmocka_all.h"

#include <math.h>

static void each_fault_takes_its_share(void **state)
{
	(void)state;
	static const struct {
		struct ts_picture_seen seen;
		double score;
		enum ts_picture_fault fault;
	} table[] = {
		{{720, 720, 30, 30, 0}, 5, TS_PICTURE_GOOD},
		{{1080, 720, 60, 30, 0}, 5, TS_PICTURE_GOOD},
		{{720, 0, 30, 0, 0}, 5, TS_PICTURE_GOOD},
		{{360, 720, 30, 30, 0}, 4.2, TS_PICTURE_COARSE},
		{{180, 720, 30, 30, 0}, 3.4, TS_PICTURE_COARSE},
		{{180, 720, 15, 30, 0}, 1 + 4 * 0.6 * 0.7071, TS_PICTURE_COARSE},
		{{720, 720, 15, 30, 0}, 1 + 4 * 0.7071, TS_PICTURE_SLOW},
		{{720, 720, 28, 30, 0}, 1 + 4 * 0.9661, TS_PICTURE_GOOD},
		{{720, 720, 30, 30, 0.1}, 4.2, TS_PICTURE_FROZEN},
		{{720, 720, 30, 30, 0.5}, 1, TS_PICTURE_FROZEN},
		{{0, 720, 0, 30, 0}, 1, TS_PICTURE_COARSE},
		{{-5, 720, -1, 30, NAN}, 1, TS_PICTURE_COARSE},
		{{2, 65534, 30, 30, -3}, 1, TS_PICTURE_COARSE},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		enum ts_picture_fault fault;
		const double score = ts_picture_score(&table[i].seen, &fault);
		if (!(fabs(score - table[i].score) < 0.01) || fault != table[i].fault)
			fail_msg("row %zu: %g, fault %d", i, score, fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_fault_takes_its_share)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
