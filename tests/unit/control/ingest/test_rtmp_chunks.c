#include "base/error.h"
#include "control/ingest/rtmp_chunks.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

enum { SEEN_MAX = 8, BODY_MAX = 400 };

struct seen {
	size_t n;
	struct {
		uint8_t type;
		uint32_t stream, timestamp;
		size_t len;
		uint8_t body[BODY_MAX];
	} message[SEEN_MAX];
	struct ts_rtmp_chunks *chunks; /* that a message of type 1 or 2 changes */
};

static int note(void *arg, const struct ts_rtmp_message *m)
{
	struct seen *s = arg;
	if (s->n == SEEN_MAX || m->len > BODY_MAX) return TS_EFULL;
	s->message[s->n].type = m->type;
	s->message[s->n].stream = m->stream;
	s->message[s->n].timestamp = m->timestamp;
	s->message[s->n].len = m->len;
	if (m->len) memcpy(s->message[s->n].body, m->body, m->len);
	if (m->type == 1) s->chunks->chunk_size = m->body[3];
	if (m->type == 2) ts_rtmp_chunks_abort(s->chunks, m->body[3]);
	s->n++;
	return 0;
}

/* In pieces of so many bytes. */
static int feed(struct seen *seen, const uint8_t *bytes, size_t n, size_t piece)
{
	struct ts_rtmp_chunks c;
	int err = 0;
	*seen = (struct seen){.chunks = &c};
	ts_rtmp_chunks_init(&c, 1000);
	for (size_t at = 0; at < n && !err; at += piece)
		err = ts_rtmp_chunks_feed(
			&c, bytes + at, piece < n - at ? piece : n - at, note, seen);
	ts_rtmp_chunks_fini(&c);
	return err;
}

static const struct row {
	const char *what;
	int rc;
	size_t n_messages;
	struct {
		uint8_t type;
		uint32_t stream, timestamp;
		size_t len;
	} is[3];
	size_t n;
	uint8_t bytes[200];
} rows[] = {
	{"a whole header", 0, 1, {{8, 1, 0x010203, 2}}, 14,
		{0x04, 1, 2, 3, 0, 0, 2, 8, 1, 0, 0, 0, 'a', 'b'}},
	{"stream ids are little endian", 0, 1, {{8, 0x04030201, 0, 1}}, 13,
		{0x04, 0, 0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 'a'}},
	{"no body", 0, 1, {{9, 1, 5, 0}}, 12, {0x04, 0, 0, 5, 0, 0, 0, 9, 1, 0, 0, 0}},
	{"two-byte id", 0, 1, {{8, 1, 0, 1}}, 14, {0x00, 9, 0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 'a'}},
	{"three-byte id", 0, 1, {{8, 1, 0, 1}}, 15,
		{0x01, 9, 9, 0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 'a'}},
	{"extended timestamp", 0, 1, {{8, 1, 0x01020304, 1}}, 17,
		{0x04, 255, 255, 255, 0, 0, 1, 8, 1, 0, 0, 0, 1, 2, 3, 4, 'a'}},
	{"deltas: another length, the same length, the same delta", 0, 3,
		{{8, 1, 100, 1}, {9, 1, 110, 2}, {9, 1, 120, 2}}, 13 + 10 + 3,
		{0x04, 0, 0, 100, 0, 0, 1, 8, 1, 0, 0, 0, 'a', /* */
			0x44, 0, 0, 10, 0, 0, 2, 9, 'b', 'c', 0xc4, 'd', 'e'}},
	{"a delta alone", 0, 2, {{8, 1, 100, 1}, {8, 1, 123, 1}}, 13 + 5,
		{0x04, 0, 0, 100, 0, 0, 1, 8, 1, 0, 0, 0, 'a', 0x84, 0, 0, 23, 'b'}},
	{"a message that begins anew ends the one before", 0, 1, {{9, 1, 7, 1}}, 140 + 13,
		{[0] = 0x04,
			0,
			0,
			0,
			0,
			0,
			200,
			8,
			1,
			0,
			0,
			0, /* 128 of 200 bytes */
			[140] = 0x04,
			0,
			0,
			7,
			0,
			0,
			1,
			9,
			1,
			0,
			0,
			0,
			'a'}},
	{"set chunk size", 0, 2, {{1, 0, 0, 4}, {8, 1, 0, 3}}, 16 + 12 + 2 + 1 + 1,
		{2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 2, /* */
			0x04, 0, 0, 0, 0, 0, 3, 8, 1, 0, 0, 0, 'a', 'b', 0xc4, 'c'}},
	{"abort", 0, 2, {{2, 0, 0, 4}, {8, 1, 3, 1}}, 140 + 16 + 13,
		{[0] = 0x04,
			0,
			0,
			0,
			0,
			0,
			200,
			8,
			1,
			0,
			0,
			0, /* */
			[140] = 2,
			0,
			0,
			0,
			0,
			0,
			4,
			2,
			0,
			0,
			0,
			0,
			0,
			0,
			0,
			4, /* */
			0x04,
			0,
			0,
			3,
			0,
			0,
			1,
			8,
			1,
			0,
			0,
			0,
			'a'}},
	{"a delta without a header before", TS_EBADMSG, 0, {{0}}, 8, {0x44, 0, 0, 1, 0, 0, 1, 8}},
	{"nothing without a header before", TS_EBADMSG, 0, {{0}}, 1, {0xc4}},
	{"too long", TS_ELIMIT, 0, {{0}}, 12, {0x04, 0, 0, 0, 0, 3, 233, 8, 1, 0, 0, 0}},
	{"the longest", 0, 0, {{0}}, 12, {0x04, 0, 0, 0, 0, 3, 232, 8, 1, 0, 0, 0}},
};

