/* stream - messages out of a TCP connection, cut at any byte. Pure.
 *
 *   bytes --room, added--> [ 1 KB ] --next--> one whole message --drop--> the next
 *
 * Thread  none; plain data.
 * Source  RFC 8855 6.1 (the payload length frames the stream).
 * Full    never: a message that does not fit breaks the stream, as one with F does, which has no
 *         place in a stream.
 */
#ifndef TS_CONTROL_BFCP_STREAM_H
#define TS_CONTROL_BFCP_STREAM_H

#include "control/bfcp/message.h"

struct ts_bfcp_stream {
	size_t n;
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
};

enum ts_bfcp_framed { TS_BFCP_FRAMED_NOT_YET, TS_BFCP_FRAMED_MESSAGE, TS_BFCP_FRAMED_BROKEN };

/* Where more bytes go, and how many: at least one after NOT_YET. */
uint8_t *ts_bfcp_stream_room(struct ts_bfcp_stream *stream, size_t *n);
void ts_bfcp_stream_added(struct ts_bfcp_stream *stream, size_t n);
/* MESSAGE: it is the first *size of stream->bytes, until it is dropped. */
enum ts_bfcp_framed ts_bfcp_stream_next(const struct ts_bfcp_stream *stream,
	struct ts_bfcp_head *head, size_t *size);
void ts_bfcp_stream_drop(struct ts_bfcp_stream *stream, size_t size);

#endif
