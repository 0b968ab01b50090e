#include "transport/ice/kind.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "transport/ice/accept.h"
#include "transport/ice/candidates.h"
#include "transport/ice/stun.h"
#include "transport/net/dscp.h"
#include "transport/net/own_address.h"
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <nice/agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMPONENT = 1,
	/* sockets of UDP and TCP, connections, the context's eventfd, and a reserve */
	FDS_MAX = 2 * TS_ICE_ADDRESSES + TS_ICE_ACCEPT_PLACES + 4,
	DESCRIPTORS_LEFT = FDS_MAX + 32, /* that an agent may need, and others meanwhile */
	/* datagrams of one peer in one wake-up; then it is others' turn */
	READS_MAX = 64,
	/* a keyframe for, or a burst from, one peer; the kernel may grant less */
	SOCKET_BUFFER_BYTES = 1 << 20,
};

#define GATHER_MAX_NS (500 * TS_NS_PER_MS)

struct fd_watch {
	struct ts_watch watch;
	struct full *ice;
	gushort events;
	bool wanted;
};

struct full {
	struct ts_ice base;
	struct ts_ice_config config;
	struct ts_route route;
	/* owned by the loop's thread all its life, so that wake-ups of other threads reach its
	 * eventfd */
	GMainContext *context;
	struct ts_ice_accept accept;
	NiceAgent *agent;
	guint stream;
	GSocket *socket; /* of route.fd */
	enum ts_ice_state state;
	bool restarting; /* and no pair was found since */

	struct ts_timer timer, gather_timer;
	bool gathering; /* servers are being asked */
	struct fd_watch fds[FDS_MAX];
	void (*closed)(void *arg);
	void *closed_arg;
	bool agent_closed;
	int64_t heard_ns;
	char our_pwd[TS_ICE_STR_MAX + 1], their_pwd[TS_ICE_STR_MAX + 1],
		their_ufrag[TS_ICE_STR_MAX + 1];
	struct ts_candidates candidates;
	struct sockaddr_storage own[FDS_MAX]; /* [n_own] what our sockets are bound to */
	size_t n_own;
	bool relayed; /* the selected pair goes by a TURN server */
};

static struct full *full_of(struct ts_ice *base)
{
	return ts_container_of(base, struct full, base);
}

#define SIGN_GAP_NS (500 * TS_NS_PER_MS) /* no need to know it more exactly */

/* ---- the agent's GMainContext on our epoll */

static void on_fd(struct ts_watch *watch, uint32_t events);
static void on_gather_timer(struct ts_timer *timer, int64_t now_ns);

static struct fd_watch *find_fd(struct full *ice, const GPollFD *want)
{
	struct fd_watch *spare = NULL;
	for (size_t i = 0; i < FDS_MAX; i++) {
		struct fd_watch *w = &ice->fds[i];
		if (!w->watch.active)
			spare = spare ? spare : w;
		else if (w->watch.fd == want->fd)
			return w;
	}
	return spare;
}

static void on_connection_gone(struct ts_ice_accept *accept, int fd)
{
	struct full *ice = ts_container_of(accept, struct full, accept);
	for (size_t i = 0; i < FDS_MAX; i++)
		if (ice->fds[i].watch.active && ice->fds[i].watch.fd == fd)
			ts_loop_forget(ice->config.loop, &ice->fds[i].watch);
}

/* Sockets are opened by gathering and closed with the agent, after we let go of them: a descriptor
 * does not change hands under us. Connections do: on_connection_gone. poll's event bits are
 * epoll's. */
