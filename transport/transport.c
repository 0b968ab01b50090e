#include "transport/transport.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "transport/path.h"
#include "transport/plain.h"
#include <assert.h>
#include <stdlib.h>

#define HEARD_NS (100 * TS_NS_PER_MS)
#define ICE_TIMEOUT_NS (15 * TS_NS_PER_S)
#define ICE_FIRST_NS \
	(5 * TS_NS_PER_S) /* until the first check or response of the peer, from our answer on */
#define DTLS_TIMEOUT_NS (30 * TS_NS_PER_S)
#define CHECK_NS (250 * TS_NS_PER_MS)
#define SILENT_FLOWING_NS (2 * TS_NS_PER_S) /* until stalled, when media flowed up to the silence */
#define SILENT_IDLE_NS \
	(6 * TS_NS_PER_S) /* until stalled otherwise: consent checks come every 5 s or so */
#define SILENT_DEAD_NS (10 * TS_NS_PER_S)
#define FIRST_REPORT_NS (100 * TS_NS_PER_MS)

enum {
	TODO_START = 1,
	TODO_REMOTE = 2,
	TODO_KEYFRAME = 4,
	TODO_RECEIVE_BITRATE = 8,
	TODO_CLOSE = 16,
	TODO_REMOTES = 32,
	TODO_UPDATE = 64,
	TODO_PROVEN = 128
};

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* INT64_MAX: never. */
static void set_timer(struct ts_transport *t, int64_t due_ns)
{
	if (due_ns == t->timer_ns) return;
	t->timer_ns = due_ns;
	if (due_ns == INT64_MAX)
		ts_loop_timer_cancel(t->net->loop, &t->timer);
	else
		ts_loop_timer_set(t->net->loop, &t->timer, due_ns);
}

/* ---- states */

static void set_state(struct ts_transport *t, enum ts_transport_state to, int64_t deadline_ns)
{
	static const char *const names[] = {"new", "ice", "dtls", "connected", "closed"};
	static const bool legal[TS_TR_CLOSED + 1][TS_TR_CLOSED + 1] = {
		[TS_TR_NEW] = {[TS_TR_ICE] = true, [TS_TR_CONNECTED] = true, [TS_TR_CLOSED] = true},
		[TS_TR_ICE] = {[TS_TR_DTLS] = true, [TS_TR_CLOSED] = true},
		[TS_TR_DTLS] = {[TS_TR_CONNECTED] = true, [TS_TR_CLOSED] = true},
		[TS_TR_CONNECTED] = {[TS_TR_CLOSED] = true},
	};
	assert(legal[t->state][to]);
	ts_debug("transport state", "transport=%s from=%s to=%s", t->name, names[t->state],
		names[to]);
	t->state = to;
	t->deadline_ns = deadline_ns;
}

void ts_path_fail(struct ts_transport *t, const char *reason)
{
	if (t->ended) return;
	t->ended = true;
	ts_debug("transport failed", "transport=%s reason=%s", t->name, reason);
	t->events.failed(t->arg, reason);
}

void ts_path_connected(struct ts_transport *t, int64_t now_ns)
{
	set_state(t, TS_TR_CONNECTED, INT64_MAX);
	t->heard_ns = now_ns;
	t->rtcp_ns = now_ns + FIRST_REPORT_NS;
	if (t->ice) ts_path_pace_begin(t, now_ns);
	t->events.connected(t->arg);
}

static void send_dtls(void *arg, const uint8_t *data, size_t len)
{
	struct ts_transport *t = arg;
	uint8_t *buf = t->ice ? ts_batch_reserve(t->net->batch, ts_ice_route(t->ice), len) : NULL;
	if (!buf) {
		ts_count(TS_C_DROP_SEND);
		return;
	}
	memcpy(buf, data, len);
	ts_batch_commit(t->net->batch, ts_ice_route(t->ice), len);
}

/* Nobody there has shown that they want it: only a packet without payload now and then, to open the
 * way. */
