/* Requests of ours within a call: their headers, where they go, the password of the proxy, and whom
 * of the addresses that a name leads to we talk to at all. */
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "control/sip/core.h"
#include <errno.h>
#include <string.h>

enum { MAX_FORWARDS = 70 };

static enum ts_sip_protocol protocol_of(enum sip_transp tp)
{
	return tp == SIP_TRANSP_TLS ? TS_SIP_TLS : tp == SIP_TRANSP_TCP ? TS_SIP_TCP : TS_SIP_UDP;
}

static bool is_same_hop(const struct ts_sip_hop *a, const struct ts_sip_hop *b)
{
	return a->tp == b->tp && sa_cmp(&a->addr, &b->addr, SA_ALL);
}

/* ---- where to */

static bool is_established(const struct ts_sip_call *call)
{
	return call->dialog->remote_tag != NULL;
}

/* Unset when the name has to be looked up first. */
static struct ts_sip_hop hop_of(const struct ts_sip_call *call)
{
	struct ts_sip_hop hop = {.tp = SIP_TRANSP_NONE};
	if (is_established(call)) return ts_sip_dialog_hop(call->dialog, &call->ua->target_policy);
	if (call->way) return call->way->hop[call->way->at];
	if (call->challenged) return call->challenger;
	sa_init(&hop.addr, AF_UNSPEC);
	return hop;
}

/* As a URI that libre follows: it knows neither sips: nor what maddr can be made to do. */
static char *route_text(const struct ts_sip_call *call, const struct ts_sip_hop *hop)
{
	char at[80];
	if (sa_isset(&hop->addr, SA_ALL)) {
		re_snprintf(at, sizeof(at), "%J", &hop->addr);
		return g_strdup_printf("sip:%s;transport=%s", at, sip_transp_name(hop->tp));
	}
	const char *text = call->to_proxy ? call->ua->config->proxy : call->dialog->target;
	const struct pl pl = {text, strlen(text)};
	struct uri uri;
	struct pl transport;
	if (uri_decode(&uri, &pl)) return NULL;
	bool secure = !pl_strcasecmp(&uri.scheme, "sips"),
	     v6 = memchr(uri.host.p, ':', uri.host.l) != NULL;
	GString *out = g_string_new(v6 ? "sip:[" : "sip:");
	g_string_append_len(out, uri.host.p, (gssize)uri.host.l);
	if (v6) g_string_append_c(out, ']');
	if (uri.port) g_string_append_printf(out, ":%u", uri.port);
	if (secure)
		g_string_append(out, ";transport=tls");
	else if (!msg_param_decode(&uri.params, "transport", &transport))
		g_string_append_printf(out, ";transport=%.*s", (int)transport.l, transport.p);
	return g_string_free(out, FALSE);
}

/* The name that the certificate must be for: of whom we called, or the address itself where another
 * one of the call signals. */
static void print_host(const struct ts_sip_call *call, const struct sa *to, char out[256])
{
	bool same = !is_established(call) || sa_cmp(to, &call->dialog->peer.addr, SA_ADDR);
	if (call->host && same)
		g_strlcpy(out, call->host, 256);
	else
		re_snprintf(out, 256, "%j", to);
}

static bool may_talk_tls(const struct ts_sip_call *call, enum sip_transp tp, const struct sa *to)
{
	char host[256], peer[80];
	if (tp != SIP_TRANSP_TLS || !call->ua->tls_clients) return true;
	if (call->dialog && !call->dialog->dialled && sa_cmp(to, &call->dialog->peer.addr, SA_ALL))
		return true; /* they came to us */
	print_host(call, to, host);
	re_snprintf(peer, sizeof(peer), "%J", to);
	return ts_tls_clients_expect(call->ua->tls_clients, peer, host);
}

/* The name is looked up by now: what counts is the address, so that no second look-up can lead
 * elsewhere. */
static bool may_send(const struct ts_sip_call *call, enum sip_transp tp, const struct sa *to)
{
	bool allowed = call->to_proxy || call->way || call->challenged || is_established(call) ||
		ts_sip_target_ok(&call->ua->target_policy, &to->u.sa, protocol_of(tp), call->host);
	if (!allowed) {
		char address[80];
		re_snprintf(address, sizeof(address), "%J", to);
		ts_warn("sip call refused", "to=%s why=sip.dial", address);
	}
	return allowed && may_talk_tls(call, tp, to);
}

