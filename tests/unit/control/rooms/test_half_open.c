/* Who gives way to whom, by time, address, place and room. */
#include "base/counter.h"
#include "base/error.h"
#include "control/rooms/half_open.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>
#include <string.h>

#define S TS_NS_PER_S
static struct ts_half_open *half_open;
static struct ts_room *room, *second;

static void on_changed(
	void *arg, struct ts_room *r, enum ts_room_change what, struct ts_participant *participant)
{
	(void)arg, (void)r;
	if (what == TS_ROOM_LEFT) ts_half_open_settle(half_open, participant);
}

static void on_room(void *arg, struct ts_room *r)
{
	(void)arg, (void)r;
}

static int setup(void **state)
{
	static const struct ts_room_events events = {
		.changed = on_changed, .empty = on_room, .closed = on_room};
	static struct ts_engine engine;
	const struct ts_room_config config = {
		.id = "r", .max_participants = 100, .max_watchers = 100};
	(void)state;
	ts_fake_reset();
	ts_fake.info.state = TS_P_CONNECTING;
	half_open = ts_half_open_new(&(struct ts_half_open_config){.max = 6, .max_per_address = 4});
	return ts_room_create(&room, &engine, &config, &events, NULL) ||
		ts_room_create(&second, &engine, &config, &events, NULL);
}

static int teardown(void **state)
{
	(void)state;
	ts_room_close(room);
	ts_room_close(second);
	int64_t left = ts_count_get(TS_C_HALF_OPEN);
	ts_half_open_free(half_open);
	return left || ts_fake.participants;
}

static struct ts_newcomer newcomer(const char *address, int64_t now_ns)
{
	return (struct ts_newcomer){.address = address, .now_ns = now_ns};
}

static struct ts_newcomer forger(const char *address, int64_t now_ns)
{
	return (struct ts_newcomer){.address = address, .now_ns = now_ns, .forgeable = true};
}

static struct ts_participant *let_in(
	struct ts_room *r, enum ts_kind kind, const struct ts_newcomer *who)
{
	static struct ts_join join;
	struct ts_participant *p;
	join.kind = kind;
	snprintf(join.name, sizeof(join.name), "%s@%d", who->address, (int)(who->now_ns / S));
	assert_int_equal(ts_room_join(r, &join, NULL, NULL, &p), 0);
	ts_half_open_add(half_open, p, who);
	return p;
}

static struct ts_participant *enter(
	struct ts_room *r, enum ts_kind kind, const char *address, int64_t now_ns)
{
	const struct ts_newcomer who = newcomer(address, now_ns);
	return let_in(r, kind, &who);
}

static bool goes(void *arg, const struct ts_room *r)
{
	return arg != r;
}

static bool is_here(const char *name)
{
	struct ts_room *const all[] = {room, second};
	for (size_t i = 0; i < 2; i++)
		for (struct ts_participant *p = ts_room_first(all[i]); p; p = ts_room_next(p)) {
			struct ts_participant_settings settings;
			ts_participant_settings(p, &settings);
			if (!strcmp(settings.name, name)) return true;
		}
	return false;
}

static void the_busiest_address_gives_its_oldest(void **state)
{
	const struct ts_newcomer c = newcomer("c", 20 * S);
	(void)state;
	enter(room, TS_KIND_WEBRTC, "b", 10 * S); /* older, but alone */
	enter(room, TS_KIND_WEBRTC, "a", 11 * S);
	enter(room, TS_KIND_WHIP, "a", 12 * S);
	assert_true(ts_half_open_clear_place(half_open, &c, room, TS_KIND_WEBRTC));
	assert_false(is_here("a@11"));
	assert_true(ts_half_open_clear_place(half_open, &c, room, TS_KIND_WEBRTC));
	assert_false(is_here("b@10"));
	assert_true(is_here("a@12"));
}

