#include "base/address.h"
#include "base/clock.h"
#include "transport/net/proof.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct sockaddr_storage at(const char *host, uint16_t port)
{
	struct sockaddr_storage a;
	ts_address_parse(&a, host, port);
	return a;
}

static void a_sign_lasts_ten_seconds(void **state)
{
	(void)state;
	struct ts_proof p = {0};
	struct sockaddr_storage peer = at("192.0.2.1", 4000), other_port = at("192.0.2.1", 9),
				victim = at("192.0.2.2", 4000), nobody = {0};
	int64_t t = TS_NS_PER_S;
	assert_false(ts_proof_holds(&p, &peer, t));
	assert_false(ts_proof_holds(&p, &nobody, t));
	ts_proof_sign(&p, &nobody, t);
	assert_false(ts_proof_holds(&p, &nobody, t));
	ts_proof_sign(&p, &peer, t);
	assert_true(ts_proof_holds(&p, &peer, t));
	assert_true(ts_proof_holds(&p, &other_port, t + 9999 * TS_NS_PER_MS));
	assert_false(ts_proof_holds(&p, &peer, t + 10 * TS_NS_PER_S));
	assert_false(ts_proof_holds(&p, &victim, t));
	/* at once when there is a sign again */
	ts_proof_sign(&p, &other_port, t + 60 * TS_NS_PER_S);
	assert_true(ts_proof_holds(&p, &peer, t + 60 * TS_NS_PER_S));
}

/* More hosts than places: those that were silent for longest go, whoever keeps talking stays. */
static void many_hosts(void **state)
{
	(void)state;
	struct ts_proof p = {0};
	struct sockaddr_storage peer = at("2001:db8::1", 4000);
	for (int i = 0; i < 100; i++) {
		char text[16];
		int64_t now = (1 + i) * TS_NS_PER_MS;
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		struct sockaddr_storage host = at(text, 1);
		ts_proof_sign(&p, &peer, now);
		ts_proof_sign(&p, &host, now);
		assert_true(ts_proof_holds(&p, &host, now));
		assert_true(ts_proof_holds(&p, &peer, now));
	}
	struct sockaddr_storage first = at("192.0.2.0", 1);
	assert_false(ts_proof_holds(&p, &first, 101 * TS_NS_PER_MS));
}

static void openers(void **state)
{
	(void)state;
	static const int64_t at_s[TS_PROOF_OPENERS] = {0, 1, 2, 4, 6, 10, 14, 22, 30, 46};
	struct ts_opener o = {0};
	size_t n = 0;
	for (int64_t ms = 0; ms < 600000; ms += 20) {
		if (!ts_opener_due(&o, 5 * TS_NS_PER_S + ms * TS_NS_PER_MS)) continue;
		assert_true(n < TS_PROOF_OPENERS);
		assert_int_equal(ms, at_s[n++] * 1000);
	}
	assert_int_equal(n, TS_PROOF_OPENERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_sign_lasts_ten_seconds),
		cmocka_unit_test(many_hosts), cmocka_unit_test(openers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
