#include "transport/rtp/recv.h"

#include "base/counter.h"
#include "base/media.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/hdrext.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/rtp.h"
#include "transport/rtp/timeline.h"

#include <stdlib.h>

enum {
	PT = 96,
	RTX = 97,
	OPUS = 111,
	SSRC = 0x1111,
	RTX_SSRC = 0x2222,
	OUR_SSRC = 0x9999,
	POOL = 700,
	GOT_MAX = 8192
};

/* A receiver and what it gave: numbers in order of delivery, negative where `gap` was set. */
struct rx {
	struct ts_packet_pool *pool;
	struct ts_rtp_recv *recv;
	int64_t got[GOT_MAX];
	int n;
	int64_t last_ext;
	uint32_t last_ssrc, last_ts;
	uint8_t last_payload, last_pt, last_codec, last_level, last_vad, last_turns;
	int64_t now_ns, last_capture_ns;
	struct ts_peer_clock clock;
	uint8_t rtcp[1500];
	struct ts_wr w;
};

static void on_packet(void *arg, struct ts_packet *p)
{
	struct rx *rx = arg;
	assert_true(rx->n < GOT_MAX);
	rx->got[rx->n++] = p->gap ? -(int64_t)p->seq : p->seq;
	rx->last_ext = p->ext_seq;
	rx->last_ssrc = p->ssrc;
	rx->last_ts = p->timestamp_rtp;
	rx->last_payload = p->payload_len ? p->payload[0] : 0;
	rx->last_pt = p->pt;
	rx->last_codec = p->codec;
	rx->last_level = p->level;
	rx->last_vad = p->vad;
	rx->last_turns = p->turns;
	rx->last_capture_ns = p->capture_ns;
	ts_packet_unref(&p);
}

static struct ts_media_config video(bool nack)
{
	struct ts_media_config m = {.mid = "1", .kind = TS_VIDEO, .nack = nack, .n_pt = 2};
	m.pt[0] = (struct ts_pt){.pt = PT, .codec = TS_CODEC_VP8, .apt = -1, .clock_hz = 90000};
	m.pt[1] = (struct ts_pt){.pt = RTX, .codec = TS_CODEC_VP8, .apt = PT, .clock_hz = 90000};
	return m;
}

static struct ts_media_config audio(void)
{
	struct ts_media_config m = {
		.mid = "0", .kind = TS_AUDIO, .n_pt = 1, .ext = {.audio_level = 4}};
	m.pt[0] = (struct ts_pt){.pt = OPUS, .codec = TS_CODEC_OPUS, .apt = -1, .clock_hz = 48000};
	return m;
}

static struct rx *rx_create(struct ts_media_config m)
{
	struct rx *rx = calloc(1, sizeof(*rx));
	assert_non_null(rx);
	rx->now_ns = 1000 * TS_MS;
	assert_int_equal(ts_packet_pool_create(&rx->pool, POOL), 0);
	struct ts_rtp_recv_out out = {.packet = on_packet, .arg = rx, .clock = &rx->clock};
	assert_int_equal(ts_rtp_recv_create(&rx->recv, &m, OUR_SSRC, &out), 0);
	return rx;
}

static void rx_destroy(struct rx *rx)
{
	ts_rtp_recv_destroy(&rx->recv);
	assert_null(rx->recv);
	/* every packet was given back: the whole pool can be taken */
	struct ts_packet *all[POOL];
	for (int i = 0; i < POOL; i++) assert_non_null(all[i] = ts_packet_get(rx->pool));
	for (int i = 0; i < POOL; i++) ts_packet_unref(&all[i]);
	ts_packet_pool_close(&rx->pool);
	free(rx);
}

static void put(
	struct rx *rx, uint8_t pt, uint32_t ssrc, uint16_t seq, const void *payload, size_t len)
{
	struct ts_rtp_header h = {.pt = pt, .seq = seq, .ssrc = ssrc, .timestamp_rtp = seq * 10u};
	ts_rtp_recv_packet(
		rx->recv, ts_test_packet(rx->pool, &h, payload, len, rx->now_ns), rx->now_ns);
}

static void put_video(struct rx *rx, uint16_t seq)
{
	uint8_t payload = (uint8_t)seq;
	put(rx, PT, SSRC, seq, &payload, 1);
}

static void put_rtx(struct rx *rx, uint16_t rtx_seq, uint16_t seq)
{
	uint8_t payload[3] = {(uint8_t)(seq >> 8), (uint8_t)seq, (uint8_t)seq};
	put(rx, RTX, RTX_SSRC, rtx_seq, payload, 3);
}

