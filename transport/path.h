/* path - the inside of a transport, shared by transport.c (life, state, timer), demux.c (what comes
 * in) and rtcp_io.c (reports and feedback). Internal to transport/.
 *
 *   NEW --start--> ICE --pair works--> DTLS --keys--> CONNECTED        any --close--> CLOSED
 *
 * A transport that failed keeps its state, but `ended` makes it deaf and mute until its owner
 * closes it.
 * Thread  the net thread's, but for what is said to be atomic or constant.
 */
#ifndef TS_TRANSPORT_PATH_H
#define TS_TRANSPORT_PATH_H

#include "base/clock.h"
#include "base/ref.h"
#include "transport/handover.h"
#include "transport/ice/agent.h"
#include "transport/net/proof.h"
#include "transport/nets.h"
#include "transport/rtp/estimate.h"
#include "transport/rtp/feedback.h"
#include "transport/rtp/network.h"
#include "transport/rtp/pacer.h"
#include "transport/rtp/recv.h"
#include "transport/rtp/send.h"
#include "transport/rtp/sent.h"
#include "transport/rtp/timeline.h"
#include "transport/rtp/twcc.h"

enum {
	/* remembered for demultiplexing; the one unused for longest makes room */
	TS_PATH_SSRCS = 16,
	TS_PATH_EARLY_DTLS = 8,  /* datagrams kept until ICE has a pair */
	TS_PATH_REMOTES = 32,    /* calls of trickle and restart that wait */
	TS_PATH_RTCP_MAX = 1200, /* bytes of one compound */
};
#define TS_PATH_KEYFRAME_GAP_NS (200 * TS_NS_PER_MS)
#define TS_PATH_KEYFRAME_OUT_GAP_NS TS_NS_PER_S /* where it takes a SIP message */

struct ts_sender {
	struct ts_transport *transport;
	size_t media;
};

/* struct ts_media_stats, to be read while written. */
struct ts_path_stats {
	_Atomic uint64_t packets_in, bytes_in, packets_out, bytes_out, lost, restored;
	_Atomic uint32_t jitter_us, rtt_us;
};

enum ts_path_half { TS_PATH_RTP, TS_PATH_RTCP, TS_PATH_HALVES };
struct ts_path_dtls;

/* One way to the peer: ICE's, which carries all m-lines, or the sockets of a single one
 * (plain.h). */
struct ts_path_lane {
	struct ts_transport *transport;
	struct ts_plain *plain; /* NULL: ICE's */
	struct ts_srtp *srtp;   /* NULL: no keys yet; plain: in the clear */
	/* plain with DTLS: an association for each socket; rtcp_srtp: of a socket of its own */
	struct ts_path_dtls *dtls[TS_PATH_HALVES];
	struct ts_srtp *rtcp_srtp;
	uint32_t dtls_generation;
	struct ts_wire wire;
};

/* One stream that comes on an m-line: simulcast has several. */
struct ts_path_layer {
	struct ts_path_media *media;
	struct ts_rtp_recv *recv; /* NULL: the peer sends nothing here */
	int64_t heard_ns;         /* its last packet came then, which may wait for others */
	bool keyframe_due;
	int64_t keyframe_ns;      /* when we last asked the peer */
};

struct ts_path_media {
	const struct ts_media_config *config;
	struct ts_transport *transport;
	struct ts_path_lane *lane;
	struct ts_path_layer layer[TS_LAYERS_MAX]; /* [n_layers] */
	size_t n_layers;          /* 1 without simulcast */
	atomic_uint unwanted;     /* set of layers whose losses nobody cares about */
	struct ts_rtp_send *send; /* NULL: we send nothing */
	struct ts_sender sender;
	struct ts_handover handover; /* which output's units go out */
	atomic_bool sends;        /* as of the last description: what ts_transport_sender goes by */
	/* enum ts_media, likewise: other threads may not look into config */
	atomic_int kind;
	uint32_t local_ssrc;      /* of our RTCP about it */
	bool sent;                /* something, at least once */
	/* what was last to be sent: nobody there has shown that they want it (proof.h) */
	bool withheld;
	bool unflushed;           /* packet events since the last flush event */
	int64_t pacer_keyframe_ns; /* when the pacer last asked for one of ours */

