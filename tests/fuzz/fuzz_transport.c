/* Datagrams of a participant whose path is up: { u8 kind, u8 ms since the last, u16 length, bytes
 * }*, through demultiplexer (RFC 7983), SRTP, RTP, RTCP, header extensions and feedback of one
 * transport. The first byte: 1 a plain path (SIP), in the clear, with two hosts; else BUNDLE under
 * SRTP. kind: 0 as it is, 1 protected as RTP by the peer's keys, 2 as RTCP; 4 its other socket, 8
 * another host. What goes out is written into a batch that leads nowhere. */
#include "base/bytes.h"
#include "base/clock.h"
#include "transport/net/own_address.h"
#include "transport/path.h"
#include "transport/plain.h"
#include "transport/secure/srtp.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 3000, DATAGRAMS_MAX = 400 };

struct world {
	struct ts_nets nets;
	struct ts_net net;
	struct ts_transport t;
	struct ts_own_addresses own;
	struct ts_plain plain[2];
	struct ts_srtp *peer; /* NULL: in the clear */
	size_t n_media;
};

static void on_packet(void *arg, size_t media, struct ts_packet *packet)
{
	struct world *w = arg;
	if (media >= w->n_media || packet->payload < packet->data ||
		packet->payload + packet->payload_len > packet->data + packet->len)
		abort();
	ts_packet_unref(&packet);
}

static void on_media(void *arg, size_t media)
{
	if (media >= ((struct world *)arg)->n_media) abort();
}

static void on_failed(void *arg, const char *reason)
{
	(void)arg;
	if (!*reason) abort();
}

static void on_key(void *arg, size_t media, uint8_t event)
{
	(void)event;
	on_media(arg, media);
}

static void on_stalled(void *arg, bool stalled)
{
	(void)arg, (void)stalled;
}

static const struct ts_transport_events events = {.packet = on_packet,
	.flush = on_media,
	.on_keyframe_request = on_media,
	.needs_keyframe = on_media,
	.request_keyframe = on_media,
	.telephone_event = on_key,
	.failed = on_failed,
	.stalled = on_stalled};

static void configure(struct ts_transport_config *config)
{
	struct ts_media_config *audio = &config->media[0], *video = &config->media[1];
	config->n_media = 2;
	strcpy(config->cname, "fuzz");
	*audio = (struct ts_media_config){.mid = "0",
		.kind = TS_AUDIO,
		.ext = {.mid = 1, .audio_level = 2, .twcc = 3},
		.twcc = true,
		.send_twcc = true,
		.pt = {{111, TS_CODEC_OPUS, -1, 48000}, {8, TS_CODEC_PCMA, -1, 8000},
			{101, TS_CODEC_DTMF, -1, 48000}},
		.n_pt = 3,
		.send = true,
		.send_pt = 111,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = 0x1000};
	*video = (struct ts_media_config){.mid = "1",
		.kind = TS_VIDEO,
		.ext = {.mid = 1, .rid = 4, .abs_send_time = 2, .twcc = 3, .video_orientation = 5},
		.nack = true,
		.pli = true,
		.fir = true,
		.remb = true,
		.twcc = true,
		.tmmbr = true,
		.send_twcc = true,
		.pt = {{96, TS_CODEC_VP8, -1, 90000}, {97, TS_CODEC_VP8, 96, 90000},
			{102, TS_CODEC_H264, -1, 90000}},
		.n_pt = 3,
		.remote_ssrc = {0x22222222},
		.send = true,
		.send_pt = 96,
		.send_rtx_pt = 97,
		.send_codec = TS_CODEC_VP8,
		.send_ssrc = 0x2000,
		.send_rtx_ssrc = 0x3000};
}

static void make_keys(struct ts_srtp_keys *ours, struct ts_srtp_keys *theirs)
{
	*ours = (struct ts_srtp_keys){.profile = TS_SRTP_AES128_CM_SHA1_80};
	memset(ours->local, 1, sizeof(ours->local));
	memset(ours->remote, 2, sizeof(ours->remote));
	*theirs = *ours;
	memcpy(theirs->local, ours->remote, sizeof(ours->local));
	memcpy(theirs->remote, ours->local, sizeof(ours->local));
}

static bool swallow(struct ts_route *route, const uint8_t *data, size_t len)
{
	(void)route, (void)data;
	return len <= TS_WIRE_MAX;
}

static void make_plain(struct world *w, size_t i)
{
	struct ts_plain *p = &w->plain[i];
	struct ts_plain_config *c = &w->t.config.media[i].plain;
	strcpy(c->address, "192.0.2.1");
	c->port = (uint16_t)(5004 + 10 * i);
	p->own = &w->own;
	p->owner = (struct ts_plain_owner){.loop = w->net.loop, .batch = w->net.batch};
	p->rtp.plain = p->rtcp.plain = p;
	p->rtp.watch.fd = p->rtcp.watch.fd = -1;
	p->rtp.route.fd = p->rtcp.route.fd = -1;
	p->rtp.route.send = p->rtcp.route.send = swallow;
	w->t.lane[i].plain = p;
	ts_plain_tell(p, c);
}

