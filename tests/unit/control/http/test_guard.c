#include "config/config.h"
#include "control/http/guard.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

static void set(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
}

static void answers_to_names_that_cannot_be_bent(void **state)
{
	static const struct {
		const char *host;
		bool ok;
	} rows[] = {
		{"127.0.0.1:8080", true},
		{"127.0.0.1", true},
		{"[::1]:8080", true},
		{"192.168.1.5:8080", true},
		{"localhost:8080", true},
		{"LocalHost", true},
		{"localhost.:8080", true},
		{"a.localhost", true},
		{"localhost:8080*127.0.0.1", false}, /* found by fuzz_client_address */
		{"localhost:80/x", false},
		{"meet.example.org@localhost", false},
		{"meet.example.org", true},
		{"Meet.Example.org:443", true},
		{"evil.example", false},
		{"evillocalhost", false},
		{"localhost.evil.example", false},
		{"127.0.0.1.evil.example:8080", false},
		{"meet.example.org.evil.example", false},
		{"[evil]", false},
		{"[", false},
		{":", false},
		{"", false},
		{NULL, false},
	};
	struct ts_config config;
	(void)state;
	ts_config_init_defaults(&config);
	set(&config.http.public_url, "https://meet.example.org:8443");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_guard_host_ok(&config, rows[i].host) != rows[i].ok)
			fail_msg("%s", rows[i].host);
	set(&config.http.api_token, "0123456789abcdef");
	assert_true(ts_guard_host_ok(&config, "evil.example"));
	ts_config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers_to_names_that_cannot_be_bent)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
