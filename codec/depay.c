#include "codec/depay.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/registry.h"
#include "codec/rtp_format.h"
#include <assert.h>
#include <libavcodec/defs.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT_FIRST_BYTES = 32 << 10, N_SLOTS = 2 };

/* A unit that is being joined, or waits to be pulled. One packet can complete two: the unit before it, which lacked its
 * marker, and its own. */
struct slot {
	struct ts_unit unit;
	struct ts_unit_info info;
	bool key, ready;
};

struct ts_depay {
	const struct ts_rtp_format *format;
	struct slot slots[N_SLOTS];
	int at;             /* slot being joined */
	uint32_t n_packets; /* in it; 0: none begun */
	uint32_t timestamp_rtp;
	bool broken;   /* references are missing until a key picture */
	bool gap;      /* packets are lost right before the next unit */
	bool skipping; /* the unit of timestamp_rtp is lost: drop what still comes of it */
	int rotation;  /* as last given: senders repeat it with key pictures and when it changes (TS 26.114 7.4.5) */
	max_align_t state[];
};

uint8_t *ts_unit_add(struct ts_unit *unit, size_t n)
{
	size_t need = unit->len + n;
	if (need > TS_UNIT_MAX_BYTES) return NULL;
	if (!unit->buf || need + AV_INPUT_BUFFER_PADDING_SIZE > unit->buf->size) {
		size_t size = unit->buf ? unit->buf->size : UNIT_FIRST_BYTES;
		while (size < need + AV_INPUT_BUFFER_PADDING_SIZE) size *= 2;
		AVBufferRef *buf = av_buffer_alloc(size);
		if (!buf) return NULL;
		if (unit->buf) memcpy(buf->data, unit->buf->data, unit->len);
		av_buffer_unref(&unit->buf);
		unit->buf = buf;
	}
	unit->len = need;
	return unit->buf->data + need - n;
}

int ts_depay_create(struct ts_depay **out, enum ts_codec codec)
{
	const struct ts_codec_info *info = ts_codec_info(codec);
	if (!info || !info->rtp) return TS_EUNSUPPORTED;
	struct ts_depay *d = calloc(1, sizeof *d + info->rtp->state_bytes);
	if (!d) return TS_ENOMEM;
	d->format = info->rtp;
	d->broken = true;
	d->gap = true; /* nothing vouches for the first packet being the first of its picture */
	*out = d;
	return 0;
}

void ts_depay_destroy(struct ts_depay **pd)
{
	struct ts_depay *d = *pd;
	if (!d) return;
	*pd = NULL;
	if (d->format->fini) d->format->fini(d->state);
	for (int i = 0; i < N_SLOTS; i++) av_buffer_unref(&d->slots[i].unit.buf);
	free(d);
}

/* The unit being joined cannot become whole. */
static void abandon(struct ts_depay *d)
{
	d->n_packets = 0;
	d->broken = true;
	d->skipping = true;
}

static void finish(struct ts_depay *d)
{
	struct slot *s = &d->slots[d->at];
	int err = d->format->end(d->state, &s->unit, &s->key);
	d->n_packets = 0;
	if (err == TS_EBADMSG) d->broken = true;
	if (err) return;
	if (s->key) d->broken = false;
	s->info.broken = d->broken;
	s->info.rotation = d->rotation;
	s->info.timestamp_rtp = d->timestamp_rtp;
	s->ready = true;
	d->at = (d->at + 1) % N_SLOTS;
}

static void begin(struct ts_depay *d, uint32_t timestamp_rtp)
{
	struct slot *s = &d->slots[d->at];
	if (s->ready) { /* nobody pulled it */
		s->ready = false;
		d->broken = true;
	}
	/* a pulled packet may still refer to the bytes; as a rule it is gone by now and the buffer is used again */
	if (s->unit.buf && !av_buffer_is_writable(s->unit.buf)) av_buffer_unref(&s->unit.buf);
	s->unit.len = 0;
	s->key = false;
	s->info = (struct ts_unit_info){0};
	d->timestamp_rtp = timestamp_rtp;
	d->skipping = false;
	d->format->begin(d->state, d->gap);
	d->gap = false;
}

static int join(struct ts_depay *d, const struct ts_packet *p)
{
	struct slot *s = &d->slots[d->at];
	s->info.arrival_ns = p->arrival_ns;
	if (p->turns <= 3) d->rotation = 90 * p->turns;
	int err = TS_ELIMIT;
	if (++d->n_packets <= TS_UNIT_MAX_PACKETS)
		err = d->format->join(d->state, &s->unit, p->payload, p->payload_len);
	if (err) abandon(d);
	if (err == TS_EAGAIN) return 0; /* joined in the middle: no fault of this packet */
	if (err) ts_count(TS_C_DROP_PAYLOAD_BAD);
	return err;
}

int ts_depay_push(struct ts_depay *d, const struct ts_packet *p)
{
	if (p->gap) {
		if (d->n_packets) abandon(d); /* its end may be among the lost */
		d->gap = true;
		d->broken = true;
	}
	if (!p->payload_len) return 0; /* only padding: probes for bandwidth */
	if (d->n_packets) {
		bool next = p->timestamp_rtp != d->timestamp_rtp ||
			(d->format->begins && d->format->begins(p->payload, p->payload_len));
		if (next) finish(d); /* some senders set no marker */
	}
	if (!d->n_packets) {
		if (d->skipping && p->timestamp_rtp == d->timestamp_rtp) return 0;
		begin(d, p->timestamp_rtp);
	}
	int err = join(d, p);
	if (!err && d->n_packets && p->marker) finish(d);
	return err;
}

int ts_depay_pull(struct ts_depay *d, AVPacket *out, struct ts_unit_info *info)
{
	/* if both are ready, the one to be joined next is the older */
	struct slot *s = &d->slots[d->at];
	if (!s->ready) s = &d->slots[(d->at + 1) % N_SLOTS];
	if (!s->ready) return TS_EAGAIN;
	s->ready = false;
	memset(s->unit.buf->data + s->unit.len, 0, AV_INPUT_BUFFER_PADDING_SIZE);
	av_packet_unref(out);
	out->buf = av_buffer_ref(s->unit.buf);
	if (!out->buf) {
		d->broken = true;
		return TS_EAGAIN;
	}
	out->data = out->buf->data;
	out->size = (int)s->unit.len;
	out->flags = s->key ? AV_PKT_FLAG_KEY : 0;
	*info = s->info;
	return 0;
}
