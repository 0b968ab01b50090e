/* A message of BFCP: what is read is written and read again to the same; and a server that gets it
 * goes on. */
#include "control/bfcp/server.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	round_trip(data, len);
	if (len) serve(data, len);
	return 0;
}
