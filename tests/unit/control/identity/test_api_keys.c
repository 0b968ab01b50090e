#include "base/error.h"
#include "control/identity/api_keys.h"
#include "control/identity/key_file.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static char *folder;
static struct ts_api_keys *keys;
static char err[TS_API_KEYS_ERR_MAX];

static int setup(void **state)
{
	(void)state;
	folder = g_dir_make_tmp("tessera-keys.XXXXXX", NULL);
	return ts_api_keys_create(&keys, folder, err);
}

static int teardown(void **state)
{
	g_autofree char *path = g_build_filename(folder, "keys.json", NULL);
	g_autofree char *own = g_build_filename(folder, "own.json", NULL);
	(void)state;
	ts_api_keys_destroy(&keys);
	g_unlink(path);
	g_unlink(own);
	g_rmdir(folder);
	g_free(folder);
	return 0;
}

static const struct ts_api_key *make(char text[TS_API_KEY_TEXT_MAX + 1])
{
	const struct ts_api_key like = {
		.scopes = TS_SCOPE_RECORD, .room = "sales-*", .name = "Bill"};
	const struct ts_api_key *key;
	assert_int_equal(ts_api_keys_make(keys, &like, 1000, text, &key), 0);
	return key;
}

static void reopen(void)
{
	ts_api_keys_destroy(&keys);
	assert_int_equal(ts_api_keys_create(&keys, folder, err), 0);
}

static void made_kept_and_removed(void **state)
{
	char text[TS_API_KEY_TEXT_MAX + 1], id[TS_API_KEY_ID_MAX + 1];
	(void)state;
	g_strlcpy(id, make(text)->id, sizeof(id));
	assert_int_equal(strlen(text), 4 + 12 + 1 + 64);
	assert_string_equal(ts_api_keys_judge(keys, text, 2000)->id, id);
	reopen();
	const struct ts_api_key *key = ts_api_keys_judge(keys, text, 2500);
	assert_non_null(key);
	assert_string_equal(key->room, "sales-*");
	assert_string_equal(key->name, "Bill");
	assert_int_equal(key->scopes, TS_SCOPE_RECORD);
	assert_int_equal(key->created_s, 1000);
	reopen();
	assert_int_equal(ts_api_keys_find(keys, id)->last_used_s, 2500);
	/* the file has no secret, and is the server's alone */
	g_autofree char *path = g_build_filename(folder, "keys.json", NULL), *stored = NULL;
	struct stat st;
	assert_true(g_file_get_contents(path, &stored, NULL, NULL));
	assert_null(strstr(stored, strrchr(text, '_') + 1));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(ts_api_keys_remove(keys, id), 0);
	assert_null(ts_api_keys_judge(keys, text, 3000));
	assert_int_equal(ts_api_keys_remove(keys, id), TS_ENOTFOUND);
	reopen();
	assert_int_equal(ts_api_keys_n(keys), 0);
}

static void what_is_no_key(void **state)
{
	char text[TS_API_KEY_TEXT_MAX + 1], other[TS_API_KEY_TEXT_MAX + 1];
	(void)state;
	make(text);
	make(other);
	g_autofree char *longer = g_strconcat(text, "0", NULL), *upper = g_ascii_strup(text, -1),
			*mixed = g_strdup_printf("%.16s_%s", text, strrchr(other, '_') + 1),
			*huge = g_strnfill(1 << 20, 'a'),
			*tsk = g_strdup_printf("tsk_%.300s", huge),
			*bare = g_strdup(strrchr(text, '_') + 1), *shorter = g_strdup(text);
	shorter[strlen(shorter) - 1] = '\0';
	const char *const bad[] = {"", "tsk_", "tsk__", "tsk_a", "tsk__" HEX64, "tsk_nobody_" HEX64,
		longer, shorter, upper, mixed, huge, tsk, bare};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ts_api_keys_judge(keys, bad[i], 1)) fail_msg("%.90s", bad[i]);
}

static void each_is_another(void **state)
{
	char text[TS_API_KEY_TEXT_MAX + 1], again[TS_API_KEY_TEXT_MAX + 1];
	(void)state;
	const uint64_t serial = make(text)->serial;
	assert_int_not_equal(make(again)->serial, serial);
	assert_string_not_equal(text, again);
}

static void no_more_than_may_be(void **state)
{
	const struct ts_api_key like = {.scopes = TS_SCOPE_RECORD, .room = "*"};
	const struct ts_api_key *key;
	char text[TS_API_KEY_TEXT_MAX + 1];
	GString *json = g_string_new("[");
	(void)state;
	for (int i = 0; i < TS_API_KEYS_MAX; i++)
		g_string_append_printf(json,
			"%s{\"id\":\"k%d\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[\"dial\"]}",
			i ? "," : "", i);
	g_string_append(json, "]");
	g_autofree char *path = g_build_filename(folder, "keys.json", NULL);
	assert_true(g_file_set_contents(path, json->str, -1, NULL));
	g_string_free(json, TRUE);
	ts_api_keys_destroy(&keys);
	assert_int_equal(ts_api_keys_create(&keys, folder, err), 0);
	assert_int_equal(ts_api_keys_make(keys, &like, 1, text, &key), TS_ELIMIT);
	assert_int_equal(ts_api_keys_remove(keys, "k7"), 0);
	assert_int_equal(ts_api_keys_make(keys, &like, 1, text, &key), 0);
	assert_int_equal(ts_api_keys_n(keys), TS_API_KEYS_MAX);
}

