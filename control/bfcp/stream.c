#include "control/bfcp/stream.h"
#include <string.h>

uint8_t *ts_bfcp_stream_room(struct ts_bfcp_stream *s, size_t *n)
{
	*n = sizeof s->bytes - s->n;
	return s->bytes + s->n;
}

void ts_bfcp_stream_added(struct ts_bfcp_stream *s, size_t n)
{
	s->n += n;
}

enum ts_bfcp_framed ts_bfcp_stream_next(
	const struct ts_bfcp_stream *s, struct ts_bfcp_head *head, size_t *size)
{
	if (!ts_bfcp_read_head(head, s->bytes, s->n)) return TS_BFCP_FRAMED_NOT_YET;
	*size = TS_BFCP_HEADER_BYTES + 4u * head->words;
	if (head->fragment || *size > sizeof s->bytes) return TS_BFCP_FRAMED_BROKEN;
	return s->n < *size ? TS_BFCP_FRAMED_NOT_YET : TS_BFCP_FRAMED_MESSAGE;
}

void ts_bfcp_stream_drop(struct ts_bfcp_stream *s, size_t size)
{
	s->n -= size;
	memmove(s->bytes, s->bytes + size, s->n);
}
