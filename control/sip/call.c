/* A call's dialog: the peer's requests in it, our answers, and its end. */
#include "base/error.h"
#include "base/log.h"
#include "control/sip/conn.h"
#include "control/sip/core.h"
#include "control/sip/digits.h"
#include <string.h>

enum {
	T1_MS = 500,
	T2_MS = 4000,
	ACK_MAX_MS = 64 * T1_MS,
	AMPLIFY_MAX = 3,
};

/* ---- finding */

static bool is_dialog(struct le *le, void *arg)
{
	const struct ts_sip_call *call = le->data;
	const struct sip_msg *msg = *(const struct sip_msg **)arg;
	if (ts_sip_dialog_is(call->dialog, msg)) return true;
	if (msg->req && call->state == TS_SIP_C_DIALLING &&
		ts_sip_dialog_is_half(call->dialog, msg))
		return ts_sip_early_of(call, msg) != NULL;
	/* a response of a second fork has another tag */
	return !msg->req && ts_sip_dialog_is_half(call->dialog, msg);
}

struct ts_sip_call *ts_sip_call_find(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	struct le *le = hash_lookup(ua->by_id, hash_joaat_pl(&msg->callid), is_dialog, &msg);
	return le ? le->data : NULL;
}

static bool has_id(struct le *le, void *arg)
{
	const struct ts_sip_call *call = le->data;
	const struct ts_sip_span *id = arg;
	const char *own = call->dialog->call_id;
	return strlen(own) == id->n && !memcmp(own, id->p, id->n);
}

struct ts_sip_call *ts_sip_call_with_id(const struct ts_sip_ua *ua, const struct ts_sip_span *id)
{
	const struct pl key = {id->p, id->n};
	struct ts_sip_span wanted = *id;
	struct le *le = id->n ? hash_lookup(ua->by_id, hash_joaat_pl(&key), has_id, &wanted) : NULL;
	return le ? le->data : NULL;
}

static bool is_merged(struct le *le, void *arg)
{
	const struct ts_sip_call *call = le->data;
	const struct sip_msg *msg = *(const struct sip_msg **)arg;
	return !call->dialog->dialled && !pl_strcmp(&msg->callid, call->dialog->call_id) &&
		!pl_strcmp(&msg->from.tag, call->dialog->remote_tag) &&
		msg->cseq.num == call->dialog->rseq;
}

bool ts_sip_is_merged(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	return hash_lookup(ua->by_id, hash_joaat_pl(&msg->callid), is_merged, &msg) != NULL;
}

/* ---- end */

unsigned ts_sip_calls_of(const struct ts_sip_ua *ua, const char *address, enum ts_sip_proof proof)
{
	char key[TS_SIP_KEY_MAX];
	ts_sip_print_key(address, proof, key);
	return GPOINTER_TO_UINT(g_hash_table_lookup(ua->per_address, key));
}

void ts_sip_count_address(struct ts_sip_call *call, int by)
{
	GHashTable *table = call->dialog->dialled ? call->ua->dialled : call->ua->per_address;
	char key[TS_SIP_KEY_MAX];
	if (!*call->address) return;
	if (call->dialog->dialled)
		g_strlcpy(key, call->address, sizeof(key)); /* a 2xx of theirs proved it */
	else
		ts_sip_print_key(call->address, call->proof, key);
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(table, key)) + (guint)by;
	if (n)
		g_hash_table_insert(table, g_strdup(key), GUINT_TO_POINTER(n));
	else
		g_hash_table_remove(table, key);
}

void ts_sip_call_note_peer(struct ts_sip_call *call, const struct sa *src)
{
	ts_sip_count_address(call, -1);
	ts_sip_print_address(src, call->address);
	call->proof = TS_SIP_PROVEN; /* by the 2xx to what we sent there */
	ts_sip_count_address(call, 1);
}

static void cancel_timers(struct ts_sip_call *call)
{
	struct tmr *timers[] = {&call->trying_timer, &call->reply_timer, &call->refresh_timer,
		&call->expire_timer, &call->retry_timer, &call->way_timer};
	for (size_t i = 0; i < G_N_ELEMENTS(timers); i++) tmr_cancel(timers[i]);
}

