/* Which view a window's shape gets. */
#include "control/rooms/windows.h"

#include "base/error.h"
#include "tests/unit/control/fake_room.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void windows_are_read(void **state)
{
	static const char *const bad[] = {"", "x", "390", "390x", "x844", "0x1", "1x0", "-1x2",
		"390x844 ", " 390x844", "390X844", "390x844x1", "16385x1", "1x99999999999999999999",
		"+1x1", "1 x1", "1x 1", "01x1"};
	int w = 7, h = 8;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ts_window_read(bad[i], &w, &h), TS_EINVAL);
	assert_int_equal(w, 7);
	assert_int_equal(h, 8);
	assert_int_equal(ts_window_read("390x844", &w, &h), 0);
	assert_int_equal(w, 390);
	assert_int_equal(h, 844);
	assert_int_equal(ts_window_read("16384x16384", &w, &h), 0);
}

static void ids_are_short_and_plain(void **state)
{
	(void)state;
	assert_true(ts_view_id_ok("portrait"));
	assert_true(ts_view_id_ok("main"));
	assert_true(ts_view_id_ok("12345678901234567890123456789012"));
	assert_false(ts_view_id_ok("123456789012345678901234567890123"));
	assert_false(ts_view_id_ok(""));
	assert_false(ts_view_id_ok(".slides"));
	assert_false(ts_view_id_ok("a/b"));
	assert_false(ts_view_id_ok("a b"));
}

static void ignore(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	(void)arg;
	(void)room;
	(void)what;
	(void)participant;
}

static void gone(void *arg, struct ts_room *room)
{
	(void)arg;
	(void)room;
}

static void add(struct ts_room *room, const char *id, double min, double max)
{
	struct ts_room_view_config config = {.aspect_min = min, .aspect_max = max};
	struct ts_room_view *view;
	snprintf(config.id, sizeof(config.id), "%s", id);
	assert_int_equal(ts_room_add_view(room, &config, NULL, &view), 0);
}

static void the_first_that_fits_is_taken(void **state)
{
	static const struct ts_room_config config = {.id = "r"};
	static const struct ts_room_events events = {
		.changed = ignore, .empty = gone, .closed = gone};
	struct ts_room *room;
	(void)state;
	ts_fake_reset();
	assert_int_equal(ts_room_create(&room, NULL, &config, &events, NULL), 0);
	assert_string_equal(ts_window_view(NULL, 1, 2), "main");
	add(room, "nobody", 0, 0);
	add(room, "tall", 0, 1);
	add(room, "square", 0.9, 1.1);
	add(room, "wide", 2, 0);
	assert_string_equal(ts_window_view(room, 0, 0), "main"); /* not told */
	assert_string_equal(ts_window_view(room, 390, 844), "tall");
	assert_string_equal(ts_window_view(room, 100, 100), "tall");
	assert_string_equal(ts_window_view(room, 105, 100), "square");
	assert_string_equal(ts_window_view(room, 16, 9), "main");
	assert_string_equal(ts_window_view(room, 2, 1), "wide");
	assert_string_equal(ts_window_view(room, 16384, 1), "wide");
	ts_room_close(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_read),
		cmocka_unit_test(ids_are_short_and_plain),
		cmocka_unit_test(the_first_that_fits_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
