/* Strangers at the TCP port of an ICE agent. Time is injected, but for the last test; the password
 * is that of RFC 5769's request. */
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/loop.h"
#include "transport/ice/accept.h"
#include "transport/ice/agent.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <nice/agent.h>
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { STRANGERS = 20, CLIENTS_MAX = 64, WAIT_S = 20 };

/* RFC 5769 2.1, in the frame of RFC 4571 */
#define PWD "VOkJxbRl1RmTxUk/WvJxBt"
static const uint8_t check[] = {0x00, 0x6c, 0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7,
	0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10,
	0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e,
	0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f,
	0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a,
	0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c,
	0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71,
	0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};

/* ---- an agent and those who connect to it */

struct agent {
	GMainContext *context;
	NiceAgent *nice;
	struct ts_ice_accept accept;
	struct sockaddr_in at; /* where it listens */
	int64_t now_ns;
	int client[CLIENTS_MAX];
	size_t n_clients;
};

static void ignore(
	NiceAgent *nice, guint stream, guint component, guint len, gchar *buf, gpointer arg)
{
	(void)nice, (void)stream, (void)component, (void)len, (void)buf, (void)arg;
}

static void agent_open(struct agent *a)
{
	NiceAddress loopback;
	memset(a, 0, sizeof(*a));
	a->now_ns = 1000 * TS_NS_PER_S;
	a->context = g_main_context_new();
	assert_true(g_main_context_acquire(a->context));
	a->nice = nice_agent_new_full(
		a->context, NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE);
	g_object_set(a->nice, "upnp", FALSE, "ice-tcp", TRUE, "ice-udp", TRUE, NULL);
	ts_ice_accept_init(&a->accept, a->context, PWD);
	assert_int_equal(nice_agent_add_stream(a->nice, 1), 1);
	nice_agent_attach_recv(a->nice, 1, 1, a->context, ignore, NULL);
	assert_true(nice_address_set_from_string(&loopback, "127.0.0.1"));
	nice_agent_add_local_address(a->nice, &loopback);
	assert_true(nice_agent_gather_candidates(a->nice, 1));
	GSList *candidates = nice_agent_get_local_candidates(a->nice, 1, 1);
	for (GSList *i = candidates; i; i = i->next) {
		NiceCandidate *c = i->data;
		if (c->transport == NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE)
			nice_address_copy_to_sockaddr(&c->addr, (struct sockaddr *)&a->at);
	}
	g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
	assert_int_not_equal(a->at.sin_port, 0);
}

static void agent_close(struct agent *a)
{
	g_clear_object(&a->nice);
	while (g_main_context_iteration(a->context, FALSE)) {}
	g_main_context_release(a->context);
	g_main_context_unref(a->context);
	ts_ice_accept_fini(&a->accept);
	for (size_t i = 0; i < a->n_clients; i++) close(a->client[i]);
}

static void turn(struct agent *a)
{
	ts_ice_accept_turn(&a->accept, a->now_ns);
}

static int socket_from(const char *host)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, host, &from.sin_addr);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	return fd;
}

static int connect_from(struct agent *a, const char *host)
{
	int fd = socket_from(host);
	assert_int_equal(connect(fd, (struct sockaddr *)&a->at, sizeof(a->at)), 0);
	a->client[a->n_clients++] = fd;
	a->now_ns++; /* so that one is the oldest */
	return fd;
}

static bool is_open(int fd)
{
	char answer[1000];
	ssize_t n;
	while ((n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0) {}
	return n < 0 && errno == EAGAIN;
}

static size_t n_open(const struct agent *a)
{
	size_t n = 0;
	for (size_t i = 0; i < a->n_clients; i++) n += is_open(a->client[i]);
	return n;
}

static size_t n_in(const struct agent *a, enum ts_ice_accepted_state state)
{
	size_t n = 0;
	for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++) n += a->accept.accepted[i].state == state;
	return n;
}

