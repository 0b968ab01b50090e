#define G_LOG_DOMAIN "testdomain"
#define G_LOG_USE_STRUCTURED
#include "base/error.h"
#include "base/log.h"
#include "tests/unit/base/cmocka_all.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int saved_fd, pipe_fd[2];
static char captured[65536];

static void capture(void)
{
	assert_int_equal(pipe2(pipe_fd, O_NONBLOCK), 0);
	saved_fd = dup(STDERR_FILENO);
	dup2(pipe_fd[1], STDERR_FILENO);
}

static const char *release(void)
{
	dup2(saved_fd, STDERR_FILENO);
	close(saved_fd);
	close(pipe_fd[1]);
	size_t len = 0;
	for (ssize_t n; (n = read(pipe_fd[0], captured + len, sizeof(captured) - 1 - len)) > 0;)
		len += (size_t)n;
	captured[len] = '\0';
	close(pipe_fd[0]);
	return captured;
}

static void line_has_its_shape(void **state)
{
	(void)state;
	capture();
	errno = ENOENT;
	ts_info("joined", "room=%s n=%d", "standup", 3);
	int kept_errno = errno;
	const char *line = release();
	int y, mo, d, h, mi, s, ms;
	assert_int_equal(kept_errno, ENOENT);
	assert_int_equal(
		sscanf(line, "ts=%4d-%2d-%2dT%2d:%2d:%2d.%3dZ ", &y, &mo, &d, &h, &mi, &s, &ms), 7);
	assert_in_range(y, 2024, 2200);
	assert_in_range(mo, 1, 12);
	assert_string_equal(line + strlen("ts=2024-01-02T03:04:05.678Z "),
		"level=info event=\"joined\" room=standup n=3\n");
}

static void level_decides(void **state)
{
	(void)state;
	capture();
	ts_log_set_level(TS_LOG_WARN);
	ts_error("a", "%s", "");
	ts_warn("b", "%s", "");
	ts_info("c", "%s", "");
	ts_debug("d", "%s", "");
	ts_log_set_level(TS_LOG_DEBUG);
	ts_debug("e", "%s", "");
	ts_log_set_level(TS_LOG_INFO);
	const char *text = release();
	assert_non_null(strstr(text, "level=error event=\"a\"\n"));
	assert_non_null(strstr(text, "level=warn event=\"b\"\n"));
	assert_null(strstr(text, "\"c\""));
	assert_null(strstr(text, "\"d\""));
	assert_non_null(strstr(text, "level=debug event=\"e\"\n"));
}

static void one_event_is_one_line_of_bounded_length(void **state)
{
	(void)state;
	static char huge[10000];
	memset(huge, 'y', sizeof(huge) - 1);
	capture();
	ts_info("forged", "x=%s", "1\nts=2000 level=error\x1b[31m");
	ts_info("long", "x=%s", huge);
	const char *text = release(), *second = strchr(text, '\n') + 1;
	assert_non_null(strstr(text, "x=1?ts=2000 level=error?[31m\n"));
	assert_in_range(strlen(second), 2000, 2048);
	assert_string_equal(second + strlen(second) - 5, "y...\n");
	assert_ptr_equal(strchr(second, '\n'), second + strlen(second) - 1);
}

