/* Where HTTP leads: answers, and what a Location means to who asked. */
#include "container/redirect.h"

#include "base/error.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void answers(void **state)
{
	static const struct {
		const char *head, *location; /* NULL: it leads nowhere */
	} rows[] = {
		{"HTTP/1.1 302 Found\r\nLocation: http://a/b\r\n\r\n", "http://a/b"},
		{"HTTP/1.0 301 Moved\r\nServer: x\r\nlocation:\t/b?c  \r\n\r\n", "/b?c"},
		{"HTTP/1.1 303 S\r\nLOCATION: b\r\n\r\n", "b"},
		{"HTTP/1.1 307 T\r\nLocation: b\r\n\r\n", "b"},
		{"HTTP/1.1 308 P\r\nLocation: b\r\n\r\n", "b"},
		{"HTTP/1.1 200 OK\r\nLocation: b\r\n\r\n", NULL},
		{"HTTP/1.1 300 Many\r\nLocation: b\r\n\r\n", NULL},
		{"HTTP/1.1 304 Same\r\nLocation: b\r\n\r\n", NULL},
		{"HTTP/1.1 401 No\r\nLocation: b\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\n\r\nLocation: b\r\n", NULL}, /* of the body */
		{"HTTP/1.1 302 Found\r\nX-Location: b\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\nLocation: a\r\nLocation: b\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\nLocation:\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\nLocation: a b\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\nLocation: a\\b\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\nLocation: a\nb\r\n\r\n", NULL},
		{"HTTP/1.1 302 Found\r\nLocation: \xc3\xa4\r\n\r\n", NULL},
		{"HTTP/2 302\r\nLocation: a\r\n\r\n", NULL},
		{"ICY 302 Found\r\nLocation: a\r\n\r\n", NULL},
		{"", NULL},
		{"HTTP/1.1 302 Found", NULL},
	};
	char location[TS_URL_MAX], head[3000] = "HTTP/1.1 302 Found\r\nLocation: ";
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const int err = ts_redirect_answer(rows[i].head, location);
		if (err != (rows[i].location ? 0 : TS_ENOTFOUND)) fail_msg("%s", rows[i].head);
		if (!err) assert_string_equal(location, rows[i].location);
	}
	const size_t len = strlen(head);
	memset(head + len, 'a', TS_URL_MAX);
	strcpy(head + len + TS_URL_MAX, "\r\n\r\n");
	assert_int_equal(ts_redirect_answer(head, location), TS_ENOTFOUND);
	strcpy(head + len + TS_URL_MAX - 1, "\r\n\r\n");
	assert_int_equal(ts_redirect_answer(head, location), 0);
}

static void places(void **state)
{
	static const struct {
		const char *from, *location, *to; /* NULL: it is not followed */
	} rows[] = {
		{"http://a/b/c", "http://d/e", "http://d/e"},
		{"http://a/b/c", "HTTPS://D:444/e#f", "https://D:444/e"},
		{"http://a:80/b/c", "//d/e", "http://d/e"},
		{"http://a:81/b/c?q", "/e?r#f", "http://a:81/e?r"},
		{"http://a/b/c?q=/x/", "d", "http://a/b/d"},
		{"http://a/b/c?q", "?r", "http://a/b/c?r"},
		{"http://a", "b", "http://a/b"},
		{"http://a?q", "b", "http://a/b"},
		{"http://a/b/c/d", "../e", "http://a/b/e"},
		{"http://a/b/c/d", "../../../../e/./f/..", "http://a/e/"},
		{"http://a/b/c", "./", "http://a/b/"},
		{"http://a/b", "c:80", NULL}, /* a scheme */
		{"http://[::1]:8080/b", "/c", "http://[::1]:8080/c"},
		/* accounts stay where they are meant for */
		{"http://u:p@a/b", "/c", "http://u:p@a/c"},
		{"http://u:p@a/b", "http://A:80/c", "http://u:p@A:80/c"},
		{"http://u:p@a/b", "http://a:81/c", "http://a:81/c"},
		{"http://u:p@a/b", "https://a/c", "https://a/c"},
		{"http://u:p@a/b", "http://d/c", "http://d/c"},
		{"http://a/b", "http://u:p@d/c", "http://d/c"},
		{"http://u:p@a/b", "http://x:y@a/c", "http://u:p@a/c"},
		/* schemes */
		{"https://a/b", "https://d/c", "https://d/c"},
		{"https://a/b", "http://a/b", NULL},
		{"http://a/b", "file:///etc/passwd", NULL},
		{"http://a/b", "rtmp://d/c/e", NULL},
		{"http://a/b", "rtsp://d/c", NULL},
		{"http://a/b", "srt://d:1", NULL},
		{"http://a/b", "gopher://d/", NULL},
		{"http://a/b", "concat:x|y", NULL},
		{"http://a/b", "data:,x", NULL},
		/* no URL */
		{"http://a/b", "http:c", NULL},
		{"http://a/b", "http:///c", NULL},
		{"http://a/b", "http://d:0/c", NULL},
		{"http://a/b", "http://d@e@f/c", NULL},
		{"http://a/b", "//", NULL},
	};
	char to[TS_URL_MAX], from[TS_URL_MAX] = "http://a/", location[TS_URL_MAX] = "";
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *why = ts_redirect_to(to, rows[i].from, rows[i].location);
		if (!why != !!rows[i].to)
			fail_msg("%s, %s: %s", rows[i].from, rows[i].location, why ? why : to);
		if (!why) assert_string_equal(to, rows[i].to);
	}
	/* longer than any URL may be */
	memset(from + 9, 'b', 600);
	from[608] = '/';
	memset(location, 'c', 600);
	assert_non_null(ts_redirect_to(to, from, location));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
