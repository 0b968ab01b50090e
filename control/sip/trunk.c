#include "control/sip/trunk.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "control/sip/core.h"
#include "control/sip/trunk_plan.h"
#include <errno.h>
#include <string.h>

enum {
	ANSWER_MS = 4000,   /* a server that has not answered by then is not waited for */
	GRANTED_MS = 30000, /* one that said 100 */
	STATIC_LOOKUP_MS = 300 * 1000,
	CHALLENGES_MAX = 3,
};

struct ts_sip_trunk {
	struct ts_sip_trunks *all;
	struct ts_trunk_config *config;
	struct ts_trunk_plan plan;
	char token[TS_TRUNK_TOKEN_HEX + 1], tag[17], call_id[40];
	char realm[TS_DIGEST_TEXT_MAX]; /* of the registrar, once it said so */
	char reason[TS_SIP_TEXT_MAX];
	int code, ping; /* ping: -1 not known, 0 down, 1 up */
	uint32_t cseq, wait_ms, granted_s;

	struct ts_locate *locate;
	struct ts_sip_hop hop[TS_LOCATE_MAX];
	size_t n_hops, at_hop;
	struct sip_request *request, *options;
	struct tmr timer, answer_timer, options_timer, options_answer;
	bool leaving, bound; /* bound: the registrar may know us */

	struct ts_digest_challenge challenge;
	bool challenged, by_proxy;
	int challenges; /* in a row */
	uint32_t nc;
};

struct ts_sip_trunks {
	struct ts_sip_ua *ua;
	GPtrArray *list, *leaving; /* of struct ts_sip_trunk */
	bool closing;
};

static void begin(struct ts_sip_trunk *t);
static void send_register(struct ts_sip_trunk *t);
static void send_options(struct ts_sip_trunk *t);

/* ---- what control is told */

static void emit(struct ts_sip_trunk *t)
{
	struct ts_sip_event event = {.type = TS_SIP_TRUNK,
		.code = t->code,
		.trunk_state = t->plan.state,
		.ping = t->ping,
		.wait_ms = t->wait_ms,
		.expires_s = t->plan.state == TS_TRUNK_REGISTERED ? t->granted_s : 0};
	if (t->leaving) return;
	g_strlcpy(event.trunk, t->config->name, sizeof(event.trunk));
	g_strlcpy(event.reason, t->reason, sizeof(event.reason));
	if (t->n_hops) ts_sip_way_print(event.agent, sizeof(event.agent), &t->hop[t->at_hop]);
	ts_sip_emit(t->all->ua, &event);
}

static void note(struct ts_sip_trunk *t, int code, const char *reason)
{
	t->code = code;
	g_strlcpy(t->reason, reason, sizeof(t->reason));
}

/* ---- life */

static void trunk_free(gpointer data)
{
	struct ts_sip_trunk *t = data;
	tmr_cancel(&t->timer);
	tmr_cancel(&t->answer_timer);
	tmr_cancel(&t->options_timer);
	tmr_cancel(&t->options_answer);
	mem_deref(t->locate);
	mem_deref(t->request);
	mem_deref(t->options);
	ts_trunk_config_unref(t->config);
	g_free(t);
}

static void left(struct ts_sip_trunk *t)
{
	struct ts_sip_ua *ua = t->all->ua;
	g_ptr_array_remove_fast(t->all->leaving, t);
	ts_sip_maybe_closed(ua);
}

static void on_left_in_vain(void *arg)
{
	left(arg);
}

static void leave(struct ts_sip_trunk *t)
{
	guint at;
	if (g_ptr_array_find(t->all->list, t, &at)) g_ptr_array_steal_index(t->all->list, at);
	g_ptr_array_add(t->all->leaving, t);
	t->leaving = true;
	t->locate = mem_deref(t->locate);
	t->request = mem_deref(t->request);
	t->options = mem_deref(t->options);
	tmr_cancel(&t->timer);
	tmr_cancel(&t->answer_timer);
	tmr_cancel(&t->options_timer);
	tmr_cancel(&t->options_answer);
	if (t->bound && t->n_hops) {
		tmr_start(&t->timer, 2000, on_left_in_vain, t);
		t->challenges = 0;
		send_register(t);
	} else {
		left(t);
	}
}

