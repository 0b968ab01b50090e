/* pair - two transports in one process, connected over loopback, for the tests of this folder. */
#ifndef TS_TESTS_UNIT_TRANSPORT_PAIR_H
#define TS_TESTS_UNIT_TRANSPORT_PAIR_H

#include "base/au.h"
#include "transport/fanout.h"
#include "transport/transport.h"
#include <pthread.h>

enum { PAIR_AUDIO = 0, PAIR_VIDEO = 1, PAIR_WAIT_MS = 20000, PAIR_GOT_MAX = 4096 };

/* What a packet event told: the first bytes of the payload are enough to know it again. */
struct pair_got {
	size_t media;
	int64_t ext_seq;
	uint32_t ssrc, timestamp_rtp, payload_len;
	uint8_t marker, codec, gap, layer, heard;
	uint8_t payload[8];
};

struct pair_peer {
	struct ts_transport *transport; /* NULL once closed by us */
	struct ts_transport_local local;
	const char *fingerprint;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t failed_ns;
	int gathered, connected, failed, closed, stalled, unstalled, flushed;
	int keyframes[TS_MEDIA_MAX], keyframes_needed[TS_MEDIA_MAX];
	char reason[32];
	struct pair_got got[PAIR_GOT_MAX];
	size_t n_got;
	/* the net thread hangs in the next packet event until this is cleared */
	bool block_in_packet;
};

struct pair {
	struct ts_nets *nets[2];
	struct pair_peer peer[2]; /* 0 offers, 1 answers */
	bool dscp;
};

void pair_nets(struct pair *pair, int threads);
/* An audio and a video m-line, both ways; NACK, PLI, RTX, REMB. */
void pair_config(struct ts_transport_config *config, const struct pair *pair, int who);
/* Offer, answer, without waiting for the connection. edit (may be NULL) may change who's config. */
void pair_start(struct pair *pair, void (*edit)(struct ts_transport_config *config, int who));
/* of a host, over UDP */
struct ts_candidate pair_candidate(const char *host, uint16_t port);
void pair_connect(struct pair *pair); /* pair_nets, pair_start, waits until both are connected */
void pair_peer_init(struct pair_peer *peer);
extern const struct ts_transport_events pair_events;
void pair_close(struct pair_peer *peer); /* and waits for `closed` */
void pair_fini(struct pair *pair);

/* Waits until *value >= want; false: PAIR_WAIT_MS passed. */
bool pair_wait(struct pair_peer *peer, const int *value, int want);
/* the counts change on the net thread, until both are closed */
int pair_now(struct pair_peer *peer, const int *value);
bool pair_wait_got(struct pair_peer *peer, size_t want);
size_t pair_n_got(struct pair_peer *peer); /* got[] below it stays as it is */
size_t pair_count(struct pair_peer *peer, size_t media);

/* n payloads of len bytes, each beginning with tag and its index. */
struct ts_au *pair_au(uint32_t n, uint32_t len, uint8_t tag, int64_t media_time);
/* One unit to one receiver. */
void pair_send(struct pair_peer *from, size_t media, struct ts_au *au /* [take] */);

#endif
