/* Where we are: our address towards a peer, and whether an address is ours. */
#include "base/error.h"
#include "control/sip/core.h"
#include "control/sip/name.h"
#include <string.h>
#include <unistd.h>

/* No packet is sent. */
bool ts_sip_route_to(const struct sa *to, char out[TS_SIP_ADDR_MAX])
{
	struct sa from;
	socklen_t len = sizeof(from.u);
	int fd = socket(sa_af(to), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && !connect(fd, &to->u.sa, to->len) && !getsockname(fd, &from.u.sa, &len);
	if (fd >= 0) close(fd);
	from.len = len;
	return ok && !sa_ntop(&from, out, TS_SIP_ADDR_MAX);
}

static enum ts_sip_protocol protocol_of_uri(const struct uri *uri)
{
	struct pl value;
	if (!pl_strcasecmp(&uri->scheme, "sips")) return TS_SIP_TLS;
	if (msg_param_decode(&uri->params, "transport", &value)) return TS_SIP_UDP;
	return !pl_strcasecmp(&value, "tls")    ? TS_SIP_TLS
		: !pl_strcasecmp(&value, "tcp") ? TS_SIP_TCP
						: TS_SIP_UDP;
}

static bool decode_callable(struct uri *uri, const char *text)
{
	const struct pl pl = {text, strlen(text)};
	for (const char *c = text; *c; c++)
		if (!g_ascii_isgraph(*c) || strchr("<>\"", *c)) return false;
	if (uri_decode(uri, &pl) || !uri->host.l) return false;
	for (size_t i = 0; i < uri->host.l; i++)
		if (!g_ascii_isalnum(uri->host.p[i]) && !strchr(".-_:", uri->host.p[i]))
			return false;
	return !pl_strcasecmp(&uri->scheme, "sip") || !pl_strcasecmp(&uri->scheme, "sips");
}

/* A host that is a name will be looked up later, and judged then: here it is the first address we
 * listen on. */
int ts_sip_ua_local(struct ts_sip_ua *ua, const char *text, char out[TS_SIP_ADDR_MAX])
{
	struct uri uri;
	struct sa to;
	bool proxied = *ua->config->proxy;
	if (!decode_callable(&uri, text)) return TS_EINVAL;
	enum ts_sip_protocol protocol = protocol_of_uri(&uri);
	uint16_t port = uri.port ? uri.port : protocol == TS_SIP_TLS ? SIP_PORT_TLS : SIP_PORT;
	bool numeric = !sa_set(&to, &uri.host, port);
	/* IPv4 in IPv6's clothes */
	if (!numeric && memchr(uri.host.p, ':', uri.host.l)) return TS_EAUTH;
	if (numeric &&
		(proxied ? ts_sip_target_never(&to.u.sa)
			 : !ts_sip_target_ok(&ua->target_policy, &to.u.sa, protocol, NULL)))
		return TS_EAUTH;
	if (proxied)
		numeric = decode_callable(&uri, ua->config->proxy) && !sa_set(&to, &uri.host, port);
	if (!numeric || !ts_sip_route_to(&to, out))
		g_strlcpy(out, ua->config->listen[0].address, TS_SIP_ADDR_MAX);
	return 0;
}

int ts_sip_ua_local_hop(struct ts_sip_ua *ua, const char *text, char out[TS_SIP_ADDR_MAX])
{
	struct ts_sip_way *way = ts_sip_way_to(text);
	if (!way) return TS_EINVAL;
	if (!ts_sip_route_to(&way->hop[0].addr, out))
		g_strlcpy(out, ua->config->listen[0].address, TS_SIP_ADDR_MAX);
	ts_sip_way_free(way);
	return 0;
}

enum ts_sip_protocol ts_sip_ua_protocol(const struct ts_sip_ua *ua, const char *text)
{
	struct uri uri;
	return decode_callable(&uri, *ua->config->proxy ? ua->config->proxy : text)
		? protocol_of_uri(&uri)
		: TS_SIP_UDP;
}

static bool is_host_ours(const struct ts_sip_ua *ua, const struct uri *uri)
{
	const struct ts_sip_config *config = ua->config;
	struct sa named, own;
	const uint16_t port = uri->port              ? uri->port
		: protocol_of_uri(uri) == TS_SIP_TLS ? SIP_PORT_TLS
						     : SIP_PORT;
	bool advertised = *config->advertise && !pl_strcasecmp(&uri->host, config->advertise);
	bool numeric = !sa_set(&named, &uri->host, port);
	for (size_t i = 0; i < config->n_listen; i++) {
		if (config->listen[i].port != port) continue;
		if (advertised) return true;
		if (numeric && !sa_set_str(&own, config->listen[i].address, port) &&
			sa_cmp(&own, &named, SA_ADDR))
			return true;
	}
	return false;
}

int ts_sip_ua_is_here(const struct ts_sip_ua *ua, const char *text, char user[TS_SIP_TEXT_MAX])
{
	struct uri uri;
	return decode_callable(&uri, text) && is_host_ours(ua, &uri) &&
		ts_sip_called(user, TS_SIP_TEXT_MAX, text, strlen(text));
}
