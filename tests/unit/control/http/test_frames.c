#include "base/error.h"
#include "control/http/frames.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 1000, QUEUE_MAX = 3000 };

/* What came, and what goes out. */
struct side {
	struct ts_frames *frames;
	uint8_t message[2 * MESSAGE_MAX], out[8192];
	size_t len, n_out;
	int n;
	enum ts_frames_kind kind;
};

static void on_message(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	struct side *side = arg;
	assert_true(len <= sizeof(side->message));
	memcpy(side->message, data, len);
	side->len = len;
	side->kind = kind;
	side->n++;
}

static void begin(struct side *side)
{
	memset(side, 0, sizeof(*side));
	side->frames = ts_frames_new(
		&(struct ts_frames_config){MESSAGE_MAX, QUEUE_MAX, on_message, side});
	assert_non_null(side->frames);
}

/* A client's frame: masked. */
static size_t frame(uint8_t *out, int opcode, bool fin, const void *data, size_t len)
{
	static const uint8_t key[4] = {1, 2, 3, 4};
	size_t n = 0;
	out[n++] = (uint8_t)((fin ? 0x80 : 0) | opcode);
	if (len < 126) {
		out[n++] = (uint8_t)(0x80 | len);
	} else {
		out[n++] = 0x80 | 126;
		out[n++] = (uint8_t)(len >> 8);
		out[n++] = (uint8_t)len;
	}
	memcpy(out + n, key, 4);
	n += 4;
	for (size_t i = 0; i < len; i++) out[n++] = ((const uint8_t *)data)[i] ^ key[i & 3];
	return n;
}

static int push(struct side *side, int opcode, bool fin, const void *data, size_t len)
{
	uint8_t buf[4096];
	return ts_frames_read(side->frames, buf, frame(buf, opcode, fin, data, len));
}

static void pull(struct side *side)
{
	side->n_out = ts_frames_write(side->frames, side->out, sizeof(side->out));
}

