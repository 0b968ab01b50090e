/* transport - one participant's bundled path: ICE, DTLS, SRTP, and the RTP streams of its m-lines.
 *
 *   socket -> demultiplex (RFC 7983) -> [STUN: ICE] [DTLS: keys] [SRTP: unprotect in place]
 *          -> RTP header and extensions -> receiver of the m-line (reorder, NACK, RTX) ->
 *          events.packet
 *   ts_fanout_send / RTCP -> sender of the m-line (sequence, timestamp, history for RTX) -> protect
 *   -> batch -> socket
 *
 * Thread  a transport lives on the loop of one net thread, chosen at creation; functions here may
 *         be called from any thread unless said otherwise and take effect there. Events are called
 *         on that net thread, never under a lock, must not block, and end with `closed`.
 * Life    counted: ts_transport_close stops it (BYE, DTLS close_notify, ICE released), `closed` is
 *         its last event; the memory goes when the last reference (senders held by fanouts
 *         included) is dropped.
 * Plain   a second kind of path, for SIP: UDP sockets of its own for each m-line, in the clear or
 *         SRTP with keys of the description (SDES) or by DTLS on those sockets (plain_dtls.c),
 *         answers to where the peer's packets come from (net/latch.h). No BUNDLE. Everything above
 *         is the same.
 * Source  RFC 8445, 5763, 5764, 7983, 8843 (BUNDLE), 5761 (rtcp-mux), 3550, 4585, 4588, 5104, 8285.
 */
#ifndef TS_TRANSPORT_TRANSPORT_H
#define TS_TRANSPORT_TRANSPORT_H

#include "base/packet.h"
#include "transport/ice/description.h"
#include "transport/ice/host.h"
#include "transport/rtp/media_config.h"
#include "transport/rtp/network.h"
#include "transport/secure/dtls.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_nets;
struct ts_transport;
struct ts_sender;
struct ts_loop;

/* ---- the net threads of the process ---- */

struct ts_nets_config {
	int threads;
	struct ts_ice_host_config ice;
};

int ts_nets_create(struct ts_nets **out, const struct ts_nets_config *config);
void ts_nets_destroy(struct ts_nets **nets); /* every transport must have had `closed` */
/* The process's DTLS certificate: "sha-256 AA:BB:..." as in a=fingerprint. */
const char *ts_nets_fingerprint(const struct ts_nets *nets);
/* The longest that anything to be sent has waited for its net thread since this was asked last. Any
 * thread; for one asker. */
int64_t ts_nets_waited_ns(struct ts_nets *nets);

/* ---- what offer/answer decided ---- */

enum ts_transport_kind { TS_TRANSPORT_ICE, TS_TRANSPORT_PLAIN };

struct ts_transport_config {
	struct ts_media_config media[TS_MEDIA_MAX];
	size_t n_media;
	enum ts_transport_kind kind;
	/* plain: */
	char local_address[46];         /* numeric; what the sockets are bound to */
	/* where the peer signals from, once a round trip proved it (an ACK, an answer, a later
	 * request): what we send may go to that host (proof.h). "": nothing is proved */
	char proven_host[46];
	/* take and send nothing until ts_transport_prove: an INVITE's source may be forged */
	bool await_proof;
	/* the peer's side is not known yet: only opens the sockets, ts_transport_answer follows */
	bool offering;
	/* nothing valid for so long while anything flows either way: failed("rtp-timeout"); 0:
	 * never */
	uint32_t rtp_timeout_ms;
	/* ICE: */
	enum ts_dtls_role dtls_role;
	bool ice_controlling;           /* we made the offer, or the peer is ICE-lite */
	struct ts_ice_description remote; /* ufrag "": not known yet */
	/* "sha-256 AA:BB:.."; a handshake with another certificate ends the transport */
	char remote_fingerprint[200];
	char cname[TS_CNAME_LEN + 1];   /* of our SSRCs (RFC 7022) */
};

/* What our side of the description must carry. */
struct ts_transport_local {
	struct ts_ice_description ice;
	/* plain: equal when muxed; 0: none, the m-line is off */
	struct { uint16_t rtp, rtcp; } port[TS_MEDIA_MAX];
};

enum ts_transport_state { TS_TR_NEW, TS_TR_ICE, TS_TR_DTLS, TS_TR_CONNECTED, TS_TR_CLOSED };

