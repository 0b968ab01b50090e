/* INVITEs of ours: those that make a call, and those that refresh one. */
#include "base/error.h"
#include "control/sip/core.h"
#include <errno.h>
#include <string.h>

enum { CHALLENGES_MAX = 2, MIN_SE_DEFAULT_S = 90 };

static int on_credentials(char **user, char **password, const char *realm, void *arg)
{
	const struct ts_sip_ua *ua = arg;
	(void)realm;
	if (!*ua->config->proxy_user) return EAUTH;
	return str_dup(user, ua->config->proxy_user) || str_dup(password, ua->config->proxy_password) ? ENOMEM : 0;
}

void ts_sip_ack(struct ts_sip_call *call, uint32_t cseq)
{
	sip_drequestf(NULL, call->ua->sip, false, "ACK", call->dialog, cseq, call->auth, ts_sip_on_send_alone, NULL,
		call->ua, "Content-Length: 0\r\n\r\n");
}

static void on_answered(struct ts_sip_call *call, const struct sip_msg *msg)
{
	const struct sip_hdr *agent = sip_msg_hdr(msg, SIP_HDR_SERVER);
	struct ts_sip_timer_fields fields;
	struct ts_sip_event event = {.type = TS_SIP_ANSWER, .call = call->key, .code = msg->scode};
	bool first = call->state == TS_SIP_C_DIALLING;
	if (first && sip_dialog_create(call->dialog, msg)) {
		ts_sip_call_drop(call, 502, "bad-answer", false);
		return;
	}
	if (!first) sip_dialog_update(call->dialog, msg);
	call->state = TS_SIP_C_UP;
	call->challenges = 0;
	ts_sip_ack(call, msg->cseq.num);
	if (call->cancelled) { /* the 2xx crossed our CANCEL: RFC 3261 9.1 */
		ts_sip_call_bye(call, "cancelled");
		return;
	}
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW)) call->peer_updates = sip_msg_hdr_has_value(msg, SIP_HDR_ALLOW, "UPDATE");
	ts_sip_read_timer(&fields, msg);
	ts_sip_timer_take(&call->timer, &fields);
	ts_sip_timer_start(call, true);
	if (!agent) agent = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	if (agent) ts_sip_text(event.agent, sizeof(event.agent), &agent->val);
	sa_ntop(&msg->src, event.address, sizeof(event.address));
	if (mbuf_get_left(msg->mb)) {
		event.sdp = (const char *)mbuf_buf(msg->mb);
		event.sdp_len = mbuf_get_left(msg->mb);
	}
	ts_sip_emit(call->ua, &event);
}

static void on_retry(void *arg)
{
	struct ts_sip_call *call = arg;
	if (ts_sip_send_invite(call)) ts_sip_call_bye(call, "send-failed");
}

/* A refresh that was refused leaves the call as it was (RFC 3261 14.1), unless the peer knows nothing of it. */
static void on_refused(struct ts_sip_call *call, const struct sip_msg *msg)
{
	char reason[TS_SIP_TEXT_MAX];
	ts_sip_text(reason, sizeof(reason), &msg->reason);
	if (call->state == TS_SIP_C_DIALLING)
		ts_sip_call_drop(call, msg->scode, reason, true);
	else if (msg->scode == 408 || msg->scode == 481)
		ts_sip_call_bye(call, "session-expired");
	else if (msg->scode == 491)
		tmr_start(&call->retry_timer, 2100 + rand_u16() % 1900, on_retry, call);
}

/* 401, 407, 422: the same again with what was missing. False: not to be helped. */
static bool try_again(struct ts_sip_call *call, const struct sip_msg *msg)
{
	struct ts_sip_timer_fields fields;
	if (call->cancelled || call->challenges++ >= CHALLENGES_MAX) return false;
	if (msg->scode == 401 || msg->scode == 407) {
		if (sip_auth_authenticate(call->auth, msg)) return false;
	} else if (msg->scode == 422) {
		ts_sip_read_timer(&fields, msg);
		call->min_se_s = fields.min_s;
	} else {
		return false;
	}
	return !ts_sip_send_invite(call);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_call *call = arg;
	struct ts_sip_event event = {.type = TS_SIP_PROGRESS, .call = call->key};
	if (err) {
		if (call->state == TS_SIP_C_DIALLING)
			ts_sip_call_drop(call,
				call->cancelled            ? 487
					: err == ETIMEDOUT ? 408
							   : 503,
				call->cancelled ? "cancelled" : strerror(err), false);
		else
			ts_sip_call_bye(call, "session-expired");
		return;
	}
	if (msg->scode < 200) {
		if (msg->scode == 100 || call->state != TS_SIP_C_DIALLING) return;
		event.code = msg->scode;
		ts_sip_text(event.reason, sizeof(event.reason), &msg->reason);
		ts_sip_emit(call->ua, &event);
		return;
	}
	if (msg->scode < 300)
		on_answered(call, msg);
	else if (!try_again(call, msg))
		on_refused(call, msg);
}

