#include "transport/tls_verify.h"
#include "base/error.h"
#include "base/log.h"
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>

static bool is_for(X509 *cert, const struct ts_tls_names *names)
{
	const char *name;
	for (size_t i = 0; (name = names->at(names->arg, i)); i++)
		if (X509_check_ip_asc(cert, name, 0) == 1 || X509_check_host(cert, name, 0, 0, NULL) == 1) return true;
	return false;
}

static int names_index(void)
{
	static int index = -1; /* the first call is made before any thread of TLS runs */
	if (index < 0) index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
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
	const struct ts_tls_names *names = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), names_index());
	if (is_for(X509_STORE_CTX_get_current_cert(store), names)) return 1;
	ts_info("tls server refused", "error=other-name");
	X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
	return 0;
}

int ts_tls_verify_servers(struct ssl_ctx_st *ctx, const char *ca_file, const struct ts_tls_names *names)
{
	if (SSL_CTX_load_verify_locations(ctx, ca_file, NULL) != 1) return TS_EIO;
	SSL_CTX_set_ex_data(ctx, names_index(), (void *)(uintptr_t)names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	return 0;
}
