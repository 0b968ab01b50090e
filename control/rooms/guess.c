#include "control/rooms/guess.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/rooms/throttle.h"
#include <glib.h>
#include <string.h>

enum { ADDRESSES_MAX = 10000, TARGETS_MAX = 4096, KEY_MAX = 288, TARGET_MAX = 128 };
#define BY_TRUNK "trunk "
#define CLEAN_AFTER_NS (15 * 60 * TS_NS_PER_S)
#define KNOWN_FOR_NS (24 * 3600 * TS_NS_PER_S)
#define LOG_PERIOD_NS (TS_NS_PER_S / 2)

static const struct {
	const char *name;
	enum ts_counter counter;
	/* a bucket of 100 for one address: those whose session ended ask on for a while */
	bool patient;
	/* few enough to be found by many addresses together: the target has a bucket */
	bool short_one;
	bool remembers; /* the address that was right is known */
} kinds[TS_GUESS_KINDS] = {
	[TS_GUESS_PIN] = {.name = "pin", .counter = TS_C_SECRETS_PIN, .short_one = true},
	[TS_GUESS_JOIN_TOKEN] = {.name = "join-token",
		.counter = TS_C_SECRETS_JOIN_TOKEN,
		.remembers = true},
	[TS_GUESS_API_TOKEN] = {.name = "api-token",
		.counter = TS_C_SECRETS_API_TOKEN,
		.remembers = true},
	[TS_GUESS_SESSION] = {.name = "session", .counter = TS_C_SECRETS_SESSION, .patient = true},
	[TS_GUESS_SIP_PASSWORD] = {.name = "sip-password",
		.counter = TS_C_SECRETS_SIP_PASSWORD,
		.short_one = true},
	[TS_GUESS_ROOM_NUMBER] = {.name = "room-number",
		.counter = TS_C_SECRETS_ROOM_NUMBER,
		.short_one = true},
};

enum bucket { PAIR, PATIENT_PAIR, ADDRESS, PATIENT_ADDRESS, SITE, TARGET, BUCKETS };

static const struct ts_throttle_config buckets[BUCKETS] = {
	[PAIR] = {.period_ns = 5 * TS_NS_PER_S, .burst = 10, .max_addresses = ADDRESSES_MAX},
	[PATIENT_PAIR] = {.period_ns = TS_NS_PER_S, .burst = 100, .max_addresses = ADDRESSES_MAX},
	[ADDRESS] = {.period_ns = 2 * TS_NS_PER_S, .burst = 30, .max_addresses = ADDRESSES_MAX},
	[PATIENT_ADDRESS] = {.period_ns = TS_NS_PER_S,
		.burst = 100,
		.max_addresses = ADDRESSES_MAX},
	[SITE] = {.period_ns = TS_NS_PER_S, .burst = 60, .max_addresses = ADDRESSES_MAX},
	[TARGET] = {.period_ns = 5 * TS_NS_PER_S, .burst = 100, .max_addresses = TARGETS_MAX},
};

struct ts_guesses {
	struct ts_throttle *bucket[BUCKETS];
	struct ts_throttle *lines; /* of the log */
	struct ts_throttle *known; /* used as a memory: seen lately? */
	int64_t suppressed;
};

/* A bucket of one, taken by who was right: empty means known. */
static const struct ts_throttle_config known = {
	.period_ns = KNOWN_FOR_NS, .burst = 1, .max_addresses = ADDRESSES_MAX};
static const struct ts_throttle_config lines = {
	.period_ns = LOG_PERIOD_NS, .burst = 20, .max_addresses = 1};

struct ts_guesses *ts_guesses_new(void)
{
	struct ts_guesses *guesses = g_new0(struct ts_guesses, 1);
	for (int i = 0; i < BUCKETS; i++) guesses->bucket[i] = ts_throttle_new(&buckets[i]);
	guesses->lines = ts_throttle_new(&lines);
	guesses->known = ts_throttle_new(&known);
	return guesses;
}

void ts_guesses_free(struct ts_guesses *guesses)
{
	if (!guesses) return;
	for (int i = 0; i < BUCKETS; i++) ts_throttle_free(guesses->bucket[i]);
	ts_throttle_free(guesses->lines);
	ts_throttle_free(guesses->known);
	g_free(guesses);
}

void ts_guess_by_trunk(char out[TS_GUESS_ADDRESS_MAX], const char *trunk, const char *caller)
{
	g_snprintf(out, TS_GUESS_ADDRESS_MAX, BY_TRUNK "%s %s", trunk, caller);
}

static bool is_by_trunk(const struct ts_try *t)
{
	return g_str_has_prefix(t->address, BY_TRUNK);
}

