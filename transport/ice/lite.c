/* A lite session on a shared port: the peer checks and nominates, we answer. What a full agent does
 * by itself and a lite one need not (RFC 8445 2.5) is done all the same where it keeps strangers
 * safe: before media go to another address than the first, a check of ours must be answered from
 * there, and every five seconds one asks whether it still wants them (RFC 7675). (To the first one
 * goes DTLS alone, until its end has been answered from there.) */
#include "transport/ice/kind.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "transport/ice/port.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	UFRAG_LEN = 12, /* of hex digits: 48 bits, so that nobody guesses whom to ask for */
	PREFERENCE_HOST = 126,
	PREFERENCE_PEER = 110,
	PREFERENCE_MOST = 65535,
	COMPONENT = 1,
};
#define CONSENT_NS (5 * TS_NS_PER_S)
#define CONSENT_JITTER_NS TS_NS_PER_S /* either way (RFC 7675 5.1) */
#define EXPIRES_NS (30 * TS_NS_PER_S)
#define AGAIN_NS (100 * TS_NS_PER_MS) /* between checks of addresses to move to */
#define ANSWERED_NS (5 * TS_NS_PER_S) /* a reply that comes later proves nothing */
#define NOMINATED_NS TS_NS_PER_S      /* then one that is worth less may take its place */

struct check {
	uint8_t id[TS_CHECK_ID];
	struct sockaddr_storage to; /* family 0: none is under way */
	int fd;
	int64_t sent_ns;
	uint32_t priority;
};

struct lite {
	struct ts_ice base;
	struct ts_ice_config config;
	struct ts_port_session session;
	struct ts_route route;
	struct ts_timer timer;
	enum ts_ice_state state;
	bool started; /* the peer's credentials are known */
	/* by name: now, and before a restart until the peer uses the new ones */
	char our_pwd[TS_PORT_NAMES][TS_SECRET_LEN + 1];
	char their_ufrag[TS_ICE_STR_MAX + 1], their_pwd[TS_ICE_STR_MAX + 1];
	uint32_t priority;    /* of what was selected, as the peer told it */
	int64_t nominated_ns; /* last */
	struct check move, consent;
	int64_t heard_ns;
	int64_t consent_ns; /* last check of ours that was answered; 0: none ever was */
	void (*closed)(void *arg);
	void *closed_arg;
};

static struct lite *lite_of(struct ts_ice *base)
{
	return ts_container_of(base, struct lite, base);
}

/* ---- checks of ours */

static void send_check(struct lite *l, struct check *check, int fd,
	const struct sockaddr_storage *to, uint32_t priority, int64_t now_ns)
{
	enum { OURS = (PREFERENCE_PEER << 24) | (PREFERENCE_MOST << 8) | (256 - COMPONENT) };
	uint8_t message[TS_CHECK_MAX];
	char name[TS_ICE_STR_MAX + TS_CHECK_NAME + 2];
	*check = (struct check){.to = *to, .fd = fd, .sent_ns = now_ns, .priority = priority};
	snprintf(name, sizeof name, "%s:%s", l->their_ufrag, l->session.name[0].text);
	const size_t n = ts_check_make(message, check->id, name, l->their_pwd, OURS);
	if (n)
		sendto(fd, message, n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)to,
			ts_address_len(to));
	else
		check->to.ss_family = AF_UNSPEC;
}

static void select_pair(
	struct lite *l, int fd, const struct sockaddr_storage *to, uint32_t priority)
{
	l->route = (struct ts_route){.fd = fd, .to = *to, .to_len = ts_address_len(to)};
	l->priority = priority;
	l->move.to.ss_family = AF_UNSPEC;
}

static bool answers(const struct lite *l, const struct check *check,
	const struct ts_port_datagram *d, int64_t now_ns)
{
	return check->to.ss_family != AF_UNSPEC && check->fd == d->fd &&
		now_ns - check->sent_ns < ANSWERED_NS && ts_address_same(&check->to, d->from) &&
		ts_check_succeeded(d->data, d->len, check->id, l->their_pwd);
}

