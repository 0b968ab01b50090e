#include "config/fetch.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

/* Names of the test's own DNS. */
static size_t resolve(void *arg, const char *host, struct sockaddr_storage *out, size_t max)
{
	static const struct {
		const char *host, *address[2];
	} names[] = {
		{"cam.example", {"198.51.100.7"}},
		{"evil.example", {"127.0.0.1"}},
		{"mixed.example", {"198.51.100.7", "10.0.0.1"}},
		{"lan.example", {"10.1.2.3"}},
		{"mapped.example", {"::ffff:127.0.0.1"}},
		{"nat64.example", {"64:ff9b::7f00:1"}},
		{"sixtofour.example", {"2002:7f00:1::1"}},
		{"metadata.example", {"169.254.169.254"}},
		{"group.example", {"239.1.2.3"}},
		{"six.example", {"2001:db8::7"}},
		/* what inet_aton takes, as resolvers do */
		{"2130706433", {"127.0.0.1"}},
		{"0x7f.1", {"127.0.0.1"}},
		{"0", {"0.0.0.0"}},
	};
	int *asked = arg;
	size_t n = 0;
	++*asked;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcasecmp(names[i].host, host) != 0) continue;
		for (; n < 2 && n < max && names[i].address[n]; n++) {
			struct sockaddr_in *v4 = (void *)&out[n];
			struct sockaddr_in6 *v6 = (void *)&out[n];
			memset(&out[n], 0, sizeof *out);
			if (inet_pton(AF_INET, names[i].address[n], &v4->sin_addr) == 1)
				v4->sin_family = AF_INET;
			else if (inet_pton(AF_INET6, names[i].address[n], &v6->sin6_addr) == 1)
				v6->sin6_family = AF_INET6;
		}
	}
	return n;
}

struct row {
	const char *rules, *url, *opened; /* NULL: refused */
};

