/* DTLS-SRTP without ICE: on each m-line's own sockets an association agrees on the keys of what
 * goes by them, on the one of RTCP another where RTCP is not muxed.
 *
 *   DTLS datagram of the host that was told, or that signals --> association --> answers to its
 *      source; done: that is where the peer is, and SRTP begins
 *
 * Nothing but DTLS is taken or sent before. We are mostly the server, which never speaks first.
 *
 *   [ begins ] --ClientHello, or any answer to ours--> [ bound to its address and port ] --> done
 *        ^                                                    |
 *        +--- a moment later, all of it anew <--- it failed --+
 *
 * Anybody on the peer's host, or who can write its address into a datagram, can send one that makes
 * a handshake fail: so it is tried again, until its time is over. Others than the one it is bound
 * to are not listened to, unless they begin when it has led nowhere for a while; a client first
 * listens to whom it called.
 * Source  RFC 5763 5 and 6.7, 5764, 8842 (when it begins anew).
 */
#include "base/address.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/path.h"
#include "transport/plain.h"
#include "transport/secure/srtp.h"
#include <stdlib.h>
#include <string.h>

#define HANDSHAKE_NS (30 * TS_NS_PER_S)
#define BOUND_NS (2 * TS_NS_PER_S)
#define REST_SERVER_NS (100 * TS_NS_PER_MS)
#define REST_CLIENT_NS (1 * TS_NS_PER_S)
enum { HANDSHAKE = 22, CLIENT_HELLO = 1, TYPE_AT = 13 };

struct ts_path_dtls {
	struct ts_path_lane *lane;
	enum ts_path_half half;
	struct ts_dtls *dtls;  /* NULL: it rests */
	struct ts_route route; /* where its datagrams go */
	int64_t until_ns;      /* INT64_MAX: it is done */
	int64_t began_ns;      /* anew, the last time */
	bool bound;            /* to route.to, since then */
	int64_t bound_ns;
	int64_t rests_until_ns;
};

static const struct ts_plain_config *config_of(const struct ts_path_lane *lane)
{
	return &lane->transport->config.media[lane - lane->transport->lane].plain;
}

static struct ts_plain_side *side_of(const struct ts_path_dtls *d)
{
	struct ts_plain *plain = d->lane->plain;
	if (!plain) return NULL;
	return d->half == TS_PATH_RTCP ? &plain->rtcp : &plain->rtp;
}

static void on_send(void *arg, const uint8_t *data, size_t len)
{
	struct ts_path_dtls *d = arg;
	struct ts_batch *batch = d->lane->transport->net->batch;
	uint8_t *buf = d->route.fd >= 0 ? ts_batch_reserve(batch, &d->route, len) : NULL;
	if (!buf) {
		ts_count(TS_C_DROP_SEND);
		return;
	}
	memcpy(buf, data, len);
	ts_batch_commit(batch, &d->route, len);
}

static void set_route(struct ts_path_dtls *d, const struct sockaddr_storage *to)
{
	struct ts_plain_side *side = side_of(d);
	ts_batch_flush(
		d->lane->transport->net->batch); /* what waits goes to where it was meant for */
	d->route.fd = side ? side->watch.fd : -1;
	d->route.to = *to;
	d->route.to_len = ts_address_len(to);
}

/* ---- its life */

static void stop_half(struct ts_path_lane *lane, enum ts_path_half half)
{
	struct ts_path_dtls *d = lane->dtls[half];
	if (!d) return;
	ts_batch_flush(lane->transport->net->batch); /* it may hold our route */
	ts_dtls_destroy(&d->dtls);
	free(d);
	lane->dtls[half] = NULL;
}

void ts_path_plain_dtls_stop(struct ts_path_lane *lane)
{
	stop_half(lane, TS_PATH_RTP);
	stop_half(lane, TS_PATH_RTCP);
}

static int create(struct ts_path_dtls *d, int64_t now_ns)
{
	const struct ts_plain_config *c = config_of(d->lane);
	d->began_ns = now_ns;
	const struct ts_dtls_config config = {c->dtls_role, c->fingerprint, on_send, d};
	return ts_dtls_create(&d->dtls, d->lane->transport->net->nets->cert, &config);
}

