/* rtmp_chunks - the chunk stream of RTMP: bytes as they come, in pieces of any size, to messages.
 *
 *   bytes --feed--> header, byte by byte --> chunk --appended--> [ a buffer for each chunk stream ]
 *                                                     whole: message --> fn
 *
 * Memory is taken as bytes come, not as lengths claim.
 * Pure. Thread  the owner's.
 * Source  Adobe's RTMP 1.0, 5.3.
 * Full    TS_RTMP_CHUNK_STREAMS, a chunk size of TS_RTMP_CHUNK_MAX, messages of `message_max`, and
 *         twice that for all that are not whole yet; more is bad.
 */
#ifndef TS_CONTROL_INGEST_RTMP_CHUNKS_H
#define TS_CONTROL_INGEST_RTMP_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_RTMP_CHUNK_STREAMS = 16,
	TS_RTMP_CHUNK_MAX = 65536,
	TS_RTMP_CHUNK_SIZE = 128, /* until somebody says otherwise */
	TS_RTMP_HEADER_MAX = 18
};

struct ts_rtmp_message {
	uint8_t type;
	uint32_t stream, timestamp; /* ms, wraps */
	const uint8_t *body;        /* while fn runs */
	size_t len;
};

struct ts_rtmp_chunk_stream {
	uint32_t id; /* 0: free */
	bool extended; /* the last header had an extended timestamp */
	uint8_t type;
	uint32_t stream, timestamp, delta, len;
	uint8_t *body;
	size_t cap, filled;
};

struct ts_rtmp_chunks {
	struct ts_rtmp_chunk_stream streams[TS_RTMP_CHUNK_STREAMS];
	struct ts_rtmp_chunk_stream *now; /* whose bytes are coming; NULL: a header is */
	uint8_t header[TS_RTMP_HEADER_MAX];
	size_t n_header, left; /* of the chunk */
	size_t chunk_size, message_max, held;
};

void ts_rtmp_chunks_init(struct ts_rtmp_chunks *chunks, size_t message_max);
void ts_rtmp_chunks_fini(struct ts_rtmp_chunks *chunks);
/* TS_EBADMSG, TS_ELIMIT, TS_ENOMEM; what fn returns but 0 ends it, and is returned. Only fini may
 * follow an error. fn may change chunk_size and message_max. */
int ts_rtmp_chunks_feed(struct ts_rtmp_chunks *chunks, const uint8_t *bytes, size_t n,
	int (*fn)(void *arg, const struct ts_rtmp_message *message), void *arg);
/* What has come of that chunk stream's message is forgotten (5.4.2). */
void ts_rtmp_chunks_abort(struct ts_rtmp_chunks *chunks, uint32_t id);

#endif
