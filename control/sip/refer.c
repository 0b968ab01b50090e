/* Transfers within a call. Theirs: REFER is judged by control, which notifies of what became of it.
 * Ours: REFER, and what its NOTIFYs say.
 *
 *   REFER of theirs --> TS_SIP_REFER --> [control] --> 202, NOTIFY 100 --> NOTIFY 180 .. 200
 *                                               \--> 603, 403 ...
 *   TS_SIP_DO_REFER --> REFER --202--> TRANSFER 202 --NOTIFY--> TRANSFER 180 .. 200 (over)
 *
 * One at a time each way. Source  RFC 3515, 4488 (norefersub), 6665 (NOTIFY), 3420 (sipfrag). */
#include "base/log.h"
#include "control/sip/core.h"
#include "control/sip/referral.h"
#include <string.h>

enum { FOLLOW_MS = 180 * 1000 };
#define SIPFRAG "message/sipfrag"

static struct ts_sip_text text_of(const struct sip_hdr *header)
{
	return header ? (struct ts_sip_text){header->val.p, header->val.l}
		      : (struct ts_sip_text){NULL, 0};
}

void ts_sip_refer_fini(struct ts_sip_refer *refer)
{
	tmr_cancel(&refer->timer);
	mem_deref(refer->server);
	mem_deref(refer->request);
	mem_deref(refer->ours);
	g_free(refer->to);
}

/* ---- theirs */

static bool is_silent(const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REFER_SUB);
	return header && header->val.l >= 5 && !strncasecmp(header->val.p, "false", 5);
}

static void answer(struct ts_sip_call *call, int code, const char *reason, const char *headers)
{
	struct ts_sip_refer *refer = &call->refer;
	struct sip_strans *kept = refer->server;
	char contact[256] = "";
	if (code < 300)
		ts_sip_print_answer_contact(call->ua, refer->request, contact, sizeof(contact));
	int err = sip_treplyf(&refer->server, NULL, call->ua->sip, refer->request, false,
		(uint16_t)code, reason, "%s%sContent-Length: 0\r\n\r\n", contact, headers);
	if (!err && kept && refer->request->tp == SIP_TRANSP_UDP)
		ts_sip_answered(call->ua, kept, refer->request);
	refer->request = mem_deref(refer->request);
}

void ts_sip_on_refer(struct ts_sip_call *call, const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	struct ts_sip_refer *refer = &call->refer;
	struct ts_sip_referral *to = NULL;
	struct ts_sip_event event = {.type = TS_SIP_REFER, .call = call->key};
	enum ts_sip_referral_verdict verdict = TS_SIP_REFERRAL_BAD;
	if (call->ua->config->no_transfers) {
		ts_sip_reply_plain(call->ua, msg, 603, "Decline", NULL);
		return;
	}
	to = g_new0(struct ts_sip_referral, 1);
	if (header && sip_msg_hdr_count(msg, SIP_HDR_REFER_TO) == 1)
		verdict = ts_sip_referral_parse(to, header->val.p, header->val.l);
	if (verdict == TS_SIP_REFERRAL_BAD) {
		ts_sip_reply_plain(call->ua, msg, 400, "Bad Refer-To", NULL);
	} else if (verdict == TS_SIP_REFERRAL_FOREIGN) {
		ts_sip_reply_plain(call->ua, msg, 416, "Unsupported URI Scheme", NULL);
	} else if (refer->request || refer->notifying) {
		ts_sip_reply_plain(call->ua, msg, 491, "Request Pending", NULL);
	} else if (!sip_strans_alloc(&refer->server, call->ua->sip, msg, NULL, NULL)) {
		/* libre's own references to it are made so */
		refer->request = mem_ref((void *)(uintptr_t)msg);
		refer->cseq = msg->cseq.num;
		refer->seen++;
		refer->silent = is_silent(msg);
		g_strlcpy(event.to, to->uri, sizeof(event.to));
		event.sdp = *to->replaces ? to->replaces : NULL;
		event.sdp_len = strlen(to->replaces);
		ts_sip_emit(call->ua, &event);
	}
	g_free(to);
}

void ts_sip_referred(struct ts_sip_call *call, int code, const char *reason)
{
	struct ts_sip_refer *refer = &call->refer;
	if (!refer->request) return;
	answer(call, code, reason, code < 300 && refer->silent ? "Refer-Sub: false\r\n" : "");
	refer->notifying = code < 300 && !refer->silent;
	ts_sip_notify(call, 100, "Trying");
}

