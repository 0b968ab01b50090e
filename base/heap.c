#include "base/heap.h"
#include <assert.h>

/* Both are roots without siblings; a stays on top when the keys are equal. */
static struct ts_heap_node *meld(struct ts_heap_node *a, struct ts_heap_node *b)
{
	if (b->key < a->key) {
		struct ts_heap_node *t = a;
		a = b;
		b = t;
	}
	b->next = a->child;
	if (b->next) b->next->prev = b;
	b->prev = a;
	a->child = b;
	return a;
}

/* Makes one tree of a list of siblings: melds them in pairs, then the pairs from the last to the
 * first. The pairing is what keeps later pops cheap. */
static struct ts_heap_node *meld_siblings(struct ts_heap_node *node)
{
	struct ts_heap_node *pairs = NULL;
	while (node) {
		struct ts_heap_node *a = node, *b = a->next;
		node = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b) {
			b->next = b->prev = NULL;
			a = meld(a, b);
		}
		a->next = pairs;
		pairs = a;
	}
	struct ts_heap_node *root = NULL;
	while (pairs) {
		struct ts_heap_node *pair = pairs;
		pairs = pair->next;
		pair->next = NULL;
		root = root ? meld(root, pair) : pair;
	}
	return root;
}

void ts_heap_insert(struct ts_heap *heap, struct ts_heap_node *node, int64_t key)
{
	assert(!ts_heap_has(heap, node));
	*node = (struct ts_heap_node){.key = key};
	heap->root = heap->root ? meld(heap->root, node) : node;
}

void ts_heap_remove(struct ts_heap *heap, struct ts_heap_node *node)
{
	assert(ts_heap_has(heap, node));
	struct ts_heap_node *below = meld_siblings(node->child);
	if (heap->root == node) {
		heap->root = below;
	} else {
		if (node->prev->child == node)
			node->prev->child = node->next;
		else
			node->prev->next = node->next;
		if (node->next) node->next->prev = node->prev;
		if (below) heap->root = meld(heap->root, below);
	}
	node->child = node->next = node->prev = NULL;
}
