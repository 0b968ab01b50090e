#include "transport/rtp/jitter.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/media.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
	RING = 128,       /* a power of two */
	BINS = 100,       /* of the histogram */
	MEMORY = 1000,    /* packets that the histogram remembers, exponentially: 20 s of 20 ms */
	SILENT_DBOV = -60 /* until the playout says otherwise */
};
#define BIN_NS (5 * TS_NS_PER_MS)
#define PERCENTILE 0.975f
/* A late packet stretches the sound, of a lost one it lacks a piece: so its repair is waited for
 * sooner. */
#define LOST_WEIGHT 4
#define STAND_NS (100 * TS_NS_PER_MS) /* timestamps that go back by no more only stand still */
#define SPAN_NS (2 * TS_NS_PER_S)
#define JUMP_NS (1 * TS_NS_PER_S)
#define BASE_WINDOW_NS (5 * TS_NS_PER_S) /* twice that is seen */
#define TARGET_MIN_NS (20 * TS_NS_PER_MS)
#define TARGET_MAX_NS (500 * TS_NS_PER_MS)
#define ZONE_NS (10 * TS_NS_PER_MS) /* target -/+ half a tick: playout starts within it */
/* Hysteresis at its edges: what is heard is bent back before that (mixer/audio/drift.c). */
#define SLACK_LOW_NS (2 * TS_NS_PER_MS)
#define SLACK_HIGH_NS (5 * TS_NS_PER_MS)
#define OVER_MAX_NS (60 * TS_NS_PER_MS)
#define EXTRA_SINK_NS_PER_S (5 * TS_NS_PER_MS) /* what playing 0.5 % faster takes back */
#define PEAK_MAX_NS (100 * TS_NS_PER_MS)
#define PEAK_SINK_NS_PER_S (10 * TS_NS_PER_MS)
#define FRAME_NS (20 * TS_NS_PER_MS) /* assumed until packets tell */
#define FRAME_MIN_NS (TS_NS_PER_MS * 5 / 2)
#define FRAME_MAX_NS (200 * TS_NS_PER_MS) /* RFC 3551 4.2; Opus ends at 120 */

struct entry {
	struct ts_packet *packet;
	int64_t ts;
};

struct ts_jitter {
	uint32_t clock_hz;
	bool started; /* a first packet came */
	bool playing; /* one was popped */
	uint32_t ssrc;

	struct entry ring[RING]; /* by seq % RING, [next_seq .. high_seq] */
	unsigned count;
	int64_t next_seq, high_seq;
	int64_t high_ts; /* of high_seq; timestamps are extended to 64 bits */
	/* added to timestamps: of a sender whose stood still while its numbers went on */
	uint32_t shift;

	/* durations are seen between neighbours: a shorter one is believed at once, a longer one
	 * when it repeats (it may be DTX) */
	int64_t frame, longer; /* in RTP units */
	int longer_seen;

	int64_t play_ts;  /* what comes after all that was popped */
	unsigned waited;  /* WAITs since the last PLAY or LOST */
	int64_t delay_ns; /* of the last PLAY */

	/* transit = arrival - timestamp; base: the least of it, over two windows */
	int64_t base_ns, base_before_ns, window_ns;
	float bins[BINS]; /* share of packets by transit - base */
	int n_binned;
	int64_t high_ns;             /* the percentile, rounded up to a whole bin */
	int64_t arrival_ns;          /* of the packet before */
	int64_t peak_ns, peak_at_ns; /* how late the last late packets were; sinks */
	int64_t target_ns;
	int64_t extra_ns; /* beside it, for what is no jitter */
	/* what there still is of an extra that fell: sinks */
	int64_t extra_left_ns, extra_at_ns;

	int quiet_dbov; /* what the playout calls silence */
	bool closed, still;
};

int ts_jitter_create(struct ts_jitter **out, uint32_t clock_hz)
{
	struct ts_jitter *j = calloc(1, sizeof(*j));
	if (!j) return TS_ENOMEM;
	j->clock_hz = clock_hz;
	j->target_ns = TARGET_MIN_NS;
	j->quiet_dbov = SILENT_DBOV;
	*out = j;
	return 0;
}

static int64_t to_ns(const struct ts_jitter *j, int64_t ts)
{
	int64_t hz = j->clock_hz;
	/* in two steps: days of RTP time would overflow */
	return ts / hz * TS_NS_PER_S + ts % hz * TS_NS_PER_S / hz;
}

