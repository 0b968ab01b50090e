#include "transport/secure/tls_server.h"

#include "base/error.h"
#include "transport/secure/fingerprint.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* No RSA key exchange, nothing that does not authenticate what it encrypts. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

enum { CERT_LIST_MAX = 16384 }; /* bytes of certificates that are taken from a peer */

struct ts_tls_server {
	SSL_CTX *ctx;
	char fingerprint[TS_FINGERPRINT_TEXT_MAX]; /* "": of whom it is, others vouch */
};

struct ts_tls_session {
	SSL *ssl;
	BIO *from, *to; /* the ssl's */
};

/* ---- certificates */

/* The first is the server's, those behind it lead to who signed it. */
static bool use_chain(SSL_CTX *ctx, const char *pem)
{
	ERR_clear_error();
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL;
	bool good = cert && SSL_CTX_use_certificate(ctx, cert) == 1;
	X509_free(cert);
	while (good && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		good = SSL_CTX_add0_chain_cert(ctx, cert) == 1;
		if (!good) X509_free(cert);
	}
	/* the end of the text is an error, too; any other is of a certificate that is damaged */
	const unsigned long why = ERR_peek_last_error();
	good = good && ERR_GET_LIB(why) == ERR_LIB_PEM &&
		ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
	BIO_free(bio);
	ERR_clear_error();
	return good;
}

static int no_password(char *out, int cap, int writing, void *arg)
{
	(void)out, (void)cap, (void)writing, (void)arg;
	return -1; /* nobody is asked at a terminal */
}

static bool use_key(SSL_CTX *ctx, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	const bool good = key && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
		SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return good;
}

/* NULL: no memory. */
static struct ts_tls_server *create(void)
{
	struct ts_tls_server *server = calloc(1, sizeof *server);
	if (!server) return NULL;
	server->ctx = SSL_CTX_new(TLS_server_method());
	if (!server->ctx) {
		free(server);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(server->ctx, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(server->ctx, CIPHERS);
	SSL_CTX_set_options(server->ctx,
		SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
			SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(server->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(server->ctx, 0);
	SSL_CTX_set_mode(server->ctx, SSL_MODE_RELEASE_BUFFERS);
	return server;
}

int ts_tls_server_create(struct ts_tls_server **out, const char *cert_pem, const char *key_pem)
{
	struct ts_tls_server *server = create();
	if (!server) return TS_ENOMEM;
	if (!use_chain(server->ctx, cert_pem) || !use_key(server->ctx, key_pem)) {
		ts_tls_server_destroy(&server);
		return TS_EINVAL;
	}
	*out = server;
	return 0;
}

/* Whoever it is: whose it must be is known later (ts_tls_session_is_peer). */
static int take_any(X509_STORE_CTX *store, void *arg)
{
	(void)store, (void)arg;
	return 1;
}

int ts_tls_server_create_own(struct ts_tls_server **out)
{
	struct ts_tls_server *server = create();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? ts_self_signed(key) : NULL;
	const bool good = server && x && ts_fingerprint_print(server->fingerprint, x) &&
		SSL_CTX_use_certificate(server->ctx, x) == 1 &&
		SSL_CTX_use_PrivateKey(server->ctx, key) == 1;
	X509_free(x);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (!good) {
		ts_tls_server_destroy(&server);
		return TS_ENOMEM;
	}
	SSL_CTX_set_max_cert_list(server->ctx, CERT_LIST_MAX);
	SSL_CTX_set_verify(server->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(server->ctx, take_any, NULL);
	*out = server;
	return 0;
}

const char *ts_tls_server_fingerprint(const struct ts_tls_server *server)
{
	return server->fingerprint;
}

void ts_tls_server_destroy(struct ts_tls_server **out)
{
	struct ts_tls_server *server = *out;
	*out = NULL;
	if (!server) return;
	SSL_CTX_free(server->ctx);
	free(server);
}

/* ---- sessions */

int ts_tls_session_create(struct ts_tls_session **out, struct ts_tls_server *server)
{
	struct ts_tls_session *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	s->ssl = SSL_new(server->ctx);
	s->from = BIO_new(BIO_s_mem());
	s->to = BIO_new(BIO_s_mem());
	if (!s->ssl || !s->from || !s->to) {
		SSL_free(s->ssl);
		BIO_free(s->from);
		BIO_free(s->to);
		free(s);
		return TS_ENOMEM;
	}
	SSL_set_bio(s->ssl, s->from, s->to);
	SSL_set_accept_state(s->ssl);
	*out = s;
	return 0;
}

void ts_tls_session_destroy(struct ts_tls_session **out)
{
	struct ts_tls_session *s = *out;
	*out = NULL;
	if (!s) return;
	SSL_free(s->ssl); /* with its buffers */
	free(s);
}

int ts_tls_session_feed(struct ts_tls_session *s, const uint8_t *bytes, size_t n)
{
	if (n > INT_MAX) return TS_ENOMEM;
	return BIO_write(s->from, bytes, (int)n) == (int)n ? 0 : TS_ENOMEM;
}

int ts_tls_session_read(struct ts_tls_session *s, uint8_t *out, size_t cap)
{
	ERR_clear_error();
	const int n = SSL_read(s->ssl, out, cap > INT_MAX ? INT_MAX : (int)cap);
	if (n > 0) return n;
	switch (SSL_get_error(s->ssl, n)) {
	case SSL_ERROR_WANT_READ: return 0;
	case SSL_ERROR_ZERO_RETURN: return TS_ECLOSED;
	default: ERR_clear_error(); return TS_EBADMSG;
	}
}

int ts_tls_session_write(struct ts_tls_session *s, const uint8_t *bytes, size_t n)
{
	if (!n) return 0;
	if (n > INT_MAX || !ts_tls_session_is_open(s)) return TS_EBADMSG;
	ERR_clear_error();
	return SSL_write(s->ssl, bytes, (int)n) == (int)n ? 0 : TS_EBADMSG;
}

void ts_tls_session_close(struct ts_tls_session *s)
{
	ERR_clear_error();
	if (ts_tls_session_is_open(s)) SSL_shutdown(s->ssl);
	ERR_clear_error();
}

size_t ts_tls_session_take(struct ts_tls_session *s, uint8_t *out, size_t cap)
{
	const int n = cap ? BIO_read(s->to, out, cap > INT_MAX ? INT_MAX : (int)cap) : 0;
	return n > 0 ? (size_t)n : 0;
}

bool ts_tls_session_is_open(const struct ts_tls_session *s)
{
	return SSL_is_init_finished(s->ssl);
}

bool ts_tls_session_is_peer(const struct ts_tls_session *s, const char *fingerprint)
{
	struct ts_fingerprint wanted;
	return !ts_fingerprint_parse(&wanted, fingerprint) &&
		ts_fingerprint_is_of(&wanted, SSL_get0_peer_certificate(s->ssl));
}
