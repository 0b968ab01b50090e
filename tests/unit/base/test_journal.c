#include "base/journal.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void knows_its_stream(void **state)
{
	struct stat st;
	char own[64], other[64];
	int fd[2];
	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(fstat(fd[1], &st), 0);
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	snprintf(other, sizeof(other), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + 1);
	assert_true(ts_journal_is(fd[1], own));
	assert_false(ts_journal_is(fd[1], other));
	assert_false(ts_journal_is(fd[1], ""));
	assert_false(ts_journal_is(fd[1], NULL));
	assert_false(ts_journal_is(-1, own));
	close(fd[0]);
	close(fd[1]);
}

static void sends_one_datagram(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char got[64] = "";
	(void)state;
	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/tessera-journal-%ld", (long)getpid());
	assert_int_equal(ts_journal_open(at.sun_path), -1);
	int server = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(server, (const struct sockaddr *)&at, sizeof(at)), 0);
	int journal = ts_journal_open(at.sun_path);
	assert_true(journal >= 0);
	assert_true(ts_journal_send(journal, "MESSAGE=x\n", 10));
	assert_int_equal(recv(server, got, sizeof(got), 0), 10);
	assert_string_equal(got, "MESSAGE=x\n");
	/* nobody reads: it is not waited for */
	int sent = 0;
	while (sent < 100000 && ts_journal_send(journal, "MESSAGE=x\n", 10)) sent++;
	assert_in_range(sent, 1, 99999);
	close(server);
	assert_false(ts_journal_send(journal, "MESSAGE=x\n", 10));
	close(journal);
	unlink(at.sun_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_stream), cmocka_unit_test(sends_one_datagram)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
