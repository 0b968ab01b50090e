/* What libre never sees: messages beyond an address's rate (but for a few of each call), from
 * networks that may not call, with numbers that it would cut off, and what it cannot read. Each is
 * dropped, or answered from its bytes alone; nothing is kept of it. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/sip/bad.h"
#include "control/sip/core.h"
#include "control/sip/fault.h"
#include <string.h>

enum {
	MESSAGES_PER_S = 4000, /* of one address: what a thread reads in a third of its time */
	ANSWERS_PER_S = 20,    /* to one address, to what is malformed or not allowed */
	CALL_PER_S = 4,        /* of one call, where its address sends too many */
	CALL_AT_ONCE = 16,
	CALL_ID_WITHIN = 8192, /* bytes of a message beyond the rate that are looked at */
	ADDRESSES_MAX = 16384,
	MENDED_MAX = 65536,
	HEADERS_MAX = 1024, /* lines and commas */
};

struct ts_throttle *ts_sip_front_messages(void)
{
	return ts_throttle_new(
		&(struct ts_throttle_config){.period_ns = TS_NS_PER_S / MESSAGES_PER_S,
			.burst = MESSAGES_PER_S,
			.max_addresses = ADDRESSES_MAX});
}

struct ts_throttle *ts_sip_front_answers(void)
{
	return ts_throttle_new(
		&(struct ts_throttle_config){.period_ns = TS_NS_PER_S / ANSWERS_PER_S,
			.burst = 4 * ANSWERS_PER_S,
			.max_addresses = ADDRESSES_MAX});
}

/* ---- readable? */

/* Each header takes libre many times its bytes, and so does each value of a list: counted before it
 * reads them. */
static bool has_too_many_headers(const struct mbuf *mb)
{
	const char *at = (const char *)mbuf_buf(mb), *end = at + mbuf_get_left(mb);
	const char *blank = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
	unsigned n = 0;
	for (end = blank ? blank : end; at < end && n <= HEADERS_MAX; at++)
		n += *at == '\n' || *at == ',';
	return n > HEADERS_MAX;
}

/* The message as libre reads it; it stays in mb. What follows the body by its length is cut off
 * (RFC 3261 18.3). */
static bool is_readable(struct mbuf *mb, bool stream)
{
	struct sip_msg *msg = NULL;
	size_t pos = mb->pos, end = mb->end;
	bool readable = !sip_msg_decode(&msg, mb);
	if (readable && msg->clen.p) {
		size_t body = pl_u32(&msg->clen), left = end - mb->pos;
		if (stream) readable = body == left; /* else libre would wait for more */
		if (body < left) end = mb->pos + body;
	}
	mem_deref(msg);
	mb->pos = pos;
	mb->end = end;
	return readable;
}

static bool mend(struct mbuf *mb, const struct sa *src)
{
	char *mended = g_malloc(MENDED_MAX), source[80];
	re_snprintf(source, sizeof(source), "%J", src);
	size_t pos = mb->pos,
	       n = ts_sip_mend_2543(
		       mended, MENDED_MAX, (const char *)mbuf_buf(mb), mbuf_get_left(mb), source);
	bool good = n > 0;
	if (good) {
		mb->end = pos;
		good = !mbuf_write_mem(mb, (const uint8_t *)mended, n);
		mbuf_set_pos(mb, pos);
	}
	g_free(mended);
	return good && is_readable(mb, false);
}

/* ---- who */

/* Answers belong to requests of ours, or to nothing, which libre finds out; and who took a call of
 * ours speaks in it. */
static bool may_send(const struct ts_sip_ua *ua, const struct sa *src, const char *address,
	const struct mbuf *mb)
{
	static const char answer[] = "SIP/2.0 ";
	size_t n = sizeof(answer) - 1;
	if (ts_sip_may_call(ua->config, src) || ts_sip_trunks_have(ua->trunks, src)) return true;
	if (mbuf_get_left(mb) >= n && !g_ascii_strncasecmp((const char *)mbuf_buf(mb), answer, n))
		return true;
	return g_hash_table_contains(ua->dialled, address);
}

/* ACK, BYE and CANCEL: without these a call hangs. */
static bool is_ending(const char *message, size_t len)
{
	static const char *const methods[] = {"ACK ", "BYE ", "CANCEL "};
	for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
		size_t n = strlen(methods[i]);
		if (len >= n && !memcmp(message, methods[i], n)) return true;
	}
	return false;
}

