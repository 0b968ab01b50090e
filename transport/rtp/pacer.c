#include "transport/rtp/pacer.h"
#include "base/clock.h"
#include "transport/rtp/probing.h"
#include <string.h>

#define FIRM_NS (5 * TS_NS_PER_MS)
#define SOFT_NS (20 * TS_NS_PER_MS)
#define SOFT_DRAIN_NS (100 * TS_NS_PER_MS)
#define KEY_DRAIN_NS (200 * TS_NS_PER_MS)
#define WAIT_MAX_NS (250 * TS_NS_PER_MS)
#define DEBT_MAX_NS (500 * TS_NS_PER_MS)
#define PAY_MAX_NS TS_NS_PER_S
#define PROBE_AHEAD_NS TS_NS_PER_MS
#define PROBE_BEHIND_NS (10 * TS_NS_PER_MS) /* so late a wake-up is made good */
#define PROBE_MAX_NS (500 * TS_NS_PER_MS)

enum { OVERHEAD = 60, KEY_BOOST = 2 };

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* ---- the account: bits x 10^9, so that nothing is rounded away */

static int64_t cost(uint32_t bytes)
{
	return (int64_t)bytes * 8 * TS_NS_PER_S;
}

static int64_t rate_of(const struct ts_pacer *p)
{
	uint32_t bps = max32(p->rate_bps, p->boost_bps);
	return p->probe.cluster ? max32(bps, p->probe.bps) : bps;
}

static void pay(struct ts_pacer *p, int64_t now_ns)
{
	if (now_ns <= p->paid_ns) return;
	p->debt -= rate_of(p) * min64(now_ns - p->paid_ns, PAY_MAX_NS);
	p->paid_ns = now_ns;
	/* a wake-up that came late is made good, time in which nothing waited is not */
	int64_t least = p->n_unit || p->n_repair ? -rate_of(p) * FIRM_NS : 0;
	if (p->debt < least) p->debt = least;
}

/* What may go out now. */
static int64_t credit(const struct ts_pacer *p)
{
	return rate_of(p) * (p->firm ? FIRM_NS : SOFT_NS) - p->debt;
}

static bool may_send(const struct ts_pacer *p)
{
	return !p->hold_ns && (!p->rate_bps || credit(p) > 0);
}

void ts_pacer_spent(struct ts_pacer *p, uint32_t bytes, int64_t now_ns)
{
	pay(p, now_ns);
	p->debt = p->rate_bps ? min64(p->debt + cost(bytes), rate_of(p) * DEBT_MAX_NS) : 0;
	if (!p->probe.cluster) return;
	if (p->probe.next_ns < now_ns - PROBE_BEHIND_NS)
		p->probe.next_ns = now_ns - PROBE_BEHIND_NS;
	p->probe.next_ns += cost(bytes) / p->probe.bps;
	p->probe.bytes -= bytes;
	if (p->probe.bytes <= 0) ts_pacer_end_probe(p);
}

void ts_pacer_set_rate(struct ts_pacer *p, uint32_t bps, bool firm, int64_t now_ns)
{
	pay(p, now_ns);
	p->rate_bps = bps;
	p->firm = firm;
	if (firm && p->boost_bps / KEY_BOOST > bps) p->boost_bps = KEY_BOOST * bps;
	if (!bps) p->debt = 0;
}

/* ---- the queue */

static struct ts_pacer_unit *unit_at(struct ts_pacer *p, uint32_t i)
{
	return &p->unit[(p->first + i) % TS_PACER_UNITS];
}

static uint32_t bytes_of(const struct ts_au *au, uint32_t from, uint32_t n)
{
	uint32_t bytes = 0;
	for (uint32_t i = from; i < from + n; i++) bytes += au->pay[i].len + OVERHEAD;
	return bytes;
}

/* Drops those of an m-line that are at [from .. to), also what is left of one that was begun. */
static uint32_t drop(struct ts_pacer *p, size_t media, uint32_t from, uint32_t to)
{
	uint32_t kept = from, packets = 0, n = p->n_unit;
	for (uint32_t i = from; i < n; i++) {
		struct ts_pacer_unit *u = unit_at(p, i);
		if (i < to && u->media == media) {
			uint32_t left = u->au->n - u->at;
			packets += left;
			p->bytes -= bytes_of(u->au, u->at, left);
			ts_au_unref(&u->au);
		} else {
			*unit_at(p, kept++) = *u;
		}
	}
	p->n_unit = kept;
	if (!p->n_unit) p->boost_bps = 0;
	return packets;
}