	/* RFC 5104 4.2: what the peer told last, to be answered; what we told, answered */
	struct { uint32_t ssrc, bps; uint16_t overhead; bool due; } tmmbr;
	bool tmmbr_heard;

	atomic_uint keyframe_requested; /* set of layers; by any thread */
	uint8_t fir_seq;            /* of ours */
	int fir_seen;               /* the peer's last; -1: none */
	/* timestamp of the last telephone-event, or of its last segment; -1: none */
	int64_t event_rtp;
	uint32_t event_ssrc;
	int64_t event_seq;
	uint8_t event_code;
	bool event_ended;
	uint16_t event_duration;    /* in timestamp units, as its last packet said */
	struct ts_path_stats stats;
};

struct ts_path_ssrc {
	uint32_t ssrc;
	uint16_t media, layer;
};

/* A ts_transport_trickle or _restart on its way to the net thread. */
struct ts_path_remote {
	struct ts_path_remote *next;
	bool restart;
	struct ts_ice_description remote; /* ufrag "": not known yet */
};

struct ts_path_early {
	size_t len;
	uint8_t data[TS_DATAGRAM_MAX];
};

/* What the `network` event tells, and what it is made of. */
struct ts_path_network {
	struct ts_network now, told;
	int64_t told_ns;
	int64_t rate_ns;       /* when bytes_then were counted; 0: not yet */
	uint64_t bytes_then, bytes; /* RTP that was sent, headers included */
	uint32_t remb_bps;     /* 0: none */
	int64_t remb_ns;       /* when it came */
	uint32_t limit_bps;    /* as told to the estimate */
	/* feedback: when it came first and last (0: never), statuses in the time since window_ns */
	int64_t first_fed_ns, fed_ns, window_ns;
	uint32_t statuses;
	struct ts_feedback_clock clock;
};

struct ts_transport {
	/* constant */
	struct ts_transport_config config;
	struct ts_transport_events events;
	void *arg;
	struct ts_net *net;
	char name[TS_CNAME_LEN + 1]; /* in logs */

	/* atomic */
	struct ts_ref refs;
	atomic_uint todo; /* what the task is to do */
	struct ts_task task;
	_Atomic uint32_t receive_bps; /* wanted in REMB */
	_Atomic uint32_t wanted_bps;  /* what the owner would send */
	_Atomic(struct ts_path_remote *) remotes; /* newest first */
	atomic_uint n_remotes;
	_Atomic(struct ts_transport_config *) update; /* plain: the latest description */
	_Atomic(struct sockaddr_storage *) proven;    /* plain: of the latest ts_transport_prove */

	/* the owner's thread's */
	size_t n_known; /* m-lines of the latest description */

	/* the net thread's */
	enum ts_transport_state state;
	bool ended;
	/* the remote side is known; before, an offerer's thread writes config, dtls and media */
	bool ready;
	struct ts_ice *ice;
	struct ts_dtls *dtls;
	/* [n_lane]; ICE has one, plain one for each m-line */
	struct ts_path_lane lane[TS_MEDIA_MAX];
	size_t n_lane;
	struct ts_path_media media[TS_MEDIA_MAX];
	struct ts_timer timer;
	int64_t timer_ns; /* what it is set to; INT64_MAX: not set */

	struct ts_path_ssrc ssrc[TS_PATH_SSRCS]; /* [n_ssrc], the latest used first */
	size_t n_ssrc;
	struct ts_path_early *early; /* [TS_PATH_EARLY_DTLS]; NULL while there is none */
	size_t n_early;

