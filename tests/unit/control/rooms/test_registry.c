#include "base/counter.h"
#include "base/error.h"
#include "control/rooms/registry.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>
#include <string.h>

static struct ts_registry *registry;
static int n_done, n_ready, last_err;

static int setup(void **state)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {.room = {.width = 1280,
							  .height = 720,
							  .fps = 30,
							  .max_participants = 2,
							  .max_watchers = 1},
		.max_rooms = 2,
		.half_open = {.max = 6, .max_per_address = 4}};
	(void)state;
	ts_fake_reset();
	n_done = n_ready = 0;
	return ts_registry_create(&registry, &engine, &config);
}

static void on_done(void *arg)
{
	(void)arg;
	n_done++;
}

static int teardown(void **state)
{
	(void)state;
	ts_registry_close(registry, on_done, NULL);
	ts_registry_destroy(&registry);
	return n_done != 1 || ts_fake.rooms || ts_fake.participants;
}

static void on_ready(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local)
{
	(void)arg, (void)participant;
	n_ready++;
	last_err = err;
	assert_true(err ? !local : local != NULL);
}

static int join_as(enum ts_kind kind, const char *room, struct ts_member **out)
{
	static struct ts_join join;
	join.kind = kind;
	return ts_registry_join(registry, room, &join, on_ready, NULL, out);
}

static int join(const char *room, struct ts_member **out)
{
	return join_as(TS_KIND_WEBRTC, room, out);
}

static void knows_room_ids(void **state)
{
	char id[TS_ROOM_ID_MAX + 2];
	(void)state;
	assert_true(ts_room_id_ok("a"));
	assert_true(ts_room_id_ok("AZaz09._~-"));
	assert_true(ts_room_id_ok("..."));
	assert_true(ts_room_id_ok(".a"));
	assert_false(ts_room_id_ok("."));
	assert_false(ts_room_id_ok(".."));
	assert_false(ts_room_id_ok(""));
	assert_false(ts_room_id_ok("a b"));
	assert_false(ts_room_id_ok("a/b"));
	assert_false(ts_room_id_ok("z\xc3\xbc"));
	assert_false(ts_room_id_ok("a\n"));
	memset(id, 'x', sizeof(id));
	id[TS_ROOM_ID_MAX] = '\0';
	assert_true(ts_room_id_ok(id));
	id[TS_ROOM_ID_MAX] = 'x';
	id[TS_ROOM_ID_MAX + 1] = '\0';
	assert_false(ts_room_id_ok(id));
}

static void room_lives_while_somebody_is_in_it(void **state)
{
	struct ts_member *a, *b;
	(void)state;
	assert_null(ts_registry_find(registry, "r"));
	assert_int_equal(join("r", &a), 0);
	assert_int_equal(join("r", &b), 0);
	assert_int_equal(ts_fake.rooms, 1);
	assert_ptr_equal(ts_participant_room(a->participant), ts_registry_find(registry, "r"));
	ts_participant_leave(a->participant, "bye");
	assert_non_null(ts_registry_find(registry, "r"));
	ts_participant_leave(b->participant, "bye");
	assert_null(ts_registry_find(registry, "r"));
	assert_int_equal(ts_fake.rooms, 0);
}

static void session_lives_while_its_member_does(void **state)
{
	struct ts_member *a, *b;
	char secret[TS_SECRET_LEN + 1];
	(void)state;
	assert_int_equal(join("r", &a), 0);
	assert_int_equal(join("r", &b), 0);
	strcpy(secret, a->secret);
	assert_int_equal(strlen(secret), TS_SECRET_LEN);
	assert_string_not_equal(secret, b->secret);
	assert_ptr_equal(ts_registry_session(registry, secret), a);
	assert_ptr_equal(ts_registry_member(registry, a->participant), a);
	ts_participant_leave(a->participant, "bye");
	assert_null(ts_registry_session(registry, secret));
	assert_ptr_equal(ts_registry_session(registry, b->secret), b);
	assert_null(ts_registry_session(registry, ""));
}

static void refuses_what_is_too_much(void **state)
{
	struct ts_member *a, *b, *c;
	(void)state;
	assert_int_equal(join("bad id", &a), TS_EINVAL);
	assert_int_equal(join("r", &a), 0);
	assert_int_equal(join("r", &b), 0);
	assert_int_equal(join("r", &c), TS_EFULL);
	assert_int_equal(join_as(TS_KIND_WHEP, "r", &c), 0);
	assert_int_equal(join_as(TS_KIND_WHEP, "r", &c), TS_EFULL);
	assert_int_equal(join("s", &c), 0);
	assert_int_equal(join("t", &c), TS_ELIMIT);
	assert_int_equal(ts_fake.rooms, 2);
}

