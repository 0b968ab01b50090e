#include "control/sip/digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NONCE "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"

/* RFC 7616 3.9.1. */
static void agrees_with_the_rfc(void **state)
{
	(void)state;
	static const struct {
		enum ts_digest_algorithm algorithm;
		const char *response;
	} rows[] = {{TS_DIGEST_MD5, "8ca523f5e9506fed4657c9700eebdbec"},
		{TS_DIGEST_SHA256,
			"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"}};
	for (size_t i = 0; i < 2; i++) {
		const struct ts_digest_answer answer = {.algorithm = rows[i].algorithm,
			.username = "Mufasa",
			.realm = "http-auth@example.org",
			.nonce = NONCE,
			.uri = "/dir/index.html",
			.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			.nc = 1};
		char response[TS_DIGEST_HEX_MAX + 1];
		ts_digest_response(response, &answer, "Circle of Life", "GET");
		assert_string_equal(response, rows[i].response);
	}
}

static void reads_challenges(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		enum ts_digest_algorithm algorithm; /* NONE: refused */
		bool stale, no_qop;
	} rows[] = {
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", TS_DIGEST_MD5, false, false},
		{"digest realm=\"r\",nonce=\"n\",qop=\"auth,auth-int\",algorithm=md5,stale=TRUE",
			TS_DIGEST_MD5, true, false},
		{"Digest\r\n realm=\"r\",\r\n nonce=\"n\", qop=auth , algorithm=\"SHA-256\"",
			TS_DIGEST_SHA256, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int auth\", charset=UTF-8, "
		 "algorithm=SHA-256",
			TS_DIGEST_SHA256, false, false},
		/* RFC 2069 */
		{"Digest realm=\"r\", nonce=\"n\"", TS_DIGEST_MD5, false, true},
		{"Digest realm=\"r\", nonce=\"n\", algorithm=MD5, stale=true", TS_DIGEST_MD5, true,
			true},
		{"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256", TS_DIGEST_NONE, false,
			false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"\"", TS_DIGEST_NONE, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", TS_DIGEST_NONE, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5-sess",
			TS_DIGEST_NONE, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-512-256",
			TS_DIGEST_NONE, false, false},
		{"Digest realm=\"\", nonce=\"n\", qop=\"auth\"", TS_DIGEST_NONE, false, false},
		{"Digest realm=\"r, nonce=n, qop=auth", TS_DIGEST_NONE, false, false},
		{"Digestrealm=\"r\", nonce=\"n\", qop=\"auth\"", TS_DIGEST_NONE, false, false},
		{"Basic realm=\"r\"", TS_DIGEST_NONE, false, false},
		{"Digest", TS_DIGEST_NONE, false, false},
		{"", TS_DIGEST_NONE, false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_digest_challenge challenge;
		bool ok = ts_digest_challenge_read(
			&challenge, rows[i].value, strlen(rows[i].value));
		if (ok != (rows[i].algorithm != TS_DIGEST_NONE))
			fail_msg("%s: %d", rows[i].value, ok);
		if (!ok) continue;
		assert_int_equal(challenge.algorithm, rows[i].algorithm);
		assert_int_equal(challenge.stale, rows[i].stale);
		assert_int_equal(challenge.no_qop, rows[i].no_qop);
		assert_string_equal(challenge.realm, "r");
		assert_string_equal(challenge.nonce, "n");
	}
}

/* RFC 2069 2.4, with the response of its erratum 749. */
static void answers_old_challenges(void **state)
{
	(void)state;
	static const char value[] =
		"Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
	struct ts_digest_challenge challenge;
	struct ts_digest_answer read,
		ours = {.username = "Mufasa", .uri = "/dir/index.html", .cnonce = "c", .nc = 1};
	char text[1000];
	assert_true(ts_digest_challenge_read(&challenge, value, sizeof(value) - 1));
	assert_true(ts_digest_answer_write(
		text, sizeof(text), &challenge, &ours, "CircleOfLife", "GET"));
	assert_non_null(strstr(text, "response=\"1949323746fe6a43ef61f9606e7febea\""));
	assert_null(strstr(text, "qop"));
	assert_null(strstr(text, "cnonce"));
	assert_null(strstr(text, "nc="));
	assert_false(ts_digest_answer_read(&read, text, strlen(text))); /* we take no such */
}

/* RFC 8760: of several the strongest, wherever it stands. */
static void chooses_challenges(void **state)
{
	static const char *const values[] = {"Digest realm=\"r\", nonce=\"n\"",
		"Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
		"Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256"};
	(void)state;
	struct ts_digest_challenge item[3], none = {.algorithm = TS_DIGEST_NONE};
	for (size_t i = 0; i < 3; i++)
		assert_true(ts_digest_challenge_read(&item[i], values[i], strlen(values[i])));
	for (size_t i = 0; i < 3; i++) {
		assert_true(ts_digest_is_better(&item[i], &none));
		for (size_t j = 0; j < 3; j++)
			assert_int_equal(ts_digest_is_better(&item[i], &item[j]), i > j);
	}
}

