#include "transport/rtp/send.h"

#include "base/media.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/hdrext.h"
#include "transport/rtp/red.h"
#include "transport/rtp/rtcp.h"

#include <stdlib.h>

enum { SSRC = 0x1111, RTX_SSRC = 0x2222, PT = 96, RTX_PT = 97, SENT_MAX = 4096 };

/* A wire that keeps what was sent, parsed. */
struct tx {
	struct ts_packet_pool *pool;
	struct ts_rtp_send *send;
	struct ts_wire wire;
	struct ts_packet *sent[SENT_MAX];
	int n;
	bool full, unprotected;
	/* [n_again] which of those that were protected went out once more */
	uint32_t n_protected, again[SENT_MAX];
	int n_again;
	uint8_t room[2048];
	size_t cap;
	int64_t now_ns;
	struct ts_media_config media;
	uint16_t number; /* transport-wide, of the next packet */
};

static uint8_t *reserve(void *arg, size_t cap)
{
	struct tx *tx = arg;
	tx->cap = cap;
	return tx->full ? NULL : tx->room;
}

static void keep_sent(struct tx *tx, size_t len)
{
	assert_true(len <= tx->cap);
	assert_true(tx->n < SENT_MAX);
	struct ts_packet *p = ts_packet_get(tx->pool);
	assert_non_null(p);
	memcpy(p->data, tx->room, len);
	p->len = (uint32_t)len;
	assert_int_equal(ts_rtp_parse(p), 0);
	tx->sent[tx->n++] = p;
}

/* "Protects" by four bytes at the end, which no packet has twice. */
static size_t commit_rtp(void *arg, size_t len, size_t number_at, int64_t now_ns)
{
	struct tx *tx = arg;
	assert_true(now_ns == tx->now_ns);
	if (number_at) {
		assert_in_range(number_at, 12 + 4, len - 2);
		tx->room[number_at] = (uint8_t)(tx->number >> 8);
		tx->room[number_at + 1] = (uint8_t)tx->number++;
	}
	keep_sent(tx, len);
	if (tx->unprotected) return 0;
	memcpy(tx->room + len, &tx->n_protected, sizeof(tx->n_protected));
	tx->n_protected++;
	return len + sizeof(tx->n_protected);
}

static void commit_again(void *arg, size_t len, int64_t now_ns)
{
	struct tx *tx = arg;
	assert_true(now_ns == tx->now_ns);
	uint32_t protected;
	memcpy(&protected, tx->room + len - sizeof(protected), sizeof(protected));
	assert_in_range(tx->n_again, 0, SENT_MAX - 1);
	tx->again[tx->n_again++] = protected;
	keep_sent(tx, len);
}

static void forget_sent(struct tx *tx)
{
	for (int i = 0; i < tx->n; i++) ts_packet_unref(&tx->sent[i]);
	tx->n = 0;
}

static struct ts_media_config video(void)
{
	return (struct ts_media_config){.mid = "1",
		.kind = TS_VIDEO,
		.ext = {.mid = 9, .abs_send_time = 3},
		.nack = true,
		.send = true,
		.send_pt = PT,
		.send_rtx_pt = RTX_PT,
		.send_codec = TS_CODEC_VP8,
		.send_ssrc = SSRC,
		.send_rtx_ssrc = RTX_SSRC};
}

static struct tx *tx_create(struct ts_media_config m)
{
	struct tx *tx = calloc(1, sizeof(*tx));
	assert_non_null(tx);
	tx->media = m;
	tx->now_ns = 5000 * TS_MS;
	tx->wire = (struct ts_wire){reserve, commit_rtp, NULL, commit_again, tx};
	assert_int_equal(ts_packet_pool_create(&tx->pool, SENT_MAX), 0);
	assert_int_equal(ts_rtp_send_create(&tx->send, &m, "cname"), 0);
	return tx;
}

static void tx_destroy(struct tx *tx)
{
	forget_sent(tx);
	ts_rtp_send_destroy(&tx->send);
	assert_null(tx->send);
	ts_packet_pool_close(&tx->pool);
	free(tx);
}

#define EPOCH_NS (3 * TS_NS_PER_S)

static struct ts_au *make_au(uint32_t n, uint32_t len, int64_t media_time, int64_t capture_ns)
{
	struct ts_au *au = ts_au_create(n, n * len);
	assert_non_null(au);
	for (uint32_t i = 0; i < n; i++)
		memset(ts_au_add(au, len), (int)(media_time + i) & 0xff, len);
	au->media_time = media_time;
	au->capture_ns = capture_ns;
	return au;
}