/* A flood must not keep the calls of its address from going on and ending, as behind a proxy or NAT
 * they are others': a few messages of each are taken all the same. Who is not in the call cannot
 * know its Call-ID. */
static bool is_of_call(struct ts_sip_ua *ua, const struct mbuf *mb)
{
	static const struct ts_throttle_config rate = {
		.period_ns = TS_NS_PER_S / CALL_PER_S, .burst = CALL_AT_ONCE};
	const char *message = (const char *)mbuf_buf(mb);
	const size_t len = MIN(mbuf_get_left(mb), CALL_ID_WITHIN);
	const struct ts_sip_span id = ts_sip_head_call_id(message, len);
	struct ts_sip_call *call = ts_sip_call_with_id(ua, &id);
	if (!call) return false;
	struct ts_bucket *bucket = is_ending(message, len) ? &call->ends_beyond : &call->beyond;
	return !ts_bucket_take(bucket, &rate, ts_now_ns());
}

/* Of a caller whom our 2xx has not reached: an INVITE said again is so much more that may be said
 * again to them (call.c), who else would hear nothing of it on a way that lost the first. Libre
 * takes it for itself. */
static void note_repeated(struct ts_sip_ua *ua, const char *address, const struct mbuf *mb)
{
	static const char invite[] = "INVITE ";
	const char *message = (const char *)mbuf_buf(mb);
	const size_t len = mbuf_get_left(mb), n = sizeof(invite) - 1;
	if (len < n || memcmp(message, invite, n) != 0) return;
	const struct ts_sip_span id = ts_sip_head_call_id(message, MIN(len, CALL_ID_WITHIN));
	struct ts_sip_call *call = ts_sip_call_with_id(ua, &id);
	if (call && call->forgeable && !call->confirmed && !strcmp(call->address, address))
		call->heard_bytes += len;
}

/* ---- the verdict */

static bool answer(struct ts_sip_ua *ua, const char *key, struct mbuf *mb, const char *status,
	struct mbuf **out)
{
	char text[TS_SIP_BAD_BYTES];
	if (ts_throttle_take(ua->answers, key, ts_now_ns())) return false;
	size_t n = ts_sip_bad_answer(text, (const char *)mbuf_buf(mb), mbuf_get_left(mb), status);
	if (n && (*out = mbuf_alloc(n))) {
		mbuf_write_mem(*out, (const uint8_t *)text, n);
		mbuf_set_pos(*out, 0);
	}
	return false;
}

bool ts_sip_front_accepts(struct ts_sip_ua *ua, const struct sa *src, bool stream, struct mbuf *mb,
	struct mbuf **out, bool *flood)
{
	char address[TS_SIP_ADDR_MAX], key[TS_SIP_KEY_MAX], status[80];
	const char *why;
	ts_sip_print_address(src, address);
	ts_sip_print_key(address, stream ? TS_SIP_PROVEN : TS_SIP_UNPROVEN, key);
	*out = NULL;
	*flood = ts_throttle_take(ua->messages, key, ts_now_ns()) > 0 && !is_of_call(ua, mb);
	if (*flood) {
		ts_count(TS_C_SIP_REFUSED_RATE);
		ts_log_limited(
			TS_LOG_WARN, "sip messages dropped", "address=%s reason=rate", address);
		return false;
	}
	if (!may_send(ua, src, address, mb)) {
		ts_count(TS_C_SIP_REFUSED_NETWORK);
		ts_log_limited(
			TS_LOG_INFO, "sip message refused", "address=%s reason=network", address);
		return answer(ua, key, mb, "403 Forbidden", out);
	}
	if ((why = ts_sip_fault((const char *)mbuf_buf(mb), mbuf_get_left(mb)))) {
		ts_count(TS_C_SIP_REFUSED_MALFORMED);
		g_snprintf(status, sizeof(status), "400 %s", why);
		return answer(ua, key, mb, status, out);
	}
	if (!has_too_many_headers(mb) && (is_readable(mb, stream) || (!stream && mend(mb, src)))) {
		if (!stream) note_repeated(ua, address, mb);
		return true;
	}
	ts_count(TS_C_SIP_REFUSED_MALFORMED);
	ts_log_limited(TS_LOG_INFO, "sip message refused", "address=%s reason=malformed", address);
	return answer(ua, key, mb, NULL, out);
}
