/* Keys that do something in a call, in rooms that a test moves by hand. */
#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/announcements/announcements.h"
#include "control/keypad/keypad.h"
#include "control/recordings/recordings.h"
#include "control/rooms/layout_store.h"
#include "mixer/room/views.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>
#include <string.h>

static struct {
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_layout_store *layouts;
	struct ts_announcements *announcements;
	struct ts_keypad *keypad;
	char pressed[2000]; /* "KEYS action outcome;" */
	char claimed[40], tune[32];
} t;

static void on_pressed(void *arg, const struct ts_keypad_pressed *p)
{
	char one[120];
	(void)arg;
	snprintf(one, sizeof(one), "%s %s %s;", p->keys, p->action, p->outcome);
	strcat(t.pressed, one);
}

static void on_announced(void *arg, const struct ts_announcement *a, bool gone)
{
	(void)arg;
	if (!gone) strcpy(t.tune, a->sound);
}

static int make(void **state)
{
	static struct ts_engine engine;
	static char keys[] =
		"*6=mute *7=volume-down *8=volume-up *9=hand *1=layout *11=layout:nope "
		"*2=spotlight *3=keyframe *5=lock *0=help ##=hangup",
		    none[] = "";
	const struct ts_registry_config config = {.room = {.width = 1280,
							  .height = 720,
							  .fps = 30,
							  .max_participants = 9,
							  .max_watchers = 9},
		.max_rooms = 4,
		.half_open = {.max = 9, .max_per_address = 9}};
	(void)state;
	memset(&t, 0, sizeof(t));
	t.config.keypad.keys = keys;
	t.config.keypad.help_sound = none;
	t.config.keypad.timeout_ms = 3000;
	ts_fake_reset();
	assert_int_equal(ts_loop_create(&t.loop, "control"), 0);
	assert_int_equal(ts_registry_create(&t.registry, &engine, &config), 0);
	assert_int_equal(ts_layout_store_create(&t.layouts, "build/no-such-folder"), 0);
	ts_announcements_create(&t.announcements, t.loop, t.registry, &t.config);
	ts_announcements_watch(t.announcements, on_announced, NULL);
	ts_keypad_create(&t.keypad,
		&(struct ts_keypad_config){.loop = t.loop,
			.config = &t.config,
			.registry = t.registry,
			.layouts = t.layouts,
			.announcements = t.announcements});
	ts_keypad_watch(t.keypad, on_pressed, NULL);
	return 0;
}

static void on_closed(void *arg)
{
	(void)arg;
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(t.registry, on_closed, NULL);
	ts_fake_time_run();
	ts_keypad_destroy(&t.keypad);
	ts_announcements_destroy(&t.announcements);
	ts_layout_store_destroy(&t.layouts);
	ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
	return ts_fake.rooms || ts_fake.participants ? -1 : 0;
}

static void ignore_ready(
	void *arg, struct ts_participant *p, int err, const struct ts_transport_local *local)
{
	(void)arg, (void)p, (void)err, (void)local;
}

static struct ts_participant *join(enum ts_kind kind, const char *role)
{
	const struct ts_join join = {.kind = kind};
	struct ts_participant_settings s;
	struct ts_member *member;
	assert_int_equal(
		ts_registry_join(t.registry, "room", &join, ignore_ready, NULL, &member), 0);
	ts_fake_ready_all(0);
	ts_participant_settings(member->participant, &s);
	strcpy(s.role, role);
	ts_participant_set(member->participant, &s);
	return member->participant;
}

static void press(struct ts_participant *p, const char *keys)
{
	for (; *keys; keys++) ts_participant_push_digit(p, *keys, TS_DIGIT_INFO, ts_now_ns());
}

static struct ts_participant_settings of(const struct ts_participant *p)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	return s;
}

static void of_themselves(void **state)
{
	(void)state;
	struct ts_participant *p = join(TS_KIND_SIP, "");
	press(p, "*6");
	assert_int_equal(of(p).muted_by, TS_MUTED_SELF);
	assert_string_equal(ts_fake.notice, "muted");
	assert_string_equal(t.tune, "done");
	press(p, "*6");
	assert_int_equal(of(p).muted_by, TS_MUTED_NOT);
	press(p, "*9");
	assert_true(of(p).hand_unix_ms > 0);
	press(p, "*9");
	assert_int_equal(of(p).hand_unix_ms, 0);
	for (int i = 0; i < 4; i++) press(p, "*8");
	assert_true(of(p).listen_db == 12);
	t.pressed[0] = '\0';
	press(p, "*8");
	assert_true(of(p).listen_db == 12);
	assert_string_equal(t.pressed, "*8 volume-up failed;");
	for (int i = 0; i < 20; i++) press(p, "*7");
	assert_true(of(p).listen_db == -18);
	press(p, "*0");
	assert_non_null(strstr(ts_fake.notice, "*6 mute"));
	assert_null(strstr(ts_fake.notice, "lock")); /* not theirs */

	struct ts_participant_settings s = of(p);
	s.muted_by = TS_MUTED_API;
	ts_participant_set(p, &s);
	t.pressed[0] = '\0';
	press(p, "*6");
	assert_int_equal(of(p).muted_by, TS_MUTED_API);
	assert_string_equal(t.pressed, "*6 mute refused;");
	assert_string_equal(t.tune, "refused");
	press(p, "##");
	assert_int_equal(ts_fake.participants, 0);
	assert_string_equal(ts_fake.last_reason, "hangup");
}

