#include "transport/rtp/rtcp.h"

#include "base/error.h"
#include "tests/unit/transport/rtp_make.h"

static uint8_t buf[1500];

static struct ts_rtcp_item next(struct ts_rtcp_iter *it, enum ts_rtcp_type type)
{
	struct ts_rtcp_item item;
	assert_true(ts_rtcp_next(it, &item));
	assert_int_equal(item.type, type);
	return item;
}

static void end(struct ts_rtcp_iter *it)
{
	struct ts_rtcp_item item;
	assert_false(ts_rtcp_next(it, &item));
	assert_false(ts_rtcp_next(it, &item)); /* and stays there */
}

static struct ts_rtcp_iter begin(const void *data, size_t len)
{
	struct ts_rtcp_iter it;
	assert_int_equal(ts_rtcp_begin(&it, data, len), 0);
	return it;
}

static void assert_report(const struct ts_rtcp_report *a, const struct ts_rtcp_report *b)
{
	assert_int_equal(a->ssrc, b->ssrc);
	assert_int_equal(a->fraction_lost, b->fraction_lost);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(a->ext_seq, b->ext_seq);
	assert_int_equal(a->jitter_rtp, b->jitter_rtp);
	assert_int_equal(a->lsr, b->lsr);
	assert_int_equal(a->dlsr, b->dlsr);
}

static void a_full_compound_reads_back(void **state)
{
	(void)state;
	static const struct ts_rtcp_report reports[2] = {
		{.ssrc = 0x10,
			.fraction_lost = 255,
			.lost = -5,
			.ext_seq = 0x10002,
			.jitter_rtp = 90,
			.lsr = 0x11223344,
			.dlsr = 65536},
		{.ssrc = 0x20,
			.fraction_lost = 0,
			.lost = 0x7fffff,
			.ext_seq = 0xffffffff,
			.jitter_rtp = 0,
			.lsr = 0,
			.dlsr = 0},
	};
	const struct ts_rtcp_sr sr = {
		.ntp = 0x0102030405060708, .timestamp_rtp = 77, .packets = 3, .bytes = 400};
	const uint16_t lost[] = {65530, 65531, 2, 10, 30};
	const uint32_t ssrcs[] = {0x10, 0x20};
	struct ts_wr w = ts_wr(buf, sizeof(buf));
	ts_rtcp_write_sr(&w, 0xaa, &sr, reports, 2);
	ts_rtcp_write_rr(&w, 0xab, reports, 1);
	ts_rtcp_write_sdes(&w, 0xaa, "me@here");
	ts_rtcp_write_nack(&w, 0xaa, 0x10, lost, TS_ARRAY_LEN(lost));
	ts_rtcp_write_pli(&w, 0xaa, 0x10);
	ts_rtcp_write_fir(&w, 0xaa, 0x20, 9);
	ts_rtcp_write_remb(&w, 0xaa, 1500000, ssrcs, 2);
	ts_rtcp_write_bye(&w, ssrcs, 2);
	assert_false(w.bad);

	struct ts_rtcp_iter it = begin(buf, ts_wr_len(&w));
	struct ts_rtcp_item i = next(&it, TS_RTCP_SR);
	assert_int_equal(i.sender_ssrc, 0xaa);
	assert_true(i.sr.ntp == sr.ntp && i.sr.timestamp_rtp == 77 && i.sr.packets == 3 &&
		i.sr.bytes == 400);
	i = next(&it, TS_RTCP_REPORT);
	assert_report(&i.report, &reports[0]);
	i = next(&it, TS_RTCP_REPORT);
	assert_report(&i.report, &reports[1]);
	i = next(&it, TS_RTCP_REPORT);
	assert_int_equal(i.sender_ssrc, 0xab);
	assert_report(&i.report, &reports[0]);
	i = next(&it, TS_RTCP_CNAME);
	assert_int_equal(i.media_ssrc, 0xaa);
	assert_int_equal(i.cname.len, 7);
	assert_memory_equal(i.cname.text, "me@here", 7);
	i = next(&it, TS_RTCP_NACK);
	assert_int_equal(i.media_ssrc, 0x10);
	assert_int_equal(i.nack.pid, 65530);
	assert_int_equal(i.nack.blp, 1 << 0 | 1 << 7 | 1 << 15); /* 65531, 2, 10 */
	i = next(&it, TS_RTCP_NACK);
	assert_int_equal(i.nack.pid, 30);
	assert_int_equal(i.nack.blp, 0);
	i = next(&it, TS_RTCP_PLI);
	assert_int_equal(i.media_ssrc, 0x10);
	i = next(&it, TS_RTCP_FIR);
	assert_int_equal(i.media_ssrc, 0x20);
	assert_int_equal(i.fir_seq, 9);
	i = next(&it, TS_RTCP_REMB);
	assert_true(i.bitrate_bps <= 1500000 && i.bitrate_bps > 1499980);
	assert_int_equal(next(&it, TS_RTCP_BYE).media_ssrc, 0x10);
	assert_int_equal(next(&it, TS_RTCP_BYE).media_ssrc, 0x20);
	end(&it);
	assert_false(it.bad);
}

