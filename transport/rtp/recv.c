#include "transport/rtp/recv.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "transport/rtp/keystart.h"
#include "transport/rtp/red.h"
#include "transport/rtp/repair.h"
#include "transport/rtp/restart.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/rtp.h"
#include "transport/rtp/seen.h"
#include "transport/rtp/stats.h"
#include "transport/rtp/timeline.h"

#include <stdlib.h>

enum {
	RING = 512,          /* packets; a power of two */
	DROPOUT_MAX = 3000,  /* RFC 3550 A.1: larger jumps are a restart, not a loss */
	MISORDER_MAX = 1000, /* older is a restart as well; the duplicate window is larger */
	/* video: more missing at once is not worth asking for, a keyframe is sooner here; or it is
	 * no loss at all */
	HOLE_MAX = 96,
	/* nor are so many in all: that is a way which carries less than is sent, and repeating them
	 * would fill it for seconds, before the keyframe that is needed then */
	MISSING_MAX = 32,
	RETIRED = 4,
};
#define SILENT_NS (100 * TS_NS_PER_MS) /* then a retired SSRC may be back */
#define STRAY_NS (2 * TS_NS_PER_S)
#define SWAMPED_NS (100 * TS_NS_PER_MS)
#define KEYFRAME_NS TS_NS_PER_S /* so long may one take to come, on a thin way */

enum slot_state {
	SLOT_FREE,
	SLOT_MISSING,
	SLOT_HELD,
	SLOT_EMPTY /* came, had padding only */,
	SLOT_DONE,
	SLOT_LOST
};

/* What is known of number `seq`; a slot whose seq is another one knows nothing of it. */
struct slot {
	int64_t seq;
	struct ts_packet *packet;  /* SLOT_HELD */
	struct ts_request request; /* SLOT_MISSING */
	uint8_t state;
};

struct ts_rtp_recv {
	struct ts_media_config media;
	struct ts_rtp_recv_out out;
	uint32_t local_ssrc;

	bool started;
	bool ended;                /* by BYE */
	uint32_t ssrc, rtx_ssrc;   /* rtx_ssrc 0: none seen */
	uint32_t retired[RETIRED]; /* SSRCs that newer ones replaced */
	unsigned retired_at;
	/* does not fit in; its successor would make it the new beginning */
	struct ts_packet *stray;
	int64_t last_ns; /* arrival of the latest packet of ssrc */
	struct ts_restart restart;

	/* all extended; they never go down, restarts included */
	int64_t base, high; /* first and highest of this SSRC */
	int64_t next;       /* video: next to be delivered; [next .. high] are in the ring */
	struct slot *ring;  /* [RING]; video only */
	unsigned n_missing;
	bool gap; /* something was lost before `next` */
	bool unwanted;
	struct ts_seen seen; /* audio */
	struct ts_repair repair;
	int64_t due_ns;
	bool wants_keyframe;  /* beside a second NACK */
	bool still_hopes;     /* for what was asked for there */
	bool awaits_keyframe; /* one was requested, and has not begun to come */
	/* when it did, while it comes: nothing of it is lost, nothing behind it is here; 0: not
	 * so */
	int64_t keyframe_began_ns;
	uint32_t keyframe_rtp; /* its timestamp */

	struct ts_rtp_stats stats;
	struct ts_timeline timeline;
	uint64_t unique; /* audio: of this SSRC, doubles left out */
	uint64_t packets, bytes, lost, restored;
};

int ts_rtp_recv_create(struct ts_rtp_recv **out, const struct ts_media_config *media,
	uint32_t local_ssrc, const struct ts_rtp_recv_out *consumer)
{
	struct ts_rtp_recv *r = calloc(1, sizeof(*r));
	if (!r) return TS_ENOMEM;
	if (media->kind == TS_VIDEO && media->n_pt && !(r->ring = calloc(RING, sizeof(*r->ring)))) {
		free(r);
		return TS_ENOMEM;
	}
	r->media = *media;
	r->out = *consumer;
	r->local_ssrc = local_ssrc;
	r->due_ns = INT64_MAX;
	*out = r;
	return 0;
}

