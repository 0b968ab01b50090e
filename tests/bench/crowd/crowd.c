#include "tests/bench/crowd/crowd.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/bench/crowd/light.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GRID_NS TS_NS_PER_MS
#define POLL_NS (5 * TS_NS_PER_MS)
#define LATE_NS (5 * TS_NS_PER_MS)
enum {
	SLOTS = 512,
	READS = 128,
	BUFFER_BYTES = 64 << 20,
	OWN_BUFFER_BYTES = 4 << 20,
	CONTROL_BYTES = 128,
};

struct ts_crowd {
	pthread_t thread;
	int fd, sink_fd, epoll_fd; /* the last has the sockets of those who have one */
	struct sockaddr_in here, sink;
	atomic_bool stop;
	int64_t real_minus_mono_ns;
	_Atomic(struct ts_light *) arrivals;
	struct ts_light *light[TS_CROWD_MAX], *by_port[1 << 16];
	size_t n;
	struct ts_crowd_stats stats;
	uint32_t overflows, own_overflows[TS_CROWD_MAX];

	size_t n_out;
	struct mmsghdr out_msg[SLOTS];
	struct iovec out_iov[SLOTS];
	int out_fd[SLOTS];
	struct sockaddr_in out_to[SLOTS];
	uint8_t out[SLOTS][TS_CROWD_SLOT_BYTES];

	struct mmsghdr in_msg[READS];
	struct iovec in_iov[READS];
	struct sockaddr_in in_from[READS];
	_Alignas(struct cmsghdr) uint8_t in_control[READS][CONTROL_BYTES];
	_Alignas(8) uint8_t in[READS][2048];
};

/* ---- out */

static void flush(struct ts_crowd *c)
{
	for (size_t at = 0; at < c->n_out;) {
		size_t end = at + 1;
		while (end < c->n_out && c->out_fd[end] == c->out_fd[at]) end++;
		int n = sendmmsg(
			c->out_fd[at], c->out_msg + at, (unsigned)(end - at), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR) continue;
		c->stats.sent += n > 0 ? (uint64_t)n : 0;
		/* refused, for a peer that is gone: the next ones may do */
		c->stats.send_failed += n > 0 ? 0 : 1;
		at += n > 0 ? (size_t)n : 1;
	}
	c->n_out = 0;
}

uint8_t *ts_crowd_reserve(struct ts_crowd *c)
{
	if (c->n_out == SLOTS) flush(c);
	return c->out[c->n_out];
}

void ts_crowd_commit(struct ts_crowd *c, int fd, const struct sockaddr_in *to, size_t len)
{
	size_t i = c->n_out++;
	c->out_fd[i] = fd;
	c->out_to[i] = *to;
	c->out_iov[i] = (struct iovec){c->out[i], len};
	c->out_msg[i].msg_hdr = (struct msghdr){.msg_name = &c->out_to[i],
		.msg_namelen = sizeof c->out_to[i],
		.msg_iov = &c->out_iov[i],
		.msg_iovlen = 1};
}

/* ---- in */

/* When it came, on our clock, and how many were lost for want of room before it. */
static int64_t read_control(
	const struct ts_crowd *c, struct msghdr *h, uint32_t *overflows, int64_t now_ns)
{
	for (struct cmsghdr *m = CMSG_FIRSTHDR(h); m; m = CMSG_NXTHDR(h, m)) {
		if (m->cmsg_level != SOL_SOCKET) continue;
		if (m->cmsg_type == SO_TIMESTAMPNS) {
			struct timespec ts;
			memcpy(&ts, CMSG_DATA(m), sizeof ts);
			now_ns = ts.tv_sec * TS_NS_PER_S + ts.tv_nsec - c->real_minus_mono_ns;
		} else if (m->cmsg_type == SO_RXQ_OVFL) {
			memcpy(overflows, CMSG_DATA(m), sizeof *overflows);
		}
	}
	return now_ns;
}

static void prepare_reads(struct ts_crowd *c)
{
	for (int i = 0; i < READS; i++) {
		c->in_iov[i] = (struct iovec){c->in[i], sizeof c->in[i]};
		c->in_msg[i].msg_hdr = (struct msghdr){.msg_name = &c->in_from[i],
			.msg_namelen = sizeof c->in_from[i],
			.msg_iov = &c->in_iov[i],
			.msg_iovlen = 1,
			.msg_control = c->in_control[i],
			.msg_controllen = CONTROL_BYTES};
	}
}

/* owner: whose socket it is; NULL: all have it, and are known by whom they hear. */
static void read_socket(
	struct ts_crowd *c, int fd, struct ts_light *owner, uint32_t *overflows, int64_t now_ns)
{
	for (int n = READS; n == READS;) {
		n = recvmmsg(fd, c->in_msg, READS, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++) {
			struct msghdr *h = &c->in_msg[i].msg_hdr;
			struct ts_light *light = owner ? owner
						       : c->by_port[ntohs(c->in_from[i].sin_port)];
			int64_t arrival_ns = read_control(c, h, overflows, now_ns);
			c->stats.received++;
			if (light)
				ts_light_input(light, c->in[i], c->in_msg[i].msg_len, arrival_ns);
			else
				c->stats.strays++;
			h->msg_namelen = sizeof c->in_from[i];
			h->msg_controllen = CONTROL_BYTES;
		}
	}
}

