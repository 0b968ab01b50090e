/* What the sender of the packets reads from our feedback, by a reader of its own. */
#include "base/clock.h"
#include "transport/rtp/twcc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NEVER = -1, UNTOLD = -2 };

struct reader {
	int64_t arrival_us[65536]; /* as told last; NEVER: told as missing */
	int feedbacks, count;
};

static uint32_t be(const uint8_t *p, int n)
{
	uint32_t v = 0;
	while (n--) v = v << 8 | *p++;
	return v;
}

static void reader_init(struct reader *r)
{
	for (int i = 0; i < 65536; i++) r->arrival_us[i] = UNTOLD;
	r->feedbacks = 0;
	r->count = -1;
}

static void read_feedback(struct reader *r, const uint8_t *data, size_t len)
{
	static uint8_t status[70000];
	assert_int_equal(data[0], 0x8f);
	assert_int_equal(data[1], 205);
	assert_int_equal((be(data + 2, 2) + 1) * 4, len);
	assert_int_equal(be(data + 4, 4), 11);
	assert_int_equal(be(data + 8, 4), 22);
	uint16_t base = (uint16_t)be(data + 12, 2);
	size_t n = be(data + 14, 2), have = 0;
	int64_t at_us = (int64_t)be(data + 16, 3) * 64000;
	if (r->count >= 0) assert_int_equal(data[19], (r->count + 1) & 255);
	r->count = data[19];
	const uint8_t *p = data + 20, *end = data + len;
	while (have < n) {
		assert_true(p + 2 <= end);
		uint32_t chunk = be(p, 2);
		p += 2;
		if (!(chunk >> 15)) {
			assert_true((chunk & 0x1fff) > 0);
			for (uint32_t i = 0; i < (chunk & 0x1fff); i++)
				status[have++] = (uint8_t)(chunk >> 13 & 3);
		} else if (chunk >> 14 & 1) {
			for (int i = 6; i >= 0; i--) status[have++] = (uint8_t)(chunk >> 2 * i & 3);
		} else {
			for (int i = 13; i >= 0; i--) status[have++] = (uint8_t)(chunk >> i & 1);
		}
	}
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		int64_t *to = &r->arrival_us[(uint16_t)(base + i)];
		assert_true(status[i] < 3);
		any |= status[i] != 0;
		if (status[i] == 0) *to = NEVER;
		if (status[i] == 1) at_us += 250 * (int64_t)*p++;
		if (status[i] == 2) at_us += 250 * (int64_t)(int16_t)be(p, 2), p += 2;
		if (status[i]) *to = at_us;
		assert_true(p <= end);
	}
	assert_true(any);
	assert_true(end - p < 4);
	r->feedbacks++;
}

static void write_all(struct ts_twcc *t, struct reader *r, int64_t now_ns)
{
	while (t->due_ns <= now_ns) {
		uint8_t buf[TS_TWCC_BYTES_MAX];
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		ts_twcc_write(t, &w, 11, 22, now_ns);
		assert_false(w.bad);
		if (ts_wr_len(&w)) read_feedback(r, buf, ts_wr_len(&w));
	}
}

static int64_t error_us(const struct reader *r, uint16_t seq, int64_t arrival_ns)
{
	return llabs(r->arrival_us[seq] - arrival_ns / TS_NS_PER_US);
}

static void tells_arrivals_and_losses(void **state)
{
	static struct ts_twcc t;
	static struct reader r;
	int64_t start = 5000 * TS_NS_PER_S, now = start;
	(void)state;
	ts_twcc_init(&t);
	reader_init(&r);
	assert_int_equal(t.due_ns, INT64_MAX);
	uint16_t seq = 65500; /* wraps */
	for (int i = 0; i < 2000;
		i++, seq++, now += 3 * TS_NS_PER_MS + i % 7 * 130 * TS_NS_PER_US) {
		if (i % 10 != 3 && i % 50 > 4) ts_twcc_packet(&t, seq, now);
		write_all(&t, &r, now);
	}
	write_all(&t, &r, now + TS_NS_PER_S);
	seq = 65500, now = start;
	int lost = 0;
	for (int i = 0; i < 2000;
		i++, seq++, now += 3 * TS_NS_PER_MS + i % 7 * 130 * TS_NS_PER_US) {
		bool came = i % 10 != 3 && i % 50 > 4;
		if (i < 5) continue; /* before the first that came */
		if (came && error_us(&r, seq, now) > 250)
			fail_msg("packet %d: %lld us off", i, (long long)error_us(&r, seq, now));
		if (!came && r.arrival_us[seq] != NEVER)
			fail_msg("packet %d is told to have come", i);
		lost += !came;
	}
	assert_true(lost > 300);
	assert_in_range(r.feedbacks, 60, 120); /* 50 ms at first, then 100 */
}

