/* tls_verify - has a TLS server whom we connect to a certificate of a trusted authority, for a name that we meant?
 *
 * For contexts of other libraries (SIP's), which verify nothing and know no name for the connection: any of the names that are
 * wanted now will do. Clients that connect to us are not asked for more than before.
 * Thread  of the handshake, as names().   Source  RFC 6125, 5922 7.
 */
#ifndef TS_TRANSPORT_TLS_VERIFY_H
#define TS_TRANSPORT_TLS_VERIFY_H

#include <stddef.h>

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

struct ts_tls_names {
	/* The i-th name or numeric address that we connect to now; NULL: no more. */
	const char *(*at)(void *arg, size_t i);
	void *arg;
};

/* names must outlive ctx. TS_EIO: the file of authorities cannot be used. */
int ts_tls_verify_servers(struct ssl_ctx_st *ctx, const char *ca_file, const struct ts_tls_names *names);

#endif
