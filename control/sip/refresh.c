/* Session timers: refreshed by UPDATE where the peer knows it, else by an INVITE with what we said
 * last. RFC 4028 7.4, 10. */
#include "control/sip/core.h"
#include <string.h>

void ts_sip_read_timer(struct ts_sip_timer_fields *out, const struct sip_msg *msg)
{
	const struct sip_hdr *expires = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES),
			     *min = sip_msg_hdr(msg, SIP_HDR_MIN_SE);
	char text[80];
	*out = (struct ts_sip_timer_fields){
		.supported = sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer"),
		.required = sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "timer"),
	};
	out->supported |= out->required;
	if (expires) {
		ts_sip_text(text, sizeof(text), &expires->val);
		if (!ts_sip_timer_parse(text, &out->expires_s, &out->refresher))
			out->expires_s = 0;
		else if (!out->expires_s && msg->req)
			out->expires_s = 1; /* given, and too small as well: RFC 4028 9 */
	}
	if (min) {
		ts_sip_text(text, sizeof(text), &min->val);
		if (!ts_sip_timer_parse(text, &out->min_s, NULL)) out->min_s = 0;
	}
}

static void on_expired(void *arg)
{
	ts_sip_call_bye(arg, "session-expired");
}

static void refresh(struct ts_sip_call *call);

static void on_refreshed(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_call *call = arg;
	struct ts_sip_timer_fields fields;
	if (!err && msg->scode < 200) return;
	if (err || msg->scode == 408 || msg->scode == 481) {
		ts_sip_call_bye(call, "session-expired");
		return;
	}
	if ((msg->scode == 401 || msg->scode == 407) && !call->challenges++ &&
		ts_sip_challenged(call, msg)) {
		refresh(call);
		return;
	}
	if (msg->scode == 422 && !call->challenges++) {
		ts_sip_read_timer(&fields, msg);
		call->min_se_s = fields.min_s;
		refresh(call);
		return;
	}
	if (msg->scode == 501 || msg->scode == 405) {
		call->peer_updates = false;
		refresh(call);
		return;
	}
	call->challenges = 0;
	/* the peer is alive; the next one may do, or the timer runs out */
	if (msg->scode >= 300) return;
	ts_sip_read_timer(&fields, msg);
	ts_sip_timer_read(&call->timer, &fields, &call->ua->config->timer);
	ts_sip_timer_start(call, true);
}

static void send_update(struct ts_sip_call *call)
{
	char rest[240], min[40] = "";
	if (call->min_se_s) g_snprintf(min, sizeof(min), "Min-SE: %u\r\n", call->min_se_s);
	g_snprintf(rest, sizeof(rest),
		TS_SIP_SUPPORTED "Session-Expires: %u;refresher=uac\r\n%s" TS_SIP_NO_BODY,
		MAX(call->timer.interval_s, call->min_se_s), min);
	ts_sip_request(call, &call->info, "UPDATE", on_refreshed, rest);
}

static void refresh(struct ts_sip_call *call)
{
	/* again soon: see on_refresh_due */
	if (call->request || call->reply || call->invite || call->info) return;
	if (call->peer_updates)
		send_update(call);
	else
		ts_sip_send_invite(call);
}

static void on_refresh_due(void *arg)
{
	struct ts_sip_call *call = arg;
	refresh(call);
	/* until it succeeded, which sets it anew */
	tmr_start(&call->refresh_timer, 2000, on_refresh_due, call);
}

void ts_sip_timer_start(struct ts_sip_call *call, bool we_are_uac)
{
	tmr_cancel(&call->refresh_timer);
	tmr_cancel(&call->expire_timer);
	if (!call->timer.interval_s) return;
	bool ours = (call->timer.refresher == TS_REFRESHER_UAC) == we_are_uac;
	if (ours)
		tmr_start(&call->refresh_timer, ts_sip_timer_refresh_ms(&call->timer),
			on_refresh_due, call);
	tmr_start(&call->expire_timer,
		ours ? call->timer.interval_s * 1000ull : ts_sip_timer_expire_ms(&call->timer),
		on_expired, call);
}