static void on_reply(struct lite *l, const struct ts_port_datagram *d, int64_t now_ns)
{
	if (answers(l, &l->move, d, now_ns)) {
		select_pair(l, d->fd, d->from, l->move.priority);
		l->nominated_ns = now_ns;
		ts_count(TS_C_ICE_MOVED);
	} else if (!answers(l, &l->consent, d, now_ns)) {
		return;
	} else {
		l->consent.to.ss_family = AF_UNSPEC;
	}
	l->consent_ns = l->heard_ns = now_ns;
	ts_ice_port_learn(l->config.port, &l->session, d->from, now_ns); /* it stays theirs */
}

/* ---- checks of the peer */

static bool is_selected(const struct lite *l, const struct ts_port_datagram *d)
{
	return l->route.fd == d->fd && ts_address_same(&l->route.to, d->from);
}

/* A controlling side may nominate each pair that works (RFC 5245 8.1.1.2) and means the best, or
 * one after the other and means the last. */
static bool is_better(const struct lite *l, uint32_t priority, int64_t now_ns)
{
	return priority > l->priority || now_ns - l->nominated_ns > NOMINATED_NS;
}

static void nominate(
	struct lite *l, const struct ts_port_datagram *d, uint32_t priority, int64_t now_ns)
{
	if (is_selected(l, d)) {
		l->nominated_ns = now_ns;
		l->priority = priority;
	} else if (l->state == TS_ICE_CONNECTING) {
		select_pair(l, d->fd, d->from, priority);
		l->nominated_ns = now_ns;
		l->state = TS_ICE_CONNECTED;
		ts_loop_timer_set(l->config.loop, &l->timer, now_ns + CONSENT_NS);
		l->config.state(l->config.arg, l->state);
	} else if (is_better(l, priority, now_ns) && now_ns - l->move.sent_ns >= AGAIN_NS) {
		send_check(l, &l->move, d->fd, d->from, priority, now_ns);
	}
}

static void on_check(struct ts_port_session *session, int i, const struct ts_port_datagram *d)
{
	struct lite *l = ts_container_of(session, struct lite, session);
	const int64_t now_ns = ts_now_ns();
	uint8_t reply[TS_CHECK_MAX];
	struct ts_check_request request;
	if (!l->started) return;
	if (i < 0) {
		on_reply(l, d, now_ns);
		return;
	}
	const size_t n = ts_check_answer(reply, &request, d->data, d->len, d->from, l->our_pwd[i]);
	if (request.proved && !ts_ice_port_learn(l->config.port, session, d->from, now_ns)) return;
	if (n)
		sendto(d->fd, reply, n, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)d->from, ts_address_len(d->from));
	if (!request.proved) return;
	l->heard_ns = now_ns;
	if (i == 0) ts_ice_port_name(l->config.port, session, 1, ""); /* they have the new ones */
	if (request.use_candidate) nominate(l, d, request.priority, now_ns);
}

static void on_data(struct ts_port_session *session, const uint8_t *data, size_t len)
{
	struct lite *l = ts_container_of(session, struct lite, session);
	l->config.recv(l->config.arg, data, len);
}

static void on_flush(struct ts_port_session *session)
{
	struct lite *l = ts_container_of(session, struct lite, session);
	l->config.flush(l->config.arg);
}

static const struct ts_port_session_ops session_ops = {
	.check = on_check, .data = on_data, .flush = on_flush};

/* ---- consent */

/* A peer that has never answered a check of ours is believed by its own. */
static bool has_consent(const struct lite *l, int64_t now_ns)
{
	return now_ns - (l->consent_ns ? l->consent_ns : l->heard_ns) < EXPIRES_NS;
}

static void finish(struct lite *l)
{
	void (*closed)(void *arg) = l->closed;
	void *arg = l->closed_arg;
	explicit_bzero(l, sizeof *l);
	free(l);
	closed(arg);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct lite *l = ts_container_of(timer, struct lite, timer);
	if (l->closed) {
		finish(l);
		return;
	}
	if (!has_consent(l, now_ns)) {
		l->state = TS_ICE_FAILED;
		l->config.state(l->config.arg, l->state);
		return;
	}
	send_check(l, &l->consent, l->route.fd, &l->route.to, 0, now_ns);
	ts_loop_timer_set(l->config.loop, timer,
		now_ns + CONSENT_NS - CONSENT_JITTER_NS +
			ts_random_u32() % (2 * CONSENT_JITTER_NS));
}

/* ---- agent.h */