/* A key that cannot be stored is none; one that cannot be removed from the disk is still one. */
static void a_disk_that_takes_nothing(void **state)
{
	const struct ts_api_key like = {.scopes = TS_SCOPE_RECORD, .room = "*"};
	const struct ts_api_key *key;
	char text[TS_API_KEY_TEXT_MAX + 1], more[TS_API_KEY_TEXT_MAX + 1];
	g_autofree char *away = g_strconcat(folder, ".away", NULL);
	(void)state;
	make(text);
	g_rename(folder, away);
	g_file_set_contents(folder, "no folder", -1, NULL);
	assert_int_equal(ts_api_keys_make(keys, &like, 1, more, &key), TS_EIO);
	assert_int_equal(ts_api_keys_n(keys), 1);
	assert_int_equal(ts_api_keys_remove(keys, ts_api_keys_at(keys, 0)->id), TS_EIO);
	assert_non_null(ts_api_keys_judge(keys, text, 1));
	g_unlink(folder);
	g_rename(away, folder);
}

static int load(const char *json)
{
	g_autofree char *path = g_build_filename(folder, "own.json", NULL);
	assert_true(g_file_set_contents(path, json, -1, NULL));
	return ts_api_keys_load(keys, path, err);
}

static void the_operators_file(void **state)
{
	/* SHA-256 of "s3cret-s3cret-s3cret-s3cret-s3cr" */
	const char *secret = "s3cret-s3cret-s3cret-s3cret-s3cr";
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, secret, -1);
	g_autofree char *json = g_strdup_printf(
		"[{\"id\":\"billing\",\"hash\":\"sha256:%s\",\"scopes\":[\"record\",\"dial\"]}]",
		hash);
	g_autofree char *less = g_strdup_printf(
		"[{\"id\":\"billing\",\"hash\":\"sha256:%s\",\"scopes\":[\"record\"]}]", hash);
	char made[TS_API_KEY_TEXT_MAX + 1];
	(void)state;
	make(made);
	assert_int_equal(load(json), 0);
	const struct ts_api_key *key = ts_api_keys_judge(
		keys, "tsk_billing_s3cret-s3cret-s3cret-s3cret-s3cr", 7);
	assert_non_null(key);
	assert_true(key->from_file);
	assert_string_equal(key->room, "*");
	assert_int_equal(key->scopes, TS_SCOPE_RECORD | TS_SCOPE_DIAL);
	const uint64_t serial = key->serial;
	assert_int_equal(ts_api_keys_remove(keys, "billing"), TS_EUNSUPPORTED);
	/* read again: the same stays what it is, one that may do less is another */
	assert_int_equal(load(json), 0);
	assert_int_equal(ts_api_keys_find(keys, "billing")->serial, serial);
	assert_int_equal(ts_api_keys_find(keys, "billing")->last_used_s, 7);
	assert_int_equal(load("[{]"), TS_EINVAL);
	assert_non_null(ts_api_keys_find(keys, "billing"));
	assert_int_equal(load(less), 0);
	assert_int_not_equal(ts_api_keys_find(keys, "billing")->serial, serial);
	assert_int_equal(load("[]"), 0);
	assert_null(ts_api_keys_find(keys, "billing"));
	assert_non_null(ts_api_keys_judge(keys, made, 8));
	/* it is not stored with those that were made here */
	assert_int_equal(load(json), 0);
	reopen();
	assert_int_equal(ts_api_keys_n(keys), 1);
}

static void files_that_are_refused(void **state)
{
	static const char *const bad[] = {"", "{}", "[7]", "[{}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64 "\"}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[]}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[\"root\"]}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":\"admin\"}]",
		"[{\"id\":\"a\",\"hash\":\"" HEX64 "\",\"scopes\":[\"dial\"]}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:abc\",\"scopes\":[\"dial\"]}]",
		"[{\"id\":\"a_b\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[\"dial\"]}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64
		"\",\"scopes\":[\"dial\"],\"room\":\"a*b*\"}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64
		"\",\"scopes\":[\"dial\"],\"rooms\":\"a\"}]",
		"[{\"id\":\"a\",\"id\":\"b\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[\"dial\"]}]",
		"[{\"id\":\"a\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[\"dial\"]},"
		"{\"id\":\"a\",\"hash\":\"sha256:" HEX64 "\",\"scopes\":[\"dial\"]}]"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (load(bad[i]) != TS_EINVAL) fail_msg("%s", bad[i]);
		assert_null(strstr(err, "0123456789"));
	}
	assert_int_equal(ts_api_keys_load(keys, "/nonexistent/keys", err), TS_EIO);
	assert_int_equal(ts_api_keys_n(keys), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(made_kept_and_removed),
		TEST(what_is_no_key),
		TEST(each_is_another),
		TEST(no_more_than_may_be),
		TEST(a_disk_that_takes_nothing),
		TEST(the_operators_file),
		TEST(files_that_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
