#include "transport/ice/accept.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/siphash.h"
#include "transport/ice/stun.h"
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>

enum {
	ADDRESS_SLOTS = 1024,
	FRAME_HEADER = 2,
	FRAME_MAX = 1500, /* of a first check, which has some 150 bytes */
};

#define SILENT_NS (30 * TS_NS_PER_S)

/* Connections by a hash of their address, all agents together: two addresses that share a slot
 * share half of the quarter. */
static atomic_uint per_address[ADDRESS_SLOTS];

/* Whose turn it is on this thread; all that libnice accepts and polls meanwhile is theirs. */
static _Thread_local struct ts_ice_accept *current;

/* ---- counting */

/* IPv6 hosts have a /64 to themselves. */
static size_t slot_of(GSocket *socket)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} peer = {.any = {.sa_family = AF_UNSPEC}};
	socklen_t len = sizeof(peer);
	uint8_t key[8] = {0};
	if (getpeername(g_socket_get_fd(socket), &peer.any, &len)) return 0;
	if (peer.any.sa_family == AF_INET)
		memcpy(key, &peer.in4.sin_addr, 4);
	else if (IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr))
		memcpy(key, peer.in6.sin6_addr.s6_addr + 12, 4);
	else
		memcpy(key, &peer.in6.sin6_addr, 8);
	return ts_siphash_own(key, sizeof(key)) % ADDRESS_SLOTS;
}

static bool take_address(size_t slot)
{
	if (atomic_fetch_add(&per_address[slot], 1) < (ts_descriptors_share() + 1) / 2) return true;
	atomic_fetch_sub(&per_address[slot], 1);
	return false;
}

static void give_address(size_t slot)
{
	atomic_fetch_sub(&per_address[slot], 1);
}

static bool take(size_t slot)
{
	if (!take_address(slot)) return false;
	if (ts_descriptors_take(TS_FD_ICE_TCP)) return true;
	give_address(slot);
	return false;
}

static void give(struct ts_ice_accepted *a)
{
	if (!a->replaced) {
		give_address(a->address);
		ts_descriptors_give(TS_FD_ICE_TCP);
	}
	ts_count_add(TS_C_ICE_TCP_CONNECTIONS, -1);
	*a = (struct ts_ice_accepted){.of = a->of};
}

static void on_gone(gpointer arg, GObject *socket)
{
	(void)socket;
	struct ts_ice_accepted *a = arg;
	struct ts_ice_accept *accept = a->of;
	int fd = a->fd;
	give(a);
	if (accept->gone) accept->gone(accept, fd);
}

/* ---- one connection */

/* Hung up, as libnice will see in its next turn. */
static void cut(struct ts_ice_accepted *a, enum ts_counter why)
{
	a->state = TS_ICE_ACCEPTED_CUT;
	ts_count(why);
}

/* Until so much is there, or no more will come, the socket is not readable. */
static void await_bytes(int fd, size_t n)
{
	int bytes = (int)n;
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

static bool is_open(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);
	return !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) &&
		info.tcpi_state == TCP_ESTABLISHED;
}

/* What is there of the first frame stays there for libnice. */
static void look(struct ts_ice_accepted *a)
{
	uint8_t frame[FRAME_HEADER + FRAME_MAX];
	int fd = g_socket_get_fd(a->socket);
	ssize_t got = recv(fd, frame, sizeof(frame), MSG_PEEK | MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
	if (got <= 0) {
		a->state = TS_ICE_ACCEPTED_CUT; /* by the other end */
		return;
	}
	size_t n = (size_t)got,
	       want = n < FRAME_HEADER ? FRAME_HEADER : FRAME_HEADER + (frame[0] << 8 | frame[1]);
	if (n < want && want <= sizeof(frame)) {
		await_bytes(fd, want);
		if (!is_open(fd)) a->state = TS_ICE_ACCEPTED_CUT;
		return;
	}
	if (want <= sizeof(frame) &&
		ts_stun_is_peers(frame + FRAME_HEADER, want - FRAME_HEADER, a->of->our_pwd, "")) {
		await_bytes(fd, 1);
		a->state = TS_ICE_ACCEPTED_PROVED;
		return;
	}
	cut(a, TS_C_ICE_TCP_CUT_STRANGER);
	ts_log_limited(TS_LOG_INFO, "media connection cut", "reason=stranger");
}

/* ---- what libnice may read */

static struct ts_ice_accepted *find(struct ts_ice_accept *accept, int fd)
{
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++) {
		struct ts_ice_accepted *a = &accept->accepted[i];
		if (a->state != TS_ICE_ACCEPTED_NONE && g_socket_get_fd(a->socket) == fd) return a;
	}
	return NULL;
}

