/* A library like libre: a context of its own, an SSL for each connection, memory in between. */
#include "transport/secure/tls_verify.h"
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct issued {
	EVP_PKEY *key;
	X509 *cert;
};

static char ca_path[] = "/tmp/tessera-test-ca-XXXXXX";
static struct issued ca;

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

/* alt NULL: an authority of its own. */
static struct issued issue(const struct issued *by, const char *alt)
{
	struct issued out = {EVP_EC_gen("P-256"), X509_new()};
	X509_NAME *name = X509_get_subject_name(out.cert);
	X509_set_version(out.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(out.cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(out.cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(out.cert), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)(alt ? "leaf" : "authority"), -1, -1, 0);
	X509_set_issuer_name(out.cert, by ? X509_get_subject_name(by->cert) : name);
	X509_set_pubkey(out.cert, out.key);
	if (alt)
		extend(out.cert, by->cert, NID_subject_alt_name, alt);
	else
		extend(out.cert, out.cert, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(out.cert, by ? by->key : out.key, EVP_sha256()) > 0);
	return out;
}

static void issued_free(struct issued *issued)
{
	X509_free(issued->cert);
	EVP_PKEY_free(issued->key);
}

struct link {
	SSL *client, *server;
};

static SSL_CTX *server_ctx(const struct issued *issued)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(ctx, issued->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, issued->key), 1);
	return ctx;
}

static struct link joined(SSL *client, SSL *server)
{
	struct link link = {client, server};
	BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());
	BIO_up_ref(up);
	BIO_up_ref(down);
	SSL_set_bio(link.client, down, up);
	SSL_set_bio(link.server, up, down);
	SSL_set_connect_state(link.client);
	SSL_set_accept_state(link.server);
	return link;
}

static struct link link_new(SSL_CTX *client, SSL_CTX *server)
{
	SSL *first = SSL_new(client); /* what is expected is for the first */
	return joined(first, SSL_new(server));
}

static bool shake(struct link *link)
{
	for (int i = 0; i < 10; i++) {
		int client = SSL_do_handshake(link->client),
		    server = SSL_do_handshake(link->server);
		if (client == 1 && server == 1) return true;
		if (client != 1 && SSL_get_error(link->client, client) == SSL_ERROR_SSL)
			return false;
	}
	return false;
}

static void link_free(struct link *link)
{
	SSL_free(link->client);
	SSL_free(link->server);
}

static const struct {
	const char *alt, *host;
	bool good;
} rows[] = {
	{"DNS:pbx.example.org", "pbx.example.org", true},
	{"DNS:pbx.example.org", "PBX.Example.org", true},
	{"DNS:*.example.org", "pbx.example.org", true},
	{"DNS:pbx.example.org", "evil.example.org", false},
	{"DNS:pbx.example.org", "example.org", false},
	{"IP:192.0.2.1", "192.0.2.1", true},
	{"IP:192.0.2.2", "192.0.2.1", false},
	{"DNS:192.0.2.1", "192.0.2.1", false},
	{"IP:2001:db8::1", "2001:db8::1", true},
};

static void judges_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct issued leaf = issue(&ca, rows[i].alt);
		SSL_CTX *client = SSL_CTX_new(TLS_method()), *server = server_ctx(&leaf);
		struct ts_tls_clients *clients = ts_tls_clients_new(client, ca_path, true);
		assert_non_null(clients);
		assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", rows[i].host));
		struct link link = link_new(client, server);
		if (shake(&link) != rows[i].good) fail_msg("%s for %s", rows[i].alt, rows[i].host);
		const char *sent = SSL_get_servername(link.server, TLSEXT_NAMETYPE_host_name);
		bool numeric = strspn(rows[i].host, "0123456789.:abcdef") == strlen(rows[i].host);
		if (numeric ? sent != NULL : !sent || strcmp(sent, rows[i].host))
			fail_msg("sent %s", sent ? sent : "none");
		link_free(&link);
		SSL_CTX_free(client);
		SSL_CTX_free(server);
		ts_tls_clients_free(clients);
		issued_free(&leaf);
	}
}