static int64_t to_ts(const struct ts_jitter *j, int64_t ns)
{
	return ns * j->clock_hz / TS_NS_PER_S;
}

static struct entry *at(struct ts_jitter *j, int64_t seq)
{
	return &j->ring[seq & (RING - 1)];
}

/* The packet of that number out of the ring, or NULL. */
static struct ts_packet *take(struct ts_jitter *j, int64_t seq)
{
	struct ts_packet *p = at(j, seq)->packet;
	if (!p) return NULL;
	at(j, seq)->packet = NULL;
	j->count--;
	return p;
}

static void drop(struct ts_packet *p, enum ts_counter why)
{
	ts_count(why);
	ts_packet_unref(&p);
}

static void empty(struct ts_jitter *j)
{
	for (int i = 0; i < RING; i++)
		if (j->ring[i].packet) ts_packet_unref(&j->ring[i].packet);
	j->count = 0;
}

void ts_jitter_destroy(struct ts_jitter **jitter)
{
	if (!*jitter) return;
	empty(*jitter);
	free(*jitter);
	*jitter = NULL;
}

void ts_jitter_restart(struct ts_jitter *j, uint32_t clock_hz)
{
	empty(j);
	*j = (struct ts_jitter){.clock_hz = clock_hz,
		.target_ns = TARGET_MIN_NS,
		.extra_ns = j->extra_ns,
		.extra_left_ns = j->extra_ns,
		.quiet_dbov = j->quiet_dbov,
		.closed = j->closed,
		.still = j->still};
}

void ts_jitter_set_quiet(struct ts_jitter *j, int quiet_dbov, bool closed, bool still)
{
	j->quiet_dbov = quiet_dbov;
	j->closed = closed;
	j->still = still;
}

/* ---- how late packets are ---- */

static int64_t base_ns(const struct ts_jitter *j)
{
	return j->base_ns < j->base_before_ns ? j->base_ns : j->base_before_ns;
}

static void follow_base(struct ts_jitter *j, int64_t transit_ns, int64_t arrival_ns)
{
	int64_t age_ns = arrival_ns - j->window_ns;
	/* a long silence: what was before says nothing any more */
	if (age_ns > 2 * BASE_WINDOW_NS) {
		j->base_ns = j->base_before_ns = transit_ns;
		j->window_ns = arrival_ns;
	} else if (age_ns > BASE_WINDOW_NS) {
		j->base_before_ns = j->base_ns;
		j->base_ns = transit_ns;
		j->window_ns = arrival_ns;
	} else if (transit_ns < j->base_ns) {
		j->base_ns = transit_ns;
	}
}

/* Packets of a burst weigh little: a stall is one event, however many packets it held up. */
static float weight_of(struct ts_jitter *j, int64_t arrival_ns)
{
	float weight = (float)(arrival_ns - j->arrival_ns) / (float)to_ns(j, j->frame);
	j->arrival_ns = arrival_ns;
	return weight > 1 ? 1 : weight < 0.1f ? 0.1f : weight;
}

/* The first ones weigh as if they were all there is, so that the start converges at once. */
static void follow_percentile(struct ts_jitter *j, int64_t late_ns, float weight)
{
	if (late_ns >= TARGET_MAX_NS) return; /* waiting could not cover it */
	if (j->n_binned < MEMORY) j->n_binned++;
	if (j->n_binned == 1) weight = 1;
	float share = weight / (float)j->n_binned;
	if (j->n_binned > 1 && share > 0.5f) share = 0.5f; /* a loss among the first */
	for (int i = 0; i < BINS; i++) j->bins[i] *= 1.0f - share;
	j->bins[late_ns / BIN_NS] += share;

	float sum = 0;
	int i = 0;
	while (i < BINS && (sum += j->bins[i]) < PERCENTILE) i++;
	j->high_ns = (i + 1) * BIN_NS;
}

static void follow_peak(struct ts_jitter *j, bool too_late, int64_t late_ns, int64_t arrival_ns)
{
	int64_t sunk = (arrival_ns - j->peak_at_ns) / (TS_NS_PER_S / PEAK_SINK_NS_PER_S);
	j->peak_at_ns = arrival_ns;
	j->peak_ns = sunk < j->peak_ns ? j->peak_ns - sunk : 0;
	if (late_ns > PEAK_MAX_NS) late_ns = PEAK_MAX_NS;
	if (too_late && late_ns > j->peak_ns) j->peak_ns = late_ns;
}

