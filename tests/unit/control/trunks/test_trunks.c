/* Trunks as control knows them: settings, the file, the disk, numbers. */
#include "base/error.h"
#include "control/sip/trunk_plan.h"
#include "control/trunks/registrations.h"
#include "control/trunks/trunks.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define S 1000000000LL

static char *folder;
static struct ts_config config;

static int setup(void **state)
{
	char err[TS_CONFIG_ERR_MAX];
	(void)state;
	folder = g_dir_make_tmp("trunks-XXXXXX", NULL);
	ts_config_init_defaults(&config);
	g_autofree char *dir = g_strconcat("node.state_dir=", folder, NULL);
	static const char *const set[] = {"trunk one.registrar=one.test", "trunk one.user=4930",
		"trunk one.password=secret", "trunk one.dial=(+49.)=\\1", "trunk one.trusted=on",
		"trunk two.proxy=10.0.0.2:5070", "trunk two.dial=(+.)=\\1",
		"trunk two.number_format=00",
		"trunk two.numbers=+49305551=team, +4930555(2XX)=room-\\1, 030.=desk",
		"sip.numbers=77=seven"};
	if (ts_config_set(&config, dir, err, sizeof(err))) return -1;
	for (size_t i = 0; i < G_N_ELEMENTS(set); i++)
		if (ts_config_set(&config, set[i], err, sizeof(err))) return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	g_autofree char *inner = g_build_filename(folder, "trunks", NULL);
	g_rmdir(inner);
	g_rmdir(folder);
	g_free(folder);
	ts_config_fini(&config);
	return 0;
}

static struct ts_trunk_config *made(const char *text, struct ts_shape_error *error)
{
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	struct ts_trunk_config *c = ts_shape_check(&ts_shape_trunk, TS_USE_BODY, json, error)
		? ts_trunk_from_json(json, false, error)
		: NULL;
	json_decref(json);
	return c;
}

static void hear(struct ts_trunks *trunks, const char *name, int what, int ping, const char *server)
{
	struct ts_sip_event event = {.type = TS_SIP_TRUNK, .trunk_state = what, .ping = ping};
	g_strlcpy(event.trunk, name, sizeof(event.trunk));
	g_strlcpy(event.agent, server, sizeof(event.agent));
	ts_trunks_handle(trunks, &event);
}

static void judges_settings(void **state)
{
	(void)state;
	static const struct {
		const char *text, *pointer; /* NULL: good */
	} rows[] = {{"{\"id\":\"a\",\"registrar\":\"r\",\"user\":\"u\"}", NULL},
		{"{\"id\":\"a\",\"proxy\":\"[::1]:5060\"}", NULL}, {"{\"id\":\"a\"}", "/registrar"},
		{"{\"registrar\":\"r\"}", "/id"}, {"{\"id\":\"a/b\",\"proxy\":\"r\"}", "/id"},
		{"{\"id\":\"a\",\"registrar\":\"r\"}", "/user"},
		{"{\"id\":\"a\",\"proxy\":\"sip:r\"}", "/proxy"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"user\":\"u@h\"}", "/user"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"dial\":[\"1=1\",\"x\"]}", "/dial/1"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"numbers\":[\"1=a b\"]}", "/numbers/0"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"headers\":[\"X-A\"]}", "/headers/0"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"codecs\":[\"opus\",\"mp3\"]}", "/codecs/1"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"expires\":5}", "/expires"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"state\":\"static\"}", "/state"},
		{"{\"id\":\"a\",\"proxy\":\"r\",\"default_room\":\"a b\"}", "/default_room"}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ts_shape_error error = {"", ""};
		struct ts_trunk_config *c = made(rows[i].text, &error);
		if (!c != (rows[i].pointer != NULL) ||
			(!c && strcmp(error.pointer, rows[i].pointer) != 0))
			fail_msg("%s: %s %s", rows[i].text, error.pointer, error.detail);
		ts_trunk_config_unref(c);
	}
}

