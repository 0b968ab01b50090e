/* The floor control server: what users are answered and told, in turn, by versions and transports;
 * injected time. */
#include "control/bfcp/server.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)
enum { FLOOR = 2, SENT = 64 };

static struct {
	struct ts_bfcp_user *to;
	struct ts_bfcp_message m;
} sent[SENT];
static size_t n_sent, n_held;
static int64_t now_ns;
static bool reliable[16]; /* by id of the user */

static void on_send(void *arg, struct ts_bfcp_user *user, const void *bytes, size_t n)
{
	(void)arg;
	assert_true(n_sent < SENT);
	sent[n_sent].to = user;
	assert_int_equal(ts_bfcp_read(&sent[n_sent++].m, bytes, n), 0);
}

static void on_held(void *arg, struct ts_bfcp_room *room)
{
	(void)arg;
	(void)room;
	n_held++;
}

static const struct ts_bfcp_ops ops = {on_send, on_held};

static struct ts_bfcp_user *new_user(
	struct ts_bfcp_room *room, uint16_t id, const char *name, bool tcp)
{
	const struct ts_bfcp_user_config config = {.conference = 1000u + id,
		.id = id,
		.floor_id = FLOOR,
		.reliable = tcp,
		.version = tcp ? 1 : 2,
		.name = name};
	struct ts_bfcp_user *user = ts_bfcp_user_new(&config);
	reliable[id] = tcp;
	ts_bfcp_user_enter(user, room, now_ns);
	return user;
}

static void say_by(struct ts_bfcp_user *user, uint8_t version, enum ts_bfcp_primitive primitive,
	uint16_t number, int floor_or_request)
{
	struct ts_bfcp_message m = {.version = version,
		.primitive = (uint8_t)primitive,
		.conference = ts_bfcp_user_conference(user),
		.transaction = number,
		.user = ts_bfcp_user_id(user)};
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	struct ts_wr w = ts_wr(bytes, sizeof bytes);
	if (primitive == TS_BFCP_FLOOR_RELEASE || primitive == TS_BFCP_FLOOR_REQUEST_QUERY) {
		m.has_request = true;
		m.request = (uint16_t)floor_or_request;
	} else if (floor_or_request) {
		m.n_floors = 1;
		m.floor[0] = (uint16_t)floor_or_request;
	}
	assert_int_equal(ts_bfcp_write(&w, &m), 0);
	n_sent = 0;
	ts_bfcp_user_receive(user, bytes, ts_wr_len(&w), now_ns);
}

static void say(
	struct ts_bfcp_user *user, enum ts_bfcp_primitive primitive, uint16_t number, int of)
{
	say_by(user, reliable[ts_bfcp_user_id(user)] ? 1 : 2, primitive, number, of);
}

/* The only one of that kind to that user. */
static const struct ts_bfcp_message *told(
	const struct ts_bfcp_user *to, enum ts_bfcp_primitive primitive)
{
	const struct ts_bfcp_message *found = NULL;
	for (size_t i = 0; i < n_sent; i++)
		if (sent[i].to == to && sent[i].m.primitive == primitive) {
			assert_null(found);
			found = &sent[i].m;
		}
	return found;
}

static int error_of(struct ts_bfcp_user *user)
{
	const struct ts_bfcp_message *m = told(user, TS_BFCP_ERROR);
	return m ? m->error : 0;
}

static void a_takeover_is_told_to_all(void **state)
{
	(void)state;
	struct ts_bfcp_room *room = ts_bfcp_room_new(TS_FLOOR_NEWEST, &ops, NULL);
	struct ts_bfcp_user *a = new_user(room, 11, "Anna", false),
			    *b = new_user(room, 12, "Bo", true),
			    *c = new_user(room, 13, "C", false);
	say(a, TS_BFCP_HELLO, 1, 0);
	const struct ts_bfcp_message *m = told(a, TS_BFCP_HELLO_ACK);
	assert_non_null(m);
	assert_true(m->responder);
	assert_int_equal(m->transaction, 1);
	assert_int_equal(m->primitives, (1u << 18) - 2);
	say(b, TS_BFCP_HELLO, 1, 0);
	assert_int_equal(told(b, TS_BFCP_HELLO_ACK)->primitives, (1u << 14) - 2);
	say(a, TS_BFCP_FLOOR_REQUEST, 2, FLOOR);
	m = told(a, TS_BFCP_FLOOR_REQUEST_STATUS);
	assert_int_equal(m->info[0].overall.status, TS_BFCP_GRANTED);
	assert_int_equal(m->info[0].floor[0].id, FLOOR);
	assert_string_equal(told(b, TS_BFCP_FLOOR_STATUS)->info[0].beneficiary.name, "Anna");
	assert_int_equal(told(b, TS_BFCP_FLOOR_STATUS)->transaction, 0);
	assert_int_not_equal(told(a, TS_BFCP_FLOOR_STATUS)->transaction, 0);
	assert_null(told(c, TS_BFCP_FLOOR_STATUS)); /* was not heard: nothing is sent */
	assert_ptr_equal(ts_bfcp_room_holder(room), a);
	say(b, TS_BFCP_FLOOR_REQUEST, 2, FLOOR);
	assert_int_equal(
		told(b, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0].overall.status, TS_BFCP_GRANTED);
	m = told(a, TS_BFCP_FLOOR_REQUEST_STATUS);
	assert_int_equal(m->info[0].overall.status, TS_BFCP_REVOKED);
	assert_false(m->responder);
	/* who has just presented takes it as well, and is a name to the others */
	assert_true(ts_bfcp_user_seize(c, now_ns));
	assert_ptr_equal(ts_bfcp_room_holder(room), c);
	ts_bfcp_user_free(c, now_ns);
	assert_null(ts_bfcp_room_holder(room));
	ts_bfcp_user_free(a, now_ns);
	ts_bfcp_user_free(b, now_ns);
	ts_bfcp_room_free(room);
}

