#include "base/address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct sockaddr_storage at(const char *host, uint16_t port)
{
	struct sockaddr_storage a;
	ts_address_parse(&a, host, port);
	return a;
}

static void kinds(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		enum ts_address_kind kind;
		bool to_usual, to_loopback; /* may somebody there name it? */
	} rows[] = {
		{"192.0.2.1", TS_ADDRESS_USUAL, true, true},
		{"8.8.8.8", TS_ADDRESS_USUAL, true, true},
		{"223.255.255.255", TS_ADDRESS_USUAL, true, true},
		{"10.1.2.3", TS_ADDRESS_PRIVATE, true, true},
		{"172.16.0.1", TS_ADDRESS_PRIVATE, true, true},
		{"172.31.255.1", TS_ADDRESS_PRIVATE, true, true},
		{"172.32.0.1", TS_ADDRESS_USUAL, true, true},
		{"192.168.1.1", TS_ADDRESS_PRIVATE, true, true},
		{"100.64.1.1", TS_ADDRESS_PRIVATE, true, true},
		{"0.0.0.0", TS_ADDRESS_NOBODY, true, true},
		{"::", TS_ADDRESS_NOBODY, true, true},
		{"0.0.0.1", TS_ADDRESS_NEVER, false, false},
		{"127.0.0.1", TS_ADDRESS_LOOPBACK, false, true},
		{"127.9.9.9", TS_ADDRESS_LOOPBACK, false, true},
		{"::1", TS_ADDRESS_LOOPBACK, false, true},
		{"::ffff:127.0.0.1", TS_ADDRESS_LOOPBACK, false, true},
		{"::127.0.0.1", TS_ADDRESS_LOOPBACK, false, true},
		{"169.254.169.254", TS_ADDRESS_LINK_LOCAL, false, false},
		{"fe80::1", TS_ADDRESS_LINK_LOCAL, false, false},
		{"224.0.0.1", TS_ADDRESS_NEVER, false, false},
		{"239.255.255.250", TS_ADDRESS_NEVER, false, false},
		{"240.0.0.1", TS_ADDRESS_NEVER, false, false},
		{"255.255.255.255", TS_ADDRESS_NEVER, false, false},
		{"ff02::1", TS_ADDRESS_NEVER, false, false},
		{"::ffff:224.0.0.1", TS_ADDRESS_NEVER, false, false},
		{"::ffff:192.0.2.1", TS_ADDRESS_USUAL, true, true},
		{"fd00::1", TS_ADDRESS_PRIVATE, true, true},
		{"2001:db8::1", TS_ADDRESS_USUAL, true, true},
		/* RFC 6890 and what came after it */
		{"192.0.0.8", TS_ADDRESS_PRIVATE, true, true},
		{"192.0.1.1", TS_ADDRESS_USUAL, true, true},
		{"198.17.255.255", TS_ADDRESS_USUAL, true, true},
		{"198.18.0.1", TS_ADDRESS_PRIVATE, true, true},
		{"198.19.255.255", TS_ADDRESS_PRIVATE, true, true},
		{"198.20.0.1", TS_ADDRESS_USUAL, true, true},
		{"fec0::1", TS_ADDRESS_PRIVATE, true, true},
		{"100::1", TS_ADDRESS_NEVER, false, false},
		{"2001::1", TS_ADDRESS_PRIVATE, true, true},
		{"2001:0:53aa:64c:0:fbff:f5f5:fffe", TS_ADDRESS_PRIVATE, true, true},
		{"2001:2::1", TS_ADDRESS_PRIVATE, true, true},
		{"2001:200::1", TS_ADDRESS_USUAL, true, true},
		/* IPv4 that hides in IPv6 */
		{"::ffff:0:127.0.0.1", TS_ADDRESS_LOOPBACK, false, true},
		{"::ffff:0:10.0.0.1", TS_ADDRESS_PRIVATE, true, true},
		{"::ffff:0:8.8.8.8", TS_ADDRESS_USUAL, true, true},
		{"64:ff9b::127.0.0.1", TS_ADDRESS_LOOPBACK, false, true},
		{"64:ff9b::169.254.169.254", TS_ADDRESS_LINK_LOCAL, false, false},
		{"64:ff9b::8.8.8.8", TS_ADDRESS_USUAL, true, true},
		{"64:ff9b:1::8.8.8.8", TS_ADDRESS_PRIVATE, true, true},
		{"64:ff9b:1:7f00:0:100::", TS_ADDRESS_PRIVATE, true, true},
		{"64:ff9b:2::1", TS_ADDRESS_USUAL, true, true},
		{"2002:a9fe:a9fe::1", TS_ADDRESS_LINK_LOCAL, false, false},
		{"2002:a00:1::1", TS_ADDRESS_PRIVATE, true, true},
		{"2002:808:808::1", TS_ADDRESS_USUAL, true, true},
		{"2a00::5efe:127.0.0.1", TS_ADDRESS_LOOPBACK, false, true},
		{"2a00::200:5efe:10.0.0.1", TS_ADDRESS_PRIVATE, true, true},
		{"2a00::5efe:8.8.8.8", TS_ADDRESS_PRIVATE, true, true},
		{"fe80::5efe:8.8.8.8", TS_ADDRESS_LINK_LOCAL, false, false},
		{"not a number", TS_ADDRESS_NOBODY, true, true},
	};
	struct sockaddr_storage usual = at("198.51.100.1", 5060), loopback = at("127.0.0.1", 5060);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage a = at(rows[i].host, 4000);
		if (ts_address_kind(&a) != rows[i].kind)
			fail_msg("%s is of another kind", rows[i].host);
		if (ts_address_may_name(&a, &usual) != rows[i].to_usual)
			fail_msg("%s told from elsewhere", rows[i].host);
		if (ts_address_may_name(&a, &loopback) != rows[i].to_loopback)
			fail_msg("%s told from loopback", rows[i].host);
	}
}