static void follow_target(struct ts_jitter *j)
{
	int64_t ns = ts_jitter_needed_ns(j) + ZONE_NS;
	j->target_ns = ns < TARGET_MIN_NS ? TARGET_MIN_NS : ns > TARGET_MAX_NS ? TARGET_MAX_NS : ns;
}

static void measure(struct ts_jitter *j, const struct ts_packet *p, int64_t transit_ns)
{
	bool too_late = j->playing &&
		(p->ext_seq < j->next_seq || (j->waited && p->ext_seq == j->next_seq));
	follow_base(j, transit_ns, p->arrival_ns);
	int64_t late_ns = transit_ns - base_ns(j);
	float weight = weight_of(j, p->arrival_ns);
	follow_percentile(j, late_ns, p->restored ? LOST_WEIGHT : weight);
	/* The one before it is lost: what repairs it comes with this one, a frame late. Where that
	 * is common it is waited for. */
	if (p->codec == TS_CODEC_OPUS && p->ext_seq > j->high_seq + 1)
		follow_percentile(j, late_ns + to_ns(j, j->frame), LOST_WEIGHT);
	follow_peak(j, too_late, late_ns, p->arrival_ns);
	follow_target(j);
}

/* ---- push ---- */

static void start(struct ts_jitter *j, const struct ts_packet *p)
{
	empty(j);
	j->started = true;
	j->playing = false;
	j->ssrc = p->ssrc;
	j->next_seq = p->ext_seq;
	j->high_seq = p->ext_seq;
	j->high_ts = (1LL << 32) + p->timestamp_rtp; /* room for what came before it */
	j->frame = to_ts(j, FRAME_NS);
	j->longer_seen = 0;
	j->shift = 0;
	j->waited = 0;
	j->base_ns = j->base_before_ns = p->arrival_ns - to_ns(j, j->high_ts);
	j->window_ns = p->arrival_ns;
}

static int64_t extend_ts(const struct ts_jitter *j, uint32_t timestamp_rtp)
{
	return j->high_ts + (int32_t)(timestamp_rtp + j->shift - (uint32_t)j->high_ts);
}

/* Does its timestamp contradict the clock? */
static bool is_jump(const struct ts_jitter *j, const struct ts_packet *p)
{
	int64_t jump_ns = p->arrival_ns - to_ns(j, extend_ts(j, p->timestamp_rtp)) - base_ns(j);
	return jump_ns > JUMP_NS || jump_ns < -JUMP_NS;
}

/* How far the timestamp of a packet with a new highest number is behind that of the highest one; <
 * 0: it is not. */
static int64_t set_back(const struct ts_jitter *j, const struct ts_packet *p)
{
	return p->ext_seq > j->high_seq ? j->high_ts - extend_ts(j, p->timestamp_rtp) : -1;
}

/* Is p the beginning of something new? */
static bool is_break(const struct ts_jitter *j, const struct ts_packet *p)
{
	if (!j->started || p->ssrc != j->ssrc) return true;
	if (p->ext_seq < j->next_seq) return false; /* late, whatever it says */
	return p->ext_seq - j->high_seq >= RING || is_jump(j, p) ||
		set_back(j, p) > to_ts(j, STAND_NS);
}

/* Numbers go on, timestamps do not: time goes by numbers. */
static void follow_shift(struct ts_jitter *j, const struct ts_packet *p)
{
	if (!j->started || p->ssrc != j->ssrc || p->ext_seq - j->high_seq >= RING) return;
	int64_t back = set_back(j, p);
	if (back >= 0 && back <= to_ts(j, STAND_NS))
		j->shift += (uint32_t)(back + (p->ext_seq - j->high_seq) * j->frame);
}

static void follow_frame(struct ts_jitter *j, int64_t ts)
{
	int64_t d = ts - j->high_ts;
	if (d < to_ts(j, FRAME_MIN_NS) || d > to_ts(j, FRAME_MAX_NS)) return;
	if (d <= j->frame) {
		j->frame = d;
		j->longer_seen = 0;
	} else if (d != j->longer) {
		j->longer = d;
		j->longer_seen = 1;
	} else if (++j->longer_seen >= 3) {
		j->frame = d;
	}
}

