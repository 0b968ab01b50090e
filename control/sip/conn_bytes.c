/* What is read from connections of SIP and sent over them: only whole messages go on to libre, and
 * what waits takes no more memory than it may. */
#include "base/clock.h"
#include "base/log.h"
#include "control/sip/bad.h"
#include "control/sip/conn_core.h"
#include "control/sip/core.h"
#include "control/sip/giveway.h"

enum {
	LAYER = 10, /* above TLS, which is 0 */
	BUFFERED_MAX = 16 << 20,
	QUEUED_MAX = 16 << 10,
	QUEUED_CALL_MAX = 128 << 10,
	/* never reached: a message more, and what TLS adds */
	QUEUED_LIBRE = QUEUED_CALL_MAX + (128 << 10),
};

/* ---- the bytes of messages begun */

void ts_sip_conn_count_buffered(struct ts_sip_conn *conn)
{
	conn->conns->buffered += conn->frame.cap - conn->buffered;
	conn->of_address->buffered += conn->frame.cap - conn->buffered;
	conn->buffered = conn->frame.cap;
}

/* Who goes for bytes; NULL: nobody holds any. */
static struct ts_sip_conn *find_holder(const struct ts_sip_conns *conns)
{
	struct ts_sip_conn *holder = NULL;
	struct ts_sip_holding of_holder = {.bytes = 0};
	for (GList *at = conns->all.head; at; at = at->next) {
		struct ts_sip_conn *conn = at->data;
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
	struct ts_sip_conn *holder;
	while (conns->buffered > BUFFERED_MAX && (holder = find_holder(conns)))
		ts_sip_conn_cut(holder, TS_C_SIP_CUT_FULL);
}

/* ---- reading and sending */

static void send_answer(struct ts_sip_conn *conn, struct mbuf *answer)
{
	if (answer) tcp_send(conn->tc, answer);
	mem_deref(answer);
}

static void on_message(struct ts_sip_conn *conn, struct mbuf *out)
{
	struct ts_sip_ua *ua = conn->conns->ua;
	struct mbuf *mb = mbuf_alloc(conn->frame.len), *answer = NULL;
	bool flood = false;
	if (!mb || mbuf_write_mem(mb, conn->frame.buf, conn->frame.len)) {
		mem_deref(mb);
		ts_sip_conn_cut(conn, TS_C_SIP_CUT_FULL);
		return;
	}
	mbuf_set_pos(mb, 0);
	if (ts_sip_front_accepts(ua, &conn->peer, true, mb, &answer, &flood)) {
		conn->good_ns = ts_now_ns();
		mbuf_write_mem(out, mbuf_buf(mb), mbuf_get_left(mb));
	}
	send_answer(conn, answer);
	if (flood && !conn->call) ts_sip_conn_cut(conn, TS_C_SIP_CUT_RATE);
	mem_deref(mb);
}

/* All that goes out, ours and libre's: a part of a message, or one left out, would be the end of
 * the stream anyway. */
static bool on_send(int *err, struct mbuf *mb, void *arg)
{
	struct ts_sip_conn *conn = arg;
	ts_sip_explain_cancel(conn->conns->ua, mb);
	size_t waits = tcp_conn_txqsz(conn->tc), most = conn->call ? QUEUED_CALL_MAX : QUEUED_MAX;
	if (!conn->cut && (!waits || waits + mbuf_get_left(mb) <= most)) return false;
	ts_sip_conn_cut(conn, TS_C_SIP_CUT_FULL);
	*err = ENOSPC;
	return true;
}

/* libre answers those of a call, and has them prolong its own deadline. A stranger gets nothing,
 * nor who does not read. */
static void on_keepalive(struct ts_sip_conn *conn, struct mbuf *out)
{
	struct mbuf *pong;
	if (tcp_conn_txqsz(conn->tc)) return;
	if (conn->call) {
		mbuf_write_str(out, "\r\n\r\n");
	} else if (conn->good_ns && (pong = mbuf_alloc(2))) {
		mbuf_write_str(pong, "\r\n");
		mbuf_set_pos(pong, 0);
		send_answer(conn, pong);
	}
}

/* Where the next message would begin cannot be told any more: an answer, and the end. */
static void on_bad(struct ts_sip_conn *conn)
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
	ts_log_limited(TS_LOG_INFO, "sip connection ended", "address=%s reason=framing error=%s",
		conn->address, TS_LOG_STR(conn->frame.why));
	send_answer(conn, answer);
	conn->ended_ns = ts_now_ns();
	if (tcp_conn_fd(conn->tc) >= 0) shutdown(tcp_conn_fd(conn->tc), SHUT_WR);
}

static void note_begun(struct ts_sip_conn *conn)
{
	if (!ts_sip_frame_is_begun(&conn->frame))
		conn->begun_ns = 0;
	else if (!conn->begun_ns)
		conn->begun_ns = ts_now_ns();
}

static void read_bytes(struct ts_sip_conn *conn, const uint8_t *data, size_t len, struct mbuf *out)
{
	bool alive = false;
	while (len && !conn->cut && !conn->ended_ns) {
		enum ts_sip_frame_result result = ts_sip_frame_push(&conn->frame, &data, &len);
		if (result == TS_FRAME_MESSAGE) on_message(conn, out);
		if (result == TS_FRAME_KEEPALIVE && !alive) on_keepalive(conn, out);
		alive |= result == TS_FRAME_KEEPALIVE;
		if (result == TS_FRAME_BAD) on_bad(conn);
		if (result == TS_FRAME_MESSAGE || result == TS_FRAME_BAD)
			ts_sip_frame_let_go(&conn->frame);
		note_begun(conn);
		if (conn->cut) break;
		ts_sip_conn_count_buffered(conn);
		keep_in_budget(conn->conns);
	}
}

/* What came, decrypted. Only whole messages go on to libre, in the same buffer. */
static bool on_bytes(int *err, struct mbuf *mb, bool *estab, void *arg)
{
	/* is there as long as libre reads: it holds a reference to tc */
	struct ts_sip_conn *conn = arg;
	struct mbuf *out = mbuf_alloc(mbuf_get_left(mb));
	(void)estab;
	if (!out) {
		*err = ENOMEM;
		return true;
	}
	conn->conns->ua->conn = conn->id;
	read_bytes(conn, mbuf_buf(mb), mbuf_get_left(mb), out);
	/* good ones, though what followed had the connection cut: it may be a BYE */
	bool some = out->end > 0;
	if (some) {
		mb->pos = mb->end = 0;
		*err = mbuf_write_mem(mb, out->buf, out->end);
		mbuf_set_pos(mb, 0);
	}
	mem_deref(out);
	return !some || *err;
}

int ts_sip_conn_watch(struct ts_sip_conn *conn, struct tcp_conn *object)
{
	int err = tcp_register_helper(NULL, object, LAYER, NULL, on_send, on_bytes, conn);
	if (!err) tcp_conn_txqsz_set(object, QUEUED_LIBRE);
	return err;
}
