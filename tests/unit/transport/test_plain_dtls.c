/* DTLS-SRTP without ICE: two transports over loopback, RTCP muxed and not; what goes before the
 * keys are there, certificates that are not the described ones, descriptions that begin it anew. */
#include "base/clock.h"
#include "base/counter.h"
#include "tests/unit/transport/pair.h"
#include "transport/rtp/rtp.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PCMU_PT = 0 };

static void sleep_ms(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

struct call {
	struct pair pair;
	struct ts_transport_config config[2];
};

static void describe(struct call *call, int who, bool mux)
{
	struct ts_transport_config *c = &call->config[who];
	*c = (struct ts_transport_config){.kind = TS_TRANSPORT_PLAIN,
		.n_media = 1,
		.local_address = "127.0.0.1",
		.proven_host = "127.0.0.1",
		.cname = "plain-dtls"};
	c->media[0] = (struct ts_media_config){.kind = TS_AUDIO,
		.pt = {{PCMU_PT, TS_CODEC_PCMU, -1, 8000}},
		.n_pt = 1,
		.send = true,
		.send_pt = PCMU_PT,
		.send_codec = TS_CODEC_PCMU,
		.send_ssrc = 0x1000u + (unsigned)who};
	struct ts_plain_config *plain = &c->media[0].plain;
	strcpy(plain->address, "127.0.0.1");
	plain->rtcp_mux = mux;
	plain->dtls = true;
	plain->dtls_generation = 1;
	plain->dtls_role = who ? TS_DTLS_CLIENT : TS_DTLS_SERVER;
	snprintf(plain->fingerprint, sizeof(plain->fingerprint), "%s",
		ts_nets_fingerprint(call->pair.nets[!who]));
}

static void tell_ports(struct call *call, int who)
{
	struct ts_plain_config *plain = &call->config[who].media[0].plain;
	plain->port = call->pair.peer[!who].local.port[0].rtp;
	plain->rtcp_port = call->pair.peer[!who].local.port[0].rtcp;
}

/* Peer 0 offers, peer 1 answers and is the client. */
static void prepare(struct call *call, bool mux)
{
	memset(call, 0, sizeof(*call));
	pair_nets(&call->pair, 1);
	for (int who = 0; who < 2; who++) describe(call, who, mux);
}

static void begin(struct call *call)
{
	struct pair_peer *a = &call->pair.peer[0], *b = &call->pair.peer[1];
	call->config[0].offering = true;
	assert_int_equal(ts_transport_create(&a->transport, call->pair.nets[0], &call->config[0],
				 &pair_events, a),
		0);
	assert_true(pair_wait(a, &a->gathered, 1));
	call->config[0].offering = false;
	tell_ports(call, 1);
	assert_int_equal(ts_transport_create(&b->transport, call->pair.nets[1], &call->config[1],
				 &pair_events, b),
		0);
	assert_true(pair_wait(b, &b->gathered, 1));
	tell_ports(call, 0);
	assert_int_equal(ts_transport_answer(a->transport, &call->config[0]), 0);
}

static void update(struct call *call, int who)
{
	struct pair_peer *p = &call->pair.peer[who];
	int before = pair_now(p, &p->gathered);
	assert_int_equal(ts_transport_update(p->transport, &call->config[who]), 0);
	assert_true(pair_wait(p, &p->gathered, before + 1));
}

static size_t count_tag(struct pair_peer *p, int tag)
{
	size_t n = 0;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_got; i++)
		n += p->got[i].payload_len && p->got[i].payload[0] == tag;
	pthread_mutex_unlock(&p->lock);
	return n;
}

/* Sends until some of it has come; the handshake may take its time. */
static bool talks(struct call *call, int from, int tag)
{
	const int64_t until_ns = ts_now_ns() + 15 * TS_NS_PER_S;
	while (count_tag(&call->pair.peer[!from], tag) < 5 && ts_now_ns() < until_ns) {
		pair_send(&call->pair.peer[from], 0, pair_au(1, 160, (uint8_t)tag, 0));
		sleep_ms(5);
	}
	return count_tag(&call->pair.peer[!from], tag) >= 5;
}

