#include "tests/relay/relay.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	DATAGRAM_CAP = 2048,
	DATAGRAMS_MAX = 8192,
	CLIENTS_MAX = 64,
	PORTS_MAX = 16,
	IP_UDP_HEADER_BYTES = 28,
	READS_PER_WAKE = 64, /* then timers get their turn */
	SOCKET_BUFFER_BYTES = 4 << 20,
};

/* Where clients reach one server. */
struct port {
	struct ts_watch watch; /* the listening socket */
	struct sockaddr_in listen, target;
	struct ts_relay *relay;
};

struct client {
	struct ts_watch watch; /* its socket, connected to the server */
	struct port *port;
	struct sockaddr_in address;
	struct ts_relay *relay;
};

struct datagram {
	struct ts_link_item item; /* first it waits for the link, */
	struct ts_heap_node node; /* then on its way; key: due_ns */
	struct ts_impair_fate fate;
	struct datagram *next; /* free list */
	struct client *client;
	enum ts_relay_direction direction;
	uint32_t len;
	uint8_t bytes[DATAGRAM_CAP];
};

struct ts_relay {
	struct ts_loop *loop;
	struct ts_timer timer; /* the next datagram that is due, or through the bottleneck */
	struct ts_impair dir[2];
	struct ts_link link[2];
	struct ts_task hurry;
	struct ts_heap on_their_way;
	struct datagram *free_list;
	unsigned n_datagrams, n_clients;
	uint64_t forwarded[2], no_room;
	int64_t latest_ns;
	unsigned n_ports;
	struct port port[PORTS_MAX];
	struct client client[CLIENTS_MAX]; /* [n_clients] */
};

/* ---- sockets */

static int os_error(const char *call)
{
	ts_error("relay: system call failed", "call=%s errno=%s", call, strerrorname_np(errno));
	return TS_EIO;
}

static int udp_socket(int *out)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
		  size = SOCKET_BUFFER_BYTES;
	if (fd < 0) return os_error("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	*out = fd;
	return 0;
}

static void on_client_readable(struct ts_watch *watch, uint32_t events);

static int port_add(
	struct ts_relay *r, const struct sockaddr_in *wanted, const struct sockaddr_in *target)
{
	if (r->n_ports == PORTS_MAX) return TS_EFULL;
	struct port *p = &r->port[r->n_ports];
	*p = (struct port){.target = *target, .relay = r, .watch = {.fn = on_client_readable}};
	p->target.sin_family = AF_INET;
	int err = udp_socket(&p->watch.fd);
	if (err) return err;
	struct sockaddr_in at = *wanted;
	at.sin_family = AF_INET;
	if (at.sin_addr.s_addr == 0) at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t len = sizeof(p->listen);
	if (bind(p->watch.fd, (struct sockaddr *)&at, sizeof(at)))
		err = os_error("bind");
	else if (getsockname(p->watch.fd, (struct sockaddr *)&p->listen, &len))
		err = os_error("getsockname");
	else
		err = ts_loop_watch(r->loop, &p->watch, EPOLLIN);
	if (err)
		close(p->watch.fd);
	else
		r->n_ports++;
	return err;
}

/* ---- datagrams */

static struct datagram *datagram_get(struct ts_relay *r)
{
	struct datagram *d = r->free_list;
	if (d) {
		r->free_list = d->next;
		return d;
	}
	if (r->n_datagrams == DATAGRAMS_MAX) return NULL;
	d = calloc(1, sizeof(*d));
	if (d) r->n_datagrams++;
	return d;
}

static void datagram_put(struct ts_relay *r, struct datagram *d)
{
	d->next = r->free_list;
	r->free_list = d;
}

static void forward(struct ts_relay *r, const struct datagram *d)
{
	ssize_t sent;
	if (d->direction == TS_RELAY_UP)
		sent = send(d->client->watch.fd, d->bytes, d->len, MSG_NOSIGNAL);
	else
		sent = sendto(d->client->port->watch.fd, d->bytes, d->len, MSG_NOSIGNAL,
			(const struct sockaddr *)&d->client->address, sizeof(d->client->address));
	if (sent == (ssize_t)d->len) r->forwarded[d->direction]++;
	/* ECONNREFUSED: nobody listens there: the datagram is lost as it would be without us */
	else if (errno != ECONNREFUSED)
		r->no_room++;
}

