/* Which connection of SIP goes when there are too many. */
#include "control/sip/giveway.h"
#include "tests/unit/base/cmocka_all.h"

/* Each gives way before all those below it. */
static void in_order(void **state)
{
	static const struct {
		const char *what;
		struct ts_sip_standing is;
	} rows[] = {
		{"nothing said, one of many", {.of_address = 9, .since_ns = 5}},
		{"nothing said, one of some, older", {.of_address = 3, .since_ns = 1}},
		{"nothing said, one of some", {.of_address = 3, .since_ns = 2}},
		{"nothing said, alone", {.of_address = 1, .since_ns = 1}},
		{"a message begun", {.begun = true, .of_address = 9, .since_ns = 1}},
		{"a good message, one of many", {.good = true, .of_address = 9, .since_ns = 1}},
		{"a known host's new one", {.known = true, .of_address = 1, .since_ns = 2}},
		{"a known host's, message begun, later",
			{.known = true, .begun = true, .of_address = 1, .since_ns = 3}},
		{"a known host's after a good message", {.known = true, .good = true, .of_address = 9, .since_ns = 1}},
		{"a call", {.call = true, .of_address = 99, .since_ns = 0}},
	};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	(void)state;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			if (ts_sip_gives_way(&rows[i].is, &rows[j].is) != (i < j))
				fail_msg("%s, %s", rows[i].what, rows[j].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(in_order)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
