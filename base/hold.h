/* hold - which of several strands uses a thing now, where only one may: the others do without until
 * it has let go, which they look for whenever they want it. No one waits.
 *
 * Thread  any; by: whatever names the one who uses it, never NULL.
 */
#ifndef TS_BASE_HOLD_H
#define TS_BASE_HOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero: nobody's. */
struct ts_hold {
	_Atomic(const void *) by;
};

/* True: it is theirs, and was let go by whoever had it. */
static inline bool ts_hold_take(struct ts_hold *hold, const void *by)
{
	const void *nobody = NULL;
	if (atomic_load_explicit(&hold->by, memory_order_relaxed) == by) return true;
	return atomic_compare_exchange_strong_explicit(
		&hold->by, &nobody, by, memory_order_acquire, memory_order_relaxed);
}

/* Nothing happens where it is somebody else's. */
static inline void ts_hold_release(struct ts_hold *hold, const void *by)
{
	atomic_compare_exchange_strong_explicit(
		&hold->by, &by, NULL, memory_order_release, memory_order_relaxed);
}

#endif
