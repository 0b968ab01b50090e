/* sip - descriptions of SIP calls: an offer of the peer answered, an offer of ours made, its answer
 * taken; then written. Same parser, writer and codec registry as WebRTC; other lines: RTP/AVP(F)
 * and RTP/SAVP(F) with keys in the description or by DTLS, one address and port for each m-line.
 * What has ICE, DTLS and one path for all is a browser's, and answered by webrtc.h (sip_web.c).
 *
 *   peer's offer --ts_sip_sdp_answer--> [ session ] --ts_sip_sdp_write(our ports)--> answer
 *                                                                     again at each re-INVITE
 *   ts_sip_sdp_offer --> [ session ] --write--> offer
 *                           peer's answer --ts_sip_sdp_read_answer--> [ session ]
 *
 * The first usable audio, video and text (T.140) line are taken, and beside these, where the
 * policy has content, a video line of slides (a=content, or the label that BFCP names) and a line
 * of BFCP, whose floor control server we are; all others (H.224, m=control, a second camera) get
 * port 0, as do lines whose c= is a name, a multicast group or of a family that we have no address
 * of. Index 0 of transport.media is audio, 1 video, 2 slides, for the whole call: a line that is
 * not there is `off`.
 * Thread  any; pure but for the random source. About 140 KB: for the heap.
 * Source  RFC 3264, 4568 (SDES), 3605 (a=rtcp), 5761 (rtcp-mux), 4585, 6184, 4733, 3389, 3890
 *         (TIAS), 4796 (a=content), 4574 (a=label), 8856 and 4583 (BFCP), 4145 (a=setup).
 */
#ifndef TS_CONTROL_OFFER_SIP_H
#define TS_CONTROL_OFFER_SIP_H

#include "codec/t140.h"
#include "config/config.h"
#include "control/offer/plan.h"
#include "control/offer/webrtc.h"
#include "transport/secure/sdes.h"

struct ts_sip_sdp_policy {
	/* DTLS: required, and by DTLS alone; with keys of both kinds the peer chooses (RFC 8643) */
	enum ts_sip_srtp srtp;
	bool no_sdes;          /* keys would stand in what others can read */
	bool prefer_sdes;      /* of a line that has both */
	uint32_t receive_kbps; /* of video: our b=TIAS */
	bool no_video;         /* in offers of ours */
	bool content;          /* slides and BFCP are taken, and offered with video */
	/* of the first offer of ours: names as in SDP, best first, NULL at the end; NULL, or none
	 * of a kind: all that we have */
	const char *const *codecs;
	/* macroblocks of the largest picture that we decode; 0: TS_PICTURE_MB */
	uint32_t max_picture_mb;
	/* numeric, ours: only peers of its family can be sent to; NULL: any */
	const char *local_address;
	/* how a browser is answered; NULL: as a phone is */
	const struct ts_offer_policy *web;
	bool to_browser; /* the first offer of ours goes to one */
	enum ts_sip_text_use text; /* real-time text is taken, and in the first offer offered */
	const char *fingerprint; /* ts_nets_fingerprint() */
	const char *bfcp_fingerprint; /* of our certificate; "" or NULL: no BFCP over TLS */
	uint32_t (*random)(void *arg); /* SSRCs, CNAME, o=; NULL: ts_random_u32 */
	void *arg;
};

enum { TS_SIP_AUDIO = TS_AUDIO, TS_SIP_VIDEO = TS_VIDEO, TS_SIP_SLIDES, TS_SIP_MEDIA };
enum { TS_SIP_LABEL_MAX = 32 };
static inline enum ts_media ts_sip_media_kind(int media)
{
	return media == TS_SIP_AUDIO ? TS_AUDIO : TS_VIDEO;
}

/* The m=application line of BFCP. */
struct ts_sip_bfcp {
	bool used;             /* accepted, or offered by us */
	bool reliable;         /* TCP */
	/* of the peer's certificate, over TLS; else "" */
	char fingerprint[sizeof(((struct ts_sdp_fingerprint *)0)->text)];
	bool existing;         /* the peer goes on with the connection that is there */
	bool said_setup, said_versions; /* by the peer: what its answer has as well */
	bool old_stream;       /* it writes m-stream for mstrm, as RFC 4583 did in its grammar */
	uint8_t version;       /* of a=bfcpver; 0: by the transport */
	char address[46];      /* the peer's; "": none */
	uint16_t port;
	uint16_t floor_id;     /* ours, by the number that the peer knows */
	/* ours, and the caller's: set before the description is written */
	uint32_t conference;
	uint16_t user, local_port;
};

