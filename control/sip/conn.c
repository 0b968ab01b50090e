#include "control/sip/conn.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "control/rooms/throttle.h"
#include "control/sip/conn_core.h"
#include "control/sip/core.h"
#include "control/sip/door.h"
#include "control/sip/giveway.h"
#include "control/sip/hook.h"
#include "control/sip/inner.h"
#include "control/sip/registrar.h"
#include <string.h>
#include <sys/ioctl.h>

enum {
	TICK_MS = 500,
	BACKLOG = 512,
	ACCEPTS = 8, /* at one wake-up */
	SLACK = 16,  /* connections that were cut and wait to be closed */
	ASKED = 8,   /* for one newcomer, whether bytes of theirs wait */
	KNOWN_MAX = 4096,
};
#define SILENT_NS (5 * TS_NS_PER_S)
#define MESSAGE_NS (10 * TS_NS_PER_S)
#define IDLE_NS (32 * TS_NS_PER_S) /* 64 T1: whatever was asked has its answer */
#define KNOWN_NS (3600 * TS_NS_PER_S)
#define LINGER_NS (1 * TS_NS_PER_S) /* for a last answer to be read */

static size_t max_of(const struct ts_sip_conns *conns)
{
	unsigned share = ts_descriptors_share();
	size_t max = share > SLACK ? share - SLACK : 1;
	return MIN(max, (size_t)conns->ua->config->max_connections);
}

/* ---- the end of one */

static void count_address(struct ts_sip_conn *conn, int by)
{
	GHashTable *table = conn->conns->per_address;
	struct ts_sip_of_address *all = g_hash_table_lookup(table, conn->address);
	if (!all)
		g_hash_table_insert(
			table, g_strdup(conn->address), all = g_new0(struct ts_sip_of_address, 1));
	conn->of_address = all;
	all->n += (guint)by;
	if (!all->n) g_hash_table_remove(table, conn->address);
}

static void uncount(struct ts_sip_conn *conn)
{
	if (conn->cut) return;
	conn->cut = true;
	ts_sip_frame_fini(&conn->frame);
	ts_sip_conn_count_buffered(conn);
	conn->conns->n--;
	count_address(conn, -1);
	ts_count_add(TS_C_SIP_CONNECTIONS, -1);
}

static gpointer port_key(const struct sa *half)
{
	return GUINT_TO_POINTER(sa_port(half));
}

/* Another may have the port already. */
static void forget_door(struct ts_sip_conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	if (g_hash_table_lookup(conns->by_half, port_key(&conn->half)) != conn) return;
	g_hash_table_remove(conns->by_half, port_key(&conn->half));
	if (conns->ua->registrar) ts_sip_registrar_gone(conns->ua->registrar, &conn->half);
}

static void release(struct ts_sip_conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	uncount(conn);
	g_queue_unlink(&conns->all, &conn->link);
	g_hash_table_remove(conns->by_id, &conn->id);
	if (conn->door) forget_door(conn);
	mem_deref(conn->tc);
	if (conn->counted) ts_descriptors_give(TS_FD_SIP);
	g_free(conn);
}

static bool is_gone(const struct ts_sip_conn *conn)
{
	return mem_nrefs(conn->tc) == 1;
}

/* libre finds the socket closed and does the rest. */
void ts_sip_conn_cut(struct ts_sip_conn *conn, enum ts_counter why)
{
	static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	int fd = tcp_conn_fd(conn->tc);
	if (conn->cut) return;
	uncount(conn);
	ts_count(why);
	if (fd < 0) return;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	shutdown(fd, SHUT_RDWR);
}

static int64_t due_ns(const struct ts_sip_conn *conn)
{
	if (conn->ended_ns) return conn->ended_ns + LINGER_NS;
	if (conn->begun_ns) return conn->begun_ns + MESSAGE_NS;
	/* a WebSocket is asked for life by its own pings, and lies idle until somebody calls */
	if (conn->call || conn->door) return INT64_MAX;
	return conn->good_ns ? conn->good_ns + IDLE_NS : conn->opened_ns + SILENT_NS;
}

