#include "transport/handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OLD = 7, NEW = 8 };

/* What was sent, as text: "o3" for the unit of time 3 of OLD, "N4" for a keyframe of NEW. */
static char sent[200];
static struct ts_handover h;

static int setup(void **state)
{
	(void)state;
	h = (struct ts_handover){0};
	*sent = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_handover_fini(&h);
	return 0;
}

static void come(uint32_t output, int64_t time, bool key)
{
	struct ts_au *out[TS_HANDOVER_UNITS], *au = ts_au_create(1, 1);
	au->output = output;
	au->media_time = au->capture_ns = time;
	au->key = key;
	size_t n = ts_handover_take(&h, au, out);
	ts_au_unref(&au);
	for (size_t i = 0; i < n; i++) {
		const char *name = out[i]->output == OLD ? "oO"
			: out[i]->output == NEW          ? "nN"
							 : "aA";
		snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%c%d ",
			name[out[i]->key], (int)out[i]->media_time);
		ts_au_unref(&out[i]);
	}
}

static void begins(void)
{
	ts_handover_set(&h, OLD, OLD);
	come(OLD, 0, true);
	come(OLD, 1, false);
}

/* Rows of what comes while a change from OLD to NEW is planned, in the words of `sent`. */
static void no_hole_and_no_picture_twice(void **state)
{
	static const struct {
		const char *name, *come, *sent;
	} rows[] = {
		{"in step", "o2 n2 o3 N3 o4 n4 n5", "O0 o1 o2 N3 n4 n5 "},
		{"the keyframe is the first of its tick", "o2 N3 o3 n4", "O0 o1 o2 N3 n4 "},
		{"at once", "N2 o2 n3", "O0 o1 N2 n3 "},
		{"a tick behind", "o2 o3 N2 o4 n3 n4", "O0 o1 o2 N2 n3 n4 "},
		{"fewer pictures than before", "o2 o3 N4 o5 n6", "O0 o1 o2 o3 N4 n6 "},
		{"no keyframe", "o2 n2 o3 n3 o4", "O0 o1 o2 o3 "},
		{"sound passes", "o2 A9 N3", "O0 o1 A9 o2 N3 "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		setup(NULL);
		begins();
		ts_handover_set(&h, OLD, NEW);
		for (const char *c = rows[i].come; *c; c += c[2] == ' ' ? 3 : 2)
			come(*c == 'o' ? OLD : *c == 'A' ? 0 : NEW, c[1] - '0', *c < 'a');
		if (strcmp(sent, rows[i].sent)) fail_msg("%s: %s", rows[i].name, sent);
		teardown(NULL);
	}
}

static void nothing_is_sent_before_a_keyframe(void **state)
{
	(void)state;
	come(OLD, 0, true); /* nothing was planned */
	ts_handover_set(&h, OLD, OLD);
	come(OLD, 1, false);
	assert_string_equal(sent, "");
	assert_int_equal(h.current, 0);
	come(OLD, 2, true);
	come(OLD, 3, false);
	assert_string_equal(sent, "O2 o3 ");
	assert_int_equal(h.current, OLD);
}

/* Another codec: what the old output makes cannot go out any more. */
static void a_change_without_the_old_output_waits_for_the_new(void **state)
{
	(void)state;
	begins();
	ts_handover_set(&h, NEW, NEW);
	come(OLD, 2, true);
	come(NEW, 2, false);
	come(NEW, 3, true);
	assert_string_equal(sent, "O0 o1 N3 ");
}

static void a_change_that_is_called_off_loses_nothing(void **state)
{
	(void)state;
	begins();
	ts_handover_set(&h, OLD, NEW);
	come(OLD, 2, false);
	ts_handover_set(&h, OLD, OLD);
	come(NEW, 3, true); /* on its way */
	come(OLD, 3, false);
	assert_string_equal(sent, "O0 o1 o2 o3 ");
	/* too late: the sender is on the new output, and needs a keyframe of the old one */
	ts_handover_set(&h, OLD, NEW);
	come(NEW, 4, true);
	ts_handover_set(&h, OLD, OLD);
	come(OLD, 5, false);
	come(OLD, 6, true);
	assert_string_equal(sent, "O0 o1 o2 o3 N4 O6 ");
}

static void another_output_than_the_one_planned_first(void **state)
{
	(void)state;
	begins();
	ts_handover_set(&h, OLD, 9);
	come(OLD, 2, false);
	ts_handover_set(&h, OLD, NEW);
	come(9, 3, true);
	come(OLD, 3, false);
	come(NEW, 4, true);
	assert_string_equal(sent, "O0 o1 o2 o3 N4 ");
}

/* After a hold or with another codec: nothing old, and a keyframe first. */
static void what_is_forgotten_is_not_sent(void **state)
{
	(void)state;
	begins();
	ts_handover_set(&h, OLD, NEW);
	come(OLD, 2, false); /* held */
	*sent = '\0';
	ts_handover_forget(&h);
	come(OLD, 3, false);
	come(NEW, 4, false);
	come(NEW, 5, true);
	assert_string_equal(sent, "N5 ");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_hole_and_no_picture_twice),
		TEST(nothing_is_sent_before_a_keyframe),
		TEST(a_change_without_the_old_output_waits_for_the_new),
		TEST(a_change_that_is_called_off_loses_nothing),
		TEST(another_output_than_the_one_planned_first),
		TEST(what_is_forgotten_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