static void answers_challenges(void **state)
{
	(void)state;
	static const char value[] =
		"Digest realm=\"a \\\"b\\\" c\", nonce=\"n\\\\1\", qop=\"auth\", opaque=\"o\", "
		"algorithm=SHA-256";
	struct ts_digest_challenge challenge;
	struct ts_digest_answer ours = {.username = "trunk",
					.uri = "sip:a@h",
					.cnonce = "c",
					.nc = 0x2a},
				read;
	char text[2000], expected[TS_DIGEST_HEX_MAX + 1];
	assert_true(ts_digest_challenge_read(&challenge, value, sizeof(value) - 1));
	assert_string_equal(challenge.realm, "a \"b\" c");
	assert_true(
		ts_digest_answer_write(text, sizeof(text), &challenge, &ours, "secret", "INVITE"));
	assert_null(strstr(text, "secret"));
	assert_non_null(strstr(text, "opaque=\"o\""));
	assert_true(ts_digest_answer_read(&read, text, strlen(text)));
	assert_int_equal(read.algorithm, TS_DIGEST_SHA256);
	assert_int_equal(read.nc, 0x2a);
	assert_string_equal(read.realm, "a \"b\" c");
	assert_string_equal(read.nonce, "n\\1");
	ts_digest_response(expected, &read, "secret", "INVITE");
	assert_string_equal(read.response, expected);
	ts_digest_response(expected, &read, "secret", "BYE");
	assert_string_not_equal(read.response, expected);
	for (size_t cap = 1; cap < strlen(text); cap += 7)
		assert_false(
			ts_digest_answer_write(text, cap, &challenge, &ours, "secret", "INVITE"));
}

static void refuses_answers(void **state)
{
	(void)state;
#define GOOD                                                                                 \
	"Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:d@h\", response=\"0\", " \
	"cnonce=\"c\""
	static const struct {
		const char *value;
		bool good;
	} rows[] = {
		{GOOD ", qop=auth, nc=00000001", true},
		{GOOD ", qop=\"auth\", nc=0000000A, algorithm=MD5", true},
		{GOOD ", nc=00000001", false},
		{GOOD ", qop=auth-int, nc=00000001", false},
		{GOOD ", qop=auth", false},
		{GOOD ", qop=auth, nc=1", false},
		{GOOD ", qop=auth, nc=0000000g", false},
		{GOOD ", qop=auth, nc=00000001, algorithm=SHA-512-256", false},
		{GOOD ", qop=auth, nc=00000001, uri=\"sip:e@h\"", false},
		{"Digest username=\"a\", realm=\"r\", nonce=\"n\", response=\"0\", cnonce=\"c\", "
		 "qop=auth, nc=00000001",
			false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_digest_answer answer;
		if (ts_digest_answer_read(&answer, rows[i].value, strlen(rows[i].value)) !=
			rows[i].good)
			fail_msg("%s", rows[i].value);
	}
}

static void survives_cuts(void **state)
{
	(void)state;
	static const char value[] = GOOD
		", qop=auth, nc=00000001, algorithm=\"SHA-256\", x=\"\\\"\"";
	for (size_t n = 0; n < sizeof(value); n++) {
		char *copy = malloc(n ? n : 1);
		struct ts_digest_answer answer;
		struct ts_digest_challenge challenge;
		assert_non_null(copy);
		memcpy(copy, value, n);
		ts_digest_answer_read(&answer, copy, n);
		ts_digest_challenge_read(&challenge, copy, n);
		free(copy);
	}
}

/* On machines that have been up for a month, after a flood, where 32 bits wrap. */
static void times_of_nonces(void **state)
{
	static const struct {
		uint32_t last, now, next;
	} rows[] = {
		{0, 5, 5},
		{0, 0x7fffffff, 0x7fffffff},
		{0, 0x80000001, 0x80000001},
		{0, 0xff000000, 0xff000000},
		{7, 7, 8},
		{12, 7, 13},
		{1006, 7, 1007},
		{1007, 7, 7},
		{5000, 7, 7},
		{0xffffffff, 0xffffffff, 0},
		{3, 0xfffffffe, 4},
		{0xfffffffe, 3, 3},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(ts_digest_next_time(rows[i].last, rows[i].now), rows[i].next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(times_of_nonces),
		cmocka_unit_test(agrees_with_the_rfc), cmocka_unit_test(reads_challenges),
		cmocka_unit_test(answers_old_challenges), cmocka_unit_test(chooses_challenges),
		cmocka_unit_test(answers_challenges), cmocka_unit_test(refuses_answers),
		cmocka_unit_test(survives_cuts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