/* The last keyframe that was not begun; n_unit: none. */
static uint32_t last_key(struct ts_pacer *p, size_t media)
{
	for (uint32_t i = p->n_unit; i-- > 0;) {
		const struct ts_pacer_unit *u = unit_at(p, i);
		if (u->media == media && u->au->key && !u->at) return i;
	}
	return p->n_unit;
}

static bool is_full(const struct ts_pacer *p, int64_t now_ns)
{
	if (!p->n_unit) return false;
	return p->n_unit == TS_PACER_UNITS || p->bytes > TS_PACER_BYTES ||
		(p->firm && p->rate_bps && ts_pacer_waits_ns(p, now_ns) > WAIT_MAX_NS);
}

/* Makes room. False: there is none for a unit that is no keyframe. */
static bool make_room(
	struct ts_pacer *p, size_t media, const struct ts_au *au, uint32_t *packets, int64_t now_ns)
{
	if (!is_full(p, now_ns)) return true;
	uint32_t key = au->key ? p->n_unit : last_key(p, media);
	bool follows = key < p->n_unit; /* what waits behind a keyframe can be shown */
	/* one that was begun is shown in the end, unless a keyframe makes it useless */
	bool begun = unit_at(p, 0)->at && !au->key && !follows;
	*packets += drop(p, media, begun, key);
	if (au->key) return p->n_unit < TS_PACER_UNITS;
	return follows && !is_full(p, now_ns);
}

/* What has to be gone soon goes faster. */
static void hurry(struct ts_pacer *p, const struct ts_au *au)
{
	if (p->firm && !au->key) return;
	int64_t bits = (int64_t)p->bytes * 8;
	int64_t bps = bits * TS_NS_PER_S / (p->firm ? KEY_DRAIN_NS : SOFT_DRAIN_NS);
	int64_t most = p->firm ? (int64_t)p->rate_bps * KEY_BOOST : UINT32_MAX;
	bps = min64(bps, min64(most, UINT32_MAX));
	if (bps > p->rate_bps) p->boost_bps = max32(p->boost_bps, (uint32_t)bps);
}

uint32_t ts_pacer_push(struct ts_pacer *p, size_t media, struct ts_au *au, int64_t now_ns)
{
	uint32_t packets = 0, bit = 1u << media;
	if (!au->n) return 0;
	pay(p, now_ns);
	bool wanted = au->key || !(p->broken & bit);
	if (!wanted || !make_room(p, media, au, &packets, now_ns)) {
		p->broken |= bit;
		return packets + au->n;
	}
	p->broken &= ~bit;
	*unit_at(p, p->n_unit++) = (struct ts_pacer_unit){
		.au = ts_au_ref(au), .queued_ns = now_ns, .media = (uint16_t)media};
	p->bytes += bytes_of(au, 0, au->n);
	if (p->rate_bps) hurry(p, au);
	return packets;
}

bool ts_pacer_needs_keyframe(const struct ts_pacer *p, size_t media)
{
	return p->broken >> media & 1;
}

void ts_pacer_push_repair(struct ts_pacer *p, size_t media, uint16_t seq)
{
	if (p->n_repair == TS_PACER_REPAIRS) return;
	p->repair[(p->first_repair + p->n_repair++) % TS_PACER_REPAIRS] = (struct ts_pacer_repair){
		(uint16_t)media, seq};
}

void ts_pacer_forget(struct ts_pacer *p, size_t media)
{
	drop(p, media, 0, p->n_unit);
	p->broken &= ~(1u << media);
	uint32_t n = p->n_repair;
	p->n_repair = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct ts_pacer_repair r = p->repair[(p->first_repair + i) % TS_PACER_REPAIRS];
		if (r.media != media) ts_pacer_push_repair(p, r.media, r.seq);
	}
}

void ts_pacer_fini(struct ts_pacer *p)
{
	for (uint32_t i = 0; i < p->n_unit; i++) ts_au_unref(&unit_at(p, i)->au);
	*p = (struct ts_pacer){0};
}

