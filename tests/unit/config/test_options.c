#include "config/options.h"
#include "base/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* after the standard headers it needs */
#include <cmocka.h>

#define SAMPLE "config/tessera.conf"
#define MAX_ARGS 8

struct result {
	struct ts_config config;
	int rc;
	char *out, *err;
};

static void parse(struct result *r, const char *const *args)
{
	char *argv[MAX_ARGS + 2] = {(char[]){"tessera"}};
	int argc = 1;
	size_t n_out, n_err;
	for (; args[argc - 1]; argc++) argv[argc] = strdup(args[argc - 1]);
	FILE *out = open_memstream(&r->out, &n_out), *err = open_memstream(&r->err, &n_err);

	ts_config_init_defaults(&r->config);
	r->rc = ts_options_parse(&r->config, argc, argv, "1.2-test", out, err);
	fclose(out);
	fclose(err);
	for (int i = 1; i < argc; i++) free(argv[i]);
}

static void done(struct result *r)
{
	ts_config_fini(&r->config);
	free(r->out);
	free(r->err);
}

static void test_results(void **state)
{
	static const struct {
		const char *args[MAX_ARGS];
		int rc;
		const char *out, *err; /* a part; "" : nothing at all */
	} rows[] = {
		{{NULL}, TS_OPTIONS_RUN, "", ""},
		{{"--config", SAMPLE}, TS_OPTIONS_RUN, "", ""},
		{{"--config", SAMPLE, "--check-config"}, TS_EXIT_OK, "", ""},
		{{"--check-config", "--set", "room.fps=0"}, TS_EXIT_CONFIG, "", "tessera: room.fps: \"0\" is not"},
		{{"--check-config", "--set", "http.listen=0.0.0.0:1"}, TS_EXIT_CONFIG, "", "http.api_token"},
		{{"--set", "http.listen=0.0.0.0:1"}, TS_EXIT_CONFIG, "", "can be reached from other machines"},
		{{"--print-config", "--set", "room.fps=12"}, TS_EXIT_OK, "\nfps=12\n", ""},
		{{"--help"}, TS_EXIT_OK, "  limits.max_rooms=200\n", ""},
		{{"--version"}, TS_EXIT_OK, "tessera 1.2-test\n", ""},
		{{"--config", "/nonexistent"}, TS_EXIT_CONFIG, "", "tessera: /nonexistent: No such file"},
		{{"--config"}, TS_EXIT_CONFIG, "", "--config: unknown option, or its value is missing"},
		{{"--nonsense"}, TS_EXIT_CONFIG, "", "--nonsense: unknown option"},
		{{"extra"}, TS_EXIT_CONFIG, "", "options only"},
		{{"--set", "nonsense"}, TS_EXIT_CONFIG, "", "\"nonsense\" is not section.key=value"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct result r;
		parse(&r, rows[i].args);
		assert_int_equal(r.rc, rows[i].rc);
		if (!rows[i].out[0]) assert_string_equal(r.out, "");
		if (!rows[i].err[0]) assert_string_equal(r.err, "");
		if (!strstr(r.out, rows[i].out)) fail_msg("row %zu: out is \"%s\"", i, r.out);
		if (!strstr(r.err, rows[i].err)) fail_msg("row %zu: err is \"%s\"", i, r.err);
		done(&r);
	}
}

static void test_overrides_come_after_the_file(void **state)
{
	static const char *const args[] = {"--set", "room.fps=10", "--set", "room.fps=20", "--config", SAMPLE, NULL};
	struct result r;
	(void)state;

	parse(&r, args);
	assert_int_equal(r.rc, TS_OPTIONS_RUN);
	assert_int_equal(r.config.room.fps, 20);
	done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_overrides_come_after_the_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