/* Runs what is due; returns how many numbers were asked for, into seqs. */
static int run(struct rx *rx, uint16_t *seqs)
{
	rx->w = ts_wr(rx->rtcp, sizeof(rx->rtcp));
	ts_rtp_recv_run(rx->recv, &rx->w, rx->now_ns);
	if (!ts_wr_len(&rx->w)) return 0;
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	int n = 0;
	assert_int_equal(ts_rtcp_begin(&it, rx->rtcp, ts_wr_len(&rx->w)), 0);
	while (ts_rtcp_next(&it, &item)) {
		assert_int_equal(item.type, TS_RTCP_NACK);
		assert_int_equal(item.sender_ssrc, OUR_SSRC);
		for (int bit = -1; bit < 16; bit++) {
			if (bit >= 0 && !(item.nack.blp >> bit & 1)) continue;
			if (seqs) seqs[n] = (uint16_t)(item.nack.pid + 1 + bit);
			n++;
		}
	}
	assert_false(it.bad);
	return n;
}

static void assert_got(struct rx *rx, int n, const int64_t *expected)
{
	assert_int_equal(rx->n, n);
	for (int i = 0; i < n; i++) assert_int_equal(rx->got[i], expected[i]);
	rx->n = 0;
}
#define GOT(rx, ...) \
	assert_got(rx, (int)TS_ARRAY_LEN(((int64_t[]){__VA_ARGS__})), (int64_t[]){__VA_ARGS__})

/* ---- video ---- */

static void video_in_order_flows_at_once_over_the_wrap(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	for (uint32_t i = 0; i < 200000; i++) {
		uint16_t seq = (uint16_t)(65000 + i);
		put_video(rx, seq);
		assert_int_equal(rx->n, 1);
		assert_int_equal(rx->got[0], seq);
		assert_int_equal(rx->last_ext, 65536 * 2 + 65000 + i);
		rx->n = 0;
		assert_true(ts_rtp_recv_due_ns(rx->recv) == INT64_MAX);
	}
	assert_int_equal(rx->last_codec, TS_CODEC_VP8);
	assert_int_equal(ts_rtp_recv_ssrc(rx->recv), SSRC);
	rx_destroy(rx);
}

static void video_is_put_in_order(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 10);
	put_video(rx, 13);
	put_video(rx, 12);
	GOT(rx, 10);
	put_video(rx, 11);
	GOT(rx, 11, 12, 13);
	rx_destroy(rx);
}

static void any_order_within_the_ring_comes_out_in_order(void **state)
{
	(void)state;
	uint32_t rng = 5;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 65500);
	rx->n = 0;
	for (int round = 0; round < 40; round++) {
		uint16_t seqs[100];
		uint16_t base = (uint16_t)(65501 + round * 100);
		for (int i = 0; i < 100; i++) seqs[i] = (uint16_t)(base + i);
		for (int i = 99; i > 0; i--) {
			int k = (int)(ts_test_random(&rng) % (uint32_t)(i + 1));
			uint16_t t = seqs[i];
			seqs[i] = seqs[k];
			seqs[k] = t;
		}
		for (int i = 0; i < 100; i++) {
			put_video(rx, seqs[i]);
			if (i % 7 == 0) put_video(rx, seqs[i]); /* doubles too */
		}
		assert_int_equal(rx->n, 100);
		for (int i = 0; i < 100; i++) assert_int_equal(rx->got[i], (uint16_t)(base + i));
		rx->n = 0;
	}
	rx_destroy(rx);
}

static void a_gap_is_asked_for_at_once_then_by_round_trip(void **state)
{
	(void)state;
	uint16_t asked[32];
	struct rx *rx = rx_create(video(true));
	ts_rtp_recv_set_rtt(rx->recv, 40 * TS_MS);
	put_video(rx, 65534);
	put_video(rx, 3); /* 65535, 0, 1, 2 are missing */
	assert_true(ts_rtp_recv_due_ns(rx->recv) <= rx->now_ns);
	assert_int_equal(run(rx, asked), 4);
	assert_int_equal(asked[0], 65535);
	assert_int_equal(asked[3], 2);
	assert_int_equal(run(rx, NULL), 0);
	put_rtx(rx, 1, 0);
	int64_t due = ts_rtp_recv_due_ns(rx->recv);
	assert_true(due == rx->now_ns + 50 * TS_MS);
	rx->now_ns = due;
	assert_int_equal(run(rx, asked), 3); /* not 0, which came */
	assert_int_equal(asked[1], 1);
	put_rtx(rx, 2, 65535);
	put_rtx(rx, 3, 1);
	GOT(rx, 65534, 65535, 0, 1);
	put_rtx(rx, 4, 2);
	GOT(rx, 2, 3);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == INT64_MAX);
	rx_destroy(rx);
}

