/* A call that begins: an INVITE of theirs that waits for our answer. */
#include "base/clock.h"
#include "base/error.h"
#include "control/sip/conn.h"
#include "control/sip/cookie.h"
#include "control/sip/core.h"
#include "control/sip/name.h"
#include <string.h>

enum {
	TRYING_MS = 150,
	TRYING_BYTES = 400, /* about */
};

/* CANCEL: before our final answer. */
static void on_cancel(void *arg)
{
	struct ts_sip_call *call = arg;
	bool first = call->state == TS_SIP_C_NEW;
	ts_sip_reply_call(call, 487, "Request Terminated", NULL, NULL);
	if (first) ts_sip_call_drop(call, 487, "cancelled", true);
}

static void on_trying_due(void *arg)
{
	struct ts_sip_call *call = arg;
	if (!call->request) return;
	sip_treply(&call->server, call->ua->sip, call->request, 100, "Trying");
	call->said_bytes += TRYING_BYTES;
}

/* 100 only where the answer takes its time (17.2.1): over TCP the answer would wait for the
 * acknowledgement of that small segment, 40 ms. */
int ts_sip_hold_request(struct ts_sip_call *call, const struct sip_msg *msg)
{
	/* libre's own references to it are made so */
	call->request = mem_ref((void *)(uintptr_t)msg);
	if (!pl_strcmp(&msg->met, "INVITE"))
		tmr_start(&call->trying_timer, TRYING_MS, on_trying_due, call);
	if (!sip_strans_alloc(&call->server, call->ua->sip, msg, on_cancel, call)) return 0;
	tmr_cancel(&call->trying_timer);
	call->request = mem_deref(call->request);
	return TS_ENOMEM;
}

static void describe(
	const struct ts_sip_ua *ua, struct ts_sip_event *event, const struct sip_msg *msg)
{
	const struct sip_hdr *agent = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	const struct sip_hdr *from = sip_msg_hdr(msg, SIP_HDR_FROM);
	if (!ts_sip_called(event->user, sizeof(event->user), msg->ruri.p, msg->ruri.l))
		*event->user = '\0'; /* no room */
	if (!ts_sip_uri_param(event->pin, sizeof(event->pin), msg->ruri.p, msg->ruri.l, "pin"))
		*event->pin = '\0';
	if (from) ts_sip_caller(event->from, sizeof(event->from), from->val.p, from->val.l);
	if (agent) ts_sip_text(event->agent, sizeof(event->agent), &agent->val);
	if (!ts_sip_is_inner(&msg->src) || !ts_sip_route_to(ts_sip_source(ua, msg), event->local))
		sa_ntop(&msg->dst, event->local, sizeof(event->local));
	event->secure = ts_sip_conns_is_secure(ua->conns, msg);
}

bool ts_sip_accept_timer(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_timer_fields fields;
	char header[40];
	ts_sip_read_timer(&fields, msg);
	if (ts_sip_timer_answer(&call->next_timer, &fields, &call->ua->config->timer)) return true;
	g_snprintf(header, sizeof(header), "Min-SE: %u\r\n", call->ua->config->timer.min_s);
	ts_sip_reply_plain(call->ua, msg, 422, "Session Interval Too Small", header);
	return false;
}

void ts_sip_note_allow(struct ts_sip_call *call, const struct sip_msg *msg)
{
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW))
		call->peer_updates = sip_msg_hdr_has_value(msg, SIP_HDR_ALLOW, "UPDATE");
}

void ts_sip_call_incoming(
	struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address, uint64_t replaces)
{
	struct ts_sip_call probe = {.ua = ua};
	struct ts_sip_event event = {.type = TS_SIP_INCOMING};
	if (!ts_sip_accept_timer(&probe, msg)) return;
	struct ts_sip_dialog *dialog = ts_sip_dialog_accept(msg);
	if (!dialog) {
		ts_sip_reply_plain(ua, msg, 400, "Bad Contact", NULL);
		return;
	}
	struct ts_sip_call *call = ts_sip_call_new(ua, ts_sip_ua_new_call(ua), dialog);
	call->next_timer = probe.next_timer;
	g_strlcpy(call->address, address, sizeof(call->address));
	call->conn = ts_sip_conns_of(ua->conns, msg);
	struct ts_sip_from_trunk from;
	/* in.c: who comes by a trunk needs no password, all others have shown theirs */
	const bool by_trunk = ts_sip_is_by_trunk(ua, msg, &from);
	const bool authenticated = !by_trunk && ua->config->n_users > 0;
	const bool proved = by_trunk ? from.by_token : authenticated;
	call->forgeable = event.forgeable = msg->tp == SIP_TRANSP_UDP && !proved &&
		!ts_sip_cookie_good(msg->ruri.p, msg->ruri.l, address, ts_now_ns());
	call->proof = call->forgeable ? TS_SIP_UNPROVEN : TS_SIP_PROVEN;
	ts_sip_count_address(call, 1);
	ts_sip_note_allow(call, msg);
	if (ts_sip_hold_request(call, msg)) {
		ts_sip_call_drop(call, 500, "no-memory", false);
		return;
	}
	call->heard_bytes = msg->mb->end;
	event.call = call->key;
	event.replaces = replaces;
	event.authenticated = authenticated;
	event.reliable = ts_sip_requires_reliable(msg);
	struct ts_sip_body body;
	ts_sip_content(&body, msg, TS_SIP_SDP);
	if (body.verdict == TS_SIP_BODY_TAKEN) {
		event.sdp = body.text;
		event.sdp_len = body.n;
	}
	sa_ntop(ts_sip_source(ua, msg), event.address, sizeof(event.address));
	describe(ua, &event, msg);
	if (by_trunk) ts_sip_from_trunk(&event, &from, msg);
	ts_sip_emit(ua, &event);
	ts_sip_body_fini(&body);
	ts_sip_trace_last(call);
}
