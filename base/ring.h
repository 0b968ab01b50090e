/* ring - bounded queue of pointers between exactly one producer and one consumer thread (or
 * strand), lock-free.
 *
 *   producer --push--> [ cap slots, a power of two ] --pop--> consumer
 *
 * Full    push returns TS_EFULL and takes nothing: the producer drops and counts. push_newer drops
 *         the oldest instead.
 * Pair it with a ts_task of the consumer: push, then post the task; it runs once for many pushes.
 */
#ifndef TS_BASE_RING_H
#define TS_BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>

/* head and tail are a cache line apart by padding, not by alignment: then a struct with a ring
 * inside may come from malloc. */
struct ts_ring {
	_Atomic(void *) *slots;
	size_t mask;
	char pad0[64 - sizeof(void **) - sizeof(size_t)];
	atomic_size_t head; /* next to pop */
	char pad1[64 - sizeof(atomic_size_t)];
	atomic_size_t tail; /* next to push */
	char pad2[64 - sizeof(atomic_size_t)];
};

int ts_ring_init(struct ts_ring *r, size_t cap_pow2); /* TS_ENOMEM */
/* Items still inside are the caller's to pop and free first. */
void ts_ring_fini(struct ts_ring *r);
int ts_ring_push(struct ts_ring *r, void *item); /* item is not NULL */
void *ts_ring_pop(struct ts_ring *r);            /* NULL when empty */
/* The same where what is new counts more: full, the oldest item makes room and is returned, for the
 * caller to free; else NULL. The consumer of such a ring takes by ts_ring_pop_newer, nobody by
 * ts_ring_pop while the producer may push. */
void *ts_ring_push_newer(struct ts_ring *r, void *item);
void *ts_ring_pop_newer(struct ts_ring *r);
/* any thread; exact only while nobody pushes or pops */
size_t ts_ring_count(struct ts_ring *r);

#endif