static void send_au(struct tx *tx, uint32_t n, uint32_t len, int64_t media_time)
{
	/* at the time that media_time says */
	const int64_t clock_hz = ts_codec_clock_hz(tx->media.send_codec);
	struct ts_au *au = make_au(n, len, media_time,
		EPOCH_NS + media_time * TS_NS_PER_S / (clock_hz ? clock_hz : 90000));
	ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
	ts_au_unref(&au);
}

static void nack(struct tx *tx, uint16_t pid, uint16_t blp)
{
	ts_rtp_send_nack(tx->send, pid, blp, &tx->wire, tx->now_ns);
}

static struct ts_hdrext exts(const struct tx *tx, const struct ts_packet *p)
{
	struct ts_hdrext e;
	uint16_t profile;
	struct ts_rd r = ts_rtp_ext(p, &profile);
	ts_hdrext_parse(&e, r, profile, &tx->media.ext);
	return e;
}

static void a_unit_becomes_numbered_packets(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	send_au(tx, 3, 1180, 1000);
	send_au(tx, 1, 50, 4000);
	assert_int_equal(tx->n, 4);
	uint16_t seq = tx->sent[0]->seq;
	uint32_t ts = tx->sent[0]->timestamp_rtp;
	for (int i = 0; i < 4; i++) {
		const struct ts_packet *p = tx->sent[i];
		assert_int_equal(p->pt, PT);
		assert_int_equal(p->ssrc, SSRC);
		assert_int_equal(p->seq, (uint16_t)(seq + i));
		assert_int_equal(p->timestamp_rtp, i < 3 ? ts : ts + 3000);
		assert_int_equal(p->marker, i >= 2); /* the last of each picture */
		assert_int_equal(p->payload_len, i < 3 ? 1180 : 50);
		assert_int_equal(p->payload[7], (uint8_t)(i < 3 ? 1000 + i : 4000));
		assert_true(exts(tx, p).has_abs_send_time);
		assert_int_equal(exts(tx, p).abs_send_time, ts_abs_send_time(tx->now_ns));
	}
	struct ts_media_stats stats = {0};
	ts_rtp_send_stats(tx->send, &stats);
	assert_int_equal(stats.packets_out, 4);
	assert_int_equal(stats.bytes_out, 3 * 1180 + 50);
	tx_destroy(tx);
}

/* The first of another encoder may be of the tick that was sent last, or of the one before. After
 * a long pause an earlier time is none: it has gone round. */
static void no_picture_has_the_time_of_another(void **state)
{
	(void)state;
	static const int64_t time[] = {9000, 12000, 12000, 9000, 12000, 15000, 15000 - 90000};
	static const int64_t rtp[] = {9000, 12000, 12001, 12002, 12003, 15000, 15000 - 90000};
	struct tx *tx = tx_create(video());
	for (int i = 0; i < 7; i++) {
		send_au(tx, 1, 50, time[i]);
		assert_int_equal(tx->sent[i]->timestamp_rtp,
			(uint32_t)(tx->sent[0]->timestamp_rtp + rtp[i] - rtp[0]));
	}
	nack(tx, tx->sent[2]->seq, 0);
	assert_int_equal(tx->n, 8);
	assert_int_equal(tx->sent[7]->timestamp_rtp, tx->sent[2]->timestamp_rtp);
	tx_destroy(tx);
}

/* Units of another room: their media_time counts from another epoch. */
static void timestamps_go_on_in_another_room(void **state)
{
	(void)state;
	static const struct {
		int64_t media_time, capture_ms, rtp;
	} rows[] = {
		{0, 0, 0}, {3000, 33, 3000},             /* within rounding */
		{900000, 66, 5970}, {903000, 100, 8970}, /* of the other */
		{6000, 133, 11940},                      /* and back */
	};
	struct tx *tx = tx_create(video());
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_au *au = make_au(
			1, 50, rows[i].media_time, EPOCH_NS + rows[i].capture_ms * TS_NS_PER_MS);
		ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
		ts_au_unref(&au);
		const uint32_t since = tx->sent[i]->timestamp_rtp - tx->sent[0]->timestamp_rtp;
		assert_true(since + 100 - (uint32_t)rows[i].rtp <= 200);
	}
	tx_destroy(tx);
}