static void tells_late_ones_again(void **state)
{
	static struct ts_twcc t;
	static struct reader r;
	int64_t now = 1000 * TS_NS_PER_S;
	(void)state;
	ts_twcc_init(&t);
	reader_init(&r);
	ts_twcc_packet(&t, 10, now);
	ts_twcc_packet(&t, 12, now + 1);
	write_all(&t, &r, now + 60 * TS_NS_PER_MS);
	assert_int_equal(r.arrival_us[11], NEVER);
	ts_twcc_packet(&t, 11, now + 70 * TS_NS_PER_MS);
	ts_twcc_packet(&t, 11, now + 80 * TS_NS_PER_MS); /* a double */
	ts_twcc_packet(&t, 13, now + 75 * TS_NS_PER_MS);
	write_all(&t, &r, now + 200 * TS_NS_PER_MS);
	assert_true(error_us(&r, 11, now + 70 * TS_NS_PER_MS) <= 250);
	assert_true(error_us(&r, 12, now) <= 250); /* before its predecessor: a negative step */
	assert_true(error_us(&r, 13, now + 75 * TS_NS_PER_MS) <= 250);
	assert_int_equal(t.due_ns, INT64_MAX);
}

static void long_pauses_and_holes(void **state)
{
	static struct ts_twcc t;
	static struct reader r;
	int64_t now = 1000 * TS_NS_PER_S;
	(void)state;
	ts_twcc_init(&t);
	reader_init(&r);
	ts_twcc_packet(&t, 1, now);
	ts_twcc_packet(&t, 2, now + 20 * TS_NS_PER_S); /* further than a step reaches */
	write_all(&t, &r, now + 21 * TS_NS_PER_S);
	assert_int_equal(r.feedbacks, 2);
	assert_true(error_us(&r, 2, now + 20 * TS_NS_PER_S) <= 250);
	now += 30 * TS_NS_PER_S;
	ts_twcc_packet(&t, 900, now); /* 897 lost */
	write_all(&t, &r, now + TS_NS_PER_S);
	assert_true(error_us(&r, 900, now) <= 250);
	ts_twcc_packet(&t, 30000, now); /* another beginning */
	write_all(&t, &r, now + 2 * TS_NS_PER_S);
	assert_true(error_us(&r, 30000, now) <= 250);
	for (int i = 1; i < 1500; i++) /* a burst */
		ts_twcc_packet(&t, (uint16_t)(30000 + i), now + i * TS_NS_PER_MS / 10);
	write_all(&t, &r, now + 3 * TS_NS_PER_S);
	assert_true(error_us(&r, 31499, now + 1499 * TS_NS_PER_MS / 10) <= 250);
	assert_true(error_us(&r, 30600, now + 600 * TS_NS_PER_MS / 10) <= 250);
}

/* Whatever numbers a peer makes up. */
static void any_numbers(void **state)
{
	static struct ts_twcc t;
	static struct reader r;
	int64_t now = 1000 * TS_NS_PER_S;
	uint32_t x = 1;
	(void)state;
	ts_twcc_init(&t);
	reader_init(&r);
	for (int i = 0; i < 300000; i++) {
		x = x * 1664525u + 1013904223u;
		uint16_t seq = (uint16_t)(x >> 30 ? (x >> 8) & 0x7ff : x >> 8);
		now += (x >> 20 & 0xfff) * TS_NS_PER_US * (x >> 29 == 7 ? 10000 : 1);
		ts_twcc_packet(&t, seq, now);
		if (!(x & 0x700)) write_all(&t, &r, now);
	}
	assert_true(r.feedbacks > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_arrivals_and_losses),
		cmocka_unit_test(tells_late_ones_again),
		cmocka_unit_test(long_pauses_and_holes),
		cmocka_unit_test(any_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
