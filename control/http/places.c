#include "control/http/places.h"

#include <stdio.h>
#include <string.h>

/* As it is kept: an address that is too long is its beginning. */
static bool is_same(const char kept[INET6_ADDRSTRLEN], const char *address)
{
	return !strncmp(kept, address, INET6_ADDRSTRLEN - 1);
}

bool ts_places_take(struct ts_places *p, const char *address)
{
	int its = 0;
	for (int i = 0; i < p->n; i++) its += is_same(p->address[i], address);
	if (p->n == TS_PLACES || its == TS_PLACES_OF_ADDRESS) return false;
	snprintf(p->address[p->n++], INET6_ADDRSTRLEN, "%s", address);
	return true;
}

void ts_places_give(struct ts_places *p, const char *address)
{
	for (int i = 0; i < p->n; i++) {
		if (!is_same(p->address[i], address)) continue;
		memmove(p->address[i], p->address[--p->n], INET6_ADDRSTRLEN);
		return;
	}
}
