/* INVITEs of ours: those that make a call, and those that refresh one. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "control/sip/core.h"
#include "control/sip/name.h"
#include <string.h>

enum { CHALLENGES_MAX = 2, MIN_SE_DEFAULT_S = 90, SILENCE_MS = 4000 };

void ts_sip_ack(struct ts_sip_call *call, uint32_t cseq)
{
	call->ack_cseq = cseq;
	ts_sip_request(call, NULL, "ACK", NULL, TS_SIP_NO_BODY);
}

/* ---- responses */

static void emit_answer(struct ts_sip_call *call, const struct sip_msg *msg, bool first)
{
	const struct sip_hdr *agent = sip_msg_hdr(msg, SIP_HDR_SERVER);
	const struct ts_sip_early *early = first ? ts_sip_early_of(call, msg) : NULL;
	struct ts_sip_event event = {
		.type = TS_SIP_ANSWER, .call = call->key, .code = msg->scode, .first = first};
	struct ts_sip_body body;
	if (!agent) agent = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	if (agent) ts_sip_text(event.agent, sizeof(event.agent), &agent->val);
	sa_ntop(ts_sip_source(call->ua, msg), event.address, sizeof(event.address));
	event.secure = ts_sip_conns_is_secure(call->ua->conns, msg);
	ts_sip_content(&body, msg, TS_SIP_SDP);
	event.fork = early ? early->fork : 0;
	event.settled = early && early->settled;
	if (body.verdict == TS_SIP_BODY_TAKEN && !event.settled) {
		event.sdp = body.text;
		event.sdp_len = body.n;
	} else if (early && early->sdp && (event.settled || body.verdict == TS_SIP_BODY_NONE)) {
		event.sdp = early->sdp;
		event.sdp_len = early->len;
	}
	ts_sip_emit(call->ua, &event);
	ts_sip_body_fini(&body);
	g_queue_clear_full(&call->early, ts_sip_early_free);
}

void ts_sip_dial_answered(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_timer_fields fields;
	bool first = call->state == TS_SIP_C_DIALLING;
	if (first) call->answered_ns = ts_now_ns();
	if (first && !ts_sip_dialog_establish(call->dialog, msg)) {
		ts_sip_call_drop(call, 502, "bad-answer", false);
		return;
	}
	const struct ts_sip_early *early = first ? ts_sip_early_of(call, msg) : NULL;
	if (early && early->dialog) { /* their numbers go on */
		call->dialog->asked = early->dialog->asked;
		call->dialog->rseq = early->dialog->rseq;
	}
	if (!first) ts_sip_dialog_refresh(call->dialog, msg);
	if (call->dialog->dialled) ts_sip_call_note_peer(call, ts_sip_source(call->ua, msg));
	if (ts_sip_is_inner(&msg->src)) call->conn = ts_sip_conns_of(call->ua->conns, msg);
	call->state = TS_SIP_C_UP;
	call->challenges = 0;
	ts_sip_ack(call, msg->cseq.num);
	if (call->cancelled) { /* the 2xx crossed our CANCEL: RFC 3261 9.1 */
		ts_sip_call_bye(call, "cancelled");
		return;
	}
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW))
		call->peer_updates = sip_msg_hdr_has_value(msg, SIP_HDR_ALLOW, "UPDATE");
	ts_sip_read_timer(&fields, msg);
	ts_sip_timer_read(&call->timer, &fields, &call->ua->config->timer);
	ts_sip_timer_start(call, true);
	emit_answer(call, msg, first);
}

static void on_retry(void *arg)
{
	struct ts_sip_call *call = arg;
	if (ts_sip_send_invite(call)) ts_sip_call_bye(call, "send-failed");
}

/* A refresh that was refused leaves the call as it was (RFC 3261 14.1), unless the peer knows
 * nothing of it. */