static void watch_fds(struct full *ice, const GPollFD *want, int n)
{
	for (size_t i = 0; i < FDS_MAX; i++) ice->fds[i].wanted = false;
	for (int i = 0; i < n; i++) {
		struct fd_watch *w = find_fd(ice, &want[i]);
		if (!w) {
			ts_warn("too many sockets for one agent", "max=%d", FDS_MAX);
			return;
		}
		w->wanted = true;
		if (w->watch.active && w->events == want[i].events && !ice->config.host->tcp)
			continue;
		w->ice = ice;
		w->events = want[i].events;
		w->watch.fn = on_fd;
		w->watch.fd = want[i].fd;
		if (!ts_loop_watch(ice->config.loop, &w->watch, want[i].events) || !w->watch.active)
			continue;
		/* it was another socket's, closed meanwhile (TCP) */
		ts_loop_unwatch(ice->config.loop, &w->watch);
		ts_loop_watch(ice->config.loop, &w->watch, want[i].events);
	}
	for (size_t i = 0; i < FDS_MAX; i++)
		if (ice->fds[i].watch.active && !ice->fds[i].wanted)
			ts_loop_unwatch(ice->config.loop, &ice->fds[i].watch);
}

/* Asks the context what it waits for; called after everything that may have changed that. */
static void rearm(struct full *ice)
{
	GPollFD want[FDS_MAX];
	gint priority, timeout_ms;
	g_main_context_prepare(ice->context, &priority);
	gint n = g_main_context_query(ice->context, G_MAXINT, &timeout_ms, want, FDS_MAX);
	watch_fds(ice, want, n < FDS_MAX ? n : FDS_MAX);
	int64_t due_ns = ts_ice_accept_due_ns(&ice->accept);
	if (timeout_ms >= 0 && due_ns) {
		int64_t agent_ns = ts_now_ns() + timeout_ms * TS_NS_PER_MS;
		if (agent_ns < due_ns) due_ns = agent_ns;
	}
	if (due_ns == INT64_MAX)
		ts_loop_timer_cancel(ice->config.loop, &ice->timer);
	else
		ts_loop_timer_set(ice->config.loop, &ice->timer, due_ns);
}

/* Our sockets, as those that nobody may have us send to. */
static void note_own(
	struct full *ice, void (*note)(struct ts_own_addresses *, const struct sockaddr_storage *))
{
	for (size_t i = 0; i < ice->n_own; i++) note(ice->config.host->own, &ice->own[i]);
}

static void free_all(struct full *ice)
{
	for (size_t i = 0; i < FDS_MAX; i++) ts_loop_unwatch(ice->config.loop, &ice->fds[i].watch);
	ts_loop_timer_cancel(ice->config.loop, &ice->timer);
	ts_loop_timer_cancel(ice->config.loop, &ice->gather_timer);
	g_clear_object(&ice->socket);
	g_clear_object(&ice->agent);
	/* sources that only hold references */
	while (g_main_context_iteration(ice->context, FALSE)) {}
	g_main_context_release(ice->context);
	g_main_context_unref(ice->context);
	ts_ice_accept_fini(&ice->accept);
	note_own(ice, ts_own_address_remove);
	explicit_bzero(ice, sizeof(*ice));
	free(ice);
}

static void turn(struct full *ice)
{
	ts_ice_accept_turn(&ice->accept, ts_now_ns());
	if (ice->agent_closed) {
		void (*closed)(void *arg) = ice->closed;
		void *arg = ice->closed_arg;
		free_all(ice);
		closed(arg);
		return;
	}
	rearm(ice);
	if (!ice->closed) ice->config.flush(ice->config.arg);
}

/* What waits in a socket besides the peer's media: is it theirs? STUN says so by its integrity.
 * Over TCP, and by a TURN server, it is in a frame; but there only the selected peer, or that
 * server, can have written it. Noise of strangers is no sign (RFC 7675). */
static bool is_stream_sign(struct full *ice, int fd)
{
	uint8_t buf[2 + TS_DATAGRAM_MAX]; /* RFC 4571: a length of two bytes first */
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	if (getpeername(fd, (struct sockaddr *)&from, &from_len)) return false;
	if (ts_address_same_host(&from, &ice->route.to)) return true;
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);
	if (n <= 2) return false;
	size_t len = (size_t)(buf[0] << 8 | buf[1]);
	return len <= (size_t)n - 2 && ts_stun_is_peers(buf + 2, len, ice->our_pwd, ice->their_pwd);
}

