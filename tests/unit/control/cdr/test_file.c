/* Lines in their order, whole, in the file of that name or the one that it became. */
#include "base/counter.h"
#include "base/error.h"
#include "control/cdr/file.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char *folder, *path, *old;
};

static int setup(void **state)
{
	struct place *p = g_new0(struct place, 1);
	p->folder = g_dir_make_tmp("cdr-XXXXXX", NULL);
	p->path = g_build_filename(p->folder, "cdr", NULL);
	p->old = g_build_filename(p->folder, "cdr.1", NULL);
	*state = p;
	return p->folder ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *p = *state;
	g_unlink(p->path);
	g_unlink(p->old);
	g_rmdir(p->folder);
	g_free(p->folder);
	g_free(p->path);
	g_free(p->old);
	g_free(p);
	return 0;
}

static void assert_holds(const char *path, const char *want)
{
	g_autofree char *text = NULL;
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_string_equal(text, want);
}

static void add(struct ts_cdr_file *file, const char *line)
{
	assert_int_equal(ts_cdr_file_add(file, line, strlen(line)), 0);
}

static void writes_in_order(void **state)
{
	const struct place *p = *state;
	struct ts_cdr_file *file;
	g_file_set_contents(p->path, "before\n", -1, NULL);
	assert_int_equal(ts_cdr_file_create(&file, p->path, 0), 0);
	add(file, "{\"a\":1}");
	add(file, "{\"b\":2}");
	assert_int_equal(ts_cdr_file_add(file, "", 0), 0);
	ts_cdr_file_destroy(&file);
	assert_null(file);
	assert_holds(p->path, "before\n{\"a\":1}\n{\"b\":2}\n");
}

static void rotates_by_size(void **state)
{
	const struct place *p = *state;
	struct ts_cdr_file *file;
	struct stat st;
	assert_int_equal(ts_cdr_file_create(&file, p->path, 10), 0);
	add(file, "1234");
	add(file, "5678");
	add(file, "9abc"); /* would be 15 */
	add(file, "0123456789 longer than all");
	ts_cdr_file_destroy(&file);
	assert_holds(p->path, "0123456789 longer than all\n");
	assert_holds(p->old, "9abc\n");
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0); /* names and addresses are not for everybody */
}

static void opens_anew(void **state)
{
	const struct place *p = *state;
	struct ts_cdr_file *file;
	assert_int_equal(ts_cdr_file_create(&file, p->path, 0), 0);
	assert_int_equal(g_rename(p->path, p->old), 0); /* lines go there until it is told */
	add(file, "1");
	ts_cdr_file_reopen(file);
	add(file, "2");
	ts_cdr_file_destroy(&file);
	assert_holds(p->old, "1\n");
	assert_holds(p->path, "2\n");
}

static void refuses_where_it_cannot(void **state)
{
	struct ts_cdr_file *file;
	(void)state;
	assert_int_equal(ts_cdr_file_create(&file, "/nonexistent/cdr", 0), TS_EIO);
	assert_null(file);
}

static void counts_what_the_disk_refuses(void **state)
{
	struct ts_cdr_file *file;
	int64_t before = ts_count_get(TS_C_CDR_DROPPED);
	(void)state;
	if (access("/dev/full", W_OK)) skip();
	assert_int_equal(ts_cdr_file_create(&file, "/dev/full", 0), 0);
	add(file, "1");
	ts_cdr_file_destroy(&file);
	assert_int_equal(ts_count_get(TS_C_CDR_DROPPED), before + 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(writes_in_order), TEST(rotates_by_size),
		TEST(opens_anew), TEST(refuses_where_it_cannot),
		TEST(counts_what_the_disk_refuses)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