static void on_refused(struct ts_sip_call *call, const struct sip_msg *msg)
{
	char reason[TS_SIP_TEXT_MAX];
	ts_sip_text(reason, sizeof(reason), &msg->reason);
	if (call->state == TS_SIP_C_DIALLING) ts_sip_note_reason(call, msg);
	if (call->state == TS_SIP_C_DIALLING)
		ts_sip_call_drop(call, msg->scode, reason, true);
	else if (msg->scode == 408 || msg->scode == 481)
		ts_sip_call_bye(call, "session-expired");
	else if (msg->scode == 491) /* whose Call-ID it is waits longer: 14.1 */
		tmr_start(&call->retry_timer,
			call->dialog->dialled ? 2100 + rand_u16() % 1900 : rand_u16() % 2000,
			on_retry, call);
}

/* ---- 3xx (RFC 3261 8.1.3.4) */

struct contacts {
	const struct ts_sip_call *call;
	char best[TS_SIP_TEXT_MAX];
	double q;
};

/* 1 where it is not said (RFC 3261 20.10 leaves that open). */
static double preference_of(const struct sip_addr *addr)
{
	struct pl value;
	char text[16];
	if (msg_param_decode(&addr->params, "q", &value) || pl_strcpy(&value, text, sizeof(text)))
		return 1;
	return g_ascii_strtod(text, NULL);
}

/* What may stand in a Contact, but in no Request-URI: headers and the method (RFC 3261 19.1.1,
 * table 1). */
static void drop_not_for_uris(char *uri)
{
	char *end, *method;
	uri[strcspn(uri, "?")] = '\0';
	while ((method = strcasestr(uri, ";method="))) {
		end = method + 1 + strcspn(method + 1, ";");
		memmove(method, end, strlen(end) + 1);
	}
}

static bool weigh_contact(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct contacts *contacts = arg;
	const struct ts_sip_call *call = contacts->call;
	char text[TS_SIP_TEXT_MAX], local[TS_SIP_ADDR_MAX];
	struct sip_addr addr;
	(void)msg;
	if (sip_addr_decode(&addr, &header->val) || pl_strcpy(&addr.auri, text, sizeof(text)))
		return false;
	drop_not_for_uris(text);
	double q = preference_of(&addr);
	if (q <= contacts->q || ts_sip_ua_local(call->ua, text, local) ||
		!strcmp(text, call->dialog->target))
		return false;
	g_strlcpy(contacts->best, text, sizeof(contacts->best));
	contacts->q = q;
	return false;
}

/* [give]; NULL: none */
static char *host_of(const char *text)
{
	const struct pl pl = {text, strlen(text)};
	struct uri uri;
	return uri_decode(&uri, &pl) ? NULL : g_strndup(uri.host.p, uri.host.l);
}

/* Once. What was said to the proxy to prove who we are is not said again. */
static bool redirect(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct contacts contacts = {.call = call};
	if (call->state != TS_SIP_C_DIALLING || call->cancelled || call->redirected || call->way ||
		!call->ua->config->follow_redirects)
		return false;
	if (msg->scode != 300 && msg->scode != 301 && msg->scode != 302) return false;
	sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, weigh_contact, &contacts);
	if (!*contacts.best) return false;
	call->redirected = true;
	call->no_credentials = true;
	call->challenged = false;
	if (!call->to_proxy) {
		g_free(call->host);
		call->host = host_of(contacts.best);
	}
	char shown[TS_SIP_TEXT_MAX];
	ts_sip_uri_shown(shown, sizeof(shown), contacts.best);
	ts_info("sip call redirected", "to=%s", TS_LOG_STR(shown));
	ts_sip_dialog_redirect(call->dialog, contacts.best);
	g_queue_clear_full(&call->early, ts_sip_early_free);
	return !ts_sip_send_invite(call);
}

/* 3xx, 401, 407, 422: the same again elsewhere, or with what was missing. False: not to be
 * helped. */
static bool try_again(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_timer_fields fields;
	if (msg->scode < 400) return redirect(call, msg);
	if (call->cancelled || call->challenges++ >= CHALLENGES_MAX) return false;
	if (msg->scode == 401 || msg->scode == 407) {
		if (!ts_sip_challenged(call, msg)) return false;
	} else if (msg->scode == 422) {
		ts_sip_read_timer(&fields, msg);
		call->min_se_s = fields.min_s;
	} else {
		return false;
	}
	return !ts_sip_send_invite(call);
}

