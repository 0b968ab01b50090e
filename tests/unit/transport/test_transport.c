#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "tests/unit/transport/pair.h"
#include "transport/ice/agent.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
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

static void sleep_ms(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* ---- media */

static void check_video(struct pair_peer *p, uint32_t units, uint32_t payloads, uint32_t len)
{
	uint32_t n = 0;
	for (size_t i = 0; i < pair_n_got(p); i++) {
		const struct pair_got *g = &p->got[i];
		if (g->media != PAIR_VIDEO) continue;
		assert_int_equal(g->payload[0], n / payloads);
		assert_int_equal(g->payload[1], n % payloads);
		assert_int_equal(g->payload_len, len);
		assert_int_equal(g->codec, TS_CODEC_VP8);
		assert_int_equal(g->marker, n % payloads == payloads - 1);
		assert_int_equal(g->gap, 0);
		n++;
	}
	assert_int_equal(n, units * payloads);
}

static void both_ways(void **state)
{
	(void)state;
	enum { UNITS = 20, PAYLOADS = 12, LEN = 900 };
	struct pair pair = {0};
	int64_t stale = ts_count_get(TS_C_DROP_STALE);
	pair_connect(&pair);
	for (int k = 0; k < UNITS; k++) {
		for (int i = 0; i < 2; i++) {
			pair_send(&pair.peer[i], PAIR_AUDIO, pair_au(1, 60, (uint8_t)k, k * 960));
			pair_send(&pair.peer[i], PAIR_VIDEO,
				pair_au(PAYLOADS, LEN, (uint8_t)k, k * 3000));
		}
		sleep_ms(5);
	}
	for (int i = 0; i < 2; i++) {
		struct pair_peer *p = &pair.peer[i];
		bool whole = pair_wait_got(p, UNITS * (1 + PAYLOADS));
		if (!whole &&
			ts_count_get(TS_C_DROP_STALE) >
				/* a machine that stood still for 100 ms: sound was rightly left
				 * out */
				stale) {
			pair_fini(&pair);
			skip();
		}
		assert_true(whole);
		assert_int_equal(pair_count(p, PAIR_AUDIO), UNITS);
		check_video(p, UNITS, PAYLOADS, LEN);
		for (size_t g = 0; g < pair_n_got(p); g++)
			assert_int_equal(p->got[g].ssrc,
				(p->got[g].media == PAIR_VIDEO ? 0x2000 : 0x1000) + !i);
		assert_true(pair_wait(p, &p->flushed, 1));
		assert_int_equal(pair_now(p, &p->failed), 0);
	}
	pair_fini(&pair);
}

/* Statistics of both directions and a round trip arrive with the reports. */
static void reports(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct ts_media_stats stats = {0};
	pair_connect(&pair);
	int64_t until_ns = ts_now_ns() + PAIR_WAIT_MS * TS_NS_PER_MS;
	for (int k = 0;
		!(stats.rtt_us && stats.packets_out && stats.packets_in) && ts_now_ns() < until_ns;
		k++) {
		for (int i = 0; i < 2; i++)
			pair_send(&pair.peer[i], PAIR_VIDEO, pair_au(2, 500, (uint8_t)k, k * 3000));
		sleep_ms(20);
		ts_transport_stats(pair.peer[0].transport, PAIR_VIDEO, &stats);
	}
	assert_true(stats.packets_out > 0 && stats.bytes_out >= stats.packets_out * 500);
	assert_true(stats.packets_in > 0 && stats.bytes_in >= stats.packets_in * 500);
	assert_int_equal(stats.lost, 0);
	assert_true(stats.rtt_us > 0 && stats.rtt_us < 1000000);
	pair_fini(&pair);
}

/* ---- BUNDLE */

static void two_videos(struct ts_transport_config *config, int who)
{
	config->media[2] = config->media[PAIR_VIDEO];
	config->media[2].send_ssrc = 0x4000u + (unsigned)who;
	config->media[2].send_rtx_ssrc = 0x5000u + (unsigned)who;
	strcpy(config->media[2].mid, "slides");
	config->n_media = 3;
}

/* Two m-lines share their payload types: only the MID in the packets tells them apart. */
static void told_apart_by_mid(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *b = &pair.peer[1];
	pair_nets(&pair, 1);
	pair_start(&pair, two_videos);
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair.peer[i], &pair.peer[i].connected, 1));
	for (int k = 0; k < 10; k++)
		for (size_t media = 0; media < 3; media++)
			pair_send(&pair.peer[0], media,
				pair_au(2, 300, (uint8_t)(media * 50), k * 3000));
	assert_true(pair_wait_got(b, 60));
	for (size_t i = 0; i < pair_n_got(b); i++)
		assert_int_equal(b->got[i].payload[0], b->got[i].media * 50);
	for (size_t media = 0; media < 3; media++) assert_int_equal(pair_count(b, media), 20);
	pair_fini(&pair);
}

/* Two layers of one line with the same payload types. A sender of ours writes no RID, so its MIDs
 * are read as such: the same element by another meaning of its id. */
static void two_layers(struct ts_transport_config *config, int who)
{
	struct ts_media_config *video = &config->media[PAIR_VIDEO];
	if (who) {
		strcpy(video->layer[0].rid, "f");
		video->n_layers = 1;
		video->ext = (struct ts_ext_ids){.rid = 1};
	} else {
		two_videos(config, who);
		strcpy(video->mid, "q");
		strcpy(config->media[2].mid, "f");
	}
}

