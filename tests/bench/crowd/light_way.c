/* How a light participant gets in: HTTP join and its answer on a thread of its own, ICE checks and
 * DTLS on the crowd's; or a call by SIP. */
#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "tests/bench/crowd/light_inside.h"
#include "tests/peer/http.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_NS (50 * TS_NS_PER_MS)
#define CONSENT_NS (4 * TS_NS_PER_S)

/* ---- the joiner's thread */

/* The candidate on loopback: the crowd's socket is there. */
static bool find_candidate(struct ts_light *l)
{
	for (size_t i = 0; i < l->config.remote.n_candidates; i++) {
		const struct sockaddr_storage *a = &l->config.remote.candidate[i].address;
		if (a->ss_family != AF_INET || ts_address_kind(a) != TS_ADDRESS_LOOPBACK) continue;
		memcpy(&l->server, a, sizeof l->server);
		return true;
	}
	return false;
}

static int post_offer(struct ts_light *l)
{
	const struct ts_light_spec *s = &l->spec;
	char *offer = malloc(PEER_SDP_MAX), url[700];
	struct http_reply reply;
	if (!offer) return TS_ENOMEM;
	ts_describe_offer(&l->describe, &l->local, ts_dtls_cert_fingerprint(l->cert), offer);
	snprintf(url, sizeof url, "%s/%s/%s?name=%s%s%s", s->url, s->watch ? "whep" : "join",
		s->room, s->name, s->query[0] ? "&" : "", s->query);
	int err = ts_http(&reply, "POST", url, offer);
	l->http_status = reply.status;
	if (!err && reply.status == 201) {
		snprintf(l->session, sizeof l->session, "%s%s",
			reply.location[0] == '/' ? s->url : "", reply.location);
		err = ts_describe_answer(&l->config, reply.body);
	} else {
		static atomic_int told;
		if (atomic_fetch_add(&told, 1) < 3)
			fprintf(stderr, "%s: join failed: status %ld: %s\n", s->name, reply.status,
				reply.body);
		err = TS_EIO;
	}
	ts_http_free(&reply);
	free(offer);
	return err || !find_candidate(l) ? TS_EIO : 0;
}

static void *join_main(void *arg)
{
	struct ts_light *l = arg;
	int err = 0;
	l->offer_ns = ts_now_ns();
	if (l->spec.sink) {
		l->server = ts_crowd_sink(l->crowd);
	} else if (l->spec.sip[0]) {
		struct ts_dial_wish wish = {l->spec.sip, l->spec.room, l->spec.name,
			ts_crowd_port(l->crowd), l->spec.audio, l->spec.receive_video,
			l->config.media[PEER_VIDEO].send_pt, l->spec.srtp};
		err = ts_dial_call(&l->dial, &wish);
		l->http_status = l->dial.status;
		l->server = l->dial.media[0];
	} else {
		err = post_offer(l);
	}
	l->answer_ns = ts_now_ns();
	if (err) ts_light_fail(l, "join");
	if (!err) ts_crowd_add(l->crowd, l);
	return NULL;
}

int ts_light_join(struct ts_light *l)
{
	l->has_joiner = pthread_create(&l->joiner, NULL, join_main, l) == 0;
	return l->has_joiner ? 0 : TS_EIO;
}

void ts_light_leave(struct ts_light *l)
{
	if (l->has_joiner) pthread_join(l->joiner, NULL);
	l->has_joiner = false;
	if (l->session[0]) {
		struct http_reply reply;
		ts_http(&reply, "DELETE", l->session, NULL);
		ts_http_free(&reply);
	}
	if (l->spec.sip[0]) ts_dial_hang_up(&l->dial);
}

/* ---- the crowd's thread */

static void send_bytes(void *arg, const uint8_t *data, size_t len)
{
	struct ts_light *l = arg;
	if (len > TS_CROWD_SLOT_BYTES) return;
	memcpy(ts_crowd_reserve(l->crowd), data, len);
	ts_crowd_commit(l->crowd, l->fd, &l->server, len);
}

static void use_keys(struct ts_light *l, const struct ts_srtp_keys *keys, int64_t now_ns)
{
	if (ts_srtp_create(&l->srtp, keys))
		ts_light_fail(l, "srtp");
	else
		ts_light_start_media(l, now_ns);
}

