#include "base/clock.h"
#include "base/counter.h"
#include "control/rooms/guess.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>

#define NOW (1000000 * TS_NS_PER_S)

static int setup(void **state)
{
	*state = ts_guesses_new();
	return 0;
}

static int teardown(void **state)
{
	ts_guesses_free(*state);
	return 0;
}

static struct ts_try try_of(enum ts_guess_kind kind, const char *address, const char *target)
{
	return (struct ts_try){.kind = kind, .address = address, .target = target};
}

/* Guesses wrong until it is stopped, n times at most; how often it was compared. */
static int guess(struct ts_guesses *guesses, const struct ts_try *t, int n, int64_t now_ns)
{
	for (int i = 0; i < n; i++) {
		if (ts_guess_wait(guesses, t, now_ns)) return i;
		ts_guess_wrong(guesses, t, now_ns);
	}
	return n;
}

/* Every kind, at one target from one address. */
static void one_address_has_ten(void **state)
{
	for (int kind = 0; kind < TS_GUESS_KINDS; kind++) {
		char address[20];
		snprintf(address, sizeof(address), "192.0.2.%d", kind);
		const struct ts_try t = try_of(kind, address, "room");
		int most = kind == TS_GUESS_SESSION ? 100 : 10;
		int64_t period_ns = kind == TS_GUESS_SESSION ? TS_NS_PER_S : 5 * TS_NS_PER_S;
		assert_int_equal(guess(*state, &t, 1000, NOW), most);
		assert_int_equal(ts_guess_wait(*state, &t, NOW), period_ns);
		assert_int_equal(guess(*state, &t, 1000, NOW + period_ns), 1);
	}
}

/* The PIN of 4 digits that fell to SIP in 41 s: how many are compared in an hour of trying, from
 * one address. */
static void a_pin_lasts(void **state)
{
	const struct ts_try t = try_of(TS_GUESS_PIN, "192.0.2.1", "room");
	int compared = 0;
	for (int s = 0; s < 3600; s++) compared += guess(*state, &t, 100, NOW + s * TS_NS_PER_S);
	assert_in_range(compared, 700, 10 + 3600 / 5);
}

static void many_targets_are_no_way_round(void **state)
{
	int compared = 0;
	for (int i = 0; i < 100; i++) {
		char room[20];
		snprintf(room, sizeof(room), "room-%d", i);
		const struct ts_try t = try_of(TS_GUESS_PIN, "192.0.2.1", room);
		compared += guess(*state, &t, 10, NOW);
	}
	assert_int_equal(compared, 30);
}

/* Who guesses at one room from behind a NAT does not lock others out of another room. */
static void another_room_is_not_concerned(void **state)
{
	const struct ts_try attacked = try_of(TS_GUESS_PIN, "192.0.2.1", "attacked"),
			    other = try_of(TS_GUESS_PIN, "192.0.2.1", "other");
	for (int s = 0; s < 600; s++) guess(*state, &attacked, 10, NOW + s * TS_NS_PER_S);
	assert_int_equal(ts_guess_wait(*state, &other, NOW + 600 * TS_NS_PER_S), 0);
}

/* 65 536 networks of 64 bits, all one customer's. */
static void a_site_of_ipv6_has_sixty(void **state)
{
	int compared = 0;
	for (int i = 0; i < 2000; i++) {
		char address[40];
		snprintf(address, sizeof(address), "2001:db8:1:%x::", i);
		const struct ts_try t = try_of(TS_GUESS_API_TOKEN, address, "");
		compared += guess(*state, &t, 10, NOW);
	}
	assert_int_equal(compared, 60);
	const struct ts_try other = try_of(TS_GUESS_API_TOKEN, "2001:db8:2::", "");
	assert_int_equal(ts_guess_wait(*state, &other, NOW), 0);
}

/* Whoever asks need not have cut the address: a customer has 2^64 of them. */
static void addresses_of_one_customer_are_one(void **state)
{
	int compared = 0;
	for (int i = 0; i < 200; i++) {
		char address[40];
		snprintf(address, sizeof(address), "2001:db8:1:2::%x", i);
		const struct ts_try t = try_of(TS_GUESS_PIN, address, "room");
		compared += guess(*state, &t, 10, NOW);
	}
	assert_int_equal(compared, 10);
	const struct ts_try cut = try_of(TS_GUESS_PIN, "2001:db8:1:2::", "room"),
			    neighbour = try_of(TS_GUESS_PIN, "2001:db8:1:3::1", "room");
	assert_true(ts_guess_wait(*state, &cut, NOW) > 0);
	assert_int_equal(ts_guess_wait(*state, &neighbour, NOW), 0);
}

