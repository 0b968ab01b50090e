/* jwt - reads a JSON Web Token, and makes one.
 *
 *   "HEADER.PAYLOAD.SIGNATURE" -> size, form -> header: the key by kid, alg as that key's
 *       -> signature -> claims: exp, nbf, aud, iss -> room, scope, name, ...
 *
 * Nothing of the payload is looked at before the signature is right. One signature is computed at
 * most, of TS_JWT_MAX bytes at most. `crit`, nesting of more than TS_JWT_DEPTH_MAX, and names that
 * stand twice are refused; claims that are not known are ignored.
 *
 * Claims  exp    needed
 *         room   needed: an id, or a pattern with one *; "*" is every room
 *         scope  a list (scope.h); without it the token opens nothing
 *         nbf, aud, iss, identity (else sub), name, role
 * aud is needed where rules name one, and refused where they do not.
 * Thread  control.
 * Source  RFC 7515, 7519, 8725 (best current practice).
 */
#ifndef TS_CONTROL_IDENTITY_JWT_H
#define TS_CONTROL_IDENTITY_JWT_H

#include "control/identity/jwt_keys.h"

enum { TS_JWT_MAX = 4096, TS_JWT_DEPTH_MAX = 8 };

struct ts_jwt_rules {
	const char *audience, *issuer; /* ""; any issuer, no audience */
	int leeway_s;
};

enum ts_jwt_verdict {
	TS_JWT_GOOD,
	TS_JWT_WRONG, /* nobody who has a key made it */
	TS_JWT_VOID,  /* the signature is right, but it is not for here and now */
};

/* Does it look like one? Only then is it worth a word of the log. */
bool ts_jwt_is_like(const char *text);
/* Else out is undefined, and *why (constant text) is for the log, not for whoever sent it. */
enum ts_jwt_verdict ts_jwt_read(struct ts_caller *out, const char *text,
	const struct ts_jwt_keys *keys, const struct ts_jwt_rules *rules, int64_t now_s,
	const char **why);

/* Of these claims, signed by that key. [give], from malloc; NULL: it cannot be signed with, or
 * there is no memory. */
char *ts_jwt_make(const struct ts_jwt_key *key, const json_t *claims);

#endif
