#include "control/meetings/split.h"

void ts_split_even(size_t *to, size_t n, size_t *count, size_t n_rooms)
{
	for (size_t i = 0; i < n; i++) {
		size_t least = 0;
		for (size_t k = 1; k < n_rooms; k++)
			if (count[k] < count[least]) least = k;
		to[i] = least;
		count[least]++;
	}
}
