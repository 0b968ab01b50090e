/* The sockets that libre makes for us, and its resolver. */
#include "base/error.h"
#include "base/log.h"
#include "control/sip/conn.h"
#include "control/sip/core.h"
#include "control/sip/door.h"
#include "control/sip/hook.h"
#include <errno.h>
#include <string.h>

static const enum sip_transp transports[] = {[TS_SIP_UDP] = SIP_TRANSP_UDP,
	[TS_SIP_TCP] = SIP_TRANSP_TCP,
	[TS_SIP_TLS] = SIP_TRANSP_TLS};

static int verify_servers(struct ts_sip_ua *ua)
{
	ua->tls_clients = ts_tls_clients_new(
		tls_openssl_context(ua->tls), ua->config->ca, ua->config->verify_servers);
	if (ua->tls_clients) return 0;
	ts_error("sip authorities", "error=unusable ca=%s", TS_LOG_STR(ua->config->ca));
	return TS_EIO;
}

static int load_certificate(struct ts_sip_ua *ua)
{
	const struct ts_sip_config *config = ua->config;
	g_autofree char *cert = NULL, *key = NULL;
	gsize n_cert = 0, n_key = 0;
	if (!g_file_get_contents(config->cert, &cert, &n_cert, NULL) ||
		!g_file_get_contents(config->key, &key, &n_key, NULL)) {
		ts_error("sip certificate", "error=unreadable cert=%s key=%s",
			TS_LOG_STR(config->cert), TS_LOG_STR(config->key));
		return TS_EIO;
	}
	if (tls_alloc(&ua->tls, TLS_METHOD_SSLV23, NULL, NULL)) return TS_ENOMEM;
	if (tls_set_certificate_pem(ua->tls, cert, n_cert, key, n_key)) {
		ts_error("sip certificate", "error=unusable cert=%s", TS_LOG_STR(config->cert));
		return TS_EIO;
	}
	return verify_servers(ua);
}

/* The socket that libre has made for a listener. */
struct made {
	int fd;
	fd_h *handler;
	void *object;
};

static int on_reading(int fd, fd_h *handler, void *object, void *arg)
{
	*(struct made *)arg = (struct made){fd, handler, object};
	return 0;
}

static int guard(struct ts_sip_ua *ua, enum ts_sip_protocol protocol, const struct made *made)
{
	int rc = TS_EIO;
	if (made->fd >= 0 && protocol == TS_SIP_UDP) rc = ts_sip_watch_socket(ua, made->object);
	if (made->fd >= 0 && protocol != TS_SIP_UDP)
		rc = ts_sip_conns_listen(ua->conns, made->fd, made->handler, made->object);
	if (rc)
		ts_error("sip listen", "error=unguarded reason=%s",
			made->fd < 0 ? "hook" : ts_strerror(rc));
	return rc;
}

int ts_sip_add_listener(struct ts_sip_ua *ua, const struct ts_sip_listen *listen)
{
	struct made made = {.fd = -1};
	struct sa sa;
	int rc = 0, err = sa_set_str(&sa, listen->address, listen->port);
	if (!err && listen->protocol == TS_SIP_TLS && !ua->tls) rc = load_certificate(ua);
	if (rc) return rc;
	ts_sip_hook(on_reading, &made);
	if (!err) err = sip_transp_add(ua->sip, transports[listen->protocol], &sa, ua->tls);
	ts_sip_hook(NULL, NULL);
	if (!err) return guard(ua, listen->protocol, &made);
	ts_error("sip listen", "protocol=%d address=%s port=%u error=%s", listen->protocol,
		listen->address, listen->port, strerror(err));
	return TS_EIO;
}

/* Libre chooses where it sends from by the address that the system would, which within this machine
 * is 127.0.0.1. */
int ts_sip_open_door(struct ts_sip_ua *ua)
{
	struct made made = {.fd = -1};
	struct sa sa;
	socklen_t len = sizeof(sa.u);
	int err = sa_set_str(&sa, TS_SIP_INNER_LISTENS, 0);
	ts_sip_hook(on_reading, &made);
	if (!err) err = sip_transp_add(ua->sip, SIP_TRANSP_TCP, &sa, NULL);
	ts_sip_hook(NULL, NULL);
	if (!err && (made.fd < 0 || getsockname(made.fd, &sa.u.sa, &len))) err = EIO;
	if (!err && !ts_sip_conns_listen_door(ua->conns, made.fd, made.handler, made.object)) {
		ts_sip_door_set_port(ua->door, sa_port(&sa));
		return 0;
	}
	ts_error("sip websocket", "error=%s", err ? strerror(err) : "unguarded");
	return TS_EIO;
}

/* Without name servers only numeric addresses can be called. */
void ts_sip_open_dns(struct ts_sip_ua *ua)
{
	struct sa server[8];
	uint32_t n = G_N_ELEMENTS(server);
	char domain[256];
	size_t n_own = MIN(ua->config->n_dns, G_N_ELEMENTS(server));
	for (n = 0; n < n_own; n++)
		if (sa_decode(&server[n], ua->config->dns[n], strlen(ua->config->dns[n]))) break;
	if (n_own) {
		if (dnsc_alloc(&ua->dns, NULL, server, n)) ua->dns = NULL;
		return;
	}
	n = G_N_ELEMENTS(server);
	if (dns_srv_get(domain, sizeof(domain), server, &n)) n = 0;
	if (dnsc_alloc(&ua->dns, NULL, server, n)) ua->dns = NULL;
}