/* The m=text line (RFC 4103), whose socket is the caller's. */
struct ts_sip_text {
	bool used;             /* accepted, or offered by us */
	struct ts_t140_format format;
	enum ts_sdp_dir dir;   /* as we write it */
	char address[46];      /* the peer's; "": none */
	uint16_t port;
	uint16_t local_port;   /* ours, set by the caller before the description is written */
	bool srtp;
	struct ts_sdes key, second; /* as of an m-line in use */
	struct ts_srtp_keys keys;
};

/* An m-line in use. */
struct ts_sip_media {
	struct ts_answer_media formats;
	struct ts_answer_media offered; /* in the last offer of ours; n_pt 0: none */
	/* of each payload type that was ever in use here; 0: none */
	uint8_t meaning[128];
	/* keys stand in the description, or come by DTLS; in a first offer of ours perhaps both */
	bool rtcp_mux, srtp, dtls;
	bool offering;            /* what is written is an offer: a=setup:actpass */
	char tls_id[64];          /* the peer's, RFC 8842 4; "": none */
	bool ice_mismatch;        /* somebody between changed the addresses: RFC 8839 5.4 */
	struct ts_sdes key;       /* ours, as written */
	struct ts_sdes second;    /* in offers of ours: the other suite; tag 0: none */
	/* ours, for the whole call; to a browser others each time that it is sent to again */
	uint32_t ssrc, rtx_ssrc;
	bool sent;                /* to a browser, at least once */
	char label[TS_SIP_LABEL_MAX + 1]; /* as the peer calls it; "": not at all */
};

struct ts_sip_session {
	/* local_address, same_host and rtp_timeout_ms are the caller's */
	struct ts_transport_config transport;
	int audio_media, video_media, slides_media; /* -1: none */
	int packetization_mode, slides_packetization_mode;
	struct ts_parameter_sets camera_sets, slides_sets; /* of the H.264 that comes */
	/* what the peer said about the format we send; codec NONE: nothing is sent */
	struct ts_format video_format, slides_format;
	uint32_t send_kbps, slides_kbps;      /* b= of the peer; 0: no limit */
	bool hold;                            /* the peer takes nothing from us */
	/* the picture that suits the peer, as they said last: what their a=imageattr receives (RFC
	 * 6236), or 4:3 where they take sizes of H.263 alone, or what they send: a=imageattr, SPS.
	 * 0x0: they never did */
	struct ts_sdp_shape shape;

	struct ts_answer_line line[TS_SDP_MEDIA_MAX]; /* of the offer that counts, theirs or ours */
	size_t n_lines;
	struct ts_sip_media media[TS_SIP_MEDIA];
	struct ts_sip_bfcp bfcp;
	struct ts_sip_text text;
	uint64_t id, version;                 /* o= */
	bool is_web;                          /* for the whole call: of these, web alone is used */
	struct ts_negotiated web;
	bool begun;
};

/* A zeroed session, or the one of the call so far. On an error it is as it was. TS_EUNSUPPORTED
 * (488): nothing in common; TS_EINVAL (400): it makes no sense; TS_ENOMEM. */
int ts_sip_sdp_answer(struct ts_sip_session *session, const struct ts_sdp *offer,
	const struct ts_sip_sdp_policy *policy, char *err, size_t err_cap);
/* What we would have: everything. In a call in the lines of before, refused ones included, and with
 * those that are missing; new ones need a ts_transport_update with session->transport before the
 * offer can be written. */
void ts_sip_sdp_offer(struct ts_sip_session *session, const struct ts_sip_sdp_policy *policy);
/* The answer to that. Errors as above. */
int ts_sip_sdp_read_answer(struct ts_sip_session *session, const struct ts_sdp *answer,
	const struct ts_sip_sdp_policy *policy, char *err, size_t err_cap);

/* address: ours, for o= and c=. ports: local->port. Text into w, not terminated. TS_EFULL: it does
 * not fit. */
int ts_sip_sdp_write(struct ts_wr *w, const struct ts_sip_session *session,
	const struct ts_transport_local *local, const char *address,
	const struct ts_sip_sdp_policy *policy);

#endif
