/* Requests from outside, judged before anything is done about them: who may send at all, what is
 * malformed (RFC 3261 8.2), what is not supported, which call it belongs to, and for a new one
 * whether there is room. Cheap checks first. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/sip/conn.h"
#include "control/sip/core.h"
#include "control/sip/registrar.h"
#include <string.h>
#include <strings.h>

enum {
	REQUESTS_AT_ONCE = 40,
	/* within all calls of an address, or one for each call that there may be: all may come by
	 * one proxy */
	ADDRESS_PER_S = 400,
	ADDRESS_AT_ONCE_S = 4,
	ADDRESSES_MAX = 4096,
};
#define REQUEST_NS (100 * TS_NS_PER_MS)

static void refuse(struct ts_sip_ua *ua, const struct sip_msg *msg, int code, const char *reason)
{
	ts_debug("sip request refused", "code=%d", code);
	ts_sip_reply_stateless(ua, msg, code, reason, NULL);
}

static void refuse_for_now(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	char header[40];
	g_snprintf(header, sizeof(header), "Retry-After: %d\r\n", TS_SIP_RETRY_AFTER_S);
	ts_sip_reply_stateless(ua, msg, 503, "Service Unavailable", header);
}

/* ---- who */

/* Is address inside "192.0.2.0/24"? */
static bool is_in_network(const struct sa *address, const char *network)
{
	char text[64];
	struct sa sa;
	g_strlcpy(text, network, sizeof(text));
	char *slash = strchr(text, '/');
	if (slash) *slash++ = '\0';
	if (sa_set_str(&sa, text, 0) || sa_af(&sa) != sa_af(address)) return false;
	const uint8_t *a, *b;
	unsigned bits = sa_af(&sa) == AF_INET ? 32 : 128;
	if (bits == 32) {
		a = (const uint8_t *)&address->u.in.sin_addr;
		b = (const uint8_t *)&sa.u.in.sin_addr;
	} else {
		a = (const uint8_t *)&address->u.in6.sin6_addr;
		b = (const uint8_t *)&sa.u.in6.sin6_addr;
	}
	unsigned n = slash ? (unsigned)g_ascii_strtoull(slash, NULL, 10) : bits;
	if (n > bits) return false;
	if (memcmp(a, b, n / 8)) return false;
	return n % 8 == 0 || (a[n / 8] ^ b[n / 8]) >> (8 - n % 8) == 0;
}

bool ts_sip_may_call(const struct ts_sip_config *config, const struct sa *src)
{
	for (size_t i = 0; i < config->n_allow; i++)
		if (is_in_network(src, config->allow[i])) return true;
	return !config->n_allow;
}

void ts_sip_print_address(const struct sa *src, char out[TS_SIP_ADDR_MAX])
{
	struct sa sa = *src;
	if (sa_af(src) == AF_INET6) memset((uint8_t *)&sa.u.in6.sin6_addr + 8, 0, 8);
	*out = '\0';
	sa_ntop(&sa, out, TS_SIP_ADDR_MAX);
}

void ts_sip_print_key(const char *address, enum ts_sip_proof proof, char out[TS_SIP_KEY_MAX])
{
	g_snprintf(out, TS_SIP_KEY_MAX, "%s%s", proof == TS_SIP_PROVEN ? "" : "udp ", address);
}

/* ---- malformed */

static bool is_number(const struct pl *pl, uint64_t max)
{
	uint64_t v = 0;
	if (!pl->l) return false;
	for (size_t i = 0; i < pl->l; i++) {
		if (pl->p[i] < '0' || pl->p[i] > '9') return false;
		if ((v = v * 10 + (uint64_t)(pl->p[i] - '0')) > max) return false;
	}
	return true;
}

static bool is_repeated(const struct sip_msg *msg)
{
	static const enum sip_hdrid single[] = {SIP_HDR_TO, SIP_HDR_FROM, SIP_HDR_CALL_ID,
		SIP_HDR_CSEQ, SIP_HDR_MAX_FORWARDS, SIP_HDR_CONTENT_LENGTH, SIP_HDR_CONTENT_TYPE};
	for (size_t i = 0; i < G_N_ELEMENTS(single); i++)
		if (sip_msg_hdr_count(msg, single[i]) > 1) return true;
	return false;
}

/* "17 INVITE": libre reads the number modulo 2^32. */
static bool is_cseq_good(const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_CSEQ);
	if (!header) return false;
	struct pl number = {header->val.p, 0};
	while (number.l < header->val.l && !strchr(" \t\r\n", number.p[number.l])) number.l++;
	return is_number(&number, INT32_MAX) && !pl_cmp(&msg->cseq.met, &msg->met);
}

