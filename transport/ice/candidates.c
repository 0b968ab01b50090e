#include "transport/ice/candidates.h"
#include "base/address.h"
#include "transport/net/own_address.h"

void ts_candidates_forget(struct ts_candidates *c)
{
	c->n = 0;
}

static bool may_check(
	const struct ts_own_addresses *own, const struct sockaddr_storage *a, bool loopback)
{
	switch (ts_address_kind(a)) {
	case TS_ADDRESS_NOBODY:
	case TS_ADDRESS_NEVER: return false;
	case TS_ADDRESS_LOOPBACK:
		if (!loopback) return false;
		break;
	default: break;
	}
	return !ts_own_address(own, a);
}

bool ts_candidates_take(struct ts_candidates *c, const struct ts_own_addresses *own,
	const struct sockaddr_storage *address, bool loopback)
{
	if (c->n == TS_CAND_MAX) return false;
	for (size_t i = 0; i < c->n; i++)
		if (ts_address_same(&c->taken[i], address)) return false;
	if (!may_check(own, address, loopback)) return false;
	c->taken[c->n++] = *address;
	return true;
}
