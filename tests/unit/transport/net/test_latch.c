#include "base/address.h"
#include "base/clock.h"
#include "transport/net/latch.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "192.0.2.1:4000", "[2001:db8::1]:4000"; "-": nobody. */
static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage out = {0};
	struct sockaddr_in *in4 = (void *)&out;
	struct sockaddr_in6 *in6 = (void *)&out;
	char host[64] = "";
	const char *colon = strrchr(text, ':');
	if (*text == '-') return out;
	bool v6 = *text == '[';
	memcpy(host, text + v6, (size_t)(colon - text) - 2 * v6);
	out.ss_family = v6 ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(out.ss_family, host,
				 v6 ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr),
		1);
	in4->sin_port = htons((uint16_t)atoi(colon + 1));
	return out;
}

#define PEER "192.0.2.1:4000"
#define PEER_OTHER_PORT "192.0.2.1:4002"
#define NAT "198.51.100.9:61000"
#define NAT_OTHER_PORT "198.51.100.9:61001"
#define THIEF "203.0.113.66:4000"
#define PROXY "203.0.113.5:20000"
#define PEER6 "[2001:db8::1]:4000"
#define NOBODY "-"

enum { CLEAR = 0, PROVES = 1, SAME_HOST = 2 };
enum { OURS = 7, OTHER = 8 }; /* SSRCs */

/* One packet that would prove valid. */
struct step {
	int64_t at_ms;
	const char *from;
	uint32_t ssrc;
	uint16_t seq;
	bool allowed;
	const char *to; /* where answers go after it */
};