static void withhold(
	struct ts_transport *t, struct ts_path_media *m, const struct ts_au *au, int64_t now_ns)
{
	struct ts_plain_side *side = m->lane->plain ? &m->lane->plain->rtp : NULL;
	m->withheld = true;
	for (uint32_t i = 0; i < au->n; i++) ts_count_add(TS_C_WITHHELD_BYTES, au->pay[i].len);
	if (side && !t->await_proof && (m->lane->srtp || !ts_path_plain_is_dtls(m->lane)) &&
		ts_route_open(&side->route) && ts_opener_due(&side->opener, now_ns))
		ts_rtp_send_opener(m->send, &m->lane->wire, now_ns);
}

static void send_unit(
	struct ts_transport *t, struct ts_path_media *m, struct ts_au *au, int64_t now_ns)
{
	bool first = !m->sent;
	if (!ts_path_may_send_rtp(m->lane, now_ns)) {
		withhold(t, m, au, now_ns);
		return;
	}
	if (m->withheld && m->config->kind == TS_VIDEO)
		t->events.needs_keyframe(t->arg, m->sender.media);
	m->withheld = false;
	m->sent = true;
	ts_path_pace_unit(m, au, now_ns);
	/* The first report lets the peer play sound and picture in step: it shall not wait for its
	 * second. */
	if (first) t->rtcp_ns = min_ns(t->rtcp_ns, now_ns + FIRST_REPORT_NS);
	if (first || ts_pacer_paces(&t->pacer))
		set_timer(t, min_ns(min_ns(t->timer_ns, t->rtcp_ns), ts_pacer_due_ns(&t->pacer)));
}

void ts_path_send(struct ts_transport *t, size_t media, struct ts_au *au, int64_t now_ns)
{
	if (t->state != TS_TR_CONNECTED || t->ended) return;
	struct ts_path_media *m = &t->media[media];
	if (!m->config->send) return; /* on hold */
	struct ts_au *unit[TS_HANDOVER_UNITS];
	const uint32_t before = m->handover.current;
	const size_t n = ts_handover_take(&m->handover, au, unit);
	for (size_t i = 0; i < n; i++) {
		send_unit(t, m, unit[i], now_ns);
		ts_au_unref(&unit[i]);
	}
	if (m->handover.current != before && t->events.switched)
		t->events.switched(t->arg, media, m->handover.current);
}

/* ---- time */

static void flush_events(struct ts_transport *t)
{
	for (size_t i = 0; i < t->config.n_media; i++) {
		if (!t->media[i].unflushed) continue;
		t->media[i].unflushed = false;
		t->events.flush(t->arg, i);
	}
}

/* Consent checks are not seen by us, but they make a socket readable. */
static int64_t last_heard_ns(const struct ts_transport *t)
{
	int64_t ice_ns = ts_ice_heard_ns(t->ice);
	return ice_ns > t->heard_ns ? ice_ns : t->heard_ns;
}

static void check_alive(struct ts_transport *t, int64_t now_ns)
{
	if (!t->ice) {
		ts_path_plain_check(t, now_ns);
		return;
	}
	int64_t heard_ns = last_heard_ns(t);
	bool flowed = t->rtp_ns && heard_ns - t->rtp_ns < TS_NS_PER_S;
	bool stalled = now_ns - heard_ns >= (flowed ? SILENT_FLOWING_NS : SILENT_IDLE_NS);
	if (now_ns - heard_ns >= SILENT_DEAD_NS) {
		ts_path_fail(t, "timeout");
	} else if (stalled != t->stalled) {
		t->stalled = stalled;
		t->events.stalled(t->arg, stalled);
	}
}

/* What comes by a relay of ours is in frames that nothing looks into before a pair is selected. */
static bool is_awaited(const struct ts_transport *t)
{
	return t->state == TS_TR_ICE && !t->net->nets->host.turn.port && !ts_ice_heard_ns(t->ice);
}

static void check_deadline(struct ts_transport *t, int64_t now_ns)
{
	if (now_ns >= t->first_ns) {
		if (is_awaited(t)) ts_path_fail(t, "ice-failed");
		t->first_ns = INT64_MAX;
	}
	if (now_ns >= t->deadline_ns)
		ts_path_fail(t, t->state == TS_TR_ICE ? "ice-failed" : "timeout");
}

