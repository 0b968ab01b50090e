/* The life of a path without ICE: sockets for each m-line, what each description says about them,
 * and a peer that fell silent. */
#include "base/address.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/net/dscp.h"
#include "transport/path.h"
#include "transport/plain.h"
#include <assert.h>
#include <stdlib.h>

/* a peer may send nothing while nobody speaks, but reports come every 5 s */
#define STALLED_NS (6 * TS_NS_PER_S)

static void on_recv(void *arg, struct ts_plain_side *side, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len)
{
	ts_path_plain_input(arg, side, from, data, len, ts_now_ns());
}

static void on_flush(void *arg)
{
	struct ts_path_lane *lane = arg;
	ts_path_settle(lane->transport, ts_now_ns());
}

static int open_plain(struct ts_path_lane *lane, bool mux)
{
	struct ts_transport *t = lane->transport;
	const struct ts_ice_host *host = &t->net->nets->host;
	enum ts_media kind = t->config.media[lane - t->lane].kind;
	const struct ts_plain_owner owner = {.loop = t->net->loop,
		.batch = t->net->batch,
		.tos = ts_dscp_tos(host->dscp, kind == TS_AUDIO, kind == TS_VIDEO),
		.recv = on_recv,
		.flush = on_flush,
		.arg = lane};
	return ts_plain_open(&lane->plain, &owner, host, t->config.local_address, mux);
}

static int open_lane(struct ts_transport *t, size_t i)
{
	struct ts_path_lane *lane = &t->lane[i];
	const struct ts_plain_config *c = &t->config.media[i].plain;
	/* before the answer nobody knows whether the peer can do with one port */
	bool mux = c->rtcp_mux && !t->config.offering;
	if (c->off) return TS_OK;
	if (!lane->plain) return open_plain(lane, mux);
	if (!ts_plain_remux(lane->plain, t->config.local_address, mux)) return TS_OK;
	ts_plain_close(&lane->plain); /* the port beside was taken meanwhile */
	return open_plain(lane, mux);
}

static void tell_ports(struct ts_transport *t)
{
	struct ts_transport_local local = {0};
	for (size_t i = 0; i < t->config.n_media; i++) {
		const struct ts_plain *plain = t->lane[i].plain;
		if (!plain) continue;
		local.port[i].rtp = plain->rtp.port;
		local.port[i].rtcp = plain->rtcp.port ? plain->rtcp.port : plain->rtp.port;
	}
	t->events.gathered(t->arg, &local);
}

void ts_path_plain_start(struct ts_transport *t)
{
	int err = 0;
	for (size_t i = 0; i < t->config.n_media && !err; i++) err = open_lane(t, i);
	if (err)
		ts_path_fail(t, "no-ports");
	else
		tell_ports(t);
}

/* ---- descriptions */

static int set_keys(struct ts_path_lane *lane, const struct ts_srtp_keys *keys)
{
	if (lane->srtp && keys->profile) return ts_srtp_rekey(lane->srtp, keys);
	ts_srtp_destroy(&lane->srtp);
	return keys->profile ? ts_srtp_create(&lane->srtp, keys) : TS_OK;
}

static int apply_lane(struct ts_transport *t, size_t i, int64_t now_ns)
{
	struct ts_path_lane *lane = &t->lane[i];
	const struct ts_plain_config *c = &t->config.media[i].plain;
	if (c->off) {
		ts_path_plain_dtls_stop(lane);
		/* keys, counters and windows stay: the line may come back with them */
		ts_plain_close(&lane->plain);
		return TS_OK;
	}
	int err = open_lane(t, i);
	if (!err && !c->dtls) err = set_keys(lane, &c->keys);
	if (err) return err;
	ts_plain_tell(lane->plain, c);
	return ts_path_plain_dtls_apply(lane, now_ns);
}

static void apply(struct ts_transport *t, int64_t now_ns)
{
	struct sockaddr_storage host;
	int err = 0;
	for (size_t i = 0; i < t->config.n_media && !err; i++) err = apply_lane(t, i, now_ns);
	if (ts_address_parse(&host, t->config.proven_host, 0)) ts_path_prove(t, &host, now_ns);
	t->heard_ns = now_ns; /* whatever is expected now has just begun to be */
	if (!err) return;
	ts_warn("plain RTP failed", "transport=%s error=%s", t->name, ts_strerror(err));
	ts_path_fail(t, err == TS_EIO ? "no-ports" : "srtp");
}

void ts_path_plain_connect(struct ts_transport *t, int64_t now_ns)
{
	if (t->ended) return;
	t->config.offering = false;
	t->await_proof = t->config.await_proof && !t->proved;
	t->ready = true;
	apply(t, now_ns);
	if (!t->ended) ts_path_connected(t, now_ns);
}

