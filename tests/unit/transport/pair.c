#include "tests/unit/transport/pair.h"
#include "base/address.h"
#include "base/clock.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ON(peer)                      \
	struct pair_peer *peer = arg; \
	pthread_mutex_lock(&peer->lock)
#define DONE(peer) (pthread_cond_broadcast(&peer->changed), pthread_mutex_unlock(&peer->lock))

static void on_gathered(void *arg, const struct ts_transport_local *local)
{
	ON(p);
	p->local = *local;
	p->gathered++;
	DONE(p);
}

static void on_connected(void *arg)
{
	ON(p);
	p->connected++;
	DONE(p);
}

static void on_stalled(void *arg, bool stalled)
{
	ON(p);
	*(stalled ? &p->stalled : &p->unstalled) += 1;
	DONE(p);
}

static void on_failed(void *arg, const char *reason)
{
	ON(p);
	snprintf(p->reason, sizeof(p->reason), "%s", reason);
	p->failed++;
	p->failed_ns = ts_now_ns();
	DONE(p);
}

static void on_packet(void *arg, size_t media, struct ts_packet *packet)
{
	ON(p);
	if (p->n_got < PAIR_GOT_MAX) {
		struct pair_got *g = &p->got[p->n_got++];
		*g = (struct pair_got){media, packet->ext_seq, packet->ssrc, packet->timestamp_rtp,
			packet->payload_len, packet->marker, packet->codec, packet->gap,
			packet->layer, packet->heard, {0}};
		memcpy(g->payload, packet->payload,
			packet->payload_len < 8 ? packet->payload_len : 8);
	}
	DONE(p);
	ts_packet_unref(&packet);
	pthread_mutex_lock(&p->lock);
	while (p->block_in_packet) pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static void on_flush(void *arg, size_t media)
{
	(void)media;
	ON(p);
	p->flushed++;
	DONE(p);
}

static void on_keyframe_request(void *arg, size_t media)
{
	ON(p);
	p->keyframes[media]++;
	DONE(p);
}

static void on_needs_keyframe(void *arg, size_t media)
{
	ON(p);
	p->keyframes_needed[media]++;
	DONE(p);
}

static void on_closed(void *arg)
{
	ON(p);
	p->closed++;
	DONE(p);
}

const struct ts_transport_events pair_events = {
	.gathered = on_gathered,
	.connected = on_connected,
	.stalled = on_stalled,
	.failed = on_failed,
	.packet = on_packet,
	.flush = on_flush,
	.on_keyframe_request = on_keyframe_request,
	.needs_keyframe = on_needs_keyframe,
	.closed = on_closed,
};

void pair_peer_init(struct pair_peer *p)
{
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
}

void pair_nets(struct pair *pair, int threads)
{
	static const char *const loopback[] = {"127.0.0.1"};
	struct ts_nets_config config = {.threads = threads,
		.ice.port_min = 20000,
		.ice.port_max = 29999,
		.ice.addresses = loopback,
		.ice.n_addresses = 1,
		.ice.dscp = pair->dscp};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ts_nets_create(&pair->nets[i], &config), 0);
		pair_peer_init(&pair->peer[i]);
		pair->peer[i].fingerprint = ts_nets_fingerprint(pair->nets[i]);
	}
}

void pair_config(struct ts_transport_config *config, const struct pair *pair, int who)
{
	const struct pair_peer *other = &pair->peer[!who];
	*config = (struct ts_transport_config){.n_media = 2,
		.dtls_role = who ? TS_DTLS_CLIENT : TS_DTLS_SERVER,
		.ice_controlling = !who,
		.cname = "pair"};
	config->media[PAIR_AUDIO] = (struct ts_media_config){.mid = "0",
		.kind = TS_AUDIO,
		.ext = {.mid = 1, .audio_level = 2},
		.pt = {{111, TS_CODEC_OPUS, -1, 48000}},
		.n_pt = 1,
		.send = true,
		.send_pt = 111,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = 0x1000u + (unsigned)who};
	config->media[PAIR_VIDEO] = (struct ts_media_config){.mid = "1",
		.kind = TS_VIDEO,
		.ext = {.mid = 1, .abs_send_time = 2},
		.nack = true,
		.pli = true,
		.fir = true,
		.remb = true,
		.pt = {{96, TS_CODEC_VP8, -1, 90000}, {97, TS_CODEC_VP8, 96, 90000}},
		.n_pt = 2,
		.send = true,
		.send_pt = 96,
		.send_rtx_pt = 97,
		.send_codec = TS_CODEC_VP8,
		.send_ssrc = 0x2000u + (unsigned)who,
		.send_rtx_ssrc = 0x3000u + (unsigned)who};
	snprintf(config->remote.ufrag, sizeof(config->remote.ufrag), "%s", other->local.ice.ufrag);
	snprintf(config->remote.pwd, sizeof(config->remote.pwd), "%s", other->local.ice.pwd);
	snprintf(config->remote_fingerprint, sizeof(config->remote_fingerprint), "%s",
		other->fingerprint);
	memcpy(config->remote.candidate, other->local.ice.candidate,
		sizeof(config->remote.candidate));
	config->remote.n_candidates = other->local.ice.n_candidates;
}

