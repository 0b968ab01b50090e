/* handover - what one sender is sent while it changes from one output to another.
 *
 *   units of `from` --> sent, the latest one held back --+
 *                                                        +--> the stream of the sender
 *   units of `to`   --> dropped --first keyframe--> sent-+    (from then on `from` is dropped)
 *
 * An output is an encoder (base/au.h); units of another one decode from its next keyframe on. Until
 * that comes the old output goes on, so there is no hole. The keyframe mostly comes a little later
 * than the unit that the old output made of the same tick. That unit waits for the next one of its
 * output, and the keyframe takes its place: no picture is sent twice. It costs one period of
 * delay while the change lasts.
 * Units without an output (sound) pass.
 * Thread  set: any; the rest: the transport's net thread. Pure, no lock.
 * Full    one unit is held.
 */
#ifndef TS_TRANSPORT_HANDOVER_H
#define TS_TRANSPORT_HANDOVER_H

#include "base/au.h"
#include <stdatomic.h>

struct ts_handover {
	_Atomic uint64_t plan; /* from in the upper half, to in the lower */
	/* what is sent comes of this output; 0: nothing was sent of any */
	uint32_t current;
	struct ts_au *held; /* of `current` */
};
enum { TS_HANDOVER_UNITS = 2 };

/* What may be sent from now on: `from` until the first keyframe of `to`. The same twice: no change
 * is under way. */
void ts_handover_set(struct ts_handover *handover, uint32_t from, uint32_t to);
/* Fills `out` with what is to be sent now that this unit is here, oldest first, and returns how
 * many. Each with a reference [give]. */
size_t ts_handover_take(struct ts_handover *handover, struct ts_au *au,
	struct ts_au *out[TS_HANDOVER_UNITS]);
/* What is held is not sent any more, and what comes next begins with a keyframe. */
void ts_handover_forget(struct ts_handover *handover);
void ts_handover_fini(struct ts_handover *handover);

#endif
