#include "base/clock.h"
#include "control/rooms/admit.h"
#include "mixer/room/room.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>
#include <unistd.h>

#define NOW (1000 * TS_NS_PER_S)

static struct ts_config config;
static struct ts_guesses *guesses;

static void set(const char *assignment)
{
	char err[TS_CONFIG_ERR_MAX];
	if (ts_config_set(&config, assignment, err, sizeof(err))) fail_msg("%s", err);
}

static int setup(void **state)
{
	(void)state;
	ts_config_init_defaults(&config);
	guesses = ts_guesses_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_guesses_free(guesses);
	ts_config_fini(&config);
	return 0;
}

static void all_policies(void **state)
{
	static const struct ts_room_config open = {.id = "r"}, own = {.id = "r", .pin = "4711"},
					   locked = {.id = "r", .locked = true},
					   both = {.id = "r", .pin = "4711", .locked = true};
	static const struct {
		const char *what, *set;
		const struct ts_room_config *room;
		const char *given;
		bool back;
		enum ts_verdict is;
	} rows[] = {
		{"open, new room", "join.policy=open", NULL, NULL, false, TS_ADMITTED_OPEN},
		{"a secret that is not asked for", "join.policy=open", &open, "x", false,
			TS_ADMITTED_OPEN},
		{"own PIN", "join.policy=open", &own, NULL, false, TS_REFUSED_NEEDED},
		{"empty", "join.policy=open", &own, "", false, TS_REFUSED_NEEDED},
		{"wrong", "join.policy=open", &own, "4712", false, TS_REFUSED_WRONG},
		{"right", "join.policy=open", &own, "4711", false, TS_ADMITTED_PROVED},
		{"locked", "join.policy=open", &locked, NULL, false, TS_REFUSED_LOCKED},
		{"locked, but inside before", "join.policy=open", &locked, NULL, true,
			TS_ADMITTED_OPEN},
		{"the lock is not told without the PIN", "join.policy=open", &both, NULL, false,
			TS_REFUSED_NEEDED},
		{"nor with a wrong one", "join.policy=open", &both, "1", false, TS_REFUSED_WRONG},
		{"locked, right", "join.policy=open", &both, "4711", false, TS_REFUSED_LOCKED},
		{"no PIN anywhere", "join.policy=pin", NULL, NULL, false, TS_REFUSED_NEEDED},
		{"no PIN anywhere, empty given", "join.policy=pin", &open, "", false,
			TS_REFUSED_NEEDED},
		{"no PIN anywhere, one given", "join.policy=pin", &open, "4711", false,
			TS_REFUSED_WRONG},
		{"own where there is none in common", "join.policy=pin", &own, "4711", false,
			TS_ADMITTED_PROVED},
		{"in common", "join.pin=2468", NULL, "2468", false, TS_ADMITTED_PROVED},
		{"in common, wrong", "join.pin=2468", &open, "4711", false, TS_REFUSED_WRONG},
		{"own before the common one", "join.pin=2468", &own, "2468", false,
			TS_REFUSED_WRONG},
		{"token", "join.policy=token", NULL, "2468", false, TS_REFUSED_WRONG},
		{"no token configured", "join.policy=token", NULL, "", false, TS_REFUSED_NEEDED},
		{"a token", "join.tokens=first-token-0123456,second-token-012345", &own,
			"second-token-012345", false, TS_ADMITTED_PROVED},
		{"a room's PIN is no token", "join.policy=token", &own, "4711", false,
			TS_REFUSED_WRONG},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_entrant who = {
			.address = "192.0.2.1", .given = rows[i].given, .comes_back = rows[i].back};
		struct ts_admitted admitted;
		set(rows[i].set);
		ts_admit(&admitted, &config, rows[i].room, &who, guesses,
			NOW + (int64_t)i * 10 * TS_NS_PER_S);
		if (admitted.verdict != rows[i].is)
			fail_msg("%s: %d", rows[i].what, admitted.verdict);
	}
}