/* Turns until it is so; the kernel may deliver a little later. */
#define EVENTUALLY(agent, condition)                                                 \
	do {                                                                         \
		int64_t until_ns = ts_now_ns() + WAIT_S * TS_NS_PER_S;               \
		while (!(condition) && ts_now_ns() < until_ns) turn(agent);          \
		if (!(condition)) fail_msg("line %d: not %s", __LINE__, #condition); \
	} while (0)

static void send_all(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

/* ---- tests */

static void silent_ones_go(void **state)
{
	struct agent a;
	int64_t full = ts_count_get(TS_C_ICE_TCP_CUT_FULL),
		slow = ts_count_get(TS_C_ICE_TCP_CUT_SLOW);
	(void)state;
	agent_open(&a);
	assert_true(ts_ice_accept_due_ns(&a.accept) == INT64_MAX);
	for (int i = 0; i < STRANGERS; i++) {
		connect_from(&a, "127.0.0.1");
		EVENTUALLY(&a,
			n_in(&a, TS_ICE_ACCEPTED_WAITING) == (i < 4 ? (size_t)i + 1 : 4) &&
				n_open(&a) == (i < 4 ? (size_t)i + 1 : 4));
	}
	for (int i = 0; i < STRANGERS; i++)
		assert_int_equal(is_open(a.client[i]), i >= STRANGERS - 4);
	assert_int_equal(ts_count_get(TS_C_ICE_TCP_CUT_FULL) - full, STRANGERS - 4);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 4);
	assert_int_equal(ts_count_get(TS_C_ICE_TCP_CONNECTIONS), 4);

	int64_t due_ns = ts_ice_accept_due_ns(&a.accept);
	assert_true(due_ns == a.now_ns - 3 + TS_ICE_ACCEPT_PATIENCE_NS);
	a.now_ns = due_ns - 1;
	turn(&a);
	assert_int_equal(n_open(&a), 4);
	for (size_t left = 4; left--; a.now_ns++) {
		a.now_ns += left == 3;
		EVENTUALLY(&a, n_open(&a) == left);
	}
	assert_int_equal(ts_count_get(TS_C_ICE_TCP_CUT_SLOW) - slow, 4);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
	assert_int_equal(ts_count_get(TS_C_ICE_TCP_CONNECTIONS), 0);
	agent_close(&a);
}

/* Whoever knows the password stays, whatever strangers do, and however their first frame comes. */
static void the_peer_stays(void **state)
{
	struct agent a;
	(void)state;
	agent_open(&a);
	int peer = connect_from(&a, "127.0.0.1");
	for (size_t sent = 0; sent < sizeof(check) - 1; sent++) {
		send_all(peer, check + sent, 1);
		if (sent % 20 < 2) turn(&a);
	}
	EVENTUALLY(&a, n_in(&a, TS_ICE_ACCEPTED_WAITING) == 1);
	turn(&a);
	struct pollfd half = {.fd = g_socket_get_fd(a.accept.accepted[0].socket), .events = POLLIN};
	assert_int_equal(poll(&half, 1, 0), 0); /* or the thread would run in circles */
	assert_int_equal(n_in(&a, TS_ICE_ACCEPTED_PROVED), 0);
	send_all(peer, check + sizeof(check) - 1, 1);
	EVENTUALLY(&a, n_in(&a, TS_ICE_ACCEPTED_PROVED) == 1);
	assert_true(ts_ice_accept_due_ns(&a.accept) == INT64_MAX);

	for (int i = 0; i < STRANGERS; i++) {
		connect_from(&a, "127.0.0.1");
		size_t want = i < 3 ? (size_t)i + 1 : 3;
		EVENTUALLY(&a, n_open(&a) == 1 + want && n_in(&a, TS_ICE_ACCEPTED_WAITING) == want);
	}
	assert_true(is_open(peer));
	a.now_ns += 6 * TS_NS_PER_S;
	EVENTUALLY(&a, n_open(&a) == 1);
	assert_true(is_open(peer));
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 1);
	agent_close(&a);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
}

