/* loopback - where a fragment leads is not for a test to choose: candidates elsewhere than on
 * 127.0.0.0/8 are left out. */
#ifndef TS_TESTS_FUZZ_LOOPBACK_H
#define TS_TESTS_FUZZ_LOOPBACK_H

#include "transport/ice/candidate.h"
#include "transport/ice/description.h"
#include <string.h>

static inline void keep_loopback(struct ts_ice_description *remote)
{
	size_t kept = 0;
	for (size_t i = 0; i < remote->n_candidates; i++) {
		struct ts_ice_candidate c;
		if (!ts_ice_candidate_parse(&c, remote->candidate[i]) && strncmp(c.address, "127.",
			4)) continue;
		if (kept != i) memcpy(remote->candidate[kept], remote->candidate[i],
			sizeof(remote->candidate[0]));
		kept++;
	}
	remote->n_candidates = kept;
}

#endif