static gint poll_proved(GPollFD *fds, guint n, gint timeout_ms)
{
	gint ready = g_poll(fds, n, timeout_ms);
	if (!current || ready < 0) return ready;
	ready = 0;
	for (guint i = 0; i < n; i++) {
		struct ts_ice_accepted *a = find(current, fds[i].fd);
		if (a && fds[i].revents & G_IO_IN) a->heard_ns = current->now_ns;
		if (a && a->state == TS_ICE_ACCEPTED_WAITING && fds[i].revents) look(a);
		if (a && a->state == TS_ICE_ACCEPTED_WAITING) fds[i].revents = 0;
		if (a && a->state == TS_ICE_ACCEPTED_CUT) fds[i].revents = G_IO_HUP;
		ready += fds[i].revents != 0;
	}
	return ready;
}

/* ---- accepting */

enum rank { OWN_UNPROVEN, UNPROVEN, SILENT, STAYS };

/* For a newcomer of that address. */
static enum rank rank_of(
	const struct ts_ice_accept *accept, const struct ts_ice_accepted *a, size_t newcomer)
{
	if (a->state == TS_ICE_ACCEPTED_WAITING)
		return a->address == newcomer ? OWN_UNPROVEN : UNPROVEN;
	bool silent = a->state == TS_ICE_ACCEPTED_PROVED &&
		accept->now_ns - a->heard_ns >= SILENT_NS;
	return silent ? SILENT : STAYS;
}

static int64_t since_ns(const struct ts_ice_accepted *a)
{
	return a->state == TS_ICE_ACCEPTED_WAITING ? a->opened_ns : a->heard_ns;
}

/* Strangers of one address lose their own, and not those of others. */
static struct ts_ice_accepted *find_victim(struct ts_ice_accept *accept, size_t newcomer)
{
	struct ts_ice_accepted *victim = NULL;
	enum rank of_victim = STAYS;
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++) {
		struct ts_ice_accepted *a = &accept->accepted[i];
		enum rank rank = rank_of(accept, a, newcomer);
		if (rank > of_victim || rank == STAYS) continue;
		if (rank == of_victim && since_ns(a) >= since_ns(victim)) continue;
		victim = a;
		of_victim = rank;
	}
	return victim;
}

static size_t count_kept(const struct ts_ice_accept *accept)
{
	size_t n = 0;
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++)
		n += accept->accepted[i].state == TS_ICE_ACCEPTED_WAITING ||
			accept->accepted[i].state == TS_ICE_ACCEPTED_PROVED;
	return n;
}

/* Counts a newcomer of that address. Nobody is cut for one who cannot come in anyway; who is cut
 * counts no more. */
static bool make_way(struct ts_ice_accept *accept, size_t slot)
{
	if (count_kept(accept) < TS_ICE_ACCEPT_MAX) return take(slot);
	struct ts_ice_accepted *victim = find_victim(accept, slot);
	if (!victim || (victim->address != slot && !take_address(slot))) return false;
	if (victim->address != slot) give_address(victim->address);
	victim->replaced = true;
	cut(victim, TS_C_ICE_TCP_CUT_FULL);
	return true;
}

static struct ts_ice_accepted *find_place(struct ts_ice_accept *accept)
{
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++)
		if (accept->accepted[i].state == TS_ICE_ACCEPTED_NONE) return &accept->accepted[i];
	return NULL;
}

static bool keep(struct ts_ice_accept *accept, struct ts_ice_accepted *place, GSocket *socket)
{
	size_t slot = slot_of(socket);
	if (!make_way(accept, slot)) return false;
	*place = (struct ts_ice_accepted){.of = accept,
		.fd = g_socket_get_fd(socket),
		.socket = socket,
		.state = TS_ICE_ACCEPTED_WAITING,
		.address = slot,
		.opened_ns = accept->now_ns};
	g_object_weak_ref(G_OBJECT(socket), on_gone, place);
	ts_count(TS_C_ICE_TCP_CONNECTIONS);
	await_bytes(g_socket_get_fd(socket), FRAME_HEADER);
	return true;
}