static void a_gap_is_given_up_when_patience_ends(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool nack;
		int rtt_ms, patience_ms;
	} rows[] = {
		{"nack, short way", true, 10, 300},
		{"nack, 100 ms", true, 100, 500},
		{"nack, 199 ms", true, 199, 995},
		{"nack, long way", true, 300, 750},
		{"nack, very long way", true, 700, 1000},
		{"no nack", false, 50, 20},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_media_stats stats = {0};
		struct rx *rx = rx_create(video(rows[i].nack));
		ts_rtp_recv_set_rtt(rx->recv, rows[i].rtt_ms * TS_MS);
		put_video(rx, 1);
		put_video(rx, 4);
		int64_t since = rx->now_ns;
		int asked = 0, wants = 0;
		while (rx->n == 1) {
			rx->now_ns = ts_rtp_recv_due_ns(rx->recv);
			assert_true(rx->now_ns < INT64_MAX);
			asked += run(rx, NULL);
			wants += ts_rtp_recv_wants_keyframe(rx->recv);
		}
		assert_int_equal(wants > 0, rows[i].nack && rows[i].rtt_ms >= 300);
		assert_int_equal(rx->now_ns - since, rows[i].patience_ms * TS_MS);
		assert_int_equal(asked > 0, rows[i].nack);
		GOT(rx, 1, -4);
		put_video(rx, 2); /* too late */
		put_video(rx, 5);
		GOT(rx, 5);
		ts_rtp_recv_stats(rx->recv, &stats);
		assert_int_equal(stats.lost, 2);
		rx_destroy(rx);
	}
}

/* A layer of simulcast that is not decoded: a hole in it is nobody's loss, until it is wanted. */
static void what_is_not_wanted_is_not_asked_for(void **state)
{
	(void)state;
	struct ts_media_stats stats = {0};
	struct rx *rx = rx_create(video(true));
	ts_rtp_recv_set_wanted(rx->recv, false);
	put_video(rx, 1);
	put_video(rx, 4);
	for (int ms = 0; ms < 400; ms++, rx->now_ns += TS_MS) assert_int_equal(run(rx, NULL), 0);
	GOT(rx, 1, -4);
	put_video(rx, 200); /* a hole too large to be asked for */
	GOT(rx, -200);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 0);
	ts_rtp_recv_set_wanted(rx->recv, true);
	put_video(rx, 203);
	assert_int_equal(run(rx, NULL), 2);
	rx->now_ns += 500 * TS_MS;
	run(rx, NULL);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 2);
	GOT(rx, -203);
	rx_destroy(rx);
}

static void asks_again_at_most_every_20_ms(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	ts_rtp_recv_set_rtt(rx->recv, 2 * TS_MS);
	put_video(rx, 1);
	put_video(rx, 3);
	int asked = 0;
	for (int i = 0; i < 110; i++, rx->now_ns += TS_MS) asked += run(rx, NULL);
	assert_int_equal(asked, 6); /* 0, 20, .. 100 ms */
	rx->now_ns += 200 * TS_MS;
	run(rx, NULL);
	GOT(rx, 1, -3);
	rx_destroy(rx);
}

/* Reports come after seconds; the first pictures cannot wait for them. */
static void learns_the_round_trip_from_answers(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 1);
	put_video(rx, 4);
	assert_int_equal(run(rx, NULL), 2);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == rx->now_ns + 50 * TS_MS); /* nothing known */
	rx->now_ns += 24 * TS_MS;
	put_rtx(rx, 1, 2);
	rx->now_ns += 6 * TS_MS;
	assert_int_equal(run(rx, NULL), 1); /* 3 again: 30 ms are 1.25 round trips */
	rx->now_ns += 1 * TS_MS;
	put_rtx(rx, 2, 3); /* of which request? */
	put_video(rx, 6);
	assert_int_equal(run(rx, NULL), 1);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == rx->now_ns + 30 * TS_MS);
	rx->now_ns += 20 * TS_MS;
	put_rtx(rx, 3, 5);
	put_video(rx, 8);
	assert_int_equal(run(rx, NULL), 1);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == rx->now_ns + 115 * TS_MS / 4); /* 23 ms */
	ts_rtp_recv_set_rtt(rx->recv, 40 * TS_MS);
	rx->now_ns += 20 * TS_MS;
	put_rtx(rx, 4, 7); /* of half a round trip, so it says nothing */
	put_video(rx, 10);
	assert_int_equal(run(rx, NULL), 1);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == rx->now_ns + 50 * TS_MS);
	rx_destroy(rx);
}

/* The last report is of before a queue built up on the way: nothing is asked for six times within
 * one round trip, which would make the queue longer. */