int ts_sip_send_invite(struct ts_sip_call *call)
{
	uint32_t expires_s = call->timer.interval_s ? call->timer.interval_s : call->ua->config->timer.expires_s;
	char timer[120] = "";
	size_t len = strlen(call->offer);
	if (expires_s < call->min_se_s) expires_s = call->min_se_s;
	if (expires_s && call->min_se_s > MIN_SE_DEFAULT_S)
		g_snprintf(timer, sizeof(timer), "Session-Expires: %u\r\nMin-SE: %u\r\n", expires_s, call->min_se_s);
	else if (expires_s)
		g_snprintf(timer, sizeof(timer), "Session-Expires: %u\r\n", expires_s);
	int err = sip_drequestf(&call->invite, call->ua->sip, true, "INVITE", call->dialog, 0, call->auth,
		ts_sip_on_send, on_response, call,
		TS_SIP_ALLOW "Supported: timer\r\n%sContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		timer, len, call->offer);
	return err ? TS_EIO : 0;
}

/* "sip:tessera@HOST" of the address we call from, or of the proxy's domain with its user. */
static void print_from(const struct ts_sip_ua *ua, char *out, size_t cap)
{
	const struct ts_sip_config *config = ua->config;
	const struct pl proxy = {config->proxy, strlen(config->proxy)};
	struct uri uri;
	if (*config->proxy && *config->proxy_user && !uri_decode(&uri, &proxy))
		re_snprintf(out, cap, "sip:%s@%r", config->proxy_user, &uri.host);
	else
		re_snprintf(out, cap, strchr(config->realm, ':') ? "sip:tessera@[%s]" : "sip:tessera@%s",
			*config->advertise ? config->advertise : config->listen[0].address);
}

/* A quoted string of RFC 3261 25.1. */
static void print_quotable(char *out, size_t cap, const char *name)
{
	size_t n = 0;
	for (; name && *name && n + 1 < cap; name++)
		if (*name != '"' && *name != '\\' && (unsigned char)*name >= ' ' && *name != 0x7f) out[n++] = *name;
	out[n] = '\0';
}

static void tell_failure(struct ts_sip_ua *ua, uint64_t key, int code, const char *reason)
{
	struct ts_sip_event event = {.type = TS_SIP_ENDED, .call = key, .code = code};
	g_strlcpy(event.reason, reason, sizeof(event.reason));
	ts_sip_emit(ua, &event);
}

static char *host_of(const char *text)
{
	const struct pl pl = {text, strlen(text)};
	struct uri uri;
	return uri_decode(&uri, &pl) ? NULL : g_strndup(uri.host.p, uri.host.l);
}

void ts_sip_dial(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	const char *route[] = {ua->config->proxy};
	char from[TS_SIP_TEXT_MAX], name[TS_SIP_TEXT_MAX];
	struct sip_dialog *dialog = NULL;
	print_from(ua, from, sizeof(from));
	print_quotable(name, sizeof(name), command->name);
	if (atomic_load(&ua->closing)) {
		tell_failure(ua, command->call, 503, "stopping");
		return;
	}
	int err = sip_dialog_alloc(
		&dialog, command->text, command->text, *name ? name : NULL, from, route, *ua->config->proxy ? 1 : 0);
	if (err) {
		tell_failure(ua, command->call, 400, "bad-uri");
		return;
	}
	struct ts_sip_call *call = ts_sip_call_new(ua, command->call, dialog);
	call->state = TS_SIP_C_DIALLING;
	call->offer = g_strdup(command->sdp);
	call->host = host_of(*ua->config->proxy ? ua->config->proxy : command->text);
	err = sip_auth_alloc(&call->auth, on_credentials, ua, false);
	if (!err) err = ts_sip_send_invite(call);
	if (err) ts_sip_call_drop(call, 503, "cannot-send", false);
}