static void takes_one_layer(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *b = &pair.peer[1];
	int64_t dropped = ts_count_get(TS_C_DROP_RTP_SSRC);
	pair_nets(&pair, 1);
	pair_start(&pair, two_layers);
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair.peer[i], &pair.peer[i].connected, 1));
	for (int k = 0; k < 10; k++) {
		pair_send(&pair.peer[0], PAIR_VIDEO, pair_au(2, 300, 'q', k * 3000));
		pair_send(&pair.peer[0], 2, pair_au(2, 300, 'f', k * 3000));
	}
	assert_true(pair_wait_got(b, 20));
	for (size_t i = 0; i < pair_n_got(b); i++) assert_int_equal(b->got[i].payload[0], 'f');
	assert_int_equal(pair_count(b, PAIR_VIDEO), 20);
	assert_int_equal(ts_count_get(TS_C_DROP_RTP_SSRC) - dropped, 20);
	pair_fini(&pair);
}

/* As above, all of them. */
static void named_layers(struct ts_transport_config *config, int who)
{
	struct ts_media_config *video = &config->media[PAIR_VIDEO];
	two_layers(config, who);
	if (!who) return;
	strcpy(video->layer[0].rid, "q");
	strcpy(video->layer[1].rid, "f");
	video->n_layers = 2;
}

/* By their SSRCs alone, as of a=ssrc-group:SIM. */
static void grouped_layers(struct ts_transport_config *config, int who)
{
	struct ts_media_config *video = &config->media[PAIR_VIDEO];
	if (who) {
		video->ext = (struct ts_ext_ids){0};
		memset(video->remote_ssrc, 0, sizeof(video->remote_ssrc));
		video->layer[0].ssrc = 0x2000;
		video->layer[0].rtx_ssrc = 0x3000;
		video->layer[1].ssrc = 0x4000;
		video->layer[1].rtx_ssrc = 0x5000;
		video->n_layers = 2;
	} else {
		two_videos(config, who);
		config->media[PAIR_VIDEO].send_ssrc = 0x2000;
		config->media[PAIR_VIDEO].send_rtx_ssrc = 0x3000;
	}
}

/* Each in order for itself, and each asked for its own keyframes. */
static void takes_layers(void (*edit)(struct ts_transport_config *config, int who))
{
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1];
	pair_nets(&pair, 1);
	pair_start(&pair, edit);
	assert_true(pair_wait(a, &a->connected, 1) && pair_wait(b, &b->connected, 1));
	for (int k = 0; k < 10; k++) {
		pair_send(a, PAIR_VIDEO, pair_au(2, 300, 'q', k * 3000));
		pair_send(a, 2, pair_au(2, 300, 'f', k * 3000));
	}
	assert_true(pair_wait_got(b, 40));
	int64_t ext_seq[2] = {0, 0};
	for (size_t i = 0; i < pair_n_got(b); i++) {
		const struct pair_got *g = &b->got[i];
		assert_in_range(g->layer, 0, 1);
		assert_int_equal(g->payload[0], g->layer ? 'f' : 'q');
		assert_false(g->gap);
		if (ext_seq[g->layer]) assert_int_equal(g->ext_seq, ext_seq[g->layer] + 1);
		ext_seq[g->layer] = g->ext_seq;
	}
	assert_int_equal(pair_count(b, PAIR_VIDEO), 40);
	assert_int_equal(b->got[0].heard, 1 << b->got[0].layer);
	assert_int_equal(b->got[39].heard, 3);
	ts_transport_request_keyframe(b->transport, PAIR_VIDEO, 2);
	assert_true(pair_wait(a, &a->keyframes[2], 1));
	assert_int_equal(pair_now(a, &a->keyframes[PAIR_VIDEO]), 0);
	ts_transport_request_keyframe(b->transport, PAIR_VIDEO, 1);
	assert_true(pair_wait(a, &a->keyframes[PAIR_VIDEO], 1));
	assert_int_equal(pair_now(a, &a->keyframes[2]), 1);
	pair_fini(&pair);
}

static void takes_layers_by_name(void **state)
{
	(void)state;
	takes_layers(named_layers);
}

static void takes_layers_by_group(void **state)
{
	(void)state;
	takes_layers(grouped_layers);
}

/* Ten names that nobody agreed to, and one stream without a name behind those that have one: none
 * of them comes through or takes the place of a layer. */
static void strange_layers(struct ts_transport_config *config, int who)
{
	struct ts_media_config *video = &config->media[PAIR_VIDEO];
	if (who) {
		named_layers(config, who);
		return;
	}
	for (int i = 2; i < TS_MEDIA_MAX; i++) {
		config->media[i] = *video;
		config->media[i].send_ssrc = 0x4000u + (unsigned)i;
		config->media[i].send_rtx_ssrc = 0x5000u + (unsigned)i;
		snprintf(config->media[i].mid, sizeof(config->media[i].mid), "strange-%d", i);
	}
	strcpy(video->mid, "q");
	config->media[2].ext.mid = 0;
	config->n_media = TS_MEDIA_MAX;
}