static bool is_quoted_well(const struct pl *value)
{
	bool open = false;
	for (size_t i = 0; i < value->l; i++) {
		if (open && value->p[i] == '\\')
			i++;
		else if (value->p[i] == '"')
			open = !open;
	}
	return !open;
}

static bool is_header_bad(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, id);
	return !header || !header->val.l || !is_quoted_well(&header->val);
}

static const char *why_malformed(const struct sip_msg *msg)
{
	if (is_header_bad(msg, SIP_HDR_TO) || is_header_bad(msg, SIP_HDR_FROM))
		return "Bad To Or From";
	if (!pl_isset(&msg->callid)) return "Missing Call-ID";
	if (!is_cseq_good(msg)) return "Bad CSeq";
	if (is_repeated(msg)) return "Repeated Header";
	if (msg->maxfwd.p && !is_number(&msg->maxfwd, 255)) return "Bad Max-Forwards";
	if (msg->clen.p && !is_number(&msg->clen, INT32_MAX)) return "Bad Content-Length";
	if (msg->clen.p && pl_u32(&msg->clen) > mbuf_get_left(msg->mb))
		return "Body Shorter Than Content-Length";
	if (memchr(msg->ruri.p, ' ', msg->ruri.l) || *msg->ruri.p == '<') return "Bad Request-URI";
	return NULL;
}

/* ---- not supported */

static const char *const known_methods[] = {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE",
	"INFO", "PRACK", "REFER", "NOTIFY", "REGISTER"};
static const char *const other_methods[] = {"SUBSCRIBE", "MESSAGE", "PUBLISH"};
/* 8.2.2.3: what a Require may name */
static const char *const options[] = {"timer", "100rel", "replaces", "norefersub"};

static bool is_one_of(const struct pl *method, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!pl_strcmp(method, names[i])) return true;
	return false;
}

struct unsupported {
	char list[TS_SIP_TEXT_MAX];
};

static bool note_unsupported(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct unsupported *u = arg;
	char tag[64];
	(void)msg;
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (!pl_strcasecmp(&header->val, options[i])) return false;
	ts_sip_text(tag, sizeof(tag), &header->val);
	if (*u->list) g_strlcat(u->list, ", ", sizeof(u->list));
	g_strlcat(u->list, tag, sizeof(u->list));
	return false;
}

/* 8.2.2.3; Proxy-Require is no business of a UAS. */
static bool refuse_required(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	struct unsupported u = {""};
	char header[TS_SIP_TEXT_MAX + 20];
	if (!pl_strcmp(&msg->met, "CANCEL")) return false;
	sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, note_unsupported, &u);
	if (!*u.list) return false;
	g_snprintf(header, sizeof(header), "Unsupported: %s\r\n", u.list);
	ts_sip_reply_stateless(ua, msg, 420, "Bad Extension", header);
	return true;
}

static bool refuse_unfit(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	const char *why;
	if (pl_strcasecmp(&msg->ver, "SIP/2.0") && pl_strcmp(&msg->ver, "2.0"))
		refuse(ua, msg, 505, "Version Not Supported");
	else if ((why = why_malformed(msg)))
		refuse(ua, msg, 400, why);
	else if (is_one_of(&msg->met, other_methods, G_N_ELEMENTS(other_methods)))
		ts_sip_reply_stateless(ua, msg, 405, "Method Not Allowed", TS_SIP_ALLOW);
	else if (!is_one_of(&msg->met, known_methods, G_N_ELEMENTS(known_methods)))
		ts_sip_reply_stateless(ua, msg, 501, "Not Implemented", TS_SIP_ALLOW);
	else if (pl_strcasecmp(&msg->uri.scheme, "sip") &&
		pl_strcasecmp(&msg->uri.scheme, "sips") && pl_strcasecmp(&msg->uri.scheme, "tel"))
		refuse(ua, msg, 416, "Unsupported URI Scheme");
	else
		return refuse_required(ua, msg);
	return true;
}

/* ---- a new call */

static bool accepts_sdp(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	const struct pl all = PL("*/*"), application = PL("application/*"),
			sdp = PL("application/sdp");
	struct pl type = header->val;
	(void)msg, (void)arg;
	for (size_t i = 0; i < type.l; i++)
		if (strchr("; \t", type.p[i])) type.l = i;
	return !pl_casecmp(&type, &all) || !pl_casecmp(&type, &application) ||
		!pl_casecmp(&type, &sdp);
}