void ts_rtp_recv_update(struct ts_rtp_recv *r, const struct ts_media_config *media)
{
	r->media = *media;
	if (r->stray) ts_packet_unref(&r->stray); /* its payload type may be gone */
}

void ts_rtp_recv_destroy(struct ts_rtp_recv **recv)
{
	struct ts_rtp_recv *r = *recv;
	if (!r) return;
	for (int i = 0; r->ring && i < RING; i++)
		if (r->ring[i].packet) ts_packet_unref(&r->ring[i].packet);
	if (r->stray) ts_packet_unref(&r->stray);
	free(r->ring);
	free(r);
	*recv = NULL;
}

static void drop(struct ts_packet *p, enum ts_counter why)
{
	ts_count(why);
	ts_packet_unref(&p);
}

static const struct ts_pt *find_pt(const struct ts_rtp_recv *r, int pt)
{
	for (size_t i = 0; i < r->media.n_pt; i++)
		if (r->media.pt[i].pt == pt) return &r->media.pt[i];
	return NULL;
}

/* ---- video: the ring ---- */

static struct slot *slot_of(const struct ts_rtp_recv *r, int64_t seq)
{
	return &r->ring[seq & (RING - 1)];
}

static bool asks(const struct ts_rtp_recv *r)
{
	return r->media.nack && !r->unwanted;
}

static void deliver(struct ts_rtp_recv *r, struct ts_packet *p)
{
	if (p->timestamp_rtp != r->keyframe_rtp) r->keyframe_began_ns = 0; /* it is whole */
	p->gap = r->gap;
	r->gap = false;
	if (r->out.clock)
		p->capture_ns = ts_timeline_capture_ns(
			&r->timeline, r->out.clock, p->timestamp_rtp, p->arrival_ns);
	r->out.packet(r->out.arg, p);
}

/* Moves `next` over its slot, whatever that holds. */
static void advance(struct ts_rtp_recv *r)
{
	struct slot *s = slot_of(r, r->next++);
	if (s->state == SLOT_HELD) {
		struct ts_packet *p = s->packet;
		s->packet = NULL;
		s->state = SLOT_DONE;
		deliver(r, p);
	} else if (s->state == SLOT_MISSING) {
		s->state = SLOT_LOST;
		r->n_missing--;
		r->lost += !r->unwanted;
		r->gap = true;
		r->keyframe_began_ns = 0;
	} else {
		s->state = SLOT_DONE;
	}
}

/* What is not here of before `until` is given up. */
static void give_up_before(struct ts_rtp_recv *r, int64_t until)
{
	while (r->next < until) advance(r);
}

static void deliver_ready(struct ts_rtp_recv *r)
{
	while (r->next <= r->high && slot_of(r, r->next)->state != SLOT_MISSING) advance(r);
}

static void note_missing(struct ts_rtp_recv *r, int64_t from, int64_t to, int64_t now_ns)
{
	for (int64_t seq = from; seq < to; seq++) {
		struct slot *s = slot_of(r, seq);
		*s = (struct slot){.seq = seq, .request.since_ns = now_ns, .state = SLOT_MISSING};
		r->n_missing++;
		int64_t due = ts_repair_due_ns(&r->repair, &s->request, asks(r));
		if (due < r->due_ns) r->due_ns = due;
	}
}

/* It came again because we had asked for it. */
static void note_answer(struct ts_rtp_recv *r, const struct slot *s, int64_t now_ns)
{
	/* others may be due sooner than was thought */
	if (ts_repair_answered(&r->repair, &s->request, now_ns)) r->due_ns = now_ns;
}

/* They are only late where the first has been missing for a moment. */
static bool is_swamped(const struct ts_rtp_recv *r, int64_t now_ns)
{
	return r->n_missing > MISSING_MAX &&
		now_ns - slot_of(r, r->next)->request.since_ns >= SWAMPED_NS;
}

