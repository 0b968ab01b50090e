/* Signatures and secrets by the words of Standard Webhooks; what follows from answers. */
#include "control/webhooks/sign.h"
#include "control/webhooks/verdict.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

/* The example of the specification's reference libraries. */
static void test_the_example_is_signed(void **state)
{
	struct ts_sign_key key;
	char out[TS_SIGNATURE_MAX];
	const char *body = "{\"test\": 2432232314}";
	(void)state;
	assert_true(ts_sign_secret(&key, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
	ts_sign(out, &key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, strlen(body));
	assert_string_equal(out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void test_secrets(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* 0: none */
	} rows[] = {
		{"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", 24},
		{"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=", 26},
		{"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY", 0},  /* cut off */
		{"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NT==", 0}, /* 22 bytes */
		{"whsec_MDEyMzQ1Njc4OWFi=2RlZjAxMjM0NTY3", 0}, /* = within */
		{"whsec_MDEyMzQ1Njc4OWFiY2Rl-jAxMjM0NTY3", 0}, /* of another alphabet */
		{"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", 0},
		{"whsec_", 0},
		{"", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ts_sign_key key;
		assert_int_equal(ts_sign_secret(&key, rows[i].text), rows[i].n != 0);
		assert_int_equal(key.n, rows[i].n);
	}
}

static void test_verdicts(void **state)
{
	static const struct {
		int status;
		enum ts_verdict verdict;
	} rows[] = {
		{0, TS_VERDICT_LATER},
		{200, TS_VERDICT_DELIVERED},
		{204, TS_VERDICT_DELIVERED},
		{299, TS_VERDICT_DELIVERED},
		{301, TS_VERDICT_REFUSED},
		{307, TS_VERDICT_REFUSED},
		{400, TS_VERDICT_REFUSED},
		{404, TS_VERDICT_REFUSED},
		{408, TS_VERDICT_LATER},
		{410, TS_VERDICT_GONE},
		{425, TS_VERDICT_LATER},
		{429, TS_VERDICT_LATER},
		{500, TS_VERDICT_LATER},
		{503, TS_VERDICT_LATER},
		{999, TS_VERDICT_LATER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(ts_verdict_of(rows[i].status), rows[i].verdict);
}

static void test_waits_double_with_jitter(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 40; n++) {
		const int64_t most = n < 11 ? INT64_C(1000) << (n - 1) : 600000;
		const int64_t full = most < 600000 ? most : 600000;
		assert_int_equal(ts_verdict_wait_ms(n, 1000, 600000, 0, 0), full / 2);
		assert_in_range(ts_verdict_wait_ms(n, 1000, 600000, 0, UINT32_MAX), full / 2, full);
		assert_int_equal(
			ts_verdict_wait_ms(n, 1000, 600000, 0, (uint32_t)(full / 2)), full);
	}
	/* what the receiver asks for, a day at most */
	assert_int_equal(ts_verdict_wait_ms(1, 1000, 600000, 120, 0), 120000);
	assert_int_equal(ts_verdict_wait_ms(1, 1000, 600000, INT64_MAX, 0), 86400000);
	assert_int_equal(ts_verdict_wait_ms(1, 1000, 600000, -5, 0), 500);
	assert_int_equal(ts_verdict_wait_ms(9, 1000, 100, 0, 0), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_is_signed),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_waits_double_with_jitter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