static void answers_that_take_longer_than_was_told_count(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	ts_rtp_recv_set_rtt(rx->recv, 40 * TS_MS);
	put_video(rx, 1);
	put_video(rx, 3);
	const int64_t since = rx->now_ns;
	int asked = 0;
	for (; rx->now_ns < since + 240 * TS_MS; rx->now_ns += TS_MS) asked += run(rx, NULL);
	assert_int_equal(asked, 5); /* 0, 50 .. 200 ms */
	/* sooner after the request before than the way is long: an answer to the first */
	rx->now_ns = since + 205 * TS_MS;
	put_rtx(rx, 1, 2);
	assert_true(ts_rtp_recv_rtt_ns(rx->recv) == 205 * TS_MS);
	put_video(rx, 5);
	assert_int_equal(run(rx, NULL), 1);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == rx->now_ns + 205 * TS_MS * 5 / 4);
	/* it falls again with the reports */
	for (int i = 0; i < 10; i++) ts_rtp_recv_set_rtt(rx->recv, 40 * TS_MS);
	assert_true(ts_rtp_recv_rtt_ns(rx->recv) == 40 * TS_MS);
	rx_destroy(rx);
}

/* Also of packets that come after they were given up, and never above a second. */
static void late_answers_count_too(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	ts_rtp_recv_set_rtt(rx->recv, 250 * TS_MS);
	put_video(rx, 1);
	put_video(rx, 3);
	run(rx, NULL);
	ts_rtp_recv_await_keyframe(rx->recv);
	GOT(rx, 1, -3);
	rx->now_ns += 600 * TS_MS;
	put_rtx(rx, 1, 2);
	assert_int_equal(rx->n, 0);
	assert_true(ts_rtp_recv_rtt_ns(rx->recv) == 600 * TS_MS);
	put_video(rx, 5);
	run(rx, NULL);
	ts_rtp_recv_await_keyframe(rx->recv);
	rx->now_ns += 5000 * TS_MS;
	put_rtx(rx, 2, 4);
	assert_true(ts_rtp_recv_rtt_ns(rx->recv) == 1000 * TS_MS);
	ts_rtp_recv_set_rtt(rx->recv, 65535 * TS_NS_PER_S); /* as a peer may say */
	assert_true(ts_rtp_recv_rtt_ns(rx->recv) == 1000 * TS_MS);
	rx_destroy(rx);
}

static void put_vp8(struct rx *rx, uint16_t seq, bool key)
{
	const uint8_t payload[] = {0x10, key ? 0x50 : 0x51};
	put(rx, PT, SSRC, seq, payload, 2);
}

/* Nothing is shown before it, so nothing before it is waited for, or asked for. */
static void a_keyframe_that_was_requested_waits_for_nothing(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	const int64_t asked_ns = rx->now_ns;
	put_vp8(rx, 1, false);
	put_vp8(rx, 4, false);
	run(rx, NULL);
	GOT(rx, 1);
	ts_rtp_recv_await_keyframe(rx->recv);
	GOT(rx, -4);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == INT64_MAX);
	put_vp8(rx, 6, false); /* still before it: as ever */
	assert_int_equal(run(rx, NULL), 1);
	assert_int_equal(rx->n, 0);
	assert_false(ts_rtp_recv_keyframe_comes(rx->recv, asked_ns, rx->now_ns));
	put_vp8(rx, 8, true);
	GOT(rx, -6, -8);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == INT64_MAX);
	assert_true(ts_rtp_recv_keyframe_comes(rx->recv, asked_ns, rx->now_ns));
	assert_false(ts_rtp_recv_keyframe_comes(rx->recv, rx->now_ns + 1, rx->now_ns));
	assert_false(ts_rtp_recv_keyframe_comes(
		rx->recv, asked_ns, rx->now_ns + TS_NS_PER_S)); /* it never came whole */
	/* whole: whoever requests another has a reason */
	put_vp8(rx, 9, false);
	GOT(rx, 9);
	assert_false(ts_rtp_recv_keyframe_comes(rx->recv, asked_ns, rx->now_ns));
	ts_rtp_recv_await_keyframe(rx->recv);
	put_vp8(rx, 10, true);
	GOT(rx, 10);
	assert_true(ts_rtp_recv_keyframe_comes(rx->recv, asked_ns, rx->now_ns));
	/* a gap in it is repaired, or another one is needed */
	put_vp8(rx, 12, false);
	assert_int_equal(rx->n, 0);
	assert_true(ts_rtp_recv_keyframe_comes(rx->recv, asked_ns, rx->now_ns));
	rx->now_ns += 600 * TS_MS;
	run(rx, NULL);
	GOT(rx, -12);
	assert_false(ts_rtp_recv_keyframe_comes(rx->recv, asked_ns, rx->now_ns));
	rx_destroy(rx);
}

/* A way that loses more than a keyframe has is not filled with repeats. */
static void too_many_missing_are_given_up_at_once(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 0);
	rx->n = 0;
	uint16_t seq = 0;
	for (int i = 0; i < 16; i++, rx->now_ns += 7 * TS_MS)
		put_video(rx, seq += 3); /* two of three are lost */
	assert_int_equal(rx->n, 0);
	put_video(rx, seq += 3);
	assert_int_equal(rx->n, 17);
	for (int i = 0; i < 17; i++) assert_int_equal(rx->got[i], -3 * (i + 1));
	assert_int_equal(run(rx, NULL), 0);
	rx_destroy(rx);
}