struct ts_candidate pair_candidate(const char *host, uint16_t port)
{
	struct ts_candidate c = {.foundation = "1", .component = 1, .priority = 2130706431};
	ts_address_parse(&c.address, host, port);
	return c;
}

void pair_start(struct pair *pair, void (*edit)(struct ts_transport_config *config, int who))
{
	struct ts_transport_config config = {.ice_controlling = true, .cname = "pair"};
	struct pair_peer *a = &pair->peer[0], *b = &pair->peer[1];
	assert_int_equal(
		ts_transport_create(&a->transport, pair->nets[0], &config, &pair_events, a), 0);
	assert_true(pair_wait(a, &a->gathered, 1));

	pair_config(&config, pair, 1);
	if (edit) edit(&config, 1);
	assert_int_equal(
		ts_transport_create(&b->transport, pair->nets[1], &config, &pair_events, b), 0);
	assert_true(pair_wait(b, &b->gathered, 1));

	pair_config(&config, pair, 0);
	if (edit) edit(&config, 0);
	assert_int_equal(ts_transport_answer(a->transport, &config), 0);
}

void pair_connect(struct pair *pair)
{
	pair_nets(pair, 1);
	pair_start(pair, NULL);
	for (int i = 0; i < 2; i++)
		assert_true(pair_wait(&pair->peer[i], &pair->peer[i].connected, 1));
}

void pair_close(struct pair_peer *peer)
{
	if (!peer->transport) return;
	ts_transport_close(peer->transport);
	peer->transport = NULL;
	assert_true(pair_wait(peer, &peer->closed, 1));
}

void pair_fini(struct pair *pair)
{
	for (int i = 0; i < 2; i++) pair_close(&pair->peer[i]);
	for (int i = 0; i < 2; i++) {
		ts_nets_destroy(&pair->nets[i]);
		pthread_mutex_destroy(&pair->peer[i].lock);
		pthread_cond_destroy(&pair->peer[i].changed);
	}
}

static bool wait_until(struct pair_peer *peer,
	bool (*met)(struct pair_peer *peer, const void *what), const void *what)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PAIR_WAIT_MS / 1000;
	pthread_mutex_lock(&peer->lock);
	int err = 0;
	while (!met(peer, what) && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&peer->changed, &peer->lock, &until);
	bool ok = met(peer, what);
	pthread_mutex_unlock(&peer->lock);
	return ok;
}

struct at_least {
	const int *value;
	int want;
};

static bool value_met(struct pair_peer *peer, const void *what)
{
	(void)peer;
	const struct at_least *w = what;
	return *w->value >= w->want;
}

bool pair_wait(struct pair_peer *peer, const int *value, int want)
{
	return wait_until(peer, value_met, &(struct at_least){value, want});
}

static bool got_met(struct pair_peer *peer, const void *what)
{
	return peer->n_got >= *(const size_t *)what;
}

bool pair_wait_got(struct pair_peer *peer, size_t want)
{
	return wait_until(peer, got_met, &want);
}

int pair_now(struct pair_peer *peer, const int *value)
{
	pthread_mutex_lock(&peer->lock);
	int now = *value;
	pthread_mutex_unlock(&peer->lock);
	return now;
}

size_t pair_n_got(struct pair_peer *peer)
{
	pthread_mutex_lock(&peer->lock);
	size_t n = peer->n_got;
	pthread_mutex_unlock(&peer->lock);
	return n;
}

size_t pair_count(struct pair_peer *peer, size_t media)
{
	size_t n = 0;
	pthread_mutex_lock(&peer->lock);
	for (size_t i = 0; i < peer->n_got; i++) n += peer->got[i].media == media;
	pthread_mutex_unlock(&peer->lock);
	return n;
}

struct ts_au *pair_au(uint32_t n, uint32_t len, uint8_t tag, int64_t media_time)
{
	struct ts_au *au = ts_au_create(n, n * len);
	assert_non_null(au);
	au->media_time = media_time;
	au->capture_ns = ts_now_ns();
	au->key = true;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *b = ts_au_add(au, len);
		assert_non_null(b);
		memset(b, 0, len);
		b[0] = tag;
		b[1] = (uint8_t)i;
	}
	return au;
}

void pair_send(struct pair_peer *from, size_t media, struct ts_au *au)
{
	struct ts_fanout *fanout;
	struct ts_sender *sender = ts_transport_sender(from->transport, media);
	assert_non_null(sender);
	assert_int_equal(ts_fanout_create(&fanout, &sender, 1), 0);
	ts_fanout_send(fanout, au);
	ts_fanout_unref(&fanout);
	ts_sender_unref(&sender);
	ts_au_unref(&au);
}
