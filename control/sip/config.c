#include "control/sip/config.h"
#include "base/error.h"
#include "base/interfaces.h"
#include "base/log.h"
#include "control/sip/number.h"
#include <glib.h>
#include <string.h>

static void add_listener(struct ts_sip_config *out, enum ts_sip_protocol protocol,
	const char *address, uint16_t port)
{
	if (out->n_listen == TS_SIP_LISTEN_MAX) return;
	struct ts_sip_listen *listen = &out->listen[out->n_listen++];
	listen->protocol = protocol;
	listen->port = port;
	g_strlcpy(listen->address, address, sizeof(listen->address));
}

struct everywhere {
	struct ts_sip_config *out;
	enum ts_sip_protocol protocol;
	int family;
	uint16_t port;
};

static bool add_address(void *arg, const struct ts_interface *interface)
{
	struct everywhere *all = arg;
	bool v6 = interface->address.ss_family == AF_INET6;
	if (interface->address.ss_family == all->family && !(v6 && interface->is_link_local))
		add_listener(all->out, all->protocol, interface->text, all->port);
	return true;
}

/* 0.0.0.0 and :: stand for every address of the machine: each gets a socket of its own, so that an
 * answer goes out where the call came in and names that address. */
static void add_everywhere(
	struct ts_sip_config *out, enum ts_sip_protocol protocol, int family, uint16_t port)
{
	struct everywhere all = {out, protocol, family, port};
	ts_interfaces_each(add_address, &all);
}

/* As a browser names us: public_url, else what is advertised, else the first address that HTTP
 * listens on. */
static void set_websocket(struct ts_sip_config *out, const struct ts_config *config)
{
	const char *url = strstr(config->http.public_url, "://");
	char *host = out->websocket.host;
	const size_t cap = sizeof(out->websocket.host);
	if (!config->sip.websocket || !config->http.listen.n) return;
	const struct ts_endpoint *at = &config->http.listen.item[0].at;
	out->websocket.on = true;
	out->websocket.secure = url ? g_str_has_prefix(config->http.public_url, "https:")
				    : config->http.listen.item[0].tls;
	if (url) {
		g_strlcpy(host, url + 3, cap);
		host[strcspn(host, "/")] = '\0';
		return;
	}
	const char *address = *config->sip.advertise                      ? config->sip.advertise
		: !strcmp(at->addr, "0.0.0.0") || !strcmp(at->addr, "::") ? out->listen[0].address
									  : at->addr;
	g_snprintf(host, cap, strchr(address, ':') ? "[%s]" : "%s", address);
	if (at->port) g_snprintf(host + strlen(host), cap - strlen(host), ":%u", at->port);
}

int ts_sip_config_make(struct ts_sip_config *out, const struct ts_config *config)
{
	for (size_t i = 0; i < config->sip.numbers.n; i++) {
		if (ts_sip_number_ok(config->sip.numbers.item[i])) continue;
		ts_error("sip numbers", "rule=%s error=nonsense",
			TS_LOG_STR(config->sip.numbers.item[i]));
		return TS_EINVAL;
	}
	for (size_t i = 0; i < config->sip.listen.n; i++) {
		const struct ts_endpoint *at = &config->sip.listen.item[i].at;
		enum ts_sip_protocol protocol = config->sip.listen.item[i].protocol;
		if (!strcmp(at->addr, "0.0.0.0"))
			add_everywhere(out, protocol, AF_INET, at->port);
		else if (!strcmp(at->addr, "::"))
			add_everywhere(out, protocol, AF_INET6, at->port);
		else
			add_listener(out, protocol, at->addr, at->port);
	}
	out->advertise = config->sip.advertise;
	out->cert = config->sip.cert;
	out->key = config->sip.key;
	out->ca = config->sip.ca;
	out->users = (const char *const *)config->sip.users.item;
	out->n_users = config->sip.users.n;
	out->digest = (enum ts_sip_digest)config->sip.digest;
	out->allow = (const char *const *)config->sip.allow.item;
	out->n_allow = config->sip.allow.n;
	out->proxy = config->sip.proxy;
	out->proxy_user = config->sip.proxy_user;
	out->proxy_password = config->sip.proxy_password;
	out->proxy_realm = config->sip.proxy_realm;
	out->verify_servers = config->sip.verify_servers;
	out->follow_redirects = config->sip.follow_redirects;
	out->target = (struct ts_sip_target_policy){
		.rules = (const char *const *)config->sip.dial.item,
		.n_rules = config->sip.dial.n,
		.local = ts_sip_config_is_loopback(config),
		.is_ours = ts_interfaces_have,
		.mapped = (const char *const *)config->media.advertise.item,
		.n_mapped = config->media.advertise.n,
		.also_mapped = config->sip.advertise};
	out->realm = config->sip.realm;
	out->dns = (const char *const *)config->sip.dns.item;
	out->n_dns = config->sip.dns.n;
	out->registrar = config->sip.registrar;
	out->min_expires_s = config->sip.min_expires_s;
	out->max_expires_s = config->sip.max_expires_s;
	out->no_transfers = config->sip.transfer == TS_SIP_TRANSFER_NONE;
	out->max_calls = config->sip.max_calls;
	out->max_calls_per_address = config->sip.max_calls_per_address;
	out->max_connections = config->sip.max_connections;
	out->invites_per_second = config->sip.invites_per_second;
	out->timer.expires_s = (uint32_t)config->sip.session_expires_s;
	out->timer.min_s = (uint32_t)config->sip.min_session_expires_s;
	out->software = "tessera";
	set_websocket(out, config);
	return 0;
}

bool ts_sip_config_is_loopback(const struct ts_config *config)
{
	for (size_t i = 0; i < config->sip.listen.n; i++)
		if (!ts_endpoint_is_loopback(&config->sip.listen.item[i].at)) return false;
	return true;
}