static void audio_is_marked_where_talk_starts(void **state)
{
	(void)state;
	struct ts_media_config m = {.mid = "0",
		.kind = TS_AUDIO,
		.send = true,
		.send_pt = 111,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = SSRC};
	struct tx *tx = tx_create(m);
	for (int i = 0; i < 3; i++) {
		struct ts_au *au = make_au(1, 80, i * 960, tx->now_ns);
		au->talk_start = i == 1;
		ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
		assert_int_equal(au->refs.n, 1); /* no history without RTX */
		ts_au_unref(&au);
		assert_int_equal(tx->sent[i]->marker, i == 1);
		/* no extensions negotiated, none written */
		assert_int_equal(tx->sent[i]->len, 12 + 80);
	}
	tx_destroy(tx);
}

/* Once a second, behind the packets that bear mid, and only what is known. */
static void what_was_captured_when_is_told_once_a_second(void **state)
{
	(void)state;
	int stamped = 0;
	struct tx *tx = tx_create((struct ts_media_config){.mid = "0",
		.kind = TS_AUDIO,
		.ext = {.mid = 9, .abs_capture_time = 4},
		.send = true,
		.send_pt = 111,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = SSRC});
	for (int i = 0; i < 500; i++, tx->now_ns += 20 * TS_MS) {
		struct ts_au *au = make_au(1, 80, i * 960, tx->now_ns);
		int64_t origin_ns = tx->now_ns - 70 * TS_MS;
		au->origin_ns = i < 400 ? origin_ns : 0;
		ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
		ts_au_unref(&au);
		struct ts_hdrext e = exts(tx, tx->sent[0]);
		if (e.capture_ntp) {
			stamped++;
			assert_null(e.mid);
			assert_true(e.capture_ntp == ts_ntp_from_ns(origin_ns));
			assert_true(i > 100 && i < 400);
		}
		forget_sent(tx);
	}
	assert_in_range(stamped, 5, 6);
	tx_destroy(tx);
}

/* Its blocks get the peer's payload type; who takes no RED any more gets the frame alone. */
static void red_is_for_who_takes_it(void **state)
{
	static const uint8_t frames[] = {1, 2, 3, 4, 5};
	const struct ts_red red = {
		3, {{0, 1920, 1, frames}, {0, 960, 2, frames + 1}, {0, 0, 2, frames + 3}}};
	struct ts_media_config m = {.mid = "0",
		.kind = TS_AUDIO,
		.send = true,
		.send_pt = 109,
		.send_red_pt = 63,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = SSRC};
	struct tx *tx = tx_create(m);
	struct ts_au *au = ts_au_create(1, 64);
	struct ts_red got;
	(void)state;
	ts_red_write(ts_au_add(au, (uint32_t)ts_red_bytes(&red)), &red);
	au->red = true;
	for (int k = 0; k < 2; k++) {
		ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
		m.send_red_pt = 0;
		ts_rtp_send_update(tx->send, &m);
	}
	assert_int_equal(tx->n, 2);
	assert_int_equal(tx->sent[0]->pt, 63);
	assert_int_equal(ts_red_parse(&got, tx->sent[0]->payload, tx->sent[0]->payload_len), 0);
	assert_int_equal(got.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(got.block[i].pt, 109);
		assert_int_equal(got.block[i].len, red.block[i].len);
		assert_memory_equal(got.block[i].data, red.block[i].data, got.block[i].len);
	}
	assert_int_equal(tx->sent[1]->pt, 109);
	assert_int_equal(tx->sent[1]->payload_len, 2);
	assert_memory_equal(tx->sent[1]->payload, frames + 3, 2);
	assert_int_equal(tx->sent[1]->seq, (uint16_t)(tx->sent[0]->seq + 1));
	/* the unit itself, which is everybody's, is as it was */
	assert_int_equal(ts_au_bytes(au, 0)[0], 0x80);
	ts_au_unref(&au);
	tx_destroy(tx);
}