static void when_overloaded_only_who_was_here_may(void **state)
{
	static const struct ts_room_config own = {.id = "r", .pin = "4711"},
					   locked = {.id = "r", .locked = true};
	static const struct {
		const char *what;
		const struct ts_room_config *room;
		const char *given;
		bool back;
		enum ts_verdict is;
	} rows[] = {
		{"a new room", NULL, NULL, false, TS_REFUSED_OVERLOADED},
		{"the PIN is asked for first", &own, NULL, false, TS_REFUSED_NEEDED},
		{"and a wrong one is wrong", &own, "1", false, TS_REFUSED_WRONG},
		{"the right one", &own, "4711", false, TS_REFUSED_OVERLOADED},
		{"who was here", &own, "4711", true, TS_ADMITTED_PROVED},
		{"and needs no PIN", NULL, NULL, true, TS_ADMITTED_OPEN},
		{"a lock lasts longer", &locked, NULL, false, TS_REFUSED_LOCKED},
	};
	(void)state;
	set("join.policy=open");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_entrant who = {.address = "192.0.2.9",
			.given = rows[i].given,
			.comes_back = rows[i].back,
			.overloaded = true};
		struct ts_admitted admitted;
		ts_admit(&admitted, &config, rows[i].room, &who, guesses,
			NOW + (int64_t)i * 10 * TS_NS_PER_S);
		if (admitted.verdict != rows[i].is)
			fail_msg("%s: %d", rows[i].what, admitted.verdict);
	}
}

/* The room that is there and the one that is not have the same PIN: they share the tries at it,
 * too. */
static void the_common_pin_is_one_target(void **state)
{
	static const struct ts_room_config room = {.id = "r"};
	struct ts_admitted admitted;
	(void)state;
	set("join.policy=pin");
	set("join.pin=2468");
	for (int i = 0; i < 12; i++) {
		const struct ts_entrant who = {.address = "192.0.2.1", .given = "1111"};
		ts_admit(&admitted, &config, i % 2 ? &room : NULL, &who, guesses, NOW);
		assert_int_equal(admitted.verdict, i < 10 ? TS_REFUSED_WRONG : TS_REFUSED_WAIT);
	}
	assert_in_range(admitted.wait_ns, 1, 5 * TS_NS_PER_S);
	struct ts_entrant right = {.address = "192.0.2.1", .given = "2468"};
	ts_admit(&admitted, &config, &room, &right, guesses, NOW);
	assert_int_equal(admitted.verdict, TS_REFUSED_WAIT);
	right.known = true;
	ts_admit(&admitted, &config, &room, &right, guesses, NOW);
	assert_int_equal(admitted.verdict, TS_ADMITTED_PROVED);
}

