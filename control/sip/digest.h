/* digest - passwords by hashes: challenges read and answered, answers checked. Pure.
 *
 * MD5 and SHA-256 with qop=auth. Of others an answer without it is never taken: it can be made to
 * fit other bodies and tells more to who guesses. A server of ours that asks for no qop at all, as
 * old ones do, is answered so, by MD5 alone (RFC 2069, 2617 3.2.2.1). auth-int is not answered.
 * Thread  none.   Source  RFC 7616, 8760 (SHA-256 in SIP), 3261 22, 2069.
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
	bool no_qop; /* as RFC 2069 has it */
};
/* The value of a WWW-Authenticate or Proxy-Authenticate. False: another scheme or algorithm, a qop
 * without auth, SHA-256 without a qop, or it does not fit. */
bool ts_digest_challenge_read(struct ts_digest_challenge *out, const char *value, size_t n);

/* Is one to be answered rather than other (algorithm NONE: there is none)? SHA-256, MD5, MD5
 * without qop; of equals the first (RFC 8760 2.4 has the server list them by its preference, which
 * would let who sits between choose the weakest). */
bool ts_digest_is_better(const struct ts_digest_challenge *one,
	const struct ts_digest_challenge *other);

struct ts_digest_answer {
	enum ts_digest_algorithm algorithm;
	char username[TS_DIGEST_TEXT_MAX], realm[TS_DIGEST_TEXT_MAX], nonce[TS_DIGEST_TEXT_MAX],
		uri[TS_DIGEST_TEXT_MAX];
	char cnonce[TS_DIGEST_TEXT_MAX], response[TS_DIGEST_HEX_MAX + 1];
	uint32_t nc;
	bool no_qop; /* written alone: cnonce and nc mean nothing */
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
