/* Datagrams through real sockets on loopback: order, boundaries, GSO where the kernel has it. */
#include "base/counter.h"
#include "transport/net/batch.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct sink {
	int fd;
	struct sockaddr_in addr;
};

static void sink_open(struct sink *s)
{
	socklen_t len = sizeof(s->addr);
	int bytes = 1 << 20;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->addr = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(s->fd, (struct sockaddr *)&s->addr, len), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&s->addr, &len), 0);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static struct ts_route route_to(const struct sink *from, const struct sink *to)
{
	struct ts_route r = {.fd = from->fd, .to_len = sizeof(to->addr)};
	memcpy(&r.to, &to->addr, sizeof(to->addr));
	return r;
}

static void put(struct ts_batch *batch, struct ts_route *route, size_t len, uint8_t tag)
{
	uint8_t *b = ts_batch_reserve(batch, route, len);
	assert_non_null(b);
	memset(b, tag, len);
	ts_batch_commit(batch, route, len);
}

static void expect(const struct sink *s, size_t len, uint8_t tag)
{
	uint8_t b[2048];
	ssize_t n = recv(s->fd, b, sizeof(b), MSG_DONTWAIT);
	assert_int_equal(n, len);
	for (size_t i = 0; i < len; i++)
		if (b[i] != tag) fail_msg("byte %zu is %u, not %u", i, b[i], tag);
}

