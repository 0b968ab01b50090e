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
	READS_PER_WAKE = 64, /* then timers get their turn */
	SOCKET_BUFFER_BYTES = 4 << 20,
};

struct client {
	struct ts_watch watch; /* its socket, connected to the server */
	struct sockaddr_in address;
	struct ts_relay *relay;
};

struct datagram {
	struct ts_heap_node node; /* key: due_ns */
	struct datagram *next;    /* free list */
	struct client *client;
	enum ts_relay_direction direction;
	uint32_t len;
	uint8_t bytes[DATAGRAM_CAP];
};

struct ts_relay {
	struct ts_loop *loop;
	struct sockaddr_in listen, target;
	struct ts_watch watch; /* the listening socket */
	struct ts_timer timer; /* the next datagram that is due */
	struct ts_impair dir[2];
	struct ts_task hurry;
	struct ts_heap on_their_way;
	struct datagram *free_list;
	unsigned n_datagrams, n_clients;
	uint64_t forwarded[2], no_room;
	int64_t latest_ns;
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

static int open_listener(struct ts_relay *r, const struct sockaddr_in *wanted)
{
	int err = udp_socket(&r->watch.fd);
	if (err) return err;
	struct sockaddr_in at = *wanted;
	at.sin_family = AF_INET;
	if (at.sin_addr.s_addr == 0) at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(r->watch.fd, (struct sockaddr *)&at, sizeof(at))) return os_error("bind");
	socklen_t len = sizeof(r->listen);
	if (getsockname(r->watch.fd, (struct sockaddr *)&r->listen, &len))
		return os_error("getsockname");
	return ts_loop_watch(r->loop, &r->watch, EPOLLIN);
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
		sent = sendto(r->watch.fd, d->bytes, d->len, MSG_NOSIGNAL,
			(const struct sockaddr *)&d->client->address, sizeof(d->client->address));
	if (sent == (ssize_t)d->len) r->forwarded[d->direction]++;
	/* ECONNREFUSED: nobody listens there: the datagram is lost as it would be without us */
	else if (errno != ECONNREFUSED)
		r->no_room++;
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_relay *r = ts_container_of(timer, struct ts_relay, timer);
	while (r->on_their_way.root && r->on_their_way.root->key <= now_ns) {
		struct datagram *d = ts_container_of(r->on_their_way.root, struct datagram, node);
		const int64_t late_ns = now_ns - d->node.key;
		if (late_ns > r->latest_ns) r->latest_ns = late_ns;
		ts_heap_remove(&r->on_their_way, &d->node);
		forward(r, d);
		datagram_put(r, d);
	}
	if (r->on_their_way.root) ts_loop_timer_set(r->loop, timer, r->on_their_way.root->key);
}

/* [take] d */
static void impair_and_queue(struct ts_relay *r, struct datagram *d)
{
	int64_t due_ns;
	if (ts_impair_send(&r->dir[d->direction], d->len, ts_now_ns(), &due_ns)) {
		datagram_put(r, d);
		return;
	}
	ts_heap_insert(&r->on_their_way, &d->node, due_ns);
	if (r->on_their_way.root == &d->node) ts_loop_timer_set(r->loop, &r->timer, due_ns);
}

/* ---- clients */

static void on_server_readable(struct ts_watch *watch, uint32_t events);

static struct client *client_add(struct ts_relay *r, const struct sockaddr_in *address)
{
	if (r->n_clients == CLIENTS_MAX) return NULL;
	struct client *c = &r->client[r->n_clients];
	*c = (struct client){
		.address = *address, .relay = r, .watch = {.fn = on_server_readable, .fd = -1}};
	if (udp_socket(&c->watch.fd)) return NULL;
	if (connect(c->watch.fd, (const struct sockaddr *)&r->target, sizeof(r->target)) ||
		ts_loop_watch(r->loop, &c->watch, EPOLLIN)) {
		os_error("connect");
		close(c->watch.fd);
		return NULL;
	}
	r->n_clients++;
	return c;
}

static struct client *client_of(struct ts_relay *r, const struct sockaddr_in *address)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		const struct sockaddr_in *a = &r->client[i].address;
		if (a->sin_port == address->sin_port &&
			a->sin_addr.s_addr == address->sin_addr.s_addr)
			return &r->client[i];
	}
	return client_add(r, address);
}

/* Reads one datagram; false when there is none. One that there is no room for is read all the same,
 * or the loop would spin. */
static bool read_one(struct ts_relay *r, int fd, struct client *client)
{
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
	if (d && !client) client = client_of(r, &from);
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
	for (int i = 0; i < READS_PER_WAKE && read_one(client->relay, watch->fd, client); i++)
		continue;
}

static void on_client_readable(struct ts_watch *watch, uint32_t events)
{
	(void)events;
	struct ts_relay *r = ts_container_of(watch, struct ts_relay, watch);
	for (int i = 0; i < READS_PER_WAKE && read_one(r, watch->fd, NULL); i++) continue;
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
	if (r->watch.fd >= 0) close(r->watch.fd);
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
	r->watch = (struct ts_watch){.fn = on_client_readable, .fd = -1};
	r->timer.fn = on_timer;
	r->target = config->target;
	r->target.sin_family = AF_INET;
	for (int i = 0; i < 2; i++)
		ts_impair_init(&r->dir[i], &config->dir[i], config->seed * 2 + (uint64_t)i);
	int err = ts_loop_create(&r->loop, "relay");
	if (!err) err = open_listener(r, &config->listen);
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
	return ntohs(relay->listen.sin_port);
}

/* ---- calls from other threads: done on the relay's, while the caller waits */

struct call {
	struct ts_task task;
	sem_t done;
	struct ts_relay *relay;
	enum ts_relay_direction direction;
	const struct ts_impair_config *config;
	struct ts_relay_stats *stats;
};

static void run_call(struct ts_task *task)
{
	struct call *call = ts_container_of(task, struct call, task);
	struct ts_relay *r = call->relay;
	if (call->config) ts_impair_set(&r->dir[call->direction], call->config);
	if (call->stats) {
		*call->stats = (struct ts_relay_stats){
			.dir = {r->dir[0].stats, r->dir[1].stats},
			.forwarded = {r->forwarded[0], r->forwarded[1]},
			.no_room = r->no_room,
			.clients = r->n_clients,
			.latest_ns = r->latest_ns,
		};
	}
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

void ts_relay_set(struct ts_relay *relay, enum ts_relay_direction direction,
	const struct ts_impair_config *config)
{
	struct call call = {.relay = relay, .direction = direction, .config = config};
	call_and_wait(&call);
}

void ts_relay_get_stats(struct ts_relay *relay, struct ts_relay_stats *stats)
{
	struct call call = {.relay = relay, .stats = stats};
	call_and_wait(&call);
}

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