static void receive_video(struct ts_rtp_recv *r, struct ts_packet *p, bool repaired, int64_t now_ns)
{
	int64_t seq = p->ext_seq;
	struct slot *s = slot_of(r, seq);
	bool known = s->seq == seq && seq <= r->high;
	if (known && s->state != SLOT_MISSING && s->state != SLOT_LOST) {
		drop(p, TS_C_DROP_DUPLICATE);
		return;
	}
	if (seq < r->next) {
		if (known && repaired) note_answer(r, s, now_ns);
		drop(p, TS_C_DROP_LATE);
		return;
	}
	if (known) {
		r->n_missing--;
		if (repaired) {
			note_answer(r, s, now_ns);
			ts_repair_in_order(&r->repair);
		} else {
			ts_repair_late(&r->repair, &s->request, now_ns);
		}
	} else {
		/* the ring is as long as it is: what it cannot hold any longer is given up */
		bool is_hole = seq - r->high > HOLE_MAX;
		while ((is_hole || seq - r->next >= RING) && r->next <= r->high) advance(r);
		if (is_hole) {
			if (!r->unwanted) r->lost += (uint64_t)(seq - r->next);
			r->gap = true;
			r->next = seq;
			r->high = seq - 1;
		}
		note_missing(r, r->high + 1, seq, now_ns);
		if (is_swamped(r, now_ns)) give_up_before(r, seq);
		r->high = seq;
	}
	*s = (struct slot){.seq = seq, .state = p->payload_len ? SLOT_HELD : SLOT_EMPTY};
	if (r->awaits_keyframe && ts_begins_keyframe(p->codec, p->payload, p->payload_len)) {
		r->awaits_keyframe = false;
		give_up_before(r, seq);
		r->keyframe_began_ns = now_ns;
		r->keyframe_rtp = p->timestamp_rtp;
	}
	if (p->payload_len)
		s->packet = p;
	else
		ts_packet_unref(&p);
	deliver_ready(r);
}

/* ---- audio: only duplicates are taken out ---- */

static void receive_audio(struct ts_rtp_recv *r, struct ts_packet *p)
{
	if (!ts_seen_add(&r->seen, r->high, p->ext_seq)) {
		drop(p, TS_C_DROP_DUPLICATE);
		return;
	}
	if (p->ext_seq > r->high) r->high = p->ext_seq;
	r->unique++;
	deliver(r, p);
}

/* ---- RED: what comes again with later packets */

/* The frame of a lost packet, as if that had come now. */
static void restore(
	struct ts_rtp_recv *r, const struct ts_packet *p, int64_t seq, const struct ts_red_block *b)
{
	struct ts_packet *lost = ts_packet_get(p->pool);
	if (!lost) {
		ts_count(TS_C_DROP_NO_BUFFER);
		return;
	}
	/* it is part of p, so it fits */
	memcpy(lost->data, b->data, b->len);
	lost->payload = lost->data;
	lost->payload_len = lost->len = b->len;
	lost->ext_seq = seq;
	lost->seq = (uint16_t)seq;
	lost->ssrc = p->ssrc;
	lost->timestamp_rtp = p->timestamp_rtp - b->offset;
	lost->arrival_ns = p->arrival_ns;
	lost->pt = b->pt;
	lost->codec = TS_CODEC_OPUS;
	lost->level = 255; /* the header's is that of the last frame */
	lost->turns = 255;
	lost->restored = 1;
	r->restored++;
	ts_count(TS_C_RED_RESTORED);
	receive_audio(r, lost);
}

static bool is_opus(const struct ts_rtp_recv *r, uint8_t pt)
{
	const struct ts_pt *found = find_pt(r, pt);
	return found && found->codec == TS_CODEC_OPUS;
}

/* Senders repeat the packets right before: the last block but one is of the number before. Offsets
 * that do not fall towards the end say something else. */
static void receive_red(struct ts_rtp_recv *r, struct ts_packet *p)
{
	struct ts_red red;
	if (ts_red_parse(&red, p->payload, p->payload_len) ||
		!is_opus(r, red.block[red.n - 1].pt)) {
		drop(p, TS_C_DROP_PAYLOAD_BAD);
		return;
	}
	for (size_t i = 0; i + 1 < red.n; i++) {
		const struct ts_red_block *b = &red.block[i];
		const int64_t seq = p->ext_seq - (int64_t)(red.n - 1 - i);
		if (b->len && b->offset > b[1].offset && is_opus(r, b->pt) && seq >= r->base &&
			ts_seen_lacks(&r->seen, r->high, seq))
			restore(r, p, seq, b);
	}
	const struct ts_red_block *last = &red.block[red.n - 1];
	p->payload += last->data - p->payload;
	p->payload_len = last->len;
	p->pt = last->pt;
	p->codec = TS_CODEC_OPUS;
	receive_audio(r, p);
}