/* Two connections begun before either shakes hands: each is for its own host. */
static void keeps_connections_apart(void **state)
{
	(void)state;
	struct issued one = issue(&ca, "DNS:one.example"), two = issue(&ca, "DNS:two.example");
	SSL_CTX *client = SSL_CTX_new(TLS_method()), *to_one = server_ctx(&one),
		*to_two = server_ctx(&two);
	struct ts_tls_clients *clients = ts_tls_clients_new(client, ca_path, true);
	assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", "one.example"));
	struct link first = link_new(client, to_one);
	assert_true(ts_tls_clients_expect(clients, "192.0.2.2:5061", "two.example"));
	/* an impostor: good for another call that is under way */
	struct link second = link_new(client, to_one);
	assert_true(ts_tls_clients_expect(clients, "192.0.2.3:5061", "two.example"));
	struct link third = link_new(client, to_two);
	struct link nobodys = link_new(client, to_one);
	assert_true(shake(&third));
	assert_false(shake(&second));
	assert_true(shake(&first));
	assert_false(shake(&nobodys));
	/* used again for the same host only, while it is there */
	assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", "ONE.example"));
	assert_false(ts_tls_clients_expect(clients, "192.0.2.1:5061", "two.example"));
	link_free(&first);
	assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", "two.example"));
	link_free(&second);
	link_free(&third);
	link_free(&nobodys);
	SSL_CTX_free(client);
	SSL_CTX_free(to_one);
	SSL_CTX_free(to_two);
	ts_tls_clients_free(clients);
	issued_free(&one);
	issued_free(&two);
}

/* An authority that nobody named; and nobody asked. */
static void asks_authorities(void **state)
{
	(void)state;
	struct issued other = issue(NULL, NULL), leaf = issue(&other, "DNS:one.example");
	for (int verify = 0; verify < 2; verify++) {
		SSL_CTX *client = SSL_CTX_new(TLS_method()), *server = server_ctx(&leaf);
		struct ts_tls_clients *clients = ts_tls_clients_new(client, "", verify);
		assert_non_null(clients);
		assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", "one.example"));
		struct link link = link_new(client, server);
		assert_int_equal(shake(&link), !verify);
		link_free(&link);
		SSL_CTX_free(client);
		SSL_CTX_free(server);
		ts_tls_clients_free(clients);
	}
	SSL_CTX *client = SSL_CTX_new(TLS_method());
	assert_null(ts_tls_clients_new(client, "/nowhere", true));
	SSL_CTX_free(client);
	issued_free(&leaf);
	issued_free(&other);
}

/* Who calls us is asked for no certificate, and takes nobody's expectation. */
static void lets_callers_in(void **state)
{
	(void)state;
	struct issued leaf = issue(&ca, "DNS:us.example");
	SSL_CTX *ours = SSL_CTX_new(TLS_method()),
		*theirs = SSL_CTX_new(TLS_client_method()); /* ours: of both kinds, as libre's */
	SSL_CTX_use_certificate(ours, leaf.cert);
	SSL_CTX_use_PrivateKey(ours, leaf.key);
	struct ts_tls_clients *clients = ts_tls_clients_new(ours, ca_path, true);
	assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", "one.example"));
	SSL *server = SSL_new(ours);
	struct link link = joined(SSL_new(theirs), server);
	assert_true(shake(&link));
	assert_true(ts_tls_clients_expect(clients, "192.0.2.1:5061", "two.example"));
	link_free(&link);
	SSL_CTX_free(ours);
	SSL_CTX_free(theirs);
	ts_tls_clients_free(clients);
	issued_free(&leaf);
}

static int make_ca(void **state)
{
	(void)state;
	ca = issue(NULL, NULL);
	FILE *f = fdopen(mkstemp(ca_path), "w");
	if (!f) return -1;
	PEM_write_X509(f, ca.cert);
	return fclose(f);
}

static int drop_ca(void **state)
{
	(void)state;
	issued_free(&ca);
	return unlink(ca_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(judges_certificates),
		cmocka_unit_test(keeps_connections_apart), cmocka_unit_test(asks_authorities),
		cmocka_unit_test(lets_callers_in)};
	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
