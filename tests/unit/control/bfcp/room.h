/* A call's link and its room's sockets, on loopback: for test_link, test_connection, test_port. */
#ifndef TS_TESTS_UNIT_BFCP_ROOM_H
#define TS_TESTS_UNIT_BFCP_ROOM_H

#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "control/bfcp/link.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h" /* tests include it as well: the Makefile looks */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { USER = 3, GOT_MAX = 256 };
#define CONFERENCE UINT32_C(0x12345678)

static struct ts_loop *loop;
static struct ts_bfcp_ports *ports;

/* What a link was told. */
struct heard {
	struct ts_bfcp_link *link;
	unsigned n, lost;
	uint16_t got[GOT_MAX]; /* transactions */
	bool nonsense;         /* what comes makes no sense */
	bool answers;          /* a HelloAck each */
	bool closes;           /* by the next message */
};

static size_t put_message(uint8_t *at, uint32_t conference, uint16_t transaction, bool ack)
{
	const struct ts_bfcp_message m = {.version = 1,
		.primitive = ack ? TS_BFCP_HELLO_ACK : TS_BFCP_HELLO,
		.conference = conference,
		.transaction = transaction,
		.user = USER};
	struct ts_wr w = ts_wr(at, TS_BFCP_MESSAGE_MAX);
	assert_int_equal(ts_bfcp_write(&w, &m), 0);
	return ts_wr_len(&w);
}

static bool on_received(void *arg, const void *bytes, size_t n, int64_t now_ns)
{
	struct heard *h = arg;
	struct ts_bfcp_message m;
	(void)now_ns;
	assert_int_equal(ts_bfcp_read(&m, bytes, n), 0);
	assert_true(h->n < GOT_MAX);
	h->got[h->n++] = m.transaction;
	if (h->answers) {
		uint8_t out[TS_BFCP_MESSAGE_MAX];
		ts_bfcp_link_send(h->link, out, put_message(out, CONFERENCE, m.transaction, true));
	}
	if (h->closes) ts_bfcp_link_close(&h->link);
	return !h->nonsense;
}

static void on_lost(void *arg, int64_t now_ns)
{
	(void)now_ns;
	((struct heard *)arg)->lost++;
}

static inline void open_link(struct heard *h, bool reliable)
{
	const struct ts_bfcp_link_config config = {.conference = CONFERENCE,
		.user = USER,
		.reliable = reliable,
		.local = "127.0.0.1",
		.received = on_received,
		.lost = on_lost,
		.arg = h};
	memset(h, 0, sizeof *h);
	assert_int_equal(ts_bfcp_link_open(&h->link, ports, &config), 0);
}

/* A socket of a room. */
static int dial(const struct heard *h, int type)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(ts_bfcp_link_port(h->link)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static void say(int fd, uint32_t conference, uint16_t transaction)
{
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	const size_t n = put_message(bytes, conference, transaction, false);
	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), n);
}

/* All that was sent is there at once on loopback, but nothing says so: a while at most. */
static void settle(void)
{
	while (ts_fake_time_poll(20)) continue;
}

/* The transaction that was answered; 0: nothing, -1: closed. */
static inline int read_answer(int fd)
{
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	struct ts_bfcp_message m;
	const ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN) return 0;
	if (n <= 0) return -1;
	assert_int_equal(ts_bfcp_read(&m, bytes, (size_t)n), 0);
	return m.transaction;
}

static inline int64_t counted(enum ts_counter counter)
{
	return ts_count_get(counter);
}

static int setup(void **state)
{
	(void)state;
	ts_fake_time_watch();
	ts_descriptors_init();
	if (ts_loop_create(&loop, "test")) return -1;
	ports = ts_bfcp_ports_new(loop, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_bfcp_ports_free(ports);
	ts_loop_destroy(&loop);
	return 0;
}

#endif