/* ---- which stream, and where in it ---- */

static bool is_retired(const struct ts_rtp_recv *r, uint32_t ssrc)
{
	for (int i = 0; i < RETIRED; i++)
		if (r->retired[i] && r->retired[i] == ssrc) return true;
	return false;
}

static void retire(struct ts_rtp_recv *r, uint32_t ssrc)
{
	if (ssrc && !is_retired(r, ssrc)) r->retired[r->retired_at++ % RETIRED] = ssrc;
}

/* Lost so far in the present SSRC, by numbers; RFC 3550 A.3. */
static int64_t audio_lost(const struct ts_rtp_recv *r)
{
	int64_t n = r->started ? r->high - r->base + 1 - (int64_t)r->unique : 0;
	return n > 0 ? n : 0;
}

/* Makes (ssrc, seq) the beginning of the stream. */
static void begin(struct ts_rtp_recv *r, uint32_t ssrc, uint16_t seq)
{
	if (r->started) {
		while (r->ring && r->next <= r->high) advance(r);
		if (!r->ring) r->lost += (uint64_t)audio_lost(r);
		if (ssrc != r->ssrc) {
			if (is_retired(r, ssrc)) /* it is back, its RTX too */
				memset(r->retired, 0, sizeof(r->retired));
			retire(r, r->ssrc);
			retire(r, r->rtx_ssrc);
			r->rtx_ssrc = 0;
		}
		r->gap = true;
	}
	ts_timeline_restart(&r->timeline); /* its timestamps may have begun anew as well */
	/* one round of numbers is left out, so that nothing of before is taken for something
	 * near */
	r->base = r->next = ((r->high >> 16) + 2) << 16 | seq;
	r->high = r->base - 1;
	r->started = true;
	r->ended = false;
	r->ssrc = ssrc;
	r->due_ns = INT64_MAX;
	ts_restart_ahead(&r->restart);
	ts_rtp_stats_restart(&r->stats);
	r->unique = 0;
	r->seen = (struct ts_seen){0};
}

static void receive(struct ts_rtp_recv *r, struct ts_packet *p, const struct ts_pt *pt,
	bool repaired, int64_t now_ns)
{
	p->codec = pt->codec;
	p->ext_seq = ts_seq_extend(r->high, p->seq);
	if (!repaired) {
		r->last_ns = now_ns;
		ts_rtp_stats_packet(&r->stats, p, pt->clock_hz);
	}
	ts_timeline_captured(&r->timeline, p->capture_ntp, p->timestamp_rtp, pt->clock_hz, now_ns);
	if (r->ring)
		receive_video(r, p, repaired, now_ns);
	else if (pt->codec == TS_CODEC_RED && p->payload_len)
		receive_red(r, p);
	else
		receive_audio(r, p);
}

/* A packet that does not fit in: one alone is a stray, two in sequence are where the stream goes on
 * (RFC 3550 A.1). */
static void receive_stray(
	struct ts_rtp_recv *r, struct ts_packet *p, const struct ts_pt *pt, int64_t now_ns)
{
	if (p->ssrc != r->ssrc && is_retired(r, p->ssrc) && now_ns - r->last_ns < SILENT_NS) {
		drop(p, TS_C_DROP_RTP_SSRC);
		return;
	}
	struct ts_packet *first = r->stray;
	r->stray = NULL;
	if (!first || first->ssrc != p->ssrc || (uint16_t)(first->seq + 1) != p->seq ||
		now_ns - first->arrival_ns > STRAY_NS) {
		if (first) drop(first, TS_C_DROP_RTP_SSRC);
		r->stray = p;
		return;
	}
	const struct ts_pt *first_pt = find_pt(r, first->pt);
	begin(r, first->ssrc, first->seq);
	receive(r, first, first_pt, false, now_ns);
	receive(r, p, pt, false, now_ns);
}

/* RFC 4588 4: turns p in place into the packet that it repeats; NULL, and p is gone, when it
 * repeats nothing of ours.
 */
