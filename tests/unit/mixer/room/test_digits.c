/* Presses that are counted once whichever way they come, and how a room tells them. */
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"

#include <string.h>

#define E TS_DIGIT_EVENT
#define I TS_DIGIT_INFO
#define T TS_DIGIT_TONE

static void each_press_once(void **state)
{
	static const struct {
		const char *name;
		struct {
			char digit;
			enum ts_digit_way way;
			int at_ms;
		} in[8];
		const char *out;
	} rows[] = {
		{"one way", {{'1', E, 0}, {'1', E, 80}, {'2', E, 160}}, "112"},
		{"two ways", {{'1', E, 0}, {'1', I, 40}, {'2', E, 300}, {'2', I, 340}}, "12"},
		{"INFO first", {{'1', I, 0}, {'1', E, 40}}, "1"},
		{"twice by two ways", {{'1', E, 0}, {'1', I, 30}, {'1', E, 200}, {'1', I, 230}},
			"11"},
		{"the second way late", {{'1', E, 0}, {'1', E, 200}, {'1', I, 250}, {'1', I, 400}},
			"11"},
		{"three ways", {{'7', E, 0}, {'7', T, 100}, {'7', I, 300}}, "7"},
		{"another digit", {{'7', E, 0}, {'8', I, 10}}, "78"},
		{"much later by another way", {{'7', E, 0}, {'7', I, 1500}}, "77"},
		{"just before that", {{'7', E, 0}, {'7', I, 1499}}, "7"},
		{"the same INFO twice is two presses", {{'7', I, 0}, {'7', I, 10}}, "77"},
	};
	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		struct ts_digits d = {.n = 0};
		char out[16] = "";
		for (size_t i = 0; i < 8 && rows[r].in[i].digit; i++) {
			const char digit[2] = {rows[r].in[i].digit, '\0'};
			if (ts_digits_accept(&d, *digit, rows[r].in[i].way,
				    TS_NS_PER_S + rows[r].in[i].at_ms * TS_NS_PER_MS))
				strcat(out, digit);
		}
		if (strcmp(out, rows[r].out)) fail_msg("%s: %s", rows[r].name, out);
	}
}

static void nobody_presses_that_fast(void **state)
{
	struct ts_digits d = {.n = 0};
	int taken = 0;
	(void)state;
	for (int i = 0; i < 10000; i++)
		taken += ts_digits_accept(&d, '1', E, TS_NS_PER_S + i * TS_NS_PER_MS);
	assert_in_range(taken, 9 * TS_DIGITS_PER_S, 11 * TS_DIGITS_PER_S);
}

static void what_a_key_is(void **state)
{
	(void)state;
	int n = 0;
	for (int c = -128; c < 128; c++) n += ts_digit_ok((char)c);
	assert_int_equal(n, 16);
	assert_false(ts_digit_ok('\0'));
	assert_false(ts_digit_ok('a'));
}

static void the_room_tells_them(void **state)
{
	struct ts_hall *h = &ts_hall;
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	struct ts_fake_leg *leg = ts_hall_leg(p);
	leg->config.events->digit(leg->config.arg, '4');
	ts_participant_push_digit(p, '4', TS_DIGIT_INFO, ts_now_ns());
	ts_participant_push_digit(p, '#', TS_DIGIT_INFO, ts_now_ns());
	ts_participant_push_digit(p, 'x', TS_DIGIT_INFO, ts_now_ns());
	assert_string_equal(h->digits, "4#");
	assert_false(ts_participant_pressed_by_tone(p));
	ts_participant_push_digit(p, '7', TS_DIGIT_TONE, ts_now_ns());
	assert_true(ts_participant_pressed_by_tone(p));
	ts_participant_leave(p, "test");
	leg->config.events->digit(leg->config.arg, '5');
	assert_string_equal(h->digits, "4#7");
}

/* Tones are the last resort. */
static void who_is_listened_to_for_tones(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Ada", TS_KIND_SIP);
	struct ts_participant *p = ts_hall_enter(&join);
	ts_hall_connect(p);
	assert_false(p->hears_tones);
	ts_participant_want_digits(p, true);
	assert_true(p->hears_tones);
	ts_participant_want_digits(p, false);
	assert_false(p->hears_tones);
	ts_participant_want_digits(p, true);
	ts_participant_push_digit(p, '1', TS_DIGIT_TONE, ts_now_ns());
	assert_true(p->hears_tones);
	ts_participant_push_digit(p, '1', TS_DIGIT_INFO, ts_now_ns());
	assert_false(p->hears_tones);

	join.transport.media[HALL_AUDIO].pt[1] = (struct ts_pt){
		.pt = 101, .codec = TS_CODEC_DTMF, .apt = -1, .clock_hz = 8000};
	join.transport.media[HALL_AUDIO].n_pt = 2;
	struct ts_participant *q = ts_hall_enter(&join);
	ts_participant_want_digits(q, true);
	assert_false(q->hears_tones);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_press_once),
		cmocka_unit_test(nobody_presses_that_fast),
		cmocka_unit_test(what_a_key_is),
		cmocka_unit_test_setup_teardown(
			the_room_tells_them, ts_hall_setup, ts_hall_teardown),
		cmocka_unit_test_setup_teardown(
			who_is_listened_to_for_tones, ts_hall_setup, ts_hall_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
