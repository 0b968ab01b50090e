/* Our 180 where the peer takes provisional responses only when it may acknowledge them: said again
 * until its PRACK, and the 200 waits for that. RFC 3262 3. */
#include "base/log.h"
#include "base/random.h"
#include "control/sip/core.h"
#include "control/sip/reliable.h"
#include <string.h>

enum { T1_MS = 500, GIVE_UP_MS = 64 * T1_MS };

bool ts_sip_requires_reliable(const struct sip_msg *invite)
{
	return sip_msg_hdr_has_value(invite, SIP_HDR_REQUIRE, "100rel");
}

static void forget(struct ts_sip_reliable *reliable)
{
	tmr_cancel(&reliable->timer);
	reliable->sent = mem_deref(reliable->sent);
}

void ts_sip_reliable_fini(struct ts_sip_reliable *reliable)
{
	forget(reliable);
	g_clear_pointer(&reliable->answer, g_free);
}

/* The interval doubles without the bound of T2, until 64 * T1: RFC 3262 3. */
static void on_timer(void *arg)
{
	struct ts_sip_call *call = arg;
	struct ts_sip_reliable *reliable = &call->reliable;
	struct sa to;
	struct pl rport;
	if (!call->request) {
		forget(reliable);
		return;
	}
	if (2 * reliable->ms > GIVE_UP_MS) {
		ts_info("sip call refused", "code=504 why=no-prack");
		ts_sip_reply_call(call, 504, "Server Time-out", NULL, NULL);
		ts_sip_call_drop(call, 504, "no-prack", false);
		return;
	}
	if (ts_sip_may_repeat(call, reliable->sent->end)) {
		const struct sip_msg *msg = call->request;
		sip_reply_addr(&to, msg, !msg_param_exists(&msg->via.params, "rport", &rport));
		reliable->sent->pos = 0;
		sip_send(call->ua->sip, msg->sock, msg->tp, &to, reliable->sent);
		call->said_bytes += reliable->sent->end;
	}
	reliable->ms *= 2;
	tmr_start(&reliable->timer, reliable->ms, on_timer, call);
}

/* Without an offer in the INVITE a reliable 18x would have to hold ours (5): there is none yet, so
 * that the 200 is the first that they hear. */
void ts_sip_ring(struct ts_sip_call *call)
{
	struct ts_sip_reliable *reliable = &call->reliable;
	char headers[64] = "";
	if (call->state != TS_SIP_C_NEW || !call->request || reliable->sent) return;
	reliable->required = ts_sip_requires_reliable(call->request);
	if (reliable->required && !ts_sip_has_sdp(call->request)) return;
	if (reliable->required) {
		reliable->rseq = 1 + (ts_random_u32() & 0xffff);
		g_snprintf(headers, sizeof(headers), "Require: 100rel\r\nRSeq: %u\r\n",
			reliable->rseq);
	}
	if (ts_sip_reply_call(call, 180, "Ringing", NULL, headers) || !reliable->required ||
		!reliable->sent) {
		forget(reliable);
		return;
	}
	call->said_bytes += reliable->sent->end;
	reliable->ms = T1_MS;
	tmr_start(&reliable->timer, T1_MS, on_timer, call);
}

static bool is_for_ours(const struct ts_sip_call *call, const struct ts_sip_rack *rack)
{
	return call->reliable.sent && call->request && rack->rseq == call->reliable.rseq &&
		rack->cseq == call->request->cseq.num && !strcmp(rack->method, "INVITE");
}

void ts_sip_on_prack(struct ts_sip_call *call, const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_RACK);
	struct ts_sip_rack rack;
	if (!header || !ts_sip_rack_parse(&rack, header->val.p, header->val.l)) {
		ts_sip_reply_plain(call->ua, msg, 400, "Bad RAck", NULL);
		return;
	}
	if (!is_for_ours(call, &rack)) {
		ts_sip_reply_plain(call->ua, msg, 481, "Call/Transaction Does Not Exist", NULL);
		return;
	}
	forget(&call->reliable);
	/* the INVITE's offer has no answer yet: another one is out of place */
	if (ts_sip_has_sdp(msg))
		ts_sip_reply_plain(call->ua, msg, 488, "Not Acceptable Here", NULL);
	else
		ts_sip_reply_plain(call->ua, msg, 200, "OK", NULL);
	if (!call->reliable.held) return;
	g_autofree char *answer = g_steal_pointer(&call->reliable.answer);
	call->reliable.held = false;
	ts_sip_accept(call, answer);
}
