/* webrtc - decides what we answer to an offer, and writes the answer; both pure but for the random
 * source.
 *
 *   ts_sdp (offer) + policy --ts_answer_plan--> ts_negotiated
 *      ts_negotiated --ts_answer_write(local candidates, ids)--> text
 *                    \--> transport, audio_media, video_media, ... of struct ts_join
 *
 * One transport carries everything: of the lines in the offer's first BUNDLE group the first usable
 * audio and the first usable video line are taken, and the first video line that is a presentation
 * (a=content:slides, RFC 4796), which is only received; without a group the first usable line
 * alone; all others are refused by port 0. A peer sends in the first codec of our answer, which
 * keeps the order of the offer, and gets the first one of the offer that we can encode; of
 * simulcast layers (RFC 8853) the best one; of several H.264 formats the one that suits constrained
 * baseline in packetization-mode 1 best.
 *
 * Thread  any. The offer may be destroyed as soon as ts_answer_plan returns.
 * Source  RFC 3264, 8829 and 9429 (JSEP), 8843 (BUNDLE), 5761, 8285, 4585, 4588, 5576, 5763, 9725
 *         (WHIP; WHEP alike).
 */
#ifndef TS_CONTROL_OFFER_WEBRTC_H
#define TS_CONTROL_OFFER_WEBRTC_H

#include "control/offer/plan.h"

enum ts_offer_kind {
	TS_OFFER_JOIN,              /* both directions */
	TS_OFFER_WATCH,             /* WHEP: we only send */
	TS_OFFER_CONTRIBUTE,        /* WHIP: we only receive */
};

/* Where the answer has RED (RFC 2198), if it was offered for Opus. A browser sends what the answer
 * names first, so only FIRST makes it send RED; it takes RED in any case. */
enum ts_red_place { TS_RED_FIRST, TS_RED_AS_OFFERED, TS_RED_OFF };

enum ts_withheld { TS_WITHHOLD_AUDIO = 1, TS_WITHHOLD_CAMERA = 2, TS_WITHHOLD_SLIDES = 4 };

struct ts_offer_policy {
	enum ts_offer_kind kind;
	uint32_t start_bitrate_kbps; /* what a Chromium may begin to send with; 0: its own choice */
	enum ts_red_place red;
	bool twcc;                   /* transport-wide congestion control, both ways */
	/* macroblocks of the largest picture that we decode; 0: TS_PICTURE_MB */
	uint32_t max_picture_mb;
	/* we turn pictures by video-orientation; else the sender has to */
	bool cvo;
	/* this video line is the presentation, as if it said a=content:slides; NULL: none */
	const char *slides_mid;
	bool trickle;                /* candidates are taken after the answer */
	enum ts_audio_mode mode;     /* the room's */
	unsigned withheld;           /* enum ts_withheld: what the peer may not send */
	/* SIP: nothing need be carried, for a call may be on hold; and no simulcast */
	bool idle, one_layer;
	uint32_t (*random)(void *arg); /* SSRCs and the CNAME; NULL: ts_random_u32 */
	void *arg;
};

/* About 40 KB: for the heap, not the stack. */
struct ts_negotiated {
	/* for struct ts_join; transport.cname is set and must stay: the answer names it */
	struct ts_transport_config transport;
	int audio_media, video_media, slides_media; /* -1: none */
	int packetization_mode;       /* of the H.264 we send */
	struct ts_parameter_sets camera_sets, slides_sets; /* of the H.264 that comes */
	/* what the peer said about the format we send: limits of size and rate */
	struct ts_format video_format;

	uint32_t send_kbps;           /* b= of its line; 0: no limit */

	/* for the answer */
	struct ts_answer_line line[TS_SDP_MEDIA_MAX]; /* as in the offer */
	size_t n_lines;
	struct ts_answer_media media[TS_MEDIA_MAX];
	size_t tag;                   /* the line whose transport all share; RFC 8843 7.3.1 */
	bool bundle;
	bool setup_said, setup_open;  /* a=setup is there; it leaves the role to us: actpass */
	bool offering; /* it is an offer of ours: sip_web_offer.c */
	bool trickle;
	uint32_t start_bitrate_kbps, max_picture_mb;
	enum ts_audio_mode mode;
};

/* 0 or, with a sentence in err (of our words only): TS_EINVAL the offer lacks or contradicts
 * something (ICE, DTLS, mid), TS_EUNSUPPORTED it is sound but has nothing we could take. */
int ts_answer_plan(struct ts_negotiated *out, const struct ts_sdp *offer,
	const struct ts_offer_policy *policy, char *err, size_t err_cap);

struct ts_need;
/* Lowers the need to what the peer said about its decoder: VP8 max-fs and max-fr, H.264 levels
 * below 3.1 with what lifts them, b=. Level 3.1 is what browsers say of decoders that take every
 * size. */
void ts_answer_limit(struct ts_need *need, const struct ts_negotiated *n);

/* What the answer says beyond what was negotiated. */
struct ts_answer_ids {
	const char *fingerprint;      /* ts_nets_fingerprint() */
	uint64_t session_id, session_version; /* of o= */
};

enum { TS_ANSWER_MAX = TS_SDP_BYTES_MAX }; /* no answer is longer */

/* Text into w, not terminated. TS_EFULL: it does not fit. */
int ts_answer_write(struct ts_wr *w, const struct ts_negotiated *n,
	const struct ts_transport_local *local, const struct ts_answer_ids *ids);

#endif