static void strange_layers_are_dropped(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1];
	int64_t dropped = ts_count_get(TS_C_DROP_RTP_SSRC);
	pair_nets(&pair, 1);
	pair_start(&pair, strange_layers);
	assert_true(pair_wait(a, &a->connected, 1) && pair_wait(b, &b->connected, 1));
	for (int k = 0; k < 10; k++)
		for (size_t media = PAIR_VIDEO; media < TS_MEDIA_MAX; media++)
			pair_send(a, media, pair_au(1, 100, (uint8_t)media, k * 3000));
	assert_true(pair_wait_got(b, 10));
	pair_send(a, PAIR_VIDEO, pair_au(1, 100, PAIR_VIDEO, 30000));
	assert_true(pair_wait_got(b, 11));
	for (size_t i = 0; i < pair_n_got(b); i++) {
		assert_int_equal(b->got[i].payload[0], PAIR_VIDEO);
		assert_int_equal(b->got[i].layer, 0);
	}
	assert_int_equal(ts_count_get(TS_C_DROP_RTP_SSRC) - dropped, 10 * (TS_MEDIA_MAX - 2));
	pair_fini(&pair);
}

/* The camera's line takes one layer, and the slides' has the same payload types but no extensions.
 * The sender's abs-send-time is read as a name, which is that of no layer. */
static void camera_with_slides(struct ts_transport_config *config, int who)
{
	if (!who) return;
	two_videos(config, who);
	config->media[2].ext = (struct ts_ext_ids){0};
	config->media[PAIR_VIDEO].ext = (struct ts_ext_ids){.mid = 1, .rid = 2};
	strcpy(config->media[PAIR_VIDEO].layer[0].rid, "f");
	config->media[PAIR_VIDEO].n_layers = 1;
}

/* Likewise, from a sender who does not say which line it is. */
static void unnamed_camera_with_slides(struct ts_transport_config *config, int who)
{
	camera_with_slides(config, who);
	if (who) config->media[PAIR_VIDEO].ext.mid = 0;
}

static void drops_strange_layers(void (*configure)(struct ts_transport_config *config, int who))
{
	enum { UNITS = 10 };
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1];
	const int64_t dropped = ts_count_get(TS_C_DROP_RTP_SSRC);
	pair_nets(&pair, 1);
	pair_start(&pair, configure);
	assert_true(pair_wait(a, &a->connected, 1) && pair_wait(b, &b->connected, 1));
	for (int k = 0; k < UNITS; k++)
		pair_send(a, PAIR_VIDEO, pair_au(1, 100, (uint8_t)k, k * 3000));
	const int64_t until_ns = ts_now_ns() + PAIR_WAIT_MS * TS_NS_PER_MS;
	while (ts_count_get(TS_C_DROP_RTP_SSRC) - dropped < UNITS && !pair_n_got(b) &&
		ts_now_ns() < until_ns)
		sleep_ms(5);
	assert_int_equal(pair_n_got(b), 0);
	assert_int_equal(ts_count_get(TS_C_DROP_RTP_SSRC) - dropped, UNITS);
	pair_fini(&pair);
}

static void strange_layers_do_not_become_slides(void **state)
{
	(void)state;
	drops_strange_layers(camera_with_slides);
	drops_strange_layers(unnamed_camera_with_slides);
}

/* ---- a lossy path: a relay between the two that neither knows of */

struct relay {
	int fd[2]; /* facing peer 0 and peer 1 */
	uint16_t peer_port[2];
	pthread_t thread;
	atomic_bool stop;
	bool lossy; /* of RTP */
	int lost, repeated;
	bool early; /* see early_client_hello */
	bool hello, answered;
};

static int bound_socket(uint16_t *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

/* Lets one ClientHello of peer 1 through before peer 0 has seen any answer to its checks, and no
 * second one. */
static bool withheld(struct relay *r, int from, const uint8_t *b)
{
	bool is_dtls = b[0] >= 20 && b[0] < 64, is_stun_response = b[0] == 1 && b[1] == 1;
	if (!r->early || r->answered) return false;
	if (from == 0) {
		r->answered = is_dtls;
		return false;
	}
	if (is_stun_response) return !r->hello;
	if (!is_dtls) return false;
	bool again = r->hello;
	r->hello = true;
	return again;
}

static void relay_one(struct relay *r, int from, unsigned *seed)
{
	uint8_t b[2048];
	ssize_t n = recv(r->fd[from], b, sizeof(b), MSG_DONTWAIT);
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(r->peer_port[!from]),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (n <= 2 || withheld(r, from, b)) return;
	bool is_rtp = r->lossy && b[0] >= 128 && b[0] < 192 && !(b[1] >= 192 && b[1] <= 223);
	if (is_rtp && rand_r(seed) % 10 == 0) {
		r->lost++;
		return;
	}
	sendto(r->fd[!from], b, (size_t)n, 0, (struct sockaddr *)&to, sizeof(to));
	if (!is_rtp || rand_r(seed) % 10) return;
	r->repeated++;
	sendto(r->fd[!from], b, (size_t)n, 0, (struct sockaddr *)&to, sizeof(to));
}

static void *relay_main(void *arg)
{
	struct relay *r = arg;
	unsigned seed = 1;
	while (!atomic_load(&r->stop)) {
		struct pollfd fds[2] = {{r->fd[0], POLLIN, 0}, {r->fd[1], POLLIN, 0}};
		poll(fds, 2, 20);
		for (int i = 0; i < 2; i++)
			if (fds[i].revents) relay_one(r, i, &seed);
	}
	return NULL;
}

static struct relay relay;
static uint16_t relay_port[2];

static void through_relay(struct ts_transport_config *config, int who)
{
	relay.peer_port[!who] = ts_address_port(&config->remote.candidate[0].address);
	config->remote.candidate[0] = pair_candidate("127.0.0.1", relay_port[who]);
	if (!who)
		pthread_create(&relay.thread, NULL, relay_main,
			&relay); /* both ports are known: pair_start comes here last */
}

static void relay_open(const struct relay *init)
{
	relay = *init;
	for (int i = 0; i < 2; i++) relay.fd[i] = bound_socket(&relay_port[i]);
}

static void relay_close(void)
{
	atomic_store(&relay.stop, true);
	pthread_join(relay.thread, NULL);
	for (int i = 0; i < 2; i++) close(relay.fd[i]);
}

/* The client's first datagram comes before the server's ICE has a pair. It is kept, and answered
 * once there is one. */
static void early_client_hello(void **state)
{
	(void)state;
	struct pair pair = {0};
	relay_open(&(struct relay){.early = true});
	int64_t unsent = ts_count_get(TS_C_DROP_SEND);
	pair_nets(&pair, 1);
	pair_start(&pair, through_relay);
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair.peer[i], &pair.peer[i].connected, 1));
	pair_fini(&pair);
	relay_close();
	assert_true(relay.hello && relay.answered);
	/* no answer went nowhere, for a timer to repeat */
	assert_int_equal(ts_count_get(TS_C_DROP_SEND), unsent);
}