struct ts_transport_events {
	/* Gathering is done (500 ms at most): once, soon after creation, and once after each
	 * ts_transport_restart and ts_transport_update. */
	void (*gathered)(void *arg, const struct ts_transport_local *local);
	/* SRTP keys are in place: packets may be sent. Once. */
	void (*connected)(void *arg);
	/* The peer fell silent (true, after 2 s without any datagram from one whose media flowed, 6
	 * s otherwise) or came back. */
	void (*stalled)(void *arg, bool stalled);
	/* It is over: "dtls-close", "ice-failed", "consent-lost", "fingerprint", "timeout", ...
	 * Once, unless closed by us first; the owner then calls ts_transport_close. */
	void (*failed)(void *arg, const char *reason);
	/* [take] packet. Video: each layer in order of ext_seq, `gap` set where packets were lost
	 * for good. Audio: as received, deduplicated, ext_seq set (the jitter buffer on the audio
	 * strand orders them); those of telephone-events without payload, only for their numbers. A
	 * new SSRC is seen in packet->ssrc. */
	void (*packet)(void *arg, size_t media, struct ts_packet *packet);
	/* After one or more packet events of one wake-up: post the consumer's task now. */
	void (*flush)(void *arg, size_t media);
	/* What is sent comes of this output from now on (ts_sender_set_output). May be NULL. */
	void (*switched)(void *arg, size_t media, uint32_t output);
	/* The peer requests a keyframe on what we send (PLI or FIR, repeats not filtered). */
	void (*on_keyframe_request)(void *arg, size_t media);
	/* What we send must go on with a keyframe, for a reason of ours: units were dropped by the
	 * pacer or withheld, or the description changed. The peer has requested nothing. */
	void (*needs_keyframe)(void *arg, size_t media);
	/* We request a keyframe from the peer, but it knows neither PLI nor FIR: tell it another
	 * way (SIP INFO). At most once a second. May be NULL. */
	void (*request_keyframe)(void *arg, size_t media);
	/* What is known of the way to the peer has changed; at most each 100 ms. May be NULL. */
	void (*network)(void *arg, const struct ts_network *network);
	/* The peer pressed a key (RFC 4733 3.2: 0..9, 10 *, 11 #, 12..15 A-D): once each. May be
	 * NULL. */
	void (*telephone_event)(void *arg, size_t media, uint8_t event);
	/* The last event: nothing of the transport runs any more. */
	void (*closed)(void *arg);
};

int ts_transport_create(struct ts_transport **out, struct ts_nets *nets,
	const struct ts_transport_config *config, const struct ts_transport_events *events,
	void *arg);
/* For who makes the offer: ts_transport_create with remote.ufrag "" only gathers; after `gathered`
 * this gives what the answer decided, once, the whole config anew. Before it nothing else but close
 * may be called. Errors as of create. */
int ts_transport_answer(struct ts_transport *transport, const struct ts_transport_config *config);
/* What a later offer and answer decided, the whole config anew: addresses, keys, payload types,
 * directions, hold. There may be more m-lines than before, not fewer; one that is off keeps its
 * index. What did not change is not disturbed. ICE: other credentials of the peer are a restart;
 * another fingerprint, or another role of ours, begins DTLS anew. `gathered` follows, without
 * credentials where ICE goes on. The caller is the one thread that also calls ts_transport_sender.
 * TS_EUNSUPPORTED: of the other kind. TS_EINVAL, TS_ENOMEM. */
int ts_transport_update(struct ts_transport *transport, const struct ts_transport_config *config);
/* Plain: the peer's signalling has just been proved to come from this numeric host; media may
 * flow. */
void ts_transport_prove(struct ts_transport *transport, const char *host);
/* More candidates. Other credentials than before answer a ts_transport_restart of ours. TS_EINVAL:
 * such credentials no peer may have. TS_EFULL: too many calls wait for the net thread.
 * TS_ENOMEM. */
int ts_transport_trickle(struct ts_transport *transport, const struct ts_ice_description *remote);
/* ICE restart (RFC 8445 9) with the credentials and candidates that the peer has now, NULL: it
 * answers with a trickle. New ones of ours come with `gathered`. Media keep flowing on the old way
 * until a new one is found; keys stay. Errors as of trickle. */
int ts_transport_restart(struct ts_transport *transport, const struct ts_ice_description *remote);
/* [take] the creator's reference; `closed` follows */
void ts_transport_close(struct ts_transport *transport);

/* Requests keyframes from the peer: PLI, or FIR where only that was negotiated. Bounded to one per
 * 200 ms and layer. layers: of simulcast, a set (1 << i); 1 without. */
void ts_transport_request_keyframe(struct ts_transport *transport, size_t media, unsigned layers);
/* The layers of simulcast that are of use, a set: what is lost of the others is not asked for
 * again. At first all. */
void ts_transport_set_wanted_layers(struct ts_transport *transport, size_t media, unsigned layers);
/* The bitrate the peer may send in all its video, told by REMB or TMMBR where negotiated, at once
 * and every second until it is known to be heard. 0: say nothing. */
void ts_transport_set_receive_bitrate(struct ts_transport *transport, uint32_t bps);
/* What there would be a use for, of all that is sent: the next step up. Where the peer gives
 * transport-cc feedback and takes RTX, the way is probed for that much now and then. 0: no more
 * than now. */
void ts_transport_set_wanted_bps(struct ts_transport *transport, uint32_t bps);

void ts_transport_stats(const struct ts_transport *transport, size_t media,
	struct ts_media_stats *out);

/* ---- sending ---- */

/* The sending half of an m-line [give], the same as long as the transport lives. NULL if the m-line
 * does not send. */
struct ts_sender *ts_transport_sender(struct ts_transport *transport, size_t media);
struct ts_sender *ts_sender_ref(struct ts_sender *sender);
void ts_sender_unref(struct ts_sender **sender);
/* Pictures: what comes of the output `from` is sent until the first keyframe of the output `to` is
 * there, then what comes of `to` (handover.h). Whatever else comes is dropped; at first all is. */
void ts_sender_set_output(struct ts_sender *sender, uint32_t from, uint32_t to);

#endif
