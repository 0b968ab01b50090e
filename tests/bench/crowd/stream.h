/* stream - one outgoing RTP stream of a light participant: numbers, header extensions, sender
 * reports. No history: nothing is resent.
 *
 * Extensions in one block of the one-byte form: MID for the first 2 s; sound: RFC 6464 level;
 * video: abs-send-time.
 */
#ifndef TS_TESTS_BENCH_STREAM_H
#define TS_TESTS_BENCH_STREAM_H

#include "transport/transport.h"

struct ts_stream {
	const struct ts_media_config *media;
	uint32_t offset_rtp, last_rtp;
	uint16_t seq;
	uint64_t packets, bytes;
	int64_t first_ns, last_ns;
};

void ts_stream_init(struct ts_stream *stream, const struct ts_media_config *media);
/* Writes header and extensions to out; their length. media_time in units of the codec's clock. */
size_t ts_stream_header(struct ts_stream *stream, uint8_t *out, int64_t media_time, bool marker,
	uint8_t level, int64_t now_ns);
/* After the payload: its length counts. */
static inline void ts_stream_sent(struct ts_stream *s, size_t payload_len)
{
	s->packets++;
	s->bytes += payload_len;
}

#endif