/* RFC 8866 6.4, 3551 4.2 */
static void maxptime_cuts_what_can_be_cut(void **state)
{
	(void)state;
	static const struct {
		enum ts_codec codec;
		uint16_t maxptime_ms;
		uint32_t len, n, first, last; /* packets and the sizes of the first and last */
	} rows[] = {
		{TS_CODEC_PCMU, 0, 160, 1, 160, 160},
		{TS_CODEC_PCMU, 10, 160, 2, 80, 80},
		{TS_CODEC_PCMA, 20, 160, 1, 160, 160},
		{TS_CODEC_PCMA, 15, 160, 2, 120, 40},
		{TS_CODEC_G722, 5, 160, 4, 40, 40},
		{TS_CODEC_G722, 1, 160, 20, 8, 8},
		/* a frame is a frame */
		{TS_CODEC_PCMU, 200, 160, 1, 160, 160},
		{TS_CODEC_OPUS, 10, 80, 1, 80, 80},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_media_config m = {.kind = TS_AUDIO,
			.send = true,
			.send_ssrc = SSRC,
			.send_codec = rows[i].codec,
			.maxptime_ms = rows[i].maxptime_ms};
		struct tx *tx = tx_create(m);
		send_au(tx, 1, rows[i].len, 1000);
		assert_int_equal(tx->n, rows[i].n);
		uint32_t at = 0;
		for (size_t k = 0; k < rows[i].n; k++) {
			assert_int_equal(
				tx->sent[k]->timestamp_rtp, tx->sent[0]->timestamp_rtp + at);
			assert_int_equal(tx->sent[k]->seq, (uint16_t)(tx->sent[0]->seq + k));
			at += (uint32_t)tx->sent[k]->payload_len;
		}
		assert_int_equal(tx->sent[0]->payload_len, rows[i].first);
		assert_int_equal(tx->sent[rows[i].n - 1]->payload_len, rows[i].last);
		assert_int_equal(at, rows[i].len);
		uint32_t began = tx->sent[0]->timestamp_rtp;
		forget_sent(tx);
		send_au(tx, 1, rows[i].len, 1160);
		assert_int_equal(tx->sent[0]->timestamp_rtp, began + 160);
		tx_destroy(tx);
	}
}

static void mid_is_sent_until_a_report_or_two_seconds(void **state)
{
	(void)state;
	for (int report = 0; report < 2; report++) {
		struct tx *tx = tx_create(video());
		for (int i = 0; i < 30; i++, tx->now_ns += 100 * TS_MS) {
			struct ts_rtcp_report other = {.ssrc = 0x77}, ours = {.ssrc = SSRC};
			if (report && i == 5) ts_rtp_send_report(tx->send, &other, tx->now_ns);
			if (report && i == 7) ts_rtp_send_report(tx->send, &ours, tx->now_ns);
			send_au(tx, 1, 10, i);
			struct ts_hdrext e = exts(tx, tx->sent[i]);
			assert_int_equal(e.mid_len, i <= (report ? 6 : 20) ? 1 : 0);
			assert_true(e.has_abs_send_time);
		}
		tx_destroy(tx);
	}
}

static void a_full_wire_loses_the_packet_and_its_number(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	send_au(tx, 1, 100, 1);
	tx->full = true;
	send_au(tx, 2, 100, 2);
	tx->full = false;
	send_au(tx, 1, 100, 3);
	assert_int_equal(tx->n, 2);
	uint16_t seq = tx->sent[0]->seq;
	assert_int_equal(tx->sent[1]->seq, (uint16_t)(seq + 3));
	nack(tx, (uint16_t)(seq + 1), 1); /* but they can still be had */
	assert_int_equal(tx->n, 4);
	assert_int_equal(tx->sent[2]->payload[2 + 5], 2);
	tx_destroy(tx);
}

static void a_nack_is_answered_on_the_rtx_stream(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	for (int i = 0; i < 10; i++) send_au(tx, 5, 100, i * 10);
	uint16_t first = tx->sent[0]->seq;
	nack(tx, (uint16_t)(first + 4),
		1 << 0 | 1 << 9); /* 4: last of unit 0; 5: first of unit 1; 14: last of unit 2 */
	assert_int_equal(tx->n, 53);
	static const int which[] = {4, 5, 14};
	for (int i = 0; i < 3; i++) {
		const struct ts_packet *p = tx->sent[50 + i], *original = tx->sent[which[i]];
		assert_int_equal(p->ssrc, RTX_SSRC);
		assert_int_equal(p->pt, RTX_PT);
		assert_int_equal(p->seq, (uint16_t)(tx->sent[50]->seq + i));
		assert_int_equal(p->timestamp_rtp, original->timestamp_rtp);
		assert_int_equal(p->marker, original->marker);
		assert_int_equal(p->payload_len, 2 + original->payload_len);
		assert_int_equal(p->payload[0] << 8 | p->payload[1], original->seq);
		assert_memory_equal(p->payload + 2, original->payload, original->payload_len);
		assert_int_equal(exts(tx, p).mid_len, 1);
	}
	assert_true(
		ts_rtp_send_owns_ssrc(tx->send, RTX_SSRC) && ts_rtp_send_owns_ssrc(tx->send, SSRC));
	assert_false(ts_rtp_send_owns_ssrc(tx->send, 0));
	tx_destroy(tx);
}

