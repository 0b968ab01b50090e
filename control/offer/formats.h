/* formats - the payload types of one m-line: which of an offer we take, and in which we send. Private to control/offer/.
 *
 * Source  RFC 3264 6.1, 6184 8.2.2, 4585 4.2, 4588 8.6, 5761 4 (payload types under rtcp-mux).
 */
#ifndef TS_CONTROL_OFFER_FORMATS_H
#define TS_CONTROL_OFFER_FORMATS_H

#include "control/offer/webrtc.h"

/* Fills am->pt with what the registry can use in am->dir (inactive: as if in use), in the order of the offer, each followed
 * by its RTX where the peer takes NACKs. Feedback: what both sides know, `feedback` being ours. RED and FEC are left out. */
void ts_offer_add_formats(struct ts_answer_media *am, const struct ts_sdp_media *m, enum ts_media kind, uint8_t feedback);

/* The index in am->pt of what we send: the first codec that we can encode; of several H.264 formats the one that suits
 * our constrained baseline, packetization-mode 1, best. am->n_pt: none. */
size_t ts_offer_choose_send(const struct ts_answer_media *am);

/* The parameter sets of all H.264 formats: most senders have one encoder (RFC 6184 8.2.2). */
void ts_offer_take_sets(struct ts_parameter_sets *out, const struct ts_sdp_media *m, const struct ts_answer_media *am);
/* What the peer says about our packets: a=ptime, a=maxptime, maxaveragebitrate. */
void ts_offer_take_limits(struct ts_media_config *cfg, const struct ts_sdp_media *m, const struct ts_answer_media *am);

/* a=rtpmap: what is right, or what the peer wrote for it, who may compare. */
void ts_offer_write_rtpmap(struct ts_wr *w, const struct ts_answer_pt *ap);

#endif
