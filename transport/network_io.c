/* What was measured of the way to the peer: feedback to the estimate, and what it says to the pacer
 * and the owner (the `network` event). */
#include "base/counter.h"
#include "transport/path.h"
#include "transport/rtp/rtcp.h"
#include <stdlib.h>

#define RATE_NS TS_NS_PER_S
#define TELL_NS TS_NS_PER_S /* at least so often, when something comes */
#define REMB_KEPT_NS (10 * TS_NS_PER_S)
/* Until then the estimate is a guess, and nothing is dropped for it; but not where a queue on the
 * way has shown what passes. */
#define TRUST_NS (2 * TS_NS_PER_S)
#define WINDOW_NS (100 * TS_NS_PER_MS)

enum {
	STATUSES_A_WINDOW = 4 * TS_FEEDBACK_STATUSES_MAX,
	PACKETS_AT_ONCE = 512,
	QUEUE_STEP_MS = 20,
	WAY_QUEUE_MS = 100,
};
/* Of what a REMB says: its senders may send a little at first. */
#define REMB_LEAST_BPS 2000000

static uint32_t saturate(uint64_t bps)
{
	return bps > UINT32_MAX ? UINT32_MAX : (uint32_t)bps;
}

/* ---- the sum of it */

static void measure_rate(struct ts_path_network *n, int64_t now_ns)
{
	int64_t since_ns = now_ns - n->rate_ns;
	if (since_ns < RATE_NS) return;
	if (n->rate_ns)
		n->now.sent_bps = saturate((n->bytes - n->bytes_then) * 8 * 1000 /
			(uint64_t)(since_ns / TS_NS_PER_MS));
	n->bytes_then = n->bytes;
	n->rate_ns = now_ns;
}

/* The least limit of any m-line that has one; 0: none. */
static uint32_t tmmbr_bps(const struct ts_transport *t)
{
	uint32_t least = 0;
	for (size_t i = 0; i < t->config.n_media; i++) {
		uint32_t bps = t->media[i].tmmbr.bps;
		if (bps && t->media[i].config->send && (!least || bps < least)) least = bps;
	}
	return least;
}

static void measure_peer(struct ts_transport *t, int64_t now_ns)
{
	struct ts_path_network *n = &t->network;
	if (now_ns - n->remb_ns > REMB_KEPT_NS) n->remb_bps = 0;
	uint32_t tmmbr = tmmbr_bps(t);
	n->now.peer_bps = !tmmbr || (n->remb_bps && n->remb_bps < tmmbr) ? n->remb_bps : tmmbr;
	/* with feedback a REMB says nothing that the estimate does not know better */
	uint32_t limit = n->fed_ns ? tmmbr : n->now.peer_bps;
	if (!t->estimate || limit == n->limit_bps) return;
	n->limit_bps = limit;
	ts_estimate_limit(t->estimate, limit, now_ns);
}

/* Without an estimate a keyframe is spread over 100 ms at most, and where the peer says nothing it
 * goes as it is. */
static void set_pace(struct ts_transport *t, int64_t now_ns)
{
	const struct ts_network *n = &t->network.now;
	uint64_t bps = n->estimate_bps;
	bool trusted = now_ns - t->network.first_fed_ns > TRUST_NS ||
		n->way_queue_ms >= WAY_QUEUE_MS;
	bool firm = bps && ((!n->app_limited && trusted) || n->filled);
	if (!bps && n->peer_bps) bps = n->peer_bps > REMB_LEAST_BPS ? n->peer_bps : REMB_LEAST_BPS;
	bps = n->estimate_bps ? ts_estimate_pace_bps(t->estimate) : bps * 5 / 2;
	ts_pacer_set_rate(&t->pacer, saturate(bps), firm, now_ns);
}

static void measure(struct ts_transport *t, int64_t now_ns)
{
	struct ts_path_network *n = &t->network;
	measure_rate(n, now_ns);
	measure_peer(t, now_ns);
	if (n->fed_ns) {
		n->now.estimate_bps = ts_estimate_bps(t->estimate);
		n->now.app_limited = ts_estimate_app_limited(t->estimate);
		n->now.filled = ts_estimate_filled(t->estimate, now_ns);
		n->now.way_queue_ms = saturate(
			(uint64_t)ts_estimate_queue_ns(t->estimate) / TS_NS_PER_MS);
	}
	n->now.queue_ms = (uint32_t)(ts_pacer_waits_ns(&t->pacer, now_ns) / TS_NS_PER_MS);
	set_pace(t, now_ns);
}

/* ---- telling it */

/* By more than a twentieth. */
static bool differs(uint32_t a, uint32_t b)
{
	return llabs((int64_t)a - b) * 20 > b;
}

static bool is_news(const struct ts_network *now, const struct ts_network *told)
{
	return differs(now->estimate_bps, told->estimate_bps) ||
		differs(now->peer_bps, told->peer_bps) || now->reports != told->reports ||
		now->app_limited != told->app_limited || now->filled != told->filled ||
		llabs((int64_t)now->queue_ms - told->queue_ms) >= QUEUE_STEP_MS;
}

/* The owner is woken for what it could act on, not for each feedback. */
static void notify(struct ts_transport *t, int64_t now_ns)
{
	struct ts_path_network *n = &t->network;
	measure(t, now_ns);
	int64_t since_ns = now_ns - n->told_ns;
	if (!t->events.network || since_ns < TS_NETWORK_EVENT_NS) return;
	if (since_ns < TELL_NS && !is_news(&n->now, &n->told)) return;
	n->told_ns = now_ns;
	n->told = n->now;
	t->events.network(t->arg, &n->told);
}