static int64_t dtls_due_ns(const struct ts_transport *t, int64_t now_ns)
{
	return t->dtls ? ts_dtls_due_ns(t->dtls, now_ns) : ts_path_plain_dtls_due_ns(t, now_ns);
}

/* Does what is due, hands packets on, sends, sets the timer. */
void ts_path_settle(struct ts_transport *t, int64_t now_ns)
{
	int64_t due_ns = INT64_MAX;
	if (!t->ready) return;
	if (!t->ended && !t->dtls) ts_path_plain_dtls_run(t, now_ns);
	if (!t->ended && t->dtls && dtls_due_ns(t, now_ns) <= now_ns)
		ts_path_dtls_state(t, ts_dtls_run(t->dtls), now_ns);
	ts_path_rtcp_run(t, now_ns);
	ts_path_pace_run(t, now_ns);
	flush_events(t);
	ts_batch_flush(t->net->batch);
	if (!t->ended) check_deadline(t, now_ns);
	if (t->state == TS_TR_CONNECTED && t->check_ns <= now_ns) {
		if (!t->ended) check_alive(t, now_ns);
		ts_path_network_check(t, now_ns);
		ts_path_stats_publish(t);
		t->check_ns = now_ns + CHECK_NS;
	}
	if (!t->ended) {
		due_ns = min_ns(min_ns(t->deadline_ns, t->first_ns), dtls_due_ns(t, now_ns));
		due_ns = min_ns(due_ns, ts_path_rtcp_due_ns(t));
		due_ns = min_ns(due_ns, ts_pacer_due_ns(&t->pacer));
		if (t->state == TS_TR_CONNECTED) due_ns = min_ns(due_ns, t->check_ns);
	}
	set_timer(t, due_ns);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_transport *t = ts_container_of(timer, struct ts_transport, timer);
	t->timer_ns = INT64_MAX;
	ts_path_settle(t, now_ns);
}

/* ---- what ICE and the receivers tell us */

static void on_ice_recv(void *arg, const uint8_t *data, size_t len)
{
	ts_path_input(arg, data, len, ts_now_ns());
}

static void on_ice_flush(void *arg)
{
	ts_path_settle(arg, ts_now_ns());
}

static void on_ice_state(void *arg, enum ts_ice_state state)
{
	struct ts_transport *t = arg;
	if (t->ended) return;
	if (state == TS_ICE_CONNECTED && t->state == TS_TR_ICE) {
		int64_t now_ns = ts_now_ns();
		set_state(t, TS_TR_DTLS, now_ns + DTLS_TIMEOUT_NS);
		ts_path_dtls_state(t, ts_dtls_start(t->dtls), now_ns);
		ts_path_feed_early(t, now_ns);
	} else if (state == TS_ICE_FAILED && t->state > TS_TR_ICE) {
		/* Before that, a check of the peer may still find us: the deadline decides. */
		ts_path_fail(t, "consent-lost");
	}
}

/* A key that is held for longer than a duration can say (8 s) comes in segments, each where the one
 * before ended, and that one was not the end (RFC 4733 2.5.1.3). Its last packets may be lost: then
 * it was as long as can be. */
static bool is_next_segment(
	const struct ts_path_media *m, const uint8_t *payload, uint32_t timestamp_rtp)
{
	uint32_t since = timestamp_rtp - (uint32_t)m->event_rtp;
	return m->event_rtp >= 0 && !m->event_ended && m->event_code == payload[0] &&
		(since == m->event_duration || since == UINT16_MAX);
}

/* All packets of one event bear the timestamp of its beginning. They share their numbers with the
 * sound. */
