/* pacer - decides when what one transport sends may go out, so that a keyframe does not fill the
 * queue of a thin link before anything else gets through. Pure.
 *
 *   sound: never waits here, but counts ----------------------------> ts_pacer_spent
 *   packets asked again --push_repair--> [ 256 numbers ] --+
 *   video --push--> [ 64 units by reference ] -------------+--next(now)--> packets of one kind
 *   probe: padding, while nothing of these is due ---------+
 *
 * What takes less than 5 ms of the rate goes at once, what is more waits for its turn in pieces of
 * 5 ms. A rate that is only known to pass (soft: the application sends less than the way takes) is
 * handled with care for the picture instead: pieces of 20 ms, which a frame of that rate fits in,
 * all within 100 ms, and nothing is dropped. A keyframe may take twice the rate, so that the frames
 * behind it do not get old.
 *
 * Before anything is known of the way everything but probes and sound may be held for a while.
 *
 * Thread  the transport's net thread; reads no clock.
 * Source  draft-ietf-rmcat-gcc-02, 5.2 (pacing at 2.5 times the estimate).
 * Full    firm: where the oldest has waited for 250 ms, or at 64 units or 2 MB in either case,
 *         whole frames are dropped, the oldest first, and what is left of one that was begun, up to
 *         the next keyframe that waits; without one all but that, and all that follow, until a
 *         keyframe comes
 *         (ts_pacer_needs_keyframe). Repairs beyond 256 are forgotten: they are asked for again.
 */
#ifndef TS_TRANSPORT_RTP_PACER_H
#define TS_TRANSPORT_RTP_PACER_H

#include "base/au.h"

enum { TS_PACER_UNITS = 64, TS_PACER_REPAIRS = 256, TS_PACER_BYTES = 2 << 20 };

struct ts_pacer_unit {
	struct ts_au *au;
	int64_t queued_ns;
	uint32_t at; /* next packet; 0: not begun */
	uint16_t media;
};

struct ts_pacer_repair { uint16_t media, seq; };

struct ts_pacer {
	uint32_t rate_bps; /* 0: everything goes at once */
	uint32_t boost_bps; /* while something waits that has to be gone soon */
	bool firm;
	int64_t debt;    /* bits x 10^9 that went out and whose time has not passed yet */
	int64_t paid_ns; /* when that was so */
	uint32_t broken; /* set of m-lines whose next unit must be a keyframe */
	int64_t hold_ns; /* nothing that waits goes out before; 0: not held */

	struct ts_pacer_unit unit[TS_PACER_UNITS]; /* [first .. first + n_unit), a ring */
	uint32_t first, n_unit;
	uint64_t bytes;                            /* of theirs */
	struct ts_pacer_repair repair[TS_PACER_REPAIRS];
	uint32_t first_repair, n_repair;

	struct {
		uint8_t cluster; /* 0: none runs */
		uint32_t bps;
		int64_t bytes;   /* still to be sent */
		int64_t next_ns, end_ns;
	} probe;
};

/* What to send next. */
struct ts_pacer_turn {
	enum { TS_PACER_REPAIR, TS_PACER_UNIT, TS_PACER_PADDING } kind;
	size_t media;
	uint16_t seq;     /* repair */
	struct ts_au *au; /* [give] unit: payloads [from .. from + n) */
	uint32_t from, n;
	int64_t queued_ns; /* unit */
};

/* Zeroed is empty, without a rate. */
void ts_pacer_fini(struct ts_pacer *pacer); /* drops what waits */
void ts_pacer_set_rate(struct ts_pacer *pacer, uint32_t bps, bool firm, int64_t now_ns);
/* Does anything wait, or would it? Else the caller sends by itself. */
static inline bool ts_pacer_paces(const struct ts_pacer *pacer)
{
	return pacer->rate_bps || pacer->n_unit || pacer->n_repair || pacer->probe.cluster ||
		pacer->hold_ns;
}

/* Takes a reference. Returns how many packets were dropped for it, or that of it. */
uint32_t ts_pacer_push(struct ts_pacer *pacer, size_t media, struct ts_au *au, int64_t now_ns);
bool ts_pacer_needs_keyframe(const struct ts_pacer *pacer, size_t media);
void ts_pacer_push_repair(struct ts_pacer *pacer, size_t media, uint16_t seq);
/* Forgets what waits of an m-line, which means something else from now on. */
void ts_pacer_forget(struct ts_pacer *pacer, size_t media);
/* Video and repairs wait, until then at the longest. */
void ts_pacer_hold(struct ts_pacer *pacer, int64_t until_ns);
void ts_pacer_release(struct ts_pacer *pacer);
/* Drops all units that wait; of their m-lines nothing goes out until a keyframe comes. Returns how
 * many packets they had. */
uint32_t ts_pacer_drop(struct ts_pacer *pacer);
/* So many bytes at that rate, of whatever there is to send and of padding. False: one runs. */
bool ts_pacer_probe(
	struct ts_pacer *pacer, uint8_t cluster, uint32_t bps, uint32_t bytes, int64_t now_ns);

/* False: nothing may go out now. After each turn the caller says what was spent; of padding one
 * packet. When it could send none: ts_pacer_end_probe. */
bool ts_pacer_next(struct ts_pacer *pacer, struct ts_pacer_turn *out, int64_t now_ns);
void ts_pacer_spent(struct ts_pacer *pacer, uint32_t bytes, int64_t now_ns);
void ts_pacer_end_probe(struct ts_pacer *pacer);
/* When to ask again; INT64_MAX: nothing waits. */
int64_t ts_pacer_due_ns(const struct ts_pacer *pacer);
/* How long the oldest has waited. */
int64_t ts_pacer_waits_ns(const struct ts_pacer *pacer, int64_t now_ns);

#endif