static bool is_sign(struct full *ice, int fd)
{
	uint8_t buf[TS_DATAGRAM_MAX];
	struct sockaddr_storage from, server;
	socklen_t from_len = sizeof(from);
	int type = SOCK_DGRAM;
	socklen_t type_len = sizeof(type);
	/* the context's eventfd */
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len)) return false;
	if (type == SOCK_STREAM) return is_stream_sign(ice, fd);
	ssize_t n = recvfrom(
		fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
	if (n <= 0) return false;
	if (ice->relayed && ts_address_parse(&server, ice->config.host->turn.address, 0) &&
		ts_address_same_host(&from, &server))
		return true;
	return ts_stun_is_peers(buf, (size_t)n, ice->our_pwd, ice->their_pwd);
}

static void check_for_sign(struct full *ice, int fd)
{
	int64_t now_ns = ts_now_ns();
	if (now_ns - ice->heard_ns >= SIGN_GAP_NS && is_sign(ice, fd)) ice->heard_ns = now_ns;
}

/* Reads what the selected peer sends to the selected socket past libnice, which takes three times
 * as long about it. Anything else that is first in the socket - STUN, another address, an error -
 * stays there for libnice: true. A packet of sound or the last of a picture ends the reading, since
 * a look whether there is more costs as much as the packet; what is there, epoll tells again. */
static bool read_past_agent(struct full *ice)
{
	uint8_t buf[TS_DATAGRAM_MAX + 1], first;
	for (int i = 0; i < READS_MAX; i++) {
		struct sockaddr_storage from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(ice->route.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT,
			(struct sockaddr *)&from, &from_len);
		if (n < 0 && errno == EAGAIN) return false;
		if (n != 1 || first < 20 || !ts_address_same(&from, &ice->route.to)) return true;
		n = recv(ice->route.fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0) ice->config.recv(ice->config.arg, buf, (size_t)n);
		if (n < TS_READ_ON_BYTES) return false;
	}
	return false;
}

static void on_fd(struct ts_watch *watch, uint32_t events)
{
	(void)events;
	struct full *ice = ts_container_of(watch, struct fd_watch, watch)->ice;
	if (watch->fd == ice->route.fd && !read_past_agent(ice)) {
		ice->config.flush(ice->config.arg);
		return;
	}
	check_for_sign(ice, watch->fd);
	turn(ice);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	turn(ts_container_of(timer, struct full, timer));
}

/* ---- what libnice tells us */

static bool send_by_agent(struct ts_route *route, const uint8_t *data, size_t len)
{
	struct full *ice = ts_container_of(route, struct full, route);
	GOutputVector vector = {data, len};
	NiceOutputMessage message = {&vector, 1};
	return nice_agent_send_messages_nonblocking(
		       ice->agent, ice->stream, COMPONENT, &message, 1, NULL, NULL) == 1;
}

/* A plain UDP pair: its socket and address go to the batch. Others (a relay of ours) stay with
 * libnice. */
static void update_route(struct full *ice)
{
	NiceCandidate *local, *remote;
	if (!nice_agent_get_selected_pair(ice->agent, ice->stream, COMPONENT, &local, &remote))
		return;

	GSocket *old = ice->socket;
	ice->socket = nice_agent_get_selected_socket(ice->agent, ice->stream, COMPONENT);
	ice->route = (struct ts_route){
		.fd = ice->socket ? g_socket_get_fd(ice->socket) : -1, .send = send_by_agent};
	ice->relayed = local->type == NICE_CANDIDATE_TYPE_RELAYED;
	nice_address_copy_to_sockaddr(&remote->addr, (struct sockaddr *)&ice->route.to);
	ice->route.to_len = ice->route.to.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								: sizeof(struct sockaddr_in);
	g_clear_object(&old);
}

