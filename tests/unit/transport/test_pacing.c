/* What a path sends and what it learns by it: one transport without sockets, whose datagrams are
 * looked at as they leave, and the peer's RTCP, made here. */
#include "base/counter.h"
#include "base/histogram.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/net/proof.h"
#include "transport/path.h"
#include "transport/plain.h"
#include "transport/rtp/hdrext.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/twcc.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { AUDIO, VIDEO, SENT_MAX = 20000, LEN = 1000, TWCC_ID = 3 };
enum { AUDIO_SSRC = 0x1000, VIDEO_SSRC = 0x2000, RTX_SSRC = 0x3000, PEER_SSRC = 0x77 };

struct out {
	uint32_t ssrc;
	uint16_t seq, number;
	bool numbered;
	int64_t at_ns;
};

static struct world {
	struct ts_nets nets;
	struct ts_net net;
	struct ts_transport t;
	struct ts_plain plain;
	struct ts_packet_pool *pool;
	int64_t now_ns;
	struct out out[SENT_MAX];
	size_t n;
	uint8_t rtcp[1500]; /* the last that was sent */
	size_t rtcp_len;
	int keyframes, keyframes_needed, events;
	struct ts_network network;
	struct ts_twcc peer;
} w;

static bool leave(struct ts_route *route, const uint8_t *data, size_t len)
{
	(void)route;
	if (ts_rtp_is_rtcp(data, len)) {
		memcpy(w.rtcp, data, len);
		w.rtcp_len = len;
		return true;
	}
	static const struct ts_ext_ids ids = {.twcc = TWCC_ID};
	struct ts_packet *p = ts_packet_get(w.pool);
	struct ts_hdrext e;
	uint16_t profile;
	memcpy(p->data, data, len);
	p->len = (uint32_t)len;
	assert_int_equal(ts_rtp_parse(p), 0);
	struct ts_rd r = ts_rtp_ext(p, &profile);
	ts_hdrext_parse(&e, r, profile, &ids);
	assert_true(w.n < SENT_MAX);
	w.out[w.n++] = (struct out){p->ssrc, p->seq, e.twcc, e.has_twcc, w.now_ns};
	ts_packet_unref(&p);
	return true;
}

static void on_needs_keyframe(void *arg, size_t media)
{
	(void)arg, (void)media;
	w.keyframes_needed++;
}

static void on_media(void *arg, size_t media)
{
	(void)arg;
	assert_int_equal(media, VIDEO);
	w.keyframes++;
}

static void on_packet(void *arg, size_t media, struct ts_packet *packet)
{
	(void)arg, (void)media;
	ts_packet_unref(&packet);
}

static void on_flush(void *arg, size_t media)
{
	(void)arg, (void)media;
}

static void on_network(void *arg, const struct ts_network *network)
{
	(void)arg;
	w.network = *network;
	w.events++;
}

static void on_stalled(void *arg, bool stalled)
{
	(void)arg, (void)stalled;
}

static void configure(struct ts_transport_config *config)
{
	config->n_media = 2;
	strcpy(config->cname, "pacing");
	config->media[AUDIO] = (struct ts_media_config){.kind = TS_AUDIO,
		.ext = {.twcc = TWCC_ID},
		.twcc = true,
		.send_twcc = true,
		.send = true,
		.send_pt = 111,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = AUDIO_SSRC};
	config->media[VIDEO] = (struct ts_media_config){.kind = TS_VIDEO,
		.ext = {.twcc = TWCC_ID, .abs_send_time = 2},
		.nack = true,
		.pli = true,
		.twcc = true,
		.send_twcc = true,
		.pt = {{96, TS_CODEC_VP8, -1, 90000}},
		.n_pt = 1,
		.remote_ssrc = {PEER_SSRC},
		.send = true,
		.send_pt = 96,
		.send_rtx_pt = 97,
		.send_codec = TS_CODEC_VP8,
		.send_ssrc = VIDEO_SSRC,
		.send_rtx_ssrc = RTX_SSRC};
}