static void all_rows_in_pieces_of_all_sizes(void **state)
{
	static struct seen seen;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		for (size_t piece = 1; piece <= r->n; piece++) {
			const int rc = feed(&seen, r->bytes, r->n, piece);
			if (rc != r->rc || seen.n != r->n_messages)
				fail_msg(
					"%s, by %zu: %d, %zu messages", r->what, piece, rc, seen.n);
			for (size_t k = 0; k < seen.n; k++) {
				assert_int_equal(seen.message[k].type, r->is[k].type);
				assert_int_equal(seen.message[k].stream, r->is[k].stream);
				assert_int_equal(seen.message[k].timestamp, r->is[k].timestamp);
				assert_int_equal(seen.message[k].len, r->is[k].len);
			}
		}
	}
}

/* Two messages of 300 bytes whose chunks alternate, one with extended timestamps, which stand in
 * each of its chunks. */
static void interleaved(void **state)
{
	static uint8_t bytes[1000];
	static struct seen seen;
	size_t n = 0;
	(void)state;
	for (size_t at = 0; at < 300; at += 128) {
		const size_t part = 300 - at < 128 ? 300 - at : 128;
		static const uint8_t first[] = {4, 0, 0, 9, 0, 1, 44, 8, 1, 0, 0, 0},
				     second[] = {6, 255, 255, 255, 0, 1, 44, 9, 1, 0, 0, 0},
				     late[] = {1, 0, 0, 0};
		if (at)
			bytes[n++] = 0xc4;
		else
			memcpy(bytes, first, sizeof first), n = sizeof first;
		memset(bytes + n, 'a', part), n += part;
		if (at)
			bytes[n++] = 0xc6;
		else
			memcpy(bytes + n, second, sizeof second), n += sizeof second;
		memcpy(bytes + n, late, sizeof late), n += sizeof late;
		memset(bytes + n, 'b', part), n += part;
	}
	for (size_t piece = 1; piece <= n; piece++) {
		assert_int_equal(feed(&seen, bytes, n, piece), 0);
		assert_int_equal(seen.n, 2);
		for (size_t i = 0; i < 300; i++) {
			assert_int_equal(seen.message[0].body[i], 'a');
			assert_int_equal(seen.message[1].body[i], 'b');
		}
		assert_int_equal(seen.message[1].timestamp, 0x01000000);
	}
}

static void many_streams(void **state)
{
	static uint8_t bytes[(TS_RTMP_CHUNK_STREAMS + 1) * 13];
	static struct seen seen;
	(void)state;
	for (uint8_t i = 0; i <= TS_RTMP_CHUNK_STREAMS; i++) {
		const uint8_t one[] = {(uint8_t)(i + 3), 0, 0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 'a'};
		memcpy(bytes + i * sizeof one, one, sizeof one);
		if (i < TS_RTMP_CHUNK_STREAMS) bytes[i * sizeof one + 6] = 1; /* whole */
	}
	/* the note is full after 8 */
	assert_int_equal(feed(&seen, bytes, 8 * 13, 7), 0);
	struct ts_rtmp_chunks c;
	ts_rtmp_chunks_init(&c, 1000);
	int err = 0;
	for (size_t i = 0; i <= TS_RTMP_CHUNK_STREAMS && !err; i++) {
		seen.n = 0;
		err = ts_rtmp_chunks_feed(&c, bytes + i * 13, 13, note, &seen);
		assert_int_equal(err, i < TS_RTMP_CHUNK_STREAMS ? 0 : TS_ELIMIT);
	}
	ts_rtmp_chunks_fini(&c);
}

/* Messages that are begun and left take no more than twice the largest one. */
static void held_is_limited(void **state)
{
	static uint8_t bytes[12 + 128];
	static struct seen seen;
	struct ts_rtmp_chunks c;
	int err = 0;
	uint8_t i = 0;
	(void)state;
	ts_rtmp_chunks_init(&c, 200);
	for (; i < 16 && !err; i++) {
		const uint8_t head[] = {(uint8_t)(i + 3), 0, 0, 0, 0, 0, 200, 8, 1, 0, 0, 0};
		memcpy(bytes, head, sizeof head);
		err = ts_rtmp_chunks_feed(&c, bytes, sizeof bytes, note, &seen);
		assert_true(c.held <= 400);
	}
	assert_int_equal(err, TS_ELIMIT);
	assert_int_equal(i, 3);
	ts_rtmp_chunks_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows_in_pieces_of_all_sizes),
		cmocka_unit_test(interleaved),
		cmocka_unit_test(many_streams),
		cmocka_unit_test(held_is_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
