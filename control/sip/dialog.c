#include "control/sip/dialog.h"
#include "base/address.h"
#include "base/random.h"
#include "control/sip/inner.h"
#include <glib.h>
#include <string.h>
#include <strings.h>

static char *dup_pl(const struct pl *pl)
{
	return g_strndup(pl->p ? pl->p : "", pl->l);
}

static char *new_tag(void)
{
	uint8_t bits[8];
	uint64_t tag;
	ts_random_bytes(bits, sizeof(bits));
	memcpy(&tag, bits, sizeof(tag));
	return g_strdup_printf("%016" G_GINT64_MODIFIER "x", tag);
}

static bool is_callable(const char *text)
{
	const struct pl pl = {text, strlen(text)};
	struct uri uri;
	return !uri_decode(&uri, &pl) && uri.host.l &&
		(!pl_strcasecmp(&uri.scheme, "sip") || !pl_strcasecmp(&uri.scheme, "sips"));
}

static char *contact_of(const struct sip_msg *msg)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;
	if (!contact || sip_addr_decode(&addr, &contact->val)) return NULL;
	char *uri = dup_pl(&addr.auri);
	if (!strpbrk(uri, " \t\r\n<>\"")) return uri;
	g_free(uri);
	return NULL;
}

/* ---- life */

struct ts_sip_dialog *ts_sip_dialog_alloc(const char *uri, const char *name, const char *from_uri)
{
	if (!is_callable(uri)) return NULL;
	struct ts_sip_dialog *dialog = g_new0(struct ts_sip_dialog, 1);
	dialog->dialled = true;
	dialog->call_id = new_tag();
	dialog->local_tag = new_tag();
	dialog->target = g_strdup(uri);
	dialog->to = g_strdup_printf("<%s>", uri);
	dialog->from = g_strdup_printf(
		*name ? "\"%s\" <%s>;tag=%s" : "%s<%s>;tag=%s", name, from_uri, dialog->local_tag);
	dialog->routes = g_strdup("");
	dialog->lseq = ts_random_u32() & 0xffff;
	return dialog;
}

struct routes {
	GString *lines;
	char *first;
	bool strict;
};

/* Some write lr behind the brackets. */
static bool is_loose(const struct sip_addr *addr)
{
	struct pl value;
	return !msg_param_exists(&addr->uri.params, "lr", &value) ||
		!msg_param_exists(&addr->params, "lr", &value);
}

static bool add_route(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct routes *routes = arg;
	struct sip_addr addr;
	(void)msg;
	if (!routes->first) {
		const bool bad = sip_addr_decode(&addr, &header->val);
		routes->first = bad ? g_strdup("") : dup_pl(&addr.auri);
		routes->strict = !bad && !is_loose(&addr) && is_callable(routes->first) &&
			!strpbrk(routes->first, " \t\r\n<>\"?");
		if (routes->strict) return false;
	}
	g_string_append_printf(routes->lines, "Route: %.*s\r\n", (int)header->val.l, header->val.p);
	return false;
}

/* In requests the order stays, in responses it is turned round: 12.1. */
static void read_routes(struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	struct routes routes = {.lines = g_string_new("")};
	sip_msg_hdr_apply(msg, msg->req, SIP_HDR_RECORD_ROUTE, add_route, &routes);
	g_free(dialog->routes);
	g_free(dialog->first_route);
	dialog->routes = g_string_free(routes.lines, FALSE);
	dialog->first_route = routes.first;
	dialog->strict = routes.strict;
}

static void read_peer(struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	dialog->peer = (struct ts_sip_hop){msg->tp, msg->src};
}

struct ts_sip_dialog *ts_sip_dialog_accept(const struct sip_msg *invite)
{
	char *target = contact_of(invite);
	if (!target || !is_callable(target)) {
		g_free(target);
		return NULL;
	}
	struct ts_sip_dialog *dialog = g_new0(struct ts_sip_dialog, 1);
	dialog->call_id = dup_pl(&invite->callid);
	dialog->local_tag = g_strdup_printf(
		"%016" G_GINT64_MODIFIER "x", invite->tag); /* as libre writes it into responses */
	dialog->remote_tag = dup_pl(&invite->from.tag);
	dialog->target = target;
	dialog->to = dup_pl(&invite->from.val);
	dialog->from = g_strdup_printf(
		"%.*s;tag=%s", (int)invite->to.val.l, invite->to.val.p, dialog->local_tag);
	dialog->lseq = ts_random_u32() & 0xffff;
	dialog->rseq = invite->cseq.num;
	dialog->asked = true;
	read_routes(dialog, invite);
	read_peer(dialog, invite);
	return dialog;
}

void ts_sip_dialog_free(struct ts_sip_dialog *dialog)
{
	if (!dialog) return;
	g_free(dialog->call_id);
	g_free(dialog->local_tag);
	g_free(dialog->remote_tag);
	g_free(dialog->to);
	g_free(dialog->from);
	g_free(dialog->target);
	g_free(dialog->routes);
	g_free(dialog->first_route);
	g_free(dialog);
}

bool ts_sip_dialog_establish(struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	char *target = contact_of(msg);
	if (!target || !is_callable(target)) {
		g_free(target);
		return false;
	}
	g_free(dialog->target);
	g_free(dialog->to);
	g_free(dialog->remote_tag);
	dialog->target = target;
	dialog->to = dup_pl(&msg->to.val);
	dialog->remote_tag = dup_pl(&msg->to.tag); /* "": of RFC 2543 */
	read_routes(dialog, msg);
	read_peer(dialog, msg);
	return true;
}

