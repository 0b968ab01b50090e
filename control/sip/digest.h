/* digest - passwords by hashes: challenges read and answered, answers checked. Pure.
 *
 * MD5 and SHA-256, always with qop=auth: an answer without it can be made to fit other bodies and
 * tells more to who guesses.
 * Thread  none.   Source  RFC 7616, 8760 (SHA-256 in SIP), 3261 22.
 */
#ifndef TS_CONTROL_SIP_DIGEST_H
#define TS_CONTROL_SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_digest_algorithm { TS_DIGEST_NONE, TS_DIGEST_MD5, TS_DIGEST_SHA256 }; /* by strength */
enum { TS_DIGEST_HEX_MAX = 64, TS_DIGEST_TEXT_MAX = 256 };

const char *ts_digest_name(enum ts_digest_algorithm algorithm); /* "MD5", "SHA-256" */

struct ts_digest_challenge {
	enum ts_digest_algorithm algorithm;
	char realm[TS_DIGEST_TEXT_MAX], nonce[TS_DIGEST_TEXT_MAX], opaque[TS_DIGEST_TEXT_MAX];
	bool stale;
};
/* The value of a WWW-Authenticate or Proxy-Authenticate. False: another scheme or algorithm, no
 * qop=auth, or it does not fit. */
bool ts_digest_challenge_read(struct ts_digest_challenge *out, const char *value, size_t n);

struct ts_digest_answer {
	enum ts_digest_algorithm algorithm;
	char username[TS_DIGEST_TEXT_MAX], realm[TS_DIGEST_TEXT_MAX], nonce[TS_DIGEST_TEXT_MAX],
		uri[TS_DIGEST_TEXT_MAX];
	char cnonce[TS_DIGEST_TEXT_MAX], response[TS_DIGEST_HEX_MAX + 1];
	uint32_t nc;
};
/* The value of an Authorization. False as above, or something is missing. */
bool ts_digest_answer_read(struct ts_digest_answer *out, const char *value, size_t n);

/* What answer->response must be. */
void ts_digest_response(char out[TS_DIGEST_HEX_MAX + 1], const struct ts_digest_answer *answer,
	const char *password, const char *method);
/* "Digest username=..., ..." for that challenge; answer's username, uri, cnonce and nc are the
 * caller's. False: does not fit. */
bool ts_digest_answer_write(char *out, size_t cap, const struct ts_digest_challenge *challenge,
	struct ts_digest_answer *answer, const char *password, const char *method);

/* The time that a nonce is made of, in milliseconds that wrap: another than that of the one before,
 * and ahead of the clock by a second at most, however many are asked for (then some are equal; each
 * is hashed with the address that it is for). */
uint32_t ts_digest_next_time(uint32_t last_ms, uint32_t now_ms);

#endif
