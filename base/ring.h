/* ring - bounded queue of pointers between exactly one producer and one consumer thread (or strand), lock-free.
 *
 *   producer --push--> [ cap slots, a power of two ] --pop--> consumer
 *
 * Full    push returns TS_EFULL and takes nothing: the producer drops and counts.
 * Pair it with a ts_task of the consumer: push, then post the task; it runs once for many pushes.
 */
#ifndef TS_BASE_RING_H
#define TS_BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>

struct ts_ring {
	_Alignas(64) atomic_size_t head; /* next to pop */
	_Alignas(64) atomic_size_t tail; /* next to push */
	size_t mask;
	void **slots;
};

int ts_ring_init(struct ts_ring *r, size_t cap_pow2); /* TS_ENOMEM */
/* Items still inside are the caller's to pop and free first. */
void ts_ring_fini(struct ts_ring *r);
int ts_ring_push(struct ts_ring *r, void *item);
void *ts_ring_pop(struct ts_ring *r); /* NULL when empty */
size_t ts_ring_count(struct ts_ring *r);

#endif
