#include "control/sip/target.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_storage address_of(const char *text, uint16_t port)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(&ss, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(&ss, &in6, sizeof(in6));
	return ss;
}

static bool may_go(const struct ts_sip_target_policy *policy, const char *to, uint16_t port,
	enum ts_sip_protocol protocol, const char *host)
{
	struct sockaddr_storage ss = address_of(to, port);
	return ts_sip_target_ok(policy, (const struct sockaddr *)&ss, protocol, host);
}

static const char *const never[] = {"0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1",
	"127.83.73.80", "::ffff:127.83.73.80", "100.100.100.200", "224.0.0.1", "239.255.255.255",
	"255.255.255.255", "240.0.0.1", "::", "fe80::1", "febf::1", "ff02::1", "fd00:ec2::254",
	"::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1",
	"::169.254.169.254", "::ffff:224.0.0.1", "::ffff:0:169.254.169.254"};

/* Not even where the configuration names everything. */
static void never_goes_there(void **state)
{
	(void)state;
	static const char *const rules[] = {
		"0.0.0.0/0", "[::/0]", "[::/0]:1-65535", "0.0.0.0/0:1-65535"};
	const struct ts_sip_target_policy open = {.local = true},
					  all = {.rules = rules, .n_rules = 4, .local = true};
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		struct sockaddr_storage ss = address_of(never[i], 5060);
		if (may_go(&open, never[i], 5060, TS_SIP_UDP, NULL) ||
			may_go(&all, never[i], 5060, TS_SIP_UDP, NULL) ||
			!ts_sip_target_never((const struct sockaddr *)&ss))
			fail_msg("%s", never[i]);
	}
	assert_false(may_go(&all, "192.0.2.1", 0, TS_SIP_UDP, NULL));
}