static const struct ts_pt *unwrap(
	struct ts_rtp_recv *r, struct ts_packet *p, const struct ts_pt *rtx)
{
	const struct ts_pt *pt = find_pt(r, rtx->apt);
	if (!pt || pt->apt >= 0) {
		drop(p, TS_C_DROP_RTP_PT);
		return NULL;
	}
	if (!r->started || is_retired(r, p->ssrc)) {
		drop(p, TS_C_DROP_RTP_SSRC);
		return NULL;
	}
	r->rtx_ssrc = p->ssrc;
	if (p->payload_len < 2) { /* no number in it: padding that probes for bandwidth */
		ts_packet_unref(&p);
		return NULL;
	}
	p->seq = (uint16_t)(p->payload[0] << 8 | p->payload[1]);
	p->payload += 2;
	p->payload_len -= 2;
	p->ssrc = r->ssrc;
	p->pt = pt->pt;
	return pt;
}

static bool is_near(const struct ts_rtp_recv *r, const struct ts_packet *p)
{
	int ahead = ts_seq_diff(p->seq, (uint16_t)r->high);
	return p->ssrc == r->ssrc && ahead <= DROPOUT_MAX && ahead >= -MISORDER_MAX;
}

/* Did the sender set its numbers back by so little that p looks late? */
static bool is_set_back(struct ts_rtp_recv *r, const struct ts_packet *p, int64_t now_ns)
{
	int ahead = ts_seq_diff(p->seq, (uint16_t)r->high);
	if (ahead > 0) {
		ts_restart_ahead(&r->restart);
		return false;
	}
	if (r->ring) {
		const struct slot *s = slot_of(r, r->high + ahead);
		/* late indeed */
		if (s->seq == r->high + ahead && s->state == SLOT_MISSING) return false;
	}
	return ts_restart_behind(&r->restart, p->seq, now_ns);
}

void ts_rtp_recv_packet(struct ts_rtp_recv *r, struct ts_packet *p, int64_t now_ns)
{
	r->packets++;
	r->bytes += p->len;
	const struct ts_pt *pt = find_pt(r, p->pt);
	if (!pt) {
		drop(p, TS_C_DROP_RTP_PT);
		return;
	}
	bool repaired = pt->apt >= 0 && pt->codec != TS_CODEC_RED;
	if (repaired && !(pt = unwrap(r, p, pt))) return;
	if (!r->started) begin(r, p->ssrc, p->seq);

	bool fits = is_near(r, p);
	bool follows = r->stray && r->stray->ssrc == p->ssrc; /* then not without the first */
	if (!repaired && (fits ? is_set_back(r, p, now_ns) : r->ended && !follows)) {
		begin(r, p->ssrc, p->seq);
		fits = true;
	}
	int ahead = ts_seq_diff(p->seq, (uint16_t)r->high);
	if (repaired && (!fits || ahead >= RING)) {
		drop(p, TS_C_DROP_LATE);
	} else if (!fits) {
		receive_stray(r, p, pt, now_ns);
	} else {
		if (repaired) ts_count(TS_C_RTX_GOT);
		receive(r, p, pt, repaired, now_ns);
	}
}

/* ---- what is due ---- */

static void give_up(struct ts_rtp_recv *r, int64_t now_ns)
{
	while (r->next <= r->high) {
		struct slot *s = slot_of(r, r->next);
		if (s->state == SLOT_MISSING &&
			now_ns - s->request.since_ns < ts_repair_patience_ns(&r->repair, asks(r)))
			return;
		advance(r);
	}
}

/* Numbers whose turn to be asked for has come; books the asking. */
static size_t ask(struct ts_rtp_recv *r, uint16_t seqs[static RING], int64_t now_ns)
{
	size_t n = 0;
	r->due_ns = INT64_MAX;
	for (int64_t seq = r->next; r->n_missing && seq <= r->high; seq++) {
		struct slot *s = slot_of(r, seq);
		if (s->state != SLOT_MISSING) continue;
		if (asks(r) && ts_repair_due_ns(&r->repair, &s->request, true) <= now_ns) {
			seqs[n++] = (uint16_t)seq;
			r->wants_keyframe |= s->request.asked && ts_repair_is_short(&r->repair);
			s->request.asked_ns = now_ns;
			s->request.asked_again = s->request.asked;
			s->request.asked = true;
		}
		int64_t due = ts_repair_due_ns(&r->repair, &s->request, asks(r));
		if (due < r->due_ns) r->due_ns = due;
	}
	return n;
}

