/* tls_verify - is a TLS server whom we connect to the host that was meant, vouched for by a trusted
 * authority?
 *
 * For contexts of other libraries (SIP's libre), which verify nothing and send no name. Each
 * connection of ours is for one host:
 *
 *   ts_tls_clients_expect(peer, host) -> the library makes its SSL: it takes that host -> name sent
 *   (SNI), certificate checked for it
 *
 * The library may use a connection again for another request to the same address; then expect says
 * whether its certificate is good for that request's host too. Clients that connect to us are not
 * asked for a certificate.
 * Thread  one: expect and the handshakes.   Source  RFC 6125, 5922 7, 6066 3.
 */
#ifndef TS_TRANSPORT_SECURE_TLS_VERIFY_H
#define TS_TRANSPORT_SECURE_TLS_VERIFY_H

#include <stdbool.h>

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ts_tls_clients;

/* [give]. ca_file: PEM file of authorities, "": those of the system. verify false: names are sent
 * and nothing is checked. Must outlive ctx and its connections. NULL: the authorities cannot be
 * used, or out of memory. */
struct ts_tls_clients *ts_tls_clients_new(struct ssl_ctx_st *ctx, const char *ca_file, bool verify);
void ts_tls_clients_free(struct ts_tls_clients *clients);

/* The next connection is made to peer ("192.0.2.1:5061") for host, a name or numeric address.
 * False: there is one to that peer already whose certificate is not for host: nothing may be sent
 * there; or out of memory. */
bool ts_tls_clients_expect(struct ts_tls_clients *clients, const char *peer, const char *host);

#endif