static void prove(void)
{
	ts_proof_sign(&w.t.proof, &w.plain.rtp.route.to, w.now_ns);
}

/* One lane for both, as BUNDLE has; in the clear. */
static int open_path(void (*edit)(struct ts_media_config *video))
{
	struct ts_transport *t = &w.t;
	struct sockaddr_in *to = (void *)&w.plain.rtp.route.to;
	memset(&w, 0, sizeof(w));
	w.now_ns = 100 * TS_NS_PER_S;
	w.net.nets = &w.nets;
	assert_int_equal(ts_loop_create(&w.net.loop, "pacing"), 0);
	assert_int_equal(ts_batch_create(&w.net.batch), 0);
	assert_int_equal(ts_packet_pool_create(&w.pool, 4), 0);
	ts_twcc_init(&w.peer);
	configure(&t->config);
	if (edit) edit(&t->config.media[VIDEO]);
	*to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = 9};
	to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w.plain.rtp.watch.fd = w.plain.rtcp.watch.fd = w.plain.rtp.route.fd = -1;
	w.plain.rtp.route.send = leave;
	t->net = &w.net;
	t->events = (struct ts_transport_events){.packet = on_packet,
		.flush = on_flush,
		.on_keyframe_request = on_media,
		.needs_keyframe = on_needs_keyframe,
		.network = on_network,
		.stalled = on_stalled};
	t->state = TS_TR_CONNECTED;
	t->ready = true;
	t->timer_ns = t->deadline_ns = t->first_ns = INT64_MAX;
	t->rtcp_ns = t->check_ns = INT64_MAX;
	t->n_lane = 1;
	for (size_t i = 0; i < TS_MEDIA_MAX; i++) ts_path_lane_init(&t->lane[i], t);
	t->lane[0].plain = &w.plain;
	for (size_t i = 0; i < 2; i++) assert_int_equal(ts_path_media_init(t, i), 0);
	prove();
	return 0;
}

static void close_path(void)
{
	for (size_t i = 0; i < 2; i++) {
		ts_rtp_recv_destroy(&w.t.media[i].layer[0].recv);
		ts_rtp_send_destroy(&w.t.media[i].send);
	}
	ts_path_pace_fini(&w.t);
	ts_batch_destroy(&w.net.batch);
	ts_packet_pool_close(&w.pool);
	ts_loop_timer_cancel(w.net.loop, &w.t.timer);
	ts_loop_destroy(&w.net.loop);
}

static struct ts_au *make_au(uint32_t n, bool key)
{
	struct ts_au *au = ts_au_create(n, n * LEN);
	assert_non_null(au);
	for (uint32_t i = 0; i < n; i++) memset(ts_au_add(au, LEN), (int)i, LEN);
	au->key = key;
	au->capture_ns = w.now_ns;
	au->media_time = w.now_ns / 11111;
	return au;
}

static void send_unit(size_t media, uint32_t n, bool key)
{
	struct ts_au *au = make_au(n, key);
	ts_path_send(&w.t, media, au, w.now_ns);
	ts_au_unref(&au);
	ts_batch_flush(w.net.batch);
}

/* Time passes, as the transport's timer sees it. */
static void pass(int64_t ns)
{
	int64_t until_ns = w.now_ns + ns;
	for (;;) {
		int64_t due_ns = ts_pacer_due_ns(&w.t.pacer);
		if (due_ns > until_ns) break;
		w.now_ns = due_ns > w.now_ns ? due_ns : w.now_ns;
		assert_true(w.t.timer_ns <= w.now_ns); /* somebody would wake it */
		ts_path_settle(&w.t, w.now_ns);
	}
	w.now_ns = until_ns;
	prove();
}

