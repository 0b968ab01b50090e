#include "base/error.h"
#include "transport/ice/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void parses_urls(void **state)
{
	static const struct {
		const char *url;
		int err;
		enum ts_ice_server_kind kind;
		const char *address;
		uint16_t port;
	} rows[] = {
		{"stun:192.0.2.1", 0, TS_ICE_STUN, "192.0.2.1", 3478},
		{"stun:192.0.2.1:19302", 0, TS_ICE_STUN, "192.0.2.1", 19302},
		{"turn:[2001:db8::1]:5000", 0, TS_ICE_TURN_UDP, "2001:db8::1", 5000},
		{"turn:[2001:db8::1]", 0, TS_ICE_TURN_UDP, "2001:db8::1", 3478},
		{"turn:192.0.2.1?transport=udp", 0, TS_ICE_TURN_UDP, "192.0.2.1", 3478},
		{"turn:192.0.2.1:80?transport=tcp", 0, TS_ICE_TURN_TCP, "192.0.2.1", 80},
		{"turns:192.0.2.1", 0, TS_ICE_TURN_TLS, "192.0.2.1", 5349},
		{"turns:192.0.2.1:443?transport=tcp", 0, TS_ICE_TURN_TLS, "192.0.2.1", 443},
		{"stun:192.0.2.1?transport=udp", TS_EINVAL, 0, NULL, 0},
		{"turn:192.0.2.1?transport=sctp", TS_EINVAL, 0, NULL, 0},
		{"http://192.0.2.1", TS_EINVAL, 0, NULL, 0},
		{"stun:", TS_EINVAL, 0, NULL, 0},
		{"stun:192.0.2.1:", TS_EINVAL, 0, NULL, 0},
		{"stun:192.0.2.1:0", TS_EINVAL, 0, NULL, 0},
		{"stun:192.0.2.1:70000", TS_EINVAL, 0, NULL, 0},
		{"stun:192.0.2.1:80x", TS_EINVAL, 0, NULL, 0},
		{"turn:[2001:db8::1", TS_EINVAL, 0, NULL, 0},
		{"turn:[2001:db8::1]5000", TS_EINVAL, 0, NULL, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_ice_server s;
		if (ts_ice_server_parse(&s, rows[i].url) != rows[i].err)
			fail_msg("%s", rows[i].url);
		if (rows[i].err) continue;
		assert_int_equal(s.kind, rows[i].kind);
		assert_string_equal(s.address, rows[i].address);
		assert_int_equal(s.port, rows[i].port);
	}
}

static void makes_credentials(void **state)
{
	char user[TS_TURN_USER_MAX], password[TS_TURN_PASSWORD_MAX];
	struct ts_turn_account a = {"ann", "secret", "", 3600};
	(void)state;
	ts_turn_credentials(&a, 1000, user, password);
	assert_string_equal(user, "ann");
	assert_string_equal(password, "secret");
	/* printf %s 1433895918:ann | openssl dgst -sha1 -hmac north -binary | base64 */
	a.secret = "north";
	ts_turn_credentials(&a, 1433895918 - 3600, user, password);
	assert_string_equal(user, "1433895918:ann");
	assert_string_equal(password, "zAlhH20kpuDJR8ZKdq5vyQV+Ung=");
	a.user = "";
	ts_turn_credentials(&a, 1433895918 - 3600, user, password);
	assert_string_equal(user, "1433895918");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_urls), cmocka_unit_test(makes_credentials)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
