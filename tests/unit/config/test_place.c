#include "config/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
	enum ts_place_list list;
	const char *text;
	bool ok;
} rows[] = {
	{TS_PLACES_DIAL, "192.0.2.1", true},
	{TS_PLACES_DIAL, "192.0.2.0/24", true},
	{TS_PLACES_DIAL, "192.0.2.0/24:5060", true},
	{TS_PLACES_DIAL, "192.0.2.1:1-65535", true},
	{TS_PLACES_DIAL, "2001:db8::1", true},
	{TS_PLACES_DIAL, "2001:db8::/32", true},
	{TS_PLACES_DIAL, "[2001:db8::/32]:5060", true},
	{TS_PLACES_DIAL, "[::1]", true},
	{TS_PLACES_DIAL, "pbx.example.org", true},
	{TS_PLACES_DIAL, "pbx:5060-5061", true},
	{TS_PLACES_DIAL, "a-b_c.example", true},
	{TS_PLACES_DIAL, "", false},
	{TS_PLACES_DIAL, ":5060", false},
	{TS_PLACES_DIAL, "192.0.2.1/33", false},
	{TS_PLACES_DIAL, "192.0.2.1/", false},
	{TS_PLACES_DIAL, "192.0.2.1/+8", false},
	{TS_PLACES_DIAL, "1.2.3", false},
	{TS_PLACES_DIAL, "192.0.2.1:0", false},
	{TS_PLACES_DIAL, "192.0.2.1:70000", false},
	{TS_PLACES_DIAL, "192.0.2.1:9-8", false},
	{TS_PLACES_DIAL, "[2001:db8::1", false},
	{TS_PLACES_DIAL, "[2001:db8::1]x", false},
	{TS_PLACES_DIAL, "[pbx]:5060", false},
	{TS_PLACES_DIAL, "pbx.example.org:", false},
	{TS_PLACES_DIAL, "a b", false},
	{TS_PLACES_DIAL, "pbx/24", false},
	{TS_PLACES_DIAL, "sip:pbx", false},
	{TS_PLACES_DIAL, "rtmp://pbx", false},
	{TS_PLACES_DIAL, "2001:db8::1/129", false},
	{TS_PLACES_DIAL, "*", false},
	{TS_PLACES_OUTPUTS, "192.0.2.7:1935", true},
	{TS_PLACES_OUTPUTS, "rtmps://a.rtmps.youtube.com", true},
	{TS_PLACES_OUTPUTS, "srt://10.0.0.0/8:9000-9010", true},
	{TS_PLACES_OUTPUTS, "icecast://[2001:db8::1]:8000", true},
	{TS_PLACES_OUTPUTS, "http://a", false},
	{TS_PLACES_OUTPUTS, "rtmp://", false},
	{TS_PLACES_OUTPUTS, "rtmp://*", false},
	{TS_PLACES_OUTPUTS, "://a", false},
	{TS_PLACES_INPUTS, "http://*", true},
	{TS_PLACES_INPUTS, "https://a.b", true},
	{TS_PLACES_INPUTS, "rtsp://10.0.0.0/8:554", true},
	{TS_PLACES_INPUTS, "srt://[2001:db8::/32]:9000-9010", true},
	{TS_PLACES_INPUTS, "rtmp://192.0.2.1", true},
	{TS_PLACES_INPUTS, "rtmps://x", true},
	{TS_PLACES_INPUTS, "", false},
	{TS_PLACES_INPUTS, "http", false},
	{TS_PLACES_INPUTS, "http://", false},
	{TS_PLACES_INPUTS, "ftp://*", false},
	{TS_PLACES_INPUTS, "file://*", false},
	{TS_PLACES_INPUTS, "*://a", false},
	{TS_PLACES_INPUTS, "*", false},
	{TS_PLACES_INPUTS, "192.0.2.1", false},
	{TS_PLACES_INPUTS, "http://a/b", false},
	{TS_PLACES_INPUTS, "http://10.0.0.0/33", false},
	{TS_PLACES_INPUTS, "http://a:0", false},
	{TS_PLACES_INPUTS, "http://1.2.3", false},
	{TS_PLACES_INPUTS, "udp://*", false},
};

static void each_list_has_its_form(void **state)
{
	struct ts_place place;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ts_place_parse(&place, rows[i].list, rows[i].text) != rows[i].ok)
			fail_msg("list %d: %s", rows[i].list, rows[i].text);
}

static struct ts_place place_of(enum ts_place_list list, const char *text)
{
	struct ts_place place;
	assert_true(ts_place_parse(&place, list, text));
	return place;
}

static bool has(const struct ts_place *place, const char *address)
{
	struct sockaddr_storage a;
	assert_true(ts_address_parse(&a, address, 1));
	return ts_place_has_address(place, &a);
}

static void a_network_has_addresses_and_no_names(void **state)
{
	(void)state;
	struct ts_place p = place_of(TS_PLACES_INPUTS, "srt://10.16.0.0/12:9000-9010");
	assert_string_equal(p.scheme, "srt");
	assert_true(has(&p, "10.16.0.0"));
	assert_true(has(&p, "10.31.255.255"));
	assert_false(has(&p, "10.32.0.0"));
	assert_false(has(&p, "::ffff:10.16.0.1"));
	assert_false(ts_place_has_host(&p, ""));
	assert_true(ts_place_has_ports(&p, 9000, 9010));
	assert_false(ts_place_has_ports(&p, 9010, 9011)); /* RTP, with RTCP's behind it */
	assert_false(ts_place_has_ports(&p, 8999, 8999));
	p = place_of(TS_PLACES_OUTPUTS, "[2001:db8::/32]:5060");
	assert_true(has(&p, "2001:db8:ffff::1"));
	assert_false(has(&p, "2001:db9::1"));
	assert_true(ts_place_has_ports(&p, 5060, 5060));
	p = place_of(TS_PLACES_DIAL, "0.0.0.0/0");
	assert_true(has(&p, "255.255.255.255"));
	assert_false(has(&p, "::"));
	assert_true(ts_place_has_ports(&p, 1, 65535));
}

static void a_host_has_its_name_alone(void **state)
{
	(void)state;
	struct ts_place p = place_of(TS_PLACES_OUTPUTS, "PBX.example.org");
	assert_string_equal(p.scheme, "");
	assert_true(ts_place_has_host(&p, "pbx.EXAMPLE.org"));
	assert_false(ts_place_has_host(&p, "x.pbx.example.org"));
	assert_false(has(&p, "0.0.0.0"));
	p = place_of(TS_PLACES_INPUTS, "http://*");
	assert_true(p.everywhere);
	assert_false(ts_place_has_host(&p, "a"));
	assert_false(has(&p, "192.0.2.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_list_has_its_form),
		cmocka_unit_test(a_network_has_addresses_and_no_names),
		cmocka_unit_test(a_host_has_its_name_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
