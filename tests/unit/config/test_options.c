#include "base/error.h"
#include "config/options.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
		{{"--check-config", "--set", "room.fps=0"}, TS_EXIT_CONFIG, "",
			"tessera: room.fps: \"0\" is not"},
		{{"--check-config", "--set", "http.listen=0.0.0.0:1"}, TS_EXIT_CONFIG, "",
			"http.api_token"},
		{{"--set", "http.listen=0.0.0.0:1"}, TS_EXIT_CONFIG, "",
			"can be reached from other machines"},
		{{"--print-config", "--set", "room.fps=12"}, TS_EXIT_OK, "\nfps=12\n", ""},
		{{"--help"}, TS_EXIT_OK, "  limits.max_rooms=200\n", ""},
		{{"--version"}, TS_EXIT_OK, "tessera 1.2-test\n", ""},
		{{"--config", "/nonexistent"}, TS_EXIT_CONFIG, "",
			"tessera: /nonexistent: No such file"},
		{{"--config"}, TS_EXIT_CONFIG, "",
			"--config: unknown option, or its value is missing"},
		{{"--nonsense"}, TS_EXIT_CONFIG, "", "--nonsense: unknown option"},
		{{"extra"}, TS_EXIT_CONFIG, "", "options only"},
		{{"--set", "nonsense"}, TS_EXIT_CONFIG, "",
			"\"nonsense\" is not section.key=value"},
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
	static const char *const args[] = {
		"--set", "room.fps=10", "--set", "room.fps=20", "--config", SAMPLE, NULL};
	struct result r;
	(void)state;

	parse(&r, args);
	assert_int_equal(r.rc, TS_OPTIONS_RUN);
	assert_int_equal(r.config.room.fps, 20);
	done(&r);
}

static void write_file(char path[40], const char *text, mode_t mode)
{
	strcpy(path, "/tmp/test_options-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* One that --set takes from a file is nowhere in `ps`. */
static void test_secrets_come_from_files(void **state)
{
	char path[40], arg[100];
	struct result r;
	(void)state;
	write_file(path, "\n  token-of-16-chars \nanother-16-chars-\n", 0600);
	snprintf(arg, sizeof(arg), "join.tokens=@%s", path);
	parse(&r, (const char *[]){"--set", arg, NULL});
	assert_int_equal(r.rc, TS_OPTIONS_RUN);
	assert_int_equal(r.config.join.tokens.n, 2);
	assert_string_equal(r.config.join.tokens.item[0], "token-of-16-chars");
	assert_string_equal(r.config.join.tokens.item[1], "another-16-chars-");
	done(&r);
	unlink(path);

	parse(&r, (const char *[]){"--set", arg, NULL});
	assert_int_equal(r.rc, TS_EXIT_CONFIG);
	assert_non_null(strstr(r.err, "No such file"));
	done(&r);

	parse(&r, (const char *[]){"--set", "node.id=@x", NULL}); /* no secret: as it stands */
	assert_null(strstr(r.err, "No such file"));
	done(&r);
}

static void test_secrets_that_everybody_may_read_are_told(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		bool told;
	} rows[] = {
		{"[http]\napi_token=0123456789abcdef\n", 0644, true},
		{"[http]\napi_token=0123456789abcdef\n", 0640, false},
		{"[sip]\nusers=ann:secret\n", 0604, true},
		{"[room]\nfps=20\n", 0644, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[40];
		struct result r;
		write_file(path, rows[i].text, rows[i].mode);
		parse(&r, (const char *[]){"--config", path, NULL});
		assert_int_equal(r.rc, TS_OPTIONS_RUN);
		if (rows[i].told != !!strstr(r.err, "warning: /tmp/"))
			fail_msg("row %zu: %s", i, r.err);
		done(&r);
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_overrides_come_after_the_file),
		cmocka_unit_test(test_secrets_come_from_files),
		cmocka_unit_test(test_secrets_that_everybody_may_read_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