static int start_half(struct ts_path_lane *lane, enum ts_path_half half, int64_t now_ns)
{
	struct ts_path_dtls *d = calloc(1, sizeof(*d));
	if (!d) return TS_ENOMEM;
	d->lane = lane;
	d->half = half;
	d->route.fd = -1;
	d->until_ns = now_ns + HANDSHAKE_NS;
	int err = create(d, now_ns);
	if (err) {
		free(d);
		return err;
	}
	lane->dtls[half] = d;
	return TS_OK;
}

/* A client speaks first, to where the description says. A server answers who speaks to it. */
static void address_half(struct ts_path_dtls *d)
{
	const struct sockaddr_storage *to = d ? ts_latch_to(&side_of(d)->latch) : NULL;
	if (!to || !d->dtls || d->bound || config_of(d->lane)->dtls_role != TS_DTLS_CLIENT) return;
	const bool first = d->route.fd < 0;
	set_route(d, to);
	if (first) ts_dtls_start(d->dtls);
}

int ts_path_plain_dtls_apply(struct ts_path_lane *lane, int64_t now_ns)
{
	const struct ts_plain_config *c = config_of(lane);
	const bool apart = lane->plain->rtcp.watch.fd >= 0;
	if (!c->dtls) {
		ts_path_plain_dtls_stop(lane);
		ts_srtp_destroy(&lane->rtcp_srtp);
		return TS_OK;
	}
	if (!lane->dtls[TS_PATH_RTP] || lane->dtls_generation != c->dtls_generation) {
		ts_path_plain_dtls_stop(lane);
		ts_srtp_destroy(&lane->srtp);
		ts_srtp_destroy(&lane->rtcp_srtp);
		lane->dtls_generation = c->dtls_generation;
	}
	if (!apart) {
		stop_half(lane, TS_PATH_RTCP);
		ts_srtp_destroy(&lane->rtcp_srtp);
	}
	int err = lane->dtls[TS_PATH_RTP] ? TS_OK : start_half(lane, TS_PATH_RTP, now_ns);
	if (!err && apart && !lane->dtls[TS_PATH_RTCP])
		err = start_half(lane, TS_PATH_RTCP, now_ns);
	if (err) return err;
	for (int half = 0; half < TS_PATH_HALVES; half++) {
		struct ts_path_dtls *d = lane->dtls[half];
		/* its socket may be another one */
		if (d && d->route.fd >= 0) set_route(d, &d->route.to);
		address_half(d);
	}
	return TS_OK;
}

/* ---- what comes */

static void keys_agreed(struct ts_path_dtls *d, int64_t now_ns)
{
	struct ts_transport *t = d->lane->transport;
	struct ts_srtp **srtp = d->half == TS_PATH_RTCP ? &d->lane->rtcp_srtp : &d->lane->srtp;
	struct ts_srtp_keys keys;
	int err = ts_dtls_keys(d->dtls, &keys);
	if (!err) err = ts_srtp_create(srtp, &keys);
	explicit_bzero(&keys, sizeof(keys));
	if (err) {
		ts_path_fail(t, "dtls");
		return;
	}
	d->until_ns = INT64_MAX;
	t->heard_ns = now_ns;
	ts_plain_met(side_of(d), &d->route.to, now_ns);
	ts_path_prove(t, &d->route.to, now_ns);
}

static void rest(struct ts_path_dtls *d, int64_t now_ns)
{
	const bool client = config_of(d->lane)->dtls_role == TS_DTLS_CLIENT;
	ts_count(TS_C_DTLS_RESTARTS);
	ts_batch_flush(d->lane->transport->net->batch); /* it may hold our route */
	ts_dtls_destroy(&d->dtls);
	d->route.fd = -1;
	d->bound = false;
	d->rests_until_ns = now_ns + (client ? REST_CLIENT_NS : REST_SERVER_NS);
}

static void wake(struct ts_path_dtls *d, int64_t now_ns)
{
	if (create(d, now_ns))
		ts_path_fail(d->lane->transport, "dtls");
	else
		address_half(d);
}

/* Another certificate that proves itself at the very address of the description is the peer's, or
 * of who holds it; all else that fails may be of anybody. A peer that ends its association says
 * nothing of the call: BYE does. */