static void on_selected_pair(NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
	NiceCandidate *remote, struct full *ice)
{
	(void)agent, (void)stream, (void)component, (void)local, (void)remote;
	update_route(ice);
}

static void on_state(NiceAgent *agent, guint stream, guint component, guint state, struct full *ice)
{
	(void)agent, (void)stream, (void)component;
	enum ts_ice_state now = ice->state;
	if (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY) {
		if (!ts_route_open(&ice->route)) update_route(ice);
		now = TS_ICE_CONNECTED;
		ice->restarting = false;
	} else if (state == NICE_COMPONENT_STATE_FAILED && !ice->restarting) {
		now = TS_ICE_FAILED;
	}
	if (now == ice->state) return;
	ice->state = now;
	ice->config.state(ice->config.arg, now);
}

static void on_recv(
	NiceAgent *agent, guint stream, guint component, guint len, gchar *buf, gpointer arg)
{
	(void)agent, (void)stream, (void)component;
	struct full *ice = arg;
	if (!ice->closed) ice->config.recv(ice->config.arg, (const uint8_t *)buf, len);
}

/* ---- life */

/* ICE_TRICKLE: that all pairs failed is not final, a check of the peer may still come. Nomination
 * stays the aggressive kind of RFC 5245, which RFC 8445 agents accept: the regular one takes 40 ms
 * more, and we control only lite peers. keepalive-conncheck sends the consent checks of RFC 7675,
 * one in 5 s, and gives up after 50 s. With CONSENT_FRESHNESS libnice would give up after 10 s,
 * which is two answers lost: at 5 % loss each way a participant is lost every few minutes. That
 * somebody is gone is seen earlier anyway, by their silence. */
static NiceAgent *agent_create(struct full *ice)
{
	NiceAgent *agent = nice_agent_new_full(
		ice->context, NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE);
	if (!agent) return NULL;
	g_object_set(agent, "upnp", FALSE, "ice-tcp", (gboolean)ice->config.host->tcp, "ice-udp",
		TRUE, "controlling-mode", ice->config.controlling, "keepalive-conncheck", TRUE,
		NULL);
	g_signal_connect(agent, "component-state-changed", G_CALLBACK(on_state), ice);
	g_signal_connect(agent, "new-selected-pair-full", G_CALLBACK(on_selected_pair), ice);
	return agent;
}

static void prepare_sockets(struct full *ice)
{
	GPtrArray *sockets = nice_agent_get_sockets(ice->agent, ice->stream, COMPONENT);
	int bytes = SOCKET_BUFFER_BYTES;
	for (guint i = 0; sockets && i < sockets->len; i++) {
		int fd = g_socket_get_fd(sockets->pdata[i]);
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
		socklen_t len = sizeof(ice->own[0]);
		if (ice->n_own < FDS_MAX &&
			!getsockname(fd, (struct sockaddr *)&ice->own[ice->n_own], &len))
			ice->n_own++;
	}
	note_own(ice, ts_own_address_add);
	if (sockets) g_ptr_array_unref(sockets);
}

static void ask_servers(struct full *ice)
{
	static const NiceRelayType relay[] = {[TS_ICE_TURN_UDP] = NICE_RELAY_TYPE_TURN_UDP,
		[TS_ICE_TURN_TCP] = NICE_RELAY_TYPE_TURN_TCP,
		[TS_ICE_TURN_TLS] = NICE_RELAY_TYPE_TURN_TLS};
	const struct ts_ice_host *host = ice->config.host;
	char user[TS_TURN_USER_MAX], password[TS_TURN_PASSWORD_MAX];
	if (host->stun.port)
		g_object_set(ice->agent, "stun-server", host->stun.address, "stun-server-port",
			(guint)host->stun.port, NULL);
	if (!host->turn.port) return;
	ts_turn_credentials(
		&host->turn_account, ts_unix_ms_from_ns(ts_now_ns()) / 1000, user, password);
	nice_agent_set_relay_info(ice->agent, ice->stream, COMPONENT, host->turn.address,
		host->turn.port, user, password, relay[host->turn.kind]);
}

