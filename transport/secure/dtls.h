/* dtls - the DTLS association of one transport, only to agree on SRTP keys: datagrams in, datagrams
 * out, no socket.
 *
 *   ts_dtls_input(datagram) --> OpenSSL --> config.send(datagram)    HANDSHAKE -> DONE -> CLOSED
 *   ts_dtls_run when due (retransmission) --^                 state:         \-> FAILED
 *
 * The peer is known by the fingerprint of its certificate alone, compared within the handshake: a
 * wrong one is answered by an alert and never reaches DONE. After DONE nothing but an authenticated
 * close_notify or alert ends the association. Records that nobody with the keys can have written
 * never reach OpenSSL (dtls_record.h).
 * Thread  the transport's net thread; a certificate: any.
 * Source  RFC 6347 (DTLS 1.2), 5763, 5764, 7714 (GCM), 8122 (fingerprints), 5705 (exporter).
 * Full    more than a handshake's worth of datagrams in a second are dropped and counted.
 */
#ifndef TS_TRANSPORT_SECURE_DTLS_H
#define TS_TRANSPORT_SECURE_DTLS_H

#include "transport/secure/srtp.h"

/* The process's self-signed certificate, made at start, and what all associations share. */
struct ts_dtls_cert;

int ts_dtls_cert_create(struct ts_dtls_cert **out);
/* after the last association */
void ts_dtls_cert_destroy(struct ts_dtls_cert **cert);
const char *ts_dtls_cert_fingerprint(const struct ts_dtls_cert *cert); /* "sha-256 AA:BB:..." */

enum ts_dtls_state { TS_DTLS_HANDSHAKE, TS_DTLS_DONE, TS_DTLS_CLOSED, TS_DTLS_FAILED };

enum ts_dtls_role { TS_DTLS_CLIENT, TS_DTLS_SERVER };

struct ts_dtls_config {
	enum ts_dtls_role role;
	/* of the peer's certificate: sha-1, sha-224, sha-256, sha-384 or sha-512 */
	const char *fingerprint;
	/* one datagram, at most 1200 bytes */
	void (*send)(void *arg, const uint8_t *data, size_t len);
	void *arg;
};

struct ts_dtls;

/* TS_EINVAL: the fingerprint cannot be read or its hash is none of ours. */
int ts_dtls_create(struct ts_dtls **out, struct ts_dtls_cert *cert,
	const struct ts_dtls_config *config);
void ts_dtls_destroy(struct ts_dtls **dtls);

/* A client speaks first. Each of these returns the state it leaves; `send` is called within. */
enum ts_dtls_state ts_dtls_start(struct ts_dtls *dtls);
enum ts_dtls_state ts_dtls_input(struct ts_dtls *dtls, const uint8_t *data, size_t len,
	int64_t now_ns);
enum ts_dtls_state ts_dtls_run(struct ts_dtls *dtls);
/* when run is wanted; INT64_MAX: never */
int64_t ts_dtls_due_ns(struct ts_dtls *dtls, int64_t now_ns);
void ts_dtls_close(struct ts_dtls *dtls);                     /* sends close_notify */

/* Only in TS_DTLS_DONE. TS_EUNSUPPORTED: no SRTP profile in common. The caller wipes keys after
 * use. */
int ts_dtls_keys(struct ts_dtls *dtls, struct ts_srtp_keys *keys);
/* Only in TS_DTLS_FAILED: "fingerprint" or "dtls". */
const char *ts_dtls_reason(const struct ts_dtls *dtls);

#endif
