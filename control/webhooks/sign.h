/* sign - the signature of a message, as Standard Webhooks lays down: HMAC-SHA256 over
 * "id.timestamp.body", in base64, under the key that the secret has behind "whsec_".
 *
 * Pure. Thread  any.
 * Source  Standard Webhooks 1.0.0 (github.com/standard-webhooks), "Signature scheme"; RFC 2104.
 */
#ifndef TS_CONTROL_WEBHOOKS_SIGN_H
#define TS_CONTROL_WEBHOOKS_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_SIGN_KEY_MIN = 24,
	TS_SIGN_KEY_MAX = 64,
	TS_SIGN_SECRET_MAX = 6 + 88 + 1, /* "whsec_", 64 bytes in base64 */
	TS_SIGNATURE_MAX = 3 + 44 + 1    /* "v1,", 32 bytes in base64 */
};

struct ts_sign_key { size_t n; uint8_t bytes[TS_SIGN_KEY_MAX]; };

/* False: that is no "whsec_" with 24 to 64 bytes in base64. */
bool ts_sign_secret(struct ts_sign_key *out, const char *secret);
void ts_sign(char out[TS_SIGNATURE_MAX], const struct ts_sign_key *key, const char *id,
	int64_t unix_s, const char *body, size_t len);

#endif
