#include "transport/rtp/hdrext.h"

#include "tests/unit/transport/rtp_make.h"

static const struct ts_ext_ids ids = {.mid = 1,
	.rid = 2,
	.repaired_rid = 3,
	.audio_level = 4,
	.abs_send_time = 5,
	.twcc = 6,
	.video_orientation = 7};

static struct ts_hdrext parse(const void *data, size_t len, uint16_t profile)
{
	struct ts_hdrext e;
	ts_hdrext_parse(&e, ts_rd(data, len), profile, &ids);
	return e;
}

#define PARSE(literal, profile) parse(literal, sizeof(literal) - 1, profile)

static void reads_all_elements_of_the_one_byte_form(void **state)
{
	(void)state;
	struct ts_hdrext e = PARSE(
		"\x11m0\x20h\x31r1\x40\x9e\x52\x01\x02\x03\x61\xab\xcd\x70\x06\x00\x00", 0xbede);
	assert_int_equal(e.mid_len, 2);
	assert_memory_equal(e.mid, "m0", 2);
	assert_int_equal(e.rid_len, 1);
	assert_memory_equal(e.rid, "h", 1);
	assert_int_equal(e.repaired_rid_len, 2);
	assert_memory_equal(e.repaired_rid, "r1", 2);
	assert_true(e.has_level && e.vad && e.level == 0x1e);
	assert_true(e.has_abs_send_time && e.abs_send_time == 0x010203);
	assert_true(e.has_twcc && e.twcc == 0xabcd);
	assert_true(e.has_orientation && e.orientation == 2 && e.flip);
}

static void reads_the_two_byte_form(void **state)
{
	(void)state;
	struct ts_hdrext e = PARSE(
		"\x01\x02m0\x00\x00\x04\x01\x7f\x02\x00\x05\x03\x01\x02\x03", 0x1007);
	assert_int_equal(e.mid_len, 2);
	assert_true(e.has_level && !e.vad && e.level == 127);
	assert_null(e.rid); /* of no length */
	assert_int_equal(e.abs_send_time, 0x010203);
}

static void stops_or_skips_where_the_rfc_says(void **state)
{
	(void)state;
	assert_int_equal(PARSE("\x00\x00\x10m\x00", 0xbede).mid_len, 1); /* padding first */
	assert_int_equal(PARSE("\xf0m\x10m", 0xbede).mid_len, 0);        /* 15 ends it */
	/* 0 with a length ends it */
	assert_int_equal(PARSE("\x01\xaa\x10m", 0xbede).mid_len, 0);
	assert_int_equal(PARSE("\xe2\x01\x02\x03\x10m", 0xbede).mid_len, 1); /* unknown id */
	assert_false(PARSE("\x50\x01\x10m", 0xbede).has_abs_send_time);      /* wrong length */
	assert_int_equal(PARSE("\x50\x01\x10m", 0xbede).mid_len, 1);
	struct ts_hdrext e = PARSE("\x40\x05\x1fm", 0xbede); /* the second is cut off */
	assert_true(e.has_level && !e.mid);
	e = PARSE("\x04\x01\x05\x01\x09m", 0x1000);
	assert_true(e.has_level && !e.mid);
	assert_null(PARSE("\x10m", 0x1234).mid); /* another profile */
	assert_null(PARSE("\x11m0", 0x0000).mid);
}

static void ids_not_negotiated_match_nothing(void **state)
{
	(void)state;
	struct ts_hdrext e;
	struct ts_ext_ids none = {0};
	ts_hdrext_parse(&e, ts_rd("\x00\x01m\x01\x01m", 6), 0x1000, &none);
	assert_true(!e.mid && !e.has_level && !e.has_twcc);
}

static void text_longer_than_we_keep_is_skipped(void **state)
{
	(void)state;
	uint8_t data[2 + 33 + 3] = {1, 33};
	memcpy(data + 35, "\x04\x01\x20", 3);
	struct ts_hdrext e = parse(data, sizeof(data), 0x1000);
	assert_null(e.mid);
	assert_true(e.has_level);
}

static void made_blocks_read_back(void **state)
{
	(void)state;
	static const struct {
		uint8_t mid_id, time_id;
		const char *mid;
		bool two_byte;
		size_t len;
	} rows[] = {
		{1, 5, "0", false, 12},
		{1, 0, "audio", false, 12},
		{0, 5, "0", false, 8},
		{1, 5, NULL, false, 8},
		{15, 5, "0", true, 12},
		{1, 20, "0", true, 12},
		{1, 5, "0123456789abcdef", false, 28},
		{1, 5, "0123456789abcdefg", true, 28},
		{1, 5, "0123456789abcdef0123456789abcdef", true, 44},
		{0, 0, "0", false, 0},
		{1, 0, "", false, 0},
		{1, 0, NULL, false, 0},
		{15, 5, NULL, false, 8},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_ext_ids our = {.mid = rows[i].mid_id, .abs_send_time = rows[i].time_id};
		struct ts_hdrext_out out;
		struct ts_hdrext e;
		ts_hdrext_make(&out, &our, rows[i].mid);
		assert_int_equal(out.len, rows[i].len);
		if (out.len == 0) continue;
		struct ts_rd r = ts_rd(out.bytes, out.len);
		uint16_t profile = ts_rd_u16(&r);
		assert_int_equal(profile, rows[i].two_byte ? 0x1000 : 0xbede);
		uint16_t words = ts_rd_u16(&r);
		assert_int_equal(words * 4u, ts_rd_left(&r));
		if (out.abs_send_time_at)
			memcpy(out.bytes + out.abs_send_time_at, "\x0a\x0b\x0c", 3);
		ts_hdrext_parse(&e, r, profile, &our);
		size_t mid_len = rows[i].mid && rows[i].mid_id ? strlen(rows[i].mid) : 0;
		assert_int_equal(e.mid_len, mid_len);
		if (mid_len) assert_memory_equal(e.mid, rows[i].mid, mid_len);
		assert_int_equal(e.has_abs_send_time, rows[i].time_id != 0);
		if (rows[i].time_id) assert_int_equal(e.abs_send_time, 0x0a0b0c);
	}
}