static const struct row {
	const char *name;
	int how;
	const char *told, *signal;
	struct step step[9];
} rows[] = {
	{"nobody has sent yet", CLEAR, PEER, NOBODY, {{0, NULL, 0, 0, false, PEER}}},
	{"from where it said", CLEAR, PEER, NOBODY,
		{{0, PEER, OURS, 1, true, PEER}, {20, PEER, OURS, 2, true, PEER}}},
	{"behind a NAT", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {20, NAT, OURS, 2, true, NAT}}},
	{"nothing was told", CLEAR, NOBODY, NOBODY,
		{{0, NULL, 0, 0, false, NOBODY}, {0, NAT, OURS, 1, true, NAT}}},
	{"a new SSRC from there", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {20, NAT, OTHER, 999, true, NAT}}},
	{"a flowing stream is not stolen", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {20, THIEF, OTHER, 2, false, NAT},
			{2900, NAT, OURS, 2, true, NAT}, {5000, THIEF, OTHER, 3, false, NAT},
			{5899, THIEF, OTHER, 4, false, NAT}}},
	{"nor a silent one", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {3000, THIEF, OTHER, 1, false, NAT},
			{3020, THIEF, OTHER, 2, false, NAT}, {3040, THIEF, OTHER, 3, false, NAT},
			{3060, THIEF, OTHER, 4, false, NAT}, {60000, THIEF, OTHER, 5, false, NAT},
			{60020, NAT, OURS, 2, true, NAT}}},
	{"nor by its SSRC and other numbers", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {3000, THIEF, OURS, 9000, false, NAT},
			{3020, THIEF, OURS, 9001, false, NAT},
			{3040, THIEF, OURS, 9002, false, NAT},
			{3060, THIEF, OURS, 9003, false, NAT}}},
	{"nor by another port of its host", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {20, NAT_OTHER_PORT, OTHER, 2, false, NAT},
			{9000, NAT_OTHER_PORT, OTHER, 3, false, NAT}}},
	{"a NAT binds anew: at once", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 65535, true, NAT},
			{20, NAT_OTHER_PORT, OURS, 0, true, NAT_OTHER_PORT},
			{40, NAT_OTHER_PORT, OURS, 1, true, NAT_OTHER_PORT}}},
	{"after losses", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT},
			{9000, NAT_OTHER_PORT, OURS, 400, true, NAT_OTHER_PORT}}},
	{"another network: four in a row", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {600, PROXY, OURS, 2, false, NAT},
			{620, PROXY, OURS, 3, false, NAT}, {640, PROXY, OURS, 4, false, NAT},
			{660, PROXY, OURS, 5, true, PROXY}}},
	{"not while the old one is heard", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {20, THIEF, OURS, 2, false, NAT},
			{40, THIEF, OURS, 3, false, NAT}, {60, THIEF, OURS, 4, false, NAT},
			{80, THIEF, OURS, 5, false, NAT}, {100, NAT, OURS, 6, true, NAT},
			{620, THIEF, OURS, 6, false, NAT}}},
	{"with a hole between", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {600, PROXY, OURS, 2, false, NAT},
			{620, PROXY, OURS, 3, false, NAT}, {640, PROXY, OURS, 5, false, NAT},
			{660, PROXY, OURS, 6, false, NAT}}},
	{"another port of the host it told, when silent", CLEAR, PEER, NOBODY,
		{{0, PEER, OURS, 1, true, PEER}, {2999, PEER_OTHER_PORT, OTHER, 9, false, PEER},
			{3000, PEER_OTHER_PORT, OTHER, 10, true, PEER_OTHER_PORT}}},
	{"the host that signals, when silent", CLEAR, PEER, PROXY,
		{{0, NAT, OURS, 1, true, NAT}, {4000, NAT, OURS, 2, true, NAT},
			{6999, THIEF, OTHER, 9, false, NAT},
			{7000, PROXY, OTHER, 10, true, PROXY}}},
	{"a thief was quicker", CLEAR, PEER, NOBODY,
		{{0, THIEF, OTHER, 1, true, THIEF}, {20, PEER, OURS, 1, true, PEER},
			{40, THIEF, OTHER, 2, false, PEER}, {60, PEER, OURS, 2, true, PEER}}},
	{"and long before", CLEAR, PEER, NOBODY,
		{{0, THIEF, OTHER, 1, true, THIEF}, {9000, PEER, OURS, 1, true, PEER},
			{9020, THIEF, OTHER, 2, false, PEER}}},
	{"than who is behind the NAT that signals", CLEAR, PEER, NAT,
		{{0, THIEF, OTHER, 1, true, THIEF}, {20, NAT, OURS, 1, true, NAT},
			{40, THIEF, OTHER, 2, false, NAT}}},
	{"who was told is not given up for who signals", CLEAR, PEER, PROXY,
		{{0, PEER, OURS, 1, true, PEER}, {20, PROXY, OTHER, 1, false, PEER}}},
	{"what was told wins later as well", CLEAR, PEER, NOBODY,
		{{0, NAT, OURS, 1, true, NAT}, {2000, NAT, OURS, 2, true, NAT},
			{3001, PEER, OTHER, 3, true, PEER}, {3002, NAT, OURS, 3, false, PEER}}},
	{"SRTP proves", PROVES, PEER, NOBODY,
		{{0, PEER, OURS, 1, true, PEER}, {20, NAT, OURS, 2, true, NAT},
			{40, PEER, OTHER, 3, true, PEER}}},
	{"no NAT: strangers never", SAME_HOST, PEER, NOBODY,
		{{0, THIEF, OTHER, 1, false, PEER},
			{20, PEER_OTHER_PORT, OURS, 1, true, PEER_OTHER_PORT},
			{9000, THIEF, OURS, 2, false, PEER_OTHER_PORT},
			{9020, THIEF, OURS, 3, false, PEER_OTHER_PORT}}},
	{"another family", CLEAR, PEER6, NOBODY,
		{{0, PEER6, OURS, 1, true, PEER6}, {20, PEER, OTHER, 2, false, PEER6},
			{4000, PEER, OTHER, 3, false, PEER6}}},
};

