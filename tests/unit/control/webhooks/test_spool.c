/* A queue on disk: in order, over restarts, whatever its files went through; its dead letters. */
#include "base/error.h"
#include "control/webhooks/letters.h"
#include "control/webhooks/spool.h"
#include "tests/unit/base/cmocka_all.h"
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX = 16 << 20 };

static struct {
	char *base, *folder;
	struct ts_spool *spool;
} t;

static int setup(void **state)
{
	(void)state;
	t.base = g_dir_make_tmp("spool-XXXXXX", NULL);
	t.folder = g_build_filename(t.base, "queue", NULL);
	t.spool = ts_spool_open(t.folder, MAX);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_spool_remove(t.spool);
	assert_false(g_file_test(t.folder, G_FILE_TEST_EXISTS));
	g_rmdir(t.base);
	g_free(t.folder);
	g_free(t.base);
	return 0;
}

static void reopen(size_t max)
{
	ts_spool_close(t.spool);
	t.spool = ts_spool_open(t.folder, max);
}

static int add(unsigned number, size_t len)
{
	g_autofree char *text = g_malloc(len + 1);
	memset(text, 'x', len);
	g_snprintf(text, len, "%u ", number);
	return ts_spool_add(t.spool, text, len, 1000 + number);
}

/* The numbers of what is there, all of which are taken out. */
static void assert_rest(unsigned first, unsigned behind)
{
	struct ts_segment_record r[7];
	while (first < behind) {
		const size_t n = ts_spool_peek(t.spool, r, 7, SIZE_MAX);
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++, first++) {
			assert_int_equal(
				g_ascii_strtoull((const char *)r[i].text, NULL, 10), first);
			assert_int_equal(r[i].ms, 1000 + first);
		}
		ts_spool_pop(t.spool, r[n - 1].seq);
	}
	assert_int_equal(ts_spool_peek(t.spool, r, 7, SIZE_MAX), 0);
	assert_int_equal(ts_spool_count(t.spool), 0);
	assert_int_equal(ts_spool_bytes(t.spool), 0);
}

static void test_in_order_over_restarts(void **state)
{
	struct ts_segment_record r[10];
	(void)state;
	for (unsigned i = 0; i < 300; i++) assert_int_equal(add(i, 20000), 0); /* 6 MB: files */
	const uint64_t salt = ts_spool_salt(t.spool);
	assert_int_equal(ts_spool_peek(t.spool, r, 10, 50000), 2);
	ts_spool_pop(t.spool, r[1].seq);
	reopen(MAX);
	assert_int_equal(ts_spool_count(t.spool), 298);
	assert_int_equal(ts_spool_bytes(t.spool), 298 * 20000);
	assert_int_equal(ts_spool_salt(t.spool), salt);
	for (unsigned i = 300; i < 320; i++) assert_int_equal(add(i, 50), 0);
	assert_rest(2, 320);
	/* seq and salt go on when all is empty */
	reopen(MAX);
	assert_int_equal(ts_spool_salt(t.spool), salt);
	assert_int_equal(add(5, 50), 0);
	assert_int_equal(ts_spool_peek(t.spool, r, 1, 0), 1);
	assert_int_equal(r[0].seq, 321);
	assert_rest(5, 6);
}

static char *only_segment(void)
{
	GDir *dir = g_dir_open(t.folder, 0, NULL);
	const char *name;
	char *path = NULL;
	while ((name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".seg")) path = g_build_filename(t.folder, name, NULL);
	g_dir_close(dir);
	return path;
}

/* As kill -9 may leave it: cut anywhere. What was whole is there, and new ones follow it. */
static void test_a_torn_end_is_dropped(void **state)
{
	(void)state;
	for (unsigned cut = 0; cut < 150; cut += 7) {
		struct stat st;
		for (unsigned i = 0; i < 5; i++) assert_int_equal(add(i, 60), 0);
		ts_spool_close(t.spool);
		g_autofree char *path = only_segment();
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(truncate(path, st.st_size - cut), 0);
		t.spool = ts_spool_open(t.folder, MAX);
		const unsigned whole = 5 - (cut + 91) / 92;
		assert_int_equal(ts_spool_count(t.spool), whole);
		for (unsigned i = whole; i < 8; i++) assert_int_equal(add(i, 60), 0);
		assert_rest(0, 8);
	}
}

