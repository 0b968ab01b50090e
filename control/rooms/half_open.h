/* half_open - joins that were answered, and of whose peer nothing has been proved yet: few may be,
 * and they give way.
 *
 *   join --add--> [ half-open: of one address, of all, in order of coming ]
 *                    --settle--> connected, or gone
 *                    \-> a newcomer needs a place, a room, or to be half-open too: the oldest of
 *                        the busiest address ends
 *
 * Whoever asks without ever connecting so takes nothing from those of other addresses. Who gives
 * way to a newcomer:
 *   proven   at once, if theirs have more half-open joins than the newcomer's will have; else after
 *            GRACE_NS, as people behind one NAT come at the same time. Of IPv6 the /48 counts,
 *            which one customer may have
 *   forged   may be, by their address (SIP over UDP): of these there are as many as one likes, so
 *            they count as one address, a quarter of the places at most is theirs, and to each
 *            other they give way after GRACE_NS / 4, by when an ACK is here. Who is proven gives
 *            way to them after 5 GRACE_NS alone
 * Who is asked for digits (control/ivr) waits long after the ACK proved them: by ts_half_open_ask
 * they are no half-open join any more, and give way to nobody; max_per_address of one address may
 * be.
 * Thread  control; reads no clock.
 * Full    max, max_per_address, twice that for the /48 of an IPv6 address, max / 4 of those that
 *         may be forged; 0: no limit.
 */
#ifndef TS_CONTROL_ROOMS_HALF_OPEN_H
#define TS_CONTROL_ROOMS_HALF_OPEN_H

#include "base/clock.h"
#include "mixer/room/room.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_HALF_OPEN_GRACE_NS (2 * TS_NS_PER_S)
#define TS_HALF_OPEN_REASON "gave-way" /* as others see it who left by it */

struct ts_half_open;

struct ts_half_open_config {
	size_t max, max_per_address;
};

struct ts_newcomer {
	/* numeric, of IPv6 the first 64 bits count as one; or as guess.h has it for trunks */
	const char *address;
	const struct ts_participant *spared; /* who never gives way to them; NULL: nobody */
	bool forgeable;                      /* a datagram says that they are of that address */
	int64_t now_ns;
};

struct ts_half_open *ts_half_open_new(const struct ts_half_open_config *config);
/* From now on; who is there already stays. */
void ts_half_open_set(struct ts_half_open *half_open, const struct ts_half_open_config *config);
void ts_half_open_free(struct ts_half_open *half_open);

void ts_half_open_add(struct ts_half_open *half_open, struct ts_participant *participant,
	const struct ts_newcomer *newcomer);
/* They proved themselves, and are asked something now. TS_EAGAIN: max_per_address of theirs are
 * asked already (of an IPv6 /48: twice that); they stay as they were. */
int ts_half_open_ask(struct ts_half_open *half_open, struct ts_participant *participant);
/* Connected, or gone; nothing happens to one who is not half-open. */
void ts_half_open_settle(struct ts_half_open *half_open, struct ts_participant *participant);

bool ts_half_open_has(const struct ts_half_open *half_open,
	const struct ts_participant *participant);

/* Each ends whom it must by ts_participant_leave, from within, and their owner then settles them.
 * May one more be half-open? TS_EAGAIN: too many are, and none gives way. */
int ts_half_open_admit(struct ts_half_open *half_open, const struct ts_newcomer *newcomer);
/* Somebody who takes a place of that kind in the room gave way; the room may have gone by it. */
bool ts_half_open_clear_place(struct ts_half_open *half_open, const struct ts_newcomer *newcomer,
	const struct ts_room *room, enum ts_kind kind);
/* All who were in some room gave way, which had nobody but half-open ones; goes: would it go with
 * them? */
typedef bool (*ts_room_goes)(void *arg, const struct ts_room *room);
bool ts_half_open_clear_room(struct ts_half_open *half_open, const struct ts_newcomer *newcomer,
	ts_room_goes goes, void *arg);

#endif
