/* identity - who may do what: http.api_token, API keys, JWTs; judged in one place for the API, for
 * joining and for players.
 *
 *   "tsk_ID_SECRET" --> api_keys ---\
 *   "ey....x.y"     --> jwt ---------+--> caller: scopes, room, name (caller.h)
 *   http.api_token  ----------------/
 *
 * Thread  control.
 * Full    api_keys.h, jwt_keys.h.
 */
#ifndef TS_CONTROL_IDENTITY_IDENTITY_H
#define TS_CONTROL_IDENTITY_IDENTITY_H

#include "control/identity/caller.h"

struct ts_api_keys;
struct ts_config;
struct ts_identity;

/* config must stay. TS_EINVAL: a file cannot be used (logged). */
int ts_identity_create(struct ts_identity **out, const struct ts_config *config);
void ts_identity_destroy(struct ts_identity **identity);
/* Reads the files again; one that cannot be used leaves what was read of it before (logged). */
void ts_identity_reload(struct ts_identity *identity);

/* Does the API ask who calls? Where the config says so, or a key is stored; never less than before
 * in this process. */
bool ts_identity_asks(const struct ts_identity *identity);
/* Of the form of a key, or of a JWT where JWTs are taken: the answer to it is ours. */
bool ts_identity_is_like(const struct ts_identity *identity, const char *text);

enum ts_identity_verdict {
	TS_IDENTITY_GOOD,
	TS_IDENTITY_WRONG, /* a guess, perhaps */
	TS_IDENTITY_VOID,  /* of a holder, but not for here and now: no guess */
};
/* *why (constant text): for the log alone. */
enum ts_identity_verdict ts_identity_judge(struct ts_identity *identity, const char *text,
	int64_t now_s, struct ts_caller *out, const char **why);
/* Is what it was judged by still so? Not when its key was removed or it has expired. */
bool ts_identity_is_current(
	const struct ts_identity *identity, const struct ts_caller *caller, int64_t now_s);

struct ts_api_keys *ts_identity_keys(struct ts_identity *identity);
/* A JWT of these claims, to which iss, aud, iat and exp are added, and jti. [give], from malloc;
 * NULL: no key is configured to sign with, or it cannot. */
bool ts_identity_signs(const struct ts_identity *identity);
char *ts_identity_make(
	struct ts_identity *identity, const json_t *claims, int64_t now_s, int64_t life_s);

#endif