static void what_makes_no_sense_is_an_error(void **state)
{
	(void)state;
	struct ts_bfcp_room *room = ts_bfcp_room_new(TS_FLOOR_NEWEST, &ops, NULL);
	struct ts_bfcp_user *a = new_user(room, 11, "Anna", false);
	say(a, TS_BFCP_FLOOR_REQUEST, 1, 99);
	assert_int_equal(error_of(a), TS_BFCP_NO_FLOOR);
	say(a, TS_BFCP_FLOOR_QUERY, 2, 99);
	assert_int_equal(error_of(a), TS_BFCP_NO_FLOOR);
	say(a, TS_BFCP_FLOOR_RELEASE, 3, 5);
	assert_int_equal(error_of(a), TS_BFCP_NO_REQUEST);
	say(a, TS_BFCP_FLOOR_REQUEST_QUERY, 4, 5);
	assert_int_equal(error_of(a), TS_BFCP_NO_REQUEST);
	say(a, TS_BFCP_CHAIR_ACTION, 5, 0);
	assert_int_equal(error_of(a), TS_BFCP_UNAUTHORIZED);
	say(a, TS_BFCP_FLOOR_REQUEST, 6, FLOOR);
	assert_int_equal(error_of(a), 0);
	say(a, TS_BFCP_FLOOR_REQUEST, 7, FLOOR);
	assert_int_equal(error_of(a), TS_BFCP_TOO_MANY_REQUESTS);
	say_by(a, 3, TS_BFCP_HELLO, 8, 0);
	assert_int_equal(error_of(a), TS_BFCP_BAD_VERSION);
	assert_int_equal(told(a, TS_BFCP_ERROR)->version, 2);
	/* answers have none */
	say(a, TS_BFCP_HELLO_ACK, 9, 0);
	assert_int_equal(n_sent, 0);
	say(a, TS_BFCP_ERROR, 9, 0);
	assert_int_equal(n_sent, 0);
	say(a, TS_BFCP_USER_QUERY, 10, 0);
	assert_int_equal(told(a, TS_BFCP_USER_STATUS)->info[0].overall.status, TS_BFCP_GRANTED);
	ts_bfcp_user_free(a, now_ns);
	ts_bfcp_room_free(room);
}

static void repeats_change_nothing(void **state)
{
	(void)state;
	struct ts_bfcp_room *room = ts_bfcp_room_new(TS_FLOOR_NEWEST, &ops, NULL);
	struct ts_bfcp_user *a = new_user(room, 11, "Anna", false);
	say(a, TS_BFCP_FLOOR_REQUEST, 1, FLOOR);
	const uint16_t id = told(a, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0].id;
	say(a, TS_BFCP_FLOOR_REQUEST, 1, FLOOR);
	assert_int_equal(n_sent, 1);
	assert_int_equal(told(a, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0].id, id);
	say(a, TS_BFCP_FLOOR_RELEASE, 2, id);
	assert_int_equal(
		told(a, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0].overall.status, TS_BFCP_RELEASED);
	say(a, TS_BFCP_FLOOR_RELEASE, 2, id);
	assert_int_equal(error_of(a), 0);
	ts_bfcp_user_free(a, now_ns);
	ts_bfcp_room_free(room);
}

/* acks: who does acknowledge, and then no more, has crashed; who never did may be old. */
static void silence_costs_the_floor(void **state)
{
	(void)state;
	for (int acks = 0; acks < 2; acks++) {
		struct ts_bfcp_room *room = ts_bfcp_room_new(TS_FLOOR_NEWEST, &ops, NULL);
		struct ts_bfcp_user *a = new_user(room, 11, "Anna", false);
		now_ns = 0;
		say(a, TS_BFCP_FLOOR_REQUEST, 1, FLOOR);
		const uint16_t number = told(a, TS_BFCP_FLOOR_STATUS)->transaction;
		if (acks) {
			say(a, TS_BFCP_FLOOR_STATUS_ACK, number, 0);
			assert_int_equal(ts_bfcp_room_due_ns(room), INT64_MAX);
			say(a, TS_BFCP_FLOOR_RELEASE, 2, 1);
			say(a, TS_BFCP_FLOOR_REQUEST, 3, FLOOR);
		}
		n_sent = 0;
		for (; now_ns < 9 * S; now_ns += S / 10) ts_bfcp_room_run(room, now_ns);
		assert_int_equal(n_sent, 3);
		assert_ptr_equal(ts_bfcp_room_holder(room), acks ? NULL : a);
		assert_int_equal(ts_bfcp_user_heard(a), acks ? 0 : 2);
		ts_bfcp_user_free(a, now_ns);
		ts_bfcp_room_free(room);
	}
	now_ns = 0;
}

