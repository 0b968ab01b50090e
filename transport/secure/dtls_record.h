/* dtls_record - which records of a datagram OpenSSL gets to see: framing, version, epoch, and long
 * enough for the cipher. Pure.
 *
 *   | type | version | epoch | sequence number (48 bits) | length | fragment: length bytes
 *   | next record ...
 *
 * What nobody with the keys can have written is dropped here, since libssl fails for good on some
 * of it: 3.0.19 on an epoch-1 record shorter than its nonce and tag (CVE-2026-75806), versions
 * before 3.0.22 keep records of epochs to come without measure (CVE-2026-54874). An association
 * here has two epochs, since nobody may renegotiate: 0 in the clear, 1 with the keys.
 * Thread  none: plain functions.
 * Source  RFC 6347 4.1, 5246 6.2.3 (CBC), 5288 (GCM), 6655 (CCM), 7366 (encrypt-then-MAC), 7905.
 */
#ifndef TS_TRANSPORT_SECURE_DTLS_RECORD_H
#define TS_TRANSPORT_SECURE_DTLS_RECORD_H

#include "base/bytes.h"
#include <stdbool.h>

/* What decides how long a protected fragment is at least. */
enum ts_dtls_cipher {
	TS_DTLS_CIPHER_UNKNOWN, /* not agreed yet: the least of all of them */
	TS_DTLS_CIPHER_GCM,
	TS_DTLS_CIPHER_CCM,
	TS_DTLS_CIPHER_CCM_8,
	TS_DTLS_CIPHER_CHACHA20,
	TS_DTLS_CIPHER_CBC_SHA1,
	TS_DTLS_CIPHER_CBC_SHA256,
	TS_DTLS_CIPHER_CBC_SHA384,
	TS_DTLS_CIPHER_COUNT,
};

/* May a fragment of epoch 1 have this length? CBC: with either order of MAC and encryption. */
bool ts_dtls_fragment_fits(enum ts_dtls_cipher cipher, size_t len);

/* The headers of all records lead exactly to the end of the datagram, and each could be of DTLS. */
bool ts_dtls_framed(const uint8_t *data, size_t len);

struct ts_dtls_now {
	bool done; /* the handshake is: nothing in the clear counts any more */
	enum ts_dtls_cipher cipher;
	int early_left; /* records of epoch 1 that may still come before the handshake is done */
};

/* The next record of the datagram that may be looked at, header included, which is taken out of it;
 * empty: none is left. *dropped counts those passed over. */
struct ts_rd ts_dtls_next_record(struct ts_rd *datagram, struct ts_dtls_now *now, int *dropped);

#endif