static void make(struct world *w, bool plain)
{
	struct ts_transport *t = &w->t;
	struct ts_srtp_keys ours, theirs;
	memset(w, 0, sizeof(*w));
	w->net.nets = &w->nets;
	if (ts_loop_create(&w->net.loop, "fuzz") || ts_packet_pool_create(&w->net.pool, POOL) ||
		ts_batch_create(&w->net.batch))
		abort();
	configure(&t->config);
	t->config.kind = plain ? TS_TRANSPORT_PLAIN : TS_TRANSPORT_ICE;
	t->net = &w->net;
	t->events = events;
	t->arg = w;
	t->state = TS_TR_CONNECTED;
	t->ready = true;
	t->timer_ns = t->deadline_ns = INT64_MAX;
	w->n_media = t->config.n_media;
	t->n_lane = plain ? 2 : 1;
	for (size_t i = 0; i < TS_MEDIA_MAX; i++) ts_path_lane_init(&t->lane[i], t);
	for (size_t i = 0; i < w->n_media; i++) {
		if (plain) make_plain(w, i);
		if (ts_path_media_init(t, i)) abort();
	}
	make_keys(&ours, &theirs);
	if (!plain &&
		(ts_srtp_create(&t->lane[0].srtp, &ours) || ts_srtp_create(&w->peer, &theirs)))
		abort();
}

static void unmake(struct world *w)
{
	ts_path_rtcp_bye(&w->t, TS_NS_PER_S);
	for (size_t i = 0; i < w->n_media; i++) {
		for (size_t k = 0; k < TS_LAYERS_MAX; k++)
			ts_rtp_recv_destroy(&w->t.media[i].layer[k].recv);
		ts_rtp_send_destroy(&w->t.media[i].send);
	}
	ts_path_pace_fini(&w->t);
	ts_srtp_destroy(&w->t.lane[0].srtp);
	ts_srtp_destroy(&w->peer);
	free(w->t.twcc);
	free(w->t.early);
	ts_batch_destroy(&w->net.batch);
	ts_packet_pool_close(&w->net.pool);
	ts_loop_destroy(&w->net.loop);
}

static void give_plain(
	struct world *w, uint8_t kind, const uint8_t *bytes, size_t len, int64_t now_ns)
{
	struct sockaddr_storage from = {0};
	struct sockaddr_in *in = (void *)&from;
	struct ts_path_lane *lane = &w->t.lane[kind >> 4 & 1];
	in->sin_family = AF_INET;
	in->sin_port = htons(kind & 16 ? 5014 : 5004);
	in->sin_addr.s_addr = htonl(kind & 8 ? 0xc6336401 : 0xc0000201);
	ts_path_plain_input(
		lane, kind & 4 ? &lane->plain->rtcp : &lane->plain->rtp, &from, bytes, len, now_ns);
}

static void give(struct world *w, uint8_t kind, const uint8_t *bytes, size_t n, int64_t now_ns)
{
	/* cut to its size below, so that ASan sees a read past it */
	uint8_t *buf = malloc(n + TS_SRTP_TRAILER);
	size_t len = n;
	if (!buf) abort();
	if (n) memcpy(buf, bytes, n);
	if (w->peer && (kind & 3) == 1) ts_srtp_protect_rtp(w->peer, buf, &len);
	if (w->peer && (kind & 3) == 2) ts_srtp_protect_rtcp(w->peer, buf, &len);
	uint8_t *exact = malloc(len ? len : 1);
	if (!exact) abort();
	memcpy(exact, buf, len);
	if (!w->peer)
		give_plain(w, kind, exact, len, now_ns);
	else if (!len || exact[0] < 20 || exact[0] > 63) /* DTLS: fuzz_dtls */
		ts_path_input(&w->t, exact, len, now_ns);
	free(exact);
	free(buf);
	ts_path_rtcp_run(&w->t, now_ns);
	ts_path_pace_run(&w->t, now_ns);
	if (!w->t.ended && ts_pacer_due_ns(&w->t.pacer) <= now_ns) abort();
	if (!w->t.ended && ts_path_rtcp_due_ns(&w->t) <= now_ns) abort(); /* it would spin */
	ts_batch_flush(w->net.batch);
}

/* Something that feedback, requests and limits can be about. */
static void send_some(struct world *w, int64_t now_ns)
{
	struct ts_au *au = ts_au_create(30, 30 * 1000);
	if (!au) abort();
	au->key = true;
	for (int i = 0; i < 30; i++) memset(ts_au_add(au, 1000), i, 1000);
	for (size_t i = 0; i < w->n_media; i++) ts_path_send(&w->t, i, au, now_ns);
	ts_au_unref(&au);
	ts_batch_flush(w->net.batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct world w;
	int64_t now_ns = TS_NS_PER_S;
	struct ts_rd r = ts_rd(data, len);
	make(&w, ts_rd_u8(&r) & 1);
	w.t.remb_bps = 500000;
	for (int i = 0; i < DATAGRAMS_MAX && ts_rd_left(&r) > 4; i++) {
		uint8_t kind = ts_rd_u8(&r);
		now_ns += ts_rd_u8(&r) * TS_NS_PER_MS;
		size_t n = ts_rd_u16(&r) % (TS_DATAGRAM_MAX + 8);
		if (n > ts_rd_left(&r)) n = ts_rd_left(&r);
		if (i % 32 == 0) send_some(&w, now_ns);
		give(&w, kind, ts_rd_bytes(&r, n), n, now_ns);
	}
	unmake(&w);
	return 0;
}
