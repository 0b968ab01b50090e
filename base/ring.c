#include "base/ring.h"
#include "base/error.h"
#include <assert.h>
#include <stdlib.h>

/* head and tail count on for ever and are masked on use, so that full (cap apart) and empty (equal)
 * differ. */

int ts_ring_init(struct ts_ring *r, size_t cap_pow2)
{
	assert(cap_pow2 && !(cap_pow2 & (cap_pow2 - 1)));
	r->slots = calloc(cap_pow2, sizeof(*r->slots));
	if (!r->slots) return TS_ENOMEM;
	r->mask = cap_pow2 - 1;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
	return 0;
}

void ts_ring_fini(struct ts_ring *r)
{
	free(r->slots);
	r->slots = NULL;
}

int ts_ring_push(struct ts_ring *r, void *item)
{
	assert(item);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	if (tail - head > r->mask) return TS_EFULL;
	atomic_store_explicit(&r->slots[tail & r->mask], item, memory_order_relaxed);
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return 0;
}

void *ts_ring_pop(struct ts_ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	if (head == tail) return NULL;
	void *item = atomic_load_explicit(&r->slots[head & r->mask], memory_order_relaxed);
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return item;
}

void *ts_ring_pop_newer(struct ts_ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	for (;;) {
		if (head == atomic_load_explicit(&r->tail, memory_order_acquire)) return NULL;
		/* if the producer takes it first, and even writes another here, head has moved on
		 * and this is not used */
		void *item = atomic_load_explicit(&r->slots[head & r->mask], memory_order_relaxed);
		if (atomic_compare_exchange_weak_explicit(
			    &r->head, &head, head + 1, memory_order_acq_rel, memory_order_acquire))
			return item;
	}
}

void *ts_ring_push_newer(struct ts_ring *r, void *item)
{
	void *dropped = NULL;
	if (atomic_load_explicit(&r->tail, memory_order_relaxed) -
			atomic_load_explicit(&r->head, memory_order_acquire) >
		r->mask)
		dropped = ts_ring_pop_newer(r);
	ts_ring_push(r, item);
	return dropped;
}

size_t ts_ring_count(struct ts_ring *r)
{
	/* head first: the other order could see it overtake a stale tail and underflow */
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t count = tail - head;
	return count > r->mask ? r->mask + 1 : count;
}