static void receive(const struct ts_wr *rtcp)
{
	assert_false(rtcp->bad);
	ts_path_rtcp(&w.t.lane[0], rtcp->start, ts_wr_len(rtcp), w.now_ns);
	ts_path_settle(&w.t, w.now_ns);
}

/* The peer's feedback about all that was sent since the last, delay later. */
static size_t told;
static void feed_back(int64_t delay_ns)
{
	uint8_t buf[TS_TWCC_BYTES_MAX];
	for (; told < w.n; told++)
		ts_twcc_packet(&w.peer, w.out[told].number, w.out[told].at_ns + delay_ns);
	while (w.peer.due_ns != INT64_MAX) {
		struct ts_wr rtcp = ts_wr(buf, sizeof(buf));
		ts_twcc_write(&w.peer, &rtcp, PEER_SSRC, VIDEO_SSRC, w.now_ns + TS_NS_PER_S);
		if (ts_wr_len(&rtcp)) receive(&rtcp);
	}
}

static size_t count(uint32_t ssrc)
{
	size_t n = 0;
	for (size_t i = 0; i < w.n; i++) n += w.out[i].ssrc == ssrc;
	return n;
}

static void nack(uint16_t seq, size_t n)
{
	uint8_t buf[1200];
	uint16_t seqs[256];
	struct ts_wr rtcp = ts_wr(buf, sizeof(buf));
	for (size_t i = 0; i < n; i++) seqs[i] = (uint16_t)(seq + i);
	ts_rtcp_write_nack(&rtcp, PEER_SSRC, VIDEO_SSRC, seqs, n);
	receive(&rtcp);
}

static void probe(uint32_t bytes)
{
	ts_pacer_probe(&w.t.pacer, 1, 5000000, bytes, w.now_ns);
	ts_path_settle(&w.t, w.now_ns);
}

static void limit_pace(uint32_t bps)
{
	ts_pacer_set_rate(&w.t.pacer, bps, true, w.now_ns);
}

/* ---- numbers */

static void numbers_are_consecutive_across_media(void **state)
{
	(void)state;
	open_path(NULL);
	for (int i = 0; i < 50; i++) {
		send_unit(AUDIO, 1, true);
		send_unit(VIDEO, 7, i == 0);
		pass(20 * TS_MS);
	}
	nack(w.out[1].seq, 3);
	probe(5000);
	pass(20 * TS_MS);
	assert_true(count(RTX_SSRC) >= 3 + 4);
	assert_int_equal(count(AUDIO_SSRC), 50);
	assert_int_equal(count(VIDEO_SSRC), 350);
	for (size_t i = 0; i < w.n; i++) {
		assert_true(w.out[i].numbered);
		assert_int_equal(w.out[i].number, i + 1);
	}
	close_path();
}

static void no_numbers(struct ts_media_config *video)
{
	video->send_twcc = false;
	video->ext.twcc = 0;
	w.t.config.media[AUDIO].send_twcc = false;
}

static void without_the_extension_there_are_none(void **state)
{
	(void)state;
	open_path(no_numbers);
	send_unit(AUDIO, 1, true);
	send_unit(VIDEO, 7, true);
	for (size_t i = 0; i < w.n; i++) assert_false(w.out[i].numbered);
	assert_null(w.t.sent);
	assert_null(w.t.estimate);
	/* feedback nobody asked for */
	feed_back(0);
	assert_int_equal(w.network.estimate_bps, 0);
	close_path();
}

/* ---- how long it takes */

static double observed(const char *what, const char *stage)
{
	static char text[16384];
	char row[64];
	ts_histograms_print(text, sizeof(text));
	snprintf(row, sizeof(row), "_%s{stage=\"%s\"} ", what, stage);
	const char *at = strstr(text, row);
	assert_non_null(at);
	return strtod(at + strlen(row), NULL);
}

