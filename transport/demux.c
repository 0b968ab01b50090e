/* What comes in on a path: told apart by RFC 7983, decrypted, and given to its m-line by RFC 8843
 * 9.2; on a plain path the socket tells the m-line, and what is valid tells where the peer is. */
#include "base/address.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/ice/stun.h"
#include "transport/path.h"
#include "transport/plain.h"
#include "transport/rtp/hdrext.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/rtp.h"
#include <stdlib.h>

/* ---- DTLS */

static void keys_agreed(struct ts_transport *t, int64_t now_ns)
{
	struct ts_srtp_keys keys;
	int err = ts_dtls_keys(t->dtls, &keys);
	if (!err) err = ts_srtp_create(&t->lane[0].srtp, &keys);
	explicit_bzero(&keys, sizeof(keys));
	if (err)
		ts_path_fail(t, "dtls");
	else if (t->state == TS_TR_CONNECTED)
		ts_path_keys_anew(t, now_ns);
	else
		ts_path_connected(t, now_ns);
}

void ts_path_dtls_state(struct ts_transport *t, enum ts_dtls_state state, int64_t now_ns)
{
	if (t->ended) return;
	if (state == TS_DTLS_FAILED)
		ts_path_fail(t, ts_dtls_reason(t->dtls));
	else if (state == TS_DTLS_CLOSED)
		ts_path_fail(t, "dtls-close");
	else if (state == TS_DTLS_DONE && !t->lane[0].srtp)
		keys_agreed(t, now_ns);
}

/* Before ICE has a pair an answer would have nowhere to go, and the handshake would wait a second
 * for a retransmission. */
static void keep_early(struct ts_transport *t, const uint8_t *data, size_t len)
{
	if (!t->early) t->early = malloc(TS_PATH_EARLY_DTLS * sizeof(t->early[0]));
	if (!t->early || t->n_early == TS_PATH_EARLY_DTLS) {
		ts_count(TS_C_DROP_DTLS);
		return;
	}
	struct ts_path_early *e = &t->early[t->n_early++];
	e->len = len;
	memcpy(e->data, data, len);
}

static void input_dtls(struct ts_transport *t, const uint8_t *data, size_t len, int64_t now_ns)
{
	if (t->state == TS_TR_ICE)
		keep_early(t, data, len);
	else
		ts_path_dtls_state(t, ts_dtls_input(t->dtls, data, len, now_ns), now_ns);
}

void ts_path_feed_early(struct ts_transport *t, int64_t now_ns)
{
	for (size_t i = 0; i < t->n_early && !t->ended; i++)
		input_dtls(t, t->early[i].data, t->early[i].len, now_ns);
	free(t->early);
	t->early = NULL;
	t->n_early = 0;
}

/* ---- RTP: whose packet is it? */

void ts_path_ssrc_learn(struct ts_transport *t, uint32_t ssrc, size_t media, size_t layer)
{
	size_t at = 0;
	while (at < t->n_ssrc && t->ssrc[at].ssrc != ssrc) at++;
	if (at == TS_PATH_SSRCS)
		at--;
	else if (at == t->n_ssrc)
		t->n_ssrc++;
	memmove(t->ssrc + 1, t->ssrc, at * sizeof(t->ssrc[0]));
	t->ssrc[0] = (struct ts_path_ssrc){ssrc, (uint16_t)media, (uint16_t)layer};
}

static const struct ts_pt *find_pt(const struct ts_media_config *m, uint8_t pt)
{
	for (size_t i = 0; i < m->n_pt; i++)
		if (m->pt[i].pt == pt) return &m->pt[i];
	return NULL;
}

/* False: it has none. */
static bool read_extensions(
	struct ts_hdrext *out, const struct ts_packet *p, const struct ts_media_config *m)
{
	uint16_t profile;
	struct ts_rd elements = ts_rtp_ext(p, &profile);
	ts_hdrext_parse(out, elements, profile, &m->ext);
	return profile;
}

static bool is_heard(const struct ts_path_media *m)
{
	for (size_t i = 0; i < m->n_layers; i++)
		if (m->layer[i].recv && ts_rtp_recv_ssrc(m->layer[i].recv)) return true;
	return false;
}

/* The layer that a packet of an SSRC not known yet belongs to (RFC 8852 3); -1: to none that is
 * taken. Who agreed to layers, but sends one without a name, is taken to send the best alone. */
