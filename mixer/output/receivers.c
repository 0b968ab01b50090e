#include "mixer/output/receivers.h"

#include "base/error.h"
#include <stdlib.h>

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct ts_receivers_entry *)a)->sender,
		  y = (uintptr_t)((const struct ts_receivers_entry *)b)->sender;
	return (x > y) - (x < y);
}

static int sender_of(const void *sender, const void *entry)
{
	uintptr_t x = (uintptr_t)sender,
		  y = (uintptr_t)((const struct ts_receivers_entry *)entry)->sender;
	return (x > y) - (x < y);
}

int ts_receivers_create(struct ts_receivers **out, const struct ts_receiving *list, size_t n)
{
	struct ts_receivers *r = malloc(
		sizeof *r + n * (sizeof r->entry[0] + sizeof r->scratch[0]));
	if (!r) return TS_ENOMEM;
	r->n = n;
	r->scratch = (struct ts_sender **)(void *)&r->entry[n];
	for (size_t i = 0; i < n; i++)
		r->entry[i] = (struct ts_receivers_entry){
			ts_sender_ref(list[i].sender), list[i].moves, false};
	/* for the look-up of ts_receivers_started */
	qsort(r->entry, n, sizeof r->entry[0], by_address);
	*out = r;
	return 0;
}

void ts_receivers_free(struct ts_receivers **receivers)
{
	struct ts_receivers *r = *receivers;
	*receivers = NULL;
	if (!r) return;
	for (size_t i = 0; i < r->n; i++) ts_sender_unref(&r->entry[i].sender);
	free(r);
}

bool ts_receivers_started(const struct ts_receivers *r, const struct ts_sender *sender)
{
	if (!r) return false;
	const struct ts_receivers_entry *e = bsearch(
		sender, r->entry, r->n, sizeof r->entry[0], sender_of);
	return e && e->started;
}
