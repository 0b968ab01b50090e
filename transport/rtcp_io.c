/* RTCP of a path: reading the peer's compounds; writing reports every second and feedback at
 * once. */
#include "base/counter.h"
#include "base/histogram.h"
#include "base/random.h"
#include "transport/path.h"
#include "transport/rtp/rtcp.h"

#define REMB_NS TS_NS_PER_S

enum { TMMBR_OVERHEAD = 40 }; /* a packet: IPv4, UDP and RTP (RFC 5104 4.2.1.2) */

/* ---- in */

/* Only among the m-lines of the lane it came on: elsewhere it has nothing to say. */
static struct ts_path_media *sender_of(const struct ts_path_lane *lane, uint32_t ssrc)
{
	struct ts_transport *t = lane->transport;
	for (size_t i = 0; i < t->config.n_media; i++) {
		struct ts_path_media *m = &t->media[i];
		if (m->lane == lane && m->send && ts_rtp_send_owns_ssrc(m->send, ssrc)) return m;
	}
	return NULL;
}

/* Some ask for a picture without saying of which stream: where there is but one, it is meant. */
static struct ts_path_media *picture_of(const struct ts_path_lane *lane, uint32_t ssrc)
{
	struct ts_transport *t = lane->transport;
	struct ts_path_media *only = NULL;
	if (ssrc) return sender_of(lane, ssrc);
	for (size_t i = 0; i < t->config.n_media; i++) {
		struct ts_path_media *m = &t->media[i];
		if (m->lane != lane || !m->send || m->config->kind != TS_VIDEO) continue;
		if (only) return NULL;
		only = m;
	}
	return only;
}

/* The stream behind i of a lane, in the order of m-lines and layers, that is received: for
 * (i = 0; (l = next_received(lane, &i));). NULL: no more. */
static struct ts_path_layer *next_received(const struct ts_path_lane *lane, size_t *i)
{
	struct ts_transport *t = lane->transport;
	for (; *i < t->config.n_media * TS_LAYERS_MAX; ++*i) {
		struct ts_path_media *m = &t->media[*i / TS_LAYERS_MAX];
		struct ts_path_layer *l = &m->layer[*i % TS_LAYERS_MAX];
		if (m->lane != lane || !l->recv) continue;
		++*i;
		return l;
	}
	return NULL;
}

static struct ts_path_layer *receiver_of(const struct ts_path_lane *lane, uint32_t ssrc)
{
	struct ts_path_layer *l;
	for (size_t i = 0; (l = next_received(lane, &i));)
		if (ts_rtp_recv_owns_ssrc(l->recv, ssrc)) return l;
	return NULL;
}

static void handle_report(
	const struct ts_path_lane *lane, const struct ts_rtcp_report *report, int64_t now_ns)
{
	struct ts_transport *t = lane->transport;
	struct ts_path_media *m = sender_of(lane, report->ssrc);
	if (!m) return;
	ts_rtp_send_report(m->send, report, now_ns);
	ts_path_network_report(m, report, now_ns);
	int64_t rtt_ns = ts_rtp_send_rtt_ns(m->send);
	if (rtt_ns <= 0) return;
	ts_peer_clock_rtt(&t->clock, rtt_ns);
	ts_observe(TS_STAGE_NETWORK, rtt_ns / 2);
	struct ts_path_layer *l;
	for (size_t i = 0; (l = next_received(lane, &i));) /* one path, one round trip */
		ts_rtp_recv_set_rtt(l->recv, rtt_ns);
}

static void notify_keyframe_request(struct ts_transport *t, struct ts_path_media *m)
{
	if (m && m->config->kind == TS_VIDEO)
		t->events.on_keyframe_request(t->arg, m->sender.media);
}

/* RFC 5104 4.3.1.2: an FIR with the number of the last one repeats a request that was already
 * served. */
static void handle_fir(struct ts_transport *t, struct ts_path_media *m, uint8_t seq)
{
	if (!m || m->fir_seen == seq) return;
	m->fir_seen = seq;
	notify_keyframe_request(t, m);
}

/* RFC 5104 4.2.1: how much we may send. Answered at the end of the wake-up, once. */
static void handle_tmmbr(
	const struct ts_path_lane *lane, const struct ts_rtcp_item *item, int64_t now_ns)
{
	struct ts_path_media *m = sender_of(lane, item->media_ssrc);
	if (!m || m->config->kind != TS_VIDEO) return;
	uint64_t bps = item->tmmb.bitrate_bps;
	m->tmmbr.ssrc = item->sender_ssrc;
	m->tmmbr.overhead = item->tmmb.overhead;
	m->tmmbr.bps = bps > UINT32_MAX ? UINT32_MAX : bps ? (uint32_t)bps : 1;
	m->tmmbr.due = true;
	ts_path_network_tmmbr(m->transport, now_ns);
}

