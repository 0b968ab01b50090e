#include "layout/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* People are letters, an empty tile is '.'. */
static size_t people_of(const char *letters, uint64_t keys[64])
{
	const size_t n = strlen(letters);
	for (size_t i = 0; i < n; i++) keys[i] = (uint64_t)letters[i];
	return n;
}

static void layout_of(struct ts_layout *l, const char *tiles)
{
	memset(l, 0, sizeof(*l));
	l->n = strlen(tiles);
	for (size_t i = 0; i < l->n; i++) l->region[i].occupant = tiles[i] == '.' ? 0 : (uint64_t)tiles[i];
}

static void who_is_where(void **state)
{
	(void)state;
	static const struct {
		const char *name, *before, *people, *after;
		size_t hidden;
	} table[] = {
		{"first layout", NULL, "abc", "abc", 0},
		{"nobody", NULL, "", "..", 0},
		{"fewer than tiles", NULL, "ab", "ab.", 0},
		{"more than tiles", NULL, "abcde", "abc", 2},
		{"nothing changes", "abcd", "abcd", "abcd", 0},
		{"order of joining does not move anybody", "badc", "abcd", "badc", 0},
		{"a newcomer takes the tile of one who left", "abcd", "acde", "aecd", 0},
		{"two left, two came", "abcd", "bdef", "ebfd", 0},
		{"one left, the tile stays empty", "abcd", "acd", "a.cd", 0},
		{"an empty tile is taken", "a.cd", "acde", "aecd", 0},
		{"one left, a hidden one comes out", "abc", "acde", "adc", 1},
		{"a tile more", "abc", "abcd", "abcd", 0},
		{"a tile more, order of the tiles kept", "cab", "abcd", "cabd", 0},
		{"a tile less", "abcd", "acd", "acd", 0},
		{"a tile less, order of the tiles kept", "dbca", "acd", "dca", 0},
		{"fewer tiles than people who were shown", "abcd", "abcd", "ab", 2},
		{"those who were shown go before those who were not", "cd", "abcd", "cda", 1},
		{"everybody new", "abc", "xyz", "xyz", 0},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ts_layout before, after, want;
		uint64_t people[64];
		size_t hidden = 99;
		if (table[i].before) layout_of(&before, table[i].before);
		layout_of(&after, table[i].after);
		layout_of(&want, table[i].after);
		for (size_t k = 0; k < after.n; k++) after.region[k].occupant = 'Z'; /* left over from other use */
		print_message("%s\n", table[i].name);
		ts_place(&after, table[i].before ? &before : NULL, people, people_of(table[i].people, people), &hidden);
		for (size_t k = 0; k < want.n; k++) assert_int_equal(after.region[k].occupant, want.region[k].occupant);
		assert_int_equal(hidden, table[i].hidden);
	}
}

static size_t find(const struct ts_layout *l, uint64_t key)
{
	size_t i = 0;
	while (i < l->n && l->region[i].occupant != key) i++;
	return i;
}

/* People come and go at random in a room of up to 60: each is shown exactly once or is hidden, nobody moves while the number of tiles
 * stays, nobody overtakes another when it changes. */
static void long_random_life_of_a_room(void **state)
{
	(void)state;
	struct ts_layout before, now;
	uint64_t people[64], next_key = 1;
	size_t n = 0, hidden;
	srand(1);
	memset(&before, 0, sizeof(before));
	for (int step = 0; step < 3000; step++) {
		if (n && (n == 60 || rand() % 2)) {
			const size_t gone = (size_t)rand() % n--;
			memmove(people + gone, people + gone + 1, (n - gone) * sizeof(people[0]));
		}
		if (n < 60 && (n == 0 || rand() % 2)) people[n++] = next_key++;
		ts_grid(&now, n ? (n < TS_REGIONS_MAX ? n : TS_REGIONS_MAX) : 1, 1280, 720);
		ts_place(&now, &before, people, n, &hidden);

		assert_int_equal(hidden, n > now.n ? n - now.n : 0);
		size_t shown = 0, last_before = 0;
		for (size_t i = 0; i < now.n; i++) {
			const uint64_t who = now.region[i].occupant;
			if (!who) continue;
			shown++;
			assert_int_equal(find(&now, who), i);
			const size_t was = find(&before, who);
			if (was == before.n) continue;
			if (before.n == now.n) assert_int_equal(was, i);
			assert_true(was >= last_before);
			last_before = was;
		}
		assert_int_equal(shown, n < now.n ? n : now.n);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_where),
		cmocka_unit_test(long_random_life_of_a_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