static void handle_telephone_event(struct ts_path_media *m, struct ts_packet *packet)
{
	struct ts_transport *t = m->transport;
	const uint8_t *event = packet->payload;
	const bool whole = packet->payload_len >= 4;
	packet->payload_len = 0;
	/* of an event before the last, and overtaken by it: that one was counted */
	const bool late = m->event_rtp >= 0 && packet->ssrc == m->event_ssrc &&
		packet->ext_seq < m->event_seq;
	if (!whole || late) return;
	m->event_ssrc = packet->ssrc;
	m->event_seq = packet->ext_seq;
	const bool fresh = m->event_rtp != packet->timestamp_rtp,
		   more = fresh && is_next_segment(m, event, packet->timestamp_rtp);
	if (fresh) m->event_ended = false;
	m->event_rtp = packet->timestamp_rtp;
	m->event_code = event[0];
	m->event_ended |= event[1] >> 7;
	m->event_duration = (uint16_t)(event[2] << 8 | event[3]);
	if (!fresh || more) return;
	ts_count(TS_C_TELEPHONE_EVENTS);
	if (t->events.telephone_event) t->events.telephone_event(t->arg, m->sender.media, event[0]);
}

void ts_path_gathered(struct ts_transport *t, const struct ts_ice_description *ice)
{
	struct ts_transport_local local = {.ice = *ice};
	t->events.gathered(t->arg, &local);
	explicit_bzero(local.ice.pwd, sizeof(local.ice.pwd));
}

static void on_ice_gathered(void *arg, const struct ts_ice_description *local)
{
	struct ts_transport *t = arg;
	if (!t->ended) ts_path_gathered(t, local);
}

/* What waits for a lost packet before it is no sign that its layer has stopped. */
static uint8_t heard_layers(const struct ts_path_media *m)
{
	uint8_t set = 0;
	for (size_t i = 0; i < m->n_layers; i++)
		if (m->transport->rtp_ns - m->layer[i].heard_ns < HEARD_NS)
			set |= (uint8_t)(1u << i);
	return set;
}

static void on_recv_packet(void *arg, struct ts_packet *packet)
{
	struct ts_path_layer *l = arg;
	struct ts_path_media *m = l->media;
	packet->layer = (uint8_t)(l - m->layer);
	packet->heard = m->n_layers > 1 ? heard_layers(m) : 1;
	if (packet->codec == TS_CODEC_DTMF) handle_telephone_event(m, packet);
	m->unflushed = true;
	m->transport->events.packet(m->transport->arg, m->sender.media, packet);
}

/* ---- life */

static void take_ref(struct ts_transport *t)
{
	ts_ref_get(&t->refs);
}

/* Only what no thread need own is left by the time the last reference goes. */
static void drop_ref(struct ts_transport *t)
{
	if (!ts_ref_put(&t->refs)) return;
	ts_path_remotes_drop(t);
	free(atomic_load(&t->proven));
	free(t);
}

static void release(struct ts_transport *t)
{
	ts_path_plain_release(t);
	for (size_t i = 0; i < t->config.n_media; i++) {
		for (size_t k = 0; k < TS_LAYERS_MAX; k++)
			ts_rtp_recv_destroy(&t->media[i].layer[k].recv);
		ts_rtp_send_destroy(&t->media[i].send);
		ts_handover_fini(&t->media[i].handover);
	}
	ts_dtls_destroy(&t->dtls);
	for (size_t i = 0; i < t->n_lane; i++) {
		ts_srtp_destroy(&t->lane[i].srtp);
		ts_srtp_destroy(&t->lane[i].rtcp_srtp);
	}
	ts_path_pace_fini(t);
	free(t->early);
	free(t->twcc);
	t->early = NULL;
	t->twcc = NULL;
	explicit_bzero(t->config.remote.pwd, sizeof(t->config.remote.pwd));
}

static void on_closed(void *arg)
{
	struct ts_transport *t = arg;
	release(t);
	ts_net_leave(t->net);
	t->events.closed(t->arg);
	drop_ref(t);
}

