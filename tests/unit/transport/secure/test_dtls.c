/* Two associations in memory: datagrams wait in a queue each, where the tests may lose or change
 * them. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "transport/secure/dtls.h"
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { QUEUE = 64, DATAGRAM = 1500 };

struct end {
	struct ts_dtls_cert *cert;
	struct ts_dtls *dtls;
	enum ts_dtls_state state;
	size_t n; /* datagrams on their way to the other end */
	size_t len[QUEUE];
	uint8_t data[QUEUE][DATAGRAM];
	size_t sent, largest;
};

struct link {
	struct end end[2];
}; /* 0 is the client */

static void on_send(void *arg, const uint8_t *data, size_t len)
{
	struct end *e = arg;
	assert_true(e->n < QUEUE && len <= DATAGRAM);
	memcpy(e->data[e->n], data, len);
	e->len[e->n++] = len;
	e->sent++;
	if (len > e->largest) e->largest = len;
}

static void open_link(struct link *l, const char *client_expects, const char *server_expects)
{
	memset(l, 0, sizeof(*l));
	for (int i = 0; i < 2; i++) assert_int_equal(ts_dtls_cert_create(&l->end[i].cert), 0);
	for (int i = 0; i < 2; i++) {
		const char *given = i ? server_expects : client_expects;
		struct ts_dtls_config config = {i ? TS_DTLS_SERVER : TS_DTLS_CLIENT,
			given ? given : ts_dtls_cert_fingerprint(l->end[!i].cert), on_send,
			&l->end[i]};
		assert_int_equal(ts_dtls_create(&l->end[i].dtls, l->end[i].cert, &config), 0);
	}
}

static void close_link(struct link *l)
{
	for (int i = 0; i < 2; i++) {
		ts_dtls_destroy(&l->end[i].dtls);
		ts_dtls_cert_destroy(&l->end[i].cert);
	}
}

/* Delivers what `from` sent; returns how much that was. */
static size_t deliver(struct link *l, int from)
{
	struct end *e = &l->end[from], *to = &l->end[!from];
	static uint8_t data[QUEUE][DATAGRAM];
	size_t len[QUEUE], n = e->n;
	memcpy(data, e->data, sizeof(data));
	memcpy(len, e->len, sizeof(len));
	e->n = 0;
	for (size_t i = 0; i < n; i++)
		to->state = ts_dtls_input(to->dtls, data[i], len[i], ts_now_ns());
	return n;
}

static void shake_hands(struct link *l)
{
	l->end[0].state = ts_dtls_start(l->end[0].dtls);
	while (deliver(l, 0) + deliver(l, 1)) {}
}

static void assert_done(struct link *l)
{
	struct ts_srtp_keys keys[2];
	memset(keys, 0, sizeof(keys));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(l->end[i].state, TS_DTLS_DONE);
		assert_int_equal(ts_dtls_keys(l->end[i].dtls, &keys[i]), 0);
		assert_int_equal(keys[i].profile, TS_SRTP_AEAD_AES_128_GCM);
	}
	assert_memory_equal(keys[0].local, keys[1].remote, 28);
	assert_memory_equal(keys[0].remote, keys[1].local, 28);
	assert_memory_not_equal(keys[0].local, keys[0].remote, 28);
}

static void handshake(void **state)
{
	(void)state;
	struct link l;
	open_link(&l, NULL, NULL);
	/* a server waits without a timer */
	assert_int_equal(ts_dtls_due_ns(l.end[1].dtls, ts_now_ns()), INT64_MAX);
	shake_hands(&l);
	assert_done(&l);
	for (int i = 0; i < 2; i++) {
		assert_in_range(l.end[i].largest, 100, 1200);
		assert_int_equal(ts_dtls_due_ns(l.end[i].dtls, ts_now_ns()), INT64_MAX);
	}
	close_link(&l);
}

static void fingerprint_of(
	char *out, size_t cap, const char *name, const EVP_MD *md, const struct ts_dtls_cert *cert)
{
	/* the first member of ts_dtls_cert is its SSL_CTX */
	X509 *x = SSL_CTX_get0_certificate(*(SSL_CTX *const *)(const void *)cert);
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;
	assert_int_equal(X509_digest(x, md, hash, &n), 1);
	size_t at = (size_t)snprintf(out, cap, "%s ", name);
	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, cap - at, i ? ":%02x" : "%02x", hash[i]);
}

static void every_hash(void **state)
{
	(void)state;
	const struct {
		const char *name;
		const EVP_MD *md;
	} rows[] = {
		{"sha-1", EVP_sha1()},
		{"SHA-224", EVP_sha224()},
		{"sha-256", EVP_sha256()},
		{"sha-384", EVP_sha384()},
		{"Sha-512", EVP_sha512()},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link l;
		char text[256];
		open_link(&l, NULL, NULL);
		fingerprint_of(text, sizeof(text), rows[i].name, rows[i].md, l.end[0].cert);
		struct ts_dtls_config config = {TS_DTLS_SERVER, text, on_send, &l.end[1]};
		ts_dtls_destroy(&l.end[1].dtls);
		assert_int_equal(ts_dtls_create(&l.end[1].dtls, l.end[1].cert, &config), 0);
		shake_hands(&l);
		assert_done(&l);
		close_link(&l);
	}
}

