#include "control/bfcp/port.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "control/bfcp/port_core.h"
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PORTS_MAX = 16,
	OPEN_TRIES = 200,
	READS = 32, /* at one wake-up */
	BACKLOG = 64,
	ADDRESSES = 4096,
};

const struct ts_throttle_config ts_bfcp_rate = {
	.period_ns = TS_NS_PER_S / 20, .burst = 60, .max_addresses = ADDRESSES};
/* many rooms may be behind one address */
static const struct ts_throttle_config hand_rate = {
	.period_ns = TS_NS_PER_S / 5, .burst = 20, .max_addresses = ADDRESSES};

/* ---- strangers */

static bool is_too_often(
	struct ts_throttle *throttle, const struct sockaddr_storage *from, int64_t now_ns)
{
	struct in6_addr host;
	char text[INET6_ADDRSTRLEN];
	if (!ts_address_read(&host, (const struct sockaddr *)from)) return true;
	ts_address_print(text, &host);
	return ts_throttle_take(throttle, text, now_ns) != 0;
}

void ts_bfcp_count_stranger(
	struct ts_bfcp_ports *ports, const struct sockaddr_storage *from, int64_t now_ns)
{
	ts_count(is_too_often(ports->throttle, from, now_ns) ? TS_C_BFCP_REFUSED_RATE
							     : TS_C_BFCP_REFUSED_STRANGER);
}

/* It costs a millisecond: who is nobody's has none of it, and nobody much. */
bool ts_bfcp_may_begin_tls(
	struct ts_bfcp_port *port, const struct sockaddr_storage *from, int64_t now_ns)
{
	struct ts_bfcp_ports *ports = port->ports;
	if (!ports->tls || !ts_bfcp_link_awaits_tls(port, from)) {
		ts_bfcp_count_stranger(ports, from, now_ns);
		return false;
	}
	if (!is_too_often(ports->hands, from, now_ns)) return true;
	ts_count(TS_C_BFCP_REFUSED_RATE);
	return false;
}

/* ---- datagrams */

static void take_datagram(struct ts_bfcp_port *port, const struct sockaddr_storage *from,
	const uint8_t *bytes, size_t n, int64_t now_ns)
{
	struct ts_bfcp_head head;
	if (n > TS_BFCP_MESSAGE_MAX || !ts_bfcp_read_head(&head, bytes, n)) {
		ts_count(TS_C_BFCP_REFUSED_MALFORMED);
		return;
	}
	struct ts_bfcp_link *l = ts_bfcp_link_find(port, &head, false);
	if (!l || ts_bfcp_link_may(l, from) == TS_BFCP_MAY_NOT)
		ts_bfcp_count_stranger(port->ports, from, now_ns);
	else
		ts_bfcp_link_take(l, from, bytes, n, now_ns);
}

/* A call may end by what a message says, and the port with it: one message a wake-up where that is
 * so, and what is left wakes us again. */
static void on_datagrams(struct ts_watch *watch, uint32_t events)
{
	struct ts_bfcp_port *port = ts_container_of(watch, struct ts_bfcp_port, udp);
	struct ts_bfcp_ports *ports = port->ports;
	const int64_t now_ns = ts_now_ns();
	(void)events;
	for (int i = 0; i < READS; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		uint8_t bytes[TS_BFCP_MESSAGE_MAX + 1];
		const ssize_t n = recvfrom(watch->fd, bytes, sizeof bytes, MSG_DONTWAIT,
			(struct sockaddr *)&from, &len);
		if (n < 0) return;
		take_datagram(port, &from, bytes, (size_t)n, now_ns);
		if (!g_queue_find(&ports->ports, port)) return;
	}
}

static void on_connections(struct ts_watch *watch, uint32_t events)
{
	(void)events;
	ts_bfcp_connections_accept(ts_container_of(watch, struct ts_bfcp_port, tcp));
}

/* ---- ports */

static int bound(const char *address, uint16_t number, int type)
{
	const int on = 1;
	struct sockaddr_storage at;
	if (!ts_address_parse(&at, address, number)) return -1;
	const int fd = socket(at.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) return -1;
	if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (!bind(fd, (const void *)&at, ts_address_len(&at)) &&
		(type == SOCK_DGRAM || !listen(fd, BACKLOG)))
		return fd;
	close(fd);
	return -1;
}