/* Of TCP only where we listen. */
static void describe_candidate(
	struct full *ice, struct ts_ice_description *local, const NiceCandidate *c, size_t nth[2])
{
	static const enum ts_candidate_type types[] = {
		[NICE_CANDIDATE_TYPE_HOST] = TS_CANDIDATE_HOST,
		[NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE] = TS_CANDIDATE_SERVER_REFLEXIVE,
		[NICE_CANDIDATE_TYPE_PEER_REFLEXIVE] = TS_CANDIDATE_PEER_REFLEXIVE,
		[NICE_CANDIDATE_TYPE_RELAYED] = TS_CANDIDATE_RELAYED,
	};
	bool udp = c->transport == NICE_CANDIDATE_TRANSPORT_UDP;
	if (!udp && c->transport != NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE) return;

	struct ts_candidate *to = &local->candidate[local->n_candidates++];
	to->type = types[c->type];
	to->transport = udp ? TS_CANDIDATE_UDP : TS_CANDIDATE_TCP_PASSIVE;
	to->component = COMPONENT;
	to->priority = c->priority;
	snprintf(to->foundation, sizeof(to->foundation), "%s", c->foundation);
	nice_address_copy_to_sockaddr(&c->addr, (struct sockaddr *)&to->address);
	if (nice_address_is_valid(&c->base_addr) && !nice_address_equal(&c->addr, &c->base_addr))
		nice_address_copy_to_sockaddr(&c->base_addr, (struct sockaddr *)&to->related);
	if (udp && c->type == NICE_CANDIDATE_TYPE_HOST) {
		size_t *n = &nth[to->address.ss_family == AF_INET6];
		ts_ice_advertise(ice->config.host, &to->address, *n);
		if (ts_address_kind(&to->address) != TS_ADDRESS_LOOPBACK) ++*n;
	}
}

static int describe(struct full *ice, struct ts_ice_description *local)
{
	gchar *ufrag = NULL, *pwd = NULL;
	memset(local, 0, sizeof(*local));
	if (!nice_agent_get_local_credentials(ice->agent, ice->stream, &ufrag, &pwd)) return TS_EIO;
	snprintf(local->ufrag, sizeof(local->ufrag), "%s", ufrag);
	snprintf(local->pwd, sizeof(local->pwd), "%s", pwd);
	snprintf(ice->our_pwd, sizeof(ice->our_pwd), "%s", pwd);
	g_free(ufrag);
	g_free(pwd);

	size_t nth[2] = {0, 0};
	GSList *candidates = nice_agent_get_local_candidates(ice->agent, ice->stream, COMPONENT);
	for (GSList *i = candidates; i && local->n_candidates < TS_CAND_MAX; i = i->next)
		describe_candidate(ice, local, i->data, nth);
	g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
	return local->n_candidates ? TS_OK : TS_EIO;
}

static void finish_gathering(struct full *ice)
{
	struct ts_ice_description local;
	if (!ice->gathering || ice->closed) return;
	ice->gathering = false;
	ts_loop_timer_cancel(ice->config.loop, &ice->gather_timer);
	if (!describe(ice, &local)) ice->config.gathered(ice->config.arg, &local);
	explicit_bzero(local.pwd, sizeof(local.pwd));
}

static void on_gather_timer(struct ts_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	finish_gathering(ts_container_of(timer, struct full, gather_timer));
}

static void on_gathering_done(NiceAgent *agent, guint stream, struct full *ice)
{
	(void)agent, (void)stream;
	/* not from within libnice */
	if (ice->gathering) ts_loop_timer_set(ice->config.loop, &ice->gather_timer, 0);
}

