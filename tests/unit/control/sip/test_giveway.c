/* Which connection of SIP goes when there are too many, or too many bytes. */
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
		{"a known host's after a good message",
			{.known = true, .good = true, .of_address = 9, .since_ns = 1}},
		{"a call", {.call = true, .of_address = 99, .since_ns = 0}},
	};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	(void)state;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			if (ts_sip_gives_way(&rows[i].is, &rows[j].is) != (i < j))
				fail_msg("%s, %s", rows[i].what, rows[j].what);
}

static void bytes_in_order(void **state)
{
	static const struct {
		const char *what;
		struct ts_sip_holding is;
	} rows[] = {
		{"little, its address much", {.of_address = 900, .bytes = 1, .begun_ns = 9}},
		{"much", {.of_address = 500, .bytes = 400, .begun_ns = 9}},
		{"less of the same address", {.of_address = 500, .bytes = 100, .begun_ns = 1}},
		{"as much, later", {.of_address = 500, .bytes = 100, .begun_ns = 2}},
		{"little, alone", {.of_address = 2, .bytes = 2, .begun_ns = 1}},
		{"a call, much", {.call = true, .of_address = 900, .bytes = 900}},
		{"a call, less", {.call = true, .of_address = 3, .bytes = 3}},
		{"holds nothing, its address much", {.of_address = 900}},
	};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	(void)state;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			if (ts_sip_gives_bytes(&rows[i].is, &rows[j].is) != (i < j))
				fail_msg("%s, %s", rows[i].what, rows[j].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order), cmocka_unit_test(bytes_in_order)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