void ts_sip_call_drop(struct ts_sip_call *call, int code, const char *reason, bool by_peer)
{
	struct ts_sip_ua *ua = call->ua;
	struct ts_sip_event event = {
		.type = TS_SIP_ENDED, .call = call->key, .code = code, .by_peer = by_peer};
	g_strlcpy(event.reason, reason, sizeof(event.reason));
	event.sip_cause = call->reason.sip;
	event.q850_cause = call->reason.q850;
	g_strlcpy(event.cause_text, call->reason.text, sizeof(event.cause_text));
	cancel_timers(call);
	if (call->request) ts_sip_reply_call(call, 487, "Request Terminated", NULL, NULL);
	if (call->server) mem_deref(call->server);
	ts_sip_count_address(call, -1);
	hash_unlink(&call->he);
	g_hash_table_remove(ua->by_key, &call->key);
	ts_sip_late_keep(call);
	mem_deref(call->invite);
	ts_sip_branches_free(call->branches);
	mem_deref(call->info);
	ts_sip_reliable_fini(&call->reliable);
	ts_sip_refer_fini(&call->refer);
	mem_deref(call->reply);
	mem_deref(call->replied);
	g_queue_clear_full(&call->early, ts_sip_early_free);
	ts_sip_dialog_free(call->dialog);
	ts_sip_forks_fini(&call->forks);
	g_free(call->offer);
	g_free(call->headers);
	g_free(call->why);
	g_free(call->host);
	ts_sip_way_free(call->way);
	g_free(call);
	ts_sip_emit(ua, &event);
	ts_sip_maybe_closed(ua);
}

/* Nobody waits for the answer: a BYE that gets lost for good ends on the other side by its own
 * timers. To who never showed that the INVITE was theirs it would be one more unasked message (RFC
 * 3261 15: no BYE before the ACK). */
static void send_bye(struct ts_sip_call *call, const char *why)
{
	char rest[160];
	if (call->forgeable && !call->confirmed) return;
	g_snprintf(rest, sizeof(rest), "%s" TS_SIP_NO_BODY, ts_sip_reason_line(why));
	ts_sip_request(call, NULL, "BYE", NULL, rest);
}

void ts_sip_call_bye(struct ts_sip_call *call, const char *reason)
{
	send_bye(call, reason);
	ts_sip_call_drop(call, 0, reason, false);
}

/* ---- our 2xx until its ACK: RFC 3261 13.3.1.4 */

/* Repetitions of what a forged INVITE makes us send to somebody else are bounded as in RFC 9000
 * 8.1. The first answer is not: a 200 that holds our offer, to a short INVITE without a
 * description, may alone be several times as long, and is then said once. */
bool ts_sip_may_repeat(const struct ts_sip_call *call, size_t len)
{
	if (!call->forgeable || call->confirmed) return true;
	return call->said_bytes + len <= AMPLIFY_MAX * call->heard_bytes;
}

static void on_reply_timer(void *arg)
{
	struct ts_sip_call *call = arg;
	struct sa to;
	struct pl rport;
	if (call->reply_ms >= ACK_MAX_MS) {
		ts_sip_call_bye(call, "no-ack");
		return;
	}
	if (ts_sip_may_repeat(call, call->reply->end)) {
		sip_reply_addr(&to, call->replied,
			!msg_param_exists(&call->replied->via.params, "rport", &rport));
		call->reply->pos = 0;
		/* over TCP too: the ACK may be lost between here and there */
		sip_send(call->ua->sip, call->replied->sock, call->replied->tp, &to, call->reply);
		call->said_bytes += call->reply->end;
	}
	uint32_t next_ms = call->reply_ms + T1_MS < T2_MS ? call->reply_ms + T1_MS : T2_MS;
	call->reply_ms += next_ms;
	tmr_start(&call->reply_timer, next_ms, on_reply_timer, call);
}

void ts_sip_await_ack(struct ts_sip_call *call)
{
	call->reply_ms = T1_MS;
	call->said_bytes += call->reply->end;
	tmr_start(&call->reply_timer, T1_MS, on_reply_timer, call);
}