#define WRONG                                                                                    \
	"sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:" \
	"AA:"                                                                                    \
	"BB:CC:DD:EE:FF"

static void wrong_fingerprint(void **state)
{
	(void)state;
	for (int who = 0; who < 2; who++) {
		struct link l;
		open_link(&l, who == 0 ? WRONG : NULL, who == 1 ? WRONG : NULL);
		shake_hands(&l);
		assert_int_equal(l.end[who].state, TS_DTLS_FAILED);
		assert_string_equal(ts_dtls_reason(l.end[who].dtls), "fingerprint");
		assert_int_equal(l.end[!who].state, TS_DTLS_FAILED); /* told by the alert */
		assert_string_equal(ts_dtls_reason(l.end[!who].dtls), "dtls");
		close_link(&l);
	}
}

static void bad_fingerprints(void **state)
{
	(void)state;
	static const char *const rows[] = {"", "sha-256", "sha-256 ", "md5 00:11", "sha-2566 00",
		"sha-1 00", WRONG ":00", WRONG " "};
	struct ts_dtls_cert *cert;
	struct ts_dtls *dtls;
	assert_int_equal(ts_dtls_cert_create(&cert), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_dtls_config config = {TS_DTLS_SERVER, rows[i], on_send, NULL};
		assert_int_equal(ts_dtls_create(&dtls, cert, &config), TS_EINVAL);
		assert_null(dtls);
	}
	ts_dtls_cert_destroy(&cert);
}

/* A quarter of the datagrams is lost; the timers bring it through. */
static void losses(void **state)
{
	(void)state;
	for (unsigned k = 1; k < 4; k++) {
		struct link l;
		unsigned seed = k;
		open_link(&l, NULL, NULL);
		l.end[0].state = ts_dtls_start(l.end[0].dtls);
		for (int turn = 0; turn < 6000 &&
			!(l.end[0].state == TS_DTLS_DONE && l.end[1].state == TS_DTLS_DONE);
			turn++) {
			for (int i = 0; i < 2; i++) {
				struct end *e = &l.end[i];
				for (size_t m = 0; m < e->n; m++)
					if (rand_r(&seed) % 4 == 0)
						/* a datagram without bytes is dropped by
						 * the other end */
						e->len[m] = 0;
				deliver(&l, i);
				if (ts_dtls_due_ns(e->dtls, 0) <= 0)
					e->state = ts_dtls_run(e->dtls);
			}
			nanosleep(&(struct timespec){0, 5000000}, NULL);
		}
		assert_done(&l);
		close_link(&l);
	}
}

static void peer_closes(void **state)
{
	(void)state;
	struct link l;
	open_link(&l, NULL, NULL);
	shake_hands(&l);
	ts_dtls_close(l.end[0].dtls);
	assert_int_equal(deliver(&l, 0), 1);
	assert_int_equal(l.end[1].state, TS_DTLS_CLOSED);
	close_link(&l);
}

/* What does not come from the peer's keys cannot end a finished association: forged alerts,
 * handshakes, noise. */
static void forgeries_after_handshake(void **state)
{
	(void)state;
	struct link l;
	unsigned seed = 1;
	int64_t now_ns = ts_now_ns(), dropped = ts_count_get(TS_C_DROP_DTLS);
	open_link(&l, NULL, NULL);
	shake_hands(&l);
	size_t sent = l.end[1].sent;
	for (int k = 0; k < 5000; k++) {
		uint8_t b[300];
		size_t len = 13 + (size_t)rand_r(&seed) % (sizeof(b) - 13);
		for (size_t i = 0; i < len; i++) b[i] = (uint8_t)rand_r(&seed);
		b[0] = (uint8_t)(20 + rand_r(&seed) % 4);
		b[1] = 0xfe, b[2] = 0xfd, b[3] = 0, b[4] = (uint8_t)(rand_r(&seed) % 2);
		memset(b + 5, 0, 5);
		b[11] = (uint8_t)((len - 13) >> 8), b[12] = (uint8_t)(len - 13);
		if (k % 3 == 0) { /* a plain close_notify */
			len = 15;
			b[0] = 21, b[4] = 0, b[11] = 0, b[12] = 2, b[13] = 1, b[14] = 0;
		}
		now_ns += 100 * TS_NS_PER_MS;
		assert_int_equal(ts_dtls_input(l.end[1].dtls, b, len, now_ns), TS_DTLS_DONE);
	}
	assert_true(l.end[1].sent - sent < 100); /* and is not answered a thousandfold */
	l.end[1].n = 0;
	assert_true(ts_count_get(TS_C_DROP_DTLS) >= dropped);
	ts_dtls_close(l.end[0].dtls); /* the real one still counts */
	deliver(&l, 0);
	assert_int_equal(l.end[1].state, TS_DTLS_CLOSED);
	close_link(&l);
}

