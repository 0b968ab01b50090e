#include "control/sip/registrar.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/sip/bindings.h"
#include "control/sip/conn.h"
#include "control/sip/core.h"
#include "control/sip/name.h"
#include <string.h>

enum {
	PER_S = 10,             /* of an address that proved itself */
	CHALLENGES_PER_S = 100, /* to one that did not */
	AT_ONCE_S = 4,
	ADDRESSES_MAX = 4096,
	EXPIRES_DEFAULT_S = 3600,
};

struct ts_sip_registrar {
	struct ts_sip_ua *ua;
	struct ts_bindings *bindings;
	/* of requests by address; of 401 to datagrams whose source may be forged */
	struct ts_throttle *throttle, *challenges;
};

static struct ts_throttle *throttle_new(int per_s)
{
	return ts_throttle_new(&(struct ts_throttle_config){.period_ns = TS_NS_PER_S / per_s,
		.burst = AT_ONCE_S * per_s,
		.max_addresses = ADDRESSES_MAX});
}

struct ts_sip_registrar *ts_sip_registrar_new(struct ts_sip_ua *ua)
{
	struct ts_sip_registrar *r = g_new0(struct ts_sip_registrar, 1);
	r->ua = ua;
	r->bindings = ts_bindings_new();
	r->throttle = throttle_new(PER_S);
	r->challenges = throttle_new(CHALLENGES_PER_S);
	return r;
}

void ts_sip_registrar_free(struct ts_sip_registrar *r)
{
	if (!r) return;
	ts_bindings_free(r->bindings);
	ts_throttle_free(r->throttle);
	ts_throttle_free(r->challenges);
	g_free(r);
}

/* ---- reading */

struct contacts {
	struct ts_binding_contact item[TS_BINDINGS_AT_ONCE];
	size_t n;
	bool star, bad, too_many;
};

static bool read_one(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct contacts *contacts = arg;
	(void)msg;
	if (!pl_strcmp(&header->val, "*"))
		contacts->star = true;
	else if (contacts->n == TS_BINDINGS_AT_ONCE)
		contacts->too_many = true;
	else if (!ts_binding_contact_read(
			 &contacts->item[contacts->n++], header->val.p, header->val.l))
		contacts->bad = true;
	return false;
}

/* -1: not said. */
static int64_t expires_of(const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_EXPIRES);
	if (!header) return -1;
	for (size_t i = 0; i < header->val.l; i++)
		if (!g_ascii_isdigit(header->val.p[i])) return EXPIRES_DEFAULT_S; /* 20.19 */
	return pl_u32(&header->val);
}

/* False: one asks for less than the least. */
static bool bound_expiry(
	const struct ts_sip_config *config, struct contacts *contacts, int64_t general_s)
{
	for (size_t i = 0; i < contacts->n; i++) {
		int64_t *s = &contacts->item[i].expires_s;
		if (*s < 0) *s = general_s >= 0 ? general_s : EXPIRES_DEFAULT_S;
		if (*s && *s < config->min_expires_s) return false;
		*s = MIN(*s, config->max_expires_s);
	}
	return true;
}

/* ---- answering */

static void reply(struct ts_sip_registrar *r, const struct sip_msg *msg, const char *user)
{
	GString *headers = g_string_new("");
	const int64_t now_ns = ts_now_ns();
	const struct ts_binding *one;
	for (size_t i = 0; (one = ts_bindings_of(r->bindings, user, i, now_ns)); i++)
		g_string_append_printf(headers, "Contact: <%s>;expires=%d;q=%d.%03d\r\n", one->uri,
			(int)((one->expires_ns - now_ns + TS_NS_PER_S - 1) / TS_NS_PER_S),
			one->q / 1000, one->q % 1000);
	ts_sip_reply_stateless(r->ua, msg, 200, "OK", headers->str);
	g_string_free(headers, TRUE);
}

static void on_changed(void *arg, const struct ts_binding *b)
{
	struct ts_sip_registrar *r = arg;
	struct ts_sip_event event = {.type = TS_SIP_BINDING, .code = b->q};
	if (b->expires_ns)
		event.expires_s = (uint32_t)((b->expires_ns - ts_now_ns() + TS_NS_PER_S - 1) /
			TS_NS_PER_S);
	g_strlcpy(event.user, b->user, sizeof(event.user));
	g_strlcpy(event.from, b->uri, sizeof(event.from));
	g_strlcpy(event.called, b->hop, sizeof(event.called));
	g_strlcpy(event.agent, b->agent, sizeof(event.agent));
	ts_sip_emit(r->ua, &event);
}

