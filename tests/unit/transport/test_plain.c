/* Plain RTP over loopback: two transports with sockets of their own for each m-line, and
 * thieves. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "tests/unit/transport/pair.h"
#include "transport/rtp/rtp.h"
#include "transport/secure/sdes.h"
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PCMU_PT = 0, DTMF_PT = 101, VP8_PT = 96, THIEF = 66 };

static void sleep_ms(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* ---- two ends */

struct call {
	struct pair pair;
	struct ts_transport_config config[2];
};

static atomic_int keyframes_out, events_seen, last_event;

static void on_request_keyframe(void *arg, size_t media)
{
	(void)arg;
	assert_int_equal(media, PAIR_VIDEO);
	atomic_fetch_add(&keyframes_out, 1);
}

static void on_telephone_event(void *arg, size_t media, uint8_t event)
{
	(void)arg;
	assert_int_equal(media, PAIR_AUDIO);
	atomic_store(&last_event, event);
	atomic_fetch_add(&events_seen, 1);
}

static void describe(struct ts_transport_config *c, int who)
{
	*c = (struct ts_transport_config){.kind = TS_TRANSPORT_PLAIN,
		.n_media = 2,
		.local_address = "127.0.0.1",
		.proven_host = "127.0.0.1",
		.cname = "plain"};
	c->media[PAIR_AUDIO] = (struct ts_media_config){.kind = TS_AUDIO,
		.pt = {{PCMU_PT, TS_CODEC_PCMU, -1, 8000}, {DTMF_PT, TS_CODEC_DTMF, -1, 8000}},
		.n_pt = 2,
		.send = true,
		.send_pt = PCMU_PT,
		.send_codec = TS_CODEC_PCMU,
		.send_ssrc = 0x1000u + (unsigned)who};
	c->media[PAIR_VIDEO] = (struct ts_media_config){.kind = TS_VIDEO,
		.pt = {{VP8_PT, TS_CODEC_VP8, -1, 90000}},
		.n_pt = 1,
		.send = true,
		.send_pt = VP8_PT,
		.send_codec = TS_CODEC_VP8,
		.send_ssrc = 0x2000u + (unsigned)who};
	for (int i = 0; i < 2; i++) strcpy(c->media[i].plain.address, "127.0.0.1");
}

static void tell_ports(struct call *call, int who)
{
	for (int i = 0; i < 2; i++) {
		struct ts_plain_config *plain = &call->config[who].media[i].plain;
		plain->port = call->pair.peer[!who].local.port[i].rtp;
		plain->rtcp_port = call->pair.peer[!who].local.port[i].rtcp;
	}
}

static void set_keys(struct call *call, enum ts_srtp_profile profile)
{
	for (int i = 0; i < 2; i++) {
		struct ts_sdes a, b;
		ts_sdes_make(&a, &(const struct ts_sdes){.tag = 1, .profile = profile});
		ts_sdes_make(&b, &(const struct ts_sdes){.tag = 1, .profile = profile});
		for (int who = 0; who < 2; who++) {
			struct ts_srtp_keys *keys = &call->config[who].media[i].plain.keys;
			keys->profile = profile;
			memcpy(keys->local, who ? b.key : a.key, sizeof(a.key));
			memcpy(keys->remote, who ? a.key : b.key, sizeof(a.key));
		}
	}
}

/* Peer 0 offers, peer 1 answers. */
static void call_start(struct call *call, enum ts_srtp_profile profile, bool mux)
{
	struct ts_transport_events events = pair_events;
	events.request_keyframe = on_request_keyframe;
	events.telephone_event = on_telephone_event;
	memset(call, 0, sizeof(*call));
	pair_nets(&call->pair, 1);
	for (int who = 0; who < 2; who++) describe(&call->config[who], who);
	if (profile) set_keys(call, profile);
	struct pair_peer *a = &call->pair.peer[0], *b = &call->pair.peer[1];
	call->config[0].offering = true;
	assert_int_equal(ts_transport_create(
				 &a->transport, call->pair.nets[0], &call->config[0], &events, a),
		0);
	assert_true(pair_wait(a, &a->gathered, 1));
	call->config[0].offering = false;

	for (int who = 0; who < 2; who++)
		for (int i = 0; i < 2; i++) call->config[who].media[i].plain.rtcp_mux = mux;
	tell_ports(call, 1);
	assert_int_equal(ts_transport_create(
				 &b->transport, call->pair.nets[1], &call->config[1], &events, b),
		0);
	assert_true(pair_wait(b, &b->gathered, 1));
	tell_ports(call, 0);
	assert_int_equal(ts_transport_answer(a->transport, &call->config[0]), 0);
	for (int who = 0; who < 2; who++)
		assert_true(pair_wait(&call->pair.peer[who], &call->pair.peer[who].connected, 1));
}

static void update(struct call *call, int who)
{
	struct pair_peer *p = &call->pair.peer[who];
	int before = pair_now(p, &p->gathered);
	assert_int_equal(ts_transport_update(p->transport, &call->config[who]), 0);
	assert_true(pair_wait(p, &p->gathered, before + 1));
}