static int gather(struct ts_ice *base, struct ts_ice_description *local)
{
	struct full *ice = full_of(base);
	struct ts_ice_address addresses[TS_ICE_ADDRESSES];
	size_t n = ts_ice_addresses(ice->config.host, addresses);
	for (size_t i = 0; i < n; i++) {
		NiceAddress address;
		nice_address_init(&address);
		if (nice_address_set_from_string(&address, addresses[i].text))
			nice_agent_add_local_address(ice->agent, &address);
	}
	nice_agent_set_port_range(ice->agent, ice->stream, COMPONENT, ice->config.host->port_min,
		ice->config.host->port_max);
	ask_servers(ice);
	ice->gathering = ice->config.host->stun.port || ice->config.host->turn.port;
	if (ice->gathering) {
		g_signal_connect(
			ice->agent, "candidate-gathering-done", G_CALLBACK(on_gathering_done), ice);
		ts_loop_timer_set(
			ice->config.loop, &ice->gather_timer, ts_now_ns() + GATHER_MAX_NS);
	}
	bool ok = nice_agent_gather_candidates(ice->agent, ice->stream);
	if (ok) prepare_sockets(ice);
	rearm(ice);
	return !ok               ? TS_EIO
		: ice->gathering ? TS_EAGAIN
				 /* of hosts only: there is nothing to wait for */
				 : describe(ice, local);
}

/* NULL: none that can be checked. */
static NiceCandidate *remote_candidate(struct full *ice, const struct ts_candidate *from)
{
	static const NiceCandidateType types[] = {
		[TS_CANDIDATE_HOST] = NICE_CANDIDATE_TYPE_HOST,
		[TS_CANDIDATE_SERVER_REFLEXIVE] = NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE,
		[TS_CANDIDATE_PEER_REFLEXIVE] = NICE_CANDIDATE_TYPE_PEER_REFLEXIVE,
		[TS_CANDIDATE_RELAYED] = NICE_CANDIDATE_TYPE_RELAYED,
	};
	if (from->transport != TS_CANDIDATE_UDP || from->component != COMPONENT ||
		from->address.ss_family == AF_UNSPEC || !ts_address_port(&from->address))
		return NULL;
	NiceCandidate *c = nice_candidate_new(types[from->type]);
	c->transport = NICE_CANDIDATE_TRANSPORT_UDP;
	c->stream_id = ice->stream;
	c->component_id = COMPONENT;
	c->priority = from->priority;
	snprintf(c->foundation, sizeof(c->foundation), "%s", from->foundation);
	nice_address_set_from_sockaddr(&c->addr, (const struct sockaddr *)&from->address);
	return c;
}

/* By default we listen on loopback too. */
static bool is_on_loopback(const struct ts_ice_host *host)
{
	struct sockaddr_storage a;
	for (size_t i = 0; i < host->n_address; i++)
		if (ts_address_parse(&a, host->address[i], 0) &&
			ts_address_kind(&a) == TS_ADDRESS_LOOPBACK)
			return true;
	return host->n_address == 0;
}

static int set_credentials(struct full *ice, const char *ufrag, const char *pwd)
{
	if (!strcmp(ice->their_ufrag, ufrag) && !strcmp(ice->their_pwd, pwd)) return TS_OK;
	if (!nice_agent_set_remote_credentials(ice->agent, ice->stream, ufrag, pwd))
		return TS_EINVAL;
	snprintf(ice->their_ufrag, sizeof(ice->their_ufrag), "%s", ufrag);
	snprintf(ice->their_pwd, sizeof(ice->their_pwd), "%s", pwd);
	ts_candidates_forget(&ice->candidates);
	return TS_OK;
}

