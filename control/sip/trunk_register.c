/* REGISTER of a trunk: what is sent, and what is made of its responses. */
#include "base/log.h"
#include "base/random.h"
#include "control/sip/trunk_core.h"
#include <errno.h>
#include <string.h>

enum {
	GRANTED_MS = 30000, /* a server that said 100 */
	CHALLENGES_MAX = 3,
};

static void on_no_answer(void *arg)
{
	struct ts_sip_trunk *t = arg;
	t->request = mem_deref(t->request);
	ts_trunk_note(t, 408, "no-answer");
	ts_trunk_try_next(t, 0);
}

/* ---- responses to REGISTER */

static uint32_t seconds_of(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, id);
	return header ? pl_u32(&header->val) : 0; /* "120 (maintenance);duration=60": the digits */
}

struct granted {
	const struct ts_sip_trunk *trunk;
	uint32_t seconds;
};

/* Of all contacts of the account ours alone counts. */
static bool read_contact(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct granted *granted = arg;
	struct sip_addr addr;
	struct pl value;
	(void)msg;
	if (sip_addr_decode(&addr, &header->val) ||
		pl_strcmp(&addr.uri.user, granted->trunk->token) != 0 ||
		msg_param_decode(&addr.params, "expires", &value))
		return false;
	granted->seconds = pl_u32(&value);
	return true;
}

static void on_registered(struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	struct granted granted = {t, 0};
	const bool again = t->plan.state == TS_TRUNK_REGISTERED && !*t->reason;
	if (t->leaving) {
		ts_trunk_left(t);
		return;
	}
	sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, read_contact, &granted);
	if (!granted.seconds) granted.seconds = seconds_of(msg, SIP_HDR_EXPIRES);
	t->bound = true;
	t->challenges = 0;
	ts_trunk_note(t, msg->scode, "");
	ts_trunk_wait(t, ts_trunk_plan_ok(&t->plan, granted.seconds, ts_random_u32()));
	t->granted_s = granted.seconds ? granted.seconds : t->plan.expires_s;
	ts_trunk_flow_begin(t, msg);
	if (!again)
		ts_info("sip trunk registered", "trunk=%s expires_s=%u", t->config->name,
			t->granted_s);
	ts_trunk_emit(t);
}

struct choice {
	struct ts_sip_trunk *trunk;
	struct ts_digest_challenge best;
	bool other_realm, unreadable;
};

static bool is_realm_ours(struct ts_sip_trunk *t, const char *realm)
{
	if (*t->config->realm) return !strcmp(t->config->realm, realm);
	if (!*t->realm) g_strlcpy(t->realm, realm, sizeof(t->realm));
	return !strcmp(t->realm, realm);
}

static bool weigh(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct choice *choice = arg;
	struct ts_digest_challenge one;
	(void)msg;
	if (!ts_digest_challenge_read(&one, header->val.p, header->val.l))
		choice->unreadable = true; /* another scheme, auth-int alone */
	else if (!is_realm_ours(choice->trunk, one.realm))
		choice->other_realm = true;
	else if (ts_digest_is_better(&one, &choice->best))
		choice->best = one;
	return false;
}

static void refused(struct ts_sip_trunk *t)
{
	if (t->leaving) {
		ts_trunk_left(t);
		return;
	}
	t->wait_ms = 0;
	tmr_cancel(&t->timer);
	ts_warn("sip trunk refused", "trunk=%s code=%d why=password", t->config->name, t->code);
	ts_trunk_emit(t);
}

static void on_challenge(struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	struct choice choice = {.trunk = t};
	const bool answered = t->challenged && t->nc > 0;
	t->by_proxy = msg->scode == 407;
	sip_msg_hdr_apply(msg, true,
		t->by_proxy ? SIP_HDR_PROXY_AUTHENTICATE : SIP_HDR_WWW_AUTHENTICATE, weigh,
		&choice);
	if (choice.best.algorithm == TS_DIGEST_NONE) {
		ts_trunk_note(t, msg->scode,
			choice.other_realm ? "other-realm" : "challenge-unsupported");
		ts_trunk_failed(t, 0);
		return;
	}
	if (!*t->config->password) {
		ts_trunk_note(t, msg->scode, "no-password");
		ts_trunk_failed(t, 0);
		return;
	}
	/* a nonce of the registration before may be old, and need not be called so: one that was
	 * made for this request may not */
	if (answered && t->challenges > 0 && !choice.best.stale) {
		ts_trunk_note(t, msg->scode, "wrong-password");
		if (!ts_trunk_plan_wrong(&t->plan)) {
			refused(t);
			return;
		}
	}
	if (++t->challenges > CHALLENGES_MAX) {
		ts_trunk_note(t, msg->scode, "challenged-again");
		ts_trunk_failed(t, 0);
		return;
	}
	t->challenge = choice.best;
	t->challenged = true;
	t->nc = 0;
	ts_trunk_register(t);
}