static void send_some(struct call *call, int from, size_t media, int n, int tag)
{
	for (int k = 0; k < n; k++) {
		pair_send(&call->pair.peer[from], media, pair_au(1, 160, (uint8_t)tag, k * 160));
		sleep_ms(2);
	}
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

static bool wait_tag(struct pair_peer *p, int tag, size_t want)
{
	int64_t until_ns = ts_now_ns() + 5 * TS_NS_PER_S;
	while (count_tag(p, tag) < want && ts_now_ns() < until_ns) sleep_ms(5);
	return count_tag(p, tag) >= want;
}

/* ---- somebody with a socket */

static int open_socket_at(const char *host)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(host)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static int open_socket(void)
{
	return open_socket_at("127.0.0.1");
}

static uint16_t port_at(int fd)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	return ntohs(sa.sin_port);
}

/* Bytes that wait in a socket. */
static size_t drain_bytes(int fd)
{
	uint8_t b[2048];
	size_t sum = 0;
	for (ssize_t n; (n = recv(fd, b, sizeof(b), MSG_DONTWAIT)) > 0;) sum += (size_t)n;
	return sum;
}

static bool wait_bytes(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	return poll(&p, 1, PAIR_WAIT_MS) == 1 && drain_bytes(fd) > 0;
}

static void send_rtcp(int fd, uint16_t port)
{
	static const uint8_t rr[] = {0x80, 201, 0, 1, 0, 0, 0x77, 0x77};
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(
		sendto(fd, rr, sizeof(rr), 0, (struct sockaddr *)&sa, sizeof(sa)), sizeof(rr));
}

static void send_rtp_of(int fd, uint16_t port, uint16_t seq, uint8_t pt, uint8_t tag, size_t len)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint8_t b[12 + 2000] = {0};
	struct ts_rtp_header h = {.pt = pt,
		.seq = seq,
		.timestamp_rtp = seq * 160u,
		.ssrc = tag == THIEF ? 0x6666 : 0x7777};
	ts_rtp_write(b, &h, false);
	memset(b + 12, tag, len);
	assert_int_equal(sendto(fd, b, 12 + len, 0, (struct sockaddr *)&sa, sizeof(sa)), 12 + len);
}

static void send_rtp(int fd, uint16_t port, uint16_t seq, uint8_t pt, uint8_t tag)
{
	send_rtp_of(fd, port, seq, pt, tag, 160);
}

/* RTP datagrams that come within ms. */
static int count_rtp(int fd, int ms)
{
	uint8_t b[2048];
	int n = 0;
	int64_t until_ns = ts_now_ns() + ms * TS_NS_PER_MS;
	for (int64_t left_ns; (left_ns = until_ns - ts_now_ns()) > 0;) {
		struct pollfd p = {fd, POLLIN, 0};
		if (poll(&p, 1, (int)(left_ns / TS_NS_PER_MS) + 1) == 1 &&
			recv(fd, b, sizeof(b), 0) > 2)
			n += b[1] < 192 || b[1] > 223;
	}
	return n;
}

static uint16_t port_of(const struct call *call, int who, size_t media)
{
	return call->pair.peer[who].local.port[media].rtp;
}

/* ---- tests */

static void both_ways(void **state)
{
	(void)state;
	static const struct {
		enum ts_srtp_profile profile;
		bool mux;
	} rows[] = {{TS_SRTP_NONE, false}, {TS_SRTP_NONE, true}, {TS_SRTP_AES128_CM_SHA1_80, false},
		{TS_SRTP_AES128_CM_SHA1_32, true}};
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct call call;
		call_start(&call, rows[r].profile, rows[r].mux);
		for (int who = 0; who < 2; who++) {
			const struct ts_transport_local *local = &call.pair.peer[who].local;
			for (int i = 0; i < 2; i++) {
				assert_int_equal(local->port[i].rtp % 2, 0);
				/* the offerer cannot know that the other takes mux */
				assert_int_equal(local->port[i].rtcp,
					local->port[i].rtp + !(rows[r].mux && who));
			}
			for (size_t media = 0; media < 2; media++)
				send_some(&call, who, media, 20, 10 + (int)media);
		}
		for (int who = 0; who < 2; who++) {
			struct pair_peer *p = &call.pair.peer[who];
			assert_true(pair_wait_got(p, 40));
			assert_int_equal(pair_count(p, PAIR_AUDIO), 20);
			for (size_t i = 0; i < pair_n_got(p); i++) {
				assert_int_equal(p->got[i].payload[0], 10 + (int)p->got[i].media);
				assert_int_equal(p->got[i].codec,
					p->got[i].media ? TS_CODEC_VP8 : TS_CODEC_PCMU);
				assert_int_equal(
					p->got[i].ssrc, (p->got[i].media ? 0x2000 : 0x1000) + !who);
			}
			assert_int_equal(pair_now(p, &p->failed), 0);
		}
		pair_fini(&call.pair);
	}
}

