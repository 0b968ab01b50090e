#include "control/sip/best.h"
#include "tests/unit/base/cmocka_all.h"
#include <stddef.h>

/* RFC 3261 16.7 step 6 */
static void stands_for_all(void **state)
{
	static const struct {
		int code[4], best;
	} rows[] = {
		{{486}, 486},
		{{486, 480}, 486}, /* of equals the first */
		{{480, 486}, 480},
		{{503, 486}, 486}, /* the lowest class */
		{{486, 503, 500}, 486},
		{{404, 302}, 302},
		{{486, 603}, 603}, /* a 6xx whatever else there is */
		{{302, 404, 600}, 600},
		{{603, 604}, 603},
		{{486, 407}, 407}, /* what helps */
		{{486, 415, 420}, 415},
		{{484, 401}, 484},
		{{500, 503}, 500},
		{{408, 503}, 408},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int best = 0;
		for (size_t j = 0; j < 4 && rows[i].code[j]; j++)
			if (ts_sip_is_better(rows[i].code[j], best)) best = rows[i].code[j];
		assert_int_equal(best, rows[i].best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stands_for_all)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