/* A unit is out when its last packet is, not when it comes to the pacer. */
static void a_unit_is_out_with_its_last_packet(void **state)
{
	(void)state;
	open_path(NULL);
	const double outs = observed("count", "out"), out_s = observed("sum", "out");
	const double paced = observed("count", "pacer"), paced_s = observed("sum", "pacer");
	send_unit(AUDIO, 1, true); /* at once */
	assert_true(observed("count", "out") == outs + 1);
	assert_true(observed("count", "pacer") == paced);
	limit_pace(800000);
	send_unit(VIDEO, 20, true); /* 0.2 s, or half of it */
	assert_true(observed("count", "out") == outs + 1);
	pass(TS_NS_PER_S);
	assert_int_equal(count(VIDEO_SSRC), 20);
	assert_true(observed("count", "out") == outs + 2);
	assert_true(observed("count", "pacer") == paced + 1);
	assert_true(observed("sum", "pacer") - paced_s > 0.08);
	assert_true(observed("sum", "out") - out_s > 0.08);
	close_path();
}

/* ---- what is learned */

static void feedback_reaches_the_estimate(void **state)
{
	(void)state;
	told = 0;
	open_path(NULL);
	int64_t bad = ts_count_get(TS_C_DROP_FEEDBACK_BAD);
	for (int i = 0; i < 100; i++) {
		send_unit(VIDEO, 6, i == 0);
		send_unit(AUDIO, 1, true);
		if (i == 0) assert_int_equal(w.network.estimate_bps, 0);
		pass(33 * TS_MS);
		if (i % 2) feed_back(5 * TS_MS);
	}
	assert_int_equal(ts_count_get(TS_C_DROP_FEEDBACK_BAD), bad);
	assert_true(w.network.estimate_bps > 1000000);
	assert_int_equal(w.network.estimate_bps, ts_estimate_bps(w.t.estimate));
	/* 7 packets of 1000 bytes in 33 ms, with headers */
	assert_in_range(w.network.sent_bps, 1650000, 1950000);
	assert_in_range(w.t.pacer.rate_bps, 2400000, UINT32_MAX);
	assert_in_range(w.events, 3, 34); /* not for each of the 50 */
	close_path();
}

static void feedback_of_nonsense_changes_nothing(void **state)
{
	(void)state;
	static const uint8_t cut[] = {
		0x8f, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0x20, 0, 0, 1, 0, 9, 0, 0, 0, 0};
	told = 0;
	open_path(NULL);
	int64_t bad = ts_count_get(TS_C_DROP_FEEDBACK_BAD);
	send_unit(VIDEO, 6, true);
	ts_path_rtcp(&w.t.lane[0], cut, sizeof(cut), w.now_ns);
	assert_int_equal(ts_count_get(TS_C_DROP_FEEDBACK_BAD), bad + 1);
	/* about packets that never were */
	for (uint16_t i = 0; i < 100; i++) ts_twcc_packet(&w.peer, (uint16_t)(30000 + i), w.now_ns);
	told = w.n;
	feed_back(0);
	assert_int_equal(w.t.network.fed_ns, 0);
	assert_int_equal(w.network.estimate_bps, 0);
	/* more than could be true, over and over: not looked at */
	static const uint8_t flood[] = {0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0x20, 0, 0, 1, 0x10, 0,
		0, 0, 0, 0, 0x10, 0, 0, 0};
	for (int i = 0; i < 20; i++) ts_path_rtcp(&w.t.lane[0], flood, sizeof(flood), w.now_ns);
	assert_int_equal(ts_count_get(TS_C_DROP_FEEDBACK_BAD), bad + 1 + 17);
	close_path();
}

static void remb(uint64_t bps)
{
	uint8_t buf[200];
	const uint32_t ssrc = VIDEO_SSRC;
	struct ts_wr rtcp = ts_wr(buf, sizeof(buf));
	ts_rtcp_write_remb(&rtcp, PEER_SSRC, bps, &ssrc, 1);
	receive(&rtcp);
}

