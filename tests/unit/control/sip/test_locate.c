/* The order of SRV records, and ways as text. */
#include "control/sip/trunk.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static uint32_t next;
static uint32_t fixed(void)
{
	return next;
}

static void sorts_by_priority(void **state)
{
	(void)state;
	struct ts_locate_target t[] = {{.priority = 20, .port = 3}, {.priority = 10, .port = 1},
		{.priority = 20, .weight = 5, .port = 4}, {.priority = 15, .port = 2}};
	next = 0; /* RFC 2782: weight 0 first where 0 is drawn */
	ts_locate_sort(t, 4, fixed);
	for (uint16_t i = 0; i < 4; i++) assert_int_equal(t[i].port, i + 1);
}

static void sorts_by_weight(void **state)
{
	(void)state;
	int first[3] = {0};
	for (uint32_t i = 0; i < 1010; i++) {
		struct ts_locate_target t[] = {{.weight = 10, .port = 0}, {.weight = 90, .port = 1},
			{.weight = 0, .port = 2}};
		next = i;
		ts_locate_sort(t, 3, fixed);
		first[t[0].port]++;
		assert_int_equal(t[0].port + t[1].port + t[2].port, 3);
	}
	assert_in_range(first[0], 90, 120);
	assert_in_range(first[1], 880, 920);
	assert_in_range(first[2], 0, 20);
}

static void prints_ways(void **state)
{
	(void)state;
	static const char *const good[] = {
		"udp 192.0.2.1:5060", "tcp [2001:db8::1]:5070", "tls 10.0.0.1:5061"};
	static const char *const bad[] = {
		"", "udp", "udp ", "sctp 10.0.0.1:5060", "udp example.net:5060"};
	for (size_t i = 0; i < 3; i++) {
		char text[80];
		struct ts_sip_way *way = ts_sip_way_to(good[i]);
		assert_non_null(way);
		ts_sip_way_print(text, sizeof(text), &way->hop[0]);
		assert_string_equal(text, good[i]);
		assert_false(ts_sip_way_next(way));
		assert_false(ts_sip_way_realm_ok(way, "any")); /* a phone gets no password */
		ts_sip_way_free(way);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(ts_sip_way_to(bad[i]));
}

/* Whose challenges are answered: the realm that is set; else the domain, and what the registrar
 * named. */
static void knows_its_realm(void **state)
{
	(void)state;
	static const struct {
		const char *set, *learnt, *asked;
		bool ok;
	} rows[] = {{"r", "", "r", true}, {"r", "x", "x", false}, {"r", "", "d.test", false},
		{"", "", "D.test", true}, {"", "x", "x", true}, {"", "", "x", false},
		{"", "", "", false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_way *way = ts_sip_way_to("udp 192.0.2.1:5060");
		way->trunk = ts_trunk_config_new();
		strcpy(way->trunk->password, "p");
		strcpy(way->trunk->domain, "d.test");
		strcpy(way->trunk->realm, rows[i].set);
		strcpy(way->realm, rows[i].learnt);
		if (ts_sip_way_realm_ok(way, rows[i].asked) != rows[i].ok) fail_msg("row %zu", i);
		ts_sip_way_free(way);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sorts_by_priority),
		cmocka_unit_test(sorts_by_weight), cmocka_unit_test(prints_ways),
		cmocka_unit_test(knows_its_realm)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