/* With RTX, and with NACK alone. */
static void what_is_before_a_keyframe_is_not_repaired(void **state)
{
	(void)state;
	for (int rtx = 0; rtx < 2; rtx++) {
		struct ts_media_config m = video();
		if (!rtx) m.send_rtx_pt = 0;
		struct tx *tx = tx_create(m);
		send_au(tx, 3, 100, 0);
		tx->now_ns += TS_MS;
		struct ts_au *key = make_au(3, 100, 3000, tx->now_ns);
		key->key = true;
		ts_rtp_send_part(tx->send, key, 0, 2, &tx->wire, tx->now_ns);
		int sent = tx->n;
		nack(tx, tx->sent[1]->seq, 1 << 0 | 1 << 1 | 1 << 2); /* 2 before it, 2 of it */
		assert_int_equal(tx->n, sent + 2);
		ts_au_unref(&key);
		tx_destroy(tx);
	}
}

/* One counter for all that the transport sends, RTX and padding as well. */
static void packets_have_transport_wide_numbers(void **state)
{
	(void)state;
	for (int negotiated = 0; negotiated < 2; negotiated++) {
		struct ts_media_config m = video();
		m.ext.twcc = 5;
		m.send_twcc = negotiated;
		struct tx *tx = tx_create(m);
		tx->number = 65534;
		send_au(tx, 3, 100, 0);
		nack(tx, tx->sent[1]->seq, 0);
		assert_true(ts_rtp_send_padding(tx->send, &tx->wire, tx->now_ns));
		assert_int_equal(tx->n, 5);
		for (int i = 0; i < tx->n; i++) {
			struct ts_hdrext e = exts(tx, tx->sent[i]);
			assert_int_equal(e.has_twcc, negotiated);
			if (negotiated) assert_int_equal(e.twcc, (uint16_t)(65534 + i));
			assert_true(e.has_abs_send_time);
		}
		tx_destroy(tx);
	}
}

static void a_unit_goes_out_in_parts(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	struct ts_au *au = make_au(5, 100, 3000, tx->now_ns);
	ts_rtp_send_part(tx->send, au, 0, 2, &tx->wire, tx->now_ns);
	tx->now_ns += 10 * TS_MS;
	ts_rtp_send_part(tx->send, au, 2, 3, &tx->wire, tx->now_ns);
	ts_rtp_send_part(tx->send, au, 4, 2, &tx->wire, tx->now_ns); /* not all there */
	assert_int_equal(tx->n, 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(tx->sent[i]->seq, (uint16_t)(tx->sent[0]->seq + i));
		assert_int_equal(tx->sent[i]->timestamp_rtp, tx->sent[0]->timestamp_rtp);
		assert_int_equal(tx->sent[i]->marker, i == 4);
	}
	/* when it went out, not when it began to */
	assert_true(exts(tx, tx->sent[4]).abs_send_time != exts(tx, tx->sent[0]).abs_send_time);
	nack(tx, tx->sent[3]->seq, 0);
	assert_int_equal(tx->n, 6);
	assert_int_equal(tx->sent[5]->payload[2], tx->sent[3]->payload[0]);
	ts_au_unref(&au);
	tx_destroy(tx);
}

/* As libwebrtc does it: packets of the last second again, and where there are none bytes of
 * nothing. */
static void padding_is_on_the_rtx_stream(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	send_au(tx, 20, 100, 0);
	for (int i = 0; i < 40; i++)
		assert_true(ts_rtp_send_padding(tx->send, &tx->wire, tx->now_ns));
	assert_int_equal(tx->n, 60);
	for (int i = 0; i < 40; i++) {
		const struct ts_packet *p = tx->sent[20 + i];
		uint16_t osn = (uint16_t)(p->payload[0] << 8 | p->payload[1]);
		int which = ts_seq_diff(osn, tx->sent[0]->seq);
		assert_int_equal(p->ssrc, RTX_SSRC);
		assert_int_equal(p->pt, RTX_PT);
		assert_int_equal(p->seq, (uint16_t)(tx->sent[20]->seq + i));
		assert_int_equal(which, 19 - i % 16);
		assert_memory_equal(p->payload + 2, tx->sent[which]->payload, 100);
	}
	tx->now_ns += 3000 * TS_MS; /* forgotten by now */
	assert_true(ts_rtp_send_padding(tx->send, &tx->wire, tx->now_ns));
	const struct ts_packet *p = tx->sent[60];
	assert_int_equal(p->ssrc, RTX_SSRC);
	assert_int_equal(p->payload_len, 0);
	assert_true(p->data[0] & 0x20);
	assert_int_equal(p->data[p->len - 1], 255);
	tx_destroy(tx);

	struct ts_media_config m = video();
	m.send_rtx_pt = 0;
	tx = tx_create(m);
	send_au(tx, 3, 100, 0);
	assert_false(ts_rtp_send_padding(tx->send, &tx->wire, tx->now_ns));
	assert_int_equal(tx->n, 3);
	tx_destroy(tx);
}