static void blocks_have_room_for_a_transport_wide_number(void **state)
{
	(void)state;
	static const struct {
		struct ts_ext_ids ids;
		const char *mid;
		uint8_t len;
	} rows[] = {
		{{.twcc = 5}, NULL, 8}, {{.twcc = 5, .abs_send_time = 3}, NULL, 12},
		{{.twcc = 5, .abs_send_time = 3, .mid = 9}, "1", 16},
		{{.twcc = 20}, NULL, 8}, /* of the two-byte form */
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_hdrext_out out;
		struct ts_hdrext e;
		ts_hdrext_make(&out, &rows[i].ids, rows[i].mid);
		assert_int_equal(out.len, rows[i].len);
		memcpy(out.bytes + out.twcc_at, "\x12\x34", 2);
		struct ts_rd r = ts_rd(out.bytes, out.len);
		uint16_t profile = ts_rd_u16(&r);
		ts_rd_u16(&r);
		ts_hdrext_parse(&e, r, profile, &rows[i].ids);
		assert_true(e.has_twcc);
		assert_int_equal(e.twcc, 0x1234);
		assert_int_equal(e.has_abs_send_time, rows[i].ids.abs_send_time != 0);
	}
}

/* In its short form; in its long one, whose clock is off by 3/4 s; cut short; and as we write
 * it. */
static void abs_capture_time_is_read_and_written(void **state)
{
	static const struct ts_ext_ids our = {.mid = 3, .abs_capture_time = 2};
	static const uint8_t block[] = {0x27, 0xe8, 1, 2, 3, 0x80, 0, 0, 0, 0x2f, 0xe8, 1, 2, 3,
		0x80, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0x26, 1, 2, 3, 4, 5, 6, 7};
	struct ts_hdrext e;
	struct ts_hdrext_out out;
	struct ts_packet p = {0};
	(void)state;
	ts_hdrext_parse(&e, ts_rd(block, 9), 0xbede, &our);
	assert_true(e.capture_ntp == 0xe801020380000000);
	ts_hdrext_apply(&e, &p);
	assert_true(p.capture_ntp == e.capture_ntp);
	ts_hdrext_parse(&e, ts_rd(block + 9, 17), 0xbede, &our);
	assert_true(e.capture_ntp == 0xe801020440000000);
	ts_hdrext_parse(&e, ts_rd(block + 26, 8), 0xbede, &our);
	assert_true(e.capture_ntp == 0);

	ts_hdrext_make(&out, &our, "0");
	assert_int_equal(out.capture_at, 0);
	ts_hdrext_make(&out, &our, NULL);
	assert_true(out.capture_at && out.len == 24);
	ts_hdrext_stamp(&out, 0x123456789abcdef0);
	ts_hdrext_parse(&e, ts_rd(out.bytes + 4, out.len - 4u), 0xbede, &our);
	assert_true(e.capture_ntp == 0x123456789abcdef0);
}

static void abs_send_time_counts_seconds_in_6_18(void **state)
{
	(void)state;
	assert_int_equal(ts_abs_send_time(0), 0);
	assert_int_equal(ts_abs_send_time(TS_NS_PER_S), 1 << 18);
	assert_int_equal(ts_abs_send_time(TS_NS_PER_S * 3 / 2), 3 << 17);
	assert_int_equal(ts_abs_send_time(64 * TS_NS_PER_S), 0);
	assert_int_equal(
		ts_abs_send_time(3600LL * 24 * 3650 * TS_NS_PER_S + TS_NS_PER_S / 2), 1 << 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_elements_of_the_one_byte_form),
		cmocka_unit_test(reads_the_two_byte_form),
		cmocka_unit_test(stops_or_skips_where_the_rfc_says),
		cmocka_unit_test(ids_not_negotiated_match_nothing),
		cmocka_unit_test(text_longer_than_we_keep_is_skipped),
		cmocka_unit_test(made_blocks_read_back),
		cmocka_unit_test(blocks_have_room_for_a_transport_wide_number),
		cmocka_unit_test(abs_capture_time_is_read_and_written),
		cmocka_unit_test(abs_send_time_counts_seconds_in_6_18),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
