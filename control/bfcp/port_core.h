/* What ports, links and connections know of each other. */
#ifndef TS_CONTROL_BFCP_PORT_CORE_H
#define TS_CONTROL_BFCP_PORT_CORE_H

#include "control/bfcp/link.h"
#include "control/rooms/throttle.h"
#include "transport/secure/tls_server.h"
#include <glib.h>
#include <netinet/in.h>

/* Of a call, and of the strangers at an address. */
extern const struct ts_throttle_config ts_bfcp_rate;

struct ts_bfcp_ports {
	struct ts_loop *loop;
	uint16_t first, last;
	GQueue ports, connections;
	GHashTable *links;            /* by key */
	struct ts_throttle *throttle; /* of those who are nobody's */
	struct ts_throttle *hands;    /* of those who begin TLS */
	struct ts_tls_server *tls;    /* NULL: there is none */
	struct ts_timer sweep;        /* runs while there are connections without a link */
};

/* One address of ours, for as long as a link uses it. */
struct ts_bfcp_port {
	struct ts_bfcp_ports *ports;
	char address[INET6_ADDRSTRLEN];
	uint16_t number;
	struct ts_watch udp, tcp;
	unsigned links;
	GList at;
};
/* With a share of it for a link. Errors of ts_bfcp_link_open. */
int ts_bfcp_port_use(
	struct ts_bfcp_port **out, struct ts_bfcp_ports *ports, const char *address);
void ts_bfcp_port_release(struct ts_bfcp_port *port);
/* False: not now. Counted as one of a stranger. */
bool ts_bfcp_may_begin_tls(
	struct ts_bfcp_port *port, const struct sockaddr_storage *from, int64_t now_ns);
void ts_bfcp_count_stranger(
	struct ts_bfcp_ports *ports, const struct sockaddr_storage *from, int64_t now_ns);

struct ts_bfcp_connection;

struct ts_bfcp_link {
	struct ts_bfcp_ports *ports;
	struct ts_bfcp_port *port;
	struct ts_bfcp_link_config config;
	uint64_t key;
	bool has_hosts;
	struct sockaddr_storage told, signals, from; /* family 0: none */
	struct sockaddr_storage answers_to;          /* while a datagram is received; else none */
	struct ts_bfcp_connection *connection;       /* NULL: none, or UDP */
	struct ts_bucket messages;
	struct ts_timer wake;                        /* what waited is received */
	struct ts_bfcp_early *early;                 /* NULL: nothing waits */
};
/* Whose message it is; NULL: nobody's. */
struct ts_bfcp_link *ts_bfcp_link_find(
	const struct ts_bfcp_port *port, const struct ts_bfcp_head *head, bool reliable);
/* Is there one with TLS that this host may speak for, or may be? */
bool ts_bfcp_link_awaits_tls(const struct ts_bfcp_port *port, const struct sockaddr_storage *from);
uint64_t ts_bfcp_link_key(const struct ts_bfcp_head *head);
enum ts_bfcp_may { TS_BFCP_MAY_NOT, TS_BFCP_MAY_LATER, TS_BFCP_MAY_SPEAK };
enum ts_bfcp_may ts_bfcp_link_may(
	const struct ts_bfcp_link *link, const struct sockaddr_storage *from);
/* From one that may speak, or later. The link may be gone after it. */
void ts_bfcp_link_take(struct ts_bfcp_link *link, const struct sockaddr_storage *from,
	const void *bytes, size_t n, int64_t now_ns);

/* On a listening socket. */
void ts_bfcp_connections_accept(struct ts_bfcp_port *port);
/* Those of a port that closes. */
void ts_bfcp_connections_end(struct ts_bfcp_port *port);
/* Those that wait for this link, which may speak or may not by now. */
void ts_bfcp_connections_wake(struct ts_bfcp_ports *ports, uint64_t key, int64_t now_ns);
void ts_bfcp_connections_sweep(struct ts_timer *timer, int64_t now_ns);
void ts_bfcp_connection_end(struct ts_bfcp_connection *connection);
void ts_bfcp_connection_send(
	struct ts_bfcp_connection *connection, const void *bytes, size_t n);

#endif