/* ---- the keys of a try; "": it has no such bucket */

struct keys {
	char key[BUCKETS][KEY_MAX];
};

/* What a datagram says of its source, and what a page of another site sends, have keys of their
 * own: nobody locks an address out of anything else by forging it, or by who looks at a page. */
static void make_keys(struct keys *out, const struct ts_try *t)
{
	const char *kind = kinds[t->kind].name,
		   *way = t->forgeable ? "udp "
		: t->foreign           ? "page "
				       : "";
	bool patient = kinds[t->kind].patient;
	char customer[TS_GUESS_ADDRESS_MAX], site[INET6_ADDRSTRLEN];
	memset(out, 0, sizeof(*out));
	if (!ts_address_network(customer, t->address, TS_ADDRESS_CUSTOMER_BYTES))
		g_strlcpy(customer, t->address, sizeof(customer));
	g_snprintf(out->key[patient ? PATIENT_ADDRESS : ADDRESS], KEY_MAX, "%s%s", way, customer);
	g_snprintf(out->key[patient ? PATIENT_PAIR : PAIR], KEY_MAX, "%s%s %s %.*s", way, customer,
		kind, TARGET_MAX, t->target);
	if (ts_address_network(site, t->address, TS_ADDRESS_SITE_BYTES))
		g_snprintf(out->key[SITE], KEY_MAX, "%s%s", way, site);
	if (kinds[t->kind].short_one)
		g_snprintf(out->key[TARGET], KEY_MAX, "%s%s%s %.*s", way,
			is_by_trunk(t) ? BY_TRUNK : "", kind, TARGET_MAX, t->target);
}

/* ---- what becomes of it */

static void count(
	struct ts_guesses *guesses, const struct ts_try *t, const char *why, int64_t now_ns)
{
	ts_count(kinds[t->kind].counter);
	if (ts_throttle_take(guesses->lines, "", now_ns)) {
		guesses->suppressed++;
		return;
	}
	ts_warn("secret refused", "client=%s kind=%s target=%s why=%s suppressed=%lld",
		is_by_trunk(t) ? TS_LOG_STR(t->address) : t->address, kinds[t->kind].name,
		TS_LOG_STR(*t->target || !t->about ? t->target : t->about), why,
		(long long)guesses->suppressed);
	guesses->suppressed = 0;
}

static bool is_known(
	struct ts_guesses *guesses, const struct ts_try *t, const struct keys *keys, int64_t now_ns)
{
	if (t->known) return true;
	return kinds[t->kind].remembers &&
		ts_throttle_peek(guesses->known, keys->key[PAIR], now_ns) > 0;
}

/* Nobody there guessed wrong for a while. */
static bool is_clean(struct ts_guesses *guesses, const struct keys *keys, int64_t now_ns)
{
	static const enum bucket of_source[] = {ADDRESS, SITE};
	for (size_t i = 0; i < G_N_ELEMENTS(of_source); i++) {
		const char *key = keys->key[of_source[i]];
		if (*key &&
			ts_throttle_full_ns(guesses->bucket[of_source[i]], key) >
				now_ns - CLEAN_AFTER_NS)
			return false;
	}
	return true;
}

int64_t ts_guess_peek(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns)
{
	struct keys keys;
	int64_t wait_ns = 0;
	make_keys(&keys, t);
	if (is_known(guesses, t, &keys, now_ns)) return 0;
	for (int i = 0; i < BUCKETS; i++) {
		if (!*keys.key[i]) continue;
		int64_t this_ns = ts_throttle_peek(guesses->bucket[i], keys.key[i], now_ns);
		if (i == TARGET && this_ns && !t->forgeable && !is_by_trunk(t) &&
			is_clean(guesses, &keys, now_ns))
			continue;
		wait_ns = MAX(wait_ns, this_ns);
	}
	return wait_ns;
}

int64_t ts_guess_wait(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns)
{
	const int64_t wait_ns = ts_guess_peek(guesses, t, now_ns);
	if (wait_ns) count(guesses, t, "too-many", now_ns);
	return wait_ns;
}

void ts_guess_wrong(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns)
{
	struct keys keys;
	make_keys(&keys, t);
	for (int i = 0; i < BUCKETS; i++)
		if (*keys.key[i]) ts_throttle_take(guesses->bucket[i], keys.key[i], now_ns);
	count(guesses, t, "wrong", now_ns);
}

void ts_guess_right(struct ts_guesses *guesses, const struct ts_try *t, int64_t now_ns)
{
	struct keys keys;
	if (!kinds[t->kind].remembers) return;
	make_keys(&keys, t);
	ts_throttle_take(guesses->known, keys.key[PAIR], now_ns);
}
