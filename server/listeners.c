/* listeners - the HTTP and HTTPS servers, and the certificate of those. */
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "control/api/api.h"
#include "control/http/http.h"
#include "control/ingest/ingest.h"
#include "server/server.h"
#include <glib.h>
#include <string.h>

enum {
	HTTP_CONNECTIONS_MAX = 1024,
	HTTP_TIMEOUT_S = 20,
	HTTP_REQUEST_MS = 2 * 1000 *
		/* one kept open for that long still has as long for what comes then */
		HTTP_TIMEOUT_S,
};

struct certificate {
	char *cert, *key;
	gsize key_len;
};

static void forget_certificate(struct certificate *tls)
{
	if (tls->key) explicit_bzero(tls->key, tls->key_len);
	g_clear_pointer(&tls->cert, g_free);
	g_clear_pointer(&tls->key, g_free);
}

static int read_certificate(struct certificate *tls, const struct ts_config *config)
{
	g_autoptr(GError) error = NULL;
	if (g_file_get_contents(config->http.cert, &tls->cert, NULL, &error) &&
		g_file_get_contents(config->http.key, &tls->key, &tls->key_len, &error))
		return 0;
	ts_error("certificate not read", "error=%s", TS_LOG_STR(error->message));
	forget_certificate(tls);
	return TS_EINVAL;
}

/* SIGHUP. Connections that exist go on with what they were made with. */
void ts_server_reload_certificates(struct ts_server *server)
{
	const struct ts_listeners *listen = &server->config.http.listen;
	struct certificate tls = {0};
	for (size_t i = 0; i < listen->n; i++) {
		if (!listen->item[i].tls || read_certificate(&tls, &server->config)) continue;
		if (ts_http_set_certificate(&server->http[i], tls.cert, tls.key))
			ts_error("certificate not taken", "file=%s kept=the one before",
				TS_LOG_STR(server->config.http.cert));
		else
			ts_info("certificate", "file=%s", TS_LOG_STR(server->config.http.cert));
		forget_certificate(&tls);
	}
	if (server->ingest) ts_ingest_reload(server->ingest);
}

/* HTTP gets a quarter of the descriptors at most: a crowd at the door leaves some for those
 * inside. */
static unsigned http_connections(const struct ts_server *server)
{
	unsigned share = ts_descriptors_share() / (unsigned)server->config.http.listen.n;
	return share < HTTP_CONNECTIONS_MAX ? share : HTTP_CONNECTIONS_MAX;
}

static int start(struct ts_server *server, size_t i)
{
	const unsigned connections = http_connections(server);
	struct ts_http_config http = {
		.listen = server->config.http.listen.item[i].at,
		.max_connections = connections,
		.max_per_address = (connections + 1) / 2,
		.timeout_s = HTTP_TIMEOUT_S,
		.request_ms = HTTP_REQUEST_MS,
		.trusted_proxies = server->config.http.trusted_proxies,
		.max_body_bytes = TS_BODY_MAX_BYTES,
		.body_max = ts_api_body_max,
	};
	struct certificate tls = {0};
	int rc = server->config.http.listen.item[i].tls ? read_certificate(&tls, &server->config)
							: 0;
	if (rc) return rc;
	http.cert_pem = tls.cert;
	http.key_pem = tls.key;
	rc = ts_http_create(
		&server->http[i], server->engine.control, &http, ts_api_handle, &server->api);
	forget_certificate(&tls);
	return rc;
}

int ts_server_start_http(struct ts_server *server)
{
	int rc = 0;
	for (size_t i = 0; i < server->config.http.listen.n && !rc; i++) rc = start(server, i);
	return rc;
}

void ts_server_stop_http(struct ts_server *server)
{
	for (size_t i = 0; i < TS_LISTENERS_MAX; i++) ts_http_destroy(&server->http[i]);
}
