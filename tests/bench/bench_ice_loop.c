/* bench_ice_loop - what it costs to wait for many ICE agents on one thread (docs: ice.h).
 *
 *   sender thread --50 packets/s to each of 2 x PAIRS connected agents--> one receiving thread,
 *                                                                  whose CPU is measured
 *
 *   own     a GMainContext for each agent, watched by epoll (transport/ice/agent.c)
 *   shared  one GMainContext for all, polled by GLib
 *   plain   no libnice: epoll and recvfrom on as many bare sockets; what nobody can beat
 *
 *   bench_ice_loop [PAIRS [SECONDS]]
 */
#include "base/clock.h"
#include "base/loop.h"
#include "transport/ice/agent.h"
#include <arpa/inet.h>
#include <nice/agent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { RATE_HZ = 50, PACKET_BYTES = 200, PAIRS_MAX = 400 };

static int n_pairs = 200, seconds = 5;
static atomic_long n_received;
static atomic_int n_connected;
static atomic_bool stop;

static int64_t thread_cpu_ns(pthread_t thread)
{
	clockid_t clock;
	struct timespec ts;
	pthread_getcpuclockid(thread, &clock);
	clock_gettime(clock, &ts);
	return ts.tv_sec * TS_NS_PER_S + ts.tv_nsec;
}

static void sleep_until(int64_t at_ns)
{
	struct timespec ts = {at_ns / TS_NS_PER_S, at_ns % TS_NS_PER_S};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void wait_connected(void)
{
	for (int i = 0; i < 6000 && atomic_load(&n_connected) < 2 * n_pairs; i++) usleep(10000);
	if (atomic_load(&n_connected) < 2 * n_pairs)
		fprintf(stderr, "only %d agents connected\n", atomic_load(&n_connected));
}

/* Sends RATE_HZ packets a second through each of n routes, spread evenly, and prints what receiving
 * them cost. */
static void measure(const char *name, pthread_t receiver, const struct ts_route *routes, int n)
{
	static const uint8_t packet[PACKET_BYTES] = {0x80};
	int64_t begin_ns = ts_now_ns(), cpu_ns = thread_cpu_ns(receiver);
	long received = atomic_load(&n_received), sent = 0, total = (long)n * RATE_HZ * seconds;
	for (int64_t tick = 1; sent < total; tick++) {
		sleep_until(begin_ns + tick * TS_NS_PER_MS);
		for (long due = (long)(tick * n * RATE_HZ / 1000); sent < due && sent < total;
			sent++) {
			const struct ts_route *r = &routes[sent % n];
			sendto(r->fd, packet, sizeof(packet), MSG_DONTWAIT,
				(const struct sockaddr *)&r->to, r->to_len);
		}
	}
	usleep(100000);
	double took = (double)(ts_now_ns() - begin_ns) / 1e9,
	       cpu = (double)(thread_cpu_ns(receiver) - cpu_ns) / 1e9;
	received = atomic_load(&n_received) - received;
	printf("%-8s %6d agents %9.0f packets/s %8.2f us/packet %8.3f cores   lost %ld\n", name, n,
		(double)received / took, received ? cpu / (double)received * 1e6 : 0, cpu / took,
		sent - received);
	fflush(stdout);
}

/* ---- own: transport/ice/agent.c */

struct own {
	struct ts_ice *ice;
	struct ts_ice_description local;
	bool connected;
};

static struct own own[2 * PAIRS_MAX];
static struct ts_loop *loop;
static struct ts_ice_host host;
static pthread_t loop_thread;
static atomic_int n_done;

static void own_recv(void *arg, const uint8_t *data, size_t len)
{
	(void)arg, (void)data, (void)len;
	atomic_fetch_add_explicit(&n_received, 1, memory_order_relaxed);
}

static void own_state(void *arg, enum ts_ice_state state)
{
	struct own *o = arg;
	if (state != TS_ICE_CONNECTED || o->connected) return;
	o->connected = true;
	atomic_fetch_add(&n_connected, 1);
}

static void own_flush(void *arg)
{
	(void)arg;
}

static void own_closed(void *arg)
{
	(void)arg;
	atomic_fetch_add(&n_done, 1);
}

static void own_start(struct ts_task *task)
{
	(void)task;
	loop_thread = pthread_self();
	for (int i = 0; i < 2 * n_pairs; i++) {
		struct ts_ice_config config = {.loop = loop,
			.host = &host,
			.controlling = i % 2,
			.recv = own_recv,
			.state = own_state,
			.flush = own_flush,
			.arg = &own[i]};
		if (ts_ice_create(&own[i].ice, &config) || ts_ice_gather(own[i].ice, &own[i].local))
			abort();
	}
	for (int i = 0; i < 2 * n_pairs; i++) {
		if (ts_ice_set_remote(own[i].ice, &own[i ^ 1].local)) abort();
	}
}

static void own_stop(struct ts_task *task)
{
	(void)task;
	for (int i = 0; i < 2 * n_pairs; i++) ts_ice_close(own[i].ice, own_closed, NULL);
}

static void bench_own(void)
{
	static struct ts_route routes[2 * PAIRS_MAX];
	static const char *const loopback[] = {"127.0.0.1"};
	struct ts_ice_host_config config = {.addresses = loopback, .n_addresses = 1};
	struct ts_task start = {.fn = own_start}, end = {.fn = own_stop};
	if (ts_ice_host_init(&host, &config) || ts_loop_create(&loop, "own") || ts_loop_start(loop))
		abort();
	ts_loop_post(loop, &start);
	wait_connected();
	sleep(3); /* the last checks */
	for (int i = 0; i < 2 * n_pairs; i++) routes[i] = *ts_ice_route(own[i].ice);
	measure("own", loop_thread, routes, 2 * n_pairs);
	ts_loop_post(loop, &end);
	while (atomic_load(&n_done) < 2 * n_pairs) usleep(10000);
	ts_loop_destroy(&loop);
	ts_ice_host_fini(&host);
}

/* ---- shared: libnice as its examples have it */

static void shared_recv(
	NiceAgent *agent, guint stream, guint component, guint len, gchar *buf, gpointer arg)
{
	(void)agent, (void)stream, (void)component, (void)len, (void)buf, (void)arg;
	atomic_fetch_add_explicit(&n_received, 1, memory_order_relaxed);
}

static void shared_state(
	NiceAgent *agent, guint stream, guint component, guint state, bool *connected)
{
	(void)agent, (void)stream, (void)component;
	if (state != NICE_COMPONENT_STATE_READY || *connected) return;
	*connected = true;
	atomic_fetch_add(&n_connected, 1);
}

static void *shared_thread(void *context)
{
	while (!atomic_load(&stop)) g_main_context_iteration(context, TRUE);
	return NULL;
}

static NiceAgent *shared_agent(GMainContext *context, int i, bool *connected)
{
	NiceAgent *agent = nice_agent_new_full(
		context, NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_CONSENT_FRESHNESS);
	NiceAddress address;
	g_object_set(agent, "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode", i % 2, NULL);
	g_signal_connect(agent, "component-state-changed", G_CALLBACK(shared_state), connected);
	nice_address_init(&address);
	nice_address_set_from_string(&address, "127.0.0.1");
	nice_agent_add_local_address(agent, &address);
	guint stream = nice_agent_add_stream(agent, 1);
	nice_agent_attach_recv(agent, stream, 1, context, shared_recv, NULL);
	nice_agent_gather_candidates(agent, stream);
	return agent;
}

static void shared_remote(NiceAgent *to, NiceAgent *from)
{
	gchar *ufrag, *pwd;
	nice_agent_get_local_credentials(from, 1, &ufrag, &pwd);
	nice_agent_set_remote_credentials(to, 1, ufrag, pwd);
	GSList *candidates = nice_agent_get_local_candidates(from, 1, 1);
	nice_agent_set_remote_candidates(to, 1, 1, candidates);
	g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
	g_free(ufrag);
	g_free(pwd);
}

static void shared_route(struct ts_route *route, NiceAgent *agent)
{
	NiceCandidate *local, *remote;
	nice_agent_get_selected_pair(agent, 1, 1, &local, &remote);
	GSocket *socket = nice_agent_get_selected_socket(agent, 1, 1);
	*route = (struct ts_route){
		.fd = g_socket_get_fd(socket), .to_len = sizeof(struct sockaddr_in)};
	nice_address_copy_to_sockaddr(&remote->addr, (struct sockaddr *)&route->to);
	g_object_unref(socket);
}

static void bench_shared(void)
{
	static NiceAgent *agents[2 * PAIRS_MAX];
	static bool connected[2 * PAIRS_MAX];
	static struct ts_route routes[2 * PAIRS_MAX];
	GMainContext *context = g_main_context_new();
	pthread_t thread;
	for (int i = 0; i < 2 * n_pairs; i++) agents[i] = shared_agent(context, i, &connected[i]);
	for (int i = 0; i < 2 * n_pairs; i++) shared_remote(agents[i], agents[i ^ 1]);
	pthread_create(&thread, NULL, shared_thread, context);
	wait_connected();
	sleep(3);
	for (int i = 0; i < 2 * n_pairs; i++) shared_route(&routes[i], agents[i]);
	measure("shared", thread, routes, 2 * n_pairs);
	atomic_store(&stop, true);
	g_main_context_wakeup(context);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2 * n_pairs; i++) g_object_unref(agents[i]);
	g_main_context_unref(context);
}