enum { CONT = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static void assert_close(struct side *side, unsigned code)
{
	pull(side);
	assert_true(side->n_out >= 4);
	assert_int_equal(side->out[0], 0x80 | CLOSE);
	assert_int_equal(side->out[2] << 8 | side->out[3], code);
}

static void takes_messages(void **state)
{
	struct side side;
	(void)state;
	begin(&side);
	assert_int_equal(push(&side, TEXT, true, "hello", 5), 0);
	assert_int_equal(side.n, 1);
	assert_int_equal(side.kind, TS_FRAMES_TEXT);
	assert_memory_equal(side.message, "hello", 5);
	assert_int_equal(push(&side, BINARY, false, "ab", 2), 0);
	assert_int_equal(push(&side, PING, true, "x", 1), 0); /* between fragments */
	assert_int_equal(push(&side, CONT, true, "cd", 2), 0);
	assert_int_equal(side.n, 2);
	assert_int_equal(side.kind, TS_FRAMES_BINARY);
	assert_memory_equal(side.message, "abcd", 4);
	pull(&side);
	assert_int_equal(side.n_out, 3);
	assert_memory_equal(side.out, "\x8a\x01x", 3); /* the pong */
	ts_frames_free(side.frames);
}

static void takes_bytes_one_by_one(void **state)
{
	struct side side;
	uint8_t buf[64];
	(void)state;
	begin(&side);
	size_t n = frame(buf, TEXT, true, "slowly", 6);
	for (size_t i = 0; i < n; i++) assert_int_equal(ts_frames_read(side.frames, &buf[i], 1), 0);
	assert_int_equal(side.n, 1);
	ts_frames_free(side.frames);
}

static void refuses(void **state)
{
	static const char large[MESSAGE_MAX + 1];
	static const struct {
		const char *name;
		int opcode;
		const char *data;
		size_t len;
		unsigned code;
	} rows[] = {
		{"too long", TEXT, large, sizeof(large), TS_CLOSE_TOO_BIG},
		{"no UTF-8", TEXT, "\xff\xfe", 2, 1007},
		{"an opcode that is none", 3, "", 0, TS_CLOSE_PROTOCOL},
		{"a continuation of nothing", CONT, "x", 1, TS_CLOSE_PROTOCOL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct side side;
		begin(&side);
		if (push(&side, rows[i].opcode, true, rows[i].data, rows[i].len) != TS_ECLOSED)
			fail_msg("%s: taken", rows[i].name);
		assert_int_equal(side.n, 0);
		pull(&side);
		if (side.n_out < 4 || (side.out[2] << 8 | side.out[3]) != (int)rows[i].code)
			fail_msg("%s: %zu bytes", rows[i].name, side.n_out);
		assert_int_equal(push(&side, TEXT, true, "more", 4), TS_ECLOSED);
		assert_int_equal(side.n, 0);
		ts_frames_free(side.frames);
	}
}

static void bounds_fragments(void **state)
{
	struct side side;
	int rc = 0, n = 0;
	(void)state;
	begin(&side);
	for (; !rc && n < 2 * TS_FRAMES_FRAGMENTS; n++)
		rc = push(&side, n ? CONT : BINARY, false, "x", 1);
	assert_int_equal(rc, TS_ECLOSED);
	assert_int_equal(n, TS_FRAMES_FRAGMENTS + 1);
	assert_close(&side, TS_CLOSE_TOO_BIG);
	ts_frames_free(side.frames);
}

/* The next message counts anew. */
static void counts_fragments_of_one(void **state)
{
	struct side side;
	(void)state;
	begin(&side);
	for (int k = 0; k < 3; k++)
		for (int i = 0; i < TS_FRAMES_FRAGMENTS; i++)
			assert_int_equal(push(&side, i ? CONT : BINARY,
						 i == TS_FRAMES_FRAGMENTS - 1, "x", 1),
				0);
	assert_int_equal(side.n, 3);
	ts_frames_free(side.frames);
}

static void bounds_pongs(void **state)
{
	struct side side;
	int rc = 0, n = 0;
	(void)state;
	begin(&side);
	while (!rc && n < 1000) rc = push(&side, PING, true, "x", 1), n++;
	assert_int_equal(rc, TS_ECLOSED);
	assert_true(n <= TS_FRAMES_PONGS + 2);
	ts_frames_free(side.frames);

	begin(&side); /* messages that wait are no pings */
	for (int i = 0; i < 2 * TS_FRAMES_PONGS; i++)
		ts_frames_queue(side.frames, TS_FRAMES_TEXT, (const uint8_t *)"a", 1);
	assert_int_equal(push(&side, PING, true, "x", 1), 0);
	ts_frames_free(side.frames);

	begin(&side); /* one who reads may go on */
	for (int i = 0; i < 100; i++) {
		assert_int_equal(push(&side, PING, true, "x", 1), 0);
		pull(&side);
	}
	ts_frames_free(side.frames);
}

static void bounds_the_queue(void **state)
{
	static const uint8_t data[1000];
	struct side side;
	(void)state;
	begin(&side);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ts_frames_queue(side.frames, TS_FRAMES_BINARY, data, 1000), 0);
	assert_int_equal(ts_frames_queue(side.frames, TS_FRAMES_BINARY, data, 1000), TS_EFULL);
	pull(&side);
	assert_int_equal(side.n_out, 3 * (1000 + 4));
	assert_int_equal(ts_frames_queue(side.frames, TS_FRAMES_BINARY, data, 1000), 0);
	ts_frames_free(side.frames);
}

static void closes(void **state)
{
	struct side side;
	(void)state;
	begin(&side); /* we first */
	assert_int_equal(ts_frames_queue(side.frames, TS_FRAMES_TEXT, (const uint8_t *)"a", 1), 0);
	ts_frames_close(side.frames, TS_CLOSE_GOING, "bye");
	assert_int_equal(
		ts_frames_queue(side.frames, TS_FRAMES_TEXT, (const uint8_t *)"b", 1), TS_ECLOSED);
	assert_false(ts_frames_is_over(side.frames));
	pull(&side);
	assert_memory_equal(side.out,
		"\x81\x01"
		"a\x88\x05\x03\xe9"
		"bye",
		10);
	assert_false(ts_frames_is_over(side.frames));
	assert_int_equal(push(&side, CLOSE, true, "\x03\xe9", 2), TS_ECLOSED);
	pull(&side);
	assert_true(ts_frames_is_over(side.frames));
	ts_frames_free(side.frames);

	begin(&side); /* they first */
	assert_int_equal(push(&side, CLOSE, true, "\x03\xe8", 2), TS_ECLOSED);
	assert_close(&side, TS_CLOSE_NORMAL);
	assert_true(ts_frames_is_over(side.frames));
	ts_frames_free(side.frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_messages),
		cmocka_unit_test(takes_bytes_one_by_one),
		cmocka_unit_test(refuses),
		cmocka_unit_test(bounds_fragments),
		cmocka_unit_test(counts_fragments_of_one),
		cmocka_unit_test(bounds_pongs),
		cmocka_unit_test(bounds_the_queue),
		cmocka_unit_test(closes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