static void sdes_of_any_length_is_aligned(void **state)
{
	(void)state;
	char cname[20] = "";
	for (size_t n = 0; n < sizeof(cname) - 1; n++) {
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		ts_rtcp_write_sdes(&w, 5, cname);
		ts_rtcp_write_pli(&w, 1, 2);
		assert_int_equal(ts_wr_len(&w) % 4, 0);
		struct ts_rtcp_iter it = begin(buf, ts_wr_len(&w));
		assert_int_equal(next(&it, TS_RTCP_CNAME).cname.len, n);
		next(&it, TS_RTCP_PLI);
		end(&it);
		assert_false(it.bad);
		cname[n] = 'x';
	}
}

static void reads_sdes_of_several_chunks_and_items(void **state)
{
	(void)state;
	/* chunk 1: NOTE then CNAME; chunk 2: no CNAME; chunk 3: CNAME */
	static const char data[] = "\x83\xca\x00\x08"
				   "\x00\x00\x00\x01\x07\x01z\x01\x01"
				   "a\x00\x00"
				   "\x00\x00\x00\x02\x07\x00\x00\x00"
				   "\x00\x00\x00\x03\x01\x03"
				   "bcd\x00\x00\x00";
	struct ts_rtcp_iter it = begin(data, sizeof(data) - 1);
	struct ts_rtcp_item i = next(&it, TS_RTCP_CNAME);
	assert_int_equal(i.media_ssrc, 1);
	assert_memory_equal(i.cname.text, "a", 1);
	i = next(&it, TS_RTCP_CNAME);
	assert_int_equal(i.media_ssrc, 3);
	assert_memory_equal(i.cname.text, "bcd", 3);
	end(&it);
	assert_false(it.bad);
}

static void unknown_packets_and_feedback_are_passed_over(void **state)
{
	(void)state;
	static const char data[] =
		"\x80\xcf\x00\x01\x00\x00\x00\x01" /* XR */
		"\x85\xcc\x00\x02\x00\x00\x00\x01"
		/* APP */
		"name"
		/* a kind of transport feedback that is none yet */
		"\x8e\xcd\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x01\x02\x03\x04"
		"\x8f\xce\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02"
		/* another AFB */
		"ELSE"
		"\x81\xce\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02"; /* PLI */
	struct ts_rtcp_iter it = begin(data, sizeof(data) - 1);
	assert_int_equal(next(&it, TS_RTCP_PLI).media_ssrc, 2);
	end(&it);
	assert_false(it.bad);
}

/* RFC 5104 4.2: 17 bits of mantissa, 6 of exponent, 9 of overhead. */
static void limits_read_back(void **state)
{
	(void)state;
	static const uint64_t rates[] = {0, 1, 131071, 131072, 500000, 2000000, 4294967295u};
	for (size_t i = 0; i < TS_ARRAY_LEN(rates); i++) {
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		ts_rtcp_write_tmmbr(&w, 0xaa, 0x10, rates[i], 40);
		ts_rtcp_write_tmmbn(&w, 0xbb, 0xaa, rates[i], 511);
		assert_false(w.bad);
		struct ts_rtcp_iter it = begin(buf, ts_wr_len(&w));
		struct ts_rtcp_item r = next(&it, TS_RTCP_TMMBR);
		assert_int_equal(r.sender_ssrc, 0xaa);
		assert_int_equal(r.media_ssrc, 0x10);
		assert_int_equal(r.tmmb.overhead, 40);
		assert_true(r.tmmb.bitrate_bps <= rates[i]);
		assert_true(r.tmmb.bitrate_bps >= rates[i] - rates[i] / 65536);
		struct ts_rtcp_item n = next(&it, TS_RTCP_TMMBN);
		assert_int_equal(n.sender_ssrc, 0xbb);
		assert_int_equal(n.media_ssrc, 0xaa);
		assert_int_equal(n.tmmb.overhead, 511);
		assert_true(n.tmmb.bitrate_bps == r.tmmb.bitrate_bps);
		end(&it);
	}
	/* two entries; a rate beyond all numbers; one cut */
	static const char data[] = "\x83\xcd\x00\x06\x00\x00\x00\x01\x00\x00\x00\x00"
				   "\x00\x00\x00\x02\xff\xff\xfe\x00"
				   "\x00\x00\x00\x03\x00\x00\x02\x00";
	struct ts_rtcp_iter it = begin(data, sizeof(data) - 1);
	struct ts_rtcp_item i = next(&it, TS_RTCP_TMMBR);
	assert_int_equal(i.media_ssrc, 2);
	assert_true(i.tmmb.bitrate_bps == UINT64_MAX);
	i = next(&it, TS_RTCP_TMMBR);
	assert_int_equal(i.media_ssrc, 3);
	assert_true(i.tmmb.bitrate_bps == 1);
	end(&it);
	static const char cut[] = "\x83\xcd\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00"
				  "\x00\x00\x00\x02";
	it = begin(cut, sizeof(cut) - 1);
	end(&it);
	assert_true(it.bad);
}