/* ---- waiting */

static void on_timer(void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (t->plan.state == TS_TRUNK_REGISTERED) {
		t->challenges = 0;
		send_register(t);
	} else {
		begin(t);
	}
}

static void wait(struct ts_sip_trunk *t, uint32_t ms)
{
	t->wait_ms = ms;
	tmr_start(&t->timer, ms, on_timer, t);
}

static void failed(struct ts_sip_trunk *t, uint32_t retry_after_s)
{
	tmr_cancel(&t->answer_timer);
	if (t->leaving) {
		left(t);
		return;
	}
	if (!*t->config->registrar) {
		wait(t, ts_trunk_plan_failed(&t->plan, 0, ts_random_u32()));
		t->plan.state = TS_TRUNK_STATIC;
	} else {
		wait(t, ts_trunk_plan_failed(&t->plan, retry_after_s, ts_random_u32()));
	}
	ts_log_limited(TS_LOG_WARN, "sip trunk failed", "trunk=%s code=%d reason=%s next_s=%u",
		t->config->name, t->code, TS_LOG_STR(t->reason), t->wait_ms / 1000);
	emit(t);
}

/* Another server, if there is one that was not tried this time. */
static void try_next(struct ts_sip_trunk *t, uint32_t retry_after_s)
{
	if (!t->leaving && t->at_hop + 1 < t->n_hops) {
		t->at_hop++;
		t->challenged = false;
		t->challenges = 0;
		ts_info("sip trunk next", "trunk=%s code=%d reason=%s", t->config->name, t->code,
			TS_LOG_STR(t->reason));
		send_register(t);
	} else {
		failed(t, retry_after_s);
	}
}

static void on_no_answer(void *arg)
{
	struct ts_sip_trunk *t = arg;
	t->request = mem_deref(t->request);
	note(t, 408, "no-answer");
	try_next(t, 0);
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
		left(t);
		return;
	}
	sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, read_contact, &granted);
	if (!granted.seconds) granted.seconds = seconds_of(msg, SIP_HDR_EXPIRES);
	t->bound = true;
	t->challenges = 0;
	note(t, msg->scode, "");
	wait(t, ts_trunk_plan_ok(&t->plan, granted.seconds, ts_random_u32()));
	t->granted_s = granted.seconds ? granted.seconds : t->plan.expires_s;
	if (!again)
		ts_info("sip trunk registered", "trunk=%s expires_s=%u", t->config->name,
			t->granted_s);
	emit(t);
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
		choice->unreadable = true; /* another scheme, auth-int alone, no qop */
	else if (!is_realm_ours(choice->trunk, one.realm))
		choice->other_realm = true;
	else if (one.algorithm > choice->best.algorithm)
		choice->best = one;
	return false;
}

static void refused(struct ts_sip_trunk *t)
{
	if (t->leaving) {
		left(t);
		return;
	}
	t->wait_ms = 0;
	tmr_cancel(&t->timer);
	ts_warn("sip trunk refused", "trunk=%s code=%d why=password", t->config->name, t->code);
	emit(t);
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
		note(t, msg->scode, choice.other_realm ? "other-realm" : "challenge-unsupported");
		failed(t, 0);
		return;
	}
	if (!*t->config->password) {
		note(t, msg->scode, "no-password");
		failed(t, 0);
		return;
	}
	/* a nonce of the registration before may be old, and need not be called so: one that was
	 * made for this request may not */
	if (answered && t->challenges > 0 && !choice.best.stale) {
		note(t, msg->scode, "wrong-password");
		if (!ts_trunk_plan_wrong(&t->plan)) {
			refused(t);
			return;
		}
	}
	if (++t->challenges > CHALLENGES_MAX) {
		note(t, msg->scode, "challenged-again");
		failed(t, 0);
		return;
	}
	t->challenge = choice.best;
	t->challenged = true;
	t->nc = 0;
	send_register(t);
}

