#include "base/address.h"
#include "control/http/client_address.h"
#include "tests/unit/base/cmocka_all.h"
#include <arpa/inet.h>
#include <string.h>

static struct in6_addr address(const char *text)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct in6_addr out;
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
		assert_true(ts_address_read(&out, (struct sockaddr *)&four));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
		assert_true(ts_address_read(&out, (struct sockaddr *)&six));
	}
	return out;
}

static struct ts_strings list(char *item[8])
{
	struct ts_strings out = {item, 0};
	while (out.n < 8 && item[out.n]) out.n++;
	return out;
}

static void knows_networks(void **state)
{
	static const struct {
		const char *address;
		char *network;
		bool in;
	} rows[] = {
		{"10.1.2.3", "10.0.0.0/8", true},
		{"11.1.2.3", "10.0.0.0/8", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.4", "10.1.2.3", false},
		{"10.1.2.3", "10.1.2.2/31", true},
		{"10.1.2.4", "10.1.2.2/31", false},
		{"192.168.127.255", "192.168.0.0/17", true},
		{"192.168.128.0", "192.168.0.0/17", false},
		{"10.1.2.3", "0.0.0.0/0", true},
		{"2001:db8::1", "0.0.0.0/0", false},
		{"2001:db8::1", "2001:db8::/32", true},
		{"2001:db9::1", "2001:db8::/32", false},
		{"::1", "::1", true},
		{"::2", "::1", false},
		{"10.1.2.3", "::/0", true},
		{"::ffff:10.1.2.3", "10.0.0.0/8", true},
		{"10.1.2.3", "10.1.2.3/33", false},
		{"10.1.2.3", "10.1.2.3/99", false},
		{"10.1.2.3", "10.1.2.3/-8", false},
		{"2001:db8::1", "2001:db8::1/129", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *item[8] = {rows[i].network};
		const struct ts_strings networks = list(item);
		const struct in6_addr a = address(rows[i].address);
		if (ts_client_address_trusts(&a, &networks) != rows[i].in)
			fail_msg("%s in %s", rows[i].address, rows[i].network);
	}
	char *none[8] = {NULL};
	const struct ts_strings nothing = list(none);
	const struct in6_addr a = address("10.1.2.3");
	assert_false(ts_client_address_trusts(&a, &nothing));
}

static void believes_trusted_proxies_alone(void **state)
{
	static const struct {
		const char *name, *peer, *forwarded, *client;
	} rows[] = {
		{"no header", "10.0.0.1", NULL, "10.0.0.1"},
		{"empty", "10.0.0.1", "", "10.0.0.1"},
		{"the client", "10.0.0.1", "198.51.100.7", "198.51.100.7"},
		{"not from a proxy", "198.51.100.9", "198.51.100.7", "198.51.100.9"},
		{"what the client said is not believed", "10.0.0.1", "1.2.3.4, 198.51.100.7",
			"198.51.100.7"},
		{"two of ours", "10.0.0.1", "1.2.3.4,198.51.100.7 ,\t10.0.0.2", "198.51.100.7"},
		{"all are ours", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"another's proxy", "10.0.0.1", "10.0.0.3, 203.0.113.5, 10.0.0.2", "203.0.113.5"},
		{"rubbish", "10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"},
		{"rubbish before a proxy", "10.0.0.1", "x, 10.0.0.2", "10.0.0.2"},
		{"commas", "10.0.0.1", ",,,", "10.0.0.1"},
		{"with a port", "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"},
		{"IPv6", "10.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"IPv6 in brackets", "10.0.0.1", "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::"},
		{"an IPv6 proxy", "2001:db8:ffff::1", "198.51.100.7", "198.51.100.7"},
		{"brackets that do not close", "10.0.0.1", "[2001:db8::1", "2001:db8::"},
		{"too long", "10.0.0.1",
			"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:"
			"1111:1111",
			"10.0.0.1"},
	};
	char *item[8] = {"10.0.0.0/8", "2001:db8:ffff::/48"}, out[INET6_ADDRSTRLEN];
	const struct ts_strings trusted = list(item);
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct in6_addr peer = address(rows[i].peer);
		const struct in6_addr client = ts_client_address(
			&peer, rows[i].forwarded, &trusted);
		ts_address_print(out, &client);
		if (strcmp(out, rows[i].client) != 0) fail_msg("%s: %s", rows[i].name, out);
	}
}

static void shares_a_limit_within_64_bits(void **state)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	(void)state;
	const struct in6_addr one = address("2001:db8::1"), two = address("2001:db8::ffff:0:0:2");
	ts_address_print(a, &one);
	ts_address_print(b, &two);
	assert_string_equal(a, b);
	const struct in6_addr four = address("::ffff:10.1.2.3");
	ts_address_print(a, &four);
	assert_string_equal(a, "10.1.2.3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_networks),
		cmocka_unit_test(believes_trusted_proxies_alone),
		cmocka_unit_test(shares_a_limit_within_64_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