/* It has heard ours when it names us, or somebody else who asked for less. */
static void handle_tmmbn(const struct ts_path_lane *lane, const struct ts_rtcp_item *item)
{
	struct ts_path_layer *l = receiver_of(lane, item->sender_ssrc);
	if (l && item->tmmb.bitrate_bps <= lane->transport->remb_bps) l->media->tmmbr_heard = true;
}

/* A BYE ends one SSRC, of a track that stopped or a phone on hold; what is next on the m-line may
 * begin at once. That the peer is gone is told by DTLS, signalling or silence. */
static void handle_bye(const struct ts_path_lane *lane, uint32_t ssrc)
{
	struct ts_transport *t = lane->transport;
	struct ts_path_layer *l = receiver_of(lane, ssrc);
	if (l) ts_rtp_recv_bye(l->recv, ssrc);
	for (size_t i = 0; i < t->config.n_media; i++) /* its limit goes with it */
		if (t->media[i].lane == lane && t->media[i].tmmbr.ssrc == ssrc)
			memset(&t->media[i].tmmbr, 0, sizeof t->media[i].tmmbr);
}

static void handle_item(
	const struct ts_path_lane *lane, const struct ts_rtcp_item *item, int64_t now_ns)
{
	struct ts_transport *t = lane->transport;
	struct ts_path_media *m;
	struct ts_path_layer *l;
	switch (item->type) {
	case TS_RTCP_SR:
		l = receiver_of(lane, item->sender_ssrc);
		if (l)
			ts_rtp_recv_sender_report(l->recv, item->sender_ssrc, item->sr.ntp,
				item->sr.timestamp_rtp, now_ns);
		break;
	case TS_RTCP_REPORT: handle_report(lane, &item->report, now_ns); break;
	case TS_RTCP_NACK:
		m = sender_of(lane, item->media_ssrc);
		if (m && ts_path_may_send_rtp(lane, now_ns))
			ts_path_pace_nack(m, item->nack.pid, item->nack.blp, now_ns);
		break;
	case TS_RTCP_PLI: notify_keyframe_request(t, picture_of(lane, item->media_ssrc)); break;
	case TS_RTCP_FIR: handle_fir(t, picture_of(lane, item->media_ssrc), item->fir_seq); break;
	case TS_RTCP_BYE: handle_bye(lane, item->media_ssrc); break;
	case TS_RTCP_REMB: ts_path_network_remb(t, item->bitrate_bps, now_ns); break;
	case TS_RTCP_TMMBR: handle_tmmbr(lane, item, now_ns); break;
	case TS_RTCP_TMMBN: handle_tmmbn(lane, item); break;
	case TS_RTCP_FEEDBACK: ts_path_network_feedback(t, item->fci, now_ns); break;
	case TS_RTCP_CNAME: break;
	}
}

void ts_path_rtcp(struct ts_path_lane *lane, const uint8_t *data, size_t len, int64_t now_ns)
{
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	if (ts_rtcp_begin(&it, data, len)) {
		ts_count(TS_C_DROP_RTCP_BAD);
		return;
	}
	while (ts_rtcp_next(&it, &item)) handle_item(lane, &item, now_ns);
	if (it.bad) ts_count(TS_C_DROP_RTCP_BAD);
}

/* ---- out */

static void send_compound(
	struct ts_path_lane *lane, const uint8_t *data, size_t len, int64_t now_ns)
{
	if (len && !ts_path_may_send_rtcp(lane, now_ns)) {
		ts_count_add(TS_C_WITHHELD_BYTES, (int64_t)len);
		return;
	}
	uint8_t *at = len ? ts_path_reserve_rtcp(lane, len) : NULL;
	if (!at) return;
	memcpy(at, data, len);
	lane->wire.commit_rtcp(lane, len);
}

/* Feedback between reports goes behind an empty report and our CNAME, the least that RFC 4585 3.1
 * calls a compound. */
static void begin_feedback(struct ts_transport *t, struct ts_wr *w, uint32_t local_ssrc)
{
	if (ts_wr_len(w)) return;
	ts_rtcp_write_rr(w, local_ssrc, NULL, 0);
	ts_rtcp_write_sdes(w, local_ssrc, t->config.cname);
}

