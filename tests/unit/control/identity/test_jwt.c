#include "base/error.h"
#include "control/identity/jwt.h"
#include "control/identity/quiet.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/identity/tokens.h"
#include <jose/jwk.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOW = 1700000000 };
#define GOOD "\"exp\":1700000060,\"room\":\"a\",\"scope\":\"join\""
#define K32 "\"k\":\"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU\""
#define TIMELESS "\"room\":\"a\",\"scope\":\"join\""

static struct ts_jwt_keys keys; /* "h": HS256, "r": RS256, "e": ES256 */

static json_t *generate(const char *alg, const char *kid)
{
	json_t *jwk = json_pack("{s:s, s:s}", "alg", alg, "kid", kid);
	assert_true(jose_jwk_gen(ts_jose_quiet(), jwk));
	return jwk;
}

static void add(json_t *jwk)
{
	char err[TS_IDENTITY_ERR_MAX] = "", *text = json_dumps(jwk, 0);
	if (ts_jwt_keys_add(&keys, text, strlen(text), err)) fail_msg("%s", err);
	free(text);
	json_decref(jwk);
}

static char *pem_of(EVP_PKEY *key, bool private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	if (private)
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_PUBKEY(bio, key);
	const long len = BIO_get_mem_data(bio, &data);
	char *text = g_strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

static int setup(void **state)
{
	char err[TS_IDENTITY_ERR_MAX] = "";
	g_autofree char *jwks = token_jwks("h", TOKEN_SECRET);
	(void)state;
	if (ts_jwt_keys_add(&keys, jwks, strlen(jwks), err)) return -1;
	add(generate("RS256", "r"));
	add(generate("ES256", "e"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_jwt_keys_fini(&keys);
	return 0;
}

static enum ts_jwt_verdict read_as(
	struct ts_caller *out, const char *token, const struct ts_jwt_rules *rules, int64_t now_s)
{
	const char *why = NULL;
	const enum ts_jwt_verdict verdict = ts_jwt_read(out, token, &keys, rules, now_s, &why);
	assert_true((verdict == TS_JWT_GOOD) == (why == NULL));
	return verdict;
}

static enum ts_jwt_verdict read_now(const char *token)
{
	struct ts_caller caller;
	return read_as(&caller, token, &(struct ts_jwt_rules){"", "", 0}, NOW);
}

/* ---- what is right */

static void each_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < keys.n; i++) {
		json_t *claims = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "exp",
			(json_int_t)NOW + 1, "room", "sales-*", "scope", "join publish:audio",
			"name", "J\xc3\xb6rg", "sub", "user-7", "role", "speaker");
		g_autofree char *token = ts_jwt_make(&keys.key[i], claims);
		struct ts_caller c;
		json_decref(claims);
		assert_non_null(token);
		assert_int_equal(
			read_as(&c, token, &(struct ts_jwt_rules){"", "", 0}, NOW), TS_JWT_GOOD);
		assert_int_equal(c.kind, TS_CALLER_JWT);
		assert_int_equal(c.scopes, TS_SCOPE_JOIN | TS_SCOPE_AUDIO);
		assert_string_equal(c.room, "sales-*");
		assert_string_equal(c.name, "J\xc3\xb6rg");
		assert_string_equal(c.identity, "user-7");
		assert_string_equal(c.role, "speaker");
		assert_string_equal(c.key, keys.key[i].kid);
		/* the signature is of all of it */
		char *dot = strchr(token, '.') + 3;
		*dot = *dot == 'A' ? 'B' : 'A';
		assert_int_equal(read_now(token), TS_JWT_WRONG);
	}
}

/* ---- what is not */

