#include "control/sip/trunk_core.h"
#include <string.h>

bool ts_trunk_may_send(struct ts_sip_trunk *t, enum sip_transp tp, const struct sa *to)
{
	char host[256], peer[80];
	uint16_t port;
	const char *via = *t->config->proxy ? t->config->proxy : t->config->registrar;
	if (tp != SIP_TRANSP_TLS || !t->all->ua->tls_clients) return true;
	if (!ts_trunk_host_split(via, host, sizeof(host), &port)) return false;
	re_snprintf(peer, sizeof(peer), "%J", to);
	return ts_tls_clients_expect(t->all->ua->tls_clients, peer, host);
}

int ts_trunk_write_head(const struct ts_sip_trunk *t, struct mbuf *mb, const char *method,
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

int ts_trunk_send(struct ts_sip_trunk *t, struct sip_request **request, const char *method,
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
