#include "control/http/places.h"
#include "base/address.h"

#include <stdio.h>
#include <string.h>

/* As it is kept: of IPv6 what one customer has; an address that is too long is its beginning. */
static void write_key(char out[INET6_ADDRSTRLEN], const char *address)
{
	if (!ts_address_network(out, address, TS_ADDRESS_CUSTOMER_BYTES))
		snprintf(out, INET6_ADDRSTRLEN, "%s", address);
}

bool ts_places_take(struct ts_places *p, const char *address)
{
	char key[INET6_ADDRSTRLEN];
	int its = 0;
	write_key(key, address);
	for (int i = 0; i < p->n; i++) its += !strcmp(p->address[i], key);
	if (p->n == TS_PLACES || its == TS_PLACES_OF_ADDRESS) return false;
	memcpy(p->address[p->n++], key, sizeof(key));
	return true;
}

void ts_places_give(struct ts_places *p, const char *address)
{
	char key[INET6_ADDRSTRLEN];
	write_key(key, address);
	for (int i = 0; i < p->n; i++) {
		if (strcmp(p->address[i], key) != 0) continue;
		memmove(p->address[i], p->address[--p->n], INET6_ADDRSTRLEN);
		return;
	}
}