static void hosts_of_both_families_have_one_form(void **state)
{
	static const struct {
		const char *host, *network;
		bool in;
	} rows[] = {
		{"10.1.2.3", "10.0.0.0/8", true},
		{"::ffff:10.1.2.3", "10.0.0.0/8", true},
		{"11.1.2.3", "10.0.0.0/8", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3", "10.1.2.3/33", false},
		{"10.1.2.3", "0.0.0.0/0", true},
		{"2001:db8::1", "0.0.0.0/0", false},
		{"2001:db8::1", "2001:db8::/32", true},
		{"2001:db9::1", "2001:db8::/32", false},
		{"2001:db8::1", "no address", false},
		{"2001:db8::1", "", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct in6_addr host;
		assert_true(ts_address_scan(&host, rows[i].host));
		if (ts_address_is_in(&host, rows[i].network) != rows[i].in)
			fail_msg("%s in %s", rows[i].host, rows[i].network);
	}
}

static void networks_of_one_customer_and_one_site(void **state)
{
	char text[INET6_ADDRSTRLEN];
	(void)state;
	assert_true(ts_address_network(text, "2001:db8:1:2:3::4", TS_ADDRESS_CUSTOMER_BYTES));
	assert_string_equal(text, "2001:db8:1:2::");
	assert_true(ts_address_network(text, "2001:db8:1:2:3::4", TS_ADDRESS_SITE_BYTES));
	assert_string_equal(text, "2001:db8:1::");
	assert_false(ts_address_network(text, "192.0.2.1", TS_ADDRESS_CUSTOMER_BYTES));
	assert_string_equal(text, "");
	assert_false(ts_address_network(text, "::ffff:192.0.2.1", TS_ADDRESS_CUSTOMER_BYTES));
}

static void sockets_as_text(void **state)
{
	static const char *const rows[] = {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "::"};
	struct sockaddr_storage address;
	char text[INET6_ADDRSTRLEN];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(ts_address_parse(&address, rows[i], 5060));
		assert_true(ts_address_text(text, &address));
		assert_string_equal(text, rows[i]);
	}
	assert_false(ts_address_parse(&address, "name.example", 5060));
	assert_false(ts_address_text(text, &address));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(kinds),
		cmocka_unit_test(hosts_of_both_families_have_one_form),
		cmocka_unit_test(sockets_as_text),
		cmocka_unit_test(networks_of_one_customer_and_one_site)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