static void goodbye_and_other_rooms(void **state)
{
	(void)state;
	struct ts_bfcp_room *room = ts_bfcp_room_new(TS_FLOOR_QUEUE, &ops, NULL),
			    *other = ts_bfcp_room_new(TS_FLOOR_QUEUE, &ops, NULL);
	struct ts_bfcp_user *a = new_user(room, 11, "Anna", true),
			    *b = new_user(room, 12, "Bo", true);
	say(a, TS_BFCP_FLOOR_REQUEST, 1, FLOOR);
	say(b, TS_BFCP_FLOOR_REQUEST, 1, FLOOR);
	const struct ts_bfcp_request_info *info = &told(b, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0];
	assert_int_equal(info->overall.status, TS_BFCP_ACCEPTED);
	assert_int_equal(info->overall.queue, 1);
	n_sent = 0;
	ts_bfcp_user_enter(a, other, now_ns);
	assert_int_equal(
		told(b, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0].overall.status, TS_BFCP_GRANTED);
	/* revoked in the one; in the other nobody presents */
	assert_int_equal(
		told(a, TS_BFCP_FLOOR_REQUEST_STATUS)->info[0].overall.status, TS_BFCP_REVOKED);
	assert_ptr_equal(sent[n_sent - 1].to, a);
	assert_int_equal(sent[n_sent - 1].m.primitive, TS_BFCP_FLOOR_STATUS);
	assert_int_equal(sent[n_sent - 1].m.n_infos, 0);
	say(b, TS_BFCP_GOODBYE, 2, 0);
	assert_non_null(told(b, TS_BFCP_GOODBYE_ACK));
	assert_null(ts_bfcp_room_holder(room));
	assert_int_equal(ts_bfcp_user_heard(b), 0);
	/* asks for nothing: is told nothing */
	say(a, TS_BFCP_FLOOR_QUERY, 3, 0);
	n_sent = 0;
	struct ts_bfcp_user *c = new_user(other, 13, "C", true);
	ts_bfcp_user_seize(c, now_ns);
	assert_int_equal(n_sent, 0);
	ts_bfcp_user_free(a, now_ns);
	ts_bfcp_user_free(b, now_ns);
	ts_bfcp_user_free(c, now_ns);
	ts_bfcp_room_free(room);
	ts_bfcp_room_free(other);
	assert_true(n_held > 0);
}

/* With names as long as they may be, and sent again as a whole. */
static void all_who_wait_are_told(void **state)
{
	(void)state;
	enum { ALL = TS_FLOOR_WAITING_MAX + 1 };
	struct ts_bfcp_room *room = ts_bfcp_room_new(TS_FLOOR_QUEUE, &ops, NULL);
	struct ts_bfcp_user *user[ALL];
	char name[ALL][TS_BFCP_TEXT_MAX + 1];
	now_ns = 0;
	for (uint16_t i = 0; i < ALL; i++) {
		memset(name[i], 'a' + i, TS_BFCP_TEXT_MAX);
		name[i][TS_BFCP_TEXT_MAX] = '\0';
		user[i] = new_user(room, (uint16_t)(1 + i), name[i], false);
		say(user[i], TS_BFCP_FLOOR_REQUEST, 1, FLOOR);
	}
	say(user[0], TS_BFCP_FLOOR_QUERY, 2, FLOOR);
	for (int again = 0; again < 2; again++) {
		const struct ts_bfcp_message *m = told(user[0], TS_BFCP_FLOOR_STATUS);
		assert_non_null(m);
		assert_int_equal(m->n_infos, ALL);
		for (size_t i = 0; i < ALL; i++) {
			assert_int_equal(m->info[i].beneficiary.id, 1 + i);
			assert_string_equal(m->info[i].beneficiary.name, name[i]);
			assert_int_equal(
				m->info[i].overall.status, i ? TS_BFCP_ACCEPTED : TS_BFCP_GRANTED);
			assert_int_equal(m->info[i].overall.queue, i);
		}
		/* the same answer to the same request */
		say(user[0], TS_BFCP_FLOOR_QUERY, 2, FLOOR);
	}
	for (int i = 0; i < ALL; i++) {
		n_sent = 0;
		ts_bfcp_user_free(user[i], now_ns);
	}
	ts_bfcp_room_free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_takeover_is_told_to_all),
		cmocka_unit_test(what_makes_no_sense_is_an_error),
		cmocka_unit_test(repeats_change_nothing),
		cmocka_unit_test(silence_costs_the_floor),
		cmocka_unit_test(goodbye_and_other_rooms),
		cmocka_unit_test(all_who_wait_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
