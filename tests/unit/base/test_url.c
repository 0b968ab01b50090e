#include "base/url.h"

#include "cmocka_all.h"
#include <string.h>

static void test_parts(void **state)
{
	struct ts_url u;
	(void)state;
	assert_true(ts_url_parse(&u, "RTSP://ann:pass@cam.example.org:8554/live/1?a=b#c"));
	assert_string_equal(u.scheme, "rtsp");
	assert_string_equal(u.user, "ann:pass");
	assert_string_equal(u.host, "cam.example.org");
	assert_int_equal(u.port, 8554);
	assert_string_equal(u.rest, "/live/1?a=b");
	assert_true(ts_url_parse(&u, "srt://[2001:db8::1]:9000?mode=caller"));
	assert_string_equal(u.host, "2001:db8::1");
	assert_true(u.v6);
	char out[100];
	assert_true(ts_url_to(out, sizeof out, &u, "::1"));
	assert_string_equal(out, "srt://[::1]:9000?mode=caller");
	assert_false(ts_url_to(out, 10, &u, "::1"));
}

/* What readers of URLs understand in different ways is none. */
static void test_refused(void **state)
{
	static const char *const bad[] = {"", "http", "http:/a", "http://", "http:///x", "://a",
		"http://a b/", "http://a\\@b/", "http://a@b@c/", "http://a:0/", "http://a:65536/",
		"http://a:/", "http://a:1x/", "http://[::1", "http://[::1]x/",
		"http://[fe80::1%25eth0]/", "http://a%2eb/", "http://a\nb/", "http://\xc3\xa4/",
		"crypto+http://a/", "1http://a/", "http://[]/", "http://a@/", "data:text/plain,x"};
	struct ts_url u;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (ts_url_parse(&u, bad[i])) print_error("%s\n", bad[i]);
		assert_false(ts_url_parse(&u, bad[i]));
	}
	char longer[TS_URL_MAX + 8];
	memset(longer, 'a', sizeof longer);
	memcpy(longer, "http://", 7);
	longer[sizeof longer - 1] = '\0';
	assert_false(ts_url_parse(&u, longer));
}

static void test_masked(void **state)
{
	static const char *const row[][2] = {
		{"rtsp://ann:pass@cam/live?key=1", "rtsp://***@cam/live?***"},
		{"rtmp://host/app/secret", "rtmp://host/app/***"},
		{"rtmp://host/app/secret/", "rtmp://host/app/***"},
		{"rtmps://host/app/inner/secret//?a", "rtmps://host/app/***?***"},
		{"rtmp://host//app//secret", "rtmp://host//app//***"},
		{"rtmp://host/secret/", "rtmp://host/***"},
		{"rtmp://host/", "rtmp://host/"},
		{"rtsp://h/user=admin_password=X_channel=1.sdp", "rtsp://h/***"},
		{"rtsp://h/ann:pass@1", "rtsp://h/***"},
		{"rtsp://h/user%3Dann", "rtsp://h/***"},
		{"srt://host:9000?passphrase=secret", "srt://host:9000?***"},
		{"https://host/a.mp4", "https://host/a.mp4"},
		{"media:clips/a.mp4", "media:clips/a.mp4"},
		{"rtsp://ann:pass@bad host/", "rtsp://***"},
		{"test:", "test:"},
	};
	char out[TS_URL_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		ts_url_masked(out, sizeof out, row[i][0]);
		assert_string_equal(out, row[i][1]);
	}
}

static bool is(struct ts_url_part part, const char *text)
{
	return part.len == strlen(text) && !memcmp(part.at, text, part.len);
}

static void test_cut(void **state)
{
	struct ts_url_parts p;
	(void)state;
	assert_true(ts_url_cut(&p, "srt://a@b:c:d@[2001:db8::1]:9000/x/y?z=/?#f?/"));
	assert_true(is(p.scheme, "srt") && is(p.user, "a@b") && is(p.password, "c:d"));
	assert_true(is(p.host, "2001:db8::1") && p.v6 && is(p.port, "9000"));
	assert_true(is(p.path, "x/y") && is(p.query, "z=/?") && is(p.fragment, "f?/"));
	assert_true(ts_url_cut(&p, "srt://:9000"));
	assert_true(is(p.host, "") && p.has_port && !p.has_user && !p.has_path && !p.has_query);
	assert_true(ts_url_cut(&p, "a://b?c"));
	assert_true(!p.has_path && p.has_query && is(p.query, "c"));
	assert_true(ts_url_cut(&p, "a://b#c/d"));
	assert_true(!p.has_path && !p.has_query && p.has_fragment);
	assert_true(ts_url_cut(&p, "a://@b/"));
	assert_true(p.has_user && !p.user.len && !p.has_password && p.has_path && !p.path.len);
	assert_false(ts_url_cut(&p, "a://[::1"));
	assert_false(ts_url_cut(&p, "a://[::1]b"));
	assert_false(ts_url_cut(&p, "a:/b"));
	assert_false(ts_url_cut(&p, "a://b\\c"));
}

static void test_hosts_and_ports(void **state)
{
	static const struct {
		const char *text;
		bool v6, ok;
	} hosts[] = {
		{"cam-1.example_x", false, true},
		{"", false, false},
		{"a%2e", false, false},
		{"a:b", false, false},
		{"::1", true, true},
		{"::ffff:192.0.2.1", true, true},
		{"fe80::1%eth0", true, false},
		{"192.0.2.1", true, false},
		{"", true, false},
		{"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", true, false},
	};
	static const struct {
		const char *text;
		unsigned port;
	} ports[] = {{"1", 1}, {"65535", 65535}, {"0080", 80}, {"0", 0}, {"65536", 0}, {"", 0},
		{"+1", 0}, {"4294967297", 0}, {"99999999999999999999", 0}};
	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (ts_url_is_host((struct ts_url_part){hosts[i].text, strlen(hosts[i].text)},
			    hosts[i].v6) != hosts[i].ok)
			fail_msg("%s", hosts[i].text);
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
		uint16_t port;
		const struct ts_url_part part = {ports[i].text, strlen(ports[i].text)};
		if (ts_url_port(&port, part) != (ports[i].port != 0)) fail_msg("%s", part.at);
		if (ports[i].port) assert_int_equal(port, ports[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_hosts_and_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
