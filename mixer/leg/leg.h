/* leg - what joins a participant to their peer: what comes in goes to voice and feeds, what goes
 * out goes by senders, and what happens is told on control.
 *
 *   peer --packets--> leg --push--> voice, camera, slides       (on a thread of the leg's)
 *                     leg --events--> participant               (control)
 *   peer <--senders-- outputs, audio
 *
 * There are RTP (rtp.h), what is brought in by us (input.h), and programs, which take samples and
 * give them (machine.h); tests have one without any network. A leg requests keyframes from its peer
 * by itself, where the packets come in: when ts_source_wants_keyframe says so. One without a
 * description never says `ready`.
 * Thread  control, and so are the events.
 * Life    start makes it; close ends it, and `closed` is its last event: then its memory is gone.
 */
#ifndef TS_MIXER_LEG_LEG_H
#define TS_MIXER_LEG_LEG_H

#include "mixer/audio/ear.h"
#include "mixer/audio/voice.h"
#include "mixer/source/branch.h"
#include "mixer/source/coded.h"
#include "mixer/source/feed.h"
#include "transport/transport.h"

struct ts_leg;

struct ts_leg_events {
	/* What our side of the description must carry: once after start, and after each restart and
	 * update. err TS_ENOMEM: local is NULL. */
	void (*ready)(void *arg, int err, const struct ts_transport_local *local);
	void (*connected)(void *arg);             /* what is sent from now on arrives */
	void (*stalled)(void *arg, bool stalled); /* the peer fell silent, or came back */
	void (*failed)(void *arg, const char *reason);
	void (*flowing)(void *arg); /* packets of a feed came that is not `on` */
	/* What we send of video comes of this output from now on (ts_sender_set_output). */
	void (*switched)(void *arg, uint32_t output);
	/* The peer requests a keyframe of the video that we send. */
	void (*on_keyframe_request)(void *arg);
	/* It must go on with one, for a reason of ours: the peer has requested nothing. */
	void (*needs_keyframe)(void *arg);
	/* Either, of what we send by the m-line of slides. */
	void (*content_keyframe)(void *arg);
	/* What is known of the way to the peer; at most each 100 ms. */
	void (*network)(void *arg, const struct ts_network *network);
	/* The peer should send one, but must be told in another way than the leg's. */
	void (*request_keyframe)(void *arg);
	/* They pressed a key (RFC 4733): "0123456789*#ABCD", once each. */
	void (*digit)(void *arg, char digit);
	void (*closed)(void *arg);
};

struct ts_leg_config {
	struct ts_loop *control;
	struct ts_nets *nets;
	const struct ts_transport_config *transport; /* as negotiated; copied */
	const void *way; /* what another kind than RTP needs: input.h; only during start */
	/* Where what comes in goes: the participant's, until `closed`. */
	struct ts_voice *voice;          /* NULL: they do not speak */
	struct ts_feed *camera, *slides; /* source NULL: none */
	int audio_media, video_media;    /* of the transport; -1: none */
	const struct ts_leg_events *events;
	void *arg;
};

struct ts_leg_ops {
	int (*start)(struct ts_leg **out, const struct ts_leg_config *config);
	void (*close)(struct ts_leg *leg); /* nothing else but events after it */
	/* [give]; NULL: that m-line does not send. */
	struct ts_sender *(*sender)(struct ts_leg *leg, size_t media);
	void (*stats)(const struct ts_leg *leg, size_t media, struct ts_media_stats *out);
	/* What the peer may send in all its video. */
	void (*set_receive_bps)(struct ts_leg *leg, uint32_t bps);
	/* What we would send, if the way takes it: as ts_transport_set_wanted_bps. */
	void (*set_wanted_bps)(struct ts_leg *leg, uint32_t bps);
	/* What changes of the description: as ts_transport_trickle, _restart and so on. */
	int (*trickle)(struct ts_leg *leg, const struct ts_ice_description *remote);
	int (*restart)(struct ts_leg *leg, const struct ts_ice_description *remote);
	int (*answer)(struct ts_leg *leg, const struct ts_transport_config *config);
	int (*update)(struct ts_leg *leg, const struct ts_transport_config *config);
	void (*prove)(struct ts_leg *leg, const char *host);
	/* [give] What comes in of that m-line once more; the same each time. NULL: there is no such
	 * thing, or no memory. The op itself may be NULL. */
	struct ts_branch *(*branch)(struct ts_leg *leg, size_t media);
	/* [give] Likewise of packets of a file or stream; NULL, and the op: as above. */
	struct ts_coded *(*coded)(struct ts_leg *leg, enum ts_media track);
	/* What takes the samples that they hear, in place of a sender of sound; the leg's, until it
	 * is closed. The op itself may be NULL. */
	struct ts_ear *(*ear)(struct ts_leg *leg);
};

struct ts_leg {
	const struct ts_leg_ops *ops;
};

#endif
