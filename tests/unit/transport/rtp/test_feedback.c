#include "base/error.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/feedback.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/twcc.h"

#define REFERENCE_NS (64 * TS_MS)
#define STEP_NS (250 * TS_NS_PER_US)

static int begin(struct ts_feedback *f, const char *bytes, size_t len)
{
	return ts_feedback_begin(f, ts_rd(bytes, len));
}

static void expect(struct ts_feedback *f, uint16_t number, bool came, int64_t steps)
{
	struct ts_feedback_status s;
	assert_true(ts_feedback_next(f, &s));
	assert_int_equal(s.number, number);
	assert_int_equal(s.came, came);
	if (came) assert_true(s.at_ns == steps * STEP_NS);
}

static void end(struct ts_feedback *f)
{
	struct ts_feedback_status s;
	assert_false(ts_feedback_next(f, &s));
	assert_false(f->steps.bad);
}

/* The draft's three kinds of chunk in one message. */
static void reads_every_kind_of_chunk(void **state)
{
	(void)state;
	struct ts_feedback f;
	static const char data[] = "\xff\xfe\x00\x13\x00\x00\x02\x05" /* 65534, 19 statuses */
				   "\x20\x02"                         /* a run of two that came */
				   "\x00\x03"                         /* a run of three missing */
				   "\x00\x00"                         /* an empty run: nothing */
				   "\xd9\x00"                         /* two bits: 1 2 1 0 0 0 0 */
				   "\xa0\x05" /* one bit: 1 0 0 0 0 0 0 and seven too many */
				   "\x00\x04\x08\xff\xfe\x0c\x10"
				   "\x00";
	assert_int_equal(begin(&f, data, sizeof(data) - 1), 0);
	assert_int_equal(f.reference, 2);
	expect(&f, 65534, true, 0);
	expect(&f, 65535, true, 4);
	for (uint16_t i = 0; i < 3; i++) expect(&f, i, false, 0);
	expect(&f, 3, true, 12);
	expect(&f, 4, true, 10); /* two back */
	expect(&f, 5, true, 22);
	for (uint16_t i = 6; i < 10; i++) expect(&f, i, false, 0);
	expect(&f, 10, true, 38);
	for (uint16_t i = 11; i < 17; i++) expect(&f, i, false, 0);
	end(&f);
}

static void refuses_what_is_not_whole(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data;
		size_t len;
	} rows[] = {
		{"empty", "", 0},
		{"head cut", "\x00\x01\x00\x01\x00\x00\x01", 7},
		{"no chunk", "\x00\x01\x00\x01\x00\x00\x01\x00", 8},
		{"chunk cut", "\x00\x01\x00\x01\x00\x00\x01\x00\x20", 9},
		{"fewer statuses than it says",
			"\x00\x01\x00\x08\x00\x00\x01\x00\x20\x07\x00\x00\x00\x00\x00\x00\x00", 17},
		{"no step", "\x00\x01\x00\x01\x00\x00\x01\x00\x20\x01", 10},
		{"half of a long step", "\x00\x01\x00\x01\x00\x00\x01\x00\x40\x01\x00", 11},
		{"reserved status in a run",
			"\x00\x01\x00\x01\x00\x00\x01\x00\x60\x01\x00\x00\x00\x00", 14},
		{"reserved status in a vector",
			"\x00\x01\x00\x02\x00\x00\x01\x00\xdc\x00\x00\x00\x00\x00", 14},
		{"empty runs without end",
			"\x00\x01\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", 16},
		{"too many",
			"\x00\x01\xff\xff\x00\x00\x01\x00\x1f\xff\x1f\xff\x1f\xff\x1f\xff"
			"\x1f\xff\x1f\xff\x1f\xff\x1f\xff\x1f\xff",
			26},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_feedback f;
		if (begin(&f, rows[i].data, rows[i].len) != TS_EBADMSG)
			fail_msg("%s", rows[i].name);
	}
}