static void of_hosts_alone(void **state)
{
	(void)state;
	struct ts_participant *guest = join(TS_KIND_SIP, "presenter"),
			      *host = join(TS_KIND_SIP, "host");
	struct ts_room *room = ts_participant_room(host);
	press(guest, "*5*2");
	press(guest, "*1");
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_false(ts_room_config(room)->locked);
	assert_int_equal(ts_room_wishes(room)->spotlight.n, 0);
	assert_string_equal(ts_room_layout_doc(room)->name, "grid");
	assert_string_equal(t.pressed, "*5 lock refused;*2 spotlight refused;*1 layout refused;");
	t.pressed[0] = '\0';
	press(host, "*5*2");
	assert_true(ts_room_config(room)->locked);
	assert_int_equal(ts_room_wishes(room)->spotlight.key[0], ts_participant_key(host));
	press(host, "*2*5");
	assert_false(ts_room_config(room)->locked);
	assert_int_equal(ts_room_wishes(room)->spotlight.n, 0);
	press(host, "*1");
	assert_string_equal(ts_room_layout_doc(room)->name, "grid"); /* *11 might follow */
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_string_not_equal(ts_room_layout_doc(room)->name, "grid");
	t.pressed[0] = '\0';
	press(host, "*11");
	assert_string_equal(t.pressed, "*11 layout:nope failed;");
	/* round and round */
	for (int i = 0; i < 20 && strcmp(ts_room_layout_doc(room)->name, "grid"); i++) {
		press(host, "*1");
		ts_fake_time_after(3 * TS_NS_PER_S);
	}
	assert_string_equal(ts_room_layout_doc(room)->name, "grid");
}

static struct ts_participant_info info_of(struct ts_participant *p)
{
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	return info;
}

/* What others are sent stays. */
static void a_view_is_of_who_presses(void **state)
{
	(void)state;
	struct ts_participant *p = join(TS_KIND_SIP, ""), *other = join(TS_KIND_SIP, "");
	struct ts_room *room = ts_participant_room(p);
	struct ts_room_config config = *ts_room_config(room);
	struct ts_room_view_config tall = {.id = "tall", .width = 360, .height = 640, .fps = 30};
	struct ts_room_view *view;
	strcpy(config.keypad, "50=view 51=view:tall 52=view:none");
	assert_int_equal(ts_registry_change(t.registry, room, &config, false), 0);
	press(p, "50"); /* there is none but main */
	assert_string_equal(info_of(p).view, "main");
	assert_int_equal(ts_room_add_view(room, &tall, NULL, &view), 0);
	press(p, "50");
	assert_string_equal(info_of(p).view, "tall");
	assert_string_equal(info_of(other).view, "main");
	press(p, "50");
	assert_string_equal(info_of(p).view, "main");
	press(p, "51");
	assert_string_equal(info_of(p).view, "tall");
	t.pressed[0] = '\0';
	press(p, "52");
	assert_string_equal(t.pressed, "52 view:none failed;");
	assert_string_equal(info_of(p).view, "tall");
}

static void press_by_tones(struct ts_participant *p, const char *keys)
{
	for (; *keys; keys++) ts_participant_push_digit(p, *keys, TS_DIGIT_TONE, ts_now_ns());
}

