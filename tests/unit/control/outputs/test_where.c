/* Where streams may go: addresses and rules, as a table. */
#include "control/outputs/where.h"

#include "base/address.h"
#include "config/config.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static bool ok(const char *allow, const char *url, const char *address)
{
	struct ts_config config;
	struct ts_stream_url u;
	struct sockaddr_storage to;
	char line[256], err[TS_CONFIG_ERR_MAX];
	ts_config_init_defaults(&config);
	snprintf(line, sizeof(line), "outputs.allow=%s", allow);
	assert_int_equal(ts_config_set(&config, line, err, sizeof(err)), 0);
	assert_null(ts_stream_url_parse(&u, url));
	bool is_ok;
	if (address) {
		assert_true(ts_address_parse(&to, address, u.port));
		is_ok = ts_where_ok(&config.outputs.allow, &to, &u);
	} else {
		is_ok = ts_where_could_be(&config.outputs.allow, &u);
	}
	ts_config_fini(&config);
	return is_ok;
}

static void judges(void **state)
{
	static const struct {
		const char *allow, *url, *address; /* NULL: before the name is looked up */
		bool ok;
	} rows[] = {
		/* without rules: public addresses alone */
		{"", "rtmp://x.example/a/b", "203.0.113.9", true},
		{"", "rtmp://x.example/a/b", "2001:db8::1", true},
		{"", "rtmp://x.example/a/b", NULL, true},
		{"", "rtmp://x.example/a/b", "127.0.0.1", false},
		{"", "rtmp://x.example/a/b", "::1", false},
		{"", "rtmp://x.example/a/b", "10.1.2.3", false},
		{"", "rtmp://x.example/a/b", "192.168.1.1", false},
		{"", "rtmp://x.example/a/b", "172.16.0.1", false},
		{"", "rtmp://x.example/a/b", "100.64.0.1", false},
		{"", "rtmp://x.example/a/b", "fd00::1", false},
		{"", "rtmp://x.example/a/b", "169.254.169.254", false},
		{"", "rtmp://x.example/a/b", "fe80::1", false},
		{"", "rtmp://x.example/a/b", "0.0.0.0", false},
		{"", "rtmp://x.example/a/b", "255.255.255.255", false},
		{"", "rtmp://x.example/a/b", "100.100.100.200", false},
		{"", "rtmp://127.0.0.1/a/b", NULL, false},
		{"", "udp://239.1.1.1:5004", NULL, false},
		/* IPv4 that hides in IPv6 */
		{"", "rtmp://x.example/a/b", "::ffff:127.0.0.1", false},
		{"", "rtmp://x.example/a/b", "::ffff:10.0.0.1", false},
		{"", "rtmp://x.example/a/b", "64:ff9b::7f00:1", false},
		{"", "rtmp://x.example/a/b", "2002:7f00:1::", false},
		{"", "rtmp://x.example/a/b", "::127.0.0.1", false},
		{"", "rtmp://x.example/a/b", "64:ff9b::cb00:7109", true},
		{"", "rtmp://x.example/a/b", "::ffff:0:127.0.0.1", false},
		{"", "rtmp://x.example/a/b", "64:ff9b:1::8.8.8.8", false},
		{"", "rtmp://x.example/a/b", "2001:0:53aa:64c:0:fbff:f5f5:fffe", false},
		{"", "rtmp://x.example/a/b", "2a00::5efe:8.8.8.8", false},
		{"", "rtmp://x.example/a/b", "fec0::1", false},
		{"", "rtmp://x.example/a/b", "198.18.0.1", false},
		{"", "rtmp://x.example/a/b", "192.0.0.8", false},
		{"10.0.0.0/8", "rtmp://x.example/a/b", "::ffff:0:10.0.0.1", true},
		{"[64:ff9b:1::/48]", "rtmp://x.example/a/b", "64:ff9b:1::8.8.8.8", true},
		/* addresses that are named */
		{"127.0.0.1", "rtmp://127.0.0.1/a/b", NULL, true},
		{"127.0.0.0/8:1935", "rtmp://x.example/a/b", "127.0.0.1", true},
		{"127.0.0.0/8:1936", "rtmp://x.example/a/b", "127.0.0.1", false},
		{"srt://127.0.0.1", "rtmp://127.0.0.1/a/b", NULL, false},
		{"srt://127.0.0.1,rtmp://127.0.0.1", "rtmp://127.0.0.1/a/b", NULL, true},
		{"10.0.0.0/8", "rtmp://x.example/a/b", "10.1.2.3", true},
		{"10.0.0.0/8", "rtmp://x.example/a/b", "203.0.113.9", false},
		{"10.0.0.0/8", "rtmp://x.example/a/b", NULL, true},
		{"169.254.0.0/16", "rtmp://x.example/a/b", "169.254.169.254", false},
		{"100.100.100.200", "rtmp://x.example/a/b", "100.100.100.200", false},
		/* everywhere is no place in particular */
		{"0.0.0.0/0", "rtmp://x.example/a/b", "203.0.113.9", true},
		{"0.0.0.0/0", "rtmp://x.example/a/b", "127.0.0.1", false},
		{"0.0.0.0/0", "rtmp://x.example/a/b", "10.0.0.1", false},
		/* names, which lead to what is public alone */
		{"x.example", "rtmp://X.example/a/b", "203.0.113.9", true},
		{"x.example", "rtmp://y.example/a/b", "203.0.113.9", false},
		{"x.example", "rtmp://y.example/a/b", NULL, false},
		{"x.example", "rtmp://x.example/a/b", "10.0.0.1", false},
		{"x.example", "rtmp://x.example/a/b", "127.0.0.1", false},
		{"rtmps://x.example:443", "rtmps://x.example/a/b", "203.0.113.9", true},
		{"rtmps://x.example:443", "rtmp://x.example:443/a/b", "203.0.113.9", false},
		{"localhost", "rtmp://localhost/a/b", "127.0.0.1", true},
		{"localhost", "rtmp://localhost/a/b", "10.0.0.1", false},
		/* listeners and multicast */
		{"", "srt://203.0.113.9:9000?mode=listener", NULL, false},
		{"srt://0.0.0.0:9000", "srt://:9000?mode=listener", NULL, true},
		{"srt://0.0.0.0:9000", "srt://:9001?mode=listener", NULL, false},
		{"srt://0.0.0.0:9000", "srt://0.0.0.0:9000", NULL, false},
		{"239.0.0.0/8", "udp://239.1.1.1:5004", NULL, true},
		{"239.0.0.0/8", "rtmp://239.1.1.1/a/b", NULL, false},
		/* nobody has asked for datagrams */
		{"", "udp://203.0.113.9:5004", NULL, false},
		{"", "rtp://203.0.113.9:5004", NULL, false},
		{"", "udp://x.example:5004", NULL, false},
		{"", "udp://x.example:5004", "203.0.113.9", false},
		{"0.0.0.0/0", "udp://203.0.113.9:5004", NULL, false},
		{"0.0.0.0/0", "udp://x.example:5004", NULL, false},
		{"203.0.113.0/24", "udp://203.0.113.9:5004", NULL, true},
		{"203.0.113.0/24", "rtp://x.example:5004", "203.0.113.9", true},
		{"x.example", "udp://x.example:5004", "203.0.113.9", true},
		{"x.example", "udp://x.example:5004", NULL, true},
		{"x.example", "udp://y.example:5004", NULL, false},
		{"203.0.113.9:5004", "udp://203.0.113.9:5004", NULL, true},
		{"203.0.113.9:5004", "rtp://203.0.113.9:5004", NULL, false},
		{"203.0.113.9:5004-5005", "rtp://203.0.113.9:5004", NULL, true},
		{"203.0.113.9:5004-5005", "rtp://203.0.113.9:5005", NULL, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ok(rows[i].allow, rows[i].url, rows[i].address) != rows[i].ok)
			fail_msg("allow=%s %s %s: not %d", rows[i].allow, rows[i].url,
				rows[i].address ? rows[i].address : "", rows[i].ok);
}

/* What may be looked up twice, with nobody proving who they are. */
static void knows_who_is_named(void **state)
{
	static const struct {
		const char *allow, *url;
		bool named;
	} rows[] = {
		{"", "rtmps://x.example/a/b", false},
		{"0.0.0.0/0", "rtmps://x.example/a/b", false},
		{"10.0.0.0/8", "rtmps://x.example/a/b", false},
		{"y.example", "rtmps://x.example/a/b", false},
		{"rtmp://x.example", "rtmps://x.example/a/b", false},
		{"rtmps://x.example:443", "rtmps://x.example:444/a/b", false},
		{"rtmps://x.example:443", "rtmps://X.example/a/b", true},
		{"", "rtmps://203.0.113.9/a/b", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_strings rules = {.item = (char *[]){(char *)(uintptr_t)rows[i].allow},
			.n = *rows[i].allow != 0};
		struct ts_stream_url u;
		assert_null(ts_stream_url_parse(&u, rows[i].url));
		if (ts_where_is_named(&rules, &u) != rows[i].named)
			fail_msg("allow=%s %s", rows[i].allow, rows[i].url);
	}
}

static void refuses_rules(void **state)
{
	static const char *const rows[] = {"outputs.allow=http://x", "outputs.allow=rtmp://",
		"outputs.allow=://x", "outputs.allow=1.2.3", "outputs.allow=x:0",
		"outputs.allow=averyveryverylongscheme://x"};
	struct ts_config config;
	char err[TS_CONFIG_ERR_MAX];
	(void)state;
	ts_config_init_defaults(&config);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_not_equal(ts_config_set(&config, rows[i], err, sizeof(err)), 0);
	ts_config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(knows_who_is_named),
		cmocka_unit_test(refuses_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
