/* What comes before the 2xx to an INVITE of ours: 18x with descriptions, acknowledged where their
 * sender wants it (RFC 3262 4), and UPDATE within the dialog that such a one makes (RFC 3311).
 *
 *   18x with RSeq --order--> PRACK, EARLY(sdp, settled)
 *   18x with sdp ----------> EARLY(sdp), only a promise: the 2xx may say something else
 */
#include "base/error.h"
#include "control/sip/core.h"
#include "control/sip/reliable.h"
#include <string.h>

enum { FORKS_MAX = 8, BYTES_MAX = 65536 };

void ts_sip_early_free(void *data)
{
	struct ts_sip_early *early = data;
	ts_sip_dialog_free(early->dialog);
	g_free(early->tag);
	g_free(early->sdp);
	g_free(early);
}

struct ts_sip_early *ts_sip_early_of(const struct ts_sip_call *call, const struct sip_msg *msg)
{
	const struct pl *tag = msg->req ? &msg->from.tag : &msg->to.tag;
	for (const GList *link = call->early.head; link; link = link->next) {
		struct ts_sip_early *early = link->data;
		if (!pl_strcmp(tag, early->tag)) return early;
	}
	return NULL;
}

bool ts_sip_early_is_from(const struct ts_sip_call *call, const char *address)
{
	char own[TS_SIP_ADDR_MAX];
	for (const GList *link = call->early.head; link; link = link->next) {
		const struct ts_sip_early *early = link->data;
		if (!early->dialog) continue;
		ts_sip_print_address(&early->dialog->peer.addr, own);
		if (!strcmp(own, address)) return true;
	}
	return false;
}

/* Of the descriptions of other forks. */
static size_t bytes_beside(const struct ts_sip_call *call, const struct ts_sip_early *early)
{
	size_t bytes = 0;
	for (const GList *link = call->early.head; link; link = link->next) {
		const struct ts_sip_early *other = link->data;
		if (other != early) bytes += other->len;
	}
	return bytes;
}

/* NULL: there are too many. */
static struct ts_sip_early *take_fork(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_early *early = ts_sip_early_of(call, msg);
	if (early || call->early.length >= FORKS_MAX) return early;
	early = g_new0(struct ts_sip_early, 1);
	early->tag = g_strndup(msg->to.tag.p ? msg->to.tag.p : "", msg->to.tag.l);
	early->fork = ++call->n_forks;
	g_queue_push_tail(&call->early, early);
	return early;
}

/* ---- acknowledging */

static bool is_reliable(const struct sip_msg *msg, uint32_t *rseq)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_RSEQ);
	return header && pl_isset(&msg->to.tag) &&
		sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel") &&
		ts_sip_rseq_parse(rseq, header->val.p, header->val.l);
}

/* Numbers of our requests go on in the call's own dialog, which the 2xx makes. */
static void send_prack(
	struct ts_sip_call *call, struct ts_sip_early *early, const struct sip_msg *msg)
{
	char rest[100];
	struct ts_sip_call other = {.ua = call->ua,
		.key = call->key,
		.host = call->host,
		.dialog = early->dialog,
		.to_proxy = call->to_proxy,
		.way = call->way,
		.sent_to = call->sent_to,
		.no_credentials = call->no_credentials,
		.challenged = call->challenged,
		.challenge_by_proxy = call->challenge_by_proxy,
		.challenge = call->challenge,
		.challenger = call->challenger,
		.nc = call->nc};
	early->dialog->lseq = call->dialog->lseq;
	g_snprintf(rest, sizeof(rest), "RAck: %u %u INVITE\r\n" TS_SIP_NO_BODY, early->rseq,
		msg->cseq.num);
	ts_sip_request(&other, NULL, "PRACK", NULL, rest);
	call->dialog->lseq = early->dialog->lseq;
	call->nc = other.nc;
}

/* False: it was acknowledged before, or another one is missing. */
static bool acknowledge(struct ts_sip_call *call, struct ts_sip_early *early,
	const struct sip_msg *msg, uint32_t rseq)
{
	if (ts_sip_reliable_order(early->rseq, rseq) != TS_SIP_RELIABLE_NEXT) return false;
	if (!early->dialog) early->dialog = ts_sip_dialog_fork(call->dialog, msg);
	if (!early->dialog) return false; /* no Contact that can be read */
	early->rseq = rseq;
	send_prack(call, early, msg);
	return true;
}

/* ---- descriptions */

/* False: there is none, or it comes after the answer. */
static bool keep(
	const struct ts_sip_call *call, struct ts_sip_early *early, const struct ts_sip_body *body)
{
	if (body->verdict != TS_SIP_BODY_TAKEN || early->settled ||
		body->n + bytes_beside(call, early) > BYTES_MAX)
		return false;
	g_free(early->sdp);
	early->sdp = g_strndup(body->text, body->n);
	early->len = strlen(early->sdp);
	return true;
}

static void emit(
	struct ts_sip_call *call, const struct ts_sip_early *early, const struct sip_msg *msg)
{
	struct ts_sip_event event = {.type = TS_SIP_EARLY,
		.call = call->key,
		.code = msg->scode,
		.fork = early->fork,
		.settled = early->settled,
		.sdp = early->sdp,
		.sdp_len = early->len};
	sa_ntop(ts_sip_source(call->ua, msg), event.address, sizeof(event.address));
	ts_sip_emit(call->ua, &event);
}

bool ts_sip_early_take(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_body body;
	uint32_t rseq = 0;
	bool reliable = is_reliable(msg, &rseq);
	ts_sip_content(&body, msg, TS_SIP_SDP);
	if (reliable || body.verdict == TS_SIP_BODY_TAKEN) {
		struct ts_sip_early *early = take_fork(call, msg);
		if (early && reliable && !acknowledge(call, early, msg, rseq)) {
			ts_sip_body_fini(&body);
			return false;
		}
		bool before = early && early->sdp;
		if (early && keep(call, early, &body)) {
			early->settled = reliable;
			if (reliable || !before) emit(call, early, msg);
		}
	}
	ts_sip_body_fini(&body);
	return true;
}

/* ---- requests */

/* Only UPDATE has a meaning so early. RFC 3311 5.2: an offer may come once ours has its answer. */
void ts_sip_early_request(
	struct ts_sip_call *call, struct ts_sip_early *early, const struct sip_msg *msg)
{
	bool body = ts_sip_has_sdp(msg);
	if (!early->dialog || pl_strcmp(&msg->met, "UPDATE") != 0) {
		ts_sip_reply_plain(call->ua, msg, 481, "Call/Transaction Does Not Exist", NULL);
	} else if (!ts_sip_dialog_seq_ok(early->dialog, msg)) {
		ts_sip_reply_plain(call->ua, msg, 500, "Bad Sequence", NULL);
	} else if (ts_sip_refuse_content(call->ua, msg, TS_SIP_SDP)) {
		return;
	} else if (call->request) {
		ts_sip_reply_plain(call->ua, msg, 500, "Request Pending", "Retry-After: 1\r\n");
	} else if (body && !early->settled) {
		ts_sip_reply_plain(call->ua, msg, 491, "Request Pending", NULL);
	} else if (ts_sip_accept_timer(call, msg) && !ts_sip_hold_request(call, msg)) {
		ts_sip_dialog_refresh(early->dialog, msg);
		if (body)
			ts_sip_emit_sdp(call, TS_SIP_OFFER, early->fork, msg);
		else
			ts_sip_reply_call(call, 200, "OK", NULL, NULL);
	}
}
