/* ref - how many hold a counted object: packets, access units, whatever threads share. Begins with
 * the creator's one; who gives the last back frees it.
 *
 * Thread  any; what the others wrote before they gave theirs back is seen by the last.
 */
#ifndef TS_BASE_REF_H
#define TS_BASE_REF_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>

struct ts_ref { atomic_int n; };

static inline void ts_ref_init(struct ts_ref *ref, int n)
{
	atomic_init(&ref->n, n);
}

static inline void ts_ref_get(struct ts_ref *ref)
{
	atomic_fetch_add_explicit(&ref->n, 1, memory_order_relaxed);
}

/* True: it was the last. */
static inline bool ts_ref_put(struct ts_ref *ref)
{
	int before = atomic_fetch_sub_explicit(&ref->n, 1, memory_order_acq_rel);
	assert(before > 0);
	return before == 1;
}

/* Does anybody beside the caller hold it? */
static inline bool ts_ref_is_shared(struct ts_ref *ref)
{
	return atomic_load_explicit(&ref->n, memory_order_acquire) > 1;
}

#endif
