#include "transport/secure/dtls.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sanitizer.h"
#include "transport/secure/dtls_record.h"
#include "transport/secure/fingerprint.h"
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

enum {
	MTU = 1200,
	INPUT_PER_S_HANDSHAKE = 200, /* datagrams; a flight of certificates is about ten */
	INPUT_PER_S_DONE = 50,
	SECURE_BYTES = 1 << 20, /* a power of two: keys of some ten thousand handshakes */
	CERT_LIST_MAX = 16384,  /* bytes of certificates we take from a peer */
	/* of epoch 1 while the handshake runs: OpenSSL keeps 16 KB for each */
	EARLY_RECORDS = 32,
	RETRANSMIT_FIRST_US = 200000, /* doubled up to the longest */
	RETRANSMIT_MAX_US = 3200000,
};

struct ts_dtls_cert {
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	char fingerprint[TS_FINGERPRINT_TEXT_MAX];
};

struct ts_dtls {
	struct ts_dtls_config config;
	SSL *ssl;
	enum ts_dtls_state state;
	const char *reason;

	struct ts_fingerprint fingerprint; /* the peer's */
	bool fingerprint_wrong;

	struct ts_rd in; /* what is left of the datagram being read; empty outside ts_dtls_input */
	int early_left;  /* of EARLY_RECORDS */
	int64_t second_ns;
	int inputs; /* in this second */
};

/* ---- datagrams to and from OpenSSL: one BIO write is one datagram, one BIO read one record of
 * one */

static enum ts_dtls_cipher cipher_of(const SSL_CIPHER *c)
{
	switch (c ? SSL_CIPHER_get_cipher_nid(c) : NID_undef) {
	case NID_aes_128_gcm:
	case NID_aes_256_gcm: return TS_DTLS_CIPHER_GCM;
	case NID_aes_128_ccm:
	case NID_aes_256_ccm:
		return strstr(SSL_CIPHER_get_name(c), "CCM8") ? TS_DTLS_CIPHER_CCM_8
							      : TS_DTLS_CIPHER_CCM;
	case NID_chacha20_poly1305: return TS_DTLS_CIPHER_CHACHA20;
	case NID_aes_128_cbc:
	case NID_aes_256_cbc: break;
	default: return TS_DTLS_CIPHER_UNKNOWN;
	}
	switch (SSL_CIPHER_get_digest_nid(c)) {
	case NID_sha1: return TS_DTLS_CIPHER_CBC_SHA1;
	case NID_sha256: return TS_DTLS_CIPHER_CBC_SHA256;
	case NID_sha384: return TS_DTLS_CIPHER_CBC_SHA384;
	default: return TS_DTLS_CIPHER_UNKNOWN;
	}
}

static struct ts_rd next_record(struct ts_dtls *dtls)
{
	bool done = dtls->state != TS_DTLS_HANDSHAKE;
	const SSL_CIPHER *c = done ? SSL_get_current_cipher(dtls->ssl)
				   : SSL_get_pending_cipher(dtls->ssl);
	struct ts_dtls_now now = {done, cipher_of(c), dtls->early_left};
	int dropped = 0;
	struct ts_rd record = ts_dtls_next_record(&dtls->in, &now, &dropped);
	dtls->early_left = now.early_left;
	ts_count_add(TS_C_DROP_DTLS, dropped);
	return record;
}

static int bio_write(BIO *bio, const char *data, int len)
{
	struct ts_dtls *dtls = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (len > 0) dtls->config.send(dtls->config.arg, (const uint8_t *)data, (size_t)len);
	return len;
}

static int bio_read(BIO *bio, char *buf, int cap)
{
	struct ts_dtls *dtls = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	struct ts_rd record = cap > 0 ? next_record(dtls) : ts_rd(NULL, 0);
	size_t n = ts_rd_left(&record);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	if (n > (size_t)cap) n = (size_t)cap; /* what does not fit is lost, as with a socket */
	memcpy(buf, record.p, n);
	return (int)n;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio, (void)num, (void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH: return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return MTU;
	default: return 0;
	}
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ts_dtls");
	if (!m) return NULL;
	BIO_meth_set_write(m, bio_write);
	BIO_meth_set_read(m, bio_read);
	BIO_meth_set_ctrl(m, bio_ctrl);
	BIO_meth_set_create(m, bio_create);
	return m;
}

/* ---- the certificate */

/* Takes the place of chain verification: the signalled fingerprint is the only authority (RFC 5763
 * 5). */
static int verify_certificate(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct ts_dtls *dtls = SSL_get_app_data(ssl);
	if (ts_fingerprint_is_of(&dtls->fingerprint, X509_STORE_CTX_get0_cert(store))) return 1;
	dtls->fingerprint_wrong = true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
	return 0;
}