/* What the bottlenecks let through goes on its way; the timer is set to whatever comes next. */
static void pump(struct ts_relay *r, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;
	for (int i = 0; i < 2; i++) {
		struct ts_link_item *item;
		int64_t through_ns, due_ns;
		while ((item = ts_link_pop(&r->link[i], now_ns, &through_ns))) {
			struct datagram *d = ts_container_of(item, struct datagram, item);
			if (ts_impair_out(&r->dir[i], &d->fate, through_ns, &due_ns))
				datagram_put(r, d);
			else
				ts_heap_insert(&r->on_their_way, &d->node, due_ns);
		}
		due_ns = ts_link_due_ns(&r->link[i]);
		if (due_ns < next_ns) next_ns = due_ns;
	}
	if (r->on_their_way.root && r->on_their_way.root->key < next_ns)
		next_ns = r->on_their_way.root->key;
	if (next_ns < INT64_MAX) ts_loop_timer_set(r->loop, &r->timer, next_ns);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_relay *r = ts_container_of(timer, struct ts_relay, timer);
	pump(r, now_ns);
	while (r->on_their_way.root && r->on_their_way.root->key <= now_ns) {
		struct datagram *d = ts_container_of(r->on_their_way.root, struct datagram, node);
		const int64_t due_ns = d->node.key, late_ns = now_ns - due_ns;
		if (late_ns > r->latest_ns) r->latest_ns = late_ns;
		ts_heap_remove(&r->on_their_way, &d->node);
		forward(r, d);
		if (d->fate.twice_by_ns > 0) {
			ts_heap_insert(&r->on_their_way, &d->node, due_ns + d->fate.twice_by_ns);
			d->fate.twice_by_ns = 0;
		} else {
			datagram_put(r, d);
		}
	}
	pump(r, now_ns);
}

/* [take] d */
static void impair_and_queue(struct ts_relay *r, struct datagram *d)
{
	const int64_t now_ns = ts_now_ns();
	struct ts_impair *im = &r->dir[d->direction];
	ts_impair_draw(im, d->len, &d->fate);
	if (ts_link_push(&r->link[d->direction], &d->item, d->len + IP_UDP_HEADER_BYTES, now_ns)) {
		im->stats.queue_full++;
		datagram_put(r, d);
		return;
	}
	pump(r, now_ns);
}

/* ---- clients */

static void on_server_readable(struct ts_watch *watch, uint32_t events);

static struct client *client_add(
	struct ts_relay *r, struct port *port, const struct sockaddr_in *address)
{
	if (r->n_clients == CLIENTS_MAX) return NULL;
	struct client *c = &r->client[r->n_clients];
	*c = (struct client){
		.address = *address,
		.port = port,
		.relay = r,
		.watch = {.fn = on_server_readable, .fd = -1},
	};
	if (udp_socket(&c->watch.fd)) return NULL;
	if (connect(c->watch.fd, (const struct sockaddr *)&port->target, sizeof(port->target)) ||
		ts_loop_watch(r->loop, &c->watch, EPOLLIN)) {
		os_error("connect");
		close(c->watch.fd);
		return NULL;
	}
	r->n_clients++;
	return c;
}

static struct client *client_of(
	struct ts_relay *r, struct port *port, const struct sockaddr_in *address)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		const struct sockaddr_in *a = &r->client[i].address;
		if (r->client[i].port == port && a->sin_port == address->sin_port &&
			a->sin_addr.s_addr == address->sin_addr.s_addr)
			return &r->client[i];
	}
	return client_add(r, port, address);
}

/* Reads one datagram; false when there is none. One that there is no room for is read all the same,
 * or the loop would spin. */
