#include "base/address.h"
#include "base/error.h"
#include "control/sdp/sdp.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

#define FOUNDATION_33 "123456789012345678901234567890123"

static void reads(void **state)
{
	static const struct {
		const char *text, *address;
		uint16_t port;
		enum ts_candidate_type type;
		enum ts_candidate_transport transport;
	} rows[] = {
		{"1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0", "192.0.2.1", 5000,
			TS_CANDIDATE_HOST, TS_CANDIDATE_UDP},
		{"842163049 1 UDP 1677729535 2001:db8::1 6 typ srflx raddr 10.0.0.1 rport 7",
			"2001:db8::1", 6, TS_CANDIDATE_SERVER_REFLEXIVE, TS_CANDIDATE_UDP},
		{"1 1 udp 1 192.0.2.1 5000 typ relay", "192.0.2.1", 5000, TS_CANDIDATE_RELAYED,
			TS_CANDIDATE_UDP},
		{"1 1 udp 1 192.0.2.1 5000 TYP Prflx", "192.0.2.1", 5000,
			TS_CANDIDATE_PEER_REFLEXIVE, TS_CANDIDATE_UDP},
		{"1 2 tcp 1 192.0.2.1 9 typ host tcptype active", "192.0.2.1", 9, TS_CANDIDATE_HOST,
			TS_CANDIDATE_TCP_ACTIVE},
		{"1 1 TCP 1 192.0.2.1 9 typ host generation 0 tcptype passive", "192.0.2.1", 9,
			TS_CANDIDATE_HOST, TS_CANDIDATE_TCP_PASSIVE},
		{"1 1 tcp 1 192.0.2.1 9 typ host tcptype so", "192.0.2.1", 9, TS_CANDIDATE_HOST,
			TS_CANDIDATE_TCP_SO},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_candidate c;
		char address[INET6_ADDRSTRLEN];
		if (ts_sdp_candidate_parse(&c, rows[i].text)) fail_msg("\"%s\"", rows[i].text);
		assert_true(ts_address_text(address, &c.address));
		assert_string_equal(address, rows[i].address);
		assert_int_equal(ts_address_port(&c.address), rows[i].port);
		assert_int_equal(c.type, rows[i].type);
		assert_int_equal(c.transport, rows[i].transport);
	}
}

static void reads_all_of_one(void **state)
{
	struct ts_candidate c;
	char related[INET6_ADDRSTRLEN];
	(void)state;
	assert_int_equal(
		ts_sdp_candidate_parse(
			&c, "4 256 UDP 4294967295 fd00::2 52141 typ srflx raddr 10.0.0.1 rport 7"),
		0);
	assert_string_equal(c.foundation, "4");
	assert_int_equal(c.component, 256);
	assert_int_equal(c.priority, 4294967295);
	assert_true(ts_address_text(related, &c.related));
	assert_string_equal(related, "10.0.0.1");
	assert_int_equal(ts_address_port(&c.related), 7);
	/* a browser that hides where it is */
	assert_int_equal(ts_sdp_candidate_parse(
				 &c, "4 1 UDP 1 fd00::2 52141 typ srflx raddr a.local rport 0"),
		0);
	assert_false(ts_address_text(related, &c.related));
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{"", TS_EBADMSG},
		{"1 1 udp 1 192.0.2.1 5000", TS_EBADMSG},
		{"1 1 udp 1 192.0.2.1 5000 host", TS_EBADMSG},
		{"1 1 udp 1 192.0.2.1 5000 type host", TS_EBADMSG},
		{"1 1 udp 1 192.0.2.1 65536 typ host", TS_EBADMSG},
		{"1 1 udp -1 192.0.2.1 5000 typ host", TS_EBADMSG},
		{"1 1 udp 4294967296 192.0.2.1 5000 typ host", TS_EBADMSG},
		{"1 x udp 1 192.0.2.1 5000 typ host", TS_EBADMSG},
		{"1 257 udp 1 192.0.2.1 5000 typ host", TS_EBADMSG},
		{FOUNDATION_33 " 1 udp 1 192.0.2.1 5000 typ host", TS_EBADMSG},
		{"1 1 udp 1 192.0.2.1 5000 typ host x " FOUNDATION_33 FOUNDATION_33 FOUNDATION_33
				FOUNDATION_33 FOUNDATION_33,
			TS_EBADMSG},
		{"1 1 udp 1 192.0.2.1 5000 typ new", TS_EUNSUPPORTED},
		{"1 1 sctp 1 192.0.2.1 5000 typ host", TS_EUNSUPPORTED},
		{"1 1 tcp 1 192.0.2.1 5000 typ host", TS_EUNSUPPORTED},
		{"1 1 tcp 1 192.0.2.1 5000 typ host tcptype new", TS_EUNSUPPORTED},
		{"1 1 udp 1 0a1b2c3d-aaaa-bbbb-cccc-0123456789ab.local 5000 typ host",
			TS_EUNSUPPORTED},
		{"1 1 udp 1 somewhere 5000 typ host", TS_EUNSUPPORTED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_candidate c;
		if (ts_sdp_candidate_parse(&c, rows[i].text) != rows[i].err)
			fail_msg("\"%s\"", rows[i].text);
	}
}

