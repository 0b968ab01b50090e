#include "base/clock.h"
#include "control/ivr/hosts.h"
#include "tests/unit/base/cmocka_all.h"

#define NOW (1000 * TS_NS_PER_S)

/* One after the other. */
struct step {
	int at_s;
	size_t hosts, people, waiting;
	enum ts_hosts_act act;
	enum ts_hosts_state state;
	bool let_in;
};

static void run(const struct ts_room_config *room, const struct step *step, size_t n)
{
	struct ts_hosts h = {.end_ns = 0};
	for (size_t i = 0; i < n; i++) {
		const struct ts_hosts_seen seen = {step[i].hosts, step[i].people, step[i].waiting};
		const enum ts_hosts_act act = ts_hosts_run(
			&h, room, &seen, NOW + step[i].at_s * TS_NS_PER_S);
		if (act != step[i].act || h.state != step[i].state ||
			ts_hosts_let_in(&h, room) != step[i].let_in)
			fail_msg("step %zu: act %d state %d let in %d", i, act, h.state,
				ts_hosts_let_in(&h, room));
	}
}
#define RUN(room, steps) run(room, steps, sizeof(steps) / sizeof((steps)[0]))

static void stay(void **state)
{
	static const struct ts_room_config room = {.wait_for_host = true};
	static const struct step steps[] = {
		{0, 0, 0, 0, TS_HOSTS_NOTHING, TS_HOSTS_EARLY, false},
		{1, 0, 0, 2, TS_HOSTS_NOTHING, TS_HOSTS_EARLY, false},
		{2, 1, 1, 2, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true},
		{3, 0, 2, 0, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true},
		{999, 0, 1, 0, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true},
		{1000, 0, 0, 0, TS_HOSTS_NOTHING, TS_HOSTS_EARLY, false},
	};
	(void)state;
	RUN(&room, steps);
}

static void wait_again(void **state)
{
	static const struct ts_room_config room = {
		.when_host_leaves = TS_HOST_LEAVES_WAIT, .host_grace_s = 10};
	static const struct step steps[] = {
		{0, 0, 3, 0, TS_HOSTS_NOTHING, TS_HOSTS_EARLY, true}, /* none was here yet */
		{1, 1, 4, 0, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true},
		{2, 0, 3, 0, TS_HOSTS_NOTHING, TS_HOSTS_GRACE, true},
		{5, 1, 4, 0, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true}, /* back in time */
		{6, 0, 3, 0, TS_HOSTS_NOTHING, TS_HOSTS_GRACE, true},
		{15, 0, 3, 0, TS_HOSTS_NOTHING, TS_HOSTS_GRACE, true},
		{16, 0, 3, 0, TS_HOSTS_TAKE_OUT, TS_HOSTS_SHUT, false},
		{17, 0, 0, 3, TS_HOSTS_NOTHING, TS_HOSTS_SHUT, false},
		{18, 0, 1, 2, TS_HOSTS_NOTHING, TS_HOSTS_SHUT, false}, /* let in by the API */
		{19, 1, 2, 2, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true},
		{20, 0, 2, 0, TS_HOSTS_NOTHING, TS_HOSTS_GRACE, true},
		{30, 0, 2, 0, TS_HOSTS_TAKE_OUT, TS_HOSTS_SHUT, false},
		{31, 0, 0, 0, TS_HOSTS_NOTHING, TS_HOSTS_EARLY, true}, /* all have left */
	};
	(void)state;
	RUN(&room, steps);
}

static void end(void **state)
{
	static const struct ts_room_config room = {
		.wait_for_host = true, .when_host_leaves = TS_HOST_LEAVES_END, .host_grace_s = 0};
	static const struct step steps[] = {
		{0, 1, 1, 0, TS_HOSTS_NOTHING, TS_HOSTS_OPEN, true},
		{1, 0, 2, 0, TS_HOSTS_END, TS_HOSTS_EARLY, false},
		{2, 0, 2, 0, TS_HOSTS_NOTHING, TS_HOSTS_EARLY, false},
	};
	(void)state;
	RUN(&room, steps);
}

static void set_otherwise_meanwhile(void **state)
{
	static const struct ts_room_config stay = {.wait_for_host = false};
	struct ts_hosts h = {.state = TS_HOSTS_SHUT};
	const struct ts_hosts_seen seen = {0, 1, 2};
	(void)state;
	assert_int_equal(ts_hosts_run(&h, &stay, &seen, NOW), TS_HOSTS_NOTHING);
	assert_true(ts_hosts_let_in(&h, &stay));
	h.state = TS_HOSTS_GRACE;
	h.end_ns = NOW;
	assert_int_equal(ts_hosts_run(&h, &stay, &seen, NOW), TS_HOSTS_NOTHING);
	assert_true(ts_hosts_let_in(&h, &stay));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stay), cmocka_unit_test(wait_again),
		cmocka_unit_test(end), cmocka_unit_test(set_otherwise_meanwhile)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