/* RFC 4585 alone: the very bytes, of what went out and is young enough. */
static void without_rtx_packets_are_repeated(void **state)
{
	(void)state;
	struct ts_media_config m = video();
	m.send_rtx_pt = 0;
	struct tx *tx = tx_create(m);
	for (int i = 0; i < 2; i++, tx->now_ns += 500 * TS_MS) send_au(tx, 5, 100, i * 3000);
	uint16_t first = tx->sent[0]->seq;
	nack(tx, (uint16_t)(first + 3), 1 << 1 | 1 << 8); /* 3, 5; 12 was never sent */
	assert_int_equal(tx->n_again, 2);
	assert_int_equal(tx->again[0], 3);
	assert_int_equal(tx->again[1], 5);
	for (int i = 0; i < 2; i++) {
		const struct ts_packet *p = tx->sent[10 + i], *original = tx->sent[tx->again[i]];
		assert_int_equal(p->len, original->len + 4);
		assert_memory_equal(p->data, original->data, original->len);
	}
	nack(tx, (uint16_t)(first + 3), 0); /* too soon */
	assert_int_equal(tx->n_again, 2);
	tx->now_ns += 10 * TS_MS;
	nack(tx, (uint16_t)(first + 3), 0);
	assert_int_equal(tx->n_again, 3);
	assert_int_equal(tx->n_protected, 10);

	struct ts_media_stats stats = {0};
	ts_rtp_send_stats(tx->send, &stats);
	assert_int_equal(stats.packets_out, 13);

	tx->now_ns += 1200 * TS_MS; /* 2.2 s and 1.7 s */
	nack(tx, (uint16_t)(first + 4), 1);
	assert_int_equal(tx->n_again, 4);
	assert_int_equal(tx->again[3], 5);
	assert_false(ts_rtp_send_owns_ssrc(tx->send, RTX_SSRC));
	tx_destroy(tx);
}

static void what_cannot_be_repeated(void **state)
{
	(void)state;
	struct ts_media_config m = video();
	m.send_rtx_pt = 0;
	struct tx *tx = tx_create(m);
	tx->full = true;
	send_au(tx, 1, 100, 0);
	tx->full = false;
	tx->unprotected = true;
	send_au(tx, 1, 100, 1);
	tx->unprotected = false;
	send_au(tx, 1, 100, 2);
	uint16_t first = (uint16_t)(tx->sent[1]->seq - 2);
	nack(tx, first, 1);
	assert_int_equal(tx->n_again, 0);
	nack(tx, (uint16_t)(first + 2), 0);
	assert_int_equal(tx->n_again, 1);
	for (int i = 0; i < 256; i++) send_au(tx, 1, 100, 3 + i); /* as many as are kept */
	tx->now_ns += 20 * TS_MS;
	nack(tx, (uint16_t)(first + 2), 1);
	assert_int_equal(tx->n_again, 2);
	assert_int_equal(tx->again[1], 1);
	/* other keys, or other payload types: what was sent before is nothing any more */
	ts_rtp_send_update(tx->send, &m);
	tx->now_ns += 20 * TS_MS;
	nack(tx, (uint16_t)(first + 3), 0xffff);
	assert_int_equal(tx->n_again, 2);
	tx_destroy(tx);

	m.nack = false;
	tx = tx_create(m);
	send_au(tx, 5, 100, 0);
	nack(tx, tx->sent[0]->seq, 0xffff);
	assert_int_equal(tx->n, 5);
	tx_destroy(tx);
}

/* Each packet of the last 256. */
static void repeats_find_each_packet_over_the_wrap(void **state)
{
	(void)state;
	uint32_t rng = 7;
	struct ts_media_config m = video();
	m.send_rtx_pt = 0;
	struct tx *tx = tx_create(m);
	for (int round = 0; round < 300; round++) {
		uint32_t protected = tx->n_protected;
		while (tx->n < 256) send_au(tx, 1, 8, round);
		tx->now_ns += 600 * TS_MS;
		uint32_t which = ts_test_random(&rng) % 256;
		tx->n_again = 0;
		nack(tx, tx->sent[which]->seq, 0);
		assert_int_equal(tx->n_again, 1);
		assert_int_equal(tx->again[0], protected + which);
		forget_sent(tx);
	}
	tx_destroy(tx);
}

