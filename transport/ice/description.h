/* description - one side's ICE: its credentials and candidates, as descriptions carry them.
 *
 * Thread  any; plain data.   Source  RFC 8839 5.1, 5.4; 8840 (trickled).
 */
#ifndef TS_TRANSPORT_ICE_DESCRIPTION_H
#define TS_TRANSPORT_ICE_DESCRIPTION_H

#include "base/candidate.h"
#include <stdbool.h>
#include <stddef.h>

enum {
	TS_CAND_MAX = 32,
	TS_ICE_STR_MAX = 256,
};

struct ts_ice_description {
	char ufrag[TS_ICE_STR_MAX + 1], pwd[TS_ICE_STR_MAX + 1];
	/* of the peer's those that we cannot use are skipped */
	struct ts_candidate candidate[TS_CAND_MAX];
	size_t n_candidates;
	bool lite; /* ours: it checks nothing by itself (RFC 8839 5.3) */
};

/* TS_EINVAL: not what RFC 8839 5.4 allows. */
int ts_ice_check_credentials(const char *ufrag, const char *pwd);

#endif
