/* What control wants of a call. */
#include "base/clock.h"
#include "base/error.h"
#include "control/sip/cookie.h"
#include "control/sip/core.h"
#include <string.h>

void ts_sip_accept(struct ts_sip_call *call, const char *sdp)
{
	if (!call->request) return; /* cancelled in the meantime */
	bool invite = !pl_strcmp(&call->request->met, "INVITE");
	if (invite && call->reliable.sent) {
		call->reliable.held = true;
		g_free(call->reliable.answer);
		call->reliable.answer = g_strdup(sdp);
		return;
	}
	call->offered = invite && !ts_sip_has_sdp(call->request);
	g_free(call->offer);
	call->offer = g_strdup(sdp);
	if (ts_sip_reply_call(call, 200, "OK", sdp, NULL)) {
		if (call->state == TS_SIP_C_NEW) ts_sip_call_drop(call, 0, "send-failed", false);
		return;
	}
	if (call->state == TS_SIP_C_DIALLING) return; /* an UPDATE before the 2xx */
	call->state = TS_SIP_C_UP;
	if (invite) ts_sip_await_ack(call);
	ts_sip_timer_start(call, false);
}

static void do_reject(struct ts_sip_call *call, const struct ts_sip_command *command)
{
	char headers[TS_SIP_CONTACT_MAX] = "";
	int code = command->code;
	const char *reason = command->text;
	if (!call->request) return;
	if (code == 302 &&
		!ts_sip_cookie_contact(headers, call->request->ruri.p, call->request->ruri.l,
			call->address, ts_now_ns())) {
		code = 503;
		reason = "Service Unavailable";
	}
	if (code != 302 && command->retry_after_s)
		g_snprintf(headers, sizeof(headers), "Retry-After: %d\r\n", command->retry_after_s);
	ts_sip_reply_call(call, code, reason, NULL, headers);
	if (call->state == TS_SIP_C_NEW) ts_sip_call_drop(call, code, reason, false);
}

static void do_keyframe(struct ts_sip_call *call)
{
	static const char body[] =
		"<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n"
		"<media_control><vc_primitive><to_encoder>"
		"<picture_fast_update/></to_encoder></vc_primitive></media_control>\r\n";
	if (call->state != TS_SIP_C_UP || call->info) return; /* one at a time is plenty */
	char rest[sizeof(body) + 100];
	g_snprintf(rest, sizeof(rest),
		"Content-Type: application/media_control+xml\r\nContent-Length: %zu\r\n\r\n%s",
		sizeof(body) - 1, body);
	ts_sip_request(call, &call->info, "INFO", NULL, rest);
}

static void do_hangup(struct ts_sip_call *call, const struct ts_sip_command *command)
{
	const char *reason = command->text ? command->text : "hangup";
	if (call->state == TS_SIP_C_NEW) {
		int code = command->code ? command->code : 480;
		if (call->request)
			ts_sip_reply_call(call, code,
				code == 503 ? "Service Unavailable" : "Temporarily Unavailable",
				NULL, code == 503 ? "Retry-After: 5\r\n" : NULL);
		ts_sip_call_drop(call, code, reason, false);
	} else if (call->state == TS_SIP_C_DIALLING) {
		call->cancelled = true; /* its 487 ends the call, or a 2xx that crosses */
		g_free(call->why);
		call->why = g_strdup(reason);
		sip_request_cancel(call->invite);
		if (call->branches) ts_sip_branches_cancel(call->branches);
	} else {
		ts_sip_call_bye(call, reason);
	}
}

/* Or ended just now, and then this is not heeded. */
static void emit_never_dialled(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	struct ts_sip_event event = {.type = TS_SIP_ENDED,
		.call = command->call,
		.code = command->code == 503 ? 503 : 487};
	g_strlcpy(event.reason, command->text ? command->text : "hangup", sizeof(event.reason));
	ts_sip_emit(ua, &event);
}

void ts_sip_call_order(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	struct ts_sip_call *call = g_hash_table_lookup(ua->by_key, &command->call);
	if (command->type == TS_SIP_DO_DIAL) {
		ts_sip_dial(ua, command);
		return;
	}
	if (!call && command->type == TS_SIP_DO_HANGUP) emit_never_dialled(ua, command);
	if (!call) return;
	switch (command->type) {
	case TS_SIP_DO_RING: ts_sip_ring(call); break;
	case TS_SIP_DO_ACCEPT: ts_sip_accept(call, command->sdp); break;
	case TS_SIP_DO_REJECT: do_reject(call, command); break;
	case TS_SIP_DO_KEYFRAME: do_keyframe(call); break;
	case TS_SIP_DO_HANGUP: do_hangup(call, command); break;
	case TS_SIP_DO_REFER: ts_sip_refer(call, command->text); break;
	case TS_SIP_DO_REFERRED: ts_sip_referred(call, command->code, command->text); break;
	case TS_SIP_DO_NOTIFY: ts_sip_notify(call, command->code, command->text); break;
	case TS_SIP_DO_DIAL:
	case TS_SIP_DO_TRUNK:
	case TS_SIP_DO_TRUNK_REMOVE: break;
	}
}
