/* Who may join: the first byte chooses policy and room, then { u8 flags, u8 seconds since the last,
 * u8 address, u8 length, PIN or token }*. Who asks is judged by hand as well: a right secret is
 * never "wrong" and a wrong one never lets in; whoever proved before that they know the PIN is
 * always compared; a lock is told to those alone who know the secret; and nobody has more wrong
 * PINs compared than the buckets of control/rooms/guess.h hold. */
#include "base/bytes.h"
#include "base/clock.h"
#include "control/rooms/admit.h"
#include "mixer/room/room.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 2000, ADDRESSES = 16, AT_ONCE = 30, PERIOD_S = 2, OF_SITE_AT_ONCE = 60 };

static const struct ts_room_config rooms[] = {{.id = "r"}, {.id = "r", .pin = "4711"},
	{.id = "r", .locked = true}, {.id = "r", .pin = "4711", .locked = true},
	{.id = "r", .host_pin = "13579", .wait_for_host = true},
	{.id = "r", .pin = "4711", .host_pin = "13579"}};
enum { ROOMS = sizeof(rooms) / sizeof(rooms[0]) };
static const char *const policies[] = {"join.policy=open", "join.policy=pin", "join.policy=token"};

struct world {
	struct ts_config config;
	const struct ts_room_config *room; /* NULL: made by the join */
	struct ts_guesses *guesses;
	int64_t began_ns, now_ns;
	int wrong[ADDRESSES], site_wrong;
};

/* 0..7 IPv4, then two /64 of one /48 with four addresses each. */
static void write_address(char out[64], unsigned i)
{
	if (i < 8)
		snprintf(out, 64, "192.0.2.%u", i + 1);
	else
		snprintf(out, 64, "2001:db8:1:%x::%x", (i - 8) / 4 + 1, i);
}

static bool is_right(const struct world *w, const char *given)
{
	if (w->config.join.policy == TS_JOIN_TOKEN) return !strcmp(given, "token-of-16-chars");
	if (w->room && *w->room->pin) return !strcmp(given, w->room->pin);
	return w->config.join.policy == TS_JOIN_PIN && !strcmp(given, "0815");
}

static bool is_hosts(const struct world *w, const char *given)
{
	return w->config.join.policy != TS_JOIN_TOKEN && w->room && *w->room->host_pin &&
		!strcmp(given, w->room->host_pin);
}

static bool asks(const struct world *w)
{
	return w->config.join.policy != TS_JOIN_OPEN || (w->room && *w->room->pin);
}

/* Addresses of one /64 share a bucket, those of one /48 another. */
static void count_wrong(struct world *w, unsigned i)
{
	const unsigned whose = i < 8 ? i : 8 + (i - 8) / 4;
	const int64_t s = (w->now_ns - w->began_ns) / TS_NS_PER_S;
	if (++w->wrong[whose] > AT_ONCE + s / PERIOD_S + 1) abort();
	if (i >= 8 && ++w->site_wrong > OF_SITE_AT_ONCE + s + 1) abort();
}

static void judge(struct world *w, const struct ts_entrant *who, unsigned i)
{
	struct ts_admitted a;
	const bool given = who->given && *who->given,
		   locked = w->room && w->room->locked && !who->comes_back;
	const bool host = given && is_hosts(w, who->given);
	const bool right = given && (is_right(w, who->given) || host);
	/* where there is none a host's may be looked for all the same */
	const bool judged = asks(w) ||
		(given && w->config.join.policy != TS_JOIN_TOKEN && w->room && *w->room->host_pin);
	ts_admit(&a, &w->config, w->room, who, w->guesses, w->now_ns);
	if ((a.verdict == TS_REFUSED_WAIT) != (a.wait_ns > 0)) abort();
	if (!strcmp(a.role, TS_HOST) && !host) abort();
	if (*a.role && (a.verdict == TS_REFUSED_WRONG || a.verdict == TS_REFUSED_WAIT)) abort();
	if (!judged) {
		if (a.verdict != (locked ? TS_REFUSED_LOCKED : TS_ADMITTED_OPEN)) abort();
		return;
	}
	if ((a.verdict == TS_REFUSED_NEEDED) != (!given && asks(w))) abort();
	const bool two = w->room && *w->room->host_pin && w->config.join.policy != TS_JOIN_TOKEN;
	const bool known = who->known && (!two || (right && !host));
	if (known && a.verdict == TS_REFUSED_WAIT) abort();
	switch (a.verdict) {
	case TS_ADMITTED_OPEN: abort();
	case TS_ADMITTED_PROVED:
		if (!right || locked) abort();
		if (host != !strcmp(a.role, TS_HOST)) abort();
		break;
	case TS_REFUSED_LOCKED:
		if (!right || !locked) abort();
		break;
	case TS_REFUSED_WRONG:
		if (right) abort();
		if (!known && a.kind == TS_GUESS_PIN) count_wrong(w, i);
		break;
	default: break;
	}
}

static void try_one(struct world *w, struct ts_rd *in)
{
	char address[64], given[256];
	const uint8_t flags = ts_rd_u8(in);
	w->now_ns += ts_rd_u8(in) % 8 * (TS_NS_PER_S / 4);
	const unsigned i = ts_rd_u8(in) % ADDRESSES;
	size_t len = ts_rd_u8(in);
	if (len > ts_rd_left(in)) len = ts_rd_left(in);
	if (len) memcpy(given, ts_rd_bytes(in, len), len);
	given[len] = '\0';
	if (flags & 8)
		strcpy(given,
			flags & 16           ? "4711"
				: flags & 32 ? "0815"
				: flags & 64 ? "13579"
					     : "token-of-16-chars");
	write_address(address, i);
	const struct ts_entrant who = {.address = address,
		.given = flags & 1 ? NULL : given,
		.known = flags & 2 && w->config.join.policy != TS_JOIN_TOKEN,
		.comes_back = flags & 4};
	judge(w, &who, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	char err[TS_CONFIG_ERR_MAX];
	struct ts_rd in = ts_rd(data, size);
	const uint8_t how = ts_rd_u8(&in);
	memset(&w, 0, sizeof(w));
	ts_config_init_defaults(&w.config);
	if (ts_config_set(&w.config, policies[how % 3], err, sizeof(err)) ||
		ts_config_set(&w.config, "join.pin=0815", err, sizeof(err)) ||
		ts_config_set(&w.config, "join.tokens=token-of-16-chars", err, sizeof(err)))
		abort();
	w.room = how / 3 % (ROOMS + 1) ? &rooms[how / 3 % (ROOMS + 1) - 1] : NULL;
	w.guesses = ts_guesses_new();
	w.began_ns = w.now_ns = 1000 * TS_NS_PER_S;
	for (int i = 0; i < TRIES_MAX && ts_rd_left(&in) > 3; i++) try_one(&w, &in);
	ts_guesses_free(w.guesses);
	ts_config_fini(&w.config);
	return 0;
}