static void sweep(struct ts_sip_conns *conns)
{
	for (GList *at = conns->all.head, *next; at; at = next) {
		next = at->next;
		if (is_gone(at->data)) release(at->data);
	}
}

static void mark_calls(struct ts_sip_conns *conns)
{
	GHashTableIter iter;
	gpointer value;
	for (GList *at = conns->all.head; at; at = at->next)
		((struct ts_sip_conn *)at->data)->call = false;
	g_hash_table_iter_init(&iter, conns->ua->by_key);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		ts_sip_conns_has_call(conns, ((const struct ts_sip_call *)value)->conn);
}

static void hear_guests(struct ts_sip_conns *conns)
{
	struct ts_sip_guest *guest;
	const int64_t now_ns = ts_now_ns();
	while (conns->ua->door && (guest = ts_sip_door_take(conns->ua->door)))
		ts_sip_guests_add(conns->guests, guest, now_ns);
	ts_sip_guests_forget(conns->guests, now_ns);
}

static void on_tick(void *arg)
{
	struct ts_sip_conns *conns = arg;
	int64_t now_ns = ts_now_ns();
	hear_guests(conns);
	sweep(conns);
	mark_calls(conns);
	for (GList *at = conns->all.head; at; at = at->next) {
		struct ts_sip_conn *conn = at->data;
		if (!conn->cut && due_ns(conn) <= now_ns) ts_sip_conn_cut(conn, TS_C_SIP_CUT_SLOW);
	}
	tmr_start(&conns->tick, TICK_MS, on_tick, conns);
}

static struct ts_sip_standing standing_of(const struct ts_sip_conn *conn)
{
	return (struct ts_sip_standing){
		.call = conn->call,
		.good = conn->good_ns,
		.known = conn->known,
		.begun = conn->begun_ns || conn->waits,
		.of_address = conn->of_address->n,
		.since_ns = conn->good_ns ? conn->good_ns : conn->opened_ns,
	};
}

/* NULL: all others have calls. */
static struct ts_sip_conn *find_first(const struct ts_sip_conn *newcomer, bool own_address)
{
	struct ts_sip_conn *first = NULL;
	struct ts_sip_standing of_first = {.call = true};
	for (GList *at = newcomer->conns->all.head; at; at = at->next) {
		struct ts_sip_conn *conn = at->data;
		if (conn == newcomer || conn->cut || conn->call) continue;
		if (own_address && conn->of_address != newcomer->of_address) continue;
		struct ts_sip_standing standing = standing_of(conn);
		if (!ts_sip_gives_way(&standing, &of_first)) continue;
		first = conn;
		of_first = standing;
	}
	return first;
}

/* What came over TLS cannot be told from its handshake; that counts as well. */
static bool has_bytes(const struct ts_sip_conn *conn)
{
	int n = 0, fd = tcp_conn_fd(conn->tc);
	return fd >= 0 && !ioctl(fd, FIONREAD, &n) && n > 0;
}

/* Who goes for a newcomer, who has not had the time to say anything. Of those who look silent some
 * may only not have been read. */
static struct ts_sip_conn *find_victim(const struct ts_sip_conn *newcomer, bool own_address)
{
	struct ts_sip_conn *victim = NULL;
	for (int i = 0; i < ASKED; i++) {
		victim = find_first(newcomer, own_address);
		if (!victim || victim->good_ns || victim->begun_ns || victim->waits ||
			!has_bytes(victim))
			break;
		victim->waits = true;
	}
	return victim;
}

/* ---- coming */

/* Whose WebSocket it is. */
static void meet(struct ts_sip_conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	conn->door = true;
	hear_guests(conns);
	g_autofree struct ts_sip_guest *guest = ts_sip_guests_take(
		conns->guests, sa_port(&conn->half), conn->opened_ns);
	conn->stranger = !guest || !ts_sip_is_inner(&conn->half) ||
		sa_set_str(&conn->peer, guest->address, 0);
	if (guest) conn->secure = guest->secure;
	if (!conn->stranger) g_hash_table_insert(conns->by_half, port_key(&conn->half), conn);
}