/* Nor do they push a guesser out of the memory, who would have ten more. */
static void nobody_is_forgotten_by_a_flood_of_one_site(void **state)
{
	const struct ts_try t = try_of(TS_GUESS_PIN, "192.0.2.1", "room");
	assert_int_equal(guess(*state, &t, 20, NOW), 10);
	for (int i = 0; i < 60000; i++) {
		char address[40];
		snprintf(address, sizeof(address), "2001:db8:1:%x::", i);
		const struct ts_try flood = try_of(TS_GUESS_PIN, address, "room-2");
		guess(*state, &flood, 1, NOW);
	}
	assert_true(ts_guess_wait(*state, &t, NOW) > 0);
}

/* Of addresses that need not be real there are as many as one likes: none is clean. */
static void forged_addresses_share_the_bucket_of_a_room(void **state)
{
	int compared = 0;
	for (int i = 0; i < 2000; i++) {
		char address[20];
		snprintf(address, sizeof(address), "198.18.%d.%d", i / 250, i % 250);
		struct ts_try t = try_of(TS_GUESS_PIN, address, "room");
		t.forgeable = true;
		compared += guess(*state, &t, 10, NOW);
	}
	assert_int_equal(compared, 100);
}

/* Ten datagrams in somebody's name, for each kind of secret; and as many as empty the bucket of the
 * room. */
static void forged_tries_take_nothing_from_others(void **state)
{
	static const char *const victims[] = {"192.0.2.1", "2001:db8:1:2::3"};
	for (size_t v = 0; v < 2; v++)
		for (int kind = 0; kind < TS_GUESS_KINDS; kind++) {
			struct ts_try forged = try_of(kind, victims[v], "room"), real = forged;
			forged.forgeable = true;
			guess(*state, &forged, 1000, NOW);
			assert_true(ts_guess_wait(*state, &forged, NOW) > 0);
			assert_int_equal(guess(*state, &real, 1, NOW), 1);
		}
	for (int i = 0; i < 200; i++) {
		char address[20];
		snprintf(address, sizeof(address), "198.18.1.%d", i);
		struct ts_try forged = try_of(TS_GUESS_PIN, address, "room");
		forged.forgeable = true;
		guess(*state, &forged, 10, NOW);
	}
	for (size_t v = 0; v < 2; v++) { /* they guessed wrong once, by their own hand */
		const struct ts_try real = try_of(TS_GUESS_PIN, victims[v], "room");
		assert_int_equal(guess(*state, &real, 1, NOW), 1);
	}
}

/* Many addresses at one room: those who guessed wrong wait for the room, others are compared. */
static void many_addresses_share_the_bucket_of_a_room(void **state)
{
	int64_t now_ns = NOW;
	int compared = 0;
	for (int minute = 0; minute < 60; minute++, now_ns += 60 * TS_NS_PER_S)
		for (int i = 0; i < 200; i++) {
			char address[20];
			snprintf(address, sizeof(address), "198.51.100.%d", i);
			const struct ts_try t = try_of(TS_GUESS_PIN, address, "room");
			compared += guess(*state, &t, 10, now_ns);
		}
	/* 100 at first, 12 a minute, and 200 addresses that are clean again after 15 minutes: not
	 * 200 x 12 a minute */
	assert_in_range(compared, 500, 100 + 60 * 12 + 4 * 200 + 200);
	const struct ts_try dirty = try_of(TS_GUESS_PIN, "198.51.100.7", "room"),
			    clean = try_of(TS_GUESS_PIN, "203.0.113.1", "room"),
			    elsewhere = try_of(TS_GUESS_PIN, "198.51.100.7", "other");
	now_ns -= 60 * TS_NS_PER_S;
	assert_true(ts_guess_wait(*state, &dirty, now_ns) > 0);
	assert_int_equal(ts_guess_wait(*state, &clean, now_ns), 0);
	assert_int_equal(ts_guess_wait(*state, &elsewhere, now_ns), 0);
}