void ts_sip_emit_sdp(
	struct ts_sip_call *call, enum ts_sip_event_type type, int fork, const struct sip_msg *msg)
{
	struct ts_sip_event event = {.type = type, .call = call->key, .fork = fork};
	struct ts_sip_body body;
	ts_sip_content(&body, msg, TS_SIP_SDP);
	if (body.verdict == TS_SIP_BODY_TAKEN) {
		event.sdp = body.text;
		event.sdp_len = body.n;
	}
	ts_sip_emit(call->ua, &event);
	ts_sip_body_fini(&body);
}

bool ts_sip_has_sdp(const struct sip_msg *msg)
{
	struct ts_sip_body body;
	ts_sip_content(&body, msg, TS_SIP_SDP);
	bool has = body.verdict == TS_SIP_BODY_TAKEN;
	ts_sip_body_fini(&body);
	return has;
}

/* Only who was sent our answer knows its tag: the INVITE was no forgery. */
static void confirm(struct ts_sip_call *call, const struct sip_msg *msg)
{
	ts_sip_emit(
		call->ua, &(struct ts_sip_event){.type = TS_SIP_ESTABLISHED, .call = call->key});
	ts_sip_conns_know(call->ua->conns, ts_sip_source(call->ua, msg));
	ts_sip_count_address(call, -1);
	call->proof = TS_SIP_PROVEN;
	ts_sip_count_address(call, 1);
	call->confirmed = true;
}

void ts_sip_call_ack(struct ts_sip_call *call, const struct sip_msg *msg)
{
	if (!call->reply || msg->cseq.num != call->reply_cseq) return;
	tmr_cancel(&call->reply_timer);
	call->reply = mem_deref(call->reply);
	call->replied = mem_deref(call->replied);
	if (!call->confirmed) confirm(call, msg);
	if (!call->offered) return;
	call->offered = false;
	if (!ts_sip_has_sdp(msg)) {
		ts_sip_call_bye(call, "no-answer-in-ack");
		return;
	}
	ts_sip_emit_sdp(call, TS_SIP_ANSWER, 0, msg);
}

struct ts_sip_call *ts_sip_call_new(
	struct ts_sip_ua *ua, uint64_t key, struct ts_sip_dialog *dialog)
{
	struct ts_sip_call *call = g_new0(struct ts_sip_call, 1);
	call->ua = ua;
	call->key = key;
	call->dialog = dialog;
	g_queue_init(&call->early);
	g_hash_table_insert(ua->by_key, &call->key, call);
	hash_append(ua->by_id, hash_joaat_str(dialog->call_id), &call->he, call);
	return call;
}

/* ---- requests within the call */

/* A new offer, or a refresh of the session timer alone. RFC 3261 14.2, 3311 5.2. */
static void on_offer(struct ts_sip_call *call, const struct sip_msg *msg)
{
	bool invite = !pl_strcmp(&msg->met, "INVITE"), body = ts_sip_has_sdp(msg);
	if (ts_sip_refuse_content(call->ua, msg, TS_SIP_SDP)) return;
	if (call->request || call->reply) { /* 14.2: another of the peer's is on its way */
		ts_sip_reply_plain(call->ua, msg, 500, "Request Pending", "Retry-After: 1\r\n");
		return;
	}
	if (call->invite) {
		ts_sip_reply_plain(call->ua, msg, 491, "Request Pending", NULL);
		return;
	}
	if (!ts_sip_accept_timer(call, msg)) return;
	ts_sip_note_allow(call, msg);
	if (ts_sip_hold_request(call, msg)) return;
	ts_sip_dialog_refresh(call->dialog, msg);
	if (!invite && !body) {
		ts_sip_reply_call(call, 200, "OK", NULL, NULL);
		ts_sip_timer_start(call, false);
		return;
	}
	ts_sip_emit_sdp(call, TS_SIP_OFFER, 0, msg);
}

static void on_media_control(struct ts_sip_call *call, const struct ts_sip_body *body)
{
	static const char wanted[] = "picture_fast_update"; /* RFC 5168 */
	if (memmem(body->text, body->n, wanted, sizeof(wanted) - 1))
		ts_sip_emit(call->ua,
			&(struct ts_sip_event){.type = TS_SIP_KEYFRAME, .call = call->key});
}