static void watchers_and_people_have_places_of_their_own(void **state)
{
	const struct ts_newcomer c = newcomer("c", 20 * S);
	(void)state;
	enter(room, TS_KIND_WHEP, "a", 10 * S);
	enter(second, TS_KIND_WEBRTC, "a", 10 * S);
	assert_false(ts_half_open_clear_place(half_open, &c, room, TS_KIND_SIP));
	assert_true(ts_half_open_clear_place(half_open, &c, room, TS_KIND_WHEP));
	assert_int_equal(ts_fake.participants, 1);
}

static void time_decides_among_equals(void **state)
{
	static const struct {
		const char *address;
		int64_t at_ns;
		bool gives_way;
	} rows[] = {
		{"a", 10 * S, false}, /* the same address: at once it does not */
		{"a", 10 * S + TS_HALF_OPEN_GRACE_NS - 1, false},
		{"a", 10 * S + TS_HALF_OPEN_GRACE_NS, true},
		{"c", 10 * S + TS_HALF_OPEN_GRACE_NS - 1, false}, /* one that will have as many */
		{"c", 10 * S + TS_HALF_OPEN_GRACE_NS, true},
		{"b", 10 * S, false}, /* one that will have more */
		{"d", 10 * S + TS_HALF_OPEN_GRACE_NS - 1, false},
		{"d", 10 * S + TS_HALF_OPEN_GRACE_NS, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_newcomer who = newcomer(rows[i].address, rows[i].at_ns);
		struct ts_participant *own = enter(room, TS_KIND_WEBRTC, "a", 10 * S);
		struct ts_participant *other[3] = {enter(second, TS_KIND_WEBRTC, "b", 10 * S),
			enter(second, TS_KIND_WEBRTC, "d", 10 * S),
			enter(second, TS_KIND_WEBRTC, "d", 10 * S)};
		bool gave = ts_half_open_clear_place(half_open, &who, room, TS_KIND_WEBRTC);
		if (gave != rows[i].gives_way) fail_msg("row %zu", i);
		if (!gave) ts_participant_leave(own, "bye");
		for (size_t k = 0; k < 3; k++) ts_participant_leave(other[k], "bye");
	}
}

static void nobody_takes_from_themselves(void **state)
{
	struct ts_newcomer back = newcomer("c", 20 * S);
	(void)state;
	struct ts_participant *old = enter(room, TS_KIND_WEBRTC, "a", 10 * S);
	back.spared = old;
	assert_false(ts_half_open_clear_place(half_open, &back, room, TS_KIND_WEBRTC));
	back.spared = NULL;
	assert_true(ts_half_open_clear_place(half_open, &back, room, TS_KIND_WEBRTC));
}

static void limits_hold_for_each_address_and_for_all(void **state)
{
	const struct ts_newcomer a = newcomer("a", 10 * S), late = newcomer("a", 13 * S),
				 c = newcomer("c", 10 * S);
	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(ts_half_open_admit(half_open, &a), 0);
		enter(room, TS_KIND_WEBRTC, "a", 10 * S);
	}
	assert_int_equal(ts_half_open_admit(half_open, &a), TS_EAGAIN);
	assert_int_equal(ts_half_open_admit(half_open, &late), 0);
	assert_int_equal(ts_fake.participants, 3);
	enter(room, TS_KIND_WEBRTC, "a", 13 * S);
	enter(room, TS_KIND_WEBRTC, "b", 10 * S);
	enter(room, TS_KIND_WEBRTC, "b", 10 * S);
	assert_int_equal(ts_half_open_admit(half_open, &c), 0); /* 6 are: one of a's went */
	assert_int_equal(ts_fake.participants, 5);
	assert_int_equal(ts_fake.leaves, 2);
}

