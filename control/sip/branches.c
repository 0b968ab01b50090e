/* A call to all phones of a user: an INVITE to each, in one dialog, as a proxy would fork it. Those
 * of the highest q ring first; the next ones when all of these refused, or have not answered for a
 * while. The first 2xx is the call, and the others are cancelled; one that crosses its CANCEL gets
 * ACK and BYE. A 6xx cancels all. When all have refused, the best response is the call's.
 *
 *   phones of the highest q --INVITE--> [ pending ] --2xx--> the call     others: CANCEL
 *   phones of the next one  --INVITE--> [ pending ] --3xx-6xx--> best ... none pending: ENDED
 *
 * Source  RFC 3261 16.6, 16.7 (steps 4 to 6, 10), 13.2.2.4. */
#include "base/error.h"
#include "base/log.h"
#include "control/sip/best.h"
#include "control/sip/core.h"
#include <errno.h>
#include <string.h>

enum { NEXT_MS = 15000 };

struct branch {
	struct ts_sip_branches *all;
	struct sip_request *invite; /* NULL: not sent, or it has its final response */
	struct ts_sip_hop hop;
	char *uri; /* [owned] */
	int q;
};

struct ts_sip_branches {
	struct ts_sip_call *call;
	struct branch item[TS_SIP_BRANCHES_MAX]; /* by q */
	size_t n, sent;
	uint32_t cseq; /* of all: who is reached twice rings once (8.2.2.2) */
	struct tmr timer;
	int best;                   /* code of the best response; 0: none yet */
	char text[TS_SIP_TEXT_MAX]; /* its phrase */
	struct ts_sip_reason reason;
	bool by_peer;  /* a peer said so; else none could be reached */
	bool declined; /* by a 6xx: nobody else is called */
};

/* ---- life */

static int by_q(const void *a, const void *b)
{
	const struct branch *one = a, *other = b;
	return (other->q > one->q) - (other->q < one->q);
}

/* "1000 udp 192.0.2.1:5060 sip:alice@192.0.2.1": q in thousandths, hop, URI. */
static bool read_branch(struct branch *out, const char *line)
{
	g_auto(GStrv) word = g_strsplit(line, " ", 4);
	if (g_strv_length(word) != 4) return false;
	g_autofree char *hop = g_strconcat(word[1], " ", word[2], NULL);
	struct ts_sip_way *way = ts_sip_way_to(hop);
	if (!way) return false;
	out->q = (int)g_ascii_strtoll(word[0], NULL, 10);
	out->hop = way->hop[0];
	out->uri = g_strdup(word[3]);
	ts_sip_way_free(way);
	return true;
}

struct ts_sip_branches *ts_sip_branches_new(struct ts_sip_call *call, const char *phones)
{
	struct ts_sip_branches *b = g_new0(struct ts_sip_branches, 1);
	g_auto(GStrv) line = g_strsplit(phones, "\n", TS_SIP_BRANCHES_MAX + 1);
	b->call = call;
	b->cseq = call->dialog->lseq++;
	for (size_t i = 0; line[i] && b->n < TS_SIP_BRANCHES_MAX; i++)
		if (read_branch(&b->item[b->n], line[i])) b->n++;
	qsort(b->item, b->n, sizeof(b->item[0]), by_q);
	for (size_t i = 0; i < b->n; i++) b->item[i].all = b;
	return b;
}

void ts_sip_branches_free(struct ts_sip_branches *b)
{
	if (!b) return;
	tmr_cancel(&b->timer);
	for (size_t i = 0; i < b->n; i++) {
		mem_deref(b->item[i].invite);
		g_free(b->item[i].uri);
	}
	g_free(b);
}

void ts_sip_branches_cancel(struct ts_sip_branches *b)
{
	tmr_cancel(&b->timer);
	for (size_t i = 0; i < b->sent; i++)
		if (b->item[i].invite) sip_request_cancel(b->item[i].invite);
}

void ts_sip_branches_outlive(struct ts_sip_branches *b, struct ts_sip_call *call)
{
	b->call = call;
	ts_sip_branches_cancel(b);
}

