/* guess - secrets that strangers may try to guess: who may try again, and when. All ways in ask
 * here: joining over HTTP and SIP, the API, session URLs, digest passwords. Pure but for its
 * memory, the counter and the log line.
 *
 *   try(kind, address, target) -> a guess left in every bucket? -> compare -> right: nothing
 *                                        |                                 -> wrong: one out of
 *                                        |                                    each
 *                                        \-> no: refuse, unread, right or wrong alike
 *
 * Buckets (only wrong guesses take from them):
 *   address and target   10, one more every 5 s (sessions: 100, one a second)
 *   address              30, one more every 2 s; of IPv6 an address is the first 64 bits, which one
 *                        customer has
 *   IPv6 /48             60, one more a second: who holds one has 65 536 times /64, and must not
 *                        have as many tries
 *   target               100, one more every 5 s; PINs and passwords alone. When it is empty many
 *                        addresses guess at one room: then those who guessed wrong within 15
 *                        minutes wait, others have their try
 * forgeable (SIP over UDP, SRT): all four are of their own, so that forged tries take nothing from
 * who can be answered; and an empty target makes all of them wait, since of addresses that are
 * forged there are as many as one likes.
 * foreign: likewise all four, so that no page locks out those who look at it, nor all behind their
 * address.
 * by trunk ("trunk NAME NUMBER" is their address): a caller is an address, and their targets are of
 * their own too. Numbers can be made up as addresses over UDP can: an empty target makes all who
 * come by trunks wait, and nobody else.
 *
 * known: they proved before that they know this very secret, so there is nothing for them to guess:
 * they are compared always. For PINs the caller says so (a pass made of the PIN, admission.h),
 * since an address is shared by all behind one NAT. Tokens of 16 characters and more cannot be
 * found from one address at any rate that HTTP has: there the address that gave the right one
 * lately is known, so that nobody behind the same NAT locks out who runs the server. Of the API
 * that is by form (target: "" http.api_token, "key", "jwt"): who has a JWT may not guess at
 * http.api_token for that. The right
 * session is known always: 128 random bits.
 *
 * Log     event="secret refused" client=ADDRESS kind=KIND target=TARGET ..., at level warn, for
 *         each refusal; 20 at once, then 2 a second (suppressed=N tells of the rest). README has
 *         the line for fail2ban.
 * Counter tessera_secrets_refused_total{kind}.
 * Thread  one; each thread that judges has its own.
 * Full    10 000 addresses with their targets, 4096 targets: the one that was not seen for longest
 *         is forgotten.
 */
#ifndef TS_CONTROL_ROOMS_GUESS_H
#define TS_CONTROL_ROOMS_GUESS_H

#include <stdbool.h>
#include <stdint.h>

enum ts_guess_kind {
	TS_GUESS_PIN,
	TS_GUESS_JOIN_TOKEN,
	TS_GUESS_API_TOKEN,
	TS_GUESS_SESSION,
	TS_GUESS_SIP_PASSWORD,
	TS_GUESS_ROOM_NUMBER, /* entered in the lobby */
	TS_GUESS_KINDS
};

struct ts_guesses;

struct ts_try {
	enum ts_guess_kind kind;
	/* numeric, whole or cut to its network: both have the same buckets; or as ts_guess_by_trunk
	 * wrote it */
	const char *address;
	const char *target;  /* whose secret it is: a room, a user; "" where there is one for all */
	/* for the log where target is "": what was to be opened; NULL: nothing more */
	const char *about;
	bool known;
	bool forgeable; /* the address is what a datagram says: nobody there need have sent it */
	bool foreign;   /* a page of another site sends it: who looks at that need not know */
};

/* Who calls by a trunk, whose address is that of all who do. Cut at TS_GUESS_ADDRESS_MAX. */
enum { TS_GUESS_ADDRESS_MAX = 96 };
void ts_guess_by_trunk(
	char out[TS_GUESS_ADDRESS_MAX], const char *trunk, const char *caller);

struct ts_guesses *ts_guesses_new(void);
void ts_guesses_free(struct ts_guesses *guesses);

/* 0: compare. Else refuse for so many ns, whatever was given: it is counted here. */
int64_t ts_guess_wait(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns);
/* What it would be: nothing is counted. */
int64_t ts_guess_peek(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns);
void ts_guess_wrong(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns);
void ts_guess_right(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns);

#endif
