#include "codec/depacketize.h"
#include "base/bytes.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/registry.h"
#include "codec/rtp_format.h"
#include <assert.h>
#include <libavcodec/defs.h>
#include <stdlib.h>
#include <string.h>

enum {
	UNIT_FIRST_BYTES = 32 << 10,
	N_SLOTS = 2,
	/* How long a stream that lost its references is waited for: a keyframe was requested, which
	 * is better to begin at than a picture that just refers to no other. */
	WAIT_FOR_KEY_RTP = TS_VIDEO_CLOCK_HZ,
};

/* A unit that is being joined, or waits to be pulled. One packet can complete two: the unit before
 * it, which lacked its marker, and its own. */
struct slot {
	struct ts_unit unit;
	struct ts_unit_info info;
	bool key, ready;
};

struct ts_depacketizer {
	const struct ts_rtp_format *format;
	struct slot slots[N_SLOTS];
	int at;             /* slot being joined */
	uint32_t n_packets; /* in it; 0: none begun */
	uint32_t timestamp_rtp;
	bool broken;   /* references are missing until a keyframe */
	bool gap;      /* packets are lost right before the next unit */
	bool skipping; /* the unit of timestamp_rtp is lost: drop what still comes of it */
	bool began;    /* there was a keyframe */
	bool dating;   /* broken_since_rtp is yet to be set, by the next unit */
	uint32_t broken_since_rtp;
	/* Old room systems set the marker on each slice. Once that was seen, a unit ends by the
	 * next timestamp alone. */
	bool early_markers;
	bool ended_by_marker; /* the last unit, of timestamp_rtp, in the other slot */
	uint32_t ended_packets;
	/* as last given: senders repeat it with keyframes and when it changes (TS 26.114 7.4.5) */
	int rotation;
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

int ts_depacketizer_create(struct ts_depacketizer **out, enum ts_codec codec)
{
	const struct ts_codec_info *info = ts_codec_info(codec);
	if (!info || !info->rtp) return TS_EUNSUPPORTED;
	struct ts_depacketizer *d = calloc(1, sizeof *d + info->rtp->state_bytes);
	if (!d) return TS_ENOMEM;
	d->format = info->rtp;
	d->broken = true;
	d->gap = true; /* nothing vouches for the first packet being the first of its picture */
	*out = d;
	return 0;
}

void ts_depacketizer_destroy(struct ts_depacketizer **pd)
{
	struct ts_depacketizer *d = *pd;
	if (!d) return;
	*pd = NULL;
	if (d->format->fini) d->format->fini(d->state);
	for (int i = 0; i < N_SLOTS; i++) av_buffer_unref(&d->slots[i].unit.buf);
	free(d);
}

static void set_broken(struct ts_depacketizer *d)
{
	if (!d->broken) d->dating = true;
	d->broken = true;
}

/* The unit being joined cannot become whole. */
static void abandon(struct ts_depacketizer *d)
{
	d->n_packets = 0;
	set_broken(d);
	d->skipping = true;
}

/* True: a unit is there. */
static bool finish(struct ts_depacketizer *d)
{
	struct slot *s = &d->slots[d->at];
	int err = d->format->end(d->state, &s->unit, &s->key);
	d->ended_packets = d->n_packets;
	d->n_packets = 0;
	if (err == TS_EBADMSG) set_broken(d);
	if (err) return false;
	if (s->key) {
		d->broken = false;
		d->began = true;
	}
	s->info.broken = d->broken;
	s->info.rotation = d->rotation;
	s->info.timestamp_rtp = d->timestamp_rtp;
	s->ready = true;
	d->at = (d->at + 1) % N_SLOTS;
	return true;
}

/* Where the next unit may be begun at. */
static enum ts_entry entry_for(struct ts_depacketizer *d, uint32_t timestamp_rtp)
{
	if (!d->broken) return TS_ENTRY_KEY;
	if (d->dating) d->broken_since_rtp = timestamp_rtp;
	d->dating = false;
	bool waited = timestamp_rtp - d->broken_since_rtp >= WAIT_FOR_KEY_RTP;
	return !d->began || waited ? TS_ENTRY_ANY : TS_ENTRY_MARKED;
}

static void begin(struct ts_depacketizer *d, uint32_t timestamp_rtp)
{
	struct slot *s = &d->slots[d->at];
	if (s->ready) { /* nobody pulled it */
		s->ready = false;
		set_broken(d);
	}
	/* a pulled packet may still refer to the bytes; as a rule it is gone by now and the buffer
	 * is used again */
	if (s->unit.buf && !av_buffer_is_writable(s->unit.buf)) av_buffer_unref(&s->unit.buf);
	s->unit.len = 0;
	s->key = false;
	s->info = (struct ts_unit_info){0};
	d->timestamp_rtp = timestamp_rtp;
	d->skipping = false;
	d->ended_by_marker = false;
	d->format->begin(d->state, d->gap, entry_for(d, timestamp_rtp));
	d->gap = false;
}

/* The last unit ended too early: its marker was on a slice that is not the last. It is joined
 * further and given out once more, whole. */
static bool reopen(struct ts_depacketizer *d)
{
	int at = (d->at + N_SLOTS - 1) % N_SLOTS;
	struct ts_unit *unit = &d->slots[at].unit;
	/* as it was pulled it may still be read */
	if (unit->buf && !av_buffer_is_writable(unit->buf)) {
		AVBufferRef *copy = av_buffer_alloc(unit->buf->size);
		if (!copy) return false;
		memcpy(copy->data, unit->buf->data, unit->len);
		av_buffer_unref(&unit->buf);
		unit->buf = copy;
	}
	d->slots[at].ready = false;
	d->at = at;
	d->n_packets = d->ended_packets;
	d->early_markers = true;
	d->ended_by_marker = false;
	return true;
}

static bool is_more_of_the_last(const struct ts_depacketizer *d, const struct ts_packet *p)
{
	return !d->n_packets && d->ended_by_marker && !d->gap &&
		p->timestamp_rtp == d->timestamp_rtp && d->format->continues &&
		d->format->continues(d->state, p->payload, p->payload_len);
}

static int join(struct ts_depacketizer *d, const struct ts_packet *p)
{
	struct slot *s = &d->slots[d->at];
	s->info.arrival_ns = p->arrival_ns;
	s->info.capture_ns = p->capture_ns;
	if (p->turns <= 3) d->rotation = 90 * p->turns;
	int err = TS_ELIMIT;
	if (++d->n_packets <= TS_UNIT_MAX_PACKETS)
		err = d->format->join(d->state, &s->unit, p->payload, p->payload_len);
	if (err) abandon(d);
	if (err == TS_EAGAIN) return 0; /* joined in the middle: no fault of this packet */
	if (err) ts_count(TS_C_DROP_PAYLOAD_BAD);
	return err;
}

int ts_depacketizer_push(struct ts_depacketizer *d, const struct ts_packet *p)
{
	if (p->gap) {
		if (d->n_packets) abandon(d); /* its end may be among the lost */
		d->gap = true;
		set_broken(d);
	}
	if (!p->payload_len) return 0; /* only padding: probes for bandwidth */
	if (d->n_packets) {
		bool next = p->timestamp_rtp != d->timestamp_rtp ||
			(d->format->begins && d->format->begins(p->payload, p->payload_len));
		if (next) finish(d); /* some senders set no marker */
	}
	if (is_more_of_the_last(d, p)) {
		if (!reopen(d)) return TS_ENOMEM;
	} else if (!d->n_packets) {
		if (d->skipping && p->timestamp_rtp == d->timestamp_rtp) return 0;
		begin(d, p->timestamp_rtp);
	}
	int err = join(d, p);
	if (err || !d->n_packets || !p->marker || d->early_markers) return err;
	if (d->format->is_open && d->format->is_open(d->state)) return 0;
	d->ended_by_marker = finish(d);
	return 0;
}

void ts_depacketizer_lose_references(struct ts_depacketizer *d)
{
	set_broken(d);
}

void ts_depacketizer_parameter_sets(struct ts_depacketizer *d, const struct ts_parameter_sets *sets)
{
	struct ts_rd r = ts_rd(sets->bytes, sets->len);
	while (d->format->parameter_sets && ts_rd_left(&r)) {
		struct ts_rd nal = ts_rd_sub(&r, ts_rd_u16(&r));
		if (nal.bad) return;
		if (d->format->parameter_sets(d->state, nal.p, ts_rd_left(&nal)))
			ts_count(TS_C_DROP_PAYLOAD_BAD);
	}
}

int ts_depacketizer_pull(struct ts_depacketizer *d, AVPacket *out, struct ts_unit_info *info)
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
		set_broken(d);
		return TS_EAGAIN;
	}
	out->data = out->buf->data;
	out->size = (int)s->unit.len;
	out->flags = s->key ? AV_PKT_FLAG_KEY : 0;
	*info = s->info;
	return 0;
}
