/* A lite session on a shared port: the peer checks and nominates, we answer. A lite agent need make
 * no checks of its own (RFC 8445 2.5, 7675 4: the full one asks it for consent, and it asks
 * nobody). This one does, to keep strangers safe: nothing but replies to checks goes to an address
 * before a check of ours was answered from there, and every five seconds one asks whether it still
 * wants media (RFC 7675 5.1). What the peer checks by itself is no consent: anybody who saw such a
 * check may send it again. */
#include "transport/ice/kind.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "transport/ice/allowance.h"
#include "transport/ice/port.h"
#include "transport/net/own_address.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	UFRAG_LEN = 12, /* of hex digits: 48 bits, so that nobody guesses whom to ask for */
	PREFERENCE_HOST = 126,
	PREFERENCE_PEER = 110,
	PREFERENCE_MOST = 65535,
	COMPONENT = 1,
	AMPLIFY_MAX = 3, /* bytes to who has not answered, for each that came from there */
};
#define CONSENT_NS (5 * TS_NS_PER_S)
#define CONSENT_JITTER_NS TS_NS_PER_S /* either way (RFC 7675 5.1) */
#define EXPIRES_NS (30 * TS_NS_PER_S)
#define AGAIN_NS (100 * TS_NS_PER_MS) /* between checks to ever other addresses; to one: doubled */
#define ANSWERED_NS (5 * TS_NS_PER_S) /* a reply that comes later proves nothing */
#define NOMINATED_NS TS_NS_PER_S      /* then one that is worth less may take its place */

/* Of ours: of an address that they nominated and we do not send to yet; of the selected one. */
enum { MOVE, CONSENT, CHECKS };
_Static_assert((int)CHECKS <= (int)TS_PORT_CHECKS, "the port knows each");

struct check {
	uint8_t message[TS_CHECK_MAX], id[TS_CHECK_ID];
	size_t len;
	struct sockaddr_storage to; /* family 0: none is */
	int fd;
	int64_t made_ns, again_ns; /* again: when it is sent next, once it is paid for */
	size_t heard, said;        /* bytes, from and to an address that has not answered */
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
	struct check check[CHECKS];
	struct ts_allowance allowance; /* of its checks */
	int64_t heard_ns;
	int64_t consent_ns; /* when a check of ours was last answered */
	int64_t ask_ns;     /* when to ask for consent again */
	void (*closed)(void *arg);
	void *closed_arg;
};

static struct lite *lite_of(struct ts_ice *base)
{
	return ts_container_of(base, struct lite, base);
}

/* ---- checks of ours */

static void send_bytes(int fd, const struct sockaddr_storage *to, const uint8_t *bytes, size_t n)
{
	sendto(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)to,
		ts_address_len(to));
}

static bool is_under_way(const struct check *check)
{
	return check->to.ss_family != AF_UNSPEC;
}

static void forget(struct lite *l, int which)
{
	struct check *check = &l->check[which];
	if (!is_under_way(check)) return;
	check->to.ss_family = AF_UNSPEC;
	ts_ice_port_unuse(l->config.port, check->fd);
	ts_ice_port_await(l->config.port, &l->session, which, NULL);
}

static void make_check(
	struct lite *l, int which, int fd, const struct sockaddr_storage *to, int64_t now_ns)
{
	enum { OURS = (PREFERENCE_PEER << 24) | (PREFERENCE_MOST << 8) | (256 - COMPONENT) };
	struct check *check = &l->check[which];
	char name[TS_ICE_STR_MAX + TS_CHECK_NAME + 2];
	snprintf(name, sizeof name, "%s:%s", l->their_ufrag, l->session.name[0].text);
	forget(l, which);
	check->len = ts_check_make(check->message, check->id, name, l->their_pwd, OURS);
	if (!check->len) return;
	check->to = *to;
	check->fd = fd;
	check->made_ns = check->again_ns = now_ns;
	check->heard = check->said = 0;
	ts_ice_port_use(l->config.port, fd);
	ts_ice_port_await(l->config.port, &l->session, which, check->id);
}

/* Who says that they are there may be somewhere else: what goes there is no flood. */
static int64_t move_due_ns(const struct lite *l)
{
	const struct check *move = &l->check[MOVE];
	const int64_t over_ns = move->made_ns + ANSWERED_NS;
	if (!is_under_way(move)) return INT64_MAX;
	if (move->said + move->len > AMPLIFY_MAX * move->heard) return over_ns;
	return move->again_ns < over_ns ? move->again_ns : over_ns;
}