/* Nothing of these gets to libnice: the connection ends at once. */
static void bad_beginnings(void **state)
{
	static const uint8_t media[] = {0, 4, 0x80, 96, 0, 1}, long_frame[] = {0xff, 0xff, 0, 1},
			     empty[] = {0, 0};
	uint8_t forged[sizeof(check)];
	struct agent a;
	(void)state;
	memcpy(forged, check, sizeof(check));
	forged[60] ^= 1;
	const struct {
		const char *name;
		const uint8_t *data;
		size_t len;
	} rows[] = {{"media", media, sizeof(media)},
		{"a long frame", long_frame, sizeof(long_frame)},
		{"an empty frame", empty, sizeof(empty)},
		{"another password", forged, sizeof(forged)}};
	agent_open(&a);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t before = ts_count_get(TS_C_ICE_TCP_CUT_STRANGER);
		send_all(connect_from(&a, "127.0.0.1"), rows[i].data, rows[i].len);
		EVENTUALLY(&a, n_open(&a) == 0);
		if (ts_count_get(TS_C_ICE_TCP_CUT_STRANGER) != before + 1)
			fail_msg("%s", rows[i].name);
	}
	a.accept.our_pwd = ""; /* not told yet: nobody can know it */
	send_all(connect_from(&a, "127.0.0.1"), check, sizeof(check));
	EVENTUALLY(&a, n_open(&a) == 0);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
	agent_close(&a);
}

/* Those who leave are forgotten when they do, with half a frame there, too. */
static void they_leave(void **state)
{
	struct agent a;
	(void)state;
	agent_open(&a);
	for (size_t len = 0; len <= sizeof(check); len += 27) {
		int fd = socket_from("127.0.0.1");
		assert_int_equal(connect(fd, (struct sockaddr *)&a.at, sizeof(a.at)), 0);
		if (len) send_all(fd, check, len);
		EVENTUALLY(&a, ts_descriptors_taken(TS_FD_ICE_TCP) == 1);
		turn(&a);
		close(fd);
		EVENTUALLY(&a, ts_descriptors_taken(TS_FD_ICE_TCP) == 0);
	}
	agent_close(&a);
}

/* The peer came four times and left without a word, as who changes networks does: they are let in
 * again. */
static void dead_ones_give_way(void **state)
{
	struct agent a;
	(void)state;
	agent_open(&a);
	for (size_t i = 0; i < 4; i++) {
		send_all(connect_from(&a, "127.0.0.1"), check, sizeof(check));
		EVENTUALLY(&a, n_in(&a, TS_ICE_ACCEPTED_PROVED) == i + 1);
	}
	a.now_ns += 29 * TS_NS_PER_S;
	int early = connect_from(&a, "127.0.0.1");
	EVENTUALLY(&a, !is_open(early));
	assert_int_equal(n_in(&a, TS_ICE_ACCEPTED_PROVED), 4);
	send_all(a.client[0], check, sizeof(check));
	turn(&a);
	a.now_ns += 1 * TS_NS_PER_S;
	int late = connect_from(&a, "127.0.0.1");
	send_all(late, check, sizeof(check));
	EVENTUALLY(&a, !is_open(a.client[1]) && n_in(&a, TS_ICE_ACCEPTED_PROVED) == 4);
	assert_true(is_open(late) && is_open(a.client[0]));
	agent_close(&a);
}

/* Hosts that share their count with none of the others, in this run's hash; the first is
 * 127.0.0.1. */
static void pick_hosts(struct agent *a, size_t n, char host[][16])
{
	size_t address[8], found = 0;
	for (int k = 1; found < n && k < 100; k++) {
		bool alike = false;
		snprintf(host[found], 16, "127.0.0.%d", k);
		connect_from(a, host[found]);
		EVENTUALLY(a, n_in(a, TS_ICE_ACCEPTED_WAITING) == 1);
		for (size_t i = 0; i < TS_ICE_ACCEPT_PLACES; i++)
			if (a->accept.accepted[i].state != TS_ICE_ACCEPTED_NONE)
				address[found] = a->accept.accepted[i].address;
		for (size_t i = 0; i < found; i++) alike |= address[i] == address[found];
		found += !alike;
		close(a->client[--a->n_clients]);
		EVENTUALLY(a, n_in(a, TS_ICE_ACCEPTED_NONE) == TS_ICE_ACCEPT_PLACES);
	}
	assert_int_equal(found, n);
}