/* What a guest plays comes back from the telephone of a host. */
static void hosts_are_not_believed_by_tones(void **state)
{
	(void)state;
	struct ts_participant *host = join(TS_KIND_SIP, "host");
	struct ts_room *room = ts_participant_room(host);
	static const struct {
		const char *before, *tones, *after, *pressed;
	} rows[] = {
		{"", "*5", "", "*5 lock refused;"},
		{"*", "5", "", "*5 lock refused;"},
		{"", "*", "5", "*5 lock refused;"},
		{"", "*9", "*5", "*9 hand done;*5 lock done;"},
		{"*1", "*", "5", "*1 layout done;*5 lock refused;"}, /* *11 might have followed */
		{"*5", "*6", "*2", "*5 lock done;*6 mute done;*2 spotlight done;"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		t.pressed[0] = '\0';
		press(host, rows[i].before);
		press_by_tones(host, rows[i].tones);
		press(host, rows[i].after);
		assert_string_equal(t.pressed, rows[i].pressed);
	}
	assert_false(ts_room_config(room)->locked); /* twice */
	t.pressed[0] = '\0';
	press_by_tones(host, "*1");
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_string_equal(t.pressed, "*1 layout refused;");
}

static void a_room_has_its_own(void **state)
{
	(void)state;
	struct ts_participant *p = join(TS_KIND_SIP, "");
	struct ts_room *room = ts_participant_room(p);
	struct ts_room_config config = *ts_room_config(room);
	strcpy(config.keypad, "*6=none *4=all:layout:grid 0=hand");
	assert_int_equal(ts_registry_change(t.registry, room, &config, false), 0);
	press(p, "*6");
	press(p, "*4");
	press(p, "0");
	assert_string_equal(t.pressed, "*6  unknown;*4 all:layout:grid done;0 hand done;");
	assert_int_equal(of(p).muted_by, TS_MUTED_NOT);
}

static void what_is_of_no_sequence_is_told_to_nobody(void **state)
{
	(void)state;
	struct ts_participant *p = join(TS_KIND_SIP, "");
	press(p, "31415");
	ts_fake_time_after(10 * TS_NS_PER_S);
	assert_string_equal(t.pressed, "");
	assert_string_equal(t.tune, "");
	press(p, "*");
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_string_equal(t.pressed, "");
	ts_fake_time_after(1 * TS_NS_PER_S);
	assert_string_equal(t.pressed, "*  unknown;");
	assert_string_equal(t.tune, "refused");
}

static void on_claimed(void *arg, struct ts_participant *p, char digit)
{
	const char text[2] = {digit, '\0'};
	assert_non_null(p);
	assert_ptr_equal(arg, &t);
	strcat(t.claimed, text);
	if (digit == '#') ts_keypad_release(t.keypad, p);
	if (digit == '0') ts_participant_leave(p, "test");
}

static void claims(void **state)
{
	(void)state;
	struct ts_participant *p = join(TS_KIND_SIP, ""), *q = join(TS_KIND_WEBRTC, "");
	press(p, "*"); /* what was begun does not go on after a claim */
	assert_int_equal(ts_keypad_claim(t.keypad, p, on_claimed, &t), 0);
	assert_int_equal(ts_keypad_claim(t.keypad, p, on_claimed, &t), TS_EEXIST);
	press(p, "6*6#");
	press(q, "*6");
	assert_string_equal(t.claimed, "6*6#");
	assert_int_equal(of(p).muted_by, TS_MUTED_NOT);
	assert_int_equal(of(q).muted_by, TS_MUTED_SELF);
	press(p, "*6");
	assert_int_equal(of(p).muted_by, TS_MUTED_SELF);
	assert_int_equal(ts_keypad_claim(t.keypad, p, on_claimed, &t), 0);
	press(p, "0");
	assert_int_equal(ts_fake.participants, 1);
	assert_int_equal(ts_keypad_claim(t.keypad, q, on_claimed, &t), 0); /* leaves claimed */
}

/* Who leaves a hidden room is told to nobody, so there nothing is kept of them. */
static void hidden_rooms_have_no_keys(void **state)
{
	static const struct ts_room_config hidden = {.id = "(h)", .max_participants = 1};
	static struct ts_join join;
	struct ts_member *m;
	(void)state;
	join.kind = TS_KIND_SIP;
	assert_int_equal(ts_registry_join_hidden(t.registry, &hidden, &join, NULL, NULL, &m), 0);
	assert_int_equal(ts_keypad_claim(t.keypad, m->participant, on_claimed, &t), 0);
	press(m->participant, "12#*6*");
	assert_string_equal(t.claimed, "12#");
	assert_string_equal(t.pressed, "");
	ts_participant_leave(m->participant, "bye");
	ts_fake_time_after(10 * TS_NS_PER_S);
	assert_string_equal(t.pressed, "");
}

/* Tones: a phone's, where there is a table; anybody's who is claimed. */
static void who_is_listened_to(void **state)
{
	(void)state;
	struct ts_participant *phone = join(TS_KIND_SIP, ""), *browser = join(TS_KIND_WEBRTC, "");
	assert_true(ts_fake_wants_digits(phone));
	assert_false(ts_fake_wants_digits(browser));
	ts_keypad_claim(t.keypad, browser, on_claimed, &t);
	assert_true(ts_fake_wants_digits(browser));
	ts_keypad_release(t.keypad, browser);
	assert_false(ts_fake_wants_digits(browser));
	struct ts_room *room = ts_participant_room(phone);
	struct ts_room_config config = *ts_room_config(room);
	strcpy(config.keypad,
		"*6=none *7=none *8=none *9=none *1=none *11=none *2=none *3=none *5=none *0=none "
		"##=none");
	assert_int_equal(ts_registry_change(t.registry, room, &config, false), 0);
	assert_false(ts_fake_wants_digits(phone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(of_themselves, make, unmake),
		cmocka_unit_test_setup_teardown(of_hosts_alone, make, unmake),
		cmocka_unit_test_setup_teardown(a_view_is_of_who_presses, make, unmake),
		cmocka_unit_test_setup_teardown(hosts_are_not_believed_by_tones, make, unmake),
		cmocka_unit_test_setup_teardown(a_room_has_its_own, make, unmake),
		cmocka_unit_test_setup_teardown(
			what_is_of_no_sequence_is_told_to_nobody, make, unmake),
		cmocka_unit_test_setup_teardown(claims, make, unmake),
		cmocka_unit_test_setup_teardown(hidden_rooms_have_no_keys, make, unmake),
		cmocka_unit_test_setup_teardown(who_is_listened_to, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