/* Reports pass in every way RTCP may go: a round trip is known, for each m-line by itself. */
static void reports(void **state)
{
	(void)state;
	for (int mux = 0; mux < 2; mux++) {
		struct call call;
		struct ts_media_stats stats[2] = {0};
		call_start(&call, mux ? TS_SRTP_NONE : TS_SRTP_AES128_CM_SHA1_80, mux);
		int64_t until_ns = ts_now_ns() + PAIR_WAIT_MS * TS_NS_PER_MS;
		while (!(stats[0].rtt_us && stats[1].rtt_us) && ts_now_ns() < until_ns) {
			for (size_t media = 0; media < 2; media++) {
				for (int who = 0; who < 2; who++)
					send_some(&call, who, media, 1, 1);
				ts_transport_stats(
					call.pair.peer[0].transport, media, &stats[media]);
			}
		}
		for (int media = 0; media < 2; media++)
			assert_in_range(stats[media].rtt_us, 1, 1000000);
		pair_fini(&call.pair);
	}
}

/* Lone packets and those that come together are read otherwise; all come, in order, but for those
 * that are too long. */
static void bursts_and_too_long_ones(void **state)
{
	(void)state;
	static const size_t lengths[] = {160, 1200, 1200, 1700, 1200, 100, 1900, 160};
	enum { ROUNDS = 40, N = sizeof(lengths) / sizeof(lengths[0]), TOO_LONG = 2 };
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0];
	int fd = open_socket();
	uint16_t port = port_of(&call, 0, PAIR_VIDEO), seq = 100;
	int64_t dropped = ts_count_get(TS_C_DROP_UNKNOWN);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < N; i++) {
			seq += lengths[i] < 1600;
			send_rtp_of(fd, port, seq, VP8_PT, 70, lengths[i]);
			if (round % 2) sleep_ms(1);
		}
		/* or the socket's buffer fills */
		assert_true(wait_tag(a, 70, (N - TOO_LONG) * (round + 1)));
	}
	assert_int_equal(ts_count_get(TS_C_DROP_UNKNOWN), dropped + TOO_LONG * ROUNDS);
	for (size_t i = 1; i < pair_n_got(a); i++)
		assert_int_equal(a->got[i].ext_seq, a->got[i - 1].ext_seq + 1);
	close(fd);
	pair_fini(&call.pair);
}

/* The peer is not where it said: its packets show where. Then a third one tries to be it. */
static void nat_and_thief(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0];
	int nat = open_socket(), thief = open_socket();
	uint16_t port = port_of(&call, 0, PAIR_AUDIO);
	strcpy(call.config[0].media[PAIR_AUDIO].plain.address, "127.0.0.9"); /* nobody is there */
	update(&call, 0);

	for (uint16_t k = 0; k < 5; k++) send_rtp(nat, port, 100 + k, PCMU_PT, 50);
	assert_true(wait_tag(a, 50, 5));
	send_some(&call, 0, PAIR_AUDIO, 5, 1);
	assert_int_equal(count_rtp(nat, 200), 5);

	int64_t dropped = ts_count_get(TS_C_DROP_SOURCE);
	for (uint16_t k = 0; k < 20; k++) {
		send_rtp(thief, port, 105 + k, PCMU_PT, 66);
		send_rtp(nat, port, 105 + k, PCMU_PT, 51);
	}
	assert_true(wait_tag(a, 51, 20));
	assert_int_equal(count_tag(a, 66), 0);
	assert_int_equal(ts_count_get(TS_C_DROP_SOURCE), dropped + 20);
	send_some(&call, 0, PAIR_AUDIO, 5, 1);
	assert_int_equal(count_rtp(nat, 200), 5);
	assert_int_equal(count_rtp(thief, 50), 0);

	/* bytes that are no packet of the call latch nothing, even at first */
	for (uint16_t k = 0; k < 5; k++) send_rtp(thief, port_of(&call, 0, PAIR_VIDEO), k, 77, 66);
	send_some(&call, 0, PAIR_VIDEO, 3, 2);
	assert_true(wait_tag(&call.pair.peer[1], 2, 3));
	assert_int_equal(count_rtp(thief, 50), 0);
	close(nat);
	close(thief);
	pair_fini(&call.pair);
}

