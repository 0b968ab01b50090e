#include "base/heap.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>

enum { N = 500 };

/* The least key by looking at every node: what the heap must give. */
static int64_t least(const struct ts_heap_node *nodes, const bool *in)
{
	int64_t min = INT64_MAX;
	for (int i = 0; i < N; i++)
		if (in[i] && nodes[i].key < min) min = nodes[i].key;
	return min;
}

static void drains_in_order(void **state)
{
	(void)state;
	static const int64_t keys[] = {5, 3, 9, 3, INT64_MAX, INT64_MIN, 0, -4, 3};
	enum { COUNT = sizeof(keys) / sizeof(*keys) };
	struct ts_heap_node nodes[COUNT] = {0};
	struct ts_heap heap = {0};
	for (int i = 0; i < COUNT; i++) ts_heap_insert(&heap, &nodes[i], keys[i]);
	int64_t last = INT64_MIN;
	int n = 0;
	for (struct ts_heap_node *root; (root = heap.root); n++) {
		assert_true(root->key >= last);
		last = root->key;
		ts_heap_remove(&heap, root);
		assert_false(ts_heap_has(&heap, root));
	}
	assert_int_equal(n, COUNT);
}

static void random_inserts_and_removes_keep_the_least_on_top(void **state)
{
	(void)state;
	static struct ts_heap_node nodes[N];
	bool in[N] = {false};
	struct ts_heap heap = {0};
	srand(7);
	for (int step = 0; step < 20000; step++) {
		int i = rand() % N;
		if (step % 3 == 0 && heap.root) i = (int)(heap.root - nodes); /* pops as well */
		if (in[i])
			ts_heap_remove(&heap, &nodes[i]);
		else
			ts_heap_insert(&heap, &nodes[i], rand() % 1000);
		in[i] = !in[i];
		assert_true(ts_heap_has(&heap, &nodes[i]) == in[i]);
		assert_true((heap.root ? heap.root->key : INT64_MAX) == least(nodes, in));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drains_in_order),
		cmocka_unit_test(random_inserts_and_removes_keep_the_least_on_top),
	};
	return cmocka_run_group_tests_name("base/heap", tests, NULL, NULL);
}
