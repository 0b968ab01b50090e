/* A sequence of decrypted RTP packets, each as { length:8, time since the last in ms:8, bytes },
 * through parser and receiver, audio also through the jitter buffer. The first byte of the input
 * chooses: bit 0 video, bit 1 NACK. */
#include "base/clock.h"
#include "base/media.h"
#include "transport/rtp/jitter.h"
#include "transport/rtp/recv.h"
#include "transport/rtp/rtp.h"
#include "transport/rtp/timeline.h"
#include <stdlib.h>

enum { POOL = 800 };

struct sink {
	struct ts_jitter *jitter;
	struct ts_peer_clock clock;
	int64_t ext_seq;
	bool video;
};

static void on_packet(void *arg, struct ts_packet *p)
{
	struct sink *sink = arg;
	if (p->payload < p->data || p->payload + p->payload_len > p->data + p->len) abort();
	if (sink->video && (p->payload_len == 0 || p->ext_seq <= sink->ext_seq)) abort();
	sink->ext_seq = p->ext_seq;
	if (sink->video)
		ts_packet_unref(&p);
	else
		ts_jitter_push(sink->jitter, p);
}

static void pop_all(struct ts_jitter *jitter, int64_t now_ns)
{
	struct ts_packet *p = NULL;
	enum ts_jitter_verdict v;
	int skips = 0;
	do {
		v = ts_jitter_pop(jitter, &p, now_ns);
		if ((v == TS_JITTER_PLAY || v == TS_JITTER_SKIP) != (p != NULL) &&
			v != TS_JITTER_LOST)
			abort();
		if (p) ts_packet_unref(&p);
		if (++skips > 200) abort();
	} while (v == TS_JITTER_SKIP);
}

static struct ts_rtp_recv *make_receiver(uint8_t kind, struct sink *sink)
{
	struct ts_media_config media = {.mid = "1",
		.kind = kind & 1 ? TS_VIDEO : TS_AUDIO,
		.nack = kind & 2,
		.n_pt = 2,
		.ext = {.audio_level = 1}};
	media.pt[0] = (struct ts_pt){.pt = 96,
		.codec = kind & 1 ? TS_CODEC_VP8 : TS_CODEC_OPUS,
		.apt = -1,
		.clock_hz = kind & 1 ? 90000 : 48000};
	media.pt[1] = (struct ts_pt){
		.pt = 97, .codec = media.pt[0].codec, .apt = 96, .clock_hz = media.pt[0].clock_hz};
	if (!(kind & 3)) media.pt[1].codec = TS_CODEC_RED;
	struct ts_rtp_recv_out out = {.packet = on_packet, .arg = sink, .clock = &sink->clock};
	struct ts_rtp_recv *recv;
	if (ts_rtp_recv_create(&recv, &media, 1, &out)) abort();
	return recv;
}

static void run(struct ts_rtp_recv *recv, int64_t now_ns)
{
	uint8_t rtcp[600];
	struct ts_wr w = ts_wr(rtcp, sizeof(rtcp));
	if (ts_rtp_recv_due_ns(recv) > now_ns) return;
	ts_rtp_recv_run(recv, &w, now_ns);
	if (w.bad || ts_rtp_recv_due_ns(recv) <= now_ns) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1) return 0;
	struct ts_packet_pool *pool;
	struct sink sink = {.video = data[0] & 1};
	if (ts_packet_pool_create(&pool, POOL) || ts_jitter_create(&sink.jitter, 48000)) abort();
	struct ts_rtp_recv *recv = make_receiver(data[0], &sink);
	int64_t now_ns = TS_NS_PER_S;

	struct ts_rd r = ts_rd(data + 1, len - 1);
	while (ts_rd_left(&r) > 2) {
		size_t n = ts_rd_u8(&r);
		now_ns += ts_rd_u8(&r) * TS_NS_PER_MS;
		if (n > ts_rd_left(&r)) n = ts_rd_left(&r);
		struct ts_packet *p = ts_packet_get(pool);
		if (!p) abort(); /* receiver and jitter buffer hold more than they may */
		memcpy(p->data, ts_rd_bytes(&r, n), n);
		p->len = (uint32_t)n;
		p->arrival_ns = now_ns;
		if (ts_rtp_parse(p))
			ts_packet_unref(&p);
		else
			ts_rtp_recv_packet(recv, p, now_ns);
		if (n >= 16)
			ts_rtp_recv_sender_report(recv, ts_rtp_recv_ssrc(recv),
				(uint64_t)n << 56 | n, (uint32_t)now_ns, now_ns);
		run(recv, now_ns);
		if (!sink.video) pop_all(sink.jitter, now_ns);
	}
	ts_rtp_recv_destroy(&recv);
	ts_jitter_destroy(&sink.jitter);
	ts_packet_pool_close(&pool);
	return 0;
}
