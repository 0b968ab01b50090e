#include "base/address.h"
#include "transport/ice/candidates.h"
#include "transport/net/own_address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sockaddr_storage at(const char *host, uint16_t port)
{
	struct sockaddr_storage a;
	ts_address_parse(&a, host, port);
	return a;
}

static void kinds(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		bool loopback, taken;
	} rows[] = {
		{"192.0.2.1", false, true},
		{"10.0.0.1", false, true},
		{"fe80::1", false, true}, /* of a client in the same network */
		{"127.0.0.1", true, true},
		{"127.0.0.1", false, false},
		{"::1", false, false},
		{"::ffff:127.0.0.1", false, false},
		{"224.0.0.251", true, false},
		{"255.255.255.255", true, false},
		{"0.0.0.0", true, false},
		{"::", true, false},
		{"ff02::fb", true, false},
	};
	struct ts_own_addresses *own = calloc(1, sizeof(*own));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_candidates c = {0};
		struct sockaddr_storage a = at(rows[i].host, 5000);
		if (ts_candidates_take(&c, own, &a, rows[i].loopback) != rows[i].taken)
			fail_msg("%s", rows[i].host);
		assert_int_equal(c.n, rows[i].taken);
	}
	struct ts_candidates c = {0};
	struct sockaddr_storage ours = at("127.0.0.1", 6000);
	ts_own_address_add(own, &ours);
	assert_false(ts_candidates_take(&c, own, &ours, true));
	free(own);
}

static void once_and_so_many(void **state)
{
	(void)state;
	struct ts_own_addresses *own = calloc(1, sizeof(*own));
	struct ts_candidates c = {0};
	for (int generation = 0; generation < 2; generation++) {
		size_t taken = 0;
		for (uint16_t k = 0; k < 60000; k++) {
			/* each twice */
			struct sockaddr_storage a = at("192.0.2.1", (uint16_t)(1 + k / 2));
			taken += ts_candidates_take(&c, own, &a, false);
		}
		assert_int_equal(taken, TS_CAND_MAX);
		ts_candidates_forget(&c);
	}
	free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds), cmocka_unit_test(once_and_so_many)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
