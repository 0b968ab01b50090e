/* webrtc_plan - what the parts of webrtc.c share while they decide. Private to control/offer/. */
#ifndef TS_CONTROL_OFFER_WEBRTC_PLAN_H
#define TS_CONTROL_OFFER_WEBRTC_PLAN_H

#include "control/offer/engine.h"
#include "control/offer/webrtc.h"

struct ts_offer_plan {
	struct ts_negotiated *out;
	const struct ts_sdp *offer;
	const struct ts_offer_policy *policy;
	const char *group; /* "BUNDLE 0 1"; NULL: none */
	struct ts_offer_err err;
};

/* ---- ext.c: header extensions (RFC 8285 5) */
/* Those of each accepted line; drops layers by rid whose names cannot come in the packets. */
void ts_offer_choose_exts(struct ts_offer_plan *p);

/* Those that an offer of ours has; their ids are the same on each line. */
void ts_offer_list_exts(struct ts_answer_media *am, enum ts_media kind);

/* ---- simulcast.c */
/* The layers of a line, by a=simulcast or else a=ssrc-group:SIM; none where there is but one
 * stream. */
void ts_offer_choose_layers(
	const struct ts_sdp_media *m, struct ts_answer_media *am, struct ts_media_config *cfg);
/* Those by a=ssrc-group:SIM instead, or none: nothing would tell the others apart. */
void ts_offer_drop_rids(
	const struct ts_sdp_media *m, struct ts_answer_media *am, struct ts_media_config *cfg);

/* ---- webrtc_ice.c: the peer's half of the transport, once out->tag is known. 0 or TS_EINVAL. */
int ts_offer_plan_transport(struct ts_offer_plan *p);

#endif