	int64_t deadline_ns;           /* of the present state; INT64_MAX in CONNECTED */
	/* something of the peer must have come by then; INT64_MAX: it has, or it is past */
	int64_t first_ns;
	/* last that was authentic or, in the clear, valid; last RTP packet */
	int64_t heard_ns, rtp_ns;
	int64_t check_ns, rtcp_ns, remb_ns; /* next liveness check, report, REMB */
	bool stalled;
	uint32_t remb_bps;
	struct ts_proof proof;    /* plain: where what we send is wanted */
	bool await_proof;         /* plain: nothing is taken or sent before */
	bool proved;              /* plain: once, maybe before the peer's side was known */
	int64_t moved_ns;         /* plain: when a line about it was last logged */
	struct ts_path_network network;
	struct ts_pacer pacer;
	struct ts_sent *sent;         /* NULL: nothing has transport-wide numbers */
	struct ts_estimate *estimate; /* with it */
	struct ts_peer_clock clock; /* as its reports tell it */
	struct ts_twcc *twcc; /* NULL until the first packet that has a transport-wide number */
};

/* ---- transport.c */
void ts_path_wake_remotes(struct ts_transport *t); /* any thread: ts_path_remotes_run soon */
void ts_path_wake_update(struct ts_transport *t);  /* any thread: ts_path_plain_update soon */
void ts_path_wake_proven(struct ts_transport *t);  /* any thread: ts_path_plain_proven soon */
/* the owner's thread: the latest description */
void ts_path_note(struct ts_transport *t, const struct ts_transport_config *config);
/* Makes what the m-line's config asks for and is not there yet: receiver, sender. */
int ts_path_media_init(struct ts_transport *t, size_t media);
void ts_path_settle(struct ts_transport *t, int64_t now_ns); /* ends every wake-up */
void ts_path_fail(struct ts_transport *t, const char *reason);
void ts_path_connected(struct ts_transport *t, int64_t now_ns);
/* What ICE has for our side of the description. */
void ts_path_gathered(struct ts_transport *t, const struct ts_ice_description *ice);
void ts_path_send(struct ts_transport *t, size_t media, struct ts_au *au, int64_t now_ns);

/* ---- lane.c */
void ts_path_lane_init(struct ts_path_lane *lane, struct ts_transport *t);
/* Does nothing go in the clear, though there may be no keys yet? */
bool ts_path_plain_is_dtls(const struct ts_path_lane *lane);
struct ts_srtp *ts_path_rtcp_srtp(const struct ts_path_lane *lane); /* NULL: none, or not yet */
uint8_t *ts_path_reserve_rtcp(struct ts_path_lane *lane, size_t cap);
/* Is what we send by this lane wanted where it goes? */
bool ts_path_may_send_rtp(const struct ts_path_lane *lane, int64_t now_ns);
bool ts_path_may_send_rtcp(const struct ts_path_lane *lane, int64_t now_ns);

/* ---- remote.c */
void ts_path_remotes_run(struct ts_transport *t, int64_t now_ns);
/* Other credentials and candidates of the peer; restart: ours change too, which `gathered`
 * tells. */
void ts_path_set_remote(struct ts_transport *t, const struct ts_ice_description *remote);
void ts_path_restart(struct ts_transport *t, int64_t now_ns);
void ts_path_remotes_drop(struct ts_transport *t);

/* ---- demux.c */
void ts_path_input(struct ts_transport *t, const uint8_t *data, size_t len, int64_t now_ns);
void ts_path_dtls_state(struct ts_transport *t, enum ts_dtls_state state, int64_t now_ns);
void ts_path_feed_early(struct ts_transport *t, int64_t now_ns);
/* Knows ssrc to belong to this layer of media from now on. */
void ts_path_ssrc_learn(struct ts_transport *t, uint32_t ssrc, size_t media, size_t layer);

/* A datagram of one m-line's own socket. */
struct ts_plain_side;
struct sockaddr_storage;
void ts_path_plain_input(struct ts_path_lane *lane, struct ts_plain_side *side,
	const struct sockaddr_storage *from, const uint8_t *data, size_t len, int64_t now_ns);

/* ---- ice_path.c: what a later description says of a path with ICE */
void ts_path_ice_update(
	struct ts_transport *t, const struct ts_transport_config *fresh, int64_t now_ns);
/* DTLS that began anew has agreed on keys. */
void ts_path_keys_anew(struct ts_transport *t, int64_t now_ns);
int ts_path_dtls_init(struct ts_transport *t, struct ts_dtls_cert *cert); /* transport.c */

