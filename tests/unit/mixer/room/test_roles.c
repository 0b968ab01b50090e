/* Which role may do what, by each of its names. */
#include "mixer/room/roles.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h" /* the folder's hall needs it */

static void each_by_its_names(void **state)
{
	static const struct {
		const char *name;
		enum ts_role role;
		unsigned may, may_not;
	} row[] = {
		{"host", TS_ROLE_HOST, TS_MAY_HOST | TS_MAY_SPEAK | TS_MAY_ENTER_UNMUTED, 0},
		{"moderator", TS_ROLE_HOST, TS_MAY_HOST, 0},
		{"panelist", TS_ROLE_PANELIST, TS_MAY_SPEAK | TS_MAY_ENTER_UNMUTED, TS_MAY_HOST},
		{"speaker", TS_ROLE_PANELIST, TS_MAY_PRESENT, TS_MAY_HOST},
		{"guest", TS_ROLE_GUEST, TS_MAY_SPEAK | TS_MAY_CAMERA | TS_MAY_PRESENT,
			TS_MAY_HOST | TS_MAY_ENTER_UNMUTED},
		{"", TS_ROLE_GUEST, TS_MAY_SPEAK, TS_MAY_HOST | TS_MAY_ENTER_UNMUTED},
		{"interpreter", TS_ROLE_GUEST, TS_MAY_SPEAK, TS_MAY_HOST},
		{"Host", TS_ROLE_GUEST, TS_MAY_SPEAK, TS_MAY_HOST},
		{"watcher", TS_ROLE_WATCHER, 0, ~0u},
		{"viewer", TS_ROLE_WATCHER, 0, ~0u},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const unsigned rights = ts_role_rights(row[i].name);
		if (ts_role_of(row[i].name) != row[i].role || (rights & row[i].may) != row[i].may ||
			rights & row[i].may_not)
			fail_msg("role \"%s\" has rights %u", row[i].name, rights);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_by_its_names)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
