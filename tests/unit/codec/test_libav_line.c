/* Lines of libav's log with URLs in them, as libavformat writes them. */
#include "codec/libav_line.h"

#include "base/log.h"
#include "codec/libav.h"
#include "tests/unit/base/cmocka_all.h"
#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void has_no_secrets(void **state)
{
	static const struct {
		const char *line, *cut;
	} rows[] = {
		{"Error when loading first segment 'http://S3C:S3C@h/S3C?token=S3C'\n",
			"Error when loading first segment 'http://***"},
		{"[tcp @ 0x1] Connection to tcp://S3C:1 failed: rtmp://h/S3C",
			"[tcp @ 0x1] Connection to tcp://***"},
		{"'https://h/a b?S3C' \"S3C\" S3C", "'https://***"},
		{"srt://", "srt://"},
		{"srt://S", "srt://*"},
		{"srt://S3CRET", "srt://***"},
		{"no URL: at all / in it", "no URL: at all / in it"},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[200];
		snprintf(line, sizeof(line), "%s", rows[i].line);
		ts_libav_line_cut(line);
		assert_string_equal(line, rows[i].cut);
		assert_null(strstr(line, "S3C"));
	}
}

/* At debug level the line comes without what is behind ://, below not at all; libav itself writes
 * nothing. */
static void tells_our_log(void **state)
{
	char text[1024] = "";
	int ends[2];
	(void)state;
	fflush(stderr);
	assert_int_equal(pipe(ends), 0);
	const int kept = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	ts_libav_init();
	ts_log_set_level(TS_LOG_INFO);
	av_log(NULL, AV_LOG_ERROR, "At info 'http://S3CRET@h'\n");
	ts_log_set_level(TS_LOG_DEBUG);
	av_log(NULL, AV_LOG_ERROR, "At debug 'http://S3CRET@h'\n");
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	const ssize_t n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_true(n > 0);
	assert_null(strstr(text, "At info"));
	assert_non_null(strstr(text, "At debug"));
	assert_null(strstr(text, "S3CRET"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_no_secrets),
		cmocka_unit_test(tells_our_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