static void through_relay_without_rtx(struct ts_transport_config *config, int who)
{
	through_relay(config, who);
	config->media[PAIR_VIDEO].send_rtx_pt = 0;
	config->media[PAIR_VIDEO].n_pt = 1;
}

/* A tenth of the packets is lost, a tenth comes twice: NACK, with RTX or without, brings all of
 * them, in order and once. */
static void repair_losses(
	void (*edit)(struct ts_transport_config *config, int who), enum ts_counter counter)
{
	enum { UNITS = 60, PAYLOADS = 5, LEN = 600 };
	struct pair pair = {0};
	relay_open(&(struct relay){.lossy = true});
	int64_t replays = ts_count_get(TS_C_DROP_SRTP_REPLAY), repaired = ts_count_get(counter);
	pair_nets(&pair, 1);
	pair_start(&pair, edit);
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair.peer[i], &pair.peer[i].connected, 1));
	/* the last ones only show that something before them is missing */
	for (int k = 0; k < UNITS + 20; k++) {
		for (int i = 0; i < 2; i++) {
			struct ts_au *au = pair_au(PAYLOADS, LEN, (uint8_t)k, k * 3000);
			au->key = k == 0; /* what is before a keyframe is not repaired */
			pair_send(&pair.peer[i], PAIR_VIDEO, au);
		}
		sleep_ms(10);
	}
	for (int i = 0; i < 2; i++) {
		struct pair_peer *p = &pair.peer[i];
		assert_true(pair_wait_got(p, UNITS * PAYLOADS));
		int last = -1; /* a busy machine may be too late for one or another: 2 % */
		for (int n = 0; n < UNITS * PAYLOADS; n++) {
			int is = p->got[n].payload[0] * PAYLOADS + p->got[n].payload[1];
			assert_in_range(is, last + 1, n + UNITS * PAYLOADS / 50);
			last = is;
		}
	}
	pair_fini(&pair);
	relay_close();
	assert_true(relay.lost > 20 && relay.repeated > 20);
	assert_true(ts_count_get(TS_C_DROP_SRTP_REPLAY) - replays >= relay.repeated / 2);
	assert_true(ts_count_get(counter) - repaired >= 20);
}

static void losses_are_repaired(void **state)
{
	(void)state;
	repair_losses(through_relay, TS_C_RTX_GOT);
}

static void losses_are_repaired_without_rtx(void **state)
{
	(void)state;
	int64_t wrapped = ts_count_get(TS_C_RTX_GOT);
	repair_losses(through_relay_without_rtx, TS_C_RTX_SENT);
	assert_int_equal(ts_count_get(TS_C_RTX_GOT), wrapped);
}

/* ---- feedback */

static void no_pli(struct ts_transport_config *config, int who)
{
	(void)who;
	config->media[PAIR_VIDEO].pli = false;
}

static void request_keyframes(void (*edit)(struct ts_transport_config *config, int who))
{
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1];
	pair_nets(&pair, 1);
	pair_start(&pair, edit);
	assert_true(pair_wait(a, &a->connected, 1) && pair_wait(b, &b->connected, 1));
	pair_send(a, PAIR_VIDEO, pair_au(1, 100, 0, 0));
	assert_true(pair_wait_got(b, 1));

	int64_t begin_ns = ts_now_ns();
	for (int i = 0; i < 60; i++) { /* 600 ms */
		ts_transport_request_keyframe(b->transport, PAIR_VIDEO, 1);
		sleep_ms(10);
	}
	assert_true(pair_wait(a, &a->keyframes[PAIR_VIDEO], 3));
	int64_t took_ns = ts_now_ns() - begin_ns;
	assert_true(a->keyframes[PAIR_VIDEO] <= 1 + took_ns / (200 * TS_NS_PER_MS));
	assert_int_equal(a->keyframes[PAIR_AUDIO], 0);
	assert_int_equal(b->keyframes[PAIR_VIDEO], 0);
	pair_fini(&pair);
}

