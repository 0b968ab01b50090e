/* heap - intrusive min-heap of int64 keys (a pairing heap): timers by due time, ready strands by
 * deadline.
 *
 * Inserting allocates nothing and cannot fail. Insert is O(1); pop and remove are O(log n)
 * amortized. Equal keys come out in no particular order. A zeroed node is in no heap.
 * Thread  none (its owner's lock or thread guards it).
 * Source  Fredman, Sedgewick, Sleator, Tarjan: The pairing heap (1986), two-pass variant.
 */
#ifndef TS_BASE_HEAP_H
#define TS_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_heap_node {
	int64_t key;
	struct ts_heap_node *child; /* the first one */
	struct ts_heap_node *next;  /* sibling */
	/* left sibling, or the parent of a first child; NULL at the root */
	struct ts_heap_node *prev;
};

struct ts_heap {
	struct ts_heap_node *root; /* the smallest key; NULL when empty */
};

void ts_heap_insert(struct ts_heap *heap, struct ts_heap_node *node, int64_t key);
void ts_heap_remove(struct ts_heap *heap, struct ts_heap_node *node); /* must be in this heap */

static inline bool ts_heap_has(const struct ts_heap *heap, const struct ts_heap_node *node)
{
	return heap->root == node || node->prev;
}

#endif