/* A network that reorders is not asked for every packet that is overtaken. */
static void learns_to_wait_where_the_network_reorders(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	int early = 0, late = 0;
	for (uint16_t seq = 0; seq < 2000; seq += 2) {
		put_video(rx, (uint16_t)(seq + 1));
		*(seq < 20 ? &early : &late) += run(rx, NULL);
		rx->now_ns += 3 * TS_MS;
		*(seq < 20 ? &early : &late) += run(rx, NULL);
		put_video(rx, seq);
		rx->n = 0;
		rx->now_ns += 10 * TS_MS;
	}
	assert_true(early > 0);
	assert_true(late <= 2);
	rx_destroy(rx);
}

static void padding_keeps_the_order_and_is_not_delivered(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 1);
	put(rx, PT, SSRC, 2, NULL, 0);
	put_video(rx, 3);
	put(rx, PT, SSRC, 5, NULL, 0);
	put_video(rx, 6);
	GOT(rx, 1, 3);
	assert_int_equal(run(rx, NULL), 1);
	put_video(rx, 4);
	GOT(rx, 4, 6);
	put(rx, PT, SSRC, 7, NULL, 0);
	put(rx, RTX, RTX_SSRC, 70, NULL, 0); /* probes on the RTX stream */
	put(rx, RTX, RTX_SSRC, 71, "\0", 1);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == INT64_MAX);
	assert_int_equal(rx->n, 0);
	rx_destroy(rx);
}

static void rtx_becomes_the_packet_it_repeats(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	int64_t pt = ts_count_get(TS_C_DROP_RTP_PT), twice = ts_count_get(TS_C_DROP_DUPLICATE),
		got = ts_count_get(TS_C_RTX_GOT);
	put_rtx(rx, 1, 9); /* before there is a stream: dropped */
	assert_int_equal(rx->n, 0);
	put_video(rx, 10);
	put_video(rx, 12);
	assert_false(ts_rtp_recv_owns_ssrc(rx->recv, RTX_SSRC));
	put_rtx(rx, 2, 11);
	GOT(rx, 10, 11, 12);
	assert_true(ts_rtp_recv_owns_ssrc(rx->recv, RTX_SSRC));
	put_rtx(rx, 3, 13); /* ahead: as good as the original */
	GOT(rx, 13);
	assert_int_equal(rx->last_pt, PT);
	assert_int_equal(rx->last_ssrc, SSRC);
	assert_int_equal(rx->last_payload, 13);
	put_rtx(rx, 4, 13);
	put_video(rx, 13);
	assert_int_equal(ts_count_get(TS_C_DROP_DUPLICATE), twice + 2);
	assert_int_equal(ts_count_get(TS_C_RTX_GOT), got + 3);
	put_rtx(rx, 5, 40000); /* far away: never moves the stream */
	put_rtx(rx, 6, 40001);
	put_rtx(rx, 7, 13 + 512);
	put_video(rx, 14);
	GOT(rx, 14);
	assert_true(ts_rtp_recv_due_ns(rx->recv) == INT64_MAX);
	assert_int_equal(ts_count_get(TS_C_DROP_RTP_PT), pt);
	rx_destroy(rx);

	struct ts_media_config m = video(true);
	m.pt[1].apt = 98; /* repeats a payload type that is not there */
	rx = rx_create(m);
	put_video(rx, 1);
	put_video(rx, 3);
	put_rtx(rx, 1, 2);
	put(rx, 77, SSRC, 2, "x", 1);
	assert_int_equal(ts_count_get(TS_C_DROP_RTP_PT), pt + 2);
	GOT(rx, 1);
	rx_destroy(rx);
}

static void holds_no_more_than_the_ring(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 0);
	/* 1 is missing; time stands still */
	for (int i = 2; i < 3000; i++) put_video(rx, (uint16_t)i);
	assert_int_equal(rx->n, 2999);
	assert_int_equal(rx->got[1], -2);
	rx->n = 0;
	/* a hole longer than the ring, but no restart: 512 behind it stay askable */
	put_video(rx, 3600);
	put_video(rx, 3601);
	GOT(rx, -3600, 3601);
	struct ts_media_stats stats = {0};
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 1 + 600);
	rx_destroy(rx);
}