static SSL_CTX *context_create(EVP_PKEY *key, X509 *x)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
	if (!ctx) return NULL;
	/* Encrypt-then-MAC: a forged record with a wrong MAC would end the association; the other
	 * order only drops it. */
	SSL_CTX_set_options(ctx,
		SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
			SSL_OP_NO_COMPRESSION | SSL_OP_NO_ENCRYPT_THEN_MAC);
	/* a resumed session would skip the fingerprint */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_max_cert_list(ctx, CERT_LIST_MAX);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify_certificate, NULL);
	/* set_tlsext_use_srtp returns 0 for success, the others 1 */
	if (SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) &&
		SSL_CTX_use_certificate(ctx, x) && SSL_CTX_use_PrivateKey(ctx, key) &&
		SSL_CTX_set_cipher_list(
			ctx, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!SHA384") &&
		SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") &&
		!SSL_CTX_set_tlsext_use_srtp(ctx, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* Private keys of OpenSSL go to a heap of their own, which is in no core file; where it may not be
 * locked in memory it is used all the same. AddressSanitizer sees no pointers in there, and takes
 * what they lead to for lost. */
static void keep_keys_apart(void)
{
#ifndef TS_SANITIZES_ADDRESSES
	if (!CRYPTO_secure_malloc_initialized()) CRYPTO_secure_malloc_init(SECURE_BYTES, 32);
#endif
}

int ts_dtls_cert_create(struct ts_dtls_cert **out)
{
	*out = NULL;
	struct ts_dtls_cert *cert = calloc(1, sizeof(*cert));
	if (!cert) return TS_ENOMEM;
	keep_keys_apart();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? ts_self_signed(key) : NULL;
	if (x && ts_fingerprint_print(cert->fingerprint, x)) {
		cert->bio = bio_method();
		cert->ctx = context_create(key, x);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	if (!cert->ctx || !cert->bio) {
		ERR_clear_error();
		ts_dtls_cert_destroy(&cert);
		return TS_EIO;
	}
	*out = cert;
	return TS_OK;
}

void ts_dtls_cert_destroy(struct ts_dtls_cert **cert)
{
	if (!*cert) return;
	SSL_CTX_free((*cert)->ctx);
	BIO_meth_free((*cert)->bio);
	free(*cert);
	*cert = NULL;
}

const char *ts_dtls_cert_fingerprint(const struct ts_dtls_cert *cert)
{
	return cert->fingerprint;
}

/* ---- one association */

/* OpenSSL's first timeout of one second would hold up a join for the loss of one packet. */
static unsigned retransmit_after_us(SSL *ssl, unsigned last_us)
{
	(void)ssl;
	if (last_us == 0) return RETRANSMIT_FIRST_US;
	return last_us >= RETRANSMIT_MAX_US / 2 ? RETRANSMIT_MAX_US : last_us * 2;
}

int ts_dtls_create(
	struct ts_dtls **out, struct ts_dtls_cert *cert, const struct ts_dtls_config *config)
{
	*out = NULL;
	struct ts_dtls *dtls = calloc(1, sizeof(*dtls));
	if (!dtls) return TS_ENOMEM;
	dtls->config = *config;
	dtls->early_left = EARLY_RECORDS;
	int err = ts_fingerprint_parse(&dtls->fingerprint, config->fingerprint);
	if (err) goto fail;

	err = TS_ENOMEM;
	BIO *bio = BIO_new(cert->bio);
	dtls->ssl = bio ? SSL_new(cert->ctx) : NULL;
	if (!dtls->ssl) {
		BIO_free(bio);
		goto fail;
	}
	BIO_set_data(bio, dtls);
	SSL_set_bio(dtls->ssl, bio, bio);
	SSL_set_app_data(dtls->ssl, dtls);
	SSL_set_mtu(dtls->ssl, MTU);
	DTLS_set_timer_cb(dtls->ssl, retransmit_after_us);
	if (config->role == TS_DTLS_CLIENT)
		SSL_set_connect_state(dtls->ssl);
	else
		SSL_set_accept_state(dtls->ssl);
	*out = dtls;
	return TS_OK;
fail:
	ts_dtls_destroy(&dtls);
	return err;
}

void ts_dtls_destroy(struct ts_dtls **dtls)
{
	if (!*dtls) return;
	SSL_free((*dtls)->ssl);
	free(*dtls);
	*dtls = NULL;
}

static void fail(struct ts_dtls *dtls, const char *reason)
{
	dtls->state = TS_DTLS_FAILED;
	dtls->reason = reason;
}

static enum ts_dtls_state handshake(struct ts_dtls *dtls)
{
	ERR_clear_error();
	int ret = SSL_do_handshake(dtls->ssl);
	if (ret == 1) {
		if (SSL_get_selected_srtp_profile(dtls->ssl))
			dtls->state = TS_DTLS_DONE;
		else
			fail(dtls, "dtls");
	} else if (SSL_get_error(dtls->ssl, ret) != SSL_ERROR_WANT_READ) {
		ts_debug("dtls handshake failed", "error=\"%s\"",
			ERR_reason_error_string(ERR_peek_error()) ?: "alert");
		fail(dtls, dtls->fingerprint_wrong ? "fingerprint" : "dtls");
	}
	ERR_clear_error();
	return dtls->state;
}

/* The peer has nothing to tell us but the end; what else may come (a repeated last flight) OpenSSL
 * answers itself. */
static enum ts_dtls_state read_after_handshake(struct ts_dtls *dtls)
{
	uint8_t sink[2048];
	ERR_clear_error();
	while (SSL_read(dtls->ssl, sink, sizeof(sink)) > 0) ts_count(TS_C_DROP_DTLS);
	ERR_clear_error();
	/* Set by a close_notify or a fatal alert, and only when its record was authentic. */
	if (SSL_get_shutdown(dtls->ssl) & SSL_RECEIVED_SHUTDOWN) dtls->state = TS_DTLS_CLOSED;
	return dtls->state;
}

static bool within_rate(struct ts_dtls *dtls, int64_t now_ns)
{
	if (now_ns - dtls->second_ns >= TS_NS_PER_S) {
		dtls->second_ns = now_ns;
		dtls->inputs = 0;
	}
	return dtls->inputs++ <
		(dtls->state == TS_DTLS_HANDSHAKE ? INPUT_PER_S_HANDSHAKE : INPUT_PER_S_DONE);
}

enum ts_dtls_state ts_dtls_start(struct ts_dtls *dtls)
{
	return dtls->config.role == TS_DTLS_CLIENT && dtls->state == TS_DTLS_HANDSHAKE
		? handshake(dtls)
		: dtls->state;
}

enum ts_dtls_state ts_dtls_input(
	struct ts_dtls *dtls, const uint8_t *data, size_t len, int64_t now_ns)
{
	if (!ts_dtls_framed(data, len) || !within_rate(dtls, now_ns) ||
		dtls->state > TS_DTLS_DONE) {
		ts_count(TS_C_DROP_DTLS);
		return dtls->state;
	}
	dtls->in = ts_rd(data, len);
	if (dtls->state == TS_DTLS_HANDSHAKE) handshake(dtls);
	/* The datagram may hold more than the end of the handshake. */
	if (dtls->state == TS_DTLS_DONE) read_after_handshake(dtls);
	dtls->in = ts_rd(NULL, 0);
	return dtls->state;
}

enum ts_dtls_state ts_dtls_run(struct ts_dtls *dtls)
{
	if (dtls->state > TS_DTLS_DONE) return dtls->state;
	ERR_clear_error();
	if (DTLSv1_handle_timeout(dtls->ssl) < 0 && dtls->state == TS_DTLS_HANDSHAKE)
		fail(dtls, "dtls");
	ERR_clear_error();
	return dtls->state;
}

int64_t ts_dtls_due_ns(struct ts_dtls *dtls, int64_t now_ns)
{
	struct timeval left;
	/* Done is done: the last flight is repeated when the peer repeats its own, not by our
	 * timer. */
	if (dtls->state != TS_DTLS_HANDSHAKE || DTLSv1_get_timeout(dtls->ssl, &left) != 1)
		return INT64_MAX;
	return now_ns + left.tv_sec * TS_NS_PER_S + left.tv_usec * TS_NS_PER_US;
}

void ts_dtls_close(struct ts_dtls *dtls)
{
	if (dtls->state != TS_DTLS_DONE) return;
	ERR_clear_error();
	SSL_shutdown(dtls->ssl);
	ERR_clear_error();
	dtls->state = TS_DTLS_CLOSED;
}

int ts_dtls_keys(struct ts_dtls *dtls, struct ts_srtp_keys *keys)
{
	enum { KEY = 16, SALT_CM = 14, SALT_GCM = 12 };
	static const char label[] = "EXTRACTOR-dtls_srtp";
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);
	size_t salt;
	*keys = (struct ts_srtp_keys){.profile = TS_SRTP_NONE};
	switch (profile ? profile->id : 0) {
	case SRTP_AEAD_AES_128_GCM:
		keys->profile = TS_SRTP_AEAD_AES_128_GCM, salt = SALT_GCM;
		break;
	case SRTP_AES128_CM_SHA1_80:
		keys->profile = TS_SRTP_AES128_CM_SHA1_80, salt = SALT_CM;
		break;
	default: return TS_EUNSUPPORTED;
	}

	/* client key, server key, client salt, server salt (RFC 5764 4.2) */
	uint8_t block[2 * (KEY + SALT_CM)];
	if (SSL_export_keying_material(dtls->ssl, block, 2 * (KEY + salt), label, sizeof(label) - 1,
		    NULL, 0, 0) != 1) {
		ERR_clear_error();
		return TS_EUNSUPPORTED;
	}
	bool client = dtls->config.role == TS_DTLS_CLIENT;
	uint8_t *of_client = client ? keys->local : keys->remote,
		*of_server = client ? keys->remote : keys->local;
	memcpy(of_client, block, KEY);
	memcpy(of_server, block + KEY, KEY);
	memcpy(of_client + KEY, block + 2 * KEY, salt);
	memcpy(of_server + KEY, block + 2 * KEY + salt, salt);
	explicit_bzero(block, sizeof(block));
	return TS_OK;
}

const char *ts_dtls_reason(const struct ts_dtls *dtls)
{
	return dtls->reason ? dtls->reason : "";
}