static int set_remote(struct ts_ice *base, const struct ts_ice_description *remote)
{
	struct full *ice = full_of(base);
	if (ts_ice_check_credentials(remote->ufrag, remote->pwd) ||
		set_credentials(ice, remote->ufrag, remote->pwd))
		return TS_EINVAL;
	GSList *list = NULL;
	for (size_t i = 0; i < remote->n_candidates && ice->candidates.n < TS_CAND_MAX; i++) {
		const struct ts_candidate *from = &remote->candidate[i];
		NiceCandidate *c = remote_candidate(ice, from);
		if (c &&
			ts_candidates_take(&ice->candidates, ice->config.host->own, &from->address,
				is_on_loopback(ice->config.host)))
			list = g_slist_prepend(list, c);
		else if (c)
			nice_candidate_free(c);
	}
	list = g_slist_reverse(list);
	if (list) nice_agent_set_remote_candidates(ice->agent, ice->stream, COMPONENT, list);
	g_slist_free_full(list, (GDestroyNotify)nice_candidate_free);
	rearm(ice);
	return TS_OK;
}

static int restart(struct ts_ice *base, struct ts_ice_description *local)
{
	struct full *ice = full_of(base);
	/* Sockets and local candidates stay; what changes at our end are the credentials. */
	if (!nice_agent_restart_stream(ice->agent, ice->stream)) return TS_EIO;
	ice->restarting = true;
	*ice->their_ufrag = '\0'; /* libnice forgot them too */
	rearm(ice);
	return describe(ice, local);
}

/* Those of now, and TCP connections that are accepted later. */
static void mark(struct ts_ice *base, bool audio, bool video)
{
	struct full *ice = full_of(base);
	int tos = ts_dscp_tos(ice->config.host->dscp, audio, video);
	if (tos) nice_agent_set_stream_tos(ice->agent, ice->stream, tos);
}

static struct ts_route *route(struct ts_ice *base)
{
	return &full_of(base)->route;
}

static int64_t heard_ns(const struct ts_ice *base)
{
	return ((const struct full *)base)->heard_ns;
}

static void on_agent_closed(GObject *agent, GAsyncResult *result, gpointer arg)
{
	(void)agent, (void)result;
	((struct full *)arg)->agent_closed = true;
}

static void close_full(struct ts_ice *base, void (*done)(void *arg), void *arg)
{
	struct full *ice = full_of(base);
	ice->closed = done;
	ice->closed_arg = arg;
	ice->route = (struct ts_route){.fd = -1};
	g_signal_handlers_disconnect_by_data(ice->agent, ice);
	g_main_context_push_thread_default(ice->context); /* where the callback will come */
	nice_agent_close_async(ice->agent, on_agent_closed, ice);
	g_main_context_pop_thread_default(ice->context);
	/* Even if the callback came at once, `done` comes from the loop. */
	rearm(ice);
	if (ice->agent_closed) ts_loop_timer_set(ice->config.loop, &ice->timer, 0);
}

static const struct ts_ice_ops ops = {.gather = gather,
	.set_remote = set_remote,
	.restart = restart,
	.mark = mark,
	.route = route,
	.heard_ns = heard_ns,
	.close = close_full};

int ts_ice_full_create(struct ts_ice **out, const struct ts_ice_config *config)
{
	*out = NULL;
	/* GLib would end the process for want of one */
	if (!ts_descriptors_left(DESCRIPTORS_LEFT)) return TS_EIO;
	struct full *ice = calloc(1, sizeof(*ice));
	if (!ice) return TS_ENOMEM;
	ice->base.ops = &ops;
	ice->config = *config;
	ice->route.fd = -1;
	ice->timer.fn = on_timer;
	ice->gather_timer.fn = on_gather_timer;
	ice->context = g_main_context_new();
	if (!g_main_context_acquire(ice->context)) assert(!"a new context has no other owner");
	ts_ice_accept_init(&ice->accept, ice->context, ice->our_pwd);
	ice->accept.gone = on_connection_gone;
	ice->agent = agent_create(ice);
	ice->stream = ice->agent ? nice_agent_add_stream(ice->agent, COMPONENT) : 0;
	if (!ice->stream) {
		free_all(ice);
		return TS_ENOMEM;
	}
	nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, ice->context, on_recv, ice);
	*out = &ice->base;
	return TS_OK;
}