static bool refuse_content(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	if (mbuf_get_left(msg->mb) > TS_SIP_BODY_MAX)
		refuse(ua, msg, 413, "Request Entity Too Large");
	else if (ts_sip_refuse_content(ua, msg, TS_SIP_SDP))
		return true;
	else if (sip_msg_hdr(msg, SIP_HDR_ACCEPT) &&
		!sip_msg_hdr_apply(msg, true, SIP_HDR_ACCEPT, accepts_sdp, NULL))
		refuse(ua, msg, 406, "Not Acceptable");
	else if (!sip_msg_hdr(msg, SIP_HDR_CONTACT))
		refuse(ua, msg, 400, "Missing Contact");
	else
		return false;
	return true;
}

/* Calls that are proven count for all of their address; those that are not, for datagrams alone. */
static bool is_full(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address)
{
	const struct ts_sip_config *config = ua->config;
	enum ts_sip_proof proof = msg->tp == SIP_TRANSP_UDP ? TS_SIP_UNPROVEN : TS_SIP_PROVEN;
	char key[TS_SIP_KEY_MAX];
	unsigned mine = ts_sip_calls_of(ua, address, TS_SIP_PROVEN);
	if (proof == TS_SIP_UNPROVEN) mine += ts_sip_calls_of(ua, address, proof);
	ts_sip_print_key(address, proof, key);
	return atomic_load(&ua->closing) || ts_sip_is_behind(ua) ||
		g_hash_table_size(ua->by_key) >= (guint)config->max_calls ||
		mine >= (unsigned)config->max_calls_per_address ||
		ts_throttle_take(ua->throttle, key, ts_now_ns());
}

/* Providers answer no challenge of ours. Over UDP a source alone is no proof, unless the operator
 * takes it for one; the token is: only the registrar knows it. */
bool ts_sip_is_by_trunk(
	const struct ts_sip_ua *ua, const struct sip_msg *msg, struct ts_sip_from_trunk *from)
{
	return ts_sip_trunks_match(ua->trunks, msg, from) &&
		(from->by_token || msg->tp != SIP_TRANSP_UDP || from->config->trusted);
}

static bool is_authentic(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address)
{
	struct ts_sip_from_trunk from;
	if (ts_sip_is_by_trunk(ua, msg, &from)) return true;
	if (ts_sip_may_call(ua->config, ts_sip_source(ua, msg)))
		return ts_sip_auth_check(ua, msg, address);
	refuse(ua, msg, 403, "Forbidden"); /* only in calls may the trunk's address speak */
	return false;
}

static void on_invite(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	char address[TS_SIP_ADDR_MAX];
	uint64_t replaces = 0;
	ts_sip_print_address(ts_sip_source(ua, msg), address);
	if (is_full(ua, msg, address))
		refuse_for_now(ua, msg);
	else if (is_authentic(ua, msg, address) && !refuse_content(ua, msg) &&
		ts_sip_takeover(ua, msg, &replaces))
		ts_sip_call_incoming(ua, msg, address, replaces);
}

static void on_register(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	char address[TS_SIP_ADDR_MAX];
	ts_sip_print_address(ts_sip_source(ua, msg), address);
	if (!ts_sip_may_call(ua->config, ts_sip_source(ua, msg)))
		refuse(ua, msg, 403, "Forbidden");
	else if (!ua->registrar)
		ts_sip_reply_stateless(ua, msg, 405, "Method Not Allowed", TS_SIP_ALLOW);
	else if (atomic_load(&ua->closing) || ts_sip_is_behind(ua))
		refuse_for_now(ua, msg);
	else
		ts_sip_registrar_request(ua->registrar, msg, address);
}

static void on_outside(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "OPTIONS"))
		ts_sip_reply_stateless(ua, msg, 200, "OK",
			TS_SIP_ALLOW "Accept: application/sdp\r\n" TS_SIP_SUPPORTED);
	else if (!pl_strcmp(&msg->met, "REGISTER"))
		on_register(ua, msg);
	else if (!pl_strcmp(&msg->met, "REFER") && !pl_isset(&msg->to.tag))
		refuse(ua, msg, 403, "Forbidden"); /* only who is in a call is transferred */
	else if (!pl_strcmp(&msg->met, "INVITE") && !pl_isset(&msg->to.tag) &&
		ts_sip_is_merged(ua, msg))
		refuse(ua, msg, 482, "Loop Detected");
	else if (!pl_strcmp(&msg->met, "INVITE") && !pl_isset(&msg->to.tag))
		on_invite(ua, msg);
	else
		refuse(ua, msg, 481, "Call/Transaction Does Not Exist");
}