/* Two of one address give way at once to one of an address that has none; two to two do not. */
static void more_than_ones_own_give_way_at_once(void **state)
{
	const struct ts_newcomer c = newcomer("c", 10 * S), a = newcomer("a", 10 * S);
	(void)state;
	for (int i = 0; i < 3; i++) enter(room, TS_KIND_WEBRTC, "a", 10 * S);
	assert_true(ts_half_open_clear_place(half_open, &c, room, TS_KIND_WEBRTC));
	enter(room, TS_KIND_WEBRTC, "c", 10 * S);
	assert_false(ts_half_open_clear_place(half_open, &c, room, TS_KIND_WEBRTC));
	assert_false(ts_half_open_clear_place(half_open, &a, room, TS_KIND_WEBRTC));
}

/* 65 536 networks of 64 bits, all one customer's: they are busy together, and no way round the
 * limit. */
static void a_site_of_ipv6_counts_as_one(void **state)
{
	char address[40];
	int admitted = 0;
	(void)state;
	const struct ts_newcomer honest = newcomer("192.0.2.1", 10 * S);
	enter(room, TS_KIND_WEBRTC, "192.0.2.2", 9 * S);
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "2001:db8:1:%x::", i + 1);
		const struct ts_newcomer flood = newcomer(address, 10 * S);
		assert_false(ts_half_open_clear_place(half_open, &flood, room, TS_KIND_WEBRTC));
		if (ts_half_open_admit(half_open, &flood)) continue;
		let_in(room, TS_KIND_WEBRTC, &flood);
		admitted++;
	}
	assert_int_equal(admitted, 5); /* of 6 */
	assert_int_equal(ts_half_open_admit(half_open, &honest), 0);
	assert_true(is_here("192.0.2.2@9"));
	assert_int_equal(ts_fake.participants, 5);
}

/* As many sources as one likes: they have a quarter of the places, throw out nobody who is real,
 * and go first. */
static void forged_joins_take_nothing_from_others(void **state)
{
	char address[40];
	int admitted = 0;
	(void)state;
	const struct ts_newcomer honest = newcomer("192.0.2.1", 10 * S);
	enter(room, TS_KIND_WEBRTC, "192.0.2.1", 5 * S);
	enter(room, TS_KIND_WEBRTC, "192.0.2.1", 9 * S);
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "198.18.1.%d", i);
		const struct ts_newcomer flood = forger(address, 10 * S);
		assert_false(ts_half_open_clear_place(half_open, &flood, room, TS_KIND_WEBRTC));
		if (ts_half_open_admit(half_open, &flood)) continue;
		let_in(room, TS_KIND_SIP, &flood);
		admitted++;
	}
	assert_int_equal(admitted, 2); /* of 6 */
	assert_true(is_here("192.0.2.1@5"));
	/* none of 500 ms yet; then one gives way to the next, the real ones still to nobody */
	const struct ts_newcomer late = forger("198.18.2.1", 10 * S + S / 2);
	assert_int_equal(ts_half_open_admit(half_open, &late), 0);
	assert_int_equal(ts_fake.participants, 3);
	let_in(room, TS_KIND_SIP, &late);
	const struct ts_newcomer third = newcomer("192.0.2.3", 10 * S + S / 2);
	let_in(room, TS_KIND_WEBRTC, &third);
	let_in(room, TS_KIND_WEBRTC, &third);
	/* full: forged ones go first, at once, though the address of the others is as busy and has
	 * the oldest */
	const struct ts_newcomer fourth = newcomer("192.0.2.4", 10 * S + S / 2);
	assert_int_equal(ts_half_open_admit(half_open, &fourth), 0);
	assert_true(is_here("192.0.2.1@5"));
	assert_int_equal(ts_fake.participants, 5);
	/* an address that somebody named is not busy by it */
	assert_int_equal(ts_half_open_admit(half_open, &honest), 0);
}

