#include "control/ingest/rtmp_chunks.h"

#include "base/bytes.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 1024 };
#define EXTENDED 0xffffff

void ts_rtmp_chunks_init(struct ts_rtmp_chunks *c, size_t message_max)
{
	*c = (struct ts_rtmp_chunks){.chunk_size = TS_RTMP_CHUNK_SIZE, .message_max = message_max};
}

void ts_rtmp_chunks_fini(struct ts_rtmp_chunks *c)
{
	for (size_t i = 0; i < TS_RTMP_CHUNK_STREAMS; i++) free(c->streams[i].body);
	*c = (struct ts_rtmp_chunks){0};
}

static struct ts_rtmp_chunk_stream *find(struct ts_rtmp_chunks *c, uint32_t id)
{
	for (size_t i = 0; i < TS_RTMP_CHUNK_STREAMS; i++)
		if (c->streams[i].id == id) return &c->streams[i];
	return NULL;
}

static void drop_body(struct ts_rtmp_chunks *c, struct ts_rtmp_chunk_stream *s)
{
	c->held -= s->cap;
	free(s->body);
	s->body = NULL;
	s->cap = s->filled = 0;
}

void ts_rtmp_chunks_abort(struct ts_rtmp_chunks *c, uint32_t id)
{
	struct ts_rtmp_chunk_stream *s = id ? find(c, id) : NULL;
	if (s) drop_body(c, s);
}

/* ---- headers */

/* 5.3.1.1: one byte for 2 to 63, two for 64 to 319, three for 64 to 65599 */
static size_t basic_len(uint8_t first)
{
	return (first & 63) == 0 ? 2 : (first & 63) == 1 ? 3 : 1;
}

static uint32_t id_of(const uint8_t *h)
{
	switch (h[0] & 63) {
	case 0: return 64u + h[1];
	case 1: return 64u + h[1] + 256u * h[2];
	default: return h[0] & 63;
	}
}

/* How long the header is, as far as can be told from what has come: never shorter than that. */
static size_t header_len(struct ts_rtmp_chunks *c)
{
	static const size_t message_len[] = {11, 7, 3, 0}; /* 5.3.1.2 */
	const uint8_t *h = c->header;
	const size_t basic = basic_len(h[0]), len = basic + message_len[h[0] >> 6];
	if (c->n_header < len) return len;
	if (h[0] >> 6 == 3) {
		const struct ts_rtmp_chunk_stream *s = find(c, id_of(h));
		return s && s->extended ? len + 4 : len;
	}
	struct ts_rd r = ts_rd(h + basic, 3);
	return ts_rd_u24(&r) == EXTENDED ? len + 4 : len;
}

static struct ts_rtmp_chunk_stream *stream_of(struct ts_rtmp_chunks *c, unsigned format)
{
	const uint32_t id = id_of(c->header);
	struct ts_rtmp_chunk_stream *s = find(c, id);
	/* only a whole header may begin one */
	if (s || format != 0) return s;
	s = find(c, 0);
	if (s) s->id = id;
	return s;
}

static int read_header(struct ts_rtmp_chunks *c)
{
	const unsigned format = c->header[0] >> 6;
	struct ts_rd r = ts_rd(c->header, c->n_header);
	ts_rd_bytes(&r, basic_len(c->header[0]));
	struct ts_rtmp_chunk_stream *s = stream_of(c, format);
	if (!s) return format == 0 ? TS_ELIMIT : TS_EBADMSG;
	/* a message that begins anew in the middle of one is that one's end */
	if (format != 3 && s->filled) drop_body(c, s);
	uint32_t time = s->delta;
	if (format < 3) {
		time = ts_rd_u24(&r);
		s->extended = time == EXTENDED;
	}
	if (format < 2) {
		s->len = ts_rd_u24(&r);
		s->type = ts_rd_u8(&r);
	}
	if (format == 0) {
		const uint32_t low = ts_rd_u8(&r);
		s->stream = low | (uint32_t)ts_rd_u8(&r) << 8;
		s->stream |= (uint32_t)ts_rd_u8(&r) << 16;
		s->stream |= (uint32_t)ts_rd_u8(&r) << 24;
	}
	if (s->extended) time = ts_rd_u32(&r);
	if (r.bad) return TS_EBADMSG;
	if (s->len > c->message_max) return TS_ELIMIT;
	if (!s->filled) {
		s->delta = time;
		s->timestamp = format == 0 ? time : s->timestamp + time;
	}
	c->now = s;
	c->left = s->len - s->filled < c->chunk_size ? s->len - s->filled : c->chunk_size;
	return 0;
}

/* ---- bodies */

static int make_room(struct ts_rtmp_chunks *c, struct ts_rtmp_chunk_stream *s, size_t need)
{
	if (need <= s->cap) return 0;
	size_t cap = s->cap ? s->cap : FIRST_BYTES;
	while (cap < need) cap *= 2;
	if (cap > s->len) cap = s->len;
	if (c->held - s->cap + cap > 2 * c->message_max) return TS_ELIMIT;
	uint8_t *body = realloc(s->body, cap);
	if (!body) return TS_ENOMEM;
	c->held += cap - s->cap;
	s->body = body;
	s->cap = cap;
	return 0;
}

static int append_body(struct ts_rtmp_chunks *c, struct ts_rd *r)
{
	struct ts_rtmp_chunk_stream *s = c->now;
	const size_t n = c->left < ts_rd_left(r) ? c->left : ts_rd_left(r);
	if (!n) return 0;
	const int err = make_room(c, s, s->filled + n);
	if (err) return err;
	memcpy(s->body + s->filled, ts_rd_bytes(r, n), n);
	s->filled += n;
	c->left -= n;
	return 0;
}

static int end_chunk(struct ts_rtmp_chunks *c,
	int (*fn)(void *arg, const struct ts_rtmp_message *message), void *arg)
{
	struct ts_rtmp_chunk_stream *s = c->now;
	c->now = NULL;
	c->n_header = 0;
	if (s->filled < s->len) return 0;
	const struct ts_rtmp_message message = {s->type, s->stream, s->timestamp, s->body, s->len};
	const int err = fn(arg, &message);
	drop_body(c, s);
	return err;
}

int ts_rtmp_chunks_feed(struct ts_rtmp_chunks *c, const uint8_t *bytes, size_t n,
	int (*fn)(void *arg, const struct ts_rtmp_message *message), void *arg)
{
	struct ts_rd r = ts_rd(bytes, n);
	int err = 0;
	while (!err && ts_rd_left(&r)) {
		if (c->now) {
			err = append_body(c, &r);
		} else {
			c->header[c->n_header++] = ts_rd_u8(&r);
			if (c->n_header < header_len(c)) continue;
			err = read_header(c);
		}
		if (!err && !c->left) err = end_chunk(c, fn, arg);
	}
	return err;
}
