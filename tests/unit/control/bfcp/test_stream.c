/* Messages out of a TCP connection, however it is cut. */
#include "control/bfcp/stream.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static size_t put(uint8_t *at, uint16_t transaction, uint16_t floor)
{
	const struct ts_bfcp_message m = {.version = 1,
		.primitive = floor ? TS_BFCP_FLOOR_REQUEST : TS_BFCP_HELLO,
		.conference = 7,
		.transaction = transaction,
		.user = 3,
		.floor = {floor},
		.n_floors = floor ? 1 : 0};
	struct ts_wr w = ts_wr(at, TS_BFCP_MESSAGE_MAX);
	assert_int_equal(ts_bfcp_write(&w, &m), 0);
	return ts_wr_len(&w);
}

static void add(struct ts_bfcp_stream *s, const uint8_t *bytes, size_t n)
{
	size_t cap;
	uint8_t *room = ts_bfcp_stream_room(s, &cap);
	assert_true(n <= cap);
	memcpy(room, bytes, n);
	ts_bfcp_stream_added(s, n);
}

/* The transactions that came, as they came. */
static unsigned take_all(struct ts_bfcp_stream *s, uint16_t *last)
{
	struct ts_bfcp_head head;
	size_t size;
	unsigned n = 0;
	while (ts_bfcp_stream_next(s, &head, &size) == TS_BFCP_FRAMED_MESSAGE) {
		struct ts_bfcp_message m;
		assert_int_equal(ts_bfcp_read(&m, s->bytes, size), 0);
		assert_int_equal(m.transaction, *last + 1);
		*last = m.transaction;
		ts_bfcp_stream_drop(s, size);
		n++;
	}
	return n;
}

static void cut_at_any_byte(void **state)
{
	(void)state;
	uint8_t bytes[3 * TS_BFCP_MESSAGE_MAX];
	size_t n = put(bytes, 1, 0);
	n += put(bytes + n, 2, 5);
	n += put(bytes + n, 3, 0);
	for (size_t a = 0; a <= n; a++)
		for (size_t b = a; b <= n; b++) {
			struct ts_bfcp_stream s = {.n = 0};
			uint16_t last = 0;
			add(&s, bytes, a);
			unsigned got = take_all(&s, &last);
			add(&s, bytes + a, b - a);
			got += take_all(&s, &last);
			add(&s, bytes + b, n - b);
			got += take_all(&s, &last);
			assert_int_equal(got, 3);
			assert_int_equal(s.n, 0);
		}
}

static void what_cannot_be_framed(void **state)
{
	(void)state;
	static const struct {
		uint8_t first;
		uint16_t words;
		enum ts_bfcp_framed framed;
	} row[] = {{0x20, 253, TS_BFCP_FRAMED_NOT_YET}, /* 1024 bytes in all */
		{0x20, 254, TS_BFCP_FRAMED_BROKEN}, {0x20, 0xffff, TS_BFCP_FRAMED_BROKEN},
		{0x28, 1, TS_BFCP_FRAMED_BROKEN}, /* F */
		{0xe0, 0, TS_BFCP_FRAMED_MESSAGE}};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct ts_bfcp_stream s = {.n = 0};
		struct ts_bfcp_head head;
		size_t size;
		const uint8_t bytes[16] = {row[i].first, TS_BFCP_HELLO,
			(uint8_t)(row[i].words >> 8), (uint8_t)row[i].words};
		add(&s, bytes, row[i].first & 8 ? 16 : 12);
		assert_int_equal(ts_bfcp_stream_next(&s, &head, &size), row[i].framed);
		if (row[i].framed != TS_BFCP_FRAMED_NOT_YET) continue;
		/* it fits just so */
		uint8_t rest[TS_BFCP_MESSAGE_MAX - 12] = {0};
		add(&s, rest, sizeof rest);
		assert_int_equal(ts_bfcp_stream_next(&s, &head, &size), TS_BFCP_FRAMED_MESSAGE);
		assert_int_equal(size, TS_BFCP_MESSAGE_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_any_byte),
		cmocka_unit_test(what_cannot_be_framed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