static bool read_one(struct port *port, int fd, struct client *client)
{
	struct ts_relay *r = port->relay;
	uint8_t nowhere[1];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	struct datagram *d = datagram_get(r);
	const ssize_t len = recvfrom(fd, d ? d->bytes : nowhere, d ? DATAGRAM_CAP : sizeof(nowhere),
		MSG_TRUNC, (struct sockaddr *)&from, &from_len);
	if (len < 0) {
		if (d) datagram_put(r, d);
		/* ECONNREFUSED: an ICMP answer, read on */
		return errno != EAGAIN && errno != EWOULDBLOCK;
	}
	const enum ts_relay_direction direction = client ? TS_RELAY_DOWN : TS_RELAY_UP;
	if (d && !client) client = client_of(r, port, &from);
	if (!d || !client || len > DATAGRAM_CAP) {
		r->no_room++;
		if (d) datagram_put(r, d);
		return true;
	}
	d->client = client;
	d->direction = direction;
	d->len = (uint32_t)len;
	impair_and_queue(r, d);
	return true;
}

static void on_server_readable(struct ts_watch *watch, uint32_t events)
{
	(void)events;
	struct client *client = ts_container_of(watch, struct client, watch);
	for (int i = 0; i < READS_PER_WAKE && read_one(client->port, watch->fd, client); i++)
		continue;
}

static void on_client_readable(struct ts_watch *watch, uint32_t events)
{
	(void)events;
	struct port *port = ts_container_of(watch, struct port, watch);
	for (int i = 0; i < READS_PER_WAKE && read_one(port, watch->fd, NULL); i++) continue;
}

/* ---- life */

/* Where permitted: what this machine does besides is not the network's fault. */
static void on_hurry(struct ts_task *task)
{
	(void)task;
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_RR)};
	pthread_setschedparam(pthread_self(), SCHED_RR, &lowest);
}

static void relay_free(struct ts_relay *r)
{
	ts_loop_destroy(&r->loop); /* joins its thread: from here on nobody else is here */
	for (unsigned i = 0; i < r->n_clients; i++) close(r->client[i].watch.fd);
	for (unsigned i = 0; i < r->n_ports; i++) close(r->port[i].watch.fd);
	for (int i = 0; i < 2; i++) {
		struct ts_link_item *item;
		int64_t through_ns;
		while ((item = ts_link_pop(&r->link[i], INT64_MAX, &through_ns)))
			datagram_put(r, ts_container_of(item, struct datagram, item));
	}
	while (r->on_their_way.root) {
		struct datagram *d = ts_container_of(r->on_their_way.root, struct datagram, node);
		ts_heap_remove(&r->on_their_way, &d->node);
		datagram_put(r, d);
	}
	while (r->free_list) {
		struct datagram *d = r->free_list;
		r->free_list = d->next;
		free(d);
	}
	free(r);
}

int ts_relay_create(struct ts_relay **out, const struct ts_relay_config *config)
{
	struct ts_relay *r = calloc(1, sizeof(*r));
	if (!r) return TS_ENOMEM;
	r->timer.fn = on_timer;
	for (int i = 0; i < 2; i++) {
		struct ts_link_config link;
		ts_impair_init(&r->dir[i], &config->dir[i], config->seed * 2 + (uint64_t)i);
		ts_impair_link(&r->dir[i], &link);
		ts_link_init(&r->link[i], &link);
	}
	int err = ts_loop_create(&r->loop, "relay");
	if (!err && config->target.sin_port) err = port_add(r, &config->listen, &config->target);
	r->hurry.fn = on_hurry;
	if (!err) err = ts_loop_start(r->loop);
	if (!err) err = ts_loop_post(r->loop, &r->hurry);
	if (err)
		relay_free(r);
	else
		*out = r;
	return err;
}

void ts_relay_destroy(struct ts_relay **relay)
{
	if (*relay) relay_free(*relay);
	*relay = NULL;
}

uint16_t ts_relay_port(const struct ts_relay *relay)
{
	return relay->n_ports ? ntohs(relay->port[0].listen.sin_port) : 0;
}

/* ---- calls from other threads: done on the relay's, while the caller waits */

struct call {
	struct ts_task task;
	sem_t done;
	struct ts_relay *relay;
	void (*fn)(struct ts_relay *relay, struct call *call);
	enum ts_relay_direction direction;
	const struct ts_impair_config *config;
	struct ts_relay_stats *stats;
	const struct sockaddr_in *target;
	int err;
};

