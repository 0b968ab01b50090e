/* srtp_crypto - what libsrtp encrypts and authenticates with: OpenSSL, put in by libsrtp's own
 * hooks for that.
 *
 * Debian builds libsrtp2 on NSS, which opens a session and a context for each packet: 1.3 to 2 us
 * for a packet of sound with AES-GCM and 7 to 10 with AES-CM and HMAC-SHA1. Contexts that live as
 * long as their stream take 0.3 and 0.5.
 * Thread  once, before the first session, and after srtp_init().
 * Source  RFC 3711 4.1.1, 4.2.1; RFC 7714.
 */
#ifndef TS_TRANSPORT_SECURE_SRTP_CRYPTO_H
#define TS_TRANSPORT_SECURE_SRTP_CRYPTO_H

/* AES-CM and AES-GCM with 128 bits, HMAC-SHA1. libsrtp tries each against known answers first.
 * TS_EUNSUPPORTED: OpenSSL or libsrtp would not; sessions must not be made then. */
int ts_srtp_crypto_install(void);

#endif