static void close_fd(struct ts_loop *loop, struct ts_watch *watch)
{
	if (watch->active) ts_loop_unwatch(loop, watch);
	if (watch->fd >= 0) close(watch->fd);
	watch->fd = -1;
}

/* Both of the same number. */
static bool open_both(struct ts_bfcp_port *port, uint16_t number)
{
	struct ts_loop *loop = port->ports->loop;
	port->udp = (struct ts_watch){
		.fn = on_datagrams, .fd = bound(port->address, number, SOCK_DGRAM)};
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	if (port->udp.fd >= 0 && !getsockname(port->udp.fd, (struct sockaddr *)&at, &len))
		number = ts_address_port(&at);
	port->tcp = (struct ts_watch){.fn = on_connections,
		.fd = port->udp.fd < 0 ? -1 : bound(port->address, number, SOCK_STREAM)};
	port->number = number;
	if (port->tcp.fd >= 0 && !ts_loop_watch(loop, &port->udp, EPOLLIN) &&
		!ts_loop_watch(loop, &port->tcp, EPOLLIN))
		return true;
	close_fd(loop, &port->udp);
	close_fd(loop, &port->tcp);
	return false;
}

static int open_any(struct ts_bfcp_port *port)
{
	const struct ts_bfcp_ports *ports = port->ports;
	const uint32_t n = (uint32_t)(ports->last - ports->first) + 1, from = ts_random_u32() % n;
	for (uint32_t i = 0; i < OPEN_TRIES && (i < n || !ports->first); i++)
		if (open_both(port, ports->first ? (uint16_t)(ports->first + (from + i) % n) : 0))
			return 0;
	ts_warn("no BFCP port", "address=%s", TS_LOG_STR(port->address));
	return TS_EIO;
}

void ts_bfcp_port_release(struct ts_bfcp_port *port)
{
	struct ts_bfcp_ports *ports = port->ports;
	if (--port->links) return;
	ts_bfcp_connections_end(port);
	close_fd(ports->loop, &port->udp);
	close_fd(ports->loop, &port->tcp);
	g_queue_unlink(&ports->ports, &port->at);
	g_free(port);
}

int ts_bfcp_port_use(struct ts_bfcp_port **out, struct ts_bfcp_ports *ports, const char *address)
{
	struct sockaddr_storage check;
	for (GList *l = ports->ports.head; l; l = l->next) {
		*out = l->data;
		if (strcmp((*out)->address, address) != 0) continue;
		(*out)->links++;
		return 0;
	}
	if (!ts_address_parse(&check, address, 0)) return TS_EINVAL;
	if (ports->ports.length == PORTS_MAX) return TS_ELIMIT;
	struct ts_bfcp_port *port = *out = g_new0(struct ts_bfcp_port, 1);
	port->ports = ports;
	port->at.data = port;
	port->links = 1;
	g_strlcpy(port->address, address, sizeof port->address);
	const int err = open_any(port);
	if (err)
		g_free(port);
	else
		g_queue_push_tail_link(&ports->ports, &port->at);
	return err;
}

/* ---- life */

struct ts_bfcp_ports *ts_bfcp_ports_new(struct ts_loop *loop, uint16_t first, uint16_t last)
{
	struct ts_bfcp_ports *ports = g_new0(struct ts_bfcp_ports, 1);
	ports->loop = loop;
	ports->first = first;
	ports->last = last;
	g_queue_init(&ports->ports);
	g_queue_init(&ports->connections);
	ports->links = g_hash_table_new(g_int64_hash, g_int64_equal);
	ports->throttle = ts_throttle_new(&ts_bfcp_rate);
	ports->hands = ts_throttle_new(&hand_rate);
	if (ts_tls_server_create_own(&ports->tls)) ts_warn("no TLS for BFCP", "error=no-memory");
	ports->sweep.fn = ts_bfcp_connections_sweep;
	return ports;
}

const char *ts_bfcp_ports_fingerprint(const struct ts_bfcp_ports *ports)
{
	return ports->tls ? ts_tls_server_fingerprint(ports->tls) : "";
}

void ts_bfcp_ports_free(struct ts_bfcp_ports *ports)
{
	if (!ports) return;
	g_assert(!ports->ports.length);
	ts_loop_timer_cancel(ports->loop, &ports->sweep);
	ts_throttle_free(ports->throttle);
	ts_throttle_free(ports->hands);
	ts_tls_server_destroy(&ports->tls);
	g_hash_table_unref(ports->links);
	g_free(ports);
}
