#include "layout/speakers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STEP_NS 100000000LL

struct room {
	struct ts_speakers speakers;
	struct ts_talk talk[26];
	size_t n;
	int64_t now_ns, last_change_ns;
	int changes;
	char first;
};

static void setup(struct room *r, const char *people)
{
	*r = (struct room){.now_ns = 1000 * STEP_NS};
	ts_speakers_init(&r->speakers, TS_SPEAKER_HOLD_NS);
	for (; *people; people++) r->talk[r->n++] = (struct ts_talk){.key = (uint64_t)*people};
}

static const char *order(const struct room *r)
{
	static char text[TS_SPEAKERS_MAX + 1];
	uint64_t key[TS_SPEAKERS_MAX];
	const size_t n = ts_speakers_order(&r->speakers, key);
	for (size_t i = 0; i < n; i++) text[i] = (char)key[i];
	text[n] = '\0';
	return text;
}

static void step(struct room *r, const char *who)
{
	for (size_t i = 0; i < r->n; i++)
		r->talk[i].talking = strchr(who, (char)r->talk[i].key) != NULL;
	char before[TS_SPEAKERS_MAX + 1];
	strcpy(before, order(r));
	r->now_ns += STEP_NS;
	const bool changed = ts_speakers_update(&r->speakers, r->talk, r->n, r->now_ns);
	assert_int_equal(changed, strcmp(before, order(r)) != 0);
	if (order(r)[0] == r->first) return;
	r->first = order(r)[0];
	r->changes++;
	r->last_change_ns = r->now_ns;
}

/* For so many tenths of a second. */
static void talk(struct room *r, const char *who, int tenths)
{
	while (tenths-- > 0) step(r, who);
}

static void after_a_silence_at_once(void **state)
{
	(void)state;
	struct room r;
	setup(&r, "ABC");
	assert_string_equal(order(&r), "");
	talk(&r, "A", 8);
	assert_string_equal(order(&r), "A");
	talk(&r, "A", 60);
	talk(&r, "", 100);
	talk(&r, "B", 8);
	assert_string_equal(order(&r), "BA");
}

static void a_cough_moves_nobody(void **state)
{
	(void)state;
	struct room r;
	setup(&r, "AB");
	talk(&r, "A", 50);
	talk(&r, "", 100);
	for (int i = 0; i < 10; i++) {
		talk(&r, "B", 5); /* a click, and the 400 ms that the gate stays open */
		talk(&r, "", 30);
	}
	assert_string_equal(order(&r), "A");
}

static void the_next_one_within_the_hold_time(void **state)
{
	(void)state;
	struct room r;
	setup(&r, "ABC");
	talk(&r, "A", 300);
	const int64_t start_ns = r.now_ns;
	talk(&r, "B", 25);
	assert_string_equal(order(&r), "BA");
	assert_in_range(r.last_change_ns - start_ns, 0, TS_SPEAKER_HOLD_NS);
}

static void two_people_never_flap(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int a, b, both, most; /* tenths each, in turns; most: changes in a minute */
	} table[] = {
		{"at once", 0, 0, 600, 1},
		{"half seconds", 5, 5, 0, 1},
		{"seconds", 10, 10, 0, 1},
		{"seconds that overlap", 8, 8, 4, 1},
		{"short answers", 20, 6, 0, 1},
		{"long turns", 50, 50, 0, 12},
		{"turns as long as the hold time", 20, 20, 0, 30},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct room r;
		setup(&r, "AB");
		const int period = table[i].a + table[i].b + table[i].both;
		for (int t = 0; t < 600; t += period) {
			talk(&r, "A", table[i].a);
			talk(&r, "AB", table[i].both);
			talk(&r, "B", table[i].b);
		}
		if (r.changes > table[i].most) fail_msg("%s: %d changes", table[i].name, r.changes);
	}
}

static void never_twice_within_the_hold_time(void **state)
{
	(void)state;
	struct room r;
	uint32_t seed = 3;
	setup(&r, "ABCDE");
	char who[6] = "";
	int64_t last_ns = 0;
	for (int t = 0, left = 0; t < 20000; t++, left--) {
		if (left <= 0) {
			seed = seed * 1664525 + 1013904223;
			left = 1 + (int)(seed >> 10) % 25;
			size_t n = 0;
			for (char c = 'A'; c <= 'E'; c++)
				if (seed >> (c - 'A' + 20) & (seed >> 26) & 1) who[n++] = c;
			who[n] = '\0';
		}
		const int changes = r.changes;
		step(&r, who);
		if (r.changes == changes) continue;
		if (last_ns) assert_true(r.now_ns - last_ns >= TS_SPEAKER_HOLD_NS);
		last_ns = r.now_ns;
	}
	assert_true(r.changes > 20);
}

static void who_left_is_forgotten(void **state)
{
	(void)state;
	struct room r;
	setup(&r, "ABC");
	talk(&r, "A", 30);
	talk(&r, "B", 30);
	assert_string_equal(order(&r), "BA");
	r.talk[1] = r.talk[2]; /* B */
	r.n = 2;
	step(&r, "");
	assert_string_equal(order(&r), "A");
	talk(&r, "C", 40);
	assert_string_equal(order(&r), "CA");
}

static void more_talkers_than_are_followed(void **state)
{
	(void)state;
	static struct ts_talk talk_all[500];
	struct ts_speakers s;
	uint64_t key[TS_SPEAKERS_MAX];
	ts_speakers_init(&s, TS_SPEAKER_HOLD_NS);
	for (size_t i = 0; i < 500; i++)
		talk_all[i] = (struct ts_talk){.key = i + 1, .talking = true};
	for (int t = 1; t < 50; t++) ts_speakers_update(&s, talk_all, 500, t * STEP_NS);
	assert_int_equal(ts_speakers_order(&s, key), TS_SPEAKERS_MAX);
}

/* Voices in the far corner of an office never have the place of somebody who is near, nor get it in
 * their pauses. */
static void far_voices_are_no_speakers(void **state)
{
	static const struct {
		int near_dbov, far_dbov;
		bool far_comes;
	} rows[] = {{-20, -50, false}, {-26, -52, false}, {-20, -45, false}, {-20, -32, true},
		{-35, -48, true}, {0, -50, true}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct room r;
		setup(&r, "ab");
		r.talk[0].level_dbov = rows[i].near_dbov;
		r.talk[1].level_dbov = rows[i].far_dbov;
		talk(&r, "b", 50); /* until somebody near speaks they are the speaker */
		assert_string_equal(order(&r), "b");
		talk(&r, "ab", 60);
		if (!rows[i].far_comes) assert_string_equal(order(&r), "ab");
		bool came = false;
		for (int k = 0; k < 5; k++) {
			talk(&r, "ab", 30);
			for (int t = 0; t < 30; t++, came |= order(&r)[0] == 'b') talk(&r, "b", 1);
		}
		assert_int_equal(came, rows[i].far_comes);
		/* the near one is gone for long: 15 dB are forgotten in a minute */
		talk(&r, "b", 600);
		if (rows[i].near_dbov - rows[i].far_dbov <= 32) assert_int_equal(order(&r)[0], 'b');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_silence_at_once),
		cmocka_unit_test(a_cough_moves_nobody),
		cmocka_unit_test(the_next_one_within_the_hold_time),
		cmocka_unit_test(two_people_never_flap),
		cmocka_unit_test(never_twice_within_the_hold_time),
		cmocka_unit_test(who_left_is_forgotten),
		cmocka_unit_test(more_talkers_than_are_followed),
		cmocka_unit_test(far_voices_are_no_speakers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