static void on_refused(struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	char reason[TS_SIP_TEXT_MAX];
	const struct sip_hdr *min = sip_msg_hdr(msg, SIP_HDR_MIN_EXPIRES);
	const uint32_t retry_after_s = seconds_of(msg, SIP_HDR_RETRY_AFTER);
	ts_sip_text(reason, sizeof(reason), &msg->reason);
	note(t, msg->scode, reason);
	if (msg->scode == 423 && min && ts_trunk_plan_too_brief(&t->plan, pl_u32(&min->val))) {
		send_register(t);
	} else if (msg->scode == 403 && t->challenged && t->nc > 0) {
		note(t, 403, "wrong-password");
		if (ts_trunk_plan_wrong(&t->plan))
			failed(t, retry_after_s);
		else
			refused(t);
	} else if (msg->scode == 503 || msg->scode == 408 || msg->scode == 500) {
		try_next(t, retry_after_s);
	} else {
		failed(t, retry_after_s);
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
		note(t, 0, err == ETIMEDOUT ? "no-answer" : "unreachable");
		try_next(t, 0);
	} else if (msg->scode < 300) {
		on_registered(t, msg);
	} else if (msg->scode == 401 || msg->scode == 407) {
		on_challenge(t, msg);
	} else {
		on_refused(t, msg);
	}
}

/* ---- requests */

static bool may_send(struct ts_sip_trunk *t, enum sip_transp tp, const struct sa *to)
{
	char host[256], peer[80];
	uint16_t port;
	const char *via = *t->config->proxy ? t->config->proxy : t->config->registrar;
	if (tp != SIP_TRANSP_TLS || !t->all->ua->tls_clients) return true;
	if (!ts_trunk_host_split(via, host, sizeof(host), &port)) return false;
	re_snprintf(peer, sizeof(peer), "%J", to);
	return ts_tls_clients_expect(t->all->ua->tls_clients, peer, host);
}

static int on_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct ts_sip_trunk *t = arg;
	char contact[256];
	if (!may_send(t, tp, dst)) return EACCES;
	int err = ts_sip_print_ours(t->all->ua, tp, src, dst, mb);
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

static int write_head(const struct ts_sip_trunk *t, struct mbuf *mb, const char *method,
	const char *tag, const char *to)
{
	const struct ts_trunk_config *c = t->config;
	int err = mbuf_printf(mb, "Max-Forwards: 70\r\n");
	if (*c->proxy) err |= mbuf_printf(mb, "Route: <sip:%s;lr>\r\n", c->proxy);
	return err |
		mbuf_printf(mb,
			"To: <%s>\r\nFrom: <sip:%s@%s>;tag=%s\r\nCall-ID: %s%s\r\n"
			"CSeq: %u %s\r\nUser-Agent: %s\r\n",
			to, c->user, c->domain, tag, t->call_id, *method == 'O' ? "o" : "", t->cseq,
			method, t->all->ua->config->software);
}

static int send_to_hop(struct ts_sip_trunk *t, struct sip_request **request, const char *method,
	const char *uri, struct mbuf *mb, sip_resp_h *handler, sip_send_h *sender)
{
	const struct ts_sip_hop *hop = &t->hop[t->at_hop];
	char text[120];
	struct uri route;
	re_snprintf(
		text, sizeof(text), "sip:%J;transport=%s", &hop->addr, sip_transp_name(hop->tp));
	const struct pl pl = {text, strlen(text)};
	if (uri_decode(&route, &pl)) return EINVAL;
	mbuf_set_pos(mb, 0);
	return sip_request(request, t->all->ua->sip, true, method, -1, uri, -1, &route, mb, 0,
		sender, handler, t);
}