static void failed_join_leaves_no_room(void **state)
{
	struct ts_member *a;
	(void)state;
	ts_fake.join_err = TS_EIO;
	assert_int_equal(join("r", &a), TS_EIO);
	assert_int_equal(ts_fake.rooms, 0);
	assert_null(ts_registry_find(registry, "r"));
	ts_fake.join_err = 0;
	ts_fake.create_err = TS_ENOMEM;
	assert_int_equal(join("r", &a), TS_ENOMEM);
	ts_fake.create_err = 0;

	/* nor does it end the room of others */
	assert_int_equal(join("r", &a), 0);
	ts_fake.join_err = TS_EIO;
	assert_int_equal(join("r", &a), TS_EIO);
	assert_int_equal(ts_fake.rooms, 1);
}

static void lists_rooms_in_order(void **state)
{
	struct ts_member *a;
	char one[TS_ETAG_MAX], two[TS_ETAG_MAX];
	(void)state;
	assert_null(ts_registry_first(registry));
	join("z", &a);
	join("b", &a);
	struct ts_room *first = ts_registry_first(registry),
		       *second = ts_registry_next(registry, first);
	assert_string_equal(ts_room_config(first)->id, "z");
	assert_string_equal(ts_room_config(second)->id, "b");
	assert_null(ts_registry_next(registry, second));

	/* entity tags: another after a change, another for a later room of the same id and
	 * revision */
	ts_registry_etag(registry, first, one);
	join("z", &a);
	ts_registry_etag(registry, first, two);
	assert_string_not_equal(one, two);
	assert_int_equal(one[0], '"');
	while (ts_registry_find(registry, "z")) ts_participant_leave(ts_room_first(first), "bye");
	join("z", &a);
	ts_registry_etag(registry, ts_registry_find(registry, "z"), two);
	assert_string_not_equal(one, two);
}

static void closing_ends_everybody(void **state)
{
	struct ts_member *a;
	(void)state;
	join("r", &a);
	join("s", &a);
	ts_registry_close(registry, on_done, NULL);
	assert_int_equal(n_done, 1);
	assert_int_equal(ts_fake.rooms, 0);
	assert_int_equal(n_ready, 2);
	assert_int_equal(last_err, TS_ECLOSED);
	assert_int_equal(join("r", &a), TS_ECLOSED);
	n_done = 0; /* teardown closes once more */
}

/* ---- half-open joins */

static int join_from(const char *address, const char *room, struct ts_member **out)
{
	static struct ts_join join;
	join.kind = TS_KIND_WEBRTC;
	snprintf(join.from, sizeof(join.from), "%s", address);
	return ts_registry_join(registry, room, &join, on_ready, NULL, out);
}

static void half_open_joins_give_up_their_place(void **state)
{
	struct ts_member *old, *next, *honest, *other;
	(void)state;
	ts_fake.info.state = TS_P_CONNECTING;
	assert_int_equal(join_from("192.0.2.1", "r", &old), 0);
	assert_int_equal(join_from("192.0.2.1", "r", &next), 0);
	/* perhaps they are about to connect */
	assert_int_equal(join_from("192.0.2.1", "r", &other), TS_EFULL);
	assert_int_equal(join_from("192.0.2.2", "r", &honest), 0);
	assert_string_equal(ts_fake.last_reason, "gave-way");
	assert_int_equal(ts_fake.leaves, 1);
	ts_fake_connect(honest->participant);
	/* one to one: not at once */
	assert_int_equal(join_from("192.0.2.3", "r", &other), TS_EFULL);
	ts_participant_leave(next->participant, "bye");
	assert_int_equal(join_from("192.0.2.3", "r", &other), 0);
	assert_int_equal(ts_fake.leaves, 2);
	ts_fake_connect(other->participant);
	assert_int_equal(join_from("192.0.2.4", "r", &next), TS_EFULL); /* who is there stays */
	assert_int_equal(ts_fake.leaves, 2);
}

static void half_open_rooms_go(void **state)
{
	struct ts_member *a, *b, *honest;
	(void)state;
	ts_fake.info.state = TS_P_CONNECTING;
	assert_int_equal(join_from("192.0.2.1", "r", &a), 0);
	assert_int_equal(join_from("192.0.2.1", "r", &a), 0);
	assert_int_equal(join_from("192.0.2.1", "s", &b), 0);
	assert_int_equal(join_from("192.0.2.2", "t", &honest), 0);
	assert_null(ts_registry_find(registry, "r"));
	assert_int_equal(ts_fake.leaves, 2);
	ts_fake_connect(honest->participant);
	ts_fake_connect(b->participant);
	assert_int_equal(join_from("192.0.2.3", "u", &honest), TS_ELIMIT);
	assert_int_equal(ts_fake.rooms, 2);
}