static void transport_feedback_is_handed_on(void **state)
{
	(void)state;
	static const char data[] = "\x8f\xcd\x00\x05\x00\x00\x00\x01\x00\x00\x00\x02"
				   "\x00\x07\x00\x01\x00\x00\x01\x00\x20\x01\x04\x00"
				   "\x81\xce\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02";
	struct ts_rtcp_iter it = begin(data, sizeof(data) - 1);
	struct ts_rtcp_item i = next(&it, TS_RTCP_FEEDBACK);
	assert_int_equal(ts_rd_left(&i.fci), 12);
	assert_int_equal(ts_rd_u16(&i.fci), 7);
	next(&it, TS_RTCP_PLI);
	end(&it);
	assert_false(it.bad);
}

static void refuses_broken_compounds(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data;
		size_t len;
	} rows[] = {
		{"empty", "", 0},
		{"three bytes", "\x80\xc9\x00", 3},
		{"version 1", "\x40\xc9\x00\x01\x00\x00\x00\x01", 8},
		{"longer than the datagram", "\x80\xc9\x00\x02\x00\x00\x00\x01", 8},
		{"bytes behind the last", "\x80\xc9\x00\x01\x00\x00\x00\x01\x00\x00", 10},
		{"second of version 0", "\x80\xc9\x00\x01\x00\x00\x00\x01\x00\xca\x00\x00", 12},
		{"padding of 0", "\xa0\xc9\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00", 12},
		{"padding of 3", "\xa0\xc9\x00\x02\x00\x00\x00\x01\x00\x00\x00\x03", 12},
		{"padding longer than the packet",
			"\xa0\xc9\x00\x02\x00\x00\x00\x01\x00\x00\x00\x0c", 12},
		{"padding without a body", "\xa0\xc9\x00\x00", 4},
		{"padding not in the last",
			"\xa0\xc9\x00\x02\x00\x00\x00\x01\x00\x00\x00\x04\x80\xc9\x00\x01\x00\x00"
			"\x00\x01",
			20},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_rtcp_iter it;
		assert_int_equal(
			ts_rtcp_begin(&it, (const uint8_t *)rows[i].data, rows[i].len), TS_EBADMSG);
		end(&it);
	}
}

static void padding_of_the_last_is_cut_off(void **state)
{
	(void)state;
	static const char data[] =
		"\xa1\xcd\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02\x00\x07\x00\x00\x00\x00\x00\x04";
	struct ts_rtcp_iter it = begin(data, sizeof(data) - 1);
	assert_int_equal(next(&it, TS_RTCP_NACK).nack.pid, 7);
	end(&it);
}

