#include "base/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ts_network network_of(const char *text)
{
	struct ts_network n;
	if (!ts_network_parse(&n, text)) fail_msg("%s is none", text);
	return n;
}

static bool has(const char *network, const char *address)
{
	const struct ts_network n = network_of(network);
	struct sockaddr_storage a;
	ts_address_parse(&a, address, 7);
	return ts_network_has(&n, &a);
}

static void reads_what_is_one(void **state)
{
	static const char *const bad[] = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/8/8", "10.0.0/8", "::/129", "::/0001", "a", "10.0.0.0/8 ",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8"};
	struct ts_network n;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (ts_network_parse(&n, bad[i])) fail_msg("%s is one", bad[i]);
	assert_int_equal(network_of("192.0.2.1").bits, 32);
	assert_int_equal(network_of("2001:db8::1").bits, 128);
	assert_int_equal(network_of("10.0.0.0/8").family, AF_INET);
	assert_int_equal(network_of("::/0").bits, 0);
}

static void has_what_begins_alike(void **state)
{
	(void)state;
	assert_true(has("10.0.0.0/8", "10.255.1.2"));
	assert_false(has("10.0.0.0/8", "11.0.0.0"));
	assert_true(has("10.1.2.3/9", "10.127.0.0")); /* bits behind the prefix do not count */
	assert_false(has("10.1.2.3/9", "10.128.0.0"));
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.0"));
	assert_true(has("0.0.0.0/0", "203.0.113.9"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_false(has("0.0.0.0/0", "::ffff:203.0.113.9"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::"));
	assert_false(has("::/0", "nothing"));
	assert_false(ts_network_has(&(struct ts_network){0}, &(struct sockaddr_storage){0}));
}

static void its_kind_is_that_of_its_first_address(void **state)
{
	static const struct {
		const char *text;
		enum ts_address_kind kind;
	} rows[] = {
		{"10.0.0.0/8", TS_ADDRESS_PRIVATE},
		{"192.0.2.0/24", TS_ADDRESS_USUAL},
		{"127.0.0.1", TS_ADDRESS_LOOPBACK},
		{"::1", TS_ADDRESS_LOOPBACK},
		{"fe80::/10", TS_ADDRESS_LINK_LOCAL},
		{"fd00::/8", TS_ADDRESS_PRIVATE},
		{"fec0::/10", TS_ADDRESS_PRIVATE},
		{"224.0.0.0/4", TS_ADDRESS_NEVER},
		{"2001:db8::/32", TS_ADDRESS_USUAL},
		{"::ffff:10.0.0.0/104", TS_ADDRESS_PRIVATE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ts_network n = network_of(rows[i].text);
		if (ts_network_kind(&n) != rows[i].kind) fail_msg("%s", rows[i].text);
	}
}

static void ipv4_in_ipv6_is_unwrapped_with_its_port(void **state)
{
	static const char *const rows[][2] = {
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"64:ff9b::192.0.2.1", "192.0.2.1"},
		{"2002:c000:201::", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"::1", "::1"},
		{"192.0.2.1", "192.0.2.1"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sockaddr_storage a;
		char text[INET6_ADDRSTRLEN];
		assert_true(ts_address_parse(&a, rows[i][0], 5060));
		ts_address_unwrap(&a);
		ts_address_text(text, &a);
		assert_string_equal(text, rows[i][1]);
		assert_int_equal(ts_address_port(&a), 5060);
	}
}

static void metadata_services_are_known(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{"100.100.100.200", true},
		{"192.0.0.192", true},
		{"fd00:ec2::254", true},
		{"fd20:ce::254", true},
		{"100.100.100.201", false},
		{"fd00:ec2::253", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sockaddr_storage a;
		assert_true(ts_address_parse(&a, rows[i].text, 80));
		if (ts_address_is_metadata(&a) != rows[i].is) fail_msg("%s", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_one),
		cmocka_unit_test(has_what_begins_alike),
		cmocka_unit_test(its_kind_is_that_of_its_first_address),
		cmocka_unit_test(ipv4_in_ipv6_is_unwrapped_with_its_port),
		cmocka_unit_test(metadata_services_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