/* Made by REST: its people would end, and no room be gained. */
static void kept_rooms_are_not_cleared(void **state)
{
	struct ts_member *a, *honest;
	struct ts_room_config config = *ts_registry_defaults(registry);
	struct ts_room *room;
	(void)state;
	snprintf(config.id, sizeof(config.id), "r");
	ts_fake.info.state = TS_P_CONNECTING;
	assert_int_equal(ts_registry_make(registry, &config, &room), 0);
	assert_int_equal(join_from("192.0.2.1", "r", &a), 0);
	assert_int_equal(join_from("192.0.2.1", "r", &a), 0);
	assert_int_equal(join_from("192.0.2.1", "s", &a), 0);
	assert_int_equal(join_from("192.0.2.2", "t", &honest), 0);
	assert_int_equal(ts_fake.leaves, 1);
	assert_null(ts_registry_find(registry, "s"));
	ts_fake_connect(honest->participant);
	assert_int_equal(join_from("192.0.2.3", "u", &honest), TS_ELIMIT);
	assert_int_equal(ts_fake.leaves, 1);
}

static void a_room_of_one_gives_way_to_itself(void **state)
{
	struct ts_member *a, *b;
	struct ts_room_config config = *ts_registry_defaults(registry);
	struct ts_room *room;
	(void)state;
	ts_fake.info.state = TS_P_CONNECTING;
	assert_int_equal(join_from("192.0.2.1", "r", &a), 0);
	assert_int_equal(join_from("192.0.2.1", "s", &b), 0);
	room = ts_registry_find(registry, "r");
	config.max_participants = 1;
	assert_int_equal(ts_registry_change(registry, room, &config, false), 0);
	/* the room went with them, another was made */
	assert_int_equal(join_from("192.0.2.2", "r", &b), 0);
	assert_int_equal(ts_fake.rooms, 2);
	assert_ptr_equal(ts_registry_session(registry, b->secret), b);
}

static void few_are_half_open(void **state)
{
	struct ts_member *m[6], *one;
	int64_t before = ts_count_get(TS_C_HALF_OPEN);
	(void)state;
	ts_fake.info.state = TS_P_CONNECTING;
	for (int i = 0; i < 4; i++) {
		const char *room = i & 1 ? "r" : "s";
		assert_int_equal(join_from("192.0.2.1", room, &m[i]), 0);
	}
	assert_int_equal(ts_count_get(TS_C_HALF_OPEN) - before, 4);
	assert_int_equal(join_from("192.0.2.1", "r", &one), TS_EAGAIN);
	for (int i = 0; i < 4; i++) ts_fake_connect(m[i]->participant);
	assert_int_equal(ts_count_get(TS_C_HALF_OPEN), before);
	assert_int_equal(join_from("192.0.2.1", "r", &one), TS_EFULL);
}

static void make_muted_host(struct ts_participant *p)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	snprintf(s.role, sizeof(s.role), "host");
	s.gain_db = 3;
	s.hand_unix_ms = 1;
	s.muted_by = TS_MUTED_API;
	ts_participant_set(p, &s);
}

static void who_moves_by_themselves_is_nobody_there(void **state)
{
	struct ts_participant_settings s;
	struct ts_member *m, *other[2];
	(void)state;
	ts_fake.info.state = TS_P_CONNECTED;
	assert_int_equal(join("r", &m), 0);
	assert_int_equal(join("s", &other[0]), 0);
	assert_int_equal(join("s", &other[1]), 0);
	make_muted_host(m->participant);
	/* what does not come about takes nothing */
	assert_int_equal(ts_registry_move_anew(registry, m->participant, "s", NULL, ""), TS_EFULL);
	ts_participant_settings(m->participant, &s);
	assert_string_equal(s.role, "host");
	assert_true(s.gain_db == 3 && s.hand_unix_ms == 1);
	ts_participant_leave(other[0]->participant, "left");
	assert_int_equal(ts_registry_move_anew(registry, m->participant, "s", NULL, ""), 0);
	ts_participant_settings(m->participant, &s);
	assert_string_equal(s.role, "");
	assert_true(s.gain_db == 0 && s.hand_unix_ms == 0);
	assert_int_equal(s.muted_by, TS_MUTED_API);
	/* others send them with all that is theirs */
	make_muted_host(m->participant);
	assert_int_equal(ts_registry_move(registry, m->participant, "t"), 0);
	ts_participant_settings(m->participant, &s);
	assert_string_equal(s.role, "host");
}

