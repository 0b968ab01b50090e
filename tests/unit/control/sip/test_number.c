#include "control/sip/number.h"
#include "control/sip/trace.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void maps_numbers(void **state)
{
	(void)state;
	static const char *const rules[] = {
		"+4930555(1XXX)=team-\\1", "9[13-5].=sales", "(N)(Z).=\\2-\\1", "77X=a"};
	static const struct {
		const char *user, *room; /* NULL: none */
	} rows[] = {{"+49305551234", "team-1234"}, {"9388", "sales"}, {"92", "92"}, {"2145", "1-2"},
		{"771", "7-7"}, {"standup", "standup"}, {"+49301", NULL}, {"a/b", NULL}, {"", NULL},
		{"0", "0"}, {"9188888888888888888888888888888888888888888", "sales"},
		{"+49-(30) 555.1234", "team-1234"}, {"93-88", "sales"}, {"(2)1-45", "1-2"},
		{"2026-11", "2026-11"}, {"(1)2", "12"}, {"+", NULL}, {"-", "-"}, {"7-7-1", "7-7"},
		{"a-1", "a-1"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char room[65] = "";
		bool found = ts_sip_number_room(room, sizeof(room), rows[i].user, rules, 4);
		if (found != (rows[i].room != NULL) || (found && strcmp(room, rows[i].room)))
			fail_msg("%s: %d %s", rows[i].user, found, room);
	}
}

static void judges_rules(void **state)
{
	(void)state;
	static const char *const good[] = {"1XX=a", "(X.)=r-\\1", "[0-9]=b"};
	static const char *const bad[] = {
		"", "=a", "1=", "(1=a", "1)=a", "((1))=a", "1=\\1", "[1=a", "1=a b", "1=a\\"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(ts_sip_number_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ts_sip_number_ok(bad[i])) fail_msg("%s", bad[i]);
}

/* What would take for ever by trying every way ends, and finds nothing. */
static void ends_soon(void **state)
{
	(void)state;
	static const char *const rules[] = {"........................1=a"};
	char room[65], user[101];
	memset(user, '2', 100);
	user[100] = '\0';
	assert_false(ts_sip_number_room(room, sizeof(room), user, rules, 1));
}

static void hides_secrets(void **state)
{
	(void)state;
	static const char message[] =
		"INVITE sip:r@h;pin=1234;x=1 SIP/2.0\r\nAuthorization: Digest username=\"a\",\r\n"
		" response=\"SECRET\"\r\n"
		"proxy-authorization : Digest SECRET\r\nTo: <sip:r@h;PIN=1234>\r\n\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETSECRET|2^31\r\n"
		"a=ice-pwd:SECRET\r\n"
		"a= crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET\r\na=crypto :1 SECRET\r\n"
		"a=\tICE-PWD : SECRET\r\n"
		"--u\r\nContent-Transfer-Encoding : BASE64\r\n\r\nSECRET\r\nSECRET=\r\n"
		"--u\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Dcrypto:1 SECRET\r\n"
		"--u\r\n\r\nshown\r\n--u--\r\n"
		"a=key-mgmt:mikey SECRET\r\nk=clear:SECRET\r\n\x01";
	char text[1000];
	size_t len = ts_sip_trace_text(text, sizeof(text), message, sizeof(message) - 1);
	assert_int_equal(len, strlen(text));
	assert_null(strstr(text, "SECRET"));
	assert_null(strstr(text, "1234"));
	assert_non_null(strstr(text, "INVITE sip:r@h;pin=(hidden);x=1 SIP/2.0\r\n"));
	assert_non_null(strstr(text, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(hidden)\r\n"));
	assert_non_null(strstr(text,
		"a= crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(hidden)\r\na=crypto :(hidden)\r\n"));
	assert_non_null(strstr(text, "\r\n--u\r\n\r\nshown\r\n--u--\r\n"));
	assert_int_equal(text[len - 1], '.');
	assert_int_equal(ts_sip_trace_text(text, 5, message, sizeof(message) - 1), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(maps_numbers),
		cmocka_unit_test(judges_rules), cmocka_unit_test(ends_soon),
		cmocka_unit_test(hides_secrets)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
