#include "mixer/output/rtp_sink.h"

#include "base/error.h"
#include "base/task.h"
#include "codec/packetize.h"
#include "mixer/output/keybudget.h"
#include "mixer/output/receivers.h"
#include "transport/fanout.h"
#include <stdlib.h>
#include <string.h>

enum { REPLAY_MAX = 64 };

struct rtp_sink {
	struct ts_sink sink;
	_Atomic(struct ts_receivers *) pending; /* from control: who receives now */

	/* strand */
	struct ts_stream_params params;
	struct ts_receivers *receivers;   /* everybody */
	struct ts_fanout *fanout;         /* those who had their keyframe */
	bool waiting;                     /* one of the receivers is not in the fanout */
	int64_t key_ns;                   /* when the last keyframe came */
	struct ts_au *replay[REPLAY_MAX]; /* since then, while its window lasts */
	size_t n_replay;
};

static struct rtp_sink *of(struct ts_sink *sink)
{
	return ts_container_of(sink, struct rtp_sink, sink);
}

static void forget_replay(struct rtp_sink *s)
{
	while (s->n_replay) ts_au_unref(&s->replay[--s->n_replay]);
}

/* False: out of memory; those who receive go on as they are. */
static bool set_fanout(struct rtp_sink *s, struct ts_sender *const *senders, size_t n)
{
	struct ts_fanout *fanout = NULL;
	if (ts_fanout_create(&fanout, senders, n)) return false;
	ts_fanout_unref(&s->fanout);
	s->fanout = fanout;
	return true;
}

/* Gives newcomers everything since the last keyframe, if that is recent and whole. */
static bool replay_to(
	struct rtp_sink *s, struct ts_sender *const *newcomers, size_t n, int64_t now_ns)
{
	if (!s->n_replay || now_ns - s->key_ns >= TS_KEY_SPACING_NS) return false;
	struct ts_fanout *fanout = NULL;
	if (ts_fanout_create(&fanout, newcomers, n)) return false;
	for (size_t i = 0; i < s->n_replay; i++) ts_fanout_send(fanout, s->replay[i]);
	ts_fanout_unref(&fanout);
	return true;
}

/* Takes the new list: who stays goes on, who is new is served by replay or waits for the next
 * keyframe. */
static void take_receivers(struct rtp_sink *s, int64_t now_ns)
{
	struct ts_receivers *fresh = atomic_exchange_explicit(
		&s->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	/* from either end */
	struct ts_sender **stay = fresh->scratch, **came = fresh->scratch + fresh->n;
	size_t n_stay = 0, n_came = 0;
	bool waiting = false;
	for (size_t i = 0; i < fresh->n; i++) {
		struct ts_receivers_entry *e = &fresh->entry[i];
		e->started = ts_receivers_started(s->receivers, e->sender);
		if (e->started)
			stay[n_stay++] = e->sender;
		else if (e->moves)
			waiting = true;
		else
			came[-(ptrdiff_t)++n_came] = e->sender;
	}
	came -= n_came;
	if (n_came && replay_to(s, came, n_came, now_ns)) {
		for (size_t i = 0; i < fresh->n; i++)
			if (!fresh->entry[i].moves) fresh->entry[i].started = true;
		memmove(stay + n_stay, came, n_came * sizeof(*came));
		n_stay += n_came;
		n_came = 0;
	}
	ts_receivers_free(&s->receivers);
	s->receivers = fresh;
	s->waiting = !set_fanout(s, stay, n_stay) || waiting || n_came > 0;
}

/* A keyframe starts everybody who waited. */
static void start_waiting(struct rtp_sink *s)
{
	for (size_t i = 0; i < s->receivers->n; i++) {
		s->receivers->entry[i].started = true;
		s->receivers->scratch[i] = s->receivers->entry[i].sender;
	}
	s->waiting = !set_fanout(s, s->receivers->scratch, s->receivers->n);
}

static void keep_for_replay(struct rtp_sink *s, struct ts_au *au, int64_t now_ns)
{
	if (au->key)
		forget_replay(s);
	else if (!s->n_replay)
		return; /* the window is over */
	if (s->n_replay == REPLAY_MAX || now_ns - s->key_ns >= TS_KEY_SPACING_NS)
		forget_replay(s);
	else
		s->replay[s->n_replay++] = ts_au_ref(au);
}

/* ---- what the output calls */

static enum ts_sink_wants sink_wants(struct ts_sink *sink, int64_t now_ns)
{
	struct rtp_sink *s = of(sink);
	take_receivers(s, now_ns);
	if (!s->receivers || !s->receivers->n) return TS_SINK_NOTHING;
	return s->waiting ? TS_SINK_KEYFRAME : TS_SINK_PACKETS;
}

static void sink_start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	of(sink)->params = *params;
}

static int sink_packet(
	struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	struct rtp_sink *s = of(sink);
	struct ts_au *au = NULL;
	int err = ts_packetize(
		&au, s->params.codec, s->params.packetization_mode, packet, TS_MTU_PAYLOAD);
	if (err) return err;
	au->media_time = time->media_time;
	au->capture_ns = time->capture_ns;
	au->output = s->params.output;
	if (au->key) {
		s->key_ns = time->now_ns;
		if (s->waiting) start_waiting(s);
	}
	keep_for_replay(s, au, time->now_ns);
	if (s->fanout) ts_fanout_send(s->fanout, au);
	ts_au_unref(&au);
	return 0;
}

static void sink_stop(struct ts_sink *sink)
{
	forget_replay(of(sink));
}

static void sink_free(struct ts_sink *sink)
{
	struct rtp_sink *s = of(sink);
	struct ts_receivers *pending = atomic_exchange(&s->pending, NULL);
	forget_replay(s);
	ts_receivers_free(&pending);
	ts_receivers_free(&s->receivers);
	ts_fanout_unref(&s->fanout);
	free(s);
}

static const struct ts_sink_ops ops = {.wants = sink_wants,
	.start = sink_start,
	.packet = sink_packet,
	.stop = sink_stop,
	.free = sink_free};

int ts_rtp_sink_create(struct ts_sink **out)
{
	struct rtp_sink *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	ts_sink_init(&s->sink, &ops);
	*out = &s->sink;
	return 0;
}

int ts_rtp_sink_publish(struct ts_sink *sink, const struct ts_receiving *list, size_t n)
{
	struct ts_receivers *fresh = NULL;
	int err = ts_receivers_create(&fresh, list, n);
	if (err) return err;
	struct ts_receivers *unread = atomic_exchange_explicit(
		&of(sink)->pending, fresh, memory_order_acq_rel);
	ts_receivers_free(&unread);
	return 0;
}
