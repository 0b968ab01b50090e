/* Payloads of redundant audio: what is read of any bytes, what is written, and how much of a lossy
 * stream is repaired by them. */
#include "transport/rtp/red.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "transport/rtp/jitter.h"
#include "transport/rtp/recv.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- bytes */

static void reads_what_fits_and_nothing_else(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[40];
		size_t len;
		int err;
		size_t n;
		uint16_t offset;      /* of the first block */
		uint32_t first, last; /* lengths */
	} rows[] = {
		{"nothing", {0}, 0, TS_EBADMSG, 0, 0, 0, 0},
		{"one block of nothing", {111}, 1, 0, 1, 0, 0, 0},
		{"one block", {111, 1, 2, 3}, 4, 0, 1, 0, 3, 3},
		{"two", {0x80 | 111, 0x0f, 0x00, 2, 111, 8, 9, 1}, 8, 0, 2, 960, 2, 1},
		{"two, the first empty", {0x80 | 111, 0x0f, 0x00, 0, 111, 1}, 6, 0, 2, 960, 0, 1},
		{"two, the last empty", {0x80 | 111, 0x0f, 0x00, 1, 111, 1}, 6, 0, 2, 960, 1, 0},
		{"largest offset", {0x80 | 111, 0xff, 0xfc, 1, 111, 1}, 6, 0, 2, 16383, 1, 0},
		{"a byte too short", {0x80 | 111, 0x0f, 0x00, 2, 111, 8}, 6, TS_EBADMSG, 0, 0, 0,
			0},
		{"largest length", {0x80 | 111, 0x0f, 0x03, 0xff, 111, 8}, 6, TS_EBADMSG, 0, 0, 0,
			0},
		{"half a header", {0x80 | 111, 0x0f}, 2, TS_EBADMSG, 0, 0, 0, 0},
		{"no last header", {0x80 | 111, 0x0f, 0x00, 0}, 4, TS_EBADMSG, 0, 0, 0, 0},
		{"headers without end",
			{0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0,
				0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0, 111},
			37, TS_EBADMSG, 0, 0, 0, 0},
		{"eight blocks",
			{0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0, 0xef, 4, 0, 0,
				0xef, 4, 0, 0, 0xef, 4, 0, 0, 111, 7},
			30, 0, 8, 256, 0, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* of exactly that size, so that a sanitizer sees a read behind it */
		uint8_t *bytes = malloc(rows[i].len + 1);
		memcpy(bytes + 1, rows[i].bytes, rows[i].len);
		struct ts_red red;
		int err = ts_red_parse(&red, bytes + 1, rows[i].len);
		if (err != rows[i].err) print_error("%s\n", rows[i].name);
		assert_int_equal(err, rows[i].err);
		if (!err) {
			assert_int_equal(red.n, rows[i].n);
			assert_int_equal(red.block[0].offset, rows[i].offset);
			assert_int_equal(red.block[0].len, rows[i].first);
			assert_int_equal(red.block[red.n - 1].len, rows[i].last);
			assert_int_equal(red.block[red.n - 1].pt, 111);
		}
		ts_red_set_pt(bytes + 1, rows[i].len, 96); /* of anything: stays inside */
		free(bytes);
	}
}

static void what_is_written_is_read_again(void **state)
{
	static uint8_t data[1200];
	const struct ts_red red = {
		3, {{0, 1920, 40, data}, {0, 960, 1023, data + 40}, {0, 0, 70, data + 1063}}};
	uint8_t bytes[1400];
	struct ts_red again;
	(void)state;
	for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
	const size_t len = ts_red_bytes(&red);
	assert_int_equal(len, 9 + 40 + 1023 + 70);
	ts_red_write(bytes, &red);
	ts_red_set_pt(bytes, len, 109);
	assert_int_equal(ts_red_parse(&again, bytes, len), 0);
	assert_int_equal(again.n, red.n);
	for (size_t i = 0; i < red.n; i++) {
		assert_int_equal(again.block[i].pt, 109);
		assert_int_equal(again.block[i].offset, red.block[i].offset);
		assert_int_equal(again.block[i].len, red.block[i].len);
		assert_memory_equal(again.block[i].data, red.block[i].data, red.block[i].len);
	}
	const struct ts_red old = {2, {{0, 16384, 1, data}, {0, 0, 1, data}}};
	const struct ts_red large = {2, {{0, 960, 1024, data}, {0, 0, 1, data}}};
	assert_int_equal(ts_red_bytes(&old), 0);
	assert_int_equal(ts_red_bytes(&large), 0);
}

/* ---- a receiver */

enum { OPUS = 111, RED = 63, TICKS = 960, POOL = 256 };
#define TICK_NS (20 * TS_NS_PER_MS)

