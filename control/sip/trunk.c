#include "control/sip/trunk.h"
#include "base/log.h"
#include "base/random.h"
#include "control/sip/trunk_core.h"
#include <string.h>

enum { STATIC_LOOKUP_MS = 300 * 1000 };

/* ---- what control is told */

void ts_trunk_emit(struct ts_sip_trunk *t)
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

void ts_trunk_note(struct ts_sip_trunk *t, int code, const char *reason)
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
	ts_trunk_flow_end(t);
	mem_deref(t->locate);
	mem_deref(t->request);
	mem_deref(t->options);
	ts_trunk_config_unref(t->config);
	g_free(t);
}

void ts_trunk_left(struct ts_sip_trunk *t)
{
	struct ts_sip_ua *ua = t->all->ua;
	g_ptr_array_remove_fast(t->all->leaving, t);
	ts_sip_maybe_closed(ua);
}

void ts_trunk_left_in_vain(void *arg)
{
	ts_trunk_left(arg);
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
	ts_trunk_flow_end(t);
	if (t->bound && t->n_hops) {
		tmr_start(&t->timer, 2000, ts_trunk_left_in_vain, t);
		t->challenges = 0;
		ts_trunk_register(t);
	} else {
		ts_trunk_left(t);
	}
}

/* ---- waiting */

static void on_timer(void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (t->plan.state == TS_TRUNK_REGISTERED) {
		t->challenges = 0;
		ts_trunk_register(t);
	} else {
		ts_trunk_begin(t);
	}
}

void ts_trunk_wait(struct ts_sip_trunk *t, uint32_t ms)
{
	t->wait_ms = ms;
	tmr_start(&t->timer, ms, on_timer, t);
}

void ts_trunk_failed(struct ts_sip_trunk *t, uint32_t retry_after_s)
{
	tmr_cancel(&t->answer_timer);
	if (t->leaving) {
		ts_trunk_left(t);
		return;
	}
	if (!*t->config->registrar) {
		ts_trunk_wait(t, ts_trunk_plan_failed(&t->plan, 0, ts_random_u32()));
		t->plan.state = TS_TRUNK_STATIC;
	} else {
		ts_trunk_wait(t, ts_trunk_plan_failed(&t->plan, retry_after_s, ts_random_u32()));
	}
	ts_log_limited(TS_LOG_WARN, "sip trunk failed", "trunk=%s code=%d reason=%s next_s=%u",
		t->config->name, t->code, TS_LOG_STR(t->reason), t->wait_ms / 1000);
	ts_trunk_emit(t);
}

/* Another server, if there is one that was not tried this time. */
void ts_trunk_try_next(struct ts_sip_trunk *t, uint32_t retry_after_s)
{
	if (!t->leaving && t->at_hop + 1 < t->n_hops) {
		t->at_hop++;
		t->challenged = false;
		t->challenges = 0;
		ts_info("sip trunk next", "trunk=%s code=%d reason=%s", t->config->name, t->code,
			TS_LOG_STR(t->reason));
		ts_trunk_register(t);
	} else {
		ts_trunk_failed(t, retry_after_s);
	}
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
		ts_trunk_note(t, 0, forbidden ? "sip.dial" : n ? "no-listener" : "not-found");
		ts_trunk_failed(t, 0);
		return;
	}
	t->challenged = false;
	t->challenges = 0;
	if (*t->config->registrar) {
		ts_trunk_register(t);
		return;
	}
	t->plan.failures = 0;
	ts_trunk_note(t, 0, "");
	ts_trunk_wait(t, STATIC_LOOKUP_MS);
	ts_trunk_emit(t);
}

void ts_trunk_begin(struct ts_sip_trunk *t)
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
		ts_trunk_emit(t);
	}
	if (ts_locate(&t->locate, t->all->ua->dns, &ask, on_located, t)) {
		ts_trunk_note(t, 0, "not-found");
		ts_trunk_failed(t, 0);
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
	ts_trunk_ping_later(t);
	ts_trunk_begin(t);
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
