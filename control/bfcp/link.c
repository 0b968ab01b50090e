#include "control/bfcp/link.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "control/bfcp/port_core.h"
#include <string.h>

/* A datagram that came too early. */
struct ts_bfcp_early {
	struct sockaddr_storage from;
	size_t n;
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
};

/* ---- whose */

static uint64_t key_of(uint32_t conference, uint16_t user)
{
	return (uint64_t)conference << 16 | user;
}

uint64_t ts_bfcp_link_key(const struct ts_bfcp_head *head)
{
	return key_of(head->conference, head->user);
}

struct ts_bfcp_link *ts_bfcp_link_find(
	const struct ts_bfcp_port *port, const struct ts_bfcp_head *head, bool reliable)
{
	const uint64_t key = ts_bfcp_link_key(head);
	struct ts_bfcp_link *l = g_hash_table_lookup(port->ports->links, &key);
	return l && l->port == port && l->config.reliable == reliable ? l : NULL;
}

bool ts_bfcp_link_awaits_tls(const struct ts_bfcp_port *port, const struct sockaddr_storage *from)
{
	GHashTableIter at;
	gpointer link;
	g_hash_table_iter_init(&at, port->ports->links);
	while (g_hash_table_iter_next(&at, NULL, &link)) {
		const struct ts_bfcp_link *l = link;
		if (l->port == port && l->config.fingerprint &&
			ts_bfcp_link_may(l, from) != TS_BFCP_MAY_NOT)
			return true;
	}
	return false;
}

enum ts_bfcp_may ts_bfcp_link_may(const struct ts_bfcp_link *l, const struct sockaddr_storage *from)
{
	if (!l->has_hosts) return TS_BFCP_MAY_LATER;
	return (l->told.ss_family && ts_address_same_host(from, &l->told)) ||
			(l->signals.ss_family && ts_address_same_host(from, &l->signals))
		? TS_BFCP_MAY_SPEAK
		: TS_BFCP_MAY_NOT;
}

/* ---- messages */

/* A room repeats its first word until it is answered, and says nothing else meanwhile. */
static void keep_early(
	struct ts_bfcp_link *l, const struct sockaddr_storage *from, const void *bytes, size_t n)
{
	if (!l->early) l->early = g_new(struct ts_bfcp_early, 1);
	l->early->from = *from;
	l->early->n = n;
	memcpy(l->early->bytes, bytes, n);
}

/* Of each call apart: what others send under its address takes nothing from it. */
static bool may_say_more(struct ts_bfcp_link *l, int64_t now_ns)
{
	if (!ts_bucket_take(&l->messages, &ts_bfcp_rate, now_ns)) return true;
	ts_count(TS_C_BFCP_REFUSED_RATE);
	return false;
}

void ts_bfcp_link_take(struct ts_bfcp_link *l, const struct sockaddr_storage *from,
	const void *bytes, size_t n, int64_t now_ns)
{
	struct ts_bfcp_ports *ports = l->ports;
	const uint64_t key = l->key;
	if (ts_bfcp_link_may(l, from) == TS_BFCP_MAY_LATER) {
		keep_early(l, from, bytes, n);
		return;
	}
	if (!may_say_more(l, now_ns)) return;
	l->answers_to = *from;
	const bool valid = l->config.received(l->config.arg, bytes, n, now_ns);
	if (g_hash_table_lookup(ports->links, &key) != l) return; /* closed by what it said */
	l->answers_to.ss_family = 0;
	if (valid) l->from = *from;
}

/* The link may be gone after each. */
static void on_wake(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_bfcp_link *l = ts_container_of(timer, struct ts_bfcp_link, wake);
	struct ts_bfcp_ports *ports = l->ports;
	const uint64_t key = l->key;
	struct ts_bfcp_early *early = g_steal_pointer(&l->early);
	if (early && ts_bfcp_link_may(l, &early->from) == TS_BFCP_MAY_SPEAK)
		ts_bfcp_link_take(l, &early->from, early->bytes, early->n, now_ns);
	else if (early)
		ts_bfcp_count_stranger(ports, &early->from, now_ns);
	g_free(early);
	ts_bfcp_connections_wake(ports, key, now_ns);
}

/* ---- life */

int ts_bfcp_link_open(struct ts_bfcp_link **out, struct ts_bfcp_ports *ports,
	const struct ts_bfcp_link_config *config)
{
	struct ts_bfcp_port *port;
	const int err = ts_bfcp_port_use(&port, ports, config->local);
	if (err) return err;
	struct ts_bfcp_link *l = *out = g_new0(struct ts_bfcp_link, 1);
	l->ports = ports;
	l->port = port;
	l->config = *config;
	l->config.local = NULL;
	l->config.fingerprint = config->fingerprint && *config->fingerprint
		? g_strdup(config->fingerprint)
		: NULL;
	l->key = key_of(config->conference, config->user);
	l->wake.fn = on_wake;
	g_hash_table_insert(ports->links, &l->key, l);
	ts_count(TS_C_BFCP_USERS);
	return 0;
}

void ts_bfcp_link_close(struct ts_bfcp_link **link)
{
	struct ts_bfcp_link *l = *link;
	*link = NULL;
	if (!l) return;
	if (l->connection) ts_bfcp_connection_end(l->connection);
	ts_loop_timer_cancel(l->ports->loop, &l->wake);
	g_hash_table_remove(l->ports->links, &l->key);
	ts_bfcp_connections_wake(l->ports, l->key, ts_now_ns()); /* in vain */
	ts_bfcp_port_release(l->port);
	ts_count_add(TS_C_BFCP_USERS, -1);
	g_free(l->early);
	g_free((char *)l->config.fingerprint);
	g_free(l);
}

uint16_t ts_bfcp_link_port(const struct ts_bfcp_link *l)
{
	return l->port->number;
}

void ts_bfcp_link_set_hosts(struct ts_bfcp_link *l, const char *told, const char *signals)
{
	ts_address_parse(&l->told, told, 0);
	ts_address_parse(&l->signals, signals, 0);
	if (!l->has_hosts) ts_loop_timer_set(l->ports->loop, &l->wake, ts_now_ns());
	l->has_hosts = true;
}

bool ts_bfcp_link_from(const struct ts_bfcp_link *l, char *out, size_t cap)
{
	char host[INET6_ADDRSTRLEN];
	if (!ts_address_text(host, &l->from)) return false;
	g_snprintf(out, cap, l->from.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
		ts_address_port(&l->from));
	return true;
}

void ts_bfcp_link_send(struct ts_bfcp_link *l, const void *bytes, size_t n)
{
	const struct sockaddr_storage *to = l->answers_to.ss_family ? &l->answers_to : &l->from;
	if (l->config.reliable && l->connection)
		ts_bfcp_connection_send(l->connection, bytes, n);
	else if (!l->config.reliable && to->ss_family)
		/* what the network does not take is repeated */
		sendto(l->port->udp.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)to, ts_address_len(to));
}