/* Makes room for seq: what is more than a ring or 2 s before the newest goes. */
static void shorten(struct ts_jitter *j, int64_t seq, int64_t ts)
{
	int64_t span = to_ts(j, SPAN_NS);
	while (j->next_seq < seq) {
		const struct entry *e = at(j, j->next_seq);
		if (seq - j->next_seq < RING && (!e->packet || ts - e->ts <= span)) return;
		struct ts_packet *p = take(j, j->next_seq++);
		if (p) drop(p, TS_C_DROP_JBUF_FULL);
	}
}

/* Puts it in its place; everything else was seen to. */
static void insert(struct ts_jitter *j, struct ts_packet *p, int64_t ts)
{
	struct entry *e = at(j, p->ext_seq);
	if (e->packet) {
		drop(p, TS_C_DROP_DUPLICATE);
		return;
	}
	*e = (struct entry){p, ts};
	j->count++;
}

/* A number without sound says nothing about time. It belongs right behind what is there, or into a
 * hole; anywhere else it is no use. */
static void push_silent(struct ts_jitter *j, struct ts_packet *p)
{
	bool near = j->started && p->ssrc == j->ssrc && p->ext_seq >= j->next_seq &&
		p->ext_seq - j->next_seq < RING;
	if (!near) {
		ts_packet_unref(&p);
		return;
	}
	if (p->ext_seq > j->high_seq) j->high_seq = p->ext_seq;
	insert(j, p, j->high_ts);
}

void ts_jitter_push(struct ts_jitter *j, struct ts_packet *p)
{
	if (!p->payload_len) {
		push_silent(j, p);
		return;
	}
	follow_shift(j, p);
	if (is_break(j, p)) start(j, p);
	if (is_jump(j, p)) { /* a straggler from before a break: it would spoil the measures */
		drop(p, TS_C_DROP_LATE);
		return;
	}
	int64_t ts = extend_ts(j, p->timestamp_rtp);
	measure(j, p, p->arrival_ns - to_ns(j, ts));

	/* before anything was played, the first may turn out to be the second */
	if (!j->playing && p->ext_seq < j->next_seq && j->high_seq - p->ext_seq < RING / 2)
		j->next_seq = p->ext_seq;
	if (p->ext_seq < j->next_seq) {
		drop(p, TS_C_DROP_LATE);
		return;
	}
	if (p->ext_seq > j->high_seq) {
		if (p->ext_seq == j->high_seq + 1) follow_frame(j, ts);
		shorten(j, p->ext_seq, ts);
		j->high_seq = p->ext_seq;
		j->high_ts = ts;
	}
	insert(j, p, ts);
}

/* ---- pop ---- */

static int64_t delay_ns(const struct ts_jitter *j, int64_t ts, int64_t play_ns)
{
	return play_ns - to_ns(j, ts) - base_ns(j);
}

/* Where the delay is to be, and where it goes by waiting in silence. In speech nobody waits for
 * what is extra: the playout gets there by its speed. */
static int64_t goal_ns(const struct ts_jitter *j)
{
	return j->target_ns + j->extra_ns;
}

/* Over that even speech is skipped. An extra that falls is no reason: its rest is made good as
 * slowly as the playout can. */
static int64_t most_ns(const struct ts_jitter *j)
{
	return j->target_ns + j->extra_left_ns + OVER_MAX_NS;
}

static void sink_extra(struct ts_jitter *j, int64_t play_ns)
{
	int64_t since_ns = play_ns - j->extra_at_ns;
	j->extra_at_ns = play_ns;
	if (since_ns > 0)
		j->extra_left_ns -= since_ns < TS_NS_PER_S
			? since_ns * EXTRA_SINK_NS_PER_S / TS_NS_PER_S
			: EXTRA_SINK_NS_PER_S;
	if (j->extra_left_ns < j->extra_ns) j->extra_left_ns = j->extra_ns;
}

static enum ts_jitter_verdict wait(struct ts_jitter *j)
{
	j->waited++;
	return TS_JITTER_WAIT;
}

/* Something was given for [ts .. ts + frame): go on behind it. */
static void played(struct ts_jitter *j, int64_t ts)
{
	j->next_seq++;
	j->play_ts = ts + j->frame;
	j->waited = 0;
	j->playing = true;
}

static bool is_silent(const struct ts_jitter *j, const struct ts_packet *p)
{
	return p->level > 127 ? j->closed : -(int)p->level <= j->quiet_dbov;
}

