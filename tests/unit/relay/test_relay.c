#include "base/clock.h"
#include "base/error.h"
#include "tests/relay/command.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 2000 };

static int socket_at_loopback(struct sockaddr_in *at)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	*at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(*at);
	assert_int_equal(bind(fd, (struct sockaddr *)at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
	return fd;
}

/* A server, a relay in front of it, and two clients. */
struct net {
	struct ts_relay *relay;
	int server, client[2];
	struct sockaddr_in server_at, relay_at;
};

static void net_up(struct net *n, const struct ts_impair_config *up,
	const struct ts_impair_config *down, uint64_t seed)
{
	struct sockaddr_in unused;
	memset(n, 0, sizeof(*n));
	n->server = socket_at_loopback(&n->server_at);
	for (int i = 0; i < 2; i++) n->client[i] = socket_at_loopback(&unused);
	struct ts_relay_config config = {.target = n->server_at, .seed = seed};
	if (up) config.dir[TS_RELAY_UP] = *up;
	if (down) config.dir[TS_RELAY_DOWN] = *down;
	assert_int_equal(ts_relay_create(&n->relay, &config), 0);
	n->relay_at = n->server_at;
	n->relay_at.sin_port = htons(ts_relay_port(n->relay));
	assert_int_not_equal(n->relay_at.sin_port, n->server_at.sin_port);
}

static void net_down(struct net *n)
{
	ts_relay_destroy(&n->relay);
	assert_null(n->relay);
	close(n->server);
	close(n->client[0]);
	close(n->client[1]);
}

static void put(int fd, const struct sockaddr_in *to, uint32_t number, size_t len)
{
	uint8_t buf[2048] = {0};
	memcpy(buf, &number, sizeof(number));
	assert_int_equal(sendto(fd, buf, len, 0, (const struct sockaddr *)to, sizeof(*to)), len);
}

/* The number of the next datagram, or -1 after wait_ms of nothing. */
static int64_t get(int fd, struct sockaddr_in *from, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint32_t number;
	struct sockaddr_in unused;
	socklen_t len = sizeof(unused);
	if (poll(&p, 1, wait_ms) != 1) return -1;
	assert_true(recvfrom(fd, &number, sizeof(number), 0,
			    (struct sockaddr *)(from ? from : &unused), &len) >= 4);
	return number;
}

static void both_ways_for_two_clients(void **state)
{
	(void)state;
	struct net n;
	struct sockaddr_in seen[2], again, from;
	net_up(&n, NULL, NULL, 1);
	for (uint32_t i = 0; i < 2; i++) {
		put(n.client[i], &n.relay_at, 100 + i, 1200);
		assert_int_equal(get(n.server, &seen[i], PATIENCE_MS), 100 + i);
	}
	assert_int_not_equal(seen[0].sin_port, seen[1].sin_port);
	/* answers find their client, from the address it knows */
	for (uint32_t i = 0; i < 2; i++) {
		put(n.server, &seen[i], 200 + i, 4);
		assert_int_equal(get(n.client[i], &from, PATIENCE_MS), 200 + i);
		assert_int_equal(from.sin_port, n.relay_at.sin_port);
	}
	for (uint32_t k = 0; k < 300; k++) { /* always the same address towards the server */
		put(n.client[k % 2], &n.relay_at, k, 500);
		assert_int_equal(get(n.server, &again, PATIENCE_MS), k);
		assert_int_equal(again.sin_port, seen[k % 2].sin_port);
	}
	struct ts_relay_stats stats;
	ts_relay_get_stats(n.relay, &stats);
	assert_int_equal(stats.clients, 2);
	assert_int_equal(stats.forwarded[TS_RELAY_UP], 302);
	assert_int_equal(stats.forwarded[TS_RELAY_DOWN], 2);
	assert_int_equal(stats.no_room, 0);
	net_down(&n);
}

static uint64_t judged(struct net *n)
{
	struct ts_relay_stats stats;
	ts_relay_get_stats(n->relay, &stats);
	return stats.dir[TS_RELAY_UP].in;
}

/* Sends n numbered datagrams up and marks which come out. */
static int pass(struct net *n, uint32_t count, uint8_t *came)
{
	const uint64_t all = judged(n) + count;
	int got = 0;
	memset(came, 0, count);
	for (uint32_t i = 0; i < count; i++) put(n->client[0], &n->relay_at, i, 100);
	for (int ms = 0; judged(n) < all && ms < PATIENCE_MS; ms++) poll(NULL, 0, 1);
	for (int64_t number; (number = get(n->server, NULL, 100)) >= 0; got++) came[number]++;
	return got;
}

static void the_same_seed_loses_the_same(void **state)
{
	(void)state;
	enum { COUNT = 200 }; /* they fit the socket of a server that does not read meanwhile */
	const struct ts_impair_config bad = {.loss = 0.2, .burst = 0.1};
	uint8_t came[3][COUNT];
	for (uint64_t i = 0; i < 3; i++) {
		struct net n;
		net_up(&n, &bad, NULL, i == 2 ? 8 : 7);
		assert_in_range(pass(&n, COUNT, came[i]), COUNT / 2, COUNT * 9 / 10);
		net_down(&n);
	}
	assert_memory_equal(came[0], came[1], COUNT);
	assert_memory_not_equal(came[0], came[2], COUNT);
}

static void a_change_counts_at_once(void **state)
{
	(void)state;
	struct net n;
	uint8_t came[50];
	net_up(&n, NULL, NULL, 1);
	assert_int_equal(pass(&n, 50, came), 50);
	ts_relay_set(n.relay, TS_RELAY_UP, &(struct ts_impair_config){.loss = 1});
	assert_int_equal(pass(&n, 50, came), 0);
	ts_relay_set(n.relay, TS_RELAY_UP, &(struct ts_impair_config){0});
	assert_int_equal(pass(&n, 50, came), 50);
	struct ts_relay_stats stats;
	ts_relay_get_stats(n.relay, &stats);
	assert_int_equal(stats.dir[TS_RELAY_UP].lost, 50);
	net_down(&n);
}

/* Never early; how much later depends on the machine. Each direction has its own delay. */
static void delays_are_kept(void **state)
{
	(void)state;
	struct net n;
	struct sockaddr_in seen;
	net_up(&n, &(struct ts_impair_config){.delay_ns = 30 * TS_NS_PER_MS},
		&(struct ts_impair_config){.delay_ns = 5 * TS_NS_PER_MS}, 1);
	int64_t least_ns = INT64_MAX;
	for (uint32_t i = 0; i < 10; i++) {
		const int64_t start_ns = ts_now_ns();
		put(n.client[0], &n.relay_at, i, 100);
		assert_int_equal(get(n.server, &seen, PATIENCE_MS), i);
		const int64_t up_ns = ts_now_ns() - start_ns;
		put(n.server, &seen, i, 100);
		assert_int_equal(get(n.client[0], NULL, PATIENCE_MS), i);
		const int64_t both_ns = ts_now_ns() - start_ns;
		assert_true(up_ns >= 30 * TS_NS_PER_MS && both_ns >= 35 * TS_NS_PER_MS);
		if (both_ns < least_ns) least_ns = both_ns;
	}
	print_message("30 ms + 5 ms: %.2f ms at best\n", (double)least_ns / TS_NS_PER_MS);
	assert_true(least_ns < 60 * TS_NS_PER_MS);
	net_down(&n);
}

/* The server is not there, or goes away: the relay goes on. */
static void a_dead_server_harms_nobody(void **state)
{
	(void)state;
	struct net n;
	net_up(&n, NULL, NULL, 1);
	close(n.server);
	for (uint32_t i = 0; i < 20; i++) put(n.client[0], &n.relay_at, i, 100);
	struct ts_relay_stats stats = {.clients = 0};
	while (stats.dir[TS_RELAY_UP].in < 20) ts_relay_get_stats(n.relay, &stats);
	n.server = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(n.server, (struct sockaddr *)&n.server_at, sizeof(n.server_at)), 0);
	/* the first may meet the error that the last one left on the socket */
	put(n.client[0], &n.relay_at, 77, 100);
	put(n.client[0], &n.relay_at, 77, 100);
	assert_int_equal(get(n.server, NULL, PATIENCE_MS), 77);
	net_down(&n);
}

