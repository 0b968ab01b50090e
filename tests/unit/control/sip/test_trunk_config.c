/* Numbers as a trunk takes them, and hosts. */
#include "control/sip/number.h"
#include "control/sip/trunk_config.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <string.h>

static void rewrites_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *rules;
		enum ts_trunk_format format;
		const char *number, *sent; /* NULL: not taken */
	} rows[] = {
		{"(+.)=\\1", TS_TRUNK_E164, "+4930555", "+4930555"},
		{"(+.)=\\1", TS_TRUNK_PLAIN, "+4930555", "4930555"},
		{"(+.)=\\1", TS_TRUNK_00, "+4930555", "004930555"},
		{"(+.)=\\1", TS_TRUNK_E164, "030555", NULL},
		{"0(Z.)=+49\\1,00(.)=+\\1", TS_TRUNK_E164, "030555", "+4930555"},
		{"0(Z.)=+49\\1,00(.)=+\\1", TS_TRUNK_E164, "0033155", "+33155"},
		{"9(.)=\\1", TS_TRUNK_E164, "9112", "112"},
		{"112=112", TS_TRUNK_PLAIN, "112", "112"},
		{"112=112", TS_TRUNK_PLAIN, "1123", NULL},
		{"+(1)(.)=00\\1*\\2#", TS_TRUNK_PLAIN, "+155", "001*55#"},
		{"", TS_TRUNK_E164, "112", NULL},
		{"+=+", TS_TRUNK_PLAIN, "+", NULL}, /* nothing is left */
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char sent[TS_TRUNK_TEXT_MAX];
		struct ts_trunk_config *c = ts_trunk_config_new();
		c->dial = g_strsplit(rows[i].rules, ",", -1);
		c->format = rows[i].format;
		bool taken = ts_trunk_rewrite(c, rows[i].number, sent, sizeof(sent));
		if (taken != (rows[i].sent != NULL) || (taken && strcmp(sent, rows[i].sent) != 0))
			fail_msg("%s by %s: %d %s", rows[i].number, rows[i].rules, taken, sent);
		ts_trunk_config_unref(c);
	}
}

static void reads_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *to, *number;
	} rows[] = {{"+49 (30) 555-1", "+49305551"}, {"tel:+49-30-555;phone-context=x", "+4930555"},
		{"TEL:112", "112"}, {"*72#", "*72#"}, {"1.2", "12"}, {"", NULL}, {"tel:", NULL},
		{"tel:;x", NULL}, {"+", NULL}, {"4+9", NULL}, {"desk", NULL}, {"sip:1@h", NULL}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char out[TS_TRUNK_TEXT_MAX];
		bool is = ts_trunk_number(rows[i].to, out, sizeof(out));
		if (is != (rows[i].number != NULL) || (is && strcmp(out, rows[i].number) != 0))
			fail_msg("%s: %d %s", rows[i].to, is, out);
	}
	char big[300], out[TS_TRUNK_TEXT_MAX];
	memset(big, '1', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_false(ts_trunk_number(big, out, sizeof(out)));
}

static void splits_hosts(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
		uint16_t port;
	} rows[] = {{"a.example", "a.example", 0}, {"10.0.0.1:5070", "10.0.0.1", 5070},
		{"[::1]:5060", "::1", 5060}, {"[2001:db8::1]", "2001:db8::1", 0}, {"", NULL, 0},
		{":5060", NULL, 0}, {"a:", NULL, 0}, {"a:0", NULL, 0}, {"a:65536", NULL, 0},
		{"::1", NULL, 0}, {"[::1", NULL, 0}, {"[::1]x", NULL, 0}, {"a b", NULL, 0},
		{"a;transport=tcp", NULL, 0}, {"u@a", NULL, 0}, {"a>", NULL, 0}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char host[TS_TRUNK_TEXT_MAX];
		uint16_t port;
		bool ok = ts_trunk_host_split(rows[i].text, host, sizeof(host), &port);
		if (ok != (rows[i].host != NULL) ||
			(ok && (strcmp(host, rows[i].host) != 0 || port != rows[i].port)))
			fail_msg("%s: %d", rows[i].text, ok);
	}
}

static void judges_rules(void **state)
{
	(void)state;
	static const char *const good[] = {"(+.)=\\1", "9(.)=+49\\1", "[12]X=*\\#"};
	static const char *const bad[] = {
		"1=team", "1=\\1", "=1", "1=", "(1=1", "1=1 2", "1=sip:x"};
	for (size_t i = 0; i < 2; i++) assert_true(ts_sip_number_rewrite_ok(good[i]));
	assert_false(ts_sip_number_rewrite_ok(good[2])); /* a \ before no digit */
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (ts_sip_number_rewrite_ok(bad[i])) fail_msg("%s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rewrites_numbers),
		cmocka_unit_test(reads_numbers), cmocka_unit_test(splits_hosts),
		cmocka_unit_test(judges_rules)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