static void start(struct ts_transport *t)
{
	struct ts_ice_config config = {
		.loop = t->net->loop,
		.host = &t->net->nets->host,
		.port = t->net->port,
		.controlling = t->config.ice_controlling,
		.recv = on_ice_recv,
		.state = on_ice_state,
		.gathered = on_ice_gathered,
		.flush = on_ice_flush,
		.arg = t,
	};
	struct ts_ice_description local;
	if (t->config.kind == TS_TRANSPORT_PLAIN) {
		ts_path_plain_start(t);
		return;
	}
	set_state(t, TS_TR_ICE, INT64_MAX);
	int err = ts_ice_create(&t->ice, &config);
	if (!err) err = ts_ice_gather(t->ice, &local);
	if (err == TS_EAGAIN) return;
	if (err) {
		ts_warn("no ICE agent", "transport=%s error=%s", t->name, ts_strerror(err));
		ts_path_fail(t, "ice-failed");
		return;
	}
	ts_path_gathered(t, &local);
	explicit_bzero(local.pwd, sizeof(local.pwd));
}

static void mark(struct ts_transport *t)
{
	bool carries[2] = {false, false};
	for (size_t i = 0; i < t->config.n_media; i++)
		carries[t->config.media[i].kind == TS_VIDEO] = true;
	ts_ice_mark(t->ice, carries[0], carries[1]);
}

static void start_checks(struct ts_transport *t)
{
	if (t->ended) return;
	if (t->config.kind == TS_TRANSPORT_PLAIN) {
		ts_path_plain_connect(t, ts_now_ns());
		return;
	}
	t->ready = true;
	t->deadline_ns = ts_now_ns() + ICE_TIMEOUT_NS;
	t->first_ns = ts_now_ns() + ICE_FIRST_NS;
	mark(t);
	ts_ice_set_remote(t->ice, &t->config.remote);
}

static void stop(struct ts_transport *t)
{
	if (t->state == TS_TR_CONNECTED && !t->ended) ts_path_rtcp_bye(t, ts_now_ns());
	if (t->ice && t->ready) ts_dtls_close(t->dtls);
	ts_batch_flush(t->net->batch);
	ts_loop_timer_cancel(t->net->loop, &t->timer);
	t->ended = true;
	set_state(t, TS_TR_CLOSED, INT64_MAX);
	struct ts_ice *ice = t->ice;
	t->ice = NULL;
	if (ice)
		ts_ice_close(ice, on_closed, t);
	else
		on_closed(t);
}

static void read_keyframe_requests(struct ts_transport *t)
{
	for (size_t i = 0; i < t->config.n_media; i++) {
		const unsigned set = atomic_exchange(&t->media[i].keyframe_requested, 0);
		for (size_t k = 0; k < TS_LAYERS_MAX; k++)
			t->media[i].layer[k].keyframe_due |= set >> k & 1;
	}
}

static void apply_receive_bitrate(struct ts_transport *t)
{
	uint32_t bps = atomic_load(&t->receive_bps);
	if (bps != t->remb_bps) {
		t->remb_ns = 0;
		for (size_t i = 0; i < t->config.n_media; i++) t->media[i].tmmbr_heard = false;
	}
	t->remb_bps = bps;
}

static void run_task(struct ts_task *task)
{
	struct ts_transport *t = ts_container_of(task, struct ts_transport, task);
	unsigned todo = atomic_exchange(&t->todo, 0);
	if (t->state == TS_TR_CLOSED) {
		drop_ref(t);
		return;
	}
	if (todo & TODO_CLOSE) {
		stop(t);
	} else {
		if (todo & TODO_START) start(t);
		if (todo & TODO_REMOTE) start_checks(t);
		if (todo & TODO_UPDATE) ts_path_plain_update(t, ts_now_ns());
		if (todo & TODO_PROVEN) ts_path_plain_proven(t, ts_now_ns());
		if (todo & TODO_REMOTES) ts_path_remotes_run(t, ts_now_ns());
		if (todo & TODO_KEYFRAME) read_keyframe_requests(t);
		if (todo & TODO_RECEIVE_BITRATE) apply_receive_bitrate(t);
		ts_path_settle(t, ts_now_ns());
	}
	drop_ref(t);
}

/* Each post holds a reference until the task has run. */
static void post(struct ts_transport *t, unsigned todo)
{
	if (atomic_fetch_or(&t->todo, todo)) return;
	take_ref(t);
	if (ts_loop_post(t->net->loop, &t->task)) drop_ref(t);
}

