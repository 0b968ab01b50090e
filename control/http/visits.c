#include "control/http/visits.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "control/http/client_address.h"
#include <sys/socket.h>

/* From the opening of a connection to its end. */
struct connection {
	struct ts_visit visit;
	int fd;
	void *request; /* the one that is open; NULL: none */
};

/* It is set for the first deadline, but not moved when that one is met, as nearly all are. */
static void set_timer(struct ts_http_visits *visits)
{
	int64_t due_ns = ts_patience_due_ns(&visits->patience);
	if (due_ns != INT64_MAX) ts_loop_timer_set(visits->loop, &visits->timer, due_ns);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_http_visits *visits = ts_container_of(timer, struct ts_http_visits, timer);
	ts_patience_expire(&visits->patience, now_ns);
	set_timer(visits);
}

/* MHD finds the socket closed and does the rest. */
static void on_cut(struct ts_visit *visit, bool late)
{
	ts_count(late ? TS_C_HTTP_CUT_SLOW : TS_C_HTTP_CUT_FULL);
	shutdown(ts_container_of(visit, struct connection, visit)->fd, SHUT_RDWR);
}

void ts_http_visits_init(struct ts_http_visits *visits, struct ts_loop *loop,
	const struct ts_http_config *config, void (*lost)(void *request))
{
	*visits = (struct ts_http_visits){
		.loop = loop, .config = config, .lost = lost, .timer = {.fn = on_timer}};
	ts_patience_init(&visits->patience,
		&(struct ts_patience_config){.limit_ns = (int64_t)config->request_ms * TS_NS_PER_MS,
			.max = config->max_connections,
			.max_per_address = config->max_per_address,
			.cut = on_cut});
}

void ts_http_visits_fini(struct ts_http_visits *visits)
{
	ts_loop_timer_cancel(visits->loop, &visits->timer);
	ts_patience_fini(&visits->patience);
}

static struct connection *context_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

void ts_http_visit_wait(struct ts_http_visits *visits, struct MHD_Connection *connection)
{
	bool first = ts_patience_due_ns(&visits->patience) == INT64_MAX;
	ts_patience_wait(&visits->patience, &context_of(connection)->visit, ts_now_ns());
	if (first) set_timer(visits);
}

void ts_http_visit_stop(struct ts_http_visits *visits, struct MHD_Connection *connection)
{
	ts_patience_stop(&visits->patience, &context_of(connection)->visit);
}

/* What MHD refuses by itself it does not always tell the end of: a query of 400 '&', say. */
void ts_http_visit_set_request(
	struct ts_http_visits *visits, struct MHD_Connection *connection, void *request)
{
	struct connection *c = context_of(connection);
	if (request && c->request) visits->lost(c->request);
	c->request = request;
}

/* ---- who is at the other end */

static struct in6_addr peer_of(struct MHD_Connection *connection)
{
	struct in6_addr peer = IN6ADDR_ANY_INIT;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (info && info->client_addr) ts_address_read(&peer, info->client_addr);
	return peer;
}

static enum MHD_Result add_forwarded(
	void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	GString *all = cls;
	(void)kind;
	if (!g_ascii_strcasecmp(key, "X-Forwarded-For") && value)
		g_string_append_printf(all, "%s%s", all->len ? "," : "", value);
	return MHD_YES;
}

/* Some proxies add a line of their own instead of adding to the one that is there: all lines count,
 * in order. */
void ts_http_visit_client(struct ts_http_visits *visits, struct MHD_Connection *connection,
	char address[INET6_ADDRSTRLEN])
{
	const struct ts_strings *trusted = &visits->config->trusted_proxies;
	struct in6_addr client = peer_of(connection);
	const bool trusted_proxy = ts_client_address_trusts(&client, trusted);
	if (trusted_proxy) {
		g_autoptr(GString) all = g_string_new(NULL);
		MHD_get_connection_values(connection, MHD_HEADER_KIND, add_forwarded, all);
		client = ts_client_address(&client, all->str, trusted);
	}
	ts_address_print(address, &client);
	if (!trusted_proxy && !visits->told &&
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Forwarded-For")) {
		visits->told = true;
		ts_warn("x-forwarded-for ignored",
			"peer=%s hint=if it is a proxy of yours, name it in http.trusted_proxies: "
			"all who come by it count as one",
			address);
	}
}

/* ---- coming and going */

static void open_connection(
	struct ts_http_visits *visits, struct MHD_Connection *connection, struct connection *c)
{
	bool first = ts_patience_due_ns(&visits->patience) == INT64_MAX;
	const struct in6_addr peer = peer_of(connection);
	bool proxy = ts_client_address_trusts(&peer, &visits->config->trusted_proxies);
	char address[INET6_ADDRSTRLEN];
	ts_address_print(address, &peer);
	c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	ts_patience_open(&visits->patience, &c->visit, proxy ? NULL : address, ts_now_ns());
	if (first) set_timer(visits);
}

void ts_http_visit_notify(void *cls, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	struct ts_http_visits *visits = cls;
	struct connection *c = *context;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = c = g_new0(struct connection, 1);
		ts_count(TS_C_HTTP_CONNECTIONS);
		open_connection(visits, connection, c);
	} else {
		ts_count_add(TS_C_HTTP_CONNECTIONS, -1);
		ts_patience_close(&visits->patience, &c->visit);
		if (c->request) visits->lost(c->request);
		*context = NULL;
		g_free(c);
	}
}