/* With SRTP nobody without the key moves anything; who has it may come from anywhere, at once. */
static void srtp_moves(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_AES128_CM_SHA1_80, true);
	struct pair_peer *a = &call.pair.peer[0], *b = &call.pair.peer[1];
	int thief = open_socket();
	send_some(&call, 1, PAIR_AUDIO, 3, 1);
	assert_true(wait_tag(a, 1, 3));
	for (uint16_t k = 0; k < 5; k++)
		send_rtp(thief, port_of(&call, 0, PAIR_AUDIO), k, PCMU_PT, 66);
	send_some(&call, 0, PAIR_AUDIO, 3, 2);
	assert_true(wait_tag(b, 2, 3));
	assert_int_equal(count_rtp(thief, 50), 0);
	assert_int_equal(count_tag(a, 66), 0);

	/* the same peer from new ports: it is off and on again, with the same keys */
	uint16_t before = port_of(&call, 1, PAIR_AUDIO);
	call.config[1].media[PAIR_AUDIO].plain.off = true;
	update(&call, 1);
	assert_int_equal(port_of(&call, 1, PAIR_AUDIO), 0);
	call.config[1].media[PAIR_AUDIO].plain.off = false;
	update(&call, 1);
	assert_int_not_equal(port_of(&call, 1, PAIR_AUDIO), 0);
	if (port_of(&call, 1, PAIR_AUDIO) != before) {
		send_some(&call, 1, PAIR_AUDIO, 3, 3);
		assert_true(wait_tag(a, 3, 3));
		send_some(&call, 0, PAIR_AUDIO, 3, 4);
		assert_true(wait_tag(b, 4, 3));
	}
	close(thief);
	pair_fini(&call.pair);
}

static uint16_t last_seq(struct pair_peer *p)
{
	return (uint16_t)p->got[pair_n_got(p) - 1].ext_seq;
}

/* The sequence number goes over its end while the line is off on one side: what comes after is of
 * another round, of which both know. By less than half a round at a time, as nobody could tell
 * otherwise (RFC 3711 3.3.1). */
static void srtp_wraps_while_off(void **state)
{
	enum { BURST = 250, STEP = 25000, STEPS = 3 };
	(void)state;
	for (int off = 0; off < 2; off++) {
		struct call call;
		call_start(&call, TS_SRTP_AES128_CM_SHA1_80, true);
		struct pair_peer *b = &call.pair.peer[1];
		send_some(&call, 0, PAIR_AUDIO, 5, 1);
		assert_true(wait_tag(b, 1, 5));
		int wraps = 0;
		for (int step = 0; step < STEPS; step++) {
			uint16_t before = last_seq(b);
			call.config[off].media[PAIR_AUDIO].plain.off = true;
			update(&call, off);
			for (int sent = 0; sent < STEP; sent += BURST) {
				pair_send(
					&call.pair.peer[0], PAIR_AUDIO, pair_au(BURST, 20, 100, 0));
				sleep_ms(2);
			}
			call.config[off].media[PAIR_AUDIO].plain.off = false;
			update(&call, off);
			tell_ports(&call, !off);
			update(&call, !off);
			send_some(&call, 0, PAIR_AUDIO, 10, 2 + step);
			assert_true(wait_tag(b, 2 + step, 5));
			assert_in_range((uint16_t)(last_seq(b) - before), STEP / 2, 32767);
			wraps += last_seq(b) < before;
		}
		assert_int_equal(wraps, 1); /* of 75 000 from the lower half of a round */
		pair_fini(&call.pair);
	}
}

/* On hold nothing is sent; afterwards numbers go on where they were. */
static void hold_and_resume(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_AES128_CM_SHA1_80, false);
	struct pair_peer *b = &call.pair.peer[1];
	send_some(&call, 0, PAIR_AUDIO, 5, 1);
	assert_true(wait_tag(b, 1, 5));
	int64_t seq = b->got[pair_n_got(b) - 1].ext_seq;

	/* the mix goes on towards the sender that it has had */
	struct ts_sender *sender = ts_transport_sender(call.pair.peer[0].transport, PAIR_AUDIO);
	struct ts_fanout *fanout;
	assert_int_equal(ts_fanout_create(&fanout, &sender, 1), 0);
	call.config[0].media[PAIR_AUDIO].send = false;
	update(&call, 0);
	assert_null(ts_transport_sender(call.pair.peer[0].transport, PAIR_AUDIO));
	struct ts_au *unheard = pair_au(1, 160, 2, 0);
	ts_fanout_send(fanout, unheard);
	ts_au_unref(&unheard);
	ts_fanout_unref(&fanout);
	ts_sender_unref(&sender);
	sleep_ms(50);
	call.config[0].media[PAIR_AUDIO].send = true;
	call.config[0].media[PAIR_AUDIO].plain.address[0] = 0; /* the old way to hold: c=0.0.0.0 */
	update(&call, 0);
	send_some(&call, 0, PAIR_AUDIO, 5, 2);
	strcpy(call.config[0].media[PAIR_AUDIO].plain.address, "127.0.0.1");
	update(&call, 0);
	send_some(&call, 0, PAIR_AUDIO, 5, 3);
	assert_true(wait_tag(b, 3, 5));
	assert_int_equal(count_tag(b, 2), 0);
	assert_in_range(b->got[pair_n_got(b) - 1].ext_seq, seq + 5, seq + 10);
	pair_fini(&call.pair);
}

/* The other end wants G.722 under another number from now on; the clock stays, so does the
 * sequence. */
