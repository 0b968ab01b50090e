/* Real-time text in RTP: what is sent, and what is made of it where packets are lost, repeated and
 * out of order. */
#include "base/error.h"
#include "codec/t140.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)

static const struct ts_t140_format red = {.pt = 98, .red_pt = 97, .generations = 2, .cps = 30},
				   plain = {.pt = 98, .cps = 30};

static char got[20000];

static void on_text(void *arg, const char *text, size_t len)
{
	(void)arg;
	assert_true(strlen(got) + len < sizeof(got));
	strncat(got, text, len);
}

static int reset(void **state)
{
	(void)state;
	*got = '\0';
	return 0;
}

struct sent {
	uint8_t bytes[TS_T140_PACKET_MAX];
	size_t len;
};

/* All packets that come of it, one each 300 ms. */
static size_t send_all(struct ts_t140_out *out, const struct ts_t140_format *format,
	const char *text, struct sent *list, size_t max)
{
	size_t n = 0;
	int64_t now_ns = 1000 * MS;
	if (out->next_ns > now_ns) now_ns = out->next_ns;
	assert_true(ts_t140_out_write(out, text, strlen(text)));
	for (; ts_t140_out_due_ns(out) != INT64_MAX; now_ns += 300 * MS) {
		assert_true(n < max);
		list[n].len = ts_t140_out_packet(out, format, now_ns, list[n].bytes);
		assert_true(list[n].len > 12);
		assert_int_equal(
			ts_t140_out_packet(out, format, now_ns + MS, list[n + 1].bytes), 0);
		n++;
	}
	return n;
}

static void take(struct ts_t140_in *in, const struct ts_t140_format *format,
	const struct sent *packet, int64_t now_ns)
{
	ts_t140_in_packet(in, format, packet->bytes, packet->len, now_ns, on_text, NULL);
}

static void test_bytes(void **state)
{
	struct ts_t140_out out = {.ssrc = 0x01020304, .seq = 0xffff};
	static struct sent list[8];
	(void)state;
	assert_int_equal(send_all(&out, &red, "Hi", list, 7), 3);
	/* RFC 4103: marker at first, empty repeats, then the text again twice */
	static const uint8_t first[] = {0x80, 0xe1, 0xff, 0xff, 0, 0, 0, 0, 1, 2, 3, 4, 0xe2, 0, 0,
		0, 0xe2, 0, 0, 0, 98, 'H', 'i'};
	assert_int_equal(list[0].len, sizeof(first));
	assert_memory_equal(list[0].bytes, first, sizeof(first));
	/* 300 ms: 0x12c << 10 | 2 */
	static const uint8_t second[] = {0x80, 0x61, 0, 0, 0, 0, 1, 0x2c, 1, 2, 3, 4, 0xe2, 0, 0, 0,
		0xe2, 4, 0xb0, 2, 98, 'H', 'i'};
	assert_int_equal(list[1].len, sizeof(second));
	assert_memory_equal(list[1].bytes, second, sizeof(second));
	static const uint8_t third[] = {0x80, 0x61, 0, 1, 0, 0, 2, 0x58, 1, 2, 3, 4, 0xe2, 9, 0x60,
		2, 0xe2, 0, 0, 0, 98, 'H', 'i'};
	assert_int_equal(list[2].len, sizeof(third));
	assert_memory_equal(list[2].bytes, third, sizeof(third));
}

/* So many letters a second as they take, cut between letters alone. */
static void test_pace(void **state)
{
	struct ts_t140_out out = {.ssrc = 1};
	struct ts_t140_in in = {.began = false};
	static struct sent list[64];
	const char *text = "äöü€𝄞 äöü€𝄞 äöü€𝄞 äöü€𝄞 äöü€𝄞";
	(void)state;
	const size_t n = send_all(&out, &plain, text, list, 60);
	assert_int_equal(n, 4); /* 29 letters, 9 in each */
	for (size_t i = 0; i < n; i++) {
		assert_true(((uint8_t)list[i].bytes[12] & 0xc0) != 0x80);
		take(&in, &plain, &list[i], 0);
	}
	assert_string_equal(got, text);
	/* full */
	char much[TS_T140_BUFFER + 1];
	memset(much, 'x', sizeof(much));
	assert_false(ts_t140_out_write(&out, much, sizeof(much)));
	assert_true(ts_t140_out_write(&out, much, TS_T140_BUFFER));
	assert_false(ts_t140_out_write(&out, "y", 1));
}