/* ---- plain */

static void *plain_thread(void *arg)
{
	int epoll_fd = *(int *)arg;
	struct epoll_event events[64];
	char buf[2048];
	while (!atomic_load(&stop)) {
		int n = epoll_wait(epoll_fd, events, 64, 100);
		for (int i = 0; i < n; i++)
			while (recv(events[i].data.fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
				atomic_fetch_add_explicit(&n_received, 1, memory_order_relaxed);
	}
	return NULL;
}

static void bench_plain(void)
{
	static struct ts_route routes[2 * PAIRS_MAX];
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	pthread_t thread;
	for (int i = 0; i < 2 * n_pairs; i++) {
		struct sockaddr_in sa = {
			.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof(sa);
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
		if (bind(fd, (struct sockaddr *)&sa, len) ||
			epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event))
			abort();
		getsockname(fd, (struct sockaddr *)&sa, &len);
		routes[i].fd = fd;
		routes[i ^ 1].to_len = len;
		memcpy(&routes[i ^ 1].to, &sa, len);
	}
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, plain_thread, &epoll_fd);
	measure("plain", thread, routes, 2 * n_pairs);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2 * n_pairs; i++) close(routes[i].fd);
	close(epoll_fd);
}

int main(int argc, char **argv)
{
	if (argc > 1) n_pairs = atoi(argv[1]);
	if (argc > 2) seconds = atoi(argv[2]);
	if (n_pairs < 1 || n_pairs > PAIRS_MAX || seconds < 1) {
		fprintf(stderr, "usage: %s [PAIRS <= %d [SECONDS]]\n", argv[0], PAIRS_MAX);
		return 2;
	}
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	bench_plain();
	bench_own();
	atomic_store(&n_connected, 0);
	atomic_store(&stop, false);
	bench_shared();
	return 0;
}