static int update_media(struct ts_transport *t, size_t i, const struct ts_media_config *fresh)
{
	struct ts_path_media *m = &t->media[i];
	struct ts_media_config *c = &t->config.media[i];
	bool other_kind = fresh->kind != c->kind;
	bool other_ssrc = fresh->send && m->send && fresh->send_ssrc != ts_rtp_send_ssrc(m->send);
	/* what waits was made for what is sent no more */
	if (!fresh->send || other_kind || other_ssrc || fresh->send_codec != c->send_codec ||
		fresh->send_pt != c->send_pt) {
		ts_pacer_forget(&t->pacer, i);
		ts_handover_forget(&m->handover);
		if (fresh->send && fresh->kind == TS_VIDEO) t->events.needs_keyframe(t->arg, i);
	}
	/* another endpoint has limits of its own, and does not know ours */
	if (strcmp(fresh->plain.address, c->plain.address) || fresh->plain.port != c->plain.port) {
		memset(&m->tmmbr, 0, sizeof m->tmmbr);
		m->tmmbr_heard = false;
	}
	*c = *fresh;
	struct ts_rtp_recv **recv = &m->layer[0].recv; /* of simulcast nothing is agreed to here */
	if (other_kind) ts_rtp_recv_destroy(recv);
	if (other_kind || other_ssrc) ts_rtp_send_destroy(&m->send);
	if (*recv) ts_rtp_recv_update(*recv, c);
	/* what no longer sends keeps its numbers: it may come back, and must not repeat them */
	if (m->send && c->send) ts_rtp_send_update(m->send, c);
	return ts_path_media_init(t, i);
}

static void update(struct ts_transport *t, const struct ts_transport_config *fresh, int64_t now_ns)
{
	int err = 0;
	t->config.rtp_timeout_ms = fresh->rtp_timeout_ms;
	memcpy(t->config.proven_host, fresh->proven_host, sizeof(t->config.proven_host));
	t->await_proof &= fresh->await_proof;
	t->config.n_media = fresh->n_media;
	if (t->config.kind == TS_TRANSPORT_PLAIN) t->n_lane = fresh->n_media;
	for (size_t i = 0; i < fresh->n_media && !err; i++)
		err = update_media(t, i, &fresh->media[i]);
	if (err) {
		ts_path_fail(t, "no-memory");
		return;
	}
	if (t->config.kind == TS_TRANSPORT_ICE) {
		ts_path_ice_update(t, fresh, now_ns);
		return;
	}
	apply(t, now_ns);
	if (!t->ended) tell_ports(t);
}

static void drop_config(struct ts_transport_config *config)
{
	if (!config) return;
	explicit_bzero(config->media, sizeof(config->media));
	free(config);
}

void ts_path_plain_update(struct ts_transport *t, int64_t now_ns)
{
	struct ts_transport_config *fresh = atomic_exchange(&t->update, NULL);
	if (fresh && t->ready && !t->ended) update(t, fresh, now_ns);
	drop_config(fresh);
}

void ts_path_plain_release(struct ts_transport *t)
{
	drop_config(atomic_exchange(&t->update, NULL));
	for (size_t i = 0; i < TS_MEDIA_MAX; i++) {
		ts_path_plain_dtls_stop(&t->lane[i]);
		ts_plain_close(&t->lane[i].plain);
		explicit_bzero(&t->config.media[i].plain.keys, sizeof(struct ts_srtp_keys));
	}
}

int ts_transport_update(struct ts_transport *t, const struct ts_transport_config *config)
{
	if (config->kind != t->config.kind) return TS_EUNSUPPORTED;
	if (config->n_media > TS_MEDIA_MAX || config->n_media < t->n_known) return TS_EINVAL;
	struct ts_transport_config *copy = malloc(sizeof(*copy));
	if (!copy) return TS_ENOMEM;
	*copy = *config;
	ts_path_note(t, config);
	drop_config(atomic_exchange(&t->update, copy));
	ts_path_wake_update(t);
	return TS_OK;
}

/* ---- proof */

void ts_path_prove(struct ts_transport *t, const struct sockaddr_storage *from, int64_t now_ns)
{
	ts_proof_sign(&t->proof, from, now_ns);
	for (size_t i = 0; i < t->n_lane; i++) {
		struct ts_plain_side *side = t->lane[i].plain ? &t->lane[i].plain->rtp : NULL;
		if (side && ts_address_same_host(&side->route.to, from)) side->opener.n = 0;
	}
}

void ts_path_plain_proven(struct ts_transport *t, int64_t now_ns)
{
	struct sockaddr_storage *host = atomic_exchange(&t->proven, NULL);
	/* config may be another thread's still (path.h, ready) */
	t->proved = true;
	t->await_proof = false;
	if (host) ts_path_prove(t, host, now_ns);
	free(host);
}

void ts_transport_prove(struct ts_transport *t, const char *text)
{
	struct sockaddr_storage *host = malloc(sizeof(*host));
	if (host && !ts_address_parse(host, text, 0)) {
		free(host);
		host = NULL;
	}
	free(atomic_exchange(&t->proven, host));
	ts_path_wake_proven(t);
}

/* ---- silence */

/* Something flows: then the other side is heard, by reports at least. */
static bool flows(const struct ts_transport *t)
{
	for (size_t i = 0; i < t->config.n_media; i++)
		if ((t->config.media[i].n_pt || t->config.media[i].send) && t->lane[i].plain)
			return true;
	return false;
}

/* They send media, and reports come every 5 s. */
static bool expects(const struct ts_transport *t)
{
	for (size_t i = 0; i < t->config.n_media; i++)
		if (t->config.media[i].n_pt && t->lane[i].plain) return true;
	return false;
}

void ts_path_plain_check(struct ts_transport *t, int64_t now_ns)
{
	int64_t silent_ns = now_ns - t->heard_ns,
		timeout_ns = t->config.rtp_timeout_ms * TS_NS_PER_MS;
	bool stalled = expects(t) && silent_ns >= STALLED_NS;
	if (timeout_ns && silent_ns >= timeout_ns && flows(t)) {
		ts_path_fail(t, "rtp-timeout");
	} else if (stalled != t->stalled) {
		t->stalled = stalled;
		t->events.stalled(t->arg, stalled);
	}
}