static void keyframe_by_pli(void **state)
{
	(void)state;
	request_keyframes(NULL);
}

static void keyframe_by_fir(void **state)
{
	(void)state;
	request_keyframes(no_pli);
}

/* ---- how it ends */

static void wrong_fingerprint_edit(struct ts_transport_config *config, int who)
{
	char *digit = &config->remote_fingerprint[sizeof("sha-256 ") - 1];
	if (who) *digit = *digit == '0' ? '1' : '0';
}

static void wrong_fingerprint(void **state)
{
	(void)state;
	struct pair pair = {0};
	pair_nets(&pair, 1);
	pair_start(&pair, wrong_fingerprint_edit);
	assert_true(pair_wait(&pair.peer[1], &pair.peer[1].failed, 1));
	assert_string_equal(pair.peer[1].reason, "fingerprint");
	assert_true(pair_wait(&pair.peer[0], &pair.peer[0].failed, 1)); /* by the alert */
	for (int i = 0; i < 2; i++)
		assert_int_equal(pair_now(&pair.peer[i], &pair.peer[i].connected), 0);
	pair_fini(&pair);
}

static void ends_within_2_s(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *b = &pair.peer[1];
	pair_connect(&pair);
	pair_send(&pair.peer[0], PAIR_AUDIO, pair_au(1, 60, 0, 0));
	assert_true(pair_wait_got(b, 1));
	int64_t begin_ns = ts_now_ns();
	pair_close(&pair.peer[0]);
	assert_true(pair_wait(b, &b->failed, 1));
	assert_true(ts_now_ns() - begin_ns < 2 * TS_NS_PER_S);
	assert_string_equal(b->reason, "dtls-close"); /* BYE ends streams only */
	pair_fini(&pair);
}

static void no_media(struct ts_transport_config *config, int who)
{
	(void)who;
	config->n_media = 0;
}

static void dtls_close(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *b = &pair.peer[1];
	pair_nets(&pair, 1);
	pair_start(&pair, no_media); /* so that no BYE tells it before */
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair.peer[i], &pair.peer[i].connected, 1));
	pair_close(&pair.peer[0]);
	assert_true(pair_wait(b, &b->failed, 1));
	assert_string_equal(b->reason, "dtls-close");
	pair_fini(&pair);
}

/* A transport whose peer answers no check. */
static void call_nobody(struct pair *pair, struct pair_peer *caller)
{
	struct ts_transport_config config;
	pair_peer_init(caller);
	pair_config(&config, pair, 0);
	config.remote.n_candidates = 3;
	config.remote.candidate[0] = pair_candidate("127.0.0.1", 9);
	config.remote.candidate[1] = pair_candidate("127.0.0.1", 9);
	config.remote.candidate[1].transport = TS_CANDIDATE_TCP_PASSIVE;
	config.remote.candidate[2] = (struct ts_candidate){.component = 1}; /* no address */
	assert_int_equal(ts_transport_create(
				 &caller->transport, pair->nets[0], &config, &pair_events, caller),
		0);
}

/* A stranger who sends to wherever a transport listens: bytes, RTP, DTLS, STUN that nothing
 * proves. */
struct noise {
	pthread_t thread;
	atomic_bool stop;
	struct ts_transport_local local;
};

static void *make_noise(void *arg)
{
	static const uint8_t kinds[][20] = {
		{200}, {0x80, 96, 0, 1}, {22, 0xfe, 0xfd}, {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}};
	struct noise *n = arg;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (unsigned k = 0; !atomic_load(&n->stop); k++) {
		for (size_t i = 0; i < n->local.ice.n_candidates; i++) {
			const struct sockaddr_storage *to = &n->local.ice.candidate[i].address;
			if (to->ss_family == AF_INET)
				sendto(fd, kinds[k % 4], sizeof(kinds[0]), 0, (const void *)to,
					ts_address_len(to));
		}
		nanosleep(&(struct timespec){0, 20000000}, NULL);
	}
	close(fd);
	return NULL;
}

/* The peer's whole net thread hangs: nothing comes any more, not even consent, but for a stranger's
 * noise, which is no sign of life. Beside it, a peer that was never there. */
static void silent_death(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1],
			 *lonely = calloc(1, sizeof(*lonely));
	pair_connect(&pair);
	call_nobody(&pair, lonely);
	int64_t lonely_since_ns = ts_now_ns();
	pair_send(b, PAIR_AUDIO, pair_au(1, 60, 0, 0));
	assert_true(pair_wait_got(a, 1));
	pthread_mutex_lock(&b->lock);
	b->block_in_packet = true;
	pthread_mutex_unlock(&b->lock);
	pair_send(b, PAIR_AUDIO, pair_au(1, 60, 1, 960));
	pair_send(a, PAIR_AUDIO, pair_au(1, 60, 0, 0));
	int64_t begin_ns = ts_now_ns();
	struct noise noise = {.local = a->local};
	assert_int_equal(pthread_create(&noise.thread, NULL, make_noise, &noise), 0);
	assert_true(pair_wait(a, &a->stalled, 1));
	int64_t stalled_ns = ts_now_ns() - begin_ns;
	assert_true(pair_wait(a, &a->failed, 1));
	int64_t failed_ns = ts_now_ns() - begin_ns;
	atomic_store(&noise.stop, true);
	pthread_join(noise.thread, NULL);

	pthread_mutex_lock(&b->lock);
	b->block_in_packet = false;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	assert_true(pair_wait(lonely, &lonely->failed, 1));
	assert_string_equal(lonely->reason, "ice-failed");
	int64_t lonely_ns = lonely->failed_ns - lonely_since_ns;
	pair_close(lonely);
	free(lonely);
	pair_fini(&pair);
	assert_in_range(stalled_ns / TS_NS_PER_MS, 1800, 4000);
	assert_in_range(failed_ns / TS_NS_PER_MS, 5000, 12000);
	assert_in_range(lonely_ns / TS_NS_PER_MS, 4500, 12000); /* nothing came at all */
}

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;
	while (readdir(d)) n++;
	closedir(d);
	return n;
}

