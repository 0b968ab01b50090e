/* run - one start, one run, one end. */
#include "base/error.h"
#include "base/log.h"
#include "base/strand.h"
#include "config/options.h"
#include "control/api/libraries.h"
#include "control/http/http.h"
#include "mixer/view/painter.h"
#include "server/server.h"
#include "transport/transport.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void tell_url(const struct ts_server *server)
{
	const struct ts_config *config = &server->config;
	const char *addr = config->http.listen.item[0].at.addr,
		   *bracket = strchr(addr, ':') ? "[]" : "";
	char url[1024];
	if (*config->http.public_url)
		snprintf(url, sizeof(url), "%s/", config->http.public_url);
	else
		snprintf(url, sizeof(url), "%s://%.1s%s%s:%u/",
			config->http.listen.item[0].tls ? "https" : "http", bracket, addr,
			*bracket ? bracket + 1 : "", ts_http_port(server->http[0]));
	ts_info("join page", "url=%s", url);
	printf("tessera is running. Join at %s\n", url);
	fflush(stdout);
}

static void tell_libraries(void)
{
	struct ts_libraries list = {.n = 0};
	ts_libraries_list(&list);
	ts_libraries_log(&list);
}

int ts_server_run(struct ts_server *server, const sigset_t *signals)
{
	tell_libraries();
	int rc = ts_server_start_pools(server);
	if (!rc) rc = ts_server_start_nets(server);
	if (!rc) rc = ts_server_start_control(server);
	if (!rc) rc = ts_server_watch_signals(server, signals);
	/* the last: from then on publishers ask control, which must run to answer */
	if (!rc) rc = ts_server_start_ingest(server);
	if (rc) {
		ts_error("start failed", "error=%s", ts_strerror(rc));
		/* an interface that is not there, say */
		return rc == TS_EINVAL ? TS_EXIT_CONFIG : TS_EXIT_OTHER;
	}
	tell_url(server);
	ts_watchdog_start(&server->watchdog, server->engine.control);
	ts_notify("READY=1");
	ts_loop_run(server->engine.control);
	if (!server->overdue) return TS_EXIT_OK;
	ts_error("stop", "calls did not end in time");
	_exit(TS_EXIT_OTHER); /* what still runs owns its memory */
}

static void ignore(void *arg)
{
	(void)arg;
}

/* The pools go before the net threads: an encoder whose room is gone may still be sending its last
 * picture. */
void ts_server_destroy(struct ts_server *server)
{
	ts_server_stop_http(server);
	ts_server_destroy_parts(server);
	if (server->engine.painter) ts_painter_close(server->engine.painter, ignore, NULL);
	ts_pool_destroy(&server->engine.audio);
	ts_pool_destroy(&server->engine.tick);
	ts_pool_destroy(&server->engine.video);
	ts_nets_destroy(&server->engine.nets);
	ts_loop_destroy(&server->engine.control);
	if (server->signals.fd > 0) close(server->signals.fd);
}