/* Some nominate once: who does not answer at once is asked again, as long as it may take. */
static void ask_move(struct lite *l, int64_t now_ns)
{
	struct check *move = &l->check[MOVE];
	if (now_ns < move_due_ns(l)) return;
	if (now_ns - move->made_ns >= ANSWERED_NS) {
		forget(l, MOVE);
		return;
	}
	send_bytes(move->fd, &move->to, move->message, move->len);
	move->said += move->len;
	move->again_ns = now_ns + (now_ns - move->made_ns) + AGAIN_NS;
}

static void ask_consent(struct lite *l, int64_t now_ns)
{
	struct check *check = &l->check[CONSENT];
	make_check(l, CONSENT, l->route.fd, &l->route.to, now_ns);
	if (is_under_way(check)) send_bytes(check->fd, &check->to, check->message, check->len);
}

static void set_timer(struct lite *l)
{
	int64_t due_ns = move_due_ns(l);
	if (l->state == TS_ICE_CONNECTED) {
		const int64_t expires_ns = l->consent_ns + EXPIRES_NS;
		if (l->ask_ns < due_ns) due_ns = l->ask_ns;
		if (expires_ns < due_ns) due_ns = expires_ns;
	}
	if (due_ns == INT64_MAX)
		ts_loop_timer_cancel(l->config.loop, &l->timer);
	else
		ts_loop_timer_set(l->config.loop, &l->timer, due_ns);
}

static int64_t next_ask_ns(int64_t now_ns)
{
	return now_ns + CONSENT_NS - CONSENT_JITTER_NS + ts_random_u32() % (2 * CONSENT_JITTER_NS);
}

static bool answers(const struct lite *l, const struct check *check,
	const struct ts_port_datagram *d, int64_t now_ns)
{
	return is_under_way(check) && check->fd == d->fd && now_ns - check->made_ns < ANSWERED_NS &&
		ts_address_same(&check->to, d->from) &&
		ts_check_succeeded(d->data, d->len, check->id, l->their_pwd);
}

/* fd < 0: nowhere. */
static void set_route(struct lite *l, int fd, const struct sockaddr_storage *to)
{
	ts_ice_port_unuse(l->config.port, l->route.fd);
	ts_ice_port_use(l->config.port, fd);
	l->route = (struct ts_route){.fd = fd};
	if (fd < 0) return;
	l->route.to = *to;
	l->route.to_len = ts_address_len(to);
	l->route.shared = true;
}

/* What they nominated has answered: media go there. */
static void select_pair(struct lite *l, const struct ts_port_datagram *d, int64_t now_ns)
{
	const bool first = l->state == TS_ICE_CONNECTING;
	ts_ice_port_select(l->config.port, &l->session, d->from, now_ns);
	set_route(l, d->fd, d->from);
	l->priority = l->check[MOVE].priority;
	l->nominated_ns = now_ns;
	l->ask_ns = next_ask_ns(now_ns);
	forget(l, CONSENT); /* which was of another address */
	l->state = TS_ICE_CONNECTED;
	if (first)
		l->config.state(l->config.arg, l->state);
	else
		ts_count(TS_C_ICE_MOVED);
}

static void on_reply(struct ts_port_session *session, int i, const struct ts_port_datagram *d)
{
	struct lite *l = ts_container_of(session, struct lite, session);
	const int64_t now_ns = ts_now_ns();
	if (l->state == TS_ICE_FAILED || !answers(l, &l->check[i], d, now_ns)) return;
	forget(l, i);
	l->consent_ns = l->heard_ns = now_ns;
	if (i == MOVE) select_pair(l, d, now_ns);
	set_timer(l);
}

/* Somebody else has come from there, or they have themselves, anew. What is sent there would be
 * noise to whoever has it; unless the peer is found elsewhere, consent runs out. */
static void on_lost(struct ts_port_session *session)
{
	struct lite *l = ts_container_of(session, struct lite, session);
	set_route(l, -1, NULL);
	l->priority = 0;
	l->ask_ns = INT64_MAX;
	forget(l, CONSENT);
	set_timer(l);
}

/* ---- checks of the peer */

static bool is_selected(const struct lite *l, const struct ts_port_datagram *d)
{
	return l->route.fd == d->fd && ts_address_same(&l->route.to, d->from);
}

