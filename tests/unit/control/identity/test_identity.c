#include "base/error.h"
#include "config/config.h"
#include "control/identity/api_keys.h"
#include "control/identity/identity.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#define TOKEN "the-token-of-the-operator"
static struct ts_config config;
static struct ts_identity *identity;
static char *folder;

static void set(char **field, const char *text)
{
	g_free(*field);
	*field = g_strdup(text);
}

static int setup(void **state)
{
	(void)state;
	folder = g_dir_make_tmp("tessera-identity.XXXXXX", NULL);
	ts_config_init_defaults(&config);
	set(&config.node.state_dir, folder);
	return 0;
}

static int teardown(void **state)
{
	g_autofree char *own = g_build_filename(folder, "identity", NULL),
			*path = g_build_filename(own, "keys.json", NULL);
	(void)state;
	ts_identity_destroy(&identity);
	ts_config_fini(&config);
	g_unlink(path);
	g_rmdir(own);
	g_rmdir(folder);
	g_free(folder);
	return 0;
}

static void begin(const char *token)
{
	set(&config.http.api_token, token);
	assert_int_equal(ts_identity_create(&identity, &config), 0);
}

/* As SIGHUP does it: the settings first. */
static void change_token(const char *token)
{
	set(&config.http.api_token, token);
	ts_identity_reload(identity);
}

static struct ts_caller judge(const char *text)
{
	struct ts_caller caller = {.kind = TS_CALLER_ANYBODY};
	const char *why;
	if (ts_identity_judge(identity, text, 1000, &caller, &why) != TS_IDENTITY_GOOD)
		caller.kind = TS_CALLER_ANYBODY;
	return caller;
}

static void without_anything_nobody_is_asked(void **state)
{
	const struct ts_caller anybody = {.kind = TS_CALLER_ANYBODY};
	(void)state;
	begin("");
	assert_false(ts_identity_asks(identity));
	assert_true(ts_identity_is_current(identity, &anybody, 1000));
	change_token(TOKEN);
	assert_true(ts_identity_asks(identity));
	assert_false(ts_identity_is_current(identity, &anybody, 1000));
}

/* The operator goes over from the token to keys: it must not open the API to everybody. */
static void a_token_that_is_taken_away_opens_nothing(void **state)
{
	char text[TS_API_KEY_TEXT_MAX + 1], id[TS_API_KEY_ID_MAX + 1];
	const struct ts_api_key like = {.scopes = TS_SCOPE_ALL, .room = "*"}, *key;
	(void)state;
	begin(TOKEN);
	assert_int_equal(ts_api_keys_make(ts_identity_keys(identity), &like, 1000, text, &key), 0);
	g_strlcpy(id, key->id, sizeof(id));
	change_token("");
	assert_true(ts_identity_asks(identity));
	assert_int_equal(judge(TOKEN).kind, TS_CALLER_ANYBODY);
	assert_int_equal(judge("").kind, TS_CALLER_ANYBODY);
	assert_int_equal(judge(text).kind, TS_CALLER_KEY);
	assert_int_equal(ts_api_keys_remove(ts_identity_keys(identity), id), 0);
	assert_true(ts_identity_asks(identity));
}

static void nor_without_any_key(void **state)
{
	(void)state;
	begin(TOKEN);
	change_token("");
	assert_true(ts_identity_asks(identity));
	change_token("");
	assert_true(ts_identity_asks(identity));
}

static void a_token_that_was_replaced_is_not_current(void **state)
{
	(void)state;
	begin(TOKEN);
	const struct ts_caller before = judge(TOKEN);
	assert_int_equal(before.kind, TS_CALLER_TOKEN);
	ts_identity_reload(identity);
	assert_true(ts_identity_is_current(identity, &before, 1000));
	change_token("another-token-of-theirs");
	assert_false(ts_identity_is_current(identity, &before, 1000));
	const struct ts_caller now = judge("another-token-of-theirs");
	assert_true(ts_identity_is_current(identity, &now, 1000));
	change_token(TOKEN);
	assert_false(ts_identity_is_current(identity, &before, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(without_anything_nobody_is_asked),
		T(a_token_that_is_taken_away_opens_nothing),
		T(nor_without_any_key),
		T(a_token_that_was_replaced_is_not_current),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