static const struct row rows[] = {
	/* nothing is allowed by itself */
	{"", "http://198.51.100.7/a", NULL},
	{"", "rtsp://cam.example/", NULL},
	/* schemes */
	{"https://*", "http://198.51.100.7/a", NULL},
	{"http://*", "file:///etc/passwd", NULL},
	{"http://*", "file://localhost/etc/passwd", NULL},
	{"http://*", "gopher://198.51.100.7:70/x", NULL},
	{"http://*", "concat:a|b", NULL},
	{"http://*", "crypto+http://198.51.100.7/", NULL},
	{"http://*", "subfile,,start,0,end,9,,:http://198.51.100.7/", NULL},
	{"http://*", "data:video/mp4;base64,AA", NULL},
	/* a public name and address, and what is opened */
	{"http://*", "http://cam.example/a?b", "http://198.51.100.7:80/a?b"},
	{"http://*", "http://u:p@cam.example:81/a", "http://u:p@198.51.100.7:81/a"},
	{"rtsp://cam.example", "rtsp://CAM.example:8554/a", "rtsp://198.51.100.7:8554/a"},
	{"rtsp://cam.example:554", "rtsp://cam.example:8554/a", NULL},
	{"rtsp://cam.example:8000-9000", "rtsp://cam.example:8554/a", "rtsp://198.51.100.7:8554/a"},
	{"https://*", "https://cam.example/a", "https://cam.example:443/a"},
	{"http://other.example", "http://cam.example/a", NULL},
	{"srt://*", "srt://cam.example", NULL}, /* no port */
	{"http://*", "http://six.example/", "http://[2001:db8::7]:80/"},
	{"http://*", "http://nowhere.example/", NULL},
	/* private ones by whatever way */
	{"http://*", "http://127.0.0.1/", NULL},
	{"http://*", "http://localhost/", NULL},
	{"http://*", "http://[::1]/", NULL},
	{"http://*", "http://[::ffff:127.0.0.1]/", NULL},
	{"http://*", "http://[::ffff:7f00:1]/", NULL},
	{"http://*", "http://2130706433/", NULL},
	{"http://*", "http://0x7f.1/", NULL},
	{"http://*", "http://0/", NULL},
	{"http://*", "http://0.0.0.0/", NULL},
	{"http://*", "http://10.0.0.1/", NULL},
	{"http://*", "http://192.168.1.1/", NULL},
	{"http://*", "http://100.64.0.1/", NULL},
	{"http://*", "http://169.254.169.254/", NULL},
	{"http://*", "http://[fe80::1]/", NULL},
	{"http://*", "http://[fd00::1]/", NULL},
	{"http://*", "http://[fec0::1]/", NULL},
	{"http://*", "http://evil.example/", NULL},
	{"http://evil.example", "http://evil.example/", NULL},
	{"https://*", "https://evil.example/", NULL},
	{"http://*", "http://mixed.example/", NULL},
	{"http://*", "http://mapped.example/", NULL},
	{"http://*", "http://nat64.example/", NULL},
	{"http://*", "http://sixtofour.example/", NULL},
	{"http://*", "http://metadata.example/", NULL},
	{"http://0.0.0.0/0", "http://127.0.0.1/", NULL},
	{"http://0.0.0.0/0", "http://198.51.100.7/", "http://198.51.100.7:80/"},
	{"http://8.0.0.0/5", "http://10.0.0.1/", NULL}, /* no private network is named */
	{"http://[::]/0", "http://[::1]/", NULL},
	/* named expressly */
	{"http://127.0.0.1:8080", "http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"},
	{"http://127.0.0.1:8080", "http://127.0.0.1:8081/a", NULL},
	{"http://127.0.0.1:8080", "rtsp://127.0.0.1:8080/a", NULL},
	{"rtsp://10.0.0.0/8", "rtsp://lan.example/a", "rtsp://10.1.2.3:554/a"},
	{"rtsp://10.0.0.0/8", "rtsp://evil.example/a", NULL},
	{"rtsp://10.0.0.0/8", "rtsp://11.0.0.1/a", NULL},
	{"http://127.0.0.0/8", "http://[::ffff:127.0.0.1]/", "http://127.0.0.1:80/"},
	{"http://10.0.0.0/8,http://cam.example", "http://mixed.example/", NULL},
	{"http://10.0.0.0/8,http://mixed.example", "http://mixed.example/",
		"http://198.51.100.7:80/"},
	/* options of SRT that do not change who calls, or where */
	{"srt://*",
		"srt://198.51.100.7:9?streamid=a=b,mode&passphrase=0123456789&pbkeylen=16&"
		"latency=80",
		"srt://198.51.100.7:9?streamid=a=b,mode&passphrase=0123456789&pbkeylen=16&"
		"latency=80"},
	{"srt://*", "srt://198.51.100.7:9/?", "srt://198.51.100.7:9/?"},
	{"srt://*", "srt://198.51.100.7:9?mode=listener", NULL},
	{"srt://*", "srt://198.51.100.7:9/a?latency=80&mode=rendezvous", NULL},
	{"srt://*", "srt://198.51.100.7:9??mode=listener", NULL},
	{"srt://*", "srt://198.51.100.7:9?latency=1&&localport=25", NULL},
	{"srt://*", "srt://198.51.100.7:9?=&mode", NULL},
	{"srt://*", "srt://198.51.100.7:9?rcvbuf=2000000000", NULL},
	/* never */
	{"srt://239.0.0.0/8", "srt://239.1.2.3:9000", NULL},
	{"srt://224.0.0.0/4,srt://*", "srt://group.example:9000", NULL},
	{"http://0.0.0.0/8", "http://0.0.0.0/", NULL},
};

static struct ts_strings rules_of(char *text, char **item)
{
	struct ts_strings rules = {item, 0};
	for (char *at = strtok(text, ","); at; at = strtok(NULL, ",")) item[rules.n++] = at;
	return rules;
}

static void test_table(void **state)
{
	int asked = 0;
	const struct ts_fetch_resolver resolver = {resolve, &asked};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[200], *item[8];
		struct ts_fetched out;
		strcpy(text, rows[i].rules);
		const struct ts_strings rules = rules_of(text, item);
		const char *why = ts_fetch_admit(&out, &rules, rows[i].url, &resolver);
		if (!!why != !rows[i].opened || (!why && strcmp(out.url, rows[i].opened) != 0))
			fail_msg("%s by \"%s\": %s", rows[i].url, rows[i].rules,
				why ? why : out.url);
		/* a glance refuses nothing that may be opened */
		if (rows[i].opened) assert_null(ts_fetch_glance(&rules, rows[i].url));
	}
	assert_true(asked > 10);
}

/* What no answer of the DNS could make right is refused at once, and nothing is asked. */
static void test_glance(void **state)
{
	static const char *const bad[] = {"file:///etc/passwd", "gopher://a/", "http://127.0.0.1/",
		"http://other.example/", "http://10.0.0.1:99/", "nonsense",
		"srt://10.0.0.1:9000?mode=listener"};
	char one[] = "http://cam.example", two[] = "rtsp://10.0.0.0/8",
	     three[] = "srt://10.0.0.0/8", *item[] = {one, two, three};
	const struct ts_strings rules = {item, 3};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(ts_fetch_glance(&rules, bad[i]));
	assert_null(ts_fetch_glance(&rules, "http://cam.example/"));
	assert_null(ts_fetch_glance(&rules, "rtsp://whatever.example/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_glance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