static void test_a_damaged_file_is_given_up_and_the_next_read(void **state)
{
	struct ts_segment_record r;
	(void)state;
	for (unsigned i = 0; i < 3; i++) assert_int_equal(add(i, 60), 0);
	ts_spool_close(t.spool);
	g_autofree char *path = only_segment();
	t.spool = ts_spool_open(t.folder, MAX);
	for (unsigned i = 3; i < 5; i++) assert_int_equal(add(i, 60), 0);
	/* while it runs */
	const int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "????", 4, TS_SEGMENT_HEAD + 92 + 40), 4);
	close(fd);
	assert_int_equal(ts_spool_peek(t.spool, &r, 1, 0), 1);
	ts_spool_pop(t.spool, r.seq);
	assert_rest(3, 5);
	/* and one that is gone */
	assert_int_equal(add(7, 60), 0);
	g_autofree char *gone = only_segment();
	assert_int_equal(g_unlink(gone), 0);
	assert_int_equal(ts_spool_peek(t.spool, &r, 1, 0), 0);
	assert_int_equal(ts_spool_count(t.spool), 0);
}

static void test_it_is_bounded(void **state)
{
	unsigned n = 0;
	(void)state;
	reopen(2 << 20);
	while (!add(n, 100000)) n++;
	assert_int_equal(n, 20);
	assert_int_equal(add(0, 100000), TS_EFULL);
	assert_int_equal(add(0, TS_SEGMENT_TEXT_MAX + 1), TS_EINVAL);
	assert_rest(0, n);
	assert_int_equal(add(n, 100000), 0);
	assert_rest(n, n + 1);
	assert_int_equal(add(0, TS_SEGMENT_TEXT_MAX), 0);
	struct ts_segment_record r;
	assert_int_equal(ts_spool_peek(t.spool, &r, 1, 0), 1);
	assert_int_equal(r.len, TS_SEGMENT_TEXT_MAX);
}

/* A disk without room: what comes waits in memory, in its place, and goes on when there is room. */
static void test_a_full_disk_is_told_and_holds_nothing_up(void **state)
{
	struct rlimit before, small = {4000, 0};
	unsigned n = 0;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (; n < 10; n++) assert_int_equal(add(n, 600), 0); /* some on disk, the others not */
	assert_true(ts_spool_is_broken(t.spool));
	assert_int_equal(ts_spool_count(t.spool), 10);
	struct ts_segment_record r[20];
	assert_int_equal(ts_spool_peek(t.spool, r, 3, SIZE_MAX), 3);
	ts_spool_pop(t.spool, r[2].seq);
	while (!add(n, 50000)) n++;
	assert_true(n > 20 && n < 32); /* a megabyte */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(add(n++, 600), 0);
	assert_false(ts_spool_is_broken(t.spool));
	reopen(MAX); /* all of it is on disk now */
	assert_rest(3, n);
}