static int find_layer(
	const struct ts_path_media *m, const struct ts_packet *p, const struct ts_hdrext *ext)
{
	const struct ts_media_config *c = m->config;
	const char *rid = ext->rid ? ext->rid : ext->repaired_rid;
	size_t len = ext->rid ? ext->rid_len : ext->repaired_rid_len;
	if (!c->n_layers) return 0;
	for (size_t i = 0; rid && i < c->n_layers; i++)
		if (len == strlen(c->layer[i].rid) && !memcmp(rid, c->layer[i].rid, len))
			return (int)i;
	if (rid) return -1;
	if (c->n_layers == 1) return 0;
	return find_pt(c, p->pt)->apt >= 0 || is_heard(m) ? -1 : (int)c->n_layers - 1;
}

/* Of an SSRC not known yet: the m-line its MID names, else the only one with its payload type;
 * false: none. Extension ids are looked at per m-line: some peers give one id two meanings in a
 * BUNDLE, against RFC 8843. */
static bool guess(struct ts_path_ssrc *out, const struct ts_transport *t, const struct ts_packet *p)
{
	size_t n_by_pt = 0;
	bool has_mid = false, found = false;
	out->ssrc = p->ssrc;
	for (size_t i = 0; i < t->config.n_media; i++) {
		const struct ts_media_config *m = &t->config.media[i];
		struct ts_hdrext ext;
		if (!find_pt(m, p->pt)) continue;
		read_extensions(&ext, p, m);
		has_mid |= ext.mid != NULL;
		int layer = find_layer(&t->media[i], p, &ext);
		n_by_pt++; /* also of a layer that is not taken: then it is of no other line */
		if (layer < 0) continue;
		found = true;
		bool named = ext.mid && ext.mid_len == strlen(m->mid) &&
			!memcmp(ext.mid, m->mid, ext.mid_len);
		out->media = (uint16_t)i;
		out->layer = (uint16_t)layer;
		if (named) return true;
	}
	return !has_mid && n_by_pt == 1 && found;
}

/* The one that receives this SSRC already: names are not sent for ever, and the table is short. */
static bool find_heard(
	struct ts_path_ssrc *out, const struct ts_transport *t, const struct ts_packet *p)
{
	for (size_t i = 0; i < t->config.n_media; i++) {
		const struct ts_path_media *m = &t->media[i];
		for (size_t k = 0; m->config->n_layers && k < m->n_layers; k++) {
			if (!m->layer[k].recv || !ts_rtp_recv_owns_ssrc(m->layer[k].recv, p->ssrc))
				continue;
			*out = (struct ts_path_ssrc){p->ssrc, (uint16_t)i, (uint16_t)k};
			return true;
		}
	}
	return false;
}

/* NULL: nobody's. */
static struct ts_path_layer *find_stream(struct ts_transport *t, const struct ts_packet *p)
{
	struct ts_path_ssrc found = {0};
	size_t at = 0;
	while (at < t->n_ssrc && t->ssrc[at].ssrc != p->ssrc) at++;
	if (at < t->n_ssrc)
		found = t->ssrc[at];
	else if (!find_heard(&found, t, p) && !guess(&found, t, p))
		return NULL;
	/* moves it to the front */
	if (at || !t->n_ssrc) ts_path_ssrc_learn(t, found.ssrc, found.media, found.layer);
	return &t->media[found.media].layer[found.layer];
}

static enum ts_counter srtp_drop(int err)
{
	return err == TS_ELATE    ? TS_C_DROP_SRTP_REPLAY
		: err == TS_EAUTH ? TS_C_DROP_SRTP_AUTH
				  : TS_C_DROP_RTP_BAD;
}

/* The functions up to the receiver of the m-line say why the packet is to be dropped, or TAKEN. */
#define TAKEN TS_COUNTER_COUNT

static enum ts_counter open_rtp(struct ts_srtp *srtp, struct ts_packet *p)
{
	size_t len = p->len;
	int err = srtp ? ts_srtp_unprotect_rtp(srtp, p->data, &len) : TS_OK;
	if (err) return srtp_drop(err);
	p->len = (uint32_t)len;
	return ts_rtp_parse(p) ? TS_C_DROP_RTP_BAD : TAKEN;
}

static enum ts_counter deliver_rtp(struct ts_path_layer *l, struct ts_packet *p, int64_t now_ns)
{
	if (!l->recv) return TS_C_DROP_RTP_PT;
	l->media->transport->rtp_ns = l->heard_ns = now_ns;
	ts_rtp_recv_packet(l->recv, p, now_ns);
	return TAKEN;
}