static void keeps_what_ice_can_use(void **state)
{
	struct ts_sdp_attr attr[] = {
		{.name = "candidate", .value = "1 1 udp 1 192.0.2.1 5000 typ host"},
		{.name = "candidate", .value = "2 2 udp 1 192.0.2.1 5000 typ host"},
		{.name = "candidate", .value = "3 1 tcp 1 192.0.2.1 5000 typ host tcptype active"},
		{.name = "candidate", .value = "4 1 udp 1 192.0.2.1 0 typ host"},
		{.name = "candidate", .value = "5 1 udp 1 a.local 5000 typ host"},
		{.name = "other", .value = "6 1 udp 1 192.0.2.1 5000 typ host"},
		{.name = "candidate", .value = "7 1 udp 1 192.0.2.1 5001 typ host"},
		{.name = "candidate", .value = "8 1 udp 1 192.0.2.1 5002 typ host"},
	};
	const struct ts_sdp_section s = {.attr = attr, .n_attr = sizeof(attr) / sizeof(attr[0])};
	struct ts_candidate out[4] = {{.foundation = "first"}};
	(void)state;
	assert_int_equal(ts_sdp_candidates_read(out, 1, 4, &s), 4);
	assert_string_equal(out[0].foundation, "first");
	assert_string_equal(out[1].foundation, "1");
	assert_string_equal(out[2].foundation, "7");
	assert_string_equal(out[3].foundation, "8");
	assert_int_equal(ts_sdp_candidates_read(out, 4, 4, &s), 4);
}

static void writes(void **state)
{
	static const char *const rows[] = {
		"1 1 udp 2122260223 192.0.2.1 5000 typ host",
		"a+/ 1 udp 4294967295 2001:db8::1 65535 typ srflx raddr 10.0.0.1 rport 7",
		"1 1 udp 1 192.0.2.1 5000 typ relay raddr fd00::1 rport 0",
		"1 1 tcp 1 192.0.2.1 5000 typ host tcptype passive",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_candidate c;
		char text[200] = "", expected[200];
		struct ts_wr w = ts_wr(text, sizeof(text) - 1);
		assert_int_equal(ts_sdp_candidate_parse(&c, rows[i]), 0);
		ts_sdp_candidate_write(&w, &c);
		assert_false(w.bad);
		snprintf(expected, sizeof(expected), "a=candidate:%s\r\n", rows[i]);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(reads_all_of_one),
		cmocka_unit_test(refuses),
		cmocka_unit_test(keeps_what_ice_can_use),
		cmocka_unit_test(writes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
