/* reload - SIGHUP: settings, certificates and the file of call records are read again. */
#include "config/reload.h"
#include "base/log.h"
#include "config/options.h"
#include "control/cdr/cdr.h"
#include "control/identity/identity.h"
#include "server/server.h"

static void on_change(void *arg, const struct ts_config_change *change)
{
	(void)arg;
	if (!change->taken)
		ts_warn("setting needs a restart", "key=%s.%s", change->section, change->name);
	else if (change->value)
		ts_info("setting changed", "key=%s.%s value=%s", change->section, change->name,
			TS_LOG_STR(change->value));
	else
		ts_info("setting changed", "key=%s.%s secret=yes", change->section, change->name);
}

/* What reads the settings when it needs them has them already. */
static void hand_on(struct ts_server *server)
{
	ts_log_set_level((enum ts_log_level)server->config.log.level);
	ts_server_set_limits(server);
}

static void reload_config(struct ts_server *server)
{
	struct ts_config fresh;
	char err[TS_CONFIG_ERR_MAX] = "";
	int rc = ts_options_read_again(&fresh, server->argc, server->argv, err, sizeof(err));
	if (!rc) rc = ts_config_reload(&server->config, &fresh, on_change, NULL, err, sizeof(err));
	if (rc)
		ts_error("settings not taken", "error=%s kept=the ones before", TS_LOG_STR(err));
	else
		hand_on(server);
	ts_config_fini(&fresh);
}

void ts_server_reload(struct ts_server *server)
{
	if (server->stopping) return;
	ts_notify_reloading();
	reload_config(server);
	ts_server_reload_certificates(server);
	ts_identity_reload(server->api.identity);
	ts_cdr_reopen(server->cdr);
	ts_notify("READY=1");
}