/* Each row at a time of its own, so that wrong ones before it count for nothing. */
static void who_is_what(void **state)
{
	static const struct ts_room_config
		both = {.id = "r", .pin = "4711", .host_pin = "13579"},
		host = {.id = "r", .host_pin = "13579"}, waits = {.id = "r", .wait_for_host = true},
		early = {.id = "r", .pin = "4711", .valid_from_ms = 3600000000000},
		over = {.id = "r", .pin = "4711", .valid_until_ms = 1000},
		breakout = {.id = "r.b", .breakout_of = "r"},
		locked = {.id = "r", .host_pin = "13579", .locked = true};
	static const struct {
		const char *what, *set;
		const struct ts_room_config *room;
		const char *given;
		enum ts_verdict is;
		const char *role;
	} rows[] = {
		{"a guest", "join.policy=open", &both, "4711", TS_ADMITTED_PROVED, "guest"},
		{"a host", "join.policy=open", &both, "13579", TS_ADMITTED_PROVED, "host"},
		{"neither", "join.policy=open", &both, "1357", TS_REFUSED_WRONG, ""},
		{"nothing", "join.policy=open", &both, NULL, TS_REFUSED_NEEDED, ""},
		{"a guest needs none", "join.policy=open", &host, NULL, TS_ADMITTED_OPEN, "guest"},
		{"the host's alone", "join.policy=open", &host, "13579", TS_ADMITTED_PROVED,
			"host"},
		{"it may not be looked for", "join.policy=open", &host, "13570", TS_REFUSED_WRONG,
			""},
		{"nobody is a host there", "join.policy=open", &waits, "13579", TS_ADMITTED_OPEN,
			"guest"},
		{"no role", "join.policy=open", NULL, NULL, TS_ADMITTED_OPEN, ""},
		{"locked for hosts, too", "join.policy=open", &locked, "13579", TS_REFUSED_LOCKED,
			"host"},
		{"before its time", "join.policy=open", &early, "4711", TS_REFUSED_EARLY, ""},
		{"that is told to who is admitted alone", "join.policy=open", &early, "1357",
			TS_REFUSED_WRONG, ""},
		{"after its time", "join.policy=open", &over, "4711", TS_REFUSED_OVER, ""},
		{"a breakout", "join.policy=open", &breakout, NULL, TS_REFUSED_LOCKED, ""},
		{"the host's where all need one", "join.policy=pin", &host, "13579",
			TS_ADMITTED_PROVED, "host"},
		{"the common one", "join.pin=2468", &host, "2468", TS_ADMITTED_PROVED, "guest"},
		{"no host_pin is not the empty one", "join.policy=pin", &waits, "",
			TS_REFUSED_NEEDED, ""},
		{"by token a guest", "join.tokens=first-token-0123456", &both,
			"first-token-0123456", TS_REFUSED_WRONG, ""},
		{"by token", "join.policy=token", &both, "first-token-0123456", TS_ADMITTED_PROVED,
			"guest"},
		{"the host's PIN is no token", "join.policy=token", &both, "13579",
			TS_REFUSED_WRONG, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ts_entrant who = {.address = "192.0.2.1", .given = rows[i].given};
		struct ts_admitted admitted;
		set(rows[i].set);
		ts_admit(&admitted, &config, rows[i].room, &who, guesses,
			NOW + (int64_t)i * 10 * TS_NS_PER_S);
		if (admitted.verdict != rows[i].is || strcmp(admitted.role, rows[i].role) != 0)
			fail_msg("%s: %d %s", rows[i].what, admitted.verdict, admitted.role);
	}
}

/* Guests know one of the two: that gives them no more tries at the other. */
static void guests_find_the_hosts_pin_no_faster(void **state)
{
	static const struct ts_room_config room = {.id = "r", .pin = "4711", .host_pin = "13579"};
	struct ts_admitted admitted;
	(void)state;
	set("join.policy=open");
	for (int i = 0; i < 12; i++) {
		const struct ts_entrant who = {
			.address = "192.0.2.1", .given = "11111", .known = true};
		ts_admit(&admitted, &config, &room, &who, guesses, NOW);
		assert_int_equal(admitted.verdict, i < 10 ? TS_REFUSED_WRONG : TS_REFUSED_WAIT);
	}
	struct ts_entrant who = {.address = "192.0.2.1", .given = "13579", .known = true};
	ts_admit(&admitted, &config, &room, &who, guesses, NOW);
	assert_int_equal(admitted.verdict, TS_REFUSED_WAIT);
	assert_string_equal(admitted.role, "");
	who.known_host = true;
	ts_admit(&admitted, &config, &room, &who, guesses, NOW);
	assert_int_equal(admitted.verdict, TS_ADMITTED_PROVED);
	who = (struct ts_entrant){.address = "192.0.2.1", .given = "4711", .known = true};
	ts_admit(&admitted, &config, &room, &who, guesses, NOW);
	assert_int_equal(admitted.verdict, TS_ADMITTED_PROVED);
	assert_string_equal(admitted.role, "guest");
}

/* Who reads the log wants to know which room it was, whoever's PIN that is and by whatever door. */
static void the_log_names_the_room(void **state)
{
	static const struct ts_room_config own = {.id = "own", .pin = "4711"};
	struct ts_admitted admitted;
	char text[2048] = "";
	int ends[2], saved = dup(STDERR_FILENO);
	(void)state;
	set("join.policy=pin");
	set("join.pin=2468");
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	const struct ts_entrant common = {.address = "192.0.2.1", .room = "hall", .given = "1111"},
				to_own = {.address = "192.0.2.1", .room = "own", .given = "1111"};
	ts_admit(&admitted, &config, NULL, &common, guesses, NOW);
	ts_admit(&admitted, &config, &own, &to_own, guesses, NOW);
	dup2(saved, STDERR_FILENO);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]), close(ends[1]), close(saved);
	assert_non_null(strstr(text, "client=192.0.2.1 kind=pin target=\"hall\" why=wrong"));
	assert_non_null(strstr(text, "client=192.0.2.1 kind=pin target=\"own\" why=wrong"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {T(all_policies),
		T(when_overloaded_only_who_was_here_may), T(the_common_pin_is_one_target),
		T(who_is_what), T(guests_find_the_hosts_pin_no_faster), T(the_log_names_the_room)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