static void of_nothing_there_is_nothing(void **state)
{
	(void)state;
	struct ts_feedback f;
	assert_int_equal(begin(&f, "\x00\x01\x00\x00\x00\x00\x01\x00", 8), 0);
	end(&f);
}

/* What twcc.c writes is read as it was. */
static void reads_our_own(void **state)
{
	(void)state;
	static struct ts_twcc t;
	static int64_t told_ns[65536], came_ns[65536];
	struct ts_feedback_clock clock = {0};
	uint32_t rng = 5;
	int64_t now_ns = 7000 * TS_NS_PER_S;
	uint16_t seq = 65000;
	size_t n = 0, lost = 0;
	ts_twcc_init(&t);
	memset(told_ns, 0, sizeof(told_ns));
	for (int i = 0; i < 6000; i++, seq++) {
		uint32_t r = ts_test_random(&rng);
		now_ns += r % 5000 * TS_NS_PER_US + (r % 500 == 0 ? 3 * TS_NS_PER_S : 0);
		came_ns[seq] = r % 7 ? now_ns : 0;
		if (came_ns[seq]) ts_twcc_packet(&t, seq, now_ns);
		while (t.due_ns <= now_ns) {
			uint8_t buf[TS_TWCC_BYTES_MAX];
			struct ts_wr w = ts_wr(buf, sizeof(buf));
			struct ts_rtcp_iter it;
			struct ts_rtcp_item item;
			struct ts_feedback f;
			struct ts_feedback_status s;
			ts_twcc_write(&t, &w, 1, 2, now_ns);
			if (!ts_wr_len(&w)) continue;
			assert_int_equal(ts_rtcp_begin(&it, buf, ts_wr_len(&w)), 0);
			assert_true(ts_rtcp_next(&it, &item));
			assert_int_equal(item.type, TS_RTCP_FEEDBACK);
			assert_int_equal(ts_feedback_begin(&f, item.fci), 0);
			int64_t start_ns = ts_feedback_start_ns(&clock, &f);
			while (ts_feedback_next(&f, &s)) {
				assert_int_equal(s.came, came_ns[s.number] != 0);
				lost += !s.came;
				n += s.came;
				int64_t off = start_ns + s.at_ns - came_ns[s.number];
				if (s.came && (off > 0 || off <= -STEP_NS))
					fail_msg("%u: %lld ns off", s.number, (long long)off);
			}
		}
	}
	assert_in_range(n, 4900, 6000);
	assert_in_range(lost, 500, 1200);
}

static int64_t reference(struct ts_feedback_clock *clock, uint32_t of_24_bits)
{
	struct ts_feedback f = {.reference = of_24_bits & 0xffffff};
	return ts_feedback_start_ns(clock, &f);
}

static void reference_times_go_on_over_the_wrap(void **state)
{
	(void)state;
	struct ts_feedback_clock clock = {0};
	assert_true(reference(&clock, 0xfffffe) == 0xfffffeLL * REFERENCE_NS);
	assert_true(reference(&clock, 0xffffff) == 0xffffffLL * REFERENCE_NS);
	assert_true(reference(&clock, 3) == 0x1000003LL * REFERENCE_NS);
	assert_true(reference(&clock, 0xfffffd) == 0xfffffdLL * REFERENCE_NS); /* back */
	/* a peer that always jumps by the half: bounded, and never undefined */
	for (int way = -1; way <= 1; way += 2)
		for (uint32_t i = 0; i < 100000; i++) {
			int64_t ns = reference(
				&clock, (uint32_t)((int64_t)i * way * 0x7fffff & 0xffffff));
			assert_true(ns > -(INT64_C(1) << 61) && ns < INT64_C(1) << 61);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind_of_chunk),
		cmocka_unit_test(refuses_what_is_not_whole),
		cmocka_unit_test(of_nothing_there_is_nothing),
		cmocka_unit_test(reads_our_own),
		cmocka_unit_test(reference_times_go_on_over_the_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
