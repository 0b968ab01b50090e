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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_masked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