static int on_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct ts_sip_call *call = arg;
	if (!may_send(call, tp, dst)) return EACCES;
	call->sent_to = (struct ts_sip_hop){tp, *dst};
	return ts_sip_print_ours(call->ua, tp, src, dst, mb);
}

/* The call may be gone before it is sent. */
static int on_send_alone(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	return ts_sip_print_ours(arg, tp, src, dst, mb);
}

/* ---- the proxy's password */

/* RFC 3261 22.3. Only a challenge of the proxy itself, to a request that went there, for the realm
 * that is known to be its own: whoever is called could ask as well, and find the password from the
 * answer at leisure. */
static bool is_proxys(const struct ts_sip_call *call, const struct sip_msg *msg)
{
	if (call->no_credentials || (call->way ? !call->way->trunk : !call->to_proxy)) return false;
	return (call->way || *call->ua->config->proxy_user) && call->sent_to.tp == msg->tp &&
		sa_cmp(&call->sent_to.addr, &msg->src, SA_ALL);
}

static bool is_realm_ours(
	struct ts_sip_call *call, const struct ts_digest_challenge *challenge, bool by_proxy)
{
	struct ts_sip_ua *ua = call->ua;
	if (call->way) return ts_sip_way_realm_ok(call->way, challenge->realm);
	const struct pl proxy = {ua->config->proxy, strlen(ua->config->proxy)};
	const struct pl realm = {challenge->realm, strlen(challenge->realm)};
	struct uri uri;
	if (*ua->config->proxy_realm) return !strcmp(ua->config->proxy_realm, challenge->realm);
	if (!uri_decode(&uri, &proxy) && !pl_casecmp(&uri.host, &realm)) return true;
	if (!ua->proxy_realm && by_proxy) {
		ua->proxy_realm = g_strdup(challenge->realm);
		ts_info("sip proxy", "realm=%s note=kept-from-now-on",
			TS_LOG_STR(challenge->realm));
	}
	return ua->proxy_realm && !strcmp(ua->proxy_realm, challenge->realm);
}

struct choice {
	struct ts_sip_call *call;
	struct ts_digest_challenge best;
	bool by_proxy, best_by_proxy;
};

static bool weigh(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct choice *choice = arg;
	struct ts_digest_challenge one;
	(void)msg;
	choice->by_proxy = header->id == SIP_HDR_PROXY_AUTHENTICATE;
	if (!ts_digest_challenge_read(&one, header->val.p, header->val.l)) return false;
	if (!ts_digest_is_better(&one, &choice->best)) return false;
	if (!is_realm_ours(choice->call, &one, choice->by_proxy)) {
		ts_warn("sip password kept back", "realm=%s", TS_LOG_STR(one.realm));
		return false;
	}
	choice->best = one;
	choice->best_by_proxy = choice->by_proxy;
	return false;
}

bool ts_sip_challenged(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct choice choice = {.call = call};
	bool again = call->challenged;
	if (!is_proxys(call, msg)) return false;
	sip_msg_hdr_apply(msg, true,
		msg->scode == 407 ? SIP_HDR_PROXY_AUTHENTICATE : SIP_HDR_WWW_AUTHENTICATE, weigh,
		&choice);
	if (choice.best.algorithm == TS_DIGEST_NONE) return false;
	/* asked anew: the nonce is old, or the password wrong */
	if (again && !choice.best.stale && !strcmp(call->challenge.nonce, choice.best.nonce))
		return false;
	call->challenge = choice.best;
	call->challenge_by_proxy = choice.best_by_proxy;
	call->challenger = call->sent_to;
	call->challenged = true;
	call->nc = 0;
	return true;
}

/* Whose realm it is was found out when the challenge came; it is asked once more here, next to the
 * password, as a request may be written from a copy of the call. by_proxy false: no realm is
 * learned. */
static int write_credentials(struct ts_sip_call *call, struct mbuf *mb, const char *method)
{
	const struct ts_sip_config *config = call->ua->config;
	const struct ts_trunk_config *trunk = call->way ? call->way->trunk : NULL;
	if (call->no_credentials || !is_realm_ours(call, &call->challenge, false)) return 0;
	struct ts_digest_answer answer = {.nc = ++call->nc};
	const char *user = !trunk   ? config->proxy_user
		: *trunk->auth_user ? trunk->auth_user
				    : trunk->user;
	char text[2048];
	if (strlen(call->dialog->target) >= sizeof(answer.uri)) return 0;
	g_strlcpy(answer.username, user, sizeof(answer.username));
	g_strlcpy(answer.uri, call->dialog->target, sizeof(answer.uri));
	g_snprintf(
		answer.cnonce, sizeof(answer.cnonce), "%08x%08x", ts_random_u32(), ts_random_u32());
	if (!ts_digest_answer_write(text, sizeof(text), &call->challenge, &answer,
		    trunk ? trunk->password : config->proxy_password, method))
		return 0;
	return mbuf_printf(mb, "%s: %s\r\n",
		call->challenge_by_proxy ? "Proxy-Authorization" : "Authorization", text);
}

