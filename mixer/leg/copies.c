#include "mixer/leg/copies.h"

#include "base/error.h"
#include <libavutil/avutil.h>

#define BACK_NS TS_NS_PER_S
#define PIECE_NS (20 * TS_NS_PER_MS) /* where nothing says how long it is */

int ts_copies_init(struct ts_copies *c)
{
	*c = (struct ts_copies){0};
	int err = ts_coded_create(&c->track[0].coded);
	if (!err) err = ts_coded_create(&c->track[1].coded);
	if (err) ts_copies_fini(c);
	return err;
}

static void forget(struct ts_copied_track *t)
{
	for (; t->n; t->n--) {
		av_packet_free(&t->wait[t->first]);
		t->first = (t->first + 1) % TS_COPIES_WAIT;
	}
}

void ts_copies_fini(struct ts_copies *c)
{
	for (int i = 0; i < 2; i++) {
		forget(&c->track[i]);
		ts_coded_unref(&c->track[i].coded);
	}
}

struct ts_coded *ts_copies_of(struct ts_copies *c, enum ts_media track)
{
	return c->track[track].coded;
}

static void replace(struct ts_copied_track *t)
{
	t->has_off = t->placed = false;
	t->skew_ns = 0;
}

void ts_copies_begin(struct ts_copies *c, enum ts_media track, struct ts_coded_format *format)
{
	struct ts_copied_track *t = &c->track[track];
	forget(t);
	replace(t);
	if (format) ts_coded_begin(t->coded, format);
}

/* Shown behind all that was before it: nothing that comes out of order refers to it. */
static bool is_newest(const struct ts_copied_track *t, const AVPacket *p)
{
	return !t->placed || p->pts == AV_NOPTS_VALUE ||
		p->pts + t->off_ns + t->skew_ns >= t->next_ns - BACK_NS / 1000 ||
		p->pts + t->off_ns + t->skew_ns < t->next_ns - BACK_NS;
}

static void follow(struct ts_copied_track *t, const struct ts_pace *pace, enum ts_media track)
{
	const int64_t off_ns = pace->track[track].off_ns;
	if (!t->has_off || t->off_ns != off_ns) t->skew_ns = 0;
	t->has_off = true;
	t->off_ns = off_ns;
	t->base_ns = pace->base_ns;
}

/* Its place, in the order of decoding: what B-frames refer to is ahead of them. */
static int64_t place(struct ts_copied_track *t, const AVPacket *p)
{
	const int64_t time_ns = p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
	const int64_t long_ns = p->duration > 0 ? p->duration : PIECE_NS;
	int64_t line_ns = t->placed ? t->next_ns : t->off_ns;
	if (time_ns != AV_NOPTS_VALUE) {
		line_ns = time_ns + t->off_ns + t->skew_ns;
		const int64_t gap_ns = line_ns - t->next_ns;
		if (t->placed && (gap_ns < -BACK_NS || gap_ns > TS_PACE_JUMP_NS)) {
			t->skew_ns -= gap_ns;
			line_ns = t->next_ns;
		}
	}
	if (!t->placed || line_ns + long_ns > t->next_ns) t->next_ns = line_ns + long_ns;
	t->placed = true;
	return line_ns;
}

static void give(struct ts_copied_track *t, const struct ts_pace *pace, enum ts_media track,
	AVPacket *packet)
{
	const int64_t ahead_ns = packet->pts != AV_NOPTS_VALUE && packet->dts != AV_NOPTS_VALUE
		? packet->pts - packet->dts
		: 0;
	const bool known = packet->dts != AV_NOPTS_VALUE;
	if (!t->has_off || is_newest(t, packet)) follow(t, pace, track);
	packet->pts = t->base_ns + place(t, packet);
	packet->dts = known ? packet->pts - ahead_ns : AV_NOPTS_VALUE;
	ts_coded_push(t->coded, packet);
}

/* What waits, once its time can be told. */
static void flush(struct ts_copied_track *t, const struct ts_pace *pace, enum ts_media track)
{
	if (!pace->started || !pace->track[track].known) return;
	while (t->n) {
		AVPacket **packet = &t->wait[t->first];
		t->first = (t->first + 1) % TS_COPIES_WAIT;
		t->n--;
		give(t, pace, track, *packet);
		av_packet_free(packet);
	}
}

void ts_copies_add(struct ts_copies *c, const struct ts_pace *pace, enum ts_media track,
	const AVPacket *packet)
{
	struct ts_copied_track *t = &c->track[track];
	if (t->n == TS_COPIES_WAIT) {
		av_packet_free(&t->wait[t->first]);
		t->first = (t->first + 1) % TS_COPIES_WAIT;
		t->n--;
	}
	AVPacket *own = av_packet_clone(packet);
	if (own) t->wait[(t->first + t->n++) % TS_COPIES_WAIT] = own;
	flush(t, pace, track);
}

void ts_copies_again(struct ts_copies *c, const struct ts_pace *pace)
{
	for (int i = 0; i < 2; i++) {
		flush(&c->track[i], pace, (enum ts_media)i);
		forget(&c->track[i]);
		replace(&c->track[i]);
	}
}
