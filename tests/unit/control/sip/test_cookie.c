#include "base/clock.h"
#include "control/sip/cookie.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

#define AT (1000 * TS_NS_PER_S)

static bool contact(char uri[TS_SIP_CONTACT_MAX], const char *called, const char *address)
{
	char line[TS_SIP_CONTACT_MAX];
	if (!ts_sip_cookie_contact(line, called, strlen(called), address, AT)) return false;
	assert_int_equal(sscanf(line, "Contact: <%511[^>]>\r\n", uri), 1);
	assert_string_equal(line + strlen(line) - 3, ">\r\n");
	return true;
}

static bool good(const char *uri, const char *address, int64_t now_ns)
{
	return ts_sip_cookie_good(uri, strlen(uri), address, now_ns);
}

static void proves_an_address(void **state)
{
	char uri[TS_SIP_CONTACT_MAX];
	(void)state;
	assert_true(contact(uri, "sip:room@192.0.2.1:5060;pin=1234", "198.51.100.7"));
	assert_int_equal(strncmp(uri, "sip:room@192.0.2.1:5060;pin=1234;tsway=", 39), 0);
	assert_true(good(uri, "198.51.100.7", AT));
	assert_true(good(uri, "198.51.100.7", AT + 30 * TS_NS_PER_S));
	assert_false(good(uri, "198.51.100.7", AT + 60 * TS_NS_PER_S));
	assert_false(good(uri, "198.51.100.7", AT - 60 * TS_NS_PER_S));
	assert_false(good(uri, "198.51.100.8", AT));
}

static void takes_no_other(void **state)
{
	char uri[TS_SIP_CONTACT_MAX];
	(void)state;
	assert_true(contact(uri, "sip:room@192.0.2.1", "198.51.100.7"));
	assert_false(good("sip:room@192.0.2.1", "198.51.100.7", AT));
	assert_false(good("sip:room@192.0.2.1;tsway=", "198.51.100.7", AT));
	assert_false(good("sip:room@192.0.2.1;tsway=0123456789abcdef", "198.51.100.7", AT));
	strcat(uri, "0");
	assert_false(good(uri, "198.51.100.7", AT));
}

/* An old cookie makes room for a new one, or the call would go around for ever. */
static void replaces_an_old_one(void **state)
{
	char uri[TS_SIP_CONTACT_MAX];
	(void)state;
	static const struct {
		const char *called, *kept;
	} rows[] = {
		{"sip:room@h;tsway=0123456789abcdef?Subject=x", "sip:room@h"},
		{"sip:room@h;TSWAY=0123456789abcdef", "sip:room@h"},
		{"sip:room@h;tsway", "sip:room@h"},
		{"sip:room@h;tsway=1;pin=12;tsway=2;user=phone", "sip:room@h;pin=12;user=phone"},
		/* of the user's part, which is not ours */
		{"sip:a;tsway=x@h", "sip:a;tsway=x@h"},
		{"sip:a?b@h:5060;pin=1", "sip:a?b@h:5060;pin=1"},
		{"sip:a?b@h?Subject=x", "sip:a?b@h"},
		{"sip:h", "sip:h"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].kept);
		assert_true(contact(uri, rows[i].called, "198.51.100.7"));
		if (strncmp(uri, rows[i].kept, n) || strncmp(uri + n, ";tsway=", 7) ||
			strlen(uri) != n + 7 + 16)
			fail_msg("%s: %s", rows[i].called, uri);
		assert_true(good(uri, "198.51.100.7", AT));
	}
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"", "sip", "tel:+15551234", "sips:room@h", "sip:a>b@h", "sip:a b@h", "sip:\r\n@h"};
	char uri[TS_SIP_CONTACT_MAX], longest[TS_SIP_CONTACT_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (contact(uri, bad[i], "198.51.100.7")) fail_msg("%s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "sip:", 4);
	longest[256] = '\0';
	assert_true(contact(uri, longest, "198.51.100.7"));
	longest[256] = 'a', longest[257] = '\0';
	assert_false(contact(uri, longest, "198.51.100.7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proves_an_address),
		cmocka_unit_test(takes_no_other),
		cmocka_unit_test(replaces_an_old_one),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
