/* webrtc_plan - what the parts of webrtc.c share while they decide. Private to control/offer/. */
#ifndef TS_CONTROL_OFFER_WEBRTC_PLAN_H
#define TS_CONTROL_OFFER_WEBRTC_PLAN_H

#include "control/offer/webrtc.h"

struct ts_offer_plan {
	struct ts_negotiated *out;
	const struct ts_sdp *offer;
	const struct ts_offer_policy *policy;
	const char *group; /* "BUNDLE 0 1"; NULL: none */
	char *err;
	size_t err_cap;
};

/* ext.c: the header extensions of each accepted line (RFC 8285 5). */
void ts_offer_choose_exts(struct ts_offer_plan *p);

/* simulcast.c: the one layer of a line that we take; cfg->rid stays "" where there is but one. */
void ts_offer_choose_rid(const struct ts_offer_plan *p, const struct ts_sdp_media *m, struct ts_answer_media *am,
	struct ts_media_config *cfg);

#endif