static void run_receiver(struct ts_path_media *m, struct ts_path_layer *l, int64_t now_ns)
{
	const unsigned unwanted = atomic_load_explicit(&m->unwanted, memory_order_relaxed);
	if (m->n_layers > 1) ts_rtp_recv_set_wanted(l->recv, !(unwanted >> (l - m->layer) & 1));
	if (ts_rtp_recv_due_ns(l->recv) > now_ns) return;
	uint8_t buf[TS_PATH_RTCP_MAX];
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	begin_feedback(m->transport, &w, m->local_ssrc);
	size_t empty = ts_wr_len(&w);
	ts_rtp_recv_run(l->recv, &w, now_ns);
	if (ts_wr_len(&w) > empty) send_compound(m->lane, buf, ts_wr_len(&w), now_ns);
	l->keyframe_due |= ts_rtp_recv_wants_keyframe(l->recv);
}

/* There is somebody who sends, and a way to tell them. */
static bool may_request_keyframe(const struct ts_path_layer *l)
{
	const struct ts_path_media *m = l->media;
	if (!ts_rtp_recv_ssrc(l->recv)) return false;
	return m->config->pli || m->config->fir || m->transport->events.request_keyframe;
}

static int64_t keyframe_due_ns(const struct ts_path_layer *l)
{
	if (!l->keyframe_due || !may_request_keyframe(l)) return INT64_MAX;
	bool feedback = l->media->config->pli || l->media->config->fir;
	if (!feedback) return l->keyframe_ns + TS_PATH_KEYFRAME_OUT_GAP_NS;
	/* not before the last one can have been answered */
	const int64_t rtt_ns = ts_rtp_recv_rtt_ns(l->recv);
	return l->keyframe_ns + TS_PATH_KEYFRAME_GAP_NS + rtt_ns + rtt_ns / 2;
}

static void request_keyframe(struct ts_path_layer *l, int64_t now_ns)
{
	struct ts_path_media *m = l->media;
	struct ts_transport *t = m->transport;
	if (keyframe_due_ns(l) > now_ns) return;
	uint8_t buf[TS_PATH_RTCP_MAX];
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	l->keyframe_due = false;
	if (ts_rtp_recv_keyframe_comes(l->recv, l->keyframe_ns, now_ns)) return;
	l->keyframe_ns = now_ns;
	ts_rtp_recv_await_keyframe(l->recv);
	if (!m->config->pli && !m->config->fir) {
		t->events.request_keyframe(t->arg, m->sender.media);
		return;
	}
	begin_feedback(t, &w, m->local_ssrc);
	if (m->config->pli)
		ts_rtcp_write_pli(&w, m->local_ssrc, ts_rtp_recv_ssrc(l->recv));
	else
		ts_rtcp_write_fir(&w, m->local_ssrc, ts_rtp_recv_ssrc(l->recv), ++m->fir_seq);
	ts_count(TS_C_KEYFRAMES_REQUESTED);
	send_compound(m->lane, buf, ts_wr_len(&w), now_ns);
}

/* The layers of simulcast together: which of them are sent with less, their sender knows. */
static void write_remb(struct ts_transport *t, struct ts_path_lane *lane, int64_t now_ns)
{
	uint32_t ssrcs[TS_MEDIA_MAX * TS_LAYERS_MAX], local_ssrc = 0;
	const struct ts_path_layer *l;
	size_t n = 0;
	for (size_t i = 0; (l = next_received(lane, &i));) {
		const struct ts_path_media *m = l->media;
		if (!m->config->remb || !ts_rtp_recv_ssrc(l->recv)) continue;
		if (m->config->kind != TS_VIDEO) continue;
		if (n == 0) local_ssrc = m->local_ssrc;
		ssrcs[n++] = ts_rtp_recv_ssrc(l->recv);
	}
	if (n == 0) return;
	uint8_t buf[TS_PATH_RTCP_MAX];
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	begin_feedback(t, &w, local_ssrc);
	ts_rtcp_write_remb(&w, local_ssrc, t->remb_bps, ssrcs, n);
	send_compound(lane, buf, ts_wr_len(&w), now_ns);
}

/* The same for peers that know only that: each stream has a limit of its own (RFC 5104 4.2.1), and
 * is not told again once its sender has answered. */
