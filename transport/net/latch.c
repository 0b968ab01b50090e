#include "transport/net/latch.h"
#include "base/address.h"
#include "base/clock.h"
#include "transport/rtp/rtp.h"

#define SILENT_NS (3 * TS_NS_PER_S)
#define START_NS (3 * TS_NS_PER_S)
#define GONE_NS (500 * TS_NS_PER_MS) /* of a peer whose stream goes on elsewhere */

enum {
	IN_A_ROW = 4,
	AHEAD_MAX = 3000, /* RFC 3550 A.1 */
	BEHIND_MAX = 100,
};

void ts_latch_set_told(struct ts_latch *l, const struct sockaddr_storage *told)
{
	if (told->ss_family == l->told.ss_family &&
		(!told->ss_family || ts_address_same(told, &l->told)))
		return;
	l->told = *told;
	l->peer.ss_family = 0;
	l->stranger.n = 0;
}

/* The peer's stream, at about the number where it was. */
static bool goes_on(const struct ts_latch *l, const struct ts_latch_packet *p)
{
	int ahead = ts_seq_diff(p->seq, l->last.seq);
	return p->ssrc == l->last.ssrc && ahead >= -BEHIND_MAX && ahead <= AHEAD_MAX;
}

static bool is_known(const struct ts_latch *l, const struct sockaddr_storage *from)
{
	return ts_address_same_host(from, &l->told) || ts_address_same_host(from, &l->signal);
}

/* Whoever had the description's word was slower than a stranger, or than another port of theirs. */
static bool was_late(const struct ts_latch *l, const struct sockaddr_storage *from, int64_t now_ns)
{
	bool told = ts_address_same(from, &l->told);
	if (!is_known(l, &l->peer) && (told || ts_address_same_host(from, &l->signal))) return true;
	return told && now_ns - l->first_ns < START_NS;
}

static bool took_over(struct ts_latch *l, const struct sockaddr_storage *from,
	const struct ts_latch_packet *p, int64_t now_ns)
{
	bool next = l->stranger.n && p->seq == (uint16_t)(l->stranger.seq + 1) &&
		ts_address_same(from, &l->stranger.from);
	if (!goes_on(l, p)) return false; /* and does not disturb who does */
	l->stranger.n = next ? l->stranger.n + 1 : 1;
	l->stranger.from = *from;
	l->stranger.seq = p->seq;
	return l->stranger.n >= IN_A_ROW && now_ns - l->heard_ns >= GONE_NS;
}

bool ts_latch_allows(struct ts_latch *l, const struct sockaddr_storage *from,
	const struct ts_latch_packet *p, int64_t now_ns)
{
	if (l->proves) return true;
	if (l->same_host && !ts_address_same_host(from, &l->told)) return false;
	if (!l->peer.ss_family || ts_address_same(from, &l->peer)) return true;
	if (ts_address_same_host(from, &l->peer) && goes_on(l, p)) return true;
	if (now_ns - l->heard_ns >= SILENT_NS && is_known(l, from)) return true;
	return was_late(l, from, now_ns) || took_over(l, from, p, now_ns);
}

bool ts_latch_allows_rtcp(const struct ts_latch *l, const struct sockaddr_storage *from)
{
	if (l->proves) return true;
	if (l->same_host && !ts_address_same_host(from, &l->told)) return false;
	return !l->peer.ss_family || ts_address_same_host(from, &l->peer) || is_known(l, from);
}

bool ts_latch_heard(struct ts_latch *l, const struct sockaddr_storage *from,
	const struct ts_latch_packet *p, int64_t now_ns)
{
	const struct sockaddr_storage *to = ts_latch_to(l);
	bool moved = !to || !ts_address_same(from, to);
	if (!l->peer.ss_family) l->first_ns = now_ns;
	l->peer = *from;
	l->last = *p;
	l->heard_ns = now_ns;
	l->stranger.n = 0;
	return moved;
}

void ts_latch_alive(struct ts_latch *l, uint32_t ssrc, int64_t now_ns)
{
	if (l->peer.ss_family && ssrc == l->last.ssrc) l->heard_ns = now_ns;
}

const struct sockaddr_storage *ts_latch_to(const struct ts_latch *l)
{
	return l->peer.ss_family ? &l->peer : l->told.ss_family ? &l->told : NULL;
}