/* Every packet with a number counts, also those that only probe or come twice. */
static void note_arrival(struct ts_transport *t, uint16_t number, int64_t arrival_ns)
{
	if (!t->twcc && (t->twcc = malloc(sizeof(*t->twcc)))) ts_twcc_init(t->twcc);
	if (t->twcc) ts_twcc_packet(t->twcc, number, arrival_ns);
}

static enum ts_counter receive_rtp(struct ts_transport *t, struct ts_packet *p, int64_t now_ns)
{
	enum ts_counter drop = open_rtp(t->lane[0].srtp, p);
	if (drop != TAKEN) return drop;
	t->heard_ns = now_ns;
	struct ts_path_layer *l = find_stream(t, p);
	if (!l) return TS_C_DROP_RTP_SSRC;
	const struct ts_media_config *m = l->media->config;
	struct ts_hdrext ext;
	if (read_extensions(&ext, p, m)) {
		if (m->twcc && ext.has_twcc) note_arrival(t, ext.twcc, p->arrival_ns);
		ts_hdrext_apply(&ext, p);
	}
	return deliver_rtp(l, p, now_ns);
}

static struct ts_packet *make_packet(
	struct ts_transport *t, const uint8_t *data, size_t len, int64_t now_ns)
{
	struct ts_packet *p = ts_packet_get(t->net->pool);
	if (!p) {
		ts_count(TS_C_DROP_NO_BUFFER);
		return NULL;
	}
	memcpy(p->data, data, len);
	p->len = (uint32_t)len;
	p->arrival_ns = now_ns;
	return p;
}

static void drop_unless_taken(struct ts_packet *p, enum ts_counter drop)
{
	if (drop == TAKEN) return;
	ts_count(drop);
	ts_packet_unref(&p);
}

static void input_rtp(struct ts_transport *t, const uint8_t *data, size_t len, int64_t now_ns)
{
	struct ts_packet *p = make_packet(t, data, len, now_ns);
	if (p) drop_unless_taken(p, receive_rtp(t, p, now_ns));
}

/* In place; false: counted. */
static bool open_rtcp(struct ts_srtp *srtp, uint8_t *data, size_t *len)
{
	int err = srtp ? ts_srtp_unprotect_rtcp(srtp, data, len) : TS_OK;
	if (err) ts_count(err == TS_EBADMSG ? TS_C_DROP_RTCP_BAD : srtp_drop(err));
	return !err;
}

static void input_rtcp(struct ts_transport *t, const uint8_t *data, size_t len, int64_t now_ns)
{
	_Alignas(8) uint8_t plain[TS_DATAGRAM_MAX];
	memcpy(plain, data, len);
	if (!open_rtcp(t->lane[0].srtp, plain, &len)) return;
	t->heard_ns = now_ns;
	ts_path_rtcp(&t->lane[0], plain, len, now_ns);
}

void ts_path_input(struct ts_transport *t, const uint8_t *data, size_t len, int64_t now_ns)
{
	ts_count(TS_C_RX_PACKETS);
	ts_count_add(TS_C_RX_BYTES, (int64_t)len);
	if (len == 0 || len > TS_DATAGRAM_MAX || t->ended) {
		ts_count(TS_C_DROP_UNKNOWN);
	} else if (data[0] >= 20 && data[0] <= 63) {
		input_dtls(t, data, len, now_ns);
	} else if (data[0] < 128 || data[0] > 191) {
		ts_count(TS_C_DROP_UNKNOWN);
	} else if (!t->lane[0].srtp) {
		ts_count(TS_C_DROP_NO_KEYS);
	} else if (ts_rtp_is_rtcp(data, len)) {
		input_rtcp(t, data, len, now_ns);
	} else {
		input_rtp(t, data, len, now_ns);
	}
}

/* ---- plain RTP: the m-line is known, but whoever reaches the port may send */

struct plain_datagram {
	struct ts_path_lane *lane;
	struct ts_plain_side *side;
	const struct sockaddr_storage *from;
	const uint8_t *data; /* as it came */
	size_t len;
};