static void make_credentials(struct lite *l)
{
	char secret[TS_SECRET_LEN + 1];
	do {
		ts_secret(secret);
		secret[UFRAG_LEN] = '\0';
	} while (ts_ice_port_has_name(l->config.port, secret));
	ts_ice_port_name(l->config.port, &l->session, 0, secret);
	ts_secret(l->our_pwd[0]);
	explicit_bzero(secret, sizeof secret);
}

static int describe(struct lite *l, struct ts_ice_description *local)
{
	struct sockaddr_storage address[TS_ICE_ADDRESSES];
	const size_t n = ts_ice_port_addresses(l->config.port, address);
	size_t nth[2] = {0, 0};
	*local = (struct ts_ice_description){.lite = true};
	snprintf(local->ufrag, sizeof local->ufrag, "%s", l->session.name[0].text);
	snprintf(local->pwd, sizeof local->pwd, "%s", l->our_pwd[0]);
	for (size_t i = 0; i < n; i++) {
		struct ts_candidate *to = &local->candidate[local->n_candidates++];
		to->type = TS_CANDIDATE_HOST;
		to->transport = TS_CANDIDATE_UDP;
		to->component = COMPONENT;
		to->priority = ((uint32_t)PREFERENCE_HOST << 24) |
			((PREFERENCE_MOST - (uint32_t)i) << 8) | (256 - COMPONENT);
		snprintf(to->foundation, sizeof to->foundation, "%zu", i + 1);
		to->address = address[i];
		size_t *at = &nth[address[i].ss_family == AF_INET6];
		ts_ice_advertise(l->config.host, &to->address, *at);
		if (ts_address_kind(&address[i]) != TS_ADDRESS_LOOPBACK) ++*at;
	}
	return n ? TS_OK : TS_EIO;
}

static int gather(struct ts_ice *base, struct ts_ice_description *local)
{
	struct lite *l = lite_of(base);
	make_credentials(l);
	return describe(l, local);
}

/* Their candidates are not looked at: they check us. */
static int set_remote(struct ts_ice *base, const struct ts_ice_description *remote)
{
	struct lite *l = lite_of(base);
	if (ts_ice_check_credentials(remote->ufrag, remote->pwd)) return TS_EINVAL;
	snprintf(l->their_ufrag, sizeof l->their_ufrag, "%s", remote->ufrag);
	snprintf(l->their_pwd, sizeof l->their_pwd, "%s", remote->pwd);
	l->started = true;
	return TS_OK;
}

static int restart(struct ts_ice *base, struct ts_ice_description *local)
{
	struct lite *l = lite_of(base);
	char before[TS_CHECK_NAME + 1];
	memcpy(before, l->session.name[0].text, sizeof before);
	ts_ice_port_name(l->config.port, &l->session, 0, "");
	ts_ice_port_name(l->config.port, &l->session, 1, before);
	memcpy(l->our_pwd[1], l->our_pwd[0], sizeof l->our_pwd[0]);
	make_credentials(l);
	l->priority = 0; /* whatever they nominate next is better */
	return describe(l, local);
}

/* The port has one mark for all. */
static void mark(struct ts_ice *base, bool audio, bool video)
{
	(void)base, (void)audio, (void)video;
}

static struct ts_route *route(struct ts_ice *base)
{
	return &lite_of(base)->route;
}

static int64_t heard_ns(const struct ts_ice *base)
{
	return ((const struct lite *)base)->heard_ns;
}

static void close_lite(struct ts_ice *base, void (*done)(void *arg), void *arg)
{
	struct lite *l = lite_of(base);
	ts_ice_port_leave(l->config.port, &l->session);
	l->route = (struct ts_route){.fd = -1};
	l->closed = done;
	l->closed_arg = arg;
	ts_loop_timer_set(l->config.loop, &l->timer, 0);
}

static const struct ts_ice_ops ops = {.gather = gather,
	.set_remote = set_remote,
	.restart = restart,
	.mark = mark,
	.route = route,
	.heard_ns = heard_ns,
	.close = close_lite};

int ts_ice_lite_create(struct ts_ice **out, const struct ts_ice_config *config)
{
	struct lite *l = calloc(1, sizeof *l);
	*out = NULL;
	if (!l) return TS_ENOMEM;
	l->base.ops = &ops;
	l->config = *config;
	l->session.ops = &session_ops;
	l->route.fd = -1;
	l->timer.fn = on_timer;
	l->state = TS_ICE_CONNECTING;
	*out = &l->base;
	return TS_OK;
}
