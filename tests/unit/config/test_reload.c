#include "base/error.h"
#include "config/keys.h"
#include "config/line.h"
#include "config/reload.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the standard headers it needs */
#include <cmocka.h>

enum { CHANGES_MAX = 512 };
static struct {
	char key[64];
	bool taken, secret;
} seen[CHANGES_MAX];
static size_t n_seen;

static void on_change(void *arg, const struct ts_config_change *change)
{
	(void)arg;
	assert_true(n_seen < CHANGES_MAX);
	snprintf(
		seen[n_seen].key, sizeof(seen[n_seen].key), "%s.%s", change->section, change->name);
	seen[n_seen].taken = change->taken;
	seen[n_seen++].secret = !change->value;
}

static char *value_of(const struct ts_config *config, const struct ts_config_key *key)
{
	GString *text = g_string_new(NULL);
	key->type->print(key, (const char *)config + key->offset, text);
	return g_string_free(text, FALSE);
}

/* Another value than it has, whatever its type. */
static void change(struct ts_config *config, const struct ts_config_key *key)
{
	static const char *const tries[] = {"on", "off", "127.0.0.1:4711", "/srv/other", "other",
		"0123456789abcdef", "5555", "https://other.example.org", "stun:192.0.2.1",
		"turn:192.0.2.1", "30000-30999", "192.0.2.7", "192.0.2.0/24", "1920x1080",
		"udp:127.0.0.1:5999", "sip:192.0.2.1", "name:0123456789", "(.*)=other", "*9=mute",
		"9=mute", "*9: mute", "192.0.2.1:53", "example.org", "1=other", "de", "json",
		"none", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "room.*"};
	char number[32];
	g_autofree char *before = value_of(config, key);
	const int numbers[] = {key->min, key->max, key->min + key->step};
	bool changed = false;
	for (size_t i = 0; i < G_N_ELEMENTS(numbers) && !changed; i++) {
		g_autofree char *now = NULL;
		snprintf(number, sizeof(number), "%d", numbers[i]);
		if (key->type != &ts_type_int) break;
		assert_true(key->type->parse(key, (char *)config + key->offset, number));
		now = value_of(config, key);
		changed = strcmp(now, before) != 0;
	}
	for (const char *const *c = key->choices;
		c && *c && key->type == &ts_type_choice && !changed; c++)
		changed = strcmp(*c, before) != 0 &&
			key->type->parse(key, (char *)config + key->offset, *c);
	for (size_t i = 0; i < G_N_ELEMENTS(tries) && !changed; i++) {
		g_autofree char *now = NULL;
		key->type->parse(key, (char *)config + key->offset, tries[i]);
		now = value_of(config, key);
		changed = strcmp(now, before) != 0;
	}
	if (!changed) fail_msg("%s.%s: no other value is known", key->section, key->name);
}

/* What other keys a change needs, to be one that goes together. */
static void allow(struct ts_config *config)
{
	char err[TS_CONFIG_ERR_MAX];
	static const char *const more[] = {"http.cert=/a", "http.key=/b",
		"http.api_token=fedcba9876543210", "join.tokens=fedcba9876543210",
		"join.policy=open", "ingest.rtmps_cert=/c", "ingest.rtmps_key=/d",
		"ice.turn_secret=fedcba9876543210", "sip.cert=/e", "sip.key=/f",
		"sip.proxy=", "sip.policy=open"};
	for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
		assert_int_equal(ts_config_set(config, more[i], err, sizeof(err)), 0);
}