/* Whatever is the matter with the network or the address is told in the same words: who may have
 * calls made shall not learn from them which ports of which hosts are open. */
static void on_unreachable(struct ts_sip_call *call, int err)
{
	ts_info("sip call failed", "error=%s", strerror(err));
	if (call->state != TS_SIP_C_DIALLING)
		ts_sip_call_bye(call, "session-expired");
	else if (call->cancelled)
		ts_sip_call_drop(call, 487, "cancelled", false);
	else
		ts_sip_call_drop(call, 503, "unreachable", false);
}

/* Not each repetition of the same one. */
void ts_sip_dial_provisional(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_event event = {
		.type = TS_SIP_PROGRESS, .call = call->key, .code = msg->scode};
	if (msg->scode == 100 || call->state != TS_SIP_C_DIALLING) return;
	if (!ts_sip_early_take(call, msg) || call->progress == msg->scode) return;
	call->progress = msg->scode;
	ts_sip_text(event.reason, sizeof(event.reason), &msg->reason);
	ts_sip_emit(call->ua, &event);
}

/* ---- along the hops of a trunk */

/* Elsewhere, as nobody there has said anything, or that it takes no calls. */
static bool go_on(struct ts_sip_call *call)
{
	if (!call->way || call->state != TS_SIP_C_DIALLING || call->cancelled ||
		!ts_sip_way_next(call->way))
		return false;
	ts_info("sip call next", "hop=%zu", call->way->at);
	call->challenged = false;
	call->challenges = 0;
	return !ts_sip_send_invite(call);
}

static void on_silence(void *arg)
{
	struct ts_sip_call *call = arg;
	call->invite = mem_deref(call->invite);
	if (!go_on(call)) ts_sip_call_drop(call, 503, "unreachable", false);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_call *call = arg;
	tmr_cancel(&call->way_timer);
	if (err ? go_on(call) : msg->scode == 503 && go_on(call)) return;
	if (err)
		on_unreachable(call, err);
	else if (msg->scode < 200)
		ts_sip_dial_provisional(call, msg);
	else if (msg->scode < 300)
		ts_sip_dial_answered(call, msg);
	else if (!try_again(call, msg))
		on_refused(call, msg);
}

char *ts_sip_invite_rest(const struct ts_sip_call *call)
{
	uint32_t expires_s = call->timer.interval_s ? call->timer.interval_s
						    : call->ua->config->timer.expires_s;
	/* a refresh of ours says that it stays so: RFC 4028 7.4 */
	bool up = call->state == TS_SIP_C_UP;
	char timer[120] = "";
	if (expires_s < call->min_se_s) expires_s = call->min_se_s;
	if (expires_s && call->min_se_s > MIN_SE_DEFAULT_S)
		g_snprintf(timer, sizeof(timer), "Session-Expires: %u%s\r\nMin-SE: %u\r\n",
			expires_s, up ? ";refresher=uac" : "", call->min_se_s);
	else if (expires_s)
		g_snprintf(timer, sizeof(timer), "Session-Expires: %u%s\r\n", expires_s,
			up ? ";refresher=uac" : "");
	return g_strdup_printf(TS_SIP_ALLOW TS_SIP_SUPPORTED "%s%sContent-Type: " TS_SIP_SDP
							     "\r\nContent-Length: %zu\r\n\r\n%s",
		timer, !up && call->headers ? call->headers : "", strlen(call->offer), call->offer);
}

int ts_sip_send_invite(struct ts_sip_call *call)
{
	g_autofree char *rest = ts_sip_invite_rest(call);
	const bool others = call->way && call->state == TS_SIP_C_DIALLING &&
		call->way->at + 1 < call->way->n;
	if (others) tmr_start(&call->way_timer, SILENCE_MS, on_silence, call);
	return ts_sip_request(call, &call->invite, "INVITE", on_response, rest);
}

/* ---- whom we call */

