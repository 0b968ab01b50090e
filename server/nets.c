/* nets - the net threads: their ports, addresses, STUN and TURN. */
#include "base/error.h"
#include "base/log.h"
#include "server/server.h"
#include "transport/transport.h"

/* One that cannot be found now is left out: calls of those who need none shall work. */
static void find_server(struct ts_ice_server *server, const char *url)
{
	if (!*url || !ts_ice_server_parse(server, url)) return;
	ts_error("no such STUN or TURN server", "url=%s", TS_LOG_STR(url));
	*server = (struct ts_ice_server){0};
}

int ts_server_start_nets(struct ts_server *server)
{
	const struct ts_config *config = &server->config;
	char err[TS_CONFIG_ERR_MAX];
	struct ts_strings local = {0};
	int rc = ts_config_local_addresses(config, &local, err, sizeof(err));
	if (rc) {
		ts_error("config", "error=%s", TS_LOG_STR(err));
		return rc;
	}
	struct ts_ice_server stun = {0}, turn = {0};
	if (config->ice.gather == TS_GATHER_ALL) {
		find_server(&stun, config->ice.stun);
		find_server(&turn, config->ice.turn);
	}
	const struct ts_nets_config nets = {
		.threads = config->media.net_threads,
		.ice.port_min = config->media.ports.first,
		.ice.port_max = config->media.ports.last,
		.ice.port = (uint16_t)config->media.port,
		.ice.addresses = (const char *const *)local.item,
		.ice.n_addresses = local.n,
		.ice.advertise = (const char *const *)config->media.advertise.item,
		.ice.n_advertise = config->media.advertise.n,
		.ice.tcp = config->ice.tcp,
		.ice.dscp = config->media.dscp,
		.ice.stun = stun.port ? &stun : NULL,
		.ice.turn = turn.port ? &turn : NULL,
		.ice.turn_account = {config->ice.turn_user, config->ice.turn_password,
			config->ice.turn_secret, config->ice.turn_ttl_s},
	};
	rc = ts_nets_create(&server->engine.nets, &nets);
	ts_strings_fini(&local);
	return rc;
}
