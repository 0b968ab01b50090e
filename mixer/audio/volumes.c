#include "mixer/audio/volumes.h"

#include "base/error.h"
#include "base/media.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_key(const void *a, const void *b)
{
	const uint64_t x = ((const struct ts_volume *)a)->key,
		       y = ((const struct ts_volume *)b)->key;
	return x < y ? -1 : x > y;
}

int ts_volumes_create(struct ts_volumes **out, const struct ts_volume *of, size_t n)
{
	return ts_volumes_create_over(out, 1, of, n);
}

int ts_volumes_create_over(
	struct ts_volumes **out, float others, const struct ts_volume *of, size_t n)
{
	struct ts_volumes *v = calloc(1, sizeof *v + n * sizeof v->of[0]);
	if (!v) return TS_ENOMEM;
	ts_ref_init(&v->refs, 1);
	v->n = n;
	v->others = others;
	for (size_t i = 0; i < n; i++) v->led |= (v->of[i] = of[i]).leads;
	qsort(v->of, n, sizeof v->of[0], by_key);
	for (size_t i = 1; i < n; i++) {
		if (v->of[i].key != v->of[i - 1].key) continue;
		free(v);
		return TS_EINVAL;
	}
	*out = v;
	return 0;
}

float ts_volumes_gain(const struct ts_volumes *list, uint64_t key)
{
	const struct ts_volume *v = ts_volumes_find(list, key);
	return v ? v->gain : list ? list->others : 1;
}

struct ts_volumes *ts_volumes_ref(struct ts_volumes *v)
{
	ts_ref_get(&v->refs);
	return v;
}

void ts_volumes_unref(struct ts_volumes **volumes)
{
	struct ts_volumes *v = *volumes;
	*volumes = NULL;
	if (v && ts_ref_put(&v->refs)) free(v);
}

bool ts_volumes_equal(const struct ts_volumes *a, const struct ts_volumes *b)
{
	if (a == b || !a || !b) return a == b;
	if (a->n != b->n || a->others != b->others) return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->of[i].key != b->of[i].key || a->of[i].gain != b->of[i].gain ||
			a->of[i].leads != b->of[i].leads || a->of[i].follows != b->of[i].follows)
			return false;
	return true;
}

const struct ts_volume *ts_volumes_find(const struct ts_volumes *v, uint64_t key)
{
	size_t low = 0, high = v ? v->n : 0;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		if (v->of[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return v && low < v->n && v->of[low].key == key ? &v->of[low] : NULL;
}

size_t ts_tastes_join(struct ts_tastes *t, const struct ts_taste *taste)
{
	for (size_t i = 0; i < t->n; i++)
		if (ts_taste_equal(&t->of[i], taste)) return i;
	if (t->n == TS_AUDIO_TASTES) return TS_AUDIO_TASTES;
	t->of[t->n] = *taste;
	return t->n++;
}