static void who_knows_is_not_asked_to_wait(void **state)
{
	struct ts_try t = try_of(TS_GUESS_PIN, "192.0.2.1", "room");
	assert_int_equal(guess(*state, &t, 20, NOW), 10);
	t.known = true;
	assert_int_equal(ts_guess_wait(*state, &t, NOW), 0);
	/* the address alone is no proof for a PIN, which others behind it could then guess; for a
	 * long token it is */
	for (int kind = 0; kind < TS_GUESS_KINDS; kind++) {
		struct ts_try right = try_of(kind, "192.0.2.2", "x");
		ts_guess_right(*state, &right, NOW);
		guess(*state, &right, 101, NOW);
		bool remembered = kind == TS_GUESS_API_TOKEN || kind == TS_GUESS_JOIN_TOKEN;
		assert_int_equal(ts_guess_wait(*state, &right, NOW) == 0, remembered);
	}
}

static void counts_each_kind(void **state)
{
	const struct ts_try t = try_of(TS_GUESS_SIP_PASSWORD, "192.0.2.1", "alice");
	int64_t before = ts_count_get(TS_C_SECRETS_SIP_PASSWORD),
		others = ts_count_get(TS_C_SECRETS_PIN);
	for (int i = 0; i < 15; i++) guess(*state, &t, 1, NOW);
	assert_int_equal(ts_count_get(TS_C_SECRETS_SIP_PASSWORD) - before, 15);
	assert_int_equal(ts_count_get(TS_C_SECRETS_PIN), others);
}

/* One with a telephone locks nobody out of the carrier's other callers, nor browsers; and to make
 * numbers up is no way to more tries than one an address has who forges. */
static void callers_by_a_trunk_are_told_apart(void **state)
{
	char caller[TS_GUESS_ADDRESS_MAX], other[TS_GUESS_ADDRESS_MAX];
	ts_guess_by_trunk(caller, "carrier", "+49301");
	ts_guess_by_trunk(other, "carrier", "+49302");
	const struct ts_try one = try_of(TS_GUESS_PIN, caller, "room"),
			    two = try_of(TS_GUESS_PIN, other, "room"),
			    browser = try_of(TS_GUESS_PIN, "192.0.2.1", "room");
	assert_int_equal(guess(*state, &one, 1000, NOW), 10);
	assert_int_equal(ts_guess_wait(*state, &two, NOW), 0);
	int compared = 10;
	for (int i = 0; i < 100; i++) {
		char made_up[20];
		snprintf(made_up, sizeof(made_up), "+1%d", i);
		ts_guess_by_trunk(caller, "carrier", made_up);
		const struct ts_try t = try_of(TS_GUESS_PIN, caller, "room");
		compared += guess(*state, &t, 10, NOW);
	}
	assert_int_equal(compared, 100);
	assert_true(ts_guess_wait(*state, &two, NOW) > 0);
	assert_int_equal(guess(*state, &browser, 1000, NOW), 10);
	const struct ts_try number = try_of(TS_GUESS_ROOM_NUMBER, "192.0.2.1", "");
	assert_int_equal(ts_guess_wait(*state, &number, NOW), 0);
}

/* Whoever looks at a page of another site, and all behind their address, have their tries. */
static void pages_of_others_take_nothing(void **state)
{
	for (int kind = 0; kind < TS_GUESS_KINDS; kind++) {
		char address[20];
		snprintf(address, sizeof(address), "192.0.2.%d", kind);
		struct ts_try page = try_of(kind, address, "room"),
			      own = try_of(kind, address, "room");
		page.foreign = true;
		const int most = kind == TS_GUESS_SESSION ? 100 : 10;
		assert_int_equal(guess(*state, &page, 1000, NOW), most);
		assert_int_equal(guess(*state, &own, 1000, NOW), most);
	}
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(one_address_has_ten),
		T(a_pin_lasts),
		T(many_targets_are_no_way_round),
		T(another_room_is_not_concerned),
		T(a_site_of_ipv6_has_sixty),
		T(addresses_of_one_customer_are_one),
		T(nobody_is_forgotten_by_a_flood_of_one_site),
		T(forged_addresses_share_the_bucket_of_a_room),
		T(forged_tries_take_nothing_from_others),
		T(many_addresses_share_the_bucket_of_a_room),
		T(who_knows_is_not_asked_to_wait),
		T(counts_each_kind),
		T(callers_by_a_trunk_are_told_apart),
		T(pages_of_others_take_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