static void after_dtls(struct ts_light *l, enum ts_dtls_state state, int64_t now_ns)
{
	struct ts_srtp_keys keys;
	if (state == TS_DTLS_FAILED) ts_light_fail(l, ts_dtls_reason(l->dtls));
	if (state == TS_DTLS_CLOSED) ts_light_fail(l, "dtls-close");
	if (state != TS_DTLS_DONE || l->srtp) return;
	if (ts_dtls_keys(l->dtls, &keys))
		ts_light_fail(l, "keys");
	else
		use_keys(l, &keys, now_ns);
}

/* A sink's keys are anybody's. */
static void make_keys(struct ts_light *l, int64_t now_ns)
{
	struct ts_srtp_keys keys = {.profile = TS_SRTP_AEAD_AES_128_GCM};
	ts_random_bytes(keys.local, sizeof keys.local);
	ts_random_bytes(keys.remote, sizeof keys.remote);
	use_keys(l, &keys, now_ns);
}

void ts_light_begin(struct ts_light *l, int64_t now_ns)
{
	struct ts_dtls_config dtls = {
		l->config.dtls_role, l->config.remote_fingerprint, send_bytes, l};
	if (l->spec.sink) {
		make_keys(l, now_ns);
	} else if (l->dial.keys[0].profile) {
		if (l->spec.receive_video && ts_srtp_create(&l->video_srtp, &l->dial.keys[1]))
			ts_light_fail(l, "srtp");
		use_keys(l, &l->dial.keys[0], now_ns);
	} else if (l->spec.sip[0]) {
		ts_light_start_media(l, now_ns);
	} else if (ts_dtls_create(&l->dtls, l->cert, &dtls)) {
		ts_light_fail(l, "dtls");
	} else {
		ts_stun_remote(l->stun, l->config.remote.ufrag, l->config.remote.pwd);
		l->state = TS_LIGHT_CHECK;
		l->check_ns = now_ns;
	}
}

void ts_light_way_run(struct ts_light *l, int64_t now_ns)
{
	if (now_ns >= l->check_ns) {
		size_t len = ts_stun_check(l->stun, ts_crowd_reserve(l->crowd));
		if (len) ts_crowd_commit(l->crowd, l->fd, &l->server, len);
		l->check_ns = now_ns + (l->state == TS_LIGHT_CHECK ? CHECK_NS : CONSENT_NS);
	}
	if (l->dtls && now_ns >= l->dtls_ns && l->state == TS_LIGHT_DTLS)
		after_dtls(l, ts_dtls_run(l->dtls), now_ns);
	l->dtls_ns = l->state == TS_LIGHT_DTLS ? ts_dtls_due_ns(l->dtls, now_ns) : INT64_MAX;
}

void ts_light_way_stun(struct ts_light *l, const uint8_t *data, size_t len, int64_t now_ns)
{
	uint8_t answer[TS_STUN_MAX];
	size_t answer_len = 0;
	struct sockaddr_in from = l->server;
	if (!l->stun) return;
	enum ts_stun_is is = ts_stun_input(l->stun, data, len, &from, answer, &answer_len);
	if (is == TS_STUN_REQUEST && answer_len) send_bytes(l, answer, answer_len);
	if (is != TS_STUN_ANSWER || l->state != TS_LIGHT_CHECK) return;
	l->state = TS_LIGHT_DTLS;
	l->check_ns = now_ns + CONSENT_NS;
	after_dtls(l, ts_dtls_start(l->dtls), now_ns);
	l->dtls_ns = ts_dtls_due_ns(l->dtls, now_ns);
}

void ts_light_way_dtls(struct ts_light *l, const uint8_t *data, size_t len, int64_t now_ns)
{
	if (!l->dtls || l->state == TS_LIGHT_CHECK) return; /* it will be sent again */
	after_dtls(l, ts_dtls_input(l->dtls, data, len, now_ns), now_ns);
	if (l->state == TS_LIGHT_DTLS) l->dtls_ns = ts_dtls_due_ns(l->dtls, now_ns);
}