/* ---- plain_path.c */
void ts_path_plain_start(struct ts_transport *t);
void ts_path_plain_connect(struct ts_transport *t, int64_t now_ns); /* the peer's side is known */
void ts_path_plain_update(struct ts_transport *t, int64_t now_ns);
void ts_path_plain_check(struct ts_transport *t, int64_t now_ns);
void ts_path_plain_release(struct ts_transport *t);
/* A sign that the host of `from` wants what we send. */
void ts_path_prove(struct ts_transport *t, const struct sockaddr_storage *from, int64_t now_ns);
/* What the signalling proved in the meantime. */
void ts_path_plain_proven(struct ts_transport *t, int64_t now_ns);

/* ---- plain_dtls.c */
/* What the m-line's config says now. TS_EINVAL, TS_ENOMEM. */
int ts_path_plain_dtls_apply(struct ts_path_lane *lane, int64_t now_ns);
void ts_path_plain_dtls_stop(struct ts_path_lane *lane);
void ts_path_plain_dtls_input(struct ts_path_lane *lane, struct ts_plain_side *side,
	const struct sockaddr_storage *from, const uint8_t *data, size_t len, int64_t now_ns);
int64_t ts_path_plain_dtls_due_ns(const struct ts_transport *t, int64_t now_ns);
void ts_path_plain_dtls_run(struct ts_transport *t, int64_t now_ns);

/* ---- pace_io.c */
/* What a sending m-line needs: numbers and an estimate, where negotiated. TS_ENOMEM. */
int ts_path_pace_init(struct ts_transport *t, const struct ts_media_config *config);
void ts_path_pace_fini(struct ts_transport *t);
void ts_path_pace_number(struct ts_transport *t, uint8_t *at); /* into a packet that goes out now */
/* One went out: bytes with all headers. */
void ts_path_pace_sent(struct ts_transport *t, size_t bytes, bool numbered, int64_t now_ns);
void ts_path_pace_unit(struct ts_path_media *m, struct ts_au *au, int64_t now_ns);
void ts_path_pace_nack(struct ts_path_media *m, uint16_t pid, uint16_t blp, int64_t now_ns);
/* Is there an m-line on which padding is taken? */
bool ts_path_pace_can_pad(const struct ts_transport *t, int64_t now_ns);
/* Keys are there: where the peer tells what comes the way is probed before any picture goes out,
 * so that who is behind a thin one gets none that it cannot take. */
void ts_path_pace_begin(struct ts_transport *t, int64_t now_ns);
/* That has shown so much. */
void ts_path_pace_begun(struct ts_transport *t, uint32_t bps, int64_t now_ns);
/* Sends what is due, padding too. */
void ts_path_pace_run(struct ts_transport *t, int64_t now_ns);

/* ---- network_io.c */
struct ts_rtcp_report;
/* A report block about what we send on m. */
void ts_path_network_report(struct ts_path_media *m, const struct ts_rtcp_report *report,
	int64_t now_ns);
void ts_path_network_remb(struct ts_transport *t, uint64_t bps, int64_t now_ns);
void ts_path_network_tmmbr(struct ts_transport *t, int64_t now_ns); /* of some m-line: another */
/* fci: of one transport-cc message */
void ts_path_network_feedback(struct ts_transport *t, struct ts_rd fci, int64_t now_ns);
/* Now and then: forgets what is told no more, tells what changes by itself. */
void ts_path_network_check(struct ts_transport *t, int64_t now_ns);

/* ---- rtcp_io.c */
/* plain bytes */
void ts_path_rtcp(struct ts_path_lane *lane, const uint8_t *data, size_t len, int64_t now_ns);
/* writes what is due: NACK, PLI, REMB, reports */
void ts_path_rtcp_run(struct ts_transport *t, int64_t now_ns);
int64_t ts_path_rtcp_due_ns(const struct ts_transport *t);
void ts_path_rtcp_bye(struct ts_transport *t, int64_t now_ns);
void ts_path_stats_publish(struct ts_transport *t);

#endif