static bool apply(struct ts_sip_registrar *r, const struct sip_msg *msg, const char *user,
	const struct contacts *contacts, const char *address)
{
	const struct ts_sip_hop from = {msg->tp, msg->src};
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	char hop[80], call_id[TS_BINDING_TEXT_MAX], agent[TS_BINDING_TEXT_MAX] = "";
	ts_sip_way_print(hop, sizeof(hop), &from);
	ts_sip_text(call_id, sizeof(call_id), &msg->callid);
	if (header) ts_sip_text(agent, sizeof(agent), &header->val);
	const struct ts_binding_request request = {.user = user,
		.call_id = call_id,
		.address = address,
		.hop = hop,
		.agent = agent,
		.cseq = msg->cseq.num,
		.all_gone = contacts->star,
		.contact = contacts->item,
		.n = contacts->n};
	switch (ts_bindings_apply(r->bindings, &request, ts_now_ns(), on_changed, r)) {
	case TS_BINDINGS_OK: return true;
	case TS_BINDINGS_OLD:
		ts_sip_reply_stateless(r->ua, msg, 500, "Old CSeq", "Retry-After: 1\r\n");
		break;
	case TS_BINDINGS_FULL:
		ts_log_limited(
			TS_LOG_WARN, "sip registration refused", "address=%s why=full", address);
		ts_sip_reply_stateless(
			r->ua, msg, 503, "Too Many Registrations", "Retry-After: 60\r\n");
		break;
	}
	return false;
}

void ts_sip_registrar_gone(struct ts_sip_registrar *r, const struct sa *from)
{
	const struct ts_sip_hop hop = {SIP_TRANSP_TCP, *from};
	char text[80];
	ts_sip_way_print(text, sizeof(text), &hop);
	ts_bindings_forget(r->bindings, text, on_changed, r);
}

/* A user may register themselves alone (10.3 step 4). */
static bool is_of_user(const struct sip_msg *msg, const char *user)
{
	char to[TS_SIP_TEXT_MAX];
	return ts_sip_called(to, sizeof(to), msg->to.auri.p, msg->to.auri.l) && !strcmp(to, user);
}

/* Who forges the source of datagrams must not use up what those who are there may do. To the forged
 * source a 401 goes so often; then nothing, and a phone that waits for one asks again (RFC 3261
 * 17.1.2.2), from then on with a nonce. */
static bool is_too_often(struct ts_sip_registrar *r, const struct sip_msg *msg, const char *address)
{
	char header[40];
	const bool proven = msg->tp != SIP_TRANSP_UDP || ts_sip_auth_heard_us(r->ua, msg);
	struct ts_throttle *throttle = proven ? r->throttle : r->challenges;
	if (!ts_throttle_take(throttle, address, ts_now_ns())) return false;
	ts_count(TS_C_SIP_REFUSED_RATE);
	if (!proven) return true;
	g_snprintf(header, sizeof(header), "Retry-After: %d\r\n", TS_SIP_RETRY_AFTER_S);
	ts_sip_reply_stateless(r->ua, msg, 503, "Service Unavailable", header);
	return true;
}

void ts_sip_registrar_request(
	struct ts_sip_registrar *r, const struct sip_msg *msg, const char *address)
{
	struct ts_sip_ua *ua = r->ua;
	char user[TS_DIGEST_TEXT_MAX], header[40];
	struct contacts contacts = {.n = 0};
	if (is_too_often(r, msg, address) || !ts_sip_auth_user(ua, msg, address, user)) return;
	const int64_t general_s = expires_of(msg);
	sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, read_one, &contacts);
	if (!is_of_user(msg, user)) {
		ts_sip_reply_stateless(ua, msg, 403, "Forbidden", NULL);
	} else if (contacts.bad || contacts.too_many ||
		(contacts.star && (contacts.n || general_s != 0))) {
		ts_sip_reply_stateless(ua, msg, 400, "Bad Contact", NULL);
	} else if (!bound_expiry(ua->config, &contacts, general_s)) {
		g_snprintf(
			header, sizeof(header), "Min-Expires: %d\r\n", ua->config->min_expires_s);
		ts_sip_reply_stateless(ua, msg, 423, "Interval Too Brief", header);
	} else if ((!contacts.n && !contacts.star) || apply(r, msg, user, &contacts, address)) {
		ts_sip_conns_has_call(ua->conns, ts_sip_conns_of(ua->conns, msg));
		reply(r, msg, user);
	}
}