static void run_call(struct ts_task *task)
{
	struct call *call = ts_container_of(task, struct call, task);
	call->fn(call->relay, call);
	sem_post(&call->done);
}

static void call_and_wait(struct call *call)
{
	call->task.fn = run_call;
	sem_init(&call->done, 0, 0);
	const int err = ts_loop_post(call->relay->loop, &call->task);
	assert(!err);
	(void)err;
	while (sem_wait(&call->done) && errno == EINTR) continue;
	sem_destroy(&call->done);
}

static void do_set(struct ts_relay *r, struct call *call)
{
	struct ts_link_config link;
	const int64_t now_ns = ts_now_ns();
	pump(r, now_ns); /* what was through by then was so at the old rate */
	ts_impair_set(&r->dir[call->direction], call->config);
	ts_impair_link(&r->dir[call->direction], &link);
	ts_link_set(&r->link[call->direction], &link, now_ns);
	pump(r, now_ns);
}

void ts_relay_set(struct ts_relay *relay, enum ts_relay_direction direction,
	const struct ts_impair_config *config)
{
	struct call call = {.fn = do_set, .relay = relay, .direction = direction, .config = config};
	call_and_wait(&call);
}

static void do_get_stats(struct ts_relay *r, struct call *call)
{
	*call->stats = (struct ts_relay_stats){
		.dir = {r->dir[0].stats, r->dir[1].stats},
		.forwarded = {r->forwarded[0], r->forwarded[1]},
		.no_room = r->no_room,
		.clients = r->n_clients,
		.latest_ns = r->latest_ns,
	};
	for (int i = 0; i < 2; i++) {
		const struct ts_link *link = &r->link[i];
		call->stats->way[i] = (struct ts_relay_way){
			.sent = link->sent,
			.bytes_sent = link->bytes_sent,
			.waited_p50_ns = ts_link_waited_ns(link, 0.5),
			.waited_p95_ns = ts_link_waited_ns(link, 0.95),
			.waited_max_ns = link->waited_max_ns,
		};
	}
}

void ts_relay_get_stats(struct ts_relay *relay, struct ts_relay_stats *stats)
{
	struct call call = {.fn = do_get_stats, .relay = relay, .stats = stats};
	call_and_wait(&call);
}

static void do_forget(struct ts_relay *r, struct call *call)
{
	(void)call;
	for (int i = 0; i < 2; i++) {
		r->dir[i].stats = (struct ts_impair_stats){0};
		r->forwarded[i] = 0;
		ts_link_forget(&r->link[i]);
	}
	r->no_room = 0;
	r->latest_ns = 0;
}

void ts_relay_forget(struct ts_relay *relay)
{
	struct call call = {.fn = do_forget, .relay = relay};
	call_and_wait(&call);
}

static void do_add(struct ts_relay *r, struct call *call)
{
	call->err = port_add(r, &(struct sockaddr_in){0}, call->target);
}

int ts_relay_add(struct ts_relay *relay, const struct sockaddr_in *target, uint16_t *port)
{
	struct call call = {.fn = do_add, .relay = relay, .target = target};
	call_and_wait(&call);
	if (!call.err) *port = ntohs(relay->port[relay->n_ports - 1].listen.sin_port);
	return call.err;
}

/* ---- texts */

int ts_relay_parse_address(struct sockaddr_in *out, const char *text)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	if (!colon || (size_t)(colon - text) >= sizeof(host)) return TS_EINVAL;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = 0;
	char *end;
	const unsigned long port = strtoul(colon + 1, &end, 10);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	if (end == colon + 1 || *end || port > 65535 ||
		inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return TS_EINVAL;
	*out = address;
	return 0;
}

int ts_relay_option(struct ts_impair_config dir[2], const char *name, const char *value)
{
	if (!strncmp(name, "up-", 3)) return ts_impair_option(&dir[TS_RELAY_UP], name + 3, value);
	if (!strncmp(name, "down-", 5))
		return ts_impair_option(&dir[TS_RELAY_DOWN], name + 5, value);
	const int err = ts_impair_option(&dir[TS_RELAY_UP], name, value);
	return err ? err : ts_impair_option(&dir[TS_RELAY_DOWN], name, value);
}