static bool wait_counter(enum ts_counter counter, int64_t want)
{
	const int64_t until_ns = ts_now_ns() + 5 * TS_NS_PER_S;
	while (ts_count_get(counter) < want && ts_now_ns() < until_ns) sleep_ms(5);
	return ts_count_get(counter) >= want;
}

static void both_ways(void **state)
{
	(void)state;
	for (int mux = 0; mux < 2; mux++) {
		struct call call;
		prepare(&call, mux);
		begin(&call);
		assert_true(talks(&call, 0, 1));
		assert_true(talks(&call, 1, 2));
		/* reports come: a round trip is known */
		struct ts_media_stats stats = {0};
		const int64_t until_ns = ts_now_ns() + 15 * TS_NS_PER_S;
		while (!stats.rtt_us && ts_now_ns() < until_ns) {
			talks(&call, 0, 1);
			sleep_ms(20);
			ts_transport_stats(call.pair.peer[0].transport, 0, &stats);
		}
		assert_int_not_equal(stats.rtt_us, 0);
		pair_fini(&call.pair);
	}
}

/* The certificate is not the described one: whose description says so, ends it. */
static void wrong_fingerprint(void **state)
{
	struct call call;
	(void)state;
	prepare(&call, true);
	struct ts_plain_config *plain = &call.config[0].media[0].plain;
	plain->fingerprint[9] = plain->fingerprint[9] == '0' ? '1' : '0';
	begin(&call);
	struct pair_peer *a = &call.pair.peer[0];
	assert_true(pair_wait(a, &a->failed, 1));
	assert_string_equal(a->reason, "fingerprint");
	assert_int_equal(count_tag(a, 2), 0);
	pair_fini(&call.pair);
}

static void renews(void **state)
{
	struct call call;
	(void)state;
	prepare(&call, false);
	begin(&call);
	assert_true(talks(&call, 0, 1));
	/* the same description: what is there goes on */
	for (int who = 0; who < 2; who++) update(&call, who);
	const size_t before = count_tag(&call.pair.peer[1], 3);
	pair_send(&call.pair.peer[0], 0, pair_au(1, 160, 3, 0));
	for (int i = 0; i < 400 && count_tag(&call.pair.peer[1], 3) == before; i++) sleep_ms(5);
	assert_true(count_tag(&call.pair.peer[1], 3) > before);
	/* another generation, and the roles turned round */
	for (int who = 0; who < 2; who++) {
		call.config[who].media[0].plain.dtls_generation++;
		call.config[who].media[0].plain.dtls_role = who ? TS_DTLS_SERVER : TS_DTLS_CLIENT;
		update(&call, who);
	}
	assert_true(talks(&call, 0, 4));
	assert_true(talks(&call, 1, 5));
	/* off and on again */
	for (int off = 1; off >= 0; off--)
		for (int who = 0; who < 2; who++) {
			struct ts_plain_config *plain = &call.config[who].media[0].plain;
			plain->off = off;
			plain->dtls = !off;
			plain->dtls_generation += !off;
			update(&call, who);
			if (!off) tell_ports(&call, !who);
		}
	for (int who = 0; who < 2; who++) update(&call, who);
	assert_true(talks(&call, 0, 6));
	pair_fini(&call.pair);
}