static void send_register(struct ts_sip_trunk *t)
{
	char uri[TS_TRUNK_TEXT_MAX + 8], to[2 * TS_TRUNK_TEXT_MAX + 8];
	struct mbuf *mb = mbuf_alloc(1024);
	g_snprintf(uri, sizeof(uri), "sip:%s", t->config->domain);
	g_snprintf(to, sizeof(to), "sip:%s@%s", t->config->user, t->config->domain);
	t->request = mem_deref(t->request);
	t->cseq++;
	if (!t->leaving && t->plan.state != TS_TRUNK_REGISTERED)
		t->plan.state = TS_TRUNK_REGISTERING;
	int err = mb ? write_head(t, mb, "REGISTER", t->tag, to) : ENOMEM;
	if (!err && t->challenged) err = write_credentials(t, mb, uri);
	if (!err)
		err = mbuf_printf(mb, "Expires: %u\r\n" TS_SIP_ALLOW TS_SIP_NO_BODY,
			t->leaving ? 0 : t->plan.expires_s);
	if (!err) err = send_to_hop(t, &t->request, "REGISTER", uri, mb, on_response, on_send);
	mem_deref(mb);
	if (!t->leaving) tmr_start(&t->answer_timer, err ? 0 : ANSWER_MS, on_no_answer, t);
	if (err && t->leaving) tmr_start(&t->timer, 0, on_left_in_vain, t);
}

/* ---- OPTIONS: is the server there? */

static void on_options_timer(void *arg)
{
	send_options(arg);
}

static void plan_options(struct ts_sip_trunk *t)
{
	if (t->config->options_s && !t->leaving)
		tmr_start(&t->options_timer, t->config->options_s * 1000u, on_options_timer, t);
}

static void pinged(struct ts_sip_trunk *t, bool up)
{
	const bool changed = t->ping != (int)up;
	tmr_cancel(&t->options_answer);
	t->ping = up;
	plan_options(t);
	if (changed) emit(t);
	if (up) return;
	/* another server may do it */
	if (t->plan.state == TS_TRUNK_STATIC && t->at_hop + 1 < t->n_hops)
		t->at_hop++;
	else if (t->plan.state == TS_TRUNK_STATIC || t->plan.state == TS_TRUNK_REGISTERED)
		begin(t);
}

static void on_options_silence(void *arg)
{
	struct ts_sip_trunk *t = arg;
	t->options = mem_deref(t->options);
	pinged(t, false);
}

/* Whatever is answered, somebody is there, unless it is a proxy that says nobody is. */
static void on_options(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (!err && msg->scode < 200) return;
	pinged(t, !err && msg->scode != 408 && msg->scode != 503);
}

static int on_send_options(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (!may_send(t, tp, dst)) return EACCES;
	return ts_sip_print_ours(t->all->ua, tp, src, dst, mb);
}

static void send_options(struct ts_sip_trunk *t)
{
	char uri[TS_TRUNK_TEXT_MAX + 8];
	struct mbuf *mb;
	g_snprintf(uri, sizeof(uri), "sip:%s", t->config->domain);
	if (!t->n_hops || !(mb = mbuf_alloc(512))) {
		plan_options(t);
		return;
	}
	char tag[9];
	g_snprintf(tag, sizeof(tag), "%08x", ts_random_u32());
	t->cseq++;
	t->options = mem_deref(t->options);
	int err = write_head(t, mb, "OPTIONS", tag, uri);
	if (!err) err = mbuf_write_str(mb, "Accept: application/sdp\r\n" TS_SIP_NO_BODY);
	if (!err)
		err = send_to_hop(t, &t->options, "OPTIONS", uri, mb, on_options, on_send_options);
	mem_deref(mb);
	tmr_start(&t->options_answer, err ? 0 : ANSWER_MS, on_options_silence, t);
}

/* ---- looking the server up */

/* What nobody may call, and of trunks made over REST what sip.dial does not let us call. */
static bool is_allowed(const struct ts_sip_trunk *t, const struct ts_sip_hop *hop, const char *host)
{
	if (ts_sip_target_never(&hop->addr.u.sa)) return false;
	return t->config->by_file ||
		ts_sip_target_ok(&t->all->ua->target_policy, &hop->addr.u.sa,
			hop->tp == SIP_TRANSP_TLS           ? TS_SIP_TLS
				: hop->tp == SIP_TRANSP_TCP ? TS_SIP_TCP
							    : TS_SIP_UDP,
			host);
}