/* "sip:tessera@HOST" of the address we call from, or of the proxy's domain with its user. */
static void print_from(
	const struct ts_sip_ua *ua, const struct ts_sip_way *way, char *out, size_t cap)
{
	const struct ts_sip_config *config = ua->config;
	const struct pl proxy = {config->proxy, strlen(config->proxy)};
	const char *host = *config->advertise ? config->advertise : config->listen[0].address;
	struct uri uri;
	if (way && way->trunk)
		g_snprintf(out, cap, "sip:%s@%s", way->trunk->user, way->trunk->domain);
	else if (*config->proxy && *config->proxy_user && !uri_decode(&uri, &proxy))
		re_snprintf(out, cap,
			pl_strchr(&uri.host, ':') && *uri.host.p != '[' ? "sip:%s@[%r]"
									: "sip:%s@%r",
			config->proxy_user, &uri.host);
	else
		re_snprintf(
			out, cap, strchr(host, ':') ? "sip:tessera@[%s]" : "sip:tessera@%s", host);
}

/* A quoted string of RFC 3261 25.1. */
static void print_quotable(char *out, size_t cap, const char *name)
{
	size_t n = 0;
	for (; name && *name && n + 1 < cap; name++)
		if (*name != '"' && *name != '\\' && (unsigned char)*name >= ' ' && *name != 0x7f)
			out[n++] = *name;
	out[n] = '\0';
}

static void emit_failure(struct ts_sip_ua *ua, uint64_t key, int code, const char *reason)
{
	struct ts_sip_event event = {.type = TS_SIP_ENDED, .call = key, .code = code};
	g_strlcpy(event.reason, reason, sizeof(event.reason));
	ts_sip_emit(ua, &event);
}

static struct ts_sip_way *way_of(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	if (command->by_trunk) return ts_sip_trunks_way(ua->trunks, command->by_trunk);
	return command->hop ? ts_sip_way_to(command->hop) : NULL;
}

/* [give] The name that a certificate must be for. Of a phone there is none: it came to us. */
static char *host_of_way(const struct ts_sip_way *way)
{
	char host[TS_SIP_TEXT_MAX];
	uint16_t port;
	if (!way->trunk) return NULL;
	const char *via = *way->trunk->proxy ? way->trunk->proxy : way->trunk->registrar;
	return ts_trunk_host_split(via, host, sizeof(host), &port) ? g_strdup(host) : NULL;
}

void ts_sip_dial(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	const char *proxy = ua->config->proxy;
	char from[TS_SIP_TEXT_MAX], name[TS_SIP_TEXT_MAX];
	if (atomic_load(&ua->closing)) {
		emit_failure(ua, command->call, 503, "stopping");
		return;
	}
	struct ts_sip_way *way = way_of(ua, command);
	if (!way && (command->by_trunk || command->hop)) {
		emit_failure(ua, command->call, 503, "no-trunk");
		return;
	}
	print_from(ua, way, from, sizeof(from));
	print_quotable(name, sizeof(name), command->name);
	struct ts_sip_dialog *dialog = ts_sip_dialog_alloc(command->text, name, from);
	if (!dialog) {
		ts_sip_way_free(way);
		emit_failure(ua, command->call, 400, "bad-uri");
		return;
	}
	if (way ? way->trunk && *way->trunk->proxy : *proxy) {
		g_free(dialog->routes);
		dialog->routes = g_strdup_printf(
			way ? "Route: <sip:%s;lr>\r\n" : "Route: <%s;lr>\r\n",
			way ? way->trunk->proxy : proxy);
	}
	struct ts_sip_call *call = ts_sip_call_new(ua, command->call, dialog);
	call->state = TS_SIP_C_DIALLING;
	call->offer = g_strdup(command->sdp);
	call->headers = g_strdup(command->headers);
	call->to_proxy = !way && *proxy;
	call->way = way;
	call->host = way ? host_of_way(way) : host_of(*proxy ? proxy : command->text);
	if (command->phones) call->branches = ts_sip_branches_new(call, command->phones);
	const int rc = call->branches ? ts_sip_branches_send(call->branches)
				      : ts_sip_send_invite(call);
	if (rc && !go_on(call)) ts_sip_call_drop(call, 503, "unreachable", false);
}
