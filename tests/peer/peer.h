/* peer - one scripted participant over the server's real interfaces: HTTP join, ICE, DTLS, SRTP.
 *
 *   strand (one a peer): video timer -> clip unit -> sender      packets of the net thread
 *       -> [ ring ] -> eyes, ears
 *
 * Thread  start, stop, set_tiles: the thread that owns it; the joining itself blocks a thread of
 *         its own, so that many join at once.
 */
#ifndef TS_TESTS_PEER_PEER_H
#define TS_TESTS_PEER_PEER_H

#include "base/strand.h"
#include "tests/media/clip.h"
#include "tests/peer/ears.h"
#include "tests/peer/eyes.h"
#include "tests/peer/lips.h"
#include "tests/relay/relay.h"
#include "transport/transport.h"

enum ts_peer_leave { PEER_DELETE, PEER_CLOSE }; /* for a silent death kill the program */
enum { PEER_CHANGES_MAX = 64 };

/* Another network, so long after the peer was connected. */
struct ts_peer_change { int64_t at_ms; struct ts_impair_config network[2]; };

struct ts_peer_spec {
	char url[128], room[64], name[64], query[1024], pcm[256], film[256];
	char file[256];              /* video to send instead of a marked clip */
	int who;
	bool watch;                  /* WHEP */
	unsigned sip;                /* comes by SIP, to that port of the server's; 0: not */
	enum ts_codec send_video;    /* NONE: no camera */
	enum ts_codec receive_video; /* NONE: H.264 */
	bool send_audio, decode, wrong_fingerprint, bars, straight, transport_cc;
	/* sends its melody (tests/media/melody.h) instead of the tone */
	bool melody;
	/* everything it sends and receives goes through this network: */
	bool relayed;
	struct ts_impair_config network[2]; /* by enum ts_relay_direction */
	uint64_t seed;
	struct ts_peer_change change[PEER_CHANGES_MAX]; /* [n_changes], one after the other */
	size_t n_changes;
	int width, height, fps, kbps;
	/* its pictures leave so much later than they were captured, and those of a while all at its
	 * end */
	int video_delay_ms, video_stall_at_ms, video_stall_ms;
	int lips;                    /* whose lips are watched; -1: nobody's */
	/* simulcast by a=ssrc-group:SIM: so many, each half as large as the next; those that the
	 * server's REMB leaves no room for are not sent. 1: one stream */
	int layers;
	struct ts_tone tone;
	int key_every_ms;            /* requests keyframes all the time; 0: no */
	int garbage_per_s;           /* sends random datagrams along the path; 0: none */
	enum ts_peer_leave leave;
	int64_t join_at_ms, leave_at_ms;
};

struct ts_peer_world { struct ts_nets *nets; struct ts_pool *pool; };

struct ts_peer;

/* Encodes the clip it will send, which takes seconds, before the clock of the scenario runs. */
int ts_peer_prepare(const struct ts_peer_spec *spec);
int ts_peer_start(struct ts_peer **out, const struct ts_peer_world *world,
	const struct ts_peer_spec *spec);
/* Leaves and waits until everything has ended; the statistics can be read then. */
void ts_peer_stop(struct ts_peer *peer);
void ts_peer_free(struct ts_peer **peer);

struct ts_peer_report {
	long http_status;
	const char *failure;         /* of the transport; NULL: none */
	int64_t offer_ns, answer_ns, connected_ns;
	int64_t media_ns;            /* from when on it sends, and its network changes */
	int64_t clip_ns;             /* when its clip began to be sent last, as the marks count */
	struct ts_eyes *eyes;
	struct ts_ears *ears;
	const struct ts_lips *lips;
	int64_t first_key_request_ns;
	uint64_t keys_asked_of_us;   /* by the server, of all layers */
	uint64_t layer_keys[3];      /* of each */
	struct ts_relay_stats relay; /* if relayed */
};
const struct ts_peer_spec *ts_peer_spec(const struct ts_peer *peer);
void ts_peer_report(struct ts_peer *peer, struct ts_peer_report *out);
void ts_peer_set_tiles(struct ts_peer *peer, const struct ts_eyes_tile *tiles, size_t n,
	int canvas_w, int canvas_h);
/* ts_eyes_move */
void ts_peer_move(struct ts_peer *peer, const struct ts_eyes_tile *tiles, size_t n,
	int64_t answered_ns);
void ts_peer_look_away(struct ts_peer *peer); /* ts_eyes_look_away */

#endif
