#include "base/error.h"
#include "base/siphash.h"
#include "control/sip/core.h"
#include <string.h>

#define CONTACT_USER "tessera"

/* Brackets around an IPv6 address. */
static void print_host(char *out, size_t cap, const char *address)
{
	g_snprintf(out, cap, strchr(address, ':') ? "[%s]" : "%s", address);
}

static void print_hostport(
	const struct ts_sip_ua *ua, const struct sa *local, char *out, size_t cap)
{
	char address[TS_SIP_ADDR_MAX] = "", host[TS_SIP_ADDR_MAX + 2];
	if (*ua->config->advertise)
		g_strlcpy(address, ua->config->advertise, sizeof(address));
	else
		sa_ntop(local, address, sizeof(address));
	print_host(host, sizeof(host), address);
	g_snprintf(out, cap, "%s:%u", host, sa_port(local));
}

/* Where requests of this dialog reach us. A connection's local address may have any port: the
 * listener's is meant. */
void ts_sip_print_contact(const struct ts_sip_ua *ua, enum sip_transp tp, const struct sa *local,
	const struct sa *peer, const char *user, char *out, size_t cap)
{
	struct sa at = *local;
	char hostport[80];
	if (ts_sip_is_inner(peer)) { /* RFC 7118 4.2: ws names both, the scheme says which */
		g_snprintf(out, cap, "Contact: <sip:%s@%s;transport=ws>\r\n", user,
			ua->config->websocket.host);
		return;
	}
	for (size_t i = 0; i < ua->config->n_listen; i++) {
		const struct ts_sip_listen *listen = &ua->config->listen[i];
		struct sa sa;
		bool same = (listen->protocol == TS_SIP_UDP) == (tp == SIP_TRANSP_UDP) &&
			(listen->protocol == TS_SIP_TLS) == (tp == SIP_TRANSP_TLS);
		if (!same || sa_set_str(&sa, listen->address, listen->port) ||
			!sa_cmp(&sa, local, SA_ADDR))
			continue;
		sa_set_port(&at, listen->port);
		break;
	}
	print_hostport(ua, &at, hostport, sizeof(hostport));
	g_snprintf(out, cap, "Contact: <sip:%s@%s%s>\r\n", user, hostport,
		tp == SIP_TRANSP_TCP           ? ";transport=tcp"
			: tp == SIP_TRANSP_TLS ? ";transport=tls"
					       : "");
}

/* The Via that libre has just written names the socket's address: behind NAT nobody can answer
 * there. Of a WebSocket it names what only we know of. */
static int rewrite_via(
	const struct ts_sip_ua *ua, const struct sa *src, const struct sa *dst, struct mbuf *mb)
{
	static const char mark[] = "\r\nVia: SIP/2.0/";
	g_autofree char *text = g_strndup((const char *)mb->buf, mb->end);
	char hostport[80];
	char *via = strstr(text, mark), *sent_by = via ? strchr(via + sizeof(mark), ' ') : NULL;
	char *params = sent_by ? strchr(sent_by, ';') : NULL;
	if (!params) return 0;
	print_hostport(ua, src, hostport, sizeof(hostport));
	const bool door = ts_sip_is_inner(dst);
	const char *keep = door ? via + sizeof(mark) - 1 : sent_by + 1;
	mbuf_rewind(mb);
	int err = mbuf_write_mem(mb, (const uint8_t *)text, (size_t)(keep - text));
	if (door) err |= mbuf_write_str(mb, ua->config->websocket.secure ? "WSS " : "WS ");
	err |= mbuf_write_str(mb, door ? ua->config->websocket.host : hostport);
	err |= mbuf_write_str(mb, params);
	return err;
}

int ts_sip_print_ours(const struct ts_sip_ua *ua, enum sip_transp tp, const struct sa *src,
	const struct sa *dst, struct mbuf *mb)
{
	char contact[256];
	bool target = mb->end > 6 &&
		(!memcmp(mb->buf, "INVITE", 6) || !memcmp(mb->buf, "UPDATE", 6) ||
			!memcmp(mb->buf, "REFER ", 6) || !memcmp(mb->buf, "NOTIFY", 6));
	int err = *ua->config->advertise || ts_sip_is_inner(dst) ? rewrite_via(ua, src, dst, mb)
								 : 0;
	if (err || !target) return err;
	ts_sip_print_contact(ua, tp, src, dst, CONTACT_USER, contact, sizeof(contact));
	return mbuf_write_str(mb, contact);
}

void ts_sip_print_answer_contact(
	const struct ts_sip_ua *ua, const struct sip_msg *msg, char *out, size_t cap)
{
	ts_sip_print_contact(ua, msg->tp, &msg->dst, &msg->src, CONTACT_USER, out, cap);
}

static void print_timer(const struct ts_sip_timer *timer, char *out, size_t cap)
{
	*out = '\0';
	if (!timer->interval_s) return;
	g_snprintf(out, cap, "Session-Expires: %u;refresher=%s\r\n%s", timer->interval_s,
		timer->refresher == TS_REFRESHER_UAC ? "uac" : "uas",
		timer->require ? "Require: timer\r\n" : "");
}