static enum ts_jitter_verdict pop_next(
	struct ts_jitter *j, struct ts_packet **packet, int64_t play_ns)
{
	const struct entry *e = at(j, j->next_seq);
	int64_t ts = e->ts, delay = delay_ns(j, ts, play_ns);
	bool silent = is_silent(j, e->packet),
	     still = silent || (e->packet->level > 127 && j->still);
	bool pause = !j->playing || ts > j->play_ts + j->frame / 2;
	bool in_flow = !pause && !j->waited;
	int64_t low = (pause || still ? goal_ns(j) : j->target_ns) - ZONE_NS;

	if (!in_flow && delay < low) return wait(j);
	if (in_flow && still && delay < low - SLACK_LOW_NS) return wait(j);
	*packet = take(j, j->next_seq);
	/* the last one in the buffer is not skipped: that would only make the next pop wait */
	if (j->count &&
		(delay > most_ns(j) ||
			(silent && delay - to_ns(j, j->frame) >= low + SLACK_HIGH_NS))) {
		j->next_seq++;
		j->play_ts = ts + j->frame;
		j->playing = true;
		return TS_JITTER_SKIP;
	}
	played(j, ts);
	j->delay_ns = delay;
	/* no more of it is left than there is */
	int64_t over_ns = delay - j->target_ns;
	if (j->extra_left_ns > over_ns)
		j->extra_left_ns = over_ns > j->extra_ns ? over_ns : j->extra_ns;
	return TS_JITTER_PLAY;
}

/* The packet `next` is missing; `found` (> next) is the first that is there. False: the gap got
 * shorter, look again. */
static bool pop_gap(struct ts_jitter *j, int64_t found, struct ts_packet **packet, int64_t play_ns,
	enum ts_jitter_verdict *out)
{
	struct entry *e = at(j, found);
	int64_t missing = found - j->next_seq;
	/* When more time than packets is missing there was DTX within: then what is lost was the
	 * beginning of speech.
	 */
	int64_t ts = j->play_ts;
	bool pause = e->ts - ts > missing * j->frame + j->frame / 2;
	if (pause) ts = e->ts - missing * j->frame;
	if (!j->playing || e->ts - ts < j->frame / 2) {
		j->next_seq = found;
		return false;
	}
	int64_t delay = delay_ns(j, ts, play_ns);
	if (delay < (pause ? goal_ns(j) : j->target_ns) - ZONE_NS) {
		/* too early to give up: it may still come, and the delay is to grow anyway */
		*out = wait(j);
		return true;
	}
	if ((j->waited && delay >= goal_ns(j) + ZONE_NS) || delay > most_ns(j)) {
		/* concealed already by waiting; or it is as good a thing to skip as any */
		j->next_seq++;
		j->play_ts = ts + j->frame;
		return false;
	}
	if (missing == 1 && e->packet->payload_len) *packet = ts_packet_ref(e->packet);
	played(j, ts);
	*out = TS_JITTER_LOST;
	return true;
}

enum ts_jitter_verdict ts_jitter_pop(
	struct ts_jitter *j, struct ts_packet **packet, int64_t play_ns)
{
	*packet = NULL;
	sink_extra(j, play_ns);
	while (j->count) {
		int64_t seq = j->next_seq;
		while (!at(j, seq)->packet) seq++;
		enum ts_jitter_verdict verdict;
		if (seq > j->next_seq) {
			if (pop_gap(j, seq, packet, play_ns, &verdict)) return verdict;
		} else if (at(j, seq)->packet->payload_len == 0) { /* a number without sound */
			struct ts_packet *p = take(j, j->next_seq++);
			ts_packet_unref(&p);
		} else {
			return pop_next(j, packet, play_ns);
		}
	}
	return wait(j);
}

void ts_jitter_set_extra(struct ts_jitter *j, int64_t extra_ns)
{
	j->extra_ns = extra_ns;
	if (j->extra_left_ns < extra_ns) j->extra_left_ns = extra_ns;
}

int64_t ts_jitter_delay_ns(const struct ts_jitter *j)
{
	return j->delay_ns;
}

int64_t ts_jitter_needed_ns(const struct ts_jitter *j)
{
	return j->high_ns > j->peak_ns ? j->high_ns : j->peak_ns;
}

int64_t ts_jitter_target_ns(const struct ts_jitter *j)
{
	return j->target_ns;
}

int64_t ts_jitter_depth_ns(const struct ts_jitter *j)
{
	if (!j->count) return 0;
	int64_t from = j->playing ? j->play_ts : j->high_ts;
	int64_t units = j->high_ts + j->frame - from;
	return units > 0 ? to_ns(j, units) : 0;
}
