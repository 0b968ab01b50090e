/* admit - may they join that room, and as what? The one answer for browsers, encoders and phones:
 * policy, PIN or token, throttle, lock, role.
 *
 *   nothing asked for ---------------------------------------> locked? overloaded? -> in
 *   nothing given -> needed | too many wrong ones lately -> wait | wrong -> wrong | right --^
 *
 * policy  open   whoever comes; a room with a PIN of its own asks for it
 *         pin    the room's PIN, or join.pin for rooms that have none; where there is neither every
 *                PIN is wrong
 *         token  one of join.tokens
 * host   a room may have a second PIN: who gives it is a host, whatever the others need. All who
 *        come otherwise are guests there, as in a room whose guests wait for a host. Elsewhere
 *        nobody has a role. Where tokens are asked for, PINs of rooms count for nothing.
 * Wrong PINs are one count, whichever was meant; a PIN that nobody asked for is judged as well
 * where a host's might be found by it.
 * Until the secret is right the verdict depends on nothing but the policy and whether the room has
 * a PIN of its own: not on who is in the room, nor on whether it exists where all rooms have one
 * PIN.
 * Pure but for the memory of guesses. Thread  that of the guesses.
 */
#ifndef TS_CONTROL_ROOMS_ADMIT_H
#define TS_CONTROL_ROOMS_ADMIT_H

#include "config/config.h"
#include "control/rooms/guess.h"

struct ts_caller;
struct ts_room_config;

enum ts_verdict {
	TS_ADMITTED_OPEN,   /* nothing was asked for */
	TS_ADMITTED_PROVED, /* what was asked for was given */
	TS_REFUSED_NEEDED,  /* nothing was given */
	TS_REFUSED_WRONG,
	TS_REFUSED_WAIT,    /* too many were wrong: not looked at */
	TS_REFUSED_LOCKED,  /* admitted, but nobody new may join this room */
	TS_REFUSED_EARLY,   /* likewise, until wait_ns from now */
	TS_REFUSED_OVER,    /* likewise, for good */
	TS_REFUSED_OVERLOADED, /* admitted, but nobody new may join any room now */
};

struct ts_entrant {
	const char *address; /* numeric, as in guess.h */
	const char *room;    /* id of the room they ask for, whether there is one or not */
	const char *given;   /* PIN or token; NULL or "": none */
	const struct ts_caller *vouched; /* their credential, which was right; NULL: none */
	bool known;          /* proved before that they know what is asked for now */
	bool known_host;     /* ... the host's PIN of now */
	bool forgeable;      /* nothing shows yet that the address is theirs: a datagram */
	bool foreign;        /* as in guess.h */
	bool comes_back;     /* has a place in the room: locks are not for them, nor overload */
	bool overloaded;     /* the server takes nobody new (mixer/overload) */
};

struct ts_admitted {
	enum ts_verdict verdict;
	enum ts_guess_kind kind; /* asked for */
	const char *role;        /* "host", "guest", "": none; of who was admitted, constant */
	int64_t wait_ns;         /* of WAIT and EARLY */
};
#define TS_HOST "host"
#define TS_GUEST "guest"

/* What is asked for: one of n secrets; n 0 with `asks`: none is right. Valid as long as config and
 * room are. */
struct ts_asked {
	bool asks;
	enum ts_guess_kind kind;
	const char *target; /* of the guess */
	const char *const *secret;
	size_t n;
	const char *one[1];
	const char *host; /* that one is right, too; "": there is none */
};

/* room: NULL when the join would make it. */
void ts_admit_ask(struct ts_asked *out, const struct ts_config *config,
	const struct ts_room_config *room);
void ts_admit(struct ts_admitted *out, const struct ts_config *config,
	const struct ts_room_config *room, const struct ts_entrant *who, struct ts_guesses *guesses,
	int64_t now_ns);

#endif
