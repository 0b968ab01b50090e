#include "base/error.h"
#include "control/ingest/target.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

#define LONG64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void rtmp(void **state)
{
	static const struct {
		const char *app, *key, *room, *secret, *name;
	} rows[] = {
		{"live", "ROOM", "ROOM", "", ""},
		{"live", "ROOM?pin=1234&name=Studio", "ROOM", "1234", "Studio"},
		{"/live/", "/ROOM", "ROOM", "", ""},
		{"live", "ROOM/1234", "ROOM", "1234", ""},
		{"live/ROOM", "1234", "ROOM", "1234", ""},
		{"live/ROOM/1234", "", "ROOM", "1234", ""},
		{"ROOM", "1234", "ROOM", "1234", ""},
		{"ROOM", "", "ROOM", "", ""},
		{"ROOM?pin=1234", "", "ROOM", "1234", ""},
		{"ROOM?pin=1234&name=A%20B", "?pin=99", "ROOM", "99", "A B"},
		{"ROOM", "1234?name=Studio", "ROOM", "1234", "Studio"},
		{"ROOM", "1234?pin=77", "ROOM", "77", ""},
		{"live", "ROOM?token=a%2Bb&x=y&&=z", "ROOM", "a+b", ""},
		{"live", "ROOM?name=%c3%a9%0a%01x", "ROOM", "", "\xc3\xa9 x"},
		{"live", "live", "live", "", ""},
		/* nothing that names a room */
		{"", "", NULL, NULL, NULL},
		{"live", "", NULL, NULL, NULL},
		{"live", "?pin=1234", NULL, NULL, NULL},
		{"", "?", NULL, NULL, NULL},
		{"live", "a b", NULL, NULL, NULL},
		{"live", "a%41", NULL, NULL, NULL},
		{"r\xc3\xa9", "1", NULL, NULL, NULL},
		{"live", "ROOM?pin=%zz", NULL, NULL, NULL},
		{"live", "ROOM?pin=%00", NULL, NULL, NULL},
		{"live", "ROOM?name=%", NULL, NULL, NULL},
		{LONG64, "1", LONG64, "1", ""},
		{LONG64 "a", "1", NULL, NULL, NULL},
		{"ROOM", LONG64 LONG64 LONG64 LONG64, "ROOM", LONG64 LONG64 LONG64 LONG64, ""},
		{"ROOM", LONG64 LONG64 LONG64 LONG64 "a", NULL, NULL, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_target t;
		const int rc = ts_target_of_rtmp(&t, rows[i].app, rows[i].key);
		if (rc != (rows[i].room ? 0 : TS_EINVAL))
			fail_msg("%s | %s: %d", rows[i].app, rows[i].key, rc);
		assert_string_equal(t.room, rows[i].room ? rows[i].room : "");
		assert_string_equal(t.secret, rows[i].room ? rows[i].secret : "");
		assert_string_equal(t.name, rows[i].room ? rows[i].name : "");
	}
}

static void streamid(void **state)
{
	static const struct {
		const char *id;
		int rc;
		const char *room, *secret, *name;
	} rows[] = {
		{"ROOM", 0, "ROOM", "", ""},
		{"ROOM?pin=1234&name=Studio", 0, "ROOM", "1234", "Studio"},
		{"live/ROOM?pin=1234", 0, "ROOM", "1234", ""},
		{"live", 0, "live", "", ""},
		{"#!::r=ROOM,m=publish,s=1234,u=Studio", 0, "ROOM", "1234", "Studio"},
		{"#!::u=A B,r=/ROOM", 0, "ROOM", "", "A B"},
		{"#!::r=ROOM,s=a=b,t=stream,h=x", 0, "ROOM", "a=b", ""},
		{"%23!%3A%3Ar%3DROOM%2Cs%3D1%252", 0, "ROOM", "1%2", ""},
		{"%23!::r=ROOM,u=A%20B", 0, "ROOM", "", "A B"},
		{"%23!::r=ROOM%", TS_EINVAL, "", "", ""},
		{"#!::r=ROOM,m=request", TS_EUNSUPPORTED, "", "", ""},
		{"#!::r=ROOM,m=bidirectional", TS_EUNSUPPORTED, "", "", ""},
		{"#!::", TS_EINVAL, "", "", ""},
		{"#!::m=publish,s=1", TS_EINVAL, "", "", ""},
		{"#!:{r=ROOM}", TS_EINVAL, "", "", ""},
		{"", TS_EINVAL, "", "", ""},
		{"?pin=1", TS_EINVAL, "", "", ""},
		{"#!::r=" LONG64 "a", TS_EINVAL, "", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_target t;
		const int rc = ts_target_of_streamid(&t, rows[i].id);
		if (rc != rows[i].rc) fail_msg("%s: %d", rows[i].id, rc);
		assert_string_equal(t.room, rows[i].room);
		assert_string_equal(t.secret, rows[i].secret);
		assert_string_equal(t.name, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtmp),
		cmocka_unit_test(streamid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
