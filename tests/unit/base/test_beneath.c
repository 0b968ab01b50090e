#include "base/beneath.h"
#include "base/error.h"

#include "cmocka_all.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64], folder[80];

static void touch(const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", top, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void link_to(const char *name, const char *to)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(symlink(to, path), 0);
}

static int make(void **state)
{
	(void)state;
	strcpy(top, "/tmp/tessera-beneath.XXXXXX");
	if (!mkdtemp(top)) return -1;
	snprintf(folder, sizeof folder, "%s/media", top);
	char sub[100];
	snprintf(sub, sizeof sub, "%s/sub", folder);
	if (mkdir(folder, 0700) || mkdir(sub, 0700)) return -1;
	touch("outside", "secret");
	touch("media/clip", "clip");
	touch("media/sub/clip", "deep");
	link_to("out", "../outside");
	link_to("away", "/etc/passwd");
	link_to("up", "..");
	link_to("self", "/proc/self/root");
	char pipe[100];
	snprintf(pipe, sizeof pipe, "%s/pipe", folder);
	return mkfifo(pipe, 0600);
}

static int unmake(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

static void test_files(void **state)
{
	char text[8] = "";
	int fd;
	(void)state;
	assert_int_equal(ts_open_beneath(&fd, folder, "sub/clip"), 0);
	assert_int_equal(read(fd, text, 4), 4);
	assert_string_equal(text, "deep");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(ts_open_beneath(&fd, folder, "./clip"), 0);
	close(fd);
	assert_int_equal(ts_open_beneath(&fd, folder, "none"), TS_ENOTFOUND);
	assert_int_equal(ts_open_beneath(&fd, folder, "sub"), TS_EUNSUPPORTED);
	assert_int_equal(ts_open_beneath(&fd, folder, "pipe"), TS_EUNSUPPORTED);
}

static void test_ways_out(void **state)
{
	static const char *const ways[] = {"", "/etc/passwd", "..", "../outside",
		"sub/../../outside", "out", "away", "up/outside", "self/etc/passwd", "sub/../clip"};
	int fd;
	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		assert_int_equal(ts_open_beneath(&fd, folder, ways[i]), TS_EINVAL);
		assert_int_equal(fd, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_ways_out),
	};
	return cmocka_run_group_tests(tests, make, unmake);
}