static void codec_change(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *b = &call.pair.peer[1];
	send_some(&call, 0, PAIR_AUDIO, 3, 1);
	assert_true(wait_tag(b, 1, 3));
	call.config[1].media[PAIR_AUDIO].pt[0] = (struct ts_pt){9, TS_CODEC_G722, -1, 8000};
	update(&call, 1);
	call.config[0].media[PAIR_AUDIO].send_pt = 9;
	call.config[0].media[PAIR_AUDIO].send_codec = TS_CODEC_G722;
	update(&call, 0);
	send_some(&call, 0, PAIR_AUDIO, 3, 2);
	assert_true(wait_tag(b, 2, 3));
	assert_int_equal(b->got[pair_n_got(b) - 1].codec, TS_CODEC_G722);
	assert_int_equal(b->got[pair_n_got(b) - 1].ext_seq, b->got[0].ext_seq + 5);
	pair_fini(&call.pair);
}

/* Sound first, pictures later, and refused ones cost no port. */
static void more_media(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0], *b = &call.pair.peer[1];
	for (int who = 0; who < 2; who++) {
		struct ts_transport_config *c = &call.config[who];
		c->media[2] = c->media[PAIR_VIDEO];
		c->media[2].send_ssrc = 0x3000u + (unsigned)who;
		c->media[3].plain.off = true;
		c->n_media = 4;
		update(&call, who);
		assert_int_equal(call.pair.peer[who].local.port[3].rtp, 0);
		assert_int_not_equal(port_of(&call, who, 2), 0);
	}
	for (int who = 0; who < 2; who++) {
		struct ts_plain_config *plain = &call.config[who].media[2].plain;
		plain->port = port_of(&call, !who, 2);
		plain->rtcp_port = 0;
		update(&call, who);
	}
	send_some(&call, 0, 2, 5, 7);
	assert_true(wait_tag(b, 7, 5));
	assert_int_equal(pair_count(b, 2), 5);
	call.config[0].n_media = 2;
	assert_int_equal(ts_transport_update(a->transport, &call.config[0]), TS_EINVAL);
	pair_fini(&call.pair);
}

static void telephone_events(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0];
	int phone = open_socket();
	atomic_store(&events_seen, 0);
	for (int key = 0; key < 2; key++) {
		for (uint16_t k = 0; k < 6; k++) {
			uint8_t b[16] = {0};
			struct sockaddr_in sa = {.sin_family = AF_INET,
				.sin_port = htons(port_of(&call, 0, PAIR_AUDIO)),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
			struct ts_rtp_header h = {.pt = DTMF_PT,
				.seq = (uint16_t)(key * 6 + k),
				.timestamp_rtp = key * 4000u,
				.ssrc = 9};
			ts_rtp_write(b, &h, false);
			b[12] = (uint8_t)(5 + key);
			sendto(phone, b, sizeof(b), 0, (struct sockaddr *)&sa, sizeof(sa));
		}
	}
	assert_true(pair_wait_got(a, 12));
	assert_int_equal(atomic_load(&events_seen), 2);
	assert_int_equal(atomic_load(&last_event), 6);
	for (size_t i = 0; i < 12; i++) assert_int_equal(a->got[i].payload_len, 0);
	close(phone);
	pair_fini(&call.pair);
}

/* Held for 20 s: three segments, each where the one before ended (RFC 4733 2.5.1.3). One press. The
 * same key pressed again is another. */
