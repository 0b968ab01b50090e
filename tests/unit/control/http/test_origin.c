#include "config/config.h"
#include "control/http/origin.h"
#include "tests/unit/base/cmocka_all.h"

static void set(struct ts_config *config, const char *assignment)
{
	char err[TS_CONFIG_ERR_MAX];
	if (ts_config_set(config, assignment, err, sizeof(err))) fail_msg("%s", err);
}

static void judges(void **state)
{
	static const struct {
		const char *what, *origin, *host, *site;
		bool tls;
		enum ts_origin is;
	} rows[] = {
		{"curl, an encoder", NULL, "tessera.lan:8080", NULL, false, TS_ORIGIN_NONE},
		{"a program without Host", NULL, NULL, NULL, false, TS_ORIGIN_NONE},
		{"our page", "http://127.0.0.1:8080", "127.0.0.1:8080", NULL, false, TS_ORIGIN_OWN},
		{"and what else it sends", "http://127.0.0.1:8080", "127.0.0.1:8080", "same-origin",
			false, TS_ORIGIN_OWN},
		{"port 80 left out", "http://127.0.0.1", "127.0.0.1:80", NULL, false,
			TS_ORIGIN_OWN},
		{"port 443 left out", "https://[::1]", "[::1]:443", NULL, true, TS_ORIGIN_OWN},
		{"IPv6", "http://[::1]:8080", "[::1]:8080", NULL, false, TS_ORIGIN_OWN},
		{"case", "http://LOCALHOST:8080", "localhost:8080", NULL, false, TS_ORIGIN_OWN},
		{"TLS taken off by a proxy", "https://meet.example.org", "meet.example.org", NULL,
			false, TS_ORIGIN_OWN},
		{"a proxy that renames the host", "https://meet.example.org", "127.0.0.1:8080",
			NULL, false, TS_ORIGIN_OWN},
		{"the same without public_url", "https://other.example", "127.0.0.1:8080",
			"same-origin", false, TS_ORIGIN_OWN},
		{"https with any name", "https://any.example", "any.example", "same-origin", true,
			TS_ORIGIN_OWN},
		{"typed by the reader", NULL, "localhost", "none", false, TS_ORIGIN_OWN},
		{"named", "https://intranet.example", "127.0.0.1:8080", "cross-site", false,
			TS_ORIGIN_NAMED},
		{"named, another scheme", "http://intranet.example", "127.0.0.1:8080", NULL, false,
			TS_ORIGIN_FOREIGN},
		{"named, another port", "https://intranet.example:8443", "127.0.0.1:8080", NULL,
			false, TS_ORIGIN_FOREIGN},
		{"named in another's name", "https://intranet.example.evil.example", "127.0.0.1",
			NULL, false, TS_ORIGIN_FOREIGN},
		{"another site", "http://evil.example", "127.0.0.1:8080", "cross-site", false,
			TS_ORIGIN_FOREIGN},
		{"of an older browser", "http://evil.example", "127.0.0.1:8080", NULL, false,
			TS_ORIGIN_FOREIGN},
		{"another port of this machine", "http://127.0.0.1:3000", "127.0.0.1:8080",
			"same-site", false, TS_ORIGIN_FOREIGN},
		{"without port", "http://127.0.0.1", "127.0.0.1:8080", NULL, false,
			TS_ORIGIN_FOREIGN},
		{"a sandbox, a file", "null", "127.0.0.1:8080", "cross-site", false,
			TS_ORIGIN_FOREIGN},
		{"null alone", "null", "127.0.0.1:8080", NULL, false, TS_ORIGIN_FOREIGN},
		{"null of a rebound name", "null", "null", NULL, false, TS_ORIGIN_FOREIGN},
		{"empty", "", "127.0.0.1:8080", NULL, false, TS_ORIGIN_FOREIGN},
		{"an extension", "chrome-extension://abcdef", "127.0.0.1:8080", "none", false,
			TS_ORIGIN_FOREIGN},
		{"no-cors", NULL, "127.0.0.1:8080", "cross-site", false, TS_ORIGIN_FOREIGN},
		{"its words contradict", "http://127.0.0.1:8080", "127.0.0.1:8080", "cross-site",
			false, TS_ORIGIN_FOREIGN},
		{"rebound name", "http://evil.example:8080", "evil.example:8080", "same-origin",
			false, TS_ORIGIN_BENT},
		{"rebound, older browser", "http://evil.example:8080", "evil.example:8080", NULL,
			false, TS_ORIGIN_BENT},
		{"ends like localhost", "http://notlocalhost:8080", "notlocalhost:8080", NULL,
			false, TS_ORIGIN_BENT},
		{"no Host", "http://evil.example", NULL, "same-origin", false, TS_ORIGIN_BENT},
	};
	struct ts_config config;
	(void)state;
	ts_config_init_defaults(&config);
	set(&config, "http.public_url=https://meet.example.org");
	set(&config, "http.allowed_origins=https://intranet.example, http://kiosk.example:8000");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_origin_words words = {
			rows[i].origin, rows[i].host, rows[i].site, rows[i].tls};
		if (ts_origin_judge(&config, &words) != rows[i].is)
			fail_msg("%s: %d", rows[i].what, ts_origin_judge(&config, &words));
	}
	set(&config, "http.allowed_origins=*");
	const struct ts_origin_words any = {"https://x", "127.0.0.1", "cross-site", false};
	assert_int_equal(ts_origin_judge(&config, &any), TS_ORIGIN_NAMED);
	ts_config_fini(&config);
}

static void takes_origins_alone(void **state)
{
	static const char *const bad[] = {"example.org", "https://", "https://a/", "https://a/b",
		"ftp://a", "https://a?x", "https://*.example.org", "https://u@a", "null",
		"https://a b", "https://a,"};
	struct ts_config config;
	char err[TS_CONFIG_ERR_MAX], assignment[100];
	(void)state;
	ts_config_init_defaults(&config);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(assignment, sizeof(assignment), "http.allowed_origins=%s", bad[i]);
		if (!ts_config_set(&config, assignment, err, sizeof(err))) fail_msg("%s", bad[i]);
	}
	ts_config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges), cmocka_unit_test(takes_origins_alone)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