static void nobody_is_replaced_by_who_is_hidden(void **state)
{
	static struct ts_join join_for;
	const struct ts_room_config config = {
		.id = "~h", .width = 320, .height = 180, .fps = 30, .max_participants = 1};
	struct ts_member *m, *hidden;
	(void)state;
	assert_int_equal(join("r", &m), 0);
	join_for.kind = TS_KIND_SIP;
	join_for.replaces = m->participant;
	assert_int_equal(
		ts_registry_join_hidden(registry, &config, &join_for, on_ready, NULL, &hidden), 0);
	assert_null(ts_fake.last_join.replaces);
}

static int hide(const char *from, struct ts_member **out)
{
	static const struct ts_room_config hidden = {
		.id = "r", .width = 640, .height = 360, .max_participants = 1};
	static struct ts_join join;
	join.kind = TS_KIND_SIP;
	snprintf(join.from, sizeof(join.from), "%s", from);
	join.from_forgeable = true;
	return ts_registry_join_hidden(registry, &hidden, &join, on_ready, NULL, out);
}

/* Whatever its id is, and whatever rooms there are. */
static void a_hidden_room_is_no_room_of_the_list(void **state)
{
	struct ts_member *asked, *r;
	char etag[TS_ETAG_MAX];
	(void)state;
	assert_int_equal(hide("192.0.2.1", &asked), 0);
	assert_int_equal(join("r", &r), 0);
	struct ts_room *hidden = ts_participant_room(asked->participant),
		       *room = ts_registry_find(registry, "r");
	assert_ptr_not_equal(room, hidden);
	assert_true(ts_registry_is_hidden(registry, hidden));
	assert_false(ts_registry_is_hidden(registry, room));
	assert_null(ts_registry_next(registry, hidden));
	assert_int_equal(
		ts_registry_change(registry, hidden, ts_room_config(hidden), true), TS_ECLOSED);
	ts_registry_etag(registry, hidden, etag);
	assert_int_equal(strncmp(etag, "\"0-", 3), 0);
	ts_registry_remove(registry, hidden);
	assert_ptr_equal(ts_registry_find(registry, "r"), room);
	assert_int_equal(ts_fake.participants, 2);
	ts_participant_leave(asked->participant, "bye");
}

/* A room of the same id that goes when it is empty does not make it one that does. */
static void hidden_rooms_are_not_cleared(void **state)
{
	struct ts_member *asked, *other, *r[2], *one;
	(void)state;
	assert_int_equal(hide("192.0.2.1", &asked), 0);
	assert_int_equal(hide("192.0.2.2", &other), 0); /* two that may be forged: they go first */
	assert_int_equal(join("r", &r[0]), 0);
	assert_int_equal(join("s", &r[1]), 0);
	assert_int_equal(join_from("192.0.2.7", "t", &one), TS_ELIMIT);
	assert_int_equal(ts_registry_asked(registry, asked->participant), 0);
	assert_int_equal(join_from("192.0.2.8", "t", &one), TS_ELIMIT);
	assert_int_equal(ts_fake.participants, 4);
}

static void limits_reach_rooms_of_a_template(void **state)
{
	const struct ts_registry_config limits = {
		.room = {.max_participants = 7, .max_watchers = 9},
		.max_rooms = 2,
		.half_open = {.max = 6, .max_per_address = 4}};
	struct ts_room_config template = *ts_registry_defaults(registry);
	struct ts_member *member;
	(void)state;
	template.fps = 15;
	template.max_watchers = 5;
	ts_registry_set_joined(registry, &template, NULL, TS_OWN_WATCHERS);
	assert_int_equal(join("a", &member), 0);
	assert_int_equal(ts_room_config(ts_registry_find(registry, "a"))->max_participants, 2);
	ts_registry_set_limits(registry, &limits);
	assert_int_equal(join("b", &member), 0);
	const struct ts_room_config *made = ts_room_config(ts_registry_find(registry, "b"));
	assert_int_equal(made->max_participants, 7);
	assert_int_equal(made->max_watchers, 5);
	assert_int_equal(made->fps, 15);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_room_ids),
		T(room_lives_while_somebody_is_in_it),
		T(session_lives_while_its_member_does),
		T(refuses_what_is_too_much),
		T(failed_join_leaves_no_room),
		T(lists_rooms_in_order),
		T(closing_ends_everybody),
		T(half_open_joins_give_up_their_place),
		T(half_open_rooms_go),
		T(limits_reach_rooms_of_a_template),
		T(kept_rooms_are_not_cleared),
		T(a_room_of_one_gives_way_to_itself),
		T(few_are_half_open),
		T(who_moves_by_themselves_is_nobody_there),
		T(nobody_is_replaced_by_who_is_hidden),
		T(a_hidden_room_is_no_room_of_the_list),
		T(hidden_rooms_are_not_cleared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