/* Each tenth packet is lost, pairs are swapped, some come twice: nothing is missing. */
static void test_loss(void **state)
{
	enum { RUNS = 200 };
	static struct sent list[512];
	char text[1200];
	size_t lost = 0;
	uint64_t repaired = 0;
	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++) text[i] = (char)('a' + i % 26);
	text[sizeof(text) - 1] = '\0';
	srand(4103);
	for (int run = 0; run < RUNS; run++) {
		struct ts_t140_out out = {.ssrc = 7, .seq = (uint16_t)(65500 + run)};
		struct ts_t140_in in = {.began = false};
		size_t row = 0;
		*got = '\0';
		const size_t n = send_all(&out, &red, text, list, 500);
		for (size_t i = 0; i < n; i++) {
			const bool loses = rand() % 10 == 0 && row < 2;
			row = loses ? row + 1 : 0;
			lost += loses;
			if (loses) continue;
			if (i + 1 < n && rand() % 8 == 0) take(&in, &red, &list[i + 1], 0);
			take(&in, &red, &list[i], 0);
			if (rand() % 8 == 0) take(&in, &red, &list[i], 0);
		}
		ts_t140_in_run(&in, 5000 * MS, on_text, NULL);
		assert_string_equal(got, text);
		assert_int_equal(in.missing, 0);
		repaired += in.repaired;
	}
	assert_true(lost > 1000 && repaired > 1000);
}

/* Three in a row: what was in the first is gone, and said to be, after a second. */
static void test_missing(void **state)
{
	struct ts_t140_out out = {.ssrc = 7, .seq = 10};
	struct ts_t140_in in = {.began = false};
	static struct sent list[64];
	(void)state;
	const size_t n = send_all(&out, &red, "123456789ABCDEFGHIabcdefghijklmnopqr", list, 60);
	assert_int_equal(n, 6);
	take(&in, &red, &list[0], 0);
	take(&in, &red, &list[4], 100 * MS);
	assert_string_equal(got, "123456789");
	assert_int_equal(ts_t140_in_due_ns(&in), 1100 * MS);
	ts_t140_in_run(&in, 1099 * MS, on_text, NULL);
	assert_string_equal(got, "123456789");
	ts_t140_in_run(&in, 1100 * MS, on_text, NULL);
	assert_string_equal(got,
		"123456789\xef\xbf\xbd"
		"abcdefghijklmnopqr");
	assert_int_equal(in.missing, 1);
	/* too late */
	assert_int_equal(ts_t140_in_packet(&in, &red, list[2].bytes, list[2].len, 0, on_text, NULL),
		TS_ELATE);
	take(&in, &red, &list[5], 0);
	assert_string_equal(got,
		"123456789\xef\xbf\xbd"
		"abcdefghijklmnopqr");
}

/* One that comes within the second closes the gap; so does the first of a stream that was lost. */
static void test_held(void **state)
{
	struct ts_t140_out out = {.ssrc = 7, .seq = 10};
	struct ts_t140_in in = {.began = false};
	static struct sent list[64];
	(void)state;
	send_all(&out, &red, "123456789ABCDEFGHIabcdefghijklmnopqr", list, 60);
	take(&in, &red, &list[0], 0);
	take(&in, &red, &list[4], 100 * MS);
	take(&in, &red, &list[1], 200 * MS);
	assert_string_equal(got, "123456789ABCDEFGHIabcdefghijklmnopqr");
	assert_int_equal(ts_t140_in_due_ns(&in), INT64_MAX);
	struct ts_t140_in late = {.began = false};
	*got = '\0';
	take(&late, &red, &list[2], 0);
	assert_string_equal(got, "123456789ABCDEFGHIabcdefghi");
	/* another stream: of another SSRC, or numbers far away */
	struct ts_t140_out other = {.ssrc = 8, .seq = 9};
	send_all(&other, &red, "new", list, 60);
	*got = '\0';
	take(&late, &red, &list[0], 0);
	assert_string_equal(got, "new");
}

static void test_bad(void **state)
{
	struct ts_t140_in in = {.began = false};
	static const uint8_t good[] = {
		0x80, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xe2, 0, 0, 1, 98, 'a', 'b'};
	static const struct {
		const char *name;
		size_t at;
		uint8_t byte;
		size_t len;
	} rows[] = {
		{"version", 0, 0x40, sizeof(good)},
		{"payload type", 1, 96, sizeof(good)},
		{"of another codec inside", 12, 0xe3, sizeof(good)},
		{"the last one too", 16, 99, sizeof(good)},
		{"a block beyond the end", 15, 200, sizeof(good)},
		{"short head", 0, 0x80, 11},
		{"head of RED cut", 0, 0x80, 14},
		{"no last head", 0, 0x80, 16},
		{"CSRCs beyond the end", 0, 0x8f, sizeof(good)},
		{"extension beyond the end", 0, 0x90, 15},
		{"padding of nothing", 0, 0xa0, 16},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t packet[sizeof(good)];
		memcpy(packet, good, sizeof(good));
		packet[rows[i].at] = rows[i].byte;
		if (ts_t140_in_packet(&in, &red, packet, rows[i].len, 0, on_text, NULL) !=
			TS_EBADMSG)
			fail_msg("%s", rows[i].name);
	}
	assert_string_equal(got, "");
	assert_int_equal(ts_t140_in_packet(&in, &red, good, sizeof(good), 0, on_text, NULL), 0);
	assert_string_equal(got, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bytes, reset),
		cmocka_unit_test_setup(test_pace, reset),
		cmocka_unit_test_setup(test_loss, reset),
		cmocka_unit_test_setup(test_missing, reset),
		cmocka_unit_test_setup(test_held, reset),
		cmocka_unit_test_setup(test_bad, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