static void a_stray_packet_moves_nothing_two_in_sequence_do(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 1);
	put(rx, PT, 0x7777, 500, "x", 1);
	put_video(rx, 2);
	put(rx, PT, SSRC, 30000, "x", 1);
	put(rx, PT, SSRC, 30002, "x", 1);
	put_video(rx, 3);
	GOT(rx, 1, 2, 3);
	put(rx, PT, SSRC, 30000, "x", 1);
	int64_t ext = rx->last_ext;
	/* the sender restarted its numbers; both packets are delivered */
	put(rx, PT, SSRC, 30001, "x", 1);
	GOT(rx, -30000, 30001);
	assert_true(rx->last_ext > ext + 65536);
	ext = rx->last_ext;
	put(rx, PT, 0x7777, 600, "x", 1);
	put(rx, PT, 0x7777, 601, "x", 1);
	GOT(rx, -600, 601);
	assert_true(rx->last_ext > ext + 65536);
	assert_int_equal(ts_rtp_recv_ssrc(rx->recv), 0x7777);
	/* the old one does not come back while the new one is alive ... */
	put(rx, PT, SSRC, 30002, "x", 1);
	put(rx, PT, SSRC, 30003, "x", 1);
	put(rx, PT, 0x7777, 602, "x", 1);
	GOT(rx, 602);
	/* ... but when it is silent */
	rx->now_ns += 600 * TS_MS;
	put(rx, PT, SSRC, 30004, "x", 1);
	put(rx, PT, SSRC, 30005, "x", 1);
	GOT(rx, -30004, 30005);
	rx_destroy(rx);
}

static void a_switch_forgets_what_was_missing(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	put_video(rx, 1);
	put_video(rx, 3);
	put_rtx(rx, 1, 1);
	put(rx, PT, 0x7777, 600, "x", 1);
	put(rx, PT, 0x7777, 601, "x", 1);
	GOT(rx, 1, -3, -600, 601);
	assert_int_equal(run(rx, NULL), 0);
	put_rtx(rx, 2, 602); /* repeats something of the old SSRC */
	assert_int_equal(rx->n, 0);
	rx->now_ns += 600 * TS_MS; /* the old one comes back, its RTX stream with it */
	put_video(rx, 4);
	put_video(rx, 5);
	put_video(rx, 7);
	put_rtx(rx, 3, 6);
	GOT(rx, -4, 5, 6, 7);
	rx_destroy(rx);
}

/* ---- audio ---- */

static void audio_flows_as_it_comes_each_once(void **state)
{
	(void)state;
	struct rx *rx = rx_create(audio());
	static const uint16_t seqs[] = {65534, 65535, 1, 0, 1, 65534, 900, 2, 899, 900};
	for (size_t i = 0; i < TS_ARRAY_LEN(seqs); i++) put(rx, OPUS, SSRC, seqs[i], "o", 1);
	GOT(rx, 65534, 65535, 1, 0, 900, 2, 899);
	/* what the window has forgotten cannot be mistaken: numbers seen long ago are free again
	 * after a round */
	for (uint32_t i = 901; i < 901 + 65536; i++)
		put(rx, OPUS, SSRC, (uint16_t)i, "o", 1), rx->n = 0;
	put(rx, OPUS, SSRC, 901, "o", 1);
	GOT(rx, 901);
	put(rx, OPUS, SSRC, 903, "o", 1);
	put(rx, OPUS, SSRC, 902, "o", 1);
	put(rx, OPUS, SSRC, 902, "o", 1);
	GOT(rx, 903, 902);
	rx_destroy(rx);
}

/* As the demultiplexer does. */
static void read_extensions(struct ts_packet *p, const struct ts_media_config *m)
{
	struct ts_hdrext ext;
	uint16_t profile;
	struct ts_rd elements = ts_rtp_ext(p, &profile);
	ts_hdrext_parse(&ext, elements, profile, &m->ext);
	ts_hdrext_apply(&ext, p);
}

static void audio_level_is_read(void **state)
{
	(void)state;
	struct ts_media_config m = audio();
	struct rx *rx = rx_create(m);
	struct ts_packet *p = ts_packet_get(rx->pool);
	static const char data[] =
		"\x90\x6f\x00\x01\x00\x00\x00\x01\x00\x00\x11\x11\xbe\xde\x00\x01\x40\xa3\x00\x00o";
	memcpy(p->data, data, p->len = sizeof(data) - 1);
	p->arrival_ns = rx->now_ns;
	assert_int_equal(ts_rtp_parse(p), 0);
	read_extensions(p, &m);
	ts_rtp_recv_packet(rx->recv, p, rx->now_ns);
	assert_int_equal(rx->last_level, 0x23);
	assert_int_equal(rx->last_vad, 1);
	put(rx, OPUS, SSRC, 2, "o", 1);
	assert_int_equal(rx->last_level, 255);
	rx_destroy(rx);
}

