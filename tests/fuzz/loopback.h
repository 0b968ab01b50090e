/* loopback - where a fragment leads is not for a test to choose: candidates elsewhere than on
 * loopback are left out. */
#ifndef TS_TESTS_FUZZ_LOOPBACK_H
#define TS_TESTS_FUZZ_LOOPBACK_H

#include "base/address.h"
#include "transport/ice/description.h"

static inline void keep_loopback(struct ts_ice_description *remote)
{
	size_t kept = 0;
	for (size_t i = 0; i < remote->n_candidates; i++) {
		if (ts_address_kind(&remote->candidate[i].address) != TS_ADDRESS_LOOPBACK) continue;
		remote->candidate[kept] = remote->candidate[i];
		kept++;
	}
	remote->n_candidates = kept;
}

#endif
