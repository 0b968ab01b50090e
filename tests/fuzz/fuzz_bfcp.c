/* A message of BFCP: what is read is written and read again to the same; a server that gets it goes
 * on; and a stream of them is the same messages however it is cut. */
#include "control/bfcp/server.h"
#include "control/bfcp/stream.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take(void *arg, struct ts_bfcp_user *user, const void *bytes, size_t n)
{
	struct ts_bfcp_message m;
	(void)arg;
	(void)user;
	if (ts_bfcp_read(&m, bytes, n)) abort();
}

static void held(void *arg, struct ts_bfcp_room *room)
{
	(void)arg;
	(void)ts_bfcp_room_holder(room);
}

/* What was read is written so that reading it makes the same bytes again. */
static void round_trip(const uint8_t *data, size_t len)
{
	static uint8_t bytes[TS_BFCP_MESSAGE_MAX], again[TS_BFCP_MESSAGE_MAX];
	struct ts_bfcp_message m, back;
	struct ts_bfcp_head head;
	struct ts_wr w = ts_wr(bytes, sizeof bytes), w2 = ts_wr(again, sizeof again);
	ts_bfcp_read_head(&head, data, len);
	if (ts_bfcp_read(&m, data, len) || ts_bfcp_write(&w, &m)) return;
	if (ts_bfcp_read(&back, bytes, ts_wr_len(&w)) || ts_bfcp_write(&w2, &back)) abort();
	if (ts_wr_len(&w) != ts_wr_len(&w2) || memcmp(bytes, again, ts_wr_len(&w)) != 0) abort();
}

/* The first byte: the rule, and the transport; then messages, each behind its length. */
static void serve(const uint8_t *data, size_t len)
{
	static const struct ts_bfcp_ops ops = {take, held};
	const enum ts_floor_rule rule = (enum ts_floor_rule)(data[0] % 3);
	struct ts_bfcp_room *room = ts_bfcp_room_new(rule, &ops, NULL);
	struct ts_bfcp_user *user[2];
	int64_t now_ns = 0;
	for (uint16_t i = 0; i < 2; i++) {
		const struct ts_bfcp_user_config config = {
			7, (uint16_t)(3 + i), 1, data[0] & 0x80, 2, "Anna", NULL};
		user[i] = ts_bfcp_user_new(&config);
		ts_bfcp_user_enter(user[i], room, 0);
	}
	for (size_t at = 1; at < len;) {
		size_t n = data[at++];
		if (n > len - at) n = len - at;
		ts_bfcp_user_receive(user[n & 1], data + at, n, now_ns);
		at += n;
		now_ns += 400000000;
		ts_bfcp_room_run(room, now_ns);
	}
	for (int i = 0; i < 2; i++) ts_bfcp_user_free(user[i], now_ns);
	ts_bfcp_room_free(room);
}

/* What a stream came to: its messages one behind the other, and whether it broke. */
struct framed {
	size_t messages, bytes;
	uint64_t sum;
	bool broken;
};

/* By pieces of at most `cut` bytes. */
static struct framed framed_by(const uint8_t *data, size_t len, size_t cut)
{
	struct ts_bfcp_stream s = {.n = 0};
	struct framed f = {.sum = 14695981039346656037u};
	for (size_t at = 0; at < len && !f.broken;) {
		size_t cap, size;
		uint8_t *room = ts_bfcp_stream_room(&s, &cap);
		struct ts_bfcp_head head;
		enum ts_bfcp_framed next;
		if (!cap) abort();
		size_t n = len - at < cut ? len - at : cut;
		if (n > cap) n = cap;
		memcpy(room, data + at, n);
		ts_bfcp_stream_added(&s, n);
		at += n;
		while ((next = ts_bfcp_stream_next(&s, &head, &size)) == TS_BFCP_FRAMED_MESSAGE) {
			if (size > s.n || size < TS_BFCP_HEADER_BYTES) abort();
			for (size_t i = 0; i < size; i++)
				f.sum = (f.sum ^ s.bytes[i]) * 1099511628211u;
			f.messages++;
			f.bytes += size;
			ts_bfcp_stream_drop(&s, size);
		}
		f.broken = next == TS_BFCP_FRAMED_BROKEN;
	}
	return f;
}

static void frame(const uint8_t *data, size_t len)
{
	const struct framed whole = framed_by(data + 1, len - 1, SIZE_MAX);
	const struct framed cut = framed_by(data + 1, len - 1, 1u + data[0] % 32);
	if (whole.messages != cut.messages || whole.bytes != cut.bytes || whole.sum != cut.sum ||
		whole.broken != cut.broken)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	round_trip(data, len);
	if (len) serve(data, len);
	if (len) frame(data, len);
	return 0;
}
