/* packet - one datagram, counted, from a pool; the RTP fields that every floor needs once it was
 * parsed.
 *
 * A packet is written by the thread that received it until it is handed on; after that it is
 * immutable.
 * Full    the pool has a hard limit; ts_packet_get then returns NULL and the caller drops and
 *         counts.
 * Thread  get, ref, unref: any. The pool may be closed while packets are still out; the last one
 *         frees it.
 */
#ifndef TS_BASE_PACKET_H
#define TS_BASE_PACKET_H

#include "base/ref.h"
#include <stddef.h>
#include <stdint.h>

enum {
	/* bytes of buf: the largest datagram read, plus SRTP's trailer room (148) */
	TS_PACKET_CAP = 2048,
	/* longer ones are dropped; 200 ms of G.711 (RFC 3551 4.2) are 1600 and what SRTP and
	 * extensions add */
	TS_DATAGRAM_MAX = 1680,
	TS_WIRE_MAX = 1536,     /* bytes of a packet of ours, protected */
	TS_READ_ON_BYTES = 1000,  /* a shorter datagram is seldom followed by another at once */
};

struct ts_packet_pool;

/* Of capture_ns. */
#define TS_CAPTURE_UNKNOWN 0

struct ts_packet {
	struct ts_ref refs;
	struct ts_packet_pool *pool;
	struct ts_packet *next; /* for lists of whoever holds the only reference */
	int64_t arrival_ns;
	uint8_t *data; /* [len], inside buf: the datagram, after unprotect the plain RTP packet */
	uint32_t len;

	/* filled in by transport/rtp/rtp.h */
	uint8_t *payload; /* [payload_len], inside data; padding removed */
	uint32_t payload_len;
	uint32_t ssrc;
	uint32_t timestamp_rtp;
	uint64_t capture_ntp; /* abs-capture-time, by the clock of their reports; 0: none */
	/* when what is in it was captured, on our clock, as far as can be told (rtp/timeline.h) */
	int64_t capture_ns;
	int64_t ext_seq; /* sequence number extended by the receiver, never wraps */
	uint16_t seq;
	uint8_t pt;
	uint8_t marker;
	uint8_t codec; /* enum ts_codec of pt */
	uint8_t level; /* RFC 6464 level in -dBov, 127 is silence; 255: not given */
	uint8_t vad;   /* RFC 6464 V bit */
	uint8_t restored; /* 1: it was lost; the frame came with a later packet (RED) */
	uint8_t gap;   /* 1: packets before this one (of its layer) are lost for good */
	uint8_t layer; /* of simulcast: which of its m-line's streams; 0: there is but one */
	uint8_t heard; /* of simulcast: set of layers that came in the last 100 ms */
	uint8_t turns; /* video-orientation: clockwise quarter turns, 0..3; 255: not given */
	uint8_t buf[TS_PACKET_CAP];
};

int ts_packet_pool_create(struct ts_packet_pool **out, size_t max_packets);
void ts_packet_pool_close(struct ts_packet_pool **pool);
/* data = buf, len = 0, refs = 1; NULL when at the limit or out of memory. */
struct ts_packet *ts_packet_get(struct ts_packet_pool *pool);
struct ts_packet *ts_packet_ref(struct ts_packet *p);
void ts_packet_unref(struct ts_packet **p);

#endif