static void a_key_held_for_long_is_one_press(void **state)
{
	static const struct {
		uint32_t timestamp_rtp;
		uint16_t duration;
		bool ended;
		int presses; /* by then */
	} rows[] = {
		{1000, 160, false, 1},
		{1000, 65535, false, 1},
		{66535, 160, false, 1},
		{66535, 65000, false, 1},
		{132070, 160, false, 1}, /* the end of the second segment was lost */
		{132070, 4000, true, 1},
		{132070, 4000, true, 1},
		{136070, 160, false, 2}, /* at its very end, yet another press */
		{136070, 800, true, 2},
		{150000, 160, true, 3},
		{400000, 160, false, 4},
		{500000, 160, false, 5},
	};
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	int phone = open_socket();
	atomic_store(&events_seen, 0);
	for (uint16_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		uint8_t b[16] = {0};
		struct sockaddr_in sa = {.sin_family = AF_INET,
			.sin_port = htons(port_of(&call, 0, PAIR_AUDIO)),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		struct ts_rtp_header h = {
			.pt = DTMF_PT, .seq = k, .timestamp_rtp = rows[k].timestamp_rtp, .ssrc = 9};
		ts_rtp_write(b, &h, false);
		b[12] = 7;
		b[13] = rows[k].ended ? 0x80 : 0;
		b[14] = (uint8_t)(rows[k].duration >> 8);
		b[15] = (uint8_t)rows[k].duration;
		sendto(phone, b, sizeof(b), 0, (struct sockaddr *)&sa, sizeof(sa));
		assert_true(pair_wait_got(&call.pair.peer[0], k + 1u));
		assert_int_equal(atomic_load(&events_seen), rows[k].presses);
	}
	close(phone);
	pair_fini(&call.pair);
}

/* The last packet of an event comes after the first of the next one: it is no third press. */
static void an_event_overtaken_is_none(void **state)
{
	static const struct {
		uint16_t seq;
		uint8_t event;
		uint32_t timestamp_rtp;
	} rows[] = {{0, 1, 0}, {1, 1, 0}, {3, 2, 4000}, {2, 1, 0}, {4, 2, 4000}};
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	int phone = open_socket();
	atomic_store(&events_seen, 0);
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		uint8_t b[16] = {0};
		struct sockaddr_in sa = {.sin_family = AF_INET,
			.sin_port = htons(port_of(&call, 0, PAIR_AUDIO)),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		struct ts_rtp_header h = {.pt = DTMF_PT,
			.seq = rows[k].seq,
			.timestamp_rtp = rows[k].timestamp_rtp,
			.ssrc = 9};
		ts_rtp_write(b, &h, false);
		b[12] = rows[k].event;
		sendto(phone, b, sizeof(b), 0, (struct sockaddr *)&sa, sizeof(sa));
		assert_true(pair_wait_got(&call.pair.peer[0], k + 1u));
	}
	assert_int_equal(atomic_load(&events_seen), 2);
	assert_int_equal(atomic_load(&last_event), 2);
	close(phone);
	pair_fini(&call.pair);
}

/* Neither PLI nor FIR: the owner is told to ask, not too often. */
static void keyframe_by_signalling(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0];
	send_some(&call, 1, PAIR_VIDEO, 3, 1);
	assert_true(wait_tag(a, 1, 3));
	atomic_store(&keyframes_out, 0);
	for (int k = 0; k < 20; k++) {
		ts_transport_request_keyframe(a->transport, PAIR_VIDEO, 1);
		sleep_ms(10);
	}
	assert_int_equal(atomic_load(&keyframes_out), 1);
	pair_fini(&call.pair);
}

/* A peer that says nothing ends the call, also one that only receives, but not while it is on
 * hold. */
/* RFC 4585 6.3: a PLI names its stream, but some leave the SSRC 0. Where one picture is sent it is
 * meant; another SSRC is not. */