static void tmmbr(uint64_t bps)
{
	uint8_t buf[200];
	struct ts_wr rtcp = ts_wr(buf, sizeof(buf));
	ts_rtcp_write_tmmbr(&rtcp, PEER_SSRC, VIDEO_SSRC, bps, 40);
	receive(&rtcp);
}

/* What the peer says is told as it is; a REMB is forgotten when no other comes. */
static void limits_of_the_peer(void **state)
{
	(void)state;
	open_path(no_numbers);
	remb(900000);
	assert_int_equal(w.network.peer_bps, 900000);
	assert_int_equal(w.network.estimate_bps, 0);
	assert_in_range(w.t.pacer.rate_bps, 5000000, 5000000); /* not below what all take */
	assert_false(w.t.pacer.firm);
	w.now_ns += 200 * TS_MS;
	tmmbr(300000);
	assert_in_range(w.network.peer_bps, 299990, 300000);
	w.now_ns += 200 * TS_MS;
	remb(200000);
	assert_in_range(w.network.peer_bps, 199990, 200000);
	w.now_ns += 9 * TS_NS_PER_S;
	ts_path_network_check(&w.t, w.now_ns);
	assert_in_range(w.network.peer_bps, 199990, 200000);
	w.now_ns += 2 * TS_NS_PER_S;
	ts_path_network_check(&w.t, w.now_ns);
	assert_in_range(w.network.peer_bps, 299990, 300000);
	w.now_ns += 200 * TS_MS;
	tmmbr(0); /* nothing at all: not the same as no limit */
	assert_int_equal(w.network.peer_bps, 1);
	w.now_ns += 200 * TS_MS;
	tmmbr(UINT64_C(1) << 40);
	assert_int_equal(w.network.peer_bps, UINT32_MAX);
	close_path();
}

/* RFC 5104 4.2.1.2: at once, whose and how much. */
static void tmmbr_is_answered(void **state)
{
	(void)state;
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	bool answered = false;
	open_path(no_numbers);
	tmmbr(524288);
	assert_int_equal(ts_rtcp_begin(&it, w.rtcp, w.rtcp_len), 0);
	while (ts_rtcp_next(&it, &item)) {
		if (item.type != TS_RTCP_TMMBN) continue;
		answered = true;
		assert_int_equal(item.sender_ssrc, VIDEO_SSRC);
		assert_int_equal(item.media_ssrc, PEER_SSRC);
		assert_int_equal(item.tmmb.bitrate_bps, 524288);
		assert_int_equal(item.tmmb.overhead, 40);
	}
	assert_true(answered);
	w.rtcp_len = 0;
	ts_path_settle(&w.t, w.now_ns + TS_MS);
	assert_int_equal(w.rtcp_len, 0); /* once */
	close_path();
}

static void knows_tmmbr(struct ts_media_config *video)
{
	no_numbers(video);
	video->tmmbr = true;
}

static bool told_tmmbr(uint64_t bps)
{
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	bool found = false;
	if (!w.rtcp_len) return false;
	assert_int_equal(ts_rtcp_begin(&it, w.rtcp, w.rtcp_len), 0);
	while (ts_rtcp_next(&it, &item))
		if (item.type == TS_RTCP_TMMBR) {
			assert_int_equal(item.media_ssrc, PEER_SSRC);
			assert_true(item.tmmb.bitrate_bps == bps);
			found = true;
		}
	w.rtcp_len = 0;
	return found;
}

