/* Who may read events, and who gives way. */
#include "control/events/seats.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>

static struct ts_event_seat seats[TS_EVENTS_READERS_MAX + 1];
static char persons[TS_EVENTS_READERS_MAX + 1][16];
static GQueue queue;
static size_t n;

static int setup(void **state)
{
	(void)state;
	g_queue_init(&queue);
	n = 0;
	return 0;
}

/* n of them; person NULL: each is another. */
static void sit(size_t many, const char *person, const char *address)
{
	for (; many; many--, n++) {
		snprintf(persons[n], sizeof(persons[n]), "%zu", n);
		seats[n] = (struct ts_event_seat){.person = person ? person : persons[n],
			.address = address,
			.link.data = &seats[n]};
		g_queue_push_tail_link(&queue, &seats[n].link);
	}
}

static bool admits(const char *person, const char *address, struct ts_event_seat **victim)
{
	return ts_event_seats_admit(
		&queue, &(struct ts_event_seat){.person = person, .address = address}, victim);
}

static void the_oldest_of_a_participant_gives_way(void **state)
{
	struct ts_event_seat *victim;
	(void)state;
	sit(1, "B", "a");
	sit(3, "A", "a");
	assert_true(admits("A", "a", &victim));
	assert_null(victim);
	sit(1, "A", "b");
	assert_true(admits("A", "a", &victim));
	assert_ptr_equal(victim, &seats[1]);
	victim->cut = true;
	assert_true(admits("A", "a", &victim));
	assert_null(victim);
	assert_true(admits("B", "a", &victim));
	assert_null(victim);
}

/* The API's own are only counted in all. */
static void the_api_has_places(void **state)
{
	struct ts_event_seat *victim;
	(void)state;
	sit(TS_EVENTS_ADDRESS_MAX, NULL, "a");
	assert_false(admits("new", "a", &victim));
	assert_true(admits("", "a", &victim));
	sit(TS_EVENTS_PERSONS_MAX - TS_EVENTS_ADDRESS_MAX, NULL, "b");
	assert_false(admits("new", "c", &victim));
	sit(TS_EVENTS_READERS_MAX - TS_EVENTS_PERSONS_MAX, "", "a");
	assert_false(admits("", "c", &victim));
}

/* One of theirs goes, so there is a place; and where there is none for other reasons, none of
 * theirs goes. */
static void nobody_is_cut_for_one_who_is_refused(void **state)
{
	struct ts_event_seat *victim;
	(void)state;
	sit(4, "A", "a");
	sit(TS_EVENTS_READERS_MAX - 4, "", "b");
	assert_true(admits("A", "a", &victim));
	assert_ptr_equal(victim, &seats[0]);
	sit(1, "", "b"); /* whose end was begun */
	assert_false(admits("A", "a", &victim));
	setup(NULL);
	sit(4, "A", "elsewhere");
	sit(TS_EVENTS_ADDRESS_MAX, NULL, "a");
	assert_false(admits("A", "a", &victim));
	assert_true(admits("A", "elsewhere", &victim));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, setup)
	const struct CMUnitTest tests[] = {T(the_oldest_of_a_participant_gives_way),
		T(the_api_has_places), T(nobody_is_cut_for_one_who_is_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