/* Proven by an ACK, and entering a PIN: nobody who comes ends that, forged or not. */
static void who_is_asked_gives_way_to_nobody(void **state)
{
	char address[40];
	const struct ts_newcomer caller = forger("192.0.2.1", 10 * S);
	struct ts_participant *asked = let_in(room, TS_KIND_SIP, &caller);
	const int64_t before = ts_count_get(TS_C_HALF_OPEN);
	(void)state;
	assert_int_equal(ts_half_open_ask(half_open, asked), 0);
	assert_int_equal(ts_half_open_ask(half_open, asked), 0); /* they are */
	assert_int_equal(ts_count_get(TS_C_HALF_OPEN), before - 1);
	for (int i = 0; i < 20; i++) {
		snprintf(address, sizeof(address), "198.18.1.%d", i);
		struct ts_newcomer flood = newcomer(address, (20 + i) * S);
		flood.forgeable = i & 1;
		if (!ts_half_open_admit(half_open, &flood)) let_in(room, TS_KIND_SIP, &flood);
		assert_true(is_here("192.0.2.1@10"));
	}
	const struct ts_newcomer last = newcomer("192.0.2.9", 60 * S);
	while (ts_half_open_clear_place(half_open, &last, room, TS_KIND_SIP)) continue;
	assert_false(ts_half_open_clear_room(half_open, &last, goes, NULL));
	assert_true(is_here("192.0.2.1@10"));
	assert_int_equal(ts_fake.participants, 1);
}

/* As many of an address may be asked as may be half-open; they count apart. */
static void few_of_an_address_are_asked(void **state)
{
	struct ts_participant *p[5];
	(void)state;
	for (int i = 0; i < 5; i++) {
		p[i] = enter(room, TS_KIND_SIP, "192.0.2.1", 10 * S);
		assert_int_equal(ts_half_open_ask(half_open, p[i]), i < 4 ? 0 : TS_EAGAIN);
	}
	const struct ts_newcomer same = newcomer("192.0.2.1", 10 * S);
	assert_int_equal(ts_half_open_admit(half_open, &same), 0);
	ts_participant_leave(p[0], "bye");
	assert_int_equal(ts_half_open_ask(half_open, p[4]), 0);
	struct ts_participant *other = enter(room, TS_KIND_SIP, "192.0.2.2", 10 * S);
	assert_int_equal(ts_half_open_ask(half_open, other), 0);
}

/* Those in it would end, and no room be gained. */
static void rooms_that_stay_are_not_cleared(void **state)
{
	const struct ts_newcomer c = newcomer("c", 20 * S);
	(void)state;
	enter(room, TS_KIND_WEBRTC, "a", 10 * S);
	enter(second, TS_KIND_WEBRTC, "b", 11 * S);
	assert_true(ts_half_open_clear_room(half_open, &c, goes, room));
	assert_true(is_here("a@10"));
	assert_false(ts_half_open_clear_room(half_open, &c, goes, room));
}

static void rooms_go_whole_or_not_at_all(void **state)
{
	const struct ts_newcomer c = newcomer("c", 20 * S);
	(void)state;
	struct ts_participant *in = enter(room, TS_KIND_WEBRTC, "a", 10 * S);
	enter(room, TS_KIND_WHEP, "a", 10 * S);
	ts_half_open_settle(half_open, in); /* connected */
	assert_false(ts_half_open_clear_room(half_open, &c, goes, NULL));
	enter(second, TS_KIND_WEBRTC, "a", 10 * S);
	enter(second, TS_KIND_WEBRTC, "b", 10 * S);
	assert_true(ts_half_open_clear_room(half_open, &c, goes, NULL));
	assert_null(ts_room_first(second));
	assert_int_equal(ts_fake.participants, 2);
	assert_string_equal(ts_fake.last_reason, TS_HALF_OPEN_REASON);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_busiest_address_gives_its_oldest),
		T(watchers_and_people_have_places_of_their_own),
		T(time_decides_among_equals),
		T(nobody_takes_from_themselves),
		T(limits_hold_for_each_address_and_for_all),
		T(more_than_ones_own_give_way_at_once),
		T(a_site_of_ipv6_counts_as_one),
		T(forged_joins_take_nothing_from_others),
		T(who_is_asked_gives_way_to_nobody),
		T(few_of_an_address_are_asked),
		T(rooms_that_stay_are_not_cleared),
		T(rooms_go_whole_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