typedef GSocket *(*accept_fn)(GSocket *, GCancellable *, GError **);

static GSocket *refuse(GError **error, GIOErrorEnum code)
{
	g_set_error_literal(error, G_IO_ERROR, (gint)code, "no place for a connection");
	return NULL;
}

static GSocket *accept_one(struct ts_ice_accept *accept, accept_fn libgio, GSocket *listener,
	GCancellable *cancellable, GError **error)
{
	struct ts_ice_accepted *place = find_place(accept);
	/* libnice closes in its next turn what is cut now; the newcomer waits for that */
	if (!place) return refuse(error, G_IO_ERROR_WOULD_BLOCK);
	if (!ts_descriptors_left(1)) {
		/* it would fail, and libnice try again at once, for ever */
		if (ts_descriptors_refuse(g_socket_get_fd(listener)))
			ts_count(TS_C_ICE_TCP_CUT_DESCRIPTORS);
		ts_log_limited(TS_LOG_ERROR, "media connection cut", "reason=descriptors");
		return refuse(error, G_IO_ERROR_TOO_MANY_OPEN_FILES);
	}
	GSocket *fresh = libgio(listener, cancellable, error);
	if (!fresh || keep(accept, place, fresh)) return fresh;
	g_object_unref(fresh);
	ts_count(TS_C_ICE_TCP_CUT_FULL);
	ts_log_limited(TS_LOG_WARN, "media connection cut", "reason=full connections=%u",
		ts_descriptors_taken(TS_FD_ICE_TCP));
	return refuse(error, G_IO_ERROR_BUSY);
}

/* In place of libgio's: see accept.h. */
__attribute__((visibility("default"))) GSocket *g_socket_accept(
	GSocket *socket, GCancellable *cancellable, GError **error)
{
	static _Atomic accept_fn known;
	accept_fn libgio = atomic_load(&known);
	if (!libgio) {
		libgio = (accept_fn)dlsym(RTLD_NEXT, "g_socket_accept");
		if (!libgio) return refuse(error, G_IO_ERROR_NOT_SUPPORTED);
		atomic_store(&known, libgio);
	}
	if (!current) return libgio(socket, cancellable, error);
	return accept_one(current, libgio, socket, cancellable, error);
}

/* ---- life */

void ts_ice_accept_init(struct ts_ice_accept *accept, GMainContext *context, const char *our_pwd)
{
	*accept = (struct ts_ice_accept){.context = context, .our_pwd = our_pwd};
	g_main_context_set_poll_func(context, poll_proved);
}

void ts_ice_accept_fini(struct ts_ice_accept *accept)
{
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++) {
		struct ts_ice_accepted *a = &accept->accepted[i];
		if (a->state == TS_ICE_ACCEPTED_NONE) continue;
		g_object_weak_unref(G_OBJECT(a->socket), on_gone, a);
		give(a);
	}
}

static void expire(struct ts_ice_accept *accept, int64_t now_ns)
{
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++) {
		struct ts_ice_accepted *a = &accept->accepted[i];
		if (a->state == TS_ICE_ACCEPTED_WAITING &&
			now_ns - a->opened_ns >= TS_ICE_ACCEPT_PATIENCE_NS)
			cut(a, TS_C_ICE_TCP_CUT_SLOW);
	}
}

void ts_ice_accept_turn(struct ts_ice_accept *accept, int64_t now_ns)
{
	accept->now_ns = now_ns;
	expire(accept, now_ns);
	current = accept;
	g_main_context_iteration(accept->context, FALSE);
	current = NULL;
}

int64_t ts_ice_accept_due_ns(const struct ts_ice_accept *accept)
{
	int64_t due_ns = INT64_MAX;
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++) {
		const struct ts_ice_accepted *a = &accept->accepted[i];
		if (a->state == TS_ICE_ACCEPTED_CUT) return 0;
		if (a->state == TS_ICE_ACCEPTED_WAITING &&
			a->opened_ns + TS_ICE_ACCEPT_PATIENCE_NS < due_ns)
			due_ns = a->opened_ns + TS_ICE_ACCEPT_PATIENCE_NS;
	}
	return due_ns;
}