static void on_refused(struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	char reason[TS_SIP_TEXT_MAX];
	const struct sip_hdr *min = sip_msg_hdr(msg, SIP_HDR_MIN_EXPIRES);
	const uint32_t retry_after_s = seconds_of(msg, SIP_HDR_RETRY_AFTER);
	ts_sip_text(reason, sizeof(reason), &msg->reason);
	ts_trunk_note(t, msg->scode, reason);
	if (msg->scode == 423 && min && ts_trunk_plan_too_brief(&t->plan, pl_u32(&min->val))) {
		ts_trunk_register(t);
	} else if (msg->scode == 403 && t->challenged && t->nc > 0) {
		ts_trunk_note(t, 403, "wrong-password");
		if (ts_trunk_plan_wrong(&t->plan))
			ts_trunk_failed(t, retry_after_s);
		else
			refused(t);
	} else if (msg->scode == 503 || msg->scode == 408 || msg->scode == 500) {
		ts_trunk_try_next(t, retry_after_s);
	} else {
		ts_trunk_failed(t, retry_after_s);
	}
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (!err && msg->scode < 200) {
		tmr_start(&t->answer_timer, GRANTED_MS, on_no_answer, t);
		return;
	}
	tmr_cancel(&t->answer_timer);
	if (err) {
		ts_trunk_note(t, 0, err == ETIMEDOUT ? "no-answer" : "unreachable");
		ts_trunk_try_next(t, 0);
	} else if (msg->scode < 300) {
		on_registered(t, msg);
	} else if (msg->scode == 401 || msg->scode == 407) {
		on_challenge(t, msg);
	} else {
		on_refused(t, msg);
	}
}

/* ---- requests */

static int on_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct ts_sip_trunk *t = arg;
	char contact[256];
	if (!ts_trunk_may_send(t, tp, dst)) return EACCES;
	int err = ts_sip_print_ours(t->all->ua, tp, src, dst, mb);
	if (!err) err = ts_trunk_flow_alias(tp, mb);
	if (err) return err;
	ts_sip_print_contact(t->all->ua, tp, src, dst, t->token, contact, sizeof(contact));
	return mbuf_write_str(mb, contact);
}

static int write_credentials(struct ts_sip_trunk *t, struct mbuf *mb, const char *uri)
{
	struct ts_digest_answer answer = {.nc = ++t->nc};
	char text[2048];
	g_strlcpy(answer.username, *t->config->auth_user ? t->config->auth_user : t->config->user,
		sizeof(answer.username));
	g_strlcpy(answer.uri, uri, sizeof(answer.uri));
	g_snprintf(
		answer.cnonce, sizeof(answer.cnonce), "%08x%08x", ts_random_u32(), ts_random_u32());
	if (!ts_digest_answer_write(
		    text, sizeof(text), &t->challenge, &answer, t->config->password, "REGISTER"))
		return 0;
	int err = mbuf_printf(
		mb, "%s: %s\r\n", t->by_proxy ? "Proxy-Authorization" : "Authorization", text);
	explicit_bzero(text, sizeof(text));
	return err;
}

void ts_trunk_register(struct ts_sip_trunk *t)
{
	char uri[TS_TRUNK_TEXT_MAX + 8], to[2 * TS_TRUNK_TEXT_MAX + 8];
	struct mbuf *mb = mbuf_alloc(1024);
	g_snprintf(uri, sizeof(uri), "sip:%s", t->config->domain);
	g_snprintf(to, sizeof(to), "sip:%s@%s", t->config->user, t->config->domain);
	t->request = mem_deref(t->request);
	t->cseq++;
	if (!t->leaving && t->plan.state != TS_TRUNK_REGISTERED)
		t->plan.state = TS_TRUNK_REGISTERING;
	int err = mb ? ts_trunk_write_head(t, mb, "REGISTER", t->tag, to) : ENOMEM;
	if (!err && t->challenged) err = write_credentials(t, mb, uri);
	if (!err)
		err = mbuf_printf(mb, "Expires: %u\r\n" TS_SIP_ALLOW TS_SIP_NO_BODY,
			t->leaving ? 0 : t->plan.expires_s);
	if (!err) err = ts_trunk_send(t, &t->request, "REGISTER", uri, mb, on_response, on_send);
	mem_deref(mb);
	if (!t->leaving) tmr_start(&t->answer_timer, err ? 0 : TS_TRUNK_ANSWER_MS, on_no_answer, t);
	if (err && t->leaving) tmr_start(&t->timer, 0, ts_trunk_left_in_vain, t);
}