static bool have_listener(const struct ts_sip_trunk *t, const struct ts_sip_hop *hop)
{
	struct sa local;
	return !sip_transp_laddr(t->all->ua->sip, &local, hop->tp, &hop->addr);
}

static void on_located(void *arg, const struct ts_sip_hop *hop, size_t n)
{
	struct ts_sip_trunk *t = arg;
	char host[256];
	uint16_t port;
	bool forbidden = false;
	const char *via = *t->config->proxy ? t->config->proxy : t->config->registrar;
	if (!ts_trunk_host_split(via, host, sizeof(host), &port)) n = 0;
	t->n_hops = t->at_hop = 0;
	for (size_t i = 0; i < n; i++) {
		if (!have_listener(t, &hop[i])) continue;
		if (is_allowed(t, &hop[i], host))
			t->hop[t->n_hops++] = hop[i];
		else
			forbidden = true;
	}
	if (!t->n_hops) {
		note(t, 0, forbidden ? "sip.dial" : n ? "no-listener" : "not-found");
		failed(t, 0);
		return;
	}
	t->challenged = false;
	t->challenges = 0;
	if (*t->config->registrar) {
		send_register(t);
		return;
	}
	t->plan.failures = 0;
	note(t, 0, "");
	wait(t, STATIC_LOOKUP_MS);
	emit(t);
}

static void begin(struct ts_sip_trunk *t)
{
	struct ts_locate_ask ask = {.transport = t->config->transport};
	char host[256];
	const char *via = *t->config->proxy ? t->config->proxy : t->config->registrar;
	const struct ts_sip_config *config = t->all->ua->config;
	for (size_t i = 0; i < config->n_listen; i++)
		*(strchr(config->listen[i].address, ':') ? &ask.v6 : &ask.v4) = true;
	ask.host = host;
	t->locate = mem_deref(t->locate);
	t->request = mem_deref(t->request);
	t->wait_ms = 0;
	tmr_cancel(&t->timer);
	tmr_cancel(&t->answer_timer);
	if (!ts_trunk_host_split(via, host, sizeof(host), &ask.port)) return;
	if (*t->config->registrar && t->plan.state != TS_TRUNK_REGISTERED) {
		t->plan.state = TS_TRUNK_REGISTERING;
		emit(t);
	}
	if (ts_locate(&t->locate, t->all->ua->dns, &ask, on_located, t)) {
		note(t, 0, "not-found");
		failed(t, 0);
	}
}

/* ---- orders */

static struct ts_sip_trunk *find(const struct ts_sip_trunks *trunks, const char *name)
{
	for (guint i = 0; i < trunks->list->len; i++) {
		struct ts_sip_trunk *t = trunks->list->pdata[i];
		if (!strcmp(t->config->name, name)) return t;
	}
	return NULL;
}

static void add(struct ts_sip_trunks *trunks, struct ts_trunk_config *config)
{
	struct ts_sip_trunk *t = g_new0(struct ts_sip_trunk, 1);
	uint8_t random[26];
	t->all = trunks;
	t->config = ts_trunk_config_ref(config);
	t->ping = -1;
	ts_random_bytes(random, sizeof(random));
	for (size_t i = 0; i < TS_TRUNK_TOKEN_HEX / 2; i++)
		g_snprintf(t->token + 2 * i, 3, "%02x", random[i]);
	g_snprintf(t->tag, sizeof(t->tag), "%08x%08x", ts_random_u32(), ts_random_u32());
	g_snprintf(t->call_id, sizeof(t->call_id), "%08x%08x%08x%08x", ts_random_u32(),
		ts_random_u32(), ts_random_u32(), ts_random_u32());
	ts_trunk_plan_init(&t->plan, config->expires_s);
	if (!*config->registrar) t->plan.state = TS_TRUNK_STATIC;
	g_ptr_array_add(trunks->list, t);
	plan_options(t);
	begin(t);
}

void ts_sip_trunks_order(struct ts_sip_trunks *trunks, const struct ts_sip_command *command)
{
	const bool set = command->type == TS_SIP_DO_TRUNK;
	struct ts_sip_trunk *old = find(trunks, set ? command->trunk->name : command->name);
	if (old) leave(old);
	if (set && !trunks->closing && trunks->list->len < TS_TRUNKS_MAX)
		add(trunks, command->trunk);
}