static void follow(struct ts_path_dtls *d, enum ts_dtls_state state, int64_t now_ns)
{
	if (d->lane->transport->ended || d->until_ns == INT64_MAX) return;
	if (state == TS_DTLS_FAILED) {
		const char *why = ts_dtls_reason(d->dtls);
		if (!strcmp(why, "fingerprint") &&
			ts_address_same(&d->route.to, &side_of(d)->latch.told))
			ts_path_fail(d->lane->transport, why);
		else
			rest(d, now_ns);
	} else if (state == TS_DTLS_DONE) {
		keys_agreed(d, now_ns);
	}
}

/* May it be the first of the handshake? */
static bool begins(const struct ts_path_dtls *d, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len, int64_t now_ns)
{
	if (len <= TYPE_AT || data[0] != HANDSHAKE) return false;
	if (config_of(d->lane)->dtls_role != TS_DTLS_CLIENT) return data[TYPE_AT] == CLIENT_HELLO;
	const struct sockaddr_storage *called = ts_latch_to(&side_of(d)->latch);
	return (called && ts_address_same(from, called)) || now_ns - d->began_ns >= BOUND_NS;
}

/* False: it is not for the association. */
static bool bind_to(struct ts_path_dtls *d, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len, int64_t now_ns)
{
	if (d->bound && ts_address_same(from, &d->route.to)) return true;
	if (d->bound && (d->until_ns == INT64_MAX || now_ns - d->bound_ns < BOUND_NS)) return false;
	if (!begins(d, from, data, len, now_ns)) return false;
	if (d->bound) {
		/* a server reads this one at once; a client has to speak first */
		rest(d, now_ns);
		if (config_of(d->lane)->dtls_role != TS_DTLS_CLIENT) wake(d, now_ns);
		if (!d->dtls) return false;
	}
	set_route(d, from);
	d->bound = true;
	d->bound_ns = now_ns;
	return true;
}

static bool may_be_peer(const struct ts_plain_side *side, const struct sockaddr_storage *from)
{
	const struct ts_latch *latch = &side->latch;
	if (ts_own_address(side->plain->own, from)) return false;
	return ts_address_same_host(from, &latch->told) ||
		ts_address_same_host(from, &latch->signal) || ts_address_same(from, &latch->peer);
}

void ts_path_plain_dtls_input(struct ts_path_lane *lane, struct ts_plain_side *side,
	const struct sockaddr_storage *from, const uint8_t *data, size_t len, int64_t now_ns)
{
	struct ts_path_dtls *d =
		lane->dtls[side == &side->plain->rtcp ? TS_PATH_RTCP : TS_PATH_RTP];
	if (!d || !may_be_peer(side, from)) {
		ts_count(d ? TS_C_DROP_SOURCE : TS_C_DROP_DTLS);
		return;
	}
	if (!d->dtls || !bind_to(d, from, data, len, now_ns)) {
		ts_count(TS_C_DROP_DTLS);
		return;
	}
	follow(d, ts_dtls_input(d->dtls, data, len, now_ns), now_ns);
}

/* ---- time */

int64_t ts_path_plain_dtls_due_ns(const struct ts_transport *t, int64_t now_ns)
{
	int64_t due_ns = INT64_MAX;
	for (size_t i = 0; i < 2 * t->n_lane; i++) {
		const struct ts_path_dtls *d = t->lane[i / 2].dtls[i % 2];
		if (!d) continue;
		const int64_t again_ns = d->dtls ? ts_dtls_due_ns(d->dtls, now_ns)
						 : d->rests_until_ns;
		if (again_ns < due_ns) due_ns = again_ns;
		if (d->until_ns < due_ns) due_ns = d->until_ns;
	}
	return due_ns;
}

void ts_path_plain_dtls_run(struct ts_transport *t, int64_t now_ns)
{
	for (size_t i = 0; i < 2 * t->n_lane && !t->ended; i++) {
		struct ts_path_dtls *d = t->lane[i / 2].dtls[i % 2];
		if (!d) continue;
		if (!d->dtls && d->rests_until_ns <= now_ns)
			wake(d, now_ns);
		else if (d->dtls && ts_dtls_due_ns(d->dtls, now_ns) <= now_ns)
			follow(d, ts_dtls_run(d->dtls), now_ns);
		if (d->until_ns <= now_ns) ts_path_fail(t, "dtls");
	}
}