static void test_a_full_disk_is_read_from_memory(void **state)
{
	struct rlimit before, small = {0, 0};
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (unsigned i = 0; i < 30; i++) assert_int_equal(add(i, 600), 0);
	assert_rest(0, 30);
	assert_int_equal(add(30, 600), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(add(31, 600), 0);
	reopen(MAX);
	assert_rest(30, 32);
}

/* ---- dead letters */

static int count(void *arg, const char *event, size_t len)
{
	int *left = arg;
	assert_int_equal(strlen(event), len);
	return (*left)-- > 0 ? 0 : TS_EFULL;
}

static void test_letters_are_kept_and_bounded(void **state)
{
	(void)state;
	struct ts_letters *l = ts_letters_open(t.folder, 3);
	for (int i = 0; i < 5; i++) {
		struct ts_letter letter = {
			.died_ms = 1000 + i, .tries = 2, .n = 2, .status = 400 + i};
		g_strlcpy(letter.reason, "refused \"it\"", sizeof(letter.reason));
		assert_int_equal(ts_letters_add(l, &letter, "{\"a\":1},{\"b\":0.5}"), 0);
	}
	ts_letters_close(l);
	l = ts_letters_open(t.folder, 3);
	for (int i = 0; i < 3; i++) {
		const struct ts_letter *letter = ts_letters_at(l, (size_t)i);
		assert_int_equal(letter->status, 402 + i);
		assert_int_equal(letter->n, 2);
		assert_int_equal(letter->tries, 2);
		assert_string_equal(letter->reason, "refused \"it\"");
	}
	assert_null(ts_letters_at(l, 3));
	int left = 3; /* the second letter does not go as a whole, and stays */
	assert_int_equal(ts_letters_take(l, count, &left), 0);
	assert_int_equal(ts_letters_take(l, count, &left), TS_EFULL);
	assert_int_equal(ts_letters_at(l, 0)->status, 403);
	ts_letters_clear(l);
	assert_int_equal(ts_letters_take(l, count, &left), TS_ENOTFOUND);
	ts_letters_close(l);
}

/* As where the disk, or a limit of descriptors, refuses it for now. */
static void test_a_file_that_cannot_be_read_is_kept(void **state)
{
	(void)state;
	assert_int_equal(add(0, 100), 0);
	ts_spool_close(t.spool);
	g_autofree char *file = g_build_filename(t.folder, "0000000000000001.seg", NULL),
			*aside = g_build_filename(t.base, "aside", NULL),
			*kept = g_strconcat(file, ".unread", NULL),
			*second = g_strconcat(file, ".1.unread", NULL);
	assert_int_equal(g_rename(file, aside), 0);
	assert_int_equal(symlink(aside, file), 0); /* links are not followed: ELOOP */
	t.spool = ts_spool_open(t.folder, MAX);
	assert_int_equal(ts_spool_count(t.spool), 0);
	assert_int_equal(add(7, 100), 0);
	assert_rest(7, 8);
	assert_true(g_file_test(kept, G_FILE_TEST_IS_SYMLINK));
	assert_int_equal(g_unlink(aside), 0);
	/* another of that name takes nothing's place; all go with the queue */
	ts_spool_close(t.spool);
	g_autofree char *head = g_build_filename(t.folder, "head", NULL);
	assert_int_equal(g_unlink(head) | g_unlink(file), 0);
	assert_int_equal(g_mkdir(file, 0700), 0);
	t.spool = ts_spool_open(t.folder, MAX);
	assert_true(g_file_test(kept, G_FILE_TEST_IS_SYMLINK));
	assert_true(g_file_test(second, G_FILE_TEST_IS_DIR));
	assert_int_equal(g_rmdir(second), 0);
}

/* What else is behind the records of a file is not even read. */
static void test_a_huge_file_costs_no_memory(void **state)
{
	(void)state;
	assert_int_equal(add(3, 100), 0);
	ts_spool_close(t.spool);
	g_autofree char *file = g_build_filename(t.folder, "0000000000000001.seg", NULL);
	assert_int_equal(truncate(file, INT64_C(1) << 40), 0);
	t.spool = ts_spool_open(t.folder, MAX);
	assert_rest(3, 4);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_in_order_over_restarts),
		TEST(test_a_torn_end_is_dropped),
		TEST(test_a_damaged_file_is_given_up_and_the_next_read),
		TEST(test_a_file_that_cannot_be_read_is_kept),
		TEST(test_a_huge_file_costs_no_memory),
		TEST(test_it_is_bounded),
		TEST(test_a_full_disk_is_told_and_holds_nothing_up),
		TEST(test_a_full_disk_is_read_from_memory),
		TEST(test_letters_are_kept_and_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