/* ---- the beginning */

void ts_pacer_hold(struct ts_pacer *p, int64_t until_ns)
{
	p->hold_ns = until_ns;
}

void ts_pacer_release(struct ts_pacer *p)
{
	p->hold_ns = 0;
}

uint32_t ts_pacer_drop(struct ts_pacer *p)
{
	uint32_t packets = 0;
	while (p->n_unit) {
		const size_t media = unit_at(p, 0)->media;
		p->broken |= 1u << media;
		packets += drop(p, media, 0, p->n_unit);
	}
	return packets;
}

/* ---- probes */

bool ts_pacer_probe(
	struct ts_pacer *p, uint8_t cluster, uint32_t bps, uint32_t bytes, int64_t now_ns)
{
	if (p->probe.cluster || !cluster || !bps || !bytes) return false;
	pay(p, now_ns);
	p->probe.cluster = cluster;
	p->probe.bps = bps;
	p->probe.bytes = bytes < TS_PROBE_BYTES_MAX ? bytes : TS_PROBE_BYTES_MAX;
	p->probe.next_ns = now_ns;
	p->probe.end_ns = now_ns + PROBE_MAX_NS;
	return true;
}

void ts_pacer_end_probe(struct ts_pacer *p)
{
	p->probe.cluster = 0;
}

/* ---- turns */

static void take_repair(struct ts_pacer *p, struct ts_pacer_turn *out)
{
	struct ts_pacer_repair r = p->repair[p->first_repair];
	p->first_repair = (p->first_repair + 1) % TS_PACER_REPAIRS;
	p->n_repair--;
	*out = (struct ts_pacer_turn){.kind = TS_PACER_REPAIR, .media = r.media, .seq = r.seq};
}

/* As many packets of the first unit as the rate allows at once, but one at least. */
static void take_packets(struct ts_pacer *p, struct ts_pacer_turn *out)
{
	struct ts_pacer_unit *u = unit_at(p, 0);
	int64_t left = p->rate_bps ? credit(p) : INT64_MAX;
	uint32_t n = 0;
	do left -= cost(bytes_of(u->au, u->at + n++, 1));
	while (u->at + n < u->au->n && left > 0);
	*out = (struct ts_pacer_turn){.kind = TS_PACER_UNIT,
		.media = u->media,
		.au = u->au,
		.from = u->at,
		.n = n,
		.queued_ns = u->queued_ns};
	p->bytes -= bytes_of(u->au, u->at, n);
	u->at += n;
	if (u->at < u->au->n) {
		ts_au_ref(u->au);
		return;
	}
	p->first = (p->first + 1) % TS_PACER_UNITS;
	if (--p->n_unit == 0) p->boost_bps = 0;
}

bool ts_pacer_next(struct ts_pacer *p, struct ts_pacer_turn *out, int64_t now_ns)
{
	pay(p, now_ns);
	if (p->probe.cluster && now_ns >= p->probe.end_ns) ts_pacer_end_probe(p);
	if (now_ns >= p->hold_ns) ts_pacer_release(p);
	if (p->n_repair && may_send(p)) {
		take_repair(p, out);
	} else if (p->n_unit && may_send(p)) {
		take_packets(p, out);
	} else if (p->probe.cluster && p->probe.next_ns <= now_ns + PROBE_AHEAD_NS) {
		*out = (struct ts_pacer_turn){.kind = TS_PACER_PADDING};
	} else {
		return false;
	}
	return true;
}

int64_t ts_pacer_due_ns(const struct ts_pacer *p)
{
	int64_t due_ns = p->probe.cluster ? p->probe.next_ns : INT64_MAX;
	if (!p->n_unit && !p->n_repair) return due_ns;
	if (p->hold_ns) return min64(due_ns, p->hold_ns);
	if (!p->rate_bps || p->debt <= 0) return min64(due_ns, p->paid_ns);
	return min64(due_ns, p->paid_ns + p->debt / rate_of(p) + 1);
}

int64_t ts_pacer_waits_ns(const struct ts_pacer *p, int64_t now_ns)
{
	return p->n_unit ? now_ns - p->unit[p->first].queued_ns : 0;
}