/* The inside of one packet is broken: it says so, and what follows is still read. */
static void a_broken_inside_spoils_only_its_packet(void **state)
{
	(void)state;
	static const struct {
		const char *name, *data;
		size_t len;
		int items;
	} rows[] = {
		{"sr cut",
			"\x80\xc8\x00\x03\x00\x00\x00\x01"
			"12345678",
			16, 0},
		{"rr says 2 blocks, has 1",
			"\x82\xc9\x00\x07\x00\x00\x00\x01"
			"abcdefghijklmnopqrstuvwx",
			32, 1},
		{"sdes item beyond the end",
			"\x81\xca\x00\x02\x00\x00\x00\x01\x01\x09"
			"ab",
			12, 0},
		{"sdes without an end",
			"\x81\xca\x00\x02\x00\x00\x00\x01\x01\x02"
			"ab",
			12, 0},
		{"bye says 2, has 1", "\x82\xcb\x00\x01\x00\x00\x00\x01", 8, 1},
		{"feedback without ssrcs", "\x81\xcd\x00\x01\x00\x00\x00\x01", 8, 0},
		{"fir cut", "\x84\xce\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", 16,
			0},
		{"remb lists more than it has",
			"\x8f\xce\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00REMB\x09\x00\x00\x01", 20,
			0},
	};
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_rtcp_item item;
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		ts_wr_bytes(&w, rows[i].data, rows[i].len);
		ts_rtcp_write_pli(&w, 1, 42);
		struct ts_rtcp_iter it = begin(buf, ts_wr_len(&w));
		int n = 0;
		while (ts_rtcp_next(&it, &item) && item.type != TS_RTCP_PLI) n++;
		assert_int_equal(n, rows[i].items);
		assert_int_equal(item.type, TS_RTCP_PLI);
		assert_int_equal(item.media_ssrc, 42);
		end(&it);
		assert_true(it.bad);
	}
}

static void remb_covers_the_whole_range(void **state)
{
	(void)state;
	static const uint64_t rates[] = {0, 1, 0x3ffff, 0x40000, 300000, 2500000000, 1ull << 62};
	for (size_t i = 0; i < TS_ARRAY_LEN(rates); i++) {
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		ts_rtcp_write_remb(&w, 1, rates[i], NULL, 0);
		struct ts_rtcp_iter it = begin(buf, ts_wr_len(&w));
		uint64_t got = next(&it, TS_RTCP_REMB).bitrate_bps;
		assert_true(got <= rates[i] && got >= rates[i] - rates[i] / 100000);
	}
	struct ts_rtcp_iter it = begin(
		"\x8f\xce\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00REMB\x00\xff\xff\xff", 20);
	assert_true(next(&it, TS_RTCP_REMB).bitrate_bps == UINT64_MAX);
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	(void)state;
	struct ts_wr w = ts_wr(buf, 30);
	ts_rtcp_write_pli(&w, 1, 2);
	ts_rtcp_write_fir(&w, 1, 2, 3);
	assert_true(w.bad);
	assert_int_equal(ts_wr_len(&w), 12);
	ts_rtcp_write_pli(&w, 1, 2); /* nothing more, even if it would fit */
	assert_int_equal(ts_wr_len(&w), 12);
	struct ts_rtcp_iter it = begin(buf, 12);
	next(&it, TS_RTCP_PLI);
	end(&it);
}

static void round_trip_by_report_block(void **state)
{
	(void)state;
	uint64_t now = 0x123456789abcdef0;
	uint32_t mid = (uint32_t)(now >> 16);
	struct ts_rtcp_report r = {.lsr = mid - 65536, .dlsr = 65536 - 6554};
	int64_t rtt_ns = ts_rtcp_rtt_ns(&r, now);
	assert_true(rtt_ns > 99 * TS_MS && rtt_ns < 101 * TS_MS);
	r.dlsr = 65536 + 3;
	assert_true(ts_rtcp_rtt_ns(&r, now) > 0 && ts_rtcp_rtt_ns(&r, now) < TS_MS);
	r.dlsr = 0xfffffff0;
	assert_true(ts_rtcp_rtt_ns(&r, now) > 0); /* dlsr of -16: a second and a bit */
	r.dlsr = 0x40000000;
	assert_int_equal(ts_rtcp_rtt_ns(&r, now), -1);
	r.lsr = 0;
	assert_int_equal(ts_rtcp_rtt_ns(&r, now), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_compound_reads_back),
		cmocka_unit_test(sdes_of_any_length_is_aligned),
		cmocka_unit_test(reads_sdes_of_several_chunks_and_items),
		cmocka_unit_test(unknown_packets_and_feedback_are_passed_over),
		cmocka_unit_test(limits_read_back),
		cmocka_unit_test(transport_feedback_is_handed_on),
		cmocka_unit_test(refuses_broken_compounds),
		cmocka_unit_test(padding_of_the_last_is_cut_off),
		cmocka_unit_test(a_broken_inside_spoils_only_its_packet),
		cmocka_unit_test(remb_covers_the_whole_range),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
		cmocka_unit_test(round_trip_by_report_block),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