/* It is the peer's. */
static void plain_heard(const struct plain_datagram *d, int64_t now_ns)
{
	struct ts_transport *t = d->lane->transport;
	t->heard_ns = now_ns;
	ts_path_prove(t, d->from, now_ns);
	if (!ts_plain_heard(d->side, d->from, d->data, d->len, now_ns)) return;
	ts_count(TS_C_MEDIA_MOVED);
	if (now_ns - t->moved_ns < TS_NS_PER_S) return;
	t->moved_ns = now_ns;
	ts_info("media moved", "transport=%s media=%d rtcp=%d", t->name, (int)(d->lane - t->lane),
		d->side == &d->side->plain->rtcp);
}

static enum ts_counter receive_plain_rtp(
	const struct plain_datagram *d, struct ts_packet *p, int64_t now_ns)
{
	struct ts_transport *t = d->lane->transport;
	struct ts_path_media *m = &t->media[d->lane - t->lane];
	enum ts_counter drop = open_rtp(d->lane->srtp, p);
	if (drop != TAKEN) return drop;
	if (!find_pt(m->config, p->pt)) return TS_C_DROP_RTP_PT;
	plain_heard(d, now_ns);
	return deliver_rtp(&m->layer[0], p, now_ns);
}

static void input_plain_rtcp(const struct plain_datagram *d, int64_t now_ns)
{
	_Alignas(8) uint8_t plain[TS_DATAGRAM_MAX];
	struct ts_rtcp_iter it;
	size_t len = d->len;
	memcpy(plain, d->data, len);
	if (!open_rtcp(ts_path_rtcp_srtp(d->lane), plain, &len)) return;
	if (ts_rtcp_begin(&it, plain, len)) {
		ts_count(TS_C_DROP_RTCP_BAD);
		return;
	}
	plain_heard(d, now_ns);
	ts_path_rtcp(d->lane, plain, len, now_ns);
}

/* A keepalive of one whom we send to, or who sends: it says that they are there, and moves
 * nothing. */
static bool is_plain_stun(const struct plain_datagram *d)
{
	const struct sockaddr_storage *to = ts_latch_to(&d->side->latch);
	return ts_stun_is_binding(d->data, d->len) && to && ts_address_same_host(d->from, to);
}

/* Where RTCP has a socket of its own, payload types 64 to 95 are RTP's (RFC 5761 4 keeps them free
 * only for both on one). */
static bool is_plain_rtcp(const struct plain_datagram *d)
{
	const struct ts_path_media *m =
		&d->lane->transport->media[d->lane - d->lane->transport->lane];
	bool own_socket = d->side == &d->side->plain->rtp && !m->config->plain.rtcp_mux;
	return ts_rtp_is_rtcp(d->data, d->len) &&
		!(own_socket && find_pt(m->config, d->data[1] & 0x7f));
}

void ts_path_plain_input(struct ts_path_lane *lane, struct ts_plain_side *side,
	const struct sockaddr_storage *from, const uint8_t *data, size_t len, int64_t now_ns)
{
	struct ts_transport *t = lane->transport;
	const struct plain_datagram d = {lane, side, from, data, len};
	ts_count(TS_C_RX_PACKETS);
	ts_count_add(TS_C_RX_BYTES, (int64_t)len);
	if (len == 0 || t->ended || !t->ready) {
		ts_count(TS_C_DROP_UNKNOWN);
	} else if (t->await_proof) {
		ts_count(TS_C_DROP_SOURCE);
	} else if (is_plain_stun(&d)) {
		t->heard_ns = now_ns;
		ts_path_prove(t, from, now_ns);
	} else if (data[0] >= 20 && data[0] <= 63 && ts_path_plain_is_dtls(lane)) {
		ts_path_plain_dtls_input(lane, side, from, data, len, now_ns);
	} else if (data[0] < 128 || data[0] > 191) {
		ts_count(TS_C_DROP_UNKNOWN);
	} else if (ts_path_plain_is_dtls(lane) &&
		!(side == &side->plain->rtcp ? ts_path_rtcp_srtp(lane) : lane->srtp)) {
		ts_count(TS_C_DROP_NO_KEYS);
	} else if (!ts_plain_allows(side, from, data, len, now_ns)) {
		ts_count(TS_C_DROP_SOURCE);
	} else if (is_plain_rtcp(&d)) {
		input_plain_rtcp(&d, now_ns);
	} else if (side == &side->plain->rtcp) {
		ts_count(TS_C_DROP_UNKNOWN);
	} else {
		struct ts_packet *p = make_packet(t, data, len, now_ns);
		if (p) drop_unless_taken(p, receive_plain_rtp(&d, p, now_ns));
	}
}