static void shows_no_password(void **state)
{
	(void)state;
	struct ts_shape_error error;
	struct ts_trunk_config *c = made(
		"{\"id\":\"a\",\"registrar\":\"h:99\",\"user\":\"u\",\"password\":"
		"\"hidden\"}",
		&error);
	assert_string_equal(c->domain, "h");
	json_t *shown = ts_trunk_shown(c), *whole = ts_trunk_settings(c);
	char *text = json_dumps(shown, 0);
	assert_null(strstr(text, "hidden"));
	assert_true(json_is_true(json_object_get(shown, "password_set")));
	/* what is stored makes the same again */
	struct ts_trunk_config *again = ts_trunk_from_json(whole, false, &error);
	assert_string_equal(again->password, "hidden");
	assert_string_equal(again->domain, "h");
	ts_trunk_config_unref(again);
	ts_trunk_config_unref(c);
	json_decref(shown);
	json_decref(whole);
	free(text);
}

static void keeps_them_on_disk(void **state)
{
	(void)state;
	struct ts_shape_error error;
	struct ts_trunks *trunks;
	struct stat st;
	assert_int_equal(ts_trunks_create(&trunks, &config), 0);
	assert_int_equal(ts_trunks_put(trunks, made("{\"id\":\"zz\",\"proxy\":\"h\"}", &error)), 0);
	assert_int_equal(ts_trunks_put(trunks, made("{\"id\":\"aa\",\"proxy\":\"h\"}", &error)), 0);
	struct ts_trunk_config *of_file = made("{\"id\":\"one\",\"proxy\":\"h\"}", &error);
	assert_int_equal(ts_trunks_put(trunks, of_file), TS_EEXIST);
	ts_trunk_config_unref(of_file);
	ts_trunks_destroy(&trunks);
	g_autofree char *file = g_build_filename(folder, "trunks", "aa.json", NULL);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ts_trunks_create(&trunks, &config), 0);
	static const char *const order[] = {"one", "two", "aa", "zz"};
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(ts_trunks_at(trunks, i)->config->name, order[i]);
	assert_null(ts_trunks_at(trunks, 4));
	assert_int_equal(ts_trunks_remove(trunks, "one"), TS_EEXIST);
	assert_int_equal(ts_trunks_remove(trunks, "aa"), 0);
	assert_int_equal(ts_trunks_remove(trunks, "zz"), 0);
	assert_int_equal(ts_trunks_remove(trunks, "zz"), TS_ENOTFOUND);
	ts_trunks_destroy(&trunks);
}

/* The first whose rule fits; one that is not well only where no other is. */
static void routes_numbers(void **state)
{
	(void)state;
	struct ts_trunks *trunks;
	struct ts_trunk_route route;
	assert_int_equal(ts_trunks_create(&trunks, &config), 0);
	assert_false(ts_trunks_route(trunks, "+4930", &route)); /* no server was found yet */
	hear(trunks, "one", TS_TRUNK_REGISTERED, -1, "udp 10.0.0.1:5060");
	hear(trunks, "two", TS_TRUNK_STATIC, 1, "udp 10.0.0.2:5070");
	assert_true(ts_trunks_route(trunks, "+4930", &route));
	assert_string_equal(route.trunk, "one");
	assert_string_equal(route.uri, "sip:+4930@one.test;user=phone");
	assert_string_equal(route.hop, "udp 10.0.0.1:5060");
	assert_true(ts_trunks_route(trunks, "+33", &route));
	assert_string_equal(route.uri, "sip:0033@10.0.0.2;user=phone");
	assert_false(ts_trunks_route(trunks, "112", &route));
	hear(trunks, "one", TS_TRUNK_FAILED, -1, "udp 10.0.0.1:5060");
	assert_true(ts_trunks_route(trunks, "+4930", &route));
	assert_string_equal(route.trunk, "two");
	hear(trunks, "two", TS_TRUNK_STATIC, 0, "udp 10.0.0.2:5070");
	assert_true(ts_trunks_route(trunks, "+4930", &route));
	assert_string_equal(route.trunk, "one");
	ts_trunks_destroy(&trunks);
}