struct rx {
	struct ts_packet_pool *pool;
	struct ts_rtp_recv *recv;
	struct ts_jitter *jitter;
	int64_t now_ns;
	int got, restored;
	int64_t last[4]; /* sequence numbers, the latest first */
	uint8_t first_byte;
};

static void on_packet(void *arg, struct ts_packet *p)
{
	struct rx *rx = arg;
	assert_int_equal(p->codec, TS_CODEC_OPUS);
	assert_int_equal(p->pt, OPUS);
	assert_int_equal(p->timestamp_rtp, (uint32_t)p->seq * TICKS);
	rx->got++;
	rx->restored += p->restored;
	memmove(rx->last + 1, rx->last, 3 * sizeof rx->last[0]);
	rx->last[0] = p->seq;
	rx->first_byte = p->payload_len ? p->payload[0] : 0;
	if (rx->jitter)
		ts_jitter_push(rx->jitter, p);
	else
		ts_packet_unref(&p);
}

static struct rx *rx_create(void)
{
	struct rx *rx = calloc(1, sizeof *rx);
	struct ts_media_config m = {.mid = "0", .kind = TS_AUDIO, .n_pt = 2};
	const struct ts_rtp_recv_out out = {.packet = on_packet, .arg = rx};
	m.pt[0] = (struct ts_pt){OPUS, TS_CODEC_OPUS, -1, 48000};
	m.pt[1] = (struct ts_pt){RED, TS_CODEC_RED, OPUS, 48000};
	rx->now_ns = TS_NS_PER_S;
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	assert_int_equal(ts_packet_pool_create(&rx->pool, POOL), 0);
	assert_int_equal(ts_rtp_recv_create(&rx->recv, &m, 7, &out), 0);
	return rx;
}

static void rx_destroy(struct rx *rx)
{
	ts_rtp_recv_destroy(&rx->recv);
	ts_jitter_destroy(&rx->jitter);
	ts_packet_pool_close(&rx->pool);
	free(rx);
}

static void put(struct rx *rx, uint8_t pt, uint16_t seq, const uint8_t *payload, size_t len)
{
	struct ts_packet *p = ts_packet_get(rx->pool);
	assert_non_null(p);
	if (len) memcpy(p->data, payload, len);
	p->payload = p->data;
	p->len = p->payload_len = (uint32_t)len;
	p->pt = pt;
	p->ssrc = 1;
	p->seq = seq;
	p->ext_seq = seq;
	p->timestamp_rtp = (uint32_t)seq * TICKS;
	p->level = 255;
	p->arrival_ns = rx->now_ns;
	ts_rtp_recv_packet(rx->recv, p, rx->now_ns);
}

/* A packet whose frames are their number. */
static void put_red(struct rx *rx, uint16_t seq, unsigned depth, uint8_t block_pt)
{
	uint8_t frames[9], bytes[64];
	struct ts_red red = {depth + 1, {{0}}};
	for (unsigned i = 0; i <= depth; i++) {
		const unsigned back = depth - i;
		frames[i] = (uint8_t)(seq - back);
		red.block[i] = (struct ts_red_block){0, (uint16_t)(back * TICKS), 1, &frames[i]};
	}
	ts_red_write(bytes, &red);
	ts_red_set_pt(bytes, ts_red_bytes(&red), block_pt);
	put(rx, RED, seq, bytes, ts_red_bytes(&red));
}

static void a_lost_frame_comes_with_the_next_packet(void **state)
{
	struct rx *rx = rx_create();
	struct ts_media_stats stats = {0};
	(void)state;
	put_red(rx, 100, 2, OPUS); /* what was before the first is not asked after */
	assert_int_equal(rx->got, 1);
	put_red(rx, 101, 2, OPUS);
	assert_int_equal(rx->got, 2);
	put_red(rx, 104, 2, OPUS);
	assert_int_equal(rx->got, 5);
	assert_int_equal(rx->restored, 2);
	assert_int_equal(rx->last[0], 104);
	assert_int_equal(rx->last[1], 103);
	assert_int_equal(rx->last[2], 102);
	assert_int_equal(rx->first_byte, 104);
	assert_int_equal(ts_count_get(TS_C_RED_RESTORED), 2);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 0);
	/* a late original is one too many */
	put_red(rx, 103, 1, OPUS);
	assert_int_equal(rx->got, 5);
	assert_int_equal(ts_count_get(TS_C_DROP_DUPLICATE), 1);
	/* three in a row are more than two copies hold */
	put_red(rx, 108, 2, OPUS);
	assert_int_equal(rx->got, 8);
	ts_rtp_recv_stats(rx->recv, &stats);
	assert_int_equal(stats.lost, 1);
	/* plain packets of the same stream in between */
	put(rx, OPUS, 109, (const uint8_t[]){109}, 1);
	put_red(rx, 110, 1, OPUS);
	assert_int_equal(rx->got, 10);
	rx_destroy(rx);
}

