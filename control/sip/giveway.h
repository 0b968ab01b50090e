/* giveway - when connections of SIP, or the bytes of messages begun on them, are too many: which of
 * two goes first. Pure.
 *
 *   strangers that said nothing < strangers with bytes of a message
 *   < strangers after a good one, known hosts that said nothing
 *   < known hosts after a good message < connections with a call, which never go
 *
 * Among equals one of the address that has most of them goes, then who is silent for longest: so
 * who opens many loses their own, and a first connection stays until its message was read. known: a
 * call of that host was acknowledged, or a password was right there, within an hour.
 *
 * Of too many bytes: one of the address that holds most, of these the one that holds most, then
 * whose message was begun first. One with a call goes only where all that hold bytes have one.
 */
#ifndef TS_CONTROL_SIP_GIVEWAY_H
#define TS_CONTROL_SIP_GIVEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_sip_standing {
	/* good: after a good message; begun: some bytes came, or wait to be read */
	bool call, good, known, begun;
	unsigned of_address;           /* connections that its address has */
	int64_t since_ns;              /* the last good message, or the opening */
};

static inline int ts_sip_rank(const struct ts_sip_standing *s)
{
	if (s->call) return 4;
	if (s->good || s->known) return s->good && s->known ? 3 : 2;
	return s->begun;
}

/* a before b? */
static inline bool ts_sip_gives_way(
	const struct ts_sip_standing *a, const struct ts_sip_standing *b)
{
	int rank_a = ts_sip_rank(a), rank_b = ts_sip_rank(b);
	if (rank_a != rank_b) return rank_a < rank_b;
	if (a->of_address != b->of_address) return a->of_address > b->of_address;
	return a->since_ns < b->since_ns;
}

struct ts_sip_holding {
	bool call;
	/* of messages begun: of its address, its own; 0: it holds nothing that could be given */
	size_t of_address, bytes;
	int64_t begun_ns;
};

/* a before b? */
static inline bool ts_sip_gives_bytes(
	const struct ts_sip_holding *a, const struct ts_sip_holding *b)
{
	if (!a->bytes || !b->bytes) return a->bytes > b->bytes;
	if (a->call != b->call) return b->call;
	if (a->of_address != b->of_address) return a->of_address > b->of_address;
	if (a->bytes != b->bytes) return a->bytes > b->bytes;
	return a->begun_ns < b->begun_ns;
}

#endif