/* A controlling side may nominate each pair that works (RFC 5245 8.1.1.2) and means the best, or
 * one after the other and means the last. Better than what was selected, and than what is being
 * checked; and checks are ten a second at most. */
static bool is_better(const struct lite *l, uint32_t priority, int64_t now_ns)
{
	const struct check *move = &l->check[MOVE];
	return now_ns - move->made_ns >= AGAIN_NS &&
		(priority > l->priority || now_ns - l->nominated_ns > NOMINATED_NS) &&
		(!is_under_way(move) || priority > move->priority ||
			now_ns - move->made_ns > NOMINATED_NS);
}

static bool is_asked(const struct lite *l, const struct ts_port_datagram *d)
{
	const struct check *move = &l->check[MOVE];
	return is_under_way(move) && move->fd == d->fd && ts_address_same(&move->to, d->from);
}

static void nominate(
	struct lite *l, const struct ts_port_datagram *d, uint32_t priority, int64_t now_ns)
{
	struct check *move = &l->check[MOVE];
	if (is_selected(l, d)) {
		l->nominated_ns = now_ns;
		l->priority = priority;
	} else if (is_asked(l, d)) {
		if (priority) move->priority = priority;
	} else if (is_better(l, priority, now_ns)) {
		move->priority = priority;
		make_check(l, MOVE, d->fd, d->from, now_ns);
	}
}

/* A check from where one of ours goes, which was answered: it pays for that, and for ours. */
static void pay(struct lite *l, const struct ts_port_datagram *d, size_t answer, int64_t now_ns)
{
	if (!is_asked(l, d)) return;
	l->check[MOVE].heard += d->len;
	l->check[MOVE].said += answer;
	ask_move(l, now_ns);
	set_timer(l);
}

static bool may_answer(struct lite *l, const struct ts_port_datagram *d, int64_t now_ns)
{
	if (!ts_allowance_pays(&l->allowance, d->data + TS_CHECK_ID_AT, is_selected(l, d), now_ns))
		return false;
	/* what goes to a socket of ours would come back to us */
	return !ts_own_address(l->config.host->own, d->from);
}

static void on_check(struct ts_port_session *session, int i, const struct ts_port_datagram *d)
{
	struct lite *l = ts_container_of(session, struct lite, session);
	const int64_t now_ns = ts_now_ns();
	uint8_t reply[TS_CHECK_MAX];
	struct ts_check_request request;
	if (!l->started || l->state == TS_ICE_FAILED) return;
	const size_t n = ts_check_answer(reply, &request, d->data, d->len, d->from, l->our_pwd[i]);
	if (n && !may_answer(l, d, now_ns)) {
		ts_count(TS_C_DROP_SOURCE);
		return;
	}
	if (n) send_bytes(d->fd, d->from, reply, n);
	if (!request.proved) return;
	l->heard_ns = now_ns;
	ts_ice_port_learn(l->config.port, session, d->from, now_ns);
	if (i == 0 && *session->name[1].text) { /* they have the new ones */
		ts_ice_port_name(l->config.port, session, 1, "");
		explicit_bzero(l->our_pwd[1], sizeof l->our_pwd[1]);
	}
	if (request.use_candidate)
		nominate(l, d, request.priority, now_ns);
	else if (l->state == TS_ICE_CONNECTING)
		nominate(l, d, 0, now_ns); /* any that works until then (RFC 8445 12.1) */
	pay(l, d, n, now_ns);
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
	.check = on_check, .reply = on_reply, .lost = on_lost, .data = on_data, .flush = on_flush};

/* ---- time */

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
	if (l->state == TS_ICE_CONNECTED && now_ns - l->consent_ns >= EXPIRES_NS) {
		l->state = TS_ICE_FAILED;
		l->config.state(l->config.arg, l->state);
		return;
	}
	ask_move(l, now_ns);
	if (l->state == TS_ICE_CONNECTED && now_ns >= l->ask_ns) {
		ask_consent(l, now_ns);
		l->ask_ns = next_ask_ns(now_ns);
	}
	set_timer(l);
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
	/* those under way were made with the others */
	if (strcmp(l->their_ufrag, remote->ufrag) != 0 || strcmp(l->their_pwd, remote->pwd) != 0)
		for (int i = 0; i < CHECKS; i++) forget(l, i);
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
	for (int i = 0; i < CHECKS; i++) forget(l, i);
	ts_ice_port_leave(l->config.port, &l->session);
	set_route(l, -1, NULL);
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