/* A connection that could not be looked into would be one without any bounds. */
static int on_new(int fd, fd_h *handler, void *object, void *arg)
{
	struct ts_sip_conns *conns = arg;
	(void)fd, (void)handler;
	if (conns->fresh) return 0;
	struct ts_sip_conn *conn = g_new0(struct ts_sip_conn, 1);
	if (ts_sip_conn_watch(conn, object)) {
		g_free(conn);
		ts_count(TS_C_SIP_CUT_FULL);
		return ENOMEM;
	}
	conn->conns = conns;
	conn->tc = mem_ref(object);
	conn->id = ++conns->last_id;
	conn->opened_ns = ts_now_ns();
	conn->link.data = conn;
	tcp_conn_peer_get(object, &conn->half);
	conn->peer = conn->half;
	if (conns->listener->door) meet(conn);
	ts_sip_print_address(&conn->peer, conn->address);
	conn->known = ts_throttle_peek(conns->known, conn->address, conn->opened_ns) > 0;
	conns->fresh = conn;
	return 0;
}

static void judge(struct ts_sip_conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	size_t max = max_of(conns);
	struct ts_sip_conn *victim = NULL;
	if (!ts_sip_may_call(conns->ua->config, &conn->peer) &&
		!g_hash_table_contains(conns->ua->dialled, conn->address)) {
		ts_sip_conn_cut(conn, TS_C_SIP_CUT_NETWORK);
		ts_log_limited(TS_LOG_INFO, "sip connection refused", "address=%s reason=network",
			conn->address);
		return;
	}
	if (conns->n > max || conn->of_address->n > (max + 1) / 2) sweep(conns);
	if (conn->of_address->n > (max + 1) / 2)
		victim = find_victim(conn, true);
	else if (conns->n > max)
		victim = find_victim(conn, false);
	else
		return;
	ts_sip_conn_cut(victim ? victim : conn, TS_C_SIP_CUT_FULL);
	ts_log_limited(TS_LOG_WARN, "sip connection cut", "address=%s reason=full connections=%zu",
		victim ? victim->address : conn->address, conns->n);
}

static void keep(struct ts_sip_conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	conn->counted = ts_descriptors_take(TS_FD_SIP);
	g_queue_push_tail_link(&conns->all, &conn->link);
	g_hash_table_insert(conns->by_id, &conn->id, conn);
	conns->n++;
	count_address(conn, 1);
	ts_count(TS_C_SIP_CONNECTIONS);
	if (conn->counted && !conn->stranger)
		judge(conn);
	else
		ts_sip_conn_cut(conn, TS_C_SIP_CUT_FULL);
}

/* False: nobody waits any more, or nobody can be let in. */
static bool accept_one(struct ts_sip_listener *listener)
{
	struct ts_sip_conns *conns = listener->conns;
	if (!ts_descriptors_left(1)) {
		/* libre's accept would fail, and be called again at once, for ever */
		if (ts_descriptors_refuse(listener->fd)) ts_count(TS_C_SIP_CUT_DESCRIPTORS);
		ts_log_limited(TS_LOG_ERROR, "sip connection refused", "reason=descriptors");
		return false;
	}
	conns->fresh = NULL;
	conns->listener = listener;
	ts_sip_hook(on_new, conns);
	listener->accept(FD_READ, listener->object);
	ts_sip_hook(NULL, NULL);
	struct ts_sip_conn *conn = conns->fresh;
	conns->fresh = NULL;
	if (conn) keep(conn);
	return conn != NULL;
}

static void on_acceptable(int flags, void *arg)
{
	(void)flags;
	for (int i = 0; i < ACCEPTS && accept_one(arg); i++)
		;
}

static int add_listener(struct ts_sip_conns *conns, int fd, fd_h *accept, void *object, bool door)
{
	if (conns->n_listeners == TS_SIP_LISTEN_MAX) return TS_EFULL;
	struct ts_sip_listener *listener = &conns->listeners[conns->n_listeners++];
	*listener = (struct ts_sip_listener){conns, fd, accept, object, door};
	if (listen(fd, BACKLOG)) return TS_EIO; /* libre asks for 5, which any burst overflows */
	return fd_listen(fd, FD_READ, on_acceptable, listener) ? TS_EIO : 0;
}

