#include "control/sip/conn.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "control/sip/bad.h"
#include "control/sip/core.h"
#include "control/sip/frame.h"
#include "control/sip/giveway.h"
#include "control/sip/hook.h"
#include "control/rooms/throttle.h"
#include <string.h>
#include <sys/ioctl.h>

enum {
	LAYER = 10, /* above TLS, which is 0 */
	TICK_MS = 500,
	BUFFERED_MAX = 16 << 20,
	QUEUED_MAX = 16 << 10,
	QUEUED_CALL_MAX = 128 << 10,
	QUEUED_LIBRE = QUEUED_CALL_MAX + (128 << 10), /* never reached: a message more, and what TLS adds */
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

struct listener {
	struct ts_sip_conns *conns;
	int fd;
	fd_h *accept;
	void *object;
};

struct of_address {
	guint n; /* connections that count */
	size_t buffered;
};

struct conn {
	uint64_t id;
	struct ts_sip_conns *conns;
	struct tcp_conn *tc; /* [owned] a reference: when it is the last, libre has done with the connection */
	struct ts_sip_frame frame;
	size_t buffered; /* of frame, as counted in the sums */
	struct sa peer;
	char address[TS_SIP_ADDR_MAX];
	int64_t opened_ns, begun_ns, good_ns, ended_ns; /* 0: no message is begun, none was good, no last answer */
	bool call, cut, counted;       /* one who is cut counts no more; in the budget of descriptors */
	bool waits, known;             /* bytes were there before anything was read; its host proved itself */
	struct of_address *of_address; /* all of its address; there until it is cut */
	GList link;                    /* in conns->all */
};

struct ts_sip_conns {
	struct ts_sip_ua *ua;
	struct listener listeners[TS_SIP_LISTEN_MAX];
	size_t n_listeners, n, buffered;
	GQueue all;                      /* in order of opening */
	GHashTable *by_id, *per_address; /* per_address: to a struct of_address of its own */
	struct ts_throttle *known;       /* used as a memory of hosts that proved themselves */
	uint64_t last_id;
	struct conn *fresh; /* that libre is just making */
	struct tmr tick;
};

static size_t max_of(const struct ts_sip_conns *conns)
{
	unsigned share = ts_descriptors_share();
	size_t max = share > SLACK ? share - SLACK : 1;
	return MIN(max, (size_t)conns->ua->config->max_connections);
}

/* ---- the end of one */

static void count_address(struct conn *conn, int by)
{
	GHashTable *table = conn->conns->per_address;
	struct of_address *all = g_hash_table_lookup(table, conn->address);
	if (!all) g_hash_table_insert(table, g_strdup(conn->address), all = g_new0(struct of_address, 1));
	conn->of_address = all;
	all->n += (guint)by;
	if (!all->n) g_hash_table_remove(table, conn->address);
}

static void count_buffered(struct conn *conn)
{
	conn->conns->buffered += conn->frame.cap - conn->buffered;
	conn->of_address->buffered += conn->frame.cap - conn->buffered;
	conn->buffered = conn->frame.cap;
}

static void uncount(struct conn *conn)
{
	if (conn->cut) return;
	conn->cut = true;
	ts_sip_frame_fini(&conn->frame);
	count_buffered(conn);
	conn->conns->n--;
	count_address(conn, -1);
	ts_count_add(TS_C_SIP_CONNECTIONS, -1);
}

static void release(struct conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	uncount(conn);
	g_queue_unlink(&conns->all, &conn->link);
	g_hash_table_remove(conns->by_id, &conn->id);
	mem_deref(conn->tc);
	if (conn->counted) ts_descriptors_give(TS_FD_SIP);
	g_free(conn);
}

static bool is_gone(const struct conn *conn)
{
	return mem_nrefs(conn->tc) == 1;
}

/* libre finds the socket closed and does the rest. */
static void cut(struct conn *conn, enum ts_counter why)
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

static int64_t due_ns(const struct conn *conn)
{
	if (conn->ended_ns) return conn->ended_ns + LINGER_NS;
	if (conn->begun_ns) return conn->begun_ns + MESSAGE_NS;
	if (conn->call) return INT64_MAX;
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
	for (GList *at = conns->all.head; at; at = at->next) ((struct conn *)at->data)->call = false;
	g_hash_table_iter_init(&iter, conns->ua->by_key);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		ts_sip_conns_has_call(conns, ((const struct ts_sip_call *)value)->conn);
}

static void on_tick(void *arg)
{
	struct ts_sip_conns *conns = arg;
	int64_t now_ns = ts_now_ns();
	sweep(conns);
	mark_calls(conns);
	for (GList *at = conns->all.head; at; at = at->next) {
		struct conn *conn = at->data;
		if (!conn->cut && due_ns(conn) <= now_ns) cut(conn, TS_C_SIP_CUT_SLOW);
	}
	tmr_start(&conns->tick, TICK_MS, on_tick, conns);
}

static struct ts_sip_standing standing_of(const struct conn *conn)
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
static struct conn *find_first(const struct conn *newcomer, bool own_address)
{
	struct conn *first = NULL;
	struct ts_sip_standing of_first = {.call = true};
	for (GList *at = newcomer->conns->all.head; at; at = at->next) {
		struct conn *conn = at->data;
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
static bool has_bytes(const struct conn *conn)
{
	int n = 0, fd = tcp_conn_fd(conn->tc);
	return fd >= 0 && !ioctl(fd, FIONREAD, &n) && n > 0;
}

/* Who goes for a newcomer, who has not had the time to say anything. Of those who look silent some may only not have been read. */
static struct conn *find_victim(const struct conn *newcomer, bool own_address)
{
	struct conn *victim = NULL;
	for (int i = 0; i < ASKED; i++) {
		victim = find_first(newcomer, own_address);
		if (!victim || victim->good_ns || victim->begun_ns || victim->waits || !has_bytes(victim)) break;
		victim->waits = true;
	}
	return victim;
}

/* Who goes for bytes; NULL: nobody holds any. */
static struct conn *find_holder(const struct ts_sip_conns *conns)
{
	struct conn *holder = NULL;
	struct ts_sip_holding of_holder = {.bytes = 0};
	for (GList *at = conns->all.head; at; at = at->next) {
		struct conn *conn = at->data;
		if (conn->cut) continue;
		struct ts_sip_holding holding = {.call = conn->call,
			.of_address = conn->of_address->buffered,
			.bytes = conn->buffered,
			.begun_ns = conn->begun_ns};
		if (!ts_sip_gives_bytes(&holding, &of_holder)) continue;
		holder = conn;
		of_holder = holding;
	}
	return holder;
}

static void keep_in_budget(struct ts_sip_conns *conns)
{
	struct conn *holder;
	while (conns->buffered > BUFFERED_MAX && (holder = find_holder(conns))) cut(holder, TS_C_SIP_CUT_FULL);
}

/* ---- bytes */

static void say(struct conn *conn, struct mbuf *answer)
{
	if (answer) tcp_send(conn->tc, answer);
	mem_deref(answer);
}

static void on_message(struct conn *conn, struct mbuf *out)
{
	struct ts_sip_ua *ua = conn->conns->ua;
	struct mbuf *mb = mbuf_alloc(conn->frame.len), *answer = NULL;
	bool flood = false;
	if (!mb || mbuf_write_mem(mb, conn->frame.buf, conn->frame.len)) {
		mem_deref(mb);
		cut(conn, TS_C_SIP_CUT_FULL);
		return;
	}
	mbuf_set_pos(mb, 0);
	if (ts_sip_front_takes(ua, &conn->peer, true, mb, &answer, &flood)) {
		conn->good_ns = ts_now_ns();
		mbuf_write_mem(out, mbuf_buf(mb), mbuf_get_left(mb));
	}
	say(conn, answer);
	if (flood && !conn->call) cut(conn, TS_C_SIP_CUT_RATE);
	mem_deref(mb);
}

/* All that goes out, ours and libre's: a part of a message, or one left out, would be the end of the stream anyway. */
static bool on_send(int *err, struct mbuf *mb, void *arg)
{
	struct conn *conn = arg;
	size_t waits = tcp_conn_txqsz(conn->tc), most = conn->call ? QUEUED_CALL_MAX : QUEUED_MAX;
	if (!conn->cut && (!waits || waits + mbuf_get_left(mb) <= most)) return false;
	cut(conn, TS_C_SIP_CUT_FULL);
	*err = ENOSPC;
	return true;
}

/* libre answers those of a call, and has them prolong its own deadline. A stranger gets nothing, nor who does not read. */
static void on_keepalive(struct conn *conn, struct mbuf *out)
{
	struct mbuf *pong;
	if (tcp_conn_txqsz(conn->tc)) return;
	if (conn->call) {
		mbuf_write_str(out, "\r\n\r\n");
	} else if (conn->good_ns && (pong = mbuf_alloc(2))) {
		mbuf_write_str(pong, "\r\n");
		mbuf_set_pos(pong, 0);
		say(conn, pong);
	}
}

/* Where the next message would begin cannot be told any more: an answer, and the end. */
static void on_bad(struct conn *conn)
{
	char text[TS_SIP_BAD_BYTES], status[80];
	g_snprintf(status, sizeof(status), "%d %s", conn->frame.code, conn->frame.why);
	size_t n = ts_sip_bad_answer(text, (const char *)conn->frame.buf, conn->frame.len, status);
	struct mbuf *answer = n ? mbuf_alloc(n) : NULL;
	if (answer) {
		mbuf_write_mem(answer, (const uint8_t *)text, n);
		mbuf_set_pos(answer, 0);
	}
	ts_count(TS_C_SIP_CUT_FRAMING);
	ts_log_limited(TS_LOG_INFO, "sip connection ended", "address=%s reason=framing error=%s", conn->address,
		TS_LOG_STR(conn->frame.why));
	say(conn, answer);
	conn->ended_ns = ts_now_ns();
	if (tcp_conn_fd(conn->tc) >= 0) shutdown(tcp_conn_fd(conn->tc), SHUT_WR);
}

static void note_begun(struct conn *conn)
{
	if (!ts_sip_frame_is_begun(&conn->frame))
		conn->begun_ns = 0;
	else if (!conn->begun_ns)
		conn->begun_ns = ts_now_ns();
}

static void read_bytes(struct conn *conn, const uint8_t *data, size_t len, struct mbuf *out)
{
	bool alive = false;
	while (len && !conn->cut && !conn->ended_ns) {
		enum ts_sip_frame_result result = ts_sip_frame_push(&conn->frame, &data, &len);
		if (result == TS_FRAME_MESSAGE) on_message(conn, out);
		if (result == TS_FRAME_KEEPALIVE && !alive) on_keepalive(conn, out);
		alive |= result == TS_FRAME_KEEPALIVE;
		if (result == TS_FRAME_BAD) on_bad(conn);
		if (result == TS_FRAME_MESSAGE || result == TS_FRAME_BAD) ts_sip_frame_let_go(&conn->frame);
		note_begun(conn);
		if (conn->cut) break;
		count_buffered(conn);
		keep_in_budget(conn->conns);
	}
}

/* What came, decrypted. Only whole messages go on to libre, in the same buffer. */
static bool on_bytes(int *err, struct mbuf *mb, bool *estab, void *arg)
{
	struct conn *conn = arg; /* is there as long as libre reads: it holds a reference to tc */
	struct mbuf *out = mbuf_alloc(mbuf_get_left(mb));
	(void)estab;
	if (!out) {
		*err = ENOMEM;
		return true;
	}
	conn->conns->ua->conn = conn->id;
	read_bytes(conn, mbuf_buf(mb), mbuf_get_left(mb), out);
	bool some = out->end > 0 && !conn->cut;
	if (some) {
		mb->pos = mb->end = 0;
		*err = mbuf_write_mem(mb, out->buf, out->end);
		mbuf_set_pos(mb, 0);
	}
	mem_deref(out);
	return !some || *err;
}

/* ---- coming */

/* A connection that could not be looked into would be one without any bounds. */
static int on_new(int fd, fd_h *handler, void *object, void *arg)
{
	struct ts_sip_conns *conns = arg;
	(void)fd, (void)handler;
	if (conns->fresh) return 0;
	struct conn *conn = g_new0(struct conn, 1);
	if (tcp_register_helper(NULL, object, LAYER, NULL, on_send, on_bytes, conn)) {
		g_free(conn);
		ts_count(TS_C_SIP_CUT_FULL);
		return ENOMEM;
	}
	conn->conns = conns;
	conn->tc = mem_ref(object);
	conn->id = ++conns->last_id;
	conn->opened_ns = ts_now_ns();
	conn->link.data = conn;
	tcp_conn_txqsz_set(object, QUEUED_LIBRE);
	tcp_conn_peer_get(object, &conn->peer);
	ts_sip_print_address(&conn->peer, conn->address);
	conn->known = ts_throttle_look(conns->known, conn->address, conn->opened_ns) > 0;
	conns->fresh = conn;
	return 0;
}

static void judge(struct conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	size_t max = max_of(conns);
	struct conn *victim = NULL;
	if (!ts_sip_may_call(conns->ua->config, &conn->peer) &&
		!g_hash_table_contains(conns->ua->dialled, conn->address)) {
		cut(conn, TS_C_SIP_CUT_NETWORK);
		ts_log_limited(TS_LOG_INFO, "sip connection refused", "address=%s reason=network", conn->address);
		return;
	}
	if (conns->n > max || conn->of_address->n > (max + 1) / 2) sweep(conns);
	if (conn->of_address->n > (max + 1) / 2)
		victim = find_victim(conn, true);
	else if (conns->n > max)
		victim = find_victim(conn, false);
	else
		return;
	cut(victim ? victim : conn, TS_C_SIP_CUT_FULL);
	ts_log_limited(TS_LOG_WARN, "sip connection cut", "address=%s reason=full connections=%zu",
		victim ? victim->address : conn->address, conns->n);
}

static void keep(struct conn *conn)
{
	struct ts_sip_conns *conns = conn->conns;
	conn->counted = ts_descriptors_take(TS_FD_SIP);
	g_queue_push_tail_link(&conns->all, &conn->link);
	g_hash_table_insert(conns->by_id, &conn->id, conn);
	conns->n++;
	count_address(conn, 1);
	ts_count(TS_C_SIP_CONNECTIONS);
	if (conn->counted)
		judge(conn);
	else
		cut(conn, TS_C_SIP_CUT_FULL);
}

/* False: nobody waits any more, or nobody can be let in. */
static bool accept_one(struct listener *listener)
{
	struct ts_sip_conns *conns = listener->conns;
	if (!ts_descriptors_left(1)) {
		/* libre's accept would fail, and be called again at once, for ever */
		if (ts_descriptors_refuse(listener->fd)) ts_count(TS_C_SIP_CUT_DESCRIPTORS);
		ts_log_limited(TS_LOG_ERROR, "sip connection refused", "reason=descriptors");
		return false;
	}
	conns->fresh = NULL;
	ts_sip_hook(on_new, conns);
	listener->accept(FD_READ, listener->object);
	ts_sip_hook(NULL, NULL);
	struct conn *conn = conns->fresh;
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

int ts_sip_conns_listen(struct ts_sip_conns *conns, int fd, fd_h *accept, void *object)
{
	if (conns->n_listeners == TS_SIP_LISTEN_MAX) return TS_EFULL;
	struct listener *listener = &conns->listeners[conns->n_listeners++];
	*listener = (struct listener){conns, fd, accept, object};
	if (listen(fd, BACKLOG)) return TS_EIO; /* libre asks for 5, which any burst overflows */
	return fd_listen(fd, FD_READ, on_acceptable, listener) ? TS_EIO : 0;
}

void ts_sip_conns_know(struct ts_sip_conns *conns, const struct sa *host)
{
	char address[TS_SIP_ADDR_MAX];
	ts_sip_print_address(host, address);
	ts_throttle_take(conns->known, address, ts_now_ns());
	for (GList *at = conns->all.head; at; at = at->next) {
		struct conn *conn = at->data;
		if (!strcmp(conn->address, address)) conn->known = true;
	}
}

/* libre reads from connections that we opened as well, and they pass by nothing of ours: the last one that did may be a stranger's. */
uint64_t ts_sip_conns_of(const struct ts_sip_conns *conns, const struct sip_msg *msg)
{
	uint64_t id = msg->tp == SIP_TRANSP_UDP ? 0 : conns->ua->conn;
	const struct conn *conn = id ? g_hash_table_lookup(conns->by_id, &id) : NULL;
	return conn && sa_cmp(&conn->peer, &msg->src, SA_ALL) ? id : 0;
}

void ts_sip_conns_has_call(struct ts_sip_conns *conns, uint64_t id)
{
	struct conn *conn = id ? g_hash_table_lookup(conns->by_id, &id) : NULL;
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
	conns->known = ts_throttle_new(
		&(struct ts_throttle_config){.period_ns = KNOWN_NS, .burst = 1, .max_addresses = KNOWN_MAX});
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
	ts_throttle_free(conns->known);
	g_free(conns);
}