static void check_to(const struct row *row, const struct ts_latch *l, const char *want)
{
	const struct sockaddr_storage *to = ts_latch_to(l), expected = address(want);
	bool ok = to ? ts_address_same(to, &expected) : expected.ss_family == 0;
	if (!ok) fail_msg("%s: answers do not go to %s", row->name, want);
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct ts_latch l = {
			.proves = row->how == PROVES, .same_host = row->how == SAME_HOST};
		struct sockaddr_storage told = address(row->told);
		l.signal = address(row->signal);
		ts_latch_set_told(&l, &told);
		for (const struct step *s = row->step; s->to; s++) {
			int64_t now_ns = (1000 + s->at_ms) * TS_NS_PER_MS;
			if (s->from) {
				struct sockaddr_storage from = address(s->from);
				const struct ts_latch_packet p = {s->ssrc, s->seq};
				bool allowed = ts_latch_allows(&l, &from, &p, now_ns);
				if (allowed != s->allowed)
					fail_msg("%s: %s at %d ms", row->name, s->from,
						(int)s->at_ms);
				if (allowed) ts_latch_heard(&l, &from, &p, now_ns);
			}
			check_to(row, &l, s->to);
		}
	}
}

/* Only another address than before makes the latch forget: a session refresh is no chance for a
 * thief. */
static void told_again(void **state)
{
	(void)state;
	struct ts_latch l = {0};
	struct sockaddr_storage peer = address(PEER), nat = address(NAT),
				other = address(PEER_OTHER_PORT), none = {0};
	const struct ts_latch_packet p = {OURS, 1};
	ts_latch_set_told(&l, &peer);
	assert_true(ts_latch_heard(&l, &nat, &p, 1));
	assert_false(ts_latch_heard(&l, &nat, &p, 2));
	ts_latch_set_told(&l, &peer);
	assert_true(ts_address_same(ts_latch_to(&l), &nat));
	ts_latch_set_told(&l, &other);
	assert_true(ts_address_same(ts_latch_to(&l), &other));
	assert_true(ts_latch_allows(&l, &nat, &p, 3));
	ts_latch_set_told(&l, &none);
	assert_null(ts_latch_to(&l));
	ts_latch_set_told(&l, &none);
	assert_null(ts_latch_to(&l));
}

/* RTCP of the peer's SSRC says that the peer is there, though it sends no sound; of another it says
 * nothing. */
static void alive_by_rtcp(void **state)
{
	(void)state;
	static const struct {
		uint32_t ssrc;
		bool allowed;
	} rows_[] = {{OURS, false}, {OTHER, true}};
	for (size_t i = 0; i < 2; i++) {
		struct ts_latch l = {0};
		struct sockaddr_storage peer = address(PEER), other = address(PEER_OTHER_PORT);
		const struct ts_latch_packet ours = {OURS, 1}, others = {OTHER, 1};
		ts_latch_set_told(&l, &peer);
		ts_latch_heard(&l, &peer, &ours, TS_NS_PER_S);
		ts_latch_alive(&l, rows_[i].ssrc, 3 * TS_NS_PER_S);
		assert_int_equal(
			ts_latch_allows(&l, &other, &others, 5 * TS_NS_PER_S), rows_[i].allowed);
		assert_true(ts_latch_allows(&l, &other, &others, 6 * TS_NS_PER_S));
	}
}

static void shared_socket(void **state)
{
	(void)state;
	struct ts_latch l = {0};
	struct sockaddr_storage peer = address(PEER), nat = address(NAT),
				nat2 = address(NAT_OTHER_PORT), thief = address(THIEF);
	const struct ts_latch_packet p = {OURS, 1};
	ts_latch_set_told(&l, &peer);
	assert_true(ts_latch_allows_rtcp(&l, &nat)); /* nobody heard yet */
	ts_latch_heard(&l, &nat, &p, 1);
	assert_true(ts_latch_allows_rtcp(&l, &nat));
	assert_true(ts_latch_allows_rtcp(&l, &nat2));
	assert_true(ts_latch_allows_rtcp(&l, &peer));
	assert_false(ts_latch_allows_rtcp(&l, &thief));
	l.proves = true;
	assert_true(ts_latch_allows_rtcp(&l, &thief));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(told_again),
		cmocka_unit_test(alive_by_rtcp), cmocka_unit_test(shared_socket)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