static void orientation_is_read(void **state)
{
	(void)state;
	static const char data[] =
		"\x90\x60\x00\x01\x00\x00\x00\x01\x00\x00\x11\x11\xbe\xde\x00\x01\xd0\x03\x00\x00v";
	struct ts_media_config m = video(true);
	for (int negotiated = 0; negotiated < 2; negotiated++) {
		m.ext.video_orientation = negotiated ? 13 : 0;
		struct rx *rx = rx_create(m);
		struct ts_packet *p = ts_packet_get(rx->pool);
		memcpy(p->data, data, p->len = sizeof(data) - 1);
		p->data[1] = PT;
		p->arrival_ns = rx->now_ns;
		assert_int_equal(ts_rtp_parse(p), 0);
		read_extensions(p, &m);
		ts_rtp_recv_packet(rx->recv, p, rx->now_ns);
		assert_int_equal(rx->n, 1);
		assert_int_equal(rx->last_turns, negotiated ? 3 : 255);
		rx_destroy(rx);
	}
}

/* ---- reports ---- */

static void report_block_tells_loss_and_jitter(void **state)
{
	(void)state;
	struct ts_rtcp_report r;
	struct rx *rx = rx_create(video(true));
	assert_false(ts_rtp_recv_report(rx->recv, &r, rx->now_ns));
	for (int i = 0; i < 100; i++)
		if (i % 4 != 3) put_video(rx, (uint16_t)(65500 + i));
	put_video(rx, (uint16_t)(65500 + 100));
	for (int i = 3; i < 100; i += 4)
		put_rtx(rx, (uint16_t)i, (uint16_t)(65500 + i)); /* repaired, but lost on the way */
	assert_int_equal(rx->n, 101);
	ts_rtp_recv_sender_report(rx->recv, SSRC, 0x1122334455667788, 1, rx->now_ns);
	rx->now_ns += 500 * TS_MS;
	assert_true(ts_rtp_recv_report(rx->recv, &r, rx->now_ns));
	assert_int_equal(r.ssrc, SSRC);
	assert_int_equal(r.lost, 25);
	assert_int_equal(r.fraction_lost, 25 * 256 / 101);
	assert_int_equal(r.ext_seq, 65500 + 100);
	assert_int_equal(r.lsr, 0x33445566);
	assert_int_equal(r.dlsr, 32768);
	assert_true(ts_rtp_recv_report(rx->recv, &r, rx->now_ns));
	assert_int_equal(r.fraction_lost, 0); /* a new interval */
	assert_int_equal(r.lost, 25);
	ts_rtp_recv_sender_report(rx->recv, 0x4444, 1, 1, rx->now_ns); /* of somebody else */
	ts_rtp_recv_report(rx->recv, &r, rx->now_ns);
	assert_int_equal(r.lsr, 0);
	rx_destroy(rx);
}

static void jitter_is_that_of_rfc_3550(void **state)
{
	(void)state;
	struct ts_rtcp_report r;
	struct ts_media_stats stats = {0};
	struct rx *rx = rx_create(audio());
	rx->now_ns += 100LL * 24 * 3600 * TS_NS_PER_S; /* a machine that is up for long */
	int64_t start = rx->now_ns;
	for (int i = 0; i < 500; i++) {
		/* 20 ms packets, every other one 10 ms late: |D| is 10 ms = 480 units always */
		struct ts_rtp_header h = {.pt = OPUS,
			.seq = (uint16_t)i,
			.ssrc = SSRC,
			.timestamp_rtp = (uint32_t)i * 960};
		rx->now_ns = start + i * 20 * TS_MS + (i & 1) * 10 * TS_MS;
		ts_rtp_recv_packet(
			rx->recv, ts_test_packet(rx->pool, &h, "o", 1, rx->now_ns), rx->now_ns);
	}
	ts_rtp_recv_report(rx->recv, &r, rx->now_ns);
	assert_in_range(r.jitter_rtp, 476, 481);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_in_range(stats.jitter_us, 9900, 10020);
	assert_int_equal(stats.packets_in, 500);
	assert_int_equal(stats.bytes_in, 500 * 13);
	rx_destroy(rx);
}

static void audio_loss_is_counted_by_numbers(void **state)
{
	(void)state;
	struct ts_media_stats stats = {0};
	struct rx *rx = rx_create(audio());
	static const uint16_t seqs[] = {10, 11, 14, 13, 13, 16};
	for (size_t i = 0; i < TS_ARRAY_LEN(seqs); i++) put(rx, OPUS, SSRC, seqs[i], "o", 1);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 2);
	put(rx, OPUS, 0x7777, 1, "o", 1);
	put(rx, OPUS, 0x7777, 2, "o", 1);
	put(rx, OPUS, 0x7777, 4, "o", 1);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 3);
	rx_destroy(rx);
}