static void keyframe_of_no_stream(void **state)
{
	static const struct {
		uint8_t ssrc;
		int wanted;
	} rows[] = {{0, 1}, {0x77, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call call;
		int fd = open_socket();
		call_start(&call, TS_SRTP_NONE, false);
		struct pair_peer *a = &call.pair.peer[0];
		const uint8_t compound[] = {0x80, 201, 0, 1, 0, 0, 0, 9, 0x81, 206, 0, 2, 0, 0, 0,
			9, 0, 0, 0, rows[i].ssrc};
		struct sockaddr_in to = {.sin_family = AF_INET,
			.sin_port = htons(a->local.port[PAIR_VIDEO].rtcp),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		assert_int_equal(sendto(fd, compound, sizeof(compound), 0, (struct sockaddr *)&to,
					 sizeof(to)),
			sizeof(compound));
		if (rows[i].wanted)
			assert_true(pair_wait(a, &a->keyframes[PAIR_VIDEO], 1));
		else
			sleep_ms(200);
		assert_int_equal(a->keyframes[PAIR_VIDEO], rows[i].wanted);
		close(fd);
		pair_fini(&call.pair);
	}
}

static void timeout_of(bool only_receives)
{
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0];
	pair_close(&call.pair.peer[1]);
	call.config[0].rtp_timeout_ms = 400;
	for (int i = 0; i < 2; i++)
		call.config[0].media[i].n_pt = 0, call.config[0].media[i].send = false;
	update(&call, 0);
	sleep_ms(1000);
	assert_int_equal(pair_now(a, &a->failed), 0);
	if (only_receives)
		call.config[0].media[PAIR_AUDIO].send = true;
	else
		call.config[0].media[PAIR_AUDIO].n_pt = 2;
	update(&call, 0);
	assert_true(pair_wait(a, &a->failed, 1));
	assert_string_equal(a->reason, "rtp-timeout");
	pair_fini(&call.pair);
}

static void rtp_timeout(void **state)
{
	(void)state;
	timeout_of(false);
	timeout_of(true);
}

/* ---- whom nobody asked */

/* Peer 0 of a call in which the peer is said to be where these sockets are. */
static void tell(struct call *call, int rtp, int rtcp, const char *host, const char *rtcp_host)
{
	struct ts_plain_config *plain = &call->config[0].media[PAIR_AUDIO].plain;
	call->config[0].proven_host[0] = 0;
	strcpy(plain->address, host);
	strcpy(plain->rtcp_address, rtcp_host);
	plain->port = port_at(rtp);
	plain->rtcp_port = port_at(rtcp);
	update(call, 0);
}

/* A third host that the description names gets an opener now and then, and everything as soon as it
 * says something. */
static void third_host(void **state)
{
	(void)state;
	for (int by_rtcp = 0; by_rtcp < 2; by_rtcp++) {
		struct call call;
		call_start(&call, TS_SRTP_NONE, false);
		int rtp = open_socket_at("127.0.0.9"), rtcp = open_socket_at("127.0.0.9");
		pair_close(&call.pair.peer[1]);
		int64_t withheld = ts_count_get(TS_C_WITHHELD_BYTES);
		tell(&call, rtp, rtcp, "127.0.0.9", "");
		send_some(&call, 0, PAIR_AUDIO, 200, 1);
		sleep_ms(700);
		assert_in_range(drain_bytes(rtp), 12, 24);
		assert_int_equal(drain_bytes(rtcp), 0);
		assert_true(ts_count_get(TS_C_WITHHELD_BYTES) - withheld >= 198 * 160);
		uint16_t port = by_rtcp ? call.pair.peer[0].local.port[PAIR_AUDIO].rtcp
					: port_of(&call, 0, PAIR_AUDIO);
		if (by_rtcp)
			send_rtcp(rtcp, port);
		else
			send_rtp(rtp, port, 1, PCMU_PT, 1);
		sleep_ms(100);
		send_some(&call, 0, PAIR_AUDIO, 5, 2);
		assert_int_equal(count_rtp(rtp, 300), 5);
		close(rtp);
		close(rtcp);
		pair_fini(&call.pair);
	}
}

/* Reports may be told to go elsewhere than media. */
static void third_host_of_rtcp(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	int rtp = open_socket(), rtcp = open_socket_at("127.0.0.8");
	pair_close(&call.pair.peer[1]); /* its reports would be taken for the phone's */
	tell(&call, rtp, rtcp, "127.0.0.1", "127.0.0.8");
	for (uint16_t k = 0; k < 10; k++)
		send_rtp(rtp, port_of(&call, 0, PAIR_AUDIO), k, PCMU_PT, 50);
	assert_true(wait_tag(&call.pair.peer[0], 50, 10));
	send_some(&call, 0, PAIR_AUDIO, 5, 2);
	assert_int_equal(count_rtp(rtp, 2000), 5);
	assert_int_equal(drain_bytes(rtcp), 0);
	send_rtcp(rtcp, call.pair.peer[0].local.port[PAIR_AUDIO].rtcp);
	assert_true(wait_bytes(rtcp));
	close(rtp);
	close(rtcp);
	pair_fini(&call.pair);
}

/* Until the signalling is proved, not even one who found our port hears or says anything. */
static void before_the_ack(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct ts_transport_config config;
	struct pair_peer *a = &pair.peer[0];
	int phone = open_socket();
	pair_nets(&pair, 1);
	describe(&config, 0);
	config.proven_host[0] = 0;
	config.await_proof = true;
	config.media[PAIR_AUDIO].plain.port = port_at(phone);
	assert_int_equal(
		ts_transport_create(&a->transport, pair.nets[0], &config, &pair_events, a), 0);
	assert_true(pair_wait(a, &a->connected, 1));
	uint16_t port = a->local.port[PAIR_AUDIO].rtp;
	for (uint16_t k = 0; k < 10; k++) {
		send_rtp(phone, port, k, PCMU_PT, 1);
		pair_send(a, PAIR_AUDIO, pair_au(1, 160, 1, k * 160));
		sleep_ms(10);
	}
	/* not even an opener: it would tell a forger of the address that the INVITE was taken */
	assert_int_equal(drain_bytes(phone), 0);
	assert_int_equal(pair_n_got(a), 0);
	ts_transport_prove(a->transport, "127.0.0.1");
	sleep_ms(100);
	pair_send(a, PAIR_AUDIO, pair_au(1, 160, 2, 0));
	assert_int_equal(count_rtp(phone, 300), 1);
	send_rtp(phone, port, 11, PCMU_PT, 2);
	assert_true(wait_tag(a, 2, 1));
	close(phone);
	pair_fini(&pair);
}

/* Its NAT gives a phone another port: nothing is lost. A stranger gets nothing, however long the
 * phone is silent. */
static void rebinding(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	struct pair_peer *a = &call.pair.peer[0];
	int before = open_socket(), after = open_socket(), thief = open_socket_at("127.0.0.66");
	uint16_t port = port_of(&call, 0, PAIR_AUDIO), seq = 0;
	int64_t moved = ts_count_get(TS_C_MEDIA_MOVED);
	for (; seq < 5; seq++) send_rtp(before, port, seq, PCMU_PT, 50);
	for (; seq < 10; seq++) send_rtp(after, port, seq, PCMU_PT, 50);
	assert_true(wait_tag(a, 50, 10));
	send_some(&call, 0, PAIR_AUDIO, 5, 1);
	assert_int_equal(count_rtp(after, 200), 5);
	assert_int_equal(ts_count_get(TS_C_MEDIA_MOVED), moved + 1);
	sleep_ms(3200);
	for (; seq < 30; seq++) send_rtp(thief, port, seq, PCMU_PT, THIEF);
	send_some(&call, 0, PAIR_AUDIO, 5, 1);
	assert_int_equal(count_rtp(after, 200), 5);
	assert_int_equal(drain_bytes(thief), 0);
	assert_int_equal(count_tag(a, THIEF), 0);
	close(before);
	close(after);
	close(thief);
	pair_fini(&call.pair);
}

/* What is told to be at a port of ours, or at no host at all, is nowhere. */
static void nowhere(void **state)
{
	(void)state;
	static const char *const hosts[] = {"224.0.0.1", "255.255.255.255", "0.0.0.1", "127.0.0.1"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct call call;
		call_start(&call, TS_SRTP_NONE, false);
		struct ts_plain_config *plain = &call.config[0].media[PAIR_AUDIO].plain;
		strcpy(plain->address, hosts[i]);
		plain->port = port_of(&call, 0, PAIR_VIDEO);
		strcpy(call.config[0].proven_host, hosts[i]);
		update(&call, 0);
		int64_t sent = ts_count_get(TS_C_DROP_SEND);
		struct pair_peer *a = &call.pair.peer[0];
		size_t got = pair_n_got(a);
		send_some(&call, 0, PAIR_AUDIO, 5, 1);
		sleep_ms(100);
		assert_int_equal(pair_n_got(a), got);
		assert_true(ts_count_get(TS_C_DROP_SEND) >= sent + 5);
		pair_fini(&call.pair);
	}
}

/* rtcp-mux is agreed on, and later not any more: reports have a port again. */
static void mux_and_back(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, true);
	for (int round = 0; round < 4; round++) {
		bool mux = round % 2;
		for (int i = 0; i < 2; i++) call.config[0].media[i].plain.rtcp_mux = mux;
		update(&call, 0);
		for (int i = 0; i < 2; i++) {
			uint16_t rtp = call.pair.peer[0].local.port[i].rtp,
				 rtcp = call.pair.peer[0].local.port[i].rtcp;
			assert_int_equal(rtcp, mux ? rtp : rtp + 1);
		}
	}
	pair_fini(&call.pair);
}