/* A request within a call: does libre keep its transaction for a time after the final answer? Not
 * of one that it frees at once, nor of a refused INVITE over TCP, which each ACK frees: that would
 * be once too often. */
static bool is_kept(const struct sip_msg *msg, int code)
{
	if (!pl_isset(&msg->to.tag)) return false;
	return msg->tp == SIP_TRANSP_UDP || (!pl_strcmp(&msg->met, "INVITE") && code < 300);
}

/* To call->request. A 2xx to INVITE is said again until its ACK comes (13.3.1.4), which call.c sees
 * to. */
int ts_sip_reply_call(struct ts_sip_call *call, int code, const char *reason, const char *sdp,
	const char *headers)
{
	const struct sip_msg *msg = call->request;
	char contact[256] = "", timer[96] = "";
	struct mbuf *sent = NULL;
	size_t len = sdp ? strlen(sdp) : 0;
	bool invite = !pl_strcmp(&msg->met, "INVITE");
	struct sip_strans *transaction = call->server;
	if (code < 300) ts_sip_print_answer_contact(call->ua, msg, contact, sizeof(contact));
	if (code >= 200 && code < 300) print_timer(&call->next_timer, timer, sizeof(timer));
	int err = sip_treplyf(&call->server, &sent, call->ua->sip, msg, true, (uint16_t)code,
		reason, "%s%s%s%s%sContent-Length: %zu\r\n\r\n%b", contact,
		code < 300 ? TS_SIP_ALLOW TS_SIP_SUPPORTED : "", timer, headers ? headers : "",
		len ? "Content-Type: application/sdp\r\n" : "", len, sdp, len);
	if (!err && code >= 200 && code < 300) call->timer = call->next_timer;
	if (!err && invite && code > 100 && code < 200) {
		mem_deref(call->reliable.sent);
		call->reliable.sent = mem_ref(sent);
	}
	if (!err && invite && code >= 200 && code < 300) {
		mem_deref(call->reply);
		mem_deref(call->replied);
		call->reply = mem_ref(sent);
		call->replied = mem_ref(call->request);
		call->reply_cseq = msg->cseq.num;
	}
	if (!err && invite && code >= 300 && transaction && msg->tp == SIP_TRANSP_UDP &&
		!pl_isset(&msg->to.tag))
		ts_sip_refused(call->ua, transaction, msg);
	else if (!err && code >= 200 && transaction && is_kept(msg, code))
		ts_sip_answered(call->ua, transaction, msg);
	mem_deref(sent);
	tmr_cancel(&call->trying_timer);
	if (code >= 200 || err) call->request = mem_deref(call->request);
	return err ? TS_EIO : 0;
}

void ts_sip_reply_target(struct ts_sip_ua *ua, const struct sip_msg *msg, int code,
	const char *reason, const char *headers)
{
	char lines[512];
	ts_sip_print_answer_contact(ua, msg, lines, sizeof(lines));
	if (headers) g_strlcat(lines, headers, sizeof(lines));
	ts_sip_reply_plain(ua, msg, code, reason, lines);
}

void ts_sip_reply_plain(struct ts_sip_ua *ua, const struct sip_msg *msg, int code,
	const char *reason, const char *headers)
{
	struct sip_strans *transaction = NULL, *kept;
	if (!pl_isset(&msg->to.tag)) {
		ts_sip_reply_stateless(ua, msg, code, reason, headers);
		return;
	}
	if (sip_strans_alloc(&transaction, ua->sip, msg, NULL, NULL)) return;
	kept = transaction;
	int err = sip_treplyf(&transaction, NULL, ua->sip, msg, false, (uint16_t)code, reason,
		"%sContent-Length: 0\r\n\r\n", headers ? headers : "");
	if (!err && is_kept(msg, code)) ts_sip_answered(ua, kept, msg);
}

/* The same for a request said again, as nothing remembers the first (8.2.7); nobody can guess
 * it. */
static uint64_t tag_of(const struct sip_msg *msg)
{
	const uint64_t parts[] = {ts_siphash_own(msg->callid.p, msg->callid.l),
		ts_siphash_own(msg->via.branch.p, msg->via.branch.l),
		ts_siphash_own(msg->from.tag.p, msg->from.tag.l), sa_hash(&msg->src, SA_ALL),
		msg->cseq.num};
	return ts_siphash_own(parts, sizeof(parts));
}

void ts_sip_reply_stateless(struct ts_sip_ua *ua, const struct sip_msg *msg, int code,
	const char *reason, const char *headers)
{
	struct sip_msg tagged = *msg; /* read within the call alone */
	tagged.tag = tag_of(msg);
	sip_replyf(ua->sip, &tagged, (uint16_t)code, reason, "%sContent-Length: 0\r\n\r\n",
		headers ? headers : "");
}

void ts_sip_text(char *out, size_t cap, const struct pl *pl)
{
	size_t n = 0;
	for (size_t i = 0; pl->p && i < pl->l && n + 1 < cap; i++)
		if ((unsigned char)pl->p[i] >= ' ' && pl->p[i] != 0x7f) out[n++] = pl->p[i];
	out[n] = '\0';
}