static void finds_rooms(void **state)
{
	(void)state;
	static const struct {
		const char *trunk, *called, *room;
	} rows[] = {{"two", "+49305551", "team"}, {"two", "+49 (30) 5552-34", "room-234"},
		{"two", "030999", "desk"}, {"two", "77", NULL}, {"two", "lobby", NULL},
		{"two", "", NULL}, {"one", "77", "seven"}, {"one", "lobby", "lobby"},
		{"gone", "77", NULL}};
	struct ts_trunks *trunks;
	struct ts_shape_error error;
	char room[65];
	assert_int_equal(ts_trunks_create(&trunks, &config), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool found = ts_trunks_room(
			trunks, rows[i].trunk, rows[i].called, room, sizeof(room));
		if (found != (rows[i].room != NULL) || (found && strcmp(room, rows[i].room) != 0))
			fail_msg("%s by %s: %d %s", rows[i].called, rows[i].trunk, found, room);
	}
	assert_int_equal(ts_trunks_put(trunks,
				 made("{\"id\":\"d\",\"proxy\":\"h\",\"numbers\":[\"1=one\"],"
				      "\"default_room\":\"lobby\"}",
					 &error)),
		0);
	assert_true(ts_trunks_room(trunks, "d", "2", room, sizeof(room)));
	assert_string_equal(room, "lobby");
	assert_true(ts_trunks_room(trunks, "d", "1", room, sizeof(room)));
	assert_string_equal(room, "one");
	assert_int_equal(ts_trunks_remove(trunks, "d"), 0);
	ts_trunks_destroy(&trunks);
}

static void bind(
	struct ts_registrations *r, const char *uri, int q, uint32_t expires_s, int64_t now_s)
{
	struct ts_sip_event event = {
		.type = TS_SIP_BINDING, .user = "a", .code = q, .expires_s = expires_s};
	g_strlcpy(event.from, uri, sizeof(event.from));
	ts_registrations_handle(r, &event, now_s * S);
}

/* The URIs, the first to be called first. */
static void assert_phones(struct ts_registrations *r, size_t cap, int64_t now_s, const char *uris)
{
	const struct ts_registration *phone[8];
	char text[64] = "";
	const size_t n = ts_registrations_of(r, "a", phone, cap, now_s * S);
	for (size_t i = 0; i < n; i++) g_strlcat(text, phone[i]->uri, sizeof(text));
	assert_string_equal(text, uris);
}

static void calls_the_best_phones_first(void **state)
{
	(void)state;
	struct ts_registrations *r = ts_registrations_new();
	assert_phones(r, 8, 0, "");
	bind(r, "2", 500, 90, 0);
	bind(r, "1", 1000, 60, 1);
	assert_phones(r, 8, 1, "12");
	bind(r, "3", 1000, 60, 2);
	assert_phones(r, 8, 2, "312"); /* of equals the latest */
	assert_phones(r, 2, 2, "31");
	assert_phones(r, 1, 2, "3");
	bind(r, "4", 0, 70, 3);
	assert_phones(r, 3, 3, "312");
	bind(r, "3", 1000, 0, 3);
	assert_phones(r, 8, 3, "124");
	assert_phones(r, 8, 62, "24"); /* 1 ran out */
	assert_phones(r, 8, 91, "");
	ts_registrations_free(r);
}

static void refuses_bad_sections(void **state)
{
	(void)state;
	static const char *const bad[] = {"trunk x.expires=soon", "trunk x.trusted=yes",
		"trunk x.dial=nonsense", "trunk x.user=u"}; /* x has no server */
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct ts_config c;
		struct ts_trunks *trunks;
		char err[TS_CONFIG_ERR_MAX];
		ts_config_init_defaults(&c);
		assert_int_equal(ts_config_set(&c, bad[i], err, sizeof(err)), 0);
		assert_int_equal(ts_trunks_create(&trunks, &c), TS_EINVAL);
		ts_trunks_destroy(&trunks);
		ts_config_fini(&c);
	}
	char err[TS_CONFIG_ERR_MAX];
	assert_int_equal(
		ts_config_set(&config, "trunk x.colour=red", err, sizeof(err)), TS_ENOTFOUND);
	assert_int_equal(ts_config_set(&config, "trunk .user=red", err, sizeof(err)), TS_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(judges_settings),
		cmocka_unit_test(shows_no_password), cmocka_unit_test(keeps_them_on_disk),
		cmocka_unit_test(routes_numbers), cmocka_unit_test(finds_rooms),
		cmocka_unit_test(calls_the_best_phones_first),
		cmocka_unit_test(refuses_bad_sections)};
	return cmocka_run_group_tests(tests, setup, teardown);
}