/* A receiver for each layer, of which there is one without simulcast. */
static int receivers_init(struct ts_transport *t, size_t i)
{
	struct ts_path_media *m = &t->media[i];
	const struct ts_media_config *c = m->config;
	int err = 0;
	m->n_layers = c->n_layers ? c->n_layers : 1;
	for (size_t k = 0; k < 4 && c->remote_ssrc[k] && !c->n_layers; k++)
		ts_path_ssrc_learn(t, c->remote_ssrc[k], i, 0);
	for (size_t k = 0; k < c->n_layers; k++) {
		if (c->layer[k].ssrc) ts_path_ssrc_learn(t, c->layer[k].ssrc, i, k);
		if (c->layer[k].rtx_ssrc) ts_path_ssrc_learn(t, c->layer[k].rtx_ssrc, i, k);
	}
	for (size_t k = 0; k < m->n_layers && !err; k++) {
		struct ts_path_layer *l = &m->layer[k];
		l->media = m;
		if (c->n_pt && !l->recv)
			err = ts_rtp_recv_create(&l->recv, c, m->local_ssrc,
				&(struct ts_rtp_recv_out){on_recv_packet, l, &t->clock});
	}
	return err;
}

int ts_path_media_init(struct ts_transport *t, size_t i)
{
	struct ts_path_media *m = &t->media[i];
	if (!m->transport) {
		m->config = &t->config.media[i];
		m->transport = t;
		m->lane = &t->lane[t->config.kind == TS_TRANSPORT_PLAIN ? i : 0];
		m->sender = (struct ts_sender){t, i};
		m->fir_seen = m->event_rtp = -1;
		m->local_ssrc = ts_random_u32();
	}
	if (m->config->send) m->local_ssrc = m->config->send_ssrc;
	int err = receivers_init(t, i);
	if (!err && m->config->send && !m->send)
		err = ts_rtp_send_create(&m->send, m->config, t->config.cname);
	if (!err && m->config->send) err = ts_path_pace_init(t, m->config);
	return err;
}

void ts_path_note(struct ts_transport *t, const struct ts_transport_config *config)
{
	for (size_t i = 0; i < config->n_media; i++) {
		atomic_store(&t->media[i].kind, config->media[i].kind);
		atomic_store(&t->media[i].sends, config->media[i].send);
	}
	t->n_known = config->n_media;
}

int ts_path_dtls_init(struct ts_transport *t, struct ts_dtls_cert *cert)
{
	const struct ts_dtls_config dtls = {
		t->config.dtls_role, t->config.remote_fingerprint, send_dtls, t};
	return ts_dtls_create(&t->dtls, cert, &dtls);
}

static int ice_init(struct ts_transport *t, struct ts_dtls_cert *cert)
{
	if (t->config.remote.n_candidates > TS_CAND_MAX ||
		ts_ice_check_credentials(t->config.remote.ufrag, t->config.remote.pwd))
		return TS_EINVAL;
	return ts_path_dtls_init(t, cert);
}

/* What the description of the peer decided. */
static int remote_init(struct ts_transport *t, struct ts_dtls_cert *cert)
{
	int err = t->config.kind == TS_TRANSPORT_ICE ? ice_init(t, cert) : TS_OK;
	for (size_t i = 0; i < t->config.n_media && !err; i++) err = ts_path_media_init(t, i);
	if (!err) ts_path_note(t, &t->config);
	return err;
}