static void goes_where_nothing_is_said(void **state)
{
	(void)state;
	const struct ts_sip_target_policy wide = {.rules = NULL}, local = {.local = true};
	static const struct {
		const char *to;
		uint16_t port;
		enum ts_sip_protocol protocol;
		bool wide, local;
	} rows[] = {
		{"192.0.2.1", 5060, TS_SIP_UDP, true, true},
		{"192.0.2.1", 40000, TS_SIP_UDP, true, true},
		{"192.0.2.1", 5061, TS_SIP_TLS, true, true},
		{"192.0.2.1", 22, TS_SIP_TCP, false, false},
		{"192.0.2.1", 443, TS_SIP_TLS, false, false},
		{"10.1.2.3", 6379, TS_SIP_TCP, false, false},
		{"2001:db8::1", 5060, TS_SIP_TCP, true, true},
		{"127.0.0.1", 40000, TS_SIP_UDP, false, true},
		{"127.0.0.1", 5060, TS_SIP_TCP, false, true},
		{"127.0.0.1", 22, TS_SIP_TCP, false, false},
		{"127.8.8.8", 5060, TS_SIP_UDP, false, true},
		{"::1", 5060, TS_SIP_UDP, false, true},
		{"::ffff:127.0.0.1", 5060, TS_SIP_UDP, false, true},
		{"64:ff9b::127.0.0.1", 5060, TS_SIP_UDP, false, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (may_go(&wide, rows[i].to, rows[i].port, rows[i].protocol, "h") !=
				rows[i].wide ||
			may_go(&local, rows[i].to, rows[i].port, rows[i].protocol, "h") !=
				rows[i].local)
			fail_msg("%s:%u/%d", rows[i].to, rows[i].port, rows[i].protocol);
	}
}

static bool is_seven(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const void *at = address->sa_family == AF_INET
		? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr
		: (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	inet_ntop(address->sa_family, at, text, sizeof(text));
	return !strcmp(text, "192.0.2.7") || !strcmp(text, "2001:db8::7");
}

/* Its other addresses lead to this machine's services as loopback does. */
static void this_machine_has_many_addresses(void **state)
{
	(void)state;
	static const char *const all[] = {"0.0.0.0/0", "[::/0]"},
				 *const net[] = {"192.0.2.0/24", "[2001:db8::/32]"},
				 *const name[] = {"pbx.example.org", "localhost"},
				 *const both[] = {"pbx.example.org", "192.0.2.7", "2001:db8::7"};
	const struct ts_sip_target_policy wide = {.is_ours = is_seven},
					  local = {.local = true, .is_ours = is_seven},
					  open = {.rules = all, .n_rules = 2, .is_ours = is_seven},
					  named = {.rules = net, .n_rules = 2, .is_ours = is_seven},
					  by_name = {.rules = name,
						  .n_rules = 2,
						  .is_ours = is_seven},
					  by_both = {
						  .rules = both, .n_rules = 3, .is_ours = is_seven};
	static const char *const ours[] = {
		"192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7", "64:ff9b::192.0.2.7"};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (may_go(&wide, ours[i], 5060, TS_SIP_UDP, "h") ||
			may_go(&open, ours[i], 5060, TS_SIP_UDP, "h") ||
			!may_go(&local, ours[i], 5060, TS_SIP_UDP, "h") ||
			!may_go(&named, ours[i], 5060, TS_SIP_UDP, "h") ||
			may_go(&by_name, ours[i], 5060, TS_SIP_UDP, "pbx.example.org") ||
			may_go(&by_name, ours[i], 5060, TS_SIP_UDP, "localhost") ||
			!may_go(&by_both, ours[i], 5060, TS_SIP_UDP, "pbx.example.org"))
			fail_msg("%s", ours[i]);
	}
	assert_true(may_go(&by_name, "192.0.2.8", 5060, TS_SIP_UDP, "pbx.example.org"));
	assert_true(may_go(&by_name, "127.0.0.1", 5060, TS_SIP_UDP, "localhost"));
	assert_false(may_go(&by_name, "127.0.0.1", 5060, TS_SIP_UDP, "pbx.example.org"));
	assert_true(may_go(&wide, "192.0.2.8", 5060, TS_SIP_UDP, NULL));
	assert_true(may_go(&open, "2001:db8::8", 5060, TS_SIP_UDP, NULL));
}

/* Behind a 1:1 NAT it has an address that none of its interfaces has. */
static void an_advertised_address_is_this_machine(void **state)
{
	(void)state;
	static const char *const all[] = {"0.0.0.0/0", "[::/0]"}, *const named[] = {"203.0.113.9"},
				 *const media[] = {"203.0.113.9", "2001:db8::9"};
	struct ts_sip_target_policy policy = {
		.mapped = media, .n_mapped = 2, .also_mapped = "203.0.113.8"};
	static const char *const ours[] = {
		"203.0.113.9", "203.0.113.8", "2001:db8::9", "::ffff:203.0.113.9"};
	for (int rules = 0; rules < 2; rules++) {
		policy.rules = rules ? all : NULL;
		policy.n_rules = rules ? 2 : 0;
		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			if (may_go(&policy, ours[i], 5060, TS_SIP_UDP, "h"))
				fail_msg("%s", ours[i]);
		assert_true(may_go(&policy, "203.0.113.7", 5060, TS_SIP_UDP, "h"));
		assert_true(may_go(&policy, "2001:db8::8", 5060, TS_SIP_UDP, "h"));
	}
	policy.rules = named;
	policy.n_rules = 1;
	assert_true(may_go(&policy, "203.0.113.9", 5060, TS_SIP_UDP, "h"));
	policy.also_mapped = "";
	policy.n_rules = 0;
	assert_true(may_go(&policy, "203.0.113.8", 5060, TS_SIP_UDP, "h"));
}

static void goes_where_the_rules_say(void **state)
{
	(void)state;
	static const char *const rules[] = {"10.0.0.0/8:1024-65535", "pbx.example.org:5070",
		"192.0.2.7", "[2001:db8::/33]:5060", "phones.example.org", "127.0.0.1:7000",
		"0.0.0.0/0:9999"};
	const struct ts_sip_target_policy policy = {.rules = rules, .n_rules = 7, .local = true};
	static const struct {
		const char *to;
		uint16_t port;
		enum ts_sip_protocol protocol;
		const char *host;
		bool may;
	} rows[] = {
		{"10.255.0.1", 6379, TS_SIP_TCP, NULL, true},
		{"10.255.0.1", 22, TS_SIP_TCP, NULL, false},
		{"11.0.0.1", 5060, TS_SIP_UDP, NULL, false},
		{"198.51.100.1", 5070, TS_SIP_TCP, "PBX.example.org", true},
		{"198.51.100.1", 5060, TS_SIP_TCP, "pbx.example.org", false},
		{"198.51.100.1", 5070, TS_SIP_TCP, "evil.example.org", false},
		{"127.0.0.1", 5070, TS_SIP_TCP, "pbx.example.org", false}, /* rebound */
		{"169.254.169.254", 5070, TS_SIP_TCP, "pbx.example.org", false},
		{"192.0.2.7", 40000, TS_SIP_UDP, NULL, true},
		{"192.0.2.7", 5060, TS_SIP_TCP, NULL, true},
		{"192.0.2.7", 22, TS_SIP_TCP, NULL, false},
		{"192.0.2.8", 5060, TS_SIP_UDP, NULL, false},
		{"2001:db8:1::1", 5060, TS_SIP_UDP, NULL, true},
		{"2001:db8:8000::1", 5060, TS_SIP_UDP, NULL, false},
		{"2001:db8:1::1", 5061, TS_SIP_TLS, NULL, false},
		{"198.51.100.2", 5061, TS_SIP_TLS, "phones.example.org", true},
		{"127.0.0.1", 7000, TS_SIP_TCP, NULL, true},
		{"127.0.0.1", 5060, TS_SIP_UDP, NULL, false},
		{"127.0.0.1", 9999, TS_SIP_UDP, NULL, false}, /* everything is not this machine */
		{"::ffff:10.0.0.1", 5060, TS_SIP_UDP, NULL, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (may_go(&policy, rows[i].to, rows[i].port, rows[i].protocol, rows[i].host) !=
			rows[i].may)
			fail_msg("%s:%u %s", rows[i].to, rows[i].port,
				rows[i].host ? rows[i].host : "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(never_goes_there),
		cmocka_unit_test(goes_where_nothing_is_said),
		cmocka_unit_test(goes_where_the_rules_say),
		cmocka_unit_test(this_machine_has_many_addresses),
		cmocka_unit_test(an_advertised_address_is_this_machine)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
