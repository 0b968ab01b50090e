/* URLs of streams: what is read out of them, what is shown of them, and which are none. */
#include "container/stream_url.h"

#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static void shows_no_secrets(void **state)
{
	static const struct {
		const char *url, *shown;
	} rows[] = {
		{"rtmp://a.rtmp.youtube.com/live2/S3CRET", "rtmp://a.rtmp.youtube.com/live2/***"},
		{"RTMPS://live.example:443/rtmp/S3CRET?s_bl=S3CRET",
			"rtmps://live.example:443/rtmp/***"},
		{"rtmp://h/app/instance/S3CRET", "rtmp://h/app/instance/***"},
		{"rtmp://h/app/S3CRET?a=b/S3CRET", "rtmp://h/app/***"},
		{"rtmp://S3CRET:S3CRET@h:1936/app/S3CRET", "rtmp://***@h:1936/app/***"},
		{"rtmp://S3C@RET:S3CRET@h/app/S3CRET", "rtmp://***@h/app/***"},
		{"rtmp://[2001:db8::1]:1935/app/S3CRET", "rtmp://[2001:db8::1]:1935/app/***"},
		{"srt://h:9000?streamid=S3CRET&passphrase=S3CRET0000&latency=200000",
			"srt://h:9000?streamid=***&passphrase=***&latency=200000"},
		{"srt://h:9000?mode=listener&passphrase=S3CRET0000",
			"srt://h:9000?mode=listener&passphrase=***"},
		{"srt://:9000?mode=listener", "srt://:9000?mode=listener"},
		{"rtsp://S3CRET:S3CRET@h/live/S3CRET?token=S3CRET&S3CRET",
			"rtsp://***@h/live/***?token=***&***"},
		{"rtsp://h/S3CRET", "rtsp://h/***"},
		{"rtsp://h/live/S3CRET/", "rtsp://h/live/***"},
		{"rtsp://h/live/S3CRET//?a", "rtsp://h/live/***?***"},
		{"rtsp://h/S3CRET/", "rtsp://h/***"},
		{"rtsp://h//S3CRET/", "rtsp://h//***"},
		{"rtsp://h//", "rtsp://h/***"},
		{"rtsp://h/token=S3CRET/live/cam", "rtsp://h/***/live/***"},
		{"rtsp://h/live/me@S3CRET/cam/", "rtsp://h/live/***/***"},
		{"rtsp://h/a%3DS3CRET/b%2fS3CRET/", "rtsp://h/***/***"},
		{"rtmp://h/auth=S3CRET/S3CRET", "rtmp://h/***/***"},
		{"udp://239.1.1.1:5004?ttl=4", "udp://239.1.1.1:5004?ttl=4"},
		{"icecast://source:S3CRET@h:8000/mount.ogg", "icecast://***@h:8000/mount.ogg"},
		{"S3CRET", "***"},
		{"rtmp://h/S3CRET", "***"},
		{"http://h/S3CRET", "***"},
		{"rtmp://h/app/S3CRET/", "***"},
		{"rtmp://h/app/S3CRET/?x=1", "***"},
		{"rtmps://h/app/S3CRET/?", "***"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shown[TS_STREAM_URL_MAX + 1];
		ts_stream_url_mask(shown, rows[i].url);
		assert_string_equal(shown, rows[i].shown);
		assert_null(strstr(shown, "S3C"));
	}
}

static void reads_the_parts(void **state)
{
	struct ts_stream_url u;
	(void)state;
	assert_null(ts_stream_url_parse(&u, "rtmp://me:it@h.example/live/instance/k?x=/y"));
	assert_int_equal(u.protocol, TS_STREAM_RTMP);
	assert_string_equal(u.user, "me");
	assert_string_equal(u.password, "it");
	assert_string_equal(u.host, "h.example");
	assert_int_equal(u.port, 1935);
	assert_string_equal(u.path, "live/instance");
	assert_string_equal(u.key, "k?x=/y");

	assert_null(ts_stream_url_parse(&u,
		"srt://[::1]:9000?streamid=%23!::r=a%2Fb,m=publish&passphrase=0123456789&"
		"latency=120000&pbkeylen=32"));
	assert_string_equal(u.host, "::1");
	assert_string_equal(u.streamid, "#!::r=a/b,m=publish");
	assert_string_equal(u.passphrase, "0123456789");
	assert_int_equal(u.latency_us, 120000);
	assert_int_equal(u.pbkeylen, 32);
	assert_false(u.listen);

	assert_null(ts_stream_url_parse(&u, "rtsp://h/live/cam?key=1"));
	assert_int_equal(u.port, 554);
	assert_string_equal(u.path, "live/cam?key=1");
	assert_null(ts_stream_url_parse(&u, "icecast://source:x@h/a.ogg"));
	assert_int_equal(u.port, 8000);
}

static void refuses(void **state)
{
	static const char *const rows[] = {"", "rtmp", "rtmp:/h/a/b", "://h/a/b",
		"file:///etc/passwd", "http://h/a", "gopher://h/a", "concat:rtmp://h/a/b",
		"rtmp://h/a", "rtmp://h//k", "rtmp://h/a/", "rtmp://h", "rtmp:///a/b",
		"rtmp://h:0/a/b", "rtmp://h:65536/a/b", "rtmp://h:x/a/b", "rtmp://h:/a/b",
		"rtmp://[::1/a/b", "rtmp://[x]/a/b", "rtmp://[::1]x/a/b", "rtmp://h/a/b c",
		"rtmp://h/a/b\r\nX: y", "rtmp://h/a/\"b", "rtmp://h\\x/a/b", "rtmp://h;x/a/b",
		"rtmp://h,x/a/b", "srt://h", "srt://h:9000/path", "srt://h:9000?mode=rendezvous",
		"srt://h:9000?passphrase=short", "srt://h:9000?streamid=%0a",
		"srt://h:9000?streamid=%zz", "srt://h:9000?streamid=%2", "srt://h:9000?latency=-1",
		"srt://h:9000?mode=listener&streamid=x", "srt://:9000?streamid=x&mode=listener",
		"srt://h:9000?pbkeylen=17", "srt://h:9000?logfile=/x", "srt://:9000",
		"rtp://h:65535", "udp://h:1?localaddr=1.2.3.4", "udp://h:1?ttl=0", "udp://h",
		"udp://u@h:1", "rtsp://h", "rtsp://h/", "icecast://h:8000", "icecast://h/a?b"};
	struct ts_stream_url u;
	char longest[TS_STREAM_URL_MAX + 2] = "rtmp://h/a/";
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!ts_stream_url_parse(&u, rows[i])) fail_msg("%s is taken", rows[i]);
	memset(longest + 11, 'k', sizeof(longest) - 12);
	assert_non_null(ts_stream_url_parse(&u, longest));
	longest[TS_STREAM_URL_MAX] = '\0';
	assert_null(ts_stream_url_parse(&u, longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_no_secrets),
		cmocka_unit_test(reads_the_parts),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
