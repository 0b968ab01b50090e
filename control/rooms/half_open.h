/* half_open - joins that were answered, and of whose peer nothing has been proved yet: few may be, and they give way.
 *
 *   join --add--> [ half-open: of one address, of all, in order of coming ] --settle--> connected, or gone
 *                        \-> a newcomer needs a place, a room, or to be half-open too: the oldest of the busiest address ends
 *
 * Whoever asks without ever connecting so takes nothing from those of other addresses. Who gives way to a newcomer:
 *   of another address   at once, if it has as many half-open joins as the newcomer's or more; if less, after GRACE_NS
 *   of the same address  after GRACE_NS: people behind one NAT come at the same time
 * Thread  control; reads no clock.
 * Full    max, max_per_address; 0: no limit.
 */
#ifndef TS_CONTROL_ROOMS_HALF_OPEN_H
#define TS_CONTROL_ROOMS_HALF_OPEN_H

#include "base/clock.h"
#include "mixer/room.h"
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
	const char *address;                /* as limits count it: of IPv6 the first 64 bits */
	const struct ts_participant *spared; /* who never gives way to them; NULL: nobody */
	int64_t now_ns;
};

struct ts_half_open *ts_half_open_new(const struct ts_half_open_config *config);
void ts_half_open_free(struct ts_half_open *half_open);

void ts_half_open_add(
	struct ts_half_open *half_open, struct ts_participant *participant, const struct ts_newcomer *newcomer);
/* Connected, or gone; nothing happens to one who is not half-open. */
void ts_half_open_settle(struct ts_half_open *half_open, struct ts_participant *participant);

/* Each ends whom it must by ts_participant_leave, from within, and their owner then settles them.
 * May one more be half-open? TS_EAGAIN: too many are, and none gives way. */
int ts_half_open_admit(struct ts_half_open *half_open, const struct ts_newcomer *newcomer);
/* Somebody who takes a place of that kind in the room gave way; the room may have gone by it. */
bool ts_half_open_clear_place(struct ts_half_open *half_open, const struct ts_newcomer *newcomer,
	const struct ts_room *room, enum ts_kind kind);
/* All who were in some room gave way, which had nobody but half-open ones. */
bool ts_half_open_clear_room(struct ts_half_open *half_open, const struct ts_newcomer *newcomer);

#endif
