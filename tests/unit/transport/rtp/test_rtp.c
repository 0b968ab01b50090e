#include "transport/rtp/rtp.h"

#include "base/error.h"
#include "tests/unit/transport/rtp_make.h"

static struct ts_packet_pool *pool;

static struct ts_packet *raw(const void *data, size_t len)
{
	struct ts_packet *p = ts_packet_get(pool);
	assert_non_null(p);
	memcpy(p->data, data, len);
	p->len = (uint32_t)len;
	return p;
}

#define FIXED "\x12\x34\x00\x01\x02\x03\xde\xad\xbe\xef"

static void reads_what_is_there(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data;
		size_t len;
		uint32_t payload_len;
		uint16_t profile;
		size_t ext_len;
	} rows[] = {
		{"plain", "\x80\xef" FIXED "pay", 15, 3, 0, 0},
		{"nothing in it", "\x80\xef" FIXED, 12, 0, 0, 0},
		{"two csrc", "\x82\xef" FIXED "AAAABBBBpay", 23, 3, 0, 0},
		{"fifteen csrc",
			"\x8f\xef" FIXED
			"AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKKLLLLMMMMNNNNOOOOpay",
			75, 3, 0, 0},
		{"extension", "\x90\xef" FIXED "\xbe\xde\x00\x01\x10\xaa\x00\x00pay", 23, 3, 0xbede,
			4},
		{"empty extension", "\x90\xef" FIXED "\x10\x00\x00\x00pay", 19, 3, 0x1000, 0},
		{"csrc and extension", "\x91\xef" FIXED "AAAA\xbe\xde\x00\x01\x10\xaa\x00\x00pay",
			27, 3, 0xbede, 4},
		{"padding", "\xa0\xef" FIXED "pay\x00\x00\x03", 18, 3, 0, 0},
		{"padding only", "\xa0\xef" FIXED "\x00\x00\x00\x04", 16, 0, 0, 0},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_packet *p = raw(rows[i].data, rows[i].len);
		uint16_t profile;
		assert_int_equal(ts_rtp_parse(p), 0);
		assert_int_equal(p->pt, 0x6f);
		assert_int_equal(p->marker, 1);
		assert_int_equal(p->seq, 0x1234);
		assert_int_equal(p->timestamp_rtp, 0x00010203);
		assert_int_equal(p->ssrc, 0xdeadbeef);
		assert_int_equal(p->payload_len, rows[i].payload_len);
		assert_int_equal(p->level, 255);
		if (p->payload_len) assert_memory_equal(p->payload, "pay", 3);
		struct ts_rd ext = ts_rtp_ext(p, &profile);
		assert_int_equal(profile, rows[i].profile);
		assert_int_equal(ts_rd_left(&ext), rows[i].ext_len);
		ts_packet_unref(&p);
	}
}

static void refuses_what_does_not_fit(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data;
		size_t len;
	} rows[] = {
		{"empty", "", 0},
		{"short", "\x80\xef" FIXED, 11},
		{"version 1", "\x40\xef" FIXED "pay", 15},
		{"version 3", "\xc0\xef" FIXED "pay", 15},
		{"csrc missing", "\x82\xef" FIXED "AAAABBB", 19},
		{"extension header missing", "\x90\xef" FIXED "\xbe\xde\x00", 15},
		{"extension too long", "\x90\xef" FIXED "\xbe\xde\x00\x02\x10\xaa\x00\x00", 20},
		{"extension far too long", "\x90\xef" FIXED "\xbe\xde\xff\xff\x10\xaa\x00\x00", 20},
		{"padding of 0", "\xa0\xef" FIXED "pay\x00", 16},
		{"more padding than payload", "\xa0\xef" FIXED "pay\x05", 16},
		{"padding but no byte for its count", "\xa0\xef" FIXED, 12},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_packet *p = raw(rows[i].data, rows[i].len);
		assert_int_equal(ts_rtp_parse(p), TS_EBADMSG);
		ts_packet_unref(&p);
	}
}

static void written_header_reads_back(void **state)
{
	(void)state;
	uint32_t rng = 99;
	for (int i = 0; i < 1000; i++) {
		struct ts_rtp_header h = {.pt = ts_test_random(&rng) & 0x7f,
			.marker = i & 1,
			.seq = (uint16_t)ts_test_random(&rng),
			.timestamp_rtp = ts_test_random(&rng),
			.ssrc = ts_test_random(&rng)};
		struct ts_packet *p = ts_test_packet(pool, &h, "xy", 2, 5);
		assert_int_equal(p->pt, h.pt);
		assert_int_equal(p->marker, h.marker);
		assert_int_equal(p->seq, h.seq);
		assert_int_equal(p->timestamp_rtp, h.timestamp_rtp);
		assert_int_equal(p->ssrc, h.ssrc);
		ts_packet_unref(&p);
	}
}

static void sequence_numbers_extend_over_the_wrap(void **state)
{
	(void)state;
	assert_int_equal(ts_seq_diff(0, 65535), 1);
	assert_int_equal(ts_seq_diff(65535, 0), -1);
	assert_int_equal(ts_seq_diff(0, 32768), -32768);
	assert_int_equal(ts_seq_extend(65536 + 65535, 2), 2 * 65536 + 2);
	assert_int_equal(ts_seq_extend(2 * 65536 + 2, 65535), 65536 + 65535);
	assert_int_equal(ts_seq_extend(65536 + 10, 10), 65536 + 10);
}

static void rtcp_is_told_from_rtp(void **state)
{
	(void)state;
	assert_true(ts_rtp_is_rtcp((const uint8_t *)"\x80\xc8", 2));
	assert_true(ts_rtp_is_rtcp((const uint8_t *)"\x80\xc0", 2));
	assert_true(ts_rtp_is_rtcp((const uint8_t *)"\x80\xdf", 2));
	assert_false(ts_rtp_is_rtcp((const uint8_t *)"\x80\xef", 2)); /* type 111 with the marker */
	assert_false(ts_rtp_is_rtcp((const uint8_t *)"\x80\x60", 2));
	assert_false(ts_rtp_is_rtcp((const uint8_t *)"\x80\xc8", 1));
}

static int make_pool(void **state)
{
	(void)state;
	return ts_packet_pool_create(&pool, 4);
}

static int close_pool(void **state)
{
	(void)state;
	ts_packet_pool_close(&pool);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_there),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(written_header_reads_back),
		cmocka_unit_test(sequence_numbers_extend_over_the_wrap),
		cmocka_unit_test(rtcp_is_told_from_rtp),
	};
	return cmocka_run_group_tests(tests, make_pool, close_pool);
}