static void ended_with_datagrams_on_their_way(void **state)
{
	(void)state;
	struct net n;
	struct ts_relay_stats stats = {.clients = 0};
	net_up(&n, &(struct ts_impair_config){.delay_ns = 3600 * TS_NS_PER_S}, NULL, 1);
	for (uint32_t i = 0; i < 100; i++) put(n.client[0], &n.relay_at, i, 100);
	while (stats.dir[TS_RELAY_UP].in < 100) ts_relay_get_stats(n.relay, &stats);
	assert_int_equal(stats.forwarded[TS_RELAY_UP], 0);
	net_down(&n);
}

/* Two servers behind two ports, one link: what one sends the other waits for. */
static void ports_share_the_link(void **state)
{
	(void)state;
	struct net n;
	struct sockaddr_in at, other_at;
	uint16_t port;
	/* 100 datagrams of 1250 bytes are a second */
	net_up(&n, &(struct ts_impair_config){.rate_bps = 1000000, .queue_ns = TS_NS_PER_S}, NULL,
		1);
	const int other = socket_at_loopback(&other_at);
	assert_int_equal(ts_relay_add(n.relay, &other_at, &port), 0);
	at = n.relay_at;
	at.sin_port = htons(port);
	const int64_t start_ns = ts_now_ns();
	for (uint32_t i = 0; i < 10; i++) put(n.client[0], &n.relay_at, i, 1250 - 28);
	put(n.client[0], &at, 77, 1250 - 28);
	assert_int_equal(get(other, NULL, PATIENCE_MS), 77);
	assert_true(ts_now_ns() - start_ns >= 110 * TS_NS_PER_MS);
	struct ts_relay_stats stats;
	ts_relay_get_stats(n.relay, &stats);
	assert_int_equal(stats.clients, 2); /* one a port */
	assert_int_equal(stats.way[TS_RELAY_UP].bytes_sent, 11 * 1250);
	assert_in_range(
		stats.way[TS_RELAY_UP].waited_max_ns, 90 * TS_NS_PER_MS, 100 * TS_NS_PER_MS);
	ts_relay_forget(n.relay);
	ts_relay_get_stats(n.relay, &stats);
	assert_int_equal(stats.dir[TS_RELAY_UP].in + stats.way[TS_RELAY_UP].bytes_sent, 0);
	close(other);
	net_down(&n);
}