/* A SIP sender is told what its tile needs, until it answers. */
static void tmmbr_is_told_until_it_is_heard(void **state)
{
	(void)state;
	uint8_t buf[200];
	struct ts_packet_pool *pool;
	open_path(knows_tmmbr);
	w.t.remb_bps = 262144;
	ts_path_rtcp_run(&w.t, w.now_ns);
	ts_batch_flush(w.net.batch);
	assert_false(told_tmmbr(262144)); /* nobody sends yet */
	assert_int_equal(ts_packet_pool_create(&pool, 4), 0);
	struct ts_rtp_header h = {.pt = 96, .seq = 1, .ssrc = PEER_SSRC};
	ts_rtp_recv_packet(w.t.media[VIDEO].layer[0].recv,
		ts_test_packet(pool, &h, "x", 1, w.now_ns), w.now_ns);
	for (int i = 0; i < 3; i++) {
		w.now_ns += TS_NS_PER_S;
		prove();
		ts_path_rtcp_run(&w.t, w.now_ns);
		ts_batch_flush(w.net.batch);
		assert_true(told_tmmbr(262144));
	}
	struct ts_wr rtcp = ts_wr(buf, sizeof(buf));
	ts_rtcp_write_tmmbn(&rtcp, PEER_SSRC, VIDEO_SSRC, 262144, 40);
	receive(&rtcp);
	w.now_ns += TS_NS_PER_S;
	prove();
	ts_path_rtcp_run(&w.t, w.now_ns);
	ts_batch_flush(w.net.batch);
	assert_false(told_tmmbr(262144));
	close_path();
	ts_packet_pool_close(&pool);
}

/* ---- pacing */

static void a_burst_is_paced(void **state)
{
	(void)state;
	open_path(NULL);
	limit_pace(8600000); /* about 1000 packets a second */
	send_unit(VIDEO, 80, true);
	assert_in_range(w.n, 4, 8);
	pass(40 * TS_MS);
	assert_in_range(w.n, 36, 50);
	pass(100 * TS_MS);
	assert_int_equal(w.n, 80);
	for (size_t i = 0; i < 80; i++)
		assert_int_equal(w.out[i].seq, (uint16_t)(w.out[0].seq + i));
	/* and nothing wakes up for it any more */
	assert_true(ts_pacer_due_ns(&w.t.pacer) == INT64_MAX);
	close_path();
}

static void sound_overtakes(void **state)
{
	(void)state;
	open_path(NULL);
	limit_pace(1000000);
	send_unit(VIDEO, 80, true);
	size_t before = w.n;
	assert_true(before < 5);
	for (int i = 0; i < 5; i++) {
		send_unit(AUDIO, 1, true);
		assert_int_equal(w.out[w.n - 1].ssrc, AUDIO_SSRC);
		assert_int_equal(count(AUDIO_SSRC), i + 1);
		pass(20 * TS_MS);
	}
	for (size_t i = 0; i < w.n; i++) assert_int_equal(w.out[i].number, i + 1);
	close_path();
}

static void lost_packets_go_before_new_video(void **state)
{
	(void)state;
	open_path(NULL);
	limit_pace(1000000);
	send_unit(VIDEO, 10, true);
	pass(TS_NS_PER_S);
	assert_int_equal(w.n, 10);
	send_unit(VIDEO, 30, false);
	size_t before = count(VIDEO_SSRC);
	nack(w.out[0].seq, 5);
	pass(45 * TS_MS);
	assert_in_range(count(RTX_SSRC), 4, 5);
	assert_int_equal(count(VIDEO_SSRC), before);
	pass(TS_NS_PER_S);
	assert_int_equal(count(RTX_SSRC), 5);
	close_path();
}

static void the_queue_is_bounded(void **state)
{
	(void)state;
	open_path(NULL);
	limit_pace(500000);
	int64_t dropped = ts_count_get(TS_C_DROP_PACED);
	for (int i = 0; i < 90; i++) {
		send_unit(VIDEO, 6, i == 0);
		assert_true(ts_pacer_waits_ns(&w.t.pacer, w.now_ns) < 350 * TS_MS);
		pass(33 * TS_MS);
	}
	assert_true(ts_count_get(TS_C_DROP_PACED) - dropped > 400);
	/* asked for again, as none came, but not for each frame */
	assert_in_range(w.keyframes_needed, 3, 8);
	assert_int_equal(w.keyframes, 0); /* the peer asked for none */
	size_t before = w.n;
	pass(TS_NS_PER_S);
	assert_int_equal(w.n, before);
	send_unit(VIDEO, 6, true);
	pass(TS_NS_PER_S);
	assert_int_equal(w.n, before + 6);
	close_path();
}