int ts_transport_create(struct ts_transport **out, struct ts_nets *nets,
	const struct ts_transport_config *config, const struct ts_transport_events *events,
	void *arg)
{
	*out = NULL;
	if (config->n_media > TS_MEDIA_MAX) return TS_EINVAL;
	struct ts_transport *t = calloc(1, sizeof(*t));
	if (!t) return TS_ENOMEM;
	t->config = *config;
	t->events = *events;
	t->arg = arg;
	t->n_lane = config->kind == TS_TRANSPORT_PLAIN ? config->n_media : 1;
	for (size_t i = 0; i < TS_MEDIA_MAX; i++) ts_path_lane_init(&t->lane[i], t);
	t->timer.fn = on_timer;
	t->timer_ns = t->deadline_ns = t->first_ns = INT64_MAX;
	t->task.fn = run_task;
	/* the creator's and the net thread's, which on_closed gives back */
	ts_ref_init(&t->refs, 2);
	memcpy(t->name, config->cname, sizeof(t->name) - 1);
	bool answers = config->kind == TS_TRANSPORT_PLAIN ? !config->offering
							  : config->remote.ufrag[0];
	int err = answers ? remote_init(t, nets->cert) : TS_OK;
	if (err) {
		release(t);
		free(t);
		return err;
	}
	t->net = ts_nets_place(nets);
	*out = t;
	post(t, answers ? TODO_START | TODO_REMOTE : TODO_START);
	return TS_OK;
}

int ts_transport_answer(struct ts_transport *t, const struct ts_transport_config *config)
{
	if (config->n_media > TS_MEDIA_MAX || config->kind != t->config.kind) return TS_EINVAL;
	if (config->kind == TS_TRANSPORT_PLAIN && config->n_media != t->n_lane) return TS_EINVAL;
	t->config = *config;
	int err = remote_init(t, t->net->nets->cert);
	/* else the owner has to close it: nothing of it runs yet but ICE */
	if (!err) post(t, TODO_REMOTE);
	return err;
}

void ts_path_wake_remotes(struct ts_transport *t)
{
	post(t, TODO_REMOTES);
}

void ts_path_wake_update(struct ts_transport *t)
{
	post(t, TODO_UPDATE);
}

void ts_path_wake_proven(struct ts_transport *t)
{
	post(t, TODO_PROVEN);
}

void ts_transport_close(struct ts_transport *t)
{
	post(t, TODO_CLOSE);
	drop_ref(t);
}

/* ---- calls from any thread */

void ts_transport_request_keyframe(struct ts_transport *t, size_t media, unsigned layers)
{
	assert(media < TS_MEDIA_MAX);
	atomic_fetch_or(&t->media[media].keyframe_requested, layers);
	post(t, TODO_KEYFRAME);
}

void ts_transport_set_wanted_layers(struct ts_transport *t, size_t media, unsigned layers)
{
	assert(media < TS_MEDIA_MAX);
	atomic_store_explicit(&t->media[media].unwanted, ~layers, memory_order_relaxed);
}

void ts_transport_set_receive_bitrate(struct ts_transport *t, uint32_t bps)
{
	atomic_store(&t->receive_bps, bps);
	post(t, TODO_RECEIVE_BITRATE);
}

void ts_transport_set_wanted_bps(struct ts_transport *t, uint32_t bps)
{
	atomic_store_explicit(&t->wanted_bps, bps, memory_order_relaxed);
}

void ts_transport_stats(const struct ts_transport *t, size_t media, struct ts_media_stats *out)
{
	assert(media < TS_MEDIA_MAX);
	const struct ts_path_stats *s = &t->media[media].stats;
#define READ(field) .field = atomic_load_explicit(&s->field, memory_order_relaxed)
	*out = (struct ts_media_stats){READ(packets_in), READ(bytes_in), READ(packets_out),
		READ(bytes_out), READ(lost), READ(restored), READ(jitter_us), READ(rtt_us)};
#undef READ
}

struct ts_sender *ts_transport_sender(struct ts_transport *t, size_t media)
{
	assert(media < TS_MEDIA_MAX);
	return atomic_load(&t->media[media].sends) ? ts_sender_ref(&t->media[media].sender) : NULL;
}

struct ts_sender *ts_sender_ref(struct ts_sender *sender)
{
	take_ref(sender->transport);
	return sender;
}

void ts_sender_unref(struct ts_sender **sender)
{
	if (*sender) drop_ref((*sender)->transport);
	*sender = NULL;
}

void ts_sender_set_output(struct ts_sender *sender, uint32_t from, uint32_t to)
{
	ts_handover_set(&sender->transport->media[sender->media].handover, from, to);
}