/* What has no body, or none that we know and must, is answered and that is all. */
static void on_info(struct ts_sip_call *call, const struct sip_msg *msg)
{
	static const char *const types[] = {
		"application/media_control+xml", TS_SIP_DTMF_RELAY, TS_SIP_DTMF};
	struct ts_sip_body body;
	size_t type;
	char digit = 0;
	if (sip_msg_xhdr(msg, "Info-Package")) { /* RFC 6086 4.2.2: none of these do we know */
		ts_sip_reply_plain(call->ua, msg, 469, "Bad Info Package", "Recv-Info:\r\n");
		return;
	}
	if (!ts_sip_choose_content(call->ua, msg, types, G_N_ELEMENTS(types), &type, &body)) return;
	if (body.verdict == TS_SIP_BODY_TAKEN && type > 0 &&
		ts_sip_digit_read(&digit, body.text, body.n)) {
		ts_sip_reply_plain(call->ua, msg, 400, "Bad DTMF Body", NULL);
		ts_sip_body_fini(&body);
		return;
	}
	ts_sip_reply_plain(call->ua, msg, 200, "OK", NULL);
	if (body.verdict == TS_SIP_BODY_TAKEN && type == 0) on_media_control(call, &body);
	if (digit)
		ts_sip_emit(call->ua,
			&(struct ts_sip_event){
				.type = TS_SIP_DIGIT, .call = call->key, .digit = digit});
	ts_sip_body_fini(&body);
}

void ts_sip_note_reason(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_reason one;
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REASON);
	if (!header) return;
	ts_sip_reason_parse(&one, header->val.p, header->val.l);
	call->reason = one;
}

/* Before the call is taken (RFC 3311 5.2, RFC 3261 14.2): their offer has no answer yet. */
static void request_before(struct ts_sip_call *call, const struct sip_msg *msg)
{
	bool update = !pl_strcmp(&msg->met, "UPDATE"), offer = ts_sip_has_sdp(msg);
	if (!pl_strcmp(&msg->met, "PRACK")) {
		ts_sip_on_prack(call, msg);
	} else if (update && !offer) {
		ts_sip_dialog_refresh(call->dialog, msg);
		ts_sip_reply_target(call->ua, msg, 200, "OK", TS_SIP_ALLOW);
	} else if ((update && ts_sip_has_sdp(call->request)) || !pl_strcmp(&msg->met, "INVITE")) {
		char header[32];
		g_snprintf(header, sizeof(header), "Retry-After: %d\r\n", rand_u16() % 11);
		ts_sip_reply_plain(call->ua, msg, 500, "Request Pending", header);
	} else {
		ts_sip_reply_plain(call->ua, msg, 491, "Request Pending", NULL);
	}
}

void ts_sip_call_request(struct ts_sip_call *call, const struct sip_msg *msg)
{
	bool bye = !pl_strcmp(&msg->met, "BYE");
	if (call->state == TS_SIP_C_DIALLING) {
		ts_sip_early_request(call, ts_sip_early_of(call, msg), msg);
	} else if (!ts_sip_dialog_seq_ok(call->dialog, msg)) {
		ts_sip_reply_plain(call->ua, msg, 500, "Bad Sequence", NULL);
	} else if (bye) {
		ts_sip_note_reason(call, msg);
		ts_sip_reply_plain(call->ua, msg, 200, "OK", NULL);
		ts_sip_call_drop(call, 0, "bye", true);
	} else if (call->state == TS_SIP_C_NEW) {
		request_before(call, msg);
	} else if (!pl_strcmp(&msg->met, "INVITE") || !pl_strcmp(&msg->met, "UPDATE")) {
		on_offer(call, msg);
	} else if (!pl_strcmp(&msg->met, "INFO")) {
		on_info(call, msg);
	} else if (!pl_strcmp(&msg->met, "REFER")) {
		ts_sip_on_refer(call, msg);
	} else if (!pl_strcmp(&msg->met, "NOTIFY")) {
		ts_sip_on_notify(call, msg);
	} else if (!pl_strcmp(&msg->met, "PRACK")) {
		ts_sip_on_prack(call, msg);
	} else {
		ts_sip_reply_plain(call->ua, msg, 200, "OK", TS_SIP_ALLOW);
	}
}
