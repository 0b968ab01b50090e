/* caller - who makes a request, as their credential says: what they may do, where, and under which
 * name.
 *
 * A plain value, valid as long as ts_identity_is_current says so. Texts that came in a token were
 * checked: UTF-8 without control characters, in size.
 * Thread  any.
 */
#ifndef TS_CONTROL_IDENTITY_CALLER_H
#define TS_CONTROL_IDENTITY_CALLER_H

#include "control/identity/scope.h"
#include <stdint.h>

enum ts_caller_kind {
	TS_CALLER_ANYBODY, /* nothing is asked for */
	TS_CALLER_TOKEN,   /* http.api_token */
	TS_CALLER_KEY,     /* an API key */
	TS_CALLER_JWT,
};

enum {
	TS_CALLER_ID_MAX = 64,
	TS_CALLER_NAME_MAX = 128,
	TS_CALLER_ROLE_MAX = 32,
};

struct ts_caller {
	enum ts_caller_kind kind;
	unsigned scopes;                    /* enum ts_scope */
	char room[TS_ROOM_PATTERN_MAX + 1]; /* "*": every room */
	/* of an API key its id, of a JWT its kid; for the log */
	char key[TS_CALLER_ID_MAX + 1];
	int64_t expires_s; /* since 1970; 0: not */
	/* of an API key; of a JWT that of the set of keys that proved it */
	uint64_t serial;
	/* of a JWT; "": it does not say */
	char identity[TS_CALLER_ID_MAX + 1], name[TS_CALLER_NAME_MAX + 1];
	char role[TS_CALLER_ROLE_MAX + 1];
	char subject[TS_CALLER_ID_MAX + 1]; /* claim `sub`, for the log */
};

/* "api-token", "key", "jwt", "anybody" */
const char *ts_caller_kind_name(enum ts_caller_kind kind);
/* May they touch this room? "": nothing of one room, so only those who are bound to none. */
bool ts_caller_has_room(const struct ts_caller *caller, const char *room_id);

#endif