static void numbers_never_sent_or_forgotten_are_not_resent(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	nack(tx, 5, 0xffff);
	send_au(tx, 3, 100, 0);
	uint16_t first = tx->sent[0]->seq;
	int n = tx->n;
	nack(tx, (uint16_t)(first - 1), 0);
	nack(tx, (uint16_t)(first + 3), 0xffff);
	nack(tx, (uint16_t)(first + 30000), 0xffff);
	assert_int_equal(tx->n, n);
	tx->now_ns += 1900 * TS_MS;
	send_au(tx, 1, 100, 1);
	nack(tx, first, 0);
	assert_int_equal(tx->n, n + 2);
	tx->now_ns += 200 * TS_MS; /* 2.1 s old now */
	nack(tx, (uint16_t)(first + 1), 0);
	assert_int_equal(tx->n, n + 2);
	nack(tx, (uint16_t)(first + 3), 0);
	assert_int_equal(tx->n, n + 3);
	tx_destroy(tx);
}

/* Every number of the last 2048 packets, and only those, over the wrap of sequence numbers. */
static void history_finds_each_packet_over_the_wrap(void **state)
{
	(void)state;
	uint32_t rng = 3;
	struct tx *tx = tx_create(video());
	for (int round = 0; round < 40; round++) {
		int first_of_round = tx->n;
		assert_int_equal(first_of_round, 0);
		while (tx->n < 1900)
			send_au(tx, 1 + ts_test_random(&rng) % 30, 8, round * 1000 + tx->n);
		for (int k = 0; k < 60; k++) {
			tx->now_ns += 600 * TS_MS / 60; /* fill up what may be resent */
			const struct ts_packet *original = tx->sent[ts_test_random(&rng) % 1900];
			int n = tx->n;
			nack(tx, original->seq, 0);
			assert_int_equal(tx->n, n + 1);
			assert_memory_equal(
				tx->sent[n]->payload + 2, original->payload, original->payload_len);
			assert_int_equal(tx->sent[n]->timestamp_rtp, original->timestamp_rtp);
		}
		forget_sent(tx);
	}
	tx_destroy(tx);
}

static void history_drops_its_references(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	struct ts_au *au = make_au(1, 10, 0, tx->now_ns);
	ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
	assert_int_equal(au->refs.n, 2);
	for (int i = 0; i < 255; i++) send_au(tx, 1, 10, i);
	assert_int_equal(au->refs.n, 2);
	send_au(tx, 1, 10, 256); /* the unit ring is full */
	assert_int_equal(au->refs.n, 1);
	ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
	assert_int_equal(au->refs.n, 2);
	uint8_t buf[200];
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	tx->now_ns += 2001 * TS_MS;
	/* lets old history go when nothing is sent */
	assert_true(ts_rtp_send_sr(tx->send, &w, NULL, 0, tx->now_ns));
	assert_int_equal(au->refs.n, 1);
	ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
	tx_destroy(tx);
	assert_int_equal(au->refs.n, 1);
	ts_au_unref(&au);
}

static void resends_are_limited(void **state)
{
	(void)state;
	struct tx *tx = tx_create(video());
	for (int i = 0; i < 10; i++) send_au(tx, 100, 1000, i);
	uint16_t first = tx->sent[0]->seq;
	int n = tx->n;
	/* one packet asked for all the time: once in 10 ms, the least round trip */
	for (int i = 0; i < 50; i++, tx->now_ns += TS_MS) nack(tx, first, 0);
	assert_int_equal(tx->n - n, 5);
	struct ts_rtcp_report report = {.ssrc = SSRC, .fraction_lost = 64};
	report.lsr = (uint32_t)(ts_ntp_from_ns(tx->now_ns) >> 16) - 65536 / 10; /* 100 ms */
	ts_rtp_send_report(tx->send, &report, tx->now_ns);
	assert_in_range(ts_rtp_send_rtt_ns(tx->send), 99 * TS_MS, 101 * TS_MS);
	n = tx->n;
	/* half of the round trip: jitter may bring a second honest request that near */
	for (int i = 0; i < 300; i++, tx->now_ns += TS_MS) nack(tx, first, 0);
	assert_int_equal(tx->n - n, 6);
	/* all of them: no more than the burst, and then half of what is sent */
	n = tx->n;
	for (int i = 0; i < 1000; i += 17) nack(tx, (uint16_t)(first + i), 0xffff);
	assert_in_range(tx->n - n, 50, 66);
	for (int i = 0; i < 4; i++) send_au(tx, 10, 1000, 100 + i);
	n = tx->n;
	for (int i = 0; i < 1000; i += 17) nack(tx, (uint16_t)(first + i), 0xffff);
	assert_in_range(tx->n - n, 18, 21);
	struct ts_media_stats stats = {0};
	ts_rtp_send_stats(tx->send, &stats);
	assert_in_range(stats.rtt_us, 99000, 101000);
	tx_destroy(tx);
}