void ts_path_network_check(struct ts_transport *t, int64_t now_ns)
{
	if (t->network.now.peer_bps || t->network.fed_ns) notify(t, now_ns);
}

/* ---- what comes */

/* Whatever the peer says. */
static uint32_t jitter_us(const struct ts_path_media *m, const struct ts_rtcp_report *report)
{
	enum { MOST_US = 10 * 1000 * 1000 };
	const uint64_t us = (uint64_t)report->jitter_rtp * 1000000 /
		(uint64_t)ts_codec_clock_hz(m->config->send_codec);
	return us < MOST_US ? (uint32_t)us : MOST_US;
}

void ts_path_network_report(
	struct ts_path_media *m, const struct ts_rtcp_report *report, int64_t now_ns)
{
	struct ts_transport *t = m->transport;
	struct ts_network *n = &t->network.now;
	int64_t rtt_ns = ts_rtp_send_rtt_ns(m->send);
	n->rtt_us = (uint32_t)(rtt_ns / TS_NS_PER_US);
	if (m->config->kind == TS_VIDEO && report->ssrc == m->config->send_ssrc) {
		n->loss_permille = (uint16_t)(report->fraction_lost * 1000 / 256);
		n->reports++;
		if (t->estimate) ts_estimate_report(t->estimate, n->loss_permille, rtt_ns, now_ns);
	}
	if (m->config->kind == TS_AUDIO && report->ssrc == m->config->send_ssrc) {
		n->audio_loss_permille = (uint16_t)(report->fraction_lost * 1000 / 256);
		n->audio_reports++;
		n->audio_jitter_us = jitter_us(m, report);
	}
	notify(t, now_ns);
}

void ts_path_network_remb(struct ts_transport *t, uint64_t bps, int64_t now_ns)
{
	t->network.remb_bps = saturate(bps ? bps : 1); /* 0 would say: no limit */
	t->network.remb_ns = now_ns;
	notify(t, now_ns);
}

void ts_path_network_tmmbr(struct ts_transport *t, int64_t now_ns)
{
	notify(t, now_ns);
}

/* Never to an address that nobody proved, which those of ICE are (ts_path_may_send_rtp). */
static void probe(struct ts_transport *t, int64_t now_ns)
{
	struct ts_probe probe;
	uint32_t wanted = atomic_load_explicit(&t->wanted_bps, memory_order_relaxed);
	uint32_t sent = saturate((uint64_t)t->network.now.sent_bps * 5 / 4);
	if (t->pacer.probe.cluster || !ts_path_pace_can_pad(t, now_ns)) return;
	if (!ts_estimate_probe(t->estimate, &probe, wanted > sent ? wanted : sent, now_ns)) return;
	if (ts_pacer_probe(&t->pacer, probe.cluster, probe.bps, probe.bytes, now_ns))
		ts_count(TS_C_PROBES);
}

/* A peer that says more than it could have received costs only so much time. */
static bool is_too_much(struct ts_path_network *n, uint32_t statuses, int64_t now_ns)
{
	if (now_ns - n->window_ns >= WINDOW_NS) {
		n->window_ns = now_ns;
		n->statuses = 0;
	}
	n->statuses += statuses;
	return n->statuses > STATUSES_A_WINDOW;
}

/* Gives the estimate what was sent of what the message tells, in the order of numbers. */
static size_t read_statuses(struct ts_transport *t, struct ts_feedback *feedback, int64_t now_ns)
{
	struct ts_estimate_packet packet[PACKETS_AT_ONCE];
	struct ts_feedback_status status;
	int64_t start_ns = ts_feedback_start_ns(&t->network.clock, feedback);
	size_t n = 0, all = 0;
	while (ts_feedback_next(feedback, &status)) {
		const struct ts_sent_packet *sent = ts_sent_take(
			t->sent, status.number, status.came);
		if (!sent) continue;
		packet[n++] = (struct ts_estimate_packet){.sent_ns = sent->sent_ns,
			.arrived_ns = status.came ? start_ns + status.at_ns : TS_ESTIMATE_LOST,
			.bytes = sent->bytes,
			.probe = sent->probe,
			.late = sent->late};
		all++;
		if (n < PACKETS_AT_ONCE) continue;
		ts_estimate_feedback(t->estimate, packet, n, now_ns);
		n = 0;
	}
	if (n) ts_estimate_feedback(t->estimate, packet, n, now_ns);
	return all;
}

void ts_path_network_feedback(struct ts_transport *t, struct ts_rd fci, int64_t now_ns)
{
	struct ts_path_network *n = &t->network;
	struct ts_feedback feedback;
	struct ts_rd head = fci;
	if (!t->sent) return; /* nobody asked for it */
	ts_rd_u16(&head);
	if (is_too_much(n, ts_rd_u16(&head), now_ns) || ts_feedback_begin(&feedback, fci)) {
		ts_count(TS_C_DROP_FEEDBACK_BAD);
		return;
	}
	if (!read_statuses(t, &feedback, now_ns)) return;
	if (!n->fed_ns) n->first_fed_ns = now_ns;
	n->fed_ns = now_ns;
	notify(t, now_ns);
	if (t->pacer.hold_ns && ts_estimate_known(t->estimate))
		ts_path_pace_begun(t, n->now.estimate_bps, now_ns);
	probe(t, now_ns);
}
