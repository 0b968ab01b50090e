/* Who may present: rooms with BFCP, heard or not, and those without; rooms without media, slides by
 * the test, injected time. */
#include "base/clock.h"
#include "control/calls/content_core.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <stdlib.h>
#include <string.h>

enum { PEOPLE = 4, FLOOR = 2 };

static struct ts_loop *loop;
static struct ts_registry *registry;
static struct ts_contents *contents;
static struct ts_config config;
static struct person {
	struct ts_participant *p;
	bool slides, allowed;
} person[PEOPLE];
static void (*on_allowed)(struct person *who); /* what else happens then */

/* NULL: one who is just joining. */
static struct person *of(const struct ts_participant *p)
{
	for (int i = 0; i < PEOPLE; i++)
		if (person[i].p == p) return &person[i];
	return NULL;
}

static bool has_slides(const struct ts_participant *p)
{
	return of(p) && of(p)->slides;
}

static bool presents(const struct ts_participant *p)
{
	return of(p)->slides && of(p)->allowed;
}

static void allow_slides(struct ts_participant *p, bool allowed)
{
	of(p)->allowed = allowed;
	if (on_allowed) on_allowed(of(p));
}

static void set_slides(struct person *who, bool on)
{
	who->slides = on;
	ts_content_floor_watcher.changed(
		contents, ts_participant_room(who->p), TS_ROOM_PARTICIPANT, who->p);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void on_ready(
	void *arg, struct ts_participant *p, int err, const struct ts_transport_local *local)
{
	(void)arg, (void)p, (void)err, (void)local;
}

static int setup(void **state)
{
	static struct ts_engine engine;
	static struct ts_join join;
	const struct ts_registry_config rooms = {
		.room = {.width = 1280, .height = 720, .fps = 30, .max_participants = PEOPLE},
		.max_rooms = 2,
		.half_open = {.max = PEOPLE, .max_per_address = PEOPLE}};
	(void)state;
	ts_fake_reset();
	ts_fake.has_slides = has_slides;
	ts_fake.presents = presents;
	ts_fake.allow_slides = allow_slides;
	ts_fake_time_watch();
	memset(person, 0, sizeof person);
	on_allowed = NULL;
	if (ts_loop_create(&loop, "test") || ts_registry_create(&registry, &engine, &rooms))
		return -1;
	contents = ts_contents_new(loop, registry, &config);
	for (int i = 0; i < PEOPLE; i++) {
		struct ts_member *member;
		join.kind = TS_KIND_SIP;
		person[i].allowed = true;
		if (ts_registry_join(registry, "r", &join, on_ready, NULL, &member)) return -1;
		person[i].p = member->participant;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_registry_close(registry, nothing, NULL);
	ts_contents_free(contents);
	ts_registry_destroy(&registry);
	ts_loop_destroy(&loop);
	return 0;
}

/* Their call has BFCP. */
static struct ts_content *open_bfcp(struct person *who)
{
	struct ts_content *c = NULL;
	struct ts_sip_session *s = calloc(1, sizeof *s);
	s->bfcp.used = true;
	s->bfcp.floor_id = FLOOR;
	strcpy(s->transport.local_address, "127.0.0.1");
	ts_content_update(&c, contents, s, "room");
	assert_non_null(c);
	ts_content_enter(c, who->p);
	free(s);
	return c;
}

static bool say(struct ts_content *c, enum ts_bfcp_primitive primitive, uint16_t transaction)
{
	const struct ts_bfcp_message m = {.version = 2,
		.primitive = (uint8_t)primitive,
		.conference = ts_bfcp_user_conference(c->presenter.user),
		.transaction = transaction,
		.user = ts_bfcp_user_id(c->presenter.user),
		.n_floors = primitive == TS_BFCP_FLOOR_REQUEST,
		.floor = {FLOOR}};
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	struct ts_wr w = ts_wr(bytes, sizeof bytes);
	assert_int_equal(ts_bfcp_write(&w, &m), 0);
	return ts_content_floor_receive(c, bytes, ts_wr_len(&w), ts_now_ns());
}

static struct ts_participant *presenter(void)
{
	int64_t since_ns;
	return ts_contents_presenter(contents, ts_registry_find(registry, "r"), &since_ns);
}

static void bfcp_that_is_never_heard(void **state)
{
	(void)state;
	struct person *a = &person[0];
	struct ts_content *c = open_bfcp(a);
	assert_false(a->allowed);
	ts_fake_time_after(10 * TS_NS_PER_S); /* without slides nothing begins */
	assert_null(presenter());
	set_slides(a, true);
	ts_fake_time_after(2 * TS_NS_PER_S);
	set_slides(a, false); /* and again: from then on */
	set_slides(a, true);
	ts_fake_time_after(3 * TS_NS_PER_S - 1);
	assert_false(a->allowed);
	ts_fake_time_after(1);
	assert_true(a->allowed);
	assert_ptr_equal(presenter(), a->p);
	/* it is heard: they hold the floor on, and need not ask for what all see */
	assert_true(say(c, TS_BFCP_HELLO, 1));
	assert_true(a->allowed);
	assert_ptr_equal(presenter(), a->p);
	ts_fake_time_after(10 * TS_NS_PER_S);
	assert_true(a->allowed);
	assert_true(say(c, TS_BFCP_FLOOR_REQUEST, 2));
	assert_true(a->allowed);
	assert_ptr_equal(presenter(), a->p);
	ts_content_close(&c);
	assert_true(a->allowed);
}

static void nonsense_is_not_heard(void **state)
{
	(void)state;
	struct person *a = &person[0];
	struct ts_content *c = open_bfcp(a);
	set_slides(a, true);
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_true(a->allowed);
	const uint8_t junk[12] = {0x40, TS_BFCP_HELLO, 0, 9};
	assert_false(ts_content_floor_receive(c, junk, sizeof junk, ts_now_ns()));
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_true(a->allowed);
	set_slides(a, false);
	assert_null(presenter());
	ts_content_close(&c);
}

/* Whom the floor is given to stops at that moment, or begins; the last one ends the floor. */
static void stop_when_allowed(struct person *who)
{
	if (who->allowed && who->slides) set_slides(who, false);
}

static void who_is_told_may_change_the_lists(void **state)
{
	(void)state;
	for (int rule = TS_CONTENT_NEWEST; rule <= TS_CONTENT_QUEUE; rule++) {
		config.content.takeover = (enum ts_content_takeover)rule;
		for (int n = 1; n <= PEOPLE; n++) {
			on_allowed = stop_when_allowed;
			for (int i = 0; i < n; i++) set_slides(&person[i], true);
			on_allowed = NULL;
			for (int i = 0; i < n; i++) set_slides(&person[i], false);
			assert_null(presenter());
			assert_int_equal(g_hash_table_size(contents->floors), 0);
		}
	}
	config.content.takeover = TS_CONTENT_NEWEST;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bfcp_that_is_never_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense_is_not_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_told_may_change_the_lists, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