/* maddr would have the reply sent wherever the sender likes. */
static bool is_dangerous(const struct sip_msg *msg)
{
	struct pl value;
	return !msg_param_decode(&msg->via.params, "maddr", &value) || !sa_isset(&msg->src, SA_ALL);
}

/* ---- within a call */

struct ts_throttle *ts_sip_in_requests(const struct ts_sip_config *config)
{
	int per_s = MAX(ADDRESS_PER_S, config->max_calls);
	return ts_throttle_new(&(struct ts_throttle_config){.period_ns = TS_NS_PER_S / per_s,
		.burst = per_s * ADDRESS_AT_ONCE_S,
		.max_addresses = ADDRESSES_MAX});
}

/* Who called, from where they proved to be or not; of whom we called, whose 2xx it was. */
static bool is_address_full(const struct ts_sip_call *call, int64_t now_ns)
{
	char key[TS_SIP_KEY_MAX];
	ts_sip_print_key(call->address, call->proof, key);
	return ts_throttle_take(call->ua->inner, key, now_ns) > 0;
}

/* Each request is remembered for seconds (refuse.c): of a call so many at once, then one in
 * REQUEST_NS; of all calls of an address many more. The end of a call is always taken. */
static bool is_too_much(struct ts_sip_call *call, const struct sip_msg *msg)
{
	int64_t now_ns = ts_now_ns(), from_ns = MAX(call->full_ns, now_ns);
	if (!pl_strcmp(&msg->met, "BYE")) return false;
	if (from_ns - now_ns > (REQUESTS_AT_ONCE - 1) * REQUEST_NS ||
		is_address_full(call, now_ns)) {
		ts_count(TS_C_SIP_REFUSED_RATE);
		return true;
	}
	call->full_ns = from_ns + REQUEST_NS;
	return false;
}

static void note_way(struct ts_sip_call *call, const struct sip_msg *msg)
{
	call->conn = ts_sip_conns_of(call->ua->conns, msg);
	ts_sip_conns_has_call(call->ua->conns, call->conn);
}

/* Who took a call of ours speaks in it, wherever they are. */
static bool may_send(
	const struct ts_sip_ua *ua, const struct ts_sip_call *call, const struct sip_msg *msg)
{
	char address[TS_SIP_ADDR_MAX];
	if (ts_sip_may_call(ua->config, ts_sip_source(ua, msg)) ||
		ts_sip_trunks_have(ua->trunks, &msg->src))
		return true;
	ts_sip_print_address(ts_sip_source(ua, msg), address);
	return call && call->dialog->dialled &&
		(!strcmp(call->address, address) || ts_sip_early_is_from(call, address));
}

bool ts_sip_on_request(const struct sip_msg *msg, void *arg)
{
	struct ts_sip_ua *ua = arg;
	bool ack = !pl_strcmp(&msg->met, "ACK");
	if (is_dangerous(msg)) return true;
	struct ts_sip_call *call = pl_isset(&msg->to.tag) ? ts_sip_call_find(ua, msg) : NULL;
	if (!may_send(ua, call, msg)) {
		if (!ack) ts_sip_reply_stateless(ua, msg, 403, "Forbidden", NULL);
		return true;
	}
	if (call) note_way(call, msg);
	if (ack) {
		if (call) ts_sip_call_ack(call, msg);
	} else if (call && is_too_much(call, msg)) {
		refuse_for_now(ua, msg);
	} else if (!refuse_unfit(ua, msg)) {
		if (call)
			ts_sip_call_request(call, msg);
		else
			on_outside(ua, msg);
	}
	ua->last_len = 0;
	return true;
}

/* A 2xx said again: our ACK was lost. Or one of another fork, of which nothing is wanted. */
bool ts_sip_on_response(const struct sip_msg *msg, void *arg)
{
	struct ts_sip_ua *ua = arg;
	struct ts_sip_call *call = ts_sip_call_find(ua, msg);
	if (msg->scode < 200 || msg->scode >= 300 || pl_strcmp(&msg->cseq.met, "INVITE"))
		return true;
	if (!call) ts_sip_late_take(ua, msg);
	if (!call || call->state != TS_SIP_C_UP) return true;
	if (ts_sip_dialog_is(call->dialog, msg))
		ts_sip_ack(call, msg->cseq.num);
	else if (call->dialog->dialled)
		ts_sip_end_fork(call, &call->sent_to, msg);
	return true;
}