static void attacks(void **state)
{
	static const struct {
		const char *what, *header, *payload, *secret;
		enum ts_jwt_verdict verdict;
	} rows[] = {
		{"right", TOKEN_HS256("h"), "{" GOOD "}", TOKEN_SECRET, TS_JWT_GOOD},
		{"no type", "{\"alg\":\"HS256\",\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_GOOD},
		{"secret", TOKEN_HS256("h"), "{" GOOD "}", TOKEN_SECRET "0", TS_JWT_WRONG},
		{"alg none", "{\"alg\":\"none\",\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"alg NONE", "{\"alg\":\"NONE\",\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"alg hs256", "{\"alg\":\"hs256\",\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"alg missing", "{\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET, TS_JWT_WRONG},
		{"alg of another", "{\"alg\":\"HS512\",\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"alg a number", "{\"alg\":1,\"kid\":\"h\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"kid of none", TOKEN_HS256("x"), "{" GOOD "}", TOKEN_SECRET, TS_JWT_WRONG},
		{"kid a path", TOKEN_HS256("../../dev/null"), "{" GOOD "}", "", TS_JWT_WRONG},
		{"kid a list", "{\"alg\":\"HS256\",\"kid\":[\"h\"]}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"kid missing, of several", "{\"alg\":\"HS256\"}", "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"kid empty", TOKEN_HS256(""), "{" GOOD "}", TOKEN_SECRET, TS_JWT_WRONG},
		{"HS256 for RS256's key", TOKEN_HS256("r"), "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"HS256 for ES256's key", TOKEN_HS256("e"), "{" GOOD "}", TOKEN_SECRET,
			TS_JWT_WRONG},
		{"RS256 with a MAC", "{\"alg\":\"RS256\",\"kid\":\"r\"}", "{" GOOD "}",
			TOKEN_SECRET, TS_JWT_WRONG},
		{"crit", "{\"alg\":\"HS256\",\"kid\":\"h\",\"crit\":[\"b64\"],\"b64\":false}",
			"{" GOOD "}", TOKEN_SECRET, TS_JWT_WRONG},
		{"its own key",
			"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"},"
			"\"kid\":\"h\"}",
			"{" GOOD "}", "", TS_JWT_WRONG},
		{"another type", "{\"alg\":\"HS256\",\"kid\":\"h\",\"typ\":\"JWE\"}", "{" GOOD "}",
			TOKEN_SECRET, TS_JWT_WRONG},
		{"alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"h\"}", "{" GOOD "}",
			TOKEN_SECRET, TS_JWT_WRONG},
		{"a list for a header", "[]", "{" GOOD "}", TOKEN_SECRET, TS_JWT_WRONG},
		{"a claim twice", TOKEN_HS256("h"), "{" GOOD ",\"room\":\"*\"}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"deep", TOKEN_HS256("h"), "{" GOOD ",\"x\":[[[[[[[[1]]]]]]]]}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"as deep as may be", TOKEN_HS256("h"), "{" GOOD ",\"x\":[[[[[[[\"]]]\"]]]]]]]}",
			TOKEN_SECRET, TS_JWT_GOOD},
		{"no object", TOKEN_HS256("h"),
			"\""
			"text"
			"\"",
			TOKEN_SECRET, TS_JWT_VOID},
		{"bytes behind", TOKEN_HS256("h"), "{" GOOD "}{}", TOKEN_SECRET, TS_JWT_VOID},
		{"exp missing", TOKEN_HS256("h"), "{" TIMELESS "}", TOKEN_SECRET, TS_JWT_VOID},
		{"exp a text", TOKEN_HS256("h"), "{\"exp\":\"1700000060\"," TIMELESS "}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"exp null", TOKEN_HS256("h"), "{\"exp\":null," TIMELESS "}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"exp below zero", TOKEN_HS256("h"), "{\"exp\":-1," TIMELESS "}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"exp huge", TOKEN_HS256("h"), "{\"exp\":1e300," TIMELESS "}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"exp past 64 bits", TOKEN_HS256("h"),
			"{\"exp\":99999999999999999999," TIMELESS "}", TOKEN_SECRET, TS_JWT_VOID},
		{"exp now", TOKEN_HS256("h"), "{\"exp\":1700000000," TIMELESS "}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"exp with a fraction", TOKEN_HS256("h"), "{\"exp\":1700000001.9," TIMELESS "}",
			TOKEN_SECRET, TS_JWT_GOOD},
		{"nbf now", TOKEN_HS256("h"), "{\"nbf\":1700000000," GOOD "}", TOKEN_SECRET,
			TS_JWT_GOOD},
		{"nbf later", TOKEN_HS256("h"), "{\"nbf\":1700000001," GOOD "}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"nbf a text", TOKEN_HS256("h"), "{\"nbf\":\"0\"," GOOD "}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"aud where none is ours", TOKEN_HS256("h"), "{\"aud\":\"us\"," GOOD "}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"room missing", TOKEN_HS256("h"), "{\"exp\":1700000060,\"scope\":\"join\"}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"room empty", TOKEN_HS256("h"), "{\"exp\":1700000060,\"room\":\"\"}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"room with two stars", TOKEN_HS256("h"), "{\"exp\":1700000060,\"room\":\"*a*\"}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"room a list", TOKEN_HS256("h"), "{\"exp\":1700000060,\"room\":[\"a\"]}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"scope a list", TOKEN_HS256("h"),
			"{\"exp\":1700000060,\"room\":\"a\",\"scope\":[\"join\"]}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"name with a line break", TOKEN_HS256("h"), "{" GOOD ",\"name\":\"a\\nb\"}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"name with a NUL", TOKEN_HS256("h"), "{" GOOD ",\"name\":\"a\\u0000b\"}",
			TOKEN_SECRET, TS_JWT_VOID},
		{"name an object", TOKEN_HS256("h"), "{" GOOD ",\"name\":{}}", TOKEN_SECRET,
			TS_JWT_VOID},
		{"role with a blank", TOKEN_HS256("h"), "{" GOOD ",\"role\":\"a b\"}", TOKEN_SECRET,
			TS_JWT_VOID},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		g_autofree char *token = token_of(rows[i].header, rows[i].payload, rows[i].secret);
		const enum ts_jwt_verdict verdict = read_now(token);
		if (verdict != rows[i].verdict) fail_msg("%s: %d", rows[i].what, verdict);
	}
}

static void forms(void **state)
{
	(void)state;
	g_autofree char *good = token_of(TOKEN_HS256("h"), "{" GOOD "}", TOKEN_SECRET);
	char *last = strrchr(good, '.');
	g_autofree char *unsigned_ = g_strndup(good, (size_t)(last - good) + 1),
			*two = g_strndup(good, (size_t)(last - good)),
			*four = g_strconcat(good, ".", NULL),
			*padded = g_strconcat(good, "=", NULL),
			*blank = g_strconcat(good, " ", NULL),
			*before = g_strconcat(".", good, NULL);
	const char *const bad[] = {"", ".", "..", "...", "ey", "ey.", unsigned_, two, four, padded,
		blank, before, "eyJhbGciOiJub25lIn0.e30.", "\xff\xff.\xff.\xff"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_now(bad[i]) != TS_JWT_WRONG) fail_msg("%s", bad[i]);
	/* a megabyte is looked at no further than its limit */
	char *huge = malloc((1 << 20) + 1);
	memset(huge, 'a', 1 << 20);
	huge[1 << 20] = '\0';
	memcpy(huge, good, strlen(good));
	assert_int_equal(read_now(huge), TS_JWT_WRONG);
	free(huge);
	char name[200];
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	g_autofree char *payload = g_strdup_printf("{" GOOD ",\"name\":\"%s\"}", name),
			*named = token_of(TOKEN_HS256("h"), payload, TOKEN_SECRET);
	assert_int_equal(read_now(named), TS_JWT_VOID);
}

/* The key that everybody may know is no secret, in whatever form it is given. */
static void a_public_key_is_no_secret(void **state)
{
	char err[TS_IDENTITY_ERR_MAX];
	EVP_PKEY *key = EVP_RSA_gen(2048);
	g_autofree char *pem = pem_of(key, false);
	struct ts_jwt_keys own = {.n = 0};
	struct ts_caller caller;
	const char *why;
	(void)state;
	assert_int_equal(ts_jwt_keys_add(&own, pem, strlen(pem), err), 0);
	assert_string_equal(own.key[0].alg, "RS256");
	assert_false(own.key[0].signs);
	g_autofree char *forged = token_of("{\"alg\":\"HS256\"}", "{" GOOD "}", pem);
	assert_int_equal(
		ts_jwt_read(&caller, forged, &own, &(struct ts_jwt_rules){"", "", 0}, NOW, &why),
		TS_JWT_WRONG);
	/* and the right one is taken without a kid, as there is but one key */
	struct ts_jwt_keys signing = {.n = 0};
	g_autofree char *secret = pem_of(key, true);
	assert_int_equal(ts_jwt_keys_add(&signing, secret, strlen(secret), err), 0);
	assert_true(signing.key[0].signs);
	json_t *claims = json_loads("{" GOOD "}", 0, NULL);
	g_autofree char *token = ts_jwt_make(&signing.key[0], claims);
	assert_int_equal(
		ts_jwt_read(&caller, token, &own, &(struct ts_jwt_rules){"", "", 0}, NOW, &why),
		TS_JWT_GOOD);
	assert_null(ts_jwt_make(&own.key[0], claims));
	json_decref(claims);
	ts_jwt_keys_fini(&own);
	ts_jwt_keys_fini(&signing);
	EVP_PKEY_free(key);
}

static void audience_issuer_and_leeway(void **state)
{
	static const struct {
		const char *payload;
		int64_t now;
		enum ts_jwt_verdict verdict;
	} rows[] = {
		{"{\"aud\":\"us\",\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_GOOD},
		{"{\"aud\":[\"them\",\"us\"],\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_GOOD},
		{"{\"aud\":[\"them\",7],\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":[],\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":{\"us\":1},\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":\"USA\",\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"iss\":\"i\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":\"us\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":\"us\",\"iss\":\"j\"," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":\"us\",\"iss\":[\"i\"]," GOOD "}", NOW, TS_JWT_VOID},
		{"{\"aud\":\"us\",\"iss\":\"i\"," GOOD "}", NOW + 69, TS_JWT_GOOD},
		{"{\"aud\":\"us\",\"iss\":\"i\"," GOOD "}", NOW + 70, TS_JWT_VOID},
		{"{\"aud\":\"us\",\"iss\":\"i\",\"nbf\":1700000010," GOOD "}", NOW, TS_JWT_GOOD},
		{"{\"aud\":\"us\",\"iss\":\"i\",\"nbf\":1700000011," GOOD "}", NOW, TS_JWT_VOID},
	};
	const struct ts_jwt_rules rules = {"us", "i", 10};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_caller caller;
		g_autofree char *token = token_of(TOKEN_HS256("h"), rows[i].payload, TOKEN_SECRET);
		const enum ts_jwt_verdict verdict = read_as(&caller, token, &rules, rows[i].now);
		if (verdict != rows[i].verdict)
			fail_msg(
				"%s at %lld: %d", rows[i].payload, (long long)rows[i].now, verdict);
	}
}

/* ---- files */

static void keys_that_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{\"keys\":[]}",
		"{\"keys\":[7]}",
		"{\"kty\":\"oct\"," K32 "}", /* no alg */
		"{\"kty\":\"oct\",\"alg\":\"RS256\"," K32 "}",
		"{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"QUJD\"}",
		"{\"kty\":\"oct\",\"alg\":\"HS256\"}",
		"{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"!!!!\"}",
		"{\"kty\":\"oct\",\"alg\":\"HS256\",\"use\":\"enc\"," K32 "}",
		"{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"alg\":\"ES256\",\"x\":\"AQAB\","
		"\"y\":\"AQAB\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"x\":\"AQAB\"}",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
	};
	char err[TS_IDENTITY_ERR_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ts_jwt_keys own = {.n = 0};
		if (ts_jwt_keys_add(&own, bad[i], strlen(bad[i]), err) != TS_EINVAL || own.n)
			fail_msg("%s", bad[i]);
		assert_null(strstr(err, "QUJD"));
	}
	/* nothing of a file of which one key is bad */
	struct ts_jwt_keys own = {.n = 0};
	g_autofree char *good = token_jwks("a", TOKEN_SECRET);
	g_autofree char *half = g_strdup_printf("%.*s,{}]}", (int)strlen(good) - 2, good);
	assert_int_equal(ts_jwt_keys_add(&own, half, strlen(half), err), TS_EINVAL);
	assert_int_equal(own.n, 0);
	assert_int_equal(ts_jwt_keys_add(&own, good, strlen(good), err), 0);
	assert_int_equal(ts_jwt_keys_add(&own, good, strlen(good), err), TS_EINVAL); /* its kid */
	assert_int_equal(ts_jwt_keys_add_file(&own, "/nonexistent/keys", err), TS_EIO);
	ts_jwt_keys_fini(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_algorithm),
		cmocka_unit_test(attacks),
		cmocka_unit_test(forms),
		cmocka_unit_test(a_public_key_is_no_secret),
		cmocka_unit_test(audience_issuer_and_leeway),
		cmocka_unit_test(keys_that_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