static void receive(struct ts_crowd *c, int64_t now_ns)
{
	struct epoll_event ready[READS];
	read_socket(c, c->fd, NULL, &c->overflows, now_ns);
	for (int n = READS; n == READS;) {
		n = epoll_wait(c->epoll_fd, ready, READS, 0);
		for (int i = 0; i < n; i++) {
			const uint32_t k = ready[i].data.u32;
			read_socket(c, ts_light_fd(c->light[k]), c->light[k], &c->own_overflows[k],
				now_ns);
		}
	}
}

/* ---- the thread */

static void welcome(struct ts_crowd *c, int64_t now_ns)
{
	struct ts_light *light = atomic_exchange(&c->arrivals, NULL);
	while (light && c->n < TS_CROWD_MAX) {
		struct ts_light *next = ts_light_next(light);
		uint16_t port[2];
		ts_light_server_ports(light, port);
		for (int i = 0; i < 2; i++)
			if (port[i]) c->by_port[port[i]] = light;
		if (ts_light_fd(light) != c->fd) {
			struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)c->n};
			epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, ts_light_fd(light), &e);
		}
		c->light[c->n++] = light;
		ts_light_begin(light, now_ns);
		light = next;
	}
}

static int64_t run_lights(struct ts_crowd *c, int64_t now_ns)
{
	int64_t due_ns = now_ns + POLL_NS;
	for (size_t i = 0; i < c->n; i++) {
		int64_t ns = ts_light_due_ns(c->light[i]);
		if (ns <= now_ns) ns = ts_light_run(c->light[i], now_ns);
		if (ns < due_ns) due_ns = ns;
	}
	return due_ns;
}

static void *thread_main(void *arg)
{
	struct ts_crowd *c = arg;
	struct sched_param param = {.sched_priority = 1};
	/* an even sender, whatever else runs here; or not */
	pthread_setschedparam(pthread_self(), SCHED_RR, &param);
	int64_t wake_ns = ts_now_ns();
	while (!atomic_load_explicit(&c->stop, memory_order_relaxed)) {
		int64_t now_ns = ts_now_ns();
		if (now_ns - wake_ns > LATE_NS) c->stats.late_ticks++;
		welcome(c, now_ns);
		receive(c, now_ns);
		int64_t due_ns = run_lights(c, now_ns);
		flush(c);
		wake_ns = (due_ns + GRID_NS - 1) / GRID_NS * GRID_NS;
		struct timespec until = {wake_ns / TS_NS_PER_S, wake_ns % TS_NS_PER_S};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	flush(c);
	return NULL;
}

static int open_socket(struct sockaddr_in *here, int buffer)
{
	socklen_t len = sizeof *here;
	int on = 1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*here = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)here, len) ||
		getsockname(fd, (struct sockaddr *)here, &len))
		return -1;
	/* Beyond the machine's limit where that is permitted. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
	return fd;
}

int ts_crowd_start(struct ts_crowd **out)
{
	struct ts_crowd *c = calloc(1, sizeof *c);
	struct timespec real;
	*out = c;
	if (!c) return TS_ENOMEM;
	clock_gettime(CLOCK_REALTIME, &real);
	c->real_minus_mono_ns = real.tv_sec * TS_NS_PER_S + real.tv_nsec - ts_now_ns();
	c->fd = open_socket(&c->here, BUFFER_BYTES);
	c->sink_fd = open_socket(&c->sink, 0);
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	prepare_reads(c);
	return c->fd < 0 || c->sink_fd < 0 || c->epoll_fd < 0 ||
			pthread_create(&c->thread, NULL, thread_main, c)
		? TS_EIO
		: 0;
}

void ts_crowd_stop(struct ts_crowd *c)
{
	atomic_store(&c->stop, true);
	pthread_join(c->thread, NULL);
	c->stats.overflowed = c->overflows;
	for (size_t i = 0; i < c->n; i++) c->stats.overflowed += c->own_overflows[i];
}

void ts_crowd_free(struct ts_crowd **c)
{
	close((*c)->fd);
	close((*c)->sink_fd);
	close((*c)->epoll_fd);
	free(*c);
	*c = NULL;
}

int ts_crowd_socket(const struct ts_crowd *c, struct sockaddr_in *here)
{
	*here = c->here;
	return c->fd;
}

int ts_crowd_socket_open(struct sockaddr_in *here)
{
	return open_socket(here, OWN_BUFFER_BYTES);
}

uint16_t ts_crowd_port(const struct ts_crowd *c)
{
	return ntohs(c->here.sin_port);
}

struct sockaddr_in ts_crowd_sink(const struct ts_crowd *c)
{
	return c->sink;
}

void ts_crowd_add(struct ts_crowd *c, struct ts_light *light)
{
	struct ts_light *head = atomic_load(&c->arrivals);
	do ts_light_set_next(light, head);
	while (!atomic_compare_exchange_weak(&c->arrivals, &head, light));
}

void ts_crowd_stats(const struct ts_crowd *c, struct ts_crowd_stats *out)
{
	*out = c->stats;
}
