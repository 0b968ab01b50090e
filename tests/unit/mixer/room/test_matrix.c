#include "mixer/room/matrix.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h" /* the folder's hall needs it */
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Who may be in the room: key, id, identity, role, what they interpret, what they chose. */
static const struct who {
	uint64_t key;
	struct ts_matrix_person is;
} people[] = {
	{1, {"ID1", "ann", "speaker", "", ""}},
	{2, {"ID2", "bob", "coach", "", ""}},
	{3, {"ID3", "cem", "", "fr", ""}},
	{4, {"ID4", "dee", "", "de", ""}},
	{5, {"ID5", "", "", "", "fr"}},
	{6, {"ID6", "", "", "", "de"}},
};
enum { N = sizeof people / sizeof people[0], FLOOR_DB = -20 };

static struct ts_matrix matrix;

static struct ts_matrix_end end_of(const char *text)
{
	struct ts_matrix_end end = {.who = TS_WHO_ALL};
	if (!strcmp(text, "*")) return end;
	end.who = *text == '@' ? TS_WHO_ROLE : *text == '=' ? TS_WHO_IDENTITY : TS_WHO_ID;
	snprintf(end.name, sizeof end.name, "%s", text + (end.who != TS_WHO_ID));
	return end;
}

static void entry(const char *from, const char *to, double gain_db)
{
	matrix.entry[matrix.n++] = (struct ts_matrix_entry){
		end_of(from), end_of(to), gain_db < -60, gain_db};
}
#define OFF (-100)

static struct ts_volumes *row_of(size_t ear)
{
	struct ts_matrix_voice voices[N];
	struct ts_volumes *row;
	for (size_t i = 0; i < N; i++)
		voices[i] = (struct ts_matrix_voice){people[i].key,
			ts_matrix_fit(&matrix, &people[i].is).from, people[i].is.interprets};
	const struct ts_matrix_ear hears = {
		ts_matrix_fit(&matrix, &people[ear].is).to, people[ear].is.channel, FLOOR_DB};
	assert_int_equal(ts_matrix_row(&row, &matrix, &hears, voices, N), 0);
	return row;
}

/* So loud is one to another, in dB; OFF: not at all. */
static double heard(size_t from, size_t to)
{
	struct ts_volumes *row = row_of(to);
	const struct ts_volume *its = ts_volumes_find(row, people[from].key);
	const float gain = its ? its->gain : row ? row->others : 1;
	ts_volumes_unref(&row);
	return gain == 0 ? OFF : round(20 * log10(gain));
}

static int setup(void **state)
{
	(void)state;
	matrix.n = 0;
	return 0;
}

/* The table of the page docs/SOUND.md: who hears what of the floor and of the interpreters. */
static void channels_are_heard_by_those_who_chose_them(void **state)
{
	(void)state;
	const double expected[N][N] = {
		/* from ann to ann, bob, cem, dee, 5 (fr), 6 (de) */
		{0, 0, 0, 0, -20, -20},
		{0, 0, 0, 0, -20, -20},
		{OFF, OFF, OFF, OFF, 0, OFF}, /* into French */
		{OFF, OFF, OFF, OFF, OFF, 0}, /* into German */
		{0, 0, 0, 0, -20, -20},
		{0, 0, 0, 0, -20, -20},
	};
	for (size_t from = 0; from < N; from++)
		for (size_t to = 0; to < N; to++)
			assert_true(heard(from, to) == expected[from][to]);
	/* it is the interpreter who makes the floor quieter, while they are heard */
	struct ts_volumes *row = row_of(4);
	assert_true(row->led);
	assert_true(ts_volumes_find(row, 3)->leads);
	assert_false(ts_volumes_find(row, 4)->leads);
	ts_volumes_unref(&row);
}

static void what_says_more_counts(void **state)
{
	(void)state;
	entry("ID2", "ID1", 3);
	entry("*", "ID1", -10);
	entry("@coach", "*", OFF);
	entry("=ann", "ID2", -3);
	entry("*", "*", -1);
	entry("*", "*", -2); /* the last of equal ones */
	assert_true(heard(1, 0) == 3);
	assert_true(heard(4, 0) == -10);
	assert_true(heard(1, 4) == OFF); /* who is heard says more than who hears */
	assert_true(heard(0, 1) == -3);
	assert_true(heard(4, 5) == -2);
	assert_true(heard(2, 4) == 0); /* the interpreter of their channel goes before all */
}

static void an_entry_goes_before_a_channel(void **state)
{
	(void)state;
	entry("ID3", "ID1", 0);
	entry("*", "ID5", -6);
	assert_true(heard(2, 0) == 0);
	assert_true(heard(0, 4) == -6);
}

static void equal_rows_are_equal_lists(void **state)
{
	(void)state;
	entry("@coach", "*", OFF);
	struct ts_volumes *a = row_of(0), *b = row_of(2), *c = row_of(4);
	assert_true(ts_volumes_equal(a, b));
	assert_false(ts_volumes_equal(a, c));
	ts_volumes_unref(&a);
	ts_volumes_unref(&b);
	ts_volumes_unref(&c);
}

static void own_volumes_come_on_top(void **state)
{
	struct ts_volumes *row, *own, *both;
	const struct ts_volume of_row = {.key = 1, .gain = 0.5f},
			       of_own[] = {{.key = 1, .gain = 0.5f}, {.key = 7, .gain = 2}};
	(void)state;
	assert_int_equal(ts_volumes_create_over(&row, 0.25f, &of_row, 1), 0);
	assert_int_equal(ts_volumes_create(&own, of_own, 2), 0);
	assert_int_equal(ts_matrix_times(&both, row, own), 0);
	assert_true(ts_volumes_find(both, 1)->gain == 0.25f);
	assert_true(ts_volumes_find(both, 7)->gain == 0.5f);
	assert_true(both->others == 0.25f);
	ts_volumes_unref(&both);
	assert_int_equal(ts_matrix_times(&both, NULL, own), 0);
	assert_true(ts_volumes_equal(both, own));
	ts_volumes_unref(&both);
	ts_volumes_unref(&row);
	ts_volumes_unref(&own);
}

/* The floor is quieter only while the interpreter is heard: so are those whom one has louder. */
static void own_volumes_follow_the_floor_where_somebody_leads(void **state)
{
	struct ts_volumes *row, *own, *both;
	const struct ts_volume lead = {.key = 1, .gain = 1, .leads = true},
			       louder = {.key = 7, .gain = 2};
	(void)state;
	assert_int_equal(ts_volumes_create_over(&row, 0.25f, &lead, 1), 0);
	assert_int_equal(ts_volumes_create(&own, &louder, 1), 0);
	assert_int_equal(ts_matrix_times(&both, row, own), 0);
	assert_true(ts_volumes_find(both, 7)->gain == 2 && ts_volumes_find(both, 7)->follows);
	assert_false(ts_volumes_find(both, 1)->follows);
	assert_true(both->led);
	ts_volumes_unref(&both);
	ts_volumes_unref(&row);
	ts_volumes_unref(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(channels_are_heard_by_those_who_chose_them, setup),
		cmocka_unit_test_setup(what_says_more_counts, setup),
		cmocka_unit_test_setup(an_entry_goes_before_a_channel, setup),
		cmocka_unit_test_setup(equal_rows_are_equal_lists, setup),
		cmocka_unit_test_setup(own_volumes_come_on_top, setup),
		cmocka_unit_test_setup(own_volumes_follow_the_floor_where_somebody_leads, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