/* RFC 3515 2.4.6: the first REFER of a call needs no id, and old phones know none. */
void ts_sip_notify(struct ts_sip_call *call, int code, const char *reason)
{
	struct ts_sip_refer *refer = &call->refer;
	char id[32] = "", body[TS_SIP_TEXT_MAX + 20];
	if (!refer->notifying || call->state != TS_SIP_C_UP) return;
	if (refer->seen > 1) g_snprintf(id, sizeof(id), ";id=%u", refer->cseq);
	g_snprintf(body, sizeof(body), "SIP/2.0 %d %s\r\n", code, reason);
	g_autofree char *rest = g_strdup_printf(
		"Event: refer%s\r\nSubscription-State: %s\r\nContent-Type: " SIPFRAG
		";version=2.0\r\nContent-Length: %zu\r\n\r\n%s",
		id, code < 200 ? "active;expires=180" : "terminated;reason=noresource",
		strlen(body), body);
	refer->notifying = code < 200;
	ts_sip_request(call, NULL, "NOTIFY", NULL, rest);
}

/* ---- ours */

static void emit(struct ts_sip_call *call, int code, const char *reason, bool over)
{
	struct ts_sip_event event = {
		.type = TS_SIP_TRANSFER, .call = call->key, .code = code, .over = over};
	g_strlcpy(event.reason, reason, sizeof(event.reason));
	if (over) {
		call->refer.followed = false;
		tmr_cancel(&call->refer.timer);
	}
	ts_sip_emit(call->ua, &event);
}

static void on_silence(void *arg)
{
	emit(arg, 408, "Request Timeout", true);
}

static void send_refer(struct ts_sip_call *call);

/* Where it was accepted without a subscription, nothing more is told: that is how it ended. */
static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_call *call = arg;
	char reason[TS_SIP_TEXT_MAX];
	if (!err && msg->scode < 200) return;
	if (err) {
		emit(call, 503, "unreachable", true);
		return;
	}
	if ((msg->scode == 401 || msg->scode == 407) && !call->challenges++ &&
		ts_sip_challenged(call, msg)) {
		send_refer(call);
		return;
	}
	call->challenges = 0;
	ts_sip_text(reason, sizeof(reason), &msg->reason);
	/* a NOTIFY may have been faster */
	if (msg->scode >= 300)
		emit(call, msg->scode, reason, true);
	else if (call->refer.followed)
		emit(call, msg->scode, reason, is_silent(msg));
}

static void send_refer(struct ts_sip_call *call)
{
	struct ts_sip_refer *refer = &call->refer;
	g_autofree char *rest = g_strdup_printf(
		"Refer-To: <%s>\r\n" TS_SIP_SUPPORTED TS_SIP_NO_BODY, refer->to);
	refer->our_cseq = call->dialog->lseq;
	refer->followed = true;
	tmr_start(&refer->timer, FOLLOW_MS, on_silence, call);
	if (ts_sip_request(call, &refer->ours, "REFER", on_response, rest))
		emit(call, 503, "unreachable", true);
}

void ts_sip_refer(struct ts_sip_call *call, const char *to)
{
	if (call->state != TS_SIP_C_UP || call->refer.ours || call->refer.followed) {
		emit(call, 491, "Request Pending", true);
		return;
	}
	g_free(call->refer.to);
	call->refer.to = g_strdup(to);
	send_refer(call);
}

/* "refer", "refer;id=93809823": of our REFER? */
static bool is_ours(const struct ts_sip_call *call, const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct pl id, params = {NULL, 0};
	if (!header || !call->refer.followed || header->val.l < 5 ||
		strncasecmp(header->val.p, "refer", 5) != 0)
		return false;
	if (header->val.l > 5 && !strchr("; \t", header->val.p[5])) return false;
	params.p = header->val.p + 5;
	params.l = header->val.l - 5;
	return msg_param_decode(&params, "id", &id) || pl_u32(&id) == call->refer.our_cseq;
}

void ts_sip_on_notify(struct ts_sip_call *call, const struct sip_msg *msg)
{
	const struct ts_sip_text state = text_of(sip_msg_hdr(msg, SIP_HDR_SUBSCRIPTION_STATE));
	struct ts_sip_body body;
	if (!is_ours(call, msg)) {
		ts_sip_reply_plain(call->ua, msg, 481, "Subscription Does Not Exist", NULL);
		return;
	}
	if (!state.p) {
		ts_sip_reply_plain(call->ua, msg, 400, "Missing Subscription-State", NULL);
		return;
	}
	if (ts_sip_refuse_content(call->ua, msg, SIPFRAG)) return;
	ts_sip_reply_plain(call->ua, msg, 200, "OK", NULL);
	ts_sip_content(&body, msg, SIPFRAG);
	int code = body.verdict == TS_SIP_BODY_TAKEN ? ts_sip_sipfrag_code(body.text, body.n) : 0;
	ts_sip_body_fini(&body);
	bool over = code >= 200 || ts_sip_subscription_over(state.p, state.n);
	/* over, and the last word was no final one: nobody knows */
	if (code || over) emit(call, over && code < 200 ? 0 : code, "", over);
}