/* ---- the request */

static int write_headers(
	struct ts_sip_call *call, struct mbuf *mb, const char *method, uint32_t cseq)
{
	const struct ts_sip_dialog *d = call->dialog;
	return mbuf_printf(mb,
		"Max-Forwards: %d\r\n%sTo: %s\r\nFrom: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"User-Agent: %s\r\n",
		MAX_FORWARDS, d->routes, d->to, d->from, d->call_id, cseq, method,
		call->ua->config->software);
}

int ts_sip_request_at(struct ts_sip_call *call, struct sip_request **req, const char *method,
	const struct ts_sip_aim *aim, const char *rest)
{
	const bool numeric = sa_isset(&aim->hop.addr, SA_ALL);
	g_autofree char *text = route_text(call, &aim->hop);
	const struct pl pl = {text, text ? strlen(text) : 0};
	struct uri route;
	struct mbuf *mb = mbuf_alloc(2048);
	if (!mb || !text || uri_decode(&route, &pl) ||
		!ts_sip_conns_reaches(
			call->ua->conns, &aim->hop.addr, is_established(call) ? call->conn : 0) ||
		(numeric && !req && !may_talk_tls(call, aim->hop.tp, &aim->hop.addr))) {
		mem_deref(mb);
		return TS_EINVAL;
	}
	int err = write_headers(call, mb, method, aim->cseq);
	if (!err && call->challenged && numeric && is_same_hop(&aim->hop, &call->challenger))
		err = write_credentials(call, mb, method);
	if (!err) err = mbuf_write_str(mb, rest);
	mbuf_set_pos(mb, 0);
	if (!err)
		err = sip_request(req, call->ua->sip, strcmp(method, "ACK") != 0, method, -1,
			aim->uri, -1, &route, mb, (size_t)call->key, aim->sender, aim->handler,
			aim->arg);
	mem_deref(mb);
	return err ? TS_EIO : 0;
}

int ts_sip_request(struct ts_sip_call *call, struct sip_request **req, const char *method,
	sip_resp_h *on_response, const char *rest)
{
	const bool alone = !req, ack = !strcmp(method, "ACK");
	const struct ts_sip_aim aim = {.hop = hop_of(call),
		.uri = call->dialog->target,
		.cseq = ack ? call->ack_cseq : call->dialog->lseq++,
		.sender = alone ? on_send_alone : on_send,
		.handler = on_response,
		.arg = alone ? (void *)call->ua : call};
	return ts_sip_request_at(call, req, method, &aim, rest);
}

/* Whoever is called could have us send to anybody by the source that their 2xx bears. */
static bool may_end(
	const struct ts_sip_call *call, const struct ts_sip_hop *hop, const struct sip_msg *msg)
{
	return sa_cmp(&msg->src, &hop->addr, SA_ADDR) ||
		sa_cmp(&msg->src, &call->dialog->peer.addr, SA_ADDR) ||
		ts_sip_target_ok(
			&call->ua->target_policy, &msg->src.u.sa, protocol_of(msg->tp), NULL);
}

/* A 2xx of another fork (13.2.2.4): acknowledged, so that it is not said again, and ended. */
void ts_sip_end_fork(
	struct ts_sip_call *call, const struct ts_sip_hop *hop, const struct sip_msg *msg)
{
	if (!may_end(call, hop, msg) ||
		!ts_sip_forks_take(&call->forks, msg->to.tag.p ? msg->to.tag.p : "", msg->to.tag.l))
		return;
	struct ts_sip_call other = {
		.ua = call->ua, .key = call->key, .host = call->host, .ack_cseq = msg->cseq.num};
	other.dialog = ts_sip_dialog_fork(call->dialog, msg);
	if (!other.dialog) return;
	ts_sip_request(&other, NULL, "ACK", NULL, TS_SIP_NO_BODY);
	ts_sip_request(&other, NULL, "BYE", NULL, TS_SIP_NO_BODY);
	ts_sip_dialog_free(other.dialog);
}
