/* fingerprint - certificates that nobody vouches for: known by a hash that a description names.
 * Private to transport/secure/.
 *
 * Thread  any; plain functions.
 * Source  RFC 8122 5 (a=fingerprint), 5763 5.
 */
#ifndef TS_TRANSPORT_SECURE_FINGERPRINT_H
#define TS_TRANSPORT_SECURE_FINGERPRINT_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

enum { TS_FINGERPRINT_TEXT_MAX = 8 + EVP_MAX_MD_SIZE * 3 };

/* For ten years, by its own key. [give] NULL: no memory. */
X509 *ts_self_signed(EVP_PKEY *key);
/* "sha-256 AB:CD:..." */
bool ts_fingerprint_print(char out[TS_FINGERPRINT_TEXT_MAX], X509 *x);

struct ts_fingerprint {
	const EVP_MD *md;
	uint8_t bytes[EVP_MAX_MD_SIZE];
};
/* sha-1, sha-224, sha-256, sha-384 or sha-512; the name and the digits in either case. TS_EINVAL:
 * it cannot be read, or is of another hash. */
int ts_fingerprint_parse(struct ts_fingerprint *out, const char *text);
/* x NULL: false. */
bool ts_fingerprint_is_of(const struct ts_fingerprint *fingerprint, X509 *x);

#endif