/* The oldest is another's: who comes in numbers loses their own. */
static void own_ones_give_way_first(void **state)
{
	char host[3][16];
	struct agent a;
	(void)state;
	agent_open(&a);
	pick_hosts(&a, 3, host);
	int other = connect_from(&a, host[1]);
	EVENTUALLY(&a, n_in(&a, TS_ICE_ACCEPTED_WAITING) == 1);
	for (size_t i = 0; i < STRANGERS; i++) {
		connect_from(&a, host[0]);
		size_t want = i < 3 ? i + 2 : 4;
		EVENTUALLY(&a, n_open(&a) == want && n_in(&a, TS_ICE_ACCEPTED_WAITING) == want);
	}
	assert_true(is_open(other));
	for (size_t i = 0; i < STRANGERS; i++)
		assert_int_equal(is_open(a.client[1 + i]), i >= STRANGERS - 3);
	int another = connect_from(&a, host[2]); /* has none: the oldest of all goes */
	EVENTUALLY(&a, !is_open(other) && n_in(&a, TS_ICE_ACCEPTED_WAITING) == 4);
	assert_true(is_open(another));
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 4);
	agent_close(&a);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
}

/* Who cannot come in has nobody cut. */
static void quota_before_cutting(void **state)
{
	enum { AGENTS = 4, LIMIT = 120, HALF = 15 };
	char host[2][16];
	struct agent a[AGENTS], full;
	struct rlimit before, few;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = LIMIT, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	agent_open(&full);
	pick_hosts(&full, 2, host);
	unsigned opened = 0;
	for (int k = 0; k < AGENTS; k++) {
		agent_open(&a[k]);
		for (int i = 0; i < 4 && opened < HALF; i++) {
			connect_from(&a[k], "127.0.0.1");
			opened++;
			EVENTUALLY(&a[k], ts_descriptors_taken(TS_FD_ICE_TCP) == opened);
		}
	}
	for (unsigned i = 1; i <= 4; i++) {
		connect_from(&full, host[1]);
		EVENTUALLY(&full, ts_descriptors_taken(TS_FD_ICE_TCP) == HALF + i);
	}
	int refused = connect_from(&full, "127.0.0.1");
	EVENTUALLY(&full, !is_open(refused));
	assert_int_equal(n_open(&full), 4);
	assert_int_equal(n_in(&full, TS_ICE_ACCEPTED_WAITING), 4);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), HALF + 4);

	/* one of its own may be replaced all the same */
	int own = connect_from(&a[0], "127.0.0.1");
	EVENTUALLY(&a[0], !is_open(a[0].client[0]) && n_in(&a[0], TS_ICE_ACCEPTED_WAITING) == 4);
	assert_true(is_open(own));
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), HALF + 4);
	agent_close(&full);
	for (int k = 0; k < AGENTS; k++) agent_close(&a[k]);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void half_of_a_quarter(void **state)
{
	enum { AGENTS = 4, LIMIT = 120, HALF = 15 };
	struct agent a[AGENTS];
	struct rlimit before, few;
	int64_t full = ts_count_get(TS_C_ICE_TCP_CUT_FULL);
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = LIMIT, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	unsigned opened = 0;
	for (int k = 0; k < AGENTS; k++) {
		agent_open(&a[k]);
		for (int i = 0; i < 4 && opened < HALF; i++) {
			connect_from(&a[k], "127.0.0.1");
			opened++;
			EVENTUALLY(&a[k], ts_descriptors_taken(TS_FD_ICE_TCP) == opened);
		}
	}
	struct agent *last = &a[AGENTS - 1];
	int refused = connect_from(last, "127.0.0.1");
	EVENTUALLY(last, !is_open(refused));
	assert_int_equal(ts_count_get(TS_C_ICE_TCP_CUT_FULL) - full, 1);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), HALF);
	connect_from(last, "127.0.0.2"); /* has a half to itself */
	EVENTUALLY(last, ts_descriptors_taken(TS_FD_ICE_TCP) == HALF + 1);
	for (int k = 0; k < AGENTS; k++) agent_close(&a[k]);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void without_descriptors(void **state)
{
	enum { LIMIT = 64 };
	struct agent a;
	struct rlimit before, few;
	int64_t count = ts_count_get(TS_C_ICE_TCP_CUT_DESCRIPTORS);
	int filler[LIMIT], n = 0;
	(void)state;
	ts_descriptors_init();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	agent_open(&a);
	int fd = connect_from(&a, "127.0.0.1");
	few = (struct rlimit){.rlim_cur = LIMIT, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < LIMIT && (filler[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) n++;
	EVENTUALLY(&a, !is_open(fd));
	assert_int_equal(ts_count_get(TS_C_ICE_TCP_CUT_DESCRIPTORS) - count, 1);
	while (n) close(filler[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	connect_from(&a, "127.0.0.1");
	EVENTUALLY(&a, ts_descriptors_taken(TS_FD_ICE_TCP) == 1);
	agent_close(&a);
}

/* ---- on a loop, by the clock */

struct real {
	struct ts_ice *ice;
	struct ts_ice_host host;
	struct ts_loop *loop;
	struct ts_ice_description local;
	struct ts_task open, close;
	sem_t done;
};

static void on_ice_recv(void *arg, const uint8_t *data, size_t len)
{
	(void)arg, (void)data, (void)len;
}

static void on_ice_state(void *arg, enum ts_ice_state state)
{
	(void)arg, (void)state;
}

static void on_ice_flush(void *arg)
{
	(void)arg;
}

static void open_ice(struct ts_task *task)
{
	struct real *real = ts_container_of(task, struct real, open);
	const struct ts_ice_config config = {.loop = real->loop,
		.host = &real->host,
		.recv = on_ice_recv,
		.state = on_ice_state,
		.flush = on_ice_flush};
	if (!ts_ice_create(&real->ice, &config)) ts_ice_gather(real->ice, &real->local);
	sem_post(&real->done);
}

static void on_ice_closed(void *arg)
{
	sem_post(&((struct real *)arg)->done);
}

static void close_ice(struct ts_task *task)
{
	struct real *real = ts_container_of(task, struct real, close);
	ts_ice_close(real->ice, on_ice_closed, real);
}

static void run(struct real *real, struct ts_task *task)
{
	ts_loop_post(real->loop, task);
	while (sem_wait(&real->done)) {}
}

static void a_loop_sweeps(void **state)
{
	static const char *const addresses[] = {"127.0.0.1"};
	static struct real real = {.open = {.fn = open_ice}, .close = {.fn = close_ice}};
	const struct ts_ice_host_config config = {.addresses = addresses,
		.n_addresses = 1,
		.port_min = 20000,
		.port_max = 29999,
		.tcp = true};
	struct agent clients = {.at = {.sin_family = AF_INET}};
	(void)state;
	sem_init(&real.done, 0, 0);
	assert_int_equal(ts_ice_host_init(&real.host, &config), 0);
	assert_int_equal(ts_loop_create(&real.loop, "net"), 0);
	assert_int_equal(ts_loop_start(real.loop), 0);
	run(&real, &real.open);
	for (size_t i = 0; i < real.local.n_candidates; i++) {
		const struct ts_candidate *c = &real.local.candidate[i];
		if (c->transport == TS_CANDIDATE_TCP_PASSIVE)
			clients.at.sin_port = htons(ts_address_port(&c->address));
	}
	inet_pton(AF_INET, "127.0.0.1", &clients.at.sin_addr);
	assert_int_not_equal(clients.at.sin_port, 0);
	for (int i = 0; i < STRANGERS; i++) connect_from(&clients, "127.0.0.1");
	for (int i = 0; i < STRANGERS; i++) {
		struct pollfd hung_up = {.fd = clients.client[i], .events = POLLIN};
		if (poll(&hung_up, 1, WAIT_S * 1000) != 1)
			fail_msg("connection %d is still there", i);
		assert_false(is_open(clients.client[i]));
	}
	int held = connect_from(&clients, "127.0.0.1");
	for (int i = 0; i < WAIT_S * 100 && !ts_descriptors_taken(TS_FD_ICE_TCP); i++)
		usleep(10 * 1000);
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 1);
	assert_true(is_open(held));
	ts_loop_post(real.loop, &real.close);
	while (sem_wait(&real.done)) {}
	assert_int_equal(ts_descriptors_taken(TS_FD_ICE_TCP), 0);
	ts_loop_destroy(&real.loop);
	ts_ice_host_fini(&real.host);
	for (size_t i = 0; i < clients.n_clients; i++) close(clients.client[i]);
	sem_destroy(&real.done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(silent_ones_go),
		cmocka_unit_test(the_peer_stays), cmocka_unit_test(bad_beginnings),
		cmocka_unit_test(they_leave), cmocka_unit_test(dead_ones_give_way),
		cmocka_unit_test(own_ones_give_way_first), cmocka_unit_test(quota_before_cutting),
		cmocka_unit_test(half_of_a_quarter), cmocka_unit_test(without_descriptors),
		cmocka_unit_test(a_loop_sweeps)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
