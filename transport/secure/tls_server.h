/* tls_server - TLS as a server, for bytes that somebody else sends and receives.
 *
 *   from the peer --feed--> [ OpenSSL, buffers in memory ] --read--> plain bytes
 *   plain bytes --write-->  [                            ] --take--> to the peer
 *
 * TLS 1.2 and 1.3, forward secret; no renegotiation, no tickets. Clients show no certificate, but
 * to a server with one of its own they must, whoever issued it: then both are known by fingerprints
 * in what signals the session.
 * Nothing is kept of a session once it is over.
 * Thread  a context: one at a time; a session: the owner's. Sessions outlive their context.
 * Source  RFC 8446, 5246, 5746 (renegotiation), 8122 (fingerprints).
 * Full    what was fed and not read yet is kept: read it all before more is fed.
 */
#ifndef TS_TRANSPORT_SECURE_TLS_SERVER_H
#define TS_TRANSPORT_SECURE_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_tls_server;
struct ts_tls_session;

/* PEM texts: a certificate with its chain, the key. TS_EINVAL: they are none, or do not fit each
 * other; TS_ENOMEM. */
int ts_tls_server_create(struct ts_tls_server **out, const char *cert_pem, const char *key_pem);
/* With a certificate that is made now. TS_ENOMEM. */
int ts_tls_server_create_own(struct ts_tls_server **out);
/* "sha-256 AB:CD:...", of one with its own; else "". */
const char *ts_tls_server_fingerprint(const struct ts_tls_server *server);
void ts_tls_server_destroy(struct ts_tls_server **server); /* also of NULL */

int ts_tls_session_create(struct ts_tls_session **out, struct ts_tls_server *server);
void ts_tls_session_destroy(struct ts_tls_session **session); /* also of NULL */
/* TS_ENOMEM. */
int ts_tls_session_feed(struct ts_tls_session *session, const uint8_t *bytes, size_t n);
/* How many bytes; 0: nothing more for now. TS_ECLOSED: the peer has said that it is over;
 * TS_EBADMSG: it is not TLS, or not as it must be. Shakes hands as well: take what it leaves. */
int ts_tls_session_read(struct ts_tls_session *session, uint8_t *out, size_t cap);
/* After the handshake. All of it, or an error: TS_EBADMSG, TS_ENOMEM. */
int ts_tls_session_write(struct ts_tls_session *session, const uint8_t *bytes, size_t n);
/* Says that it is over. */
void ts_tls_session_close(struct ts_tls_session *session);
/* How many bytes for the peer. */
size_t ts_tls_session_take(struct ts_tls_session *session, uint8_t *out, size_t cap);
bool ts_tls_session_is_open(const struct ts_tls_session *session); /* hands were shaken */
/* Did the peer show the certificate of that fingerprint? */
bool ts_tls_session_is_peer(const struct ts_tls_session *session, const char *fingerprint);

#endif
