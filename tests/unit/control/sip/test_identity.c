/* Who calls, as a trusted trunk asserts it. */
#include "control/sip/identity.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void reads_who_calls(void **state)
{
	(void)state;
	static const struct {
		const char *asserted, *party, *privacy, *name;
	} rows[] = {
		{NULL, NULL, NULL, ""},
		{"\"Alice\" <sip:+4930@c>", NULL, NULL, "Alice"},
		{"\"Alice, A.\" <sip:a@c>, <tel:+4930>", NULL, NULL, "Alice, A."},
		{"<sip:+4930555@c>", NULL, NULL, "+4930555@c"},
		{"<tel:+49-30-555>", NULL, NULL, "+4930555"},
		{"\"Alice\" <sip:a@c>", "\"Bob\" <sip:b@c>;party=calling", NULL, "Alice"},
		{"\"Alice\" <sip:a@c>", NULL, "id", "Anonymous"},
		{"\"Alice\" <sip:a@c>", NULL, "user;id", "Anonymous"},
		{"\"Alice\" <sip:a@c>", NULL, "critical; ID ", "Anonymous"},
		{"\"Alice\" <sip:a@c>", NULL, "none", "Alice"},
		{"\"Alice\" <sip:a@c>", NULL, "session", "Alice"},
		{"\"Alice\" <sip:a@c>", NULL, "", "Alice"},
		{NULL, "\"Bob\" <sip:b@c>;party=calling;privacy=off", NULL, "Bob"},
		{NULL, "\"Bob\" <sip:b@c>", NULL, "Bob"},
		{NULL, "\"Bob\" <sip:b@c>;privacy=full;party=calling", NULL, "Anonymous"},
		{NULL, "\"Bob\" <sip:b@c>;Privacy=NAME", NULL, "Anonymous"},
		{NULL, "\"X\" <sip:x@c>;party=called, \"Bob\" <sip:b@c>;party=calling", NULL,
			"Bob"},
		{NULL, "\"X\" <sip:x@c>;party=called", NULL, ""},
		{NULL, "\"Bob;privacy=full\" <sip:b@c;privacy=full>;party=calling", NULL,
			"Bob;privacy=full"},
		{"", "\"Bob\" <sip:b@c>", NULL, "Bob"},
		{"\"Ali\r\nce\" <sip:a@c>", NULL, NULL, "Alice"},
		{"\"unclosed <sip:a@c>", NULL, NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[64];
		const struct ts_sip_asserted told = {rows[i].asserted, rows[i].party,
			rows[i].privacy, rows[i].asserted ? strlen(rows[i].asserted) : 0,
			rows[i].party ? strlen(rows[i].party) : 0,
			rows[i].privacy ? strlen(rows[i].privacy) : 0};
		ts_sip_identity(name, sizeof(name), &told);
		for (const char *c = name; *c; c++) assert_true((unsigned char)*c >= ' ');
		if (rows[i].name && strcmp(name, rows[i].name) != 0) fail_msg("%zu: %s", i, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_who_calls)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