/* Closed at every stage, as joins that are given up do: nothing is left. */
static void open_and_close(void **state)
{
	(void)state;
	struct pair pair = {0};
	pair_nets(&pair, 2);
	int fds = count_fds();
	for (int k = 0; k < 100; k++) {
		struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1];
		a->gathered = a->connected = a->closed = b->gathered = b->connected = b->closed = 0;
		if (k % 4 == 0) {
			struct ts_transport_config config = {.cname = "pair"};
			assert_int_equal(ts_transport_create(&a->transport, pair.nets[0], &config,
						 &pair_events, a),
				0);
		} else {
			pair_start(&pair, NULL);
			if (k % 4 == 2) assert_true(pair_wait(b, &b->connected, 1));
			if (k % 4 == 3) assert_true(pair_wait(a, &a->connected, 1));
		}
		struct ts_sender *sender = k % 4 ? ts_transport_sender(a->transport, PAIR_VIDEO)
						 : NULL;
		pair_close(a);
		pair_close(b);
		ts_sender_unref(&sender); /* the last reference may go long after `closed` */
		assert_int_equal(a->closed, 1);
	}
	assert_int_equal(count_fds(), fds);
	pair_fini(&pair);
}

static void refuses(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct ts_transport_config config;
	struct ts_transport *t;
	pair_nets(&pair, 1);
	struct ts_transport_config good = {
		.remote.ufrag = "abcd", .remote.pwd = "0123456789abcdefghijklmn", .cname = "x"};
	snprintf(good.remote_fingerprint, sizeof(good.remote_fingerprint), "%s",
		pair.peer[1].fingerprint);
#define REFUSED(...)                                                                         \
	config = good;                                                                       \
	__VA_ARGS__;                                                                         \
	assert_int_equal(                                                                    \
		ts_transport_create(&t, pair.nets[0], &config, &pair_events, &pair.peer[0]), \
		TS_EINVAL)
	REFUSED(strcpy(config.remote.ufrag, "abc"));
	REFUSED(strcpy(config.remote.ufrag, "ab d"));
	REFUSED(strcpy(config.remote.pwd, "short"));
	REFUSED(strcpy(config.remote_fingerprint, "md5 00:11"));
	REFUSED(strcpy(config.remote_fingerprint, "sha-256 00:11"));
	REFUSED(config.remote_fingerprint[9] = 'x');
	REFUSED(strcat(config.remote_fingerprint, ":00"));
#undef REFUSED
	pair_fini(&pair);
}

/* ---- hostile datagrams */

static uint16_t port_of(const struct pair_peer *p)
{
	return ts_address_port(&p->local.ice.candidate[0].address);
}

/* The descriptor in this process that is bound to the port: the peer's own socket, so that libnice
 * at the other end takes what we write to it for the peer's. */
static int socket_of(uint16_t port)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct sockaddr_in sa = {0};
		socklen_t len = sizeof(sa);
		if (!getsockname(fd, (struct sockaddr *)&sa, &len) && sa.sin_family == AF_INET &&
			ntohs(sa.sin_port) == port)
			return fd;
	}
	return -1;
}

/* Random bytes with a first byte, and a form, that leads them deep. */
static size_t make_garbage(uint8_t *b, unsigned *seed)
{
	static const uint8_t first[] = {
		0x80, 0x90, 0xbf, 0x81, 20, 21, 22, 23, 25, 0, 1, 2, 64, 127, 200};
	size_t len = 1 + (size_t)rand_r(seed) % 1400;
	if (rand_r(seed) % 4 == 0) len = 1 + (size_t)rand_r(seed) % 16;
	for (size_t i = 0; i < len; i++) b[i] = (uint8_t)rand_r(seed);
	b[0] = first[(size_t)rand_r(seed) % sizeof(first)];
	if (b[0] >= 20 && b[0] <= 25 && len > 13) { /* a DTLS record as far as its header goes */
		b[1] = 0xfe, b[2] = 0xfd;
		if (rand_r(seed) % 2) b[3] = b[4] = 0; /* of epoch 0 */
		b[11] = (uint8_t)((len - 13) >> 8), b[12] = (uint8_t)(len - 13);
	} else if (b[0] >= 128 && len > 12) {
		if (rand_r(seed) % 2) b[1] = (uint8_t)(200 + rand_r(seed) % 7); /* RTCP */
		/* an SSRC that exists */
		if (rand_r(seed) % 2) memcpy(b + 8, "\0\0\x20\1", 4);
	} else if (b[0] < 4 && len >= 20) { /* STUN: cookie and length */
		b[2] = (uint8_t)((len - 20) >> 8), b[3] = (uint8_t)((len - 20) & 0xfc);
		memcpy(b + 4, "\x21\x12\xa4\x42", 4);
	}
	return len;
}

