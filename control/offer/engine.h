/* engine - offer and answer as far as WebRTC and SIP do not differ. Private to control/offer/.
 *
 *   their m-line --lines--> of use? --formats--> payload types --streams--> struct ts_media_config
 *                                                      \--write_format--> our m-line
 *
 * What differs stands in webrtc*.c (ICE, BUNDLE, simulcast) and sip*.c (addresses, keys, offers of
 * ours), which call this.
 *
 * Thread  any; plain functions.
 * Source  RFC 3264 5 and 6, 4585 4.2, 4588 8.6, 5104 7.1, 4733 2.5.1, 4796, 5761 4, 6184 8.2.2,
 *         2198 5.
 */
#ifndef TS_CONTROL_OFFER_ENGINE_H
#define TS_CONTROL_OFFER_ENGINE_H

#include "control/offer/plan.h"

/* ---- lines.c */

/* Where the caller of the engine reads why it failed. */
struct ts_offer_err { char *text; size_t cap; };
/* Returns code. */
__attribute__((format(printf, 3, 4))) int ts_offer_fail(
	const struct ts_offer_err *err, int code, const char *fmt, ...);

enum { TS_PROTO_SECURE = 1, TS_PROTO_FEEDBACK = 2, TS_PROTO_DTLS = 4 };
int ts_line_proto(const char *proto); /* "RTP/SAVPF": a set of TS_PROTO_; -1: unknown */
int ts_line_kind(const char *kind);   /* enum ts_media; -1: neither */
/* What an answer repeats of a line. A mid that is no token, or too long, is left out. */
void ts_line_describe(struct ts_answer_line *line, const struct ts_sdp_media *m);
/* Why nothing in the line can be used, or NULL. without: a set of TS_PROTO_ that is not had
 * here. */
const char *ts_line_refuse(const struct ts_sdp_media *m, int without);
/* RFC 4796: is slides among what is in the line? */
bool ts_line_is_slides(const struct ts_sdp_media *m);
/* The strongest a=fingerprint of a hash that we know, of the line or else of the session. False:
 * there is none; bad_line: where one of the wrong form stands, 0: nowhere. */
bool ts_line_fingerprint(const struct ts_sdp *sdp, const struct ts_sdp_media *m,
	struct ts_sdp_fingerprint *best, uint32_t *bad_line);
/* b= in kbit/s of payload; 0: no limit. */
uint32_t ts_line_kbps(const struct ts_sdp_section *s);

/* ---- formats.c */

/* An m-line of the peer on the way to one of ours. */
struct ts_stream {
	const struct ts_sdp_media *m;
	enum ts_media kind;
	struct ts_answer_media *am;
	struct ts_media_config *cfg;
	uint8_t feedback; /* what we know of it: a set of TS_FB_ */
	bool rtx;         /* repair streams are of use */
	bool no_red;      /* RED is not agreed to */
	bool old;         /* so are H.263 and G.729 */
	bool others;      /* telephone-event and comfort noise are of use */
	const struct ts_answer_media *offered; /* m answers this; NULL: m is an offer */
	/* of all H.264: most senders have one encoder; NULL: unwanted */
	struct ts_parameter_sets *sets;
};

/* Fills am->pt with what the registry can use in am->dir (inactive: as if in use), in the order of
 * the peer, each followed by its RTX where the peer takes NACKs, Opus by its RED; then am->other,
 * and the sets. FEC and RED of pictures are left out. Why nothing came of it, or NULL. */
const char *ts_stream_read(const struct ts_stream *s);
bool ts_has_pt(const struct ts_answer_pt *list, size_t n, int pt);
/* Comfort noise, key presses: nothing by itself, and only received. */
static inline bool ts_codec_is_other(const struct ts_codec_info *info)
{
	return !info->audio && !info->rtp && info->codec != TS_CODEC_RED;
}

/* The kinds of feedback, in the order that they are written in. */
enum { TS_FEEDBACKS = 6 };
extern const struct ts_feedback_kind {
	uint8_t bit;
	const char *text;
	bool parameters; /* may follow; they are not written */
} ts_feedbacks[TS_FEEDBACKS];

/* ---- streams.c */

/* Once am->pt is final: what is sent and received, the feedback and the limits, into am->dir,
 * am->send and cfg; SSRCs are the caller's. Sent is the peer's first codec that we can encode; of
 * several H.264 formats in an offer the one that suits constrained baseline in packetization-mode 1
 * best. Received is what am lists, and where m answers an offer of ours, by the numbers of that. */
void ts_stream_settle(const struct ts_stream *s);
/* One more payload type that the peer may send, unless its number is there or the list is full. */
void ts_stream_add_receive(struct ts_media_config *cfg, const struct ts_pt *pt);

/* ---- write_format.c: lines of text into w */

/* v= o= s= */
void ts_write_head(
	struct ts_wr *w, uint64_t id, uint64_t version, const char *address, const char *name);
void ts_write_connection(struct ts_wr *w, const char *address);
/* With the payload types of am; NULL: refused. */
void ts_write_m(struct ts_wr *w, const struct ts_answer_line *line, unsigned port,
	const struct ts_answer_media *am);
void ts_write_mid(struct ts_wr *w, const struct ts_answer_line *line);
/* a=rtpmap: what is right, or what the peer wrote for it, who may compare. */
void ts_write_rtpmap(struct ts_wr *w, const struct ts_answer_pt *ap);
void ts_write_fmtp(
	struct ts_wr *w, const struct ts_answer_pt *ap, const struct ts_fmtp_wish *wish);
void ts_write_feedback(struct ts_wr *w, const struct ts_answer_pt *ap);

#endif
