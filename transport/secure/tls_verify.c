#include "transport/secure/tls_verify.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <glib.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of one SSL of ours, in its ex_data. */
struct conn {
	struct ts_tls_clients *clients;
	GList link; /* in clients->conns */
	char *peer, *host;
	X509 *cert; /* [ref] NULL: not seen yet */
};

struct ts_tls_clients {
	bool verify;
	GQueue conns;
};

/* What the library connects to next: it makes the SSL at once, on this thread, and shakes hands
 * when TCP is there. */
static __thread struct {
	struct conn *conn; /* [owned] NULL: nothing is expected */
} expected;

static void conn_unused(struct conn *conn)
{
	free(conn->peer);
	free(conn->host);
	free(conn);
}

static void expect_nothing(void)
{
	if (expected.conn) conn_unused(expected.conn);
	expected.conn = NULL;
}

/* ---- an SSL comes and goes */

static void on_new(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)parent, (void)ptr, (void)argl, (void)argp;
	if (!expected.conn) return;
	struct conn *conn = g_steal_pointer(&expected.conn);
	conn->link.data = conn;
	g_queue_push_tail_link(&conn->clients->conns, &conn->link);
	CRYPTO_set_ex_data(ad, index, conn);
}

static void conn_free(struct conn *conn)
{
	if (!conn) return;
	g_queue_unlink(&conn->clients->conns, &conn->link);
	X509_free(conn->cert);
	conn_unused(conn);
}

static void on_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)parent, (void)ad, (void)index, (void)argl, (void)argp;
	conn_free(ptr);
}

static int conn_index(void)
{
	static int index = -1; /* the first call is made before any thread of TLS runs */
	if (index < 0) index = SSL_get_ex_new_index(0, NULL, on_new, NULL, on_free);
	return index;
}

static bool is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

static void on_info(const SSL *constant, int where, int ret)
{
	SSL *ssl = (SSL *)(uintptr_t)constant; /* OpenSSL's own callbacks are given it so */
	struct conn *conn = SSL_get_ex_data(ssl, conn_index());
	(void)ret;
	if (!(where & SSL_CB_HANDSHAKE_START)) return;
	/* it was not the expected one; and callers are asked for no certificate */
	if (SSL_is_server(ssl)) {
		SSL_set_ex_data(ssl, conn_index(), NULL);
		conn_free(conn);
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	} else if (conn && conn->host && !is_address(conn->host)) {
		SSL_set_tlsext_host_name(ssl, conn->host);
	}
}

/* ---- certificates */

static bool is_for(X509 *cert, const char *host)
{
	if (!cert || !host) return false;
	return is_address(host)
		? X509_check_ip_asc(cert, host, 0) == 1
		: X509_check_host(cert, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

static int on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	if (SSL_is_server(ssl)) return 1; /* its certificate is not asked for anything */
	if (!ok) {
		ts_info("tls server refused", "error=%s",
			TS_LOG_STR(X509_verify_cert_error_string(X509_STORE_CTX_get_error(store))));
		return 0;
	}
	if (X509_STORE_CTX_get_error_depth(store)) return 1;
	struct conn *conn = SSL_get_ex_data(ssl, conn_index());
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	if (conn && is_for(cert, conn->host)) {
		X509_up_ref(cert);
		X509_free(conn->cert);
		conn->cert = cert;
		return 1;
	}
	ts_info("tls server refused", "error=other-name host=%s",
		TS_LOG_STR(conn && conn->host ? conn->host : ""));
	X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
	return 0;
}

bool ts_tls_clients_expect(struct ts_tls_clients *clients, const char *peer, const char *host)
{
	expect_nothing();
	for (const GList *link = clients->verify ? clients->conns.head : NULL; link;
		link = link->next) {
		const struct conn *conn = link->data;
		bool same = !strcmp(conn->peer, peer) && !g_ascii_strcasecmp(conn->host, host);
		if (!strcmp(conn->peer, peer) && !same && !is_for(conn->cert, host)) return false;
	}
	struct conn *conn = calloc(1, sizeof(*conn));
	if (!conn) return false;
	*conn = (struct conn){.clients = clients, .peer = strdup(peer), .host = strdup(host)};
	if (!conn->peer || !conn->host) {
		conn_unused(conn);
		return false;
	}
	expected.conn = conn;
	return true;
}

/* ---- life */

struct ts_tls_clients *ts_tls_clients_new(struct ssl_ctx_st *ctx, const char *ca_file, bool verify)
{
	if (verify &&
		(*ca_file ? SSL_CTX_load_verify_locations(ctx, ca_file, NULL)
			  : SSL_CTX_set_default_verify_paths(ctx)) != 1)
		return NULL;
	struct ts_tls_clients *clients = calloc(1, sizeof(*clients));
	if (!clients) return NULL;
	clients->verify = verify;
	g_queue_init(&clients->conns);
	conn_index();
	SSL_CTX_set_info_callback(ctx, on_info);
	if (verify) SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	return clients;
}

void ts_tls_clients_free(struct ts_tls_clients *clients)
{
	if (expected.conn && expected.conn->clients == clients) expect_nothing();
	free(clients);
}