static void send_to(uint16_t port, const void *bytes, size_t len, const char *from)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(from)},
			   to = {.sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(sendto(fd, bytes, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
	close(fd);
}

/* Before there are keys nothing is taken or sent, and strangers begin nothing. */
static void nothing_in_the_clear(void **state)
{
	static const uint8_t hello[] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	struct call call;
	uint8_t rtp[12 + 160] = {0};
	(void)state;
	prepare(&call, true);
	/* both wait for the other */
	call.config[1].media[0].plain.dtls_role = TS_DTLS_SERVER;
	begin(&call);
	struct pair_peer *a = &call.pair.peer[0], *b = &call.pair.peer[1];
	assert_true(pair_wait(a, &a->connected, 1));
	assert_true(pair_wait(b, &b->connected, 1));
	const int64_t received = ts_count_get(TS_C_RX_PACKETS),
		      no_keys = ts_count_get(TS_C_DROP_NO_KEYS),
		      source = ts_count_get(TS_C_DROP_SOURCE);
	for (int i = 0; i < 20; i++) {
		pair_send(a, 0, pair_au(1, 160, 7, i * 160));
		sleep_ms(5);
	}
	assert_int_equal(ts_count_get(TS_C_RX_PACKETS), received);
	const struct ts_rtp_header h = {.pt = PCMU_PT, .seq = 1, .ssrc = 0x1001};
	ts_rtp_write(rtp, &h, false);
	send_to(a->local.port[0].rtp, rtp, sizeof(rtp), "127.0.0.1");
	assert_true(wait_counter(TS_C_DROP_NO_KEYS, no_keys + 1));
	send_to(a->local.port[0].rtp, hello, sizeof(hello), "127.0.0.9");
	assert_true(wait_counter(TS_C_DROP_SOURCE, source + 1));
	assert_int_equal(pair_n_got(a), 0);
	pair_fini(&call.pair);
}

/* What anybody on the peer's host can send, or forge: the call goes on. */
static void strangers_end_nothing(void **state)
{
	static const uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40};
	static const uint8_t hello[] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 1, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 1, 9};
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct call call;
		prepare(&call, true);
		call.config[1].media[0].plain.dtls_role = TS_DTLS_SERVER; /* for now */
		begin(&call);
		struct pair_peer *a = &call.pair.peer[0];
		assert_true(pair_wait(a, &a->connected, 1));
		const int64_t before = ts_count_get(TS_C_DROP_DTLS),
			      restarts = ts_count_get(TS_C_DTLS_RESTARTS);
		if (i) {
			send_to(a->local.port[0].rtp, hello, sizeof(hello), "127.0.0.1");
			assert_true(wait_counter(TS_C_DTLS_RESTARTS, restarts + 1));
		} else {
			send_to(a->local.port[0].rtp, alert, sizeof(alert), "127.0.0.1");
			assert_true(wait_counter(TS_C_DROP_DTLS, before + 1));
		}
		call.config[1].media[0].plain.dtls_role = TS_DTLS_CLIENT;
		call.config[1].media[0].plain.dtls_generation++;
		update(&call, 1);
		assert_true(talks(&call, 0, 1));
		assert_true(talks(&call, 1, 2));
		assert_int_equal(pair_now(a, &a->failed), 0);
		pair_fini(&call.pair);
	}
}

/* What comes from another port of the host it called is not the answer. */
static void a_client_listens_to_whom_it_called(void **state)
{
	static const uint8_t hello[] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 2, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 1, 9};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	struct call call;
	uint8_t buf[2000];
	(void)state;
	prepare(&call, true);
	const int called = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(called, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(called, (struct sockaddr *)&at, &len);
	struct pair_peer *b = &call.pair.peer[1];
	call.config[1].media[0].plain.port = ntohs(at.sin_port);
	assert_int_equal(ts_transport_create(&b->transport, call.pair.nets[1], &call.config[1],
				 &pair_events, b),
		0);
	assert_true(pair_wait(b, &b->gathered, 1));
	assert_true(recv(called, buf, sizeof(buf), 0) > 13);
	const int64_t dropped = ts_count_get(TS_C_DROP_DTLS),
		      restarts = ts_count_get(TS_C_DTLS_RESTARTS);
	send_to(b->local.port[0].rtp, hello, sizeof(hello), "127.0.0.1");
	assert_true(wait_counter(TS_C_DROP_DTLS, dropped + 1));
	assert_int_equal(ts_count_get(TS_C_DTLS_RESTARTS), restarts);
	assert_int_equal(pair_now(b, &b->failed), 0);
	close(called);
	pair_fini(&call.pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(wrong_fingerprint),
		cmocka_unit_test(renews),
		cmocka_unit_test(nothing_in_the_clear),
		cmocka_unit_test(strangers_end_nothing),
		cmocka_unit_test(a_client_listens_to_whom_it_called),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