static void expect_none(const struct sink *s)
{
	uint8_t b;
	assert_int_equal(recv(s->fd, &b, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void runs_of_lengths(bool no_gso)
{
	static const size_t lens[] = {
		1000, 1000, 1000, 700, 700, 900, 900, 300, 300, 300, 1200, 1, 1, 1536, 50};
	enum { N = sizeof(lens) / sizeof(lens[0]) };
	struct sink a, b, c;
	struct ts_batch *batch;
	sink_open(&a), sink_open(&b), sink_open(&c);
	assert_int_equal(ts_batch_create(&batch), 0);
	struct ts_route to_b = route_to(&a, &b), to_c = route_to(&a, &c);
	to_b.no_gso = no_gso;
	int64_t packets = ts_count_get(TS_C_TX_PACKETS);
	for (size_t i = 0; i < N; i++) put(batch, &to_b, lens[i], (uint8_t)i);
	for (size_t i = 0; i < N; i++) put(batch, &to_c, lens[i], (uint8_t)(100 + i));
	put(batch, &to_b, 20, 99);
	expect_none(&b); /* nothing leaves before the flush */
	ts_batch_flush(batch);
	for (size_t i = 0; i < N; i++) expect(&b, lens[i], (uint8_t)i);
	expect(&b, 20, 99);
	for (size_t i = 0; i < N; i++) expect(&c, lens[i], (uint8_t)(100 + i));
	expect_none(&b), expect_none(&c);
	assert_int_equal(ts_count_get(TS_C_TX_PACKETS) - packets, 2 * N + 1);
	ts_batch_destroy(&batch);
	close(a.fd), close(b.fd), close(c.fd);
}

static void with_gso(void **state)
{
	(void)state;
	runs_of_lengths(false);
}

static void without_gso(void **state)
{
	(void)state;
	runs_of_lengths(true);
}

/* More than a batch, and more than one GSO message, holds. */
static void many(void **state)
{
	(void)state;
	struct sink a, b;
	struct ts_batch *batch;
	sink_open(&a), sink_open(&b);
	assert_int_equal(ts_batch_create(&batch), 0);
	struct ts_route route = route_to(&a, &b);
	int got = 0;
	for (int i = 0; i < 3 * TS_BATCH_SLOTS + 7; i++) {
		put(batch, &route, 100, (uint8_t)i);
		if (i % 64 == 63)
			for (uint8_t first; recv(b.fd, &first, 1, MSG_DONTWAIT) == 1; got++)
				assert_int_equal(first, (uint8_t)got);
	}
	ts_batch_flush(batch);
	for (uint8_t first; recv(b.fd, &first, 1, MSG_DONTWAIT) == 1; got++)
		assert_int_equal(first, (uint8_t)got);
	assert_int_equal(got, 3 * TS_BATCH_SLOTS + 7);
	ts_batch_destroy(&batch);
	close(a.fd), close(b.fd);
}

/* Two datagrams larger than the path's MTU cannot be segments: the kernel refuses, and they go one
 * by one. */
static void gso_refused(void **state)
{
	(void)state;
	struct sink a, b;
	struct ts_batch *batch;
	sink_open(&a), sink_open(&b);
	/* without checksums the kernel refuses UDP_SEGMENT (EIO) */
	int on = 1;
	setsockopt(a.fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on));
	assert_int_equal(ts_batch_create(&batch), 0);
	struct ts_route route = route_to(&a, &b);
	for (uint8_t i = 0; i < 5; i++) put(batch, &route, 500, i);
	ts_batch_flush(batch);
	assert_true(route.no_gso);
	for (uint8_t i = 0; i < 5; i++) expect(&b, 500, i);
	expect_none(&b);
	ts_batch_destroy(&batch);
	close(a.fd), close(b.fd);
}

static int by_function;

static bool send_some(struct ts_route *route, const uint8_t *data, size_t len)
{
	(void)route;
	assert_int_equal(data[0], by_function);
	assert_int_equal(len, 10);
	return ++by_function != 2; /* the second fails */
}

static void other_routes(void **state)
{
	(void)state;
	struct ts_batch *batch;
	assert_int_equal(ts_batch_create(&batch), 0);
	struct ts_route nowhere = {.fd = -1}, relay = {.fd = -1, .send = send_some};
	assert_null(ts_batch_reserve(batch, &nowhere, 10));
	assert_null(ts_batch_reserve(batch, &relay, TS_BATCH_SLOT_BYTES + 1));
	int64_t drops = ts_count_get(TS_C_DROP_SEND);
	for (uint8_t i = 0; i < 3; i++) put(batch, &relay, 10, i);
	ts_batch_flush(batch);
	assert_int_equal(by_function, 3);
	assert_int_equal(ts_count_get(TS_C_DROP_SEND) - drops, 1);
	ts_batch_destroy(&batch);
}

/* In place of the system's: somebody reads one datagram meanwhile. */
static struct {
	int reader, times;
} waited = {-1, 0};
int poll(struct pollfd *fds, nfds_t n, int ms)
{
	uint8_t b[1000];
	(void)fds, (void)n, (void)ms;
	waited.times++;
	return recv(waited.reader, b, sizeof b, MSG_DONTWAIT) > 0;
}

/* Of a socket of many, one datagram and several alike; of one's own, none is waited for. */
static void a_full_socket(void **state)
{
	static const struct {
		bool shared;
		int n, times, lost;
	} rows[] = {{true, 1, 1, 0}, {true, 2, 1, 1}, {false, 1, 0, 1}, {false, 2, 0, 2}};
	struct ts_batch *batch;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int fd[2];
		assert_int_equal(ts_batch_create(&batch), 0);
		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
		while (send(fd[0], "full", 4, MSG_DONTWAIT) > 0) {}
		struct ts_route r = {.fd = fd[0], .no_gso = true, .shared = rows[i].shared};
		waited.reader = fd[1];
		waited.times = 0;
		const int64_t dropped = ts_count_get(TS_C_DROP_SEND);
		for (int k = 0; k < rows[i].n; k++) put(batch, &r, 100, 1);
		ts_batch_flush(batch);
		assert_int_equal(waited.times, rows[i].times);
		assert_int_equal(ts_count_get(TS_C_DROP_SEND), dropped + rows[i].lost);
		ts_batch_destroy(&batch);
		close(fd[0]), close(fd[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_gso),
		cmocka_unit_test(without_gso),
		cmocka_unit_test(many),
		cmocka_unit_test(gso_refused),
		cmocka_unit_test(other_routes),
		cmocka_unit_test(a_full_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
