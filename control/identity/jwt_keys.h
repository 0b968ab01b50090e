/* jwt_keys - the keys by which JWTs are proved: a JWKS, or one PEM key.
 *
 *   {"keys": [{"kty":"RSA", "alg":"RS256", "kid":"a", ...}, ...]}  --+--> list
 *   -----BEGIN PUBLIC KEY-----  (RSA: RS256, P-256: ES256)         --/
 *
 * Each key has one algorithm, which is that of its kind and is never read from a token: oct HS256,
 * RSA RS256 (2048 bits or more), P-256 ES256. Where a JWK names another, or none, the file is
 * refused. A public key can therefore not be used as a secret. EdDSA: libjose has none.
 * A key that can sign is held in memory as its file has it; nothing of it is ever logged.
 * Thread  control.
 * Source  RFC 7517 (JWK, JWKS), 7518 (algorithms).
 * Full    TS_JWT_KEYS_MAX; a file of TS_JWT_FILE_MAX bytes.
 */
#ifndef TS_CONTROL_IDENTITY_JWT_KEYS_H
#define TS_CONTROL_IDENTITY_JWT_KEYS_H

#include "control/identity/caller.h"

enum { TS_JWT_KEYS_MAX = 32, TS_JWT_FILE_MAX = 256 * 1024, TS_IDENTITY_ERR_MAX = 200 };

struct ts_jwt_key {
	char kid[TS_CALLER_ID_MAX + 1]; /* "": it has none */
	const char *alg;
	json_t *jwk;
	bool signs; /* it holds what signing takes */
};

struct ts_jwt_keys {
	struct ts_jwt_key key[TS_JWT_KEYS_MAX];
	size_t n;
};

/* Reads a file and adds its keys. TS_EIO, TS_EINVAL: err says why, without anything of the file,
 * and nothing was added. */
int ts_jwt_keys_add_file(struct ts_jwt_keys *keys, const char *path, char err[TS_IDENTITY_ERR_MAX]);
/* The same of a text. */
int ts_jwt_keys_add(
	struct ts_jwt_keys *keys, const char *text, size_t len, char err[TS_IDENTITY_ERR_MAX]);
void ts_jwt_keys_fini(struct ts_jwt_keys *keys);

/* kid NULL: the token names none, which is right where there is but one key. NULL: there is no such
 * key. */
const struct ts_jwt_key *ts_jwt_keys_find(const struct ts_jwt_keys *keys, const char *kid);

#endif