struct ts_sip_dialog *ts_sip_dialog_fork(const struct ts_sip_dialog *of, const struct sip_msg *msg)
{
	struct ts_sip_dialog *dialog = g_new0(struct ts_sip_dialog, 1);
	dialog->dialled = true;
	dialog->call_id = g_strdup(of->call_id);
	dialog->local_tag = g_strdup(of->local_tag);
	dialog->from = g_strdup(of->from);
	dialog->lseq = msg->cseq.num + 1;
	if (ts_sip_dialog_establish(dialog, msg)) return dialog;
	ts_sip_dialog_free(dialog);
	return NULL;
}

void ts_sip_dialog_refresh(struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	char *target = contact_of(msg);
	read_peer(dialog, msg);
	if (!target || !is_callable(target)) {
		g_free(target);
		return;
	}
	g_free(dialog->target);
	dialog->target = target;
}

void ts_sip_dialog_redirect(struct ts_sip_dialog *dialog, const char *uri)
{
	g_free(dialog->target);
	dialog->target = g_strdup(uri);
}

/* ---- belonging */

bool ts_sip_dialog_is_half(const struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->callid, dialog->call_id) &&
		!pl_strcmp(msg->req ? &msg->to.tag : &msg->from.tag, dialog->local_tag);
}

bool ts_sip_dialog_is(const struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	const struct pl *tag = msg->req ? &msg->from.tag : &msg->to.tag;
	const struct pl remote = {
		dialog->remote_tag, dialog->remote_tag ? strlen(dialog->remote_tag) : 0};
	return dialog->remote_tag && ts_sip_dialog_is_half(dialog, msg) && tag->l == remote.l &&
		(!tag->l || !memcmp(tag->p, remote.p, tag->l));
}

bool ts_sip_dialog_seq_ok(struct ts_sip_dialog *dialog, const struct sip_msg *msg)
{
	if (dialog->asked && msg->cseq.num <= dialog->rseq) return false;
	dialog->asked = true;
	dialog->rseq = msg->cseq.num;
	return true;
}

/* ---- the way there */

const char *ts_sip_dialog_uri(const struct ts_sip_dialog *dialog)
{
	return dialog->strict ? dialog->first_route : dialog->target;
}

char *ts_sip_dialog_last_route(const struct ts_sip_dialog *dialog)
{
	return dialog->strict ? g_strdup_printf("Route: <%s>\r\n", dialog->target) : g_strdup("");
}

static enum sip_transp transport_of(const struct uri *uri)
{
	struct pl value;
	bool sips = !pl_strcasecmp(&uri->scheme, "sips"); /* TLS all the way: 19.1 */
	if (msg_param_decode(&uri->params, "transport", &value))
		return sips ? SIP_TRANSP_TLS : SIP_TRANSP_UDP;
	if (!pl_strcasecmp(&value, "tls")) return SIP_TRANSP_TLS;
	if (!pl_strcasecmp(&value, "tcp")) return sips ? SIP_TRANSP_TLS : SIP_TRANSP_TCP;
	return SIP_TRANSP_UDP;
}

static enum ts_sip_protocol protocol_of(enum sip_transp tp)
{
	return tp == SIP_TRANSP_TLS ? TS_SIP_TLS : tp == SIP_TRANSP_TCP ? TS_SIP_TCP : TS_SIP_UDP;
}

/* Another port of the peer's own host is no way to its other services. */
static bool port_ok(const struct ts_sip_hop *hop, const struct ts_sip_hop *peer)
{
	return sa_port(&hop->addr) == sa_port(&peer->addr) || hop->tp == SIP_TRANSP_UDP ||
		sa_port(&hop->addr) >= 1024;
}

static enum ts_address_kind kind_of(const struct sa *sa)
{
	struct sockaddr_storage address = {0};
	memcpy(&address, &sa->u, MIN(sizeof(sa->u), sizeof(address)));
	return ts_address_kind(&address);
}

/* Who answers from a public address and names a private one means their own network: from here only
 * the way that they answered by leads there. */
static bool is_behind_nat(const struct sa *named, const struct sa *source)
{
	return kind_of(named) == TS_ADDRESS_PRIVATE && kind_of(source) == TS_ADDRESS_USUAL;
}

struct ts_sip_hop ts_sip_dialog_hop(
	const struct ts_sip_dialog *dialog, const struct ts_sip_target_policy *policy)
{
	const char *text = dialog->first_route ? dialog->first_route : dialog->target;
	const struct pl pl = {text, strlen(text)};
	struct ts_sip_hop hop;
	struct uri uri;
	/* a browser has no other way than its own connection (RFC 7118 4.1, 5626) */
	if (ts_sip_is_inner(&dialog->peer.addr)) return dialog->peer;
	if (uri_decode(&uri, &pl)) return dialog->peer;
	hop.tp = transport_of(&uri);
	if (sa_set(&hop.addr, &uri.host, sip_transp_port(hop.tp, uri.port))) return dialog->peer;
	if (sa_cmp(&hop.addr, &dialog->peer.addr, SA_ADDR))
		return port_ok(&hop, &dialog->peer) ? hop : dialog->peer;
	bool allowed = dialog->dialled && !is_behind_nat(&hop.addr, &dialog->peer.addr) &&
		ts_sip_target_ok(policy, &hop.addr.u.sa, protocol_of(hop.tp), NULL);
	return allowed ? hop : dialog->peer;
}
