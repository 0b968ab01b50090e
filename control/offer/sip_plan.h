/* sip_plan - what the parts of sip.c share while they read a description. Private to
 * control/offer/. */
#ifndef TS_CONTROL_OFFER_SIP_PLAN_H
#define TS_CONTROL_OFFER_SIP_PLAN_H

#include "control/offer/engine.h"
#include "control/offer/sip.h"
#include "control/offer/webrtc_plan.h"

struct ts_sip_plan {
	struct ts_sip_session *s;
	const struct ts_sdp *sdp; /* the peer's */
	const struct ts_sip_sdp_policy *policy;
	struct ts_offer_err err;
	bool answer;              /* it answers ours */
	bool taken[TS_SIP_MEDIA]; /* there is a line of that kind in use */
	bool has_bfcp, has_text;  /* likewise of BFCP, of text */
};

/* ---- sip.c */
/* Once a call: what stays the same in all its descriptions. peer: NULL: not known yet. */
void ts_sip_sdp_begin(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy,
	const struct ts_sdp *peer);
/* A copy of the session is changed, and becomes the session if that goes well. */
int ts_sip_sdp_with_copy(struct ts_sip_plan *p, struct ts_sip_session *session,
	int (*into)(struct ts_sip_plan *));
/* Kinds that were not taken are off. */
void ts_sip_sdp_finish(struct ts_sip_plan *p);

/* ---- sip_shape.c: reads session->shape, where the description says something */
void ts_sip_read_shape(struct ts_sip_session *session, const struct ts_sdp *sdp);

/* ---- sip_web.c: browsers */
/* ICE and DTLS, and one path for all lines. */
bool ts_sip_web_is(const struct ts_sdp *offer);
/* Has somebody between changed what the line says of its addresses? */
bool ts_sip_web_mismatch(const struct ts_sdp *sdp, const struct ts_sdp_media *m);
int ts_sip_web_answer(struct ts_sip_plan *p, bool all_off);
int ts_sip_web_write(struct ts_wr *w, const struct ts_sip_session *s,
	const struct ts_transport_local *local, const struct ts_sip_sdp_policy *policy);

/* ---- sip_web_offer.c: what was just offered becomes an offer to a browser */
void ts_sip_web_offer(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy);
/* In a call of one: what is in use, in both directions again. */
void ts_sip_web_offer_again(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy);

/* ---- sip_line.c: takes an m-line of the peer, as that one of ours. Why not, constant text, or
 * NULL. */
const char *ts_sip_accept_line(struct ts_sip_plan *p, const struct ts_sdp_media *m, int media);
/* Its address as a number; "": nowhere. Why it cannot be used, or NULL. */
const char *ts_sip_read_connection(char out[46], const struct ts_sip_plan *p,
	const struct ts_sdp_media *m);

/* ---- sip_content.c */
/* Is it the presentation: by a=content, or by the label that a line of BFCP names? */
bool ts_sip_is_content(const struct ts_sdp *sdp, const struct ts_sdp_media *m);
bool ts_sip_is_bfcp(const char *proto);
/* Likewise. */
const char *ts_sip_accept_bfcp(struct ts_sip_plan *p, const struct ts_sdp_media *m);
void ts_sip_read_label(struct ts_sip_media *media, const struct ts_sdp_media *m);
/* Lines of text into w. */
void ts_sip_write_bfcp(struct ts_wr *w, const struct ts_sip_session *s,
	const struct ts_answer_line *line, const char *fingerprint);
void ts_sip_write_content(struct ts_wr *w, const struct ts_sip_session *s, int media);

/* ---- sip_text.c */
/* Likewise. */
const char *ts_sip_accept_text(struct ts_sip_plan *p, const struct ts_sdp_media *m);
/* A line of it behind the others of an offer. */
void ts_sip_offer_text(struct ts_sip_session *s, const char *proto, bool srtp);
void ts_sip_write_text(struct ts_wr *w, const struct ts_sip_session *s,
	const struct ts_answer_line *line);

/* ---- sip_dtls.c */
/* May the line have its keys by DTLS? */
bool ts_sip_offers_dtls(const struct ts_sip_plan *p, const struct ts_sdp_media *m,
	const struct ts_sip_media *media);
/* They come so from now on. Why they cannot, or NULL. */
const char *ts_sip_take_dtls(struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *media, struct ts_plain_config *plain);

/* ---- sip_keys.c */
/* By DTLS, or by the first a=crypto that we can use, with which goes a key of our own: as the line
 * has it, of both what the policy prefers, or the other one where that makes no sense. Why the line
 * cannot be taken, or NULL. */
const char *ts_sip_choose_keys(struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *media, struct ts_plain_config *plain);

#endif