/* Each key of the table: what says that it is taken is, and what does not stays. */
static void every_key_does_as_its_row_says(void **state)
{
	size_t taken = 0;
	(void)state;
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		const bool now = key->reload == TS_RELOAD_NOW;
		struct ts_config config, fresh;
		char err[TS_CONFIG_ERR_MAX] = "", name[64];
		ts_config_init_defaults(&config);
		ts_config_init_defaults(&fresh);
		allow(&config);
		allow(&fresh);
		change(&fresh, key);
		g_autofree char *old = value_of(&config, key), *new = value_of(&fresh, key);
		n_seen = 0;
		int rc = ts_config_reload(&config, &fresh, on_change, NULL, err, sizeof(err));
		g_autofree char *after = value_of(&config, key);
		snprintf(name, sizeof(name), "%s.%s", key->section, key->name);
		if (rc) fail_msg("%s: %s", name, err);
		assert_int_equal(n_seen, 1);
		assert_string_equal(seen[0].key, name);
		assert_int_equal(seen[0].taken, now);
		assert_int_equal(seen[0].secret, key->secret);
		assert_string_equal(after, now ? new : old);
		taken += now;
		ts_config_fini(&config);
		ts_config_fini(&fresh);
	}
	assert_in_range(taken, 20, ts_config_n_keys);
}

/* The address needs a restart, so the token must stay as long as it is listened on. */
static void what_does_not_go_together_changes_nothing(void **state)
{
	struct ts_config config, fresh;
	char err[TS_CONFIG_ERR_MAX] = "";
	(void)state;
	ts_config_init_defaults(&config);
	ts_config_init_defaults(&fresh);
	ts_config_set(&config, "http.listen=0.0.0.0:8080", err, sizeof(err));
	ts_config_set(&config, "http.api_token=0123456789abcdef", err, sizeof(err));
	ts_config_set(&config, "join.policy=open", err, sizeof(err));
	ts_config_set(&fresh, "join.policy=open", err, sizeof(err));
	ts_config_set(&fresh, "limits.max_rooms=7", err, sizeof(err));
	assert_int_equal(ts_config_check(&fresh, err, sizeof(err)), 0);
	n_seen = 0;
	assert_int_equal(
		ts_config_reload(&config, &fresh, on_change, NULL, err, sizeof(err)), TS_EINVAL);
	assert_non_null(strstr(err, "http.listen"));
	assert_int_equal(n_seen, 0);
	assert_string_equal(config.http.api_token, "0123456789abcdef");
	assert_int_equal(config.limits.max_rooms, 200);
	ts_config_fini(&config);
	ts_config_fini(&fresh);
}

static void trunks_need_a_restart(void **state)
{
	struct ts_config config, fresh;
	char err[TS_CONFIG_ERR_MAX] = "";
	(void)state;
	ts_config_init_defaults(&config);
	ts_config_init_defaults(&fresh);
	assert_int_equal(ts_config_set(&fresh, "trunk carrier.password=x", err, sizeof(err)), 0);
	n_seen = 0;
	assert_int_equal(ts_config_reload(&config, &fresh, on_change, NULL, err, sizeof(err)), 0);
	assert_int_equal(n_seen, 1);
	assert_string_equal(seen[0].key, "trunk.");
	assert_false(seen[0].taken);
	assert_int_equal(config.trunks.n, 0);
	ts_config_fini(&config);
	ts_config_fini(&fresh);
}

static void lines_are_found(void **state)
{
	const char *text =
		"# a comment\n\n[http]\r\n listen = x\n[ice]\nlisten=y\n[http]\nlisten=z";
	(void)state;
	assert_int_equal(ts_config_line_of(text, "http", "listen"), 8);
	assert_int_equal(ts_config_line_of(text, "ice", "listen"), 6);
	assert_int_equal(ts_config_line_of(text, "ice", "list"), 0);
	assert_int_equal(ts_config_line_of("", "ice", "listen"), 0);
	assert_int_equal(ts_config_bad_line(text), 0);
	assert_int_equal(ts_config_bad_line("[a]\nb=c\nd\n"), 3);
	assert_int_equal(ts_config_bad_line("[a]\n=c\n"), 2);
	assert_int_equal(ts_config_bad_line("\nb=c\n[a]\n"), 2);
	assert_int_equal(ts_config_bad_line("[a\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_does_as_its_row_says),
		cmocka_unit_test(what_does_not_go_together_changes_nothing),
		cmocka_unit_test(trunks_need_a_restart),
		cmocka_unit_test(lines_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
