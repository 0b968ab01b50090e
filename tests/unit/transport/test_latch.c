#include "base/clock.h"
#include "transport/latch.h"
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
	assert_int_equal(inet_pton(out.ss_family, host, v6 ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr), 1);
	in4->sin_port = htons((uint16_t)atoi(colon + 1));
	return out;
}

#define PEER "192.0.2.1:4000"
#define PEER_OTHER_PORT "192.0.2.1:4002"
#define NAT "198.51.100.9:61000"
#define THIEF "203.0.113.66:4000"
#define PEER6 "[2001:db8::1]:4000"
#define NOBODY "-"

enum { CLEAR = 0, PROVES = 1, SAME_HOST = 2 };

/* One packet that would prove valid. */
struct step {
	int64_t at_ms;
	const char *from;
	bool allowed;
	const char *to; /* where answers go after it */
};

static const struct row {
	const char *name;
	int how;
	const char *told;
	struct step step[6];
} rows[] = {
	{"nobody has sent yet", CLEAR, PEER, {{0, NULL, false, PEER}}},
	{"from where it said", CLEAR, PEER, {{0, PEER, true, PEER}, {20, PEER, true, PEER}}},
	{"behind a NAT", CLEAR, PEER, {{0, NAT, true, NAT}, {20, NAT, true, NAT}}},
	{"nothing was told", CLEAR, NOBODY, {{0, NULL, false, NOBODY}, {0, NAT, true, NAT}}},
	{"a flowing stream is not stolen", CLEAR, PEER,
		{{0, NAT, true, NAT}, {20, THIEF, false, NAT}, {2900, NAT, true, NAT}, {5000, THIEF, false, NAT},
			{5899, THIEF, false, NAT}}},
	{"nor from the same host", CLEAR, PEER, {{0, PEER, true, PEER}, {20, PEER_OTHER_PORT, false, PEER}}},
	{"after 3 s of silence", CLEAR, PEER,
		{{0, NAT, true, NAT}, {2999, THIEF, false, NAT}, {3000, THIEF, true, THIEF}}},
	{"a thief was quicker", CLEAR, PEER,
		{{0, THIEF, true, THIEF}, {20, PEER, true, PEER}, {40, THIEF, false, PEER}, {60, PEER, true, PEER}}},
	{"what was told no longer wins later", CLEAR, PEER,
		{{0, NAT, true, NAT}, {2000, NAT, true, NAT}, {3001, PEER, false, NAT}, {3002, NAT, true, NAT}}},
	{"SRTP proves", PROVES, PEER, {{0, PEER, true, PEER}, {20, NAT, true, NAT}, {40, PEER, true, PEER}}},
	{"no NAT: strangers never", SAME_HOST, PEER,
		{{0, THIEF, false, PEER}, {20, PEER_OTHER_PORT, true, PEER_OTHER_PORT},
			{9000, THIEF, false, PEER_OTHER_PORT}}},
	{"another family", CLEAR, PEER6, {{0, PEER6, true, PEER6}, {20, PEER, false, PEER6}, {4000, PEER, true, PEER}}},
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
		struct ts_latch l = {.proves = row->how == PROVES, .same_host = row->how == SAME_HOST};
		struct sockaddr_storage told = address(row->told);
		ts_latch_tell(&l, &told);
		for (const struct step *s = row->step; s->to; s++) {
			int64_t now_ns = (1000 + s->at_ms) * TS_NS_PER_MS;
			if (s->from) {
				struct sockaddr_storage from = address(s->from);
				bool allowed = ts_latch_allows(&l, &from, now_ns);
				if (allowed != s->allowed)
					fail_msg("%s: %s at %d ms", row->name, s->from, (int)s->at_ms);
				if (allowed) ts_latch_heard(&l, &from, now_ns);
			}
			check_to(row, &l, s->to);
		}
	}
}

/* Only another address than before makes the latch forget: a session refresh is no chance for a thief. */
static void told_again(void **state)
{
	(void)state;
	struct ts_latch l = {0};
	struct sockaddr_storage peer = address(PEER), nat = address(NAT), other = address(PEER_OTHER_PORT), none = {0};
	ts_latch_tell(&l, &peer);
	assert_true(ts_latch_heard(&l, &nat, 1));
	assert_false(ts_latch_heard(&l, &nat, 2));
	ts_latch_tell(&l, &peer);
	assert_true(ts_address_same(ts_latch_to(&l), &nat));
	ts_latch_tell(&l, &other);
	assert_true(ts_address_same(ts_latch_to(&l), &other));
	assert_true(ts_latch_allows(&l, &nat, 3));
	ts_latch_tell(&l, &none);
	assert_null(ts_latch_to(&l));
	ts_latch_tell(&l, &none);
	assert_null(ts_latch_to(&l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(told_again)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