int ts_sip_conns_listen(struct ts_sip_conns *conns, int fd, fd_h *accept, void *object)
{
	return add_listener(conns, fd, accept, object, false);
}

int ts_sip_conns_listen_door(struct ts_sip_conns *conns, int fd, fd_h *accept, void *object)
{
	return add_listener(conns, fd, accept, object, true);
}

/* ---- who they are */

static const struct ts_sip_conn *find_door(const struct ts_sip_conns *conns, const struct sa *half)
{
	return ts_sip_is_inner(half) ? g_hash_table_lookup(conns->by_half, port_key(half)) : NULL;
}

/* A datagram can bear any source. */
static const struct ts_sip_conn *door_of(
	const struct ts_sip_conns *conns, const struct sip_msg *msg)
{
	return msg->tp == SIP_TRANSP_TCP ? find_door(conns, &msg->src) : NULL;
}

const struct sa *ts_sip_conns_source(const struct ts_sip_conns *conns, const struct sip_msg *msg)
{
	const struct ts_sip_conn *conn = door_of(conns, msg);
	return conn ? &conn->peer : &msg->src;
}

bool ts_sip_conns_is_secure(const struct ts_sip_conns *conns, const struct sip_msg *msg)
{
	const struct ts_sip_conn *conn = door_of(conns, msg);
	return conn ? conn->secure : msg->tp == SIP_TRANSP_TLS;
}

bool ts_sip_conns_reaches(const struct ts_sip_conns *conns, const struct sa *to, uint64_t id)
{
	if (!ts_sip_is_inner(to)) return true;
	const struct ts_sip_conn *conn = find_door(conns, to);
	return conn && !conn->cut && (!id || id == conn->id);
}

void ts_sip_conns_know(struct ts_sip_conns *conns, const struct sa *host)
{
	char address[TS_SIP_ADDR_MAX];
	ts_sip_print_address(host, address);
	ts_throttle_take(conns->known, address, ts_now_ns());
	for (GList *at = conns->all.head; at; at = at->next) {
		struct ts_sip_conn *conn = at->data;
		if (!strcmp(conn->address, address)) conn->known = true;
	}
}

/* libre reads from connections that we opened as well, and they pass by nothing of ours: the last
 * one that did may be a stranger's. */
uint64_t ts_sip_conns_of(const struct ts_sip_conns *conns, const struct sip_msg *msg)
{
	uint64_t id = msg->tp == SIP_TRANSP_UDP ? 0 : conns->ua->conn;
	const struct ts_sip_conn *conn = id ? g_hash_table_lookup(conns->by_id, &id) : NULL;
	return conn && sa_cmp(&conn->half, &msg->src, SA_ALL) ? id : 0;
}

void ts_sip_conns_has_call(struct ts_sip_conns *conns, uint64_t id)
{
	struct ts_sip_conn *conn = id ? g_hash_table_lookup(conns->by_id, &id) : NULL;
	if (conn) conn->call = true;
}

/* ---- life */

struct ts_sip_conns *ts_sip_conns_new(struct ts_sip_ua *ua)
{
	struct ts_sip_conns *conns = g_new0(struct ts_sip_conns, 1);
	conns->ua = ua;
	g_queue_init(&conns->all);
	conns->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
	conns->per_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	conns->guests = ts_sip_guests_new();
	conns->by_half = g_hash_table_new(NULL, NULL);
	conns->known = ts_throttle_new(&(struct ts_throttle_config){
		.period_ns = KNOWN_NS, .burst = 1, .max_addresses = KNOWN_MAX});
	tmr_start(&conns->tick, TICK_MS, on_tick, conns);
	return conns;
}

void ts_sip_conns_free(struct ts_sip_conns *conns)
{
	if (!conns) return;
	tmr_cancel(&conns->tick);
	while (conns->all.head) release(conns->all.head->data);
	g_hash_table_unref(conns->by_id);
	g_hash_table_unref(conns->per_address);
	ts_sip_guests_free(conns->guests);
	g_hash_table_unref(conns->by_half);
	ts_throttle_free(conns->known);
	g_free(conns);
}