/* A report ties the packets to the clock, until another SSRC comes. */
static void packets_say_when_they_were_captured(void **state)
{
	(void)state;
	struct rx *rx = rx_create(video(true));
	uint64_t ntp = 3900000000ull << 32;
	put(rx, PT, SSRC, 1, "x", 1);
	assert_int_equal(rx->last_capture_ns, TS_CAPTURE_UNKNOWN);
	ts_rtp_recv_sender_report(rx->recv, RTX_SSRC, ntp, rx->last_ts, rx->now_ns);
	rx->now_ns += 20 * TS_MS;
	put(rx, PT, SSRC, 2, "x", 1);
	assert_int_equal(rx->last_capture_ns, TS_CAPTURE_UNKNOWN);
	/* captured 5 ms before the report was written */
	ts_rtp_recv_sender_report(rx->recv, SSRC, ntp, rx->last_ts + 450, rx->now_ns);
	uint32_t ts = rx->last_ts;
	int64_t then_ns = rx->now_ns;
	rx->now_ns += 30 * TS_MS;
	put(rx, PT, SSRC, 3, "x", 1);
	int64_t since_ns = (int64_t)(int32_t)(rx->last_ts - ts) * TS_NS_PER_S / 90000;
	assert_true(llabs(rx->last_capture_ns - (then_ns - 5 * TS_MS + since_ns)) < 100000);
	put(rx, PT, SSRC + 1, 100, "x", 1);
	put(rx, PT, SSRC + 1, 101, "x", 1);
	assert_int_equal(rx->last_ssrc, SSRC + 1);
	assert_int_equal(rx->last_capture_ns, TS_CAPTURE_UNKNOWN);
	rx_destroy(rx);
}

/* Loss, reordering, doubles, restarts and RTX at random: order holds, nothing leaks, runs end. */
static void survives_nonsense(void **state)
{
	(void)state;
	uint32_t rng = 12345;
	struct rx *rx = rx_create(video(true));
	int64_t before = 0;
	uint16_t seq = 0;
	uint32_t ssrc = SSRC;
	for (int i = 0; i < 300000; i++) {
		uint32_t r = ts_test_random(&rng);
		seq++;
		if (r % 5000 == 0) seq = (uint16_t)(r >> 16);
		if (r % 7000 == 0) ssrc = r;
		rx->now_ns += (r >> 8) % (2 * TS_MS);
		uint8_t osn[3] = {(uint8_t)((seq - r % 64) >> 8), (uint8_t)(seq - r % 64), 1};
		if (r % 20 == 0) put(rx, RTX, RTX_SSRC, (uint16_t)i, osn, (r >> 12) % 4);
		if (r % 50 != 1)
			put(rx, PT, ssrc, (uint16_t)(seq - (r % 11 == 0 ? r % 700 : 0)), "x",
				r % 97 != 0);
		if (ts_rtp_recv_due_ns(rx->recv) <= rx->now_ns) {
			run(rx, NULL);
			assert_true(ts_rtp_recv_due_ns(rx->recv) > rx->now_ns);
		}
		if (rx->n) {
			assert_true(rx->last_ext >= before + rx->n); /* grows with each delivery */
			before = rx->last_ext;
		}
		rx->n = 0;
	}
	rx_destroy(rx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(video_in_order_flows_at_once_over_the_wrap),
		cmocka_unit_test(video_is_put_in_order),
		cmocka_unit_test(any_order_within_the_ring_comes_out_in_order),
		cmocka_unit_test(a_gap_is_asked_for_at_once_then_by_round_trip),
		cmocka_unit_test(a_gap_is_given_up_when_patience_ends),
		cmocka_unit_test(answers_that_take_longer_than_was_told_count),
		cmocka_unit_test(late_answers_count_too),
		cmocka_unit_test(a_keyframe_that_was_requested_waits_for_nothing),
		cmocka_unit_test(too_many_missing_are_given_up_at_once),
		cmocka_unit_test(what_is_not_wanted_is_not_asked_for),
		cmocka_unit_test(asks_again_at_most_every_20_ms),
		cmocka_unit_test(learns_the_round_trip_from_answers),
		cmocka_unit_test(learns_to_wait_where_the_network_reorders),
		cmocka_unit_test(padding_keeps_the_order_and_is_not_delivered),
		cmocka_unit_test(rtx_becomes_the_packet_it_repeats),
		cmocka_unit_test(holds_no_more_than_the_ring),
		cmocka_unit_test(a_stray_packet_moves_nothing_two_in_sequence_do),
		cmocka_unit_test(a_switch_forgets_what_was_missing),
		cmocka_unit_test(audio_flows_as_it_comes_each_once),
		cmocka_unit_test(audio_level_is_read),
		cmocka_unit_test(orientation_is_read),
		cmocka_unit_test(report_block_tells_loss_and_jitter),
		cmocka_unit_test(jitter_is_that_of_rfc_3550),
		cmocka_unit_test(audio_loss_is_counted_by_numbers),
		cmocka_unit_test(packets_say_when_they_were_captured),
		cmocka_unit_test(survives_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