static void outside_text_is_quoted(void **state)
{
	(void)state;
	static const struct {
		const char *name, *in, *out;
	} rows[] = {
		{"plain", "Ann B", "\"Ann B\""},
		{"empty", "", "\"\""},
		{"missing", NULL, "\"\""},
		{"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
		{"control bytes", "a\nb\rc\td\x01\x1b\x7f", "\"a\\nb\\rc\\td\\x01\\x1b\\x7f\""},
		{"UTF-8 of 2, 3, 4 bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
			"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{"C1 control", "\xc2\x85", "\"\\xc2\\x85\""},
		{"first after C1", "\xc2\xa0", "\"\xc2\xa0\""},
		{"overlong", "\xc0\xaf \xe0\x80\xaf", "\"\\xc0\\xaf \\xe0\\x80\\xaf\""},
		{"surrogate", "\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
		{"beyond Unicode", "\xf4\x90\x80\x80\xf5", "\"\\xf4\\x90\\x80\\x80\\xf5\""},
		{"cut off", "\xe2\x82", "\"\\xe2\\x82\""},
		{"lone continuation", "\x80z", "\"\\x80z\""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(TS_LOG_STR(rows[i].in), rows[i].out))
			print_error("row: %s\n", rows[i].name);
		assert_string_equal(TS_LOG_STR(rows[i].in), rows[i].out);
	}
}

static void long_outside_text_is_cut_between_characters(void **state)
{
	(void)state;
	char in[1000];
	memset(in, 'a', sizeof(in));
	in[200] = '\0';
	assert_int_equal(strlen(TS_LOG_STR(in)), 202);
	in[200] = 'a';
	in[201] = '\0';
	struct ts_log_str q = ts_log_quote(in);
	assert_int_equal(strlen(q.s), 205);
	assert_string_equal(q.s + 201, "...\"");
	memcpy(in + 199, "\xc3\xa9", 3);
	q = ts_log_quote(in);
	assert_string_equal(q.s + 200, "...\"");

	memset(in, 1, sizeof(in) - 1); /* each byte becomes four */
	in[sizeof(in) - 1] = '\0';
	q = ts_log_quote(in);
	assert_in_range(strlen(q.s), 245, TS_LOG_STR_MAX - 1);
	assert_string_equal(q.s + strlen(q.s) - 8, "\\x01...\"");
}

static void glib_logs_here_too(void **state)
{
	(void)state;
	ts_log_init();
	capture();
	g_warning("odd \"thing\" %d", 5);
	g_critical("check failed");
	g_info("detail");
	g_log("old", G_LOG_LEVEL_WARNING, "by the old call");
	ts_log_set_level(TS_LOG_DEBUG);
	g_debug("detail 2");
	ts_log_set_level(TS_LOG_INFO);
	const char *text = release();
	assert_non_null(strstr(text,
		"level=warn event=\"glib\" domain=\"testdomain\" message=\"odd \\\"thing\\\" "
		"5\"\n"));
	assert_non_null(strstr(text,
		"level=warn event=\"glib\" domain=\"testdomain\" message=\"check failed\"\n"));
	assert_non_null(strstr(
		text, "level=warn event=\"glib\" domain=\"old\" message=\"by the old call\"\n"));
	assert_null(strstr(text, "message=\"detail\""));
	assert_non_null(strstr(
		text, "level=debug event=\"glib\" domain=\"testdomain\" message=\"detail 2\"\n"));
}

static void *log_many(void *arg)
{
	for (int i = 0; i < 100; i++)
		ts_info("thread", "who=%s%s%s end=1", (char *)arg, (char *)arg, (char *)arg);
	return NULL;
}

static void lines_of_threads_stay_whole(void **state)
{
	(void)state;
	pthread_t threads[3];
	static char *const names[] = {"aaaaaaaa", "bbbbbbbb", "cccccccc"};
	capture();
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
	for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
	release();
	int lines = 0;
	char *rest = captured;
	for (char *line; (line = strsep(&rest, "\n")) && *line; lines++) {
		const char *who = strstr(line, "who=");
		assert_memory_equal(line, "ts=", 3);
		assert_non_null(who);
		assert_int_equal(strspn(who + 4, (char[]){who[4], '\0'}), 24);
		assert_string_equal(who + 28, " end=1");
	}
	assert_int_equal(lines, 300);
}

/* Nanoseconds since the process began may be few: the first line passes at any time. */
static void strangers_get_a_line_a_second(void **state)
{
	struct ts_log_limit limit = {0};
	uint64_t held = 99, passed = 0, told = 0;
	(void)state;
	assert_true(ts_log_limit_pass(&limit, 0, &held));
	assert_int_equal(held, 0);
	/* 1000 a second, for 3 s */
	for (int64_t now_ns = 1000000; now_ns <= 3000000000; now_ns += 1000000) {
		if (!ts_log_limit_pass(&limit, now_ns, &held)) continue;
		passed++;
		told += held;
	}
	assert_int_equal(passed, 3);
	assert_int_equal(told, 2997);
}

static void limited_line_says_how_many_more(void **state)
{
	(void)state;
	capture();
	for (int i = 0; i < 3; i++) ts_log_limited(TS_LOG_WARN, "knock", "n=%d", i);
	ts_log_limited(TS_LOG_WARN, "other place", "a=1");
	ts_log_limited(TS_LOG_DEBUG, "not logged", "a=1");
	const char *text = release();
	assert_non_null(strstr(text, "event=\"knock\" n=0 more=0\n"));
	assert_null(strstr(text, "n=1"));
	assert_non_null(strstr(text, "event=\"other place\" a=1 more=0\n"));
	assert_null(strstr(text, "not logged"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strangers_get_a_line_a_second),
		cmocka_unit_test(limited_line_says_how_many_more),
		cmocka_unit_test(line_has_its_shape),
		cmocka_unit_test(level_decides),
		cmocka_unit_test(one_event_is_one_line_of_bounded_length),
		cmocka_unit_test(outside_text_is_quoted),
		cmocka_unit_test(long_outside_text_is_cut_between_characters),
		cmocka_unit_test(glib_logs_here_too),
		cmocka_unit_test(lines_of_threads_stay_whole),
	};
	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
