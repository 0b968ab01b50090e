/* A trickle-ice fragment and datagrams of strangers through libnice: { u16 length, fragment }, then
 * { u8 when, u16 length, datagram }* sent to the agent's own socket, before it knows its peer (when
 * 0) and afterwards. Checks go out on loopback only: other candidates are skipped. */
#include "base/address.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "control/join/fragment.h"
#include "tests/fuzz/loopback.h"
#include "transport/ice/agent.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAMS_MAX = 24 };
#define RUN_NS (6 * TS_NS_PER_MS)

struct world {
	struct ts_loop *loop;
	struct ts_ice *ice;
	struct ts_timer timer;
	struct ts_rd in;
	int fd, sent;
	int64_t end_ns;
	bool closing;
};

static volatile uint8_t seen; /* so that all of it is read */

static void on_recv(void *arg, const uint8_t *data, size_t len)
{
	(void)arg;
	if (!len || len > 65535) abort();

	for (size_t i = 0; i < len; i++) seen ^= data[i];
}
static void on_state(void *arg, enum ts_ice_state state)
{
	(void)arg;
	if (state > TS_ICE_FAILED) abort();
}
static void on_gathered(void *arg, const struct ts_ice_description *local)
{
	(void)arg, (void)local;
}
static void on_flush(void *arg)
{
	(void)arg;
}
static void on_closed(void *arg)
{
	ts_loop_stop(((struct world *)arg)->loop);
}

static void send_one(struct world *w)
{
	size_t n = ts_rd_u16(&w->in) % 1500;
	if (n > ts_rd_left(&w->in)) n = ts_rd_left(&w->in);
	const uint8_t *bytes = ts_rd_bytes(&w->in, n);
	if (bytes && send(w->fd, bytes, n, MSG_DONTWAIT) < 0) {} /* refused: the socket is gone */
	w->sent++;
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct world *w = ts_container_of(timer, struct world, timer);
	if (w->sent < DATAGRAMS_MAX && ts_rd_left(&w->in) > 3 && now_ns < w->end_ns) {
		ts_rd_u8(&w->in);
		send_one(w);
		ts_loop_timer_set(w->loop, &w->timer, now_ns + 100000);
	} else if (now_ns < w->end_ns) {
		ts_loop_timer_set(w->loop, &w->timer, w->end_ns);
	} else {
		w->closing = true;
		ts_ice_close(w->ice, on_closed, w);
	}
}

static int connect_to(const struct ts_ice_description *local)
{
	const struct sockaddr_storage *to = &local->candidate[0].address;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !local->n_candidates || connect(fd, (const void *)to, ts_address_len(to)))
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const loopback[] = {"127.0.0.1"};
	static const struct ts_ice_host_config hosts = {
		.port_min = 20000, .port_max = 29999, .addresses = loopback, .n_addresses = 1};
	static struct ts_ice_description remote;
	static struct ts_ice_description local;
	struct world w = {.timer = {.fn = on_timer}, .in = ts_rd(data, size)};
	struct ts_ice_host host;
	char err[200];
	size_t len = ts_rd_u16(&w.in) % 8192;
	if (len > ts_rd_left(&w.in)) len = ts_rd_left(&w.in);
	const char *text = (const char *)ts_rd_bytes(&w.in, len);
	if (ts_fragment_read(&remote, text ? text : "", text ? len : 0, err, sizeof(err))) return 0;
	if (ts_loop_create(&w.loop, "fuzz") || ts_ice_host_init(&host, &hosts)) abort();
	struct ts_ice_config config = {.loop = w.loop,
		.host = &host,
		.controlling = size & 1,
		.recv = on_recv,
		.state = on_state,
		.gathered = on_gathered,
		.flush = on_flush,
		.arg = &w};
	if (ts_ice_create(&w.ice, &config) || ts_ice_gather(w.ice, &local)) abort();
	w.fd = connect_to(&local);
	while (w.sent < DATAGRAMS_MAX && ts_rd_left(&w.in) > 3 && !*w.in.p) {
		ts_rd_u8(&w.in);
		send_one(&w);
	}
	keep_loopback(&remote);
	if (*remote.ufrag) ts_ice_set_remote(w.ice, &remote);
	w.end_ns = ts_now_ns() + RUN_NS;
	ts_loop_timer_set(w.loop, &w.timer, ts_now_ns());
	ts_loop_run(w.loop);
	close(w.fd);
	ts_loop_destroy(&w.loop);
	ts_ice_host_fini(&host);
	return 0;
}