static void some_are_forwarded_twice(void **state)
{
	(void)state;
	struct net n;
	net_up(&n, &(struct ts_impair_config){.twice = 1}, NULL, 1);
	put(n.client[0], &n.relay_at, 5, 100);
	for (int i = 0; i < 2; i++) assert_int_equal(get(n.server, NULL, PATIENCE_MS), 5);
	assert_int_equal(get(n.server, NULL, 50), -1);
	net_down(&n);
}

static void commands_are_obeyed(void **state)
{
	(void)state;
	static const struct {
		const char *line, *answer;
	} table[] = {
		{"set up-loss 100 down-rate 300k", "ok"},
		{"set up-loss", "error up-loss has no value"},
		{"set up-loss 1 colour 5", "error colour 5"},
		{"add nowhere", "error no address"},
		{"", "error no such command: "},
		{"dance", "error no such command: dance"},
		{"forget", "ok"},
	};
	struct net n;
	char line[100], answer[TS_RELAY_ANSWER_CAP];
	uint8_t came[10];
	struct ts_impair_config dir[2] = {{0}};
	net_up(&n, NULL, NULL, 1);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		strcpy(line, table[i].line);
		ts_relay_command(n.relay, dir, line, answer);
		assert_string_equal(answer, table[i].answer);
	}
	/* of a line that cannot be understood nothing is done */
	assert_int_equal(pass(&n, 10, came), 0);
	assert_int_equal(dir[TS_RELAY_DOWN].rate_bps, 300000);
	strcpy(line, "stats");
	ts_relay_command(n.relay, dir, line, answer);
	assert_non_null(strstr(answer, "{\"up\":{\"in\":10,\"bytes_in\":1000,\"forwarded\":0,"));
	assert_non_null(strstr(answer, "\"lost\":10,"));
	strcpy(line, "add 127.0.0.1:9");
	ts_relay_command(n.relay, dir, line, answer);
	assert_int_equal(strncmp(answer, "listening 127.0.0.1:", 20), 0);
	net_down(&n);
}

static void addresses_are_read(void **state)
{
	(void)state;
	struct sockaddr_in a;
	assert_int_equal(ts_relay_parse_address(&a, "127.0.0.1:5000"), 0);
	assert_int_equal(ntohs(a.sin_port), 5000);
	assert_int_equal(ntohl(a.sin_addr.s_addr), 0x7f000001);
	static const char *const bad[] = {"", "127.0.0.1", ":5000", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:70000", "localhost:1", "1.2.3.4.5.6.7.8.9:1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ts_relay_parse_address(&a, bad[i]), TS_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_for_two_clients),
		cmocka_unit_test(the_same_seed_loses_the_same),
		cmocka_unit_test(a_change_counts_at_once),
		cmocka_unit_test(delays_are_kept),
		cmocka_unit_test(a_dead_server_harms_nobody),
		cmocka_unit_test(ended_with_datagrams_on_their_way),
		cmocka_unit_test(ports_share_the_link),
		cmocka_unit_test(some_are_forwarded_twice),
		cmocka_unit_test(commands_are_obeyed),
		cmocka_unit_test(addresses_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