static void write_tmmbr(struct ts_transport *t, struct ts_path_lane *lane, int64_t now_ns)
{
	const struct ts_path_layer *l;
	for (size_t i = 0; (l = next_received(lane, &i));) {
		const struct ts_path_media *m = l->media;
		if (!m->config->tmmbr || m->config->remb || m->tmmbr_heard) continue;
		if (m->config->kind != TS_VIDEO || !ts_rtp_recv_ssrc(l->recv)) continue;
		uint8_t buf[TS_PATH_RTCP_MAX];
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		begin_feedback(t, &w, m->local_ssrc);
		ts_rtcp_write_tmmbr(
			&w, m->local_ssrc, ts_rtp_recv_ssrc(l->recv), t->remb_bps, TMMBR_OVERHEAD);
		send_compound(lane, buf, ts_wr_len(&w), now_ns);
	}
}

/* RFC 5104 4.2.2: who limits us. There is one peer, and so at most one. */
static void run_tmmbn(struct ts_transport *t, struct ts_path_media *m, int64_t now_ns)
{
	if (!m->tmmbr.due || !m->send) return;
	uint8_t buf[TS_PATH_RTCP_MAX];
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	m->tmmbr.due = false;
	begin_feedback(t, &w, m->local_ssrc);
	ts_rtcp_write_tmmbn(&w, m->local_ssrc, m->tmmbr.ssrc, m->tmmbr.bps, m->tmmbr.overhead);
	send_compound(m->lane, buf, ts_wr_len(&w), now_ns);
}

static size_t make_reports(
	struct ts_path_media *m, struct ts_rtcp_report out[TS_LAYERS_MAX], int64_t now_ns)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n_layers; i++)
		if (m->layer[i].recv) n += ts_rtp_recv_report(m->layer[i].recv, &out[n], now_ns);
	return n;
}

/* An SR for each m-line we send on, an RR for each other one that was heard, the blocks with the
 * SSRC that reports. */
static void write_reports(struct ts_transport *t, struct ts_path_lane *lane, int64_t now_ns)
{
	uint32_t local_ssrc = 0;
	uint8_t buf[TS_PATH_RTCP_MAX];
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	for (size_t i = 0; i < t->config.n_media; i++) {
		struct ts_path_media *m = &t->media[i];
		struct ts_rtcp_report report[TS_LAYERS_MAX];
		if (m->lane != lane) continue;
		if (!local_ssrc) local_ssrc = m->local_ssrc;
		size_t n = make_reports(m, report, now_ns);
		if (m->send && ts_rtp_send_sr(m->send, &w, report, n, now_ns)) continue;
		if (n == 0) continue;
		ts_rtcp_write_rr(&w, m->local_ssrc, report, n);
		ts_rtcp_write_sdes(&w, m->local_ssrc, t->config.cname);
	}
	if (local_ssrc) begin_feedback(t, &w, local_ssrc); /* nothing to say: we are here */
	send_compound(lane, buf, ts_wr_len(&w), now_ns);
}

static void run_periodic(struct ts_transport *t, int64_t now_ns)
{
	if (t->remb_bps && t->remb_ns <= now_ns) {
		for (size_t i = 0; i < t->n_lane; i++) {
			write_remb(t, &t->lane[i], now_ns);
			write_tmmbr(t, &t->lane[i], now_ns);
		}
		t->remb_ns = now_ns + REMB_NS;
	}
	if (t->rtcp_ns > now_ns) return;
	for (size_t i = 0; i < t->n_lane; i++) write_reports(t, &t->lane[i], now_ns);
	/* RFC 3550 6.2: 0.5 to 1.5 times the interval, so that peers do not fall into step */
	t->rtcp_ns = now_ns + TS_NS_PER_S / 2 + ts_random_u32() % TS_NS_PER_S;
}

/* What feedback about all of them names: a stream that is heard. libwebrtc throws away what names
 * none of its own, and of an m-line without a track nothing is heard. */
static uint32_t heard_ssrc(const struct ts_path_media *m)
{
	uint32_t ssrc = 0;
	for (size_t k = 0; k < m->n_layers && m->layer[k].recv && !ssrc; k++)
		ssrc = ts_rtp_recv_ssrc(m->layer[k].recv);
	return ssrc;
}