/* ---- probes */

static void no_rtx(struct ts_media_config *video)
{
	video->send_rtx_pt = 0;
	video->send_rtx_ssrc = 0;
	video->nack = false;
}

static void there_is_no_padding_without_rtx(void **state)
{
	(void)state;
	int64_t padding = ts_count_get(TS_C_PADDING_BYTES);
	open_path(no_rtx);
	send_unit(VIDEO, 6, true);
	assert_false(ts_path_pace_can_pad(&w.t, w.now_ns));
	probe(50000);
	pass(TS_NS_PER_S);
	assert_int_equal(w.n, 6);
	assert_int_equal(w.t.pacer.probe.cluster, 0);
	close_path();
	open_path(no_numbers);
	send_unit(VIDEO, 6, true);
	assert_false(ts_path_pace_can_pad(&w.t, w.now_ns));
	close_path();
	assert_int_equal(ts_count_get(TS_C_PADDING_BYTES), padding);
}

static void nor_before_media_nor_where_nobody_wants_it(void **state)
{
	(void)state;
	open_path(NULL);
	assert_false(ts_path_pace_can_pad(&w.t, w.now_ns));
	send_unit(VIDEO, 6, true);
	assert_true(ts_path_pace_can_pad(&w.t, w.now_ns));
	w.now_ns += 20 * TS_NS_PER_S; /* no sign of life since */
	assert_false(ts_path_pace_can_pad(&w.t, w.now_ns));
	probe(50000);
	assert_int_equal(w.n, 6);
	close_path();
}

/* The way takes more than is sent: once more is wanted, it is found by probes. */
static void probes_find_what_is_wanted(void **state)
{
	(void)state;
	told = 0;
	open_path(NULL);
	int64_t probes = ts_count_get(TS_C_PROBES), padding = ts_count_get(TS_C_PADDING_BYTES);
	for (int i = 0; i < 300; i++) {
		if (i == 30) ts_transport_set_wanted_bps(&w.t, 8000000);
		send_unit(VIDEO, 3, i == 0);
		pass(33 * TS_MS);
		feed_back(5 * TS_MS);
	}
	assert_true(ts_count_get(TS_C_PROBES) > probes);
	assert_true(ts_count_get(TS_C_PADDING_BYTES) - padding > 4000);
	assert_true(count(RTX_SSRC) > 4);
	assert_in_range((size_t)(ts_count_get(TS_C_PADDING_BYTES) - padding), 4000, 400000);
	assert_in_range(ts_estimate_bps(w.t.estimate), 5000000, 50000000); /* 3 Mbit/s at first */
	close_path();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_consecutive_across_media),
		cmocka_unit_test(without_the_extension_there_are_none),
		cmocka_unit_test(a_unit_is_out_with_its_last_packet),
		cmocka_unit_test(feedback_reaches_the_estimate),
		cmocka_unit_test(feedback_of_nonsense_changes_nothing),
		cmocka_unit_test(limits_of_the_peer),
		cmocka_unit_test(tmmbr_is_answered),
		cmocka_unit_test(tmmbr_is_told_until_it_is_heard),
		cmocka_unit_test(a_burst_is_paced),
		cmocka_unit_test(sound_overtakes),
		cmocka_unit_test(lost_packets_go_before_new_video),
		cmocka_unit_test(the_queue_is_bounded),
		cmocka_unit_test(there_is_no_padding_without_rtx),
		cmocka_unit_test(nor_before_media_nor_where_nobody_wants_it),
		cmocka_unit_test(probes_find_what_is_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