/* On hold nothing is sent, but the reports go on to whom they went. */
static void reports_on_hold(void **state)
{
	(void)state;
	struct call call;
	call_start(&call, TS_SRTP_NONE, false);
	int rtp = open_socket(), rtcp = open_socket();
	pair_close(&call.pair.peer[1]);
	tell(&call, rtp, rtcp, "127.0.0.1", "");
	for (uint16_t k = 0; k < 10; k++)
		send_rtp(rtp, port_of(&call, 0, PAIR_AUDIO), k, PCMU_PT, 50);
	send_rtcp(rtcp, call.pair.peer[0].local.port[PAIR_AUDIO].rtcp);
	assert_true(wait_tag(&call.pair.peer[0], 50, 10));
	struct ts_plain_config *plain = &call.config[0].media[PAIR_AUDIO].plain;
	strcpy(plain->rtcp_address, "127.0.0.1"); /* a=rtcp */
	strcpy(plain->address, "0.0.0.0");
	update(&call, 0);
	drain_bytes(rtcp);
	assert_true(wait_bytes(rtcp));
	assert_int_equal(drain_bytes(rtp), 0);
	close(rtp);
	close(rtcp);
	pair_fini(&call.pair);
}

static void refused(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0];
	struct ts_transport_config config;
	pair_nets(&pair, 1);
	describe(&config, 0);
	strcpy(config.local_address, "192.0.2.1"); /* not one of ours */
	assert_int_equal(
		ts_transport_create(&a->transport, pair.nets[0], &config, &pair_events, a), 0);
	assert_true(pair_wait(a, &a->failed, 1));
	assert_string_equal(a->reason, "no-ports");
	pair_close(a);
	config.n_media = TS_MEDIA_MAX + 1;
	assert_int_equal(ts_transport_create(&a->transport, pair.nets[0], &config, &pair_events, a),
		TS_EINVAL);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(reports),
		cmocka_unit_test(bursts_and_too_long_ones),
		cmocka_unit_test(nat_and_thief),
		cmocka_unit_test(srtp_moves),
		cmocka_unit_test(srtp_wraps_while_off),
		cmocka_unit_test(hold_and_resume),
		cmocka_unit_test(codec_change),
		cmocka_unit_test(more_media),
		cmocka_unit_test(telephone_events),
		cmocka_unit_test(a_key_held_for_long_is_one_press),
		cmocka_unit_test(an_event_overtaken_is_none),
		cmocka_unit_test(keyframe_by_signalling),
		cmocka_unit_test(keyframe_of_no_stream),
		cmocka_unit_test(rtp_timeout),
		cmocka_unit_test(third_host),
		cmocka_unit_test(third_host_of_rtcp),
		cmocka_unit_test(before_the_ack),
		cmocka_unit_test(rebinding),
		cmocka_unit_test(nowhere),
		cmocka_unit_test(mux_and_back),
		cmocka_unit_test(reports_on_hold),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
