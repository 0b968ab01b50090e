/* plan - what offer and answer decide about one m-line, by WebRTC or by SIP: which line it is, its
 * payload types, its direction. What the transport needs of it stands in a struct ts_media_config.
 *
 * Thread  any; plain data.
 * Source  RFC 3264, 4585 (feedback), 8285 (header extensions), 8853 (simulcast).
 */
#ifndef TS_CONTROL_OFFER_PLAN_H
#define TS_CONTROL_OFFER_PLAN_H

#include "codec/registry.h"
#include "codec/sprop.h"
#include "control/sdp/sdp.h"
#include "transport/transport.h"

enum {
	TS_ANSWER_EXT_MAX = 8,
	TS_ANSWER_OTHER_MAX = 4,
	TS_RID_REST_MAX = 128,
};

/* An RTP header extension in our answer. */
struct ts_answer_ext { uint8_t id; bool has_dir; enum ts_sdp_dir dir; const char *uri; };
enum {
	TS_FB_NACK = 1,
	TS_FB_PLI = 2,
	TS_FB_FIR = 4,
	TS_FB_REMB = 8,
	TS_FB_TWCC = 16,
	TS_FB_TMMBR = 32,
};
/* A payload type of ours, with the feedback to it (a set of TS_FB_); for RTX only `pt` counts. */
struct ts_answer_pt {
	struct ts_pt pt;
	struct ts_format format;
	uint8_t feedback;
	bool said_alias;         /* by its other name (struct ts_codec_info) */
	uint8_t said_channels; /* as the offer wrote it; 0: not written */
	uint32_t said_hz;      /* as the offer wrote it; 0: no offer did */
};

/* An m-line in use. */
struct ts_answer_media {
	enum ts_sdp_dir dir;         /* as we write it */
	struct ts_answer_pt pt[TS_PT_MAX]; /* also those of a line on which we only send */
	size_t n_pt, send;           /* send: index of what we send; n_pt: nothing */
	bool red_first;              /* it is written before the Opus that it holds */
	/* telephone-event, comfort noise: only received */
	struct ts_answer_pt other[TS_ANSWER_OTHER_MAX];
	size_t n_other;
	struct ts_answer_ext ext[TS_ANSWER_EXT_MAX];
	size_t n_ext;
	/* the answer names the layers that we take, transport.media.layer */
	bool simulcast;
	char rid_rest[TS_LAYERS_MAX][TS_RID_REST_MAX]; /* their restrictions, as offered */
	uint8_t rid_order[TS_LAYERS_MAX]; /* the offer's: indices of layer */
	bool rtcp_rsize;             /* both sides take RTCP packets of reduced size (RFC 5506) */
};

/* An m-line of a description, in use or not. */
struct ts_answer_line {
	char kind[TS_SDP_TOKEN_MAX + 1], proto[TS_SDP_TOKEN_MAX + 1], format[TS_SDP_TOKEN_MAX + 1];
	char mid[TS_MID_MAX + 1];    /* "": none */
	const char *refused;         /* why, constant text; NULL: accepted */
	uint32_t offer_line;         /* where it stands in the offer */
	size_t media;                /* index in transport.media when accepted */
	bool slides;                 /* of SIP: the presentation */
	bool bfcp;                   /* of SIP: floor control, of no media */
	bool text;                   /* of SIP: real-time text, which has no transport */
};

#endif
