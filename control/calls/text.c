/* text - the real-time text of a call, as it was negotiated. */
#include "base/log.h"
#include "control/calls/core.h"
#include "control/rtt/rtt.h"

static void agree(struct ts_call *call)
{
	const struct ts_sip_text *t = &call->session->text;
	const struct ts_rtt_agreed agreed = {.format = t->format,
		.sends = t->dir & TS_SDP_SENDONLY,
		.receives = t->dir & TS_SDP_RECVONLY,
		.address = t->address,
		.port = t->port,
		.keys = &t->keys};
	/* until the peer has answered an offer of ours there are no keys of theirs */
	if (!t->port) return;
	if (ts_rtt_leg_agree(ts_rtt_leg(call->text), &agreed)) {
		ts_warn("text off", "call=%s why=keys", call->info.id);
		ts_rtt_close(&call->text);
	}
}

void ts_call_follow_text(struct ts_call *call, bool proven)
{
	struct ts_sip_text *t = &call->session->text;
	if (!t->used) ts_rtt_close(&call->text);
	if (t->used && !call->text)
		ts_rtt_open(call->calls->rtt, call->session->transport.local_address, &call->text);
	if (call->text) agree(call);
	t->local_port = call->text ? ts_rtt_leg_port(ts_rtt_leg(call->text)) : 0;
	if (!call->text) return;
	ts_rtt_enter(call->text, call->participant);
	if (proven) ts_rtt_leg_set_host(ts_rtt_leg(call->text), call->address);
}