/* Transport-wide congestion control: about all media together, which share lane 0. */
static void run_twcc(struct ts_transport *t, int64_t now_ns)
{
	while (t->twcc && t->twcc->due_ns <= now_ns) {
		const struct ts_path_media *about = NULL;
		uint8_t buf[TS_PATH_RTCP_MAX];
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		for (size_t i = 0; i < t->config.n_media && !(about && heard_ssrc(about)); i++)
			if (t->media[i].config->twcc) about = &t->media[i];
		if (!about) return; /* cannot be: nobody else's numbers are noted */
		begin_feedback(t, &w, about->local_ssrc);
		ts_twcc_write(t->twcc, &w, about->local_ssrc, heard_ssrc(about), now_ns);
		if (!w.bad) send_compound(&t->lane[0], buf, ts_wr_len(&w), now_ns);
	}
}

void ts_path_rtcp_run(struct ts_transport *t, int64_t now_ns)
{
	if (t->state != TS_TR_CONNECTED || t->ended) return;
	for (size_t i = 0; i < t->config.n_media; i++) {
		struct ts_path_media *m = &t->media[i];
		for (size_t k = 0; k < m->n_layers && m->layer[k].recv; k++) {
			run_receiver(m, &m->layer[k], now_ns);
			request_keyframe(&m->layer[k], now_ns);
		}
		run_tmmbn(t, m, now_ns);
	}
	run_twcc(t, now_ns);
	run_periodic(t, now_ns);
}

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t ts_path_rtcp_due_ns(const struct ts_transport *t)
{
	if (t->state != TS_TR_CONNECTED || t->ended) return INT64_MAX;
	int64_t due = min_ns(t->rtcp_ns, t->remb_bps ? t->remb_ns : INT64_MAX);
	if (t->twcc) due = min_ns(due, t->twcc->due_ns);
	for (size_t i = 0; i < t->config.n_media; i++) {
		const struct ts_path_media *m = &t->media[i];
		for (size_t k = 0; k < m->n_layers && m->layer[k].recv; k++) {
			due = min_ns(due, keyframe_due_ns(&m->layer[k]));
			due = min_ns(due, ts_rtp_recv_due_ns(m->layer[k].recv));
		}
	}
	return due;
}

static void write_bye(struct ts_transport *t, struct ts_path_lane *lane, int64_t now_ns)
{
	uint8_t buf[TS_PATH_RTCP_MAX];
	uint32_t ssrcs[TS_MEDIA_MAX], local_ssrc = 0;
	size_t n = 0;
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	for (size_t i = 0; i < t->config.n_media; i++) {
		if (t->media[i].lane != lane) continue;
		if (!local_ssrc) local_ssrc = t->media[i].local_ssrc;
		if (t->media[i].send) ssrcs[n++] = t->media[i].local_ssrc;
	}
	if (n == 0 && local_ssrc) ssrcs[n++] = local_ssrc;
	if (n == 0) return;
	begin_feedback(t, &w, ssrcs[0]);
	ts_rtcp_write_bye(&w, ssrcs, n);
	send_compound(lane, buf, ts_wr_len(&w), now_ns);
}

void ts_path_rtcp_bye(struct ts_transport *t, int64_t now_ns)
{
	for (size_t i = 0; i < t->n_lane; i++) write_bye(t, &t->lane[i], now_ns);
}

/* ---- statistics */

/* Of all layers; the jitter is that of the worst which is decoded. */
static void read_received(const struct ts_path_media *m, struct ts_media_stats *out)
{
	const unsigned unwanted = atomic_load_explicit(&m->unwanted, memory_order_relaxed);
	for (size_t i = 0; i < m->n_layers && m->layer[i].recv; i++) {
		struct ts_media_stats one = {0};
		ts_rtp_recv_stats(m->layer[i].recv, &one);
		out->packets_in += one.packets_in;
		out->bytes_in += one.bytes_in;
		out->lost += one.lost;
		if (!(unwanted >> i & 1) && one.jitter_us > out->jitter_us)
			out->jitter_us = one.jitter_us;
	}
}

void ts_path_stats_publish(struct ts_transport *t)
{
	for (size_t i = 0; i < t->config.n_media; i++) {
		struct ts_path_media *m = &t->media[i];
		struct ts_media_stats now = {0};
		read_received(m, &now);
		if (m->send) ts_rtp_send_stats(m->send, &now);
#define PUBLISH(field) atomic_store_explicit(&m->stats.field, now.field, memory_order_relaxed)
		PUBLISH(packets_in), PUBLISH(bytes_in), PUBLISH(packets_out), PUBLISH(bytes_out),
			PUBLISH(lost), PUBLISH(restored);
		PUBLISH(jitter_us), PUBLISH(rtt_us);
#undef PUBLISH
	}
}