static void blocks_that_cannot_be_meant_are_left_out(void **state)
{
	struct rx *rx = rx_create();
	(void)state;
	put_red(rx, 100, 1, OPUS);
	put_red(rx, 102, 1, RED); /* RED within RED */
	put_red(rx, 102, 1, 5);   /* of no codec */
	put(rx, RED, 103, (const uint8_t[]){0x80 | OPUS, 0, 0}, 3);
	assert_int_equal(rx->got, 1);
	assert_int_equal(ts_count_get(TS_C_DROP_PAYLOAD_BAD), 3);
	/* a copy that claims to be as new as the frame, and an empty one */
	put(rx, RED, 105, (const uint8_t[]){0x80 | OPUS, 0, 0, 1, OPUS, 1, 2}, 7);
	put(rx, RED, 107, (const uint8_t[]){0x80 | OPUS, 0x0f, 0, 0, OPUS, 2}, 6);
	assert_int_equal(rx->got, 3);
	assert_int_equal(rx->restored, 0);
	rx_destroy(rx);
}

/* ---- how much of a lossy stream is repaired */

struct network {
	double loss, burst_len;
	bool bad;
	uint64_t seed;
};

static double number(struct network *n)
{
	n->seed = n->seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(n->seed >> 11) / (double)(1ull << 53);
}

/* Gilbert: of all packets `loss` are lost, in runs of `burst_len` on average. */
static bool is_lost(struct network *n)
{
	const double leave = 1 / n->burst_len, enter = leave * n->loss / (1 - n->loss);
	n->bad = n->bad ? number(n) >= leave : number(n) < enter;
	return n->bad;
}

struct figures {
	double lost, concealed, waited, delay_ms;
};

static struct figures play(double loss, double burst_len, unsigned depth)
{
	enum { FRAMES = 15000, FIRST = 500 };
	struct rx *rx = rx_create();
	struct network network = {loss, burst_len, false, 42};
	int lost = 0, concealed = 0, waited = 0;
	double delay_ns = 0;
	assert_int_equal(ts_jitter_create(&rx->jitter, 48000), 0);
	for (int k = 0; k < FRAMES; k++) {
		rx->now_ns += TICK_NS;
		if (is_lost(&network))
			lost += k >= FIRST;
		else
			put_red(rx, (uint16_t)k, depth, OPUS);
		struct ts_packet *p;
		enum ts_jitter_verdict verdict;
		do {
			verdict = ts_jitter_pop(rx->jitter, &p, rx->now_ns + TS_NS_PER_MS);
			ts_packet_unref(&p);
		} while (verdict == TS_JITTER_SKIP);
		concealed += k >= FIRST && verdict == TS_JITTER_LOST;
		waited += k >= FIRST && verdict == TS_JITTER_WAIT;
		delay_ns += (double)ts_jitter_target_ns(rx->jitter);
	}
	rx_destroy(rx);
	const double n = FRAMES - FIRST;
	return (struct figures){lost / n, concealed / n, waited / n, delay_ns / FRAMES / 1e6};
}

static void losses_are_repaired_before_their_turn(void **state)
{
	static const struct {
		double loss, burst_len;
		unsigned depth;
		double most; /* of the frames made up */
	} rows[] = {
		{0.10, 1.11, 0, 0.13},
		{0.10, 1.11, 1, 0.02},
		{0.10, 1.11, 2, 0.005},
		{0.20, 2, 0, 0.25},
		{0.20, 2, 1, 0.13},
		{0.20, 2, 2, 0.08},
		{0.20, 1.25, 2, 0.02},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct figures f = play(rows[i].loss, rows[i].burst_len, rows[i].depth);
		print_message("%2.0f %% lost in runs of %.2f, %u copies: %.1f %% lost, made up "
			      "%.2f %%, waited %.2f %%, target %.0f ms\n",
			100 * rows[i].loss, rows[i].burst_len, rows[i].depth, 100 * f.lost,
			100 * f.concealed, 100 * f.waited, f.delay_ms);
		assert_true(f.lost > 0.8 * rows[i].loss);
		assert_true(f.concealed + f.waited <= rows[i].most);
		if (!rows[i].depth) assert_true(f.concealed + f.waited > 0.8 * rows[i].loss);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_fits_and_nothing_else),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_lost_frame_comes_with_the_next_packet),
		cmocka_unit_test(blocks_that_cannot_be_meant_are_left_out),
		cmocka_unit_test(losses_are_repaired_before_their_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