static void throw_garbage(int fd, uint16_t to, int n, unsigned seed)
{
	uint8_t b[1500];
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons(to),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (int i = 0; i < n; i++) {
		size_t len = make_garbage(b, &seed);
		sendto(fd, b, len, MSG_DONTWAIT, (struct sockaddr *)&sa, sizeof(sa));
		/* or most of it would only meet a full socket buffer */
		if (i % 50 == 49) sleep_ms(1);
	}
}

static void garbage(void **state)
{
	(void)state;
	enum { UNITS = 30, PAYLOADS = 4, LEN = 700 };
	static const enum ts_counter watched[] = {
		TS_C_DROP_UNKNOWN, TS_C_DROP_DTLS, TS_C_DROP_SRTP_AUTH};
	int64_t before[sizeof(watched) / sizeof(watched[0])];
	struct pair pair = {0};
	pair_connect(&pair);
	uint16_t port[2] = {port_of(&pair.peer[0]), port_of(&pair.peer[1])};
	int of_peer = socket_of(port[1]), stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(of_peer >= 0 && stranger >= 0);
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		before[i] = ts_count_get(watched[i]);

	for (int k = 0; k < UNITS; k++) {
		throw_garbage(stranger, port[0], 100, (unsigned)k);
		throw_garbage(of_peer, port[0], 100, (unsigned)k + 1000);
		for (int i = 0; i < 2; i++)
			pair_send(&pair.peer[i], PAIR_VIDEO,
				pair_au(PAYLOADS, LEN, (uint8_t)k, k * 3000));
	}
	for (int i = 0; i < 2; i++) {
		assert_true(pair_wait_got(&pair.peer[i], UNITS * PAYLOADS));
		check_video(&pair.peer[i], UNITS, PAYLOADS, LEN);
		assert_int_equal(pair_now(&pair.peer[i], &pair.peer[i].failed), 0);
	}
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		assert_true(ts_count_get(watched[i]) > before[i]);
	close(stranger);
	pair_fini(&pair);
}

/* During the handshake as well: a stranger does not disturb it. */
static void garbage_before_connection(void **state)
{
	(void)state;
	struct pair pair = {0};
	int stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pair_nets(&pair, 1);
	pair_start(&pair, NULL);
	for (unsigned k = 0; k < 20; k++)
		for (int i = 0; i < 2; i++) throw_garbage(stranger, port_of(&pair.peer[i]), 20, k);
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair.peer[i], &pair.peer[i].connected, 1));
	close(stranger);
	pair_fini(&pair);
}

/* ---- trickle and ICE restart */

static void remote_of(struct ts_ice_description *out, const struct pair_peer *peer)
{
	*out = (struct ts_ice_description){.n_candidates = peer->local.ice.n_candidates};
	memcpy(out->ufrag, peer->local.ice.ufrag, sizeof(out->ufrag));
	memcpy(out->pwd, peer->local.ice.pwd, sizeof(out->pwd));
	memcpy(out->candidate, peer->local.ice.candidate, sizeof(out->candidate));
}

static void without_candidates(struct ts_transport_config *config, int who)
{
	(void)who;
	config->remote.n_candidates = 0;
}

static void trickled_candidates(void **state)
{
	struct pair pair = {0};
	struct ts_ice_description remote;
	(void)state;
	pair_nets(&pair, 1);
	pair_start(&pair, without_candidates);
	usleep(200 * 1000);
	/* nobody knows where the other one is */
	assert_int_equal(pair_now(&pair.peer[0], &pair.peer[0].connected), 0);

	remote_of(&remote, &pair.peer[1]);
	remote.candidate[remote.n_candidates++] = (struct ts_candidate){.component = 1};
	assert_int_equal(ts_transport_trickle(pair.peer[0].transport, &remote), 0);
	assert_true(pair_wait(&pair.peer[0], &pair.peer[0].connected, 1));
	assert_true(pair_wait(&pair.peer[1], &pair.peer[1].connected, 1));
	remote.pwd[3] = '\0';
	assert_int_equal(ts_transport_trickle(pair.peer[0].transport, &remote), TS_EINVAL);
	pair_fini(&pair);
}

static void sends_one(struct pair *pair, int from, uint8_t tag)
{
	size_t before = pair_count(&pair->peer[!from], PAIR_VIDEO);
	pair_send(&pair->peer[from], PAIR_VIDEO, pair_au(1, 100, tag, tag * 3000));
	for (int i = 0; i < 1000 && pair_count(&pair->peer[!from], PAIR_VIDEO) == before; i++)
		usleep(10 * 1000);
	assert_int_equal(pair_count(&pair->peer[!from], PAIR_VIDEO), before + 1);
}