static void sender_report_ties_rtp_time_to_the_clock(void **state)
{
	(void)state;
	uint8_t buf[300];
	struct tx *tx = tx_create(video());
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	assert_false(ts_rtp_send_sr(tx->send, &w, NULL, 0, tx->now_ns));
	assert_int_equal(ts_wr_len(&w), 0);
	tx->now_ns += 3 * 24 * 3600 * TS_NS_PER_S;
	/* captured 30 ms before */
	struct ts_au *au = make_au(3, 100, 90000LL * 1000000, tx->now_ns - 30 * TS_MS);
	ts_rtp_send_au(tx->send, au, &tx->wire, tx->now_ns);
	ts_au_unref(&au);
	tx->now_ns += 70 * TS_MS;
	struct ts_rtcp_report about = {.ssrc = 0x77, .lost = 3};
	assert_true(ts_rtp_send_sr(tx->send, &w, &about, 1, tx->now_ns));
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	assert_int_equal(ts_rtcp_begin(&it, buf, ts_wr_len(&w)), 0);
	assert_true(ts_rtcp_next(&it, &item) && item.type == TS_RTCP_SR);
	assert_int_equal(item.sender_ssrc, SSRC);
	assert_int_equal(item.sr.packets, 3);
	assert_int_equal(item.sr.bytes, 300);
	assert_true(item.sr.ntp == ts_ntp_from_ns(tx->now_ns));
	/* 100 ms later */
	assert_int_equal(item.sr.timestamp_rtp, (uint32_t)(tx->sent[0]->timestamp_rtp + 9000));
	assert_true(
		ts_rtcp_next(&it, &item) && item.type == TS_RTCP_REPORT && item.report.lost == 3);
	assert_true(ts_rtcp_next(&it, &item) && item.type == TS_RTCP_CNAME && item.cname.len == 5);
	assert_false(ts_rtcp_next(&it, &item));
	tx->now_ns += 11 * TS_NS_PER_S; /* it sends no more */
	w = ts_wr(buf, sizeof(buf));
	assert_false(ts_rtp_send_sr(tx->send, &w, NULL, 0, tx->now_ns));
	tx_destroy(tx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_unit_becomes_numbered_packets),
		cmocka_unit_test(no_picture_has_the_time_of_another),
		cmocka_unit_test(timestamps_go_on_in_another_room),
		cmocka_unit_test(audio_is_marked_where_talk_starts),
		cmocka_unit_test(what_was_captured_when_is_told_once_a_second),
		cmocka_unit_test(red_is_for_who_takes_it),
		cmocka_unit_test(maxptime_cuts_what_can_be_cut),
		cmocka_unit_test(mid_is_sent_until_a_report_or_two_seconds),
		cmocka_unit_test(a_full_wire_loses_the_packet_and_its_number),
		cmocka_unit_test(a_nack_is_answered_on_the_rtx_stream),
		cmocka_unit_test(what_is_before_a_keyframe_is_not_repaired),
		cmocka_unit_test(packets_have_transport_wide_numbers),
		cmocka_unit_test(a_unit_goes_out_in_parts),
		cmocka_unit_test(padding_is_on_the_rtx_stream),
		cmocka_unit_test(without_rtx_packets_are_repeated),
		cmocka_unit_test(what_cannot_be_repeated),
		cmocka_unit_test(repeats_find_each_packet_over_the_wrap),
		cmocka_unit_test(numbers_never_sent_or_forgotten_are_not_resent),
		cmocka_unit_test(history_finds_each_packet_over_the_wrap),
		cmocka_unit_test(history_drops_its_references),
		cmocka_unit_test(resends_are_limited),
		cmocka_unit_test(sender_report_ties_rtp_time_to_the_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
