/* BFCP over TLS: who may shake hands, whose certificate counts, what comes in pieces; on loopback,
 * time by the test. */
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/bfcp/room.h"
#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>

/* of 20 ms, while nothing comes */
enum { TURNS = 250 };

/* A certificate of a room, and its fingerprint. */
struct card {
	SSL_CTX *ctx;
	char fingerprint[128];
};

static void issue(struct card *card)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	X509_digest(x, EVP_sha256(), hash, &n);
	size_t at = (size_t)sprintf(card->fingerprint, "SHA-256 ");
	for (unsigned i = 0; i < n; i++)
		at += (size_t)sprintf(card->fingerprint + at, i ? ":%02X" : "%02X", hash[i]);
	card->ctx = SSL_CTX_new(TLS_client_method());
	assert_int_equal(SSL_CTX_use_certificate(card->ctx, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(card->ctx, key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void open_secure(struct heard *h, uint32_t conference, const char *fingerprint)
{
	const struct ts_bfcp_link_config config = {.conference = conference,
		.user = USER,
		.reliable = true,
		.fingerprint = fingerprint,
		.local = "127.0.0.1",
		.received = on_received,
		.lost = on_lost,
		.arg = h};
	memset(h, 0, sizeof *h);
	h->answers = true;
	assert_int_equal(ts_bfcp_link_open(&h->link, ports, &config), 0);
}

/* NULL: it is not let in. */
static SSL *shake(const struct heard *h, SSL_CTX *ctx, int *fd)
{
	*fd = dial(h, SOCK_STREAM);
	fcntl(*fd, F_SETFL, O_NONBLOCK);
	SSL *ssl = SSL_new(ctx);
	SSL_set_fd(ssl, *fd);
	SSL_set_connect_state(ssl);
	for (int i = 0; i < TURNS; i++) {
		const int done = SSL_do_handshake(ssl);
		settle();
		if (done == 1) return ssl;
		if (SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ) break;
	}
	SSL_free(ssl);
	return NULL;
}

static void say_secret(SSL *ssl, uint16_t transaction)
{
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	const size_t n = put_message(bytes, CONFERENCE, transaction, false);
	assert_int_equal(SSL_write(ssl, bytes, (int)n), (int)n);
	settle();
}

/* The transaction that was answered; -1: closed. */
static int read_secret(SSL *ssl)
{
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	struct ts_bfcp_message m;
	int n = -1;
	for (int i = 0; i < TURNS; i++) {
		n = SSL_read(ssl, bytes, sizeof bytes);
		if (n > 0) break;
		if (SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ) return -1;
		settle();
	}
	assert_true(n > 0);
	assert_int_equal(ts_bfcp_read(&m, bytes, (size_t)n), 0);
	return m.transaction;
}

/* In the clear. */
static void await_end(int fd)
{
	for (int i = 0; i < TURNS && read_answer(fd) >= 0; i++) settle();
	assert_int_equal(read_answer(fd), -1);
}

static void await_heard(const unsigned *n, unsigned wanted)
{
	for (int i = 0; i < TURNS && *n < wanted; i++) settle();
	assert_int_equal(*n, wanted);
}

static void goes_both_ways(void **state)
{
	struct card card;
	struct heard h;
	int fd;
	(void)state;
	issue(&card);
	assert_non_null(strstr(ts_bfcp_ports_fingerprint(ports), "sha-256 "));
	open_secure(&h, CONFERENCE, card.fingerprint);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	SSL *ssl = shake(&h, card.ctx, &fd);
	assert_non_null(ssl);
	for (uint16_t i = 1; i <= 3; i++) {
		say_secret(ssl, i);
		assert_int_equal(read_secret(ssl), i);
	}
	/* several in a record, more than the framing holds at once */
	uint8_t many[56 * TS_BFCP_HEADER_BYTES];
	for (size_t i = 0; i < 56; i++) {
		uint8_t *at = many + i * TS_BFCP_HEADER_BYTES;
		put_message(at, CONFERENCE, (uint16_t)(10 + i), false);
	}
	assert_int_equal(
		SSL_write(ssl, many, 55 * TS_BFCP_HEADER_BYTES + 5), 55 * TS_BFCP_HEADER_BYTES + 5);
	await_heard(&h.n, 58);
	SSL_shutdown(ssl);
	await_heard(&h.lost, 1);
	SSL_free(ssl);
	close(fd);
	ts_bfcp_link_close(&h.link);
	SSL_CTX_free(card.ctx);
	settle();
	assert_int_equal(counted(TS_C_BFCP_CONNECTIONS), 0);
}

static void waits_for_its_call(void **state)
{
	struct card card;
	struct heard h;
	int fd;
	(void)state;
	issue(&card);
	open_secure(&h, CONFERENCE, card.fingerprint);
	SSL *ssl = shake(&h, card.ctx, &fd);
	assert_non_null(ssl);
	for (uint16_t i = 1; i <= 3; i++) say_secret(ssl, i);
	assert_int_equal(h.n, 0);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	await_heard(&h.n, 3);
	assert_int_equal(read_secret(ssl), 1);
	/* the call ends, and tells the peer */
	ts_bfcp_link_close(&h.link);
	while (read_secret(ssl) > 0) continue;
	assert_int_equal(read_secret(ssl), -1);
	SSL_free(ssl);
	close(fd);
	SSL_CTX_free(card.ctx);
}

/* Hands are shaken with hosts that may be a call's alone, and words count from its certificate. */
static void others_are_refused(void **state)
{
	struct card card, forged;
	struct heard h, clear;
	int fd;
	(void)state;
	issue(&card);
	issue(&forged);
	open_secure(&h, CONFERENCE, card.fingerprint);
	open_secure(&clear, CONFERENCE + 1, "");
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	ts_bfcp_link_set_hosts(clear.link, "127.0.0.1", "");

	SSL *ssl = shake(&h, forged.ctx, &fd);
	assert_non_null(ssl); /* whose call it means is not known yet */
	say_secret(ssl, 1);
	assert_int_equal(read_secret(ssl), -1);
	SSL_free(ssl);
	close(fd);

	/* no certificate */
	SSL_CTX *bare = SSL_CTX_new(TLS_client_method());
	ssl = shake(&h, bare, &fd);
	if (ssl) {
		say_secret(ssl, 2);
		assert_int_equal(read_secret(ssl), -1);
	}
	SSL_free(ssl);
	close(fd);
	SSL_CTX_free(bare);

	/* in the clear, where TLS was agreed on */
	fd = dial(&h, SOCK_STREAM);
	say(fd, CONFERENCE, 3);
	await_end(fd);
	close(fd);
	assert_int_equal(h.n, 0);
	ts_bfcp_link_close(&h.link);

	/* TLS, where nobody agreed on it */
	assert_null(shake(&clear, card.ctx, &fd));
	close(fd);
	fd = dial(&clear, SOCK_STREAM);
	say(fd, CONFERENCE + 1, 4);
	await_heard(&clear.n, 1);
	close(fd);
	await_heard(&clear.lost, 1);
	ts_bfcp_link_close(&clear.link);

	/* from another host than the call's */
	open_secure(&h, CONFERENCE, card.fingerprint);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.2", "");
	assert_null(shake(&h, card.ctx, &fd));
	close(fd);
	ts_bfcp_link_close(&h.link);
	SSL_CTX_free(card.ctx);
	SSL_CTX_free(forged.ctx);
	assert_int_equal(counted(TS_C_BFCP_CONNECTIONS), 0);
}

/* A host of a call begins again and again. */
static void handshakes_are_few(void **state)
{
	struct card card;
	struct heard h;
	int fd, good = 0;
	(void)state;
	issue(&card);
	open_secure(&h, CONFERENCE, card.fingerprint);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	for (int i = 0; i < 30; i++) {
		SSL *ssl = shake(&h, card.ctx, &fd);
		good += ssl != NULL;
		SSL_free(ssl);
		close(fd);
		settle();
	}
	assert_in_range(good, 15, 25);
	ts_bfcp_link_close(&h.link);
	SSL_CTX_free(card.ctx);
	settle();
	assert_int_equal(counted(TS_C_BFCP_CONNECTIONS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(goes_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_its_call, setup, teardown),
		cmocka_unit_test_setup_teardown(others_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(handshakes_are_few, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