void ts_sip_trunks_close(struct ts_sip_trunks *trunks)
{
	trunks->closing = true;
	while (trunks->list->len) leave(trunks->list->pdata[trunks->list->len - 1]);
}

bool ts_sip_trunks_gone(const struct ts_sip_trunks *trunks)
{
	return !trunks->list->len && !trunks->leaving->len;
}

struct ts_sip_trunks *ts_sip_trunks_new(struct ts_sip_ua *ua)
{
	struct ts_sip_trunks *trunks = g_new0(struct ts_sip_trunks, 1);
	trunks->ua = ua;
	trunks->list = g_ptr_array_new_with_free_func(trunk_free);
	trunks->leaving = g_ptr_array_new_with_free_func(trunk_free);
	return trunks;
}

void ts_sip_trunks_free(struct ts_sip_trunks *trunks)
{
	if (!trunks) return;
	g_ptr_array_unref(trunks->list);
	g_ptr_array_unref(trunks->leaving);
	g_free(trunks);
}

/* ---- who is of a trunk */

static bool has_address(const struct ts_sip_trunk *t, const struct sa *src)
{
	for (size_t i = 0; i < t->n_hops; i++)
		if (sa_cmp(&t->hop[i].addr, src, SA_ADDR)) return true;
	return false;
}

bool ts_sip_trunks_have(const struct ts_sip_trunks *trunks, const struct sa *src)
{
	for (guint i = 0; trunks && i < trunks->list->len; i++)
		if (has_address(trunks->list->pdata[i], src)) return true;
	return false;
}

static bool takes_by_address(const struct ts_trunk_config *config)
{
	return config->inbound == TS_TRUNK_IN_ADDRESS ||
		(config->inbound == TS_TRUNK_IN_AUTO && !*config->registrar);
}

/* Connections of theirs come from any port. */
static bool is_source(const struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	for (size_t i = 0; i < t->n_hops; i++) {
		const struct ts_sip_hop *hop = &t->hop[i];
		const bool port = hop->tp == SIP_TRANSP_UDP && sa_port(&hop->addr);
		if (hop->tp == msg->tp && sa_cmp(&hop->addr, &msg->src, port ? SA_ALL : SA_ADDR))
			return true;
	}
	return false;
}

bool ts_sip_trunks_match(const struct ts_sip_trunks *trunks, const struct sip_msg *msg,
	struct ts_sip_from_trunk *out)
{
	const struct pl *user = &msg->uri.user;
	const struct ts_sip_trunk *by_address = NULL;
	for (guint i = 0; trunks && i < trunks->list->len; i++) {
		const struct ts_sip_trunk *t = trunks->list->pdata[i];
		if (user->l == TS_TRUNK_TOKEN_HEX &&
			!mem_seccmp((const uint8_t *)user->p, (const uint8_t *)t->token,
				TS_TRUNK_TOKEN_HEX)) {
			*out = (struct ts_sip_from_trunk){t->config, true};
			return true;
		}
		/* of several at one address the one that the number is for, by the account */
		if (takes_by_address(t->config) && is_source(t, msg) &&
			(!by_address || !pl_strcmp(user, t->config->user)))
			by_address = t;
	}
	if (!by_address) return false;
	*out = (struct ts_sip_from_trunk){by_address->config, false};
	return true;
}

struct ts_sip_way *ts_sip_trunks_way(const struct ts_sip_trunks *trunks, const char *name)
{
	const struct ts_sip_trunk *t = find(trunks, name);
	if (!t || !t->n_hops) return NULL;
	struct ts_sip_way *way = g_new0(struct ts_sip_way, 1);
	way->trunk = ts_trunk_config_ref(t->config);
	g_strlcpy(way->realm, t->realm, sizeof(way->realm));
	for (size_t i = 0; i < t->n_hops && way->n < TS_SIP_WAY_MAX; i++)
		way->hop[way->n++] = t->hop[(t->at_hop + i) % t->n_hops];
	return way;
}
