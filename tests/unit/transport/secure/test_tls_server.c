/* TLS as a server: a client of OpenSSL shakes hands with it, by bytes that the test carries. */
#include "transport/secure/tls_server.h"

#include "base/error.h"
#include "tests/unit/base/cmocka_all.h"
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

static char cert_pem[4096], key_pem[4096], other_key_pem[4096];
static struct ts_tls_server *server;
static struct ts_tls_session *session;
static SSL_CTX *ctx;
static SSL *client;
static BIO *to_client, *from_client;

static EVP_PKEY *issue(char *key_text, char *cert_text)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	key_text[BIO_read(bio, key_text, 4095)] = '\0';
	if (cert_text) {
		X509 *cert = X509_new();
		X509_gmtime_adj(X509_getm_notBefore(cert), -60);
		X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
		X509_set_pubkey(cert, key);
		X509_sign(cert, key, EVP_sha256());
		PEM_write_bio_X509(bio, cert);
		cert_text[BIO_read(bio, cert_text, 4095)] = '\0';
		X509_free(cert);
	}
	BIO_free(bio);
	return key;
}

static int make(void **state)
{
	(void)state;
	EVP_PKEY_free(issue(key_pem, cert_pem));
	EVP_PKEY_free(issue(other_key_pem, NULL));
	ctx = SSL_CTX_new(TLS_client_method());
	client = SSL_new(ctx);
	to_client = BIO_new(BIO_s_mem());
	from_client = BIO_new(BIO_s_mem());
	SSL_set_bio(client, to_client, from_client);
	SSL_set_connect_state(client);
	return ts_tls_server_create(&server, cert_pem, key_pem) ||
		ts_tls_session_create(&session, server);
}

static int unmake(void **state)
{
	(void)state;
	ts_tls_session_destroy(&session);
	ts_tls_server_destroy(&server);
	SSL_free(client);
	SSL_CTX_free(ctx);
	return 0;
}

/* What the server reads meanwhile; its errors likewise. */
static int carry(uint8_t *out, size_t cap)
{
	uint8_t bytes[4096];
	int n;
	size_t len;
	while ((n = BIO_read(from_client, bytes, sizeof(bytes))) > 0)
		assert_int_equal(ts_tls_session_feed(session, bytes, (size_t)n), 0);
	const int got = ts_tls_session_read(session, out, cap);
	/* in pieces, as a socket takes them */
	while ((len = ts_tls_session_take(session, bytes, 100)))
		BIO_write(to_client, bytes, (int)len);
	return got;
}

static bool shake(void)
{
	uint8_t out[16];
	for (int i = 0; i < 10; i++) {
		const bool done = SSL_do_handshake(client) == 1;
		if (carry(out, sizeof(out)) < 0) return false;
		if (done && ts_tls_session_is_open(session)) return true;
	}
	return false;
}

static void bytes_go_both_ways(void **state)
{
	uint8_t out[64], many[40000];
	(void)state;
	assert_false(ts_tls_session_is_open(session));
	assert_int_equal(ts_tls_session_write(session, (const uint8_t *)"x", 1), TS_EBADMSG);
	assert_true(shake());
	assert_string_equal(SSL_get_version(client), "TLSv1.3");
	assert_int_equal(SSL_write(client, "hello", 5), 5);
	assert_int_equal(carry(out, sizeof(out)), 5);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(carry(out, sizeof(out)), 0);
	memset(many, 7, sizeof(many));
	assert_int_equal(ts_tls_session_write(session, many, sizeof(many)), 0);
	carry(out, sizeof(out));
	size_t got = 0;
	for (int n; (n = SSL_read(client, many, sizeof(many))) > 0;) got += (size_t)n;
	assert_int_equal(got, sizeof(many));
	/* what is there is read in as many turns as it takes */
	assert_int_equal(SSL_write(client, many, 1000), 1000);
	int sum = carry(out, sizeof(out));
	for (int n; (n = ts_tls_session_read(session, out, sizeof(out))) > 0;) sum += n;
	assert_int_equal(sum, 1000);
	SSL_shutdown(client);
	assert_int_equal(carry(out, sizeof(out)), TS_ECLOSED);
}

static void it_says_that_it_is_over(void **state)
{
	uint8_t out[16];
	(void)state;
	ts_tls_session_close(session); /* before any handshake: nothing */
	assert_int_equal(ts_tls_session_take(session, out, sizeof(out)), 0);
	assert_true(shake());
	ts_tls_session_close(session);
	carry(out, sizeof(out));
	assert_int_equal(
		SSL_get_error(client, SSL_read(client, out, sizeof(out))), SSL_ERROR_ZERO_RETURN);
}

static void rubbish_is_refused(void **state)
{
	static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n",
		"\x03rubbish of RTMP in the clear", "\x16\x03\x01\x00\x05hello",
		"\x16\x03\x01\xff\xff"};
	uint8_t out[16];
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ts_tls_session *one;
		uint8_t more[600] = {0};
		memcpy(more, texts[i], strlen(texts[i]));
		assert_int_equal(ts_tls_session_create(&one, server), 0);
		assert_int_equal(ts_tls_session_feed(one, more, sizeof(more)), 0);
		assert_int_equal(ts_tls_session_read(one, out, sizeof(out)), TS_EBADMSG);
		assert_int_equal(ts_tls_session_read(one, out, sizeof(out)), TS_EBADMSG);
		ts_tls_session_destroy(&one);
	}
}

static void old_versions_and_renegotiation(void **state)
{
	uint8_t out[16];
	(void)state;
	SSL_set_max_proto_version(client, TLS1_2_VERSION);
	assert_true(shake());
	assert_string_equal(SSL_get_version(client), "TLSv1.2");
	/* the client wants another handshake: it gets an alert at most */
	SSL_renegotiate(client);
	SSL_do_handshake(client);
	assert_int_equal(carry(out, sizeof(out)), 0);
	assert_int_not_equal(SSL_do_handshake(client), 1);
	unmake(NULL);
	make(NULL);
	SSL_set_security_level(client, 0);
	SSL_set_min_proto_version(client, TLS1_VERSION);
	SSL_set_max_proto_version(client, TLS1_1_VERSION);
	assert_false(shake());
}

static void certificates_must_be_some(void **state)
{
	static struct ts_tls_server *none;
	(void)state;
	assert_int_equal(ts_tls_server_create(&none, cert_pem, other_key_pem), TS_EINVAL);
	assert_int_equal(ts_tls_server_create(&none, key_pem, key_pem), TS_EINVAL);
	assert_int_equal(ts_tls_server_create(&none, "", key_pem), TS_EINVAL);
	assert_int_equal(ts_tls_server_create(&none, cert_pem, ""), TS_EINVAL);
	/* a chain whose second certificate is damaged would be half a chain */
	char chain[2 * sizeof(cert_pem)];
	snprintf(chain, sizeof(chain), "%s%s\n", cert_pem, cert_pem);
	assert_int_equal(ts_tls_server_create(&none, chain, key_pem), 0);
	ts_tls_server_destroy(&none);
	chain[strlen(cert_pem) + 40] = '!';
	assert_int_equal(ts_tls_server_create(&none, chain, key_pem), TS_EINVAL);
	/* one that is changed: who is there goes on */
	assert_true(shake());
	uint8_t out[16];
	ts_tls_server_destroy(&server);
	SSL_write(client, "on", 2);
	assert_int_equal(carry(out, sizeof(out)), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(bytes_go_both_ways),
		TEST(it_says_that_it_is_over),
		TEST(rubbish_is_refused),
		TEST(old_versions_and_renegotiation),
		TEST(certificates_must_be_some),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
