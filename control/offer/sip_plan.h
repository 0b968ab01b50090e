/* sip_plan - what the parts of sip.c share while they read a description. Private to control/offer/. */
#ifndef TS_CONTROL_OFFER_SIP_PLAN_H
#define TS_CONTROL_OFFER_SIP_PLAN_H

#include "control/offer/sip.h"

struct ts_sip_plan {
	struct ts_sip_session *s;
	const struct ts_sdp *sdp; /* the peer's */
	const struct ts_sip_sdp_policy *policy;
	bool answer; /* it answers ours */
	char *err;
	size_t err_cap;
};

/* ---- sip.c */
/* Once a call: what stays the same in all its descriptions. peer: NULL: not known yet. */
void ts_sip_sdp_begin(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy, const struct ts_sdp *peer);
int ts_sip_sdp_fail(struct ts_sip_plan *p, int code, const char *why);
/* A copy of the session is changed, and becomes the session if that goes well. */
int ts_sip_sdp_with_copy(struct ts_sip_plan *p, struct ts_sip_session *session, int (*into)(struct ts_sip_plan *));
/* Lines that were not taken are off. */
void ts_sip_sdp_finish(struct ts_sip_session *s, const bool taken[TS_SIP_MEDIA]);
int ts_sip_kind_of(const struct ts_sdp_media *m); /* TS_SIP_AUDIO, TS_SIP_VIDEO, else -1 */

/* ---- sip_line.c: all return why not, constant text, or NULL */
const char *ts_sip_refuse_early(const struct ts_sdp_media *m);
const char *ts_sip_accept_line(struct ts_sip_plan *p, const struct ts_sdp_media *m, int kind);

/* ---- sip_keys.c */
bool ts_sip_is_secure(const char *proto);
/* The first a=crypto that we can use; our own key goes with it. */
const char *ts_sip_choose_keys(
	struct ts_sip_plan *p, const struct ts_sdp_media *m, struct ts_sip_media *media, struct ts_srtp_keys *keys);

#endif