void ts_rtp_recv_run(struct ts_rtp_recv *r, struct ts_wr *w, int64_t now_ns)
{
	if (now_ns < r->due_ns) return;
	give_up(r, now_ns);
	uint16_t seqs[RING];
	size_t n = ask(r, seqs, now_ns);
	if (n == 0) return;
	/* all within the ring, so at most 31 entries: always small enough for one packet */
	ts_rtcp_write_nack(w, r->local_ssrc, r->ssrc, seqs, n);
	ts_count_add(TS_C_NACKS_SENT, (int64_t)n);
}

bool ts_rtp_recv_wants_keyframe(struct ts_rtp_recv *r)
{
	bool wants = r->wants_keyframe;
	r->wants_keyframe = false;
	r->still_hopes |= wants;
	return wants;
}

int64_t ts_rtp_recv_due_ns(const struct ts_rtp_recv *r)
{
	return r->n_missing ? r->due_ns : INT64_MAX;
}

/* ---- reports ---- */

void ts_rtp_recv_sender_report(
	struct ts_rtp_recv *r, uint32_t ssrc, uint64_t ntp, uint32_t timestamp_rtp, int64_t now_ns)
{
	/* RTX has reports of its own, about another stream */
	if (r->out.clock && r->started && ssrc == r->ssrc)
		ts_timeline_report(
			&r->timeline, r->out.clock, ntp, timestamp_rtp, r->stats.clock_hz, now_ns);
	ts_rtp_stats_sender_report(&r->stats, ssrc, ntp, now_ns);
}

void ts_rtp_recv_bye(struct ts_rtp_recv *r, uint32_t ssrc)
{
	if (r->started && ssrc == r->ssrc) r->ended = true;
}

void ts_rtp_recv_set_wanted(struct ts_rtp_recv *r, bool wanted)
{
	r->unwanted = !wanted;
}

void ts_rtp_recv_set_rtt(struct ts_rtp_recv *r, int64_t rtt_ns)
{
	ts_repair_told(&r->repair, rtt_ns);
}

int64_t ts_rtp_recv_rtt_ns(const struct ts_rtp_recv *r)
{
	return ts_repair_rtt_ns(&r->repair);
}

void ts_rtp_recv_await_keyframe(struct ts_rtp_recv *r)
{
	if (!r->ring || !r->started) return;
	if (!r->still_hopes) give_up_before(r, r->high + 1);
	r->still_hopes = false;
	r->awaits_keyframe = true;
}

bool ts_rtp_recv_keyframe_comes(const struct ts_rtp_recv *r, int64_t since_ns, int64_t now_ns)
{
	return r->keyframe_began_ns && r->keyframe_began_ns >= since_ns &&
		now_ns - r->keyframe_began_ns < KEYFRAME_NS;
}

bool ts_rtp_recv_report(struct ts_rtp_recv *r, struct ts_rtcp_report *out, int64_t now_ns)
{
	if (!r->started) return false;
	ts_rtp_stats_report(&r->stats, out, r->ssrc, r->base, r->high, now_ns);
	return true;
}

bool ts_rtp_recv_owns_ssrc(const struct ts_rtp_recv *r, uint32_t ssrc)
{
	return r->started && (ssrc == r->ssrc || (r->rtx_ssrc && ssrc == r->rtx_ssrc));
}

uint32_t ts_rtp_recv_ssrc(const struct ts_rtp_recv *r)
{
	return r->started ? r->ssrc : 0;
}

void ts_rtp_recv_stats(const struct ts_rtp_recv *r, struct ts_media_stats *stats)
{
	stats->packets_in = r->packets;
	stats->bytes_in = r->bytes;
	stats->lost = r->lost + (r->ring ? 0 : (uint64_t)audio_lost(r));
	stats->restored = r->restored;
	stats->jitter_us = ts_rtp_stats_jitter_us(&r->stats);
}