/* Other credentials on both sides; the SRTP keys and the streams go on. */
static void ice_restart(void **state)
{
	struct pair pair = {0};
	struct ts_ice_description remote;
	struct pair_peer *a = &pair.peer[0], *b = &pair.peer[1];
	(void)state;
	pair_connect(&pair);
	sends_one(&pair, 0, 1);
	for (int round = 1; round <= 3; round++) {
		struct ts_transport_local before = b->local;
		assert_int_equal(ts_transport_restart(a->transport, NULL), 0);
		assert_true(pair_wait(a, &a->gathered, 1 + round));
		remote_of(&remote, a);
		assert_int_equal(ts_transport_restart(b->transport, &remote), 0);
		assert_true(pair_wait(b, &b->gathered, 1 + round));
		assert_string_not_equal(before.ice.ufrag, b->local.ice.ufrag);
		assert_string_not_equal(before.ice.pwd, b->local.ice.pwd);
		assert_int_equal(before.ice.n_candidates, b->local.ice.n_candidates);
		sends_one(&pair, 1, (uint8_t)(10 * round)); /* in between */
		remote_of(&remote, b);
		assert_int_equal(ts_transport_trickle(a->transport, &remote), 0);
		sends_one(&pair, 0, (uint8_t)(10 * round + 1));
		sends_one(&pair, 1, (uint8_t)(10 * round + 2));
	}
	assert_int_equal(pair_now(a, &a->connected), 1);
	assert_int_equal(pair_now(a, &a->failed) + pair_now(b, &b->failed), 0);
	pair_fini(&pair);
}

/* A peer that does nothing but restart is refused, not queued for ever. */
static void remote_calls_are_bounded(void **state)
{
	struct pair pair = {0};
	struct ts_ice_description remote;
	int err = 0;
	(void)state;
	pair_connect(&pair);
	pthread_mutex_lock(&pair.peer[1].lock);
	pair.peer[1].block_in_packet = true;
	pthread_mutex_unlock(&pair.peer[1].lock);
	pair_send(&pair.peer[0], PAIR_VIDEO, pair_au(1, 100, 1, 0));
	assert_true(pair_wait_got(&pair.peer[1], 1));
	remote_of(&remote, &pair.peer[0]);
	for (int i = 0; i < 100 && !err; i++)
		err = ts_transport_trickle(pair.peer[1].transport, &remote);
	assert_int_equal(err, TS_EFULL);
	pthread_mutex_lock(&pair.peer[1].lock);
	pair.peer[1].block_in_packet = false;
	pthread_cond_broadcast(&pair.peer[1].changed);
	pthread_mutex_unlock(&pair.peer[1].lock);
	sends_one(&pair, 0, 2);
	pair_fini(&pair);
}

/* ---- candidates */

/* Every address of the machine, loopback included; an advertised one stands in for those that are
 * not loopback. */
static void advertised(void **state)
{
	(void)state;
	static const char *const told[] = {"203.0.113.7", "2001:db8::7"};
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0];
	struct ts_nets_config nets = {.threads = 1,
		.ice.port_min = 20000,
		.ice.port_max = 29999,
		.ice.advertise = told,
		.ice.n_advertise = 2};
	pair_peer_init(a);
	assert_int_equal(ts_nets_create(&pair.nets[0], &nets), 0);
	struct ts_transport_config config = {.cname = "x"};
	assert_int_equal(
		ts_transport_create(&a->transport, pair.nets[0], &config, &pair_events, a), 0);
	assert_true(pair_wait(a, &a->gathered, 1));
	int loopback = 0;
	assert_true(a->local.ice.n_candidates >= 1);
	for (size_t i = 0; i < a->local.ice.n_candidates; i++) {
		const struct sockaddr_storage *at = &a->local.ice.candidate[i].address;
		char text[INET6_ADDRSTRLEN];
		ts_address_text(text, at);
		assert_in_range(ts_address_port(at), 20000, 29999);
		loopback += !strcmp(text, "127.0.0.1");
		if (strcmp(text, "127.0.0.1") && strcmp(text, told[0]) && strcmp(text, told[1]))
			fail_msg("candidate with %s", text);
	}
	assert_int_equal(loopback, 1);
	pair_close(a);
	ts_nets_destroy(&pair.nets[0]);

	static const char *const foreign[] = {"192.0.2.200"}, *const name[] = {"example.org"};
	nets.ice.addresses = foreign, nets.ice.n_addresses = 1;
	assert_int_equal(ts_nets_create(&pair.nets[0], &nets), TS_EINVAL);
	nets.ice.n_addresses = 0, nets.ice.advertise = name, nets.ice.n_advertise = 1;
	assert_int_equal(ts_nets_create(&pair.nets[0], &nets), TS_EINVAL);
	assert_null(pair.nets[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advertised),
		cmocka_unit_test(refuses),
		cmocka_unit_test(both_ways),
		cmocka_unit_test(told_apart_by_mid),
		cmocka_unit_test(takes_one_layer),
		cmocka_unit_test(takes_layers_by_name),
		cmocka_unit_test(takes_layers_by_group),
		cmocka_unit_test(strange_layers_are_dropped),
		cmocka_unit_test(strange_layers_do_not_become_slides),
		cmocka_unit_test(early_client_hello),
		cmocka_unit_test(losses_are_repaired),
		cmocka_unit_test(losses_are_repaired_without_rtx),
		cmocka_unit_test(reports),
		cmocka_unit_test(keyframe_by_pli),
		cmocka_unit_test(keyframe_by_fir),
		cmocka_unit_test(wrong_fingerprint),
		cmocka_unit_test(ends_within_2_s),
		cmocka_unit_test(dtls_close),
		cmocka_unit_test(garbage),
		cmocka_unit_test(garbage_before_connection),
		cmocka_unit_test(open_and_close),
		cmocka_unit_test(silent_death),
		cmocka_unit_test(trickled_candidates),
		cmocka_unit_test(ice_restart),
		cmocka_unit_test(remote_calls_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