/* Whatever cipher was agreed on: no length, type, version or epoch of a forged record ends the
 * association. */
static void forged_lengths(void **state)
{
	(void)state;
	static const struct {
		const char *cipher;
		uint64_t options;
	} rows[] = {
		{"ECDHE-ECDSA-AES128-GCM-SHA256", 0},
		{"ECDHE-ECDSA-CHACHA20-POLY1305", 0},
		{"ECDHE-ECDSA-AES128-SHA", 0},
		{"ECDHE-ECDSA-AES256-SHA", SSL_OP_NO_ENCRYPT_THEN_MAC},
		{"ECDHE-ECDSA-AES128-SHA256", 0},
		{"ECDHE-ECDSA-AES128-SHA256", SSL_OP_NO_ENCRYPT_THEN_MAC},
	};
	static const uint16_t versions[] = {0xfefd, 0xfeff, 0xfefc};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link l;
		int64_t now_ns = ts_now_ns();
		open_link(&l, NULL, NULL);
		/* its first member */
		SSL_CTX *ctx = *(SSL_CTX *const *)(const void *)l.end[0].cert;
		SSL_CTX_set_options(ctx, rows[i].options);
		assert_int_equal(SSL_CTX_set_cipher_list(ctx, rows[i].cipher), 1);
		struct ts_dtls_config config = {TS_DTLS_CLIENT,
			ts_dtls_cert_fingerprint(l.end[1].cert), on_send, &l.end[0]};
		ts_dtls_destroy(&l.end[0].dtls);
		assert_int_equal(ts_dtls_create(&l.end[0].dtls, l.end[0].cert, &config), 0);
		shake_hands(&l);
		assert_done(&l);
		for (unsigned k = 0; k < 100 * 4 * 4 * 3; k++) {
			uint8_t b[13 + 100] = {0};
			size_t len = k % 100;
			uint16_t version = versions[k / 1600];
			b[0] = (uint8_t)(20 + k / 100 % 4);
			b[1] = (uint8_t)(version >> 8), b[2] = (uint8_t)version,
			b[4] = (uint8_t)(k / 400 % 4), b[10] = 9;
			b[12] = (uint8_t)len;
			now_ns += 100 * TS_NS_PER_MS;
			if (ts_dtls_input(l.end[1].dtls, b, 13 + len, now_ns) != TS_DTLS_DONE)
				fail_msg("%s: type %u epoch %u length %zu", rows[i].cipher, b[0],
					b[4], len);
		}
		l.end[1].n = 0;
		ts_dtls_close(l.end[0].dtls);
		deliver(&l, 0);
		if (l.end[1].state != TS_DTLS_CLOSED)
			fail_msg("%s: a close is not seen", rows[i].cipher);
		close_link(&l);
	}
}

static void not_dtls(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint8_t data[16];
		size_t len;
	} rows[] = {
		{"empty", {0}, 0},
		{"short header", {22, 0xfe, 0xfd, 0, 0}, 5},
		{"TLS version", {22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 14},
		{"content type", {30, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 14},
		{"length past the end", {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0}, 14},
		{"heartbeat", {24, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 14},
		{"DTLS 1.3's short header", {0x2c, 0, 1, 0, 1, 0}, 6},
		{"version in between", {22, 0xfe, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 14},
		{"nothing in it", {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 13},
		{"an epoch to come", {22, 0xfe, 0xfd, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 14},
		{"too short for any cipher", {22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 14},
		{"trailing byte", {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 22}, 15},
	};
	struct link l;
	open_link(&l, NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t before = ts_count_get(TS_C_DROP_DTLS);
		assert_int_equal(ts_dtls_input(l.end[1].dtls, rows[i].data, rows[i].len, 0),
			TS_DTLS_HANDSHAKE);
		if (ts_count_get(TS_C_DROP_DTLS) != before + 1)
			fail_msg("%s was not counted", rows[i].name);
	}
	shake_hands(&l);
	assert_done(&l);
	close_link(&l);
}

static void flood_is_bounded(void **state)
{
	(void)state;
	struct link l;
	open_link(&l, NULL, NULL);
	l.end[0].state = ts_dtls_start(l.end[0].dtls);
	assert_int_equal(l.end[0].n, 1);
	int64_t before = ts_count_get(TS_C_DROP_DTLS);
	for (int i = 0; i < 10000; i++) {
		l.end[1].n = 0;
		ts_dtls_input(l.end[1].dtls, l.end[0].data[0], l.end[0].len[0], TS_NS_PER_S);
	}
	assert_true(ts_count_get(TS_C_DROP_DTLS) - before >= 9800);
	close_link(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake),
		cmocka_unit_test(every_hash),
		cmocka_unit_test(wrong_fingerprint),
		cmocka_unit_test(bad_fingerprints),
		cmocka_unit_test(losses),
		cmocka_unit_test(peer_closes),
		cmocka_unit_test(not_dtls),
		cmocka_unit_test(forgeries_after_handshake),
		cmocka_unit_test(forged_lengths),
		cmocka_unit_test(flood_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