const char *ts_sip_branches_why(const struct ts_sip_branches *b)
{
	if (b->call->state == TS_SIP_C_UP) return "elsewhere";
	return b->declined ? "declined" : "hangup";
}

/* ---- responses */

static bool is_pending(const struct ts_sip_branches *b)
{
	for (size_t i = 0; i < b->sent; i++)
		if (b->item[i].invite) return true;
	return false;
}

static void note(struct ts_sip_branches *b, int code, const struct sip_msg *msg)
{
	if (!ts_sip_is_better(code, b->best)) return;
	b->best = code;
	b->reason = (struct ts_sip_reason){0};
	b->by_peer = msg != NULL;
	if (!msg) {
		g_strlcpy(b->text, "unreachable", sizeof(b->text));
		return;
	}
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REASON);
	if (header) ts_sip_reason_parse(&b->reason, header->val.p, header->val.l);
	ts_sip_text(b->text, sizeof(b->text), &msg->reason);
}

/* All that were asked have refused, and there are no others. Frees the call. */
static void end(struct ts_sip_branches *b)
{
	struct ts_sip_call *call = b->call;
	if (call->cancelled) {
		ts_sip_call_drop(call, 487, "cancelled", false);
		return;
	}
	char text[TS_SIP_TEXT_MAX];
	g_strlcpy(text, b->text, sizeof(text));
	call->reason = b->reason;
	ts_sip_call_drop(call, b->best, text, b->by_peer);
}

static void on_answered(struct branch *branch, const struct sip_msg *msg)
{
	struct ts_sip_call *call = branch->all->call;
	if (call->state != TS_SIP_C_DIALLING) {
		ts_sip_end_fork(call, &branch->hop, msg);
		return;
	}
	call->sent_to = branch->hop;
	const uint64_t key = call->key;
	struct ts_sip_ua *ua = call->ua;
	ts_sip_dial_answered(call, msg);
	/* unless the answer was no good, or came after all */
	if (g_hash_table_lookup(ua->by_key, &key) == call) ts_sip_branches_cancel(branch->all);
}

static void go_on(struct ts_sip_branches *b)
{
	if (is_pending(b)) return;
	if (b->declined || b->call->cancelled || ts_sip_branches_send(b)) end(b);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct branch *branch = arg;
	struct ts_sip_branches *b = branch->all;
	if (!err && msg->scode < 200) {
		if (!b->declined) ts_sip_dial_provisional(b->call, msg);
		return;
	}
	branch->invite = NULL; /* libre has let it go */
	if (!err && msg->scode < 300) {
		on_answered(branch, msg);
		return;
	}
	if (b->call->state != TS_SIP_C_DIALLING) return;
	/* 16.9: what cannot be sent is a 503; of silence a 408 is made (16.7 step 6) */
	note(b, err == ETIMEDOUT ? 408 : err ? 503 : msg->scode, err ? NULL : msg);
	if (!err && msg->scode >= 600 && !b->declined) {
		b->declined = true;
		ts_sip_branches_cancel(b);
	}
	go_on(b);
}

/* ---- sending */

static int on_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct branch *branch = arg;
	return ts_sip_print_ours(branch->all->call->ua, tp, src, dst, mb);
}

/* They ring as well: who is asked first may not be there. */
static void on_silence(void *arg)
{
	ts_sip_branches_send(arg);
}

int ts_sip_branches_send(struct ts_sip_branches *b)
{
	g_autofree char *rest = ts_sip_invite_rest(b->call);
	const int q = b->sent < b->n ? b->item[b->sent].q : -1;
	for (; b->sent < b->n && b->item[b->sent].q == q; b->sent++) {
		struct branch *branch = &b->item[b->sent];
		const struct ts_sip_aim aim = {.hop = branch->hop,
			.uri = branch->uri,
			.cseq = b->cseq,
			.sender = on_send,
			.handler = on_response,
			.arg = branch};
		if (ts_sip_request_at(b->call, &branch->invite, "INVITE", &aim, rest))
			note(b, 503, NULL);
	}
	if (b->sent < b->n) tmr_start(&b->timer, NEXT_MS, on_silence, b);
	if (is_pending(b)) return 0;
	return b->sent < b->n ? ts_sip_branches_send(b) : TS_EIO;
}
